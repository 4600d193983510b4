/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Siemens SITOP: from words to a state.  What is heard, what of it counts, whether the readiness
 * blinks, and what all of it means in the terms of the model.
 */
#include "siemens_sitop.h"

#include <stdio.h>
#include <string.h>

enum {
    TWICE = 2,
    THRICE = 3,
    BURST = SITOP_SIGNALS, /* words */
    STEADY_MS = 3000,      /* longer than a phase of blinking */
    PHASE_LEAST_MS = 1500, /* blinking: 2 s each */
    PHASE_MOST_MS = 2500,
    BLINKS = 4,            /* changes in that rhythm that make it blinking */
    BLINK_OVER_MS = 10000, /* without a change */
};

void sitop_state_init(struct sitop_state *s)
{
    memset(s, 0, sizeof *s);
    for (unsigned i = 0; i < SITOP_SIGNALS; i++)
        s->signal[i].value = SITOP_UNKNOWN;
    sitop_state_gap(s);
}

void sitop_state_gap(struct sitop_state *s)
{
    for (unsigned i = 0; i < SITOP_SIGNALS; i++) {
        s->signal[i].last = s->signal[i].settled = SITOP_UNKNOWN;
        s->signal[i].times = 0;
    }
    s->changes = 0;
}

/* -- readiness ------------------------------------------------------------------------------ */

/* Counts changes that come in the rhythm of a defective storage. */
static void follow_blinking(struct sitop_state *s, int64_t now)
{
    struct sitop_heard *h = &s->signal[SITOP_READINESS];
    int64_t phase = now - s->change_ms;

    if (h->times >= TWICE && h->settled != h->last) {
        if (h->settled == SITOP_UNKNOWN)
            s->changes = 0;
        else if (phase >= PHASE_LEAST_MS && phase <= PHASE_MOST_MS)
            s->changes++;
        else
            s->changes = 1;
        h->settled = h->last;
        s->change_ms = now;
        if (s->changes >= BLINKS)
            s->defective = true;
    } else if (phase >= BLINK_OVER_MS) {
        s->defective = false;
        s->changes = 0;
    }
}

static void judge_readiness(struct sitop_state *s, int64_t now)
{
    struct sitop_heard *h = &s->signal[SITOP_READINESS];
    bool steady = now - h->since_ms >= STEADY_MS;
    bool buffering = sitop_value(s, SITOP_MODE) == SITOP_BUFFERING % 2;

    follow_blinking(s, now);
    if (h->last == SITOP_ALARM % 2) {
        if (steady || (buffering && !s->defective && h->times >= THRICE))
            h->value = h->last;
    } else if (steady || (h->value == SITOP_UNKNOWN && h->times >= TWICE)) {
        h->value = h->last;
    }
}

/* -- all signals ---------------------------------------------------------------------------- */

/*
 * DC_LO with *BAT*, or DC_OK with *****, in one burst: two words that say the same need no second
 * burst.  (The values of the two signals are numbered alike.)
 */
static void judge_pair(struct sitop_state *s)
{
    struct sitop_heard *input = &s->signal[SITOP_INPUT], *mode = &s->signal[SITOP_MODE];

    if (input->times == 0 || input->last != mode->last || s->words - input->number >= BURST ||
        s->words - mode->number >= BURST)
        return;
    input->value = input->last;
    mode->value = mode->last;
}

void sitop_state_word(struct sitop_state *s, enum sitop_word word, bool exact, int64_t now_ms)
{
    enum sitop_signal signal = (enum sitop_signal)(word / 2);
    struct sitop_heard *h = &s->signal[signal];
    int8_t value = (int8_t)(word % 2);

    s->words++;
    s->word_ms = now_ms;
    if (h->last != value) {
        h->last = value;
        h->times = 0;
        h->since_ms = now_ms;
    }
    if (h->times < THRICE)
        h->times++;
    h->number = s->words;
    if (signal == SITOP_READINESS) {
        judge_readiness(s, now_ms);
        return;
    }
    if (h->times >= TWICE)
        h->value = value;
    if (exact && signal != SITOP_CHARGE)
        judge_pair(s);
}

