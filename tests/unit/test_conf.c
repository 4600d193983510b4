/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * upsmibd.conf: the grammar, every option at its bounds, and what each mistake is answered with.
 * Linked with --wrap=drv_find: the drivers are the two below, whatever is built in.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../agent/conf_build.h"
#include "../../agent/conf_lex.h"
#include "../../agent/event.h"

/* -- drivers -------------------------------------------------------------------------------- */

static const char *const parities[] = {"none", "even", "odd", NULL};

static const struct drv_option test_options[] = {
    {"offdelay", DRV_OPT_INT, 6, 5940, NULL, "s", "60", "Wait before the output goes off."},
    {"slave", DRV_OPT_INT, 1, 247, NULL, NULL, NULL, "Modbus address."},
    {"parity", DRV_OPT_CHOICE, 0, 0, parities, NULL, "none", "Parity of the line."},
    {"eco", DRV_OPT_FLAG, 0, 0, NULL, NULL, NULL, "A flag."},
    {"serial", DRV_OPT_TEXT, 0, 8, NULL, NULL, NULL, "A text."},
    {NULL, DRV_OPT_FLAG, 0, 0, NULL, NULL, NULL, NULL},
};

static const struct drv_option no_options[] = {
    {NULL, DRV_OPT_FLAG, 0, 0, NULL, NULL, NULL, NULL},
};

static const struct drv_driver test_driver = {
    .name = "test-modbus",
    .summary = "Modbus on a wire",
    .options = test_options,
    .ports = LINK_PORT_TTY | LINK_PORT_TCP,
};

static const struct drv_driver usb_driver = {
    .name = "test-usb",
    .summary = "USB only",
    .options = no_options,
    .ports = LINK_PORT_USB,
};

const struct drv_driver *__wrap_drv_find(const char *name);

const struct drv_driver *__wrap_drv_find(const char *name)
{
    if (strcmp(name, test_driver.name) == 0)
        return &test_driver;
    return strcmp(name, usb_driver.name) == 0 ? &usb_driver : NULL;
}

/* -- findings ------------------------------------------------------------------------------- */

#define FINDINGS_KEPT 110

struct finding {
    enum conf_severity severity;
    unsigned line;
    char text[1200];
};

static struct {
    struct finding item[FINDINGS_KEPT];
    unsigned count, errors;
} got;

static void keep(void *arg, enum conf_severity severity, const char *file, unsigned line,
                 const char *text)
{
    assert_ptr_equal(arg, &got);
    assert_non_null(file);
    if (severity == CONF_ERROR)
        got.errors++;
    if (got.count < FINDINGS_KEPT) {
        struct finding *f = &got.item[got.count];

        f->severity = severity;
        f->line = line;
        snprintf(f->text, sizeof(f->text), "%s", text);
    }
    got.count++;
}

static struct conf *parse_bytes(const char *text, size_t len)
{
    struct conf *conf;

    memset(&got, 0, sizeof(got));
    conf = conf_parse("test.conf", text, len, keep, &got);

    /* A configuration with errors is not a configuration, and none goes missing silently. */
    assert_int_equal(conf == NULL, got.errors > 0);
    return conf;
}

static struct conf *parse(const char *text)
{
    return parse_bytes(text, strlen(text));
}

static void show_findings(void)
{
    for (unsigned i = 0; i < got.count && i < FINDINGS_KEPT; i++)
        print_message("# line %u: %s\n", got.item[i].line, got.item[i].text);
}

/* Parses text that must be good, without a notice. */
static struct conf *parse_good(const char *text)
{
    struct conf *conf = parse(text);

    if (!conf || got.count > 0) {
        print_message("# %s\n", text);
        show_findings();
    }
    assert_non_null(conf);
    assert_int_equal(got.count, 0);
    return conf;
}

/* Exactly one error, at this line, with this text in it. */
static void expect_error(const char *text, size_t len, unsigned line, const char *part)
{
    assert_null(parse_bytes(text, len));
    if (got.count != 1 || got.item[0].line != line || !strstr(got.item[0].text, part)) {
        print_message("# input: %s\n# expected line %u: %s\n", text, line, part);
        show_findings();
        fail();
    }
}

#define UNIT "[a]\ndriver = test-modbus\nport = /dev/ttyS0\n"

/* -- grammar -------------------------------------------------------------------------------- */

