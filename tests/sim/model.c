/* SPDX-License-Identifier: BSD-2-Clause */
/* The physical model: state machine and actions.  The formulas for readings are in model_read.c. */
#include "model.h"

#include <string.h>

static const double short_test_seconds = 10.0;
static const double equalise_seconds = 10.0;

void model_config_default(struct model_config *cfg)
{
    memset(cfg, 0, sizeof *cfg);
    cfg->rating_va = 3000.0;
    cfg->rated_pf = 0.8;
    cfg->nominal_v = 220.0;
    cfg->nominal_hz = 50.0;
    cfg->output_v = 219.7;
    cfg->packs = 6;
    cfg->pack_ah = 9.0;
    cfg->phases_in = 1;
    cfg->phases_out = 1;
    cfg->mains_v = 216.1;
    cfg->mains_low = 120.0;
    cfg->mains_high = 280.0;
    cfg->low_percent = 10.0;
    cfg->start_seconds = 5.0;
    cfg->return_seconds = 2.0;
    cfg->transfer_seconds = 1.0;
    cfg->full_charge_seconds = 5.0 * 3600.0;
}

static void clear_timers(struct model *m)
{
    for (int i = 0; i < MODEL_TIMERS; i++)
        m->timers[i] = -1.0;
}

void model_init(struct model *m, const struct model_config *cfg)
{
    memset(m, 0, sizeof *m);
    m->cfg = *cfg;
    clear_timers(m);
    m->mains_v = m->bypass_v = m->fault_v = cfg->mains_v;
    m->mains_hz = m->bypass_hz = cfg->nominal_hz;
    m->bypass_follows = true;
    m->load[0] = m->load[1] = m->load[2] = 7.0;
    m->temperature = 25.3;
    m->soc = 100.0;
    m->mains_was_ok = true;
    m->mode = MODEL_ONLINE;
    m->startup = MODEL_STARTED;
}

const char *model_fault_name(enum model_fault fault)
{
    static const char *const names[MODEL_FAULTS] = {
        "no-battery", "bad-battery", "battery-overvoltage", "charger",
        "inverter",   "internal",    "overtemperature",     "fail-start"};

    return fault < MODEL_FAULTS ? names[fault] : "";
}

static bool inverter_can_run(const struct model *m)
{
    return !m->faults[MODEL_FAULT_INVERTER] && !m->faults[MODEL_FAULT_INTERNAL];
}

static bool battery_can_feed(const struct model *m)
{
    return model_battery_present(m) && !m->battery_blocked && m->soc > 0.0 && inverter_can_run(m);
}

static void end_test(struct model *m, enum model_verdict verdict)
{
    if (m->test != MODEL_TEST_NONE)
        m->verdict = verdict;
    m->test = MODEL_TEST_NONE;
    m->timers[MODEL_T_TEST] = -1.0;
}

/* The test has seen what it needs to. */
static void conclude_test(struct model *m, bool held)
{
    m->battery_worn = m->faults[MODEL_FAULT_BAD_BATTERY];
    end_test(m, held && !m->battery_worn ? MODEL_VERDICT_PASSED : MODEL_VERDICT_FAILED);
}

static void enter(struct model *m, enum model_mode mode)
{
    m->timers[MODEL_T_TRANSFER] = m->timers[MODEL_T_RETURN] = -1.0;
    if (mode != MODEL_ONLINE && mode != MODEL_ECO)
        end_test(m, MODEL_VERDICT_ABORTED);
    if (mode == MODEL_OFF) {
        if (model_on(m)) {
            m->off_for = 0.0;
            m->restart_wanted = true;
        }
        m->timers[MODEL_T_OFF] = m->timers[MODEL_T_START] = -1.0;
        if (m->startup != MODEL_START_FAILED)
            m->startup = MODEL_STARTABLE;
    } else if (mode == MODEL_BYPASS) {
        m->startup = MODEL_STARTABLE;
    } else {
        m->startup = MODEL_STARTED;
    }
    m->mode = mode;
}

