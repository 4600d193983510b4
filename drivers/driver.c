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

const struct drv_driver *const drv_drivers[] = {
#ifdef WITH_MODBUS
    &huawei_ups2000_driver,
#endif
    &siemens_sitop_driver,
    NULL,
};

const struct drv_driver *drv_find(const char *name)
{
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
    case DRV_OPT_CHOICE: err = parse_choice(opt, text, &value->num, why, why_size); break;
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
