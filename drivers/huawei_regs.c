/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Huawei UPS2000: the registers (G13 chapter 3, G620 chapter 3) as a table, the blocks in which
 * they are read, and their way into a reading.
 */
#include "huawei_ups2000.h"

/* -- blocks --------------------------------------------------------------------------------- */

#define P(...)                                                                                     \
    (const struct huawei_piece[])                                                                  \
    {                                                                                              \
        __VA_ARGS__,                                                                               \
        {                                                                                          \
            0, 0                                                                                   \
        }                                                                                          \
    }

/*
 * Level 0 of ALARMS, MEASURES and BATTERY is in daily use on real 1-3 kVA units although it
 * crosses undefined registers; the next level asks for defined registers only.  1043 to 1049 as
 * one block is unproven, therefore the two steps down.
 */
static const struct huawei_piece *const small_plans[HUAWEI_BLOCKS][HUAWEI_LEVELS] = {
    [HUAWEI_ALARMS] = {P({40156, 27}), P({40156, 1}, {40161, 1}, {40163, 2}, {40170, 1}, {40173, 2},
                                         {40179, 2}, {40182, 1})},
    [HUAWEI_MEASURES] = {P({1000, 28}), P({1000, 1}, {1003, 2}, {1007, 2}, {1011, 1}, {1014, 2},
                                          {1018, 1}, {1021, 1}, {1024, 4})},
    [HUAWEI_CONTROL] = {P({1043, 7}), P({1043, 4}), P({1043, 1}, {1044, 1}, {1045, 1}, {1046, 1})},
    [HUAWEI_BATTERY] = {P({2000, 34}), P({2000, 1}, {2002, 4}, {2007, 1}, {2033, 1})},
    [HUAWEI_ECO] = {P({1031, 1})},
    [HUAWEI_FLOW] = {P({9006, 1})},
    [HUAWEI_RATING] = {P({9009, 1})},
};

static const struct huawei_piece *const large_plans[HUAWEI_BLOCKS][HUAWEI_LEVELS] = {
    [HUAWEI_ALARMS] = {P({40155, 29}),
                       P({40155, 2}, {40158, 4}, {40163, 3}, {40168, 7}, {40179, 2}, {40182, 2})},
    [HUAWEI_MEASURES] = {P({1000, 28}), P({1000, 14}, {1014, 14})},
    [HUAWEI_BATTERY] = {P({2000, 7}), P({2000, 1}, {2001, 1}, {2002, 4}, {2006, 1})},
    [HUAWEI_TESTING] = {P({2022, 1})},
    [HUAWEI_PARALLEL] = {P({4000, 9}), P({4000, 3}, {4003, 3}, {4006, 3})},
    [HUAWEI_SELFTEST] = {P({2008, 3}), P({2008, 1}, {2009, 1}, {2010, 1})},
    [HUAWEI_REDUNDANCY] = {P({1041, 1})},
    [HUAWEI_ECO] = {P({1031, 1})},
    [HUAWEI_FLOW] = {P({9006, 1})},
    [HUAWEI_CARD] = {P({9004, 5}), P({9008, 1})},
    [HUAWEI_RATING] = {P({9009, 1})},
};

const struct huawei_piece *huawei_plan(enum huawei_profile profile, enum huawei_block block,
                                       unsigned level)
{
    if (block >= HUAWEI_BLOCKS || level >= HUAWEI_LEVELS)
        return NULL;
    return profile == HUAWEI_SMALL ? small_plans[block][level] : large_plans[block][level];
}

bool huawei_reg(const struct huawei_buffer *b, unsigned base, uint16_t *value)
{
    if (base < b->first || base >= (unsigned)b->first + b->count ||
        !(b->have >> (base - b->first) & 1))
        return false;
    *value = b->reg[base - b->first];
    return true;
}

/* -- registers ------------------------------------------------------------------------------ */

/* How a register is coded, and with it its invalid marker. */
enum code {
    FIXED,   /* unsigned, tenths; 0x7FFF = invalid */
    WHOLE,   /* unsigned; 0xFFFF = invalid */
    WIDE,    /* two registers, high word first; 0xFFFFFFFF = invalid */
    INVERSE, /* 0 or 1, and 1 means off; 0xFFFF = invalid */
};

/* Which phases a register belongs to. */
enum side { ALONE, IN, OUT };

struct reg {
    uint16_t base;
    uint8_t code, side, line;
    uint32_t min;
    uint32_t max[2]; /* sane range in raw steps, by profile; 0: the profile lacks it */
    int32_t milli;   /* thousandths of the variable's unit in one step */
    enum ups_var var;
};

/*
 * Voltages, currents, frequencies: 0.1 steps; powers: 0.1 kW and 0.1 kVA = 100 W and VA.
 * Lines 2 and 3 are undefined on 1-3 kVA units and may read as anything.
 */