static bool bypass_usable(const struct model *m)
{
    return !m->bypass_forbidden && model_bypass_volts_ok(m) && model_bypass_hz_ok(m);
}

static bool eco_usable(const struct model *m)
{
    const struct model_window *w = &m->cfg.eco;

    if (w->high_v <= 0.0)
        return bypass_usable(m);
    return m->bypass_v >= w->low_v && m->bypass_v <= w->high_v && m->bypass_hz >= w->low_hz &&
           m->bypass_hz <= w->high_hz;
}

static enum model_mode mode_on_mains(const struct model *m)
{
    return m->eco && eco_usable(m) ? MODEL_ECO : MODEL_ONLINE;
}

static void finish_start(struct model *m)
{
    bool supply = model_mains_ok(m) || battery_can_feed(m);

    if (m->faults[MODEL_FAULT_START] || !inverter_can_run(m) || !supply) {
        m->startup = MODEL_START_FAILED;
        m->start_timeout = true;
        return;
    }
    m->overload_tripped = m->bypass_tripped = m->epo = false;
    if (m->cfg.own_restart)
        m->restart_minutes = 0; /* was part of the command, is no setting */
    enter(m, model_mains_ok(m) ? mode_on_mains(m) : MODEL_BATTERY);
}

static void begin_start(struct model *m)
{
    m->startup = MODEL_STARTING;
    m->start_timeout = false;
    m->timers[MODEL_T_ON] = -1.0;
    if (m->cfg.start_seconds > 0.0)
        m->timers[MODEL_T_START] = m->cfg.start_seconds;
    else
        finish_start(m);
}

/* What is left of the least time without output. */
static double rest_of_off(const struct model *m)
{
    return m->off_for < m->cfg.min_off_seconds ? m->cfg.min_off_seconds - m->off_for : 0.0;
}

static void regain_while_off(struct model *m)
{
    double wait = m->cfg.mains_wait_seconds;

    if (m->startup == MODEL_STARTING || m->epo)
        return;
    if (!m->cfg.own_restart) {
        if (m->auto_start)
            begin_start(m);
    } else if (m->restart_wanted && m->timers[MODEL_T_ON] < 0.0) {
        /* a restart that had a delay of its own has waited long enough */
        double rest = rest_of_off(m);

        if (m->restart_minutes)
            wait = m->cfg.delay_after_mains ? 60.0 * m->restart_minutes : 0.0;
        m->timers[MODEL_T_ON] = rest > wait ? rest : wait;
    }
}

static void lose_mains(struct model *m)
{
    switch (m->mode) {
    case MODEL_ONLINE: enter(m, battery_can_feed(m) ? MODEL_BATTERY : MODEL_OFF); break;
    case MODEL_ECO:
        end_test(m, MODEL_VERDICT_ABORTED);
        if (m->cfg.transfer_seconds > 0.0)
            m->timers[MODEL_T_TRANSFER] = m->cfg.transfer_seconds;
        else
            enter(m, battery_can_feed(m) ? MODEL_BATTERY : MODEL_OFF);
        break;
    case MODEL_BATTERY: m->timers[MODEL_T_RETURN] = -1.0; break;
    case MODEL_OFF:
        if (m->cfg.delay_after_mains)
            m->timers[MODEL_T_ON] = -1.0;
        break;
    case MODEL_BYPASS: break;
    }
}

static void regain_mains(struct model *m)
{
    switch (m->mode) {
    case MODEL_BATTERY:
        if (m->cfg.return_seconds > 0.0)
            m->timers[MODEL_T_RETURN] = m->cfg.return_seconds;
        else
            enter(m, mode_on_mains(m));
        break;
    case MODEL_ECO: m->timers[MODEL_T_TRANSFER] = -1.0; break;
    case MODEL_OFF: regain_while_off(m); break;
    case MODEL_ONLINE:
    case MODEL_BYPASS: break;
    }
}