uint32_t sitop_state_mark(const struct sitop_state *s)
{
    uint32_t mark = s->defective;

    for (unsigned i = 0; i < SITOP_SIGNALS; i++)
        mark = mark * 4 + (uint32_t)(s->signal[i].value + 1);
    return mark;
}

/* -- meaning -------------------------------------------------------------------------------- */

/* Mode and input make the status; see the table in docs/protocols/siemens-sitop.md. */
static uint32_t status_of(int input, int mode, int charge, int readiness)
{
    if (mode == SITOP_BUFFERING % 2)
        return UPS_STATUS_MASK(OB) | UPS_STATUS_MASK(DISCHRG) |
               (readiness == SITOP_ALARM % 2 ? UPS_STATUS_MASK(LB) : 0);
    if (mode != SITOP_IDLE % 2 || input != SITOP_DC_OK % 2)
        return 0;
    /* BA<85 is also what it says when it does not know; one that is not ready may not charge */
    return UPS_STATUS_MASK(OL) |
           (charge == SITOP_BELOW_85 % 2 && readiness == SITOP_BUFRD % 2 ? UPS_STATUS_MASK(CHRG)
                                                                         : 0);
}

static void derive_alarms(const struct sitop_state *s, struct ups_alarm_set *alarms)
{
    memset(alarms, 0, sizeof *alarms);
    if (sitop_value(s, SITOP_INPUT) == SITOP_DC_LO % 2)
        ups_alarm_add(alarms, UPS_ALARM_INPUT_BAD);
    if (s->defective)
        ups_alarm_add(alarms, UPS_ALARM_SITOP_STORAGE_DEFECTIVE);
    if (sitop_value(s, SITOP_READINESS) == SITOP_ALARM % 2 &&
        sitop_value(s, SITOP_MODE) == SITOP_IDLE % 2) {
        ups_alarm_add(alarms, UPS_ALARM_SITOP_NOT_READY);
        ups_alarm_add(alarms, UPS_ALARM_BATTERY_BAD);
        ups_alarm_add(alarms, UPS_ALARM_DEPLETED_BATTERY);
    }
}

static void derive_battery(int charge, struct ups_reading *r)
{
    if (charge == SITOP_UNKNOWN)
        ups_unset(r, UPS_VAR_BATTERY_CHARGE_APPROX, 0);
    else
        ups_set(r, UPS_VAR_BATTERY_CHARGE_APPROX, 0,
                charge == SITOP_BELOW_85 % 2 ? UPS_APPROX_BELOW_85 : UPS_APPROX_ABOVE_85);
    if (r->status & UPS_STATUS_MASK(CHRG))
        ups_set(r, UPS_VAR_BATTERY_CHARGER_STATUS, 0, UPS_CHARGER_CHARGING);
    else if (r->status & UPS_STATUS_MASK(DISCHRG))
        ups_set(r, UPS_VAR_BATTERY_CHARGER_STATUS, 0, UPS_CHARGER_DISCHARGING);
    else
        ups_unset(r, UPS_VAR_BATTERY_CHARGER_STATUS, 0);
}

/* The words that count, as they would stand in one burst. */
static void derive_raw(const struct sitop_state *s, struct ups_reading *r)
{
    uint8_t *out = r->raw;

    memset(r->raw, 0, sizeof r->raw);
    for (unsigned i = 0; i < SITOP_SIGNALS; i++) {
        int value = s->signal[i].value;
        if (value == SITOP_UNKNOWN)
            continue;
        memcpy(out, sitop_words[i * 2 + (unsigned)value], SITOP_WORD_LEN);
        out += SITOP_WORD_LEN;
    }
    r->raw_len = (uint8_t)(out - r->raw);
}

void sitop_derive(const struct sitop_state *s, struct ups_reading *r)
{
    int charge = sitop_value(s, SITOP_CHARGE);

    r->status = status_of(sitop_value(s, SITOP_INPUT), sitop_value(s, SITOP_MODE), charge,
                          sitop_value(s, SITOP_READINESS));
    if (s->defective)
        r->status |= UPS_STATUS_MASK(RB);
    derive_alarms(s, &r->alarms);
    derive_battery(charge, r);
    derive_raw(s, r);
}
