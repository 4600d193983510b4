/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The thread of one wire: which unit takes which step next, and what the core is told.
 *
 * Drivers advance by one transaction a step, so between two steps a worker is free to choose: a
 * status poll that has come due runs between the transactions of a full poll, and units that share
 * a bus take turns by who has waited longest.
 */
#include "worker.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

/*
 * How long to wait before a device is opened again: starts short, because a replugged adapter is
 * back within a second, and stays short enough that values are back within seconds of the device.
 */
#define REOPEN_FIRST_MS 250
#define REOPEN_MOST_MS  1000

#define STACK_SIZE                                                                                 \
    ((size_t)256 * 1024) /* getaddrinfo needs most of it; untouched pages cost nothing */

enum phase { PHASE_CLOSED, PHASE_OPENING, PHASE_OPEN };

/* One kind of poll of one unit. */
struct schedule {
    int64_t due_ms;         /* when the poll, or the next step of the one that runs, may start */
    int64_t start_ms;       /* when the poll that runs was due */
    int64_t good_ms;        /* last success */
    uint32_t status_before; /* status words when the poll that runs began */
    bool running;
};

struct unit {
    const struct conf_unit *conf;
    struct wire *wire;
    struct drv drv;
    enum phase phase;
    int64_t open_at_ms;
    int64_t reopen_ms;       /* pause before the next attempt */
    struct schedule poll[2]; /* by enum drv_poll */
    struct ups_reading reading;
    char first_serial[UPS_TEXT_MAX];
    bool was_open;
    bool replaced;
    uint32_t missed, reconnects;
    enum ups_error open_error; /* of the last attempt that failed */

    pthread_mutex_t lock; /* guards what follows */
    bool full_untaken;    /* a full poll was completed since the core last looked */
    struct unit_report report;
};

struct wire {
    struct workers *all;
    const char *port;
    struct unit **unit;
    size_t unit_count;
    struct drv_host host;
    struct link *link;
    unsigned users;
    bool broken;
    int wake_fd;
    pthread_t thread;
    bool started;
};

struct workers {
    const struct ups_clock *clock;
    int event_fd;
    atomic_bool stop;
    bool threads; /* wires run in threads of their own; set before those start */
    struct unit *unit;
    size_t unit_count;
    struct wire *wire;
    size_t wire_count;
    atomic_uint_fast64_t *dirty; /* a bit per unit: has a report that was not taken */
    size_t dirty_words;
};

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

/* -- telling the core ------------------------------------------------------------------------- */

/*
 * Marks a unit's report as new and wakes the core, once until it has looked.  A reading that only
 * says again what is known already need not wake it: the core looks before it calls anything old.
 */
static void signal_core(struct workers *all, size_t index, bool news)
{
    uint_fast64_t bit = (uint_fast64_t)1 << (index % 64);
    uint64_t one = 1;

    atomic_fetch_or(&all->dirty[index / 64], bit);
    if (!news)
        return;
    if (all->event_fd >= 0 && write(all->event_fd, &one, sizeof(one)) < 0 && errno != EAGAIN)
        log_msg(LOG_LVL_ERR, "worker", NULL, "eventfd: %m");
}

/* Do two readings differ in anything but the time? */
static bool differ(const struct ups_reading *a, const struct ups_reading *b)
{
    return a->status != b->status || memcmp(a->num, b->num, sizeof(a->num)) != 0 ||
           memcmp(a->known, b->known, sizeof(a->known)) != 0 ||
           memcmp(&a->alarms, &b->alarms, sizeof(a->alarms)) != 0 ||
           memcmp(a->text, b->text, sizeof(a->text)) != 0;
}

