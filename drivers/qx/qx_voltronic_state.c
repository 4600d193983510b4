/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Q* dialect voltronic: the status line QGS, the mode QMOD, and the status words that they make
 * together.
 *
 * QGS is read in every poll, QMOD in turn with others.  QMOD knows better (ECO from bypass, standby
 * from a dead output), but an older one must not hide what a newer QGS tells: when mains or the
 * output has changed since, the mode counts for nothing until it is read again, which is next.
 */
#include "qx_voltronic.h"

#include <stdio.h>
#include <string.h>

enum { TYPE = 63, B7 = 65, B5 = 67, B4 = 68, B1 = 71, B0 = 72, A0 = 73, A1 = 74 };
enum { LIVE_MV = 30000 }; /* more than what leaks through an output that is off */

#define S(word)   UPS_STATUS_MASK(word)
#define REGULATOR (S(TRIM) | S(BOOST))

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
            c, "(MMM.M HH.H LLL.L NN.N QQQ.Q DDD KKK.K VVV.V SSS.S XXX.X TTT.T bbbbbbbbbbbb"))
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

static bool live(const struct ups_reading *r)
{
    int64_t out;

    return ups_get(r, UPS_VAR_OUTPUT_VOLTAGE, 0, &out) && out >= LIVE_MV;
}

/* What makes QMOD worth asking at once; mains and output lie in the lowest bits. */
enum { SIGN_LIVE = 1, SIGN_B7_AT = 1, SIGN_BIG = 7 };

