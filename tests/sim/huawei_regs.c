/* SPDX-License-Identifier: BSD-2-Clause */
/* Register contents and writes of the Huawei devices (G13 and G620, chapter 3). */
#include "huawei.h"

#include <math.h>
#include <string.h>

/* Fixed point with gain 10. */
static uint16_t tenths(double x)
{
    long raw = lround(x * 10.0);

    return (uint16_t)(raw < 0 ? 0 : raw > 0x7FFE ? 0x7FFE : raw);
}

static bool model_alarm(const struct model *m, int id, int cause)
{
    switch (id * 100 + cause) {
    case 101: return !model_mains_ok(m);
    case 1001: return !model_bypass_volts_ok(m);
    case 1002: return model_bypass_volts_ok(m) && !model_bypass_hz_ok(m);
    case 1401: return m->start_timeout;
    case 2201: return !model_battery_present(m);
    case 2501: return m->faults[MODEL_FAULT_BATTERY_OVERVOLTAGE];
    case 2601: return model_battery_present(m) && m->soc < 8.0;
    case 2901: return m->battery_worn;
    case 3001: return m->faults[MODEL_FAULT_OVERTEMPERATURE] || m->temperature > 50.0;
    case 3401: return model_battery_present(m) && model_battery_low(m);
    case 4215: return m->faults[MODEL_FAULT_INTERNAL];
    case 4227: return m->faults[MODEL_FAULT_INVERTER];
    case 4236: return m->faults[MODEL_FAULT_CHARGER];
    case 6601: return m->overload == MODEL_LOAD_105;
    case 6602: return m->overload == MODEL_LOAD_110;
    case 6603: return m->overload_tripped;
    case 6604: return m->bypass_tripped;
    case 8501: return m->epo;
    case 15801: return m->mode == MODEL_BYPASS;
    case 15901: return m->mode == MODEL_BATTERY;
    default: return false;
    }
}

static uint16_t alarm_word(const struct huawei *h, int base)
{
    uint16_t word = h->forced_alarms[base - h->map->alarm_words.first];

    for (const struct huawei_alarm *a = h->map->alarms; a->reg; a++)
        if (a->reg == base && model_alarm(&h->unit->model, a->id, a->cause))
            word |= (uint16_t)(1U << a->bit);
    return word;
}

/* G13's status bit 4: any of the internal faults 42/x or the failed start 14/1. */
static bool faulty(const struct huawei *h)
{
    for (const struct huawei_alarm *a = h->map->alarms; a->reg; a++)
        if ((a->id == 42 || a->id == 14) && (alarm_word(h, a->reg) & 1U << a->bit))
            return true;
    return false;
}

static uint16_t status_bits(const struct huawei *h)
{
    const struct model *m = &h->unit->model;
    unsigned bits = 1U << 3; /* online type */

    if (!model_mains_ok(m))
        bits |= 1U << 7;
    if (model_battery_low(m) || !model_battery_present(m))
        bits |= 1U << 6;
    if (faulty(h))
        bits |= 1U << 4;
    if (m->test != MODEL_TEST_NONE)
        bits |= 1U << 2;
    return (uint16_t)bits;
}

/* G13 figure 2-1: two bits per segment, 0 off, 1 live without flow, 2 flow, 3 upwards. */
static uint16_t energy_flow(const struct model *m)
{
    bool inverter = m->mode == MODEL_ONLINE || m->mode == MODEL_BATTERY;
    bool rectifier = model_mains_ok(m) && m->mode != MODEL_BATTERY;
    bool bypass = m->mode == MODEL_BYPASS || m->mode == MODEL_ECO;
    bool bypass_live = model_bypass_volts_ok(m);
    enum model_charge charge = model_charge_state(m);
    unsigned seg[8] = {0};
    unsigned word = 0;

    seg[0] = rectifier ? 2 : model_mains_ok(m);
    seg[1] = rectifier ? 2 : 0;
    seg[2] = inverter ? 2 : rectifier;
    seg[3] = charge == MODEL_DISCHARGING ? 3 : charge == MODEL_RESTING ? 1 : 2;
    seg[4] = inverter ? 2 : m->mode == MODEL_ECO;
    seg[5] = model_on(m) ? 2 : 0;
    seg[6] = bypass ? 2 : bypass_live;
    seg[7] = bypass ? 2 : 0;
    for (int i = 0; i < 8; i++)
        word |= seg[i] << (2 * i);
    return (uint16_t)word;
}

