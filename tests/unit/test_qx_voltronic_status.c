/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The dialect voltronic: what mode and flags make of the status, how soon; the beeper; every
 * warning and every fault.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "qx_voltronic_unit.h"

/* -- status ----------------------------------------------------------------------------------- */

static void test_modes(void **state)
{
    static const struct {
        const char *pi, *mode, *in, *out, *flags, *status;
    } rows[] = {
        {"(PI01", "(L", "230.0", "230.0", "100000000000", "OL"},
        {"(PI01", "(P", "230.0", "000.0", "100000000000", "OFF OL"},
        {"(PI01", "(P", "230.0", "230.0", "100000000000", "OL"},
        {"(PI01", "(S", "230.0", "000.0", "100000000000", "OFF OL"},
        {"(PI01", "(S", "000.0", "000.0", "101000000000", "OFF OB"},
        {"(PI01", "(S", "230.0", "---.-", "100000000000", "OFF OL"},
        {"(PI01", "(S", "230.0", "230.0", "100010000000", "OL BYPASS"}, /* bypass_when_off */
        {"(PI01", "(Y", "230.0", "230.0", "100010000000", "OL BYPASS"},
        {"(PI01", "(Y", "230.0", "230.0", "100000000000", "OL BYPASS"},
        {"(PI01", "(Y", "230.0", "210.0", "100010000000", "OL BYPASS"},
        {"(PI01", "(B", "000.0", "230.0", "101000000000", "OB"},
        {"(PI01", "(B", "000.0", "230.0", "101010000000", "OB"},
        {"(PI01", "(B", "230.0", "230.0", "100000000000", "OB"},
        {"(PI01", "(T", "230.0", "230.0", "100000010000", "OL CAL"},
        {"(PI01", "(T", "230.0", "230.0", "100000000000", "OL CAL"},
        {"(PI01", "(T", "000.0", "230.0", "101000010000", "OB CAL"},
        {"(PI01", "(F", "230.0", "000.0", "100000000000", "OFF OL"},
        {"(PI01", "(F", "230.0", "230.0", "100000000000", "OL"},
        {"(PI01", "(E", "230.0", "230.0", "100010000000", "OL ECO"},
        {"(PI01", "(E", "230.0", "230.0", "100000000000", "OL ECO"},
        {"(PI01", "(C", "230.0", "230.0", "100000000000", "OL"},
        {"(PI01", "(D", "230.0", "230.0", "100000000000", "OL FSD"},
        {"(PI01", "(D", "000.0", "000.0", "101000000000", "OFF OB FSD"},
        {"(PI01", "(Q", "230.0", "230.0", "100000000000", "OL"},
        {"(PI01", "(L", "230.0", "230.0", "100001000000", "OL"},
        {"(PI01", "(L", "230.0", "230.0", "100000001000", "OL FSD"},
        {"(PI01", "(B", "000.0", "230.0", "101100000000", "OB LB"},
        /* a regulator; the letter never hides it */
        {"(PI00", "(L", "200.0", "230.0", "010010000000", "OL BOOST"},
        {"(PI08", "(L", "260.0", "230.0", "010010000000", "OL TRIM"},
        {"(PI08", "(L", "230.0", "230.0", "010010000000", "OL"},
        /* no QMOD: the flags alone */
        {"(PI01", "(NAK", "230.0", "230.0", "100010000000", "OL BYPASS"},
        {"(PI01", "(NAK", "230.0", "230.0", "100000000000", "OL"},
        {"(PI00", "(NAK", "230.0", "230.0", "010010000000", "OL"},
        {"(PI08", "(NAK", "200.0", "230.0", "010010000000", "OL BOOST"},
        {"(PI01", "(NAK", "000.0", "230.0", "101010000000", "OB"},
        {"(PI01", "(NAK", "000.0", "230.0", "100010000000", "OL"}, /* nothing to divide by */
        {"(PI01", "(NAK", "230.0", "100.0", "100010000000", "OL"},
        {"(PI01", "(NAK", "---.-", "---.-", "1-----------", "-"},
        /* QMOD twice of another opinion than b7 */
        {"(PI01", "(L", "230.0", "230.0", "101000000000", "OL"},
    };
    unsigned bad = 0;
    (void)state;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct qx_rig rig;
        char line[80];

        vu_unit(&rig, rows[i].pi);
        qr_answer(&rig, "QMOD", rows[i].mode);
        qr_answer(&rig, "QGS", vu_line(line, rows[i].in, rows[i].out, rows[i].flags));
        assert_true(qr_up(&rig));
        assert_int_equal(qr_poll(&rig, DRV_POLL_FULL), DRV_DONE);
        assert_int_equal(qr_poll(&rig, DRV_POLL_FULL), DRV_DONE);
        const char *status = qr_value(&rig, "ups.status");
        if (strcmp(status, rows[i].status) != 0 &&
            !(status[0] == '\0' && rows[i].status[0] == '-')) {
            printf("# %s %s %s>%s %s: %s, not %s\n", rows[i].pi, rows[i].mode, rows[i].in,
                   rows[i].out, rows[i].flags, status, rows[i].status);
            bad++;
        }
        qr_fini(&rig);
    }
    assert_int_equal(bad, 0);
}

