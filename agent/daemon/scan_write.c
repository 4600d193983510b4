/* SPDX-License-Identifier: BSD-2-Clause */
/* Sections of upsmibd.conf, written so that the configuration reads them back as they are. */
#include "scan_private.h"

#include <stdarg.h>
#include <string.h>

static const char plain_chars[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                  "0123456789_.,:/@%+*-";

void scan_value(FILE *out, const char *value)
{
    if (*value && value[strspn(value, plain_chars)] == '\0') {
        fputs(value, out);
        return;
    }
    fputc('"', out);
    for (; *value; value++) {
        if (*value == '"' || *value == '\\')
            fputc('\\', out);
        fputc(*value, out);
    }
    fputc('"', out);
}

void scan_comment(FILE *out, const char *fmt, ...)
{
    char text[2048];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    fputs("# ", out);
    for (const char *c = text; *c; c++) {
        if (*c == '\n')
            fputs("\n# ", out);
        else
            fputc(*c < ' ' || *c > '~' ? '?' : *c, out);
    }
    fputc('\n', out);
}

/* Empty values and control bytes can't stand in a configuration, and a NUL ends it unseen. */
static bool can_stand(const char *value)
{
    for (const char *c = value; *c; c++)
        if (((unsigned char)*c < ' ' && *c != '\t') || *c == 0x7f)
            return false;
    return *value != '\0';
}

/* The next name of its kind that the configuration has not. */
static void next_name(struct scan_writer *w, enum scan_stem stem, char *name, size_t size)
{
    static const char *const stems[SCAN_STEMS] = {"usb", "serial", "net"};

    do
        snprintf(name, size, "%s%u", stems[stem], ++w->last[stem]);
    while (w->conf && conf_find(w->conf, name));
}

void scan_section(struct scan_writer *w, enum scan_stem stem, const char *driver,
                  const struct drv_found *found)
{
    bool hold = found->hold;
    char name[32];

    fputc('\n', w->out);
    scan_comment(w->out, "%s", found->what);
    if (found->note[0])
        scan_comment(w->out, "%s", found->note);
    for (unsigned i = 0; i < found->count; i++) {
        if (can_stand(found->setting[i].value))
            continue;
        hold = true;
        scan_comment(w->out, "Option %s can't be written here: set it by hand.",
                     found->setting[i].name);
    }
    next_name(w, stem, name, sizeof(name));
    const char *mark = hold ? "#" : "";
    fprintf(w->out, "%s[%s]\n%sdriver = %s\n", mark, name, mark, driver);
    for (unsigned i = 0; i < found->count; i++) {
        if (!can_stand(found->setting[i].value))
            continue;
        fprintf(w->out, "%s%s = ", mark, found->setting[i].name);
        scan_value(w->out, found->setting[i].value);
        fputc('\n', w->out);
    }
}