/* What is written behind `desc =`, and what it means. */
static void test_values(void **state)
{
    static const struct {
        const char *written, *meant;
    } rows[] = {
        {"word", "word"},
        {"\"two words\"", "two words"},
        {"\"\"", ""},
        {"\"a # b\"", "a # b"},
        {"\"a = b\"", "a = b"},
        {"\"a \\\" b\"", "a \" b"},
        {"\"a \\\\ b\"", "a \\ b"},
        {"two\\ words", "two words"},
        {"a\\#b", "a#b"},
        {"a\\=b", "a=b"},
        {"\\\"a\\\"", "\"a\""},
        {"word # comment", "word"},
        {"word#comment", "word"},
        {"word\t \t", "word"},
        {"word\r", "word"},
        {"\\\nnext", "next"},
        {"\\\r\nnext\r", "next"},
        {"one\\\ntwo", "onetwo"},
        {"\"one \\\ntwo\"", "one two"},
        {"[x]", "[x]"},
        {"B\xc3\xbcro", "B\xc3\xbcro"},
        {"\"tab\there\"", "tab\there"},
        {"'single'", "'single'"},
    };
    (void)state;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char text[256];
        struct conf *conf;

        snprintf(text, sizeof(text), UNIT "desc = %s\n", rows[i].written);
        conf = parse_good(text);
        assert_string_equal(conf->unit[0].desc, rows[i].meant);
        conf_free(conf);
    }
}

/* Ways to write the same two lines. */
static void test_layouts(void **state)
{
    static const char *const same[] = {
        UNIT,
        "[a]\ndriver=test-modbus\nport=/dev/ttyS0",
        "\xef\xbb\xbf[a]\r\n\tdriver\t=\ttest-modbus\r\n\r\n   port = /dev/ttyS0\r",
        "# comment\n\n  # another\n[a] # a UPS\ndriver = test-modbus # it\nport = /dev/ttyS0",
        "  [a]\ndriver \\\n = \\\n test-modbus\n\"port\" = \"/dev/ttyS0\"\n",
        "[a]\nport = /dev/ttyS0\ndriver = test-modbus\n# \x01\x02 in a comment",
    };
    (void)state;

    for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
        struct conf *conf = parse_good(same[i]);

        assert_int_equal(conf->unit_count, 1);
        assert_string_equal(conf->unit[0].name, "a");
        assert_ptr_equal(conf->unit[0].driver, &test_driver);
        assert_string_equal(conf->unit[0].port, "/dev/ttyS0");
        conf_free(conf);
    }
}

/* Lines that no option could make good. */
static void test_bad_lines(void **state)
{
    static const struct {
        const char *text;
        unsigned line;
        const char *part;
    } rows[] = {
        {UNIT "= x\n", 4, "expected an option's name, found '='"},
        {UNIT "desc =\n", 4, "expected a value after '=', found the end of the line"},
        {UNIT "desc = # x\n", 4, "expected a value after '='"},
        {UNIT "desc = a b\n", 4, "expected one value (in double quotes if it holds blanks)"},
        {UNIT "desc = \"a\"b\n", 4, "found a second, 'b'"},
        {UNIT "desc = a=b\n", 4, "expected one '='"},
        {UNIT "desc == b\n", 4, "expected one '='"},
        {UNIT "desc a\n", 4,
         "expected '=' or the end of the line after the option's name, found 'a'"},
        {UNIT "desc [a]\n", 4, "found '[a]'"},
        {UNIT "desc\n", 4, "expected 'desc = VALUE', found no value"},
        {UNIT "\"\" = x\n", 4, "expected an option's name, found an empty word"},
        {UNIT "desc = \"a\n", 4, "expected a closing '\"', found the end of the line"},
        {UNIT "desc = \"a", 4, "expected a closing '\"'"},
        {UNIT "desc = a\"b\"\n", 4, "expected '\"' at the start of a word only"},
        {UNIT "desc = a\\", 4, "expected a character after '\\', found the end of the file"},
        {UNIT "desc = a\x01\n", 4, "expected printable text, found byte 0x01"},
        {UNIT "desc = a\rb\n", 4, "expected printable text, found byte 0x0d"},
        {UNIT "desc = \"\\\x1b\"\n", 4, "found byte 0x1b"},
        {UNIT "desc = \x7f\n", 4, "found byte 0x7f"},
        {UNIT "[b\ndriver = x\n", 4, "expected ']', found the end of the line"},
        {"[a] x\n" UNIT, 1, "expected the end of the line after ']', found 'x'"},
        {"[a]=\n" UNIT, 1, "expected the end of the line, found '='"},
    };
    static const char nul[] = UNIT "desc = a\0b\n";
    (void)state;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        /* An unreadable second section header leaves its options to the first: told as doubles. */
        if (strstr(rows[i].text, "[b\n")) {
            assert_null(parse(rows[i].text));
            assert_int_equal(got.item[0].line, rows[i].line);
            assert_non_null(strstr(got.item[0].text, rows[i].part));
            continue;
        }
        expect_error(rows[i].text, strlen(rows[i].text), rows[i].line, rows[i].part);
    }
    expect_error(nul, sizeof(nul) - 1, 4, "expected text, found a NUL byte");
}

