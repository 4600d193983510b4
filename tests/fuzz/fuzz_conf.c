/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Fuzz target: a configuration file.  Linked with --wrap=drv_find so that what is fuzzed does not
 * hang on the drivers built in.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../agent/conf_build.h"

static const char *const words[] = {"none", "even", "odd", NULL};

static const struct drv_option options[] = {
    {"offdelay", DRV_OPT_INT, 6, 5940, NULL, "s", "60", "A number."},
    {"parity", DRV_OPT_CHOICE, 0, 0, words, NULL, "none", "A choice."},
    {"eco", DRV_OPT_FLAG, 0, 0, NULL, NULL, NULL, "A flag."},
    {"serial", DRV_OPT_TEXT, 0, 8, NULL, NULL, NULL, "A text."},
    {NULL, DRV_OPT_FLAG, 0, 0, NULL, NULL, NULL, NULL},
};

static const struct drv_driver driver = {
    .name = "huawei-ups2000",
    .summary = "for fuzzing",
    .options = options,
    .ports = LINK_PORT_TTY | LINK_PORT_TCP,
};

const struct drv_driver *__wrap_drv_find(const char *name);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

const struct drv_driver *__wrap_drv_find(const char *name)
{
    return strcmp(name, driver.name) == 0 ? &driver : NULL;
}

struct tally {
    unsigned errors, told;
};

/* Texts must be one line and places lie in the file. */
static void count(void *arg, enum conf_severity severity, const char *file, unsigned line,
                  const char *text)
{
    struct tally *t = arg;

    (void)file;
    if (!text[0] || strchr(text, '\n') || line > CONF_FILE_MAX + 1)
        abort();
    t->errors += severity == CONF_ERROR;
    if (++t->told > 2 * CONF_FINDINGS_MAX + 2)
        abort();
}

/* What every accepted configuration must hold to. */
static void check(const struct conf *conf)
{
    unsigned defaults = 0;

    if (conf->unit_count == 0 || conf->unit_count > CONF_UNITS_MAX)
        abort();
    for (size_t i = 0; i < conf->unit_count; i++) {
        const struct conf_unit *u = &conf->unit[i];

        defaults += u->is_default;
        if (u->driver != &driver || !u->port || strlen(u->desc) > 255 || !u->context[0] ||
            strlen(u->context) > CONF_NAME_MAX || strlen(u->name) > CONF_NAME_MAX ||
            u->timing.pollinterval_ms < 100 || u->timing.pollinterval_ms > u->timing.pollfreq_ms ||
            u->timing.maxage_ms < 3 * u->timing.pollinterval_ms || u->timing.set_wait_ms > 800 ||
            u->timing.allow >> UPS_CLASS_COUNT || !(u->timing.notify & 1) ||
            conf_find(conf, u->name) != u)
            abort();
    }
    if (defaults != 1)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct tally t = {0, 0};
    struct conf *conf;

    if (size > CONF_FILE_MAX)
        return 0;
    conf = conf_parse("fuzz", (const char *)data, size, count, &t);
    if ((conf == NULL) != (t.errors > 0))
        abort();
    if (conf)
        check(conf);
    conf_free(conf);
    return 0;
}
