/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One configured UPS: opening it and opening it again, the rhythm of its polls, and what the core
 * is told.
 */
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/*
 * How long to wait before a device is opened again: starts short, because a replugged adapter is
 * back within a second, and stays short enough that values are back within seconds of the device.
 * While nothing is there (no such path, no USB device) an attempt costs some microseconds and holds
 * nobody up, so the pause does not grow: it is part of what a replug takes.  Hosts on a network are
 * spared.
 */
#define REOPEN_FIRST_MS 250
#define REOPEN_MOST_MS  1000
#define ABSENT_MS       20 /* an attempt that fails in so short a time has found nothing */

/* Within this time a full poll has read the status, or a fast one looks for itself. */
#define STATUS_SOON_MS 300

/* -- telling the core ------------------------------------------------------------------------- */

void unit_signal(struct unit *u, atomic_uint_fast64_t *bits, bool wake)
{
    struct workers *all = u->wire->all;
    size_t index = (size_t)(u - all->unit);
    uint64_t one = 1;

    atomic_fetch_or(&bits[index / 64], (uint_fast64_t)1 << (index % 64));
    if (!wake)
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

/*
 * Puts the newest report into the mailbox.  One that only says again what is known already need not
 * wake the core: it looks before it calls anything old.
 */
static void tell(struct unit *u, bool full, const char *why)
{
    enum unit_link link = u->phase == PHASE_OPEN ? UNIT_UP
                          : u->was_open          ? UNIT_LOST
                                                 : UNIT_CONNECTING;
    bool news;

    pthread_mutex_lock(&u->lock);
    news = full || link != u->report.link || u->missed != u->report.missed ||
           (why[0] == '\0') != (u->report.why[0] == '\0') ||
           differ(&u->reading, &u->report.reading);
    u->report.reading = u->reading;
    ups_caps_copy(&u->report.caps, &u->drv.caps);
    u->report.count = u->drv.count;
    u->report.link = link;
    u->report.missed = u->missed;
    u->report.reconnects = u->reconnects;
    u->report.replaced = u->replaced;
    u->report.full_ms = u->full_ms;
    if (why[0] != '\0') /* the common case has none, and snprintf takes much stack */
        snprintf(u->report.why, sizeof(u->report.why), "%s", why);
    else
        u->report.why[0] = '\0';
    u->full_untaken = u->full_untaken || full;
    pthread_mutex_unlock(&u->lock);
    unit_signal(u, u->wire->all->dirty, news);
}

void unit_tell_change(struct unit *u)
{
    bool news;

    pthread_mutex_lock(&u->lock);
    news = differ(&u->reading, &u->report.reading);
    if (news)
        u->report.reading = u->reading;
    pthread_mutex_unlock(&u->lock);
    if (news)
        unit_signal(u, u->wire->all->dirty, true);
}

void unit_take(struct unit *u, struct unit_report *report)
{
    pthread_mutex_lock(&u->lock);
    *report = u->report;
    report->caps = (struct ups_caps){0};
    ups_caps_copy(&report->caps, &u->report.caps);
    report->full = u->full_untaken;
    u->full_untaken = false;
    pthread_mutex_unlock(&u->lock);
}

/* -- opening and losing a device -------------------------------------------------------------- */

static void driver_init(struct unit *u)
{
    struct drv *d = &u->drv;

    /* nothing measured before may pass as a value of the device that answers now */
    ups_withdraw(&u->reading);
    u->reading.taken_ms = 0;
    memset(d->state, 0, d->driver->state_size);
    ups_caps_clear(&d->caps);
    d->not_before_ms = 0;
    d->wait_fd = -1;
    d->why[0] = '\0';
}

int64_t unit_next_step_ms(const struct unit *u)
{
    int64_t now = ups_now(u->wire->all->clock);

    /* never in the past: whoever on the bus has waited longer goes first */
    return u->drv.not_before_ms > now ? u->drv.not_before_ms : now;
}

/* The next attempt comes after a pause that grows. */
void unit_closed(struct unit *u, int64_t now, const char *why)
{
    if (u->phase == PHASE_OPEN)
        u->reopen_ms = REOPEN_FIRST_MS;
    u->phase = PHASE_CLOSED;
    u->drv.wait_fd = -1; /* closed, and its number perhaps somebody else's by now */
    u->hung_up = false;
    u->poll[DRV_POLL_FAST].running = u->poll[DRV_POLL_FULL].running = false;
    u->open_at_ms = now + u->reopen_ms;
    u->reopen_ms = u->reopen_ms * 2 < REOPEN_MOST_MS ? u->reopen_ms * 2 : REOPEN_MOST_MS;
    tell(u, false, why);
    unit_jobs_lost(u, now, why); /* last: the core submits no more once it was told */
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
        u->opening_ms = now;
    }
    u->drv.not_before_ms = 0;
    u->drv.wait_fd = -1;
    r = u->drv.driver->open(&u->drv, &u->reading);
    now = ups_now(u->wire->all->clock);
    if (r == DRV_DONE)
        opened(u, now);
    else if (r == DRV_MORE)
        u->open_at_ms = unit_next_step_ms(u);
    else {
        u->open_error = (enum ups_error)r;
        if (u->local && r == UPS_E_DISCONNECTED && now - u->opening_ms <= ABSENT_MS)
            u->reopen_ms = REOPEN_FIRST_MS;
        unit_closed(u, now, u->drv.why);
    }
}

