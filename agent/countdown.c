/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Shutdown, startup, reboot: what counts down, who counts, and what comes of it.
 *
 * Two moments, each ours or the device's: off_at and on_at.  The device's are watched: we notice
 * when the output goes off and comes back, and tell when it does not.  Ours end with a command,
 * which is given again until the device takes it.
 */
#include <inttypes.h>
#include <stdio.h>

#include "control_private.h"

#define SECOND_MS   1000
#define IMMINENT_MS 5000   /* RFC 1628, upsAlarmShutdownImminent */
#define OVERDUE_MS  30000  /* past off_at with the output still on: it was not switched off */
#define GIVE_UP_MS  600000 /* a shutdown that could not be given by then is not given any more */
#define START_MS    600000 /* past on_at, mains there, and still off: the device does not start */
#define RETRY_MS    5000   /* from a command that failed to the next attempt ... */
#define RETRY_MOST  60000  /* ... growing up to this */
#define LOOK_MS     1000   /* between looks whether the device can be reached */
#define MAINS_LEAST 50000  /* mV; less on the input is no mains, whatever the alarms say */

void countdown_init(struct core_countdown *c)
{
    *c = (struct core_countdown){.timers = {SNAP_COUNT_NONE, -1, -1},
                                 .off_command = UPS_COMMAND_COUNT,
                                 .retry_gap_ms = RETRY_MS};
}

/* -- what is known ---------------------------------------------------------------------------- */

static bool is_off(const struct core_unit *u)
{
    return u->reading->status & UPS_STATUS_MASK(OFF);
}

bool countdown_mains(const struct core_unit *u)
{
    int64_t volts;

    if (!u->fresh || ups_alarm_has(&u->reading->alarms, UPS_ALARM_INPUT_BAD) ||
        (u->reading->status & UPS_STATUS_MASK(OB)))
        return false;
    return !ups_get(u->reading, UPS_VAR_INPUT_VOLTAGE, 0, &volts) || volts >= MAINS_LEAST;
}

/* The command that a countdown stands for, to name it. */
static enum ups_command command_of(const struct core_countdown *c)
{
    if (c->off_command != UPS_COMMAND_COUNT)
        return c->off_command;
    if (c->timers.countdown == SNAP_COUNT_REBOOT)
        return UPS_COMMAND_SHUTDOWN_REBOOT;
    return c->timers.on_at_ms >= 0 && !c->start_by_us ? UPS_COMMAND_SHUTDOWN_RETURN
                                                      : UPS_COMMAND_SHUTDOWN_STAYOFF;
}

/* When our own part of a shutdown is over; needs the device's limits. */
static int64_t give_at(const struct core_unit *u)
{
    const struct core_countdown *c = &u->count_down;
    int64_t theirs = c->off_command == UPS_COMMAND_LOAD_OFF ? 0 : u->caps.off_most;

    return c->timers.off_at_ms - theirs * SECOND_MS;
}

/* -- changing --------------------------------------------------------------------------------- */

static void retry_anew(struct core_countdown *c)
{
    c->retry_ms = 0;
    c->retry_gap_ms = RETRY_MS;
}

/* No moment is left: there is no countdown.  What remains is a startup. */
static void tidy(struct core_countdown *c)
{
    c->changes++;
    if (c->timers.off_at_ms < 0) {
        c->off_command = UPS_COMMAND_COUNT;
        c->by_device = c->off_passed = c->stale = false;
    }
    if (c->timers.on_at_ms < 0)
        c->start_by_us = false;
    if (c->timers.off_at_ms < 0 && c->timers.on_at_ms < 0)
        c->timers.countdown = SNAP_COUNT_NONE;
    else if (c->timers.off_at_ms < 0 && c->start_by_us)
        c->timers.countdown = SNAP_COUNT_STARTUP;
}

static void forget(struct core_countdown *c)
{
    c->timers.off_at_ms = c->timers.on_at_ms = -1;
    tidy(c);
}

/* The shutdown is off; a startup of ours is another matter. */
static void cancel_off(struct core_countdown *c)
{
    c->timers.off_at_ms = -1;
    if (!c->start_by_us)
        c->timers.on_at_ms = -1;
    tidy(c);
}

