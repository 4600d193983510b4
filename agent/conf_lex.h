/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The lines of a configuration: the grammar of NUT's ups.conf, without any knowledge of options.
 *
 * A line is empty, `[name]`, `name` (a flag) or `name = word ...`.  `#` starts a comment wherever a
 * word may end.  A word in double quotes may hold blanks, '=' and '#'; a backslash takes the next
 * character as it is, and before the end of a line it joins the next line to this one.  Lines end
 * in LF or CRLF.  Source: NUT's manual pages ups.conf(5) and parseconf (NUT developer guide).
 */
#ifndef CONF_LEX_H
#define CONF_LEX_H

#include <stdbool.h>
#include <stddef.h>

#define CONF_LINE_MAX  1024 /* bytes of a line, its end not counted; joined lines count together */
#define CONF_WORDS_MAX 64   /* words after '=' */

enum conf_lex_kind { CONF_LEX_END, CONF_LEX_SECTION, CONF_LEX_OPTION, CONF_LEX_ERROR };

/* A text being read.  Borrows the text. */
struct conf_lex {
    const char *text;
    size_t len, at;
    unsigned line; /* of the byte at `at`, counted from 1 */
};

/* One line that is not empty.  Its strings live in buf, until the next line is read into it. */
struct conf_line {
    enum conf_lex_kind kind;
    unsigned line;    /* where it starts */
    const char *name; /* of the section or the option */
    bool has_value;   /* a '=' follows the name; then there is at least one word */
    unsigned words;
    const char *word[CONF_WORDS_MAX];
    char why[200]; /* CONF_LEX_ERROR: "expected ..., found ..." */
    size_t used;
    char buf[CONF_LINE_MAX + CONF_WORDS_MAX + 8];
};

/* Starts at line 1 of `text`; a UTF-8 byte order mark is skipped. */
void conf_lex_start(struct conf_lex *lex, const char *text, size_t len);

/*
 * Reads the next line that is not empty.  After CONF_LEX_ERROR reading goes on behind the faulty
 * line; after CONF_LEX_END it stays at the end.
 */
enum conf_lex_kind conf_lex_next(struct conf_lex *lex, struct conf_line *line);

#endif
