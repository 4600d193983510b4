/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The Q* family: a command or a setting, step by step.
 *
 * Most dialects accept a command by saying nothing, and some units say nothing and do nothing.  So
 * the status has the last word wherever it can show what was asked for.  docs/protocols/qx.md says
 * what each dialect can't show.
 */
#include "qx.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { FRESH_MS = 1500, LOOK_GAP_MS = 250 };

/* -- does the status show it? ----------------------------------------------------------------- */

enum sight { SEEN, NOT_SEEN, BLIND };

/* How long it may take until the status shows it, and how to say that it does not. */
static const struct {
    int32_t wait_ms;
    const char *lacks;
} effects[] = {
    [QX_SHOWS_NOTHING] = {0, "it"},
    [QX_SHOWS_COUNTDOWN] = {3000, "a countdown"},
    [QX_SHOWS_NO_COUNTDOWN] = {3000, "the end of the countdown"},
    [QX_SHOWS_TEST] = {5000, "a test"},
    [QX_SHOWS_NO_TEST] = {5000, "the end of the test"},
    [QX_SHOWS_BEEPER] = {2000, "the beeper changed"},
    [QX_SHOWS_BEEPER_ON] = {3000, "the beeper enabled"},
    [QX_SHOWS_BEEPER_OFF] = {3000, "the beeper disabled"},
    [QX_SHOWS_OFF] = {10000, "the output off"},
    [QX_SHOWS_ON] = {20000, "the output on"}, /* not before 10 s after it went off */
    [QX_SHOWS_BYPASS] = {10000, "the bypass"},
    [QX_SHOWS_NO_BYPASS] = {10000, "the end of the bypass"},
    [QX_SHOWS_VALUE] = {5000, "the new state"},
};

static enum sight seen(bool yes)
{
    return yes ? SEEN : NOT_SEEN;
}

static enum sight status_has(const struct ups_reading *r, uint32_t word, bool wanted)
{
    return seen(((r->status & word) != 0) == wanted);
}

static enum sight beeper_is(const struct drv *d, const struct ups_reading *r, int64_t wanted,
                            bool other)
{
    int64_t beeper;

    if (!qx_gives(d, UPS_VAR_UPS_BEEPER_STATUS) ||
        !ups_get(r, UPS_VAR_UPS_BEEPER_STATUS, 0, &beeper) || wanted < 0)
        return BLIND;
    return seen((beeper == wanted) != other);
}

static enum sight value_is(const struct drv *d, const struct ups_reading *r)
{
    const struct qx *x = d->state;
    enum ups_var var;
    int64_t wanted, value;

    if (!qx_command_value(x->job.command->command, &var, &wanted) || !ups_get(r, var, 0, &value))
        return BLIND;
    return seen(value == wanted);
}

static enum sight shows(const struct drv *d, const struct ups_reading *r, enum qx_effect effect)
{
    const struct qx *x = d->state;
    bool no_sab = qx_flag(d, QX_OPT_IGNORESAB);

    switch (effect) {
    case QX_SHOWS_NOTHING: return BLIND;
    case QX_SHOWS_COUNTDOWN:
        return no_sab ? BLIND : status_has(r, UPS_STATUS_MASK(FSD) | UPS_STATUS_MASK(OFF), true);
    case QX_SHOWS_NO_COUNTDOWN: return no_sab ? BLIND : status_has(r, UPS_STATUS_MASK(FSD), false);
    case QX_SHOWS_TEST: return status_has(r, UPS_STATUS_MASK(CAL), true);
    case QX_SHOWS_NO_TEST: return status_has(r, UPS_STATUS_MASK(CAL), false);
    case QX_SHOWS_BEEPER: return beeper_is(d, r, x->job.beeper, true);
    case QX_SHOWS_BEEPER_ON: return beeper_is(d, r, UPS_BEEPER_ENABLED, false);
    case QX_SHOWS_BEEPER_OFF: return beeper_is(d, r, UPS_BEEPER_DISABLED, false);
    case QX_SHOWS_OFF: return x->output_seen ? status_has(r, UPS_STATUS_MASK(OFF), true) : BLIND;
    case QX_SHOWS_ON: return x->output_seen ? status_has(r, UPS_STATUS_MASK(OFF), false) : BLIND;
    case QX_SHOWS_BYPASS: return status_has(r, UPS_STATUS_MASK(BYPASS), true);
    case QX_SHOWS_NO_BYPASS: return status_has(r, UPS_STATUS_MASK(BYPASS), false);
    case QX_SHOWS_VALUE: return value_is(d, r);
    }
    return BLIND;
}

