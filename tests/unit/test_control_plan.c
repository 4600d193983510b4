/* SPDX-License-Identifier: BSD-2-Clause */
/* What the items of a PDU come to, line by line, in every order of the items. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../agent/control_private.h"

#define NOW     1000000
#define ALL     ((1U << UPS_CLASS_COUNT) - 1)
#define BIT(id) UPS_COMMAND_BIT(id)
#define LATER   (-2) /* of the items in conflict, whichever stands later */
#define ITEMS   4

/* -- a unit to plan on ------------------------------------------------------------------------ */

struct bench {
    struct ups_caps caps;
    struct ups_reading reading;
    struct core_countdown count_down;
    struct core_jobs jobs;
    struct core_job job[CORE_JOBS];
    struct snap_commands commands;
    struct plan_unit u;
};

static void bench_init(struct bench *b)
{
    static const struct ups_setting settings[] = {
        {.var = UPS_VAR_BATTERY_RUNTIME_LOW, .min = 120000, .max = 1900000, .step = 60000},
        {.var = UPS_VAR_UPS_START_AUTO, .choices = 3},
    };

    memset(b, 0, sizeof(*b));
    b->caps.commands = BIT(LOAD_OFF) | BIT(LOAD_ON) | BIT(SHUTDOWN_RETURN) | BIT(SHUTDOWN_STAYOFF) |
                       BIT(SHUTDOWN_REBOOT) | BIT(SHUTDOWN_STOP) | BIT(BEEPER_ENABLE) |
                       BIT(BEEPER_DISABLE) | BIT(TEST_BATTERY_START_QUICK) |
                       BIT(TEST_BATTERY_START_DEEP) | BIT(TEST_BATTERY_STOP) | BIT(BYPASS_START);
    b->caps.off_most = 5940;
    b->caps.on_most = 599940;
    b->caps.setting_count = sizeof(settings) / sizeof(settings[0]);
    b->caps.setting = settings;
    b->reading.status = UPS_STATUS_MASK(OL);
    ups_set(&b->reading, UPS_VAR_UPS_START_AUTO, 0, UPS_YES);
    ups_set(&b->reading, UPS_VAR_UPS_BEEPER_STATUS, 0, UPS_BEEPER_ENABLED);
    countdown_init(&b->count_down);
    jobs_init(&b->jobs);
    b->jobs.job = b->job;
    b->jobs.rows = CORE_JOBS;
    b->u = (struct plan_unit){.allow = ALL,
                              .caps = &b->caps,
                              .reading = &b->reading,
                              .reachable = true,
                              .test_lock = 7,
                              .count_down = &b->count_down,
                              .jobs = &b->jobs,
                              .now_ms = NOW};
}

/* -- states of it ----------------------------------------------------------------------------- */

static void auto_off(struct bench *b)
{
    ups_set(&b->reading, UPS_VAR_UPS_START_AUTO, 0, UPS_NO);
}

static void auto_unknown(struct bench *b)
{
    ups_unset(&b->reading, UPS_VAR_UPS_START_AUTO, 0);
}

static void no_return(struct bench *b)
{
    b->caps.commands &= ~BIT(SHUTDOWN_RETURN);
}

static void no_stayoff(struct bench *b)
{
    b->caps.commands &= ~BIT(SHUTDOWN_STAYOFF);
}

static void no_load_off(struct bench *b)
{
    b->caps.commands &= ~BIT(LOAD_OFF);
}

static void no_stop(struct bench *b)
{
    b->caps.commands &= ~BIT(SHUTDOWN_STOP);
}

/* A 6-20 kVA UPS2000: it counts nothing itself. */
static void load_only(struct bench *b)
{
    b->caps.commands = BIT(LOAD_OFF) | BIT(LOAD_ON);
    b->caps.off_most = b->caps.on_most = 0;
}

static void load_only_counting(struct bench *b)
{
    load_only(b);
    b->count_down.timers = (struct snap_timers){SNAP_COUNT_SHUTDOWN, NOW + 9000, -1};
    b->count_down.off_command = UPS_COMMAND_LOAD_OFF;
}

static void is_off(struct bench *b)
{
    b->reading.status = UPS_STATUS_MASK(OFF);
}

static void lost(struct bench *b)
{
    b->u.reachable = false;
    ups_withdraw(&b->reading);
}

static void excess(struct bench *b)
{
    b->count_down.timers = (struct snap_timers){SNAP_COUNT_SHUTDOWN, NOW + 9000000, -1};
    b->count_down.off_command = UPS_COMMAND_SHUTDOWN_RETURN;
}

static void excess_lost(struct bench *b)
{
    excess(b);
    lost(b);
}

/* Its command is just being given to the device. */
static void excess_under_way(struct bench *b)
{
    excess(b);
    b->count_down.job = 5;
    b->jobs.job[0] = (struct core_job){.job.id = 5,
                                       .job.command = UPS_COMMAND_SHUTDOWN_RETURN,
                                       .job.args = {5940, -1, false},
                                       .running = true};
}

static void device_counts(struct bench *b)
{
    b->count_down.timers = (struct snap_timers){SNAP_COUNT_SHUTDOWN, NOW + 30000, NOW + 90000};
    b->count_down.by_device = true;
}

static void device_counts_no_stop(struct bench *b)
{
    device_counts(b);
    no_stop(b);
}

static void off_start_pending(struct bench *b)
{
    is_off(b);
    b->count_down.timers = (struct snap_timers){SNAP_COUNT_SHUTDOWN, -1, NOW + 90000};
}

static void rebooting(struct bench *b)
{
    b->count_down.timers = (struct snap_timers){SNAP_COUNT_REBOOT, NOW + 6000, NOW + 90000};
    b->count_down.by_device = true;
}

static void reboot_off(struct bench *b)
{
    rebooting(b);
    is_off(b);
    b->count_down.timers.off_at_ms = -1;
}