/* Times of the overload reaction: G13 chapter 3 alarm table gives 5-10 min and 30-60 s. */
static void watch_overload(struct model *m)
{
    double load = model_load(m);
    enum model_overload level = load > 110.0   ? MODEL_LOAD_110
                                : load > 105.0 ? MODEL_LOAD_105
                                               : MODEL_LOAD_OK;

    if (level == m->overload)
        return;
    m->overload = level;
    m->timers[MODEL_T_OVERLOAD] = level == MODEL_LOAD_110   ? 30.0
                                  : level == MODEL_LOAD_105 ? 300.0
                                                            : -1.0;
}

static void overload_trip(struct model *m)
{
    if (m->mode == MODEL_BYPASS) {
        m->bypass_tripped = true;
        enter(m, MODEL_OFF);
    } else if (model_on(m)) {
        m->overload_tripped = true;
        enter(m, m->mode != MODEL_BATTERY && bypass_usable(m) ? MODEL_BYPASS : MODEL_OFF);
        /* the bypass has a time of its own */
        m->overload = MODEL_LOAD_OK;
    }
}

static void shutdown_due(struct model *m)
{
    bool come_back = !m->stay_off && (m->cfg.own_restart || (m->auto_start && model_mains_ok(m)));
    double wait = 60.0 * m->restart_minutes;

    enter(m, MODEL_OFF);
    m->restart_wanted = come_back || m->wakes;
    m->wakes = false;
    if (come_back && (model_mains_ok(m) || !m->cfg.delay_after_mains))
        m->timers[MODEL_T_ON] = wait > m->cfg.min_off_seconds ? wait : m->cfg.min_off_seconds;
}

static void settle_low_battery(struct model *m)
{
    bool deep = m->test == MODEL_TEST_DEEP;

    if (m->test != MODEL_TEST_NONE && (deep || m->cfg.low_ends))
        conclude_test(m, deep);
    if (m->cfg.low_ends && m->mode == MODEL_BATTERY && m->timers[MODEL_T_OFF] >= 0.0)
        shutdown_due(m);
}

static void settle_battery(struct model *m)
{
    if (m->mode == MODEL_BATTERY && !battery_can_feed(m))
        enter(m, MODEL_OFF);
    if (model_battery_low(m))
        settle_low_battery(m);
    if (m->test != MODEL_TEST_NONE && !model_battery_present(m))
        end_test(m, MODEL_VERDICT_FAILED);
}

static void settle_eco(struct model *m, bool mains)
{
    bool on = m->eco || !m->cfg.eco_follows;

    if (m->mode == MODEL_ECO && mains && !(on && eco_usable(m)))
        enter(m, MODEL_ONLINE);
    else if (m->cfg.eco_follows && m->mode == MODEL_ONLINE && mains && m->test == MODEL_TEST_NONE)
        enter(m, mode_on_mains(m));
}

static void settle(struct model *m)
{
    bool mains = model_mains_ok(m);

    if (mains != m->mains_was_ok) {
        m->mains_was_ok = mains;
        if (mains)
            regain_mains(m);
        else
            lose_mains(m);
    }
    settle_battery(m);
    if (m->mode == MODEL_BYPASS && !bypass_usable(m)) {
        if (m->cfg.bypass_rescue && (mains || battery_can_feed(m)))
            enter(m, mains ? MODEL_ONLINE : MODEL_BATTERY);
        else
            enter(m, MODEL_OFF);
    }
    settle_eco(m, mains);
    if (!inverter_can_run(m) && (m->mode == MODEL_ONLINE || m->mode == MODEL_BATTERY))
        enter(m, m->mode == MODEL_ONLINE && bypass_usable(m) ? MODEL_BYPASS : MODEL_OFF);
    watch_overload(m);
    if (!model_board_powered(m)) {
        clear_timers(m);
        m->startup = MODEL_STARTABLE;
    }
}

void model_settle(struct model *m)
{
    settle(m);
}

