/* SPDX-License-Identifier: BSD-2-Clause */
/* The dialect voltronic: commands, their bytes, what counts as success, and what is not even sent.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "qx_voltronic_unit.h"

/* -- commands --------------------------------------------------------------------------------- */

/* Before the command QGS and QMOD tell `bits` and `mode`, after it `then` and `mode_then`. */
static const struct order {
    enum ups_command command;
    int32_t value, second;
    const char *bits, *mode, *bytes, *then, *mode_then, *flags;
    int32_t took, took_second;
} orders[] = {
#define C_ON   UPS_COMMAND_LOAD_ON
#define C_OFF  UPS_COMMAND_LOAD_OFF
#define RETURN UPS_COMMAND_SHUTDOWN_RETURN
#define STAY   UPS_COMMAND_SHUTDOWN_STAYOFF
#define TEST   UPS_COMMAND_TEST_BATTERY_START
#define IDLE   "100000000000", "(L"
#define COUNTS "100000001000", "(L"
#define TESTS  "100000010000", "(T"
    {RETURN, 30, 180, IDLE, "S.5R0003", COUNTS, NULL, 30, 180},
    {RETURN, -1, -1, IDLE, "S.5R0003", COUNTS, NULL, 30, 180},
    {RETURN, 0, 180, IDLE, "S.2R0003", COUNTS, NULL, 12, 180},
    {RETURN, 12, 180, IDLE, "S.2R0003", COUNTS, NULL, 12, 180},
    {RETURN, 17, 181, IDLE, "S.3R0004", COUNTS, NULL, 18, 240},
    {RETURN, 54, 180, IDLE, "S.9R0003", COUNTS, NULL, 54, 180},
    {RETURN, 59, 180, IDLE, "S01R0003", COUNTS, NULL, 60, 180},
    {RETURN, 60, 180, IDLE, "S01R0003", COUNTS, NULL, 60, 180},
    {RETURN, 90, 180, IDLE, "S02R0003", COUNTS, NULL, 120, 180},
    {RETURN, 119, 180, IDLE, "S02R0003", COUNTS, NULL, 120, 180},
    {RETURN, 120, 0, IDLE, "S02", COUNTS, NULL, 120, 10},
    {RETURN, 120, 60, IDLE, "S02R0003", COUNTS, NULL, 120, 180},
    {RETURN, 5940, 599940, IDLE, "S99R9999", COUNTS, NULL, 5940, 599940},
    {STAY, 30, -1, IDLE, "S.5R0000", COUNTS, NULL, 30, -1},
    {STAY, 5940, -1, IDLE, "S99R0000", COUNTS, NULL, 5940, -1},
    {UPS_COMMAND_SHUTDOWN_STOP, -1, -1, COUNTS, "CS", IDLE, NULL, -1, -1},
    {TEST, 600, -1, IDLE, "T10", TESTS, NULL, -1, -1},
    {TEST, -1, -1, IDLE, "T10", TESTS, NULL, -1, -1},
    {TEST, 45, -1, IDLE, "T.8", TESTS, NULL, -1, -1},
    {TEST, 5940, -1, IDLE, "T99", TESTS, NULL, -1, -1},
    {UPS_COMMAND_TEST_BATTERY_START_QUICK, -1, -1, IDLE, "T", TESTS, NULL, -1, -1},
    {UPS_COMMAND_TEST_BATTERY_START_DEEP, -1, -1, IDLE, "TL", TESTS, NULL, -1, -1},
    {UPS_COMMAND_TEST_BATTERY_START_DEEP, -1, -1, "100000000000", "(E", "TL", TESTS, NULL, -1, -1},
    {UPS_COMMAND_TEST_BATTERY_START_DEEP, -1, -1, "100000000000", "(C", "TL", TESTS, NULL, -1, -1},
    {UPS_COMMAND_TEST_BATTERY_STOP, -1, -1, TESTS, "CT", IDLE, NULL, -1, -1},
    {C_OFF, -1, -1, IDLE, "SOFF", "100000000000", "(S", NULL, -1, -1},
    {C_ON, -1, -1, "100000000000", "(S", "SON", IDLE, NULL, -1, -1},
    {C_ON, -1, -1, "101000000000", "(S", "SON", "101000000000", "(B", NULL, -1, -1},
    {UPS_COMMAND_BEEPER_TOGGLE, -1, -1, IDLE, "BZOFF", "100000000100", "(L", NULL, -1, -1},
    {UPS_COMMAND_BEEPER_TOGGLE, -1, -1, "100000000100", "(L", "BZON", IDLE, NULL, -1, -1},
    {UPS_COMMAND_BEEPER_TOGGLE, -1, -1, "100000000100", "(L", "BZON", IDLE, "(ED", -1, -1},
    {UPS_COMMAND_BEEPER_TOGGLE, -1, -1, IDLE, "BZOFF", "100000000100", "(L", "(ED", -1, -1},
    {UPS_COMMAND_BEEPER_MUTE, -1, -1, IDLE, "BZOFF", "100000000100", "(L", NULL, -1, -1},
    {UPS_COMMAND_BEEPER_ENABLE, -1, -1, "100000000100", "(L", "BZON", IDLE, NULL, -1, -1},
};

