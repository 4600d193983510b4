/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Inside of the workers: one configured UPS (unit.c), the thread of its wire (worker.c), and one
 * unit without threads (solo.c).  The core sees worker.h only.
 */
#ifndef UNIT_H
#define UNIT_H

#include <pthread.h>
#include <stdatomic.h>

#include "worker.h"

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

/* What a unit can do next. */
enum job { JOB_NONE, JOB_OPEN, JOB_FAST, JOB_FULL };

/* -- unit.c --------------------------------------------------------------------------------- */

/* Sets up a zeroed unit on its wire.  false: no memory (unit_fini all the same). */
bool unit_init(struct unit *u, const struct conf_unit *conf, struct wire *w);

/* Frees what the unit owns; its device is closed already.  A zeroed unit is fine. */
void unit_fini(struct unit *u);

/* The job of this unit that should run first, and when (monotonic milliseconds). */
enum job unit_job(const struct unit *u, int64_t now, int64_t *due);

/* Takes one step of a job: at most one transaction. */
void unit_step(struct unit *u, enum job job, int64_t now);

/* The unit lost its device because its wire broke: closes it, to be opened again. */
void unit_drop(struct unit *u);

/* Copies the newest report. */
void unit_take(struct unit *u, struct unit_report *report);

/* -- worker.c ------------------------------------------------------------------------------- */

/* Lends the units of a wire its link (struct drv_host). */
void wire_host(struct wire *w);

/* The next job on a wire, whose, and when. */
enum job wire_next(const struct wire *w, int64_t now, struct unit **unit, int64_t *due);

/* Takes one step, and closes all units of the wire if it found the wire dead. */
void wire_step(struct wire *w, enum job job, struct unit *u, int64_t now);

/* Sleeps until `due` or until the wire is woken. */
void wire_sleep(struct wire *w, int64_t due, int64_t now);

#endif
