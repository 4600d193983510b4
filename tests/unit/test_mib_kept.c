/* SPDX-License-Identifier: BSD-2-Clause */
/* UPS-MIB's objects that the agent keeps where the device has nothing of the kind. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "mib_fixture.h"

#define SHUTDOWN_AFTER "1.8.2.0"
#define STARTUP_AFTER  "1.8.3.0"
#define REBOOT         "1.8.4.0"

static struct fixture counting(enum snap_countdown what, int64_t off_in_ms, int64_t on_in_ms)
{
    struct fixture f = fixture_one_phase();
    struct snap_timers *t = &f.snap->timers;

    ups_unset(&f.snap->reading, UPS_VAR_UPS_TIMER_REBOOT, 0);
    t->countdown = what;
    t->off_at_ms = off_in_ms < 0 ? -1 : f.view.now_ms + off_in_ms;
    t->on_at_ms = on_in_ms < 0 ? -1 : f.view.now_ms + on_in_ms;
    return f;
}

static void assert_timers(const struct fixture *f, int32_t shutdown, int32_t startup,
                          int32_t reboot)
{
    assert_mib_integer(f, SHUTDOWN_AFTER, shutdown);
    assert_mib_integer(f, STARTUP_AFTER, startup);
    assert_mib_integer(f, REBOOT, reboot);
}

static void test_which_countdown_shows_where(void **state)
{
    static const struct {
        enum snap_countdown what;
        int64_t off_ms, on_ms;
        int32_t shutdown, startup, reboot;
    } rows[] = {
        {SNAP_COUNT_NONE, -1, -1, -1, -1, -1},
        {SNAP_COUNT_SHUTDOWN, 60000, -1, 60, -1, -1},
        {SNAP_COUNT_SHUTDOWN, 59001, 120000, 60, 120, -1},
        {SNAP_COUNT_SHUTDOWN, 1, 2, 1, 1, -1},
        {SNAP_COUNT_SHUTDOWN, 0, 60000, -1, 60, -1},
        {SNAP_COUNT_SHUTDOWN, -1, 60000, -1, 60, -1},
        {SNAP_COUNT_STARTUP, -1, 1500, -1, 2, -1},
        {SNAP_COUNT_STARTUP, -1, 0, -1, 0, -1}, /* it waits for mains */
        {SNAP_COUNT_REBOOT, 6000, 66000, -1, -1, 66},
        {SNAP_COUNT_REBOOT, -1, 0, -1, -1, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct fixture f = counting(rows[i].what, rows[i].off_ms, rows[i].on_ms);

        assert_timers(&f, rows[i].shutdown, rows[i].startup, rows[i].reboot);
        fixture_free(&f);
    }
}

/* RFC 1628: what is read falls, and is -1 in the end. */
static void test_readback_falls(void **state)
{
    struct fixture f = counting(SNAP_COUNT_SHUTDOWN, 10000, -1);
    int64_t end = f.view.now_ms + 10000;
    int32_t last = 10;

    (void)state;
    for (; f.view.now_ms <= end + 2000; f.view.now_ms += 100) {
        char buf[FIXTURE_TEXT];
        int64_t left = end - f.view.now_ms;
        int32_t expected = left > 0 ? (int32_t)((left + 999) / 1000) : -1;

        assert_int_equal(fixture_get(&f, SHUTDOWN_AFTER, buf), MIB_INTEGER);
        assert_mib_integer(&f, SHUTDOWN_AFTER, expected);
        assert_true(expected <= last);
        last = expected;
    }
    assert_int_equal(last, -1);
    fixture_free(&f);
}

static void test_the_device_knows_better(void **state)
{
    struct fixture f = counting(SNAP_COUNT_SHUTDOWN, 60000, 120000);

    (void)state;
    fixture_set(&f, UPS_VAR_UPS_TIMER_SHUTDOWN, 0, 54000);
    fixture_set(&f, UPS_VAR_UPS_TIMER_START, 0, -1000); /* it counts none, we do */
    assert_timers(&f, 54, 120, -1);
    fixture_free(&f);
}

/* An output that was switched off in a power failure takes the port with it. */
static void test_countdown_of_a_silent_unit(void **state)
{
    struct fixture f = fixture_stale();

    (void)state;
    assert_mib_absent(&f, STARTUP_AFTER);
    f.snap->timers = (struct snap_timers){SNAP_COUNT_SHUTDOWN, -1, f.view.now_ms + 30000};
    assert_mib_integer(&f, STARTUP_AFTER, 30);
    assert_mib_integer(&f, SHUTDOWN_AFTER, -1);
    fixture_free(&f);
}

static void test_muted(void **state)
{
    struct fixture f = fixture_one_phase();

    (void)state;
    fixture_set(&f, UPS_VAR_UPS_BEEPER_STATUS, 0, UPS_BEEPER_DISABLED);
    assert_mib_integer(&f, "1.9.8.0", 1);
    f.snap->muted = true;
    assert_mib_integer(&f, "1.9.8.0", 3);
    ups_unset(&f.snap->reading, UPS_VAR_UPS_BEEPER_STATUS, 0);
    assert_mib_absent(&f, "1.9.8.0");
    fixture_free(&f);
}

static void test_low_battery_time(void **state)
{
    struct fixture f = fixture_one_phase();

    (void)state;
    f.snap->low_minutes = -1;
    assert_mib_integer(&f, "1.9.7.0", 5); /* the device's own */
    f.snap->low_minutes = 7;              /* it can't be set there: the agent's counts */
    assert_mib_integer(&f, "1.9.7.0", 7);
    ups_unset(&f.snap->reading, UPS_VAR_BATTERY_RUNTIME_LOW, 0);
    assert_mib_integer(&f, "1.9.7.0", 7);
    f.snap->low_minutes = 0;
    assert_mib_integer(&f, "1.9.7.0", 0);
    f.snap->low_minutes = -1;
    assert_mib_absent(&f, "1.9.7.0");
    fixture_free(&f);
}

static void test_shutdown_type(void **state)
{
    struct fixture f = fixture_one_phase();

    (void)state;
    assert_mib_integer(&f, "1.8.1.0", 1);
    f.snap->shutdown_type = 2;
    assert_mib_integer(&f, "1.8.1.0", 2);
    fixture_free(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_which_countdown_shows_where),
        cmocka_unit_test(test_readback_falls),
        cmocka_unit_test(test_the_device_knows_better),
        cmocka_unit_test(test_countdown_of_a_silent_unit),
        cmocka_unit_test(test_muted),
        cmocka_unit_test(test_low_battery_time),
        cmocka_unit_test(test_shutdown_type),
    };

    return cmocka_run_group_tests_name("mib_kept", tests, NULL, NULL);
}
