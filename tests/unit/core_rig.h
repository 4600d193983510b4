/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A core of one unit on reports made by hand, a clock that the test turns, and a queue of events
 * and a state file that keep in memory what the core gives them.
 */
#ifndef CORE_RIG_H
#define CORE_RIG_H

#include "../../agent/core_private.h"

#define RIG_EVENTS_MAX 32768

/* The core sees it as an opaque struct events. */
struct events {
    struct event list[RIG_EVENTS_MAX];
    uint32_t count, taken, delivered;
};

struct state {
    struct state_unit unit;
    unsigned puts; /* calls that changed anything */
};

struct rig {
    int64_t now_ms, wall_ms; /* wall_ms: of the moment when now_ms is 0 */
    struct ups_clock clock;
    struct conf_unit unit;
    struct conf conf;
    struct events events;
    struct state state;
    struct core *core;
    struct unit_report report;
    unsigned log_lines, wakes;
};

/* cmocka's: *state is the rig. */
int rig_setup(void **state);
int rig_teardown(void **state);

/* The program ends and starts again `away_ms` later, with the state file that it left. */
void rig_restart(struct rig *r, int64_t away_ms);

/* The device gives this status now; its alarms and values are those of r->report.reading. */
void rig_reading(struct rig *r, uint32_t status, bool full);
/* ... after a second. */
void rig_next(struct rig *r, uint32_t status, bool full);
/* Time passes, nothing is heard. */
void rig_later(struct rig *r, int64_t ms);
/* The poll fails. */
void rig_fails(struct rig *r, enum unit_link link, const char *why);

/* Is the alarm in the snapshot's table?  rig_alarm_id: its id, 0 if not. */
bool rig_alarm(struct rig *r, enum ups_alarm alarm);
uint32_t rig_alarm_id(struct rig *r, enum ups_alarm alarm);

/* How many events of a kind there are, about any alarm with UPS_ALARM_NONE. */
unsigned rig_count(const struct rig *r, enum event_kind kind, enum ups_alarm alarm);
/* The newest of a kind; fails the test if there is none. */
const struct event *rig_last(const struct rig *r, enum event_kind kind);
/* Forgets them. */
void rig_forget(struct rig *r);

#define OL     UPS_STATUS_MASK(OL)
#define OB     UPS_STATUS_MASK(OB)
#define OFF    UPS_STATUS_MASK(OFF)
#define CAL    UPS_STATUS_MASK(CAL)
#define RB     UPS_STATUS_MASK(RB)
#define LB     UPS_STATUS_MASK(LB)
#define OVER   UPS_STATUS_MASK(OVER)
#define ECO    UPS_STATUS_MASK(ECO)
#define BYPASS UPS_STATUS_MASK(BYPASS)

#endif
