/* SPDX-License-Identifier: BSD-2-Clause */
/* Who answers a request of a Voltronic unit, and the quirks of real ones on the way. */
#include "voltronic.h"

#include <string.h>

/* [D] what is longer is dropped */
enum { LINE_MOST = 64, HEAD = 16, REPORT = 8 };

bool volt_listed(const char *words, const char *word)
{
    size_t len = strlen(word);

    while (*words) {
        size_t n = strcspn(words, ",");

        if (n == len && !strncmp(words, word, n))
            return true;
        words += n + (words[n] == ',');
    }
    return false;
}

static bool listed(const char *words, const struct volt_row *row, const char *line)
{
    return volt_listed(words, row->name) || volt_listed(words, line);
}

/* The exact row, else that of the longest beginning. */
static const struct volt_row *find_row(const struct volt_row *const *lists, const char *line)
{
    const struct volt_row *best = NULL;
    size_t most = 0;

    for (; *lists; lists++)
        for (const struct volt_row *row = *lists; row->name; row++) {
            size_t len = strlen(row->name);

            if (!row->prefix && !strcmp(line, row->name))
                return row;
            if (row->prefix && len > most && !strncmp(line, row->name, len)) {
                best = row;
                most = len;
            }
        }
    return best;
}

static const struct volt_shown *find_shown(const struct qx *q, const char *request, int field)
{
    for (int i = 0; i < VOLT_SHOWN; i++) {
        const struct volt_shown *shown = &q->volt.shown[i];

        if (*shown->request && shown->field == field && !strcmp(shown->request, request))
            return shown;
    }
    return NULL;
}

void volt_show(const struct qx *q, const char *request, struct qx_reply *out)
{
    char text[QX_REPLY_MAX];
    size_t len = out->len, at = 1;

    if (!len || len > sizeof text)
        return;
    memcpy(text, out->data, len);
    out->len = 1;
    for (int field = 1; at <= len; field++) {
        const struct volt_shown *shown = find_shown(q, request, field);
        const char *blank = memchr(text + at, ' ', len - at);
        size_t n = blank ? (size_t)(blank - text) - at : len - at;

        if (field > 1)
            qx_put(out, " ");
        if (shown)
            qx_put(out, "%s", shown->text);
        else
            qx_put_bytes(out, text + at, n);
        at += n + 1;
    }
}

enum qx_outcome volt_request(struct qx *q, const struct volt_row *const *lists, const char *line,
                             struct qx_reply *out)
{
    struct voltronic *v = &q->volt;
    const struct volt_shown *whole = find_shown(q, line, 0);
    const struct volt_row *row = find_row(lists, line);
    enum qx_outcome outcome;

    if (strlen(line) > LINE_MOST)
        return QX_REPLY;
    if (whole) {
        qx_put(out, "%s", whole->text);
        return QX_REPLY;
    }
    if (!row)
        return QX_UNKNOWN;
    if (listed(v->lockup, row, line))
        q->locked = true;
    if (q->locked || listed(v->silent, row, line))
        return QX_REPLY;
    /* families that have no word for it take it for something unknown */
    if (listed(v->refuse, row, line))
        return q->refused == QX_WORD_SILENCE ? QX_UNKNOWN : QX_REFUSED;
    if (v->nak_every && ++v->requests % v->nak_every == 0)
        return QX_REFUSED;
    if (listed(v->ack_only, row, line))
        return QX_DONE;
    outcome = row->run(q, row->which, line + strlen(row->name), out);
    if (outcome == QX_REPLY)
        volt_show(q, line, out);
    return outcome;
}

/* --- what becomes of a reply on its way out --- */

static size_t lose_head(struct voltronic *v, char *reply, size_t len)
{
    if (len <= HEAD || !shot_take(&v->headless))
        return len;
    memmove(reply, reply + HEAD, len - HEAD);
    return len - HEAD;
}

/* The last report of a USB bridge is filled with what the one before left there. */
static size_t add_junk(struct voltronic *v, char *reply, size_t len, size_t size)
{
    static const char fresh[REPORT + 1] = "00.0 001";
    size_t rest = (REPORT - len % REPORT) % REPORT;

    if (!v->junk || !len || len + rest > size)
        return len;
    for (size_t i = 0; i < rest; i++)
        reply[len + i] = len + i < v->last_len ? v->last[len + i] : fresh[i];
    memcpy(v->last, reply, len);
    v->last_len = len;
    return len + rest;
}

/* Late: nothing now, and with the answer to the next request what was held. */
static size_t hold(struct voltronic *v, char *reply, size_t len, size_t size)
{
    char own[VOLT_HELD];
    size_t held = v->held_len;
    bool late = len && len <= sizeof own && shot_take(&v->late);

    if (!late && !held)
        return len;
    if (len > sizeof own)
        len = sizeof own;
    memcpy(own, reply, len);
    memcpy(reply, v->held, held);
    v->held_len = 0;
    if (late) {
        memcpy(v->held, own, len);
        v->held_len = len;
        return held;
    }
    if (len > size - held)
        len = size - held;
    memcpy(reply + held, own, len);
    return held + len;
}

size_t volt_finish(struct qx *q, char *reply, size_t len, size_t size)
{
    struct voltronic *v = &q->volt;

    len = lose_head(v, reply, len);
    len = add_junk(v, reply, len, size);
    return hold(v, reply, len, size);
}
