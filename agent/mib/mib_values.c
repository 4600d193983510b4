/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Getters of the object layer.  What RFC 1628 leaves open is decided here, and each decision stands
 * at its getter.  A value that the unit did not give is absent, never 0 or -1.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "mib_values.h"

#include <string.h>

#include "mib_give.h"

#ifndef PACKAGE_VERSION
#define PACKAGE_VERSION "unversioned"
#endif

/* -- helpers -- */

/* Hundredths of a second from `since` to `until`, 0 at least; -1: longer ago than can be told. */
static int64_t ticks_between(int64_t since, int64_t until)
{
    if (since < 0 && until > INT64_MAX + since)
        return -1;
    return until > since ? (until - since) / 10 : 0;
}

uint32_t mib_timestamp(const struct mib_view *view, int64_t moment)
{
    if (moment > view->now_ms)
        moment = view->now_ms;
    /* from the epoch, not from now: the same at every read */
    return moment <= view->epoch_ms ? 0 : (uint32_t)((moment - view->epoch_ms) / 10);
}

static bool has_status(const struct mib_view *view, uint32_t mask)
{
    return (view->snap->reading.status & mask) != 0;
}

/* Is there an alarm, of the unit's own making or in upsAlarmTable? */
static bool has_alarm(const struct snapshot *snap, enum ups_alarm alarm)
{
    if (ups_alarm_has(&snap->reading.alarms, alarm))
        return true;
    for (uint32_t i = 0; i < snap->alarm_count; i++) {
        if (snap->alarm[i].alarm == alarm)
            return true;
    }
    return false;
}

/* The number of phases that a variable tells; -1 if unknown or more than there can be. */
static int64_t phases(const struct snapshot *snap, enum ups_var var)
{
    int64_t milli;

    if (!ups_get(&snap->reading, var, 0, &milli) || milli < 0 || milli > UPS_LINES_MAX * 1000)
        return -1;
    return milli / 1000;
}

int64_t mib_rows_present(enum mib_index index, const struct mib_view *view)
{
    const struct snapshot *snap = view->snap;
    int64_t n;

    switch (index) {
    case MIB_SCALAR: return 1;
    case MIB_INPUT_LINE: return phases(snap, UPS_VAR_INPUT_PHASES);
    case MIB_OUTPUT_LINE: return phases(snap, UPS_VAR_OUTPUT_PHASES);
    case MIB_BYPASS_LINE:
        /* a unit that answers and tells of no bypass has none */
        n = phases(snap, UPS_VAR_INPUT_BYPASS_PHASES);
        return n < 0 && snap->fresh ? 0 : n;
    default: return -1;
    }
}

static bool give_rows_present(struct mib_value *value, enum mib_index index,
                              const struct mib_view *view)
{
    int64_t n = mib_rows_present(index, view);

    return n >= 0 && give_integer(value, n);
}

/* -- generic getters -- */

bool mib_value_number(const struct mib_row *row, const struct mib_view *view, uint32_t pos,
                      struct mib_value *value)
{
    int64_t n;

    if (!ups_get(&view->snap->reading, row->var, pos, &n))
        return false;
    n = rounded(n, row->per);
    if (row->fit == MIB_MAGNITUDE && n < 0 && n >= -INT32_MAX)
        n = -n;
    if (n < row->least || n > row->most) {
        if (row->fit != MIB_CLAMP)
            return false;
        n = n < row->least ? row->least : row->most;
    }
    return give_integer(value, n);
}

bool mib_value_choice(const struct mib_row *row, const struct mib_view *view, uint32_t pos,
                      struct mib_value *value)
{
    int64_t word;

    if (!ups_get(&view->snap->reading, row->var, pos, &word) || word < 0 || word >= row->most)
        return false;
    return give_integer(value, row->words[word]);
}

bool mib_value_text(const struct mib_row *row, const struct mib_view *view, uint32_t pos,
                    struct mib_value *value)
{
    (void)pos;
    return give_text(value, ups_text(&view->snap->reading, row->var), (size_t)row->most);
}

bool mib_value_known_text(const struct mib_row *row, const struct mib_view *view, uint32_t pos,
                          struct mib_value *value)
{
    return mib_value_text(row, view, pos, value) && value->len > 0;
}

/* When the agent's own countdown that a timer stands for ends, monotonic; -1: none runs. */
static int64_t countdown_end(const struct snap_timers *timers, enum ups_var var)
{
    enum snap_countdown runs = timers->countdown;

    if (var == UPS_VAR_UPS_TIMER_SHUTDOWN && runs == SNAP_COUNT_SHUTDOWN)
        return timers->off_at_ms;
    if (var == UPS_VAR_UPS_TIMER_START &&
        (runs == SNAP_COUNT_SHUTDOWN || runs == SNAP_COUNT_STARTUP))
        return timers->on_at_ms;
    if (var == UPS_VAR_UPS_TIMER_REBOOT && runs == SNAP_COUNT_REBOOT)
        return timers->on_at_ms;
    return -1;
}

