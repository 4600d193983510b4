/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Weak definitions that let the core be linked without jobs.c and countdown.c.  Each
 * gives way to the real one.
 */
#include "core_private.h"

#define WEAK __attribute__((weak))

WEAK void countdown_init(struct core_countdown *c)
{
    *c = (struct core_countdown){.timers = {SNAP_COUNT_NONE, -1, -1}, .command_at_ms = -1};
}

WEAK void countdown_follow(struct core *core, struct core_unit *u)
{
    (void)core;
    (void)u;
}

WEAK void countdown_tick(struct core *core, struct core_unit *u, int64_t now)
{
    (void)core;
    (void)u;
    (void)now;
}

WEAK int64_t countdown_next_ms(const struct core_unit *u)
{
    (void)u;
    return INT64_MAX;
}

WEAK void countdown_alarms(const struct core *core, const struct core_unit *u,
                           struct ups_alarm_set *set)
{
    (void)core;
    (void)u;
    (void)set;
}

WEAK void countdown_publish(const struct core_unit *u, struct snapshot *s)
{
    s->timers = u->count_down.timers;
}

WEAK void countdown_save(const struct core *core, const struct core_unit *u,
                         struct state_unit *state)
{
    (void)core;
    (void)u;
    (void)state;
}

WEAK void countdown_load(const struct core *core, struct core_unit *u,
                         const struct state_unit *state)
{
    (void)core;
    (void)u;
    (void)state;
}

WEAK void jobs_init(struct core_jobs *j)
{
    *j = (struct core_jobs){.unmute_at_ms = INT64_MAX, .shutdown_type = 1, .low_minutes = -1};
}

WEAK void jobs_free(struct core_jobs *j)
{
    (void)j;
}

WEAK void jobs_follow(struct core *core, struct core_unit *u)
{
    (void)core;
    (void)u;
}

WEAK void jobs_tick(struct core *core, struct core_unit *u, int64_t now)
{
    (void)core;
    (void)u;
    (void)now;
}

WEAK int64_t jobs_next_ms(const struct core *core, const struct core_unit *u)
{
    (void)core;
    (void)u;
    return INT64_MAX;
}

WEAK void jobs_result(struct core *core, struct core_unit *u, const struct unit_result *result)
{
    (void)core;
    (void)u;
    (void)result;
}

WEAK void jobs_publish(const struct core_unit *u, struct snapshot *s)
{
    (void)u;
    (void)s;
}

WEAK void jobs_save(const struct core_unit *u, struct state_unit *state)
{
    (void)u;
    (void)state;
}

WEAK void jobs_load(struct core_unit *u, const struct state_unit *state)
{
    (void)u;
    (void)state;
}

WEAK void control_tell(struct core *core)
{
    (void)core;
}
