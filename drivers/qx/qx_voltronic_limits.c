/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Q* dialect voltronic: limits and other settings, and what may be written.  The unit does not tell
 * its legal ranges: they depend on its protocol number and its ratings, as the table says
 * (docs/protocols/voltronic.md).  Without the rating that a range rests on nothing is offered.
 */
#include "qx_voltronic_set.h"

#include <string.h>

/* -- reading ---------------------------------------------------------------------------------- */

const struct qx_field qx_v_qhe[2] = {QX_NUM(1, 3, INPUT_TRANSFER_HIGH),
                                     QX_NUM(5, 7, INPUT_TRANSFER_LOW)};
const struct qx_field qx_v_qfre[2] = {QX_NUM(1, 4, INPUT_FREQUENCY_HIGH),
                                      QX_NUM(6, 9, INPUT_FREQUENCY_LOW)};
const struct qx_field qx_v_qbyv[2] = {QX_NUM(1, 3, INPUT_TRANSFER_BYPASS_HIGH),
                                      QX_NUM(5, 7, INPUT_TRANSFER_BYPASS_LOW)};
const struct qx_field qx_v_qbyf[2] = {QX_NUM(1, 4, INPUT_FREQUENCY_BYPASS_HIGH),
                                      QX_NUM(6, 9, INPUT_FREQUENCY_BYPASS_LOW)};
const struct qx_field qx_v_qpd[2] = {QX_NUM(1, 3, INPUT_PHASE_ANGLE),
                                     QX_NUM(5, 7, OUTPUT_PHASE_ANGLE)};
const struct qx_field qx_v_re0[1] = {QX_NUM(1, 2, BATTERY_VOLTAGE_LOW)};
/* the number is the choice's */
const struct qx_field qx_v_qbt[1] = {QX_NUM_X(1, 2, BATTERY_TYPE, 0, 1)};
const struct qx_field qx_v_qgr[1] = {QX_NUM_X(1, 2, WORK_RANGE_TYPE, 0, 1)};

/* 9: a digit, or - where the unit has no value; 2 and 1: digits up to that. */
static const struct {
    const char *request, *shape;
} shapes[] = {
    {"QHE", "(999 999"}, {"QFRE", "(99.9 99.9"}, {"QBYV", "(999 999"}, {"QBYF", "(99.9 99.9"},
    {"QPD", "(999 999"}, {"RE0", "#99"},         {"QBT", "(02"},       {"QGR", "(01"},
    {"QSKT1", "(999"},   {"QSKT2", "(999"},      {"QSKT3", "(999"},    {"QSKT4", "(999"},
};

static bool fits(const uint8_t *reply, size_t len, const char *shape)
{
    if (len != strlen(shape))
        return false;
    for (size_t i = 0; i < len; i++) {
        bool digit = reply[i] >= '0' && reply[i] <= '9';

        switch (shape[i]) {
        case '9':
            if (!digit && reply[i] != '-')
                return false;
            break;
        case '0':
        case '1':
        case '2':
            if (!digit || reply[i] > (uint8_t)shape[i])
                return false;
            break;
        default:
            if (reply[i] != (uint8_t)shape[i])
                return false;
        }
    }
    return true;
}

bool qx_v_shape_check(struct qx_call *c)
{
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
        if (strcmp(shapes[i].request, c->query->request) == 0)
            return fits(c->reply, c->len, shapes[i].shape);
    return false;
}

/* -- legal ranges ----------------------------------------------------------------------------- */

/* Protocol numbers that have ranges. */
enum {
    P01 = 1 << 0,
    P02 = 1 << 1,
    P03 = 1 << 2,
    P09 = 1 << 3,
    P10 = 1 << 4,
    P13 = 1 << 5,
    P14 = 1 << 6,
    P99 = 1 << 7,
    ANY = 1 << 8, /* those without ranges of their own, too */
    G1 = P01 | P09,
    G2_BUT_99 = P02 | P03 | P10 | P13 | P14,
    G2 = G2_BUT_99 | P99,
};

static unsigned pi_bit(int32_t pi)
{
    static const uint8_t number[] = {1, 2, 3, 9, 10, 13, 14, 99};

    for (unsigned i = 0; i < sizeof number; i++)
        if (number[i] == pi)
            return 1U << i;
    return 0;
}

/* What a range depends on. */
enum { NOTHING, OUT_V, IN_V, OUT_HZ, OUT_VA };

