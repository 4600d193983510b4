/* SPDX-License-Identifier: BSD-2-Clause */
/* How rows are written, for the files that hold a MIB's table. */
#ifndef MIB_TABLE_H
#define MIB_TABLE_H

#include "mib_row.h"
#include "mib_setters.h"
#include "mib_values.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* OID below the root, then name and type */
#define OBJECT(name_, type_, ...)                                                                  \
    .oid = {__VA_ARGS__}, .len = sizeof((uint16_t[]){__VA_ARGS__}) / sizeof(uint16_t),             \
    .name = name_, .type = type_

#define RO     .access = MIB_READ_ONLY
#define RW     .access = MIB_READ_WRITE
#define HIDDEN .access = MIB_NOT_ACCESSIBLE

/* Where the value comes from, and what the getter needs to know. */
#define DERIVED(getter) .get = mib_value_##getter
#define NUMBER(id, per_, least_, most_, fit_)                                                      \
    .get = mib_value_number, .var = UPS_VAR_##id, .per = per_, .least = least_, .most = most_,     \
    .fit = MIB_##fit_
#define CHOICE(id, words_)                                                                         \
    .get = mib_value_choice, .var = UPS_VAR_##id, .words = words_, .most = COUNT(words_)
#define TEXT(getter, id, most_) .get = mib_value_##getter, .var = UPS_VAR_##id, .most = most_
#define NOTE(field_, most_)                                                                        \
    .get = mib_value_note, .field = offsetof(struct snapshot, field_), .most = most_
#define NUMBER_AT(field_) .get = mib_value_count, .field = offsetof(struct snapshot, field_)
#define TIMER(id)         .get = mib_value_timer, .var = UPS_VAR_##id

/* How it is written: by which setter, what that asks for, and what has to be allowed. */
#define SET(setter, what_, classes_)                                                               \
    .set = mib_set_##setter, .what = CONTROL_##what_, .classes = (classes_)
#define BY_COMMAND(commands_) .commands = (commands_)
#define BY_SETTING            .setting = true
#define CLASS(id)             ((uint32_t)1 << UPS_CLASS_##id)
/* The setter's range where the getter needs none. */
#define RANGE(least_, most_) .least = least_, .most = most_

/* Thousandths of a unit in 1 of the object's. */
enum { TENTH = 100, WHOLE = 1000, MINUTE = 60000 };

#endif
