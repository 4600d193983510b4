/* SPDX-License-Identifier: BSD-2-Clause */
/* SETs of UPSMIBD-MIB as far as the object layer judges them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../agent/mib/mib_row.h"
#include "mib_units.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* error-status, RFC 3416 section 3 */
enum {
    OK = 0,
    TYPE = 7,
    LENGTH = 8,
    VALUE = 10,
    NO_CREATION = 11,
    READ_ONLY = 17,
};

static int set(const struct units *u, const char *text, const struct mib_value *value,
               struct control_item *item)
{
    uint32_t oid[MIB_OID_MAX];
    size_t len = units_oid(&mib_upsmibd, text, oid);

    memset(item, 0x5a, sizeof(*item)); /* what is not filled in is not taken for 0 */
    return mib_set(&mib_upsmibd, &u->view, oid, len, value, item);
}

static int set_integer(const struct units *u, const char *oid, int32_t n, struct control_item *item)
{
    const struct mib_value value = {.type = MIB_INTEGER, .v.integer = n};

    return set(u, oid, &value, item);
}

static int set_text(const struct units *u, const char *oid, const char *text,
                    struct control_item *item)
{
    const struct mib_value value = {.type = MIB_OCTETS, .v.octets = text, .len = strlen(text)};

    return set(u, oid, &value, item);
}

static void test_variable_values(void **state)
{
    static const struct {
        const char *name, *text;
        int error;
        int64_t value;
    } list[] = {
        {"battery.runtime.low", "60", OK, 60000},
        {"battery.runtime.low", "60.0", OK, 60000},
        {"battery.runtime.low", "61", OK, 120000}, /* up to the next step */
        {"battery.runtime.low", "600", OK, 600000},
        {"battery.runtime.low", "600.001", VALUE, 0},
        {"battery.runtime.low", "59.999", VALUE, 0},
        {"battery.runtime.low", "60.0000", VALUE, 0},
        {"battery.runtime.low", "", VALUE, 0},
        {"battery.runtime.low", "-", VALUE, 0},
        {"battery.runtime.low", "6.", VALUE, 0},
        {"battery.runtime.low", ".6", VALUE, 0},
        {"battery.runtime.low", " 60", VALUE, 0},
        {"battery.runtime.low", "60 ", VALUE, 0},
        {"battery.runtime.low", "6e1", VALUE, 0},
        {"battery.runtime.low", "0x3c", VALUE, 0},
        {"battery.runtime.low", "99999999999999999999", VALUE, 0},
        {"battery.runtime.low", "six", VALUE, 0},
        {"battery.voltage.nominal", "-1.5", OK, -1500},
        {"battery.voltage.nominal", "-0.25", OK, -250},
        {"battery.voltage.nominal", "--1", VALUE, 0},
        {"battery.voltage.nominal", "1.2.3", VALUE, 0},
        {"battery.voltage.nominal", "72.345", OK, 72345},
        {"ups.beeper.status", "enabled", OK, UPS_BEEPER_ENABLED},
        {"ups.beeper.status", "disabled", OK, UPS_BEEPER_DISABLED},
        {"ups.beeper.status", "muted", VALUE, 0}, /* not among this unit's */
        {"ups.beeper.status", "enable", VALUE, 0},
        {"ups.beeper.status", "enabledx", VALUE, 0},
        {"ups.beeper.status", "1", VALUE, 0},
        {"battery.charge", "50", READ_ONLY, 0},
        {"ups.status", "OL", READ_ONLY, 0},
        {"device.mfr", "me", READ_ONLY, 0},
        {"input.L1-N.voltage", "230", NO_CREATION, 0},
        {"no.such.name", "1", NO_CREATION, 0},
    };
    struct units u;

    (void)state;
    units_init(&u, 3);
    for (size_t i = 0; i < COUNT(list); i++) {
        struct control_item item;
        char oid[80];
        int error;

        snprintf(oid, sizeof(oid), "4.1.1.2.1.'%s'", list[i].name);
        error = set_text(&u, oid, list[i].text, &item);
        if (error != list[i].error)
            fail_msg("%s = '%s': %d, expected %d", list[i].name, list[i].text, error,
                     list[i].error);
        assert_string_equal(item.object, "upsmibdVariableValue");
        assert_int_equal(item.unit, 0);
        if (error != OK)
            continue;
        assert_int_equal(item.what, CONTROL_SETTING);
        assert_string_equal(ups_vars[item.var].name, list[i].name);
        assert_int_equal(item.value, list[i].value);
    }
    units_free(&u);
}

