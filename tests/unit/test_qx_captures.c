/* SPDX-License-Identifier: BSD-2-Clause */
/* What lines of real devices become, and what must not become a reading. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "qx_captures.h"
#include "qx_rig.h"

static bool holds(struct qx_rig *rig, const char *expect)
{
    size_t name_len = strcspn(expect, "=!");
    const char *wanted = expect + name_len + 1;
    char name[UPS_NAME_MAX];
    const char *value;

    snprintf(name, sizeof name, "%.*s", (int)name_len, expect);
    value = qr_value(rig, name);
    bool good = expect[name_len] == '!'    ? strstr(value, wanted) != NULL
                : strcmp(wanted, "-") == 0 ? value[0] == '\0'
                                           : strcmp(value, wanted) == 0;
    if (!good)
        printf("# %s: found \"%s\"\n", expect, value);
    return good;
}

/* Each line of a capture must have been asked for. */
static bool all_asked(const struct capture *c, const char *sent)
{
    char wanted[QX_REQUEST_MAX + 2];
    bool good = true;

    for (unsigned i = 0; i < CAPTURE_LINES && c->line[i].request; i++) {
        snprintf(wanted, sizeof wanted, " %s ", c->line[i].request);
        if (strstr(sent, wanted))
            continue;
        printf("# %s was never asked\n", c->line[i].request);
        good = false;
    }
    return good;
}

static void test_capture(void **state)
{
    const struct capture *c = *(const struct capture **)*state;
    char sent[2 * sizeof((struct qx_rig *)0)->sent + 4];
    struct qx_rig rig;
    bool good = true;

    qr_init(&rig, c->protocol, RIG_ECHO);
    for (unsigned i = 0; i < CAPTURE_LINES && c->line[i].request; i++)
        qr_answer(&rig, c->line[i].request, c->line[i].reply)->bare = c->line[i].bare;
    assert_int_equal(qr_open(&rig), DRV_DONE);
    int used = snprintf(sent, sizeof sent, " %s ", rig.sent);
    assert_int_equal(qr_poll(&rig, DRV_POLL_FULL), DRV_DONE);
    snprintf(sent + used, sizeof sent - (size_t)used, "%s ", rig.sent);
    good = all_asked(c, sent);
    assert_non_null(c->expect[0]);
    for (unsigned i = 0; i < CAPTURE_EXPECTS && c->expect[i]; i++)
        good = holds(&rig, c->expect[i]) && good;
    assert_true(good);
    qr_fini(&rig);
}

/* -- every row of every table ----------------------------------------------------------------- */

/* Is this expectation about the field's variable, and not that it is unknown? */
static bool is_about(const char *expect, const struct qx_field *f)
{
    const struct ups_var_info *info = &ups_vars[f->var];
    size_t len = strcspn(expect, "=!");
    char line[UPS_NAME_MAX] = "";

    if (strcmp(expect + len, "=-") == 0)
        return false;
    if (info->line_name) {
        snprintf(line, sizeof line, "%s", info->line_name);
        line[strcspn(line, "#")] = (char)('1' + f->line);
    }
    return (f->line == 0 && strlen(info->name) == len && strncmp(expect, info->name, len) == 0) ||
           (strlen(line) == len && strncmp(expect, line, len) == 0);
}

/* The row's request with its slave address in it. */
static bool same_request(const char *row, const char *request)
{
    size_t len = strcspn(row, "%");

    return row[len] == '\0' ? strcmp(row, request) == 0 : strncmp(row, request, len) == 0;
}

static bool has_line(const struct capture *c, const char *row)
{
    for (unsigned i = 0; i < CAPTURE_LINES && c->line[i].request; i++)
        if (same_request(row, c->line[i].request))
            return true;
    return false;
}

static bool expects(const struct capture *c, const struct qx_field *f)
{
    for (unsigned i = 0; i < CAPTURE_EXPECTS && c->expect[i]; i++)
        if (is_about(c->expect[i], f))
            return true;
    return false;
}

/* Any dialect with this very row, because dialects share rows. */
static bool field_is_expected(const struct qx_field *f)
{
    for (unsigned n = 0; n < CAPTURES; n++)
        for (unsigned t = 0; qx_dialects[t]; t++)
            for (unsigned i = 0; i < qx_dialects[t]->queries; i++) {
                const struct qx_query *q = &qx_dialects[t]->query[i];

                if (strcmp(qx_dialects[t]->name, captures[n].protocol) == 0 && f >= q->field &&
                    f < q->field + q->fields && has_line(&captures[n], q->request) &&
                    expects(&captures[n], f))
                    return true;
            }
    return false;
}

/* Voltronic's own have tests of their own, with their captures. */
static bool elsewhere(const struct qx_dialect *dialect)
{
    return strncmp(dialect->name, "voltronic", 9) == 0;
}