static void status_now(struct qx_rig *rig, const char *bits, const char *mode)
{
    bool off = strcmp(mode, "(S") == 0;
    char line[80];

    qr_answer(rig, "QMOD", mode);
    qr_answer(rig, "QGS", vu_line(line, "230.0", off ? "000.0" : "230.0", bits));
}

/* The reply to `bytes`; from then on the device shows what the order is to bring about. */
static int give(struct qx_rig *rig, const struct order *o, const char *reply, bool obeys)
{
    char line[80];
    bool off = strcmp(o->mode_then, "(S") == 0;

    vu_unit(rig, "(PI01");
    if (o->flags)
        qr_answer(rig, "QFLAG", o->flags);
    status_now(rig, o->bits, o->mode);
    assert_true(qr_up(rig));
    if (obeys) {
        vu_line(line, "230.0", off ? "000.0" : "230.0", o->then);
        qr_after(rig, o->bytes, reply, "QGS", line);
        qr_also(rig, o->bytes, "QMOD", o->mode_then);
    } else {
        qr_answer(rig, o->bytes, reply);
    }
    return qr_command(rig, o->command, o->value, o->second);
}

static void test_orders(void **state)
{
    unsigned bad = 0;
    (void)state;

    for (size_t i = 0; i < sizeof orders / sizeof *orders; i++) {
        const struct order *o = &orders[i];
        struct qx_rig rig;
        int rc = give(&rig, o, "(ACK", true);

        if (rc != DRV_DONE || vu_times(rig.sent, o->bytes) != 1 || rig.d.took.value != o->took ||
            rig.d.took.second != o->took_second) {
            printf("# %s %d %d: %d (%s), sent %s, took %d %d\n", ups_commands[o->command].name,
                   (int)o->value, (int)o->second, rc, rig.d.why, rig.sent, (int)rig.d.took.value,
                   (int)rig.d.took.second);
            bad++;
        }
        qr_fini(&rig);
    }
    assert_int_equal(bad, 0);
}

/* (NAK and silence fail; (ACK alone does not count where the status can show it. */
static void test_refusals(void **state)
{
    static const struct {
        const char *reply;
        int result;
    } replies[] = {{"(NAK", UPS_E_REFUSED}, {"(NACK", UPS_E_REFUSED}, {NULL, UPS_E_TIMEOUT}};
    unsigned bad = 0;
    (void)state;

    for (size_t i = 0; i < sizeof orders / sizeof *orders; i++)
        for (size_t k = 0; k < sizeof replies / sizeof *replies; k++) {
            struct qx_rig rig;
            int rc = give(&rig, &orders[i], replies[k].reply, false);

            if (rc != replies[k].result || rig.d.why[0] == '\0') {
                printf("# %s: %d %s\n", orders[i].bytes, rc, rig.d.why);
                bad++;
            }
            qr_fini(&rig);
        }
    assert_int_equal(bad, 0);
}

static void test_acknowledged_and_not_done(void **state)
{
    (void)state;

    for (size_t i = 0; i < sizeof orders / sizeof *orders; i++) {
        struct qx_rig rig;
        int rc = give(&rig, &orders[i], "(ACK", false);

        if (orders[i].command == UPS_COMMAND_BEEPER_TOGGLE) { /* units that never show it */
            assert_int_equal(rc, DRV_DONE);
            assert_non_null(strstr(rig.log, "can't be seen"));
        } else {
            assert_int_equal(rc, UPS_E_TIMEOUT);
        }
        if (orders[i].command == RETURN || orders[i].command == STAY)
            assert_int_equal(vu_times(rig.sent, "CS"), 1); /* taken back */
        qr_fini(&rig);
    }
}

