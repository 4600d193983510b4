/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The AgentX session against a scripted master in the same thread: a Unix socket, PDUs written by
 * hand, and a clock that moves only when a test says so.
 */
#include "../../agent/agentx/session.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define SESSION  77u
#define OBJECTS  5
#define MAX_LOST 64

static const uint32_t subtree[] = {1, 3, 6, 1, 4, 1, 8072, 9999, 9999, 7};
#define SUBTREE COUNT(subtree)

struct world {
    char dir[64];
    char path[128];
    int listener, conn;
    struct agentx_session *s;
    struct agentx_callbacks cb;
    int64_t now;
    /* what the application saw */
    unsigned begins, ends, gets, states, logs, errors;
    int last_result;
    uintptr_t notified[MAX_LOST];
    size_t notified_count;
    unsigned tests, commits, undos, cleanups;
    int test_answer, commit_answer, undo_answer;
    uint16_t test_index;
    enum agentx_outcome outcome;
    uint64_t serial;
    struct agentx_set *set;
    int put_wrong; /* answers a GETNEXT wrongly */
    int notify_in_get;
};

/* A PDU as the master saw it. */
struct pdu {
    struct agentx_header h;
    uint8_t *payload;
    struct agentx_reader r;
};

/* --- the application ----------------------------------------------------------------------- */

static int64_t test_clock(void *arg)
{
    return ((struct world *)arg)->now;
}

static void test_log(void *arg, int level, const char *text)
{
    struct world *w = arg;
    w->logs++;
    if (level <= 3)
        w->errors++;
    assert_non_null(strstr(text, "AgentX: "));
}

static void on_begin(void *arg)
{
    ((struct world *)arg)->begins++;
}

static void on_end(void *arg)
{
    ((struct world *)arg)->ends++;
}

/* Objects subtree.1.0 to subtree.5.0, integers 10 to 50, plus the cookie (context's number).
 * subtree.3.0 has no value. */
static void on_get(void *arg, const struct agentx_get *get, struct agentx_answer *answer)
{
    struct world *w = arg;
    uint32_t name[SUBTREE + 2];
    int32_t base = (int32_t)(intptr_t)get->cookie;
    w->gets++;
    if (w->notify_in_get)
        w->last_result = agentx_notify(w->s, NULL, NULL, 0, NULL);
    if (w->put_wrong) {
        agentx_put_integer(answer, subtree, w->put_wrong == 1 ? SUBTREE : SUBTREE - 1, 1);
        return;
    }
    memcpy(name, subtree, sizeof subtree);
    name[SUBTREE + 1] = 0;
    for (uint32_t i = 1; i <= OBJECTS; i++) {
        name[SUBTREE] = i;
        int order = agentx_oid_compare(name, SUBTREE + 2, get->oid, get->oid_len);
        if (get->next ? order > 0 || (order == 0 && get->inclusive) : order == 0) {
            if (i != 3) {
                agentx_put_integer(answer, name, SUBTREE + 2, base + 10 * (int32_t)i);
                return;
            }
            if (!get->next) {
                agentx_put_exception(answer, AGENTX_NO_SUCH_INSTANCE);
                return;
            }
        }
    }
}

static int on_test(void *arg, struct agentx_set *set, uint16_t *index)
{
    struct world *w = arg;
    w->tests++;
    w->set = set;
    w->serial = set->serial;
    *index = w->test_index;
    return w->test_answer;
}

static int on_commit(void *arg, struct agentx_set *set)
{
    struct world *w = arg;
    w->commits++;
    assert_ptr_equal(set, w->set);
    return w->commit_answer;
}

static int on_undo(void *arg, struct agentx_set *set)
{
    struct world *w = arg;
    w->undos++;
    assert_ptr_equal(set, w->set);
    return w->undo_answer;
}

static void on_cleanup(void *arg, struct agentx_set *set, enum agentx_outcome outcome)
{
    struct world *w = arg;
    w->cleanups++;
    w->outcome = outcome;
    assert_int_equal(set->serial, w->serial);
}

static void on_notified(void *arg, void *cookie, int result)
{
    struct world *w = arg;
    assert_true(w->notified_count < MAX_LOST);
    w->notified[w->notified_count++] = (uintptr_t)cookie;
    w->last_result = result;
}

static void on_state(void *arg, enum agentx_state state)
{
    struct world *w = arg;
    (void)state;
    w->states++;
}

/* --- the world ----------------------------------------------------------------------------- */

static void listen_again(struct world *w)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    memcpy(a.sun_path, w->path, strlen(w->path) + 1);
    unlink(w->path);
    w->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(w->listener >= 0);
    assert_int_equal(bind(w->listener, (struct sockaddr *)&a, sizeof a), 0);
    assert_int_equal(listen(w->listener, 5), 0);
}

static struct world *world_new(bool sets)
{
    struct world *w = calloc(1, sizeof *w);
    assert_non_null(w);
    snprintf(w->dir, sizeof w->dir, "/tmp/agentx-test-XXXXXX");
    assert_non_null(mkdtemp(w->dir));
    snprintf(w->path, sizeof w->path, "%s/master", w->dir);
    w->conn = -1;
    w->now = 1000000;
    listen_again(w);
    w->cb = (struct agentx_callbacks){.begin = on_begin,
                                      .end = on_end,
                                      .get = on_get,
                                      .notified = on_notified,
                                      .state = on_state};
    if (sets) {
        w->cb.test = on_test;
        w->cb.commit = on_commit;
        w->cb.undo = on_undo;
        w->cb.cleanup = on_cleanup;
    }
    struct agentx_config config = {.address = w->path,
                                   .description = "demo",
                                   .id = subtree,
                                   .id_len = SUBTREE,
                                   .clock = test_clock,
                                   .log = test_log,
                                   .arg = w,
                                   .callbacks = &w->cb};
    char error[120];
    w->s = agentx_new(&config, error, sizeof error);
    assert_non_null(w->s);
    return w;
}

static void world_free(struct world *w)
{
    agentx_free(w->s);
    if (w->conn >= 0)
        close(w->conn);
    if (w->listener >= 0)
        close(w->listener);
    unlink(w->path);
    rmdir(w->dir);
    free(w);
}

/* Turns the loop until nothing is left to do at this moment of the clock. */
static void spin(struct world *w)
{
    for (int i = 0; i < 1000; i++) {
        agentx_tick(w->s);
        struct pollfd p = {agentx_fd(w->s), agentx_events(w->s), 0};
        if (p.fd < 0 || poll(&p, 1, 0) <= 0)
            return;
        agentx_handle(w->s, p.revents);
    }
    fail_msg("the session keeps its loop busy");
}

static void master_write(struct world *w, const void *data, size_t len)
{
    assert_int_equal(send(w->conn, data, len, MSG_NOSIGNAL), (ssize_t)len);
}

static bool master_read(struct world *w, struct pdu *p)
{
    uint8_t header[AGENTX_HEADER_SIZE];
    struct pollfd f = {w->conn, POLLIN, 0};
    if (poll(&f, 1, 0) <= 0 || recv(w->conn, header, sizeof header, MSG_WAITALL) <= 0)
        return false;
    assert_null(agentx_header_read(header, &p->h));
    p->payload = malloc(p->h.length + 1u);
    assert_non_null(p->payload);
    if (p->h.length > 0)
        assert_int_equal(recv(w->conn, p->payload, p->h.length, MSG_WAITALL), p->h.length);
    p->r = (struct agentx_reader){p->payload, p->payload + p->h.length,
                                  (p->h.flags & AGENTX_FLAG_NETWORK_BYTE_ORDER) != 0};
    return true;
}

