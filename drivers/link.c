/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Links: opening, waiting and draining of ttys and TCP connections.
 */
#include "link.h"

#include "log.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

/* Most that one link_drain() takes: a port that floods us faster must not hold its thread. */
#define LINK_DRAIN_MAX 65536

/* Host and service of a tcp: port, taken apart. */
struct link_host {
    char host[256];
    char service[6];
};

/* -- names ---------------------------------------------------------------------------------- */

/* Splits HOST:PORT or [HOST]:PORT.  Returns false with a message. */
static bool link_split(const char *text, struct link_host *out, char *why, size_t why_size)
{
    const char *host = text, *end, *colon;

    if (*text == '[') {
        host = text + 1;
        end = strchr(host, ']');
        colon = end && end[1] == ':' ? end + 1 : NULL;
    } else {
        end = colon = strchr(text, ':');
        if (colon && strchr(colon + 1, ':')) {
            snprintf(why, why_size, "\"%s\": an IPv6 address must stand in brackets", text);
            return false;
        }
    }
    if (!end || !colon || end == host || (size_t)(end - host) >= sizeof out->host) {
        snprintf(why, why_size, "\"%s\": expected HOST:PORT", text);
        return false;
    }
    char *rest;
    long number = strtol(colon + 1, &rest, 10);
    if (colon[1] < '0' || colon[1] > '9' || *rest || number < 1 || number > 65535) {
        snprintf(why, why_size, "\"%s\": the port must be a number from 1 to 65535", text);
        return false;
    }
    memcpy(out->host, host, (size_t)(end - host));
    out->host[end - host] = '\0';
    snprintf(out->service, sizeof out->service, "%ld", number);
    return true;
}

enum link_port link_port_kind(const char *port, char *why, size_t why_size)
{
    struct link_host host;

    if (*port == '/')
        return LINK_PORT_TTY;
    if (strcmp(port, "auto") == 0)
        return LINK_PORT_USB;
    if (strncmp(port, "tcp:", 4) == 0)
        return link_split(port + 4, &host, why, why_size) ? LINK_PORT_TCP : 0;
    if (strncmp(port, "rtu-tcp:", 8) == 0)
        return link_split(port + 8, &host, why, why_size) ? LINK_PORT_RTU_TCP : 0;
    snprintf(why, why_size,
             "\"%s\": expected a path like /dev/ttyUSB0, tcp:HOST:PORT, rtu-tcp:HOST:PORT or auto",
             port);
    return 0;
}

/* -- tty ------------------------------------------------------------------------------------ */

static bool link_speed(unsigned baud, speed_t *speed)
{
    static const struct {
        unsigned baud;
        speed_t speed;
    } speeds[] = {{1200, B1200},   {2400, B2400},   {4800, B4800},   {9600, B9600},
                  {19200, B19200}, {38400, B38400}, {57600, B57600}, {115200, B115200}};

    for (size_t i = 0; i < sizeof speeds / sizeof *speeds; i++)
        if (speeds[i].baud == baud) {
            *speed = speeds[i].speed;
            return true;
        }
    return false;
}

/* Raw mode with the frame asked for.  A port that takes only part of it is reported, not refused:
 * pseudo terminals have no parity and no data bits. */
static enum ups_error link_termios(int fd, const char *path, const struct link_params *p, char *why,
                                   size_t why_size)
{
    struct termios t, back;
    speed_t speed;

    if (!link_speed(p->baud, &speed)) {
        snprintf(why, why_size, "%s: no such speed: %u bit/s", path, p->baud);
        return UPS_E_INVALID;
    }
    if (tcgetattr(fd, &t)) {
        snprintf(why, why_size, "%s: not a serial port: %s", path, strerror(errno));
        return UPS_E_INVALID;
    }
    cfmakeraw(&t);
    t.c_cflag &= ~(tcflag_t)(CSIZE | PARENB | PARODD | CSTOPB | CRTSCTS | HUPCL);
    t.c_cflag |= CLOCAL | CREAD | (p->data_bits == 7 ? CS7 : CS8);
    if (p->parity != 'N')
        t.c_cflag |= PARENB | (p->parity == 'O' ? PARODD : 0);
    if (p->stop_bits == 2)
        t.c_cflag |= CSTOPB;
    t.c_cc[VMIN] = 1; /* else a read() of a silent port looks like a hang-up */
    t.c_cc[VTIME] = 0;
    cfsetispeed(&t, speed);
    cfsetospeed(&t, speed);
    if (tcsetattr(fd, TCSANOW, &t) || tcgetattr(fd, &back)) {
        snprintf(why, why_size, "%s: setting %u bit/s %u%c%u: %s", path, p->baud, p->data_bits,
                 p->parity, p->stop_bits, strerror(errno));
        return UPS_E_DISCONNECTED;
    }
    const tcflag_t frame = CSIZE | PARENB | PARODD | CSTOPB;
    if (cfgetospeed(&back) != speed || (back.c_cflag & frame) != (t.c_cflag & frame))
        log_msg(LOG_LVL_DEBUG, "link", NULL, "%s: the port did not take %u bit/s %u%c%u in full",
                path, p->baud, p->data_bits, p->parity, p->stop_bits);
    return UPS_OK;
}

