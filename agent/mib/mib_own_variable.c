/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * upsmibdVariableTable: all that is known of a unit, by NUT's names, as `--probe` prints it.  Most
 * rows are variables of the reading; a few the agent makes up (names that NUT has for a whole
 * reading, countdowns, muting).
 */
#include <stdio.h>

#include "mib_give.h"
#include "mib_names.h"
#include "mib_own_values.h"
#include "mib_setters.h"
#include "mib_values.h"

/* -- what a name stands for -- */

static bool is_var(const struct mib_name *name)
{
    return name->var < UPS_VAR_COUNT;
}

/* A unit that tells a second line has names with line numbers, and no others. */
static bool has_lines(const struct ups_reading *r, enum ups_var var)
{
    int64_t milli;

    return ups_vars[var].lines > 1 && (ups_get(r, var, 1, &milli) || ups_get(r, var, 2, &milli));
}

/* Countdowns that the agent tells where the device doesn't, and the commands that start one. */
static const struct timer {
    struct mib_row row;
    uint32_t commands;
} timers[] = {
    {{.type = MIB_INTEGER, .var = UPS_VAR_UPS_TIMER_SHUTDOWN},
     UPS_COMMAND_BIT(LOAD_OFF) | UPS_COMMAND_BIT(SHUTDOWN_RETURN) |
         UPS_COMMAND_BIT(SHUTDOWN_STAYOFF)},
    {{.type = MIB_INTEGER, .var = UPS_VAR_UPS_TIMER_START}, UPS_COMMAND_BIT(LOAD_ON)},
    {{.type = MIB_INTEGER, .var = UPS_VAR_UPS_TIMER_REBOOT}, UPS_COMMAND_BIT(SHUTDOWN_REBOOT)},
};

/* The seconds that UPS-MIB's object for the countdown shows. */
static bool agent_timer(const struct mib_view *view, enum ups_var var, int32_t *seconds)
{
    for (size_t i = 0; i < sizeof(timers) / sizeof(timers[0]); i++) {
        struct mib_value value = {.type = MIB_INTEGER};

        if (timers[i].row.var != var)
            continue;
        if (!(timers[i].commands & view->snap->caps.commands) ||
            !mib_value_timer(&timers[i].row, view, 0, &value))
            return false;
        *seconds = value.v.integer;
        return true;
    }
    return false;
}

/* A value of the agent's own in place of the device's.  Writes it as text. */
static bool agent_value(const struct mib_view *view, enum ups_var var, char *buf, size_t size)
{
    const struct snapshot *snap = view->snap;
    int32_t seconds;
    int64_t milli;

    if (var == UPS_VAR_UPS_BEEPER_STATUS && snap->muted) {
        snprintf(buf, size, "%s", ups_vars[var].choices[UPS_BEEPER_MUTED]);
        return true;
    }
    /* what the agent goes by itself comes before what the UPS tells of its own */
    if (var == UPS_VAR_BATTERY_RUNTIME_LOW && snap->low_minutes > 0) {
        snprintf(buf, size, "%d", (int)snap->low_minutes * 60);
        return true;
    }
    if (ups_get(&snap->reading, var, 0, &milli) && milli >= 0)
        return false;
    if (!agent_timer(view, var, &seconds))
        return false;
    snprintf(buf, size, "%d", (int)seconds);
    return true;
}

/* The texts of the unit's own alarms, as many of them as there is room for. */
static bool alarm_list(const struct ups_alarm_set *set, char *buf, size_t size)
{
    size_t len = 0;

    for (enum ups_alarm a = 0; a < UPS_ALARM_COUNT; a++) {
        size_t more = strlen(ups_alarms[a].text), gap = len > 0 ? 2 : 0;

        if (!ups_alarm_has(set, a) || len + gap + more >= size)
            continue;
        memcpy(buf + len, "; ", gap);
        memcpy(buf + len + gap, ups_alarms[a].text, more + 1);
        len += gap + more;
    }
    return len > 0;
}

/* What a name that is no variable's stands for. */
static bool whole_value(const struct ups_reading *r, unsigned var, char *buf, size_t size)
{
    switch (var) {
    case MIB_NAME_STATUS: return ups_status_text(r->status, buf, size) > 0;
    case MIB_NAME_ALARM: return alarm_list(&r->alarms, buf, size);
    default: snprintf(buf, size, "ups"); return true; /* device.type */
    }
}