static void starting(struct bench *b)
{
    is_off(b);
    b->count_down.timers = (struct snap_timers){SNAP_COUNT_STARTUP, -1, NOW + 90000};
    b->count_down.start_by_us = true;
}

static void test_on(struct bench *b)
{
    b->u.test_runs = true;
}

static void on_battery(struct bench *b)
{
    b->reading.status = UPS_STATUS_MASK(OB);
}

static void lock_taken(struct bench *b)
{
    b->u.locks_taken = 1U << PLAN_TEST_LOCK;
}

static void alarms(struct bench *b)
{
    b->u.alarms = true;
}

static void alarms_muted(struct bench *b)
{
    b->u.alarms = true;
    b->jobs.muted = true;
}

static void alarms_silent(struct bench *b)
{
    b->u.alarms = true;
    ups_set(&b->reading, UPS_VAR_UPS_BEEPER_STATUS, 0, UPS_BEEPER_DISABLED);
}

static void can_mute(struct bench *b)
{
    b->caps.commands |= BIT(BEEPER_MUTE);
}

static void alarms_can_mute(struct bench *b)
{
    alarms(b);
    can_mute(b);
}

static void alarms_silent_can_mute(struct bench *b)
{
    alarms_silent(b);
    can_mute(b);
}

static void no_settings(struct bench *b)
{
    b->caps.setting_count = 0;
    b->jobs.gives_runtime = true;
}

/* Policies. */
static void nothing_allowed(struct bench *b)
{
    b->u.allow = 0;
}

static void only_shutdown(struct bench *b)
{
    b->u.allow = 1U << UPS_CLASS_SHUTDOWN;
}

static void only_load(struct bench *b)
{
    b->u.allow = 1U << UPS_CLASS_LOAD;
}

static void only_setting(struct bench *b)
{
    b->u.allow = 1U << UPS_CLASS_SETTING;
}

/* Jobs. */
static void job_was(struct bench *b, enum ups_command command, int32_t value, bool running,
                    enum ups_error error, int64_t ended_ago)
{
    b->jobs.job[0] = (struct core_job){.job.id = 9,
                                       .job.command = command,
                                       .job.args = {value, -1, false},
                                       .running = running,
                                       .error = error,
                                       .end_ms = NOW - ended_ago};
}

static void bypass_runs(struct bench *b)
{
    job_was(b, UPS_COMMAND_BYPASS_START, -1, true, UPS_OK, 0);
}

static void shutdown_runs(struct bench *b)
{
    job_was(b, UPS_COMMAND_SHUTDOWN_RETURN, 60, true, UPS_OK, 0);
}

static void quick_ended(struct bench *b)
{
    job_was(b, UPS_COMMAND_TEST_BATTERY_START_QUICK, -1, false, UPS_OK, 4999);
    b->u.test_runs = true;
}

static void quick_ended_long_ago(struct bench *b)
{
    job_was(b, UPS_COMMAND_TEST_BATTERY_START_QUICK, -1, false, UPS_OK, 5000);
    b->u.test_runs = true;
}

static void stop_ended(struct bench *b)
{
    job_was(b, UPS_COMMAND_TEST_BATTERY_STOP, -1, false, UPS_OK, 100);
}

static void unmute_runs(struct bench *b)
{
    job_was(b, UPS_COMMAND_BEEPER_ENABLE, -1, true, UPS_OK, 0);
    b->jobs.unmute_job = 9;
}

static void four_run(struct bench *b)
{
    for (size_t i = 0; i < UNIT_JOBS_MAX; i++)
        b->jobs.job[i] = (struct core_job){.job.id = i + 1,
                                           .job.command = UPS_COMMAND_BYPASS_START,
                                           .job.args = {(int32_t)i, -1, false},
                                           .running = true};
}

static void bypass_reserved(struct bench *b)
{
    b->u.reserved[0] =
        (struct unit_job){.command = UPS_COMMAND_BYPASS_START, .args = {-1, -1, false}};
    b->u.reserved_count = 1;
}

/* -- the table -------------------------------------------------------------------------------- */

#define S(v)                                                                                       \
    {                                                                                              \
        .what = CONTROL_SHUTDOWN_AFTER, .value = (v)                                               \
    }
#define T(v)                                                                                       \
    {                                                                                              \
        .what = CONTROL_STARTUP_AFTER, .value = (v)                                                \
    }
#define R(v)                                                                                       \
    {                                                                                              \
        .what = CONTROL_REBOOT, .value = (v)                                                       \
    }
#define A(v)                                                                                       \
    {                                                                                              \
        .what = CONTROL_AUTO_RESTART, .value = UPS_##v                                             \
    }
#define TYPE(v)                                                                                    \
    {                                                                                              \
        .what = CONTROL_SHUTDOWN_TYPE, .value = (v)                                                \
    }
#define TEST(v)                                                                                    \
    {                                                                                              \
        .what = CONTROL_TEST, .value = SNAP_TEST_ID_##v                                            \
    }
#define LOCK(v)                                                                                    \
    {                                                                                              \
        .what = CONTROL_TEST_LOCK, .value = (v)                                                    \
    }
#define UNLOCKED                                                                                   \
    {                                                                                              \
        .what = CONTROL_TEST_UNLOCKED, .value = 0                                                  \
    }
#define BEEP(v)                                                                                    \
    {                                                                                              \
        .what = CONTROL_AUDIBLE, .value = UPS_BEEPER_##v                                           \
    }
#define LOW(v)                                                                                     \
    {                                                                                              \
        .what = CONTROL_LOW_MINUTES, .value = (v)                                                  \
    }
#define CMD(id, v, s)                                                                              \
    {                                                                                              \
        .what = CONTROL_COMMAND, .command = UPS_COMMAND_##id, .args = {(v), (s), false }           \
    }
#define CLOCK(id, v)                                                                               \
    {                                                                                              \
        .what = CONTROL_COMMAND_LOCK, .command = UPS_COMMAND_##id, .value = (v)                    \
    }
