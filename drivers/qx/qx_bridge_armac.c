/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * armac (Richcomm "UPS USB Mon"): packets of a head byte, whose low bits count, and text.  Older
 * firmware takes reports of three characters and answers in pieces of five or six; newer takes and
 * gives a line in one packet of 64 bytes.
 */
#include "qx_usb.h"

#include <string.h>

enum { ARMAC_OLD, ARMAC_NEW };

enum {
    HEAD = 0xa0,
    COUNT_BITS = 0x3f, /* the two above change from packet to packet and mean nothing */
    NEW_MOST = 0x1f,   /* characters that fit below HEAD */
    OLD_PACKET = 8,
    NEW_PACKET = 64,
    DRAIN_READS = 10,
    DRAIN_MS = 100,
    WRITE_MS = 5000,
    PACKET_MS = 1000,
    TURN_MS = 2,    /* between request and first read */
    SLOW_MS = 10,   /* after a packet of one or two characters */
    STATUS_AT = 38, /* from here on a NUL is a status bit that the UPS lacks */
};

static const struct qx_report report = {
    .value = 0x0200, .size = 4, .payload = 3, .head = HEAD, .timeout_ms = WRITE_MS};

/* Neither answered nor echoed by real units: the time to wait for it is saved. */
static const char *const unanswered[] = {"QGS", "QS", "QPI", "M", "D", NULL};

static void armac_begin(struct qx_usb *u)
{
    const struct usb_shape *s = &u->shape;

    u->step = s->interfaces == 1 && s->settings == 1 && s->endpoints == 2 && s->in == 0x82 &&
                      s->out == 0x02 && s->in_size == NEW_PACKET
                  ? ARMAC_NEW
                  : ARMAC_OLD;
    if (u->step == ARMAC_NEW) {
        u->ep_in = 0x82;
        u->ep_out = 0x02;
        u->packet = NEW_PACKET;
    }
}

static bool armac_can(const struct qx_usb *u, const struct qx_line *line)
{
    for (size_t i = 0; unanswered[i]; i++)
        if (qx_line_is(line, unanswered[i]))
            return false;
    return u->step == ARMAC_OLD || line->len <= NEW_MOST;
}

static int send_line(struct qx_usb *u, const struct qx_line *line)
{
    uint8_t packet[1 + NEW_MOST];

    if (u->step == ARMAC_OLD) {
        int rc = qx_usb_drain(u, DRAIN_READS, OLD_PACKET, DRAIN_MS);
        return rc ? rc : qx_report_send(u, &report, line->text, line->len);
    }
    packet[0] = (uint8_t)(HEAD + line->len);
    memcpy(packet + 1, line->text, line->len);
    int n = qx_usb_out(u, packet, line->len + 1, WRITE_MS);
    return n < 0 ? qx_usb_failed(u, QX_SENDING, n, 0) : 0;
}

enum taken { TAKEN_MORE, TAKEN_END, TAKEN_OFF, TAKEN_FULL };

/* Appends a packet's text.  What lies behind it in the packet is of earlier ones. */
static enum taken take(const uint8_t *text, size_t n, uint8_t *reply, size_t size, size_t *got)
{
    for (size_t i = 0; i < n; i++) {
        uint8_t c = text[i];
        if (c == '\0' && *got == 0)
            return TAKEN_OFF;
        if (c == '\0' && *got < STATUS_AT)
            return TAKEN_END;
        if (*got == size)
            return TAKEN_FULL;
        reply[(*got)++] = c == '\0' ? '0' : c;
        if (c == '\r')
            return TAKEN_END;
    }
    return TAKEN_MORE;
}

static int armac_exchange(struct qx_usb *u, const struct qx_line *line, uint8_t *reply, size_t size)
{
    uint8_t packet[NEW_PACKET];
    size_t got = 0;
    int wait = u->port.reply_ms;
    int n = send_line(u, line);

    if (n)
        return n;
    qx_usb_pause(u, TURN_MS);
    for (;;) {
        n = qx_usb_in(u, packet, u->step == ARMAC_OLD ? OLD_PACKET : NEW_PACKET, wait);
        if (n < 0)
            return qx_usb_failed(u, QX_RECEIVING, n, got);
        size_t count = n > 0 ? packet[0] & COUNT_BITS : 0;
        if (count == 0)
            return (int)got;
        if (count > (size_t)n - 1) /* some firmware counts the head byte too */
            count = (size_t)n - 1;
        enum taken t = take(packet + 1, count, reply, size, &got);
        if (t == TAKEN_FULL)
            return qx_usb_garbled(u, "a reply without end");
        if (t != TAKEN_MORE)
            return t == TAKEN_OFF ? 0 : (int)got;
        if (count <= 2)
            qx_usb_pause(u, SLOW_MS);
        wait = PACKET_MS;
    }
}

const struct qx_bridge qx_bridge_armac = {.name = "armac",
                                          .ep_in = 0x81,
                                          .packet = OLD_PACKET,
                                          .begin = armac_begin,
                                          .can = armac_can,
                                          .exchange = armac_exchange};
