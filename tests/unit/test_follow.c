/* SPDX-License-Identifier: BSD-2-Clause */
/* What the core makes of edges: events, counters, the history. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core_rig.h"

static void alarm_set(struct rig *r, enum ups_alarm alarm)
{
    ups_alarm_add(&r->report.reading.alarms, alarm);
}

static void alarms_clear(struct rig *r)
{
    memset(&r->report.reading.alarms, 0, sizeof(r->report.reading.alarms));
}

/* The kinds since the last rig_forget(), in their order. */
static void assert_kinds(const struct rig *r, const enum event_kind *kinds, uint32_t count)
{
    for (uint32_t i = 0; i < count && i < r->events.count; i++)
        assert_string_equal(event_kinds[r->events.list[i].kind].name, event_kinds[kinds[i]].name);
    assert_int_equal(r->events.count, count);
}

#define ASSERT_KINDS(r, ...)                                                                       \
    assert_kinds(r, (const enum event_kind[]){__VA_ARGS__},                                        \
                 sizeof((enum event_kind[]){__VA_ARGS__}) / sizeof(enum event_kind))

/* -- alarm rows ------------------------------------------------------------------------------- */

static void test_added_and_removed(void **state)
{
    struct rig *r = *state;
    uint32_t id;

    rig_reading(r, OL, true);
    assert_int_equal(r->events.count, 0);
    alarm_set(r, UPS_ALARM_HUAWEI_22_1);
    rig_next(r, OL, true);
    ASSERT_KINDS(r, EVENT_ALARM_ADDED, EVENT_OWN_ALARM_ADDED);
    id = rig_alarm_id(r, UPS_ALARM_HUAWEI_22_1);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(r->events.list[i].alarm, UPS_ALARM_HUAWEI_22_1);
        assert_int_equal(r->events.list[i].alarm_id, id);
        assert_int_equal(r->events.list[i].unit, 0);
        assert_string_equal(r->events.list[i].text, ups_alarms[UPS_ALARM_HUAWEI_22_1].text);
    }
    rig_forget(r);
    for (int i = 0; i < 100; i++)
        rig_next(r, OL, i % 2);
    assert_int_equal(r->events.count, 0);
    alarms_clear(r);
    rig_next(r, OL, true);
    ASSERT_KINDS(r, EVENT_ALARM_REMOVED, EVENT_OWN_ALARM_CLEARED);
    assert_int_equal(r->events.list[0].alarm_id, id);
}

/* RFC 1628: no "added" for upsAlarmOnBattery, but "removed"; neither for upsAlarmTestInProgress. */
static void test_alarms_with_notifications_of_their_own(void **state)
{
    struct rig *r = *state;

    rig_reading(r, OL, true);
    rig_next(r, OB, false);
    ASSERT_KINDS(r, EVENT_ON_BATTERY, EVENT_OWN_ALARM_ADDED);
    rig_forget(r);
    rig_next(r, OL, false);
    ASSERT_KINDS(r, EVENT_ALARM_REMOVED, EVENT_OWN_ALARM_CLEARED);
    assert_int_equal(r->events.list[0].alarm, UPS_ALARM_ON_BATTERY);
    rig_forget(r);
    rig_next(r, OL | CAL, false);
    ASSERT_KINDS(r, EVENT_OWN_ALARM_ADDED);
    rig_forget(r);
    rig_next(r, OL, true);
    ASSERT_KINDS(r, EVENT_TEST_COMPLETED, EVENT_OWN_ALARM_CLEARED);
}

static void test_alarms_at_the_first_reading_are_added(void **state)
{
    struct rig *r = *state;

    alarm_set(r, UPS_ALARM_CHARGER_FAILED);
    rig_reading(r, OL, true);
    ASSERT_KINDS(r, EVENT_ALARM_ADDED, EVENT_OWN_ALARM_ADDED);
}

static void test_all_gone_before_new_ones_come(void **state)
{
    struct rig *r = *state;

    rig_reading(r, OL, true);
    alarm_set(r, UPS_ALARM_INPUT_BAD);
    rig_next(r, OB, false);
    rig_forget(r);
    alarms_clear(r);
    alarm_set(r, UPS_ALARM_FAN_FAILURE);
    rig_next(r, OL, false);
    ASSERT_KINDS(r, EVENT_ALARM_REMOVED, EVENT_OWN_ALARM_CLEARED, EVENT_ALARM_REMOVED,
                 EVENT_OWN_ALARM_CLEARED, EVENT_ALARM_ADDED, EVENT_OWN_ALARM_ADDED);
}

