/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Countdowns of the Huawei driver: what a command says that the device counts, and what becomes of
 * register 1044 when a shut-down is cancelled.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "huawei_frames.h"
#include "huawei_rig.h"

static const struct ups_command_args defaults = {-1, -1, false};

static int command_with(struct rig *rig, enum ups_command command, struct ups_command_args args)
{
    tr_start(rig->t);
    assert_int_equal(rig_open(rig), DRV_DONE);
    return rig_command(rig, command, args);
}

/* -- what the device counts -------------------------------------------------------------------- */

static void assert_took(const struct rig *rig, int value, int second)
{
    assert_int_equal(rig->d.took.value, value);
    assert_int_equal(rig->d.took.second, second);
}

/* A return that works: 1044 as it was, on delay, off delay. */
static void expect_countdown(struct rig *rig, uint16_t auto_start, const char *on,
                             uint16_t on_steps, const char *off, uint16_t off_steps)
{
    rig_reads(rig, 1044, auto_start);
    rig_writes(rig, AUTO_ON);
    rig_reads(rig, 1044, 1);
    rig_writes(rig, on);
    rig_reads(rig, 1048, on_steps);
    rig_reads(rig, 1024, HUAWEI_MODE_MAINS);
    rig_writes(rig, off);
    rig_reads(rig, 1047, off_steps);
}

static void test_took(void **state)
{
    static const struct {
        enum ups_command command;
        struct ups_command_args args;
        const char *on, *off;
        uint16_t on_steps, off_steps;
        int value, second;
    } cases[] = {
        {UPS_COMMAND_SHUTDOWN_RETURN, {-1, -1, false}, RESTART_60, RETURN_60, 1, 10, 60, 60},
        {UPS_COMMAND_SHUTDOWN_RETURN, {31, 61, false}, RESTART_120, RETURN_36, 2, 6, 36, 120},
        {UPS_COMMAND_SHUTDOWN_RETURN, {0, 0, false}, RESTART_60, RETURN_6, 1, 1, 6, 60},
        {UPS_COMMAND_SHUTDOWN_REBOOT, {-1, -1, false}, RESTART_60, RETURN_6, 1, 1, 6, 60},
        {UPS_COMMAND_SHUTDOWN_REBOOT, {61, -1, false}, RESTART_120, RETURN_6, 2, 1, 6, 120},
        {UPS_COMMAND_SHUTDOWN_REBOOT_GRACEFUL,
         {-1, -1, false},
         RESTART_60,
         RETURN_36,
         1,
         6,
         36,
         60},
        {UPS_COMMAND_SHUTDOWN_REBOOT_GRACEFUL,
         {6, 120, false},
         RESTART_120,
         RETURN_6,
         2,
         1,
         6,
         120},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct rig rig;
        rig_healthy(&rig);
        rig_option(&rig, "rebootdelay", "31");
        expect_countdown(&rig, 1, cases[i].on, cases[i].on_steps, cases[i].off, cases[i].off_steps);
        assert_int_equal(command_with(&rig, cases[i].command, cases[i].args), DRV_DONE);
        assert_took(&rig, cases[i].value, cases[i].second);
        assert_true(rig_finish(&rig));
    }
}

static void expect_stayoff(struct rig *rig, uint16_t auto_start)
{
    rig_reads(rig, 1044, auto_start);
    rig_writes(rig, AUTO_OFF);
    rig_reads(rig, 1044, 0);
    rig_reads(rig, 1024, HUAWEI_MODE_MAINS);
    rig_writes(rig, STAYOFF_30);
    rig_reads(rig, 1049, 5);
}

static const struct ups_command_args thirty = {30, -1, false};

/* What counts no delay says so, also when the command before did. */
static void test_took_nothing(void **state)
{
    struct rig rig;

    (void)state;
    rig_healthy(&rig);
    expect_stayoff(&rig, 1);
    rig_writes(&rig, BUZZER_OFF);
    rig_reads(&rig, 1046, 1);
    rig_reads(&rig, 1024, HUAWEI_MODE_MAINS);
    rig_reads(&rig, 1045, 0);
    rig_writes(&rig, BYPASS_OFF);
    rig_reads(&rig, 1045, 0);
    rig_writes(&rig, SHUT_DOWN);
    rig_reads(&rig, 1024, HUAWEI_MODE_OFF);
    assert_int_equal(command_with(&rig, UPS_COMMAND_SHUTDOWN_STAYOFF, thirty), DRV_DONE);
    assert_took(&rig, 30, -1);
    assert_int_equal(rig_command(&rig, UPS_COMMAND_BEEPER_DISABLE, defaults), DRV_DONE);
    assert_took(&rig, -1, -1);
    assert_int_equal(rig_command(&rig, UPS_COMMAND_LOAD_OFF, defaults), DRV_DONE);
    assert_took(&rig, -1, -1);
    assert_true(rig_finish(&rig));
}

