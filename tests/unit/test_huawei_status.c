/* SPDX-License-Identifier: BSD-2-Clause */
/* Huawei's alarm bits, status words and register table, without any wire. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "huawei_ups2000.h"

/* G13's table of alarm registers, with the RFC 1628 alarms that each bit means. */
static const struct {
    unsigned reg, bit;
    enum ups_alarm vendor, rfc1, rfc2;
    const char *word;
} g13[] = {
    {40156, 3, UPS_ALARM_HUAWEI_30_1, UPS_ALARM_TEMP_BAD, UPS_ALARM_NONE, ""},
    {40161, 1, UPS_ALARM_HUAWEI_10_1, UPS_ALARM_BYPASS_BAD, UPS_ALARM_NONE, ""},
    {40161, 2, UPS_ALARM_HUAWEI_10_2, UPS_ALARM_BYPASS_BAD, UPS_ALARM_NONE, ""},
    {40163, 3, UPS_ALARM_HUAWEI_25_1, UPS_ALARM_BATTERY_BAD, UPS_ALARM_NONE, ""},
    {40164, 1, UPS_ALARM_HUAWEI_29_1, UPS_ALARM_BATTERY_BAD, UPS_ALARM_NONE, "RB"},
    {40164, 3, UPS_ALARM_HUAWEI_26_1, UPS_ALARM_LOW_BATTERY, UPS_ALARM_NONE, ""},
    {40170, 4, UPS_ALARM_HUAWEI_22_1, UPS_ALARM_BATTERY_BAD, UPS_ALARM_DEPLETED_BATTERY, ""},
    {40173, 5, UPS_ALARM_HUAWEI_66_1, UPS_ALARM_OUTPUT_OVERLOAD, UPS_ALARM_NONE, "OVER"},
    {40174, 0, UPS_ALARM_HUAWEI_14_1, UPS_ALARM_GENERAL_FAULT, UPS_ALARM_NONE, ""},
    {40174, 3, UPS_ALARM_HUAWEI_66_2, UPS_ALARM_OUTPUT_OVERLOAD, UPS_ALARM_NONE, "OVER"},
    {40179, 14, UPS_ALARM_HUAWEI_42_15, UPS_ALARM_GENERAL_FAULT, UPS_ALARM_NONE, ""},
    {40179, 15, UPS_ALARM_HUAWEI_42_17, UPS_ALARM_GENERAL_FAULT, UPS_ALARM_NONE, ""},
    {40180, 1, UPS_ALARM_HUAWEI_42_18, UPS_ALARM_GENERAL_FAULT, UPS_ALARM_NONE, ""},
    {40180, 5, UPS_ALARM_HUAWEI_42_24, UPS_ALARM_GENERAL_FAULT, UPS_ALARM_NONE, ""},
    {40180, 6, UPS_ALARM_HUAWEI_42_27, UPS_ALARM_GENERAL_FAULT, UPS_ALARM_NONE, ""},
    {40180, 7, UPS_ALARM_HUAWEI_42_28, UPS_ALARM_GENERAL_FAULT, UPS_ALARM_NONE, ""},
    {40180, 10, UPS_ALARM_HUAWEI_42_31, UPS_ALARM_GENERAL_FAULT, UPS_ALARM_NONE, ""},
    {40180, 11, UPS_ALARM_HUAWEI_42_32, UPS_ALARM_TEMP_BAD, UPS_ALARM_GENERAL_FAULT, ""},
    {40180, 13, UPS_ALARM_HUAWEI_42_36, UPS_ALARM_CHARGER_FAILED, UPS_ALARM_NONE, ""},
    {40182, 4, UPS_ALARM_HUAWEI_42_42, UPS_ALARM_CHARGER_FAILED, UPS_ALARM_NONE, ""},
    {40182, 13, UPS_ALARM_HUAWEI_66_3, UPS_ALARM_OUTPUT_OVERLOAD, UPS_ALARM_NONE, "OVER"},
    {40182, 14, UPS_ALARM_HUAWEI_66_4, UPS_ALARM_OUTPUT_OVERLOAD, UPS_ALARM_UPS_OUTPUT_OFF, "OVER"},
    {40173, 3, UPS_ALARM_HUAWEI_64_1, UPS_ALARM_OUTPUT_OVERLOAD, UPS_ALARM_NONE, "OVER"},
};

