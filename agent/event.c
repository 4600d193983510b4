/* SPDX-License-Identifier: BSD-2-Clause */
/* The queue of events, as others see it: see event.h. */
#include "event.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "event_queue.h"

/*
 * Pacing, for the sake of receivers: a UDP socket of Linux' default size (net.core.rmem_default,
 * 212992 bytes) holds some 270 small notifications, the burst and a good 0.4 s of the rate after
 * it, longer than a receiver that writes each one to a disk or looks up a name is away.
 */
#define PACE_BURST 64
#define PACE_MS    2

/* Between two log lines about refused notifications. */
#define REFUSED_LOG_MS 5000

const struct event_kind_info event_kinds[EVENT_KINDS] = {
#define EVENT(id, tree, arc, word, name) {name, word, EVENT_TREE_##tree, arc},
#include "event_kinds.def"
#undef EVENT
};

static void stamp(struct events *events, struct event *event)
{
    if (++events->stats.last_seq == 0)
        events->stats.last_seq = 1;
    event->seq = events->stats.last_seq;
    event->wall_ms = ups_wall(events->clock);
}

/* -- overflow --------------------------------------------------------------------------------- */

static void lose(struct events *events)
{
    events->stats.lost++;
    events->untold++;
    if (!events->spilling)
        log_msg(LOG_LVL_WARN, "event", NULL,
                "%zu notifications wait: the oldest are thrown away until they can be sent",
                events->count);
    events->spilling = true;
}

bool events_lose_oldest(struct events *events)
{
    struct item *item;

    for (item = TAILQ_FIRST(&events->all); item; item = TAILQ_NEXT(item, in_all))
        if (!item->out && item->event.kind != EVENT_OVERFLOW)
            break;
    if (!item)
        return false;
    journal_gone(events->journal, item->event.seq, "lost");
    queue_discard(events, item);
    lose(events);
    return true;
}

void events_tell_lost(struct events *events)
{
    struct event event = {.kind = EVENT_OVERFLOW, .alarm = UPS_ALARM_NONE};

    if (events->untold == 0)
        return;
    if (!events->spill) {
        if (events->count >= EVENTS_MAX)
            return;
        stamp(events, &event);
        if (!queue_insert(events, &event, &events->spill))
            return;
    }
    events->spill->event.number[EVENT_N_LOST] += events->untold;
    events->untold = 0;
    journal_event(events->journal, &events->spill->event, events->conf);
}

/* Makes room for one more event, and for the one that tells of those thrown away. */
static bool make_room(struct events *events)
{
    while (events->count >= EVENTS_MAX)
        if (!events_lose_oldest(events))
            return false;
    if (events->untold > 0 && !events->spill && events->count + 1 >= EVENTS_MAX)
        (void)events_lose_oldest(events);
    events_tell_lost(events);
    return events->count < EVENTS_MAX;
}

static void overflow_over(struct events *events)
{
    if (!events->spilling || events->count > EVENTS_MAX / 2)
        return;
    events->spilling = false;
    log_msg(LOG_LVL_NOTICE, "event", NULL,
            "notifications are sent again; %" PRIu32 " were thrown away since the start",
            events->stats.lost);
}

/* -- life ------------------------------------------------------------------------------------- */

struct events *events_open(const char *dir, const struct conf *conf, const struct ups_clock *clock)
{
    struct events *events = calloc(1, sizeof(*events));

    if (!events)
        return NULL;
    events->conf = conf;
    events->clock = clock;
    events->pace_ms = events->refused_log_ms = ups_now(clock) - REFUSED_LOG_MS;
    TAILQ_INIT(&events->all);
    TAILQ_INIT(&events->out);
    events->journal = journal_open(dir, clock);
    events->streams = calloc(conf->unit_count, sizeof(*events->streams));
    if (events->journal && events->streams && journal_keep_load(events))
        return events;
    events_close(events);
    return NULL;
}

void events_close(struct events *events)
{
    struct item *item;

    if (!events)
        return;
    journal_close(events->journal);
    while ((item = TAILQ_FIRST(&events->all))) {
        TAILQ_REMOVE(&events->all, item, in_all);
        free(item);
    }
    for (size_t i = 0; events->streams && i < events->conf->unit_count; i++)
        free(events->streams[i]);
    free(events->streams);
    heap_free(&events->ready);
    heap_free(&events->held);
    free(events);
}

