/* SPDX-License-Identifier: BSD-2-Clause */
/* Battery tests: started by us or at the UPS, how they end, what is told of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core_rig.h"

static struct core_unit *unit(struct rig *r)
{
    return &r->core->unit[0];
}

static enum snap_test_result result(struct rig *r)
{
    const struct snapshot *s = core_hold(r->core, 0);
    enum snap_test_result now = s->test_result;

    snapshot_release(s);
    return now;
}

static unsigned completed(const struct rig *r)
{
    return rig_count(r, EVENT_TEST_COMPLETED, UPS_ALARM_NONE);
}

/* What a job of ours does when it has ended well. */
static void we_start(struct rig *r, enum snap_test_id id)
{
    test_started(r->core, unit(r), id);
    core_settle(r->core, unit(r), r->now_ms);
}

static void input_bad(struct rig *r)
{
    ups_alarm_add(&r->report.reading.alarms, UPS_ALARM_INPUT_BAD);
}

/* -- started at the UPS ----------------------------------------------------------------------- */

static void test_passes_after_a_full_poll(void **state)
{
    struct rig *r = *state;

    rig_reading(r, OL, true);
    assert_int_equal(result(r), SNAP_TEST_NONE);
    rig_next(r, OL | CAL, false);
    assert_int_equal(result(r), SNAP_TEST_RUNNING);
    assert_true(rig_alarm(r, UPS_ALARM_TEST_IN_PROGRESS));
    r->now_ms += 9000;
    rig_next(r, OL, false);
    assert_int_equal(result(r), SNAP_TEST_RUNNING);
    assert_true(rig_alarm(r, UPS_ALARM_TEST_IN_PROGRESS));
    assert_int_equal(completed(r), 0);
    r->now_ms += 500;
    rig_reading(r, OL, true);
    assert_int_equal(result(r), SNAP_TEST_PASS);
    assert_false(rig_alarm(r, UPS_ALARM_TEST_IN_PROGRESS));
    const struct snapshot *s = core_hold(r->core, 0);
    assert_int_equal(s->test_end_ms - s->test_start_ms, 10000);
    assert_int_equal(s->test_id, SNAP_TEST_ID_AT_UPS);
    snapshot_release(s);
}

static void test_completed_tells_it_exactly(void **state)
{
    struct rig *r = *state;

    rig_reading(r, OL, true);
    unit(r)->test.lock = 17;
    rig_next(r, OL | CAL, false);
    int64_t began = r->wall_ms + r->now_ms;
    r->now_ms += 9000;
    rig_next(r, OL, false);
    rig_next(r, OL, true);
    rig_next(r, OL, true);
    assert_int_equal(completed(r), 1);
    const struct event *e = rig_last(r, EVENT_TEST_COMPLETED);
    assert_int_equal(e->number[EVENT_N_TEST_ID], SNAP_TEST_ID_AT_UPS);
    assert_int_equal(e->number[EVENT_N_TEST_LOCK], 17);
    assert_int_equal(e->number[EVENT_N_TEST_RESULT], SNAP_TEST_PASS);
    assert_int_equal(e->number[EVENT_N_TEST_START], began);
    assert_int_equal(e->number[EVENT_N_TEST_LENGTH], 10000);
    assert_string_equal(e->text, "");
}

static void test_that_fails_raises_its_alarm(void **state)
{
    struct rig *r = *state;

    rig_reading(r, OL, true);
    rig_next(r, OL | CAL, false);
    rig_next(r, OL, false);
    rig_next(r, OL | RB, true);
    assert_int_equal(result(r), SNAP_TEST_ERROR);
    assert_int_equal(rig_last(r, EVENT_TEST_COMPLETED)->number[EVENT_N_TEST_RESULT],
                     SNAP_TEST_ERROR);
    assert_true(rig_alarm(r, UPS_ALARM_DIAGNOSTIC_TEST_FAILED));
    assert_true(rig_alarm(r, UPS_ALARM_BATTERY_BAD));
    /* until the next one starts */
    rig_next(r, OL, true);
    assert_true(rig_alarm(r, UPS_ALARM_DIAGNOSTIC_TEST_FAILED));
    rig_next(r, OL | CAL, false);
    assert_false(rig_alarm(r, UPS_ALARM_DIAGNOSTIC_TEST_FAILED));
    assert_int_equal(rig_count(r, EVENT_ALARM_REMOVED, UPS_ALARM_DIAGNOSTIC_TEST_FAILED), 1);
}

/* Low after a few seconds is a bad battery; low after a deep test is how that ends. */
static void test_low_battery_afterwards(void **state)
{
    static const struct {
        enum snap_test_id id;
        enum snap_test_result result;
    } cases[] = {{SNAP_TEST_ID_QUICK, SNAP_TEST_ERROR}, {SNAP_TEST_ID_DEEP, SNAP_TEST_PASS}};
    struct rig *r = *state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        rig_reading(r, OL, true);
        we_start(r, cases[i].id);
        rig_next(r, OL | CAL, false);
        ups_alarm_add(&r->report.reading.alarms, UPS_ALARM_LOW_BATTERY);
        rig_next(r, OL, true);
        assert_int_equal(result(r), cases[i].result);
        memset(&r->report.reading.alarms, 0, sizeof(r->report.reading.alarms));
    }
}

