/* SPDX-License-Identifier: BSD-2-Clause */
/* Each dialect's commands and settings: their bytes, their arguments, and what counts as success.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "qx_kinds.h"

/* -- a device that shows what it does --------------------------------------------------------- */

struct show {
    bool battery, test, counts, beeper, off, bypass;
};

static const struct kind *kind_of(const char *name)
{
    for (unsigned i = 0; i < KINDS; i++)
        if (strcmp(kinds[i].name, name) == 0)
            return &kinds[i];
    return NULL;
}

static void flags_line(char *buf, size_t size, const struct show *s)
{
    snprintf(buf, size, "(%s 230.0 %s %s 50.0 27.2 25.0 %d0%d01%d%d%d",
             s->battery ? "000.0" : "230.0", s->off ? "000.0" : "230.0", s->off ? "000" : "025",
             s->battery, s->bypass, s->test, s->counts, s->beeper);
}

static void masterguard_line(char *buf, size_t size, const struct show *s)
{
    snprintf(buf, size, "(00 225.9 225.9 %s %s 50.0 02.27 23.4 017.03 100 %d0%d00%d%d0 00000000",
             s->off ? "000.0" : "229.3", s->off ? "000" : "043", s->battery, s->bypass, s->test,
             s->counts);
}

static void gtec_line(char *buf, size_t size, const struct show *s)
{
    snprintf(buf, size, "(236.7 243.2 212.1 220.1 %s 002 001 50.0 371 372 041.3 22.9 %s%s%s%s",
             s->off ? "000.0" : "230.4", s->test ? "E" : "", s->counts ? "F" : "",
             s->off || s->battery ? "" : "M", s->battery ? "A" : "");
}

/* The request that shows it, and its answer. */
static const char *shown(const char *dialect, char *buf, size_t size, const struct show *s)
{
    if (strcmp(dialect, "masterguard") == 0) {
        masterguard_line(buf, size, s);
        return "Q3";
    }
    if (strcmp(dialect, "gtec") == 0) {
        gtec_line(buf, size, s);
        return "Q4";
    }
    flags_line(buf, size, s);
    return strcmp(dialect, "mustek") == 0 ? "QS" : strcmp(dialect, "megatec/old") == 0 ? "D" : "Q1";
}

static void show_now(struct qx_rig *rig, const char *dialect, const struct show *s)
{
    char line[RIG_LINE];
    const char *request = shown(dialect, line, sizeof line, s);

    qr_answer(rig, request, line);
}

/* What the device shows before and after a command with this effect. */
static void effect_shows(enum qx_effect effect, struct show *before, struct show *after)
{
    *before = *after = (struct show){.beeper = true};
    switch (effect) {
    case QX_SHOWS_COUNTDOWN: after->counts = true; break;
    case QX_SHOWS_NO_COUNTDOWN: before->counts = true; break;
    case QX_SHOWS_TEST: after->test = true; break;
    case QX_SHOWS_NO_TEST: before->test = true; break;
    case QX_SHOWS_BEEPER:
    case QX_SHOWS_BEEPER_OFF: after->beeper = false; break;
    case QX_SHOWS_BEEPER_ON: before->beeper = false; break;
    case QX_SHOWS_OFF: after->off = true; break;
    case QX_SHOWS_ON: before->off = true; break;
    case QX_SHOWS_BYPASS: after->bypass = true; break;
    case QX_SHOWS_NO_BYPASS: before->bypass = true; break;
    case QX_SHOWS_NOTHING:
    case QX_SHOWS_VALUE: break; /* no dialect of this file shows a command so */
    }
}

static enum qx_effect effect_of(const struct qx_rig *rig, enum ups_command command)
{
    const struct qx_dialect *t = rig->x->dialect;

    for (unsigned i = 0; i < t->commands; i++)
        if (t->command[i].command == command)
            return t->command[i].effect;
    return QX_SHOWS_NOTHING;
}

