/* SPDX-License-Identifier: BSD-2-Clause */
/* The SITOP driver's commands: their bytes, what confirms them, and what can't be known. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "sitop_rig.h"

enum { ALWAYS = INT32_MAX, STEP_MS = 25 };

static const struct ups_command_args by_default = {-1, -1, false};

static struct rig rig;

/* What the UPS does about letters. */
static struct {
    int deaf_to;       /* so many letters are lost before one is taken */
    int stops_ms;      /* so long after it the words stop */
    const char *burst; /* what it says */
    int letters;       /* that came */
    int64_t taken_ms;  /* when it took one; 0: not yet */
    char sent[512];    /* all that the driver sent */
} ups;

static int setup(void **state)
{
    (void)state;
    rig_healthy(&rig);
    memset(&ups, 0, sizeof ups);
    ups.burst = RIG_NORMAL;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    rig_fini(&rig);
    return 0;
}

static void on_battery(void)
{
    ups.burst = RIG_BATTERY;
    rig_bursts(&rig, ups.burst, 300);
}

static void ups_hears(void)
{
    const char *bytes = rig_sent(&rig);
    size_t len = strlen(ups.sent);

    snprintf(ups.sent + len, sizeof ups.sent - len, "%s", bytes);
    for (; *bytes; bytes++)
        if (*bytes != '.' && ups.letters++ >= ups.deaf_to && ups.taken_ms == 0)
            ups.taken_ms = rig.now_ms;
}

static bool ups_talks(void)
{
    return ups.taken_ms == 0 || rig.now_ms <= ups.taken_ms + ups.stops_ms;
}

/* Has the command run as a worker does: its steps when due, polls and words between. */
static int run(enum ups_command command, struct ups_command_args args)
{
    int64_t due = rig.now_ms, burst = rig.now_ms, end = rig.now_ms + 60000;
    int rc = DRV_MORE;

    while (rc == DRV_MORE && rig.now_ms < end) {
        if (rig.now_ms >= due) {
            int wait_fd = rig.d.wait_fd;
            rig.d.not_before_ms = 0;
            rc = rig.d.driver->command(&rig.d, command, args, &rig.r);
            due = rig.d.not_before_ms;
            assert_true(rig.d.wait_fd == wait_fd || rig.d.wait_fd == -1);
        }
        if (rig.fd >= 0)
            ups_hears();
        if (rc != DRV_MORE)
            break;
        if (rig.now_ms >= burst && ups_talks() && rig.fd >= 0) {
            char text[40];
            snprintf(text, sizeof text, "%s ", ups.burst);
            rig_say(&rig, text);
            burst = rig.now_ms + RIG_BURST_MS;
        }
        rig_silence(&rig, STEP_MS);
    }
    return rc;
}

/* -- accepted --------------------------------------------------------------------------------- */

static void expect_accepted(int off, int on)
{
    assert_int_equal(rig.d.took.value, off);
    assert_int_equal(rig.d.took.second, on);
    assert_int_equal(rig.hung_up, 1); /* the UPS waits for the port to be closed */
    assert_int_equal(rig.d.wait_fd, -1);
    assert_int_equal(rig.d.driver->poll(&rig.d, DRV_POLL_FAST, &rig.r), UPS_E_DISCONNECTED);
    assert_non_null(strstr(rig.d.why, "stays closed"));
}

static void test_return_on_line(void **state)
{
    (void)state;
    assert_int_equal(run(UPS_COMMAND_SHUTDOWN_RETURN, by_default), DRV_DONE);
    expect_accepted(5, 5);
}

static void test_return_on_battery(void **state)
{
    (void)state;
    on_battery();
    assert_int_equal(run(UPS_COMMAND_SHUTDOWN_RETURN, by_default), DRV_DONE);
    expect_accepted(5, -1); /* when the input returns */
}

static void test_stayoff_on_line(void **state)
{
    (void)state;
    assert_int_equal(run(UPS_COMMAND_SHUTDOWN_STAYOFF, by_default), DRV_DONE);
    assert_string_equal(ups.sent, "..S..");
    expect_accepted(5, -1);
}

static void test_stayoff_on_battery(void **state)
{
    (void)state;
    on_battery();
    assert_int_equal(run(UPS_COMMAND_SHUTDOWN_STAYOFF, by_default), DRV_DONE);
    assert_string_equal(ups.sent, "..S..");
    expect_accepted(5, -1);
}

static void test_reboot(void **state)
{
    (void)state;
    assert_int_equal(run(UPS_COMMAND_SHUTDOWN_REBOOT, (struct ups_command_args){5, -1, false}),
                     DRV_DONE);
    assert_string_equal(ups.sent, "..R..");
    expect_accepted(5, 5);
}

