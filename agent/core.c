/* SPDX-License-Identifier: BSD-2-Clause */
/* What follows from readings and time: freshness, what is settled after each, and when. */
#include "core_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Three missed polls or 5 s, whichever is later: upsAlarmCommunicationsLost. */
#define LOST_LEAST_MS 5000
#define LOST_POLLS    3

/* -- alarms ----------------------------------------------------------------------------------- */

/*
 * Of a unit that is not heard of nobody knows whether its conditions last: their rows stay until
 * it tells.  Else a cable that falls out in a power failure would read "power restored".
 */
static void keep_unknown(const struct core_unit *u, struct ups_alarm_set *set)
{
    for (uint32_t i = 0; i < u->alarms.count; i++) {
        switch (u->alarms.row[i].alarm) {
        case UPS_ALARM_COMMUNICATIONS_LOST:
        case UPS_ALARM_DIAGNOSTIC_TEST_FAILED:
        case UPS_ALARM_SHUTDOWN_IMMINENT:
        case UPS_ALARM_SHUTDOWN_PENDING:
        case UPS_ALARM_TEST_IN_PROGRESS: break; /* known without it */
        default: ups_alarm_add(set, u->alarms.row[i].alarm);
        }
    }
}

static bool has_row(const struct core_unit *u, enum ups_alarm alarm)
{
    for (uint32_t i = 0; i < u->alarms.count; i++)
        if (u->alarms.row[i].alarm == alarm)
            return true;
    return false;
}

static void wanted_alarms(const struct core *core, const struct core_unit *u,
                          struct ups_alarm_set *set)
{
    *set = u->reading->alarms;
    alarms_imply(u->reading->status, set);
    if (!u->fresh)
        keep_unknown(u, set);
    /* lost in an earlier run, and not heard of in this one */
    if (u->lost || (!u->ever_good && has_row(u, UPS_ALARM_COMMUNICATIONS_LOST)))
        ups_alarm_add(set, UPS_ALARM_COMMUNICATIONS_LOST);
    test_alarms(u, set);
    countdown_alarms(core, u, set);
}

static void settle_alarms(struct core *core, struct core_unit *u, int64_t since_ms)
{
    struct snap_alarm row[UPS_ALARM_COUNT];
    struct alarm_table before = {.row = row, .count = u->alarms.count};
    struct ups_alarm_set wanted;
    struct alarm_change change;

    if (u->alarms.count > 0)
        memcpy(row, u->alarms.row, u->alarms.count * sizeof(row[0]));
    wanted_alarms(core, u, &wanted);
    if (!alarms_update(&u->alarms, &wanted, since_ms, &change))
        return;
    log_alarms(u, &change, ups_now(core->clock));
    follow_alarms(core, u, &before);
}

/* -- after every change ----------------------------------------------------------------------- */

