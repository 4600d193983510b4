/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * SETs: TestSet, CommitSet, UndoSet, CleanupSet (RFC 2741 section 7.2.4).
 *
 * A master that has waited too long sends the same PDU again on the same stream, and some agents
 * then act twice or lose step. Here each SET has a slot that knows its phase and its answers; a PDU
 * that was answered already is answered the same again, and the slot stays after the SET's end, as
 * one of MAX_SETS, for the copies that come late.
 */
#include "private.h"

#include <stdlib.h>
#include <string.h>

/* A SET that the master neither finished nor repeated for so long is forgotten (ms). */
#define SET_EXPIRE_MS 60000

static bool is_live(const struct set_slot *t)
{
    return t->phase != SET_FREE && t->phase != SET_OVER;
}

static struct set_slot *find(struct agentx_session *s, uint32_t transaction)
{
    for (size_t i = 0; i < MAX_SETS; i++)
        if (s->sets[i].phase != SET_FREE && s->sets[i].set.transaction == transaction)
            return &s->sets[i];
    return NULL;
}

/* The application is told how it ended; the slot keeps the answers. */
static void finish(struct agentx_session *s, struct set_slot *t, enum agentx_outcome outcome)
{
    s->sets_live--;
    t->phase = SET_OVER;
    t->answer_due = false;
    if (s->cb->cleanup != NULL)
        s->cb->cleanup(s->config.arg, &t->set, outcome);
    free(t->block);
    t->block = NULL;
    t->set.items = NULL;
    t->set.count = 0;
}

/* A free slot, or the one that was over longest; NULL if all are live. */
static struct set_slot *slot_take(struct agentx_session *s)
{
    struct set_slot *best = NULL;
    for (size_t i = 0; i < MAX_SETS; i++) {
        struct set_slot *t = &s->sets[i];
        if (!is_live(t) && (best == NULL || t->phase < best->phase ||
                            (t->phase == best->phase && t->set.serial < best->set.serial)))
            best = t;
    }
    if (best != NULL)
        memset(best, 0, sizeof *best);
    return best;
}

/* --- TestSet ------------------------------------------------------------------------------- */

/* FNV-1a, to tell a re-sent TestSet from another one under the same number. */
static uint32_t digest_of(const struct agentx_reader *r)
{
    uint32_t digest = 2166136261u;
    for (const uint8_t *p = r->p; p < r->end; p++)
        digest = (digest ^ *p) * 16777619u;
    return digest;
}

struct sizes {
    size_t count, ids, bytes;
};

/* Checks the whole payload and says what it needs. *bad: the first item (from 1) outside every
 * registration. */
static bool measure(const struct context *c, struct agentx_reader r, struct sizes *n, uint16_t *bad)
{
    struct agentx_varbind_in vb;
    *n = (struct sizes){0, 0, 0};
    *bad = 0;
    while (r.p < r.end) {
        if (!agentx_read_varbind(&r, &vb))
            return false;
        n->count++;
        n->ids += vb.name.len;
        if (vb.value.type == AGENTX_OBJECT_IDENTIFIER)
            n->ids += vb.object.len;
        else if (vb.value.type == AGENTX_OCTET_STRING || vb.value.type == AGENTX_OPAQUE ||
                 vb.value.type == AGENTX_IP_ADDRESS)
            n->bytes += vb.value.u.octets.len;
        if (*bad == 0 && agentx__match(c, vb.name.id, vb.name.len) == NULL)
            *bad = (uint16_t)n->count;
    }
    return true;
}

/* The SET's own copy of everything, in one block: items, then identifiers, then bytes. */
static bool copy_items(struct set_slot *t, const struct context *c, struct agentx_reader r,
                       const struct sizes *n)
{
    struct agentx_varbind_in vb;
    size_t size = n->count * sizeof(struct agentx_set_item) + n->ids * sizeof(uint32_t) + n->bytes;
    struct agentx_set_item *item = t->block = malloc(size);
    if (t->block == NULL)
        return false;
    uint32_t *ids = (void *)(item + n->count);
    uint8_t *octets = (void *)(ids + n->ids);
    t->set.items = item;
    t->set.count = n->count;
    for (; r.p < r.end && agentx_read_varbind(&r, &vb); item++) {
        item->cookie = agentx__match(c, vb.name.id, vb.name.len)->cookie;
        item->vb.oid = memcpy(ids, vb.name.id, vb.name.len * sizeof *ids);
        item->vb.oid_len = vb.name.len;
        ids += vb.name.len;
        item->vb.value = vb.value;
        switch (vb.value.type) {
        case AGENTX_OBJECT_IDENTIFIER:
            item->vb.value.u.oid.id = memcpy(ids, vb.object.id, vb.object.len * sizeof *ids);
            ids += vb.object.len;
            break;
        case AGENTX_OCTET_STRING:
        case AGENTX_OPAQUE:
        case AGENTX_IP_ADDRESS:
            item->vb.value.u.octets.data =
                memcpy(octets, vb.value.u.octets.data, vb.value.u.octets.len);
            octets += vb.value.u.octets.len;
            break;
        default: break;
        }
    }
    return true;
}