static void test_line_lengths(void **state)
{
    char text[4 * CONF_LINE_MAX];
    size_t head = (size_t)snprintf(text, sizeof(text), "%s#", UNIT);
    struct conf *conf;
    (void)state;

    /* A line of exactly the limit, with LF and with CRLF, then one byte more. */
    memset(text + head, 'x', CONF_LINE_MAX + 8);
    memcpy(text + head + CONF_LINE_MAX - 1, "\r\n", 3);
    conf = parse_good(text);
    conf_free(conf);
    memcpy(text + head + CONF_LINE_MAX - 1, "x\n", 3);
    expect_error(text, strlen(text), 4, "expected a line of at most 1024 bytes, found one of 1025");

    /* Joined lines count together, whatever stands between the words. */
    head = (size_t)snprintf(text, sizeof(text), "%s%s", UNIT, "allow = ");
    for (unsigned i = 0; i < 3; i++) {
        memset(text + head, 'x', 500);
        head += 500;
        memcpy(text + head, "\\\n", 2);
        head += 2;
    }
    expect_error(text, head, 4, "expected at most 1024 bytes in joined lines, found more");
    head = (size_t)snprintf(text, sizeof(text), "%s%s", UNIT, "allow =");
    for (unsigned i = 0; i < CONF_WORDS_MAX + 1; i++)
        head += (size_t)snprintf(text + head, sizeof(text) - head, " test");
    expect_error(text, head, 4, "expected at most 64 words, found more");
}

/* Full words and empty ones, joined, up to the very end of the line's buffer. */
static void test_joined_to_the_brim(void **state)
{
    (void)state;
    for (unsigned first = 1000; first < 1110; first++) {
        char text[4096];
        size_t len = (size_t)snprintf(text, sizeof(text), "%sallow = ", UNIT);

        for (unsigned i = 0; i < first; i++) {
            text[len++] = 'x';
            if (i % 300 == 299) {
                memcpy(text + len, "\\\n", 2);
                len += 2;
            }
        }
        for (unsigned i = 0; i < 60; i++)
            len += (size_t)snprintf(text + len, sizeof(text) - len, " \"\"");
        assert_null(parse_bytes(text, len));
        assert_int_equal(got.item[0].line, 4);
    }
}

/* After a faulty line reading goes on behind it, and lines are still counted right. */
static void test_all_errors(void **state)
{
    static const struct {
        unsigned line;
        const char *part;
    } want[] = {
        {1, "pollinterval: expected seconds from 0.1 to 3600, found 'x'"},
        {2, "unknown global option 'colour'"},
        {3, "expected 'driver = NAME' in section [a], found none"},
        {4, "expected a closing '\"'"},
        {7, "allow: expected words of shutdown, load, bypass, beeper, test, eco, outlet, setting"},
        {8, "expected 'port = PORT' in section [b], found none"},
        {9, "driver: expected a driver that 'upsmibd --list-drivers' shows, found 'nosuch'"},
    };
    (void)state;

    assert_null(parse("pollinterval = x\ncolour = red\n[a]\ndesc = \"open\nport = \\\n/dev/ttyS0\n"
                      "allow = fire\n[b]\ndriver = nosuch\n"));
    if (got.count != 7)
        show_findings();
    assert_int_equal(got.count, 7);
    for (unsigned i = 0; i < 7; i++) {
        assert_int_equal(got.item[i].line, want[i].line);
        assert_non_null(strstr(got.item[i].text, want[i].part));
    }
}

static void test_error_cap(void **state)
{
    char *text = malloc(200000);
    size_t len = (size_t)snprintf(text, 200000, "%s", UNIT);
    (void)state;

    assert_non_null(text);
    for (unsigned i = 0; i < 500; i++)
        len += (size_t)snprintf(text + len, 200000 - len, "= %u\n", i);
    assert_null(parse_bytes(text, len));
    assert_int_equal(got.count, CONF_FINDINGS_MAX + 1);
    assert_non_null(strstr(got.item[CONF_FINDINGS_MAX].text, "further errors not shown"));
    assert_int_equal(got.item[0].line, 4);
    free(text);
}

/* -- sections ------------------------------------------------------------------------------- */

