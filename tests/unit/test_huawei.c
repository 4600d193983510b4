/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The Huawei driver on real captures (frames of G13 chapter 3; values of a UPS2000-G-3KRTS read by
 * NUT) and on what a healthy device answers.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "huawei_rig.h"

/* The wire image of the real unit: every byte written out, check sums included. */
static void expect_real_unit(struct rig *rig)
{
    tr_expect(rig->t, RIG_ID_ASK, RIG_ID);
    tr_expect(rig->t, "01 03 4A 41 00 01 C2 06", "01 03 02 00 1E 38 4C");
    tr_expect(rig->t, "01 03 2A F8 00 1C CD EA",
              "01 03 38 08 71 00 00 00 00 01 F4 08 71 00 00 00 00 01 F4 08 95 00 00 00 00 00 0D "
              "00 00 00 00 01 F4 00 01 00 00 00 00 00 03 00 00 00 00 00 46 00 00 00 00 00 02 00 "
              "00 00 00 00 FD ED 1D");
    tr_expect(rig->t, "01 03 2B 23 00 07 FC 26", "01 83 02 C0 F1");
    tr_expect(rig->t, "01 03 2B 23 00 04 BC 27", "01 83 02 C0 F1");
    tr_expect(rig->t, "01 03 2B 23 00 01 7C 24", "01 03 02 00 08 B9 82");
    rig_refuse(rig, 11044, 1, 2);
    rig_refuse(rig, 11045, 1, 2);
    const uint16_t buzzer = 0;
    rig_read(rig, 11046, 1, &buzzer);
    tr_expect(rig->t, "01 03 A0 DC 00 1B E6 3B",
              "01 03 36 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 "
              "00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 "
              "00 BF 82");
    tr_expect(rig->t, "01 03 2E E0 00 22 CD 0D",
              "01 03 44 03 34 00 00 00 03 00 64 00 00 27 60 00 00 00 06 00 00 00 00 00 00 00 00 00 "
              "00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 "
              "00 00 00 00 00 00 00 00 00 00 00 00 00 00 09 11 6E");
    rig_refuse(rig, 11031, 1, 2);
}

struct listing {
    char text[4096];
};

static void list_line(void *arg, const char *name, const char *value)
{
    struct listing *l = arg;
    size_t n = strlen(l->text);

    snprintf(l->text + n, sizeof l->text - n, "%s: %s\n", name, value);
}

static void test_real_unit(void **state)
{
    struct rig rig;
    struct listing l = {""};

    (void)state;
    rig_init(&rig, LINK_PORT_TTY);
    expect_real_unit(&rig);
    tr_start(rig.t);
    int rc = rig_open(&rig);
    if (rc)
        print_message("# %s\n", rig.d.why);
    assert_int_equal(rc, DRV_DONE);
    ups_list(&rig.r, list_line, &l);
    assert_string_equal(l.text, "battery.capacity: 9\n"
                                "battery.charge: 100\n"
                                "battery.charger.status: charging\n"
                                "battery.packs: 6\n"
                                "battery.runtime: 10080\n"
                                "battery.voltage: 82.00\n"
                                "device.mfr: Huawei\n"
                                "device.model: UPS2000A\n"
                                "device.serial: 2102290710HGF9000013\n"
                                "device.type: ups\n"
                                "input.bypass.frequency: 50.0\n"
                                "input.bypass.phases: 1\n"
                                "input.bypass.voltage: 216.1\n"
                                "input.frequency: 50.0\n"
                                "input.phases: 1\n"
                                "input.voltage: 216.1\n"
                                "output.current: 1.3\n"
                                "output.frequency: 50.0\n"
                                "output.phases: 1\n"
                                "output.power: 300\n"
                                "output.realpower: 100\n"
                                "output.voltage: 219.7\n"
                                "ups.beeper.status: enabled\n"
                                "ups.firmware: V100B112D00\n"
                                "ups.firmware.aux: P1.0-D1.0\n"
                                "ups.load: 7.0\n"
                                "ups.mfr: Huawei\n"
                                "ups.model: UPS2000A\n"
                                "ups.power.nominal: 3000\n"
                                "ups.serial: 2102290710HGF9000013\n"
                                "ups.status: OL CHRG\n"
                                "ups.temperature: 25.3\n"
                                "ups.type: online\n");
    /* 1044 and 1045 are refused: no shutdown with them, no bypass; the beeper can be set. */
    assert_int_equal(rig.d.caps.commands & UPS_COMMAND_BIT(SHUTDOWN_RETURN), 0);
    assert_int_equal(rig.d.caps.commands & UPS_COMMAND_BIT(BYPASS_START), 0);
    assert_int_not_equal(rig.d.caps.commands & UPS_COMMAND_BIT(BEEPER_TOGGLE), 0);
    assert_true(rig_finish(&rig));
}

