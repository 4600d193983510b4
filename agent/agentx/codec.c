/* SPDX-License-Identifier: BSD-2-Clause */
/* AgentX wire format, RFC 2741 sections 5 and 6. See codec.h. */
#include "codec.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A fresh buffer's size: two requests of 60 varbinds fit. */
#define FIRST_CAPACITY 4096u

static uint16_t load16(const uint8_t *p, bool big)
{
    return big ? (uint16_t)(p[0] << 8 | p[1]) : (uint16_t)(p[1] << 8 | p[0]);
}

static uint32_t load32(const uint8_t *p, bool big)
{
    if (big)
        return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
    return (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0];
}

static void store16(uint8_t *p, bool big, uint16_t v)
{
    p[big ? 0 : 1] = (uint8_t)(v >> 8);
    p[big ? 1 : 0] = (uint8_t)v;
}

static void store32(uint8_t *p, bool big, uint32_t v)
{
    if (big) {
        p[0] = (uint8_t)(v >> 24);
        p[1] = (uint8_t)(v >> 16);
        p[2] = (uint8_t)(v >> 8);
        p[3] = (uint8_t)v;
    } else {
        p[3] = (uint8_t)(v >> 24);
        p[2] = (uint8_t)(v >> 16);
        p[1] = (uint8_t)(v >> 8);
        p[0] = (uint8_t)v;
    }
}