/*
 * The device's own timer goes before the agent's countdown, which is known without a fresh reading
 * too.  An output that is due to come back and waits, for mains or for the unit, reads 0.
 */
bool mib_value_timer(const struct mib_row *row, const struct mib_view *view, uint32_t pos,
                     struct mib_value *value)
{
    const struct snapshot *snap = view->snap;
    int64_t milli, end = countdown_end(&snap->timers, row->var);

    if (snap->fresh && ups_get(&snap->reading, row->var, pos, &milli) && milli >= 0)
        return give_integer(value, rounded(milli, 1000));
    if (!snap->fresh && snap->timers.countdown == SNAP_COUNT_NONE)
        return false;
    if (end < 0 || (end <= view->now_ms && row->var == UPS_VAR_UPS_TIMER_SHUTDOWN))
        return give_integer(value, -1);
    return give_integer(value, end <= view->now_ms ? 0 : (end - view->now_ms + 999) / 1000);
}

bool mib_value_fixed(const struct mib_row *row, const struct mib_view *view, uint32_t pos,
                     struct mib_value *value)
{
    (void)view;
    (void)pos;
    return give_integer(value, row->least);
}

bool mib_value_note(const struct mib_row *row, const struct mib_view *view, uint32_t pos,
                    struct mib_value *value)
{
    (void)pos;
    return give_text(value, (const char *)view->snap + row->field, (size_t)row->most);
}

bool mib_value_count(const struct mib_row *row, const struct mib_view *view, uint32_t pos,
                     struct mib_value *value)
{
    uint32_t n;

    (void)pos;
    memcpy(&n, (const char *)view->snap + row->field, sizeof(n));
    return row->type == MIB_INTEGER ? give_integer(value, n) : give_unsigned(value, n);
}

/* -- upsIdent -- */

/* The firmware, and after a blank that of the second processor or display where there is one. */
bool mib_value_firmware(const struct mib_row *row, const struct mib_view *view, uint32_t pos,
                        struct mib_value *value)
{
    const char *main = ups_text(&view->snap->reading, UPS_VAR_UPS_FIRMWARE);
    const char *aux = ups_text(&view->snap->reading, UPS_VAR_UPS_FIRMWARE_AUX);
    char *text = (char *)value->oid_buf;
    size_t most = (size_t)row->most, len;

    (void)pos;
    _Static_assert(sizeof(value->oid_buf) >= UPS_TEXT_MAX, "no room for a text");
    if (!*main || !*aux)
        return give_text(value, *main ? main : aux, most);
    len = strnlen(main, most);
    memcpy(text, main, len);
    if (len + 1 < most) {
        size_t more = strnlen(aux, most - len - 1);

        text[len++] = ' ';
        memcpy(text + len, aux, more);
        len += more;
    }
    value->v.octets = text;
    value->len = len;
    return true;
}

/* Managers know the agent by its first word, so it never changes. */
bool mib_value_agent_version(const struct mib_row *row, const struct mib_view *view, uint32_t pos,
                             struct mib_value *value)
{
    (void)view;
    (void)pos;
    return give_text(value, "upsmibd " PACKAGE_VERSION, (size_t)row->most);
}

/* -- upsBattery -- */

bool mib_value_battery_status(const struct mib_row *row, const struct mib_view *view, uint32_t pos,
                              struct mib_value *value)
{
    enum { UNKNOWN = 1, NORMAL, LOW, DEPLETED };

    (void)row;
    (void)pos;
    if (!view->snap->fresh || view->snap->reading.status == 0)
        return give_integer(value, UNKNOWN);
    if (has_alarm(view->snap, UPS_ALARM_DEPLETED_BATTERY))
        return give_integer(value, DEPLETED);
    if (has_status(view, UPS_STATUS_MASK(LB)) || has_alarm(view->snap, UPS_ALARM_LOW_BATTERY))
        return give_integer(value, LOW);
    return give_integer(value, NORMAL);
}

bool mib_value_seconds_on_batt(const struct mib_row *row, const struct mib_view *view, uint32_t pos,
                               struct mib_value *value)
{
    const struct snapshot *snap = view->snap;

    (void)row;
    (void)pos;
    if (!snap->fresh)
        return false;
    if (snap->on_battery_since_ms < 0)
        return give_integer(value, 0);
    return give_integer(value, ticks_between(snap->on_battery_since_ms, view->now_ms) / 100);
}

/*
 * Whole minutes, rounded down, but 1 while there is any estimate, because the object has no 0.
 * Beyond row->most it is a unit's word for "don't know".
 */
bool mib_value_minutes_left(const struct mib_row *row, const struct mib_view *view, uint32_t pos,
                            struct mib_value *value)
{
    int64_t milli;

    if (!ups_get(&view->snap->reading, row->var, pos, &milli) || milli < 0)
        return false;
    if (milli / row->per > row->most)
        return false;
    return give_integer(value, milli < row->per ? 1 : milli / row->per);
}

/* -- upsInput, upsOutput, upsBypass -- */