static const struct reg regs[] = {
    {1000, FIXED, IN, 0, 0, {4000, 4000}, 100, UPS_VAR_INPUT_VOLTAGE},
    {1001, FIXED, IN, 1, 0, {0, 4000}, 100, UPS_VAR_INPUT_VOLTAGE},
    {1002, FIXED, IN, 2, 0, {0, 4000}, 100, UPS_VAR_INPUT_VOLTAGE},
    {1003, FIXED, IN, 0, 0, {800, 800}, 100, UPS_VAR_INPUT_FREQUENCY},
    {1003, FIXED, IN, 1, 0, {0, 800}, 100, UPS_VAR_INPUT_FREQUENCY},
    {1003, FIXED, IN, 2, 0, {0, 800}, 100, UPS_VAR_INPUT_FREQUENCY},
    {1004, FIXED, OUT, 0, 0, {4000, 4000}, 100, UPS_VAR_INPUT_BYPASS_VOLTAGE},
    {1005, FIXED, OUT, 1, 0, {0, 4000}, 100, UPS_VAR_INPUT_BYPASS_VOLTAGE},
    {1006, FIXED, OUT, 2, 0, {0, 4000}, 100, UPS_VAR_INPUT_BYPASS_VOLTAGE},
    {1007, FIXED, ALONE, 0, 0, {800, 800}, 100, UPS_VAR_INPUT_BYPASS_FREQUENCY},
    {1008, FIXED, OUT, 0, 0, {4000, 4000}, 100, UPS_VAR_OUTPUT_VOLTAGE},
    {1009, FIXED, OUT, 1, 0, {0, 4000}, 100, UPS_VAR_OUTPUT_VOLTAGE},
    {1010, FIXED, OUT, 2, 0, {0, 4000}, 100, UPS_VAR_OUTPUT_VOLTAGE},
    {1011, FIXED, OUT, 0, 0, {300, 2000}, 100, UPS_VAR_OUTPUT_CURRENT},
    {1012, FIXED, OUT, 1, 0, {0, 2000}, 100, UPS_VAR_OUTPUT_CURRENT},
    {1013, FIXED, OUT, 2, 0, {0, 2000}, 100, UPS_VAR_OUTPUT_CURRENT},
    {1014, FIXED, ALONE, 0, 0, {800, 800}, 100, UPS_VAR_OUTPUT_FREQUENCY},
    {1015, FIXED, OUT, 0, 0, {50, 400}, 100000, UPS_VAR_OUTPUT_REALPOWER},
    {1016, FIXED, OUT, 1, 0, {0, 400}, 100000, UPS_VAR_OUTPUT_REALPOWER},
    {1017, FIXED, OUT, 2, 0, {0, 400}, 100000, UPS_VAR_OUTPUT_REALPOWER},
    {1018, FIXED, OUT, 0, 0, {50, 400}, 100000, UPS_VAR_OUTPUT_POWER},
    {1019, FIXED, OUT, 1, 0, {0, 400}, 100000, UPS_VAR_OUTPUT_POWER},
    {1020, FIXED, OUT, 2, 0, {0, 400}, 100000, UPS_VAR_OUTPUT_POWER},
    {1021, FIXED, OUT, 0, 0, {2000, 2000}, 100, UPS_VAR_OUTPUT_LOAD},
    {1022, FIXED, OUT, 1, 0, {0, 2000}, 100, UPS_VAR_OUTPUT_LOAD},
    {1023, FIXED, OUT, 2, 0, {0, 2000}, 100, UPS_VAR_OUTPUT_LOAD},
    {1027, FIXED, ALONE, 0, 0, {1000, 1000}, 100, UPS_VAR_UPS_TEMPERATURE},
    {1031, WHOLE, ALONE, 0, 0, {1, 1}, 1, UPS_VAR_UPS_ECO_ENABLED},
    {1041, WHOLE, ALONE, 0, 0, {0, 3}, 1000, UPS_VAR_PARALLEL_REDUNDANCY},
    {1044, WHOLE, ALONE, 0, 0, {1, 0}, 1, UPS_VAR_UPS_START_AUTO},
    {1046, INVERSE, ALONE, 0, 0, {1, 0}, 1, UPS_VAR_UPS_BEEPER_STATUS},
    {2000, FIXED, ALONE, 0, 0, {3000, 6000}, 100, UPS_VAR_BATTERY_VOLTAGE},
    {2003, WHOLE, ALONE, 0, 0, {100, 100}, 1000, UPS_VAR_BATTERY_CHARGE},
    {2004, WIDE, ALONE, 0, 0, {360000, 360000}, 1000, UPS_VAR_BATTERY_RUNTIME},
    {2006, FIXED, ALONE, 0, 0, {0, 1000}, 100, UPS_VAR_BATTERY_TEMPERATURE},
    {2007, WHOLE, ALONE, 0, 1, {20, 0}, 1000, UPS_VAR_BATTERY_PACKS},
    {2008, WHOLE, ALONE, 0, 0, {0, 1}, 1, UPS_VAR_BATTERY_TEST_AUTO},
    {2009, WHOLE, ALONE, 0, 30, {0, 90}, 86400000, UPS_VAR_UPS_TEST_INTERVAL}, /* days */
    {2010, WHOLE, ALONE, 0, 10, {0, 50}, 1000, UPS_VAR_BATTERY_TEST_DEPTH},
    {2033, WHOLE, ALONE, 0, 1, {1000, 0}, 1000, UPS_VAR_BATTERY_CAPACITY},
    {4000, FIXED, OUT, 0, 0, {0, 1600}, 100000, UPS_VAR_PARALLEL_REALPOWER},
    {4001, FIXED, OUT, 1, 0, {0, 1600}, 100000, UPS_VAR_PARALLEL_REALPOWER},
    {4002, FIXED, OUT, 2, 0, {0, 1600}, 100000, UPS_VAR_PARALLEL_REALPOWER},
    {4003, FIXED, OUT, 0, 0, {0, 1600}, 100000, UPS_VAR_PARALLEL_POWER},
    {4004, FIXED, OUT, 1, 0, {0, 1600}, 100000, UPS_VAR_PARALLEL_POWER},
    {4005, FIXED, OUT, 2, 0, {0, 1600}, 100000, UPS_VAR_PARALLEL_POWER},
    {4006, FIXED, OUT, 0, 0, {0, 2000}, 100, UPS_VAR_PARALLEL_LOAD},
    {4007, FIXED, OUT, 1, 0, {0, 2000}, 100, UPS_VAR_PARALLEL_LOAD},
    {4008, FIXED, OUT, 2, 0, {0, 2000}, 100, UPS_VAR_PARALLEL_LOAD},
    {9009, FIXED, ALONE, 0, 1, {1000, 1000}, 100000, UPS_VAR_UPS_POWER_NOMINAL},
};

