/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The Q* family: one engine, and dialects that are constant tables.
 *
 * A dialect is rows of queries, commands and settings (struct qx_dialect, one file each).  The same
 * rows say what is asked while polling, what is asked to find out whether a UPS speaks the dialect,
 * what the UPS can be told and how success shows.  A callback stands only where a table would lie.
 * Everything about one device is in struct qx; nothing is global.
 *
 * qx_open.c     autodetection, then what is read once
 * qx_poll.c     polls: which query is next, what becomes of one that fails
 * qx_wire.c     one exchange, and what its reply amounts to (echo, refusal, silence)
 * qx_parse.c    replies into readings: the one parsing loop
 * qx_status.c   the flags of the family's status line
 * qx_command.c  what a command or setting needs and refuses; qx_setting.c
 * qx_job.c      commands and settings, step by step; qx_request.c writes their bytes
 * qx_checksum.c the checksum of dialects that have one
 * qx_estimate.c charge and runtime for those that report none
 *
 * docs/protocols/qx.md holds the facts and their sources.
 */
#ifndef QX_H
#define QX_H

#include "qx_port.h"

enum {
    QX_QUERIES_MAX = 64, /* rows of one dialect */
    QX_REQUEST_MAX = 40, /* bytes of a request, CR and NUL included */
    QX_PLAIN_MAX = 32,   /* bytes of a binary reply, as qx_query.unpack gives it */
    QX_FACTS = 24,       /* numbers that a dialect notes about a device */
    QX_MISSES_MOST = 3,  /* refusals and silences in a row after which a device is taken not to know
                            a query: single ones happen to good queries too */
};

/* Options after those of the port; rows of the driver's option table. */
enum qx_option {
    QX_OPT_PROTOCOL = QX_PORT_OPTIONS,
    QX_OPT_ONDELAY,
    QX_OPT_OFFDELAY,
    QX_OPT_STAYOFF,
    QX_OPT_NORATING,
    QX_OPT_NOVENDOR,
    QX_OPT_NOOUTSTATS,
    QX_OPT_IGNORESAB,
    QX_OPT_RUNTIMECAL,
    QX_OPT_CHARGETIME,
    QX_OPT_IDLELOAD,
    QX_OPT_ONE_PACK,
    QX_OPT_SLAVE_ADDR,
    QX_OPT_PINS_MODE,
    QX_OPT_RESET_TO_DEFAULT, /* this and the following: settings of the UPS, see
                                qx_voltronic_apply.c */
    QX_OPT_ALARM_CONTROL,
    QX_OPT_BYPASS_ALARM,
    QX_OPT_BATTERY_ALARM,
    QX_OPT_BYPASS_WHEN_OFF,
    QX_OPT_BYPASS_FORBIDDING,
    QX_OPT_CONVERTER_MODE,
    QX_OPT_ECO_MODE,
    QX_OPT_ADVANCED_ECO_MODE,
    QX_OPT_BATTERY_OPEN_STATUS_CHECK,
    QX_OPT_SITE_FAULT_DETECTION,
    QX_OPT_CONSTANT_PHASE_ANGLE,
    QX_OPT_LIMITED_RUNTIME,
    QX_OPT_MAX_BYPASS_VOLT,
    QX_OPT_MIN_BYPASS_VOLT,
    QX_OPT_MAX_BYPASS_FREQ,
    QX_OPT_MIN_BYPASS_FREQ,
    QX_OPT_BATTERY_NUMBER,
    QX_OPT_OUTPUT_PHASE_ANGLE,
    QX_OPT_WORK_RANGE_TYPE,
    QX_OPT_TESTING,
    QX_OPT_DEFAULT,
    QX_OPT_OVERRIDE,
    QX_OPTIONS
};

struct qx;
struct qx_call;

/* -- queries -------------------------------------------------------------------------------- */

enum qx_kind {
    QX_NUMBER, /* digits and at most one point, blanks around them; anything else: unknown */
    QX_SIGNED, /* the same with a sign before it */
    QX_MINSEC, /* mmm.ss: minutes and seconds, not a decimal number; seconds */
    QX_CLOCK,  /* days:hours:minutes:seconds; seconds */
    QX_TEXT,   /* blanks and '#' around it dropped; nothing left: unknown */
    QX_BIT,    /* '0' or '1' (a NUL counts as 0: bridges swallow zeros); anything else: unknown */
};

