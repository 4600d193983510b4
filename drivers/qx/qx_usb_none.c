/* SPDX-License-Identifier: BSD-2-Clause */
/* In place of the USB transport in builds without libusb. */
#include "qx_port.h"

int qx_usb_open(struct drv *d, struct qx_port **port)
{
    (void)port;
    return drv_fail(d, UPS_E_UNSUPPORTED, "this program was built without USB");
}
