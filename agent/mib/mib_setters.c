/* SPDX-License-Identifier: BSD-2-Clause */
/* Setters of the object layer: the last of a SET's checks that need no more than a snapshot. */
#include "mib_setters.h"

#include <string.h>

#include "mib_values.h"

/* The index of an object's number among a row's words, -1 if it is none of them. */
static int64_t word_index(const struct mib_row *row, int32_t number)
{
    for (int32_t i = 0; i < row->most; i++) {
        if (row->words[i] == number)
            return i;
    }
    return -1;
}

static enum set_error take_integer(const struct mib_row *row, int64_t n, struct control_item *item)
{
    if (n < row->least || n > row->most)
        return SET_WRONG_VALUE;
    item->value = n;
    return SET_OK;
}

enum set_error mib_ask_setting(const struct snapshot *snap, enum ups_var var, int64_t milli,
                               struct control_item *item)
{
    const struct ups_setting *setting = ups_setting_find(&snap->caps, var);

    if (!setting)
        return SET_NOT_WRITABLE;
    if (!ups_setting_fit(setting, &milli))
        return SET_INCONSISTENT_VALUE;
    item->what = CONTROL_SETTING;
    item->var = var;
    item->value = milli;
    return SET_OK;
}

/* -- generic setters -- */

enum set_error mib_set_text(const struct mib_row *row, const struct mib_view *view, uint32_t pos,
                            const struct mib_value *value, struct control_item *item)
{
    (void)view;
    (void)pos;
    if (value->len > (size_t)row->most || value->len >= sizeof(item->text))
        return SET_WRONG_LENGTH;
    for (size_t i = 0; i < value->len; i++) {
        unsigned char c = (unsigned char)value->v.octets[i];

        if (c < 0x20 || c > 0x7e)
            return SET_WRONG_VALUE;
        item->text[i] = (char)c;
    }
    item->text[value->len] = '\0';
    return SET_OK;
}

enum set_error mib_set_integer(const struct mib_row *row, const struct mib_view *view, uint32_t pos,
                               const struct mib_value *value, struct control_item *item)
{
    (void)view;
    (void)pos;
    return take_integer(row, value->v.integer, item);
}

enum set_error mib_set_choice(const struct mib_row *row, const struct mib_view *view, uint32_t pos,
                              const struct mib_value *value, struct control_item *item)
{
    int64_t word = word_index(row, value->v.integer);

    (void)view;
    (void)pos;
    if (word < 0)
        return SET_WRONG_VALUE;
    item->value = word;
    return SET_OK;
}

enum set_error mib_set_setting(const struct mib_row *row, const struct mib_view *view, uint32_t pos,
                               const struct mib_value *value, struct control_item *item)
{
    int32_t n = value->v.integer;
    enum set_error error;

    (void)pos;
    if (row->words) {
        int64_t word = word_index(row, n);

        return word < 0 ? SET_WRONG_VALUE : mib_ask_setting(view->snap, row->var, word, item);
    }
    if (n < 0)
        return SET_WRONG_VALUE;
    error = mib_ask_setting(view->snap, row->var, (int64_t)n * row->per, item);
    /* what is read back has to be what was asked for */
    if (error == SET_OK && (item->value + row->per / 2) / row->per != n)
        return SET_INCONSISTENT_VALUE;
    return error;
}

enum set_error mib_set_order(const struct mib_row *row, const struct mib_view *view, uint32_t pos,
                             const struct mib_value *value, struct control_item *item)
{
    (void)pos;
    for (const struct mib_order *o = row->orders; o->command != UPS_COMMAND_COUNT; o++) {
        if (o->value != value->v.integer)
            continue;
        if (!(view->snap->caps.commands >> o->command & 1))
            return SET_WRONG_VALUE;
        item->what = CONTROL_COMMAND;
        item->command = o->command;
        item->args = o->args;
        return SET_OK;
    }
    return SET_WRONG_VALUE;
}

/* -- upsTest -- */

/* Tests that a SET may name, and the command that each of them is. */
static const struct {
    enum snap_test_id test;
    uint32_t command;
} tests[] = {
    {SNAP_TEST_ID_ABORT, UPS_COMMAND_BIT(TEST_BATTERY_STOP)},
    {SNAP_TEST_ID_GENERAL, UPS_COMMAND_BIT(TEST_BATTERY_START)},
    {SNAP_TEST_ID_QUICK, UPS_COMMAND_BIT(TEST_BATTERY_START_QUICK)},
    {SNAP_TEST_ID_DEEP, UPS_COMMAND_BIT(TEST_BATTERY_START_DEEP)},
};

/* RFC 1628 has no word for a test that this UPS will never do: to it, the value is not one. */
enum set_error mib_set_test(const struct mib_row *row, const struct mib_view *view, uint32_t pos,
                            const struct mib_value *value, struct control_item *item)
{
    (void)row;
    (void)pos;
    for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
        uint32_t oid[MIB_OID_MAX];
        size_t len = mib_test_oid(tests[i].test, oid);

        if (mib_oid_compare(value->v.oid, value->len, oid, len) != 0)
            continue;
        if (!(tests[i].command & view->snap->caps.commands))
            return SET_WRONG_VALUE;
        item->value = tests[i].test;
        return SET_OK;
    }
    return SET_WRONG_VALUE;
}

/* -- nut-compat -- */

/* Reads a whole number of at most ten digits, all of `len` bytes of it. */
static bool read_digits(const char *text, size_t len, int64_t *n)
{
    bool minus = len > 0 && text[0] == '-';

    *n = 0;
    for (size_t i = minus; i < len; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        *n = *n * 10 + (text[i] - '0');
    }
    if (minus)
        *n = -*n;
    return len > (size_t)minus;
}

enum set_error mib_set_nut_digits(const struct mib_row *row, const struct mib_view *view,
                                  uint32_t pos, const struct mib_value *value,
                                  struct control_item *item)
{
    enum { DIGITS_MAX = 10 };
    int64_t n;

    (void)view;
    (void)pos;
    if (value->type != MIB_OCTETS)
        return SET_WRONG_TYPE;
    if (value->len == 0 || value->len > DIGITS_MAX + (value->v.octets[0] == '-'))
        return SET_WRONG_LENGTH;
    if (!read_digits(value->v.octets, value->len, &n))
        return SET_WRONG_VALUE;
    return take_integer(row, n, item);
}

enum set_error mib_set_nut_test(const struct mib_row *row, const struct mib_view *view,
                                uint32_t pos, const struct mib_value *value,
                                struct control_item *item)
{
    const uint32_t commands =
        UPS_COMMAND_BIT(TEST_BATTERY_START_QUICK) | UPS_COMMAND_BIT(TEST_BATTERY_STOP);

    (void)row;
    (void)pos;
    if (value->type != MIB_INTEGER)
        return SET_WRONG_TYPE;
    if (value->v.integer != 0 || !(view->snap->caps.commands & commands))
        return SET_WRONG_VALUE;
    item->what = CONTROL_TEST_UNLOCKED;
    return SET_OK;
}
