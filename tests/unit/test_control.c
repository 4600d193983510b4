/* SPDX-License-Identifier: BSD-2-Clause */
/* SETs through their phases: answers, what is rolled back, what comes late, what is logged. */
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "control_rig.h"

#define ITEM(w, v, o)                                                                              \
    {                                                                                              \
        .what = (w), .value = (v), .object = (o)                                                   \
    }

static const struct snapshot *hold(void)
{
    return core_hold(ctl.rig->core, 0);
}

static void expect_name(const char *name)
{
    const struct snapshot *s = hold();

    assert_string_equal(s->ident_name, name);
    snapshot_release(s);
}

static uint32_t test_lock(void)
{
    const struct snapshot *s = hold();
    uint32_t lock = s->test_spin_lock;

    snapshot_release(s);
    return lock;
}

static enum snap_test_result test_result(enum snap_test_id *id)
{
    const struct snapshot *s = hold();
    enum snap_test_result result = s->test_result;

    *id = s->test_id;
    snapshot_release(s);
    return result;
}

static struct snap_command row(size_t command)
{
    const struct snapshot *s = hold();
    struct snap_command c = {.lock = 1, .state = SNAP_COMMAND_IDLE};

    if (s->commands)
        c = s->commands->command[command];
    snapshot_release(s);
    return c;
}

/* A name and a shutdown in one PDU. */
static enum set_error set_name_and_shutdown(void)
{
    struct control_item items[] = {
        {.what = CONTROL_NAME, .text = "new", .object = "upsIdentName"},
        ITEM(CONTROL_SHUTDOWN_AFTER, 60, "upsShutdownAfterDelay"),
    };

    return ctl_set(items, 2);
}

static enum set_error set_test(uint32_t lock, enum snap_test_id id)
{
    struct control_item items[] = {
        ITEM(CONTROL_TEST, id, "upsTestId"),
        ITEM(CONTROL_TEST_LOCK, lock, "upsTestSpinLock"),
    };

    return ctl_set(items, 2);
}

/* -- phases ----------------------------------------------------------------------------------- */

static void test_done_in_time(void **state)
{
    (void)state;
    assert_int_equal(set_name_and_shutdown(), SET_PENDING);
    expect_name("new");
    assert_int_equal(row(UPS_COMMAND_SHUTDOWN_RETURN).state, SNAP_COMMAND_RUNNING);
    ctl_done(52, 60, 60);
    assert_int_equal(ctl.told, 1);
    assert_int_equal(ctl.answer, SET_OK);
    assert_true(ctl_logged("SET upsIdentName: \"the unit\" -> \"new\", upsShutdownAfterDelay: "
                           "-1 -> 60: shutdown.return 60 s: done in 52 ms"));
    assert_int_equal(rig_last(ctl.rig, EVENT_COMMAND)->number[EVENT_N_STATE], SNAP_COMMAND_DONE);
    assert_string_equal(row(UPS_COMMAND_SHUTDOWN_RETURN).text, "done in 52 ms");
    rig_later(ctl.rig, 10000);
    assert_int_equal(ctl.told, 1);
}

static void test_failed_in_time(void **state)
{
    (void)state;
    set_name_and_shutdown();
    ctl_fails(120, UPS_E_REFUSED, "not now");
    assert_int_equal(ctl.told, 1);
    assert_int_equal(ctl.answer, SET_COMMIT_FAILED);
    expect_name("the unit");
    assert_int_equal(ctl_off_in(), -1);
    assert_true(ctl_logged("shutdown.return 60 s: refused: not now (after 120 ms)"));
    assert_int_equal(row(UPS_COMMAND_SHUTDOWN_RETURN).state, SNAP_COMMAND_REFUSED);
    assert_int_equal(rig_last(ctl.rig, EVENT_COMMAND)->number[EVENT_N_STATE], SNAP_COMMAND_REFUSED);
    /* what has failed is tried anew, at once */
    assert_int_equal(set_name_and_shutdown(), SET_PENDING);
    assert_int_equal(ctl.jobs, 2);
}

