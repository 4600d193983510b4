/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The rows of upsmibdVariableTable and upsmibdCommandTable that there can be, in the order of their
 * names.  Constant; made from mib_names.def.
 */
#ifndef MIB_NAMES_H
#define MIB_NAMES_H

#include "../../drivers/ups.h"

/* What `var` may be beside an enum ups_var: names that a whole reading makes up. */
enum {
    MIB_NAME_STATUS = UPS_VAR_COUNT, /* ups.status */
    MIB_NAME_ALARM,                  /* ups.alarm */
    MIB_NAME_DEVICE_TYPE,            /* device.type */
};

struct mib_name {
    const char *name; /* NUT's */
    uint16_t var;     /* enum ups_var, or one of the above */
    uint8_t line;     /* 1 to UPS_LINES_MAX: the variable's name for that line; 0: its name when
                         there is one line */
};

enum {
    MIB_VARIABLES = 0
#define MIB_NAME(name, var, line) +1
#include "mib_names.def"
#undef MIB_NAME
};

extern const struct mib_name mib_variables[MIB_VARIABLES];

/* enum ups_command */
extern const uint8_t mib_commands[UPS_COMMAND_COUNT];

#endif
