/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Q* dialect innovatae: Ippon Innova TAE, as megatec; the answer to I is filled up with the digit 2
 * and tells the firmware alone, which is how autodetection knows the unit.
 */
#include "qx_dialects.h"

static const struct qx_field vendor[] = {QX_TXT(28, 35, UPS_FIRMWARE)};

static bool vendor_check(struct qx_call *c)
{
    for (unsigned i = 1; i < 28; i++)
        if (c->reply[i] != '2')
            return false;
    return true;
}

static const struct qx_query queries[] = {
    QX_STATUS_LINE("Q1"),
    QX_RATING_LINE,
    {.request = "I",
     .lead = '#',
     .least = 38,
     .class = QX_ONCE,
     .flags = QX_VENDOR | QX_CLAIM | QX_AUTO_ONLY | QX_TWO_LENGTHS,
     QX_FIELDS(vendor),
     .check = vendor_check},
};

const struct qx_dialect qx_innovatae = {
    .name = "innovatae",
    .mfr = "Ippon",
    QX_QUERIES(queries),
    QX_MEGATEC_CONTROL,
};