static void test_set_wait_over(void **state)
{
    (void)state;
    set_name_and_shutdown();
    assert_true(core_next_ms(ctl.rig->core) <= ctl.rig->now_ms + 400);
    rig_later(ctl.rig, 399);
    assert_int_equal(ctl.told, 0);
    rig_later(ctl.rig, 1);
    assert_int_equal(ctl.told, 1);
    assert_int_equal(ctl.answer, SET_OK);
    assert_true(ctl_logged("shutdown.return 60 s: accepted, still running after 400 ms"));
    ctl_fails(800, UPS_E_TIMEOUT, "no answer");
    assert_int_equal(ctl.told, 1);
    expect_name("new"); /* told as done: it stays */
    assert_true(ctl_logged("u: shutdown.return 60 s: timed out: no answer (after 1.2 s)"));
    assert_int_equal(row(UPS_COMMAND_SHUTDOWN_RETURN).state, SNAP_COMMAND_TIMEOUT);
    assert_int_equal(rig_last(ctl.rig, EVENT_COMMAND)->number[EVENT_N_STATE], SNAP_COMMAND_TIMEOUT);
}

static void test_no_set_wait(void **state)
{
    (void)state;
    ctl.rig->unit.timing.set_wait_ms = 0;
    assert_int_equal(set_name_and_shutdown(), SET_OK);
    assert_int_equal(ctl.jobs, 1);
    ctl_done(1200, 60, 60);
    assert_int_equal(ctl.told, 0);
    assert_int_equal(ctl_off_in(), 60);
    assert_true(ctl_logged("u: shutdown.return 60 s: done in 1.2 s"));
}

static void test_end_before_the_answer(void **state)
{
    (void)state;
    set_name_and_shutdown();
    ctl_end();
    ctl_done(50, 60, 60);
    assert_int_equal(ctl_off_in(), 60); /* it goes on by itself */
    rig_later(ctl.rig, 1000);
    assert_int_equal(ctl.told, 0);
}

static void test_end_within_done(void **state)
{
    (void)state;
    ctl.end_in_done = true;
    set_name_and_shutdown();
    ctl_done(50, 60, 60);
    assert_int_equal(ctl.told, 1);
    assert_null(ctl.set);
}

static void test_end_without_commit(void **state)
{
    struct control_item item = ITEM(CONTROL_SHUTDOWN_AFTER, 60, "upsShutdownAfterDelay");
    size_t index;

    (void)state;
    assert_int_equal(core_set_test(ctl.rig->core, &item, 1, &ctl.set, &index), SET_OK);
    ctl_end();
    rig_later(ctl.rig, 1000);
    assert_int_equal(ctl.jobs, 0);
    core_set_end(ctl.rig->core, NULL);
}

static void test_submit_fails(void **state)
{
    (void)state;
    ctl.refuse = UPS_E_DISCONNECTED;
    assert_int_equal(set_name_and_shutdown(), SET_COMMIT_FAILED);
    expect_name("the unit");
    assert_int_equal(core_set_undo(ctl.rig->core, ctl.set), SET_OK);
    assert_int_equal(row(UPS_COMMAND_SHUTDOWN_RETURN).state, SNAP_COMMAND_IDLE);
}

static void test_job_never_ends(void **state)
{
    (void)state;
    ctl_value(CONTROL_SHUTDOWN_AFTER, 60);
    ctl_pass(71000);
    assert_int_equal(row(UPS_COMMAND_SHUTDOWN_RETURN).state, SNAP_COMMAND_TIMEOUT);
    assert_int_equal(ctl_value(CONTROL_SHUTDOWN_AFTER, 90), SET_PENDING);
    /* and should it come after all, it is not taken for another */
    ctl_result(0, UPS_OK, "", 60, 60);
    assert_int_equal(ctl_off_in(), -1);
}

static void test_rejected(void **state)
{
    (void)state;
    ctl.rig->unit.timing.allow = 0;
    for (int i = 0; i < 25; i++)
        assert_int_equal(ctl_value(CONTROL_SHUTDOWN_AFTER, 60), SET_NOT_WRITABLE);
    assert_true(ctl_logged("SET object = 60: notWritable: class shutdown is not allowed"));
    assert_int_equal(ctl.lines, 21); /* "connected" and 20 of these */
    ctl_pass(59999);
    assert_false(ctl_logged("more rejected SETs"));
    ctl_pass(1);
    assert_true(ctl_logged("5 more rejected SETs not logged"));
    assert_int_equal(ctl.jobs, 0);
}

