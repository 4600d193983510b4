/* SPDX-License-Identifier: BSD-2-Clause */
/* Q* dialect voltronic: the status line QGS, and the beeper. */
#include "qx_voltronic.h"

#include <string.h>

enum { TYPE = 63, B7 = 65, B5 = 67, B4 = 68, B1 = 71, B0 = 72, A0 = 73, A1 = 74 };
enum { LIVE_MV = 30000 }; /* more than what leaks through an output that is off */

#define S(word) UPS_STATUS_MASK(word)

const struct qx_field qx_v_qgs_fields[QX_V_QGS_FIELDS] = {
    QX_NUM(1, 5, INPUT_VOLTAGE),
    QX_NUM(7, 10, INPUT_FREQUENCY),
    QX_NUM(12, 16, OUTPUT_VOLTAGE),
    QX_NUM(18, 21, OUTPUT_FREQUENCY),
    QX_NUM(23, 27, OUTPUT_CURRENT),
    QX_NUM(29, 31, OUTPUT_LOAD),
    QX_NUM(33, 37, BUS_VOLTAGE_POSITIVE),
    QX_NUM(39, 43, BUS_VOLTAGE_NEGATIVE),
    QX_NUM(45, 49, BATTERY_VOLTAGE),
    QX_NUM(51, 55, BATTERY_VOLTAGE_NEGATIVE),
    QX_NUM(57, 61, UPS_TEMPERATURE),
    QX_FLAG(B7, S(OB), S(OL), NONE),
    QX_FLAG(66, S(LB), 0, NONE),
    QX_FLAG(B4, 0, 0, GENERAL_FAULT),
    QX_FLAG(69, 0, 0, VOLTRONIC_WARNING_11), /* emergency power off */
    QX_FLAG(70, S(CAL), 0, NONE),
    QX_FLAG(B1, S(FSD), 0, NONE),
    QX_PICK(B0, UPS_BEEPER_STATUS, NULL), /* put right by qx_v_show_beeper() */
};

/* -- QGS -------------------------------------------------------------------------------------- */

bool qx_v_laid_out(const struct qx_call *c, const char *layout)
{
    size_t len = strlen(layout);

    for (size_t i = 0; i < len && c->len >= len; i++)
        if (layout[i] == ' ' && c->reply[i] != ' ')
            return false;
    return c->len >= len;
}

/*
 * A late reply to another query must not pass: every blank must be where it belongs, and the flags
 * must be flags.  A controller that wakes up sends zeros throughout.
 */
bool qx_v_qgs_check(struct qx_call *c)
{
    bool any = false;

    if (!qx_v_laid_out(
            c, "(MMM.M HH.H LLL.L NN.N QQQ.Q DDD KKK.K VVV.V SSS.S WWW.W TTT.T bbbbbbbbbbbb"))
        return false;
    for (unsigned i = TYPE; i <= A1; i++) /* a NUL is a 0 that a bridge has swallowed */
        if (c->reply[i] != '\0' && !strchr("01-", c->reply[i]))
            return false;
    for (unsigned i = 1; i <= A1; i++)
        any = any || (c->reply[i] != '\0' && !strchr("0. ", c->reply[i]));
    return any;
}

static void show_type(const struct qx_call *c, struct ups_reading *r)
{
    static const char *const words[] = {"offline", "line-interactive", "online", ""};
    unsigned type = (c->reply[TYPE] == '1') * 2u + (c->reply[TYPE + 1] == '1');

    if (c->reply[TYPE] == '-' || c->reply[TYPE + 1] == '-')
        type = 3;
    ups_set_text(r, UPS_VAR_UPS_TYPE, words[type], strlen(words[type]));
}

/* The last test, as long as the UPS remembers it. */
static void show_test(const struct qx_call *c, struct ups_reading *r)
{
    const char *word = "no test";

    if (c->part->status & S(CAL))
        word = "in progress";
    else if (c->reply[A0] == '1')
        word = "failed";
    else if (c->reply[A1] == '1')
        word = "passed";
    else if (c->reply[A0] == '-' || c->reply[A1] == '-')
        word = "";
    ups_set_text(r, UPS_VAR_UPS_TEST_RESULT, word, strlen(word));
}