static void test_sections(void **state)
{
    static const struct {
        const char *text;
        unsigned line;
        const char *part;
    } rows[] = {
        {"", 0, "expected at least one [section] with a UPS, found none"},
        {"# nothing\n\n", 0, "expected at least one [section]"},
        {"[]\ndriver = test-modbus\nport = /dev/x\n", 1,
         "expected a section name of 1 to 32 characters, found 0"},
        {"[abcdefghijklmnopqrstuvwxyz0123456]\ndriver = test-modbus\nport = /dev/x\n"
         "context = c\n",
         1, "expected a section name of 1 to 32 characters, found 33"},
        {"[a b]\ndriver = test-modbus\nport = /dev/x\ncontext = c\n", 1,
         "expected a section name of letters, digits, '_', '.' and '-', found 'a b'"},
        {"[a/b]\ndriver = test-modbus\nport = /dev/x\n", 1, "expected a section name of letters"},
        {UNIT UNIT, 4, "expected a section name of its own, found 'a' again (first on line 1)"},
        {"driver = test-modbus\n" UNIT, 1,
         "expected 'driver' in a [section], found it before the first"},
        {"sdorder = 1\n" UNIT, 1, "expected 'sdorder' in a [section]"},
        {UNIT "maxretry = 1\n", 4,
         "expected 'maxretry' before the first [section], found it in a section"},
        {UNIT "port = /dev/ttyS1\n", 4,
         "expected 'port' once per section, found it again (first on line 3)"},
        {"allow = all\nallow = none\n" UNIT, 2, "expected 'allow' once per section"},
        {UNIT "eco\neco\n", 5, "(first on line 4)"},
    };
    struct conf *conf;
    (void)state;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        expect_error(rows[i].text, strlen(rows[i].text), rows[i].line, rows[i].part);
    conf = parse_good("[A-b_c.9]\ndriver=test-modbus\nport=/dev/x\n[a-b_c.9]\ndriver=test-usb\n"
                      "port=auto\n[abcdefghijklmnopqrstuvwxyz012345]\ndriver=test-usb\nport=auto");
    assert_int_equal(conf->unit_count, 3);
    assert_ptr_equal(conf_find(conf, "a-b_c.9"), &conf->unit[1]);
    assert_int_equal(conf->unit[1].line, 4);
    assert_null(conf_find(conf, "A"));
    conf_free(conf);
}

static void test_many_units(void **state)
{
    char *text = malloc(200000);
    size_t len = 0;
    struct conf *conf;
    (void)state;

    assert_non_null(text);
    for (unsigned i = 0; i < CONF_UNITS_MAX; i++)
        len +=
            (size_t)snprintf(text + len, 200000 - len,
                             "[ups%u]\ndriver = test-modbus\nport = tcp:10.0.0.1:%u\n", i, i + 1);
    conf = parse_bytes(text, len);
    assert_non_null(conf);
    assert_int_equal(conf->unit_count, CONF_UNITS_MAX);
    assert_string_equal(conf_find(conf, "ups1023")->port, "tcp:10.0.0.1:1024");
    conf_free(conf);
    snprintf(text + len, 200000 - len, "[more]\ndriver = test-usb\nport = auto\n");
    expect_error(text, strlen(text), 3 * CONF_UNITS_MAX + 1,
                 "expected at most 1024 sections, found more");
    free(text);
}

/* -- options -------------------------------------------------------------------------------- */

