/* SPDX-License-Identifier: BSD-2-Clause */
/* A Q* UPS for driver tests. */
#include "qx_rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int64_t mono(void *arg)
{
    struct qx_rig *rig = arg;

    return rig->now_ms;
}

static void capture(void *arg, enum log_level level, const char *line)
{
    struct qx_rig *rig = arg;
    size_t used = strlen(rig->log);

    (void)level;
    snprintf(rig->log + used, sizeof rig->log - used, "%s\n", line);
}

/* -- the port --------------------------------------------------------------------------------- */

static struct rig_rule *find(struct qx_rig *rig, const char *request)
{
    for (unsigned i = 0; i < rig->rules; i++)
        if (strcmp(rig->rule[i].request, request) == 0)
            return &rig->rule[i];
    return NULL;
}

static int put(uint8_t *reply, size_t size, const char *text, size_t len, bool bare)
{
    if (len + 1 > size)
        abort();
    memcpy(reply, text, len);
    if (!bare)
        reply[len++] = '\r';
    return (int)len;
}

static int silence(struct qx_rig *rig, enum qx_expect expect)
{
    rig->now_ms += expect == QX_EXPECT_NONE ? 500 : rig->port.reply_ms;
    return 0;
}

static int unknown(struct qx_rig *rig, const char *request, enum qx_expect expect, uint8_t *reply,
                   size_t size)
{
    switch (rig->unknown) {
    case RIG_SILENCE: return silence(rig, expect);
    case RIG_ECHO: return put(reply, size, request, strlen(request), false);
    case RIG_NAK: return put(reply, size, "NAK", 3, false);
    case RIG_PNAK: return put(reply, size, "(NAK", 4, false);
    }
    return 0;
}

static int exchange(struct qx_port *port, const uint8_t *request, size_t len, enum qx_expect expect,
                    uint8_t *reply, size_t size)
{
    struct qx_rig *rig = (struct qx_rig *)port;
    char text[QX_REQUEST_MAX];
    size_t used = strlen(rig->sent);

    if (len < 2 || len > sizeof text || request[len - 1] != '\r')
        abort(); /* every request ends with one CR */
    memcpy(text, request, len - 1);
    text[len - 1] = '\0';
    rig->exchanges++;
    rig->now_ms += 100;
    snprintf(rig->sent + used, sizeof rig->sent - used, "%s%s", used ? " " : "", text);
    if (rig->gone)
        return drv_fail(port->d, UPS_E_DISCONNECTED, "gone");
    struct rig_rule *rule = find(rig, text);
    if (!rule)
        return unknown(rig, text, expect, reply, size);
    if (rule->then[0])
        qr_answer(rig, rule->then, rule->then_reply);
    if (rule->also[0])
        qr_answer(rig, rule->also, rule->also_reply);
    if (rule->silent)
        return silence(rig, expect);
    if (rule->refused > 0) {
        rule->refused--;
        return put(reply, size, "(NAK", 4, false);
    }
    if (rule->garbled > 0) {
        rule->garbled--;
        return put(reply, size, "\x7f!garbled", 9, false);
    }
    return put(reply, size, rule->reply, rule->len, rule->bare);
}

static void port_close(struct qx_port *port)
{
    ((struct qx_rig *)port)->closed = true;
}

static const struct qx_port_ops ops = {.name = "rig", .exchange = exchange, .close = port_close};

/* -- making ----------------------------------------------------------------------------------- */

static unsigned option_row(const char *name)
{
    for (unsigned row = 0; qx_driver.options[row].name; row++)
        if (strcmp(qx_driver.options[row].name, name) == 0)
            return row;
    abort();
}

void qr_option(struct qx_rig *rig, const char *name, const char *value)
{
    const char *dot = strchr(name, '.');
    char why[200];

    if (dot) {
        const struct drv_option *o =
            &qx_driver.options[name[0] == 'd' ? QX_OPT_DEFAULT : QX_OPT_OVERRIDE];
        if (drv_preset_parse(o, dot + 1, value, &rig->preset[rig->d.preset_count++], why,
                             sizeof why))
            abort();
        return;
    }
    unsigned row = option_row(name);
    if (drv_option_parse(&qx_driver.options[row], value, &rig->d.opt[row], why, sizeof why))
        abort();
}

void qr_init(struct qx_rig *rig, const char *protocol, enum rig_unknown what)
{
    char why[200];

    memset(rig, 0, sizeof *rig);
    rig->x = calloc(1, sizeof *rig->x);
    if (!rig->x)
        abort();
    rig->unknown = what;
    rig->now_ms = 1000000;
    rig->clock = (struct ups_clock){mono, mono, rig};
    rig->host = (struct drv_host){.clock = &rig->clock, .arg = rig};
    rig->d = (struct drv){.driver = &qx_driver,
                          .host = &rig->host,
                          .unit = "ups1",
                          .port = "rig",
                          .state = rig->x,
                          .opt = rig->opt,
                          .preset = rig->preset};
    for (unsigned row = 0; qx_driver.options[row].name; row++)
        if (qx_driver.options[row].def)
            drv_option_parse(&qx_driver.options[row], qx_driver.options[row].def, &rig->d.opt[row],
                             why, sizeof why);
    if (protocol)
        qr_option(rig, "protocol", protocol);
    log_capture(capture, rig);
}