static struct huawei_words idle(void)
{
    return (struct huawei_words){
        .have_mode = true, .mode = 2, .have_bits = true, .bits = 8, .battery = 3, .battery_raw = 3};
}

static unsigned count_alarms(const struct ups_alarm_set *s)
{
    unsigned n = 0;

    for (unsigned a = 0; a < UPS_ALARM_COUNT; a++)
        n += ups_alarm_has(s, (enum ups_alarm)a);
    return n;
}

static void test_every_alarm_bit_of_g13(void **state)
{
    char words[64], expected[64];

    (void)state;
    for (size_t i = 0; i < sizeof g13 / sizeof *g13; i++) {
        struct huawei_words w = idle();
        struct ups_reading r = {0};
        w.alarm[g13[i].reg - HUAWEI_ALARM_FIRST] = (uint16_t)(1u << g13[i].bit);
        huawei_derive(HUAWEI_SMALL, &w, &r);
        assert_true(ups_alarm_has(&r.alarms, g13[i].vendor));
        assert_true(ups_alarm_has(&r.alarms, g13[i].rfc1));
        assert_true(g13[i].rfc2 == UPS_ALARM_NONE || ups_alarm_has(&r.alarms, g13[i].rfc2));
        /* RB and OVER bring the alarm that the bit already has; nothing else appears */
        assert_int_equal(count_alarms(&r.alarms), g13[i].rfc2 == UPS_ALARM_NONE ? 2 : 3);
        ups_status_text(r.status, words, sizeof words);
        snprintf(expected, sizeof expected, "OL CHRG%s%s", *g13[i].word ? " " : "", g13[i].word);
        assert_string_equal(words, expected);
    }
}

static void test_small_units_have_no_other_bits(void **state)
{
    unsigned small = 0;

    (void)state;
    for (unsigned word = 0; word < HUAWEI_ALARM_WORDS; word++)
        for (unsigned bit = 0; bit < 16; bit++) {
            uint16_t words[HUAWEI_ALARM_WORDS] = {0}, unknown[HUAWEI_ALARM_WORDS];
            struct ups_alarm_set set = {{0}};
            uint32_t status = 0;
            words[word] = (uint16_t)(1u << bit);
            huawei_alarms_apply(HUAWEI_SMALL, words, &set, &status, unknown);
            if (unknown[word])
                assert_int_equal(count_alarms(&set), 0);
            else
                small++;
        }
    assert_int_equal(small, sizeof g13 / sizeof *g13);
}

/* Every row of the table raises its own alarm on the larger units, and rows are unique. */
static void test_every_alarm_bit_of_g620(void **state)
{
    (void)state;
    assert_int_equal(huawei_alarms_count, 140);
    for (size_t i = 0; i < huawei_alarms_count; i++) {
        const struct huawei_alarm *a = &huawei_alarms[i];
        struct huawei_words w = idle();
        struct ups_reading r = {0};
        assert_ptr_equal(huawei_alarm_find(a->reg, a->bit), a);
        w.alarm[a->reg - HUAWEI_ALARM_FIRST] = (uint16_t)(1u << a->bit);
        huawei_derive(HUAWEI_LARGE, &w, &r);
        assert_true(ups_alarm_has(&r.alarms, a->vendor));
        for (size_t k = 0; k < i; k++)
            assert_true(huawei_alarms[k].vendor != a->vendor);
        /* the name in the model starts with the guide's ID/cause */
        assert_true(ups_alarms[a->vendor].vendor);
    }
    assert_null(huawei_alarm_find(40157, 0));
}

