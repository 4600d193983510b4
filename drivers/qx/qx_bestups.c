/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Q* dialect bestups: Best Power and Sola Australia (the vendors' document of the Phoenixtec
 * protocol).  S<n> without R means that the output stays off, and b5 is inverted on some models.
 */
#include "qx_dialects.h"

#include <string.h>

enum { HAS_RUNTIME = 1, HAS_PACKS = 2, HAS_INVERTED_B5 = 4 };
enum { PINS_STAGE }; /* qx.fact */
enum { B5 = 40, USA_MOST_MV = 160000 };

static const struct {
    char id[4];
    const char *mfr, *model;
    uint32_t has;
} models[] = {
    {"PRO", "Best Power", "Patriot Pro", HAS_INVERTED_B5},
    {"320", "Sola Australia", "Sola 320", 0},
    {"FOR", "Best Power", "Fortress", HAS_RUNTIME},
    {"520", "Sola Australia", "Sola 520", HAS_RUNTIME},
    {"PR2", "Best Power", "Patriot Pro II", HAS_RUNTIME | HAS_INVERTED_B5},
    {"325", "Sola Australia", "Sola 325", HAS_RUNTIME},
    {"FTC", "Best Power", "Fortress TeleCom", HAS_RUNTIME},
    {"525", "Sola Australia", "Sola 525", HAS_RUNTIME},
    {"AX1", "Best Power", "Axxium Rackmount", HAS_RUNTIME | HAS_PACKS},
    {"620", "Sola Australia", "Sola 620", HAS_RUNTIME | HAS_PACKS},
};

/* -- identity --------------------------------------------------------------------------------- */

static int model_of(const struct qx_call *c)
{
    for (unsigned i = 0; i < sizeof models / sizeof *models; i++)
        if (c->len > 3 && memcmp(c->reply, models[i].id, 3) == 0 && c->reply[3] == ',')
            return (int)i;
    return -1;
}

static bool id_check(struct qx_call *c)
{
    unsigned commas = 0;

    for (size_t i = 0; i < c->len; i++)
        commas += c->reply[i] == ',';
    return commas == 5 && model_of(c) >= 0;
}

static void id_finish(struct qx_call *c, struct ups_reading *r)
{
    int m = model_of(c);

    if (m < 0)
        return;
    c->x->has = models[m].has;
    ups_set_text(r, UPS_VAR_UPS_MFR, models[m].mfr, strlen(models[m].mfr));
    ups_set_text(r, UPS_VAR_UPS_MODEL, models[m].model, strlen(models[m].model));
}

/* By number: widths vary. */
static const struct qx_field id[] = {
    QX_NUM(1, 1, UPS_POWER_NOMINAL),      QX_NUM(2, 2, INPUT_VOLTAGE_NOMINAL),
    QX_NUM(3, 3, OUTPUT_VOLTAGE_NOMINAL), QX_NUM(4, 4, BATTERY_VOLTAGE_LOW),
    QX_NUM(5, 5, BATTERY_VOLTAGE_HIGH),
};

/* -- status ----------------------------------------------------------------------------------- */

static void status_finish(struct qx_call *c, struct ups_reading *r)
{
    const uint32_t busy = UPS_STATUS_MASK(OB) | UPS_STATUS_MASK(CAL) | UPS_STATUS_MASK(FSD);
    bool inverted = c->x->has & HAS_INVERTED_B5;
    int64_t in = 0, out = 0;

    qx_status_finish(c, r);
    if (c->part->status & busy || (c->reply[B5] == '1') == inverted)
        return;
    if (ups_get(r, UPS_VAR_INPUT_VOLTAGE, 0, &in) && ups_get(r, UPS_VAR_OUTPUT_VOLTAGE, 0, &out))
        c->part->status |= qx_avr(in, out);
}

/* -- the voltage setting, M ------------------------------------------------------------------- */

/* Transfer low, boost ends, nominal, trim begins, transfer high; by the digit that M answers. */
static const uint16_t settings_of[2][10][5] = {
    {
        /* up to 160 V nominal */
        {96, 109, 120, 130, 146},
        {96, 109, 120, 138, 156},
        {90, 104, 120, 130, 146},
        {90, 104, 120, 138, 156},
        {90, 104, 110, 120, 130},
        {90, 104, 110, 130, 146},
        {90, 96, 110, 120, 130},
        {90, 96, 110, 130, 146},
        {96, 109, 128, 146, 156},
        {90, 104, 128, 146, 156},
    },
    {
        {200, 222, 240, 250, 284},
        {200, 222, 240, 264, 290},
        {188, 210, 240, 250, 284},
        {188, 210, 240, 264, 290},
        {188, 210, 230, 244, 270},
        {188, 210, 230, 250, 284},
        {180, 200, 230, 244, 270},
        {180, 200, 230, 250, 284},
        {165, 188, 208, 222, 244},
        {165, 188, 208, 244, 270},
    },
};

static bool digit_check(struct qx_call *c)
{
    return c->len == 1 && c->reply[0] >= '0' && c->reply[0] <= '9';
}

static void voltages_finish(struct qx_call *c, struct ups_reading *r)
{
    static const struct {
        enum ups_var var;
        uint8_t column;
    } shows[] = {
        {UPS_VAR_INPUT_TRANSFER_LOW, 0},        {UPS_VAR_INPUT_TRANSFER_BOOST_LOW, 0},
        {UPS_VAR_INPUT_TRANSFER_BOOST_HIGH, 1}, {UPS_VAR_INPUT_VOLTAGE_NOMINAL, 2},
        {UPS_VAR_OUTPUT_VOLTAGE_NOMINAL, 2},    {UPS_VAR_INPUT_TRANSFER_TRIM_LOW, 3},
        {UPS_VAR_INPUT_TRANSFER_TRIM_HIGH, 4},  {UPS_VAR_INPUT_TRANSFER_HIGH, 4},
    };
    int64_t nominal;

    if (!ups_get(r, UPS_VAR_INPUT_VOLTAGE_NOMINAL, 0, &nominal))
        return;
    const uint16_t *row = settings_of[nominal > USA_MOST_MV][c->reply[0] - '0'];
    for (unsigned i = 0; i < sizeof shows / sizeof *shows; i++)
        ups_set(r, shows[i].var, 0, row[shows[i].column] * 1000);
}

