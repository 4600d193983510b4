/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The object layer: GET and GETNEXT by OID on a snapshot.  Knows neither AgentX nor net-snmp; both
 * are thin adapters over it, and tests need neither.
 *
 * A MIB is a constant table of rows sorted by OID.  All functions are pure: no state, no locks, no
 * allocation; what a value points to lives in the snapshot, in a constant table or in the value
 * itself, so a value is used where it was filled in, not copied.
 */
#ifndef AGENT_MIB_H
#define AGENT_MIB_H

#include "../snapshot.h"

#define MIB_OID_MAX 32 /* longest OID the layer hands out */

/* ASN.1 tags as on the wire (RFC 3416; RFC 2741 section 5.4 uses the same numbers). */
enum mib_type {
    MIB_INTEGER = 0x02,
    MIB_OCTETS = 0x04,
    MIB_OID = 0x06,
    MIB_COUNTER32 = 0x41,
    MIB_GAUGE32 = 0x42,
    MIB_TIMETICKS = 0x43,
    MIB_NO_SUCH_OBJECT = 0x80,
    MIB_NO_SUCH_INSTANCE = 0x81,
    MIB_END_OF_VIEW = 0x82,
};

struct mib_value {
    enum mib_type type;
    union {
        int32_t integer;     /* MIB_INTEGER */
        uint32_t number;     /* MIB_COUNTER32, MIB_GAUGE32, MIB_TIMETICKS */
        const char *octets;  /* MIB_OCTETS, not NUL-terminated */
        const uint32_t *oid; /* MIB_OID */
    } v;
    size_t len;                    /* bytes of octets, sub-identifiers of oid */
    uint32_t oid_buf[MIB_OID_MAX]; /* where v.oid may point */
};

/* What a request is answered from. */
struct mib_view {
    const struct snapshot *snap; /* the unit; held by the caller */
    int64_t now_ms;              /* monotonic */
    int64_t epoch_ms;            /* the moment of now_ms' clock when the master's sysUpTime was 0 */
};

/* A MIB: the subtree it is registered under and its rows.  Opaque; see mib_ups. */
struct mib;

/* RFC 1628 UPS-MIB, 1.3.6.1.2.1.33: one unit, that of the view. */
extern const struct mib mib_ups;

/* The root OID of a MIB, *len sub-identifiers. */
const uint32_t *mib_root(const struct mib *mib, size_t *len);

/* GET: fills *value with the value or with MIB_NO_SUCH_OBJECT / MIB_NO_SUCH_INSTANCE. */
void mib_get(const struct mib *mib, const struct mib_view *view, const uint32_t *oid, size_t len,
             struct mib_value *value);

/*
 * GETNEXT: the first existing instance after oid (or at oid if inclusive), and before `end` where
 * end_len > 0.  Writes its name to out (room for MIB_OID_MAX) and *out_len and its value.
 * Returns false (value->type MIB_END_OF_VIEW) when there is none.
 */
bool mib_next(const struct mib *mib, const struct mib_view *view, const uint32_t *oid, size_t len,
              bool inclusive, const uint32_t *end, size_t end_len, uint32_t *out, size_t *out_len,
              struct mib_value *value);

/*
 * Why a SET of this variable would fail, as the SNMPv2 error number of RFC 3416 section 4.2.5
 * (17 notWritable, 11 noCreation ...), 0 if the row is writable.
 */
int mib_set_error(const struct mib *mib, const struct mib_view *view, const uint32_t *oid,
                  size_t len);

/*
 * The OID that names an alarm (upsAlarmDescr): below upsWellKnownAlarms or upsmibdVendorAlarms.
 * Writes it to out (room for MIB_OID_MAX), returns its length.
 */
size_t mib_alarm_oid(enum ups_alarm alarm, uint32_t *out);

/* Compares two OIDs in lexicographic order: <0, 0, >0. */
int mib_oid_compare(const uint32_t *a, size_t a_len, const uint32_t *b, size_t b_len);

#endif
