/* SPDX-License-Identifier: BSD-2-Clause */
/* Q* dialect mustek: as megatec, but the status is asked for with QS. */
#include "qx_dialects.h"

static const struct qx_query queries[] = {
    QX_STATUS_LINE("QS"),
    QX_RATING_LINE,
    QX_VENDOR_LINE("I", 0),
};

const struct qx_dialect qx_mustek = {
    .name = "mustek",
    .flags = QX_UNLESS_Q1,
    QX_QUERIES(queries),
    QX_MEGATEC_CONTROL,
};
