/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a MIB is made of: rows, one per object, sorted by OID.  Inside of the object layer only.
 *
 * A new object is a new row.  A row names a getter and the getter's parameters; most objects share
 * the generic getters of mib_values.h, a getter of its own is for what a row can't say.
 */
#ifndef MIB_ROW_H
#define MIB_ROW_H

#include "mib.h"

#define MIB_ROW_ARCS 6 /* sub-identifiers of an object below its MIB's root */

enum mib_access {
    MIB_NOT_ACCESSIBLE, /* an index column: it has a name, and answers nothing */
    MIB_NOTIFY_ONLY,    /* accessible-for-notify: the same, but notifications carry it */
    MIB_READ_ONLY,
    MIB_READ_WRITE,
};

/* What the sub-identifiers after the object's own OID, and after the unit's number, say. */
enum mib_index {
    MIB_SCALAR,      /* 0 */
    MIB_INPUT_LINE,  /* upsInputLineIndex */
    MIB_OUTPUT_LINE, /* upsOutputLineIndex */
    MIB_BYPASS_LINE, /* upsBypassLineIndex */
    MIB_ALARM_ROW,   /* upsAlarmId */
    MIB_UNIT_ROW,    /* nothing more: the unit's number is all */
    MIB_VARIABLE,    /* upsmibdVariableName, IMPLIED */
    MIB_COMMAND,     /* upsmibdCommandName, IMPLIED */
    MIB_HISTORY_ROW, /* upsmibdHistoryIndex */
    MIB_OUTLET,      /* upsmibdOutletIndex */
};

/* What becomes of a number outside least..most. */
enum mib_fit {
    MIB_DROP,      /* the instance does not exist */
    MIB_CLAMP,     /* the nearer bound is served */
    MIB_MAGNITUDE, /* the sign goes; dropped if still outside */
};

struct mib_row;

/*
 * Turns a new value into what is asked of the core: item->what and what belongs to it; the rest of
 * *item is filled in already.  The type is row->type's; where row->words or row->least..most say
 * something about it, that is checked too.  Returns SET_OK or SET_WRONG_LENGTH, SET_WRONG_VALUE ...
 */
typedef enum set_error mib_setter(const struct mib_row *row, const struct mib_view *view,
                                  uint32_t pos, const struct mib_value *value,
                                  struct control_item *item);

/*
 * Fills value->v and value->len, in the form that row->type asks for.  `pos` is the place in the
 * row's table, see mib_index.h: 0 for scalars, lines counted from 0, the place in snapshot.alarm[],
 * in mib_variables[], in mib_commands[], in snap_agent.history[].  Returns false if there is no
 * value.
 */
typedef bool mib_getter(const struct mib_row *row, const struct mib_view *view, uint32_t pos,
                        struct mib_value *value);

/*
 * The classes (bits), one of which must be in the unit's `allow` for the instance to be written; 0:
 * the unit has no such thing.  For tables whose rows differ in that: asked in place of
 * row->classes, commands and setting.
 */
typedef uint32_t mib_permit(const struct mib_view *view, uint32_t pos);

/* One value of an object that runs commands. */
struct mib_order {
    int32_t value;
    enum ups_command command; /* UPS_COMMAND_COUNT ends the list */
    struct ups_command_args args;
};

struct mib_row {
    uint16_t oid[MIB_ROW_ARCS]; /* below the root */
    uint8_t len;                /* sub-identifiers of oid */
    const char *name;           /* the object's descriptor */
    enum mib_type type;
    enum mib_access access;
    enum mib_index index;
    bool per_unit; /* the unit's number comes first in the index; getters find it in view->snap */

    mib_getter *get;      /* NULL where not accessible */
    uint32_t needs;       /* UPS_COMMAND_BIT()s: served if the unit has one of them; 0: always */
    enum ups_var var;     /* the variable it shows */
    enum mib_fit fit;     /* numbers: see least and most */
    int32_t per;          /* numbers: thousandths of the variable's unit in 1 of the object's */
    int32_t least, most;  /* numbers: range; text: most bytes; choices: how many words */
    const int32_t *words; /* choices: the object's number for each word of the variable */
    size_t field;         /* where in struct snapshot it is taken from */

    mib_setter *set;                /* NULL: the agent has no way to write it */
    enum control_what what;         /* what its new value asks for */
    const struct mib_order *orders; /* values that are commands */
    mib_setter *set_nut; /* option nut-compat: takes values of another type; NULL: does not */
    uint32_t classes;    /* bits of enum ups_class: one of them must be in the unit's `allow` */
    uint32_t commands;   /* writable if the unit has one of these UPS_COMMAND_BIT()s ... */
    bool setting;        /* ... or a setting for `var`; neither: always writable */
    mib_permit *permit;  /* NULL: the three above decide */
};

struct mib {
    const uint32_t *root;
    size_t root_len;
    const struct mib_row *rows;
    size_t row_count;
};

/* What an OID names, see mib_find(). */
struct mib_place {
    const struct mib_row *row; /* NULL: no such object */
    struct mib_view view;      /* the caller's; where an index names a unit, snap is that unit's */
    uint32_t pos;              /* as the getter takes it */
    bool there; /* the name is right and the index exists; it may have no value yet */
};

/* mib.c: finds row and instance of a name. */
void mib_find(const struct mib *mib, const struct mib_view *view, const uint32_t *oid, size_t len,
              struct mib_place *place);

/* mib.c: can the unit have instances of this object at all? */
bool mib_row_served(const struct mib_row *row, const struct mib_view *view);

/* mib_set.c: is one of these classes (bits) in the unit's `allow`? */
bool mib_allowed(const struct snapshot *snap, uint32_t classes);

#endif