static int32_t sign_of(const struct qx_call *c, const struct ups_reading *r)
{
    uint32_t sign = live(r) ? SIGN_LIVE : 0;

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

/* -- QMOD ------------------------------------------------------------------------------------- */

enum feed { FEED_UNKNOWN, FEED_MAINS, FEED_BATTERY };

static const struct mode {
    char letter;
    bool dark; /* the output is off, unless it has a voltage all the same */
    uint8_t feed;
    uint32_t add, drop;
    const char *name;
} modes[] = {
    {'P', true, FEED_UNKNOWN, 0, REGULATOR, "starting"},
    {'S', true, FEED_UNKNOWN, 0, REGULATOR, "standby"},
    {'Y', false, FEED_MAINS, S(BYPASS), REGULATOR, "bypass"},
    {'L', false, FEED_MAINS, 0, 0, "line"},
    {'B', false, FEED_BATTERY, 0, REGULATOR, "battery"},
    {'T', false, FEED_UNKNOWN, S(CAL), 0, "battery test"},
    {'F', true, FEED_UNKNOWN, 0, REGULATOR, "fault"},
    {'E', false, FEED_MAINS, S(ECO), REGULATOR, "ECO"},
    {'C', false, FEED_MAINS, 0, REGULATOR, "converter"},
    {'D', false, FEED_UNKNOWN, S(FSD), REGULATOR, "shutdown"},
};

static const struct mode *find_mode(int32_t letter)
{
    for (unsigned i = 0; i < sizeof modes / sizeof *modes; i++)
        if (modes[i].letter == letter)
            return &modes[i];
    return NULL;
}

bool qx_v_qmod_check(struct qx_call *c)
{
    return c->len == 2 && c->reply[1] >= 'A' && c->reply[1] <= 'Z';
}

/* A letter that nobody has documented changes nothing but the text. */
void qx_v_qmod_finish(struct qx_call *c, struct ups_reading *r)
{
    const struct mode *m = find_mode(c->reply[1]);
    int32_t *same = &c->x->fact[QX_V_SAME];
    char text[24];

    if (!m) {
        snprintf(text, sizeof text, "unknown: %c", c->reply[1]);
        if (strcmp(ups_text(r, UPS_VAR_UPS_MODE), text) != 0)
            log_msg(LOG_LVL_NOTICE, "qx", NULL, "QMOD tells a mode that is not known: %c",
                    c->reply[1]);
        ups_set_text(r, UPS_VAR_UPS_MODE, text, strlen(text));
        return;
    }
    *same = *same == 0 || c->x->fact[QX_V_MODE] != m->letter ? 1 : 2;
    c->x->fact[QX_V_MODE] = m->letter;
    c->x->output_seen = true; /* the mode tells what 0 V means */
    ups_set_text(r, UPS_VAR_UPS_MODE, m->name, strlen(m->name));
}

/* -- both together ---------------------------------------------------------------------------- */

/* Does the device answer this row nowadays? */
static bool answers(const struct qx *x, const char *request)
{
    int row = qx_row(x->dialect, request);

    return row >= 0 && !(x->dead >> row & 1) && x->misses[row] < QX_MISSES_MOST;
}

/*
 * Mains or battery.  Where both disagree, battery is believed at once, and mains against b7 only
 * when QMOD has said so twice.
 */
static uint32_t feed_words(struct qx *x, uint32_t b7, const struct mode *m)
{
    enum feed feed = m ? (enum feed)m->feed : FEED_UNKNOWN;

    if (feed == FEED_BATTERY)
        return S(OB);
    if (b7 != S(OB))
        return b7 == S(OL) || feed == FEED_MAINS ? S(OL) : 0;
    if (feed == FEED_MAINS && x->fact[QX_V_SAME] > 1)
        return S(OL);
    if (feed == FEED_MAINS)
        x->turn = 0;
    return S(OB);
}

static uint32_t status_words(struct qx *x, uint32_t qgs, const struct ups_reading *r)
{
    const struct mode *m = x->fact[QX_V_SAME] > 0 ? find_mode(x->fact[QX_V_MODE]) : NULL;
    uint32_t words = (qgs & ~(S(OB) | S(OL))) | feed_words(x, qgs & (S(OB) | S(OL)), m);

    if (x->fact[QX_V_MODE]) /* only QMOD tells a bypass from ECO */
        words &= ~S(BYPASS);
    if (m) {
        words = (words & ~m->drop) | m->add;
        if (m->dark && !live(r))
            words |= S(OFF);
        else if (m->letter == 'S') /* bypass_when_off */
            words |= S(BYPASS);
    }
    return words & S(OB) ? words & ~(REGULATOR | S(BYPASS) | S(ECO)) : words;
}

/* The record of QFS is the present fault's only while there is one: it is never cleared. */
static void note_fault(struct qx *x, bool fault)
{
    enum { QFS_TURN = 2 };

    if (fault && !(x->has & QX_V_FAULTED)) {
        x->has |= QX_V_FAULTED;
        x->turn = QFS_TURN;
    }
    if (!fault) {
        x->has &= ~QX_V_FAULTED;
        x->fact[QX_V_FAULT] = 0;
    }
}

void qx_v_settle(struct drv *d, struct qx_part *part, struct ups_reading *r)
{
    struct qx *x = d->state;

    if (!answers(x, "QMOD")) {
        x->fact[QX_V_MODE] = x->fact[QX_V_SAME] = 0;
        ups_set_text(r, UPS_VAR_UPS_MODE, "", 0);
    }
    if (!answers(x, "QWS")) {
        x->bits = 0;
        ups_set_text(r, UPS_VAR_UPS_WARNINGS, "", 0);
    }
    if (!answers(x, "Q3LD"))
        x->fact[QX_V_L1_LOAD] = 0;
    if (!answers(x, "Q3OC"))
        x->fact[QX_V_L1_CURRENT] = 0;
    part->status = status_words(x, part->status, r);
    if (x->fact[QX_V_MODE] == 'F' && x->fact[QX_V_SAME] > 0)
        ups_alarm_add(&part->alarms, UPS_ALARM_GENERAL_FAULT);
    note_fault(x, ups_alarm_has(&part->alarms, UPS_ALARM_GENERAL_FAULT));
    qx_v_add_alarms(x, part);
}

/* -- commands --------------------------------------------------------------------------------- */

int qx_v_allows(struct drv *d, const struct qx_command *c, const struct ups_reading *r)
{
    const struct qx *x = d->state;
    const struct mode *m = find_mode(x->fact[QX_V_MODE]);
    int64_t beeper;

    switch (c->command) {
    case UPS_COMMAND_TEST_BATTERY_START:
    case UPS_COMMAND_TEST_BATTERY_START_QUICK:
    case UPS_COMMAND_TEST_BATTERY_START_DEEP:
        if (m && !strchr("LEC", m->letter))
            return drv_fail(d, UPS_E_REFUSED,
                            "the UPS tests its battery in line, ECO and converter mode, not in "
                            "mode %s",
                            m->name);
        return DRV_MORE;
    case UPS_COMMAND_LOAD_OFF:
        if (qx_v_enabled(x, 'o') && !qx_v_enabled(x, 'f') && !(r->status & S(OB)))
            return drv_fail(d, UPS_E_REFUSED,
                            "bypass_when_off is enabled: the load would go over to the bypass");
        return DRV_MORE;
    case UPS_COMMAND_BEEPER_MUTE:
    case UPS_COMMAND_BEEPER_TOGGLE:
        if ((x->has & QX_V_LETTER('a')) && ups_get(r, UPS_VAR_UPS_BEEPER_STATUS, 0, &beeper) &&
            beeper == UPS_BEEPER_DISABLED)
            return drv_fail(d, UPS_E_REFUSED, "the beeper is disabled");
        return DRV_MORE;
    default: return DRV_MORE;
    }
}
