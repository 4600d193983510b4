/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Huawei UPS2000: the alarm bits of registers 40155 to 40183, one row each (G13 chapter 3, G620
 * chapter 3, tables of alarm registers).
 *
 * Rows for 1-3 kVA units are the 22 bits of G13, and 40173.3 (64/1): software for these units has
 * been seen to take that bit for an overload, so it is honoured there too.
 */
#include "huawei_ups2000.h"

#define ROW(reg, bit, small, id, rfc1, rfc2, status)                                               \
    {                                                                                              \
        reg, bit, small, UPS_ALARM_HUAWEI_##id, {UPS_ALARM_##rfc1, UPS_ALARM_##rfc2}, status       \
    }

/* clang-format off: one row, one line */
const struct huawei_alarm huawei_alarms[] = {
    /* register, bit, 1-3 kVA, ID/cause, RFC 1628 alarms implied, status words implied */
    ROW(40155, 0, false, 41_1, GENERAL_FAULT, NONE, 0),
    ROW(40155, 1, false, 41_2, GENERAL_FAULT, NONE, 0),
    ROW(40155, 4, false, 45_3, CHARGER_FAILED, NONE, 0),
    ROW(40155, 5, false, 45_4, CHARGER_FAILED, NONE, 0),
    ROW(40155, 7, false, 45_6, CHARGER_FAILED, NONE, 0),
    ROW(40155, 8, false, 45_7, CHARGER_FAILED, NONE, 0),
    ROW(40155, 9, false, 45_8, CHARGER_FAILED, NONE, 0),
    ROW(40155, 10, false, 1_1, INPUT_BAD, NONE, 0),
    ROW(40155, 11, false, 6_1, INPUT_BAD, NONE, 0),
    ROW(40155, 12, false, 1_2, INPUT_BAD, NONE, 0),
    ROW(40155, 13, false, 1_3, INPUT_BAD, NONE, 0),
    ROW(40155, 14, false, 4_1, INPUT_BAD, NONE, 0),
    ROW(40155, 15, false, 5_1, INPUT_BAD, NONE, 0),
    ROW(40156, 0, false, 7_1, NONE, NONE, 0),
    ROW(40156, 1, false, 8_1, INPUT_BAD, NONE, 0),
    ROW(40156, 2, false, 9_1, INPUT_BAD, NONE, 0),
    ROW(40156, 3, true, 30_1, TEMP_BAD, NONE, 0),
    ROW(40156, 4, false, 41_3, GENERAL_FAULT, NONE, 0),
    ROW(40156, 5, false, 65_2, GENERAL_FAULT, NONE, 0),
    ROW(40158, 0, false, 61_1, GENERAL_FAULT, NONE, 0),
    ROW(40158, 1, false, 61_2, GENERAL_FAULT, NONE, 0),
    ROW(40159, 0, false, 65_1, GENERAL_FAULT, NONE, 0),
    ROW(40159, 1, false, 67_1, GENERAL_FAULT, NONE, 0),
    ROW(40159, 2, false, 84_2, GENERAL_FAULT, NONE, 0),
    ROW(40159, 3, false, 84_3, GENERAL_FAULT, NONE, 0),
    ROW(40159, 4, false, 94_1, GENERAL_FAULT, NONE, 0),
    ROW(40160, 0, false, 131_1, TEMP_BAD, NONE, 0),
    ROW(40160, 1, false, 133_1, TEMP_BAD, NONE, 0),
    ROW(40160, 2, false, 134_1, NONE, NONE, 0),
    ROW(40160, 3, false, 135_1, NONE, NONE, 0),
    ROW(40160, 4, false, 136_1, NONE, NONE, 0),
    ROW(40160, 5, false, 340_1, NONE, NONE, 0),
    ROW(40161, 1, true, 10_1, BYPASS_BAD, NONE, 0),
    ROW(40161, 2, true, 10_2, BYPASS_BAD, NONE, 0),
    ROW(40161, 3, false, 11_1, BYPASS_BAD, NONE, 0),
    ROW(40163, 0, false, 23_1, BATTERY_BAD, TEMP_BAD, 0),
    ROW(40163, 2, false, 24_1, BATTERY_BAD, TEMP_BAD, 0),
    ROW(40163, 3, true, 25_1, BATTERY_BAD, NONE, 0),
    ROW(40164, 0, false, 27_1, BATTERY_BAD, NONE, 0),
    ROW(40164, 1, true, 29_1, BATTERY_BAD, NONE, UPS_STATUS_MASK(RB)),
    ROW(40164, 2, false, 36_1, BATTERY_BAD, NONE, 0),
    ROW(40164, 3, true, 26_1, LOW_BATTERY, NONE, 0),
    ROW(40165, 2, false, 86_1, BYPASS_BAD, NONE, 0),
    ROW(40165, 6, false, 12_1, BYPASS_BAD, NONE, 0),
    ROW(40165, 13, false, 96_1, BYPASS_BAD, NONE, 0),
    ROW(40168, 0, false, 28_1, GENERAL_FAULT, NONE, 0),
    ROW(40168, 1, false, 28_2, GENERAL_FAULT, NONE, 0),
    ROW(40168, 2, false, 28_3, GENERAL_FAULT, NONE, 0),
    ROW(40168, 3, false, 105_5, GENERAL_FAULT, NONE, 0),
    ROW(40168, 4, false, 125_1, GENERAL_FAULT, NONE, 0),
    ROW(40168, 5, false, 61440_1, GENERAL_FAULT, NONE, 0),
    ROW(40169, 0, false, 40_1, GENERAL_FAULT, NONE, 0),
    ROW(40169, 1, false, 40_2, GENERAL_FAULT, NONE, 0),
    ROW(40169, 3, false, 40_4, GENERAL_FAULT, NONE, 0),
    ROW(40169, 4, false, 40_5, GENERAL_FAULT, NONE, 0),
    ROW(40169, 5, false, 40_6, GENERAL_FAULT, NONE, 0),
    ROW(40169, 6, false, 40_7, GENERAL_FAULT, NONE, 0),
    ROW(40169, 8, false, 40_9, GENERAL_FAULT, NONE, 0),
    ROW(40169, 9, false, 40_10, GENERAL_FAULT, NONE, 0),
    ROW(40169, 13, false, 42_1, GENERAL_FAULT, NONE, 0),
    ROW(40169, 14, false, 42_2, GENERAL_FAULT, NONE, 0),
    ROW(40169, 15, false, 44_1, GENERAL_FAULT, NONE, 0),
    ROW(40170, 0, false, 44_2, GENERAL_FAULT, NONE, 0),
    ROW(40170, 1, false, 44_3, GENERAL_FAULT, NONE, 0),
    ROW(40170, 2, false, 20_1, BATTERY_BAD, NONE, 0),
    ROW(40170, 4, true, 22_1, BATTERY_BAD, NONE, 0),
    ROW(40170, 10, false, 43_1, FAN_FAILURE, NONE, 0),
    ROW(40170, 13, false, 32_1, BATTERY_BAD, TEMP_BAD, 0),
    ROW(40171, 0, false, 43_6, FAN_FAILURE, NONE, 0),
    ROW(40171, 1, false, 45_9, CHARGER_FAILED, NONE, 0),
    ROW(40171, 2, false, 45_10, CHARGER_FAILED, NONE, 0),
    ROW(40171, 3, false, 42_9, GENERAL_FAULT, NONE, 0),
    ROW(40171, 4, false, 42_10, GENERAL_FAULT, NONE, 0),
    ROW(40171, 5, false, 42_11, GENERAL_FAULT, NONE, 0),
    ROW(40171, 6, false, 42_12, GENERAL_FAULT, NONE, 0),
    ROW(40171, 7, false, 42_13, GENERAL_FAULT, NONE, 0),
    ROW(40171, 8, false, 159_1, NONE, NONE, 0),
    ROW(40172, 0, false, 60_1, GENERAL_FAULT, NONE, 0),
    ROW(40172, 1, false, 60_2, GENERAL_FAULT, NONE, 0),
    ROW(40172, 2, false, 60_3, GENERAL_FAULT, NONE, 0),
    ROW(40172, 3, false, 60_4, GENERAL_FAULT, NONE, 0),
    ROW(40172, 4, false, 60_5, GENERAL_FAULT, NONE, 0),
    ROW(40172, 7, false, 60_8, GENERAL_FAULT, NONE, 0),
    ROW(40172, 14, false, 42_3, GENERAL_FAULT, NONE, 0),
    ROW(40173, 0, false, 44_4, GENERAL_FAULT, NONE, 0),
    ROW(40173, 1, false, 44_5, GENERAL_FAULT, NONE, 0),
    ROW(40173, 2, false, 44_6, GENERAL_FAULT, NONE, 0),
    ROW(40173, 3, true, 64_1, OUTPUT_OVERLOAD, NONE, UPS_STATUS_MASK(OVER)),
    ROW(40173, 5, true, 66_1, OUTPUT_OVERLOAD, NONE, UPS_STATUS_MASK(OVER)),
    ROW(40174, 0, true, 14_1, GENERAL_FAULT, NONE, 0),
    ROW(40174, 1, false, 60_7, GENERAL_FAULT, NONE, 0),
    ROW(40174, 2, false, 64_2, OUTPUT_OVERLOAD, NONE, UPS_STATUS_MASK(OVER)),
    ROW(40174, 3, true, 66_2, OUTPUT_OVERLOAD, NONE, UPS_STATUS_MASK(OVER)),
    ROW(40174, 4, false, 70_1, BYPASS_BAD, NONE, 0),
    ROW(40174, 5, false, 70_2, BYPASS_BAD, NONE, 0),
    ROW(40174, 6, false, 71_1, BYPASS_BAD, NONE, 0),
    ROW(40174, 7, false, 83_1, GENERAL_FAULT, NONE, 0),
    ROW(40174, 8, false, 83_2, GENERAL_FAULT, NONE, 0),
    ROW(40174, 9, false, 83_4, GENERAL_FAULT, NONE, 0),
    ROW(40174, 10, false, 83_5, GENERAL_FAULT, NONE, 0),
    ROW(40174, 11, false, 83_6, GENERAL_FAULT, NONE, 0),
    ROW(40174, 12, false, 107_1, GENERAL_FAULT, NONE, 0),
    ROW(40174, 13, false, 158_1, NONE, NONE, 0),
    ROW(40179, 3, false, 31_1, BATTERY_BAD, TEMP_BAD, 0),
    ROW(40179, 12, false, 1_4, INPUT_BAD, NONE, 0),
    ROW(40179, 13, false, 42_14, GENERAL_FAULT, NONE, 0),
    ROW(40179, 14, true, 42_15, GENERAL_FAULT, NONE, 0),
    ROW(40179, 15, true, 42_17, GENERAL_FAULT, NONE, 0),
    ROW(40180, 0, false, 35_1, BATTERY_BAD, NONE, UPS_STATUS_MASK(RB)),
    ROW(40180, 1, true, 42_18, GENERAL_FAULT, NONE, 0),
    ROW(40180, 2, false, 42_19, GENERAL_FAULT, NONE, 0),
    ROW(40180, 3, false, 42_20, GENERAL_FAULT, NONE, 0),
    ROW(40180, 4, false, 42_23, GENERAL_FAULT, NONE, 0),
    ROW(40180, 5, true, 42_24, GENERAL_FAULT, NONE, 0),
    ROW(40180, 6, true, 42_27, GENERAL_FAULT, NONE, 0),
    ROW(40180, 7, true, 42_28, GENERAL_FAULT, NONE, 0),
    ROW(40180, 8, false, 42_29, GENERAL_FAULT, NONE, 0),
    ROW(40180, 9, false, 42_30, GENERAL_FAULT, NONE, 0),
    ROW(40180, 10, true, 42_31, GENERAL_FAULT, NONE, 0),
    ROW(40180, 11, true, 42_32, TEMP_BAD, GENERAL_FAULT, 0),
    ROW(40180, 12, false, 42_34, GENERAL_FAULT, NONE, 0),
    ROW(40180, 13, true, 42_36, CHARGER_FAILED, NONE, 0),
    ROW(40180, 14, false, 42_37, GENERAL_FAULT, NONE, 0),
    ROW(40180, 15, false, 42_38, GENERAL_FAULT, NONE, 0),
    ROW(40182, 1, false, 42_39, GENERAL_FAULT, NONE, 0),
    ROW(40182, 2, false, 42_40, GENERAL_FAULT, NONE, 0),
    ROW(40182, 3, false, 42_41, GENERAL_FAULT, NONE, 0),
    ROW(40182, 4, true, 42_42, CHARGER_FAILED, NONE, 0),
    ROW(40182, 5, false, 85_1, UPS_OUTPUT_OFF, NONE, 0),
    ROW(40182, 8, false, 42_48, GENERAL_FAULT, NONE, 0),
    ROW(40182, 9, false, 42_49, GENERAL_FAULT, NONE, 0),
    ROW(40182, 10, false, 42_60, GENERAL_FAULT, NONE, 0),
    ROW(40182, 11, false, 43_2, FAN_FAILURE, NONE, 0),
    ROW(40182, 12, false, 58_1, GENERAL_FAULT, NONE, 0),
    ROW(40182, 13, true, 66_3, OUTPUT_OVERLOAD, NONE, UPS_STATUS_MASK(OVER)),
    ROW(40182, 14, true, 66_4, OUTPUT_OVERLOAD, UPS_OUTPUT_OFF, UPS_STATUS_MASK(OVER)),
    ROW(40182, 15, false, 59_1, NONE, NONE, 0),
    ROW(40183, 0, false, 42_55, GENERAL_FAULT, NONE, 0),
    ROW(40183, 1, false, 66_5, OUTPUT_OVERLOAD, NONE, UPS_STATUS_MASK(OVER)),
    ROW(40183, 2, false, 34_1, LOW_BATTERY, NONE, 0),
};
/* clang-format on */

