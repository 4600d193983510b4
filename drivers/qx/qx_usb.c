/* SPDX-License-Identifier: BSD-2-Clause */
/* A USB port of the Q* family: one open device behind its bridge. */
#include "qx_usb.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { REPLY_MS = 1000 };

/* What may still wait in the device after a failure, and how long it may take to show: packets of a
 * slow bridge are up to 40 ms apart. */
enum { UNREAD_PACKETS = 64, UNREAD_WAIT_MS = 100 };

static struct qx_usb *usb_of(struct qx_port *port)
{
    return (struct qx_usb *)port;
}

static bool usb_can(const struct qx_port *port, const uint8_t *request, size_t len)
{
    const struct qx_usb *u = (const struct qx_usb *)port;
    const struct qx_line line = {.text = request, .len = len};

    return len > 0 && len <= QX_LINE_MAX && request[len - 1] == '\r' &&
           (!u->bridge->can || u->bridge->can(u, &line));
}

static int usb_exchange(struct qx_port *port, const uint8_t *request, size_t len,
                        enum qx_expect expect, uint8_t *reply, size_t size)
{
    struct qx_usb *u = usb_of(port);
    const struct qx_line line = {.text = request, .len = len, .expect = expect};
    const struct ups_clock *clock = port->d->host->clock;
    int rc = 0;

    if (u->lost)
        return drv_fail(port->d, UPS_E_DISCONNECTED, "%s: closed", port->name);
    if (size < QX_LINE_MAX || !usb_can(port, request, len))
        return drv_fail(port->d, UPS_E_UNSUPPORTED, "%s can't transport this request", port->name);
    u->deadline_ms = ups_now(clock) + QX_USB_EXCHANGE_MS;
    if (u->unread && u->packet)
        rc = qx_usb_drain(u, UNREAD_PACKETS, u->packet, UNREAD_WAIT_MS);
    if (rc == 0)
        rc = u->bridge->exchange(u, &line, reply, size);
    if (rc > 0)
        u->overflows = 0;
    else
        u->unread = true; /* the reply may yet come */
    if (u->rest_ms)
        port->not_before_ms = ups_now(clock) + u->rest_ms;
    if (u->lost) {
        usb_close(u->dev);
        u->dev = NULL;
    }
    return rc;
}

static void usb_port_close(struct qx_port *port)
{
    struct qx_usb *u = usb_of(port);

    usb_close(u->dev);
    free(u);
}

struct qx_usb *qx_usb_attach(struct drv *d, const struct qx_bridge *bridge, struct usb_io *io,
                             const struct usb_shape *shape, struct usb_dev *dev)
{
    struct qx_usb *u = calloc(1, sizeof *u);

    if (!u)
        return NULL;
    u->ops = (struct qx_port_ops){
        .name = bridge->name, .exchange = usb_exchange, .can = usb_can, .close = usb_port_close};
    u->port.ops = &u->ops;
    u->port.d = d;
    u->port.reply_ms = REPLY_MS;
    snprintf(u->port.name, sizeof u->port.name, "%s", bridge->name);
    u->bridge = bridge;
    u->io = io;
    u->dev = dev;
    u->shape = *shape;
    u->ep_in = bridge->ep_in && shape->in ? shape->in : bridge->ep_in;
    u->ep_out = bridge->ep_out && shape->out ? shape->out : bridge->ep_out;
    u->packet = bridge->packet;
    u->unread = true; /* of a program that had the device before */
    if (bridge->begin)
        bridge->begin(u);
    return u;
}

bool qx_usb_langid(const char *text, uint16_t *langid)
{
    char *end;

    if (!isxdigit((unsigned char)text[0])) /* no sign, no space */
        return false;
    unsigned long value = strtoul(text, &end, 16);
    if (*end || value == 0 || value > 0xffff)
        return false;
    *langid = (uint16_t)value;
    return true;
}
