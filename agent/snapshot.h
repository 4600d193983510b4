/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the north sees of one unit: an immutable picture, made by the core, read by whoever holds a
 * reference.  A snapshot is complete: an answer to any GET needs a snapshot, the time and the
 * master's sysUpTime, nothing else.
 */
#ifndef SNAPSHOT_H
#define SNAPSHOT_H

#include <stdatomic.h>

#include "../drivers/ups.h"

/* upsTestResultsSummary, RFC 1628 */
enum snap_test_result {
    SNAP_TEST_PASS = 1,
    SNAP_TEST_WARNING = 2,
    SNAP_TEST_ERROR = 3,
    SNAP_TEST_ABORTED = 4,
    SNAP_TEST_RUNNING = 5,
    SNAP_TEST_NONE = 6,
};

/* What upsTestId names. */
enum snap_test_id {
    SNAP_TEST_ID_NONE = 1,    /* upsTestNoTestsInitiated */
    SNAP_TEST_ID_ABORT = 2,   /* upsTestAbortTestInProgress */
    SNAP_TEST_ID_GENERAL = 3, /* upsTestGeneralSystemsTest */
    SNAP_TEST_ID_QUICK = 4,   /* upsTestQuickBatteryTest */
    SNAP_TEST_ID_DEEP = 5,    /* upsTestDeepBatteryCalibration */
    SNAP_TEST_ID_AT_UPS = 6,  /* upsmibdTestStartedAtUps: not started by us */
};

/* One row of upsAlarmTable. */
struct snap_alarm {
    int64_t since_ms; /* monotonic; INT64_MIN: there already when the agent started */
    uint32_t id;      /* upsAlarmId */
    enum ups_alarm alarm;
};

struct snapshot {
    atomic_uint refs;

    const char *unit;           /* section name; lives as long as the configuration */
    struct ups_reading reading; /* withdrawn values are unknown already */
    struct ups_caps caps;
    bool fresh; /* measured values are there and not too old */

    const char *ident_name;       /* upsIdentName, at most 63 bytes */
    const char *attached_devices; /* upsIdentAttachedDevices */

    uint32_t input_line_bads;    /* upsInputLineBads */
    int64_t on_battery_since_ms; /* -1: not on battery */

    uint32_t test_spin_lock; /* upsTestSpinLock */
    enum snap_test_id test_id;
    enum snap_test_result test_result;
    int64_t test_start_ms;   /* monotonic */
    int64_t test_end_ms;     /* -1: running */
    const char *test_detail; /* constant text, never NULL */

    uint32_t alarm_count;
    struct snap_alarm alarm[]; /* ascending by id */
};

/*
 * A snapshot with one reference, room for `alarm_count` alarms (all zero: fill them in), and else
 * the picture of a unit that has never been heard of: not fresh, nothing known, no test, spin lock
 * 1.  Fill it in before it is shared.  Returns NULL if memory is out, or for more alarms than there
 * are identities, because no two rows of upsAlarmTable share one (RFC 1628, upsAlarmTable).
 */
struct snapshot *snapshot_new(uint32_t alarm_count);

static inline const struct snapshot *snapshot_hold(const struct snapshot *s)
{
    atomic_fetch_add_explicit(&((struct snapshot *)(uintptr_t)s)->refs, 1, memory_order_relaxed);
    return s;
}

/* Gives a reference back; the last one frees.  NULL is fine. */
void snapshot_release(const struct snapshot *s);

#endif
