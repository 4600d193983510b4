/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The Q* family: opening.  Which dialect does the device speak, and what is to be read once.
 *
 * Each dialect's rows with QX_CLAIM say what a device must answer.  The dialects are tried in the
 * order of qx_dialects; every question is sent once, whichever dialects want to know, because its
 * reply is kept until the end.  A step of the search runs over the dialects from the start and
 * sends the first question that has no reply yet, so that it needs no memory of its own.
 */
#include "qx.h"

#include <stdlib.h>
#include <string.h>

enum {
    PROBES = 24,
    PROBE_BYTES = 128, /* the longest reply that identifies a dialect has 118 */
    TRIES_NAMED = 3,   /* of each question, if the dialect was configured */
    TRIES_ANY = 2,     /* of one whose reply was spoiled, else */
    SILENT_MOST = 5,   /* questions in vain before a line counts as dead */
    QUICK_MS = 600,    /* to the first byte, once it is known that something answers */
    SEARCH_MS = 4600,  /* after that unasked questions count as not answered */
    ZEROS_MS = 400,    /* a controller that wakes up sends zeros first */
    ONCE_TRIES = 2,    /* of a reply that is spoiled; full polls go on trying */
    FORGET_MS = 30000, /* of silence: another kind of device may be there now */
};

/* One question and its reply. */
struct probe {
    char request[QX_REQUEST_MAX];
    uint8_t reply[PROBE_BYTES + 1]; /* and a NUL */
    uint8_t len, tries;
    uint8_t verdict; /* enum qx_verdict */
    bool unended;
    bool checksum; /* sent with one: another question than without */
    bool known;    /* some row takes the reply */
};

struct qx_probe {
    struct probe probe[PROBES];
    unsigned count, silent, heard;
    int64_t start_ms;
    uint8_t once_tries;
    bool remembered; /* only the dialect of the connection before */
};

static void probe_end(struct drv *d)
{
    struct qx *x = d->state;

    free(x->probe);
    x->probe = NULL;
}

/* -- asking ----------------------------------------------------------------------------------- */

static struct probe *probe_find(const struct qx *x, const char *request)
{
    struct qx_probe *all = x->probe;

    for (unsigned i = 0; i < all->count; i++)
        if (all->probe[i].checksum == x->checksum && strcmp(all->probe[i].request, request) == 0)
            return &all->probe[i];
    return NULL;
}

static struct probe *probe_get(const struct qx *x, const char *request)
{
    struct qx_probe *all = x->probe;
    struct probe *p = probe_find(x, request);

    if (p || all->count == PROBES)
        return p;
    p = &all->probe[all->count++];
    memset(p, 0, sizeof *p);
    p->checksum = x->checksum;
    memcpy(p->request, request, strnlen(request, sizeof p->request - 1));
    return p;
}

static int probe_send(struct drv *d, struct probe *p)
{
    struct qx *x = d->state;
    uint8_t reply[QX_LINE_MAX];
    size_t len;
    int rc = qx_exchange(d, p->request, QX_EXPECT_REPLY, reply, &len, &p->unended);

    if (rc == UPS_E_GARBLED || rc == UPS_E_TIMEOUT) {
        rc = rc == UPS_E_GARBLED ? QX_ANSWER : QX_SILENCE; /* something is there, if unreadable */
        len = 0;
    }
    if (rc < 0)
        return rc;
    p->tries++;
    p->verdict = (uint8_t)rc;
    p->len = (uint8_t)(len < PROBE_BYTES ? len : PROBE_BYTES);
    memcpy(p->reply, reply, p->len);
    p->reply[p->len] = '\0';
    if (rc == QX_SILENCE) {
        x->probe->silent++;
    } else {
        x->probe->heard++;
        if (!qx_flag(d, QX_OPT_PROTOCOL) && x->port->reply_ms > QUICK_MS)
            x->port->reply_ms = QUICK_MS;
    }
    return qx_more(d);
}

