/* SPDX-License-Identifier: BSD-2-Clause */
/* Bridges whose reply is one block of up to 64 bytes: ippon, omron. */
#include "qx_usb.h"

#include <string.h>

enum { BLOCK = 64 };

/*
 * The line ends behind its CR, which is put there if the block has none: before the first NUL, or
 * at the end.  An empty reply is a NUL and a CR.
 */
static int block_line(const uint8_t *block, size_t got, uint8_t *reply, size_t size)
{
    const uint8_t *cr = memchr(block, '\r', got), *nul = memchr(block, '\0', got);
    size_t text = cr ? (size_t)(cr - block) : nul ? (size_t)(nul - block) : got;

    if (text > 0 && block[0] == '\0')
        text = 0;
    if (text >= size)
        text = size - 1;
    memcpy(reply, block, text);
    reply[text] = '\r';
    return (int)text + 1;
}

static int block_exchange(struct qx_usb *u, const struct qx_line *line, uint8_t *reply, size_t size)
{
    uint8_t block[BLOCK] = {0};
    int rc = qx_report_send(u, u->bridge->row, line->text, line->len);

    if (rc)
        return rc;
    int n = qx_usb_in(u, block, sizeof block, u->port.reply_ms);
    if (n < 0)
        return qx_usb_failed(u, QX_RECEIVING, n, 0);
    return n == 0 ? 0 : block_line(block, (size_t)n, reply, size);
}

/* 0x0002 and not 0x0200: against HID, but it is what these devices take. */
static const struct qx_report ippon = {
    .value = 0x0002, .size = 8, .payload = 8, .timeout_ms = 1000};
static const struct qx_report omron = {
    .value = 0x0002, .size = 16, .payload = 16, .timeout_ms = 1000};

const struct qx_bridge qx_bridge_ippon = {
    .name = "ippon", .ep_in = 0x81, .packet = BLOCK, .exchange = block_exchange, .row = &ippon};
const struct qx_bridge qx_bridge_omron = {
    .name = "omron", .ep_in = 0x81, .packet = BLOCK, .exchange = block_exchange, .row = &omron};
