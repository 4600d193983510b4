/* SPDX-License-Identifier: BSD-2-Clause */
/* The SITOP driver: opening, what bursts mean, silence, noise, and the wire coming and going. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sitop_rig.h"

static struct rig rig;

static int setup(void **state)
{
    (void)state;
    rig_healthy(&rig);
    return 0;
}

static int setup_closed(void **state)
{
    (void)state;
    rig_init(&rig, LINK_PORT_TTY);
    rig_steps(&rig);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    rig_fini(&rig);
    return 0;
}

/* -- opening ---------------------------------------------------------------------------------- */

static void test_open(void **state)
{
    (void)state;
    assert_true(rig.d.wait_fd >= 0);
    rig_burst(&rig, RIG_NORMAL);
    assert_false(rig.open);
    rig_burst(&rig, RIG_NORMAL);
    assert_true(rig.open);
    assert_string_equal(ups_text(&rig.r, UPS_VAR_UPS_MFR), "Siemens");
    assert_string_equal(ups_text(&rig.r, UPS_VAR_UPS_MODEL), "SITOP UPS500 series");
    assert_string_equal(rig_status(&rig), "OL");
    assert_string_equal(rig_charge(&rig), ">85");
    assert_int_equal(rig.r.raw_len, 20);
    assert_memory_equal(rig.r.raw, "BUFRDBA>85DC_OK*****", 20);
    assert_true(rig.r.taken_ms > 0);
    assert_int_equal(rig.d.caps.commands, UPS_COMMAND_BIT(SHUTDOWN_RETURN) |
                                              UPS_COMMAND_BIT(SHUTDOWN_STAYOFF) |
                                              UPS_COMMAND_BIT(SHUTDOWN_REBOOT));
    assert_int_equal(rig.d.caps.off_most, 5);
    assert_int_equal(rig.d.caps.on_most, 5);
    assert_int_equal(rig.d.caps.setting_count, 0);
    assert_string_equal(rig_sent(&rig), ""); /* nothing is ever sent */
}

static void test_open_of_a_silent_port(void **state)
{
    (void)state;
    rig_silence(&rig, 4900);
    assert_int_equal(rig.last, DRV_MORE);
    rig_silence(&rig, 200);
    assert_int_equal(rig.last, UPS_E_TIMEOUT);
    assert_non_null(strstr(rig.d.why, "no status words in 5 s"));
    assert_int_equal(rig.hung_up, 1);
    assert_int_equal(rig.d.wait_fd, -1);
}

static void test_open_of_something_else(void **state)
{
    (void)state;
    for (int i = 0; i < 60; i++) {
        rig_say(&rig, "ATZ\r\nNO CARRIER\r\n");
        rig_silence(&rig, 100);
    }
    assert_int_equal(rig.last, UPS_E_GARBLED);
    assert_non_null(strstr(rig.d.why, "no status word: not a SITOP"));
}

/* A line that gets its power from the modem lines makes up a few bytes: still nobody. */
static void test_open_of_stray_bytes(void **state)
{
    (void)state;
    rig_say(&rig, "\xff\x80\x01");
    rig_silence(&rig, 5100);
    assert_int_equal(rig.last, UPS_E_TIMEOUT);
}

static void test_open_without_a_wire(void **state)
{
    (void)state;
    link_close(rig.link);
    rig.link = NULL;
    memset(rig.d.state, 0, rig.d.driver->state_size);
    rig.due_ms = rig.now_ms;
    rig_steps(&rig);
    assert_int_equal(rig.last, UPS_E_DISCONNECTED);
}

/* One of the four is never sent: it stays unknown, the rest counts. */
static void test_three_signals_only(void **state)
{
    (void)state;
    rig_bursts(&rig, "BUFRD BA>85 DC_OK", 3900);
    assert_false(rig.open);
    rig_bursts(&rig, "BUFRD BA>85 DC_OK", 300);
    assert_true(rig.open);
    assert_string_equal(rig_status(&rig), "");
    assert_string_equal(rig_charge(&rig), ">85");
    rig_bursts(&rig, "BUFRD BA>85 DC_LO", 300);
    assert_true(rig_alarm(&rig, UPS_ALARM_INPUT_BAD));
    rig_bursts(&rig, "BUFRD BA>85 DC_LO *BAT*", 300);
    assert_string_equal(rig_status(&rig), "OB DISCHRG");
}

