/* SPDX-License-Identifier: BSD-2-Clause */
/* What outlives a restart: to and from the state file, and the two clocks. */
#include "core_private.h"

#include <stdio.h>
#include <string.h>

/* The host's clock is slewed by less than this before moments are converted anew. */
#define WALL_STEP_MS 2000

void core_wall_follow(struct core *core)
{
    int64_t offset = ups_wall(core->clock) - ups_now(core->clock);
    int64_t moved = offset - core->wall_offset_ms;

    if (moved > WALL_STEP_MS || moved < -WALL_STEP_MS)
        core->wall_offset_ms = offset;
}

int64_t core_wall(const struct core *core, int64_t mono_ms)
{
    return mono_ms == INT64_MIN ? 0 : mono_ms + core->wall_offset_ms;
}

int64_t core_mono(const struct core *core, int64_t wall_ms)
{
    int64_t mono = wall_ms - core->wall_offset_ms;

    if (wall_ms <= 0)
        return INT64_MIN;
    return mono == -1 ? -2 : mono; /* -1 means "none" everywhere */
}

/* -- loading ---------------------------------------------------------------------------------- */

static void load_alarms(struct core *core, struct core_unit *u, const struct state_unit *s)
{
    int64_t now = ups_now(core->clock);

    alarms_resume(&u->alarms, s->next_alarm_id);
    for (uint32_t i = 0; i < s->alarm_count && i < STATE_ALARMS_MAX; i++) {
        const struct state_alarm *a = &s->alarm[i];
        int64_t since = core_mono(core, a->since_wall);

        /* a clock that was set back must not date an alarm into the future */
        if (!alarms_restore(&u->alarms, a->alarm, a->id, since < now ? since : now))
            log_msg(LOG_LVL_WARN, "core", u->conf->name, "an alarm of the last run is forgotten");
    }
}

void keep_load(struct core *core, struct core_unit *u)
{
    struct state_unit s;

    if (!core->config.state)
        return;
    state_get(core->config.state, core_number(core, u), &s);
    if (s.has_name) {
        snprintf(u->ident_name, sizeof(u->ident_name), "%s", s.name);
        u->ident_set = true;
    }
    snprintf(u->attached_devices, sizeof(u->attached_devices), "%s", s.attached);
    load_alarms(core, u, &s);
    u->counters = s.counters;
    u->counters.battery_since = u->counters.bypass_since = -1;
    if (u->counters.volt_reset_wall == 0)
        u->counters.volt_reset_wall = core->start_wall;
    follow_load(u);
    test_load(core, u, &s);
    countdown_load(core, u, &s);
    jobs_load(u, &s);
}

/* -- saving ----------------------------------------------------------------------------------- */

static void save_alarms(const struct core *core, const struct core_unit *u, struct state_unit *s)
{
    s->next_alarm_id = alarms_next_id(&u->alarms);
    for (uint32_t i = 0; i < u->alarms.count && i < STATE_ALARMS_MAX; i++) {
        const struct snap_alarm *row = &u->alarms.row[i];

        s->alarm[i] = (struct state_alarm){
            .id = row->id, .alarm = row->alarm, .since_wall = core_wall(core, row->since_ms)};
        s->alarm_count = i + 1;
    }
}

static void save(struct core *core, const struct core_unit *u, const struct snap_counters *counters)
{
    struct state_unit s;

    memset(&s, 0, sizeof(s));
    state_unit_init(&s);
    s.has_name = u->ident_set;
    if (u->ident_set)
        snprintf(s.name, sizeof(s.name), "%s", u->ident_name);
    snprintf(s.attached, sizeof(s.attached), "%s", u->attached_devices);
    save_alarms(core, u, &s);
    s.counters = *counters;
    s.counters.battery_since = s.counters.bypass_since = -1;
    test_save(core, u, &s);
    countdown_save(core, u, &s);
    jobs_save(u, &s);
    state_put(core->config.state, core_number(core, u), &s);
}

void keep_save(struct core *core, struct core_unit *u)
{
    if (core->config.state)
        save(core, u, &u->counters);
}

void keep_last(struct core *core, struct core_unit *u)
{
    struct snap_counters c = u->counters;
    int64_t now = ups_now(core->clock);

    if (c.battery_since >= 0)
        c.battery_ms += now - c.battery_since;
    if (c.bypass_since >= 0)
        c.bypass_ms += now - c.bypass_since;
    if (core->config.state)
        save(core, u, &c);
}
