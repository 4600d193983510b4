/* SPDX-License-Identifier: BSD-2-Clause */
/* A growable byte buffer and the few parsers of command words that all simulator files share. */
#ifndef UPSSIM_BUF_H
#define UPSSIM_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf {
    char *data; /* always NUL-terminated once anything was added */
    size_t len;
    size_t size;
};

/* Running out of memory ends the program with a message: a simulator has nothing to save. */
void buf_add(struct buf *b, const void *data, size_t len);
void buf_printf(struct buf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
void buf_hex(struct buf *b, const uint8_t *data, size_t len);
/* Removes `len` bytes from the front. */
void buf_drop(struct buf *b, size_t len);
void buf_free(struct buf *b);

void *buf_alloc(size_t size); /* zeroed */
char *buf_strdup(const char *text);

/* Whole-word parsers: false unless all of `text` is a number within [low, high]. */
bool parse_long(const char *text, long low, long high, long *value);
bool parse_double(const char *text, double low, double high, double *value);
/* "yes"/"no", "on"/"off", "1"/"0". */
bool parse_bool(const char *text, bool *value);
/* Copies a text that must fit with its NUL; false when it is too long or empty. */
bool parse_text(char *to, size_t size, const char *text);
/* Hex digits, even count, no blanks.  Returns the number of bytes, or -1. */
long parse_hex(const char *text, uint8_t *out, size_t size);
/* Index of `text` in the NULL-terminated list, or -1. */
int parse_choice(const char *text, const char *const *choices);

#endif
