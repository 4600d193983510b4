/* SPDX-License-Identifier: BSD-2-Clause */
/* Masterguard A and E series: a slave address, a clock, a fault memory, tests with results. */
#include <stdio.h>
#include <string.h>

#include "qx.h"

struct masterguard_model {
    const char *name; /* the option model=, `-19` may follow */
    const char *text; /* as it begins in WH */
    int va, least_packs, most_packs;
};

static const struct masterguard_model models[] = {
    {"A700", "A  700", 700, 0, 0},   {"A1000", "A 1000", 1000, 0, 2},
    {"A2000", "A 2000", 2000, 0, 5}, {"A3000", "A 3000", 3000, 0, 5},
    {"E60", "E 60", 6000, 1, 1},     {"E100", "E100", 10000, 1, 1},
    {"E200", "E200", 20000, 1, 1}};

static const struct masterguard_model *model_of(const struct qx *q)
{
    size_t len = strcspn(q->model_name, "-");

    for (size_t i = 0; i < sizeof models / sizeof models[0]; i++)
        if (strlen(models[i].name) == len && !strncmp(models[i].name, q->model_name, len))
            return &models[i];
    return NULL;
}

void qx_masterguard_ready(struct qx *q)
{
    const struct masterguard_model *model = model_of(q);

    if (!model)
        return;
    q->model->cfg.rating_va = model->va;
    if (q->packs < model->least_packs)
        q->packs = model->least_packs;
}

/* True when `text` is `,XX` with our address, and nothing more. */
static bool for_us(const struct qx *q, const char *text)
{
    return text[0] == ',' && qx_digits(text + 1, 2) == q->slave && !text[3];
}

static void put_minutes(struct qx_reply *out, double seconds)
{
    int s = seconds < 59999.0 ? (int)seconds : 59999;

    qx_put(out, "%03d.%02d", s / 60, s % 60);
}

static enum qx_outcome identity(struct qx *q, const char *arg, struct qx_reply *out)
{
    const struct masterguard_model *model = model_of(q);
    const struct model_config *cfg = &q->model->cfg;
    char text[64];

    (void)arg;
    if (model)
        snprintf(text, sizeof text, "%s  + %d Bat Pack%s", model->text, q->packs,
                 strstr(q->model_name, "-19") ? "-19" : "");
    else
        snprintf(text, sizeof text, "%s", q->model_name);
    qx_put(out, "(%02d %5.5s %5.5s %-30.30s %d %03.0f %05.2f %03d 02.30 ", q->slave, q->firmware,
           "03.09", text, q->packs, cfg->nominal_v, cfg->nominal_hz, 6 * cfg->packs);
    put_minutes(out, cfg->full_load_seconds);
    qx_put(out, " ");
    put_minutes(out, 2.0 * cfg->full_load_seconds);
    qx_put(out, " 018 10 40 160 276 47.00 53.00");
    return QX_REPLY;
}

static const char *test_bits(const struct qx *q)
{
    static const char *const verdicts[] = {"000", "010", "011", "100", "101"};

    if (q->model->test != MODEL_TEST_NONE)
        return q->calibrating ? "110" : "001";
    return verdicts[q->model->verdict];
}

static enum qx_outcome status(struct qx *q, const char *arg, struct qx_reply *out)
{
    struct model *m = q->model;
    char flags[9];

    (void)arg;
    qx_flags(q, flags);
    flags[2] = m->mode == MODEL_BYPASS ? '1' : '0';
    flags[7] = '0';
    qx_put(out, "(%02d %05.1f %05.1f %05.1f %03.0f %04.1f %05.2f %04.1f ", q->slave, m->mains_v,
           model_take_fault_volts(m), model_output_volts(m), model_load(m), m->mains_hz,
           qx_battery_volts(q, true), qx_temperature(q));
    put_minutes(out, model_runtime(m));
    qx_put(out, " %03.0f %s 000%c%c%s", m->soc, flags, m->battery_worn ? '1' : '0',
           model_battery_present(m) ? '0' : '1', test_bits(q));
    return QX_REPLY;
}

static enum qx_outcome settings(struct qx *q, const char *arg, struct qx_reply *out)
{
    if (for_us(q, arg))
        qx_put(out, "(%02d,%02d %d %d", q->slave, q->slave, q->packs, !q->model->buzzer_off);
    return QX_REPLY;
}