/* A value behind an option, given globally and in a unit: taken, or refused with this text. */
static void test_common_options(void **state)
{
    static const struct {
        const char *option, *value;
        const char *part; /* NULL: good */
    } rows[] = {
        {"pollinterval", "0.1", NULL},
        {"pollinterval", "0.099", "pollinterval: expected seconds from 0.1 to 3600, found '0.099'"},
        {"pollinterval", "0", "expected seconds"},
        {"pollinterval", "-1", "found '-1'"},
        {"pollinterval", "1.5", NULL},
        {"pollinterval", "1.", "expected seconds"},
        {"pollinterval", ".5", "expected seconds"},
        {"pollinterval", "1.2345", "expected seconds"},
        {"pollinterval", "1s", "expected seconds"},
        {"pollinterval", "1e1", "expected seconds"},
        {"pollinterval", "0x1", "expected seconds"},
        {"pollinterval", "\" 1\"", "expected seconds"},
        {"pollinterval", "\"\"", "expected seconds"},
        {"pollinterval", "3600.001", "expected seconds"},
        {"pollinterval", "99999999999999999999", "expected seconds"},
        {"pollinterval", "5", NULL},
        {"pollinterval", "5.001", "expected maxage of at least three times pollinterval"},
        {"pollfreq", "1", NULL},
        {"pollfreq", "0.999", "expected pollinterval not above pollfreq, found 1 s above 0.999 s"},
        {"pollfreq", "86400", NULL},
        {"pollfreq", "86400.001", "pollfreq: expected seconds from 0.1 to 86400"},
        {"pollfreq", "0.099", "pollfreq: expected seconds from 0.1 to 86400"},
        {"maxage", "3", NULL},
        {"maxage", "2.999",
         "expected maxage of at least three times pollinterval (one lost answer"},
        {"maxage", "0.299", "maxage: expected seconds from 0.3 to 86400"},
        {"maxage", "86400", NULL},
        {"maxage", "86401", "maxage: expected seconds"},
        {"set-wait", "0", NULL},
        {"set-wait", "0.8", NULL},
        {"set-wait", "0.801", "set-wait: expected seconds from 0 to 0.8, found '0.801'"},
        {"on-stale", "hold", NULL},
        {"on-stale", "withdraw", NULL},
        {"on-stale", "Hold", "on-stale: expected 'withdraw' or 'hold', found 'Hold'"},
        {"allow", "all", NULL},
        {"allow", "none", NULL},
        {"allow", "shutdown, load, bypass, beeper, test, eco, outlet, setting", NULL},
        {"allow", "\"shutdown,load\"", NULL},
        {"allow", "test eco", NULL},
        {"allow", "test,test", NULL},
        {"allow", "all, test", "or 'all' or 'none' alone, found 'all'"},
        {"allow", "test, none", "found 'none'"},
        {"allow", "tests", "found 'tests'"},
        {"allow", "\"\"", "found ''"},
        {"allow", ",", "found ','"},
        {"nut-compat", "yes", NULL},
        {"nut-compat", "no", NULL},
        {"nut-compat", "always",
         "nut-compat: expected a flag (no value, yes or no), found 'always'"},
        {"notify", "all", NULL},
        {"notify", "none", NULL},
        {"notify", "communication, bypass eco overload,battery output command setting alarm", NULL},
        {"notify", "setting, none", "found 'none'"},
        {"notify", "load",
         "notify: expected words of communication, bypass, eco, overload, battery, output, "
         "command, setting, alarm, or 'all' or 'none' alone, found 'load'"},
        {"notify", "upsmibdEcoOn", "found 'upsmibdEcoOn'"},
        {"notify", "\"\"", "found ''"},
    };
    (void)state;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char global[256], unit[256];

        snprintf(global, sizeof(global), "%s = %s\n" UNIT, rows[i].option, rows[i].value);
        snprintf(unit, sizeof(unit), UNIT "%s = %s\n", rows[i].option, rows[i].value);
        if (rows[i].part) {
            expect_error(global, strlen(global), 1, rows[i].part);
            expect_error(unit, strlen(unit), 4, rows[i].part);
        } else {
            conf_free(parse_good(global));
            conf_free(parse_good(unit));
        }
    }
}

static void test_unit_options(void **state)
{
    static const struct {
        const char *line;
        const char *part; /* NULL: good */
    } rows[] = {
        {"context = abcdefghijklmnopqrstuvwxyz012345", NULL},
        {"context = abcdefghijklmnopqrstuvwxyz0123456",
         "context: expected 1 to 32 bytes, found 33"},
        {"context = \"\"", "context: expected 1 to 32 bytes, found 0"},
        {"context = \"a b\"", "context: expected printable ASCII without blanks, found byte 0x20"},
        {"context = B\xc3\xbcro", "found byte 0xc3"},
        {"context = !~", NULL},
        {"desc = \xff", "desc: expected UTF-8 text, found byte 0xff"},
        {"desc = \xc0\x80", "found byte 0xc0"},
        {"desc = \xed\xa0\x80", "found byte 0xed"},
        {"desc = \xe2\x82", "found byte 0xe2"},
        {"desc = \xf0\x9f\x94\x8b", NULL},
        {"desc = \xf4\x90\x80\x80", "found byte 0xf4"},
        {"default", NULL},
        {"default = yes", NULL},
        {"default = maybe", "default: expected a flag (no value, yes or no), found 'maybe'"},
        {"offdelay = 6", NULL},
        {"offdelay = 5940", NULL},
        {"offdelay = 5", "offdelay: expected a whole number from 6 to 5940 s, found '5'"},
        {"offdelay = 5941", "found '5941'"},
        {"offdelay", "expected 'offdelay = VALUE', found no value"},
        {"parity = odd", NULL},
        {"parity = mark", "parity: expected one of none, even, odd; found 'mark'"},
        {"eco", NULL},
        {"eco = no", NULL},
        {"eco = perhaps", "eco: expected a flag"},
        {"serial = 12345678", NULL},
        {"serial = 123456789", "serial: expected at most 8 characters, found 9"},
        {"offdlay = 60",
         "unknown option 'offdlay' of driver test-modbus (did you mean 'offdelay'?); "
         "expected one of driver, port, desc, context, default, pollinterval, "
         "pollfreq, maxage, on-stale, set-wait, allow, notify, nut-compat, offdelay, slave, parity, "
         "eco, serial"},
        {"pol_interval = 1", "did you mean 'pollinterval'?"},
        {"sdorde = 1", "did you mean 'sdorder'?"},
        {"colour = red", "unknown option 'colour' of driver test-modbus; expected one of"},
        {"override.battery.packs = 2", "unknown option 'override.battery.packs'"},
        {"Offdelay = 60", "did you mean 'offdelay'?"},
    };
    (void)state;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char text[400];

        snprintf(text, sizeof(text), UNIT "%s\n", rows[i].line);
        if (rows[i].part)
            expect_error(text, strlen(text), 4, rows[i].part);
        else
            conf_free(parse_good(text));
    }
}

