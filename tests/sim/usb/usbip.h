/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A simulated device at the far end of a USB/IP connection (Linux, Documentation/usb/
 * usbip_protocol.rst): the kernel's vhci-hcd takes it for one on a bus of its own.
 */
#ifndef USBIP_H
#define USBIP_H

#include "usbdev.h"

struct usbip_urb;

struct usbip {
    struct usbdev *dev;
    int fd; /* the connection; -1: there is none */
    struct usbip_urb *pending;
    bool configured;
};

/* Takes over the connected socket. */
void usbip_begin(struct usbip *ip, struct usbdev *dev, int fd);

/*
 * Reads one message and answers what can be answered; for when the socket is readable.  False: the
 * host has ended the connection, or has said something that can't be.
 */
bool usbip_take(struct usbip *ip);

/*
 * Asks the device again for all that it owes, for when time has passed.  False: the device has
 * dropped off the bus, or the host is gone.
 */
bool usbip_pump(struct usbip *ip);

/* Closes the connection; what was pending is forgotten.  Fine without one. */
void usbip_end(struct usbip *ip);

#endif
