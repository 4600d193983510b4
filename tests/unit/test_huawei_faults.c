/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The Huawei driver against everything that goes wrong on its wire, one test a fault.  The numbers
 * are those of the fault table of the simulator (docs/protocols/huawei-ups2000.md).
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

#define ASK_MODE "01 03 2B 10 00 01 8C 2B"
#define ASK_BITS "01 03 2B 23 00 01 7C 24"
#define MODE_2   "01 03 02 00 02 39 85"
#define MODE_3   "01 03 02 00 03 F8 45"

/* Starts the transcript and opens; every test begins with a healthy device. */
static void go(struct rig *rig)
{
    tr_start(rig->t);
    int rc = rig_open(rig);
    if (rc)
        print_message("# %s\n", rig->d.why);
    assert_int_equal(rc, DRV_DONE);
    assert_string_equal(rig_status(rig), "OL CHRG");
}

static void healthy(struct rig *rig, enum link_port kind)
{
    rig_init(rig, kind);
    rig_expect_open(rig);
}

/* A fast poll during which the first answer is `bad`; the second try gets the truth. */
static void one_bad_answer(const char *bad, unsigned garbled, unsigned timeouts)
{
    struct rig rig;

    healthy(&rig, LINK_PORT_TTY);
    tr_expect(rig.t, ASK_MODE, bad);
    rig_expect_fast(&rig);
    go(&rig);
    int64_t before = rig.now_ms;
    assert_int_equal(rig_poll(&rig, DRV_POLL_FAST), DRV_DONE);
    assert_true(rig.now_ms - before >= 1000);
    assert_string_equal(rig_status(&rig), "OL CHRG");
    assert_int_equal(rig.d.count.garbled, garbled);
    assert_int_equal(rig.d.count.timeouts, timeouts);
    assert_true(rig_finish(&rig));
}

static void test_fault_01_crc_error_once(void **state)
{
    (void)state;
    one_bad_answer("01 03 02 00 03 F8 46", 1, 0);
}

static void test_fault_02_crc_error_always(void **state)
{
    struct rig rig;

    (void)state;
    healthy(&rig, LINK_PORT_TTY);
    for (int i = 0; i < 3 + 9; i++) /* a series of three, then one try a poll */
        tr_expect(rig.t, ASK_MODE, "01 03 02 00 03 00 00");
    rig_expect_fast_alarms(&rig);
    go(&rig);
    for (int i = 0; i < 10; i++) {
        rig.now_ms += 1000;
        assert_int_equal(rig_poll(&rig, DRV_POLL_FAST), UPS_E_GARBLED);
        assert_string_equal(rig_status(&rig), "OL CHRG");
    }
    assert_true(rig.r.taken_ms < rig.now_ms - 10000);
    assert_int_equal(rig_poll(&rig, DRV_POLL_FAST), DRV_DONE);
    assert_true(rig.r.taken_ms >= rig.now_ms - 1000);
    assert_true(rig_finish(&rig));
}

static void test_fault_03_cut_after_three_bytes(void **state)
{
    (void)state;
    one_bad_answer("01 03 02", 0, 1);
}

static void test_fault_04_cut_inside_a_block(void **state)
{
    struct rig rig;

    (void)state;
    healthy(&rig, LINK_PORT_TTY);
    rig_read(&rig, 41180, 27, rig.alarms + 1);
    rig_read(&rig, 11000, 28, rig.measures);
    rig_read(&rig, 11043, 7, rig.control);
    for (int i = 0; i < 3; i++)
        tr_expect(rig.t, "01 03 2E E0 00 22 CD 0D", "01 03 44 03 33 00 00 00 03 00 63");
    go(&rig);
    assert_int_equal(rig_poll(&rig, DRV_POLL_FULL), UPS_E_TIMEOUT);
    assert_int_equal(rig_num(&rig, UPS_VAR_BATTERY_VOLTAGE), 82000);
    assert_int_equal(rig_num(&rig, UPS_VAR_BATTERY_CHARGE), 100000);
    assert_true(rig_finish(&rig));
}

static void test_fault_05_silence_once(void **state)
{
    (void)state;
    one_bad_answer(NULL, 0, 1);
}

static unsigned count_in(const char *text, const char *word)
{
    unsigned n = 0;

    for (; (text = strstr(text, word)); text++)
        n++;
    return n;
}

