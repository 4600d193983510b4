/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Huawei UPS2000: carries out a list of steps (huawei_steps.c), one transaction a call.
 *
 * A write counts when a register shows its effect, not when it is echoed.  A write whose echo is
 * lost may have been obeyed: its effect is looked for before it is repeated.
 */
#include "huawei_ups2000.h"

#include <stdio.h>
#include <string.h>

enum { LOOK, SEND, AWAIT }; /* phases of a step */

enum {
    AGAIN_MS = 300,        /* between looks for the effect */
    LOST_MS = 3000,        /* so long a write without an echo may need to show */
    STALE_START_MS = 3000, /* so long 1028 may still tell of the start before */
    GIVEN_UP_MS = 60000,   /* a job that was not called for so long is not gone on with */
    SENDS = 3,
    COUNT_SLACK = 2, /* steps of 6 s that a countdown may have come down when it is looked at */
};

/* -- reading -------------------------------------------------------------------------------- */

int huawei_look(struct drv *d, unsigned reg, uint16_t *value)
{
    struct huawei *h = d->state;
    struct huawei_command *c = &h->cmd;

    h->hopeless = false; /* whoever orders something wants all the tries */
    int rc = huawei_read(d, &c->run, reg, 1, value);
    if (rc != DRV_DONE)
        return rc;
    if ((reg == 1024 && huawei_judge_mode(h->profile, *value) != HUAWEI_GOOD) ||
        (reg == 1043 && huawei_judge_bits(*value) == HUAWEI_BAD)) {
        if (++c->odd < HUAWEI_TRIES)
            return huawei_again(d);
        return drv_fail(d, UPS_E_GARBLED, "register %u reads %04x, %d times", reg, *value,
                        HUAWEI_TRIES);
    }
    c->odd = 0;
    if (reg == 1024)
        c->mode = *value;
    return DRV_DONE;
}

static bool as_expected(const struct huawei_command *c, uint16_t value)
{
    const struct huawei_expect *e = &c->step->expect;

    switch ((enum huawei_test)e->test) {
    case HUAWEI_IN_MODE: return value < 16 && (e->a >> value & 1);
    case HUAWEI_ALL_SET: return (value & e->a) == e->a;
    case HUAWEI_ALL_CLEAR: return (value & e->a) == 0;
    case HUAWEI_WITHIN: return value >= e->a && value <= e->b;
    case HUAWEI_OTHER: return value != e->a;
    case HUAWEI_ZERO_OR: return value == 0 || (value & e->a) == e->b;
    case HUAWEI_WRITTEN: return value == c->written;
    case HUAWEI_COUNTING:
        return value >= 1 && value <= c->written && c->written - value <= COUNT_SLACK;
    }
    return false;
}

static void tell(const struct drv *d)
{
    const struct huawei *h = d->state;

    log_msg(LOG_LVL_NOTICE, "huawei", d->unit, "%s: %s", h->cmd.job.name, h->cmd.step->text);
}

static int next_step(struct drv *d)
{
    struct huawei *h = d->state;

    h->cmd.step++;
    h->cmd.phase = LOOK;
    h->cmd.sends = 0;
    return h->cmd.step->kind == HUAWEI_END ? DRV_DONE : huawei_more(d);
}

/* HUAWEI_DONE_IF and HUAWEI_CHECK.  A register that the step before has read is not read again. */
static int step_check(struct drv *d)
{
    struct huawei *h = d->state;
    struct huawei_command *c = &h->cmd;
    const struct huawei_step *s = c->step;

    if (!c->have || c->reg != s->expect.reg) {
        int rc = huawei_look(d, s->expect.reg, &c->value);
        if (rc != DRV_DONE)
            return rc;
        c->have = true;
        c->reg = s->expect.reg;
    }
    bool met = as_expected(c, c->value);
    if (s->kind == HUAWEI_CHECK && !met)
        return drv_fail(d, UPS_E_REFUSED, "%s (register %u reads %u)", s->text, s->expect.reg,
                        c->value);
    if (s->kind == HUAWEI_DONE_IF && met) {
        tell(d);
        return DRV_DONE;
    }
    return next_step(d);
}

/* -- writing -------------------------------------------------------------------------------- */

static uint16_t value_of(const struct drv *d)
{
    const struct huawei *h = d->state;
    const struct huawei_command *c = &h->cmd;
    uint16_t former = 0;

    switch ((enum huawei_value)c->step->value) {
    case HUAWEI_ZERO: return 0;
    case HUAWEI_ONE: return 1;
    case HUAWEI_OFF_DELAY: return c->off;
    case HUAWEI_ON_DELAY: return c->on;
    case HUAWEI_OPPOSITE: return !c->value;
    case HUAWEI_WANTED: return (uint16_t)c->job.value;
    case HUAWEI_WANTED_NOT: return !c->job.value;
    case HUAWEI_FORMER: (void)huawei_former(d, &former); return former;
    }
    return 0;
}

