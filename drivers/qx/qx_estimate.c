/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The Q* family: what is worked out for devices that tell too little: the number of packs behind a
 * voltage per pack, the battery's limits, charge and runtime.  And what the configuration says
 * instead of the device (default.*, override.*).
 *
 * The model is NUT's (nutdrv_qx(8), BATTERY CHARGE); examples in tests/unit/test_qx_estimate.c.
 */
#include "qx.h"

#include <math.h>
#include <stdlib.h>

#define MILLI 1000.0

static bool value(const struct ups_reading *r, enum ups_var var, double *out)
{
    int64_t milli;

    if (!ups_get(r, var, 0, &milli))
        return false;
    *out = (double)milli / MILLI;
    return true;
}

static void show(struct ups_reading *r, enum ups_var var, double number)
{
    ups_set(r, var, 0, llround(number * MILLI));
}

/* -- runtimecal ------------------------------------------------------------------------------- */

enum ups_error qx_estimate_init(struct drv *d)
{
    struct qx *x = d->state;
    struct qx_estimate *e = &x->estimate;
    const char *text = d->opt[QX_OPT_RUNTIMECAL].text;
    double n[4];

    e->packs = e->load = 1;
    if (!d->opt[QX_OPT_RUNTIMECAL].set || !text)
        return UPS_OK;
    for (unsigned i = 0; i < 4; i++) {
        char *end;

        n[i] = strtod(text, &end);
        while (*end == ' ')
            end++;
        if (end == text || *end != (i < 3 ? ',' : '\0') || !isfinite(n[i]))
            return (enum ups_error)drv_fail(d, UPS_E_INVALID,
                                            "runtimecal: expected seconds,%%,seconds,%%");
        text = end + 1;
    }
    if (n[0] <= 0 || n[2] < n[0] || n[2] > 1e7 || n[1] > 100 || n[3] <= 0 || n[1] <= n[3])
        return (enum ups_error)drv_fail(d, UPS_E_INVALID,
                                        "runtimecal: the higher load comes first, with the shorter "
                                        "time; loads are at most 100 %%");
    e->exponent = log(n[2] / n[0]) / log(n[1] / n[3]);
    e->full = n[0] * pow(n[1] / 100, e->exponent);
    return UPS_OK;
}

/* -- the battery ------------------------------------------------------------------------------ */

/* Of a voltage per cell or per pack: how many there are.  The largest number that fits. */
static double packs_of(double volts, double nominal)
{
    static const double numbers[] = {120, 100, 80, 60, 48, 36, 30, 24, 18,
                                     12,  8,   6,  4,  3,  2,  1,  0.5};

    for (unsigned i = 0; i < sizeof numbers / sizeof *numbers; i++)
        if (numbers[i] * volts <= 1.25 * nominal)
            return numbers[i] * volts >= 0.8 * nominal ? numbers[i] : 0;
    return 0;
}

static bool configured_packs(const struct drv *d, double *packs)
{
    for (unsigned i = 0; i < d->preset_count; i++)
        if (d->preset[i].var == UPS_VAR_BATTERY_PACKS) {
            *packs = (double)d->preset[i].milli / MILLI;
            return *packs > 0;
        }
    return false;
}

/* Once, as soon as both voltages are known.  A count that the device itself gives is one of battery
 * boxes, and no factor of its voltage. */
static void find_packs(const struct drv *d, struct qx_estimate *e, struct ups_reading *r,
                       double volts)
{
    double nominal, packs;

    if (e->packs_done)
        return;
    if (configured_packs(d, &packs)) {
        e->packs = packs;
        e->packs_done = true;
        return;
    }
    if (!value(r, UPS_VAR_BATTERY_VOLTAGE_NOMINAL, &nominal) || nominal <= 0 || volts <= 0)
        return;
    packs = packs_of(volts, nominal);
    e->packs = packs > 0 ? packs : 1;
    e->packs_done = true;
    if (packs > 1 && !qx_gives(d, UPS_VAR_BATTERY_PACKS))
        show(r, UPS_VAR_BATTERY_PACKS, packs);
}

/* The one of both limits that is missing follows from the nominal voltage. */
static void find_limits(struct ups_reading *r)
{
    double nominal, limit;

    if (!value(r, UPS_VAR_BATTERY_VOLTAGE_NOMINAL, &nominal) || nominal <= 0)
        return;
    if (!value(r, UPS_VAR_BATTERY_VOLTAGE_LOW, &limit))
        show(r, UPS_VAR_BATTERY_VOLTAGE_LOW, nominal * 104 / 120);
    if (!value(r, UPS_VAR_BATTERY_VOLTAGE_HIGH, &limit))
        show(r, UPS_VAR_BATTERY_VOLTAGE_HIGH, nominal * 130 / 120);
}

