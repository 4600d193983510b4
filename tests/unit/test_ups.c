/* SPDX-License-Identifier: BSD-2-Clause */
/* The model: tables, readings, formatting, options, log lines. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../drivers/driver.h"

static void test_every_error_has_a_text(void **state)
{
    (void)state;
    for (int i = 0; i <= UPS_E_LAST; i++)
        assert_string_not_equal(ups_strerror((enum ups_error) - i), "unknown error");
    assert_string_equal(ups_strerror((enum ups_error)(-UPS_E_LAST - 1)), "unknown error");
}

static void test_tables_are_whole(void **state)
{
    (void)state;
    for (enum ups_var v = 0; v < UPS_VAR_COUNT; v++) {
        assert_non_null(ups_vars[v].name);
        assert_true(strlen(ups_vars[v].name) < UPS_NAME_MAX);
        assert_int_equal(ups_var_find(ups_vars[v].name), v); /* no name twice */
        assert_true(ups_vars[v].kind != UPS_KIND_CHOICE || ups_vars[v].choices);
        assert_true(ups_vars[v].lines == 1 || ups_vars[v].line_name);
        assert_true(ups_vars[v].decimals <= 3);
    }
    for (enum ups_command c = 0; c < UPS_COMMAND_COUNT; c++)
        assert_int_equal(ups_command_find(ups_commands[c].name), c);
    assert_int_equal(ups_var_find("no.such"), UPS_VAR_COUNT);
    assert_int_equal(ups_command_find("no.such"), UPS_COMMAND_COUNT);
    assert_true(UPS_COMMAND_COUNT <= 32); /* ups_caps.commands is a 32-bit set */
    assert_true(UPS_STATUS_COUNT <= 32);
}

static void test_alarm_arcs_are_unique_and_safe(void **state)
{
    (void)state;
    for (enum ups_alarm a = 0; a < UPS_ALARM_COUNT; a++) {
        assert_true(ups_alarms[a].vendor ? ups_alarms[a].arc > 24 : ups_alarms[a].arc <= 24);
        for (enum ups_alarm b = 0; b < a; b++)
            assert_false(ups_alarms[a].vendor == ups_alarms[b].vendor &&
                         ups_alarms[a].arc == ups_alarms[b].arc);
    }
    for (unsigned bit = 0; bit < UPS_STATUS_COUNT; bit++)
        assert_true(ups_statuses[bit].alarm <= UPS_ALARM_COUNT);
}

static void test_status_text(void **state)
{
    char buf[64], small[6];

    (void)state;
    assert_int_equal(ups_status_text(UPS_STATUS_MASK(OL) | UPS_STATUS_MASK(CHRG), buf, 64), 7);
    assert_string_equal(buf, "OL CHRG");
    assert_int_equal(ups_status_text(0, buf, sizeof(buf)), 0);
    assert_string_equal(buf, "");
    assert_int_equal(ups_status_text(UPS_STATUS_MASK(OB) | UPS_STATUS_MASK(DISCHRG), small, 6), 10);
    assert_string_equal(small, "OB DI");
}

static void test_unknown_is_absent(void **state)
{
    struct ups_reading r = {0};
    int64_t milli = 42;
    char buf[64];

    (void)state;
    for (enum ups_var v = 0; v < UPS_VAR_COUNT; v++) {
        for (unsigned line = 0; line < UPS_LINES_MAX; line++) {
            assert_false(ups_get(&r, v, line, &milli));
            assert_false(ups_format(&r, v, line, buf, sizeof(buf)));
        }
    }
    assert_int_equal(milli, 42);
}

static void test_slots_do_not_overlap(void **state)
{
    struct ups_reading r = {0};
    int64_t milli, n = 0;

    (void)state;
    for (enum ups_var v = 0; v < UPS_VAR_COUNT; v++)
        for (unsigned line = 0; line < ups_vars[v].lines; line++)
            ups_set(&r, v, line, ++n);
    n = 0;
    for (enum ups_var v = 0; v < UPS_VAR_COUNT; v++)
        for (unsigned line = 0; line < ups_vars[v].lines; line++) {
            n++;
            if (ups_vars[v].kind == UPS_KIND_TEXT)
                continue;
            assert_true(ups_get(&r, v, line, &milli));
            assert_int_equal(milli, n);
        }
    ups_unset(&r, UPS_VAR_OUTPUT_VOLTAGE, 1);
    assert_false(ups_get(&r, UPS_VAR_OUTPUT_VOLTAGE, 1, &milli));
    assert_true(ups_get(&r, UPS_VAR_OUTPUT_VOLTAGE, 0, &milli));
    assert_false(ups_get(&r, UPS_VAR_OUTPUT_VOLTAGE, UPS_LINES_MAX, &milli));
}