#define VAR(id, v)                                                                                 \
    {                                                                                              \
        .what = CONTROL_SETTING, .var = UPS_VAR_##id, .value = (v)                                 \
    }
#define NAME(t)                                                                                    \
    {                                                                                              \
        .what = CONTROL_NAME, .text = t                                                            \
    }
#define NOTHING                                                                                    \
    {                                                                                              \
        .what = CONTROL_NOTHING                                                                    \
    }

enum outcome { JOB, SETTING, NO_JOB, INCONSISTENT, RESOURCE, NOT_WRITABLE };
enum { OFF = 1, ON = 2, CANCEL_OFF = 4, CANCEL_ON = 8, AFTER_JOB = 16, MUTES = 32 };

struct line {
    void (*state)(struct bench *b);
    struct control_item item[ITEMS];
    int items;
    enum outcome outcome;
    /* JOB: command and numbers; SETTING: variable and value; errors: item, or LATER */
    int what, value, second;
    unsigned flags;
};

static const struct line lines[] = {
    /* shutdown, with and without auto restart */
    {NULL, {S(60)}, 1, JOB, UPS_COMMAND_SHUTDOWN_RETURN, 60, -1, 0},
    {auto_off, {S(60)}, 1, JOB, UPS_COMMAND_SHUTDOWN_STAYOFF, 60, -1, 0},
    {auto_unknown, {S(60)}, 1, JOB, UPS_COMMAND_SHUTDOWN_RETURN, 60, -1, 0},
    {auto_off, {S(60), A(YES)}, 2, JOB, UPS_COMMAND_SHUTDOWN_RETURN, 60, -1, 0},
    {NULL, {S(60), A(NO)}, 2, JOB, UPS_COMMAND_SHUTDOWN_STAYOFF, 60, -1, 0},
    {no_return, {S(60)}, 1, JOB, UPS_COMMAND_SHUTDOWN_STAYOFF, 60, -1, 0},
    {no_return, {S(60), A(YES)}, 2, INCONSISTENT, 1, 0, 0, 0},
    {no_stayoff, {S(60), A(NO)}, 2, INCONSISTENT, 1, 0, 0, 0},
    {no_stayoff, {S(60), A(YES)}, 2, JOB, UPS_COMMAND_SHUTDOWN_RETURN, 60, -1, 0},
    {NULL, {S(60), TYPE(1)}, 2, JOB, UPS_COMMAND_SHUTDOWN_RETURN, 60, -1, 0},
    {NULL, {S(60), TYPE(2)}, 2, INCONSISTENT, 1, 0, 0, 0},
    {NULL, {TYPE(1)}, 1, NO_JOB, 0, 0, 0, 0},
    {NULL, {TYPE(2)}, 1, INCONSISTENT, 0, 0, 0, 0},
    /* shutdown 0 */
    {NULL, {S(0)}, 1, JOB, UPS_COMMAND_LOAD_OFF, -1, -1, 0},
    {no_load_off, {S(0)}, 1, JOB, UPS_COMMAND_SHUTDOWN_RETURN, 0, -1, 0},
    {NULL, {S(0), A(YES)}, 2, JOB, UPS_COMMAND_SHUTDOWN_RETURN, 0, -1, 0},
    {NULL, {S(0), A(NO)}, 2, JOB, UPS_COMMAND_SHUTDOWN_STAYOFF, 0, -1, 0},
    {NULL, {S(0), T(-1)}, 2, JOB, UPS_COMMAND_SHUTDOWN_STAYOFF, 0, -1, 0},
    {NULL, {S(0), T(90)}, 2, JOB, UPS_COMMAND_SHUTDOWN_RETURN, 0, 90, 0},
    /* shutdown and startup: both count from now */
    {NULL, {S(60), T(180)}, 2, JOB, UPS_COMMAND_SHUTDOWN_RETURN, 60, 120, 0},
    {auto_off, {S(60), T(180)}, 2, JOB, UPS_COMMAND_SHUTDOWN_RETURN, 60, 120, 0},
    {NULL, {S(60), T(180), A(YES)}, 3, JOB, UPS_COMMAND_SHUTDOWN_RETURN, 60, 120, 0},
    {NULL, {S(60), T(180), A(NO)}, 3, INCONSISTENT, LATER, 0, 0, 0},
    {NULL, {S(60), T(60)}, 2, INCONSISTENT, 1, 0, 0, 0},
    {NULL, {S(60), T(59)}, 2, INCONSISTENT, 1, 0, 0, 0},
    {NULL, {S(60), T(600000)}, 2, JOB, UPS_COMMAND_SHUTDOWN_RETURN, 60, 599940, 0},
    {NULL, {S(60), T(600001)}, 2, INCONSISTENT, 1, 0, 0, 0},
    {no_return, {S(60), T(180)}, 2, INCONSISTENT, 1, 0, 0, 0},
    {NULL, {S(60), T(-1)}, 2, JOB, UPS_COMMAND_SHUTDOWN_STAYOFF, 60, -1, 0},
    {NULL, {S(60), T(-1), A(YES)}, 3, JOB, UPS_COMMAND_SHUTDOWN_RETURN, 60, -1, 0},
    {NULL, {S(60), T(-1), R(-1), A(YES)}, 4, JOB, UPS_COMMAND_SHUTDOWN_RETURN, 60, -1, 0},
    /* longer than the device counts */
    {NULL, {S(5940)}, 1, JOB, UPS_COMMAND_SHUTDOWN_RETURN, 5940, -1, 0},
    {NULL, {S(5941)}, 1, NO_JOB, 0, 5941, -1, OFF},
    {NULL, {S(2147483647)}, 1, NO_JOB, 0, 2147483647, -1, OFF},
    {NULL, {S(6000), T(6100)}, 2, NO_JOB, 0, 6000, 6100, OFF},
    {excess, {S(7000)}, 1, NO_JOB, 0, 7000, -1, OFF},
    {excess, {S(60)}, 1, JOB, UPS_COMMAND_SHUTDOWN_RETURN, 60, -1, 0},
    {device_counts, {S(90)}, 1, JOB, UPS_COMMAND_SHUTDOWN_RETURN, 90, -1, 0},
    {device_counts, {S(6000)}, 1, JOB, UPS_COMMAND_SHUTDOWN_STOP, -1, -1, OFF | AFTER_JOB},
    {device_counts_no_stop, {S(6000)}, 1, INCONSISTENT, 0, 0, 0, 0},
    {load_only, {S(60)}, 1, NO_JOB, 0, 60, -1, OFF},
    {load_only, {S(0)}, 1, JOB, UPS_COMMAND_LOAD_OFF, -1, -1, 0},
    {load_only, {S(60), T(-1)}, 2, NO_JOB, 0, 60, -1, OFF},
    {load_only, {S(60), T(90)}, 2, INCONSISTENT, 1, 0, 0, 0},
    {load_only, {S(60), A(YES)}, 2, INCONSISTENT, 1, 0, 0, 0},
    {load_only_counting, {S(-1)}, 1, NO_JOB, 0, 0, 0, CANCEL_OFF},
    {load_only, {S(-1)}, 1, NO_JOB, 0, 0, 0, 0},
    /* shutdown -1 */
    {NULL, {S(-1)}, 1, JOB, UPS_COMMAND_SHUTDOWN_STOP, -1, -1, 0},
    {NULL, {S(-1), T(-1)}, 2, JOB, UPS_COMMAND_SHUTDOWN_STOP, -1, -1, 0},
    {device_counts, {S(-1)}, 1, JOB, UPS_COMMAND_SHUTDOWN_STOP, -1, -1, 0},
    {excess, {S(-1)}, 1, NO_JOB, 0, 0, 0, CANCEL_OFF},
    {excess_lost, {S(-1)}, 1, NO_JOB, 0, 0, 0, CANCEL_OFF},
    {excess_under_way, {S(-1)}, 1, JOB, UPS_COMMAND_SHUTDOWN_STOP, -1, -1, CANCEL_OFF},
    {no_stop, {S(-1)}, 1, NO_JOB, 0, 0, 0, 0},
    {device_counts_no_stop, {S(-1)}, 1, INCONSISTENT, 0, 0, 0, 0},
    {is_off, {S(-1)}, 1, NO_JOB, 0, 0, 0, 0},
    {off_start_pending, {S(-1)}, 1, NO_JOB, 0, 0, 0, 0},
    /* startup alone */
    {is_off, {T(0)}, 1, JOB, UPS_COMMAND_LOAD_ON, -1, -1, 0},
    {NULL, {T(0)}, 1, JOB, UPS_COMMAND_LOAD_ON, -1, -1, 0},
    {is_off, {T(30)}, 1, NO_JOB, 0, 0, 30, ON},
    {starting, {T(30)}, 1, NO_JOB, 0, 0, 30, ON},
    {starting, {T(-1)}, 1, NO_JOB, 0, 0, 0, CANCEL_ON},
    {off_start_pending, {T(-1)}, 1, INCONSISTENT, 0, 0, 0, 0},
    {device_counts, {T(-1)}, 1, INCONSISTENT, 0, 0, 0, 0},
    {reboot_off, {T(-1)}, 1, INCONSISTENT, 0, 0, 0, 0},
    {NULL, {T(-1)}, 1, NO_JOB, 0, 0, 0, 0},
    {is_off, {T(30), A(NO)}, 2, SETTING, UPS_VAR_UPS_START_AUTO, UPS_NO, 0, ON},
    {is_off, {T(0), A(NO)}, 2, INCONSISTENT, LATER, 0, 0, 0},
    /* reboot */
    {NULL, {R(0)}, 1, JOB, UPS_COMMAND_SHUTDOWN_REBOOT, 0, -1, 0},
    {NULL, {R(300)}, 1, JOB, UPS_COMMAND_SHUTDOWN_REBOOT, 300, -1, 0},
    {NULL, {R(-1)}, 1, NO_JOB, 0, 0, 0, 0},
    {rebooting, {R(-1)}, 1, JOB, UPS_COMMAND_SHUTDOWN_STOP, -1, -1, 0},
    {rebooting, {R(-1), S(-1)}, 2, JOB, UPS_COMMAND_SHUTDOWN_STOP, -1, -1, 0},
    {reboot_off, {R(-1)}, 1, INCONSISTENT, 0, 0, 0, 0},
    {NULL, {R(60), S(60)}, 2, INCONSISTENT, LATER, 0, 0, 0},
    {NULL, {R(60), T(60)}, 2, INCONSISTENT, LATER, 0, 0, 0},
    {NULL, {R(60), S(-1)}, 2, INCONSISTENT, LATER, 0, 0, 0},
    {NULL, {R(60), A(YES)}, 2, INCONSISTENT, LATER, 0, 0, 0},
    /* auto restart alone */
    {NULL, {A(NO)}, 1, SETTING, UPS_VAR_UPS_START_AUTO, UPS_NO, 0, 0},
    {NULL, {A(YES)}, 1, SETTING, UPS_VAR_UPS_START_AUTO, UPS_YES, 0, 0},
    {no_settings, {A(YES)}, 1, INCONSISTENT, 0, 0, 0, 0},
    /* policy */
    {nothing_allowed, {S(60)}, 1, NOT_WRITABLE, 0, 0, 0, 0},
    {nothing_allowed, {S(6000)}, 1, NOT_WRITABLE, 0, 0, 0, 0},
    {nothing_allowed, {T(60)}, 1, NOT_WRITABLE, 0, 0, 0, 0},
    {nothing_allowed, {LOCK(7), TEST(QUICK)}, 2, NOT_WRITABLE, 1, 0, 0, 0},
    {nothing_allowed, {BEEP(MUTED)}, 1, NOT_WRITABLE, 0, 0, 0, 0},
    {only_shutdown, {S(0)}, 1, NOT_WRITABLE, 0, 0, 0, 0},
    {only_shutdown, {T(0)}, 1, NOT_WRITABLE, 0, 0, 0, 0},
    {only_shutdown, {S(60), T(90)}, 2, JOB, UPS_COMMAND_SHUTDOWN_RETURN, 60, 30, 0},
    {only_shutdown, {T(30)}, 1, NO_JOB, 0, 0, 30, ON},
    {only_shutdown, {A(YES)}, 1, SETTING, UPS_VAR_UPS_START_AUTO, UPS_YES, 0, 0},
    {only_load, {S(60)}, 1, NOT_WRITABLE, 0, 0, 0, 0},
    {only_load, {S(6000)}, 1, NOT_WRITABLE, 0, 0, 0, 0},
    {only_load, {R(10)}, 1, NOT_WRITABLE, 0, 0, 0, 0},
    {only_load, {S(0)}, 1, JOB, UPS_COMMAND_LOAD_OFF, -1, -1, 0},
    {only_load, {T(30)}, 1, NO_JOB, 0, 0, 30, ON},
    {only_load, {A(YES)}, 1, NOT_WRITABLE, 0, 0, 0, 0},
    {only_setting, {A(YES)}, 1, SETTING, UPS_VAR_UPS_START_AUTO, UPS_YES, 0, 0},
    /* not connected, or too old */
    {lost, {S(60)}, 1, RESOURCE, 0, 0, 0, 0},
    {lost, {S(6000)}, 1, RESOURCE, 0, 0, 0, 0},
    {lost, {S(-1)}, 1, RESOURCE, 0, 0, 0, 0},
    {lost, {S(60), T(30)}, 2, INCONSISTENT, 1, 0, 0, 0},
    {lost, {T(30)}, 1, RESOURCE, 0, 0, 0, 0},
    {lost, {T(-1)}, 1, NO_JOB, 0, 0, 0, 0},
    {lost, {R(30)}, 1, RESOURCE, 0, 0, 0, 0},
    {lost, {A(YES)}, 1, RESOURCE, 0, 0, 0, 0},
    {lost, {BEEP(ENABLED)}, 1, RESOURCE, 0, 0, 0, 0},
    {lost, {LOCK(7), TEST(QUICK)}, 2, RESOURCE, 1, 0, 0, 0},
    {lost, {LOCK(7)}, 1, NO_JOB, 0, 0, 0, 0},
    {lost, {NAME("n")}, 1, NO_JOB, 0, 0, 0, 0},
    {lost, {CMD(LOAD_ON, -1, -1)}, 1, RESOURCE, 0, 0, 0, 0},
    {lost, {VAR(UPS_START_AUTO, 1)}, 1, RESOURCE, 0, 0, 0, 0},
    /* tests */
    {NULL, {LOCK(7), TEST(QUICK)}, 2, JOB, UPS_COMMAND_TEST_BATTERY_START_QUICK, -1, -1, 0},
    {NULL, {LOCK(7), TEST(DEEP)}, 2, JOB, UPS_COMMAND_TEST_BATTERY_START_DEEP, -1, -1, 0},
    {NULL, {LOCK(7), TEST(GENERAL)}, 2, INCONSISTENT, 1, 0, 0, 0},
    {NULL, {LOCK(7), TEST(NONE)}, 2, INCONSISTENT, 1, 0, 0, 0},
    {NULL, {LOCK(6), TEST(QUICK)}, 2, INCONSISTENT, 0, 0, 0, 0},
    {NULL, {LOCK(6)}, 1, INCONSISTENT, 0, 0, 0, 0},
    {NULL, {LOCK(7)}, 1, NO_JOB, 0, 0, 0, 0},
    {NULL, {TEST(QUICK)}, 1, INCONSISTENT, 0, 0, 0, 0},
    {lock_taken, {LOCK(7), TEST(QUICK)}, 2, INCONSISTENT, 0, 0, 0, 0},
    {test_on, {LOCK(7), TEST(QUICK)}, 2, INCONSISTENT, 1, 0, 0, 0},
    {test_on, {LOCK(7), TEST(ABORT)}, 2, JOB, UPS_COMMAND_TEST_BATTERY_STOP, -1, -1, 0},
    {NULL, {LOCK(7), TEST(ABORT)}, 2, INCONSISTENT, 1, 0, 0, 0},
    {on_battery, {LOCK(7), TEST(QUICK)}, 2, INCONSISTENT, 1, 0, 0, 0},
    {NULL, {UNLOCKED}, 1, JOB, UPS_COMMAND_TEST_BATTERY_START_QUICK, -1, -1, 0},
    {test_on, {UNLOCKED}, 1, JOB, UPS_COMMAND_TEST_BATTERY_STOP, -1, -1, 0},
    {quick_ended, {UNLOCKED}, 1, JOB, UPS_COMMAND_TEST_BATTERY_START_QUICK, -1, -1, 0},
    {quick_ended_long_ago, {UNLOCKED}, 1, JOB, UPS_COMMAND_TEST_BATTERY_STOP, -1, -1, 0},
    {stop_ended, {UNLOCKED}, 1, JOB, UPS_COMMAND_TEST_BATTERY_STOP, -1, -1, 0},
    {test_on, {CMD(TEST_BATTERY_START_QUICK, -1, -1)}, 1, INCONSISTENT, 0, 0, 0, 0},
    {quick_ended,
     {CMD(TEST_BATTERY_START_QUICK, -1, -1)},
     1,
     JOB,
     UPS_COMMAND_TEST_BATTERY_START_QUICK,
     -1,
     -1,
     0},
    {quick_ended, {LOCK(7), TEST(QUICK)}, 2, INCONSISTENT, 1, 0, 0, 0},
    {NULL, {CMD(TEST_BATTERY_STOP, -1, -1)}, 1, INCONSISTENT, 0, 0, 0, 0},
    {NULL, {LOCK(7), TEST(QUICK), S(60)}, 3, INCONSISTENT, LATER, 0, 0, 0},
    /* upsConfig */
    {NULL, {BEEP(ENABLED)}, 1, JOB, UPS_COMMAND_BEEPER_ENABLE, -1, -1, 0},
    {NULL, {BEEP(DISABLED)}, 1, JOB, UPS_COMMAND_BEEPER_DISABLE, -1, -1, 0},
    {NULL, {BEEP(MUTED)}, 1, NO_JOB, 0, 0, 0, 0},
    {alarms, {BEEP(MUTED)}, 1, JOB, UPS_COMMAND_BEEPER_DISABLE, -1, -1, MUTES},
    {alarms_muted, {BEEP(MUTED)}, 1, NO_JOB, 0, 0, 0, 0},
    {alarms_silent, {BEEP(MUTED)}, 1, NO_JOB, 0, 0, 0, 0},
    {can_mute, {BEEP(MUTED)}, 1, NO_JOB, 0, 0, 0, 0},
    {alarms_can_mute, {BEEP(MUTED)}, 1, JOB, UPS_COMMAND_BEEPER_MUTE, -1, -1, 0},
    {alarms_silent_can_mute, {BEEP(MUTED)}, 1, NO_JOB, 0, 0, 0, 0},
    {NULL, {LOW(5)}, 1, SETTING, UPS_VAR_BATTERY_RUNTIME_LOW, 300000, 0, 0},
    {NULL, {LOW(1)}, 1, SETTING, UPS_VAR_BATTERY_RUNTIME_LOW, 120000, 0, 0},
    {NULL, {LOW(0)}, 1, SETTING, UPS_VAR_BATTERY_RUNTIME_LOW, 120000, 0, 0},
    {NULL, {LOW(31)}, 1, SETTING, UPS_VAR_BATTERY_RUNTIME_LOW, 1860000, 0, 0},
    {NULL, {LOW(2147483647)}, 1, SETTING, UPS_VAR_BATTERY_RUNTIME_LOW, 1860000, 0, 0},
    {no_settings, {LOW(5)}, 1, NO_JOB, 0, 0, 0, 0},
    {NULL, {VAR(UPS_START_AUTO, 1)}, 1, SETTING, UPS_VAR_UPS_START_AUTO, 1, 0, 0},
    {NULL, {VAR(UPS_START_AUTO, 2)}, 1, INCONSISTENT, 0, 0, 0, 0},
    {NULL, {VAR(UPS_START_AUTO, 1), A(YES)}, 2, SETTING, UPS_VAR_UPS_START_AUTO, 1, 0, 0},
    {NULL,
     {VAR(BATTERY_RUNTIME_LOW, 150000)},
     1,
     SETTING,
     UPS_VAR_BATTERY_RUNTIME_LOW,
     180000,
     0,
     0},
    {NULL, {VAR(BATTERY_RUNTIME_LOW, 100000)}, 1, INCONSISTENT, 0, 0, 0, 0},
    {NULL, {VAR(UPS_DELAY_START, 1000)}, 1, INCONSISTENT, 0, 0, 0, 0},
    /* the command table */
    {NULL, {CMD(SHUTDOWN_RETURN, 60, 90)}, 1, JOB, UPS_COMMAND_SHUTDOWN_RETURN, 60, 90, 0},
    {NULL, {CMD(SHUTDOWN_RETURN, -1, -1)}, 1, JOB, UPS_COMMAND_SHUTDOWN_RETURN, -1, -1, 0},
    {NULL, {CMD(SHUTDOWN_RETURN, 5941, -1)}, 1, INCONSISTENT, 0, 0, 0, 0},
    {NULL, {CMD(SHUTDOWN_RETURN, 60, 599941)}, 1, INCONSISTENT, 0, 0, 0, 0},
    {NULL, {CMD(SHUTDOWN_RETURN, -2, -1)}, 1, INCONSISTENT, 0, 0, 0, 0},
    {NULL, {CMD(SHUTDOWN_REBOOT, 300, -1)}, 1, JOB, UPS_COMMAND_SHUTDOWN_REBOOT, 300, -1, 0},
    {NULL, {CMD(SHUTDOWN_REBOOT, 301, -1)}, 1, INCONSISTENT, 0, 0, 0, 0},
    {NULL, {CMD(LOAD_ON, 0, 0)}, 1, JOB, UPS_COMMAND_LOAD_ON, -1, -1, 0},
    {NULL, {CMD(ECO_START, -1, -1)}, 1, INCONSISTENT, 0, 0, 0, 0},
    {NULL, {CMD(LOAD_ON, -1, -1), CLOCK(LOAD_ON, 1)}, 2, JOB, UPS_COMMAND_LOAD_ON, -1, -1, 0},
    {NULL, {CMD(LOAD_ON, -1, -1), CLOCK(LOAD_ON, 2)}, 2, INCONSISTENT, 1, 0, 0, 0},
    {NULL, {CMD(LOAD_ON, -1, -1), CMD(LOAD_OFF, -1, -1)}, 2, INCONSISTENT, LATER, 0, 0, 0},
    {NULL, {CMD(LOAD_ON, -1, -1), T(0)}, 2, JOB, UPS_COMMAND_LOAD_ON, -1, -1, 0},
    {NULL, {CMD(SHUTDOWN_RETURN, 60, -1), T(-1)}, 2, INCONSISTENT, LATER, 0, 0, 0},
    {NULL, {T(-1), CMD(SHUTDOWN_REBOOT, 60, -1)}, 2, INCONSISTENT, LATER, 0, 0, 0},
    {NULL, {R(-1), CMD(SHUTDOWN_REBOOT, 60, -1)}, 2, INCONSISTENT, LATER, 0, 0, 0},
    {NULL, {T(-1), CMD(SHUTDOWN_STAYOFF, 60, -1)}, 2, JOB, UPS_COMMAND_SHUTDOWN_STAYOFF, 60, -1, 0},
    {only_setting, {CMD(LOAD_ON, -1, -1)}, 1, NOT_WRITABLE, 0, 0, 0, 0},
    /* doubles */
    {NULL, {S(60), S(60)}, 2, JOB, UPS_COMMAND_SHUTDOWN_RETURN, 60, -1, 0},
    {NULL, {S(60), S(61)}, 2, INCONSISTENT, LATER, 0, 0, 0},
    {NULL, {NAME("a"), NAME("b")}, 2, INCONSISTENT, LATER, 0, 0, 0},
    {NULL, {NAME("a"), NAME("a")}, 2, NO_JOB, 0, 0, 0, 0},
    {NULL,
     {CMD(SHUTDOWN_STAYOFF, 6, -1), CMD(SHUTDOWN_STAYOFF, 7, -1)},
     2,
     INCONSISTENT,
     LATER,
     0,
     0,
     0},
    {NULL, {NOTHING, NOTHING}, 2, NO_JOB, 0, 0, 0, 0},
    {NULL, {NAME("a"), S(60), NOTHING}, 3, JOB, UPS_COMMAND_SHUTDOWN_RETURN, 60, -1, 0},
    /* jobs under way */
    {bypass_runs, {S(60)}, 1, INCONSISTENT, 0, 0, 0, 0},
    {bypass_runs, {S(-1)}, 1, JOB, UPS_COMMAND_SHUTDOWN_STOP, -1, -1, 0},
    {bypass_runs, {A(YES)}, 1, SETTING, UPS_VAR_UPS_START_AUTO, UPS_YES, 0, 0},
    {bypass_runs, {BEEP(ENABLED)}, 1, JOB, UPS_COMMAND_BEEPER_ENABLE, -1, -1, 0},
    {bypass_runs, {CMD(BYPASS_START, -1, -1)}, 1, JOB, UPS_COMMAND_BYPASS_START, -1, -1, 0},
    {bypass_runs, {CMD(BYPASS_START, -1, -1), CLOCK(BYPASS_START, 1)}, 2, INCONSISTENT, 0, 0, 0, 0},
    {bypass_runs, {NAME("a"), LOCK(7)}, 2, NO_JOB, 0, 0, 0, 0},
    {shutdown_runs, {S(60)}, 1, JOB, UPS_COMMAND_SHUTDOWN_RETURN, 60, -1, 0},
    {shutdown_runs, {S(61)}, 1, INCONSISTENT, 0, 0, 0, 0},
    {unmute_runs, {S(60)}, 1, JOB, UPS_COMMAND_SHUTDOWN_RETURN, 60, -1, 0},
    {four_run, {S(-1)}, 1, RESOURCE, 0, 0, 0, 0},
    {four_run, {BEEP(ENABLED)}, 1, RESOURCE, 0, 0, 0, 0},
    {bypass_reserved, {S(60)}, 1, INCONSISTENT, 0, 0, 0, 0},
    {bypass_reserved, {CMD(BYPASS_START, -1, -1)}, 1, JOB, UPS_COMMAND_BYPASS_START, -1, -1, 0},
    {bypass_reserved, {S(-1)}, 1, JOB, UPS_COMMAND_SHUTDOWN_STOP, -1, -1, 0},
};

