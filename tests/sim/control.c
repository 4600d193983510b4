/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The control socket: a Unix stream, one command a line, one reply line each: "ok", "ok VALUE" or
 * "error: why".  "@K COMMAND" selects: with --count the K-th bus (from 0), else the unit of that
 * address; "@K/A" both.  Without it a command goes to all, a `get` answers for all, joined by ';'
 * (counters of buses are summed).
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "command.h"
#include "sim.h"

struct client {
    struct source source;
    struct control *control;
    struct client *next;
    int fd;
    bool closed;
    struct buf in, out;
};

struct control {
    struct source source;
    struct sim *sim;
    int fd;
    char *path;
    struct client *clients;
};

static void client_close(struct client *client)
{
    if (client->closed)
        return;
    client->closed = true;
    close(client->fd);
}

/* Frees what was closed in an earlier round: events of this round may still point at the rest. */
static void sweep(struct control *control)
{
    struct client **at = &control->clients;

    while (*at) {
        struct client *client = *at;

        if (!client->closed) {
            at = &client->next;
            continue;
        }
        *at = client->next;
        buf_free(&client->in);
        buf_free(&client->out);
        free(client);
    }
}

static void flush(struct client *client)
{
    struct epoll_event ev = {.events = EPOLLIN, .data.ptr = &client->source};

    while (client->out.len) {
        ssize_t n = send(client->fd, client->out.data, client->out.len, MSG_NOSIGNAL);

        if (n < 0 && errno == EAGAIN)
            break;
        if (n < 0) {
            client_close(client);
            return;
        }
        buf_drop(&client->out, (size_t)n);
    }
    if (client->out.len)
        ev.events |= EPOLLOUT;
    epoll_ctl(client->control->sim->epoll_fd, EPOLL_CTL_MOD, client->fd, &ev);
}

static void take_lines(struct client *client)
{
    char *end;

    while (client->in.len && (end = memchr(client->in.data, '\n', client->in.len))) {
        *end = '\0';
        command_run(client->control->sim, client->in.data, &client->out);
        buf_drop(&client->in, (size_t)(end - client->in.data) + 1);
    }
    if (client->in.len > 65536)
        client_close(client);
}

static void client_ready(struct sim *sim, struct source *source, uint32_t events)
{
    struct client *client = (struct client *)source;
    char data[1024];
    ssize_t n;

    (void)sim;
    if (client->closed)
        return;
    if (events & ~(uint32_t)EPOLLOUT) {
        n = read(client->fd, data, sizeof data);
        if (n > 0) {
            buf_add(&client->in, data, (size_t)n);
            take_lines(client);
        } else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
            client_close(client);
        }
    }
    if (!client->closed)
        flush(client);
}

static void accept_ready(struct sim *sim, struct source *source, uint32_t events)
{
    struct control *control = (struct control *)source;
    int fd = accept4(control->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    struct client *client;

    (void)events;
    sweep(control);
    if (fd < 0)
        return;
    client = buf_alloc(sizeof *client);
    client->source.ready = client_ready;
    client->control = control;
    client->fd = fd;
    client->next = control->clients;
    control->clients = client;
    if (!io_watch(sim, fd, &client->source, EPOLLIN))
        client_close(client);
}

bool control_open(struct sim *sim, const char *path, struct buf *why)
{
    struct sockaddr_un sa = {.sun_family = AF_UNIX};
    struct control *control;
    int fd;

    if (!parse_text(sa.sun_path, sizeof sa.sun_path, path)) {
        buf_printf(why, "control socket: the path must have 1 to %zu bytes",
                   sizeof sa.sun_path - 1);
        return false;
    }
    control = buf_alloc(sizeof *control);
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    unlink(path);
    control->source.ready = accept_ready;
    control->sim = sim;
    control->fd = fd;
    if (fd < 0 || bind(fd, (struct sockaddr *)&sa, sizeof sa) < 0 || listen(fd, 16) < 0 ||
        !io_watch(sim, fd, &control->source, EPOLLIN)) {
        buf_printf(why, "control socket %s: %s", path, strerror(errno));
        if (fd >= 0)
            close(fd);
        free(control);
        return false;
    }
    control->path = buf_strdup(path);
    sim->control = control;
    return true;
}

void control_close(struct sim *sim)
{
    struct control *control = sim->control;

    if (!control)
        return;
    for (struct client *client = control->clients; client; client = client->next)
        client_close(client);
    sweep(control);
    close(control->fd);
    unlink(control->path);
    free(control->path);
    free(control);
    sim->control = NULL;
}
