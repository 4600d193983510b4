/* SPDX-License-Identifier: BSD-2-Clause */
/* Whose turn it is: streams, the rate rule, the heaps.  See event_queue.h. */
#include "event_queue.h"

#include <stdlib.h>

/* -- streams and the rate rule ---------------------------------------------------------------- */

static unsigned rate_kind(enum event_kind kind)
{
    return kind == EVENT_ALARM_ADDED     ? RATE_ADDED
           : kind == EVENT_ALARM_REMOVED ? RATE_REMOVED
                                         : RATE_BEGAN;
}

/*
 * The stream's number in its unit; STREAMS: none.  upsTrapOnBattery belongs to its alarm's, or it
 * could arrive after the end of what it tells.
 */
static unsigned stream_number(const struct event *event)
{
    switch (event->kind) {
    case EVENT_ON_BATTERY: return UPS_ALARM_ON_BATTERY;
    case EVENT_TEST_COMPLETED: return STREAM_TESTS;
    case EVENT_ALARM_ADDED:
    case EVENT_ALARM_REMOVED: return event->alarm < UPS_ALARM_COUNT ? event->alarm : STREAMS;
    default: return STREAMS;
    }
}

bool queue_stream(struct events *events, const struct event *event, struct stream **stream)
{
    unsigned number = stream_number(event);
    struct stream *s = events->streams[event->unit];

    *stream = NULL;
    if (number == STREAMS)
        return true;
    if (!s) {
        s = calloc(STREAMS, sizeof(*s));
        if (!s)
            return false;
        for (unsigned i = 0; i < STREAMS; i++)
            TAILQ_INIT(&s[i].waiting);
        events->streams[event->unit] = s;
    }
    *stream = &s[number];
    return true;
}

/* Into the right heap; for an event without a stream, or the first of its stream. */
static void place(struct events *events, struct item *item)
{
    const struct stream *s = item->stream;
    unsigned kind = rate_kind(item->event.kind);

    if (s && !item->again && s->ever_sent[kind] &&
        ups_now(events->clock) < s->sent_ms[kind] + EVENTS_REPEAT_MS)
        heap_insert(&events->held, &item->node, s->sent_ms[kind] + EVENTS_REPEAT_MS);
    else
        heap_insert(&events->ready, &item->node, item->order);
}

/* An event waits, at the place in its stream that its order gives it. */
static void wait_turn(struct events *events, struct item *item)
{
    struct stream *s = item->stream;
    struct item *first = s ? TAILQ_FIRST(&s->waiting) : NULL, *after;

    if (!s) {
        place(events, item);
    } else if (!first) {
        TAILQ_INSERT_HEAD(&s->waiting, item, in_list);
        place(events, item);
    } else if (item->order < first->order) {
        heap_remove(&first->node);
        TAILQ_INSERT_HEAD(&s->waiting, item, in_list);
        place(events, item);
    } else {
        after = TAILQ_LAST(&s->waiting, item_list);
        while (after->order > item->order)
            after = TAILQ_PREV(after, item_list, in_list);
        TAILQ_INSERT_AFTER(&s->waiting, after, item, in_list);
    }
}

/* An event waits no more; the next of its stream takes its place. */
static void leave_turn(struct events *events, struct item *item)
{
    struct stream *s = item->stream;
    bool first = s && TAILQ_FIRST(&s->waiting) == item;

    heap_remove(&item->node);
    if (!s)
        return;
    TAILQ_REMOVE(&s->waiting, item, in_list);
    if (first && !TAILQ_EMPTY(&s->waiting))
        place(events, TAILQ_FIRST(&s->waiting));
}

/* Those whose time has come go over to the ready ones. */
static void let_go(struct events *events, int64_t now)
{
    struct heap_node *top;

    while ((top = heap_top(&events->held)) && top->key <= now) {
        heap_remove(top);
        heap_insert(&events->ready, top, ((struct item *)top)->order);
    }
}

/* -- coming and going ------------------------------------------------------------------------- */

bool queue_insert(struct events *events, const struct event *event, struct item **result)
{
    struct stream *stream;
    struct item *item;

    if (!queue_stream(events, event, &stream) || !heap_reserve(&events->ready, events->count + 1) ||
        !heap_reserve(&events->held, events->count + 1))
        return false;
    item = calloc(1, sizeof(*item));
    if (!item)
        return false;
    item->stream = stream;
    item->event = *event;
    item->order = ++events->order;
    TAILQ_INSERT_TAIL(&events->all, item, in_all);
    events->count++;
    wait_turn(events, item);
    *result = item;
    return true;
}

void queue_discard(struct events *events, struct item *item)
{
    if (item->out)
        TAILQ_REMOVE(&events->out, item, in_list);
    else
        leave_turn(events, item);
    if (item == events->spill)
        events->spill = NULL;
    TAILQ_REMOVE(&events->all, item, in_all);
    events->count--;
    free(item);
}

struct item *queue_take(struct events *events, int64_t now)
{
    struct item *item;

    let_go(events, now);
    item = (struct item *)heap_top(&events->ready);
    if (!item)
        return NULL;
    if (item->stream) {
        unsigned kind = rate_kind(item->event.kind);

        item->stream->sent_ms[kind] = now;
        item->stream->ever_sent[kind] = true;
    }
    leave_turn(events, item);
    if (item == events->spill)
        events->spill = NULL;
    item->out = true;
    TAILQ_INSERT_TAIL(&events->out, item, in_list);
    return item;
}

void queue_put_back(struct events *events, struct item *item)
{
    TAILQ_REMOVE(&events->out, item, in_list);
    item->out = false;
    item->again = true;
    wait_turn(events, item);
}
