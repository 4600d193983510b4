/* SPDX-License-Identifier: BSD-2-Clause */
/* SET: whether a variable can be written, and what its new value asks of the core. */
#include "mib_row.h"

/* Can the device be told?  Where the row names no way to tell it, it is the agent's own affair. */
static bool device_can(const struct mib_row *row, const struct ups_caps *caps)
{
    if (row->commands == 0 && !row->setting)
        return true;
    return (row->commands & caps->commands) != 0 ||
           (row->setting && ups_setting_find(caps, row->var) != NULL);
}

/* A class is a bit of `allow` (conf.h); without a configuration nothing is allowed. */
bool mib_allowed(const struct snapshot *snap, uint32_t classes)
{
    return snap->conf != NULL && (classes & snap->conf->timing.allow) != 0;
}

/* The classes, one of which must be allowed; 0: the unit can't be told. */
static uint32_t classes_of(const struct mib_place *place)
{
    const struct mib_row *row = place->row;

    if (row->permit)
        return row->permit(&place->view, place->pos);
    return device_can(row, &place->view.snap->caps) ? row->classes : 0;
}

/*
 * Is the variable there for a SET?  What can be written is there even while the UPS is silent and
 * its value withdrawn; what can't is there if it can be read.
 */
static bool exists(const struct mib_place *place)
{
    const struct mib_row *row = place->row;
    const struct ups_caps *caps = &place->view.snap->caps;
    struct mib_value present = {.type = row->type};

    if (!place->there)
        return false;
    return row->needs != 0 || (row->commands & caps->commands) != 0 ||
           ups_setting_find(caps, row->var) != NULL ||
           row->get(row, &place->view, place->pos, &present);
}

static enum set_error check_value(const struct mib_place *place, const struct mib_value *value,
                                  struct control_item *item)
{
    const struct mib_row *row = place->row;

    if (value->type == row->type)
        return row->set(row, &place->view, place->pos, value, item);
    if (row->set_nut && place->view.snap->conf->timing.nut_compat)
        return row->set_nut(row, &place->view, place->pos, value, item);
    return SET_WRONG_TYPE;
}

/*
 * RFC 3416 section 4.2.5: where no variable of the object can be changed, or there is no such
 * object, notWritable (2); a variable that isn't there, of an object that has writable ones,
 * noCreation (7).  One that is there and that this unit's configuration or the UPS itself keeps
 * from being changed is notWritable (9).
 */
enum set_error mib_set(const struct mib *mib, const struct mib_view *view, const uint32_t *oid,
                       size_t len, const struct mib_value *value, struct control_item *item)
{
    struct mib_place place;
    const struct snapshot *snap;
    uint32_t classes;

    mib_find(mib, view, oid, len, &place);
    snap = place.view.snap;
    *item = (struct control_item){
        .unit = snap && snap->number > 0 ? snap->number - 1 : 0,
        .object = place.row ? place.row->name : NULL,
    };
    if (!place.row || place.row->access != MIB_READ_WRITE || !place.row->set)
        return SET_NOT_WRITABLE;
    if (!snap || !exists(&place))
        return SET_NO_CREATION;
    classes = classes_of(&place);
    if (!mib_allowed(snap, classes)) {
        item->barred = classes;
        return SET_NOT_WRITABLE;
    }
    item->what = place.row->what;
    return check_value(&place, value, item);
}
