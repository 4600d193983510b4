/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A Huawei driver on a transcript: everything a driver test needs besides its bytes.
 */
#ifndef HUAWEI_RIG_H
#define HUAWEI_RIG_H

#include "huawei_ups2000.h"
#include "transcript.h"

/* The capture of identification that G13 prints in chapter 3, and the request before it. */
#define RIG_ID_ASK "01 2B 0E 03 87 31 75"
#define RIG_ID                                                                                     \
    "01 2B 0E 03 03 00 00 02 87 04 00 00 00 01 88 44 31 3D 55 50 53 32 30 30 30 41 3B 32 3D 56 "   \
    "31 30 30 42 31 31 32 44 30 30 3B 33 3D 50 31 2E 30 2D 44 31 2E 30 3B 34 3D 32 31 30 32 32 "   \
    "39 30 37 31 30 48 47 46 39 30 30 30 30 31 33 3B 35 3D 31 3B 36 3D 2D 31 D2 28"

struct rig {
    struct transcript *t;
    struct link *link; /* NULL after hang-up */
    struct drv_host host;
    struct ups_clock clock;
    struct drv d;
    struct ups_reading r;
    bool real_time;          /* pauses are real */
    int64_t now_ms;          /* else: the clock, advanced by pauses only */
    struct link_params wire; /* what the driver asked for */
    bool broken;             /* the driver hung up, and said that the wire is broken */
    int hung_up;
    char log[4096]; /* what was logged, one line each */
    /* The device's registers, by base number. */
    uint16_t alarms[29], measures[28], control[7], battery[34], rating, eco;
};

/* Makes a rig with the values of a real UPS2000-G-3KRTS (idle on mains). */
void rig_init(struct rig *rig, enum link_port kind);

/* Sets an option as in the configuration. */
void rig_option(struct rig *rig, const char *name, const char *value);

/* Adds a read of protocol address `addr` and an answer with `regs`; NULL: silence. */
void rig_read(struct rig *rig, unsigned addr, unsigned count, const uint16_t *regs);

/* Adds a read and a one-byte exception. */
void rig_refuse(struct rig *rig, unsigned addr, unsigned count, uint8_t exception);

/* Adds the usual sequences of a 1-3 kVA unit with the rig's registers. */
void rig_expect_head(struct rig *rig);        /* identification and rating */
void rig_expect_full(struct rig *rig);        /* A B C7 D */
void rig_expect_open(struct rig *rig);        /* all of opening */
void rig_expect_fast(struct rig *rig);        /* 1024 1043 2002 */
void rig_expect_fast_alarms(struct rig *rig); /* 1024 1043 alarms: when those are 4 s old */

/* A 1-3 kVA unit on a tty whose opening is expected. */
void rig_healthy(struct rig *rig);

/* Adds a write, given as its frame, that is echoed. */
void rig_writes(struct rig *rig, const char *frame);

/* Adds a read of one register, by base number. */
void rig_reads(struct rig *rig, unsigned base, uint16_t value);

/* Runs a command or a setting on an open device to its end; what failed is printed. */
int rig_command(struct rig *rig, enum ups_command command, struct ups_command_args args);
int rig_set(struct rig *rig, enum ups_var var, int64_t milli);

/* Runs open or a poll to its end.  Returns DRV_DONE or the error. */
int rig_open(struct rig *rig);
int rig_reopen(struct rig *rig); /* as a worker does it: closed, state zeroed, opened */
int rig_poll(struct rig *rig, enum drv_poll kind);

/* Status words of the reading. */
const char *rig_status(struct rig *rig);

/* Thousandths of a variable, or -999999 if it is unknown. */
int64_t rig_num(struct rig *rig, enum ups_var var);

/* Closes, frees, checks that the transcript was played to its end. */
bool rig_finish(struct rig *rig);

#endif
