/* SPDX-License-Identifier: BSD-2-Clause */
/* Which dialect a device is found to speak, what it is asked for that, and how long it takes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "qx_kinds.h"

static unsigned times(const char *sent, const char *request)
{
    size_t len = strlen(request);
    unsigned n = 0;

    for (const char *at = sent; (at = strstr(at, request)); at += len)
        n += (at == sent || at[-1] == ' ') && (at[len] == ' ' || at[len] == '\0');
    return n;
}

/* Each kind, in each way of answering what it does not know. */
static void test_matrix(void **state)
{
    static const char *const ways[] = {"silence", "echo", "NAK", "(NAK"};
    unsigned bad = 0;
    (void)state;

    for (unsigned k = 0; k < KINDS; k++)
        for (enum rig_unknown way = RIG_SILENCE; way <= RIG_PNAK; way++) {
            /* (NAK is the word by which mecers without QPI are known */
            const char *is = way == RIG_PNAK && strcmp(kinds[k].line[0].request, "Q1") == 0
                                 ? "mecer"
                                 : kinds[k].is;
            struct qx_rig rig;

            if (!kinds[k].is) /* only by name */
                continue;
            qr_kind(&rig, &kinds[k], NULL, way);
            int64_t start = rig.now_ms;
            int rc = qr_open(&rig);
            int64_t took = rig.now_ms - start;
            const char *found = rc == DRV_DONE ? rig.x->dialect->name : rig.d.why;
            if (strcmp(found, is) != 0 || took > 6000 || times(rig.sent, "Q1") != 1) {
                printf("# %s, unknown = %s: %s after %d ms: %s\n", kinds[k].name, ways[way], found,
                       (int)took, rig.sent);
                bad++;
            }
            qr_fini(&rig);
        }
    assert_int_equal(bad, 0);
}

/* Every dialect by its name. */
static void test_named(void **state)
{
    unsigned seen = 0;
    (void)state;

    for (unsigned k = 0; k < KINDS; k++) {
        struct qx_rig rig;

        qr_kind(&rig, &kinds[k], kinds[k].name, RIG_ECHO);
        assert_int_equal(qr_open(&rig), DRV_DONE);
        assert_string_equal(rig.x->dialect->name, kinds[k].name);
        assert_true(rig.d.caps.commands != 0);
        assert_int_equal(qr_poll(&rig, DRV_POLL_FULL), DRV_DONE);
        assert_true(rig.r.taken_ms > 0);
        assert_true(rig.r.status != 0);
        qr_fini(&rig);
        seen++;
    }
    assert_int_equal(seen, KINDS);
}

/* What may hurt is never sent: Q (the beeper), M (a setting of others), commands. */
static void test_never_sent(void **state)
{
    static const char *const never[] = {"Q", "M", "T", "TL", "C", "CT", "S", "TUD", "FOFF", "QGS"};
    (void)state;

    for (enum rig_unknown way = RIG_SILENCE; way <= RIG_PNAK; way++) {
        struct qx_rig rig;

        qr_init(&rig, NULL, way);
        qr_answer(&rig, "Q1", STATUS);
        assert_int_equal(qr_open(&rig), DRV_DONE);
        for (size_t i = 0; i < sizeof never / sizeof *never; i++)
            assert_int_equal(times(rig.sent, never[i]), 0);
        qr_fini(&rig);
    }
}

/* norating and novendor hold from the first byte on, in every dialect. */
static void test_forbidden(void **state)
{
    static const char *const vendor[] = {"I", "FW?"};
    (void)state;

    for (unsigned k = 0; k <= KINDS; k++) {
        struct qx_rig rig;

        qr_kind(&rig, &kinds[k % KINDS], k < KINDS ? kinds[k].name : NULL, RIG_ECHO);
        qr_option(&rig, "norating", "");
        qr_option(&rig, "novendor", "");
        assert_int_equal(qr_open(&rig), DRV_DONE);
        assert_int_equal(times(rig.sent, "F"), 0);
        for (unsigned i = 0; i < 2; i++)
            assert_int_equal(times(rig.sent, vendor[i]), 0);
        assert_int_equal(qr_poll(&rig, DRV_POLL_FULL), DRV_DONE);
        assert_int_equal(times(rig.sent, "F"), 0);
        for (unsigned i = 0; i < 2; i++)
            assert_int_equal(times(rig.sent, vendor[i]), 0);
        qr_fini(&rig);
    }
}

