/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The lines: ptys behind symbolic links, TCP listeners, paced sending, the event loop.
 * A pty's slave is put into raw mode before its name is published and one descriptor of it stays
 * open here, because a master without any open slave polls as hung up for ever.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "face.h"
#include "sim.h"

int64_t io_now(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return ts.tv_sec * NS_PER_S + ts.tv_nsec;
}

uint32_t io_random(struct sim *sim)
{
    uint32_t x = sim->random;

    x ^= x << 13;
    x ^= x >> 17;
    x ^= x << 5;
    return sim->random = x;
}

int64_t io_wire_time(const struct sim *sim, size_t len)
{
    return sim->paced ? (int64_t)len * 10 * NS_PER_S / sim->baud : 0;
}

bool io_watch(struct sim *sim, int fd, struct source *source, uint32_t events)
{
    struct epoll_event ev = {.events = events, .data.ptr = source};

    return epoll_ctl(sim->epoll_fd, EPOLL_CTL_ADD, fd, &ev) == 0;
}

/* --- sending --- */

static void push_bytes(struct conn *conn, const uint8_t *data, size_t len)
{
    ssize_t n;

    if (conn->slave_fd >= 0)
        n = write(conn->fd, data, len);
    else
        n = send(conn->fd, data, len, MSG_NOSIGNAL);
    /* A full pty loses bytes like an UART without a reader; a broken socket shows up in input. */
    if (n > 0)
        conn->bus->stats.bytes_out += (unsigned long)n;
}

static void flush_due(struct conn *conn, int64_t now)
{
    while (conn->xmits && conn->xmits->due <= now) {
        struct xmit *x = conn->xmits;
        size_t left = x->len - x->pos;
        size_t n = x->gap && x->piece < left ? x->piece : left;

        if (n)
            push_bytes(conn, x->data + x->pos, n);
        x->pos += n;
        if (x->pos < x->len) {
            x->due += x->gap;
            continue;
        }
        conn->xmits = x->next;
        /* the next one cannot begin before this one's last byte has left */
        if (conn->xmits && conn->xmits->due < x->due + x->gap)
            conn->xmits->due = x->due + x->gap;
        free(x);
    }
}

void io_send(struct conn *conn, const uint8_t *data, size_t len, int64_t due, int64_t gap)
{
    io_send_pieces(conn, data, len, due, gap, 1);
}

void io_send_pieces(struct conn *conn, const uint8_t *data, size_t len, int64_t due, int64_t gap,
                    size_t piece)
{
    struct xmit **at = &conn->xmits;
    struct xmit *x;

    if (!len || conn->closed || conn->half_open)
        return;
    x = buf_alloc(sizeof *x + len);
    memcpy(x->data, data, len);
    x->len = len;
    x->due = due + (gap && conn->bus->sim->paced ? gap : 0);
    x->gap = gap;
    x->piece = piece;
    while (*at && ((*at)->pos > 0 || (*at)->due <= x->due))
        at = &(*at)->next;
    x->next = *at;
    *at = x;
    flush_due(conn, conn->bus->sim->now);
}

/* --- connections --- */

static void conn_close(struct conn *conn)
{
    if (conn->closed)
        return;
    conn->closed = true;
    close(conn->fd);
    if (conn->slave_fd >= 0)
        close(conn->slave_fd);
    while (conn->xmits) {
        struct xmit *x = conn->xmits;

        conn->xmits = x->next;
        free(x);
    }
}

static void sweep(struct bus *bus)
{
    struct conn **at = &bus->conns;

    while (*at) {
        struct conn *conn = *at;

        if (!conn->closed) {
            at = &conn->next;
            continue;
        }
        *at = conn->next;
        free(conn);
    }
}

