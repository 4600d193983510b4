/* SPDX-License-Identifier: BSD-2-Clause */
/* Each dialect's commands: their bytes, their arguments, and what counts as success. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "qx_show.h"

/* -- bytes ------------------------------------------------------------------------------------ */

#define MEGATEC(dialect, reply)                                                                    \
    {dialect, UPS_COMMAND_LOAD_OFF, -1, -1, "S00R0000", reply},                                    \
        {dialect, UPS_COMMAND_LOAD_ON, -1, -1, "C", reply},                                        \
        {dialect, UPS_COMMAND_SHUTDOWN_RETURN, 30, 180, "S.5R0003", reply},                        \
        {dialect, UPS_COMMAND_SHUTDOWN_RETURN, 30, 0, "S.5", reply},                               \
        {dialect, UPS_COMMAND_SHUTDOWN_RETURN, 12, 1, "S.2R0001", reply},                          \
        {dialect, UPS_COMMAND_SHUTDOWN_RETURN, 600, 599940, "S10R9999", reply},                    \
        {dialect, UPS_COMMAND_SHUTDOWN_STAYOFF, 120, -1, "S02R0000", reply},                       \
        {dialect, UPS_COMMAND_SHUTDOWN_STAYOFF, 0, -1, "S.2R0000", reply},                         \
        {dialect, UPS_COMMAND_SHUTDOWN_STOP, -1, -1, "C", reply},                                  \
        {dialect, UPS_COMMAND_TEST_BATTERY_START, -1, -1, "T10", reply},                           \
        {dialect, UPS_COMMAND_TEST_BATTERY_START, 5940, -1, "T99", reply},                         \
        {dialect, UPS_COMMAND_TEST_BATTERY_START, 61, -1, "T02", reply},                           \
        {dialect, UPS_COMMAND_TEST_BATTERY_START_QUICK, -1, -1, "T", reply},                       \
        {dialect, UPS_COMMAND_TEST_BATTERY_START_DEEP, -1, -1, "TL", reply},                       \
    {                                                                                              \
        dialect, UPS_COMMAND_TEST_BATTERY_STOP, -1, -1, "CT", reply                                \
    }
#define BEEPER(dialect, reply)                                                                     \
    {dialect, UPS_COMMAND_BEEPER_TOGGLE, -1, -1, "Q", reply},                                      \
        {dialect, UPS_COMMAND_BEEPER_ENABLE, -1, -1, "Q", reply},                                  \
    {                                                                                              \
        dialect, UPS_COMMAND_BEEPER_DISABLE, -1, -1, "Q", reply                                    \
    }

