/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Q* dialects voltronic-qs and voltronic-qs-hex: what they share.  M answers one letter, which
 * tells the layout of the status; commands are the same, and nothing but the status says that one
 * was taken.  docs/protocols/voltronic-qs.md holds the facts.
 */
#ifndef QX_VOLTRONIC_QS_H
#define QX_VOLTRONIC_QS_H

#include "qx_dialects.h"

/* qx.fact */
enum qx_vqs_fact { QX_VQS_LETTER /* that M answers; 0: not known yet */ };

/* Is the answer to M one letter of these? */
bool qx_vqs_letter_is(const struct qx_call *c, const char *letters);

/* finish() of M. */
void qx_vqs_letter_finish(struct qx_call *c, struct ups_reading *r);

/* Tests run in line mode alone.  As qx_dialect.allows. */
int qx_vqs_allows(struct drv *d, const struct qx_command *c, const struct ups_reading *r);

enum { QX_VQS_COMMANDS = 9 };
extern const struct qx_command qx_vqs_commands[QX_VQS_COMMANDS];

/* Not before anything that answers Q1; no delay before switching on is sent without minutes. */
#define QX_VQS_CONTROL                                                                             \
    .mfr = "Voltronic Power", .flags = QX_UNLESS_Q1, .allows = qx_vqs_allows,                      \
    .command = qx_vqs_commands, .commands = QX_VQS_COMMANDS,                                       \
    .delays = {12, 540, 30, 60, 599940, 180, 0, 0}

#endif