/* A setting's value, read back. */
static enum sight set_seen(const struct qx_job *job, const struct ups_reading *r)
{
    int64_t milli;

    return seen(ups_get(r, job->setting->var, 0, &milli) && milli >= job->milli &&
                milli <= job->milli + job->setting->slack * INT64_C(1000));
}

static enum sight sight(const struct drv *d, const struct ups_reading *r)
{
    const struct qx *x = d->state;

    return x->job.setting ? set_seen(&x->job, r) : shows(d, r, x->job.command->effect);
}

/* -- steps ------------------------------------------------------------------------------------ */

static const char *job_name(const struct qx_job *job)
{
    return job->setting ? ups_vars[job->setting->var].name
                        : ups_commands[job->command->command].name;
}

static int stage(struct drv *d, enum qx_stage next)
{
    struct qx *x = d->state;

    x->job.stage = (uint8_t)next;
    return qx_more(d);
}

static int done(struct drv *d, struct ups_reading *r)
{
    struct qx *x = d->state;
    const struct qx_job *job = &x->job;

    x->job.runs = false;
    if (x->has != x->caps_has) /* a switch may open other things */
        qx_find_caps_again(d, r);
    if (job->command && job->command->effect == QX_SHOWS_COUNTDOWN && job->sent) {
        enum { RETURNS_S = 10 }; /* asked for none, the device still waits 10 s */
        bool returns = job->command->command == UPS_COMMAND_SHUTDOWN_RETURN;
        if (job->args.start_auto_asked && qx_keeps_auto(d)) /* in so many words: so it stays */
            d->opt[QX_OPT_STAYOFF] = (struct drv_value){.set = true, .num = !returns};
        d->took.value = job->off;
        d->took.second = !returns ? -1 : job->on > 0 ? job->on : RETURNS_S;
    }
    return DRV_DONE;
}

static int ended(struct drv *d, int error)
{
    struct qx *x = d->state;

    x->job.runs = false;
    return error;
}

/* Reads the status, with the cursor of jobs. */
static int look(struct drv *d, struct ups_reading *r, enum qx_stage next)
{
    struct qx *x = d->state;
    int rc = qx_advance(d, &x->cursor[2], false, r);

    return rc == DRV_DONE ? stage(d, next) : rc;
}

/* Sends and notes what came back.  DRV_DONE, or an error of the wire. */
static int transmit(struct drv *d, const char *format)
{
    struct qx *x = d->state;
    struct qx_job *job = &x->job;
    const struct qx_dialect *dialect = x->dialect;
    bool must = dialect->flags & QX_MUST_ACK;
    const struct qx_numbers n = {.off = job->off,
                                 .on = job->on,
                                 .test = job->test,
                                 .milli = job->milli,
                                 .address = x->address};
    uint8_t reply[QX_LINE_MAX];
    char request[QX_REQUEST_MAX];
    size_t len;
    bool unended;

    if (!qx_write(request, sizeof request, format, &n))
        return drv_fail(d, UPS_E_INVALID, "%s: the number has no place in the request",
                        job_name(job));
    int rc = qx_exchange(d, request, must ? QX_EXPECT_ACK : QX_EXPECT_NONE, reply, &len, &unended);
    if (rc < 0 && rc != UPS_E_GARBLED) /* garbled: something came, as from the one that obeys */
        return rc;
    if (rc == UPS_E_GARBLED)
        len = 0;
    qx_show(reply, len, job->reply, sizeof job->reply);
    bool acked = dialect->ack && len >= strlen(dialect->ack) &&
                 strncasecmp((const char *)reply, dialect->ack, strlen(dialect->ack)) == 0;
    if (rc == QX_SILENCE)
        job->said = must ? QX_SAID_OTHER : QX_SAID_NOTHING;
    else if (acked)
        job->said = dialect->flags & QX_ACK_MEANS_NOTHING ? QX_SAID_NOTHING : QX_SAID_YES;
    else
        job->said = rc == QX_REFUSAL ? QX_SAID_NO : QX_SAID_OTHER;
    log_msg(LOG_LVL_DEBUG, "qx", d->unit, "%s: sent %s, reply \"%s\"", job_name(job), request,
            job->reply);
    return DRV_DONE;
}

static const struct qx_command *stop_row(const struct qx *x)
{
    for (unsigned i = 0; i < x->dialect->commands; i++)
        if (x->dialect->command[i].command == UPS_COMMAND_SHUTDOWN_STOP)
            return &x->dialect->command[i];
    return NULL;
}