static void conn_input(struct conn *conn, const uint8_t *data, size_t len)
{
    struct bus *bus = conn->bus;

    bus->stats.bytes_in += len;
    if (conn->half_open)
        return;
    if (conn->xmits)
        bus->stats.overlap++;
    if (bus->echo)
        push_bytes(conn, data, len);
    while (len && !conn->closed) {
        size_t room = sizeof conn->rx - conn->rx_len;
        size_t n = len < room ? len : room;

        memcpy(conn->rx + conn->rx_len, data, n);
        conn->rx_len += n;
        data += n;
        len -= n;
        bus->face->input(conn);
        if (conn->rx_len == sizeof conn->rx)
            bus->face->idle(conn); /* longer than any frame */
    }
    conn->rx_idle = conn->rx_len ? bus->sim->now + bus->face->idle_ms * NS_PER_MS +
                                       io_wire_time(bus->sim, conn->rx_len)
                                 : 0;
}

static void conn_ready(struct sim *sim, struct source *source, uint32_t events)
{
    struct conn *conn = (struct conn *)source;
    uint8_t data[512];
    ssize_t n;

    (void)sim;
    (void)events;
    if (conn->closed)
        return;
    n = read(conn->fd, data, sizeof data);
    if (n > 0)
        conn_input(conn, data, (size_t)n);
    else if (n == 0 || (errno != EAGAIN && errno != EINTR))
        conn_close(conn);
}

static struct conn *conn_new(struct bus *bus, int fd, int slave_fd)
{
    struct conn *conn = buf_alloc(sizeof *conn);

    conn->source.ready = conn_ready;
    conn->bus = bus;
    conn->fd = fd;
    conn->slave_fd = slave_fd;
    conn->next = bus->conns;
    bus->conns = conn;
    if (!io_watch(bus->sim, fd, &conn->source, EPOLLIN))
        conn_close(conn);
    return conn;
}

/* --- pty --- */

static bool publish_link(const char *target, const char *path)
{
    struct buf temporary = {0};
    bool good;

    buf_printf(&temporary, "%s.new%ld", path, (long)getpid());
    unlink(temporary.data);
    good = symlink(target, temporary.data) == 0 && rename(temporary.data, path) == 0;
    if (!good)
        unlink(temporary.data);
    buf_free(&temporary);
    return good;
}

static int open_slave(int master, const char *name)
{
    struct termios tio;
    int fd = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);

    (void)master;
    if (fd < 0)
        return -1;
    if (tcgetattr(fd, &tio) == 0) {
        cfmakeraw(&tio);
        cfsetspeed(&tio, B9600);
        if (tcsetattr(fd, TCSANOW, &tio) == 0)
            return fd;
    }
    close(fd);
    return -1;
}

static void hang_up(struct bus *bus)
{
    for (int i = 0; i < bus->unit_count && bus->face->hangup; i++) {
        unit_update(&bus->units[i]);
        bus->face->hangup(&bus->units[i]);
    }
}

/* Somebody opens or closes the pty.  What was written before the close is read first; what was not
 * read by then is lost, as on a real line. */
static void watch_ready(struct sim *sim, struct source *source, uint32_t events)
{
    struct bus *bus = (struct bus *)source;
    _Alignas(struct inotify_event) char data[4096];
    ssize_t n = read(bus->watch_fd, data, sizeof data);
    bool closed = false;

    for (ssize_t at = 0; at + (ssize_t)sizeof(struct inotify_event) <= n;) {
        const struct inotify_event *ev = (const void *)(data + at);

        if (ev->mask & IN_OPEN)
            bus->hosts++;
        if (ev->mask & IN_CLOSE && --bus->hosts == 0)
            closed = true;
        at += (ssize_t)(sizeof *ev + ev->len);
    }
    if (!closed)
        return;
    for (struct conn *conn = bus->conns; conn; conn = conn->next) {
        conn_ready(sim, &conn->source, events);
        if (!conn->closed)
            tcflush(conn->slave_fd, TCIFLUSH);
    }
    hang_up(bus);
}