/* -- two at a time, and again ----------------------------------------------------------------- */

static void test_reservation(void **state)
{
    struct control_item mine = ITEM(CONTROL_SHUTDOWN_AFTER, 60, "a");
    struct control_item other = ITEM(CONTROL_SHUTDOWN_AFTER, 90, "b");
    struct control_set *set;
    size_t index;

    (void)state;
    assert_int_equal(core_set_test(ctl.rig->core, &mine, 1, &set, &index), SET_OK);
    assert_int_equal(ctl_set(&other, 1), SET_INCONSISTENT_VALUE);
    core_set_end(ctl.rig->core, set);
    assert_int_equal(ctl_set(&other, 1), SET_PENDING);
    ctl_done(0, 90, 60);
    ctl_end();
    /* one that was forgotten does not block for ever */
    assert_int_equal(core_set_test(ctl.rig->core, &mine, 1, &set, &index), SET_OK);
    ctl_pass(10000);
    other.value = 120;
    assert_int_equal(ctl_set(&other, 1), SET_PENDING);
    assert_int_equal(core_set_commit(ctl.rig->core, set, NULL, NULL), SET_COMMIT_FAILED);
    core_set_end(ctl.rig->core, set);
    assert_int_equal(ctl.jobs, 2);
}

/* A cancel that is tested meanwhile must not stop the first one from being committed. */
static void test_first_tested_first_served(void **state)
{
    struct control_item mine = ITEM(CONTROL_SHUTDOWN_AFTER, 60, "a");
    struct control_item stop = ITEM(CONTROL_SHUTDOWN_AFTER, -1, "b");
    struct control_set *first, *second;
    size_t index;

    (void)state;
    assert_int_equal(core_set_test(ctl.rig->core, &mine, 1, &first, &index), SET_OK);
    assert_int_equal(core_set_test(ctl.rig->core, &stop, 1, &second, &index), SET_OK);
    assert_int_equal(core_set_commit(ctl.rig->core, first, NULL, NULL), SET_PENDING);
    assert_int_equal(core_set_commit(ctl.rig->core, second, NULL, NULL), SET_PENDING);
    ctl_expect(2, UPS_COMMAND_SHUTDOWN_STOP, -1, -1);
    core_set_end(ctl.rig->core, first);
    core_set_end(ctl.rig->core, second);
}

static void test_repeat_while_running(void **state)
{
    struct control_set *first;

    (void)state;
    ctl_value(CONTROL_SHUTDOWN_AFTER, 60);
    first = ctl.set;
    ctl.set = NULL;
    rig_later(ctl.rig, 100);
    assert_int_equal(ctl_value(CONTROL_SHUTDOWN_AFTER, 60), SET_PENDING);
    assert_int_equal(ctl.jobs, 1);
    ctl_done(50, 60, 60);
    assert_int_equal(ctl.told, 2);
    assert_int_equal(ctl.answer, SET_OK);
    core_set_end(ctl.rig->core, first);
}

static void test_repeat_after_the_end(void **state)
{
    (void)state;
    ctl_value(CONTROL_SHUTDOWN_AFTER, 60);
    ctl_done(50, 60, 60);
    ctl_pass(4999);
    assert_int_equal(ctl_value(CONTROL_SHUTDOWN_AFTER, 60), SET_OK);
    assert_int_equal(ctl.jobs, 1);
    rig_later(ctl.rig, 1);
    ctl_status(OL);
    assert_int_equal(ctl_value(CONTROL_SHUTDOWN_AFTER, 60), SET_PENDING);
    assert_int_equal(ctl.jobs, 2);
}