static void fire(struct model *m, enum model_timer timer)
{
    switch (timer) {
    case MODEL_T_TRANSFER: enter(m, battery_can_feed(m) ? MODEL_BATTERY : MODEL_OFF); break;
    case MODEL_T_RETURN:
        enter(m, mode_on_mains(m));
        m->timers[MODEL_T_EQUALISE] = equalise_seconds;
        break;
    case MODEL_T_START: finish_start(m); break;
    case MODEL_T_OFF: shutdown_due(m); break;
    case MODEL_T_ON:
        /* gone again meanwhile: as soon as they return, see regain_mains() */
        if (model_mains_ok(m))
            begin_start(m);
        break;
    case MODEL_T_TEST: conclude_test(m, true); break;
    case MODEL_T_OVERLOAD: overload_trip(m); break;
    case MODEL_T_EQUALISE:
    case MODEL_TIMERS: break;
    }
}

static void integrate(struct model *m, double seconds)
{
    enum model_charge state = model_charge_state(m);

    m->seconds += seconds;
    if (!model_on(m))
        m->off_for += seconds;
    if (!model_battery_present(m))
        return;
    if (state == MODEL_DISCHARGING)
        m->soc -= seconds * model_discharge_rate(m);
    else if (state != MODEL_RESTING)
        m->soc += 100.0 * seconds / m->cfg.full_charge_seconds;
    if (m->soc < 0.0)
        m->soc = 0.0;
    if (m->soc > 100.0)
        m->soc = 100.0;
}

static double next_step(const struct model *m, double limit)
{
    double step = limit < 1.0 ? limit : 1.0;

    for (int i = 0; i < MODEL_TIMERS; i++)
        if (m->timers[i] >= 0.0 && m->timers[i] < step)
            step = m->timers[i];
    return step;
}

void model_advance(struct model *m, double seconds)
{
    static const double instant = 1e-9;

    settle(m);
    while (seconds > 0.0) {
        double step = next_step(m, seconds);

        integrate(m, step);
        seconds -= step;
        for (int i = 0; i < MODEL_TIMERS; i++)
            if (m->timers[i] >= 0.0)
                m->timers[i] = m->timers[i] - step > instant ? m->timers[i] - step : 0.0;
        /* only now: what a timer starts must not lose this step */
        for (int i = 0; i < MODEL_TIMERS; i++)
            if (m->timers[i] == 0.0) {
                m->timers[i] = -1.0;
                fire(m, (enum model_timer)i);
            }
        settle(m);
    }
}

/* Off-line units hold the voltage of a glitch, on-line units that of the failure: the furthest
 * from good that was seen. */
static void latch_fault_volts(struct model *m)
{
    bool good = model_mains_ok(m);

    if (!m->fault_latched || (!good && m->mains_v < m->fault_v))
        m->fault_v = m->mains_v;
    if (!good)
        m->fault_latched = true;
}

double model_take_fault_volts(struct model *m)
{
    double volts = m->fault_v;

    if (model_mains_ok(m)) {
        m->fault_latched = false;
        m->fault_v = m->mains_v;
    }
    return volts;
}

void model_set_mains(struct model *m, double volts, double hz)
{
    m->mains_v = volts;
    m->mains_hz = hz;
    latch_fault_volts(m);
    if (m->bypass_follows) {
        m->bypass_v = volts;
        m->bypass_hz = hz;
    }
    settle(m);
}

void model_set_bypass(struct model *m, double volts, double hz)
{
    m->bypass_follows = false;
    m->bypass_v = volts;
    m->bypass_hz = hz;
    settle(m);
}

void model_set_fault(struct model *m, enum model_fault fault, bool on)
{
    m->faults[fault] = on;
    if (fault == MODEL_FAULT_BAD_BATTERY && !on)
        m->battery_worn = false;
    if (fault == MODEL_FAULT_START && !on)
        m->start_timeout = false;
    settle(m);
}