static const struct row {
    const char *dialect;
    enum ups_command command;
    int32_t value, second;
    const char *bytes, *reply;
} rows[] = {
    MEGATEC("megatec", NULL),
    BEEPER("megatec", NULL),
    MEGATEC("megatec/old", NULL),
    BEEPER("megatec/old", NULL),
    MEGATEC("mecer", "(ACK"),
    BEEPER("mecer", "(ACK"),
    {"mecer", UPS_COMMAND_TEST_BATTERY_START, 12, -1, "T.2", "(ACK"},
    {"mecer", UPS_COMMAND_TEST_BATTERY_START, 50, -1, "T.9", "(ACK"},
    MEGATEC("mustek", NULL),
    BEEPER("mustek", NULL),
    MEGATEC("q1", NULL),
    BEEPER("q1", NULL),
    MEGATEC("zinto", NULL),
    BEEPER("zinto", NULL),
    MEGATEC("hunnox", "UPS No Ack"),
    BEEPER("hunnox", "UPS No Ack"),
    {"hunnox", UPS_COMMAND_SHUTDOWN_RETURN, -1, -1, "S01", NULL},
    MEGATEC("q2", NULL),
    BEEPER("q2", NULL),
    MEGATEC("q6", "ACK"),
    BEEPER("q6", "ACK"),
    MEGATEC("innovatae", "ACK"),
    BEEPER("innovatae", NULL),
    MEGATEC("innovart31", NULL),
    MEGATEC("innovart33", "ACK"),
    MEGATEC("gtec", NULL),
    {"gtec", UPS_COMMAND_BEEPER_TOGGLE, -1, -1, "Q", NULL},
    {"bestups", UPS_COMMAND_LOAD_OFF, -1, -1, "S00R0000", NULL},
    {"bestups", UPS_COMMAND_LOAD_ON, -1, -1, "C", NULL},
    {"bestups", UPS_COMMAND_SHUTDOWN_RETURN, 30, 180, "S.5R0003", NULL},
    {"bestups", UPS_COMMAND_SHUTDOWN_RETURN, 30, 0, "S.5R0001", NULL}, /* S.5 would stay off */
    {"bestups", UPS_COMMAND_SHUTDOWN_RETURN, 5940, 60, "S99R0001", NULL},
    {"bestups", UPS_COMMAND_SHUTDOWN_STAYOFF, 90, -1, "S02", NULL},
    {"bestups", UPS_COMMAND_SHUTDOWN_STOP, -1, -1, "C", NULL},
    {"bestups", UPS_COMMAND_TEST_BATTERY_START, -1, -1, "T10", NULL},
    {"bestups", UPS_COMMAND_TEST_BATTERY_START_QUICK, -1, -1, "T", NULL},
    {"bestups", UPS_COMMAND_TEST_BATTERY_START_DEEP, -1, -1, "TL", NULL},
    {"bestups", UPS_COMMAND_TEST_BATTERY_STOP, -1, -1, "CT", NULL},
    {"masterguard", UPS_COMMAND_SHUTDOWN_RETURN, 30, 180, "S.5R0003", NULL},
    {"masterguard", UPS_COMMAND_SHUTDOWN_RETURN, 0, 0, "S.0R0001", NULL},
    {"masterguard", UPS_COMMAND_SHUTDOWN_STAYOFF, 60, -1, "S01", NULL},
    {"masterguard", UPS_COMMAND_SHUTDOWN_STOP, -1, -1, "C", NULL},
    {"masterguard", UPS_COMMAND_TEST_BATTERY_START, 10, -1, "T", NULL},
    {"masterguard", UPS_COMMAND_TEST_BATTERY_START, 600, -1, "T10", NULL},
    {"masterguard", UPS_COMMAND_TEST_BATTERY_START_QUICK, -1, -1, "T", NULL},
    {"masterguard", UPS_COMMAND_TEST_BATTERY_START_LOW, -1, -1, "TL", NULL},
    {"masterguard", UPS_COMMAND_TEST_BATTERY_START_DEEP, -1, -1, "TUD,00", NULL},
    {"masterguard", UPS_COMMAND_TEST_BATTERY_STOP, -1, -1, "CT", NULL},
    {"masterguard", UPS_COMMAND_BYPASS_START, -1, -1, "FOFF", NULL},
    {"masterguard", UPS_COMMAND_BYPASS_STOP, -1, -1, "FON", NULL},
    {"masterguard", UPS_COMMAND_BEEPER_ENABLE, -1, -1, "SS---1,00", NULL},
    {"masterguard", UPS_COMMAND_BEEPER_DISABLE, -1, -1, "SS---0,00", NULL},
    {"masterguard", UPS_COMMAND_CLEAR_FAULT_RECORD, -1, -1, "FCLR,00", NULL},
    {"omron", UPS_COMMAND_SHUTDOWN_RETURN, 30, -1, "S.5", "OK"}, /* after An */
    {"omron", UPS_COMMAND_SHUTDOWN_STAYOFF, 120, -1, "Sf02", "OK"},
    {"omron", UPS_COMMAND_SHUTDOWN_STOP, -1, -1, "C", "OK"},
};
enum { ROWS = sizeof rows / sizeof *rows };

/* The request that must be acknowledged before the command's own; NULL. */
static const char *before_of(const struct qx_rig *rig, enum ups_command command)
{
    const struct qx_dialect *t = rig->x->dialect;

    for (unsigned i = 0; i < t->commands; i++)
        if (t->command[i].command == command)
            return t->command[i].before;
    return NULL;
}

static void test_bytes(void **state)
{
    const struct row *row = *(const struct row **)*state;
    char sent[64];
    struct qx_rig rig;

    qs_ready(&rig, row->dialect, row->command, row->bytes, row->reply, true);
    const char *before = before_of(&rig, row->command);
    if (before)
        qr_answer(&rig, before, "OK");
    snprintf(sent, sizeof sent, "%s%s%s", before ? before : "", before ? " " : "", row->bytes);
    int rc = qr_command(&rig, row->command, row->value, row->second);
    if (rc != DRV_DONE)
        printf("# %d: %s\n", rc, rig.d.why);
    assert_int_equal(rc, DRV_DONE);
    size_t look = strncmp(rig.sent, "GS,00 ", 6) == 0 ? 6 : 0;
    if (!qs_first_is(rig.sent + look, sent))
        printf("# sent %s, expected %s\n", rig.sent, sent);
    assert_true(qs_first_is(rig.sent + look, sent));
    qr_fini(&rig);
}

