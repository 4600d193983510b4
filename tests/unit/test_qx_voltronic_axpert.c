/* SPDX-License-Identifier: BSD-2-Clause */
/* Voltronic's inverters: checksums, values, modes, warnings, and what they can be told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "qx_rig.h"

#define QPIGS                                                                                      \
    "(235.2 50.1 235.2 50.1 0446 0382 008 440 54.00 000 100 0034 0000 000.0 00.00 00000 "          \
    "00010101 00 00 00000 110"
#define QPIRI                                                                                      \
    "(230.0 21.7 230.0 50.0 21.7 5000 4000 48.0 46.0 42.0 56.4 54.0 0 10 010 1 0 0 6 01 0 0 54.0 " \
    "0 1"

/* A line with its checksum, which may hold a NUL; returns its length. */
static size_t seal(char buf[RIG_LINE], const char *text)
{
    size_t len = strlen(text);

    memcpy(buf, text, len);
    len += qx_seal((uint8_t *)buf, len);
    buf[len] = '\0';
    return len;
}

/* One without NUL. */
static const char *sealed(char buf[RIG_LINE], const char *text)
{
    size_t len = seal(buf, text);

    assert_int_equal(strlen(buf), len);
    return buf;
}

static void answer(struct qx_rig *rig, const char *request, const char *reply)
{
    char question[RIG_LINE], line[RIG_LINE];
    size_t len = seal(line, reply);

    qr_answer_bytes(rig, sealed(question, request), line, len);
}

static bool was_sent(const struct qx_rig *rig, const char *request)
{
    char line[RIG_LINE];

    return strstr(rig->sent, sealed(line, request)) != NULL;
}

static const char *const unit[][2] = {
    {"QPI", "(PI30"},
    {"QPIGS", QPIGS},
    {"QMOD", "(L"},
    {"QPIWS", "(00000000000000000000000000000000"},
    {"QFLAG", "(EakxyDbjuvz"},
    {"QPIRI", QPIRI},
    {"QMD", "(#########AXPERT ###5000 80 1/1 230 230 04 12.0"},
    {"QVFW", "(VERFW:00072.70"},
    {"QID", "(92931701100510"},
};

static void make(struct qx_rig *rig, const char *protocol)
{
    qr_init(rig, protocol, RIG_SILENCE);
    for (size_t i = 0; i < sizeof unit / sizeof *unit; i++)
        answer(rig, unit[i][0], unit[i][1]);
}

static void up(struct qx_rig *rig)
{
    make(rig, "voltronic-axpert");
    assert_true(qr_up(rig));
}

static void expect(struct qx_rig *rig, const char *const *values)
{
    for (; *values; values++) {
        size_t len = strcspn(*values, "=");
        char name[64];

        snprintf(name, sizeof name, "%.*s", (int)len, *values);
        if (strcmp(qr_value(rig, name), *values + len + 1) != 0)
            printf("# %s, but is %s\n", *values, qr_value(rig, name));
        assert_string_equal(qr_value(rig, name), *values + len + 1);
    }
}

#define EXPECT(rig, ...) expect(rig, (const char *const[]){__VA_ARGS__, NULL})

/* -- checksums -------------------------------------------------------------------------------- */

/* The last has a 0A that is sent one higher. */
static void test_check_values(void **state)
{
    static const struct {
        const char *line;
        uint8_t high, low;
    } rows[] = {
        {"QPI", 0xbe, 0xac},   {"QMOD", 0x49, 0xc1},  {"QPIGS", 0xb7, 0xa9},
        {"QPIRI", 0xf8, 0x54}, {"QPIWS", 0xb4, 0xda}, {"QFLAG", 0x98, 0x74},
        {"QID", 0xd6, 0xea},   {"QVFW", 0x62, 0x99},  {"PEA", 0xf4, 0x12},
        {"PDA", 0xc7, 0x23},   {"(PI30", 0x9a, 0x0b}, {"(ACK", 0x39, 0x20},
        {"(NAK", 0x73, 0x73},  {"POP02", 0xe2, 0x0b}, {"(VERFW:00072.70", 0x53, 0xa7},
    };
    (void)state;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint8_t line[RIG_LINE];
        size_t plain = strlen(rows[i].line), len = plain + 2;

        memcpy(line, rows[i].line, plain);
        assert_int_equal(qx_seal(line, plain), 2);
        assert_int_equal(line[plain], rows[i].high);
        assert_int_equal(line[plain + 1], rows[i].low);
        assert_true(qx_unseal(line, &len));
        assert_int_equal(len, plain);
        line[1] ^= 1;
        len = plain + 2;
        assert_false(qx_unseal(line, &len));
        assert_int_equal(len, plain + 2);
    }
}

