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

#include "huawei_frames.h"
#include "huawei_rig.h"

static const struct ups_command_args defaults = {-1, -1, false};

static int command_with(struct rig *rig, enum ups_command command, struct ups_command_args args)
{
    tr_start(rig->t);
    assert_int_equal(rig_open(rig), DRV_DONE);
    return rig_command(rig, command, args);
}

static int command(struct rig *rig, enum ups_command command)
{
    return command_with(rig, command, defaults);
}

static void test_load_on(void **state)
{
    struct rig rig;

    (void)state;
    rig_healthy(&rig);
    rig_reads(&rig, 1024, HUAWEI_MODE_OFF);
    rig_writes(&rig, START);
    rig_reads(&rig, 1024, HUAWEI_MODE_OFF);
    rig_reads(&rig, 1028, 1);
    rig_reads(&rig, 1024, HUAWEI_MODE_OFF);
    rig_reads(&rig, 1028, 3);
    rig_reads(&rig, 1024, HUAWEI_MODE_MAINS);
    assert_int_equal(command(&rig, UPS_COMMAND_LOAD_ON), DRV_DONE);
    assert_true(rig_finish(&rig));
}

/* Register 1028 may still tell of the start before; it counts once it has said "starting". */
static void test_load_on_fails(void **state)
{
    struct rig rig;

    (void)state;
    rig_healthy(&rig);
    rig_reads(&rig, 1024, HUAWEI_MODE_OFF);
    rig_writes(&rig, START);
    rig_reads(&rig, 1024, HUAWEI_MODE_OFF);
    rig_reads(&rig, 1028, 2);
    rig_reads(&rig, 1024, HUAWEI_MODE_OFF);
    rig_reads(&rig, 1028, 1);
    rig_reads(&rig, 1024, HUAWEI_MODE_OFF);
    rig_reads(&rig, 1028, 2);
    assert_int_equal(command(&rig, UPS_COMMAND_LOAD_ON), UPS_E_REFUSED);
    assert_non_null(strstr(rig.d.why, "start has failed"));
    assert_true(rig_finish(&rig));
}

static void test_load_on_in_bypass(void **state)
{
    struct rig rig;

    (void)state;
    rig_healthy(&rig);
    rig_reads(&rig, 1024, HUAWEI_MODE_BYPASS);
    assert_int_equal(command(&rig, UPS_COMMAND_LOAD_ON), UPS_E_REFUSED);
    assert_true(rig_finish(&rig));
}

static void test_load_off(void **state)
{
    struct rig rig;

    (void)state;
    rig_healthy(&rig);
    rig_reads(&rig, 1024, HUAWEI_MODE_MAINS);
    rig_reads(&rig, 1045, 1);
    rig_writes(&rig, BYPASS_OFF);
    rig_reads(&rig, 1045, 0);
    rig_writes(&rig, SHUT_DOWN);
    rig_reads(&rig, 1024, HUAWEI_MODE_MAINS);
    rig_reads(&rig, 1024, HUAWEI_MODE_OFF);
    assert_int_equal(command(&rig, UPS_COMMAND_LOAD_OFF), DRV_DONE);
    assert_true(rig_finish(&rig));
}

/* On battery a unit that is off is dark: its silence is the proof. */
static void test_load_off_on_battery(void **state)
{
    struct rig rig;

    (void)state;
    rig_healthy(&rig);
    rig_reads(&rig, 1024, HUAWEI_MODE_BATTERY);
    rig_reads(&rig, 1045, 0);
    rig_writes(&rig, BYPASS_OFF);
    rig_reads(&rig, 1045, 0);
    rig_writes(&rig, SHUT_DOWN);
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
    rig_healthy(&rig);
    rig_reads(&rig, 1024, HUAWEI_MODE_MAINS);
    rig_reads(&rig, 1045, 0);
    rig_writes(&rig, BYPASS_OFF);
    rig_reads(&rig, 1045, 0);
    rig_writes(&rig, SHUT_DOWN);
    for (int i = 0; i < 3; i++)
        rig_read(&rig, 11024, 1, NULL);
    assert_int_equal(command(&rig, UPS_COMMAND_LOAD_OFF), UPS_E_TIMEOUT);
    assert_true(rig_finish(&rig));
}

static void expect_bypass_checks(struct rig *rig)
{
    rig_reads(rig, 1024, HUAWEI_MODE_ECO);
    rig_reads(rig, 40161, 0xfff9); /* every other alarm of that word */
    rig_reads(rig, 1004, 2161);
    rig_reads(rig, 1007, 500);
}

