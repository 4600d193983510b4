/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Huawei UPS2000 over Modbus: what the driver's files share.
 *
 * Facts are from Huawei's "UPS2000-(1 kVA-3 kVA) Modbus Protocol Development Guide", issue 02,
 * 2016-06-20 (G13 below), and "UPS2000-(6 kVA-20 kVA) Modbus Protocol Development Guide",
 * issue 02, 2016-03-10 (G620).  Register numbers are base numbers in decimal, as in the guides;
 * the protocol address adds 10000 * N (alarms: 1024 * N) for UPS number N.
 */
#ifndef HUAWEI_UPS2000_H
#define HUAWEI_UPS2000_H

#include "driver.h"
#include "link_modbus.h"

extern const struct drv_driver huawei_ups2000_driver;

/* The two register maps. */
enum huawei_profile { HUAWEI_SMALL /* 1-3 kVA, G13 */, HUAWEI_LARGE /* 6-20 kVA, G620 */ };

/* -- identification (huawei_ident.c) -------------------------------------------------------- */

/* Identification collected from one or more answers to function 0x2B. */
struct huawei_ident {
    char maker[32], model[UPS_TEXT_MAX], firmware[UPS_TEXT_MAX], protocol[UPS_TEXT_MAX];
    char serial[UPS_TEXT_MAX];
    int number;       /* device number N (label 5), 0 if not told */
    unsigned objects; /* objects seen over all answers */
    unsigned next;    /* object to ask for next, after HUAWEI_IDENT_MORE */
    bool counted;     /* device list: object 0x87 was there */
    uint32_t devices; /* its value */
    bool described;   /* device list: object 0x88 was there */
};

/* Codes of the request: which identification is asked for. */
enum { HUAWEI_ID_BASIC = 0x01, HUAWEI_ID_LIST = 0x03 };
enum { HUAWEI_ID_BASIC_FIRST = 0x00, HUAWEI_ID_LIST_FIRST = 0x87 };

enum { HUAWEI_IDENT_DONE = 0, HUAWEI_IDENT_MORE = 1 };

/*
 * Takes in one answer, from the function code (0x2B) on, without check sum.  `code` is the code
 * that was asked for; *id is zeroed before the first answer.  Returns HUAWEI_IDENT_DONE,
 * HUAWEI_IDENT_MORE (ask again from id->next), or UPS_E_GARBLED with a message.  Never reads
 * outside pdu[0..len).
 */
int huawei_ident_feed(struct huawei_ident *id, uint8_t code, const uint8_t *pdu, size_t len,
                      char *why, size_t why_size);

/*
 * Judges a complete identification.  Returns UPS_OK; UPS_E_GARBLED if something that must be there
 * is missing; UPS_E_FOREIGN if it is not one UPS2000.  Message in why on errors.
 */
int huawei_ident_check(const struct huawei_ident *id, uint8_t code, char *why, size_t why_size);

/* Copies what can be printed, without blanks at the ends, cut to fit; out is always ended by NUL.
 */
void huawei_text(char *out, size_t size, const uint8_t *text, size_t len);

/* One of the three model names that are known to work? */
bool huawei_model_known(const char *model);

/* -- registers and blocks (huawei_regs.c) --------------------------------------------------- */

/* Blocks of a full poll, in the order they are read: what makes the status first. */
enum huawei_block {
    HUAWEI_MEASURES, /* 1000-1027 */
    HUAWEI_CONTROL,  /* 1043-1049, 1-3 kVA only */
    HUAWEI_ALARMS,
    HUAWEI_TESTING,    /* 2022: does a battery test run?  6-20 kVA only, as SELFTEST */
    HUAWEI_SELFTEST,   /* 2008-2010: tests that the UPS begins by itself */
    HUAWEI_BATTERY,    /* 2000-2033 */
    HUAWEI_PARALLEL,   /* 4000-4008: all units of a parallel system; 6-20 kVA only */
    HUAWEI_REDUNDANCY, /* 1041, 6-20 kVA only */
    HUAWEI_ECO,        /* 1031 */
    HUAWEI_FLOW,       /* 9006, only while register 2002 talks nonsense */
    HUAWEI_CARD,       /* 9004-9008, 6-20 kVA only */
    HUAWEI_RATING,     /* 9009, when the connection is opened */
    HUAWEI_BLOCKS
};

enum { HUAWEI_REGS_MAX = 34, HUAWEI_LEVELS = 3 };

/* One read request. */
struct huawei_piece {
    uint16_t first, count;
};

