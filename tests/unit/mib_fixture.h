/* SPDX-License-Identifier: BSD-2-Clause */
/* Made-up units for the tests of the object layer, and a short way to ask them. */
#ifndef MIB_FIXTURE_H
#define MIB_FIXTURE_H

#include "../../agent/mib/mib.h"

#define FIXTURE_NOW    1000000000 /* monotonic ms */
#define FIXTURE_UPTIME 360000     /* the master has run for an hour */
#define FIXTURE_TEXT   300        /* room for any value as text, or any OID */

struct fixture {
    struct snapshot *snap;
    struct mib_view view;
};

/* Like a Huawei UPS2000 1-3 kVA: on mains, full, two alarms, a test done.  All of UPS-MIB. */
struct fixture fixture_one_phase(void);

/* On battery in a deep test, three lines each way, no controls, and some holes. */
struct fixture fixture_three_phase(void);

/* The one-phase unit after it has fallen silent: what was measured is withdrawn. */
struct fixture fixture_stale(void);

/* A unit that has never answered. */
struct fixture fixture_silent(void);

/* Gives a fixture back. */
void fixture_free(struct fixture *f);

/* Room for n alarms in place of those that f has; everything else stays. */
void fixture_alarms(struct fixture *f, uint32_t n);

/* Stores a value in thousandths of its unit. */
void fixture_set(struct fixture *f, enum ups_var var, unsigned line, int64_t milli);

/* Reads "1.2.3" into oid (room for MIB_OID_MAX); a leading dot means that it is not below mib_ups.
 */
size_t fixture_oid(const char *text, uint32_t *oid);

/* Writes an OID as "1.2.3"; returns buf. */
const char *fixture_oid_text(const uint32_t *oid, size_t len, char buf[FIXTURE_TEXT]);

/* Writes a value without its type; exceptions as their names.  Returns buf. */
const char *fixture_value_text(const struct mib_value *value, char buf[FIXTURE_TEXT]);

/* GET by OID text; returns the type, the value's text in buf. */
enum mib_type fixture_get(const struct fixture *f, const char *oid, char buf[FIXTURE_TEXT]);

/* Asserts that GET of oid answers an INTEGER of this value, or this exception. */
void assert_mib_integer(const struct fixture *f, const char *oid, int32_t expected);
void assert_mib_text(const struct fixture *f, const char *oid, const char *expected);
void assert_mib_type(const struct fixture *f, const char *oid, enum mib_type expected);
void assert_mib_absent(const struct fixture *f, const char *oid);

#endif
