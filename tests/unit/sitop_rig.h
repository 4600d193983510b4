/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A SITOP driver on a socket pair and a clock that only the test moves: words are said, steps are
 * taken as a worker takes them, and what the driver sends can be looked at.
 */
#ifndef SITOP_RIG_H
#define SITOP_RIG_H

#include "siemens_sitop.h"

enum { RIG_BURST_MS = 75, RIG_POLL_MS = 1000 };

struct rig {
    int fd;            /* the device's end; -1: unplugged */
    struct link *link; /* the driver's end; NULL after hang-up */
    struct drv_host host;
    struct ups_clock clock;
    struct drv d;
    struct ups_reading r;
    bool open;
    int64_t now_ms, due_ms;  /* the clock; when the next step of opening or polling is due */
    int last;                /* what the last step gave */
    int told;                /* steps after which the reading was told: taken_ms had moved */
    int hung_up;             /* times that the driver gave its link back */
    const char *end;         /* of each word */
    enum link_line dtr, rts; /* as they were asked for with the port */
};

void rig_init(struct rig *rig, enum link_port kind);
void rig_fini(struct rig *rig);

/* Sets an option as in the configuration. */
void rig_option(struct rig *rig, const char *name, const char *value);

/* A new wire, as after plugging in again; the device is opened anew. */
void rig_replug(struct rig *rig);
void rig_unplug(struct rig *rig);

/* Takes the steps that are due, for input or by time; nothing else happens meanwhile. */
void rig_steps(struct rig *rig);

/* Says bytes, if anybody is there, and has the driver take the steps that they cause. */
void rig_say(struct rig *rig, const char *text);

/* One burst ("BUFRD BA>85 DC_OK *****"), its words one by one; then the clock moves to the next. */
void rig_burst(struct rig *rig, const char *words);

/* Bursts for so long. */
void rig_bursts(struct rig *rig, const char *words, int64_t ms);

/* Silence for so long: the steps that come due are taken. */
void rig_silence(struct rig *rig, int64_t ms);

/* A device whose normal bursts have opened it. */
void rig_healthy(struct rig *rig);

/* Bytes that the driver has sent since the last call, line feeds shown as '.'. */
const char *rig_sent(struct rig *rig);

/* Status words of the reading; "" if there are none. */
const char *rig_status(struct rig *rig);

/* battery.charge.approx, or "". */
const char *rig_charge(struct rig *rig);

bool rig_alarm(const struct rig *rig, enum ups_alarm alarm);

#define RIG_NORMAL  "BUFRD BA>85 DC_OK *****"
#define RIG_BATTERY "BUFRD BA>85 DC_LO *BAT*"

#endif
