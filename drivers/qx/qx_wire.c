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
    size_t n = 0;

    for (; n + 1 < size && n < len; n++)
        buf[n] = (char)(reply[n] >= ' ' && reply[n] <= '~' ? reply[n] : '?');
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

bool qx_can(const struct drv *d, const char *request)
{
    const struct qx *x = d->state;
    uint8_t line[QX_REQUEST_MAX];
    size_t len = strnlen(request, sizeof line - 1);

    memcpy(line, request, len);
    line[len] = '\r';
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

static int verdict(struct drv *d, const uint8_t *line, size_t asked, const uint8_t *reply,
                   size_t len)
{
    if (len == asked && memcmp(line, reply, len) == 0) {
        d->count.refused++;
        return QX_ECHO;
    }
    if (qx_refused(reply, len)) {
        d->count.refused++;
        return QX_REFUSAL;
    }
    return QX_ANSWER;
}

int qx_exchange(struct drv *d, const char *request, enum qx_expect expect, uint8_t *reply,
                size_t *len, bool *unended)
{
    struct qx *x = d->state;
    uint8_t line[QX_REQUEST_MAX];
    size_t asked = strnlen(request, sizeof line - 1);
    const uint8_t *end;
    int n;

    memcpy(line, request, asked);
    line[asked] = '\r';
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
    return verdict(d, line, asked, reply, *len);
}
