/* SPDX-License-Identifier: BSD-2-Clause */
/* upsmibdOutletTable: outlets that are switched one by one, and their delays on battery. */
#include "mib_give.h"
#include "mib_own_values.h"
#include "mib_setters.h"

/* By place, which is the outlet's number less one. */
static const struct outlet {
    enum ups_var status, delay;
    enum ups_command on, off;
} outlets[UPS_OUTLETS_MAX] = {
#define OUTLET(n)                                                                                  \
    {                                                                                              \
        UPS_VAR_OUTLET_##n##_STATUS, UPS_VAR_OUTLET_##n##_DELAY_SHUTDOWN,                          \
            UPS_COMMAND_OUTLET_##n##_LOAD_ON, UPS_COMMAND_OUTLET_##n##_LOAD_OFF                    \
    }
    OUTLET(1),
    OUTLET(2),
    OUTLET(3),
    OUTLET(4),
#undef OUTLET
};

enum { ON = 1, OFF = 2 };

static uint32_t switches(const struct outlet *o)
{
    return (uint32_t)1 << o->on | (uint32_t)1 << o->off;
}

uint32_t mib_outlets(const struct mib_view *view)
{
    const struct snapshot *snap = view->snap;
    uint32_t n = UPS_OUTLETS_MAX;
    int64_t milli;

    for (; n > 0; n--) {
        const struct outlet *o = &outlets[n - 1];

        if ((snap->caps.commands & switches(o)) || ups_get(&snap->reading, o->status, 0, &milli) ||
            ups_get(&snap->reading, o->delay, 0, &milli))
            break;
    }
    return n;
}

bool mib_own_outlet_switch(const struct mib_row *row, const struct mib_view *view, uint32_t pos,
                           struct mib_value *value)
{
    int64_t status;

    (void)row;
    return ups_get(&view->snap->reading, outlets[pos].status, 0, &status) &&
           give_integer(value, status == UPS_OUTLET_ON ? ON : OFF);
}

uint32_t mib_own_outlet_permit(const struct mib_view *view, uint32_t pos)
{
    return view->snap->caps.commands & switches(&outlets[pos]) ? (uint32_t)1 << UPS_CLASS_OUTLET
                                                               : 0;
}

enum set_error mib_set_outlet(const struct mib_row *row, const struct mib_view *view, uint32_t pos,
                              const struct mib_value *value, struct control_item *item)
{
    const struct outlet *o = &outlets[pos];
    enum ups_command command = value->v.integer == ON ? o->on : o->off;

    (void)row;
    if ((value->v.integer != ON && value->v.integer != OFF) ||
        !(view->snap->caps.commands >> command & 1))
        return SET_WRONG_VALUE;
    item->what = CONTROL_COMMAND;
    item->command = command;
    item->args = (struct ups_command_args){-1, -1, false};
    return SET_OK;
}

bool mib_own_outlet_delay(const struct mib_row *row, const struct mib_view *view, uint32_t pos,
                          struct mib_value *value)
{
    int64_t milli;

    (void)row;
    return ups_get(&view->snap->reading, outlets[pos].delay, 0, &milli) &&
           give_integer(value, milli / 1000);
}

uint32_t mib_own_outlet_delay_permit(const struct mib_view *view, uint32_t pos)
{
    return ups_setting_find(&view->snap->caps, outlets[pos].delay)
               ? (uint32_t)1 << UPS_CLASS_SETTING
               : 0;
}

enum set_error mib_set_outlet_delay(const struct mib_row *row, const struct mib_view *view,
                                    uint32_t pos, const struct mib_value *value,
                                    struct control_item *item)
{
    int64_t milli = value->v.integer * INT64_C(1000);
    enum set_error error;

    (void)row;
    if (milli < 0)
        return SET_WRONG_VALUE;
    error = mib_ask_setting(view->snap, outlets[pos].delay, milli, item);
    /* what is read back has to be what was asked for */
    return error == SET_OK && item->value != milli ? SET_INCONSISTENT_VALUE : error;
}
