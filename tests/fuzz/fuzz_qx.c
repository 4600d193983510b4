/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Fuzz target: replies of the Q* family.  First byte: dialect, by its place below; second: bit 0
 * says that the CR is missing, the others choose what the device has.  Then replies for one
 * row after the other, a length byte and that many bytes each; every row is fed, several times if
 * there is more.  What was decoded is estimated from and listed as in the daemon.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../drivers/qx/qx.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Seeds begin with their number here: new ones come at the end. */
static const char *const dialects[] = {
    "omron",      "mecer",     "innovatae",    "megatec",          "zinto",
    "bestups",    "mustek",    "megatec/old",  "masterguard",      "innovart31",
    "innovart33", "q6",        "q2",           "hunnox",           "gtec",
    "q1",         "voltronic", "voltronic-qs", "voltronic-qs-hex", "voltronic-axpert",
};
enum { DIALECTS = sizeof dialects / sizeof *dialects };

static const struct qx_dialect *find(const char *name)
{
    unsigned found = DIALECTS, all = 0;

    for (; qx_dialects[all]; all++)
        if (strcmp(qx_dialects[all]->name, name) == 0)
            found = all;
    if (all != DIALECTS || found == DIALECTS)
        abort(); /* one that the list does not have */
    return qx_dialects[found];
}

static int64_t now(void *arg)
{
    int64_t *ms = arg;

    return *ms += 1000;
}

static void swallow(void *arg, enum log_level level, const char *line)
{
    (void)arg;
    (void)level;
    (void)line;
}

static void check_text(void *arg, const char *name, const char *value)
{
    (void)arg;
    if (!*name || strnlen(value, 4096) == 4096)
        abort();
    for (; *value; value++)
        if (*value < ' ' || *value > '~')
            abort();
}

/* Nothing that a reply holds may leave the ranges that the rest relies on. */
static void check(const struct drv *d, const struct qx *x, const struct ups_reading *r)
{
    static const enum ups_var percents[] = {UPS_VAR_BATTERY_CHARGE};
    int64_t milli;

    for (unsigned i = 0; i < sizeof percents / sizeof *percents; i++)
        if (ups_get(r, percents[i], 0, &milli) && milli < 0)
            abort();
    if (d->caps.setting_count > UPS_SETTINGS_MAX)
        abort();
    for (unsigned i = 1; i < d->caps.setting_count; i++)
        if (d->caps.setting[i - 1].var > d->caps.setting[i].var)
            abort();
    if (x->lines_in > UPS_LINES_MAX || x->lines_out > UPS_LINES_MAX)
        abort();
}

static void feed(struct drv *d, unsigned row, const uint8_t *bytes, size_t n, bool unended,
                 struct ups_reading *r)
{
    struct qx *x = d->state;
    struct qx_part part = {0};
    uint8_t *reply = malloc(n ? n : 1); /* exact, so that a read behind it is found */
    struct qx_call call = {
        .x = x, .query = &x->dialect->query[row], .reply = reply, .len = n, .part = &part};
    char shown[24];

    if (!reply)
        abort();
    memcpy(reply, bytes, n);
    d->why[0] = '\0';
    if (qx_decode(d, &call, unended, true, r) != UPS_OK && !d->why[0])
        abort(); /* every error has a message */
    (void)qx_refused(reply, n);
    (void)qx_show(reply, n, shown, sizeof shown);
    x->part[0] = part;
    if (x->dialect->settle)
        x->dialect->settle(d, &part, r);
    r->status = part.status;
    r->alarms = part.alarms;
    free(reply);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int64_t clock_ms = 1000;
    const struct ups_clock clock = {now, now, &clock_ms};
    struct drv_host host = {.clock = &clock};
    static const struct qx_port_ops ops; /* a port that carries everything, and is not used */
    struct qx_port port = {.ops = &ops};
    struct qx x = {.port = &port, .address = -1, .only_address = -1, .battery_mv = -1};
    struct drv d = {.driver = &qx_driver, .host = &host, .unit = "u", .port = "p", .state = &x};
    struct drv_value opt[QX_OPTIONS] = {0};
    static struct ups_reading r; /* zeroed below; large for a stack of sanitizers */
    unsigned row = 0, fed = 0;

    if (size < 2)
        return 0;
    memset(&r, 0, sizeof r);
    log_capture(swallow, NULL);
    d.opt = opt;
    port.d = &d;
    x.dialect = find(dialects[data[0] % DIALECTS]);
    x.has = data[1] >> 1;
    d.opt[QX_OPT_CHARGETIME].num = 43200;
    d.opt[QX_OPT_IDLELOAD].num = 10;
    if (data[1] & 2)
        d.opt[QX_OPT_RUNTIMECAL] = (struct drv_value){.set = true, .text = "240,100,720,50"};
    if (qx_estimate_init(&d) != UPS_OK)
        abort();
    for (size_t at = 2; at < size; row = (row + 1) % x.dialect->queries) {
        size_t n = data[at] < size - at - 1 ? data[at] : size - at - 1;

        /* replies are cut at their CR before they come here */
        const uint8_t *cr = memchr(data + at + 1, '\r', n);
        feed(&d, row, data + at + 1, cr ? (size_t)(cr - (data + at + 1)) : n, data[1] & 1, &r);
        qx_estimate(&d, &r);
        at += n + 1;
        if (++fed == 2 * x.dialect->queries)
            break;
    }
    if (qx_find_caps(&d, &r) != DRV_DONE)
        abort();
    check(&d, &x, &r);
    ups_caps_clear(&d.caps);
    if (size % 8 == 0) /* formatting takes ten times as long as parsing */
        ups_list(&r, check_text, NULL);
    return 0;
}
