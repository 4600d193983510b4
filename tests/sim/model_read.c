/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The readings of the physical model.  Constants are fitted to one published dump of a
 * UPS2000-G-3KRTS: 7 % load gives 100 W, 300 VA, 1.3 A at 219.7 V and 10080 s of run time, and six
 * 9 Ah blocks float at 82.0 V.
 */
#include "model.h"

#include <math.h>

/* Reactive part of a light load, share of the rating: 1.3 A at 168 W. */
static const double reactive_share = 0.0770;
/* The UPS's own consumption, share of the rating, and the inverter's efficiency. */
static const double idle_share = 0.01492063;
static const double efficiency = 0.9;
/* Battery, per 12 V block. */
static const double float_volts = 82.0 / 6.0;
static const double equalise_volts = 14.1;
static const double full_volts = 12.9;
static const double empty_volts = 10.6;
static const double block_ohms = 0.02;

bool model_mains_ok(const struct model *m)
{
    return m->mains_v >= m->cfg.mains_low && m->mains_v <= m->cfg.mains_high &&
           m->mains_hz >= 40.0 && m->mains_hz <= 70.0;
}

bool model_bypass_volts_ok(const struct model *m)
{
    const struct model_window *w = &m->cfg.bypass;

    if (w->high_v > 0.0)
        return m->bypass_v >= w->low_v && m->bypass_v <= w->high_v;
    return m->bypass_v >= 0.8 * m->cfg.nominal_v && m->bypass_v <= 1.15 * m->cfg.nominal_v;
}

bool model_bypass_hz_ok(const struct model *m)
{
    const struct model_window *w = &m->cfg.bypass;

    if (w->high_v > 0.0)
        return m->bypass_hz >= w->low_hz && m->bypass_hz <= w->high_hz;
    return fabs(m->bypass_hz - m->cfg.nominal_hz) <= 5.0;
}

bool model_on(const struct model *m)
{
    return m->mode != MODEL_OFF;
}

bool model_board_powered(const struct model *m)
{
    return m->cfg.board_backup || model_on(m) || m->mains_v >= 80.0;
}

bool model_battery_present(const struct model *m)
{
    return !m->faults[MODEL_FAULT_NO_BATTERY];
}

bool model_battery_low(const struct model *m)
{
    return m->soc < m->cfg.low_percent;
}

bool model_test_possible(const struct model *m)
{
    return (m->mode == MODEL_ONLINE || m->mode == MODEL_ECO) && model_mains_ok(m) &&
           model_battery_present(m) && !model_battery_low(m) && m->test == MODEL_TEST_NONE;
}

enum model_charge model_charge_state(const struct model *m)
{
    if (!model_battery_present(m))
        return MODEL_RESTING;
    if (m->mode == MODEL_BATTERY || m->test != MODEL_TEST_NONE)
        return MODEL_DISCHARGING;
    if (!model_mains_ok(m) || m->faults[MODEL_FAULT_CHARGER])
        return MODEL_RESTING;
    if (m->equalise_forced)
        return MODEL_EQUALISE;
    if (m->float_forced)
        return MODEL_FLOAT;
    return m->timers[MODEL_T_EQUALISE] >= 0.0 || m->soc < 95.0 ? MODEL_EQUALISE : MODEL_FLOAT;
}

static double demanded_watts(const struct model *m, int phase)
{
    return m->load[phase] / 100.0 * m->cfg.rating_va * m->cfg.rated_pf / m->cfg.phases_out;
}

/* What the battery gives, or would give if it had to feed the load now. */
static double battery_watts(const struct model *m)
{
    double watts = 0.0;

    for (int i = 0; i < m->cfg.phases_out && model_on(m); i++)
        watts += demanded_watts(m, i);
    return watts / efficiency + idle_share * m->cfg.rating_va;
}

double model_battery_amps(const struct model *m)
{
    enum model_charge state = model_charge_state(m);

    if (state == MODEL_DISCHARGING)
        return battery_watts(m) / (12.0 * m->cfg.packs);
    if (state == MODEL_RESTING || m->soc >= 100.0)
        return 0.0;
    return -m->cfg.pack_ah / 5.0;
}