/* -- 1044 when a shut-down is cancelled ----------------------------------------------------------
 */

static void expect_stop(struct rig *rig)
{
    rig_reads(rig, 1024, HUAWEI_MODE_MAINS);
    rig_writes(rig, CANCEL);
    rig_reads(rig, 1047, 0);
    rig_reads(rig, 1049, 0);
}

static void expect_auto_start(struct rig *rig, bool on)
{
    rig_writes(rig, on ? AUTO_ON : AUTO_OFF);
    rig_reads(rig, 1044, on);
}

static int stop(struct rig *rig)
{
    return rig_command(rig, UPS_COMMAND_SHUTDOWN_STOP, defaults);
}

static void test_stop_sets_auto_start_back(void **state)
{
    struct rig rig;

    (void)state;
    rig_healthy(&rig);
    expect_stayoff(&rig, 1);
    expect_stop(&rig);
    expect_auto_start(&rig, true);
    expect_stop(&rig); /* once is enough */
    assert_int_equal(command_with(&rig, UPS_COMMAND_SHUTDOWN_STAYOFF, thirty), DRV_DONE);
    assert_int_equal(stop(&rig), DRV_DONE);
    assert_took(&rig, -1, -1);
    assert_int_equal(rig_num(&rig, UPS_VAR_UPS_START_AUTO), UPS_YES);
    assert_int_equal(stop(&rig), DRV_DONE);
    assert_true(rig_finish(&rig));

    rig_healthy(&rig);
    expect_countdown(&rig, 0, RESTART_60, 1, RETURN_60, 10);
    expect_stop(&rig);
    expect_auto_start(&rig, false);
    assert_int_equal(command_with(&rig, UPS_COMMAND_SHUTDOWN_RETURN, defaults), DRV_DONE);
    assert_int_equal(stop(&rig), DRV_DONE);
    assert_int_equal(rig_num(&rig, UPS_VAR_UPS_START_AUTO), UPS_NO);
    assert_true(rig_finish(&rig));
}

/* A countdown that replaces another: what 1044 read before both. */
static void test_stop_after_two_countdowns(void **state)
{
    struct rig rig;

    (void)state;
    rig_healthy(&rig);
    expect_countdown(&rig, 0, RESTART_60, 1, RETURN_60, 10);
    expect_countdown(&rig, 1, RESTART_60, 1, RETURN_60, 10);
    expect_stop(&rig);
    expect_auto_start(&rig, false);
    assert_int_equal(command_with(&rig, UPS_COMMAND_SHUTDOWN_RETURN, defaults), DRV_DONE);
    assert_int_equal(rig_command(&rig, UPS_COMMAND_SHUTDOWN_RETURN, defaults), DRV_DONE);
    assert_int_equal(stop(&rig), DRV_DONE);
    assert_true(rig_finish(&rig));

    rig_healthy(&rig);
    expect_countdown(&rig, 0, RESTART_60, 1, RETURN_60, 10);
    expect_stayoff(&rig, 1); /* 1044 is again what it was */
    expect_stop(&rig);
    assert_int_equal(command_with(&rig, UPS_COMMAND_SHUTDOWN_RETURN, defaults), DRV_DONE);
    assert_int_equal(rig_command(&rig, UPS_COMMAND_SHUTDOWN_STAYOFF, thirty), DRV_DONE);
    assert_int_equal(stop(&rig), DRV_DONE);
    assert_true(rig_finish(&rig));
}

