/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The jobs of one unit: a short queue between the core and the wire's thread.
 *
 * Jobs run one after the other, the first of unit_jobs.job being the one that runs or is next.
 * Every job that was taken in leaves by end_job(), once, whatever happens; its place is free again
 * when the core has taken the result, so there is always room for one.  A command that the device
 * has done stays the one that runs until the status has been read.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "unit.h"

#define NOT_KNOWN "not known whether it was done"

_Static_assert(sizeof(struct unit_jobs) <= 512, "a process may have hundreds of units");

enum ups_error unit_jobs_add(struct unit *u, const struct unit_job *job)
{
    const struct drv_driver *driver = u->conf->driver;
    struct unit_jobs *q = &u->jobs;
    enum ups_error err = UPS_OK;

    if (job->set ? !driver->set : !driver->command)
        return UPS_E_UNSUPPORTED;
    pthread_mutex_lock(&u->lock);
    /* under the same lock as the report of a loss, which ends the jobs that are here by then */
    if (u->report.link != UNIT_UP)
        err = UPS_E_DISCONNECTED;
    else if (q->waiting + q->ended >= UNIT_JOBS_MAX)
        err = UPS_E_BUSY;
    else if (!q->result && !(q->result = calloc(UNIT_JOBS_MAX, sizeof(*q->result))))
        err = UPS_E_SYSTEM;
    else {
        if (q->waiting == 0)
            q->due_ms = ups_now(u->wire->all->clock);
        q->job[q->waiting++] = *job;
    }
    pthread_mutex_unlock(&u->lock);
    return err;
}

bool unit_jobs_take(struct unit *u, struct unit_result *result, bool *more)
{
    struct unit_jobs *q = &u->jobs;
    bool there;

    pthread_mutex_lock(&u->lock);
    there = q->ended > 0;
    if (there) {
        *result = q->result[0];
        q->ended--;
        memmove(&q->result[0], &q->result[1], q->ended * sizeof(q->result[0]));
    }
    *more = q->ended > 0;
    pthread_mutex_unlock(&u->lock);
    return there;
}

/* -- the end of a job ------------------------------------------------------------------------- */

/* Moves job `i` to the results.  The lock is held. */
static void end_job(struct unit *u, unsigned i, enum ups_error error, int64_t now, const char *why)
{
    struct unit_jobs *q = &u->jobs;
    struct unit_result *r = &q->result[q->ended++];
    bool begun = i == 0 && u->run.runs;

    *r = (struct unit_result){.id = q->job[i].id,
                              .error = error,
                              .took = error == UPS_OK ? u->drv.took
                                                      : (struct ups_command_args){-1, -1, false},
                              .sent_ms = begun ? u->run.sent_ms : -1,
                              .done_ms = begun && u->run.done ? u->run.done_ms : now};
    snprintf(r->why, sizeof(r->why), "%s", why);
    q->waiting--;
    memmove(&q->job[i], &q->job[i + 1], (q->waiting - i) * sizeof(q->job[0]));
    if (i == 0) {
        q->due_ms = now;
        u->run.runs = u->run.given_up = u->run.done = false;
    }
}

/* The job that runs has ended. */
static void end_running(struct unit *u, enum ups_error error, int64_t now, const char *why)
{
    pthread_mutex_lock(&u->lock);
    end_job(u, 0, error, now, why);
    pthread_mutex_unlock(&u->lock);
    unit_signal(u, u->wire->all->ended, true);
}

/* The one that runs: nobody can tell how far it came. */
static void end_unknown(struct unit *u, int64_t now, const char *why)
{
    char text[sizeof(u->drv.why)];
    int room = (int)(sizeof(text) - sizeof("; " NOT_KNOWN));

    if (u->run.given_up)
        why = "not confirmed in time";
    snprintf(text, sizeof(text), "%.*s; " NOT_KNOWN, room, why);
    end_job(u, 0, u->run.given_up ? UPS_E_TIMEOUT : UPS_E_DISCONNECTED, now, text);
}

void unit_jobs_lost(struct unit *u, int64_t now, const char *why)
{
    bool any;

    pthread_mutex_lock(&u->lock);
    any = u->jobs.waiting > 0;
    if (u->run.done)
        end_job(u, 0, UPS_OK, now, "");
    else if (u->run.runs)
        end_unknown(u, now, why);
    while (u->jobs.waiting > 0)
        end_job(u, 0, UPS_E_DISCONNECTED, now, why);
    pthread_mutex_unlock(&u->lock);
    if (any)
        unit_signal(u, u->wire->all->ended, true);
}

/* -- deadlines -------------------------------------------------------------------------------- */

/* When job `i` must be looked at though its next step is not due.  One that is done can't be late.
 */
static int64_t limit_ms(const struct unit *u, unsigned i)
{
    if (i == 0 && u->run.done)
        return INT64_MAX;
    return u->jobs.job[i].deadline_ms + (i == 0 && u->run.given_up ? UNIT_GIVE_UP_MS : 0);
}

int64_t unit_jobs_due(struct unit *u)
{
    const struct unit_jobs *q = &u->jobs;
    int64_t due = INT64_MAX;

    pthread_mutex_lock(&u->lock);
    if (q->waiting > 0)
        due = q->due_ms;
    for (unsigned i = 0; i < q->waiting; i++)
        if (limit_ms(u, i) < due)
            due = limit_ms(u, i);
    pthread_mutex_unlock(&u->lock);
    return due;
}