static void test_numbers_are_rounded_half_up(void **state)
{
    static const struct {
        enum ups_var var;
        int64_t milli;
        const char *text;
    } rows[] = {
        {UPS_VAR_INPUT_VOLTAGE, 216100, "216.1"},
        {UPS_VAR_INPUT_VOLTAGE, 216150, "216.2"},
        {UPS_VAR_INPUT_VOLTAGE, 0, "0.0"},
        {UPS_VAR_BATTERY_CURRENT, -1250, "-1.3"},
        {UPS_VAR_BATTERY_CURRENT, -49, "0.0"},
        {UPS_VAR_BATTERY_TEMPERATURE, -5500, "-5.5"},
        {UPS_VAR_BATTERY_RUNTIME, 10080000, "10080"},
        {UPS_VAR_OUTPUT_REALPOWER, 99500, "100"},
    };
    struct ups_reading r = {0};
    char buf[32];

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        ups_set(&r, rows[i].var, 0, rows[i].milli);
        assert_true(ups_format(&r, rows[i].var, 0, buf, sizeof(buf)));
        assert_string_equal(buf, rows[i].text);
    }
}

static void test_choices(void **state)
{
    struct ups_reading r = {0};
    char buf[32];

    (void)state;
    ups_set(&r, UPS_VAR_UPS_BEEPER_STATUS, 0, UPS_BEEPER_MUTED);
    assert_true(ups_format(&r, UPS_VAR_UPS_BEEPER_STATUS, 0, buf, sizeof(buf)));
    assert_string_equal(buf, "muted");
    ups_set(&r, UPS_VAR_UPS_BEEPER_STATUS, 0, 3);
    assert_false(ups_format(&r, UPS_VAR_UPS_BEEPER_STATUS, 0, buf, sizeof(buf)));
    ups_set(&r, UPS_VAR_UPS_BEEPER_STATUS, 0, -1);
    assert_false(ups_format(&r, UPS_VAR_UPS_BEEPER_STATUS, 0, buf, sizeof(buf)));
}

static void test_text_is_cleaned_and_cut(void **state)
{
    struct ups_reading r = {0};
    char longer[200];

    (void)state;
    ups_set_text(&r, UPS_VAR_UPS_MODEL, "  UPS\r\n2000\0A  ", 15);
    assert_string_equal(ups_text(&r, UPS_VAR_UPS_MODEL), "UPS2000A");
    memset(longer, 'x', sizeof(longer));
    ups_set_text(&r, UPS_VAR_UPS_MODEL, longer, sizeof(longer));
    assert_int_equal(strlen(ups_text(&r, UPS_VAR_UPS_MODEL)), UPS_TEXT_MAX - 1);
    ups_set_text(&r, UPS_VAR_UPS_MODEL, "\xff\xfe", 2);
    assert_string_equal(ups_text(&r, UPS_VAR_UPS_MODEL), "");
}

static void test_withdraw_keeps_identity(void **state)
{
    struct ups_reading r = {0};
    int64_t milli;

    (void)state;
    ups_set_text(&r, UPS_VAR_UPS_SERIAL, "S1", 2);
    ups_set(&r, UPS_VAR_UPS_POWER_NOMINAL, 0, 3000000);
    ups_set(&r, UPS_VAR_OUTPUT_VOLTAGE, 2, 230000);
    r.status = UPS_STATUS_MASK(OB);
    ups_alarm_add(&r.alarms, UPS_ALARM_INPUT_BAD);
    r.raw_len = 3;
    ups_withdraw(&r);
    assert_string_equal(ups_text(&r, UPS_VAR_UPS_SERIAL), "S1");
    assert_true(ups_get(&r, UPS_VAR_UPS_POWER_NOMINAL, 0, &milli));
    assert_false(ups_get(&r, UPS_VAR_OUTPUT_VOLTAGE, 2, &milli));
    assert_int_equal(r.status, 0);
    assert_false(ups_alarm_has(&r.alarms, UPS_ALARM_INPUT_BAD));
    assert_int_equal(r.raw_len, 0);
}

