/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Huawei UPS2000: from status registers to status words and alarms (G13 chapter 3: registers 1024,
 * 1043, 2002, 9006 and the alarm words).  Pure: words in, reading out.
 */
#include "huawei_ups2000.h"

#include <string.h>

enum huawei_verdict huawei_judge_mode(enum huawei_profile profile, uint16_t mode)
{
    if (mode <= HUAWEI_MODE_BATTERY || mode == HUAWEI_MODE_ECO ||
        (mode == HUAWEI_MODE_BATTERY_ECO && profile == HUAWEI_LARGE))
        return HUAWEI_GOOD;
    /* 8 and more look like another register's content: a shifted answer, not a mode. */
    return mode < 8 ? HUAWEI_ODD : HUAWEI_BAD;
}

enum huawei_verdict huawei_judge_bits(uint16_t bits)
{
    if (bits == 0xffff)
        return HUAWEI_BAD;
    /* Reserved bits and "offline type" are what a shifted answer looks like. */
    return bits & HUAWEI_BITS_RESERVED || !(bits & HUAWEI_BIT_ONLINE_TYPE) ? HUAWEI_ODD
                                                                           : HUAWEI_GOOD;
}

int huawei_weigh(struct huawei_vital *v, enum huawei_verdict verdict, uint16_t value)
{
    bool take = verdict == HUAWEI_GOOD;

    if (verdict == HUAWEI_ODD) {
        v->agreed = v->agreed && v->odd == value ? (uint8_t)(v->agreed < 3 ? v->agreed + 1 : 3) : 1;
        v->odd = value;
        take = v->agreed == 3;
    } else {
        v->agreed = 0;
    }
    if (take) {
        v->tries = 0;
        return DRV_DONE;
    }
    if (++v->tries < 3)
        return DRV_MORE;
    v->tries = 0;
    return UPS_E_GARBLED;
}

bool huawei_battery_state(struct huawei_words *w, uint16_t raw, int64_t now_ms)
{
    bool was_bad = w->battery_bad;

    w->battery_raw = raw;
    if (raw >= HUAWEI_BATTERY_RESTING && raw <= HUAWEI_BATTERY_DISCHARGING) {
        w->battery = raw;
        w->battery_ms = now_ms;
        w->battery_bad = w->have_flow = false;
        return false;
    }
    w->battery_bad = true;
    if (!was_bad && !w->battery)
        w->battery_ms = now_ms;
    if (now_ms - w->battery_ms < HUAWEI_BATTERY_KEEP_MS)
        return !was_bad;
    if (w->have_flow) { /* segment 4: bits 7 and 6 */
        unsigned flow = w->flow >> 6 & 3;
        w->battery = flow == 3   ? HUAWEI_BATTERY_DISCHARGING
                     : flow == 2 ? HUAWEI_BATTERY_FLOAT
                                 : HUAWEI_BATTERY_RESTING;
    } else if (w->have_mode) {
        bool on_battery = w->mode == HUAWEI_MODE_BATTERY || w->mode == HUAWEI_MODE_BATTERY_ECO;
        w->battery = on_battery ? HUAWEI_BATTERY_DISCHARGING : HUAWEI_BATTERY_RESTING;
    }
    return !was_bad;
}

/* -- derivation ----------------------------------------------------------------------------- */

static uint32_t status_of_mode(const struct huawei_words *w)
{
    if (!w->have_mode)
        return 0;
    switch (w->mode) {
    case HUAWEI_MODE_OFF: return UPS_STATUS_MASK(OFF);
    case HUAWEI_MODE_BYPASS: return UPS_STATUS_MASK(BYPASS);
    case HUAWEI_MODE_MAINS: return UPS_STATUS_MASK(OL);
    case HUAWEI_MODE_ECO: return UPS_STATUS_MASK(OL) | UPS_STATUS_MASK(ECO);
    case HUAWEI_MODE_BATTERY:
    case HUAWEI_MODE_BATTERY_ECO: return UPS_STATUS_MASK(OB);
    default: return 0;
    }
}