struct rig_rule *qr_answer(struct qx_rig *rig, const char *request, const char *reply)
{
    struct rig_rule *rule = find(rig, request);

    if (!rule) {
        if (rig->rules == RIG_RULES)
            abort();
        rule = &rig->rule[rig->rules++];
        snprintf(rule->request, sizeof rule->request, "%s", request);
    }
    rule->silent = !reply;
    rule->len = reply ? strlen(reply) : 0;
    if (rule->len >= sizeof rule->reply)
        abort();
    memcpy(rule->reply, reply ? reply : "", rule->len + 1);
    return rule;
}

struct rig_rule *qr_answer_bytes(struct qx_rig *rig, const char *request, const void *reply,
                                 size_t len)
{
    struct rig_rule *rule = qr_answer(rig, request, "");

    if (len >= sizeof rule->reply)
        abort();
    memcpy(rule->reply, reply, len);
    rule->len = len;
    return rule;
}

void qr_after(struct qx_rig *rig, const char *request, const char *reply, const char *then,
              const char *then_reply)
{
    struct rig_rule *rule = qr_answer(rig, request, reply);

    snprintf(rule->then, sizeof rule->then, "%s", then);
    snprintf(rule->then_reply, sizeof rule->then_reply, "%s", then_reply);
}

void qr_also(struct qx_rig *rig, const char *request, const char *also, const char *also_reply)
{
    struct rig_rule *rule = find(rig, request);

    if (!rule)
        abort();
    snprintf(rule->also, sizeof rule->also, "%s", also);
    snprintf(rule->also_reply, sizeof rule->also_reply, "%s", also_reply);
}

/* -- running ---------------------------------------------------------------------------------- */

/* The pause that a step asks for passes at once. */
static void pause(struct qx_rig *rig)
{
    if (rig->d.not_before_ms > rig->now_ms)
        rig->now_ms = rig->d.not_before_ms;
}

static void begin(struct qx_rig *rig)
{
    rig->sent[0] = '\0';
    rig->exchanges = 0;
    rig->d.why[0] = '\0';
}

int qr_open(struct qx_rig *rig)
{
    int rc, steps = 0;

    begin(rig);
    rig->closed = false;
    rig->port = (struct qx_port){.ops = &ops, .d = &rig->d, .name = "rig", .reply_ms = 1000};
    rig->x->port = &rig->port;
    rig->x->phase = QX_OPEN_BEGIN;
    do {
        unsigned before = rig->exchanges;
        rc = qx_driver.open(&rig->d, &rig->r);
        if (rig->exchanges > before + 1 || ++steps > 200)
            abort(); /* one exchange a step, and an end */
        pause(rig);
    } while (rc == DRV_MORE);
    return rc;
}

int qr_reopen(struct qx_rig *rig)
{
    qx_driver.close(&rig->d);
    memset(rig->x, 0, sizeof *rig->x);
    ups_withdraw(&rig->r);
    rig->r.taken_ms = 0;
    return qr_open(rig);
}

int qr_poll(struct qx_rig *rig, enum drv_poll kind)
{
    int rc;

    begin(rig);
    do {
        unsigned before = rig->exchanges;
        rc = qx_driver.poll(&rig->d, kind, &rig->r);
        if (rig->exchanges > before + 1)
            abort();
        pause(rig);
    } while (rc == DRV_MORE);
    return rc;
}

int qr_command(struct qx_rig *rig, enum ups_command command, int32_t value, int32_t second)
{
    int rc, steps = 0;

    begin(rig);
    do {
        unsigned before = rig->exchanges;
        rc = qx_driver.command(
            &rig->d, command, (struct ups_command_args){.value = value, .second = second}, &rig->r);
        if (rig->exchanges > before + 1 || ++steps > 400)
            abort();
        pause(rig);
    } while (rc == DRV_MORE);
    return rc;
}

int qr_set(struct qx_rig *rig, const char *var, int64_t milli)
{
    int rc, steps = 0;

    begin(rig);
    do {
        rc = qx_driver.set(&rig->d, ups_var_find(var), milli, &rig->r);
        if (++steps > 100)
            abort();
        pause(rig);
    } while (rc == DRV_MORE);
    return rc;
}

bool qr_up(struct qx_rig *rig)
{
    int rc = qr_open(rig);

    if (rc == DRV_DONE)
        rc = qr_poll(rig, DRV_POLL_FULL);
    if (rc != DRV_DONE)
        printf("# rig: %s: %s\n", ups_strerror((enum ups_error)rc), rig->d.why);
    return rc == DRV_DONE;
}

struct wanted {
    const char *name;
    char *value;
    size_t size;
};

static void emit(void *arg, const char *name, const char *value)
{
    const struct wanted *w = arg;

    if (strcmp(name, w->name) == 0)
        snprintf(w->value, w->size, "%s", value);
}

const char *qr_value(struct qx_rig *rig, const char *name)
{
    struct wanted w = {name, rig->value, sizeof rig->value};

    rig->value[0] = '\0';
    ups_list(&rig->r, emit, &w);
    return rig->value;
}

void qr_fini(struct qx_rig *rig)
{
    qx_driver.close(&rig->d);
    ups_caps_clear(&rig->d.caps);
    free(rig->x);
    log_capture(NULL, NULL);
}
