/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * UPSes of the Megatec / Q* and Voltronic families over the shared model: lines in, lines out.  No
 * wire is known here: face_qx.c puts the lines on a pty or TCP connection, a USB bridge may do what
 * it likes with them.
 *
 *   struct model model; struct qx qx;
 *   model_config_default(&cfg); model_init(&model, &cfg);
 *   qx_init(&qx, qx_dialect_find("megatec"), &model);   sets the dialect's plausible model
 *   qx_option(&qx, "load", "30", &why); ...; qx_ready(&qx);
 *   model_advance(&model, seconds); n = qx_answer(&qx, "Q1", reply, sizeof reply);
 *
 * Sources: Megatec protocol papers 2.7 and 2.8; Best Power / Sola protocol; NUT's documentation and
 * published captures, as the tests name them.
 */
#ifndef UPSSIM_QX_H
#define UPSSIM_QX_H

#include <stdbool.h>
#include <stddef.h>

#include "buf.h"
#include "fault.h"
#include "model.h"
#include "voltronic_state.h"

enum { QX_REPLY_MAX = 512 };

struct qx;

/* Where a reply grows; what does not fit is cut. */
struct qx_reply {
    char *data;
    size_t size, len;
};

enum qx_outcome {
    QX_REPLY,   /* the reply says it all (it may be empty) */
    QX_DONE,    /* a command was accepted: the dialect's acknowledgement */
    QX_REFUSED, /* understood, but not now */
    QX_UNKNOWN  /* what the dialect does not define */
};

/* One request: `line` as a whole, or with `prefix` its beginning; `arg` is what follows. */
struct qx_row {
    const char *line;
    bool prefix;
    bool command; /* acknowledged as the dialect does it */
    enum qx_outcome (*run)(struct qx *q, const char *arg, struct qx_reply *out);
};

/* Answers that are a word. */
enum qx_word {
    QX_WORD_SILENCE,
    QX_WORD_ECHO,
    QX_WORD_ACK,    /* ACK */
    QX_WORD_PACK,   /* (ACK */
    QX_WORD_OK,     /* OK */
    QX_WORD_NAK,    /* NAK */
    QX_WORD_PNAK,   /* (NAK */
    QX_WORD_NO_ACK, /* UPS No Ack */
    QX_WORD_PNACK,  /* (NACK */
    QX_WORD_N,      /* N */
    QX_WORDS
};

enum qx_trait {
    QX_S_STAYS = 1 << 0,     /* S<n> without R stays off */
    QX_LONG_DELAYS = 1 << 1, /* n of S up to 99, else 10 */
    QX_ZERO_DELAY = 1 << 2,  /* S.0 and S.1 exist */
    QX_TENTH_TESTS = 1 << 3, /* T.n exists (mecer: and QPI answers P98) */
    QX_TEST_ACK = 1 << 4,    /* T..., CT answer ACK whatever the rest does */
    QX_ONLINE = 1 << 5,      /* a double conversion unit, else line interactive */
    QX_CELL = 1 << 6,        /* battery voltage per cell in Q1 */
    QX_BYPASS = 1 << 7,      /* has a bypass to go to when switched off */
    QX_THREE_IN = 1 << 8,
    QX_THREE_OUT = 1 << 9,
    QX_NEEDS_AUTO = 1 << 10,  /* S follows the flag set by An and Af */
    QX_NO_B0 = 1 << 11,       /* the beeper's bit is always 0 */
    QX_B5_INVERTED = 1 << 12, /* b5 is 1 while there is neither bypass nor boost */
    QX_S_WAKES = 1 << 13      /* after S<n> the output returns when the mains do */
};

struct qx_dialect {
    const char *name;
    const struct qx_row *const *rows; /* lists, NULL-terminated, each ended by an empty row */
    enum qx_word done, refused, unknown;
    unsigned traits; /* of enum qx_trait */
    /* what is NULL does nothing */
    void (*init)(struct qx *q);
    void (*ready)(struct qx *q); /* an option has changed */
    void (*watch)(struct qx *q);
    void (*powercycle)(struct qx *q);
    /* As qx_option: 1 done, 0 not one of these, -1 with a reason. */
    int (*option)(struct qx *q, const char *key, const char *value, struct buf *why);
    /* A value for the control command get. */
    bool (*get)(struct qx *q, const char *key, struct buf *out);
    /* Takes a checksum off; false: it is wrong, and the request is none. */
    bool (*unwrap)(struct qx *q, char *line, size_t *len);
    /* What becomes of a reply, its CR included; it may be empty. */
    size_t (*finish)(struct qx *q, char *reply, size_t len, size_t size);
    size_t trailer;   /* bytes of the checksum */
    double nominal_v; /* 0: 230 */
    double rating_va;
    double full_load_seconds;                    /* 0: 600 */
    int blocks;                                  /* of 12 V */
    const char *mfr, *model, *firmware, *serial; /* NULL: none */
    const char *stuck;                           /* NULL: all bits move */
};

