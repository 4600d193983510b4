/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The options that every configuration knows, one row each.  The checks, the manual page and the
 * example file's test are read off these rows; the drivers bring rows of their own (struct
 * drv_option).
 */
#ifndef CONF_OPTIONS_H
#define CONF_OPTIONS_H

#include "conf.h"

enum conf_where { CONF_GLOBAL = 1, CONF_UNIT = 2 };

enum conf_type {
    CONF_SECONDS, /* seconds with at most three decimals, kept in ms */
    CONF_CHOICE,  /* one of choices */
    CONF_CLASSES, /* list of enum ups_class' words, `all`, `none` */
    CONF_EVENTS,  /* list of event_kinds' words, `all`, `none` */
    CONF_FLAG,    /* alone, or yes or no, as DRV_OPT_FLAG */
    CONF_TEXT,    /* min to max bytes */
    CONF_DRIVER,  /* name of a driver */
    CONF_PORT,    /* see link_port_kind() */
    CONF_IGNORED, /* NUT's own: accepted with a notice */
};

struct conf_option;

/* What an option sets: timing always, unit inside a section (else NULL). */
struct conf_target {
    struct conf_timing *timing;
    struct conf_unit *unit;
};

/*
 * Checks `text` and stores it; text is "" if a flag stands alone.  Borrows text.  Returns false
 * with "expected ..., found ..." in why.
 */
typedef bool conf_set_fn(const struct conf_option *opt, const struct conf_target *target,
                         const char *text, char *why, size_t why_size);

struct conf_option {
    const char *name;
    unsigned where; /* CONF_GLOBAL | CONF_UNIT */
    enum conf_type type;
    int64_t min, max;           /* CONF_SECONDS: ms; CONF_TEXT: bytes */
    const char *const *choices; /* CONF_CHOICE: NULL at the end */
    const char *def;            /* as written in the configuration; NULL: none */
    const char *help;           /* one sentence; CONF_IGNORED: why it has no meaning */
    conf_set_fn *set;           /* NULL: nothing is stored */
    size_t field;               /* offset in struct conf_timing, for the setters of timing */
};

/* Ends with a row whose name is NULL. */
extern const struct conf_option conf_options[];

/* Finds a row by name; NULL if there is none. */
const struct conf_option *conf_option_find(const char *name);

/*
 * The i-th word of an option of CONF_CLASSES or CONF_EVENTS, and the bits that it sets; NULL after
 * the last.
 */
const char *conf_option_word(enum conf_type type, unsigned i, uint32_t *bits);

/* Fills in the defaults of the table. */
void conf_timing_defaults(struct conf_timing *timing);

/*
 * Describes a row in the form used by the manual page and the listings:
 * "seconds, 0.1 to 3600; default 1; global and per unit".
 */
void conf_option_facts(const struct conf_option *opt, char *buf, size_t size);

/* The same for a driver's row: "whole number, 6 to 5940 s; default 60". */
void conf_driver_option_facts(const struct drv_option *opt, char *buf, size_t size);

/* Length of the longest section name and the longest context (RFC 3411: contextName). */
#define CONF_NAME_MAX 32

/* Number of single-letter edits between two words, for "did you mean"; at least 9 means "far". */
unsigned conf_word_distance(const char *a, const char *b);

#endif