static void test_desc_length(void **state)
{
    char text[400];
    size_t head = (size_t)snprintf(text, sizeof(text), UNIT "desc = ");
    (void)state;

    memset(text + head, 'd', 255);
    text[head + 255] = '\0';
    conf_free(parse_good(text));
    memcpy(text + head + 255, "d", 2);
    expect_error(text, head + 256, 4, "desc: expected 0 to 255 bytes, found 256");
}

static void test_ports(void **state)
{
    static const struct {
        const char *driver, *port;
        const char *part;
    } rows[] = {
        {"test-modbus", "/dev/ttyUSB0", NULL},
        {"test-modbus", "tcp:192.0.2.1:502", NULL},
        {"test-modbus", "auto",
         "port: expected /dev/NAME or tcp:HOST:PORT for driver test-modbus, found 'auto'"},
        {"test-modbus", "rtu-tcp:192.0.2.1:502", "found 'rtu-tcp:192.0.2.1:502'"},
        {"test-usb", "auto", NULL},
        {"test-usb", "/dev/ttyS0", "port: expected auto for driver test-usb, found '/dev/ttyS0'"},
        {"test-usb", "udp:x", "port: "},
        {"test-usb", "\"\"", "port: "},
    };
    (void)state;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char text[200];

        snprintf(text, sizeof(text), "[a]\ndriver = %s\nport = %s\n", rows[i].driver, rows[i].port);
        if (rows[i].part)
            expect_error(text, strlen(text), 3, rows[i].part);
        else
            conf_free(parse_good(text));
    }
}

/* -- what comes out ------------------------------------------------------------------------- */

static void test_defaults(void **state)
{
    struct conf *conf = parse_good(UNIT);
    const struct conf_unit *u = &conf->unit[0];
    (void)state;

    assert_int_equal(u->timing.pollinterval_ms, 1000);
    assert_int_equal(u->timing.pollfreq_ms, 30000);
    assert_int_equal(u->timing.maxage_ms, 15000);
    assert_int_equal(u->timing.set_wait_ms, 400);
    assert_int_equal(u->timing.on_stale, CONF_STALE_WITHDRAW);
    assert_int_equal(u->timing.allow, 0);
    assert_false(u->timing.nut_compat);
    assert_string_equal(u->context, "a");
    assert_string_equal(u->desc, "");
    assert_true(u->is_default);
    assert_int_equal(u->line, 1);

    /* Driver rows: default, none, default, flag, none. */
    assert_true(u->opt[0].set && u->opt[0].num == 60);
    assert_false(u->opt[1].set);
    assert_true(u->opt[2].set && u->opt[2].num == 0);
    assert_int_equal(u->opt[3].num, 0);
    assert_false(u->opt[4].set);
    conf_free(conf);
}

static void test_settings(void **state)
{
    struct conf *conf = parse_good(
        "pollinterval = 2.5\npollfreq = 60\nmaxage = 20\non-stale = hold\nset-wait = 0.25\n"
        "allow = test\nnut-compat\n" UNIT
        "[b]\nnut-compat = no\npollinterval = 0.125\nallow = shutdown, setting\n"
        "on-stale = withdraw\nset-wait = 0\nmaxage = 7\npollfreq = 9\ncontext = room.b\n"
        "desc = \"second one\"\ndefault = yes\ndriver = test-modbus\nport = tcp:localhost:502\n"
        "offdelay = 120\nslave = 7\nparity = even\neco\nserial = S1\n[c]\ndriver = test-usb\n"
        "port = auto\nallow = all\ndefault = no\n");
    const struct conf_unit *a = &conf->unit[0], *b = &conf->unit[1];
    (void)state;

    assert_int_equal(a->timing.pollinterval_ms, 2500);
    assert_int_equal(a->timing.allow, 1 << UPS_CLASS_TEST);
    assert_int_equal(a->timing.on_stale, CONF_STALE_HOLD);
    assert_true(a->timing.nut_compat);
    assert_false(b->timing.nut_compat);
    assert_memory_equal(&a->timing, &conf->timing, sizeof(a->timing));
    assert_int_equal(b->timing.pollinterval_ms, 125);
    assert_int_equal(b->timing.pollfreq_ms, 9000);
    assert_int_equal(b->timing.maxage_ms, 7000);
    assert_int_equal(b->timing.set_wait_ms, 0);
    assert_int_equal(b->timing.on_stale, CONF_STALE_WITHDRAW);
    assert_int_equal(b->timing.allow, 1 << UPS_CLASS_SHUTDOWN | 1 << UPS_CLASS_SETTING);
    assert_string_equal(b->context, "room.b");
    assert_string_equal(b->desc, "second one");
    assert_false(a->is_default);
    assert_true(b->is_default);
    assert_int_equal(b->opt[0].num, 120);
    assert_int_equal(b->opt[1].num, 7);
    assert_int_equal(b->opt[2].num, 1);
    assert_int_equal(b->opt[3].num, 1);
    assert_string_equal(b->opt[4].text, "S1");
    assert_int_equal(conf->unit[2].timing.allow, 255);
    conf_free(conf);
}

