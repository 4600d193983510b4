/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Q* dialect voltronic: Voltronic Power's own protocol ("PI", QPI answers P00 to P99), which knows
 * commands by acknowledging them and has the models' differences in the number that QPI answers.
 * docs/protocols/voltronic.md holds the facts; qx_voltronic.h says what lies in which file.
 */
#include "qx_voltronic_set.h"

#include <string.h>

/* -- identity --------------------------------------------------------------------------------- */

enum { PI_NONE = -1 };

/* (PInn, no more: inverters (15, 16, 30, ...) put a checksum behind it. */
static int pi_of(const struct qx_call *c)
{
    const uint8_t *nr = c->reply + 3;

    if (c->len != 5 || memcmp(c->reply, "(PI", 3) != 0 || nr[0] < '0' || nr[0] > '9' ||
        nr[1] < '0' || nr[1] > '9')
        return PI_NONE;
    return (nr[0] - '0') * 10 + (nr[1] - '0');
}

static bool qpi_check(struct qx_call *c)
{
    static const int others[] = {15, 16, 30, 98}; /* inverters, and mecer's */
    int pi = pi_of(c);

    for (unsigned i = 0; i < sizeof others / sizeof *others; i++)
        if (pi == others[i])
            return false;
    return pi != PI_NONE;
}

static void qpi_finish(struct qx_call *c, struct ups_reading *r)
{
    static const struct {
        int32_t pi;
        uint64_t has;
        uint8_t in, out;
    } kinds[] = {
        {1, QX_V_ECO_LIMITS | QX_V_BYPASS_LIMITS, 1, 1},
        {2, QX_V_ECO_LIMITS | QX_V_BYPASS_LIMITS, 1, 1},
        {3, QX_V_ECO_LIMITS | QX_V_BYPASS_LIMITS | QX_V_P03 | QX_V_LINES_IN, 3, 1},
        {9, QX_V_ECO_LIMITS | QX_V_BYPASS_LIMITS | QX_V_P09 | QX_V_LINES_IN | QX_V_LINES_OUT, 2, 2},
        {10, QX_V_ECO_LIMITS | QX_V_BYPASS_LIMITS | QX_V_P10 | QX_V_LINES_IN | QX_V_LINES_OUT, 3,
         3},
        {13, QX_V_ECO_LIMITS | QX_V_BYPASS_LIMITS, 1, 1},
        {14, QX_V_ECO_LIMITS | QX_V_BYPASS_LIMITS, 1, 1},
        {31, QX_V_P31, 1, 1},
        {99, QX_V_ECO_LIMITS | QX_V_BYPASS_LIMITS, 1, 1},
    };
    const char name[] = {'P', (char)c->reply[3], (char)c->reply[4]};
    int pi = pi_of(c);

    c->x->fact[QX_V_PI] = pi;
    ups_set_text(r, UPS_VAR_UPS_FIRMWARE_AUX, name, sizeof name);
    for (unsigned i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (kinds[i].pi == pi) {
            c->x->has |= kinds[i].has;
            c->x->lines_in = kinds[i].in;
            c->x->lines_out = kinds[i].out;
        }
}

/* As long as this, and laid out so: a late reply to another query is not. */
static bool exactly(struct qx_call *c)
{
    static const char *const rows[][2] = {
        {"QRI", "(MMM.M QQQ SSS.S RR.R"}, {"QLDL", "(MMM NNN"}, {"QYF", "(FF.F"}};

    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++)
        if (strcmp(rows[i][0], c->query->request) == 0)
            return c->len == strlen(rows[i][1]) && qx_v_laid_out(c, rows[i][1]);
    return false;
}

static bool qvfw_check(struct qx_call *c)
{
    return memcmp(c->reply, "(VERFW:", 7) == 0;
}

static bool qid_check(struct qx_call *c)
{
    return !memchr(c->reply, '.', c->len) && !memchr(c->reply, ':', c->len);
}

/* All zeros: nobody has written one. */
static void qid_finish(struct qx_call *c, struct ups_reading *r)
{
    for (size_t i = 1; i < c->len; i++)
        if (c->reply[i] != '0' && c->reply[i] != ' ')
            return;
    ups_set_text(r, UPS_VAR_UPS_SERIAL, "", 0);
}

/* -- ratings ---------------------------------------------------------------------------------- */

enum { QMD_WORDS_AT = 25, QMD_WORDS = 6 };

/* The words behind model and power; returns how many there are. */
static unsigned qmd_words(const struct qx_call *c, const uint8_t *word[QMD_WORDS],
                          size_t len[QMD_WORDS])
{
    unsigned n = 0;
    size_t at = QMD_WORDS_AT;

    while (n < QMD_WORDS) {
        while (at < c->len && c->reply[at] == ' ')
            at++;
        if (at >= c->len)
            break;
        word[n] = c->reply + at;
        while (at < c->len && c->reply[at] != ' ')
            at++;
        len[n] = (size_t)(c->reply + at - word[n]);
        n++;
    }
    return n;
}

static bool qmd_check(struct qx_call *c)
{
    const uint8_t *word[QMD_WORDS];
    size_t len[QMD_WORDS];

    return qmd_words(c, word, len) == QMD_WORDS && c->reply[16] == ' ' && c->reply[24] == ' ' &&
           len[1] == 3 && word[1][1] == '/';
}

/* In percent, with two digits: unity is 99, a wider 100, or 00, which else would make no sense. */
static int64_t power_factor(const uint8_t *word, size_t len)
{
    int64_t percent;

    if (!qx_number(word, len, false, &percent) || percent > 100000)
        return -1;
    return percent == 0 ? 1000 : percent / 100;
}

