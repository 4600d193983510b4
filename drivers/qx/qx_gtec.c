/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Q* dialect gtec: Gtec ZP120N.  Q4 ends with any number of letters instead of flags; they also
 * tell of tests, overload and a battery that is missing, which Q1 hides.
 */
#include "qx_dialects.h"

#include <string.h>

enum { LETTERS_AT = 63 };

#define S(word) UPS_STATUS_MASK(word)
#define A(id)   UPS_ALARM_##id

static const struct {
    char letter;
    uint32_t status;
    enum ups_alarm alarm, also;
    const char *test;
} letters[] = {
    {'A', S(OB), A(NONE), A(NONE), NULL},
    {'B', S(LB), A(NONE), A(NONE), NULL},
    {'C', S(BYPASS), A(NONE), A(NONE), NULL},
    {'D', 0, A(GENERAL_FAULT), A(NONE), NULL},
    {'E', S(CAL), A(NONE), A(NONE), "in progress"},
    {'F', S(FSD), A(NONE), A(NONE), NULL},
    {'G', 0, A(QX_SITE_FAULT), A(INPUT_BAD), NULL},
    {'H', 0, A(QX_EEPROM), A(GENERAL_FAULT), NULL},
    {'I', 0, A(NONE), A(NONE), "passed"},
    {'J', S(RB), A(NONE), A(NONE), "failed"},
    {'K', 0, A(NONE), A(NONE), "battery disconnected"},
    {'L', 0, A(NONE), A(NONE), "unknown"},
    {'M', S(OL), A(NONE), A(NONE), NULL},
    {'N', S(OVER), A(NONE), A(NONE), NULL},
    {'P', 0, A(QX_NO_BATTERY), A(BATTERY_BAD), NULL},
};

static const struct qx_field q4[] = {
    QX_NUM(1, 5, INPUT_VOLTAGE),     QX_NUM(19, 23, INPUT_VOLTAGE_FAULT),
    QX_NUM(25, 29, OUTPUT_VOLTAGE),  QX_NUM(35, 37, OUTPUT_LOAD),
    QX_NUM(39, 42, INPUT_FREQUENCY), QX_NUM(52, 56, BATTERY_VOLTAGE),
    QX_NUM(58, 61, UPS_TEMPERATURE),
};

static bool q4_check(struct qx_call *c)
{
    return c->reply[LETTERS_AT - 1] == ' ';
}

static void add_letter(struct qx_call *c, uint8_t letter, struct ups_reading *r)
{
    for (unsigned i = 0; i < sizeof letters / sizeof *letters; i++) {
        if (letters[i].letter != letter)
            continue;
        c->part->status |= letters[i].status;
        ups_alarm_add(&c->part->alarms, letters[i].alarm);
        ups_alarm_add(&c->part->alarms, letters[i].also);
        if (letters[i].test)
            ups_set_text(r, UPS_VAR_UPS_TEST_RESULT, letters[i].test, strlen(letters[i].test));
    }
}

static void q4_finish(struct qx_call *c, struct ups_reading *r)
{
    const uint32_t sources = S(OB) | S(OL) | S(BYPASS);
    int64_t out;

    for (size_t i = LETTERS_AT; i < c->len; i++)
        add_letter(c, c->reply[i], r);
    if (ups_get(r, UPS_VAR_OUTPUT_VOLTAGE, 0, &out))
        qx_note_output(c, out, 0);
    if (!(c->part->status & sources)) {
        c->part->status |= S(OFF);
        c->x->output_seen = true; /* the letters tell it: 0 V is no riddle here */
    }
}

static const struct qx_query queries[] = {
    {.request = "Q4",
     .lead = '(',
     .least = LETTERS_AT + 1,
     .class = QX_STATUS,
     .flags = QX_CLAIM,
     QX_FIELDS(q4),
     .check = q4_check,
     .finish = q4_finish},
    QX_RATING_LINE,
    QX_VENDOR_LINE("I", QX_CLAIM),
};

const struct qx_dialect qx_gtec = {
    .name = "gtec",
    .flags = QX_BY_NAME,
    .command = qx_megatec_commands,
    .commands = QX_MEGATEC_NO_FLAG,
    .ack = "ACK",
    .delays = QX_MEGATEC_DELAYS,
    QX_QUERIES(queries),
};
