/* SPDX-License-Identifier: BSD-2-Clause */
/* What the core knows again after a restart, and what it tells of the time between. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core_rig.h"

static void alarm_set(struct rig *r, enum ups_alarm alarm)
{
    ups_alarm_add(&r->report.reading.alarms, alarm);
}

static void test_rows_that_stand_keep_their_ids(void **state)
{
    struct rig *r = *state;
    uint32_t battery, input;
    int64_t since;

    rig_reading(r, OL, true);
    rig_next(r, OB, false);
    since = r->now_ms;
    alarm_set(r, UPS_ALARM_INPUT_BAD);
    rig_next(r, OB, false);
    battery = rig_alarm_id(r, UPS_ALARM_ON_BATTERY);
    input = rig_alarm_id(r, UPS_ALARM_INPUT_BAD);
    rig_restart(r, 4000);
    rig_forget(r);
    /* before the first reading, too: nobody knows better */
    assert_int_equal(rig_alarm_id(r, UPS_ALARM_ON_BATTERY), battery);
    alarm_set(r, UPS_ALARM_INPUT_BAD);
    rig_reading(r, OB, true);
    assert_int_equal(rig_alarm_id(r, UPS_ALARM_ON_BATTERY), battery);
    assert_int_equal(rig_alarm_id(r, UPS_ALARM_INPUT_BAD), input);
    assert_int_equal(r->events.count, 1);
    assert_int_equal(r->events.list[0].kind, EVENT_ON_BATTERY);
    const struct snapshot *s = core_hold(r->core, 0);
    assert_int_equal(s->alarm[0].since_ms, since);
    assert_int_equal(s->counters.to_battery, 1);
    snapshot_release(s);
}

static void test_rows_that_are_gone_and_new_ones(void **state)
{
    struct rig *r = *state;
    uint32_t id;

    rig_reading(r, OL, true);
    rig_next(r, OB, false);
    id = rig_alarm_id(r, UPS_ALARM_ON_BATTERY);
    rig_restart(r, 4000);
    rig_forget(r);
    alarm_set(r, UPS_ALARM_FAN_FAILURE);
    rig_reading(r, OL, true);
    assert_int_equal(rig_count(r, EVENT_ALARM_REMOVED, UPS_ALARM_ON_BATTERY), 1);
    assert_int_equal(rig_last(r, EVENT_ALARM_REMOVED)->alarm_id, id);
    assert_int_equal(rig_count(r, EVENT_OWN_ALARM_CLEARED, UPS_ALARM_ON_BATTERY), 1);
    assert_int_equal(rig_count(r, EVENT_ALARM_ADDED, UPS_ALARM_FAN_FAILURE), 1);
    assert_int_equal(r->events.count, 4);
    assert_int_equal(rig_alarm_id(r, UPS_ALARM_FAN_FAILURE), id + 1);
}

static void test_ids_never_repeat(void **state)
{
    struct rig *r = *state;

    for (uint32_t i = 1; i <= 5; i++) {
        rig_next(r, OB, true);
        assert_int_equal(rig_alarm_id(r, UPS_ALARM_ON_BATTERY), i);
        rig_next(r, OL, true);
        rig_restart(r, 1000);
    }
}

static void test_lost_before_and_found_again(void **state)
{
    struct rig *r = *state;
    uint32_t id;

    rig_later(r, 6000);
    id = rig_alarm_id(r, UPS_ALARM_COMMUNICATIONS_LOST);
    assert_int_not_equal(id, 0);
    rig_restart(r, 1000);
    rig_forget(r);
    assert_int_equal(rig_alarm_id(r, UPS_ALARM_COMMUNICATIONS_LOST), id);
    rig_fails(r, UNIT_CONNECTING, "no such port");
    for (int s = 0; s < 20; s++)
        rig_later(r, 1000);
    assert_int_equal(rig_alarm_id(r, UPS_ALARM_COMMUNICATIONS_LOST), id);
    assert_int_equal(r->events.count, 0);
    rig_next(r, OL, true);
    assert_int_equal(rig_alarm_id(r, UPS_ALARM_COMMUNICATIONS_LOST), 0);
    assert_int_equal(rig_count(r, EVENT_COMM_RESTORED, UPS_ALARM_NONE), 1);
    assert_int_equal(rig_count(r, EVENT_ALARM_REMOVED, UPS_ALARM_COMMUNICATIONS_LOST), 1);
}

