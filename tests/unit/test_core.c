/* SPDX-License-Identifier: BSD-2-Clause */
/* The core on reports made by hand and a clock that the test turns. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core_rig.h"

static bool has_alarm(const struct snapshot *s, enum ups_alarm alarm)
{
    for (uint32_t i = 0; i < s->alarm_count; i++)
        if (s->alarm[i].alarm == alarm)
            return true;
    return false;
}

static void test_before_any_reading(void **state)
{
    struct rig *b = *state;
    const struct snapshot *s = core_hold(b->core, 0);

    assert_false(s->fresh);
    assert_int_equal(s->alarm_count, 0);
    assert_string_equal(s->ident_name, "the unit");
    snapshot_release(s);
    rig_later(b, 4999);
    assert_false(rig_alarm(b, UPS_ALARM_COMMUNICATIONS_LOST));
    rig_later(b, 1);
    assert_true(rig_alarm(b, UPS_ALARM_COMMUNICATIONS_LOST));
}

static void test_snapshot_is_immutable(void **state)
{
    struct rig *b = *state;
    const struct snapshot *before;
    int64_t milli = 0;

    rig_reading(b, OL, true);
    before = core_hold(b->core, 0);
    b->now_ms += 1000;
    rig_reading(b, OB, true);
    assert_int_equal(before->reading.status, OL);
    assert_true(ups_get(&before->reading, UPS_VAR_INPUT_VOLTAGE, 0, &milli));
    assert_int_equal(milli, 230100);
    snapshot_release(before);
}

static void test_stale_values_are_withdrawn(void **state)
{
    struct rig *b = *state;
    const struct snapshot *s;
    int64_t milli;

    rig_reading(b, OL, true);
    rig_later(b, 14999);
    s = core_hold(b->core, 0);
    assert_true(s->fresh);
    assert_true(has_alarm(s, UPS_ALARM_COMMUNICATIONS_LOST));
    assert_true(ups_get(&s->reading, UPS_VAR_INPUT_VOLTAGE, 0, &milli));
    snapshot_release(s);
    rig_later(b, 1);
    s = core_hold(b->core, 0);
    assert_false(s->fresh);
    assert_false(ups_get(&s->reading, UPS_VAR_INPUT_VOLTAGE, 0, &milli));
    assert_string_equal(ups_text(&s->reading, UPS_VAR_UPS_MODEL), "UPS2000A");
    assert_int_equal(s->alarm_count, 1);
    snapshot_release(s);
    b->now_ms += 5000;
    rig_reading(b, OL, true);
    s = core_hold(b->core, 0);
    assert_true(s->fresh);
    assert_int_equal(s->alarm_count, 0);
    snapshot_release(s);
}

static void test_hold_keeps_the_last_values(void **state)
{
    struct rig *b = *state;
    const struct snapshot *s;

    b->unit.timing.on_stale = CONF_STALE_HOLD;
    rig_reading(b, OL, true);
    rig_later(b, 3600000);
    s = core_hold(b->core, 0);
    assert_true(s->fresh);
    assert_true(has_alarm(s, UPS_ALARM_COMMUNICATIONS_LOST));
    snapshot_release(s);
}

static void test_slow_polls_have_three_chances(void **state)
{
    struct rig *b = *state;

    b->unit.timing.pollinterval_ms = 4000;
    rig_reading(b, OL, true);
    rig_later(b, 11999);
    assert_false(rig_alarm(b, UPS_ALARM_COMMUNICATIONS_LOST));
    rig_later(b, 1);
    assert_true(rig_alarm(b, UPS_ALARM_COMMUNICATIONS_LOST));
}

static void test_old_reading_of_a_failed_poll_is_no_news(void **state)
{
    struct rig *b = *state;

    rig_reading(b, OL, true);
    b->now_ms += 6000;
    core_tick(b->core);
    b->report.missed = 3;
    core_report(b->core, 0, &b->report);
    assert_true(rig_alarm(b, UPS_ALARM_COMMUNICATIONS_LOST));
}

/* Readings without news are not taken at once: a failed poll must not hide the last good one. */
static void test_good_reading_under_a_failed_poll_counts(void **state)
{
    struct rig *b = *state;

    rig_reading(b, OL, true);
    b->now_ms += 4000;
    b->report.reading.taken_ms = b->now_ms - 500;
    b->report.missed = 1;
    core_report(b->core, 0, &b->report);
    rig_later(b, 4499);
    assert_false(rig_alarm(b, UPS_ALARM_COMMUNICATIONS_LOST));
    rig_later(b, 1);
    assert_true(rig_alarm(b, UPS_ALARM_COMMUNICATIONS_LOST));
}