static void tell(struct unit *u, bool full, const char *why)
{
    struct workers *all = u->wire->all;
    enum unit_link link = u->phase == PHASE_OPEN ? UNIT_UP
                          : u->was_open          ? UNIT_LOST
                                                 : UNIT_CONNECTING;
    bool news;

    pthread_mutex_lock(&u->lock);
    news = full || link != u->report.link || u->missed != u->report.missed ||
           (why[0] == '\0') != (u->report.why[0] == '\0') ||
           differ(&u->reading, &u->report.reading);
    u->report.reading = u->reading;
    u->report.caps = u->drv.caps;
    u->report.count = u->drv.count;
    u->report.link = link;
    u->report.missed = u->missed;
    u->report.reconnects = u->reconnects;
    u->report.replaced = u->replaced;
    if (why[0] != '\0') /* the common case has none, and snprintf takes much stack */
        snprintf(u->report.why, sizeof(u->report.why), "%s", why);
    else
        u->report.why[0] = '\0';
    u->full_untaken = u->full_untaken || full;
    pthread_mutex_unlock(&u->lock);
    signal_core(all, (size_t)(u - all->unit), news);
}

static void take(struct unit *u, struct unit_report *report)
{
    pthread_mutex_lock(&u->lock);
    *report = u->report;
    report->full = u->full_untaken;
    u->full_untaken = false;
    pthread_mutex_unlock(&u->lock);
}

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
        take(&workers->unit[*index], report);
        return true;
    }
    return false;
}

/* -- opening and losing a device -------------------------------------------------------------- */

static void driver_init(struct unit *u)
{
    struct drv *d = &u->drv;

    /* nothing measured before may pass as a value of the device that answers now */
    ups_withdraw(&u->reading);
    u->reading.taken_ms = 0;
    memset(d->state, 0, d->driver->state_size);
    memset(&d->caps, 0, sizeof(d->caps));
    d->not_before_ms = 0;
    d->why[0] = '\0';
}

/* The driver has released its link: try again after a pause that grows. */
static void closed(struct unit *u, int64_t now, const char *why)
{
    if (u->phase == PHASE_OPEN)
        u->reopen_ms = REOPEN_FIRST_MS;
    u->phase = PHASE_CLOSED;
    u->poll[DRV_POLL_FAST].running = u->poll[DRV_POLL_FULL].running = false;
    u->open_at_ms = now + u->reopen_ms;
    u->reopen_ms = u->reopen_ms * 2 < REOPEN_MOST_MS ? u->reopen_ms * 2 : REOPEN_MOST_MS;
    tell(u, false, why);
}

static void remember_serial(struct unit *u)
{
    const char *serial = ups_text(&u->reading, UPS_VAR_UPS_SERIAL);

    if (u->first_serial[0] == '\0')
        snprintf(u->first_serial, sizeof(u->first_serial), "%s", serial);
    u->replaced = strcmp(u->first_serial, serial) != 0;
}

/*
 * Gives back the stack that opening has used: resolving names and paths takes many times what
 * polling does, and a process has as many of these stacks as wires.
 */
static void trim_stack(void)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE), size;
    pthread_attr_t attr;
    void *low;

    if (pthread_getattr_np(pthread_self(), &attr) != 0)
        return;
    if (pthread_attr_getstack(&attr, &low, &size) == 0) {
        uintptr_t here = (uintptr_t)__builtin_frame_address(0);
        /* what madvise() itself pushes lies below this frame: spare more than it can need */
        uintptr_t end = (here - 1024) & ~(page - 1);
        if (end > (uintptr_t)low && here < (uintptr_t)low + size)
            madvise(low, end - (uintptr_t)low, MADV_DONTNEED);
    }
    pthread_attr_destroy(&attr);
}

static void opened(struct unit *u, int64_t now)
{
    /* a driver that has read everything while opening need not do it again at once */
    bool read = u->reading.taken_ms > 0;
    int64_t full_ms = read ? now + u->conf->timing.pollfreq_ms : now;

    u->phase = PHASE_OPEN;
    if (u->was_open)
        u->reconnects++;
    u->was_open = true;
    u->reopen_ms = REOPEN_FIRST_MS;
    u->missed = 0;
    u->poll[DRV_POLL_FULL] = (struct schedule){.due_ms = full_ms, .good_ms = now};
    u->poll[DRV_POLL_FAST] =
        (struct schedule){.due_ms = now + u->conf->timing.pollinterval_ms, .good_ms = now};
    remember_serial(u);
    tell(u, read, "");
    if (u->wire->all->threads)
        trim_stack();
}

