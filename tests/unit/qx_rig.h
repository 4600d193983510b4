/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A Q* UPS for driver tests: a port that answers by a list of requests and replies, and a clock
 * that only waiting moves.
 */
#ifndef QX_RIG_H
#define QX_RIG_H

#include "qx/qx.h"

enum { RIG_RULES = 48, RIG_LINE = 160 };

/* What the device does with a request that it has no rule for. */
enum rig_unknown { RIG_SILENCE, RIG_ECHO, RIG_NAK, RIG_PNAK };

struct rig_rule {
    char request[QX_REQUEST_MAX];
    char reply[RIG_LINE]; /* a CR is added, unless `bare` */
    size_t len;
    bool silent, bare;
    int garbled; /* so many replies come spoiled first */
    int refused; /* so many are (NAK first */
    /* once this request has come, `then` is answered with `then_reply`; `also` likewise */
    char then[QX_REQUEST_MAX], then_reply[RIG_LINE];
    char also[QX_REQUEST_MAX], also_reply[RIG_LINE];
};

struct qx_rig {
    struct qx_port port;
    struct drv_host host;
    struct ups_clock clock;
    struct drv d;
    struct drv_value opt[QX_OPTIONS];
    struct qx *x;
    struct ups_reading r;
    struct rig_rule rule[RIG_RULES];
    unsigned rules;
    enum rig_unknown unknown;
    int64_t now_ms;
    bool gone, closed;
    char sent[4096]; /* requests, blank between them */
    unsigned exchanges;
    char log[4096];
    struct drv_preset preset[8];
    char value[256];
};

/* Makes a rig; `protocol` NULL: autodetection. */
void qr_init(struct qx_rig *rig, const char *protocol, enum rig_unknown unknown);

/* Sets an option as in the configuration, default.NAME and override.NAME too. */
void qr_option(struct qx_rig *rig, const char *name, const char *value);

/* Adds or replaces a rule; reply NULL: silence. */
struct rig_rule *qr_answer(struct qx_rig *rig, const char *request, const char *reply);

/* The same for replies with NULs in them. */
struct rig_rule *qr_answer_bytes(struct qx_rig *rig, const char *request, const void *reply,
                                 size_t len);

/* From the moment when `request` (answered with `reply`) comes, `then` is answered so. */
void qr_after(struct qx_rig *rig, const char *request, const char *reply, const char *then,
              const char *then_reply);

/* For a request that qr_after() has named: another one that changes with it. */
void qr_also(struct qx_rig *rig, const char *request, const char *also, const char *also_reply);

/* Runs to the end: DRV_DONE or the error.  The log of requests begins anew with each. */
int qr_open(struct qx_rig *rig);
int qr_poll(struct qx_rig *rig, enum drv_poll kind);
int qr_command(struct qx_rig *rig, enum ups_command command, int32_t value, int32_t second);
int qr_set(struct qx_rig *rig, const char *var, int64_t milli);

/* Opens anew as the worker does: closed, state zeroed. */
int qr_reopen(struct qx_rig *rig);

/* Open and one full poll; what fails is printed. */
bool qr_up(struct qx_rig *rig);

/* A variable as listings show it; "" if it is unknown. */
const char *qr_value(struct qx_rig *rig, const char *name);

/* Closes and frees. */
void qr_fini(struct qx_rig *rig);

#endif
