/* SPDX-License-Identifier: BSD-2-Clause */
/* Shutdown, startup and reboot: who counts, what is noticed, what outlives a restart. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "control_rig.h"

static bool alarm_now(enum ups_alarm alarm)
{
    return rig_alarm(ctl.rig, alarm);
}

static enum set_error shutdown_after(int64_t s)
{
    return ctl_value(CONTROL_SHUTDOWN_AFTER, s);
}

/* -- the device counts ------------------------------------------------------------------------ */

static void test_device_counts_and_returns(void **state)
{
    (void)state;
    assert_int_equal(shutdown_after(61), SET_PENDING);
    ctl_expect(1, UPS_COMMAND_SHUTDOWN_RETURN, 61, -1);
    assert_int_equal(ctl_off_in(), -1);
    ctl_done(50, 66, 120); /* rounded by the device, and its own delay before it starts */
    assert_int_equal(ctl_countdown(), SNAP_COUNT_SHUTDOWN);
    assert_int_equal(ctl_off_in(), 66);
    assert_int_equal(ctl_on_in(), 186);
    assert_true(alarm_now(UPS_ALARM_SHUTDOWN_PENDING));
    assert_false(alarm_now(UPS_ALARM_SHUTDOWN_IMMINENT));
    ctl_pass(60999);
    assert_false(alarm_now(UPS_ALARM_SHUTDOWN_IMMINENT));
    ctl_pass(1);
    assert_true(alarm_now(UPS_ALARM_SHUTDOWN_IMMINENT));
    assert_int_equal(ctl_off_in(), 5);
    ctl_pass(5000);
    assert_int_equal(ctl_off_in(), -1);
    assert_false(alarm_now(UPS_ALARM_SHUTDOWN_PENDING));
    assert_false(alarm_now(UPS_ALARM_OUTPUT_OFF_AS_REQUESTED));
    ctl_pass(2000);
    ctl_status(OFF);
    assert_true(alarm_now(UPS_ALARM_OUTPUT_OFF_AS_REQUESTED));
    assert_true(alarm_now(UPS_ALARM_UPS_OUTPUT_OFF));
    assert_int_equal(ctl_on_in(), 118);
    ctl_pass(100000);
    assert_int_equal(ctl_on_in(), 18);
    ctl_status(OL);
    assert_int_equal(ctl_on_in(), -1);
    assert_int_equal(ctl_countdown(), SNAP_COUNT_NONE);
    assert_false(alarm_now(UPS_ALARM_OUTPUT_OFF_AS_REQUESTED));
    ctl_expect(1, UPS_COMMAND_SHUTDOWN_RETURN, 61, -1);
}

static void test_goes_off_early(void **state)
{
    (void)state;
    shutdown_after(600);
    ctl_done(50, 600, 60);
    ctl_pass(30000);
    ctl_status(OFF); /* the battery was empty before */
    assert_int_equal(ctl_off_in(), -1);
    assert_false(alarm_now(UPS_ALARM_SHUTDOWN_PENDING));
    assert_true(alarm_now(UPS_ALARM_OUTPUT_OFF_AS_REQUESTED));
    assert_true(ctl_on_in() > 0);
}

static void test_never_goes_off(void **state)
{
    (void)state;
    shutdown_after(60);
    ctl_done(0, 60, 60);
    rig_forget(ctl.rig);
    ctl_pass(89000);
    assert_int_equal(ctl_countdown(), SNAP_COUNT_SHUTDOWN);
    ctl_pass(2000);
    assert_int_equal(ctl_countdown(), SNAP_COUNT_NONE);
    assert_int_equal(ctl_on_in(), -1);
    assert_true(ctl_logged("the UPS has not switched off"));
    assert_string_equal(rig_last(ctl.rig, EVENT_COMMAND)->text, "the UPS has not switched off");
    assert_int_equal(rig_last(ctl.rig, EVENT_COMMAND)->number[EVENT_N_STATE], SNAP_COMMAND_FAILED);
}

/* A device that never tells of its output: past both moments there is nothing more to be seen. */
static void test_off_that_nobody_sees(void **state)
{
    (void)state;
    ctl.rig->report.caps.off_unseen = true;
    shutdown_after(60);
    ctl_done(0, 60, 60);
    rig_forget(ctl.rig);
    ctl_pass(119000);
    assert_int_equal(ctl_countdown(), SNAP_COUNT_SHUTDOWN);
    ctl_pass(2000);
    assert_int_equal(ctl_countdown(), SNAP_COUNT_NONE);
    assert_int_equal(ctl_on_in(), -1);
    assert_false(ctl_logged("the UPS has not switched off"));
    for (uint32_t i = 0; i < ctl.rig->events.count; i++)
        assert_int_not_equal(ctl.rig->events.list[i].kind, EVENT_COMMAND);
}