/* Steps a poll until the status has been published once: by QGS, before anything else is asked. */
static const char *after_qgs(struct qx_rig *rig)
{
    int64_t before = rig->r.taken_ms;

    rig->now_ms += 1000;
    while (rig->r.taken_ms == before)
        assert_true(qx_driver.poll(&rig->d, DRV_POLL_FAST, &rig->r) >= 0);
    return qr_value(rig, "ups.status");
}

/* A newer QGS counts at once, whatever QMOD has told before; QMOD is asked next. */
static void test_mains_is_told_at_once(void **state)
{
    struct qx_rig rig;
    (void)state;

    vu_up(&rig, "(PI01");
    assert_int_equal(qr_poll(&rig, DRV_POLL_FAST), DRV_DONE);
    qr_answer(&rig, "QGS", BATTERY);
    assert_string_equal(after_qgs(&rig), "OB");
    assert_int_equal(qr_poll(&rig, DRV_POLL_FAST), DRV_DONE); /* its QMOD still says line */
    assert_int_equal(vu_times(rig.sent, "QMOD"), 1);
    assert_string_equal(qr_value(&rig, "ups.status"), "OB");
    qr_answer(&rig, "QMOD", "(B");
    assert_int_equal(qr_poll(&rig, DRV_POLL_FAST), DRV_DONE);
    assert_string_equal(rig.sent, "QGS QMOD"); /* again, until both agree */
    assert_string_equal(qr_value(&rig, "ups.status"), "OB");

    qr_answer(&rig, "QGS", LINE);
    assert_string_equal(after_qgs(&rig), "OL");
    assert_int_equal(qr_poll(&rig, DRV_POLL_FAST), DRV_DONE);
    assert_string_equal(qr_value(&rig, "ups.status"), "OB"); /* the newer word, and the safe one */
    qr_answer(&rig, "QMOD", "(E");
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(qr_poll(&rig, DRV_POLL_FAST), DRV_DONE);
    assert_string_equal(qr_value(&rig, "ups.status"), "OL ECO");
    qr_fini(&rig);
}

/* The output goes off and on: not held up by the mode, and no bypass flashes up meanwhile. */
static void test_output_is_told_at_once(void **state)
{
    struct qx_rig rig;
    (void)state;

    vu_up(&rig, "(PI01");
    qr_answer(&rig, "QGS", DEAD);
    assert_string_equal(after_qgs(&rig), "OFF OL");
    qr_answer(&rig, "QMOD", "(S");
    assert_int_equal(qr_poll(&rig, DRV_POLL_FAST), DRV_DONE);
    assert_string_equal(qr_value(&rig, "ups.status"), "OFF OL");
    qr_answer(&rig, "QGS",
              "(230.0 50.0 230.0 50.0 001.0 020 370.0 370.0 082.0 ---.- 025.0 100010000000");
    assert_string_equal(after_qgs(&rig), "OL");
    qr_answer(&rig, "QMOD", "(E");
    assert_int_equal(qr_poll(&rig, DRV_POLL_FAST), DRV_DONE);
    assert_string_equal(qr_value(&rig, "ups.status"), "OL ECO");
    qr_fini(&rig);
}