/* -- on battery ------------------------------------------------------------------------------- */

static void test_on_battery_each_minute(void **state)
{
    struct rig *r = *state;

    ups_set(&r->report.reading, UPS_VAR_BATTERY_RUNTIME, 0, 659000); /* 10 min 59 s */
    ups_set(&r->report.reading, UPS_VAR_BATTERY_RUNTIME_LOW, 0, 180000);
    rig_reading(r, OL, true);
    rig_next(r, OB, true);
    const struct event *e = rig_last(r, EVENT_ON_BATTERY);
    assert_int_equal(e->number[EVENT_N_MINUTES], 10);
    assert_int_equal(e->number[EVENT_N_SECONDS], 0);
    assert_int_equal(e->number[EVENT_N_LOW], 3);
    assert_int_equal(e->alarm, UPS_ALARM_NONE);
    for (int s = 1; s < 60; s++)
        rig_next(r, OB, false);
    assert_int_equal(rig_count(r, EVENT_ON_BATTERY, UPS_ALARM_NONE), 1);
    ups_set(&r->report.reading, UPS_VAR_BATTERY_RUNTIME, 0, 59000);
    rig_next(r, OB, false);
    assert_int_equal(rig_count(r, EVENT_ON_BATTERY, UPS_ALARM_NONE), 2);
    e = rig_last(r, EVENT_ON_BATTERY);
    assert_int_equal(e->number[EVENT_N_MINUTES], 1); /* below a minute, but there is an estimate */
    assert_int_equal(e->number[EVENT_N_SECONDS], 60);
    for (int s = 0; s < 120; s++)
        rig_next(r, OB, false);
    assert_int_equal(rig_count(r, EVENT_ON_BATTERY, UPS_ALARM_NONE), 4);
    rig_next(r, OL, false);
    for (int s = 0; s < 120; s++)
        rig_next(r, OL, false);
    assert_int_equal(rig_count(r, EVENT_ON_BATTERY, UPS_ALARM_NONE), 4);
}

static void test_on_battery_comes_without_a_reading(void **state)
{
    struct rig *r = *state;

    r->unit.timing.pollinterval_ms = 100000;
    r->unit.timing.maxage_ms = 200000;
    rig_reading(r, OL, true);
    rig_next(r, OB, false);
    assert_int_equal(core_next_ms(r->core), r->now_ms + 60000);
    rig_later(r, 59999);
    assert_int_equal(rig_count(r, EVENT_ON_BATTERY, UPS_ALARM_NONE), 1);
    rig_later(r, 1);
    assert_int_equal(rig_count(r, EVENT_ON_BATTERY, UPS_ALARM_NONE), 2);
}

/* It must be carried, and 0 is what it carries when nobody knows. */
static void test_on_battery_of_unknown_length(void **state)
{
    struct rig *r = *state;

    rig_reading(r, OL, true);
    rig_next(r, OB, false);
    assert_int_equal(rig_last(r, EVENT_ON_BATTERY)->number[EVENT_N_MINUTES], 0);
    assert_int_equal(rig_last(r, EVENT_ON_BATTERY)->number[EVENT_N_LOW], 0);
    rig_next(r, OL, false);
    ups_set(&r->report.reading, UPS_VAR_BATTERY_RUNTIME, 0, INT64_C(65535) * 60000);
    rig_next(r, OB, false);
    assert_int_equal(rig_last(r, EVENT_ON_BATTERY)->number[EVENT_N_MINUTES], 0);
}

static void test_on_battery_stops_when_the_unit_goes_off(void **state)
{
    struct rig *r = *state;

    rig_reading(r, OL, true);
    rig_next(r, OB, false);
    for (int s = 0; s < 100; s++)
        rig_next(r, OFF, false);
    assert_int_equal(rig_count(r, EVENT_ON_BATTERY, UPS_ALARM_NONE), 1);
}

