/* SPDX-License-Identifier: BSD-2-Clause */
/* The PI family's ratings and identity. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "voltronic.h"

enum rating { QRI, QMD, QMF, QVFW, QID, QPI, VENDOR_I, RATING_F, QPAR, QLDL, QYF };

/* Right-aligned, the rest # or blanks. */
static void put_padded(const struct qx *q, struct qx_reply *out, const char *text, int width)
{
    for (int i = (int)strlen(text); i < width; i++)
        qx_put(out, q->volt.pad_blank ? " " : "#");
    qx_put(out, "%s", text);
}

static void put_ratings(const struct qx *q, struct qx_reply *out, char begin)
{
    const struct model_config *cfg = &q->model->cfg;

    qx_put(out, "%c%05.1f %03.0f %05.1f %04.1f", begin, cfg->nominal_v,
           floor(cfg->rating_va / cfg->nominal_v), 12.0 * cfg->packs, cfg->nominal_hz);
}

static void put_model(const struct qx *q, struct qx_reply *out)
{
    const struct model_config *cfg = &q->model->cfg;
    char va[16];

    snprintf(va, sizeof va, "%.0f", cfg->rating_va);
    qx_put(out, "(");
    put_padded(q, out, q->model_name, 15);
    qx_put(out, " ");
    put_padded(q, out, va, 7);
    qx_put(out, " %02.0f %d/%d %03.0f %03.0f %02d 12.0", 100.0 * cfg->rated_pf, cfg->phases_in,
           cfg->phases_out, cfg->nominal_v, cfg->nominal_v, cfg->packs);
}

/* F and I: as the Q* family's options ratings= and vendor= say. */
static enum qx_outcome old_frame(struct qx *q, enum qx_frame_kind kind, struct qx_reply *out,
                                 bool vendor)
{
    bool blank = kind == QX_FRAME_BLANK;

    if (kind == QX_FRAME_NONE)
        return QX_REFUSED;
    if (kind == QX_FRAME_LOCKUP)
        q->locked = true;
    else if (vendor)
        qx_put(out, "#%-15.15s %-10.10s %-10.10s", blank ? "" : q->mfr, blank ? "" : q->model_name,
               q->firmware);
    else
        put_ratings(q, out, '#');
    return QX_REPLY;
}

static enum qx_outcome rating(struct qx *q, int which, const char *arg, struct qx_reply *out)
{
    struct voltronic *v = &q->volt;

    (void)arg;
    switch ((enum rating)which) {
    case QRI: put_ratings(q, out, '('); break;
    case QMD: put_model(q, out); break;
    case QMF:
        qx_put(out, "(");
        put_padded(q, out, q->mfr, v->manufacturer_width);
        break;
    case QVFW: qx_put(out, "(VERFW:%s", q->firmware); break;
    case QID: qx_put(out, "(%s", q->serial); break;
    case QPI: qx_put(out, "(PI%s", v->number); break;
    case VENDOR_I: return old_frame(q, q->vendor, out, true);
    case RATING_F: return old_frame(q, q->ratings, out, false);
    case QPAR: qx_put(out, "(%03d", v->parallel); break;
    case QLDL:
        qx_put(out, "(%03.0f %03.0f", fmin(v->least_load, v->most_load), v->most_load);
        break;
    case QYF: qx_put(out, "(%04.1f", q->model->bypass_hz); break;
    }
    return QX_REPLY;
}

/* QBDR and QSR: nobody knows what they would answer. */
static enum qx_outcome refused(struct qx *q, int which, const char *arg, struct qx_reply *out)
{
    (void)q;
    (void)which;
    (void)arg;
    (void)out;
    return QX_REFUSED;
}

const struct volt_row volt_identity_rows[] = {{"QMD", false, QMD, rating},
                                              {"QVFW", false, QVFW, rating},
                                              {"QID", false, QID, rating},
                                              {"QPI", false, QPI, rating},
                                              {0}};

const struct volt_row volt_rating_rows[] = {
    {"QRI", false, QRI, rating},    {"QMF", false, QMF, rating},
    {"I", false, VENDOR_I, rating}, {"F", false, RATING_F, rating},
    {"QPAR", false, QPAR, rating},  {"QLDL", false, QLDL, rating},
    {"QYF", false, QYF, rating},    {"QBDR", false, 0, refused},
    {"QSR", false, 0, refused},     {0}};