/* Register 1043 and what only it tells. */
static uint32_t derive_bits(const struct huawei_words *w, struct ups_alarm_set *alarms)
{
    uint32_t status = 0;

    if (!w->have_bits)
        return 0;
    bool mains_bad = w->bits & HUAWEI_BIT_MAINS_BAD, low = w->bits & HUAWEI_BIT_BATTERY_LOW;
    bool off = w->have_mode && w->mode == HUAWEI_MODE_OFF;
    if (low)
        status |= UPS_STATUS_MASK(LB);
    if (w->bits & HUAWEI_BIT_TEST)
        status |= UPS_STATUS_MASK(CAL);
    if (w->bits & HUAWEI_BIT_FAULT)
        ups_alarm_add(alarms, UPS_ALARM_GENERAL_FAULT);
    if (mains_bad)
        ups_alarm_add(alarms, UPS_ALARM_INPUT_BAD);
    if (off && mains_bad && low)
        ups_alarm_add(alarms, UPS_ALARM_DEPLETED_BATTERY);
    if (off && mains_bad && w->have_auto_start && w->auto_start == 1)
        ups_alarm_add(alarms, UPS_ALARM_AWAITING_POWER);
    return status;
}

static uint32_t derive_battery(const struct huawei_words *w, struct ups_reading *r)
{
    switch (w->battery) {
    case HUAWEI_BATTERY_RESTING:
        ups_set(r, UPS_VAR_BATTERY_CHARGER_STATUS, 0, UPS_CHARGER_RESTING);
        return 0;
    case HUAWEI_BATTERY_FLOAT: /* units stay here for ever when full: NUT's word is charging */
    case HUAWEI_BATTERY_BOOST:
        ups_set(r, UPS_VAR_BATTERY_CHARGER_STATUS, 0, UPS_CHARGER_CHARGING);
        return UPS_STATUS_MASK(CHRG);
    case HUAWEI_BATTERY_DISCHARGING:
        ups_set(r, UPS_VAR_BATTERY_CHARGER_STATUS, 0, UPS_CHARGER_DISCHARGING);
        return UPS_STATUS_MASK(DISCHRG);
    default: ups_unset(r, UPS_VAR_BATTERY_CHARGER_STATUS, 0); return 0;
    }
}

static void put16(struct ups_reading *r, uint16_t word)
{
    r->raw[r->raw_len++] = (uint8_t)(word >> 8);
    r->raw[r->raw_len++] = (uint8_t)word;
}

/* Alarm words 40155 to 40183, then 1024, 1043 and 2002 as read; FFFF where there is none. */
static void derive_raw(const struct huawei_words *w, struct ups_reading *r)
{
    _Static_assert(2 * (HUAWEI_ALARM_WORDS + 3) <= UPS_RAW_MAX, "raw status fits");

    r->raw_len = 0;
    for (size_t i = 0; i < HUAWEI_ALARM_WORDS; i++)
        put16(r, w->alarm[i]);
    put16(r, w->have_mode ? w->mode : 0xffff);
    put16(r, w->have_bits ? w->bits : 0xffff);
    put16(r, w->battery_raw);
}

void huawei_derive(enum huawei_profile profile, const struct huawei_words *w, struct ups_reading *r)
{
    struct ups_alarm_set alarms;
    uint32_t status = status_of_mode(w);

    memset(&alarms, 0, sizeof alarms);
    status |= derive_bits(w, &alarms);
    if (profile == HUAWEI_LARGE && w->testing) /* they have no register 1043 */
        status |= UPS_STATUS_MASK(CAL);
    status |= derive_battery(w, r);
    huawei_alarms_apply(profile, w->alarm, &alarms, &status, NULL);
    /* A battery that is not there has nothing left. */
    if (ups_alarm_has(&alarms, UPS_ALARM_HUAWEI_22_1))
        ups_alarm_add(&alarms, UPS_ALARM_DEPLETED_BATTERY);
    /* 6-20 kVA units have no register 1043: "low" is what their alarms say. */
    if (profile == HUAWEI_LARGE && (ups_alarm_has(&alarms, UPS_ALARM_HUAWEI_26_1) ||
                                    ups_alarm_has(&alarms, UPS_ALARM_HUAWEI_34_1)))
        status |= UPS_STATUS_MASK(LB);
    for (unsigned bit = 0; bit < UPS_STATUS_COUNT; bit++)
        if (status >> bit & 1)
            ups_alarm_add(&alarms, ups_statuses[bit].alarm);
    r->status = status;
    r->alarms = alarms;
    derive_raw(w, r);
}