static void test_on_battery_is_not_repeated_of_a_silent_unit(void **state)
{
    struct rig *r = *state;

    r->unit.timing.on_stale = CONF_STALE_HOLD;
    rig_reading(r, OL, true);
    rig_next(r, OB, false);
    for (int s = 0; s < 200; s++)
        rig_later(r, 1000);
    assert_int_equal(rig_count(r, EVENT_ON_BATTERY, UPS_ALARM_NONE), 1);
    assert_true(core_next_ms(r->core) == INT64_MAX);
    /* no second transfer, but its minute is long over */
    rig_next(r, OB, false);
    assert_int_equal(rig_count(r, EVENT_ON_BATTERY, UPS_ALARM_NONE), 2);
    assert_int_equal(rig_last(r, EVENT_ON_BATTERY)->number[EVENT_N_SECONDS], 201);
}

static void test_on_battery_at_the_first_reading(void **state)
{
    struct rig *r = *state;

    r->now_ms += 2000;
    rig_reading(r, OB, true);
    assert_int_equal(rig_count(r, EVENT_ON_BATTERY, UPS_ALARM_NONE), 1);
    assert_int_equal(rig_last(r, EVENT_ON_BATTERY)->number[EVENT_N_SECONDS], 2);
}

/* -- status words ----------------------------------------------------------------------------- */

static void test_status_edges(void **state)
{
    static const struct {
        uint32_t status;
        enum event_kind on, off;
    } rows[] = {
        {UPS_STATUS_MASK(BYPASS), EVENT_BYPASS_ON, EVENT_BYPASS_OFF},
        {UPS_STATUS_MASK(ECO), EVENT_ECO_ON, EVENT_ECO_OFF},
        {UPS_STATUS_MASK(OVER), EVENT_OVERLOAD_ON, EVENT_OVERLOAD_OFF},
        {UPS_STATUS_MASK(RB), EVENT_BATTERY_REPLACE, EVENT_KINDS},
        {UPS_STATUS_MASK(OFF), EVENT_OUTPUT_OFF, EVENT_OUTPUT_ON},
    };
    struct rig *r = *state;

    rig_reading(r, OL, true);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        rig_forget(r);
        rig_next(r, rows[i].status, false);
        rig_next(r, rows[i].status, true);
        assert_int_equal(rig_count(r, rows[i].on, UPS_ALARM_NONE), 1);
        assert_string_not_equal(rig_last(r, rows[i].on)->text, "");
        assert_int_equal(rig_last(r, rows[i].on)->alarm, UPS_ALARM_NONE);
        if (rows[i].off != EVENT_KINDS)
            assert_int_equal(rig_count(r, rows[i].off, UPS_ALARM_NONE), 0);
        rig_next(r, OL, false);
        rig_next(r, OL, true);
        if (rows[i].off != EVENT_KINDS)
            assert_int_equal(rig_count(r, rows[i].off, UPS_ALARM_NONE), 1);
        assert_int_equal(rig_count(r, rows[i].on, UPS_ALARM_NONE), 1);
    }
}

/* What changed while nobody could look is told when somebody can. */
static void test_edges_over_a_silence(void **state)
{
    struct rig *r = *state;

    rig_reading(r, BYPASS, true);
    rig_forget(r);
    rig_later(r, 20000);
    assert_int_equal(rig_count(r, EVENT_BYPASS_OFF, UPS_ALARM_NONE), 0);
    rig_next(r, BYPASS, true);
    assert_int_equal(rig_count(r, EVENT_BYPASS_ON, UPS_ALARM_NONE), 0);
    rig_later(r, 20000);
    rig_next(r, OFF, true);
    assert_int_equal(rig_count(r, EVENT_BYPASS_OFF, UPS_ALARM_NONE), 1);
    assert_int_equal(rig_count(r, EVENT_OUTPUT_OFF, UPS_ALARM_NONE), 1);
}

static void test_eco_is_no_news_at_the_first_reading(void **state)
{
    struct rig *r = *state;

    rig_reading(r, OL | ECO, true);
    assert_int_equal(r->events.count, 0);
    rig_next(r, OL, false);
    ASSERT_KINDS(r, EVENT_ECO_OFF);
}

/* -- communication ---------------------------------------------------------------------------- */

static void test_communication(void **state)
{
    struct rig *r = *state;

    rig_reading(r, OL, true);
    rig_fails(r, UNIT_LOST, "unplugged");
    assert_int_equal(r->events.count, 0);
    for (int s = 0; s < 100; s++)
        rig_later(r, 1000);
    ASSERT_KINDS(r, EVENT_ALARM_ADDED, EVENT_OWN_ALARM_ADDED, EVENT_COMM_LOST);
    assert_string_equal(r->events.list[2].text, "unplugged");
    rig_forget(r);
    rig_next(r, OL, true);
    ASSERT_KINDS(r, EVENT_ALARM_REMOVED, EVENT_OWN_ALARM_CLEARED, EVENT_COMM_RESTORED);
}