/* b5 is the bypass or the regulator: the voltages tell which.  Offline types have no bypass. */
static uint32_t b5_words(const struct qx_call *c, int64_t in_mv, int64_t out_mv)
{
    const struct qx *x = c->x;
    bool offline = x->fact[QX_V_PI] == 0 || x->fact[QX_V_PI] == 8;
    uint32_t words = c->reply[B5] == '1' ? qx_avr(in_mv, out_mv) : 0;

    return offline ? words & ~S(BYPASS) : words;
}

bool qx_v_live(const struct ups_reading *r)
{
    int64_t out;

    return ups_get(r, UPS_VAR_OUTPUT_VOLTAGE, 0, &out) && out >= LIVE_MV;
}

/* What makes QMOD worth asking at once; mains and output lie in the lowest bits. */
enum { SIGN_LIVE = 1, SIGN_B7_AT = 1, SIGN_BIG = 7 };

static int32_t sign_of(const struct qx_call *c, const struct ups_reading *r)
{
    uint32_t sign = qx_v_live(r) ? SIGN_LIVE : 0;

    for (unsigned i = B7; i <= B1; i++) {
        unsigned value = c->reply[i] == '1' ? 1 : c->reply[i] == '-' ? 2 : 0;

        if (i != B7 + 1) /* a low battery is no other mode */
            sign |= value << (SIGN_B7_AT + 2 * (i - B7));
    }
    return (int32_t)sign;
}

static void note_change(struct qx *x, int32_t sign)
{
    int32_t changed = sign ^ x->fact[QX_V_SIGN];

    x->fact[QX_V_SIGN] = sign;
    if (changed & SIGN_BIG)
        x->fact[QX_V_SAME] = 0;
    if (changed)
        x->turn = 0; /* QMOD is the first of the rows that take turns */
}

/* What QGS does not tell or tells worse than the queries of units with more lines. */
static void fill_in(struct qx *x, struct ups_reading *r)
{
    if (x->battery_mv < 0 && x->fact[QX_V_QBV_MV] > 0)
        x->battery_mv = x->fact[QX_V_QBV_MV];
    if (x->fact[QX_V_L1_LOAD] > 0)
        ups_set(r, UPS_VAR_OUTPUT_LOAD, 0, x->fact[QX_V_L1_LOAD] - 1);
    if (x->fact[QX_V_L1_CURRENT] > 0)
        ups_set(r, UPS_VAR_OUTPUT_CURRENT, 0, x->fact[QX_V_L1_CURRENT] - 1);
}

void qx_v_qgs_finish(struct qx_call *c, struct ups_reading *r)
{
    int64_t in = 0, out, load = -1;

    ups_get(r, UPS_VAR_INPUT_VOLTAGE, 0, &in);
    ups_get(r, UPS_VAR_OUTPUT_LOAD, 0, &load);
    if (ups_get(r, UPS_VAR_OUTPUT_VOLTAGE, 0, &out)) {
        qx_note_output(c, out, load);
        c->part->status |= b5_words(c, in, out);
    }
    c->x->fact[QX_V_BEEPER] = c->reply[B0] ? c->reply[B0] : '0';
    qx_v_show_beeper(c->x, r);
    show_type(c, r);
    show_test(c, r);
    note_change(c->x, sign_of(c, r));
    fill_in(c->x, r);
    r->raw_len = (uint8_t)(c->len < sizeof r->raw ? c->len : sizeof r->raw);
    memcpy(r->raw, c->reply, r->raw_len);
}

void qx_v_show_beeper(const struct qx *x, struct ups_reading *r)
{
    bool switchable = x->has & QX_V_LETTER('a');
    int32_t b0 = x->fact[QX_V_BEEPER];

    if (switchable && !qx_v_enabled(x, 'a'))
        ups_set(r, UPS_VAR_UPS_BEEPER_STATUS, 0, UPS_BEEPER_DISABLED);
    else if (b0 == '0')
        ups_set(r, UPS_VAR_UPS_BEEPER_STATUS, 0, UPS_BEEPER_ENABLED);
    else if (b0 == '1')
        ups_set(r, UPS_VAR_UPS_BEEPER_STATUS, 0,
                switchable ? UPS_BEEPER_MUTED : UPS_BEEPER_DISABLED);
    else
        ups_unset(r, UPS_VAR_UPS_BEEPER_STATUS, 0);
}