static void test_open_with_alarm(void **state)
{
    (void)state;
    rig_bursts(&rig, "ALARM BA>85 DC_OK *****", 2900);
    assert_false(rig.open);
    rig_bursts(&rig, "ALARM BA>85 DC_OK *****", 400);
    assert_true(rig.open);
    assert_string_equal(rig_status(&rig), "OL");
    assert_true(rig_alarm(&rig, UPS_ALARM_SITOP_NOT_READY));
}

static void test_options(void **state)
{
    (void)state;
    rig_option(&rig, "device_delay", "165");
    rig_option(&rig, "interruption", "off");
    rig_option(&rig, "model", "6EP1931-2EC42");
    rig_bursts(&rig, RIG_NORMAL, 300);
    assert_string_equal(ups_text(&rig.r, UPS_VAR_UPS_MODEL), "6EP1931-2EC42");
    assert_int_equal(rig.d.caps.off_most, 165);
    assert_int_equal(rig.d.caps.on_most, 0);
    assert_int_equal(rig.d.caps.commands,
                     UPS_COMMAND_BIT(SHUTDOWN_RETURN) | UPS_COMMAND_BIT(SHUTDOWN_STAYOFF));
}

static void test_modem_lines(void **state)
{
    static const struct {
        const char *word;
        enum link_line level;
    } cases[] = {{"low", LINK_LINE_LOW}, {"high", LINK_LINE_HIGH}, {"keep", LINK_LINE_KEEP}};

    (void)state;
    rig_bursts(&rig, RIG_NORMAL, 300);
    assert_int_equal(rig.dtr, LINK_LINE_HIGH);
    assert_int_equal(rig.rts, LINK_LINE_HIGH);
    for (size_t i = 0; i < 3; i++)
        for (size_t k = 0; k < 3; k++) {
            rig_option(&rig, "dtr", cases[i].word);
            rig_option(&rig, "rts", cases[k].word);
            rig_replug(&rig);
            rig_bursts(&rig, RIG_NORMAL, 300);
            assert_true(rig.open);
            assert_int_equal(rig.dtr, cases[i].level);
            assert_int_equal(rig.rts, cases[k].level);
        }
}

/* -- what bursts mean ------------------------------------------------------------------------- */

struct meaning {
    const char *burst, *status, *charge;
    uint32_t alarms; /* bits of `shown` */
};

static const enum ups_alarm shown[] = {UPS_ALARM_INPUT_BAD, UPS_ALARM_BATTERY_BAD,
                                       UPS_ALARM_DEPLETED_BATTERY, UPS_ALARM_SITOP_NOT_READY};

