/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Inside of the workers: one configured UPS (unit.c), what the core wants of it (unit_jobs.c), the
 * thread of its wire (worker.c), and one unit without threads (solo.c).  The core sees worker.h
 * only.
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
    int64_t begun_ms;       /* when it took its first step */
    int64_t good_ms;        /* last success */
    uint32_t status_before; /* status words when the poll that runs began */
    bool running;
    bool again; /* the poll that runs may have read what has changed since: another follows */
};

/* The job that has begun; the wire's thread alone knows. */
struct job_run {
    bool runs;       /* the first of unit_jobs.job */
    bool given_up;   /* its time is over: being taken back */
    bool done;       /* a command that the device did; the status that shows it is awaited */
    int64_t sent_ms; /* its first step */
    int64_t done_ms; /* with `done`: since when */
};

/* What the core wants of a unit, and what became of it: together at most UNIT_JOBS_MAX. */
struct unit_jobs {
    uint8_t waiting, ended;
    int64_t due_ms; /* when the first job may take its next step */
    struct unit_job job[UNIT_JOBS_MAX];
    struct unit_result
        *result; /* UNIT_JOBS_MAX; NULL until the first job: many units never get one */
};

struct unit {
    const struct conf_unit *conf;
    struct wire *wire;
    struct drv drv;
    enum phase phase;
    int64_t open_at_ms;
    int64_t opening_ms;      /* when this attempt began */
    bool local;              /* a path or a USB device of this host */
    int64_t reopen_ms;       /* pause before the next attempt */
    struct schedule poll[2]; /* by enum drv_poll */
    struct ups_reading reading;
    char first_serial[UPS_TEXT_MAX];
    bool was_open;
    bool replaced;
    bool hung_up; /* the driver was told that the descriptor it waits for has hung up */
    uint32_t missed, reconnects;
    int32_t full_ms;           /* as in the report */
    enum ups_error open_error; /* of the last attempt that failed */
    struct job_run run;

    pthread_mutex_t lock; /* guards what follows */
    bool full_untaken;    /* a full poll was completed since the core last looked */
    struct unit_report report;
    struct unit_jobs jobs;
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
    /* a bit per unit: has a report, a result, that was not taken */
    atomic_uint_fast64_t *dirty, *ended;
    size_t words; /* of each */
};

/* What a unit can do next. */
enum turn { TURN_NONE, TURN_OPEN, TURN_JOB, TURN_FAST, TURN_FULL };

/*
 * A job that goes on within this time has the wire to itself: what it waits for is the gap between
 * two frames, and a poll begun in that gap would cost it a whole transaction.
 */
#define JOB_GAP_MS 50

/*
 * Polls begin on common ticks where they can: the CPU wakes once for all wires instead of once for
 * each, and finds in its caches what it needs for the next (half the cost of a short poll is
 * finding it anew).  Not more than the shortest period of a poll.
 */
#define TICK_MS 100

/* -- unit.c --------------------------------------------------------------------------------- */

/* Sets up a zeroed unit on its wire.  false: no memory (unit_fini all the same). */
bool unit_init(struct unit *u, const struct conf_unit *conf, struct wire *w);

/* Frees what the unit owns; its device is closed already.  A zeroed unit is fine. */
void unit_fini(struct unit *u);

/* What this unit should do first, and when (monotonic milliseconds). */
enum turn unit_turn(struct unit *u, int64_t now, int64_t *due);

/* Takes one step: at most one transaction. */
void unit_step(struct unit *u, enum turn turn, int64_t now);

/* The unit lost its device because its wire broke: closes it, to be opened again. */
void unit_drop(struct unit *u);

/* Copies the newest report; its caps are the caller's to clear. */
void unit_take(struct unit *u, struct unit_report *report);

/* The driver has released its link, for this reason: jobs end, the device is opened again later. */
void unit_closed(struct unit *u, int64_t now, const char *why);

/* The reading may have changed without a poll: tells the core if so. */
void unit_tell_change(struct unit *u);

/* The device may have changed: a status poll at once, then a full one. */
void unit_poll_soon(struct unit *u, int64_t now);

/* When the driver's next step may be taken, as its last one has asked. */
int64_t unit_next_step_ms(const struct unit *u);

/*
 * The descriptor whose input would make the unit's next step due earlier (drv.wait_fd); -1: none,
 * or the step is due anyway.
 */
int unit_wait_fd(const struct unit *u, int64_t now);

/* There is input on unit_wait_fd(), or it has hung up: the step that waits for it is due. */
void unit_input(struct unit *u, bool hung_up, int64_t now);

/* Sets a unit's bit and, with `wake`, wakes the core. */
void unit_signal(struct unit *u, atomic_uint_fast64_t *bits, bool wake);

/* -- unit_jobs.c ---------------------------------------------------------------------------- */

/* workers_submit() but for the waking. */
enum ups_error unit_jobs_add(struct unit *u, const struct unit_job *job);

/* When the jobs need the unit next; INT64_MAX: there is none. */
int64_t unit_jobs_due(struct unit *u);

/* One step of the job whose turn it is, and the end of those whose time is over. */
void unit_jobs_step(struct unit *u, int64_t now);

/*
 * Do jobs that are due then go before every poll?  Not yet what only ends a wait for the status: a
 * poll held back for it would be the very one.
 */
bool unit_jobs_urgent(const struct unit *u, int64_t due, int64_t now);

/*
 * The status has been reported, or could not be read, by a poll that has begun since the last step
 * of a job: a command that waits for that ends.
 */
void unit_jobs_shown(struct unit *u);

/* Ends all jobs, because the device is lost.  A command that the device has done ends well. */
void unit_jobs_lost(struct unit *u, int64_t now, const char *why);

/* Takes the oldest result; *more: there are others.  Returns false if there is none. */
bool unit_jobs_take(struct unit *u, struct unit_result *result, bool *more);

/* -- worker.c ------------------------------------------------------------------------------- */

/* Lends the units of a wire its link (struct drv_host). */
void wire_host(struct wire *w);

/* What should be done next on a wire, by which unit, and when: jobs before anything else. */
enum turn wire_next(const struct wire *w, int64_t now, struct unit **unit, int64_t *due);

/* Takes one step, and closes all units of the wire if it found the wire dead. */
void wire_step(struct wire *w, enum turn turn, struct unit *u, int64_t now);

/* Sleeps until `due`, until the wire is woken, or until there is input that a unit waits for. */
void wire_sleep(struct wire *w, int64_t due, int64_t now);

#endif
