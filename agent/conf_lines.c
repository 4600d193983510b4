/* SPDX-License-Identifier: BSD-2-Clause */
/* The first pass over a configuration: lines into sections. */
#include "conf_build.h"
#include "conf_lex.h"

#include <stdio.h>
#include <string.h>

static const char name_chars[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                 "0123456789_.-";

static void check_section_name(struct conf_build *b, const struct conf_line *line)
{
    size_t len = strlen(line->name);
    size_t good = strspn(line->name, name_chars);

    if (len == 0 || len > CONF_NAME_MAX)
        conf_find_error(b, line->line, "expected a section name of 1 to %d characters, found %zu",
                        CONF_NAME_MAX, len);
    else if (good < len)
        conf_find_error(b, line->line,
                        "expected a section name of letters, digits, '_', '.' and '-', found '%s'",
                        line->name);
    for (size_t i = 1; i < b->section_count; i++) {
        if (strcmp(b->section[i].name, line->name) == 0) {
            conf_find_error(b, line->line,
                            "expected a section name of its own, found '%.64s' again (first on "
                            "line %u)",
                            line->name, b->section[i].line);
            break;
        }
    }
}

/* Returns false when reading can't go on. */
static bool add_section(struct conf_build *b, const char *name, unsigned line)
{
    struct conf_section *grown;

    if (b->section_count > CONF_UNITS_MAX) {
        conf_find_error(b, line, "expected at most %d sections, found more", CONF_UNITS_MAX);
        return false;
    }
    grown = conf_grow(b, b->section, b->section_count, &b->section_room, sizeof(*b->section));
    if (!grown)
        return false;
    b->section = grown;
    memset(&b->section[b->section_count], 0, sizeof(*b->section));
    b->section[b->section_count].line = line;
    if (name) {
        b->section[b->section_count].name = conf_store_string(b, name);
        if (!b->section[b->section_count].name)
            return false;
    }
    b->section_count++;
    return true;
}

/* May the value be several words without quotes? */
static bool takes_words(enum conf_type type)
{
    return type == CONF_CLASSES || type == CONF_EVENTS || type == CONF_IGNORED;
}

/*
 * A value is one word; only lists are joined from several.  NUT takes the first word and drops the
 * rest without a sound, which would cut texts that somebody forgot to quote.
 */
static char *join_value(struct conf_build *b, const struct conf_line *line,
                        const struct conf_option *opt)
{
    size_t size = 1, used = 0;
    char *value;

    if (line->words > 1 && !(opt && takes_words(opt->type))) {
        conf_find_error(b, line->line,
                        "expected one value (in double quotes if it holds blanks), found a second, "
                        "'%.64s'",
                        line->word[1]);
        return NULL;
    }
    for (unsigned i = 0; i < line->words; i++)
        size += strlen(line->word[i]) + 1;
    value = conf_store_alloc(b, size);
    if (!value)
        return NULL;
    value[0] = '\0';
    for (unsigned i = 0; i < line->words; i++)
        used += (size_t)snprintf(value + used, size - used, "%s%s", i ? " " : "", line->word[i]);
    return value;
}

/* Is the option allowed here, and here for the first time? */
static bool check_place(struct conf_build *b, const struct conf_section *s,
                        const struct conf_line *line, const struct conf_option *opt)
{
    bool global = s == b->section;

    for (size_t i = 0; i < s->count; i++) {
        if (strcmp(s->entry[i].name, line->name) != 0)
            continue;
        conf_find_error(b, line->line,
                        "expected '%.64s' once per section, found it again (first on line %u)",
                        line->name, s->entry[i].line);
        return false;
    }
    if (opt && !(opt->where & (global ? CONF_GLOBAL : CONF_UNIT))) {
        conf_find_error(b, line->line, "expected '%s' %s, found it %s", opt->name,
                        global ? "in a [section]" : "before the first [section]",
                        global ? "before the first" : "in a section");
        return false;
    }
    return true;
}

/* Returns false when reading can't go on. */
static bool add_option(struct conf_build *b, const struct conf_line *line)
{
    struct conf_section *s = &b->section[b->section_count - 1];
    struct conf_entry e = {NULL, NULL, conf_option_find(line->name), line->line};
    struct conf_entry *grown;

    if (!check_place(b, s, line, e.opt))
        return true;
    if (s->count == CONF_ENTRIES_MAX) {
        conf_find_error(b, line->line, "expected at most %d options in a section, found more",
                        CONF_ENTRIES_MAX);
        return false;
    }
    if (line->has_value) {
        e.value = join_value(b, line, e.opt);
        if (!e.value)
            return !b->out_of_memory;
    } else if (e.opt && e.opt->type != CONF_FLAG && e.opt->type != CONF_IGNORED) {
        conf_find_error(b, line->line, "expected '%s = VALUE', found no value", e.opt->name);
        return true;
    }
    e.name = conf_store_string(b, line->name);
    grown = conf_grow(b, s->entry, s->count, &s->room, sizeof(*s->entry));
    if (!grown || !e.name)
        return false;
    s->entry = grown;
    s->entry[s->count++] = e;
    return true;
}

void conf_read_lines(struct conf_build *b, const char *text, size_t len)
{
    struct conf_lex lex;
    struct conf_line line;
    bool going = add_section(b, NULL, 0);

    conf_lex_start(&lex, text, len);
    while (going && b->errors <= CONF_FINDINGS_MAX) {
        switch (conf_lex_next(&lex, &line)) {
        case CONF_LEX_END: going = false; break;
        case CONF_LEX_ERROR: conf_find_error(b, line.line, "%s", line.why); break;
        case CONF_LEX_OPTION: going = add_option(b, &line); break;
        case CONF_LEX_SECTION:
            check_section_name(b, &line);
            going = add_section(b, line.name, line.line);
            break;
        }
    }
}
