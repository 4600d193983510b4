/* SPDX-License-Identifier: BSD-2-Clause */
/* SET: whether a variable can be written, and what its new value asks of the core. */
#include "mib_row.h"

/*
 * RFC 3416 section 4.2.5: where no variable of the object can be changed, or there is no such
 * object, notWritable (2); a variable that isn't there, of an object that has writable ones,
 * noCreation (6).
 */
enum set_error mib_set(const struct mib *mib, const struct mib_view *view, const uint32_t *oid,
                       size_t len, const struct mib_value *value, struct control_item *item)
{
    struct mib_place place;
    struct mib_value present;

    (void)value;
    (void)item;
    mib_find(mib, view, oid, len, &place);
    if (!place.row || place.row->access != MIB_READ_WRITE)
        return SET_NOT_WRITABLE;
    mib_get(mib, view, oid, len, &present);
    return present.type == MIB_NO_SUCH_INSTANCE ? SET_NO_CREATION : SET_NOT_WRITABLE;
}