enum { QX_END = 255 }; /* qx_field.to: up to the CR */
#define QX_NO_VAR UPS_VAR_COUNT

/* One field of a reply. */
struct qx_field {
    uint8_t from, to; /* bytes, from the reply's first = 0, inclusive; or .from = number of the
                         field, if the query has a separator */
    uint8_t kind;     /* enum qx_kind */
    uint8_t line;
    uint16_t var;     /* QX_NO_VAR: none; a QX_BIT's is a choice, or a text out of `words` */
    uint16_t alarm;   /* QX_BIT: while 1; UPS_ALARM_NONE: none */
    int32_t scale;    /* thousandths of the variable's unit for 1 of the field */
    int32_t most;     /* greatest value that makes sense, in the variable's unit; 0: any */
    uint32_t on, off; /* QX_BIT: status words while 1, while 0 */
    const char *const *words;
};

/* Rows of fields, for the usual cases. */
#define QX_NUM(from, to, variable)            QX_NUM_X(from, to, variable, 0, 1000)
#define QX_NUM_X(from, to, variable, nr, mul) QX_ROW(QX_NUMBER, from, to, variable, nr, mul)
#define QX_TXT(from, to, variable)            QX_ROW(QX_TEXT, from, to, variable, 0, 0)
#define QX_ROW(k, first, last, variable, nr, mul)                                                  \
    {                                                                                              \
        .kind = k, .from = first, .to = last, .var = UPS_VAR_##variable, .line = nr, .scale = mul, \
        .alarm = UPS_ALARM_NONE                                                                    \
    }
#define QX_FLAG(at, on_words, off_words, alarm_)                                                   \
    {                                                                                              \
        .kind = QX_BIT, .from = at, .to = at, .var = QX_NO_VAR, .on = on_words, .off = off_words,  \
        .alarm = UPS_ALARM_##alarm_                                                                \
    }
#define QX_PICK(at, variable, texts)                                                               \
    {                                                                                              \
        .kind = QX_BIT, .from = at, .to = at, .var = UPS_VAR_##variable, .words = texts,           \
        .alarm = UPS_ALARM_NONE                                                                    \
    }

enum qx_class {
    QX_STATUS, /* every poll, but see QX_IN_TURN; these rows come first in a dialect */
    QX_SLOW,   /* full polls */
    QX_ONCE,   /* when the device is opened; again in full polls until it has answered */
    QX_NEVER,  /* only to find out what the device is */
};

/* qx_query.flags */
enum {
    QX_CLAIM = 1,       /* a device that speaks the dialect answers this validly */
    QX_RATING = 2,      /* not with `norating` */
    QX_VENDOR = 4,      /* not with `novendor` */
    QX_OUTSTATS = 8,    /* not with `nooutstats` */
    QX_NAK_COUNTS = 16, /* a refusal is an answer too: with QX_CLAIM check() sees it, else the
                           row's variables are unknown */
    QX_AUTO_ONLY = 32,  /* with QX_CLAIM: not asked when the dialect was configured */
    QX_IN_TURN = 64,  /* with QX_STATUS, behind the others: one of these rows a status poll, all of
                         them a full one; may fail without spoiling the poll.  Its
                            finish() leaves c->part alone and takes notes for settle().
                         With QX_SLOW: one of them a full poll, once all have answered */
    QX_AT_OPEN = 128, /* with QX_SLOW: read when the device is opened, too */
    QX_CLAIM_FIRST = 256,  /* with QX_CLAIM: asked before the dialect's other such rows */
    QX_CLAIM_AGAIN = 512,  /* with QX_CLAIM: good units refuse it now and then: asked once more */
    QX_TWO_LENGTHS = 1024, /* a reply of one byte more than `least` is as whole as one of `least` */
};

