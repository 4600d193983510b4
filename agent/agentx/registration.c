/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the subagent offers: registrations and capabilities, told to the master after each Open, in
 * the order they were made, at most ITEM_WINDOW of them unanswered. And the lookup from a request's
 * context and OID to a registration.
 */
#include "private.h"

#include <stdlib.h>
#include <string.h>
#include <syslog.h>

/* RFC 2741 section 6.2.3. */
#define DEFAULT_PRIORITY 127
#define CONTEXT_MAX      255

/* --- contexts ------------------------------------------------------------------------------ */

static int context_compare(const struct context *c, const void *name, size_t len)
{
    if (c->name_len != len)
        return c->name_len < len ? -1 : 1;
    return memcmp(c->name, name, len);
}

/* Index of the context, or where it belongs. */
static size_t context_place(const struct agentx_session *s, const void *name, size_t len)
{
    size_t low = 0, high = s->context_count;
    while (low < high) {
        size_t mid = (low + high) / 2;
        if (context_compare(s->contexts[mid], name, len) < 0)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

struct context *agentx__context_find(const struct agentx_session *s, const uint8_t *name,
                                     size_t len)
{
    size_t i = context_place(s, name, len);
    if (i < s->context_count && context_compare(s->contexts[i], name, len) == 0)
        return s->contexts[i];
    return NULL;
}

struct context *agentx__context_get(struct agentx_session *s, const char *name)
{
    if (name == NULL)
        name = "";
    size_t len = strlen(name);
    if (len > CONTEXT_MAX)
        return NULL;
    size_t at = context_place(s, name, len);
    if (at < s->context_count && context_compare(s->contexts[at], name, len) == 0)
        return s->contexts[at];
    struct context **all = realloc(s->contexts, (s->context_count + 1) * sizeof(struct context *));
    if (all == NULL)
        return NULL;
    s->contexts = all;
    struct context *c = calloc(1, sizeof *c + len + 1);
    if (c == NULL)
        return NULL;
    c->name_len = len;
    memcpy(c->name, name, len);
    memmove(all + at + 1, all + at, (s->context_count - at) * sizeof(struct context *));
    all[at] = c;
    s->context_count++;
    return c;
}

size_t agentx__first_after(const struct context *c, const uint32_t *oid, size_t len)
{
    size_t low = 0, high = c->count;
    while (low < high) {
        size_t mid = (low + high) / 2;
        if (agentx_oid_compare(c->regs[mid]->oid, c->regs[mid]->len, oid, len) <= 0)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

struct agentx_registration *agentx__match(const struct context *c, const uint32_t *oid, size_t len)
{
    /* All that contain the OID sort before it, the longest last. */
    for (size_t i = agentx__first_after(c, oid, len); i-- > 0;)
        if (agentx_oid_in(oid, len, c->regs[i]->oid, c->regs[i]->len))
            return c->regs[i];
    return NULL;
}

static bool context_add(struct context *c, struct agentx_registration *r)
{
    size_t at = agentx__first_after(c, r->oid, r->len);
    if (at > 0 &&
        agentx_oid_compare(c->regs[at - 1]->oid, c->regs[at - 1]->len, r->oid, r->len) == 0)
        return false;
    struct agentx_registration **regs =
        realloc(c->regs, (c->count + 1) * sizeof(struct agentx_registration *));
    if (regs == NULL)
        return false;
    c->regs = regs;
    memmove(regs + at + 1, regs + at, (c->count - at) * sizeof(struct agentx_registration *));
    regs[at] = r;
    c->count++;
    return true;
}

static void context_remove(struct context *c, const struct agentx_registration *r)
{
    for (size_t i = 0; i < c->count; i++) {
        if (c->regs[i] != r)
            continue;
        c->count--;
        memmove(c->regs + i, c->regs + i + 1,
                (c->count - i) * sizeof(struct agentx_registration *));
        return;
    }
}

/* --- the list of items --------------------------------------------------------------------- */

static void item_free(struct agentx_registration *r)
{
    free(r->description);
    free(r);
}

static void item_remove(struct agentx_session *s, struct agentx_registration *r)
{
    struct agentx_registration **p = &s->items;
    while (*p != r)
        p = &(*p)->next;
    *p = r->next;
    if (s->items_tail == &r->next)
        s->items_tail = p;
    item_free(r);
}

static struct agentx_registration *item_new(struct agentx_session *s, enum item_kind kind,
                                            const char *context, const uint32_t *oid, size_t len)
{
    if (len == 0 || len > AGENTX_OID_MAX)
        return NULL;
    struct context *c = agentx__context_get(s, context);
    struct agentx_registration *r = calloc(1, sizeof *r + len * sizeof r->oid[0]);
    if (c == NULL || r == NULL) {
        free(r);
        return NULL;
    }
    r->kind = kind;
    r->context = c;
    r->len = (uint32_t)len;
    memcpy(r->oid, oid, len * sizeof r->oid[0]);
    return r;
}

static void item_add(struct agentx_session *s, struct agentx_registration *r)
{
    *s->items_tail = r;
    s->items_tail = &r->next;
    r->state = ITEM_WANTED;
    s->wanted++;
    agentx__items_pump(s);
    agentx__flush_soon(s);
}

struct agentx_registration *agentx_register(struct agentx_session *s, const char *context,
                                            const uint32_t *subtree, size_t len, uint8_t priority,
                                            void *cookie)
{
    struct agentx_registration *r = item_new(s, ITEM_REGISTRATION, context, subtree, len);
    if (r == NULL)
        return NULL;
    r->priority = priority != 0 ? priority : DEFAULT_PRIORITY;
    r->cookie = cookie;
    if (!context_add(r->context, r)) {
        item_free(r);
        return NULL;
    }
    item_add(s, r);
    return r;
}

bool agentx_add_agent_caps(struct agentx_session *s, const char *context, const uint32_t *id,
                           size_t len, const char *description)
{
    struct agentx_registration *r = item_new(s, ITEM_CAPS, context, id, len);
    if (r == NULL)
        return false;
    r->description = strdup(description);
    if (r->description == NULL) {
        item_free(r);
        return false;
    }
    item_add(s, r);
    return true;
}

void agentx_unregister(struct agentx_session *s, struct agentx_registration *r)
{
    context_remove(r->context, r);
    switch (r->state) {
    case ITEM_WANTED:
        s->wanted--;
        item_remove(s, r);
        return;
    case ITEM_REFUSED: item_remove(s, r); return;
    case ITEM_SENT: r->state = ITEM_WITHDRAW; return;
    default: break;
    }
    r->state = ITEM_WITHDRAW;
    r->unregister = true;
    s->wanted++;
    agentx__items_pump(s);
    agentx__flush_soon(s);
}

bool agentx_registered(const struct agentx_registration *r)
{
    return r->state == ITEM_ACCEPTED;
}

int agentx_registration_error(const struct agentx_registration *r)
{
    return r->state == ITEM_REFUSED ? r->error : 0;
}

/* --- telling the master -------------------------------------------------------------------- */

/* Register, Unregister (RFC 2741 sections 6.2.3, 6.2.4) and AddAgentCaps (6.2.14). */
static bool send_item(struct agentx_session *s, struct agentx_registration *r)
{
    struct agentx_writer *w = &s->out;
    enum agentx_pdu type = r->unregister          ? AGENTX_PDU_UNREGISTER
                           : r->kind == ITEM_CAPS ? AGENTX_PDU_ADD_AGENT_CAPS
                                                  : AGENTX_PDU_REGISTER;
    uint32_t packet;
    size_t offset = agentx__begin(s, type, r->context, &packet);
    if (type == AGENTX_PDU_ADD_AGENT_CAPS) {
        agentx_write_oid(w, r->oid, r->len, false);
        agentx_write_octets(w, r->description, strlen(r->description));
    } else {
        agentx_write_u8(w, 0); /* r.timeout: the session's; reserved in Unregister */
        agentx_write_u8(w, r->priority);
        agentx_write_u8(w, 0); /* r.range_subid: no range */
        agentx_write_u8(w, 0);
        agentx_write_oid(w, r->oid, r->len, false);
    }
    if (!agentx__end(s, offset))
        return false;
    agentx__request_sent(s, r->unregister ? REQUEST_UNREGISTER : REQUEST_ITEM, packet, r);
    return true;
}

void agentx__items_pump(struct agentx_session *s)
{
    if (s->wanted == 0 || s->state < AGENTX_REGISTERING || s->building)
        return;
    for (struct agentx_registration *r = s->items; r != NULL && s->wanted > 0; r = r->next) {
        if (s->items_pending >= ITEM_WINDOW || agentx__throttled(s))
            return;
        if (r->state != ITEM_WANTED && !r->unregister)
            continue;
        if (!send_item(s, r))
            return;
        s->wanted--;
        if (r->unregister)
            r->unregister = false;
        else
            r->state = ITEM_SENT;
    }
}

static void refused(struct agentx_session *s, struct agentx_registration *r, int error)
{
    char oid[160];
    r->state = ITEM_REFUSED;
    r->error = error;
    r->retry_at = s->now + ITEM_RETRY_MS;
    if (r->retry_at < s->retry_at)
        s->retry_at = r->retry_at;
    if (r->told)
        return;
    r->told = true;
    agentx__log(s, LOG_ERR, "AgentX: the master refuses to register %s in %s%s%s: %s%s; trying on",
                agentx_oid_text(r->oid, r->len, oid, sizeof oid),
                r->context->name_len > 0 ? "context \"" : "the default context", r->context->name,
                r->context->name_len > 0 ? "\"" : "", agentx_error_name(error),
                error == AGENTX_ERR_DUPLICATE_REGISTRATION ? " (another agent serves it)" : "");
}

void agentx__item_answered(struct agentx_session *s, struct agentx_registration *r,
                           enum request_kind kind, int error)
{
    if (kind == REQUEST_UNREGISTER) {
        item_remove(s, r);
    } else if (r->state == ITEM_WITHDRAW) {
        /* Unregistered while its Register was under way. */
        if (error != 0) {
            item_remove(s, r);
            return;
        }
        r->unregister = true;
        s->wanted++;
    } else if (error != 0) {
        refused(s, r, error);
    } else {
        r->state = ITEM_ACCEPTED;
        r->told = false;
    }
}

void agentx__items_tick(struct agentx_session *s)
{
    if (s->now < s->retry_at)
        return;
    s->retry_at = INT64_MAX;
    for (struct agentx_registration *r = s->items; r != NULL; r = r->next) {
        if (r->state != ITEM_REFUSED)
            continue;
        if (r->retry_at <= s->now) {
            r->state = ITEM_WANTED;
            s->wanted++;
        } else if (r->retry_at < s->retry_at) {
            s->retry_at = r->retry_at;
        }
    }
}

void agentx__items_lost(struct agentx_session *s)
{
    struct agentx_registration *next;
    s->retry_at = INT64_MAX;
    s->wanted = 0;
    for (struct agentx_registration *r = s->items; r != NULL; r = next) {
        next = r->next;
        if (r->state == ITEM_WITHDRAW) {
            item_remove(s, r);
            continue;
        }
        r->state = ITEM_WANTED;
        s->wanted++;
    }
}

void agentx__items_free(struct agentx_session *s)
{
    struct agentx_registration *next;
    for (struct agentx_registration *r = s->items; r != NULL; r = next) {
        next = r->next;
        item_free(r);
    }
    s->items = NULL;
    for (size_t i = 0; i < s->context_count; i++) {
        free(s->contexts[i]->regs);
        free(s->contexts[i]);
    }
    free(s->contexts);
    s->contexts = NULL;
    s->context_count = 0;
}
