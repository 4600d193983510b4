/* SPDX-License-Identifier: BSD-2-Clause */
/* Getters of UPSMIBD-MIB: the alarms that stand, and those that came and went. */
#include "mib_give.h"
#include "mib_own_values.h"
#include "mib_values.h"

/* UpsmibdSeverity; 0 for an alarm that there is not. */
static int32_t severity(enum ups_alarm alarm)
{
    return alarm < UPS_ALARM_COUNT ? (int32_t)ups_alarms[alarm].severity + 1 : 0;
}

static bool give_alarm_text(struct mib_value *value, enum ups_alarm alarm, int32_t most)
{
    return alarm < UPS_ALARM_COUNT && give_text(value, ups_alarms[alarm].text, (size_t)most);
}

static bool give_severity(struct mib_value *value, enum ups_alarm alarm)
{
    return alarm < UPS_ALARM_COUNT && give_integer(value, severity(alarm));
}

static enum ups_alarm alarm_at(const struct mib_view *view, uint32_t pos)
{
    return view->snap->alarm[pos].alarm;
}

/* 0 if there is no alarm. */
bool mib_own_max_severity(const struct mib_row *row, const struct mib_view *view, uint32_t pos,
                          struct mib_value *value)
{
    int32_t most = 0;

    (void)row;
    (void)pos;
    for (uint32_t i = 0; i < view->snap->alarm_count; i++) {
        int32_t n = severity(alarm_at(view, i));

        most = n > most ? n : most;
    }
    return give_integer(value, most);
}

bool mib_own_alarm_text(const struct mib_row *row, const struct mib_view *view, uint32_t pos,
                        struct mib_value *value)
{
    return give_alarm_text(value, alarm_at(view, pos), row->most);
}

bool mib_own_alarm_severity(const struct mib_row *row, const struct mib_view *view, uint32_t pos,
                            struct mib_value *value)
{
    (void)row;
    return give_severity(value, alarm_at(view, pos));
}

/*
 * From now back, because the moment is kept on the monotonic clock.  To the second, so that a wall
 * clock that is being slewed does not make every read differ; cut off and not rounded, so that it
 * is never later than the history has it.
 */
bool mib_own_alarm_since(const struct mib_row *row, const struct mib_view *view, uint32_t pos,
                         struct mib_value *value)
{
    int64_t since = view->snap->alarm[pos].since_ms, age, wall;

    (void)row;
    if (since < 0 && view->now_ms > INT64_MAX + since)
        return false; /* INT64_MIN: not known */
    age = since < view->now_ms ? view->now_ms - since : 0;
    wall = age < view->wall_ms ? (view->wall_ms - age) / 1000 * 1000 : 0;
    return give_buffer(value, mib_date_and_time(wall, value->text_buf));
}

/* What stands before the colon in the text of a vendor's alarm. */
bool mib_own_alarm_code(const struct mib_row *row, const struct mib_view *view, uint32_t pos,
                        struct mib_value *value)
{
    enum ups_alarm alarm = alarm_at(view, pos);
    const char *colon;

    (void)row;
    if (alarm >= UPS_ALARM_COUNT || !ups_alarms[alarm].vendor)
        return false;
    colon = strchr(ups_alarms[alarm].text, ':');
    if (!colon)
        return false;
    value->v.octets = ups_alarms[alarm].text;
    value->len = (size_t)(colon - ups_alarms[alarm].text);
    return true;
}

/* -- history -- */

static const struct snap_past *past_at(const struct mib_view *view, uint32_t pos)
{
    return &view->agent(view->arg)->history[pos];
}

bool mib_own_past_unit(const struct mib_row *row, const struct mib_view *view, uint32_t pos,
                       struct mib_value *value)
{
    (void)row;
    return give_integer(value, (int64_t)past_at(view, pos)->unit + 1);
}

bool mib_own_past_unit_name(const struct mib_row *row, const struct mib_view *view, uint32_t pos,
                            struct mib_value *value)
{
    uint32_t unit = past_at(view, pos)->unit;

    return unit < view->unit_count &&
           give_text(value, view->unit(view->arg, unit)->unit, (size_t)row->most);
}

bool mib_own_past_alarm_id(const struct mib_row *row, const struct mib_view *view, uint32_t pos,
                           struct mib_value *value)
{
    (void)row;
    return give_integer(value, past_at(view, pos)->id);
}

bool mib_own_past_descr(const struct mib_row *row, const struct mib_view *view, uint32_t pos,
                        struct mib_value *value)
{
    enum ups_alarm alarm = past_at(view, pos)->alarm;

    (void)row;
    return alarm < UPS_ALARM_COUNT && give_oid(value, mib_alarm_oid(alarm, value->oid_buf));
}

bool mib_own_past_text(const struct mib_row *row, const struct mib_view *view, uint32_t pos,
                       struct mib_value *value)
{
    return give_alarm_text(value, past_at(view, pos)->alarm, row->most);
}

bool mib_own_past_severity(const struct mib_row *row, const struct mib_view *view, uint32_t pos,
                           struct mib_value *value)
{
    (void)row;
    return give_severity(value, past_at(view, pos)->alarm);
}

bool mib_own_past_event(const struct mib_row *row, const struct mib_view *view, uint32_t pos,
                        struct mib_value *value)
{
    (void)row;
    return give_integer(value, past_at(view, pos)->began ? 1 : 2);
}

bool mib_own_past_time(const struct mib_row *row, const struct mib_view *view, uint32_t pos,
                       struct mib_value *value)
{
    (void)row;
    return give_buffer(value, mib_date_and_time(past_at(view, pos)->wall_ms, value->text_buf));
}
