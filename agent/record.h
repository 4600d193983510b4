/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lines of text that programs write and people can read: how the state file and the journal of
 * events put numbers, words and strings down and take them up again, strictly.  No I/O.
 */
#ifndef RECORD_H
#define RECORD_H

#include "../drivers/ups.h"

/* CRC-32 (ISO 3309, the one of zip and Ethernet) of `len` bytes. */
uint32_t record_crc(const char *bytes, size_t len);

/* -- writing ---------------------------------------------------------------------------------- */

/* Text that grows.  All zero is an empty one; free it with record_free(). */
struct record_text {
    char *at; /* not terminated; NULL while empty */
    size_t len, room;
    bool failed; /* memory was short: what is there is not whole */
};

void record_add(struct record_text *text, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* In double quotes; '"', '\' and all but printable ASCII as \xHH. */
void record_quote(struct record_text *text, const char *string);

/* "rfc/6", "own/30", "none": identities by their arcs, which no version renumbers. */
void record_alarm(struct record_text *text, enum ups_alarm alarm);

void record_free(struct record_text *text);

/* -- reading ---------------------------------------------------------------------------------- */

/*
 * What is left of one line; parts are taken off its front, one blank between two.  Once something
 * does not fit, `bad` is set and stays, so that it is enough to ask at the end: record_done().
 */
struct record_scan {
    const char *at, *end;
    bool bad;
};

/* A word of 1 to size - 1 printable bytes without blanks; "" if there is none. */
void record_word(struct record_scan *scan, char *buf, size_t size);

/* A decimal number as record_add() writes it: no plus, no leading zeros; 0 if it does not fit. */
int64_t record_number(struct record_scan *scan, int64_t least, int64_t most);

/* What record_quote() wrote, with at most size - 1 bytes in it. */
void record_quoted(struct record_scan *scan, char *buf, size_t size);

/*
 * What record_alarm() wrote.  UPS_ALARM_NONE for "none" and for well-formed identities that this
 * version does not know; *known tells which, NULL if it does not matter.
 */
enum ups_alarm record_alarm_of(struct record_scan *scan, bool *known);

/* Was all good, and is nothing left? */
bool record_done(const struct record_scan *scan);

#endif
