/* SPDX-License-Identifier: BSD-2-Clause */
/* A bridge on a simulated device. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "usb_rig.h"

static int64_t rig_now(void *arg)
{
    return ((struct usb_rig *)arg)->now_ms;
}

static void note(struct usb_rig *rig, const char *head, const uint8_t *data, int len)
{
    size_t n = strlen(rig->out);

    n += (size_t)snprintf(rig->out + n, sizeof rig->out - n, "%s%s:", n ? " | " : "", head);
    for (int i = 0; i < len && n < sizeof rig->out; i++)
        n += (size_t)snprintf(rig->out + n, sizeof rig->out - n, " %02x", data[i]);
}

/* What the model gave, as a transfer; one that NAKs takes all of its time. */
static int result(struct usb_rig *rig, int n, int timeout_ms)
{
    assert_true(timeout_ms > 0);
    switch (n) {
    case USBDEV_NAK: rig->now_ms += timeout_ms; return USB_E_TIMEOUT;
    case USBDEV_STALL: return USB_E_STALL;
    case USBDEV_OVERFLOW: return USB_E_OVERFLOW;
    case USBDEV_GONE: rig->gone = true; return USB_E_GONE;
    default: return n;
    }
}

/* The fault that this transfer is to have. */
static int next_fault(struct usb_rig *rig)
{
    int fault = rig->fail_next;

    if (rig->always)
        return rig->always;
    if (!fault || (rig->fail_after > 0 && --rig->fail_after > 0))
        return 0;
    rig->fail_next = 0;
    return fault;
}

/* Faults of the bus, before the device sees anything. */
static int bus_fault(struct usb_rig *rig, int timeout_ms)
{
    int fault = next_fault(rig);

    rig->now_ms++; /* no transfer is free, or an endless reply would have no end */
    if (fault == USB_E_TIMEOUT)
        rig->now_ms += timeout_ms;
    if (rig->gone_after > 0 && --rig->gone_after == 0)
        rig->gone = true;
    return rig->gone ? USB_E_GONE : fault;
}

static int rig_control(struct usb_io *io, uint8_t type, uint8_t request, uint16_t value,
                       uint16_t index, uint8_t *data, uint16_t len, int timeout_ms)
{
    struct usb_rig *rig = (struct usb_rig *)io;
    const uint8_t setup[8] = {type,           request,
                              (uint8_t)value, (uint8_t)(value >> 8),
                              (uint8_t)index, (uint8_t)(index >> 8),
                              (uint8_t)len,   (uint8_t)(len >> 8)};
    char head[32];
    int fault = bus_fault(rig, timeout_ms);

    if (fault)
        return fault;
    if (type & 0x80) {
        rig->ins++;
    } else {
        snprintf(head, sizeof head, "%02x %02x %04x", type, request, value);
        note(rig, head, data, len);
    }
    return result(rig, usbdev_control(&rig->dev, setup, data, len), timeout_ms);
}

static int rig_interrupt(struct usb_io *io, uint8_t endpoint, uint8_t *data, uint16_t len,
                         int timeout_ms)
{
    struct usb_rig *rig = (struct usb_rig *)io;
    char head[8];
    int fault = bus_fault(rig, timeout_ms);

    if (fault)
        return fault;
    if (endpoint & 0x80) {
        rig->ins++;
        int n = usbdev_in(&rig->dev, endpoint, data, len);
        /* What becomes ready within the time limit is waited for. */
        if (n == USBDEV_NAK && rig->dev.count > 0) {
            int64_t ready = rig->dev.queue[rig->dev.head].ready_ms;
            if (ready <= rig->now_ms + timeout_ms) {
                rig->now_ms = ready;
                n = usbdev_in(&rig->dev, endpoint, data, len);
            }
        }
        return result(rig, n, timeout_ms);
    }
    snprintf(head, sizeof head, "%02x", endpoint);
    note(rig, head, data, len);
    return result(rig, usbdev_out(&rig->dev, endpoint, data, len), timeout_ms);
}

static int rig_clear_halt(struct usb_io *io, uint8_t endpoint)
{
    struct usb_rig *rig = (struct usb_rig *)io;

    (void)endpoint;
    return rig->gone ? USB_E_GONE : usbdev_clear_halt(&rig->dev) ? USB_E_STALL : 0;
}

static int rig_reset(struct usb_io *io)
{
    usbdev_reset(&((struct usb_rig *)io)->dev);
    return 0;
}

static void rig_pause(struct usb_io *io, int ms)
{
    ((struct usb_rig *)io)->now_ms += ms;
}

static const struct usb_io_ops rig_ops = {
    .control = rig_control,
    .interrupt = rig_interrupt,
    .clear_halt = rig_clear_halt,
    .reset = rig_reset,
    .pause = rig_pause,
};

/* The shape out of the model's own descriptors. */
static struct usb_shape shape_of(const struct usbdev *dev)
{
    uint8_t all[128];
    size_t n = usbdev_descriptors(dev, all, sizeof all);
    struct usb_shape s = {.interfaces = all[18 + 4], .settings = 1, .endpoints = all[27 + 4]};

    for (size_t at = 45; at + 7 <= n; at += 7)
        if (all[at + 2] & 0x80) {
            s.in = all[at + 2];
            s.in_size = all[at + 4];
        } else {
            s.out = all[at + 2];
        }
    return s;
}

void usb_rig_attach(struct usb_rig *rig)
{
    struct usb_shape shape = shape_of(&rig->dev);

    if (rig->u)
        rig->u->port.ops->close(&rig->u->port);
    if (rig->gone)
        usbdev_power(&rig->dev);
    rig->gone = false;
    rig->u = qx_usb_attach(&rig->d, qx_bridge_find(rig->dev.model->name), &rig->io, &shape, NULL);
    assert_non_null(rig->u);
}

void usb_rig_open(struct usb_rig *rig, const char *name)
{
    memset(rig, 0, sizeof *rig);
    rig->io.ops = &rig_ops;
    rig->now_ms = 1000;
    rig->clock = (struct ups_clock){.mono_ms = rig_now, .wall_ms = rig_now, .arg = rig};
    rig->host.clock = &rig->clock;
    rig->d.host = &rig->host;
    rig->d.unit = "test";
    rig->d.opt = rig->opt;
    assert_non_null(usbdev_model_find(name));
    usbdev_init(&rig->dev, usbdev_model_find(name), NULL);
    rig->dev.now_ms = rig_now;
    rig->dev.now_arg = rig;
    usb_rig_attach(rig);
}

void usb_rig_close(struct usb_rig *rig)
{
    rig->u->port.ops->close(&rig->u->port);
    rig->u = NULL;
}

int usb_rig_ask(struct usb_rig *rig, const char *line, enum qx_expect expect)
{
    int64_t began = rig->now_ms;

    rig->out[0] = '\0';
    rig->ins = 0;
    rig->d.why[0] = '\0';
    int rc = rig->u->port.ops->exchange(&rig->u->port, (const uint8_t *)line, strlen(line), expect,
                                        rig->reply, sizeof rig->reply - 1);
    assert_true(rc <= (int)sizeof rig->reply - 1);
    assert_true(rig->now_ms - began <= QX_USB_EXCHANGE_MS + 10);
    if (rc < 0)
        assert_true(rig->d.why[0] != '\0');
    rig->reply[rc > 0 ? rc : 0] = '\0';
    return rc;
}
