/* SPDX-License-Identifier: BSD-2-Clause */
/* The PI family's status: QGS QMOD QWS QFS QBV, and what its modes follow from. */
#include <math.h>
#include <string.h>

#include "voltronic.h"

static const double closing_seconds = 5.0;
static const double bus_volts = 370.0;

bool volt_fed_by_bypass(const struct qx *q)
{
    const struct model *m = q->model;

    return m->mode == MODEL_OFF && !q->volt.fault[0] && !m->epo && volt_enabled(q, 'o') &&
           !volt_enabled(q, 'f') && model_bypass_volts_ok(m) && model_bypass_hz_ok(m);
}

char volt_mode(const struct qx *q)
{
    const struct voltronic *v = &q->volt;
    const struct model *m = q->model;

    if (v->fault[0])
        return 'F';
    if (m->test != MODEL_TEST_NONE)
        return 'T';
    switch (m->mode) {
    case MODEL_BYPASS: return 'Y';
    case MODEL_BATTERY: return 'B';
    case MODEL_ECO: return 'E';
    case MODEL_ONLINE: return volt_enabled(q, 'v') ? 'C' : 'L';
    case MODEL_OFF: break;
    }
    if (m->startup == MODEL_STARTING || m->seconds < v->starting_until)
        return 'P';
    if (v->closing && m->off_for < closing_seconds)
        return 'D';
    return volt_fed_by_bypass(q) ? 'Y' : 'S';
}

double volt_output_volts(const struct qx *q)
{
    return volt_fed_by_bypass(q) ? q->model->bypass_v : model_output_volts(q->model);
}

double volt_output_hz(const struct qx *q)
{
    return volt_fed_by_bypass(q) ? q->model->bypass_hz : model_output_hz(q->model);
}

double volt_load(const struct qx *q)
{
    return volt_fed_by_bypass(q) ? q->model->load[0] : model_load(q->model);
}

double volt_amps(const struct qx *q, int phase)
{
    const struct model *m = q->model;
    double volts = volt_output_volts(q);

    if (volts <= 10.0 || phase >= m->cfg.phases_out)
        return 0.0;
    return m->load[phase] / 100.0 * m->cfg.rating_va / m->cfg.phases_out / volts;
}

void volt_bits(const struct qx *q, char bits[13])
{
    const struct model *m = q->model;
    char mode = volt_mode(q);
    bool raised =
        model_avr(m) != MODEL_AVR_NONE || mode == 'Y' || (mode == 'E' && !q->volt.eco_hides_b5);
    bool silent = q->volt.muted || (volt_knows(q, 'a') && m->buzzer_off);
    const bool values[10] = {!model_mains_ok(m),
                             model_battery_present(m) && model_battery_low(m),
                             raised,
                             mode == 'F',
                             m->epo,
                             m->test != MODEL_TEST_NONE,
                             m->timers[MODEL_T_OFF] >= 0.0 || mode == 'D',
                             silent || (!volt_knows(q, 'a') && m->buzzer_off),
                             m->verdict == MODEL_VERDICT_FAILED,
                             m->verdict == MODEL_VERDICT_PASSED};

    memcpy(bits, m->cfg.interactive ? "01" : "10", 2);
    for (int i = 0; i < 10; i++)
        bits[2 + i] = values[i] ? '1' : '0';
    bits[12] = '\0';
    for (int i = 0; i < 12; i++)
        if (q->volt.bits[i] != '.')
            bits[i] = q->volt.bits[i];
}

static enum qx_outcome status(struct qx *q, int which, const char *arg, struct qx_reply *out)
{
    const struct model *m = q->model;
    double bus = model_on(m) || model_mains_ok(m) ? bus_volts : 0.0;
    char bits[13];

    (void)which;
    (void)arg;
    volt_bits(q, bits);
    qx_put(out, "(%05.1f %04.1f %05.1f %04.1f %05.1f %03.0f ", m->mains_v, m->mains_hz,
           volt_output_volts(q), volt_output_hz(q), volt_amps(q, 0), volt_load(q));
    qx_put(out, "%05.1f %05.1f %05.1f ---.- %05.1f %s", bus, bus, model_battery_volts(m),
           qx_temperature(q), bits);
    return QX_REPLY;
}