/* The bits of `notify`: RFC 1628's kinds and the count of losses are always among them. */
static void test_notify_bits(void **state)
{
    static const uint32_t always = 1U << EVENT_ON_BATTERY | 1U << EVENT_TEST_COMPLETED |
                                   1U << EVENT_ALARM_ADDED | 1U << EVENT_ALARM_REMOVED |
                                   1U << EVENT_OVERFLOW;
    struct conf *conf = parse_good("notify = eco\n" UNIT "[b]\ndriver = test-modbus\n"
                                   "port = tcp:localhost:502\nnotify = none\n"
                                   "[c]\ndriver = test-modbus\nport = tcp:localhost:503\n"
                                   "notify = communication, alarm\n"
                                   "[d]\ndriver = test-modbus\nport = tcp:localhost:504\n"
                                   "notify = all\n");
    (void)state;

    assert_int_equal(conf->unit[0].timing.notify,
                     always | 1U << EVENT_ECO_ON | 1U << EVENT_ECO_OFF);
    assert_int_equal(conf->unit[1].timing.notify, always);
    assert_int_equal(conf->unit[2].timing.notify,
                     always | 1U << EVENT_COMM_LOST | 1U << EVENT_COMM_RESTORED |
                         1U << EVENT_OWN_ALARM_ADDED | 1U << EVENT_OWN_ALARM_CLEARED);
    assert_int_equal(conf->unit[3].timing.notify, (1U << EVENT_KINDS) - 1);
    conf_free(conf);
    conf = parse_good(UNIT);
    assert_int_equal(conf->unit[0].timing.notify, (1U << EVENT_KINDS) - 1);
    conf_free(conf);
}

static void test_between_units(void **state)
{
    static const char inherited[] = "pollinterval = 10\n" UNIT "[b]\ndriver = test-usb\n"
                                    "port = auto\n";
    static const char second[] = "[b]\ndriver = test-usb\nport = auto\n";
    static const struct {
        const char *first, *more;
        unsigned line;
        const char *part;
    } rows[] = {
        {"", "context = a\n", 7, "expected a context of its own, found 'a', which section [a]"},
        {"context = b\n", "", 5, "expected a context of its own, found 'b', which section [a]"},
        {"context = x\n", "context = x\n", 8, "(line 1)"},
        {"default\n", "default = yes\n", 8,
         "expected one default unit, found a second (first on line 4)"},
        {"pollinterval = 40\nmaxage = 120\n", "", 4, "found 40 s above 30 s"},
    };
    (void)state;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char text[300];

        snprintf(text, sizeof(text), "%s%s%s%s", UNIT, rows[i].first, second, rows[i].more);
        expect_error(text, strlen(text), rows[i].line, rows[i].part);
    }
    /* A wrong global pair is told once, however many units inherit it; not if all make it good. */
    expect_error(inherited, sizeof(inherited) - 1, 1, "expected maxage");
    conf_free(parse_good("pollinterval = 10\n" UNIT "maxage = 30\n"));
    conf_free(parse_good(UNIT "default = no\n[b]\ndriver=test-usb\nport=auto\ndefault = no\n"));
}

/* Every word of NUT's ups.conf passes where NUT has it, with one notice. */
static void test_nut_words(void **state)
{
    unsigned words = 0;
    (void)state;

    for (const struct conf_option *o = conf_options; o->name; o++) {
        char text[300];
        struct conf *conf;

        if (o->type != CONF_IGNORED)
            continue;
        for (unsigned flag = 0; flag < 2; flag++) {
            const char *value = flag ? "" : " = some value";

            if (o->where & CONF_GLOBAL)
                snprintf(text, sizeof(text), "%s%s\n" UNIT, o->name, value);
            else
                snprintf(text, sizeof(text), UNIT "%s%s\n", o->name, value);
            conf = parse(text);
            assert_non_null(conf);
            assert_int_equal(got.count, 1);
            assert_int_equal(got.item[0].severity, CONF_NOTICE);
            assert_int_equal(got.item[0].line, o->where & CONF_GLOBAL ? 1 : 4);
            assert_non_null(strstr(got.item[0].text, "has no meaning here and is ignored: "));
            conf_free(conf);
        }
        words++;
    }
    assert_in_range(words, 15, 40);
}

