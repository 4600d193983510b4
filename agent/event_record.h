/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The journal's lines, inside the queue's own files (docs/state.md describes them for people):
 *
 *   upsmibd-events 1 LAST CRC                     the first; LAST: the highest number given so far
 *   + SEQ WALL KIND UNIT ALARM ID N N N N N "TEXT" CRC      an event
 *   - SEQ WHY CRC                                 it needs no sending any more
 *
 * CRC is that of the line before it, its last blank left out, in eight hexadecimal digits.  What
 * versions may renumber (kinds, units, alarms, commands, variables) stands there by name.
 */
#ifndef EVENT_RECORD_H
#define EVENT_RECORD_H

#include "event.h"
#include "record.h"

void event_record_head(struct record_text *text, uint32_t last_seq);
void event_record_event(struct record_text *text, const struct event *event,
                        const struct conf *conf);
void event_record_gone(struct record_text *text, uint32_t seq, const char *why);

/* Receives what a journal holds. */
struct event_record_sink {
    /* unit_known false: the configuration has no unit of this name (event->unit is 0) */
    void (*event)(void *arg, const struct event *event, bool unit_known);
    void (*gone)(void *arg, uint32_t seq);
    void *arg;
};

/* What a journal turned out to be. */
struct event_record_summary {
    uint32_t last_seq; /* the highest number seen */
    size_t lines;      /* good ones, the first left out */
    size_t bad;        /* lines that are none of ours, before a good one */
    bool torn;         /* its end is not whole: a write was cut off by a crash */
    bool foreign;      /* of another version: nothing was read */
};

/* Reads a whole journal; any bytes will do. */
void event_record_read(const char *text, size_t len, const struct conf *conf,
                       const struct event_record_sink *sink, struct event_record_summary *summary);

#endif
