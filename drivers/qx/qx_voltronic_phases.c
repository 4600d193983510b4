/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Q* dialect voltronic: units with more than one phase.  P03 has three in and one out, P09 two of
 * both, P10 three of both.  P09 gives the fifth and sixth voltage in the other order, but has no
 * third phase that they could belong to.
 */
#include "qx_voltronic.h"

#define VOLTS(variable)                                                                            \
    QX_NUM_X(1, 5, variable##_VOLTAGE, 0, 1000), QX_NUM_X(7, 11, variable##_VOLTAGE, 1, 1000),     \
        QX_NUM_X(13, 17, variable##_VOLTAGE, 2, 1000), QX_NUM(19, 23, variable##_L1_L2_VOLTAGE),   \
        QX_NUM(25, 29, variable##_L2_L3_VOLTAGE), QX_NUM(31, 35, variable##_L3_L1_VOLTAGE)
#define WHOLE(variable)                                                                            \
    QX_NUM_X(1, 3, variable, 0, 1000), QX_NUM_X(5, 7, variable, 1, 1000),                          \
        QX_NUM_X(9, 11, variable, 2, 1000)

const struct qx_field qx_v_q3pv[6] = {VOLTS(INPUT)};
const struct qx_field qx_v_q3ov[6] = {VOLTS(OUTPUT)};
const struct qx_field qx_v_q3yv[6] = {VOLTS(INPUT_BYPASS)};
const struct qx_field qx_v_q3pc[3] = {WHOLE(INPUT_CURRENT)};
const struct qx_field qx_v_q3oc[3] = {WHOLE(OUTPUT_CURRENT)};
const struct qx_field qx_v_q3ld[3] = {WHOLE(OUTPUT_LOAD)};

/* What belongs to a third phase that a unit with two does not have. */
void qx_v_q3_finish(struct qx_call *c, struct ups_reading *r)
{
    static const enum ups_var third[] = {
        UPS_VAR_INPUT_L2_L3_VOLTAGE,
        UPS_VAR_INPUT_L3_L1_VOLTAGE,
        UPS_VAR_OUTPUT_L2_L3_VOLTAGE,
        UPS_VAR_OUTPUT_L3_L1_VOLTAGE,
    };

    if (!(c->x->has & QX_V_P09))
        return;
    for (unsigned i = 0; i < c->query->fields; i++)
        if (c->query->field[i].line > 1)
            ups_unset(r, (enum ups_var)c->query->field[i].var, c->query->field[i].line);
    for (unsigned i = 0; i < sizeof third / sizeof *third; i++)
        ups_unset(r, third[i], 0);
}

void qx_v_q3yv_finish(struct qx_call *c, struct ups_reading *r)
{
    int64_t volts;
    unsigned lines = 0;

    (void)c;
    while (lines < UPS_LINES_MAX && ups_get(r, UPS_VAR_INPUT_BYPASS_VOLTAGE, lines, &volts))
        lines++;
    if (lines > 0)
        ups_set(r, UPS_VAR_INPUT_BYPASS_PHASES, 0, lines * INT64_C(1000));
}

/* QGS has one number for all lines: from now on it does not count for the first one. */
static void keep_first(const struct ups_reading *r, enum ups_var var, int32_t *fact)
{
    int64_t milli;

    *fact = ups_get(r, var, 0, &milli) ? (int32_t)milli + 1 : 0;
}

void qx_v_q3oc_finish(struct qx_call *c, struct ups_reading *r)
{
    qx_v_q3_finish(c, r);
    keep_first(r, UPS_VAR_OUTPUT_CURRENT, &c->x->fact[QX_V_L1_CURRENT]);
}

void qx_v_q3ld_finish(struct qx_call *c, struct ups_reading *r)
{
    qx_v_q3_finish(c, r);
    keep_first(r, UPS_VAR_OUTPUT_LOAD, &c->x->fact[QX_V_L1_LOAD]);
}
