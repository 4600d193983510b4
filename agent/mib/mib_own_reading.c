/* SPDX-License-Identifier: BSD-2-Clause */
/* Getters of UPSMIBD-MIB: figures made of several readings, and what is counted over time. */
#include "mib_give.h"
#include "mib_own_values.h"
#include "mib_values.h"

/* What the agent itself goes by, as upsConfigLowBattTime has it, or what the UPS tells. */
bool mib_own_run_time_low(const struct mib_row *row, const struct mib_view *view, uint32_t pos,
                          struct mib_value *value)
{
    if (view->snap->low_minutes > 0)
        return give_integer(value, (int64_t)view->snap->low_minutes * 60);
    return mib_value_number(row, view, pos, value);
}

/* Several lines of a unit that tells only some of them have no sum. */
bool mib_own_output_total(const struct mib_row *row, const struct mib_view *view, uint32_t pos,
                          struct mib_value *value)
{
    int64_t lines = mib_rows_present(MIB_OUTPUT_LINE, view), sum = 0, n;

    (void)pos;
    for (unsigned line = 0; (int64_t)line < lines; line++) {
        if (!ups_get(&view->snap->reading, row->var, line, &n) || n > INT32_MAX * INT64_C(1000) ||
            n < INT32_MIN * INT64_C(1000))
            return false;
        sum += n < 0 ? -n : n;
    }
    return lines > 0 && give_integer(value, rounded(sum, row->per));
}

/* Watts per voltampere, in thousandths; rounding of the two may bring it above 1. */
bool mib_own_power_factor(const struct mib_row *row, const struct mib_view *view, uint32_t pos,
                          struct mib_value *value)
{
    const struct ups_reading *r = &view->snap->reading;
    int64_t watts, va, most = INT32_MAX * INT64_C(1000);

    (void)row;
    if (!ups_get(r, UPS_VAR_OUTPUT_REALPOWER, pos, &watts) ||
        !ups_get(r, UPS_VAR_OUTPUT_POWER, pos, &va))
        return false;
    if (va <= 0 || va > most || watts > most || watts < -most)
        return false;
    if (watts < 0)
        watts = -watts;
    return give_integer(value, watts > va ? 1000 : (watts * 1000 + va / 2) / va);
}

/* -- time on battery and on bypass -- */

/* Milliseconds of the stay that lasts, 0 if there is none. */
static int64_t stay_ms(int64_t since, const struct mib_view *view)
{
    return since >= 0 && view->now_ms > since ? view->now_ms - since : 0;
}

static bool give_total(struct mib_value *value, int64_t before_ms, int64_t stay)
{
    return give_unsigned(value, (uint32_t)(((uint64_t)before_ms + (uint64_t)stay) / 1000));
}

bool mib_own_battery_time(const struct mib_row *row, const struct mib_view *view, uint32_t pos,
                          struct mib_value *value)
{
    const struct snap_counters *c = &view->snap->counters;

    (void)row;
    (void)pos;
    return give_total(value, c->battery_ms, stay_ms(c->battery_since, view));
}

bool mib_own_bypass_time(const struct mib_row *row, const struct mib_view *view, uint32_t pos,
                         struct mib_value *value)
{
    const struct snap_counters *c = &view->snap->counters;

    (void)row;
    (void)pos;
    return give_total(value, c->bypass_ms, stay_ms(c->bypass_since, view));
}

bool mib_own_battery_stay(const struct mib_row *row, const struct mib_view *view, uint32_t pos,
                          struct mib_value *value)
{
    (void)row;
    (void)pos;
    return give_seconds(value, 0, stay_ms(view->snap->counters.battery_since, view));
}

bool mib_own_bypass_stay(const struct mib_row *row, const struct mib_view *view, uint32_t pos,
                         struct mib_value *value)
{
    (void)row;
    (void)pos;
    return give_seconds(value, 0, stay_ms(view->snap->counters.bypass_since, view));
}

bool mib_own_last_cause(const struct mib_row *row, const struct mib_view *view, uint32_t pos,
                        struct mib_value *value)
{
    enum { UNKNOWN = 1, INPUT, TEST, OTHER };

    (void)row;
    (void)pos;
    switch (view->snap->counters.last_cause) {
    case UPS_ALARM_NONE: return give_integer(value, UNKNOWN);
    case UPS_ALARM_INPUT_BAD: return give_integer(value, INPUT);
    case UPS_ALARM_TEST_IN_PROGRESS: return give_integer(value, TEST);
    default: return give_integer(value, OTHER);
    }
}

/* -- extremes of the input voltage -- */

bool mib_own_extremes_since(const struct mib_row *row, const struct mib_view *view, uint32_t pos,
                            struct mib_value *value)
{
    int64_t since = view->snap->counters.volt_reset_wall;

    (void)row;
    (void)pos;
    return since > 0 && give_buffer(value, mib_date_and_time(since, value->text_buf));
}

static bool give_volts(struct mib_value *value, int64_t milli, int32_t per)
{
    if (milli == INT64_MAX || milli == INT64_MIN)
        return false;
    milli = rounded(milli, per);
    return milli >= 0 && give_integer(value, milli);
}

bool mib_own_voltage_min(const struct mib_row *row, const struct mib_view *view, uint32_t pos,
                         struct mib_value *value)
{
    return give_volts(value, view->snap->counters.volt_min[pos], row->per);
}

bool mib_own_voltage_max(const struct mib_row *row, const struct mib_view *view, uint32_t pos,
                         struct mib_value *value)
{
    return give_volts(value, view->snap->counters.volt_max[pos], row->per);
}