/* "On battery" removed means "power restored": not what a cable that fell out may say. */
static void test_a_silent_unit_keeps_its_alarms(void **state)
{
    struct rig *r = *state;
    uint32_t id;

    rig_reading(r, OL, true);
    alarm_set(r, UPS_ALARM_INPUT_BAD);
    rig_next(r, OB, true);
    id = rig_alarm_id(r, UPS_ALARM_ON_BATTERY);
    rig_forget(r);
    rig_later(r, 60000);
    assert_int_equal(rig_count(r, EVENT_ALARM_REMOVED, UPS_ALARM_NONE), 0);
    assert_int_equal(rig_alarm_id(r, UPS_ALARM_ON_BATTERY), id);
    assert_true(rig_alarm(r, UPS_ALARM_INPUT_BAD));
    assert_true(rig_alarm(r, UPS_ALARM_COMMUNICATIONS_LOST));
    rig_fails(r, UNIT_UP, ""); /* open again, nothing read yet */
    assert_int_equal(rig_alarm_id(r, UPS_ALARM_ON_BATTERY), id);
    alarms_clear(r);
    rig_next(r, OL, true);
    assert_int_equal(rig_count(r, EVENT_ALARM_REMOVED, UPS_ALARM_ON_BATTERY), 1);
    assert_int_equal(rig_count(r, EVENT_ALARM_REMOVED, UPS_ALARM_NONE), 3);
    assert_false(rig_alarm(r, UPS_ALARM_ON_BATTERY));
}

static void test_connection_in_the_snapshot(void **state)
{
    struct rig *r = *state;
    const struct snapshot *s = core_hold(r->core, 0);

    assert_int_equal(s->good_ms, -1);
    assert_int_equal(s->error_ms, -1);
    assert_int_equal(s->link, UNIT_CONNECTING);
    snapshot_release(s);
    rig_reading(r, OL, true);
    r->report.count.timeouts = 7;
    r->report.reconnects = 2;
    r->report.full_ms = 1234;
    r->now_ms += 500;
    rig_fails(r, UNIT_UP, "no answer to 1024");
    r->now_ms += 500;
    rig_fails(r, UNIT_UP, "no answer to 1024");
    s = core_hold(r->core, 0);
    assert_int_equal(s->link, UNIT_UP);
    assert_int_equal(s->link_since_ms, 1000000);
    assert_int_equal(s->good_ms, 1000000);
    assert_int_equal(s->error_ms, 1000500);
    assert_string_equal(s->error, "no answer to 1024");
    assert_int_equal(s->missed, 2);
    assert_int_equal(s->count.timeouts, 7);
    assert_int_equal(s->reconnects, 2);
    assert_int_equal(s->full_ms, 1234);
    snapshot_release(s);
    rig_next(r, OL, true);
    s = core_hold(r->core, 0);
    assert_string_equal(s->error, "no answer to 1024");
    assert_int_equal(s->missed, 0);
    snapshot_release(s);
}

/* -- counters --------------------------------------------------------------------------------- */

static struct snap_counters counters(struct rig *r)
{
    const struct snapshot *s = core_hold(r->core, 0);
    struct snap_counters c = s->counters;

    snapshot_release(s);
    return c;
}

static void test_transfers_and_times(void **state)
{
    struct rig *r = *state;

    rig_reading(r, OL, true);
    assert_int_equal(counters(r).battery_since, -1);
    for (int i = 0; i < 3; i++) {
        rig_next(r, OB, false);
        assert_int_equal(counters(r).battery_since, r->now_ms);
        rig_next(r, OB, false);
        rig_next(r, OL, false);
    }
    assert_int_equal(counters(r).to_battery, 3);
    assert_int_equal(counters(r).battery_ms, 6000);
    assert_int_equal(counters(r).battery_since, -1);
    assert_int_equal(counters(r).to_bypass, 0);
    rig_next(r, BYPASS, false);
    rig_next(r, OB, false);
    assert_int_equal(counters(r).to_bypass, 1);
    assert_int_equal(counters(r).bypass_ms, 1000);
    assert_int_equal(counters(r).to_battery, 4);
}

