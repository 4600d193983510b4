/* SPDX-License-Identifier: BSD-2-Clause */
/* A session's life: connect, open, ready, lost, again. What the clock makes happen. See session.h.
 */
#include "private.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#define DEFAULT_RECONNECT_MS 100
#define DEFAULT_PING_MS      5000
#define DEFAULT_ANSWER_MS    30000
#define DEFAULT_OUTPUT_LIMIT (1u << 20)
/* Beyond the limit there must be room for the answers to what was read already, each a PDU at most,
   and for the windows' own requests. */
#define OUTPUT_RESERVE (4u << 20)
/* A master that refuses our Open is asked again this often (ms). */
#define OPEN_RETRY_MS 5000
/* How far the master's sysUpTime may seem to stray before it is believed. */
#define UPTIME_SLACK_MS 500
/* Log lines: this many at once, one more each so many ms; repetition of the same failure after a
   minute, then ever more seldom, at last once an hour. */
#define LOG_BURST     30
#define LOG_REFILL_MS 5000
#define LOG_REPEAT_MS 60000
#define LOG_SELDOM_MS 3600000

int64_t agentx__clock(const struct agentx_session *s)
{
    struct timespec t;
    if (s->config.clock != NULL)
        return s->config.clock(s->config.arg);
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static bool may_log(struct agentx_session *s)
{
    int64_t refill = (s->now - s->log_tokens_at) / LOG_REFILL_MS;
    if (refill > 0) {
        s->log_tokens =
            refill > LOG_BURST - s->log_tokens ? LOG_BURST : s->log_tokens + (int)refill;
        s->log_tokens_at += refill * LOG_REFILL_MS;
    }
    if (s->log_tokens == 0) {
        s->log_left_out++;
        return false;
    }
    s->log_tokens--;
    return true;
}

void agentx__log(struct agentx_session *s, int level, const char *format, ...)
{
    char text[512];
    va_list ap;
    if (s->config.log == NULL || !may_log(s))
        return;
    if (s->log_left_out > 0) {
        snprintf(text, sizeof text, "AgentX: %u messages left out", s->log_left_out);
        s->log_left_out = 0;
        s->config.log(s->config.arg, LOG_NOTICE, text);
    }
    va_start(ap, format);
    vsnprintf(text, sizeof text, format, ap);
    va_end(ap);
    s->config.log(s->config.arg, level, text);
}

void agentx__set_state(struct agentx_session *s, enum agentx_state state)
{
    if (s->state == state)
        return;
    s->state = state;
    if (s->cb->state != NULL)
        s->cb->state(s->config.arg, state);
}

/* --- making and ending --------------------------------------------------------------------- */

static bool copy_config(struct agentx_session *s, const struct agentx_config *config)
{
    s->config = *config;
    s->cb = config->callbacks;
    s->address_text = strdup(config->address);
    s->description = strdup(config->description != NULL ? config->description : "");
    s->id = calloc(config->id_len + 1, sizeof *s->id);
    if (s->address_text == NULL || s->description == NULL || s->id == NULL)
        return false;
    if (config->id_len > 0)
        memcpy(s->id, config->id, config->id_len * sizeof *s->id);
    if (s->config.reconnect_ms <= 0)
        s->config.reconnect_ms = DEFAULT_RECONNECT_MS;
    if (s->config.ping_ms <= 0)
        s->config.ping_ms = DEFAULT_PING_MS;
    if (s->config.answer_ms <= 0)
        s->config.answer_ms = DEFAULT_ANSWER_MS;
    if (s->config.output_limit == 0)
        s->config.output_limit = DEFAULT_OUTPUT_LIMIT;
    return true;
}

struct agentx_session *agentx_new(const struct agentx_config *config, char *error, size_t size)
{
    struct agentx_address address;
    if (config->callbacks == NULL || config->callbacks->get == NULL) {
        snprintf(error, size, "no get callback");
        return NULL;
    }
    if (config->id_len > AGENTX_OID_MAX) {
        snprintf(error, size, "the subagent's OID has more than 128 sub-identifiers");
        return NULL;
    }
    if (!agentx_address_parse(config->address, &address, error, size))
        return NULL;
    struct agentx_session *s = calloc(1, sizeof *s);
    if (s == NULL || !copy_config(s, config)) {
        snprintf(error, size, "out of memory");
        agentx_free(s);
        return NULL;
    }
    s->address = address;
    s->fd = -1;
    s->stalled_at = -1;
    s->next_packet = 1;
    s->out.max = s->config.output_limit + OUTPUT_RESERVE;
    s->items_tail = &s->items;
    s->retry_at = INT64_MAX;
    s->now = agentx__clock(s);
    s->due_at = s->now;
    s->log_tokens = LOG_BURST;
    s->log_tokens_at = s->now;
    return s;
}

/* Tells the application what became of its open notifications and SETs, forgets all else of the
 * connection. */
static void end_connection(struct agentx_session *s)
{
    struct request lost[MAX_REQUESTS];
    size_t count = s->request_count;
    memcpy(lost, s->requests, count * sizeof lost[0]);
    if (s->fd >= 0)
        close(s->fd);
    s->fd = -1;
    s->session_id = 0;
    s->uptime_known = false;
    s->request_count = s->items_pending = s->notify_pending = 0;
    agentx__wire_reset(s);
    agentx__items_lost(s);
    agentx__sets_lost(s);
    for (size_t i = 0; i < count; i++)
        if (lost[i].kind == REQUEST_NOTIFY && s->cb->notified != NULL)
            s->cb->notified(s->config.arg, lost[i].ref, AGENTX_LOST);
}

static void send_close(struct agentx_session *s, enum agentx_reason reason)
{
    uint32_t packet;
    size_t offset = agentx__begin(s, AGENTX_PDU_CLOSE, NULL, &packet);
    agentx_write_u8(&s->out, (uint8_t)reason);
    agentx_write_u8(&s->out, 0);
    agentx_write_u16(&s->out, 0);
    if (agentx__end(s, offset))
        agentx__flush(s);
}

void agentx_free(struct agentx_session *s)
{
    if (s == NULL)
        return;
    if (s->cb != NULL && s->items_tail != NULL) {
        s->now = agentx__clock(s);
        if (s->state >= AGENTX_REGISTERING)
            send_close(s, AGENTX_REASON_SHUTDOWN);
        s->state = AGENTX_DISCONNECTED;
        end_connection(s);
        agentx__items_free(s);
    }
    agentx_writer_free(&s->out);
    free(s->in);
    free(s->address_text);
    free(s->description);
    free(s->id);
    free(s);
}

/* --- connecting ---------------------------------------------------------------------------- */

static void try_again(struct agentx_session *s, int64_t delay)
{
    s->due_at = s->now + delay;
    agentx__set_state(s, AGENTX_DISCONNECTED);
}

/* No master: said once, then again from time to time. */
static void report_failure(struct agentx_session *s, const char *why)
{
    if (strncmp(s->last_failure, why, sizeof s->last_failure - 1) == 0) {
        if (s->now < s->log_again_at)
            return;
        s->log_interval =
            s->log_interval * 10 > LOG_SELDOM_MS ? LOG_SELDOM_MS : s->log_interval * 10;
    } else {
        s->log_interval = LOG_REPEAT_MS;
        snprintf(s->last_failure, sizeof s->last_failure, "%s", why);
    }
    s->log_again_at = s->now + s->log_interval;
    agentx__log(s, LOG_WARNING, "AgentX: no master agent at %s: %s; trying on", s->address_text,
                why);
}

static void connect_failed(struct agentx_session *s, const char *why)
{
    if (s->fd >= 0)
        close(s->fd);
    s->fd = -1;
    report_failure(s, why);
    try_again(s, s->config.reconnect_ms);
}

void agentx__drop(struct agentx_session *s, const char *why)
{
    bool was_open = s->state >= AGENTX_REGISTERING;
    enum agentx_state before = s->state;
    s->state = AGENTX_DISCONNECTED;
    s->due_at = s->now + s->config.reconnect_ms;
    if (was_open)
        agentx__log(s, LOG_WARNING, "AgentX: lost the master agent at %s: %s", s->address_text,
                    why);
    else
        report_failure(s, why);
    end_connection(s);
    if (before != AGENTX_DISCONNECTED && s->cb->state != NULL)
        s->cb->state(s->config.arg, AGENTX_DISCONNECTED);
}

static void send_open(struct agentx_session *s)
{
    uint32_t packet;
    size_t offset = agentx__begin(s, AGENTX_PDU_OPEN, NULL, &packet);
    agentx_write_u8(&s->out, s->config.timeout);
    agentx_write_u8(&s->out, 0);
    agentx_write_u16(&s->out, 0);
    agentx_write_oid(&s->out, s->id, s->config.id_len, false);
    agentx_write_octets(&s->out, s->description, strlen(s->description));
    if (agentx__end(s, offset))
        agentx__request_sent(s, REQUEST_OPEN, packet, NULL);
    else
        agentx__drop(s, "out of memory");
}

static void connected(struct agentx_session *s)
{
    int on = 1;
    if (s->address.tcp)
        setsockopt(s->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    s->stats.connections++;
    s->last_heard = s->now;
    agentx__wire_reset(s);
    agentx__set_state(s, AGENTX_OPENING);
    send_open(s);
    agentx__flush(s);
}

static void start_connect(struct agentx_session *s)
{
    s->fd = socket(s->address.u.sa.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (s->fd < 0) {
        connect_failed(s, strerror(errno));
        return;
    }
    s->connection++;
    if (connect(s->fd, &s->address.u.sa, s->address.len) == 0) {
        connected(s);
    } else if (errno == EINPROGRESS) {
        s->due_at = s->now + s->config.answer_ms;
        agentx__set_state(s, AGENTX_CONNECTING);
    } else {
        /* EAGAIN: a hung master's accept queue is full. Each further try costs the master nothing.
         */
        connect_failed(s, errno == EAGAIN ? "it does not accept connections" : strerror(errno));
    }
}

static void finish_connect(struct agentx_session *s)
{
    int error = 0;
    socklen_t len = sizeof error;
    if (getsockopt(s->fd, SOL_SOCKET, SO_ERROR, &error, &len) != 0)
        error = errno;
    if (error != 0)
        connect_failed(s, strerror(error));
    else
        connected(s);
}

/* --- answers to our requests --------------------------------------------------------------- */

void agentx__request_sent(struct agentx_session *s, enum request_kind kind, uint32_t packet,
                          void *ref)
{
    struct request *q = &s->requests[s->request_count++];
    *q = (struct request){packet, kind, s->now, ref};
    if (kind == REQUEST_NOTIFY)
        s->notify_pending++;
    else if (kind == REQUEST_ITEM || kind == REQUEST_UNREGISTER)
        s->items_pending++;
}

static void opened(struct agentx_session *s, const struct agentx_header *h, int error)
{
    if (error != 0) {
        char why[80];
        snprintf(why, sizeof why, "it refuses to open a session: %s", agentx_error_name(error));
        agentx__drop(s, why);
        s->due_at = s->now + OPEN_RETRY_MS;
        return;
    }
    s->session_id = h->session;
    s->stats.opens++;
    s->last_failure[0] = '\0';
    agentx__set_state(s, AGENTX_REGISTERING);
    agentx__ready_check(s);
}

void agentx__ready_check(struct agentx_session *s)
{
    if (s->state != AGENTX_REGISTERING || s->wanted > 0 || s->items_pending > 0)
        return;
    agentx__log(s, LOG_INFO, "AgentX: session with the master agent at %s is ready",
                s->address_text);
    agentx__set_state(s, AGENTX_READY);
}

static void answered(struct agentx_session *s, const struct agentx_header *h,
                     const struct request *q, int error)
{
    switch (q->kind) {
    case REQUEST_OPEN: opened(s, h, error); break;
    case REQUEST_ITEM:
    case REQUEST_UNREGISTER:
        s->items_pending--;
        agentx__item_answered(s, q->ref, q->kind, error);
        agentx__ready_check(s);
        break;
    case REQUEST_NOTIFY:
        s->notify_pending--;
        if (s->cb->notified != NULL)
            s->cb->notified(s->config.arg, q->ref, error);
        break;
    case REQUEST_PING: break;
    }
}

/*
 * Every answer tells the master's sysUpTime, each with the answer's delay in it.  The first one is
 * the base, and stays it: TimeStamps must read the same each time.
 */
static void note_uptime(struct agentx_session *s, uint32_t uptime)
{
    int64_t epoch = s->now - (int64_t)uptime * 10;

    if (s->uptime_known && llabs(epoch - s->uptime_epoch) < UPTIME_SLACK_MS)
        return;
    s->uptime_known = true;
    s->uptime_epoch = epoch;
}

void agentx__response(struct agentx_session *s, const struct agentx_header *h,
                      struct agentx_reader *payload)
{
    uint32_t uptime;
    uint16_t error, index;
    size_t i = 0;
    while (i < s->request_count && s->requests[i].packet != h->packet)
        i++;
    /* An answer to nothing: late, or invented. */
    if (i == s->request_count)
        return;
    struct request q = s->requests[i];
    if (q.kind != REQUEST_OPEN && h->session != s->session_id)
        return;
    if (!agentx_read_u32(payload, &uptime) || !agentx_read_u16(payload, &error) ||
        !agentx_read_u16(payload, &index)) {
        agentx__drop(s, "the master sent a Response without a result");
        return;
    }
    if (error == AGENTX_ERR_NOT_OPEN && q.kind != REQUEST_OPEN) {
        agentx__drop(s, "the master does not know the session any more");
        return;
    }
    s->request_count--;
    memmove(&s->requests[i], &s->requests[i + 1], (s->request_count - i) * sizeof q);
    note_uptime(s, uptime);
    answered(s, h, &q, error);
}

/* --- the loop ------------------------------------------------------------------------------ */

int agentx_fd(const struct agentx_session *s)
{
    return s->fd;
}

uint32_t agentx_connection(const struct agentx_session *s)
{
    return s->connection;
}

short agentx_events(const struct agentx_session *s)
{
    if (s->fd < 0)
        return 0;
    if (s->state == AGENTX_CONNECTING)
        return POLLOUT;
    return (short)((agentx__throttled(s) ? 0 : POLLIN) | (agentx__unsent(s) > 0 ? POLLOUT : 0));
}

void agentx_handle(struct agentx_session *s, short revents)
{
    if (s->fd < 0 || revents == 0)
        return;
    s->now = agentx__clock(s);
    s->busy = true;
    if (s->state == AGENTX_CONNECTING) {
        finish_connect(s);
    } else {
        if ((revents & POLLOUT) != 0) {
            agentx__flush(s);
            agentx__work(s);
        }
        if (s->fd >= 0 && (revents & (POLLIN | POLLHUP | POLLERR)) != 0) {
            /* Throttled, we ask for no input: then this is the end of the connection. */
            if (agentx__throttled(s) && (revents & (POLLHUP | POLLERR)) != 0)
                agentx__drop(s, "the master closed the connection");
            else
                agentx__receive(s);
        }
    }
    s->busy = false;
}

void agentx__flush_soon(struct agentx_session *s)
{
    if (!s->busy && !s->building)
        agentx__flush(s);
}

static int64_t min64(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

int64_t agentx_next_timeout(const struct agentx_session *s)
{
    if (s->state == AGENTX_DISCONNECTED || s->state == AGENTX_CONNECTING)
        return s->due_at;
    int64_t at = INT64_MAX;
    if (s->request_count > 0)
        at = s->requests[0].sent_at + s->config.answer_ms;
    else if (s->state >= AGENTX_REGISTERING)
        at = s->last_heard + s->config.ping_ms;
    if (s->stalled_at >= 0)
        at = min64(at, s->stalled_at + s->config.answer_ms);
    if (s->state >= AGENTX_REGISTERING)
        at = min64(at, s->retry_at);
    return min64(at, agentx__sets_timeout(s));
}

static void ping(struct agentx_session *s)
{
    uint32_t packet;
    size_t offset = agentx__begin(s, AGENTX_PDU_PING, NULL, &packet);
    if (!agentx__end(s, offset))
        return;
    agentx__request_sent(s, REQUEST_PING, packet, NULL);
    s->stats.pings++;
}

/* An open connection's duties. */
static void tick_connected(struct agentx_session *s)
{
    if (s->request_count > 0 && s->now - s->requests[0].sent_at >= s->config.answer_ms) {
        agentx__drop(s, "the master does not answer");
        return;
    }
    if (s->stalled_at >= 0 && s->now - s->stalled_at >= s->config.answer_ms) {
        agentx__drop(s, "the master does not read");
        return;
    }
    if (s->state < AGENTX_REGISTERING)
        return;
    agentx__sets_tick(s);
    agentx__items_tick(s);
    agentx__items_pump(s);
    if (s->request_count == 0 && s->now - s->last_heard >= s->config.ping_ms)
        ping(s);
    agentx__flush(s);
}

void agentx_tick(struct agentx_session *s)
{
    s->now = agentx__clock(s);
    s->busy = true;
    if (s->state == AGENTX_DISCONNECTED) {
        if (s->now >= s->due_at)
            start_connect(s);
    } else if (s->state == AGENTX_CONNECTING) {
        if (s->now >= s->due_at)
            connect_failed(s, "no answer");
    } else {
        tick_connected(s);
    }
    s->busy = false;
}

/* --- what is known ------------------------------------------------------------------------- */

enum agentx_state agentx_session_state(const struct agentx_session *s)
{
    return s->state;
}

bool agentx_sysuptime(const struct agentx_session *s, int64_t now, uint32_t *ticks)
{
    if (!s->uptime_known || s->state < AGENTX_REGISTERING)
        return false;
    *ticks = (uint32_t)((now - s->uptime_epoch) / 10);
    return true;
}

bool agentx_uptime_epoch(const struct agentx_session *s, int64_t *epoch)
{
    if (!s->uptime_known || s->state < AGENTX_REGISTERING)
        return false;
    *epoch = s->uptime_epoch;
    return true;
}

const struct agentx_stats *agentx_session_stats(const struct agentx_session *s)
{
    return &s->stats;
}
