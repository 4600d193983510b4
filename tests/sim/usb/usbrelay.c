/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A line handler that asks somebody else: another simulator behind a pty or any tty, which speaks
 * the dialect.
 */
#include "usbdev.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

/* Longer silence means that there is no reply; a bridge waits for 1 s. */
enum { RELAY_MS = 400 };

int usbrelay_open(const char *path)
{
    int fd = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    struct termios t;

    if (fd < 0)
        return -1;
    if (tcgetattr(fd, &t) == 0) {
        cfmakeraw(&t);
        (void)tcsetattr(fd, TCSANOW, &t);
    }
    return fd;
}

size_t usbrelay_line(void *arg, const uint8_t *request, size_t len, uint8_t *reply, size_t size)
{
    struct pollfd p = {.fd = *(const int *)arg, .events = POLLIN};
    size_t got = 0;

    (void)tcflush(p.fd, TCIFLUSH); /* what came too late */
    if (write(p.fd, request, len) != (ssize_t)len)
        return 0;
    while (got < size && !memchr(reply, '\r', got)) {
        int n = poll(&p, 1, RELAY_MS);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return 0;
        ssize_t r = read(p.fd, reply + got, size - got);
        if (r <= 0)
            return 0;
        got += (size_t)r;
    }
    return got;
}