/* -- checking --------------------------------------------------------------------------------- */

static void check_error(const struct line *l, const struct control_plan *p, const int order[ITEMS],
                        size_t row)
{
    static const enum set_error error[] = {
        [INCONSISTENT] = SET_INCONSISTENT_VALUE,
        [RESOURCE] = SET_RESOURCE_UNAVAILABLE,
        [NOT_WRITABLE] = SET_NOT_WRITABLE,
    };

    if (p->error != error[l->outcome])
        fail_msg("line %zu: error %d (%s), expected %d", row, p->error, p->why, error[l->outcome]);
    assert_true(p->why[0] != '\0');
    if (l->what == LATER)
        assert_true(p->index > 0);
    else if (order[p->index] != l->what)
        fail_msg("line %zu: error at item %d (%s)", row, order[p->index], p->why);
}

static void check_job(const struct line *l, const struct control_plan *p, size_t row)
{
    bool job = l->outcome == JOB || l->outcome == SETTING;

    if (p->has_job != job)
        fail_msg("line %zu: %s", row, job ? "no job" : "a job");
    if (!job)
        return;
    if (p->job.set != (l->outcome == SETTING))
        fail_msg("line %zu: command or setting", row);
    if (p->job.set && ((int)p->job.var != l->what || p->job.milli != l->value))
        fail_msg("line %zu: sets %s to %d", row, ups_vars[p->job.var].name, (int)p->job.milli);
    if (!p->job.set && ((int)p->job.command != l->what || p->job.args.value != l->value ||
                        p->job.args.second != l->second))
        fail_msg("line %zu: %s %d %d", row, ups_commands[p->job.command].name, p->job.args.value,
                 p->job.args.second);
}

