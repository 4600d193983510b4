/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The master's requests: Get, GetNext, GetBulk (RFC 2741 section 7.2.3), and the way to the SETs.
 * Answers are written straight into the output; nothing is allocated here.
 */
#include "private.h"

#include <string.h>

/* A GetBulk answer stops after this many bytes: more than one SNMP message holds, less than a PDU
 * may. */
#define BULK_BYTES 60000u

struct agentx_answer {
    struct agentx_writer *w;
    const struct agentx_get *get;
    const struct agentx_registration *reg;
    size_t mark; /* where the VarBind begins */
    bool put;
};

/* --- answering one object ------------------------------------------------------------------ */

/* Whether a GETNEXT answer is one: RFC 2741 section 7.2.3.2. */
static bool follows(const struct agentx_answer *a, const uint32_t *oid, size_t len)
{
    const struct agentx_get *g = a->get;
    int order = agentx_oid_compare(oid, len, g->oid, g->oid_len);
    if (order < 0 || (order == 0 && !g->inclusive))
        return false;
    if (g->end_len > 0 && agentx_oid_compare(oid, len, g->end, g->end_len) >= 0)
        return false;
    return agentx_oid_in(oid, len, a->reg->oid, a->reg->len);
}

void agentx_put(struct agentx_answer *a, const uint32_t *oid, size_t len,
                const struct agentx_value *value)
{
    a->w->len = a->mark;
    a->put = false;
    if (value->type >= AGENTX_NO_SUCH_OBJECT) {
        agentx_put_exception(a, value->type);
        return;
    }
    if (!a->get->next) {
        oid = a->get->oid;
        len = a->get->oid_len;
    } else if (!follows(a, oid, len)) {
        return;
    }
    agentx_write_varbind(a->w, oid, len, value);
    a->put = true;
}

void agentx_put_exception(struct agentx_answer *a, enum agentx_type exception)
{
    struct agentx_value v = {.type = (uint16_t)exception};
    a->w->len = a->mark;
    a->put = false;
    if (a->get->next || exception == AGENTX_END_OF_MIB_VIEW)
        return;
    agentx_write_varbind(a->w, a->get->oid, a->get->oid_len, &v);
    a->put = true;
}

void agentx_put_integer(struct agentx_answer *a, const uint32_t *oid, size_t len, int32_t v)
{
    struct agentx_value value = {.type = AGENTX_INTEGER, .u.integer = v};
    agentx_put(a, oid, len, &value);
}

void agentx_put_octets(struct agentx_answer *a, const uint32_t *oid, size_t len, const void *data,
                       size_t size)
{
    struct agentx_value value = {.type = AGENTX_OCTET_STRING};
    value.u.octets.data = data;
    value.u.octets.len = size > UINT32_MAX ? UINT32_MAX : (uint32_t)size;
    agentx_put(a, oid, len, &value);
}

void agentx_put_oid(struct agentx_answer *a, const uint32_t *oid, size_t len, const uint32_t *v,
                    size_t v_len)
{
    struct agentx_value value = {.type = AGENTX_OBJECT_IDENTIFIER};
    value.u.oid.id = v;
    value.u.oid.len = v_len > UINT32_MAX ? UINT32_MAX : (uint32_t)v_len;
    agentx_put(a, oid, len, &value);
}

static void put_u32(struct agentx_answer *a, const uint32_t *oid, size_t len, uint16_t type,
                    uint32_t v)
{
    struct agentx_value value = {.type = type, .u.unsigned32 = v};
    agentx_put(a, oid, len, &value);
}

void agentx_put_counter32(struct agentx_answer *a, const uint32_t *oid, size_t len, uint32_t v)
{
    put_u32(a, oid, len, AGENTX_COUNTER32, v);
}

void agentx_put_gauge32(struct agentx_answer *a, const uint32_t *oid, size_t len, uint32_t v)
{
    put_u32(a, oid, len, AGENTX_GAUGE32, v);
}

void agentx_put_timeticks(struct agentx_answer *a, const uint32_t *oid, size_t len, uint32_t v)
{
    put_u32(a, oid, len, AGENTX_TIMETICKS, v);
}

void agentx_put_counter64(struct agentx_answer *a, const uint32_t *oid, size_t len, uint64_t v)
{
    struct agentx_value value = {.type = AGENTX_COUNTER64, .u.unsigned64 = v};
    agentx_put(a, oid, len, &value);
}

