/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Q* dialect voltronic: the mode QMOD, and the status words that it and QGS make together.
 *
 * QGS is read in every poll, QMOD in turn with others.  QMOD knows better (ECO from bypass, standby
 * from a dead output), but an older one must not hide what a newer QGS tells: when mains or the
 * output has changed since, the mode counts for nothing until it is read again, which is next.
 */
#include "qx_voltronic.h"

#include <stdio.h>
#include <string.h>

#define S(word)   UPS_STATUS_MASK(word)
#define REGULATOR (S(TRIM) | S(BOOST))

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
            log_msg(LOG_LVL_NOTICE, "qx", c->x->port ? c->x->port->d->unit : NULL,
                    "QMOD tells a mode that is not known: %c", c->reply[1]);
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
        if (m->dark && !qx_v_live(r))
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