/* -- polling ---------------------------------------------------------------------------------- */

static int64_t poll_period(const struct unit *u, enum drv_poll kind)
{
    return kind == DRV_POLL_FAST ? u->conf->timing.pollinterval_ms : u->conf->timing.pollfreq_ms;
}

/* When a poll that could wait until `due` is due: somewhat earlier, with those of other wires. */
static int64_t on_tick(int64_t due)
{
    return due / TICK_MS * TICK_MS;
}

/*
 * The next poll keeps the rhythm; what was missed meanwhile is not made up for.  A period that is
 * not of whole ticks is kept as it is.
 */
static void reschedule(struct schedule *s, int64_t period, int64_t now)
{
    int64_t due = s->start_ms + period;

    if (period % TICK_MS == 0)
        due = on_tick(due);
    s->running = false;
    s->due_ms = due > now && !s->again ? due : now;
    s->again = false;
}

static void hurry(struct schedule *s, int64_t due)
{
    if (s->running)
        s->again = true;
    else if (s->due_ms > due)
        s->due_ms = due;
}

void unit_poll_soon(struct unit *u, int64_t now)
{
    hurry(&u->poll[DRV_POLL_FAST], now);
    hurry(&u->poll[DRV_POLL_FULL], now + 1); /* behind it, see unit_turn() */
}

/* A full poll holds the status too: the next fast one is due a period after that was read. */
static void put_off_fast(struct unit *u)
{
    struct schedule *fast = &u->poll[DRV_POLL_FAST];

    fast->good_ms = u->reading.taken_ms;
    if (!fast->running)
        fast->due_ms = on_tick(u->reading.taken_ms + u->conf->timing.pollinterval_ms);
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
        u->full_ms = (int32_t)(now - u->poll[kind].begun_ms);
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
        unit_closed(u, now, u->drv.why);
        return;
    }
    if (silent_too_long(u, now)) {
        u->drv.driver->close(&u->drv);
        unit_closed(u, now, u->drv.why);
        return;
    }
    tell(u, false, u->drv.why);
}

/* A full poll that begins reads the status too, and first: a fast one need not get in between. */
static void give_way(struct unit *u, int64_t now)
{
    struct schedule *fast = &u->poll[DRV_POLL_FAST];
    int64_t period = u->conf->timing.pollinterval_ms;
    int64_t until = now + (period < STATUS_SOON_MS ? period : STATUS_SOON_MS);

    if (!fast->running && fast->due_ms < until)
        fast->due_ms = until;
}

static void step_poll(struct unit *u, enum drv_poll kind, int64_t now)
{
    struct schedule *s = &u->poll[kind];
    int64_t taken_before = u->reading.taken_ms;
    bool shows = !s->again; /* what a command has done before: the poll began later */
    int r;

    if (!s->running) {
        s->start_ms = s->due_ms < now ? s->due_ms : now; /* input may have come before it was due */
        s->begun_ms = now;
        s->status_before = u->reading.status;
        if (kind == DRV_POLL_FULL)
            give_way(u, now);
    }
    s->running = true;
    u->drv.not_before_ms = 0;
    if (kind == DRV_POLL_FAST)
        u->drv.wait_fd = -1;
    r = u->drv.driver->poll(&u->drv, kind, &u->reading);
    if (r == DRV_MORE) {
        s->due_ms = unit_next_step_ms(u);
        if (u->reading.taken_ms > taken_before) {
            poll_early(u, kind);
            if (shows)
                unit_jobs_shown(u);
        }
        return;
    }
    now = ups_now(u->wire->all->clock);
    reschedule(s, poll_period(u, kind), now);
    if (r == DRV_DONE)
        poll_good(u, kind, s->status_before, now);
    else
        poll_bad(u, r, now);
    if (shows) /* failed too: the next one may be far */
        unit_jobs_shown(u);
}

