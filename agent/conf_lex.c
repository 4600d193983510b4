/* SPDX-License-Identifier: BSD-2-Clause */
/* The lines of a configuration: see conf_lex.h. */
#include "conf_lex.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum token { TOK_EOL, TOK_WORD, TOK_EQUALS, TOK_SECTION, TOK_ERROR };

void conf_lex_start(struct conf_lex *lex, const char *text, size_t len)
{
    lex->text = text;
    lex->len = len;
    lex->at = len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    lex->line = 1;
}

__attribute__((format(printf, 2, 3))) static enum token fail(struct conf_line *line,
                                                             const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(line->why, sizeof(line->why), fmt, ap);
    va_end(ap);
    return TOK_ERROR;
}

/* Bytes up to the next LF or the end of the text. */
static size_t rest_of_line(const struct conf_lex *lex)
{
    const char *from = lex->text + lex->at;
    const char *lf = memchr(from, '\n', lex->len - lex->at);

    return lf ? (size_t)(lf - from) : lex->len - lex->at;
}

/* What holds for a line as a whole, whatever it means. */
static enum token check_line(const struct conf_lex *lex, struct conf_line *line)
{
    size_t len = rest_of_line(lex);

    if (len > CONF_LINE_MAX && !(len == CONF_LINE_MAX + 1 && lex->text[lex->at + len - 1] == '\r'))
        return fail(line, "expected a line of at most %d bytes, found one of %zu", CONF_LINE_MAX,
                    len);
    if (memchr(lex->text + lex->at, '\0', len))
        return fail(line, "expected text, found a NUL byte");
    return TOK_EOL;
}

/* Length of the line end at offset `at`: LF 1, CRLF 2, a CR that ends the text 1; else 0. */
static size_t line_end(const struct conf_lex *lex, size_t at)
{
    if (lex->text[at] == '\n')
        return 1;
    if (lex->text[at] != '\r')
        return 0;
    if (at + 1 == lex->len)
        return 1;
    return lex->text[at + 1] == '\n' ? 2 : 0;
}

