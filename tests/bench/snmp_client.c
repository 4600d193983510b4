/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The measuring client: BER of SNMPv2c messages and one exchange at a time over UDP.
 * Messages are built from the end of the buffer to its beginning, because then every length is
 * known when it has to be written.
 */
#include "snmp_client.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* A cursor that runs backwards: what is written last stands first. */
struct writer {
    uint8_t *start;
    uint8_t *at;
    int full;
};

struct reader {
    const uint8_t *at;
    const uint8_t *end;
};

uint64_t snmp_now(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (uint64_t)ts.tv_sec * 1000000000U + (uint64_t)ts.tv_nsec;
}

int snmp_oid_parse(struct snmp_oid *oid, const char *text)
{
    char *end = NULL;

    oid->len = 0;
    if (*text == '.')
        text++;
    for (;;) {
        unsigned long n;

        if (*text < '0' || *text > '9' || oid->len == SNMP_OID_MAX)
            return -1;
        errno = 0;
        n = strtoul(text, &end, 10);
        if (errno != 0 || n > UINT32_MAX)
            return -1;
        oid->sub[oid->len++] = (uint32_t)n;
        if (*end == '\0')
            return oid->len >= 2 ? 0 : -1;
        if (*end != '.')
            return -1;
        text = end + 1;
    }
}

void snmp_oid_print(const struct snmp_oid *oid, char *text, size_t size)
{
    size_t used = 0;

    text[0] = '\0';
    for (unsigned int i = 0; i < oid->len && used < size; i++) {
        int n =
            snprintf(text + used, size - used, i == 0 ? "%u" : ".%u", (unsigned int)oid->sub[i]);

        if (n < 0)
            return;
        used += (size_t)n;
    }
}

int snmp_oid_compare(const struct snmp_oid *a, const struct snmp_oid *b)
{
    unsigned int shorter = a->len < b->len ? a->len : b->len;

    for (unsigned int i = 0; i < shorter; i++)
        if (a->sub[i] != b->sub[i])
            return a->sub[i] < b->sub[i] ? -1 : 1;
    return a->len == b->len ? 0 : a->len < b->len ? -1 : 1;
}

int snmp_oid_under(const struct snmp_oid *oid, const struct snmp_oid *root)
{
    return oid->len >= root->len &&
           memcmp(oid->sub, root->sub, root->len * sizeof root->sub[0]) == 0;
}

int64_t snmp_value_number(const struct snmp_varbind *vb)
{
    uint64_t n = 0;

    if (vb->tag == SNMP_INTEGER && vb->len > 0 && (vb->value[0] & 0x80) != 0)
        n = UINT64_MAX;
    for (size_t i = 0; i < vb->len; i++)
        n = n << 8 | vb->value[i];
    return (int64_t)n;
}

static void put_byte(struct writer *w, unsigned int byte)
{
    if (w->at == w->start)
        w->full = 1;
    else
        *--w->at = (uint8_t)byte;
}

static void put_bytes(struct writer *w, const void *data, size_t len)
{
    if ((size_t)(w->at - w->start) < len) {
        w->full = 1;
        return;
    }
    w->at -= len;
    memcpy(w->at, data, len);
}

/* The header of what has been written since `end`. */
static void put_header(struct writer *w, unsigned int tag, const uint8_t *end)
{
    size_t len = (size_t)(end - w->at);

    if (len < 0x80) {
        put_byte(w, (unsigned int)len);
    } else {
        unsigned int octets = 0;

        for (size_t rest = len; rest != 0; rest >>= 8, octets++)
            put_byte(w, (unsigned int)(rest & 0xff));
        put_byte(w, 0x80 | octets);
    }
    put_byte(w, tag);
}