static void test_fault_06_silence_for_ever(void **state)
{
    struct rig rig;

    (void)state;
    healthy(&rig, LINK_PORT_TTY);
    for (int i = 0; i < 3; i++)
        tr_expect(rig.t, ASK_MODE, NULL);
    for (int i = 0; i < 9; i++) /* the cable may have been moved: first of all, who is it? */
        tr_expect(rig.t, RIG_ID_ASK, NULL);
    tr_expect(rig.t, RIG_ID_ASK, RIG_ID);
    rig_expect_fast_alarms(&rig);
    go(&rig);
    assert_int_equal(rig_poll(&rig, DRV_POLL_FAST), UPS_E_TIMEOUT);
    rig.now_ms += 3000;
    ((struct huawei *)rig.d.state)->silent_ms -= 5000; /* as if the time-outs had been long */
    ((struct huawei *)rig.d.state)->reident = true;
    for (int i = 0; i < 9; i++) {
        unsigned n = rig.d.count.transactions;
        rig.now_ms += 10000;
        assert_int_equal(rig_poll(&rig, DRV_POLL_FAST), UPS_E_TIMEOUT);
        assert_int_equal(rig.d.count.transactions, n + 1);
    }
    assert_int_equal(count_in(rig.log, "display dark"), 1);
    assert_int_equal(rig_poll(&rig, DRV_POLL_FAST), DRV_DONE);
    assert_string_equal(rig_status(&rig), "OL CHRG");
    assert_int_equal(rig.hung_up, 0);
    assert_true(rig_finish(&rig));
}

/* The third request of a fast poll is not vital: the status must not wait for tries of it. */
static void test_fault_06_third_request_unanswered(void **state)
{
    struct rig rig;

    (void)state;
    healthy(&rig, LINK_PORT_TTY);
    rig.measures[24] = HUAWEI_MODE_BATTERY;
    for (int i = 0; i < 4; i++) {
        rig_read(&rig, 11024, 1, &rig.measures[24]);
        rig_read(&rig, 11043, 1, &rig.control[0]);
        if (i < 2)
            rig_read(&rig, 12002, 1, NULL);
        else
            rig_read(&rig, 41180, 27, NULL);
    }
    rig_expect_fast_alarms(&rig);
    go(&rig);
    for (int i = 0; i < 5; i++) {
        if (i == 2)
            rig.now_ms += 4000;
        int64_t before = rig.now_ms;
        assert_int_equal(rig_poll(&rig, DRV_POLL_FAST), DRV_DONE);
        assert_true(rig.now_ms - before < 500);
        assert_string_equal(rig_status(&rig), "OB CHRG");
    }
    assert_int_equal(rig.d.count.timeouts, 4);
    assert_true(rig_finish(&rig));
}

/*
 * The daemon opens a silent device anew every 15 s.  The advice comes once all the same, after
 * 60 s, and once more when the device has talked and falls silent again.
 */
static void test_fault_06_advice_outlives_reopening(void **state)
{
    struct rig rig;

    (void)state;
    healthy(&rig, LINK_PORT_TTY);
    for (int i = 0; i < 3; i++)
        tr_expect(rig.t, ASK_MODE, NULL);
    for (int i = 0; i < 3 * 8; i++)
        tr_expect(rig.t, RIG_ID_ASK, NULL);
    rig_expect_open(&rig);
    for (int i = 0; i < 3 * 5; i++)
        tr_expect(rig.t, RIG_ID_ASK, NULL);
    go(&rig);
    int64_t since = rig.now_ms;
    assert_int_equal(rig_poll(&rig, DRV_POLL_FAST), UPS_E_TIMEOUT);
    for (int i = 1; i <= 8; i++) {
        rig.now_ms = since + 15000 * i;
        assert_int_equal(rig_reopen(&rig), UPS_E_TIMEOUT);
        assert_int_equal(count_in(rig.log, "display dark"), i >= 4);
    }
    assert_int_equal(rig_reopen(&rig), DRV_DONE);
    since = rig.now_ms;
    for (int i = 1; i <= 5; i++) {
        rig.now_ms = since + 15000 * i;
        assert_int_equal(rig_reopen(&rig), UPS_E_TIMEOUT);
        assert_int_equal(count_in(rig.log, "display dark"), 1 + (i == 5));
    }
    assert_true(rig_finish(&rig));
}

/* The port may have locked up before the daemon was started. */
static void test_fault_06_advice_without_opening(void **state)
{
    struct rig rig;

    (void)state;
    rig_init(&rig, LINK_PORT_TTY);
    for (int i = 0; i < 3 * 10; i++)
        tr_expect(rig.t, RIG_ID_ASK, NULL);
    tr_start(rig.t);
    int64_t since = rig.now_ms;
    for (int i = 0; i < 10; i++) {
        rig.now_ms = since + 9000 * i;
        assert_int_equal(rig_reopen(&rig), UPS_E_TIMEOUT);
        assert_int_equal(count_in(rig.log, "display dark"), i >= 7);
    }
    assert_true(rig_finish(&rig));
}