static void test_every_combination(void **state)
{
    enum { INPUT = 1, FAULT = 2 | 4 | 8 };
    static const struct meaning rows[] = {
        {"BUFRD BA>85 DC_OK *****", "OL", ">85", 0},
        {"BUFRD BA<85 DC_OK *****", "OL CHRG", "<85", 0},
        {"ALARM BA>85 DC_OK *****", "OL", ">85", FAULT},
        {"ALARM BA<85 DC_OK *****", "OL", "<85", FAULT},
        {"BUFRD BA>85 DC_LO *BAT*", "OB DISCHRG", ">85", INPUT},
        {"BUFRD BA<85 DC_LO *BAT*", "OB DISCHRG", "<85", INPUT},
        {"ALARM BA>85 DC_LO *BAT*", "OB LB DISCHRG", ">85", INPUT},
        {"ALARM BA<85 DC_LO *BAT*", "OB LB DISCHRG", "<85", INPUT},
        {"BUFRD BA>85 DC_OK *BAT*", "OB DISCHRG", ">85", 0},
        {"BUFRD BA<85 DC_OK *BAT*", "OB DISCHRG", "<85", 0},
        {"ALARM BA>85 DC_OK *BAT*", "OB LB DISCHRG", ">85", 0},
        {"ALARM BA<85 DC_OK *BAT*", "OB LB DISCHRG", "<85", 0},
        {"BUFRD BA>85 DC_LO *****", "", ">85", INPUT},
        {"BUFRD BA<85 DC_LO *****", "", "<85", INPUT},
        {"ALARM BA>85 DC_LO *****", "", ">85", INPUT | FAULT},
        {"ALARM BA<85 DC_LO *****", "", "<85", INPUT | FAULT},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint32_t alarms = 0;
        rig_bursts(&rig, rows[i].burst, 3400);
        for (unsigned a = 0; a < sizeof shown / sizeof shown[0]; a++)
            alarms |= (uint32_t)rig_alarm(&rig, shown[a]) << a;
        if (strcmp(rig_status(&rig), rows[i].status) != 0 || alarms != rows[i].alarms)
            print_message("%s: %s, alarms %x\n", rows[i].burst, rig_status(&rig), alarms);
        assert_string_equal(rig_status(&rig), rows[i].status);
        assert_string_equal(rig_charge(&rig), rows[i].charge);
        assert_int_equal(alarms, rows[i].alarms);
    }
}

static void test_charger_status(void **state)
{
    char text[32];

    (void)state;
    assert_false(ups_format(&rig.r, UPS_VAR_BATTERY_CHARGER_STATUS, 0, text, sizeof text));
    rig_bursts(&rig, "BUFRD BA<85 DC_OK *****", 200);
    assert_true(ups_format(&rig.r, UPS_VAR_BATTERY_CHARGER_STATUS, 0, text, sizeof text));
    assert_string_equal(text, "charging");
    rig_bursts(&rig, RIG_BATTERY, 200);
    assert_true(ups_format(&rig.r, UPS_VAR_BATTERY_CHARGER_STATUS, 0, text, sizeof text));
    assert_string_equal(text, "discharging");
}

/* The mains fail: told with the last byte of *BAT*, and not before the next poll's end. */
static void test_a_change_is_told_at_once(void **state)
{
    (void)state;
    rig_say(&rig, "BUFRD\r\nBA>85\r\nDC_LO\r\n");
    int told = rig.told;
    int64_t before = rig.r.taken_ms;
    rig_say(&rig, "*BAT*");
    assert_int_equal(rig.told, told);
    rig_say(&rig, "\r");
    assert_int_equal(rig.told, told + 1);
    assert_string_equal(rig_status(&rig), "OB DISCHRG");
    assert_true(rig.r.taken_ms > before);
    rig_say(&rig, "\n");
    /* and back, in the same millisecond of the clock */
    rig_say(&rig, "BUFRD\r\nBA>85\r\nDC_OK\r\n*****\r\n");
    assert_int_equal(rig.told, told + 2);
    assert_string_equal(rig_status(&rig), "OL");
}

static void test_bytes_one_at_a_time(void **state)
{
    static const char burst[] = "BUFRD\r\nBA>85\r\nDC_LO\r\n*BAT*\r";
    int told = 0;

    (void)state;
    for (size_t i = 0; burst[i]; i++) {
        assert_string_equal(rig_status(&rig), "OL");
        rig_silence(&rig, 1);
        told = rig.told;
        rig_say(&rig, (char[]){burst[i], '\0'});
    }
    assert_int_equal(rig.told, told + 1);
    assert_string_equal(rig_status(&rig), "OB DISCHRG");
}

static void test_nothing_new_is_not_told(void **state)
{
    int told = rig.told;

    (void)state;
    rig_bursts(&rig, RIG_NORMAL, 10 * RIG_POLL_MS);
    assert_in_range(rig.told - told, 9, 11); /* at the end of each poll */
}