static void test_short(void **state)
{
    const uint8_t line[] = {0, 0, 0};
    (void)state;

    for (size_t len = 0; len <= 2; len++) {
        size_t n = len;
        assert_false(qx_unseal(line, &n));
        assert_int_equal(n, len);
    }
}

/* One bad byte: no reading, and the next one counts. */
static void test_bad_checksum(void **state)
{
    struct qx_rig rig;
    char request[RIG_LINE], reply[RIG_LINE];
    (void)state;

    up(&rig);
    sealed(reply, QPIGS);
    reply[3] ^= 1;
    qr_answer(&rig, sealed(request, "QPIGS"), reply);
    assert_int_equal(qr_poll(&rig, DRV_POLL_FAST), UPS_E_GARBLED);
    assert_non_null(strstr(rig.d.why, "checksum"));
    EXPECT(&rig, "input.voltage=235.2");
    qr_answer(&rig, request, QPIGS); /* nor may it lack */
    assert_int_equal(qr_poll(&rig, DRV_POLL_FAST), UPS_E_GARBLED);
    answer(&rig, "QPIGS", QPIGS);
    assert_int_equal(qr_poll(&rig, DRV_POLL_FAST), DRV_DONE);
    qr_fini(&rig);
}

/* Units that send none, all the time. */
static void test_bare(void **state)
{
    struct qx_rig rig;
    char request[RIG_LINE];
    (void)state;

    qr_init(&rig, NULL, RIG_SILENCE);
    for (size_t i = 0; i < sizeof unit / sizeof *unit; i++)
        qr_answer(&rig, sealed(request, unit[i][0]), unit[i][1]);
    assert_true(qr_up(&rig));
    assert_string_equal(rig.x->dialect->name, "voltronic-axpert");
    EXPECT(&rig, "input.voltage=235.2", "ups.status=OL CHRG", "ups.firmware=00072.70");
    qr_fini(&rig);
}

/* -- whose is it? ----------------------------------------------------------------------------- */

static void test_claim(void **state)
{
    static const struct {
        const char *reply;
        bool seal, is;
    } rows[] = {
        {"(PI30", true, true},   {"(PI30", false, true},          {"(PI31", true, false},
        {"(PI15", true, false},  {"(PI30\x9a\x0c", false, false}, {"(NAK", true, false},
        {"(PI300", true, false},
    };
    static const enum rig_unknown ways[] = {RIG_SILENCE, RIG_ECHO, RIG_NAK, RIG_PNAK};
    (void)state;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (size_t w = 0; w < sizeof ways / sizeof *ways; w++) {
            struct qx_rig rig;
            char request[RIG_LINE], line[RIG_LINE];

            qr_init(&rig, NULL, ways[w]);
            qr_answer(&rig, sealed(request, "QPI"),
                      rows[i].seal ? sealed(line, rows[i].reply) : rows[i].reply);
            int64_t start = rig.now_ms;
            int rc = qr_open(&rig);
            assert_int_equal(rc == DRV_DONE, rows[i].is);
            if (rc != DRV_DONE) /* what is read once comes later and is silent here */
                assert_true(rig.now_ms - start <= 6000);
            qr_fini(&rig);
        }
}

/* -- replies ---------------------------------------------------------------------------------- */

static void test_values(void **state)
{
    struct qx_rig rig;
    (void)state;

    up(&rig);
    EXPECT(&rig, "input.voltage=235.2", "input.frequency=50.1", "output.voltage=235.2",
           "output.frequency=50.1", "ups.power=446", "ups.realpower=382", "ups.load=8.0",
           "experimental.bus.voltage.positive=440.0", "battery.voltage=54.00",
           "battery.current=0.0", "battery.charge=100", "ups.temperature=34.0",
           "experimental.pv.current=0.0", "experimental.pv.voltage=0.0", "experimental.pv.power=0",
           "experimental.pv.battery.voltage=0.00", "battery.charger.status=floating",
           "ups.status=OL CHRG", "experimental.ups.mode=line", "experimental.ups.warnings=none");
    EXPECT(&rig, "input.voltage.nominal=230", "input.current.nominal=21.7",
           "output.voltage.nominal=230", "output.frequency.nominal=50",
           "output.current.nominal=21.7", "ups.power.nominal=5000", "ups.realpower.nominal=4000",
           "battery.voltage.nominal=48.0", "experimental.battery.voltage.recharge=46.0",
           "battery.voltage.low=42.00", "battery.voltage.high=56.40",
           "experimental.battery.voltage.float=54.0", "battery.type=AGM",
           "experimental.charger.current.maximum=10", "experimental.work_range_type=UPS",
           "ups.type=off-grid inverter", "ups.model=AXPERT", "ups.firmware=00072.70",
           "ups.firmware.aux=P30", "ups.serial=92931701100510", "ups.beeper.status=enabled",
           "experimental.ups.flags=EakxyDbjuvz", "output.powerfactor=0.80");
    qr_fini(&rig);
}