struct listing {
    char text[4096];
    char last[64];
    bool sorted;
};

static void note(void *arg, const char *name, const char *value)
{
    struct listing *l = arg;
    size_t len = strlen(l->text);

    if (strcmp(l->last, name) >= 0)
        l->sorted = false;
    snprintf(l->last, sizeof(l->last), "%s", name);
    snprintf(l->text + len, sizeof(l->text) - len, "%s: %s\n", name, value);
}

static void test_list_is_that_of_upsc(void **state)
{
    struct ups_reading r = {0};
    struct listing l = {.sorted = true};

    (void)state;
    ups_set_text(&r, UPS_VAR_UPS_MODEL, "M", 1);
    ups_set(&r, UPS_VAR_OUTPUT_VOLTAGE, 0, 230000);
    r.status = UPS_STATUS_MASK(OL) | UPS_STATUS_MASK(ECO);
    ups_list(&r, note, &l);
    assert_true(l.sorted);
    assert_string_equal(l.text, "device.model: M\ndevice.type: ups\noutput.voltage: 230.0\n"
                                "ups.model: M\nups.status: OL ECO\n");
    memset(&l, 0, sizeof(l));
    l.sorted = true;
    ups_set(&r, UPS_VAR_OUTPUT_VOLTAGE, 2, 231000);
    ups_alarm_add(&r.alarms, UPS_ALARM_INPUT_BAD);
    ups_list(&r, note, &l);
    assert_true(l.sorted);
    assert_non_null(strstr(l.text, "output.L1-N.voltage: 230.0\noutput.L3-N.voltage: 231.0\n"));
    assert_non_null(strstr(l.text, "ups.alarm: an input condition is out of tolerance\n"));
}

static const char *const parities[] = {"none", "even", NULL};

