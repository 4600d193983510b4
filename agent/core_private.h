/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Inside of the core: what its files know of each other.  core.c takes readings and makes
 * snapshots; each other file follows one subject, with a part of struct core_unit of its own:
 *
 *   alarms.c     the alarm table            follow.c     status edges: events, counters, history
 *   tests.c      battery tests              control.c    SETs: from items to one job
 *   countdown.c  shutdown, start, reboot    jobs.c       jobs under way, the command table
 *   publish.c    snapshots                  keep.c       the state file, the wall clock
 *   core_log.c   log lines                  kept.c       muting, the low-battery threshold
 *
 * Everything here runs under core.lock, which the public functions of core.h and control.h take.
 * Order of locks: core.lock, then core.snap_lock; the log and the state file may be used under
 * core.lock, core_config.done and control_tell() never.
 * ..._follow: a new reading has been taken in; ..._tick: time has passed; ..._next_ms: when the
 * subject's tick has something to do (INT64_MAX: nothing planned); ..._publish: fills in its part
 * of a new snapshot; ..._save, ..._load: its part of the state file.
 */
#ifndef CORE_PRIVATE_H
#define CORE_PRIVATE_H

#include <pthread.h>

#include "alarms.h"
#include "core.h"

enum comm { COMM_UNKNOWN, COMM_GOOD, COMM_BROKEN };

/* tests.c */
struct core_test {
    uint32_t lock; /* upsTestSpinLock */
    enum snap_test_id id;
    enum snap_test_result result;
    int64_t start_ms, end_ms; /* end -1: runs */
    char detail[SNAP_DETAIL_MAX];
    bool judging;        /* over, its result awaits the next full poll */
    bool seen;           /* the status has shown it since it was started by us */
    int64_t watchdog_ms; /* when a test that we started is given up; INT64_MAX */
};

/*
 * countdown.c.  First we count what is too long for the device (off_command is set), then it is
 * given its command and counts itself (by_device); off_at ends when the output was seen off, on_at
 * when it was seen on again.
 */
struct core_countdown {
    struct snap_timers timers;
    bool by_device;               /* the device counts down to off; else we do */
    enum ups_command off_command; /* what we give it in time; UPS_COMMAND_COUNT: nothing (more) */
    struct ups_command_args off_args;
    bool start_by_us;     /* on_at is ours: load.on is given then; else the device starts itself */
    bool off_passed;      /* off_at is over, the output was not seen off yet */
    bool stale;           /* off_at was over already when the state file was read */
    bool off_requested;   /* the output is off because somebody asked for it */
    uint64_t job;         /* of a command that the countdown itself has given; 0: none */
    int64_t retry_ms;     /* not given again before */
    int64_t retry_gap_ms; /* grows from one attempt to the next */
    int64_t ticked_ms;    /* when it was last looked at */
    uint32_t changes;     /* counts them: has anybody touched it since? */
};

/* What a SET does to a countdown without the device, or after its job is done. */
struct count_change {
    bool cancel_off, cancel_on;
    bool off, on;        /* begin to count */
    int32_t off_s, on_s; /* seconds from now; -1: none */
    enum ups_command command;
    struct ups_command_args args; /* value: how much of off_s the device counts */
};

/* jobs.c: one job of a device, running or ended. */
struct core_job {
    struct unit_job job; /* id 0: no such job */
    bool running;
    bool by_us;               /* nobody's SET: a countdown's or the end of muting */
    bool late;                /* its SET was answered before its end */
    bool mutes;               /* beeper.disable until the alarms are over */
    struct count_change then; /* to do when it is done */
    enum ups_error error;     /* of the one that ended */
    int64_t begun_ms, end_ms;
    char what[96]; /* for the log: "shutdown.return 60 s" */
};

#define CORE_JOBS (UNIT_JOBS_MAX + 1) /* those under way and the latest */

struct core_jobs {
    struct core_job *job; /* `rows` of them, owned; NULL until the first: many units get none */
    size_t rows;          /* 0 or CORE_JOBS */
    size_t latest;        /* the one begun last, if its id is not 0 */
    struct snap_commands *commands; /* the newest, owned by reference; NULL until needed */
    bool muted;                     /* beeper off by us until the alarms are over */
    int64_t unmute_ms;              /* switching it on again is not tried before */
    uint64_t unmute_job;            /* 0: none */
    int32_t shutdown_type;
    int32_t low_minutes; /* kept by us; -1: never set */
    bool gives_runtime;  /* battery.runtime was seen: low_minutes makes sense */
    int64_t reject_ms;   /* rejected SETs in the log: a minute began */
    uint32_t rejects;    /* in this minute */
};

