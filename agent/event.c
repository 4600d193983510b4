/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The queue of events: see event.h.
 *
 * Every event stands in `all`, in order.  One that is on its way also stands in `out`.  Of those
 * that wait, the ones that may be sent stand in the heap `ready` by their order, and the ones that
 * the rate rule holds back in the heap `held` by the moment when it lets them go; RFC 1628's
 * notifications about one alarm form a stream, of which only the first stands in a heap.  So
 * nothing is ever searched, however long the queue.
 */
#include "event.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "event_heap.h"
#include "event_journal.h"

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

/* Finds an event's stream, NULL if it has none.  false: no memory. */
static bool find_stream(struct events *events, const struct event *event, struct stream **stream)
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

/* Takes in an event with its number and time.  false: no memory. */
static bool insert(struct events *events, const struct event *event, struct item **result)
{
    struct stream *stream;
    struct item *item;

    if (!find_stream(events, event, &stream) || !heap_reserve(&events->ready, events->count + 1) ||
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

/* Takes an event out of the queue, and frees it. */
static void discard(struct events *events, struct item *item)
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

/* Throws away the oldest that is not on its way, nor says what was.  false: there is none. */
static bool lose_oldest(struct events *events)
{
    struct item *item;

    for (item = TAILQ_FIRST(&events->all); item; item = TAILQ_NEXT(item, in_all))
        if (!item->out && item->event.kind != EVENT_OVERFLOW)
            break;
    if (!item)
        return false;
    journal_gone(events->journal, item->event.seq, "lost");
    discard(events, item);
    lose(events);
    return true;
}

/* Says what was lost: in the EVENT_OVERFLOW that waits, else in a new one, if there is room. */
static void tell_lost(struct events *events)
{
    struct event event = {.kind = EVENT_OVERFLOW, .alarm = UPS_ALARM_NONE};

    if (events->untold == 0)
        return;
    if (!events->spill) {
        if (events->count >= EVENTS_MAX)
            return;
        stamp(events, &event);
        if (!insert(events, &event, &events->spill))
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
        if (!lose_oldest(events))
            return false;
    if (events->untold > 0 && !events->spill && events->count + 1 >= EVENTS_MAX)
        (void)lose_oldest(events);
    tell_lost(events);
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

/* -- the journal ------------------------------------------------------------------------------ */

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

static void keep_journal(struct events *events)
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
            (void)lose_oldest(events);
        l->short_of_memory |= !insert(events, event, &item);
        if (!l->short_of_memory && event->kind == EVENT_OVERFLOW)
            events->spill = item;
    }
}

static void load_gone(void *arg, uint32_t seq)
{
    struct loading *l = arg;
    struct item *item = find_seq(&l->events->all, seq);

    if (item)
        discard(l->events, item);
}

static bool load(struct events *events)
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
    if (events->untold > 0)
        (void)make_room(events);
    rewrite(events);
    return true;
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
    if (events->journal && events->streams && load(events))
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

    if (event->kind != EVENT_ON_BATTERY || !find_stream(events, event, &s))
        return;
    last = TAILQ_LAST(&s->waiting, item_list);
    if (!last || last->event.kind != EVENT_ON_BATTERY)
        return;
    journal_gone(events->journal, last->event.seq, "replaced");
    discard(events, last);
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
        if (insert(events, event, &item))
            journal_event(events->journal, event, events->conf);
        else
            lose(events);
    } else {
        stamp(events, event);
        lose(events);
    }
    keep_journal(events);
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

    keep_journal(events);
    let_go(events, now);
    item = (struct item *)heap_top(&events->ready);
    if (!item || now < paced(events))
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

static void back_in_line(struct events *events, struct item *item)
{
    TAILQ_REMOVE(&events->out, item, in_list);
    item->out = false;
    item->again = true;
    wait_turn(events, item);
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
        back_in_line(events, item);
    } else {
        if (fate == EVENT_REFUSED)
            log_refused(events, &item->event);
        events->stats.delivered += fate == EVENT_DELIVERED;
        events->stats.refused += fate == EVENT_REFUSED;
        journal_gone(events->journal, seq, fate == EVENT_DELIVERED ? "delivered" : "refused");
        discard(events, item);
        overflow_over(events);
        tell_lost(events);
    }
    keep_journal(events);
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
