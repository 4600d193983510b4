/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Q* dialect mecer: as megatec, but every command is answered with (ACK or (NAK, and QPI tells
 * Voltronic Power's P98 units, whose tests may be shorter than a minute.
 */
#include "qx_dialects.h"

#include <string.h>

enum { P98_TEST_S = 12 };

/* (NAK is a mecer's answer too: one that has no QPI.  Other numbers are other protocols. */
static bool qpi_check(struct qx_call *c)
{
    return (c->len == 5 && memcmp(c->reply, "(PI98", 5) == 0) ||
           (c->len == 4 && memcmp(c->reply, "(NAK", 4) == 0);
}

static void qpi_finish(struct qx_call *c, struct ups_reading *r)
{
    static const char name[] = "Voltronic Power P98";

    c->x->test_min = P98_TEST_S;
    ups_set_text(r, UPS_VAR_UPS_FIRMWARE_AUX, name, sizeof name - 1);
}

static const struct qx_query queries[] = {
    QX_STATUS_LINE("Q1"),
    {.request = "QPI",
     .lead = '(',
     .least = 6,
     .class = QX_ONCE,
     .flags = QX_CLAIM | QX_NAK_COUNTS,
     .check = qpi_check,
     .finish = qpi_finish},
    QX_RATING_LINE,
    QX_VENDOR_LINE("I", 0),
};

const struct qx_dialect qx_mecer = {
    .name = "mecer",
    .flags = QX_MUST_ACK,
    .command = qx_megatec_commands,
    .commands = QX_MEGATEC_COMMANDS,
    .ack = "(ACK",
    .delays = QX_MEGATEC_DELAYS,
    QX_QUERIES(queries),
};
