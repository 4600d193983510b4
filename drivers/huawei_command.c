/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Huawei UPS2000: the instant commands, their delays, and what a shut-down that is cancelled leaves
 * behind.
 */
#include "huawei_ups2000.h"

#include <string.h>

/* -- register 1044 around a countdown ---------------------------------------------------------- */

/*
 * A shut-down sets 1044 as its kind needs it.  Cancelling it with another value than before would
 * leave a unit that stays off, or does not, after the next time its battery is empty; so what 1044
 * read before is kept while the countdown may run, over a connection that is opened anew too.
 */
enum { FORMER_PLUS_ONE, UNTIL_MS, UNIT };
enum { OVERTIME_MS = 30000 }; /* a countdown may end so much later than reckoned */

/* Which unit it is, so that another one on the same cable is left alone. */
static int64_t unit_mark(const struct huawei *h)
{
    const char *serial = h->ident.serial;

    return 1 + mb_crc((const uint8_t *)serial, strlen(serial));
}

bool huawei_former(const struct drv *d, uint16_t *value)
{
    if (!d->keep[FORMER_PLUS_ONE] || d->keep[UNIT] != unit_mark(d->state) ||
        ups_now(d->host->clock) > d->keep[UNTIL_MS])
        return false;
    *value = (uint16_t)(d->keep[FORMER_PLUS_ONE] - 1);
    return true;
}

static int64_t end_of(const struct drv *d, int off)
{
    return ups_now(d->host->clock) + off * HUAWEI_OFF_STEP_S * INT64_C(1000) + OVERTIME_MS;
}

void huawei_former_keep(struct drv *d, uint16_t before, uint16_t off)
{
    int64_t until = end_of(d, off);
    uint16_t former;

    /* A countdown that this one replaces: what was before both. */
    if (huawei_former(d, &former)) {
        before = former;
        if (d->keep[UNTIL_MS] > until)
            until = d->keep[UNTIL_MS];
    }
    if (before > 1)
        return;
    d->keep[FORMER_PLUS_ONE] = before + 1;
    d->keep[UNTIL_MS] = until;
    d->keep[UNIT] = unit_mark(d->state);
}

void huawei_former_settle(struct drv *d, uint16_t now, int off)
{
    uint16_t former;

    if (!huawei_former(d, &former))
        return;
    if (former == now)
        huawei_former_forget(d);
    else if (off >= 0)
        d->keep[UNTIL_MS] = end_of(d, off);
}

void huawei_former_forget(struct drv *d)
{
    d->keep[FORMER_PLUS_ONE] = 0;
}

/* -- commands ---------------------------------------------------------------------------------- */

/* A delay in the device's steps: raised to one step, rounded up. */
static uint16_t steps_of(int64_t seconds, int step)
{
    return (uint16_t)(seconds < step ? 1 : (seconds + step - 1) / step);
}

static int delays(struct drv *d, enum ups_command command, struct ups_command_args args,
                  uint16_t *off_steps, uint16_t *on_steps)
{
    bool graceful = command == UPS_COMMAND_SHUTDOWN_REBOOT_GRACEFUL;
    int64_t off = drv_num(d, graceful ? HUAWEI_OPT_REBOOTDELAY : HUAWEI_OPT_OFFDELAY);
    int64_t on = drv_num(d, HUAWEI_OPT_ONDELAY);

    if (command == UPS_COMMAND_SHUTDOWN_REBOOT) {
        off = HUAWEI_OFF_STEP_S; /* at once: the shortest delay there is */
        on = args.value >= 0 ? args.value : on;
    } else {
        off = args.value >= 0 ? args.value : off;
        on = args.second >= 0 ? args.second : on;
    }
    if (off > HUAWEI_OFF_MOST_S)
        return drv_fail(d, UPS_E_INVALID, "the UPS counts at most %d s until it switches off",
                        HUAWEI_OFF_MOST_S);
    if (on > HUAWEI_ON_MOST_S)
        return drv_fail(d, UPS_E_INVALID, "the UPS counts at most %d s until it switches on",
                        HUAWEI_ON_MOST_S);
    *off_steps = steps_of(off, HUAWEI_OFF_STEP_S);
    *on_steps = steps_of(on, HUAWEI_ON_STEP_S);
    return DRV_DONE;
}

static int begin(struct drv *d, const struct huawei_job *job, enum ups_command command,
                 struct ups_command_args args)
{
    struct huawei *h = d->state;
    const struct huawei_step *steps = huawei_steps(h->profile, command);
    uint16_t off = 0, on = 0;

    h->cmd.step = NULL;
    d->took = (struct ups_command_args){-1, -1, false};
    if (!steps || !(d->caps.commands >> command & 1))
        return drv_fail(d, UPS_E_UNSUPPORTED, "this UPS has no %s", job->name);
    int rc = delays(d, command, args, &off, &on);
    if (rc != DRV_DONE)
        return rc;
    huawei_job_begin(d, job, steps);
    h->cmd.off = off;
    h->cmd.on = on;
    return DRV_DONE;
}

int huawei_command(struct drv *d, enum ups_command command, struct ups_command_args args,
                   struct ups_reading *r)
{
    const struct huawei *h = d->state;
    struct huawei_job job = {
        .name = command < UPS_COMMAND_COUNT ? ups_commands[command].name : "such command",
        .what = command,
        .value = args.value,
        .second = args.second,
        .start_auto_asked = args.start_auto_asked,
    };

    d->not_before_ms = 0;
    if (!h->mb)
        return drv_fail(d, UPS_E_DISCONNECTED, "not open");
    if (!huawei_job_runs(d, &job)) {
        int rc = begin(d, &job, command, args);
        if (rc != DRV_DONE)
            return rc;
    }
    return huawei_job_go(d, r);
}
