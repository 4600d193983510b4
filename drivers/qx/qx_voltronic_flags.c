/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Q* dialect voltronic: what the unit is capable of (QFLAG), which of it is enabled, and the
 * programmable outlets.
 *
 * QFLAG answers (E<letters>D<letters>: enabled ones, then disabled ones; what stands in neither the
 * unit does not have.  Letters are lower case there and upper case in PE and PD, which change them.
 * Letter m is the role among parallel units: nothing here ever writes it.
 */
#include "qx_voltronic_set.h"

#include <string.h>

/* Letters that are variables; all others are shown in experimental.ups.flags alone. */
static const struct {
    char letter;
    enum ups_var var; /* a choice whose second word means enabled */
} switches[] = {
    {'a', UPS_VAR_ALARM_CONTROL},        {'b', UPS_VAR_BATTERY_ALARM},
    {'c', UPS_VAR_UPS_START_BATTERY},    {'d', UPS_VAR_BATTERY_OPEN_STATUS_CHECK},
    {'e', UPS_VAR_UPS_ECO_ENABLED},      {'f', UPS_VAR_BYPASS_FORBIDDING},
    {'g', UPS_VAR_BATTERY_ENERGYSAVE},   {'j', UPS_VAR_OUTLET_0_SWITCHABLE},
    {'l', UPS_VAR_SITE_FAULT_DETECTION}, {'n', UPS_VAR_ADVANCED_ECO_MODE},
    {'o', UPS_VAR_BYPASS_WHEN_OFF},      {'p', UPS_VAR_BYPASS_ALARM},
    {'q', UPS_VAR_CONSTANT_PHASE_ANGLE}, {'r', UPS_VAR_UPS_START_AUTO},
    {'s', UPS_VAR_BATTERY_PROTECTION},   {'v', UPS_VAR_CONVERTER_MODE},
    {'w', UPS_VAR_LIMITED_RUNTIME},
};

enum { LETTERS = 26 };

/* -- QFLAG ------------------------------------------------------------------------------------ */

bool qx_v_qflag_check(struct qx_call *c)
{
    unsigned groups = 0;

    if (c->len < 3 || c->reply[1] != 'E')
        return false;
    for (size_t i = 2; i < c->len; i++) {
        if (c->reply[i] == 'D')
            groups++;
        else if (c->reply[i] < 'a' || c->reply[i] > 'z')
            return false;
    }
    return groups == 1;
}

static void forget_outlets(struct qx *x, struct ups_reading *r)
{
    for (unsigned n = 1; n <= UPS_OUTLETS_MAX; n++) {
        x->has &= ~QX_V_OUTLET(n);
        ups_unset(r, (enum ups_var)qx_v_qsk[n - 1].var, 0);
        ups_unset(r, (enum ups_var)qx_v_qskt[n - 1].var, 0);
    }
}

/* Outlets are there only while they may be switched. */
static void note_letters(struct qx *x, uint32_t there, uint32_t enabled, struct ups_reading *r)
{
    x->has &= ~(QX_V_BIT(LETTERS) - 1);
    x->has |= there;
    x->fact[QX_V_ENABLED] = (int32_t)enabled;
    x->has &= ~(QX_V_NO_A | QX_V_OUTLETS);
    if (!(there & QX_V_LETTER('a')))
        x->has |= QX_V_NO_A;
    if (enabled & QX_V_LETTER('j'))
        x->has |= QX_V_OUTLETS;
    else
        forget_outlets(x, r);
}

void qx_v_qflag_finish(struct qx_call *c, struct ups_reading *r)
{
    uint32_t there = 0, enabled = 0;
    bool on = true;

    for (size_t i = 2; i < c->len; i++) {
        uint32_t bit = c->reply[i] == 'D' ? 0 : (uint32_t)QX_V_LETTER(c->reply[i]);

        on = on && c->reply[i] != 'D';
        there |= bit;
        enabled |= on ? bit : 0;
    }
    note_letters(c->x, there, enabled, r);
    for (size_t i = 0; i < sizeof switches / sizeof *switches; i++) {
        uint32_t bit = (uint32_t)QX_V_LETTER(switches[i].letter);

        if (there & bit)
            ups_set(r, switches[i].var, 0, (enabled & bit) != 0);
        else
            ups_unset(r, switches[i].var, 0);
    }
    ups_set_text(r, UPS_VAR_UPS_FLAGS, (const char *)c->reply + 1, c->len - 1);
    qx_v_show_beeper(c->x, r);
}

/* -- outlets ---------------------------------------------------------------------------------- */

enum { MINUTE_S = 60 };

const struct qx_field qx_v_qsk[UPS_OUTLETS_MAX] = {
    QX_PICK(1, OUTLET_1_STATUS, NULL),
    QX_PICK(1, OUTLET_2_STATUS, NULL),
    QX_PICK(1, OUTLET_3_STATUS, NULL),
    QX_PICK(1, OUTLET_4_STATUS, NULL),
};

const struct qx_field qx_v_qskt[UPS_OUTLETS_MAX] = {
    QX_NUM_X(1, 3, OUTLET_1_DELAY_SHUTDOWN, 0, MINUTE_S * 1000),
    QX_NUM_X(1, 3, OUTLET_2_DELAY_SHUTDOWN, 0, MINUTE_S * 1000),
    QX_NUM_X(1, 3, OUTLET_3_DELAY_SHUTDOWN, 0, MINUTE_S * 1000),
    QX_NUM_X(1, 3, OUTLET_4_DELAY_SHUTDOWN, 0, MINUTE_S * 1000),
};

/* As long as an answer to QMOD. */
bool qx_v_qsk_check(struct qx_call *c)
{
    return c->len == 2 && (c->reply[1] == '0' || c->reply[1] == '1');
}

void qx_v_qsk_finish(struct qx_call *c, struct ups_reading *r)
{
    (void)r;
    c->x->has |= QX_V_OUTLET(c->query->request[3] - '0');
}
