/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Q* dialect masterguard: series A (A700 to A3000, -19) and E (E60 to E200).  Several units may
 * share a line: requests with ,%a carry the slave address, which WH tells.  S<n> without R means
 * that the output stays off.
 */
#include "qx_dialects.h"

#include <stdio.h>
#include <string.h>

#define S(word) UPS_STATUS_MASK(word)

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

static bool wh_check(struct qx_call *c)
{
    int32_t address = digits(c, 1, 2);

    return model_of(c) >= 0 && address >= 0 &&
           (c->x->only_address < 0 || c->x->only_address == address);
}

static void wh_finish(struct qx_call *c, struct ups_reading *r)
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

static const struct qx_field wh[] = {
    QX_NUM(1, 2, UPS_ID),
    QX_TXT(4, 8, UPS_FIRMWARE),
    QX_TXT(10, 14, UPS_FIRMWARE_AUX),
    QX_NUM(49, 51, INPUT_VOLTAGE_NOMINAL),
    QX_NUM(53, 57, INPUT_FREQUENCY_NOMINAL),
    QX_NUM(87, 88, AMBIENT_TEMPERATURE_LOW),
    QX_NUM(90, 91, AMBIENT_TEMPERATURE_HIGH),
    QX_NUM(93, 95, INPUT_VOLTAGE_LOW_CRITICAL),
    QX_NUM(97, 99, INPUT_VOLTAGE_HIGH_CRITICAL),
    QX_NUM(101, 105, INPUT_FREQUENCY_LOW),
    QX_NUM(107, 111, INPUT_FREQUENCY_HIGH),
};

/* -- status, Q3 ------------------------------------------------------------------------------- */

static const struct qx_field q3[] = {
    QX_NUM(4, 8, INPUT_VOLTAGE),
    QX_NUM(10, 14, INPUT_VOLTAGE_FAULT),
    QX_NUM(16, 20, OUTPUT_VOLTAGE),
    QX_NUM(22, 24, OUTPUT_LOAD),
    QX_NUM(26, 29, INPUT_FREQUENCY),
    QX_NUM(31, 35, BATTERY_VOLTAGE), /* per cell */
    QX_NUM(37, 40, UPS_TEMPERATURE),
    QX_NUM(37, 40, AMBIENT_TEMPERATURE),
    QX_ROW(QX_MINSEC, 42, 47, BATTERY_RUNTIME, 0, 1000),
    QX_NUM(49, 51, BATTERY_CHARGE),
    QX_FLAG(53, S(OB), S(OL), NONE),
    QX_FLAG(54, S(LB), 0, NONE),
    QX_FLAG(55, S(BYPASS), 0, NONE),
    QX_FLAG(56, 0, 0, GENERAL_FAULT),
    QX_PICK(57, UPS_TYPE, qx_type_words),
    QX_FLAG(58, S(CAL), 0, NONE),
    QX_FLAG(59, S(FSD), 0, NONE),
    QX_FLAG(63, 0, 0, QX_PARALLEL),
    QX_FLAG(65, S(RB), 0, NONE),
    QX_FLAG(66, 0, 0, QX_NO_BATTERY),
    QX_FLAG(66, 0, 0, BATTERY_BAD),
};

/* Seven fields of numbers before them, so the two groups of flags must be where they belong. */
static bool q3_check(struct qx_call *c)
{
    return c->len >= 70 && (c->reply[53] == '0' || c->reply[53] == '1') && c->reply[52] == ' ' &&
           c->reply[61] == ' ';
}

static void q3_finish(struct qx_call *c, struct ups_reading *r)
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

static const struct qx_field gs[] = {QX_NUM(7, 7, BATTERY_PACKS),
                                     QX_PICK(9, UPS_BEEPER_STATUS, NULL)};
static const struct qx_field gbs[] = {QX_NUM_X(18, 21, BATTERY_AGEING, 0, 100)};
static const struct qx_field gsn[] = {QX_TXT(8, 18, DEVICE_PART), QX_TXT(19, 23, UPS_SERIAL)};
static const struct qx_field drc[] = {QX_ROW(QX_CLOCK, 4, 16, DEVICE_UPTIME, 0, 1000)};
static const struct qx_field pnv[] = {QX_NUM(5, 7, OUTPUT_VOLTAGE_NOMINAL)};

static void pnv_finish(struct qx_call *c, struct ups_reading *r)
{
    int64_t volts;

    if (ups_get(r, UPS_VAR_OUTPUT_VOLTAGE_NOMINAL, 0, &volts) && volts > 0)
        ups_set(r, UPS_VAR_OUTPUT_CURRENT_NOMINAL, 0,
                c->x->fact[POWER_VA] * INT64_C(1000000) / volts);
}

/* The voltages that may be chosen, ascending. */
static void mso_finish(struct qx_call *c, struct ups_reading *r)
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
static void flt_finish(struct qx_call *c, struct ups_reading *r)
{
    static const char *const faults[] = {"",
                                         "bus fault, %d V",
                                         "inverter fault, %d V",
                                         "overheat, %d C",
                                         "battery overvoltage, %d V",
                                         "overload on battery, %d %%",
                                         "overload on bypass, %d %%",
                                         "output short circuit, %d V",
                                         "fan blocked",
                                         "battery fault, %d V",
                                         "charger fault",
                                         "emergency power off",
                                         "parallel error",
                                         "internal communication error"};
    static const char ids[] = "0123456789ABCD";
    const char *id = c->reply[4] ? strchr(ids, c->reply[4]) : NULL;
    char text[UPS_TEXT_MAX];

    text[0] = '\0';
    if (id && *id != '0') {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
        snprintf(text, sizeof text, faults[id - ids], (int)digits(c, 6, 9));
#pragma GCC diagnostic pop
    }
    ups_set_text(r, UPS_VAR_FAULT_LAST, text, strlen(text));
}

