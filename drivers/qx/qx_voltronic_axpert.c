/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Q* dialect voltronic-axpert: Voltronic Power's inverters (QPI answers PI30), whose requests and
 * replies carry a checksum.  They are no UPSes: no countdown, no battery test.
 */
#include "qx_voltronic_axpert.h"

#include <string.h>

/* -- identity --------------------------------------------------------------------------------- */

static bool qpi_check(struct qx_call *c)
{
    return c->len == 5 && memcmp(c->reply, "(PI30", 5) == 0;
}

static void qpi_finish(struct qx_call *c, struct ups_reading *r)
{
    (void)c;
    ups_set_text(r, UPS_VAR_UPS_FIRMWARE_AUX, "P30", 3);
}

/* -- ratings ---------------------------------------------------------------------------------- */

enum { GRID_VOLTS, QPIRI_TYPE = 12, QPIRI_RANGE = 15, QPIRI_MACHINE = 19, QPIRI_FIELDS };

static bool qpiri_field(const struct qx_call *c, uint8_t nr, const uint8_t **at, size_t *len)
{
    const struct qx_field f = {.from = nr};

    return qx_field_at(c, &f, at, len);
}

static bool qpiri_check(struct qx_call *c)
{
    const uint8_t *at;
    size_t len;

    return qpiri_field(c, QPIRI_FIELDS - 1, &at, &len) && !memchr(c->reply, ':', c->len);
}

static void show_machine(const uint8_t *at, size_t len, struct ups_reading *r)
{
    static const struct {
        char code[3];
        const char *name;
    } machines[] = {{"00", "grid-tie inverter"},
                    {"01", "off-grid inverter"},
                    {"10", "hybrid inverter"},
                    {"11", "off-grid inverter, 2 trackers"},
                    {"20", "off-grid inverter, 3 trackers"}};

    for (size_t i = 0; i < sizeof machines / sizeof *machines; i++)
        if (len == 2 && memcmp(machines[i].code, at, len) == 0)
            ups_set_text(r, UPS_VAR_UPS_TYPE, machines[i].name, strlen(machines[i].name));
}

static void qpiri_finish(struct qx_call *c, struct ups_reading *r)
{
    static const int32_t types[] = {2, 1}; /* AGM, Flooded; 2: whatever its owner has set */
    const uint8_t *at = NULL;
    size_t len = 0;
    int64_t value;

    if (qpiri_field(c, GRID_VOLTS, &at, &len) && len > 1 && /* behind the bracket */
        qx_number(at + 1, len - 1, false, &value))
        ups_set(r, UPS_VAR_INPUT_VOLTAGE_NOMINAL, 0, value);
    ups_unset(r, UPS_VAR_BATTERY_TYPE, 0);
    if (qpiri_field(c, QPIRI_TYPE, &at, &len) && qx_number(at, len, false, &value) && value <= 1000)
        ups_set(r, UPS_VAR_BATTERY_TYPE, 0, types[value / 1000]);
    ups_unset(r, UPS_VAR_WORK_RANGE_TYPE, 0);
    if (qpiri_field(c, QPIRI_RANGE, &at, &len) && qx_number(at, len, false, &value) &&
        value <= 1000)
        ups_set(r, UPS_VAR_WORK_RANGE_TYPE, 0, value / 1000);
    if (qpiri_field(c, QPIRI_MACHINE, &at, &len))
        show_machine(at, len, r);
}

/* -- buzzer ----------------------------------------------------------------------------------- */

/* Letters as in (EakxyDbjuvz; a is the buzzer. */
static void qflag_finish(struct qx_call *c, struct ups_reading *r)
{
    const uint8_t *a = memchr(c->reply, 'a', c->len), *off = memchr(c->reply, 'D', c->len);

    c->x->has &= ~QX_VA_BUZZER;
    ups_set_text(r, UPS_VAR_UPS_FLAGS, (const char *)c->reply + 1, c->len - 1);
    if (!a)
        return;
    c->x->has |= QX_VA_BUZZER;
    ups_set(r, UPS_VAR_UPS_BEEPER_STATUS, 0,
            off && a > off ? UPS_BEEPER_DISABLED : UPS_BEEPER_ENABLED);
}

/* -- tables ----------------------------------------------------------------------------------- */