void model_force_mode(struct model *m, enum model_mode mode)
{
    clear_timers(m);
    m->mains_was_ok = model_mains_ok(m);
    enter(m, mode);
    settle(m);
}

void model_powercycle(struct model *m)
{
    clear_timers(m);
    end_test(m, MODEL_VERDICT_ABORTED);
    m->overload_tripped = m->bypass_tripped = m->start_timeout = m->epo = false;
    m->overload = MODEL_LOAD_OK;
    m->startup = MODEL_STARTABLE;
    m->mains_was_ok = model_mains_ok(m);
    if (m->mains_was_ok && inverter_can_run(m))
        enter(m, mode_on_mains(m));
    else
        enter(m, !m->mains_was_ok && battery_can_feed(m) ? MODEL_BATTERY : MODEL_OFF);
    settle(m);
}

enum model_result model_start(struct model *m)
{
    if (m->startup == MODEL_STARTING)
        return MODEL_BUSY;
    if (m->mode == MODEL_BYPASS) {
        if (!inverter_can_run(m))
            return MODEL_IMPOSSIBLE;
        m->overload_tripped = false;
        enter(m, model_mains_ok(m) ? mode_on_mains(m) : MODEL_BATTERY);
    } else if (m->mode == MODEL_OFF) {
        if (m->faults[MODEL_FAULT_OVERTEMPERATURE])
            return MODEL_IMPOSSIBLE; /* alarm 30/1 blocks the start from standby */
        begin_start(m);
    }
    settle(m);
    return MODEL_DONE;
}

enum model_result model_stop(struct model *m)
{
    if (m->startup == MODEL_STARTING)
        return MODEL_BUSY;
    if (m->mode == MODEL_OFF || (m->mode == MODEL_BYPASS && m->bypass_enable))
        return MODEL_IMPOSSIBLE;
    m->timers[MODEL_T_OFF] = m->timers[MODEL_T_ON] = -1.0;
    enter(m, m->bypass_enable && bypass_usable(m) ? MODEL_BYPASS : MODEL_OFF);
    m->restart_wanted = false;
    settle(m);
    return MODEL_DONE;
}

enum model_result model_shutdown(struct model *m, double seconds, bool come_back)
{
    if (!model_on(m))
        return MODEL_IMPOSSIBLE;
    m->stay_off = !come_back;
    m->timers[MODEL_T_OFF] = seconds;
    return MODEL_DONE;
}

enum model_result model_cancel(struct model *m)
{
    m->timers[MODEL_T_OFF] = m->timers[MODEL_T_ON] = -1.0;
    return MODEL_DONE;
}

enum model_result model_restart(struct model *m)
{
    double rest = rest_of_off(m);

    if (model_on(m) || !model_mains_ok(m) || m->epo)
        return MODEL_IMPOSSIBLE;
    m->restart_wanted = true;
    if (rest > 0.0)
        m->timers[MODEL_T_ON] = rest;
    else
        begin_start(m);
    return MODEL_DONE;
}

enum model_result model_test_start(struct model *m, enum model_test test, double seconds)
{
    if (!model_test_possible(m)) {
        if (m->test == MODEL_TEST_NONE)
            m->verdict = MODEL_VERDICT_IMPOSSIBLE;
        return MODEL_IMPOSSIBLE;
    }
    m->test = test;
    if (test != MODEL_TEST_DEEP)
        m->timers[MODEL_T_TEST] = test == MODEL_TEST_TIMED ? seconds : short_test_seconds;
    return MODEL_DONE;
}

enum model_result model_test_stop(struct model *m)
{
    if (m->test == MODEL_TEST_NONE)
        return MODEL_IMPOSSIBLE;
    end_test(m, MODEL_VERDICT_ABORTED);
    return MODEL_DONE;
}

enum model_result model_emergency_off(struct model *m)
{
    enter(m, MODEL_OFF);
    m->restart_wanted = false;
    m->epo = true;
    settle(m);
    return MODEL_DONE;
}
