/* SPDX-License-Identifier: BSD-2-Clause */
/* A core to test, between a fake device, a fake queue of events and a fake state file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core_rig.h"

/* -- what event.c and state.c would be -------------------------------------------------------- */

const struct event_kind_info event_kinds[EVENT_KINDS] = {
#define EVENT(id, tree, arc, word, name) {name, word, EVENT_TREE_##tree, arc},
#include "../../agent/event_kinds.def"
#undef EVENT
};

struct events *events_open(const char *dir, const struct conf *conf, const struct ups_clock *clock)
{
    (void)dir;
    (void)conf;
    (void)clock;
    return NULL;
}

void events_close(struct events *events)
{
    (void)events;
}

void events_add(struct events *events, struct event *event)
{
    assert_true(events->count < RIG_EVENTS_MAX);
    event->seq = events->count + 1;
    events->list[events->count++] = *event;
}

const struct event *events_send(struct events *events)
{
    return events->taken < events->count ? &events->list[events->taken++] : NULL;
}

void events_fate(struct events *events, uint32_t seq, enum event_fate fate)
{
    assert_true(seq <= events->taken);
    events->delivered += fate == EVENT_DELIVERED;
}

int64_t events_next_ms(const struct events *events)
{
    return events->taken < events->count ? 0 : INT64_MAX;
}

void events_stats(const struct events *events, struct events_stats *stats)
{
    *stats = (struct events_stats){.last_seq = events->count,
                                   .waiting = events->count - events->delivered,
                                   .delivered = events->delivered};
}

void events_sync(struct events *events)
{
    (void)events;
}

void state_unit_init(struct state_unit *unit)
{
    memset(unit, 0, sizeof(*unit));
    unit->low_minutes = -1;
    unit->next_alarm_id = 1;
    unit->test_id = SNAP_TEST_ID_NONE;
    unit->test_result = SNAP_TEST_NONE;
    unit->off_command = UPS_COMMAND_COUNT;
    snap_counters_init(&unit->counters);
}

struct state *state_open(const char *dir, const struct conf *conf, struct events *events)
{
    (void)dir;
    (void)conf;
    (void)events;
    return NULL;
}

void state_get(const struct state *state, size_t index, struct state_unit *unit)
{
    assert_int_equal(index, 0);
    *unit = state->unit;
}

void state_put(struct state *state, size_t index, const struct state_unit *unit)
{
    assert_int_equal(index, 0);
    state->puts += memcmp(&state->unit, unit, sizeof(*unit)) != 0;
    memcpy(&state->unit, unit, sizeof(*unit));
}

void state_poke(struct state *state)
{
    (void)state;
}

void state_close(struct state *state)
{
    (void)state;
}

/* -- the rig ---------------------------------------------------------------------------------- */

static int64_t rig_mono(void *arg)
{
    return ((struct rig *)arg)->now_ms;
}

static int64_t rig_wall(void *arg)
{
    const struct rig *r = arg;

    return r->wall_ms + r->now_ms;
}

static void count_line(void *arg, enum log_level level, const char *line)
{
    (void)line;
    if (level != LOG_LVL_DEBUG)
        ((struct rig *)arg)->log_lines++;
}

static void count_wake(void *arg)
{
    __atomic_fetch_add(&((struct rig *)arg)->wakes, 1, __ATOMIC_RELAXED);
}

static void start(struct rig *r)
{
    r->core = core_new(&(struct core_config){.conf = &r->conf,
                                             .clock = &r->clock,
                                             .events = &r->events,
                                             .state = &r->state,
                                             .wake = count_wake,
                                             .arg = r});
    assert_non_null(r->core);
}

int rig_setup(void **state)
{
    struct rig *r = calloc(1, sizeof(*r));

    assert_non_null(r);
    r->now_ms = 1000000;
    r->wall_ms = INT64_C(1700000000000);
    r->clock = (struct ups_clock){.mono_ms = rig_mono, .wall_ms = rig_wall, .arg = r};
    r->unit = (struct conf_unit){.name = "u", .context = "u", .desc = "the unit", .port = "x"};
    r->unit.timing =
        (struct conf_timing){.pollinterval_ms = 1000, .pollfreq_ms = 30000, .maxage_ms = 15000};
    r->conf = (struct conf){.unit = &r->unit, .unit_count = 1};
    state_unit_init(&r->state.unit);
    log_capture(count_line, r);
    start(r);
    *state = r;
    return 0;
}

int rig_teardown(void **state)
{
    struct rig *r = *state;

    core_free(r->core);
    log_capture(NULL, NULL);
    free(r);
    return 0;
}

void rig_restart(struct rig *r, int64_t away_ms)
{
    core_free(r->core);
    r->now_ms += away_ms;
    memset(&r->report, 0, sizeof(r->report));
    start(r);
    core_tick(r->core);
}

void rig_reading(struct rig *r, uint32_t status, bool full)
{
    r->report.link = UNIT_UP;
    r->report.full = full;
    r->report.missed = 0;
    r->report.why[0] = '\0';
    r->report.reading.taken_ms = r->now_ms;
    r->report.reading.status = status;
    ups_set(&r->report.reading, UPS_VAR_INPUT_VOLTAGE, 0, 230100);
    ups_set_text(&r->report.reading, UPS_VAR_UPS_MODEL, "UPS2000A", 8);
    core_report(r->core, 0, &r->report);
    core_tick(r->core);
}

void rig_next(struct rig *r, uint32_t status, bool full)
{
    r->now_ms += 1000;
    rig_reading(r, status, full);
}

void rig_later(struct rig *r, int64_t ms)
{
    r->now_ms += ms;
    core_tick(r->core);
}

void rig_fails(struct rig *r, enum unit_link link, const char *why)
{
    r->report.link = link;
    r->report.missed++;
    snprintf(r->report.why, sizeof(r->report.why), "%s", why);
    core_report(r->core, 0, &r->report);
    core_tick(r->core);
}

uint32_t rig_alarm_id(struct rig *r, enum ups_alarm alarm)
{
    const struct snapshot *s = core_hold(r->core, 0);
    uint32_t id = 0;

    for (uint32_t i = 0; i < s->alarm_count; i++)
        if (s->alarm[i].alarm == alarm)
            id = s->alarm[i].id;
    snapshot_release(s);
    return id;
}

bool rig_alarm(struct rig *r, enum ups_alarm alarm)
{
    return rig_alarm_id(r, alarm) != 0;
}

unsigned rig_count(const struct rig *r, enum event_kind kind, enum ups_alarm alarm)
{
    unsigned n = 0;

    for (uint32_t i = 0; i < r->events.count; i++)
        n += r->events.list[i].kind == kind &&
             (alarm == UPS_ALARM_NONE || r->events.list[i].alarm == alarm);
    return n;
}

const struct event *rig_last(const struct rig *r, enum event_kind kind)
{
    for (uint32_t i = r->events.count; i > 0; i--)
        if (r->events.list[i - 1].kind == kind)
            return &r->events.list[i - 1];
    fail_msg("no event of kind %s", event_kinds[kind].name);
    return NULL;
}

void rig_forget(struct rig *r)
{
    r->events.count = r->events.taken = 0;
}
