/* SPDX-License-Identifier: BSD-2-Clause */
/* Q* dialect q1: units that answer nothing but Q1; the last that autodetection takes. */
#include "qx_dialects.h"

static const struct qx_query queries[] = {
    QX_STATUS_LINE("Q1"),
};

const struct qx_dialect qx_q1 = {
    .name = "q1",
    QX_QUERIES(queries),
    QX_MEGATEC_CONTROL,
};