static void test_bypass(void **state)
{
    struct rig rig;

    (void)state;
    rig_healthy(&rig);
    expect_bypass_checks(&rig);
    rig_reads(&rig, 1045, 0);
    rig_writes(&rig, BYPASS_ON);
    rig_reads(&rig, 1045, 1);
    rig_writes(&rig, SHUT_DOWN);
    rig_reads(&rig, 1024, HUAWEI_MODE_BYPASS);
    assert_int_equal(command(&rig, UPS_COMMAND_BYPASS_START), DRV_DONE);
    assert_true(rig_finish(&rig));

    rig_healthy(&rig);
    rig_reads(&rig, 1024, HUAWEI_MODE_BYPASS);
    rig_writes(&rig, START);
    rig_reads(&rig, 1024, HUAWEI_MODE_BATTERY); /* the mains have failed meanwhile */
    rig_writes(&rig, BYPASS_OFF);
    rig_reads(&rig, 1045, 0);
    assert_int_equal(command(&rig, UPS_COMMAND_BYPASS_STOP), DRV_DONE);
    assert_true(rig_finish(&rig));
}

static void test_bypass_with_its_alarm(void **state)
{
    (void)state;
    for (unsigned bit = 1; bit <= 2; bit++) {
        struct rig rig;
        rig_healthy(&rig);
        rig_reads(&rig, 1024, HUAWEI_MODE_MAINS);
        rig_reads(&rig, 40161, (uint16_t)(1u << bit));
        assert_int_equal(command(&rig, UPS_COMMAND_BYPASS_START), UPS_E_REFUSED);
        assert_true(rig_finish(&rig));
    }
}

/* Once 1030 is out the bypass must stay permitted: without it the load would go off. */
static void test_bypass_permission_stays(void **state)
{
    struct rig rig;

    (void)state;
    rig_healthy(&rig);
    expect_bypass_checks(&rig);
    rig_reads(&rig, 1045, 0);
    rig_writes(&rig, BYPASS_ON);
    rig_reads(&rig, 1045, 1);
    rig_writes(&rig, SHUT_DOWN);
    for (int i = 0; i < 3; i++)
        rig_read(&rig, 11024, 1, NULL);
    assert_int_equal(command(&rig, UPS_COMMAND_BYPASS_START), UPS_E_TIMEOUT);
    assert_true(rig_finish(&rig));
}

static void expect_return(struct rig *rig)
{
    rig_reads(rig, 1044, 1);
    rig_writes(rig, AUTO_ON);
    rig_reads(rig, 1044, 1);
    rig_writes(rig, RESTART_60);
    rig_reads(rig, 1048, 1);
    rig_reads(rig, 1024, HUAWEI_MODE_BATTERY);
}

static void test_shutdown_return(void **state)
{
    struct rig rig;

    (void)state;
    rig_healthy(&rig);
    expect_return(&rig);
    rig_writes(&rig, RETURN_60);
    rig_reads(&rig, 1047, 9); /* it may be counting */
    assert_int_equal(command(&rig, UPS_COMMAND_SHUTDOWN_RETURN), DRV_DONE);
    assert_int_equal(rig_num(&rig, UPS_VAR_UPS_START_AUTO), UPS_YES);
    assert_true(rig_finish(&rig));
}

static void test_shutdown_return_with_delays(void **state)
{
    struct rig rig;

    (void)state;
    rig_healthy(&rig);
    rig_reads(&rig, 1044, 1);
    rig_writes(&rig, AUTO_ON);
    rig_reads(&rig, 1044, 1);
    rig_writes(&rig, "01 06 2B 28 27 0F 5B D2"); /* 9999 min */
    rig_reads(&rig, 1048, 9999);
    rig_reads(&rig, 1024, HUAWEI_MODE_BATTERY);
    rig_writes(&rig, "01 06 2B 27 03 DE B0 8D"); /* 99 min */
    rig_reads(&rig, 1047, 990);
    const struct ups_command_args most = {5940, 599940, false};
    assert_int_equal(command_with(&rig, UPS_COMMAND_SHUTDOWN_RETURN, most), DRV_DONE);
    const struct ups_command_args off = {5941, 60, false}, on = {60, 599941, false};
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
    rig_healthy(&rig);
    rig_reads(&rig, 1044, 1);
    rig_writes(&rig, AUTO_OFF);
    rig_reads(&rig, 1044, 0);
    rig_reads(&rig, 1024, HUAWEI_MODE_MAINS);
    rig_writes(&rig, STAYOFF_60);
    rig_reads(&rig, 1049, 10);
    assert_int_equal(command(&rig, UPS_COMMAND_SHUTDOWN_STAYOFF), DRV_DONE);
    assert_int_equal(rig_num(&rig, UPS_VAR_UPS_START_AUTO), UPS_NO);
    assert_true(rig_finish(&rig));
}