/* The session's next PDU, which must be of this type. The caller frees payload. */
static struct pdu expect(struct world *w, enum agentx_pdu type)
{
    struct pdu p = {.payload = NULL};
    spin(w);
    if (!master_read(w, &p))
        fail_msg("no PDU, expected type %d", type);
    assert_int_equal(p.h.type, type);
    return p;
}

static void expect_nothing(struct world *w)
{
    struct pdu p;
    spin(w);
    if (master_read(w, &p))
        fail_msg("PDU of type %d, expected none", p.h.type);
}

static void answer(struct world *w, const struct pdu *p, uint16_t error, uint32_t uptime)
{
    struct agentx_writer out = {.max = 4096};
    struct agentx_header h = p->h;
    h.type = AGENTX_PDU_RESPONSE;
    if (p->h.type == AGENTX_PDU_OPEN)
        h.session = SESSION;
    size_t at = agentx_pdu_begin(&out, &h, NULL, 0);
    agentx_write_response(&out, uptime, error, 0);
    agentx_pdu_end(&out, at);
    master_write(w, out.data, out.len);
    agentx_writer_free(&out);
}

/* Reads one PDU of the type and answers it. */
static void take(struct world *w, enum agentx_pdu type, uint16_t error)
{
    struct pdu p = expect(w, type);
    answer(w, &p, error, 100);
    free(p.payload);
}

static void master_accept(struct world *w)
{
    spin(w);
    if (w->conn >= 0)
        close(w->conn);
    w->conn = accept(w->listener, NULL, NULL);
    assert_true(w->conn >= 0);
}

/* Open session with the subtree registered in the default context, cookie 0. */
static struct world *ready(bool sets)
{
    struct world *w = world_new(sets);
    assert_non_null(agentx_register(w->s, NULL, subtree, SUBTREE, 0, NULL));
    master_accept(w);
    take(w, AGENTX_PDU_OPEN, 0);
    take(w, AGENTX_PDU_REGISTER, 0);
    spin(w);
    assert_int_equal(agentx_session_state(w->s), AGENTX_READY);
    return w;
}

/* --- requests ------------------------------------------------------------------------------ */

struct request {
    struct agentx_writer out;
    size_t at;
};

static void request_begin(struct request *q, enum agentx_pdu type, uint32_t transaction,
                          uint32_t packet, bool big, const char *context)
{
    struct agentx_header h = {.type = (uint8_t)type,
                              .flags = big ? AGENTX_FLAG_NETWORK_BYTE_ORDER : 0,
                              .session = SESSION,
                              .transaction = transaction,
                              .packet = packet};
    memset(q, 0, sizeof *q);
    q->out.max = 1u << 20;
    q->at = agentx_pdu_begin(&q->out, &h, context, context != NULL ? strlen(context) : 0);
}

static void request_range(struct request *q, uint32_t object, bool include, uint32_t end)
{
    uint32_t name[SUBTREE + 2];
    memcpy(name, subtree, sizeof subtree);
    name[SUBTREE] = object;
    name[SUBTREE + 1] = 0;
    agentx_write_oid(&q->out, name, object > 0 ? SUBTREE + 2 : SUBTREE, include);
    name[SUBTREE - 1] += end;
    agentx_write_oid(&q->out, name, end > 0 ? SUBTREE : 0, false);
}

static void request_send(struct world *w, struct request *q)
{
    agentx_pdu_end(&q->out, q->at);
    assert_false(q->out.failed);
    master_write(w, q->out.data, q->out.len);
    agentx_writer_free(&q->out);
}

static struct pdu reply(struct world *w, uint16_t error, uint16_t index)
{
    uint32_t uptime;
    uint16_t e = 0, i = 0;
    struct pdu p = expect(w, AGENTX_PDU_RESPONSE);
    assert_true(agentx_read_u32(&p.r, &uptime) && agentx_read_u16(&p.r, &e) &&
                agentx_read_u16(&p.r, &i));
    assert_int_equal(e, error);
    assert_int_equal(i, index);
    return p;
}

static void reply_only(struct world *w, uint16_t error, uint16_t index)
{
    struct pdu p = reply(w, error, index);
    assert_ptr_equal(p.r.p, p.r.end);
    free(p.payload);
}

/* The next VarBind: subtree.object.0 with an integer, or with an exception (type) where value is 0.
 */
static void expect_vb(struct pdu *p, uint32_t object, uint16_t type, int32_t value)
{
    struct agentx_varbind_in vb;
    assert_true(agentx_read_varbind(&p->r, &vb));
    assert_int_equal(vb.value.type, type);
    if (object > 0) {
        assert_int_equal(vb.name.len, SUBTREE + 2);
        assert_int_equal(vb.name.id[SUBTREE], object);
    }
    if (type == AGENTX_INTEGER)
        assert_int_equal(vb.value.u.integer, value);
}

static void end_of(struct pdu *p)
{
    assert_ptr_equal(p->r.p, p->r.end);
    free(p->payload);
}

/* --- tests: life --------------------------------------------------------------------------- */

static void test_open(void **state)
{
    (void)state;
    struct world *w = world_new(false);
    uint32_t ticks;
    master_accept(w);
    struct pdu p = expect(w, AGENTX_PDU_OPEN);
    struct agentx_oid id;
    const uint8_t *text;
    uint32_t word, len;
    assert_int_equal(p.h.session, 0);
    assert_true(p.h.flags == AGENTX_FLAG_NETWORK_BYTE_ORDER);
    assert_true(agentx_read_u32(&p.r, &word) && word == 0);
    assert_true(agentx_read_oid(&p.r, &id, NULL) && id.len == SUBTREE);
    assert_true(agentx_read_octets(&p.r, &text, &len) && len == 4);
    assert_memory_equal(text, "demo", 4);
    assert_false(agentx_sysuptime(w->s, w->now, &ticks));
    answer(w, &p, 0, 4294967290u);
    end_of(&p);
    spin(w);
    assert_int_equal(agentx_session_state(w->s), AGENTX_READY);
    assert_true(agentx_sysuptime(w->s, w->now + 50, &ticks));
    assert_int_equal(ticks, 4294967295u);
    /* sysUpTime wraps as TimeTicks do. */
    assert_true(agentx_sysuptime(w->s, w->now + 1060, &ticks));
    assert_int_equal(ticks, 100);
    /* Leaving: Close with reason shutdown. */
    agentx_free(w->s);
    w->s = NULL;
    assert_true(master_read(w, &p));
    assert_int_equal(p.h.type, AGENTX_PDU_CLOSE);
    assert_int_equal(p.payload[0], AGENTX_REASON_SHUTDOWN);
    free(p.payload);
    world_free(w);
}

static void test_open_refused(void **state)
{
    (void)state;
    struct world *w = world_new(false);
    master_accept(w);
    take(w, AGENTX_PDU_OPEN, AGENTX_ERR_OPEN_FAILED);
    spin(w);
    assert_int_equal(agentx_session_state(w->s), AGENTX_DISCONNECTED);
    assert_int_equal(agentx_next_timeout(w->s), w->now + 5000);
    w->now += 5000;
    master_accept(w);
    take(w, AGENTX_PDU_OPEN, 0);
    spin(w);
    assert_int_equal(agentx_session_state(w->s), AGENTX_READY);
    world_free(w);
}

