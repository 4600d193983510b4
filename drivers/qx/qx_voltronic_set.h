/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Q* dialect voltronic: capabilities, limits, outlets, and the settings that the configuration asks
 * for.  Rows for the dialect's tables, and what stands behind them.
 */
#ifndef QX_VOLTRONIC_SET_H
#define QX_VOLTRONIC_SET_H

#include "qx_voltronic.h"

/* qx_voltronic_flags.c ---------------------------------------------------------------------- */

bool qx_v_qflag_check(struct qx_call *c);
void qx_v_qflag_finish(struct qx_call *c, struct ups_reading *r);
bool qx_v_qsk_check(struct qx_call *c);
void qx_v_qsk_finish(struct qx_call *c, struct ups_reading *r);
extern const struct qx_field qx_v_qsk[UPS_OUTLETS_MAX], qx_v_qskt[UPS_OUTLETS_MAX];

/* qx_voltronic_limits.c --------------------------------------------------------------------- */

extern const struct qx_field qx_v_qhe[2], qx_v_qfre[2], qx_v_qbyv[2], qx_v_qbyf[2], qx_v_qpd[2],
    qx_v_re0[1], qx_v_qbt[1], qx_v_qgr[1];

/* Has the reply the shape that is the query's alone?  One that came late has another. */
bool qx_v_shape_check(struct qx_call *c);

/* -- queries: QFLAG before what needs its letters ------------------------------------------- */

#define QX_V_OUTLET_ROWS(n)                                                                        \
    {.request = "QSK" #n,                                                                          \
     .lead = '(',                                                                                  \
     .least = 3,                                                                                   \
     .class = QX_SLOW,                                                                             \
     .flags = QX_AT_OPEN,                                                                          \
     .needs = QX_V_OUTLETS,                                                                        \
     .field = &qx_v_qsk[(n)-1],                                                                    \
     .fields = 1,                                                                                  \
     .check = qx_v_qsk_check,                                                                      \
     .finish = qx_v_qsk_finish},                                                                   \
    {                                                                                              \
        .request = "QSKT" #n, .lead = '(', .least = 5, .class = QX_SLOW,                           \
        .flags = QX_IN_TURN | QX_NAK_COUNTS, .needs = QX_V_OUTLETS | QX_V_OUTLET(n),               \
        .field = &qx_v_qskt[(n)-1], .fields = 1, .check = qx_v_shape_check                         \
    }

#define QX_V_LIMIT_ROW(what, first, bytes, bits, rows)                                             \
    {                                                                                              \
        .request = what, .lead = first, .least = bytes, .class = QX_SLOW, .flags = QX_IN_TURN,     \
        .needs = bits, QX_FIELDS(rows), .check = qx_v_shape_check                                  \
    }

/* Capabilities and outlets with every full poll, limits one by one. */
#define QX_V_SET_QUERIES                                                                           \
    {.request = "QFLAG",                                                                           \
     .lead = '(',                                                                                  \
     .least = 4,                                                                                   \
     .class = QX_SLOW,                                                                             \
     .flags = QX_AT_OPEN,                                                                          \
     .check = qx_v_qflag_check,                                                                    \
     .finish = qx_v_qflag_finish},                                                                 \
        QX_V_OUTLET_ROWS(1), QX_V_OUTLET_ROWS(2), QX_V_OUTLET_ROWS(3), QX_V_OUTLET_ROWS(4),        \
        QX_V_LIMIT_ROW("QHE", '(', 9, QX_V_ECO_LIMITS | QX_V_LETTER('e'), qx_v_qhe),               \
        QX_V_LIMIT_ROW("QFRE", '(', 11, QX_V_ECO_LIMITS | QX_V_LETTER('e'), qx_v_qfre),            \
        QX_V_LIMIT_ROW("QBYV", '(', 9, QX_V_BYPASS_LIMITS, qx_v_qbyv),                             \
        QX_V_LIMIT_ROW("QBYF", '(', 11, QX_V_BYPASS_LIMITS, qx_v_qbyf),                            \
        QX_V_LIMIT_ROW("QPD", '(', 9, 0, qx_v_qpd), QX_V_LIMIT_ROW("RE0", '#', 4, 0, qx_v_re0),    \
        QX_V_LIMIT_ROW("QBT", '(', 4, QX_V_P31, qx_v_qbt),                                         \
        QX_V_LIMIT_ROW("QGR", '(', 4, QX_V_P31, qx_v_qgr)

/* -- commands: ECO mode and outlets --------------------------------------------------------- */

#define QX_V_SHOWN(what, request, bits, row)                                                       \
    {                                                                                              \
        .command = UPS_COMMAND_##what, .bytes = request, .effect = QX_SHOWS_VALUE, .needs = bits,  \
        .query = row                                                                               \
    }
#define QX_V_OUTLET_COMMANDS(n)                                                                    \
    QX_V_SHOWN(OUTLET_##n##_LOAD_ON, "SKON" #n, QX_V_OUTLETS | QX_V_OUTLET(n), "QSK" #n),          \
        QX_V_SHOWN(OUTLET_##n##_LOAD_OFF, "SKOFF" #n, QX_V_OUTLETS | QX_V_OUTLET(n), "QSK" #n)
#define QX_V_SET_COMMANDS                                                                          \
    QX_V_SHOWN(ECO_START, "PEE", QX_V_LETTER('e'), "QFLAG"),                                       \
        QX_V_SHOWN(ECO_STOP, "PDE", QX_V_LETTER('e'), "QFLAG"), QX_V_OUTLET_COMMANDS(1),           \
        QX_V_OUTLET_COMMANDS(2), QX_V_OUTLET_COMMANDS(3), QX_V_OUTLET_COMMANDS(4)

/* -- settings ------------------------------------------------------------------------------- */

enum { QX_V_SETTINGS = 35 };
extern const struct qx_setting qx_v_settings[QX_V_SETTINGS];

/* Request that shows a variable that is in that table. */
const char *qx_v_query_of(enum ups_var var);

/* qx_voltronic_safe.c ----------------------------------------------------------------------- */

/* qx_setting.safe of rows that could drop a load or put one under voltage. */
bool qx_v_safe(struct drv *d, enum ups_var var, int64_t milli, const struct ups_reading *r);

/* qx_voltronic_apply.c ---------------------------------------------------------------------- */

/* qx_dialect.ready: writes what the configuration asks for, once a start of the program. */
int qx_v_apply(struct drv *d, struct ups_reading *r);

#endif
