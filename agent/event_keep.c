/* SPDX-License-Identifier: BSD-2-Clause */
/* What of the queue stands in the journal, and comes back from it.  See event_queue.h. */
#include "event_queue.h"

#include <inttypes.h>

static void rewrite(struct events *events)
{
    struct record_text text = {0};
    const struct item *item;

    event_record_head(&text, events->stats.last_seq);
    for (item = TAILQ_FIRST(&events->all); item; item = TAILQ_NEXT(item, in_all))
        event_record_event(&text, &item->event, events->conf);
    journal_rewrite(events->journal, &text);
    record_free(&text);
}

void journal_keep_up(struct events *events)
{
    journal_tick(events->journal, events->count);
    if (journal_wants_rewrite(events->journal, events->count))
        rewrite(events);
    else if (events->count == 0)
        journal_empty(events->journal, events->stats.last_seq);
}

/* While the journal is read: what came of it so far. */
struct loading {
    struct events *events;
    size_t unknown; /* events of units that are not configured */
    bool short_of_memory;
};

static struct item *find_seq(const struct item_list *list, uint32_t seq)
{
    struct item *item;

    /* what has gone is old, what is written once more is new: near one of the ends */
    for (item = TAILQ_FIRST(list); item; item = TAILQ_NEXT(item, in_all))
        if (item->event.seq >= seq)
            break;
    return item && item->event.seq == seq ? item : NULL;
}

static void load_event(void *arg, const struct event *event, bool unit_known)
{
    struct loading *l = arg;
    struct events *events = l->events;
    struct item *item = TAILQ_LAST(&events->all, item_list);

    if (!unit_known && event->kind != EVENT_OVERFLOW) {
        l->unknown++;
    } else if (events->spill && event->seq == events->spill->event.seq) {
        /* the one kind that is written again, since it grows */
        events->spill->event.number[EVENT_N_LOST] = event->number[EVENT_N_LOST];
    } else if (item && event->seq <= item->event.seq) {
        log_msg(LOG_LVL_DEBUG, "event", NULL, "journal: event %" PRIu32 " out of order",
                event->seq);
    } else {
        if (events->count >= EVENTS_MAX)
            (void)events_lose_oldest(events);
        l->short_of_memory |= !queue_insert(events, event, &item);
        if (!l->short_of_memory && event->kind == EVENT_OVERFLOW)
            events->spill = item;
    }
}

static void load_gone(void *arg, uint32_t seq)
{
    struct loading *l = arg;
    struct item *item = find_seq(&l->events->all, seq);

    if (item)
        queue_discard(l->events, item);
}

bool journal_keep_load(struct events *events)
{
    struct loading l = {.events = events};
    const struct event_record_sink sink = {.event = load_event, .gone = load_gone, .arg = &l};
    struct event_record_summary summary;

    journal_read(events->journal, events->conf, &sink, &summary);
    if (l.short_of_memory)
        return false;
    events->stats.last_seq = summary.last_seq;
    if (l.unknown > 0)
        log_msg(LOG_LVL_NOTICE, "event", NULL,
                "%zu notifications of units that are not configured any more: dropped", l.unknown);
    if (events->count > 0)
        log_msg(LOG_LVL_INFO, "event", NULL, "%zu notifications wait from before", events->count);
    if (events->untold > 0 && events->count >= EVENTS_MAX)
        (void)events_lose_oldest(events);
    events_tell_lost(events);
    rewrite(events);
    return true;
}