/*
 * What was before: the register, to be set back if a later step fails; the supply mode, if a
 * countdown is about to start, to tell an output that it has switched off.
 */
static int step_look(struct drv *d)
{
    struct huawei *h = d->state;
    struct huawei_command *c = &h->cmd;
    int rc = DRV_DONE;

    c->written = value_of(d);
    if (c->step->flags & HUAWEI_RESTORE)
        rc = huawei_look(d, c->step->reg, &c->old);
    else if (c->step->flags & HUAWEI_CANCEL)
        rc = huawei_look(d, 1024, &c->old);
    else {
        c->phase = SEND;
        return DRV_DONE;
    }
    if (rc != DRV_DONE)
        return rc;
    c->phase = SEND;
    return huawei_more(d);
}

/* The write is out and may have been obeyed. */
static void sent(struct drv *d, bool acked)
{
    struct huawei *h = d->state;
    struct huawei_command *c = &h->cmd;
    const struct huawei_step *s = c->step;
    int wait = acked || s->wait_ms < LOST_MS ? s->wait_ms : LOST_MS;

    c->phase = AWAIT;
    c->acked = acked;
    c->have = c->starting = c->ask_start = false;
    c->sends++;
    c->since_ms = ups_now(d->host->clock);
    c->until_ms = c->since_ms + wait;
    if (s->flags & HUAWEI_RESTORE && c->old <= 1 && c->old != c->written) {
        c->restore_reg = s->reg;
        c->restore_value = c->old;
    }
    if (s->flags & HUAWEI_KEEP) {
        huawei_former_keep(d, c->old, c->off);
        c->auto_start = c->written;
    }
    if (s->value == HUAWEI_ON_DELAY)
        c->took.second = c->written * HUAWEI_ON_STEP_S;
    if (s->value == HUAWEI_OFF_DELAY)
        c->took.value = c->written * HUAWEI_OFF_STEP_S;
    if (s->flags & HUAWEI_CANCEL)
        c->cancel = true;
    if (s->flags & HUAWEI_FINAL)
        c->restore_reg = 0;
}

static int refused(struct drv *d, enum ups_error err)
{
    const struct huawei *h = d->state;
    const struct huawei_command *c = &h->cmd;

    return drv_fail(d, err, "the UPS refuses to set register %u to %u (exception %d)", c->step->reg,
                    c->written, mb_exception(h->mb));
}

static int step_send(struct drv *d)
{
    struct huawei *h = d->state;
    struct huawei_command *c = &h->cmd;

    h->hopeless = false;
    enum ups_error err = mb_write(h->mb, huawei_address(h, c->step->reg), c->written);
    int rc = DRV_DONE;
    if (err == UPS_OK || err == UPS_E_TIMEOUT || err == UPS_E_GARBLED) {
        c->run.tries = 0;
        rc = huawei_outcome(d, &c->run, err);
        c->run.tries = 0;
        sent(d, err == UPS_OK);
        if (!h->mb)
            return rc;
        if (err && mb_other_echo(h->mb))
            return drv_fail(d, UPS_E_GARBLED,
                            "the UPS has echoed something else than register %u = %u", c->step->reg,
                            c->written);
        return huawei_more(d);
    }
    /* 03 on a write: a bad value, or a request that came damaged: worth the tries. */
    if (err == UPS_E_INVALID && mb_exception(h->mb) == 3 && ++c->run.tries < HUAWEI_TRIES)
        return huawei_again(d);
    rc = huawei_outcome(d, &c->run, err);
    if (rc == DRV_MORE || !h->mb)
        return rc;
    c->run.tries = 0;
    return refused(d, err);
}

/* -- waiting for the effect ------------------------------------------------------------------ */

static void show_auto_start(struct huawei *h, uint16_t value, struct ups_reading *r)
{
    h->words.have_auto_start = true;
    h->words.auto_start = value;
    ups_set(r, UPS_VAR_UPS_START_AUTO, 0, value ? UPS_YES : UPS_NO);
}

/* A setting that is proven belongs into the reading before the next full poll. */
static void note_setting(struct drv *d, uint16_t value, struct ups_reading *r)
{
    struct huawei *h = d->state;
    const struct huawei_expect *e = &h->cmd.step->expect;
    struct huawei_buffer b = {.first = e->reg, .count = 1, .have = 1, .reg = {value}};

    if (e->test != HUAWEI_WRITTEN || e->reg == 1048)
        return;
    huawei_apply(h->profile, &b, h->lines_in, h->lines_out, h->words.battery, r);
    if (e->reg == 1044) {
        h->cmd.auto_start = value;
        show_auto_start(h, value, r);
    }
}

