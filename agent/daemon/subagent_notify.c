/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Events to the master as notifications.  An event leaves the queue when the master's Response to
 * its notification has come; what the session cannot take now goes back to the front of the queue.
 */
#include "subagent_private.h"

static void give_value(const struct mib_value *in, struct agentx_value *out)
{
    *out = (struct agentx_value){.type = (uint16_t)in->type};
    switch (in->type) {
    case MIB_INTEGER: out->u.integer = in->v.integer; break;
    case MIB_COUNTER32:
    case MIB_GAUGE32:
    case MIB_TIMETICKS: out->u.unsigned32 = in->v.number; break;
    case MIB_COUNTER64: out->u.unsigned64 = in->v.big; break;
    case MIB_OCTETS:
        out->u.octets.data = (const uint8_t *)in->v.octets;
        out->u.octets.len = (uint32_t)in->len;
        break;
    case MIB_OID:
        out->u.oid.id = in->v.oid;
        out->u.oid.len = (uint32_t)in->len;
        break;
    default: break;
    }
}

static int notify(struct subagent *sub, const struct event *event)
{
    struct mib_view view = face_view(&sub->face, FACE_ALL_UNITS, subagent_epoch(sub));
    struct mib_varbind from[MIB_NOTIFY_MAX];
    struct agentx_varbind vb[MIB_NOTIFY_MAX];
    size_t count = mib_notification(event, sub->face.conf, &view, from);

    for (size_t i = 0; i < count; i++) {
        vb[i] = (struct agentx_varbind){.oid = from[i].oid, .oid_len = from[i].len};
        give_value(&from[i].value, &vb[i].value);
    }
    return agentx_notify(sub->session, face_event_context(&sub->face, event), vb, count,
                         (void *)(uintptr_t)event->seq);
}

static bool can_send(const struct subagent *sub)
{
    return !sub->full && agentx_session_state(sub->session) == AGENTX_READY &&
           agentx_notify_pending(sub->session) < AGENTX_NOTIFY_WINDOW;
}

void subagent_send_events(struct subagent *sub)
{
    struct event event;

    while (can_send(sub) && core_event_take(sub->face.core, &event)) {
        int result = notify(sub, &event);
        if (result == AGENTX_INVALID) {
            core_event_fate(sub->face.core, event.seq, EVENT_REFUSED);
        } else if (result != 0) {
            /* the master does not read, or has just gone: first in the queue again */
            sub->full = result == AGENTX_WINDOW_FULL;
            core_event_fate(sub->face.core, event.seq, EVENT_LOST);
            return;
        }
    }
}

int64_t subagent_events_next_ms(const struct subagent *sub)
{
    return can_send(sub) ? core_event_next_ms(sub->face.core) : INT64_MAX;
}

void subagent_notified(void *arg, void *cookie, int result)
{
    struct subagent *sub = arg;
    enum event_fate fate = result == 0             ? EVENT_DELIVERED
                           : result == AGENTX_LOST ? EVENT_LOST
                                                   : EVENT_REFUSED;

    core_event_fate(sub->face.core, (uint32_t)(uintptr_t)cookie, fate);
}