static void test_registrations(void **state)
{
    (void)state;
    struct world *w = world_new(false);
    char name[16];
    assert_non_null(agentx_register(w->s, NULL, subtree, SUBTREE, 0, NULL));
    assert_null(agentx_register(w->s, "", subtree, SUBTREE, 0, NULL)); /* twice */
    assert_null(agentx_register(w->s, NULL, subtree, 0, 0, NULL));
    assert_null(agentx_register(w->s, NULL, subtree, AGENTX_OID_MAX + 1, 0, NULL));
    for (int i = 1; i < 256; i++) {
        snprintf(name, sizeof name, "ups%d", i);
        assert_non_null(agentx_register(w->s, name, subtree, SUBTREE, 5, (void *)(intptr_t)i));
    }
    assert_true(agentx_add_agent_caps(w->s, NULL, subtree, SUBTREE, "caps"));
    for (int round = 0; round < 2; round++) {
        master_accept(w);
        take(w, AGENTX_PDU_OPEN, 0);
        spin(w);
        /* At most 32 unanswered. */
        struct pdu p[32];
        for (size_t i = 0; i < 32; i++)
            p[i] = expect(w, AGENTX_PDU_REGISTER);
        expect_nothing(w);
        assert_int_equal(p[0].payload[1], 127);
        assert_false((p[0].h.flags & AGENTX_FLAG_NON_DEFAULT_CONTEXT) != 0);
        assert_memory_equal(p[1].payload, "\0\0\0\4ups1\0\5\0\0", 12);
        for (size_t i = 0; i < 32; i++) {
            answer(w, &p[i], 0, 1);
            free(p[i].payload);
        }
        for (size_t i = 32; i < 256; i++)
            take(w, AGENTX_PDU_REGISTER, 0);
        assert_int_equal(agentx_session_state(w->s), AGENTX_REGISTERING);
        take(w, AGENTX_PDU_ADD_AGENT_CAPS, 0);
        expect_nothing(w);
        assert_int_equal(agentx_session_state(w->s), AGENTX_READY);
        /* The master goes; all of it again within 200 ms of its return. */
        close(w->conn);
        w->conn = -1;
        spin(w);
        assert_int_equal(agentx_session_state(w->s), AGENTX_DISCONNECTED);
        assert_int_equal(agentx_next_timeout(w->s), w->now + 100);
        w->now += 100;
    }
    world_free(w);
}

static void test_refused_registration(void **state)
{
    (void)state;
    struct world *w = world_new(false);
    struct agentx_registration *r = agentx_register(w->s, "a", subtree, SUBTREE, 0, NULL);
    master_accept(w);
    take(w, AGENTX_PDU_OPEN, 0);
    take(w, AGENTX_PDU_REGISTER, AGENTX_ERR_DUPLICATE_REGISTRATION);
    spin(w);
    assert_int_equal(agentx_session_state(w->s), AGENTX_READY);
    assert_int_equal(agentx_registration_error(r), AGENTX_ERR_DUPLICATE_REGISTRATION);
    assert_int_equal(w->errors, 1);
    for (int i = 0; i < 3; i++) {
        w->now += 4999;
        spin(w);
        expect_nothing(w);
        w->now += 1;
        take(w, AGENTX_PDU_REGISTER, i < 2 ? AGENTX_ERR_DUPLICATE_REGISTRATION : 0);
        spin(w);
    }
    spin(w);
    assert_int_equal(w->errors, 1); /* said once */
    assert_true(agentx_registered(r));
    agentx_unregister(w->s, r);
    take(w, AGENTX_PDU_UNREGISTER, 0);
    expect_nothing(w);
    /* Unregistered while the Register is under way: withdrawn after its answer. */
    r = agentx_register(w->s, "b", subtree, SUBTREE, 0, NULL);
    struct pdu p = expect(w, AGENTX_PDU_REGISTER);
    agentx_unregister(w->s, r);
    expect_nothing(w);
    answer(w, &p, 0, 1);
    free(p.payload);
    take(w, AGENTX_PDU_UNREGISTER, 0);
    expect_nothing(w);
    world_free(w);
}

static void test_no_master(void **state)
{
    (void)state;
    struct world *w = world_new(false);
    close(w->listener);
    w->listener = -1;
    for (int i = 0; i < 600; i++) { /* a minute less a try */
        spin(w);
        w->now += 100;
    }
    assert_int_equal(w->logs, 1);
    spin(w);
    w->now += 100;
    spin(w);
    assert_int_equal(w->logs, 2);
    listen_again(w);
    w->now += 100;
    master_accept(w);
    take(w, AGENTX_PDU_OPEN, 0);
    spin(w);
    assert_int_equal(agentx_session_state(w->s), AGENTX_READY);
    world_free(w);
}

static void test_flapping_master_does_not_flood_the_log(void **state)
{
    (void)state;
    struct world *w = world_new(false);
    for (int i = 0; i < 600; i++) {
        master_accept(w);
        take(w, AGENTX_PDU_OPEN, 0);
        spin(w);
        close(w->conn);
        w->conn = -1;
        spin(w);
        w->now += 100;
    }
    assert_in_range(w->logs, 4, 60);
    assert_int_equal(agentx_session_stats(w->s)->opens, 600);
    world_free(w);
}

static void test_ping(void **state)
{
    (void)state;
    struct world *w = ready(false);
    assert_int_equal(agentx_next_timeout(w->s), w->now + 5000);
    w->now += 4999;
    expect_nothing(w);
    w->now += 1;
    take(w, AGENTX_PDU_PING, 0);
    expect_nothing(w);
    /* A master stopped for 15 s: one ping, nothing else, and the session goes on. */
    w->now += 5000;
    struct pdu p = expect(w, AGENTX_PDU_PING);
    for (int i = 0; i < 150; i++) {
        w->now += 100;
        expect_nothing(w);
    }
    answer(w, &p, 0, 2600);
    free(p.payload);
    spin(w);
    assert_int_equal(agentx_session_state(w->s), AGENTX_READY);
    assert_int_equal(agentx_session_stats(w->s)->opens, 1);
    /* One that never answers again is given up after 30 s. */
    w->now += 5000;
    p = expect(w, AGENTX_PDU_PING);
    free(p.payload);
    w->now += 29999;
    spin(w);
    assert_int_equal(agentx_session_state(w->s), AGENTX_READY);
    w->now += 1;
    spin(w);
    assert_int_equal(agentx_session_state(w->s), AGENTX_DISCONNECTED);
    /* One that has forgotten the session is asked for a new one at once. */
    w->now += 100;
    master_accept(w);
    take(w, AGENTX_PDU_OPEN, 0);
    take(w, AGENTX_PDU_REGISTER, 0);
    spin(w);
    w->now += 5000;
    take(w, AGENTX_PDU_PING, AGENTX_ERR_NOT_OPEN);
    spin(w);
    assert_int_equal(agentx_session_state(w->s), AGENTX_DISCONNECTED);
    world_free(w);
}

static void test_close_by_master(void **state)
{
    (void)state;
    struct world *w = ready(false);
    struct request q;
    request_begin(&q, AGENTX_PDU_CLOSE, 1, 1, true, NULL);
    agentx_write_u32(&q.out, AGENTX_REASON_BY_MANAGER << 24);
    request_send(w, &q);
    spin(w);
    assert_int_equal(agentx_session_state(w->s), AGENTX_DISCONNECTED);
    assert_int_equal(agentx_fd(w->s), -1);
    world_free(w);
}