static bool rating(const struct ups_reading *r, unsigned what, int64_t *milli)
{
    int64_t amperes;

    switch (what) {
    case NOTHING: *milli = 0; return true;
    case OUT_V: return ups_get(r, UPS_VAR_OUTPUT_VOLTAGE_NOMINAL, 0, milli);
    case IN_V: return ups_get(r, UPS_VAR_INPUT_VOLTAGE_NOMINAL, 0, milli);
    case OUT_HZ: return ups_get(r, UPS_VAR_OUTPUT_FREQUENCY_NOMINAL, 0, milli);
    default:
        if (!ups_get(r, UPS_VAR_OUTPUT_VOLTAGE_NOMINAL, 0, milli) ||
            !ups_get(r, UPS_VAR_OUTPUT_CURRENT_NOMINAL, 0, &amperes))
            return false;
        *milli = *milli * amperes / 1000;
        return true;
    }
}

#define V_MOST 999

/* Volts and hertz; `from` <= rating < `below`. */
static const struct range {
    enum ups_var var;
    uint16_t models;
    uint8_t on;
    bool about; /* min and max are added to the rating */
    int16_t from, below, min, max;
} ranges[] = {
    {UPS_VAR_INPUT_TRANSFER_HIGH, G1, OUT_V, true, 200, V_MOST, 7, 24},
    {UPS_VAR_INPUT_TRANSFER_HIGH, G1, OUT_V, true, 0, 200, 3, 12},
    {UPS_VAR_INPUT_TRANSFER_HIGH, G2, OUT_V, true, 200, V_MOST, 11, 24},
    {UPS_VAR_INPUT_TRANSFER_HIGH, G2, OUT_V, true, 0, 200, 5, 12},
    {UPS_VAR_INPUT_TRANSFER_LOW, G1, OUT_V, true, 200, V_MOST, -24, -7},
    {UPS_VAR_INPUT_TRANSFER_LOW, G1, OUT_V, true, 0, 200, -12, -3},
    {UPS_VAR_INPUT_TRANSFER_LOW, G2, OUT_V, true, 200, V_MOST, -24, -11},
    {UPS_VAR_INPUT_TRANSFER_LOW, G2, OUT_V, true, 0, 200, -12, -5},
    {UPS_VAR_INPUT_FREQUENCY_HIGH, G1, OUT_HZ, false, 50, 51, 53, 60},
    {UPS_VAR_INPUT_FREQUENCY_HIGH, G1, OUT_HZ, false, 60, 61, 63, 70},
    {UPS_VAR_INPUT_FREQUENCY_HIGH, G2, OUT_HZ, false, 50, 51, 52, 54},
    {UPS_VAR_INPUT_FREQUENCY_HIGH, G2, OUT_HZ, false, 60, 61, 62, 64},
    {UPS_VAR_INPUT_FREQUENCY_LOW, G1, OUT_HZ, false, 50, 51, 40, 47},
    {UPS_VAR_INPUT_FREQUENCY_LOW, G1, OUT_HZ, false, 60, 61, 50, 57},
    {UPS_VAR_INPUT_FREQUENCY_LOW, G2, OUT_HZ, false, 50, 51, 46, 48},
    {UPS_VAR_INPUT_FREQUENCY_LOW, G2, OUT_HZ, false, 60, 61, 56, 58},
    {UPS_VAR_INPUT_TRANSFER_BYPASS_HIGH, P01, IN_V, false, 0, 200, 120, 140},
    {UPS_VAR_INPUT_TRANSFER_BYPASS_HIGH, P01, IN_V, false, 200, V_MOST, 230, 264},
    {UPS_VAR_INPUT_TRANSFER_BYPASS_HIGH, P09, NOTHING, false, 0, 1, 60, 140},
    {UPS_VAR_INPUT_TRANSFER_BYPASS_HIGH, G2_BUT_99, IN_V, false, 0, 200, 115, 138},
    {UPS_VAR_INPUT_TRANSFER_BYPASS_HIGH, G2_BUT_99, IN_V, false, 200, V_MOST, 231, 276},
    {UPS_VAR_INPUT_TRANSFER_BYPASS_HIGH, P99, IN_V, false, 0, 200, 115, 132},
    {UPS_VAR_INPUT_TRANSFER_BYPASS_HIGH, P99, IN_V, false, 200, V_MOST, 231, 261},
    {UPS_VAR_INPUT_TRANSFER_BYPASS_LOW, P01, IN_V, false, 0, 200, 85, 115},
    {UPS_VAR_INPUT_TRANSFER_BYPASS_LOW, P01, IN_V, false, 200, V_MOST, 170, 220},
    {UPS_VAR_INPUT_TRANSFER_BYPASS_LOW, P09, NOTHING, false, 0, 1, 60, 140},
    {UPS_VAR_INPUT_TRANSFER_BYPASS_LOW, G2_BUT_99, IN_V, false, 0, 200, 55, 104},
    {UPS_VAR_INPUT_TRANSFER_BYPASS_LOW, G2_BUT_99, IN_V, false, 200, V_MOST, 110, 209},
    {UPS_VAR_INPUT_TRANSFER_BYPASS_LOW, P99, IN_V, false, 0, 200, 50, 85},
    {UPS_VAR_INPUT_TRANSFER_BYPASS_LOW, P99, IN_V, false, 200, V_MOST, 149, 209},
    {UPS_VAR_INPUT_FREQUENCY_BYPASS_HIGH, G1, OUT_HZ, false, 50, 51, 51, 60},
    {UPS_VAR_INPUT_FREQUENCY_BYPASS_HIGH, G1, OUT_HZ, false, 60, 61, 61, 70},
    {UPS_VAR_INPUT_FREQUENCY_BYPASS_HIGH, G2, OUT_HZ, false, 50, 51, 51, 54},
    {UPS_VAR_INPUT_FREQUENCY_BYPASS_HIGH, G2, OUT_HZ, false, 60, 61, 61, 64},
    {UPS_VAR_INPUT_FREQUENCY_BYPASS_LOW, G1, OUT_HZ, false, 50, 51, 40, 49},
    {UPS_VAR_INPUT_FREQUENCY_BYPASS_LOW, G1, OUT_HZ, false, 60, 61, 50, 59},
    {UPS_VAR_INPUT_FREQUENCY_BYPASS_LOW, G2, OUT_HZ, false, 50, 51, 46, 49},
    {UPS_VAR_INPUT_FREQUENCY_BYPASS_LOW, G2, OUT_HZ, false, 60, 61, 56, 59},
    {UPS_VAR_BATTERY_VOLTAGE_LOW, ANY, OUT_VA, false, 0, 1000, 20, 24},
    {UPS_VAR_BATTERY_VOLTAGE_LOW, ANY, OUT_VA, false, 1000, INT16_MAX, 20, 28},
};