static void test_open_and_poll(void **state)
{
    struct rig rig;

    (void)state;
    rig_init(&rig, LINK_PORT_TTY);
    rig_expect_open(&rig);
    rig.measures[24] = HUAWEI_MODE_BATTERY;
    rig.control[0] = 0x88;
    rig.battery[2] = 5;
    rig_expect_fast(&rig);
    rig_expect_full(&rig);
    rig_read(&rig, 11031, 1, &rig.eco); /* the mode has changed: ECO may have */
    rig_expect_full(&rig);
    tr_start(rig.t);
    assert_int_equal(rig_open(&rig), DRV_DONE);
    assert_string_equal(rig_status(&rig), "OL CHRG");
    assert_int_equal(rig_num(&rig, UPS_VAR_UPS_DELAY_SHUTDOWN), 60000);
    assert_int_equal(rig_num(&rig, UPS_VAR_UPS_START_AUTO), UPS_YES);
    assert_int_equal(rig_num(&rig, UPS_VAR_UPS_ECO_ENABLED), UPS_NO);
    assert_int_not_equal(rig.d.caps.commands & UPS_COMMAND_BIT(SHUTDOWN_RETURN), 0);
    rig.now_ms += 1000;
    assert_int_equal(rig_poll(&rig, DRV_POLL_FAST), DRV_DONE);
    assert_string_equal(rig_status(&rig), "OB DISCHRG");
    assert_true(ups_alarm_has(&rig.r.alarms, UPS_ALARM_ON_BATTERY));
    assert_true(ups_alarm_has(&rig.r.alarms, UPS_ALARM_INPUT_BAD));
    assert_true(rig.r.taken_ms >= rig.now_ms - 100);
    /* raw: alarm words, then 1024, 1043, 2002 */
    assert_int_equal(rig.r.raw_len, 64);
    assert_int_equal(rig.r.raw[59], 3);
    assert_int_equal(rig.r.raw[61], 0x88);
    assert_int_equal(rig.r.raw[63], 5);
    assert_int_equal(rig_poll(&rig, DRV_POLL_FULL), DRV_DONE);
    assert_int_equal(rig_poll(&rig, DRV_POLL_FULL), DRV_DONE);
    assert_int_equal(rig.d.count.transactions, 7 + 3 + 5 + 4);
    assert_int_equal(rig.d.count.timeouts + rig.d.count.garbled + rig.d.count.refused, 0);
    assert_true(rig_finish(&rig));
}

/* Fast polls run between the steps of a full one; the later status wins. */
static void test_fast_between_full(void **state)
{
    struct rig rig;

    (void)state;
    rig_init(&rig, LINK_PORT_TTY);
    rig_expect_open(&rig);
    rig_read(&rig, 11000, 28, rig.measures);
    rig.measures[24] = HUAWEI_MODE_BATTERY;
    rig_expect_fast(&rig);
    rig_read(&rig, 11043, 7, rig.control);
    rig_read(&rig, 41180, 27, rig.alarms + 1);
    rig_read(&rig, 12000, 34, rig.battery);
    rig_read(&rig, 11031, 1, &rig.eco);
    tr_start(rig.t);
    assert_int_equal(rig_open(&rig), DRV_DONE);
    assert_int_equal(rig.d.driver->poll(&rig.d, DRV_POLL_FULL, &rig.r), DRV_MORE);
    assert_int_equal(rig_poll(&rig, DRV_POLL_FAST), DRV_DONE);
    assert_string_equal(rig_status(&rig), "OB CHRG");
    assert_int_equal(rig_poll(&rig, DRV_POLL_FULL), DRV_DONE);
    assert_string_equal(rig_status(&rig), "OB CHRG");
    assert_true(rig_finish(&rig));
}

static int step(struct rig *rig, enum drv_poll kind)
{
    return rig->d.driver->poll(&rig->d, kind, &rig->r);
}

static unsigned raw_word(const struct rig *rig, unsigned index)
{
    return (unsigned)rig->r.raw[2 * index] << 8 | rig->r.raw[2 * index + 1];
}

/* Mode and status bits of the reading, as in registers 1024 and 1043. */
static unsigned raw_mode(const struct rig *rig)
{
    return raw_word(rig, HUAWEI_ALARM_WORDS);
}

static unsigned raw_bits(const struct rig *rig)
{
    return raw_word(rig, HUAWEI_ALARM_WORDS + 1);
}

/* A full poll that ends between two steps of a fast one: the fast one's mode waits for its bits. */
static void test_full_ends_within_fast(void **state)
{
    struct rig rig;

    (void)state;
    rig_init(&rig, LINK_PORT_TTY);
    rig_expect_open(&rig);
    rig_read(&rig, 11000, 28, rig.measures);
    rig_read(&rig, 11043, 7, rig.control);
    rig_read(&rig, 41180, 27, rig.alarms + 1);
    const uint16_t mode = HUAWEI_MODE_BATTERY, bits = 0x88, battery = 5;
    rig_read(&rig, 11024, 1, &mode); /* the mains have failed */
    rig_read(&rig, 12000, 34, rig.battery);
    rig_read(&rig, 11031, 1, &rig.eco);
    rig_read(&rig, 11043, 1, &bits);
    rig_read(&rig, 12002, 1, &battery);
    tr_start(rig.t);
    assert_int_equal(rig_open(&rig), DRV_DONE);
    for (int i = 0; i < 3; i++)
        assert_int_equal(step(&rig, DRV_POLL_FULL), DRV_MORE);
    assert_int_equal(step(&rig, DRV_POLL_FAST), DRV_MORE);
    assert_int_equal(step(&rig, DRV_POLL_FULL), DRV_MORE);
    assert_int_equal(step(&rig, DRV_POLL_FULL), DRV_DONE);
    assert_int_equal(raw_mode(&rig), 2); /* the state before, whole */
    assert_int_equal(raw_bits(&rig), 8);
    assert_string_equal(rig_status(&rig), "OL CHRG");
    assert_int_equal(step(&rig, DRV_POLL_FAST), DRV_MORE); /* the bits: whole, so it counts */
    assert_int_equal(raw_mode(&rig), 3);
    assert_int_equal(raw_bits(&rig), 0x88);
    assert_int_equal(step(&rig, DRV_POLL_FAST), DRV_DONE);
    assert_string_equal(rig_status(&rig), "OB DISCHRG");
    assert_true(rig_finish(&rig));
}