static enum qx_outcome battery(struct qx *q, const char *arg, struct qx_reply *out)
{
    const struct model *m = q->model;
    double hold = model_runtime(m) / 60.0;
    double recharge = m->soc < 90.0 ? (90.0 - m->soc) * 3.0 : 0.0;

    if (for_us(q, arg))
        qx_put(out, "(%02d,%03.0f %04d %04.0f 0708 0712 0994 115 %05.2f", q->slave, m->soc,
               hold < 9999.0 ? (int)hold : 9999, recharge, qx_battery_volts(q, true));
    return QX_REPLY;
}

static enum qx_outcome serial_number(struct qx *q, const char *arg, struct qx_reply *out)
{
    if (for_us(q, arg))
        qx_put(out, "(%02d,SSN=%-11.11s%5.5s", q->slave, q->mfr, q->serial);
    return QX_REPLY;
}

/* --- the clock, `TTTT:hh:mm:ss` since the last maintenance --- */

static long clock_now(const struct qx *q)
{
    return (long)(q->uptime + q->model->seconds + 0.001); /* sums of tenths are not exact */
}

static void put_clock(struct qx_reply *out, long seconds)
{
    qx_put(out, "%04ld:%02ld:%02ld:%02ld", seconds / 86400 % 10000, seconds / 3600 % 24,
           seconds / 60 % 60, seconds % 60);
}

static enum qx_outcome uptime(struct qx *q, const char *arg, struct qx_reply *out)
{
    if (for_us(q, arg)) {
        qx_put(out, "(%02d,", q->slave);
        put_clock(out, clock_now(q));
    }
    return QX_REPLY;
}

static enum qx_outcome set_uptime(struct qx *q, const char *arg, struct qx_reply *out)
{
    int days = qx_digits(arg, 4);
    int part[3];

    (void)out;
    if (days < 0)
        return QX_UNKNOWN;
    arg += 4;
    for (int i = 0; i < 3; i++, arg += 3) {
        part[i] = arg[0] == ':' ? qx_digits(arg + 1, 2) : -1;
        if (part[i] < 0 || part[i] > (i ? 59 : 23))
            return QX_UNKNOWN;
    }
    if (for_us(q, arg))
        q->uptime =
            86400.0 * days + 3600.0 * part[0] + 60.0 * part[1] + part[2] - q->model->seconds;
    return QX_DONE;
}

/* --- the fault memory --- */

void qx_record_fault(struct qx *q, char id, int value)
{
    memmove(q->records + 1, q->records, sizeof q->records - sizeof q->records[0]);
    q->records[0] = (struct qx_fault_record){id, value, clock_now(q)};
}

static enum qx_outcome faults(struct qx *q, const char *arg, struct qx_reply *out)
{
    if (!for_us(q, arg))
        return QX_REPLY;
    qx_put(out, "(%02d,", q->slave);
    for (int i = 0; i < 5; i++) {
        const struct qx_fault_record *r = &q->records[i];

        qx_put(out, "%s%c %04d ", i ? " " : "", r->id ? r->id : '0', r->value);
        put_clock(out, r->seconds);
    }
    return QX_REPLY;
}

static enum qx_outcome clear_faults(struct qx *q, const char *arg, struct qx_reply *out)
{
    (void)out;
    if (for_us(q, arg))
        memset(q->records, 0, sizeof q->records);
    return QX_DONE;
}

/* What of the model's troubles the memory has a number for. */
void qx_watch_faults(struct qx *q)
{
    const struct model *m = q->model;
    const struct {
        bool now;
        char id;
        double value;
    } seen[] = {
        {m->faults[MODEL_FAULT_INVERTER], '2', model_output_volts(m)},
        {m->faults[MODEL_FAULT_OVERTEMPERATURE], '3', m->temperature},
        {m->faults[MODEL_FAULT_BATTERY_OVERVOLTAGE], '4', model_battery_volts(m)},
        {m->overload != MODEL_LOAD_OK && m->mode == MODEL_BATTERY, '5', model_load(m)},
        {m->overload != MODEL_LOAD_OK && m->mode == MODEL_BYPASS, '6', model_load(m)},
        {m->faults[MODEL_FAULT_BAD_BATTERY], '9', 0},
        {m->faults[MODEL_FAULT_CHARGER], 'A', 0},
        {m->epo, 'B', 0},
        {m->faults[MODEL_FAULT_INTERNAL], 'D', 0},
    };

    for (unsigned i = 0; i < sizeof seen / sizeof seen[0]; i++) {
        if (seen[i].now && !(q->faults_seen >> i & 1))
            qx_record_fault(q, seen[i].id, (int)seen[i].value);
        q->faults_seen &= ~(1U << i);
        q->faults_seen |= (unsigned)seen[i].now << i;
    }
}

