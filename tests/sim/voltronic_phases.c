/* SPDX-License-Identifier: BSD-2-Clause */
/* Readings per phase, Q3*: P03 (three phases in), P09 (two phases), P10 (three in and out). */
#include <math.h>
#include <string.h>

#include "voltronic.h"

enum reading { INPUT_V, OUTPUT_V, BYPASS_V, INPUT_A, OUTPUT_A, LOAD };

/* Which protocols have it. */
static const char *const known_by[] = {
    [INPUT_V] = "03 09 10", [OUTPUT_V] = "09 10", [BYPASS_V] = "09 10",
    [INPUT_A] = "03 09 10", [OUTPUT_A] = "09 10", [LOAD] = "09 10"};

static bool split_phase(const struct qx *q)
{
    return q->volt.preset->group == VOLT_G1_SPLIT;
}

/* Phases with neutral, then between each other; a split phase unit swaps the last two. */
static void put_volts(const struct qx *q, struct qx_reply *out, double volts, bool lines)
{
    double third = split_phase(q) ? 0.0 : volts;
    double between = volts * (split_phase(q) ? 2.0 : sqrt(3.0));
    double others = split_phase(q) ? volts : between;

    qx_put(out, "(%05.1f %05.1f %05.1f", volts, volts, third);
    if (lines)
        qx_put(out, " %05.1f %05.1f %05.1f", between, others, others);
}

static double input_amps(const struct qx *q, int phase)
{
    const struct model *m = q->model;
    double watts = 0.0;

    for (int i = 0; i < m->cfg.phases_out; i++)
        watts += model_watts(m, i);
    if (!model_mains_ok(m) || phase >= m->cfg.phases_in)
        return 0.0;
    return watts / m->cfg.phases_in / m->mains_v;
}

static double per_phase(const struct qx *q, enum reading reading, int phase)
{
    const struct model *m = q->model;

    if (reading == INPUT_A)
        return input_amps(q, phase);
    if (reading == OUTPUT_A)
        return volt_amps(q, phase);
    return model_on(m) && phase < m->cfg.phases_out ? m->load[phase] : 0.0;
}

static enum qx_outcome phases(struct qx *q, int which, const char *arg, struct qx_reply *out)
{
    enum reading reading = (enum reading)which;

    (void)arg;
    if (!strstr(known_by[reading], q->volt.number))
        return QX_REFUSED;
    switch (reading) {
    case INPUT_V: put_volts(q, out, q->model->mains_v, true); break;
    case OUTPUT_V: put_volts(q, out, volt_output_volts(q), true); break;
    case BYPASS_V: put_volts(q, out, q->model->bypass_v, !split_phase(q)); break;
    case INPUT_A:
    case OUTPUT_A:
    case LOAD:
        for (int i = 0; i < 3; i++)
            qx_put(out, "%c%03.0f", i ? ' ' : '(', per_phase(q, reading, i));
        break;
    }
    return QX_REPLY;
}

const struct volt_row volt_phase_rows[] = {{"Q3PV", false, INPUT_V, phases},
                                           {"Q3OV", false, OUTPUT_V, phases},
                                           {"Q3YV", false, BYPASS_V, phases},
                                           {"Q3PC", false, INPUT_A, phases},
                                           {"Q3OC", false, OUTPUT_A, phases},
                                           {"Q3LD", false, LOAD, phases},
                                           {0}};
