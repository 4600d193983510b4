/* SPDX-License-Identifier: BSD-2-Clause */
/* Transfers of the bridges: deadlines, traces, and what is done about errors. */
#include "qx_usb.h"

#include <string.h>

/* Overflows in a row after which only a reset is known to help (NUT issue 598). */
enum { OVERFLOWS_MOST = 3 };

int qx_usb_left(const struct qx_usb *u, int ms)
{
    int64_t left = u->deadline_ms - ups_now(u->port.d->host->clock);

    return left <= 0 ? 0 : left < ms ? (int)left : ms;
}

void qx_usb_pause(struct qx_usb *u, int ms)
{
    ms = qx_usb_left(u, ms);
    if (ms > 0)
        u->io->ops->pause(u->io, ms);
}

static int control(struct qx_usb *u, uint8_t type, uint8_t request, uint16_t value, uint16_t index,
                   uint8_t *data, size_t len, int timeout_ms)
{
    int left = qx_usb_left(u, timeout_ms);

    return left > 0
               ? u->io->ops->control(u->io, type, request, value, index, data, (uint16_t)len, left)
               : USB_E_TIMEOUT;
}

static void trace(const struct qx_usb *u, char direction, const uint8_t *data, int n)
{
    if (n > 0)
        log_frame("usb", u->port.d->unit, direction, data, (size_t)n);
}

int qx_usb_control_out(struct qx_usb *u, uint8_t type, uint8_t request, uint16_t value,
                       const uint8_t *data, size_t len, int timeout_ms)
{
    uint8_t copy[QX_LINE_MAX];

    if (len > sizeof copy)
        return USB_E_OTHER;
    memcpy(copy, data, len);
    trace(u, '>', data, (int)len);
    int n = control(u, type, request, value, 0, copy, len, timeout_ms);
    return n >= 0 && (size_t)n < len ? USB_E_OTHER : n;
}

int qx_usb_control_in(struct qx_usb *u, uint8_t type, uint8_t request, uint16_t value,
                      uint8_t *data, size_t len, int timeout_ms)
{
    int n = control(u, type, request, value, 0, data, len, timeout_ms);

    trace(u, '<', data, n);
    return n;
}

int qx_usb_string(struct qx_usb *u, uint8_t index, uint16_t langid, uint8_t *data, size_t wlength)
{
    int left = qx_usb_left(u, USB_STRING_WAIT_MS);
    int n = left > 0 ? usb_string_get(u->io, index, langid, data, (uint16_t)wlength, left)
                     : USB_E_TIMEOUT;

    trace(u, '<', data, n);
    return n;
}

int qx_usb_out(struct qx_usb *u, const uint8_t *data, size_t len, int timeout_ms)
{
    uint8_t copy[QX_LINE_MAX];
    int left = qx_usb_left(u, timeout_ms);

    if (len > sizeof copy)
        return USB_E_OTHER;
    if (left == 0)
        return USB_E_TIMEOUT;
    memcpy(copy, data, len);
    trace(u, '>', data, (int)len);
    int n = u->io->ops->interrupt(u->io, u->ep_out, copy, (uint16_t)len, left);
    return n >= 0 && (size_t)n < len ? USB_E_OTHER : n;
}

int qx_usb_in(struct qx_usb *u, uint8_t *data, size_t len, int timeout_ms)
{
    int left = qx_usb_left(u, timeout_ms);

    if (left == 0)
        return USB_E_TIMEOUT;
    int n = u->io->ops->interrupt(u->io, u->ep_in, data, (uint16_t)len, left);
    trace(u, '<', data, n);
    return n;
}

static int lost(struct qx_usb *u, int error, const char *what)
{
    u->lost = true;
    return drv_fail(u->port.d, UPS_E_DISCONNECTED, "%s: %s: %s", u->port.name, what,
                    usb_strerror(error));
}

static int reset(struct qx_usb *u, int error, const char *what)
{
    /* It may come back under another address, or not at all: either way it is opened anew. */
    (void)u->io->ops->reset(u->io);
    return lost(u, error, what);
}

/* A stalled control pipe clears itself; a halted endpoint has to be cleared. */
static int stalled(struct qx_usb *u, const char *what)
{
    if (u->ep_in && u->shape.in && u->io->ops->clear_halt(u->io, u->ep_in) != 0)
        return reset(u, USB_E_STALL, what);
    return drv_fail(u->port.d, UPS_E_GARBLED, "%s: %s: stall", u->port.name, what);
}

int qx_usb_failed(struct qx_usb *u, enum qx_transfer_phase phase, int error, size_t got)
{
    const char *what = phase == QX_SENDING ? "sending" : "receiving";
    struct drv *d = u->port.d;

    switch (error) {
    case USB_E_TIMEOUT:
        if (phase == QX_SENDING)
            return drv_fail(d, UPS_E_TIMEOUT, "%s: the request could not be sent in time",
                            u->port.name);
        if (got == 0)
            return 0;
        return drv_fail(d, UPS_E_GARBLED, "%s: the reply broke off after %zu bytes", u->port.name,
                        got);
    case USB_E_STALL: return stalled(u, what);
    case USB_E_OVERFLOW:
        if (++u->overflows >= OVERFLOWS_MOST) {
            u->overflows = 0;
            return reset(u, error, what);
        }
        return drv_fail(d, UPS_E_GARBLED, "%s: %s: overflow", u->port.name, what);
    case USB_E_GONE:
    case USB_E_IO:
    case USB_E_BUSY: return lost(u, error, what);
    default:
        return drv_fail(d, UPS_E_GARBLED, "%s: %s: %s", u->port.name, what, usb_strerror(error));
    }
}

int qx_usb_garbled(struct qx_usb *u, const char *what)
{
    return drv_fail(u->port.d, UPS_E_GARBLED, "%s: %s", u->port.name, what);
}

int qx_usb_drain(struct qx_usb *u, unsigned reads, size_t len, int wait_ms)
{
    uint8_t dump[QX_LINE_MAX];

    for (unsigned i = 0; i < reads; i++) {
        int n = qx_usb_in(u, dump, len < sizeof dump ? len : sizeof dump, wait_ms);
        if (n == USB_E_TIMEOUT)
            break;
        if (n == USB_E_STALL) {
            (void)u->io->ops->clear_halt(u->io, u->ep_in); /* or the request will show it */
            break;
        }
        if (n < 0) {
            int rc = qx_usb_failed(u, QX_RECEIVING, n, 0);
            if (u->lost)
                return rc;
        }
    }
    u->unread = false;
    return 0;
}
