/* SPDX-License-Identifier: BSD-2-Clause */
/* Packs, charge and runtime: worked examples, some of them what real installations have shown. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "qx_rig.h"

/* A q1 unit with this battery voltage (as printed) and load. */
static void status(struct qx_rig *rig, const char *volts, unsigned load, bool battery)
{
    char line[RIG_LINE];

    snprintf(line, sizeof line, "(%s 230.0 230.0 %03u 50.0 %s 25.0 %d0001001",
             battery ? "000.0" : "230.0", load, volts, battery);
    qr_answer(rig, "Q1", line);
}

static void start(struct qx_rig *rig, const char *volts, const char *nominal, unsigned load)
{
    qr_init(rig, "q1", RIG_ECHO);
    if (nominal)
        qr_option(rig, "default.battery.voltage.nominal", nominal);
    status(rig, volts, load, false);
}

static void test_packs(void **state)
{
    static const struct {
        const char *volts, *nominal, *packs;
    } rows[] = {
        {"2.29", "72", "36"}, {"2.27", "24", "12"}, {"27.1", "24", ""},   {"13.6", "48", "4"},
        {"5.00", "48", "12"}, {"7.00", "12", "2"},  {"2.23", "48", "24"}, {"1.00", "240", ""},
        {"0.00", "24", ""},   {"27.1", NULL, ""},   {"27.1", "0", ""},
    };
    (void)state;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct qx_rig rig;

        start(&rig, rows[i].volts, rows[i].nominal, 10);
        assert_true(qr_up(&rig));
        assert_string_equal(qr_value(&rig, "battery.packs"), rows[i].packs);
        qr_fini(&rig);
    }
}

static void test_charge_by_voltage(void **state)
{
    static const struct {
        const char *volts, *nominal, *low, *high, *charge;
    } rows[] = {
        {"27.2", "24", "20.8", "27.4", "97"}, {"25.1", "24", NULL, NULL, "83"},
        {"20.1", "24", NULL, NULL, "0"},      {"28.0", "24", NULL, NULL, "100"},
        {"25.1", NULL, NULL, NULL, ""},       {"25.1", NULL, "20.8", "26.0", "83"},
        {"25.1", "24", "26.0", "20.8", ""},   {"--.-", "24", NULL, NULL, ""},
    };
    (void)state;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct qx_rig rig;

        start(&rig, rows[i].volts, rows[i].nominal, 10);
        if (rows[i].low)
            qr_option(&rig, "default.battery.voltage.low", rows[i].low);
        if (rows[i].high)
            qr_option(&rig, "default.battery.voltage.high", rows[i].high);
        assert_true(qr_up(&rig));
        assert_string_equal(qr_value(&rig, "battery.charge"), rows[i].charge);
        qr_fini(&rig);
    }
}

/* Only the limit that is missing is guessed (NUT replaces both). */
static void test_one_limit(void **state)
{
    struct qx_rig rig;
    (void)state;

    start(&rig, "25.1", "24", 10);
    qr_option(&rig, "override.battery.voltage.low", "22");
    assert_true(qr_up(&rig));
    assert_string_equal(qr_value(&rig, "battery.voltage.low"), "22.00");
    assert_string_equal(qr_value(&rig, "battery.voltage.high"), "26.00");
    assert_string_equal(qr_value(&rig, "battery.charge"), "78");
    qr_fini(&rig);
}

static void test_one_pack_option(void **state)
{
    struct qx_rig rig;
    (void)state;

    start(&rig, "2.23", "48", 10);
    qr_option(&rig, "battery_voltage_reports_one_pack", "");
    assert_true(qr_up(&rig));
    for (int i = 0; i < 3; i++) { /* never scaled twice */
        assert_string_equal(qr_value(&rig, "battery.voltage"), "53.52");
        assert_string_equal(qr_value(&rig, "battery.charge"), "100");
        assert_int_equal(qr_poll(&rig, DRV_POLL_FAST), DRV_DONE);
    }
    qr_fini(&rig);
}

static void test_configured_packs(void **state)
{
    struct qx_rig rig;
    (void)state;

    start(&rig, "2.27", "24", 0);
    qr_option(&rig, "override.battery.packs", "12");
    qr_option(&rig, "default.battery.voltage.low", "22");
    qr_option(&rig, "default.battery.voltage.high", "26");
    qr_option(&rig, "runtimecal", "240,100,720,50");
    assert_true(qr_up(&rig));
    assert_string_equal(qr_value(&rig, "battery.packs"), "12");
    assert_string_equal(qr_value(&rig, "battery.charge"), "100");
    assert_string_equal(qr_value(&rig, "battery.runtime"), "2400");
    qr_fini(&rig);
}