struct core_unit {
    const struct conf_unit *conf;
    /* of the newest report: */
    enum unit_link link;
    int64_t link_since_ms;
    bool replaced;
    char why[sizeof(((struct unit_report *)NULL)->why)];   /* "" when the last poll was good */
    char error[sizeof(((struct unit_report *)NULL)->why)]; /* the last failure */
    int64_t error_ms;
    struct drv_counters count;
    uint32_t missed, reconnects;
    int32_t full_ms;
    const struct ups_reading *reading; /* what is served, in `next` or `snapshot`: core_edit() */
    struct ups_caps caps;
    uint32_t status_before; /* status words of the good reading before */
    bool ever_good;
    bool fresh;
    bool lost;             /* upsAlarmCommunicationsLost */
    enum comm comm_logged; /* what the log was last told */
    int64_t comm_logged_ms;
    int64_t good_ms; /* status of the newest reading, or the agent's start */

    char ident_name[64], attached_devices[64];
    bool ident_set; /* the name was SET; else the configuration's desc */

    bool input_bad;
    uint32_t input_line_bads;
    int64_t on_battery_since_ms;
    int64_t on_battery_told_ms; /* upsTrapOnBattery was last queued */
    struct snap_counters counters;

    struct core_test test;
    struct core_countdown count_down;
    struct core_jobs jobs;

    struct alarm_table alarms;
    int64_t log_credit_ms; /* log budget, as time saved up */
    int64_t log_credit_at_ms;
    uint32_t log_suppressed;

    const struct snapshot *snapshot; /* guarded by core.snap_lock */
    struct snapshot *next;           /* the reading has changed since; NULL: it has not */
};

struct control_set;

struct core {
    struct core_config config;
    const struct ups_clock *clock;
    int64_t start_ms, start_wall;
    int64_t wall_offset_ms; /* wall clock less monotonic clock: see core_wall() */
    int64_t next_ms;        /* no unit has to be looked at before */
    pthread_mutex_t lock;
    pthread_mutex_t snap_lock; /* guards the pointers to snapshots only */
    size_t unit_count;
    struct core_unit *unit;
    uint64_t last_job;                       /* ids of jobs */
    struct control_set *sets;                /* those between test and end */
    const struct snap_agent *agent;          /* guarded by snap_lock */
    bool agent_stale;                        /* events or history have moved on since */
    uint32_t last_past;                      /* seq of the history's newest row */
    struct snap_past past[SNAP_HISTORY_MAX]; /* ring */
};

/* -- core.c --------------------------------------------------------------------------------- */

/* Brings alarms, state file and snapshot in line with the unit's state. */
void core_settle(struct core *core, struct core_unit *u, int64_t since_ms);

/* Is the unit open and are its values fresh, so that a job makes sense? */
bool core_reachable(const struct core_unit *u);

/* Tells the core's thread that there is something to do. */
void core_wake(struct core *core);

static inline uint32_t core_number(const struct core *core, const struct core_unit *u)
{
    return (uint32_t)(u - core->unit);
}

/* -- publish.c ------------------------------------------------------------------------------ */

/*
 * The unit's reading, to be changed: u->reading is the same from now on, and the next snapshot has
 * it.  The one that is published stays as it is.  NULL: memory is out.
 */
struct ups_reading *core_edit(struct core_unit *u);

/* Replace the snapshot of a unit; that of the agent, if it is stale.  false: memory is out. */
bool publish_unit(struct core *core, struct core_unit *u);
bool publish_agent(struct core *core);

/* -- keep.c --------------------------------------------------------------------------------- */

/*
 * The wall clock's reading at a moment of the monotonic clock, and the reverse.  One offset serves
 * all until the host's clock is stepped, so that a moment is the same number each time it is
 * written to the state file.  INT64_MIN (before anybody looked) <-> 0.
 */
int64_t core_wall(const struct core *core, int64_t mono_ms);
int64_t core_mono(const struct core *core, int64_t wall_ms);
/* Notices that the host's clock was stepped. */
void core_wall_follow(struct core *core);

void keep_load(struct core *core, struct core_unit *u);
void keep_save(struct core *core, struct core_unit *u);
/* The last time: the stay on battery or bypass that lasts is counted up to now. */
void keep_last(struct core *core, struct core_unit *u);

/* -- core_log.c: one line a change, never a flood ------------------------------------------- */