static void test_variable_text_too_long(void **state)
{
    struct units u;
    struct control_item item;
    char text[257];

    (void)state;
    units_init(&u, 1);
    memset(text, '0', 256);
    text[256] = '\0';
    assert_int_equal(set_text(&u, "4.1.1.2.1.'battery.runtime.low'", text, &item), LENGTH);
    assert_int_equal(set_text(&u, "4.1.1.2.1.'battery.runtime.low'", text + 1, &item), VALUE);
    units_free(&u);
}

/* What is checked first wins: access, then type, then value. */
static void test_order_of_checks(void **state)
{
    struct units u;
    struct control_item item;

    (void)state;
    units_init(&u, 3);
    assert_int_equal(set_integer(&u, "4.1.1.2.1.'battery.runtime.low'", 60, &item), TYPE);
    assert_int_equal(set_integer(&u, "4.1.1.2.1.'battery.charge'", 60, &item), READ_ONLY);
    assert_int_equal(set_text(&u, "5.1.1.9.1.'load.off'", "1", &item), TYPE);
    assert_int_equal(set_integer(&u, "5.1.1.9.2.'load.off'", -1, &item), NO_CREATION);
    assert_int_equal(set_integer(&u, "5.1.1.9.4.'load.off'", -1, &item), NO_CREATION);
    assert_int_equal(set_integer(&u, "5.1.1.8.1.'load.off'", 1, &item), READ_ONLY);
    assert_int_equal(set_integer(&u, "2.1.1.1.1", 1, &item), READ_ONLY);
    assert_int_equal(set_integer(&u, "9.9.9", 1, &item), READ_ONLY);
    assert_null(item.object);
    units_free(&u);
}

/* Nothing can be written where nothing is allowed. */
static void test_nothing_allowed(void **state)
{
    static const char *const integers[] = {
        "5.1.1.7.1.'load.off'",
        "5.1.1.9.1.'load.off'",
        "5.2.1.1.1",
        "5.2.1.2.1",
        "5.2.1.3.1",
        "5.2.1.4.1",
        "5.2.1.5.1",
        "5.2.1.8.1",
        "5.2.1.9.1",
        "5.2.1.10.1",
        "5.2.1.11.1",
    };
    struct units u;
    struct control_item item;

    (void)state;
    units_init(&u, 1);
    u.conf[0].timing.allow = 0;
    for (size_t i = 0; i < COUNT(integers); i++)
        assert_int_equal(set_integer(&u, integers[i], 1, &item), READ_ONLY);
    assert_int_equal(set_text(&u, "4.1.1.2.1.'battery.runtime.low'", "60", &item), READ_ONLY);
    assert_units(&u, &mib_upsmibd, "4.1.1.5.1.'battery.runtime.low'", "2");
    assert_units(&u, &mib_upsmibd, "5.1.1.3.1.'load.off'", "2");
    units_free(&u);
}

/* Each command asks for its own class, and no other will do. */
static void test_command_classes(void **state)
{
    struct units u;

    (void)state;
    units_init(&u, 1);
    for (unsigned c = 0; c < UPS_COMMAND_COUNT; c++) {
        for (unsigned class = 0; class < UPS_CLASS_COUNT; class ++) {
            struct control_item item;
            char oid[80];
            bool right = ups_commands[c].cls == class;

            u.conf[0].timing.allow = (uint32_t)1 << class;
            snprintf(oid, sizeof(oid), "5.1.1.9.1.'%s'", ups_commands[c].name);
            assert_int_equal(set_integer(&u, oid, -1, &item), right ? OK : READ_ONLY);
            snprintf(oid, sizeof(oid), "5.1.1.7.1.'%s'", ups_commands[c].name);
            assert_int_equal(set_integer(&u, oid, 0, &item), right ? OK : READ_ONLY);
            snprintf(oid, sizeof(oid), "5.1.1.3.1.'%s'", ups_commands[c].name);
            assert_units(&u, &mib_upsmibd, oid, right ? "1" : "2");
        }
    }
    units_free(&u);
}

static void test_execute(void **state)
{
    static const struct {
        const char *name;
        int32_t argument;
        int error;
    } list[] = {
        {"load.off", -1, OK},           {"load.off", 0, VALUE},
        {"load.off", 1, VALUE},         {"shutdown.return", -1, OK},
        {"shutdown.return", 0, OK},     {"shutdown.return", 5940, OK},
        {"shutdown.return", -2, VALUE}, {"shutdown.return", 5941, VALUE},
        {"shutdown.reboot", 300, OK},   {"shutdown.reboot", 301, VALUE},
        {"test.battery.start", 60, OK}, {"test.battery.start", INT32_MIN, VALUE},
    };
    struct units u;

    (void)state;
    units_init(&u, 1);
    for (size_t i = 0; i < COUNT(list); i++) {
        struct control_item item;
        char oid[80];

        snprintf(oid, sizeof(oid), "5.1.1.9.1.'%s'", list[i].name);
        if (set_integer(&u, oid, list[i].argument, &item) != list[i].error)
            fail_msg("%s %d: not %d", list[i].name, (int)list[i].argument, list[i].error);
        if (list[i].error != OK)
            continue;
        assert_int_equal(item.what, CONTROL_COMMAND);
        assert_string_equal(ups_commands[item.command].name, list[i].name);
        assert_int_equal(item.args.value, list[i].argument);
        assert_int_equal(item.args.second, -1);
    }
    units_free(&u);
}