static void test_alarm_ids_are_stable(void **state)
{
    struct rig *b = *state;
    const struct snapshot *s;
    uint32_t id;

    rig_reading(b, OL, true);
    b->now_ms += 1000;
    rig_reading(b, OB, false);
    s = core_hold(b->core, 0);
    assert_int_equal(s->alarm_count, 1);
    assert_int_equal(s->alarm[0].alarm, UPS_ALARM_ON_BATTERY);
    assert_int_equal(s->alarm[0].since_ms, b->now_ms);
    id = s->alarm[0].id;
    snapshot_release(s);
    b->now_ms += 1000;
    rig_reading(b, OB | UPS_STATUS_MASK(LB), false);
    s = core_hold(b->core, 0);
    assert_int_equal(s->alarm_count, 2);
    assert_int_equal(s->alarm[0].id, id);
    assert_int_equal(s->alarm[1].id, id + 1);
    snapshot_release(s);
    b->now_ms += 1000;
    rig_reading(b, OL, false);
    b->now_ms += 1000;
    rig_reading(b, OB, false);
    s = core_hold(b->core, 0);
    assert_int_equal(s->alarm[0].id, id + 2);
    snapshot_release(s);
}

static void test_alarms_found_at_start_have_time_zero(void **state)
{
    struct rig *b = *state;
    const struct snapshot *s;

    rig_reading(b, OB, true);
    s = core_hold(b->core, 0);
    assert_true(s->alarm[0].since_ms == INT64_MIN);
    assert_int_equal(s->on_battery_since_ms, 1000000);
    snapshot_release(s);
}

static void test_line_bads_count_once_a_failure(void **state)
{
    struct rig *b = *state;
    const struct snapshot *s;

    rig_reading(b, OL, true);
    for (int i = 0; i < 3; i++) {
        b->now_ms += 1000;
        ups_alarm_add(&b->report.reading.alarms, UPS_ALARM_INPUT_BAD);
        rig_reading(b, OB, false);
        b->now_ms += 1000;
        rig_reading(b, OB, false);
        memset(&b->report.reading.alarms, 0, sizeof(b->report.reading.alarms));
        b->now_ms += 1000;
        rig_reading(b, OL, false);
    }
    s = core_hold(b->core, 0);
    assert_int_equal(s->input_line_bads, 3);
    assert_int_equal(s->on_battery_since_ms, -1);
    snapshot_release(s);
}

static void test_log_says_little(void **state)
{
    struct rig *b = *state;

    rig_reading(b, OL, true);
    assert_int_equal(b->log_lines, 1);
    b->report.link = UNIT_LOST;
    for (int i = 0; i < 100; i++) {
        b->now_ms += 1000;
        core_report(b->core, 0, &b->report);
        core_tick(b->core);
    }
    assert_int_equal(b->log_lines, 2);
    rig_reading(b, OL, true);
    assert_int_equal(b->log_lines, 3);
    for (int i = 0; i < 10000; i++) {
        b->now_ms += 100;
        rig_reading(b, i % 2 ? OL : OB, false);
    }
    /* the budget: 40 at once, then one in 2 s, and a word about those left out */
    assert_in_range(b->log_lines, 40, 40 + 2 * 500 + 10);
}

static void test_next_moment_is_known(void **state)
{
    struct rig *b = *state;

    core_tick(b->core);
    assert_int_equal(core_next_ms(b->core), 1005000);
    rig_reading(b, OL, true);
    rig_later(b, 5000);
    assert_int_equal(core_next_ms(b->core), 1015000);
    rig_later(b, 10000);
    assert_true(core_next_ms(b->core) == INT64_MAX);
    b->now_ms += 1;
    b->report.reading.taken_ms = b->now_ms;
    core_report(b->core, 0, &b->report);
    assert_int_equal(core_next_ms(b->core), b->now_ms + 5000);
}

static void test_ids_wrap_to_the_first_free(void **state)
{
    struct alarm_table *t = calloc(1, sizeof(*t));
    struct ups_alarm_set wanted = {0};
    struct alarm_change change;

    (void)state;
    ups_alarm_add(&wanted, UPS_ALARM_ON_BATTERY);
    assert_true(alarms_update(t, &wanted, 1, &change));
    assert_int_equal(t->row[0].id, 1);
    t->next_id = INT32_MAX - 1;
    ups_alarm_add(&wanted, UPS_ALARM_LOW_BATTERY);
    ups_alarm_add(&wanted, UPS_ALARM_INPUT_BAD);
    assert_true(alarms_update(t, &wanted, 2, &change));
    assert_int_equal(t->count, 3);
    assert_int_equal(t->row[0].id, 1);
    assert_int_equal(t->row[1].id, 2);
    assert_int_equal(t->row[2].id, INT32_MAX);
    assert_false(alarms_update(t, &wanted, 3, &change));
    alarms_free(t);
    free(t);
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, rig_setup, rig_teardown)
    const struct CMUnitTest tests[] = {
        CASE(test_before_any_reading),
        CASE(test_snapshot_is_immutable),
        CASE(test_stale_values_are_withdrawn),
        CASE(test_hold_keeps_the_last_values),
        CASE(test_slow_polls_have_three_chances),
        CASE(test_old_reading_of_a_failed_poll_is_no_news),
        CASE(test_good_reading_under_a_failed_poll_counts),
        CASE(test_alarm_ids_are_stable),
        CASE(test_alarms_found_at_start_have_time_zero),
        CASE(test_line_bads_count_once_a_failure),
        CASE(test_log_says_little),
        CASE(test_next_moment_is_known),
        cmocka_unit_test(test_ids_wrap_to_the_first_free),
    };

    return cmocka_run_group_tests_name("core", tests, NULL, NULL);
}