/* The published dump of a 3 kVA unit at 7 % shows 100 W and 300 VA: watts are cut, VA rounded. */
static uint16_t kilowatts(double watts)
{
    return (uint16_t)(watts / 100.0);
}

static uint16_t per_phase(const struct huawei *h, int base)
{
    const struct model *m = &h->unit->model;
    int in = m->cfg.phases_in, out = m->cfg.phases_out;

    if (base <= 1002)
        return base - 1000 < in ? tenths(m->mains_v) : 0;
    if (base >= 1004 && base <= 1006)
        return base - 1004 < out ? tenths(m->bypass_v) : 0;
    if (base >= 1008 && base <= 1010)
        return base - 1008 < out ? tenths(model_output_volts(m)) : 0;
    if (base >= 1011 && base <= 1013)
        return tenths(model_amps(m, base - 1011));
    if (base >= 1015 && base <= 1017)
        return kilowatts(model_watts(m, base - 1015));
    if (base >= 1018 && base <= 1020)
        return tenths(model_va(m, base - 1018) / 1000.0);
    if (base >= 1021 && base <= 1023)
        return base - 1021 < out && model_on(m) ? tenths(m->load[base - 1021]) : 0;
    return 0;
}

static uint16_t supply_mode(const struct huawei *h)
{
    const struct model *m = &h->unit->model;

    if (h->test_shows_battery && m->test != MODEL_TEST_NONE)
        return MODEL_BATTERY;
    if (h->map->card && m->mode == MODEL_BATTERY && m->eco)
        return 6;
    return (uint16_t)m->mode;
}

static uint16_t delay_cell(const struct huawei *h, int set, bool stay)
{
    const struct model *m = &h->unit->model;
    double left = m->timers[MODEL_T_OFF];

    if (h->delay_readback == 2)
        return 0;
    if (h->delay_readback == 0)
        return (uint16_t)set;
    return left > 0.0 && m->stay_off == stay ? (uint16_t)ceil(left / 6.0) : 0;
}

static uint16_t measurement(struct huawei *h, int base)
{
    const struct model *m = &h->unit->model;

    switch (base) {
    case 1003: return tenths(m->mains_hz);
    case 1007: return tenths(m->bypass_hz);
    case 1014: return tenths(model_output_hz(m));
    case 1024: return supply_mode(h);
    case 1025: return m->cfg.phases_in == 3;
    case 1026: return m->cfg.phases_out == 3;
    case 1027: return tenths(m->temperature);
    case 1028: return (uint16_t)m->startup;
    case 1031: return m->eco;
    case 1041: return 0; /* redundancy number */
    case 1043: return status_bits(h);
    case 1044: return m->auto_start;
    case 1045: return m->bypass_enable;
    case 1046: return m->buzzer_off;
    case 1047: return delay_cell(h, h->delay_return, false);
    case 1048: return (uint16_t)m->restart_minutes;
    case 1049: return delay_cell(h, h->delay_stay, true);
    default: return per_phase(h, base);
    }
}

static bool tests_supported(const struct huawei *h)
{
    return !h->map->card || strcmp(h->model, "UPS2000A") != 0; /* G620 */
}

