/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A Siemens SITOP UPS500 or DC UPS over the shared model: 24 V DC, four state words every 75 ms,
 * unasked; R and S order a shut-off.  "Input" is the model's mains, "buffering" its battery mode.
 * Times of the state machine are the model's, those of the line the wall's.
 *
 * Sources: Siemens "SITOP DC UPS" manual (2009), operating instructions A5E38474162 (2016), NUT's
 * siemens-sitop manual page.
 */
#ifndef UPSSIM_SITOP_H
#define UPSSIM_SITOP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "model.h"
#include "sim.h"

/* The four signals, in the order of a burst. */
enum sitop_signal { SITOP_READY, SITOP_CHARGE, SITOP_INPUT, SITOP_MODE, SITOP_SIGNALS };

enum sitop_line_end { SITOP_CRLF, SITOP_LF, SITOP_CR, SITOP_NO_END };

enum sitop_remote {
    SITOP_IDLE,
    SITOP_ARMED,    /* the words have stopped; the time starts when the host closes the port */
    SITOP_COUNTING, /* towards the shut-off */
    SITOP_OFF,      /* off, comes back when the model does */
    SITOP_STAYS     /* off until the input was away for a second */
};

struct sitop {
    struct model *model;
    /* switches */
    int delay;         /* seconds of switches 6 to 10, the 5 s of "all off" included */
    bool set_time;     /* switch 5: the time runs from the start of buffering; no remote */
    bool interruption; /* switch 11 */
    bool operating;    /* switch 12 */
    bool defective;    /* storage to be replaced: readiness blinks */
    /* options */
    enum sitop_line_end line_end;
    bool single, shuffled; /* one word a burst; any order */
    bool steady;           /* no jitter of the period */
    bool nut_style, lf_hang, host_dies;
    double lose, hang; /* probabilities: a command is ignored, an unknown byte mutes */
    bool omit[SITOP_SIGNALS];
    /* state */
    bool ready; /* as of the last check, which comes every 20 s */
    double next_check;
    bool mute; /* until the plug is pulled */
    bool dark; /* storage empty: no supply until the input returns */
    enum sitop_remote remote;
    char order;        /* R or S */
    bool lone;         /* no line feed has followed it yet */
    int64_t last_byte; /* from the host */
    double low_since;  /* model time, negative: the input is good */
    double resume_at;  /* the time ends without an interruption, negative: it does not */
    bool was_buffering;
    struct shot show; /* bursts that show show_word */
    char show_word[6];
    int64_t next_burst; /* 0: not started */
    unsigned next_word; /* single */
};

/* Sets `model` to a UPS500S with capacitors. */
void sitop_init(struct sitop *s, struct model *model);
void sitop_ready(struct sitop *s);
/* A key=value; false with a reason in `why`, empty for an unknown key. */
bool sitop_option(struct sitop *s, const char *key, const char *value, struct buf *why);
extern const char sitop_option_help[];

/* After the model has advanced (or was changed): checks, ends of times, supply. */
void sitop_update(struct sitop *s);
/* A byte from the host; `chance` returns 0 to 1. */
void sitop_byte(struct sitop *s, char byte, int64_t now, double (*chance)(void *), void *context);
/* The host has closed the port. */
void sitop_hangup(struct sitop *s);
/* The plug was pulled and put back. */
void sitop_replug(struct sitop *s);
bool sitop_silent(const struct sitop *s);
/* The word of one signal: five characters. */
const char *sitop_word(const struct sitop *s, enum sitop_signal signal);
/* Which signal a word belongs to, or -1. */
int sitop_signal_of(const char *word);

#endif
