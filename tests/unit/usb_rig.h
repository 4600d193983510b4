/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A bridge on a simulated device in the same process: the clock stands still but for what is waited
 * for, and every transfer towards the device is noted.
 */
#ifndef USB_RIG_H
#define USB_RIG_H

#include "../sim/usb/usbdev.h"
#include "qx/qx_usb.h"

struct usb_rig {
    struct usb_io io; /* first */
    struct usbdev dev;
    struct ups_clock clock;
    struct drv_host host;
    struct drv d;
    struct drv_value opt[QX_PORT_OPTIONS];
    struct qx_usb *u;
    int64_t now_ms;
    bool gone;                      /* unplugged */
    unsigned gone_after;            /* transfers until it is; 0: never */
    int fail_next;                  /* an usb_error for the next transfer; 0: none */
    unsigned fail_after;            /* not the next one, but the n-th from now; 0 or 1: the next */
    int always;                     /* an usb_error for every transfer; 0: none */
    unsigned ins;                   /* IN transfers, string reads too */
    char out[1024];                 /* what went out: "21 09 0200: 51 31 0d | ..." */
    uint8_t reply[QX_LINE_MAX + 1]; /* of the last exchange, with a NUL behind it */
};

/* Opens the bridge `name` on a device of the model of the same name. */
void usb_rig_open(struct usb_rig *rig, const char *name);

/* The same after the test has changed rig->dev (variant, ...): attaches anew. */
void usb_rig_attach(struct usb_rig *rig);
void usb_rig_close(struct usb_rig *rig);

/* Exchanges a line; out and ins begin anew.  Returns as the port does. */
int usb_rig_ask(struct usb_rig *rig, const char *line, enum qx_expect expect);

#endif