static uint16_t battery(const struct huawei *h, int base)
{
    const struct model *m = &h->unit->model;
    long runtime = lround(model_runtime(m));

    switch (base) {
    case 2000: return tenths(model_battery_volts(m));
    case 2001: return tenths(fabs(model_battery_amps(m)));
    case 2002: return (uint16_t)model_charge_state(m);
    case 2003: return model_battery_present(m) ? (uint16_t)ceil(m->soc - 1e-9) : 0;
    case 2004: return (uint16_t)(runtime >> 16);
    case 2005: return (uint16_t)(runtime & 0xFFFF);
    case 2006: return tenths(m->temperature);
    case 2007: return (uint16_t)m->cfg.packs;
    case 2008: return (uint16_t)h->test_enable;
    case 2009: return (uint16_t)h->test_days;
    case 2010: return (uint16_t)h->test_ratio;
    case 2011: return model_charge_state(m) != MODEL_FLOAT;
    case 2015: return model_charge_state(m) != MODEL_EQUALISE;
    case 2019: return !(tests_supported(h) && model_test_possible(m));
    case 2022: return m->test == MODEL_TEST_NONE;
    case 2033: return (uint16_t)lround(m->cfg.pack_ah);
    default: return 0;
    }
}

static uint16_t version_text(const struct huawei *h, int base)
{
    size_t at = 2 * (size_t)(base - 9011);
    size_t len = strlen(h->firmware);
    unsigned high = at < len ? (unsigned char)h->firmware[at] : 0;
    unsigned low = at + 1 < len ? (unsigned char)h->firmware[at + 1] : 0;

    return (uint16_t)(high << 8 | low);
}

/* 4000..4008: the sums of a parallel system; here that of this unit alone. */
static uint16_t parallel(const struct huawei *h, int base)
{
    const struct model *m = &h->unit->model;
    int phase = (base - 4000) % 3;

    if (base <= 4002)
        return kilowatts(model_watts(m, phase));
    if (base <= 4005)
        return tenths(model_va(m, phase) / 1000.0);
    return per_phase(h, 1021 + phase);
}

static uint16_t rating(const struct huawei *h, int base)
{
    const struct model *m = &h->unit->model;

    switch (base) {
    case 9006: return energy_flow(m);
    case 9007: return m->cfg.rating_va <= 6000 ? 16 : m->cfg.rating_va <= 10000 ? 32 : 64;
    case 9008: return 1; /* card-to-UPS link normal */
    case 9009: return tenths(m->cfg.rating_va / 1000.0);
    default: return base >= 9011 ? version_text(h, base) : 0;
    }
}

static uint16_t gap_value(struct huawei *h)
{
    static const uint16_t fixed[] = {0, 0x7FFF, 0xFFFF};

    if (h->gaps < 3)
        return fixed[h->gaps];
    return (uint16_t)io_random(h->unit->bus->sim);
}

static bool write_only(const struct huawei *h, int base)
{
    return huawei_writable(h, base) && !huawei_defined(h->map, base);
}

uint16_t huawei_read(struct huawei *h, int base)
{
    for (size_t i = 0; i < sizeof h->overrides / sizeof h->overrides[0]; i++)
        if (h->overrides[i].base == base && shot_take(&h->overrides[i].shot))
            return (uint16_t)h->overrides[i].shot.value;
    if (base >= h->map->alarm_words.first)
        return alarm_word(h, base);
    if (!huawei_defined(h->map, base))
        return write_only(h, base) ? 0 : gap_value(h);
    if (base >= 9004)
        return rating(h, base);
    if (base >= 4000)
        return parallel(h, base);
    return base >= 2000 ? battery(h, base) : measurement(h, base);
}

bool huawei_override(struct huawei *h, int base, const struct shot *shot)
{
    struct huawei_override *place = NULL;

    for (size_t i = 0; i < sizeof h->overrides / sizeof h->overrides[0]; i++) {
        struct huawei_override *o = &h->overrides[i];

        if (o->base == base) {
            place = o;
            break;
        }
        if (!place && (!o->base || !o->shot.left))
            place = o;
    }
    if (!place)
        return false;
    place->base = base;
    place->shot = *shot;
    return true;
}

/* --- writes --- */

struct cell {
    int base, low, high;
};