/* Is a reply right for a row?  Nothing is stored. */
static bool fits(struct drv *d, const struct qx_dialect *dialect, const struct qx_query *q,
                 const struct probe *p, bool store, struct ups_reading *r)
{
    struct qx *x = d->state;
    struct qx_part part = {0};
    struct qx_call call = {.x = x, .query = q, .reply = p->reply, .len = p->len, .part = &part};
    const struct qx_dialect *before = x->dialect;
    bool good;

    if (p->verdict != QX_ANSWER && !(p->verdict == QX_REFUSAL && (q->flags & QX_NAK_COUNTS)))
        return false;
    x->dialect = dialect;
    good = p->verdict == QX_REFUSAL ? q->check && q->check(&call)
                                    : qx_decode(d, &call, p->unended, store, r) == UPS_OK;
    x->dialect = before;
    return good;
}

/*
 * Did noise get into a reply?  One of another form, but clean, would come again as it is.  Binary
 * ones look like noise to all rows but their own.
 */
static bool spoiled(const struct probe *p)
{
    bool bad = p->len == 0 || p->unended;

    for (unsigned i = 0; i < p->len; i++)
        bad = bad || p->reply[i] < ' ' || p->reply[i] > '~';
    return p->verdict == QX_ANSWER && bad && !p->known;
}

/* All zeros: asked again after a while. */
static bool only_zeros(const struct probe *p)
{
    return p->verdict == QX_ANSWER && p->len > 0 && p->reply[0] == '(' &&
           strspn((const char *)p->reply + 1, "0. ") + 1 >= p->len;
}

enum claim { CLAIM_NO, CLAIM_YES, CLAIM_ASK };

/* Does the device answer this row?  CLAIM_ASK with *ask if it must be asked first. */
static enum claim claim_row(struct drv *d, const struct qx_dialect *dialect,
                            const struct qx_query *q, struct probe **ask)
{
    struct qx *x = d->state;
    bool named = qx_flag(d, QX_OPT_PROTOCOL);
    struct probe *p = probe_get(x, q->request);

    if (!p)
        return CLAIM_NO;
    if (p->tries > 0) {
        bool again = spoiled(p) || only_zeros(p) || (named && p->verdict == QX_SILENCE) ||
                     (p->verdict == QX_REFUSAL && (q->flags & QX_CLAIM_AGAIN));

        if (fits(d, dialect, q, p, false, NULL)) {
            p->known = true;
            return CLAIM_YES;
        }
        if (!again || p->tries >= (named ? TRIES_NAMED : TRIES_ANY))
            return CLAIM_NO;
    } else if (!named && x->probe->heard > 0 &&
               ups_now(d->host->clock) - x->probe->start_ms > SEARCH_MS)
        return CLAIM_NO;
    *ask = p;
    return CLAIM_ASK;
}

static bool skipped(const struct drv *d, const struct qx_query *q)
{
    return !(q->flags & QX_CLAIM) || ((q->flags & QX_RATING) && qx_flag(d, QX_OPT_NORATING)) ||
           ((q->flags & QX_VENDOR) && qx_flag(d, QX_OPT_NOVENDOR)) ||
           ((q->flags & QX_OUTSTATS) && qx_flag(d, QX_OPT_NOOUTSTATS)) ||
           (qx_flag(d, QX_OPT_PROTOCOL) &&
            ((q->flags & QX_AUTO_ONLY) || !qx_can(d, q->request))); /* a bridge without words */
}

static enum claim claim(struct drv *d, const struct qx_dialect *dialect, struct probe **ask)
{
    struct qx *x = d->state;

    x->checksum = dialect->flags & QX_CHECKSUM;
    for (int pass = QX_CLAIM_FIRST; pass >= 0; pass -= QX_CLAIM_FIRST)
        for (unsigned row = 0; row < dialect->queries; row++) {
            const struct qx_query *q = &dialect->query[row];
            bool now = (q->flags & QX_CLAIM_FIRST) == pass && !skipped(d, q);
            enum claim c = now ? claim_row(d, dialect, q, ask) : CLAIM_YES;

            if (c != CLAIM_YES)
                return c;
        }
    return CLAIM_YES;
}

/* -- the search ------------------------------------------------------------------------------- */

