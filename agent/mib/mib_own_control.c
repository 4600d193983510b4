/* SPDX-License-Identifier: BSD-2-Clause */
/* upsmibdControlTable: the everyday actions as objects that read the present state. */
#include "mib_give.h"
#include "mib_own_values.h"

enum { ON = 1, OFF = 2 };

/* Is the word of the status set, and is the status known at all? */
static bool give_state(const struct mib_view *view, uint32_t mask, int32_t if_set, int32_t if_not,
                       struct mib_value *value)
{
    uint32_t status = view->snap->reading.status;

    return view->snap->fresh && status != 0 &&
           give_integer(value, (status & mask) != 0 ? if_set : if_not);
}

bool mib_own_control_bypass(const struct mib_row *row, const struct mib_view *view, uint32_t pos,
                            struct mib_value *value)
{
    (void)row;
    (void)pos;
    return give_state(view, UPS_STATUS_MASK(BYPASS), ON, OFF, value);
}

/* Whether the mode is chosen, where the unit tells; else whether it is in that mode. */
bool mib_own_control_eco(const struct mib_row *row, const struct mib_view *view, uint32_t pos,
                         struct mib_value *value)
{
    int64_t chosen;

    (void)pos;
    if (ups_get(&view->snap->reading, UPS_VAR_UPS_ECO_ENABLED, 0, &chosen))
        return give_integer(value, chosen == UPS_YES ? ON : OFF);
    return (row->commands & view->snap->caps.commands) != 0 &&
           give_state(view, UPS_STATUS_MASK(ECO), ON, OFF, value);
}

bool mib_own_control_load(const struct mib_row *row, const struct mib_view *view, uint32_t pos,
                          struct mib_value *value)
{
    (void)row;
    (void)pos;
    return give_state(view, UPS_STATUS_MASK(OFF), OFF, ON, value);
}

bool mib_own_control_test(const struct mib_row *row, const struct mib_view *view, uint32_t pos,
                          struct mib_value *value)
{
    enum { NONE = 1, QUICK, DEEP, OTHER };
    const struct snapshot *snap = view->snap;

    (void)row;
    (void)pos;
    if (snap->test_result != SNAP_TEST_RUNNING)
        return give_integer(value, NONE);
    switch (snap->test_id) {
    case SNAP_TEST_ID_QUICK: return give_integer(value, QUICK);
    case SNAP_TEST_ID_DEEP: return give_integer(value, DEEP);
    default: return give_integer(value, OTHER);
    }
}

enum set_error mib_set_countdown(const struct mib_row *row, const struct mib_view *view,
                                 uint32_t pos, const struct mib_value *value,
                                 struct control_item *item)
{
    enum ups_command command = row->orders[0].command;
    int32_t n = value->v.integer, least, most;

    (void)pos;
    if (n == -1) {
        item->what = CONTROL_SHUTDOWN_AFTER;
        item->value = -1;
        return SET_OK;
    }
    mib_command_bounds(view->snap, command, &least, &most);
    if (n < least || n > most)
        return SET_WRONG_VALUE;
    item->what = CONTROL_COMMAND;
    item->command = command;
    item->args = (struct ups_command_args){n, -1, false};
    return SET_OK;
}

enum set_error mib_set_reset_extremes(const struct mib_row *row, const struct mib_view *view,
                                      uint32_t pos, const struct mib_value *value,
                                      struct control_item *item)
{
    enum { READY = 1, RESET = 2 };

    (void)row;
    (void)view;
    (void)pos;
    if (value->v.integer != READY && value->v.integer != RESET)
        return SET_WRONG_VALUE;
    item->what = value->v.integer == RESET ? CONTROL_RESET_EXTREMES : CONTROL_NOTHING;
    return SET_OK;
}