/* A tty without modem lines (a pseudo terminal, some USB bridges) is fine: there is nothing to do.
 */
static void link_modem_line(int fd, const char *path, int bit, const char *name,
                            enum link_line level)
{
    if (level == LINK_LINE_KEEP)
        return;
    if (ioctl(fd, level == LINK_LINE_HIGH ? TIOCMBIS : TIOCMBIC, &bit))
        log_msg(LOG_LVL_DEBUG, "link", NULL, "%s: %s cannot be set: %s", path, name,
                strerror(errno));
}

static enum ups_error link_open_tty(struct link *link, const char *path,
                                    const struct link_params *p, char *why, size_t why_size)
{
    enum ups_error err = p->vet ? p->vet(path, why, why_size) : UPS_OK;

    if (err)
        return err;
    /* O_NONBLOCK: open() of a port without carrier must not wait, and no later read may. */
    link->fd = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    if (link->fd < 0) {
        snprintf(why, why_size, "%s: opening: %s", path,
                 errno == EBUSY ? "in use by another program" : strerror(errno));
        return UPS_E_DISCONNECTED;
    }
    if (flock(link->fd, LOCK_EX | LOCK_NB)) { /* TIOCEXCL alone does not keep root out */
        snprintf(why, why_size, "%s: locking: %s", path,
                 errno == EWOULDBLOCK ? "in use by another program" : strerror(errno));
        return UPS_E_DISCONNECTED;
    }
    err = link_termios(link->fd, path, p, why, why_size);
    if (err)
        return err;
    if (ioctl(link->fd, TIOCEXCL))
        log_msg(LOG_LVL_DEBUG, "link", NULL, "%s: exclusive use: %s", path, strerror(errno));
    link_modem_lines(link, p->dtr, p->rts);
    tcflush(link->fd, TCIFLUSH); /* bytes that came before us belong to nobody's question */
    unsigned bits = 1u + p->data_bits + (p->parity != 'N') + p->stop_bits;
    link->char_us = bits * 1000000u / p->baud;
    return UPS_OK;
}

/* -- TCP ------------------------------------------------------------------------------------ */

static void link_tcp_options(int fd)
{
    const int on = 1, idle = 10, every = 5, times = 3;

    /* None of these is vital: a kernel that lacks one gives a slower notice of a dead peer. */
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    (void)setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
    (void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof idle);
    (void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &every, sizeof every);
    (void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &times, sizeof times);
}

/* Connects to one address before `deadline`.  Returns the descriptor, or -1 with errno. */
static int link_connect(const struct addrinfo *a, int64_t deadline)
{
    int fd = socket(a->ai_family, a->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, a->ai_protocol);
    int error = 0;

    if (fd < 0)
        return -1;
    link_tcp_options(fd);
    if (connect(fd, a->ai_addr, a->ai_addrlen) && errno != EINPROGRESS && errno != EINTR) {
        error = errno;
    } else {
        struct pollfd p = {.fd = fd, .events = POLLOUT};
        socklen_t len = sizeof error;
        int n;
        do {
            int64_t left = deadline - ups_now(&ups_clock_system);
            n = poll(&p, 1, left > 0 ? (int)left : 0);
        } while (n < 0 && errno == EINTR);
        if (n == 0)
            error = ETIMEDOUT;
        else if (n < 0 || getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len))
            error = errno;
    }
    if (!error)
        return fd;
    close(fd);
    errno = error;
    return -1;
}