/* A fast poll overtakes a full one: mode, bits and the time of the newer reading stay. */
static void test_overtaken_full_poll(void **state)
{
    struct rig rig;
    const uint16_t before[7] = {8, 1, 0, 0, 0, 0, 0};

    (void)state;
    rig_init(&rig, LINK_PORT_TTY);
    rig_expect_open(&rig);
    rig_read(&rig, 11000, 28, rig.measures);
    rig.measures[24] = HUAWEI_MODE_BATTERY;
    rig.control[0] = 0x88;
    rig_expect_fast(&rig);
    rig_read(&rig, 11043, 7, before);
    rig_read(&rig, 41180, 27, rig.alarms + 1);
    rig_read(&rig, 12000, 34, rig.battery);
    rig_read(&rig, 11031, 1, &rig.eco);
    tr_start(rig.t);
    assert_int_equal(rig_open(&rig), DRV_DONE);
    assert_int_equal(step(&rig, DRV_POLL_FULL), DRV_MORE);
    rig.now_ms += 700;
    assert_int_equal(rig_poll(&rig, DRV_POLL_FAST), DRV_DONE);
    int64_t taken = rig.r.taken_ms;
    rig.now_ms += 300;
    assert_int_equal(rig_poll(&rig, DRV_POLL_FULL), DRV_DONE);
    assert_int_equal(raw_mode(&rig), 3);
    assert_int_equal(raw_bits(&rig), 0x88);
    assert_int_equal(rig.r.taken_ms, taken);
    assert_true(rig_finish(&rig));
}

/* A mode whose bits never came counts for nothing; bits that are refused later are unknown. */
static void test_failed_run_leaves_nothing(void **state)
{
    struct rig rig;

    (void)state;
    rig_init(&rig, LINK_PORT_TTY);
    rig_expect_open(&rig);
    rig.measures[24] = HUAWEI_MODE_BATTERY;
    rig_read(&rig, 11000, 28, rig.measures);
    for (int i = 0; i < 3; i++)
        rig_read(&rig, 11043, 7, NULL);
    rig.measures[24] = HUAWEI_MODE_MAINS;
    rig_read(&rig, 11000, 28, rig.measures);
    rig_refuse(&rig, 11043, 7, 2); /* the unit changes its mind about every size of this block */
    rig_refuse(&rig, 11043, 4, 2);
    for (unsigned i = 0; i < 4; i++)
        rig_refuse(&rig, 11043 + i, 1, 2);
    rig_read(&rig, 41180, 27, rig.alarms + 1);
    rig_read(&rig, 12000, 34, rig.battery);
    rig_read(&rig, 11031, 1, &rig.eco); /* the mode had seemed to change */
    tr_start(rig.t);
    assert_int_equal(rig_open(&rig), DRV_DONE);
    assert_int_equal(rig_poll(&rig, DRV_POLL_FULL), UPS_E_TIMEOUT);
    assert_string_equal(rig_status(&rig), "OL CHRG");
    assert_int_equal(rig_poll(&rig, DRV_POLL_FULL), DRV_DONE);
    assert_string_equal(rig_status(&rig), "OL CHRG");
    assert_int_equal(raw_bits(&rig), 0xffff); /* unknown, rather than old */
    assert_true(rig_finish(&rig));
}

/* An alarm that changes no status bit is seen by a fast poll, once the last look is 4 s ago. */
static void test_alarm_in_a_fast_poll(void **state)
{
    struct rig rig;

    (void)state;
    rig_init(&rig, LINK_PORT_TTY);
    rig_expect_open(&rig);
    rig_expect_fast(&rig);
    rig.alarms[40161 - HUAWEI_ALARM_FIRST] = 1 << 1; /* 10/1: bypass voltage */
    rig_expect_fast_alarms(&rig);
    rig_expect_fast(&rig);
    rig.alarms[40161 - HUAWEI_ALARM_FIRST] = 0;
    rig_expect_fast_alarms(&rig);
    tr_start(rig.t);
    assert_int_equal(rig_open(&rig), DRV_DONE);
    int64_t look = ((struct huawei *)rig.d.state)->alarm_ms;
    rig.now_ms = look + 3999;
    assert_int_equal(rig_poll(&rig, DRV_POLL_FAST), DRV_DONE);
    assert_false(ups_alarm_has(&rig.r.alarms, UPS_ALARM_BYPASS_BAD));
    rig.now_ms = look + 4000 > rig.now_ms ? look + 4000 : rig.now_ms;
    assert_int_equal(rig_poll(&rig, DRV_POLL_FAST), DRV_DONE);
    assert_true(ups_alarm_has(&rig.r.alarms, UPS_ALARM_BYPASS_BAD));
    assert_true(ups_alarm_has(&rig.r.alarms, UPS_ALARM_HUAWEI_10_1));
    assert_string_equal(rig_status(&rig), "OL CHRG");
    assert_int_equal(rig_poll(&rig, DRV_POLL_FAST), DRV_DONE);
    assert_true(ups_alarm_has(&rig.r.alarms, UPS_ALARM_BYPASS_BAD));
    rig.now_ms += 4000;
    assert_int_equal(rig_poll(&rig, DRV_POLL_FAST), DRV_DONE);
    assert_false(ups_alarm_has(&rig.r.alarms, UPS_ALARM_BYPASS_BAD));
    assert_int_equal(rig.d.count.timeouts, 0);
    assert_true(rig_finish(&rig));
}