static void test_status_words(void **state)
{
    static const struct {
        uint16_t mode, bits, battery;
        const char *words;
    } cases[] = {
        {2, 0x08, 3, "OL CHRG"},     {3, 0x88, 5, "OB DISCHRG"}, {3, 0xc8, 5, "OB LB DISCHRG"},
        {1, 0x08, 4, "BYPASS CHRG"}, {0, 0x08, 3, "OFF CHRG"},   {2, 0x0c, 5, "OL DISCHRG CAL"},
        {5, 0x08, 3, "OL ECO CHRG"}, {2, 0x08, 2, "OL"},         {3, 0x0c, 5, "OB DISCHRG CAL"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct huawei_words w = idle();
        struct ups_reading r = {0};
        char words[64];
        w.mode = cases[i].mode;
        w.bits = cases[i].bits;
        w.battery = cases[i].battery;
        huawei_derive(HUAWEI_SMALL, &w, &r);
        ups_status_text(r.status, words, sizeof words);
        assert_string_equal(words, cases[i].words);
    }
}

static void test_derived_alarms(void **state)
{
    struct huawei_words w = idle();
    struct ups_reading r = {0};

    (void)state;
    w.bits = 0x98; /* mains abnormal, fault */
    huawei_derive(HUAWEI_SMALL, &w, &r);
    assert_true(ups_alarm_has(&r.alarms, UPS_ALARM_INPUT_BAD));
    assert_true(ups_alarm_has(&r.alarms, UPS_ALARM_GENERAL_FAULT));
    assert_int_equal(count_alarms(&r.alarms), 2);
    w.mode = HUAWEI_MODE_OFF;
    w.bits = 0xc8; /* off, mains abnormal, battery low, starts again by itself */
    w.have_auto_start = true;
    w.auto_start = 1;
    huawei_derive(HUAWEI_SMALL, &w, &r);
    assert_true(ups_alarm_has(&r.alarms, UPS_ALARM_DEPLETED_BATTERY));
    assert_true(ups_alarm_has(&r.alarms, UPS_ALARM_AWAITING_POWER));
    assert_true(ups_alarm_has(&r.alarms, UPS_ALARM_UPS_OUTPUT_OFF));
    assert_true(ups_alarm_has(&r.alarms, UPS_ALARM_LOW_BATTERY));
    w.auto_start = 0;
    huawei_derive(HUAWEI_SMALL, &w, &r);
    assert_false(ups_alarm_has(&r.alarms, UPS_ALARM_AWAITING_POWER));
}

static void test_battery_state_without_flow(void **state)
{
    struct huawei_words w = idle();

    (void)state;
    assert_false(huawei_battery_state(&w, 4, 1000));
    assert_true(huawei_battery_state(&w, 0xa000, 2000));
    assert_int_equal(w.battery, 4);
    assert_false(huawei_battery_state(&w, 0xa000, 60999));
    assert_int_equal(w.battery, 4);
    huawei_battery_state(&w, 0xa000, 61000);
    assert_int_equal(w.battery, HUAWEI_BATTERY_RESTING);
    w.mode = HUAWEI_MODE_BATTERY;
    huawei_battery_state(&w, 0xa000, 62000);
    assert_int_equal(w.battery, HUAWEI_BATTERY_DISCHARGING);
    w.have_flow = true;
    w.flow = 2 << 6;
    huawei_battery_state(&w, 0xa000, 63000);
    assert_int_equal(w.battery, HUAWEI_BATTERY_FLOAT);
    assert_false(huawei_battery_state(&w, 5, 64000));
    assert_int_equal(w.battery, 5);
    assert_false(w.battery_bad);
}

static void test_plans_fit_the_buffer(void **state)
{
    (void)state;
    for (int profile = HUAWEI_SMALL; profile <= HUAWEI_LARGE; profile++)
        for (unsigned block = 0; block < HUAWEI_BLOCKS; block++) {
            const struct huawei_piece *whole =
                huawei_plan((enum huawei_profile)profile, (enum huawei_block)block, 0);
            for (unsigned level = 0; whole && level < HUAWEI_LEVELS; level++) {
                const struct huawei_piece *p =
                    huawei_plan((enum huawei_profile)profile, (enum huawei_block)block, level);
                for (; p && p->count; p++) {
                    assert_true(p->first >= whole->first);
                    assert_true(p->first + p->count <= whole->first + HUAWEI_REGS_MAX);
                    assert_true(p->first + p->count <= whole->first + whole->count);
                }
            }
        }
}

static unsigned values_known(enum huawei_profile profile, const struct huawei_buffer *b)
{
    struct ups_reading r = {0};
    unsigned known = 0;
    int64_t v;

    huawei_apply(profile, b, profile == HUAWEI_LARGE ? 3 : 1, profile == HUAWEI_LARGE ? 3 : 1,
                 HUAWEI_BATTERY_FLOAT, &r);
    for (unsigned var = 0; var < UPS_VAR_COUNT; var++)
        for (unsigned line = 0; line < ups_vars[var].lines; line++)
            known +=
                ups_vars[var].kind == UPS_KIND_NUMBER && ups_get(&r, (enum ups_var)var, line, &v);
    return known;
}

/* A value that every map takes from this register. */
static uint16_t plausible(unsigned reg)
{
    switch (reg) {
    case 2004: return 0; /* the high word of the runtime */
    case 2009: return 60;
    case 1031:
    case 1041:
    case 1044:
    case 1046:
    case 2008: return 1;
    default: return 20;
    }
}

/* 7FFF and FFFF say "no value", for their register alone. */
static void check_markers(enum huawei_profile profile, const struct huawei_piece *p)
{
    static const uint16_t markers[] = {0x7fff, 0xffff};
    struct huawei_buffer b = {
        .first = p->first, .count = p->count, .have = ((uint64_t)1 << p->count) - 1};

    for (unsigned i = 0; i < p->count; i++)
        b.reg[i] = plausible(p->first + i);
    unsigned whole = values_known(profile, &b);
    for (unsigned i = 0; i < p->count; i++) {
        /* the frequency of the mains is that of each phase */
        unsigned most = p->first + i == 1003 && profile == HUAWEI_LARGE ? 3 : 1;
        for (size_t m = 0; m < sizeof markers / sizeof *markers; m++) {
            b.reg[i] = markers[m];
            unsigned left = values_known(profile, &b);
            assert_true(left <= whole && whole - left <= most);
            b.reg[i] = plausible(p->first + i);
        }
    }
    if (whole == 0)
        return;
    for (unsigned i = 0; i < p->count; i++)
        b.reg[i] = 0xffff; /* no register means 65535 */
    /* what is left: the numbers of lines; the battery current, which may be signed: -0.1 A */
    bool current = profile == HUAWEI_LARGE && p->first == 2000;
    assert_int_equal(values_known(profile, &b), p->first == 1000 ? 3 : current ? 1 : 0);
}

static void test_each_marker_takes_its_own_value(void **state)
{
    (void)state;
    for (int profile = HUAWEI_SMALL; profile <= HUAWEI_LARGE; profile++)
        for (unsigned block = 0; block < HUAWEI_BLOCKS; block++) {
            const struct huawei_piece *p =
                huawei_plan((enum huawei_profile)profile, (enum huawei_block)block, 0);
            if (p && p->first < HUAWEI_ALARM_FIRST)
                check_markers((enum huawei_profile)profile, p);
        }
}

/* Phases B and C of single-phase units may read as anything and never get out. */
static void test_single_phase_has_one_line(void **state)
{
    struct huawei_buffer b = {.first = 1000, .count = 28, .have = 0xfffffff};
    struct ups_reading r = {0};
    int64_t v;

    (void)state;
    for (int i = 0; i < 28; i++)
        b.reg[i] = 10;
    huawei_apply(HUAWEI_SMALL, &b, 3, 3, 0, &r);
    assert_true(ups_get(&r, UPS_VAR_OUTPUT_VOLTAGE, 0, &v));
    assert_false(ups_get(&r, UPS_VAR_OUTPUT_VOLTAGE, 1, &v));
    huawei_apply(HUAWEI_LARGE, &b, 3, 1, 0, &r);
    assert_true(ups_get(&r, UPS_VAR_INPUT_VOLTAGE, 2, &v));
    assert_false(ups_get(&r, UPS_VAR_OUTPUT_VOLTAGE, 2, &v));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_alarm_bit_of_g13),
        cmocka_unit_test(test_small_units_have_no_other_bits),
        cmocka_unit_test(test_every_alarm_bit_of_g620),
        cmocka_unit_test(test_status_words),
        cmocka_unit_test(test_derived_alarms),
        cmocka_unit_test(test_battery_state_without_flow),
        cmocka_unit_test(test_plans_fit_the_buffer),
        cmocka_unit_test(test_each_marker_takes_its_own_value),
        cmocka_unit_test(test_single_phase_has_one_line),
    };

    return cmocka_run_group_tests_name("huawei status", tests, NULL, NULL);
}
