/* SPDX-License-Identifier: BSD-2-Clause */
/* The command line of upsmibd: every form, every mistake; and what is printed off the tables. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../agent/daemon/cli.h"
#include "../../agent/daemon/list.h"

#define ARGS_MAX 12

static char printed[4096];

/* Sends a stream into a memory file; returns the descriptor that it had. */
static int divert(FILE *stream, int *memory)
{
    int saved;

    assert_int_equal(fflush(stream), 0);
    saved = dup(fileno(stream));
    *memory = memfd_create("printed", MFD_CLOEXEC);
    assert_true(saved >= 0 && *memory >= 0);
    assert_true(dup2(*memory, fileno(stream)) >= 0);
    return saved;
}

/* Undoes divert(); what was printed is in printed[]. */
static void restore(FILE *stream, int saved, int memory)
{
    ssize_t n;

    fflush(stream);
    assert_true(dup2(saved, fileno(stream)) >= 0);
    n = pread(memory, printed, sizeof(printed) - 1, 0);
    assert_true(n >= 0);
    printed[n] = '\0';
    close(saved);
    close(memory);
}

/* Parses words between single blanks; "''" stands for an empty one.  Output goes to printed[]. */
static int parse_line(const char *line, FILE *stream, struct cli *cli)
{
    static char words[256];
    static char name[] = "upsmibd";
    static char *argv[ARGS_MAX]; /* *cli points into it */
    char *save = NULL;
    int argc = 1, memory, saved, status;

    memset(argv, 0, sizeof(argv));
    argv[0] = name;
    snprintf(words, sizeof(words), "%s", line);
    for (char *w = strtok_r(words, " ", &save); w; w = strtok_r(NULL, " ", &save)) {
        assert_in_range(argc, 1, ARGS_MAX - 2);
        argv[argc++] = strcmp(w, "''") == 0 ? w + 2 : w;
    }
    saved = divert(stream, &memory);
    status = cli_parse(argc, argv, cli);
    restore(stream, saved, memory);
    return status;
}

static void same_text(const char *found, const char *expected)
{
    if (expected)
        assert_string_equal(found, expected);
    else
        assert_null(found);
}

#define CONF_FILE      SYSCONFDIR "/upsmibd/upsmibd.conf"
#define STATE_DIR      LOCALSTATEDIR "/lib/upsmibd"
#define MASTER         "unix:/var/agentx/master"
#define DEFAULT_COLUMN "                               (default "
#define LISTEN         "udp:127.0.0.1:161"

