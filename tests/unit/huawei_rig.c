/* SPDX-License-Identifier: BSD-2-Clause */
/* A Huawei driver on a transcript. */
#include "huawei_rig.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int64_t rig_mono(void *arg)
{
    struct rig *rig = arg;

    return rig->real_time ? ups_now(&ups_clock_system) : rig->now_ms;
}

static int64_t rig_wall(void *arg)
{
    return rig_mono(arg) / 1000;
}

static enum ups_error rig_dial(struct drv_host *host, struct drv *d, const struct link_params *p,
                               struct link **link)
{
    struct rig *rig = host->arg;

    rig->wire = *p;
    if (!rig->link)
        return (enum ups_error)drv_fail(d, UPS_E_DISCONNECTED, "no wire");
    *link = rig->link;
    return UPS_OK;
}

static void rig_hang_up(struct drv_host *host, struct drv *d, struct link *link, bool broken)
{
    struct rig *rig = host->arg;

    (void)d;
    rig->hung_up++;
    if (broken) {
        rig->broken = true;
        link_close(link);
        rig->link = NULL;
    }
}

static void rig_log(void *arg, enum log_level level, const char *line)
{
    struct rig *rig = arg;
    size_t n = strlen(rig->log);

    if (level != LOG_LVL_DEBUG)
        snprintf(rig->log + n, sizeof rig->log - n, "%s\n", line);
}

void rig_option(struct rig *rig, const char *name, const char *value)
{
    const struct drv_option *o = rig->d.driver->options;
    char why[120];

    for (unsigned i = 0; o[i].name; i++)
        if (strcmp(o[i].name, name) == 0) {
            if (drv_option_parse(&o[i], value, &rig->d.opt[i], why, sizeof why))
                abort();
            rig->d.opt[i].set = true;
            return;
        }
    abort();
}

/* Real values of a UPS2000-G-3KRTS (SPC50), as NUT showed them; undefined registers are 0. */
static void rig_values(struct rig *rig)
{
    static const uint16_t measures[28] = {2161, 0, 0, 500, 2161, 0, 0, 500, 2197, 0, 0, 13, 0, 0,
                                          500,  1, 0, 0,   3,    0, 0, 70,  0,    0, 2, 0,  0, 253};
    static const uint16_t control[7] = {8, 1, 0, 0, 0, 0, 0};

    memcpy(rig->measures, measures, sizeof measures);
    memcpy(rig->control, control, sizeof control);
    rig->battery[0] = 820;
    rig->battery[2] = 3;
    rig->battery[3] = 100;
    rig->battery[5] = 10080;
    rig->battery[7] = 6;
    rig->battery[33] = 9;
    rig->rating = 30;
}

void rig_init(struct rig *rig, enum link_port kind)
{
    memset(rig, 0, sizeof *rig);
    rig->now_ms = 1000000;
    rig->clock = (struct ups_clock){rig_mono, rig_wall, rig};
    rig->host = (struct drv_host){
        .clock = &rig->clock, .dial = rig_dial, .hang_up = rig_hang_up, .arg = rig};
    rig->t = tr_new();
    rig->link = link_adopt(tr_fd(rig->t), kind, "test");
    rig->d.driver = &huawei_ups2000_driver;
    rig->d.host = &rig->host;
    rig->d.unit = "ups";
    rig->d.port = "test";
    rig->d.state = calloc(1, rig->d.driver->state_size);
    rig->d.opt = drv_option_values(rig->d.driver);
    if (!rig->link || !rig->d.state || !rig->d.opt)
        abort();
    for (const struct drv_option *o = rig->d.driver->options; o->name; o++)
        if (o->def)
            rig_option(rig, o->name, o->def);
    rig_option(rig, "response-timeout", "300"); /* what a busy machine may take */
    rig_values(rig);
    log_capture(rig_log, rig);
}

/* -- frames --------------------------------------------------------------------------------- */

static size_t rig_frame(struct rig *rig, uint8_t *frame, const uint8_t *pdu, size_t len)
{
    if (rig->link->kind == LINK_PORT_TCP) {
        const uint8_t mbap[7] = {0, 0, 0, 0, (uint8_t)((len + 1) >> 8), (uint8_t)(len + 1), 1};
        memcpy(frame, mbap, sizeof mbap);
        memcpy(frame + 7, pdu, len);
        return len + 7;
    }
    frame[0] = 1;
    memcpy(frame + 1, pdu, len);
    uint16_t crc = mb_crc(frame, len + 1);
    frame[len + 1] = (uint8_t)crc;
    frame[len + 2] = (uint8_t)(crc >> 8);
    return len + 3;
}

/* Adds request and answer, given from the function code on. */
static void rig_pdus(struct rig *rig, const uint8_t *ask, size_t ask_len, const uint8_t *answer,
                     size_t answer_len)
{
    uint8_t request[TR_BYTES], reply[TR_BYTES];
    char hex[2][TR_BYTES * 3] = {"", ""};
    bool tcp = rig->link->kind == LINK_PORT_TCP;
    size_t n[2] = {rig_frame(rig, request, ask, ask_len),
                   answer_len ? rig_frame(rig, reply, answer, answer_len) : 0};

    for (int which = 0; which < 2; which++)
        for (size_t i = 0; i < n[which]; i++)
            snprintf(hex[which] + 3 * i, 4, tcp && i < 2 ? "?? " : "%02X ",
                     (which ? reply : request)[i]);
    tr_expect(rig->t, hex[0], hex[1]);
}