/* A unit that refuses the alarms as one block is not asked for them so by fast polls. */
static void test_alarms_not_as_one_block(void **state)
{
    static const uint16_t pieces[][2] = {{40156, 1}, {40161, 1}, {40163, 2}, {40170, 1},
                                         {40173, 2}, {40179, 2}, {40182, 1}};
    struct rig rig;

    (void)state;
    rig_init(&rig, LINK_PORT_TTY);
    rig_expect_head(&rig);
    rig_read(&rig, 11000, 28, rig.measures);
    rig_read(&rig, 11043, 7, rig.control);
    rig_refuse(&rig, 41180, 27, 2);
    for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++)
        rig_read(&rig, pieces[i][0] + 1024u, pieces[i][1], rig.alarms);
    rig_read(&rig, 12000, 34, rig.battery);
    rig_read(&rig, 11031, 1, &rig.eco);
    rig_expect_fast(&rig);
    tr_start(rig.t);
    assert_int_equal(rig_open(&rig), DRV_DONE);
    rig.now_ms += 60000;
    assert_int_equal(rig_poll(&rig, DRV_POLL_FAST), DRV_DONE);
    assert_true(rig_finish(&rig));
}

static void test_modbus_tcp(void **state)
{
    struct rig rig;

    (void)state;
    rig_init(&rig, LINK_PORT_TCP);
    rig_expect_open(&rig);
    rig_expect_fast(&rig);
    tr_start(rig.t);
    assert_int_equal(rig_open(&rig), DRV_DONE);
    assert_int_equal(rig_poll(&rig, DRV_POLL_FAST), DRV_DONE);
    assert_string_equal(rig_status(&rig), "OL CHRG");
    assert_true(rig_finish(&rig));
}

/* The card RMS-MODBUS01B has other lines than the port of the unit itself. */
static void test_line_parameters(void **state)
{
    static const struct {
        const char *baud, *parity, *stop, *dtr, *rts;
        struct link_params wire;
    } cases[] = {
        {NULL, NULL, NULL, NULL, NULL, {.baud = 9600, .parity = 'N', .stop_bits = 1}},
        {"2400", "even", "1", "high", "keep", {.baud = 2400, .parity = 'E', .stop_bits = 1}},
        {"4800", "odd", "1", "keep", "high", {.baud = 4800, .parity = 'O', .stop_bits = 1}},
        {"19200", "none", "2", "low", "low", {.baud = 19200, .parity = 'N', .stop_bits = 2}},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct rig rig;
        rig_healthy(&rig);
        if (cases[i].baud) {
            rig_option(&rig, "baudrate", cases[i].baud);
            rig_option(&rig, "parity", cases[i].parity);
            rig_option(&rig, "stopbits", cases[i].stop);
            rig_option(&rig, "dtr", cases[i].dtr);
            rig_option(&rig, "rts", cases[i].rts);
        }
        tr_start(rig.t);
        assert_int_equal(rig_open(&rig), DRV_DONE);
        assert_int_equal(rig.wire.baud, cases[i].wire.baud);
        assert_int_equal(rig.wire.parity, cases[i].wire.parity);
        assert_int_equal(rig.wire.stop_bits, cases[i].wire.stop_bits);
        assert_int_equal(rig.wire.data_bits, 8);
        assert_int_equal(rig.wire.dtr, i == 1   ? LINK_LINE_HIGH
                                       : i == 2 ? LINK_LINE_KEEP
                                                : LINK_LINE_LOW);
        assert_int_equal(rig.wire.rts, i == 1   ? LINK_LINE_KEEP
                                       : i == 2 ? LINK_LINE_HIGH
                                                : LINK_LINE_LOW);
        assert_non_null(rig.wire.vet);
        assert_true(rig_finish(&rig));
    }
}

/* A card in front of a 1-3 kVA unit may have another slave number. */
static void test_other_slave_number(void **state)
{
    struct rig rig;

    (void)state;
    rig_init(&rig, LINK_PORT_TTY);
    rig_option(&rig, "slave_id", "17");
    tr_expect(rig.t, "11 2B 0E 03 87 F0 B6", "11 AB 04 5F 36");
    tr_start(rig.t);
    (void)rig.d.driver->open(&rig.d, &rig.r); /* dials */
    (void)rig.d.driver->open(&rig.d, &rig.r); /* asks */
    assert_true(rig_finish(&rig));
}

/* Adds the list of devices with one device, described so. */
static void expect_list(struct rig *rig, const char *text)
{
    const uint8_t ask[] = {0x01, 0x2b, 0x0e, 0x03, 0x87, 0x31, 0x75};
    uint8_t f[TR_BYTES] = {1, 0x2b, 0x0e, 3, 3, 0, 0, 2, 0x87, 4, 0, 0, 0, 1, 0x88};
    size_t n = 15, len = strlen(text);

    f[n++] = (uint8_t)len;
    memcpy(f + n, text, len);
    n += len;
    uint16_t crc = mb_crc(f, n);
    f[n++] = (uint8_t)crc;
    f[n++] = (uint8_t)(crc >> 8);
    tr_expect_bytes(rig->t, ask, sizeof ask, f, n);
}

