/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Prints all options off their tables, for the check of the manual pages: lines of place, name,
 * facts and help with tabs between; the place is "common", "ignored" or a driver's name.
 */
#include <stdio.h>

#include "../../agent/conf_options.h"

int main(void)
{
    char facts[400];

    for (const struct conf_option *o = conf_options; o->name; o++) {
        conf_option_facts(o, facts, sizeof(facts));
        printf("%s\t%s\t%s\t%s\n", o->type == CONF_IGNORED ? "ignored" : "common", o->name, facts,
               o->help);
    }
    for (size_t i = 0; drv_drivers[i]; i++) {
        for (const struct drv_option *o = drv_drivers[i]->options; o->name; o++) {
            conf_driver_option_facts(o, facts, sizeof(facts));
            printf("%s\t%s\t%s\t%s\n", drv_drivers[i]->name, o->name, facts, o->help);
        }
    }
    return fflush(stdout) == 0 ? 0 : 1;
}
