/* SPDX-License-Identifier: BSD-2-Clause */
/* In place of the USB transport in builds without libusb. */
#include "qx_port.h"

#include <stdio.h>

int qx_usb_open(struct drv *d, struct qx_port **port)
{
    (void)port;
    return drv_fail(d, UPS_E_UNSUPPORTED, "this program was built without USB");
}

int qx_usb_scan(drv_found_fn *each, void *arg, char *why, size_t why_size)
{
    (void)each;
    (void)arg;
    snprintf(why, why_size, "this program was built without USB");
    return UPS_E_UNSUPPORTED;
}
