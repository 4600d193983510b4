/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Q* dialect voltronic: options of the configuration that are settings of the UPS.
 *
 * A row ties an option to a variable; the variable's setting knows range, bytes, safety and
 * verification.  Each option counts once from the start of the program to its end: a UPS that
 * acknowledges and does not take is not written to again and again, and what is set later by SNMP
 * stays.  Nothing here keeps the UPS from being served: what can't be done is a line in the log.
 */
#include "qx_voltronic_set.h"

#include <stdio.h>
#include <string.h>

/* What the option's number is. */
enum { AS_IT_IS, WHOLE, ANGLE };

static const struct row {
    uint8_t option; /* enum qx_option */
    uint8_t number;
    enum ups_var var;
} rows[] = {
    {QX_OPT_ALARM_CONTROL, AS_IT_IS, UPS_VAR_ALARM_CONTROL},
    {QX_OPT_BYPASS_ALARM, AS_IT_IS, UPS_VAR_BYPASS_ALARM},
    {QX_OPT_BATTERY_ALARM, AS_IT_IS, UPS_VAR_BATTERY_ALARM},
    {QX_OPT_BYPASS_WHEN_OFF, AS_IT_IS, UPS_VAR_BYPASS_WHEN_OFF},
    {QX_OPT_BYPASS_FORBIDDING, AS_IT_IS, UPS_VAR_BYPASS_FORBIDDING},
    {QX_OPT_CONVERTER_MODE, AS_IT_IS, UPS_VAR_CONVERTER_MODE},
    {QX_OPT_ECO_MODE, AS_IT_IS, UPS_VAR_UPS_ECO_ENABLED},
    {QX_OPT_ADVANCED_ECO_MODE, AS_IT_IS, UPS_VAR_ADVANCED_ECO_MODE},
    {QX_OPT_BATTERY_OPEN_STATUS_CHECK, AS_IT_IS, UPS_VAR_BATTERY_OPEN_STATUS_CHECK},
    {QX_OPT_SITE_FAULT_DETECTION, AS_IT_IS, UPS_VAR_SITE_FAULT_DETECTION},
    {QX_OPT_CONSTANT_PHASE_ANGLE, AS_IT_IS, UPS_VAR_CONSTANT_PHASE_ANGLE},
    {QX_OPT_LIMITED_RUNTIME, AS_IT_IS, UPS_VAR_LIMITED_RUNTIME},
    {QX_OPT_MAX_BYPASS_VOLT, WHOLE, UPS_VAR_INPUT_TRANSFER_BYPASS_HIGH},
    {QX_OPT_MIN_BYPASS_VOLT, WHOLE, UPS_VAR_INPUT_TRANSFER_BYPASS_LOW},
    {QX_OPT_MAX_BYPASS_FREQ, AS_IT_IS, UPS_VAR_INPUT_FREQUENCY_BYPASS_HIGH},
    {QX_OPT_MIN_BYPASS_FREQ, AS_IT_IS, UPS_VAR_INPUT_FREQUENCY_BYPASS_LOW},
    {QX_OPT_BATTERY_NUMBER, WHOLE, UPS_VAR_BATTERY_NUMBER},
    {QX_OPT_OUTPUT_PHASE_ANGLE, ANGLE, UPS_VAR_OUTPUT_PHASE_ANGLE},
    {QX_OPT_WORK_RANGE_TYPE, AS_IT_IS, UPS_VAR_WORK_RANGE_TYPE},
};
enum { ROWS = sizeof rows / sizeof *rows, NO_ROW = ROWS };

/* x->apply.stage */
enum { BEGIN, MODE, RESET, READ_ALL, LOOK, WRITE };

static int64_t wanted(const struct drv *d, const struct row *row)
{
    static const int64_t angles[] = {0, 120000, 180000, 240000};
    int64_t num = drv_num(d, row->option);

    return row->number == WHOLE ? num * 1000 : row->number == ANGLE ? angles[num] : num;
}

/* -- what was dealt with ---------------------------------------------------------------------- */

static bool asked_for(const struct drv *d, unsigned option)
{
    int64_t bit = INT64_C(1) << (option - QX_OPT_RESET_TO_DEFAULT);

    return d->opt[option].set && !(d->keep[QX_KEEP_APPLIED] & bit);
}