/*
 * Which pieces make up a block?  Level 0 is the widest; higher levels cut it smaller, for devices
 * that refuse it.  Returns NULL if the profile lacks the block or the level; otherwise pieces up to
 * one whose count is 0.  All pieces of a block lie within HUAWEI_REGS_MAX registers of the
 * first register of its level 0.
 */
const struct huawei_piece *huawei_plan(enum huawei_profile profile, enum huawei_block block,
                                       unsigned level);

/* The content of a block while it is being read. */
struct huawei_buffer {
    uint16_t first, count; /* base number of reg[0]; registers that belong to the block */
    uint64_t have;         /* bit i: reg[i] has been read */
    uint16_t reg[HUAWEI_REGS_MAX];
};

/* Raw value of one register.  Returns false if it wasn't read. */
bool huawei_reg(const struct huawei_buffer *b, unsigned base, uint16_t *value);

/*
 * Stores the variables of a block in a reading: each register for itself; one with the invalid
 * marker or outside its range makes its variable unknown and no other.  battery_state: register
 * 2002 as far as known, else 0 (battery current needs it for its sign).
 */
void huawei_apply(enum huawei_profile profile, const struct huawei_buffer *b, unsigned lines_in,
                  unsigned lines_out, unsigned battery_state, struct ups_reading *r);

/* -- alarms (huawei_alarms.c) --------------------------------------------------------------- */

enum { HUAWEI_ALARM_FIRST = 40155, HUAWEI_ALARM_WORDS = 29 }; /* 40155-40183 */

struct huawei_alarm {
    uint16_t reg; /* base number */
    uint8_t bit;
    bool small;            /* also raised on 1-3 kVA units (G13's table) */
    enum ups_alarm vendor; /* identity of its own */
    enum ups_alarm rfc[2]; /* RFC 1628 alarms that it implies, or UPS_ALARM_NONE */
    uint32_t status;       /* status words that it implies */
};

extern const struct huawei_alarm huawei_alarms[];
extern const size_t huawei_alarms_count;

/* The row of a bit; NULL if the guides do not define it. */
const struct huawei_alarm *huawei_alarm_find(unsigned reg, unsigned bit);

/*
 * Adds the alarms and status words of set bits.  unknown[i], if given, receives the bits of word i
 * that have no meaning on this profile.
 */
void huawei_alarms_apply(enum huawei_profile profile, const uint16_t words[HUAWEI_ALARM_WORDS],
                         struct ups_alarm_set *alarms, uint32_t *status,
                         uint16_t unknown[HUAWEI_ALARM_WORDS]);

/* -- status (huawei_status.c) --------------------------------------------------------------- */

/* Supply mode, register 1024. */
enum {
    HUAWEI_MODE_OFF = 0,
    HUAWEI_MODE_BYPASS = 1,
    HUAWEI_MODE_MAINS = 2,
    HUAWEI_MODE_BATTERY = 3,
    HUAWEI_MODE_ECO = 5,
    HUAWEI_MODE_BATTERY_ECO = 6, /* 6-20 kVA */
};

/* UPS status bits, register 1043. */
enum {
    HUAWEI_BIT_TEST = 1 << 2,
    HUAWEI_BIT_ONLINE_TYPE = 1 << 3,
    HUAWEI_BIT_FAULT = 1 << 4,
    HUAWEI_BIT_BATTERY_LOW = 1 << 6,
    HUAWEI_BIT_MAINS_BAD = 1 << 7,
    HUAWEI_BITS_RESERVED = 0xff23,
};

/* Battery state, register 2002. */
enum {
    HUAWEI_BATTERY_RESTING = 2,
    HUAWEI_BATTERY_FLOAT = 3,
    HUAWEI_BATTERY_BOOST = 4,
    HUAWEI_BATTERY_DISCHARGING = 5,
};

/* The latest status registers, whichever poll brought them. */
struct huawei_words {
    bool have_mode, have_bits, have_auto_start;
    uint16_t mode, bits, auto_start;
    uint16_t battery_raw; /* register 2002 as read */
    uint16_t battery;     /* the state that counts, HUAWEI_BATTERY_*, 0 = unknown */
    int64_t battery_ms;   /* when register 2002 was last good; or first bad if it never was */
    bool battery_bad;     /* it talks nonsense now */
    bool have_flow;       /* 9006 was read since it does */
    uint16_t flow;        /* register 9006 */
    bool testing;         /* 6-20 kVA: register 2022 told so when it was read last */
    uint16_t alarm[HUAWEI_ALARM_WORDS];
};

/* Verdict on a vital register. */
enum huawei_verdict { HUAWEI_GOOD, HUAWEI_ODD /* believe it if it stays */, HUAWEI_BAD };

