/* SPDX-License-Identifier: BSD-2-Clause */
/* A model's faults and counters by name, for those who command a simulator from outside. */
#include "usbdev.h"

#include <string.h>

bool usbdev_set(struct usbdev *d, const char *name, unsigned value)
{
    const struct {
        const char *name;
        unsigned *value;
    } numbers[] = {{"stalls", &d->stalls}, {"overflows", &d->overflows},
                   {"naks", &d->naks},     {"late", &d->late_ms},
                   {"gap", &d->gap_ms},    {"short", &d->short_replies},
                   {"langid", &d->langid}, {"stall-texts", &d->stall_texts}};
    const struct {
        const char *name;
        bool *value;
    } flags[] = {{"silent", &d->silent},
                 {"no-clear", &d->no_clear},
                 {"seven", &d->seven},
                 {"head", &d->count_head},
                 {"endless", &d->endless}};

    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        if (strcmp(name, numbers[i].name) == 0) {
            *numbers[i].value = value;
            return true;
        }
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
        if (strcmp(name, flags[i].name) == 0) {
            *flags[i].value = value != 0;
            return true;
        }
    if (strcmp(name, "variant") != 0)
        return false;
    d->variant = (int)value;
    return true;
}

bool usbdev_get(const struct usbdev *d, const char *name, unsigned *value)
{
    const struct {
        const char *name;
        unsigned value;
    } counters[] = {
        {"lines", d->lines}, {"resets", d->resets}, {"clears", d->clears}, {"reads", d->reads}};

    for (size_t i = 0; i < sizeof counters / sizeof *counters; i++)
        if (strcmp(name, counters[i].name) == 0) {
            *value = counters[i].value;
            return true;
        }
    return false;
}
