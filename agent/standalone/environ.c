/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The environment as net-snmp reads it.  SNMPCONFPATH would make the library forget the persistent
 * file (and with it every SNMPv3 user at the next stop); MIBS would make it parse MIB texts that
 * an agent has no use for.
 */
#include <stdlib.h>

#include "engine.h"

void engine_clean_environment(void)
{
    static const char *const unwanted[] = {
        "SNMPCONFPATH", "SNMP_PERSISTENT_FILE", "SNMP_PERSISTENT_DIR", "MIBDIRS", "MIBFILES",
    };

    for (size_t i = 0; i < sizeof(unwanted) / sizeof(unwanted[0]); i++)
        unsetenv(unwanted[i]);
    setenv("MIBS", "", 1);
}
