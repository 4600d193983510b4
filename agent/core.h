/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The core: all that follows from readings, SETs and time.  No I/O of its own (the journal and the
 * state file are event.c's and state.c's), no threads, the clock is a parameter.  One thread feeds
 * it (core_report, core_result, core_tick); everything else may be called from any thread.
 */
#ifndef CORE_H
#define CORE_H

#include "control.h"
#include "event.h"
#include "snapshot.h"
#include "state.h"

struct core;

struct core_config {
    const struct conf *conf; /* outlives the core */
    const struct ups_clock *clock;
    struct events *events; /* used, not owned */
    struct state *state;   /* used, not owned */
    /* Hands a job to a unit's worker: workers_submit(). */
    enum ups_error (*submit)(void *arg, size_t unit, const struct unit_job *job);
    /*
     * There is something to do: core_next_ms() has come forward, or an event waits.  Any thread;
     * called under the core's lock: it must not call the core.
     */
    void (*wake)(void *arg);
    void *arg;
};

/* NULL if memory is short.  *config is copied. */
struct core *core_new(const struct core_config *config);
void core_free(struct core *core);

/* Takes in what a worker reported of unit number `index` (order of the configuration). */
void core_report(struct core *core, size_t index, const struct unit_report *report);

/* Takes in how a job ended. */
void core_result(struct core *core, size_t index, const struct unit_result *result);

/* Does what has come due: data grown too old, countdowns, set-wait, tests that never end. */
void core_tick(struct core *core);

/* When core_tick has something to do, monotonic milliseconds; a report may bring it forward. */
int64_t core_next_ms(const struct core *core);

/* The present snapshot of a unit, held for the caller (snapshot_release).  Any thread; never NULL.
 */
const struct snapshot *core_hold(struct core *core, size_t index);

/* The present picture of what concerns all units (snap_agent_release).  Any thread; never NULL. */
const struct snap_agent *core_hold_agent(struct core *core);

/* events_send() under the core's lock, copied.  false: none now. */
bool core_event_take(struct core *core, struct event *event);

/* events_fate() under the core's lock. */
void core_event_fate(struct core *core, uint32_t seq, enum event_fate fate);

/* events_next_ms() under the core's lock. */
int64_t core_event_next_ms(struct core *core);

#endif