/*
 * A countdown that was acknowledged and reads 0.  Either the unit ignored the write, or it is one
 * that shows no countdown: nobody has looked at 1047 and 1049 of a counting unit, so the
 * configuration says which.
 */
static bool unseen(struct drv *d, uint16_t value)
{
    const struct huawei *h = d->state;
    const struct huawei_command *c = &h->cmd;

    if (!(c->step->flags & HUAWEI_CANCEL) || !c->acked || value != 0)
        return false;
    bool trust = drv_num(d, HUAWEI_OPT_UNSEEN) == HUAWEI_UNSEEN_TRUST;
    log_msg(LOG_LVL_NOTICE, "huawei", d->unit,
            trust
                ? "%s: acknowledged, but register %u reads 0: taken as counting, because "
                  "unseen-countdown = trust"
                : "%s: acknowledged, but register %u reads 0: cancelled.  If this UPS is known to "
                  "count without showing it: unseen-countdown = trust",
            c->job.name, c->step->reg);
    return trust;
}

/* The effect did not show in time. */
static int not_shown(struct drv *d, uint16_t value)
{
    struct huawei *h = d->state;
    struct huawei_command *c = &h->cmd;
    const struct huawei_step *s = c->step;

    if (!c->acked && c->sends < SENDS) {
        c->phase = SEND; /* it has not arrived: nothing is done twice */
        return huawei_more(d);
    }
    if (unseen(d, value))
        return next_step(d);
    if (s->text)
        return drv_fail(d, UPS_E_REFUSED, "%s (register %u reads %u)", s->text, s->expect.reg,
                        value);
    if (!s->reg)
        return drv_fail(d, UPS_E_REFUSED, "not done: register %u reads %u", s->expect.reg, value);
    return drv_fail(d, c->acked ? UPS_E_REFUSED : UPS_E_TIMEOUT,
                    "the UPS has %s register %u = %u, but not done it: register %u reads %u",
                    c->acked ? "acknowledged" : "not acknowledged", s->reg, c->written,
                    s->expect.reg, value);
}

/* Register 1028 while the inverter starts: 1 starting, 2 failed, 3 started. */
static int watch_start(struct drv *d)
{
    struct huawei *h = d->state;
    struct huawei_command *c = &h->cmd;
    uint16_t state;
    int rc = huawei_look(d, 1028, &state);

    if (rc == DRV_MORE || !h->mb)
        return rc;
    c->ask_start = false;
    if (rc == DRV_DONE && state == 1)
        c->starting = true;
    bool stale = !c->starting && ups_now(d->host->clock) - c->since_ms < STALE_START_MS;
    if (rc == DRV_DONE && state == 2 && !stale)
        return drv_fail(d, UPS_E_REFUSED, "the start has failed (register 1028 reads 2)");
    d->not_before_ms = ups_now(d->host->clock) + AGAIN_MS;
    return DRV_MORE;
}

static int step_await(struct drv *d, struct ups_reading *r)
{
    struct huawei *h = d->state;
    struct huawei_command *c = &h->cmd;
    const struct huawei_step *s = c->step;
    uint16_t value;

    if (c->ask_start)
        return watch_start(d);
    uint16_t mode_before = c->mode;
    int rc = huawei_look(d, s->expect.reg, &value);
    if (rc == UPS_E_TIMEOUT && s->flags & HUAWEI_DARK && c->acked &&
        (mode_before == HUAWEI_MODE_BATTERY || mode_before == HUAWEI_MODE_BATTERY_ECO)) {
        log_msg(LOG_LVL_NOTICE, "huawei", d->unit,
                "silent, as a unit without mains is when its output is off");
        return next_step(d) == DRV_DONE ? DRV_DONE : rc;
    }
    if (rc != DRV_DONE)
        return rc;
    if (as_expected(c, value)) {
        note_setting(d, value, r);
        return next_step(d);
    }
    if (ups_now(d->host->clock) >= c->until_ms)
        return not_shown(d, value);
    c->ask_start = s->flags & HUAWEI_STARTS;
    d->not_before_ms = ups_now(d->host->clock) + AGAIN_MS;
    return DRV_MORE;
}

static int step_write(struct drv *d, struct ups_reading *r)
{
    struct huawei *h = d->state;
    struct huawei_command *c = &h->cmd;
    uint16_t former;

    if (c->step->value == HUAWEI_FORMER && !huawei_former(d, &former))
        return next_step(d);
    if (c->phase == LOOK) {
        int rc = step_look(d);
        if (rc != DRV_DONE)
            return rc;
    }
    return c->phase == SEND ? step_send(d) : step_await(d, r);
}

