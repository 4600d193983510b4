/* SPDX-License-Identifier: BSD-2-Clause */
/* --scan: the section writer against the configuration's reader, serial ports, their users. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../agent/conf_lex.h"
#include "../../agent/daemon/scan_private.h"

static char printed[8192];

static FILE *print_open(void)
{
    FILE *f = fmemopen(printed, sizeof(printed), "w");

    assert_non_null(f);
    return f;
}

static void fail_finding(void *arg, enum conf_severity severity, const char *file, unsigned line,
                         const char *text)
{
    (void)arg;
    (void)severity;
    fail_msg("%s:%u: %s\n%s", file, line, text, printed);
}

static struct conf *read_back(void)
{
    struct conf *conf = conf_parse("printed", printed, strlen(printed), fail_finding, NULL);

    assert_non_null(conf);
    return conf;
}

/* -- the writer ------------------------------------------------------------------------------- */

/* Each value is read back as it was, even where nothing but the grammar is asked. */
static void test_values(void **state)
{
    static const char *const values[] = {
        "auto",  "/dev/ttyUSB0", "tcp:[::1]:502", "two words",   " outer ", "a#b",
        "a=b",   "[a]",          "say \"hello\"", "back\\slash", "\\",      "\"",
        "end\\", "\xe9\xff",     "tab\there",     "'",           "$(id)",   "S[.]1",
        "",
    };
    (void)state;

    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        struct conf_line line;
        struct conf_lex lex;
        FILE *f = print_open();
        fputs("x = ", f);
        scan_value(f, values[i]);
        fputc('\n', f);
        fclose(f);
        conf_lex_start(&lex, printed, strlen(printed));
        assert_int_equal(conf_lex_next(&lex, &line), CONF_LEX_OPTION);
        assert_int_equal(line.words, 1);
        assert_string_equal(line.word[0], values[i]);
        assert_int_equal(conf_lex_next(&lex, &line), CONF_LEX_END);
    }
}

static struct drv_found found_at(const char *port)
{
    struct drv_found f = {.what = "A UPS"};

    drv_found_add(&f, "port", "%s", port);
    return f;
}

static void test_section(void **state)
{
    struct scan_writer w = {.out = print_open()};
    struct drv_found f = found_at("auto");
    struct conf *conf;

    (void)state;
    drv_found_note(&f, "First.");
    drv_found_note(&f, "Second.");
    drv_found_add(&f, "serial", "%s", "A \"1\" \\ #2");
    scan_section(&w, SCAN_USB, "qx", &f);
    fclose(w.out);
    assert_string_equal(printed, "\n# A UPS\n# First.\n# Second.\n[usb1]\ndriver = qx\n"
                                 "port = auto\nserial = \"A \\\"1\\\" \\\\ #2\"\n");
    conf = read_back();
    assert_int_equal(conf->unit_count, 1);
    assert_string_equal(conf->unit[0].name, "usb1");
    for (unsigned row = 0; conf->unit[0].driver->options[row].name; row++)
        if (strcmp(conf->unit[0].driver->options[row].name, "serial") == 0)
            assert_string_equal(conf->unit[0].opt[row].text, "A \"1\" \\ #2");
    conf_free(conf);
}

/* Names go on from one to the next, are kept apart by kind, and pass over the configuration's. */
static void test_names(void **state)
{
    static const char text[] = "[usb2]\ndriver = qx\nport = auto\n";
    struct conf *have = conf_parse("have", text, strlen(text), fail_finding, NULL);
    struct scan_writer w = {.out = print_open(), .conf = have};
    struct drv_found f = found_at("/dev/ttyS0");
    struct conf *conf;

    (void)state;
    assert_non_null(have);
    for (int i = 0; i < 3; i++)
        scan_section(&w, SCAN_USB, "qx", &f);
    scan_section(&w, SCAN_SERIAL, "qx", &f);
    scan_section(&w, SCAN_NET, "qx", &f);
    fclose(w.out);
    conf = read_back();
    assert_int_equal(conf->unit_count, 5);
    assert_string_equal(conf->unit[0].name, "usb1");
    assert_string_equal(conf->unit[1].name, "usb3");
    assert_string_equal(conf->unit[2].name, "usb4");
    assert_string_equal(conf->unit[3].name, "serial1");
    assert_string_equal(conf->unit[4].name, "net1");
    conf_free(conf);
    conf_free(have);
}