static void test_lock(void **state)
{
    struct units u;
    struct control_item item;

    (void)state;
    units_init(&u, 1);
    assert_int_equal(set_integer(&u, "5.1.1.7.1.'beeper.disable'", 5, &item), OK);
    assert_int_equal(item.what, CONTROL_COMMAND_LOCK);
    assert_int_equal(item.command, UPS_COMMAND_BEEPER_DISABLE);
    assert_int_equal(item.value, 5);
    assert_int_equal(set_integer(&u, "5.1.1.7.1.'beeper.disable'", -1, &item), VALUE);
    units_free(&u);
}

static void test_controls(void **state)
{
    static const struct {
        const char *oid;
        int32_t value;
        int error;
        enum control_what what;
        int command; /* -1: none */
        int64_t number;
    } list[] = {
        {"5.2.1.1.1", 1, OK, CONTROL_COMMAND, UPS_COMMAND_BYPASS_START, -1},
        {"5.2.1.1.1", 2, OK, CONTROL_COMMAND, UPS_COMMAND_BYPASS_STOP, -1},
        {"5.2.1.1.1", 3, VALUE, 0, -1, 0},
        {"5.2.1.2.1", 1, OK, CONTROL_COMMAND, UPS_COMMAND_ECO_START, -1},
        {"5.2.1.2.1", 2, OK, CONTROL_COMMAND, UPS_COMMAND_ECO_STOP, -1},
        {"5.2.1.3.1", 3, OK, CONTROL_AUDIBLE, -1, UPS_BEEPER_MUTED},
        {"5.2.1.3.1", 4, VALUE, 0, -1, 0},
        {"5.2.1.4.1", 1, OK, CONTROL_COMMAND, UPS_COMMAND_LOAD_ON, -1},
        {"5.2.1.4.1", 2, OK, CONTROL_COMMAND, UPS_COMMAND_LOAD_OFF, -1},
        {"5.2.1.5.1", 1, OK, CONTROL_COMMAND, UPS_COMMAND_TEST_BATTERY_STOP, -1},
        {"5.2.1.5.1", 2, OK, CONTROL_COMMAND, UPS_COMMAND_TEST_BATTERY_START_QUICK, -1},
        {"5.2.1.5.1", 3, OK, CONTROL_COMMAND, UPS_COMMAND_TEST_BATTERY_START_DEEP, -1},
        {"5.2.1.5.1", 4, VALUE, 0, -1, 0},
        {"5.2.1.6.1", 1, READ_ONLY, 0, -1, 0},
        {"5.2.1.8.1", 60, OK, CONTROL_COMMAND, UPS_COMMAND_SHUTDOWN_RETURN, 60},
        {"5.2.1.8.1", -1, OK, CONTROL_SHUTDOWN_AFTER, -1, -1},
        {"5.2.1.8.1", -2, VALUE, 0, -1, 0},
        {"5.2.1.8.1", 5941, VALUE, 0, -1, 0},
        {"5.2.1.8.2", 60, NO_CREATION, 0, -1, 0},
        {"5.2.1.9.1", 0, OK, CONTROL_COMMAND, UPS_COMMAND_SHUTDOWN_STAYOFF, 0},
        {"5.2.1.10.1", 2, READ_ONLY, 0, -1, 0}, /* no setting for it */
        {"5.2.1.11.1", 2, OK, CONTROL_RESET_EXTREMES, -1, 0},
        {"5.2.1.11.1", 1, OK, CONTROL_NOTHING, -1, 0},
        {"5.2.1.11.1", 0, VALUE, 0, -1, 0},
    };
    struct units u;

    (void)state;
    units_init(&u, 3);
    for (size_t i = 0; i < COUNT(list); i++) {
        struct control_item item;
        int error = set_integer(&u, list[i].oid, list[i].value, &item);

        if (error != list[i].error)
            fail_msg("%s = %d: %d", list[i].oid, (int)list[i].value, error);
        if (error != OK)
            continue;
        assert_int_equal(item.what, list[i].what);
        if (list[i].command >= 0) {
            assert_int_equal(item.command, list[i].command);
            assert_int_equal(item.args.value, list[i].number);
        } else {
            assert_int_equal(item.value, list[i].number);
        }
    }
    units_free(&u);
}