enum huawei_verdict huawei_judge_mode(enum huawei_profile profile, uint16_t mode);
enum huawei_verdict huawei_judge_bits(uint16_t bits);

/* How often a vital register has been asked in vain. */
struct huawei_vital {
    uint16_t odd;
    uint8_t agreed, tries;
};

/*
 * Weighs one reading of a vital register.  Returns DRV_DONE (take it), DRV_MORE (read it again) or
 * UPS_E_GARBLED after the third reading in vain.  An odd value is taken when three agree.
 */
int huawei_weigh(struct huawei_vital *v, enum huawei_verdict verdict, uint16_t value);

enum { HUAWEI_BATTERY_KEEP_MS = 60000 }; /* how long the last battery state holds */

/*
 * Takes in register 2002.  Units now and then give nonsense there (A000 has been seen): the last
 * good state holds for a minute, then the energy flow (9006), then the supply mode decides.
 * Returns true when it turns from good to nonsense.
 */
bool huawei_battery_state(struct huawei_words *w, uint16_t raw, int64_t now_ms);

/* Derives status, alarms, charger status and raw bytes of *r from the words. */
void huawei_derive(enum huawei_profile profile, const struct huawei_words *w,
                   struct ups_reading *r);

/* -- one device (huawei_ups2000.c, huawei_wire.c, huawei_open.c, huawei_poll.c) ------------- */

/* Rows of the option table. */
enum huawei_option {
    HUAWEI_OPT_SLAVE,
    HUAWEI_OPT_BAUD,
    HUAWEI_OPT_PARITY,
    HUAWEI_OPT_STOP,
    HUAWEI_OPT_DTR,
    HUAWEI_OPT_RTS,
    HUAWEI_OPT_RESPONSE,
    HUAWEI_OPT_MODEL,
    HUAWEI_OPT_NUMBER,
    HUAWEI_OPT_OFFDELAY,
    HUAWEI_OPT_ONDELAY,
    HUAWEI_OPT_REBOOTDELAY,
    HUAWEI_OPT_UNSEEN,
};

/* Choices of the option `model`. */
enum { HUAWEI_MODEL_AUTO, HUAWEI_MODEL_SMALL, HUAWEI_MODEL_LARGE };

/* Choices of the option `unseen-countdown`. */
enum { HUAWEI_UNSEEN_CANCEL, HUAWEI_UNSEEN_TRUST };

enum {
    HUAWEI_TRIES = 3,         /* per transaction */
    HUAWEI_RETRY_MS = 1000,   /* between them */
    HUAWEI_REIDENT_MS = 5000, /* silence after which somebody may have changed the cable */
    HUAWEI_ALARM_MS = 4000,   /* fast polls look at the alarms so often */
    HUAWEI_HINT_MS = 60000,   /* silence that looks like a locked-up port */
    HUAWEI_NUMBERS = 4,       /* UPS numbers behind one card */
};

/* A sequence of transactions: where it stands, what it has. */
struct huawei_run {
    uint8_t step, piece, tries;
    struct huawei_buffer buf;
    struct huawei_vital mode, bits;
    /* status registers that this run has read; they count when it is over, all at once */
    bool have_mode, have_bits;
    uint16_t new_mode, new_bits;
    int64_t mode_ms; /* when new_mode was read */
    uint32_t order;  /* which reading of register 1024 it is */
};

/* -- instant commands and settings (huawei_steps.c, _engine.c, _command.c, _setting.c) ----------
 */

/* How the device counts delays: 1047 and 1049 in tenths of a minute, 1048 in minutes. */
enum {
    HUAWEI_OFF_STEP_S = 6,
    HUAWEI_OFF_MOST_S = 5940,
    HUAWEI_ON_STEP_S = 60,
    HUAWEI_ON_MOST_S = 599940,
};

/* What a register must read. */
enum huawei_test {
    HUAWEI_IN_MODE, /* one of the supply modes whose bits are set in a */
    HUAWEI_ALL_SET, /* all bits of a */
    HUAWEI_ALL_CLEAR,
    HUAWEI_WITHIN,   /* a to b */
    HUAWEI_OTHER,    /* anything but a */
    HUAWEI_ZERO_OR,  /* 0, or of the bits of a just those of b */
    HUAWEI_WRITTEN,  /* what was written */
    HUAWEI_COUNTING, /* what was written, or a little less: it may count down */
};

struct huawei_expect {
    uint16_t reg;
    uint8_t test;
    uint16_t a, b;
};

