/* SPDX-License-Identifier: BSD-2-Clause */
/* A unit of Voltronic Power's own protocol, for driver tests. */
#ifndef QX_VOLTRONIC_UNIT_H
#define QX_VOLTRONIC_UNIT_H

#include <stdio.h>
#include <string.h>

#include "qx/qx_voltronic.h"
#include "qx_rig.h"

#define LINE       "(230.0 50.0 230.0 50.0 001.0 020 370.0 370.0 082.0 ---.- 025.0 100000000000"
#define BATTERY    "(000.0 00.0 230.0 50.0 001.0 020 370.0 370.0 076.0 ---.- 025.0 101000000000"
#define DEAD       "(230.0 50.0 000.0 00.0 000.0 000 370.0 370.0 082.0 ---.- 025.0 100000000000"
#define NO_WARNING "(0000000000000000000000000000000000000000000000000000000000000000"
#define FLAGS      "(EpbrashcDovegfjl"

/* A plausible unit: what is not here is refused. */
static inline void vu_unit(struct qx_rig *rig, const char *pi)
{
    static const char *const lines[][2] = {
        {"QGS", LINE},
        {"QMOD", "(L"},
        {"QWS", NO_WARNING},
        {"QBV", "(082.0 06 01 100 00142"},
        {"QRI", "(230.0 013 072.0 50.0"},
        {"QMD", "(#######OLHVT3K0 ###3000 80 1/1 230 230 06 12.0"},
        {"QFLAG", FLAGS},
    };

    qr_init(rig, "voltronic", RIG_PNAK);
    qr_answer(rig, "QPI", pi);
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        qr_answer(rig, lines[i][0], lines[i][1]);
}

static inline void vu_up(struct qx_rig *rig, const char *pi)
{
    vu_unit(rig, pi);
    assert_true(qr_up(rig));
}

static inline unsigned vu_times(const char *sent, const char *request)
{
    size_t len = strlen(request);
    unsigned n = 0;

    for (const char *at = sent; (at = strstr(at, request)); at += len)
        n += (at == sent || at[-1] == ' ') && (at[len] == ' ' || at[len] == '\0');
    return n;
}

/* A reply to QGS. */
static inline const char *vu_line(char line[80], const char *in, const char *out, const char *flags)
{
    snprintf(line, 80, "(%s 50.0 %s 50.0 001.0 000 370.0 370.0 082.0 ---.- 025.0 %s", in, out,
             flags);
    return line;
}

#endif
