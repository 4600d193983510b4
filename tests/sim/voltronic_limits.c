/* SPDX-License-Identifier: BSD-2-Clause */
/* Settings of the PI family that are numbers: limits of ECO and bypass, battery, phase angle. */
#include <string.h>

#include "voltronic.h"

struct range {
    int low, high;
};

/* One setting: the command that writes it and how its value looks. */
struct setting_row {
    const char *write;
    int digits; /* NN.N counts as 3 with `tenths` */
    bool tenths;
    bool (*range)(const struct qx *q, int side, struct range *range); /* false: not there */
    int side;                                                         /* 1 upper limit, -1 lower */
    int (*standard)(const struct qx *q, int side);                    /* NULL: `plain` */
    int plain;
};

static int nominal_v(const struct qx *q)
{
    return (int)(q->model->cfg.nominal_v + 0.5);
}

static int nominal_hz(const struct qx *q)
{
    return q->model->cfg.nominal_hz >= 55.0 ? 60 : 50;
}

/* The range of an upper or lower limit that lies `near` to `far` from the middle. */
static bool around(struct range *r, int middle, int side, int near, int far)
{
    r->low = middle + (side > 0 ? near : -far);
    r->high = middle + (side > 0 ? far : -near);
    return true;
}

static bool eco_volts(const struct qx *q, int side, struct range *r)
{
    enum volt_group group = q->volt.preset->group;
    bool high = nominal_v(q) >= 200;
    int near = group == VOLT_G1 || group == VOLT_G1_SPLIT ? (high ? 7 : 3) : (high ? 11 : 5);

    return group != VOLT_NO_LIMITS && volt_knows(q, 'e') &&
           around(r, nominal_v(q), side, near, high ? 24 : 12);
}

static bool eco_hz(const struct qx *q, int side, struct range *r)
{
    enum volt_group group = q->volt.preset->group;
    bool first = group == VOLT_G1 || group == VOLT_G1_SPLIT;

    return group != VOLT_NO_LIMITS && volt_knows(q, 'e') &&
           around(r, 10 * nominal_hz(q), side, first ? 30 : 20, first ? 100 : 40);
}

static bool bypass_volts(const struct qx *q, int side, struct range *r)
{
    static const struct range ranges[][2][2] = {
        /* low voltage units: lower and upper limit; high voltage units: the same */
        [VOLT_G1] = {{{85, 115}, {120, 140}}, {{170, 220}, {230, 264}}},
        [VOLT_G1_SPLIT] = {{{60, 140}, {60, 140}}, {{60, 140}, {60, 140}}},
        [VOLT_G2] = {{{55, 104}, {115, 138}}, {{110, 209}, {231, 276}}},
        [VOLT_G2_99] = {{{50, 85}, {115, 132}}, {{149, 209}, {231, 261}}},
    };
    enum volt_group group = q->volt.preset->group;

    if (group == VOLT_NO_LIMITS)
        return false;
    *r = ranges[group][nominal_v(q) >= 200][side > 0];
    return true;
}

static bool bypass_hz(const struct qx *q, int side, struct range *r)
{
    enum volt_group group = q->volt.preset->group;
    bool first = group == VOLT_G1 || group == VOLT_G1_SPLIT;

    return group != VOLT_NO_LIMITS && around(r, 10 * nominal_hz(q), side, 10, first ? 100 : 40);
}

static bool low_volts(const struct qx *q, int side, struct range *r)
{
    (void)side;
    *r = (struct range){20, q->model->cfg.rating_va < 1000.0 ? 24 : 28};
    return true;
}

/* Units with more blocks than a digit can say have no such setting. */
static bool blocks(const struct qx *q, int side, struct range *r)
{
    (void)side;
    *r = (struct range){1, 9};
    return q->model->cfg.packs <= r->high;
}

static bool packs(const struct qx *q, int side, struct range *r)
{
    (void)q;
    (void)side;
    *r = (struct range){1, 99};
    return true;
}

static bool angle(const struct qx *q, int side, struct range *r)
{
    (void)q;
    (void)side;
    *r = (struct range){0, 240};
    return true;
}

/* Battery type 0 to 2, grid working range 0 to 1: P31 alone. */
static bool choice(const struct qx *q, int most, struct range *r)
{
    *r = (struct range){0, most};
    return q->volt.preset->grid_range;
}

/* What a new unit has: known of P01 with 230 V, else well inside the ranges. */
static int eco_volts_standard(const struct qx *q, int side)
{
    return nominal_v(q) + side * (nominal_v(q) >= 200 ? 12 : 6);
}

static int hz_standard(const struct qx *q, int side)
{
    return 10 * (nominal_hz(q) + 3 * side);
}

static int bypass_volts_standard(const struct qx *q, int side)
{
    struct range r = {0};

    (void)bypass_volts(q, side, &r);
    return side > 0 ? r.high : r.low;
}

static int blocks_standard(const struct qx *q, int side)
{
    (void)side;
    return q->model->cfg.packs;
}

