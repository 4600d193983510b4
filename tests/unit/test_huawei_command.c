/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Instant commands of the Huawei driver, frame by frame.  Write requests stand here byte for byte
 * (function 06; start is the one that G13 prints in chapter 3); what is read is built by the rig.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "huawei_rig.h"

#define START      "01 06 2B 15 00 01 50 2A"
#define SHUT_DOWN  "01 06 2B 16 00 01 A0 2A"
#define AUTO_OFF   "01 06 2B 24 00 00 C0 25"
#define AUTO_ON    "01 06 2B 24 00 01 01 E5"
#define BYPASS_OFF "01 06 2B 25 00 00 91 E5"
#define BYPASS_ON  "01 06 2B 25 00 01 50 25"
#define BUZZER_ON  "01 06 2B 26 00 00 61 E5"
#define BUZZER_OFF "01 06 2B 26 00 01 A0 25"
#define RETURN_60  "01 06 2B 27 00 0A B0 22"
#define RESTART_60 "01 06 2B 28 00 01 C1 E6"
#define STAYOFF_60 "01 06 2B 29 00 0A D1 E1"
#define CANCEL     "01 06 2B 2A 00 01 60 26"
#define DEEP_TEST  "01 06 2E F5 00 01 51 10"
#define STOP_TEST  "01 06 2E F7 00 01 F0 D0"
#define SHORT_TEST "01 06 2E FC 00 01 81 12"

static const struct ups_command_args defaults = {-1, -1};

static void healthy(struct rig *rig)
{
    rig_init(rig, LINK_PORT_TTY);
    rig_expect_open(rig);
}

/* A write and its echo. */
static void writes(struct rig *rig, const char *frame)
{
    tr_expect(rig->t, frame, frame);
}

/* One register reads as given. */
static void reads(struct rig *rig, unsigned base, uint16_t value)
{
    rig_read(rig, base + (base >= 40000 ? 1024u : 10000u), 1, &value);
}

static int command_with(struct rig *rig, enum ups_command command, struct ups_command_args args)
{
    int rc;

    tr_start(rig->t);
    assert_int_equal(rig_open(rig), DRV_DONE);
    while ((rc = rig->d.driver->command(&rig->d, command, args, &rig->r)) == DRV_MORE)
        if (rig->d.not_before_ms > rig->now_ms)
            rig->now_ms = rig->d.not_before_ms;
    if (rc)
        print_message("# %s\n", rig->d.why);
    return rc;
}

static int command(struct rig *rig, enum ups_command command)
{
    return command_with(rig, command, defaults);
}

static void test_load_on(void **state)
{
    struct rig rig;

    (void)state;
    healthy(&rig);
    reads(&rig, 1024, HUAWEI_MODE_OFF);
    writes(&rig, START);
    reads(&rig, 1024, HUAWEI_MODE_OFF);
    reads(&rig, 1028, 1);
    reads(&rig, 1024, HUAWEI_MODE_OFF);
    reads(&rig, 1028, 3);
    reads(&rig, 1024, HUAWEI_MODE_MAINS);
    assert_int_equal(command(&rig, UPS_COMMAND_LOAD_ON), DRV_DONE);
    assert_true(rig_finish(&rig));
}

/* Register 1028 may still tell of the start before; it counts once it has said "starting". */
static void test_load_on_fails(void **state)
{
    struct rig rig;

    (void)state;
    healthy(&rig);
    reads(&rig, 1024, HUAWEI_MODE_OFF);
    writes(&rig, START);
    reads(&rig, 1024, HUAWEI_MODE_OFF);
    reads(&rig, 1028, 2);
    reads(&rig, 1024, HUAWEI_MODE_OFF);
    reads(&rig, 1028, 1);
    reads(&rig, 1024, HUAWEI_MODE_OFF);
    reads(&rig, 1028, 2);
    assert_int_equal(command(&rig, UPS_COMMAND_LOAD_ON), UPS_E_REFUSED);
    assert_non_null(strstr(rig.d.why, "start has failed"));
    assert_true(rig_finish(&rig));
}