static void test_status_edges_over_a_restart(void **state)
{
    struct rig *r = *state;

    rig_reading(r, BYPASS | OVER, true);
    rig_restart(r, 1000);
    rig_forget(r);
    rig_reading(r, BYPASS, true);
    assert_int_equal(rig_count(r, EVENT_BYPASS_ON, UPS_ALARM_NONE), 0);
    assert_int_equal(rig_count(r, EVENT_OVERLOAD_OFF, UPS_ALARM_NONE), 1);
    /* an alarm of the unit's own, no word: nothing that could end */
    alarm_set(r, UPS_ALARM_OUTPUT_OVERLOAD);
    rig_next(r, OL, true);
    rig_restart(r, 1000);
    rig_forget(r);
    alarm_set(r, UPS_ALARM_OUTPUT_OVERLOAD);
    rig_reading(r, OL, true);
    assert_int_equal(r->events.count, 0);
}

static void test_counters_go_on(void **state)
{
    struct rig *r = *state;
    struct snap_counters c;

    rig_reading(r, OL, true);
    rig_next(r, OB, false);
    rig_next(r, OL, false);
    rig_next(r, OB, false);
    r->now_ms += 2500;
    rig_restart(r, 60000); /* the stay on battery counts up to the end of the program */
    rig_next(r, OL, true);
    const struct snapshot *s = core_hold(r->core, 0);
    c = s->counters;
    assert_int_equal(s->input_line_bads, 0);
    snapshot_release(s);
    assert_int_equal(c.to_battery, 2);
    assert_int_equal(c.battery_ms, 3500);
    assert_int_equal(c.volt_min[0], 230100);
    assert_int_equal(c.volt_reset_wall, r->wall_ms + 1000000);
}

static void test_names_that_were_set(void **state)
{
    struct rig *r = *state;
    struct core_unit *u = &r->core->unit[0];

    snprintf(u->ident_name, sizeof(u->ident_name), "rack 4");
    snprintf(u->attached_devices, sizeof(u->attached_devices), "db1");
    u->ident_set = true;
    rig_reading(r, OL, true);
    rig_restart(r, 1000);
    const struct snapshot *s = core_hold(r->core, 0);
    assert_string_equal(s->ident_name, "rack 4");
    assert_string_equal(s->attached_devices, "db1");
    snapshot_release(s);
    /* else the configuration's */
    core_free(r->core);
    state_unit_init(&r->state.unit);
    r->unit.desc = "another";
    r->core =
        core_new(&(struct core_config){.conf = &r->conf, .clock = &r->clock, .state = &r->state});
    s = core_hold(r->core, 0);
    assert_string_equal(s->ident_name, "another");
    snapshot_release(s);
}

/* -- tests ------------------------------------------------------------------------------------ */

static void test_result_of_the_last_test(void **state)
{
    struct rig *r = *state;
    const struct snapshot *s;
    int64_t began;

    rig_reading(r, OL, true);
    rig_next(r, OL | CAL, false);
    began = r->now_ms;
    rig_next(r, OL | RB, true);
    uint32_t id = rig_alarm_id(r, UPS_ALARM_DIAGNOSTIC_TEST_FAILED);
    r->core->unit[0].test.lock = 5;
    rig_restart(r, 1000);
    rig_forget(r);
    s = core_hold(r->core, 0);
    assert_int_equal(s->test_result, SNAP_TEST_ERROR);
    assert_int_equal(s->test_id, SNAP_TEST_ID_AT_UPS);
    assert_int_equal(s->test_start_ms, began);
    assert_int_equal(s->test_end_ms, began + 1000);
    assert_int_equal(s->test_spin_lock, 1); /* RFC 1628: 1 when the agent starts */
    snapshot_release(s);
    assert_int_equal(rig_alarm_id(r, UPS_ALARM_DIAGNOSTIC_TEST_FAILED), id);
    rig_reading(r, OL | RB, true);
    assert_int_equal(rig_alarm_id(r, UPS_ALARM_DIAGNOSTIC_TEST_FAILED), id);
    assert_int_equal(r->events.count, 0);
}

