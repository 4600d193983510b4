/* SPDX-License-Identifier: BSD-2-Clause */
/* The Q* family: the bytes of requests, and what becomes of seconds in them. */
#include "qx.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { TENTH_S = 6, MINUTE_S = 60 }; /* delays count in tenths of minutes, then in minutes */

int32_t qx_off_steps(int32_t seconds, int32_t min)
{
    int32_t step;

    if (seconds < min)
        seconds = min;
    step = seconds > 9 * TENTH_S ? MINUTE_S : TENTH_S;
    return (seconds + step - 1) / step * step;
}

int32_t qx_on_steps(int32_t seconds, int32_t min)
{
    if (seconds < min)
        seconds = min;
    return (int32_t)(((int64_t)seconds + MINUTE_S - 1) / MINUTE_S * MINUTE_S);
}

/* .2 to .9 below a minute, then 01 to 99. */
static int minutes(char *buf, size_t size, int32_t seconds)
{
    if (seconds < MINUTE_S)
        return snprintf(buf, size, ".%d", (int)(seconds / TENTH_S));
    return snprintf(buf, size, "%02d", (int)(seconds / MINUTE_S));
}

/* 57.0 */
static int tenths(char *buf, size_t size, int64_t milli)
{
    return milli < 0 || milli > 99900
               ? -1
               : snprintf(buf, size, "%02d.%d", (int)(milli / 1000), (int)(milli / 100 % 10));
}

static int clock_text(char *buf, size_t size, int64_t s)
{
    return snprintf(buf, size, "%04" PRId64 ":%02d:%02d:%02d", s / 86400, (int)(s / 3600 % 24),
                    (int)(s / 60 % 60), (int)(s % 60));
}

/* One place of a format.  Returns its length, or -1 if the number does not fit into it. */
static int place(char *buf, size_t size, char what, const struct qx_numbers *n)
{
    static const int64_t most[] = {9, 99, 999, 9999};
    int64_t value = n->milli / 1000;

    switch (what) {
    case 'n': return n->off < 0 || n->off >= 6000 ? -1 : minutes(buf, size, n->off);
    case 't': return n->test < 0 || n->test >= 6000 ? -1 : minutes(buf, size, n->test);
    case 'm':
        return n->on < 0 || n->on > 9999 * MINUTE_S
                   ? -1
                   : snprintf(buf, size, "%04d", (int)(n->on / MINUTE_S));
    case 'a':
        return n->address < 0 || n->address > 99 ? -1
                                                 : snprintf(buf, size, "%02d", (int)n->address);
    case 'c': return value < 0 || value > INT64_C(9999) * 86400 ? -1 : clock_text(buf, size, value);
    case 'f': return tenths(buf, size, n->milli);
    case 'M':
        return value < 0 || value > 999 * MINUTE_S
                   ? -1
                   : snprintf(buf, size, "%03d", (int)(value / MINUTE_S));
    case '1':
    case '2':
    case '3':
    case '4':
        return value < 0 || value > most[what - '1']
                   ? -1
                   : snprintf(buf, size, "%0*" PRId64, what - '0', value);
    default: return -1;
    }
}

bool qx_write(char *buf, size_t size, const char *format, const struct qx_numbers *n)
{
    size_t used = 0;

    for (; *format && used < size; format++) {
        int len = 1;

        if (*format == '%')
            len = place(buf + used, size - used, *++format, n);
        else
            buf[used] = *format;
        if (len < 0)
            return false;
        used += (size_t)len;
    }
    if (used >= size)
        return false;
    buf[used] = '\0';
    return true;
}
