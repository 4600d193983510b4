/* SPDX-License-Identifier: BSD-2-Clause */
/* The variables of a Huawei UPS2000 that can be written: frame by frame, and the driver's own. */
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

static void opened(struct rig *rig)
{
    tr_start(rig->t);
    assert_int_equal(rig_open(rig), DRV_DONE);
}

static const struct ups_setting *setting(const struct rig *rig, enum ups_var var)
{
    return ups_setting_find(&rig->d.caps, var);
}

/* -- what there is ------------------------------------------------------------------------------
 */

static void test_caps(void **state)
{
    struct rig rig;

    (void)state;
    rig_healthy(&rig);
    opened(&rig);
    const struct ups_caps *caps = &rig.d.caps;
    assert_int_equal(caps->setting_count, 5);
    for (unsigned i = 1; i < caps->setting_count; i++)
        assert_true(caps->setting[i - 1].var < caps->setting[i].var);
    assert_int_equal(setting(&rig, UPS_VAR_UPS_BEEPER_STATUS)->choices, 3); /* not muted */
    assert_int_equal(setting(&rig, UPS_VAR_UPS_START_AUTO)->choices, 3);
    assert_null(setting(&rig, UPS_VAR_UPS_ECO_ENABLED));
    const struct ups_setting *off = setting(&rig, UPS_VAR_UPS_DELAY_SHUTDOWN);
    assert_int_equal(off->min, 6000);
    assert_int_equal(off->max, 5940000);
    assert_int_equal(off->step, 6000);
    const struct ups_setting *on = setting(&rig, UPS_VAR_UPS_DELAY_START);
    assert_int_equal(on->min, 60000);
    assert_int_equal(on->max, 599940000);
    assert_int_equal(on->step, 60000);
    assert_int_equal(setting(&rig, UPS_VAR_UPS_DELAY_REBOOT)->max, 5940000);
    assert_int_equal(caps->off_most, 5940);
    assert_int_equal(caps->on_most, 599940);
    assert_true(rig_finish(&rig));
}

/* Only what the device has shown: 1046 without a value leaves the beeper alone, 1044 the rest. */
static void test_caps_of_less(void **state)
{
    struct rig rig;

    (void)state;
    rig_init(&rig, LINK_PORT_TTY);
    rig.control[3] = 0xffff;
    rig_expect_open(&rig);
    opened(&rig);
    assert_int_equal(rig.d.caps.setting_count, 4);
    assert_null(setting(&rig, UPS_VAR_UPS_BEEPER_STATUS));
    assert_int_equal(rig_set(&rig, UPS_VAR_UPS_BEEPER_STATUS, UPS_BEEPER_ENABLED),
                     UPS_E_UNSUPPORTED);
    assert_true(rig_finish(&rig));

    rig_init(&rig, LINK_PORT_TTY);
    rig.control[1] = 0xffff;
    rig_expect_open(&rig);
    opened(&rig);
    assert_int_equal(rig.d.caps.setting_count, 1);
    assert_int_equal(rig.d.caps.off_most, 0);
    assert_int_equal(rig.d.caps.on_most, 0);
    assert_int_equal(rig_set(&rig, UPS_VAR_UPS_DELAY_START, 60000), UPS_E_UNSUPPORTED);
    assert_true(rig_finish(&rig));
}

/* -- registers ----------------------------------------------------------------------------------
 */

/* The two variables that are registers, and what sets each choice. */
static const struct {
    enum ups_var var;
    int64_t choice;
    unsigned reg;
    uint16_t raw;
    const char *frame;
} registers[] = {
    {UPS_VAR_UPS_BEEPER_STATUS, UPS_BEEPER_ENABLED, 1046, 0, BUZZER_ON},
    {UPS_VAR_UPS_BEEPER_STATUS, UPS_BEEPER_DISABLED, 1046, 1, BUZZER_OFF},
    {UPS_VAR_UPS_START_AUTO, UPS_YES, 1044, 1, AUTO_ON},
    {UPS_VAR_UPS_START_AUTO, UPS_NO, 1044, 0, AUTO_OFF},
};

