/* SPDX-License-Identifier: BSD-2-Clause */
/* voltronic-qs (M answers V or H): ASCII, no acknowledgement, a bad request comes back. */
#include <math.h>
#include <string.h>

#include "voltronic.h"

/* A test wants charged batteries. */
static const double test_block_volts = 13.0;

static enum qx_outcome letter(struct qx *q, int which, const char *arg, struct qx_reply *out)
{
    (void)which;
    (void)arg;
    qx_put_bytes(out, &q->volt.letter, 1);
    return QX_REPLY;
}

static enum qx_outcome status(struct qx *q, int which, const char *arg, struct qx_reply *out)
{
    struct model *m = q->model;
    char flags[9];

    (void)which;
    (void)arg;
    qx_flags(q, flags);
    qx_put(out, "(");
    qx_put_field(q, out, QX_F_INPUT, 5, 1, m->mains_v);
    qx_put(out, " ");
    qx_put_field(q, out, QX_F_FAULT, 5, 1, model_take_fault_volts(m));
    qx_put(out, " ");
    qx_put_field(q, out, QX_F_OUTPUT, 5, 1, model_output_volts(m));
    qx_put(out, " ");
    qx_put_field(q, out, QX_F_LOAD, 3, 0, model_load(m));
    qx_put(out, " ");
    qx_put_field(q, out, QX_F_FREQUENCY, 4, 1, fmin(model_output_hz(m), 99.9));
    qx_put(out, " ");
    qx_put_field(q, out, QX_F_BATTERY, 4, 1, model_battery_volts(m));
    qx_put(out, " ");
    qx_put_field(q, out, QX_F_TEMPERATURE, 4, 1, qx_temperature(q));
    qx_put(out, " %s", flags);
    return QX_REPLY;
}

static enum qx_outcome ratings(struct qx *q, int which, const char *arg, struct qx_reply *out)
{
    const struct model_config *cfg = &q->model->cfg;
    double volts = 12.0 * cfg->packs;

    (void)which;
    (void)arg;
    if (q->ratings == QX_FRAME_NONE)
        return QX_UNKNOWN;
    if (q->ratings == QX_FRAME_LOCKUP)
        q->locked = true;
    else
        qx_put(out, "#%05.1f %03.0f %05.*f %04.1f", cfg->nominal_v,
               floor(cfg->rating_va / cfg->nominal_v), volts < 100.0 ? 2 : 1, volts,
               cfg->nominal_hz);
    return QX_REPLY;
}

/* V units do not know it. */
static enum qx_outcome information(struct qx *q, int which, const char *arg, struct qx_reply *out)
{
    const struct model *m = q->model;

    (void)which;
    (void)arg;
    if (q->volt.letter == 'V')
        return QX_UNKNOWN;
    qx_put(out, "(%03.0f %05.0f %04.1f %05.1f %03.0f %03.0f 0 0000010000102000", floor(m->soc),
           fmin(model_runtime(m), 99999.0), m->mains_hz, model_amps(m, 0), m->cfg.mains_low,
           m->cfg.mains_high);
    return QX_REPLY;
}

static enum qx_outcome toggle_beeper(struct qx *q, int which, const char *arg, struct qx_reply *out)
{
    (void)which;
    (void)arg;
    (void)out;
    q->model->buzzer_off = !q->model->buzzer_off;
    return QX_DONE;
}

/* `.2` to `.9` and `01` to `09`, and S00R0000 at once. */
static enum qx_outcome shutdown(struct qx *q, int which, const char *arg, struct qx_reply *out)
{
    struct voltronic *v = &q->volt;
    struct model *m = q->model;
    bool stay = strstr(arg, "R0000");
    enum qx_outcome outcome;

    (void)which;
    if (!strncmp(arg, "10", 2))
        return QX_UNKNOWN;
    if (v->needs_mains && !model_mains_ok(m))
        return QX_REFUSED;
    outcome = qx_shutdown(q, arg, out);
    if (outcome != QX_DONE)
        return outcome;
    m->wakes = stay && v->mains_wakes;
    v->stayed_off = stay;
    return QX_DONE;
}

static enum qx_outcome cancel(struct qx *q, int which, const char *arg, struct qx_reply *out)
{
    struct voltronic *v = &q->volt;

    (void)which;
    if (v->stayed_off && !model_on(q->model) && v->forgets_delay)
        v->delay_lost = true;
    v->stayed_off = false;
    return qx_cancel(q, arg, out);
}

static enum qx_outcome test(struct qx *q, int which, const char *arg, struct qx_reply *out)
{
    const struct model *m = q->model;

    (void)which;
    if (q->volt.letter == 'P' && !q->volt.p_tests)
        return QX_REFUSED;
    if (!model_test_possible(m) || model_battery_volts(m) < test_block_volts * m->cfg.packs)
        return QX_REFUSED;
    return qx_test(q, arg, out);
}

/* P takes it and does nothing, T does not know it. */
static enum qx_outcome test_stop(struct qx *q, int which, const char *arg, struct qx_reply *out)
{
    (void)which;
    (void)arg;
    (void)out;
    return q->volt.letter == 'P' ? QX_DONE : QX_UNKNOWN;
}

const struct volt_row volt_qs_command_rows[] = {{"M", false, 0, letter},
                                                {"Q", false, 0, toggle_beeper},
                                                {"S", true, 0, shutdown},
                                                {"C", false, 0, cancel},
                                                {"T", false, 0, test},
                                                {"CT", false, 0, test_stop},
                                                {0}};

static const struct volt_row query_rows[] = {
    {"QS", false, 0, status}, {"F", false, 0, ratings}, {"QI", false, 0, information}, {0}};

/* Without mains the control forgets what it mixes up. */
void volt_qs_watch(struct qx *q)
{
    struct model *m = q->model;

    if (model_on(m) || model_mains_ok(m))
        return;
    q->volt.stayed_off = false;
    if (q->volt.delay_lost)
        m->restart_minutes = 0;
}

bool volt_qs_get(struct qx *q, const char *key, struct buf *out)
{
    if (strcmp(key, "letter") != 0)
        return false;
    buf_printf(out, "%c", q->volt.letter);
    return true;
}

void volt_qs_powercycle(struct qx *q)
{
    q->volt.stayed_off = q->volt.delay_lost = false;
    q->volt.held_len = 0;
}

static void init(struct qx *q)
{
    volt_init_model(q);
    q->volt.letter = 'V';
}

static enum qx_outcome request(struct qx *q, const char *line, struct qx_reply *out)
{
    static const struct volt_row *const lists[] = {query_rows, volt_qs_command_rows, NULL};

    return volt_request(q, lists, line, out);
}

static const struct qx_row rows[] = {{"", true, false, request}, {0}};

const struct qx_dialect qx_voltronic_qs = {
    .name = "voltronic-qs",
    .rows = (const struct qx_row *const[]){rows, NULL},
    .unknown = QX_WORD_ECHO,
    .init = init,
    .watch = volt_qs_watch,
    .powercycle = volt_qs_powercycle,
    .option = volt_option,
    .get = volt_qs_get,
    .finish = volt_finish,
    .rating_va = 900,
    .blocks = 1,
};
