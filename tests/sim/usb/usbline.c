/* SPDX-License-Identifier: BSD-2-Clause */
/* A handler of lines for tests of the transport: no state, no dialect's finer points. */
#include "usbdev.h"

#include <string.h>

static const struct {
    const char *request, *reply;
} lines[] = {
    {"Q1\r", "(230.1 000.0 230.1 012 50.0 27.2 25.0 00001001\r"},
    {"F\r", "#230.0 004 24.00 50.0\r"},
    {"I\r", "#MAKER           MODEL      VERSION001\r"},
    {"BL\r", "BL100\r"},
    {"Q4\r", "(230.1 230.0 230.1 012 50.0 27.2 25.0 00001001 230.1 230.0 230.1\r"},
    {"QGS\r", "(220.4 59.9 218.7 59.9 002.8 007 361.8 361.8 273.2 ---.- 022.9 100000000010\r"},
};

size_t usbline_megatec(void *arg, const uint8_t *request, size_t len, uint8_t *reply, size_t size)
{
    (void)arg;
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        if (len == strlen(lines[i].request) && memcmp(request, lines[i].request, len) == 0) {
            memcpy(reply, lines[i].reply, strlen(lines[i].reply));
            return strlen(lines[i].reply);
        }
    if (len > 1 && strchr("TSCQ", request[0]) && (request[0] != 'Q' || len == 2))
        return 0; /* a command */
    len = len < size ? len : size;
    memcpy(reply, request, len);
    return len;
}
