/* SPDX-License-Identifier: BSD-2-Clause */
/* What bridges share: lines in output reports, replies in packets. */
#include "qx_usb.h"

#include <string.h>

enum { REPORT_MOST = 16, PACKET_MS = 1000 };

int qx_report_send(struct qx_usb *u, const struct qx_report *r, const uint8_t *text, size_t len)
{
    for (size_t at = 0; at < len; at += r->payload) {
        uint8_t report[REPORT_MOST] = {0};
        size_t n = len - at < r->payload ? len - at : r->payload;
        size_t head = r->payload < r->size;
        if (head)
            report[0] = (uint8_t)(r->head + n);
        memcpy(report + head, text + at, n);
        int rc = qx_usb_control_out(u, QX_HID_OUT, QX_SET_REPORT, r->value, report, r->size,
                                    r->timeout_ms);
        if (rc < 0)
            return qx_usb_failed(u, QX_SENDING, rc, 0);
    }
    return 0;
}

int qx_read_line(struct qx_usb *u, size_t packet, uint8_t *reply, size_t size)
{
    size_t got = 0;
    int wait = u->port.reply_ms;

    while (got < size && !memchr(reply, '\r', got)) {
        size_t want = packet ? packet : size - got;
        if (want > size - got)
            break; /* a whole packet has to fit, or it overflows */
        int n = qx_usb_in(u, reply + got, want, wait);
        if (n < 0)
            return qx_usb_failed(u, QX_RECEIVING, n, got);
        got += (size_t)n;
        wait = PACKET_MS;
        if (qx_usb_left(u, 1) == 0 && !memchr(reply, '\r', got))
            return qx_usb_failed(u, QX_RECEIVING, USB_E_TIMEOUT, got);
    }
    if (!memchr(reply, '\r', got))
        return qx_usb_garbled(u, "a reply without end");
    return (int)got;
}

bool qx_line_is(const struct qx_line *line, const char *word)
{
    size_t n = strlen(word);

    return line->len == n + 1 && memcmp(line->text, word, n) == 0 && line->text[n] == '\r';
}