static void test_good(void **state)
{
    static const struct {
        const char *line;
        struct cli want;
    } rows[] = {
        {"", {.agentx = MASTER}},
        {"-f", {.agentx = MASTER, .foreground = true}},
        {"--foreground -c x.conf", {.agentx = MASTER, .foreground = true, .conf_path = "x.conf"}},
        {"-cx.conf", {.agentx = MASTER, .conf_path = "x.conf"}},
        {"--config=a --config b", {.agentx = MASTER, .conf_path = "b"}},
        {"--agentx tcp:localhost:705", {.agentx = "tcp:localhost:705"}},
        {"--standalone", {.standalone = LISTEN}},
        {"--standalone -f", {.standalone = LISTEN, .foreground = true}},
        {"--standalone udp:[::1]:1161 -f", {.standalone = "udp:[::1]:1161", .foreground = true}},
        {"--standalone=udp:127.0.0.1:1", {.standalone = "udp:127.0.0.1:1"}},
        {"--state /run/x", {.agentx = MASTER, .state_dir = "/run/x"}},
        {"-d", {.agentx = MASTER, .debug = true}},
        {"-d -f", {.agentx = MASTER, .debug = true, .foreground = true}},
        {"-dmodbus", {.agentx = MASTER, .debug = true, .debug_subsystem = "modbus"}},
        {"-d agentx -f",
         {.agentx = MASTER, .debug = true, .debug_subsystem = "agentx", .foreground = true}},
        {"-fd core",
         {.agentx = MASTER, .debug = true, .debug_subsystem = "core", .foreground = true}},
        {"--debug=link", {.agentx = MASTER, .debug = true, .debug_subsystem = "link"}},
        {"--debug worker", {.agentx = MASTER, .debug = true, .debug_subsystem = "worker"}},
        {"--check", {.mode = CLI_CHECK}},
        {"--check --check -c x", {.mode = CLI_CHECK, .conf_path = "x"}},
        {"--probe ups1", {.mode = CLI_PROBE, .unit = "ups1"}},
        {"ups1 --probe", {.mode = CLI_PROBE, .unit = "ups1"}},
        {"--probe -d ups1", {.mode = CLI_PROBE, .unit = "ups1", .debug = true}},
        {"-d modbus --probe -- -odd",
         {.mode = CLI_PROBE, .unit = "-odd", .debug = true, .debug_subsystem = "modbus"}},
        {"--run ups1 beeper.mute",
         {.mode = CLI_RUN_COMMAND, .unit = "ups1", .command = "beeper.mute"}},
        {"--run -c x ups1 shutdown.return 60",
         {.mode = CLI_RUN_COMMAND,
          .conf_path = "x",
          .unit = "ups1",
          .command = "shutdown.return",
          .value = "60"}},
        {"--scan", {.mode = CLI_SCAN}},
        {"--scan -c x /dev/a tcp:b:1", {.mode = CLI_SCAN, .conf_path = "x", .port_count = 2}},
        {"--list-drivers", {.mode = CLI_LIST_DRIVERS}},
        {"--list-drivers x", {.mode = CLI_LIST_DRIVERS, .driver = "x"}},
        {"--list x", {.mode = CLI_LIST_DRIVERS, .driver = "x"}},
    };
    (void)state;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct cli *want = &rows[i].want;
        struct cli cli;

        if (parse_line(rows[i].line, stderr, &cli) != -1) {
            print_message("# %s: %s\n", rows[i].line, printed);
            fail();
        }
        assert_string_equal(printed, "");
        assert_int_equal(cli.mode, want->mode);
        assert_int_equal(cli.foreground, want->foreground);
        assert_int_equal(cli.debug, want->debug);
        same_text(cli.debug_subsystem, want->debug_subsystem);
        same_text(cli.conf_path, want->conf_path ? want->conf_path : CONF_FILE);
        same_text(cli.state_dir, want->state_dir ? want->state_dir : STATE_DIR);
        same_text(cli.standalone, want->standalone);
        if (want->mode == CLI_RUN)
            same_text(cli.agentx, want->agentx);
        same_text(cli.unit, want->unit);
        same_text(cli.command, want->command);
        same_text(cli.value, want->value);
        same_text(cli.driver, want->driver);
        assert_int_equal(cli.port_count, want->port_count);
        for (int k = 0; k < cli.port_count; k++)
            same_text(cli.port[k], k == 0 ? "/dev/a" : "tcp:b:1");
    }
}

static void test_bad(void **state)
{
    static const struct {
        const char *line, *part;
    } rows[] = {
        {"-x", "upsmibd: expected an option, found '-x'\n"},
        {"-fx", "expected an option, found '-x'"},
        {"--nosuch", "expected an option, found '--nosuch'"},
        {"--st x", "expected an option, found '--st'"},
        {"--scan=x", "--scan: expected no argument, found one"},
        {"--scan --check", "--scan and --check exclude each other"},
        {"-c", "-c: expected an argument, found none"},
        {"--agentx", "--agentx: expected an argument, found none"},
        {"--state", "--state: expected an argument, found none"},
        {"--check=x", "--check: expected no argument, found one"},
        {"--foreground=x", "--foreground: expected no argument, found one"},
        {"-c ''", "-c: expected an argument, found an empty one"},
        {"--agentx=", "--agentx: expected an argument, found an empty one"},
        {"--standalone=", "--standalone: expected an argument, found an empty one"},
        {"--state ''", "--state: expected an argument, found an empty one"},
        {"--agentx unix:/x --standalone", "--agentx and --standalone exclude each other"},
        {"--check --probe x", "--check and --probe exclude each other"},
        {"--run --list-drivers", "--run and --list-drivers exclude each other"},
        {"x", "the daemon: expected no operand, found 'x'"},
        {"-d nosuch", "the daemon: expected no operand, found 'nosuch'"},
        {"-dnosuch",
         "-d: expected one of agentx, alarm, control, core, event, huawei, link, modbus, qx, "
         "sitop, snmp, state, usb, worker, found 'nosuch'"},
        {"--check x", "--check: expected no operand, found 'x'"},
        {"--probe", "--probe: expected UNIT, found 0 of these"},
        {"--probe a b", "--probe: expected UNIT, found 'b'"},
        {"--run a", "--run: expected UNIT COMMAND [VALUE], found 1 of these"},
        {"--run a b c d", "--run: expected UNIT COMMAND [VALUE], found 'd'"},
        {"--list-drivers a b", "--list-drivers: expected at most one NAME, found 'b'"},
        {"--check -f", "-f has no meaning with --check"},
        {"--agentx x --probe a", "--agentx has no meaning with --probe"},
        {"--list-drivers --standalone", "--standalone has no meaning with --list-drivers"},
        {"--state x --run a b", "--state has no meaning with --run"},
    };
    (void)state;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct cli cli;
        int status = parse_line(rows[i].line, stderr, &cli);

        if (status != CLI_EXIT_USAGE || !strstr(printed, rows[i].part)) {
            print_message("# %s: %d, %s\n", rows[i].line, status, printed);
            fail();
        }
        assert_ptr_equal(strstr(printed, "upsmibd: "), printed);
        assert_non_null(strstr(printed, "Try 'upsmibd --help'."));
    }
}

