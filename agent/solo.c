/* SPDX-License-Identifier: BSD-2-Clause */
/* One unit in the calling thread, for --probe, --run and --scan. */
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
    atomic_uint_fast64_t dirty, ended;
};

static enum ups_error solo_init(struct solo *s, const struct conf_unit *conf,
                                const struct ups_clock *clock, struct unit_report *report)
{
    memset(s, 0, sizeof(*s));
    memset(report, 0, sizeof(*report));
    report->full_ms = -1;
    s->list[0] = &s->unit;
    s->all = (struct workers){.clock = clock,
                              .event_fd = -1,
                              .unit = &s->unit,
                              .unit_count = 1,
                              .wire = &s->wire,
                              .wire_count = 1,
                              .dirty = &s->dirty,
                              .ended = &s->ended,
                              .words = 1};
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

/* Takes one step, or sleeps until there is one to take; at most until `end_ms`. */
static void solo_step(struct solo *s, int64_t end_ms)
{
    struct unit *u = &s->unit;
    int64_t now = ups_now(s->all.clock), due = now;
    enum turn turn = wire_next(&s->wire, now, &u, &due);

    if (due > now)
        wire_sleep(&s->wire, due < end_ms ? due : end_ms, now);
    else
        wire_step(&s->wire, turn, u, now);
}

/*
 * Takes steps until the unit is open, and with `full` until a full poll is done.  Somebody waits
 * for the answer: the first attempt to open that fails is it (drivers try each request several
 * times).
 */
static enum ups_error solo_open(struct solo *s, int64_t deadline_ms, bool full,
                                struct unit_report *report)
{
    size_t index;

    while (ups_now(s->all.clock) < deadline_ms) {
        solo_step(s, deadline_ms);
        ups_caps_clear(&report->caps);
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
    return worker_describe(conf, clock, deadline_ms, report, NULL);
}

enum ups_error worker_describe(const struct conf_unit *conf, const struct ups_clock *clock,
                               int64_t deadline_ms, struct unit_report *report,
                               struct drv_found *found)
{
    struct solo s;
    enum ups_error err = solo_init(&s, conf, clock, report);

    if (err == UPS_OK)
        err = solo_open(&s, deadline_ms, true, report);
    if (err == UPS_OK && found && conf->driver->describe)
        conf->driver->describe(&s.unit.drv, found);
    solo_fini(&s);
    return err;
}

/* The job as a running agent does it, polls in its pauses and all. */
static enum ups_error solo_job(struct solo *s, const struct unit_job *job, char *why, size_t size)
{
    struct unit_result result;
    size_t index;
    enum ups_error err = workers_submit(&s->all, 0, job);

    if (err != UPS_OK) {
        snprintf(why, size, "%s", ups_strerror(err));
        return err;
    }
    while (!workers_take_result(&s->all, &index, &result))
        solo_step(s, job->deadline_ms + UNIT_GIVE_UP_MS);
    snprintf(why, size, "%s", result.why);
    return result.error;
}

enum ups_error worker_command(const struct conf_unit *conf, const struct ups_clock *clock,
                              int64_t deadline_ms, enum ups_command command,
                              struct ups_command_args args, struct unit_report *report)
{
    struct unit_job job = {.id = 1, .command = command, .args = args, .deadline_ms = deadline_ms};
    struct solo s;
    enum ups_error err = solo_init(&s, conf, clock, report);

    if (err == UPS_OK && !conf->driver->command) {
        err = UPS_E_UNSUPPORTED;
        snprintf(report->why, sizeof(report->why), "driver %s offers no instant commands",
                 conf->driver->name);
    }
    if (err == UPS_OK)
        err = solo_open(&s, deadline_ms, false, report);
    if (err == UPS_OK)
        err = solo_job(&s, &job, report->why, sizeof(report->why));
    solo_fini(&s);
    return err;
}
