/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Defects that UPS-MIB agents in the field are known for, by number: one test each for those that
 * objects can have.  (27, 29, 30, 32 and 34 are of the daemon's outside: no objects at all, hangs,
 * refused SETs, the notification's OID, sysObjectID.)
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "mib_fixture.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])
#define CASE(number, what)                                                                         \
    {                                                                                              \
        "test_defect_" #number "_" #what, test_defect_##number##_##what, setup, teardown, NULL     \
    }

/* Every test gets a healthy unit on mains. */
static int setup(void **state)
{
    struct fixture *f = malloc(sizeof(*f));

    if (!f)
        return -1;
    *f = fixture_one_phase();
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    fixture_free(*state);
    free(*state);
    return 0;
}

/* Calls check() for each variable that a walk of the unit finds. */
static size_t walk(const struct fixture *f,
                   void (*check)(const uint32_t *oid, size_t len, const struct mib_value *value))
{
    uint32_t oid[MIB_OID_MAX];
    struct mib_value value;
    size_t len = 0, n = 0;

    while (mib_next(&mib_ups, &f->view, oid, len, false, NULL, 0, oid, &len, &value)) {
        check(oid, len, &value);
        n++;
    }
    return n;
}

static void test_defect_01_whole_volts(void **state)
{
    struct fixture *f = *state;

    fixture_set(f, UPS_VAR_INPUT_VOLTAGE, 0, 230200);
    fixture_set(f, UPS_VAR_OUTPUT_VOLTAGE, 0, 122200);
    fixture_set(f, UPS_VAR_INPUT_BYPASS_VOLTAGE, 0, 229500);
    assert_mib_integer(f, "1.3.3.1.3.1", 230);
    assert_mib_integer(f, "1.4.4.1.2.1", 122);
    assert_mib_integer(f, "1.5.3.1.2.1", 230);
}

static void test_defect_02_scales(void **state)
{
    static const struct {
        enum ups_var var;
        const char *oid;
    } tenths[] = {
        {UPS_VAR_INPUT_FREQUENCY, "1.3.3.1.2.1"},     {UPS_VAR_INPUT_CURRENT, "1.3.3.1.4.1"},
        {UPS_VAR_OUTPUT_FREQUENCY, "1.4.2.0"},        {UPS_VAR_OUTPUT_CURRENT, "1.4.4.1.3.1"},
        {UPS_VAR_INPUT_BYPASS_FREQUENCY, "1.5.1.0"},  {UPS_VAR_INPUT_BYPASS_CURRENT, "1.5.3.1.3.1"},
        {UPS_VAR_BATTERY_VOLTAGE, "1.2.5.0"},         {UPS_VAR_BATTERY_CURRENT, "1.2.6.0"},
        {UPS_VAR_INPUT_FREQUENCY_NOMINAL, "1.9.2.0"}, {UPS_VAR_OUTPUT_FREQUENCY_NOMINAL, "1.9.4.0"},
    };
    struct fixture *f = *state;

    for (size_t i = 0; i < COUNT(tenths); i++) {
        fixture_set(f, tenths[i].var, 0, 59940);
        assert_mib_integer(f, tenths[i].oid, 599);
        fixture_set(f, tenths[i].var, 0, 50);
        assert_mib_integer(f, tenths[i].oid, 1);
    }
}

static void test_defect_03_whole_degrees(void **state)
{
    struct fixture *f = *state;

    fixture_set(f, UPS_VAR_BATTERY_TEMPERATURE, 0, 25400);
    assert_mib_integer(f, "1.2.7.0", 25);
    fixture_set(f, UPS_VAR_BATTERY_TEMPERATURE, 0, -10600);
    assert_mib_integer(f, "1.2.7.0", -11);
}

static void test_defect_04_watts(void **state)
{
    struct fixture *f = *state;

    fixture_set(f, UPS_VAR_OUTPUT_REALPOWER, 0, 1656000);
    fixture_set(f, UPS_VAR_INPUT_REALPOWER, 0, 1700400);
    assert_mib_integer(f, "1.4.4.1.4.1", 1656);
    assert_mib_integer(f, "1.3.3.1.5.1", 1700);
    assert_mib_integer(f, "1.9.6.0", 1600);
}

static void test_defect_05_no_sentinels(void **state)
{
    static const struct {
        enum ups_var var;
        const char *oid;
    } absent[] = {
        {UPS_VAR_BATTERY_RUNTIME, "1.2.3.0"},      {UPS_VAR_BATTERY_CHARGE, "1.2.4.0"},
        {UPS_VAR_BATTERY_VOLTAGE, "1.2.5.0"},      {UPS_VAR_BATTERY_CURRENT, "1.2.6.0"},
        {UPS_VAR_BATTERY_TEMPERATURE, "1.2.7.0"},  {UPS_VAR_INPUT_FREQUENCY, "1.3.3.1.2.1"},
        {UPS_VAR_INPUT_VOLTAGE, "1.3.3.1.3.1"},    {UPS_VAR_INPUT_CURRENT, "1.3.3.1.4.1"},
        {UPS_VAR_INPUT_REALPOWER, "1.3.3.1.5.1"},  {UPS_VAR_OUTPUT_FREQUENCY, "1.4.2.0"},
        {UPS_VAR_OUTPUT_VOLTAGE, "1.4.4.1.2.1"},   {UPS_VAR_OUTPUT_CURRENT, "1.4.4.1.3.1"},
        {UPS_VAR_OUTPUT_REALPOWER, "1.4.4.1.4.1"}, {UPS_VAR_OUTPUT_LOAD, "1.4.4.1.5.1"},
    };
    struct fixture *f = *state;

    for (size_t i = 0; i < COUNT(absent); i++) {
        assert_mib_type(f, absent[i].oid, MIB_INTEGER);
        ups_unset(&f->snap->reading, absent[i].var, 0);
        assert_mib_absent(f, absent[i].oid);
    }
    fixture_set(f, UPS_VAR_OUTPUT_CURRENT, 0, 6553500);
    assert_mib_absent(f, "1.4.4.1.3.1");
    fixture_set(f, UPS_VAR_BATTERY_RUNTIME, 0, (int64_t)65535 * 60000);
    assert_mib_absent(f, "1.2.3.0");
}

static void test_defect_06_no_minutes_of_minus_one(void **state)
{
    struct fixture *f = *state;

    fixture_set(f, UPS_VAR_BATTERY_RUNTIME, 0, (int64_t)4294967295 * 60000);
    assert_mib_absent(f, "1.2.3.0");
    fixture_set(f, UPS_VAR_BATTERY_RUNTIME, 0, (int64_t)4294967295 * 1000);
    assert_mib_absent(f, "1.2.3.0");
    fixture_set(f, UPS_VAR_BATTERY_RUNTIME, 0, -1000);
    assert_mib_absent(f, "1.2.3.0");
    fixture_set(f, UPS_VAR_BATTERY_RUNTIME, 0, 1800000);
    assert_mib_integer(f, "1.2.3.0", 30);
}

static void test_defect_07_no_absolute_zero(void **state)
{
    struct fixture *f = *state;

    fixture_set(f, UPS_VAR_BATTERY_TEMPERATURE, 0, -273000);
    assert_mib_absent(f, "1.2.7.0");
    fixture_set(f, UPS_VAR_BATTERY_TEMPERATURE, 0, -20000);
    assert_mib_integer(f, "1.2.7.0", -20);
}

static void test_defect_08_no_negative_cells(void **state)
{
    static const struct {
        enum ups_var var;
        const char *oid;
    } cells[] = {
        {UPS_VAR_INPUT_CURRENT, "1.3.3.1.4.1"},        {UPS_VAR_INPUT_VOLTAGE, "1.3.3.1.3.1"},
        {UPS_VAR_INPUT_FREQUENCY, "1.3.3.1.2.1"},      {UPS_VAR_OUTPUT_CURRENT, "1.4.4.1.3.1"},
        {UPS_VAR_INPUT_BYPASS_CURRENT, "1.5.3.1.3.1"},
    };
    struct fixture *f = *state;

    for (size_t i = 0; i < COUNT(cells); i++) {
        fixture_set(f, cells[i].var, 0, -1000);
        assert_mib_absent(f, cells[i].oid);
    }
    fixture_set(f, UPS_VAR_BATTERY_VOLTAGE, 0, -54100);
    assert_mib_integer(f, "1.2.5.0", 541);
}

static void test_defect_09_no_negative_power(void **state)
{
    struct fixture *f = *state;

    fixture_set(f, UPS_VAR_OUTPUT_REALPOWER, 0, -26000);
    fixture_set(f, UPS_VAR_INPUT_REALPOWER, 0, -4000);
    fixture_set(f, UPS_VAR_INPUT_BYPASS_REALPOWER, 0, INT64_MIN);
    assert_mib_integer(f, "1.4.4.1.4.1", 26);
    assert_mib_integer(f, "1.3.3.1.5.1", 4);
    assert_mib_absent(f, "1.5.3.1.4.1");
}

static void is_a_value(const uint32_t *oid, size_t len, const struct mib_value *value)
{
    (void)oid;
    (void)len;
    switch (value->type) {
    case MIB_INTEGER:
    case MIB_COUNTER32:
    case MIB_GAUGE32:
    case MIB_TIMETICKS: break;
    case MIB_OCTETS: assert_non_null(value->v.octets); break;
    case MIB_OID: assert_true(value->len >= 2); break;
    default: fail_msg("type 0x%02x in a walk", (unsigned)value->type);
    }
}

static void test_defect_10_no_null(void **state)
{
    struct fixture silent = fixture_silent();

    ups_withdraw(&((struct fixture *)*state)->snap->reading);
    assert_true(walk(*state, is_a_value) > 0);
    assert_true(walk(&silent, is_a_value) > 0);
    fixture_free(&silent);
}

static void test_defect_11_no_rows_beyond_the_phases(void **state)
{
    static const char *const columns[] = {
        "1.3.3.1.3",
        "1.4.4.1.2",
        "1.4.4.1.5",
        "1.5.3.1.2",
    };
    struct fixture *f = *state;

    for (unsigned line = 1; line < UPS_LINES_MAX; line++) {
        fixture_set(f, UPS_VAR_INPUT_VOLTAGE, line, 0);
        fixture_set(f, UPS_VAR_OUTPUT_VOLTAGE, line, 0);
        fixture_set(f, UPS_VAR_OUTPUT_LOAD, line, 0);
        fixture_set(f, UPS_VAR_INPUT_BYPASS_VOLTAGE, line, 0);
    }
    for (size_t i = 0; i < COUNT(columns); i++) {
        char oid[32];

        snprintf(oid, sizeof(oid), "%s.1", columns[i]);
        assert_mib_type(f, oid, MIB_INTEGER);
        snprintf(oid, sizeof(oid), "%s.2", columns[i]);
        assert_mib_absent(f, oid);
    }
    fixture_set(f, UPS_VAR_INPUT_BYPASS_PHASES, 0, 0);
    assert_mib_integer(f, "1.5.2.0", 0);
    assert_mib_absent(f, "1.5.3.1.2.1");
    assert_mib_absent(f, "1.5.1.0");
    ups_unset(&f->snap->reading, UPS_VAR_INPUT_BYPASS_PHASES, 0);
    assert_mib_integer(f, "1.5.2.0", 0);
    ups_unset(&f->snap->reading, UPS_VAR_INPUT_PHASES, 0);
    assert_mib_absent(f, "1.3.2.0");
    assert_mib_absent(f, "1.3.3.1.3.1");
    fixture_set(f, UPS_VAR_OUTPUT_PHASES, 0, 65535000);
    assert_mib_absent(f, "1.4.3.0");
    assert_mib_absent(f, "1.4.4.1.2.1");
}

static void not_an_alarm_row(const uint32_t *oid, size_t len, const struct mib_value *value)
{
    (void)value;
    assert_false(len > 9 && oid[8] == 6 && oid[9] == 2);
}

static void test_defect_12_no_alarms_no_rows(void **state)
{
    struct fixture *f = *state;

    assert_mib_type(f, "1.6.2.1.1.3", MIB_NO_SUCH_OBJECT);
    assert_mib_type(f, "1.6.2.1.2.3", MIB_OID);
    fixture_alarms(f, 0);
    assert_mib_type(f, "1.6.1.0", MIB_GAUGE32);
    assert_mib_absent(f, "1.6.2.1.2.3");
    assert_mib_absent(f, "1.6.2.1.3.1");
    walk(f, not_an_alarm_row);
}

/* One identity, one OID; the core sees to it that an identity has one row. */
static void test_defect_13_identities_differ(void **state)
{
    uint32_t oid[UPS_ALARM_COUNT][MIB_OID_MAX];
    size_t len[UPS_ALARM_COUNT];

    (void)state;
    for (unsigned a = 0; a < UPS_ALARM_COUNT; a++) {
        len[a] = mib_alarm_oid((enum ups_alarm)a, oid[a]);
        assert_in_range(len[a], 11, MIB_OID_MAX);
        /* managers decode the last arc alone: 1 to 24 are RFC 1628's */
        assert_int_equal(oid[a][len[a] - 1] > 24, ups_alarms[a].vendor);
        for (unsigned b = 0; b < a; b++)
            assert_int_not_equal(mib_oid_compare(oid[a], len[a], oid[b], len[b]), 0);
    }
}

static void has_one_index(const uint32_t *oid, size_t len, const struct mib_value *value)
{
    (void)value;
    /* a scalar's three arcs below the root and .0, or a column's five and one index */
    assert_true(len == 11 ? oid[10] == 0 : len == 13 && oid[12] > 0);
}

static void test_defect_14_no_dot_zero_after_an_index(void **state)
{
    struct fixture three = fixture_three_phase();

    walk(*state, has_one_index);
    walk(&three, has_one_index);
    assert_mib_absent(*state, "1.3.3.1.3.1.0");
    assert_mib_absent(*state, "1.4.4.1.5.1.0");
    assert_mib_absent(*state, "1.2.1.0.0");
    fixture_free(&three);
}

static void test_defect_15_enumerations_within_their_words(void **state)
{
    static const int32_t audible[] = {1, 2, 3}, restart[] = {2, 1};
    struct fixture *f = *state;

    for (int i = 0; i < 3; i++) {
        fixture_set(f, UPS_VAR_UPS_BEEPER_STATUS, 0, i);
        assert_mib_integer(f, "1.9.8.0", audible[i]);
    }
    for (int i = 0; i < 2; i++) {
        fixture_set(f, UPS_VAR_UPS_START_AUTO, 0, i);
        assert_mib_integer(f, "1.8.5.0", restart[i]);
    }
    ups_unset(&f->snap->reading, UPS_VAR_UPS_BEEPER_STATUS, 0);
    ups_unset(&f->snap->reading, UPS_VAR_UPS_START_AUTO, 0);
    assert_mib_absent(f, "1.9.8.0");
    assert_mib_absent(f, "1.8.5.0");
    fixture_free(f);
    *f = fixture_silent();
    assert_mib_integer(f, "1.7.3.0", 6);
    assert_mib_integer(f, "1.2.1.0", 1);
    assert_mib_integer(f, "1.4.1.0", 1);
}

static void test_defect_16_source_is_what_feeds_the_load(void **state)
{
    static const struct {
        uint32_t status;
        int32_t source;
    } cases[] = {
        {UPS_STATUS_MASK(OL), 3},
        {UPS_STATUS_MASK(OL) | UPS_STATUS_MASK(ECO), 3},
        {UPS_STATUS_MASK(OL) | UPS_STATUS_MASK(DISCHRG), 3},
        {UPS_STATUS_MASK(OL) | UPS_STATUS_MASK(TEST), 3},
        {UPS_STATUS_MASK(OB), 5},
        {UPS_STATUS_MASK(OB) | UPS_STATUS_MASK(TEST), 5},
        {UPS_STATUS_MASK(OB) | UPS_STATUS_MASK(CAL) | UPS_STATUS_MASK(OL), 5},
        {UPS_STATUS_MASK(OL) | UPS_STATUS_MASK(BYPASS), 4},
        {UPS_STATUS_MASK(OL) | UPS_STATUS_MASK(BOOST), 6},
        {UPS_STATUS_MASK(OL) | UPS_STATUS_MASK(TRIM), 7},
        {UPS_STATUS_MASK(OFF), 2},
        {UPS_STATUS_MASK(OFF) | UPS_STATUS_MASK(OL), 2},
        {UPS_STATUS_MASK(CHRG), 1},
        {0, 1},
    };
    struct fixture *f = *state;

    for (size_t i = 0; i < COUNT(cases); i++) {
        f->snap->reading.status = cases[i].status;
        assert_mib_integer(f, "1.4.1.0", cases[i].source);
    }
    f->snap->reading.status = UPS_STATUS_MASK(OB);
    f->snap->fresh = false;
    assert_mib_integer(f, "1.4.1.0", 1);
}

static void test_defect_17_never_zero_minutes(void **state)
{
    struct fixture *f = *state;

    fixture_set(f, UPS_VAR_BATTERY_RUNTIME, 0, 0);
    assert_mib_integer(f, "1.2.3.0", 1);
    fixture_set(f, UPS_VAR_BATTERY_RUNTIME, 0, 119999);
    assert_mib_integer(f, "1.2.3.0", 1);
    fixture_set(f, UPS_VAR_BATTERY_RUNTIME, 0, 120000);
    assert_mib_integer(f, "1.2.3.0", 2);
    ups_unset(&f->snap->reading, UPS_VAR_BATTERY_RUNTIME, 0);
    assert_mib_absent(f, "1.2.3.0");
}

static void test_defect_18_no_cap_of_999_minutes(void **state)
{
    fixture_set(*state, UPS_VAR_BATTERY_RUNTIME, 0, (int64_t)200000 * 1000);
    assert_mib_integer(*state, "1.2.3.0", 3333);
}

static void test_defect_19_clean_model(void **state)
{
    struct fixture *f = *state;

    ups_set_text(&f->snap->reading, UPS_VAR_UPS_MODEL, "\0\0\0\0\0\0\0\0", 8);
    assert_mib_absent(f, "1.1.2.0");
    ups_set_text(&f->snap->reading, UPS_VAR_UPS_MODEL, "  VFI 20K\r\n\0", 12);
    assert_mib_text(f, "1.1.2.0", "VFI 20K");
}

static void test_defect_20_clean_texts_of_legal_length(void **state)
{
    static const char fifty[] = "12345678901234567890123456789012345678901234567890";
    static const char sixty_three[] =
        "12345678901234567890123456789012345678901234567890123456789ABCD";
    struct fixture *f = *state;

    ups_set_text(&f->snap->reading, UPS_VAR_UPS_MFR, fifty, 50);
    assert_mib_text(f, "1.1.1.0", "1234567890123456789012345678901");
    ups_set_text(&f->snap->reading, UPS_VAR_UPS_MFR, "  ", 2);
    assert_mib_text(f, "1.1.1.0", "");
    f->snap->attached_devices[0] = '\0';
    assert_mib_text(f, "1.1.6.0", "");
    ups_set_text(&f->snap->reading, UPS_VAR_UPS_FIRMWARE, sixty_three, 63);
    assert_mib_text(f, "1.1.3.0", sixty_three);
    ups_set_text(&f->snap->reading, UPS_VAR_UPS_FIRMWARE, sixty_three, 60);
    assert_mib_text(f, "1.1.3.0",
                    "12345678901234567890123456789012345678901234567890123456789A B0");
    ups_set_text(&f->snap->reading, UPS_VAR_UPS_FIRMWARE, sixty_three, 62);
    assert_mib_text(f, "1.1.3.0", "12345678901234567890123456789012345678901234567890123456789ABC");
    ups_set_text(&f->snap->reading, UPS_VAR_UPS_FIRMWARE, "", 0);
    assert_mib_text(f, "1.1.3.0", "B003");
}

static void test_defect_21_ratings_of_zero(void **state)
{
    static const struct {
        enum ups_var var;
        const char *oid;
    } ratings[] = {
        {UPS_VAR_INPUT_VOLTAGE_NOMINAL, "1.9.1.0"},  {UPS_VAR_INPUT_FREQUENCY_NOMINAL, "1.9.2.0"},
        {UPS_VAR_OUTPUT_VOLTAGE_NOMINAL, "1.9.3.0"}, {UPS_VAR_OUTPUT_FREQUENCY_NOMINAL, "1.9.4.0"},
        {UPS_VAR_UPS_POWER_NOMINAL, "1.9.5.0"},      {UPS_VAR_UPS_REALPOWER_NOMINAL, "1.9.6.0"},
        {UPS_VAR_INPUT_TRANSFER_LOW, "1.9.9.0"},     {UPS_VAR_INPUT_TRANSFER_HIGH, "1.9.10.0"},
    };
    struct fixture *f = *state;

    for (size_t i = 0; i < COUNT(ratings); i++) {
        assert_mib_type(f, ratings[i].oid, MIB_INTEGER);
        fixture_set(f, ratings[i].var, 0, 0);
        assert_mib_absent(f, ratings[i].oid);
    }
}

static void test_defect_22_spin_lock_starts_at_1(void **state)
{
    struct fixture new = fixture_silent();

    (void)state;
    assert_mib_integer(&new, "1.7.2.0", 1);
    fixture_free(&new);
}

static void test_defect_23_elapsed_time_is_integer(void **state)
{
    struct fixture *f = *state;

    assert_mib_integer(f, "1.7.6.0", 1000);
    f->snap->test_result = SNAP_TEST_RUNNING;
    f->snap->test_end_ms = -1;
    assert_mib_integer(f, "1.7.6.0", 100000);
    f->snap->test_result = SNAP_TEST_NONE;
    assert_mib_integer(f, "1.7.6.0", 0);
}

static void test_defect_24_times_within_sysuptime(void **state)
{
    static const int64_t impossible[] = {INT64_MIN, INT64_MIN + 1, -1, FIXTURE_NOW - 3600001};
    struct fixture *f = *state;
    char text[FIXTURE_TEXT];

    for (size_t i = 0; i < COUNT(impossible); i++) {
        f->snap->test_start_ms = impossible[i];
        f->snap->alarm[0].since_ms = impossible[i];
        assert_int_equal(fixture_get(f, "1.7.5.0", text), MIB_TIMETICKS);
        assert_string_equal(text, "0");
        assert_int_equal(fixture_get(f, "1.6.2.1.3.3", text), MIB_TIMETICKS);
        assert_string_equal(text, "0");
    }
    f->snap->test_start_ms = FIXTURE_NOW + 500; /* a clock read a moment later than the view's */
    fixture_get(f, "1.7.5.0", text);
    assert_string_equal(text, "360000");
    f->snap->test_start_ms = INT64_MIN;
    assert_mib_absent(f, "1.7.6.0");
}

static void test_defect_25_alarms_present_is_gauge32(void **state)
{
    assert_mib_type(*state, "1.6.1.0", MIB_GAUGE32);
}

static void test_defect_26_line_bads_is_counter32(void **state)
{
    assert_mib_type(*state, "1.3.1.0", MIB_COUNTER32);
}

static void test_defect_28_battery_becomes_low(void **state)
{
    struct fixture *f = *state;

    assert_mib_integer(f, "1.2.1.0", 2);
    f->snap->reading.status = UPS_STATUS_MASK(OB) | UPS_STATUS_MASK(LB);
    assert_mib_integer(f, "1.2.1.0", 3);
    f->snap->reading.status = UPS_STATUS_MASK(OB);
    assert_mib_integer(f, "1.2.1.0", 2);
    ups_alarm_add(&f->snap->reading.alarms, UPS_ALARM_LOW_BATTERY);
    assert_mib_integer(f, "1.2.1.0", 3);
    f->snap->alarm[1].alarm = UPS_ALARM_DEPLETED_BATTERY;
    assert_mib_integer(f, "1.2.1.0", 4);
    f->snap->reading.status = 0;
    assert_mib_integer(f, "1.2.1.0", 1);
    f->snap->reading.status = UPS_STATUS_MASK(OL);
    f->snap->fresh = false;
    assert_mib_integer(f, "1.2.1.0", 1);
}

/* upsTestId keeps the last test by RFC 1628; upsTestResultsSummary says that it is over. */
static void test_defect_31_summary_tells_that_the_test_is_over(void **state)
{
    static const struct {
        enum snap_test_id id;
        const char *oid;
    } ids[] = {
        {SNAP_TEST_ID_NONE, "1.3.6.1.2.1.33.1.7.7.1"},
        {SNAP_TEST_ID_ABORT, "1.3.6.1.2.1.33.1.7.7.2"},
        {SNAP_TEST_ID_GENERAL, "1.3.6.1.2.1.33.1.7.7.3"},
        {SNAP_TEST_ID_QUICK, "1.3.6.1.2.1.33.1.7.7.4"},
        {SNAP_TEST_ID_DEEP, "1.3.6.1.2.1.33.1.7.7.5"},
    };
    struct fixture *f = *state;
    char text[FIXTURE_TEXT];

    for (size_t i = 0; i < COUNT(ids); i++) {
        f->snap->test_id = ids[i].id;
        assert_int_equal(fixture_get(f, "1.7.1.0", text), MIB_OID);
        assert_string_equal(text, ids[i].oid);
    }
    for (int result = SNAP_TEST_PASS; result <= SNAP_TEST_NONE; result++) {
        f->snap->test_result = (enum snap_test_result)result;
        assert_mib_integer(f, "1.7.3.0", result);
    }
}

static void test_defect_33_states_are_numbers(void **state)
{
    static const char *const oids[] = {"1.2.1.0", "1.4.1.0", "1.7.3.0", "1.8.5.0", "1.9.8.0"};

    for (size_t i = 0; i < COUNT(oids); i++)
        assert_mib_type(*state, oids[i], MIB_INTEGER);
}

static void test_defect_35_walks_ascend_and_end(void **state)
{
    struct fixture units[] = {fixture_one_phase(), fixture_three_phase(), fixture_stale(),
                              fixture_silent()};

    (void)state;
    for (size_t i = 0; i < COUNT(units); i++) {
        uint32_t last[MIB_OID_MAX], oid[MIB_OID_MAX];
        size_t last_len = 0, len = 0;
        struct mib_value value;
        unsigned n = 0;

        while (
            mib_next(&mib_ups, &units[i].view, last, last_len, false, NULL, 0, oid, &len, &value)) {
            assert_true(mib_oid_compare(last, last_len, oid, len) < 0);
            memcpy(last, oid, sizeof(oid));
            last_len = len;
            assert_true(++n < 1000);
        }
        assert_int_equal(value.type, MIB_END_OF_VIEW);
        fixture_free(&units[i]);
    }
}

static void test_defect_36_seconds_on_battery(void **state)
{
    struct fixture *f = *state;

    assert_mib_integer(f, "1.2.2.0", 0);
    f->snap->on_battery_since_ms = FIXTURE_NOW;
    assert_mib_integer(f, "1.2.2.0", 0);
    f->snap->on_battery_since_ms = FIXTURE_NOW - 1000;
    assert_mib_integer(f, "1.2.2.0", 1);
    f->view.now_ms += 3600000;
    assert_mib_integer(f, "1.2.2.0", 3601);
    f->snap->on_battery_since_ms = FIXTURE_NOW + 7200000;
    assert_mib_integer(f, "1.2.2.0", 0);
    f->snap->fresh = false;
    assert_mib_absent(f, "1.2.2.0");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(01, whole_volts),
        CASE(02, scales),
        CASE(03, whole_degrees),
        CASE(04, watts),
        CASE(05, no_sentinels),
        CASE(06, no_minutes_of_minus_one),
        CASE(07, no_absolute_zero),
        CASE(08, no_negative_cells),
        CASE(09, no_negative_power),
        CASE(10, no_null),
        CASE(11, no_rows_beyond_the_phases),
        CASE(12, no_alarms_no_rows),
        CASE(13, identities_differ),
        CASE(14, no_dot_zero_after_an_index),
        CASE(15, enumerations_within_their_words),
        CASE(16, source_is_what_feeds_the_load),
        CASE(17, never_zero_minutes),
        CASE(18, no_cap_of_999_minutes),
        CASE(19, clean_model),
        CASE(20, clean_texts_of_legal_length),
        CASE(21, ratings_of_zero),
        CASE(22, spin_lock_starts_at_1),
        CASE(23, elapsed_time_is_integer),
        CASE(24, times_within_sysuptime),
        CASE(25, alarms_present_is_gauge32),
        CASE(26, line_bads_is_counter32),
        CASE(28, battery_becomes_low),
        CASE(31, summary_tells_that_the_test_is_over),
        CASE(33, states_are_numbers),
        CASE(35, walks_ascend_and_end),
        CASE(36, seconds_on_battery),
    };

    return cmocka_run_group_tests_name("mib_defects", tests, NULL, NULL);
}