static void test_load_on_in_bypass(void **state)
{
    struct rig rig;

    (void)state;
    healthy(&rig);
    reads(&rig, 1024, HUAWEI_MODE_BYPASS);
    assert_int_equal(command(&rig, UPS_COMMAND_LOAD_ON), UPS_E_REFUSED);
    assert_true(rig_finish(&rig));
}

static void test_load_off(void **state)
{
    struct rig rig;

    (void)state;
    healthy(&rig);
    reads(&rig, 1024, HUAWEI_MODE_MAINS);
    reads(&rig, 1045, 1);
    writes(&rig, BYPASS_OFF);
    reads(&rig, 1045, 0);
    writes(&rig, SHUT_DOWN);
    reads(&rig, 1024, HUAWEI_MODE_MAINS);
    reads(&rig, 1024, HUAWEI_MODE_OFF);
    assert_int_equal(command(&rig, UPS_COMMAND_LOAD_OFF), DRV_DONE);
    assert_true(rig_finish(&rig));
}

/* On battery a unit that is off is dark: its silence is the proof. */
static void test_load_off_on_battery(void **state)
{
    struct rig rig;

    (void)state;
    healthy(&rig);
    reads(&rig, 1024, HUAWEI_MODE_BATTERY);
    reads(&rig, 1045, 0);
    writes(&rig, BYPASS_OFF);
    reads(&rig, 1045, 0);
    writes(&rig, SHUT_DOWN);
    for (int i = 0; i < 3; i++)
        rig_read(&rig, 11024, 1, NULL);
    assert_int_equal(command(&rig, UPS_COMMAND_LOAD_OFF), DRV_DONE);
    assert_true(rig_finish(&rig));
}

/* On mains it is not. */
static void test_load_off_then_silence(void **state)
{
    struct rig rig;

    (void)state;
    healthy(&rig);
    reads(&rig, 1024, HUAWEI_MODE_MAINS);
    reads(&rig, 1045, 0);
    writes(&rig, BYPASS_OFF);
    reads(&rig, 1045, 0);
    writes(&rig, SHUT_DOWN);
    for (int i = 0; i < 3; i++)
        rig_read(&rig, 11024, 1, NULL);
    assert_int_equal(command(&rig, UPS_COMMAND_LOAD_OFF), UPS_E_TIMEOUT);
    assert_true(rig_finish(&rig));
}

static void expect_bypass_checks(struct rig *rig)
{
    reads(rig, 1024, HUAWEI_MODE_ECO);
    reads(rig, 40161, 0xfff9); /* every other alarm of that word */
    reads(rig, 1004, 2161);
    reads(rig, 1007, 500);
}

static void test_bypass(void **state)
{
    struct rig rig;

    (void)state;
    healthy(&rig);
    expect_bypass_checks(&rig);
    reads(&rig, 1045, 0);
    writes(&rig, BYPASS_ON);
    reads(&rig, 1045, 1);
    writes(&rig, SHUT_DOWN);
    reads(&rig, 1024, HUAWEI_MODE_BYPASS);
    assert_int_equal(command(&rig, UPS_COMMAND_BYPASS_START), DRV_DONE);
    assert_true(rig_finish(&rig));

    healthy(&rig);
    reads(&rig, 1024, HUAWEI_MODE_BYPASS);
    writes(&rig, START);
    reads(&rig, 1024, HUAWEI_MODE_BATTERY); /* the mains have failed meanwhile */
    writes(&rig, BYPASS_OFF);
    reads(&rig, 1045, 0);
    assert_int_equal(command(&rig, UPS_COMMAND_BYPASS_STOP), DRV_DONE);
    assert_true(rig_finish(&rig));
}

static void test_bypass_with_its_alarm(void **state)
{
    (void)state;
    for (unsigned bit = 1; bit <= 2; bit++) {
        struct rig rig;
        healthy(&rig);
        reads(&rig, 1024, HUAWEI_MODE_MAINS);
        reads(&rig, 40161, (uint16_t)(1u << bit));
        assert_int_equal(command(&rig, UPS_COMMAND_BYPASS_START), UPS_E_REFUSED);
        assert_true(rig_finish(&rig));
    }
}

