/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The Q* family: polls.  One query a step.  The rows of the status come first and are what a status
 * poll is; a full poll goes on with the slow ones, and with those that should have been read at
 * opening but were not answered then.
 */
#include "qx.h"

#include <string.h>

int qx_row(const struct qx_dialect *dialect, const char *request)
{
    for (int row = 0; row < dialect->queries; row++)
        if (strcmp(dialect->query[row].request, request) == 0)
            return row;
    return -1;
}

/* -- one query -------------------------------------------------------------------------------- */

static void forget_values(const struct qx_query *q, struct ups_reading *r)
{
    for (unsigned i = 0; i < q->fields; i++) {
        const struct qx_field *f = &q->field[i];

        if (f->var >= UPS_VAR_COUNT)
            continue;
        if (ups_vars[f->var].kind == UPS_KIND_TEXT)
            ups_set_text(r, f->var, "", 0);
        else
            ups_unset(r, f->var, f->line);
    }
}

/* A query was not answered as it should.  The status itself is never given up. */
static void missed(struct drv *d, unsigned row, bool refused, struct ups_reading *r)
{
    struct qx *x = d->state;
    const struct qx_query *q = &x->dialect->query[row];

    if (x->misses[row] < QX_MISSES_MOST)
        x->misses[row]++;
    if (x->misses[row] < QX_MISSES_MOST || (q->class == QX_STATUS && !(q->flags & QX_IN_TURN)))
        return;
    if (q->class != QX_ONCE)
        forget_values(q, r);
    if (x->answered >> row & 1) /* it knows it: it will answer again some day */
        return;
    x->dead |= (uint64_t)1 << row;
    log_msg(LOG_LVL_INFO, "qx", d->unit, "the UPS %s %s: not asked any more",
            refused ? "does not know" : "does not answer", q->request);
}

static int no_answer(struct drv *d, const struct qx_query *q, int verdict)
{
    if (verdict == QX_SILENCE)
        return drv_fail(d, UPS_E_TIMEOUT, "no answer to %s", q->request);
    return drv_fail(d, UPS_E_REFUSED, "%s was %s", q->request,
                    verdict == QX_ECHO ? "sent back: the UPS does not know it" : "refused");
}

static int answered(struct qx *x, unsigned row)
{
    x->misses[row] = 0;
    x->answered |= (uint64_t)1 << row;
    return DRV_DONE;
}

int qx_ask(struct drv *d, unsigned row, struct qx_part *part, struct ups_reading *r)
{
    struct qx *x = d->state;
    const struct qx_query *q = &x->dialect->query[row];
    const struct qx_numbers n = {.address = x->address};
    uint8_t reply[QX_LINE_MAX];
    char request[QX_REQUEST_MAX];
    bool unended;
    size_t len;
    int rc;

    if (!qx_write(request, sizeof request, q->request, &n))
        return drv_fail(d, UPS_E_INVALID, "%s can't be asked: no slave address", q->request);
    rc = qx_exchange(d, request, QX_EXPECT_REPLY, reply, &len, &unended);
    if (rc < 0)
        return rc;
    if (rc == QX_REFUSAL && (q->flags & QX_NAK_COUNTS)) {
        forget_values(q, r);
        return answered(x, row);
    }
    if (rc != QX_ANSWER) {
        missed(d, row, rc != QX_SILENCE, r);
        return no_answer(d, q, rc);
    }
    struct qx_call call = {.x = x, .query = q, .reply = reply, .len = len, .part = part};
    rc = qx_decode(d, &call, unended, true, r);
    if (rc != UPS_OK) {
        d->count.garbled++;
        missed(d, row, false, r);
        return rc;
    }
    return answered(x, row);
}

/* -- what a poll has found -------------------------------------------------------------------- */

static void publish(struct drv *d, struct ups_reading *r)
{
    struct qx *x = d->state;

    struct qx_part part = x->part[0];

    if (x->dialect->settle)
        x->dialect->settle(d, &part, r);
    r->status = part.status | x->part[1].status;
    if (qx_flag(d, QX_OPT_IGNORESAB))
        r->status &= ~UPS_STATUS_MASK(FSD);
    for (unsigned i = 0; i < UPS_ALARM_WORDS; i++)
        r->alarms.word[i] = part.alarms.word[i] | x->part[1].alarms.word[i];
    ups_set(r, UPS_VAR_INPUT_PHASES, 0, x->lines_in ? x->lines_in * 1000 : 1000);
    ups_set(r, UPS_VAR_OUTPUT_PHASES, 0, x->lines_out ? x->lines_out * 1000 : 1000);
    if (x->output_seen)
        d->keep[QX_KEEP_OUTPUT] = 1;
    qx_show_kept(d, r);
    qx_estimate(d, r);
}