/* Every change of mode and every warning within three status polls. */
static void test_turns(void **state)
{
    struct qx_rig rig;
    (void)state;

    vu_up(&rig, "(PI01");
    qr_answer(&rig, "QMOD", "(Y");
    qr_answer(&rig, "QWS", "(1000000000000000000000000000000000000000000000000000000000000000");
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(qr_poll(&rig, DRV_POLL_FAST), DRV_DONE);
        assert_int_equal(rig.exchanges, 2);
    }
    assert_string_equal(qr_value(&rig, "ups.status"), "OL BYPASS");
    assert_string_equal(qr_value(&rig, "experimental.ups.warnings"), "1");
    assert_string_equal(qr_value(&rig, "experimental.ups.mode"), "bypass");
    qr_fini(&rig);
}

/* QMOD and QWS that fall silent say nothing any more; one refusal proves nothing. */
static void test_silence(void **state)
{
    struct qx_rig rig;
    (void)state;

    vu_unit(&rig, "(PI01");
    qr_answer(&rig, "QMOD", "(E");
    qr_answer(&rig, "QWS", "(0000000010000000000000000000000000000000000000000000000000000000");
    assert_true(qr_up(&rig));
    qr_answer(&rig, "QMOD", "(NAK");
    qr_answer(&rig, "QWS", "(NAK");
    for (unsigned i = 0; i < 2; i++)
        assert_int_equal(qr_poll(&rig, DRV_POLL_FULL), DRV_DONE);
    assert_string_equal(qr_value(&rig, "ups.status"), "OL ECO OVER");
    assert_int_equal(qr_poll(&rig, DRV_POLL_FULL), DRV_DONE);
    assert_string_equal(qr_value(&rig, "ups.status"), "OL");
    assert_string_equal(qr_value(&rig, "experimental.ups.mode"), "");
    assert_string_equal(qr_value(&rig, "experimental.ups.warnings"), "");
    qr_answer(&rig, "QMOD", "(E");
    assert_int_equal(qr_poll(&rig, DRV_POLL_FULL), DRV_DONE);
    assert_string_equal(qr_value(&rig, "ups.status"), "OL ECO");
    qr_fini(&rig);
}

static void test_beeper(void **state)
{
    static const struct {
        const char *flags, *bits, *status;
    } rows[] = {
        {"(EaD", "100000000000", "enabled"},  {"(EaD", "100000000100", "muted"},
        {"(EDa", "100000000000", "disabled"}, {"(EDa", "100000000100", "disabled"},
        {"(ED", "100000000000", "enabled"},   {"(ED", "100000000100", "disabled"},
        {"(NAK", "100000000000", "enabled"},  {"(NAK", "100000000100", "disabled"},
        {"(EaD", "100000000-00", ""},
    };
    (void)state;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct qx_rig rig;
        char line[80];

        vu_unit(&rig, "(PI01");
        qr_answer(&rig, "QFLAG", rows[i].flags);
        qr_answer(&rig, "QGS", vu_line(line, "230.0", "230.0", rows[i].bits));
        assert_true(qr_up(&rig));
        assert_string_equal(qr_value(&rig, "ups.beeper.status"), rows[i].status);
        qr_fini(&rig);
    }
}

static void test_type_and_test(void **state)
{
    static const struct {
        const char *bits, *type, *test;
    } rows[] = {
        {"000000000000", "offline", "no test"},
        {"010000000001", "line-interactive", "passed"},
        {"100000000010", "online", "failed"},
        {"110000010001", "", "in progress"},
        {"--00000000-0", "", ""},
        {"100000000011", "online", "failed"},
    };
    (void)state;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct qx_rig rig;
        char line[80];

        vu_unit(&rig, "(PI01");
        qr_answer(&rig, "QGS", vu_line(line, "230.0", "230.0", rows[i].bits));
        assert_true(qr_up(&rig));
        assert_string_equal(qr_value(&rig, "ups.type"), rows[i].type);
        assert_string_equal(qr_value(&rig, "ups.test.result"), rows[i].test);
        qr_fini(&rig);
    }
}

