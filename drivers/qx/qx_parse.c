/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The Q* family: replies into readings.  One loop over the rows of a query; a field that is not
 * what it should be makes its variable unknown and harms nothing else.
 */
#include "qx.h"

#include <string.h>

/* -- what stands in a field ------------------------------------------------------------------- */

void qx_trim(const uint8_t **at, size_t *len)
{
    while (*len > 0 && (**at == ' ' || **at == '#')) {
        (*at)++;
        (*len)--;
    }
    while (*len > 0 && ((*at)[*len - 1] == ' ' || (*at)[*len - 1] == '#'))
        (*len)--;
}

bool qx_number(const uint8_t *text, size_t len, bool sign, int64_t *milli)
{
    int64_t value = 0;
    int decimals = -1; /* -1: before the point */
    bool minus = false, any = false;

    for (; len > 0 && *text == ' '; text++)
        len--;
    while (len > 0 && text[len - 1] == ' ')
        len--;
    if (sign && len > 0 && (*text == '-' || *text == '+')) {
        minus = *text++ == '-';
        len--;
    }
    if (len > 9) /* no number of the family is as wide, and products can't overflow */
        return false;
    for (; len > 0; text++, len--) {
        if (*text == '.' && decimals < 0) {
            decimals = 0;
            continue;
        }
        if (*text < '0' || *text > '9')
            return false;
        any = true;
        if (decimals < 3) {
            value = value * 10 + (*text - '0');
            decimals += decimals >= 0;
        }
    }
    for (decimals = decimals < 0 ? 0 : decimals; decimals < 3; decimals++)
        value *= 10;
    *milli = minus ? -value : value;
    return any;
}

/* Whole number of at most 5 digits; -1: none. */
static int32_t whole(const uint8_t *text, size_t len)
{
    int64_t milli;

    if (len == 0 || len > 5 || memchr(text, '.', len) || !qx_number(text, len, false, &milli))
        return -1;
    return (int32_t)(milli / 1000);
}

/* mmm.ss: 017.03 is 17 minutes and 3 seconds. */
static bool minutes_seconds(const uint8_t *text, size_t len, int64_t *milli)
{
    const uint8_t *point = memchr(text, '.', len);
    size_t before = point ? (size_t)(point - text) : len;
    int32_t minutes = whole(text, before);
    int32_t seconds = point ? whole(point + 1, len - before - 1) : 0;

    if (minutes < 0 || seconds < 0 || seconds > 59)
        return false;
    *milli = (minutes * INT64_C(60) + seconds) * 1000;
    return true;
}

/* TTTT:hh:mm:ss */
static bool days_clock(const uint8_t *text, size_t len, int64_t *milli)
{
    static const int32_t most[] = {99999, 23, 59, 59}, per[] = {86400, 3600, 60, 1};
    int64_t seconds = 0;

    for (unsigned i = 0; i < 4; i++) {
        const uint8_t *colon = memchr(text, ':', len);
        size_t n = colon ? (size_t)(colon - text) : len;
        int32_t part = whole(text, n);

        if (part < 0 || part > most[i] || (i < 3) != (colon != NULL))
            return false;
        seconds += part * (int64_t)per[i];
        text += n + 1;
        len -= colon ? n + 1 : n;
    }
    *milli = seconds * 1000;
    return true;
}

/* -- where a field is ------------------------------------------------------------------------- */

/* Field number `nr` of a reply that is cut at a separator. */
static bool nth_field(const struct qx_call *c, unsigned nr, const uint8_t **at, size_t *len)
{
    const uint8_t *text = c->reply;
    size_t left = c->len;

    for (;; nr--) {
        const uint8_t *next = memchr(text, c->query->separator, left);
        size_t n = next ? (size_t)(next - text) : left;

        if (nr == 0) {
            *at = text;
            *len = n;
            return true;
        }
        if (!next)
            return false;
        text += n + 1;
        left -= n + 1;
    }
}

bool qx_field_at(const struct qx_call *c, const struct qx_field *f, const uint8_t **at, size_t *len)
{
    if (c->query->separator)
        return nth_field(c, f->from, at, len);
    if (f->from >= c->len)
        return false;
    *at = c->reply + f->from;
    *len = (f->to < c->len ? f->to + 1u : c->len) - f->from;
    return f->to == QX_END || f->to < c->len;
}

/* -- storing ---------------------------------------------------------------------------------- */

static void store_number(struct qx_call *c, const struct qx_field *f, const uint8_t *at, size_t len,
                         struct ups_reading *r)
{
    int64_t milli = 0;
    bool good = false;

    switch (f->kind) {
    case QX_NUMBER: good = qx_number(at, len, false, &milli); break;
    case QX_SIGNED: good = qx_number(at, len, true, &milli); break;
    case QX_MINSEC: good = minutes_seconds(at, len, &milli); break;
    case QX_CLOCK: good = days_clock(at, len, &milli); break;
    default: break;
    }
    milli = milli * f->scale / 1000;
    good = good && (f->most == 0 || milli <= (int64_t)f->most * 1000);
    if (f->var == UPS_VAR_BATTERY_VOLTAGE)
        c->x->battery_mv = good ? milli : -1;
    if (good)
        ups_set(r, f->var, f->line, milli);
    else if (f->var < UPS_VAR_COUNT)
        ups_unset(r, f->var, f->line);
}