static uint16_t error_code(int error)
{
    return error < 0 || error > UINT16_MAX ? AGENTX_ERR_GEN_ERR : (uint16_t)error;
}

/* A SET not seen before. */
static void test_new(struct agentx_session *s, const struct agentx_header *h,
                     const struct context *c, const struct agentx_reader *r)
{
    struct sizes n;
    uint16_t bad, index = 0;
    if (!measure(c, *r, &n, &bad) || n.count == 0) {
        agentx__respond(s, h, AGENTX_ERR_PARSE_ERROR, 0);
        return;
    }
    if (s->cb->test == NULL || bad > 0) {
        agentx__respond(s, h, AGENTX_ERR_NOT_WRITABLE, s->cb->test == NULL ? 1 : bad);
        return;
    }
    struct set_slot *t = n.count <= MAX_SET_ITEMS ? slot_take(s) : NULL;
    if (t == NULL || !copy_items(t, c, *r, &n)) {
        agentx__respond(s, h, AGENTX_ERR_RESOURCE_UNAVAILABLE, 1);
        return;
    }
    t->set.serial = ++s->set_serial;
    t->set.transaction = h->transaction;
    t->digest = digest_of(r);
    t->test_packet = h->packet;
    t->touched_at = s->now;
    s->stats.sets++;
    s->sets_live++;
    t->phase = SET_TESTED;
    t->test_error = error_code(s->cb->test(s->config.arg, &t->set, &index));
    if (t->test_error != 0) {
        t->phase = SET_REFUSED;
        t->test_index = index > 0 ? index : 1;
    }
    agentx__respond(s, h, t->test_error, t->test_index);
}

static void serve_test(struct agentx_session *s, const struct agentx_header *h,
                       const struct context *c, const struct agentx_reader *r)
{
    struct set_slot *t = find(s, h->transaction);
    if (t != NULL && t->digest == digest_of(r) &&
        (t->phase != SET_OVER || t->test_packet == h->packet)) {
        s->stats.resent++;
        t->touched_at = s->now;
        agentx__respond(s, h, t->test_error, t->test_index);
    } else if (t != NULL && is_live(t)) {
        /* One TestSet a transaction: RFC 2741 section 7.2.4.1. */
        agentx__respond(s, h, AGENTX_ERR_PROCESSING_ERROR, 0);
    } else {
        if (t != NULL)
            memset(t, 0, sizeof *t); /* the master's numbers have come round */
        test_new(s, h, c, r);
    }
}

/* --- CommitSet ----------------------------------------------------------------------------- */

static void committed(struct set_slot *t, int error)
{
    /* The RFC allows no other error here (section 7.2.4.2). */
    t->commit_error = error == 0 ? 0 : AGENTX_ERR_COMMIT_FAILED;
    t->phase = error == 0 ? SET_COMMITTED : SET_FAILED;
    t->committed = true;
}

static void serve_commit(struct agentx_session *s, const struct agentx_header *h)
{
    struct set_slot *t = find(s, h->transaction);
    if (t != NULL && t->committed) {
        s->stats.resent++;
        agentx__respond(s, h, t->commit_error, t->commit_error != 0);
    } else if (t != NULL && t->phase == SET_COMMITTING) {
        /* One answer, to the copy the master sent last. */
        s->stats.resent++;
        t->at = *h;
    } else if (t != NULL && t->phase == SET_TESTED) {
        t->touched_at = s->now;
        t->phase = SET_COMMITTING;
        t->at = *h;
        int error = s->cb->commit != NULL ? s->cb->commit(s->config.arg, &t->set)
                                          : AGENTX_ERR_COMMIT_FAILED;
        if (error == AGENTX_PENDING || t->phase != SET_COMMITTING)
            return;
        committed(t, error);
        agentx__respond(s, h, t->commit_error, t->commit_error != 0);
    } else {
        agentx__respond(s, h, AGENTX_ERR_PROCESSING_ERROR, 0);
    }
}

