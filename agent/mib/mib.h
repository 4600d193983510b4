/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The object layer: GET, GETNEXT and SET by OID on snapshots.  Knows neither AgentX nor net-snmp;
 * both are thin adapters over it, and tests need neither.
 *
 * A MIB is a constant table of rows sorted by OID.  All functions are pure: no state, no locks, no
 * allocation; what a value points to lives in the snapshot, in a constant table or in the value
 * itself, so a value is used where it was filled in, not copied.
 */
#ifndef AGENT_MIB_H
#define AGENT_MIB_H

#include "../control.h"
#include "../event.h"

#define MIB_OID_MAX   80 /* longest name the layer hands out */
#define MIB_VALUE_MAX 32 /* longest OID as a value */

/* ASN.1 tags as on the wire (RFC 3416; RFC 2741 section 5.4 uses the same numbers). */
enum mib_type {
    MIB_INTEGER = 0x02,
    MIB_OCTETS = 0x04,
    MIB_OID = 0x06,
    MIB_COUNTER32 = 0x41,
    MIB_GAUGE32 = 0x42,
    MIB_TIMETICKS = 0x43,
    MIB_COUNTER64 = 0x46,
    MIB_NO_SUCH_OBJECT = 0x80,
    MIB_NO_SUCH_INSTANCE = 0x81,
    MIB_END_OF_VIEW = 0x82,
};

struct mib_value {
    enum mib_type type;
    union {
        int32_t integer;     /* MIB_INTEGER */
        uint32_t number;     /* MIB_COUNTER32, MIB_GAUGE32, MIB_TIMETICKS */
        uint64_t big;        /* MIB_COUNTER64 */
        const char *octets;  /* MIB_OCTETS, not NUL-terminated */
        const uint32_t *oid; /* MIB_OID */
    } v;
    size_t len; /* bytes of octets, sub-identifiers of oid */
    union {
        uint32_t oid_buf[MIB_VALUE_MAX];  /* where v.oid may point */
        char text_buf[MIB_VALUE_MAX * 4]; /* where v.octets may point */
    };
};

/* What a request is answered from. */
struct mib_view {
    const struct snapshot *snap; /* mib_ups: the unit; held by the caller */
    int64_t now_ms;              /* monotonic */
    int64_t epoch_ms;            /* the moment of now_ms' clock when the master's sysUpTime was 0 */
    int64_t wall_ms;             /* the wall clock at now_ms, ms since 1970 */
    /* mib_upsmibd and mib_entity: all units, each held until the request is answered */
    const struct snapshot *(*unit)(void *arg, size_t index);
    const struct snap_agent *(*agent)(void *arg);
    size_t unit_count;
    void *arg;
};

/* A MIB: the subtree it is registered under and its rows.  Opaque. */
struct mib;

/* UPSMIBD-MIB's objects, its root.1: all units, in the default context. */
extern const struct mib mib_upsmibd;

/* entLogicalTable of ENTITY-MIB (RFC 6933), 1.3.6.1.2.1.47.1.2.1: all units, in the default
 * context. */
extern const struct mib mib_entity;

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
 * SET: checks one variable's new value, in the order of RFC 3416 section 4.2.5: is there such an
 * object and instance and can it be written on this unit and by its `allow` (notWritable,
 * noCreation), type, length, value.  Returns SET_OK with *item filled in, or the error; then
 * item->object (NULL: no such object) and item->unit are there all the same, for the log.
 * Nothing changes.
 */
enum set_error mib_set(const struct mib *mib, const struct mib_view *view, const uint32_t *oid,
                       size_t len, const struct mib_value *value, struct control_item *item);

/* One varbind of a notification. */
struct mib_varbind {
    uint32_t oid[MIB_OID_MAX];
    size_t len;
    struct mib_value value; /* may point into the event */
};

#define MIB_NOTIFY_MAX 12 /* varbinds of the longest notification */

/*
 * The varbinds of an event's notification, in order: snmpTrapOID.0 first (sysUpTime.0 is the
 * sender's), then the objects.  `conf` names the units, epoch_ms as in struct mib_view, wall_ms and
 * now_ms: the two clocks now; its snap is not looked at.  Returns how many; 0 for a kind that there
 * is not.  Values may point into the event and the configuration.
 */
size_t mib_notification(const struct event *event, const struct conf *conf,
                        const struct mib_view *view, struct mib_varbind out[MIB_NOTIFY_MAX]);

/*
 * The OID that names an alarm (upsAlarmDescr): below upsWellKnownAlarms or upsmibdVendorAlarms.
 * Writes it to out (room for MIB_VALUE_MAX), returns its length.
 */
size_t mib_alarm_oid(enum ups_alarm alarm, uint32_t *out);

/* Compares two OIDs in lexicographic order: <0, 0, >0. */
int mib_oid_compare(const uint32_t *a, size_t a_len, const uint32_t *b, size_t b_len);

#endif