/* Opens a device of the dialect, which answers `bytes` with `reply` and then shows the effect. */
static void ready_for(struct qx_rig *rig, const char *dialect, enum ups_command command,
                      const char *bytes, const char *reply, bool obeys)
{
    struct show before, after;
    char line[RIG_LINE];

    qr_kind(rig, kind_of(dialect), dialect, RIG_SILENCE);
    if (strcmp(dialect, "mecer") != 0)
        qr_option(rig, "norating", "");
    if (strcmp(dialect, "masterguard") == 0)
        qr_answer(rig, "GS,00", "(00,00 0 1");
    assert_true(qr_up(rig));
    effect_shows(effect_of(rig, command), &before, &after);
    show_now(rig, dialect, &before);
    if (strcmp(dialect, "masterguard") == 0) {
        bool enables = command == UPS_COMMAND_BEEPER_ENABLE;
        qr_answer(rig, "GS,00", enables ? "(00,00 0 0" : "(00,00 0 1");
    }
    assert_int_equal(qr_poll(rig, DRV_POLL_FULL), DRV_DONE);
    assert_int_equal(qr_poll(rig, DRV_POLL_FAST), DRV_DONE); /* so that it need not look first */
    qr_answer(rig, bytes, reply);
    if (!obeys)
        return;
    const char *request = shown(dialect, line, sizeof line, &after);
    if (strcmp(dialect, "masterguard") == 0 && strncmp(bytes, "SS---", 5) == 0)
        qr_after(rig, bytes, reply, "GS,00", bytes[5] == '1' ? "(00,00 0 1" : "(00,00 0 0");
    else
        qr_after(rig, bytes, reply, request, line);
}

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

static const struct {
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
    {"omron", UPS_COMMAND_SHUTDOWN_STOP, -1, -1, "C", "OK"},
};
enum { ROWS = sizeof rows / sizeof *rows };

static bool first_is(const char *sent, const char *bytes)
{
    size_t len = strlen(bytes);

    return strncmp(sent, bytes, len) == 0 && (sent[len] == '\0' || sent[len] == ' ');
}

static void test_bytes(void **state)
{
    unsigned bad = 0;
    (void)state;

    for (unsigned i = 0; i < ROWS; i++) {
        struct qx_rig rig;

        ready_for(&rig, rows[i].dialect, rows[i].command, rows[i].bytes, rows[i].reply, true);
        int rc = qr_command(&rig, rows[i].command, rows[i].value, rows[i].second);
        if (rc != DRV_DONE ||
            !first_is(rig.sent + (strncmp(rig.sent, "GS,00 ", 6) == 0 ? 6 : 0), rows[i].bytes)) {
            printf("# %s %s(%d, %d): %d %s: sent %s, expected %s\n", rows[i].dialect,
                   ups_commands[rows[i].command].name, rows[i].value, rows[i].second, rc, rig.d.why,
                   rig.sent, rows[i].bytes);
            bad++;
        }
        qr_fini(&rig);
    }
    assert_int_equal(bad, 0);
}