/* The words stop at once: no second letter follows, only the line feeds after the first. */
static void test_the_first_letter_is_taken(void **state)
{
    (void)state;
    ups.stops_ms = 10;
    assert_int_equal(run(UPS_COMMAND_SHUTDOWN_RETURN, by_default), DRV_DONE);
    assert_string_equal(ups.sent, "..R..");
}

static void test_the_first_letter_is_lost(void **state)
{
    (void)state;
    ups.deaf_to = 1;
    assert_int_equal(run(UPS_COMMAND_SHUTDOWN_RETURN, by_default), DRV_DONE);
    assert_string_equal(ups.sent, "..R..R..");
}

static void test_letters_are_lost_over_and_over(void **state)
{
    (void)state;
    ups.deaf_to = 9;
    assert_int_equal(run(UPS_COMMAND_SHUTDOWN_RETURN, by_default), DRV_DONE);
    assert_string_equal(ups.sent, "..R..R....R..R....R..R....R..R....R..R..");
    expect_accepted(5, 5);
}

/* One byte each 200 ms. */
static void test_pace(void **state)
{
    int64_t begin = rig.now_ms;

    (void)state;
    ups.deaf_to = 1;
    assert_int_equal(run(UPS_COMMAND_SHUTDOWN_RETURN, by_default), DRV_DONE);
    /* the second letter is the sixth byte; then 2 s of silence */
    assert_in_range(rig.now_ms - begin, 5 * 200 + 2000, 5 * 200 + 2000 + 500);
}

static void test_the_units_delay(void **state)
{
    (void)state;
    rig_option(&rig, "device_delay", "45");
    assert_int_equal(run(UPS_COMMAND_SHUTDOWN_RETURN, (struct ups_command_args){20, 3, false}),
                     DRV_DONE);
    expect_accepted(45, 5);
}

/* The port stays closed until the UPS is through, and is opened then. */
static void test_the_port_stays_closed(void **state)
{
    (void)state;
    assert_int_equal(run(UPS_COMMAND_SHUTDOWN_RETURN, by_default), DRV_DONE);
    rig_replug(&rig);
    assert_int_equal(rig.last, DRV_MORE);
    assert_int_equal(rig.d.wait_fd, -1);
    assert_int_equal(rig.due_ms, rig.now_ms + 15000);
    rig_silence(&rig, 14900);
    assert_int_equal(rig.d.wait_fd, -1);
    rig_silence(&rig, 200);
    assert_true(rig.d.wait_fd >= 0);
    rig_bursts(&rig, RIG_NORMAL, 300);
    assert_true(rig.open);
}

/* -- not accepted ----------------------------------------------------------------------------- */

static void test_the_ups_is_deaf(void **state)
{
    (void)state;
    ups.deaf_to = ALWAYS;
    assert_int_equal(run(UPS_COMMAND_SHUTDOWN_RETURN, by_default), UPS_E_TIMEOUT);
    assert_int_equal(ups.letters, 10);
    assert_string_equal(rig.d.why, "sent 5 times, but the UPS goes on as if it had heard nothing");
    assert_int_equal(rig.hung_up, 0);
    rig_bursts(&rig, RIG_NORMAL, 2000);
    assert_string_equal(rig_status(&rig), "OL");
    assert_int_equal(rig.d.keep[SITOP_KEEP_CLOSED], 0);
}

/* Silence from before proves nothing, so nothing is sent into it. */
static void test_silence_before_the_letter(void **state)
{
    (void)state;
    ups.taken_ms = 1;
    assert_int_equal(run(UPS_COMMAND_SHUTDOWN_RETURN, by_default), UPS_E_TIMEOUT);
    assert_string_equal(ups.sent, "..");
    assert_non_null(strstr(rig.d.why, "not sent"));
    assert_int_equal(rig.d.keep[SITOP_KEEP_CLOSED], 0);
}

static void test_stale(void **state)
{
    (void)state;
    rig_silence(&rig, 2 * RIG_POLL_MS + 100);
    assert_int_equal(run(UPS_COMMAND_SHUTDOWN_RETURN, by_default), UPS_E_REFUSED);
    assert_string_equal(ups.sent, "");
}

static void test_a_state_that_is_not_known(void **state)
{
    (void)state;
    rig_replug(&rig);
    rig_bursts(&rig, "BUFRD BA>85 DC_OK", 4300);
    assert_true(rig.open);
    assert_int_equal(run(UPS_COMMAND_SHUTDOWN_RETURN, by_default), UPS_E_REFUSED);
    assert_string_equal(ups.sent, "");
}