static const struct qx_field qpiri[] = {
    QX_NUM(1, 1, INPUT_CURRENT_NOMINAL),    QX_NUM(2, 2, OUTPUT_VOLTAGE_NOMINAL),
    QX_NUM(3, 3, OUTPUT_FREQUENCY_NOMINAL), QX_NUM(4, 4, OUTPUT_CURRENT_NOMINAL),
    QX_NUM(5, 5, UPS_POWER_NOMINAL),        QX_NUM(6, 6, UPS_REALPOWER_NOMINAL),
    QX_NUM(7, 7, BATTERY_VOLTAGE_NOMINAL),  QX_NUM(8, 8, BATTERY_VOLTAGE_RECHARGE),
    QX_NUM(9, 9, BATTERY_VOLTAGE_LOW),      QX_NUM(10, 10, BATTERY_VOLTAGE_HIGH),
    QX_NUM(11, 11, BATTERY_VOLTAGE_FLOAT),  QX_NUM(14, 14, BATTERY_CHARGER_MOST),
};
static const struct qx_field qmd[] = {QX_TXT(1, 15, UPS_MODEL)};
static const struct qx_field qvfw[] = {QX_TXT(7, QX_END, UPS_FIRMWARE)};
static const struct qx_field qid[] = {QX_TXT(1, QX_END, UPS_SERIAL)};
static const struct qx_field qflag[] = {
    QX_PICK(1, UPS_BEEPER_STATUS, NULL), /* put right by qflag_finish() */
};

#define Q(what, bytes) .request = what, .lead = '(', .least = bytes

static const struct qx_query queries[] = {
    {Q("QPIGS", 92), .class = QX_STATUS, .field = qx_va_qpigs, .fields = QX_VA_QPIGS_FIELDS,
     .check = qx_va_qpigs_check, .finish = qx_va_qpigs_finish},
    {Q("QMOD", 3), .class = QX_STATUS, .check = qx_v_qmod_check, .finish = qx_va_qmod_finish},
    {Q("QPIWS", 34), .class = QX_STATUS, .flags = QX_IN_TURN, .check = qx_va_qpiws_check,
     .finish = qx_va_qpiws_finish},

    {Q("QFLAG", 4), .class = QX_SLOW, .flags = QX_AT_OPEN, QX_FIELDS(qflag),
     .check = qx_v_qflag_check, .finish = qflag_finish},

    {Q("QPI", 6), .class = QX_ONCE, .flags = QX_CLAIM, .check = qpi_check, .finish = qpi_finish},
    {Q("QMD", 48), .class = QX_ONCE, QX_FIELDS(qmd), .check = qx_v_qmd_check,
     .finish = qx_v_qmd_finish},
    {Q("QPIRI", 60), .separator = ' ', .class = QX_ONCE, QX_FIELDS(qpiri), .check = qpiri_check,
     .finish = qpiri_finish},
    {Q("QVFW", 10), .class = QX_ONCE, QX_FIELDS(qvfw), .check = qx_v_qvfw_check},
    {Q("QID", 3), .class = QX_ONCE, QX_FIELDS(qid), .check = qx_v_qid_check,
     .finish = qx_v_qid_finish},
};

/* SON and SOFF: experimental in NUT, and no log is known of an inverter that obeys. */
static const struct qx_command commands[] = {
    {UPS_COMMAND_BEEPER_ENABLE, "PEA", NULL, NULL, QX_SHOWS_BEEPER_ON, QX_VA_BUZZER, "QFLAG"},
    {UPS_COMMAND_BEEPER_DISABLE, "PDA", NULL, NULL, QX_SHOWS_BEEPER_OFF, QX_VA_BUZZER, "QFLAG"},
    {UPS_COMMAND_LOAD_ON, "SON", NULL, NULL, QX_SHOWS_ON, QX_VA_TESTING, NULL},
    {UPS_COMMAND_LOAD_OFF, "SOFF", NULL, NULL, QX_SHOWS_OFF, QX_VA_TESTING, NULL},
};

static int ready(struct drv *d, struct ups_reading *r)
{
    struct qx *x = d->state;

    (void)r;
    if (qx_flag(d, QX_OPT_TESTING))
        x->has |= QX_VA_TESTING;
    return DRV_DONE;
}

const struct qx_dialect qx_voltronic_axpert = {
    .name = "voltronic-axpert",
    .mfr = "Voltronic Power",
    .flags = QX_CHECKSUM | QX_UNLESS_Q1 | QX_MUST_ACK | QX_MUST_SHOW,
    .ack = "(ACK",
    .settle = qx_va_settle,
    .ready = ready,
    QX_QUERIES(queries),
    QX_COMMANDS(commands),
};
