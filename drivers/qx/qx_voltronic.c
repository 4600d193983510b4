/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Q* dialect voltronic: Voltronic Power's own protocol ("PI", QPI answers P00 to P99), which knows
 * commands by acknowledging them and has the models' differences in the number that QPI answers.
 * docs/protocols/voltronic.md holds the facts; qx_voltronic.h says what lies in which file.
 */
#include "qx_voltronic_set.h"

#include <string.h>

/* -- fields ---------------------------------------------------------------------------------- */

static const struct qx_field qbv[] = {
    QX_NUM(1, 1, BATTERY_NUMBER),
    QX_NUM(2, 2, BATTERY_PACKS),
    {.kind = QX_NUMBER,
     .from = 3,
     .var = UPS_VAR_BATTERY_CHARGE,
     .scale = 1000,
     .most = 100,
     .alarm = UPS_ALARM_NONE},
    QX_NUM_X(4, 4, BATTERY_RUNTIME, 0, 60000),
};
static const struct qx_field qri[] = {
    QX_NUM(1, 5, OUTPUT_VOLTAGE_NOMINAL),    QX_NUM(7, 9, OUTPUT_CURRENT_NOMINAL),
    QX_NUM(11, 15, BATTERY_VOLTAGE_NOMINAL), QX_NUM(17, 20, OUTPUT_FREQUENCY_NOMINAL),
    QX_NUM(17, 20, INPUT_FREQUENCY_NOMINAL), /* there is only one rating */
};
static const struct qx_field qmd[] = {QX_TXT(1, 15, UPS_MODEL)};
static const struct qx_field qmf[] = {QX_TXT(1, QX_END, UPS_MFR)};
static const struct qx_field qvfw[] = {QX_TXT(7, QX_END, UPS_FIRMWARE)};
static const struct qx_field qid[] = {QX_TXT(1, QX_END, UPS_SERIAL)};
static const struct qx_field qyf[] = {QX_NUM(1, 4, INPUT_BYPASS_FREQUENCY)};
static const struct qx_field qldl[] = {QX_NUM(1, 3, OUTPUT_LOAD_LEAST),
                                       QX_NUM(5, 7, OUTPUT_LOAD_MOST)};

/* -- tables ----------------------------------------------------------------------------------- */

#define Q(what, bytes) .request = what, .lead = '(', .least = bytes
#define TURN(what, bytes, name)                                                                    \
    {                                                                                              \
        Q(what, bytes), .class = QX_STATUS, .flags = QX_IN_TURN, .check = qx_v_##name##_check,     \
                        .finish = qx_v_##name##_finish                                             \
    }

