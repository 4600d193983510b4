/* SPDX-License-Identifier: BSD-2-Clause */
/* The bridges there are. */
#include "qx_usb.h"

#include <strings.h>

const struct qx_bridge *const qx_bridges[] = {
    &qx_bridge_ablerex, &qx_bridge_armac,   &qx_bridge_cypress,
    &qx_bridge_fabula,  &qx_bridge_fuji,    &qx_bridge_gtec,
    &qx_bridge_hunnox,  &qx_bridge_ippon,   &qx_bridge_krauler,
    &qx_bridge_omron,   &qx_bridge_phoenix, &qx_bridge_phoenixtec,
    &qx_bridge_sgs,     &qx_bridge_snr,     NULL,
};

const struct qx_bridge *qx_bridge_find(const char *name)
{
    for (size_t i = 0; qx_bridges[i]; i++)
        if (strcasecmp(qx_bridges[i]->name, name) == 0)
            return qx_bridges[i];
    return NULL;
}
