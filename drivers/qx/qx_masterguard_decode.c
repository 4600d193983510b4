/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Q* dialect masterguard: models, values that follow from several fields, the voltages that can be
 * chosen, the fault record.
 */
#include "qx_masterguard.h"

#include <stdio.h>
#include <string.h>

enum { CELLS, POWER_VA, PACKS_MOST, VOLTS, VOLTS_FIRST, VOLTS_MOST = 6 }; /* qx.fact */
enum { MODEL_AT = 16, MODEL_BYTES = 30 };

/* -- identity, WH ----------------------------------------------------------------------------- */

static const struct {
    const char *text, *name;
    int32_t va;
    uint8_t packs, packs_rack; /* most */
} models[] = {
    {"A  700", "A700", 700, 0, 0},   {"A 1000", "A1000", 1000, 2, 2},
    {"A 2000", "A2000", 2000, 2, 5}, {"A 3000", "A3000", 3000, 2, 5},
    {"E 60", "E60", 6000, 0, 0},     {"E100", "E100", 10000, 0, 0},
    {"E200", "E200", 20000, 0, 0},
};

static int model_of(const struct qx_call *c)
{
    for (unsigned i = 0; i < sizeof models / sizeof *models; i++)
        if (memcmp(c->reply + MODEL_AT, models[i].text, strlen(models[i].text)) == 0)
            return (int)i;
    return -1;
}

/* Digits from..to as a number; -1 if they are none. */
static int32_t digits(const struct qx_call *c, unsigned from, unsigned to)
{
    int64_t milli;

    return to < c->len && qx_number(c->reply + from, to + 1 - from, false, &milli)
               ? (int32_t)(milli / 1000)
               : -1;
}

bool qx_mg_wh_check(struct qx_call *c)
{
    int32_t address = digits(c, 1, 2);

    return model_of(c) >= 0 && address >= 0 &&
           (c->x->only_address < 0 || c->x->only_address == address);
}

void qx_mg_wh_finish(struct qx_call *c, struct ups_reading *r)
{
    int m = model_of(c);
    bool rack = memmem(c->reply + MODEL_AT, MODEL_BYTES, "-19", 3) != NULL;
    int64_t cell;
    char name[16];

    if (m < 0)
        return;
    c->x->address = digits(c, 1, 2);
    c->x->fact[CELLS] = digits(c, 59, 61);
    c->x->fact[POWER_VA] = models[m].va;
    c->x->fact[PACKS_MOST] = rack ? models[m].packs_rack : models[m].packs;
    snprintf(name, sizeof name, "%s%s", models[m].name, rack ? "-19" : "");
    ups_set_text(r, UPS_VAR_UPS_MODEL, name, strlen(name));
    ups_set(r, UPS_VAR_UPS_POWER_NOMINAL, 0, models[m].va * INT64_C(1000));
    if (c->x->fact[CELLS] > 0 && qx_number(c->reply + 63, 5, false, &cell))
        ups_set(r, UPS_VAR_BATTERY_VOLTAGE_NOMINAL, 0, cell * c->x->fact[CELLS]);
}

/* -- status, Q3 ------------------------------------------------------------------------------- */

/* Seven fields of numbers before them, so the two groups of flags must be where they belong. */
bool qx_mg_q3_check(struct qx_call *c)
{
    return c->len >= 70 && (c->reply[53] == '0' || c->reply[53] == '1') && c->reply[52] == ' ' &&
           c->reply[61] == ' ';
}

void qx_mg_q3_finish(struct qx_call *c, struct ups_reading *r)
{
    static const char *const results[] = {"no test",
                                          "in progress",
                                          "passed",
                                          "failed",
                                          "not possible",
                                          "aborted",
                                          "calibration in progress",
                                          "unknown"};
    unsigned result = 0;
    int64_t load, out;

    for (unsigned i = 67; i <= 69; i++)
        result = result * 2 + (c->reply[i] == '1');
    ups_set_text(r, UPS_VAR_UPS_TEST_RESULT, results[result], strlen(results[result]));
    if (c->x->battery_mv >= 0 && c->x->fact[CELLS] > 0)
        c->x->battery_mv *= c->x->fact[CELLS];
    ups_unset(r, UPS_VAR_UPS_POWER, 0);
    ups_unset(r, UPS_VAR_OUTPUT_CURRENT, 0);
    if (!ups_get(r, UPS_VAR_OUTPUT_LOAD, 0, &load))
        return;
    ups_set(r, UPS_VAR_UPS_POWER, 0, load * c->x->fact[POWER_VA] / 100);
    if (!ups_get(r, UPS_VAR_OUTPUT_VOLTAGE, 0, &out))
        return;
    qx_note_output(c, out, load);
    if (out > 0)
        ups_set(r, UPS_VAR_OUTPUT_CURRENT, 0, load * c->x->fact[POWER_VA] * 10 / out);
}