/* A silent line ends soon, with a timeout; so does one by name. */
static void test_silence(void **state)
{
    static const char *const protocols[] = {NULL, "megatec", "masterguard"};
    (void)state;

    for (unsigned i = 0; i < 3; i++) {
        struct qx_rig rig;

        qr_init(&rig, protocols[i], RIG_SILENCE);
        int64_t start = rig.now_ms;
        assert_int_equal(qr_open(&rig), UPS_E_TIMEOUT);
        assert_true(rig.now_ms - start <= 6000);
        assert_true(rig.closed);
        assert_true(rig.d.why[0] != '\0');
        qr_fini(&rig);
    }
}

/* Something else: a modem, say, that sends every line back. */
static void test_foreign(void **state)
{
    struct qx_rig rig;
    (void)state;

    qr_init(&rig, NULL, RIG_ECHO);
    assert_int_equal(qr_open(&rig), UPS_E_FOREIGN);
    assert_non_null(strstr(rig.d.why, "any dialect"));
    qr_fini(&rig);
}

/* A controller that wakes up sends zeros before it answers. */
static void test_zeros_first(void **state)
{
    struct qx_rig rig;
    (void)state;

    qr_init(&rig, NULL, RIG_ECHO);
    qr_after(&rig, "Q1", "(000.0 000.0 000.0 000 00.0 0.00 00.0 00000000", "Q1", STATUS);
    assert_int_equal(qr_open(&rig), DRV_DONE);
    assert_string_equal(rig.x->dialect->name, "q1");
    qr_fini(&rig);
}

/* Spoiled once, asked once more; the answer found in the search is not asked for again. */
static void test_garbled_once(void **state)
{
    struct qx_rig rig;
    (void)state;

    qr_kind(&rig, &kinds[0], NULL, RIG_ECHO);
    qr_answer(&rig, "I", VENDOR)->garbled = 1;
    qr_answer(&rig, "Q1", STATUS)->garbled = 1;
    assert_int_equal(qr_open(&rig), DRV_DONE);
    assert_string_equal(rig.x->dialect->name, "megatec");
    assert_int_equal(times(rig.sent, "Q1"), 2);
    assert_int_equal(times(rig.sent, "I"), 2);
    assert_string_equal(qr_value(&rig, "ups.model"), "MODEL");
    qr_fini(&rig);
}

/* A rating that is missed at opening is asked for again (NUT never does), a refused one is not. */
static void test_once_until_read(void **state)
{
    struct qx_rig rig;
    (void)state;

    qr_kind(&rig, &kinds[0], NULL, RIG_ECHO);
    qr_answer(&rig, "F", RATING)->garbled = 2;
    assert_int_equal(qr_open(&rig), DRV_DONE);
    assert_string_equal(qr_value(&rig, "battery.voltage.nominal"), "");
    assert_int_equal(qr_poll(&rig, DRV_POLL_FULL), DRV_DONE);
    assert_string_equal(rig.sent, "Q1 F");
    assert_string_equal(qr_value(&rig, "battery.voltage.nominal"), "24.0");
    assert_int_equal(qr_poll(&rig, DRV_POLL_FULL), DRV_DONE);
    assert_string_equal(rig.sent, "Q1");
    qr_fini(&rig);

    qr_kind(&rig, &kinds[4], "megatec", RIG_ECHO);
    qr_answer(&rig, "I", VENDOR);
    assert_int_equal(qr_open(&rig), DRV_DONE);
    for (int i = 0; i < 3; i++)
        assert_int_equal(qr_poll(&rig, DRV_POLL_FULL), DRV_DONE);
    assert_int_equal(qr_poll(&rig, DRV_POLL_FULL), DRV_DONE);
    assert_string_equal(rig.sent, "Q1");
    qr_fini(&rig);
}

/* After a loss the dialect of before is asked for first; another device is found all the same. */
static void test_reopen(void **state)
{
    struct qx_rig rig;
    (void)state;

    qr_kind(&rig, &kinds[4], NULL, RIG_ECHO);
    assert_int_equal(qr_open(&rig), DRV_DONE);
    assert_int_equal(qr_reopen(&rig), DRV_DONE);
    assert_string_equal(rig.sent, "Q1");
    rig.rules = 0;
    assert_int_equal(qr_reopen(&rig), UPS_E_FOREIGN);
    rig.unknown = RIG_SILENCE;
    assert_int_equal(qr_reopen(&rig), UPS_E_TIMEOUT);
    assert_string_equal(rig.sent, "Q1"); /* one question: not the whole search */
    rig.unknown = RIG_ECHO;
    qr_answer(&rig, "D", STATUS);
    assert_int_equal(qr_reopen(&rig), DRV_DONE);
    assert_string_equal(rig.x->dialect->name, "megatec/old");
    qr_fini(&rig);
}

