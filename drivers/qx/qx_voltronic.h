/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Q* dialect voltronic: what its files share.  docs/protocols/voltronic.md holds the facts.
 *
 * qx_voltronic.c         the dialect's tables of queries and commands; opening
 * qx_voltronic_decode.c  identity, ratings, battery
 * qx_voltronic_state.c   status line and beeper
 * qx_voltronic_mode.c    mode, and the status words that it and the status line make
 * qx_voltronic_alarms.c  warnings and faults: what alarms they make
 * qx_voltronic_phases.c  two and three phases
 * qx_voltronic_flags.c   capabilities (QFLAG) and their switches, outlets
 * qx_voltronic_limits.c  limits and other settings, with their legal ranges
 * qx_voltronic_apply.c   settings that the configuration asks for, written at the start
 */
#ifndef QX_VOLTRONIC_H
#define QX_VOLTRONIC_H

#include "qx_dialects.h"

/* qx.has: the low bits are the letters that QFLAG names, enabled or not. */
#define QX_V_LETTER(letter) (UINT64_C(1) << ((letter) - 'a'))
#define QX_V_BIT(n)         (UINT64_C(1) << (n))
#define QX_V_ECO_LIMITS     QX_V_BIT(26) /* this QPI has legal ranges for ECO mode */
#define QX_V_BYPASS_LIMITS  QX_V_BIT(27) /* ... for the bypass */
#define QX_V_P31            QX_V_BIT(28)
#define QX_V_P03            QX_V_BIT(29)
#define QX_V_P09            QX_V_BIT(30)
#define QX_V_P10            QX_V_BIT(31)
#define QX_V_NO_A           QX_V_BIT(32)       /* QFLAG was answered and has no letter a */
#define QX_V_FAULTED        QX_V_BIT(33)       /* now: the record of QFS is of this fault */
#define QX_V_OUTLETS        QX_V_BIT(34)       /* letter j is enabled */
#define QX_V_OUTLET(n)      QX_V_BIT(34 + (n)) /* 1 to 4: QSKn was answered */
#define QX_V_LINES_IN       QX_V_BIT(39)       /* more than one phase in: P03, P09, P10 */
#define QX_V_LINES_OUT      QX_V_BIT(43)       /* and out: P09, P10 */
#define QX_V_NO_QRI         QX_V_BIT(40)       /* the device does not know it: F tells */
#define QX_V_NO_QMD         QX_V_BIT(41)       /* nor this: I tells */
#define QX_V_TESTING        QX_V_BIT(42)       /* option `testing` */

/* qx.fact */
enum qx_v_fact {
    QX_V_PI,      /* number that QPI answers */
    QX_V_MODE,    /* letter that QMOD answers; 0: unknown */
    QX_V_ENABLED, /* letters that are enabled, as bits */
    QX_V_SAME,    /* how often in a row QMOD has told this mode since mains or output changed */
    QX_V_SIGN,    /* of the last QGS: what makes QMOD worth asking again (QX_V_SIGN_...) */
    QX_V_BEEPER,  /* bit b0 of the last QGS: '0', '1', '-' */
    QX_V_FAULT,   /* enum ups_alarm of the present fault's record; 0: not read yet */
    QX_V_QBV_MV,  /* battery voltage of QBV, for units whose QGS has none; 0: none */
    QX_V_RUNTIME, /* a runtime other than 0 was there once */
    QX_V_L1_LOAD, /* of Q3LD and Q3OC, thousandths + 1; 0: none */
    QX_V_L1_CURRENT,
    QX_V_TOLD, /* warnings of disputed meaning that the log has: bit per row of their list */
    QX_V_FREE, /* further ones */
};

/* qx.bits: warnings that are on; number k is bit k - 1. */
enum { QX_V_WARNINGS = 64 };

static inline bool qx_v_enabled(const struct qx *x, char letter)
{
    return (uint32_t)x->fact[QX_V_ENABLED] >> (letter - 'a') & 1;
}

/* qx_voltronic_decode.c --------------------------------------------------------------------- */

bool qx_v_qpi_check(struct qx_call *c);
void qx_v_qpi_finish(struct qx_call *c, struct ups_reading *r);
/* QRI, QLDL and QYF: as long and laid out as they are. */
bool qx_v_exactly(struct qx_call *c);
bool qx_v_qvfw_check(struct qx_call *c);
bool qx_v_qid_check(struct qx_call *c);
void qx_v_qid_finish(struct qx_call *c, struct ups_reading *r);
bool qx_v_qmd_check(struct qx_call *c);
void qx_v_qmd_finish(struct qx_call *c, struct ups_reading *r);
bool qx_v_qbv_check(struct qx_call *c);
void qx_v_qbv_finish(struct qx_call *c, struct ups_reading *r);
void qx_v_qpar_finish(struct qx_call *c, struct ups_reading *r);
bool qx_v_qpar_check(struct qx_call *c);
void qx_v_qbdr_finish(struct qx_call *c, struct ups_reading *r);

/* qx_voltronic_state.c ---------------------------------------------------------------------- */

enum { QX_V_QGS_FIELDS = 18, QX_V_QGS_BYTES = 76 };
extern const struct qx_field qx_v_qgs_fields[QX_V_QGS_FIELDS];
/* Is the reply as long as `layout` at least, with blanks where that has some? */
bool qx_v_laid_out(const struct qx_call *c, const char *layout);
bool qx_v_qgs_check(struct qx_call *c);
void qx_v_qgs_finish(struct qx_call *c, struct ups_reading *r);

/* Is there a voltage at the output? */
bool qx_v_live(const struct ups_reading *r);

/* Shows the beeper as QGS and QFLAG together tell it; after either of them. */
void qx_v_show_beeper(const struct qx *x, struct ups_reading *r);

/* qx_voltronic_mode.c ----------------------------------------------------------------------- */

bool qx_v_qmod_check(struct qx_call *c);
void qx_v_qmod_finish(struct qx_call *c, struct ups_reading *r);

/* qx_dialect.settle: status and alarms out of QGS, QMOD, QWS and QFS. */
void qx_v_settle(struct drv *d, struct qx_part *part, struct ups_reading *r);

/* Is this the mode to which the command belongs?  As qx_dialect.allows. */
int qx_v_allows(struct drv *d, const struct qx_command *c, const struct ups_reading *r);

/* qx_voltronic_alarms.c --------------------------------------------------------------------- */

/* Numbers of the warnings in qx.bits. */
void qx_v_show_warnings(const struct qx *x, struct ups_reading *r);

bool qx_v_qws_check(struct qx_call *c);
void qx_v_qws_finish(struct qx_call *c, struct ups_reading *r);
bool qx_v_qfs_check(struct qx_call *c);
void qx_v_qfs_finish(struct qx_call *c, struct ups_reading *r);

/* What qx.bits and QX_V_FAULT mean. */
void qx_v_add_alarms(const struct qx *x, struct qx_part *part);

/* qx_voltronic_phases.c --------------------------------------------------------------------- */

/* Rows of the queries of units with two and three phases, for the dialect's table. */
extern const struct qx_field qx_v_q3pv[6], qx_v_q3ov[6], qx_v_q3yv[6], qx_v_q3pc[3], qx_v_q3oc[3],
    qx_v_q3ld[3];
void qx_v_q3_finish(struct qx_call *c, struct ups_reading *r);
void qx_v_q3yv_finish(struct qx_call *c, struct ups_reading *r);
void qx_v_q3oc_finish(struct qx_call *c, struct ups_reading *r);
void qx_v_q3ld_finish(struct qx_call *c, struct ups_reading *r);

#endif
