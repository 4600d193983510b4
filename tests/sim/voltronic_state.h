/* SPDX-License-Identifier: BSD-2-Clause */
/* What a unit of a Voltronic Power family knows besides what those of the Q* family do (qx.h). */
#ifndef UPSSIM_VOLTRONIC_STATE_H
#define UPSSIM_VOLTRONIC_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fault.h"

enum { VOLT_OUTLETS = 4, VOLT_WARNINGS = 64, VOLT_SHOWN = 24, VOLT_WORDS = 128, VOLT_HELD = 512 };

/* qs-hex: fields whose bytes can be given; input 3, output 3, load 1, frequency 5, battery 2,
 * status 1, rating 1. */
enum volt_raw {
    VOLT_RAW_INPUT,
    VOLT_RAW_OUTPUT,
    VOLT_RAW_LOAD,
    VOLT_RAW_FREQUENCY,
    VOLT_RAW_BATTERY,
    VOLT_RAW_STATUS,
    VOLT_RAW_RATING,
    VOLT_RAW_FIELDS
};

/* Settings that are numbers, in tenths where their quantum is 0.1. */
enum volt_setting {
    VOLT_HEH, /* ECO: highest and lowest voltage, frequency */
    VOLT_HEL,
    VOLT_FREH,
    VOLT_FREL,
    VOLT_PHV, /* bypass: the same */
    VOLT_PLV,
    VOLT_PGF,
    VOLT_PSF,
    VOLT_W0E, /* battery low voltage */
    VOLT_BATN,
    VOLT_BATGN,
    VOLT_PPD, /* output phase angle */
    VOLT_PBT, /* battery type */
    VOLT_PGR, /* grid working range */
    VOLT_SETTINGS
};

/* Which limits hold, by protocol number. */
enum volt_group { VOLT_G1, VOLT_G1_SPLIT, VOLT_G2, VOLT_G2_99, VOLT_NO_LIMITS };

struct volt_preset {
    const char *number; /* of QPI */
    double va, nominal_v;
    int blocks, phases_in, phases_out;
    bool interactive, grid_range;
    enum volt_group group;
    const char *flags;
};

/* A field of a reply that is not the model's: the `field`th, 0 = all of it. */
struct volt_shown {
    char request[8];
    int field;
    char text[96];
};

struct volt_outlet {
    bool off, cut; /* cut: by its delay on battery */
    int delay;     /* minutes, -1 = never set */
};

struct voltronic {
    const struct volt_preset *preset;
    char number[3];      /* of QPI */
    char bits[13];       /* of QGS, each 0, 1 or - whatever the state, or . */
    unsigned known, on;  /* capability letters, bit 0 = a; `a` itself is the model's beeper */
    unsigned standard;   /* of them those that PF enables */
    char flag_order[32]; /* in which QFLAG lists them */
    int settings[VOLT_SETTINGS]; /* -1: the factory's */
    struct volt_outlet outlets[VOLT_OUTLETS];
    int outlet_count;
    bool warnings[VOLT_WARNINGS]; /* besides those of the state */
    /* quirks */
    char refuse[VOLT_WORDS], silent[VOLT_WORDS], lockup[VOLT_WORDS], ack_only[VOLT_WORDS];
    struct volt_shown shown[VOLT_SHOWN];
    bool pad_blank, long_minutes, noisy_minutes, lower_case, eco_hides_b5;
    bool junk;      /* after the CR, up to a whole report of 8 bytes */
    int qws_length; /* digits */
    int manufacturer_width;
    int parallel;         /* QPAR */
    long nak_every;       /* every so many requests are refused; 0: none */
    struct shot late;     /* replies that come with the answer to the next request */
    struct shot headless; /* replies without their first 16 bytes */
    char letter;          /* qs: of M */
    bool mains_wakes;     /* qs: a load off ends when the mains return */
    bool forgets_delay;   /* qs: after a load off that C ended, R<mmmm> has no effect */
    bool needs_mains;     /* qs: no shutdown on battery */
    bool p_tests;         /* qs-hex: P obeys T */
    bool raw_set[VOLT_RAW_FIELDS];
    uint8_t raw[VOLT_RAW_FIELDS][5]; /* qs-hex: bytes of a field whatever the model says */
    bool no_crc;                     /* axpert */
    struct shot bad_crc;
    /* state */
    bool stayed_off; /* qs: by R0000, with mains ever since */
    bool delay_lost;
    char fault[3];   /* active: mode F */
    char record[80]; /* of QFS; empty: never failed */
    unsigned faults_seen;
    bool was_on, was_battery, counting; /* at the last look; counting: a shutdown */
    bool closing;                       /* the output went off by itself or by a countdown */
    bool stopped;                       /* by SOFF */
    bool muted;
    bool noise_turn;
    double starting_until, battery_since; /* on the model's clock; negative: not */
    double tripped_at[3];                 /* overloads */
    int trips;
    bool tripped;
    bool locked_in_bypass;
    double least_load, most_load;
    long requests;
    char held[VOLT_HELD];
    size_t held_len;
    char last[VOLT_HELD]; /* reply, for what lies after a CR */
    size_t last_len;
};

#endif