static void step_open(struct unit *u, int64_t now)
{
    int r;

    if (u->phase == PHASE_CLOSED) {
        driver_init(u);
        u->phase = PHASE_OPENING;
    }
    u->drv.not_before_ms = 0;
    r = u->drv.driver->open(&u->drv, &u->reading);
    now = ups_now(u->wire->all->clock);
    if (r == DRV_DONE)
        opened(u, now);
    else if (r == DRV_MORE)
        u->open_at_ms = u->drv.not_before_ms;
    else {
        u->open_error = (enum ups_error)r;
        closed(u, now, u->drv.why);
    }
}

/* -- polling ---------------------------------------------------------------------------------- */

static int64_t poll_period(const struct unit *u, enum drv_poll kind)
{
    return kind == DRV_POLL_FAST ? u->conf->timing.pollinterval_ms : u->conf->timing.pollfreq_ms;
}

/* The next poll keeps the rhythm; what was missed meanwhile is not made up for. */
static void reschedule(struct schedule *s, int64_t period, int64_t now)
{
    s->running = false;
    s->due_ms = s->start_ms + period > now ? s->start_ms + period : now;
}

/* A full poll holds the status too: the next fast one is due a period after that was read. */
static void put_off_fast(struct unit *u)
{
    struct schedule *fast = &u->poll[DRV_POLL_FAST];

    fast->good_ms = u->reading.taken_ms;
    if (!fast->running)
        fast->due_ms = u->reading.taken_ms + u->conf->timing.pollinterval_ms;
}

/* The poll goes on, but the status is there already: it need not wait for the rest. */
static void poll_early(struct unit *u, enum drv_poll kind)
{
    u->missed = 0;
    if (kind == DRV_POLL_FULL)
        put_off_fast(u);
    tell(u, false, "");
}

static void poll_good(struct unit *u, enum drv_poll kind, uint32_t status_before, int64_t now)
{
    u->missed = 0;
    u->poll[kind].good_ms = now;
    if (kind == DRV_POLL_FULL) {
        put_off_fast(u);
    } else if (u->reading.status != status_before && !u->poll[DRV_POLL_FULL].running) {
        u->poll[DRV_POLL_FULL].due_ms = now;
    }
    tell(u, kind == DRV_POLL_FULL, "");
}

/*
 * A device that stays silent is identified anew before its values count again: the cable may end
 * at another UPS by then.  The same if only its full polls fail: their values grow too old.
 */
static bool silent_too_long(const struct unit *u, int64_t now)
{
    const struct conf_timing *t = &u->conf->timing;

    return now - u->poll[DRV_POLL_FAST].good_ms > t->maxage_ms ||
           now - u->poll[DRV_POLL_FULL].good_ms > t->pollfreq_ms + t->maxage_ms;
}

static void poll_bad(struct unit *u, int code, int64_t now)
{
    u->missed++;
    if (code == UPS_E_DISCONNECTED || code == UPS_E_FOREIGN) {
        closed(u, now, u->drv.why);
        return;
    }
    if (silent_too_long(u, now)) {
        u->drv.driver->close(&u->drv);
        closed(u, now, u->drv.why);
        return;
    }
    tell(u, false, u->drv.why);
}

static void step_poll(struct unit *u, enum drv_poll kind, int64_t now)
{
    struct schedule *s = &u->poll[kind];
    int64_t taken_before = u->reading.taken_ms;
    int r;

    if (!s->running) {
        s->start_ms = s->due_ms;
        s->status_before = u->reading.status;
    }
    s->running = true;
    u->drv.not_before_ms = 0;
    r = u->drv.driver->poll(&u->drv, kind, &u->reading);
    if (r == DRV_MORE) {
        s->due_ms = u->drv.not_before_ms;
        if (u->reading.taken_ms > taken_before)
            poll_early(u, kind);
        return;
    }
    now = ups_now(u->wire->all->clock);
    reschedule(s, poll_period(u, kind), now);
    if (r == DRV_DONE)
        poll_good(u, kind, s->status_before, now);
    else
        poll_bad(u, r, now);
}

