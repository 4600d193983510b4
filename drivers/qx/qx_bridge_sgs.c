/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sgs (TS Shara): reports and packets of a count byte and up to 7 characters.  The reply ends when
 * nothing more comes.
 */
#include "qx_usb.h"

#include <string.h>

enum { PACKET = 8, PAYLOAD = 7, SILENCE_MS = 1000 };

/* After the CR a shorter silence will do: the packets of one reply are some 33 ms apart. */
enum { QUIET_MS = 100 };

static const struct qx_report report = {
    .value = 0x0200, .size = PACKET, .payload = PAYLOAD, .timeout_ms = 5000};

static int sgs_exchange(struct qx_usb *u, const struct qx_line *line, uint8_t *reply, size_t size)
{
    size_t got = 0;
    int wait = u->port.reply_ms;
    int n = qx_report_send(u, &report, line->text, line->len);

    if (n)
        return n;
    for (;;) {
        uint8_t packet[PACKET] = {0};
        n = qx_usb_in(u, packet, sizeof packet, wait);
        if (n < 0)
            break;
        size_t count = packet[0] < PAYLOAD ? packet[0] : PAYLOAD;
        if (n < 1 || count > (size_t)n - 1)
            count = n < 1 ? 0 : (size_t)n - 1;
        if (count > size - 1 - got)
            return qx_usb_garbled(u, "a reply without end");
        memcpy(reply + got, packet + 1, count);
        got += count;
        wait = memchr(reply, '\r', got) ? QUIET_MS : SILENCE_MS;
    }
    if (n != USB_E_TIMEOUT)
        return qx_usb_failed(u, QX_RECEIVING, n, got);
    if (got > 0 && !memchr(reply, '\r', got)) {
        reply[got++] = '\r';
        u->unread = true; /* if that was not the end, the rest must not begin the next reply */
    }
    return (int)got;
}

const struct qx_bridge qx_bridge_sgs = {
    .name = "sgs", .ep_in = 0x81, .packet = PACKET, .exchange = sgs_exchange};