static void dealt_with(struct drv *d, unsigned option)
{
    d->keep[QX_KEEP_APPLIED] |= INT64_C(1) << (option - QX_OPT_RESET_TO_DEFAULT);
}

static unsigned next_row(const struct drv *d)
{
    for (unsigned i = 0; i < ROWS; i++)
        if (asked_for(d, rows[i].option))
            return i;
    return NO_ROW;
}

static int stage(struct drv *d, unsigned next)
{
    struct qx *x = d->state;

    x->apply.stage = (uint8_t)next;
    x->apply.tries = 0;
    return qx_more(d);
}

/* -- reset_to_default ------------------------------------------------------------------------- */

static int reset_ends(struct drv *d, enum log_level level, const char *text, const char *detail)
{
    dealt_with(d, QX_OPT_RESET_TO_DEFAULT);
    log_msg(level, "qx", d->unit, "reset_to_default: %s%s", text, detail);
    return stage(d, LOOK);
}

/* PF is for standby alone. */
static int step_mode(struct drv *d, struct ups_reading *r)
{
    struct qx *x = d->state;
    struct qx_part unused = {0};
    int rc = qx_ask(d, (unsigned)qx_row(x->dialect, "QMOD"), &unused, r);
    char mode[8];

    if (rc == UPS_E_DISCONNECTED)
        return rc;
    if (rc != DRV_DONE && ++x->apply.tries < QX_MISSES_MOST)
        return qx_more(d);
    if (rc != DRV_DONE)
        return reset_ends(d, LOG_LVL_WARN, "not done: the mode is unknown: ", d->why);
    if (x->fact[QX_V_MODE] == 'S')
        return stage(d, RESET);
    snprintf(mode, sizeof mode, "%c", (int)x->fact[QX_V_MODE]);
    return reset_ends(d, LOG_LVL_WARN, "not done: only in standby, and the UPS is in mode ", mode);
}

static int step_reset(struct drv *d)
{
    uint8_t reply[QX_LINE_MAX];
    char shown[24];
    bool unended;
    size_t len;
    int rc;

    dealt_with(d, QX_OPT_RESET_TO_DEFAULT);
    rc = qx_exchange(d, "PF", QX_EXPECT_ACK, reply, &len, &unended);
    if (rc == UPS_E_DISCONNECTED)
        return rc;
    if (rc != QX_ANSWER || len != 4 || memcmp(reply, "(ACK", len) != 0)
        return reset_ends(d, LOG_LVL_WARN, "not done, the UPS answers: ",
                          qx_show(reply, rc < 0 ? 0 : len, shown, sizeof shown));
    log_msg(LOG_LVL_NOTICE, "qx", d->unit,
            "reset_to_default: the switches and limits of the UPS are its own defaults");
    return stage(d, READ_ALL);
}

/* Everything is another now. */
static int step_read_all(struct drv *d, struct ups_reading *r)
{
    struct qx *x = d->state;
    struct qx_part unused = {0};

    for (; x->apply.at < x->dialect->queries; x->apply.at++) {
        unsigned row = x->apply.at;

        if (x->dialect->query[row].class != QX_SLOW || !qx_wanted(d, row))
            continue;
        int rc = qx_ask(d, row, &unused, r);

        x->apply.at++;
        return rc == UPS_E_DISCONNECTED ? rc : qx_more(d);
    }
    qx_find_caps(d, r);
    return stage(d, LOOK);
}

/* -- settings --------------------------------------------------------------------------------- */

static const char *value_text(const struct drv *d, const struct row *row,
                              const struct ups_reading *r, char *buf, size_t size)
{
    const char *symbol = ups_unit_symbol(ups_vars[row->var].unit);
    size_t used;

    (void)d;
    if (!ups_format(r, row->var, 0, buf, size)) {
        snprintf(buf, size, "unknown");
        return buf;
    }
    used = strlen(buf);
    snprintf(buf + used, size - used, "%s%s", symbol[0] ? " " : "", symbol);
    return buf;
}

