/* SPDX-License-Identifier: BSD-2-Clause */
/* SETs: see control.h. */
#include "core.h"

enum set_error core_set_test(struct core *core, const struct control_item *items, size_t count,
                             struct control_set **set, size_t *index)
{
    (void)core;
    (void)items;
    (void)count;
    *set = NULL;
    *index = 0;
    return SET_NOT_WRITABLE;
}

enum set_error core_set_commit(struct core *core, struct control_set *set,
                               void (*done)(void *arg, enum set_error error), void *arg)
{
    (void)core;
    (void)set;
    (void)done;
    (void)arg;
    return SET_COMMIT_FAILED;
}

enum set_error core_set_undo(struct core *core, struct control_set *set)
{
    (void)core;
    (void)set;
    return SET_UNDO_FAILED;
}

void core_set_end(struct core *core, struct control_set *set)
{
    (void)core;
    (void)set;
}
