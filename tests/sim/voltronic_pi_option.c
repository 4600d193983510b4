/* SPDX-License-Identifier: BSD-2-Clause */
/* key=value of the PI family and the inverters alone; and the PI family's values for `get`. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "voltronic.h"

/* `N,N...`: these and no others. */
static bool set_warnings(struct qx *q, const char *list)
{
    char *copy = buf_strdup(list), *rest = copy, *word;
    bool set[VOLT_WARNINGS] = {false};
    bool good = true;
    long n;

    while (strcmp(list, "no") != 0 && (word = strsep(&rest, ","))) {
        if (parse_long(word, 1, VOLT_WARNINGS, &n))
            set[n - 1] = true;
        else
            good = false;
    }
    free(copy);
    if (good)
        memcpy(q->volt.warnings, set, sizeof set);
    return good;
}

static bool set_fault(struct qx *q, const char *code)
{
    if (!strcmp(code, "no")) {
        q->volt.fault[0] = '\0';
        return true;
    }
    if (strlen(code) != 2 || !isalnum((unsigned char)code[0]) || !isalnum((unsigned char)code[1]))
        return false;
    volt_fail(q, code);
    return true;
}

static bool store_fault(struct qx *q, const char *code)
{
    if (!strcmp(code, "no")) {
        q->volt.record[0] = '\0';
        return true;
    }
    if (strlen(code) != 2)
        return false;
    volt_write_record(q, code);
    return true;
}

static bool set_epo(struct qx *q, const char *value)
{
    bool on;

    if (!parse_bool(value, &on))
        return false;
    if (on)
        (void)model_emergency_off(q->model);
    else
        q->model->epo = false;
    return true;
}

static bool set_bits(struct qx *q, const char *value)
{
    if (strlen(value) != 12 || strspn(value, "01-.") != 12)
        return false;
    snprintf(q->volt.bits, sizeof q->volt.bits, "%s", value);
    return true;
}

static bool set_result(struct qx *q, const char *value)
{
    static const char *const results[] = {"none", "passed", "failed", NULL};
    int i = parse_choice(value, results);

    if (i >= 0)
        q->model->verdict = (enum model_verdict)i;
    return i >= 0;
}

static bool set_preset(struct qx *q, const char *value)
{
    const struct volt_preset *preset = volt_preset_find(value);

    if (!preset || q->dialect != &qx_voltronic)
        return false;
    volt_apply_preset(q, preset);
    return true;
}

static int special_option(struct qx *q, const char *key, const char *value, struct buf *why)
{
    static const struct {
        const char *key;
        bool (*set)(struct qx *q, const char *value);
        const char *expected;
    } keys[] = {{"pi", set_preset, "one of the numbers in --help"},
                {"flags", volt_set_flags, "E and D with letters, each once"},
                {"warning", set_warnings, "numbers 1 to 64 with commas, or no"},
                {"fault", set_fault, "two characters or no"},
                {"stored-fault", store_fault, "two characters or no"},
                {"epo", set_epo, "yes or no"},
                {"bits", set_bits, "twelve of 0, 1, - and ."},
                {"test-result", set_result, "none, passed or failed"}};

    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        if (!strcmp(key, keys[i].key))
            return volt_verdict(keys[i].set(q, value), key, value, keys[i].expected, why);
    return 0;
}

/* The name of the command that writes it: HEH=254, PSK1=005. */
static int setting_option(struct qx *q, const char *key, const char *value, struct buf *why)
{
    enum volt_setting setting = volt_setting_named(key);
    int number;

    if (setting < VOLT_SETTINGS)
        return volt_verdict(volt_parse_setting(setting, value, &q->volt.settings[setting]), key,
                            value, "the digits of the command", why);
    if (strncmp(key, "PSK", 3) != 0)
        return 0;
    number = qx_digits(key + 3, 1);
    if (number < 1 || number > VOLT_OUTLETS || key[4])
        return 0;
    q->volt.outlets[number - 1].delay = qx_digits(value, 3);
    return volt_verdict(q->volt.outlets[number - 1].delay >= 0, key, value, "three digits", why);
}

int volt_pi_option(struct qx *q, const char *key, const char *value, struct buf *why)
{
    int done = volt_option(q, key, value, why);

    if (!done)
        done = special_option(q, key, value, why);
    return done ? done : setting_option(q, key, value, why);
}

static void put_warnings(const struct qx *q, struct buf *out)
{
    bool any = false;

    for (int i = 1; i <= VOLT_WARNINGS; i++)
        if (volt_warning(q, i)) {
            buf_printf(out, "%s%d", any ? "," : "", i);
            any = true;
        }
    if (!any)
        buf_printf(out, "none");
}

bool volt_pi_get(struct qx *q, const char *key, struct buf *out)
{
    const struct voltronic *v = &q->volt;
    enum volt_setting setting = volt_setting_named(key);
    char bits[13];
    int outlet;

    if (!strcmp(key, "letter"))
        buf_printf(out, "%c", volt_mode(q));
    else if (!strcmp(key, "flags")) {
        volt_bits(q, bits);
        buf_printf(out, "%s", bits);
    } else if (!strcmp(key, "warnings"))
        put_warnings(q, out);
    else if (!strcmp(key, "fault"))
        buf_printf(out, "%s", v->fault[0] ? v->fault : "none");
    else if (!strcmp(key, "muted"))
        buf_printf(out, "%d", v->muted);
    else if (!strcmp(key, "buzzing"))
        buf_printf(out, "%d", volt_buzzing(q) && !v->muted);
    else if (!strcmp(key, "output"))
        buf_printf(out, "%d", volt_output_volts(q) > 0.0);
    else if (setting < VOLT_SETTINGS)
        buf_printf(out, "%d", volt_setting(q, setting));
    else if (!strncmp(key, "outlet", 6) && (outlet = qx_digits(key + 6, 1)) > 0 && !key[7] &&
             outlet <= v->outlet_count)
        buf_printf(out, "%d", !v->outlets[outlet - 1].off && !v->outlets[outlet - 1].cut);
    else if (strlen(key) == 1 && volt_knows(q, key[0]))
        buf_printf(out, "%d", volt_enabled(q, key[0]));
    else
        return false;
    return true;
}
