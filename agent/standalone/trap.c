/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Events as notifications to the sinks of standalone.conf (trap2sink, informsink, trapsess).  The
 * library takes each one at once, whoever its sinks are and whether there are any, so an event that
 * was handed to it is delivered as far as we can know.
 */
#include "../../drivers/log.h"
#include "netsnmp.h"

/* In one turn of the loop; requests are looked at in between. */
#define BATCH 32

static netsnmp_variable_list *varbinds(struct engine *engine, const struct event *event)
{
    struct mib_view view = face_view(&engine->face, FACE_ALL_UNITS, engine_epoch(engine));
    struct mib_varbind from[MIB_NOTIFY_MAX];
    size_t count = mib_notification(event, engine->config.conf, &view, from);
    netsnmp_variable_list *list = NULL;
    struct netsnmp_form form;
    oid name[MAX_OID_LEN];

    for (size_t i = 0; i < count; i++) {
        size_t len = netsnmp_oid_out(name, from[i].oid, from[i].len);
        if (!netsnmp_form_of(&from[i].value, &form) ||
            snmp_varlist_add_variable(&list, name, len, form.type, form.data, form.size) == NULL) {
            snmp_free_varbind(list);
            list = NULL;
            break;
        }
    }
    return list;
}

static void send_event(struct engine *engine, const struct event *event)
{
    const char *context = face_event_context(&engine->face, event);
    netsnmp_variable_list *list = varbinds(engine, event);

    if (list == NULL) {
        log_msg(LOG_LVL_ERR, "snmp", NULL, "%s not sent: out of memory",
                event_kinds[event->kind].name);
        core_event_fate(engine->config.core, event->seq, EVENT_REFUSED);
        return;
    }
    send_v3trap(list, context != NULL ? context : "");
    snmp_free_varbind(list);
    core_event_fate(engine->config.core, event->seq, EVENT_DELIVERED);
}

void engine_send_events(struct engine *engine)
{
    struct event event;

    for (unsigned i = 0; i < BATCH && core_event_take(engine->config.core, &event); i++)
        send_event(engine, &event);
}
