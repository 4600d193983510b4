/* SPDX-License-Identifier: BSD-2-Clause */
/* Going to the background. */
#include "background.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define START_MS 15000

static void tell(struct background *bg, const char *text, size_t len)
{
    if (bg->ready_fd < 0)
        return;
    /* the starting process may be gone; nobody else cares */
    if (write(bg->ready_fd, text, len) < 0 && errno != EPIPE)
        perror("upsmibd: starting process");
    close(bg->ready_fd);
    bg->ready_fd = -1;
}

/* The daemon writes "ok", or the reason of its failure, or dies. */
static int await(int fd)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};
    char text[256] = "";
    ssize_t n;

    if (poll(&p, 1, START_MS) <= 0) {
        fprintf(stderr, "upsmibd: the daemon did not start within %d s\n", START_MS / 1000);
        return 1;
    }
    n = read(fd, text, sizeof(text) - 1);
    if (n == 2 && memcmp(text, "ok", 2) == 0)
        return 0;
    fprintf(stderr, "upsmibd: %s\n", n > 0 ? text : "the daemon died while starting");
    return 1;
}

static void detach_stdio(bool errors_too)
{
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);

    if (null < 0)
        return;
    dup2(null, STDIN_FILENO);
    dup2(null, STDOUT_FILENO);
    if (errors_too)
        dup2(null, STDERR_FILENO);
    close(null);
}

bool background_enter(struct background *bg)
{
    int fds[2];
    pid_t pid;

    bg->status = 1;
    if (pipe2(fds, O_CLOEXEC) < 0) {
        perror("upsmibd: pipe");
        return false;
    }
    pid = fork();
    if (pid != 0) {
        close(fds[1]);
        if (pid > 0)
            bg->status = await(fds[0]);
        else
            perror("upsmibd: fork");
        close(fds[0]);
        return false;
    }
    close(fds[0]);
    bg->ready_fd = fds[1];
    setsid();
    detach_stdio(false);
    return true;
}

void background_ready(struct background *bg)
{
    bool detached = bg->ready_fd >= 0;

    tell(bg, "ok", 2);
    if (detached)
        detach_stdio(true);
}

void background_failed(struct background *bg, const char *why)
{
    tell(bg, why, strlen(why));
}