static void test_ended_by_mains_failure(void **state)
{
    struct rig *r = *state;

    rig_reading(r, OL, true);
    rig_next(r, OL | CAL, false);
    input_bad(r);
    rig_next(r, OB, false);
    assert_int_equal(result(r), SNAP_TEST_ABORTED);
    assert_int_equal(completed(r), 1);
    assert_int_equal(rig_last(r, EVENT_TEST_COMPLETED)->number[EVENT_N_TEST_LENGTH], 1000);
    assert_string_equal(rig_last(r, EVENT_TEST_COMPLETED)->text, "ended because mains failed");
    rig_next(r, OB, true);
    assert_int_equal(completed(r), 1);
}

static void test_lost_with_the_connection(void **state)
{
    struct rig *r = *state;

    rig_reading(r, OL, true);
    rig_next(r, OL | CAL, false);
    rig_next(r, OL | CAL, false);
    rig_later(r, 14999);
    assert_int_equal(result(r), SNAP_TEST_RUNNING);
    rig_later(r, 1);
    assert_int_equal(result(r), SNAP_TEST_ABORTED);
    assert_int_equal(completed(r), 1);
    assert_int_equal(rig_last(r, EVENT_TEST_COMPLETED)->number[EVENT_N_TEST_LENGTH], 1000);
    assert_string_equal(rig_last(r, EVENT_TEST_COMPLETED)->text, "communication was lost");
    /* still at it when it is heard of again: that is another one */
    rig_next(r, OL | CAL, false);
    assert_int_equal(result(r), SNAP_TEST_RUNNING);
    rig_next(r, OL, true);
    assert_int_equal(completed(r), 2);
}

static void test_next_one_before_the_last_was_judged(void **state)
{
    struct rig *r = *state;

    rig_reading(r, OL, true);
    rig_next(r, OL | CAL, false);
    rig_next(r, OL, false);
    rig_next(r, OL | CAL, false);
    assert_int_equal(completed(r), 1);
    assert_int_equal(result(r), SNAP_TEST_RUNNING);
    rig_next(r, OL, true);
    assert_int_equal(completed(r), 2);
}

/* -- started by us ---------------------------------------------------------------------------- */

static void test_ours(void **state)
{
    struct rig *r = *state;

    rig_reading(r, OL, true);
    we_start(r, SNAP_TEST_ID_QUICK);
    assert_int_equal(result(r), SNAP_TEST_RUNNING);
    /* the status does not show it yet: that is no end */
    rig_next(r, OL, true);
    rig_next(r, OL, false);
    assert_int_equal(result(r), SNAP_TEST_RUNNING);
    rig_next(r, OL | CAL, false);
    rig_next(r, OL, false);
    rig_next(r, OL, true);
    assert_int_equal(result(r), SNAP_TEST_PASS);
    assert_int_equal(completed(r), 1);
    assert_int_equal(rig_last(r, EVENT_TEST_COMPLETED)->number[EVENT_N_TEST_ID],
                     SNAP_TEST_ID_QUICK);
    assert_int_equal(rig_last(r, EVENT_TEST_COMPLETED)->number[EVENT_N_TEST_LENGTH], 4000);
}

/* The reading that shows it comes before the job's result. */
static void test_ours_though_the_status_was_first(void **state)
{
    struct rig *r = *state;

    rig_reading(r, OL, true);
    rig_next(r, OL | CAL, false);
    int64_t began = r->wall_ms + r->now_ms;
    r->now_ms += 5;
    we_start(r, SNAP_TEST_ID_DEEP);
    rig_next(r, OL, true);
    assert_int_equal(completed(r), 1);
    const struct event *e = rig_last(r, EVENT_TEST_COMPLETED);
    assert_int_equal(e->number[EVENT_N_TEST_ID], SNAP_TEST_ID_DEEP);
    assert_int_equal(e->number[EVENT_N_TEST_START], began);
    assert_string_equal(e->text, "");
}

static void test_started_twice_is_one(void **state)
{
    struct rig *r = *state;

    rig_reading(r, OL, true);
    we_start(r, SNAP_TEST_ID_QUICK); /* set-wait is over */
    int64_t began = r->wall_ms + r->now_ms;
    r->now_ms += 700;
    we_start(r, SNAP_TEST_ID_QUICK); /* the job has ended well */
    rig_next(r, OL | CAL, false);
    rig_next(r, OL, true);
    assert_int_equal(completed(r), 1);
    assert_int_equal(rig_last(r, EVENT_TEST_COMPLETED)->number[EVENT_N_TEST_START], began);
}

