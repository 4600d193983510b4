/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The Q* family over a serial line (2400 8N1) or a serial server (tcp:HOST:PORT).
 *
 * Read raw, not by lines: a reply without its CR (bridges lose it) is taken when the line falls
 * silent behind it, and whoever asked decides whether it is whole.
 *
 * At 2400 bit/s a status line takes 200 ms, and to be woken for each of its bytes costs ten times
 * what the exchange itself does.  So the port notes how long the reply to a request was and how
 * fast its bytes came; when the first bytes of the next reply to that request are there, it lets
 * the time of the rest pass.  A reply that turns out otherwise is taken as ever, and makes it
 * forget.
 */
#include "qx_port.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum {
    SETTLE_MS = 1100, /* until the cable has its power from the modem lines */
    REPLY_MS = 1000,  /* to the first byte */
    NOTHING_MS = 500, /* the same where silence is the answer: an echo comes at once or never */
    GAP_MS = 250,     /* between bytes of one reply; a byte takes 4 ms, adapters collect 16 ms */
    REPLY_MOST_MS = 4000,
    WRITE_MS = 1000,
    QUIET_MS = 60, /* after trouble: a late reply must not pass as the next one */
    QUIET_MOST_MS = 600,
    CONNECT_MS = 2000,
};

enum {
    HABITS = 8,
    LEAD_SHARE = 32,
    LEAD_MOST_MS = 100,  /* UPSes think for longer, but not each time: it would be waited for */
    REST_MOST_MS = 1000, /* more, and byte_us has no room */
};

/* How the replies to one request come. */
struct habit {
    uint16_t request; /* see habit_of() */
    uint16_t bytes;   /* of the whole reply; 0: not known */
    uint16_t byte_us; /* from one byte to the next */
    uint16_t lead_ms; /* from the request to the first byte */
};

struct serial {
    struct qx_port port; /* first: what the engine sees */
    struct link *link;
    bool trouble;               /* the last exchange left the line uncertain */
    struct habit habit[HABITS]; /* by request: those of a poll share few places */
};

static int lost(struct serial *s, const char *what)
{
    struct drv *d = s->port.d;

    d->host->hang_up(d->host, d, s->link, true);
    s->link = NULL;
    return drv_fail(d, UPS_E_DISCONNECTED, "%s: %s", s->port.name, what);
}

static int64_t now_ms(void)
{
    return ups_now(&ups_clock_system); /* as link_wait(): what the kernel waits for is real time */
}

/* -- out -------------------------------------------------------------------------------------- */

/* What came before this request belongs to another; what is not out by now is too late. */
static int clear(struct serial *s)
{
    enum ups_error err = UPS_OK;
    int n;

    if (s->trouble)
        err = link_settle(s->link, QUIET_MS, QUIET_MOST_MS);
    n = err == UPS_E_DISCONNECTED ? (int)err : link_drain(s->link);
    s->trouble = false;
    return n < 0 ? lost(s, "the port is gone") : 0;
}

static int send_line(struct serial *s, const uint8_t *line, size_t len)
{
    int64_t deadline = now_ms() + WRITE_MS;
    struct pollfd p = {.fd = s->link->fd, .events = POLLOUT};

    while (len > 0) {
        ssize_t n = write(s->link->fd, line, len);
        int64_t left = deadline - now_ms();

        if (n > 0) {
            line += n;
            len -= (size_t)n;
        } else if (n < 0 && errno != EAGAIN && errno != EINTR)
            return lost(s, strerror(errno));
        else if (left <= 0)
            return drv_fail(s->port.d, UPS_E_TIMEOUT, "%s: the request could not be sent",
                            s->port.name);
        else
            (void)poll(&p, 1, (int)left); /* an error shows at the next write */
    }
    return 0;
}

/* -- in --------------------------------------------------------------------------------------- */

/* Reads what is there behind reply[0..*len).  Line ends before the first byte are nobody's. */
static int take(struct serial *s, uint8_t *reply, size_t size, size_t *len)
{
    ssize_t n = read(s->link->fd, reply + *len, size - *len);

    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return 0;
    if (n <= 0)
        return lost(s, n == 0 ? "closed by the other side" : strerror(errno));
    *len += (size_t)n;
    size_t skip = 0;
    while (skip < *len && (reply[skip] == '\r' || reply[skip] == '\n'))
        skip++;
    *len -= skip;
    memmove(reply, reply + skip, *len);
    return 0;
}

/* The place of a request's habit, emptied if another request has it. */
static struct habit *habit_of(struct serial *s, const uint8_t *request, size_t len)
{
    uint32_t hash = 2166136261U; /* FNV-1a */

    for (size_t i = 0; i < len; i++)
        hash = (hash ^ request[i]) * 16777619U;
    struct habit *h = &s->habit[(hash >> 16) % HABITS];
    if (h->request != (uint16_t)hash)
        *h = (struct habit){.request = (uint16_t)hash};
    return h;
}

/* Lets the time pass in which a reply of which `len` bytes are there can't be whole. */
static void await_rest(const struct habit *h, size_t len)
{
    if (len < h->bytes)
        (void)poll(NULL, 0,
                   (int)((h->bytes - len) * h->byte_us / 1000) + (len == 0 ? h->lead_ms : 1));
}

/*
 * A reply of `len` bytes is whole.  `first` of them were there when it was first looked at, the
 * others came in rest_ms; lead_ms: when its first byte came, or -1 if that was before anybody
 * looked.  Of one that was there in time nobody knows how long it had been, so the next look is
 * somewhat earlier; when that is too early, it is known how much.
 */
