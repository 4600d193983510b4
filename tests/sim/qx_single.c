/* SPDX-License-Identifier: BSD-2-Clause */
/* Dialects of one maker each: Gtec's letters, Ippon Innova TAE's vendor frame, OMRON. */
#include <string.h>

#include "qx.h"

/* --- Gtec --- */

static const char *result_letter(const struct qx *q)
{
    static const char *const letters[] = {"", "I", "J", "L", "L"};

    if (q->model->test != MODEL_TEST_NONE)
        return "E";
    if (q->model->verdict == MODEL_VERDICT_FAILED && !model_battery_present(q->model))
        return "K";
    return letters[q->model->verdict];
}

static void put_letters(const struct qx *q, struct qx_reply *out)
{
    const struct model *m = q->model;

    qx_put(out, "%s", result_letter(q));
    if (model_battery_low(m))
        qx_put(out, "B");
    if (qx_failed(q))
        qx_put(out, "D");
    if (m->timers[MODEL_T_OFF] >= 0.0)
        qx_put(out, "F");
    if (m->overload != MODEL_LOAD_OK)
        qx_put(out, "N");
    if (!model_battery_present(m))
        qx_put(out, "P");
    qx_put(out, "%s", q->letters);
    if (m->mode == MODEL_BATTERY)
        qx_put(out, "A");
    else if (m->mode == MODEL_BYPASS)
        qx_put(out, "C");
    else if (model_on(m))
        qx_put(out, "M");
}

static enum qx_outcome gtec_status(struct qx *q, const char *arg, struct qx_reply *out)
{
    struct model *m = q->model;
    double load = model_load(m);

    (void)arg;
    qx_put(out, "(%05.1f %05.1f %05.1f %05.1f %05.1f %03.0f %03.0f %04.1f 371 372 %05.1f %04.1f ",
           m->mains_v, q->most_volts, q->least_volts, model_take_fault_volts(m),
           model_output_volts(m), load * m->cfg.rated_pf, load, m->mains_hz, model_battery_volts(m),
           qx_temperature(q));
    put_letters(q, out);
    return QX_REPLY;
}

const struct qx_row qx_gtec_rows[] = {{"Q4", false, false, gtec_status},
                                      {"Q1", false, false, qx_status},
                                      {"F", false, false, qx_ratings},
                                      {"I", false, false, qx_vendor},
                                      {0}};

/* --- Ippon Innova TAE --- */

static enum qx_outcome filled_vendor(struct qx *q, const char *arg, struct qx_reply *out)
{
    (void)arg;
    qx_put(out, "#222222222222222222222222222%-10.10s", q->firmware);
    return QX_REPLY;
}

const struct qx_row qx_innovatae_rows[] = {{"Q1", false, false, qx_status},
                                           {"F", false, false, qx_ratings},
                                           {"I", false, false, filled_vendor},
                                           {0}};

/* --- OMRON --- */

static enum qx_outcome charge(struct qx *q, const char *arg, struct qx_reply *out)
{
    (void)arg;
    qx_put(out, "%03.0f", q->model->soc);
    return QX_REPLY;
}

static enum qx_outcome runtime(struct qx *q, const char *arg, struct qx_reply *out)
{
    double minutes = model_runtime(q->model) / 60.0;

    (void)arg;
    qx_put(out, "%04d", minutes < 9999.0 ? (int)minutes : 9999);
    return QX_REPLY;
}

static enum qx_outcome battery_temperature(struct qx *q, const char *arg, struct qx_reply *out)
{
    (void)arg;
    qx_put(out, "%+05.1f", qx_temperature(q));
    return QX_REPLY;
}

static enum qx_outcome output_frequency(struct qx *q, const char *arg, struct qx_reply *out)
{
    (void)arg;
    qx_put(out, "%04.1f", model_output_hz(q->model));
    return QX_REPLY;
}

static enum qx_outcome serial_number(struct qx *q, const char *arg, struct qx_reply *out)
{
    (void)arg;
    qx_put(out, "%-16.16s", q->serial);
    return QX_REPLY;
}

static enum qx_outcome firmware(struct qx *q, const char *arg, struct qx_reply *out)
{
    (void)arg;
    qx_put(out, "M:%4.4s(S:2.00)", q->firmware);
    return QX_REPLY;
}

static enum qx_outcome battery_date(struct qx *q, const char *arg, struct qx_reply *out)
{
    (void)q;
    (void)arg;
    qx_put(out, "20210401");
    return QX_REPLY;
}

static enum qx_outcome nominal(struct qx *q, const char *arg, struct qx_reply *out)
{
    const struct model_config *cfg = &q->model->cfg;

    (void)arg;
    qx_put(out, "%04.0fW/%04.0fVA/%03dV/160W/020W", cfg->rating_va, cfg->rating_va,
           12 * cfg->packs);
    return QX_REPLY;
}

static enum qx_outcome auto_start(struct qx *q, const char *arg, struct qx_reply *out)
{
    (void)out;
    if (strcmp(arg, "n") != 0 && strcmp(arg, "f") != 0)
        return QX_UNKNOWN;
    q->auto_restart = *arg == 'n';
    return QX_DONE;
}

static enum qx_outcome beeper(struct qx *q, const char *arg, struct qx_reply *out)
{
    (void)out;
    if (strcmp(arg, "n") != 0 && strcmp(arg, "f") != 0)
        return QX_UNKNOWN;
    q->model->buzzer_off = *arg == 'f';
    return QX_DONE;
}

/* Neither has an R part: what comes after is the flag of An and Af, or always off. */
static enum qx_outcome shutdown(struct qx *q, const char *arg, struct qx_reply *out)
{
    bool stay = *arg == 'f';
    bool flag = q->auto_restart;
    enum qx_outcome outcome;

    if (strchr(arg, 'R'))
        return QX_UNKNOWN;
    q->auto_restart = flag && !stay;
    outcome = qx_shutdown(q, arg + stay, out);
    q->auto_restart = flag;
    return outcome;
}

const struct qx_row qx_omron_rows[] = {{"Q1", false, false, qx_status},
                                       {"Bl ?", false, false, charge},
                                       {"RTS", false, false, runtime},
                                       {"TPb", false, false, battery_temperature},
                                       {"Lf ?", false, false, output_frequency},
                                       {"PSNR", false, false, serial_number},
                                       {"FWV", false, false, firmware},
                                       {"BRR", false, false, battery_date},
                                       {"UN", false, false, nominal},
                                       {"A", true, true, auto_start},
                                       {"B", true, true, beeper},
                                       {"S", true, true, shutdown},
                                       {"C", false, true, qx_cancel},
                                       {0}};