/* Without inotify the pty counts as open. */
static void watch_pty(struct bus *bus, const char *name)
{
    bus->hosts = 0;
    bus->watch_fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (bus->watch_fd < 0)
        return;
    bus->source.ready = watch_ready;
    if (inotify_add_watch(bus->watch_fd, name, IN_OPEN | IN_CLOSE) >= 0 &&
        io_watch(bus->sim, bus->watch_fd, &bus->source, EPOLLIN))
        return;
    close(bus->watch_fd);
    bus->watch_fd = -1;
}

bool io_heard(const struct bus *bus)
{
    if (bus->path)
        return bus->plugged && (bus->watch_fd < 0 || bus->hosts > 0);
    return bus->conns;
}

static bool plug_pty(struct bus *bus, struct buf *why)
{
    int master = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    int slave = -1;
    char name[128];

    if (master >= 0 && grantpt(master) == 0 && unlockpt(master) == 0 &&
        ptsname_r(master, name, sizeof name) == 0)
        slave = open_slave(master, name);
    if (slave >= 0 && bus->face->hangup)
        watch_pty(bus, name);
    if (slave < 0 || !publish_link(name, bus->path)) {
        buf_printf(why, "pty %s: %s", bus->path, strerror(errno));
        if (bus->watch_fd >= 0)
            close(bus->watch_fd);
        bus->watch_fd = -1;
        if (slave >= 0)
            close(slave);
        if (master >= 0)
            close(master);
        return false;
    }
    conn_new(bus, master, slave);
    return true;
}

/* --- TCP --- */

static void accept_ready(struct sim *sim, struct source *source, uint32_t events)
{
    struct bus *bus = (struct bus *)source;
    int on = 1;
    int fd = accept4(bus->listen_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

    (void)sim;
    (void)events;
    if (fd < 0)
        return;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    conn_new(bus, fd, -1);
}

static bool plug_tcp(struct bus *bus, struct buf *why)
{
    struct sockaddr_in sa = {.sin_family = AF_INET, .sin_port = htons((uint16_t)bus->port)};
    socklen_t len = sizeof sa;
    int on = 1;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (inet_pton(AF_INET, bus->host, &sa.sin_addr) != 1) {
        buf_printf(why, "%s: not an IPv4 address", bus->host);
        if (fd >= 0)
            close(fd);
        return false;
    }
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) < 0 ||
        bind(fd, (struct sockaddr *)&sa, sizeof sa) < 0 || listen(fd, 64) < 0 ||
        getsockname(fd, (struct sockaddr *)&sa, &len) < 0 ||
        !io_watch(bus->sim, fd, &bus->source, EPOLLIN)) {
        buf_printf(why, "%s:%d: %s", bus->host, bus->port, strerror(errno));
        if (fd >= 0)
            close(fd);
        return false;
    }
    bus->port = ntohs(sa.sin_port);
    bus->listen_fd = fd;
    return true;
}

bool io_plug(struct bus *bus, struct buf *why)
{
    if (bus->plugged)
        return true;
    bus->source.ready = accept_ready;
    bus->plugged = bus->path ? plug_pty(bus, why) : plug_tcp(bus, why);
    for (int i = 0; i < bus->unit_count && bus->plugged && bus->face->replug; i++)
        bus->face->replug(&bus->units[i]);
    return bus->plugged;
}

void io_unplug(struct bus *bus)
{
    if (!bus->plugged)
        return;
    bus->plugged = false;
    if (bus->path)
        unlink(bus->path);
    if (bus->listen_fd >= 0)
        close(bus->listen_fd);
    bus->listen_fd = -1;
    if (bus->watch_fd >= 0)
        close(bus->watch_fd);
    bus->watch_fd = -1;
    for (struct conn *conn = bus->conns; conn; conn = conn->next)
        conn_close(conn);
    hang_up(bus);
}