static int not_set(struct drv *d, const struct row *row, const struct ups_reading *r,
                   const char *why)
{
    char now[UPS_TEXT_MAX + 16];

    dealt_with(d, row->option);
    log_msg(LOG_LVL_WARN, "qx", d->unit, "%s = %s is not set: %s; the UPS goes on with %s (%s)",
            d->driver->options[row->option].name, d->opt[row->option].text, why,
            value_text(d, row, r, now, sizeof now), ups_vars[row->var].name);
    return stage(d, LOOK);
}

/* Is it possible at all?  Text of what is against it; NULL: nothing. */
static const char *against(const struct drv *d, const struct row *row, char *buf, size_t size)
{
    const struct ups_setting *s = ups_setting_find(&d->caps, row->var);
    int64_t milli = wanted(d, row);

    if (!s)
        return "the UPS has no such setting";
    if (ups_setting_fit(s, &milli) && milli == wanted(d, row))
        return NULL;
    if (s->choices)
        return "the UPS does not take this word";
    snprintf(buf, size, "the UPS takes %g to %g", (double)s->min / 1000, (double)s->max / 1000);
    return buf;
}

/* The variable as the UPS has it now; asked as often as it takes to know that it has none. */
static int step_look(struct drv *d, struct ups_reading *r)
{
    struct qx *x = d->state;
    unsigned i = next_row(d);
    struct qx_part unused = {0};
    char text[64], now[UPS_TEXT_MAX + 16];
    int64_t milli;

    if (i == NO_ROW)
        return DRV_DONE;
    const char *query = qx_v_query_of(rows[i].var);
    unsigned row = (unsigned)qx_row(x->dialect, query);
    if (qx_wanted(d, row)) {
        int rc = qx_ask(d, row, &unused, r);

        if (rc == UPS_E_DISCONNECTED)
            return rc;
        if (rc != DRV_DONE && ++x->apply.tries < QX_MISSES_MOST)
            return qx_more(d);
        qx_find_caps(d, r);
    }
    const char *why = against(d, &rows[i], text, sizeof text);
    if (why)
        return not_set(d, &rows[i], r, why);
    if (ups_get(r, rows[i].var, 0, &milli) && milli == wanted(d, &rows[i])) {
        dealt_with(d, rows[i].option);
        return stage(d, LOOK);
    }
    log_msg(LOG_LVL_NOTICE, "qx", d->unit, "%s: the UPS has %s, the configuration wants %s",
            d->driver->options[rows[i].option].name, value_text(d, &rows[i], r, now, sizeof now),
            d->opt[rows[i].option].text);
    x->apply.at = (uint8_t)i;
    dealt_with(d, rows[i].option); /* also if the connection is lost now */
    return stage(d, WRITE);
}

static int step_write(struct drv *d, struct ups_reading *r)
{
    const struct qx *x = d->state;
    const struct row *row = &rows[x->apply.at];
    char why[sizeof d->why], now[UPS_TEXT_MAX + 16];
    int rc = qx_set(d, row->var, wanted(d, row), r);

    if (rc == DRV_MORE || rc == UPS_E_DISCONNECTED)
        return rc;
    if (rc != DRV_DONE) {
        snprintf(why, sizeof why, "%s", d->why);
        return not_set(d, row, r, why);
    }
    log_msg(LOG_LVL_NOTICE, "qx", d->unit, "%s: the UPS has taken %s",
            d->driver->options[row->option].name, value_text(d, row, r, now, sizeof now));
    return stage(d, LOOK);
}

/* -- all -------------------------------------------------------------------------------------- */

static int step_begin(struct drv *d, struct ups_reading *r)
{
    bool reset = asked_for(d, QX_OPT_RESET_TO_DEFAULT) && qx_flag(d, QX_OPT_RESET_TO_DEFAULT);

    if (!reset && next_row(d) == NO_ROW)
        return DRV_DONE;
    qx_find_caps(d, r);
    return stage(d, reset ? MODE : LOOK);
}

int qx_v_apply(struct drv *d, struct ups_reading *r)
{
    const struct qx *x = d->state;

    if (!d->host->apply)
        return DRV_DONE;
    switch (x->apply.stage) {
    case MODE: return step_mode(d, r);
    case RESET: return step_reset(d);
    case READ_ALL: return step_read_all(d, r);
    case LOOK: return step_look(d, r);
    case WRITE: return step_write(d, r);
    default: return step_begin(d, r);
    }
}