static const struct qx_query queries[] = {
    {Q("QGS", QX_V_QGS_BYTES), .class = QX_STATUS, .flags = QX_CLAIM | QX_CLAIM_AGAIN,
     QX_FIELDS(qx_v_qgs_fields), .check = qx_v_qgs_check, .finish = qx_v_qgs_finish},
    /* qx_voltronic_state.c knows their order */
    TURN("QMOD", 3, qmod),
    TURN("QWS", 66, qws),
    {Q("QFS", 4), .class = QX_STATUS, .flags = QX_IN_TURN, .needs = QX_V_FAULTED,
     .check = qx_v_qfs_check, .finish = qx_v_qfs_finish},

    {Q("QBV", 21), .separator = ' ', .class = QX_SLOW, QX_FIELDS(qbv), .check = qx_v_qbv_check,
     .finish = qx_v_qbv_finish},
    {Q("Q3PV", 37), .class = QX_SLOW, .needs = QX_V_LINES_IN, QX_FIELDS(qx_v_q3pv),
     .finish = qx_v_q3_finish},
    {Q("Q3PC", 13), .class = QX_SLOW, .needs = QX_V_LINES_IN, QX_FIELDS(qx_v_q3pc),
     .finish = qx_v_q3_finish},
    {Q("Q3OV", 37), .class = QX_SLOW, .needs = QX_V_LINES_OUT, QX_FIELDS(qx_v_q3ov),
     .finish = qx_v_q3_finish},
    {Q("Q3OC", 13), .class = QX_SLOW, .needs = QX_V_LINES_OUT, QX_FIELDS(qx_v_q3oc),
     .finish = qx_v_q3oc_finish},
    {Q("Q3LD", 13), .class = QX_SLOW, .needs = QX_V_LINES_OUT, QX_FIELDS(qx_v_q3ld),
     .finish = qx_v_q3ld_finish},
    {Q("Q3YV", 37), .class = QX_SLOW, .needs = QX_V_P10, QX_FIELDS(qx_v_q3yv),
     .finish = qx_v_q3yv_finish},
    {Q("Q3YV", 19), /* three voltages, no third line */
     .class = QX_SLOW, .needs = QX_V_P09, .field = qx_v_q3yv, .fields = 2,
     .finish = qx_v_q3yv_finish},
    {Q("QLDL", 9), .class = QX_SLOW, QX_FIELDS(qldl), .check = qx_v_exactly},
    {Q("QYF", 6), .class = QX_SLOW, QX_FIELDS(qyf), .check = qx_v_exactly},
    {Q("QPAR", 5), .class = QX_SLOW, .check = qx_v_qpar_check, .finish = qx_v_qpar_finish},

    {Q("QPI", 6), .class = QX_ONCE, .flags = QX_CLAIM | QX_CLAIM_FIRST | QX_CLAIM_AGAIN,
     .check = qx_v_qpi_check, .finish = qx_v_qpi_finish},
    {Q("QRI", 22), .class = QX_ONCE, QX_FIELDS(qri), .check = qx_v_exactly},
    {Q("QMD", 48), .class = QX_ONCE, QX_FIELDS(qmd), .check = qx_v_qmd_check,
     .finish = qx_v_qmd_finish},
    {Q("QMF", 3), .class = QX_ONCE, QX_FIELDS(qmf)},
    {Q("QVFW", 10), .class = QX_ONCE, QX_FIELDS(qvfw), .check = qx_v_qvfw_check},
    {Q("QID", 3), .class = QX_ONCE, QX_FIELDS(qid), .check = qx_v_qid_check,
     .finish = qx_v_qid_finish},

    QX_V_SET_QUERIES,

    /* asked once, by ready(): some firmware stops answering altogether */
    {.request = "F",
     .lead = '#',
     .least = 22,
     .class = QX_ONCE,
     .flags = QX_RATING,
     .needs = QX_V_NO_QRI,
     QX_FIELDS(qx_rating_fields)},
    {.request = "I",
     .lead = '#',
     .least = 39,
     .class = QX_ONCE,
     .flags = QX_VENDOR,
     .needs = QX_V_NO_QMD,
     QX_FIELDS(qx_vendor_fields)},
    {Q("QBDR", 2), .class = QX_ONCE, .needs = QX_V_TESTING, .finish = qx_v_qbdr_finish},
};

/* The output: ups.delay.start below three minutes only if the configuration has it so. */
enum { ON_SURE_S = 180 };

#define HAS_A QX_V_LETTER('a')