/* The second countdown fails and is cancelled, and with it the first. */
static void test_second_countdown_fails(void **state)
{
    struct rig rig;

    (void)state;
    rig_healthy(&rig);
    expect_stayoff(&rig, 1);
    rig_reads(&rig, 1044, 0);
    rig_writes(&rig, AUTO_OFF);
    rig_reads(&rig, 1044, 0);
    rig_reads(&rig, 1024, HUAWEI_MODE_MAINS);
    rig_writes(&rig, STAYOFF_60);
    for (int i = 0; i < 11; i++)
        rig_reads(&rig, 1049, 0);
    rig_reads(&rig, 1024, HUAWEI_MODE_MAINS);
    rig_writes(&rig, CANCEL);
    rig_writes(&rig, AUTO_ON);
    expect_stop(&rig);
    assert_int_equal(command_with(&rig, UPS_COMMAND_SHUTDOWN_STAYOFF, thirty), DRV_DONE);
    assert_int_equal(rig_command(&rig, UPS_COMMAND_SHUTDOWN_STAYOFF, defaults), UPS_E_REFUSED);
    assert_took(&rig, -1, -1);
    assert_int_equal(stop(&rig), DRV_DONE);
    assert_true(rig_finish(&rig));
}

/* The second countdown never begins: the first goes on, and can still be cancelled. */
static void test_second_countdown_refused(void **state)
{
    struct rig rig;

    (void)state;
    rig_healthy(&rig);
    expect_stayoff(&rig, 1);
    rig_reads(&rig, 1044, 0);
    rig_writes(&rig, AUTO_ON);
    rig_reads(&rig, 1044, 1);
    tr_expect(rig.t, RESTART_60, "01 86 04 43 A3");
    rig_writes(&rig, AUTO_OFF);
    expect_stop(&rig);
    expect_auto_start(&rig, true);
    assert_int_equal(command_with(&rig, UPS_COMMAND_SHUTDOWN_STAYOFF, thirty), DRV_DONE);
    assert_int_equal(rig_command(&rig, UPS_COMMAND_SHUTDOWN_RETURN, defaults), UPS_E_REFUSED);
    assert_int_equal(rig_num(&rig, UPS_VAR_UPS_START_AUTO), UPS_NO);
    assert_int_equal(stop(&rig), DRV_DONE);
    assert_true(rig_finish(&rig));
}

/* A countdown is long over: whoever changed 1044 since wants it so. */
static void test_stop_too_late(void **state)
{
    struct rig rig;

    (void)state;
    rig_healthy(&rig);
    expect_stayoff(&rig, 1);
    expect_stop(&rig);
    assert_int_equal(command_with(&rig, UPS_COMMAND_SHUTDOWN_STAYOFF, thirty), DRV_DONE);
    rig.now_ms += 61000;
    assert_int_equal(stop(&rig), DRV_DONE);
    assert_true(rig_finish(&rig));
}

static void test_stop_after_reopening(void **state)
{
    struct rig rig;

    (void)state;
    rig_healthy(&rig);
    expect_stayoff(&rig, 1);
    rig_expect_open(&rig);
    expect_stop(&rig);
    expect_auto_start(&rig, true);
    assert_int_equal(command_with(&rig, UPS_COMMAND_SHUTDOWN_STAYOFF, thirty), DRV_DONE);
    assert_int_equal(rig_reopen(&rig), DRV_DONE);
    assert_int_equal(stop(&rig), DRV_DONE);
    assert_true(rig_finish(&rig));

    rig_healthy(&rig);
    expect_stayoff(&rig, 1);
    expect_stop(&rig);
    assert_int_equal(command_with(&rig, UPS_COMMAND_SHUTDOWN_STAYOFF, thirty), DRV_DONE);
    ((struct huawei *)rig.d.state)->ident.serial[0] ^= 1; /* another unit by now */
    assert_int_equal(stop(&rig), DRV_DONE);
    assert_true(rig_finish(&rig));
}

/* The countdown is cancelled, whatever becomes of 1044. */
static void test_stop_without_setting_back(void **state)
{
    struct rig rig;

    (void)state;
    rig_healthy(&rig);
    expect_stayoff(&rig, 1);
    expect_stop(&rig);
    tr_expect(rig.t, AUTO_ON, "01 86 04 43 A3");
    expect_stop(&rig);
    expect_auto_start(&rig, true);
    assert_int_equal(command_with(&rig, UPS_COMMAND_SHUTDOWN_STAYOFF, thirty), DRV_DONE);
    assert_int_equal(stop(&rig), DRV_DONE);
    assert_non_null(strstr(rig.log, "done, but register 1044 stays changed"));
    assert_int_equal(stop(&rig), DRV_DONE); /* the next one tries again */
    assert_true(rig_finish(&rig));
}

/* -- a command that nobody went on with ----------------------------------------------------------
 */