/* A unit without the commands shows what it shows, and can't be told. */
static void test_controls_without_commands(void **state)
{
    struct units u;
    struct control_item item;

    (void)state;
    units_init(&u, 2);
    u.conf[1].timing.allow = UINT32_MAX;
    assert_int_equal(set_integer(&u, "5.2.1.1.2", 1, &item), READ_ONLY);
    assert_int_equal(item.unit, 1);
    assert_int_equal(set_integer(&u, "5.2.1.4.2", 2, &item), READ_ONLY);
    assert_int_equal(set_integer(&u, "5.2.1.5.2", 2, &item), READ_ONLY);
    assert_int_equal(set_integer(&u, "5.2.1.2.2", 2, &item), NO_CREATION);
    u.unit[1].snap->caps.commands = UPS_COMMAND_BIT(BYPASS_START);
    assert_int_equal(set_integer(&u, "5.2.1.1.2", 1, &item), OK);
    assert_int_equal(set_integer(&u, "5.2.1.1.2", 2, &item), VALUE);
    units_free(&u);
}

/* Two outlets: the first has all, the second only its state. */
static void test_outlets(void **state)
{
    static const struct ups_setting delay = {UPS_VAR_OUTLET_1_DELAY_SHUTDOWN, 0, 0, 59940000,
                                             60000};
    static const struct {
        const char *oid;
        int32_t value;
        int error;
    } list[] = {
        {"5.3.1.2.1.1", 1, OK},          {"5.3.1.2.1.1", 2, OK},
        {"5.3.1.2.1.1", 0, VALUE},       {"5.3.1.2.1.1", 3, VALUE},
        {"5.3.1.2.1.2", 1, READ_ONLY},   {"5.3.1.2.1.3", 1, NO_CREATION},
        {"5.3.1.2.1.0", 1, NO_CREATION}, {"5.3.1.3.1.1", 0, OK},
        {"5.3.1.3.1.1", 120, OK},        {"5.3.1.3.1.1", 59940, OK},
        {"5.3.1.3.1.1", 90, 12},         {"5.3.1.3.1.1", 60000, 12},
        {"5.3.1.3.1.1", -60, VALUE},     {"5.3.1.3.1.2", 60, NO_CREATION},
        {"5.3.1.1.1.1", 1, READ_ONLY},
    };
    struct units u;
    struct snapshot *s;

    (void)state;
    units_init(&u, 1);
    s = u.unit[0].snap;
    s->caps.commands = UPS_COMMAND_BIT(OUTLET_1_LOAD_ON) | UPS_COMMAND_BIT(OUTLET_1_LOAD_OFF);
    s->caps.setting = &delay;
    s->caps.setting_count = 1;
    fixture_set(&u.unit[0], UPS_VAR_OUTLET_1_STATUS, 0, UPS_OUTLET_ON);
    fixture_set(&u.unit[0], UPS_VAR_OUTLET_2_STATUS, 0, UPS_OUTLET_OFF);
    fixture_set(&u.unit[0], UPS_VAR_OUTLET_1_DELAY_SHUTDOWN, 0, 60000);
    for (size_t i = 0; i < COUNT(list); i++) {
        struct control_item item;
        int error = set_integer(&u, list[i].oid, list[i].value, &item);

        if (error != list[i].error)
            fail_msg("%s = %d: %d, expected %d", list[i].oid, (int)list[i].value, error,
                     list[i].error);
        if (error == OK && list[i].oid[6] == '2') {
            assert_int_equal(item.what, CONTROL_COMMAND);
            assert_int_equal(item.command, list[i].value == 1 ? UPS_COMMAND_OUTLET_1_LOAD_ON
                                                              : UPS_COMMAND_OUTLET_1_LOAD_OFF);
        } else if (error == OK) {
            assert_int_equal(item.what, CONTROL_SETTING);
            assert_int_equal(item.var, UPS_VAR_OUTLET_1_DELAY_SHUTDOWN);
            assert_int_equal(item.value, list[i].value * 1000);
        }
    }
    units_free(&u);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_variable_values),
        cmocka_unit_test(test_variable_text_too_long),
        cmocka_unit_test(test_order_of_checks),
        cmocka_unit_test(test_nothing_allowed),
        cmocka_unit_test(test_command_classes),
        cmocka_unit_test(test_execute),
        cmocka_unit_test(test_lock),
        cmocka_unit_test(test_controls),
        cmocka_unit_test(test_controls_without_commands),
        cmocka_unit_test(test_outlets),
    };

    return cmocka_run_group_tests_name("mib_upsmibd_set", tests, NULL, NULL);
}
