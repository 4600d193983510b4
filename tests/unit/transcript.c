/* SPDX-License-Identifier: BSD-2-Clause */
/* The other end of a wire for driver tests. */
#include "transcript.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct tr_line {
    uint8_t *request, *answer;
    bool *wild_request, *wild_answer;
    size_t request_len, answer_len;
    int delay_ms;
    size_t piece;
    int piece_ms;
    bool hang_up;
};

struct transcript {
    int driver_fd, fd, stop[2];
    struct tr_line *line;
    size_t lines, at, repeat;
    bool repeats, failed, started;
    char why[512];
    pthread_t thread;
};

static void *tr_alloc(size_t n)
{
    void *p = calloc(1, n ? n : 1);

    if (!p)
        abort();
    return p;
}

struct transcript *tr_new(void)
{
    struct transcript *t = tr_alloc(sizeof *t);
    int pair[2];

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) || pipe(t->stop))
        abort();
    t->driver_fd = pair[0];
    t->fd = pair[1];
    t->line = tr_alloc(TR_LINES * sizeof *t->line);
    return t;
}

int tr_fd(const struct transcript *t)
{
    return t->driver_fd;
}

size_t tr_lines(const struct transcript *t)
{
    return t->lines;
}

static struct tr_line *tr_add(struct transcript *t)
{
    if (t->lines == TR_LINES)
        abort();
    return &t->line[t->lines++];
}

static struct tr_line *tr_last(struct transcript *t)
{
    return &t->line[t->lines - 1];
}

static void tr_hex(const char *hex, uint8_t **bytes, bool **wild, size_t *len)
{
    size_t room = strlen(hex) / 2 + 1;

    *bytes = tr_alloc(room);
    *wild = tr_alloc(room * sizeof **wild);
    *len = 0;
    while (*hex) {
        unsigned byte = 0;
        if (*hex == ' ' || *hex == '\n') {
            hex++;
            continue;
        }
        (*wild)[*len] = strncmp(hex, "??", 2) == 0;
        if (!(*wild)[*len] && sscanf(hex, "%2x", &byte) != 1)
            abort();
        (*bytes)[(*len)++] = (uint8_t)byte;
        hex += 2;
    }
}

void tr_expect(struct transcript *t, const char *request, const char *answer)
{
    struct tr_line *l = tr_add(t);

    tr_hex(request, &l->request, &l->wild_request, &l->request_len);
    tr_hex(answer ? answer : "", &l->answer, &l->wild_answer, &l->answer_len);
}

void tr_expect_bytes(struct transcript *t, const uint8_t *request, size_t request_len,
                     const uint8_t *answer, size_t answer_len)
{
    struct tr_line *l = tr_add(t);

    l->request = tr_alloc(request_len);
    l->wild_request = tr_alloc(request_len * sizeof(bool));
    l->answer = tr_alloc(answer_len);
    l->wild_answer = tr_alloc(answer_len * sizeof(bool));
    memcpy(l->request, request, request_len);
    if (answer_len)
        memcpy(l->answer, answer, answer_len);
    l->request_len = request_len;
    l->answer_len = answer_len;
}

void tr_delay(struct transcript *t, int ms)
{
    tr_last(t)->delay_ms = ms;
}

void tr_pieces(struct transcript *t, size_t size, int ms)
{
    tr_last(t)->piece = size;
    tr_last(t)->piece_ms = ms;
}

void tr_hang_up(struct transcript *t)
{
    tr_last(t)->hang_up = true;
}

void tr_repeat(struct transcript *t, size_t from)
{
    t->repeats = true;
    t->repeat = from;
}

/* Waits for input or the end of the test.  Returns false at the end. */
static bool tr_wait(struct transcript *t, int timeout_ms, bool input)
{
    struct pollfd p[2] = {{.fd = t->stop[0], .events = POLLIN},
                          {.fd = input ? t->fd : -1, .events = POLLIN}};

    return poll(p, 2, timeout_ms) >= 0 && !p[0].revents;
}

