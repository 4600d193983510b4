/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The adapter: net-snmp's requests to the object layer and its answers back.  One registration of
 * the whole UPS-MIB per unit and context; one snapshot answers all variables of a call.
 */
#include <net-snmp/net-snmp-config.h>

#include <net-snmp/net-snmp-includes.h>

#include <net-snmp/agent/net-snmp-agent-includes.h>

#include "../../drivers/clock.h"
#include "../../drivers/log.h"
#include "../mib/mib.h"
#include "engine.h"

#define UPTIME_SLACK_MS 500 /* how far the library's clock may seem to stray from ours */

/* net-snmp's oid is an unsigned long, ours are the 32 bits of the standard. */
static size_t oid_in(uint32_t *out, const oid *in, size_t len)
{
    if (len > MAX_OID_LEN)
        len = MAX_OID_LEN;
    for (size_t i = 0; i < len; i++)
        out[i] = in[i] > UINT32_MAX ? UINT32_MAX : (uint32_t)in[i];
    return len;
}

static size_t oid_out(oid *out, const uint32_t *in, size_t len)
{
    if (len > MAX_OID_LEN)
        len = MAX_OID_LEN;
    for (size_t i = 0; i < len; i++)
        out[i] = in[i];
    return len;
}

/* Puts a value, or an exception of GET, into a varbind. */
static void put(netsnmp_agent_request_info *reqinfo, netsnmp_request_info *request,
                const struct mib_value *value)
{
    netsnmp_variable_list *vb = request->requestvb;
    oid name[MAX_OID_LEN];
    struct counter64 big;
    int32_t integer;
    int failed = 0;

    switch (value->type) {
    case MIB_INTEGER:
        integer = value->v.integer;
        failed = snmp_set_var_typed_value(vb, ASN_INTEGER, &integer, sizeof(integer));
        break;
    case MIB_COUNTER32:
    case MIB_GAUGE32:
    case MIB_TIMETICKS:
        failed = snmp_set_var_typed_value(vb, (u_char)value->type, &value->v.number,
                                          sizeof(value->v.number));
        break;
    case MIB_COUNTER64:
        big = (struct counter64){.high = (u_long)(value->v.big >> 32),
                                 .low = (u_long)(value->v.big & 0xffffffff)};
        failed = snmp_set_var_typed_value(vb, ASN_COUNTER64, &big, sizeof(big));
        break;
    case MIB_OCTETS:
        failed = snmp_set_var_typed_value(vb, ASN_OCTET_STR, value->v.octets, value->len);
        break;
    case MIB_OID:
        failed = snmp_set_var_typed_value(
            vb, ASN_OBJECT_ID, name, oid_out(name, value->v.oid, value->len) * sizeof(name[0]));
        break;
    case MIB_NO_SUCH_OBJECT: netsnmp_set_request_error(reqinfo, request, SNMP_NOSUCHOBJECT); break;
    case MIB_NO_SUCH_INSTANCE:
    case MIB_END_OF_VIEW: netsnmp_set_request_error(reqinfo, request, SNMP_NOSUCHINSTANCE); break;
    }
    if (failed)
        netsnmp_set_request_error(reqinfo, request, SNMP_ERR_GENERR);
}

static void get(const struct mib_view *view, netsnmp_agent_request_info *reqinfo,
                netsnmp_request_info *request)
{
    uint32_t name[MAX_OID_LEN];
    size_t len = oid_in(name, request->requestvb->name, request->requestvb->name_length);
    struct mib_value value;

    mib_get(&mib_ups, view, name, len, &value);
    put(reqinfo, request, &value);
}

/* Leaves the request untouched where nothing follows: the library goes on behind the subtree. */
static void get_next(const struct mib_view *view, netsnmp_agent_request_info *reqinfo,
                     netsnmp_request_info *request)
{
    netsnmp_variable_list *vb = request->requestvb;
    uint32_t name[MAX_OID_LEN], end[MAX_OID_LEN], found[MIB_OID_MAX];
    size_t len = oid_in(name, vb->name, vb->name_length);
    size_t end_len = oid_in(end, request->range_end, request->range_end_len), found_len;
    struct mib_value value;
    oid found_name[MAX_OID_LEN];

    if (!mib_next(&mib_ups, view, name, len, request->inclusive != 0, end, end_len, found,
                  &found_len, &value))
        return;
    snmp_set_var_objid(vb, found_name, oid_out(found_name, found, found_len));
    put(reqinfo, request, &value);
}