/* By day: the sun feeds load and battery.  And the layout of before the tracker's power. */
static void test_sun(void **state)
{
    struct qx_rig rig;
    (void)state;

    up(&rig);
    answer(&rig, "QPIGS",
           "(000.0 00.0 230.1 50.0 0300 0250 006 390 52.30 012 085 0041 0015 102.4 52.31 00000 "
           "00010110 00 00 01530 010");
    answer(&rig, "QMOD", "(B");
    assert_int_equal(qr_poll(&rig, DRV_POLL_FAST), DRV_DONE);
    EXPECT(&rig, "ups.status=OB CHRG", "battery.current=12.0", "experimental.pv.current=15.0",
           "experimental.pv.voltage=102.4", "experimental.pv.power=1530",
           "experimental.pv.battery.voltage=52.31", "battery.charger.status=charging");
    answer(&rig, "QPIGS",
           "(000.0 00.0 230.1 50.0 0300 0250 006 390 48.30 000 045 0041 0000 000.0 00.00 00021 "
           "00010000");
    assert_int_equal(qr_poll(&rig, DRV_POLL_FAST), DRV_DONE);
    EXPECT(&rig, "ups.status=OB DISCHRG", "battery.current=-21.0",
           "experimental.pv.power=", "battery.charger.status=discharging");
    qr_fini(&rig);
}

static void test_modes(void **state)
{
    static const char dead[] = "(230.0 50.0 000.0 00.0 0000 0000 000 390 52.30 000 085 0041 0000 "
                               "000.0 00.00 00000 00000000 00 00 00000 000";
    static const char dark[] = "(000.0 00.0 000.0 00.0 0000 0000 000 390 52.30 000 085 0041 0000 "
                               "000.0 00.00 00000 00000000 00 00 00000 000";
    static const struct {
        const char *mode, *line, *status, *name;
        bool fault;
    } rows[] = {
        {"(P", dead, "OFF OL", "starting", false},
        {"(S", dead, "OFF OL", "standby", false},
        {"(S", dark, "OFF", "standby", false},
        {"(L", QPIGS, "OL CHRG", "line", false},
        {"(B", QPIGS, "OB CHRG", "battery", false},
        {"(F", dead, "OFF OL", "fault", true},
        {"(H", QPIGS, "OL CHRG", "power saving", false},
        {"(D", dead, "OFF OL FSD", "shutdown", false},
        {"(C", dead, "OFF OL", "charging", false},
        {"(Z", QPIGS, "OL CHRG", "unknown: Z", false},
    };
    struct qx_rig rig;
    (void)state;

    up(&rig);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        answer(&rig, "QPIGS", rows[i].line);
        answer(&rig, "QMOD", rows[i].mode);
        assert_int_equal(qr_poll(&rig, DRV_POLL_FAST), DRV_DONE);
        assert_string_equal(qr_value(&rig, "ups.status"), rows[i].status);
        assert_string_equal(qr_value(&rig, "experimental.ups.mode"), rows[i].name);
        assert_int_equal(ups_alarm_has(&rig.r.alarms, UPS_ALARM_GENERAL_FAULT), rows[i].fault);
    }
    qr_fini(&rig);
}

