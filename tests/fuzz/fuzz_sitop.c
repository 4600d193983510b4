/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Fuzz target: what a SITOP sends.  Bytes as they come, 1 ms each; 0xff is a pause of 75 ms, 0xfe
 * one of 2 s, 0xfd one in which words were missed.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../drivers/siemens_sitop.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { PAUSE = 0xff, LONG_PAUSE = 0xfe, GAP = 0xfd, KEPT = 8 };

/* The last bytes that were parsed. */
struct past {
    uint8_t byte[KEPT];
    uint64_t count;
};

static uint8_t ago(const struct past *p, unsigned n)
{
    return n < p->count ? p->byte[(p->count - 1 - n) % KEPT] : '\n';
}

/* A word is there to the letter, and with line ends it is all that stands on its line. */
static void check_word(const struct past *p, enum sitop_word word, bool exact)
{
    unsigned end = exact ? 1 : 0;

    if (word >= SITOP_WORDS)
        abort();
    for (unsigned i = 0; i < SITOP_WORD_LEN; i++)
        if (ago(p, end + SITOP_WORD_LEN - 1 - i) != (uint8_t)sitop_words[word][i])
            abort();
    if (exact && (ago(p, 0) > ' ' || ago(p, end + SITOP_WORD_LEN) > ' '))
        abort();
}

static void check_reading(const struct sitop_state *s, const struct ups_reading *r)
{
    static const uint32_t sources = UPS_STATUS_MASK(OL) | UPS_STATUS_MASK(OB);
    char text[160];

    if ((r->status & sources) == sources ||
        (r->status & ~sources & ~UPS_STATUS_MASK(LB) & ~UPS_STATUS_MASK(CHRG) &
         ~UPS_STATUS_MASK(DISCHRG) & ~UPS_STATUS_MASK(RB)))
        abort();
    if ((r->status & UPS_STATUS_MASK(LB)) && !(r->status & UPS_STATUS_MASK(OB)))
        abort();
    if (r->raw_len > UPS_RAW_MAX || r->raw_len % SITOP_WORD_LEN != 0)
        abort();
    for (unsigned i = 0; i < SITOP_SIGNALS; i++)
        if (s->signal[i].value < SITOP_UNKNOWN || s->signal[i].value > 1)
            abort();
    if (ups_status_text(r->status, text, sizeof text) >= sizeof text)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sitop_parser parser = {0};
    struct sitop_state state;
    struct ups_reading r;
    struct past past = {.count = 0};
    int64_t now = 1000000;

    memset(&r, 0, sizeof r);
    sitop_state_init(&state);
    for (size_t i = 0; i < size; i++) {
        if (data[i] >= GAP) {
            now += data[i] == PAUSE ? 75 : data[i] == LONG_PAUSE ? 2000 : 6000;
            if (data[i] == GAP)
                sitop_state_gap(&state);
            continue;
        }
        now++;
        past.byte[past.count++ % KEPT] = data[i];
        enum sitop_word word = sitop_parse(&parser, data[i]);
        if (word == SITOP_NO_WORD)
            continue;
        check_word(&past, word, !parser.sliding);
        sitop_state_word(&state, word, !parser.sliding, now);
        sitop_derive(&state, &r);
        check_reading(&state, &r);
    }
    return 0;
}
