/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The driver interface: one constant struct drv_driver per driver, one struct drv per device.
 *
 * A driver is a machine that advances by one transaction a call.  It is only ever called from the
 * thread of its wire, one call at a time; between two calls the worker may serve a command or
 * another unit of the same bus, and it alone waits.  So a driver never sleeps: a pause before the
 * next step (a retry after 1 s, a quiet line) is asked for through drv.not_before_ms, and input
 * that a device sends unasked is waited for through drv.wait_fd. Drivers hold no globals; all state
 * lives in drv.state.
 */
#ifndef DRIVER_H
#define DRIVER_H

#include "clock.h"
#include "link.h"
#include "log.h"
#include "ups.h"

/* -- options -------------------------------------------------------------------------------- */

enum drv_option_type {
    DRV_OPT_FLAG,   /* present or not: integer 0 or 1 */
    DRV_OPT_INT,    /* whole number, min..max */
    DRV_OPT_CHOICE, /* one word of choices: integer index */
    DRV_OPT_TEXT,   /* free text of at most max bytes */
    DRV_OPT_PRESET, /* any name that begins as the row's does, up to its '*', and goes on with that
                       of a variable: drv.preset; min: whether it overrides the device */
};

/*
 * One option of a driver.  The manual's list, --list-drivers and the configuration's checks are
 * read off these rows.  Options end with a row whose name is NULL; the row's index is the option's
 * number in drv.opt.
 */
struct drv_option {
    const char *name; /* NUT's name where NUT has the option */
    enum drv_option_type type;
    int64_t min, max;           /* DRV_OPT_INT: range; DRV_OPT_TEXT: max = longest */
    const char *const *choices; /* DRV_OPT_CHOICE: words, NULL at the end */
    const char *unit;           /* "s", "ms", "bit/s", ... or NULL */
    const char *def;            /* default as written in the configuration, or NULL: unset */
    const char *help;           /* one sentence */
};

/* Value of an option after parsing.  `text` is borrowed from the configuration. */
struct drv_value {
    bool set;    /* given in the configuration, or has a default */
    int64_t num; /* DRV_OPT_FLAG, _INT, _CHOICE */
    const char *text;
};

/*
 * A value out of the configuration for a variable: one that counts while the device gives none
 * (default.NAME), or whatever the device gives (override.NAME).
 */
struct drv_preset {
    uint16_t var; /* enum ups_var */
    uint8_t line;
    bool override;
    int64_t milli;    /* numbers and choices */
    const char *text; /* texts; borrowed from the configuration */
};

/*
 * Parses one preset: `name` is a variable's, without the prefix.  Returns UPS_OK, or UPS_E_INVALID
 * with a message in why.
 */
enum ups_error drv_preset_parse(const struct drv_option *opt, const char *name, const char *text,
                                struct drv_preset *preset, char *why, size_t why_size);

/*
 * Parses one value for an option.  Returns UPS_OK, or UPS_E_INVALID with a message that says what
 * was expected in why.  value->text borrows `text`.
 */
enum ups_error drv_option_parse(const struct drv_option *opt, const char *text,
                                struct drv_value *value, char *why, size_t why_size);

/* -- steps ---------------------------------------------------------------------------------- */

/* Result of a step: DRV_DONE, DRV_MORE, or a negative enum ups_error (text in drv.why). */
enum { DRV_DONE = 0, DRV_MORE = 1 };

enum drv_poll { DRV_POLL_FAST, DRV_POLL_FULL };

/* Counters of the wire, for logs and the extension MIB.  Owned by the driver's thread. */
struct drv_counters {
    uint32_t transactions, timeouts, garbled, refused;
};

enum { DRV_KEEP = 8 };

struct drv;

/* What the north lends a driver.  Outlives the driver. */
struct drv_host {
    const struct ups_clock *clock;
    /*
     * Gives the open link of the unit's port, opening it if need be.  Units of one bus get the
     * same link.  Returns UPS_OK or an error with a message in d->why.
     */
    enum ups_error (*dial)(struct drv_host *host, struct drv *d, const struct link_params *params,
                           struct link **link);
    /* Gives the link back; `broken` closes it for every unit on it. */
    void (*hang_up)(struct drv_host *host, struct drv *d, struct link *link, bool broken);
    void *arg;
};

/* One device. */
struct drv {
    const struct drv_driver *driver;
    struct drv_host *host;
    const char *unit;                /* section name, for log lines */
    const char *port;                /* as configured */
    struct drv_value *opt;           /* by row of driver->options; set() may change them */
    const struct drv_preset *preset; /* borrowed from the configuration */
    unsigned preset_count;
    void *state;          /* driver->state_size bytes, zeroed before open */
    struct ups_caps caps; /* filled by open; whoever called that clears them */
    struct drv_counters count;
    /*
     * The driver's own, zero at first and kept when the device is opened anew: since when nothing
     * has answered (0: it talks), and whether the log was told what to do about it.
     */
    int64_t silent_since_ms;
    bool silence_told;
    int64_t keep[DRV_KEEP]; /* its notes, kept likewise: what they mean is its own affair */
    /*
     * Set by command() with DRV_DONE: the delays that the device counts now, in seconds, rounded
     * as it rounds them; -1 where there is none.
     */
    struct ups_command_args took;
    int64_t not_before_ms; /* set with DRV_MORE: don't take the next step earlier; 0 = at once */
    /*
     * For devices that speak unasked: a descriptor that a step of open() or of a status poll names
     * (the link's: units of a wire share it); -1 before each such step and when the device is
     * closed.  The next step of that kind is then taken as soon as there is input or a hang-up,
     * else when it is due: at not_before_ms after DRV_MORE, or when the next poll is after
     * DRV_DONE.  That step must take in all that is there, or it is called again at once.  A
     * hang-up is told once; whoever takes no notice is called when due.
     */
    int wait_fd;
    int32_t poll_ms; /* the time between status polls, for polls that last so long: listening */
    char why[160];   /* set with every error: one line, no unit name, no newline */
};

