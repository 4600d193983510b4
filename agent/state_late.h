/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What changed since the state file was last written: DIR/state.late, records that are appended at
 * once and not synced, so that killing the program loses nothing of what the state file's thread
 * gathers.  Each record is a state file of one unit; later ones count.
 *
 * Not locked; state.c's lock guards it.
 */
#ifndef STATE_LATE_H
#define STATE_LATE_H

#include <sys/types.h>

#include "state.h"

struct state_late {
    int fd;     /* -1: nothing is kept */
    off_t size; /* of whole records */
};

/* Takes each record of the file in order, up to the first that is not whole.  How many there were.
 */
size_t state_late_read(int dir,
                       bool (*take)(void *arg, const char *name, const struct state_unit *unit),
                       void *arg);

/*
 * Appends what a unit is now.  If that can't be (no rights, no space, too much at once) no more is
 * appended until state_late_clear(): what is there stays a story without gaps.
 */
void state_late_add(struct state_late *late, const char *name, const struct state_unit *unit);

/* The state file has it all: begins anew, also after a failure.  dir: of both. */
void state_late_clear(struct state_late *late, int dir);

void state_late_close(struct state_late *late);

#endif
