/* SPDX-License-Identifier: BSD-2-Clause */
/* The Q* family: instant commands: their arguments, and what must be true before one is sent. */
#include "qx.h"

enum { TEST_S = 600, QUICK_S = 10 };

static const struct qx_command *find(const struct qx *x, enum ups_command command)
{
    for (unsigned i = 0; i < x->dialect->commands; i++) {
        const struct qx_command *c = &x->dialect->command[i];

        if (c->command == command && (c->needs & ~x->has) == 0)
            return c;
    }
    return NULL;
}

bool qx_command_value(enum ups_command command, enum ups_var *var, int64_t *value)
{
    static const struct {
        enum ups_command command;
        enum ups_var var;
        int value;
    } shows[] = {
        {UPS_COMMAND_BEEPER_MUTE, UPS_VAR_UPS_BEEPER_STATUS, UPS_BEEPER_MUTED},
        {UPS_COMMAND_ECO_START, UPS_VAR_UPS_ECO_ENABLED, UPS_YES},
        {UPS_COMMAND_ECO_STOP, UPS_VAR_UPS_ECO_ENABLED, UPS_NO},
        {UPS_COMMAND_OUTLET_1_LOAD_ON, UPS_VAR_OUTLET_1_STATUS, UPS_OUTLET_ON},
        {UPS_COMMAND_OUTLET_1_LOAD_OFF, UPS_VAR_OUTLET_1_STATUS, UPS_OUTLET_OFF},
        {UPS_COMMAND_OUTLET_2_LOAD_ON, UPS_VAR_OUTLET_2_STATUS, UPS_OUTLET_ON},
        {UPS_COMMAND_OUTLET_2_LOAD_OFF, UPS_VAR_OUTLET_2_STATUS, UPS_OUTLET_OFF},
        {UPS_COMMAND_OUTLET_3_LOAD_ON, UPS_VAR_OUTLET_3_STATUS, UPS_OUTLET_ON},
        {UPS_COMMAND_OUTLET_3_LOAD_OFF, UPS_VAR_OUTLET_3_STATUS, UPS_OUTLET_OFF},
        {UPS_COMMAND_OUTLET_4_LOAD_ON, UPS_VAR_OUTLET_4_STATUS, UPS_OUTLET_ON},
        {UPS_COMMAND_OUTLET_4_LOAD_OFF, UPS_VAR_OUTLET_4_STATUS, UPS_OUTLET_OFF},
    };

    for (unsigned i = 0; i < sizeof shows / sizeof *shows; i++)
        if (shows[i].command == command) {
            *var = shows[i].var;
            *value = shows[i].value;
            return true;
        }
    return false;
}

/* What a choice shows already is done; what it does not tell can't be confirmed later either. */
static int value_check(struct drv *d, const struct qx_command *c, const struct ups_reading *r)
{
    enum ups_var var;
    int64_t wanted, value;

    if (!qx_command_value(c->command, &var, &wanted) || !ups_get(r, var, 0, &value))
        return drv_fail(d, UPS_E_REFUSED, "the UPS does not tell what %s would change",
                        ups_commands[c->command].name);
    return value == wanted ? DRV_DONE : DRV_MORE;
}

int qx_command_check(struct drv *d, const struct qx_command *c, const struct ups_reading *r)
{
    const struct qx *x = d->state;
    bool off = r->status & UPS_STATUS_MASK(OFF), on = x->output_seen && !off;
    int64_t beeper = -1;
    int rc = x->dialect->allows ? x->dialect->allows(d, c, r) : DRV_MORE;

    if (rc != DRV_MORE)
        return rc;
    switch (c->effect) {
    case QX_SHOWS_TEST:
        if (r->status & UPS_STATUS_MASK(OB))
            return drv_fail(d, UPS_E_REFUSED, "no test while the UPS is on battery");
        if (r->status & UPS_STATUS_MASK(CAL))
            return drv_fail(d, UPS_E_REFUSED, "a test runs already");
        return DRV_MORE;
    case QX_SHOWS_NO_COUNTDOWN:
        /* the same bytes would switch it on */
        return off ? drv_fail(d, UPS_E_REFUSED, "the output is off already: load.on is the way")
                   : DRV_MORE;
    case QX_SHOWS_OFF: return off ? DRV_DONE : DRV_MORE;
    case QX_SHOWS_ON:
        if (on) /* the same bytes would cancel a countdown, which nobody has asked for */
            return DRV_DONE;
        /* one that says yes or no itself may be able to start on its battery */
        return off && (r->status & UPS_STATUS_MASK(OB)) && !(x->dialect->flags & QX_MUST_SHOW)
                   ? drv_fail(d, UPS_E_REFUSED, "the output comes on only when mains is there")
                   : DRV_MORE;
    case QX_SHOWS_BEEPER_ON:
    case QX_SHOWS_BEEPER_OFF:
        if (!ups_get(r, UPS_VAR_UPS_BEEPER_STATUS, 0, &beeper))
            return drv_fail(d, UPS_E_REFUSED, "the UPS does not tell whether its beeper is on");
        return beeper ==
                       (c->effect == QX_SHOWS_BEEPER_ON ? UPS_BEEPER_ENABLED : UPS_BEEPER_DISABLED)
                   ? DRV_DONE
                   : DRV_MORE;
    case QX_SHOWS_VALUE: return value_check(d, c, r);
    default: return DRV_MORE;
    }
}

