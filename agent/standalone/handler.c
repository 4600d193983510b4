/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The adapter: net-snmp's requests to the object layer and its answers back.  One registration of
 * the whole UPS-MIB per unit and context, one of each MIB of all units in the default context; one
 * snapshot of a unit answers all variables of a call.
 */
#include <net-snmp/net-snmp-config.h>

#include <net-snmp/net-snmp-includes.h>

#include <net-snmp/agent/net-snmp-agent-includes.h>

#include "../../drivers/clock.h"
#include "../../drivers/log.h"
#include "../mib/mib.h"
#include "netsnmp.h"

#define UPTIME_SLACK_MS 500 /* how far the library's clock may seem to stray from ours */

/* Puts a value, or an exception of GET, into a varbind. */
static void put(netsnmp_agent_request_info *reqinfo, netsnmp_request_info *request,
                const struct mib_value *value)
{
    struct netsnmp_form form;

    if (value->type == MIB_NO_SUCH_OBJECT)
        netsnmp_set_request_error(reqinfo, request, SNMP_NOSUCHOBJECT);
    else if (!netsnmp_form_of(value, &form))
        netsnmp_set_request_error(reqinfo, request, SNMP_NOSUCHINSTANCE);
    else if (snmp_set_var_typed_value(request->requestvb, form.type, form.data, form.size) != 0)
        netsnmp_set_request_error(reqinfo, request, SNMP_ERR_GENERR);
}

static void get(const struct mib *mib, const struct mib_view *view,
                netsnmp_agent_request_info *reqinfo, netsnmp_request_info *request)
{
    uint32_t name[MAX_OID_LEN];
    size_t len = netsnmp_oid_in(name, request->requestvb->name, request->requestvb->name_length);
    struct mib_value value;

    mib_get(mib, view, name, len, &value);
    put(reqinfo, request, &value);
}

/* Leaves the request untouched where nothing follows: the library goes on behind the subtree. */
static void get_next(const struct mib *mib, const struct mib_view *view,
                     netsnmp_agent_request_info *reqinfo, netsnmp_request_info *request)
{
    netsnmp_variable_list *vb = request->requestvb;
    uint32_t name[MAX_OID_LEN], end[MAX_OID_LEN], found[MIB_OID_MAX];
    size_t len = netsnmp_oid_in(name, vb->name, vb->name_length);
    size_t end_len = netsnmp_oid_in(end, request->range_end, request->range_end_len), found_len;
    struct mib_value value;
    oid found_name[MAX_OID_LEN];

    if (!mib_next(mib, view, name, len, request->inclusive != 0, end, end_len, found, &found_len,
                  &value))
        return;
    snmp_set_var_objid(vb, found_name, netsnmp_oid_out(found_name, found, found_len));
    put(reqinfo, request, &value);
}

/*
 * When sysUpTime was 0, by the daemon's clock.  The first answer is the base of all TimeStamps, so
 * that they read the same each time; it moves only if the two clocks are found well apart.
 */
int64_t engine_epoch(struct engine *engine)
{
    int64_t now = ups_now(engine->config.clock);
    int64_t epoch = now - (int64_t)netsnmp_get_agent_uptime() * 10;

    if (!engine->epoch_known || llabs(epoch - engine->epoch_ms) >= UPTIME_SLACK_MS)
        engine->epoch_ms = epoch;
    engine->epoch_known = true;
    return engine->epoch_ms;
}

/* GETBULK arrives as GETNEXTs, one call a repetition, by the library's bulk_to_next helper. */
static int handle(netsnmp_mib_handler *handler, netsnmp_handler_registration *reginfo,
                  netsnmp_agent_request_info *reqinfo, netsnmp_request_info *requests)
{
    const struct engine_place *place = reginfo->my_reg_void;
    struct engine *engine = place->engine;
    struct mib_view view;

    (void)handler;
    if (reqinfo->mode != MODE_GET && reqinfo->mode != MODE_GETNEXT) {
        engine_set_phase(place, reqinfo, requests);
        return SNMP_ERR_NOERROR;
    }
    view = face_view(&engine->face, place->unit, engine_epoch(engine));
    for (netsnmp_request_info *request = requests; request != NULL; request = request->next) {
        if (request->processed)
            continue;
        if (reqinfo->mode == MODE_GET)
            get(place->mib, &view, reqinfo, request);
        else
            get_next(place->mib, &view, reqinfo, request);
    }
    face_unpin(&engine->face);
    return SNMP_ERR_NOERROR;
}

/* context NULL: the default context. */
static int register_place(struct engine_place *place, const char *context)
{
    oid root[MAX_OID_LEN];
    size_t len;
    const uint32_t *name = mib_root(place->mib, &len);
    netsnmp_handler_registration *reg;

    /* Writable as far as the library knows, so that a SET's refusal is the object layer's. */
    reg = netsnmp_create_handler_registration("upsmibd", handle, root,
                                              netsnmp_oid_out(root, name, len), HANDLER_CAN_RWRITE);
    if (reg == NULL)
        return UPS_E_SYSTEM;
    reg->my_reg_void = place;
    if (context != NULL) {
        reg->contextName = strdup(context); /* freed with the registration */
        if (reg->contextName == NULL) {
            netsnmp_handler_registration_free(reg);
            return UPS_E_SYSTEM;
        }
    }
    /* The library frees the registration where it fails. */
    return netsnmp_register_handler(reg) == MIB_REGISTERED_OK ? 0 : UPS_E_SYSTEM;
}

static bool register_unit(struct engine_place *place, const struct conf_unit *unit)
{
    return register_place(place, unit->context) == 0 &&
           (!unit->is_default || register_place(place, NULL) == 0) &&
           engine_register_system(unit->context) == 0;
}

static bool register_all_units(struct engine *engine, struct engine_place *place)
{
    static const struct mib *const mibs[] = {&mib_upsmibd, &mib_entity};

    for (size_t i = 0; i < sizeof(mibs) / sizeof(mibs[0]); i++, place++) {
        *place = (struct engine_place){.engine = engine, .mib = mibs[i], .unit = FACE_ALL_UNITS};
        if (register_place(place, NULL) != 0)
            return false;
    }
    return true;
}

int engine_register(struct engine *engine)
{
    const struct conf *conf = engine->config.conf;
    struct engine_place *place = calloc(conf->unit_count + 2, sizeof(*place));

    engine->place = place;
    if (place == NULL) {
        snprintf(engine->why, engine->why_size, "out of memory");
        return UPS_E_SYSTEM;
    }
    for (size_t i = 0; i < conf->unit_count; i++, place++) {
        *place = (struct engine_place){.engine = engine, .mib = &mib_ups, .unit = i};
        if (!register_unit(place, &conf->unit[i])) {
            snprintf(engine->why, engine->why_size, "cannot register objects in context \"%s\"",
                     conf->unit[i].context);
            return UPS_E_INVALID;
        }
    }
    if (register_all_units(engine, place))
        return 0;
    snprintf(engine->why, engine->why_size, "cannot register objects in the default context");
    return UPS_E_SYSTEM;
}