/* -- who is next ------------------------------------------------------------------------------ */

enum job { JOB_NONE, JOB_OPEN, JOB_FAST, JOB_FULL };

/* The job of this unit that should run first, and when. */
static enum job unit_job(const struct unit *u, int64_t now, int64_t *due)
{
    const struct schedule *fast = &u->poll[DRV_POLL_FAST], *full = &u->poll[DRV_POLL_FULL];

    if (u->phase != PHASE_OPEN) {
        *due = u->open_at_ms;
        return JOB_OPEN;
    }
    if (fast->due_ms <= now || fast->due_ms <= full->due_ms) {
        *due = fast->due_ms;
        return JOB_FAST;
    }
    *due = full->due_ms;
    return JOB_FULL;
}

static enum job next_job(const struct wire *w, int64_t now, struct unit **unit, int64_t *due)
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

static void run_job(enum job job, struct unit *u, int64_t now)
{
    if (job == JOB_OPEN)
        step_open(u, now);
    else if (job != JOB_NONE)
        step_poll(u, job == JOB_FAST ? DRV_POLL_FAST : DRV_POLL_FULL, now);
}

/* One unit found the wire dead: the others on it lose it too, so that it can be opened anew. */
static void drop_broken(struct wire *w)
{
    for (size_t i = 0; w->broken && i < w->unit_count; i++) {
        struct unit *u = w->unit[i];
        if (u->phase == PHASE_CLOSED)
            continue;
        u->drv.driver->close(&u->drv);
        closed(u, ups_now(w->all->clock), "the port was lost");
    }
}

/* Sleeps until `due` or until the wire is woken. */
static void wire_sleep(struct wire *w, int64_t due, int64_t now)
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
        enum job job = next_job(w, now, &u, &due);

        if (due > now) {
            wire_sleep(w, due, now);
            continue;
        }
        run_job(job, u, now);
        drop_broken(w);
    }
    for (size_t i = 0; i < w->unit_count; i++)
        if (w->unit[i]->phase != PHASE_CLOSED)
            w->unit[i]->drv.driver->close(&w->unit[i]->drv);
    return NULL;
}

/* -- start and stop --------------------------------------------------------------------------- */

static bool unit_init(struct unit *u, const struct conf_unit *conf, struct wire *w)
{
    u->conf = conf;
    u->wire = w;
    u->reopen_ms = REOPEN_FIRST_MS;
    u->drv.driver = conf->driver;
    u->drv.host = &w->host;
    u->drv.unit = conf->name;
    u->drv.port = conf->port;
    memcpy(u->drv.opt, conf->opt, sizeof(u->drv.opt));
    u->drv.state = calloc(1, conf->driver->state_size);
    pthread_mutex_init(&u->lock, NULL);
    return u->drv.state != NULL;
}

static void unit_fini(struct unit *u)
{
    if (!u->conf)
        return;
    free(u->drv.state);
    pthread_mutex_destroy(&u->lock);
}

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
    w->host = (struct drv_host){
        .clock = all->clock, .dial = wire_dial, .hang_up = wire_hang_up, .arg = w};
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

/* -- one unit, in the calling thread ---------------------------------------------------------- */

/* A wire with one unit and no thread. */
struct solo {
    struct workers all;
    struct wire wire;
    struct unit unit;
    struct unit *list[1];
    atomic_uint_fast64_t dirty;
};

static enum ups_error solo_init(struct solo *s, const struct conf_unit *conf,
                                const struct ups_clock *clock, struct unit_report *report)
{
    memset(s, 0, sizeof(*s));
    memset(report, 0, sizeof(*report));
    s->list[0] = &s->unit;
    s->all = (struct workers){.clock = clock,
                              .event_fd = -1,
                              .unit = &s->unit,
                              .unit_count = 1,
                              .wire = &s->wire,
                              .wire_count = 1,
                              .dirty = &s->dirty,
                              .dirty_words = 1};
    s->wire = (struct wire){.all = &s->all, .port = conf->port, .unit = s->list, .unit_count = 1};
    s->wire.host = (struct drv_host){
        .clock = clock, .dial = wire_dial, .hang_up = wire_hang_up, .arg = &s->wire};
    s->wire.wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (s->wire.wake_fd >= 0 && unit_init(&s->unit, conf, &s->wire))
        return UPS_OK;
    snprintf(report->why, sizeof(report->why), "out of memory or descriptors");
    return UPS_E_SYSTEM;
}

