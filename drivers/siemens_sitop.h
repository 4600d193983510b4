/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Siemens SITOP UPS500S/P and DC UPS with USB: inside of the driver.
 *
 * The unit says its state without being asked, in words of five characters: one burst of four words
 * every 75 ms (manual "SITOP DC UPS", 2009).  Facts and sources: docs/protocols/siemens-sitop.md.
 */
#ifndef SIEMENS_SITOP_H
#define SIEMENS_SITOP_H

#include "driver.h"

/* -- words (sitop_words.c) ------------------------------------------------------------------ */

/* What the unit tells; each has two words, and word / 2 is the signal, word % 2 its value. */
enum sitop_signal { SITOP_READINESS, SITOP_CHARGE, SITOP_INPUT, SITOP_MODE, SITOP_SIGNALS };

enum sitop_word {
    SITOP_BUFRD, /* ready to buffer */
    SITOP_ALARM,
    SITOP_ABOVE_85, /* charge, per cent */
    SITOP_BELOW_85, /* or not known */
    SITOP_DC_OK,
    SITOP_DC_LO,
    SITOP_IDLE, /* not buffering */
    SITOP_BUFFERING,
    SITOP_WORDS,
    SITOP_NO_WORD = SITOP_WORDS
};

enum { SITOP_WORD_LEN = 5 };

extern const char sitop_words[SITOP_WORDS][SITOP_WORD_LEN + 1];

/* Finds words in a stream of bytes. */
struct sitop_parser {
    char text[SITOP_WORD_LEN];
    uint8_t len;     /* of text; one more: the line is too long to be a word */
    uint8_t unended; /* bytes since the last line end, as far as it matters */
    bool sliding;    /* there are no line ends: words are found wherever they stand */
};

/*
 * Takes one byte.  Returns the word that it completes, or SITOP_NO_WORD.  With line ends a word is
 * complete when its line is, and only if nothing else stands on it: the asterisks of two damaged
 * words could else pass as a third.
 */
enum sitop_word sitop_parse(struct sitop_parser *p, uint8_t byte);

/* -- state (sitop_state.c) ------------------------------------------------------------------ */

enum { SITOP_UNKNOWN = -1 };

/* One signal: what counts, and what was heard last. */
struct sitop_heard {
    int8_t value;     /* counts: 0, 1 or SITOP_UNKNOWN */
    int8_t last;      /* heard last, likewise */
    uint8_t times;    /* in a row, as far as it matters */
    uint32_t number;  /* of the word heard last */
    int64_t since_ms; /* since when it is heard */
    int8_t settled;   /* readiness: last value heard twice in a row */
};

struct sitop_state {
    struct sitop_heard signal[SITOP_SIGNALS];
    uint32_t words;    /* heard so far */
    int64_t word_ms;   /* the last one */
    int64_t change_ms; /* readiness: the last change */
    uint8_t changes;   /* in the rhythm of blinking, in a row */
    bool defective;    /* it blinks: the storage is defective */
};

/* Nothing was heard yet. */
void sitop_state_init(struct sitop_state *s);

/* Words were missed: what counts stays, and what was heard before says nothing of what comes. */
void sitop_state_gap(struct sitop_state *s);

/*
 * Takes in one word.  exact: it stood alone on its line.
 * One word is no proof: a value counts when it was heard twice in a row (75 ms later), or when
 * input and mode agree in one burst.  ALARM counts at once (three times) while buffering, for then
 * each second counts; else after 3 s, because it blinks every 2 s when the storage is defective.
 */
void sitop_state_word(struct sitop_state *s, enum sitop_word word, bool exact, int64_t now_ms);

/* The value that counts of a signal. */
static inline int sitop_value(const struct sitop_state *s, enum sitop_signal signal)
{
    return s->signal[signal].value;
}

/* A number that changes with what the state says to the outside. */
uint32_t sitop_state_mark(const struct sitop_state *s);

/* Writes variables, status, alarms and raw words of *r. */
void sitop_derive(const struct sitop_state *s, struct ups_reading *r);

/* -- one device (siemens_sitop.c, sitop_command.c) ------------------------------------------ */

/* Rows of the option table. */
enum sitop_option {
    SITOP_OPT_MAX_POLLS,
    SITOP_OPT_DELAY,
    SITOP_OPT_INTERRUPTION,
    SITOP_OPT_MODEL,
    SITOP_OPT_DTR,
    SITOP_OPT_RTS,
};

enum {
    SITOP_PAUSE_S = 5,     /* how long shutdown.return on line keeps the output off */
    SITOP_SETTLE_S = 10,   /* so long after that the port stays closed */
    SITOP_KEEP_CLOSED = 0, /* drv.keep: not to be opened before this time */
};

/* The command that runs. */
struct sitop_job {
    bool runs, watching;
    enum ups_command command;
    uint8_t at;      /* next byte of the sequence */
    uint8_t rounds;  /* sequences whose letter was sent */
    int64_t next_ms; /* when it may be sent */
    int64_t sent_ms; /* the last byte */
};

struct sitop {
    struct link *link; /* the host's; NULL: released */
    struct sitop_parser parser;
    struct sitop_state state;
    uint32_t mark;       /* sitop_state_mark() of what stands in the reading */
    int64_t begun_ms;    /* opening: when the link was there */
    int64_t first_ms;    /* opening: the first word; 0: none */
    int64_t listened_ms; /* when it was last looked for input */
    bool flush;          /* what is in the port is too old */
    bool polling;        /* a status poll is under way */
    int64_t poll_end_ms;
    uint32_t poll_words;  /* state.words when it began */
    uint32_t bytes;       /* since it, or since opening, began */
    uint32_t empty_polls; /* in a row */
    struct sitop_job job;
};

/* Gives the link back and forgets it. */
void sitop_release(struct drv *d);

/*
 * Takes in all that has come; a change is in *r at once, with r->taken_ms moved on.  Returns
 * UPS_OK, or UPS_E_DISCONNECTED: the link is released.
 */
int sitop_listen(struct drv *d, struct ups_reading *r);

int sitop_command(struct drv *d, enum ups_command command, struct ups_command_args args,
                  struct ups_reading *r);
int sitop_abandon(struct drv *d, struct ups_reading *r);

/* What this unit can be told, by its options. */
void sitop_find_commands(struct drv *d);

extern const struct drv_driver siemens_sitop_driver;

#endif
