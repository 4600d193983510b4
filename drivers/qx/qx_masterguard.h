/* SPDX-License-Identifier: BSD-2-Clause */
/* Q* dialect masterguard: what its tables can't tell; see qx_masterguard.c for the tables. */
#ifndef QX_MASTERGUARD_H
#define QX_MASTERGUARD_H

#include "qx_dialects.h"

bool qx_mg_wh_check(struct qx_call *c);
void qx_mg_wh_finish(struct qx_call *c, struct ups_reading *r);
bool qx_mg_q3_check(struct qx_call *c);
void qx_mg_q3_finish(struct qx_call *c, struct ups_reading *r);
void qx_mg_pnv_finish(struct qx_call *c, struct ups_reading *r);
void qx_mg_mso_finish(struct qx_call *c, struct ups_reading *r);
void qx_mg_flt_finish(struct qx_call *c, struct ups_reading *r);
void qx_mg_packs_range(const struct qx *x, const struct ups_reading *r, struct ups_setting *s);
void qx_mg_volts_range(const struct qx *x, const struct ups_reading *r, struct ups_setting *s);
bool qx_mg_volts_take(const struct qx *x, int64_t milli);

#endif