/* -- warnings and faults ---------------------------------------------------------------------- */

#define A(name) UPS_ALARM_##name

/* 0: none */
#define R(name) (UPS_ALARM_##name + 1)

static void test_warnings(void **state)
{
    static const uint16_t rfc[65] = {
        [1] = R(BATTERY_BAD),     [2] = R(INPUT_BAD),         [3] = R(INPUT_BAD),
        [4] = R(INPUT_BAD),       [5] = R(BYPASS_BAD),        [6] = R(BYPASS_BAD),
        [7] = R(CHARGER_FAILED),  [8] = R(LOW_BATTERY),       [9] = R(OUTPUT_OVERLOAD),
        [10] = R(FAN_FAILURE),    [12] = R(GENERAL_FAULT),    [13] = R(TEMP_BAD),
        [14] = R(CHARGER_FAILED), [15] = R(SHUTDOWN_PENDING), [16] = R(FUSE_FAILURE),
        [17] = R(FUSE_FAILURE),   [18] = R(FUSE_FAILURE),     [19] = R(GENERAL_FAULT),
        [20] = R(GENERAL_FAULT),  [21] = R(GENERAL_FAULT),    [22] = R(GENERAL_FAULT),
        [23] = R(GENERAL_FAULT),  [24] = R(GENERAL_FAULT),    [38] = R(CHARGER_FAILED),
        [51] = R(ON_BYPASS),      [52] = R(INPUT_BAD),        [56] = R(BATTERY_BAD),
        [57] = R(INPUT_BAD),      [60] = R(INPUT_BAD),        [61] = R(BYPASS_BAD),
        [62] = R(GENERAL_FAULT),  [64] = R(LOW_BATTERY),
    };
    static const char *const words[65] = {[8] = "OL LB", [9] = "OL OVER", [56] = "OL RB"};
    struct qx_rig rig;
    (void)state;

    vu_up(&rig, "(PI01");
    for (unsigned n = 1; n <= 64; n++) {
        char reply[] = NO_WARNING, number[4];
        struct ups_alarm_set wanted = {{0}};

        reply[n] = '1';
        qr_answer(&rig, "QWS", reply);
        rig.log[0] = '\0';
        assert_int_equal(qr_poll(&rig, DRV_POLL_FULL), DRV_DONE);
        ups_alarm_add(&wanted, (enum ups_alarm)(A(VOLTRONIC_WARNING_1) + n - 1));
        if (rfc[n])
            ups_alarm_add(&wanted, (enum ups_alarm)(rfc[n] - 1));
        assert_memory_equal(&rig.r.alarms, &wanted, sizeof wanted);
        assert_string_equal(qr_value(&rig, "ups.status"), words[n] ? words[n] : "OL");
        snprintf(number, sizeof number, "%u", n);
        assert_string_equal(qr_value(&rig, "experimental.ups.warnings"), number);
        bool told = n == 59 || n == 60 || n == 61 || n == 63 || n == 64;
        assert_int_equal(strstr(rig.log, "is on, whose") != NULL, told);
    }
    qr_fini(&rig);
}