static void test_another_while_running(void **state)
{
    (void)state;
    ctl_value(CONTROL_SHUTDOWN_AFTER, 60);
    assert_int_equal(ctl_value(CONTROL_SHUTDOWN_AFTER, 66), SET_INCONSISTENT_VALUE);
    assert_int_equal(ctl_value(CONTROL_SHUTDOWN_AFTER, -1), SET_PENDING);
    assert_int_equal(ctl_value(CONTROL_AUDIBLE, UPS_BEEPER_DISABLED), SET_PENDING);
    assert_int_equal(ctl_value(CONTROL_AUTO_RESTART, UPS_NO), SET_PENDING);
    assert_int_equal(ctl.jobs, 4);
    assert_int_equal(ctl_value(CONTROL_AUTO_RESTART, UPS_YES), SET_RESOURCE_UNAVAILABLE);
    ctl_result(0, UPS_OK, "", 60, 60);
    assert_int_equal(ctl_value(CONTROL_AUTO_RESTART, UPS_YES), SET_PENDING);
    for (size_t i = 1; i < 5; i++)
        ctl_result(i, UPS_OK, "", -1, -1);
    assert_int_equal(ctl_off_in(), -1);
}

/* -- undo ------------------------------------------------------------------------------------- */

static void test_undo_of_names(void **state)
{
    struct control_item items[] = {
        {.what = CONTROL_NAME, .text = "new", .object = "n"},
        {.what = CONTROL_ATTACHED, .text = "rack", .object = "a"},
        ITEM(CONTROL_TEST_LOCK, 1, "l"),
        ITEM(CONTROL_LOW_MINUTES, 7, "m"),
        ITEM(CONTROL_STARTUP_AFTER, 100, "s"),
    };
    const struct snapshot *s;

    (void)state;
    assert_int_equal(ctl_set(items, 5), SET_OK);
    expect_name("new");
    assert_int_equal(test_lock(), 2);
    assert_int_equal(ctl_on_in(), 100);
    s = hold();
    assert_string_equal(s->attached_devices, "rack");
    assert_int_equal(s->low_minutes, 7);
    snapshot_release(s);
    assert_int_equal(core_set_undo(ctl.rig->core, ctl.set), SET_OK);
    expect_name("the unit");
    assert_int_equal(test_lock(), 1);
    assert_int_equal(ctl_on_in(), -1);
    s = hold();
    assert_string_equal(s->attached_devices, "");
    assert_int_equal(s->low_minutes, 0);
    snapshot_release(s);
}

static void test_undo_of_a_job(void **state)
{
    (void)state;
    set_name_and_shutdown();
    assert_int_equal(core_set_undo(ctl.rig->core, ctl.set), SET_UNDO_FAILED);
    expect_name("the unit");
    ctl_done(50, 60, 60);
    assert_int_equal(ctl.told, 0);
    assert_int_equal(ctl_off_in(), 60);
    assert_true(ctl_logged("what the UPS does stands"));
}

static void test_undo_leaves_what_others_did(void **state)
{
    struct control_item mine = {.what = CONTROL_NAME, .text = "mine", .object = "n"};
    struct control_item other = {.what = CONTROL_NAME, .text = "other", .object = "n"};
    struct control_set *set;
    size_t index;

    (void)state;
    assert_int_equal(core_set_test(ctl.rig->core, &mine, 1, &set, &index), SET_OK);
    assert_int_equal(core_set_commit(ctl.rig->core, set, NULL, NULL), SET_OK);
    assert_int_equal(ctl_set(&other, 1), SET_OK);
    assert_int_equal(core_set_undo(ctl.rig->core, set), SET_OK);
    expect_name("other");
    core_set_end(ctl.rig->core, set);
}

/* -- locks and tests -------------------------------------------------------------------------- */

static void test_lock_counts_and_wraps(void **state)
{
    (void)state;
    assert_int_equal(ctl_value(CONTROL_TEST_LOCK, 1), SET_OK);
    assert_int_equal(test_lock(), 2);
    assert_int_equal(ctl_value(CONTROL_TEST_LOCK, 1), SET_INCONSISTENT_VALUE);
    ctl.rig->core->unit[0].test.lock = INT32_MAX;
    assert_int_equal(ctl_value(CONTROL_TEST_LOCK, INT32_MAX), SET_OK);
    assert_int_equal(test_lock(), 0);
    assert_int_equal(ctl_value(CONTROL_TEST_LOCK, 0), SET_OK);
    assert_int_equal(test_lock(), 1);
}