/* Every field of every query's row stands in a capture's expectations. */
static void test_every_field(void **state)
{
    unsigned missing = 0;
    (void)state;

    for (unsigned t = 0; qx_dialects[t]; t++)
        for (unsigned i = 0; i < qx_dialects[t]->queries; i++)
            for (unsigned n = 0; n < qx_dialects[t]->query[i].fields; n++) {
                const struct qx_query *q = &qx_dialects[t]->query[i];

                if (q->field[n].var == QX_NO_VAR || field_is_expected(&q->field[n]) ||
                    elsewhere(qx_dialects[t]))
                    continue;
                printf("# %s %s: nothing expects %s, line %u\n", qx_dialects[t]->name, q->request,
                       ups_vars[q->field[n].var].name, q->field[n].line + 1u);
                missing++;
            }
    assert_int_equal(missing, 0);
}

/* Every query of every dialect is answered in a capture. */
static void test_every_query(void **state)
{
    unsigned missing = 0;
    (void)state;

    for (unsigned t = 0; qx_dialects[t]; t++)
        for (unsigned i = 0; i < qx_dialects[t]->queries; i++) {
            bool found = elsewhere(qx_dialects[t]);

            for (unsigned n = 0; n < CAPTURES; n++)
                found = found || (strcmp(captures[n].protocol, qx_dialects[t]->name) == 0 &&
                                  has_line(&captures[n], qx_dialects[t]->query[i].request));
            if (!found)
                printf("# no capture has %s %s\n", qx_dialects[t]->name,
                       qx_dialects[t]->query[i].request);
            missing += !found;
        }
    assert_int_equal(missing, 0);
}

/* -- what must not count ---------------------------------------------------------------------- */

/* Frames that must not become a reading. */
static void test_rejected_frames(void **state)
{
    static const char *const bad[] = {
        "(000.0 000.0 000.0 000 00.0 0.00 00.0 00000000", /* D3: not initialised */
        "(233.0 000.0 232.0 015 50.0 27.0 20.8 00001",    /* D14: cut at a NUL */
        "(233.0 000.0 232.0 015 50.0 27.0 20.8 0000100",
        "#233.0 000.0 232.0 015 50.0 27.0 20.8 00001001",
        "(233.0 000.0 232.0 015 50.0 27.0 20.8 -0001001", /* mains or battery? */
        "NAK",
        "Q1",
        "",
    };
    struct qx_rig rig;
    (void)state;

    qr_init(&rig, "q1", RIG_SILENCE);
    qr_answer(&rig, "Q1", "(232.0 000.0 232.0 000 49.9 13.6 29.0 00001000");
    assert_true(qr_up(&rig));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        int64_t taken = rig.r.taken_ms;

        qr_answer(&rig, "Q1", bad[i]);
        assert_true(qr_poll(&rig, DRV_POLL_FAST) < 0);
        assert_true(rig.d.why[0] != '\0');
        assert_int_equal(rig.r.taken_ms, taken);
        assert_string_equal(qr_value(&rig, "input.voltage"), "232.0");
        assert_string_equal(qr_value(&rig, "ups.status"), "OL");
    }
    qr_answer(&rig, "Q1", "(233.0 000.0 232.0 000 49.9 13.6 29.0 00001000");
    assert_int_equal(qr_poll(&rig, DRV_POLL_FAST), DRV_DONE);
    assert_string_equal(qr_value(&rig, "input.voltage"), "233.0");
    qr_fini(&rig);
}

/* Not bestups: an answer of another kind to ID (D17, D18), and masterguard's WH of others (D23). */
static void test_other_kinds(void **state)
{
    static const struct {
        const char *protocol, *request, *reply;
    } kinds[] = {
        {"bestups", "ID", "NAK"},
        {"bestups", "ID", "#                           V4.10     "},
        {"bestups", "ID", "XYZ,750,120,120,20.0,27.6"},
        {"masterguard", "WH",
         "(00 00.00 00.00 INN3T20K                 2 3/1 6 230 50.00 024 02.00 005.00 015.00 005 "
         "00 40 110 276 45.00 55.00"},
    };
    (void)state;

    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        struct qx_rig rig;

        qr_init(&rig, kinds[i].protocol, RIG_ECHO);
        qr_answer(&rig, "Q1", "(232.0 000.0 232.0 000 49.9 13.6 29.0 00001000");
        qr_answer(&rig, kinds[i].request, kinds[i].reply);
        assert_int_equal(qr_open(&rig), UPS_E_FOREIGN);
        assert_true(rig.closed);
        qr_fini(&rig);
    }
}

/* A NUL in the flags is a zero that a bridge has swallowed (D11 as it was on the wire). */
static void test_nul_flag(void **state)
{
    struct qx_rig rig;
    (void)state;

    qr_init(&rig, "q1", RIG_SILENCE);
    struct rig_rule *rule = qr_answer(&rig, "Q1", "(233.0 000.0 233.0 014 49.0 27.0 20.8 00001001");
    rule->reply[43] = '\0';
    assert_true(qr_up(&rig));
    assert_string_equal(qr_value(&rig, "ups.status"), "OL");
    assert_string_equal(qr_value(&rig, "ups.beeper.status"), "enabled");
    qr_fini(&rig);
}