/* Did the device answer Q1 with a status line? */
static bool answers_q1(struct drv *d)
{
    static const struct qx_query q1 = QX_STATUS_LINE("Q1");
    struct qx *x = d->state;

    for (unsigned i = 0; i < x->probe->count; i++)
        if (strcmp(x->probe->probe[i].request, "Q1") == 0)
            return fits(d, NULL, &q1, &x->probe->probe[i], false, NULL);
    return false;
}

static bool candidate(struct drv *d, const struct qx_dialect *dialect)
{
    const struct qx *x = d->state;
    int64_t named = drv_num(d, QX_OPT_PROTOCOL);

    if (named > 0)
        return dialect == qx_dialects[named - 1];
    if (x->probe->remembered)
        return dialect == qx_dialects[d->keep[QX_KEEP_DIALECT] - 1];
    if (dialect->flags & QX_BY_NAME)
        return false;
    if ((dialect->flags & QX_OMRON_USB) && !strstr(x->port->name, " 0590:"))
        return false;
    return !(dialect->flags & QX_UNLESS_Q1) || !answers_q1(d);
}

static int none_fits(struct drv *d)
{
    struct qx *x = d->state;
    const struct probe *p = NULL;
    char shown[48];

    if (x->probe->heard == 0) {
        if (d->silent_since_ms == 0)
            d->silent_since_ms = ups_now(d->host->clock);
        return drv_fail(d, UPS_E_TIMEOUT, "%s: no answer to any question", x->port->name);
    }
    if (x->probe->remembered) { /* another device by now, perhaps: ask for all */
        x->probe->remembered = false;
        return DRV_MORE;
    }
    for (unsigned i = 0; i < x->probe->count && (!p || p->len == 0); i++)
        p = &x->probe->probe[i];
    d->silent_since_ms = 0;
    return drv_fail(d, UPS_E_FOREIGN, "%s: something answers, but not as %s does (%s: \"%s\")",
                    x->port->name,
                    qx_flag(d, QX_OPT_PROTOCOL) ? qx_protocol_words[drv_num(d, QX_OPT_PROTOCOL)]
                                                : "any dialect of the family",
                    p ? p->request : "", qx_show(p ? p->reply : NULL, p ? p->len : 0, shown, 40));
}

static int claimed(struct drv *d, unsigned index)
{
    struct qx *x = d->state;

    x->dialect = qx_dialects[index];
    x->output_seen = d->keep[QX_KEEP_OUTPUT] != 0;
    x->port->reply_ms = x->dialect->reply_ms ? x->dialect->reply_ms : 1000;
    if (d->keep[QX_KEEP_DIALECT] != index + 1) {
        log_msg(LOG_LVL_NOTICE, "qx", d->unit, "%s: the UPS speaks %s", x->port->name,
                x->dialect->name);
        qx_tell_idle_options(d, x->dialect->name);
    }
    d->keep[QX_KEEP_DIALECT] = index + 1;
    d->silent_since_ms = 0;
    x->phase = QX_OPEN_ONCE;
    return DRV_MORE;
}

static int search(struct drv *d)
{
    struct qx *x = d->state;

    for (unsigned i = 0; qx_dialects[i]; i++) {
        struct probe *ask = NULL;
        enum claim c = candidate(d, qx_dialects[i]) ? claim(d, qx_dialects[i], &ask) : CLAIM_NO;

        if (c == CLAIM_YES)
            return claimed(d, i);
        if (c == CLAIM_NO)
            continue;
        if (x->probe->heard == 0 && x->probe->silent >= SILENT_MOST)
            break;
        int rc = probe_send(d, ask);
        if (rc == DRV_MORE && only_zeros(ask) && ask->tries < TRIES_NAMED)
            d->not_before_ms = ups_now(d->host->clock) + ZEROS_MS;
        return rc;
    }
    return none_fits(d);
}

/* -- once ------------------------------------------------------------------------------------- */