static void test_lock_of_a_command(void **state)
{
    struct control_item items[] = {
        {.what = CONTROL_COMMAND_LOCK, .command = UPS_COMMAND_LOAD_ON, .value = 1, .object = "l"},
        {.what = CONTROL_COMMAND,
         .command = UPS_COMMAND_LOAD_ON,
         .args = {-1, -1, false},
         .object = "c"},
    };

    (void)state;
    assert_int_equal(ctl_set(items, 2), SET_PENDING);
    assert_int_equal(row(UPS_COMMAND_LOAD_ON).lock, 2);
    assert_int_equal(ctl_set(items, 2), SET_INCONSISTENT_VALUE);
    ctl_fails(10, UPS_E_GARBLED, "noise");
    assert_int_equal(row(UPS_COMMAND_LOAD_ON).state, SNAP_COMMAND_FAILED);
}

static void test_lock_back_on_failure(void **state)
{
    (void)state;
    assert_int_equal(set_test(1, SNAP_TEST_ID_QUICK), SET_PENDING);
    assert_int_equal(test_lock(), 2);
    ctl_fails(100, UPS_E_REFUSED, "battery low");
    assert_int_equal(ctl.answer, SET_COMMIT_FAILED);
    assert_int_equal(test_lock(), 1);
}

/* Two managers read the same lock: exactly one wins. */
static void test_two_managers(void **state)
{
    struct control_item items[] = {
        ITEM(CONTROL_TEST_LOCK, 1, "upsTestSpinLock"),
        ITEM(CONTROL_TEST, SNAP_TEST_ID_QUICK, "upsTestId"),
    };
    struct control_set *a, *b;
    size_t index;

    (void)state;
    assert_int_equal(core_set_test(ctl.rig->core, items, 2, &a, &index), SET_OK);
    assert_int_equal(core_set_test(ctl.rig->core, items, 2, &b, &index), SET_INCONSISTENT_VALUE);
    assert_int_equal(index, 0);
    assert_int_equal(core_set_commit(ctl.rig->core, a, NULL, NULL), SET_PENDING);
    assert_int_equal(core_set_test(ctl.rig->core, items, 2, &b, &index), SET_INCONSISTENT_VALUE);
    core_set_end(ctl.rig->core, a);
    assert_int_equal(ctl.jobs, 1);
}

static void test_test_starts_with_success(void **state)
{
    enum snap_test_id id;

    (void)state;
    set_test(1, SNAP_TEST_ID_QUICK);
    assert_int_equal(test_result(&id), SNAP_TEST_NONE);
    ctl_done(100, -1, -1);
    assert_int_equal(test_result(&id), SNAP_TEST_RUNNING);
    assert_int_equal(id, SNAP_TEST_ID_QUICK);
    assert_int_equal(set_test(2, SNAP_TEST_ID_ABORT), SET_PENDING);
    ctl_done(100, -1, -1);
    assert_int_equal(test_result(&id), SNAP_TEST_ABORTED);
    assert_int_equal(id, SNAP_TEST_ID_ABORT);
}

static void test_test_starts_late(void **state)
{
    enum snap_test_id id;

    (void)state;
    set_test(1, SNAP_TEST_ID_DEEP);
    rig_later(ctl.rig, 400);
    assert_int_equal(test_result(&id), SNAP_TEST_RUNNING);
    assert_int_equal(id, SNAP_TEST_ID_DEEP);
    ctl_fails(1000, UPS_E_TIMEOUT, "it does not begin");
    assert_int_equal(test_result(&id), SNAP_TEST_ABORTED);
    assert_int_equal(test_lock(), 2);
}

static void test_test_by_command(void **state)
{
    enum snap_test_id id;

    (void)state;
    assert_int_equal(ctl_command(UPS_COMMAND_TEST_BATTERY_START_QUICK, -1, -1), SET_PENDING);
    ctl_done(100, -1, -1);
    assert_int_equal(test_result(&id), SNAP_TEST_RUNNING);
    assert_int_equal(id, SNAP_TEST_ID_QUICK);
    ctl_end();
    /* sent again: not a second one, and no error */
    assert_int_equal(ctl_command(UPS_COMMAND_TEST_BATTERY_START_QUICK, -1, -1), SET_OK);
    assert_int_equal(ctl.jobs, 1);
}