struct qx_query {
    const char *request; /* without CR; %a: slave address */
    char lead;           /* first byte of the reply; 0: none */
    uint8_t least;       /* bytes of the shortest reply, CR included */
    char separator;      /* 0: fields lie at fixed places */
    uint8_t class;       /* enum qx_class */
    uint8_t fields;
    uint16_t flags;
    uint64_t needs; /* bits of qx.has, all of which the device must have */
    const struct qx_field *field;
    /*
     * Binary replies: makes `plain` out of what came, with everything at a fixed place; fields,
     * check() and finish() see that.  Returns its length, 0 if it is no such reply.  NULL: text.
     */
    size_t (*unpack)(const uint8_t *reply, size_t len, uint8_t plain[QX_PLAIN_MAX]);
    /* Is the whole reply credible?  False with a message in d->why.  May be NULL. */
    bool (*check)(struct qx_call *c);
    /* What the fields can't tell, after they were stored.  May be NULL. */
    void (*finish)(struct qx_call *c, struct ups_reading *r);
};

#define QX_FIELDS(rows) .field = rows, .fields = sizeof(rows) / sizeof(*(rows))

/* Status words and alarms of the rows of one class. */
struct qx_part {
    uint32_t status;
    struct ups_alarm_set alarms;
};

/* A reply on its way into a reading. */
struct qx_call {
    struct qx *x;
    const struct qx_query *query;
    const uint8_t *reply; /* to the first CR, without it */
    size_t len;
    struct qx_part *part; /* of the poll that asks */
};

/* -- commands and settings ------------------------------------------------------------------ */

/* How the device shows that it obeyed. */
enum qx_effect {
    QX_SHOWS_NOTHING,
    QX_SHOWS_COUNTDOWN, /* status FSD */
    QX_SHOWS_NO_COUNTDOWN,
    QX_SHOWS_TEST, /* status CAL */
    QX_SHOWS_NO_TEST,
    QX_SHOWS_BEEPER, /* ups.beeper.status is another */
    QX_SHOWS_BEEPER_ON,
    QX_SHOWS_BEEPER_OFF,
    QX_SHOWS_OFF, /* no output voltage */
    QX_SHOWS_ON,
    QX_SHOWS_BYPASS,
    QX_SHOWS_NO_BYPASS,
    QX_SHOWS_VALUE, /* as qx_command_value() says; qx_command.query names the row */
};

/*
 * One instant command.  In the bytes: %n delay before switching off, %m minutes until switching on
 * again (4 digits), %t length of a test, %a slave address.
 */
struct qx_command {
    enum ups_command command;
    const char *bytes;
    /* Instead, if no delay before switching on is asked for; for a test of 10 s at most; to enable
     * or toggle a beeper that is muted or (toggle) off, what then shows in the status.  Or NULL. */
    const char *at_once;
    const char *before; /* must be acknowledged before `bytes` may be sent; or NULL */
    enum qx_effect effect;
    uint64_t needs;    /* bits of qx.has */
    const char *query; /* request of the row that shows the effect; NULL: the status does */
};

/*
 * One variable that the device keeps.  In the bytes: %1 to %4 that many digits of the value, %f the
 * value as nn.n, %M its minutes in three digits, %c the value as days:hours:minutes:seconds, %a
 * slave address.
 */
struct qx_setting {
    enum ups_var var;
    int32_t min, max, step; /* in the variable's unit */
    const char *bytes;
    const char *query; /* request of the row that shows the value */
    int32_t slack;     /* the value read back may be so much greater: it goes on by itself */
    uint64_t needs;
    /*
     * Narrows the range down to what this device takes; max <= min: it can't be written.  May be
     * NULL.
     */
    void (*range)(const struct qx *x, const struct ups_reading *r, struct ups_setting *s);
    /* Is this very value possible?  May be NULL. */
    bool (*takes)(const struct qx *x, int64_t milli);
    /* Choices: what is sent for each word, instead of `bytes`; NULL: not to be written. */
    const char *const *words;
    /* Request of a row that must be read before it is written, so that safe() knows; or NULL. */
    const char *first;
    /* Does it harm nobody now?  False with a message in d->why.  May be NULL. */
    bool (*safe)(struct drv *d, enum ups_var var, int64_t milli, const struct ups_reading *r);
};

/* Seconds.  Off: below 60 in steps of 6, then of 60; on: steps of 60. */
struct qx_delays {
    int32_t off_min, off_max, off;
    int32_t on_min, on_max, on;
    int32_t test_min, test_max;
};

