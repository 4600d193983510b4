/* SPDX-License-Identifier: BSD-2-Clause */
/* The Q* family: which kind of port a unit's options name. */
#include "qx_port.h"

#include <string.h>

const char *const qx_cablepower_words[] = {"normal", "reverse", "both", "none", NULL};

int qx_port_open(struct drv *d, struct qx_port **port)
{
    bool usb = strcmp(d->port, "auto") == 0;

    for (unsigned row = QX_OPT_SUBDRIVER; row < QX_PORT_OPTIONS; row++)
        usb = usb || (d->opt[row].set && row != QX_OPT_NOSCANLANGID);
    return usb ? qx_usb_open(d, port) : qx_serial_open(d, port);
}
