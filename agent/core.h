/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The core: all that follows from readings and time.  No I/O, no threads of its own, the clock is
 * a parameter.  One thread feeds it (core_report, core_tick); snapshots may be taken from any.
 */
#ifndef CORE_H
#define CORE_H

#include "snapshot.h"
#include "worker.h"

struct core;

/* `conf` must outlive the core.  NULL if memory is short. */
struct core *core_new(const struct conf *conf, const struct ups_clock *clock);
void core_free(struct core *core);

/* Takes in what a worker reported of unit number `index` (order of the configuration). */
void core_report(struct core *core, size_t index, const struct unit_report *report);

/* Does what has come due: data grown too old, communication lost. */
void core_tick(struct core *core);

/* When core_tick has something to do, monotonic milliseconds; a report may bring it forward. */
int64_t core_next_ms(const struct core *core);

/* The present snapshot of a unit, held for the caller (snapshot_release).  Any thread; never NULL.
 */
const struct snapshot *core_hold(struct core *core, size_t index);

#endif
