/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the tests of the queue, its journal and the state file share: a clock that the test turns, a
 * configuration of a few units, a directory of the test's own, the log's lines.
 */
#ifndef EVENT_RIG_H
#define EVENT_RIG_H

#include "../../agent/event.h"
#include "../../agent/state.h"

#define RIG_UNITS 3

struct rig {
    int64_t now_ms, wall_ms;
    struct ups_clock clock;
    struct conf_unit unit[RIG_UNITS]; /* "hall", "rack-1", "rack.2" */
    struct conf conf;
    struct events *events;
    char dir[64];     /* exists, is empty */
    char path[128];   /* rig_path()'s */
    unsigned warned;  /* log lines of level WARN and above */
    char logged[512]; /* the last line above DEBUG */
};

/* cmocka fixtures; *state is the rig. */
int rig_setup(void **state);
int rig_teardown(void **state);

/* The path of a file in the rig's directory; valid until the next call. */
const char *rig_path(struct rig *rig, const char *name);

/* A whole file (free it), NULL if there is none; and the other way round. */
char *rig_read(struct rig *rig, const char *name, size_t *len);
void rig_write(struct rig *rig, const char *name, const char *text, size_t len);
bool rig_exists(struct rig *rig, const char *name);

/* Opens, closes, opens again the queue on the rig's directory. */
void rig_open(struct rig *rig);
void rig_close(struct rig *rig);
void rig_reopen(struct rig *rig);

/* Queues an event; returns its number. */
uint32_t rig_add(struct rig *rig, enum event_kind kind, uint32_t unit, enum ups_alarm alarm);

/* The number of what may be sent now, 0: nothing; it is on its way then. */
uint32_t rig_send(struct rig *rig);

/* Turns the clock to events_next_ms(), then as rig_send(). */
uint32_t rig_send_when_due(struct rig *rig);

uint32_t rig_waiting(const struct rig *rig);

#endif