/* -- the queue -------------------------------------------------------------------------------- */

static bool wanted(const struct events *events, const struct event *event)
{
    return event->unit < events->conf->unit_count && event->kind < EVENT_KINDS &&
           (event_kinds[event->kind].word == NULL ||
            (events->conf->unit[event->unit].timing.notify >> event->kind & 1));
}

/*
 * A repeated upsTrapOnBattery takes the place of the one before.  If the end of that time on
 * battery stands between the two, both are news.
 */
static void replace_on_battery(struct events *events, const struct event *event)
{
    struct stream *s;
    struct item *last;

    if (event->kind != EVENT_ON_BATTERY || !queue_stream(events, event, &s))
        return;
    last = TAILQ_LAST(&s->waiting, item_list);
    if (!last || last->event.kind != EVENT_ON_BATTERY)
        return;
    journal_gone(events->journal, last->event.seq, "replaced");
    queue_discard(events, last);
}

void events_add(struct events *events, struct event *event)
{
    struct item *item;

    event->seq = 0;
    if (!wanted(events, event))
        return;
    event->text[EVENT_TEXT_MAX - 1] = '\0';
    replace_on_battery(events, event);
    /* numbered first, so that the order of numbers is the order of what happened */
    if (make_room(events)) {
        stamp(events, event);
        if (queue_insert(events, event, &item))
            journal_event(events->journal, event, events->conf);
        else
            lose(events);
    } else {
        stamp(events, event);
        lose(events);
    }
    journal_keep_up(events);
}

/*
 * Each event takes PACE_MS; the burst is how far ahead of time one may be.  Returns the first
 * moment when one may go.
 */
static int64_t paced(const struct events *events)
{
    return events->pace_ms - (int64_t)(PACE_BURST - 1) * PACE_MS;
}

const struct event *events_send(struct events *events)
{
    int64_t now = ups_now(events->clock);
    struct item *item;

    journal_keep_up(events);
    item = now < paced(events) ? NULL : queue_take(events, now);
    if (!item)
        return NULL;
    events->pace_ms = (events->pace_ms > now ? events->pace_ms : now) + PACE_MS;
    return &item->event;
}

int64_t events_next_ms(const struct events *events)
{
    int64_t now = ups_now(events->clock), at = now;

    if (!heap_top(&events->ready) && !heap_top(&events->held))
        return INT64_MAX;
    if (!heap_top(&events->ready) && heap_top(&events->held)->key > at)
        at = heap_top(&events->held)->key;
    return paced(events) > at ? paced(events) : at;
}

static void log_refused(struct events *events, const struct event *event)
{
    int64_t now = ups_now(events->clock);

    if (now - events->refused_log_ms < REFUSED_LOG_MS) {
        events->refused_unlogged++;
        return;
    }
    if (events->refused_unlogged > 0)
        log_msg(LOG_LVL_WARN, "event", NULL, "%" PRIu32 " more notifications were refused",
                events->refused_unlogged);
    log_msg(LOG_LVL_WARN, "event", events->conf->unit[event->unit].name,
            "notification %" PRIu32 " (%s) was refused: dropped", event->seq,
            event_kinds[event->kind].name);
    events->refused_log_ms = now;
    events->refused_unlogged = 0;
}

void events_fate(struct events *events, uint32_t seq, enum event_fate fate)
{
    struct item *item;

    for (item = TAILQ_FIRST(&events->out); item; item = TAILQ_NEXT(item, in_list))
        if (item->event.seq == seq)
            break;
    if (!item)
        return;
    if (fate == EVENT_LOST) {
        queue_put_back(events, item);
    } else {
        if (fate == EVENT_REFUSED)
            log_refused(events, &item->event);
        events->stats.delivered += fate == EVENT_DELIVERED;
        events->stats.refused += fate == EVENT_REFUSED;
        journal_gone(events->journal, seq, fate == EVENT_DELIVERED ? "delivered" : "refused");
        queue_discard(events, item);
        overflow_over(events);
        events_tell_lost(events);
    }
    journal_keep_up(events);
}

void events_stats(const struct events *events, struct events_stats *stats)
{
    *stats = events->stats;
    stats->waiting = (uint32_t)events->count;
}

void events_sync(struct events *events)
{
    journal_sync(events->journal);
}
