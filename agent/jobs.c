/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Jobs of the devices: handing them over, what follows from their end, and the command table's
 * rows.  Whoever wanted the job (a SET, a countdown, the end of muting), its effect is the same.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control_private.h"

#define DEADLINE_MS       60000
#define DEADLINE_POWER_MS 120000 /* load.on, load.off, bypass: the device takes its time */
#define LOST_MS           10000  /* past its deadline: a job whose end was never told */

void jobs_init(struct core_jobs *j)
{
    memset(j, 0, sizeof(*j));
    j->shutdown_type = 1;
    j->low_minutes = -1;
}

void jobs_free(struct core_jobs *j)
{
    snap_commands_release(j->commands);
    j->commands = NULL;
    free(j->job);
    j->job = NULL;
    j->rows = 0;
}

/* -- finding ---------------------------------------------------------------------------------- */

struct core_job *jobs_find(struct core_unit *u, uint64_t id)
{
    for (size_t i = 0; id != 0 && i < u->jobs.rows; i++)
        if (u->jobs.job[i].job.id == id)
            return &u->jobs.job[i];
    return NULL;
}

const struct core_job *jobs_latest(const struct core_jobs *jobs)
{
    return jobs->rows > 0 && jobs->job[jobs->latest].job.id != 0 ? &jobs->job[jobs->latest] : NULL;
}

bool jobs_run(const struct core_jobs *j, enum ups_command command)
{
    for (size_t i = 0; i < j->rows; i++)
        if (j->job[i].running && !j->job[i].job.set && j->job[i].job.command == command)
            return true;
    return false;
}

size_t jobs_running(const struct core_jobs *jobs)
{
    size_t n = 0;

    for (size_t i = 0; i < jobs->rows; i++)
        n += jobs->job[i].running;
    return n;
}

size_t jobs_blocking(const struct core_jobs *jobs)
{
    size_t n = 0;

    for (size_t i = 0; i < jobs->rows; i++)
        n += jobs->job[i].running && jobs->job[i].job.id != jobs->unmute_job;
    return n;
}

/* -- the command table ------------------------------------------------------------------------ */

/*
 * A picture of the table that may be written: those published before stay as they are.  NULL: no
 * memory; then the old one is served on.
 */
static struct snap_commands *commands_anew(struct core_unit *u)
{
    struct snap_commands *fresh = calloc(1, sizeof(*fresh));

    if (!fresh) {
        log_msg(LOG_LVL_ERR, "control", u->conf->name, "out of memory: command states stay");
        return NULL;
    }
    for (size_t i = 0; i <= UPS_COMMAND_COUNT; i++)
        fresh->command[i] =
            u->jobs.commands
                ? u->jobs.commands->command[i]
                : (struct snap_command){.lock = 1, .state = SNAP_COMMAND_IDLE, .end_ms = -1};
    atomic_init(&fresh->refs, 1);
    snap_commands_release(u->jobs.commands);
    u->jobs.commands = fresh;
    return fresh;
}

static size_t row_of(const struct unit_job *job)
{
    return job->set ? UPS_COMMAND_COUNT : job->command;
}

static void row_begins(struct core *core, struct core_unit *u, const struct core_job *job)
{
    struct snap_commands *c = commands_anew(u);

    if (!c)
        return;
    struct snap_command *row = &c->command[row_of(&job->job)];
    row->state = SNAP_COMMAND_RUNNING;
    row->begun_wall = ups_wall(core->clock);
    row->begun_ms = job->begun_ms;
    row->end_ms = -1;
    row->text[0] = '\0';
}

static void row_ends(struct core_unit *u, size_t at, enum snap_command_state state, int64_t end_ms,
                     const char *text)
{
    struct snap_commands *c = commands_anew(u);

    if (!c)
        return;
    c->command[at].state = state;
    c->command[at].end_ms = end_ms;
    snprintf(c->command[at].text, sizeof(c->command[at].text), "%.*s", SNAP_DETAIL_MAX - 1, text);
}

void jobs_row_lock(struct core *core, struct core_unit *u, enum ups_command command, uint32_t lock)
{
    struct snap_commands *c = commands_anew(u);

    (void)core;
    if (c)
        c->command[command].lock = lock;
}

static enum snap_command_state state_of(enum ups_error error)
{
    switch (error) {
    case UPS_OK: return SNAP_COMMAND_DONE;
    case UPS_E_REFUSED:
    case UPS_E_UNSUPPORTED:
    case UPS_E_INVALID:
    case UPS_E_BUSY: return SNAP_COMMAND_REFUSED;
    case UPS_E_TIMEOUT: return SNAP_COMMAND_TIMEOUT;
    default: return SNAP_COMMAND_FAILED;
    }
}