void io_reset(struct bus *bus)
{
    struct linger now = {.l_onoff = 1, .l_linger = 0};

    for (struct conn *conn = bus->conns; conn; conn = conn->next) {
        if (conn->closed || conn->slave_fd >= 0)
            continue;
        setsockopt(conn->fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
        conn_close(conn);
    }
}

void io_half_open(struct bus *bus)
{
    for (struct conn *conn = bus->conns; conn; conn = conn->next)
        conn->half_open = true;
}

/* --- the loop --- */

static void timer_ready(struct sim *sim, struct source *source, uint32_t events)
{
    uint64_t ticks;

    (void)source;
    (void)events;
    if (read(sim->timer_fd, &ticks, sizeof ticks) > 0)
        sim->armed = 0;
}

static void signal_ready(struct sim *sim, struct source *source, uint32_t events)
{
    struct signalfd_siginfo info;

    (void)source;
    (void)events;
    if (read(sim->signal_fd, &info, sizeof info) > 0)
        sim->stop = true;
}

bool io_open(struct sim *sim)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
        return false;
    sim->timer_source.ready = timer_ready;
    sim->signal_source.ready = signal_ready;
    sim->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    sim->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    sim->signal_fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    sim->now = io_now();
    return sim->epoll_fd >= 0 && sim->timer_fd >= 0 && sim->signal_fd >= 0 &&
           io_watch(sim, sim->timer_fd, &sim->timer_source, EPOLLIN) &&
           io_watch(sim, sim->signal_fd, &sim->signal_source, EPOLLIN);
}

/* Does what is due on one connection and returns its next deadline, or 0. */
static int64_t conn_due(struct conn *conn, int64_t now)
{
    int64_t next;

    if (conn->closed)
        return 0;
    flush_due(conn, now);
    if (conn->rx_idle && conn->rx_idle <= now) {
        conn->rx_idle = 0;
        conn->bus->face->idle(conn);
    }
    next = conn->xmits ? conn->xmits->due : 0;
    if (conn->rx_idle && (!next || conn->rx_idle < next))
        next = conn->rx_idle;
    return next;
}

static void arm(struct sim *sim, int64_t next)
{
    struct itimerspec it = {.it_value = {.tv_sec = next / NS_PER_S, .tv_nsec = next % NS_PER_S}};

    if (next == sim->armed)
        return;
    sim->armed = next;
    timerfd_settime(sim->timer_fd, TFD_TIMER_ABSTIME, &it, NULL);
}

static void serve_deadlines(struct sim *sim)
{
    int64_t next = 0;

    for (int i = 0; i < sim->bus_count; i++) {
        struct bus *bus = &sim->buses[i];
        bool closed = false;

        for (int u = 0; u < bus->unit_count && bus->face->due; u++) {
            int64_t due = bus->face->due(&bus->units[u], sim->now);

            if (due && (!next || due < next))
                next = due;
        }
        for (struct conn *conn = bus->conns; conn; conn = conn->next) {
            int64_t due = conn_due(conn, sim->now);

            closed |= conn->closed;
            if (due && (!next || due < next))
                next = due;
        }
        if (closed)
            sweep(bus);
        if (closed && !bus->path && !bus->conns)
            hang_up(bus);
    }
    arm(sim, next);
}

void io_run(struct sim *sim)
{
    struct epoll_event events[64];

    while (!sim->stop) {
        int n = epoll_wait(sim->epoll_fd, events, 64, -1);

        if (n < 0 && errno != EINTR)
            return;
        sim->now = io_now();
        for (int i = 0; i < n; i++) {
            struct source *source = events[i].data.ptr;

            source->ready(sim, source, events[i].events);
        }
        serve_deadlines(sim);
    }
}

void io_close(struct sim *sim)
{
    for (int i = 0; i < sim->bus_count; i++) {
        io_unplug(&sim->buses[i]);
        sweep(&sim->buses[i]);
    }
    close(sim->epoll_fd);
    close(sim->timer_fd);
    close(sim->signal_fd);
}
