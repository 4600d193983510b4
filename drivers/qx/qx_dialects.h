/* SPDX-License-Identifier: BSD-2-Clause */
/* The dialects of the Q* family, one table file each. */
#ifndef QX_DIALECTS_H
#define QX_DIALECTS_H

#include "qx.h"

extern const struct qx_dialect qx_bestups, qx_gtec, qx_hunnox, qx_innovart31, qx_innovart33,
    qx_innovatae, qx_masterguard, qx_mecer, qx_megatec, qx_megatec_old, qx_mustek, qx_omron, qx_q1,
    qx_q2, qx_q6, qx_voltronic, qx_voltronic_axpert, qx_voltronic_qs, qx_voltronic_qs_hex, qx_zinto;

/* qx_q2.c: output power and currents, which q2, q6 and innovart share; and how many lines there
 * are. */
enum { QX_WA_FIELDS = 11 };
extern const struct qx_field qx_wa_fields[QX_WA_FIELDS];
void qx_three_finish(struct qx_call *c, struct ups_reading *r);

#define QX_WA_LINE                                                                                 \
    {                                                                                              \
        .request = "WA", .lead = '(', .least = 80, .class = QX_SLOW,                               \
        .flags = QX_CLAIM | QX_OUTSTATS, .field = qx_wa_fields, .fields = QX_WA_FIELDS,            \
        .finish = qx_three_finish                                                                  \
    }

/* qx_q6.c: the values of q6 and innovart. */
enum { QX_Q6_FIELDS = 15 };
extern const struct qx_field qx_q6_fields[QX_Q6_FIELDS];

#define QX_Q6_LINE(check_)                                                                         \
    {                                                                                              \
        .request = "Q6", .lead = '(', .least = 110, .class = QX_SLOW, .flags = QX_CLAIM,           \
        .field = qx_q6_fields, .fields = QX_Q6_FIELDS, .check = check_, .finish = qx_three_finish  \
    }

#endif
