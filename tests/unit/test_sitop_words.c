/* SPDX-License-Identifier: BSD-2-Clause */
/* SITOP: words in a stream of bytes, and when a value counts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "siemens_sitop.h"

/* The words in `size` bytes, as "0 1 2": their numbers. */
static const char *words_in(const char *bytes, size_t size)
{
    static char list[512];
    struct sitop_parser p = {0};
    size_t len = 0;

    for (size_t i = 0; i < size && len + 2 < sizeof list; i++) {
        enum sitop_word word = sitop_parse(&p, (uint8_t)bytes[i]);
        if (word != SITOP_NO_WORD)
            list[len++] = (char)('0' + word);
    }
    list[len] = '\0';
    return list;
}

#define WORDS(text) words_in(text, sizeof(text) - 1)

static void test_every_word(void **state)
{
    (void)state;
    assert_string_equal(WORDS("BUFRD\r\nALARM\r\nBA>85\r\nBA<85\r\n"), "0123");
    assert_string_equal(WORDS("DC_OK\r\nDC_LO\r\n*****\r\n*BAT*\r\n"), "4567");
}

/* As the manual page of NUT's driver shows a terminal. */
static void test_the_capture(void **state)
{
    (void)state;
    assert_string_equal(WORDS("BUFRD\nBA>85\nDC_OK\n"), "024");
}

static void test_line_ends(void **state)
{
    (void)state;
    assert_string_equal(WORDS("\nBUFRD\nBA>85\nDC_OK\n*****\n"), "0246");
    assert_string_equal(WORDS("BUFRD\rBA>85\rDC_OK\r*****\r"), "0246");
    assert_string_equal(WORDS("BUFRD BA>85 DC_OK ***** "), "0246");
    assert_string_equal(WORDS("BUFRD \r\n BA>85\r\r\n"), "02");
}

/* Without any line end: from the 65th byte on words are found wherever they stand. */
static void test_no_line_ends(void **state)
{
    (void)state;
    assert_string_equal(WORDS("BUFRDBA>85DC_OK*****BUFRDBA>85DC_OK*****BUFRDBA>85DC_OK*****BUFRD"
                              "BA>85DC_OK*****"),
                        "246");
    assert_string_equal(WORDS("BUFRDBA>85DC_OK*****BUFRDBA>85DC_OK*****BUFRDBA>85DC_OK*****BUFRD"
                              "BA>85\r\nDC_OK\r\n"),
                        "24"); /* and line ends count again */
}

static void test_a_lost_byte_loses_its_word_only(void **state)
{
    (void)state;
    assert_string_equal(WORDS("FRD\r\nBA>85\r\nDC_OK\r\n*****\r\n"), "246");
    assert_string_equal(WORDS("BUFRD\r\nBA>8\r\nDC_OK\r\n*****\r\n"), "046");
    assert_string_equal(WORDS("BUFRDBA>85\r\nDC_OK\r\n*****\r\n"), "46"); /* a lost line end */
}

static void test_damaged_words(void **state)
{
    (void)state;
    assert_string_equal(WORDS("DC_OJ\r\nDC_OK\r\n"), "4");
    assert_string_equal(WORDS("dc_ok\r\nDC_OKx\r\nxDC_OK\r\nDC_OK\r\n"), "4");
    assert_string_equal(WORDS("\0\0\xff\x80\r\nBUFRD\r\n\xff\xff\xff\xff\xff\r\n"), "0");
}

/* One asterisk and the line end lost: "*****BAT*" must not say "not buffering". */
static void test_asterisks_of_two_words(void **state)
{
    (void)state;
    assert_string_equal(WORDS("DC_LO\r\n*****BAT*\r\nBUFRD\r\n*BAT*\r\n"), "507");
}

static void test_noise_is_no_word(void **state)
{
    char noise[4096];
    uint32_t seed = 12345;

    (void)state;
    for (size_t i = 0; i < sizeof noise; i++) {
        seed = seed * 1664525u + 1013904223u;
        noise[i] = (char)(seed >> 24);
    }
    assert_string_equal(words_in(noise, sizeof noise), "");
}