/* The slave address decides between units on one line. */
static void test_slave_address(void **state)
{
    struct qx_rig rig;
    (void)state;

    qr_kind(&rig, &kinds[8], "masterguard", RIG_SILENCE);
    qr_option(&rig, "slave_addr", "1");
    assert_int_equal(qr_open(&rig), UPS_E_FOREIGN);
    qr_fini(&rig);
    qr_kind(&rig, &kinds[8], "masterguard", RIG_SILENCE);
    qr_option(&rig, "slave_addr", "0");
    assert_int_equal(qr_open(&rig), DRV_DONE);
    qr_fini(&rig);
}

/* OMRON is looked for only behind its own USB vendor. */
static void test_omron_usb(void **state)
{
    struct qx_rig rig;
    (void)state;

    qr_init(&rig, "omron", RIG_NAK);
    qr_answer(&rig, "Q1", STATUS);
    assert_int_equal(qr_open(&rig), DRV_DONE);
    assert_string_equal(rig.x->dialect->name, "omron");
    qr_fini(&rig);
}

/* The wire is gone in the middle: the port is closed, and said to be. */
static void test_gone(void **state)
{
    struct qx_rig rig;
    (void)state;

    qr_kind(&rig, &kinds[0], NULL, RIG_ECHO);
    rig.gone = true;
    assert_int_equal(qr_open(&rig), UPS_E_DISCONNECTED);
    assert_true(rig.closed);
    rig.gone = false;
    assert_int_equal(qr_reopen(&rig), DRV_DONE);
    rig.gone = true;
    assert_int_equal(qr_poll(&rig, DRV_POLL_FAST), UPS_E_DISCONNECTED);
    assert_true(rig.closed);
    assert_int_equal(qr_poll(&rig, DRV_POLL_FAST), UPS_E_DISCONNECTED);
    qr_fini(&rig);
}

/* Rows that the engine relies on. */
static void test_tables(void **state)
{
    unsigned n = 0;
    (void)state;

    for (; qx_dialects[n]; n++) {
        const struct qx_dialect *t = qx_dialects[n];
        bool later = false, claims = false;

        assert_string_equal(t->name, qx_protocol_words[n + 1]);
        assert_true(t->queries <= QX_QUERIES_MAX);
        assert_int_equal(t->query[0].class, QX_STATUS);
        for (unsigned i = 0; i < t->queries; i++) {
            const struct qx_query *q = &t->query[i];

            assert_false(later && q->class == QX_STATUS); /* the status comes first */
            later = later || q->class != QX_STATUS;
            claims = claims || (q->flags & QX_CLAIM);
            for (unsigned f = 0; !q->separator && f < q->fields; f++) {
                assert_true(q->field[f].to == QX_END || q->field[f].from <= q->field[f].to);
                assert_true(q->field[f].kind == QX_TEXT || q->field[f].to == QX_END ||
                            q->field[f].to + 1 < q->least);
                assert_true(q->field[f].from + 1 < q->least);
            }
        }
        assert_true(claims);
        for (unsigned i = 0; i < t->settings; i++)
            assert_true(qx_row(t, t->setting[i].query) >= 0);
        for (unsigned i = 0; i < t->commands; i++)
            assert_true(!t->command[i].query || qx_row(t, t->command[i].query) >= 0);
    }
    assert_int_equal(n, 20);
    assert_null(qx_protocol_words[n + 1]);
    assert_ptr_equal(drv_find("nutdrv_qx"), &qx_driver);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_matrix),
        cmocka_unit_test(test_named),
        cmocka_unit_test(test_never_sent),
        cmocka_unit_test(test_forbidden),
        cmocka_unit_test(test_silence),
        cmocka_unit_test(test_foreign),
        cmocka_unit_test(test_zeros_first),
        cmocka_unit_test(test_garbled_once),
        cmocka_unit_test(test_once_until_read),
        cmocka_unit_test(test_reopen),
        cmocka_unit_test(test_slave_address),
        cmocka_unit_test(test_omron_usb),
        cmocka_unit_test(test_gone),
        cmocka_unit_test(test_tables),
    };

    return cmocka_run_group_tests_name("qx claim", tests, NULL, NULL);
}
