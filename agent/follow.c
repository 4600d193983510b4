/* SPDX-License-Identifier: BSD-2-Clause */
/* What edges say, of status words and of alarm rows: events, counters, the history. */
#include "core_private.h"

#include <stdio.h>

/* RFC 1628, upsTrapOnBattery: again every minute until the UPS is off battery or turns off. */
#define ON_BATTERY_EVERY_MS 60000

#define MINUTE_MILLI 60000 /* thousandths of a second in a minute */
#define MINUTES_MOST 65534 /* a longer run time is a unit's word for "don't know" */

void core_emit(struct core *core, struct core_unit *u, struct event *event)
{
    if (!core->config.events)
        return;
    event->unit = core_number(core, u);
    events_add(core->config.events, event);
    core->agent_stale = true;
    if (core->config.state)
        state_poke(core->config.state);
    core_wake(core);
}

static void emit_text(struct core *core, struct core_unit *u, enum event_kind kind,
                      const char *text)
{
    struct event e = {.kind = kind, .alarm = UPS_ALARM_NONE};

    snprintf(e.text, sizeof(e.text), "%s", text);
    core_emit(core, u, &e);
}

/* -- status words ----------------------------------------------------------------------------- */

/* EVENT_KINDS: that edge is no event. */
static const struct {
    uint32_t status;
    enum event_kind rises, falls;
    const char *rise_text, *fall_text;
} edges[] = {
    {UPS_STATUS_MASK(BYPASS), EVENT_BYPASS_ON, EVENT_BYPASS_OFF, "the load runs on the bypass",
     "the bypass has been left"},
    {UPS_STATUS_MASK(ECO), EVENT_ECO_ON, EVENT_ECO_OFF, "ECO mode begins", "ECO mode ends"},
    {UPS_STATUS_MASK(OVER), EVENT_OVERLOAD_ON, EVENT_OVERLOAD_OFF, "the load is above the capacity",
     "the overload is over"},
    {UPS_STATUS_MASK(RB), EVENT_BATTERY_REPLACE, EVENT_KINDS, "the battery needs replacing", ""},
    {UPS_STATUS_MASK(OFF), EVENT_OUTPUT_OFF, EVENT_OUTPUT_ON, "the output is off",
     "the output is on"},
};

static void emit_edges(struct core *core, struct core_unit *u, uint32_t before, uint32_t now)
{
    for (size_t i = 0; i < sizeof(edges) / sizeof(edges[0]); i++) {
        bool was = before & edges[i].status, is = now & edges[i].status;

        if (is && !was)
            emit_text(core, u, edges[i].rises, edges[i].rise_text);
        if (was && !is && edges[i].falls != EVENT_KINDS)
            emit_text(core, u, edges[i].falls, edges[i].fall_text);
    }
}

/* -- battery ---------------------------------------------------------------------------------- */

/* upsEstimatedMinutesRemaining; 0 if unknown, because the notification must carry it. */
static int64_t minutes_left(const struct ups_reading *r)
{
    int64_t milli;

    if (!ups_get(r, UPS_VAR_BATTERY_RUNTIME, 0, &milli) || milli < 0 ||
        milli / MINUTE_MILLI > MINUTES_MOST)
        return 0;
    return milli < MINUTE_MILLI ? 1 : milli / MINUTE_MILLI;
}

/* upsConfigLowBattTime: the unit's own, else the one that the agent keeps. */
static int64_t low_minutes(const struct core_unit *u)
{
    int64_t milli;

    if (ups_get(u->reading, UPS_VAR_BATTERY_RUNTIME_LOW, 0, &milli) && milli >= 0)
        return (milli + MINUTE_MILLI / 2) / MINUTE_MILLI;
    return u->jobs.low_minutes > 0 ? u->jobs.low_minutes : 0;
}

static void emit_on_battery(struct core *core, struct core_unit *u, int64_t now)
{
    struct event e = {.kind = EVENT_ON_BATTERY, .alarm = UPS_ALARM_NONE};

    e.number[EVENT_N_MINUTES] = minutes_left(u->reading);
    e.number[EVENT_N_SECONDS] = (now - u->on_battery_since_ms) / 1000;
    e.number[EVENT_N_LOW] = low_minutes(u);
    snprintf(e.text, sizeof(e.text), "%s", ups_alarms[UPS_ALARM_ON_BATTERY].text);
    u->on_battery_told_ms = now;
    core_emit(core, u, &e);
}