/* The ratio of the voltages decides, at the very borders. */
static void test_avr(void **state)
{
    static const struct {
        int64_t in, out;
        uint32_t words;
    } rows[] = {
        {200000, 99900, 0},
        {200000, 100000, UPS_STATUS_MASK(TRIM)},
        {200000, 189900, UPS_STATUS_MASK(TRIM)},
        {200000, 190000, UPS_STATUS_MASK(BYPASS)},
        {200000, 209900, UPS_STATUS_MASK(BYPASS)},
        {200000, 210000, UPS_STATUS_MASK(BOOST)},
        {200000, 299900, UPS_STATUS_MASK(BOOST)},
        {200000, 300000, 0},
        {0, 230000, 0},
        {245000, 225000, UPS_STATUS_MASK(TRIM)},
        {245000, 258000, UPS_STATUS_MASK(BOOST)},
    };
    (void)state;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_int_equal(qx_avr(rows[i].in, rows[i].out), rows[i].words);
}

/* The status is made anew by every line: nothing lingers (NUT keeps TRIM until a full poll). */
static void test_status_is_rebuilt(void **state)
{
    struct qx_rig rig;
    (void)state;

    qr_init(&rig, "q1", RIG_SILENCE);
    qr_answer(&rig, "Q1", "(243.0 000.0 210.0 015 50.1 26.9 29.0 00111111");
    assert_true(qr_up(&rig));
    assert_string_equal(qr_value(&rig, "ups.status"), "OL CAL TRIM FSD");
    qr_answer(&rig, "Q1", "(230.0 000.0 230.0 016 50.1 27.0 29.0 00001000");
    assert_int_equal(qr_poll(&rig, DRV_POLL_FAST), DRV_DONE);
    assert_string_equal(rig.sent, "Q1");
    assert_string_equal(qr_value(&rig, "ups.status"), "OL");
    assert_string_equal(qr_value(&rig, "ups.alarm"), "");
    assert_string_equal(qr_value(&rig, "ups.load"), "16.0");
    assert_string_equal(qr_value(&rig, "ups.beeper.status"), "disabled");
    qr_fini(&rig);
}

/* No output voltage means off, on a unit that has shown one. */
static void test_off(void **state)
{
    struct qx_rig rig;
    (void)state;

    qr_init(&rig, "q1", RIG_SILENCE);
    qr_answer(&rig, "Q1", "(230.0 000.0 230.0 016 50.1 27.0 29.0 00001000");
    assert_true(qr_up(&rig));
    qr_answer(&rig, "Q1", "(230.0 000.0 000.0 000 50.1 27.0 29.0 00001000");
    assert_int_equal(qr_poll(&rig, DRV_POLL_FAST), DRV_DONE);
    assert_string_equal(qr_value(&rig, "ups.status"), "OFF OL");
    assert_int_equal(qr_reopen(&rig), DRV_DONE); /* not forgotten with the connection */
    assert_int_equal(qr_poll(&rig, DRV_POLL_FULL), DRV_DONE);
    assert_string_equal(qr_value(&rig, "ups.status"), "OFF OL");
    qr_fini(&rig);
}

static void test_ignoresab(void **state)
{
    struct qx_rig rig;
    (void)state;

    qr_init(&rig, "q1", RIG_SILENCE);
    qr_option(&rig, "ignoresab", "");
    qr_answer(&rig, "Q1", "(230.0 000.0 230.0 016 50.1 27.0 29.0 00001011");
    assert_true(qr_up(&rig));
    assert_string_equal(qr_value(&rig, "ups.status"), "OL");
    qr_fini(&rig);
}

/* "megatec Q1 + F + I: what it is" */
static void name_capture(const struct capture *c, char *buf, size_t size)
{
    size_t used = (size_t)snprintf(buf, size, "%s", c->protocol);

    for (unsigned i = 0; i < CAPTURE_LINES && c->line[i].request && used < size; i++)
        used +=
            (size_t)snprintf(buf + used, size - used, "%s%s", i ? " + " : " ", c->line[i].request);
    if (used < size)
        snprintf(buf + used, size - used, ": %s", c->id);
}

int main(void)
{
    static const struct CMUnitTest fixed[] = {
        cmocka_unit_test(test_every_query),       cmocka_unit_test(test_every_field),
        cmocka_unit_test(test_rejected_frames),   cmocka_unit_test(test_other_kinds),
        cmocka_unit_test(test_nul_flag),          cmocka_unit_test(test_avr),
        cmocka_unit_test(test_status_is_rebuilt), cmocka_unit_test(test_off),
        cmocka_unit_test(test_ignoresab),
    };
    enum { FIXED = sizeof fixed / sizeof *fixed };
    static struct CMUnitTest tests[FIXED + CAPTURES];
    static const struct capture *which[CAPTURES];
    static char names[CAPTURES][200];

    memcpy(tests, fixed, sizeof fixed);
    for (unsigned i = 0; i < CAPTURES; i++) {
        which[i] = &captures[i];
        name_capture(which[i], names[i], sizeof names[i]);
        tests[FIXED + i] = (struct CMUnitTest){
            .name = names[i], .test_func = test_capture, .initial_state = &which[i]};
    }
    return cmocka_run_group_tests_name("qx captures", tests, NULL, NULL);
}
