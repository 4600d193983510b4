/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Q* dialect voltronic: replies that say who and how big it is, and how its battery does: are they
 * credible, and what do they tell beyond their fields.
 */
#include "qx_voltronic.h"

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

bool qx_v_qpi_check(struct qx_call *c)
{
    static const int others[] = {15, 16, 30, 98}; /* inverters, and mecer's */
    int pi = pi_of(c);

    for (unsigned i = 0; i < sizeof others / sizeof *others; i++)
        if (pi == others[i])
            return false;
    return pi != PI_NONE;
}

void qx_v_qpi_finish(struct qx_call *c, struct ups_reading *r)
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
bool qx_v_exactly(struct qx_call *c)
{
    static const char *const rows[][2] = {
        {"QRI", "(MMM.M QQQ SSS.S RR.R"}, {"QLDL", "(MMM NNN"}, {"QYF", "(FF.F"}};

    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++)
        if (strcmp(rows[i][0], c->query->request) == 0)
            return c->len == strlen(rows[i][1]) && qx_v_laid_out(c, rows[i][1]);
    return false;
}

bool qx_v_qvfw_check(struct qx_call *c)
{
    return memcmp(c->reply, "(VERFW:", 7) == 0;
}

bool qx_v_qid_check(struct qx_call *c)
{
    return !memchr(c->reply, '.', c->len) && !memchr(c->reply, ':', c->len);
}

/* All zeros: nobody has written one. */
void qx_v_qid_finish(struct qx_call *c, struct ups_reading *r)
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

bool qx_v_qmd_check(struct qx_call *c)
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

void qx_v_qmd_finish(struct qx_call *c, struct ups_reading *r)
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
bool qx_v_qbv_check(struct qx_call *c)
{
    return c->len <= 22 && qx_v_laid_out(c, "(RRR.R NN MM CCC TTT");
}

/*
 * battery.voltage is that of QGS, which is newer, unless that has none.  Some units tell 0 minutes
 * whatever happens: that is no runtime until another has been seen.
 */
void qx_v_qbv_finish(struct qx_call *c, struct ups_reading *r)
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

void qx_v_qpar_finish(struct qx_call *c, struct ups_reading *r)
{
    const char *role = memcmp(c->reply, "(001", 4) == 0 ? "master" : "slave";

    ups_set_text(r, UPS_VAR_UPS_PARALLEL, role, strlen(role));
}

bool qx_v_qpar_check(struct qx_call *c)
{
    return c->len == 4 && memcmp(c->reply, "(00", 3) == 0 && c->reply[3] >= '1' &&
           c->reply[3] <= '9';
}

/* Nobody knows what it means: the log has it, for who wants to find out. */
void qx_v_qbdr_finish(struct qx_call *c, struct ups_reading *r)
{
    char shown[80];

    (void)r;
    log_msg(LOG_LVL_NOTICE, "qx", c->x->port ? c->x->port->d->unit : NULL, "QBDR: %s",
            qx_show(c->reply, c->len, shown, sizeof shown));
}