/* Is there anything to repeat?  Not about a unit that is not heard of. */
static bool on_battery(const struct core_unit *u)
{
    return u->fresh && !u->lost && u->on_battery_told_ms >= 0 &&
           (u->reading->status & UPS_STATUS_MASK(OB)) &&
           !(u->reading->status & UPS_STATUS_MASK(OFF));
}

void follow_tick(struct core *core, struct core_unit *u, int64_t now)
{
    if (on_battery(u) && now >= u->on_battery_told_ms + ON_BATTERY_EVERY_MS)
        emit_on_battery(core, u, now);
}

int64_t follow_next_ms(const struct core_unit *u)
{
    return on_battery(u) ? u->on_battery_told_ms + ON_BATTERY_EVERY_MS : INT64_MAX;
}

/* upsSecondsOnBattery counts from the change to battery, or from our start if that was before. */
static void follow_battery(struct core *core, struct core_unit *u)
{
    if (!(u->reading->status & UPS_STATUS_MASK(OB))) {
        u->on_battery_since_ms = u->on_battery_told_ms = -1;
        return;
    }
    if (u->on_battery_since_ms < 0)
        u->on_battery_since_ms = u->ever_good ? u->reading->taken_ms : core->start_ms;
    if (u->on_battery_told_ms < 0 && !(u->reading->status & UPS_STATUS_MASK(OFF)))
        emit_on_battery(core, u, ups_now(core->clock));
}

/* -- counters --------------------------------------------------------------------------------- */

static void follow_input(struct core_unit *u)
{
    bool bad = ups_alarm_has(&u->reading->alarms, UPS_ALARM_INPUT_BAD);

    if (bad && !u->input_bad)
        u->input_line_bads++;
    u->input_bad = bad;
}

/* A stay begins, lasts or ends; *since -1: not there. */
static void follow_stay(bool there, int64_t at_ms, int64_t *since, int64_t *total)
{
    if (there && *since < 0)
        *since = at_ms;
    if (there || *since < 0)
        return;
    *total += at_ms - *since;
    *since = -1;
}

/* Why it is on battery, as far as this reading knows. */
static enum ups_alarm cause(const struct core_unit *u)
{
    if (test_runs(u) || (u->reading->status & (UPS_STATUS_MASK(CAL) | UPS_STATUS_MASK(TEST))))
        return UPS_ALARM_TEST_IN_PROGRESS;
    if (ups_alarm_has(&u->reading->alarms, UPS_ALARM_INPUT_BAD))
        return UPS_ALARM_INPUT_BAD;
    return UPS_ALARM_NONE;
}

static void follow_transfers(struct core_unit *u, uint32_t risen)
{
    struct snap_counters *c = &u->counters;
    uint32_t now = u->reading->status;
    int64_t at = u->reading->taken_ms;

    /* what was there when the agent started is no transfer that it saw */
    if (u->ever_good && (risen & UPS_STATUS_MASK(OB)))
        c->to_battery++;
    if (u->ever_good && (risen & UPS_STATUS_MASK(BYPASS)))
        c->to_bypass++;
    /* the cause may show a poll later than the transfer */
    if ((risen & UPS_STATUS_MASK(OB)) ||
        ((now & UPS_STATUS_MASK(OB)) && c->last_cause == UPS_ALARM_NONE))
        c->last_cause = cause(u);
    follow_stay(now & UPS_STATUS_MASK(OB), at, &c->battery_since, &c->battery_ms);
    follow_stay(now & UPS_STATUS_MASK(BYPASS), at, &c->bypass_since, &c->bypass_ms);
}

/*
 * A line that is dead is no low voltage: one failure would hide for good how low the mains gets
 * while it is there.  Failures are counted elsewhere.
 */
static void follow_voltage(struct core_unit *u)
{
    enum { DEAD_MV = 10000 }; /* open lines read a few volts */
    struct snap_counters *c = &u->counters;
    int64_t milli;

    for (unsigned line = 0; line < UPS_LINES_MAX; line++) {
        if (!ups_get(u->reading, UPS_VAR_INPUT_VOLTAGE, line, &milli) || milli < DEAD_MV)
            continue;
        if (milli < c->volt_min[line] || c->volt_min[line] < DEAD_MV)
            c->volt_min[line] = milli;
        if (milli > c->volt_max[line])
            c->volt_max[line] = milli;
    }
}

void follow_withdrawn(struct core_unit *u)
{
    struct snap_counters *c = &u->counters;

    u->input_bad = false;
    follow_stay(false, u->good_ms, &c->battery_since, &c->battery_ms);
    follow_stay(false, u->good_ms, &c->bypass_since, &c->bypass_ms);
    /* a test that was given up is another one when it shows again */
    u->status_before &= ~(UPS_STATUS_MASK(CAL) | UPS_STATUS_MASK(TEST));
}