static void test_arguments(void **state)
{
    (void)state;
    assert_int_equal(run(UPS_COMMAND_SHUTDOWN_RETURN, (struct ups_command_args){6, -1, false}),
                     UPS_E_INVALID);
    assert_int_equal(run(UPS_COMMAND_SHUTDOWN_RETURN, (struct ups_command_args){5, 6, false}),
                     UPS_E_INVALID);
    assert_int_equal(run(UPS_COMMAND_SHUTDOWN_STAYOFF, (struct ups_command_args){6, -1, false}),
                     UPS_E_INVALID);
    assert_int_equal(run(UPS_COMMAND_SHUTDOWN_REBOOT, (struct ups_command_args){6, -1, false}),
                     UPS_E_INVALID);
    assert_int_equal(run(UPS_COMMAND_LOAD_OFF, by_default), UPS_E_UNSUPPORTED);
    assert_string_equal(ups.sent, "");
    assert_int_equal(rig.d.took.value, -1);
}

static void test_reboot_on_battery(void **state)
{
    (void)state;
    on_battery();
    assert_int_equal(run(UPS_COMMAND_SHUTDOWN_REBOOT, by_default), UPS_E_REFUSED);
    assert_string_equal(ups.sent, "");
}

static void test_no_interruption(void **state)
{
    (void)state;
    rig_option(&rig, "interruption", "off");
    assert_int_equal(run(UPS_COMMAND_SHUTDOWN_RETURN, by_default), UPS_E_REFUSED);
    assert_string_equal(ups.sent, "");
    on_battery();
    assert_int_equal(run(UPS_COMMAND_SHUTDOWN_RETURN, by_default), DRV_DONE);
}

/* -- trouble ---------------------------------------------------------------------------------- */

static int until_first_letter(void)
{
    int rc = DRV_MORE;

    while (rc == DRV_MORE && ups.letters == 0) {
        rc = rig.d.driver->command(&rig.d, UPS_COMMAND_SHUTDOWN_RETURN, by_default, &rig.r);
        ups_hears();
        rig_bursts(&rig, RIG_NORMAL, 200);
    }
    return rc;
}

static void test_unplugged_in_the_middle(void **state)
{
    (void)state;
    assert_int_equal(until_first_letter(), DRV_MORE);
    close(rig.fd);
    rig.fd = -1;
    assert_int_equal(run(UPS_COMMAND_SHUTDOWN_RETURN, by_default), UPS_E_DISCONNECTED);
    assert_int_equal(rig.hung_up, 1);
    /* and nothing is sent again when it is back */
    rig_replug(&rig);
    rig_bursts(&rig, RIG_NORMAL, 3000);
    assert_string_equal(rig_sent(&rig), "");
    assert_int_equal(rig.d.keep[SITOP_KEEP_CLOSED], 0);
}

static void test_given_up(void **state)
{
    (void)state;
    ups.deaf_to = 1;
    assert_int_equal(until_first_letter(), DRV_MORE);
    assert_int_equal(rig.d.driver->abandon(&rig.d, &rig.r), UPS_E_TIMEOUT);
    assert_string_equal(rig.d.why, "sent 1 times, not confirmed");
    rig_bursts(&rig, RIG_NORMAL, 3000);
    assert_string_equal(rig_sent(&rig), ""); /* nothing more is sent */
    /* the next command begins from its beginning */
    assert_int_equal(run(UPS_COMMAND_SHUTDOWN_STAYOFF, by_default), DRV_DONE);
    assert_string_equal(ups.sent, "..R..S..");
}

static void test_given_up_before_it_was_sent(void **state)
{
    (void)state;
    assert_int_equal(rig.d.driver->command(&rig.d, UPS_COMMAND_SHUTDOWN_RETURN, by_default, &rig.r),
                     DRV_MORE);
    assert_int_equal(rig.d.driver->abandon(&rig.d, &rig.r), UPS_E_TIMEOUT);
    assert_string_equal(rig.d.why, "nothing was sent");
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        CASE(test_return_on_line),
        CASE(test_return_on_battery),
        CASE(test_stayoff_on_line),
        CASE(test_stayoff_on_battery),
        CASE(test_reboot),
        CASE(test_the_first_letter_is_taken),
        CASE(test_the_first_letter_is_lost),
        CASE(test_letters_are_lost_over_and_over),
        CASE(test_pace),
        CASE(test_the_units_delay),
        CASE(test_the_port_stays_closed),
        CASE(test_the_ups_is_deaf),
        CASE(test_silence_before_the_letter),
        CASE(test_stale),
        CASE(test_a_state_that_is_not_known),
        CASE(test_arguments),
        CASE(test_reboot_on_battery),
        CASE(test_no_interruption),
        CASE(test_unplugged_in_the_middle),
        CASE(test_given_up),
        CASE(test_given_up_before_it_was_sent),
    };

    return cmocka_run_group_tests_name("sitop commands", tests, NULL, NULL);
}
