/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The Q* family: what a device can be told, and the variables that can be written.  The delays are
 * the driver's own (they travel with each command), and so is whether the output is to come back:
 * which of two commands is sent.  They take the place of the options that they are named after.
 */
#include "qx.h"

enum { S = 1000, OFF_STEP_S = 6, ON_STEP_S = 60 };

/* -- what the driver keeps -------------------------------------------------------------------- */

static int32_t within(int64_t value, int32_t min, int32_t max)
{
    return (int32_t)(value < min ? min : value > max ? max : value);
}

int32_t qx_offdelay(const struct drv *d)
{
    const struct qx *x = d->state;
    const struct qx_delays *t = &x->dialect->delays;
    const struct drv_value *o = &d->opt[QX_OPT_OFFDELAY];

    return qx_off_steps(within(o->set ? o->num : t->off, t->off_min, t->off_max), t->off_min);
}

int32_t qx_ondelay(const struct drv *d)
{
    const struct qx *x = d->state;
    const struct qx_delays *t = &x->dialect->delays;
    const struct drv_value *o = &d->opt[QX_OPT_ONDELAY];

    return qx_on_steps(within(o->set ? o->num : t->on, t->on_min, t->on_max), t->on_min);
}

void qx_show_kept(const struct drv *d, struct ups_reading *r)
{
    if (d->caps.off_most == 0)
        return;
    ups_set(r, UPS_VAR_UPS_DELAY_SHUTDOWN, 0, qx_offdelay(d) * S);
    if (d->caps.on_most > 0)
        ups_set(r, UPS_VAR_UPS_DELAY_START, 0, qx_ondelay(d) * (int64_t)S);
    ups_set(r, UPS_VAR_UPS_START_AUTO, 0, qx_flag(d, QX_OPT_STAYOFF) ? UPS_NO : UPS_YES);
}

/* Returns false if the variable is not one of the driver's own. */
static bool keep(struct drv *d, enum ups_var var, int64_t milli)
{
    const struct qx *x = d->state;
    const struct qx_delays *t = &x->dialect->delays;
    int32_t seconds = (int32_t)(milli / S);

    if (var == UPS_VAR_UPS_DELAY_SHUTDOWN)
        d->opt[QX_OPT_OFFDELAY] =
            (struct drv_value){.set = true, .num = qx_off_steps(seconds, t->off_min)};
    else if (var == UPS_VAR_UPS_DELAY_START)
        d->opt[QX_OPT_ONDELAY] =
            (struct drv_value){.set = true, .num = qx_on_steps(seconds, t->on_min)};
    else if (var == UPS_VAR_UPS_START_AUTO)
        d->opt[QX_OPT_STAYOFF] = (struct drv_value){.set = true, .num = milli == UPS_NO};
    else
        return false;
    return true;
}

/* -- capabilities ----------------------------------------------------------------------------- */

struct list {
    uint32_t count;
    struct ups_setting setting[UPS_SETTINGS_MAX];
};

static void add(struct list *l, struct ups_setting s)
{
    if (l->count < UPS_SETTINGS_MAX)
        l->setting[l->count++] = s;
}

/* Can the port carry a request of this form?  Bridges that know only some words can't all. */
static bool carried(const struct drv *d, const char *format)
{
    const struct qx *x = d->state;
    const struct qx_numbers any = {.off = 60, .on = 60, .test = 60, .address = x->address};
    char request[QX_REQUEST_MAX];

    return !format || (qx_write(request, sizeof request, format, &any) && qx_can(d, request));
}

/* The variables that the driver itself keeps. */
static void add_kept(const struct drv *d, struct list *l)
{
    const struct qx *x = d->state;
    const struct qx_delays *t = &x->dialect->delays;

    if (d->caps.off_most == 0)
        return;
    add(l, (struct ups_setting){.var = UPS_VAR_UPS_START_AUTO, .choices = 3});
    add(l, (struct ups_setting){.var = UPS_VAR_UPS_DELAY_SHUTDOWN,
                                .min = t->off_min * S,
                                .max = t->off_max * S,
                                .step = OFF_STEP_S * S});
    if (t->on_max > 0)
        add(l, (struct ups_setting){.var = UPS_VAR_UPS_DELAY_START,
                                    .min = t->on_min * S,
                                    .max = t->on_max * S,
                                    .step = ON_STEP_S * S});
}

static bool find_settings(struct drv *d)
{
    const struct qx *x = d->state;
    struct list list = {0};

    for (unsigned i = 0; i < x->dialect->settings; i++) {
        const struct qx_setting *row = &x->dialect->setting[i];
        struct ups_setting s = {.var = (uint16_t)row->var,
                                .min = row->min * S,
                                .max = row->max * S,
                                .step = row->step * S};

        if ((row->needs & ~x->has) != 0 || !carried(d, row->bytes))
            continue;
        if (row->range)
            row->range(x, &s);
        if (s.max > s.min)
            add(&list, s);
    }
    add_kept(d, &list);
    return ups_caps_give(&d->caps, list.setting, list.count);
}

int qx_find_caps(struct drv *d, struct ups_reading *r)
{
    const struct qx *x = d->state;

    ups_caps_clear(&d->caps);
    for (unsigned i = 0; i < x->dialect->commands; i++) {
        const struct qx_command *c = &x->dialect->command[i];

        if ((c->needs & ~x->has) != 0 || !carried(d, c->bytes) || !carried(d, c->before))
            continue;
        d->caps.commands |= (uint32_t)1 << c->command;
        if (c->command == UPS_COMMAND_SHUTDOWN_RETURN) {
            d->caps.off_most = x->dialect->delays.off_max;
            d->caps.on_most = x->dialect->delays.on_max;
        }
    }
    if (!find_settings(d))
        return drv_fail(d, UPS_E_SYSTEM, "out of memory");
    qx_show_kept(d, r);
    return DRV_DONE;
}

/* -- writing ---------------------------------------------------------------------------------- */

static const struct qx_setting *find(const struct qx *x, enum ups_var var)
{
    for (unsigned i = 0; i < x->dialect->settings; i++)
        if (x->dialect->setting[i].var == var)
            return &x->dialect->setting[i];
    return NULL;
}

int qx_set(struct drv *d, enum ups_var var, int64_t milli, struct ups_reading *r)
{
    struct qx *x = d->state;
    const struct ups_setting *s = ups_setting_find(&d->caps, var);

    d->not_before_ms = 0;
    if (!x->port || !x->dialect)
        return drv_fail(d, UPS_E_DISCONNECTED, "not open");
    if (x->job.runs && x->job.setting && x->job.setting->var == var && x->job.milli == milli)
        return qx_job_go(d, r);
    d->took = (struct ups_command_args){.value = -1, .second = -1};
    x->job = (struct qx_job){0};
    if (!s)
        return drv_fail(d, UPS_E_UNSUPPORTED, "this UPS has no %s that can be set",
                        var < UPS_VAR_COUNT ? ups_vars[var].name : "such variable");
    if (!ups_setting_fit(s, &milli))
        return drv_fail(d, UPS_E_INVALID, "%s can't be set to that value", ups_vars[var].name);
    if (keep(d, var, milli)) {
        qx_show_kept(d, r);
        return DRV_DONE;
    }
    const struct qx_setting *row = find(x, var);
    if (row->takes && !row->takes(x, milli))
        return drv_fail(d, UPS_E_INVALID, "the UPS does not offer that %s", ups_vars[var].name);
    x->job = (struct qx_job){
        .runs = true, .setting = row, .milli = milli, .stage = QX_JOB_SEND, .beeper = -1};
    return qx_job_go(d, r);
}