/* Somebody has switched on again since the last poll: that it counts is the newer news. */
static void test_countdown_and_an_old_off(void **state)
{
    (void)state;
    ctl_status(OFF);
    assert_int_equal(ctl_value(CONTROL_SHUTDOWN_AFTER, 60), SET_PENDING);
    ctl_done(50, 60, 60);
    ctl_end();
    assert_int_equal(ctl_off_in(), 60);
    ctl_status(OL);
    assert_int_equal(ctl_off_in(), 60);
    ctl_pass(60000);
    ctl_status(OFF);
    assert_int_equal(ctl_off_in(), -1);
}

/* -- settings, beeper, low battery ------------------------------------------------------------ */

static void test_setting(void **state)
{
    (void)state;
    assert_int_equal(ctl_value(CONTROL_AUTO_RESTART, UPS_NO), SET_PENDING);
    assert_true(ctl.job[0].set);
    assert_int_equal(row(UPS_COMMAND_COUNT).state, SNAP_COMMAND_RUNNING);
    ups_set(&ctl.rig->report.reading, UPS_VAR_UPS_START_AUTO, 0, UPS_NO);
    ctl_status(OL);
    ctl_done(80, -1, -1);
    assert_string_equal(rig_last(ctl.rig, EVENT_SETTING)->text, "no");
    assert_int_equal(rig_last(ctl.rig, EVENT_SETTING)->number[EVENT_N_VAR], UPS_VAR_UPS_START_AUTO);
    assert_int_equal(row(UPS_COMMAND_COUNT).state, SNAP_COMMAND_DONE);
    assert_true(ctl_logged("SET object: yes -> no: ups.start.auto = no: done in 80 ms"));
    assert_int_equal(rig_count(ctl.rig, EVENT_COMMAND, UPS_ALARM_NONE), 0);
}

static void beeper(enum ups_beeper b)
{
    ups_set(&ctl.rig->report.reading, UPS_VAR_UPS_BEEPER_STATUS, 0, b);
    ctl_status(ctl.rig->report.reading.status);
}

static int64_t beeper_now(bool *muted)
{
    const struct snapshot *s = hold();
    int64_t value = -1;

    ups_get(&s->reading, UPS_VAR_UPS_BEEPER_STATUS, 0, &value);
    *muted = s->muted;
    snapshot_release(s);
    return value;
}

static void mute(void)
{
    ctl_status(OB);
    assert_int_equal(ctl_value(CONTROL_AUDIBLE, UPS_BEEPER_MUTED), SET_PENDING);
    ctl_expect(1, UPS_COMMAND_BEEPER_DISABLE, -1, -1);
    beeper(UPS_BEEPER_DISABLED);
    ctl_done(50, -1, -1);
    ctl_end();
}

static void test_muted_until_the_alarms_are_over(void **state)
{
    bool muted;

    (void)state;
    mute();
    assert_int_equal(beeper_now(&muted), UPS_BEEPER_MUTED);
    assert_true(muted);
    ctl_pass(10000);
    ctl_expect(1, UPS_COMMAND_BEEPER_DISABLE, -1, -1);
    ctl_status(OL);
    ctl_expect(2, UPS_COMMAND_BEEPER_ENABLE, -1, -1);
    ctl_fails(10, UPS_E_BUSY, "busy");
    ctl_pass(4000);
    assert_int_equal(ctl.jobs, 2);
    ctl_pass(1000);
    ctl_expect(3, UPS_COMMAND_BEEPER_ENABLE, -1, -1);
    beeper(UPS_BEEPER_ENABLED);
    ctl_done(10, -1, -1);
    assert_int_equal(beeper_now(&muted), UPS_BEEPER_ENABLED);
    assert_false(muted);
    ctl_pass(10000);
    assert_int_equal(ctl.jobs, 3);
}