static void tr_fail(struct transcript *t, const uint8_t *got, size_t n)
{
    int at = snprintf(t->why, sizeof t->why, "line %zu of %zu: got", t->at + 1, t->lines);

    for (size_t i = 0; i < n && at > 0 && (size_t)at < sizeof t->why - 4; i++)
        at += snprintf(t->why + at, sizeof t->why - (size_t)at, " %02X", got[i]);
    t->failed = true;
}

/* Reads one request and compares.  Returns false at the end or on a difference. */
static bool tr_request(struct transcript *t, const struct tr_line *l, uint8_t got[TR_BYTES])
{
    size_t n = 0;

    while (n < l->request_len) {
        if (!tr_wait(t, -1, true))
            return false;
        ssize_t r = recv(t->fd, got + n, l->request_len - n, MSG_DONTWAIT);
        if (r < 0 && (errno == EAGAIN || errno == EINTR))
            continue;
        if (r <= 0)
            return false;
        n += (size_t)r;
        for (size_t i = 0; i < n; i++)
            if (!l->wild_request[i] && got[i] != l->request[i]) {
                tr_fail(t, got, n);
                return false;
            }
    }
    return true;
}

static bool tr_answer(struct transcript *t, struct tr_line *l, const uint8_t got[TR_BYTES])
{
    size_t step = l->piece ? l->piece : l->answer_len;

    if (l->delay_ms && !tr_wait(t, l->delay_ms, false))
        return false;
    for (size_t i = 0; i < l->answer_len; i++)
        if (l->wild_answer[i])
            l->answer[i] = got[i];
    for (size_t at = 0; at < l->answer_len; at += step) {
        size_t n = l->answer_len - at < step ? l->answer_len - at : step;
        if (send(t->fd, l->answer + at, n, MSG_NOSIGNAL) < 0)
            return false;
        if (l->piece_ms && at + n < l->answer_len && !tr_wait(t, l->piece_ms, false))
            return false;
    }
    if (l->hang_up)
        shutdown(t->fd, SHUT_RDWR);
    return true;
}

/* After the last line nothing may come any more. */
static void tr_end(struct transcript *t)
{
    uint8_t got[TR_BYTES];

    if (!tr_wait(t, -1, true))
        return;
    ssize_t n = recv(t->fd, got, sizeof got, MSG_DONTWAIT);
    if (n > 0)
        tr_fail(t, got, (size_t)n);
}

static void *tr_run(void *arg)
{
    struct transcript *t = arg;
    uint8_t got[TR_BYTES];

    while (t->at < t->lines) {
        struct tr_line *l = &t->line[t->at];
        if (!tr_request(t, l, got) || !tr_answer(t, l, got))
            return NULL;
        t->at++;
        if (t->at == t->lines && t->repeats)
            t->at = t->repeat;
    }
    tr_end(t);
    return NULL;
}

void tr_start(struct transcript *t)
{
    if (pthread_create(&t->thread, NULL, tr_run, t))
        abort();
    t->started = true;
}

bool tr_finish(struct transcript *t)
{
    /* Every answer has been read by the driver before its last call returned, or never will be. */
    if (write(t->stop[1], "x", 1) != 1)
        abort();
    if (t->started)
        pthread_join(t->thread, NULL);
    bool ok = !t->failed && (t->repeats || t->at == t->lines);
    if (t->failed)
        printf("# transcript: unexpected request, %s\n", t->why);
    else if (!ok)
        printf("# transcript: only %zu of %zu lines were asked for\n", t->at, t->lines);
    for (size_t i = 0; i < t->lines; i++) {
        free(t->line[i].request);
        free(t->line[i].answer);
        free(t->line[i].wild_request);
        free(t->line[i].wild_answer);
    }
    close(t->fd);
    close(t->stop[0]);
    close(t->stop[1]);
    free(t->line);
    free(t);
    return ok;
}