static void test_option_values(void **state)
{
    static const struct drv_option number = {
        .name = "n", .type = DRV_OPT_INT, .min = 6, .max = 5940, .unit = "s"};
    static const struct drv_option choice = {
        .name = "c", .type = DRV_OPT_CHOICE, .choices = parities};
    static const struct drv_option flag = {.name = "f", .type = DRV_OPT_FLAG};
    static const struct drv_option text = {.name = "t", .type = DRV_OPT_TEXT, .max = 3};
    static const struct {
        const struct drv_option *opt;
        const char *text;
        bool good;
        int64_t num;
        const char *why;
    } rows[] = {
        {&number, "6", true, 6, ""},
        {&number, "5940", true, 5940, ""},
        {&number, "5", false, 0, "expected a whole number from 6 to 5940 s, found '5'"},
        {&number, "5941", false, 0, "expected a whole number from 6 to 5940 s, found '5941'"},
        {&number, "60s", false, 0, "expected a whole number from 6 to 5940 s, found '60s'"},
        {&number, "", false, 0, "expected a whole number from 6 to 5940 s, found ''"},
        {&number, "99999999999999999999", false, 0,
         "expected a whole number from 6 to 5940 s, found '99999999999999999999'"},
        {&choice, "even", true, 1, ""},
        {&choice, "odd", false, 0, "expected one of none, even; found 'odd'"},
        {&flag, "", true, 1, ""},
        {&flag, "no", true, 0, ""},
        {&flag, "maybe", false, 0, "expected a flag (no value, yes or no), found 'maybe'"},
        {&text, "abc", true, 0, ""},
        {&text, "abcd", false, 0, "expected at most 3 characters, found 4"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct drv_value v = {0};
        char why[128] = "";
        enum ups_error err = drv_option_parse(rows[i].opt, rows[i].text, &v, why, sizeof(why));
        assert_int_equal(err == UPS_OK, rows[i].good);
        assert_int_equal(v.set, rows[i].good);
        assert_string_equal(why, rows[i].why);
        if (rows[i].good)
            assert_int_equal(v.num, rows[i].num);
    }
}

static void test_drivers_are_well_formed(void **state)
{
    (void)state;
    for (size_t i = 0; drv_drivers[i]; i++) {
        const struct drv_driver *d = drv_drivers[i];
        size_t n = 0;
        assert_ptr_equal(drv_find(d->name), d);
        assert_true(d->open && d->poll && d->close && d->state_size > 0 && d->ports != 0);
        for (; d->options[n].name; n++) {
            struct drv_value v;
            char why[128];
            assert_non_null(d->options[n].help);
            if (d->options[n].def)
                assert_int_equal(
                    drv_option_parse(&d->options[n], d->options[n].def, &v, why, sizeof(why)),
                    UPS_OK);
        }
        assert_int_equal(drv_option_count(d), n);
    }
    assert_null(drv_find("no-such-driver"));
}

static void test_caps_share_their_settings(void **state)
{
    const struct ups_setting given[] = {
        {.var = UPS_VAR_UPS_START_AUTO, .choices = 3},
        {.var = UPS_VAR_BATTERY_RUNTIME_LOW, .min = 0, .max = 600000, .step = 60000},
    };
    struct ups_caps caps = {.commands = 5}, copy = {0}, other = {0};

    (void)state;
    assert_true(ups_caps_give(&caps, given, 2));
    assert_true(caps.setting[0].var < caps.setting[1].var);
    assert_int_equal(ups_setting_find(&caps, UPS_VAR_UPS_START_AUTO)->choices, 3);
    ups_caps_copy(&copy, &caps);
    assert_ptr_equal(copy.setting, caps.setting);
    assert_int_equal(copy.commands, 5);
    ups_caps_copy(&copy, &copy);
    assert_true(ups_caps_give(&other, given, 1));
    ups_caps_copy(&other, &copy); /* what it had is freed */

    assert_true(ups_caps_give(&caps, given, 1)); /* the others keep theirs */
    assert_int_equal(caps.setting_count, 1);
    assert_int_equal(copy.setting_count, 2);
    ups_caps_clear(&caps);
    ups_caps_clear(&copy);
    assert_int_equal(other.setting[1].max + other.setting[0].max, 600000);
    assert_true(ups_caps_give(&other, given, 0));
    assert_null(other.setting);
    assert_null(ups_setting_find(&other, UPS_VAR_UPS_START_AUTO));
    ups_caps_clear(&other);
    assert_int_equal(other.commands, 0);
}

static void keep_line(void *arg, enum log_level level, const char *line)
{
    (void)level;
    snprintf(arg, 600, "%s", line);
}

static void test_log_lines_are_harmless(void **state)
{
    char line[600] = "";

    (void)state;
    log_capture(keep_line, line);
    log_msg(LOG_LVL_WARN, "core", "rack1", "model '%s'", "a\nb\x1b[2J");
    assert_string_equal(line, "core: rack1: model 'a?b?[2J'");
    line[0] = '\0';
    log_msg(LOG_LVL_DEBUG, "core", NULL, "hidden");
    assert_string_equal(line, "");
    log_capture(NULL, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_error_has_a_text),
        cmocka_unit_test(test_tables_are_whole),
        cmocka_unit_test(test_alarm_arcs_are_unique_and_safe),
        cmocka_unit_test(test_status_text),
        cmocka_unit_test(test_unknown_is_absent),
        cmocka_unit_test(test_slots_do_not_overlap),
        cmocka_unit_test(test_numbers_are_rounded_half_up),
        cmocka_unit_test(test_choices),
        cmocka_unit_test(test_text_is_cleaned_and_cut),
        cmocka_unit_test(test_withdraw_keeps_identity),
        cmocka_unit_test(test_list_is_that_of_upsc),
        cmocka_unit_test(test_option_values),
        cmocka_unit_test(test_drivers_are_well_formed),
        cmocka_unit_test(test_caps_share_their_settings),
        cmocka_unit_test(test_log_lines_are_harmless),
    };

    return cmocka_run_group_tests_name("ups", tests, NULL, NULL);
}