static enum qx_outcome mode(struct qx *q, int which, const char *arg, struct qx_reply *out)
{
    (void)which;
    (void)arg;
    qx_put(out, "(%c", volt_mode(q));
    return QX_REPLY;
}

bool volt_warning(const struct qx *q, int number)
{
    const struct model *m = q->model;
    const struct voltronic *v = &q->volt;
    bool now = false;

    switch (number) {
    case 1: now = !model_battery_present(m) && volt_enabled(q, 'd'); break;
    case 7: now = m->faults[MODEL_FAULT_BATTERY_OVERVOLTAGE]; break;
    case 8: now = model_battery_present(m) && model_battery_low(m); break;
    case 9: now = m->overload != MODEL_LOAD_OK || (v->tripped && m->mode == MODEL_BYPASS); break;
    case 11: now = m->epo; break;
    case 12: now = m->start_timeout; break;
    case 13: now = m->faults[MODEL_FAULT_OVERTEMPERATURE]; break;
    case 14: now = m->faults[MODEL_FAULT_CHARGER]; break;
    case 51: now = v->locked_in_bypass; break;
    case 55: now = volt_outlet_warning(q); break;
    case 56: now = m->battery_worn; break;
    default: break;
    }
    return now || v->warnings[number - 1];
}

bool volt_buzzing(const struct qx *q)
{
    char letter = volt_mode(q);
    bool cause = letter == 'F' ||
                 (letter == 'B' && (volt_enabled(q, 'b') || !volt_knows(q, 'b'))) ||
                 (letter == 'Y' && (volt_enabled(q, 'p') || !volt_knows(q, 'p')));

    for (int i = 1; i <= VOLT_WARNINGS && !cause; i++)
        cause = volt_warning(q, i);
    return cause && !(volt_knows(q, 'a') && q->model->buzzer_off);
}

static enum qx_outcome warnings(struct qx *q, int which, const char *arg, struct qx_reply *out)
{
    (void)which;
    (void)arg;
    qx_put(out, "(");
    for (int i = 1; i <= q->volt.qws_length; i++)
        qx_put(out, i <= VOLT_WARNINGS && volt_warning(q, i) ? "1" : "0");
    return QX_REPLY;
}

static enum qx_outcome fault(struct qx *q, int which, const char *arg, struct qx_reply *out)
{
    (void)which;
    (void)arg;
    qx_put(out, "(%s", q->volt.record[0] ? q->volt.record : "OK");
    return QX_REPLY;
}

/* Real units jump by a factor of 2 while they charge at light load. */
static double minutes_left(struct qx *q)
{
    struct voltronic *v = &q->volt;
    double minutes = floor(model_runtime(q->model) / 60.0);

    if (!v->noisy_minutes || model_charge_state(q->model) == MODEL_DISCHARGING)
        return minutes;
    v->noise_turn = !v->noise_turn;
    return v->noise_turn ? floor(minutes / 2.0) : minutes;
}

static enum qx_outcome battery(struct qx *q, int which, const char *arg, struct qx_reply *out)
{
    const struct model *m = q->model;
    double most = q->volt.long_minutes ? 99999.0 : 999.0;
    double minutes = fmin(minutes_left(q), most);

    (void)which;
    (void)arg;
    qx_put(out, "(%05.1f %02d %02d %03.0f %0*.0f", model_battery_volts(m),
           volt_setting(q, VOLT_BATN), volt_setting(q, VOLT_BATGN), floor(m->soc),
           q->volt.long_minutes ? 5 : 3, minutes);
    return QX_REPLY;
}

const struct volt_row volt_status_rows[] = {{"QGS", false, 0, status},   {"QMOD", false, 0, mode},
                                            {"QWS", false, 0, warnings}, {"QFS", false, 0, fault},
                                            {"QBV", false, 0, battery},  {0}};