/* Every command that a dialect offers stands in the table above. */
static void test_table_is_complete(void **state)
{
    (void)state;

    for (unsigned k = 0; k < KINDS; k++) {
        uint32_t tried = 0;
        struct qx_rig rig;

        qs_ready(&rig, kinds[k].name, UPS_COMMAND_COUNT, "X", NULL, false);
        for (unsigned i = 0; i < ROWS; i++)
            if (strcmp(rows[i].dialect, kinds[k].name) == 0)
                tried |= (uint32_t)1 << rows[i].command;
        assert_int_equal(tried, rig.d.caps.commands);
        for (unsigned c = 0; c < UPS_COMMAND_COUNT; c++)
            if (!(rig.d.caps.commands >> c & 1))
                assert_int_equal(qr_command(&rig, (enum ups_command)c, -1, -1), UPS_E_UNSUPPORTED);
        qr_fini(&rig);
    }
}

/* -- what counts as success ------------------------------------------------------------------- */

static void test_answers(void **state)
{
    static const struct {
        const char *dialect, *reply; /* NULL: silence; "echo" */
        bool obeys;
        int result;
    } cases[] = {
        {"megatec", NULL, true, DRV_DONE},
        {"megatec", NULL, false, UPS_E_TIMEOUT},
        {"megatec", "ACK", false, DRV_DONE},
        {"megatec", "(ACK", false, UPS_E_REFUSED},
        {"megatec", "NAK", false, UPS_E_REFUSED},
        {"megatec", "T", false, UPS_E_REFUSED},
        {"megatec", "T", true, DRV_DONE},     /* sent back, but obeyed: the status shows it */
        {"megatec", "what?", true, DRV_DONE}, /* NUT #3535 and others report a failure here */
        {"megatec", "what?", false, UPS_E_REFUSED},
        {"megatec", "UPS No Ack", false, UPS_E_REFUSED},
        {"mecer", "(ACK", false, DRV_DONE},
        {"mecer", "(NAK", false, UPS_E_REFUSED},
        {"mecer", NULL, false, UPS_E_TIMEOUT},
        {"mecer", NULL, true, DRV_DONE},
        {"mecer", "T", false, UPS_E_REFUSED},
        {"innovatae", "ACK", false, DRV_DONE},
        {"innovatae", "NAK", false, UPS_E_REFUSED},
        {"innovart31", NULL, true, DRV_DONE},
        {"innovart33", "NAK", false, UPS_E_REFUSED},
        {"hunnox", "UPS No Ack", true, DRV_DONE},
        {"hunnox", "UPS No Ack", false, UPS_E_TIMEOUT},
        {"hunnox", NULL, true, DRV_DONE},
        {"hunnox", "ACK", false, UPS_E_REFUSED},
        {"bestups", NULL, true, DRV_DONE},
        {"bestups", "ACK", false, UPS_E_REFUSED},
        {"masterguard", NULL, true, DRV_DONE},
        {"masterguard", "NAK", false, UPS_E_REFUSED},
        {"q1", "T", false, UPS_E_REFUSED},
        {"gtec", NULL, false, UPS_E_TIMEOUT},
    };
    (void)state;

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        enum ups_command quick = UPS_COMMAND_TEST_BATTERY_START_QUICK;
        struct qx_rig rig;

        qs_ready(&rig, cases[i].dialect, quick, "T", cases[i].reply, cases[i].obeys);
        int rc = qr_command(&rig, quick, -1, -1);
        if (rc != cases[i].result)
            printf("# %s answers %s, %s: %d %s\n", cases[i].dialect,
                   cases[i].reply ? cases[i].reply : "nothing",
                   cases[i].obeys ? "obeys" : "does not obey", rc, rig.d.why);
        assert_int_equal(rc, cases[i].result);
        assert_true(rc == DRV_DONE || rig.d.why[0] != '\0');
        qr_fini(&rig);
    }
}

