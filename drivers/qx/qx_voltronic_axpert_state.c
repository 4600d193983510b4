/* SPDX-License-Identifier: BSD-2-Clause */
/* Q* dialect voltronic-axpert: values (QPIGS), mode (QMOD) and warnings (QPIWS). */
#include "qx_voltronic_axpert.h"

#include <stdio.h>
#include <string.h>

#define S(word) UPS_STATUS_MASK(word)
#define A(id)   UPS_ALARM_##id

enum { LIVE_MV = 30000 };

/* -- QPIGS ------------------------------------------------------------------------------------ */

enum { FLAGS = 83, FLAGS_END = 90, B2 = 88, PV_WATTS = 98, PV_WATTS_BYTES = 5, FLOATING = 104 };

const struct qx_field qx_va_qpigs[QX_VA_QPIGS_FIELDS] = {
    QX_NUM(1, 5, INPUT_VOLTAGE),
    QX_NUM(7, 10, INPUT_FREQUENCY),
    QX_NUM(12, 16, OUTPUT_VOLTAGE),
    QX_NUM(18, 21, OUTPUT_FREQUENCY),
    QX_NUM(23, 26, UPS_POWER),
    QX_NUM(28, 31, UPS_REALPOWER),
    QX_NUM(33, 35, OUTPUT_LOAD),
    QX_NUM(37, 39, BUS_VOLTAGE_POSITIVE),
    QX_NUM(41, 45, BATTERY_VOLTAGE),
    QX_NUM(55, 58, UPS_TEMPERATURE), /* of the heat sink */
    QX_NUM(60, 63, PV_CURRENT),
    QX_NUM(65, 69, PV_VOLTAGE),
    QX_NUM(71, 75, PV_BATTERY_VOLTAGE),
    {.kind = QX_NUMBER,
     .from = 51,
     .to = 53,
     .var = UPS_VAR_BATTERY_CHARGE,
     .scale = 1000,
     .most = 100,
     .alarm = UPS_ALARM_NONE},
};

/* Papers from before the tracker's power end with the flags. */
bool qx_va_qpigs_check(struct qx_call *c)
{
    if (!qx_v_laid_out(c, "(AAA.A BB.B CCC.C DD.D EEEE FFFF GGG HHH II.II JJJ KKK LLLL MMMM NNN.N "
                          "OO.OO PPPPP bbbbbbbb"))
        return false;
    for (unsigned i = FLAGS; i <= FLAGS_END; i++)
        if (!c->reply[i] || !strchr("01-", c->reply[i]))
            return false;
    return true;
}

/* Charging is positive. */
static void show_current(const struct qx_call *c, struct ups_reading *r)
{
    enum { IN = 47, IN_BYTES = 3, OUT = 77, OUT_BYTES = 5 };
    bool floats = c->len > FLOATING && c->reply[FLOATING] == '1';
    int64_t in, out;

    ups_unset(r, UPS_VAR_BATTERY_CURRENT, 0);
    ups_unset(r, UPS_VAR_BATTERY_CHARGER_STATUS, 0);
    if (!qx_number(c->reply + IN, IN_BYTES, false, &in) ||
        !qx_number(c->reply + OUT, OUT_BYTES, false, &out))
        return;
    ups_set(r, UPS_VAR_BATTERY_CURRENT, 0, in - out);
    if (out > in)
        c->part->status |= S(DISCHRG);
    ups_set(r, UPS_VAR_BATTERY_CHARGER_STATUS, 0,
            out > in              ? UPS_CHARGER_DISCHARGING
            : c->reply[B2] != '1' ? UPS_CHARGER_RESTING
            : floats              ? UPS_CHARGER_FLOATING
                                  : UPS_CHARGER_CHARGING);
    if (c->reply[B2] == '1' && out <= in)
        c->part->status |= S(CHRG);
}