static void test_silence_is_no_proof(void **state)
{
    (void)state;
    shutdown_after(60);
    ctl_done(0, 60, 60);
    rig_later(ctl.rig, 200000); /* nothing is heard: off, or the cable */
    assert_int_equal(ctl_countdown(), SNAP_COUNT_SHUTDOWN);
    assert_int_equal(ctl_off_in(), -1);
    ctl_status(OFF);
    assert_true(alarm_now(UPS_ALARM_OUTPUT_OFF_AS_REQUESTED));
}

static void test_stop(void **state)
{
    (void)state;
    shutdown_after(60);
    ctl_done(0, 60, 60);
    assert_int_equal(shutdown_after(-1), SET_PENDING);
    ctl_expect(2, UPS_COMMAND_SHUTDOWN_STOP, -1, -1);
    assert_int_equal(ctl_off_in(), 60);
    ctl_done(20, -1, -1);
    assert_int_equal(ctl_countdown(), SNAP_COUNT_NONE);
    assert_int_equal(ctl_off_in(), -1);
    assert_int_equal(ctl_on_in(), -1);
    assert_false(alarm_now(UPS_ALARM_SHUTDOWN_PENDING));
}

static void test_new_shutdown_replaces(void **state)
{
    (void)state;
    shutdown_after(60);
    ctl_done(0, 60, 60);
    ctl_pass(20000);
    shutdown_after(120);
    ctl_fails(100, UPS_E_TIMEOUT, "no answer");
    assert_int_equal(ctl_off_in(), 40); /* the old one goes on */
    ctl_pass(10000);
    shutdown_after(120);
    ctl_done(0, 120, 60);
    assert_int_equal(ctl_off_in(), 120);
}

static void test_reboot(void **state)
{
    (void)state;
    assert_int_equal(ctl_value(CONTROL_REBOOT, 90), SET_PENDING);
    ctl_expect(1, UPS_COMMAND_SHUTDOWN_REBOOT, 90, -1);
    ctl_done(0, 6, 120);
    assert_int_equal(ctl_countdown(), SNAP_COUNT_REBOOT);
    assert_int_equal(ctl_off_in(), 6);
    assert_int_equal(ctl_on_in(), 126);
    ctl_pass(6000);
    ctl_status(OFF);
    assert_int_equal(ctl_countdown(), SNAP_COUNT_REBOOT);
    assert_int_equal(ctl_value(CONTROL_REBOOT, -1), SET_INCONSISTENT_VALUE);
    assert_int_equal(ctl_value(CONTROL_STARTUP_AFTER, -1), SET_INCONSISTENT_VALUE);
    ctl_status(OL);
    assert_int_equal(ctl_countdown(), SNAP_COUNT_NONE);
    assert_int_equal(ctl_value(CONTROL_REBOOT, -1), SET_OK);
}

static void test_load_off_and_on(void **state)
{
    (void)state;
    shutdown_after(0);
    ctl_expect(1, UPS_COMMAND_LOAD_OFF, -1, -1);
    ctl_status(OFF);
    ctl_done(100, -1, -1);
    assert_true(alarm_now(UPS_ALARM_OUTPUT_OFF_AS_REQUESTED));
    assert_false(alarm_now(UPS_ALARM_AWAITING_POWER));
    ctl_mains(false);
    ctl_status(OFF);
    assert_true(alarm_now(UPS_ALARM_AWAITING_POWER)); /* auto restart */
    ctl_mains(true);
    assert_int_equal(ctl_value(CONTROL_STARTUP_AFTER, 0), SET_PENDING);
    ctl_expect(2, UPS_COMMAND_LOAD_ON, -1, -1);
    ctl_status(OL);
    ctl_done(100, -1, -1);
    assert_false(alarm_now(UPS_ALARM_OUTPUT_OFF_AS_REQUESTED));
}

static void test_somebody_elses_off(void **state)
{
    (void)state;
    ctl_status(OFF);
    assert_true(alarm_now(UPS_ALARM_UPS_OUTPUT_OFF));
    assert_false(alarm_now(UPS_ALARM_OUTPUT_OFF_AS_REQUESTED));
}

/* -- we count --------------------------------------------------------------------------------- */