/* -- beginning -------------------------------------------------------------------------------- */

static int64_t deadline_after(const struct unit_job *job)
{
    bool slow =
        !job->set && (job->command == UPS_COMMAND_LOAD_ON || job->command == UPS_COMMAND_LOAD_OFF ||
                      ups_commands[job->command].cls == UPS_CLASS_BYPASS);

    return slow ? DEADLINE_POWER_MS : DEADLINE_MS;
}

static bool make_room(struct core_jobs *j)
{
    if (j->rows == 0) {
        j->job = calloc(CORE_JOBS, sizeof(*j->job));
        j->rows = j->job ? CORE_JOBS : 0;
    }
    return j->rows > 0;
}

/* A place for one more; there is one more than can be under way, and the latest is kept. */
static size_t free_slot(const struct core_jobs *j)
{
    size_t i = 0;

    while (i < j->rows && (j->job[i].running || (i == j->latest && j->job[i].job.id != 0)))
        i++;
    return i;
}

enum ups_error jobs_begin(struct core *core, struct core_unit *u, const struct job_order *order,
                          uint64_t *id)
{
    struct core_job job = {.job = order->job,
                           .running = true,
                           .by_us = order->by_us,
                           .mutes = order->mutes,
                           .then = order->then,
                           .begun_ms = ups_now(core->clock)};
    enum ups_error error;
    size_t slot;

    *id = 0;
    if (!make_room(&u->jobs))
        return UPS_E_SYSTEM;
    slot = free_slot(&u->jobs);
    if (slot == u->jobs.rows || jobs_running(&u->jobs) >= UNIT_JOBS_MAX)
        return UPS_E_BUSY;
    job.job.id = ++core->last_job;
    job.job.deadline_ms = job.begun_ms + deadline_after(&job.job);
    log_job_text(&job.job, job.what, sizeof(job.what));
    error = core->config.submit(core->config.arg, core_number(core, u), &job.job);
    if (error != UPS_OK)
        return error;
    *id = job.job.id;
    u->jobs.job[slot] = job;
    u->jobs.latest = slot;
    row_begins(core, u, &job);
    return UPS_OK;
}

void jobs_late(struct core *core, struct core_unit *u, struct core_job *job)
{
    enum snap_test_id test = job->job.set ? SNAP_TEST_ID_NONE : plan_test_of(job->job.command);

    if (job->late)
        return;
    job->late = true;
    if (test != SNAP_TEST_ID_NONE)
        test_started(core, u, test);
}

/* -- ending ----------------------------------------------------------------------------------- */

static void emit_command(struct core *core, struct core_unit *u, enum ups_command command,
                         enum snap_command_state state, const char *text)
{
    struct event event = {.kind = EVENT_COMMAND, .alarm = UPS_ALARM_NONE};

    event.number[EVENT_N_COMMAND] = command;
    event.number[EVENT_N_STATE] = state;
    snprintf(event.text, sizeof(event.text), "%.*s", (int)sizeof(event.text) - 1, text);
    core_emit(core, u, &event);
}

static void emit_setting(struct core *core, struct core_unit *u, const struct unit_job *job)
{
    struct event event = {.kind = EVENT_SETTING, .alarm = UPS_ALARM_NONE};
    struct control_item item = {.what = CONTROL_SETTING, .var = job->var, .value = job->milli};

    event.number[EVENT_N_VAR] = job->var;
    if (!ups_format(u->reading, job->var, 0, event.text, sizeof(event.text)))
        log_value_wanted(&item, event.text, sizeof(event.text));
    core_emit(core, u, &event);
}

void jobs_failed_after_all(struct core *core, struct core_unit *u, enum ups_command command,
                           const char *why)
{
    row_ends(u, command, SNAP_COMMAND_FAILED, ups_now(core->clock), why);
    emit_command(core, u, command, SNAP_COMMAND_FAILED, why);
}

/* What a test command's end means for upsTest. */
static void follow_test_job(struct core *core, struct core_unit *u, const struct core_job *job,
                            const struct unit_result *result)
{
    enum snap_test_id test = plan_test_of(job->job.command);

    if (job->job.command == UPS_COMMAND_TEST_BATTERY_STOP) {
        if (result->error == UPS_OK)
            test_aborted(core, u);
    } else if (result->error == UPS_OK && !job->late) {
        test_started(core, u, test);
    } else if (result->error != UPS_OK && job->late) {
        test_not_started(core, u, result->why);
    }
}