/* No countdown is shown: what may count all the same is cancelled, and the user told of the way. */
static void test_countdown_not_shown(void **state)
{
    struct qx_rig rig;
    (void)state;

    qs_ready(&rig, "q1", UPS_COMMAND_SHUTDOWN_RETURN, "S.5R0003", NULL, false);
    assert_int_equal(qr_command(&rig, UPS_COMMAND_SHUTDOWN_RETURN, 30, 180), UPS_E_TIMEOUT);
    assert_non_null(strstr(rig.sent, " C"));
    assert_non_null(strstr(rig.d.why, "ignoresab"));
    assert_int_equal(rig.d.took.value, -1);
    qr_option(&rig, "ignoresab", "");
    assert_int_equal(qr_poll(&rig, DRV_POLL_FAST), DRV_DONE);
    assert_int_equal(qr_command(&rig, UPS_COMMAND_SHUTDOWN_RETURN, 30, 180), DRV_DONE);
    assert_string_equal(rig.sent, "S.5R0003");
    assert_non_null(strstr(rig.log, "can't be seen"));
    qr_fini(&rig);
}

/* took is what the device counts. */
static void test_took(void **state)
{
    struct qx_rig rig;
    (void)state;

    qs_ready(&rig, "q1", UPS_COMMAND_SHUTDOWN_RETURN, "S02R0004", NULL, true);
    assert_int_equal(qr_command(&rig, UPS_COMMAND_SHUTDOWN_RETURN, 61, 181), DRV_DONE);
    assert_int_equal(rig.d.took.value, 120);
    assert_int_equal(rig.d.took.second, 240);
    qr_fini(&rig);
    qs_ready(&rig, "q1", UPS_COMMAND_SHUTDOWN_RETURN, "S.6", NULL, true);
    assert_int_equal(qr_command(&rig, UPS_COMMAND_SHUTDOWN_RETURN, 31, 0), DRV_DONE);
    assert_int_equal(rig.d.took.value, 36);
    assert_int_equal(rig.d.took.second, 10);
    qr_fini(&rig);
    qs_ready(&rig, "q1", UPS_COMMAND_SHUTDOWN_STAYOFF, "S01R0000", NULL, true);
    assert_int_equal(qr_command(&rig, UPS_COMMAND_SHUTDOWN_STAYOFF, 55, -1), DRV_DONE);
    assert_int_equal(rig.d.took.value, 60);
    assert_int_equal(rig.d.took.second, -1);
    qr_fini(&rig);
}

/* A second shut-down during a countdown cancels the first. */
static void test_second_countdown(void **state)
{
    const struct show counts = {.beeper = true, .counts = true}, idle = {.beeper = true};
    char line[RIG_LINE], after[RIG_LINE];
    struct qx_rig rig;
    (void)state;

    qs_ready(&rig, "q1", UPS_COMMAND_SHUTDOWN_RETURN, "S.5", NULL, false);
    qs_show(&rig, "q1", &counts);
    assert_int_equal(qr_poll(&rig, DRV_POLL_FAST), DRV_DONE);
    qs_line("q1", line, sizeof line, &idle);
    qs_line("q1", after, sizeof after, &counts);
    qr_after(&rig, "C", NULL, "Q1", line);
    qr_after(&rig, "S.5", NULL, "Q1", after);
    assert_int_equal(qr_command(&rig, UPS_COMMAND_SHUTDOWN_RETURN, 30, 0), DRV_DONE);
    assert_string_equal(rig.sent, "C Q1 S.5 Q1");
    qr_fini(&rig);
}

/* The same bytes switch on and cancel: neither must do the other. */
static void test_stop_and_on(void **state)
{
    const struct show counts = {.beeper = true, .counts = true};
    const struct show off = {.beeper = true, .off = true};
    const struct show dark = {.beeper = true, .off = true, .battery = true};
    struct qx_rig rig;
    (void)state;

    qs_ready(&rig, "megatec", UPS_COMMAND_LOAD_ON, "C", NULL, false);
    qs_show(&rig, "megatec", &counts);
    assert_int_equal(qr_poll(&rig, DRV_POLL_FAST), DRV_DONE);
    assert_int_equal(qr_command(&rig, UPS_COMMAND_LOAD_ON, -1, -1), DRV_DONE);
    assert_string_equal(rig.sent, ""); /* it is on; the countdown goes on */
    qs_show(&rig, "megatec", &off);
    assert_int_equal(qr_poll(&rig, DRV_POLL_FAST), DRV_DONE);
    assert_int_equal(qr_command(&rig, UPS_COMMAND_SHUTDOWN_STOP, -1, -1), UPS_E_REFUSED);
    assert_string_equal(rig.sent, "");
    assert_int_equal(qr_command(&rig, UPS_COMMAND_LOAD_OFF, -1, -1), DRV_DONE);
    assert_string_equal(rig.sent, "");
    qs_show(&rig, "megatec", &dark);
    assert_int_equal(qr_poll(&rig, DRV_POLL_FAST), DRV_DONE);
    assert_int_equal(qr_command(&rig, UPS_COMMAND_LOAD_ON, -1, -1), UPS_E_REFUSED);
    assert_string_equal(rig.sent, "");
    qr_fini(&rig);
}