static void phases(const struct qx_call *c, const uint8_t *word)
{
    if (word[0] >= '1' && word[0] <= '3')
        c->x->lines_in = (uint8_t)(word[0] - '0');
    if (word[2] >= '1' && word[2] <= '3')
        c->x->lines_out = (uint8_t)(word[2] - '0');
}

static void qmd_finish(struct qx_call *c, struct ups_reading *r)
{
    static const enum ups_var vars[QMD_WORDS] = {
        UPS_VAR_COUNT, UPS_VAR_COUNT, UPS_VAR_INPUT_VOLTAGE_NOMINAL, UPS_VAR_OUTPUT_VOLTAGE_NOMINAL,
        UPS_VAR_COUNT, UPS_VAR_COUNT};
    const uint8_t *word[QMD_WORDS] = {0}, *va = c->reply + 17;
    size_t len[QMD_WORDS] = {0}, va_len = 7;
    int64_t milli, factor, power;

    if (qmd_words(c, word, len) < QMD_WORDS)
        return;
    phases(c, word[1]);
    for (unsigned i = 0; i < QMD_WORDS; i++)
        if (vars[i] != UPS_VAR_COUNT && qx_number(word[i], len[i], false, &milli))
            ups_set(r, vars[i], 0, milli);
    factor = power_factor(word[0], len[0]);
    if (factor > 0)
        ups_set(r, UPS_VAR_OUTPUT_POWERFACTOR, 0, factor);
    qx_trim(&va, &va_len);
    if (!qx_number(va, va_len, false, &power))
        return;
    ups_set(r, UPS_VAR_UPS_POWER_NOMINAL, 0, power);
    if (factor > 0)
        ups_set(r, UPS_VAR_UPS_REALPOWER_NOMINAL, 0, power * factor / 1000);
}

/* -- battery, roles --------------------------------------------------------------------------- */

/* Minutes come in three digits or five. */
static bool qbv_check(struct qx_call *c)
{
    return c->len <= 22 && qx_v_laid_out(c, "(RRR.R NN MM CCC TTT");
}

/*
 * battery.voltage is that of QGS, which is newer, unless that has none.  Some units tell 0 minutes
 * whatever happens: that is no runtime until another has been seen.
 */
static void qbv_finish(struct qx_call *c, struct ups_reading *r)
{
    int32_t *seen = &c->x->fact[QX_V_RUNTIME];
    int64_t milli;

    c->x->fact[QX_V_QBV_MV] =
        c->len > 5 && qx_number(c->reply + 1, 5, false, &milli) ? (int32_t)milli : 0;
    if (!ups_get(r, UPS_VAR_BATTERY_RUNTIME, 0, &milli))
        return;
    *seen = *seen || milli > 0;
    if (!*seen)
        ups_unset(r, UPS_VAR_BATTERY_RUNTIME, 0);
}

static void qpar_finish(struct qx_call *c, struct ups_reading *r)
{
    const char *role = memcmp(c->reply, "(001", 4) == 0 ? "master" : "slave";

    ups_set_text(r, UPS_VAR_UPS_PARALLEL, role, strlen(role));
}

static bool qpar_check(struct qx_call *c)
{
    return c->len == 4 && memcmp(c->reply, "(00", 3) == 0 && c->reply[3] >= '1' &&
           c->reply[3] <= '9';
}

/* Nobody knows what it means: the log has it, for who wants to find out. */
static void qbdr_finish(struct qx_call *c, struct ups_reading *r)
{
    char shown[80];

    (void)r;
    log_msg(LOG_LVL_NOTICE, "qx", c->x->port ? c->x->port->d->unit : NULL, "QBDR: %s",
            qx_show(c->reply, c->len, shown, sizeof shown));
}

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
    {Q("QGS", QX_V_QGS_BYTES), .class = QX_STATUS, .flags = QX_CLAIM, QX_FIELDS(qx_v_qgs_fields),
     .check = qx_v_qgs_check, .finish = qx_v_qgs_finish},
    /* qx_voltronic_state.c knows their order */
    TURN("QMOD", 3, qmod),
    TURN("QWS", 66, qws),
    {Q("QFS", 4), .class = QX_STATUS, .flags = QX_IN_TURN, .needs = QX_V_FAULTED,
     .check = qx_v_qfs_check, .finish = qx_v_qfs_finish},

    {Q("QBV", 21), .separator = ' ', .class = QX_SLOW, QX_FIELDS(qbv), .check = qbv_check,
     .finish = qbv_finish},
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
    {Q("QLDL", 9), .class = QX_SLOW, QX_FIELDS(qldl), .check = exactly},
    {Q("QYF", 6), .class = QX_SLOW, QX_FIELDS(qyf), .check = exactly},
    {Q("QPAR", 5), .class = QX_SLOW, .check = qpar_check, .finish = qpar_finish},

    {Q("QPI", 6), .class = QX_ONCE, .flags = QX_CLAIM | QX_CLAIM_FIRST, .check = qpi_check,
     .finish = qpi_finish},
    {Q("QRI", 22), .class = QX_ONCE, QX_FIELDS(qri), .check = exactly},
    {Q("QMD", 48), .class = QX_ONCE, QX_FIELDS(qmd), .check = qmd_check, .finish = qmd_finish},
    {Q("QMF", 3), .class = QX_ONCE, QX_FIELDS(qmf)},
    {Q("QVFW", 10), .class = QX_ONCE, QX_FIELDS(qvfw), .check = qvfw_check},
    {Q("QID", 3), .class = QX_ONCE, QX_FIELDS(qid), .check = qid_check, .finish = qid_finish},

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
    {Q("QBDR", 2), .class = QX_ONCE, .needs = QX_V_TESTING, .finish = qbdr_finish},
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