static void solo_fini(struct solo *s)
{
    if (s->unit.phase != PHASE_CLOSED)
        s->unit.drv.driver->close(&s->unit.drv);
    unit_fini(&s->unit);
    if (s->wire.wake_fd >= 0)
        close(s->wire.wake_fd);
}

/*
 * Takes steps until the unit is open, and with `full` until a full poll is done.  Somebody waits
 * for the answer: the first attempt to open that fails is it (drivers try each request several
 * times).
 */
static enum ups_error solo_steps(struct solo *s, int64_t deadline_ms, bool full,
                                 struct unit_report *report)
{
    const struct ups_clock *clock = s->all.clock;
    size_t index;

    while (ups_now(clock) < deadline_ms) {
        struct unit *u = &s->unit;
        int64_t now = ups_now(clock), due = now;
        enum job job = next_job(&s->wire, now, &u, &due);

        if (due > now) {
            wire_sleep(&s->wire, due < deadline_ms ? due : deadline_ms, now);
            continue;
        }
        run_job(job, u, now);
        drop_broken(&s->wire);
        if (!workers_take(&s->all, &index, report))
            continue;
        if (report->link == UNIT_UP && (report->full || !full))
            return UPS_OK;
        if (report->link == UNIT_CONNECTING)
            return s->unit.open_error;
    }
    return UPS_E_TIMEOUT;
}

enum ups_error worker_probe(const struct conf_unit *conf, const struct ups_clock *clock,
                            int64_t deadline_ms, struct unit_report *report)
{
    struct solo s;
    enum ups_error err = solo_init(&s, conf, clock, report);

    if (err == UPS_OK)
        err = solo_steps(&s, deadline_ms, true, report);
    solo_fini(&s);
    return err;
}

static int command_steps(struct solo *s, int64_t deadline_ms, enum ups_command command,
                         struct ups_command_args args)
{
    struct unit *u = &s->unit;
    int r = DRV_MORE;

    while (r == DRV_MORE) {
        int64_t now = ups_now(s->all.clock);
        if (now >= deadline_ms)
            return drv_fail(&u->drv, UPS_E_TIMEOUT, "the command was not confirmed in time");
        if (u->drv.not_before_ms > now) {
            wire_sleep(&s->wire, u->drv.not_before_ms, now);
            continue;
        }
        u->drv.not_before_ms = 0;
        r = u->drv.driver->command(&u->drv, command, args, &u->reading);
    }
    return r;
}

enum ups_error worker_command(const struct conf_unit *conf, const struct ups_clock *clock,
                              int64_t deadline_ms, enum ups_command command,
                              struct ups_command_args args, struct unit_report *report)
{
    struct solo s;
    enum ups_error err = solo_init(&s, conf, clock, report);

    if (err == UPS_OK && !conf->driver->command) {
        err = UPS_E_UNSUPPORTED;
        snprintf(report->why, sizeof(report->why), "driver %s offers no instant commands",
                 conf->driver->name);
    }
    if (err == UPS_OK)
        err = solo_steps(&s, deadline_ms, false, report);
    if (err == UPS_OK) {
        s.unit.drv.not_before_ms = 0;
        err = (enum ups_error)command_steps(&s, deadline_ms, command, args);
        snprintf(report->why, sizeof(report->why), "%s", s.unit.drv.why);
        if (err == UPS_E_DISCONNECTED || err == UPS_E_FOREIGN)
            s.unit.phase = PHASE_CLOSED; /* the driver has released its link */
    }
    solo_fini(&s);
    return err;
}