/* qx_dialect.flags */
enum {
    QX_BY_NAME = 1,           /* never found by autodetection */
    QX_MUST_ACK = 2,          /* silence after a command means that it was not taken */
    QX_ACK_MEANS_NOTHING = 4, /* the words of qx_dialect.ack come in any case */
    QX_UNLESS_Q1 = 8,         /* autodetection: only for devices that don't answer Q1 */
    QX_NO_AVR = 16,           /* b5 says nothing */
    QX_AVR_BYPASS = 32,       /* b5 always is the bypass */
    QX_OMRON_USB = 64,        /* autodetection: only behind USB vendor 0590 */
    QX_MUST_SHOW = 128,       /* qx_dialect.ack comes before the deed: it must show itself too */
    QX_CHECKSUM = 256,        /* requests and replies end with a checksum, see qx_checksum.c */
};

struct qx_dialect {
    const char *name; /* word of the option `protocol` */
    const char *mfr;  /* ups.mfr, if the device has no word of its own for it; or NULL */
    unsigned flags;
    const char *ack; /* reply that accepts a command; NULL: none, every reply refuses */
    const struct qx_query *query;
    const struct qx_command *command;
    const struct qx_setting *setting;
    uint8_t queries, commands, settings;
    /* Seconds: shorter delays before switching on again are raised to it, unless the option
     * `ondelay` is shorter: not all firmware keeps them.  0: any. */
    int32_t on_sure;
    int reply_ms; /* how long the first byte may take; 0: as the port has it */
    struct qx_delays delays;
    /*
     * Before a reading is published: adds to what the plain status rows have told (*part) what the
     * dialect has noted of rows that take turns.  May be NULL.
     */
    void (*settle)(struct drv *d, struct qx_part *part, struct ups_reading *r);
    /*
     * Is this the time for a command, as far as only the dialect knows?  With a fresh status in *r.
     * DRV_MORE, or an error with d->why.  May be NULL.
     */
    int (*allows)(struct drv *d, const struct qx_command *c, const struct ups_reading *r);
    /* A step of what is to be done when all is read that is read once: DRV_MORE, DRV_DONE. */
    int (*ready)(struct drv *d, struct ups_reading *r);
};

#define QX_QUERIES(rows)  .query = rows, .queries = sizeof(rows) / sizeof(*(rows))
#define QX_COMMANDS(rows) .command = rows, .commands = sizeof(rows) / sizeof(*(rows))
#define QX_SETTINGS(rows) .setting = rows, .settings = sizeof(rows) / sizeof(*(rows))

/* Dialects in the order in which autodetection tries them; NULL at the end. */
extern const struct qx_dialect *const qx_dialects[];

/* Words of the option `protocol`: auto, then qx_dialects' names. */
extern const char *const qx_protocol_words[];

/* -- one device ----------------------------------------------------------------------------- */

/* What a reply amounts to; the first is UPS_OK, errors of the wire are negative. */
enum qx_verdict {
    QX_ANSWER = 0, /* something to look at */
    QX_SILENCE,
    QX_ECHO,    /* the request came back: the device does not know it */
    QX_REFUSAL, /* NAK in one of its spellings */
};

/* A poll under way. */
struct qx_cursor {
    bool runs, again; /* again: the row failed once in this poll */
    bool turned;      /* the turn has come to a row already */
    uint8_t at;
    struct qx_part part[2]; /* by enum qx_class: QX_STATUS, all others */
};

enum qx_stage {
    QX_JOB_LOOK,      /* is the status fresh? */
    QX_JOB_CLEAR,     /* a countdown that runs is cancelled before another begins */
    QX_JOB_CLEARED,   /* is it? */
    QX_JOB_BEFORE,    /* the request that must be acknowledged first */
    QX_JOB_FIRST,     /* a setting: may it be written now? */
    QX_JOB_SEND,      /* the command itself */
    QX_JOB_SHOW,      /* does the device show it? */
    QX_JOB_TAKE_BACK, /* it does not: what may have been begun is cancelled */
};

/* What the device said to a command. */
enum qx_said {
    QX_SAID_NOTHING, /* which the dialect takes for a yes */
    QX_SAID_YES,
    QX_SAID_NO,
    QX_SAID_OTHER, /* what it should not have said */
};