static const struct qx_query queries[] = {
    {.request = "Q3",
     .lead = '(',
     .least = 71,
     .class = QX_STATUS,
     QX_FIELDS(q3),
     .check = q3_check,
     .finish = q3_finish},
    {.request = "GS,%a", .lead = '(', .least = 11, .class = QX_SLOW, QX_FIELDS(gs)},
    {.request = "GBS,%a", .lead = '(', .least = 43, .class = QX_SLOW, QX_FIELDS(gbs)},
    {.request = "DRC,%a", .lead = '(', .least = 18, .class = QX_SLOW, QX_FIELDS(drc)},
    {.request = "FLT,%a", .lead = '(', .least = 109, .class = QX_SLOW, .finish = flt_finish},
    {.request = "WH",
     .lead = '(',
     .least = 113,
     .class = QX_ONCE,
     .flags = QX_CLAIM,
     QX_FIELDS(wh),
     .check = wh_check,
     .finish = wh_finish},
    {.request = "MSO",
     .lead = '(',
     .least = 5,
     .class = QX_ONCE,
     .flags = QX_CLAIM,
     .finish = mso_finish},
    {.request = "PNV",
     .lead = '(',
     .least = 9,
     .class = QX_ONCE,
     QX_FIELDS(pnv),
     .finish = pnv_finish},
    {.request = "GSN,%a", .lead = '(', .least = 25, .class = QX_ONCE, QX_FIELDS(gsn)},
};

/* -- control ---------------------------------------------------------------------------------- */

static const struct qx_command commands[] = {
    {UPS_COMMAND_SHUTDOWN_RETURN, "S%nR%m", NULL, NULL, QX_SHOWS_COUNTDOWN, 0, NULL},
    {UPS_COMMAND_SHUTDOWN_STAYOFF, "S%n", NULL, NULL, QX_SHOWS_COUNTDOWN, 0, NULL},
    {UPS_COMMAND_SHUTDOWN_STOP, "C", NULL, NULL, QX_SHOWS_NO_COUNTDOWN, 0, NULL},
    {UPS_COMMAND_TEST_BATTERY_START, "T%t", "T", NULL, QX_SHOWS_TEST, 0, NULL},
    {UPS_COMMAND_TEST_BATTERY_START_QUICK, "T", NULL, NULL, QX_SHOWS_TEST, 0, NULL},
    {UPS_COMMAND_TEST_BATTERY_START_LOW, "TL", NULL, NULL, QX_SHOWS_TEST, 0, NULL},
    {UPS_COMMAND_TEST_BATTERY_START_DEEP, "TUD,%a", NULL, NULL, QX_SHOWS_TEST, 0, NULL},
    {UPS_COMMAND_TEST_BATTERY_STOP, "CT", NULL, NULL, QX_SHOWS_NO_TEST, 0, NULL},
    {UPS_COMMAND_BYPASS_START, "FOFF", NULL, NULL, QX_SHOWS_BYPASS, 0, NULL},
    {UPS_COMMAND_BYPASS_STOP, "FON", NULL, NULL, QX_SHOWS_NO_BYPASS, 0, NULL},
    {UPS_COMMAND_BEEPER_ENABLE, "SS---1,%a", NULL, NULL, QX_SHOWS_BEEPER_ON, 0, "GS,%a"},
    {UPS_COMMAND_BEEPER_DISABLE, "SS---0,%a", NULL, NULL, QX_SHOWS_BEEPER_OFF, 0, "GS,%a"},
    {UPS_COMMAND_CLEAR_FAULT_RECORD, "FCLR,%a", NULL, NULL, QX_SHOWS_NOTHING, 0, NULL},
};

static void packs_range(const struct qx *x, struct ups_setting *s)
{
    s->max = x->fact[PACKS_MOST] * 1000;
    s->min = x->fact[PACKS_MOST] > 2 ? 1000 : 0; /* rack models with many have at least one */
}

static void volts_range(const struct qx *x, struct ups_setting *s)
{
    s->min = s->max = 0;
    for (int32_t i = 0; i < x->fact[VOLTS]; i++) {
        int32_t milli = x->fact[VOLTS_FIRST + i] * 1000;

        s->min = i == 0 || milli < s->min ? milli : s->min;
        s->max = milli > s->max ? milli : s->max;
    }
}

static bool volts_take(const struct qx *x, int64_t milli)
{
    for (int32_t i = 0; i < x->fact[VOLTS]; i++)
        if (x->fact[VOLTS_FIRST + i] * INT64_C(1000) == milli)
            return true;
    return false;
}

static const struct qx_setting settings[] = {
    {UPS_VAR_UPS_ID, 0, 99, 1, "SS%2--,%a", "WH", 0, 0, NULL, NULL},
    {UPS_VAR_BATTERY_PACKS, 0, 5, 1, "SS--%1-,%a", "GS,%a", 0, 0, packs_range, NULL},
    {UPS_VAR_OUTPUT_VOLTAGE_NOMINAL, 0, 999, 1, "PNV=%3", "PNV", 0, 0, volts_range, volts_take},
    /* up to what a setting can hold, 24 days */
    {UPS_VAR_DEVICE_UPTIME, 0, 2147483, 1, "SRC%c,%a", "DRC,%a", 10, 0, NULL, NULL},
};

const struct qx_dialect qx_masterguard = {
    .name = "masterguard",
    .mfr = "Masterguard",
    .delays = {0, 5940, 30, 60, 599940, 180, 60, 5940},
    QX_QUERIES(queries),
    QX_COMMANDS(commands),
    QX_SETTINGS(settings),
};
