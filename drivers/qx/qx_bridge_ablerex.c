/* SPDX-License-Identifier: BSD-2-Clause */
/* ablerex: request and reply in feature report 5, of 47 bytes. */
#include "qx_usb.h"

#include <string.h>

enum {
    FEATURE_5 = 0x0305,
    REPORT = 47,
    TEXT_AT = 3,
    TRANSFER_MS = 1000,
    THINK_MS = 500, /* what the device takes to put the reply there */
    TRIES = 3,
    Q5_LENGTH = 22,
};

/* The report holds what it held before until the device is done: lengths tell. */
static const struct {
    const char *line;
    int reply;
} lengths[] = {{"Q1", 47}, {"I", 39}, {"F", 22}};

static int wanted(const struct qx_line *line)
{
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++)
        if (qx_line_is(line, lengths[i].line))
            return lengths[i].reply;
    return 0;
}

static bool ablerex_can(const struct qx_usb *u, const struct qx_line *line)
{
    (void)u;
    return line->len <= REPORT - TEXT_AT;
}

/* One attempt.  Returns the length of the line, its CR included; 0 without one. */
static int attempt(struct qx_usb *u, const struct qx_line *line, uint8_t *reply, size_t size)
{
    uint8_t report[REPORT] = {0x05, 0x00, (uint8_t)line->len};

    memcpy(report + TEXT_AT, line->text, line->len);
    int n = qx_usb_control_out(u, QX_HID_OUT, QX_SET_REPORT, FEATURE_5, report, sizeof report,
                               TRANSFER_MS);
    if (n < 0)
        return qx_usb_failed(u, QX_SENDING, n, 0);
    qx_usb_pause(u, THINK_MS);
    memset(report, 0, sizeof report);
    n = qx_usb_control_in(u, QX_HID_IN, QX_GET_REPORT, FEATURE_5, report, sizeof report,
                          u->port.reply_ms);
    if (n < 0)
        return qx_usb_failed(u, QX_RECEIVING, n, 0);
    const uint8_t *cr = memchr(report, '\r', (size_t)n);
    if (!cr || (size_t)(cr - report) >= size)
        return 0;
    memcpy(reply, report, (size_t)(cr - report) + 1);
    return (int)(cr - report) + 1;
}

static int ablerex_exchange(struct qx_usb *u, const struct qx_line *line, uint8_t *reply,
                            size_t size)
{
    int want = wanted(line), n = attempt(u, line, reply, size);

    for (int try = 1; try < TRIES && want && n >= 0 && n != want; try++)
        n = attempt(u, line, reply, size);
    /* A payload of zeros stands for no data: the binary reply is cut by any 0x0D in it. */
    if (n >= 0 && n != Q5_LENGTH && size >= Q5_LENGTH && qx_line_is(line, "Q5")) {
        memset(reply, 0, Q5_LENGTH);
        reply[0] = '(';
        n = Q5_LENGTH;
    }
    return n;
}

const struct qx_bridge qx_bridge_ablerex = {
    .name = "ablerex", .can = ablerex_can, .exchange = ablerex_exchange};
