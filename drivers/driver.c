/* SPDX-License-Identifier: BSD-2-Clause */
/* The list of drivers and what is common to them: errors and option values. */
#include "driver.h"

#include "siemens_sitop.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#ifdef WITH_MODBUS
#include "huawei_ups2000.h"
#endif
#include "qx/qx.h"

const struct drv_driver *const drv_drivers[] = {
#ifdef WITH_MODBUS
    &huawei_ups2000_driver,
#endif
    &qx_driver,
    &siemens_sitop_driver,
    NULL,
};

/* Names in the configurations of NUT's users. */
static const struct {
    const char *alias, *name;
} aliases[] = {
    {"nutdrv_qx", "qx"},
};

const struct drv_driver *drv_find(const char *name)
{
    for (size_t i = 0; i < sizeof(aliases) / sizeof(aliases[0]); i++)
        if (strcmp(aliases[i].alias, name) == 0)
            name = aliases[i].name;
    for (size_t i = 0; drv_drivers[i]; i++)
        if (strcmp(drv_drivers[i]->name, name) == 0)
            return drv_drivers[i];
    return NULL;
}

int drv_fail(struct drv *d, enum ups_error code, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(d->why, sizeof(d->why), fmt, ap);
    va_end(ap);
    return code;
}

static enum ups_error parse_int(const struct drv_option *opt, const char *text, int64_t *num,
                                char *why, size_t why_size)
{
    char *end;

    errno = 0;
    *num = strtoll(text, &end, 10);
    if (errno == 0 && end != text && *end == '\0' && *num >= opt->min && *num <= opt->max)
        return UPS_OK;
    snprintf(why, why_size,
             "expected a whole number from %" PRId64 " to %" PRId64 "%s%s, found '%s'", opt->min,
             opt->max, opt->unit ? " " : "", opt->unit ? opt->unit : "", text);
    return UPS_E_INVALID;
}

static bool parse_number(const char *text, int64_t *milli)
{
    char *end;
    double number;

    errno = 0;
    number = strtod(text, &end);
    if (errno != 0 || end == text || *end != '\0' || !(number > -1e9 && number < 1e9))
        return false;
    *milli = (int64_t)(number * 1000 + (number < 0 ? -0.5 : 0.5));
    return true;
}

static enum ups_error parse_decimal(const struct drv_option *opt, const char *text, int64_t *num,
                                    char *why, size_t why_size)
{
    if (parse_number(text, num) && *num >= opt->min && *num <= opt->max)
        return UPS_OK;
    snprintf(why, why_size, "expected a number from %g to %g%s%s, found '%s'",
             (double)opt->min / 1000, (double)opt->max / 1000, opt->unit ? " " : "",
             opt->unit ? opt->unit : "", text);
    return UPS_E_INVALID;
}

static enum ups_error parse_choice(const struct drv_option *opt, const char *text, int64_t *num,
                                   char *why, size_t why_size)
{
    size_t len;

    for (*num = 0; opt->choices[*num]; (*num)++)
        if (strcmp(opt->choices[*num], text) == 0)
            return UPS_OK;
    len = (size_t)snprintf(why, why_size, "expected one of");
    for (size_t i = 0; opt->choices[i] && len < why_size; i++)
        len +=
            (size_t)snprintf(why + len, why_size - len, "%s %s", i > 0 ? "," : "", opt->choices[i]);
    if (len < why_size)
        snprintf(why + len, why_size - len, "; found '%s'", text);
    return UPS_E_INVALID;
}

/* A flag may stand alone (text "") or be given as yes or no, as in NUT's ups.conf. */
static enum ups_error parse_flag(const char *text, int64_t *num, char *why, size_t why_size)
{
    static const char *const on[] = {"", "yes", "true", "on", "1"};
    static const char *const off[] = {"no", "false", "off", "0"};

    for (size_t i = 0; i < sizeof(on) / sizeof(on[0]); i++)
        if (strcmp(text, on[i]) == 0) {
            *num = 1;
            return UPS_OK;
        }
    for (size_t i = 0; i < sizeof(off) / sizeof(off[0]); i++)
        if (strcmp(text, off[i]) == 0) {
            *num = 0;
            return UPS_OK;
        }
    snprintf(why, why_size, "expected a flag (no value, yes or no), found '%s'", text);
    return UPS_E_INVALID;
}

enum ups_error drv_option_parse(const struct drv_option *opt, const char *text,
                                struct drv_value *value, char *why, size_t why_size)
{
    enum ups_error err = UPS_OK;

