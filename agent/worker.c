/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The thread of one wire: which unit takes which step next.
 *
 * Drivers advance by one transaction a step, so between two steps a worker is free to choose: a
 * job runs between the transactions of any poll, a status poll that has come due between those of a
 * full one, and units that share a bus take turns by who has waited longest.
 */
#include "worker.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "unit.h"

#define STACK_SIZE                                                                                 \
    ((size_t)256 * 1024) /* name resolution needs most of it; untouched pages cost nothing */

/* -- the link, shared by the units of a bus --------------------------------------------------- */

static enum ups_error wire_dial(struct drv_host *host, struct drv *d,
                                const struct link_params *params, struct link **link)
{
    struct wire *w = host->arg;
    enum ups_error err;

    if (w->broken)
        return drv_fail(d, UPS_E_DISCONNECTED, "%s: the port is being closed", d->port);
    if (!w->link) {
        err = link_open(d->port, params, &w->link, d->why, sizeof(d->why));
        if (err != UPS_OK)
            return err;
    }
    w->users++;
    *link = w->link;
    return UPS_OK;
}

static void wire_hang_up(struct drv_host *host, struct drv *d, struct link *link, bool broken)
{
    struct wire *w = host->arg;

    (void)d;
    (void)link;
    if (broken)
        w->broken = true;
    if (w->users > 0 && --w->users == 0) {
        link_close(w->link);
        w->link = NULL;
        w->broken = false;
    }
}

void wire_host(struct wire *w)
{
    w->host = (struct drv_host){
        .clock = w->all->clock, .dial = wire_dial, .hang_up = wire_hang_up, .arg = w};
}

/* -- who is next ------------------------------------------------------------------------------ */

enum turn wire_next(const struct wire *w, int64_t now, struct unit **unit, int64_t *due)
{
    enum turn best = TURN_NONE;
    bool best_urgent = false;

    for (size_t i = 0; i < w->unit_count; i++) {
        int64_t when;
        enum turn turn = unit_turn(w->unit[i], now, &when);
        bool urgent = turn == TURN_JOB && unit_jobs_urgent(w->unit[i], when, now);
        if (best == TURN_NONE || urgent > best_urgent || (urgent == best_urgent && when < *due)) {
            best = turn;
            best_urgent = urgent;
            *due = when;
            *unit = w->unit[i];
        }
    }
    return best;
}

void wire_step(struct wire *w, enum turn turn, struct unit *u, int64_t now)
{
    unit_step(u, turn, now);
    /* one unit found the wire dead: the others on it lose it too, so that it can be opened anew */
    for (size_t i = 0; w->broken && i < w->unit_count; i++)
        unit_drop(w->unit[i]);
}

static void wire_wake(const struct wire *w)
{
    uint64_t one = 1;

    if (write(w->wake_fd, &one, sizeof(one)) < 0)
        log_msg(LOG_LVL_DEBUG, "worker", NULL, "wake: %m");
}

/* The unit that waits for input, if any: a wire has one stream, so there is no use for a second. */
static struct unit *wire_listener(const struct wire *w, int64_t now)
{
    for (size_t i = 0; i < w->unit_count; i++)
        if (unit_wait_fd(w->unit[i], now) >= 0)
            return w->unit[i];
    return NULL;
}

void wire_sleep(struct wire *w, int64_t due, int64_t now)
{
    struct unit *listener = wire_listener(w, now);
    struct pollfd p[] = {
        {.fd = w->wake_fd, .events = POLLIN},
        {.fd = listener ? unit_wait_fd(listener, now) : -1, .events = POLLIN},
    };
    uint64_t count;
    int64_t wait = due - now;

    if (wait <= 0 || poll(p, 2, wait > 60000 ? 60000 : (int)wait) <= 0)
        return;
    if (p[0].revents && read(w->wake_fd, &count, sizeof(count)) < 0)
        log_msg(LOG_LVL_DEBUG, "worker", NULL, "wake: %m");
    if (listener && p[1].revents)
        unit_input(listener, p[1].revents & ~POLLIN, ups_now(w->all->clock));
}

static void *wire_main(void *arg)
{
    struct wire *w = arg;

    /* no wait here is finer than a millisecond: within one the kernel may wake several wires */
    prctl(PR_SET_TIMERSLACK, 1000000UL, 0, 0, 0);
    while (!atomic_load(&w->all->stop)) {
        struct unit *u = NULL;
        int64_t now = ups_now(w->all->clock), due = now;
        enum turn turn = wire_next(w, now, &u, &due);

        if (due > now) {
            wire_sleep(w, due, now);
            continue;
        }
        wire_step(w, turn, u, now);
    }
    for (size_t i = 0; i < w->unit_count; i++)
        if (w->unit[i]->phase != PHASE_CLOSED)
            w->unit[i]->drv.driver->close(&w->unit[i]->drv);
    return NULL;
}

/* -- reports and results ---------------------------------------------------------------------- */

/*
 * Finds a unit whose bit is set, and clears it.  That comes before the mailbox is read: what
 * arrives meanwhile sets it again.
 */
