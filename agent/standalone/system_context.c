/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The system group in every unit's context.  net-snmp's own stands in the default context alone,
 * but a manager that asks for a unit by its context asks there for sysObjectID, too, to find out
 * what it talks to.  The scalars here are the default context's: answered by its own handlers.
 */
#include <net-snmp/net-snmp-config.h>

#include <net-snmp/net-snmp-includes.h>

#include <net-snmp/agent/net-snmp-agent-includes.h>

#include "../../drivers/ups.h"
#include "engine.h"

static const oid group[] = {1, 3, 6, 1, 2, 1, 1};

#define GROUP_LEN (sizeof(group) / sizeof(group[0]))
#define NAME_LEN  (GROUP_LEN + 2)

/* sysDescr, sysObjectID, sysUpTime, sysContact, sysName, sysLocation (RFC 3418) */
enum { FIRST = 1, LAST = 6 };

static void scalar_name(oid name[NAME_LEN], unsigned arc)
{
    memcpy(name, group, sizeof(group));
    name[GROUP_LEN] = arc;
    name[GROUP_LEN + 1] = 0;
}

/* Lets the default context's handler answer a GET of the varbind's name. */
static void ask_default_context(netsnmp_agent_request_info *reqinfo, netsnmp_request_info *request)
{
    netsnmp_variable_list *vb = request->requestvb;
    netsnmp_subtree *tree = netsnmp_subtree_find(vb->name, vb->name_length, NULL, "");
    netsnmp_request_info *next = request->next;
    int mode = reqinfo->mode;

    if (tree == NULL || tree->reginfo == NULL)
        return;
    reqinfo->mode = MODE_GET;
    request->next = NULL;
    netsnmp_call_handlers(tree->reginfo, reqinfo, request);
    request->next = next;
    reqinfo->mode = mode;
}

static void get(netsnmp_agent_request_info *reqinfo, netsnmp_request_info *request)
{
    const netsnmp_variable_list *vb = request->requestvb;
    oid name[NAME_LEN];

    for (unsigned arc = FIRST; arc <= LAST; arc++) {
        scalar_name(name, arc);
        if (snmp_oid_compare(vb->name, vb->name_length, name, NAME_LEN) == 0) {
            ask_default_context(reqinfo, request);
            return;
        }
    }
    netsnmp_set_request_error(reqinfo, request,
                              vb->name_length > GROUP_LEN && vb->name[GROUP_LEN] >= FIRST &&
                                      vb->name[GROUP_LEN] <= LAST
                                  ? SNMP_NOSUCHINSTANCE
                                  : SNMP_NOSUCHOBJECT);
}

static void get_next(netsnmp_agent_request_info *reqinfo, netsnmp_request_info *request)
{
    netsnmp_variable_list *vb = request->requestvb;
    oid name[NAME_LEN];
    int order;

    for (unsigned arc = FIRST; arc <= LAST; arc++) {
        scalar_name(name, arc);
        order = snmp_oid_compare(name, NAME_LEN, vb->name, vb->name_length);
        if (order > 0 || (order == 0 && request->inclusive)) {
            snmp_set_var_objid(vb, name, NAME_LEN);
            ask_default_context(reqinfo, request);
            return;
        }
    }
}

static int handle(netsnmp_mib_handler *handler, netsnmp_handler_registration *reginfo,
                  netsnmp_agent_request_info *reqinfo, netsnmp_request_info *requests)
{
    (void)handler, (void)reginfo;
    for (netsnmp_request_info *request = requests; request != NULL; request = request->next) {
        if (request->processed)
            continue;
        if (reqinfo->mode == MODE_GET)
            get(reqinfo, request);
        else if (reqinfo->mode == MODE_GETNEXT)
            get_next(reqinfo, request);
    }
    return SNMP_ERR_NOERROR;
}

int engine_register_system(const char *context)
{
    netsnmp_handler_registration *reg =
        netsnmp_create_handler_registration("system", handle, group, GROUP_LEN, HANDLER_CAN_RONLY);

    if (reg == NULL)
        return UPS_E_SYSTEM;
    reg->contextName = strdup(context); /* freed with the registration */
    if (reg->contextName == NULL) {
        netsnmp_handler_registration_free(reg);
        return UPS_E_SYSTEM;
    }
    return netsnmp_register_handler(reg) == MIB_REGISTERED_OK ? 0 : UPS_E_SYSTEM;
}