double model_battery_volts(const struct model *m)
{
    enum model_charge state = model_charge_state(m);
    double block;

    if (!model_battery_present(m))
        return 0.0;
    if (m->faults[MODEL_FAULT_BATTERY_OVERVOLTAGE])
        return 15.2 * m->cfg.packs;
    if (m->test == MODEL_TEST_SHORT)
        return 0.95 * float_volts * m->cfg.packs;
    if (state == MODEL_FLOAT)
        return float_volts * m->cfg.packs;
    block = empty_volts + (full_volts - empty_volts) * m->soc / 100.0;
    if (state == MODEL_EQUALISE)
        block = fmin(block + 1.0, equalise_volts);
    if (state == MODEL_DISCHARGING)
        block -= model_battery_amps(m) * block_ohms;
    return block * m->cfg.packs;
}

double model_discharge_rate(const struct model *m)
{
    double wh = m->cfg.packs * 12.0 * m->cfg.pack_ah;

    if (m->cfg.full_load_seconds > 0.0)
        return model_load(m) / m->cfg.full_load_seconds;
    return 100.0 * battery_watts(m) / (wh * 3600.0);
}

double model_runtime(const struct model *m)
{
    static const double endless = 359940.0; /* 99 h 59 min: without load */
    double rate = model_discharge_rate(m);

    if (!model_battery_present(m))
        return 0.0;
    return rate > 0.0 && m->soc < rate * endless ? m->soc / rate : endless;
}

enum model_avr model_avr(const struct model *m)
{
    if (!m->cfg.interactive || m->mode != MODEL_ONLINE || m->test != MODEL_TEST_NONE)
        return MODEL_AVR_NONE;
    if (m->mains_v < m->cfg.boost_below)
        return MODEL_AVR_BOOST;
    return m->mains_v > m->cfg.trim_above ? MODEL_AVR_TRIM : MODEL_AVR_NONE;
}

/* A line interactive unit passes the mains on, through its transformer's taps. */
static double online_volts(const struct model *m)
{
    static const double taps[] = {
        [MODEL_AVR_NONE] = 1.0, [MODEL_AVR_BOOST] = 1.12, [MODEL_AVR_TRIM] = 0.88};

    if (!m->cfg.interactive || m->test != MODEL_TEST_NONE)
        return m->cfg.output_v;
    return m->mains_v * taps[model_avr(m)];
}

double model_output_volts(const struct model *m)
{
    switch (m->mode) {
    case MODEL_BYPASS:
    case MODEL_ECO: return m->bypass_v;
    case MODEL_ONLINE: return online_volts(m);
    case MODEL_BATTERY: return m->cfg.output_v;
    case MODEL_OFF: break;
    }
    return 0.0;
}

double model_output_hz(const struct model *m)
{
    switch (m->mode) {
    case MODEL_BYPASS:
    case MODEL_ECO: return m->bypass_hz;
    case MODEL_ONLINE:
        return m->cfg.interactive && m->test == MODEL_TEST_NONE ? m->mains_hz : m->cfg.nominal_hz;
    case MODEL_BATTERY: return m->cfg.nominal_hz;
    case MODEL_OFF: break;
    }
    return 0.0;
}

double model_watts(const struct model *m, int phase)
{
    return model_on(m) && phase < m->cfg.phases_out ? demanded_watts(m, phase) : 0.0;
}

double model_va(const struct model *m, int phase)
{
    double watts = model_watts(m, phase);

    return watts > 0.0 ? hypot(watts, reactive_share * m->cfg.rating_va / m->cfg.phases_out) : 0.0;
}

double model_amps(const struct model *m, int phase)
{
    double volts = model_output_volts(m);

    return volts > 10.0 ? model_va(m, phase) / volts : 0.0;
}

double model_load(const struct model *m)
{
    double most = 0.0;

    for (int i = 0; i < m->cfg.phases_out && model_on(m); i++)
        most = fmax(most, m->load[i]);
    return most;
}