/* The output comes on 10 s after it went off, not before: load.on waits for it. */
static void test_load_on_waits(void **state)
{
    const struct show off = {.beeper = true, .off = true}, on = {.beeper = true};
    char line[RIG_LINE];
    struct qx_rig rig;
    int rc, looks = 0;
    (void)state;

    qs_ready(&rig, "megatec", UPS_COMMAND_LOAD_ON, "C", NULL, false);
    int64_t sent_ms = rig.now_ms;
    qs_line("megatec", line, sizeof line, &on);
    do {
        if (rig.now_ms - sent_ms > 10000)
            qr_answer(&rig, "Q1", line);
        rc = qx_driver.command(&rig.d, UPS_COMMAND_LOAD_ON,
                               (struct ups_command_args){.value = -1, .second = -1}, &rig.r);
        if (rig.d.not_before_ms > rig.now_ms)
            rig.now_ms = rig.d.not_before_ms;
        looks++;
    } while (rc == DRV_MORE && looks < 200);
    assert_int_equal(rc, DRV_DONE);
    assert_true(rig.now_ms - sent_ms > 10000);
    assert_true(looks > 10);
    qr_fini(&rig);
    qs_ready(&rig, "megatec", UPS_COMMAND_LOAD_ON, "C", NULL, false);
    qs_show(&rig, "megatec", &off);
    assert_int_equal(qr_command(&rig, UPS_COMMAND_LOAD_ON, -1, -1), UPS_E_TIMEOUT);
    qr_fini(&rig);
}

/* No test on battery, none during another. */
static void test_when_tests_run(void **state)
{
    const struct show battery = {.beeper = true, .battery = true};
    const struct show runs = {.beeper = true, .test = true};
    enum ups_command quick = UPS_COMMAND_TEST_BATTERY_START_QUICK;
    struct qx_rig rig;
    (void)state;

    qs_ready(&rig, "megatec", quick, "T", NULL, false);
    qs_show(&rig, "megatec", &battery);
    rig.now_ms += 10000; /* what is known is old: it looks first */
    assert_int_equal(qr_command(&rig, quick, -1, -1), UPS_E_REFUSED);
    assert_string_equal(rig.sent, "Q1");
    qs_show(&rig, "megatec", &runs);
    rig.now_ms += 10000;
    assert_int_equal(qr_command(&rig, quick, -1, -1), UPS_E_REFUSED);
    assert_string_equal(rig.sent, "Q1");
    qr_fini(&rig);
}

/* A beeper flag that never moves: the toggle can't be seen, switching on or off can't be done. */
static void test_stuck_beeper(void **state)
{
    struct qx_rig rig;
    (void)state;

    qs_ready(&rig, "megatec", UPS_COMMAND_BEEPER_DISABLE, "Q", NULL, false);
    assert_int_equal(qr_command(&rig, UPS_COMMAND_BEEPER_TOGGLE, -1, -1), DRV_DONE);
    assert_non_null(strstr(rig.log, "can't be seen"));
    assert_int_equal(qr_command(&rig, UPS_COMMAND_BEEPER_DISABLE, -1, -1), UPS_E_TIMEOUT);
    assert_int_equal(qr_poll(&rig, DRV_POLL_FAST), DRV_DONE);
    assert_int_equal(qr_command(&rig, UPS_COMMAND_BEEPER_ENABLE, -1, -1), DRV_DONE);
    assert_string_equal(rig.sent, ""); /* so it says already */
    qr_fini(&rig);
}

static void test_ranges(void **state)
{
    static const struct {
        const char *dialect;
        enum ups_command command;
        int32_t value, second;
    } cases[] = {
        {"megatec", UPS_COMMAND_SHUTDOWN_RETURN, 601, 0},
        {"megatec", UPS_COMMAND_SHUTDOWN_RETURN, 60, 599941},
        {"megatec", UPS_COMMAND_SHUTDOWN_STAYOFF, 2147483647, -1},
        {"megatec", UPS_COMMAND_TEST_BATTERY_START, 5941, -1},
        {"bestups", UPS_COMMAND_SHUTDOWN_RETURN, 5941, 0},
        {"masterguard", UPS_COMMAND_SHUTDOWN_RETURN, 5941, 0},
        {"omron", UPS_COMMAND_SHUTDOWN_RETURN, 30, 60},
    };
    (void)state;

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct qx_rig rig;

        qs_ready(&rig, cases[i].dialect, cases[i].command, "X", NULL, false);
        assert_int_equal(qr_command(&rig, cases[i].command, cases[i].value, cases[i].second),
                         UPS_E_INVALID);
        assert_string_equal(rig.sent, "");
        qr_fini(&rig);
    }
}