bool unit_jobs_urgent(const struct unit *u, int64_t due, int64_t now)
{
    return due <= now + (u->run.done ? 0 : JOB_GAP_MS);
}

/* Ends those that have not begun in time. */
static void expire_waiting(struct unit *u, int64_t now)
{
    bool any = false;

    pthread_mutex_lock(&u->lock);
    for (unsigned i = u->run.runs ? 1 : 0; i < u->jobs.waiting;) {
        if (limit_ms(u, i) > now) {
            i++;
            continue;
        }
        end_job(u, i, UPS_E_TIMEOUT, now, "its turn has not come in time: nothing was done");
        any = true;
    }
    pthread_mutex_unlock(&u->lock);
    if (any)
        unit_signal(u, u->wire->all->ended, true);
}

static void step_at(struct unit *u, int64_t due)
{
    pthread_mutex_lock(&u->lock);
    u->jobs.due_ms = due;
    pthread_mutex_unlock(&u->lock);
}

/*
 * The time of the job that runs is over.  What the driver has begun must not be met by the next
 * job, nor take effect later behind the back of him who was told that it failed: the driver takes
 * it back or, if it can't, starts anew.  Returns true if the driver is to go on.
 */
static bool give_up(struct unit *u, int64_t now)
{
    bool tried = u->run.given_up;

    u->run.given_up = true;
    if (u->drv.driver->abandon && !tried) {
        step_at(u, now); /* whatever pause the command has asked for */
        return true;
    }
    log_msg(LOG_LVL_WARN, "worker", u->conf->name,
            "a job has not ended in time: opening the device anew");
    u->drv.driver->close(&u->drv);
    unit_closed(u, now, "a job has not ended in time");
    return false;
}

/* -- steps ------------------------------------------------------------------------------------ */

/* The job that takes the next step, if that is due. */
static bool next_job(struct unit *u, int64_t now, struct unit_job *job)
{
    struct unit_jobs *q = &u->jobs;
    bool due;

    pthread_mutex_lock(&u->lock);
    due = q->waiting > 0 && q->due_ms <= now;
    if (due)
        *job = q->job[0];
    pthread_mutex_unlock(&u->lock);
    return due;
}

static int driver_step(struct unit *u, const struct unit_job *job)
{
    const struct drv_driver *driver = u->drv.driver;

    u->drv.not_before_ms = 0;
    u->drv.why[0] = '\0';
    if (u->run.given_up)
        return driver->abandon(&u->drv, &u->reading);
    if (job->set)
        return driver->set(&u->drv, job->var, job->milli, &u->reading);
    return driver->command(&u->drv, job->command, job->args, &u->reading);
}

/* After a failure too: part of the job may have been done. */
static void job_ended(struct unit *u, int result, int64_t now)
{
    enum ups_error error = (enum ups_error)result;
    const char *why = u->drv.why;

    if (error == UPS_OK)
        why = "";
    else if (u->run.given_up)
        error = UPS_E_TIMEOUT;
    if (error != UPS_OK && why[0] == '\0')
        why = ups_strerror(error);
    unit_poll_soon(u, now);
    end_running(u, error, now, why);
}

/*
 * Commands whose effect is in the status words; what the others change (a setting, the beeper, a
 * countdown) comes with the result itself, and waiting would only make it later.
 */
static bool shows_in_status(const struct unit_job *job)
{
    static const uint32_t classes =
        1U << UPS_CLASS_LOAD | 1U << UPS_CLASS_BYPASS | 1U << UPS_CLASS_ECO | 1U << UPS_CLASS_TEST;

    return !job->set && (classes >> ups_commands[job->command].cls & 1);
}

/*
 * A command is done: its result waits for the status that shows it, so that whoever is told of
 * success sees it in every object at once.  A setting's value is in the reading already, and for
 * what was done only after its time nobody waits any more.
 */
static void command_done(struct unit *u, int64_t now)
{
    u->run.done = true;
    u->run.done_ms = now;
    unit_poll_soon(u, now);
    step_at(u, now + UNIT_SHOW_MS);
}

void unit_jobs_shown(struct unit *u)
{
    if (u->run.done)
        end_running(u, UPS_OK, ups_now(u->wire->all->clock), "");
}

void unit_jobs_step(struct unit *u, int64_t now)
{
    struct unit_job job;
    int r;

    expire_waiting(u, now);
    if (u->run.done) {
        if (now >= u->run.done_ms + UNIT_SHOW_MS)
            end_running(u, UPS_OK, now, "");
        return;
    }
    if (u->run.runs && limit_ms(u, 0) <= now && !give_up(u, now))
        return;
    if (!next_job(u, now, &job))
        return;
    if (!u->run.runs) {
        u->run = (struct job_run){.runs = true, .sent_ms = now};
        u->drv.took = (struct ups_command_args){-1, -1, false};
    }
    r = driver_step(u, &job);
    now = ups_now(u->wire->all->clock);
    if (r == UPS_E_DISCONNECTED || r == UPS_E_FOREIGN) {
        unit_closed(u, now, u->drv.why);
        return;
    }
    unit_tell_change(u); /* before the result, which others may act on */
    if (r == DRV_MORE)
        step_at(u, unit_next_step_ms(u));
    else if (r == DRV_DONE && shows_in_status(&job) && !u->run.given_up)
        command_done(u, now);
    else
        job_ended(u, r, now);
}
