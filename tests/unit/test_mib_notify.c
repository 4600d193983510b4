/* SPDX-License-Identifier: BSD-2-Clause */
/* Notifications: the varbinds of every kind of event, name by name and byte by byte. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "../../agent/mib/mib_own.h"
#include "mib_fixture.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* Tags of the wire, RFC 3416 section 3 and X.690. */
enum {
    INTEGER = 0x02,
    OCTET_STRING = 0x04,
    OBJECT_IDENTIFIER = 0x06,
    COUNTER32 = 0x41,
    TIMETICKS = 0x43,
};

#define TRAP_OID ".1.3.6.1.6.3.1.1.4.1.0"
#define TRAPS    ".1.3.6.1.2.1.33.2"
#define UPS      ".1.3.6.1.2.1.33.1"

/* 2026-03-01 12:34:56.789 UTC, and the same as DateAndTime */
#define WALL INT64_C(1772368496789)
#define DATE "\x07\xea\x03\x01\x0c\x22\x38\x07+\0"

/* One varbind.  Names that begin with E are below the configured enterprise. */
struct expected {
    const char *oid;
    unsigned type;
    const char *value; /* numbers and OIDs as text */
    size_t len;        /* of octets with NULs in them; 0: up to the NUL */
};

static struct conf_unit units[] = {{.name = "hall"}, {.name = "server-room"}};
static const struct conf conf = {.unit = units, .unit_count = COUNT(units)};

/* The master has run for an hour, and the wall clock is ten minutes past WALL. */
static const struct mib_view view = {
    .now_ms = FIXTURE_NOW,
    .epoch_ms = FIXTURE_NOW - FIXTURE_UPTIME * INT64_C(10),
    .wall_ms = WALL + 600000,
};

static size_t read_oid(const char *text, uint32_t *oid)
{
    static const uint32_t enterprise[] = {UPS_ENTERPRISE_OID};
    uint32_t rest[MIB_OID_MAX];
    size_t len;

    if (text[0] != 'E')
        return fixture_oid(text, oid);
    len = fixture_oid(text + 1, rest);
    memcpy(oid, enterprise, sizeof(enterprise));
    memcpy(oid + COUNT(enterprise), rest, len * sizeof(rest[0]));
    return COUNT(enterprise) + len;
}

static void check_value(const struct expected *e, const struct mib_value *value)
{
    char got[FIXTURE_TEXT];
    uint32_t oid[MIB_OID_MAX];

    assert_int_equal(value->type, e->type);
    if (e->type == OCTET_STRING) {
        assert_int_equal(value->len, e->len ? e->len : strlen(e->value));
        assert_memory_equal(value->v.octets, e->value, value->len);
    } else if (e->type == OBJECT_IDENTIFIER) {
        assert_int_equal(mib_oid_compare(value->v.oid, value->len, oid, read_oid(e->value, oid)),
                         0);
    } else {
        assert_string_equal(fixture_value_text(value, got), e->value);
    }
}

static void check(const struct event *event, const struct expected *expected, size_t count)
{
    struct mib_varbind out[MIB_NOTIFY_MAX];

    memset(out, 0x5a, sizeof(out));
    assert_int_equal(mib_notification(event, &conf, &view, out), count);
    assert_true(count <= MIB_NOTIFY_MAX);
    for (size_t i = 0; i < count; i++) {
        uint32_t oid[MIB_OID_MAX];
        char text[FIXTURE_TEXT];

        if (mib_oid_compare(out[i].oid, out[i].len, oid, read_oid(expected[i].oid, oid)) != 0)
            fail_msg("%s: varbind %zu is %s, expected %s", event_kinds[event->kind].name, i,
                     fixture_oid_text(out[i].oid, out[i].len, text), expected[i].oid);
        check_value(&expected[i], &out[i].value);
    }
}

#define CHECK(event, ...)                                                                          \
    check(event, (const struct expected[]){__VA_ARGS__},                                           \
          COUNT(((const struct expected[]){__VA_ARGS__})))

/* What the notifications of UPSMIBD-MIB begin with, for the second unit's event 77. */
#define HEAD(n, text)                                                                              \
    {TRAP_OID, OBJECT_IDENTIFIER, "E.2.0." n, 0}, {"E.1.7.1.0", COUNTER32, "77", 0},               \
        {"E.1.2.1.1.1.2", INTEGER, "2", 0}, {"E.1.2.1.1.2.2", OCTET_STRING, "server-room", 0},     \
        {"E.1.7.2.0", OCTET_STRING, text, 0},                                                      \
    {                                                                                              \
        "E.1.7.3.0", OCTET_STRING, DATE, 11                                                        \
    }

static struct event event_of(enum event_kind kind)
{
    return (struct event){
        .kind = kind, .seq = 77, .unit = 1, .wall_ms = WALL, .alarm = UPS_ALARM_NONE};
}