/* The setting that stands behind a name; NULL if it can't be written. */
static const struct ups_setting *setting_of(const struct mib_view *view, uint32_t pos)
{
    const struct mib_name *name = &mib_variables[pos];

    /* device.* only repeat what ups.* say */
    if (!is_var(name) || name->line > 0 || strcmp(name->name, ups_vars[name->var].name) != 0)
        return NULL;
    return ups_setting_find(&view->snap->caps, (enum ups_var)name->var);
}

/* Writes the value of a name; false if the unit has none. */
static bool value_of(const struct mib_view *view, uint32_t pos, char *buf, size_t size)
{
    const struct mib_name *name = &mib_variables[pos];
    const struct ups_reading *r = &view->snap->reading;
    enum ups_var var;

    if (!is_var(name))
        return whole_value(r, name->var, buf, size);
    var = (enum ups_var)name->var;
    if (ups_vars[var].lines > 1 && has_lines(r, var) != (name->line > 0))
        return false;
    if (name->line == 0 && agent_value(view, var, buf, size))
        return true;
    if (ups_format(r, var, name->line > 0 ? name->line - 1U : 0, buf, size))
        return true;
    /* what a UPS keeps, but has never been told, can be told */
    buf[0] = '\0';
    return view->snap->fresh && setting_of(view, pos);
}

/* Has the unit such a row?  Writes the value on the way, which costs little. */
static bool present(const struct mib_view *view, uint32_t pos)
{
    char buf[sizeof(((struct mib_value *)NULL)->text_buf)];

    return value_of(view, pos, buf, sizeof(buf));
}

/* -- getters -- */

bool mib_own_variable_value(const struct mib_row *row, const struct mib_view *view, uint32_t pos,
                            struct mib_value *value)
{
    (void)row;
    if (!value_of(view, pos, value->text_buf, sizeof(value->text_buf)))
        return false;
    return give_buffer(value, strnlen(value->text_buf, sizeof(value->text_buf)));
}

bool mib_own_variable_type(const struct mib_row *row, const struct mib_view *view, uint32_t pos,
                           struct mib_value *value)
{
    enum { NUMBER = 1, CHOICE, TEXT };
    const struct mib_name *name = &mib_variables[pos];

    (void)row;
    if (!present(view, pos))
        return false;
    if (!is_var(name) || ups_vars[name->var].kind == UPS_KIND_TEXT)
        return give_integer(value, TEXT);
    return give_integer(value, ups_vars[name->var].kind == UPS_KIND_CHOICE ? CHOICE : NUMBER);
}

bool mib_own_variable_unit(const struct mib_row *row, const struct mib_view *view, uint32_t pos,
                           struct mib_value *value)
{
    const struct mib_name *name = &mib_variables[pos];

    if (!present(view, pos))
        return false;
    return give_text(value, is_var(name) ? ups_unit_symbol(ups_vars[name->var].unit) : "",
                     (size_t)row->most);
}

uint32_t mib_own_variable_permit(const struct mib_view *view, uint32_t pos)
{
    return setting_of(view, pos) ? (uint32_t)1 << UPS_CLASS_SETTING : 0;
}

bool mib_own_variable_writable(const struct mib_row *row, const struct mib_view *view, uint32_t pos,
                               struct mib_value *value)
{
    (void)row;
    return present(view, pos) &&
           give_truth(value, mib_allowed(view->snap, mib_own_variable_permit(view, pos)));
}

/* A number as the configuration and --probe write it, without zeros behind the point. */
static size_t write_number(char *buf, size_t size, int32_t milli)
{
    int64_t n = milli < 0 ? -(int64_t)milli : milli;
    int len = snprintf(buf, size, "%s%lld", milli < 0 ? "-" : "", (long long)(n / 1000));

    if (n % 1000 != 0) {
        len += snprintf(buf + len, size - (size_t)len, ".%03lld", (long long)(n % 1000));
        while (buf[len - 1] == '0')
            len--;
    }
    return (size_t)len;
}

/* "6..5940 step 6" */
static size_t write_range(char *buf, size_t size, const struct ups_setting *setting)
{
    size_t len = write_number(buf, size, setting->min);

    len += (size_t)snprintf(buf + len, size - len, "..");
    len += write_number(buf + len, size - len, setting->max);
    if (setting->step > 1) {
        len += (size_t)snprintf(buf + len, size - len, " step ");
        len += write_number(buf + len, size - len, setting->step);
    }
    return len;
}