static void store_bit(struct qx_call *c, const struct qx_field *f, uint8_t byte,
                      struct ups_reading *r)
{
    bool one = byte == '1', zero = byte == '0' || byte == 0;

    if (one && f->alarm != UPS_ALARM_NONE)
        ups_alarm_add(&c->part->alarms, f->alarm);
    c->part->status |= one ? f->on : zero ? f->off : 0;
    if (f->var >= UPS_VAR_COUNT)
        return;
    if (f->words)
        ups_set_text(r, f->var, one ? f->words[1] : f->words[0],
                     one || zero ? strlen(f->words[one]) : 0);
    else if (one || zero)
        ups_set(r, f->var, f->line, one);
    else
        ups_unset(r, f->var, f->line);
}

static void store(struct qx_call *c, const struct qx_field *f, struct ups_reading *r)
{
    const uint8_t *at = c->reply;
    size_t len = 0;
    bool there = qx_field_at(c, f, &at, &len);

    if (!there && f->kind != QX_TEXT) /* of a text the beginning is worth something */
        len = 0;
    if (f->kind == QX_BIT) {
        if (there)
            store_bit(c, f, *at, r);
    } else if (f->kind == QX_TEXT) {
        qx_trim(&at, &len);
        ups_set_text(r, f->var, (const char *)at, len);
    } else
        store_number(c, f, at, len, r);
}

/* Is all of the reply there?  A bridge may swallow the CR, but then nothing else may be missing. */
static bool is_whole(const struct qx_query *q, size_t len, bool unended)
{
    size_t bytes = len + 1;

    if (!unended)
        return bytes >= q->least;
    return bytes == q->least || ((q->flags & QX_TWO_LENGTHS) && bytes == q->least + 1u);
}

static enum ups_error decode(struct drv *d, struct qx_call *c, bool unended, bool storing,
                             struct ups_reading *r)
{
    const struct qx_query *q = c->query;
    char shown[48];

    if (!is_whole(q, c->len, unended))
        return drv_fail(d, UPS_E_GARBLED, "reply to %s: %zu bytes, %u expected: %s", q->request,
                        c->len + !unended, q->least,
                        qx_show(c->reply, c->len, shown, sizeof shown));
    if (q->lead && c->reply[0] != (uint8_t)q->lead)
        return drv_fail(d, UPS_E_GARBLED, "reply to %s: '%c' expected first, got %s", q->request,
                        q->lead, qx_show(c->reply, c->len, shown, sizeof shown));
    if (q->check && !q->check(c))
        return drv_fail(d, UPS_E_GARBLED, "reply to %s makes no sense: %s", q->request,
                        qx_show(c->reply, c->len, shown, sizeof shown));
    if (!storing)
        return UPS_OK;
    for (unsigned i = 0; i < q->fields; i++)
        store(c, &q->field[i], r);
    if (q->finish)
        q->finish(c, r);
    return UPS_OK;
}

enum ups_error qx_decode(struct drv *d, struct qx_call *c, bool unended, bool storing,
                         struct ups_reading *r)
{
    uint8_t plain[QX_PLAIN_MAX];
    struct qx_call p = *c;
    char shown[48];

    if (!c->query->unpack)
        return decode(d, c, unended, storing, r);
    p.reply = plain;
    p.len = c->query->unpack(c->reply, c->len, plain);
    if (p.len == 0)
        return drv_fail(d, UPS_E_GARBLED, "reply to %s is not built as it should be: %s",
                        c->query->request, qx_show(c->reply, c->len, shown, sizeof shown));
    return decode(d, &p, unended, storing, r);
}

/* -- which rows count ------------------------------------------------------------------------- */

bool qx_wanted(const struct drv *d, unsigned row)
{
    const struct qx *x = d->state;
    const struct qx_query *q = &x->dialect->query[row];

    if (x->dead >> row & 1)
        return false;
    if ((q->flags & QX_RATING) && qx_flag(d, QX_OPT_NORATING))
        return false;
    if ((q->flags & QX_VENDOR) && qx_flag(d, QX_OPT_NOVENDOR))
        return false;
    if ((q->flags & QX_OUTSTATS) && qx_flag(d, QX_OPT_NOOUTSTATS))
        return false;
    return (q->needs & ~x->has) == 0;
}

bool qx_gives(const struct drv *d, enum ups_var var)
{
    const struct qx *x = d->state;

    for (unsigned row = 0; row < x->dialect->queries; row++) {
        const struct qx_query *q = &x->dialect->query[row];

        for (unsigned i = 0; i < q->fields; i++)
            if (q->field[i].var == var && qx_wanted(d, row))
                return true;
    }
    return false;
}
