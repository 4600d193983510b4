/* SPDX-License-Identifier: BSD-2-Clause */
/* Q* dialect megatec/old: as megatec, but the status is asked for with D, which Megatec withdrew
 * with revision 2.7. */
#include "qx_dialects.h"

static const struct qx_query queries[] = {
    QX_STATUS_LINE("D"),
    QX_RATING_LINE,
    QX_VENDOR_LINE("I", 0),
};

const struct qx_dialect qx_megatec_old = {
    .name = "megatec/old",
    .flags = QX_UNLESS_Q1,
    QX_QUERIES(queries),
    QX_MEGATEC_CONTROL,
};