static struct unit *next_signalled(struct workers *workers, atomic_uint_fast64_t *bits)
{
    for (size_t word = 0; word < workers->words; word++) {
        uint_fast64_t set = atomic_load(&bits[word]);
        if (set == 0)
            continue;
        unsigned bit = (unsigned)__builtin_ctzll(set);
        atomic_fetch_and(&bits[word], ~((uint_fast64_t)1 << bit));
        return &workers->unit[word * 64 + bit];
    }
    return NULL;
}

bool workers_take(struct workers *workers, size_t *index, struct unit_report *report)
{
    struct unit *u = next_signalled(workers, workers->dirty);

    if (!u)
        return false;
    *index = (size_t)(u - workers->unit);
    unit_take(u, report);
    return true;
}

enum ups_error workers_submit(struct workers *workers, size_t index, const struct unit_job *job)
{
    struct unit *u = &workers->unit[index];
    enum ups_error err = unit_jobs_add(u, job);

    if (err == UPS_OK)
        wire_wake(u->wire);
    return err;
}

bool workers_take_result(struct workers *workers, size_t *index, struct unit_result *result)
{
    struct unit *u;
    bool more;

    while ((u = next_signalled(workers, workers->ended)) != NULL) {
        if (!unit_jobs_take(u, result, &more))
            continue;
        if (more)
            unit_signal(u, workers->ended, false);
        *index = (size_t)(u - workers->unit);
        return true;
    }
    return false;
}

/* -- start and stop --------------------------------------------------------------------------- */

/* `port = auto` names no wire: each unit that is searched for on USB has one of its own. */
static bool is_shared(const char *port)
{
    char why[160];

    return link_port_kind(port, why, sizeof(why)) != LINK_PORT_USB;
}

static struct wire *wire_of(struct workers *all, const char *port)
{
    for (size_t i = 0; i < all->wire_count; i++)
        if (strcmp(all->wire[i].port, port) == 0 && is_shared(port))
            return &all->wire[i];
    struct wire *w = &all->wire[all->wire_count];
    w->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    w->all = all;
    w->port = port;
    wire_host(w);
    all->wire_count++;
    return w->wake_fd >= 0 ? w : NULL;
}

/* Most wires have one unit: room is made one by one. */
static bool add_unit(struct wire *w, struct unit *u)
{
    struct unit **more = realloc(w->unit, (w->unit_count + 1) * sizeof(struct unit *));

    if (!more)
        return false;
    w->unit = more;
    w->unit[w->unit_count++] = u;
    return true;
}

static bool assign_units(struct workers *all, const struct conf *conf)
{
    for (size_t i = 0; i < conf->unit_count; i++) {
        struct wire *w = wire_of(all, conf->unit[i].port);
        if (!w || !unit_init(&all->unit[i], &conf->unit[i], w) || !add_unit(w, &all->unit[i]))
            return false;
    }
    return true;
}

static bool start_threads(struct workers *all)
{
    pthread_attr_t attr;
    bool ok = true;

    all->threads = true;
    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, STACK_SIZE);
    for (size_t i = 0; ok && i < all->wire_count; i++) {
        struct wire *w = &all->wire[i];
        w->host.apply = true;
        ok = w->started = pthread_create(&w->thread, &attr, wire_main, w) == 0;
    }
    pthread_attr_destroy(&attr);
    return ok;
}

struct workers *workers_start(const struct conf *conf, const struct ups_clock *clock, int event_fd,
                              char *why, size_t why_size)
{
    struct workers *all = calloc(1, sizeof(*all));

    if (all) {
        all->clock = clock;
        all->event_fd = event_fd;
        all->unit_count = conf->unit_count;
        all->unit = calloc(conf->unit_count, sizeof(*all->unit));
        all->wire = calloc(conf->unit_count, sizeof(*all->wire));
        all->words = (conf->unit_count + 63) / 64;
        all->dirty = calloc(all->words, sizeof(*all->dirty));
        all->ended = calloc(all->words, sizeof(*all->ended));
    }
    if (all && all->unit && all->wire && all->dirty && all->ended && assign_units(all, conf) &&
        start_threads(all))
        return all;
    snprintf(why, why_size, "cannot start the workers: %s", strerror(errno));
    workers_stop(all);
    return NULL;
}

void workers_stop(struct workers *all)
{
    if (!all)
        return;
    atomic_store(&all->stop, true);
    for (size_t i = 0; i < all->wire_count; i++)
        if (all->wire[i].wake_fd >= 0)
            wire_wake(&all->wire[i]);
    for (size_t i = 0; i < all->wire_count; i++) {
        struct wire *w = &all->wire[i];
        if (w->started)
            pthread_join(w->thread, NULL);
        link_close(w->link);
        if (w->wake_fd >= 0)
            close(w->wake_fd);
        free(w->unit);
    }
    for (size_t i = 0; all->unit && i < all->unit_count; i++)
        unit_fini(&all->unit[i]);
    free(all->unit);
    free(all->wire);
    free(all->dirty);
    free(all->ended);
    free(all);
}