static const struct setting_row rows[VOLT_SETTINGS] = {
    [VOLT_HEH] = {"HEH", 3, false, eco_volts, 1, eco_volts_standard, 0},
    [VOLT_HEL] = {"HEL", 3, false, eco_volts, -1, eco_volts_standard, 0},
    [VOLT_FREH] = {"FREH", 3, true, eco_hz, 1, hz_standard, 0},
    [VOLT_FREL] = {"FREL", 3, true, eco_hz, -1, hz_standard, 0},
    [VOLT_PHV] = {"PHV", 3, false, bypass_volts, 1, bypass_volts_standard, 0},
    [VOLT_PLV] = {"PLV", 3, false, bypass_volts, -1, bypass_volts_standard, 0},
    [VOLT_PGF] = {"PGF", 3, true, bypass_hz, 1, hz_standard, 0},
    [VOLT_PSF] = {"PSF", 3, true, bypass_hz, -1, hz_standard, 0},
    [VOLT_W0E] = {"W0E", 2, false, low_volts, 0, NULL, 20},
    [VOLT_BATN] = {"BATN", 1, false, blocks, 0, blocks_standard, 0},
    [VOLT_BATGN] = {"BATGN", 2, false, packs, 0, NULL, 1},
    [VOLT_PPD] = {"PPD", 3, false, angle, 0, NULL, 0},
    [VOLT_PBT] = {"PBT", 2, false, choice, 2, NULL, 2},
    [VOLT_PGR] = {"PGR", 2, false, choice, 1, NULL, 0},
};

int volt_setting(const struct qx *q, enum volt_setting setting)
{
    int value = q->volt.settings[setting];

    if (value >= 0)
        return value;
    return rows[setting].standard ? rows[setting].standard(q, rows[setting].side)
                                  : rows[setting].plain;
}

enum volt_setting volt_setting_named(const char *name)
{
    int i = 0;

    while (i < VOLT_SETTINGS && strcmp(rows[i].write, name) != 0)
        i++;
    return (enum volt_setting)i;
}

bool volt_parse_setting(enum volt_setting setting, const char *text, int *value)
{
    const struct setting_row *row = &rows[setting];
    int whole, part = 0;

    if (!row->tenths) {
        *value = qx_digits(text, row->digits);
        return *value >= 0 && !text[row->digits];
    }
    whole = qx_digits(text, 2);
    if (whole < 0 || text[2] != '.' || (part = qx_digits(text + 3, 1)) < 0 || text[4])
        return false;
    *value = 10 * whole + part;
    return true;
}

static void put_setting(const struct qx *q, enum volt_setting setting, struct qx_reply *out)
{
    const struct setting_row *row = &rows[setting];
    int value = volt_setting(q, setting);

    if (row->tenths)
        qx_put(out, "%02d.%d", value / 10, value % 10);
    else
        qx_put(out, "%0*d", row->digits, value);
}

static enum qx_outcome write_setting(struct qx *q, int which, const char *arg, struct qx_reply *out)
{
    const struct setting_row *row = &rows[which];
    struct range r;
    int value;

    (void)out;
    if (!volt_parse_setting((enum volt_setting)which, arg, &value))
        return QX_UNKNOWN;
    if (!row->range(q, row->side, &r) || value < r.low || value > r.high)
        return QX_REFUSED;
    if (which == VOLT_PPD && value != 0 && value != 120 && value != 180 && value != 240)
        return QX_REFUSED;
    q->volt.settings[which] = value;
    volt_watch(q);
    model_settle(q->model);
    return QX_DONE;
}

/* Upper and lower limit, `which` the upper one. */
static enum qx_outcome pair(struct qx *q, int which, const char *arg, struct qx_reply *out)
{
    struct range r;

    (void)arg;
    if (!rows[which].range(q, rows[which].side, &r))
        return QX_REFUSED;
    qx_put(out, "(");
    put_setting(q, (enum volt_setting)which, out);
    qx_put(out, " ");
    put_setting(q, (enum volt_setting)(which + 1), out);
    return QX_REPLY;
}

static enum qx_outcome single(struct qx *q, int which, const char *arg, struct qx_reply *out)
{
    struct range r;

    (void)arg;
    if (!rows[which].range(q, rows[which].side, &r))
        return QX_REFUSED;
    qx_put(out, which == VOLT_W0E ? "#" : which == VOLT_PPD ? "(000 " : "(");
    put_setting(q, (enum volt_setting)which, out);
    return QX_REPLY;
}

const struct volt_row volt_limit_rows[] = {{"QHE", false, VOLT_HEH, pair},
                                           {"QFRE", false, VOLT_FREH, pair},
                                           {"QBYV", false, VOLT_PHV, pair},
                                           {"QBYF", false, VOLT_PGF, pair},
                                           {"RE0", false, VOLT_W0E, single},
                                           {"QPD", false, VOLT_PPD, single},
                                           {"QBT", false, VOLT_PBT, single},
                                           {"QGR", false, VOLT_PGR, single},
                                           {"HEH", true, VOLT_HEH, write_setting},
                                           {"HEL", true, VOLT_HEL, write_setting},
                                           {"FREH", true, VOLT_FREH, write_setting},
                                           {"FREL", true, VOLT_FREL, write_setting},
                                           {"PHV", true, VOLT_PHV, write_setting},
                                           {"PLV", true, VOLT_PLV, write_setting},
                                           {"PGF", true, VOLT_PGF, write_setting},
                                           {"PSF", true, VOLT_PSF, write_setting},
                                           {"W0E", true, VOLT_W0E, write_setting},
                                           {"BATN", true, VOLT_BATN, write_setting},
                                           {"BATGN", true, VOLT_BATGN, write_setting},
                                           {"PPD", true, VOLT_PPD, write_setting},
                                           {"PBT", true, VOLT_PBT, write_setting},
                                           {"PGR", true, VOLT_PGR, write_setting},
                                           {0}};