static const struct qx_command commands[] = {
    {UPS_COMMAND_LOAD_ON, "SON", NULL, NULL, QX_SHOWS_ON, 0, NULL},
    {UPS_COMMAND_LOAD_OFF, "SOFF", NULL, NULL, QX_SHOWS_OFF, 0, NULL},
    /* without R it comes back with mains; R0000 would mean that it stays off */
    {UPS_COMMAND_SHUTDOWN_RETURN, "S%nR%m", "S%n", NULL, QX_SHOWS_COUNTDOWN, 0, NULL},
    {UPS_COMMAND_SHUTDOWN_STAYOFF, "S%nR0000", NULL, NULL, QX_SHOWS_COUNTDOWN, 0, NULL},
    {UPS_COMMAND_SHUTDOWN_STOP, "CS", NULL, NULL, QX_SHOWS_NO_COUNTDOWN, 0, NULL},
    {UPS_COMMAND_TEST_BATTERY_START, "T%t", NULL, NULL, QX_SHOWS_TEST, 0, NULL},
    {UPS_COMMAND_TEST_BATTERY_START_QUICK, "T", NULL, NULL, QX_SHOWS_TEST, 0, NULL},
    {UPS_COMMAND_TEST_BATTERY_START_DEEP, "TL", NULL, NULL, QX_SHOWS_TEST, 0, NULL},
    {UPS_COMMAND_TEST_BATTERY_STOP, "CT", NULL, NULL, QX_SHOWS_NO_TEST, 0, NULL},
    {UPS_COMMAND_BEEPER_TOGGLE, "BZOFF", "BZON", NULL, QX_SHOWS_BEEPER, 0, NULL},
    {UPS_COMMAND_BEEPER_MUTE, "BZOFF", NULL, NULL, QX_SHOWS_VALUE, HAS_A, NULL},
    {UPS_COMMAND_BEEPER_ENABLE, "PEA", "BZON", NULL, QX_SHOWS_BEEPER_ON, HAS_A, "QFLAG"},
    {UPS_COMMAND_BEEPER_DISABLE, "PDA", NULL, NULL, QX_SHOWS_BEEPER_OFF, HAS_A, "QFLAG"},
    QX_V_SET_COMMANDS,
};

/* -- what is read once, after all else -------------------------------------------------------- */

/* Asks a row; whatever comes of it, opening goes on. */
static int ask(struct drv *d, unsigned row, struct ups_reading *r)
{
    struct qx_part unused = {0};
    int rc = qx_ask(d, row, &unused, r);

    return rc == UPS_E_DISCONNECTED ? rc : qx_more(d);
}

static bool open_question(const struct drv *d, int row)
{
    const struct qx *x = d->state;

    return row >= 0 && qx_wanted(d, (unsigned)row) && !(x->answered >> row & 1);
}

/*
 * What the device has hangs on these, and a good query is refused now and then: asked until they
 * are answered or given up.  Only then is asked what the others tell: I and F, once.
 */
static int ready(struct drv *d, struct ups_reading *r)
{
    static const struct {
        const char *request;
        uint64_t without; /* bit of qx.has if the device does not know it */
    } must[] = {{"QRI", QX_V_NO_QRI}, {"QMD", QX_V_NO_QMD}, {"QFLAG", 0}};
    static const char *const once[] = {"F", "I", "QBDR"};
    struct qx *x = d->state;

    for (unsigned i = 0; i < sizeof must / sizeof *must; i++) {
        int row = qx_row(x->dialect, must[i].request);

        if (open_question(d, row))
            return ask(d, (unsigned)row, r);
        if (x->dead >> row & 1)
            x->has |= must[i].without;
    }
    if (qx_flag(d, QX_OPT_TESTING))
        x->has |= QX_V_TESTING;
    for (unsigned i = 0; i < sizeof once / sizeof *once; i++) {
        int row = qx_row(x->dialect, once[i]), rc;

        if (!open_question(d, row))
            continue;
        rc = ask(d, (unsigned)row, r);
        if (!(x->answered >> row & 1))
            x->dead |= UINT64_C(1) << row;
        return rc;
    }
    return qx_v_apply(d, r);
}

const struct qx_dialect qx_voltronic = {
    .name = "voltronic",
    .mfr = "Voltronic Power",
    .flags = QX_MUST_ACK | QX_MUST_SHOW,
    .ack = "(ACK",
    .delays = {12, 5940, 30, 0, 599940, 180, 12, 5940},
    .on_sure = ON_SURE_S,
    .settle = qx_v_settle,
    .allows = qx_v_allows,
    .ready = ready,
    QX_QUERIES(queries),
    QX_COMMANDS(commands),
    QX_SETTINGS(qx_v_settings),
};
