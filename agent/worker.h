/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Workers: one thread per wire.  A worker opens the devices on its wire, polls them, reopens what
 * was lost, and hands every reading to the core by value.  Only workers ever wait for hardware.
 */
#ifndef WORKER_H
#define WORKER_H

#include "conf.h"

enum unit_link {
    UNIT_CONNECTING, /* never reached yet */
    UNIT_UP,         /* open and identified */
    UNIT_LOST,       /* was open, is being reopened */
};

/* What a worker tells the core about one unit. */
struct unit_report {
    struct ups_reading reading; /* the standing reading; reading.taken_ms 0: none yet */
    struct ups_caps caps;
    struct drv_counters count;
    enum unit_link link;
    bool full;           /* this report completes a full poll */
    bool replaced;       /* another serial number than the first time */
    uint32_t missed;     /* polls failed since the last good one */
    uint32_t reconnects; /* times the device was opened again */
    int32_t full_ms; /* how long the last full poll took, with what came between; -1: none yet */
    char why[160];   /* the last failure, "" if the last poll was good */
};

/* What the core wants a device to do.  One command or one setting. */
struct unit_job {
    uint64_t id; /* the caller's, never 0 */
    bool set;    /* a setting; else a command */
    enum ups_command command;
    struct ups_command_args args;
    enum ups_var var;
    int64_t milli;       /* the setting's new value */
    int64_t deadline_ms; /* monotonic: given up (UPS_E_TIMEOUT) if not done by then */
};

/*
 * So long after its deadline the result of a job is there at the latest (but for the transaction in
 * flight): while the driver takes back what it has begun.
 */
#define UNIT_GIVE_UP_MS 10000

/*
 * So long, at most, after the device did it (but for the transaction in flight) the result of a
 * command whose effect is in the status words (classes load, bypass, eco, test) is kept back for
 * the status that shows it.  Until then it counts as the one that runs.
 */
#define UNIT_SHOW_MS 1000

/* How a job ended. */
struct unit_result {
    uint64_t id;
    enum ups_error error;         /* UPS_OK: the device did it */
    char why[160];                /* with an error: one line */
    struct ups_command_args took; /* drv.took; -1, -1 with an error */
    /*
     * Monotonic: the first step (-1: it took none); when the device did it or the job failed, which
     * may be UNIT_SHOW_MS before the result is there
     */
    int64_t sent_ms, done_ms;
};

#define UNIT_JOBS_MAX 4 /* per unit, that wait, run, or whose result was not taken */

struct workers;

/*
 * Hands a job to the unit's thread, which is woken: it runs between two transactions, ahead of
 * polls.  Jobs of a unit run one after the other.  Returns UPS_OK, and then its result comes
 * exactly once (while the workers run); UPS_E_BUSY if UNIT_JOBS_MAX are there already;
 * UPS_E_DISCONNECTED if the unit is not open; UPS_E_UNSUPPORTED if its driver has no such function;
 * UPS_E_SYSTEM if memory is out.  Never waits for hardware.  Called by one thread at a time.
 */
enum ups_error workers_submit(struct workers *workers, size_t index, const struct unit_job *job);

/*
 * Takes one result that is there, whichever unit's.  Returns false if there is none.  event_fd is
 * signalled for every result.  A job of a unit that loses its device ends with UPS_E_DISCONNECTED,
 * unless the device had done it.  A unit's results come in the order in which its jobs ended.  A
 * status poll follows each job that was begun, and then a full one.  Called by one thread at a
 * time. The reading that shows a job's effect is reported no later than its result: take the
 * reports after seeing a result and before acting on it.  What a setting, the beeper or a
 * countdown has changed comes from the job itself.  The success of other commands is told after the
 * status poll that follows them, or after UNIT_SHOW_MS, or when the poll fails or finds the device
 * lost: the command was done all the same, but only a reading taken at done_ms or later shows it.
 * A command that was done only while it was given up (deadline_ms was over) is told at once.
 */
bool workers_take_result(struct workers *workers, size_t *index, struct unit_result *result);

/*
 * Starts the workers of all units of a configuration, which must outlive them.  event_fd (an
 * eventfd, not owned) is signalled for every report with news; one that only says again what is
 * known waits until somebody looks.  Returns NULL with a message on failure.
 */
struct workers *workers_start(const struct conf *conf, const struct ups_clock *clock, int event_fd,
                              char *why, size_t why_size);

/*
 * Takes the newest report of any unit that has one not taken yet: its number (order of the
 * configuration) and the report, whose caps are the caller's to clear (ups_caps_clear()).  Returns
 * false, the report untouched, if there is none.  Called by one thread, the core's.  Never waits
 * for hardware.
 */
bool workers_take(struct workers *workers, size_t *index, struct unit_report *report);

/*
 * Stops and joins all workers and closes their devices.  Takes at most the longest transaction in
 * flight.  Jobs that have not ended stay where they are, without a result.  Frees everything.  NULL
 * is fine.
 */
void workers_stop(struct workers *workers);

/*
 * Opens one unit in the calling thread, runs one full poll, closes.  For --probe: no threads.
 * Gives up after deadline_ms (monotonic).  Returns UPS_OK and the report, or an error with
 * report->why; the report's caps are the caller's to clear in any case.
 */
enum ups_error worker_probe(const struct conf_unit *unit, const struct ups_clock *clock,
                            int64_t deadline_ms, struct unit_report *report);

/*
 * As worker_probe(), and has the driver add to *found the options that describe the open device
 * (struct drv_driver).  For --scan.
 */
enum ups_error worker_describe(const struct conf_unit *unit, const struct ups_clock *clock,
                               int64_t deadline_ms, struct unit_report *report,
                               struct drv_found *found);

/*
 * Opens one unit in the calling thread and has it do one instant command.  For --run.  Returns
 * UPS_OK only if the device did it, else an error with report->why.  Takes as long as the same job
 * in a running agent, the status poll after it included.  The report's caps are the caller's to
 * clear.
 */
enum ups_error worker_command(const struct conf_unit *unit, const struct ups_clock *clock,
                              int64_t deadline_ms, enum ups_command command,
                              struct ups_command_args args, struct unit_report *report);

#endif
