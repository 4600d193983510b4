/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The other end of a wire for driver tests: a thread that expects recorded requests byte for byte
 * and gives recorded answers, silence, delays or a hang-up.
 *
 * Bytes are written as hex ("01 03 2A F8").  "??" in a request fits every byte; "??" in an answer
 * repeats the request's byte at the same place (a transaction id, for instance).
 */
#ifndef TRANSCRIPT_H
#define TRANSCRIPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TR_BYTES = 320, TR_LINES = 4096 };

struct transcript;

/* Makes a socket pair; nothing runs yet. */
struct transcript *tr_new(void);

/* The driver's end.  Whoever adopts it closes it. */
int tr_fd(const struct transcript *t);

/* Adds a request and its answer (NULL: silence). */
void tr_expect(struct transcript *t, const char *request, const char *answer);

/* The same in bytes. */
void tr_expect_bytes(struct transcript *t, const uint8_t *request, size_t request_len,
                     const uint8_t *answer, size_t answer_len);

/* About the line added last: wait before the answer; send it in pieces of `size` bytes every `ms`;
 * close the wire after it. */
void tr_delay(struct transcript *t, int ms);
void tr_pieces(struct transcript *t, size_t size, int ms);
void tr_hang_up(struct transcript *t);

/* After the last line go on with line number `from` (0 = first), for ever. */
void tr_repeat(struct transcript *t, size_t from);

/* Number of lines so far, for tr_repeat(). */
size_t tr_lines(const struct transcript *t);

void tr_start(struct transcript *t);

/*
 * Waits until every line has been asked for (unless it repeats), then ends the thread and frees.
 * Returns false, having printed what went wrong, if a request differed or was missing.
 */
bool tr_finish(struct transcript *t);

#endif