static void test_running_test_goes_on(void **state)
{
    struct rig *r = *state;

    rig_reading(r, OL, true);
    test_started(r->core, &r->core->unit[0], SNAP_TEST_ID_QUICK);
    int64_t began = r->wall_ms + r->now_ms;
    rig_next(r, OL | CAL, true);
    rig_restart(r, 2000);
    rig_forget(r);
    rig_reading(r, OL | CAL, true);
    assert_int_equal(rig_count(r, EVENT_TEST_COMPLETED, UPS_ALARM_NONE), 0);
    rig_next(r, OL, false);
    rig_next(r, OL, true);
    assert_int_equal(rig_count(r, EVENT_TEST_COMPLETED, UPS_ALARM_NONE), 1);
    const struct event *e = rig_last(r, EVENT_TEST_COMPLETED);
    assert_int_equal(e->number[EVENT_N_TEST_ID], SNAP_TEST_ID_QUICK);
    assert_int_equal(e->number[EVENT_N_TEST_START], began);
    assert_int_equal(e->number[EVENT_N_TEST_LENGTH], 4000);
    assert_int_equal(e->number[EVENT_N_TEST_RESULT], SNAP_TEST_PASS);
}

static void test_that_ended_meanwhile(void **state)
{
    struct rig *r = *state;

    rig_reading(r, OL, true);
    rig_next(r, OL | CAL, true);
    rig_restart(r, 20000);
    rig_forget(r);
    rig_reading(r, OL, true);
    assert_int_equal(rig_count(r, EVENT_TEST_COMPLETED, UPS_ALARM_NONE), 1);
    assert_int_equal(rig_last(r, EVENT_TEST_COMPLETED)->number[EVENT_N_TEST_RESULT],
                     SNAP_TEST_ABORTED);
    assert_false(rig_alarm(r, UPS_ALARM_TEST_IN_PROGRESS));
}

static void test_that_awaits_its_result(void **state)
{
    struct rig *r = *state;

    rig_reading(r, OL, true);
    rig_next(r, OL | CAL, true);
    rig_next(r, OL, false);
    rig_restart(r, 20000);
    rig_forget(r);
    rig_reading(r, OL, true);
    const struct event *e = rig_last(r, EVENT_TEST_COMPLETED);
    assert_int_equal(e->number[EVENT_N_TEST_RESULT], SNAP_TEST_PASS);
    assert_int_equal(e->number[EVENT_N_TEST_LENGTH], 1000);
}

static void test_that_nobody_can_ask_about(void **state)
{
    struct rig *r = *state;

    rig_reading(r, OL, true);
    rig_next(r, OL | CAL, true);
    rig_restart(r, 1000);
    rig_forget(r);
    rig_later(r, 5000);
    assert_int_equal(rig_count(r, EVENT_TEST_COMPLETED, UPS_ALARM_NONE), 1);
    assert_string_equal(rig_last(r, EVENT_TEST_COMPLETED)->text, "communication was lost");
}

/* -- the state file --------------------------------------------------------------------------- */

/* Readings that say nothing new write nothing, however the two clocks drift. */
static void test_nothing_new_is_not_written(void **state)
{
    struct rig *r = *state;
    unsigned puts;

    rig_reading(r, OL, true);
    rig_next(r, OB | CAL, true);
    puts = r->state.puts;
    for (int i = 0; i < 1000; i++) {
        r->wall_ms += i % 3 - 1;
        rig_next(r, OB | CAL, i % 10 == 0);
    }
    assert_int_equal(r->state.puts, puts);
}