static void count_off(struct core_countdown *c, const struct count_change *change, int64_t now)
{
    uint64_t job = c->job;

    *c = (struct core_countdown){
        .timers = {SNAP_COUNT_SHUTDOWN, now + (int64_t)change->off_s * SECOND_MS,
                   change->on_s < 0 ? -1 : now + (int64_t)change->on_s * SECOND_MS},
        .off_command = change->command,
        .off_args = change->args,
        .off_requested = c->off_requested,
        .job = job,
        .retry_gap_ms = RETRY_MS,
        .changes = c->changes + 1,
    };
}

void countdown_change(struct core *core, struct core_unit *u, const struct count_change *change)
{
    struct core_countdown *c = &u->count_down;
    int64_t now = ups_now(core->clock);

    if (change->cancel_off)
        cancel_off(c);
    if (change->cancel_on) {
        c->timers.on_at_ms = -1;
        tidy(c);
    }
    if (change->off)
        count_off(c, change, now);
    if (change->on) {
        /* RFC 1628, upsStartupAfterDelay: in the place of a running startup or reboot countdown */
        c->timers.on_at_ms = now + (int64_t)change->on_s * SECOND_MS;
        c->start_by_us = true;
        c->timers.countdown = c->timers.off_at_ms >= 0 ? SNAP_COUNT_SHUTDOWN : SNAP_COUNT_STARTUP;
        retry_anew(c);
        tidy(c);
    }
}

/* -- jobs that have ended --------------------------------------------------------------------- */

/* The output is off, and somebody wanted it. */
static void gone_off(struct core_unit *u)
{
    struct core_countdown *c = &u->count_down;

    c->off_requested = true;
    c->timers.off_at_ms = -1;
    tidy(c);
}

/* The delay that counts: the device's own figure, or what was asked for; -1: not known. */
static int32_t delay(int32_t took, int32_t asked)
{
    return took >= 0 ? took : asked;
}

/* The device counts now, from when it has shown that it does. */
static void device_counts(struct core_unit *u, const struct core_job *job,
                          const struct unit_result *result)
{
    struct core_countdown *c = &u->count_down;
    enum ups_command command = job->job.command;
    bool reboot =
        command == UPS_COMMAND_SHUTDOWN_REBOOT || command == UPS_COMMAND_SHUTDOWN_REBOOT_GRACEFUL;
    bool alone = command == UPS_COMMAND_SHUTDOWN_REBOOT; /* its one number is the time off */
    int32_t off = delay(result->took.value, alone ? 0 : job->job.args.value);
    int32_t on = delay(result->took.second, alone ? job->job.args.value : job->job.args.second);
    bool ours = job->job.id == c->job && c->start_by_us && c->timers.on_at_ms >= 0;
    int64_t start_at = c->timers.on_at_ms;

    c->timers.countdown = reboot ? SNAP_COUNT_REBOOT : SNAP_COUNT_SHUTDOWN;
    c->timers.off_at_ms = off < 0 ? -1 : result->done_ms + (int64_t)off * SECOND_MS;
    c->timers.on_at_ms = -1;
    c->by_device = true;
    c->off_command = UPS_COMMAND_COUNT;
    c->off_passed = c->stale = c->off_requested = false;
    c->start_by_us = ours;
    if (ours)
        c->timers.on_at_ms = start_at;
    else if (command != UPS_COMMAND_SHUTDOWN_STAYOFF && on >= 0 && off >= 0)
        c->timers.on_at_ms = c->timers.off_at_ms + (int64_t)on * SECOND_MS;
    tidy(c);
    /* what was read before it counted was another time off, which was over then */
    if (is_off(u) && off >= 0 && u->reading->taken_ms >= result->done_ms)
        gone_off(u);
}

void countdown_job_done(struct core *core, struct core_unit *u, const struct core_job *job,
                        const struct unit_result *result)
{
    struct core_countdown *c = &u->count_down;

    (void)core;
    switch (job->job.command) {
    case UPS_COMMAND_SHUTDOWN_RETURN:
    case UPS_COMMAND_SHUTDOWN_STAYOFF:
    case UPS_COMMAND_SHUTDOWN_REBOOT:
    case UPS_COMMAND_SHUTDOWN_REBOOT_GRACEFUL: device_counts(u, job, result); break;
    case UPS_COMMAND_SHUTDOWN_STOP: cancel_off(c); break;
    case UPS_COMMAND_LOAD_OFF:
        if (!c->start_by_us)
            c->timers.on_at_ms = -1;
        gone_off(u);
        break;
    case UPS_COMMAND_LOAD_ON:
        c->off_requested = false;
        c->timers.on_at_ms = -1;
        tidy(c);
        break;
    default: break;
    }
    if (job->job.id == c->job)
        c->job = 0;
    retry_anew(c);
}

