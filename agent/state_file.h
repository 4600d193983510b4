/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The state file's text (docs/state.md describes it for people).  No I/O.
 *
 *   upsmibd-state 1
 *   [UNIT]
 *   name = value           every row of the table once, `alarm` as often as there are rows
 *   check = CRC            the last line: CRC-32 of all before it, eight hexadecimal digits
 */
#ifndef STATE_FILE_H
#define STATE_FILE_H

#include "conf_options.h"
#include "record.h"
#include "state.h"

/* The file's beginning, a unit, the file's end. */
void state_file_begin(struct record_text *text);
void state_file_unit(struct record_text *text, const char *name, const struct state_unit *unit);
void state_file_end(struct record_text *text);

/* Is the same kept of both? */
bool state_file_same(const struct state_unit *a, const struct state_unit *b);

/*
 * Reads a whole file; any bytes will do.  Calls unit() for every section, in order, only if all of
 * the file is good; `name` has at most CONF_NAME_MAX bytes.  unit() returns false if it can't take
 * it (memory).  Returns false with the reason in why, and then unit() was not called, or refused.
 */
bool state_file_read(const char *text, size_t len,
                     bool (*unit)(void *arg, const char *name, const struct state_unit *unit),
                     void *arg, char *why, size_t why_size);

#endif