static void put_integer(struct writer *w, int32_t value)
{
    const uint8_t *end = w->at;
    int32_t rest = value;
    unsigned int last;

    do {
        last = (unsigned int)rest & 0xff;
        put_byte(w, last);
        rest >>= 8;
    } while (!((rest == 0 && (last & 0x80) == 0) || (rest == -1 && (last & 0x80) != 0)));
    put_header(w, SNMP_INTEGER, end);
}

static void put_oid(struct writer *w, const struct snmp_oid *oid)
{
    const uint8_t *end = w->at;

    for (unsigned int i = oid->len; i-- > 2;) {
        uint32_t rest = oid->sub[i];

        put_byte(w, rest & 0x7f);
        while ((rest >>= 7) != 0)
            put_byte(w, 0x80 | (rest & 0x7f));
    }
    put_byte(w, oid->sub[0] * 40 + oid->sub[1]);
    put_header(w, SNMP_OBJECT_ID, end);
}

static size_t encode(struct snmp_client *c, const struct snmp_request *req)
{
    uint8_t *end = c->out + sizeof c->out;
    struct writer w = {.start = c->out, .at = end};

    for (unsigned int i = req->count; i-- > 0;) {
        const uint8_t *vb_end = w.at;

        put_header(&w, SNMP_NULL, w.at);
        put_oid(&w, &req->names[i]);
        put_header(&w, 0x30, vb_end);
    }
    put_header(&w, 0x30, end);
    put_integer(&w, req->pdu == SNMP_GETBULK ? req->max_repetitions : 0);
    put_integer(&w, 0);
    put_integer(&w, c->request_id);
    put_header(&w, req->pdu, end);
    const uint8_t *community_end = w.at;
    put_bytes(&w, req->community, strlen(req->community));
    put_header(&w, SNMP_OCTETS, community_end);
    put_integer(&w, 1); /* version-2c, RFC 1901 */
    put_header(&w, 0x30, end);
    if (w.full)
        return 0;
    memmove(c->out, w.at, (size_t)(end - w.at));
    return (size_t)(end - w.at);
}

/* Takes one element off the reader; want = 0 takes any tag.  Returns 0, or -1 if there is none. */
static int take(struct reader *r, unsigned int want, uint8_t *tag, struct reader *value)
{
    size_t len;

    if (r->end - r->at < 2 || (want != 0 && r->at[0] != want))
        return -1;
    *tag = *r->at++;
    len = *r->at++;
    if (len >= 0x80) {
        unsigned int octets = (unsigned int)len & 0x7f;

        if (octets == 0 || octets > 4 || r->end - r->at < (ptrdiff_t)octets)
            return -1;
        for (len = 0; octets > 0; octets--)
            len = len << 8 | *r->at++;
    }
    if ((size_t)(r->end - r->at) < len)
        return -1;
    value->at = r->at;
    value->end = r->at + len;
    r->at += len;
    return 0;
}

static int take_integer(struct reader *r, int64_t *n)
{
    struct reader v;
    struct snmp_varbind vb = {.tag = SNMP_INTEGER};
    uint8_t tag;

    if (take(r, SNMP_INTEGER, &tag, &v) < 0 || v.at == v.end || v.end - v.at > 8)
        return -1;
    vb.value = v.at;
    vb.len = (size_t)(v.end - v.at);
    *n = snmp_value_number(&vb);
    return 0;
}

/* The contents octets of an OBJECT IDENTIFIER. */
static int decode_oid(const uint8_t *at, const uint8_t *end, struct snmp_oid *oid)
{
    if (at == end)
        return -1;
    oid->sub[0] = *at < 80 ? *at / 40 : 2;
    oid->sub[1] = *at - oid->sub[0] * 40;
    oid->len = 2;
    for (at++; at < end; oid->len++) {
        uint32_t n = 0;

        if (oid->len == SNMP_OID_MAX)
            return -1;
        do {
            if (at == end)
                return -1;
            n = n << 7 | (*at & 0x7f);
        } while ((*at++ & 0x80) != 0);
        oid->sub[oid->len] = n;
    }
    return 0;
}