static void check_count(const struct line *l, const struct control_plan *p, size_t row)
{
    const struct count_change *c = &p->count;
    unsigned flags = (c->off ? OFF : 0U) | (c->on ? ON : 0U) | (c->cancel_off ? CANCEL_OFF : 0U) |
                     (c->cancel_on ? CANCEL_ON : 0U) | (p->count_after_job ? AFTER_JOB : 0U) |
                     (p->mutes ? MUTES : 0U);

    if (flags != l->flags)
        fail_msg("line %zu: flags %u, expected %u", row, flags, l->flags);
    assert_int_equal(p->has_count, (flags & ~(unsigned)MUTES) != 0);
    if (c->off && !p->count_after_job) {
        assert_int_equal(c->off_s, l->value);
        assert_int_equal(c->on_s, l->second);
    }
    if (c->on && l->outcome == NO_JOB)
        assert_int_equal(c->on_s, l->second);
}

static void check_line(const struct line *l, const int order[ITEMS], size_t row)
{
    struct control_item items[ITEMS];
    struct control_plan plan;
    struct bench b;

    bench_init(&b);
    if (l->state)
        l->state(&b);
    for (int i = 0; i < l->items; i++)
        items[i] = l->item[order[i]];
    control_plan(&plan, items, (size_t)l->items, &b.u, 1);
    if (l->outcome >= INCONSISTENT) {
        check_error(l, &plan, order, row);
        return;
    }
    if (plan.error != SET_OK)
        fail_msg("line %zu: error %d: %s", row, plan.error, plan.why);
    check_job(l, &plan, row);
    check_count(l, &plan, row);
}

