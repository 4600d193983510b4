/* SPDX-License-Identifier: BSD-2-Clause */
/* One request line: who answers it, and what becomes of the answer. */
#include "qx.h"

#include <stdio.h>
#include <string.h>

static const char *const words[QX_WORDS] = {
    [QX_WORD_ACK] = "ACK",     [QX_WORD_PACK] = "(ACK", [QX_WORD_OK] = "OK",
    [QX_WORD_NAK] = "NAK",     [QX_WORD_PNAK] = "(NAK", [QX_WORD_NO_ACK] = "UPS No Ack",
    [QX_WORD_PNACK] = "(NACK", [QX_WORD_N] = "N"};

const struct qx_dialect *qx_dialect_find(const char *name)
{
    for (int i = 0; qx_dialects[i]; i++)
        if (!strcmp(qx_dialects[i]->name, name))
            return qx_dialects[i];
    return NULL;
}

void qx_watch(struct qx *q)
{
    bool off = !model_on(q->model);

    if (q->was_off && !off)
        q->off_by_command = false;
    q->was_off = off;
    if (q->model->mains_v > q->most_volts)
        q->most_volts = q->model->mains_v;
    if (q->model->mains_v < q->least_volts)
        q->least_volts = q->model->mains_v;
    qx_watch_faults(q);
    if (q->dialect->watch)
        q->dialect->watch(q);
}

static const struct qx_row *find_row(const struct qx *q, const char *line)
{
    for (const struct qx_row *const *list = q->dialect->rows; *list; list++)
        for (const struct qx_row *row = *list; row->line; row++)
            if (row->prefix ? !strncmp(line, row->line, strlen(row->line))
                            : !strcmp(line, row->line))
                return row;
    return NULL;
}

static void put_word(struct qx_reply *out, enum qx_word word, const char *line)
{
    if (word == QX_WORD_ECHO)
        qx_put(out, "%s", line);
    else if (words[word])
        qx_put(out, "%s", words[word]);
}

static enum qx_outcome run(struct qx *q, const char *line, struct qx_reply *out)
{
    const struct qx_row *row;
    enum qx_outcome outcome;

    if (*q->alias && !strcmp(line, q->alias))
        line = q->alias_of;
    row = find_row(q, line);
    if (!row)
        return QX_UNKNOWN;
    if (row->command && strchr(q->ignore, line[0]))
        return QX_DONE;
    outcome = row->run(q, line + strlen(row->line), out);
    if (outcome == QX_DONE && q->traits & QX_TEST_ACK && strchr(row->line, 'T')) {
        put_word(out, QX_WORD_ACK, line);
        return QX_REPLY;
    }
    return outcome;
}

/* The reply of the dialect, CR included. */
static size_t answer(struct qx *q, const char *line, char *reply, size_t size)
{
    /* one byte stays free for the CR */
    struct qx_reply out = {.data = reply, .size = size ? size - 1 : 0};
    enum qx_outcome outcome;

    outcome = run(q, line, &out);
    q->unknown_now = outcome == QX_UNKNOWN;
    q->refused_now = outcome == QX_REFUSED;
    if (outcome == QX_DONE)
        put_word(&out, q->done, line);
    else if (outcome == QX_REFUSED)
        put_word(&out, q->refused, line);
    else if (outcome == QX_UNKNOWN)
        put_word(&out, q->unknown, line);
    if (!out.len)
        return 0;
    if (q->cut && out.len > (size_t)q->cut)
        out.len = (size_t)q->cut;
    if (!q->no_cr && !shot_take(&q->no_cr_shot))
        reply[out.len++] = '\r';
    return out.len;
}

size_t qx_answer(struct qx *q, const char *line, char *reply, size_t size)
{
    size_t len;

    q->unknown_now = q->refused_now = false;
    if (!size || q->locked)
        return 0;
    qx_watch(q);
    len = answer(q, line, reply, size);
    return q->dialect->finish ? q->dialect->finish(q, reply, len, size) : len;
}

size_t qx_line(void *unit, const uint8_t *request, size_t len, uint8_t *reply, size_t size)
{
    struct qx *q = unit;
    char line[QX_REPLY_MAX];

    while (len && (*request == '\n' || *request == '\r')) {
        request++;
        len--;
    }
    while (len && (request[len - 1] == '\r' || request[len - 1] == '\n'))
        len--;
    if (!len || len >= sizeof line)
        return 0;
    memcpy(line, request, len);
    if (q->dialect->unwrap && !q->dialect->unwrap(q, line, &len))
        len = 0;
    line[len] = '\0';
    return qx_answer(q, line, (char *)reply, size);
}

