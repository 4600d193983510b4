/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Q* dialect voltronic-qs: M answers V or H.  As megatec's, with the output's frequency in the
 * status line and the input's in QI, which V units don't know.
 */
#include "qx_voltronic_qs.h"
#include "qx_voltronic.h"

#include <string.h>

#define S(word) UPS_STATUS_MASK(word)

/* -- what both dialects share ----------------------------------------------------------------- */

bool qx_vqs_letter_is(const struct qx_call *c, const char *letters)
{
    return c->len == 1 && memchr(letters, c->reply[0], strlen(letters)) != NULL;
}

void qx_vqs_letter_finish(struct qx_call *c, struct ups_reading *r)
{
    const char name[] = {'P', 'M', '-', (char)c->reply[0]};

    c->x->fact[QX_VQS_LETTER] = c->reply[0];
    c->x->output_seen = true; /* these units tell their output: 0 V is off */
    ups_set_text(r, UPS_VAR_UPS_FIRMWARE_AUX, name, sizeof name);
}

int qx_vqs_allows(struct drv *d, const struct qx_command *c, const struct ups_reading *r)
{
    if (c->effect != QX_SHOWS_TEST || ((r->status & S(OL)) && !(r->status & S(OFF))))
        return DRV_MORE;
    return drv_fail(d, UPS_E_REFUSED, "the UPS tests its battery in line mode alone");
}

const struct qx_command qx_vqs_commands[QX_VQS_COMMANDS] = {
    {UPS_COMMAND_LOAD_OFF, "S00R0000", NULL, NULL, QX_SHOWS_OFF, 0, NULL},
    {UPS_COMMAND_LOAD_ON, "C", NULL, NULL, QX_SHOWS_ON, 0, NULL},
    {UPS_COMMAND_SHUTDOWN_RETURN, "S%nR%m", NULL, NULL, QX_SHOWS_COUNTDOWN, 0, NULL},
    {UPS_COMMAND_SHUTDOWN_STAYOFF, "S%nR0000", NULL, NULL, QX_SHOWS_COUNTDOWN, 0, NULL},
    {UPS_COMMAND_SHUTDOWN_STOP, "C", NULL, NULL, QX_SHOWS_NO_COUNTDOWN, 0, NULL},
    {UPS_COMMAND_TEST_BATTERY_START_QUICK, "T", NULL, NULL, QX_SHOWS_TEST, 0, NULL},
    {UPS_COMMAND_BEEPER_TOGGLE, "Q", NULL, NULL, QX_SHOWS_BEEPER, 0, NULL},
    {UPS_COMMAND_BEEPER_ENABLE, "Q", NULL, NULL, QX_SHOWS_BEEPER_ON, 0, NULL},
    {UPS_COMMAND_BEEPER_DISABLE, "Q", NULL, NULL, QX_SHOWS_BEEPER_OFF, 0, NULL},
};

/* -- replies ---------------------------------------------------------------------------------- */

/* What comes late is another query's: its blanks lie elsewhere. */
static bool qs_check(struct qx_call *c)
{
    return qx_v_laid_out(c, "(MMM.M NNN.N PPP.P QQQ RR.R SS.S TT.T bbbbbbbb") && qx_status_check(c);
}

static bool qi_check(struct qx_call *c)
{
    return qx_v_laid_out(c, "(CCC TTTTT FF.F AAA.A LLL HHH X XXXXXXXXXXXXXXXX");
}

static bool f_check(struct qx_call *c)
{
    return qx_v_laid_out(c, "#MMM.M QQQ SS.SS RR.R");
}

/* I and J are known by name only: what they answer nobody has seen. */
static bool m_check(struct qx_call *c)
{
    const struct qx_port *port = c->x->port;
    bool named = port && port->d && qx_flag(port->d, QX_OPT_PROTOCOL);

    return qx_vqs_letter_is(c, named ? "VHIJ" : "VH");
}

static const struct qx_field status[] = {
    QX_NUM(1, 5, INPUT_VOLTAGE),          QX_NUM(7, 11, INPUT_VOLTAGE_FAULT),
    QX_NUM(13, 17, OUTPUT_VOLTAGE),       QX_NUM(19, 21, OUTPUT_LOAD),
    QX_NUM(23, 26, OUTPUT_FREQUENCY),     QX_NUM(28, 31, BATTERY_VOLTAGE),
    QX_NUM(33, 36, UPS_TEMPERATURE),      QX_FLAG(38, S(OB), S(OL), NONE),
    QX_FLAG(39, S(LB), 0, NONE),          QX_FLAG(41, 0, 0, GENERAL_FAULT),
    QX_PICK(42, UPS_TYPE, qx_type_words), QX_FLAG(43, S(CAL), 0, NONE),
    QX_FLAG(44, S(FSD), 0, NONE),         QX_PICK(45, UPS_BEEPER_STATUS, NULL),
};

static const struct qx_field information[] = {
    {.kind = QX_NUMBER,
     .from = 1,
     .to = 3,
     .var = UPS_VAR_BATTERY_CHARGE,
     .scale = 1000,
     .most = 100,
     .alarm = UPS_ALARM_NONE},
    QX_NUM(5, 9, BATTERY_RUNTIME),
    QX_NUM(11, 14, INPUT_FREQUENCY),
    QX_NUM(16, 20, OUTPUT_CURRENT),
    QX_NUM(22, 24, INPUT_TRANSFER_LOW),
    QX_NUM(26, 28, INPUT_TRANSFER_HIGH),
};

static const struct qx_field ratings[] = {
    QX_NUM(1, 5, OUTPUT_VOLTAGE_NOMINAL),
    QX_NUM(7, 9, OUTPUT_CURRENT_NOMINAL),
    QX_NUM(11, 15, BATTERY_VOLTAGE_NOMINAL),
    QX_NUM(17, 20, OUTPUT_FREQUENCY_NOMINAL),
};

/* M only where QS was answered with a status: to other units it may mean anything. */
static const struct qx_query queries[] = {
    {.request = "QS",
     .lead = '(',
     .least = QX_STATUS_BYTES,
     .class = QX_STATUS,
     .flags = QX_CLAIM,
     QX_FIELDS(status),
     .check = qs_check,
     .finish = qx_status_finish},
    {.request = "QI",
     .lead = '(',
     .least = 49,
     .class = QX_SLOW,
     .flags = QX_AT_OPEN,
     QX_FIELDS(information),
     .check = qi_check},
    {.request = "M",
     .least = 2,
     .class = QX_ONCE,
     .flags = QX_CLAIM,
     .check = m_check,
     .finish = qx_vqs_letter_finish},
    {.request = "F",
     .lead = '#',
     .least = 22,
     .class = QX_ONCE,
     .flags = QX_RATING,
     QX_FIELDS(ratings),
     .check = f_check},
};

const struct qx_dialect qx_voltronic_qs = {
    .name = "voltronic-qs",
    QX_QUERIES(queries),
    QX_VQS_CONTROL,
};