/* A command or setting under way. */
struct qx_job {
    bool runs, asked, sent, shown_before;
    uint8_t stage;         /* enum qx_stage */
    uint8_t said;          /* enum qx_said */
    uint8_t looks;         /* at the status, after it was sent */
    int32_t off, on, test; /* as the device counts them, seconds */
    struct ups_command_args args;
    int64_t milli, beeper, until_ms;
    const struct qx_command *command;
    const struct qx_setting *setting;
    char reply[24]; /* what came back, for messages */
};

/* Opening; a port that is there already may be put in with QX_OPEN_BEGIN. */
enum qx_phase { QX_OPEN_PORT, QX_OPEN_BEGIN, QX_OPEN_CLAIM, QX_OPEN_ONCE, QX_OPEN_READY };

/* Replies of autodetection, so that every question is asked once. */
struct qx_probe;

/* See qx_estimate.c.  Times of the full-load runtime in seconds. */
struct qx_estimate {
    bool told; /* that something needed is missing */
    bool packs_done;
    double packs;          /* battery voltage / what the device reports */
    double exponent, full; /* of runtimecal; full = 0: none */
    double left, load;     /* load: effective, 1 = full */
    int64_t at_ms;         /* when `left` was right; 0: never */
};

struct qx {
    struct qx_port *port;
    const struct qx_dialect *dialect; /* NULL while it is not known */
    struct qx_probe *probe;
    uint8_t phase;                  /* enum qx_phase */
    uint8_t misses[QX_QUERIES_MAX]; /* in a row, of each query */
    uint64_t dead;                  /* queries that the device does not know */
    uint64_t answered;              /* queries that were answered once */
    uint64_t has;                   /* what the device has; meaning by dialect */
    uint64_t bits;                  /* the dialect's notes on the device, as are the facts */
    uint8_t turn, slow_turn;        /* of the QX_IN_TURN rows */
    int32_t fact[QX_FACTS];         /* the dialect's notes on the device */
    uint8_t lines_in, lines_out;    /* phases; 0: one */
    int32_t test_min;               /* shortest test, seconds; 0: as the dialect says */
    int32_t address;                /* slave address; -1: unknown */
    int32_t only_address;           /* no other will do; -1: any */
    int64_t battery_mv;             /* as reported; -1: unknown */
    bool output_seen;               /* an output voltage was there once: 0 V means off */
    bool checksum;                  /* what is asked now carries one */
    bool bare;                      /* but replies of this device have none */
    struct qx_part part[2];         /* of the last polls: status, all else */
    struct qx_cursor cursor[3];     /* fast, full, and a job's own look at the status */
    uint64_t caps_has, caps_dead;   /* `has` and `dead` when d->caps was found */
    struct qx_job job;
    struct {
        uint8_t stage, at, tries;
    } apply; /* options that are settings of the device, qx_voltronic_apply.c */
    struct qx_estimate estimate;
};

static inline bool qx_flag(const struct drv *d, enum qx_option option)
{
    return d->opt[option].num != 0;
}

/* qx_open.c, qx_poll.c, qx_command.c, qx_setting.c, qx_job.c: the driver's functions, see driver.h.
 */
int qx_open(struct drv *d, struct ups_reading *r);
int qx_poll(struct drv *d, enum drv_poll kind, struct ups_reading *r);
int qx_command(struct drv *d, enum ups_command command, struct ups_command_args args,
               struct ups_reading *r);
int qx_set(struct drv *d, enum ups_var var, int64_t milli, struct ups_reading *r);
int qx_abandon(struct drv *d, struct ups_reading *r);

extern const struct drv_driver qx_driver;

/* qx_wire.c --------------------------------------------------------------------------------- */

/* Gives the port back, whatever the state. */
void qx_release(struct drv *d);

/* Puts the port's wish for a pause into d->not_before_ms and returns DRV_MORE. */
int qx_more(struct drv *d);

/*
 * One exchange: sends `request` and a CR, receives into reply (QX_LINE_MAX bytes).  Returns an enum
 * qx_verdict with *len = bytes before the first CR, or a negative error with d->why;
 * UPS_E_UNSUPPORTED (the bridge has no such request) is told as QX_ECHO.  After
 * UPS_E_DISCONNECTED the port is released.  `unended` says that the CR was missing.
 */
int qx_exchange(struct drv *d, const char *request, enum qx_expect expect, uint8_t *reply,
                size_t *len, bool *unended);