const size_t huawei_alarms_count = sizeof huawei_alarms / sizeof *huawei_alarms;

const struct huawei_alarm *huawei_alarm_find(unsigned reg, unsigned bit)
{
    for (size_t i = 0; i < huawei_alarms_count; i++)
        if (huawei_alarms[i].reg == reg && huawei_alarms[i].bit == bit)
            return &huawei_alarms[i];
    return NULL;
}

void huawei_alarms_apply(enum huawei_profile profile, const uint16_t words[HUAWEI_ALARM_WORDS],
                         struct ups_alarm_set *alarms, uint32_t *status,
                         uint16_t unknown[HUAWEI_ALARM_WORDS])
{
    uint16_t rest[HUAWEI_ALARM_WORDS];

    for (size_t i = 0; i < HUAWEI_ALARM_WORDS; i++)
        rest[i] = words[i];
    for (const struct huawei_alarm *a = huawei_alarms; a < huawei_alarms + huawei_alarms_count;
         a++) {
        unsigned word = a->reg - (unsigned)HUAWEI_ALARM_FIRST;
        if (!(words[word] >> a->bit & 1) || (profile == HUAWEI_SMALL && !a->small))
            continue;
        rest[word] &= (uint16_t) ~(1u << a->bit);
        ups_alarm_add(alarms, a->vendor);
        ups_alarm_add(alarms, a->rfc[0]);
        ups_alarm_add(alarms, a->rfc[1]);
        *status |= a->status;
    }
    if (unknown)
        for (size_t i = 0; i < HUAWEI_ALARM_WORDS; i++)
            unknown[i] = rest[i];
}
