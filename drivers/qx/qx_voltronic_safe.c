/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Q* dialect voltronic: settings that could drop a load or put one under voltage, and the modes
 * (QMOD, asked right before) in which they may be written.  Whoever may write settings need not be
 * allowed to switch the load: a setting must not do it either.
 */
#include "qx_voltronic_set.h"

#include <string.h>

enum { EITHER = -1 };

/* Modes: S standby, L line, C converter, E ECO, Y bypass, B on battery, T test. */
static const char standby[] = "S", not_battery[] = "SLCEY", not_bypass[] = "SLCEBT", on[] = "LCEBT",
                  not_off[] = "LCEBTY", off_or_on[] = "SLCEBT";

static const struct guard {
    enum ups_var var;
    int8_t value;      /* of a choice; EITHER: every value */
    char letter;       /* only while this one is enabled; 0: always */
    const char *modes; /* in which it may be written */
    const char *because;
} guards[] = {
    /* clang-format off */
    {UPS_VAR_CONVERTER_MODE, EITHER, 0, standby, "it changes how the output is made"},
    {UPS_VAR_CONSTANT_PHASE_ANGLE, EITHER, 0, standby, "it moves the output's phase"},
    {UPS_VAR_OUTPUT_PHASE_ANGLE, EITHER, 0, standby, "it moves the output's phase"},
    {UPS_VAR_BYPASS_WHEN_OFF, UPS_SWITCH_ENABLED, 0, on, "it would put the mains on the output"},
    {UPS_VAR_BYPASS_WHEN_OFF, UPS_SWITCH_DISABLED, 0, off_or_on, "it would cut off the load"},
    {UPS_VAR_BYPASS_FORBIDDING, UPS_SWITCH_ENABLED, 0, not_bypass, "it would cut off the load"},
    {UPS_VAR_BYPASS_FORBIDDING, UPS_SWITCH_DISABLED, 'o', not_off,
     "with bypass_when_off it would put the mains on the output"},
    {UPS_VAR_INPUT_TRANSFER_BYPASS_HIGH, EITHER, 0, not_bypass, "the load hangs on the bypass"},
    {UPS_VAR_INPUT_TRANSFER_BYPASS_LOW, EITHER, 0, not_bypass, "the load hangs on the bypass"},
    {UPS_VAR_INPUT_FREQUENCY_BYPASS_HIGH, EITHER, 0, not_bypass, "the load hangs on the bypass"},
    {UPS_VAR_INPUT_FREQUENCY_BYPASS_LOW, EITHER, 0, not_bypass, "the load hangs on the bypass"},
    {UPS_VAR_BATTERY_TYPE, EITHER, 0, not_battery, "the load hangs on the battery"},
    {UPS_VAR_BATTERY_VOLTAGE_LOW, EITHER, 0, not_battery, "the load hangs on the battery"},
    {UPS_VAR_BATTERY_NUMBER, EITHER, 0, not_battery, "the load hangs on the battery"},
    {UPS_VAR_BATTERY_PACKS, EITHER, 0, not_battery, "the load hangs on the battery"},
    {UPS_VAR_BATTERY_PROTECTION, EITHER, 0, not_battery, "the load hangs on the battery"},
    {UPS_VAR_LIMITED_RUNTIME, UPS_SWITCH_ENABLED, 0, not_battery, "the load hangs on the battery"},
    {UPS_VAR_BATTERY_ENERGYSAVE, UPS_YES, 0, not_battery, "it could switch off a small load"},
    {UPS_VAR_OUTLET_0_SWITCHABLE, EITHER, 0, not_battery, "it could switch outlets"},
    {UPS_VAR_OUTLET_1_DELAY_SHUTDOWN, EITHER, 0, not_battery, "the outlet's delay runs"},
    {UPS_VAR_OUTLET_2_DELAY_SHUTDOWN, EITHER, 0, not_battery, "the outlet's delay runs"},
    {UPS_VAR_OUTLET_3_DELAY_SHUTDOWN, EITHER, 0, not_battery, "the outlet's delay runs"},
    {UPS_VAR_OUTLET_4_DELAY_SHUTDOWN, EITHER, 0, not_battery, "the outlet's delay runs"},
    /* clang-format on */
};

bool qx_v_safe(struct drv *d, enum ups_var var, int64_t milli, const struct ups_reading *r)
{
    const struct qx *x = d->state;
    /* of a letter that nobody has documented nothing is known */
    bool known = strncmp(ups_text(r, UPS_VAR_UPS_MODE), "unknown", 7) != 0;
    char mode = known ? (char)x->fact[QX_V_MODE] : '\0';

    for (size_t i = 0; i < sizeof guards / sizeof *guards; i++) {
        const struct guard *g = &guards[i];

        if (g->var != var || (g->value != EITHER && g->value != milli) ||
            (g->letter && !qx_v_enabled(x, g->letter)))
            continue;
        if (mode != '\0' && strchr(g->modes, mode))
            continue;
        drv_fail(d, UPS_E_REFUSED, "not in mode %c, only in %s: %s", mode ? mode : '?', g->modes,
                 g->because);
        return false;
    }
    return true;
}
