/* SPDX-License-Identifier: BSD-2-Clause */
/* String descriptors, and what they say about a device. */
#include "usb.h"

#include <string.h>

enum { USB_GET_DESCRIPTOR = 0x06, USB_STRING_TYPE = 0x03, USB_FROM_DEVICE = 0x80 };

enum { TRIES = 3 };

const char *usb_strerror(int error)
{
    switch (error) {
    case USB_E_TIMEOUT: return "no answer in time";
    case USB_E_STALL: return "stall";
    case USB_E_OVERFLOW: return "overflow";
    case USB_E_GONE: return "the device is gone";
    case USB_E_IO: return "input/output error";
    case USB_E_BUSY: return "another program uses the device";
    default: return "transfer failed";
    }
}

int usb_string_get(struct usb_io *io, uint8_t index, uint16_t langid, uint8_t *data,
                   uint16_t wlength, int timeout_ms)
{
    return io->ops->control(io, USB_FROM_DEVICE, USB_GET_DESCRIPTOR,
                            (uint16_t)(USB_STRING_TYPE << 8 | index), langid, data, wlength,
                            timeout_ms);
}

int usb_string_langid(struct usb_io *io, int timeout_ms)
{
    uint8_t head[4] = {0};
    int n = usb_string_get(io, 0, 0, head, sizeof head, timeout_ms);

    if (n < 0)
        return n;
    if (n < 4 || head[0] < 4 || head[1] != USB_STRING_TYPE)
        return USB_E_OTHER;
    return head[2] | head[3] << 8;
}

size_t usb_string_decode(const uint8_t *data, size_t n, uint8_t *text, size_t size)
{
    size_t len = 0;

    for (size_t i = 2; i + 1 < n && len < size; i += 2)
        text[len++] = data[i + 1] ? '?' : data[i];
    return len;
}

/* One string into `text`.  Returns its length, or an usb_error. */
static int read_text(struct usb_io *io, uint8_t index, char *text, int timeout_ms)
{
    uint8_t data[USB_STRING_BYTES] = {0};
    int langid = usb_string_langid(io, timeout_ms);

    if (langid == USB_E_GONE)
        return langid;
    if (langid <= 0)
        langid = USB_LANG_ENGLISH;
    int n = usb_string_get(io, index, (uint16_t)langid, data, sizeof data, timeout_ms);
    if (n < 0)
        return n;
    if (n < 2 || data[1] != USB_STRING_TYPE || data[0] > n)
        return USB_E_OTHER;
    size_t len = usb_string_decode(data, data[0], (uint8_t *)text, USB_TEXT_MAX - 1);
    text[len] = '\0';
    return (int)len;
}

enum ups_error usb_read_texts(struct usb_io *io, const struct ups_clock *clock,
                              struct usb_ident *id, int budget_ms)
{
    int64_t deadline = ups_now(clock) + budget_ms;

    for (int i = 0; i < USB_TEXTS; i++) {
        int rc = USB_E_OTHER;
        id->text[i][0] = '\0';
        id->unreadable[i] = false;
        for (int try = 0; id->text_index[i] && try < TRIES && rc < 0; try++) {
            int64_t left = deadline - ups_now(clock);
            if (left <= 0)
                break;
            if (try > 0)
                io->ops->pause(io, USB_STRING_PAUSE_MS);
            rc = read_text(io, id->text_index[i], id->text[i],
                           left < USB_STRING_WAIT_MS ? (int)left : USB_STRING_WAIT_MS);
            if (rc == USB_E_GONE)
                return UPS_E_DISCONNECTED;
        }
        id->unreadable[i] = id->text_index[i] && rc < 0;
    }
    return UPS_OK;
}

/* -- identity: four fields of 16 bits, from the top: IDs, manufacturer, product, serial ----------
 */

enum { MARK_UNKNOWN = 1, MARK_KNOWN = 2 /* and above */ };

static uint16_t fold(const void *data, size_t len)
{
    const uint8_t *p = data;
    uint32_t hash = 2166136261u; /* FNV-1a */

    for (size_t i = 0; i < len; i++)
        hash = (hash ^ p[i]) * 16777619u;
    hash = (hash >> 16 ^ hash) & 0xffff;
    return hash < MARK_KNOWN ? (uint16_t)(hash + MARK_KNOWN) : (uint16_t)hash;
}

uint64_t usb_ident_mark(const struct usb_ident *id)
{
    const uint8_t ids[4] = {(uint8_t)(id->vid >> 8), (uint8_t)id->vid, (uint8_t)(id->pid >> 8),
                            (uint8_t)id->pid};
    uint64_t mark = fold(ids, sizeof ids);

    for (int i = 0; i < USB_TEXTS; i++)
        mark = mark << 16 |
               (id->unreadable[i] ? MARK_UNKNOWN : fold(id->text[i], strlen(id->text[i])));
    return mark;
}

bool usb_ident_is(const struct usb_ident *id, uint64_t mark)
{
    uint64_t now = usb_ident_mark(id);

    for (int shift = 48; shift >= 0; shift -= 16) {
        uint16_t had = mark >> shift & 0xffff;
        if (had != MARK_UNKNOWN && had != (now >> shift & 0xffff))
            return false;
    }
    return true;
}
