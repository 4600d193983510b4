/* SPDX-License-Identifier: BSD-2-Clause */
/* Lines of text, written and read: see record.h. */
#include "record.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Four bits at a time: a small table, and fast enough for lines. */
uint32_t record_crc(const char *bytes, size_t len)
{
    static const uint32_t table[16] = {0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac,
                                       0x76dc4190, 0x6b6b51f4, 0x4db26158, 0x5005713c,
                                       0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
                                       0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c};
    uint32_t crc = 0xffffffff;

    for (size_t i = 0; i < len; i++) {
        crc ^= (unsigned char)bytes[i];
        crc = crc >> 4 ^ table[crc & 15];
        crc = crc >> 4 ^ table[crc & 15];
    }
    return ~crc;
}

/* -- writing ---------------------------------------------------------------------------------- */

static bool make_room(struct record_text *text, size_t more)
{
    size_t room = text->room ? text->room : 1024;
    char *at;

    if (text->failed)
        return false;
    while (room - text->len < more)
        room *= 2;
    if (room == text->room)
        return true;
    at = realloc(text->at, room);
    if (!at) {
        text->failed = true;
        return false;
    }
    text->at = at;
    text->room = room;
    return true;
}

/* Most parts fit into the room that is there: formatted once. */
void record_add(struct record_text *text, const char *fmt, ...)
{
    va_list ap;
    int len;

    if (!make_room(text, 64))
        return;
    va_start(ap, fmt);
    len = vsnprintf(text->at + text->len, text->room - text->len, fmt, ap);
    va_end(ap);
    if (len >= 0 && (size_t)len >= text->room - text->len) {
        if (!make_room(text, (size_t)len + 1))
            return;
        va_start(ap, fmt);
        len = vsnprintf(text->at + text->len, text->room - text->len, fmt, ap);
        va_end(ap);
    }
    if (len < 0)
        text->failed = true;
    else
        text->len += (size_t)len;
}

void record_quote(struct record_text *text, const char *string)
{
    static const char hex[] = "0123456789abcdef";
    size_t len = strlen(string);

    if (!make_room(text, 4 * len + 2))
        return;
    text->at[text->len++] = '"';
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)string[i];

        if (c >= ' ' && c <= '~' && c != '"' && c != '\\') {
            text->at[text->len++] = (char)c;
            continue;
        }
        text->at[text->len++] = '\\';
        text->at[text->len++] = 'x';
        text->at[text->len++] = hex[c >> 4];
        text->at[text->len++] = hex[c & 15];
    }
    text->at[text->len++] = '"';
}

void record_alarm(struct record_text *text, enum ups_alarm alarm)
{
    if (alarm >= UPS_ALARM_COUNT)
        record_add(text, "none");
    else
        record_add(text, "%s/%" PRIu32, ups_alarms[alarm].vendor ? "own" : "rfc",
                   ups_alarms[alarm].arc);
}

void record_free(struct record_text *text)
{
    free(text->at);
    *text = (struct record_text){0};
}

/* -- reading ---------------------------------------------------------------------------------- */

/* The blank before the next part. */
static void part_over(struct record_scan *scan)
{
    if (scan->at == scan->end)
        return;
    if (*scan->at != ' ' || scan->at + 1 == scan->end)
        scan->bad = true;
    else
        scan->at++;
}

void record_word(struct record_scan *scan, char *buf, size_t size)
{
    size_t len = 0;

    while (scan->at + len < scan->end && scan->at[len] > ' ' && scan->at[len] <= '~')
        len++;
    if (len == 0 || len >= size)
        scan->bad = true;
    buf[0] = '\0';
    if (scan->bad)
        return;
    memcpy(buf, scan->at, len);
    buf[len] = '\0';
    scan->at += len;
    part_over(scan);
}

int64_t record_number(struct record_scan *scan, int64_t least, int64_t most)
{
    char word[24], back[24];
    long long value;

    record_word(scan, word, sizeof(word));
    if (scan->bad)
        return 0;
    value = strtoll(word, NULL, 10);
    /* one number has one spelling: whatever strtoll() forgives is no number of ours */
    snprintf(back, sizeof(back), "%lld", value);
    if (strcmp(word, back) == 0 && value >= least && value <= most)
        return value;
    scan->bad = true;
    return 0;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The byte at the front of a quoted string; -1: none that may stand there. */
static int quoted_byte(struct record_scan *scan)
{
    int high, low;

    if (scan->at == scan->end || *scan->at < ' ' || *scan->at > '~')
        return -1;
    if (*scan->at != '\\')
        return *scan->at++;
    if (scan->end - scan->at < 4 || scan->at[1] != 'x')
        return -1;
    high = hex_digit(scan->at[2]);
    low = hex_digit(scan->at[3]);
    scan->at += 4;
    return high < 0 || low < 0 || high + low == 0 ? -1 : high * 16 + low;
}

void record_quoted(struct record_scan *scan, char *buf, size_t size)
{
    size_t len = 0;

    buf[0] = '\0';
    if (scan->bad || scan->at == scan->end || *scan->at != '"') {
        scan->bad = true;
        return;
    }
    scan->at++;
    while (scan->at < scan->end && *scan->at != '"') {
        int c = quoted_byte(scan);

        if (c < 0 || len + 1 >= size) {
            scan->bad = true;
            break;
        }
        buf[len++] = (char)c;
    }
    buf[len] = '\0';
    if (scan->at == scan->end)
        scan->bad = true;
    if (scan->bad)
        return;
    scan->at++;
    part_over(scan);
}

enum ups_alarm record_alarm_of(struct record_scan *scan, bool *known)
{
    struct record_scan number;
    char word[24];
    bool vendor;
    int64_t arc = 0;

    if (known)
        *known = true;
    record_word(scan, word, sizeof(word));
    if (scan->bad || strcmp(word, "none") == 0)
        return UPS_ALARM_NONE;
    vendor = strncmp(word, "own/", 4) == 0;
    number = (struct record_scan){.at = word + 4, .end = word + strlen(word)};
    if (!vendor && strncmp(word, "rfc/", 4) != 0)
        scan->bad = true;
    else
        arc = record_number(&number, 1, UINT32_MAX);
    if (scan->bad || number.bad) {
        scan->bad = true;
        return UPS_ALARM_NONE;
    }
    for (enum ups_alarm a = 0; a < UPS_ALARM_COUNT; a++)
        if (ups_alarms[a].vendor == vendor && ups_alarms[a].arc == arc)
            return a;
    if (known)
        *known = false;
    return UPS_ALARM_NONE;
}

bool record_done(const struct record_scan *scan)
{
    return !scan->bad && scan->at == scan->end;
}