static void test_fault_07_slow_answer(void **state)
{
    struct rig rig;

    (void)state;
    healthy(&rig, LINK_PORT_TTY);
    rig_option(&rig, "response-timeout", "400");
    tr_expect(rig.t, ASK_MODE, MODE_3);
    tr_delay(rig.t, 250);
    rig_read(&rig, 11043, 1, rig.control);
    rig_read(&rig, 12002, 1, rig.battery + 2);
    go(&rig);
    assert_int_equal(rig_poll(&rig, DRV_POLL_FAST), DRV_DONE);
    assert_string_equal(rig_status(&rig), "OB CHRG");
    assert_int_equal(rig.d.count.timeouts, 0);
    assert_true(rig_finish(&rig));
}

/* The answer to the first request comes before the second is sent. */
static void test_fault_08_late_answer_in_the_pause(void **state)
{
    struct rig rig;

    (void)state;
    healthy(&rig, LINK_PORT_TTY);
    rig.real_time = true;
    tr_expect(rig.t, ASK_MODE, MODE_3);
    tr_delay(rig.t, 120);
    rig_expect_fast(&rig);
    go(&rig);
    assert_int_equal(rig_poll(&rig, DRV_POLL_FAST), DRV_DONE);
    assert_string_equal(rig_status(&rig), "OL CHRG");
    assert_true(rig_finish(&rig));
}

/* It comes right after the second request, faster than that one can have left the port. */
static void test_fault_08_late_answer_to_the_next_request(void **state)
{
    struct rig rig;

    (void)state;
    healthy(&rig, LINK_PORT_TTY);
    rig.link->char_us = 1042; /* 9600 bit/s; the rig's clock stands still meanwhile */
    tr_expect(rig.t, ASK_MODE, NULL);
    tr_expect(rig.t, ASK_MODE, MODE_3);
    rig_expect_fast(&rig);
    go(&rig);
    assert_int_equal(rig_poll(&rig, DRV_POLL_FAST), DRV_DONE);
    assert_string_equal(rig_status(&rig), "OL CHRG");
    assert_int_equal(rig.d.count.garbled, 1);
    assert_true(rig_finish(&rig));
}

static void test_fault_09_identification_refused(void **state)
{
    struct rig rig;

    (void)state;
    rig_init(&rig, LINK_PORT_TTY);
    tr_expect(rig.t, RIG_ID_ASK, "01 AB 01 9E F0");
    tr_expect(rig.t, "01 2B 0E 01 00 70 77", "01 AB 01 9E F0");
    rig_read(&rig, 19009, 1, &rig.rating);
    rig_expect_full(&rig);
    rig_read(&rig, 11031, 1, &rig.eco);
    go(&rig);
    assert_string_equal(ups_text(&rig.r, UPS_VAR_UPS_MODEL), "");
    assert_string_equal(ups_text(&rig.r, UPS_VAR_UPS_MFR), "");
    assert_int_equal(rig.d.caps.commands, 0);
    assert_int_equal(count_in(rig.log, "not controlled"), 1);
    assert_true(rig_finish(&rig));
}

static void test_fault_10_wide_blocks_refused(void **state)
{
    static const uint16_t pieces[][2] = {{1000, 1}, {1003, 2}, {1007, 2}, {1011, 1},
                                         {1014, 2}, {1018, 1}, {1021, 1}, {1024, 4}};
    struct rig rig;

    (void)state;
    rig_init(&rig, LINK_PORT_TTY);
    rig_expect_head(&rig);
    rig_read(&rig, 41180, 27, rig.alarms + 1);
    rig_refuse(&rig, 11000, 28, 2);
    for (size_t i = 0; i < 8; i++)
        rig_read(&rig, 10000u + pieces[i][0], pieces[i][1], &rig.measures[pieces[i][0] - 1000]);
    for (int i = 0; i < 3; i++) /* silence is no refusal, but this block has never worked */
        rig_read(&rig, 11043, 7, NULL);
    rig_read(&rig, 11043, 4, rig.control);
    rig_refuse(&rig, 12000, 34, 2);
    rig_read(&rig, 12000, 1, rig.battery);
    rig_read(&rig, 12002, 4, rig.battery + 2);
    rig_refuse(&rig, 12007, 1, 2);
    rig_read(&rig, 12033, 1, rig.battery + 33);
    rig_read(&rig, 11031, 1, &rig.eco);
    go(&rig);
    assert_int_equal(rig_num(&rig, UPS_VAR_OUTPUT_LOAD), 7000);
    assert_int_equal(rig_num(&rig, UPS_VAR_UPS_TEMPERATURE), 25300);
    assert_int_equal(rig_num(&rig, UPS_VAR_BATTERY_RUNTIME), 10080000);
    assert_int_equal(rig_num(&rig, UPS_VAR_BATTERY_PACKS), -999999);
    assert_int_equal(rig_num(&rig, UPS_VAR_BATTERY_CAPACITY), 9000);
    assert_true(rig_finish(&rig));
}