/* What the mode forbids is not even sent. */
static void test_preconditions(void **state)
{
    static const struct {
        enum ups_command command;
        const char *bits, *mode, *flags, *bytes;
    } rows[] = {
        {UPS_COMMAND_TEST_BATTERY_START_QUICK, "100000000000", "(S", FLAGS, "T"},
        {UPS_COMMAND_TEST_BATTERY_START_QUICK, "100000000000", "(Y", FLAGS, "T"},
        {UPS_COMMAND_TEST_BATTERY_START_QUICK, "100000000000", "(B", FLAGS, "T"},
        {UPS_COMMAND_TEST_BATTERY_START_QUICK, "100000000000", "(F", FLAGS, "T"},
        {UPS_COMMAND_TEST_BATTERY_START_QUICK, "100000000000", "(D", FLAGS, "T"},
        {UPS_COMMAND_TEST_BATTERY_START_QUICK, "100000010000", "(T", FLAGS, "T"},
        {UPS_COMMAND_TEST_BATTERY_START_DEEP, "100000000000", "(P", FLAGS, "TL"},
        {TEST, "100000000000", "(Y", FLAGS, "T10"},
        {C_OFF, "100000000000", "(L", "(EoDf", "SOFF"},
        {C_OFF, "100000000000", "(L", "(EoD", "SOFF"},
        {UPS_COMMAND_BEEPER_MUTE, "100000000000", "(L", "(EDa", "BZOFF"},
        {UPS_COMMAND_BEEPER_TOGGLE, "100000000000", "(L", "(EDa", "BZOFF"},
        {UPS_COMMAND_SHUTDOWN_STOP, "100000000000", "(S", FLAGS, "CS"},
    };
    (void)state;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct qx_rig rig;

        vu_unit(&rig, "(PI01");
        qr_answer(&rig, "QFLAG", rows[i].flags);
        status_now(&rig, rows[i].bits, rows[i].mode);
        qr_answer(&rig, rows[i].bytes, "(ACK");
        assert_true(qr_up(&rig));
        assert_int_equal(qr_command(&rig, rows[i].command, -1, -1), UPS_E_REFUSED);
        assert_int_equal(vu_times(rig.sent, rows[i].bytes), 0);
        qr_fini(&rig);
    }
}

/* The bypass does not take the load over where it is forbidden, or has nothing to give. */
static void test_off_in_spite_of_bypass(void **state)
{
    static const struct {
        const char *flags, *bits, *mode;
    } rows[] = {{"(EofD", "100000000000", "(L"}, {"(EoDf", "101000000000", "(B"}};
    (void)state;

    for (size_t i = 0; i < 2; i++) {
        struct order o = {C_OFF,  -1,           -1,   rows[i].bits,  rows[i].mode,
                          "SOFF", rows[i].bits, "(S", rows[i].flags, -1,
                          -1};
        struct qx_rig rig;

        assert_int_equal(give(&rig, &o, "(ACK", true), DRV_DONE);
        qr_fini(&rig);
    }
}

/* beeper.disable and beeper.enable show in QFLAG. */
static void test_beeper_switch(void **state)
{
    struct qx_rig rig;
    (void)state;

    vu_up(&rig, "(PI01");
    qr_after(&rig, "PDA", "(ACK", "QFLAG", "(EpbrshcDovegfjla");
    assert_int_equal(qr_command(&rig, UPS_COMMAND_BEEPER_DISABLE, -1, -1), DRV_DONE);
    assert_int_equal(vu_times(rig.sent, "PDA"), 1);
    assert_string_equal(qr_value(&rig, "ups.beeper.status"), "disabled");
    assert_int_equal(qr_command(&rig, UPS_COMMAND_BEEPER_DISABLE, -1, -1), DRV_DONE);
    assert_int_equal(vu_times(rig.sent, "PDA"), 0); /* is so already */
    qr_after(&rig, "PEA", "(ACK", "QFLAG", FLAGS);
    assert_int_equal(qr_command(&rig, UPS_COMMAND_BEEPER_ENABLE, -1, -1), DRV_DONE);
    assert_int_equal(vu_times(rig.sent, "PEA"), 1);
    assert_string_equal(qr_value(&rig, "ups.beeper.status"), "enabled");
    qr_fini(&rig);

    vu_unit(&rig, "(PI01");
    qr_answer(&rig, "QFLAG", "(EpD");
    assert_true(qr_up(&rig));
    assert_int_equal(qr_command(&rig, UPS_COMMAND_BEEPER_DISABLE, -1, -1), UPS_E_UNSUPPORTED);
    assert_int_equal(qr_command(&rig, UPS_COMMAND_BEEPER_MUTE, -1, -1), UPS_E_UNSUPPORTED);
    qr_fini(&rig);
}

