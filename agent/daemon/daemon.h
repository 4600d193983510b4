/* SPDX-License-Identifier: BSD-2-Clause */
/* The daemon as a library: the program is this one call. */
#ifndef DAEMON_H
#define DAEMON_H

/* Runs the command line (upsmibd(8)).  Returns the exit status. */
int upsmibd_main(int argc, char **argv);

#endif
