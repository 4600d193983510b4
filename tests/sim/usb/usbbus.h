/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A USB bus of umockdev with simulated devices on it: what the kernel's usbfs does, played to
 * programs that run under umockdev's preload.
 */
#ifndef USBBUS_H
#define USBBUS_H

#include "usbdev.h"

#include <umockdev.h>

struct usbport {
    struct usbdev dev;
    char serial[64];
    int number; /* of the hub, from 1 */
    int address;
    bool plugged;
    bool kernel_driver;          /* bound to interface 0 */
    bool foreign;                /* another program holds the interface */
    bool quiet;                  /* no udev events */
    unsigned detached, attached; /* how often the kernel driver was */

    /* The bus's own, under the mutex. */
    GMutex mutex;
    UMockdevIoctlBase *handler;
    char node[64], sys[96];
    GList *pending, *done;
    UMockdevIoctlClient *owner;  /* who has claimed interface 0 */
    UMockdevIoctlClient *waiter; /* whose reap is held back */
    GSource *wait_source;
    bool fresh; /* the last reap gave something */
};

/* Makes the test bed with a root hub. */
UMockdevTestbed *usbbus_new(void);

/* Plugs the device in at a new address. */
void usbbus_plug(UMockdevTestbed *bed, struct usbport *port, int address);
void usbbus_unplug(UMockdevTestbed *bed, struct usbport *port);

#endif