static int64_t earlier(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t lost_after(const struct core_unit *u)
{
    int64_t polls = LOST_POLLS * u->conf->timing.pollinterval_ms;

    return polls > LOST_LEAST_MS ? polls : LOST_LEAST_MS;
}

static int64_t lost_at(const struct core_unit *u)
{
    return u->lost ? INT64_MAX : u->good_ms + lost_after(u);
}

static int64_t stale_at(const struct core_unit *u)
{
    return u->fresh && u->conf->timing.on_stale == CONF_STALE_WITHDRAW
               ? u->good_ms + u->conf->timing.maxage_ms
               : INT64_MAX;
}

/* When this unit has to be looked at again. */
static int64_t unit_next_ms(const struct core *core, const struct core_unit *u)
{
    int64_t at = earlier(lost_at(u), stale_at(u));

    at = earlier(at, follow_next_ms(u));
    at = earlier(at, test_next_ms(u));
    at = earlier(at, countdown_next_ms(u));
    return earlier(at, jobs_next_ms(core, u));
}

void core_wake(struct core *core)
{
    if (core->config.wake)
        core->config.wake(core->config.arg);
}

static void bring_forward(struct core *core, int64_t at)
{
    if (at >= core->next_ms)
        return;
    core->next_ms = at;
    core_wake(core);
}

void core_settle(struct core *core, struct core_unit *u, int64_t since_ms)
{
    settle_alarms(core, u, since_ms);
    keep_save(core, u);
    if (!publish_unit(core, u) || !publish_agent(core))
        log_msg(LOG_LVL_ERR, "core", u->conf->name, "out of memory: the last values stay");
    bring_forward(core, unit_next_ms(core, u));
}

bool core_reachable(const struct core_unit *u)
{
    return u->link == UNIT_UP && u->fresh && !u->lost;
}

/* -- reports ---------------------------------------------------------------------------------- */

static void enter(struct core *core)
{
    pthread_mutex_lock(&core->lock);
    core_wall_follow(core);
}

/* The core's thread leaves; sets that have ended meanwhile are told of it. */
static void leave(struct core *core)
{
    (void)publish_agent(core); /* without memory it stays stale, and is tried again */
    pthread_mutex_unlock(&core->lock);
    control_tell(core);
}

static bool put_reading(struct core_unit *u, const struct ups_reading *reading)
{
    struct ups_reading *r = core_edit(u);

    if (r)
        *r = *reading;
    else
        log_msg(LOG_LVL_ERR, "core", u->conf->name, "out of memory: the last values stay");
    return r != NULL;
}

static void withdraw_reading(struct core_unit *u)
{
    struct ups_reading *r = core_edit(u);

    if (r) /* else when there is memory for the next snapshot */
        ups_withdraw(r);
}

static void take_reading(struct core *core, struct core_unit *u, const struct unit_report *report)
{
    int64_t since = u->ever_good ? report->reading.taken_ms : INT64_MIN;

    if (!put_reading(u, &report->reading))
        return;
    ups_caps_copy(&u->caps, &report->caps);
    u->good_ms = report->reading.taken_ms;
    u->fresh = true;
    u->lost = false;
    jobs_follow(core, u);
    countdown_follow(core, u);
    test_follow(core, u, report->full);
    follow_status(core, u);
    u->ever_good = true;
    if (u->comm_logged != COMM_GOOD)
        log_up(u, ups_now(core->clock));
    core_settle(core, u, since);
}

/* Identity is known as soon as the device is open, before the first values. */
static void take_identity(struct core_unit *u, const struct unit_report *report)
{
    if (!put_reading(u, &report->reading))
        return;
    withdraw_reading(u);
    ups_caps_copy(&u->caps, &report->caps);
}

static void take_connection(struct core *core, struct core_unit *u,
                            const struct unit_report *report)
{
    int64_t now = ups_now(core->clock);

    if (report->link != u->link)
        u->link_since_ms = now;
    u->link = report->link;
    if (report->why[0] && strcmp(report->why, u->why) != 0) {
        memcpy(u->error, report->why, sizeof(u->error));
        u->error_ms = now;
    }
    memcpy(u->why, report->why, sizeof(u->why));
    u->replaced = report->replaced;
    u->count = report->count;
    u->missed = report->missed;
    u->reconnects = report->reconnects;
    u->full_ms = report->full_ms;
}

void core_report(struct core *core, size_t index, const struct unit_report *report)
{
    struct core_unit *u = &core->unit[index];

    enter(core);
    /*
     * Not what a failed poll has left behind, nor anything from before the device was opened; but
     * a good reading that was not taken yet counts, though a failed poll has come after it.  Of a
     * unit that counts as lost only a newer status is news: the end of a full poll that began
     * before the silence is not.
     */
    bool news = report->reading.taken_ms > u->good_ms ||
                (report->missed == 0 && report->reading.taken_ms > 0 && !u->lost);

    take_connection(core, u, report);
    if (report->link == UNIT_UP && news) {
        take_reading(core, u, report);
    } else {
        if (report->link != UNIT_UP)
            log_down(u, ups_now(core->clock));
        else if (!u->fresh)
            take_identity(u, report);
        core_settle(core, u, ups_now(core->clock));
    }
    leave(core);
}

void core_result(struct core *core, size_t index, const struct unit_result *result)
{
    struct core_unit *u = &core->unit[index];

    enter(core);
    jobs_result(core, u, result);
    core_settle(core, u, ups_now(core->clock));
    leave(core);
}

/* -- time ------------------------------------------------------------------------------------- */

static void withdraw(struct core *core, struct core_unit *u)
{
    test_lost(core, u);
    follow_withdrawn(u);
    u->fresh = false;
    withdraw_reading(u);
}

static void tick_unit(struct core *core, struct core_unit *u, int64_t now)
{
    if (now < unit_next_ms(core, u))
        return;
    if (now >= lost_at(u)) {
        u->lost = true;
        log_down(u, now);
        if (!u->ever_good)
            test_lost(core, u); /* of an earlier run */
    }
    if (now >= stale_at(u))
        withdraw(core, u);
    jobs_tick(core, u, now);
    countdown_tick(core, u, now);
    test_tick(core, u, now);
    follow_tick(core, u, now);
    core_settle(core, u, now);
}

static void tick(struct core *core, int64_t now)
{
    int64_t next = INT64_MAX;

    for (size_t i = 0; i < core->unit_count; i++) {
        tick_unit(core, &core->unit[i], now);
        next = earlier(next, unit_next_ms(core, &core->unit[i]));
    }
    core->next_ms = next;
}

void core_tick(struct core *core)
{
    int64_t now = ups_now(core->clock);

    enter(core);
    if (now >= core->next_ms)
        tick(core, now);
    leave(core);
}

int64_t core_next_ms(const struct core *core)
{
    struct core *mine = (struct core *)(uintptr_t)core;
    int64_t at;

    pthread_mutex_lock(&mine->lock);
    at = mine->next_ms;
    pthread_mutex_unlock(&mine->lock);
    return at;
}

/* -- events ----------------------------------------------------------------------------------- */

bool core_event_take(struct core *core, struct event *event)
{
    const struct event *e = NULL;

    pthread_mutex_lock(&core->lock);
    if (core->config.events)
        e = events_send(core->config.events);
    if (e)
        *event = *e;
    pthread_mutex_unlock(&core->lock);
    return e != NULL;
}

void core_event_fate(struct core *core, uint32_t seq, enum event_fate fate)
{
    pthread_mutex_lock(&core->lock);
    if (core->config.events) {
        events_fate(core->config.events, seq, fate);
        core->agent_stale = true;
        (void)publish_agent(core);
    }
    pthread_mutex_unlock(&core->lock);
}

int64_t core_event_next_ms(struct core *core)
{
    int64_t at = INT64_MAX;

    pthread_mutex_lock(&core->lock);
    if (core->config.events)
        at = events_next_ms(core->config.events);
    pthread_mutex_unlock(&core->lock);
    return at;
}

/* -- life ------------------------------------------------------------------------------------- */

static bool unit_start(struct core *core, struct core_unit *u, const struct conf_unit *conf)
{
    if (!core_edit(u))
        return false;
    u->conf = conf;
    u->good_ms = u->link_since_ms = core->start_ms;
    u->error_ms = -1;
    u->full_ms = -1;
    u->on_battery_since_ms = u->on_battery_told_ms = -1;
    snprintf(u->ident_name, sizeof(u->ident_name), "%s", conf->desc);
    log_start(u, core->start_ms);
    snap_counters_init(&u->counters);
    u->counters.volt_reset_wall = core->start_wall;
    test_init(&u->test);
    countdown_init(&u->count_down);
    jobs_init(&u->jobs);
    keep_load(core, u);
    return publish_unit(core, u);
}

struct core *core_new(const struct core_config *config)
{
    const struct conf *conf = config->conf;
    struct core *core = calloc(1, sizeof(*core));
    bool ok;

    if (!core)
        return NULL;
    core->config = *config;
    core->clock = config->clock;
    core->start_ms = ups_now(core->clock);
    core->start_wall = ups_wall(core->clock);
    core->wall_offset_ms = core->start_wall - core->start_ms;
    pthread_mutex_init(&core->lock, NULL);
    pthread_mutex_init(&core->snap_lock, NULL);
    core->unit = calloc(conf->unit_count, sizeof(*core->unit));
    core->agent_stale = true;
    ok = core->unit != NULL && publish_agent(core);
    for (size_t i = 0; ok && i < conf->unit_count; i++) {
        core->unit_count++;
        ok = unit_start(core, &core->unit[i], &conf->unit[i]);
    }
    if (ok)
        return core;
    core_free(core);
    return NULL;
}

void core_free(struct core *core)
{
    if (!core)
        return;
    control_free(core);
    for (size_t i = 0; i < core->unit_count; i++) {
        struct core_unit *u = &core->unit[i];

        if (u->snapshot)
            keep_last(core, u);
        snapshot_release(u->snapshot);
        snapshot_release(u->next);
        ups_caps_clear(&u->caps);
        alarms_free(&u->alarms);
        jobs_free(&u->jobs);
    }
    snap_agent_release(core->agent);
    free(core->unit);
    pthread_mutex_destroy(&core->snap_lock);
    pthread_mutex_destroy(&core->lock);
    free(core);
}
