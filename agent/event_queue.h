/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The queue's insides, shared by its own files: event.c (what others see), event_queue.c (whose
 * turn it is), event_keep.c (the journal's content).
 *
 * Every event stands in `all`, in order.  One that is on its way also stands in `out`.  Of those
 * that wait, the ones that may be sent stand in the heap `ready` by their order, and the ones that
 * the rate rule holds back in the heap `held` by the moment when it lets them go; RFC 1628's
 * notifications about one alarm form a stream, of which only the first stands in a heap.  So
 * nothing is ever searched, however long the queue.
 */
#ifndef EVENT_QUEUE_H
#define EVENT_QUEUE_H

#include <sys/queue.h>

#include "event.h"
#include "event_heap.h"
#include "event_journal.h"

TAILQ_HEAD(item_list, item);

/* Kinds that share a stream: what is about an alarm, and the two that stand alone. */
enum { RATE_BEGAN, RATE_ADDED, RATE_REMOVED, RATE_KINDS };

/* Those of RFC 1628's notifications that tell of one thing: an alarm, or the tests, of a unit. */
struct stream {
    struct item_list waiting;
    int64_t sent_ms[RATE_KINDS]; /* when one of this kind was last sent; valid if ever_sent */
    bool ever_sent[RATE_KINDS];
};

#define STREAM_TESTS UPS_ALARM_COUNT
#define STREAMS      (UPS_ALARM_COUNT + 1)

struct item {
    struct heap_node node; /* first: the heaps' nodes are items */
    TAILQ_ENTRY(item) in_all;
    TAILQ_ENTRY(item) in_list; /* in `out`, or in its stream's */
    struct stream *stream;     /* NULL: goes when its turn comes */
    int64_t order;
    bool out;   /* on its way */
    bool again; /* was on its way already: the rate rule has let it go */
    struct event event;
};

struct events {
    const struct conf *conf;
    const struct ups_clock *clock;
    struct journal *journal;
    struct item_list all, out;
    struct heap ready, held;
    struct stream **streams; /* per unit, made when the first is needed: STREAMS of them */
    size_t count;
    int64_t order;      /* of the newest */
    int64_t pace_ms;    /* when the burst is earned back; see paced() */
    struct item *spill; /* EVENT_OVERFLOW that waits */
    uint32_t untold;    /* lost, but no EVENT_OVERFLOW says so yet */
    bool spilling;      /* the log knows */
    int64_t refused_log_ms;
    uint32_t refused_unlogged;
    struct events_stats stats;
};

/* -- event_queue.c ---------------------------------------------------------------------------- */

/* Finds an event's stream, NULL if it has none.  false: no memory. */
bool queue_stream(struct events *events, const struct event *event, struct stream **stream);

/* Takes in an event with its number and time.  false: no memory. */
bool queue_insert(struct events *events, const struct event *event, struct item **result);

/* Takes an event out of the queue, and frees it. */
void queue_discard(struct events *events, struct item *item);

/* The next whose turn it is, on its way from now on; NULL if there is none. */
struct item *queue_take(struct events *events, int64_t now);

/* An event that was on its way waits again, before all that is younger. */
void queue_put_back(struct events *events, struct item *item);

/* -- event_keep.c ----------------------------------------------------------------------------- */

/* Takes in what the journal holds, and writes it anew.  false: no memory. */
bool journal_keep_load(struct events *events);

/* Writes to the journal what has come due. */
void journal_keep_up(struct events *events);

/* -- event.c ---------------------------------------------------------------------------------- */

/* Throws away the oldest that is not on its way, nor says what was.  false: there is none. */
bool events_lose_oldest(struct events *events);

/* Says what was lost: in the EVENT_OVERFLOW that waits, else in a new one, if there is room. */
void events_tell_lost(struct events *events);

#endif