void log_start(struct core_unit *u, int64_t now);
void log_alarms(struct core_unit *u, const struct alarm_change *change, int64_t now);
void log_up(struct core_unit *u, int64_t now);
void log_down(struct core_unit *u, int64_t now);

/* -- follow.c ------------------------------------------------------------------------------- */

/* Queues an event of this unit: fill in kind, alarm and its id, number, text. */
void core_emit(struct core *core, struct core_unit *u, struct event *event);

/* What the edges of status words and of alarm rows say: events, counters, history. */
void follow_status(struct core *core, struct core_unit *u);
void follow_alarms(struct core *core, struct core_unit *u, const struct alarm_table *before);
/* The values were withdrawn: what lasted is counted up to the last good reading. */
void follow_withdrawn(struct core_unit *u);
/* What the alarm rows of an earlier run say about the status words then. */
void follow_load(struct core_unit *u);
void follow_tick(struct core *core, struct core_unit *u, int64_t now); /* upsTrapOnBattery again */
int64_t follow_next_ms(const struct core_unit *u);

/* -- tests.c -------------------------------------------------------------------------------- */

void test_init(struct core_test *t);
bool test_runs(const struct core_unit *u);
/* A test of this kind was started by a job of ours (or the job goes on after set-wait). */
void test_started(struct core *core, struct core_unit *u, enum snap_test_id id);
/* The job that was to start it has failed after all. */
void test_not_started(struct core *core, struct core_unit *u, const char *why);
/* A job of ours has stopped it. */
void test_aborted(struct core *core, struct core_unit *u);
/* Communication was lost: its result will never be known. */
void test_lost(struct core *core, struct core_unit *u);
void test_follow(struct core *core, struct core_unit *u, bool full);
void test_tick(struct core *core, struct core_unit *u, int64_t now);
int64_t test_next_ms(const struct core_unit *u);
void test_alarms(const struct core_unit *u, struct ups_alarm_set *set);
void test_publish(const struct core_unit *u, struct snapshot *s);
void test_save(const struct core *core, const struct core_unit *u, struct state_unit *state);
void test_load(const struct core *core, struct core_unit *u, const struct state_unit *state);

/* -- countdown.c ---------------------------------------------------------------------------- */

void countdown_init(struct core_countdown *c);
void countdown_follow(struct core *core, struct core_unit *u);
void countdown_tick(struct core *core, struct core_unit *u, int64_t now);
int64_t countdown_next_ms(const struct core_unit *u);
void countdown_alarms(const struct core *core, const struct core_unit *u,
                      struct ups_alarm_set *set);
void countdown_publish(const struct core_unit *u, struct snapshot *s);
void countdown_save(const struct core *core, const struct core_unit *u, struct state_unit *state);
void countdown_load(const struct core *core, struct core_unit *u, const struct state_unit *state);
/* For jobs.c and control.c: */
bool countdown_mains(const struct core_unit *u);
void countdown_change(struct core *core, struct core_unit *u, const struct count_change *change);
void countdown_job_done(struct core *core, struct core_unit *u, const struct core_job *job,
                        const struct unit_result *result);
void countdown_job_failed(struct core *core, struct core_unit *u, const struct core_job *job,
                          const struct unit_result *result);

/* -- jobs.c ---------------------------------------------------------------------------------- */

void jobs_init(struct core_jobs *j);
void jobs_free(struct core_jobs *j);
/* set-wait, jobs that never end, muting. */
void jobs_tick(struct core *core, struct core_unit *u, int64_t now);
int64_t jobs_next_ms(const struct core *core, const struct core_unit *u);
/* Takes in how a job ended, and settles. */
void jobs_result(struct core *core, struct core_unit *u, const struct unit_result *result);
void jobs_publish(const struct core_unit *u, struct snapshot *s);
/* Is a job with this command under way? */
bool jobs_run(const struct core_jobs *j, enum ups_command command);

/* -- kept.c: what the agent does itself of upsConfig: muted, the low-battery threshold -------- */

/* A reading was taken in: before anything else looks at its status. */
void jobs_follow(struct core *core, struct core_unit *u);
void jobs_save(const struct core_unit *u, struct state_unit *state);
void jobs_load(struct core_unit *u, const struct state_unit *state);

/* -- control.c ------------------------------------------------------------------------------ */

/*
 * Calls done() of the sets that have ended since, without the lock: the public functions that run
 * in the core's thread call it last, after unlocking.
 */
void control_tell(struct core *core);

/* Frees the sets that nobody has ended; done() is not called any more. */
void control_free(struct core *core);

#endif
