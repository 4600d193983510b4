/* SPDX-License-Identifier: BSD-2-Clause */
/* Q* dialect voltronic-axpert: what its files share.  docs/protocols/voltronic-qs.md has the facts.
 */
#ifndef QX_VOLTRONIC_AXPERT_H
#define QX_VOLTRONIC_AXPERT_H

#include "qx_voltronic.h"
#include "qx_voltronic_set.h"

/* qx.has */
#define QX_VA_BUZZER  UINT64_C(1) /* QFLAG has the letter a */
#define QX_VA_TESTING UINT64_C(2) /* option `testing` */

/* qx.fact */
enum qx_va_fact {
    QX_VA_MODE, /* letter that QMOD answers; 0: unknown */
    QX_VA_TOLD, /* 1: the log knows of positions of QPIWS without a meaning */
};

/* qx_voltronic_axpert_state.c: values, mode and warnings. */
enum { QX_VA_QPIGS_FIELDS = 14 };
extern const struct qx_field qx_va_qpigs[QX_VA_QPIGS_FIELDS];
bool qx_va_qpigs_check(struct qx_call *c);
void qx_va_qpigs_finish(struct qx_call *c, struct ups_reading *r);
void qx_va_qmod_finish(struct qx_call *c, struct ups_reading *r);
bool qx_va_qpiws_check(struct qx_call *c);
void qx_va_qpiws_finish(struct qx_call *c, struct ups_reading *r);

/* qx_dialect.settle: the alarms of the warnings that are on. */
void qx_va_settle(struct drv *d, struct qx_part *part, struct ups_reading *r);

#endif