/* Once 1030 is out the bypass must stay permitted: without it the load would go off. */
static void test_bypass_permission_stays(void **state)
{
    struct rig rig;

    (void)state;
    healthy(&rig);
    expect_bypass_checks(&rig);
    reads(&rig, 1045, 0);
    writes(&rig, BYPASS_ON);
    reads(&rig, 1045, 1);
    writes(&rig, SHUT_DOWN);
    for (int i = 0; i < 3; i++)
        rig_read(&rig, 11024, 1, NULL);
    assert_int_equal(command(&rig, UPS_COMMAND_BYPASS_START), UPS_E_TIMEOUT);
    assert_true(rig_finish(&rig));
}

static void expect_return(struct rig *rig)
{
    reads(rig, 1044, 1);
    writes(rig, AUTO_ON);
    reads(rig, 1044, 1);
    writes(rig, RESTART_60);
    reads(rig, 1048, 1);
    reads(rig, 1024, HUAWEI_MODE_BATTERY);
}

static void test_shutdown_return(void **state)
{
    struct rig rig;

    (void)state;
    healthy(&rig);
    expect_return(&rig);
    writes(&rig, RETURN_60);
    reads(&rig, 1047, 9); /* it may be counting */
    assert_int_equal(command(&rig, UPS_COMMAND_SHUTDOWN_RETURN), DRV_DONE);
    assert_int_equal(rig_num(&rig, UPS_VAR_UPS_START_AUTO), UPS_YES);
    assert_true(rig_finish(&rig));
}

static void test_shutdown_return_with_delays(void **state)
{
    struct rig rig;

    (void)state;
    healthy(&rig);
    reads(&rig, 1044, 1);
    writes(&rig, AUTO_ON);
    reads(&rig, 1044, 1);
    writes(&rig, "01 06 2B 28 27 0F 5B D2"); /* 9999 min */
    reads(&rig, 1048, 9999);
    reads(&rig, 1024, HUAWEI_MODE_BATTERY);
    writes(&rig, "01 06 2B 27 03 DE B0 8D"); /* 99 min */
    reads(&rig, 1047, 990);
    const struct ups_command_args most = {5940, 599940};
    assert_int_equal(command_with(&rig, UPS_COMMAND_SHUTDOWN_RETURN, most), DRV_DONE);
    const struct ups_command_args off = {5941, 60}, on = {60, 599941};
    assert_int_equal(rig.d.driver->command(&rig.d, UPS_COMMAND_SHUTDOWN_RETURN, off, &rig.r),
                     UPS_E_INVALID);
    assert_int_equal(rig.d.driver->command(&rig.d, UPS_COMMAND_SHUTDOWN_RETURN, on, &rig.r),
                     UPS_E_INVALID);
    assert_true(rig_finish(&rig));
}

static void test_shutdown_stayoff(void **state)
{
    struct rig rig;

    (void)state;
    healthy(&rig);
    reads(&rig, 1044, 1);
    writes(&rig, AUTO_OFF);
    reads(&rig, 1044, 0);
    reads(&rig, 1024, HUAWEI_MODE_MAINS);
    writes(&rig, STAYOFF_60);
    reads(&rig, 1049, 10);
    assert_int_equal(command(&rig, UPS_COMMAND_SHUTDOWN_STAYOFF), DRV_DONE);
    assert_int_equal(rig_num(&rig, UPS_VAR_UPS_START_AUTO), UPS_NO);
    assert_true(rig_finish(&rig));
}

static void test_shutdown_stop(void **state)
{
    struct rig rig;

    (void)state;
    healthy(&rig);
    reads(&rig, 1024, HUAWEI_MODE_BYPASS);
    writes(&rig, CANCEL);
    reads(&rig, 1047, 0);
    reads(&rig, 1049, 0);
    assert_int_equal(command(&rig, UPS_COMMAND_SHUTDOWN_STOP), DRV_DONE);
    assert_true(rig_finish(&rig));

    healthy(&rig); /* the output is off and about to come back */
    reads(&rig, 1024, HUAWEI_MODE_OFF);
    assert_int_equal(command(&rig, UPS_COMMAND_SHUTDOWN_STOP), UPS_E_REFUSED);
    assert_true(rig_finish(&rig));
}

