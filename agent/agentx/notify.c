/* SPDX-License-Identifier: BSD-2-Clause */
/* Notifications (RFC 2741 section 6.2.10), a bounded number of them unanswered. */
#include "private.h"

#include <string.h>

size_t agentx_notify_pending(const struct agentx_session *s)
{
    return s->notify_pending;
}

int agentx_notify(struct agentx_session *s, const char *context, const struct agentx_varbind *vb,
                  size_t count, void *cookie)
{
    uint32_t packet;
    struct context *c = NULL;
    if (s->state != AGENTX_READY)
        return AGENTX_NOT_READY;
    if (s->building || s->notify_pending >= AGENTX_NOTIFY_WINDOW || agentx__throttled(s))
        return AGENTX_WINDOW_FULL;
    if (context != NULL && context[0] != '\0') {
        c = agentx__context_get(s, context);
        if (c == NULL)
            return AGENTX_INVALID;
    }
    size_t offset = agentx__begin(s, AGENTX_PDU_NOTIFY, c, &packet);
    for (size_t i = 0; i < count; i++)
        agentx_write_varbind(&s->out, vb[i].oid, vb[i].oid_len, &vb[i].value);
    if (!agentx__end(s, offset))
        return AGENTX_INVALID;
    if (!s->busy)
        s->now = agentx__clock(s);
    agentx__request_sent(s, REQUEST_NOTIFY, packet, cookie);
    s->stats.notifications++;
    agentx__flush_soon(s);
    return 0;
}
