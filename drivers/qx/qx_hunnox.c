/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Q* dialect hunnox: as zinto, with a battery level (BL), other delays, and an answer that means
 * nothing: "UPS No Ack" comes after every command, obeyed or not.
 */
#include "qx_dialects.h"

/* One to three digits; NUT's six bytes would fit BL100 alone. */
static const struct qx_field level[] = {
    {.kind = QX_NUMBER,
     .from = 2,
     .to = QX_END,
     .var = UPS_VAR_BATTERY_CHARGE,
     .scale = 1000,
     .most = 100,
     .alarm = UPS_ALARM_NONE},
};

static bool level_check(struct qx_call *c)
{
    int64_t milli;

    return c->reply[1] == 'L' && c->len <= 5 && qx_number(c->reply + 2, c->len - 2, false, &milli);
}

static const struct qx_query queries[] = {
    QX_STATUS_LINE("Q1"),
    {.request = "BL",
     .lead = 'B',
     .least = 4,
     .class = QX_SLOW,
     QX_FIELDS(level),
     .check = level_check},
    QX_RATING_LINE,
    QX_VENDOR_LINE("FW?", QX_CLAIM),
};

const struct qx_dialect qx_hunnox = {
    .name = "hunnox",
    .flags = QX_BY_NAME | QX_ACK_MEANS_NOTHING,
    .command = qx_megatec_commands,
    .commands = QX_MEGATEC_COMMANDS,
    .ack = "UPS No Ack",
    .delays = {12, 600, 60, 0, 599940, 0, 60, 5940},
    QX_QUERIES(queries),
};