/* The number in the identification is the one in every register's address. */
static void test_other_ups_number(void **state)
{
    struct rig rig;

    (void)state;
    rig_init(&rig, LINK_PORT_TTY);
    expect_list(&rig, "1=UPS2000A;2=V1;3=P1.0-D1.0;4=E1;5=2");
    tr_start(rig.t);
    assert_int_equal(rig_open(&rig), UPS_E_FOREIGN);
    assert_non_null(strstr(rig.d.why, "UPS number 2, expected 1"));
    assert_true(rig_finish(&rig));
}

/* Firmware to come may call itself differently; other products are refused. */
static void test_models(void **state)
{
    struct rig rig;

    (void)state;
    rig_init(&rig, LINK_PORT_TTY);
    expect_list(&rig, "1=UPS2000X;2=V1;3=P1.0-D1.0;4=E1;5=1");
    rig_read(&rig, 19009, 1, &rig.rating);
    rig_expect_full(&rig);
    rig_read(&rig, 11031, 1, &rig.eco);
    tr_start(rig.t);
    assert_int_equal(rig_open(&rig), DRV_DONE);
    assert_non_null(strstr(rig.log, "'UPS2000X' has not been tried"));
    assert_true(rig_finish(&rig));

    rig_init(&rig, LINK_PORT_TTY);
    expect_list(&rig, "1=UPS5000;2=V1;3=P1.0-D1.0;4=E1;5=1");
    tr_start(rig.t);
    assert_int_equal(rig_open(&rig), UPS_E_FOREIGN);
    assert_non_null(strstr(rig.d.why, "UPS5000"));
    assert_true(rig_finish(&rig));
}

#define BASIC_ASK "01 2B 0E 01 00 70 77"

/* Answer to the basic identity: HUAWEI, a model, a version. */
static void expect_basic(struct rig *rig, const char *model)
{
    uint8_t ask[] = {0x01, 0x2b, 0x0e, 0x01, 0x00, 0x70, 0x77}, f[TR_BYTES];
    const char *text[3] = {"HUAWEI", model, "V100R001C01SPC120"};
    size_t n = 0;

    memcpy(f, "\x01\x2b\x0e\x01\x01\x00\x00\x03", 8);
    n = 8;
    for (uint8_t i = 0; i < 3; i++) {
        f[n++] = i;
        f[n++] = (uint8_t)strlen(text[i]);
        memcpy(f + n, text[i], strlen(text[i]));
        n += strlen(text[i]);
    }
    uint16_t crc = mb_crc(f, n);
    f[n++] = (uint8_t)crc;
    f[n++] = (uint8_t)(crc >> 8);
    tr_expect_bytes(rig->t, ask, sizeof ask, f, n);
}