static void test_on_battery(void **state)
{
    struct event e = event_of(EVENT_ON_BATTERY);

    (void)state;
    e.number[EVENT_N_MINUTES] = 12;
    e.number[EVENT_N_SECONDS] = 60;
    e.number[EVENT_N_LOW] = 5;
    CHECK(&e, {TRAP_OID, OBJECT_IDENTIFIER, TRAPS ".1", 0}, {UPS ".2.3.0", INTEGER, "12", 0},
          {UPS ".2.2.0", INTEGER, "60", 0}, {UPS ".9.7.0", INTEGER, "5", 0});
    e.number[EVENT_N_MINUTES] = INT64_MIN; /* a journal may say anything */
    e.number[EVENT_N_SECONDS] = INT64_C(1) << 40;
    CHECK(&e, {TRAP_OID, OBJECT_IDENTIFIER, TRAPS ".1", 0},
          {UPS ".2.3.0", INTEGER, "-2147483648", 0}, {UPS ".2.2.0", INTEGER, "2147483647", 0},
          {UPS ".9.7.0", INTEGER, "5", 0});
}

static void check_test(int64_t id, const char *oid, int64_t start, const char *timestamp)
{
    struct event e = event_of(EVENT_TEST_COMPLETED);

    e.number[EVENT_N_TEST_ID] = id;
    e.number[EVENT_N_TEST_LOCK] = 2147483647;
    e.number[EVENT_N_TEST_RESULT] = SNAP_TEST_ABORTED;
    e.number[EVENT_N_TEST_START] = start;
    e.number[EVENT_N_TEST_LENGTH] = 12345;
    snprintf(e.text, sizeof(e.text), "stopped");
    CHECK(&e, {TRAP_OID, OBJECT_IDENTIFIER, TRAPS ".2", 0},
          {UPS ".7.1.0", OBJECT_IDENTIFIER, oid, 0}, {UPS ".7.2.0", INTEGER, "2147483647", 0},
          {UPS ".7.3.0", INTEGER, "4", 0}, {UPS ".7.4.0", OCTET_STRING, "stopped", 0},
          {UPS ".7.5.0", TIMETICKS, timestamp, 0}, {UPS ".7.6.0", INTEGER, "1234", 0});
}

static void test_test_completed(void **state)
{
    const int64_t now = WALL + 600000;

    (void)state;
    check_test(SNAP_TEST_ID_QUICK, UPS ".7.7.4", WALL, "300000"); /* ten minutes ago */
    check_test(SNAP_TEST_ID_AT_UPS, "E.1.8.6", now - 10, "359999");
    check_test(SNAP_TEST_ID_DEEP, UPS ".7.7.5", now, "360000");
    check_test(SNAP_TEST_ID_ABORT, UPS ".7.7.2", now + 1000000, "360000"); /* the clock was set */
    check_test(SNAP_TEST_ID_GENERAL, UPS ".7.7.3", now - 3599990, "1");
    check_test(SNAP_TEST_ID_QUICK, UPS ".7.7.4", now - 3600000, "0");
    check_test(SNAP_TEST_ID_QUICK, UPS ".7.7.4", 1, "0"); /* before the master began */
    check_test(SNAP_TEST_ID_QUICK, UPS ".7.7.4", 0, "0");
    check_test(SNAP_TEST_ID_QUICK, UPS ".7.7.4", INT64_MIN, "0");
    check_test(SNAP_TEST_ID_NONE, UPS ".7.7.1", INT64_MAX, "360000");
    check_test(0, UPS ".7.7.1", WALL, "300000");
    check_test(7, UPS ".7.7.1", WALL, "300000");
    check_test(-1, UPS ".7.7.1", WALL, "300000");
}

static void test_no_detail(void **state)
{
    struct event e = event_of(EVENT_TEST_COMPLETED);
    struct mib_varbind out[MIB_NOTIFY_MAX];

    (void)state;
    assert_int_equal(mib_notification(&e, &conf, &view, out), 7);
    assert_int_equal(out[4].value.type, OCTET_STRING);
    assert_int_equal(out[4].value.len, 0);
}