/* TCP: the connection is made in the background. */
static void test_tcp(void **state)
{
    (void)state;
    struct world *w = world_new(false);
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t len = sizeof a;
    char address[40], error[100];
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(listener, (struct sockaddr *)&a, sizeof a), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&a, &len), 0);
    snprintf(address, sizeof address, "tcp:127.0.0.1:%d", ntohs(a.sin_port));
    struct agentx_config config = {
        .address = address, .clock = test_clock, .log = test_log, .arg = w, .callbacks = &w->cb};
    agentx_free(w->s);
    w->s = agentx_new(&config, error, sizeof error);
    assert_non_null(w->s);
    /* Nobody listens: refused, now or at the next turn. */
    for (int i = 0; i < 100 && w->logs == 0; i++) {
        struct pollfd p = {agentx_fd(w->s), agentx_events(w->s), 0};
        agentx_tick(w->s);
        if (poll(&p, 1, 20) > 0)
            agentx_handle(w->s, p.revents);
    }
    assert_int_equal(w->logs, 1);
    assert_int_equal(agentx_session_state(w->s), AGENTX_DISCONNECTED);
    assert_int_equal(listen(listener, 5), 0);
    w->now += 100;
    agentx_tick(w->s);
    for (int i = 0; i < 100 && agentx_session_state(w->s) != AGENTX_OPENING; i++) {
        struct pollfd p = {agentx_fd(w->s), agentx_events(w->s), 0};
        if (poll(&p, 1, 20) > 0)
            agentx_handle(w->s, p.revents);
    }
    assert_int_equal(agentx_session_state(w->s), AGENTX_OPENING);
    w->conn = accept(listener, NULL, NULL);
    struct pollfd f = {w->conn, POLLIN, 0};
    assert_int_equal(poll(&f, 1, 5000), 1);
    take(w, AGENTX_PDU_OPEN, 0);
    f = (struct pollfd){agentx_fd(w->s), POLLIN, 0};
    assert_int_equal(poll(&f, 1, 5000), 1);
    spin(w);
    assert_int_equal(agentx_session_state(w->s), AGENTX_READY);
    close(listener);
    world_free(w);
}

/* --- tests: reads -------------------------------------------------------------------------- */

static void test_get(void **state)
{
    (void)state;
    struct world *w = ready(false);
    struct request q;
    for (int big = 0; big < 2; big++) {
        request_begin(&q, AGENTX_PDU_GET, 5, 6, big == 1, NULL);
        request_range(&q, 1, false, 0);
        request_range(&q, 5, false, 0);
        request_range(&q, 3, false, 0);
        request_range(&q, 9, false, 0);
        request_send(w, &q);
        struct pdu p = reply(w, 0, 0);
        assert_int_equal(p.h.session, SESSION);
        assert_int_equal(p.h.transaction, 5);
        assert_int_equal(p.h.packet, 6);
        assert_int_equal(p.h.flags, big ? AGENTX_FLAG_NETWORK_BYTE_ORDER : 0);
        expect_vb(&p, 1, AGENTX_INTEGER, 10);
        expect_vb(&p, 5, AGENTX_INTEGER, 50);
        expect_vb(&p, 3, AGENTX_NO_SUCH_INSTANCE, 0);
        expect_vb(&p, 9, AGENTX_NO_SUCH_OBJECT, 0);
        end_of(&p);
    }
    assert_int_equal(w->begins, 2);
    assert_int_equal(w->ends, 2);
    /* Outside every registration: not the application's business. */
    static const uint32_t other[] = {1, 3, 6, 1, 2, 1, 33, 1};
    w->gets = 0;
    request_begin(&q, AGENTX_PDU_GET, 5, 7, true, NULL);
    agentx_write_oid(&q.out, other, COUNT(other), false);
    agentx_write_oid(&q.out, NULL, 0, false);
    request_send(w, &q);
    struct pdu p = reply(w, 0, 0);
    expect_vb(&p, 0, AGENTX_NO_SUCH_OBJECT, 0);
    end_of(&p);
    assert_int_equal(w->gets, 0);
    world_free(w);
}

static void test_getnext(void **state)
{
    (void)state;
    static const struct {
        uint32_t start;
        bool include;
        uint32_t end, found;
    } rows[] = {{0, true, 0, 1}, {0, false, 1, 1}, {1, false, 1, 2},
                {1, true, 0, 1}, {2, false, 0, 4}, {4, false, 1, 5},
                {5, true, 1, 5}, {5, false, 1, 0}, {6, true, 0, 0}};
    struct world *w = ready(false);
    struct request q;
    for (size_t i = 0; i < COUNT(rows); i++) {
        request_begin(&q, AGENTX_PDU_GETNEXT, 1, (uint32_t)i, true, NULL);
        request_range(&q, rows[i].start, rows[i].include, rows[i].end);
        request_send(w, &q);
        struct pdu p = reply(w, 0, 0);
        if (rows[i].found > 0)
            expect_vb(&p, rows[i].found, AGENTX_INTEGER, 10 * (int32_t)rows[i].found);
        else
            expect_vb(&p, rows[i].start, AGENTX_END_OF_MIB_VIEW, 0);
        end_of(&p);
    }
    /* Answers that do not follow, or lie outside, never reach the master. */
    for (w->put_wrong = 1; w->put_wrong <= 2; w->put_wrong++) {
        request_begin(&q, AGENTX_PDU_GETNEXT, 1, 99, true, NULL);
        request_range(&q, 1, true, 0);
        request_send(w, &q);
        struct pdu p = reply(w, 0, 0);
        expect_vb(&p, 1, AGENTX_END_OF_MIB_VIEW, 0);
        end_of(&p);
    }
    world_free(w);
}

/* From one registration to the next one of the same context. */
static void test_getnext_crosses_registrations(void **state)
{
    (void)state;
    static const uint32_t before[] = {1, 3, 6, 1, 2, 1, 33};
    struct world *w = ready(false);
    assert_non_null(agentx_register(w->s, NULL, before, COUNT(before), 0, NULL));
    take(w, AGENTX_PDU_REGISTER, 0);
    struct request q;
    request_begin(&q, AGENTX_PDU_GETNEXT, 1, 1, true, NULL);
    agentx_write_oid(&q.out, before, COUNT(before), false);
    agentx_write_oid(&q.out, NULL, 0, false);
    request_send(w, &q);
    struct pdu p = reply(w, 0, 0);
    expect_vb(&p, 1, AGENTX_INTEGER, 10);
    end_of(&p);
    /* ... but not past the range's end. */
    request_begin(&q, AGENTX_PDU_GETNEXT, 1, 1, true, NULL);
    agentx_write_oid(&q.out, before, COUNT(before), false);
    agentx_write_oid(&q.out, subtree, SUBTREE, false);
    request_send(w, &q);
    p = reply(w, 0, 0);
    expect_vb(&p, 0, AGENTX_END_OF_MIB_VIEW, 0);
    end_of(&p);
    world_free(w);
}

static void test_getbulk(void **state)
{
    (void)state;
    struct world *w = ready(false);
    struct request q;
    request_begin(&q, AGENTX_PDU_GETBULK, 1, 1, false, NULL);
    agentx_write_u16(&q.out, 1);
    agentx_write_u16(&q.out, 10);
    request_range(&q, 0, true, 1);
    request_range(&q, 1, false, 1);
    request_range(&q, 4, false, 1);
    request_send(w, &q);
    struct pdu p = reply(w, 0, 0);
    expect_vb(&p, 1, AGENTX_INTEGER, 10); /* the non-repeater */
    expect_vb(&p, 2, AGENTX_INTEGER, 20);
    expect_vb(&p, 5, AGENTX_INTEGER, 50);
    expect_vb(&p, 4, AGENTX_INTEGER, 40);
    expect_vb(&p, 5, AGENTX_END_OF_MIB_VIEW, 0);
    expect_vb(&p, 5, AGENTX_INTEGER, 50);
    expect_vb(&p, 5, AGENTX_END_OF_MIB_VIEW, 0);
    expect_vb(&p, 5, AGENTX_END_OF_MIB_VIEW, 0);
    expect_vb(&p, 5, AGENTX_END_OF_MIB_VIEW, 0);
    end_of(&p);
    /* Many ranges, many repetitions: an answer of bounded size, whole VarBinds. */
    request_begin(&q, AGENTX_PDU_GETBULK, 1, 2, true, NULL);
    agentx_write_u16(&q.out, 0);
    agentx_write_u16(&q.out, 65535);
    for (int i = 0; i < 900; i++)
        request_range(&q, 1, false, 0);
    request_send(w, &q);
    p = reply(w, 0, 0);
    assert_in_range(p.h.length, 50000, 65536);
    struct agentx_varbind_in vb;
    while (p.r.p < p.r.end)
        assert_true(agentx_read_varbind(&p.r, &vb));
    end_of(&p);
    /* No ranges, no repetitions, more non-repeaters than ranges. */
    request_begin(&q, AGENTX_PDU_GETBULK, 1, 3, true, NULL);
    agentx_write_u32(&q.out, 0xffffffffu);
    request_send(w, &q);
    reply_only(w, 0, 0);
    request_begin(&q, AGENTX_PDU_GETBULK, 1, 3, true, NULL);
    agentx_write_u32(&q.out, 7u << 16);
    request_range(&q, 1, false, 0);
    request_send(w, &q);
    p = reply(w, 0, 0);
    expect_vb(&p, 2, AGENTX_INTEGER, 20);
    end_of(&p);
    world_free(w);
}