/* Beginning of a reply for messages; bytes that can't be printed as \xHH. */
const char *qx_show(const uint8_t *reply, size_t len, char *buf, size_t size);

/* Is a reply one of the family's ways to say no? */
bool qx_refused(const uint8_t *reply, size_t len);

/* Can the open port carry a request (without its CR) at all? */
bool qx_can(const struct drv *d, const char *request);

/* qx_checksum.c ----------------------------------------------------------------------------- */

/* Puts the checksum behind a line of `len` bytes; returns its bytes. */
size_t qx_seal(uint8_t *line, size_t len);

/* Takes the checksum off a reply; false if there is none that is right: *len stays. */
bool qx_unseal(const uint8_t *reply, size_t *len);

/* qx_parse.c -------------------------------------------------------------------------------- */

/*
 * Checks a reply against a query's row and stores its fields.  Returns UPS_OK, or UPS_E_GARBLED
 * with a message, the reading untouched.  `store` false: checks only.
 */
enum ups_error qx_decode(struct drv *d, struct qx_call *c, bool unended, bool store,
                         struct ups_reading *r);

/* A number of thousandths out of text; false if it is none. */
bool qx_number(const uint8_t *text, size_t len, bool sign, int64_t *milli);

/* Bytes of a field, cut to the reply.  Returns false if the reply has no such field. */
bool qx_field_at(const struct qx_call *c, const struct qx_field *f, const uint8_t **at,
                 size_t *len);

/* Text of bytes from..to without blanks and '#' around it. */
void qx_trim(const uint8_t **at, size_t *len);

/* Does the dialect have a row, not known to be dead, that gives this variable? */
bool qx_gives(const struct drv *d, enum ups_var var);

/* Is this query for this device, with these options? */
bool qx_wanted(const struct drv *d, unsigned row);

/* qx_poll.c --------------------------------------------------------------------------------- */

/* One step of the cursor; `full`: beyond the status.  As drv_driver.poll. */
int qx_advance(struct drv *d, struct qx_cursor *c, bool full, struct ups_reading *r);

/* Asks one query and stores its answer; DRV_DONE or an error. */
int qx_ask(struct drv *d, unsigned row, struct qx_part *part, struct ups_reading *r);

/* The row of this request, or -1. */
int qx_row(const struct qx_dialect *dialect, const char *request);

/* qx_status.c ------------------------------------------------------------------------------- */

/* Fields, check and finish of the status line (answer to Q1, QS and D). */
extern const struct qx_field qx_status_fields[];
/* the first seven are values, the last one is the beeper */
enum { QX_STATUS_FIELDS = 14, QX_STATUS_VALUES = 7, QX_STATUS_BYTES = 47 };
bool qx_status_check(struct qx_call *c);
void qx_status_finish(struct qx_call *c, struct ups_reading *r);
extern const char *const qx_type_words[];

#define QX_STATUS_LINE(what)                                                                       \
    {                                                                                              \
        .request = what, .lead = '(', .least = QX_STATUS_BYTES, .class = QX_STATUS,                \
        .flags = QX_CLAIM, .field = qx_status_fields, .fields = QX_STATUS_FIELDS,                  \
        .check = qx_status_check, .finish = qx_status_finish                                       \
    }

/*
 * Three values of one variable: where those of the second and third line have been 0 all the time,
 * there is one line.  `lines` keeps the number.
 */
void qx_count_lines(struct ups_reading *r, enum ups_var var, uint8_t *lines);

/* TRIM, BOOST or BYPASS as the voltages tell when b5 is set; 0: not credible. */
uint32_t qx_avr(int64_t in_mv, int64_t out_mv);

/* Notes whether there is an output voltage; adds OFF where there was one and is none. */
void qx_note_output(struct qx_call *c, int64_t out_mv, int64_t load);

/* Ratings (answer to F) and identity (answer to I or FW?) in the family's usual layout. */
extern const struct qx_field qx_rating_fields[4];
extern const struct qx_field qx_vendor_fields[3];

#define QX_RATING_LINE                                                                             \
    {                                                                                              \
        .request = "F", .lead = '#', .least = 22, .class = QX_ONCE, .flags = QX_RATING,            \
        QX_FIELDS(qx_rating_fields)                                                                \
    }
