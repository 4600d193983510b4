/* SPDX-License-Identifier: BSD-2-Clause */
/* Programmable outlets: QSK QSKT SKON SKOFF PSK; on battery each is cut after its delay. */
#include "voltronic.h"

/* [D] how long before the cut warning 55 tells of it */
static const double notice_seconds = 10.0;

/* The outlet that a single digit names, or NULL. */
static struct volt_outlet *outlet(struct qx *q, const char *digit)
{
    int n = qx_digits(digit, 1);

    return n >= 1 && n <= q->volt.outlet_count ? &q->volt.outlets[n - 1] : NULL;
}

static enum qx_outcome ask(struct qx *q, int which, const char *arg, struct qx_reply *out)
{
    const struct volt_outlet *o = outlet(q, arg);

    (void)which;
    if (!o || arg[1])
        return QX_REFUSED;
    qx_put(out, o->off || o->cut ? "(0" : "(1");
    return QX_REPLY;
}

static enum qx_outcome ask_delay(struct qx *q, int which, const char *arg, struct qx_reply *out)
{
    const struct volt_outlet *o = outlet(q, arg);

    (void)which;
    if (!o || arg[1] || o->delay < 0)
        return QX_REFUSED;
    qx_put(out, "(%03d", o->delay);
    return QX_REPLY;
}

static enum qx_outcome switch_outlet(struct qx *q, int on, const char *arg, struct qx_reply *out)
{
    struct volt_outlet *o = outlet(q, arg);

    (void)out;
    if (!o || arg[1])
        return QX_REFUSED;
    o->off = !on;
    o->cut = false;
    return QX_DONE;
}

static enum qx_outcome set_delay(struct qx *q, int which, const char *arg, struct qx_reply *out)
{
    struct volt_outlet *o = outlet(q, arg);
    int minutes = o ? qx_digits(arg + 1, 3) : -1;

    (void)which;
    (void)out;
    if (minutes < 0 || arg[4])
        return QX_REFUSED;
    o->delay = minutes;
    return QX_DONE;
}

/* Seconds until the outlet is cut; negative: it is not going to be. */
static double until_cut(const struct qx *q, const struct volt_outlet *o)
{
    const struct voltronic *v = &q->volt;
    double left;

    if (v->battery_since < 0.0 || o->delay < 0 || o->off || o->cut || !volt_enabled(q, 'j'))
        return -1.0;
    left = v->battery_since + 60.0 * o->delay - q->model->seconds;
    return left > 0.0 ? left : 0.0;
}

bool volt_outlet_warning(const struct qx *q)
{
    for (int i = 0; i < q->volt.outlet_count; i++) {
        double left = until_cut(q, &q->volt.outlets[i]);

        if (left >= 0.0 && left <= notice_seconds)
            return true;
    }
    return false;
}

void volt_watch_outlets(struct qx *q)
{
    struct voltronic *v = &q->volt;
    bool battery = q->model->mode == MODEL_BATTERY;

    if (!battery)
        v->battery_since = -1.0;
    else if (v->battery_since < 0.0)
        v->battery_since = q->model->seconds;
    for (int i = 0; i < v->outlet_count; i++) {
        struct volt_outlet *o = &v->outlets[i];

        if (!battery && model_mains_ok(q->model))
            o->cut = false;
        else if (until_cut(q, o) == 0.0)
            o->cut = true;
    }
}

const struct volt_row volt_outlet_rows[] = {{"QSK", true, 0, ask},
                                            {"QSKT", true, 0, ask_delay},
                                            {"SKON", true, true, switch_outlet},
                                            {"SKOFF", true, false, switch_outlet},
                                            {"PSK", true, 0, set_delay},
                                            {0}};