static void test_buffering_for_three_seconds(void **state)
{
    (void)state;
    rig_burst(&rig, RIG_BATTERY);
    assert_string_equal(rig_status(&rig), "OB DISCHRG");
    rig_bursts(&rig, RIG_BATTERY, 3000);
    rig_burst(&rig, RIG_NORMAL);
    assert_string_equal(rig_status(&rig), "OL");
}

static void test_flicker_of_the_input(void **state)
{
    int told;

    (void)state;
    rig_bursts(&rig, RIG_NORMAL, 300);
    told = rig.told;
    rig_burst(&rig, "BUFRD BA>85 DC_LO *****");
    rig_burst(&rig, RIG_NORMAL);
    assert_string_equal(rig_status(&rig), "OL");
    assert_false(rig_alarm(&rig, UPS_ALARM_INPUT_BAD));
    assert_in_range(rig.told - told, 0, 1);
}

static void test_blinking_is_one_alarm(void **state)
{
    int changes = 0;
    uint32_t status = rig.r.status;

    (void)state;
    for (int phase = 0; phase < 20; phase++)
        for (int64_t end = rig.now_ms + 2000; rig.now_ms < end;) {
            rig_burst(&rig, phase % 2 ? RIG_NORMAL : "ALARM BA>85 DC_OK *****");
            changes += rig.r.status != status;
            status = rig.r.status;
            assert_false(rig_alarm(&rig, UPS_ALARM_SITOP_NOT_READY));
        }
    assert_int_equal(changes, 1);
    assert_string_equal(rig_status(&rig), "OL RB");
    assert_true(rig_alarm(&rig, UPS_ALARM_SITOP_STORAGE_DEFECTIVE));
    rig_bursts(&rig, RIG_NORMAL, 11000);
    assert_string_equal(rig_status(&rig), "OL");
}

static void test_other_line_ends(void **state)
{
    static const char *const ends[] = {"\n", "\r", " ", ""};

    (void)state;
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        rig.end = ends[i];
        rig_bursts(&rig, RIG_BATTERY, 600);
        assert_string_equal(rig_status(&rig), "OB DISCHRG");
        rig_bursts(&rig, RIG_NORMAL, 600);
        assert_string_equal(rig_status(&rig), "OL");
    }
}

/* -- silence and noise ------------------------------------------------------------------------ */

static void test_two_silent_polls(void **state)
{
    (void)state;
    rig_silence(&rig, 2 * RIG_POLL_MS);
    assert_int_equal(rig.hung_up, 0);
    rig_bursts(&rig, RIG_NORMAL, 2 * RIG_POLL_MS);
    assert_string_equal(rig_status(&rig), "OL");
    assert_int_equal(rig.hung_up, 0);
    assert_int_equal(((struct sitop *)rig.d.state)->empty_polls, 0);
}

static void test_too_many_silent_polls(void **state)
{
    (void)state;
    rig_silence(&rig, 4 * RIG_POLL_MS);
    assert_int_equal(rig.last, UPS_E_DISCONNECTED);
    assert_int_equal(rig.hung_up, 1);
    assert_int_equal(rig.d.wait_fd, -1);
    assert_non_null(strstr(rig.d.why, "no status word for "));
    /* nothing of before is left, and the first words bring it back */
    rig_replug(&rig);
    assert_string_equal(rig_status(&rig), "");
    rig_bursts(&rig, RIG_BATTERY, 300);
    assert_string_equal(rig_status(&rig), "OB DISCHRG");
}

static void test_max_polls_without_data(void **state)
{
    (void)state;
    rig_option(&rig, "max_polls_without_data", "9");
    rig_silence(&rig, 8 * RIG_POLL_MS);
    assert_int_equal(rig.hung_up, 0);
    rig_silence(&rig, 3 * RIG_POLL_MS);
    assert_int_equal(rig.hung_up, 1);
}