static void test_contexts(void **state)
{
    (void)state;
    struct world *w = ready(false);
    struct request q;
    char name[16];
    for (int i = 1; i <= 20; i++) {
        snprintf(name, sizeof name, "ups%d", i);
        agentx_register(w->s, name, subtree, SUBTREE, 0, (void *)(intptr_t)(1000 * i));
        take(w, AGENTX_PDU_REGISTER, 0);
    }
    for (int i = 0; i <= 21; i++) {
        snprintf(name, sizeof name, "ups%d", i);
        request_begin(&q, AGENTX_PDU_GET, 1, (uint32_t)i, true, i == 0 ? "" : name);
        request_range(&q, 2, false, 0);
        request_send(w, &q);
        if (i > 20) {
            reply_only(w, AGENTX_ERR_UNSUPPORTED_CONTEXT, 0);
            continue;
        }
        struct pdu p = reply(w, 0, 0);
        expect_vb(&p, 2, AGENTX_INTEGER, 1000 * i + 20);
        end_of(&p);
    }
    world_free(w);
}

/* --- tests: SET ---------------------------------------------------------------------------- */

static void send_set(struct world *w, enum agentx_pdu type, uint32_t transaction, uint32_t packet,
                     int32_t value)
{
    static const uint8_t text[] = "name";
    struct request q;
    uint32_t name[SUBTREE + 2];
    memcpy(name, subtree, sizeof subtree);
    name[SUBTREE] = 1;
    name[SUBTREE + 1] = 0;
    request_begin(&q, type, transaction, packet, true, NULL);
    if (type == AGENTX_PDU_TESTSET) {
        struct agentx_value v = {.type = AGENTX_INTEGER, .u.integer = value};
        agentx_write_varbind(&q.out, name, SUBTREE + 2, &v);
        name[SUBTREE] = 2;
        v = (struct agentx_value){.type = AGENTX_OCTET_STRING, .u.octets = {text, 4}};
        agentx_write_varbind(&q.out, name, SUBTREE + 2, &v);
        name[SUBTREE] = 4;
        v = (struct agentx_value){.type = AGENTX_OBJECT_IDENTIFIER, .u.oid = {subtree, SUBTREE}};
        agentx_write_varbind(&q.out, name, SUBTREE + 2, &v);
    }
    request_send(w, &q);
}

static void test_set(void **state)
{
    (void)state;
    struct world *w = ready(true);
    for (uint32_t t = 1; t <= 20; t++) {
        send_set(w, AGENTX_PDU_TESTSET, t, 10 * t, (int32_t)t);
        reply_only(w, 0, 0);
        assert_int_equal(w->set->count, 3);
        assert_int_equal(w->set->items[0].vb.value.u.integer, t);
        assert_memory_equal(w->set->items[1].vb.value.u.octets.data, "name", 4);
        assert_int_equal(w->set->items[2].vb.value.u.oid.len, SUBTREE);
        assert_int_equal(w->set->items[2].vb.oid[SUBTREE], 4);
        send_set(w, AGENTX_PDU_COMMITSET, t, 10 * t + 1, 0);
        reply_only(w, 0, 0);
        assert_int_equal(w->cleanups, t - 1);
        send_set(w, AGENTX_PDU_CLEANUPSET, t, 10 * t + 2, 0);
        expect_nothing(w); /* never answered */
        assert_int_equal(w->cleanups, t);
        assert_int_equal(w->outcome, AGENTX_SET_DONE);
    }
    assert_int_equal(w->tests, 20);
    assert_int_equal(w->commits, 20);
    assert_int_equal(w->undos, 0);
    world_free(w);
}

static void test_set_refused(void **state)
{
    (void)state;
    struct world *w = ready(true);
    w->test_answer = AGENTX_ERR_INCONSISTENT_VALUE;
    w->test_index = 2;
    send_set(w, AGENTX_PDU_TESTSET, 1, 1, 1);
    reply_only(w, AGENTX_ERR_INCONSISTENT_VALUE, 2);
    send_set(w, AGENTX_PDU_COMMITSET, 1, 2, 1); /* a master that does not care */
    reply_only(w, AGENTX_ERR_PROCESSING_ERROR, 0);
    send_set(w, AGENTX_PDU_CLEANUPSET, 1, 3, 1);
    expect_nothing(w);
    assert_int_equal(w->cleanups, 1);
    assert_int_equal(w->outcome, AGENTX_SET_RELEASED);
    assert_int_equal(w->commits, 0);
    world_free(w);
}

static void test_set_without_callbacks(void **state)
{
    (void)state;
    struct world *w = ready(false);
    send_set(w, AGENTX_PDU_TESTSET, 1, 1, 1);
    reply_only(w, AGENTX_ERR_NOT_WRITABLE, 1);
    send_set(w, AGENTX_PDU_CLEANUPSET, 1, 2, 1);
    expect_nothing(w);
    world_free(w);
}

static void test_set_outside(void **state)
{
    (void)state;
    struct world *w = ready(true);
    struct request q;
    static const uint32_t other[] = {1, 3, 6, 1, 2, 1, 33, 1};
    struct agentx_value v = {.type = AGENTX_INTEGER, .u.integer = 1};
    request_begin(&q, AGENTX_PDU_TESTSET, 1, 1, true, NULL);
    agentx_write_varbind(&q.out, subtree, SUBTREE, &v);
    agentx_write_varbind(&q.out, other, COUNT(other), &v);
    request_send(w, &q);
    reply_only(w, AGENTX_ERR_NOT_WRITABLE, 2);
    /* More objects than anyone sends: refused before they cost memory. */
    request_begin(&q, AGENTX_PDU_TESTSET, 2, 2, true, NULL);
    for (int i = 0; i < 1000; i++)
        agentx_write_varbind(&q.out, subtree, SUBTREE, &v);
    request_send(w, &q);
    reply_only(w, AGENTX_ERR_RESOURCE_UNAVAILABLE, 1);
    assert_int_equal(w->tests, 0);
    world_free(w);
}