/* A host without a clock of its own learns the time when it runs already. */
static void test_clock_that_is_set(void **state)
{
    struct rig *r = *state;

    r->wall_ms = -900000;
    rig_restart(r, 0);
    rig_reading(r, OL, true);
    rig_next(r, OB, false);
    r->wall_ms = INT64_C(1700000000000);
    int64_t since = r->now_ms;
    rig_next(r, OB, false);
    assert_int_equal(r->state.unit.alarm[0].since_wall, r->wall_ms + since);
}

static void test_clock_that_is_set_back(void **state)
{
    struct rig *r = *state;

    rig_reading(r, OL, true);
    rig_next(r, OB | CAL, false);
    r->wall_ms -= 3600000;
    memset(&r->report, 0, sizeof(r->report));
    struct state_unit before = r->state.unit;
    core_free(r->core);
    r->state.unit = before;
    r->core =
        core_new(&(struct core_config){.conf = &r->conf, .clock = &r->clock, .state = &r->state});
    const struct snapshot *s = core_hold(r->core, 0);
    assert_int_equal(s->alarm[0].since_ms, r->now_ms);
    assert_int_equal(s->test_start_ms, r->now_ms);
    snapshot_release(s);
}

static void test_rows_that_make_no_sense_are_left_out(void **state)
{
    struct rig *r = *state;
    const struct snapshot *s;

    core_free(r->core);
    r->state.unit.next_alarm_id = 9;
    r->state.unit.alarm_count = 5;
    r->state.unit.alarm[0] = (struct state_alarm){7, UPS_ALARM_FAN_FAILURE, 0};
    r->state.unit.alarm[1] = (struct state_alarm){7, UPS_ALARM_FUSE_FAILURE, 0};
    r->state.unit.alarm[2] = (struct state_alarm){8, UPS_ALARM_FAN_FAILURE, 0};
    r->state.unit.alarm[3] = (struct state_alarm){0, UPS_ALARM_TEMP_BAD, 0};
    r->state.unit.alarm[4] = (struct state_alarm){3, UPS_ALARM_OUTPUT_BAD, 0};
    r->core =
        core_new(&(struct core_config){.conf = &r->conf, .clock = &r->clock, .state = &r->state});
    s = core_hold(r->core, 0);
    assert_int_equal(s->alarm_count, 2);
    assert_int_equal(s->alarm[0].id, 3);
    assert_int_equal(s->alarm[0].alarm, UPS_ALARM_OUTPUT_BAD);
    assert_true(s->alarm[0].since_ms == INT64_MIN);
    assert_int_equal(s->alarm[1].id, 7);
    snapshot_release(s);
    rig_reading(r, OB, true);
    assert_int_equal(rig_alarm_id(r, UPS_ALARM_ON_BATTERY), 9);
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, rig_setup, rig_teardown)
    const struct CMUnitTest tests[] = {
        CASE(test_rows_that_stand_keep_their_ids),
        CASE(test_rows_that_are_gone_and_new_ones),
        CASE(test_ids_never_repeat),
        CASE(test_lost_before_and_found_again),
        CASE(test_status_edges_over_a_restart),
        CASE(test_counters_go_on),
        CASE(test_names_that_were_set),
        CASE(test_result_of_the_last_test),
        CASE(test_running_test_goes_on),
        CASE(test_that_ended_meanwhile),
        CASE(test_that_awaits_its_result),
        CASE(test_that_nobody_can_ask_about),
        CASE(test_nothing_new_is_not_written),
        CASE(test_clock_that_is_set),
        CASE(test_clock_that_is_set_back),
        CASE(test_rows_that_make_no_sense_are_left_out),
    };

    return cmocka_run_group_tests_name("core_restart", tests, NULL, NULL);
}
