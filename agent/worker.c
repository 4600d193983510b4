/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The thread of one wire: which unit takes which step next.
 *
 * Drivers advance by one transaction a step, so between two steps a worker is free to choose: a
 * status poll that has come due runs between the transactions of a full poll, and units that share
 * a bus take turns by who has waited longest.
 */
#include "worker.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
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

enum job wire_next(const struct wire *w, int64_t now, struct unit **unit, int64_t *due)
{
    enum job best = JOB_NONE;

    for (size_t i = 0; i < w->unit_count; i++) {
        int64_t when;
        enum job job = unit_job(w->unit[i], now, &when);
        if (best == JOB_NONE || when < *due) {
            best = job;
            *due = when;
            *unit = w->unit[i];
        }
    }
    return best;
}

void wire_step(struct wire *w, enum job job, struct unit *u, int64_t now)
{
    unit_step(u, job, now);
    /* one unit found the wire dead: the others on it lose it too, so that it can be opened anew */
    for (size_t i = 0; w->broken && i < w->unit_count; i++)
        unit_drop(w->unit[i]);
}

void wire_sleep(struct wire *w, int64_t due, int64_t now)
{
    struct pollfd p = {.fd = w->wake_fd, .events = POLLIN};
    uint64_t count;
    int64_t wait = due - now;

    if (wait <= 0)
        return;
    if (poll(&p, 1, wait > 60000 ? 60000 : (int)wait) > 0 &&
        read(w->wake_fd, &count, sizeof(count)) < 0)
        log_msg(LOG_LVL_DEBUG, "worker", NULL, "wake: %m");
}

static void *wire_main(void *arg)
{
    struct wire *w = arg;

    while (!atomic_load(&w->all->stop)) {
        struct unit *u = NULL;
        int64_t now = ups_now(w->all->clock), due = now;
        enum job job = wire_next(w, now, &u, &due);

        if (due > now) {
            wire_sleep(w, due, now);
            continue;
        }
        wire_step(w, job, u, now);
    }
    for (size_t i = 0; i < w->unit_count; i++)
        if (w->unit[i]->phase != PHASE_CLOSED)
            w->unit[i]->drv.driver->close(&w->unit[i]->drv);
    return NULL;
}

/* -- reports ---------------------------------------------------------------------------------- */

bool workers_take(struct workers *workers, size_t *index, struct unit_report *report)
{
    for (size_t word = 0; word < workers->dirty_words; word++) {
        uint_fast64_t bits = atomic_load(&workers->dirty[word]);
        if (bits == 0)
            continue;
        unsigned bit = (unsigned)__builtin_ctzll(bits);
        /* cleared before the report is read: one that comes meanwhile sets it again */
        atomic_fetch_and(&workers->dirty[word], ~((uint_fast64_t)1 << bit));
        *index = word * 64 + bit;
        unit_take(&workers->unit[*index], report);
        return true;
    }
    return false;
}

/* -- start and stop --------------------------------------------------------------------------- */

static struct wire *wire_of(struct workers *all, const char *port)
{
    for (size_t i = 0; i < all->wire_count; i++)
        if (strcmp(all->wire[i].port, port) == 0)
            return &all->wire[i];
    struct wire *w = &all->wire[all->wire_count];
    w->unit = calloc(all->unit_count, sizeof(struct unit *));
    w->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    w->all = all;
    w->port = port;
    wire_host(w);
    all->wire_count++;
    return w->unit && w->wake_fd >= 0 ? w : NULL;
}

static bool assign_units(struct workers *all, const struct conf *conf)
{
    for (size_t i = 0; i < conf->unit_count; i++) {
        struct wire *w = wire_of(all, conf->unit[i].port);
        if (!w || !unit_init(&all->unit[i], &conf->unit[i], w))
            return false;
        w->unit[w->unit_count++] = &all->unit[i];
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
        all->dirty_words = (conf->unit_count + 63) / 64;
        all->dirty = calloc(all->dirty_words, sizeof(*all->dirty));
    }
    if (all && all->unit && all->wire && all->dirty && assign_units(all, conf) &&
        start_threads(all))
        return all;
    snprintf(why, why_size, "cannot start the workers: %s", strerror(errno));
    workers_stop(all);
    return NULL;
}

void workers_stop(struct workers *all)
{
    uint64_t one = 1;

    if (!all)
        return;
    atomic_store(&all->stop, true);
    for (size_t i = 0; i < all->wire_count; i++)
        if (all->wire[i].wake_fd >= 0 && write(all->wire[i].wake_fd, &one, sizeof(one)) < 0)
            log_msg(LOG_LVL_DEBUG, "worker", NULL, "wake: %m");
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
    free(all);
}