/* Asks the application. Returns whether an answer stands in the output. */
static bool ask(struct agentx_session *s, struct agentx_registration *r, struct agentx_get *get)
{
    struct agentx_answer a = {&s->out, get, r, s->out.len, false};
    get->cookie = r->cookie;
    s->cb->get(s->config.arg, get, &a);
    return a.put;
}

static void write_exception(struct agentx_session *s, const struct agentx_oid *name,
                            enum agentx_type type)
{
    struct agentx_value v = {.type = (uint16_t)type};
    agentx_write_varbind(&s->out, name->id, name->len, &v);
}

static void answer_get(struct agentx_session *s, const struct context *c,
                       const struct agentx_range *range)
{
    struct agentx_get get = {.oid = range->start.id, .oid_len = range->start.len};
    struct agentx_registration *r = agentx__match(c, range->start.id, range->start.len);
    if (r == NULL || !ask(s, r, &get))
        write_exception(s, &range->start, AGENTX_NO_SUCH_OBJECT);
}

/* Returns false for endOfMibView. */
static bool answer_next(struct agentx_session *s, const struct context *c,
                        const struct agentx_range *range)
{
    struct agentx_get get = {.next = true,
                             .inclusive = range->include,
                             .oid = range->start.id,
                             .oid_len = range->start.len,
                             .end = range->end.id,
                             .end_len = range->end.len};
    struct agentx_registration *r = agentx__match(c, range->start.id, range->start.len);
    if (r != NULL && ask(s, r, &get))
        return true;
    /* Nothing there: what comes first in the registrations behind it? */
    for (size_t i = agentx__first_after(c, range->start.id, range->start.len); i < c->count; i++) {
        r = c->regs[i];
        if (get.end_len > 0 && agentx_oid_compare(r->oid, r->len, get.end, get.end_len) >= 0)
            break;
        get.oid = r->oid;
        get.oid_len = r->len;
        get.inclusive = true;
        if (ask(s, r, &get))
            return true;
    }
    write_exception(s, &range->start, AGENTX_END_OF_MIB_VIEW);
    return false;
}

/* --- whole PDUs ---------------------------------------------------------------------------- */

static size_t response_begin(struct agentx_session *s, const struct agentx_header *request,
                             uint16_t error, uint16_t index)
{
    struct agentx_header h = *request;
    h.type = AGENTX_PDU_RESPONSE;
    h.flags = request->flags & AGENTX_FLAG_NETWORK_BYTE_ORDER;
    agentx__compact(s);
    size_t offset = agentx_pdu_begin(&s->out, &h, NULL, 0);
    agentx_write_response(&s->out, 0, error, index);
    return offset;
}

void agentx__respond(struct agentx_session *s, const struct agentx_header *h, uint16_t error,
                     uint16_t index)
{
    size_t offset = response_begin(s, h, error, index);
    if (error == AGENTX_ERR_PARSE_ERROR)
        s->stats.parse_errors++;
    if (!agentx__end(s, offset))
        agentx__drop(s, "out of memory");
}

/* The response begun at offset becomes an error. */
static void fail(struct agentx_session *s, const struct agentx_header *h, size_t offset,
                 uint16_t error, uint16_t index)
{
    s->out.len = offset;
    s->out.failed = false;
    agentx__respond(s, h, error, index);
}

static bool too_big(const struct agentx_session *s, size_t offset)
{
    return s->out.failed || s->out.len - offset > AGENTX_HEADER_SIZE + AGENTX_PAYLOAD_MAX;
}

static void serve_ranges(struct agentx_session *s, const struct agentx_header *h,
                         const struct context *c, struct agentx_reader *r)
{
    struct agentx_range range;
    size_t offset = response_begin(s, h, 0, 0);
    for (uint16_t index = 1; r->p < r->end; index++) {
        if (!agentx_read_range(r, &range)) {
            fail(s, h, offset, AGENTX_ERR_PARSE_ERROR, 0);
            return;
        }
        if (h->type == AGENTX_PDU_GET)
            answer_get(s, c, &range);
        else
            answer_next(s, c, &range);
        if (too_big(s, offset)) {
            fail(s, h, offset, AGENTX_ERR_GEN_ERR, index);
            return;
        }
    }
    agentx__end(s, offset);
}

/* One repetition. previous is the offset of the last repetition's VarBinds, 0 for the first one.
   Returns whether any range had more; sets *full when the answer is large enough. A malformed range
   was seen before (see serve_bulk). */