static void test_muted_over_a_restart(void **state)
{
    bool muted;

    (void)state;
    mute();
    ctl_restart(5000);
    ups_set(&ctl.rig->report.reading, UPS_VAR_UPS_BEEPER_STATUS, 0, UPS_BEEPER_DISABLED);
    ctl_status(OB);
    assert_int_equal(beeper_now(&muted), UPS_BEEPER_MUTED);
    ctl_status(OL);
    ctl_expect(2, UPS_COMMAND_BEEPER_ENABLE, -1, -1);
}

/* Disabled after muted: the same command, but it must stay so. */
static void test_disabled_after_muted(void **state)
{
    bool muted;

    (void)state;
    mute();
    assert_int_equal(ctl_value(CONTROL_AUDIBLE, UPS_BEEPER_DISABLED), SET_OK);
    assert_int_equal(ctl.jobs, 1);
    assert_int_equal(beeper_now(&muted), UPS_BEEPER_DISABLED); /* before the next poll */
    ctl_status(OL);
    assert_int_equal(beeper_now(&muted), UPS_BEEPER_DISABLED);
    assert_false(muted);
    ctl_pass(10000);
    assert_int_equal(ctl.jobs, 1);
}

/* ... and so must it by the variable's name. */
static void test_disabled_by_setting_after_muted(void **state)
{
    const struct control_item item = {.what = CONTROL_SETTING,
                                      .var = UPS_VAR_UPS_BEEPER_STATUS,
                                      .value = UPS_BEEPER_DISABLED,
                                      .object = "upsmibdVariableValue"};
    bool muted;

    (void)state;
    mute();
    assert_int_equal(ctl_set(&item, 1), SET_PENDING);
    assert_int_equal(ctl.jobs, 2);
    beeper(UPS_BEEPER_DISABLED);
    ctl_done(50, -1, -1);
    assert_int_equal(beeper_now(&muted), UPS_BEEPER_DISABLED);
    assert_false(muted);
    ctl_status(OL);
    ctl_pass(10000);
    assert_int_equal(ctl.jobs, 2);
}

static void test_low_minutes(void **state)
{
    const struct snapshot *s;

    (void)state;
    ups_set(&ctl.rig->report.reading, UPS_VAR_BATTERY_RUNTIME, 0, 300000);
    ctl_status(OB);
    assert_false(rig_alarm(ctl.rig, UPS_ALARM_LOW_BATTERY));
    assert_int_equal(ctl_value(CONTROL_LOW_MINUTES, 5), SET_OK);
    assert_true(rig_alarm(ctl.rig, UPS_ALARM_LOW_BATTERY));
    ups_set(&ctl.rig->report.reading, UPS_VAR_BATTERY_RUNTIME, 0, 301000);
    ctl_status(OB);
    assert_false(rig_alarm(ctl.rig, UPS_ALARM_LOW_BATTERY));
    ups_set(&ctl.rig->report.reading, UPS_VAR_BATTERY_RUNTIME, 0, 299000);
    ctl_status(OL);
    assert_false(rig_alarm(ctl.rig, UPS_ALARM_LOW_BATTERY));
    assert_int_equal(ctl_value(CONTROL_LOW_MINUTES, 600), SET_OK);
    ctl_restart(1000);
    ctl_status(OL);
    s = hold();
    assert_int_equal(s->low_minutes, 60);
    snapshot_release(s);
}

static void test_extremes(void **state)
{
    const struct snapshot *s = hold();

    (void)state;
    assert_true(s->counters.volt_max[0] > 0);
    snapshot_release(s);
    ctl.rig->now_ms += 5000;
    assert_int_equal(ctl_value(CONTROL_RESET_EXTREMES, 0), SET_OK);
    s = hold();
    assert_true(s->counters.volt_max[0] == INT64_MIN);
    assert_true(s->counters.volt_reset_wall == ctl.rig->wall_ms + ctl.rig->now_ms);
    snapshot_release(s);
}

/* -- another thread's SETs -------------------------------------------------------------------- */

#define ROUNDS 400

/* What submit() was given and the core's thread has yet to answer. */
static struct {
    pthread_mutex_t lock;
    uint64_t id[UNIT_JOBS_MAX];
    size_t count;
    bool over;
} pipeline = {.lock = PTHREAD_MUTEX_INITIALIZER};