/* ondelay below three minutes is what the administrator wants: then commands may be as short. */
static void test_short_delay(void **state)
{
    static const struct {
        const char *ondelay;
        int32_t second;
        const char *bytes;
    } rows[] = {
        {"60", 60, "S.5R0001"}, {"60", -1, "S.5R0001"},  {"120", 60, "S.5R0002"},
        {"0", -1, "S.5"},       {"600", 60, "S.5R0003"}, {"600", 240, "S.5R0004"},
    };
    (void)state;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct qx_rig rig;
        char line[80];

        vu_unit(&rig, "(PI01");
        qr_option(&rig, "ondelay", rows[i].ondelay);
        assert_true(qr_up(&rig));
        qr_after(&rig, rows[i].bytes, "(ACK", "QGS",
                 vu_line(line, "230.0", "230.0", "100000001000"));
        assert_int_equal(qr_command(&rig, RETURN, 30, rows[i].second), DRV_DONE);
        assert_int_equal(vu_times(rig.sent, rows[i].bytes), 1);
        qr_fini(&rig);
    }
}

/* A countdown that runs is cancelled first; an output that is off is left alone. */
static void test_second_shutdown(void **state)
{
    struct qx_rig rig;
    char line[80];
    (void)state;

    vu_unit(&rig, "(PI01");
    status_now(&rig, COUNTS);
    assert_true(qr_up(&rig));
    qr_after(&rig, "CS", "(ACK", "QGS", LINE);
    qr_after(&rig, "S.5R0003", "(ACK", "QGS", vu_line(line, "230.0", "230.0", "100000001000"));
    assert_int_equal(qr_command(&rig, RETURN, 30, 180), DRV_DONE);
    assert_non_null(strstr(rig.sent, "CS"));
    assert_true(strstr(rig.sent, "CS") < strstr(rig.sent, "S.5R0003"));
    qr_fini(&rig);

    vu_unit(&rig, "(PI01");
    status_now(&rig, "100000000000", "(S");
    assert_true(qr_up(&rig));
    qr_answer(&rig, "S.5R0003", "(ACK");
    (void)qr_command(&rig, RETURN, 30, 180);
    assert_int_equal(vu_times(rig.sent, "CS"), 0); /* it would switch it on */
    qr_fini(&rig);
}

static void test_limits_of_arguments(void **state)
{
    static const struct {
        enum ups_command command;
        int32_t value, second;
    } rows[] = {{RETURN, 5941, 180}, {RETURN, 30, 599941}, {STAY, 6000, -1}, {TEST, 5941, -1}};
    struct qx_rig rig;
    (void)state;

    vu_up(&rig, "(PI01");
    assert_int_equal(rig.d.caps.off_most, 5940);
    assert_int_equal(rig.d.caps.on_most, 599940);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_int_equal(qr_command(&rig, rows[i].command, rows[i].value, rows[i].second),
                         UPS_E_INVALID);
    qr_fini(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_orders),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_acknowledged_and_not_done),
        cmocka_unit_test(test_preconditions),
        cmocka_unit_test(test_off_in_spite_of_bypass),
        cmocka_unit_test(test_beeper_switch),
        cmocka_unit_test(test_short_delay),
        cmocka_unit_test(test_second_shutdown),
        cmocka_unit_test(test_limits_of_arguments),
    };

    return cmocka_run_group_tests_name("qx voltronic commands", tests, NULL, NULL);
}
