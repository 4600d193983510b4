/* SPDX-License-Identifier: BSD-2-Clause */
/* --scan: which UPSes are there, as sections for upsmibd.conf. */
#ifndef SCAN_H
#define SCAN_H

#include "cli.h"

#include <stdio.h>

#define SCAN_PORTS_MAX 64 /* that are asked in one go */

/* Exit statuses of --scan. */
enum { SCAN_FOUND = 0, SCAN_NOTHING = 1, SCAN_FAILED = 2 };

/*
 * Without ports: looks for UPSes on USB and lists serial ports, which are neither opened nor asked.
 * With ports: asks all of them at once who is there.  Prints sections and comments to `out`, hints
 * for people to stderr.  Returns the exit status: SCAN_FOUND if a UPS was found, even one that
 * can't be used yet; SCAN_NOTHING; SCAN_FAILED if a port's name is wrong or `out` can't be written.
 */
int scan_run(const struct cli *cli, FILE *out);

#endif
