/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Prints the tables of the Q* family for tests/system/coverage.py, with tabs between:
 *   query    DIALECT  REQUEST
 *   command  DIALECT  NAME     BYTES
 *   setting  DIALECT  NAME     BYTES, or nothing: kept by the driver
 *   bridge   NAME
 */
#include <stdio.h>

#include "qx/qx.h"
#ifdef WITH_USB
#include "qx/qx_usb.h"
#endif

static void print_setting(const struct qx_dialect *t, enum ups_var var, const char *bytes)
{
    printf("setting\t%s\t%s\t%s\n", t->name, ups_vars[var].name, bytes);
}

static void print_dialect(const struct qx_dialect *t)
{
    for (unsigned i = 0; i < t->queries; i++)
        printf("query\t%s\t%s\n", t->name, t->query[i].request);
    for (unsigned i = 0; i < t->commands; i++)
        printf("command\t%s\t%s\t%s%s%s\n", t->name, ups_commands[t->command[i].command].name,
               t->command[i].before ? t->command[i].before : "", t->command[i].before ? ", " : "",
               t->command[i].bytes);
    for (unsigned i = 0; i < t->settings; i++)
        print_setting(t, t->setting[i].var, t->setting[i].bytes);
    print_setting(t, UPS_VAR_UPS_START_AUTO, "");
    print_setting(t, UPS_VAR_UPS_DELAY_SHUTDOWN, "");
    if (t->delays.on_max > 0)
        print_setting(t, UPS_VAR_UPS_DELAY_START, "");
}

int main(void)
{
    for (unsigned i = 0; qx_dialects[i]; i++)
        print_dialect(qx_dialects[i]);
#ifdef WITH_USB
    for (unsigned i = 0; qx_bridges[i]; i++)
        printf("bridge\t%s\n", qx_bridges[i]->name);
#endif
    return fflush(stdout) == 0 ? 0 : 1;
}