/* -- arguments -------------------------------------------------------------------------------- */

static int shutdown_delays(struct drv *d, struct ups_command_args args, struct qx_job *job)
{
    const struct qx *x = d->state;
    const struct qx_delays *most = &x->dialect->delays;
    int32_t off = args.value >= 0 ? args.value : qx_offdelay(d);
    int32_t on = args.second >= 0 ? args.second : qx_ondelay(d);
    int32_t sure = x->dialect->on_sure, configured = qx_ondelay(d);

    if (configured < sure)
        sure = configured;
    if (on > 0 && on < sure)
        on = sure;
    if (off > most->off_max)
        return drv_fail(d, UPS_E_INVALID, "the UPS counts at most %d s until it switches off",
                        (int)most->off_max);
    if (on > most->on_max)
        return drv_fail(d, UPS_E_INVALID, "the UPS counts at most %d s until it switches on",
                        (int)most->on_max);
    job->off = qx_off_steps(off, most->off_min);
    job->on = qx_on_steps(on, most->on_min);
    return DRV_DONE;
}

static int test_time(struct drv *d, const struct qx_command *c, struct ups_command_args args,
                     struct qx_job *job)
{
    const struct qx *x = d->state;
    const struct qx_delays *most = &x->dialect->delays;
    int32_t seconds = args.value >= 0 ? args.value : TEST_S;

    if (seconds > most->test_max)
        return drv_fail(d, UPS_E_INVALID, "the longest test is %d s", (int)most->test_max);
    job->test = c->at_once && seconds <= QUICK_S
                    ? QUICK_S
                    : qx_off_steps(seconds, x->test_min ? x->test_min : most->test_min);
    return DRV_DONE;
}

static int begin(struct drv *d, enum ups_command command, struct ups_command_args args)
{
    struct qx *x = d->state;
    const struct qx_command *c = find(x, command);
    struct qx_job job = {.runs = true, .command = c, .args = args, .beeper = -1};
    int rc = DRV_DONE;

    d->took = (struct ups_command_args){.value = -1, .second = -1};
    x->job = (struct qx_job){0};
    x->cursor[2].runs = false;
    if (!c)
        return drv_fail(d, UPS_E_UNSUPPORTED, "this UPS has no %s",
                        command < UPS_COMMAND_COUNT ? ups_commands[command].name : "such command");
    if (c->effect == QX_SHOWS_COUNTDOWN)
        rc = shutdown_delays(d, args, &job);
    else if (c->command == UPS_COMMAND_TEST_BATTERY_START)
        rc = test_time(d, c, args, &job);
    if (rc != DRV_DONE)
        return rc;
    x->job = job;
    return DRV_DONE;
}

int qx_command(struct drv *d, enum ups_command command, struct ups_command_args args,
               struct ups_reading *r)
{
    struct qx *x = d->state;
    const struct qx_job *job = &x->job;

    d->not_before_ms = 0;
    if (!x->port || !x->dialect)
        return drv_fail(d, UPS_E_DISCONNECTED, "not open");
    bool goes_on = job->runs && job->command && job->command->command == command &&
                   job->args.value == args.value && job->args.second == args.second;
    if (!goes_on) {
        int rc = begin(d, command, args);
        if (rc != DRV_DONE)
            return rc;
    }
    return qx_job_go(d, r);
}