/* Acknowledged, but nothing counts: cancelled, set back, reported. */
static void test_shutdown_not_shown(void **state)
{
    struct rig rig;

    (void)state;
    healthy(&rig);
    reads(&rig, 1044, 1);
    writes(&rig, AUTO_OFF);
    reads(&rig, 1044, 0);
    reads(&rig, 1024, HUAWEI_MODE_MAINS);
    writes(&rig, STAYOFF_60);
    for (int i = 0; i < 11; i++) /* each 300 ms for 3 s */
        reads(&rig, 1049, 0);
    reads(&rig, 1024, HUAWEI_MODE_MAINS);
    writes(&rig, CANCEL);
    writes(&rig, AUTO_ON);
    assert_int_equal(command(&rig, UPS_COMMAND_SHUTDOWN_STAYOFF), UPS_E_REFUSED);
    assert_non_null(strstr(rig.d.why, "countdown is cancelled"));
    assert_true(rig_finish(&rig));
}

/* Off before anybody could look: cancelling would only take away the restart. */
static void test_shutdown_faster_than_the_look(void **state)
{
    struct rig rig;

    (void)state;
    healthy(&rig);
    expect_return(&rig);
    writes(&rig, "01 06 2B 27 00 01 F1 E5"); /* 6 s */
    for (int i = 0; i < 11; i++)
        reads(&rig, 1047, 0);
    reads(&rig, 1024, HUAWEI_MODE_OFF);
    assert_int_equal(command(&rig, UPS_COMMAND_SHUTDOWN_REBOOT), DRV_DONE);
    assert_true(rig_finish(&rig));
}

/* The echo of the start is lost: looked for, found, not repeated; not found, repeated. */
static void test_shutdown_echo_lost(void **state)
{
    struct rig rig;

    (void)state;
    healthy(&rig);
    expect_return(&rig);
    tr_expect(rig.t, RETURN_60, NULL);
    reads(&rig, 1047, 10);
    assert_int_equal(command(&rig, UPS_COMMAND_SHUTDOWN_RETURN), DRV_DONE);
    assert_true(rig_finish(&rig));

    healthy(&rig);
    expect_return(&rig);
    tr_expect(rig.t, RETURN_60, NULL);
    for (int i = 0; i < 11; i++)
        reads(&rig, 1047, 0);
    writes(&rig, RETURN_60);
    reads(&rig, 1047, 10);
    assert_int_equal(command(&rig, UPS_COMMAND_SHUTDOWN_RETURN), DRV_DONE);
    assert_true(rig_finish(&rig));
}

static void test_shutdown_silence(void **state)
{
    struct rig rig;

    (void)state;
    healthy(&rig);
    expect_return(&rig);
    writes(&rig, RETURN_60);
    for (int i = 0; i < 3; i++)
        rig_read(&rig, 11047, 1, NULL);
    for (int i = 0; i < 3; i++)
        rig_read(&rig, 11024, 1, NULL);
    assert_int_equal(command(&rig, UPS_COMMAND_SHUTDOWN_RETURN), UPS_E_TIMEOUT);
    assert_non_null(strstr(rig.d.why, "a countdown may run"));
    assert_true(rig_finish(&rig));
}

static void test_beeper(void **state)
{
    struct rig rig;

    (void)state;
    healthy(&rig);
    writes(&rig, BUZZER_OFF);
    reads(&rig, 1046, 1);
    assert_int_equal(command(&rig, UPS_COMMAND_BEEPER_DISABLE), DRV_DONE);
    assert_int_equal(rig_num(&rig, UPS_VAR_UPS_BEEPER_STATUS), UPS_NO);
    assert_true(rig_finish(&rig));

    healthy(&rig);
    reads(&rig, 1046, 1);
    tr_expect(rig.t, BUZZER_ON, NULL); /* executed; its echo is lost */
    reads(&rig, 1046, 0);
    assert_int_equal(command(&rig, UPS_COMMAND_BEEPER_TOGGLE), DRV_DONE);
    assert_int_equal(rig_num(&rig, UPS_VAR_UPS_BEEPER_STATUS), UPS_YES);
    assert_true(rig_finish(&rig));

    healthy(&rig);
    tr_expect(rig.t, BUZZER_OFF, BUZZER_ON); /* another value comes back */
    assert_int_equal(command(&rig, UPS_COMMAND_BEEPER_DISABLE), UPS_E_GARBLED);
    assert_true(rig_finish(&rig));
}