/* Fields of the status frame that can be filled with something else. */
enum qx_field {
    QX_F_INPUT,
    QX_F_FAULT,
    QX_F_OUTPUT,
    QX_F_LOAD,
    QX_F_FREQUENCY,
    QX_F_BATTERY,
    QX_F_TEMPERATURE,
    QX_FIELDS
};

enum qx_frame_kind { QX_FRAME_NORMAL, QX_FRAME_BLANK, QX_FRAME_NONE, QX_FRAME_LOCKUP, QX_FRAME_IC };
enum qx_second { QX_SECOND_WINS, QX_FIRST_STAYS, QX_SECOND_REFUSED };
enum qx_start { QX_START_NORMAL, QX_START_BATTERY, QX_START_OFF, QX_START_BYPASS };

struct qx_fault_record {
    char id;
    int value;
    long seconds; /* on the DRC clock */
};

struct qx {
    const struct qx_dialect *dialect;
    struct model *model;
    /* options */
    unsigned traits;
    enum qx_word done, refused, unknown;
    enum qx_frame_kind ratings, vendor;
    enum qx_second second;
    enum qx_start start;
    char filler[QX_FIELDS];  /* NUL: the number */
    double fixed[QX_FIELDS]; /* what the field shows whatever the model says; negative: does not */
    char stuck[9];           /* eight of 0, 1 or - (moves) */
    char nul[9];             /* eight: 1 = NUL stands for a 0 there */
    char ignore[17];         /* first letters of commands that are accepted without effect */
    bool pad_blank, four_digits, no_cr, nul_off, fsd_kept;
    bool stay_leaks;    /* S<n>R0000 does not hold: the output returns by itself */
    bool short_r_stays; /* early firmware: R0001 and R0002 never return */
    bool no_delay;      /* R<mmmm> is ignored */
    bool transformer_delta;
    bool bl_unknown;             /* hunnox without BL */
    bool no_negative;            /* Q6: no negative battery half */
    char letters[9];             /* gtec: shown besides those of the state */
    double constant_temperature; /* negative: the model's */
    long cut;                    /* bytes of a frame that come through, 0 = all */
    long off_delay;              /* seconds, whatever S says; negative: what it says */
    struct shot zero;            /* status frames of nothing but zeros */
    struct shot no_cr_shot;
    char alias[16], alias_of[16]; /* a request that is taken for another */
    char mfr[32], model_name[32], firmware[32], serial[32];
    bool mains_set;
    /* state */
    bool locked;      /* by a question it can't bear; powercycle ends it */
    bool unknown_now; /* the last line was none of the dialect's */
    bool refused_now;
    bool off_by_command;
    bool was_off;
    bool auto_restart;              /* omron: An/Af */
    bool calibrating;               /* masterguard: the test was begun by TUD */
    double most_volts, least_volts; /* of the mains since the start */
    int slave;                      /* masterguard */
    int packs;                      /* external battery packs */
    int pins;                       /* bestups SS */
    int voltage_index;              /* bestups M; -1: as the factory sets it */
    double uptime;                  /* of the DRC clock when the model's was 0 */
    unsigned faults_seen;
    struct qx_fault_record records[5];
    struct voltronic volt;
};

/* Every dialect: symbol (of its struct qx_dialect, and of its face behind face_) and name. */
#define QX_MEGATEC_DIALECTS(X)                                                                     \
    X(megatec, "megatec")                                                                          \
    X(megatec_old, "megatec/old")                                                                  \
    X(mecer, "mecer")                                                                              \
    X(mustek, "mustek")                                                                            \
    X(q1, "q1")                                                                                    \
    X(zinto, "zinto")                                                                              \
    X(bestups, "bestups")                                                                          \
    X(hunnox, "hunnox")                                                                            \
    X(masterguard, "masterguard")                                                                  \
    X(q2, "q2")                                                                                    \
    X(q6, "q6")                                                                                    \
    X(gtec, "gtec")                                                                                \
    X(innovatae, "innovatae")                                                                      \
    X(innovart31, "innovart31")                                                                    \
    X(innovart33, "innovart33")                                                                    \
    X(omron, "omron")

