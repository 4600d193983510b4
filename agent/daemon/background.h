/* SPDX-License-Identifier: BSD-2-Clause */
/* Going to the background: the starting process returns only when the daemon serves or failed. */
#ifndef BACKGROUND_H
#define BACKGROUND_H

#include <stdbool.h>

struct background {
    int ready_fd; /* -1: in the foreground */
    int status;   /* the starting process' exit status, once background_enter returned false */
};

/*
 * Forks.  In the daemon: returns true, detached from the terminal, standard input and output on
 * /dev/null, standard error still open until background_ready.  In the starting process: waits for
 * the daemon's word (at most 15 s), prints what went wrong, returns false with bg->status.
 */
bool background_enter(struct background *bg);

/* Tells the starting process that all is well.  Nothing to do in the foreground. */
void background_ready(struct background *bg);

/* Tells it why not. */
void background_failed(struct background *bg, const char *why);

#endif