int snmp_value_oid(const struct snmp_varbind *vb, struct snmp_oid *oid)
{
    return vb->tag == SNMP_OBJECT_ID ? decode_oid(vb->value, vb->value + vb->len, oid) : -1;
}

static int take_oid(struct reader *r, struct snmp_oid *oid)
{
    struct reader v;
    uint8_t tag;

    return take(r, SNMP_OBJECT_ID, &tag, &v) < 0 ? -1 : decode_oid(v.at, v.end, oid);
}

static int take_varbinds(struct snmp_client *c, struct reader list)
{
    c->vb_count = 0;
    while (list.at < list.end) {
        struct snmp_varbind *vb = &c->vb[c->vb_count];
        struct reader pair, value;
        uint8_t tag;

        if (c->vb_count == SNMP_VARBINDS_MAX || take(&list, 0x30, &tag, &pair) < 0 ||
            take_oid(&pair, &vb->name) < 0 || take(&pair, 0, &vb->tag, &value) < 0)
            return -1;
        vb->value = value.at;
        vb->len = (size_t)(value.end - value.at);
        c->vb_count++;
    }
    return 0;
}

/* Returns 1 for the response awaited, 0 for an older one, -1 for what is no SNMP. */
static int decode(struct snmp_client *c, size_t len)
{
    struct reader all = {c->in, c->in + len}, message, community, pdu, list;
    int64_t n, id, status, index;
    uint8_t tag;

    if (take(&all, 0x30, &tag, &message) < 0 || take_integer(&message, &n) < 0 || n != 1 ||
        take(&message, SNMP_OCTETS, &tag, &community) < 0 ||
        take(&message, SNMP_RESPONSE, &tag, &pdu) < 0 || take_integer(&pdu, &id) < 0)
        return -1;
    if (id != c->request_id)
        return 0;
    if (take_integer(&pdu, &status) < 0 || take_integer(&pdu, &index) < 0 ||
        take(&pdu, 0x30, &tag, &list) < 0 || take_varbinds(c, list) < 0)
        return -1;
    c->error_status = (int)status;
    return 1;
}

int snmp_client_open(struct snmp_client *c, unsigned int timeout_ms)
{
    struct sockaddr_in any = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

    c->request_id = 1;
    c->timeout_ms = timeout_ms;
    c->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (c->fd < 0)
        return -1;
    return bind(c->fd, (const struct sockaddr *)&any, sizeof any);
}

void snmp_client_close(struct snmp_client *c)
{
    close(c->fd);
    c->fd = -1;
}

int snmp_client_ask(struct snmp_client *c, const struct snmp_request *req, uint64_t *ns)
{
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
                             .sin_port = htons(req->port)};
    uint64_t start, limit = (uint64_t)c->timeout_ms * 1000000U;
    size_t len;

    c->request_id = c->request_id == INT32_MAX ? 1 : c->request_id + 1;
    len = encode(c, req);
    if (len == 0) {
        errno = EMSGSIZE;
        return -1;
    }
    start = snmp_now();
    if (sendto(c->fd, c->out, len, 0, (const struct sockaddr *)&to, sizeof to) < 0)
        return -1;
    for (;;) {
        struct pollfd pfd = {.fd = c->fd, .events = POLLIN};
        uint64_t spent = snmp_now() - start;
        ssize_t got;
        int rc;

        if (spent >= limit || poll(&pfd, 1, (int)((limit - spent) / 1000000U) + 1) == 0) {
            errno = ETIMEDOUT;
            return -1;
        }
        got = recv(c->fd, c->in, sizeof c->in, MSG_DONTWAIT);
        if (got < 0)
            continue;
        *ns = snmp_now() - start;
        rc = decode(c, (size_t)got);
        if (rc > 0)
            return 0;
        if (rc < 0) {
            errno = EPROTO;
            return -1;
        }
    }
}
