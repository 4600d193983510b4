/* SPDX-License-Identifier: BSD-2-Clause */
#include "mib_names.h"

#include <assert.h>

const struct mib_name mib_variables[MIB_VARIABLES] = {
#define MIB_NAME(nut, variable, number) {.name = nut, .var = variable, .line = number},
#include "mib_names.def"
#undef MIB_NAME
};

const uint8_t mib_commands[UPS_COMMAND_COUNT] = {
#define MIB_COMMAND_NAME(id) UPS_COMMAND_##id,
#include "mib_names.def"
#undef MIB_COMMAND_NAME
};

/* A name for each variable, one more for each line, and those that are no variable's own. */
enum {
    NAMES_DUE = 3   /* ups.status, ups.alarm, device.type */
                + 3 /* device.mfr, device.model, device.serial */
#define UPS_NUM(id, name, unit, decimals, flags)      +1
#define UPS_LINE(id, name, line_name, unit, decimals) +1 + UPS_LINES_MAX
#define UPS_CHOICE(id, name, choices, flags)          +1
#define UPS_TEXT(id, name, flags)                     +1
#include "../../drivers/ups_vars.def"
#undef UPS_NUM
#undef UPS_LINE
#undef UPS_CHOICE
#undef UPS_TEXT
};
enum {
    COMMANDS_LISTED = 0
#define MIB_COMMAND_NAME(id) +1
#include "mib_names.def"
#undef MIB_COMMAND_NAME
};

/* Both compare constants of two tables, and differ as soon as one has a row more. */
static_assert((int)MIB_VARIABLES == (int)NAMES_DUE, "mib_names.def lacks names of variables");
static_assert((int)COMMANDS_LISTED == (int)UPS_COMMAND_COUNT, "mib_names.def lacks commands");
