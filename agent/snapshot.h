/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the north sees of one unit: an immutable picture, made by the core, read by whoever holds a
 * reference.  A snapshot is complete: an answer to any GET needs a snapshot, the time and the
 * master's sysUpTime, nothing else.
 */
#ifndef SNAPSHOT_H
#define SNAPSHOT_H

#include <stdatomic.h>

#include "worker.h"

#define SNAP_DETAIL_MAX 128 /* bytes of a text about a test's or a command's end, NUL included */

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

/* Which countdown runs. */
enum snap_countdown { SNAP_COUNT_NONE, SNAP_COUNT_SHUTDOWN, SNAP_COUNT_REBOOT, SNAP_COUNT_STARTUP };

/* Countdowns; the device's own figures, where it gives some, stand in the reading (ups.timer.*). */
struct snap_timers {
    enum snap_countdown countdown;
    /* monotonic; -1: none.  off: the output goes off then; on: it comes back then, at mains */
    int64_t off_at_ms, on_at_ms;
};

/* What is counted for the extension MIB; kept over restarts. */
struct snap_counters {
    uint32_t to_battery, to_bypass;      /* transfers */
    int64_t battery_ms, bypass_ms;       /* in all, the present stay left out */
    int64_t battery_since, bypass_since; /* monotonic, -1: not there; in the state file: unused */
    /* input voltage, thousandths, per line; INT64_MAX / INT64_MIN: none yet */
    int64_t volt_min[UPS_LINES_MAX], volt_max[UPS_LINES_MAX];
    int64_t volt_reset_wall;   /* since when, ms since 1970 */
    enum ups_alarm last_cause; /* why it last went to battery: INPUT_BAD, or the command
                                  given: TEST_IN_PROGRESS; UPS_ALARM_NONE: never, or unknown */
};

/* Nothing counted yet. */
void snap_counters_init(struct snap_counters *counters);

/* upsmibdCommandState */
enum snap_command_state {
    SNAP_COMMAND_IDLE = 1,
    SNAP_COMMAND_RUNNING = 2,
    SNAP_COMMAND_DONE = 3,
    SNAP_COMMAND_REFUSED = 4,
    SNAP_COMMAND_TIMEOUT = 5,
    SNAP_COMMAND_FAILED = 6,
};

/* One command of one unit, or (at UPS_COMMAND_COUNT) the last setting. */
struct snap_command {
    uint32_t lock; /* TestAndIncr */
    enum snap_command_state state;
    int64_t begun_wall; /* ms since 1970 */
    int64_t begun_ms;   /* monotonic */
    int64_t end_ms;     /* monotonic; -1: runs */
    char text[SNAP_DETAIL_MAX];
};

/* All commands of one unit that ever ran or whose lock was moved; counted, immutable. */
struct snap_commands {
    atomic_uint refs;
    struct snap_command command[UPS_COMMAND_COUNT + 1];
};

struct snapshot {
    atomic_uint refs;

    const char *unit;             /* section name; lives as long as the configuration */
    const struct conf_unit *conf; /* the same; NULL in tests that need none of it */
    uint32_t number;              /* upsmibdUnitIndex: 1 for the configuration's first unit */
    struct ups_reading reading;   /* withdrawn values are unknown already */
    struct ups_caps caps;
    bool fresh; /* measured values are there and not too old */

    /* the connection */
    enum unit_link link;
    int64_t link_since_ms; /* monotonic */
    int64_t good_ms;       /* last good poll, monotonic; -1: none yet */
    int64_t error_ms;      /* when `error` came up, monotonic; -1: never */
    char error[160];       /* the last failure; stays when things are good again */
    struct drv_counters count;
    uint32_t missed, reconnects;
    int32_t full_ms; /* how long the last full poll took; -1: none yet */

    char ident_name[64];       /* upsIdentName */
    char attached_devices[64]; /* upsIdentAttachedDevices */

    uint32_t input_line_bads;    /* upsInputLineBads */
    int64_t on_battery_since_ms; /* -1: not on battery */

    struct snap_timers timers;
    int32_t shutdown_type; /* upsShutdownType */
    int32_t low_minutes;   /* upsConfigLowBattTime where the agent keeps it; -1: it does not */
    bool muted;            /* upsConfigAudibleStatus reads muted */
    struct snap_counters counters;
    const struct snap_commands *commands; /* a reference; NULL: no command ever ran */

    uint32_t test_spin_lock; /* upsTestSpinLock */
    enum snap_test_id test_id;
    enum snap_test_result test_result;
    int64_t test_start_ms; /* monotonic */
    int64_t test_end_ms;   /* -1: running */
    char test_detail[SNAP_DETAIL_MAX];

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

/*
 * One that is not shared yet, with room for so many alarms, at another address perhaps.  NULL: as
 * above, and it is as it was.
 */
struct snapshot *snapshot_resize(struct snapshot *s, uint32_t alarm_count);

/* One row of the history of alarms: something began or ended. */
struct snap_past {
    uint32_t seq;  /* counts from 1, never twice (in one run of the program) */
    uint32_t unit; /* number in the configuration, from 0 */
    uint32_t id;   /* upsAlarmId that the row had */
    enum ups_alarm alarm;
    bool began;
    int64_t wall_ms;
};

#define SNAP_HISTORY_MAX 256

/* What concerns the agent as a whole; counted, immutable. */
struct snap_agent {
    atomic_uint refs;
    int64_t start_wall; /* when the agent started */
    uint32_t last_seq;  /* events: struct events_stats */
    uint32_t events_waiting, events_delivered, events_lost, events_refused;
    uint32_t history_count;
    struct snap_past history[]; /* ascending by seq */
};

void snap_agent_release(const struct snap_agent *agent);
void snap_commands_release(const struct snap_commands *commands);

static inline const struct snapshot *snapshot_hold(const struct snapshot *s)
{
    atomic_fetch_add_explicit(&((struct snapshot *)(uintptr_t)s)->refs, 1, memory_order_relaxed);
    return s;
}

/* Gives a reference back; the last one frees.  NULL is fine. */
void snapshot_release(const struct snapshot *s);

#endif