void qx_va_qpigs_finish(struct qx_call *c, struct ups_reading *r)
{
    int64_t watts;

    show_current(c, r);
    if (c->len >= PV_WATTS + PV_WATTS_BYTES &&
        qx_number(c->reply + PV_WATTS, PV_WATTS_BYTES, false, &watts))
        ups_set(r, UPS_VAR_PV_POWER, 0, watts);
    else
        ups_unset(r, UPS_VAR_PV_POWER, 0);
    r->raw_len = (uint8_t)(c->len < sizeof r->raw ? c->len : sizeof r->raw);
    memcpy(r->raw, c->reply, r->raw_len);
}

/* -- QMOD ------------------------------------------------------------------------------------- */

static const struct mode {
    char letter;
    bool dark; /* the output is off, unless it has a voltage all the same */
    uint32_t words;
    const char *name;
} modes[] = {
    {'P', true, 0, "starting"},      {'S', true, 0, "standby"},  {'L', false, S(OL), "line"},
    {'B', false, S(OB), "battery"},  {'F', true, 0, "fault"},    {'H', false, 0, "power saving"},
    {'D', true, S(FSD), "shutdown"}, {'C', true, 0, "charging"},
};

static bool live(const struct ups_reading *r, enum ups_var var)
{
    int64_t mv;

    return ups_get(r, var, 0, &mv) && mv >= LIVE_MV;
}

/* Modes that don't tell what feeds the load: mains, if there is any. */
static uint32_t feed(const struct mode *m, const struct ups_reading *r)
{
    if (m && (m->words & (S(OL) | S(OB))))
        return 0;
    if (live(r, UPS_VAR_INPUT_VOLTAGE))
        return S(OL);
    return live(r, UPS_VAR_OUTPUT_VOLTAGE) ? S(OB) : 0;
}

void qx_va_qmod_finish(struct qx_call *c, struct ups_reading *r)
{
    const struct mode *m = NULL;
    char text[24];

    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++)
        if (modes[i].letter == c->reply[1])
            m = &modes[i];
    snprintf(text, sizeof text, m ? "%s" : "unknown: %.1s",
             m ? m->name : (const char *)c->reply + 1);
    c->x->fact[QX_VA_MODE] = c->reply[1];
    c->x->output_seen = true; /* the mode tells what 0 V means */
    ups_set_text(r, UPS_VAR_UPS_MODE, text, strlen(text));
    c->part->status |= (m ? m->words : 0) | feed(m, r);
    if (m && m->dark && !live(r, UPS_VAR_OUTPUT_VOLTAGE))
        c->part->status |= S(OFF);
    if (c->reply[1] == 'F')
        ups_alarm_add(&c->part->alarms, UPS_ALARM_GENERAL_FAULT);
}

/* -- QPIWS ------------------------------------------------------------------------------------ */