bool agentx_commit_done(struct agentx_session *s, uint64_t serial, int error)
{
    for (size_t i = 0; i < MAX_SETS; i++) {
        struct set_slot *t = &s->sets[i];
        if (t->phase != SET_COMMITTING || t->set.serial != serial)
            continue;
        committed(t, error);
        t->answer_due = true;
        if (!s->building)
            agentx__sets_answer_due(s);
        agentx__flush_soon(s);
        return true;
    }
    return false;
}

void agentx__sets_answer_due(struct agentx_session *s)
{
    for (size_t i = 0; s->sets_live > 0 && i < MAX_SETS; i++) {
        struct set_slot *t = &s->sets[i];
        if (!t->answer_due)
            continue;
        t->answer_due = false;
        agentx__respond(s, &t->at, t->commit_error, t->commit_error != 0);
    }
}

/* --- UndoSet, CleanupSet ------------------------------------------------------------------- */

static void serve_undo(struct agentx_session *s, const struct agentx_header *h)
{
    struct set_slot *t = find(s, h->transaction);
    if (t == NULL || (t->phase == SET_OVER && !t->undone)) {
        agentx__respond(s, h, AGENTX_ERR_PROCESSING_ERROR, 0);
        return;
    }
    if (t->phase == SET_OVER) {
        s->stats.resent++;
        agentx__respond(s, h, t->undo_error, t->undo_error != 0);
        return;
    }
    /* A commit that failed has changed nothing, and one that never came neither. */
    bool acted = t->phase == SET_COMMITTING || t->phase == SET_COMMITTED;
    int error = 0;
    t->undone = true;
    if (acted)
        error = s->cb->undo != NULL ? s->cb->undo(s->config.arg, &t->set) : AGENTX_ERR_UNDO_FAILED;
    t->undo_error = error == 0 ? 0 : AGENTX_ERR_UNDO_FAILED;
    /* Undo is the end: no CleanupSet follows (RFC 2741 section 7.2.4.3). */
    finish(s, t, acted ? AGENTX_SET_UNDONE : AGENTX_SET_RELEASED);
    agentx__respond(s, h, t->undo_error, t->undo_error != 0);
}

static void serve_cleanup(struct agentx_session *s, const struct agentx_header *h)
{
    struct set_slot *t = find(s, h->transaction);
    if (t == NULL || !is_live(t))
        return;
    switch (t->phase) {
    case SET_COMMITTED: finish(s, t, AGENTX_SET_DONE); break;
    case SET_COMMITTING: finish(s, t, AGENTX_SET_LOST); break;
    default: finish(s, t, AGENTX_SET_RELEASED); break;
    }
}

void agentx__set_request(struct agentx_session *s, const struct agentx_header *h,
                         const struct context *context, struct agentx_reader *payload)
{
    switch (h->type) {
    case AGENTX_PDU_TESTSET: serve_test(s, h, context, payload); break;
    case AGENTX_PDU_COMMITSET: serve_commit(s, h); break;
    case AGENTX_PDU_UNDOSET: serve_undo(s, h); break;
    default: serve_cleanup(s, h); break;
    }
}

/* --- time and loss ------------------------------------------------------------------------- */

int64_t agentx__sets_timeout(const struct agentx_session *s)
{
    int64_t at = INT64_MAX;
    for (size_t i = 0; s->sets_live > 0 && i < MAX_SETS; i++)
        if (is_live(&s->sets[i]) && s->sets[i].touched_at + SET_EXPIRE_MS < at)
            at = s->sets[i].touched_at + SET_EXPIRE_MS;
    return at;
}

void agentx__sets_tick(struct agentx_session *s)
{
    for (size_t i = 0; s->sets_live > 0 && i < MAX_SETS; i++)
        if (is_live(&s->sets[i]) && s->now - s->sets[i].touched_at >= SET_EXPIRE_MS)
            finish(s, &s->sets[i], AGENTX_SET_LOST);
}

void agentx__sets_lost(struct agentx_session *s)
{
    for (size_t i = 0; i < MAX_SETS; i++) {
        if (is_live(&s->sets[i]))
            finish(s, &s->sets[i], AGENTX_SET_LOST);
        memset(&s->sets[i], 0, sizeof s->sets[i]);
    }
}