static void test_set_late_commit(void **state)
{
    (void)state;
    struct world *w = ready(true);
    w->commit_answer = AGENTX_PENDING;
    for (int error = 0; error <= AGENTX_ERR_COMMIT_FAILED; error += AGENTX_ERR_COMMIT_FAILED) {
        uint32_t t = 1 + (uint32_t)error;
        send_set(w, AGENTX_PDU_TESTSET, t, 1, 1);
        reply_only(w, 0, 0);
        send_set(w, AGENTX_PDU_COMMITSET, t, 2, 1);
        expect_nothing(w);
        /* Re-sent, as snmpd does after a second: nothing happens twice. */
        send_set(w, AGENTX_PDU_COMMITSET, t, 2, 1);
        expect_nothing(w);
        assert_true(agentx_commit_done(w->s, w->serial, error));
        assert_false(agentx_commit_done(w->s, w->serial, error));
        reply_only(w, (uint16_t)error, error != 0);
        /* A copy that comes after the answer gets it again. */
        send_set(w, AGENTX_PDU_COMMITSET, t, 2, 1);
        reply_only(w, (uint16_t)error, error != 0);
        expect_nothing(w);
        send_set(w, error == 0 ? AGENTX_PDU_CLEANUPSET : AGENTX_PDU_UNDOSET, t, 3, 1);
        if (error != 0)
            reply_only(w, 0, 0);
        expect_nothing(w);
    }
    assert_int_equal(w->commits, 2);
    assert_int_equal(w->undos, 0); /* the commit that failed had changed nothing */
    assert_int_equal(w->cleanups, 2);
    assert_false(agentx_commit_done(w->s, 4711, 0));
    world_free(w);
}

static void test_set_resent(void **state)
{
    (void)state;
    struct world *w = ready(true);
    for (int i = 0; i < 3; i++) {
        send_set(w, AGENTX_PDU_TESTSET, 1, 1, 1);
        reply_only(w, 0, 0);
    }
    for (int i = 0; i < 3; i++) {
        send_set(w, AGENTX_PDU_COMMITSET, 1, 2, 1);
        reply_only(w, 0, 0);
    }
    /* Another TestSet under the same number while it is open is against the rules. */
    send_set(w, AGENTX_PDU_TESTSET, 1, 5, 99);
    reply_only(w, AGENTX_ERR_PROCESSING_ERROR, 0);
    for (int i = 0; i < 3; i++) {
        send_set(w, AGENTX_PDU_UNDOSET, 1, 3, 1);
        reply_only(w, 0, 0);
    }
    /* Late copies after the end. */
    send_set(w, AGENTX_PDU_TESTSET, 1, 1, 1);
    reply_only(w, 0, 0);
    send_set(w, AGENTX_PDU_COMMITSET, 1, 2, 1);
    reply_only(w, 0, 0);
    assert_int_equal(w->tests, 1);
    assert_int_equal(w->commits, 1);
    assert_int_equal(w->undos, 1);
    assert_int_equal(w->cleanups, 1);
    assert_int_equal(w->outcome, AGENTX_SET_UNDONE);
    /* The number, used anew with another packet, is a new SET. */
    send_set(w, AGENTX_PDU_TESTSET, 1, 100, 1);
    reply_only(w, 0, 0);
    assert_int_equal(w->tests, 2);
    world_free(w);
}

static void test_set_out_of_order(void **state)
{
    (void)state;
    struct world *w = ready(true);
    send_set(w, AGENTX_PDU_COMMITSET, 9, 1, 1); /* nothing tested */
    reply_only(w, AGENTX_ERR_PROCESSING_ERROR, 0);
    send_set(w, AGENTX_PDU_UNDOSET, 9, 1, 1);
    reply_only(w, AGENTX_ERR_PROCESSING_ERROR, 0);
    send_set(w, AGENTX_PDU_CLEANUPSET, 9, 1, 1);
    expect_nothing(w);
    assert_int_equal(w->tests + w->commits + w->undos + w->cleanups, 0);
    send_set(w, AGENTX_PDU_TESTSET, 1, 1, 1);
    reply_only(w, 0, 0);
    send_set(w, AGENTX_PDU_UNDOSET, 1, 2, 1); /* undo without commit */
    reply_only(w, 0, 0);
    assert_int_equal(w->undos, 0);
    assert_int_equal(w->cleanups, 1);
    assert_int_equal(w->outcome, AGENTX_SET_RELEASED);
    /* Undo while the commit is still under way. */
    w->commit_answer = AGENTX_PENDING;
    w->undo_answer = AGENTX_ERR_UNDO_FAILED;
    send_set(w, AGENTX_PDU_TESTSET, 2, 1, 1);
    reply_only(w, 0, 0);
    send_set(w, AGENTX_PDU_COMMITSET, 2, 2, 1);
    send_set(w, AGENTX_PDU_UNDOSET, 2, 3, 1);
    reply_only(w, AGENTX_ERR_UNDO_FAILED, 1);
    assert_false(agentx_commit_done(w->s, w->serial, 0));
    expect_nothing(w);
    assert_int_equal(w->undos, 1);
    assert_int_equal(w->cleanups, 2);
    world_free(w);
}

static void test_set_lost(void **state)
{
    (void)state;
    struct world *w = ready(true);
    w->commit_answer = AGENTX_PENDING;
    send_set(w, AGENTX_PDU_TESTSET, 1, 1, 1);
    reply_only(w, 0, 0);
    send_set(w, AGENTX_PDU_COMMITSET, 1, 2, 1);
    expect_nothing(w);
    close(w->conn);
    w->conn = -1;
    spin(w);
    assert_int_equal(w->cleanups, 1);
    assert_int_equal(w->outcome, AGENTX_SET_LOST);
    assert_false(agentx_commit_done(w->s, w->serial, 0));
    w->now += 100;
    master_accept(w);
    take(w, AGENTX_PDU_OPEN, 0);
    take(w, AGENTX_PDU_REGISTER, 0);
    /* Never finished by the master: given up after a minute, others are served meanwhile. */
    w->commit_answer = 0;
    send_set(w, AGENTX_PDU_TESTSET, 2, 3, 1);
    reply_only(w, 0, 0);
    assert_int_equal(w->cleanups, 1);
    w->now += 4000;
    assert_true(agentx_next_timeout(w->s) <= w->now + 60000);
    for (int i = 0; i < 12; i++) {
        w->now += 5000;
        struct pdu p;
        spin(w);
        if (master_read(w, &p)) {
            answer(w, &p, 0, 1);
            free(p.payload);
        }
    }
    assert_int_equal(w->cleanups, 2);
    assert_int_equal(w->outcome, AGENTX_SET_LOST);
    /* All slots taken by SETs that are never finished: refused, not evicted. */
    for (uint32_t t = 10; t < 18; t++) {
        send_set(w, AGENTX_PDU_TESTSET, t, t, 1);
        reply_only(w, 0, 0);
    }
    send_set(w, AGENTX_PDU_TESTSET, 18, 18, 1);
    reply_only(w, AGENTX_ERR_RESOURCE_UNAVAILABLE, 1);
    w->cb.cleanup = NULL; /* serials differ from here on */
    world_free(w);
}

/* --- tests: notifications ------------------------------------------------------------------ */

static int notify(struct world *w, uintptr_t cookie)
{
    static const uint32_t trap_oid[] = {1, 3, 6, 1, 6, 3, 1, 1, 4, 1, 0};
    struct agentx_varbind vb = {
        trap_oid, COUNT(trap_oid), {.type = AGENTX_OBJECT_IDENTIFIER, .u.oid = {subtree, SUBTREE}}};
    return agentx_notify(w->s, "ups1", &vb, 1, (void *)cookie);
}