/* Runtime at a full battery, by load. */
static void test_runtime_by_load(void **state)
{
    static const struct {
        const char *cal;
        unsigned load;
        const char *runtime;
    } rows[] = {
        {"240,100,720,50", 100, "240"},     {"240,100,720,50", 75, "379"},
        {"240,100,720,50", 50, "720"},      {"240,100,720,50", 25, "2160"},
        {"240,100,720,50", 23, "2400"},     {"240,100,720,50", 5, "2400"},
        {"8640,100,17280,50", 50, "17280"}, {"300,80,1000,30", 100, "228"},
        {"720, 100, 1440, 50", 0, "7200"},
    };
    (void)state;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct qx_rig rig;

        start(&rig, "27.3", "24", rows[i].load);
        qr_option(&rig, "runtimecal", rows[i].cal);
        assert_true(qr_up(&rig));
        assert_string_equal(qr_value(&rig, "battery.runtime"), rows[i].runtime);
        qr_fini(&rig);
    }
}

/* 2E PS1000L as published: 27.3 V, 20 to 29.2 V, load 14: charge 79, runtime 48969. */
static void test_real_values(void **state)
{
    struct qx_rig rig;
    (void)state;

    start(&rig, "27.3", "24", 14);
    qr_option(&rig, "default.battery.voltage.low", "20");
    qr_option(&rig, "default.battery.voltage.high", "29.2");
    qr_option(&rig, "runtimecal", "8640,100,17280,50");
    assert_true(qr_up(&rig));
    assert_string_equal(qr_value(&rig, "battery.charge"), "79");
    int64_t runtime = 0;
    assert_true(ups_get(&rig.r, UPS_VAR_BATTERY_RUNTIME, 0, &runtime));
    assert_in_range(runtime / 1000, 48960, 48980);
    qr_fini(&rig);
}

/* 60 s on battery at half load, 600 s of charging, then a voltage that tells of age. */
static void test_discharge_and_charge(void **state)
{
    struct qx_rig rig;
    (void)state;

    start(&rig, "27.3", "24", 50);
    qr_option(&rig, "runtimecal", "240,100,720,50");
    assert_true(qr_up(&rig));
    status(&rig, "27.3", 50, true);
    rig.now_ms += 60000 - 100; /* a poll takes 100 ms here */
    assert_int_equal(qr_poll(&rig, DRV_POLL_FAST), DRV_DONE);
    assert_string_equal(qr_value(&rig, "battery.charge"), "92");
    assert_string_equal(qr_value(&rig, "battery.runtime"), "660");
    status(&rig, "27.3", 50, false);
    rig.now_ms += 600000 - 100;
    assert_int_equal(qr_poll(&rig, DRV_POLL_FAST), DRV_DONE);
    assert_string_equal(qr_value(&rig, "battery.charge"), "93");
    /* what is left outlives the connection */
    assert_int_equal(qr_reopen(&rig), DRV_DONE);
    assert_int_equal(qr_poll(&rig, DRV_POLL_FULL), DRV_DONE);
    assert_string_equal(qr_value(&rig, "battery.charge"), "93");
    status(&rig, "25.1", 50, false);
    assert_int_equal(qr_poll(&rig, DRV_POLL_FAST), DRV_DONE);
    assert_string_equal(qr_value(&rig, "battery.charge"), "83");
    assert_string_equal(qr_value(&rig, "battery.runtime"), "595");
    qr_fini(&rig);
}

static void test_no_charge_to_begin_with(void **state)
{
    struct qx_rig rig;
    (void)state;

    start(&rig, "27.3", NULL, 50);
    qr_option(&rig, "runtimecal", "240,100,720,50");
    assert_true(qr_up(&rig));
    assert_int_equal(qr_poll(&rig, DRV_POLL_FAST), DRV_DONE);
    assert_string_equal(qr_value(&rig, "battery.runtime"), "");
    const char *told = strstr(rig.log, "runtimecal");
    assert_non_null(told);
    assert_null(strstr(told + 1, "runtimecal")); /* once */
    qr_fini(&rig);
}