/* A block that has worked isn't given up for silence. */
static void test_fault_10_proven_block_stays(void **state)
{
    struct rig rig;

    (void)state;
    healthy(&rig, LINK_PORT_TTY);
    for (int i = 0; i < 3; i++)
        rig_read(&rig, 41180, 27, NULL);
    rig_expect_full(&rig);
    go(&rig);
    assert_int_equal(rig_poll(&rig, DRV_POLL_FULL), UPS_E_TIMEOUT);
    assert_int_equal(rig_poll(&rig, DRV_POLL_FULL), DRV_DONE);
    assert_true(rig_finish(&rig));
}

static void test_fault_11_exception_03_on_read(void **state)
{
    (void)state;
    one_bad_answer("01 83 03 01 31", 1, 0);
}

static void test_fault_13_busy(void **state)
{
    (void)state;
    one_bad_answer("01 83 05 81 33", 0, 0);
}

static void test_fault_14_battery_state_nonsense_once(void **state)
{
    struct rig rig;
    const uint16_t nonsense = 0xa000;

    (void)state;
    healthy(&rig, LINK_PORT_TTY);
    rig_read(&rig, 11024, 1, &rig.measures[24]);
    rig_read(&rig, 11043, 1, &rig.control[0]);
    rig_read(&rig, 12002, 1, &nonsense);
    rig_expect_fast(&rig);
    go(&rig);
    assert_int_equal(rig_poll(&rig, DRV_POLL_FAST), DRV_DONE);
    assert_string_equal(rig_status(&rig), "OL CHRG");
    assert_int_equal(rig_poll(&rig, DRV_POLL_FAST), DRV_DONE);
    assert_string_equal(rig_status(&rig), "OL CHRG");
    assert_int_equal(count_in(rig.log, "reads a000"), 1);
    assert_true(rig_finish(&rig));
}

/*
 * A fast poll a second: which of them, from the one a second after opening on, asks for the alarms?
 * They are read with the poll's third request, a little later than its start, so that 4 s have
 * passed at every fifth.
 */
static void expect_seconds(struct rig *rig, int from, int to)
{
    for (int i = from; i < to; i++)
        if (i % 5 == 4)
            rig_expect_fast_alarms(rig);
        else
            rig_expect_fast(rig);
}

static void test_fault_14_battery_state_nonsense_for_minutes(void **state)
{
    struct rig rig;
    const uint16_t flow = 3 << 6; /* segment 4: discharging */
    int64_t before;

    (void)state;
    healthy(&rig, LINK_PORT_TTY);
    rig.battery[2] = 0xa000;
    rig.measures[24] = HUAWEI_MODE_BATTERY;
    expect_seconds(&rig, 1, 51);
    rig_expect_full(&rig);
    rig_read(&rig, 11031, 1, &rig.eco);
    rig_read(&rig, 19006, 1, &flow);
    expect_seconds(&rig, 1, 251);
    go(&rig);
    int64_t opened = rig.now_ms;
    for (int i = 1; i < 51; i++) {
        before = rig.now_ms = opened + 1000 * i;
        assert_int_equal(rig_poll(&rig, DRV_POLL_FAST), DRV_DONE);
        assert_true(rig.now_ms - before < 200); /* no retries in the way of the status */
        assert_string_equal(rig_status(&rig), "OB CHRG");
    }
    assert_int_equal(rig_poll(&rig, DRV_POLL_FULL), DRV_DONE);
    opened = rig.now_ms;
    for (int i = 1; i < 251; i++) {
        rig.now_ms = opened + 1000 * i;
        assert_int_equal(rig_poll(&rig, DRV_POLL_FAST), DRV_DONE);
        assert_true(rig.r.status & UPS_STATUS_MASK(OB));
    }
    assert_string_equal(rig_status(&rig), "OB DISCHRG");
    assert_int_equal(count_in(rig.log, "reads a000"), 1);
    assert_true(rig_finish(&rig));
}

/* 0x0008 is what register 1043 holds: a shifted answer.  Three tries, then an error, never "OFF".
 */
static void bad_mode(uint16_t mode)
{
    struct rig rig;

    healthy(&rig, LINK_PORT_TTY);
    for (int i = 0; i < 3; i++)
        rig_read(&rig, 11024, 1, &mode);
    rig_expect_fast(&rig);
    go(&rig);
    int64_t before = rig.now_ms;
    assert_int_equal(rig_poll(&rig, DRV_POLL_FAST), UPS_E_GARBLED);
    assert_true(rig.now_ms - before >= 2000);
    assert_string_equal(rig_status(&rig), "OL CHRG");
    assert_int_equal(rig_poll(&rig, DRV_POLL_FAST), DRV_DONE);
    assert_string_equal(rig_status(&rig), "OL CHRG");
    assert_true(rig_finish(&rig));
}