/* --help tells of every option, --version is one line; both leave the rest unread. */
static void test_help_and_version(void **state)
{
    static const char *const words[] = {
        "-c, --config", "-f, --foreground", "-d, --debug", "--agentx",       "--standalone",
        "--state",      "--check",          "--probe",     "--run",          "--list-drivers",
        "--scan",       "--help",           "--version",   "usage: upsmibd", MASTER,
        LISTEN,         CONF_FILE,          STATE_DIR,
    };
    struct cli cli;
    (void)state;

    assert_int_equal(parse_line("--help --nosuch", stdout, &cli), 0);
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        assert_non_null(strstr(printed, words[i]));
    for (const char *line = printed; line && *line; line = strchr(line + 1, '\n')) {
        /* How long the paths are is the builder's choice. */
        if (strncmp(line + 1, DEFAULT_COLUMN, strlen(DEFAULT_COLUMN)) != 0)
            assert_in_range(strcspn(line + 1, "\n"), 0, 80);
    }
    assert_int_equal(parse_line("--version", stdout, &cli), 0);
    assert_ptr_equal(strstr(printed, "upsmibd "), printed);
    assert_ptr_equal(strchr(printed, '\n'), printed + strlen(printed) - 1);
}

/* -- listings ------------------------------------------------------------------------------- */

static void test_list_driver(void **state)
{
    static const struct drv_option options[] = {
        {"offdelay", DRV_OPT_INT, 6, 5940, NULL, "s", "60", "Wait before the output goes off."},
        {"eco", DRV_OPT_FLAG, 0, 0, NULL, NULL, NULL, "A flag."},
        {NULL, DRV_OPT_FLAG, 0, 0, NULL, NULL, NULL, NULL},
    };
    static const struct drv_driver driver = {.name = "some",
                                             .summary = "Some UPSes",
                                             .options = options,
                                             .ports = LINK_PORT_TTY | LINK_PORT_TCP};
    FILE *f = fmemopen(printed, sizeof(printed), "w");
    (void)state;

    assert_non_null(f);
    list_driver(f, &driver);
    fclose(f);
    assert_string_equal(printed, "some: Some UPSes\n\nport =\n"
                                 "  /dev/NAME           serial port\n"
                                 "  tcp:HOST:PORT       TCP\n\noptions:\n"
                                 "  offdelay            whole number, 6 to 5940 s; default 60\n"
                                 "                      Wait before the output goes off.\n"
                                 "  eco                 flag\n"
                                 "                      A flag.\n");
}

/* Every driver built in is listed by a line of its own; an unknown one is refused. */
static void test_list_drivers(void **state)
{
    int memory, saved;
    (void)state;

    saved = divert(stdout, &memory);
    assert_int_equal(list_drivers(NULL), 0);
    restore(stdout, saved, memory);
    for (size_t i = 0; drv_drivers[i]; i++)
        assert_non_null(strstr(printed, drv_drivers[i]->name));
    saved = divert(stderr, &memory);
    assert_int_equal(list_drivers("nosuch"), 1);
    restore(stderr, saved, memory);
    assert_non_null(strstr(printed, "upsmibd: --list-drivers: expected one of"));
    assert_non_null(strstr(printed, "; found 'nosuch'\n"));
}

static void test_list_finding(void **state)
{
    FILE *f = fmemopen(printed, sizeof(printed), "w");
    (void)state;

    assert_non_null(f);
    list_finding(f, CONF_ERROR, "a.conf", 7, "expected x, found '\x1b[2J'");
    list_finding(f, CONF_NOTICE, "a.conf", 0, "of no meaning");
    fclose(f);
    assert_string_equal(printed, "a.conf:7: error: expected x, found '?[2J'\n"
                                 "a.conf: notice: of no meaning\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good),
        cmocka_unit_test(test_bad),
        cmocka_unit_test(test_help_and_version),
        cmocka_unit_test(test_list_driver),
        cmocka_unit_test(test_list_drivers),
        cmocka_unit_test(test_list_finding),
    };

    return cmocka_run_group_tests_name("cli", tests, NULL, NULL);
}
