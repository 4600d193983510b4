/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The list of dialects, in the order of autodetection: what is told by a reply of its own first,
 * what only answers Q1 last.  docs/protocols/qx.md, "Finding the dialect", has the reasons.
 */
#include "qx_dialects.h"

/* A new dialect is a row here; --list-drivers, the manual's list and the search follow. */
#define DIALECTS(row)                                                                              \
    row("omron", qx_omron) row("mecer", qx_mecer) row("voltronic", qx_voltronic)                   \
        row("innovatae", qx_innovatae) row("megatec", qx_megatec) row("zinto", qx_zinto)           \
            row("bestups", qx_bestups) row("voltronic-qs-hex", qx_voltronic_qs_hex)                \
                row("voltronic-qs", qx_voltronic_qs) row("mustek", qx_mustek)                      \
                    row("megatec/old", qx_megatec_old)                                             \
                        row("voltronic-axpert", qx_voltronic_axpert)                               \
                            row("masterguard", qx_masterguard) row("innovart31", qx_innovart31)    \
                                row("innovart33", qx_innovart33) row("q6", qx_q6) row("q2", qx_q2) \
                                    row("hunnox", qx_hunnox) row("gtec", qx_gtec) row("q1", qx_q1)

#define TABLE(word, dialect) &dialect,
#define WORD(word, dialect)  word,

const struct qx_dialect *const qx_dialects[] = {DIALECTS(TABLE) NULL};

const char *const qx_protocol_words[] = {"auto", DIALECTS(WORD) NULL};