/* 6-20 kVA by card: list refused, numbers 1 and 2 not connected, three phases in and out. */
static void test_large_three_phase(void **state)
{
    struct rig rig;
    const uint16_t measures[28] = {2201, 2202, 2203, 499, 2211, 2212, 2213, 500, 2301, 2302,
                                   2303, 101,  102,  103, 501,  15,   16,   17,  18,   19,
                                   20,   211,  222,  233, 3,    1,    1,    312};
    const uint16_t battery[7] = {4001, 123, 5, 88, 0, 3600, 251};
    const uint16_t rating = 200, eco = 0, tests = 0, one = 2201, redundancy = 1, no_test = 1;
    const uint16_t card[5] = {7, 9, 0, 64, 1}, selftest[3] = {1, 30, 25};
    const uint16_t parallel[9] = {30, 32, 34, 36, 38, 40, 105, 111, 116};
    const uint16_t version[10] = {0x5632, 0x5231, 0x4331}; /* V2R1C1 */
    uint16_t alarms[29] = {0};
    int64_t v;

    (void)state;
    alarms[28] = 1 << 2; /* 40183.2: 34/1 remaining capacity */
    rig_init(&rig, LINK_PORT_TTY);
    tr_expect(rig.t, RIG_ID_ASK, "01 AB 02 DE F1");
    expect_basic(&rig, "UPS2000");
    rig_read(&rig, 11000, 1, NULL);
    rig_read(&rig, 21000, 1, NULL);
    rig_read(&rig, 31000, 1, &one);
    rig_read(&rig, 39009, 1, &rating);
    rig_read(&rig, 39011, 10, version);
    rig_read(&rig, 32019, 1, &tests);
    rig_read(&rig, 31000, 28, measures);
    rig_read(&rig, 43227, 29, alarms);
    rig_read(&rig, 32022, 1, &no_test);
    rig_read(&rig, 32008, 3, selftest);
    rig_read(&rig, 32000, 7, battery);
    rig_read(&rig, 34000, 9, parallel);
    rig_read(&rig, 31041, 1, &redundancy);
    rig_read(&rig, 31031, 1, &eco);
    rig_read(&rig, 39004, 5, card);
    rig_read(&rig, 31024, 1, &measures[24]);
    rig_read(&rig, 43227, 29, alarms);
    rig_read(&rig, 32022, 1, &no_test);
    tr_start(rig.t);
    int rc = rig_open(&rig);
    if (rc)
        print_message("# %s\n", rig.d.why);
    assert_int_equal(rc, DRV_DONE);
    assert_int_equal(rig_poll(&rig, DRV_POLL_FAST), DRV_DONE);
    assert_string_equal(rig_status(&rig), "OB LB DISCHRG");
    assert_string_equal(ups_text(&rig.r, UPS_VAR_UPS_MODEL), "UPS2000");
    assert_string_equal(ups_text(&rig.r, UPS_VAR_UPS_FIRMWARE), "V100R001C01SPC120");
    assert_string_equal(ups_text(&rig.r, UPS_VAR_UPS_SERIAL), "");
    assert_int_equal(rig_num(&rig, UPS_VAR_INPUT_PHASES), 3000);
    assert_int_equal(rig_num(&rig, UPS_VAR_OUTPUT_PHASES), 3000);
    assert_int_equal(rig_num(&rig, UPS_VAR_UPS_POWER_NOMINAL), 20000000);
    assert_int_equal(rig_num(&rig, UPS_VAR_BATTERY_CURRENT), -12300);
    assert_int_equal(rig_num(&rig, UPS_VAR_BATTERY_TEMPERATURE), 25100);
    assert_true(ups_get(&rig.r, UPS_VAR_OUTPUT_REALPOWER, 2, &v));
    assert_int_equal(v, 1700000);
    assert_true(ups_get(&rig.r, UPS_VAR_INPUT_FREQUENCY, 1, &v));
    assert_int_equal(v, 49900);
    assert_true(ups_get(&rig.r, UPS_VAR_OUTPUT_LOAD, 1, &v));
    assert_int_equal(v, 22200);
    assert_string_equal(ups_text(&rig.r, UPS_VAR_UPS_FIRMWARE_AUX), "V2R1C1");
    assert_int_equal(rig_num(&rig, UPS_VAR_BATTERY_TEST_AUTO), UPS_YES);
    assert_int_equal(rig_num(&rig, UPS_VAR_UPS_TEST_INTERVAL), INT64_C(30) * 86400 * 1000);
    assert_int_equal(rig_num(&rig, UPS_VAR_BATTERY_TEST_DEPTH), 25000);
    assert_int_equal(rig_num(&rig, UPS_VAR_PARALLEL_REDUNDANCY), 1000);
    assert_true(ups_get(&rig.r, UPS_VAR_PARALLEL_REALPOWER, 2, &v));
    assert_int_equal(v, 3400000);
    assert_true(ups_get(&rig.r, UPS_VAR_PARALLEL_POWER, 0, &v));
    assert_int_equal(v, 3600000);
    assert_true(ups_get(&rig.r, UPS_VAR_PARALLEL_LOAD, 1, &v));
    assert_int_equal(v, 11100);
    assert_int_equal(rig.d.caps.commands, UPS_COMMAND_BIT(LOAD_ON) | UPS_COMMAND_BIT(LOAD_OFF) |
                                              UPS_COMMAND_BIT(TEST_BATTERY_START_QUICK) |
                                              UPS_COMMAND_BIT(TEST_BATTERY_START_DEEP) |
                                              UPS_COMMAND_BIT(TEST_BATTERY_STOP));
    assert_true(rig_finish(&rig));
}

/* Configured as 6-20 kVA with its number: no list is asked for, no number searched. */
static void test_large_single_phase_configured(void **state)
{
    struct rig rig;
    uint16_t battery[7] = {2400, 0x7fff, 3, 100, 0, 600, 0x7fff}, alarms[29] = {0};
    uint16_t card[5] = {0, 0, 0, 32, 1};

    (void)state;
    rig_init(&rig, LINK_PORT_RTU_TCP);
    rig_option(&rig, "model", "6-20kva");
    rig_option(&rig, "ups-number", "2");
    expect_basic(&rig, "UPS2000A");
    rig.measures[1] = 1234; /* undefined on one phase: never published */
    rig_refuse(&rig, 29009, 1, 2);
    rig_refuse(&rig, 29011, 10, 2);
    rig_read(&rig, 21000, 28, rig.measures);
    rig_read(&rig, 42203, 29, alarms);
    rig_refuse(&rig, 22008, 3, 2);
    for (unsigned reg = 22008; reg <= 22010; reg++)
        rig_refuse(&rig, reg, 1, 2);
    rig_read(&rig, 22000, 7, battery);
    rig_refuse(&rig, 24000, 9, 2);
    for (unsigned reg = 24000; reg <= 24006; reg += 3)
        rig_refuse(&rig, reg, 3, 2);
    rig_refuse(&rig, 21041, 1, 2);
    rig_read(&rig, 21031, 1, &rig.eco);
    rig_read(&rig, 29004, 5, card);
    rig_read(&rig, 21000, 28, rig.measures);
    rig_read(&rig, 42203, 29, alarms);
    rig_read(&rig, 22000, 7, battery);
    card[4] = 0;
    rig_read(&rig, 29004, 5, card);
    tr_start(rig.t);
    assert_int_equal(rig_open(&rig), DRV_DONE);
    int64_t v;
    assert_false(ups_get(&rig.r, UPS_VAR_INPUT_VOLTAGE, 1, &v));
    assert_int_equal(rig_num(&rig, UPS_VAR_INPUT_PHASES), 1000);
    assert_int_equal(rig_num(&rig, UPS_VAR_BATTERY_TEMPERATURE), -999999);
    assert_int_equal(rig_num(&rig, UPS_VAR_BATTERY_CURRENT), -999999);
    assert_int_equal(rig_num(&rig, UPS_VAR_UPS_POWER_NOMINAL), 10000000); /* by its class */
    assert_int_equal(rig_num(&rig, UPS_VAR_PARALLEL_POWER), -999999);
    assert_int_equal(rig_num(&rig, UPS_VAR_UPS_TEST_INTERVAL), -999999);
    /* a UPS2000A of this class has no battery tests */
    assert_int_equal(rig.d.caps.commands, UPS_COMMAND_BIT(LOAD_ON) | UPS_COMMAND_BIT(LOAD_OFF));
    /* the card says that it has lost the UPS */
    assert_int_equal(rig_poll(&rig, DRV_POLL_FULL), UPS_E_TIMEOUT);
    assert_true(rig_finish(&rig));
}