static void test_many_warnings(void **state)
{
    struct qx_rig rig;
    char all[] = NO_WARNING "00000000010";
    (void)state;

    vu_up(&rig, "(PI01");
    qr_answer(&rig, "QWS", all); /* 75 digits: more than anybody knows of */
    for (unsigned i = 0; i < 2; i++)
        assert_int_equal(qr_poll(&rig, DRV_POLL_FULL), DRV_DONE);
    assert_string_equal(qr_value(&rig, "experimental.ups.warnings"), "none");
    const char *told = strstr(rig.log, "warning 74 is on, which nobody has documented");
    assert_non_null(told);
    assert_null(strstr(told + 1, "warning 74")); /* once */
    for (unsigned n = 1; n <= 64; n++)
        all[n] = '1';
    qr_answer(&rig, "QWS", all);
    for (unsigned i = 0; i < 2; i++)
        assert_int_equal(qr_poll(&rig, DRV_POLL_FULL), DRV_DONE);
    const char *text = qr_value(&rig, "experimental.ups.warnings");
    assert_true(strncmp(text, "1 2 3 ", 6) == 0);
    assert_true(text[strlen(text) - 1] != ' '); /* cut behind a whole number */
    told = strstr(rig.log, "warning 63 is on, whose");
    assert_non_null(told);
    assert_null(strstr(told + 1, "warning 63"));
    qr_answer(&rig, "QWS", "(00000000------------------------------------------------00000000");
    assert_int_equal(qr_poll(&rig, DRV_POLL_FULL), DRV_DONE);
    assert_string_equal(qr_value(&rig, "experimental.ups.warnings"), "none");
    qr_fini(&rig);
}

/* Switched off from afar: as requested, once it is off. */
static void test_remote_shutdown(void **state)
{
    struct qx_rig rig;
    char reply[] = NO_WARNING;
    (void)state;

    reply[15] = '1';
    vu_up(&rig, "(PI01");
    qr_answer(&rig, "QWS", reply);
    qr_answer(&rig, "QMOD", "(S");
    qr_answer(&rig, "QGS", DEAD);
    assert_int_equal(qr_poll(&rig, DRV_POLL_FULL), DRV_DONE);
    assert_true(ups_alarm_has(&rig.r.alarms, A(UPS_OFF_AS_REQUESTED)));
    assert_false(ups_alarm_has(&rig.r.alarms, A(SHUTDOWN_PENDING)));
    qr_fini(&rig);
}

/* Emergency power off shows in QGS already. */
static void test_epo(void **state)
{
    struct qx_rig rig;
    char line[80];
    (void)state;

    vu_up(&rig, "(PI01");
    qr_answer(&rig, "QGS", vu_line(line, "230.0", "000.0", "100000100000"));
    assert_int_equal(qr_poll(&rig, DRV_POLL_FAST), DRV_DONE);
    assert_true(ups_alarm_has(&rig.r.alarms, A(VOLTRONIC_WARNING_11)));
    assert_string_equal(qr_value(&rig, "ups.status"), "OFF OL");
    qr_fini(&rig);
}

#define RECORD(code) "(" code " 212.1 49.9 005.6 49.9 006 010.6 343.8 ---.- 026.2 021.8 01101100"
#define FAULTED      "(230.0 50.0 000.0 00.0 000.0 000 343.8 ---.- 026.2 ---.- 021.8 100001000000"

struct fault_row {
    const char *record;
    uint16_t own, rfc;
    const char *text;
};

static void check_faults(const char *pi, const struct fault_row *rows, size_t count)
{
    unsigned bad = 0;

    for (size_t i = 0; i < count; i++) {
        struct qx_rig rig;
        struct ups_alarm_set wanted = {{0}};

        vu_unit(&rig, pi);
        qr_answer(&rig, "QMOD", "(F");
        qr_answer(&rig, "QGS", DEAD);
        qr_answer(&rig, "QFS", rows[i].record);
        assert_true(qr_up(&rig));
        assert_int_equal(qr_poll(&rig, DRV_POLL_FULL), DRV_DONE);
        ups_alarm_add(&wanted, A(GENERAL_FAULT));
        ups_alarm_add(&wanted, (enum ups_alarm)rows[i].own);
        if (rows[i].rfc)
            ups_alarm_add(&wanted, (enum ups_alarm)(rows[i].rfc - 1));
        const char *text = qr_value(&rig, "experimental.fault.last");
        bool over = rows[i].rfc == R(OUTPUT_OVERLOAD);
        if (memcmp(&wanted, &rig.r.alarms, sizeof wanted) != 0 ||
            strncmp(text, rows[i].text, strlen(rows[i].text)) != 0 ||
            over != ((rig.r.status & UPS_STATUS_MASK(OVER)) != 0)) {
            printf("# %.3s: \"%s\", %s\n", rows[i].record, text, qr_value(&rig, "ups.alarm"));
            bad++;
        }
        qr_fini(&rig);
    }
    assert_int_equal(bad, 0);
}