/* The model of the dialect's typical unit, in line with the published dumps. */
static void set_model(struct model *m, const struct qx_dialect *d)
{
    struct model_config cfg = m->cfg;

    cfg.rating_va = d->rating_va;
    cfg.packs = d->blocks;
    cfg.nominal_v = cfg.output_v = cfg.mains_v = d->nominal_v > 0.0 ? d->nominal_v : 230.0;
    cfg.interactive = !(d->traits & QX_ONLINE);
    cfg.low_ends = cfg.own_restart = cfg.board_backup = true;
    cfg.low_percent = 20.0;
    cfg.start_seconds = cfg.return_seconds = 0.0;
    cfg.min_off_seconds = cfg.mains_wait_seconds = 10.0;
    cfg.full_load_seconds = d->full_load_seconds > 0.0 ? d->full_load_seconds : 600.0;
    cfg.phases_in = d->traits & QX_THREE_IN ? 3 : 1;
    cfg.phases_out = d->traits & QX_THREE_OUT ? 3 : 1;
    model_init(m, &cfg);
    m->bypass_enable = d->traits & QX_BYPASS;
    m->temperature = 25.0;
}

static const char *or_empty(const char *text)
{
    return text ? text : "";
}

void qx_init(struct qx *q, const struct qx_dialect *dialect, struct model *model)
{
    memset(q, 0, sizeof *q);
    q->dialect = dialect;
    q->model = model;
    q->traits = dialect->traits;
    q->done = dialect->done;
    q->refused = dialect->refused;
    q->unknown = dialect->unknown;
    q->constant_temperature = -1.0;
    q->off_delay = q->voltage_index = -1;
    for (int i = 0; i < QX_FIELDS; i++)
        q->fixed[i] = -1.0;
    q->auto_restart = true;
    snprintf(q->stuck, sizeof q->stuck, "%s", dialect->stuck ? dialect->stuck : "--------");
    snprintf(q->nul, sizeof q->nul, "00000000");
    snprintf(q->mfr, sizeof q->mfr, "%s", or_empty(dialect->mfr));
    snprintf(q->model_name, sizeof q->model_name, "%s", or_empty(dialect->model));
    snprintf(q->firmware, sizeof q->firmware, "%s", or_empty(dialect->firmware));
    snprintf(q->serial, sizeof q->serial, "%s", or_empty(dialect->serial));
    set_model(model, dialect);
    qx_set_nominal(q);
    if (dialect->init)
        dialect->init(q);
}

void qx_set_nominal(struct qx *q)
{
    struct model_config *cfg = &q->model->cfg;

    cfg->output_v = cfg->mains_v = cfg->nominal_v;
    cfg->mains_low = 0.72 * cfg->nominal_v;
    cfg->mains_high = 1.26 * cfg->nominal_v;
    cfg->boost_below = 0.91 * cfg->nominal_v;
    cfg->trim_above = 1.09 * cfg->nominal_v;
}

void qx_ready(struct qx *q)
{
    struct model *m = q->model;
    struct model_config *cfg = &m->cfg;

    m->load[1] = m->load[2] = m->load[0];
    if (q->dialect->ready)
        q->dialect->ready(q);
    if (!q->mains_set)
        m->mains_v = cfg->nominal_v;
    m->fault_v = m->mains_v;
    model_set_mains(m, m->mains_v, m->mains_v < 10.0 ? 0.0 : cfg->nominal_hz);
    if (q->start == QX_START_BATTERY) {
        model_set_mains(m, 0.0, 0.0);
        model_force_mode(m, MODEL_BATTERY);
    } else if (q->start == QX_START_OFF) {
        model_force_mode(m, MODEL_OFF);
        m->restart_wanted = false;
    } else if (q->start == QX_START_BYPASS) {
        model_force_mode(m, MODEL_BYPASS);
    }
    q->most_volts = q->least_volts = m->mains_v;
    qx_watch(q);
}

void qx_powercycle(struct qx *q)
{
    q->locked = q->off_by_command = q->was_off = false;
    if (q->dialect->powercycle)
        q->dialect->powercycle(q);
}
