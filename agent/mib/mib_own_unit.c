/* SPDX-License-Identifier: BSD-2-Clause */
/* Getters of UPSMIBD-MIB: the agent itself, and what it knows of a unit beside its readings. */
#include "mib_give.h"
#include "mib_own_values.h"
#include "mib_values.h"

static const struct snap_agent *agent_of(const struct mib_view *view)
{
    return view->agent(view->arg);
}

bool mib_own_start_time(const struct mib_row *row, const struct mib_view *view, uint32_t pos,
                        struct mib_value *value)
{
    (void)row;
    (void)pos;
    return give_buffer(value, mib_date_and_time(agent_of(view)->start_wall, value->text_buf));
}

bool mib_own_unit_count(const struct mib_row *row, const struct mib_view *view, uint32_t pos,
                        struct mib_value *value)
{
    (void)row;
    (void)pos;
    return give_integer(value, (int64_t)view->unit_count);
}

bool mib_own_agent_count(const struct mib_row *row, const struct mib_view *view, uint32_t pos,
                         struct mib_value *value)
{
    uint32_t n;

    (void)pos;
    memcpy(&n, (const char *)agent_of(view) + row->field, sizeof(n));
    return give_unsigned(value, n);
}

/* -- what the configuration says -- */

bool mib_own_unit_name(const struct mib_row *row, const struct mib_view *view, uint32_t pos,
                       struct mib_value *value)
{
    (void)pos;
    return give_text(value, view->snap->unit, (size_t)row->most);
}

bool mib_own_conf_text(const struct mib_row *row, const struct mib_view *view, uint32_t pos,
                       struct mib_value *value)
{
    const char *text;

    (void)pos;
    if (!view->snap->conf)
        return false;
    memcpy(&text, (const char *)view->snap->conf + row->field, sizeof(text));
    return text && give_text(value, text, (size_t)row->most);
}

bool mib_own_driver(const struct mib_row *row, const struct mib_view *view, uint32_t pos,
                    struct mib_value *value)
{
    const struct conf_unit *conf = view->snap->conf;

    (void)pos;
    return conf && conf->driver && give_text(value, conf->driver->name, (size_t)row->most);
}

/* -- the connection -- */

bool mib_own_connection(const struct mib_row *row, const struct mib_view *view, uint32_t pos,
                        struct mib_value *value)
{
    static const int32_t words[] = {
        [UNIT_CONNECTING] = 1,
        [UNIT_UP] = 2,
        [UNIT_LOST] = 3,
    };

    (void)row;
    (void)pos;
    return give_integer(value, words[view->snap->link]);
}

bool mib_own_connection_age(const struct mib_row *row, const struct mib_view *view, uint32_t pos,
                            struct mib_value *value)
{
    (void)row;
    (void)pos;
    return give_seconds(value, view->snap->link_since_ms, view->now_ms);
}

bool mib_own_poll_age(const struct mib_row *row, const struct mib_view *view, uint32_t pos,
                      struct mib_value *value)
{
    (void)row;
    (void)pos;
    return view->snap->good_ms >= 0 && give_seconds(value, view->snap->good_ms, view->now_ms);
}

bool mib_own_fresh(const struct mib_row *row, const struct mib_view *view, uint32_t pos,
                   struct mib_value *value)
{
    (void)row;
    (void)pos;
    return give_truth(value, view->snap->fresh);
}

bool mib_own_poll_duration(const struct mib_row *row, const struct mib_view *view, uint32_t pos,
                           struct mib_value *value)
{
    (void)row;
    (void)pos;
    return view->snap->full_ms >= 0 && give_integer(value, view->snap->full_ms);
}

bool mib_own_error_text(const struct mib_row *row, const struct mib_view *view, uint32_t pos,
                        struct mib_value *value)
{
    (void)pos;
    return view->snap->error_ms >= 0 && give_text(value, view->snap->error, (size_t)row->most);
}

bool mib_own_error_age(const struct mib_row *row, const struct mib_view *view, uint32_t pos,
                       struct mib_value *value)
{
    (void)row;
    (void)pos;
    return view->snap->error_ms >= 0 && give_seconds(value, view->snap->error_ms, view->now_ms);
}

/* -- status -- */

/* BITS: bit 0 is the highest of the first octet. */
bool mib_own_status(const struct mib_row *row, const struct mib_view *view, uint32_t pos,
                    struct mib_value *value)
{
    enum { OCTETS = (UPS_STATUS_COUNT + 7) / 8 };
    uint32_t status = view->snap->reading.status;

    (void)row;
    (void)pos;
    if (status == 0)
        return false;
    memset(value->text_buf, 0, OCTETS);
    for (unsigned bit = 0; bit < UPS_STATUS_COUNT; bit++) {
        if (status >> bit & 1)
            value->text_buf[bit / 8] =
                (char)((unsigned char)value->text_buf[bit / 8] | 0x80U >> bit % 8);
    }
    return give_buffer(value, OCTETS);
}

bool mib_own_raw_status(const struct mib_row *row, const struct mib_view *view, uint32_t pos,
                        struct mib_value *value)
{
    const struct ups_reading *r = &view->snap->reading;

    (void)row;
    (void)pos;
    value->v.octets = (const char *)r->raw;
    value->len = r->raw_len;
    return r->raw_len > 0;
}

/* -- ENTITY-MIB -- */

/* What the configuration's author calls the unit; its name if they didn't say. */
bool mib_own_logical_descr(const struct mib_row *row, const struct mib_view *view, uint32_t pos,
                           struct mib_value *value)
{
    const struct snapshot *snap = view->snap;

    (void)pos;
    if (snap->conf && snap->conf->desc && *snap->conf->desc)
        return give_text(value, snap->conf->desc, (size_t)row->most);
    return give_text(value, snap->unit, (size_t)row->most);
}

bool mib_own_logical_type(const struct mib_row *row, const struct mib_view *view, uint32_t pos,
                          struct mib_value *value)
{
    (void)row;
    (void)view;
    (void)pos;
    value->v.oid = mib_root(&mib_ups, &value->len);
    return true;
}
