/* SPDX-License-Identifier: BSD-2-Clause */
/* A growable byte buffer and the parsers of command words. */
#include "buf.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void *buf_alloc(size_t size)
{
    void *p = calloc(1, size);

    if (!p) {
        fprintf(stderr, "upssim: out of memory\n");
        exit(1);
    }
    return p;
}

char *buf_strdup(const char *text)
{
    size_t len = strlen(text) + 1;
    char *copy = buf_alloc(len);

    memcpy(copy, text, len);
    return copy;
}

static void buf_reserve(struct buf *b, size_t more)
{
    size_t need = b->len + more + 1;

    if (need <= b->size)
        return;
    if (need < 2 * b->size)
        need = 2 * b->size;
    b->data = realloc(b->data, need);
    if (!b->data) {
        fprintf(stderr, "upssim: out of memory\n");
        exit(1);
    }
    b->size = need;
}

void buf_add(struct buf *b, const void *data, size_t len)
{
    buf_reserve(b, len);
    if (len)
        memcpy(b->data + b->len, data, len);
    b->len += len;
    b->data[b->len] = '\0';
}

void buf_printf(struct buf *b, const char *format, ...)
{
    char text[512];
    va_list ap;
    int n;

    va_start(ap, format);
    n = vsnprintf(text, sizeof text, format, ap);
    va_end(ap);
    if (n < 0)
        return;
    buf_add(b, text, (size_t)n < sizeof text ? (size_t)n : sizeof text - 1);
}

void buf_hex(struct buf *b, const uint8_t *data, size_t len)
{
    static const char digits[] = "0123456789ABCDEF";

    for (size_t i = 0; i < len; i++) {
        char pair[2] = {digits[data[i] >> 4], digits[data[i] & 15]};

        buf_add(b, pair, 2);
    }
}

void buf_drop(struct buf *b, size_t len)
{
    if (!len)
        return;
    memmove(b->data, b->data + len, b->len - len);
    b->len -= len;
    b->data[b->len] = '\0';
}

void buf_free(struct buf *b)
{
    free(b->data);
    memset(b, 0, sizeof *b);
}

bool parse_long(const char *text, long low, long high, long *value)
{
    char *end;
    long n;

    errno = 0;
    n = strtol(text, &end, 0);
    if (errno || end == text || *end || n < low || n > high)
        return false;
    *value = n;
    return true;
}

bool parse_double(const char *text, double low, double high, double *value)
{
    char *end;
    double x;

    errno = 0;
    x = strtod(text, &end);
    if (errno || end == text || *end || !(x >= low && x <= high))
        return false;
    *value = x;
    return true;
}

bool parse_bool(const char *text, bool *value)
{
    static const char *const words[] = {"no", "yes", "off", "on", "0", "1", NULL};
    int i = parse_choice(text, words);

    if (i < 0)
        return false;
    *value = i & 1;
    return true;
}

bool parse_text(char *to, size_t size, const char *text)
{
    size_t len = strlen(text);

    if (!len || len >= size)
        return false;
    memcpy(to, text, len + 1);
    return true;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

long parse_hex(const char *text, uint8_t *out, size_t size)
{
    size_t n = 0;

    while (*text) {
        int high = hex_digit(text[0]);
        int low = high < 0 ? -1 : hex_digit(text[1]);

        if (low < 0 || n == size)
            return -1;
        out[n++] = (uint8_t)(high << 4 | low);
        text += 2;
    }
    return (long)n;
}

int parse_choice(const char *text, const char *const *choices)
{
    for (int i = 0; choices[i]; i++)
        if (!strcmp(text, choices[i]))
            return i;
    return -1;
}
