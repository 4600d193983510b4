/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The state file: what must outlive a restart of the program.
 *
 * DIR/state is text, one `name = value` a line under a [section] per unit, a version line first and
 * a check sum of all before it last.  It is written to a new file that is synced and renamed over
 * the old one, by a thread of its own: the core never waits for a disk.  A file that is damaged, of
 * another version or not ours is set aside as state.damaged with a log line, and everything starts
 * afresh; it is never half used.
 *
 * Moments are wall clock, milliseconds since 1970, 0: none.
 */
#ifndef STATE_H
#define STATE_H

#include "snapshot.h"

#define STATE_ALARMS_MAX   48 /* alarm rows of a unit that are remembered */
#define STATE_SETTINGS_MAX 4

struct state_alarm {
    uint32_t id;
    enum ups_alarm alarm;
    int64_t since_wall; /* 0: unknown */
};

/* What is kept of one unit.  A value: copying is assignment. */
struct state_unit {
    char name[64];       /* upsIdentName, if has_name */
    char attached[64];   /* upsIdentAttachedDevices */
    bool has_name;       /* set by a SET; else the configuration's desc counts */
    int32_t low_minutes; /* upsConfigLowBattTime kept by the agent; -1: never set */
    bool muted;          /* beeper switched off by us until what it sounds for is over */
    uint32_t next_alarm_id;

    enum snap_test_id test_id; /* the last test */
    enum snap_test_result test_result;
    int64_t test_start, test_end;
    char test_detail[SNAP_DETAIL_MAX];

    /* the countdown that runs: see struct snap_timers, but in wall clock */
    enum snap_countdown countdown;
    bool by_device;               /* the device counts; else we do */
    enum ups_command off_command; /* what is to be sent when we count, UPS_COMMAND_COUNT: none */
    int64_t off_at, on_at;
    bool off_requested; /* the output is off because somebody asked for it */

    struct snap_counters counters;

    uint32_t alarm_count;
    struct state_alarm alarm[STATE_ALARMS_MAX]; /* the table as it was; most have few rows */
};

/* A unit about which nothing is known: has_name false, low_minutes -1, next_alarm_id 1, no test. */
void state_unit_init(struct state_unit *unit);

struct state;
struct events;

/*
 * Opens DIR (made if it is missing, mode 0750) and reads the file.  Starts the thread.  If nothing
 * can be kept (no rights, no space) the log says so once, and again when it works; the program runs
 * on without.  dir NULL: nothing is kept, for tests.  events may be NULL; else the thread calls
 * events_sync() after each change.  Returns NULL only if memory is short.
 */
struct state *state_open(const char *dir, const struct conf *conf, struct events *events);

/* Copies what is known of a unit (number in the configuration; found by section name). */
void state_get(const struct state *state, size_t index, struct state_unit *unit);

/*
 * Takes over a unit's present state; it is on the disk soon (changes within 100 ms are written
 * together).  Does nothing if it is what is known already.  Never waits for the disk.
 */
void state_put(struct state *state, size_t index, const struct state_unit *unit);

/* Tells the thread that events were written. */
void state_poke(struct state *state);

/* Writes what is not written yet, stops the thread (5 s at most), frees.  NULL is fine. */
void state_close(struct state *state);

#endif