/* -- devices that speak unasked ---------------------------------------------------------------- */

int unit_wait_fd(const struct unit *u, int64_t now)
{
    int64_t due = u->phase == PHASE_OPEN ? u->poll[DRV_POLL_FAST].due_ms : u->open_at_ms;

    return u->hung_up || due <= now ? -1 : u->drv.wait_fd;
}

void unit_input(struct unit *u, bool hung_up, int64_t now)
{
    u->hung_up = hung_up;
    if (u->phase == PHASE_OPEN)
        u->poll[DRV_POLL_FAST].due_ms = now;
    else
        u->open_at_ms = now;
}

/* -- steps ------------------------------------------------------------------------------------ */

enum turn unit_turn(struct unit *u, int64_t now, int64_t *due)
{
    const struct schedule *fast = &u->poll[DRV_POLL_FAST], *full = &u->poll[DRV_POLL_FULL];

    if (u->phase != PHASE_OPEN) {
        *due = u->open_at_ms;
        return TURN_OPEN;
    }
    bool fast_first = fast->due_ms <= now || fast->due_ms <= full->due_ms;
    if (fast->due_ms == full->due_ms && !fast->running && !full->running)
        fast_first = false; /* on the same tick: the full one reads the status too */
    int64_t poll_due = fast_first ? fast->due_ms : full->due_ms;
    int64_t job_due = unit_jobs_due(u);
    if (job_due <= poll_due || unit_jobs_urgent(u, job_due, now)) {
        *due = job_due;
        return TURN_JOB;
    }
    *due = poll_due;
    return fast_first ? TURN_FAST : TURN_FULL;
}

void unit_step(struct unit *u, enum turn turn, int64_t now)
{
    switch (turn) {
    case TURN_NONE: return;
    case TURN_OPEN: step_open(u, now); return;
    case TURN_JOB: unit_jobs_step(u, now); return;
    case TURN_FAST: step_poll(u, DRV_POLL_FAST, now); return;
    case TURN_FULL: step_poll(u, DRV_POLL_FULL, now); return;
    }
}

void unit_drop(struct unit *u)
{
    if (u->phase == PHASE_CLOSED)
        return;
    u->drv.driver->close(&u->drv);
    unit_closed(u, ups_now(u->wire->all->clock), "the port was lost");
}

/* -- life ------------------------------------------------------------------------------------- */

bool unit_init(struct unit *u, const struct conf_unit *conf, struct wire *w)
{
    char why[160];

    u->conf = conf;
    u->wire = w;
    u->local = link_port_kind(conf->port, why, sizeof(why)) & (LINK_PORT_TTY | LINK_PORT_USB);
    u->reopen_ms = REOPEN_FIRST_MS;
    u->full_ms = u->report.full_ms = -1;
    u->drv.driver = conf->driver;
    u->drv.host = &w->host;
    u->drv.unit = conf->name;
    u->drv.port = conf->port;
    u->drv.wait_fd = -1;
    u->drv.poll_ms = (int32_t)conf->timing.pollinterval_ms;
    u->drv.preset = conf->preset;
    u->drv.preset_count = conf->preset_count;
    u->drv.state = calloc(1, conf->driver->state_size);
    u->drv.opt = drv_option_values(conf->driver);
    for (unsigned row = 0; u->drv.opt && row < drv_option_count(conf->driver); row++)
        u->drv.opt[row] = conf->opt[row];
    pthread_mutex_init(&u->lock, NULL);
    return u->drv.state && u->drv.opt;
}

void unit_fini(struct unit *u)
{
    if (!u->conf)
        return;
    free(u->drv.state);
    free(u->drv.opt);
    free(u->jobs.result);
    ups_caps_clear(&u->drv.caps);
    ups_caps_clear(&u->report.caps);
    pthread_mutex_destroy(&u->lock);
}
