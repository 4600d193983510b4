/* SPDX-License-Identifier: BSD-2-Clause */
/* What was found while a configuration was read, and the store of its strings. */
#include "conf_build.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct conf_finding {
    enum conf_severity severity;
    unsigned line;
    size_t number; /* keeps findings of one line in order */
    char *text;
};

void *conf_grow(struct conf_build *b, void *array, size_t count, size_t *room, size_t item)
{
    size_t more = *room ? *room * 2 : 8;
    void *grown;

    if (count < *room)
        return array;
    grown = realloc(array, more * item);
    if (grown)
        *room = more;
    else
        b->out_of_memory = true;
    return grown;
}

/* -- store ---------------------------------------------------------------------------------- */

/* A block of the store; blocks are chained, the newest first. */
struct conf_store {
    struct conf_store *next;
    size_t used, size;
    char bytes[];
};

#define STORE_BLOCK 4000

char *conf_store_alloc(struct conf_build *b, size_t size)
{
    struct conf_store *s = b->conf->store;
    char *bytes;

    if (!s || s->size - s->used < size) {
        size_t block = size > STORE_BLOCK ? size : STORE_BLOCK;

        s = malloc(sizeof(*s) + block);
        if (!s) {
            b->out_of_memory = true;
            return NULL;
        }
        s->next = b->conf->store;
        s->used = 0;
        s->size = block;
        b->conf->store = s;
    }
    bytes = s->bytes + s->used;
    s->used += size;
    return bytes;
}

char *conf_store_string(struct conf_build *b, const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = conf_store_alloc(b, size);

    if (copy)
        memcpy(copy, text, size);
    return copy;
}

void conf_store_free(struct conf_store *store)
{
    while (store) {
        struct conf_store *next = store->next;

        free(store);
        store = next;
    }
}

/* -- findings ------------------------------------------------------------------------------- */

static void note(struct conf_build *b, enum conf_severity severity, unsigned line, const char *text)
{
    struct conf_finding *grown =
        conf_grow(b, b->finding, b->finding_count, &b->finding_room, sizeof(*b->finding));
    char *copy = grown ? strdup(text) : NULL;

    if (grown)
        b->finding = grown;
    if (!copy) {
        b->out_of_memory = true;
        return;
    }
    b->finding[b->finding_count] = (struct conf_finding){severity, line, b->finding_count, copy};
    b->finding_count++;
}

void conf_find_error(struct conf_build *b, unsigned line, const char *fmt, ...)
{
    char text[1200];
    va_list ap;

    if (b->errors++ >= CONF_FINDINGS_MAX)
        return;
    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    note(b, CONF_ERROR, line, text);
}

void conf_find_notice(struct conf_build *b, unsigned line, const char *fmt, ...)
{
    char text[400];
    va_list ap;

    if (b->notices++ >= CONF_FINDINGS_MAX)
        return;
    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    note(b, CONF_NOTICE, line, text);
}

/* Findings on the file as a whole come last. */
static int by_line(const void *left, const void *right)
{
    const struct conf_finding *a = left, *c = right;

    if (a->line != c->line)
        return a->line - 1 < c->line - 1 ? -1 : 1;
    return a->number < c->number ? -1 : a->number > c->number;
}

static void tell_rest(struct conf_build *b, enum conf_severity severity, unsigned count)
{
    char text[80];

    if (count <= CONF_FINDINGS_MAX)
        return;
    snprintf(text, sizeof(text), "%u further %s not shown", count - CONF_FINDINGS_MAX,
             severity == CONF_ERROR ? "errors" : "notices");
    b->report(b->arg, severity, b->file, 0, text);
}

void conf_findings_tell(struct conf_build *b)
{
    if (b->finding_count > 0)
        qsort(b->finding, b->finding_count, sizeof(*b->finding), by_line);
    for (size_t i = 0; i < b->finding_count; i++) {
        struct conf_finding *f = &b->finding[i];

        b->report(b->arg, f->severity, b->file, f->line, f->text);
        free(f->text);
    }
    free(b->finding);
    b->finding = NULL;
    b->finding_count = b->finding_room = 0;
    tell_rest(b, CONF_NOTICE, b->notices);
    tell_rest(b, CONF_ERROR, b->errors);
    if (b->out_of_memory)
        b->report(b->arg, CONF_ERROR, b->file, 0, "expected enough memory, found none left");
}
