/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Bringing net-snmp's agent up and down again, in the one order that works.
 */
#include <net-snmp/net-snmp-config.h>

#include <net-snmp/net-snmp-includes.h>

#include <net-snmp/agent/net-snmp-agent-includes.h>

#include <errno.h>

#include "../../drivers/log.h"
#include "../../drivers/ups.h"
#include "engine.h"

#define DEFAULT_ADDRESS "udp:127.0.0.1:161"

static int listen_on(struct engine *engine, const char *address)
{
    netsnmp_transport *transport;
    int error;

    errno = 0;
    transport = netsnmp_transport_open_server("snmp", address);
    error = errno;
    if (transport == NULL) {
        snprintf(engine->why, engine->why_size, "cannot listen on %s: %s", address,
                 error != 0 ? strerror(error) : "not an address");
        return error == EADDRINUSE || error == EACCES ? UPS_E_SYSTEM : UPS_E_INVALID;
    }
    if (netsnmp_register_agent_nsap(transport) < 0) {
        snprintf(engine->why, engine->why_size, "cannot listen on %s", address);
        return UPS_E_SYSTEM;
    }
    log_msg(LOG_LVL_NOTICE, "snmp", NULL, "listening on %s", address);
    return 0;
}

/*
 * The addresses given, then those of agentAddress lines in conf_file.  Opened here and not by
 * init_master_agent(), which does not say why it failed and would open the SMUX port as well.
 */
static int listen_all(struct engine *engine)
{
    const char *list = netsnmp_ds_get_string(NETSNMP_DS_APPLICATION_ID, NETSNMP_DS_AGENT_PORTS);
    char *copy = strdup(list), *rest = copy, *address;
    int rc = UPS_E_SYSTEM;

    if (copy == NULL) {
        snprintf(engine->why, engine->why_size, "out of memory");
        return rc;
    }
    while ((address = strsep(&rest, ",")) != NULL) {
        rc = listen_on(engine, address);
        if (rc != 0)
            break;
    }
    free(copy);
    return rc;
}

int engine_open(struct engine *engine)
{
    const char *address = engine->config.address;
    int rc;

    engine_log_open();
    engine->set = engine_set_new(engine);
    if (engine->set == NULL ||
        !face_init(&engine->face, engine->config.core, engine->config.conf, engine->config.clock)) {
        snprintf(engine->why, engine->why_size, "out of memory");
        return UPS_E_SYSTEM;
    }
    rc = engine_settings(engine);
    if (rc != 0)
        return rc;
    netsnmp_ds_set_boolean(NETSNMP_DS_APPLICATION_ID, NETSNMP_DS_AGENT_ROLE, 0); /* master */
    netsnmp_ds_set_string(NETSNMP_DS_APPLICATION_ID, NETSNMP_DS_AGENT_PORTS,
                          address != NULL ? address : DEFAULT_ADDRESS);
    /* libwrap's line per datagram would be the whole log */
    netsnmp_ds_set_boolean(NETSNMP_DS_APPLICATION_ID,
                           NETSNMP_DS_AGENT_DONT_LOG_TCPWRAPPERS_CONNECTS, 1);
    engine->library_up = true;
    init_agent(ENGINE_NAME);
    engine_system_group(engine);
    rc = engine_register(engine);
    if (rc != 0)
        return rc;
    init_snmp(ENGINE_NAME);
    engine_access_notice(engine);
    netsnmp_set_lookup_cache_size(-1);
    rc = listen_all(engine);
    if (rc == 0)
        send_easy_trap(SNMP_TRAP_COLDSTART, 0);
    return rc;
}

void engine_close(struct engine *engine)
{
    if (engine->library_up) {
        shutdown_master_agent();
        snmp_shutdown(ENGINE_NAME);
        shutdown_agent();
    }
    engine_set_free(engine->set);
    face_fini(&engine->face);
    free(engine->place);
}
