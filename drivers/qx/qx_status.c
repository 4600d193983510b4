/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The Q* family's status line, (MMM.M NNN.N PPP.P QQQ RR.R SS.S TT.T b7b6b5b4b3b2b1b0, and what its
 * flags mean; the lines of ratings and identity.
 */
#include "qx.h"

#include <string.h>

enum { B7 = 38, B5 = 40, B0 = 45 };

#define S(word) UPS_STATUS_MASK(word)

const char *const qx_type_words[] = {"online", "offline / line interactive"};

const struct qx_field qx_status_fields[QX_STATUS_FIELDS] = {
    QX_NUM(1, 5, INPUT_VOLTAGE),
    QX_NUM(7, 11, INPUT_VOLTAGE_FAULT),
    QX_NUM(13, 17, OUTPUT_VOLTAGE),
    QX_NUM(19, 21, OUTPUT_LOAD),
    QX_NUM(23, 26, INPUT_FREQUENCY),
    QX_NUM(28, 31, BATTERY_VOLTAGE),
    QX_NUM(33, 36, UPS_TEMPERATURE),
    QX_FLAG(B7, S(OB), S(OL), NONE),
    QX_FLAG(39, S(LB), 0, NONE),
    QX_FLAG(41, 0, 0, GENERAL_FAULT), /* failed, or its self-test has */
    QX_PICK(42, UPS_TYPE, qx_type_words),
    QX_FLAG(43, S(CAL), 0, NONE),
    QX_FLAG(44, S(FSD), 0, NONE),
    QX_PICK(B0, UPS_BEEPER_STATUS, NULL),
};

const struct qx_field qx_rating_fields[4] = {
    QX_NUM(1, 5, INPUT_VOLTAGE_NOMINAL),
    QX_NUM(7, 9, INPUT_CURRENT_NOMINAL),
    QX_NUM(11, 15, BATTERY_VOLTAGE_NOMINAL),
    QX_NUM(17, 20, INPUT_FREQUENCY_NOMINAL),
};

const struct qx_field qx_vendor_fields[3] = {
    QX_TXT(1, 15, UPS_MFR),
    QX_TXT(17, 26, UPS_MODEL),
    QX_TXT(28, 37, UPS_FIRMWARE),
};

static bool is_flag(uint8_t byte)
{
    return byte == '0' || byte == '1' || byte == 0;
}

/*
 * b7 decides between mains and battery, so it must be there; other flags may have a third value on
 * single units (NUT #2405) and are then unknown.  A controller that is not initialised yet sends
 * zeros throughout (NUT #1014, #1218): that is no answer.
 */
bool qx_status_check(struct qx_call *c)
{
    bool any = false;

    if (c->len < B0 + 1u || !is_flag(c->reply[B7]))
        return false;
    for (unsigned i = 1; i <= B0; i++)
        any = any ||
              (c->reply[i] != '0' && c->reply[i] != '.' && c->reply[i] != ' ' && c->reply[i] != 0);
    return any;
}

uint32_t qx_avr(int64_t in_mv, int64_t out_mv)
{
    if (in_mv <= 0 || out_mv * 100 < in_mv * 50 || out_mv * 100 >= in_mv * 150)
        return 0;
    if (out_mv * 100 < in_mv * 95)
        return S(TRIM);
    return out_mv * 100 < in_mv * 105 ? S(BYPASS) : S(BOOST);
}

void qx_note_output(struct qx_call *c, int64_t out_mv, int64_t load)
{
    enum { LIVE_MV = 30000, DEAD_MV = 5000 };

    if (out_mv >= LIVE_MV)
        c->x->output_seen = true;
    /* some units never tell their output: 0 V means something only after another value */
    if (c->x->output_seen && out_mv < DEAD_MV && load <= 0)
        c->part->status |= S(OFF);
}

void qx_count_lines(struct ups_reading *r, enum ups_var var, uint8_t *lines)
{
    int64_t value;

    for (unsigned line = 1; line < UPS_LINES_MAX; line++)
        if (ups_get(r, var, line, &value) && value != 0)
            *lines = UPS_LINES_MAX;
    for (unsigned line = 1; line < UPS_LINES_MAX && *lines < UPS_LINES_MAX; line++)
        ups_unset(r, var, line);
}

/* b5: the voltage regulator or the bypass is at work; the voltages tell which. */
static uint32_t regulator(const struct qx_call *c, int64_t in, int64_t out)
{
    unsigned flags = c->x->dialect ? c->x->dialect->flags : 0;
    uint8_t b5 = c->reply[B5];
    uint32_t words;

    if ((flags & QX_NO_AVR) || (c->part->status & S(OB)) || b5 == '0' || b5 == 0)
        return 0;
    if (flags & QX_AVR_BYPASS)
        return S(BYPASS);
    words = qx_avr(in, out);
    return b5 != '1' && words == S(BYPASS) ? 0 : words; /* neither 0 nor 1: only what is plain */
}

/* A value of the line itself: dialects that take their values from elsewhere don't store it. */
static int64_t value_at(const struct qx_call *c, unsigned field)
{
    const struct qx_field *f = &qx_status_fields[field];
    int64_t milli;

    return qx_number(c->reply + f->from, f->to + 1u - f->from, false, &milli) ? milli : -1;
}

void qx_status_finish(struct qx_call *c, struct ups_reading *r)
{
    int64_t in = value_at(c, 0), out = value_at(c, 2), load = value_at(c, 3);

    if (out >= 0) {
        qx_note_output(c, out, load);
        c->part->status |= regulator(c, in, out);
    }
    r->raw_len = (uint8_t)(c->len < sizeof r->raw ? c->len : sizeof r->raw);
    memcpy(r->raw, c->reply, r->raw_len);
}