static enum ups_error pipeline_submit(void *arg, size_t unit, const struct unit_job *job)
{
    (void)arg;
    (void)unit;
    pthread_mutex_lock(&pipeline.lock);
    pipeline.id[pipeline.count++] = job->id;
    pthread_mutex_unlock(&pipeline.lock);
    return UPS_OK;
}

/* One job's id, 0: none; *over: there will be no more. */
static uint64_t pipeline_take(bool *over)
{
    uint64_t id = 0;

    pthread_mutex_lock(&pipeline.lock);
    if (pipeline.count > 0)
        id = pipeline.id[--pipeline.count];
    *over = pipeline.over;
    pthread_mutex_unlock(&pipeline.lock);
    return id;
}

struct round {
    atomic_uint told;
};

static void round_done(void *arg, enum set_error error)
{
    (void)error;
    atomic_fetch_add(&((struct round *)arg)->told, 1); /* freed memory, were it told too late */
}

/* Some wait for the answer, some leave at once, as a master does that goes away. */
static void one_round(struct core *core, unsigned n)
{
    struct control_item item =
        ITEM(CONTROL_AUDIBLE, n % 2 ? UPS_BEEPER_ENABLED : UPS_BEEPER_DISABLED, "o");
    struct round *r = calloc(1, sizeof(*r));
    struct control_set *set;
    size_t index;

    if (r && core_set_test(core, &item, 1, &set, &index) == SET_OK) {
        bool pending = core_set_commit(core, set, round_done, r) == SET_PENDING;
        while (pending && n % 3 && atomic_load(&r->told) == 0)
            sched_yield();
        core_set_end(core, set);
        if (atomic_load(&r->told) > 1)
            abort();
    }
    free(r);
}

static void *set_rounds(void *arg)
{
    for (unsigned n = 0; n < ROUNDS; n++)
        one_round(arg, n);
    pthread_mutex_lock(&pipeline.lock);
    pipeline.over = true;
    pthread_mutex_unlock(&pipeline.lock);
    return NULL;
}

static void test_sets_of_another_thread(void **state)
{
    unsigned answered = 0;
    bool over = false;
    pthread_t thread;

    (void)state;
    ctl.rig->core->config.submit = pipeline_submit;
    assert_int_equal(pthread_create(&thread, NULL, set_rounds, ctl.rig->core), 0);
    while (!over) {
        struct unit_result result = {.id = pipeline_take(&over), .took = {-1, -1, false}};
        if (result.id == 0) {
            sched_yield();
            continue;
        }
        core_result(ctl.rig->core, 0, &result);
        answered++;
        over = false;
    }
    pthread_join(thread, NULL);
    assert_true(answered > 0);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, ctl_setup, ctl_teardown)
    const struct CMUnitTest tests[] = {
        T(test_done_in_time),
        T(test_failed_in_time),
        T(test_set_wait_over),
        T(test_no_set_wait),
        T(test_end_before_the_answer),
        T(test_end_within_done),
        T(test_end_without_commit),
        T(test_submit_fails),
        T(test_job_never_ends),
        T(test_rejected),
        T(test_reservation),
        T(test_first_tested_first_served),
        T(test_repeat_while_running),
        T(test_repeat_after_the_end),
        T(test_another_while_running),
        T(test_undo_of_names),
        T(test_undo_of_a_job),
        T(test_undo_leaves_what_others_did),
        T(test_lock_counts_and_wraps),
        T(test_lock_of_a_command),
        T(test_lock_back_on_failure),
        T(test_two_managers),
        T(test_test_starts_with_success),
        T(test_test_starts_late),
        T(test_test_by_command),
        T(test_countdown_and_an_old_off),
        T(test_setting),
        T(test_muted_until_the_alarms_are_over),
        T(test_muted_over_a_restart),
        T(test_disabled_after_muted),
        T(test_disabled_by_setting_after_muted),
        T(test_low_minutes),
        T(test_extremes),
        T(test_sets_of_another_thread),
    };
#undef T

    return cmocka_run_group_tests(tests, NULL, NULL);
}