static void test_excess(void **state)
{
    (void)state;
    assert_int_equal(shutdown_after(6000), SET_OK);
    assert_int_equal(ctl.jobs, 0);
    assert_int_equal(ctl_off_in(), 6000);
    assert_int_equal(ctl_on_in(), -1);
    assert_true(alarm_now(UPS_ALARM_SHUTDOWN_PENDING));
    ctl_pass(59999);
    assert_int_equal(ctl.jobs, 0);
    ctl_pass(1);
    ctl_expect(1, UPS_COMMAND_SHUTDOWN_RETURN, 5940, -1);
    ctl_done(0, 5940, 60);
    assert_int_equal(ctl_off_in(), 5940);
    assert_int_equal(ctl_on_in(), 6000);
    ctl_pass(10000);
    assert_int_equal(ctl.jobs, 1);
}

static void test_excess_cancelled(void **state)
{
    (void)state;
    shutdown_after(6000);
    assert_int_equal(shutdown_after(-1), SET_OK);
    assert_int_equal(ctl.jobs, 0);
    assert_int_equal(ctl_off_in(), -1);
    ctl_pass(100000);
    assert_int_equal(ctl.jobs, 0);
}

/* The command is just on its way when -1 comes. */
static void test_excess_cancelled_late(void **state)
{
    (void)state;
    shutdown_after(5950);
    ctl_pass(10000);
    ctl_expect(1, UPS_COMMAND_SHUTDOWN_RETURN, 5940, -1);
    assert_int_equal(shutdown_after(-1), SET_PENDING);
    ctl_expect(2, UPS_COMMAND_SHUTDOWN_STOP, -1, -1);
    ctl_result(0, UPS_OK, "", 5940, 60);
    ctl_result(1, UPS_OK, "", -1, -1);
    assert_int_equal(ctl_countdown(), SNAP_COUNT_NONE);
    assert_int_equal(ctl.answer, SET_OK);
    ctl_pass(20000);
    assert_int_equal(ctl.jobs, 2);
}

static void test_excess_retried(void **state)
{
    (void)state;
    shutdown_after(5950);
    ctl_pass(10000);
    ctl_fails(0, UPS_E_BUSY, "starting");
    assert_int_equal(ctl.jobs, 1);
    ctl_pass(4000);
    assert_int_equal(ctl.jobs, 1);
    ctl_pass(1000);
    ctl_expect(2, UPS_COMMAND_SHUTDOWN_RETURN, 5935, -1);
    ctl_fails(0, UPS_E_TIMEOUT, "no answer");
    ctl_pass(9000);
    assert_int_equal(ctl.jobs, 2); /* the pauses grow */
    ctl_pass(1000);
    ctl_expect(3, UPS_COMMAND_SHUTDOWN_RETURN, 5925, -1);
    ctl_fails(0, UPS_E_REFUSED, "never");
    assert_int_equal(ctl_countdown(), SNAP_COUNT_NONE);
    ctl_pass(100000);
    assert_int_equal(ctl.jobs, 3);
}

static void test_excess_unreachable(void **state)
{
    (void)state;
    shutdown_after(6000);
    rig_later(ctl.rig, 300000);
    assert_int_equal(ctl.jobs, 0);
    ctl_status(OL);
    ctl_expect(1, UPS_COMMAND_SHUTDOWN_RETURN, 5700, -1);
}

static void test_excess_too_late(void **state)
{
    (void)state;
    shutdown_after(6000);
    rig_later(ctl.rig, 6000000 + 600001);
    assert_int_equal(ctl_countdown(), SNAP_COUNT_NONE);
    assert_true(ctl_logged("shutdown forgotten"));
    ctl_status(OL);
    assert_int_equal(ctl.jobs, 0);
}

/* What the device counts would come first: it is stopped before we count. */
static void test_excess_stops_the_device(void **state)
{
    (void)state;
    shutdown_after(60);
    ctl_done(0, 60, 60);
    assert_int_equal(shutdown_after(7000), SET_PENDING);
    ctl_expect(2, UPS_COMMAND_SHUTDOWN_STOP, -1, -1);
    assert_int_equal(ctl_off_in(), 60);
    ctl_done(10, -1, -1);
    assert_int_equal(ctl.answer, SET_OK);
    assert_int_equal(ctl_off_in(), 7000);
}