/* Every command that a dialect offers stands in the table above (omron's two are below). */
static void test_table_is_complete(void **state)
{
    (void)state;

    for (unsigned k = 0; k < KINDS; k++) {
        uint32_t tried = 0;
        struct qx_rig rig;

        ready_for(&rig, kinds[k].name, UPS_COMMAND_COUNT, "X", NULL, false);
        for (unsigned i = 0; i < ROWS; i++)
            if (strcmp(rows[i].dialect, kinds[k].name) == 0)
                tried |= (uint32_t)1 << rows[i].command;
        if (strcmp(kinds[k].name, "omron") == 0)
            tried |= UPS_COMMAND_BIT(SHUTDOWN_RETURN) | UPS_COMMAND_BIT(SHUTDOWN_STAYOFF);
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

        ready_for(&rig, cases[i].dialect, quick, "T", cases[i].reply, cases[i].obeys);
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

    ready_for(&rig, "q1", UPS_COMMAND_SHUTDOWN_RETURN, "S.5R0003", NULL, false);
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

    ready_for(&rig, "q1", UPS_COMMAND_SHUTDOWN_RETURN, "S02R0004", NULL, true);
    assert_int_equal(qr_command(&rig, UPS_COMMAND_SHUTDOWN_RETURN, 61, 181), DRV_DONE);
    assert_int_equal(rig.d.took.value, 120);
    assert_int_equal(rig.d.took.second, 240);
    qr_fini(&rig);
    ready_for(&rig, "q1", UPS_COMMAND_SHUTDOWN_RETURN, "S.6", NULL, true);
    assert_int_equal(qr_command(&rig, UPS_COMMAND_SHUTDOWN_RETURN, 31, 0), DRV_DONE);
    assert_int_equal(rig.d.took.value, 36);
    assert_int_equal(rig.d.took.second, 10);
    qr_fini(&rig);
    ready_for(&rig, "q1", UPS_COMMAND_SHUTDOWN_STAYOFF, "S01R0000", NULL, true);
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

    ready_for(&rig, "q1", UPS_COMMAND_SHUTDOWN_RETURN, "S.5", NULL, false);
    show_now(&rig, "q1", &counts);
    assert_int_equal(qr_poll(&rig, DRV_POLL_FAST), DRV_DONE);
    shown("q1", line, sizeof line, &idle);
    shown("q1", after, sizeof after, &counts);
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

    ready_for(&rig, "megatec", UPS_COMMAND_LOAD_ON, "C", NULL, false);
    show_now(&rig, "megatec", &counts);
    assert_int_equal(qr_poll(&rig, DRV_POLL_FAST), DRV_DONE);
    assert_int_equal(qr_command(&rig, UPS_COMMAND_LOAD_ON, -1, -1), DRV_DONE);
    assert_string_equal(rig.sent, ""); /* it is on; the countdown goes on */
    show_now(&rig, "megatec", &off);
    assert_int_equal(qr_poll(&rig, DRV_POLL_FAST), DRV_DONE);
    assert_int_equal(qr_command(&rig, UPS_COMMAND_SHUTDOWN_STOP, -1, -1), UPS_E_REFUSED);
    assert_string_equal(rig.sent, "");
    assert_int_equal(qr_command(&rig, UPS_COMMAND_LOAD_OFF, -1, -1), DRV_DONE);
    assert_string_equal(rig.sent, "");
    show_now(&rig, "megatec", &dark);
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

    ready_for(&rig, "megatec", UPS_COMMAND_LOAD_ON, "C", NULL, false);
    int64_t sent_ms = rig.now_ms;
    shown("megatec", line, sizeof line, &on);
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
    ready_for(&rig, "megatec", UPS_COMMAND_LOAD_ON, "C", NULL, false);
    show_now(&rig, "megatec", &off);
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

    ready_for(&rig, "megatec", quick, "T", NULL, false);
    show_now(&rig, "megatec", &battery);
    rig.now_ms += 10000; /* what is known is old: it looks first */
    assert_int_equal(qr_command(&rig, quick, -1, -1), UPS_E_REFUSED);
    assert_string_equal(rig.sent, "Q1");
    show_now(&rig, "megatec", &runs);
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

    ready_for(&rig, "megatec", UPS_COMMAND_BEEPER_DISABLE, "Q", NULL, false);
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

        ready_for(&rig, cases[i].dialect, cases[i].command, "X", NULL, false);
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

    ready_for(&rig, "omron", UPS_COMMAND_SHUTDOWN_RETURN, "S.5", "OK", true);
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
    ready_for(&rig, "omron", UPS_COMMAND_SHUTDOWN_STAYOFF, "Sf02", "OK", true);
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

    ready_for(&rig, "q1", UPS_COMMAND_SHUTDOWN_RETURN, "S.5", NULL, false);
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

/* -- settings --------------------------------------------------------------------------------- */

static void test_delays(void **state)
{
    struct qx_rig rig;
    (void)state;

    ready_for(&rig, "megatec", UPS_COMMAND_SHUTDOWN_RETURN, "S02R0002", NULL, true);
    assert_string_equal(qr_value(&rig, "ups.delay.shutdown"), "30");
    assert_string_equal(qr_value(&rig, "ups.delay.start"), "180");
    assert_string_equal(qr_value(&rig, "ups.start.auto"), "yes");
    assert_int_equal(qr_set(&rig, "ups.delay.shutdown", 11000), UPS_E_INVALID);
    assert_int_equal(qr_set(&rig, "ups.delay.shutdown", 601000), UPS_E_INVALID);
    assert_int_equal(qr_set(&rig, "ups.delay.start", 599941000), UPS_E_INVALID);
    assert_int_equal(qr_set(&rig, "ups.delay.shutdown", 61000), DRV_DONE);
    assert_string_equal(qr_value(&rig, "ups.delay.shutdown"), "120");
    assert_int_equal(qr_set(&rig, "ups.delay.shutdown", 13000), DRV_DONE);
    assert_string_equal(qr_value(&rig, "ups.delay.shutdown"), "18");
    assert_int_equal(qr_set(&rig, "ups.delay.shutdown", 119000), DRV_DONE);
    assert_int_equal(qr_set(&rig, "ups.delay.start", 61000), DRV_DONE);
    assert_string_equal(qr_value(&rig, "ups.delay.start"), "120");
    assert_string_equal(rig.sent, ""); /* they live in the driver */
    assert_int_equal(qr_poll(&rig, DRV_POLL_FAST), DRV_DONE);
    assert_string_equal(qr_value(&rig, "ups.delay.start"), "120");
    assert_int_equal(qr_command(&rig, UPS_COMMAND_SHUTDOWN_RETURN, -1, -1), DRV_DONE);
    assert_true(first_is(rig.sent, "S02R0002"));
    assert_int_equal(qr_set(&rig, "ups.start.auto", UPS_NO), DRV_DONE);
    assert_string_equal(qr_value(&rig, "ups.start.auto"), "no");
    assert_int_equal(qr_set(&rig, "battery.charge", 1000), UPS_E_UNSUPPORTED);
    qr_fini(&rig);
}

static void test_device_settings(void **state)
{
    struct qx_rig rig;
    (void)state;

    qr_kind(&rig, kind_of("masterguard"), "masterguard", RIG_SILENCE);
    qr_answer(&rig, "MSO", "(220 230 240");
    qr_answer(&rig, "PNV", "(PNV=230");
    qr_answer(&rig, "GS,00", "(00,00 0 1");
    qr_answer(&rig, "DRC,00", "(00,0001:02:03:04");
    assert_true(qr_up(&rig));
    qr_after(&rig, "PNV=240", NULL, "PNV", "(PNV=240");
    assert_int_equal(qr_set(&rig, "output.voltage.nominal", 240000), DRV_DONE);
    assert_string_equal(rig.sent, "PNV=240 PNV");
    assert_string_equal(qr_value(&rig, "output.voltage.nominal"), "240");
    assert_int_equal(qr_set(&rig, "output.voltage.nominal", 235000), UPS_E_INVALID);
    assert_int_equal(qr_set(&rig, "output.voltage.nominal", 220000), UPS_E_TIMEOUT);
    qr_after(&rig, "SS--2-,00", NULL, "GS,00", "(00,00 2 1");
    assert_int_equal(qr_set(&rig, "battery.packs", 2000), DRV_DONE);
    assert_int_equal(qr_set(&rig, "battery.packs", 3000), UPS_E_INVALID);
    qr_after(&rig, "SRC0000:01:00:00,00", NULL, "DRC,00", "(00,0000:01:00:02");
    assert_int_equal(qr_set(&rig, "device.uptime", 3600000), DRV_DONE);
    /* the old address in the command itself, the new one from then on */
    char wh[RIG_LINE];
    snprintf(wh, sizeof wh, "(17%s", &WH[3]);
    qr_after(&rig, "SS17--,00", NULL, "WH", wh);
    assert_int_equal(qr_set(&rig, "ups.id", 17000), DRV_DONE);
    qr_answer(&rig, "GS,17", "(17,17 2 1");
    assert_int_equal(qr_poll(&rig, DRV_POLL_FULL), DRV_DONE);
    assert_non_null(strstr(rig.sent, "GS,17"));
    assert_null(strstr(rig.sent, "GS,00"));
    qr_fini(&rig);
}

static void test_bestups_settings(void **state)
{
    struct qx_rig rig;
    (void)state;

    qr_kind(&rig, kind_of("bestups"), "bestups", RIG_SILENCE);
    qr_answer(&rig, "ID", "AX1,750,120,120,20.0,27.6");
    qr_answer(&rig, "BP?", "01");
    qr_option(&rig, "pins_shutdown_mode", "3");
    qr_answer(&rig, "SS?", "0");
    assert_true(qr_open(&rig) == DRV_DONE);
    assert_null(strstr(rig.sent, "SS")); /* --probe writes nothing */
    rig.host.apply = true;
    qr_after(&rig, "SS3", NULL, "SS?", "3");
    assert_true(qr_reopen(&rig) == DRV_DONE);
    assert_non_null(strstr(rig.sent, "SS? SS3 SS?"));
    qr_after(&rig, "BP4", NULL, "BP?", "04");
    assert_int_equal(qr_set(&rig, "battery.packs", 4000), DRV_DONE);
    assert_string_equal(qr_value(&rig, "battery.packs"), "4");
    assert_int_equal(qr_set(&rig, "battery.packs", 6000), UPS_E_INVALID);
    assert_int_equal(qr_reopen(&rig), DRV_DONE);
    assert_null(strstr(rig.sent, "SS3")); /* it is so already */
    qr_fini(&rig);

    qr_kind(&rig, kind_of("bestups"), "bestups", RIG_SILENCE); /* a model without packs */
    assert_true(qr_up(&rig));
    assert_int_equal(qr_set(&rig, "battery.packs", 1000), UPS_E_UNSUPPORTED);
    qr_fini(&rig);
}

/* Settings are listed in the order that ups_caps wants. */
static void test_settings_ascend(void **state)
{
    (void)state;

    for (unsigned k = 0; k < KINDS; k++) {
        struct qx_rig rig;

        ready_for(&rig, kinds[k].name, UPS_COMMAND_COUNT, "X", NULL, false);
        for (unsigned i = 1; i < rig.d.caps.setting_count; i++)
            assert_true(rig.d.caps.setting[i - 1].var < rig.d.caps.setting[i].var);
        assert_true(rig.d.caps.off_most > 0);
        qr_fini(&rig);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bytes),
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
        cmocka_unit_test(test_delays),
        cmocka_unit_test(test_device_settings),
        cmocka_unit_test(test_bestups_settings),
        cmocka_unit_test(test_settings_ascend),
    };

    return cmocka_run_group_tests_name("qx commands", tests, NULL, NULL);
}
