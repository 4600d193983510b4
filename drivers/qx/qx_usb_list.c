/* SPDX-License-Identifier: BSD-2-Clause */
/* What --scan says of USB. */
#include "qx_usb.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DEVICES_MOST = 256, TEXTS_MS = 2000 };

/* Appends "key = text", what is special in a regular expression escaped. */
static void add_text(char *out, size_t size, const char *key, const char *text)
{
    size_t n = strlen(out);
    int head = snprintf(out + n, size - n, "%s = ", key);

    n = head < 0 ? size : n + (size_t)head;
    for (; *text && n + 3 < size; text++) {
        if (strchr("\\^$.[]|()*+?{}", *text))
            out[n++] = '\\';
        out[n++] = *text;
    }
    if (n + 1 < size) {
        out[n] = '\n';
        out[n + 1] = '\0';
    }
}

static void add_options(struct qx_usb_seen *seen)
{
    char id[8];

    snprintf(seen->options, sizeof seen->options, "port = auto\n");
    snprintf(id, sizeof id, "%04x", seen->id.vid);
    add_text(seen->options, sizeof seen->options, "vendorid", id);
    snprintf(id, sizeof id, "%04x", seen->id.pid);
    add_text(seen->options, sizeof seen->options, "productid", id);
    if (seen->id.text[USB_PRODUCT][0])
        add_text(seen->options, sizeof seen->options, "product", seen->id.text[USB_PRODUCT]);
    if (seen->id.text[USB_SERIAL][0])
        add_text(seen->options, sizeof seen->options, "serial", seen->id.text[USB_SERIAL]);
}

static void look_at(struct qx_usb_seen *seen)
{
    struct usb_dev *dev;

    if (usb_open(&seen->id, &dev, seen->why, sizeof seen->why) == UPS_OK) {
        if (usb_read_texts(usb_dev_io(dev), &ups_clock_system, &seen->id, TEXTS_MS) != UPS_OK)
            snprintf(seen->why, sizeof seen->why, "it went away");
        usb_close(dev);
    }
    seen->row = qx_usb_row_of(&seen->id);
    add_options(seen);
}

int qx_usb_list(void (*each)(void *arg, const struct qx_usb_seen *seen), void *arg, char *why,
                size_t why_size)
{
    struct usb_ident *found = calloc(DEVICES_MOST, sizeof *found);
    int seen = 0;

    if (!found) {
        snprintf(why, why_size, "out of memory");
        return UPS_E_SYSTEM;
    }
    int n = usb_scan(found, DEVICES_MOST, why, why_size);
    for (int i = 0; i < n; i++) {
        if (!qx_usb_known(found[i].vid, found[i].pid))
            continue;
        struct qx_usb_seen one = {.id = found[i]};
        look_at(&one);
        each(arg, &one);
        seen++;
    }
    free(found);
    return n < 0 ? n : seen;
}