const char *agentx_error_name(int error)
{
    static const struct {
        int error;
        const char *name;
    } names[] = {
        {AGENTX_ERR_NONE, "noError"},
        {AGENTX_ERR_TOO_BIG, "tooBig"},
        {AGENTX_ERR_GEN_ERR, "genErr"},
        {AGENTX_ERR_NO_ACCESS, "noAccess"},
        {AGENTX_ERR_WRONG_TYPE, "wrongType"},
        {AGENTX_ERR_WRONG_LENGTH, "wrongLength"},
        {AGENTX_ERR_WRONG_ENCODING, "wrongEncoding"},
        {AGENTX_ERR_WRONG_VALUE, "wrongValue"},
        {AGENTX_ERR_NO_CREATION, "noCreation"},
        {AGENTX_ERR_INCONSISTENT_VALUE, "inconsistentValue"},
        {AGENTX_ERR_RESOURCE_UNAVAILABLE, "resourceUnavailable"},
        {AGENTX_ERR_COMMIT_FAILED, "commitFailed"},
        {AGENTX_ERR_UNDO_FAILED, "undoFailed"},
        {AGENTX_ERR_NOT_WRITABLE, "notWritable"},
        {AGENTX_ERR_INCONSISTENT_NAME, "inconsistentName"},
        {AGENTX_ERR_OPEN_FAILED, "openFailed"},
        {AGENTX_ERR_NOT_OPEN, "notOpen"},
        {AGENTX_ERR_INDEX_WRONG_TYPE, "indexWrongType"},
        {AGENTX_ERR_INDEX_ALREADY_ALLOCATED, "indexAlreadyAllocated"},
        {AGENTX_ERR_INDEX_NONE_AVAILABLE, "indexNoneAvailable"},
        {AGENTX_ERR_INDEX_NOT_ALLOCATED, "indexNotAllocated"},
        {AGENTX_ERR_UNSUPPORTED_CONTEXT, "unsupportedContext"},
        {AGENTX_ERR_DUPLICATE_REGISTRATION, "duplicateRegistration"},
        {AGENTX_ERR_UNKNOWN_REGISTRATION, "unknownRegistration"},
        {AGENTX_ERR_UNKNOWN_AGENT_CAPS, "unknownAgentCaps"},
        {AGENTX_ERR_PARSE_ERROR, "parseError"},
        {AGENTX_ERR_REQUEST_DENIED, "requestDenied"},
        {AGENTX_ERR_PROCESSING_ERROR, "processingError"},
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (names[i].error == error)
            return names[i].name;
    return "unknown error";
}

int agentx_oid_compare(const uint32_t *a, size_t alen, const uint32_t *b, size_t blen)
{
    size_t n = alen < blen ? alen : blen;
    for (size_t i = 0; i < n; i++)
        if (a[i] != b[i])
            return a[i] < b[i] ? -1 : 1;
    return alen == blen ? 0 : alen < blen ? -1 : 1;
}

bool agentx_oid_in(const uint32_t *oid, size_t len, const uint32_t *subtree, size_t subtree_len)
{
    if (len < subtree_len)
        return false;
    /* From the back: registrations share their first arcs and differ in the last ones. */
    for (size_t i = subtree_len; i-- > 0;)
        if (oid[i] != subtree[i])
            return false;
    return true;
}

char *agentx_oid_text(const uint32_t *oid, size_t len, char *text, size_t size)
{
    size_t used = 0;
    if (size > 0)
        text[0] = '\0';
    for (size_t i = 0; i < len && used < size; i++) {
        int n = snprintf(text + used, size - used, i > 0 ? ".%u" : "%u", (unsigned)oid[i]);
        if (n < 0)
            break;
        used += (size_t)n;
    }
    return text;
}

/* --- reading ------------------------------------------------------------------------------- */

const char *agentx_header_read(const uint8_t *bytes, struct agentx_header *header)
{
    header->version = bytes[0];
    header->type = bytes[1];
    header->flags = bytes[2];
    bool big = (header->flags & AGENTX_FLAG_NETWORK_BYTE_ORDER) != 0;
    header->session = load32(bytes + 4, big);
    header->transaction = load32(bytes + 8, big);
    header->packet = load32(bytes + 12, big);
    header->length = load32(bytes + 16, big);
    if (header->version != 1)
        return "its protocol version is not 1";
    if (header->length > AGENTX_PAYLOAD_MAX)
        return "it announced a payload beyond 64 KiB";
    if (header->length % 4 != 0)
        return "it announced a payload length that is no multiple of 4";
    return NULL;
}

static size_t left(const struct agentx_reader *r)
{
    return (size_t)(r->end - r->p);
}

bool agentx_read_u8(struct agentx_reader *r, uint8_t *v)
{
    if (left(r) < 1)
        return false;
    *v = *r->p++;
    return true;
}

bool agentx_read_u16(struct agentx_reader *r, uint16_t *v)
{
    if (left(r) < 2)
        return false;
    *v = load16(r->p, r->big);
    r->p += 2;
    return true;
}

bool agentx_read_u32(struct agentx_reader *r, uint32_t *v)
{
    if (left(r) < 4)
        return false;
    *v = load32(r->p, r->big);
    r->p += 4;
    return true;
}

/* RFC 2741 section 5.1: n_subid, prefix, include, reserved, then n_subid words. */
bool agentx_read_oid(struct agentx_reader *r, struct agentx_oid *oid, bool *include)
{
    static const uint32_t internet[4] = {1, 3, 6, 1};
    if (left(r) < 4)
        return false;
    size_t n = r->p[0];
    uint32_t prefix = r->p[1];
    if (r->p[2] > 1)
        return false;
    if (include != NULL)
        *include = r->p[2] == 1;
    r->p += 4;
    uint32_t at = 0;
    if (prefix != 0) {
        memcpy(oid->id, internet, sizeof internet);
        oid->id[4] = prefix;
        at = 5;
    }
    if (at + n > AGENTX_OID_MAX || left(r) < 4 * n)
        return false;
    for (size_t i = 0; i < n; i++, r->p += 4)
        oid->id[at++] = load32(r->p, r->big);
    oid->len = at;
    return true;
}

/* RFC 2741 section 5.3: length, bytes, padding to a multiple of 4. */
bool agentx_read_octets(struct agentx_reader *r, const uint8_t **data, uint32_t *len)
{
    uint32_t n;
    if (!agentx_read_u32(r, &n) || n > left(r))
        return false;
    /* n is at most what is left, so that the rounding cannot wrap. */
    size_t padded = ((size_t)n + 3) & ~(size_t)3;
    if (padded > left(r))
        return false;
    *data = r->p;
    *len = n;
    r->p += padded;
    return true;
}

bool agentx_read_range(struct agentx_reader *r, struct agentx_range *range)
{
    return agentx_read_oid(r, &range->start, &range->include) &&
           agentx_read_oid(r, &range->end, NULL);
}

static bool read_value(struct agentx_reader *r, struct agentx_varbind_in *vb)
{
    struct agentx_value *v = &vb->value;
    uint32_t high, low, word;
    switch (v->type) {
    case AGENTX_INTEGER:
        if (!agentx_read_u32(r, &word))
            return false;
        v->u.integer = (int32_t)word;
        return true;
    case AGENTX_COUNTER32:
    case AGENTX_GAUGE32:
    case AGENTX_TIMETICKS: return agentx_read_u32(r, &v->u.unsigned32);
    case AGENTX_COUNTER64:
        if (!agentx_read_u32(r, &high) || !agentx_read_u32(r, &low))
            return false;
        /* A 64-bit integer in the sender's order: its first word is the high one only in network
           byte order (RFC 2741 section 5.4). */
        v->u.unsigned64 = r->big ? (uint64_t)high << 32 | low : (uint64_t)low << 32 | high;
        return true;
    case AGENTX_OCTET_STRING:
    case AGENTX_OPAQUE: return agentx_read_octets(r, &v->u.octets.data, &v->u.octets.len);
    case AGENTX_IP_ADDRESS:
        return agentx_read_octets(r, &v->u.octets.data, &v->u.octets.len) && v->u.octets.len == 4;
    case AGENTX_OBJECT_IDENTIFIER:
        if (!agentx_read_oid(r, &vb->object, NULL))
            return false;
        v->u.oid.id = vb->object.id;
        v->u.oid.len = vb->object.len;
        return true;
    case AGENTX_NULL:
    case AGENTX_NO_SUCH_OBJECT:
    case AGENTX_NO_SUCH_INSTANCE:
    case AGENTX_END_OF_MIB_VIEW: return true;
    default: return false;
    }
}

/* RFC 2741 section 5.4: type, reserved, name, data. */
bool agentx_read_varbind(struct agentx_reader *r, struct agentx_varbind_in *vb)
{
    uint16_t reserved;
    return agentx_read_u16(r, &vb->value.type) && agentx_read_u16(r, &reserved) &&
           agentx_read_oid(r, &vb->name, NULL) && read_value(r, vb);
}

/* --- writing ------------------------------------------------------------------------------- */

void agentx_writer_free(struct agentx_writer *w)
{
    free(w->data);
    w->data = NULL;
    w->len = w->cap = 0;
}

static bool grow(struct agentx_writer *w, size_t n)
{
    if (n > w->max || w->len > w->max - n) {
        w->failed = true;
        return false;
    }
    size_t cap = w->cap == 0 ? FIRST_CAPACITY : w->cap;
    while (cap - w->len < n)
        cap *= 2;
    uint8_t *data = realloc(w->data, cap);
    if (data == NULL) {
        w->failed = true;
        return false;
    }
    w->data = data;
    w->cap = cap;
    return true;
}

bool agentx_writer_reserve(struct agentx_writer *w, size_t n)
{
    if (w->failed)
        return false;
    if (w->cap - w->len >= n && w->len + n <= w->max)
        return true;
    return grow(w, n);
}

void agentx_write_u8(struct agentx_writer *w, uint8_t v)
{
    if (agentx_writer_reserve(w, 1))
        w->data[w->len++] = v;
}

void agentx_write_u16(struct agentx_writer *w, uint16_t v)
{
    if (!agentx_writer_reserve(w, 2))
        return;
    store16(w->data + w->len, w->big, v);
    w->len += 2;
}

void agentx_write_u32(struct agentx_writer *w, uint32_t v)
{
    if (!agentx_writer_reserve(w, 4))
        return;
    store32(w->data + w->len, w->big, v);
    w->len += 4;
}

static bool compressible(const uint32_t *oid, size_t len)
{
    return len >= 5 && oid[0] == 1 && oid[1] == 3 && oid[2] == 6 && oid[3] == 1 && oid[4] >= 1 &&
           oid[4] <= 255;
}

void agentx_write_oid(struct agentx_writer *w, const uint32_t *oid, size_t len, bool include)
{
    if (len > AGENTX_OID_MAX) {
        w->failed = true;
        return;
    }
    uint8_t prefix = 0;
    if (compressible(oid, len)) {
        prefix = (uint8_t)oid[4];
        oid += 5;
        len -= 5;
    }
    if (!agentx_writer_reserve(w, 4 + 4 * len))
        return;
    uint8_t *p = w->data + w->len;
    p[0] = (uint8_t)len;
    p[1] = prefix;
    p[2] = include;
    p[3] = 0;
    p += 4;
    for (size_t i = 0; i < len; i++, p += 4)
        store32(p, w->big, oid[i]);
    w->len += 4 + 4 * len;
}

void agentx_write_octets(struct agentx_writer *w, const void *data, size_t len)
{
    static const uint8_t padding[4] = {0, 0, 0, 0};
    size_t pad = (4 - len % 4) % 4;
    if (len > AGENTX_PAYLOAD_MAX) {
        w->failed = true;
        return;
    }
    if (!agentx_writer_reserve(w, 4 + len + pad))
        return;
    agentx_write_u32(w, (uint32_t)len);
    if (len > 0)
        memcpy(w->data + w->len, data, len);
    memcpy(w->data + w->len + len, padding, pad);
    w->len += len + pad;
}

static void write_value(struct agentx_writer *w, const struct agentx_value *value)
{
    switch (value->type) {
    case AGENTX_INTEGER: agentx_write_u32(w, (uint32_t)value->u.integer); break;
    case AGENTX_COUNTER32:
    case AGENTX_GAUGE32:
    case AGENTX_TIMETICKS: agentx_write_u32(w, value->u.unsigned32); break;
    case AGENTX_COUNTER64: {
        uint32_t high = (uint32_t)(value->u.unsigned64 >> 32), low = (uint32_t)value->u.unsigned64;
        agentx_write_u32(w, w->big ? high : low);
        agentx_write_u32(w, w->big ? low : high);
        break;
    }
    case AGENTX_IP_ADDRESS:
        if (value->u.octets.len != 4)
            w->failed = true;
        else
            agentx_write_octets(w, value->u.octets.data, 4);
        break;
    case AGENTX_OCTET_STRING:
    case AGENTX_OPAQUE: agentx_write_octets(w, value->u.octets.data, value->u.octets.len); break;
    case AGENTX_OBJECT_IDENTIFIER:
        agentx_write_oid(w, value->u.oid.id, value->u.oid.len, false);
        break;
    case AGENTX_NULL:
    case AGENTX_NO_SUCH_OBJECT:
    case AGENTX_NO_SUCH_INSTANCE:
    case AGENTX_END_OF_MIB_VIEW: break;
    default: w->failed = true; break;
    }
}

void agentx_write_varbind(struct agentx_writer *w, const uint32_t *oid, size_t len,
                          const struct agentx_value *value)
{
    agentx_write_u16(w, value->type);
    agentx_write_u16(w, 0);
    agentx_write_oid(w, oid, len, false);
    write_value(w, value);
}

size_t agentx_pdu_begin(struct agentx_writer *w, const struct agentx_header *header,
                        const char *context, size_t context_len)
{
    size_t offset = w->len;
    uint8_t flags = header->flags & (uint8_t)~AGENTX_FLAG_NON_DEFAULT_CONTEXT;
    if (context != NULL)
        flags |= AGENTX_FLAG_NON_DEFAULT_CONTEXT;
    w->big = (flags & AGENTX_FLAG_NETWORK_BYTE_ORDER) != 0;
    if (!agentx_writer_reserve(w, AGENTX_HEADER_SIZE))
        return offset;
    agentx_write_u8(w, 1);
    agentx_write_u8(w, header->type);
    agentx_write_u8(w, flags);
    agentx_write_u8(w, 0);
    agentx_write_u32(w, header->session);
    agentx_write_u32(w, header->transaction);
    agentx_write_u32(w, header->packet);
    agentx_write_u32(w, 0);
    if (context != NULL)
        agentx_write_octets(w, context, context_len);
    return offset;
}

void agentx_pdu_end(struct agentx_writer *w, size_t offset)
{
    if (!w->failed)
        store32(w->data + offset + 16, w->big, (uint32_t)(w->len - offset - AGENTX_HEADER_SIZE));
}

void agentx_write_response(struct agentx_writer *w, uint32_t sysuptime, uint16_t error,
                           uint16_t index)
{
    agentx_write_u32(w, sysuptime);
    agentx_write_u16(w, error);
    agentx_write_u16(w, index);
}

void agentx_patch_u16(struct agentx_writer *w, size_t offset, uint16_t v)
{
    if (!w->failed && offset + 2 <= w->len)
        store16(w->data + offset, w->big, v);
}
