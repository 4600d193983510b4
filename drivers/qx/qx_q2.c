/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Q* dialect q2: three-phase units (Santak, Ippon).  Q1 gives the flags, Q2 and WA the values; the
 * sides that have one phase show 0 for the others.
 */
#include "qx_dialects.h"

static const struct qx_field q2[] = {
    QX_NUM_X(1, 5, INPUT_VOLTAGE, 0, 1000),
    QX_NUM_X(7, 11, INPUT_VOLTAGE, 1, 1000),
    QX_NUM_X(13, 17, INPUT_VOLTAGE, 2, 1000),
    QX_NUM(19, 23, INPUT_VOLTAGE_FAULT),
    QX_NUM_X(25, 29, OUTPUT_VOLTAGE, 0, 1000),
    QX_NUM_X(31, 35, OUTPUT_VOLTAGE, 1, 1000),
    QX_NUM_X(37, 41, OUTPUT_VOLTAGE, 2, 1000),
    QX_NUM_X(43, 45, OUTPUT_LOAD, 0, 1000),
    QX_NUM_X(47, 49, OUTPUT_LOAD, 1, 1000),
    QX_NUM_X(51, 53, OUTPUT_LOAD, 2, 1000),
    QX_NUM(55, 58, INPUT_FREQUENCY),
    QX_NUM(60, 64, BATTERY_VOLTAGE),
    QX_NUM(66, 69, UPS_TEMPERATURE),
    QX_NUM_X(80, 85, BATTERY_RUNTIME, 0, 60000),
    QX_NUM(87, 89, BATTERY_CHARGE),
};

const struct qx_field qx_wa_fields[QX_WA_FIELDS] = {
    QX_NUM_X(1, 5, OUTPUT_REALPOWER, 0, 1000000),   QX_NUM_X(7, 11, OUTPUT_REALPOWER, 1, 1000000),
    QX_NUM_X(13, 17, OUTPUT_REALPOWER, 2, 1000000), QX_NUM_X(19, 23, OUTPUT_POWER, 0, 1000000),
    QX_NUM_X(25, 29, OUTPUT_POWER, 1, 1000000),     QX_NUM_X(31, 35, OUTPUT_POWER, 2, 1000000),
    QX_NUM_X(37, 41, UPS_REALPOWER, 0, 1000000),    QX_NUM_X(43, 47, UPS_POWER, 0, 1000000),
    QX_NUM_X(49, 53, OUTPUT_CURRENT, 0, 1000),      QX_NUM_X(55, 59, OUTPUT_CURRENT, 1, 1000),
    QX_NUM_X(61, 65, OUTPUT_CURRENT, 2, 1000),
};

void qx_three_finish(struct qx_call *c, struct ups_reading *r)
{
    static const enum ups_var in[] = {UPS_VAR_INPUT_VOLTAGE};
    static const enum ups_var out[] = {UPS_VAR_OUTPUT_VOLTAGE, UPS_VAR_OUTPUT_LOAD,
                                       UPS_VAR_OUTPUT_REALPOWER, UPS_VAR_OUTPUT_POWER,
                                       UPS_VAR_OUTPUT_CURRENT};

    for (unsigned i = 0; i < sizeof in / sizeof *in; i++)
        qx_count_lines(r, in[i], &c->x->lines_in);
    for (unsigned i = 0; i < sizeof out / sizeof *out; i++)
        qx_count_lines(r, out[i], &c->x->lines_out);
}

static const struct qx_query queries[] = {
    QX_FLAGS_LINE,
    {.request = "Q2",
     .lead = '(',
     .least = 118,
     .class = QX_SLOW,
     .flags = QX_CLAIM,
     QX_FIELDS(q2),
     .finish = qx_three_finish},
    QX_WA_LINE,
};

const struct qx_dialect qx_q2 = {
    .name = "q2",
    QX_QUERIES(queries),
    QX_MEGATEC_CONTROL,
};
