/* SPDX-License-Identifier: BSD-2-Clause */
/* One unit at a time, without a daemon: --probe and --run. */
#ifndef PROBE_H
#define PROBE_H

#include "../conf.h"

/*
 * Connects to one unit, does one full poll and prints "name: value" lines on stdout.  Returns the
 * exit status: 0, or 1 with the reason on stderr.
 */
int probe_unit(const struct conf_unit *unit);

/*
 * Has one unit do one instant command (NUT name), with a value or NULL.  Returns the exit status:
 * 0 only if the UPS did it, else 1 with the reason on stderr.
 */
int run_command(const struct conf_unit *unit, const char *command, const char *value);

#endif