/* Rows that are read once: out of the search's replies, or asked now. */
static int read_once(struct drv *d, struct ups_reading *r)
{
    struct qx *x = d->state;
    struct qx_part part = {0};

    for (unsigned row = x->cursor[1].at; row < x->dialect->queries; row++) {
        const struct qx_query *q = &x->dialect->query[row];
        struct probe *p;

        x->cursor[1].at = (uint8_t)row;
        if ((q->class != QX_ONCE && !(q->flags & QX_AT_OPEN)) || !qx_wanted(d, row) ||
            (x->answered >> row & 1))
            continue;
        p = probe_find(x, q->request);
        if (p && p->tries > 0 && fits(d, x->dialect, q, p, p->verdict == QX_ANSWER, r)) {
            x->answered |= (uint64_t)1 << row;
            continue;
        }
        if (p && p->tries > 0 && p->verdict != QX_ANSWER) {
            if (p->verdict != QX_SILENCE) /* silence is tried again by full polls */
                x->dead |= (uint64_t)1 << row;
            continue;
        }
        int rc = qx_ask(d, row, &part, r);
        if (rc == UPS_E_DISCONNECTED)
            return rc;
        if (rc != UPS_E_GARBLED || ++x->probe->once_tries >= ONCE_TRIES) {
            x->cursor[1].at = (uint8_t)(row + 1);
            x->probe->once_tries = 0;
        }
        return qx_more(d);
    }
    x->phase = QX_OPEN_READY;
    return DRV_MORE;
}

static int ready(struct drv *d, struct ups_reading *r)
{
    struct qx *x = d->state;
    int rc = x->dialect->ready ? x->dialect->ready(d, r) : DRV_DONE;

    if (rc != DRV_DONE)
        return rc;
    if (x->dialect->mfr && ups_text(r, UPS_VAR_UPS_MFR)[0] == '\0')
        ups_set_text(r, UPS_VAR_UPS_MFR, x->dialect->mfr, strlen(x->dialect->mfr));
    rc = qx_find_caps(d, r);
    if (rc != DRV_DONE)
        return rc;
    x->cursor[1] = (struct qx_cursor){0};
    probe_end(d);
    return DRV_DONE;
}

/* -- opening ---------------------------------------------------------------------------------- */

static int begin(struct drv *d)
{
    struct qx *x = d->state;
    int64_t pause = x->port->not_before_ms, now = ups_now(d->host->clock);
    int rc;

    x->probe = calloc(1, sizeof *x->probe);
    if (!x->probe)
        return drv_fail(d, UPS_E_SYSTEM, "out of memory");
    x->probe->start_ms = pause > now ? pause : now;
    x->probe->remembered = d->keep[QX_KEEP_DIALECT] > 0 && !qx_flag(d, QX_OPT_PROTOCOL) &&
                           (d->silent_since_ms == 0 || now - d->silent_since_ms < FORGET_MS);
    x->address = x->battery_mv = x->only_address = -1;
    if (d->opt[QX_OPT_SLAVE_ADDR].set)
        x->only_address = (int32_t)drv_num(d, QX_OPT_SLAVE_ADDR);
    x->phase = QX_OPEN_CLAIM;
    rc = qx_estimate_init(d);
    return rc ? rc : qx_more(d);
}

static int open_port(struct drv *d)
{
    struct qx *x = d->state;
    int rc = qx_port_open(d, &x->port);

    if (rc != DRV_DONE)
        return rc;
    x->port->novendor = qx_flag(d, QX_OPT_NOVENDOR);
    x->phase = QX_OPEN_BEGIN;
    return DRV_MORE;
}

static int step(struct drv *d, struct ups_reading *r)
{
    const struct qx *x = d->state;

    switch ((enum qx_phase)x->phase) {
    case QX_OPEN_PORT: return open_port(d);
    case QX_OPEN_BEGIN: return begin(d);
    case QX_OPEN_CLAIM: return search(d);
    case QX_OPEN_ONCE: return read_once(d, r);
    case QX_OPEN_READY: return ready(d, r);
    }
    return drv_fail(d, UPS_E_SYSTEM, "no such phase");
}

int qx_open(struct drv *d, struct ups_reading *r)
{
    int rc;

    d->not_before_ms = 0;
    rc = step(d, r);
    if (rc < 0) {
        probe_end(d);
        qx_release(d);
    }
    return rc;
}
