/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * SETs, without SNMP's encoding: what one PDU asks of the units, in the phases of RFC 2741.
 *
 * The object layer (mib/) turns each varbind into one struct control_item; types, lengths and
 * ranges are checked by then, and whether the object can be written at all.  The core checks the
 * rest against the present state, makes at most one device command out of all of them, and carries
 * it out.  All or nothing: nothing changes before core_set_commit().
 *
 * Functions may be called from any one thread at a time per set; the core locks itself.
 */
#ifndef CONTROL_H
#define CONTROL_H

#include "snapshot.h"

/* SNMPv2 error-status, RFC 3416 section 3. */
enum set_error {
    SET_OK = 0,
    SET_GEN_ERR = 5,
    SET_WRONG_TYPE = 7,
    SET_WRONG_LENGTH = 8,
    SET_WRONG_VALUE = 10,
    SET_NO_CREATION = 11,
    SET_INCONSISTENT_VALUE = 12,
    SET_RESOURCE_UNAVAILABLE = 13,
    SET_COMMIT_FAILED = 14,
    SET_UNDO_FAILED = 15,
    SET_NOT_WRITABLE = 17,
    SET_PENDING = -1, /* core_set_commit(): the device works on it */
};

enum control_what {
    CONTROL_NAME,           /* upsIdentName: text */
    CONTROL_ATTACHED,       /* upsIdentAttachedDevices: text */
    CONTROL_TEST,           /* upsTestId: value = enum snap_test_id */
    CONTROL_TEST_LOCK,      /* upsTestSpinLock: value */
    CONTROL_TEST_UNLOCKED,  /* upsTestId as nut-compat takes it: start a quick test, or stop one */
    CONTROL_SHUTDOWN_TYPE,  /* upsShutdownType: value 1 output, 2 system */
    CONTROL_SHUTDOWN_AFTER, /* upsShutdownAfterDelay: value, s; -1 */
    CONTROL_STARTUP_AFTER,  /* upsStartupAfterDelay: value, s; -1 */
    CONTROL_REBOOT,         /* upsRebootWithDuration: value, s; -1 */
    CONTROL_AUTO_RESTART,   /* upsAutoRestart: value = enum ups_yesno */
    CONTROL_AUDIBLE,        /* upsConfigAudibleStatus: value = enum ups_beeper */
    CONTROL_LOW_MINUTES,    /* upsConfigLowBattTime: value, minutes */
    CONTROL_SETTING,        /* var = value, thousandths of its unit or index of its word */
    CONTROL_COMMAND,        /* command with args */
    CONTROL_COMMAND_LOCK,   /* spin lock of command: value */
    CONTROL_RESET_EXTREMES, /* forget the least and highest input voltage */
    CONTROL_NOTHING,        /* accepted, nothing to do (the value that stands already) */
};

struct control_item {
    enum control_what what;
    uint32_t unit; /* number in the configuration, from 0 */
    enum ups_var var;
    enum ups_command command;
    struct ups_command_args args;
    int64_t value;
    char text[64];      /* NUL-terminated */
    const char *object; /* the object's descriptor, constant, for the log */
    uint32_t barred;    /* with notWritable: bits of classes, one of which would allow it */
};

struct core;
struct control_set;

/*
 * Test phase: checks all items together, reserves what is needed, changes nothing.  Returns SET_OK
 * and *set (end it by core_set_end), or an error with *index = the item it is about (from 0) and
 * *set NULL.  `count` at least 1.  Items are copied.
 */
enum set_error core_set_test(struct core *core, const struct control_item *items, size_t count,
                             struct control_set **set, size_t *index);

/*
 * Commit phase.  Returns SET_OK (done, or nothing to do), SET_COMMIT_FAILED, or SET_PENDING: then
 * done(arg, error) is called exactly once, from the thread that runs core_tick(), without the
 * core's lock, unless core_set_end() comes first: SET_OK when the device has done it or when
 * `set-wait` is over, SET_COMMIT_FAILED when it refused or failed.
 */
enum set_error core_set_commit(struct core *core, struct control_set *set,
                               void (*done)(void *arg, enum set_error error), void *arg);

/*
 * Takes back what can be taken back of a commit that succeeded or that is pending: what only the
 * agent keeps.  A device that has acted or is acting can't be undone: SET_UNDO_FAILED, and the log
 * says what stands.  done() is not called any more.
 */
enum set_error core_set_undo(struct core *core, struct control_set *set);

/* The set is over; a command that still runs goes on by itself.  NULL is fine. */
void core_set_end(struct core *core, struct control_set *set);

#endif
