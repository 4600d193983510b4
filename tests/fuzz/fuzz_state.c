/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Fuzz target: a state file, as it is and with the check sum made right.  What is accepted must
 * come out the same when it is written and read again.
 */
#include <stdlib.h>
#include <string.h>

#include "../../agent/state_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct check {
    struct record_text again; /* what was read, written anew */
    struct state_unit first;
    unsigned units;
};

static bool take(void *arg, const char *name, const struct state_unit *unit)
{
    struct check *c = arg;

    if (!name[0] || strlen(name) > CONF_NAME_MAX || unit->alarm_count > STATE_ALARMS_MAX ||
        !memchr(unit->name, '\0', sizeof(unit->name)) ||
        !memchr(unit->attached, '\0', sizeof(unit->attached)) ||
        !memchr(unit->test_detail, '\0', sizeof(unit->test_detail)) ||
        unit->off_command > UPS_COMMAND_COUNT || !state_file_same(unit, unit))
        abort();
    for (uint32_t i = 0; i < unit->alarm_count; i++)
        if (unit->alarm[i].alarm >= UPS_ALARM_COUNT || unit->alarm[i].id == 0)
            abort();
    if (c->units++ == 0)
        c->first = *unit;
    state_file_unit(&c->again, name, unit);
    return true;
}

static void try(const char *text, size_t len)
{
    struct check c = {.units = 0}, back = {.units = 0};
    char why[100] = "";

    state_file_begin(&c.again);
    if (!state_file_read(text, len, take, &c, why, sizeof(why))) {
        if (!why[0] || c.units > 0)
            abort();
    } else {
        state_file_end(&c.again);
        if (!state_file_read(c.again.at, c.again.len, take, &back, why, sizeof(why)) ||
            back.units != c.units || (c.units > 0 && !state_file_same(&c.first, &back.first)))
            abort();
    }
    record_free(&c.again);
    record_free(&back.again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const size_t check_len = sizeof("check = 01234567\n") - 1;
    const char *text = (const char *)data;
    struct record_text checked = {0};

    try(text, size);
    if (size > check_len && memchr(text, '\0', size) == NULL) {
        record_add(&checked, "%.*s", (int)(size - check_len), text);
        state_file_end(&checked);
        try(checked.at, checked.len);
    }
    record_free(&checked);
    return 0;
}