static void test_fault_15_mode_0008(void **state)
{
    (void)state;
    bad_mode(0x0008);
}

static void test_fault_15_mode_ffff(void **state)
{
    (void)state;
    bad_mode(0xffff);
}

/* A small undefined mode is believed when three readings agree, and is no known word. */
static void test_fault_15_mode_4(void **state)
{
    struct rig rig;
    const uint16_t four = 4;

    (void)state;
    healthy(&rig, LINK_PORT_TTY);
    rig_read(&rig, 11024, 1, &four); /* once is not enough */
    rig_expect_fast(&rig);
    for (int i = 0; i < 3; i++)
        rig_read(&rig, 11024, 1, &four);
    rig_read(&rig, 11043, 1, &rig.control[0]);
    rig_read(&rig, 12002, 1, &rig.battery[2]);
    go(&rig);
    assert_int_equal(rig_poll(&rig, DRV_POLL_FAST), DRV_DONE);
    assert_string_equal(rig_status(&rig), "OL CHRG");
    assert_int_equal(rig_poll(&rig, DRV_POLL_FAST), DRV_DONE);
    assert_string_equal(rig_status(&rig), "CHRG");
    assert_false(ups_alarm_has(&rig.r.alarms, UPS_ALARM_UPS_OUTPUT_OFF));
    assert_true(rig_finish(&rig));
}

/* In the full poll the block is read again, and nothing of a shifted one is believed. */
static void test_fault_15_shifted_block(void **state)
{
    struct rig rig;
    uint16_t shifted[28];

    (void)state;
    healthy(&rig, LINK_PORT_TTY);
    memset(shifted, 0, sizeof shifted);
    shifted[0] = 100;
    shifted[24] = 8;
    rig_read(&rig, 41180, 27, rig.alarms + 1);
    rig_read(&rig, 11000, 28, shifted);
    rig_read(&rig, 11000, 28, rig.measures);
    rig_read(&rig, 11043, 7, rig.control);
    rig_read(&rig, 12000, 34, rig.battery);
    go(&rig);
    assert_int_equal(rig_poll(&rig, DRV_POLL_FULL), DRV_DONE);
    assert_int_equal(rig_num(&rig, UPS_VAR_INPUT_VOLTAGE), 216100);
    assert_true(rig_finish(&rig));
}

static void test_fault_16_invalid_measurement(void **state)
{
    struct rig rig;

    (void)state;
    healthy(&rig, LINK_PORT_TTY);
    rig.measures[8] = 0x7fff; /* output voltage: the marker */
    rig.measures[11] = 9999;  /* output current: 999.9 A is not sane */
    rig.battery[3] = 0xffff;  /* charge: the marker */
    rig_expect_full(&rig);
    go(&rig);
    assert_int_equal(rig_num(&rig, UPS_VAR_OUTPUT_VOLTAGE), 219700);
    assert_int_equal(rig_poll(&rig, DRV_POLL_FULL), DRV_DONE);
    assert_int_equal(rig_num(&rig, UPS_VAR_OUTPUT_VOLTAGE), -999999);
    assert_int_equal(rig_num(&rig, UPS_VAR_OUTPUT_CURRENT), -999999);
    assert_int_equal(rig_num(&rig, UPS_VAR_BATTERY_CHARGE), -999999);
    assert_int_equal(rig_num(&rig, UPS_VAR_INPUT_VOLTAGE), 216100);
    assert_int_equal(rig_num(&rig, UPS_VAR_BATTERY_VOLTAGE), 82000);
    assert_string_equal(rig_status(&rig), "OL CHRG");
    assert_true(rig_finish(&rig));
}

static void test_fault_17_invalid_runtime(void **state)
{
    struct rig rig;

    (void)state;
    rig_init(&rig, LINK_PORT_TTY);
    rig.battery[4] = rig.battery[5] = 0xffff;
    rig_expect_open(&rig);
    go(&rig);
    assert_int_equal(rig_num(&rig, UPS_VAR_BATTERY_RUNTIME), -999999);
    assert_int_equal(rig_num(&rig, UPS_VAR_BATTERY_CHARGE), 100000);
    assert_true(rig_finish(&rig));
}

static void test_fault_18_garbage_before_a_frame(void **state)
{
    (void)state;
    /* no length follows from these bytes: the frame is given up when no more come */
    one_bad_answer("FF 00 37 01 03 02 00 03 F8 45", 0, 1);
}