    value->text = text;
    value->num = 0;
    switch (opt->type) {
    case DRV_OPT_FLAG: err = parse_flag(text, &value->num, why, why_size); break;
    case DRV_OPT_INT: err = parse_int(opt, text, &value->num, why, why_size); break;
    case DRV_OPT_DECIMAL: err = parse_decimal(opt, text, &value->num, why, why_size); break;
    case DRV_OPT_CHOICE: err = parse_choice(opt, text, &value->num, why, why_size); break;
    case DRV_OPT_PRESET:
    case DRV_OPT_TEXT:
        if (opt->max > 0 && strlen(text) > (size_t)opt->max) {
            snprintf(why, why_size, "expected at most %" PRId64 " characters, found %zu", opt->max,
                     strlen(text));
            err = UPS_E_INVALID;
        }
        break;
    }
    value->set = err == UPS_OK;
    return err;
}

unsigned drv_option_count(const struct drv_driver *driver)
{
    unsigned n = 0;

    while (driver->options[n].name)
        n++;
    return n;
}

struct drv_value *drv_option_values(const struct drv_driver *driver)
{
    return calloc(drv_option_count(driver) + 1, sizeof(struct drv_value));
}

/* -- presets ---------------------------------------------------------------------------------- */

/* The variable of a name as it stands in listings, a line's number included. */
static bool find_variable(const char *name, struct drv_preset *preset)
{
    const struct ups_var_info *v;
    char full[UPS_NAME_MAX + 8];

    for (unsigned var = 0; var < UPS_VAR_COUNT; var++) {
        v = &ups_vars[var];
        preset->var = (uint16_t)var;
        preset->line = 0;
        if (strcmp(v->name, name) == 0)
            return true;
        const char *mark = v->line_name ? strchr(v->line_name, '#') : NULL;
        for (unsigned line = 0; mark && line < v->lines; line++) {
            snprintf(full, sizeof(full), "%.*s%u%s", (int)(mark - v->line_name), v->line_name,
                     line + 1, mark + 1);
            preset->line = (uint8_t)line;
            if (strcmp(full, name) == 0)
                return true;
        }
    }
    return false;
}

enum ups_error drv_preset_parse(const struct drv_option *opt, const char *name, const char *text,
                                struct drv_preset *preset, char *why, size_t why_size)
{
    *preset = (struct drv_preset){.override = opt->min != 0, .text = text};
    if (!find_variable(name, preset)) {
        snprintf(why, why_size, "expected the name of a variable, found '%.64s'", name);
        return UPS_E_INVALID;
    }
    switch (ups_vars[preset->var].kind) {
    case UPS_KIND_TEXT: return UPS_OK;
    case UPS_KIND_NUMBER:
        if (parse_number(text, &preset->milli))
            return UPS_OK;
        snprintf(why, why_size, "expected a number, found '%.64s'", text);
        return UPS_E_INVALID;
    case UPS_KIND_CHOICE: {
        const struct drv_option words = {.choices = ups_vars[preset->var].choices};

        return parse_choice(&words, text, &preset->milli, why, why_size);
    }
    }
    return UPS_E_INVALID;
}

void drv_presets(const struct drv *d, struct ups_reading *r)
{
    for (unsigned i = 0; i < d->preset_count; i++) {
        const struct drv_preset *p = &d->preset[i];
        int64_t milli;

        if (ups_vars[p->var].kind == UPS_KIND_TEXT) {
            if (p->override || ups_text(r, p->var)[0] == '\0')
                ups_set_text(r, p->var, p->text, strlen(p->text));
        } else if (p->override || !ups_get(r, p->var, p->line, &milli)) {
            ups_set(r, p->var, p->line, p->milli);
        }
    }
}

/* -- finding devices -------------------------------------------------------------------------- */

void drv_found_note(struct drv_found *found, const char *fmt, ...)
{
    size_t used = strlen(found->note);
    va_list ap;

    if (used > 0 && used + 1 < sizeof(found->note))
        found->note[used++] = '\n';
    va_start(ap, fmt);
    vsnprintf(found->note + used, sizeof(found->note) - used, fmt, ap);
    va_end(ap);
}

void drv_found_add(struct drv_found *found, const char *name, const char *fmt, ...)
{
    struct drv_setting *s = &found->setting[found->count];
    va_list ap;
    int len;

    if (found->count == DRV_FOUND_MAX) {
        found->hold = true;
        drv_found_note(found, "no room for %s: set it by hand", name);
        return;
    }
    va_start(ap, fmt);
    len = vsnprintf(s->value, sizeof(s->value), fmt, ap);
    va_end(ap);
    if (len < 0 || (size_t)len >= sizeof(s->value)) {
        found->hold = true;
        drv_found_note(found, "%s is too long: set it by hand", name);
        return;
    }
    s->name = name;
    found->count++;
}
