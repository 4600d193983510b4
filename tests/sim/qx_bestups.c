/* SPDX-License-Identifier: BSD-2-Clause */
/* Best Power and Sola Australia (Phoenixtec protocol): ID, run time, packs, contact inputs. */
#include <string.h>

#include "qx.h"

struct bestups_model {
    const char *id;
    bool runtime, packs;
    bool inverted; /* b5 */
    bool wakes;    /* S<n> ends when the mains return */
};

static const struct bestups_model models[] = {
    {"PRO", false, false, true, true},  {"320", false, false, false, true},
    {"FOR", true, false, false, false}, {"520", true, false, false, false},
    {"PR2", true, false, true, false},  {"325", true, false, false, false},
    {"FTC", true, false, false, false}, {"525", true, false, false, false},
    {"AX1", true, true, false, false},  {"620", true, true, false, false}};

/* An unknown name is a unit without any of the extras. */
static const struct bestups_model *model_of(const struct qx *q)
{
    static const struct bestups_model plain = {"610", false, false, false, true};

    for (size_t i = 0; i < sizeof models / sizeof models[0]; i++)
        if (!strcmp(q->model_name, models[i].id))
            return &models[i];
    return &plain;
}

void qx_bestups_ready(struct qx *q)
{
    const struct bestups_model *model = model_of(q);

    q->traits &= ~(unsigned)(QX_B5_INVERTED | QX_S_WAKES);
    if (model->inverted)
        q->traits |= QX_B5_INVERTED;
    if (model->wakes)
        q->traits |= QX_S_WAKES;
}

/* No separators, and the flags in one byte that may be anything, CR too. */
static enum qx_outcome binary_status(struct qx *q, const char *arg, struct qx_reply *out)
{
    const struct model *m = q->model;
    char flags[9];
    char byte = 0;

    (void)arg;
    qx_flags(q, flags);
    for (int i = 0; i < 8; i++)
        byte = (char)(byte << 1 | (flags[i] == '1'));
    qx_put(out, "(%05.1f%05.1f%05.1f%03.0f%04.1f%04.1f%04.1f", m->mains_v, m->fault_v,
           model_output_volts(m), model_load(m), m->mains_hz, model_battery_volts(m),
           qx_temperature(q));
    qx_put_bytes(out, &byte, 1);
    return QX_REPLY;
}

static enum qx_outcome identity(struct qx *q, const char *arg, struct qx_reply *out)
{
    const struct model_config *cfg = &q->model->cfg;

    (void)arg;
    qx_put(out, "%s,%03.0f,%03.0f,%03.0f,%04.1f,%04.1f", q->model_name, cfg->rating_va,
           cfg->nominal_v, cfg->nominal_v, 10.0 * cfg->packs, 13.8 * cfg->packs);
    return QX_REPLY;
}

static enum qx_outcome runtime(struct qx *q, const char *arg, struct qx_reply *out)
{
    double minutes = model_runtime(q->model) / 60.0;

    (void)arg;
    if (!model_of(q)->runtime)
        return QX_UNKNOWN;
    qx_put(out, "%03d", minutes < 999.0 ? (int)minutes : 999);
    return QX_REPLY;
}

/* `?` asks, one digit up to `most` sets. */
static enum qx_outcome digit_setting(int *value, int most, const char *format, const char *arg,
                                     struct qx_reply *out)
{
    int n = qx_digits(arg, 1);

    if (!strcmp(arg, "?")) {
        if (format)
            qx_put(out, "%02d", *value);
        else
            qx_put(out, "%d", *value);
        return QX_REPLY;
    }
    if (n < 0 || n > most || arg[1])
        return QX_UNKNOWN;
    *value = n;
    return QX_DONE;
}

static enum qx_outcome battery_packs(struct qx *q, const char *arg, struct qx_reply *out)
{
    return model_of(q)->packs ? digit_setting(&q->packs, 5, "02", arg, out) : QX_UNKNOWN;
}

static enum qx_outcome shutdown_pins(struct qx *q, const char *arg, struct qx_reply *out)
{
    return digit_setting(&q->pins, 6, NULL, arg, out);
}

static enum qx_outcome voltage_setting(struct qx *q, const char *arg, struct qx_reply *out)
{
    (void)arg;
    /* as it leaves the factory: 0 for American voltages, 4 for European ones */
    int factory = q->model->cfg.nominal_v > 160.0 ? 4 : 0;

    qx_put(out, "%d", q->voltage_index >= 0 ? q->voltage_index : factory);
    return QX_REPLY;
}

const struct qx_row qx_bestups_rows[] = {
    {"Q1", false, false, qx_status},      {"Q", false, false, binary_status},
    {"ID", false, false, identity},       {"RT", false, false, runtime},
    {"BP", true, true, battery_packs},    {"SS", true, true, shutdown_pins},
    {"M", false, false, voltage_setting}, {0}};
