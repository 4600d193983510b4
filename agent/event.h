/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Events and the queue in which they wait until somebody has them: bounded, in order, kept over
 * restarts.
 *
 * An event is complete: its notification can be built a day later from nothing else.  It leaves
 * the queue when its receiver (the AgentX master; net-snmp's own sender in standalone mode) has
 * acknowledged it.  Until then it also stands in the journal, a file in the state directory that is
 * appended to before the event is sent for the first time, so that killing the program loses none.
 *
 * Not locked; the core's lock guards it.  Every call takes the time as a parameter.
 */
#ifndef EVENT_H
#define EVENT_H

#include "conf.h"

enum event_kind {
#define EVENT(id, tree, arc, word, name) EVENT_##id,
#include "event_kinds.def"
#undef EVENT
    EVENT_KINDS
};

enum event_tree { EVENT_TREE_UPS, EVENT_TREE_OWN };

struct event_kind_info {
    const char *name; /* descriptor of the notification */
    const char *word; /* of the option `notify`; NULL: always on */
    enum event_tree tree;
    uint32_t arc;
};

extern const struct event_kind_info event_kinds[EVENT_KINDS];

#define EVENT_TEXT_MAX 128 /* bytes, the closing NUL included */

/* What event.number[] holds, by kind. */
enum {
    /* EVENT_ON_BATTERY */
    EVENT_N_MINUTES = 0, /* upsEstimatedMinutesRemaining, 0 if unknown (docs/nms.md) */
    EVENT_N_SECONDS = 1, /* upsSecondsOnBattery */
    EVENT_N_LOW = 2,     /* upsConfigLowBattTime, minutes */
    /* EVENT_TEST_COMPLETED; text = upsTestResultsDetail */
    EVENT_N_TEST_ID = 0,     /* enum snap_test_id */
    EVENT_N_TEST_LOCK = 1,   /* upsTestSpinLock */
    EVENT_N_TEST_RESULT = 2, /* enum snap_test_result */
    EVENT_N_TEST_START = 3,  /* wall clock, ms since 1970 */
    EVENT_N_TEST_LENGTH = 4, /* ms */
    /* EVENT_COMMAND; text = the result in words */
    EVENT_N_COMMAND = 0, /* enum ups_command */
    EVENT_N_STATE = 1,   /* enum snap_command_state */
    /* EVENT_SETTING; text = the new value as ups_format() writes it */
    EVENT_N_VAR = 0, /* enum ups_var */
    /* EVENT_OVERFLOW */
    EVENT_N_LOST = 0, /* how many events were thrown away */
    EVENT_NUMBERS = 5
};

struct event {
    uint32_t seq; /* counts all events of this installation, from 1; set by events_add() */
    enum event_kind kind;
    uint32_t unit;        /* number in the configuration, from 0 */
    int64_t wall_ms;      /* when it happened; set by events_add() */
    enum ups_alarm alarm; /* the four kinds about alarms; else UPS_ALARM_NONE */
    uint32_t alarm_id;    /* upsAlarmId of them */
    int64_t number[EVENT_NUMBERS];
    char text[EVENT_TEXT_MAX];
};

/* Events that may wait; beyond, the oldest that is not on its way is thrown away and counted. */
#define EVENTS_MAX 8192

/* RFC 1628, upsTraps: no particular notification more often than once in this time. */
#define EVENTS_REPEAT_MS 5000

struct events;

struct events_stats {
    uint32_t last_seq;
    uint32_t waiting;   /* in the queue, those on their way included */
    uint32_t delivered; /* since the start */
    uint32_t lost;      /* thrown away since the start: the queue was full */
    uint32_t refused;   /* since the start: the receiver would not have them */
};

/*
 * Opens the queue and its journal, DIR/events (dir NULL: no journal, for tests).  What an earlier
 * run has left undelivered is waiting again, under its old numbers; numbers go on where they
 * stopped.  Units are found by their names; events of units that the configuration has no more are
 * dropped with a log line.  A journal that is damaged is set aside (events.damaged, an older one
 * replaced) with a log line, and what could be read of it is used: records carry a check sum each.
 * If the directory can't be written, the log says so once and the queue works without.
 * Returns NULL only if memory is short.  conf must outlive it.
 */
struct events *events_open(const char *dir, const struct conf *conf, const struct ups_clock *clock);

/* Closes the journal; what waits stays in it.  NULL is fine. */
void events_close(struct events *events);

/*
 * Queues an event and fills in its seq and wall_ms.  Kinds that the unit's `notify` leaves out
 * are dropped (seq 0).  An EVENT_ON_BATTERY that waits for the same unit is replaced.
 */
void events_add(struct events *events, struct event *event);

/*
 * The next event that may be sent now, marked as on its way; NULL if there is none, if it is too
 * early by the rate rule, or if a burst has to be slowed down.  Order: by seq; an event that the
 * rate rule holds back (RFC 1628's four kinds, per kind, unit and alarm identity) is passed by
 * others, except that those of RFC 1628's about one alarm of one unit stay in order.  Valid until
 * the next call.
 */
const struct event *events_send(struct events *events);

enum event_fate {
    EVENT_DELIVERED, /* the receiver has it */
    EVENT_REFUSED,   /* it never will: dropped, counted, logged */
    EVENT_LOST,      /* unknown: sent again, under the same number, before later ones */
};

/* What became of an event that events_send() gave out. */
void events_fate(struct events *events, uint32_t seq, enum event_fate fate);

/* When events_send() will have something, monotonic ms; INT64_MAX: not before something happens. */
int64_t events_next_ms(const struct events *events);

void events_stats(const struct events *events, struct events_stats *stats);

/*
 * Makes sure that what was written can survive a power failure (fdatasync).  May wait for the
 * disk: for a thread of its own, without the core's lock.  The state thread (state.h) calls it.
 */
void events_sync(struct events *events);

#endif