/* Nothing here can be set: the object layer knows the right refusal. */
static void refuse_set(const struct mib_view *view, netsnmp_agent_request_info *reqinfo,
                       netsnmp_request_info *request)
{
    uint32_t name[MAX_OID_LEN];
    size_t len = oid_in(name, request->requestvb->name, request->requestvb->name_length);
    struct mib_value value = {.type = MIB_INTEGER};
    struct control_item item;
    int error = mib_set(&mib_ups, view, name, len, &value, &item);

    netsnmp_set_request_error(reqinfo, request, error != 0 ? error : SNMP_ERR_NOTWRITABLE);
}

static void answer(const struct mib_view *view, netsnmp_agent_request_info *reqinfo,
                   netsnmp_request_info *request)
{
    switch (reqinfo->mode) {
    case MODE_GET: get(view, reqinfo, request); break;
    case MODE_GETNEXT: get_next(view, reqinfo, request); break;
    case MODE_SET_RESERVE1: refuse_set(view, reqinfo, request); break;
    default: break; /* the later phases of a SET follow only on a RESERVE1 without error */
    }
}

/* A unit that has no snapshot has no objects: GET says so, GETNEXT finds nothing. */
static void answer_nothing(netsnmp_agent_request_info *reqinfo, netsnmp_request_info *request)
{
    if (reqinfo->mode == MODE_GET)
        netsnmp_set_request_error(reqinfo, request, SNMP_NOSUCHINSTANCE);
    else if (reqinfo->mode == MODE_SET_RESERVE1)
        netsnmp_set_request_error(reqinfo, request, SNMP_ERR_NOTWRITABLE);
}

/*
 * When sysUpTime was 0, by the daemon's clock.  The first answer is the base of all TimeStamps, so
 * that they read the same each time; it moves only if the two clocks are found well apart.
 */
static int64_t uptime_epoch(struct engine *engine, int64_t now_ms)
{
    int64_t epoch = now_ms - (int64_t)netsnmp_get_agent_uptime() * 10;

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
    const struct standalone_config *config = &place->engine->config;
    struct mib_view view = {
        .snap = config->hold(place->cookie),
        .now_ms = ups_now(config->clock),
    };

    view.epoch_ms = uptime_epoch(place->engine, view.now_ms);

    (void)handler;
    for (netsnmp_request_info *request = requests; request != NULL; request = request->next) {
        if (request->processed)
            continue;
        if (view.snap != NULL)
            answer(&view, reqinfo, request);
        else
            answer_nothing(reqinfo, request);
    }
    snapshot_release(view.snap);
    return SNMP_ERR_NOERROR;
}

/* context NULL: the default context. */
static int register_place(struct engine_place *place, const char *context)
{
    oid root[MAX_OID_LEN];
    size_t len;
    const uint32_t *name = mib_root(&mib_ups, &len);
    netsnmp_handler_registration *reg;

    /* Writable as far as the library knows, so that a SET's refusal is the object layer's. */
    reg = netsnmp_create_handler_registration("upsMIB", handle, root, oid_out(root, name, len),
                                              HANDLER_CAN_RWRITE);
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

int engine_register(struct engine *engine)
{
    const struct standalone_config *config = &engine->config;
    struct engine_place *place;

    engine->place = calloc(config->unit_count + 1, sizeof(*place));
    if (engine->place == NULL) {
        snprintf(engine->why, engine->why_size, "out of memory");
        return UPS_E_SYSTEM;
    }
    place = engine->place;
    for (size_t i = 0; i < config->unit_count; i++, place++) {
        const struct standalone_unit *unit = &config->units[i];

        *place = (struct engine_place){.engine = engine, .cookie = unit->cookie};
        if (register_place(place, unit->context) != 0 ||
            (unit->is_default && register_place(place, NULL) != 0) ||
            engine_register_system(unit->context) != 0) {
            snprintf(engine->why, engine->why_size, "cannot register objects in context \"%s\"",
                     unit->context);
            return UPS_E_INVALID;
        }
    }
    return 0;
}