enum huawei_step_kind {
    HUAWEI_END,
    HUAWEI_DONE_IF, /* as expected: there is nothing to do */
    HUAWEI_CHECK,   /* not as expected: refused, with the step's text */
    HUAWEI_WRITE,   /* writes, then waits until it is as expected */
    HUAWEI_PROVE,   /* only waits */
    HUAWEI_NOTE,    /* says the step's text in the log */
};

/* What a step writes. */
enum huawei_value {
    HUAWEI_ZERO,
    HUAWEI_ONE,
    HUAWEI_OFF_DELAY, /* steps of 6 s */
    HUAWEI_ON_DELAY,  /* minutes */
    HUAWEI_OPPOSITE,  /* of what the check before has read */
    HUAWEI_WANTED,    /* the choice that is to be set: 0 or 1 */
    HUAWEI_WANTED_NOT,
    HUAWEI_FORMER, /* what 1044 read before the shut-down; the step is left out if that is nothing
                    */
};

enum {
    HUAWEI_RESTORE = 1, /* set the register back if a later step fails */
    HUAWEI_CANCEL = 2,  /* starts a countdown: stop it if that is not confirmed */
    HUAWEI_STARTS = 4,  /* the inverter starts: register 1028 may say that it failed */
    HUAWEI_DARK = 8,    /* on battery, silence afterwards is what success looks like */
    HUAWEI_FINAL = 16,  /* once it is sent, setting back what was before would do harm */
    HUAWEI_TAIL = 32,   /* what was ordered is done already: a failure is only logged */
    HUAWEI_KEEP = 64,   /* what 1044 reads before is kept for when the countdown is cancelled */
};

struct huawei_step {
    uint8_t kind, value, flags;
    uint16_t reg; /* written */
    struct huawei_expect expect;
    uint16_t wait_ms;
    const char *text; /* why the command is refused, or what it means that the proof is missing */
};

/* The steps of a command, up to one of kind HUAWEI_END; NULL if the profile lacks the command. */
const struct huawei_step *huawei_steps(enum huawei_profile profile, enum ups_command command);

/* The steps of setting a register's variable; NULL if no register holds it. */
const struct huawei_step *huawei_set_steps(enum ups_var var);

/* What was ordered: a command with its arguments, or a setting with its value. */
struct huawei_job {
    const char *name; /* for the log; static */
    bool set;
    unsigned what; /* enum ups_command or enum ups_var */
    int64_t value, second;
    bool start_auto_asked; /* struct ups_command_args */
};

/* The job that runs. */
struct huawei_command {
    const struct huawei_step *step; /* NULL: none runs */
    struct huawei_job job;
    int64_t called_ms; /* when its last step was taken */
    uint8_t phase, sends, odd;
    bool acked;               /* the write was echoed */
    bool have;                /* reg and value are what a check has just read */
    bool starting, ask_start; /* register 1028 has read 1; is to be read next */
    bool cancel;              /* a countdown may run */
    bool undoing, looked, undone, not_restored;
    bool set_back;       /* 1044, while undoing */
    uint16_t off, on;    /* raw delays */
    uint16_t auto_start; /* what 1044 must read after what the job wrote there; ffff: nothing */
    struct ups_command_args took;
    uint16_t reg, value, mode; /* last register read; last supply mode read */
    uint16_t old;              /* what the step's register read before the write */
    uint16_t written;
    uint16_t restore_reg, restore_value;
    int64_t since_ms, until_ms; /* of the wait for the proof */
    int error;                  /* while undoing: what has failed */
    char why[160];
    struct huawei_run run;
};

struct huawei {
    struct link *link; /* the host's; NULL: released */
    struct mb *mb;
    enum huawei_profile profile;
    unsigned number; /* N of the register addresses */
    unsigned lines_in, lines_out;
    uint8_t stage;             /* of open */
    uint8_t code;              /* identification in use: HUAWEI_ID_*, 0 = the device refused all */
    struct huawei_ident ident; /* who it is */
    struct huawei_ident fresh; /* who it says it is now, while asking again */
    struct huawei_run open, fast, full;
    struct huawei_command cmd;
    uint8_t level[HUAWEI_BLOCKS]; /* of huawei_plan() */
    uint32_t proven, absent;      /* bit per block: has answered; was refused for good */
    bool has_auto_start, has_bypass, has_beeper, has_test;
    struct huawei_words words;
    int64_t mode_ms;                     /* when words.mode was read */
    uint32_t order, mode_order;          /* readings of register 1024 so far; the one of words */
    int64_t alarm_ms;                    /* when the alarm words were read */
    bool eco_due;                        /* 1031 and other settings may have changed */
    bool rating_due;                     /* 9009 may have changed */
    bool have_lists;                     /* lists is what 9004 and 9005 read */
    uint16_t lists[2];                   /* the card counts changes of its lists of devices */
    bool fast_alarms;                    /* the fast poll under way asks for the alarms */
    uint16_t logged[HUAWEI_ALARM_WORDS]; /* unknown alarm bits that the log knows of */
    bool hopeless;                       /* a series failed: no retries until something succeeds */
    bool reident;                        /* ask who it is before believing anything */
    int64_t silent_ms;                   /* since when nothing comes, 0 = it talks */
};

