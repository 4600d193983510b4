/* SPDX-License-Identifier: BSD-2-Clause */
/* What happens by itself in a PI unit: start, faults, overloads, the end of the output. */
#include <stdio.h>
#include <string.h>

#include "voltronic.h"

static const double start_seconds = 5.0;
static const double trip_window_seconds = 1800.0;

void volt_init_model(struct qx *q)
{
    struct model_config *cfg = &q->model->cfg;

    cfg->delay_after_mains = true;
    cfg->bypass_rescue = true;
    cfg->transfer_seconds = 0.0;
    q->volt.battery_since = q->volt.starting_until = -1.0;
    q->volt.qws_length = VOLT_WARNINGS;
    q->volt.manufacturer_width = 26;
    q->volt.parallel = q->volt.outlet_count = 1;
    q->volt.least_load = 999.0;
    for (int i = 0; i < VOLT_SETTINGS; i++)
        q->volt.settings[i] = -1;
    for (int i = 0; i < VOLT_OUTLETS; i++)
        q->volt.outlets[i].delay = -1;
}

void volt_init(struct qx *q)
{
    volt_init_model(q);
    q->model->cfg.start_seconds = start_seconds;
    q->model->cfg.eco_follows = true;
    volt_apply_preset(q, volt_preset_find("01"));
}

/* Settings that act on the model. */
void volt_ready(struct qx *q)
{
    struct model *m = q->model;
    const struct volt_preset *preset = q->volt.preset;

    m->bypass_forbidden = volt_enabled(q, 'f');
    m->eco = volt_enabled(q, 'e') && !volt_enabled(q, 'v');
    if (preset->group == VOLT_NO_LIMITS) {
        m->cfg.bypass = m->cfg.eco = (struct model_window){0};
        return;
    }
    m->cfg.bypass =
        (struct model_window){volt_setting(q, VOLT_PLV), volt_setting(q, VOLT_PHV),
                              volt_setting(q, VOLT_PSF) / 10.0, volt_setting(q, VOLT_PGF) / 10.0};
    m->cfg.eco =
        (struct model_window){volt_setting(q, VOLT_HEL), volt_setting(q, VOLT_HEH),
                              volt_setting(q, VOLT_FREL) / 10.0, volt_setting(q, VOLT_FREH) / 10.0};
}

/* --- faults --- */

/* DC/DC, PFC, inverter, -, input relay, -, output relay, -, -: as in QFS. */
static const char *running_state(const struct model *m)
{
    switch (m->mode) {
    case MODEL_ONLINE: return "01101100";
    case MODEL_BATTERY: return "10100100";
    case MODEL_BYPASS:
    case MODEL_ECO: return "00001100";
    case MODEL_OFF: break;
    }
    return "00001000";
}

void volt_write_record(struct qx *q, const char *code)
{
    const struct model *m = q->model;

    snprintf(q->volt.record, sizeof q->volt.record,
             "%s %05.1f %04.1f %05.1f %04.1f %03.0f %05.1f 370.0 370.0 %05.1f %05.1f %s", code,
             m->mains_v, m->mains_hz, volt_output_volts(q), volt_output_hz(q), volt_load(q),
             volt_amps(q, 0), model_battery_volts(m), qx_temperature(q), running_state(m));
}

void volt_fail(struct qx *q, const char *code)
{
    struct model *m = q->model;

    volt_write_record(q, code);
    snprintf(q->volt.fault, sizeof q->volt.fault, "%.2s", code);
    model_force_mode(m, MODEL_OFF);
    m->restart_wanted = false;
}

