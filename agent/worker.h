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
    char why[160];       /* the last failure, "" if the last poll was good */
};

struct workers;

/*
 * Starts the workers of all units of a configuration, which must outlive them.  event_fd (an
 * eventfd, not owned) is signalled for every report with news; one that only says again what is
 * known waits until somebody looks.  Returns NULL with a message on failure.
 */
struct workers *workers_start(const struct conf *conf, const struct ups_clock *clock, int event_fd,
                              char *why, size_t why_size);

/*
 * Takes the newest report of any unit that has one not taken yet: its number (order of the
 * configuration) and the report.  Returns false if there is none.  Called by one thread, the
 * core's.  Never waits for hardware.
 */
bool workers_take(struct workers *workers, size_t *index, struct unit_report *report);

/*
 * Stops and joins all workers and closes their devices.  Takes at most the longest transaction in
 * flight.  Frees everything.  NULL is fine.
 */
void workers_stop(struct workers *workers);

/*
 * Opens one unit in the calling thread, runs one full poll, closes.  For --probe: no threads.
 * Gives up after deadline_ms (monotonic).  Returns UPS_OK and the report, or an error with
 * report->why.
 */
enum ups_error worker_probe(const struct conf_unit *unit, const struct ups_clock *clock,
                            int64_t deadline_ms, struct unit_report *report);

/*
 * Opens one unit in the calling thread and has it do one instant command.  For --run.  Returns
 * UPS_OK only if the device did it, else an error with report->why.
 */
enum ups_error worker_command(const struct conf_unit *unit, const struct ups_clock *clock,
                              int64_t deadline_ms, enum ups_command command,
                              struct ups_command_args args, struct unit_report *report);

#endif