/* Will the same command ever work?  Not if the device has none or wants no such number. */
static bool hopeless(enum ups_error error)
{
    return error == UPS_E_REFUSED || error == UPS_E_UNSUPPORTED || error == UPS_E_INVALID;
}

void countdown_job_failed(struct core *core, struct core_unit *u, const struct core_job *job,
                          const struct unit_result *result)
{
    struct core_countdown *c = &u->count_down;

    if (job->job.id != c->job)
        return;
    c->job = 0;
    if (c->off_command != UPS_COMMAND_COUNT && hopeless(result->error)) {
        log_msg(LOG_LVL_WARN, "control", u->conf->name, "shutdown given up: the UPS refuses it");
        forget(c);
        return;
    }
    c->retry_ms = ups_now(core->clock) + c->retry_gap_ms;
    c->retry_gap_ms = c->retry_gap_ms * 2 < RETRY_MOST ? c->retry_gap_ms * 2 : RETRY_MOST;
}

/* -- giving commands -------------------------------------------------------------------------- */

/* Gives a command of ours; if that can't be now, it is tried again soon. */
static void give(struct core *core, struct core_unit *u, enum ups_command command,
                 struct ups_command_args args, int64_t now)
{
    struct core_countdown *c = &u->count_down;
    struct job_order order = {.job = {.command = command, .args = args}, .by_us = true};

    c->retry_ms = now + LOOK_MS;
    if (!core_reachable(u) || jobs_blocking(&u->jobs) > 0)
        return;
    if (jobs_begin(core, u, &order, &c->job) != UPS_OK)
        c->retry_ms = now + c->retry_gap_ms;
}

/* A shutdown that comes much too late would hit a load that has been started again since. */
static void too_late(struct core *core, struct core_unit *u)
{
    struct core_countdown *c = &u->count_down;

    log_msg(LOG_LVL_WARN, "control", u->conf->name,
            "shutdown forgotten: the UPS could not be told in time");
    jobs_failed_after_all(core, u, c->off_command, "the UPS could not be told in time");
    forget(c);
}

static bool tick_give_off(struct core *core, struct core_unit *u, int64_t now)
{
    struct core_countdown *c = &u->count_down;
    struct ups_command_args args = c->off_args;
    int64_t left = (c->timers.off_at_ms - now + SECOND_MS - 1) / SECOND_MS;

    if (c->job != 0)
        return false;
    if (now > c->timers.off_at_ms + GIVE_UP_MS) {
        too_late(core, u);
        return true;
    }
    if (!core_reachable(u) || now < give_at(u) || now < c->retry_ms)
        return false;
    if (is_off(u)) {
        log_msg(LOG_LVL_NOTICE, "control", u->conf->name,
                "shutdown forgotten: the output is off already");
        cancel_off(c);
        return true;
    }
    if (c->off_command == UPS_COMMAND_LOAD_OFF)
        args = (struct ups_command_args){-1, -1, false};
    else
        args.value = (int32_t)(left < 0 ? 0 : left < u->caps.off_most ? left : u->caps.off_most);
    give(core, u, c->off_command, args, now);
    return true;
}

static bool tick_give_on(struct core *core, struct core_unit *u, int64_t now)
{
    struct core_countdown *c = &u->count_down;

    if (c->job != 0 || now < c->retry_ms || !core_reachable(u))
        return false;
    if (c->timers.off_at_ms >= 0 && c->off_passed && !is_off(u))
        return false; /* it must be about to go off */
    if (!is_off(u)) {
        c->timers.on_at_ms = -1;
        tidy(c);
        return true;
    }
    if (!countdown_mains(u))
        return false;
    give(core, u, UPS_COMMAND_LOAD_ON, (struct ups_command_args){-1, -1, false}, now);
    return true;
}

/* -- watching the device ---------------------------------------------------------------------- */

/* It should be off for long, a reading has come since, and it is on. */
static bool overdue(const struct core_unit *u)
{
    const struct core_countdown *c = &u->count_down;

    return c->by_device && !u->caps.off_unseen && c->timers.off_at_ms >= 0 && u->fresh &&
           !is_off(u) && u->good_ms >= c->timers.off_at_ms + OVERDUE_MS;
}

