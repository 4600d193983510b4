/* SPDX-License-Identifier: BSD-2-Clause */
/* Making and freeing snapshots. */
#include "snapshot.h"

#include <stdlib.h>

void snap_counters_init(struct snap_counters *c)
{
    *c = (struct snap_counters){
        .battery_since = -1, .bypass_since = -1, .last_cause = UPS_ALARM_NONE};
    for (int i = 0; i < UPS_LINES_MAX; i++) {
        c->volt_min[i] = INT64_MAX;
        c->volt_max[i] = INT64_MIN;
    }
}

struct snapshot *snapshot_new(uint32_t alarm_count)
{
    struct snapshot *s;

    if (alarm_count > UPS_ALARM_COUNT)
        return NULL;
    s = calloc(1, sizeof(*s) + alarm_count * sizeof(s->alarm[0]));
    if (!s)
        return NULL;
    atomic_init(&s->refs, 1);
    s->unit = "";
    s->on_battery_since_ms = -1;
    s->test_spin_lock = 1; /* RFC 1628, upsTestSpinLock: 1 when the agent starts */
    s->test_id = SNAP_TEST_ID_NONE;
    s->test_result = SNAP_TEST_NONE;
    s->test_end_ms = -1;
    s->number = 1;
    s->good_ms = s->error_ms = -1;
    s->full_ms = -1;
    s->timers = (struct snap_timers){SNAP_COUNT_NONE, -1, -1};
    s->shutdown_type = 1;
    s->low_minutes = -1;
    snap_counters_init(&s->counters);
    s->alarm_count = alarm_count;
    return s;
}

struct snapshot *snapshot_resize(struct snapshot *s, uint32_t alarm_count)
{
    struct snapshot *more = alarm_count <= UPS_ALARM_COUNT
                                ? realloc(s, sizeof(*s) + alarm_count * sizeof(s->alarm[0]))
                                : NULL;

    if (more)
        more->alarm_count = alarm_count;
    return more;
}

void snapshot_release(const struct snapshot *s)
{
    struct snapshot *mine = (struct snapshot *)(uintptr_t)s;

    /* acquire: what other holders did with it happened before it is freed */
    if (mine && atomic_fetch_sub_explicit(&mine->refs, 1, memory_order_acq_rel) == 1) {
        snap_commands_release(mine->commands);
        ups_caps_clear(&mine->caps);
        free(mine);
    }
}

void snap_commands_release(const struct snap_commands *commands)
{
    struct snap_commands *mine = (struct snap_commands *)(uintptr_t)commands;

    if (mine && atomic_fetch_sub_explicit(&mine->refs, 1, memory_order_acq_rel) == 1)
        free(mine);
}

void snap_agent_release(const struct snap_agent *agent)
{
    struct snap_agent *mine = (struct snap_agent *)(uintptr_t)agent;

    if (mine && atomic_fetch_sub_explicit(&mine->refs, 1, memory_order_acq_rel) == 1)
        free(mine);
}