/* 0 to 1, by the voltage alone; -1: unknown. */
static double by_voltage(const struct ups_reading *r, double bank)
{
    double low, high, part;

    if (bank <= 0 || !value(r, UPS_VAR_BATTERY_VOLTAGE_LOW, &low) ||
        !value(r, UPS_VAR_BATTERY_VOLTAGE_HIGH, &high) || low <= 0 || high <= low)
        return -1;
    part = (bank - low) / (high - low);
    return part < 0 ? 0 : part > 1 ? 1 : part;
}

/* -- charge and runtime ----------------------------------------------------------------------- */

/* Begins with what was left before the connection was lost, else with what the battery shows. */
static bool start(struct drv *d, struct qx_estimate *e, const struct ups_reading *r, bool charge,
                  double part)
{
    double percent;

    if (e->at_ms > 0)
        return true;
    e->at_ms = ups_now(d->host->clock);
    if (d->keep[QX_KEEP_AT_MS] > 0) {
        e->left = (double)d->keep[QX_KEEP_LEFT_MS] / MILLI;
        e->at_ms = d->keep[QX_KEEP_AT_MS];
    } else if (charge && value(r, UPS_VAR_BATTERY_CHARGE, &percent)) {
        e->left = e->full * percent / 100;
    } else if (part >= 0) {
        e->left = e->full * part;
    } else {
        e->at_ms = 0;
    }
    return e->at_ms > 0;
}

static void go_on(struct drv *d, struct qx_estimate *e, const struct ups_reading *r, double part)
{
    int64_t now = ups_now(d->host->clock);
    double passed = (double)(now - e->at_ms) / MILLI, percent;
    double idle = (double)drv_num(d, QX_OPT_IDLELOAD) / 100;

    if (r->status & UPS_STATUS_MASK(OL))
        e->left += e->full * passed / (double)drv_num(d, QX_OPT_CHARGETIME);
    else
        e->left -= e->load * passed;
    e->left = fmin(fmax(e->left, 0), e->full);
    if (part >= 0 && part * e->full < e->left)
        e->left = part * e->full;
    e->at_ms = now;
    if (value(r, UPS_VAR_OUTPUT_LOAD, &percent))
        e->load = fmax(pow(percent / 100, e->exponent), idle);
    d->keep[QX_KEEP_LEFT_MS] = llround(e->left * MILLI);
    d->keep[QX_KEEP_AT_MS] = now;
}

static void by_model(struct drv *d, struct ups_reading *r, bool charge, bool runtime, double part)
{
    struct qx *x = d->state;
    struct qx_estimate *e = &x->estimate;
    double percent;

    if (!start(d, e, r, charge, part)) {
        if (!e->told)
            log_msg(
                LOG_LVL_WARN, "qx", d->unit,
                "runtimecal: no charge to begin with: set default.battery.voltage.low and .high");
        e->told = true;
        return;
    }
    go_on(d, e, r, part);
    if (!charge)
        show(r, UPS_VAR_BATTERY_CHARGE, round(100 * e->left / e->full));
    if (!runtime && value(r, UPS_VAR_OUTPUT_LOAD, &percent))
        show(r, UPS_VAR_BATTERY_RUNTIME, round(e->left / e->load));
    else if (!runtime)
        ups_unset(r, UPS_VAR_BATTERY_RUNTIME, 0);
}

/* -- all of it -------------------------------------------------------------------------------- */

/* The published voltage is the device's own, unless it is known to be that of one pack. */
static void show_voltage(const struct drv *d, const struct qx *x, struct ups_reading *r)
{
    double factor = qx_flag(d, QX_OPT_ONE_PACK) ? x->estimate.packs : 1;

    if (x->battery_mv >= 0)
        show(r, UPS_VAR_BATTERY_VOLTAGE, (double)x->battery_mv / MILLI * factor);
}

void qx_estimate(struct drv *d, struct ups_reading *r)
{
    struct qx *x = d->state;
    struct qx_estimate *e = &x->estimate;
    bool charge = qx_gives(d, UPS_VAR_BATTERY_CHARGE);
    bool runtime = qx_gives(d, UPS_VAR_BATTERY_RUNTIME);

    drv_presets(d, r);
    if (!charge || !runtime) {
        double part, volts = (double)x->battery_mv / MILLI;

        find_packs(d, e, r, volts);
        if (!charge)
            find_limits(r);
        part = by_voltage(r, volts * e->packs);
        if (e->full > 0)
            by_model(d, r, charge, runtime, part);
        else if (!charge && part >= 0)
            show(r, UPS_VAR_BATTERY_CHARGE, round(100 * part));
        else if (!charge)
            ups_unset(r, UPS_VAR_BATTERY_CHARGE, 0);
    }
    show_voltage(d, x, r);
    drv_presets(d, r);
}
