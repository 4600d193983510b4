/* SPDX-License-Identifier: BSD-2-Clause */
/* Q* dialect q6: as q2, with another line of values (Santak Castle and others). */
#include "qx_dialects.h"

const struct qx_field qx_q6_fields[QX_Q6_FIELDS] = {
    QX_NUM_X(1, 5, INPUT_VOLTAGE, 0, 1000),
    QX_NUM_X(7, 11, INPUT_VOLTAGE, 1, 1000),
    QX_NUM_X(13, 17, INPUT_VOLTAGE, 2, 1000),
    QX_NUM(19, 22, INPUT_FREQUENCY),
    QX_NUM_X(24, 28, OUTPUT_VOLTAGE, 0, 1000),
    QX_NUM_X(30, 34, OUTPUT_VOLTAGE, 1, 1000),
    QX_NUM_X(36, 40, OUTPUT_VOLTAGE, 2, 1000),
    QX_NUM(42, 45, OUTPUT_FREQUENCY),
    QX_NUM_X(47, 49, OUTPUT_LOAD, 0, 1000),
    QX_NUM_X(51, 53, OUTPUT_LOAD, 1, 1000),
    QX_NUM_X(55, 57, OUTPUT_LOAD, 2, 1000),
    QX_NUM(59, 63, BATTERY_VOLTAGE),
    QX_NUM(71, 74, UPS_TEMPERATURE),
    QX_NUM(76, 80, BATTERY_RUNTIME),
    QX_NUM(82, 84, BATTERY_CHARGE),
};

static const struct qx_query queries[] = {
    QX_FLAGS_LINE,
    QX_Q6_LINE(NULL),
    QX_WA_LINE,
};

const struct qx_dialect qx_q6 = {
    .name = "q6",
    QX_QUERIES(queries),
    QX_MEGATEC_CONTROL,
};