static void follow_job(struct core *core, struct core_unit *u, const struct core_job *job,
                       const struct unit_result *result)
{
    if (job->job.set) {
        if (job->job.var == UPS_VAR_UPS_BEEPER_STATUS)
            mute_job_ended(core, u, job, result->error);
        if (result->error == UPS_OK)
            emit_setting(core, u, &job->job);
        return;
    }
    switch (ups_commands[job->job.command].cls) {
    case UPS_CLASS_TEST: follow_test_job(core, u, job, result); break;
    case UPS_CLASS_BEEPER: mute_job_ended(core, u, job, result->error); break;
    case UPS_CLASS_SHUTDOWN:
    case UPS_CLASS_LOAD:
        if (result->error == UPS_OK)
            countdown_job_done(core, u, job, result);
        else
            countdown_job_failed(core, u, job, result);
        break;
    default: break;
    }
    if (result->error == UPS_OK)
        countdown_change(core, u, &job->then);
}

/* "done in 52 ms", "refused: 1045 reads 1 (after 120 ms)" */
static void outcome_text(const struct core_job *job, const struct unit_result *result, char *buf,
                         size_t size)
{
    static const char *const words[] = {
        [SNAP_COMMAND_REFUSED] = "refused",
        [SNAP_COMMAND_TIMEOUT] = "timed out",
        [SNAP_COMMAND_FAILED] = "failed",
    };
    char took[32];

    log_duration(job->end_ms - job->begun_ms, took, sizeof(took));
    if (result->error == UPS_OK)
        snprintf(buf, size, "done in %s", took);
    else
        snprintf(buf, size, "%s: %s (after %s)", words[state_of(result->error)],
                 result->why[0] ? result->why : ups_strerror(result->error), took);
}

void jobs_result(struct core *core, struct core_unit *u, const struct unit_result *result)
{
    struct core_job *job = jobs_find(u, result->id);
    char outcome[sizeof(result->why) + 64];
    enum snap_command_state state = state_of(result->error);

    if (!job || !job->running)
        return;
    job->running = false;
    job->error = result->error;
    job->end_ms = ups_now(core->clock);
    outcome_text(job, result, outcome, sizeof(outcome));
    row_ends(u, row_of(&job->job), state, job->end_ms, outcome);
    follow_job(core, u, job, result);
    if (!job->job.set)
        emit_command(core, u, job->job.command, state, outcome);
    if (!control_job_ended(core, u, job, outcome))
        log_msg(result->error == UPS_OK ? LOG_LVL_NOTICE : LOG_LVL_WARN, "control", u->conf->name,
                "%s: %s", job->what, outcome);
    core_settle(core, u, job->end_ms);
}

/* -- time ------------------------------------------------------------------------------------- */

/* The workers tell every job's end; should one never come, the unit must not be blocked for good.
 */
static void give_up(struct core *core, struct core_unit *u, const struct core_job *job)
{
    struct unit_result result = {.id = job->job.id,
                                 .error = UPS_E_TIMEOUT,
                                 .why = "its end was never told",
                                 .took = {-1, -1, false},
                                 .done_ms = ups_now(core->clock)};

    jobs_result(core, u, &result);
}

void jobs_tick(struct core *core, struct core_unit *u, int64_t now)
{
    for (size_t i = 0; i < u->jobs.rows; i++)
        if (u->jobs.job[i].running && now >= u->jobs.job[i].job.deadline_ms + LOST_MS)
            give_up(core, u, &u->jobs.job[i]);
    control_wait_over(core, u, now);
    mute_tick(core, u, now);
    log_rejects_tick(u, now);
}

int64_t jobs_next_ms(const struct core *core, const struct core_unit *u)
{
    int64_t next = control_next_ms(core, u), mute = mute_next_ms(u);
    int64_t rejects = log_rejects_next_ms(u);

    if (rejects < next)
        next = rejects;
    for (size_t i = 0; i < u->jobs.rows; i++) {
        int64_t at = u->jobs.job[i].job.deadline_ms + LOST_MS;
        if (u->jobs.job[i].running && at < next)
            next = at;
    }
    return mute < next ? mute : next;
}

void jobs_publish(const struct core_unit *u, struct snapshot *s)
{
    s->shutdown_type = u->jobs.shutdown_type;
    s->muted = u->jobs.muted;
    s->low_minutes = -1;
    if (u->jobs.gives_runtime && !ups_setting_find(&u->caps, UPS_VAR_BATTERY_RUNTIME_LOW))
        s->low_minutes = u->jobs.low_minutes < 0 ? 0 : u->jobs.low_minutes;
    if (u->jobs.commands)
        atomic_fetch_add_explicit(&u->jobs.commands->refs, 1, memory_order_relaxed);
    s->commands = u->jobs.commands;
}