/* Every order of the items comes to the same. */
static void permute(const struct line *l, int order[ITEMS], int fixed, size_t row)
{
    if (fixed == l->items) {
        check_line(l, order, row);
        return;
    }
    for (int i = fixed; i < l->items; i++) {
        int swap = order[fixed];
        order[fixed] = order[i];
        order[i] = swap;
        permute(l, order, fixed + 1, row);
        swap = order[fixed];
        order[fixed] = order[i];
        order[i] = swap;
    }
}

static void test_table(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        int order[ITEMS] = {0, 1, 2, 3};
        permute(&lines[i], order, 0, i);
    }
}

/* All values of the four objects together: never two jobs' worth, always an item to blame. */
static void test_all_combinations(void **state)
{
    static const int64_t values[] = {-1, 0, 60, 61, 6000};
    static void (*const states[])(struct bench *) = {excess,    device_counts, off_start_pending,
                                                     rebooting, reboot_off,    starting,
                                                     load_only, lost,          bypass_runs};
    unsigned planned = 0;

    (void)state;
    for (unsigned n = 0; n < 9 * 6 * 6 * 6 * 3; n++) {
        struct control_item items[4];
        struct control_plan plan;
        struct bench b;
        size_t count = 0;
        unsigned s = n % 6, t = n / 6 % 6, r = n / 36 % 6, a = n / 216 % 3;

        bench_init(&b);
        states[n / 648](&b);
        if (s < 5)
            items[count++] = (struct control_item)S(values[s]);
        if (t < 5)
            items[count++] = (struct control_item)T(values[t]);
        if (r < 5)
            items[count++] = (struct control_item)R(values[r]);
        if (a < 2)
            items[count++] = (struct control_item){.what = CONTROL_AUTO_RESTART, .value = a};
        if (count == 0)
            continue;
        control_plan(&plan, items, count, &b.u, 1);
        planned += plan.error == SET_OK;
        if (plan.error != SET_OK) {
            assert_true(plan.index < count);
            assert_true(plan.why[0] != '\0');
        } else if (plan.has_job) {
            assert_true(b.u.reachable);
            assert_true(plan.job.set || (b.caps.commands >> plan.job.command & 1));
            assert_true(plan.job.set || plan.job.command == UPS_COMMAND_SHUTDOWN_REBOOT ||
                        plan.job.args.value <= b.caps.off_most);
        }
        if (plan.error == SET_OK && plan.has_count && !b.u.reachable)
            assert_false(plan.count.off || plan.count.on);
    }
    assert_true(planned > 500);
}