static void test_fault_18_garbage_between_frames(void **state)
{
    struct rig rig;

    (void)state;
    healthy(&rig, LINK_PORT_TTY);
    tr_expect(rig.t, ASK_MODE, MODE_3 " AA 55 01 03 02 00 00");
    rig_read(&rig, 11043, 1, &rig.control[0]);
    rig_read(&rig, 12002, 1, &rig.battery[2]);
    go(&rig);
    assert_int_equal(rig_poll(&rig, DRV_POLL_FAST), DRV_DONE);
    assert_string_equal(rig_status(&rig), "OB CHRG");
    assert_int_equal(rig.d.count.garbled, 0);
    assert_true(rig_finish(&rig));
}

static void test_fault_19_other_slave(void **state)
{
    (void)state;
    one_bad_answer("02 03 02 00 03 BC 45", 1, 0);
}

static void test_fault_19_other_function(void **state)
{
    (void)state;
    one_bad_answer("01 04 02 00 03 F9 31", 1, 0);
}

static void test_fault_20_wrong_byte_count(void **state)
{
    struct rig rig;

    (void)state;
    healthy(&rig, LINK_PORT_TTY);
    tr_expect(rig.t, ASK_MODE, "01 03 02 00 03 00 00 82 33"); /* says 2, sends 4 */
    rig_expect_fast(&rig);
    go(&rig);
    assert_int_equal(rig_poll(&rig, DRV_POLL_FAST), DRV_DONE);
    assert_string_equal(rig_status(&rig), "OL CHRG");
    assert_int_equal(rig.d.count.garbled, 1);
    assert_true(rig_finish(&rig));
}

static void test_fault_21_hang_up(void **state)
{
    struct rig rig;

    (void)state;
    healthy(&rig, LINK_PORT_TTY);
    tr_expect(rig.t, ASK_MODE, "01 03 02");
    tr_hang_up(rig.t);
    go(&rig);
    assert_int_equal(rig_poll(&rig, DRV_POLL_FAST), UPS_E_DISCONNECTED);
    assert_true(rig.broken);
    assert_int_equal(rig.hung_up, 1);
    assert_int_equal(rig_poll(&rig, DRV_POLL_FAST), UPS_E_DISCONNECTED);
    assert_true(rig_finish(&rig));
}

/* After a silence another serial number answers: the connection ends before a value is believed. */
static void test_fault_22_other_unit(void **state)
{
    struct rig rig;

    (void)state;
    healthy(&rig, LINK_PORT_TTY);
    tr_expect(rig.t, RIG_ID_ASK,
              "01 2B 0E 03 03 00 00 02 87 04 00 00 00 01 88 20 31 3D 55 50 53 32 30 30 30 47 3B "
              "32 3D 56 32 3B 33 3D 50 31 3B 34 3D 4F 54 48 45 52 3B 35 3D 31 11 17");
    go(&rig);
    ((struct huawei *)rig.d.state)->reident = true;
    assert_int_equal(rig_poll(&rig, DRV_POLL_FAST), UPS_E_DISCONNECTED);
    assert_non_null(strstr(rig.d.why, "another UPS answers: UPS2000G OTHER instead of UPS2000A"));
    assert_false(rig.broken);
    assert_string_equal(ups_text(&rig.r, UPS_VAR_UPS_SERIAL), "2102290710HGF9000013");
    assert_true(rig_finish(&rig));
}

/* The same if what answers now does not even tell who it is. */
static void test_fault_22_unit_without_identification(void **state)
{
    struct rig rig;

    (void)state;
    healthy(&rig, LINK_PORT_TTY);
    tr_expect(rig.t, RIG_ID_ASK, "01 AB 01 9E F0");
    go(&rig);
    ((struct huawei *)rig.d.state)->reident = true;
    assert_int_equal(rig_poll(&rig, DRV_POLL_FULL), UPS_E_DISCONNECTED);
    assert_int_equal(rig.hung_up, 1);
    assert_true(rig_finish(&rig));
}

static void test_fault_31_tcp_reset(void **state)
{
    struct rig rig;

    (void)state;
    healthy(&rig, LINK_PORT_TCP);
    tr_expect(rig.t, "?? ?? 00 00 00 06 01 03 2B 10 00 01", "?? ?? 00 00");
    tr_hang_up(rig.t);
    go(&rig);
    assert_int_equal(rig_poll(&rig, DRV_POLL_FAST), UPS_E_DISCONNECTED);
    assert_true(rig.broken);
    assert_true(rig_finish(&rig));
}

static void test_fault_31_tcp_half_open(void **state)
{
    struct rig rig;

    (void)state;
    healthy(&rig, LINK_PORT_TCP);
    for (int i = 0; i < 4; i++)
        tr_expect(rig.t, "?? ?? 00 00 00 06 01 03 2B 10 00 01", NULL);
    go(&rig);
    assert_int_equal(rig_poll(&rig, DRV_POLL_FAST), UPS_E_TIMEOUT);
    rig.now_ms += 5000;
    assert_int_equal(rig_poll(&rig, DRV_POLL_FAST), UPS_E_DISCONNECTED);
    assert_true(rig.broken);
    assert_true(rig_finish(&rig));
}