#define QX_VOLTRONIC_DIALECTS(X)                                                                   \
    X(voltronic, "voltronic")                                                                      \
    X(voltronic_qs, "voltronic-qs")                                                                \
    X(voltronic_qs_hex, "voltronic-qs-hex")                                                        \
    X(voltronic_axpert, "voltronic-axpert")

#define QX_DIALECTS(X)                                                                             \
    QX_MEGATEC_DIALECTS(X)                                                                         \
    QX_VOLTRONIC_DIALECTS(X)

/* NULL when there is none of that name. */
const struct qx_dialect *qx_dialect_find(const char *name);
#define QX_DECLARATION(symbol, protocol) extern const struct qx_dialect qx_##symbol;
QX_VOLTRONIC_DIALECTS(QX_DECLARATION)
#undef QX_DECLARATION
/* All, NULL-terminated (qx_dialect.c). */
extern const struct qx_dialect *const qx_dialects[];

/* Sets `model` (already initialised) to what the dialect's typical unit is. */
void qx_init(struct qx *q, const struct qx_dialect *dialect, struct model *model);
/* A key=value: true when done; false with a reason in `why`, which stays empty for an unknown
 * key. */
bool qx_option(struct qx *q, const char *key, const char *value, struct buf *why);
extern const char qx_option_help[], voltronic_option_help[];
/* After the options: derives what depends on several. */
void qx_ready(struct qx *q);
void qx_powercycle(struct qx *q);

/*
 * Answers one request line (without CR) of a unit whose model is up to date.  Returns the length of
 * the reply in `reply`, its CR included; 0 is silence.  A reply may hold NUL bytes.
 */
size_t qx_answer(struct qx *q, const char *line, char *reply, size_t size);

/* The same for bytes as they came, CR and line feeds included; `unit` is a struct qx. */
size_t qx_line(void *unit, const uint8_t *request, size_t len, uint8_t *reply, size_t size);

/* --- between the qx_*.c files --- */

void qx_put(struct qx_reply *out, const char *format, ...) __attribute__((format(printf, 2, 3)));
void qx_put_bytes(struct qx_reply *out, const char *data, size_t len);
/* What follows from the model's nominal voltage. */
void qx_set_nominal(struct qx *q);
/* Notices what happened to the model since the last call; once more than needed does no harm. */
void qx_watch(struct qx *q);

/* qx_frame.c */
enum qx_outcome qx_status(struct qx *q, const char *arg, struct qx_reply *out);
enum qx_outcome qx_ratings(struct qx *q, const char *arg, struct qx_reply *out);
enum qx_outcome qx_vendor(struct qx *q, const char *arg, struct qx_reply *out);
/* Appends one number of a frame, filled as the options say. */
void qx_put_field(const struct qx *q, struct qx_reply *out, enum qx_field field, int width,
                  int decimals, double value);
/* b7 to b0 as eight characters and a NUL. */
void qx_flags(const struct qx *q, char flags[9]);
double qx_battery_volts(const struct qx *q, bool per_cell);
double qx_temperature(const struct qx *q);
bool qx_failed(const struct qx *q);

/* qx_command.c */
extern const struct qx_row qx_common_commands[];   /* T CT S C and Q */
extern const struct qx_row qx_beepless_commands[]; /* without Q */
enum qx_outcome qx_shutdown(struct qx *q, const char *arg, struct qx_reply *out);
enum qx_outcome qx_cancel(struct qx *q, const char *arg, struct qx_reply *out);
enum qx_outcome qx_test(struct qx *q, const char *arg, struct qx_reply *out);
enum qx_outcome qx_test_stop(struct qx *q, const char *arg, struct qx_reply *out);
/* Rows of single dialects. */
extern const struct qx_row qx_bestups_rows[], qx_masterguard_rows[], qx_q2_rows[], qx_q6_rows[],
    qx_innovart_rows[], qx_gtec_rows[], qx_innovatae_rows[], qx_omron_rows[];

/* Derive what the option model= stands for; called when an option has changed. */
void qx_bestups_ready(struct qx *q);
void qx_masterguard_ready(struct qx *q);

/* Masterguard's fault memory (FLT): one more record, and what the model's faults add to it. */
void qx_record_fault(struct qx *q, char id, int value);
void qx_watch_faults(struct qx *q);

/* The number of `digits` digits that `text` begins with, or -1. */
int qx_digits(const char *text, int digits);

#endif