static void test_shutdown_stop(void **state)
{
    struct rig rig;

    (void)state;
    rig_healthy(&rig);
    rig_reads(&rig, 1024, HUAWEI_MODE_BYPASS);
    rig_writes(&rig, CANCEL);
    rig_reads(&rig, 1047, 0);
    rig_reads(&rig, 1049, 0);
    assert_int_equal(command(&rig, UPS_COMMAND_SHUTDOWN_STOP), DRV_DONE);
    assert_true(rig_finish(&rig));

    rig_healthy(&rig); /* the output is off and about to come back */
    rig_reads(&rig, 1024, HUAWEI_MODE_OFF);
    assert_int_equal(command(&rig, UPS_COMMAND_SHUTDOWN_STOP), UPS_E_REFUSED);
    assert_true(rig_finish(&rig));
}

/* Acknowledged, but nothing counts: cancelled, set back, reported. */
static void test_shutdown_not_shown(void **state)
{
    struct rig rig;

    (void)state;
    rig_healthy(&rig);
    rig_reads(&rig, 1044, 1);
    rig_writes(&rig, AUTO_OFF);
    rig_reads(&rig, 1044, 0);
    rig_reads(&rig, 1024, HUAWEI_MODE_MAINS);
    rig_writes(&rig, STAYOFF_60);
    for (int i = 0; i < 11; i++) /* each 300 ms for 3 s */
        rig_reads(&rig, 1049, 0);
    rig_reads(&rig, 1024, HUAWEI_MODE_MAINS);
    rig_writes(&rig, CANCEL);
    rig_writes(&rig, AUTO_ON);
    assert_int_equal(command(&rig, UPS_COMMAND_SHUTDOWN_STAYOFF), UPS_E_REFUSED);
    assert_non_null(strstr(rig.d.why, "countdown is cancelled"));
    assert_non_null(strstr(rig.log, "unseen-countdown = trust"));
    assert_true(rig_finish(&rig));
}

/* The same unit, known to count without showing it: its word is taken, and so for the way back. */
static void test_shutdown_trusted(void **state)
{
    struct rig rig;

    (void)state;
    rig_healthy(&rig);
    rig_option(&rig, "unseen-countdown", "trust");
    expect_return(&rig);
    rig_writes(&rig, RETURN_60);
    for (int i = 0; i < 11; i++)
        rig_reads(&rig, 1047, 0);
    rig_reads(&rig, 1024, HUAWEI_MODE_MAINS);
    rig_writes(&rig, CANCEL);
    rig_reads(&rig, 1047, 0);
    rig_reads(&rig, 1049, 0);
    assert_int_equal(command(&rig, UPS_COMMAND_SHUTDOWN_RETURN), DRV_DONE);
    assert_int_equal(rig.d.took.value, 60);
    assert_int_equal(rig.d.took.second, 60);
    assert_non_null(strstr(rig.log, "taken as counting"));
    static const struct ups_command_args none = {-1, -1, false};
    assert_int_equal(rig_command(&rig, UPS_COMMAND_SHUTDOWN_STOP, none), DRV_DONE);
    assert_true(rig_finish(&rig));
}

/* Trust is for what is acknowledged and reads 0; any other value is no countdown. */
static void test_shutdown_trusted_in_vain(void **state)
{
    struct rig rig;

    (void)state;
    rig_healthy(&rig);
    rig_option(&rig, "unseen-countdown", "trust");
    expect_return(&rig);
    rig_writes(&rig, RETURN_60);
    for (int i = 0; i < 11; i++)
        rig_reads(&rig, 1047, 99);
    rig_reads(&rig, 1024, HUAWEI_MODE_MAINS);
    rig_writes(&rig, CANCEL);
    assert_int_equal(command(&rig, UPS_COMMAND_SHUTDOWN_RETURN), UPS_E_REFUSED);
    assert_null(strstr(rig.log, "taken as counting"));
    assert_true(rig_finish(&rig));
}

/* Emergency power off is in the map of 6-20 kVA, and 1031 looks writable in some lists. */
static void test_never_written(void **state)
{
    static const uint16_t never[] = {1031, 1042, 2012, 2016};

    (void)state;
    for (int profile = HUAWEI_SMALL; profile <= HUAWEI_LARGE; profile++)
        for (unsigned c = 0; c < UPS_COMMAND_COUNT; c++) {
            const struct huawei_step *s =
                huawei_steps((enum huawei_profile)profile, (enum ups_command)c);
            for (; s && s->kind != HUAWEI_END; s++)
                for (size_t i = 0; i < sizeof never / sizeof *never; i++)
                    assert_int_not_equal(s->reg, never[i]);
        }
}

