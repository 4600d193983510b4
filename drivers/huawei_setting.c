/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Huawei UPS2000: the variables that can be written.  Two are registers of the device; the delays
 * are the driver's own, because writing one to the device is what starts a countdown (G13 chapter
 * 3: 1047 and 1049): they take the place of the options they are named after in drv.opt, where
 * the commands look, and so live as long as the program.
 */
#include "huawei_ups2000.h"

#define CHOICE(index) (1 << (index))
#define S             1000 /* settings count in thousandths */

static const struct {
    struct ups_setting setting;
    uint16_t needs; /* register that the device must have shown */
    int option;     /* row of the option that keeps it, or -1: the device does */
} rows[] = {
    {{.var = UPS_VAR_UPS_BEEPER_STATUS,
      .choices = CHOICE(UPS_BEEPER_DISABLED) | CHOICE(UPS_BEEPER_ENABLED)},
     1046,
     -1},
    {{.var = UPS_VAR_UPS_START_AUTO, .choices = CHOICE(UPS_NO) | CHOICE(UPS_YES)}, 1044, -1},
    {{.var = UPS_VAR_UPS_DELAY_SHUTDOWN,
      .min = HUAWEI_OFF_STEP_S * S,
      .max = HUAWEI_OFF_MOST_S * S,
      .step = HUAWEI_OFF_STEP_S * S},
     1044,
     HUAWEI_OPT_OFFDELAY},
    {{.var = UPS_VAR_UPS_DELAY_START,
      .min = HUAWEI_ON_STEP_S * S,
      .max = HUAWEI_ON_MOST_S * S,
      .step = HUAWEI_ON_STEP_S * S},
     1044,
     HUAWEI_OPT_ONDELAY},
    {{.var = UPS_VAR_UPS_DELAY_REBOOT,
      .min = HUAWEI_OFF_STEP_S * S,
      .max = HUAWEI_OFF_MOST_S * S,
      .step = HUAWEI_OFF_STEP_S * S},
     1044,
     HUAWEI_OPT_REBOOTDELAY},
};

enum { ROWS = sizeof rows / sizeof *rows };
_Static_assert(ROWS <= UPS_SETTINGS_MAX, "more settings than a device can have");

static bool shown(const struct huawei *h, uint16_t reg)
{
    return h->profile == HUAWEI_SMALL && (reg == 1046 ? h->has_beeper : h->has_auto_start);
}

/* A delay as configured is raised to the least and rounded up, as the commands do. */
static void show_delay(const struct drv *d, const struct ups_setting *s, int option,
                       struct ups_reading *r)
{
    int64_t milli = drv_num(d, (unsigned)option) * S;

    if (milli < s->min)
        milli = s->min;
    if (ups_setting_fit(s, &milli))
        ups_set(r, s->var, 0, milli);
}

int huawei_find_settings(struct drv *d, struct ups_reading *r)
{
    const struct huawei *h = d->state;
    struct ups_setting found[ROWS];
    uint32_t count = 0;

    for (unsigned i = 0; i < ROWS; i++) {
        const struct ups_setting *s = &rows[i].setting;

        if (!shown(h, rows[i].needs))
            continue;
        if (rows[i].option >= 0)
            show_delay(d, s, rows[i].option, r);
        if (h->code) /* nobody knows what it is: hands off */
            found[count++] = *s;
    }
    if (!ups_caps_give(&d->caps, found, count))
        return drv_fail(d, UPS_E_SYSTEM, "out of memory");
    return DRV_DONE;
}

static int option_of(enum ups_var var)
{
    for (unsigned i = 0; i < ROWS; i++)
        if (rows[i].setting.var == var)
            return rows[i].option;
    return -1;
}

/* What is done when the device shows the new value. */
static int written(struct drv *d, enum ups_var var, int rc)
{
    if (rc == DRV_DONE && var == UPS_VAR_UPS_START_AUTO)
        huawei_former_forget(d); /* somebody wants it so, also when a shut-down is cancelled */
    return rc;
}

int huawei_set(struct drv *d, enum ups_var var, int64_t milli, struct ups_reading *r)
{
    const struct huawei *h = d->state;
    const struct ups_setting *s = ups_setting_find(&d->caps, var);
    int option = option_of(var);

    d->not_before_ms = 0;
    d->took = (struct ups_command_args){-1, -1, false};
    if (!h->mb)
        return drv_fail(d, UPS_E_DISCONNECTED, "not open");
    if (!s)
        return drv_fail(d, UPS_E_UNSUPPORTED, "this UPS has no %s that can be set",
                        var < UPS_VAR_COUNT ? ups_vars[var].name : "such variable");
    if (!ups_setting_fit(s, &milli))
        return drv_fail(d, UPS_E_INVALID, "%s can't be set to that value", ups_vars[var].name);
    if (option >= 0) {
        d->opt[option].num = milli / S;
        ups_set(r, var, 0, milli);
        return DRV_DONE;
    }
    struct huawei_job job = {
        .name = ups_vars[var].name, .set = true, .what = var, .value = milli, .second = -1};
    if (!huawei_job_runs(d, &job))
        huawei_job_begin(d, &job, huawei_set_steps(var));
    return written(d, var, huawei_job_go(d, r));
}
