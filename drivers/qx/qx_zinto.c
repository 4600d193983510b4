/* SPDX-License-Identifier: BSD-2-Clause */
/* Q* dialect zinto: as megatec, but maker and model are asked for with FW?. */
#include "qx_dialects.h"

static const struct qx_query queries[] = {
    QX_STATUS_LINE("Q1"),
    QX_RATING_LINE,
    QX_VENDOR_LINE("FW?", QX_CLAIM),
};

const struct qx_dialect qx_zinto = {
    .name = "zinto",
    QX_QUERIES(queries),
    QX_MEGATEC_CONTROL,
};