static void test_time_of_silence_counts_for_nothing(void **state)
{
    struct rig *r = *state;

    rig_reading(r, OL, true);
    rig_next(r, OB, false);
    rig_next(r, OB, false);
    rig_later(r, 100000);
    assert_int_equal(counters(r).battery_ms, 1000);
    assert_int_equal(counters(r).battery_since, -1);
    rig_next(r, OB, false);
    rig_next(r, OL, false);
    assert_int_equal(counters(r).to_battery, 1);
    assert_int_equal(counters(r).battery_ms, 2000);
}

static void test_found_on_battery_is_no_transfer(void **state)
{
    struct rig *r = *state;

    rig_reading(r, OB, true);
    rig_next(r, OL, true);
    assert_int_equal(counters(r).to_battery, 0);
    assert_int_equal(counters(r).battery_ms, 1000);
}

static void test_cause_of_the_last_transfer(void **state)
{
    struct rig *r = *state;

    rig_reading(r, OL, true);
    assert_int_equal(counters(r).last_cause, UPS_ALARM_NONE);
    rig_next(r, OB | CAL, false);
    assert_int_equal(counters(r).last_cause, UPS_ALARM_TEST_IN_PROGRESS);
    rig_next(r, OL, true);
    rig_next(r, OB, false);
    assert_int_equal(counters(r).last_cause, UPS_ALARM_NONE);
    alarm_set(r, UPS_ALARM_INPUT_BAD);
    rig_next(r, OB, true);
    assert_int_equal(counters(r).last_cause, UPS_ALARM_INPUT_BAD);
    alarms_clear(r);
    rig_next(r, OL, true);
    assert_int_equal(counters(r).last_cause, UPS_ALARM_INPUT_BAD);
}

static void test_input_voltage_extremes(void **state)
{
    struct rig *r = *state;

    assert_true(counters(r).volt_min[0] == INT64_MAX);
    rig_reading(r, OL, true);
    ups_set(&r->report.reading, UPS_VAR_INPUT_VOLTAGE, 1, 229000);
    r->now_ms += 1000;
    r->report.reading.taken_ms = r->now_ms;
    ups_set(&r->report.reading, UPS_VAR_INPUT_VOLTAGE, 0, 251300);
    core_report(r->core, 0, &r->report);
    rig_next(r, OL, true);
    assert_int_equal(counters(r).volt_max[0], 251300);
    assert_int_equal(counters(r).volt_min[0], 230100);
    assert_int_equal(counters(r).volt_min[1], 229000);
    assert_int_equal(counters(r).volt_max[1], 229000);
    assert_true(counters(r).volt_max[2] == INT64_MIN);
    assert_int_equal(counters(r).volt_reset_wall, r->wall_ms + 1000000);
}

static void input_voltage(struct rig *r, uint32_t words, int64_t milli)
{
    r->now_ms += 1000;
    r->report.reading.taken_ms = r->now_ms;
    r->report.reading.status = words;
    ups_set(&r->report.reading, UPS_VAR_INPUT_VOLTAGE, 0, milli);
    core_report(r->core, 0, &r->report);
}

/* A failure is no low voltage, a brownout on battery is one. */
static void test_dead_line_is_no_extreme(void **state)
{
    struct rig *r = *state;

    rig_reading(r, OL, true);
    input_voltage(r, OL, 228000);
    input_voltage(r, OB, 0);
    input_voltage(r, OB, 9900);
    assert_int_equal(counters(r).volt_min[0], 228000);
    input_voltage(r, OB, 168000);
    assert_int_equal(counters(r).volt_min[0], 168000);
    input_voltage(r, OB, 10000);
    assert_int_equal(counters(r).volt_min[0], 10000);
}

/* -- the history ------------------------------------------------------------------------------ */

static void test_history(void **state)
{
    struct rig *r = *state;
    const struct snap_agent *a = core_hold_agent(r->core);

    assert_int_equal(a->history_count, 0);
    assert_int_equal(a->start_wall, r->wall_ms + 1000000);
    snap_agent_release(a);
    rig_reading(r, OL, true);
    rig_next(r, OB, false);
    rig_next(r, OL, false);
    a = core_hold_agent(r->core);
    assert_int_equal(a->history_count, 2);
    assert_int_equal(a->history[0].seq, 1);
    assert_true(a->history[0].began);
    assert_int_equal(a->history[0].alarm, UPS_ALARM_ON_BATTERY);
    assert_int_equal(a->history[0].id, 1);
    assert_int_equal(a->history[0].wall_ms, r->wall_ms + r->now_ms - 1000);
    assert_int_equal(a->history[1].seq, 2);
    assert_false(a->history[1].began);
    assert_int_equal(a->history[1].id, 1);
    snap_agent_release(a);
}