static void test_startup_counted(void **state)
{
    (void)state;
    ctl_status(OFF);
    assert_int_equal(ctl_value(CONTROL_STARTUP_AFTER, 30), SET_OK);
    assert_int_equal(ctl_countdown(), SNAP_COUNT_STARTUP);
    assert_int_equal(ctl_on_in(), 30);
    ctl_pass(29000);
    assert_int_equal(ctl.jobs, 0);
    ctl_pass(1000);
    ctl_expect(1, UPS_COMMAND_LOAD_ON, -1, -1);
    ctl_status(OL);
    ctl_done(0, -1, -1);
    assert_int_equal(ctl_countdown(), SNAP_COUNT_NONE);
}

static void test_startup_waits_for_mains(void **state)
{
    (void)state;
    ctl_mains(false);
    ctl_status(OFF);
    assert_int_equal(ctl_value(CONTROL_STARTUP_AFTER, 30), SET_OK);
    assert_true(alarm_now(UPS_ALARM_AWAITING_POWER));
    ctl_pass(100000);
    assert_int_equal(ctl.jobs, 0);
    ctl_mains(true);
    ctl_status(OFF);
    ctl_expect(1, UPS_COMMAND_LOAD_ON, -1, -1);
    ctl_fails(0, UPS_E_REFUSED, "in bypass");
    ctl_pass(5000);
    ctl_expect(2, UPS_COMMAND_LOAD_ON, -1, -1);
}

static void test_startup_when_on(void **state)
{
    (void)state;
    assert_int_equal(ctl_value(CONTROL_STARTUP_AFTER, 30), SET_OK);
    ctl_pass(10000);
    assert_int_equal(ctl_on_in(), 20);
    ctl_pass(20000);
    assert_int_equal(ctl_countdown(), SNAP_COUNT_NONE);
    assert_int_equal(ctl.jobs, 0);
}

static void test_startup_replaced_and_cancelled(void **state)
{
    (void)state;
    ctl_status(OFF);
    ctl_value(CONTROL_STARTUP_AFTER, 30);
    ctl_value(CONTROL_STARTUP_AFTER, 300);
    assert_int_equal(ctl_on_in(), 300);
    assert_int_equal(ctl_value(CONTROL_STARTUP_AFTER, -1), SET_OK);
    assert_int_equal(ctl_on_in(), -1);
    ctl_pass(400000);
    assert_int_equal(ctl.jobs, 0);
}

/* A startup asked for while the device counts down to off: both happen, in their order. */
static void test_startup_after_stayoff(void **state)
{
    (void)state;
    ctl_command(UPS_COMMAND_SHUTDOWN_STAYOFF, 60, -1);
    ctl_done(0, 60, -1);
    assert_int_equal(ctl_on_in(), -1);
    assert_int_equal(ctl_value(CONTROL_STARTUP_AFTER, 90), SET_OK);
    assert_int_equal(ctl_off_in(), 60);
    assert_int_equal(ctl_on_in(), 90);
    ctl_pass(61000);
    ctl_status(OFF);
    assert_int_equal(ctl_countdown(), SNAP_COUNT_STARTUP);
    ctl_pass(28000);
    assert_int_equal(ctl.jobs, 1);
    ctl_pass(1000);
    ctl_expect(2, UPS_COMMAND_LOAD_ON, -1, -1);
}

/* -- restarts --------------------------------------------------------------------------------- */

static void test_restart_before_our_command(void **state)
{
    (void)state;
    shutdown_after(6000);
    ctl_restart(30000);
    assert_int_equal(ctl_off_in(), 5970);
    ctl_status(OL);
    assert_int_equal(ctl.jobs, 0);
    assert_true(alarm_now(UPS_ALARM_SHUTDOWN_PENDING));
    ctl_pass(30000);
    ctl_expect(1, UPS_COMMAND_SHUTDOWN_RETURN, 5940, -1);
}

static void test_restart_with_both_moments(void **state)
{
    struct control_item items[] = {
        {.what = CONTROL_STARTUP_AFTER, .value = 6300, .object = "upsStartupAfterDelay"},
        {.what = CONTROL_SHUTDOWN_AFTER, .value = 6000, .object = "upsShutdownAfterDelay"},
    };

    (void)state;
    assert_int_equal(ctl_set(items, 2), SET_OK);
    ctl_restart(90000);
    ctl_status(OL);
    ctl_expect(1, UPS_COMMAND_SHUTDOWN_RETURN, 5910, 300);
}

static void test_restart_a_little_late(void **state)
{
    (void)state;
    shutdown_after(6000);
    ctl_restart(6000000 + 500000);
    ctl_status(OL);
    ctl_expect(1, UPS_COMMAND_SHUTDOWN_RETURN, 0, -1);
}