static void test_bad_runtimecal(void **state)
{
    static const char *const bad[] = {
        "",
        "240",
        "240,100,720",
        "240,100,720,50,1",
        "240,50,720,100",
        "720,100,240,50",
        "0,100,720,50",
        "240,101,720,50",
        "240,100,720,0",
        "240,50,720,50",
        "x,100,720,50",
        "nan,100,720,50",
        "240,100,inf,50",
    };
    (void)state;

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct qx_rig rig;

        start(&rig, "27.3", "24", 50);
        qr_option(&rig, "runtimecal", bad[i]);
        assert_int_equal(qr_open(&rig), UPS_E_INVALID);
        assert_true(rig.closed);
        qr_fini(&rig);
    }
}

/* default.*: the device wins; override.*: it does not. */
static void test_presets(void **state)
{
    struct qx_rig rig;
    (void)state;

    qr_init(&rig, "megatec", RIG_ECHO);
    qr_answer(&rig, "Q1", "(230.0 230.0 230.0 025 50.0 27.2 --.- 00001001");
    qr_answer(&rig, "F", "#230.0 010 24.00 50.0");
    qr_answer(&rig, "I", "#MAKER           MODEL      V1.00     ");
    qr_option(&rig, "default.battery.voltage.nominal", "48");
    qr_option(&rig, "override.input.voltage.nominal", "240");
    qr_option(&rig, "default.ups.mfr", "Somebody");
    qr_option(&rig, "override.ups.model", "My UPS");
    qr_option(&rig, "default.ups.temperature", "21.5");
    qr_option(&rig, "override.ups.beeper.status", "muted");
    assert_true(qr_up(&rig));
    assert_string_equal(qr_value(&rig, "battery.voltage.nominal"), "24.0");
    assert_string_equal(qr_value(&rig, "input.voltage.nominal"), "240");
    assert_string_equal(qr_value(&rig, "ups.mfr"), "MAKER");
    assert_string_equal(qr_value(&rig, "ups.model"), "My UPS");
    assert_string_equal(qr_value(&rig, "ups.temperature"), "21.5");
    assert_string_equal(qr_value(&rig, "ups.beeper.status"), "muted");
    qr_answer(&rig, "Q1", "(230.0 230.0 230.0 025 50.0 27.2 33.0 00001001");
    assert_int_equal(qr_poll(&rig, DRV_POLL_FAST), DRV_DONE);
    assert_string_equal(qr_value(&rig, "ups.temperature"), "33.0");
    qr_fini(&rig);
}

static void test_preset_names(void **state)
{
    const struct drv_option *o = &qx_driver.options[QX_OPT_DEFAULT];
    struct drv_preset p;
    char why[200];
    (void)state;

    assert_int_equal(drv_preset_parse(o, "output.L2-N.voltage", "230", &p, why, sizeof why),
                     UPS_OK);
    assert_int_equal(p.var, UPS_VAR_OUTPUT_VOLTAGE);
    assert_int_equal(p.line, 1);
    assert_int_equal(p.milli, 230000);
    assert_int_equal(drv_preset_parse(o, "no.such", "1", &p, why, sizeof why), UPS_E_INVALID);
    assert_int_equal(drv_preset_parse(o, "battery.charge", "full", &p, why, sizeof why),
                     UPS_E_INVALID);
    assert_int_equal(drv_preset_parse(o, "ups.beeper.status", "loud", &p, why, sizeof why),
                     UPS_E_INVALID);
    assert_int_equal(drv_preset_parse(o, "ups.temperature", "-3.5", &p, why, sizeof why), UPS_OK);
    assert_int_equal(p.milli, -3500);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_packs),
        cmocka_unit_test(test_charge_by_voltage),
        cmocka_unit_test(test_one_limit),
        cmocka_unit_test(test_one_pack_option),
        cmocka_unit_test(test_configured_packs),
        cmocka_unit_test(test_runtime_by_load),
        cmocka_unit_test(test_real_values),
        cmocka_unit_test(test_discharge_and_charge),
        cmocka_unit_test(test_no_charge_to_begin_with),
        cmocka_unit_test(test_bad_runtimecal),
        cmocka_unit_test(test_presets),
        cmocka_unit_test(test_preset_names),
    };

    return cmocka_run_group_tests_name("qx estimate", tests, NULL, NULL);
}
