/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The objects that a manager expects of any agent beside UPS-MIB: system group, snmp group,
 * sysORTable, snmpEngine and the USM counters.  They are net-snmp's own; of its many modules only
 * these few are started, so nothing of the host's interfaces, processes or disks is shown.
 */
#include <net-snmp/net-snmp-config.h>

#include <net-snmp/net-snmp-includes.h>

#include <net-snmp/agent/agent_sysORTable.h>
#include <net-snmp/agent/net-snmp-agent-includes.h>

#include "../mib/mib.h"
#include "engine.h"

/* In libnetsnmpmibs, declared in no installed header. */
void init_system_mib(void);
void init_sysORTable(void);
int init_snmp_mib(void);
void init_snmpEngine(void);
void init_usmStats(void);

/*
 * NUT wants sysObjectID to be exactly upsMIB, LibreNMS a prefix of it; a `sysObjectID` line in
 * conf_file overrides it, as `sysDescr` does.
 */
#define SYS_OBJECT_ID "1.3.6.1.2.1.33"

static void default_line(const char *token, const char *value)
{
    char line[256];

    snprintf(line, sizeof(line), "[%s] %s %s", ENGINE_NAME, token, value);
    netsnmp_config(line);
}

void engine_system_group(const struct engine *engine)
{
    char descr[128];
    oid root[MAX_OID_LEN];
    size_t len;
    const uint32_t *name = mib_root(&mib_ups, &len);

    init_system_mib();
    init_sysORTable();
    init_snmp_mib();
    init_snmpEngine();
    init_usmStats();

    snprintf(descr, sizeof(descr), "upsmibd %s", engine_version(engine));
    default_line("sysDescr", descr);
    default_line("sysObjectID", SYS_OBJECT_ID);
    default_line("sysLocation", "");
    default_line("sysContact", "");
    netsnmp_config_process_memories(); /* now, so that conf_file comes after and wins */

    for (size_t i = 0; i < len; i++)
        root[i] = name[i];
    register_sysORTable(root, len, "The MIB module to describe uninterruptible power supplies");
}