struct drv_driver {
    const char *name;    /* lower case, digits, dashes: the configuration's `driver =` */
    const char *summary; /* one line for --list-drivers */
    const struct drv_option *options;
    unsigned ports;    /* LINK_PORT_* that `port =` may name */
    size_t state_size; /* bytes of drv.state */

    /*
     * MUST.  Connects, identifies, finds the capabilities; one step a call, first call with
     * state zeroed.  On DRV_DONE, *r holds the identity and d->caps what the device has; if
     * finding that out took a whole full poll, r->taken_ms says so and none follows at once.  On an
     * error the driver has released the link and the worker starts anew later, state zeroed.
     */
    int (*open)(struct drv *d, struct ups_reading *r);

    /*
     * MUST.  One step of a poll.  DRV_POLL_FAST: status, at most 3 transactions.  DRV_POLL_FULL:
     * everything.  The two kinds advance independently (fast polls run between the steps of a full
     * one).  One that listens to a device that speaks unasked may last for drv.poll_ms, see
     * drv.wait_fd.  Writes into *r, the unit's standing reading, only complete and checked blocks.
     * r->taken_ms is when the status in *r was read; when a step moves it on, the reading is taken
     * north at once, though the poll goes on (by 1 ms for a second change in one millisecond).  A
     * full poll includes the status.  Errors: UPS_E_TIMEOUT, UPS_E_GARBLED etc. end this poll, the
     * device stays open; UPS_E_DISCONNECTED and UPS_E_FOREIGN mean that the driver has released its
     * link: reopen.
     */
    int (*poll)(struct drv *d, enum drv_poll kind, struct ups_reading *r);

    /*
     * MAY be NULL: no instant commands.  One step of a command, called with the same arguments
     * until it gives something else than DRV_MORE; polls may run between the steps.  DRV_DONE only
     * when the device shows that it did it, or, for what it counts down to by itself, that it
     * counts. Errors: UPS_E_REFUSED (the device said no, or a check before the first write did),
     * UPS_E_INVALID (arguments), UPS_E_UNSUPPORTED, UPS_E_BUSY, UPS_E_TIMEOUT, UPS_E_GARBLED (not
     * confirmed); UPS_E_DISCONNECTED and UPS_E_FOREIGN as for poll.
     */
    int (*command)(struct drv *d, enum ups_command command, struct ups_command_args args,
                   struct ups_reading *r);

    /*
     * MAY be NULL: no settings.  One step of writing one variable out of caps.setting, with a
     * value that ups_setting_fit() has let through; otherwise as command().  DRV_DONE only when the
     * device (or, for what the driver itself keeps, the driver) shows the new value, which is then
     * in *r.
     */
    int (*set)(struct drv *d, enum ups_var var, int64_t milli, struct ups_reading *r);

    /*
     * MAY be NULL.  One step of giving up the command or setting that runs, because its time is
     * over; called until it gives something else than DRV_MORE, or for 10 s.  Takes back what was
     * begun as after an error.  DRV_DONE: it has turned out to be done.  Errors: UPS_E_TIMEOUT, why
     * says what became of it; UPS_E_DISCONNECTED and UPS_E_FOREIGN as for poll.  Without this
     * function, or when it does not end, the device is closed and opened anew: either way the next
     * command finds nothing of this one.
     */
    int (*abandon)(struct drv *d, struct ups_reading *r);

    /* MUST.  Releases the link and whatever state holds; safe in every state, once after open. */
    void (*close)(struct drv *d);
};

/* Sets d->why and returns `code`, for `return drv_fail(d, UPS_E_GARBLED, "...")`. */
int drv_fail(struct drv *d, enum ups_error code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Rows of a driver's options. */
unsigned drv_option_count(const struct drv_driver *driver);

/*
 * A value for each option of a driver, all unset, to be freed by the caller.  NULL: no memory; the
 * options of a driver without any are not NULL either.
 */
struct drv_value *drv_option_values(const struct drv_driver *driver);

/* Puts the presets into a reading: a default where it has no value, an override in any case. */
void drv_presets(const struct drv *d, struct ups_reading *r);

/* Value of option row `row`; its default if the configuration is silent. */
static inline int64_t drv_num(const struct drv *d, unsigned row)
{
    return d->opt[row].num;
}

/* All drivers built in, in the order of their names; NULL at the end. */
extern const struct drv_driver *const drv_drivers[];

/* Finds a driver by its name or one that NUT's users know it by; NULL if there is none. */
const struct drv_driver *drv_find(const char *name);

#endif