/* Without An's OK, S is not sent. */
static void test_omron(void **state)
{
    struct qx_rig rig;
    (void)state;

    qs_ready(&rig, "omron", UPS_COMMAND_SHUTDOWN_RETURN, "S.5", "OK", true);
    qr_answer(&rig, "An", "NAK");
    assert_int_equal(qr_command(&rig, UPS_COMMAND_SHUTDOWN_RETURN, 30, -1), UPS_E_REFUSED);
    assert_string_equal(rig.sent, "An");
    qr_answer(&rig, "An", NULL);
    assert_int_equal(qr_command(&rig, UPS_COMMAND_SHUTDOWN_RETURN, 30, -1), UPS_E_REFUSED);
    qr_answer(&rig, "An", "OK");
    assert_int_equal(qr_poll(&rig, DRV_POLL_FAST), DRV_DONE);
    assert_int_equal(qr_command(&rig, UPS_COMMAND_SHUTDOWN_RETURN, 30, -1), DRV_DONE);
    assert_string_equal(rig.sent, "An S.5");
    qr_fini(&rig);
    qs_ready(&rig, "omron", UPS_COMMAND_SHUTDOWN_STAYOFF, "Sf02", "OK", true);
    qr_answer(&rig, "Af", "OK");
    assert_int_equal(qr_command(&rig, UPS_COMMAND_SHUTDOWN_STAYOFF, 61, -1), DRV_DONE);
    assert_string_equal(rig.sent, "Af Sf02");
    qr_fini(&rig);
}

/* Given up in the middle: what may count is cancelled; the next job finds nothing of it. */
static void test_abandon(void **state)
{
    struct qx_rig rig;
    (void)state;

    qs_ready(&rig, "q1", UPS_COMMAND_SHUTDOWN_RETURN, "S.5", NULL, false);
    for (int i = 0; i < 6; i++)
        assert_int_equal(qx_driver.command(&rig.d, UPS_COMMAND_SHUTDOWN_RETURN,
                                           (struct ups_command_args){.value = 30, .second = 0},
                                           &rig.r),
                         DRV_MORE);
    rig.sent[0] = '\0';
    assert_int_equal(qx_driver.abandon(&rig.d, &rig.r), UPS_E_TIMEOUT);
    assert_string_equal(rig.sent, "C");
    assert_false(rig.x->job.runs);
    assert_int_equal(qx_driver.abandon(&rig.d, &rig.r), UPS_E_TIMEOUT);
    assert_string_equal(rig.sent, "C");
    qr_fini(&rig);
}

int main(void)
{
    static const struct CMUnitTest fixed[] = {
        cmocka_unit_test(test_table_is_complete),
        cmocka_unit_test(test_answers),
        cmocka_unit_test(test_countdown_not_shown),
        cmocka_unit_test(test_took),
        cmocka_unit_test(test_second_countdown),
        cmocka_unit_test(test_stop_and_on),
        cmocka_unit_test(test_load_on_waits),
        cmocka_unit_test(test_when_tests_run),
        cmocka_unit_test(test_stuck_beeper),
        cmocka_unit_test(test_ranges),
        cmocka_unit_test(test_omron),
        cmocka_unit_test(test_abandon),
    };
    enum { FIXED = sizeof fixed / sizeof *fixed };
    static struct CMUnitTest tests[FIXED + ROWS];
    static const struct row *which[ROWS];
    static char names[ROWS][80];

    memcpy(tests, fixed, sizeof fixed);
    for (unsigned i = 0; i < ROWS; i++) {
        which[i] = &rows[i];
        snprintf(names[i], sizeof names[i], "%s %s: %s", rows[i].dialect,
                 ups_commands[rows[i].command].name, rows[i].bytes);
        tests[FIXED + i] = (struct CMUnitTest){
            .name = names[i], .test_func = test_bytes, .initial_state = &which[i]};
    }
    return cmocka_run_group_tests_name("qx commands", tests, NULL, NULL);
}
