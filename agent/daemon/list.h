/* SPDX-License-Identifier: BSD-2-Clause */
/* What is printed off the tables: the drivers, their options, the findings of a configuration. */
#ifndef LIST_H
#define LIST_H

#include <stdio.h>

#include "../conf.h"

/*
 * --list-drivers: all drivers on stdout, or one driver's ports and options if `name` is not NULL.
 * Returns the exit status: 1 with a word on stderr if there is no such driver.
 */
int list_drivers(const char *name);

/* One driver's ports and options with types, ranges and defaults. */
void list_driver(FILE *out, const struct drv_driver *driver);

/*
 * A conf_report_fn: "FILE:LINE: error: text" or "... notice: ..." on `arg`, a FILE; NULL: stderr.
 * Bytes that could steer a terminal are shown as '?'.
 */
void list_finding(void *arg, enum conf_severity severity, const char *file, unsigned line,
                  const char *text);

#endif
