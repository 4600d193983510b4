/* SPDX-License-Identifier: BSD-2-Clause */
/* The three frames that most dialects share: status (47 bytes), ratings (22), vendor (39). */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "qx.h"

void qx_put_bytes(struct qx_reply *out, const char *data, size_t len)
{
    size_t room = out->size - out->len;

    if (len > room)
        len = room;
    memcpy(out->data + out->len, data, len);
    out->len += len;
}

void qx_put(struct qx_reply *out, const char *format, ...)
{
    char text[QX_REPLY_MAX];
    va_list ap;
    int n;

    va_start(ap, format);
    n = vsnprintf(text, sizeof text, format, ap);
    va_end(ap);
    if (n > 0)
        qx_put_bytes(out, text, (size_t)n < sizeof text ? (size_t)n : sizeof text - 1);
}

/* Digits become `filler`, the point stays. */
static void fill(char *text, char filler)
{
    for (; *text; text++)
        if (*text != '.')
            *text = filler;
}

static void pad(char *text)
{
    for (; text[0] == '0' && text[1] != '.' && text[1]; text++)
        text[0] = ' ';
}

void qx_put_field(const struct qx *q, struct qx_reply *out, enum qx_field field, int width,
                  int decimals, double value)
{
    char text[32];

    if (q->fixed[field] >= 0.0)
        value = q->fixed[field];
    snprintf(text, sizeof text, "%0*.*f", width, decimals, value);
    if (q->filler[field])
        fill(text, q->filler[field]);
    else if (q->pad_blank)
        pad(text);
    qx_put(out, "%s", text);
}

bool qx_failed(const struct qx *q)
{
    const struct model *m = q->model;

    return m->faults[MODEL_FAULT_INVERTER] || m->faults[MODEL_FAULT_INTERNAL] || m->battery_worn;
}

void qx_flags(const struct qx *q, char flags[9])
{
    const struct model *m = q->model;
    bool pending = m->timers[MODEL_T_OFF] >= 0.0;
    bool kept = q->fsd_kept && q->off_by_command && !model_on(m);
    bool raised = model_avr(m) != MODEL_AVR_NONE || m->mode == MODEL_BYPASS;
    const bool bits[8] = {!model_mains_ok(m),
                          model_battery_low(m),
                          raised != (bool)(q->traits & QX_B5_INVERTED),
                          qx_failed(q),
                          m->cfg.interactive,
                          m->test != MODEL_TEST_NONE,
                          pending || kept,
                          !m->buzzer_off && !(q->traits & QX_NO_B0)};

    for (int i = 0; i < 8; i++)
        flags[i] = q->stuck[i] != '-' ? q->stuck[i] : bits[i] ? '1' : '0';
    flags[8] = '\0';
}

double qx_battery_volts(const struct qx *q, bool per_cell)
{
    double volts = model_battery_volts(q->model);

    return per_cell ? volts / (6.0 * q->model->cfg.packs) : volts;
}

double qx_temperature(const struct qx *q)
{
    return q->constant_temperature >= 0.0 ? q->constant_temperature : q->model->temperature;
}

static void put_battery(const struct qx *q, struct qx_reply *out)
{
    bool per_cell = q->traits & QX_CELL;
    double volts = qx_battery_volts(q, per_cell);
    int decimals = per_cell ? 2 : q->four_digits || volts >= 99.95 ? 0 : 1;

    qx_put_field(q, out, QX_F_BATTERY, 4, decimals, volts);
}

static void put_flags(const struct qx *q, struct qx_reply *out)
{
    char flags[9];

    qx_flags(q, flags);
    for (int i = 0; i < 8; i++)
        if (flags[i] == '0' && q->nul[i] == '1')
            flags[i] = '\0';
    qx_put_bytes(out, flags, 8);
}

enum qx_outcome qx_status(struct qx *q, const char *arg, struct qx_reply *out)
{
    struct model *m = q->model;

    (void)arg;
    if (shot_take(&q->zero)) {
        qx_put(out, "(000.0 000.0 000.0 000 00.0 0.00 00.0 00000000");
        return QX_REPLY;
    }
    qx_put_bytes(out, q->nul_off && !model_on(m) ? "" : "(", 1);
    qx_put_field(q, out, QX_F_INPUT, 5, 1, m->mains_v);
    qx_put(out, " ");
    qx_put_field(q, out, QX_F_FAULT, 5, 1, model_take_fault_volts(m));
    qx_put(out, " ");
    qx_put_field(q, out, QX_F_OUTPUT, 5, 1, model_output_volts(m));
    qx_put(out, " ");
    qx_put_field(q, out, QX_F_LOAD, 3, 0, model_load(m));
    qx_put(out, " ");
    qx_put_field(q, out, QX_F_FREQUENCY, 4, 1, m->mains_hz);
    qx_put(out, " ");
    put_battery(q, out);
    qx_put(out, " ");
    qx_put_field(q, out, QX_F_TEMPERATURE, 4, 1, qx_temperature(q));
    qx_put(out, " ");
    put_flags(q, out);
    return QX_REPLY;
}

/* Does a query that some units lack, leave blank or die of exist?  QX_REPLY: it is to be answered
 * with something. */
static enum qx_outcome exists(struct qx *q, enum qx_frame_kind kind)
{
    if (kind == QX_FRAME_LOCKUP)
        q->locked = true;
    return kind == QX_FRAME_NONE ? QX_UNKNOWN : QX_REPLY;
}

enum qx_outcome qx_ratings(struct qx *q, const char *arg, struct qx_reply *out)
{
    const struct model_config *cfg = &q->model->cfg;
    double volts = 12.0 * cfg->packs;

    (void)arg;
    if (exists(q, q->ratings) == QX_UNKNOWN)
        return QX_UNKNOWN;
    if (q->ratings == QX_FRAME_BLANK)
        qx_put(out, "#   .   .  %05.2f   . ", volts);
    else if (!q->locked)
        qx_put(out, "#%05.1f %03.0f %05.*f %04.1f", cfg->nominal_v, cfg->rating_va / cfg->nominal_v,
               volts < 100.0 ? 2 : 1, volts, cfg->nominal_hz);
    return QX_REPLY;
}

enum qx_outcome qx_vendor(struct qx *q, const char *arg, struct qx_reply *out)
{
    bool blank = q->vendor == QX_FRAME_BLANK;

    (void)arg;
    if (exists(q, q->vendor) == QX_UNKNOWN)
        return QX_UNKNOWN;
    if (q->vendor == QX_FRAME_IC)
        qx_put(out, "#%-7.7s%-8.8s %-5.5s%05.0f %-9.9s", q->mfr, q->serial, q->model_name,
               model_runtime(q->model), q->firmware);
    else if (!q->locked)
        qx_put(out, "#%-15.15s %-10.10s %-10.10s", blank ? "" : q->mfr, blank ? "" : q->model_name,
               q->firmware);
    return QX_REPLY;
}
