/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Q* dialects innovart31 and innovart33: Ippon Innova RT with one and with three phases at the
 * output.  As q6, with the bypass (BPS), firmware and serial number; no beeper.
 */
#include "qx_dialects.h"

#include <string.h>

static const struct qx_field bypass[] = {
    QX_NUM_X(1, 5, INPUT_BYPASS_VOLTAGE, 0, 1000),
    QX_NUM_X(7, 11, INPUT_BYPASS_VOLTAGE, 1, 1000),
    QX_NUM_X(13, 17, INPUT_BYPASS_VOLTAGE, 2, 1000),
    QX_NUM(19, 22, INPUT_BYPASS_FREQUENCY),
};
static const struct qx_field firmware[] = {QX_TXT(0, QX_END, UPS_FIRMWARE)};
static const struct qx_field serial[] = {QX_TXT(7, QX_END, UPS_SERIAL)};

static void bypass_finish(struct qx_call *c, struct ups_reading *r)
{
    uint8_t lines = c->x->lines_out ? c->x->lines_out : 1;

    qx_count_lines(r, UPS_VAR_INPUT_BYPASS_VOLTAGE, &lines);
    ups_set(r, UPS_VAR_INPUT_BYPASS_PHASES, 0, lines * 1000);
}

static bool serial_check(struct qx_call *c)
{
    return memcmp(c->reply, "GASV07D", 7) == 0;
}

/* Nothing at the second and third output. */
static bool one_output(struct qx_call *c)
{
    return memcmp(c->reply + 30, "000.0 000.0", 11) == 0;
}

#define QUERIES(q6_check)                                                                          \
    QX_FLAGS_LINE, QX_Q6_LINE(q6_check), QX_WA_LINE,                                               \
        {.request = "BPS",                                                                         \
         .lead = '(',                                                                              \
         .least = 24,                                                                              \
         .class = QX_SLOW,                                                                         \
         .flags = QX_CLAIM,                                                                        \
         QX_FIELDS(bypass),                                                                        \
         .finish = bypass_finish},                                                                 \
        QX_RATING_LINE,                                                                            \
        {.request = "FW?", .least = 2, .class = QX_ONCE, .flags = QX_VENDOR, QX_FIELDS(firmware)}, \
    {                                                                                              \
        .request = "SASV07?", .least = 28, .class = QX_ONCE, QX_FIELDS(serial),                    \
        .check = serial_check                                                                      \
    }

static const struct qx_query queries31[] = {QUERIES(one_output)};
static const struct qx_query queries33[] = {QUERIES(NULL)};

#define CONTROL                                                                                    \
    .mfr = "Ippon", .command = qx_megatec_commands, .commands = QX_MEGATEC_NO_BEEPER,              \
    .ack = "ACK", .delays = QX_MEGATEC_DELAYS

const struct qx_dialect qx_innovart31 = {
    .name = "innovart31",
    QX_QUERIES(queries31),
    CONTROL,
};

const struct qx_dialect qx_innovart33 = {
    .name = "innovart33",
    QX_QUERIES(queries33),
    CONTROL,
};