static void expect_all_comments(void)
{
    for (const char *line = printed; *line; line += strcspn(line, "\n") + 1)
        assert_true(*line == '#' || *line == '\n');
}

static void test_held_back(void **state)
{
    struct scan_writer w = {.out = print_open()};
    struct drv_found f = found_at("auto");

    (void)state;
    f.hold = true;
    scan_section(&w, SCAN_USB, "qx", &f);
    fclose(w.out);
    expect_all_comments();
    assert_non_null(strstr(printed, "\n#[usb1]\n#driver = qx\n#port = auto\n"));
}

/* Device strings can't end a comment, write an option or reach a terminal. */
static void test_hostile_texts(void **state)
{
    struct scan_writer w = {.out = print_open()};
    struct drv_found f = found_at("auto");

    (void)state;
    snprintf(f.what, sizeof(f.what), "x\r\x1b[2J\x07\xe9");
    f.setting[f.count++] = (struct drv_setting){"serial", "a\nallow = all\n[evil]"};
    f.setting[f.count++] = (struct drv_setting){"product", ""};
    scan_section(&w, SCAN_USB, "qx", &f);
    fclose(w.out);
    expect_all_comments();
    assert_non_null(strstr(printed, "# x??[2J??\n"));
    assert_null(strstr(printed, "evil"));
    assert_non_null(strstr(printed, "# Option serial can't be written here: set it by hand.\n"));
    assert_non_null(strstr(printed, "# Option product can't be written here: set it by hand.\n"));
}

/* A line break in a text makes another comment. */
static void test_comment_lines(void **state)
{
    FILE *f = print_open();

    (void)state;
    scan_comment(f, "a\n[b]\nc = d");
    fclose(f);
    assert_string_equal(printed, "# a\n# [b]\n# c = d\n");
}

static void test_too_much(void **state)
{
    struct drv_found f = {.count = 0};
    char longest[400];

    (void)state;
    memset(longest, 'x', sizeof(longest) - 1);
    longest[sizeof(longest) - 1] = '\0';
    drv_found_add(&f, "port", "%s", longest);
    assert_int_equal(f.count, 0);
    assert_true(f.hold);
    assert_non_null(strstr(f.note, "port is too long"));
    f = (struct drv_found){.count = DRV_FOUND_MAX};
    drv_found_add(&f, "port", "x");
    assert_int_equal(f.count, DRV_FOUND_MAX);
    assert_true(f.hold);
    for (int i = 0; i < 10; i++)
        drv_found_note(&f, "%.99s", longest);
    assert_in_range(strlen(f.note), 100, sizeof(f.note) - 1);
}

/* -- serial ports ----------------------------------------------------------------------------- */

static char root[64];