/* -- the rest --------------------------------------------------------------------------------- */

void qx_mg_pnv_finish(struct qx_call *c, struct ups_reading *r)
{
    int64_t volts;

    if (ups_get(r, UPS_VAR_OUTPUT_VOLTAGE_NOMINAL, 0, &volts) && volts > 0)
        ups_set(r, UPS_VAR_OUTPUT_CURRENT_NOMINAL, 0,
                c->x->fact[POWER_VA] * INT64_C(1000000) / volts);
}

/* The voltages that may be chosen, ascending. */
void qx_mg_mso_finish(struct qx_call *c, struct ups_reading *r)
{
    int32_t *fact = c->x->fact;

    (void)r;
    fact[VOLTS] = 0;
    for (unsigned at = 1; at + 3 <= c->len && fact[VOLTS] < VOLTS_MOST; at += 4) {
        int32_t volts = digits(c, at, at + 2);

        if (volts > 0)
            fact[VOLTS_FIRST + fact[VOLTS]++] = volts;
    }
}

/* Newest of five records: id, value, time on the clock of DRC. */
void qx_mg_flt_finish(struct qx_call *c, struct ups_reading *r)
{
    static const struct {
        char id;
        const char *name, *unit; /* of the value; NULL: it has none */
    } faults[] = {
        {'1', "bus fault", "V"},
        {'2', "inverter fault", "V"},
        {'3', "overheat", "C"},
        {'4', "battery overvoltage", "V"},
        {'5', "overload on battery", "%"},
        {'6', "overload on bypass", "%"},
        {'7', "output short circuit", "V"},
        {'8', "fan blocked", NULL},
        {'9', "battery fault", "V"},
        {'A', "charger fault", NULL},
        {'B', "emergency power off", NULL},
        {'C', "parallel error", NULL},
        {'D', "internal communication error", NULL},
    };
    char text[UPS_TEXT_MAX] = "";

    for (unsigned i = 0; i < sizeof faults / sizeof *faults; i++) {
        if (c->reply[4] != (uint8_t)faults[i].id)
            continue;
        if (faults[i].unit)
            snprintf(text, sizeof text, "%s, %d %s", faults[i].name, (int)digits(c, 6, 9),
                     faults[i].unit);
        else
            snprintf(text, sizeof text, "%s", faults[i].name);
    }
    ups_set_text(r, UPS_VAR_FAULT_LAST, text, strlen(text));
}

/* -- settings --------------------------------------------------------------------------------- */

void qx_mg_packs_range(const struct qx *x, const struct ups_reading *r, struct ups_setting *s)
{
    (void)r;
    s->max = x->fact[PACKS_MOST] * 1000;
    s->min = x->fact[PACKS_MOST] > 2 ? 1000 : 0; /* rack models with many have at least one */
}

void qx_mg_volts_range(const struct qx *x, const struct ups_reading *r, struct ups_setting *s)
{
    (void)r;
    s->min = s->max = 0;
    for (int32_t i = 0; i < x->fact[VOLTS]; i++) {
        int32_t milli = x->fact[VOLTS_FIRST + i] * 1000;

        s->min = i == 0 || milli < s->min ? milli : s->min;
        s->max = milli > s->max ? milli : s->max;
    }
}

bool qx_mg_volts_take(const struct qx *x, int64_t milli)
{
    for (int32_t i = 0; i < x->fact[VOLTS]; i++)
        if (x->fact[VOLTS_FIRST + i] * INT64_C(1000) == milli)
            return true;
    return false;
}
