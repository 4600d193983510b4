/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Setters: what a row's new value asks of the core.  See mib_setter in mib_row.h for what they take
 * and return.  item->what is the row's when they are called; those that serve one kind of request
 * alone set it themselves.
 */
#ifndef MIB_SETTERS_H
#define MIB_SETTERS_H

#include "mib_row.h"

/* -- generic: all they need to know stands in the row -- */

/* A DisplayString of printable ASCII, at most row->most bytes: item->text. */
mib_setter mib_set_text;
/* An INTEGER of row->least..most: item->value. */
mib_setter mib_set_integer;
/* An INTEGER that row->words (row->most of them) gives a word of row->var: item->value, the word's
 * index. */
mib_setter mib_set_choice;
/*
 * An INTEGER of row->per thousandths for the setting row->var, or one of row->words for it:
 * CONTROL_SETTING.  What the device would not take exactly so is inconsistentValue, as RFC 1628
 * has it for nominal values; negative ones are wrongValue.
 */
mib_setter mib_set_setting;
/* An INTEGER of row->orders: CONTROL_COMMAND.  Unknown ones, and commands that the unit does not
 * have, are wrongValue. */
mib_setter mib_set_order;

/* -- one object each -- */

mib_setter mib_set_test; /* upsTestId */

/* -- option nut-compat -- */

/* An OCTET STRING of digits instead of the row's INTEGER. */
mib_setter mib_set_nut_digits;
/* INTEGER 0 instead of upsTestId's OID. */
mib_setter mib_set_nut_test;

/*
 * Asks for a setting: item->var and item->value, brought to a value that the device takes.
 * SET_INCONSISTENT_VALUE if it takes none so large, so small, or no such word; SET_NOT_WRITABLE if
 * it has no such setting.  milli: as in struct control_item.
 */
enum set_error mib_ask_setting(const struct snapshot *snap, enum ups_var var, int64_t milli,
                               struct control_item *item);

#endif