static void make(const char *path, const char *text)
{
    char full[256];

    snprintf(full, sizeof(full), "%s%s", root, path);
    if (!text) {
        assert_int_equal(mkdir(full, 0700), 0);
        return;
    }
    FILE *f = fopen(full, "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

static void make_link(const char *target, const char *path)
{
    char full[256];

    snprintf(full, sizeof(full), "%s%s", root, path);
    assert_int_equal(symlink(target, full), 0);
}

static void make_tty(const char *name, bool device, const char *type)
{
    char path[128];

    snprintf(path, sizeof(path), "/sys/class/tty/%s", name);
    make(path, NULL);
    snprintf(path, sizeof(path), "/dev/%s", name);
    make(path, "");
    snprintf(path, sizeof(path), "/sys/class/tty/%s/device", name);
    if (device)
        make(path, "");
    snprintf(path, sizeof(path), "/sys/class/tty/%s/type", name);
    if (type)
        make(path, type);
}

static int make_root(void **state)
{
    (void)state;
    snprintf(root, sizeof(root), "/tmp/test_scan.XXXXXX");
    return mkdtemp(root) ? 0 : -1;
}

static int remove_root(void **state)
{
    char command[100];

    (void)state;
    snprintf(command, sizeof(command), "rm -rf '%s'", root);
    return system(command);
}

static void test_ttys(void **state)
{
    static const char *const want[][2] = {
        {"/dev/serial/by-id/usb-FTDI_FT232R_A1-if00-port0", "ttyUSB1"},
        {"/dev/ttyACM0", "ttyACM0"},
        {"/dev/ttyS0", "ttyS0"},
        {"/dev/ttyUSB0", "ttyUSB0"},
        {"/dev/ttyUSB10", "ttyUSB10"},
    };
    struct scan_tty tty[8];

    (void)state;
    assert_int_equal(scan_ttys(root, tty, 8), 0); /* neither /dev nor /sys */
    make("/dev", NULL);
    make("/dev/serial", NULL);
    make("/dev/serial/by-id", NULL);
    make("/sys", NULL);
    make("/sys/class", NULL);
    make("/sys/class/tty", NULL);
    make_tty("ttyUSB10", true, NULL);
    make_tty("ttyUSB0", true, NULL);
    make_tty("ttyUSB1", true, NULL);
    make_tty("ttyACM0", true, NULL);
    make_tty("ttyS0", true, "4\n");
    make_tty("ttyS1", true, "0\n"); /* in the driver's table, but no UART */
    make_tty("tty1", false, NULL);  /* a console */
    make_link("../../ttyUSB1", "/dev/serial/by-id/usb-FTDI_FT232R_A1-if00-port0");
    make_link("../../ttyUSB7", "/dev/serial/by-id/usb-gone-if00"); /* unplugged by now */
    assert_int_equal(scan_ttys(root, tty, 8), 5);
    for (size_t i = 0; i < 5; i++) {
        assert_string_equal(tty[i].path, want[i][0]);
        assert_string_equal(tty[i].name, want[i][1]);
    }
    assert_int_equal(scan_ttys(root, tty, 2), 2);
}

/* -- who uses one ----------------------------------------------------------------------------- */

static void test_lock_holder(void **state)
{
    static const char locks[] = "1: POSIX  ADVISORY  WRITE 111 00:05:77 0 EOF\n"
                                "2: FLOCK  ADVISORY  WRITE 222 00:06:77 0 EOF\n"
                                "2: -> FLOCK  ADVISORY  WRITE 333 00:05:77 0 EOF\n"
                                "3: FLOCK  ADVISORY  WRITE 444 00:05:77 0 EOF\n"
                                "4: FLOCK  ADVISORY  WRITE 0 00:05:78 0 EOF\n";
    static const struct {
        unsigned minor, inode;
        int pid;
    } rows[] = {{5, 77, 444}, {6, 77, 222}, {5, 78, -1}, {5, 79, 0}, {7, 77, 0}};
    (void)state;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char text[sizeof(locks)];
        memcpy(text, locks, sizeof(locks));
        FILE *f = fmemopen(text, sizeof(locks) - 1, "r");
        assert_non_null(f);
        assert_int_equal(scan_lock_holder(f, makedev(0, rows[i].minor), rows[i].inode),
                         rows[i].pid);
        fclose(f);
    }
}

static void test_uucp_holder(void **state)
{
    char path[100], text[20];

    (void)state;
    snprintf(text, sizeof(text), "%10d\n", (int)getpid());
    make("/LCK..a", text);
    make("/LCK..b", "2147483646\n"); /* nobody */
    make("/LCK..c", "rubbish");
    snprintf(path, sizeof(path), "%s/LCK..a", root);
    assert_int_equal(scan_uucp_holder(path), getpid());
    path[strlen(path) - 1] = 'b';
    assert_int_equal(scan_uucp_holder(path), 0);
    path[strlen(path) - 1] = 'c';
    assert_int_equal(scan_uucp_holder(path), 0);
    path[strlen(path) - 1] = 'd';
    assert_int_equal(scan_uucp_holder(path), 0);
}

/* A character device that this very process has open; others may have it too. */
static void test_user(void **state)
{
    char who[160] = "";
    FILE *f;

    (void)state;
    assert_false(scan_tty_user("/nonexistent/tty", who, sizeof(who)));
    assert_false(scan_tty_user("/", who, sizeof(who)));
    f = fopen("/dev/full", "re");
    assert_non_null(f);
    assert_true(scan_tty_user("/dev/full", who, sizeof(who)));
    fclose(f);
    assert_ptr_equal(strstr(who, "process "), who);
    assert_non_null(strstr(who, "("));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_section),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_held_back),
        cmocka_unit_test(test_hostile_texts),
        cmocka_unit_test(test_comment_lines),
        cmocka_unit_test(test_too_much),
        cmocka_unit_test_setup_teardown(test_ttys, make_root, remove_root),
        cmocka_unit_test(test_lock_holder),
        cmocka_unit_test_setup_teardown(test_uucp_holder, make_root, remove_root),
        cmocka_unit_test(test_user),
    };

    return cmocka_run_group_tests_name("scan", tests, NULL, NULL);
}
