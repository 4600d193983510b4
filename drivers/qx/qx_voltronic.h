/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Q* dialect voltronic: what its files share.  docs/protocols/voltronic.md holds the facts.
 *
 * qx_voltronic.c         identity, status, battery, commands; the dialect's tables
 * qx_voltronic_state.c   mode, warnings and faults: what status and alarms they make
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
#define QX_V_NO_A           QX_V_BIT(32) /* QFLAG was answered and has no letter a */
#define QX_V_FAULTED        QX_V_BIT(33) /* now: the record of QFS is of this fault */
#define QX_V_OUTLETS        QX_V_BIT(34) /* letter j is enabled */
#define QX_V_OUTLET(n)      QX_V_BIT(34 + (n)) /* 1 to 4: QSKn was answered */

/* qx.fact */
enum qx_v_fact {
    QX_V_PI,      /* number that QPI answers */
    QX_V_MODE,    /* letter that QMOD answers; 0: unknown */
    QX_V_ENABLED, /* letters that are enabled, as bits */
    QX_V_FREE,    /* further ones */
};

/* qx.bits: warnings that are on; number k is bit k - 1. */

#endif