static void test_restart_much_too_late(void **state)
{
    (void)state;
    shutdown_after(6000);
    ctl_restart(6000000 + 601000);
    assert_true(ctl_logged("shutdown forgotten"));
    assert_int_equal(ctl_countdown(), SNAP_COUNT_NONE);
    ctl_status(OL);
    ctl_pass(10000);
    assert_int_equal(ctl.jobs, 0);
}

static void test_restart_during_the_devices_count(void **state)
{
    (void)state;
    shutdown_after(60);
    ctl_done(0, 60, 120);
    ctl_restart(20000);
    ctl_status(OL);
    assert_int_equal(ctl_off_in(), 40);
    assert_int_equal(ctl_on_in(), 160);
    ctl_pass(41000);
    ctl_status(OFF);
    assert_true(alarm_now(UPS_ALARM_OUTPUT_OFF_AS_REQUESTED));
    assert_int_equal(ctl_on_in(), 119);
    assert_int_equal(ctl.jobs, 1);
}

static void test_restart_over_the_off_moment(void **state)
{
    (void)state;
    shutdown_after(60);
    ctl_done(0, 60, 600);
    ctl_restart(90000);
    assert_int_equal(ctl_off_in(), -1);
    ctl_status(OFF);
    assert_true(alarm_now(UPS_ALARM_OUTPUT_OFF_AS_REQUESTED));
    assert_int_equal(ctl_on_in(), 570);
}

/* Off and on again, or never off: nobody can know, nothing is claimed. */
static void test_restart_long_after(void **state)
{
    (void)state;
    shutdown_after(60);
    ctl_done(0, 60, 60);
    rig_forget(ctl.rig);
    ctl_restart(3600000);
    ctl_status(OL);
    assert_int_equal(ctl_countdown(), SNAP_COUNT_NONE);
    assert_int_equal(rig_count(ctl.rig, EVENT_COMMAND, UPS_ALARM_NONE), 0);
}

static void test_restart_while_off(void **state)
{
    (void)state;
    shutdown_after(60);
    ctl_done(0, 60, 600);
    ctl_pass(60000);
    ctl_status(OFF);
    ctl_restart(100000);
    ctl_status(OFF);
    assert_true(alarm_now(UPS_ALARM_OUTPUT_OFF_AS_REQUESTED));
    assert_int_equal(ctl_on_in(), 500);
    ctl_status(OL);
    assert_int_equal(ctl_countdown(), SNAP_COUNT_NONE);
}

static void test_restart_of_a_startup(void **state)
{
    (void)state;
    ctl_status(OFF);
    ctl_value(CONTROL_STARTUP_AFTER, 60);
    ctl_restart(5000000); /* however late: the load was meant to be on by now */
    ctl_status(OFF);
    ctl_expect(1, UPS_COMMAND_LOAD_ON, -1, -1);
}

/* The host was booted since: its monotonic clock began anew, and moments lie before it. */
static void test_restart_of_the_host(void **state)
{
    (void)state;
    shutdown_after(6000);
    ctl_end();
    ctl.rig->wall_ms += ctl.rig->now_ms + 6590000;
    ctl.rig->now_ms = 10000;
    ctl_restart(0);
    ctl_status(OL);
    ctl_expect(1, UPS_COMMAND_SHUTDOWN_RETURN, 0, -1);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, ctl_setup, ctl_teardown)
    const struct CMUnitTest tests[] = {
        T(test_device_counts_and_returns),
        T(test_goes_off_early),
        T(test_never_goes_off),
        T(test_off_that_nobody_sees),
        T(test_silence_is_no_proof),
        T(test_stop),
        T(test_new_shutdown_replaces),
        T(test_reboot),
        T(test_load_off_and_on),
        T(test_somebody_elses_off),
        T(test_excess),
        T(test_excess_cancelled),
        T(test_excess_cancelled_late),
        T(test_excess_retried),
        T(test_excess_unreachable),
        T(test_excess_too_late),
        T(test_excess_stops_the_device),
        T(test_startup_counted),
        T(test_startup_waits_for_mains),
        T(test_startup_when_on),
        T(test_startup_replaced_and_cancelled),
        T(test_startup_after_stayoff),
        T(test_restart_before_our_command),
        T(test_restart_with_both_moments),
        T(test_restart_a_little_late),
        T(test_restart_much_too_late),
        T(test_restart_during_the_devices_count),
        T(test_restart_over_the_off_moment),
        T(test_restart_long_after),
        T(test_restart_while_off),
        T(test_restart_of_a_startup),
        T(test_restart_of_the_host),
    };
#undef T

    return cmocka_run_group_tests(tests, NULL, NULL);
}
