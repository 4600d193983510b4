/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Inside of the control half of the core: control_plan.c decides what a SET comes to, control.c
 * leads it through its phases, control_apply.c does what needs no device, control_log.c writes the
 * audit log, jobs.c has the devices' jobs.  Everything runs under core.lock.
 */
#ifndef CONTROL_PRIVATE_H
#define CONTROL_PRIVATE_H

#include "core_private.h"

#define CONTROL_KINDS     (CONTROL_NOTHING + 1)
#define CONTROL_REPEAT_MS 5000 /* so long an equal SET counts as the same one, sent again */
#define CONTROL_WHY_MAX   128

/* -- control_plan.c ------------------------------------------------------------------------- */

#define PLAN_TEST_LOCK UPS_COMMAND_COUNT /* upsTestSpinLock in plan_unit.locks_taken */

/* What the plan has to know of one unit: the present state, nothing of it is changed. */
struct plan_unit {
    uint32_t number;
    uint32_t allow; /* bit per enum ups_class */
    const struct ups_caps *caps;
    const struct ups_reading *reading; /* as served */
    bool reachable;                    /* open, and its values are fresh */
    bool alarms;                       /* there is something to sound for */
    bool test_runs;
    uint32_t test_lock;
    const struct core_countdown *count_down;
    const struct core_jobs *jobs;
    /* of other sets between test and commit: */
    uint32_t locks_taken; /* bit per enum ups_command, and PLAN_TEST_LOCK */
    struct unit_job reserved[UNIT_JOBS_MAX];
    size_t reserved_count;
    int64_t now_ms;
};

struct control_plan {
    enum set_error error; /* SET_OK, or the first item that can't be, and why */
    size_t index;
    char why[CONTROL_WHY_MAX];

    bool has_job; /* at most one, over all units */
    uint32_t job_unit;
    struct unit_job job; /* without id and deadline */
    size_t job_index;    /* the item it comes from */
    bool mutes;
    bool locked; /* a spin lock came along: never taken for a repeated SET */

    bool has_count; /* a countdown begins or ends without the device, or after the job */
    bool count_after_job;
    uint32_t count_unit;
    struct count_change count;
};

/*
 * Decides what the items of one PDU come to.  Pure: the same whatever the items' order.  `units`
 * holds each unit that an item names.
 */
void control_plan(struct control_plan *plan, const struct control_item *items, size_t count,
                  const struct plan_unit *units, size_t unit_count);

bool plan_same_job(const struct unit_job *a, const struct unit_job *b);

/* The job that an equal job, asked for now, would only repeat; NULL if there is none. */
const struct core_job *plan_repeats(const struct core_jobs *jobs, const struct unit_job *job,
                                    int64_t now_ms);

/* The test that a command starts; SNAP_TEST_ID_NONE if it starts none. */
enum snap_test_id plan_test_of(enum ups_command command);

/* Spin lock of a command's row. */
uint32_t plan_command_lock(const struct core_jobs *jobs, enum ups_command command);

/* -- control_apply.c ------------------------------------------------------------------------ */

/* What one item has replaced, and what it takes to bring that back. */
struct control_saved {
    bool applied;
    bool flag;      /* has_name */
    int64_t number; /* locks, shutdown type, minutes */
    char text[64];
    struct snap_counters counters;
};

void control_apply(struct core *core, const struct control_item *item, struct control_saved *saved);
/* Brings back what was, unless somebody else has changed it since. */
void control_take_back(struct core *core, const struct control_item *item,
                       const struct control_saved *saved);

/* -- control.c ------------------------------------------------------------------------------ */

/* A job has ended: answers the sets that wait for it.  Returns whether any of them waited. */
bool control_job_ended(struct core *core, struct core_unit *u, const struct core_job *job,
                       const char *why);

/* Answers sets whose set-wait is over. */
void control_wait_over(struct core *core, struct core_unit *u, int64_t now);
int64_t control_next_ms(const struct core *core, const struct core_unit *u);

/* -- control_log.c -------------------------------------------------------------------------- */

/* "52 ms", "1.2 s" */
void log_duration(int64_t ms, char *buf, size_t size);

/*
 * The present value of what an item is about to change ("" where it is a command, which has none),
 * or the value it asks for.
 */
void log_value_now(const struct core *core, const struct control_item *item, char *buf,
                   size_t size);
void log_value_wanted(const struct control_item *item, char *buf, size_t size);

/* "shutdown.return 60 s" */
void log_job_text(const struct unit_job *job, char *buf, size_t size);

/* A SET that was not let through: at most 20 a minute and unit. */
void log_rejected(const struct core *core, const struct control_item *item, enum set_error error,
                  const char *why);
void log_rejects_tick(struct core_unit *u, int64_t now);
int64_t log_rejects_next_ms(const struct core_unit *u);

/* -- jobs.c --------------------------------------------------------------------------------- */

/* What is to be done by a device; all but `job` may be zero. */
struct job_order {
    struct unit_job job; /* without id and deadline */
    bool by_us, mutes;
    struct count_change then;
};

/* Hands a job to the device.  UPS_OK and *id, or why not. */
enum ups_error jobs_begin(struct core *core, struct core_unit *u, const struct job_order *order,
                          uint64_t *id);

struct core_job *jobs_find(struct core_unit *u, uint64_t id);
const struct core_job *jobs_latest(const struct core_jobs *jobs);

/* How many are under way; how many of them are not the end of muting. */
size_t jobs_running(const struct core_jobs *jobs);
size_t jobs_blocking(const struct core_jobs *jobs);

/* The SET of a job that still runs was answered: from now on its outcome is late. */
void jobs_late(struct core *core, struct core_unit *u, struct core_job *job);

/* Writes a row of the command table anew; UPS_COMMAND_COUNT: the settings'. */
void jobs_row_lock(struct core *core, struct core_unit *u, enum ups_command command, uint32_t lock);

/* A command that was called done has turned out not to be: row, event. */
void jobs_failed_after_all(struct core *core, struct core_unit *u, enum ups_command command,
                           const char *why);

/* -- kept.c --------------------------------------------------------------------------------- */

/* What it means that the device's beeper is off: muted, or (not mutes) disabled. */
void mute_settle(struct core_unit *u, bool mutes);
/* A beeper command, or the setting, has ended. */
void mute_job_ended(struct core *core, struct core_unit *u, const struct core_job *job,
                    enum ups_error error);
void mute_tick(struct core *core, struct core_unit *u, int64_t now);
int64_t mute_next_ms(const struct core_unit *u);
/* Adds LB to the reading if the run time is down to the threshold. */
void low_battery_judge(struct core_unit *u);

#endif
