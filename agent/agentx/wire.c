/* SPDX-License-Identifier: BSD-2-Clause */
/* The session's bytes: what comes in is cut into PDUs and served, what goes out waits in one
 * bounded buffer. */
#include "private.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define IN_FIRST 4096u
/* A buffer that grew beyond this is given back when it is empty. */
#define KEEP_CAPACITY 65536u
/* Reads in one go before the loop gets its turn. */
#define READS_PER_TURN 16

size_t agentx__unsent(const struct agentx_session *s)
{
    return s->out.len - s->out_sent;
}

bool agentx__throttled(const struct agentx_session *s)
{
    return agentx__unsent(s) > s->config.output_limit;
}

void agentx__wire_reset(struct agentx_session *s)
{
    s->in_len = 0;
    s->out.len = s->out_sent = 0;
    s->out.failed = false;
    s->stalled_at = -1;
    if (s->out.cap > KEEP_CAPACITY)
        agentx_writer_free(&s->out);
}

/* --- out ----------------------------------------------------------------------------------- */

/* Makes the sent bytes' room usable again once they are the larger part. */
void agentx__compact(struct agentx_session *s)
{
    size_t unsent = agentx__unsent(s);
    if (s->out_sent == 0 || s->out_sent < unsent)
        return;
    memmove(s->out.data, s->out.data + s->out_sent, unsent);
    s->out.len = unsent;
    s->out_sent = 0;
}

size_t agentx__begin(struct agentx_session *s, enum agentx_pdu type, const struct context *context,
                     uint32_t *packet)
{
    struct agentx_header h = {.type = (uint8_t)type,
                              .flags = AGENTX_FLAG_NETWORK_BYTE_ORDER,
                              .session = s->session_id,
                              .transaction = s->next_packet,
                              .packet = s->next_packet};
    *packet = s->next_packet++;
    bool named = context != NULL && context->name_len > 0;
    agentx__compact(s);
    return agentx_pdu_begin(&s->out, &h, named ? context->name : NULL,
                            named ? context->name_len : 0);
}

bool agentx__end(struct agentx_session *s, size_t offset)
{
    struct agentx_writer *w = &s->out;
    if (w->failed || w->len - offset > AGENTX_HEADER_SIZE + AGENTX_PAYLOAD_MAX) {
        w->len = offset;
        w->failed = false;
        return false;
    }
    agentx_pdu_end(w, offset);
    s->stats.pdus_out++;
    return true;
}

void agentx__flush(struct agentx_session *s)
{
    while (s->fd >= 0 && s->state != AGENTX_CONNECTING && agentx__unsent(s) > 0) {
        ssize_t n =
            send(s->fd, s->out.data + s->out_sent, agentx__unsent(s), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
            if (s->stalled_at < 0)
                s->stalled_at = s->now;
            return;
        }
        if (n < 0) {
            /* Outside the loop's calls no callback may come: poll() will report the same end. */
            if (s->busy)
                agentx__drop(s, strerror(errno));
            return;
        }
        s->stalled_at = -1;
        s->stats.bytes_out += (uint64_t)n;
        s->out_sent += (size_t)n;
    }
    if (agentx__unsent(s) == 0) {
        s->out.len = s->out_sent = 0;
        if (s->out.cap > KEEP_CAPACITY)
            agentx_writer_free(&s->out);
    }
}

/* --- in ------------------------------------------------------------------------------------ */

static void dispatch(struct agentx_session *s, const struct agentx_header *h,
                     const uint8_t *payload)
{
    struct agentx_reader r = {payload, payload + h->length,
                              (h->flags & AGENTX_FLAG_NETWORK_BYTE_ORDER) != 0};
    bool open = s->state >= AGENTX_REGISTERING && h->session == s->session_id;
    s->stats.pdus_in++;
    if (h->type == AGENTX_PDU_RESPONSE) {
        agentx__response(s, h, &r);
    } else if (h->type == AGENTX_PDU_CLEANUPSET && !open) {
        /* A CleanupSet is never answered (RFC 2741 section 7.2.4). */
    } else if (!open) {
        agentx__respond(s, h, AGENTX_ERR_NOT_OPEN, 0);
    } else if (h->type == AGENTX_PDU_CLOSE) {
        agentx__drop(s, "the master closed the session");
    } else {
        agentx__serve(s, h, payload);
    }
}

static bool ensure_room(struct agentx_session *s, size_t need)
{
    if (need <= s->in_cap)
        return true;
    size_t cap = s->in_cap == 0 ? IN_FIRST : s->in_cap;
    while (cap < need)
        cap *= 2;
    uint8_t *in = realloc(s->in, cap);
    if (in == NULL) {
        agentx__drop(s, "out of memory");
        return false;
    }
    s->in = in;
    s->in_cap = cap;
    return true;
}

/* The size of the complete PDU at offset; 0 if it is not complete (its room is made), or the
 * session was dropped. */
static size_t complete_pdu(struct agentx_session *s, size_t offset, struct agentx_header *h)
{
    size_t have = s->in_len - offset;
    if (have < AGENTX_HEADER_SIZE)
        return 0;
    const char *why = agentx_header_read(s->in + offset, h);
    if (why != NULL) {
        char text[120];
        snprintf(text, sizeof text, "what the master sends cannot be followed: %s", why);
        agentx__drop(s, text);
        return 0;
    }
    size_t size = AGENTX_HEADER_SIZE + h->length;
    return have >= size ? size : 0;
}

static void serve_complete(struct agentx_session *s)
{
    size_t offset = 0, size;
    struct agentx_header h;
    while (!agentx__throttled(s) && (size = complete_pdu(s, offset, &h)) > 0) {
        dispatch(s, &h, s->in + offset + AGENTX_HEADER_SIZE);
        if (s->fd < 0)
            return;
        offset += size;
    }
    if (s->fd < 0 || offset == 0)
        return;
    s->in_len -= offset;
    memmove(s->in, s->in + offset, s->in_len);
}

void agentx__work(struct agentx_session *s)
{
    size_t before;
    bool stuck;
    do {
        before = s->in_len;
        stuck = agentx__throttled(s);
        serve_complete(s);
        if (s->fd >= 0)
            agentx__items_pump(s);
        agentx__flush(s);
    } while (s->fd >= 0 && s->in_len > 0 && !agentx__throttled(s) && (s->in_len < before || stuck));
}

/* Room for at least one byte, and for all of a PDU whose header is here. */
static bool make_room(struct agentx_session *s)
{
    struct agentx_header h;
    if (s->in_len >= AGENTX_HEADER_SIZE && agentx_header_read(s->in, &h) == NULL)
        return ensure_room(s, AGENTX_HEADER_SIZE + h.length);
    return ensure_room(s, IN_FIRST);
}

void agentx__receive(struct agentx_session *s)
{
    for (int turn = 0; turn < READS_PER_TURN && !agentx__throttled(s); turn++) {
        if (!make_room(s) || s->in_len == s->in_cap)
            return;
        size_t room = s->in_cap - s->in_len;
        ssize_t n = recv(s->fd, s->in + s->in_len, room, MSG_DONTWAIT);
        if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
            return;
        if (n <= 0) {
            agentx__drop(s, n == 0 ? "the master closed the connection" : strerror(errno));
            return;
        }
        s->stats.bytes_in += (uint64_t)n;
        s->last_heard = s->now;
        s->in_len += (size_t)n;
        agentx__work(s);
        if (s->fd < 0 || (size_t)n < room)
            return;
    }
}