static void test_noise_is_silence(void **state)
{
    (void)state;
    for (int i = 0; i < 400 && !rig.hung_up; i++) {
        rig_say(&rig, "\x80\xff***\r\nDC_OJ\r\n\x01");
        rig_silence(&rig, 10);
    }
    assert_int_equal(rig.hung_up, 1);
    assert_non_null(strstr(rig.d.why, "but other bytes"));
    assert_int_equal(rig.d.count.garbled, 3);
}

/* A full poll has nothing to ask: it is good while the words come. */
static void test_full_polls(void **state)
{
    (void)state;
    assert_int_equal(rig.d.driver->poll(&rig.d, DRV_POLL_FULL, &rig.r), DRV_DONE);
    rig_silence(&rig, 2 * RIG_POLL_MS + 100);
    assert_int_equal(rig.d.driver->poll(&rig.d, DRV_POLL_FULL, &rig.r), UPS_E_TIMEOUT);
}

/* The process did not run for a while: what has piled up is not played back. */
static void test_a_backlog_is_dropped(void **state)
{
    (void)state;
    for (int i = 0; i < 40; i++)
        assert_int_equal(
            link_write(&(struct link){.fd = rig.fd}, "BUFRD\r\nBA>85\r\nDC_LO\r\n*BAT*\r\n", 28),
            UPS_OK);
    rig.now_ms += 3600000; /* suspended */
    rig_steps(&rig);
    assert_string_equal(rig_status(&rig), "OL");
    rig_bursts(&rig, RIG_NORMAL, 300);
    assert_string_equal(rig_status(&rig), "OL");
    assert_false(rig_alarm(&rig, UPS_ALARM_INPUT_BAD));
    assert_int_equal(rig.hung_up, 0);
}

/* -- the wire --------------------------------------------------------------------------------- */

static void test_unplugged(void **state)
{
    (void)state;
    rig_say(&rig, "BUFRD\r\nBA>8");
    rig_unplug(&rig);
    assert_int_equal(rig.last, UPS_E_DISCONNECTED);
    assert_string_equal(rig.d.why, "the port is gone");
    assert_int_equal(rig.hung_up, 1);
    assert_int_equal(rig.d.wait_fd, -1);
    rig_replug(&rig);
    rig_bursts(&rig, RIG_NORMAL, 150);
    assert_true(rig.open);
    assert_string_equal(rig_status(&rig), "OL");
}

static void test_unplugged_while_opening(void **state)
{
    (void)state;
    rig_burst(&rig, RIG_NORMAL);
    rig_unplug(&rig);
    assert_int_equal(rig.last, UPS_E_DISCONNECTED);
    assert_int_equal(rig.hung_up, 1);
}

int main(void)
{
#define CASE(f)   cmocka_unit_test_setup_teardown(f, setup, teardown)
#define CLOSED(f) cmocka_unit_test_setup_teardown(f, setup_closed, teardown)
    const struct CMUnitTest tests[] = {
        CLOSED(test_open),
        CLOSED(test_open_of_a_silent_port),
        CLOSED(test_open_of_something_else),
        CLOSED(test_open_of_stray_bytes),
        CLOSED(test_open_without_a_wire),
        CLOSED(test_three_signals_only),
        CLOSED(test_open_with_alarm),
        CLOSED(test_options),
        CASE(test_modem_lines),
        CASE(test_every_combination),
        CASE(test_charger_status),
        CASE(test_a_change_is_told_at_once),
        CASE(test_bytes_one_at_a_time),
        CASE(test_nothing_new_is_not_told),
        CASE(test_buffering_for_three_seconds),
        CASE(test_flicker_of_the_input),
        CASE(test_blinking_is_one_alarm),
        CASE(test_other_line_ends),
        CASE(test_two_silent_polls),
        CASE(test_too_many_silent_polls),
        CASE(test_max_polls_without_data),
        CASE(test_noise_is_silence),
        CASE(test_full_polls),
        CASE(test_a_backlog_is_dropped),
        CASE(test_unplugged),
        CLOSED(test_unplugged_while_opening),
    };

    return cmocka_run_group_tests_name("sitop", tests, NULL, NULL);
}