static bool at_line_end(const struct conf_lex *lex)
{
    return lex->at == lex->len || line_end(lex, lex->at) > 0;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static bool is_control(char c)
{
    return ((unsigned char)c < 0x20 && c != '\t') || c == 0x7f;
}

static enum token put(struct conf_line *line, char c)
{
    if (is_control(c))
        return fail(line, "expected printable text, found byte 0x%02x", (unsigned char)c);
    if (line->used >= sizeof(line->buf) - 1)
        return fail(line, "expected at most %d bytes in joined lines, found more", CONF_LINE_MAX);
    line->buf[line->used++] = c;
    return TOK_WORD;
}

/* Closes the word or section name just collected. */
static enum token end_word(struct conf_line *line, enum token t)
{
    if (line->used >= sizeof(line->buf))
        return fail(line, "expected at most %d bytes in joined lines, found more", CONF_LINE_MAX);
    line->buf[line->used++] = '\0';
    return t;
}

/*
 * The byte at lex->at is a backslash.  Takes the escaped character, or joins the next line if there
 * is none on this one.
 */
static enum token escape(struct conf_lex *lex, struct conf_line *line)
{
    size_t end;

    lex->at++;
    if (lex->at == lex->len)
        return fail(line, "expected a character after '\\', found the end of the file");
    end = line_end(lex, lex->at);
    if (end == 0)
        return put(line, lex->text[lex->at++]);
    lex->at += end;
    if (lex->text[lex->at - 1] == '\n')
        lex->line++;
    return check_line(lex, line) == TOK_ERROR ? TOK_ERROR : TOK_WORD;
}

static enum token quoted(struct conf_lex *lex, struct conf_line *line)
{
    lex->at++;
    while (!at_line_end(lex)) {
        char c = lex->text[lex->at];
        enum token t;

        if (c == '"') {
            lex->at++;
            return end_word(line, TOK_WORD);
        }
        if (c == '\\') {
            t = escape(lex, line);
        } else {
            t = put(line, c);
            lex->at++;
        }
        if (t == TOK_ERROR)
            return t;
    }
    return fail(line, "expected a closing '\"', found the end of the line");
}

static enum token plain(struct conf_lex *lex, struct conf_line *line)
{
    while (!at_line_end(lex)) {
        char c = lex->text[lex->at];
        enum token t;

        if (is_blank(c) || c == '=' || c == '#')
            break;
        if (c == '"')
            return fail(line, "expected '\"' at the start of a word only, found it inside one");
        if (c == '\\') {
            t = escape(lex, line);
        } else {
            t = put(line, c);
            lex->at++;
        }
        if (t == TOK_ERROR)
            return t;
    }
    return end_word(line, TOK_WORD);
}

static enum token section(struct conf_lex *lex, struct conf_line *line)
{
    lex->at++;
    while (!at_line_end(lex)) {
        char c = lex->text[lex->at++];

        if (c == ']')
            return end_word(line, TOK_SECTION);
        if (put(line, c) == TOK_ERROR)
            return TOK_ERROR;
    }
    return fail(line, "expected ']', found the end of the line");
}

/* Skips blanks and joined line ends. */
static enum token skip_blanks(struct conf_lex *lex, struct conf_line *line)
{
    while (lex->at < lex->len) {
        if (is_blank(lex->text[lex->at])) {
            lex->at++;
        } else if (lex->text[lex->at] == '\\' && lex->at + 1 < lex->len &&
                   line_end(lex, lex->at + 1) > 0) {
            if (escape(lex, line) == TOK_ERROR)
                return TOK_ERROR;
        } else {
            break;
        }
    }
    return TOK_EOL;
}

/* Next token of the line; *text is where the text of a word or a section lies. */
static enum token next_token(struct conf_lex *lex, struct conf_line *line, const char **text)
{
    if (skip_blanks(lex, line) == TOK_ERROR)
        return TOK_ERROR;
    if (lex->at < lex->len && lex->text[lex->at] == '#')
        lex->at += rest_of_line(lex);
    if (at_line_end(lex))
        return TOK_EOL;
    *text = line->buf + line->used;
    switch (lex->text[lex->at]) {
    case '=': lex->at++; return TOK_EQUALS;
    case '"': return quoted(lex, line);
    case '[': return line->name ? plain(lex, line) : section(lex, line);
    default: return plain(lex, line);
    }
}

/* The line must be at its end now. */
static enum conf_lex_kind expect_end(struct conf_lex *lex, struct conf_line *line,
                                     enum conf_lex_kind kind)
{
    const char *text = NULL;
    enum token t = next_token(lex, line, &text);

    if (t == TOK_EOL)
        return kind;
    if (t == TOK_EQUALS)
        fail(line, "expected the end of the line, found '='");
    else if (t == TOK_WORD)
        fail(line, "expected %s, found '%.64s'",
             kind == CONF_LEX_SECTION ? "the end of the line after ']'"
                                      : "'=' or the end of the line after the option's name",
             text);
    return CONF_LEX_ERROR;
}

static enum conf_lex_kind read_words(struct conf_lex *lex, struct conf_line *line)
{
    const char *text = NULL;
    enum token t;

    line->has_value = true;
    while ((t = next_token(lex, line, &text)) == TOK_WORD) {
        if (line->words == CONF_WORDS_MAX) {
            fail(line, "expected at most %d words, found more", CONF_WORDS_MAX);
            return CONF_LEX_ERROR;
        }
        line->word[line->words++] = text;
    }
    if (t == TOK_EQUALS)
        fail(line, "expected one '=' (quote a value that holds another), found a second");
    else if (t == TOK_EOL && line->words == 0)
        fail(line, "expected a value after '=', found the end of the line");
    else if (t == TOK_EOL)
        return CONF_LEX_OPTION;
    return CONF_LEX_ERROR;
}

static enum conf_lex_kind read_option(struct conf_lex *lex, struct conf_line *line,
                                      const char *name)
{
    line->name = name;
    if (*name == '\0') {
        fail(line, "expected an option's name, found an empty word");
        return CONF_LEX_ERROR;
    }
    if (skip_blanks(lex, line) == TOK_ERROR)
        return CONF_LEX_ERROR;
    if (lex->at == lex->len || lex->text[lex->at] != '=')
        return expect_end(lex, line, CONF_LEX_OPTION);
    lex->at++;
    return read_words(lex, line);
}

/* Reads one line, which may be empty (CONF_LEX_END stands for that here). */
static enum conf_lex_kind read_line(struct conf_lex *lex, struct conf_line *line)
{
    const char *text = NULL;

    if (check_line(lex, line) == TOK_ERROR)
        return CONF_LEX_ERROR;
    switch (next_token(lex, line, &text)) {
    case TOK_EOL: return CONF_LEX_END;
    case TOK_SECTION: line->name = text; return expect_end(lex, line, CONF_LEX_SECTION);
    case TOK_WORD: return read_option(lex, line, text);
    case TOK_EQUALS: fail(line, "expected an option's name, found '='"); return CONF_LEX_ERROR;
    default: return CONF_LEX_ERROR;
    }
}

enum conf_lex_kind conf_lex_next(struct conf_lex *lex, struct conf_line *line)
{
    while (lex->at < lex->len) {
        line->line = lex->line;
        line->name = NULL;
        line->has_value = false;
        line->words = 0;
        line->used = 0;
        line->kind = read_line(lex, line);

        /* Behind an error there may be more on the line. */
        lex->at += rest_of_line(lex);
        if (lex->at < lex->len) {
            lex->at++;
            lex->line++;
        }
        if (line->kind != CONF_LEX_END)
            return line->kind;
    }
    line->line = lex->line;
    return line->kind = CONF_LEX_END;
}