static bool applies(const struct range *g, enum ups_var var, unsigned models, int64_t milli)
{
    return g->var == var && (g->models & models) && milli >= g->from * INT64_C(1000) &&
           (milli < g->below * INT64_C(1000) || g->below == INT16_MAX);
}

static void range_of(const struct qx *x, const struct ups_reading *r, struct ups_setting *s)
{
    unsigned models = pi_bit(x->fact[QX_V_PI]) | ANY;

    s->min = s->max = 0;
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++) {
        int64_t milli;

        if (!rating(r, ranges[i].on, &milli) ||
            !applies(&ranges[i], (enum ups_var)s->var, models, milli))
            continue;
        int32_t base = ranges[i].about ? (int32_t)milli : 0;
        s->min = base + ranges[i].min * 1000;
        s->max = base + ranges[i].max * 1000;
    }
}

/* Frequencies go by tenths. */
static void hertz(const struct qx *x, const struct ups_reading *r, struct ups_setting *s)
{
    range_of(x, r, s);
    s->step = 100;
}

/* One digit: units with more blocks exist, and can't be told. */
static void blocks(const struct qx *x, const struct ups_reading *r, struct ups_setting *s)
{
    int64_t milli;

    (void)x;
    if (ups_get(r, UPS_VAR_BATTERY_NUMBER, 0, &milli) && milli > s->max)
        s->min = s->max = 0;
}

/* 0, 120, 180 and 240 degrees. */
static bool angle(const struct qx *x, int64_t milli)
{
    (void)x;
    return milli != 60000;
}

/* -- settings --------------------------------------------------------------------------------- */

#define WORDS(...)                                                                                 \
    .words = (const char *const[])                                                                 \
    {                                                                                              \
        __VA_ARGS__                                                                                \
    }
#define GUARDED .first = "QMOD", .safe = qx_v_safe

#define SWITCH(id, letter, upper)                                                                  \
    {                                                                                              \
        .var = UPS_VAR_##id, .query = "QFLAG", .needs = QX_V_LETTER(letter),                       \
        WORDS("PD" upper, "PE" upper)                                                              \
    }
#define SWITCH_GUARDED(id, letter, upper)                                                          \
    {                                                                                              \
        .var = UPS_VAR_##id, .query = "QFLAG", .needs = QX_V_LETTER(letter),                       \
        WORDS("PD" upper, "PE" upper), GUARDED                                                     \
    }
#define ECO(id, request, row, find)                                                                \
    {                                                                                              \
        .var = UPS_VAR_INPUT_##id, .step = 1, .bytes = request, .query = row,                      \
        .needs = QX_V_ECO_LIMITS | QX_V_LETTER('e'), .range = find                                 \
    }
