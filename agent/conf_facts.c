/* SPDX-License-Identifier: BSD-2-Clause */
/* Options in words: the facts of a row as manual and listings show them, and near misses. */
#include "conf_options.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Text that grows in a buffer and is cut at its end. */
struct text {
    char *buf;
    size_t size, used;
};

__attribute__((format(printf, 2, 3))) static void add(struct text *t, const char *fmt, ...)
{
    va_list ap;
    int len;

    if (t->used + 1 >= t->size)
        return;
    va_start(ap, fmt);
    len = vsnprintf(t->buf + t->used, t->size - t->used, fmt, ap);
    va_end(ap);
    if (len > 0)
        t->used += (size_t)len;
    if (t->used >= t->size)
        t->used = t->size - 1;
}

static void add_choices(struct text *t, const char *const *choices)
{
    for (size_t i = 0; choices[i]; i++)
        add(t, "%s%s", i == 0 ? "" : choices[i + 1] ? ", " : " or ", choices[i]);
}

static void add_words(struct text *t, enum conf_type type)
{
    const char *word;
    uint32_t bits;

    for (unsigned i = 0; (word = conf_option_word(type, i, &bits)); i++)
        add(t, "%s, ", word);
    add(t, "or all or none");
}

static void add_type(struct text *t, const struct conf_option *opt)
{
    switch (opt->type) {
    case CONF_SECONDS:
        add(t, "seconds, %g to %g", (double)opt->min / 1000, (double)opt->max / 1000);
        break;
    case CONF_CHOICE: add_choices(t, opt->choices); break;
    case CONF_CLASSES:
    case CONF_EVENTS: add_words(t, opt->type); break;
    case CONF_FLAG: add(t, "flag"); break;
    case CONF_TEXT: add(t, "text, %d to %d bytes", (int)opt->min, (int)opt->max); break;
    case CONF_DRIVER: add(t, "name of a driver"); break;
    case CONF_PORT: add(t, "port"); break;
    case CONF_IGNORED: add(t, "ignored"); break;
    }
}

void conf_option_facts(const struct conf_option *opt, char *buf, size_t size)
{
    static const char *const places[] = {"", "global only", "per unit", "global and per unit"};
    struct text t = {buf, size, 0};

    buf[0] = '\0';
    add_type(&t, opt);
    if (opt->def)
        add(&t, "; default %s", opt->def);
    else if (opt->type != CONF_IGNORED)
        add(&t, "; required");
    add(&t, "; %s", places[opt->where & (CONF_GLOBAL | CONF_UNIT)]);
}

void conf_driver_option_facts(const struct drv_option *opt, char *buf, size_t size)
{
    struct text t = {buf, size, 0};

    buf[0] = '\0';
    switch (opt->type) {
    case DRV_OPT_FLAG: add(&t, "flag"); break;
    case DRV_OPT_INT: add(&t, "whole number, %" PRId64 " to %" PRId64, opt->min, opt->max); break;
    case DRV_OPT_DECIMAL:
        add(&t, "number, %g to %g", (double)opt->min / 1000, (double)opt->max / 1000);
        break;
    case DRV_OPT_CHOICE: add_choices(&t, opt->choices); break;
    case DRV_OPT_TEXT: add(&t, "text, at most %" PRId64 " bytes", opt->max); break;
    case DRV_OPT_PRESET: add(&t, "value of the variable whose name takes the place of *"); return;
    }
    if (opt->unit)
        add(&t, " %s", opt->unit);
    if (opt->def)
        add(&t, "; default %s", opt->def);
    else if (opt->type != DRV_OPT_FLAG)
        add(&t, "; no default");
}

/* Levenshtein's distance, row by row; words longer than any option's name are "far". */
unsigned conf_word_distance(const char *a, const char *b)
{
    unsigned char row[UPS_NAME_MAX + 1];
    size_t alen = strlen(a), blen = strlen(b);

    if (alen > UPS_NAME_MAX || blen > UPS_NAME_MAX)
        return UPS_NAME_MAX;
    for (size_t j = 0; j <= blen; j++)
        row[j] = (unsigned char)j;
    for (size_t i = 1; i <= alen; i++) {
        unsigned diagonal = row[0];

        row[0] = (unsigned char)i;
        for (size_t j = 1; j <= blen; j++) {
            unsigned best = diagonal + (a[i - 1] != b[j - 1]);

            diagonal = row[j];
            if (diagonal + 1 < best)
                best = diagonal + 1;
            if (row[j - 1] + 1U < best)
                best = row[j - 1] + 1U;
            row[j] = (unsigned char)best;
        }
    }
    return row[blen];
}