/* A second shut-down during a countdown: nobody documents which wins, so the first is cancelled. */
static int step_clear(struct drv *d, const struct ups_reading *r)
{
    struct qx *x = d->state;
    const struct qx_command *stop = stop_row(x);
    bool runs = x->job.command && x->job.command->effect == QX_SHOWS_COUNTDOWN && stop &&
                x->job.shown_before && (r->status & UPS_STATUS_MASK(FSD));

    if (!runs)
        return stage(d, QX_JOB_BEFORE);
    int rc = transmit(d, stop->bytes);
    return rc == DRV_DONE ? stage(d, QX_JOB_CLEARED) : rc;
}

static int step_before(struct drv *d)
{
    struct qx *x = d->state;
    const char *before = x->job.command ? x->job.command->before : NULL;

    if (!before)
        return stage(d, QX_JOB_SEND);
    int rc = transmit(d, before);
    if (rc != DRV_DONE)
        return rc;
    if (x->job.said != QX_SAID_YES)
        return drv_fail(d, UPS_E_REFUSED, "%s was not acknowledged (\"%s\"): %s was not sent",
                        before, x->job.reply, job_name(&x->job));
    return stage(d, QX_JOB_SEND);
}

/* Is it the other request, qx_command.at_once? */
static bool at_once(const struct qx_job *job)
{
    enum { QUICK_S = 10 };

    if (!job->command || !job->command->at_once)
        return false;
    switch (job->command->effect) {
    case QX_SHOWS_TEST: return job->test <= QUICK_S;
    case QX_SHOWS_BEEPER: return job->beeper != UPS_BEEPER_ENABLED;
    case QX_SHOWS_BEEPER_ON: return job->beeper == UPS_BEEPER_MUTED;
    default: return job->on == 0;
    }
}

static const char *bytes_of(const struct qx_job *job)
{
    if (job->setting)
        return job->setting->words ? job->setting->words[job->milli] : job->setting->bytes;
    return at_once(job) ? job->command->at_once : job->command->bytes;
}

/* The row that shows the effect; NULL: the status does. */
static const char *query_of(const struct qx_job *job)
{
    if (job->setting)
        return job->setting->query;
    if (job->command->effect == QX_SHOWS_BEEPER_ON && at_once(job))
        return NULL;
    return job->command->query;
}

static int step_send(struct drv *d, const struct ups_reading *r)
{
    struct qx *x = d->state;
    struct qx_job *job = &x->job;
    int32_t wait = job->setting ? 3000 : effects[job->command->effect].wait_ms;

    job->shown_before = sight(d, r) == SEEN;
    job->sent = true;
    int rc = transmit(d, bytes_of(job));
    if (rc != DRV_DONE)
        return rc;
    job->until_ms = ups_now(d->host->clock) + wait;
    return stage(d, QX_JOB_SHOW);
}

static int step_first(struct drv *d, struct ups_reading *r)
{
    struct qx *x = d->state;
    const struct qx_setting *s = x->job.setting;

    if (s->first && !x->job.asked) {
        struct qx_part unused = {0};
        int rc = qx_ask(d, (unsigned)qx_row(x->dialect, s->first), &unused, r);

        x->job.asked = true;
        return rc == DRV_DONE ? qx_more(d) : rc;
    }
    if (s->safe && !s->safe(d, s->var, x->job.milli, r))
        return UPS_E_REFUSED;
    return step_send(d, r);
}

/* -- the verdict ------------------------------------------------------------------------------ */

static int refused(struct drv *d)
{
    struct qx *x = d->state;

    return drv_fail(d, UPS_E_REFUSED, "the UPS does not take %s (it answers \"%s\")",
                    job_name(&x->job), x->job.reply);
}

/* The status does not show it, and will not. */
static int unconfirmed(struct drv *d, struct ups_reading *r, bool blind)
{
    struct qx *x = d->state;
    const struct qx_job *job = &x->job;
    enum qx_effect effect = job->setting ? QX_SHOWS_NOTHING : job->command->effect;

    if (job->said == QX_SAID_OTHER)
        return job->reply[0] ? refused(d)
                             : drv_fail(d, UPS_E_TIMEOUT, "no answer to %s", job_name(job));
    /* many units toggle their beeper and never move the flag */
    if (blind || effect == QX_SHOWS_BEEPER) {
        log_msg(LOG_LVL_NOTICE, "qx", d->unit,
                "%s: the UPS has not refused it; whether it obeys can't be seen", job_name(job));
        return done(d, r);
    }
    if (effect == QX_SHOWS_COUNTDOWN)
        return stage(d, QX_JOB_TAKE_BACK);
    return drv_fail(d, UPS_E_TIMEOUT, "the UPS has not refused it, but does not show %s",
                    job->setting ? "the new value" : effects[effect].lacks);
}

