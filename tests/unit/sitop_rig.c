/* SPDX-License-Identifier: BSD-2-Clause */
/* A SITOP driver on a socket pair. */
#include "sitop_rig.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int64_t rig_mono(void *arg)
{
    return ((struct rig *)arg)->now_ms;
}

static enum ups_error rig_dial(struct drv_host *host, struct drv *d, const struct link_params *p,
                               struct link **link)
{
    struct rig *rig = host->arg;

    if (p->baud != 9600 || p->parity != 'N' || p->data_bits != 8 || p->stop_bits != 1)
        abort();
    rig->dtr = p->dtr;
    rig->rts = p->rts;
    if (!rig->link)
        return (enum ups_error)drv_fail(d, UPS_E_DISCONNECTED, "no wire");
    *link = rig->link;
    return UPS_OK;
}

static void rig_hang_up(struct drv_host *host, struct drv *d, struct link *link, bool broken)
{
    struct rig *rig = host->arg;

    (void)d;
    (void)broken;
    rig->hung_up++;
    link_close(link);
    rig->link = NULL;
}

void rig_option(struct rig *rig, const char *name, const char *value)
{
    const struct drv_option *o = rig->d.driver->options;
    char why[120];

    for (unsigned i = 0; o[i].name; i++)
        if (strcmp(o[i].name, name) == 0) {
            if (drv_option_parse(&o[i], value, &rig->d.opt[i], why, sizeof why))
                abort();
            return;
        }
    abort();
}

static void rig_wire(struct rig *rig, enum link_port kind)
{
    int pair[2];

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
        abort();
    rig->fd = pair[0];
    rig->link = link_adopt(pair[1], kind, "test");
    if (!rig->link)
        abort();
}

/* As a worker does it: state zeroed. */
static void rig_forget(struct rig *rig)
{
    memset(rig->d.state, 0, rig->d.driver->state_size);
    ups_withdraw(&rig->r);
    rig->r.taken_ms = 0;
    rig->open = false;
    rig->due_ms = rig->now_ms;
}

void rig_init(struct rig *rig, enum link_port kind)
{
    memset(rig, 0, sizeof *rig);
    rig->now_ms = 1000000;
    rig->clock = (struct ups_clock){rig_mono, rig_mono, rig};
    rig->host = (struct drv_host){
        .clock = &rig->clock, .dial = rig_dial, .hang_up = rig_hang_up, .arg = rig};
    rig->end = "\r\n";
    rig->d.driver = &siemens_sitop_driver;
    rig->d.host = &rig->host;
    rig->d.unit = "ups";
    rig->d.port = "test";
    rig->d.poll_ms = RIG_POLL_MS;
    rig->d.wait_fd = -1;
    rig->d.state = calloc(1, rig->d.driver->state_size);
    rig->d.opt = drv_option_values(rig->d.driver);
    if (!rig->d.state || !rig->d.opt)
        abort();
    for (const struct drv_option *o = rig->d.driver->options; o->name; o++)
        if (o->def)
            rig_option(rig, o->name, o->def);
    rig_wire(rig, kind);
    rig_forget(rig);
}

void rig_fini(struct rig *rig)
{
    rig->d.driver->close(&rig->d);
    link_close(rig->link);
    if (rig->fd >= 0)
        close(rig->fd);
    free(rig->d.state);
    free(rig->d.opt);
    ups_caps_clear(&rig->d.caps);
}

void rig_unplug(struct rig *rig)
{
    close(rig->fd);
    rig->fd = -1;
    rig_steps(rig);
}

void rig_replug(struct rig *rig)
{
    enum link_port kind = rig->link ? rig->link->kind : LINK_PORT_TTY;

    rig->d.driver->close(&rig->d);
    if (rig->fd >= 0)
        close(rig->fd);
    rig_wire(rig, kind);
    rig_forget(rig);
    rig_steps(rig);
}

/* -- steps ------------------------------------------------------------------------------------ */

static bool rig_input(const struct rig *rig)
{
    struct pollfd p = {.fd = rig->d.wait_fd, .events = POLLIN};

    return rig->d.wait_fd >= 0 && poll(&p, 1, 0) > 0;
}

static void rig_step(struct rig *rig)
{
    int64_t taken = rig->r.taken_ms;

    rig->d.not_before_ms = 0;
    rig->d.wait_fd = -1;
    if (rig->open)
        rig->last = rig->d.driver->poll(&rig->d, DRV_POLL_FAST, &rig->r);
    else
        rig->last = rig->d.driver->open(&rig->d, &rig->r);
    rig->told += rig->r.taken_ms > taken;
    if (rig->last == DRV_MORE)
        rig->due_ms = rig->d.not_before_ms;
    else if (rig->last == UPS_E_DISCONNECTED || (!rig->open && rig->last != DRV_DONE)) {
        rig_forget(rig);
        rig->due_ms = INT64_MAX; /* until the test plugs it in again */
    } else {
        rig->due_ms = rig->open ? rig->now_ms : rig->now_ms + RIG_POLL_MS;
        rig->open = true;
    }
}

void rig_steps(struct rig *rig)
{
    /* a driver that does not take all its input, or that is due again at once, is caught here */
    for (int i = 0; rig->due_ms <= rig->now_ms || rig_input(rig); i++) {
        if (i == 100) {
            fprintf(stderr, "the driver spins\n");
            abort();
        }
        rig_step(rig);
    }
}

void rig_say(struct rig *rig, const char *text)
{
    size_t len = strlen(text);

    if (rig->fd >= 0 && rig->link && send(rig->fd, text, len, MSG_NOSIGNAL) != (ssize_t)len)
        abort();
    rig_steps(rig);
}

void rig_burst(struct rig *rig, const char *words)
{
    char text[16];

    for (const char *at = words; *at;) {
        int len = (int)strcspn(at, " ");
        snprintf(text, sizeof text, "%.*s%s", len, at, rig->end);
        rig_say(rig, text);
        at += len + (at[len] == ' ');
    }
    rig_silence(rig, RIG_BURST_MS);
}

void rig_bursts(struct rig *rig, const char *words, int64_t ms)
{
    int64_t end = rig->now_ms + ms;

    while (rig->now_ms < end)
        rig_burst(rig, words);
}

void rig_silence(struct rig *rig, int64_t ms)
{
    int64_t end = rig->now_ms + ms;

    while (rig->due_ms <= end) {
        rig->now_ms = rig->due_ms > rig->now_ms ? rig->due_ms : rig->now_ms;
        rig_steps(rig);
    }
    rig->now_ms = end;
}

void rig_healthy(struct rig *rig)
{
    rig_init(rig, LINK_PORT_TTY);
    rig_steps(rig);
    rig_bursts(rig, RIG_NORMAL, 1000);
}

/* -- looking ---------------------------------------------------------------------------------- */

const char *rig_sent(struct rig *rig)
{
    static char sent[256];
    ssize_t n = recv(rig->fd, sent, sizeof sent - 1, MSG_DONTWAIT);

    sent[n > 0 ? n : 0] = '\0';
    for (char *c = sent; *c; c++)
        if (*c == '\n')
            *c = '.';
    return sent;
}

const char *rig_status(struct rig *rig)
{
    static char text[80];

    ups_status_text(rig->r.status, text, sizeof text);
    return text;
}

const char *rig_charge(struct rig *rig)
{
    static char text[16];

    return ups_format(&rig->r, UPS_VAR_BATTERY_CHARGE_APPROX, 0, text, sizeof text) ? text : "";
}

bool rig_alarm(const struct rig *rig, enum ups_alarm alarm)
{
    return ups_alarm_has(&rig->r.alarms, alarm);
}