static void test_fault_31_tcp_wrong_transaction(void **state)
{
    struct rig rig;

    (void)state;
    healthy(&rig, LINK_PORT_TCP);
    tr_expect(rig.t, "?? ?? 00 00 00 06 01 03 2B 10 00 01", "EE EE 00 00 00 05 01 03 02 00 03");
    rig_expect_fast(&rig);
    go(&rig);
    assert_int_equal(rig_poll(&rig, DRV_POLL_FAST), DRV_DONE);
    assert_string_equal(rig_status(&rig), "OL CHRG");
    assert_int_equal(rig.d.count.garbled, 1);
    assert_true(rig_finish(&rig));
}

/* Some converters answer with unit 0, whatever was asked for. */
static void test_fault_31_tcp_unit_zero(void **state)
{
    struct rig rig;

    (void)state;
    healthy(&rig, LINK_PORT_TCP);
    tr_expect(rig.t, "?? ?? 00 00 00 06 01 03 2B 10 00 01", "?? ?? 00 00 00 05 00 03 02 00 03");
    rig_read(&rig, 11043, 1, &rig.control[0]);
    rig_read(&rig, 12002, 1, &rig.battery[2]);
    go(&rig);
    assert_int_equal(rig_poll(&rig, DRV_POLL_FAST), DRV_DONE);
    assert_string_equal(rig_status(&rig), "OB CHRG");
    assert_true(rig_finish(&rig));
}

static void test_fault_31_tcp_length_300(void **state)
{
    struct rig rig;
    char answer[3 * 320] = "?? ?? 00 00 01 2C 01 03 02 00 03";

    (void)state;
    for (int i = 0; i < 295; i++)
        snprintf(answer + strlen(answer), 4, " 00");
    healthy(&rig, LINK_PORT_TCP);
    tr_expect(rig.t, "?? ?? 00 00 00 06 01 03 2B 10 00 01", answer);
    rig_expect_fast(&rig);
    go(&rig);
    assert_int_equal(rig_poll(&rig, DRV_POLL_FAST), DRV_DONE);
    assert_string_equal(rig_status(&rig), "OL CHRG");
    assert_int_equal(rig.d.count.garbled, 1);
    assert_true(rig_finish(&rig));
}

static void test_fault_31_tcp_single_bytes(void **state)
{
    struct rig rig;

    (void)state;
    healthy(&rig, LINK_PORT_TCP);
    tr_expect(rig.t, "?? ?? 00 00 00 06 01 03 2B 10 00 01", "?? ?? 00 00 00 05 01 03 02 00 03");
    tr_pieces(rig.t, 1, 2);
    rig_read(&rig, 11043, 1, &rig.control[0]);
    rig_read(&rig, 12002, 1, &rig.battery[2]);
    go(&rig);
    assert_int_equal(rig_poll(&rig, DRV_POLL_FAST), DRV_DONE);
    assert_string_equal(rig_status(&rig), "OB CHRG");
    assert_true(rig_finish(&rig));
}

static void test_fault_32_echo_of_own_bytes(void **state)
{
    struct rig rig;

    (void)state;
    rig_init(&rig, LINK_PORT_TTY);
    for (int i = 0; i < 3; i++)
        tr_expect(rig.t, RIG_ID_ASK, RIG_ID_ASK);
    tr_start(rig.t);
    assert_int_equal(rig_open(&rig), UPS_E_GARBLED);
    assert_int_equal(rig.hung_up, 1);
    assert_true(rig_finish(&rig));
}

static void test_fault_32_echo_of_a_read(void **state)
{
    struct rig rig;

    (void)state;
    healthy(&rig, LINK_PORT_TTY);
    for (int i = 0; i < 3; i++)
        tr_expect(rig.t, ASK_MODE, ASK_MODE " " MODE_3);
    go(&rig);
    assert_true(rig_poll(&rig, DRV_POLL_FAST) < 0);
    assert_string_equal(rig_status(&rig), "OL CHRG");
    assert_true(rig_finish(&rig));
}

static void test_fault_33_trickle(void **state)
{
    struct rig rig;

    (void)state;
    healthy(&rig, LINK_PORT_TTY);
    tr_expect(rig.t, ASK_MODE, MODE_3);
    tr_pieces(rig.t, 3, 400);
    rig_read(&rig, 11043, 1, &rig.control[0]);
    rig_read(&rig, 12002, 1, &rig.battery[2]);
    go(&rig);
    assert_int_equal(rig_poll(&rig, DRV_POLL_FAST), DRV_DONE);
    assert_int_equal(rig.d.count.timeouts, 0);
    assert_string_equal(rig_status(&rig), "OB CHRG");
    assert_true(rig_finish(&rig));
}