static const struct warning {
    uint8_t position;
    uint16_t own, alarm; /* alarm: of RFC 1628 */
    uint32_t words;
} warnings[] = {
    {1, A(VOLTRONIC_AXPERT_1), A(GENERAL_FAULT), 0},
    {2, A(VOLTRONIC_AXPERT_2), A(GENERAL_FAULT), 0},
    {3, A(VOLTRONIC_AXPERT_3), A(GENERAL_FAULT), 0},
    {4, A(VOLTRONIC_AXPERT_4), A(GENERAL_FAULT), 0},
    {5, A(VOLTRONIC_AXPERT_5), A(INPUT_BAD), 0},
    {6, A(VOLTRONIC_AXPERT_6), A(OUTPUT_BAD), 0},
    {7, A(VOLTRONIC_AXPERT_7), A(OUTPUT_BAD), 0},
    {8, A(VOLTRONIC_AXPERT_8), A(OUTPUT_BAD), 0},
    {9, A(VOLTRONIC_AXPERT_9), A(TEMP_BAD), 0},
    {10, A(VOLTRONIC_AXPERT_10), A(FAN_FAILURE), 0},
    {11, A(VOLTRONIC_AXPERT_11), A(CHARGER_FAILED), 0},
    {12, A(VOLTRONIC_AXPERT_12), A(LOW_BATTERY), S(LB)},
    {14, A(VOLTRONIC_AXPERT_14), A(DEPLETED_BATTERY), S(LB)},
    {16, A(VOLTRONIC_AXPERT_16), A(OUTPUT_OVERLOAD), S(OVER)},
    {17, A(VOLTRONIC_AXPERT_17), A(GENERAL_FAULT), 0},
    {18, A(VOLTRONIC_AXPERT_18), A(OUTPUT_BAD), 0},
    {19, A(VOLTRONIC_AXPERT_19), A(OUTPUT_BAD), 0},
    {20, A(VOLTRONIC_AXPERT_20), A(DIAGNOSTIC_TEST_FAILED), 0},
    {21, A(VOLTRONIC_AXPERT_21), A(OUTPUT_BAD), 0},
    {22, A(VOLTRONIC_AXPERT_22), A(BATTERY_BAD), 0},
    {23, A(VOLTRONIC_AXPERT_23), A(GENERAL_FAULT), 0},
    {24, A(VOLTRONIC_AXPERT_24), A(BATTERY_BAD), 0},
    {25, A(VOLTRONIC_AXPERT_25), A(NONE), 0},
    {26, A(VOLTRONIC_AXPERT_26), A(NONE), 0},
    {27, A(VOLTRONIC_AXPERT_27), A(NONE), 0},
    {28, A(VOLTRONIC_AXPERT_28), A(NONE), 0},
    {29, A(VOLTRONIC_AXPERT_29), A(NONE), 0},
};

enum { WARNINGS = 64 };

static uint64_t bit_of(unsigned position)
{
    return UINT64_C(1) << (position - 1);
}

bool qx_va_qpiws_check(struct qx_call *c)
{
    for (size_t i = 1; i < c->len; i++)
        if (!c->reply[i] || !strchr("01-", c->reply[i]))
            return false;
    return true;
}

/* Positions of no or of disputed meaning: the first is the loss of PV on newer units alone. */
static void tell_unknown(struct qx *x, uint64_t known, bool first)
{
    if ((!first && !(x->bits & ~known)) || x->fact[QX_VA_TOLD])
        return;
    x->fact[QX_VA_TOLD] = 1;
    log_msg(LOG_LVL_NOTICE, "qx", x->port && x->port->d ? x->port->d->unit : NULL,
            "QPIWS tells something that is not known: see the inverter's manual");
}

void qx_va_qpiws_finish(struct qx_call *c, struct ups_reading *r)
{
    uint64_t known = 0;

    c->x->bits = 0;
    for (unsigned i = 1; i <= WARNINGS && i + 1 < c->len; i++)
        if (c->reply[i + 1] == '1')
            c->x->bits |= bit_of(i);
    for (size_t i = 0; i < sizeof warnings / sizeof *warnings; i++)
        known |= bit_of(warnings[i].position);
    qx_v_show_warnings(c->x, r);
    tell_unknown(c->x, known, c->reply[1] == '1');
}

void qx_va_settle(struct drv *d, struct qx_part *part, struct ups_reading *r)
{
    struct qx *x = d->state;
    int row = qx_row(x->dialect, "QPIWS");

    if (row < 0 || (x->dead >> row & 1) || x->misses[row] >= QX_MISSES_MOST) {
        x->bits = 0;
        ups_set_text(r, UPS_VAR_UPS_WARNINGS, "", 0);
    }
    for (size_t i = 0; i < sizeof warnings / sizeof *warnings; i++) {
        const struct warning *w = &warnings[i];

        if (!(x->bits & bit_of(w->position)))
            continue;
        ups_alarm_add(&part->alarms, w->own);
        if (w->alarm != UPS_ALARM_NONE)
            ups_alarm_add(&part->alarms, w->alarm);
        part->status |= w->words;
    }
}