static void test_notify(void **state)
{
    (void)state;
    struct world *w = ready(false);
    struct pdu p[AGENTX_NOTIFY_WINDOW];
    for (uintptr_t i = 0; i < AGENTX_NOTIFY_WINDOW; i++)
        assert_int_equal(notify(w, i), 0);
    assert_int_equal(notify(w, 99), AGENTX_WINDOW_FULL);
    assert_int_equal(agentx_notify_pending(w->s), AGENTX_NOTIFY_WINDOW);
    for (size_t i = 0; i < AGENTX_NOTIFY_WINDOW; i++)
        p[i] = expect(w, AGENTX_PDU_NOTIFY);
    assert_true((p[0].h.flags & AGENTX_FLAG_NON_DEFAULT_CONTEXT) != 0);
    assert_memory_equal(p[0].payload, "\0\0\0\4ups1\0\6\0\0", 12);
    answer(w, &p[0], 0, 1);
    spin(w);
    assert_int_equal(w->notified_count, 1);
    assert_int_equal(w->last_result, 0);
    answer(w, &p[1], AGENTX_ERR_PROCESSING_ERROR, 1);
    spin(w);
    assert_int_equal(w->last_result, AGENTX_ERR_PROCESSING_ERROR);
    assert_int_equal(notify(w, 100), 0);
    /* The master dies: each open one is reported lost, once, in order. */
    close(w->conn);
    w->conn = -1;
    spin(w);
    assert_int_equal(w->notified_count, AGENTX_NOTIFY_WINDOW + 1);
    for (size_t i = 0; i < AGENTX_NOTIFY_WINDOW; i++)
        assert_int_equal(w->notified[i], i);
    assert_int_equal(w->notified[AGENTX_NOTIFY_WINDOW], 100);
    assert_int_equal(w->last_result, AGENTX_LOST);
    assert_int_equal(notify(w, 101), AGENTX_NOT_READY);
    /* Not before the registrations are answered. */
    w->now += 100;
    master_accept(w);
    take(w, AGENTX_PDU_OPEN, 0);
    spin(w);
    assert_int_equal(notify(w, 102), AGENTX_NOT_READY);
    take(w, AGENTX_PDU_REGISTER, 0);
    spin(w);
    assert_int_equal(notify(w, 103), 0);
    for (size_t i = 0; i < AGENTX_NOTIFY_WINDOW; i++)
        free(p[i].payload);
    world_free(w);
}

static void test_notify_invalid(void **state)
{
    (void)state;
    struct world *w = ready(false);
    struct agentx_varbind vb = {subtree, SUBTREE, {.type = 3}};
    assert_int_equal(agentx_notify(w->s, NULL, &vb, 1, NULL), AGENTX_INVALID);
    vb.value.type = AGENTX_NULL;
    vb.oid_len = AGENTX_OID_MAX + 1;
    assert_int_equal(agentx_notify(w->s, NULL, &vb, 1, NULL), AGENTX_INVALID);
    expect_nothing(w);
    /* In the middle of an answer it has to wait. */
    struct request q;
    w->notify_in_get = 1;
    request_begin(&q, AGENTX_PDU_GET, 1, 1, true, NULL);
    request_range(&q, 1, false, 0);
    request_send(w, &q);
    struct pdu p = reply(w, 0, 0);
    expect_vb(&p, 1, AGENTX_INTEGER, 10);
    end_of(&p);
    assert_int_equal(w->last_result, AGENTX_WINDOW_FULL);
    world_free(w);
}

/* --- tests: bad masters -------------------------------------------------------------------- */

static void test_parse_errors(void **state)
{
    (void)state;
    /* Payloads of well-framed PDUs of session 77; each is answered parseError and the session goes
     * on. */
    static const struct {
        enum agentx_pdu type;
        uint8_t flags;
        uint8_t len;
        const char *payload;
    } rows[] = {
        {AGENTX_PDU_GET, 0, 4, "\1\2\0\0"},             /* OID short */
        {AGENTX_PDU_GET, 0, 4, "\xff\0\0\0"},           /* OID huge */
        {AGENTX_PDU_GET, 0, 4, "\0\0\0\0"},             /* no end of range */
        {AGENTX_PDU_GETNEXT, 0, 8, "\0\0\7\0\0\0\0\0"}, /* include 7 */
        {AGENTX_PDU_GETBULK, 0, 0, ""},                 /* no counts */
        {AGENTX_PDU_GETBULK, 0, 8, "\0\0\0\1\1\0\0\0"}, /* range short */
        {AGENTX_PDU_GET, 8, 4, "\xff\xff\xff\xff"},     /* context of 4 GiB */
        {AGENTX_PDU_GET, 8, 0, ""},                     /* no context */
        {AGENTX_PDU_GET, 8, 4, "\0\0\0\1"},             /* context cut */
        {AGENTX_PDU_TESTSET, 0, 0, ""},                 /* nothing to set */
        {AGENTX_PDU_TESTSET, 0, 8, "\0\3\0\0\0\0\0\0"}, /* unknown type */
        {AGENTX_PDU_TESTSET, 0, 12, "\0\4\0\0\0\0\0\0\xff\xff\xff\xfd"},
        {(enum agentx_pdu)0, 0, 0, ""},
        {(enum agentx_pdu)19, 0, 0, ""},
        {(enum agentx_pdu)255, 0, 4, "abcd"},
        {AGENTX_PDU_OPEN, 0, 0, ""}, /* what only subagents send */
        {AGENTX_PDU_REGISTER, 0, 0, ""},
        {AGENTX_PDU_NOTIFY, 0, 0, ""},
        {AGENTX_PDU_PING, 0, 0, ""},
    };
    struct world *w = ready(true);
    for (size_t i = 0; i < COUNT(rows); i++) {
        uint8_t bytes[AGENTX_HEADER_SIZE + 16] = {
            1, (uint8_t)rows[i].type, AGENTX_FLAG_NETWORK_BYTE_ORDER | rows[i].flags, 0};
        bytes[7] = SESSION;
        bytes[19] = rows[i].len;
        memcpy(bytes + AGENTX_HEADER_SIZE, rows[i].payload, rows[i].len);
        master_write(w, bytes, AGENTX_HEADER_SIZE + rows[i].len);
        reply_only(w, AGENTX_ERR_PARSE_ERROR, 0);
    }
    assert_int_equal(agentx_session_stats(w->s)->parse_errors, COUNT(rows));
    assert_int_equal(agentx_session_state(w->s), AGENTX_READY);
    assert_int_equal(w->tests, 0);
    world_free(w);
}

static void test_wrong_session(void **state)
{
    (void)state;
    struct world *w = ready(true);
    struct request q;
    for (int type = AGENTX_PDU_GET; type <= AGENTX_PDU_CLEANUPSET; type++) {
        request_begin(&q, (enum agentx_pdu)type, 1, 1, true, NULL);
        q.out.data[7] = SESSION + 1;
        request_send(w, &q);
        if (type != AGENTX_PDU_CLEANUPSET)
            reply_only(w, AGENTX_ERR_NOT_OPEN, 0);
    }
    expect_nothing(w);
    assert_int_equal(w->gets, 0);
    /* Responses to nothing, and of another session, are ignored. */
    request_begin(&q, AGENTX_PDU_RESPONSE, 1, 4711, true, NULL);
    agentx_write_response(&q.out, 0, AGENTX_ERR_NOT_OPEN, 0);
    request_send(w, &q);
    expect_nothing(w);
    assert_int_equal(agentx_session_state(w->s), AGENTX_READY);
    world_free(w);
}