#define BYPASS(id, request, row, find)                                                             \
    {                                                                                              \
        .var = UPS_VAR_INPUT_##id, .step = 1, .bytes = request, .query = row,                      \
        .needs = QX_V_BYPASS_LIMITS, .range = find, GUARDED                                        \
    }
#define DELAY(n)                                                                                   \
    {                                                                                              \
        .var = UPS_VAR_OUTLET_##n##_DELAY_SHUTDOWN, .max = 59940, .step = 60,                      \
        .bytes = "PSK" #n "%M", .query = "QSKT" #n, .needs = QX_V_OUTLETS | QX_V_OUTLET(n),        \
        GUARDED                                                                                    \
    }

const struct qx_setting qx_v_settings[QX_V_SETTINGS] = {
    SWITCH(ALARM_CONTROL, 'a', "A"),
    SWITCH(BATTERY_ALARM, 'b', "B"),
    SWITCH(UPS_START_BATTERY, 'c', "C"),
    SWITCH(BATTERY_OPEN_STATUS_CHECK, 'd', "D"),
    SWITCH(UPS_ECO_ENABLED, 'e', "E"),
    SWITCH_GUARDED(BYPASS_FORBIDDING, 'f', "F"),
    SWITCH_GUARDED(BATTERY_ENERGYSAVE, 'g', "G"),
    SWITCH_GUARDED(OUTLET_0_SWITCHABLE, 'j', "J"),
    SWITCH(SITE_FAULT_DETECTION, 'l', "L"),
    SWITCH(ADVANCED_ECO_MODE, 'n', "N"),
    SWITCH_GUARDED(BYPASS_WHEN_OFF, 'o', "O"),
    SWITCH(BYPASS_ALARM, 'p', "P"),
    SWITCH_GUARDED(CONSTANT_PHASE_ANGLE, 'q', "Q"),
    SWITCH(UPS_START_AUTO, 'r', "R"),
    SWITCH_GUARDED(BATTERY_PROTECTION, 's', "S"),
    SWITCH_GUARDED(CONVERTER_MODE, 'v', "V"),
    SWITCH_GUARDED(LIMITED_RUNTIME, 'w', "W"),
    ECO(TRANSFER_HIGH, "HEH%3", "QHE", range_of),
    ECO(TRANSFER_LOW, "HEL%3", "QHE", range_of),
    ECO(FREQUENCY_HIGH, "FREH%f", "QFRE", hertz),
    ECO(FREQUENCY_LOW, "FREL%f", "QFRE", hertz),
    BYPASS(TRANSFER_BYPASS_HIGH, "PHV%3", "QBYV", range_of),
    BYPASS(TRANSFER_BYPASS_LOW, "PLV%3", "QBYV", range_of),
    BYPASS(FREQUENCY_BYPASS_HIGH, "PGF%f", "QBYF", hertz),
    BYPASS(FREQUENCY_BYPASS_LOW, "PSF%f", "QBYF", hertz),
    {.var = UPS_VAR_BATTERY_VOLTAGE_LOW,
     .step = 1,
     .bytes = "W0E%2",
     .query = "RE0",
     .range = range_of,
     GUARDED},
    {.var = UPS_VAR_BATTERY_NUMBER,
     .min = 1,
     .max = 9,
     .step = 1,
     .bytes = "BATN%1",
     .query = "QBV",
     .range = blocks,
     GUARDED},
    {.var = UPS_VAR_BATTERY_PACKS,
     .min = 1,
     .max = 99,
     .step = 1,
     .bytes = "BATGN%2",
     .query = "QBV",
     GUARDED},
    {.var = UPS_VAR_OUTPUT_PHASE_ANGLE,
     .max = 240,
     .step = 60,
     .bytes = "PPD%3",
     .query = "QPD",
     .takes = angle,
     GUARDED},
    {.var = UPS_VAR_BATTERY_TYPE,
     .query = "QBT",
     .needs = QX_V_P31,
     WORDS("PBT00", "PBT01", "PBT02"),
     GUARDED},
    {.var = UPS_VAR_WORK_RANGE_TYPE, .query = "QGR", .needs = QX_V_P31, WORDS("PGR00", "PGR01")},
    DELAY(1),
    DELAY(2),
    DELAY(3),
    DELAY(4),
};

const char *qx_v_query_of(enum ups_var var)
{
    unsigned i = 0;

    while (i + 1 < QX_V_SETTINGS && qx_v_settings[i].var != var)
        i++;
    return qx_v_settings[i].query;
}