static void test_history_keeps_the_newest(void **state)
{
    struct rig *r = *state;
    const struct snap_agent *a;

    rig_reading(r, OL, true);
    for (int i = 0; i < 300; i++)
        rig_next(r, i % 2 ? OL : OB, false);
    a = core_hold_agent(r->core);
    assert_int_equal(a->history_count, SNAP_HISTORY_MAX);
    for (uint32_t i = 0; i < SNAP_HISTORY_MAX; i++)
        assert_int_equal(a->history[i].seq, 300 - SNAP_HISTORY_MAX + 1 + i);
    assert_int_equal(a->history[SNAP_HISTORY_MAX - 1].id, 150);
    snap_agent_release(a);
}

/* -- taking events ---------------------------------------------------------------------------- */

static void test_events_are_handed_out_in_order(void **state)
{
    struct rig *r = *state;
    const struct snap_agent *a;
    struct event e;

    assert_false(core_event_take(r->core, &e));
    assert_true(core_event_next_ms(r->core) == INT64_MAX);
    rig_reading(r, OL, true);
    unsigned wakes = r->wakes;
    rig_next(r, OB, false);
    assert_true(r->wakes > wakes);
    assert_int_equal(core_event_next_ms(r->core), 0);
    assert_true(core_event_take(r->core, &e));
    assert_int_equal(e.kind, EVENT_ON_BATTERY);
    a = core_hold_agent(r->core);
    assert_int_equal(a->events_waiting, 2);
    snap_agent_release(a);
    core_event_fate(r->core, e.seq, EVENT_DELIVERED);
    a = core_hold_agent(r->core);
    assert_int_equal(a->last_seq, 2);
    assert_int_equal(a->events_waiting, 1);
    assert_int_equal(a->events_delivered, 1);
    snap_agent_release(a);
    assert_true(core_event_take(r->core, &e));
    assert_int_equal(e.kind, EVENT_OWN_ALARM_ADDED);
    assert_false(core_event_take(r->core, &e));
}

static void test_without_queue_and_state_file(void **state)
{
    struct rig *r = *state;
    struct core *mine = r->core;
    struct event e;

    r->core = core_new(&(struct core_config){.conf = &r->conf, .clock = &r->clock});
    rig_reading(r, OL, true);
    rig_next(r, OB, true);
    rig_later(r, 100000);
    assert_true(rig_alarm(r, UPS_ALARM_ON_BATTERY));
    assert_false(core_event_take(r->core, &e));
    core_event_fate(r->core, 1, EVENT_DELIVERED);
    assert_true(core_event_next_ms(r->core) == INT64_MAX);
    assert_int_equal(r->events.count, 0);
    core_free(r->core);
    r->core = mine;
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, rig_setup, rig_teardown)
    const struct CMUnitTest tests[] = {
        CASE(test_added_and_removed),
        CASE(test_alarms_with_notifications_of_their_own),
        CASE(test_alarms_at_the_first_reading_are_added),
        CASE(test_all_gone_before_new_ones_come),
        CASE(test_on_battery_each_minute),
        CASE(test_on_battery_comes_without_a_reading),
        CASE(test_on_battery_of_unknown_length),
        CASE(test_on_battery_stops_when_the_unit_goes_off),
        CASE(test_on_battery_is_not_repeated_of_a_silent_unit),
        CASE(test_on_battery_at_the_first_reading),
        CASE(test_status_edges),
        CASE(test_edges_over_a_silence),
        CASE(test_eco_is_no_news_at_the_first_reading),
        CASE(test_communication),
        CASE(test_a_silent_unit_keeps_its_alarms),
        CASE(test_connection_in_the_snapshot),
        CASE(test_transfers_and_times),
        CASE(test_time_of_silence_counts_for_nothing),
        CASE(test_found_on_battery_is_no_transfer),
        CASE(test_cause_of_the_last_transfer),
        CASE(test_input_voltage_extremes),
        CASE(test_dead_line_is_no_extreme),
        CASE(test_history),
        CASE(test_history_keeps_the_newest),
        CASE(test_events_are_handed_out_in_order),
        CASE(test_without_queue_and_state_file),
    };

    return cmocka_run_group_tests_name("follow", tests, NULL, NULL);
}