#define EACH(i) (size_t i = 0; i < sizeof registers / sizeof *registers; i++)

/* A device whose register reads the other choice. */
static int64_t other_way(struct rig *rig, size_t i)
{
    rig_init(rig, LINK_PORT_TTY);
    rig->control[registers[i].reg - 1043] = !registers[i].raw;
    rig_expect_open(rig);
    return !registers[i].choice;
}

static int set(struct rig *rig, size_t i)
{
    opened(rig);
    return rig_set(rig, registers[i].var, registers[i].choice);
}

static void test_register(void **state)
{
    (void)state;
    for
        EACH(i)
        {
            struct rig rig;
            int64_t before = other_way(&rig, i);
            rig_writes(&rig, registers[i].frame);
            rig_reads(&rig, registers[i].reg, !registers[i].raw); /* not at once */
            rig_reads(&rig, registers[i].reg, registers[i].raw);
            opened(&rig);
            assert_int_equal(rig_num(&rig, registers[i].var), before);
            assert_int_equal(rig_set(&rig, registers[i].var, registers[i].choice), DRV_DONE);
            assert_int_equal(rig_num(&rig, registers[i].var), registers[i].choice);
            assert_int_equal(rig.d.took.value, -1);
            assert_int_equal(rig.d.took.second, -1);
            assert_true(rig_finish(&rig));
        }
}

static void test_register_refused(void **state)
{
    (void)state;
    for
        EACH(i)
        {
            struct rig rig;
            int64_t before = other_way(&rig, i);
            tr_expect(rig.t, registers[i].frame, "01 86 04 43 A3");
            assert_int_equal(set(&rig, i), UPS_E_REFUSED);
            assert_non_null(strstr(rig.d.why, "exception 4"));
            assert_int_equal(rig_num(&rig, registers[i].var), before);
            assert_true(rig_finish(&rig));
        }
}

static void test_register_echo_without_effect(void **state)
{
    (void)state;
    for
        EACH(i)
        {
            struct rig rig;
            int64_t before = other_way(&rig, i);
            rig_writes(&rig, registers[i].frame);
            for (int look = 0; look < 11; look++) /* each 300 ms for 3 s */
                rig_reads(&rig, registers[i].reg, !registers[i].raw);
            assert_int_equal(set(&rig, i), UPS_E_REFUSED);
            assert_non_null(strstr(rig.d.why, "not done it"));
            assert_int_equal(rig_num(&rig, registers[i].var), before);
            assert_true(rig_finish(&rig));
        }
}

/* Looked for, found: not repeated. */
static void test_register_echo_lost(void **state)
{
    (void)state;
    for
        EACH(i)
        {
            struct rig rig;
            (void)other_way(&rig, i);
            tr_expect(rig.t, registers[i].frame, NULL);
            rig_reads(&rig, registers[i].reg, registers[i].raw);
            assert_int_equal(set(&rig, i), DRV_DONE);
            assert_int_equal(rig_num(&rig, registers[i].var), registers[i].choice);
            assert_true(rig_finish(&rig));
        }
}

/* The request is lost: repeated, because nothing came of it. */
static void test_register_request_lost(void **state)
{
    (void)state;
    for
        EACH(i)
        {
            struct rig rig;
            (void)other_way(&rig, i);
            tr_expect(rig.t, registers[i].frame, NULL);
            for (int look = 0; look < 11; look++)
                rig_reads(&rig, registers[i].reg, !registers[i].raw);
            rig_writes(&rig, registers[i].frame);
            rig_reads(&rig, registers[i].reg, registers[i].raw);
            assert_int_equal(set(&rig, i), DRV_DONE);
            assert_true(rig_finish(&rig));
        }
}

static void test_register_other_echo(void **state)
{
    (void)state;
    for
        EACH(i)
        {
            struct rig rig;
            (void)other_way(&rig, i);
            tr_expect(rig.t, registers[i].frame, registers[i ^ 1].frame);
            assert_int_equal(set(&rig, i), UPS_E_GARBLED);
            assert_true(rig_finish(&rig));
        }
}

