/* SPDX-License-Identifier: BSD-2-Clause */
/* Siemens SITOP: the words in the stream of bytes. */
#include "siemens_sitop.h"

#include <string.h>

/* So many bytes without a line end, and there are none. */
#define UNENDED_MOST 64

const char sitop_words[SITOP_WORDS][SITOP_WORD_LEN + 1] = {
    [SITOP_BUFRD] = "BUFRD",    [SITOP_ALARM] = "ALARM",     [SITOP_ABOVE_85] = "BA>85",
    [SITOP_BELOW_85] = "BA<85", [SITOP_DC_OK] = "DC_OK",     [SITOP_DC_LO] = "DC_LO",
    [SITOP_IDLE] = "*****",     [SITOP_BUFFERING] = "*BAT*",
};

static enum sitop_word find(const char text[SITOP_WORD_LEN])
{
    unsigned word = 0;

    while (word < SITOP_WORDS && memcmp(sitop_words[word], text, SITOP_WORD_LEN) != 0)
        word++;
    return (enum sitop_word)word;
}

/* CR, LF, both, blanks: whatever stands between words. */
static enum sitop_word end_line(struct sitop_parser *p)
{
    bool whole = !p->sliding && p->len == SITOP_WORD_LEN;

    p->len = 0;
    p->unended = 0;
    p->sliding = false;
    return whole ? find(p->text) : SITOP_NO_WORD;
}

static enum sitop_word slide(struct sitop_parser *p, char c)
{
    if (p->len == SITOP_WORD_LEN) {
        memmove(p->text, p->text + 1, SITOP_WORD_LEN - 1);
        p->len--;
    }
    p->text[p->len++] = c;
    enum sitop_word word = p->len == SITOP_WORD_LEN ? find(p->text) : SITOP_NO_WORD;
    if (word != SITOP_NO_WORD)
        p->len = 0;
    return word;
}

enum sitop_word sitop_parse(struct sitop_parser *p, uint8_t byte)
{
    if (byte <= ' ')
        return end_line(p);
    if (p->sliding)
        return slide(p, (char)byte);
    if (p->unended == UNENDED_MOST) {
        p->sliding = true;
        p->len = 0;
        return slide(p, (char)byte);
    }
    p->unended++;
    if (p->len < SITOP_WORD_LEN)
        p->text[p->len] = (char)byte;
    if (p->len <= SITOP_WORD_LEN)
        p->len++;
    return SITOP_NO_WORD;
}
