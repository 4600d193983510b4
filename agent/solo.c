/* SPDX-License-Identifier: BSD-2-Clause */
/* One unit in the calling thread, for --probe and --run. */
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "unit.h"

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
    wire_host(&s->wire);
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
        enum job job = wire_next(&s->wire, now, &u, &due);

        if (due > now) {
            wire_sleep(&s->wire, due < deadline_ms ? due : deadline_ms, now);
            continue;
        }
        wire_step(&s->wire, job, u, now);
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
