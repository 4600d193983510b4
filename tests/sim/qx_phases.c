/* SPDX-License-Identifier: BSD-2-Clause */
/* Three phase dialects: Q2 (Santak), Q6 (Santak, Ippon Innova RT), their WA and the Innova's own.
 */
#include <string.h>

#include "qx.h"

static double phase_volts(double volts, int phase, int phases)
{
    return phase < phases ? volts : 0.0;
}

static void put_volts(struct qx_reply *out, double volts, int phases)
{
    for (int i = 0; i < 3; i++)
        qx_put(out, "%05.1f ", phase_volts(volts, i, phases));
}

static void put_loads(const struct model *m, struct qx_reply *out)
{
    for (int i = 0; i < 3; i++)
        qx_put(out, "%03.0f ", model_on(m) && i < m->cfg.phases_out ? m->load[i] : 0.0);
}

/* Fault and warning bits: bit 0 is the first character. */
static void put_warnings(const struct qx *q, struct qx_reply *out)
{
    const struct model *m = q->model;

    qx_put(out, "%c%c%c00000", qx_failed(q) ? '1' : '0', model_battery_low(m) ? '1' : '0',
           m->overload != MODEL_LOAD_OK ? '1' : '0');
}

static enum qx_outcome three_phase_q2(struct qx *q, const char *arg, struct qx_reply *out)
{
    struct model *m = q->model;
    double minutes = model_runtime(m) / 60.0;
    char flags[9];

    (void)arg;
    qx_flags(q, flags);
    qx_put(out, "(");
    put_volts(out, m->mains_v, m->cfg.phases_in);
    qx_put(out, "%05.1f ", model_take_fault_volts(m));
    put_volts(out, model_output_volts(m), m->cfg.phases_out);
    put_loads(m, out);
    qx_put(out, "%04.1f %05.1f %04.1f %s %06.2f %03.0f 00 00 00 00 00 ", m->mains_hz,
           model_battery_volts(m), qx_temperature(q), flags, minutes < 999.99 ? minutes : 999.99,
           m->soc);
    put_warnings(q, out);
    qx_put(out, q->transformer_delta ? " 00" : " 11");
    return QX_REPLY;
}

static enum qx_outcome three_phase_q6(struct qx *q, const char *arg, struct qx_reply *out)
{
    const struct model *m = q->model;
    double seconds = model_runtime(m);

    (void)arg;
    qx_put(out, "(");
    put_volts(out, m->mains_v, m->cfg.phases_in);
    qx_put(out, "%04.1f ", m->mains_hz);
    put_volts(out, model_output_volts(m), m->cfg.phases_out);
    qx_put(out, "%04.1f ", model_output_hz(m));
    put_loads(m, out);
    qx_put(out, "%05.1f %s %04.1f %05.0f %03.0f 32 00000000 ", model_battery_volts(m),
           q->no_negative ? "---.-" : "000.0", qx_temperature(q),
           seconds < 99999.0 ? seconds : 99999.0, m->soc);
    put_warnings(q, out);
    qx_put(out, q->transformer_delta ? " 00" : " 11");
    return QX_REPLY;
}

static enum qx_outcome three_phase_power(struct qx *q, const char *arg, struct qx_reply *out)
{
    const struct model *m = q->model;
    double watts = 0.0, va = 0.0;

    (void)arg;
    qx_put(out, "(");
    for (int i = 0; i < 3; i++) {
        qx_put(out, "%05.1f ", model_watts(m, i) / 1000.0);
        watts += model_watts(m, i);
    }
    for (int i = 0; i < 3; i++) {
        qx_put(out, "%05.1f ", model_va(m, i) / 1000.0);
        va += model_va(m, i);
    }
    qx_put(out, "%05.1f %05.1f ", watts / 1000.0, va / 1000.0);
    for (int i = 0; i < 3; i++)
        qx_put(out, "%05.1f ", model_amps(m, i));
    qx_put(out, "%03.0f 00000000", model_load(m));
    return QX_REPLY;
}

static enum qx_outcome bypass(struct qx *q, const char *arg, struct qx_reply *out)
{
    const struct model *m = q->model;

    (void)arg;
    qx_put(out, "(");
    /* the bypass has as many phases as the output */
    put_volts(out, m->bypass_v, m->cfg.phases_out);
    qx_put(out, "%04.1f", m->bypass_hz);
    return QX_REPLY;
}

static enum qx_outcome firmware(struct qx *q, const char *arg, struct qx_reply *out)
{
    (void)arg;
    qx_put(out, "%s", q->firmware);
    return QX_REPLY;
}

static enum qx_outcome serial_number(struct qx *q, const char *arg, struct qx_reply *out)
{
    (void)arg;
    qx_put(out, "GASV07D%-20.20s", q->serial);
    return QX_REPLY;
}

static enum qx_outcome protocol_number(struct qx *q, const char *arg, struct qx_reply *out)
{
    (void)q;
    (void)arg;
    qx_put(out, "(0F");
    return QX_REPLY;
}

/* Shaped like Masterguard's, which it must not be taken for. */
static enum qx_outcome winpower_identity(struct qx *q, const char *arg, struct qx_reply *out)
{
    const struct model_config *cfg = &q->model->cfg;

    (void)arg;
    qx_put(out,
           "(00 00.00 00.00 %-25.25s2 %d/%d 6 %03.0f %05.2f %03d 02.00 005.00 015.00 005 00 40 110 "
           "276 45.00 55.00",
           q->model_name, cfg->phases_in, cfg->phases_out, cfg->nominal_v, cfg->nominal_hz,
           cfg->packs);
    return QX_REPLY;
}

static enum qx_outcome nothing(struct qx *q, const char *arg, struct qx_reply *out)
{
    (void)q;
    (void)arg;
    (void)out;
    return QX_REPLY;
}

const struct qx_row qx_q2_rows[] = {{"Q2", false, false, three_phase_q2},
                                    {"Q1", false, false, qx_status},
                                    {"WA", false, false, three_phase_power},
                                    {0}};
const struct qx_row qx_q6_rows[] = {{"Q6", false, false, three_phase_q6},
                                    {"Q1", false, false, qx_status},
                                    {"WA", false, false, three_phase_power},
                                    {0}};
const struct qx_row qx_innovart_rows[] = {{"Q6", false, false, three_phase_q6},
                                          {"Q1", false, false, qx_status},
                                          {"WA", false, false, three_phase_power},
                                          {"BPS", false, false, bypass},
                                          {"F", false, false, qx_ratings},
                                          {"FW?", false, false, firmware},
                                          {"SASV07?", false, false, serial_number},
                                          {"PI", false, false, protocol_number},
                                          {"WH", false, false, winpower_identity},
                                          {"Q", false, false, nothing},
                                          {0}};