/* huawei_wire.c */

/* Gives the link back and forgets it. */
void huawei_release(struct drv *d, bool broken);

/* Protocol address of a base register. */
uint16_t huawei_address(const struct huawei *h, unsigned base);

/*
 * What a transaction's result means for the run: DRV_DONE (there is an answer), DRV_MORE (try again
 * at d->not_before_ms), or an error for good.  After UPS_E_DISCONNECTED the link is released.
 */
int huawei_outcome(struct drv *d, struct huawei_run *run, enum ups_error err);

/* One read of `count` registers from base register `base`; result as huawei_outcome(). */
int huawei_read(struct drv *d, struct huawei_run *run, unsigned base, unsigned count,
                uint16_t *regs);

/* DRV_MORE after a transaction, with the gap that the wire wants. */
int huawei_more(struct drv *d);

/* DRV_MORE after HUAWEI_RETRY_MS. */
int huawei_again(struct drv *d);

/* huawei_open.c */

int huawei_open(struct drv *d, struct ups_reading *r);

/*
 * One transaction of asking who it is, into h->fresh, with identification `code`.  DRV_DONE: it is
 * complete and checked.
 */
int huawei_ask_ident(struct drv *d, struct huawei_run *run, uint8_t code);

/* huawei_poll.c */

int huawei_poll(struct drv *d, enum drv_poll kind, struct ups_reading *r);

/*
 * One transaction of finding out whether it is still the same device: after a silence the cable
 * may end elsewhere.  Another one ends the connection (UPS_E_DISCONNECTED), so that it is opened
 * and judged from the start.  DRV_DONE or DRV_MORE: h->reident tells whether it goes on.
 */
int huawei_reidentify(struct drv *d, struct huawei_run *run);

/* One step of a full poll. */
int huawei_poll_full(struct drv *d, struct ups_reading *r);

/* huawei_engine.c */

/*
 * Reads one register for the job that runs.  The two vital ones must be plausible, or are read
 * again.
 */
int huawei_look(struct drv *d, unsigned reg, uint16_t *value);

/* Is this the job whose next step is due? */
bool huawei_job_runs(const struct drv *d, const struct huawei_job *job);

/* Puts a job in place of whatever ran. */
void huawei_job_begin(struct drv *d, const struct huawei_job *job, const struct huawei_step *steps);

/* One transaction of the job; result as drv_driver.command. */
int huawei_job_go(struct drv *d, struct ups_reading *r);

/* Gives up the job that runs; see drv_driver.abandon. */
int huawei_abandon(struct drv *d, struct ups_reading *r);

/* huawei_undo.c */

/* One transaction of the way back; the error that the job has failed with when it is over. */
int huawei_undo(struct drv *d);

/* huawei_command.c */

int huawei_command(struct drv *d, enum ups_command command, struct ups_command_args args,
                   struct ups_reading *r);

/*
 * What 1044 read before the shut-down that is counted now changed it.  Returns false if there is
 * none, or it left 1044 as it was.
 */
bool huawei_former(const struct drv *d, uint16_t *value);

/* A shut-down in `off` steps writes to 1044, which read `before`. */
void huawei_former_keep(struct drv *d, uint16_t before, uint16_t off);

/* The shut-down command is over, 1044 reads `now`; off: steps that are counted, -1: it failed. */
void huawei_former_settle(struct drv *d, uint16_t now, int off);

void huawei_former_forget(struct drv *d);

/* huawei_setting.c */

/* Puts what the device has shown into d->caps, and the delays in force into *r.  DRV_DONE or an
 * error. */
int huawei_find_settings(struct drv *d, struct ups_reading *r);

int huawei_set(struct drv *d, enum ups_var var, int64_t milli, struct ups_reading *r);

/* -- ttys (huawei_vet.c) -------------------------------------------------------------------- */

/*
 * Refuses a tty on which the UPS can't talk: the USB bridge 04e2:1410 under the kernel's cdc_acm
 * driver.  sysfs: "/sys", or a tree of a test's own.  UPS_OK or UPS_E_REFUSED with a message.
 */
enum ups_error huawei_vet_tty(const char *sysfs, const char *path, char *why, size_t why_size);

#endif