/* What of the model's troubles is a fault, with its code, and that of P31. */
static void watch_faults(struct qx *q)
{
    struct voltronic *v = &q->volt;
    const struct model *m = q->model;
    const struct {
        bool now;
        const char *code, *code31;
    } seen[] = {
        {m->faults[MODEL_FAULT_INVERTER], "13", "59"},
        {m->faults[MODEL_FAULT_INTERNAL], "46", "54"},
        {m->mode == MODEL_OFF && (m->overload_tripped || m->bypass_tripped), "43", "07"},
    };

    for (unsigned i = 0; i < sizeof seen / sizeof seen[0]; i++) {
        bool before = v->faults_seen >> i & 1;

        v->faults_seen = (v->faults_seen & ~(1U << i)) | (unsigned)seen[i].now << i;
        if (seen[i].now && !before && !v->fault[0])
            volt_fail(q, v->preset->grid_range ? seen[i].code31 : seen[i].code);
    }
}

/* Three overloads in half an hour, and the unit stays on bypass. */
static bool too_many_trips(struct voltronic *v, double now)
{
    const int most = (int)(sizeof v->tripped_at / sizeof v->tripped_at[0]);

    if (v->trips == most) {
        memmove(v->tripped_at, v->tripped_at + 1, sizeof v->tripped_at - sizeof v->tripped_at[0]);
        v->trips--;
    }
    v->tripped_at[v->trips++] = now;
    return v->trips == most && now - v->tripped_at[0] <= trip_window_seconds;
}

static void watch_overload(struct qx *q)
{
    struct voltronic *v = &q->volt;
    struct model *m = q->model;
    bool tripped = m->overload_tripped && m->mode == MODEL_BYPASS;

    if (tripped && !v->tripped)
        v->locked_in_bypass = too_many_trips(v, m->seconds);
    v->tripped = tripped;
    if (m->mode != MODEL_BYPASS)
        v->locked_in_bypass = false;
    if (tripped && !v->locked_in_bypass && model_load(m) <= 100.0)
        (void)model_start(m);
}

/* Why did the output end?  Nobody's wish (the battery is empty): it comes back as flag r says. */
static void watch_output(struct qx *q)
{
    struct voltronic *v = &q->volt;
    struct model *m = q->model;
    bool on = model_on(m);

    if (v->was_on && !on) {
        bool empty = v->was_battery && !v->counting;

        v->closing = !v->stopped && !v->fault[0] && (v->counting || empty);
        if (empty && !v->stopped)
            m->restart_wanted = volt_enabled(q, 'r') || !volt_knows(q, 'r');
    }
    if (on)
        v->stopped = false;
    v->was_on = on;
    v->was_battery = m->mode == MODEL_BATTERY;
    v->counting = m->timers[MODEL_T_OFF] >= 0.0;
}

static void watch_load(struct qx *q)
{
    double load = volt_load(q);

    if (!model_on(q->model))
        return;
    if (load < q->volt.least_load)
        q->volt.least_load = load;
    if (load > q->volt.most_load)
        q->volt.most_load = load;
}

void volt_watch(struct qx *q)
{
    struct model *m = q->model;

    volt_ready(q);
    watch_faults(q);
    watch_overload(q);
    watch_output(q);
    watch_load(q);
    volt_watch_outlets(q);
    /* a silenced alarm does not stay silent for the next */
    if (q->volt.muted && !volt_buzzing(q))
        q->volt.muted = false;
    if (m->test != MODEL_TEST_NONE && m->verdict != MODEL_VERDICT_NONE)
        m->verdict = MODEL_VERDICT_NONE;
}

/* Plugged in again: with mains it starts if `r` says so, on battery (the button) if `c` does. */
void volt_powercycle(struct qx *q)
{
    struct voltronic *v = &q->volt;
    struct model *m = q->model;
    bool mains = model_mains_ok(m);

    v->fault[0] = '\0';
    v->muted = v->closing = v->was_on = v->was_battery = v->locked_in_bypass = v->tripped = false;
    v->trips = 0;
    v->held_len = 0;
    v->least_load = 999.0;
    v->most_load = 0.0;
    m->verdict = MODEL_VERDICT_NONE;
    model_force_mode(m, MODEL_OFF);
    m->restart_wanted = false;
    if (volt_enabled(q, mains ? 'r' : 'c') || (mains && !volt_knows(q, 'r')))
        (void)model_start(m);
    else if (mains)
        v->starting_until = m->seconds + start_seconds;
}
