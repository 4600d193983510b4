/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The journal's file, inside the queue's own files: appended to, written anew when most of it is
 * dead, emptied when nothing waits.
 *
 * One thread (under the core's lock) calls everything but journal_sync(), which a second one calls
 * at any time.  The first never waits for the disk to sync: a file written anew lies beside the old
 * one, both are appended to, and journal_sync() puts it in the old one's place once it is whole on
 * the disk.  When a write fails the log says so once; from then on nothing is written until a whole
 * file could be written anew.
 */
#ifndef EVENT_JOURNAL_H
#define EVENT_JOURNAL_H

#include "event_record.h"

struct journal;

/* dir NULL: a journal that keeps nothing.  Returns NULL only if memory is short. */
struct journal *journal_open(const char *dir, const struct ups_clock *clock);

/* Writes what is still in memory, and closes.  NULL is fine. */
void journal_close(struct journal *j);

/*
 * Reads what an earlier run left behind; a damaged or foreign file is set aside as events.damaged.
 * The file itself is not used any further: journal_rewrite() must follow, at once.
 */
void journal_read(struct journal *j, const struct conf *conf, const struct event_record_sink *sink,
                  struct event_record_summary *summary);

/* Appends an event, at once. */
void journal_event(struct journal *j, const struct event *event, const struct conf *conf);

/*
 * Appends that an event is over, within 100 ms of calls: a crash before sends it again, under its
 * old number.  why: a word.
 */
void journal_gone(struct journal *j, uint32_t seq, const char *why);

/* Writes what has waited long enough; `waiting`: events in the queue. */
void journal_tick(struct journal *j, size_t waiting);

/* Should the file be written anew?  `waiting`: events in the queue. */
bool journal_wants_rewrite(struct journal *j, size_t waiting);

/* Writes the file anew: `text` is all of it. */
void journal_rewrite(struct journal *j, const struct record_text *text);

/* Nothing waits: what the file says of the past is not needed any more. */
void journal_empty(struct journal *j, uint32_t last_seq);

/* See events_sync(). */
void journal_sync(struct journal *j);

#endif