/* Both moments are past and the device talks again, but never tells of its output. */
static bool over_unseen(const struct core_unit *u)
{
    const struct core_countdown *c = &u->count_down;

    return u->caps.off_unseen && c->by_device && c->timers.off_at_ms >= 0 && u->fresh &&
           u->good_ms > c->timers.off_at_ms && u->good_ms > c->timers.on_at_ms;
}

static void not_off(struct core *core, struct core_unit *u)
{
    static const char why[] = "the UPS has not switched off";
    struct core_countdown *c = &u->count_down;
    enum ups_command command = command_of(c);

    if (c->stale) {
        log_msg(LOG_LVL_NOTICE, "control", u->conf->name,
                "the output is on, and the time to switch off is past: countdown forgotten");
    } else {
        log_msg(LOG_LVL_WARN, "control", u->conf->name, "%s: %s: countdown forgotten",
                ups_commands[command].name, why);
        jobs_failed_after_all(core, u, command, why);
    }
    cancel_off(c);
}

/* The output is off, the device was to switch on long ago, mains are there: it does not. */
static bool starts_never(const struct core_unit *u)
{
    const struct core_countdown *c = &u->count_down;

    return c->timers.on_at_ms >= 0 && c->timers.off_at_ms < 0 && !c->start_by_us && u->fresh &&
           is_off(u) && u->good_ms >= c->timers.on_at_ms + START_MS && countdown_mains(u);
}

void countdown_follow(struct core *core, struct core_unit *u)
{
    struct core_countdown *c = &u->count_down;

    if (is_off(u)) {
        if (c->by_device && c->timers.off_at_ms >= 0)
            gone_off(u);
        if (!starts_never(u))
            return;
        log_msg(LOG_LVL_WARN, "control", u->conf->name,
                "the UPS has not switched on again: countdown forgotten");
        c->timers.on_at_ms = -1;
        tidy(c);
        return;
    }
    c->off_requested = false;
    if (overdue(u))
        not_off(core, u);
    else if (over_unseen(u))
        cancel_off(c);
    if (c->timers.on_at_ms >= 0 && c->timers.off_at_ms < 0 && !c->start_by_us) {
        c->timers.on_at_ms = -1;
        tidy(c);
    }
}

/* -- time ------------------------------------------------------------------------------------- */

static bool reached(int64_t at, int64_t before, int64_t now)
{
    return at >= 0 && at > before && at <= now;
}

void countdown_tick(struct core *core, struct core_unit *u, int64_t now)
{
    struct core_countdown *c = &u->count_down;
    bool changed = false;

    if (c->timers.off_at_ms >= 0 && c->off_command != UPS_COMMAND_COUNT)
        changed = tick_give_off(core, u, now);
    if (c->by_device && c->timers.off_at_ms >= 0 && now >= c->timers.off_at_ms && !c->off_passed)
        changed = c->off_passed = true;
    if (c->timers.on_at_ms >= 0 && c->start_by_us && now >= c->timers.on_at_ms)
        changed = tick_give_on(core, u, now) || changed;
    /* alarm 23 begins */
    if (reached(c->timers.off_at_ms - IMMINENT_MS, c->ticked_ms, now))
        changed = true;
    c->ticked_ms = now;
    if (changed)
        core_settle(core, u, now);
}

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t give_next(const struct core_unit *u, int64_t at)
{
    const struct core_countdown *c = &u->count_down;

    return at > c->retry_ms ? at : c->retry_ms;
}

int64_t countdown_next_ms(const struct core_unit *u)
{
    const struct core_countdown *c = &u->count_down;
    int64_t off = c->timers.off_at_ms, next = INT64_MAX;

    if (off >= 0 && c->off_command != UPS_COMMAND_COUNT && c->job == 0) {
        next = off + GIVE_UP_MS + 1;
        if (core_reachable(u))
            next = least(next, give_next(u, give_at(u)));
    }
    if (off >= 0 && off - IMMINENT_MS > c->ticked_ms)
        next = least(next, off - IMMINENT_MS);
    if (off >= 0 && c->by_device && !c->off_passed)
        next = least(next, off);
    /* without a device, without mains, while it is about to go off: a reading has to come first */
    if (c->timers.on_at_ms >= 0 && c->start_by_us && c->job == 0 && core_reachable(u) &&
        (!is_off(u) ? !c->off_passed : countdown_mains(u)))
        next = least(next, give_next(u, c->timers.on_at_ms));
    return next;
}

/* -- what others see -------------------------------------------------------------------------- */

