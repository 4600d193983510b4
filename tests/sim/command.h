/* SPDX-License-Identifier: BSD-2-Clause */
/* One line of the control socket. */
#ifndef UPSSIM_COMMAND_H
#define UPSSIM_COMMAND_H

#include "sim.h"

/* Executes a line (changed in place) and appends its one reply line to `out`. */
void command_run(struct sim *sim, char *line, struct buf *out);

/* The commands, for --help. */
extern const char command_help[];

/* A command of the physical model (command_model.c): 1 done, 0 unknown, -1 with a reason. */
int command_model(struct unit *unit, int argc, char *const *argv, struct buf *out);
/* `get KEY` of the physical model; same results. */
int command_model_get(const struct unit *unit, int argc, char *const *argv, struct buf *out);

#endif