/* -- 6-20 kVA, configured as number 1 ------------------------------------------------------------
 */

struct large {
    uint16_t alarms[29], battery[7], parallel[9], card[5], selftest[3], version[10];
    uint16_t rating, tests, redundancy, stop; /* 9009 2019 1041 2022 */
};

static void large_init(struct rig *rig, struct large *l, enum link_port kind)
{
    *l = (struct large){.battery = {2400, 0x7fff, 3, 100, 0, 600, 0x7fff},
                        .card = {1, 1, 0, 32, 1},
                        .selftest = {0, 60, 20},
                        .rating = 100,
                        .stop = 1};
    rig_init(rig, kind);
    rig_option(rig, "model", "6-20kva");
    rig_option(rig, "ups-number", "1");
}

static void large_head(struct rig *rig, const struct large *l)
{
    expect_basic(rig, "UPS2000");
    rig_read(rig, 19009, 1, &l->rating);
    rig_read(rig, 19011, 10, l->version);
    rig_read(rig, 12019, 1, &l->tests);
}

static void large_full(struct rig *rig, const struct large *l, bool slow)
{
    rig_read(rig, 11000, 28, rig->measures);
    rig_read(rig, 41179, 29, l->alarms);
    rig_read(rig, 12022, 1, &l->stop);
    if (slow)
        rig_read(rig, 12008, 3, l->selftest);
    rig_read(rig, 12000, 7, l->battery);
    rig_read(rig, 14000, 9, l->parallel);
    if (slow) {
        rig_read(rig, 11041, 1, &l->redundancy);
        rig_read(rig, 11031, 1, &rig->eco);
    }
    rig_read(rig, 19004, 5, l->card);
}

static void large_fast(struct rig *rig, const struct large *l)
{
    rig_read(rig, 11024, 1, &rig->measures[24]);
    rig_read(rig, 41179, 29, l->alarms);
    rig_read(rig, 12022, 1, &l->stop);
}

/* No register 1043 there: whether a test runs is in 2022, and silence about it changes nothing. */
static void test_large_battery_test(void **state)
{
    struct rig rig;
    struct large l;

    (void)state;
    large_init(&rig, &l, LINK_PORT_TTY);
    large_head(&rig, &l);
    large_full(&rig, &l, true);
    l.stop = 0;
    large_fast(&rig, &l);
    rig_read(&rig, 11024, 1, &rig.measures[24]);
    rig_read(&rig, 41179, 29, l.alarms);
    rig_read(&rig, 12022, 1, NULL);
    large_full(&rig, &l, false);
    l.stop = 1;
    large_fast(&rig, &l);
    tr_start(rig.t);
    assert_int_equal(rig_open(&rig), DRV_DONE);
    assert_string_equal(rig_status(&rig), "OL CHRG");
    assert_int_equal(rig_poll(&rig, DRV_POLL_FAST), DRV_DONE);
    assert_string_equal(rig_status(&rig), "OL CHRG CAL");
    assert_int_equal(rig_poll(&rig, DRV_POLL_FAST), DRV_DONE);
    assert_string_equal(rig_status(&rig), "OL CHRG CAL");
    assert_int_equal(rig_poll(&rig, DRV_POLL_FULL), DRV_DONE);
    assert_string_equal(rig_status(&rig), "OL CHRG CAL");
    assert_int_equal(rig_poll(&rig, DRV_POLL_FAST), DRV_DONE);
    assert_string_equal(rig_status(&rig), "OL CHRG");
    assert_true(rig_finish(&rig));
}

/* Silence about what the rest can do without costs one try each, once. */
static void test_large_silent_about_more(void **state)
{
    struct rig rig;
    struct large l;

    (void)state;
    large_init(&rig, &l, LINK_PORT_RTU_TCP);
    expect_basic(&rig, "UPS2000");
    rig_read(&rig, 19009, 1, &l.rating);
    rig_read(&rig, 19011, 10, NULL);
    rig_read(&rig, 12019, 1, &l.tests);
    rig_read(&rig, 11000, 28, rig.measures);
    rig_read(&rig, 41179, 29, l.alarms);
    rig_read(&rig, 12022, 1, NULL);
    rig_read(&rig, 12008, 3, NULL);
    rig_read(&rig, 12000, 7, l.battery);
    rig_read(&rig, 14000, 9, NULL);
    rig_read(&rig, 11041, 1, NULL);
    rig_read(&rig, 11031, 1, &rig.eco);
    rig_read(&rig, 19004, 5, l.card);
    rig_read(&rig, 11024, 1, &rig.measures[24]);
    rig_read(&rig, 41179, 29, l.alarms);
    rig_read(&rig, 11000, 28, rig.measures);
    rig_read(&rig, 41179, 29, l.alarms);
    rig_read(&rig, 12000, 7, l.battery);
    rig_read(&rig, 19004, 5, l.card);
    tr_start(rig.t);
    assert_int_equal(rig_open(&rig), DRV_DONE);
    assert_int_equal(rig_poll(&rig, DRV_POLL_FAST), DRV_DONE);
    assert_int_equal(rig_poll(&rig, DRV_POLL_FULL), DRV_DONE);
    assert_string_equal(rig_status(&rig), "OL CHRG");
    assert_int_equal(rig_num(&rig, UPS_VAR_PARALLEL_LOAD), -999999);
    assert_string_equal(ups_text(&rig.r, UPS_VAR_UPS_FIRMWARE_AUX), "");
    assert_true(rig_finish(&rig));
}

