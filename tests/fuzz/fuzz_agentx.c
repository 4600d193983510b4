/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libFuzzer target: bytes from a hostile master. The first byte chooses: even, the codec (what was
 * read must read the same after it was written again); odd, an open session behind a real socket,
 * with SETs and notifications under way. In the session's part the bytes come in pieces, each led
 * by one byte: its length (low 6 bits, times 4) and whether time passes.
 */
#include "../../agent/agentx/session.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define SESSION  77u
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define REQUIRE(what)                                                                              \
    do {                                                                                           \
        if (!(what)) {                                                                             \
            fprintf(stderr, "%s:%d: violated: %s\n", __FILE__, __LINE__, #what);                   \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* --- the codec ----------------------------------------------------------------------------- */

static void codec_varbinds(const uint8_t *data, size_t size, bool big)
{
    struct agentx_reader r = {data, data + size, big};
    struct agentx_writer w = {.max = 1u << 20, .big = !big};
    struct agentx_varbind_in vb, back;
    for (;;) {
        /* On the stack, uninitialised on purpose: a field read before it is set shows. */
        if (!agentx_read_varbind(&r, &vb))
            break;
        REQUIRE(r.p <= r.end && vb.name.len <= AGENTX_OID_MAX);
        w.len = 0;
        agentx_write_varbind(&w, vb.name.id, vb.name.len, &vb.value);
        if (w.failed)
            break;
        struct agentx_reader again = {w.data, w.data + w.len, !big};
        REQUIRE(agentx_read_varbind(&again, &back) && again.p == again.end);
        REQUIRE(back.value.type == vb.value.type);
        REQUIRE(agentx_oid_compare(vb.name.id, vb.name.len, back.name.id, back.name.len) == 0);
        if (vb.value.type == AGENTX_COUNTER64)
            REQUIRE(back.value.u.unsigned64 == vb.value.u.unsigned64);
        if (vb.value.type == AGENTX_INTEGER)
            REQUIRE(back.value.u.integer == vb.value.u.integer);
        if (vb.value.type == AGENTX_OCTET_STRING)
            REQUIRE(back.value.u.octets.len == vb.value.u.octets.len &&
                    memcmp(back.value.u.octets.data, vb.value.u.octets.data,
                           vb.value.u.octets.len) == 0);
        if (vb.value.type == AGENTX_OBJECT_IDENTIFIER)
            REQUIRE(agentx_oid_compare(vb.object.id, vb.object.len, back.object.id,
                                       back.object.len) == 0);
    }
    agentx_writer_free(&w);
}

static void codec_others(const uint8_t *data, size_t size, bool big)
{
    struct agentx_header h;
    struct agentx_range range;
    struct agentx_reader r = {data, data + size, big};
    char text[40];
    if (size >= AGENTX_HEADER_SIZE && agentx_header_read(data, &h) == NULL)
        REQUIRE(h.length <= AGENTX_PAYLOAD_MAX && h.length % 4 == 0);
    while (r.p < r.end && agentx_read_range(&r, &range)) {
        agentx_oid_text(range.start.id, range.start.len, text, sizeof text);
        REQUIRE(strlen(text) < sizeof text && range.end.len <= AGENTX_OID_MAX);
    }
}

/* --- a session ----------------------------------------------------------------------------- */

static const uint32_t subtree[] = {1, 3, 6, 1, 4, 1, 8072, 9999, 9999, 7};

struct world {
    int64_t now;
    int listener, conn;
    struct agentx_session *s;
    unsigned tests, cleanups, sent, notified, answers;
    uint64_t serial;
};

static int64_t fuzz_clock(void *arg)
{
    return ((struct world *)arg)->now;
}

static void on_get(void *arg, const struct agentx_get *get, struct agentx_answer *answer)
{
    struct world *w = arg;
    uint32_t name[COUNT(subtree) + 1];
    memcpy(name, subtree, sizeof subtree);
    name[COUNT(subtree)] = ++w->answers;
    REQUIRE(get->oid_len <= AGENTX_OID_MAX && get->end_len <= AGENTX_OID_MAX);
    if (w->answers % 5 == 0)
        agentx_put_octets(answer, name, COUNT(name), subtree, sizeof subtree - 1);
    if (w->answers % 7 == 0)
        agentx_put_exception(answer, AGENTX_NO_SUCH_INSTANCE);
    else if (w->answers % 11 != 0)
        agentx_put_integer(answer, name, COUNT(name), (int32_t)w->answers);
}

static int on_test(void *arg, struct agentx_set *set, uint16_t *index)
{
    struct world *w = arg;
    w->tests++;
    REQUIRE(set->count > 0 && set->items[set->count - 1].vb.oid_len <= AGENTX_OID_MAX);
    *index = (uint16_t)set->count;
    return set->transaction % 4 == 3 ? AGENTX_ERR_WRONG_VALUE : 0;
}

static int on_commit(void *arg, struct agentx_set *set)
{
    struct world *w = arg;
    w->serial = set->serial;
    return set->transaction % 2 == 0 ? 0 : AGENTX_PENDING;
}

static int on_undo(void *arg, struct agentx_set *set)
{
    (void)arg;
    return set->transaction % 2 == 0 ? 0 : AGENTX_ERR_UNDO_FAILED;
}

static void on_cleanup(void *arg, struct agentx_set *set, enum agentx_outcome outcome)
{
    (void)set;
    (void)outcome;
    ((struct world *)arg)->cleanups++;
}

static void on_notified(void *arg, void *cookie, int result)
{
    (void)cookie;
    (void)result;
    ((struct world *)arg)->notified++;
}

static const struct agentx_callbacks callbacks = {.get = on_get,
                                                  .test = on_test,
                                                  .commit = on_commit,
                                                  .undo = on_undo,
                                                  .cleanup = on_cleanup,
                                                  .notified = on_notified};

static char dir[] = "/tmp/agentx-fuzz-XXXXXX";
static struct sockaddr_un address;

static void remove_socket(void)
{
    unlink(address.sun_path);
    rmdir(dir);
}

/* One listening socket for all runs. */
static int listener(struct sockaddr_un *a)
{
    static int fd = -1;
    if (fd < 0) {
        REQUIRE(mkdtemp(dir) != NULL);
        atexit(remove_socket);
        address.sun_family = AF_UNIX;
        snprintf(address.sun_path, sizeof address.sun_path, "%s/m", dir);
        fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
        REQUIRE(bind(fd, (struct sockaddr *)&address, sizeof address) == 0 && listen(fd, 16) == 0);
    }
    *a = address;
    return fd;
}

static void turn(struct world *w)
{
    for (int i = 0; i < 50; i++) {
        agentx_tick(w->s);
        struct pollfd p = {agentx_fd(w->s), agentx_events(w->s), 0};
        if (p.fd < 0 || poll(&p, 1, 0) <= 0)
            return;
        agentx_handle(w->s, p.revents);
    }
}

/* Reads what the session sent; its first PDU's packet id goes to *packet. */
static void drain(struct world *w, uint32_t *packet)
{
    uint8_t buffer[8192];
    struct agentx_header h;
    ssize_t n;
    while (w->conn >= 0 && (n = recv(w->conn, buffer, sizeof buffer, MSG_DONTWAIT)) > 0)
        if (packet != NULL && n >= AGENTX_HEADER_SIZE && agentx_header_read(buffer, &h) == NULL)
            *packet = h.packet;
}

static void send_response(struct world *w, uint32_t packet)
{
    struct agentx_writer out = {.max = 4096};
    struct agentx_header h = {.type = AGENTX_PDU_RESPONSE, .session = SESSION, .packet = packet};
    size_t at = agentx_pdu_begin(&out, &h, NULL, 0);
    agentx_write_response(&out, 1, 0, 0);
    agentx_pdu_end(&out, at);
    (void)!send(w->conn, out.data, out.len, MSG_NOSIGNAL | MSG_DONTWAIT);
    agentx_writer_free(&out);
}

static void master_accept(struct world *w)
{
    uint32_t packet = 0;
    w->now += 100;
    turn(w);
    w->conn = accept(w->listener, NULL, NULL);
    if (w->conn < 0)
        return;
    drain(w, &packet);
    send_response(w, packet); /* to the Open */
    turn(w);
    drain(w, &packet);
    for (uint32_t i = 0; i < 3; i++)
        send_response(w, packet + i); /* to the registrations */
    turn(w);
}

static void feed(struct world *w, const uint8_t *data, size_t size)
{
    struct agentx_varbind vb = {subtree, COUNT(subtree), {.type = AGENTX_NULL}};
    while (size > 0) {
        uint8_t lead = *data++;
        size_t n = 4u * (lead & 63u);
        size--;
        if (n > size)
            n = size;
        if (w->conn >= 0)
            (void)!send(w->conn, data, n, MSG_NOSIGNAL | MSG_DONTWAIT);
        data += n;
        size -= n;
        turn(w);
        drain(w, NULL);
        if ((lead & 64) != 0)
            agentx_commit_done(w->s, w->serial, lead & 1 ? AGENTX_ERR_COMMIT_FAILED : 0);
        if ((lead & 128) != 0) {
            w->now += 6000;
            w->sent += agentx_notify(w->s, "a", &vb, 1, NULL) == 0;
        }
        if (agentx_fd(w->s) < 0 && w->conn >= 0) {
            close(w->conn);
            master_accept(w);
        }
    }
}

static void session(const uint8_t *data, size_t size)
{
    struct sockaddr_un a;
    struct world w = {.now = 1000, .conn = -1};
    w.listener = listener(&a);
    struct agentx_config config = {.address = a.sun_path,
                                   .description = "fuzz",
                                   .clock = fuzz_clock,
                                   .arg = &w,
                                   .callbacks = &callbacks};
    char error[100];
    w.s = agentx_new(&config, error, sizeof error);
    REQUIRE(w.s != NULL);
    agentx_register(w.s, NULL, subtree, COUNT(subtree), 0, NULL);
    agentx_register(w.s, NULL, subtree, COUNT(subtree) - 2, 0, NULL);
    agentx_register(w.s, "a", subtree, COUNT(subtree), 0, NULL);
    master_accept(&w);
    REQUIRE(agentx_session_state(w.s) == AGENTX_READY);
    feed(&w, data, size);
    agentx_free(w.s);
    if (w.conn >= 0)
        close(w.conn);
    REQUIRE(w.tests == w.cleanups);
    REQUIRE(w.sent == w.notified);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1)
        return 0;
    if (data[0] % 2 == 1) {
        session(data + 1, size - 1);
    } else {
        codec_varbinds(data + 1, size - 1, (data[0] & 2) != 0);
        codec_others(data + 1, size - 1, (data[0] & 2) != 0);
    }
    return 0;
}