/* -- the contacts of the port ----------------------------------------------------------------- */

/* -1: no answer; else the mode. */
static int pins_mode(const uint8_t *reply, size_t len)
{
    return len == 1 && *reply >= '0' && *reply <= '6' ? *reply - '0' : -1;
}

/* Asks; writes if the mode is another than the configured one (--probe does not); asks again. */
static int ready(struct drv *d, struct ups_reading *r)
{
    enum { ASK, WRITE, CHECK };
    struct qx *x = d->state;
    int32_t *at = &x->fact[PINS_STAGE];
    const struct qx_numbers n = {.milli = drv_num(d, QX_OPT_PINS_MODE) * 1000};
    uint8_t reply[QX_LINE_MAX];
    char request[QX_REQUEST_MAX] = "SS?";
    bool unended;
    size_t len;

    (void)r;
    if (!d->host->apply || !d->opt[QX_OPT_PINS_MODE].set ||
        (*at == WRITE && !qx_write(request, sizeof request, "SS%1", &n)))
        return DRV_DONE;
    int rc = qx_exchange(d, request, *at == WRITE ? QX_EXPECT_NONE : QX_EXPECT_REPLY, reply, &len,
                         &unended);
    if (rc == UPS_E_DISCONNECTED)
        return rc;
    if (*at == WRITE) {
        *at = CHECK;
        return qx_more(d);
    }
    int mode = rc == QX_ANSWER ? pins_mode(reply, len) : -1;
    if (mode == n.milli / 1000)
        return DRV_DONE;
    if (mode < 0 || *at == CHECK) {
        log_msg(LOG_LVL_WARN, "qx", d->unit, "pins_shutdown_mode = %d was not taken",
                (int)(n.milli / 1000));
        return DRV_DONE;
    }
    *at = WRITE;
    return qx_more(d);
}

/* -- tables ----------------------------------------------------------------------------------- */

static const struct qx_field runtime[] = {QX_NUM_X(0, QX_END, BATTERY_RUNTIME, 0, 60000)};
static const struct qx_field packs[] = {QX_NUM(0, QX_END, BATTERY_PACKS)};

static const struct qx_query queries[] = {
    {.request = "Q1",
     .lead = '(',
     .least = QX_STATUS_BYTES,
     .class = QX_STATUS,
     .flags = QX_CLAIM,
     .field = qx_status_fields,
     .fields = QX_STATUS_FIELDS - 1, /* b0 is reserved */
     .check = qx_status_check,
     .finish = status_finish},
    {.request = "RT", .least = 4, .class = QX_SLOW, .needs = HAS_RUNTIME, QX_FIELDS(runtime)},
    {.request = "ID",
     .least = 26,
     .separator = ',',
     .class = QX_ONCE,
     .flags = QX_CLAIM,
     QX_FIELDS(id),
     .check = id_check,
     .finish = id_finish},
    {.request = "BP?", .least = 3, .class = QX_ONCE, .needs = HAS_PACKS, QX_FIELDS(packs)},
    {.request = "M", .least = 2, .class = QX_ONCE, .check = digit_check, .finish = voltages_finish},
};

static const struct qx_command commands[] = {
    {UPS_COMMAND_LOAD_OFF, "S00R0000", NULL, NULL, QX_SHOWS_OFF, 0, NULL},
    {UPS_COMMAND_LOAD_ON, "C", NULL, NULL, QX_SHOWS_ON, 0, NULL},
    {UPS_COMMAND_SHUTDOWN_RETURN, "S%nR%m", NULL, NULL, QX_SHOWS_COUNTDOWN, 0, NULL},
    {UPS_COMMAND_SHUTDOWN_STAYOFF, "S%n", NULL, NULL, QX_SHOWS_COUNTDOWN, 0, NULL},
    {UPS_COMMAND_SHUTDOWN_STOP, "C", NULL, NULL, QX_SHOWS_NO_COUNTDOWN, 0, NULL},
    {UPS_COMMAND_TEST_BATTERY_START, "T%t", NULL, NULL, QX_SHOWS_TEST, 0, NULL},
    {UPS_COMMAND_TEST_BATTERY_START_QUICK, "T", NULL, NULL, QX_SHOWS_TEST, 0, NULL},
    {UPS_COMMAND_TEST_BATTERY_START_DEEP, "TL", NULL, NULL, QX_SHOWS_TEST, 0, NULL},
    {UPS_COMMAND_TEST_BATTERY_STOP, "CT", NULL, NULL, QX_SHOWS_NO_TEST, 0, NULL},
};

static const struct qx_setting settings[] = {
    {.var = UPS_VAR_BATTERY_PACKS,
     .min = 0,
     .max = 5,
     .step = 1,
     .bytes = "BP%1",
     .query = "BP?",
     .needs = HAS_PACKS},
};

const struct qx_dialect qx_bestups = {
    .name = "bestups",
    .flags = QX_NO_AVR, /* its own rule, above */
    .delays = {12, 5940, 30, 60, 599940, 180, 60, 5940},
    .reply_ms = 3000,
    .ready = ready,
    QX_QUERIES(queries),
    QX_COMMANDS(commands),
    QX_SETTINGS(settings),
};