void countdown_alarms(const struct core *core, const struct core_unit *u, struct ups_alarm_set *set)
{
    const struct core_countdown *c = &u->count_down;
    int64_t now = ups_now(core->clock), own = 0, restart = UPS_NO;
    bool off = u->fresh && is_off(u);

    /* a countdown that somebody else has started shows only where the device tells its timer */
    ups_get(u->reading, UPS_VAR_UPS_TIMER_SHUTDOWN, 0, &own);
    if ((c->timers.off_at_ms >= 0 && !c->off_passed) || own > 0)
        ups_alarm_add(set, UPS_ALARM_SHUTDOWN_PENDING);
    if ((c->timers.off_at_ms >= 0 && !c->off_passed && now >= c->timers.off_at_ms - IMMINENT_MS) ||
        (own > 0 && own <= IMMINENT_MS))
        ups_alarm_add(set, UPS_ALARM_SHUTDOWN_IMMINENT);
    if (off && c->off_requested)
        ups_alarm_add(set, UPS_ALARM_OUTPUT_OFF_AS_REQUESTED);
    ups_get(u->reading, UPS_VAR_UPS_START_AUTO, 0, &restart);
    if (off && !countdown_mains(u) && (c->timers.on_at_ms >= 0 || restart == UPS_YES))
        ups_alarm_add(set, UPS_ALARM_AWAITING_POWER);
}

void countdown_publish(const struct core_unit *u, struct snapshot *s)
{
    s->timers = u->count_down.timers;
    if (u->count_down.off_passed)
        s->timers.off_at_ms = -1;
}

/* -- the state file --------------------------------------------------------------------------- */

static int64_t to_wall(const struct core *core, int64_t at_ms)
{
    return at_ms < 0 ? 0 : core_wall(core, at_ms);
}

/* Moments of before this host was booted become 0, which is past all the same. */
static int64_t to_mono(const struct core *core, int64_t wall_ms)
{
    int64_t at = wall_ms == 0 ? -1 : core_mono(core, wall_ms);

    return wall_ms != 0 && at < 0 ? 0 : at;
}

void countdown_save(const struct core *core, const struct core_unit *u, struct state_unit *state)
{
    const struct core_countdown *c = &u->count_down;

    state->countdown = c->timers.countdown;
    state->by_device = c->by_device;
    state->off_at = to_wall(core, c->timers.off_at_ms);
    state->on_at = to_wall(core, c->timers.on_at_ms);
    state->off_requested = c->off_requested;
    /* what we have yet to give: the shutdown's command, or load.on */
    state->off_command = c->off_command;
    if (c->off_command == UPS_COMMAND_COUNT && c->start_by_us)
        state->off_command = UPS_COMMAND_LOAD_ON;
}

static void load_off(const struct core *core, struct core_unit *u, const struct state_unit *state)
{
    struct core_countdown *c = &u->count_down;
    int64_t late = ups_wall(core->clock) - state->off_at;

    c->off_command = state->off_command;
    c->off_args = (struct ups_command_args){-1, -1, false};
    c->start_by_us = state->on_at != 0 && c->off_command != UPS_COMMAND_SHUTDOWN_RETURN;
    if (state->on_at != 0 && !c->start_by_us)
        c->off_args.second = (int32_t)((state->on_at - state->off_at) / SECOND_MS);
    if (late <= GIVE_UP_MS)
        return;
    log_msg(LOG_LVL_WARN, "control", u->conf->name,
            "shutdown forgotten: it was due %" PRId64 " s ago, while nobody could give it",
            late / SECOND_MS);
    forget(c);
}

void countdown_load(const struct core *core, struct core_unit *u, const struct state_unit *state)
{
    struct core_countdown *c = &u->count_down;

    c->off_requested = state->off_requested;
    if (state->countdown == SNAP_COUNT_NONE)
        return;
    c->timers = (struct snap_timers){state->countdown, to_mono(core, state->off_at),
                                     to_mono(core, state->on_at)};
    c->by_device = state->by_device;
    c->ticked_ms = 0;
    if (state->off_command == UPS_COMMAND_LOAD_ON) {
        c->start_by_us = true;
    } else if (state->off_command < UPS_COMMAND_COUNT && state->off_at != 0) {
        load_off(core, u, state);
        return;
    }
    if (c->timers.off_at_ms >= 0 && ups_wall(core->clock) >= state->off_at)
        c->off_passed = c->stale = true;
    tidy(c);
}