static bool repetition(struct agentx_session *s, const struct context *c, struct agentx_reader r,
                       size_t offset, size_t previous, bool *full)
{
    struct agentx_range range;
    struct agentx_varbind_in last;
    bool more = false;
    while (r.p < r.end && agentx_read_range(&r, &range)) {
        size_t mark = s->out.len;
        bool ended = false;
        if (previous > 0) {
            struct agentx_reader back = {s->out.data + previous, s->out.data + s->out.len,
                                         s->out.big};
            if (!agentx_read_varbind(&back, &last))
                return false;
            previous = (size_t)(back.p - s->out.data);
            range.start = last.name;
            range.include = false;
            ended = last.value.type == AGENTX_END_OF_MIB_VIEW;
        }
        if (ended)
            write_exception(s, &range.start, AGENTX_END_OF_MIB_VIEW);
        else
            more |= answer_next(s, c, &range);
        if (s->out.failed || s->out.len - offset > BULK_BYTES) {
            *full = true;
            /* Keep what is whole, unless the first VarBind alone is too large. */
            if (mark > offset + AGENTX_HEADER_SIZE + 8) {
                s->out.len = mark;
                s->out.failed = false;
            }
            return false;
        }
    }
    return more;
}

static void serve_bulk(struct agentx_session *s, const struct agentx_header *h,
                       const struct context *c, struct agentx_reader *r)
{
    struct agentx_range range;
    uint16_t non_repeaters, repetitions;
    size_t offset = response_begin(s, h, 0, 0);
    bool ok = agentx_read_u16(r, &non_repeaters) && agentx_read_u16(r, &repetitions), full = false;
    struct agentx_reader check = *r;
    while (ok && check.p < check.end)
        ok = agentx_read_range(&check, &range);
    if (!ok) {
        fail(s, h, offset, AGENTX_ERR_PARSE_ERROR, 0);
        return;
    }
    /* The non-repeaters are one repetition of their own. */
    struct agentx_reader head = *r;
    for (uint16_t i = 0; i < non_repeaters && r->p < r->end; i++)
        agentx_read_range(r, &range);
    head.end = r->p;
    repetition(s, c, head, offset, 0, &full);
    size_t previous = 0;
    for (uint16_t i = 0; i < repetitions && !full && r->p < r->end; i++) {
        size_t mark = s->out.len;
        if (!repetition(s, c, *r, offset, previous, &full))
            break;
        previous = mark;
    }
    if (too_big(s, offset))
        fail(s, h, offset, AGENTX_ERR_GEN_ERR, 1);
    else
        agentx__end(s, offset);
}

static void serve_read(struct agentx_session *s, const struct agentx_header *h,
                       const struct context *c, struct agentx_reader *r)
{
    s->stats.gets++;
    s->building = true;
    if (s->cb->begin != NULL)
        s->cb->begin(s->config.arg);
    if (h->type == AGENTX_PDU_GETBULK)
        serve_bulk(s, h, c, r);
    else
        serve_ranges(s, h, c, r);
    if (s->cb->end != NULL)
        s->cb->end(s->config.arg);
    s->building = false;
    agentx__sets_answer_due(s);
}

void agentx__serve(struct agentx_session *s, const struct agentx_header *h, const uint8_t *payload)
{
    struct agentx_reader r = {payload, payload + h->length,
                              (h->flags & AGENTX_FLAG_NETWORK_BYTE_ORDER) != 0};
    const uint8_t *name = (const uint8_t *)"";
    uint32_t name_len = 0;
    if (h->type < AGENTX_PDU_GET || h->type > AGENTX_PDU_CLEANUPSET) {
        agentx__respond(s, h, AGENTX_ERR_PARSE_ERROR, 0);
        return;
    }
    if (h->type > AGENTX_PDU_TESTSET) {
        agentx__set_request(s, h, NULL, &r);
        return;
    }
    if ((h->flags & AGENTX_FLAG_NON_DEFAULT_CONTEXT) != 0 &&
        !agentx_read_octets(&r, &name, &name_len)) {
        agentx__respond(s, h, AGENTX_ERR_PARSE_ERROR, 0);
        return;
    }
    const struct context *c = agentx__context_find(s, name, name_len);
    if (c == NULL || c->count == 0) {
        agentx__respond(s, h, AGENTX_ERR_UNSUPPORTED_CONTEXT, 0);
        return;
    }
    if (h->type == AGENTX_PDU_TESTSET)
        agentx__set_request(s, h, c, &r);
    else
        serve_read(s, h, c, &r);
}