/* Another UPS behind the same number, perhaps: who it is, its rating and settings are asked anew.
 */
static void test_large_list_changed(void **state)
{
    struct rig rig;
    struct large l;

    (void)state;
    large_init(&rig, &l, LINK_PORT_TTY);
    large_head(&rig, &l);
    large_full(&rig, &l, true);
    large_full(&rig, &l, false);
    l.card[1]++;
    large_full(&rig, &l, false);
    expect_basic(&rig, "UPS2000");
    l.rating = 200;
    rig_read(&rig, 19009, 1, &l.rating);
    large_full(&rig, &l, true);
    tr_start(rig.t);
    assert_int_equal(rig_open(&rig), DRV_DONE);
    assert_int_equal(rig_poll(&rig, DRV_POLL_FULL), DRV_DONE);
    assert_null(strstr(rig.log, "list of devices"));
    assert_int_equal(rig_num(&rig, UPS_VAR_UPS_POWER_NOMINAL), 10000000);
    assert_int_equal(rig_poll(&rig, DRV_POLL_FULL), DRV_DONE);
    assert_non_null(strstr(rig.log, "list of devices"));
    assert_int_equal(rig_num(&rig, UPS_VAR_UPS_POWER_NOMINAL), 20000000);
    assert_int_equal(rig_poll(&rig, DRV_POLL_FULL), DRV_DONE);
    assert_true(rig_finish(&rig));
}

/* -- delays ------------------------------------------------------------------------------------ */

static void test_delays_are_rounded_up(void **state)
{
    struct rig rig;

    (void)state;
    rig_init(&rig, LINK_PORT_TTY);
    rig_option(&rig, "offdelay", "0");
    rig_option(&rig, "rebootdelay", "31");
    rig_option(&rig, "ondelay", "61");
    rig_expect_open(&rig);
    tr_start(rig.t);
    assert_int_equal(rig_open(&rig), DRV_DONE);
    assert_int_equal(rig_num(&rig, UPS_VAR_UPS_DELAY_SHUTDOWN), 6000);
    assert_int_equal(rig_num(&rig, UPS_VAR_UPS_DELAY_REBOOT), 36000);
    assert_int_equal(rig_num(&rig, UPS_VAR_UPS_DELAY_START), 120000);
    assert_true(rig_finish(&rig));
}

static void test_no_allocation_in_steady_state(void **state)
{
    struct rig rig;

    (void)state;
    rig_init(&rig, LINK_PORT_TTY);
    rig_expect_open(&rig);
    size_t from = tr_lines(rig.t);
    rig_expect_fast(&rig);
    rig_expect_full(&rig);
    tr_repeat(rig.t, from);
    tr_start(rig.t);
    assert_int_equal(rig_open(&rig), DRV_DONE);
    assert_int_equal(rig_poll(&rig, DRV_POLL_FAST), DRV_DONE);
    assert_int_equal(rig_poll(&rig, DRV_POLL_FULL), DRV_DONE);
    struct mallinfo2 before = mallinfo2();
    for (int i = 0; i < 500; i++) {
        assert_int_equal(rig_poll(&rig, DRV_POLL_FAST), DRV_DONE);
        assert_int_equal(rig_poll(&rig, DRV_POLL_FULL), DRV_DONE);
    }
    struct mallinfo2 after = mallinfo2();
    assert_int_equal(after.uordblks, before.uordblks);
    assert_true(rig_finish(&rig));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_real_unit),
        cmocka_unit_test(test_open_and_poll),
        cmocka_unit_test(test_fast_between_full),
        cmocka_unit_test(test_full_ends_within_fast),
        cmocka_unit_test(test_overtaken_full_poll),
        cmocka_unit_test(test_failed_run_leaves_nothing),
        cmocka_unit_test(test_alarm_in_a_fast_poll),
        cmocka_unit_test(test_alarms_not_as_one_block),
        cmocka_unit_test(test_modbus_tcp),
        cmocka_unit_test(test_line_parameters),
        cmocka_unit_test(test_other_slave_number),
        cmocka_unit_test(test_other_ups_number),
        cmocka_unit_test(test_models),
        cmocka_unit_test(test_large_three_phase),
        cmocka_unit_test(test_large_single_phase_configured),
        cmocka_unit_test(test_large_battery_test),
        cmocka_unit_test(test_large_silent_about_more),
        cmocka_unit_test(test_large_list_changed),
        cmocka_unit_test(test_delays_are_rounded_up),
        cmocka_unit_test(test_no_allocation_in_steady_state),
    };

    signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests_name("huawei", tests, NULL, NULL);
}
