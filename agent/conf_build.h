/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Building a configuration, inside the configuration's own files: the raw lines by section, the
 * findings, and the store of strings.
 */
#ifndef CONF_BUILD_H
#define CONF_BUILD_H

#include "conf_options.h"

#define CONF_FILE_MAX     1048576 /* bytes of a file */
#define CONF_UNITS_MAX    1024    /* sections */
#define CONF_ENTRIES_MAX  100     /* options of one section, and of the global part */
#define CONF_FINDINGS_MAX 100     /* errors, and notices, that are told */

/* One option line.  Strings lie in the store. */
struct conf_entry {
    const char *name;
    const char *value;             /* words joined by blanks; NULL: the option stands alone */
    const struct conf_option *opt; /* NULL: not a common option, so a driver's or unknown */
    unsigned line;
};

/* Lines of one [section], or those before the first (name NULL). */
struct conf_section {
    const char *name;
    unsigned line;
    struct conf_entry *entry;
    size_t count, room;
};

struct conf_store;

struct conf_build {
    const char *file;
    conf_report_fn *report;
    void *arg;
    struct conf *conf;
    struct conf_section *section; /* the first is the global part */
    size_t section_count, section_room;
    struct conf_finding *finding;
    size_t finding_count, finding_room;
    unsigned errors, notices;
    bool out_of_memory;
};

/* Notes a finding; it is reported by conf_findings_tell().  line 0: the file as a whole. */
void conf_find_error(struct conf_build *b, unsigned line, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void conf_find_notice(struct conf_build *b, unsigned line, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Reports all findings in the order of their lines, and forgets them. */
void conf_findings_tell(struct conf_build *b);

/* Memory that lives as long as the configuration; NULL (and b->out_of_memory) if there is none. */
char *conf_store_alloc(struct conf_build *b, size_t size);
char *conf_store_string(struct conf_build *b, const char *text);
void conf_store_free(struct conf_store *store);

/*
 * Grows an array of `item` sized elements so that one more than `count` fits.  Returns the array,
 * or NULL with the old one untouched.
 */
void *conf_grow(struct conf_build *b, void *array, size_t count, size_t *room, size_t item);

/* Reads all lines into sections.  Checks form, place of options and doubles. */
void conf_read_lines(struct conf_build *b, const char *text, size_t len);

/* Turns the sections into b->conf's settings and units, and checks what holds between them. */
void conf_build_units(struct conf_build *b);

#endif