/* -- what counts ------------------------------------------------------------------------------ */

enum { BURST_MS = 75 };

struct unit {
    struct sitop_state s;
    int64_t now;
};

/* A word each; ' ' ends a burst. */
static void hear(struct unit *u, const char *numbers, bool exact)
{
    for (; *numbers; numbers++) {
        if (*numbers == ' ')
            u->now += BURST_MS;
        else
            sitop_state_word(&u->s, (enum sitop_word)(*numbers - '0'), exact, u->now);
    }
}

static struct unit fresh(void)
{
    struct unit u = {.now = 1000000};

    sitop_state_init(&u.s);
    return u;
}

/* Phases of readiness, each so long. */
static void blink(struct unit *u, const char *words, int64_t ms)
{
    for (; *words; words++) {
        char burst[] = {*words, ' ', '\0'};
        for (int64_t end = u->now + ms; u->now < end;)
            hear(u, burst, true);
    }
}

static void test_nothing_is_known_at_first(void **state)
{
    struct unit u = fresh();

    (void)state;
    for (enum sitop_signal i = SITOP_READINESS; i < SITOP_SIGNALS; i++)
        assert_int_equal(sitop_value(&u.s, i), SITOP_UNKNOWN);
    hear(&u, "0", true);
    assert_int_equal(sitop_value(&u.s, SITOP_READINESS), SITOP_UNKNOWN); /* once is not enough */
}

static void test_input_and_mode_agree_in_one_burst(void **state)
{
    struct unit u = fresh();

    (void)state;
    hear(&u, "0246", true);
    assert_int_equal(sitop_value(&u.s, SITOP_INPUT), 0);
    assert_int_equal(sitop_value(&u.s, SITOP_MODE), 0);
    hear(&u, " 025", true);
    assert_int_equal(sitop_value(&u.s, SITOP_INPUT), 0);
    hear(&u, "7", true);
    assert_int_equal(sitop_value(&u.s, SITOP_INPUT), 1);
    assert_int_equal(sitop_value(&u.s, SITOP_MODE), 1);
}

/* Without line ends a word is less sure. */
static void test_no_agreement_without_line_ends(void **state)
{
    struct unit u = fresh();

    (void)state;
    hear(&u, "0246 0257", false);
    assert_int_equal(sitop_value(&u.s, SITOP_INPUT), SITOP_UNKNOWN);
    hear(&u, " 0257", false);
    assert_int_equal(sitop_value(&u.s, SITOP_INPUT), 1);
    assert_int_equal(sitop_value(&u.s, SITOP_MODE), 1);
}

/* A mode of long ago agrees with nothing. */
static void test_agreement_needs_one_burst(void **state)
{
    struct unit u = fresh();

    (void)state;
    hear(&u, "6 02020 4", true);
    assert_int_equal(sitop_value(&u.s, SITOP_INPUT), SITOP_UNKNOWN);
    assert_int_equal(sitop_value(&u.s, SITOP_MODE), SITOP_UNKNOWN);
}

static void test_a_single_word_is_ignored(void **state)
{
    struct unit u = fresh();

    (void)state;
    hear(&u, "0246 0246 0256 0246 ", true); /* DC_LO for 75 ms */
    assert_int_equal(sitop_value(&u.s, SITOP_INPUT), 0);
    hear(&u, "0256 0256", true);
    assert_int_equal(sitop_value(&u.s, SITOP_INPUT), 1);
    assert_int_equal(sitop_value(&u.s, SITOP_MODE), 0);
}

static void test_alarm_while_buffering_counts_at_once(void **state)
{
    struct unit u = fresh();

    (void)state;
    hear(&u, "0257 0257 1257 1257", true);
    assert_int_equal(sitop_value(&u.s, SITOP_READINESS), 0);
    hear(&u, " 1", true);
    assert_int_equal(sitop_value(&u.s, SITOP_READINESS), 1);
}