/* Off before anybody could look: cancelling would only take away the restart. */
static void test_shutdown_faster_than_the_look(void **state)
{
    struct rig rig;

    (void)state;
    rig_healthy(&rig);
    expect_return(&rig);
    rig_writes(&rig, "01 06 2B 27 00 01 F1 E5"); /* 6 s */
    for (int i = 0; i < 11; i++)
        rig_reads(&rig, 1047, 0);
    rig_reads(&rig, 1024, HUAWEI_MODE_OFF);
    assert_int_equal(command(&rig, UPS_COMMAND_SHUTDOWN_REBOOT), DRV_DONE);
    assert_true(rig_finish(&rig));
}

/* The echo of the start is lost: looked for, found, not repeated; not found, repeated. */
static void test_shutdown_echo_lost(void **state)
{
    struct rig rig;

    (void)state;
    rig_healthy(&rig);
    expect_return(&rig);
    tr_expect(rig.t, RETURN_60, NULL);
    rig_reads(&rig, 1047, 10);
    assert_int_equal(command(&rig, UPS_COMMAND_SHUTDOWN_RETURN), DRV_DONE);
    assert_true(rig_finish(&rig));

    rig_healthy(&rig);
    expect_return(&rig);
    tr_expect(rig.t, RETURN_60, NULL);
    for (int i = 0; i < 11; i++)
        rig_reads(&rig, 1047, 0);
    rig_writes(&rig, RETURN_60);
    rig_reads(&rig, 1047, 10);
    assert_int_equal(command(&rig, UPS_COMMAND_SHUTDOWN_RETURN), DRV_DONE);
    assert_true(rig_finish(&rig));
}

static void test_shutdown_silence(void **state)
{
    struct rig rig;

    (void)state;
    rig_healthy(&rig);
    expect_return(&rig);
    rig_writes(&rig, RETURN_60);
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
    rig_healthy(&rig);
    rig_writes(&rig, BUZZER_OFF);
    rig_reads(&rig, 1046, 1);
    assert_int_equal(command(&rig, UPS_COMMAND_BEEPER_DISABLE), DRV_DONE);
    assert_int_equal(rig_num(&rig, UPS_VAR_UPS_BEEPER_STATUS), UPS_NO);
    assert_true(rig_finish(&rig));

    rig_healthy(&rig);
    rig_reads(&rig, 1046, 1);
    tr_expect(rig.t, BUZZER_ON, NULL); /* executed; its echo is lost */
    rig_reads(&rig, 1046, 0);
    assert_int_equal(command(&rig, UPS_COMMAND_BEEPER_TOGGLE), DRV_DONE);
    assert_int_equal(rig_num(&rig, UPS_VAR_UPS_BEEPER_STATUS), UPS_YES);
    assert_true(rig_finish(&rig));

    rig_healthy(&rig);
    tr_expect(rig.t, BUZZER_OFF, BUZZER_ON); /* another value comes back */
    assert_int_equal(command(&rig, UPS_COMMAND_BEEPER_DISABLE), UPS_E_GARBLED);
    assert_true(rig_finish(&rig));
}

static void battery_test(enum ups_command which, const char *frame)
{
    struct rig rig;

    rig_healthy(&rig);
    rig_reads(&rig, 1024, HUAWEI_MODE_MAINS);
    rig_reads(&rig, 1043, 0x08);
    rig_reads(&rig, 40170, 0);
    rig_writes(&rig, frame);
    rig_reads(&rig, 1043, 0x0c);
    assert_int_equal(command(&rig, which), DRV_DONE);
    assert_true(rig_finish(&rig));
}

static void test_battery_tests(void **state)
{
    struct rig rig;

    (void)state;
    battery_test(UPS_COMMAND_TEST_BATTERY_START_QUICK, SHORT_TEST);
    battery_test(UPS_COMMAND_TEST_BATTERY_START_DEEP, DEEP_TEST);
    rig_healthy(&rig);
    rig_reads(&rig, 1043, 0x0c);
    rig_writes(&rig, STOP_TEST);
    rig_reads(&rig, 1043, 0x08);
    assert_int_equal(command(&rig, UPS_COMMAND_TEST_BATTERY_STOP), DRV_DONE);
    assert_true(rig_finish(&rig));
}

static void test_busy_then_damaged_then_refused(void **state)
{
    struct rig rig;

    (void)state;
    rig_healthy(&rig);
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
    rig_healthy(&rig);
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
        T(test_shutdown_trusted),
        T(test_shutdown_trusted_in_vain),
        T(test_never_written),
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