bool mib_value_input_lines(const struct mib_row *row, const struct mib_view *view, uint32_t pos,
                           struct mib_value *value)
{
    (void)row;
    (void)pos;
    return give_rows_present(value, MIB_INPUT_LINE, view);
}

bool mib_value_output_lines(const struct mib_row *row, const struct mib_view *view, uint32_t pos,
                            struct mib_value *value)
{
    (void)row;
    (void)pos;
    return give_rows_present(value, MIB_OUTPUT_LINE, view);
}

/* ECO is normal(3): the inverter stands by.  The word that says least good of the output wins. */
bool mib_value_output_source(const struct mib_row *row, const struct mib_view *view, uint32_t pos,
                             struct mib_value *value)
{
    static const struct {
        uint32_t status;
        int32_t source;
    } words[] = {
        {UPS_STATUS_MASK(OFF), 2},    /* none */
        {UPS_STATUS_MASK(BYPASS), 4}, /* bypass */
        {UPS_STATUS_MASK(OB), 5},     /* battery */
        {UPS_STATUS_MASK(BOOST), 6},  /* booster */
        {UPS_STATUS_MASK(TRIM), 7},   /* reducer */
        {UPS_STATUS_MASK(OL), 3},     /* normal */
    };

    (void)row;
    (void)pos;
    for (size_t i = 0; view->snap->fresh && i < sizeof(words) / sizeof(words[0]); i++) {
        if (has_status(view, words[i].status))
            return give_integer(value, words[i].source);
    }
    return give_integer(value, 1); /* other */
}

bool mib_value_bypass_frequency(const struct mib_row *row, const struct mib_view *view,
                                uint32_t pos, struct mib_value *value)
{
    return mib_rows_present(MIB_BYPASS_LINE, view) > 0 && mib_value_number(row, view, pos, value);
}

bool mib_value_bypass_lines(const struct mib_row *row, const struct mib_view *view, uint32_t pos,
                            struct mib_value *value)
{
    (void)row;
    (void)pos;
    return give_rows_present(value, MIB_BYPASS_LINE, view);
}

/* -- upsAlarm -- */

bool mib_value_alarm_descr(const struct mib_row *row, const struct mib_view *view, uint32_t pos,
                           struct mib_value *value)
{
    enum ups_alarm alarm = view->snap->alarm[pos].alarm;

    (void)row;
    return alarm < UPS_ALARM_COUNT && give_oid(value, mib_alarm_oid(alarm, value->oid_buf));
}

bool mib_value_alarm_time(const struct mib_row *row, const struct mib_view *view, uint32_t pos,
                          struct mib_value *value)
{
    (void)row;
    return give_unsigned(value, mib_timestamp(view, view->snap->alarm[pos].since_ms));
}

/* -- upsTest -- */

static bool no_test(const struct snapshot *snap)
{
    return snap->test_result == SNAP_TEST_NONE;
}

bool mib_value_test_id(const struct mib_row *row, const struct mib_view *view, uint32_t pos,
                       struct mib_value *value)
{
    (void)row;
    (void)pos;
    return give_oid(value, mib_test_oid(view->snap->test_id, value->oid_buf));
}

bool mib_value_test_result(const struct mib_row *row, const struct mib_view *view, uint32_t pos,
                           struct mib_value *value)
{
    (void)row;
    (void)pos;
    return give_integer(value, view->snap->test_result);
}

bool mib_value_test_start(const struct mib_row *row, const struct mib_view *view, uint32_t pos,
                          struct mib_value *value)
{
    (void)row;
    (void)pos;
    return give_unsigned(value,
                         no_test(view->snap) ? 0 : mib_timestamp(view, view->snap->test_start_ms));
}

/* A start that nobody saw gives no duration. */
bool mib_value_test_elapsed(const struct mib_row *row, const struct mib_view *view, uint32_t pos,
                            struct mib_value *value)
{
    const struct snapshot *snap = view->snap;
    int64_t until = snap->test_end_ms == -1 ? view->now_ms : snap->test_end_ms;
    int64_t ticks;

    (void)row;
    (void)pos;
    if (no_test(snap))
        return give_integer(value, 0);
    ticks = ticks_between(snap->test_start_ms, until);
    return ticks >= 0 && give_integer(value, ticks);
}

/* -- upsConfig -- */

/* What the agent keeps itself goes before what the UPS tells of its own. */
bool mib_value_low_minutes(const struct mib_row *row, const struct mib_view *view, uint32_t pos,
                           struct mib_value *value)
{
    if (view->snap->low_minutes >= 0)
        return give_integer(value, view->snap->low_minutes);
    return mib_value_number(row, view, pos, value);
}

/* A beeper that the agent has silenced for a while is disabled, to the UPS. */
bool mib_value_audible(const struct mib_row *row, const struct mib_view *view, uint32_t pos,
                       struct mib_value *value)
{
    if (!mib_value_choice(row, view, pos, value))
        return false;
    return !view->snap->muted || give_integer(value, row->words[UPS_BEEPER_MUTED]);
}