static void learn(struct habit *h, size_t len, size_t first, int64_t lead_ms, int64_t rest_ms)
{
    int64_t lead = lead_ms;
    bool known = h->bytes == len;

    if (known && lead < 0 && first == len)
        lead = h->lead_ms - (h->lead_ms + LEAD_SHARE - 1) / LEAD_SHARE;
    else if (known && lead < 0)
        lead = h->lead_ms + (int64_t)(len - first) * h->byte_us / 1000;
    else if (!known && h->bytes == 0 && len > first && lead >= 0 && rest_ms <= REST_MOST_MS) {
        h->bytes = (uint16_t)len;
        h->byte_us = (uint16_t)(rest_ms * 1000 / (int64_t)(len - first));
    } else if (!known) {
        h->bytes = 0;
        lead = 0;
    }
    h->lead_ms = (uint16_t)(lead < LEAD_MOST_MS ? lead : LEAD_MOST_MS);
}

static bool whole(const uint8_t *reply, size_t len)
{
    return memchr(reply, '\r', len) != NULL;
}

/* What has come by the time at which the reply should be there, if that is known. */
static int first_look(struct serial *s, const struct habit *h, uint8_t *reply, size_t size,
                      size_t *len)
{
    if (h->bytes == 0)
        return 0;
    await_rest(h, 0);
    return take(s, reply, size, len);
}

static int receive(struct serial *s, struct habit *h, int first_ms, uint8_t *reply, size_t size)
{
    int64_t start = now_ms(), end = start + first_ms, most = start + first_ms + REPLY_MOST_MS;
    int64_t began = start, lead = -1;
    size_t len = 0, first;

    if (first_look(s, h, reply, size, &len) < 0)
        return UPS_E_DISCONNECTED;
    first = len;
    while (len < size && !whole(reply, len)) {
        if (len > 0)
            await_rest(h, len);
        int64_t now = now_ms();
        enum ups_error err = link_wait(s->link, end > now ? (int)(end - now) : 0);

        if (err == UPS_E_TIMEOUT) {
            s->trouble = true;
            h->bytes = 0;
            return (int)len;
        }
        if (err)
            return lost(s, "the port is gone");
        if (take(s, reply, size, &len) < 0)
            return UPS_E_DISCONNECTED;
        now = now_ms();
        if (first == 0) {
            first = len;
            began = now;
            lead = now - start;
        }
        if (len > 0)
            end = now + GAP_MS;
        if (now > most) {
            s->trouble = true;
            return drv_fail(s->port.d, UPS_E_GARBLED, "%s: bytes without an end", s->port.name);
        }
    }
    if (!whole(reply, len)) {
        s->trouble = true;
        return drv_fail(s->port.d, UPS_E_GARBLED, "%s: a line of more than %zu bytes", s->port.name,
                        size);
    }
    learn(h, len, first, lead, now_ms() - began);
    return (int)len;
}

static int serial_exchange(struct qx_port *port, const uint8_t *request, size_t len,
                           enum qx_expect expect, uint8_t *reply, size_t size)
{
    struct serial *s = (struct serial *)port;
    int wait = port->reply_ms, err;

    if (!s->link)
        return drv_fail(port->d, UPS_E_DISCONNECTED, "%s: not open", port->name);
    err = clear(s);
    if (!err)
        err = send_line(s, request, len);
    if (err)
        return err;
    if (expect == QX_EXPECT_NONE && wait > NOTHING_MS)
        wait = NOTHING_MS;
    return receive(s, habit_of(s, request, len), wait, reply, size);
}

static void serial_close(struct qx_port *port)
{
    struct serial *s = (struct serial *)port;

    if (s->link)
        port->d->host->hang_up(port->d->host, port->d, s->link, false);
    free(s);
}

static const struct qx_port_ops serial_ops = {
    .name = "serial",
    .exchange = serial_exchange,
    .close = serial_close,
};

/* -- opening ---------------------------------------------------------------------------------- */

/* A pseudo terminal or a network has no modem lines, so nothing that would have to settle. */
static bool has_modem_lines(const struct link *link)
{
    int lines;

    return link->kind == LINK_PORT_TTY && ioctl(link->fd, TIOCMGET, &lines) == 0;
}

static int dial(struct drv *d, struct serial *s)
{
    static const struct {
        enum link_line dtr, rts;
    } power[] = {/* in the order of qx_cablepower_words */
                 {LINK_LINE_HIGH, LINK_LINE_LOW},
                 {LINK_LINE_LOW, LINK_LINE_HIGH},
                 {LINK_LINE_HIGH, LINK_LINE_HIGH},
                 {LINK_LINE_LOW, LINK_LINE_LOW}};
    int64_t word = drv_num(d, QX_OPT_CABLEPOWER);
    struct link_params params = {.baud = 2400,
                                 .parity = 'N',
                                 .stop_bits = 1,
                                 .data_bits = 8,
                                 .dtr = power[word].dtr,
                                 .rts = power[word].rts,
                                 .connect_ms = CONNECT_MS};

    return d->host->dial(d->host, d, &params, &s->link);
}

int qx_serial_open(struct drv *d, struct qx_port **port)
{
    struct serial *s = calloc(1, sizeof *s);
    int err;

    if (!s)
        return drv_fail(d, UPS_E_SYSTEM, "out of memory");
    err = dial(d, s);
    if (err) {
        free(s);
        return err;
    }
    s->port = (struct qx_port){.ops = &serial_ops, .d = d, .reply_ms = REPLY_MS};
    snprintf(s->port.name, sizeof s->port.name, "%.*s", (int)sizeof s->port.name - 1, d->port);
    if (has_modem_lines(s->link))
        s->port.not_before_ms = ups_now(d->host->clock) + SETTLE_MS;
    *port = &s->port;
    return DRV_DONE;
}