static enum ups_error link_open_tcp(struct link *link, const char *address,
                                    const struct link_params *p, char *why, size_t why_size)
{
    struct addrinfo hints = {
        .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
    struct addrinfo *list, *a;
    struct link_host host;
    int64_t deadline = ups_now(&ups_clock_system) + p->connect_ms;

    if (!link_split(address, &host, why, why_size))
        return UPS_E_INVALID;
    int rc = getaddrinfo(host.host, host.service, &hints, &list);
    if (rc) {
        snprintf(why, why_size, "%s: looking up the host: %s", link->name,
                 rc == EAI_SYSTEM ? strerror(errno) : gai_strerror(rc));
        return UPS_E_DISCONNECTED;
    }
    for (a = list; a && link->fd < 0; a = a->ai_next)
        link->fd = link_connect(a, deadline);
    int error = errno;
    freeaddrinfo(list);
    if (link->fd < 0) {
        snprintf(why, why_size, "%s: connecting within %d ms: %s", link->name, p->connect_ms,
                 strerror(error));
        return UPS_E_DISCONNECTED;
    }
    return UPS_OK;
}

/* -- both ----------------------------------------------------------------------------------- */

static struct link *link_new(enum link_port kind, const char *name)
{
    struct link *link = calloc(1, sizeof *link);

    if (link) {
        link->fd = -1;
        link->kind = kind;
        snprintf(link->name, sizeof link->name, "%s", name);
    }
    return link;
}

enum ups_error link_open(const char *port, const struct link_params *params, struct link **out,
                         char *why, size_t why_size)
{
    enum link_port kind = link_port_kind(port, why, why_size);
    enum ups_error err = UPS_E_INVALID;

    if (!kind)
        return UPS_E_INVALID;
    struct link *link = link_new(kind, port);
    if (!link) {
        snprintf(why, why_size, "%s: out of memory", port);
        return UPS_E_SYSTEM;
    }
    if (kind == LINK_PORT_TTY)
        err = link_open_tty(link, port, params, why, why_size);
    else if (kind == LINK_PORT_TCP)
        err = link_open_tcp(link, port + strlen("tcp:"), params, why, why_size);
    else if (kind == LINK_PORT_RTU_TCP)
        err = link_open_tcp(link, port + strlen("rtu-tcp:"), params, why, why_size);
    else
        snprintf(why, why_size, "%s: USB ports are not byte streams", port);
    if (err) {
        link_close(link);
        return err;
    }
    *out = link;
    return UPS_OK;
}

struct link *link_adopt(int fd, enum link_port kind, const char *name)
{
    struct link *link = link_new(kind, name);

    if (link) {
        link->fd = fd;
        int flags = fcntl(fd, F_GETFL);
        if (flags >= 0)
            (void)fcntl(fd, F_SETFL, flags | O_NONBLOCK);
    }
    return link;
}

void link_close(struct link *link)
{
    if (!link)
        return;
    if (link->fd >= 0) {
        /* The mark sticks to the tty while anybody else has it open, and would lock us out. */
        if (link->kind == LINK_PORT_TTY)
            (void)ioctl(link->fd, TIOCNXCL);
        close(link->fd);
    }
    free(link);
}

int link_drain(struct link *link)
{
    char dump[512];
    int total = 0;

    while (total < LINK_DRAIN_MAX) {
        ssize_t n = read(link->fd, dump, sizeof dump);
        if (n > 0)
            total += (int)n;
        else if (n < 0 && errno == EINTR)
            continue;
        else if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
            break;
        else
            return UPS_E_DISCONNECTED;
    }
    return total;
}

int link_read(struct link *link, void *buf, size_t size)
{
    for (;;) {
        ssize_t n = read(link->fd, buf, size);
        if (n > 0)
            return (int)n;
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
            return 0;
        return UPS_E_DISCONNECTED;
    }
}

/* write(), but without a signal when the peer of a socket is gone. */
static ssize_t link_put(const struct link *link, const char *bytes, size_t size)
{
    ssize_t n = send(link->fd, bytes, size, MSG_NOSIGNAL);

    return n < 0 && errno == ENOTSOCK ? write(link->fd, bytes, size) : n;
}

enum ups_error link_write(struct link *link, const void *bytes, size_t size)
{
    const char *at = bytes;

    while (size > 0) {
        ssize_t n = link_put(link, at, size);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return errno == EAGAIN || errno == EWOULDBLOCK ? UPS_E_TIMEOUT : UPS_E_DISCONNECTED;
        at += n;
        size -= (size_t)n;
    }
    return UPS_OK;
}

void link_modem_lines(struct link *link, enum link_line dtr, enum link_line rts)
{
    if (link->kind != LINK_PORT_TTY)
        return;
    link_modem_line(link->fd, link->name, TIOCM_DTR, "DTR", dtr);
    link_modem_line(link->fd, link->name, TIOCM_RTS, "RTS", rts);
}

enum ups_error link_wait(struct link *link, int timeout_ms)
{
    struct pollfd p = {.fd = link->fd, .events = POLLIN};
    int64_t deadline = ups_now(&ups_clock_system) + timeout_ms;
    int n, waiting = 0;

    for (;;) {
        int64_t left = deadline - ups_now(&ups_clock_system);
        n = poll(&p, 1, left > 0 ? (int)left : 0);
        if (n >= 0 || errno != EINTR)
            break;
    }
    if (n == 0)
        return UPS_E_TIMEOUT;
    /* After a hang-up poll() says "readable" for ever: only counted bytes are input. */
    if (n < 0 || ioctl(link->fd, FIONREAD, &waiting) || waiting <= 0)
        return UPS_E_DISCONNECTED;
    return UPS_OK;
}

enum ups_error link_settle(struct link *link, int quiet_ms, int limit_ms)
{
    int64_t deadline = ups_now(&ups_clock_system) + limit_ms;

    for (;;) {
        int n = link_drain(link);
        if (n < 0)
            return (enum ups_error)n;
        enum ups_error err = link_wait(link, quiet_ms);
        if (err == UPS_E_TIMEOUT)
            return UPS_OK;
        if (err)
            return err;
        if (ups_now(&ups_clock_system) >= deadline)
            return UPS_E_GARBLED;
    }
}