/* "disabled enabled" */
static size_t write_choices(char *buf, size_t size, const struct ups_setting *setting)
{
    const char *const *words = ups_vars[setting->var].choices;
    size_t len = 0;

    for (unsigned i = 0; words[i]; i++) {
        size_t gap = len > 0, more = strlen(words[i]);

        if (!(setting->choices >> i & 1) || len + gap + more > size)
            continue;
        memcpy(buf + len, " ", gap);
        memcpy(buf + len + gap, words[i], more);
        len += gap + more;
    }
    return len;
}

bool mib_own_variable_range(const struct mib_row *row, const struct mib_view *view, uint32_t pos,
                            struct mib_value *value)
{
    const struct ups_setting *setting = setting_of(view, pos);
    char *buf = value->text_buf;

    (void)row;
    if (!setting || !present(view, pos))
        return false;
    if (ups_vars[setting->var].kind == UPS_KIND_CHOICE)
        return give_buffer(value, write_choices(buf, sizeof(value->text_buf), setting));
    return give_buffer(value, write_range(buf, sizeof(value->text_buf), setting));
}

static bool derived(const struct mib_view *view, const struct mib_name *name)
{
    char buf[sizeof(((struct mib_value *)NULL)->text_buf)];

    if (!is_var(name))
        return name->var == MIB_NAME_DEVICE_TYPE;
    return name->line == 0 && agent_value(view, (enum ups_var)name->var, buf, sizeof(buf));
}

/* What the agent itself figures is always of now. */
bool mib_own_variable_age(const struct mib_row *row, const struct mib_view *view, uint32_t pos,
                          struct mib_value *value)
{
    (void)row;
    if (!present(view, pos))
        return false;
    if (derived(view, &mib_variables[pos]))
        return give_integer(value, 0);
    return view->snap->good_ms >= 0 && give_seconds(value, view->snap->good_ms, view->now_ms);
}

bool mib_own_variable_derived(const struct mib_row *row, const struct mib_view *view, uint32_t pos,
                              struct mib_value *value)
{
    (void)row;
    return present(view, pos) && give_truth(value, derived(view, &mib_variables[pos]));
}

/* -- SET -- */

/* Reads all of a decimal number with up to three digits behind the point: thousandths. */
static bool read_number(const char *text, size_t len, int64_t *milli)
{
    enum { DIGITS_MAX = 12 };
    size_t i = len > 0 && text[0] == '-', digits = 0, behind = 0;
    bool point = false;
    int64_t n = 0;

    for (; i < len; i++) {
        if (text[i] == '.' && !point && digits > 0) {
            point = true;
            continue;
        }
        if (text[i] < '0' || text[i] > '9' || ++digits > DIGITS_MAX || (behind += point) > 3)
            return false;
        n = n * 10 + (text[i] - '0');
    }
    if (digits == 0 || (point && behind == 0))
        return false;
    for (; behind < 3; behind++)
        n *= 10;
    *milli = text[0] == '-' ? -n : n;
    return true;
}

/* The index of a word of a choice. */
static bool read_word(enum ups_var var, const char *text, size_t len, int64_t *index)
{
    const char *const *words = ups_vars[var].choices;

    for (*index = 0; words[*index]; ++*index) {
        if (strlen(words[*index]) == len && memcmp(words[*index], text, len) == 0)
            return true;
    }
    return false;
}

/* A value that the device never takes could be assigned under no circumstances: wrongValue. */
enum set_error mib_set_variable(const struct mib_row *row, const struct mib_view *view,
                                uint32_t pos, const struct mib_value *value,
                                struct control_item *item)
{
    enum ups_var var = (enum ups_var)mib_variables[pos].var;
    enum set_error error;
    int64_t milli = 0;

    if (value->len > (size_t)row->most)
        return SET_WRONG_LENGTH;
    if (ups_vars[var].kind == UPS_KIND_CHOICE ? !read_word(var, value->v.octets, value->len, &milli)
                                              : !read_number(value->v.octets, value->len, &milli))
        return SET_WRONG_VALUE;
    error = mib_ask_setting(view->snap, var, milli, item);
    return error == SET_INCONSISTENT_VALUE ? SET_WRONG_VALUE : error;
}