/* The status line of dialects that give the values elsewhere: flags alone. */
#define QX_FLAGS_LINE                                                                              \
    {                                                                                              \
        .request = "Q1", .lead = '(', .least = QX_STATUS_BYTES, .class = QX_STATUS,                \
        .flags = QX_CLAIM, .field = qx_status_fields + QX_STATUS_VALUES,                           \
        .fields = QX_STATUS_FIELDS - QX_STATUS_VALUES, .check = qx_status_check,                   \
        .finish = qx_status_finish                                                                 \
    }
#define QX_VENDOR_LINE(what, claim)                                                                \
    {                                                                                              \
        .request = what, .lead = '#', .least = 39, .class = QX_ONCE, .flags = QX_VENDOR | (claim), \
        QX_FIELDS(qx_vendor_fields)                                                                \
    }

/* qx_megatec.c: the usual commands and delays; the last ones need a beeper flag, the last but two
 * any beeper. */
enum { QX_MEGATEC_COMMANDS = 12, QX_MEGATEC_NO_FLAG = 10, QX_MEGATEC_NO_BEEPER = 9 };
extern const struct qx_command qx_megatec_commands[QX_MEGATEC_COMMANDS];
#define QX_MEGATEC_CONTROL                                                                         \
    .command = qx_megatec_commands, .commands = QX_MEGATEC_COMMANDS, .ack = "ACK",                 \
    .delays = QX_MEGATEC_DELAYS
#define QX_MEGATEC_DELAYS                                                                          \
    {                                                                                              \
        12, 600, 30, 0, 599940, 180, 60, 5940                                                      \
    }

/* qx_request.c ------------------------------------------------------------------------------ */

struct qx_numbers {
    int32_t off, on, test; /* seconds, as rounded by the functions below */
    int64_t milli;         /* value of a setting, in thousandths of the variable's unit */
    int32_t address;
};

/* Writes a request.  Returns false if it does not fit or a number has no place in it. */
bool qx_write(char *buf, size_t size, const char *format, const struct qx_numbers *n);

/* What the device counts for so many seconds: raised to `min`, rounded up to its steps. */
int32_t qx_off_steps(int32_t seconds, int32_t min);
int32_t qx_on_steps(int32_t seconds, int32_t min);

/* qx_estimate.c ----------------------------------------------------------------------------- */

/* Reads runtimecal.  UPS_OK, or UPS_E_INVALID with a message. */
enum ups_error qx_estimate_init(struct drv *d);

/* After each reading of the status: presets, packs, charge and runtime. */
void qx_estimate(struct drv *d, struct ups_reading *r);

/* qx_setting.c ------------------------------------------------------------------------------ */

/* Finds d->caps.  DRV_DONE or an error. */
int qx_find_caps(struct drv *d, struct ups_reading *r);

/*
 * The same for a device that has been open for a while, when what it has has turned out to be
 * something else.  Without memory for that it has no settings until the next time; the log says so.
 */
void qx_find_caps_again(struct drv *d, struct ups_reading *r);

/*
 * Is ups.start.auto the driver's own?  If the device has such a switch, only with the option
 * `stayoff`.
 */
bool qx_keeps_auto(const struct drv *d);

/* Shows the variables that the driver keeps itself. */
void qx_show_kept(const struct drv *d, struct ups_reading *r);

/* Delays without any said: seconds, as the device counts them. */
int32_t qx_offdelay(const struct drv *d);
int32_t qx_ondelay(const struct drv *d);

/* qx_command.c ------------------------------------------------------------------------------ */

/*
 * Is this the time for the command?  With a fresh status in *r.  DRV_MORE: yes; DRV_DONE: it is so
 * already; else an error.
 */
int qx_command_check(struct drv *d, const struct qx_command *c, const struct ups_reading *r);

/* QX_SHOWS_VALUE: the choice in which a command shows, and the word it then is. */
bool qx_command_value(enum ups_command command, enum ups_var *var, int64_t *value);

/* qx.c -------------------------------------------------------------------------------------- */

/* Logs which options of the configuration mean nothing to a UPS of this dialect. */
void qx_tell_idle_options(const struct drv *d, const char *dialect);

/* qx_job.c ---------------------------------------------------------------------------------- */

/* Takes the next step of x->job; as drv_driver.command. */
int qx_job_go(struct drv *d, struct ups_reading *r);

#endif