static void test_given_up(void **state)
{
    struct rig rig;

    (void)state;
    rig_healthy(&rig);
    rig_reads(&rig, 1044, 1);
    expect_countdown(&rig, 1, RESTART_60, 1, RETURN_36, 6); /* other delays: from the start */
    rig_reads(&rig, 1046, 0);
    rig_reads(&rig, 1046, 1); /* the same, but a minute later */
    rig_writes(&rig, BUZZER_ON);
    rig_reads(&rig, 1046, 0);
    tr_start(rig.t);
    assert_int_equal(rig_open(&rig), DRV_DONE);
    const struct drv_driver *driver = rig.d.driver;
    assert_int_equal(driver->command(&rig.d, UPS_COMMAND_SHUTDOWN_RETURN, defaults, &rig.r),
                     DRV_MORE);
    const struct ups_command_args other = {36, -1, false};
    assert_int_equal(rig_command(&rig, UPS_COMMAND_SHUTDOWN_RETURN, other), DRV_DONE);
    assert_took(&rig, 36, 60);
    assert_int_equal(driver->command(&rig.d, UPS_COMMAND_BEEPER_TOGGLE, defaults, &rig.r),
                     DRV_MORE);
    rig.now_ms += 60000;
    assert_int_equal(rig_command(&rig, UPS_COMMAND_BEEPER_TOGGLE, defaults), DRV_DONE);
    assert_true(rig_finish(&rig));
}

static int abandon(struct rig *rig)
{
    int rc;

    while ((rc = rig->d.driver->abandon(&rig->d, &rig->r)) == DRV_MORE)
        if (rig->d.not_before_ms > rig->now_ms)
            rig->now_ms = rig->d.not_before_ms;
    return rc;
}

/* Its time is over while it waits for the countdown to show: cancelled and set back. */
static void test_abandoned(void **state)
{
    struct rig rig;

    (void)state;
    rig_healthy(&rig);
    rig_reads(&rig, 1044, 1);
    rig_writes(&rig, AUTO_OFF);
    rig_reads(&rig, 1044, 0);
    rig_reads(&rig, 1024, HUAWEI_MODE_MAINS);
    rig_writes(&rig, STAYOFF_30);
    rig_reads(&rig, 1024, HUAWEI_MODE_MAINS);
    rig_writes(&rig, CANCEL);
    rig_writes(&rig, AUTO_ON);
    expect_stop(&rig);
    tr_start(rig.t);
    assert_int_equal(rig_open(&rig), DRV_DONE);
    for (int i = 0; i < 5; i++)
        assert_int_equal(
            rig.d.driver->command(&rig.d, UPS_COMMAND_SHUTDOWN_STAYOFF, thirty, &rig.r), DRV_MORE);
    assert_int_equal(abandon(&rig), UPS_E_TIMEOUT);
    assert_non_null(strstr(rig.d.why, "not shown in time"));
    assert_non_null(strstr(rig.d.why, "the countdown is cancelled"));
    assert_took(&rig, -1, -1);
    assert_int_equal(rig_num(&rig, UPS_VAR_UPS_START_AUTO), UPS_YES);
    assert_int_equal(stop(&rig), DRV_DONE); /* nothing of it is left */
    assert_int_equal(abandon(&rig), UPS_E_TIMEOUT);
    assert_true(rig_finish(&rig));
}

/* What needs no way back is over at once. */
static void test_abandoned_early(void **state)
{
    struct rig rig;

    (void)state;
    rig_healthy(&rig);
    rig_writes(&rig, BUZZER_OFF);
    tr_start(rig.t);
    assert_int_equal(rig_open(&rig), DRV_DONE);
    assert_int_equal(
        rig.d.driver->set(&rig.d, UPS_VAR_UPS_BEEPER_STATUS, UPS_BEEPER_DISABLED, &rig.r),
        DRV_MORE);
    assert_int_equal(rig.d.driver->abandon(&rig.d, &rig.r), UPS_E_TIMEOUT);
    assert_true(rig_finish(&rig));
}

#define T(name) cmocka_unit_test(name)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_took),
        T(test_took_nothing),
        T(test_stop_sets_auto_start_back),
        T(test_stop_after_two_countdowns),
        T(test_second_countdown_fails),
        T(test_second_countdown_refused),
        T(test_stop_too_late),
        T(test_stop_after_reopening),
        T(test_stop_without_setting_back),
        T(test_given_up),
        T(test_abandoned),
        T(test_abandoned_early),
    };

    signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests_name("huawei countdowns", tests, NULL, NULL);
}