static void battery_test(enum ups_command which, const char *frame)
{
    struct rig rig;

    healthy(&rig);
    reads(&rig, 1024, HUAWEI_MODE_MAINS);
    reads(&rig, 1043, 0x08);
    reads(&rig, 40170, 0);
    writes(&rig, frame);
    reads(&rig, 1043, 0x0c);
    assert_int_equal(command(&rig, which), DRV_DONE);
    assert_true(rig_finish(&rig));
}

static void test_battery_tests(void **state)
{
    struct rig rig;

    (void)state;
    battery_test(UPS_COMMAND_TEST_BATTERY_START_QUICK, SHORT_TEST);
    battery_test(UPS_COMMAND_TEST_BATTERY_START_DEEP, DEEP_TEST);
    healthy(&rig);
    reads(&rig, 1043, 0x0c);
    writes(&rig, STOP_TEST);
    reads(&rig, 1043, 0x08);
    assert_int_equal(command(&rig, UPS_COMMAND_TEST_BATTERY_STOP), DRV_DONE);
    assert_true(rig_finish(&rig));
}

static void test_busy_then_damaged_then_refused(void **state)
{
    struct rig rig;

    (void)state;
    healthy(&rig);
    tr_expect(rig.t, BUZZER_OFF, "01 86 05 82 63");
    tr_expect(rig.t, BUZZER_OFF, "01 86 03 02 61");
    tr_expect(rig.t, BUZZER_OFF, "01 86 04 43 A3");
    int64_t before = rig.now_ms;
    assert_int_equal(command(&rig, UPS_COMMAND_BEEPER_DISABLE), UPS_E_REFUSED);
    assert_true(rig.now_ms - before >= 2000);
    assert_true(rig_finish(&rig));
}

/* After a silence the first question is who answers, before anything is written. */
static void test_other_unit_is_not_commanded(void **state)
{
    struct rig rig;

    (void)state;
    healthy(&rig);
    tr_expect(rig.t, RIG_ID_ASK,
              "01 2B 0E 03 03 00 00 02 87 04 00 00 00 01 88 20 31 3D 55 50 53 32 30 30 30 47 3B "
              "32 3D 56 32 3B 33 3D 50 31 3B 34 3D 4F 54 48 45 52 3B 35 3D 31 11 17");
    tr_start(rig.t);
    assert_int_equal(rig_open(&rig), DRV_DONE);
    ((struct huawei *)rig.d.state)->reident = true;
    assert_int_equal(rig.d.driver->command(&rig.d, UPS_COMMAND_LOAD_OFF, defaults, &rig.r),
                     UPS_E_DISCONNECTED);
    assert_true(rig_finish(&rig));
}

#define T(name) cmocka_unit_test(name)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_load_on),
        T(test_load_on_fails),
        T(test_load_on_in_bypass),
        T(test_load_off),
        T(test_load_off_on_battery),
        T(test_load_off_then_silence),
        T(test_bypass),
        T(test_bypass_with_its_alarm),
        T(test_bypass_permission_stays),
        T(test_shutdown_return),
        T(test_shutdown_return_with_delays),
        T(test_shutdown_stayoff),
        T(test_shutdown_stop),
        T(test_shutdown_not_shown),
        T(test_shutdown_faster_than_the_look),
        T(test_shutdown_echo_lost),
        T(test_shutdown_silence),
        T(test_beeper),
        T(test_battery_tests),
        T(test_busy_then_damaged_then_refused),
        T(test_other_unit_is_not_commanded),
    };

    signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests_name("huawei commands", tests, NULL, NULL);
}