static void test_alarm_rows(void **state)
{
    struct event e = event_of(EVENT_ALARM_ADDED);

    (void)state;
    e.alarm = UPS_ALARM_LOW_BATTERY;
    e.alarm_id = 2147483647;
    CHECK(&e, {TRAP_OID, OBJECT_IDENTIFIER, TRAPS ".3", 0},
          {UPS ".6.2.1.1.2147483647", INTEGER, "2147483647", 0},
          {UPS ".6.2.1.2.2147483647", OBJECT_IDENTIFIER, UPS ".6.3.3", 0});
    e.kind = EVENT_ALARM_REMOVED;
    e.alarm = UPS_ALARM_HUAWEI_35_1;
    e.alarm_id = 1;
    CHECK(&e, {TRAP_OID, OBJECT_IDENTIFIER, TRAPS ".4", 0}, {UPS ".6.2.1.1.1", INTEGER, "1", 0},
          {UPS ".6.2.1.2.1", OBJECT_IDENTIFIER, "E.1.9.131", 0});
    e.alarm = UPS_ALARM_NONE;
    CHECK(&e, {TRAP_OID, OBJECT_IDENTIFIER, TRAPS ".4", 0}, {UPS ".6.2.1.1.1", INTEGER, "1", 0},
          {UPS ".6.2.1.2.1", OBJECT_IDENTIFIER, ".0.0", 0});
}

/* Kinds that say no more than what they are. */
static void test_plain_kinds(void **state)
{
    struct event e;

    (void)state;
    e = event_of(EVENT_COMM_LOST);
    CHECK(&e, HEAD("1", "communication with the UPS is lost"));
    e = event_of(EVENT_COMM_RESTORED);
    CHECK(&e, HEAD("2", "communication with the UPS is back"));
    e = event_of(EVENT_BYPASS_ON);
    CHECK(&e, HEAD("3", "the load is on bypass"));
    e = event_of(EVENT_BYPASS_OFF);
    CHECK(&e, HEAD("4", "the load is off bypass"));
    e = event_of(EVENT_ECO_ON);
    CHECK(&e, HEAD("5", "economy mode has begun"));
    e = event_of(EVENT_ECO_OFF);
    CHECK(&e, HEAD("6", "economy mode is over"));
    e = event_of(EVENT_OVERLOAD_ON);
    CHECK(&e, HEAD("7", "the load is above the capacity"));
    e = event_of(EVENT_OVERLOAD_OFF);
    CHECK(&e, HEAD("8", "the overload is over"));
    e = event_of(EVENT_BATTERY_REPLACE);
    CHECK(&e, HEAD("9", "the battery needs replacing"));
    e = event_of(EVENT_OUTPUT_OFF);
    CHECK(&e, HEAD("10", "the output is off"));
    e = event_of(EVENT_OUTPUT_ON);
    CHECK(&e, HEAD("11", "the output is on"));
    snprintf(e.text, sizeof(e.text), "by hand");
    CHECK(&e, HEAD("11", "by hand"));
}

static void test_command(void **state)
{
    struct event e = event_of(EVENT_COMMAND);

    (void)state;
    e.number[EVENT_N_COMMAND] = UPS_COMMAND_LOAD_OFF;
    e.number[EVENT_N_STATE] = SNAP_COMMAND_REFUSED;
    snprintf(e.text, sizeof(e.text), "the UPS is on bypass");
    CHECK(&e, HEAD("12", "the UPS is on bypass"),
          {"E.1.5.1.1.8.2.108.111.97.100.46.111.102.102", INTEGER, "4", 0});
    e.text[0] = '\0';
    CHECK(&e, HEAD("12", "a command has ended"),
          {"E.1.5.1.1.8.2.108.111.97.100.46.111.102.102", INTEGER, "4", 0});
    e.number[EVENT_N_COMMAND] = UPS_COMMAND_COUNT;
    CHECK(&e, HEAD("12", "a command has ended"));
    e.number[EVENT_N_COMMAND] = -1;
    CHECK(&e, HEAD("12", "a command has ended"));
}

static void test_setting(void **state)
{
    struct event e = event_of(EVENT_SETTING);

    (void)state;
    e.number[EVENT_N_VAR] = UPS_VAR_UPS_MFR;
    snprintf(e.text, sizeof(e.text), "60");
    CHECK(&e, HEAD("13", "60"),
          {"E.1.4.1.1.2.2.117.112.115.46.109.102.114", OCTET_STRING, "60", 0});
    e.number[EVENT_N_VAR] = UPS_VAR_COUNT;
    CHECK(&e, HEAD("13", "60"));
    e.number[EVENT_N_VAR] = INT64_MIN;
    CHECK(&e, HEAD("13", "60"));
}

static void test_own_alarms(void **state)
{
    struct event e = event_of(EVENT_OWN_ALARM_ADDED);

    (void)state;
    e.alarm = UPS_ALARM_TEST_IN_PROGRESS;
    CHECK(&e, HEAD("14", "a test runs"), {"E.1.7.4.0", OBJECT_IDENTIFIER, UPS ".6.3.24", 0},
          {"E.1.7.5.0", INTEGER, "1", 0});
    e.alarm = UPS_ALARM_ON_BATTERY;
    CHECK(&e, HEAD("14", "the UPS draws its power from the battery"),
          {"E.1.7.4.0", OBJECT_IDENTIFIER, UPS ".6.3.2", 0}, {"E.1.7.5.0", INTEGER, "2", 0});
    e.kind = EVENT_OWN_ALARM_CLEARED;
    e.alarm = UPS_ALARM_HUAWEI_9_1;
    CHECK(&e, HEAD("15", "9/1: mains overload"), {"E.1.7.4.0", OBJECT_IDENTIFIER, "E.1.9.110", 0},
          {"E.1.7.5.0", INTEGER, "3", 0});
}

