/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the agent does itself of RFC 1628's upsConfig where a device can't: a muted beeper, which
 * sounds again for the next alarm, and a low-battery threshold on the run time.
 */
#include "control_private.h"

#define UNMUTE_RETRY_MS 5000
#define SECOND_MILLI    1000
#define MINUTE_S        60

/* -- muted ------------------------------------------------------------------------------------ */

static void show_beeper(struct core_unit *u, int64_t word)
{
    struct ups_reading *r = core_edit(u);

    if (r) /* else the log has it, when the snapshot can't be made either */
        ups_set(r, UPS_VAR_UPS_BEEPER_STATUS, 0, word);
}

/* The device says disabled; what was asked for is muted. */
static void show_muted(struct core_unit *u)
{
    int64_t beeper;

    if (!u->jobs.muted || !ups_get(u->reading, UPS_VAR_UPS_BEEPER_STATUS, 0, &beeper))
        return;
    if (beeper == UPS_BEEPER_ENABLED)
        u->jobs.muted = false; /* somebody switched it on at the UPS */
    else
        show_beeper(u, UPS_BEEPER_MUTED);
}

void mute_settle(struct core_unit *u, bool mutes)
{
    int64_t beeper;

    u->jobs.muted = mutes;
    if (mutes)
        show_muted(u);
    else if (ups_get(u->reading, UPS_VAR_UPS_BEEPER_STATUS, 0, &beeper) &&
             beeper == UPS_BEEPER_MUTED)
        show_beeper(u, UPS_BEEPER_DISABLED);
}

void mute_job_ended(struct core *core, struct core_unit *u, const struct core_job *job,
                    enum ups_error error)
{
    bool ours = job->job.id == u->jobs.unmute_job;

    if (ours) {
        u->jobs.unmute_job = 0;
        u->jobs.unmute_ms = ups_now(core->clock) + UNMUTE_RETRY_MS;
    }
    if (error == UPS_OK)
        mute_settle(u, job->mutes);
}

static bool unmute_due(const struct core_unit *u)
{
    return u->jobs.muted && u->alarms.count == 0 && u->jobs.unmute_job == 0 && core_reachable(u) &&
           jobs_running(&u->jobs) == 0;
}

void mute_tick(struct core *core, struct core_unit *u, int64_t now)
{
    struct job_order order = {
        .job = {.command = UPS_COMMAND_BEEPER_ENABLE, .args = {-1, -1, false}},
        .by_us = true,
    };

    if (!unmute_due(u) || now < u->jobs.unmute_ms)
        return;
    u->jobs.unmute_ms = now + UNMUTE_RETRY_MS;
    jobs_begin(core, u, &order, &u->jobs.unmute_job);
}

int64_t mute_next_ms(const struct core_unit *u)
{
    return unmute_due(u) ? u->jobs.unmute_ms : INT64_MAX;
}

/* -- the low-battery threshold ---------------------------------------------------------------- */

void low_battery_judge(struct core_unit *u)
{
    struct ups_reading *r;
    int64_t runtime;

    if (u->jobs.low_minutes <= 0 || !(u->reading->status & UPS_STATUS_MASK(OB)) ||
        ups_setting_find(&u->caps, UPS_VAR_BATTERY_RUNTIME_LOW) ||
        !ups_get(u->reading, UPS_VAR_BATTERY_RUNTIME, 0, &runtime))
        return;
    if (runtime <= (int64_t)u->jobs.low_minutes * MINUTE_S * SECOND_MILLI &&
        (r = core_edit(u)) != NULL)
        r->status |= UPS_STATUS_MASK(LB);
}

/* -- both ------------------------------------------------------------------------------------- */

void jobs_follow(struct core *core, struct core_unit *u)
{
    int64_t runtime;

    (void)core;
    if (ups_get(u->reading, UPS_VAR_BATTERY_RUNTIME, 0, &runtime))
        u->jobs.gives_runtime = true;
    show_muted(u);
    low_battery_judge(u);
}

void jobs_save(const struct core_unit *u, struct state_unit *state)
{
    state->low_minutes = u->jobs.low_minutes;
    state->muted = u->jobs.muted;
}

void jobs_load(struct core_unit *u, const struct state_unit *state)
{
    u->jobs.low_minutes = state->low_minutes;
    u->jobs.muted = state->muted;
}
