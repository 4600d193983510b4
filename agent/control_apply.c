/* SPDX-License-Identifier: BSD-2-Clause */
/* Items that need no device: names, locks, what the agent itself keeps.  Done, and taken back. */
#include <stdio.h>
#include <string.h>

#include "control_private.h"

#define LOW_MINUTES_MOST 60 /* the longest threshold that the agent keeps */

/* TestAndIncr, RFC 2579. */
static uint32_t lock_after(uint32_t lock)
{
    return lock >= INT32_MAX ? 0 : lock + 1;
}

static void reset_extremes(const struct core *core, struct snap_counters *c)
{
    for (int i = 0; i < UPS_LINES_MAX; i++) {
        c->volt_min[i] = INT64_MAX;
        c->volt_max[i] = INT64_MIN;
    }
    c->volt_reset_wall = ups_wall(core->clock);
}

static void copy_text(char *to, size_t size, const char *from)
{
    snprintf(to, size, "%s", from);
}

static int32_t kept_minutes(const struct control_item *item)
{
    return item->value > LOW_MINUTES_MOST ? LOW_MINUTES_MOST : (int32_t)item->value;
}

static bool keeps_minutes(const struct core_unit *u)
{
    return !ups_setting_find(&u->caps, UPS_VAR_BATTERY_RUNTIME_LOW);
}

void control_apply(struct core *core, const struct control_item *item, struct control_saved *saved)
{
    struct core_unit *u = &core->unit[item->unit];

    saved->applied = true;
    switch (item->what) {
    case CONTROL_NAME:
        copy_text(saved->text, sizeof(saved->text), u->ident_name);
        saved->flag = u->ident_set;
        copy_text(u->ident_name, sizeof(u->ident_name), item->text);
        u->ident_set = true;
        break;
    case CONTROL_ATTACHED:
        copy_text(saved->text, sizeof(saved->text), u->attached_devices);
        copy_text(u->attached_devices, sizeof(u->attached_devices), item->text);
        break;
    case CONTROL_TEST_LOCK:
        saved->number = u->test.lock;
        u->test.lock = lock_after(u->test.lock);
        break;
    case CONTROL_COMMAND_LOCK:
        saved->number = plan_command_lock(&u->jobs, item->command);
        jobs_row_lock(core, u, item->command, lock_after((uint32_t)saved->number));
        break;
    case CONTROL_SHUTDOWN_TYPE:
        saved->number = u->jobs.shutdown_type;
        u->jobs.shutdown_type = (int32_t)item->value;
        break;
    case CONTROL_LOW_MINUTES:
        saved->applied = keeps_minutes(u);
        if (!saved->applied)
            break;
        saved->number = u->jobs.low_minutes;
        u->jobs.low_minutes = kept_minutes(item);
        low_battery_judge(u);
        break;
    case CONTROL_RESET_EXTREMES:
        saved->counters = u->counters;
        reset_extremes(core, &u->counters);
        break;
    default: saved->applied = false; break;
    }
}

static void extremes_back(struct snap_counters *c, const struct snap_counters *was)
{
    for (int i = 0; i < UPS_LINES_MAX; i++) {
        if (was->volt_min[i] < c->volt_min[i])
            c->volt_min[i] = was->volt_min[i];
        if (was->volt_max[i] > c->volt_max[i])
            c->volt_max[i] = was->volt_max[i];
    }
    c->volt_reset_wall = was->volt_reset_wall;
}

void control_take_back(struct core *core, const struct control_item *item,
                       const struct control_saved *saved)
{
    struct core_unit *u = &core->unit[item->unit];
    uint32_t after = lock_after((uint32_t)saved->number);

    if (!saved->applied)
        return;
    switch (item->what) {
    case CONTROL_NAME:
        if (strcmp(u->ident_name, item->text) != 0)
            break;
        copy_text(u->ident_name, sizeof(u->ident_name), saved->text);
        u->ident_set = saved->flag;
        break;
    case CONTROL_ATTACHED:
        if (strcmp(u->attached_devices, item->text) == 0)
            copy_text(u->attached_devices, sizeof(u->attached_devices), saved->text);
        break;
    case CONTROL_TEST_LOCK:
        if (u->test.lock == after)
            u->test.lock = (uint32_t)saved->number;
        break;
    case CONTROL_COMMAND_LOCK:
        if (plan_command_lock(&u->jobs, item->command) == after)
            jobs_row_lock(core, u, item->command, (uint32_t)saved->number);
        break;
    case CONTROL_SHUTDOWN_TYPE:
        if (u->jobs.shutdown_type == item->value)
            u->jobs.shutdown_type = (int32_t)saved->number;
        break;
    case CONTROL_LOW_MINUTES:
        if (u->jobs.low_minutes == kept_minutes(item))
            u->jobs.low_minutes = (int32_t)saved->number;
        break;
    case CONTROL_RESET_EXTREMES: extremes_back(&u->counters, &saved->counters); break;
    default: break;
    }
}