/* Each position of QPIWS on its own. */
static void test_warnings(void **state)
{
    static const struct {
        unsigned position;
        enum ups_alarm own, alarm;
        const char *status;
    } rows[] = {
        {1, UPS_ALARM_VOLTRONIC_AXPERT_1, UPS_ALARM_GENERAL_FAULT, "OL CHRG"},
        {2, UPS_ALARM_VOLTRONIC_AXPERT_2, UPS_ALARM_GENERAL_FAULT, "OL CHRG"},
        {3, UPS_ALARM_VOLTRONIC_AXPERT_3, UPS_ALARM_GENERAL_FAULT, "OL CHRG"},
        {4, UPS_ALARM_VOLTRONIC_AXPERT_4, UPS_ALARM_GENERAL_FAULT, "OL CHRG"},
        {5, UPS_ALARM_VOLTRONIC_AXPERT_5, UPS_ALARM_INPUT_BAD, "OL CHRG"},
        {6, UPS_ALARM_VOLTRONIC_AXPERT_6, UPS_ALARM_OUTPUT_BAD, "OL CHRG"},
        {7, UPS_ALARM_VOLTRONIC_AXPERT_7, UPS_ALARM_OUTPUT_BAD, "OL CHRG"},
        {8, UPS_ALARM_VOLTRONIC_AXPERT_8, UPS_ALARM_OUTPUT_BAD, "OL CHRG"},
        {9, UPS_ALARM_VOLTRONIC_AXPERT_9, UPS_ALARM_TEMP_BAD, "OL CHRG"},
        {10, UPS_ALARM_VOLTRONIC_AXPERT_10, UPS_ALARM_FAN_FAILURE, "OL CHRG"},
        {11, UPS_ALARM_VOLTRONIC_AXPERT_11, UPS_ALARM_CHARGER_FAILED, "OL CHRG"},
        {12, UPS_ALARM_VOLTRONIC_AXPERT_12, UPS_ALARM_LOW_BATTERY, "OL LB CHRG"},
        {14, UPS_ALARM_VOLTRONIC_AXPERT_14, UPS_ALARM_DEPLETED_BATTERY, "OL LB CHRG"},
        {16, UPS_ALARM_VOLTRONIC_AXPERT_16, UPS_ALARM_OUTPUT_OVERLOAD, "OL CHRG OVER"},
        {17, UPS_ALARM_VOLTRONIC_AXPERT_17, UPS_ALARM_GENERAL_FAULT, "OL CHRG"},
        {18, UPS_ALARM_VOLTRONIC_AXPERT_18, UPS_ALARM_OUTPUT_BAD, "OL CHRG"},
        {19, UPS_ALARM_VOLTRONIC_AXPERT_19, UPS_ALARM_OUTPUT_BAD, "OL CHRG"},
        {20, UPS_ALARM_VOLTRONIC_AXPERT_20, UPS_ALARM_DIAGNOSTIC_TEST_FAILED, "OL CHRG"},
        {21, UPS_ALARM_VOLTRONIC_AXPERT_21, UPS_ALARM_OUTPUT_BAD, "OL CHRG"},
        {22, UPS_ALARM_VOLTRONIC_AXPERT_22, UPS_ALARM_BATTERY_BAD, "OL CHRG"},
        {23, UPS_ALARM_VOLTRONIC_AXPERT_23, UPS_ALARM_GENERAL_FAULT, "OL CHRG"},
        {24, UPS_ALARM_VOLTRONIC_AXPERT_24, UPS_ALARM_BATTERY_BAD, "OL CHRG"},
        {25, UPS_ALARM_VOLTRONIC_AXPERT_25, UPS_ALARM_NONE, "OL CHRG"},
        {26, UPS_ALARM_VOLTRONIC_AXPERT_26, UPS_ALARM_NONE, "OL CHRG"},
        {27, UPS_ALARM_VOLTRONIC_AXPERT_27, UPS_ALARM_NONE, "OL CHRG"},
        {28, UPS_ALARM_VOLTRONIC_AXPERT_28, UPS_ALARM_NONE, "OL CHRG"},
        {29, UPS_ALARM_VOLTRONIC_AXPERT_29, UPS_ALARM_NONE, "OL CHRG"},
    };
    struct qx_rig rig;
    (void)state;

    up(&rig);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char line[34] = "(00000000000000000000000000000000", number[4];

        line[1 + rows[i].position] = '1';
        snprintf(number, sizeof number, "%u", rows[i].position);
        answer(&rig, "QPIWS", line);
        assert_int_equal(qr_poll(&rig, DRV_POLL_FAST), DRV_DONE);
        assert_string_equal(qr_value(&rig, "experimental.ups.warnings"), number);
        assert_string_equal(qr_value(&rig, "ups.status"), rows[i].status);
        assert_true(ups_alarm_has(&rig.r.alarms, rows[i].own));
        if (rows[i].alarm != UPS_ALARM_NONE)
            assert_true(ups_alarm_has(&rig.r.alarms, rows[i].alarm));
    }
    assert_null(strstr(rig.log, "QPIWS"));
    answer(&rig, "QPIWS", "(100000000000000000000000000000000000"); /* a newer one, without sun */
    for (int i = 0; i < 3; i++)
        assert_int_equal(qr_poll(&rig, DRV_POLL_FAST), DRV_DONE);
    char *told = strstr(rig.log, "QPIWS tells something");
    assert_non_null(told);
    assert_null(strstr(told + 1, "QPIWS tells something"));
    qr_fini(&rig);
}

