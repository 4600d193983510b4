/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * voltronic-qs-hex (M answers P or T): the status is binary.  Blanks part its fields; the bytes
 * that have a meaning on the line are stuffed inside them.
 */
#include <math.h>
#include <string.h>

#include "voltronic.h"

/* What the measured count is multiplied with, over 51 * 256. */
enum { VOLTS_RATIO = 0x68, VOLTS_UNIT = 51 * 256, BATTERY_UNIT = 510 };

static void put_byte(struct qx_reply *out, unsigned byte)
{
    static const struct {
        unsigned char plain, second;
    } stuffed[] = {{0x0D, 0x00}, {0x11, 0x01}, {0x13, 0x02}, {0x0A, 0x03}, {0x20, 0x04}};

    for (size_t i = 0; i < sizeof stuffed / sizeof stuffed[0]; i++)
        if (byte == stuffed[i].plain) {
            const char pair[2] = {0x28, (char)stuffed[i].second};

            qx_put_bytes(out, pair, 2);
            return;
        }
    qx_put_bytes(out, &(const char){(char)byte}, 1);
}

/* A field of several bytes, `split` of them before a separator (0: none). */
static void put_field(const struct qx *q, struct qx_reply *out, enum volt_raw field,
                      const uint8_t *bytes, size_t len, size_t split)
{
    const uint8_t *from = q->volt.raw_set[field] ? q->volt.raw[field] : bytes;

    for (size_t i = 0; i < len; i++) {
        if (i == 0 ? field != VOLT_RAW_INPUT : i == split)
            qx_put(out, " ");
        put_byte(out, from[i]);
    }
}

static void put_volts(const struct qx *q, struct qx_reply *out, enum volt_raw field, double volts)
{
    unsigned count = (unsigned)lround(fmin(volts * VOLTS_UNIT / VOLTS_RATIO, 65535.0));
    const uint8_t bytes[3] = {(uint8_t)(count >> 8), (uint8_t)count, VOLTS_RATIO};

    put_field(q, out, field, bytes, sizeof bytes, 2);
}

/* Periods of a clock: the output's frequency is the ratio of two counts. */
static void put_frequency(const struct qx *q, struct qx_reply *out, double hz)
{
    unsigned count = q->volt.letter == 'P' ? 25000 : 0x6000;
    unsigned ratio = (unsigned)lround(hz * count);
    uint8_t bytes[5] = {0};

    if (hz > 0.0) {
        bytes[0] = (uint8_t)(count >> 8);
        bytes[1] = (uint8_t)count;
        bytes[2] = (uint8_t)(ratio >> 16);
        bytes[3] = (uint8_t)(ratio >> 8);
        bytes[4] = (uint8_t)ratio;
    }
    put_field(q, out, VOLT_RAW_FREQUENCY, bytes, sizeof bytes, 2);
}

/* Both are one byte: the first ratio from the usual one on that comes near enough. */
static void put_battery(const struct qx *q, struct qx_reply *out, double volts)
{
    int usual = 30 * q->model->cfg.packs;
    uint8_t bytes[2] = {0};

    for (int ratio = usual > 255 ? 255 : usual; ratio <= 255; ratio++) {
        double count = round(volts * BATTERY_UNIT / ratio);

        bytes[0] = (uint8_t)fmin(count, 255.0);
        bytes[1] = (uint8_t)ratio;
        if (count <= 255.0 && fabs(count * ratio / BATTERY_UNIT - volts) <= 0.05)
            break;
    }
    put_field(q, out, VOLT_RAW_BATTERY, bytes, sizeof bytes, 1);
}

static uint8_t rating_byte(const struct model_config *cfg)
{
    static const struct {
        int volts;
        uint8_t bits;
    } outputs[] = {{110, 0}, {120, 1}, {220, 2}, {230, 3}, {240, 4}};
    uint8_t byte = cfg->nominal_hz >= 55.0 ? 0x80 : 0;

    byte |= (uint8_t)((cfg->packs > 4 ? 3 : cfg->packs - 1) << 5);
    for (size_t i = 0; i < sizeof outputs / sizeof outputs[0]; i++)
        if (fabs(cfg->nominal_v - outputs[i].volts) < 1.0)
            return byte | outputs[i].bits;
    return byte | 7; /* none of those that are defined */
}

static enum qx_outcome status(struct qx *q, int which, const char *arg, struct qx_reply *out)
{
    const struct model *m = q->model;
    uint8_t load = (uint8_t)fmin(lround(model_load(m)), 255);
    uint8_t bits = 0;
    uint8_t rating = rating_byte(&m->cfg);
    char flags[9];

    (void)which;
    (void)arg;
    qx_flags(q, flags);
    for (int i = 0; i < 8; i++)
        bits = (uint8_t)(bits << 1 | (flags[i] == '1'));
    qx_put(out, "#");
    put_volts(q, out, VOLT_RAW_INPUT, m->mains_v);
    put_volts(q, out, VOLT_RAW_OUTPUT, model_output_volts(m));
    put_field(q, out, VOLT_RAW_LOAD, &load, 1, 0);
    put_frequency(q, out, model_output_hz(m));
    put_battery(q, out, model_battery_volts(m));
    put_field(q, out, VOLT_RAW_STATUS, &bits, 1, 0);
    if (q->volt.letter == 'T')
        put_field(q, out, VOLT_RAW_RATING, &rating, 1, 0);
    return QX_REPLY;
}

static const struct volt_row query_rows[] = {{"QS", false, 0, status}, {0}};

static enum qx_outcome request(struct qx *q, const char *line, struct qx_reply *out)
{
    static const struct volt_row *const lists[] = {query_rows, volt_qs_command_rows, NULL};
    enum qx_outcome outcome = volt_request(q, lists, line, out);

    /* P keeps silent about a bad request that begins like a test */
    return outcome == QX_UNKNOWN && q->volt.letter == 'P' && *line == 'T' ? QX_REFUSED : outcome;
}

static void init(struct qx *q)
{
    volt_init_model(q);
    q->volt.letter = 'P';
}

static const struct qx_row rows[] = {{"", true, false, request}, {0}};

const struct qx_dialect qx_voltronic_qs_hex = {
    .name = "voltronic-qs-hex",
    .rows = (const struct qx_row *const[]){rows, NULL},
    .unknown = QX_WORD_N,
    .init = init,
    .watch = volt_qs_watch,
    .powercycle = volt_qs_powercycle,
    .option = volt_option,
    .get = volt_qs_get,
    .finish = volt_finish,
    .rating_va = 1000,
    .blocks = 1,
};