/* Nothing is sent. */
static void test_register_out_of_range(void **state)
{
    struct rig rig;

    (void)state;
    rig_healthy(&rig);
    opened(&rig);
    assert_int_equal(rig_set(&rig, UPS_VAR_UPS_BEEPER_STATUS, UPS_BEEPER_MUTED), UPS_E_INVALID);
    assert_int_equal(rig_set(&rig, UPS_VAR_UPS_BEEPER_STATUS, -1), UPS_E_INVALID);
    assert_int_equal(rig_set(&rig, UPS_VAR_UPS_START_AUTO, 2), UPS_E_INVALID);
    assert_int_equal(rig_set(&rig, UPS_VAR_BATTERY_CHARGE, 50000), UPS_E_UNSUPPORTED);
    assert_int_equal(rig_set(&rig, UPS_VAR_UPS_MODEL, 0), UPS_E_UNSUPPORTED);
    assert_int_equal(rig_set(&rig, UPS_VAR_COUNT, 0), UPS_E_UNSUPPORTED);
    assert_true(rig_finish(&rig));
}

/* After a silence the first question is who answers. */
static void test_identity_comes_first(void **state)
{
    struct rig rig;

    (void)state;
    rig_healthy(&rig);
    tr_expect(rig.t, RIG_ID_ASK, RIG_ID);
    rig_writes(&rig, BUZZER_OFF);
    rig_reads(&rig, 1046, 1);
    opened(&rig);
    ((struct huawei *)rig.d.state)->reident = true;
    assert_int_equal(rig_set(&rig, UPS_VAR_UPS_BEEPER_STATUS, UPS_BEEPER_DISABLED), DRV_DONE);
    assert_true(rig_finish(&rig));
}

/* Whoever sets 1044 while a shut-down is counted wants it so: cancelling leaves it. */
static void test_start_auto_during_a_countdown(void **state)
{
    static const struct ups_command_args defaults = {-1, -1, false};
    struct rig rig;

    (void)state;
    rig_healthy(&rig);
    rig_reads(&rig, 1044, 0);
    rig_writes(&rig, AUTO_ON);
    rig_reads(&rig, 1044, 1);
    rig_writes(&rig, RESTART_60);
    rig_reads(&rig, 1048, 1);
    rig_reads(&rig, 1024, HUAWEI_MODE_MAINS);
    rig_writes(&rig, RETURN_60);
    rig_reads(&rig, 1047, 10);
    rig_writes(&rig, AUTO_ON);
    rig_reads(&rig, 1044, 1);
    rig_reads(&rig, 1024, HUAWEI_MODE_MAINS);
    rig_writes(&rig, CANCEL);
    rig_reads(&rig, 1047, 0);
    rig_reads(&rig, 1049, 0);
    opened(&rig);
    assert_int_equal(rig_command(&rig, UPS_COMMAND_SHUTDOWN_RETURN, defaults), DRV_DONE);
    assert_int_equal(rig_set(&rig, UPS_VAR_UPS_START_AUTO, UPS_YES), DRV_DONE);
    assert_int_equal(rig_command(&rig, UPS_COMMAND_SHUTDOWN_STOP, defaults), DRV_DONE);
    assert_true(rig_finish(&rig));
}

/* -- delays -------------------------------------------------------------------------------------
 */