/* -- table ---------------------------------------------------------------------------------- */

static void test_table(void **state)
{
    char facts[400];
    (void)state;

    for (const struct conf_option *o = conf_options; o->name; o++) {
        assert_ptr_equal(conf_option_find(o->name), o);
        assert_true(strlen(o->name) < UPS_NAME_MAX);
        assert_int_equal(o->set == NULL, o->type == CONF_IGNORED);
        assert_non_null(o->help);
    }
    conf_option_facts(conf_option_find("pollinterval"), facts, sizeof(facts));
    assert_string_equal(facts, "seconds, 0.1 to 3600; default 1; global and per unit");
    conf_option_facts(conf_option_find("port"), facts, sizeof(facts));
    assert_string_equal(facts, "port; required; per unit");
    conf_option_facts(conf_option_find("sdorder"), facts, sizeof(facts));
    assert_string_equal(facts, "ignored; per unit");
    conf_driver_option_facts(&test_options[0], facts, sizeof(facts));
    assert_string_equal(facts, "whole number, 6 to 5940 s; default 60");
    conf_driver_option_facts(&test_options[2], facts, sizeof(facts));
    assert_string_equal(facts, "none, even or odd; default none");
    conf_driver_option_facts(&test_options[3], facts, sizeof(facts));
    assert_string_equal(facts, "flag");
    conf_driver_option_facts(&test_options[0], facts, 8);
    assert_string_equal(facts, "whole n");
    assert_int_equal(conf_word_distance("abc", "abc"), 0);
    assert_int_equal(conf_word_distance("abc", "ab"), 1);
    assert_int_equal(conf_word_distance("kitten", "sitting"), 3);
    assert_int_equal(conf_word_distance("", "abc"), 3);
}

/* -- files ---------------------------------------------------------------------------------- */

static void expect_load_error(const char *path, const char *part)
{
    memset(&got, 0, sizeof(got));
    assert_null(conf_load(path, keep, &got));
    assert_int_equal(got.count, 1);
    assert_int_equal(got.item[0].line, 0);
    if (!strstr(got.item[0].text, part))
        show_findings();
    assert_non_null(strstr(got.item[0].text, part));
}

static void write_file(const char *path, const char *text, off_t size)
{
    FILE *f = fopen(path, "w");

    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fflush(f), 0);
    if (size > 0)
        assert_int_equal(ftruncate(fileno(f), size), 0);
    assert_int_equal(fclose(f), 0);
}

static void test_files(void **state)
{
    char dir[] = "/tmp/test_conf.XXXXXX", path[64];
    struct conf *conf;
    (void)state;

    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof(path), "%s/conf", dir);
    expect_load_error(path, "expected a readable file, found: No such file or directory");
    expect_load_error(dir, "expected a regular file, found a directory");
    expect_load_error("/dev/null", "expected a regular file, found a device");
    assert_int_equal(mkfifo(path, 0600), 0);
    expect_load_error(path, "expected a regular file, found a pipe");
    assert_int_equal(unlink(path), 0);
    write_file(path, "", CONF_FILE_MAX + 1);
    expect_load_error(path, "expected at most 1048576 bytes, found 1048577");
    write_file(path, "", 0);
    expect_load_error(path, "expected at least one [section]");
    write_file(path, UNIT, 0);
    memset(&got, 0, sizeof(got));
    conf = conf_load(path, keep, &got);
    assert_non_null(conf);
    assert_int_equal(conf->unit_count, 1);
    conf_free(conf);
    conf_free(NULL);
    if (geteuid() != 0) {
        assert_int_equal(chmod(path, 0), 0);
        expect_load_error(path, "expected a readable file, found: Permission denied");
    }
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(dir), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_layouts),
        cmocka_unit_test(test_bad_lines),
        cmocka_unit_test(test_line_lengths),
        cmocka_unit_test(test_joined_to_the_brim),
        cmocka_unit_test(test_all_errors),
        cmocka_unit_test(test_error_cap),
        cmocka_unit_test(test_sections),
        cmocka_unit_test(test_many_units),
        cmocka_unit_test(test_common_options),
        cmocka_unit_test(test_unit_options),
        cmocka_unit_test(test_desc_length),
        cmocka_unit_test(test_ports),
        cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_settings),
        cmocka_unit_test(test_notify_bits),
        cmocka_unit_test(test_between_units),
        cmocka_unit_test(test_nut_words),
        cmocka_unit_test(test_table),
        cmocka_unit_test(test_files),
    };

    return cmocka_run_group_tests_name("conf", tests, NULL, NULL);
}
