/* SPDX-License-Identifier: BSD-2-Clause */
/* Snapshots: made under the core's lock, handed out under a lock that guards a pointer only. */
#include "core_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void show_connection(const struct core_unit *u, struct snapshot *s)
{
    s->link = u->link;
    s->link_since_ms = u->link_since_ms;
    s->good_ms = u->ever_good ? u->good_ms : -1;
    s->error_ms = u->error_ms;
    memcpy(s->error, u->error, sizeof(s->error));
    s->count = u->count;
    s->missed = u->missed;
    s->reconnects = u->reconnects;
    s->full_ms = u->full_ms;
}

static void use_next(struct core_unit *u, struct snapshot *next)
{
    u->next = next;
    u->reading = &next->reading;
}

struct ups_reading *core_edit(struct core_unit *u)
{
    if (!u->next) {
        struct snapshot *s = snapshot_new(0);

        if (!s)
            return NULL;
        if (u->reading)
            s->reading = *u->reading;
        use_next(u, s);
    }
    return &u->next->reading;
}

bool publish_unit(struct core *core, struct core_unit *u)
{
    struct snapshot *s = core_edit(u) ? snapshot_resize(u->next, u->alarms.count) : NULL;
    const struct snapshot *old;

    _Static_assert(sizeof(s->error) == sizeof(u->error), "a failure's text is copied whole");
    if (!s)
        return false;
    use_next(u, s);
    if (!u->fresh)
        ups_withdraw(&s->reading); /* when it became so, memory may have been out */
    s->unit = u->conf->name;
    s->conf = u->conf;
    s->number = core_number(core, u) + 1;
    ups_caps_copy(&s->caps, &u->caps);
    s->fresh = u->fresh;
    show_connection(u, s);
    memcpy(s->ident_name, u->ident_name, sizeof(s->ident_name));
    memcpy(s->attached_devices, u->attached_devices, sizeof(s->attached_devices));
    s->input_line_bads = u->input_line_bads;
    s->on_battery_since_ms = u->fresh ? u->on_battery_since_ms : -1;
    s->counters = u->counters;
    test_publish(u, s);
    countdown_publish(u, s);
    jobs_publish(u, s);
    for (uint32_t i = 0; i < u->alarms.count; i++)
        s->alarm[i] = u->alarms.row[i];

    pthread_mutex_lock(&core->snap_lock);
    old = u->snapshot;
    u->snapshot = s;
    pthread_mutex_unlock(&core->snap_lock);
    u->next = NULL;
    snapshot_release(old);
    return true;
}

const struct snapshot *core_hold(struct core *core, size_t index)
{
    const struct snapshot *s;

    pthread_mutex_lock(&core->snap_lock);
    s = snapshot_hold(core->unit[index].snapshot);
    pthread_mutex_unlock(&core->snap_lock);
    return s;
}

/* -- what concerns all units ------------------------------------------------------------------ */

static void show_events(const struct core *core, struct snap_agent *a)
{
    struct events_stats stats;

    if (!core->config.events)
        return;
    events_stats(core->config.events, &stats);
    a->last_seq = stats.last_seq;
    a->events_waiting = stats.waiting;
    a->events_delivered = stats.delivered;
    a->events_lost = stats.lost;
    a->events_refused = stats.refused;
}

bool publish_agent(struct core *core)
{
    uint32_t count = core->last_past < SNAP_HISTORY_MAX ? core->last_past : SNAP_HISTORY_MAX;
    struct snap_agent *a;
    const struct snap_agent *old;

    if (!core->agent_stale)
        return true;
    a = calloc(1, sizeof(*a) + count * sizeof(a->history[0]));
    if (!a)
        return false;
    atomic_init(&a->refs, 1);
    a->start_wall = core->start_wall;
    show_events(core, a);
    a->history_count = count;
    for (uint32_t i = 0; i < count; i++)
        a->history[i] = core->past[(core->last_past - count + i) % SNAP_HISTORY_MAX];

    pthread_mutex_lock(&core->snap_lock);
    old = core->agent;
    core->agent = a;
    pthread_mutex_unlock(&core->snap_lock);
    snap_agent_release(old);
    core->agent_stale = false;
    return true;
}

const struct snap_agent *core_hold_agent(struct core *core)
{
    struct snap_agent *a;

    pthread_mutex_lock(&core->snap_lock);
    a = (struct snap_agent *)(uintptr_t)core->agent;
    atomic_fetch_add_explicit(&a->refs, 1, memory_order_relaxed);
    pthread_mutex_unlock(&core->snap_lock);
    return a;
}