static const struct {
    enum ups_var var;
    int64_t set, kept; /* thousandths; -1: refused */
} delays[] = {
    {UPS_VAR_UPS_DELAY_SHUTDOWN, 6000, 6000},
    {UPS_VAR_UPS_DELAY_SHUTDOWN, 6001, 12000},
    {UPS_VAR_UPS_DELAY_SHUTDOWN, 5940000, 5940000},
    {UPS_VAR_UPS_DELAY_SHUTDOWN, 5940001, -1},
    {UPS_VAR_UPS_DELAY_SHUTDOWN, 5999, -1},
    {UPS_VAR_UPS_DELAY_SHUTDOWN, -1, -1},
    {UPS_VAR_UPS_DELAY_START, 60000, 60000},
    {UPS_VAR_UPS_DELAY_START, 61000, 120000},
    {UPS_VAR_UPS_DELAY_START, 599940000, 599940000},
    {UPS_VAR_UPS_DELAY_START, 599941000, -1},
    {UPS_VAR_UPS_DELAY_START, 0, -1},
    {UPS_VAR_UPS_DELAY_REBOOT, 7000, 12000},
    {UPS_VAR_UPS_DELAY_REBOOT, 5940000, 5940000},
    {UPS_VAR_UPS_DELAY_REBOOT, 5941000, -1},
};

/* The device has nothing to do with them: not a byte is sent. */
static void test_delays(void **state)
{
    struct rig rig;

    (void)state;
    rig_healthy(&rig);
    opened(&rig);
    for (size_t i = 0; i < sizeof delays / sizeof *delays; i++) {
        int64_t before = rig_num(&rig, delays[i].var);
        int rc = rig_set(&rig, delays[i].var, delays[i].set);
        assert_int_equal(rc, delays[i].kept < 0 ? UPS_E_INVALID : DRV_DONE);
        assert_int_equal(rig_num(&rig, delays[i].var),
                         delays[i].kept < 0 ? before : delays[i].kept);
    }
    assert_true(rig_finish(&rig));
}

/* Each is what its commands take from then on, and after the device was opened anew. */
static void test_delays_are_used(void **state)
{
    static const struct ups_command_args defaults = {-1, -1, false};
    struct rig rig;

    (void)state;
    rig_healthy(&rig);
    rig_option(&rig, "offdelay", "6");
    for (int i = 0; i < 2; i++) {
        rig_expect_open(&rig);
        rig_reads(&rig, 1044, 1);
        rig_writes(&rig, AUTO_ON);
        rig_reads(&rig, 1044, 1);
        rig_writes(&rig, RESTART_120);
        rig_reads(&rig, 1048, 2);
        rig_reads(&rig, 1024, HUAWEI_MODE_MAINS);
        rig_writes(&rig, i ? RETURN_36 : RETURN_60);
        rig_reads(&rig, 1047, i ? 6 : 10);
    }
    opened(&rig);
    assert_int_equal(rig_set(&rig, UPS_VAR_UPS_DELAY_SHUTDOWN, 55000), DRV_DONE);
    assert_int_equal(rig_set(&rig, UPS_VAR_UPS_DELAY_START, 120000), DRV_DONE);
    assert_int_equal(rig_set(&rig, UPS_VAR_UPS_DELAY_REBOOT, 31000), DRV_DONE);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(rig_reopen(&rig), DRV_DONE);
        assert_int_equal(rig_num(&rig, UPS_VAR_UPS_DELAY_SHUTDOWN), 60000);
        assert_int_equal(rig_num(&rig, UPS_VAR_UPS_DELAY_START), 120000);
        assert_int_equal(rig_num(&rig, UPS_VAR_UPS_DELAY_REBOOT), 36000);
        assert_int_equal(
            rig_command(&rig,
                        i ? UPS_COMMAND_SHUTDOWN_REBOOT_GRACEFUL : UPS_COMMAND_SHUTDOWN_RETURN,
                        defaults),
            DRV_DONE);
        assert_int_equal(rig.d.took.value, i ? 36 : 60);
        assert_int_equal(rig.d.took.second, 120);
    }
    assert_true(rig_finish(&rig));
}

#define T(name) cmocka_unit_test(name)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_caps),
        T(test_caps_of_less),
        T(test_register),
        T(test_register_refused),
        T(test_register_echo_without_effect),
        T(test_register_echo_lost),
        T(test_register_request_lost),
        T(test_register_other_echo),
        T(test_register_out_of_range),
        T(test_identity_comes_first),
        T(test_start_auto_during_a_countdown),
        T(test_delays),
        T(test_delays_are_used),
    };

    signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests_name("huawei settings", tests, NULL, NULL);
}