static void test_overflow(void **state)
{
    struct event e = event_of(EVENT_OVERFLOW);

    (void)state;
    e.number[EVENT_N_LOST] = 4000000000;
    CHECK(&e, HEAD("16", "notifications were lost: too many waited"),
          {"E.1.7.6.0", COUNTER32, "4000000000", 0});
}

/* The longest of texts and names, and an alarm that there is no more. */
static void test_limits(void **state)
{
    struct event e = event_of(EVENT_SETTING);
    struct mib_varbind out[MIB_NOTIFY_MAX];

    (void)state;
    memset(e.text, 'x', sizeof(e.text)); /* not even terminated */
    for (enum ups_var v = 0; v < UPS_VAR_COUNT; v++) {
        size_t head = COUNT(((uint32_t[]){UPS_ENTERPRISE_OID})) + 6;

        e.number[EVENT_N_VAR] = v;
        assert_int_equal(mib_notification(&e, &conf, &view, out), 7);
        assert_int_equal(out[6].len, head + strlen(ups_vars[v].name));
        assert_int_equal(out[6].value.len, EVENT_TEXT_MAX);
    }
    e = event_of(EVENT_OWN_ALARM_CLEARED);
    CHECK(&e, HEAD("15", ""), {"E.1.7.4.0", OBJECT_IDENTIFIER, ".0.0", 0},
          {"E.1.7.5.0", INTEGER, "2", 0});
    e.kind = EVENT_KINDS;
    assert_int_equal(mib_notification(&e, &conf, &view, out), 0);
}

/* Events of units that the configuration has no more. */
static void test_unknown_units(void **state)
{
    static const struct {
        uint32_t unit;
        const char *name, *index;
    } cases[] = {
        {2, "E.1.2.1.1.1.3", "3"},
        {INT32_MAX, "E.1.2.1.1.1.2147483647", "2147483647"},
        {UINT32_MAX, "E.1.2.1.1.1.2147483647", "2147483647"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct event e = event_of(EVENT_ECO_ON);
        struct mib_varbind out[MIB_NOTIFY_MAX];
        const struct expected index = {cases[i].name, INTEGER, cases[i].index, 0};
        uint32_t oid[MIB_OID_MAX];

        e.unit = cases[i].unit;
        assert_int_equal(mib_notification(&e, &conf, &view, out), 6);
        assert_int_equal(mib_oid_compare(out[2].oid, out[2].len, oid, read_oid(cases[i].name, oid)),
                         0);
        check_value(&index, &out[2].value);
        assert_int_equal(out[3].value.len, 0);
        assert_int_equal(mib_notification(&e, NULL, &view, out), 6);
        assert_int_equal(out[3].value.len, 0);
    }
}

static void test_dates(void **state)
{
    static const struct {
        int64_t ms;
        const char *date;
    } cases[] = {
        {0, "\x07\xb2\x01\x01\0\0\0\0+\0"},
        {-1, "\x07\xb2\x01\x01\0\0\0\0+\0"},
        {INT64_MIN, "\x07\xb2\x01\x01\0\0\0\0+\0"},
        {INT64_C(1709251199999), "\x07\xe8\x02\x1d\x17\x3b\x3b\x09+\0"}, /* 29 February 2024 */
        {INT64_C(4102444800000), "\x08\x34\x01\x01\0\0\0\0+\0"},         /* 2100 */
        {INT64_MAX, "\x27\x0f\x0c\x1f\x17\x3b\x3b\x09+\0"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct event e = event_of(EVENT_COMM_LOST);
        struct mib_varbind out[MIB_NOTIFY_MAX];

        e.wall_ms = cases[i].ms;
        assert_int_equal(mib_notification(&e, &conf, &view, out), 6);
        assert_int_equal(out[5].value.len, 11);
        assert_memory_equal(out[5].value.v.octets, cases[i].date, 11);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_on_battery),    cmocka_unit_test(test_test_completed),
        cmocka_unit_test(test_no_detail),     cmocka_unit_test(test_alarm_rows),
        cmocka_unit_test(test_plain_kinds),   cmocka_unit_test(test_command),
        cmocka_unit_test(test_setting),       cmocka_unit_test(test_own_alarms),
        cmocka_unit_test(test_overflow),      cmocka_unit_test(test_limits),
        cmocka_unit_test(test_unknown_units), cmocka_unit_test(test_dates),
    };

    return cmocka_run_group_tests_name("mib_notify", tests, NULL, NULL);
}