#define F(code, rfc, text)                                                                         \
    {                                                                                              \
        RECORD(#code), A(VOLTRONIC_FAULT_##code), rfc, #code ": " text                             \
    }

static void test_faults(void **state)
{
    static const struct fault_row rows[] = {
        F(01, 0, "the DC bus does not start"),
        F(02, 0, "bus voltage too high"),
        F(03, 0, "bus voltage too low"),
        F(04, 0, "halves of the bus unbalanced"),
        F(05, 0, "bus voltage falls too fast"),
        F(06, 0, "over-current in the PFC choke"),
        F(11, R(OUTPUT_BAD), "the inverter does not start"),
        F(12, R(OUTPUT_BAD), "inverter voltage too high"),
        F(13, R(OUTPUT_BAD), "inverter voltage too low"),
        F(14, R(OUTPUT_BAD), "inverter short of L1; 212.1>5.6 V, 6 %, 26.2 V"),
        F(15, R(OUTPUT_BAD), "inverter short of L2"),
        F(16, R(OUTPUT_BAD), "inverter short of L3"),
        F(17, R(OUTPUT_BAD), "inverter short L1-L2"),
        F(18, R(OUTPUT_BAD), "inverter short L2-L3"),
        F(19, R(OUTPUT_BAD), "inverter short L3-L1"),
        F(1A, R(OUTPUT_BAD), "negative power of the inverter, L1"),
        F(1B, R(OUTPUT_BAD), "negative power of the inverter, L2"),
        F(1C, R(OUTPUT_BAD), "negative power of the inverter, L3"),
        F(21, 0, "battery SCR short"),
        F(22, 0, "line SCR short"),
        F(23, 0, "inverter relay open"),
        F(24, 0, "inverter relay short"),
        F(25, 0, "wiring of input and output exchanged"),
        F(26, R(BATTERY_BAD), "battery polarity reversed"),
        F(27, R(CHARGER_FAILED), "battery voltage too high"),
        F(28, R(LOW_BATTERY), "battery voltage too low"),
        F(29, R(FUSE_FAILURE), "battery fuse open"),
        F(31, 0, "CAN bus communication"),
        F(32, 0, "host line"),
        F(33, 0, "synchronisation line"),
        F(34, 0, "synchronisation pulse"),
        F(35, 0, "parallel cable lost"),
        F(36, 0, "load unbalanced between the units"),
        F(41, R(TEMP_BAD), "over temperature"),
        F(42, 0, "communication between the control processors"),
        F(43, R(OUTPUT_OVERLOAD), "overload"),
        F(44, R(FAN_FAILURE), "fan"),
        F(45, R(CHARGER_FAILED), "charger"),
        F(46, 0, "model fault"),
        F(47, 0, "communication of the microcontroller"),
        {RECORD("77"), A(VOLTRONIC_FAULT_OTHER), 0, "77: unknown"},
        {RECORD("1D"), A(VOLTRONIC_FAULT_OTHER), 0, "1D: unknown"},
    };
    (void)state;

    check_faults("(PI01", rows, sizeof rows / sizeof *rows);
}

#define P(code, rfc, text)                                                                         \
    {                                                                                              \
        RECORD(#code), A(VOLTRONIC_P31_FAULT_##code), rfc, #code ": " text                         \
    }

static void test_p31_faults(void **state)
{
    static const struct fault_row rows[] = {
        P(01, R(FAN_FAILURE), "fan"),
        P(02, R(TEMP_BAD), "over temperature"),
        P(03, 0, "battery voltage too high"),
        P(04, R(LOW_BATTERY), "battery voltage too low"),
        P(05, 0, "inverter relay short"),
        P(06, 0, "inverter voltage too high"),
        P(07, R(OUTPUT_OVERLOAD), "overload"),
        P(08, 0, "bus voltage too high"),
        P(09, 0, "the bus does not start"),
        P(51, 0, "over-current"),
        P(52, 0, "bus voltage too low"),
        P(53, 0, "the inverter does not start"),
        P(54, R(DIAGNOSTIC_TEST_FAILED), "self-test failed"),
        P(55, 0, "DC offset of the output too high"),
        P(56, R(BATTERY_BAD), "battery open"),
        P(57, 0, "current sensor"),
        P(58, R(BATTERY_BAD), "battery short"),
        P(59, 0, "inverter voltage too low"),
        {RECORD("10"), A(VOLTRONIC_FAULT_OTHER), 0, "10: unknown"},
        {RECORD("43"), A(VOLTRONIC_FAULT_OTHER), 0, "43: unknown"},
    };
    (void)state;

    check_faults("(PI31", rows, sizeof rows / sizeof *rows);
}

/* The record is asked for while there is a fault, told to the log once, and no alarm later. */
static void test_fault_comes_and_goes(void **state)
{
    struct qx_rig rig;
    (void)state;

    vu_up(&rig, "(PI01");
    qr_answer(&rig, "QFS", RECORD("14"));
    for (unsigned i = 0; i < 4; i++)
        assert_int_equal(qr_poll(&rig, DRV_POLL_FULL), DRV_DONE);
    assert_int_equal(vu_times(rig.sent, "QFS"), 0);
    qr_answer(&rig, "QGS", FAULTED);
    qr_answer(&rig, "QMOD", "(F");
    assert_int_equal(qr_poll(&rig, DRV_POLL_FAST), DRV_DONE);
    assert_int_equal(qr_poll(&rig, DRV_POLL_FAST), DRV_DONE);
    assert_true(ups_alarm_has(&rig.r.alarms, A(VOLTRONIC_FAULT_14)));
    assert_int_equal(qr_poll(&rig, DRV_POLL_FULL), DRV_DONE);
    const char *told = strstr(
        rig.log, "fault 14 (inverter short of L1): input 212.1 V 49.9 Hz, inverter 5.6 V 49.9 Hz, "
                 "load 6 %, current 10.6, bus 343.8/- V, battery 26.2 V, 21.8 C; on: PFC, "
                 "inverter, input relay");
    assert_non_null(told);
    assert_null(strstr(told + 1, "fault 14"));
    qr_answer(&rig, "QGS", LINE);
    qr_answer(&rig, "QMOD", "(L");
    for (unsigned i = 0; i < 2; i++)
        assert_int_equal(qr_poll(&rig, DRV_POLL_FAST), DRV_DONE);
    assert_string_equal(qr_value(&rig, "ups.alarm"), "");
    assert_string_equal(qr_value(&rig, "ups.status"), "OL");
    assert_true(strncmp(qr_value(&rig, "experimental.fault.last"), "14: ", 4) == 0);
    /* the next fault is not the last one before its record was read */
    qr_answer(&rig, "QGS", FAULTED);
    qr_answer(&rig, "QFS", "(OK");
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(qr_poll(&rig, DRV_POLL_FAST), DRV_DONE);
    assert_true(ups_alarm_has(&rig.r.alarms, A(GENERAL_FAULT)));
    assert_false(ups_alarm_has(&rig.r.alarms, A(VOLTRONIC_FAULT_14)));
    qr_fini(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_modes),
        cmocka_unit_test(test_mains_is_told_at_once),
        cmocka_unit_test(test_output_is_told_at_once),
        cmocka_unit_test(test_turns),
        cmocka_unit_test(test_silence),
        cmocka_unit_test(test_beeper),
        cmocka_unit_test(test_type_and_test),
        cmocka_unit_test(test_warnings),
        cmocka_unit_test(test_many_warnings),
        cmocka_unit_test(test_remote_shutdown),
        cmocka_unit_test(test_epo),
        cmocka_unit_test(test_faults),
        cmocka_unit_test(test_p31_faults),
        cmocka_unit_test(test_fault_comes_and_goes),
    };

    return cmocka_run_group_tests_name("qx voltronic status", tests, NULL, NULL);
}