static void test_reserved_bits_are_read_again(void **state)
{
    struct rig rig;
    const uint16_t shifted = 0x0101, stays = 0x0028;

    (void)state;
    healthy(&rig, LINK_PORT_TTY);
    rig_read(&rig, 11024, 1, &rig.measures[24]);
    rig_read(&rig, 11043, 1, &shifted);
    rig_read(&rig, 11043, 1, &rig.control[0]);
    rig_read(&rig, 12002, 1, &rig.battery[2]);
    rig_read(&rig, 11024, 1, &rig.measures[24]);
    for (int i = 0; i < 3; i++) /* three that agree are believed */
        rig_read(&rig, 11043, 1, &stays);
    rig_read(&rig, 12002, 1, &rig.battery[2]);
    go(&rig);
    assert_int_equal(rig_poll(&rig, DRV_POLL_FAST), DRV_DONE);
    assert_string_equal(rig_status(&rig), "OL CHRG");
    assert_int_equal(rig_poll(&rig, DRV_POLL_FAST), DRV_DONE);
    assert_true(rig_finish(&rig));
}

static void test_unknown_alarm_bit_is_logged_once(void **state)
{
    struct rig rig;

    (void)state;
    rig_init(&rig, LINK_PORT_TTY);
    rig.alarms[1] = 1 << 0;  /* 40156.0: 7/1 on the larger units only */
    rig.alarms[3] = 1 << 15; /* 40158.15: nobody knows */
    rig_expect_open(&rig);
    rig_expect_full(&rig);
    go(&rig);
    assert_int_equal(rig_poll(&rig, DRV_POLL_FULL), DRV_DONE);
    assert_int_equal(count_in(rig.log, "alarm register"), 2);
    assert_int_equal(count_in(rig.log, "40156 bit 0"), 1);
    assert_int_equal(count_in(rig.log, "7/1"), 1);
    assert_int_equal(count_in(rig.log, "40158 bit 15"), 1);
    assert_false(ups_alarm_has(&rig.r.alarms, UPS_ALARM_HUAWEI_7_1));
    assert_int_equal(rig.r.raw[3], 1);
    assert_int_equal(rig.r.raw[6], 0x80);
    assert_true(rig_finish(&rig));
}

#define T(name) cmocka_unit_test(name)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_fault_01_crc_error_once),
        T(test_fault_02_crc_error_always),
        T(test_fault_03_cut_after_three_bytes),
        T(test_fault_04_cut_inside_a_block),
        T(test_fault_05_silence_once),
        T(test_fault_06_silence_for_ever),
        T(test_fault_06_advice_outlives_reopening),
        T(test_fault_06_advice_without_opening),
        T(test_fault_06_third_request_unanswered),
        T(test_fault_07_slow_answer),
        T(test_fault_08_late_answer_in_the_pause),
        T(test_fault_08_late_answer_to_the_next_request),
        T(test_fault_09_identification_refused),
        T(test_fault_10_wide_blocks_refused),
        T(test_fault_10_proven_block_stays),
        T(test_fault_11_exception_03_on_read),
        T(test_fault_13_busy),
        T(test_fault_14_battery_state_nonsense_once),
        T(test_fault_14_battery_state_nonsense_for_minutes),
        T(test_fault_15_mode_0008),
        T(test_fault_15_mode_ffff),
        T(test_fault_15_mode_4),
        T(test_fault_15_shifted_block),
        T(test_fault_16_invalid_measurement),
        T(test_fault_17_invalid_runtime),
        T(test_fault_18_garbage_before_a_frame),
        T(test_fault_18_garbage_between_frames),
        T(test_fault_19_other_slave),
        T(test_fault_19_other_function),
        T(test_fault_20_wrong_byte_count),
        T(test_fault_21_hang_up),
        T(test_fault_22_other_unit),
        T(test_fault_22_unit_without_identification),
        T(test_fault_31_tcp_reset),
        T(test_fault_31_tcp_half_open),
        T(test_fault_31_tcp_wrong_transaction),
        T(test_fault_31_tcp_unit_zero),
        T(test_fault_31_tcp_length_300),
        T(test_fault_31_tcp_single_bytes),
        T(test_fault_32_echo_of_own_bytes),
        T(test_fault_32_echo_of_a_read),
        T(test_fault_33_trickle),
        T(test_reserved_bits_are_read_again),
        T(test_unknown_alarm_bit_is_logged_once),
    };

    signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests_name("huawei faults", tests, NULL, NULL);
}