static void test_alarm_on_line_must_last(void **state)
{
    struct unit u = fresh();

    (void)state;
    hear(&u, "0246 0246 ", true);
    blink(&u, "1", 2900);
    assert_int_equal(sitop_value(&u.s, SITOP_READINESS), 0);
    blink(&u, "1", 300);
    assert_int_equal(sitop_value(&u.s, SITOP_READINESS), 1);
    assert_false(u.s.defective);
    blink(&u, "0", 2900);
    assert_int_equal(sitop_value(&u.s, SITOP_READINESS), 1);
    blink(&u, "0", 300);
    assert_int_equal(sitop_value(&u.s, SITOP_READINESS), 0);
}

static void test_blinking(void **state)
{
    struct unit u = fresh();

    (void)state;
    hear(&u, "0246 0246 ", true);
    blink(&u, "010", 2000);
    assert_false(u.s.defective);
    blink(&u, "10", 2000);
    assert_true(u.s.defective);
    assert_int_equal(sitop_value(&u.s, SITOP_READINESS), 0); /* never flickered */
    blink(&u, "0", 7000);
    assert_true(u.s.defective);
    blink(&u, "0", 2000);
    assert_false(u.s.defective);
}

/* Changes at other times are none of it. */
static void test_slow_and_quick_changes_are_no_blinking(void **state)
{
    struct unit u = fresh();

    (void)state;
    hear(&u, "0246 0246 ", true);
    blink(&u, "0101010101", 4000);
    assert_false(u.s.defective);
    blink(&u, "0101010101", 800);
    assert_false(u.s.defective);
}

/* A storage that is known to be defective is not called empty for a phase of ALARM. */
static void test_blinking_while_buffering(void **state)
{
    struct unit u = fresh();

    (void)state;
    hear(&u, "0246 0246 ", true);
    blink(&u, "01010", 2000);
    assert_true(u.s.defective);
    hear(&u, "57 57 ", true);
    blink(&u, "10", 2000);
    assert_int_equal(sitop_value(&u.s, SITOP_READINESS), 0);
    blink(&u, "1", 3200); /* but for one that lasts */
    assert_int_equal(sitop_value(&u.s, SITOP_READINESS), 1);
}

/* Before a pause nothing is known of what comes after; what counts stays. */
static void test_a_gap(void **state)
{
    struct unit u = fresh();

    (void)state;
    hear(&u, "0246 0246 5", true);
    sitop_state_gap(&u.s);
    hear(&u, "5", true);
    assert_int_equal(sitop_value(&u.s, SITOP_INPUT), 0);
    hear(&u, "5", true);
    assert_int_equal(sitop_value(&u.s, SITOP_INPUT), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_word),
        cmocka_unit_test(test_the_capture),
        cmocka_unit_test(test_line_ends),
        cmocka_unit_test(test_no_line_ends),
        cmocka_unit_test(test_a_lost_byte_loses_its_word_only),
        cmocka_unit_test(test_damaged_words),
        cmocka_unit_test(test_asterisks_of_two_words),
        cmocka_unit_test(test_noise_is_no_word),
        cmocka_unit_test(test_nothing_is_known_at_first),
        cmocka_unit_test(test_input_and_mode_agree_in_one_burst),
        cmocka_unit_test(test_no_agreement_without_line_ends),
        cmocka_unit_test(test_agreement_needs_one_burst),
        cmocka_unit_test(test_a_single_word_is_ignored),
        cmocka_unit_test(test_alarm_while_buffering_counts_at_once),
        cmocka_unit_test(test_alarm_on_line_must_last),
        cmocka_unit_test(test_blinking),
        cmocka_unit_test(test_slow_and_quick_changes_are_no_blinking),
        cmocka_unit_test(test_blinking_while_buffering),
        cmocka_unit_test(test_a_gap),
    };

    return cmocka_run_group_tests_name("sitop words", tests, NULL, NULL);
}