static void test_job_that_fails_after_all(void **state)
{
    struct rig *r = *state;

    rig_reading(r, OL, true);
    we_start(r, SNAP_TEST_ID_QUICK);
    r->now_ms += 3000;
    test_not_started(r->core, unit(r), "the UPS said no");
    core_settle(r->core, unit(r), r->now_ms);
    assert_int_equal(result(r), SNAP_TEST_ABORTED);
    assert_false(rig_alarm(r, UPS_ALARM_TEST_IN_PROGRESS));
    assert_int_equal(completed(r), 1);
    assert_string_equal(rig_last(r, EVENT_TEST_COMPLETED)->text, "the UPS said no");
    /* nothing of ours: nothing to take back */
    test_not_started(r->core, unit(r), "again");
    rig_next(r, OL | CAL, false);
    test_not_started(r->core, unit(r), "again");
    assert_int_equal(result(r), SNAP_TEST_RUNNING);
    assert_int_equal(completed(r), 1);
}

static void test_aborted_by_us(void **state)
{
    struct rig *r = *state;

    rig_reading(r, OL, true);
    we_start(r, SNAP_TEST_ID_DEEP);
    rig_next(r, OL | CAL, false);
    /* the job runs; a full poll that shows the end must not be taken for a pass */
    unit(r)->jobs.job = calloc(CORE_JOBS, sizeof(struct core_job));
    unit(r)->jobs.rows = CORE_JOBS;
    unit(r)->jobs.job[0] =
        (struct core_job){.running = true, .job.command = UPS_COMMAND_TEST_BATTERY_STOP};
    rig_next(r, OL, true);
    assert_int_equal(result(r), SNAP_TEST_RUNNING);
    unit(r)->jobs.job[0].running = false;
    r->now_ms += 50;
    test_aborted(r->core, unit(r));
    core_settle(r->core, unit(r), r->now_ms);
    const struct snapshot *s = core_hold(r->core, 0);
    assert_int_equal(s->test_result, SNAP_TEST_ABORTED);
    assert_int_equal(s->test_id, SNAP_TEST_ID_ABORT);
    assert_int_equal(s->test_end_ms - s->test_start_ms, 2000);
    snapshot_release(s);
    rig_next(r, OL, true);
    assert_int_equal(completed(r), 1);
    assert_int_equal(rig_last(r, EVENT_TEST_COMPLETED)->number[EVENT_N_TEST_RESULT],
                     SNAP_TEST_ABORTED);
}

/* The status shows it once more: that is no new test. */
static void test_aborted_but_still_in_the_status(void **state)
{
    struct rig *r = *state;

    rig_reading(r, OL, true);
    we_start(r, SNAP_TEST_ID_QUICK);
    rig_next(r, OL | CAL, false);
    test_aborted(r->core, unit(r));
    rig_next(r, OL | CAL, false);
    assert_int_equal(result(r), SNAP_TEST_ABORTED);
    rig_next(r, OL, true);
    assert_int_equal(result(r), SNAP_TEST_ABORTED);
    assert_int_equal(completed(r), 1);
}

static void watchdog(struct rig *r, enum snap_test_id id, int64_t longest_ms)
{
    r->unit.timing.on_stale = CONF_STALE_HOLD;
    rig_reading(r, OL, true);
    rig_forget(r);
    we_start(r, id);
    int64_t began = r->now_ms;
    rig_next(r, OL | CAL, true);
    rig_later(r, began + longest_ms - 1 - r->now_ms);
    assert_int_equal(result(r), SNAP_TEST_RUNNING);
    assert_int_equal(core_next_ms(r->core), began + longest_ms);
    rig_later(r, 1);
    assert_int_equal(result(r), SNAP_TEST_WARNING);
    assert_int_equal(completed(r), 1);
    assert_int_equal(rig_last(r, EVENT_TEST_COMPLETED)->number[EVENT_N_TEST_LENGTH], longest_ms);
    assert_string_not_equal(rig_last(r, EVENT_TEST_COMPLETED)->text, "");
    rig_next(r, OL, true);
    assert_int_equal(completed(r), 1);
}

static void test_watchdogs(void **state)
{
    struct rig *r = *state;

    watchdog(r, SNAP_TEST_ID_QUICK, INT64_C(10) * 60000);
    watchdog(r, SNAP_TEST_ID_DEEP, INT64_C(8) * 3600000);
    watchdog(r, SNAP_TEST_ID_GENERAL, INT64_C(3600000));
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, rig_setup, rig_teardown)
    const struct CMUnitTest tests[] = {
        CASE(test_passes_after_a_full_poll),
        CASE(test_completed_tells_it_exactly),
        CASE(test_that_fails_raises_its_alarm),
        CASE(test_low_battery_afterwards),
        CASE(test_ended_by_mains_failure),
        CASE(test_lost_with_the_connection),
        CASE(test_next_one_before_the_last_was_judged),
        CASE(test_ours),
        CASE(test_ours_though_the_status_was_first),
        CASE(test_started_twice_is_one),
        CASE(test_job_that_fails_after_all),
        CASE(test_aborted_by_us),
        CASE(test_aborted_but_still_in_the_status),
        CASE(test_watchdogs),
    };

    return cmocka_run_group_tests_name("battery_tests", tests, NULL, NULL);
}