static int take_back(struct drv *d)
{
    const struct qx *x = d->state;
    const struct qx_command *stop = stop_row(x);
    int rc = stop ? transmit(d, stop->bytes) : DRV_DONE;

    if (rc < 0)
        return rc;
    return drv_fail(d, UPS_E_TIMEOUT,
                    "the UPS has not refused it, but shows no countdown; %s (a UPS whose shutdown "
                    "flag is dead needs the option ignoresab)",
                    stop ? "cancelled" : "it can't be cancelled");
}

static int step_show(struct drv *d, struct ups_reading *r)
{
    struct qx *x = d->state;
    struct qx_job *job = &x->job;
    bool setting = job->setting != NULL;

    if (job->said == QX_SAID_NO)
        return refused(d);
    if (job->said == QX_SAID_YES && !setting && !(x->dialect->flags & QX_MUST_SHOW))
        return done(d, r);
    /* what was there before proves nothing */
    bool blind = !setting && (job->shown_before || shows(d, r, job->command->effect) == BLIND);
    if (blind)
        return unconfirmed(d, r, true);
    const char *query = query_of(job);
    struct qx_part unused = {0};
    int rc = query ? qx_ask(d, (unsigned)qx_row(x->dialect, query), &unused, r)
                   : qx_advance(d, &x->cursor[2], false, r);
    if (rc == DRV_MORE || rc == UPS_E_DISCONNECTED)
        return rc;
    job->looks++;
    if (rc == DRV_DONE && sight(d, r) == SEEN)
        return done(d, r);
    if (ups_now(d->host->clock) >= job->until_ms || (job->said == QX_SAID_OTHER && job->looks > 1))
        return unconfirmed(d, r, false);
    rc = qx_more(d);
    if (d->not_before_ms < ups_now(d->host->clock) + LOOK_GAP_MS)
        d->not_before_ms = ups_now(d->host->clock) + LOOK_GAP_MS;
    return rc;
}

static int step_look(struct drv *d, struct ups_reading *r)
{
    struct qx *x = d->state;

    if (x->cursor[2].runs || ups_now(d->host->clock) - r->taken_ms > FRESH_MS)
        return look(d, r, QX_JOB_LOOK);
    const char *query = x->job.command ? x->job.command->query : NULL;
    if (query && !x->job.asked) { /* what it shows itself in is not part of the status */
        struct qx_part unused = {0};
        int asked = qx_ask(d, (unsigned)qx_row(x->dialect, query), &unused, r);
        x->job.asked = true;
        return asked == UPS_E_DISCONNECTED ? asked : qx_more(d);
    }
    int rc = x->job.command ? qx_command_check(d, x->job.command, r) : DRV_MORE;
    if (rc != DRV_MORE)
        return rc == DRV_DONE ? done(d, r) : rc;
    ups_get(r, UPS_VAR_UPS_BEEPER_STATUS, 0, &x->job.beeper);
    x->job.shown_before = sight(d, r) == SEEN;
    return stage(d, QX_JOB_CLEAR);
}

static int step(struct drv *d, struct ups_reading *r)
{
    struct qx *x = d->state;

    switch ((enum qx_stage)x->job.stage) {
    case QX_JOB_LOOK: return step_look(d, r);
    case QX_JOB_CLEAR: return step_clear(d, r);
    case QX_JOB_CLEARED: return look(d, r, QX_JOB_BEFORE);
    case QX_JOB_BEFORE: return step_before(d);
    case QX_JOB_FIRST: return step_first(d, r);
    case QX_JOB_SEND: return step_send(d, r);
    case QX_JOB_SHOW: return step_show(d, r);
    case QX_JOB_TAKE_BACK: return take_back(d);
    }
    return drv_fail(d, UPS_E_SYSTEM, "no such stage");
}

int qx_job_go(struct drv *d, struct ups_reading *r)
{
    int rc = step(d, r);

    return rc < 0 ? ended(d, rc) : rc;
}

int qx_abandon(struct drv *d, struct ups_reading *r)
{
    struct qx *x = d->state;
    struct qx_job *job = &x->job;

    (void)r;
    d->not_before_ms = 0;
    if (!x->port)
        return drv_fail(d, UPS_E_DISCONNECTED, "not open");
    x->cursor[2].runs = false;
    if (job->runs && job->sent && job->command && job->command->effect == QX_SHOWS_COUNTDOWN)
        return ended(d, take_back(d));
    return ended(d, drv_fail(d, UPS_E_TIMEOUT, "not confirmed in time%s",
                             job->sent ? "" : ": nothing was sent"));
}