void rig_read(struct rig *rig, unsigned addr, unsigned count, const uint16_t *regs)
{
    const uint8_t ask[5] = {3, (uint8_t)(addr >> 8), (uint8_t)addr, 0, (uint8_t)count};
    uint8_t answer[2 + 2 * 125] = {3, (uint8_t)(2 * count)};

    for (unsigned i = 0; regs && i < count; i++) {
        answer[2 + 2 * i] = (uint8_t)(regs[i] >> 8);
        answer[3 + 2 * i] = (uint8_t)regs[i];
    }
    rig_pdus(rig, ask, sizeof ask, answer, regs ? 2 + 2 * count : 0);
}

void rig_refuse(struct rig *rig, unsigned addr, unsigned count, uint8_t exception)
{
    const uint8_t ask[5] = {3, (uint8_t)(addr >> 8), (uint8_t)addr, 0, (uint8_t)count};
    const uint8_t answer[2] = {0x83, exception};

    rig_pdus(rig, ask, sizeof ask, answer, sizeof answer);
}

void rig_expect_head(struct rig *rig)
{
    if (rig->link->kind == LINK_PORT_TCP) /* raw requests have transaction 0 */
        tr_expect(rig->t, "00 00 00 00 00 05 01 2B 0E 03 87",
                  "00 00 00 00 00 54 01 2B 0E 03 03 00 00 02 87 04 00 00 00 01 88 44 31 3D 55 50 "
                  "53 32 30 30 30 41 3B 32 3D 56 31 30 30 42 31 31 32 44 30 30 3B 33 3D 50 31 2E "
                  "30 2D 44 31 2E 30 3B 34 3D 32 31 30 32 32 39 30 37 31 30 48 47 46 39 30 30 30 "
                  "30 31 33 3B 35 3D 31 3B 36 3D 2D 31");
    else
        tr_expect(rig->t, RIG_ID_ASK, RIG_ID);
    rig_read(rig, 19009, 1, &rig->rating);
}

void rig_expect_full(struct rig *rig)
{
    rig_read(rig, 11000, 28, rig->measures);
    rig_read(rig, 11043, 7, rig->control);
    rig_read(rig, 41180, 27, rig->alarms + 1);
    rig_read(rig, 12000, 34, rig->battery);
}

void rig_expect_open(struct rig *rig)
{
    rig_expect_head(rig);
    rig_expect_full(rig);
    rig_read(rig, 11031, 1, &rig->eco);
}

void rig_expect_fast(struct rig *rig)
{
    rig_read(rig, 11024, 1, &rig->measures[24]);
    rig_read(rig, 11043, 1, &rig->control[0]);
    rig_read(rig, 12002, 1, &rig->battery[2]);
}

void rig_expect_fast_alarms(struct rig *rig)
{
    rig_read(rig, 11024, 1, &rig->measures[24]);
    rig_read(rig, 11043, 1, &rig->control[0]);
    rig_read(rig, 41180, 27, rig->alarms + 1);
}

void rig_healthy(struct rig *rig)
{
    rig_init(rig, LINK_PORT_TTY);
    rig_expect_open(rig);
}

void rig_writes(struct rig *rig, const char *frame)
{
    tr_expect(rig->t, frame, frame);
}

void rig_reads(struct rig *rig, unsigned base, uint16_t value)
{
    rig_read(rig, base + (base >= 40000 ? 1024u : 10000u), 1, &value);
}

/* -- running -------------------------------------------------------------------------------- */

/* Waits as a worker would. */
static void rig_pause(struct rig *rig)
{
    int64_t wait = rig->d.not_before_ms - rig_mono(rig);

    if (wait <= 0)
        return;
    if (rig->real_time)
        poll(NULL, 0, (int)wait);
    else
        rig->now_ms += wait;
}

int rig_open(struct rig *rig)
{
    int rc;

    while ((rc = rig->d.driver->open(&rig->d, &rig->r)) == DRV_MORE)
        rig_pause(rig);
    return rc;
}

int rig_reopen(struct rig *rig)
{
    rig->d.driver->close(&rig->d);
    memset(rig->d.state, 0, rig->d.driver->state_size);
    return rig_open(rig);
}

int rig_poll(struct rig *rig, enum drv_poll kind)
{
    int rc;

    while ((rc = rig->d.driver->poll(&rig->d, kind, &rig->r)) == DRV_MORE)
        rig_pause(rig);
    return rc;
}

static int rig_told(struct rig *rig, int rc)
{
    if (rc)
        printf("# %s\n", rig->d.why);
    return rc;
}

int rig_command(struct rig *rig, enum ups_command command, struct ups_command_args args)
{
    int rc;

    while ((rc = rig->d.driver->command(&rig->d, command, args, &rig->r)) == DRV_MORE)
        rig_pause(rig);
    return rig_told(rig, rc);
}

int rig_set(struct rig *rig, enum ups_var var, int64_t milli)
{
    int rc;

    while ((rc = rig->d.driver->set(&rig->d, var, milli, &rig->r)) == DRV_MORE)
        rig_pause(rig);
    return rig_told(rig, rc);
}

const char *rig_status(struct rig *rig)
{
    static _Thread_local char text[128];

    ups_status_text(rig->r.status, text, sizeof text);
    return text;
}

int64_t rig_num(struct rig *rig, enum ups_var var)
{
    int64_t milli = -999999;

    ups_get(&rig->r, var, 0, &milli);
    return milli;
}

bool rig_finish(struct rig *rig)
{
    rig->d.driver->close(&rig->d);
    bool ok = tr_finish(rig->t);
    link_close(rig->link);
    free(rig->d.state);
    free(rig->d.opt);
    ups_caps_clear(&rig->d.caps);
    log_capture(NULL, NULL);
    return ok;
}