/* --- settings and commands --- */

/* `iipa,XX`, a position that holds - stays. */
static enum qx_outcome set_settings(struct qx *q, const char *arg, struct qx_reply *out)
{
    const struct masterguard_model *model = model_of(q);
    int address = qx_digits(arg, 2);
    int packs;

    (void)out;
    if (strlen(arg) != 7)
        return QX_UNKNOWN;
    if (!for_us(q, arg + 4))
        return QX_REPLY;
    packs = qx_digits(arg + 2, 1);
    if (packs >= 0 && model && packs >= model->least_packs && packs <= model->most_packs)
        q->packs = packs;
    if (arg[3] == '0' || arg[3] == '1')
        q->model->buzzer_off = arg[3] == '0';
    if (address >= 0)
        q->slave = address;
    return QX_DONE;
}

static enum qx_outcome output_choices(struct qx *q, const char *arg, struct qx_reply *out)
{
    (void)q;
    (void)arg;
    qx_put(out, "(220 230 240");
    return QX_REPLY;
}

static enum qx_outcome output_volts(struct qx *q, const char *arg, struct qx_reply *out)
{
    int volts;

    if (!*arg) {
        qx_put(out, "(PNV=%03.0f", q->model->cfg.output_v);
        return QX_REPLY;
    }
    volts = arg[0] == '=' ? qx_digits(arg + 1, 3) : -1;
    if (volts < 0 || arg[4])
        return QX_UNKNOWN;
    if (volts == 220 || volts == 230 || volts == 240)
        q->model->cfg.output_v = volts;
    return QX_DONE;
}

static enum qx_outcome calibrate(struct qx *q, const char *arg, struct qx_reply *out)
{
    struct model *m = q->model;
    double load = model_load(m);

    (void)out;
    if (!for_us(q, arg))
        return QX_REPLY;
    if (load < 30.0 || load > 100.0 || m->soc <= 99.0) {
        m->verdict = MODEL_VERDICT_IMPOSSIBLE;
        return QX_REFUSED;
    }
    if (model_test_start(m, MODEL_TEST_DEEP, 0.0) != MODEL_DONE)
        return QX_REFUSED;
    q->calibrating = true;
    return QX_DONE;
}

static enum qx_outcome test(struct qx *q, const char *arg, struct qx_reply *out)
{
    enum qx_outcome outcome = qx_test(q, arg, out);

    if (outcome == QX_DONE)
        q->calibrating = false;
    return outcome;
}

static enum qx_outcome go_to_bypass(struct qx *q, const char *arg, struct qx_reply *out)
{
    struct model *m = q->model;

    (void)arg;
    (void)out;
    if (m->mode != MODEL_ONLINE || !model_bypass_volts_ok(m) || !model_bypass_hz_ok(m))
        return QX_REFUSED;
    return model_stop(m) == MODEL_DONE ? QX_DONE : QX_REFUSED;
}

static enum qx_outcome leave_bypass(struct qx *q, const char *arg, struct qx_reply *out)
{
    (void)arg;
    (void)out;
    if (q->model->mode != MODEL_BYPASS)
        return QX_REFUSED;
    return model_start(q->model) == MODEL_DONE ? QX_DONE : QX_REFUSED;
}

const struct qx_row qx_masterguard_rows[] = {{"WH", false, false, identity},
                                             {"Q3", false, false, status},
                                             {"Q1", false, false, qx_status},
                                             {"GSN", true, false, serial_number},
                                             {"GS", true, false, settings},
                                             {"GBS", true, false, battery},
                                             {"DRC", true, false, uptime},
                                             {"SRC", true, true, set_uptime},
                                             {"FLT", true, false, faults},
                                             {"FCLR", true, true, clear_faults},
                                             {"MSO", false, false, output_choices},
                                             {"PNV", true, true, output_volts},
                                             {"SS", true, true, set_settings},
                                             {"TUD", true, true, calibrate},
                                             {"FOFF", false, true, go_to_bypass},
                                             {"FON", false, true, leave_bypass},
                                             {"T", true, true, test},
                                             {0}};