/* Of the cursor's plain status rows, or (NULL) of what a row in turn has noted. */
static void publish_status(struct drv *d, struct qx_cursor *c, struct ups_reading *r)
{
    struct qx *x = d->state;

    if (c)
        x->part[0] = c->part[0];
    publish(d, r);
    r->taken_ms = ups_now(d->host->clock);
}

/* -- the steps of a poll ---------------------------------------------------------------------- */

/* Of the rows of its class that take turns, is this the one whose turn it is? */
static bool its_turn(const struct drv *d, unsigned row)
{
    const struct qx *x = d->state;
    const struct qx_query *q = x->dialect->query;
    unsigned rows = 0, before = 0;

    for (unsigned i = 0; i < x->dialect->queries; i++)
        if ((q[i].flags & QX_IN_TURN) && q[i].class == q[row].class && qx_wanted(d, i)) {
            before += i < row;
            rows++;
        }
    return rows > 0 && (q[row].class == QX_STATUS ? x->turn : x->slow_turn) % rows == before;
}

static bool due(const struct drv *d, const struct qx_cursor *c, unsigned row, bool full)
{
    const struct qx *x = d->state;
    const struct qx_query *q = &x->dialect->query[row];

    switch (q->class) {
    case QX_STATUS:
        return !(q->flags & QX_IN_TURN) ||
               (qx_wanted(d, row) && (full || (!c->turned && its_turn(d, row))));
    case QX_SLOW:
        return full && qx_wanted(d, row) &&
               (!(q->flags & QX_IN_TURN) || !(x->answered >> row & 1) || its_turn(d, row));
    case QX_ONCE: return full && qx_wanted(d, row) && !(x->answered >> row & 1);
    default: return false;
    }
}

/* The next row from c->at on; dialect->queries if there is none. */
static unsigned next_row(const struct drv *d, const struct qx_cursor *c, bool full)
{
    const struct qx *x = d->state;
    unsigned row = c->at;

    while (row < x->dialect->queries && !due(d, c, row, full))
        row++;
    return row;
}

/* A reply that was spoiled is asked for once more; silence has cost its time already. */
static int status_failed(struct drv *d, struct qx_cursor *c, int rc)
{
    if (rc == UPS_E_GARBLED && !c->again) {
        c->again = true;
        return qx_more(d);
    }
    c->runs = false;
    return rc;
}

static bool plain_status(const struct qx_query *q)
{
    return q->class == QX_STATUS && !(q->flags & QX_IN_TURN);
}

int qx_advance(struct drv *d, struct qx_cursor *c, bool full, struct ups_reading *r)
{
    struct qx *x = d->state;
    const struct qx_dialect *dialect = x->dialect;

    if (!c->runs)
        *c = (struct qx_cursor){.runs = true};
    unsigned row = next_row(d, c, full);
    if (row < dialect->queries) {
        const struct qx_query *q = &dialect->query[row];
        bool status = q->class == QX_STATUS, turns = status && (q->flags & QX_IN_TURN);
        int rc = qx_ask(d, row, &c->part[!status], r);

        if (rc == UPS_E_DISCONNECTED)
            return rc;
        if (rc != DRV_DONE && status && !turns)
            return status_failed(d, c, rc);
        c->at = (uint8_t)(row + 1);
        c->again = false;
        if (turns && !c->turned) {
            c->turned = true;
            x->turn++;
        }
        row = next_row(d, c, full);
        /* what all polls read goes north before the rows that take turns have cost their time */
        if (status && (row == dialect->queries || turns || !plain_status(&dialect->query[row])))
            publish_status(d, turns ? NULL : c, r);
        if (row < dialect->queries)
            return qx_more(d);
    }
    c->runs = false;
    if (full) {
        x->slow_turn++;
        x->part[1] = c->part[1];
        if (x->has != x->caps_has || x->dead != x->caps_dead)
            qx_find_caps_again(d, r);
        publish(d, r);
    }
    return DRV_DONE;
}

int qx_poll(struct drv *d, enum drv_poll kind, struct ups_reading *r)
{
    struct qx *x = d->state;

    d->not_before_ms = 0;
    if (!x->port)
        return drv_fail(d, UPS_E_DISCONNECTED, "not open");
    return qx_advance(d, &x->cursor[kind], kind == DRV_POLL_FULL, r);
}
