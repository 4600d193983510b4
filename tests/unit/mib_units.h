/* SPDX-License-Identifier: BSD-2-Clause */
/* An agent with several made-up units, for tests of the MIBs that hold all of them. */
#ifndef MIB_UNITS_H
#define MIB_UNITS_H

#include "mib_fixture.h"

#define UNITS_MAX  3
#define UNITS_WALL INT64_C(1700000000000) /* wall clock at FIXTURE_NOW: 2023-11-14 22:13:20 UTC */

struct units {
    struct fixture unit[UNITS_MAX];
    struct conf_unit conf[UNITS_MAX];
    struct snap_agent *agent;
    struct mib_view view;
};

/*
 * The first `count` of: ups1, one phase, everything known, all commands, all allowed, some of them
 * given; ups2, three phases, on battery, no commands; ups3, never heard of.  The view points into
 * *u, so that *u has to stay where it is.
 */
void units_init(struct units *u, size_t count);
void units_free(struct units *u);

/* Reads "4.1.1.2.1.'battery.charge'" below the root of a MIB into oid; returns its length. */
size_t units_oid(const struct mib *mib, const char *text, uint32_t *oid);

/* GET below the root of a MIB; octets that do not print are written as hexadecimal. */
enum mib_type units_get(const struct units *u, const struct mib *mib, const char *text,
                        char buf[FIXTURE_TEXT]);

/* The same, asserted to be that text; "noSuchInstance" and "noSuchObject" for the exceptions. */
void assert_units(const struct units *u, const struct mib *mib, const char *text,
                  const char *expected);

#endif
