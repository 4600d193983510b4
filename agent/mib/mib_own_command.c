/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * upsmibdCommandTable: the instant commands that a unit has, what became of each, and a way to give
 * them.  Rows of commands that the device lacks are not there.
 */
#include "mib_give.h"
#include "mib_names.h"
#include "mib_own_values.h"
#include "mib_values.h"

static enum ups_command command_at(uint32_t pos)
{
    return (enum ups_command)mib_commands[pos];
}

static bool present(const struct mib_view *view, uint32_t pos)
{
    return (view->snap->caps.commands >> command_at(pos) & 1) != 0;
}

/* What is known of the command's last run; NULL if it never ran. */
static const struct snap_command *last_run(const struct mib_view *view, uint32_t pos)
{
    const struct snap_commands *all = view->snap->commands;
    const struct snap_command *c;

    if (!all || !present(view, pos))
        return NULL;
    c = &all->command[command_at(pos)];
    return c->state > SNAP_COMMAND_IDLE ? c : NULL;
}

void mib_command_bounds(const struct snapshot *snap, enum ups_command command, int32_t *least,
                        int32_t *most)
{
    const struct ups_command_info *info = &ups_commands[command];
    int32_t counted = 0;

    switch (command) {
    case UPS_COMMAND_SHUTDOWN_RETURN:
    case UPS_COMMAND_SHUTDOWN_STAYOFF:
    case UPS_COMMAND_SHUTDOWN_REBOOT_GRACEFUL: counted = snap->caps.off_most; break;
    default: break;
    }
    *least = info->arg_min;
    *most = counted > 0 && counted < info->arg_max ? counted : info->arg_max;
}

/* -- getters -- */

bool mib_own_command_class(const struct mib_row *row, const struct mib_view *view, uint32_t pos,
                           struct mib_value *value)
{
    return present(view, pos) &&
           give_text(value, ups_class_names[ups_commands[command_at(pos)].cls], (size_t)row->most);
}

uint32_t mib_own_command_permit(const struct mib_view *view, uint32_t pos)
{
    return present(view, pos) ? (uint32_t)1 << ups_commands[command_at(pos)].cls : 0;
}

bool mib_own_command_allowed(const struct mib_row *row, const struct mib_view *view, uint32_t pos,
                             struct mib_value *value)
{
    (void)row;
    return present(view, pos) &&
           give_truth(value, mib_allowed(view->snap, mib_own_command_permit(view, pos)));
}

bool mib_own_command_unit(const struct mib_row *row, const struct mib_view *view, uint32_t pos,
                          struct mib_value *value)
{
    enum ups_unit unit = ups_commands[command_at(pos)].arg_unit;

    return present(view, pos) && give_text(value, ups_unit_symbol(unit), (size_t)row->most);
}

static bool takes_argument(uint32_t pos)
{
    return ups_commands[command_at(pos)].arg_unit != UPS_UNIT_NONE;
}

bool mib_own_command_least(const struct mib_row *row, const struct mib_view *view, uint32_t pos,
                           struct mib_value *value)
{
    int32_t least, most;

    (void)row;
    if (!present(view, pos) || !takes_argument(pos))
        return false;
    mib_command_bounds(view->snap, command_at(pos), &least, &most);
    return give_integer(value, least);
}

bool mib_own_command_most(const struct mib_row *row, const struct mib_view *view, uint32_t pos,
                          struct mib_value *value)
{
    int32_t least, most;

    (void)row;
    if (!present(view, pos) || !takes_argument(pos))
        return false;
    mib_command_bounds(view->snap, command_at(pos), &least, &most);
    return give_integer(value, most);
}

bool mib_own_command_lock(const struct mib_row *row, const struct mib_view *view, uint32_t pos,
                          struct mib_value *value)
{
    enum { FIRST = 1 }; /* of a lock that was never moved */
    const struct snap_commands *all = view->snap->commands;

    (void)row;
    return present(view, pos) &&
           give_integer(value, all ? (int64_t)all->command[command_at(pos)].lock : FIRST);
}

bool mib_own_command_state(const struct mib_row *row, const struct mib_view *view, uint32_t pos,
                           struct mib_value *value)
{
    const struct snap_command *run = last_run(view, pos);

    (void)row;
    return present(view, pos) && give_integer(value, run ? run->state : SNAP_COMMAND_IDLE);
}

/* It is written, not read. */
bool mib_own_command_execute(const struct mib_row *row, const struct mib_view *view, uint32_t pos,
                             struct mib_value *value)
{
    (void)row;
    return present(view, pos) && give_integer(value, -1);
}

bool mib_own_command_result(const struct mib_row *row, const struct mib_view *view, uint32_t pos,
                            struct mib_value *value)
{
    const struct snap_command *run = last_run(view, pos);

    return present(view, pos) && give_text(value, run ? run->text : "", (size_t)row->most);
}

bool mib_own_command_started(const struct mib_row *row, const struct mib_view *view, uint32_t pos,
                             struct mib_value *value)
{
    const struct snap_command *run = last_run(view, pos);

    (void)row;
    return run && give_buffer(value, mib_date_and_time(run->begun_wall, value->text_buf));
}

bool mib_own_command_duration(const struct mib_row *row, const struct mib_view *view, uint32_t pos,
                              struct mib_value *value)
{
    const struct snap_command *run = last_run(view, pos);
    int64_t end;

    (void)row;
    if (!run)
        return false;
    end = run->end_ms >= 0 ? run->end_ms : view->now_ms;
    return give_integer(value, end > run->begun_ms ? end - run->begun_ms : 0);
}

/* -- SET -- */

enum set_error mib_set_command_lock(const struct mib_row *row, const struct mib_view *view,
                                    uint32_t pos, const struct mib_value *value,
                                    struct control_item *item)
{
    (void)row;
    (void)view;
    if (value->v.integer < 0)
        return SET_WRONG_VALUE;
    item->what = CONTROL_COMMAND_LOCK;
    item->command = command_at(pos);
    item->value = value->v.integer;
    return SET_OK;
}

enum set_error mib_set_command_execute(const struct mib_row *row, const struct mib_view *view,
                                       uint32_t pos, const struct mib_value *value,
                                       struct control_item *item)
{
    enum ups_command command = command_at(pos);
    int32_t n = value->v.integer, least, most;

    (void)row;
    mib_command_bounds(view->snap, command, &least, &most);
    if (n != -1 && (!takes_argument(pos) || n < least || n > most))
        return SET_WRONG_VALUE;
    item->what = CONTROL_COMMAND;
    item->command = command;
    item->args = (struct ups_command_args){n, -1, false};
    return SET_OK;
}