/* -- commands --------------------------------------------------------------------------------- */

static void test_buzzer(void **state)
{
    struct qx_rig rig;
    (void)state;

    up(&rig);
    answer(&rig, "PDA", "(ACK"); /* and does nothing */
    assert_int_equal(qr_command(&rig, UPS_COMMAND_BEEPER_DISABLE, -1, -1), UPS_E_TIMEOUT);
    assert_true(was_sent(&rig, "PDA"));
    answer(&rig, "QFLAG", "(EkxyDabjuvz");
    assert_int_equal(qr_poll(&rig, DRV_POLL_FULL), DRV_DONE);
    EXPECT(&rig, "ups.beeper.status=disabled");
    answer(&rig, "PEA", "(NAK");
    assert_int_equal(qr_command(&rig, UPS_COMMAND_BEEPER_ENABLE, -1, -1), UPS_E_REFUSED);
    char request[RIG_LINE], ack[RIG_LINE], flag[RIG_LINE], flags[RIG_LINE];
    qr_after(&rig, sealed(request, "PEA"), sealed(ack, "(ACK"), sealed(flag, "QFLAG"),
             sealed(flags, "(EakxyDbjuvz"));
    assert_int_equal(qr_command(&rig, UPS_COMMAND_BEEPER_ENABLE, -1, -1), DRV_DONE);
    EXPECT(&rig, "ups.beeper.status=enabled");
    answer(&rig, "QFLAG", "(EkxyDbjuvz"); /* one without */
    assert_int_equal(qr_poll(&rig, DRV_POLL_FULL), DRV_DONE);
    assert_int_equal(qr_command(&rig, UPS_COMMAND_BEEPER_DISABLE, -1, -1), UPS_E_UNSUPPORTED);
    EXPECT(&rig, "ups.beeper.status=");
    qr_fini(&rig);
}

/* Nothing switches the output but with `testing`; no shutdown and no test is offered at all. */
static void test_output(void **state)
{
    struct qx_rig rig;
    (void)state;

    up(&rig);
    assert_int_equal(rig.d.caps.off_most, 0);
    assert_int_equal(qr_command(&rig, UPS_COMMAND_LOAD_OFF, -1, -1), UPS_E_UNSUPPORTED);
    assert_int_equal(qr_command(&rig, UPS_COMMAND_LOAD_ON, -1, -1), UPS_E_UNSUPPORTED);
    assert_int_equal(qr_command(&rig, UPS_COMMAND_SHUTDOWN_RETURN, -1, -1), UPS_E_UNSUPPORTED);
    assert_int_equal(qr_command(&rig, UPS_COMMAND_TEST_BATTERY_START_QUICK, -1, -1),
                     UPS_E_UNSUPPORTED);
    EXPECT(&rig, "ups.delay.shutdown=");
    qr_fini(&rig);

    make(&rig, NULL);
    qr_option(&rig, "testing", "");
    assert_true(qr_up(&rig));
    answer(&rig, "SOFF", "(NAK");
    assert_int_equal(qr_command(&rig, UPS_COMMAND_LOAD_OFF, -1, -1), UPS_E_REFUSED);
    answer(&rig, "SOFF", "(ACK"); /* which alone proves nothing */
    assert_int_equal(qr_command(&rig, UPS_COMMAND_LOAD_OFF, -1, -1), UPS_E_TIMEOUT);
    qr_fini(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_check_values), cmocka_unit_test(test_short),
        cmocka_unit_test(test_bad_checksum), cmocka_unit_test(test_bare),
        cmocka_unit_test(test_claim),        cmocka_unit_test(test_values),
        cmocka_unit_test(test_sun),          cmocka_unit_test(test_modes),
        cmocka_unit_test(test_warnings),     cmocka_unit_test(test_buzzer),
        cmocka_unit_test(test_output),
    };

    return cmocka_run_group_tests_name("qx voltronic-axpert", tests, NULL, NULL);
}
