/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Fuzz target: what a USB device says to each bridge.  First byte: the bridge; second: variant, and
 * which line is asked.  Then one record a transfer: a byte that says how it ends (an error, or how
 * many bytes come) and those bytes.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../drivers/qx/qx_usb.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct fake {
    struct usb_io io; /* first */
    const uint8_t *data;
    size_t size;
    int64_t now_ms;
    bool gone;
};

/* -- a device that says what the input says -----------------------------------------------------
 */

static uint8_t take_byte(struct fake *f)
{
    if (f->size == 0)
        return 0xff;
    f->size--;
    return *f->data++;
}

/* 0xf0 to 0xff: the transfer fails; else so many bytes, and one more bit for the full length. */
static int transfer(struct fake *f, bool in, uint8_t *data, uint16_t len, int timeout_ms)
{
    uint8_t head = take_byte(f);

    if (timeout_ms <= 0 || f->gone)
        abort();
    f->now_ms++;
    if (head >= 0xf0) {
        int error = -(head & 7);
        if (error == 0 || error == USB_E_TIMEOUT || error < USB_E_OTHER) {
            f->now_ms += timeout_ms;
            return USB_E_TIMEOUT;
        }
        f->gone = error == USB_E_GONE;
        return error;
    }
    size_t n = head & 0x80 ? len : head < len ? head : len;
    if (!in)
        return (int)n;
    if (n > f->size)
        n = f->size;
    memcpy(data, f->data, n);
    f->data += n;
    f->size -= n;
    return (int)n;
}

static int fake_control(struct usb_io *io, uint8_t type, uint8_t request, uint16_t value,
                        uint16_t index, uint8_t *data, uint16_t len, int timeout_ms)
{
    (void)request;
    (void)value;
    (void)index;
    return transfer((struct fake *)io, type & 0x80, data, len, timeout_ms);
}

static int fake_interrupt(struct usb_io *io, uint8_t endpoint, uint8_t *data, uint16_t len,
                          int timeout_ms)
{
    return transfer((struct fake *)io, endpoint & 0x80, data, len, timeout_ms);
}

static int fake_clear_halt(struct usb_io *io, uint8_t endpoint)
{
    (void)endpoint;
    return take_byte((struct fake *)io) & 1 ? USB_E_STALL : 0;
}

static int fake_reset(struct usb_io *io)
{
    (void)io;
    return 0;
}

static void fake_pause(struct usb_io *io, int ms)
{
    ((struct fake *)io)->now_ms += ms;
}

static int64_t fake_now(void *arg)
{
    return ((struct fake *)arg)->now_ms;
}

/* -- exchanges ----------------------------------------------------------------------------------
 */

static void exchange(struct fake *f, struct qx_port *port, unsigned choice)
{
    static const char *const lines[] = {"Q1\r", "F\r",        "I\r",        "C\r",   "T\r",
                                        "Q5\r", "S.5R0003\r", "S.2R0000\r", "QGS\r", "BL\r"};
    const char *line = lines[choice % (sizeof lines / sizeof *lines)];
    static const size_t sizes[] = {QX_LINE_MAX, 64, QX_LINE_MAX, 2};
    size_t size = sizes[choice / 8 % 4];
    uint8_t *reply = malloc(size); /* exact, so that a write behind it is found */
    int64_t began = f->now_ms;

    if (!reply)
        abort();
    port->d->why[0] = '\0';
    int rc = port->ops->exchange(port, (const uint8_t *)line, strlen(line),
                                 (enum qx_expect)(choice % 3), reply, size);
    if (rc > (int)size || f->now_ms - began > QX_USB_EXCHANGE_MS + 1000)
        abort();
    if (rc < 0 && !port->d->why[0])
        abort(); /* every error has a message */
    uint8_t seen = 0;
    for (int i = 0; i < rc; i++)
        seen = (uint8_t)(seen ^ reply[i]); /* what is said to be there is */
    (void)seen;
    free(reply);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct usb_io_ops ops = {fake_control, fake_interrupt, fake_clear_halt, fake_reset,
                                          fake_pause};
    static const struct usb_shape shapes[] = {
        {1, 1, 1, 0x81, 0, 8}, {1, 1, 2, 0x82, 0x02, 64}, {1, 1, 2, 0x81, 0x02, 8}, {0}};
    struct fake f = {.io.ops = &ops, .now_ms = 1000};
    struct ups_clock clock = {.mono_ms = fake_now, .wall_ms = fake_now, .arg = &f};
    struct drv_host host = {.clock = &clock};
    struct drv_value opt[QX_PORT_OPTIONS] = {0};
    struct drv d = {.host = &host, .unit = "fuzz", .opt = opt};
    size_t bridges = 0;

    if (size < 2)
        return 0;
    while (qx_bridges[bridges])
        bridges++;
    f.data = data + 2;
    f.size = size - 2;
    struct qx_usb *u =
        qx_usb_attach(&d, qx_bridges[data[0] % bridges], &f.io, &shapes[data[1] & 3], NULL);
    if (!u)
        abort();
    u->langid_fixed = data[1] & 4;
    u->langid = 0x4095;
    u->port.novendor = data[1] & 8;
    for (unsigned i = 0; i < 4; i++)
        exchange(&f, &u->port, data[1] / 16u + i * (i + 1));
    u->port.ops->close(&u->port);

    struct usb_ident id = {.text_index = {1, 2, 3}};
    if (!f.gone && usb_read_texts(&f.io, &clock, &id, 4000) == UPS_OK)
        for (int i = 0; i < USB_TEXTS; i++)
            if (strnlen(id.text[i], USB_TEXT_MAX) == USB_TEXT_MAX)
                abort();
    return 0;
}