static int step_prove(struct drv *d, struct ups_reading *r)
{
    struct huawei *h = d->state;
    struct huawei_command *c = &h->cmd;

    if (c->phase != AWAIT) {
        c->phase = AWAIT;
        c->acked = true;
        c->since_ms = ups_now(d->host->clock);
        c->until_ms = c->since_ms + c->step->wait_ms;
    }
    return step_await(d, r);
}

static int step(struct drv *d, struct ups_reading *r)
{
    const struct huawei *h = d->state;

    switch (h->cmd.step->kind) {
    case HUAWEI_WRITE: return step_write(d, r);
    case HUAWEI_PROVE: return step_prove(d, r);
    case HUAWEI_NOTE: tell(d); return next_step(d);
    default: return step_check(d);
    }
}

/* -- a job ------------------------------------------------------------------------------------ */

bool huawei_job_runs(const struct drv *d, const struct huawei_job *job)
{
    const struct huawei *h = d->state;
    const struct huawei_command *c = &h->cmd;

    return c->step && c->job.set == job->set && c->job.what == job->what &&
           c->job.value == job->value && c->job.second == job->second &&
           ups_now(d->host->clock) - c->called_ms < GIVEN_UP_MS;
}

void huawei_job_begin(struct drv *d, const struct huawei_job *job, const struct huawei_step *steps)
{
    struct huawei *h = d->state;

    h->cmd = (struct huawei_command){
        .job = *job, .step = steps, .mode = 0xffff, .auto_start = 0xffff, .took = {-1, -1, false}};
}

/*
 * The job is over, done or not.  1044 that was set back shows at once: there is only its echo to
 * tell, but what was proven before it is wrong now.
 */
static void over(struct drv *d, int rc, struct ups_reading *r)
{
    struct huawei *h = d->state;
    struct huawei_command *c = &h->cmd;

    c->step = NULL;
    if (c->auto_start != 0xffff) {
        if (rc == DRV_DONE && c->job.start_auto_asked)
            huawei_former_forget(d); /* it stays, also when the shut-down is cancelled */
        else
            huawei_former_settle(d, c->auto_start, rc == DRV_DONE ? c->off : -1);
        if (c->set_back)
            show_auto_start(h, c->auto_start, r);
    }
    if (rc == DRV_DONE)
        d->took = c->took;
}

/* The job was done before this step, which failed: that is no failure of the job. */
static int excused(struct drv *d, int rc)
{
    struct huawei *h = d->state;

    if (rc >= 0 || !h->mb || !(h->cmd.step->flags & HUAWEI_TAIL))
        return rc;
    log_msg(LOG_LVL_WARN, "huawei", d->unit, "%s: done, but register %u stays changed: %s",
            h->cmd.job.name, h->cmd.step->reg, d->why);
    return DRV_DONE;
}

/* d->why says what has failed: from now on the way back is gone. */
static int turn_back(struct drv *d, int rc)
{
    struct huawei *h = d->state;
    struct huawei_command *c = &h->cmd;

    c->undoing = true;
    c->error = rc;
    c->run.tries = c->odd = 0;
    snprintf(c->why, sizeof c->why, "%s", d->why);
    return huawei_more(d);
}

int huawei_job_go(struct drv *d, struct ups_reading *r)
{
    struct huawei *h = d->state;
    struct huawei_command *c = &h->cmd;
    int rc;

    c->called_ms = ups_now(d->host->clock);
    /* Silence that is expected asks no question who it is. */
    bool dark = c->phase == AWAIT && c->step->flags & HUAWEI_DARK;
    if (h->reident && !dark) {
        rc = huawei_reidentify(d, &c->run);
        rc = rc == DRV_DONE ? DRV_MORE : rc;
    } else {
        rc = c->undoing ? huawei_undo(d) : step(d, r);
    }
    if (rc < 0 && !c->undoing && h->mb && !h->reident && (c->cancel || c->restore_reg))
        rc = turn_back(d, rc);
    rc = excused(d, rc);
    if (rc != DRV_MORE)
        over(d, rc, r);
    return rc;
}

int huawei_abandon(struct drv *d, struct ups_reading *r)
{
    struct huawei *h = d->state;
    struct huawei_command *c = &h->cmd;

    d->not_before_ms = 0;
    if (!h->mb)
        return drv_fail(d, UPS_E_DISCONNECTED, "not open");
    if (!c->step)
        return drv_fail(d, UPS_E_TIMEOUT, "nothing runs that could be given up");
    if (c->undoing)
        return huawei_job_go(d, r);
    int rc = drv_fail(d, UPS_E_TIMEOUT, "the UPS has not shown in time that it did it");
    if (c->cancel || c->restore_reg)
        return turn_back(d, rc);
    rc = excused(d, rc);
    over(d, rc, r);
    return rc;
}