/* What the words were before the first reading, as far as alarm rows of an earlier run tell. */
static uint32_t first_before(const struct core_unit *u)
{
    uint32_t before = u->status_before;

    /* a row that stands for the unit's own alarm never was a word */
    for (unsigned bit = 0; bit < UPS_STATUS_COUNT; bit++)
        if (ups_alarm_has(&u->reading->alarms, ups_statuses[bit].alarm))
            before &= ~((uint32_t)1 << bit) | u->reading->status;
    /* ECO is in no row, so nobody remembers it */
    return before | (u->reading->status & UPS_STATUS_MASK(ECO));
}

void follow_status(struct core *core, struct core_unit *u)
{
    uint32_t before = u->status_before, now = u->reading->status;

    if (!u->ever_good)
        before = first_before(u);
    follow_input(u);
    follow_battery(core, u);
    follow_transfers(u, now & ~before);
    follow_voltage(u);
    emit_edges(core, u, before, now);
    u->status_before = now;
}

/* -- alarm rows ------------------------------------------------------------------------------- */

static const struct snap_alarm *row_by_id(const struct alarm_table *t, uint32_t id)
{
    for (uint32_t i = 0; i < t->count; i++)
        if (t->row[i].id == id)
            return &t->row[i];
    return NULL;
}

static void remember(struct core *core, struct core_unit *u, const struct snap_alarm *row,
                     bool began)
{
    struct snap_past *p = &core->past[core->last_past % SNAP_HISTORY_MAX];

    *p = (struct snap_past){.seq = ++core->last_past,
                            .unit = core_number(core, u),
                            .id = row->id,
                            .alarm = row->alarm,
                            .began = began,
                            .wall_ms = ups_wall(core->clock)};
    core->agent_stale = true;
}

static void emit_alarm(struct core *core, struct core_unit *u, enum event_kind kind,
                       const struct snap_alarm *row)
{
    struct event e = {.kind = kind, .alarm = row->alarm, .alarm_id = row->id};

    snprintf(e.text, sizeof(e.text), "%s", ups_alarms[row->alarm].text);
    core_emit(core, u, &e);
}

static void row_added(struct core *core, struct core_unit *u, const struct snap_alarm *row)
{
    remember(core, u, row, true);
    /* RFC 1628, upsTrapAlarmEntryAdded: these two have notifications of their own */
    if (row->alarm != UPS_ALARM_ON_BATTERY && row->alarm != UPS_ALARM_TEST_IN_PROGRESS)
        emit_alarm(core, u, EVENT_ALARM_ADDED, row);
    emit_alarm(core, u, EVENT_OWN_ALARM_ADDED, row);
    if (row->alarm == UPS_ALARM_COMMUNICATIONS_LOST)
        emit_text(core, u, EVENT_COMM_LOST, u->why[0] ? u->why : "no answer");
}

static void row_removed(struct core *core, struct core_unit *u, const struct snap_alarm *row)
{
    remember(core, u, row, false);
    /* RFC 1628, upsTrapAlarmEntryRemoved: that of upsAlarmOnBattery says that power is back */
    if (row->alarm != UPS_ALARM_TEST_IN_PROGRESS)
        emit_alarm(core, u, EVENT_ALARM_REMOVED, row);
    emit_alarm(core, u, EVENT_OWN_ALARM_CLEARED, row);
    if (row->alarm == UPS_ALARM_COMMUNICATIONS_LOST)
        emit_text(core, u, EVENT_COMM_RESTORED, "the UPS answers again");
}

void follow_alarms(struct core *core, struct core_unit *u, const struct alarm_table *before)
{
    for (uint32_t i = 0; i < before->count; i++)
        if (!row_by_id(&u->alarms, before->row[i].id))
            row_removed(core, u, &before->row[i]);
    for (uint32_t i = 0; i < u->alarms.count; i++)
        if (!row_by_id(before, u->alarms.row[i].id))
            row_added(core, u, &u->alarms.row[i]);
}

void follow_load(struct core_unit *u)
{
    for (uint32_t i = 0; i < u->alarms.count; i++)
        for (unsigned bit = 0; bit < UPS_STATUS_COUNT; bit++)
            if (ups_statuses[bit].alarm == u->alarms.row[i].alarm)
                u->status_before |= (uint32_t)1 << bit;
    /* which is up to test_load() */
    u->status_before &= ~(UPS_STATUS_MASK(CAL) | UPS_STATUS_MASK(TEST));
}