static void test_two_units(void **state)
{
    struct control_item items[] = {S(60), S(60), NAME("x")};
    struct control_plan plan;
    struct bench b[2];
    struct plan_unit u[2];

    (void)state;
    bench_init(&b[0]);
    bench_init(&b[1]);
    u[0] = b[0].u;
    u[1] = b[1].u;
    u[1].number = 1;
    items[1].unit = 1;
    items[2].unit = 1;
    control_plan(&plan, items, 3, u, 2);
    assert_int_equal(plan.error, SET_INCONSISTENT_VALUE);
    assert_int_equal(plan.index, 1);
    items[0] = (struct control_item)NAME("y");
    control_plan(&plan, items, 3, u, 2);
    assert_int_equal(plan.error, SET_OK);
    assert_int_equal(plan.job_unit, 1);
    items[0] = (struct control_item)S(6000);
    items[1].value = 6000;
    control_plan(&plan, items, 3, u, 2);
    assert_int_equal(plan.error, SET_INCONSISTENT_VALUE);
    assert_int_equal(plan.index, 1);
}

static void test_repeats(void **state)
{
    struct unit_job job = {.command = UPS_COMMAND_SHUTDOWN_RETURN, .args = {60, -1, false}};
    struct unit_job other = {.command = UPS_COMMAND_SHUTDOWN_RETURN, .args = {66, -1, false}};
    struct bench b;

    (void)state;
    bench_init(&b);
    assert_null(plan_repeats(&b.jobs, &job, NOW));
    job_was(&b, UPS_COMMAND_SHUTDOWN_RETURN, 60, true, UPS_OK, 0);
    assert_non_null(plan_repeats(&b.jobs, &job, NOW));
    assert_null(plan_repeats(&b.jobs, &other, NOW));
    job_was(&b, UPS_COMMAND_SHUTDOWN_RETURN, 60, false, UPS_OK, 4999);
    assert_non_null(plan_repeats(&b.jobs, &job, NOW));
    job_was(&b, UPS_COMMAND_SHUTDOWN_RETURN, 60, false, UPS_OK, 5000);
    assert_null(plan_repeats(&b.jobs, &job, NOW));
    job_was(&b, UPS_COMMAND_SHUTDOWN_RETURN, 60, false, UPS_E_TIMEOUT, 10);
    assert_null(plan_repeats(&b.jobs, &job, NOW));
    /* not the latest any more */
    job_was(&b, UPS_COMMAND_SHUTDOWN_RETURN, 60, false, UPS_OK, 100);
    b.jobs.job[1] = (struct core_job){.job.id = 10, .job.command = UPS_COMMAND_SHUTDOWN_STOP};
    b.jobs.latest = 1;
    assert_null(plan_repeats(&b.jobs, &job, NOW));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),
        cmocka_unit_test(test_all_combinations),
        cmocka_unit_test(test_two_units),
        cmocka_unit_test(test_repeats),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
