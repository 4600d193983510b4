/* SPDX-License-Identifier: BSD-2-Clause */
/* The Q* family: one exchange, and what its reply amounts to. */
#include "qx.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

void qx_release(struct drv *d)
{
    struct qx *x = d->state;

    if (x->port)
        x->port->ops->close(x->port);
    x->port = NULL;
}

int qx_more(struct drv *d)
{
    const struct qx *x = d->state;

    d->not_before_ms = x->port ? x->port->not_before_ms : 0;
    return DRV_MORE;
}

const char *qx_show(const uint8_t *reply, size_t len, char *buf, size_t size)
{
    static const char digits[] = "0123456789abcdef";
    size_t n = 0;

    for (size_t i = 0; i < len; i++) {
        bool text = reply[i] >= ' ' && reply[i] <= '~';

        if (n + (text ? 1 : 4) >= size)
            break;
        if (text) {
            buf[n++] = (char)reply[i];
            continue;
        }
        buf[n++] = '\\';
        buf[n++] = 'x';
        buf[n++] = digits[reply[i] >> 4];
        buf[n++] = digits[reply[i] & 15];
    }
    buf[n] = '\0';
    return buf;
}

bool qx_refused(const uint8_t *reply, size_t len)
{
    static const char *const words[] = {"NAK", "(NAK", "(NACK", "NACK", "UPS No Ack", "N"};

    for (unsigned i = 0; i < sizeof words / sizeof *words; i++)
        if (len == strlen(words[i]) && strncasecmp((const char *)reply, words[i], len) == 0)
            return true;
    return false;
}

enum { LINE_MOST = QX_REQUEST_MAX + 2 }; /* and a checksum */

/* The line of a request, without its CR, which stands behind it.  Returns its length. */
static size_t frame(const struct qx *x, const char *request, uint8_t line[LINE_MOST])
{
    size_t len = strnlen(request, QX_REQUEST_MAX - 1);

    memcpy(line, request, len);
    if (x->checksum)
        len += qx_seal(line, len);
    line[len] = '\r';
    return len;
}

bool qx_can(const struct drv *d, const char *request)
{
    const struct qx *x = d->state;
    uint8_t line[LINE_MOST];
    size_t len = frame(x, request, line);

    return !x->port->ops->can || x->port->ops->can(x->port, line, len + 1);
}

static int failed(struct drv *d, int error)
{
    if (error == UPS_E_UNSUPPORTED)
        return QX_ECHO; /* the bridge knows no such request, as a UPS that sends it back */
    if (error == UPS_E_TIMEOUT)
        d->count.timeouts++;
    else
        d->count.garbled++;
    if (error == UPS_E_DISCONNECTED)
        qx_release(d);
    return error;
}

/*
 * Takes the checksum off.  Some devices check requests and seal no reply: the search, which knows
 * by the reply's length, finds that out, and from then on none may lack it or all do.
 */
static int unseal(struct drv *d, const uint8_t *reply, size_t *len)
{
    struct qx *x = d->state;
    bool right = qx_unseal(reply, len);

    if (!x->dialect)
        x->bare = !right;
    if (right || x->bare)
        return UPS_OK;
    d->count.garbled++;
    return drv_fail(d, UPS_E_GARBLED, "%s: a reply with a wrong checksum", x->port->name);
}

static int verdict(struct drv *d, const uint8_t *line, size_t asked, const uint8_t *reply,
                   size_t *len)
{
    struct qx *x = d->state;

    if (*len == asked && memcmp(line, reply, *len) == 0) {
        d->count.refused++;
        return QX_ECHO;
    }
    int rc = x->checksum ? unseal(d, reply, len) : UPS_OK;
    if (rc)
        return rc;
    if (qx_refused(reply, *len)) {
        d->count.refused++;
        return QX_REFUSAL;
    }
    return QX_ANSWER;
}

int qx_exchange(struct drv *d, const char *request, enum qx_expect expect, uint8_t *reply,
                size_t *len, bool *unended)
{
    struct qx *x = d->state;
    uint8_t line[LINE_MOST];
    size_t asked = frame(x, request, line);
    const uint8_t *end;
    int n;

    log_frame("qx", d->unit, '>', line, asked + 1);
    d->count.transactions++;
    *len = 0;
    *unended = false;
    n = x->port->ops->exchange(x->port, line, asked + 1, expect, reply, QX_LINE_MAX);
    if (n < 0)
        return failed(d, n);
    log_frame("qx", d->unit, '<', reply, (size_t)n);
    end = memchr(reply, '\r', (size_t)n);
    *unended = !end;
    *len = end ? (size_t)(end - reply) : (size_t)n;
    if (n == 0) {
        if (expect == QX_EXPECT_REPLY)
            d->count.timeouts++;
        return QX_SILENCE;
    }
    return verdict(d, line, asked, reply, len);
}