static void test_bad_framing(void **state)
{
    (void)state;
    static const uint8_t bad[][AGENTX_HEADER_SIZE] = {
        {2, 5, 0x10, 0, 0, 0, 0, SESSION}, /* version */
        {1, 5, 0x10, 0, 0, 0, 0, SESSION, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xfc},
        {1, 5, 0x10, 0, 0, 0, 0, SESSION, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 4}, /* 64 KiB + 4 */
        {1, 5, 0x10, 0, 0, 0, 0, SESSION, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2}, /* no multiple */
        "HTTP/1.1 400 Bad Re",
    };
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct world *w = ready(false);
        master_write(w, bad[i], sizeof bad[i]);
        spin(w);
        assert_int_equal(agentx_session_state(w->s), AGENTX_DISCONNECTED);
        world_free(w);
    }
    /* A Response without its fixed part, to a request that waits. */
    struct world *w = ready(false);
    w->now += 5000;
    struct pdu p = expect(w, AGENTX_PDU_PING);
    struct request q;
    request_begin(&q, AGENTX_PDU_RESPONSE, 1, p.h.packet, true, NULL);
    agentx_write_u32(&q.out, 0);
    request_send(w, &q);
    spin(w);
    assert_int_equal(agentx_session_state(w->s), AGENTX_DISCONNECTED);
    free(p.payload);
    world_free(w);
}

/* The stream cut at every byte, and many PDUs in one write, in changing byte order. */
static void test_fragments(void **state)
{
    (void)state;
    struct world *w = ready(false);
    struct request q, all = {.out = {.max = 1u << 20}};
    for (uint32_t i = 0; i < 40; i++) {
        request_begin(&q, AGENTX_PDU_GET, i, i, i % 3 == 0, NULL);
        request_range(&q, 1 + i % 2, false, 0);
        agentx_pdu_end(&q.out, q.at);
        if (i < 20) {
            for (size_t b = 0; b < q.out.len; b++) {
                master_write(w, q.out.data + b, 1);
                spin(w);
            }
            struct pdu p = reply(w, 0, 0);
            expect_vb(&p, 1 + i % 2, AGENTX_INTEGER, 10 + 10 * (int32_t)(i % 2));
            end_of(&p);
        } else {
            assert_true(agentx_writer_reserve(&all.out, q.out.len));
            memcpy(all.out.data + all.out.len, q.out.data, q.out.len);
            all.out.len += q.out.len;
        }
        agentx_writer_free(&q.out);
    }
    master_write(w, all.out.data, all.out.len);
    agentx_writer_free(&all.out);
    for (uint32_t i = 20; i < 40; i++) {
        struct pdu p = reply(w, 0, 0);
        assert_int_equal(p.h.packet, i);
        assert_int_equal(p.h.flags, i % 3 == 0 ? AGENTX_FLAG_NETWORK_BYTE_ORDER : 0);
        free(p.payload);
    }
    world_free(w);
}

/* A master that asks and does not read: the session stops reading, then goes on where it was. */
static void test_backpressure(void **state)
{
    (void)state;
    struct world *w = ready(false);
    struct request q;
    uint32_t sent = 0;
    request_begin(&q, AGENTX_PDU_GET, 1, 1, true, NULL);
    for (int i = 0; i < 700; i++)
        request_range(&q, 1, false, 0);
    agentx_pdu_end(&q.out, q.at);
    for (;;) {
        struct pollfd f = {w->conn, POLLOUT, 0};
        if (poll(&f, 1, 0) <= 0)
            break;
        q.out.data[15] = (uint8_t)sent;
        ssize_t n = send(w->conn, q.out.data, q.out.len, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (n < 0)
            break;
        assert_int_equal(n, q.out.len);
        sent++;
        spin(w);
        assert_in_range(sent, 1, 1000);
    }
    assert_true(sent > 20);
    assert_int_equal(agentx_events(w->s) & POLLIN, 0);
    assert_int_equal(agentx_events(w->s) & POLLOUT, POLLOUT);
    uint64_t served = agentx_session_stats(w->s)->gets;
    assert_true(served < sent);
    /* 1 MiB in the session, a little in the socket. */
    assert_in_range(served * 20000, 1u << 19, 8u << 20);
    for (uint32_t i = 0; i < sent; i++) {
        struct pdu p = reply(w, 0, 0);
        assert_int_equal(p.h.packet & 255, i & 255);
        free(p.payload);
    }
    expect_nothing(w);
    assert_int_equal(agentx_session_stats(w->s)->gets, sent);
    assert_int_equal(agentx_events(w->s), POLLIN);
    /* If it never reads again the session is dropped. */
    for (;;) {
        if (send(w->conn, q.out.data, q.out.len, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
            break;
        spin(w);
    }
    assert_int_equal(agentx_events(w->s) & POLLIN, 0);
    w->now += 29000;
    spin(w);
    assert_int_equal(agentx_session_state(w->s), AGENTX_READY);
    w->now += 1000;
    spin(w);
    assert_int_equal(agentx_session_state(w->s), AGENTX_DISCONNECTED);
    agentx_writer_free(&q.out);
    world_free(w);
}

static const char long_path[] = "unix:/0123456789012345678901234567890123456789012345678901234567"
                                "890123456789012345678901234567890123456789012345678901234567890";

static void test_addresses(void **state)
{
    (void)state;
    static const char *const good[] = {
        "unix:/var/agentx/master", "/var/agentx/master", "./relative",
        "tcp:127.0.0.1:705",       "tcp:localhost:705",  "tcp:[::1]:705"};
    static const char *const bad[] = {"",
                                      "carrier-pigeon:9",
                                      "unix:",
                                      "tcp:",
                                      "tcp:localhost",
                                      "tcp:localhost:0",
                                      "tcp:localhost:65536",
                                      "tcp:localhost:7x",
                                      "tcp:ups.example:705",
                                      "tcp::705",
                                      "tcp:127.0.0.1:",
                                      "tcp:1.2.3:705",
                                      long_path};
    char error[160];
    for (size_t i = 0; i < COUNT(good); i++)
        assert_true(agentx_address_check(good[i], error, sizeof error));
    for (size_t i = 0; i < COUNT(bad); i++) {
        error[0] = '\0';
        if (agentx_address_check(bad[i], error, sizeof error))
            fail_msg("accepted %s", bad[i]);
        assert_true(strlen(error) > 10);
    }
    struct agentx_config config = {.address = "tcp:ups.example:705"};
    struct agentx_callbacks cb = {.get = NULL};
    assert_null(agentx_new(&config, error, sizeof error));
    config.callbacks = &cb;
    assert_null(agentx_new(&config, error, sizeof error));
    cb.get = on_get;
    assert_null(agentx_new(&config, error, sizeof error));
    assert_non_null(strstr(error, "numeric"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_open),
        cmocka_unit_test(test_open_refused),
        cmocka_unit_test(test_registrations),
        cmocka_unit_test(test_refused_registration),
        cmocka_unit_test(test_no_master),
        cmocka_unit_test(test_flapping_master_does_not_flood_the_log),
        cmocka_unit_test(test_ping),
        cmocka_unit_test(test_close_by_master),
        cmocka_unit_test(test_tcp),
        cmocka_unit_test(test_get),
        cmocka_unit_test(test_getnext),
        cmocka_unit_test(test_getnext_crosses_registrations),
        cmocka_unit_test(test_getbulk),
        cmocka_unit_test(test_contexts),
        cmocka_unit_test(test_set),
        cmocka_unit_test(test_set_refused),
        cmocka_unit_test(test_set_without_callbacks),
        cmocka_unit_test(test_set_outside),
        cmocka_unit_test(test_set_late_commit),
        cmocka_unit_test(test_set_resent),
        cmocka_unit_test(test_set_out_of_order),
        cmocka_unit_test(test_set_lost),
        cmocka_unit_test(test_notify),
        cmocka_unit_test(test_notify_invalid),
        cmocka_unit_test(test_parse_errors),
        cmocka_unit_test(test_wrong_session),
        cmocka_unit_test(test_bad_framing),
        cmocka_unit_test(test_fragments),
        cmocka_unit_test(test_backpressure),
        cmocka_unit_test(test_addresses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