/* Raw value of a row, markers and range checked.  Returns false if there is no value. */
static bool reg_value(const struct reg *row, enum huawei_profile profile,
                      const struct huawei_buffer *b, int64_t *value)
{
    uint16_t high, low;
    uint32_t raw;

    if (!huawei_reg(b, row->base, &high))
        return false;
    raw = high;
    if (row->code == WIDE) {
        if (!huawei_reg(b, row->base + 1u, &low))
            return false;
        raw = (uint32_t)high << 16 | low;
    }
    if ((row->code == FIXED && raw == 0x7fff) || (row->code == WIDE && raw == 0xffffffff) ||
        (row->code != FIXED && row->code != WIDE && raw == 0xffff))
        return false;
    if (raw < row->min || raw > row->max[profile])
        return false;
    *value = row->code == INVERSE ? !raw : (int64_t)raw * row->milli;
    return true;
}

/*
 * Battery current of 6-20 kVA units (2001, tenths of an ampere).  G620 gives no sign convention;
 * the marker 0x7FFF hints at a signed register.  The amount is taken from the register, the
 * direction from the battery state: discharging is negative.
 */
static void apply_current(const struct huawei_buffer *b, unsigned battery_state,
                          struct ups_reading *r)
{
    uint16_t raw;

    ups_unset(r, UPS_VAR_BATTERY_CURRENT, 0);
    if (!huawei_reg(b, 2001, &raw) || raw == 0x7fff || battery_state == 0)
        return;
    int amount = raw & 0x8000 ? 0x10000 - raw : raw;
    if (amount > 5000)
        return;
    ups_set(r, UPS_VAR_BATTERY_CURRENT, 0,
            (int64_t)amount * (battery_state == HUAWEI_BATTERY_DISCHARGING ? -100 : 100));
}

void huawei_apply(enum huawei_profile profile, const struct huawei_buffer *b, unsigned lines_in,
                  unsigned lines_out, unsigned battery_state, struct ups_reading *r)
{
    for (const struct reg *row = regs; row < regs + sizeof regs / sizeof *regs; row++) {
        int64_t value;

        if (row->base < b->first || row->base >= (unsigned)b->first + b->count)
            continue;
        if (!row->max[profile])
            continue;
        unsigned lines = row->side == IN ? lines_in : row->side == OUT ? lines_out : 1;
        if (row->line < lines && reg_value(row, profile, b, &value))
            ups_set(r, row->var, row->line, value);
        else
            ups_unset(r, row->var, row->line);
    }
    if (b->first == 1000) {
        ups_set(r, UPS_VAR_INPUT_PHASES, 0, (int64_t)lines_in * 1000);
        ups_set(r, UPS_VAR_INPUT_BYPASS_PHASES, 0, (int64_t)lines_out * 1000);
        ups_set(r, UPS_VAR_OUTPUT_PHASES, 0, (int64_t)lines_out * 1000);
    }
    if (b->first == 2000 && profile == HUAWEI_LARGE)
        apply_current(b, battery_state, r);
}