static const struct cell cells_1_3k[] = {
    {1029, 1, 1},   {1030, 1, 1},    {1044, 0, 1},   {1045, 0, 1}, {1046, 0, 1},
    {1047, 1, 990}, {1048, 1, 9999}, {1049, 1, 990}, {1050, 1, 1}, {2021, 1, 1},
    {2023, 1, 1},   {2028, 1, 1},    {0, 0, 0}};

static const struct cell cells_6_20k[] = {
    {1029, 1, 1}, {1030, 1, 1}, {1042, 1, 1}, {2008, 0, 1}, {2009, 30, 90}, {2010, 10, 50},
    {2012, 1, 1}, {2016, 1, 1}, {2020, 1, 1}, {2021, 1, 1}, {2023, 1, 1},   {0, 0, 0}};

static const struct cell *find_cell(const struct huawei *h, int base)
{
    const struct cell *c = h->map->card ? cells_6_20k : cells_1_3k;

    while (c->base && c->base != base)
        c++;
    return c->base ? c : NULL;
}

bool huawei_writable(const struct huawei *h, int base)
{
    return find_cell(h, base) != NULL;
}

static enum model_result shut_down_later(struct huawei *h, int raw, bool come_back)
{
    enum model_result result = model_shutdown(&h->unit->model, 6.0 * raw, come_back);

    if (result == MODEL_DONE) {
        h->delay_return = come_back ? raw : h->delay_return;
        h->delay_stay = come_back ? h->delay_stay : raw;
    }
    return result;
}

static enum model_result set_charging(struct model *m, bool equalise)
{
    enum model_charge from = equalise ? MODEL_FLOAT : MODEL_EQUALISE;

    if (model_charge_state(m) != from)
        return MODEL_IMPOSSIBLE;
    m->equalise_forced = equalise;
    m->float_forced = !equalise;
    return MODEL_DONE;
}

static enum model_result start_test(struct huawei *h, enum model_test test)
{
    return tests_supported(h) ? model_test_start(&h->unit->model, test, 0.0) : MODEL_IMPOSSIBLE;
}

static enum model_result act(struct huawei *h, int base, int value)
{
    struct model *m = &h->unit->model;

    switch (base) {
    case 1029: return model_start(m);
    case 1030: return model_stop(m);
    case 1042: return model_emergency_off(m);
    case 1044: m->auto_start = value; return MODEL_DONE;
    case 1045: m->bypass_enable = value; return MODEL_DONE;
    case 1046: m->buzzer_off = value; return MODEL_DONE;
    case 1047: return shut_down_later(h, value, true);
    case 1048: m->restart_minutes = value; return MODEL_DONE;
    case 1049: return shut_down_later(h, value, false);
    case 1050: h->delay_return = h->delay_stay = 0; return model_cancel(m);
    case 2008: h->test_enable = value; return MODEL_DONE;
    case 2009: h->test_days = value; return MODEL_DONE;
    case 2010: h->test_ratio = value; return MODEL_DONE;
    case 2012: return set_charging(m, true);
    case 2016: return set_charging(m, false);
    case 2020:
    case 2028: return start_test(h, MODEL_TEST_SHORT);
    case 2021: return start_test(h, MODEL_TEST_DEEP);
    case 2023: return model_test_stop(m);
    default: return MODEL_IMPOSSIBLE;
    }
}

enum huawei_exception huawei_write(struct huawei *h, int base, int value, bool *undefined)
{
    const struct cell *c = find_cell(h, base);

    if (!c) {
        *undefined = true;
        return HUAWEI_BAD_PARAMETER;
    }
    if (value < c->low || value > c->high) {
        *undefined = true;
        return HUAWEI_BAD_DATA;
    }
    if (h->unit->model.startup == MODEL_STARTING)
        return HUAWEI_BUSY;
    switch (act(h, base, value)) {
    case MODEL_DONE: return HUAWEI_OK;
    case MODEL_BUSY: return HUAWEI_BUSY;
    case MODEL_IMPOSSIBLE: break;
    }
    return HUAWEI_FAILED;
}
