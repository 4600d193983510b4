/* SPDX-License-Identifier: BSD-2-Clause */
/* The command line: see cli.h and upsmibd(8). */
#include "cli.h"

#include "scan.h"

#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#define DEFAULT_CONF       SYSCONFDIR "/upsmibd/upsmibd.conf"
#define DEFAULT_STATE      LOCALSTATEDIR "/lib/upsmibd"
#define DEFAULT_AGENTX     "unix:/var/agentx/master"
#define DEFAULT_STANDALONE "udp:127.0.0.1:161"

static const char usage[] =
    "usage: upsmibd [-f] [-c FILE] [--agentx ADDRESS | --standalone [ADDRESS]]\n"
    "               [--state DIR] [-d [SUBSYSTEM]]\n"
    "       upsmibd --check [-c FILE]\n"
    "       upsmibd --probe [-c FILE] UNIT\n"
    "       upsmibd --run [-c FILE] UNIT COMMAND [VALUE]\n"
    "       upsmibd --scan [-c FILE] [PORT ...]\n"
    "       upsmibd --list-drivers [NAME]\n"
    "       upsmibd --help | --version\n";

static const char help[] =
    "Serves UPS-MIB (RFC 1628) for the UPSes of a configuration.\n\n"
    "  -c, --config FILE            configuration\n"
    "                               (default " DEFAULT_CONF ")\n"
    "  -f, --foreground             stay in the foreground, log to stderr\n"
    "  --agentx ADDRESS             be a subagent of the master at ADDRESS\n"
    "                               (default " DEFAULT_AGENTX ")\n"
    "  --standalone [ADDRESS]       be an SNMP agent (default " DEFAULT_STANDALONE ")\n"
    "  --state DIR                  what must outlive a restart\n"
    "                               (default " DEFAULT_STATE ")\n"
    "  -d, --debug [SUBSYSTEM]      debug lines, of one subsystem or of all\n"
    "  --check                      read the configuration, tell every error\n"
    "  --probe UNIT                 read one UPS, print its variables\n"
    "  --run UNIT COMMAND [VALUE]   run one instant command\n"
    "  --scan [PORT ...]            find UPSes, print sections for the configuration;\n"
    "                               with ports: ask who is there\n"
    "  --list-drivers [NAME]        the drivers, or the options of one\n"
    "  --help, --version\n\n"
    "See upsmibd(8) and upsmibd.conf(5).\n";

const char *const cli_subsystems[] = {"agentx", "alarm", "control", "core",   "event",
                                      "huawei", "link",  "modbus",  "qx",     "sitop",
                                      "snmp",   "state", "usb",     "worker", NULL};

enum {
    OPT_AGENTX = 256,
    OPT_STANDALONE,
    OPT_STATE,
    OPT_CHECK,
    OPT_PROBE,
    OPT_RUN,
    OPT_SCAN,
    OPT_LIST_DRIVERS,
    OPT_HELP,
    OPT_VERSION,
};

static const struct option long_options[] = {
    {"config", required_argument, NULL, 'c'},
    {"foreground", no_argument, NULL, 'f'},
    {"debug", optional_argument, NULL, 'd'},
    {"agentx", required_argument, NULL, OPT_AGENTX},
    {"standalone", optional_argument, NULL, OPT_STANDALONE},
    {"state", required_argument, NULL, OPT_STATE},
    {"check", no_argument, NULL, OPT_CHECK},
    {"probe", no_argument, NULL, OPT_PROBE},
    {"run", no_argument, NULL, OPT_RUN},
    {"scan", no_argument, NULL, OPT_SCAN},
    {"list-drivers", no_argument, NULL, OPT_LIST_DRIVERS},
    {"help", no_argument, NULL, OPT_HELP},
    {"version", no_argument, NULL, OPT_VERSION},
    {NULL, 0, NULL, 0},
};

/* The modes: their option, and how many operands each takes. */
static const struct {
    int option;
    const char *name;
    enum cli_mode mode;
    int least, most;
    const char *operands;
} modes[] = {
    {0, "the daemon", CLI_RUN, 0, 0, "no operand"},
    {OPT_CHECK, "--check", CLI_CHECK, 0, 0, "no operand"},
    {OPT_PROBE, "--probe", CLI_PROBE, 1, 1, "UNIT"},
    {OPT_RUN, "--run", CLI_RUN_COMMAND, 2, 3, "UNIT COMMAND [VALUE]"},
    {OPT_SCAN, "--scan", CLI_SCAN, 0, SCAN_PORTS_MAX, "at most 64 ports"},
    {OPT_LIST_DRIVERS, "--list-drivers", CLI_LIST_DRIVERS, 0, 1, "at most one NAME"},
};
#define MODES (sizeof(modes) / sizeof(modes[0]))

/* While parsing: the first option given that belongs to the daemon only. */
struct parse {
    struct cli *cli;
    size_t mode;        /* row of modes[] */
    const char *daemon; /* NULL: none */
};

__attribute__((format(printf, 1, 2))) static int bad_usage(const char *fmt, ...)
{
    va_list ap;

    fputs("upsmibd: ", stderr);
    va_start(ap, fmt);
    vfprintf(stderr, fmt, ap);
    va_end(ap);
    fputs("\nTry 'upsmibd --help'.\n", stderr);
    return CLI_EXIT_USAGE;
}

static int print(const char *first, const char *second)
{
    if (fputs(first, stdout) < 0 || fputs(second, stdout) < 0 || fflush(stdout) != 0) {
        perror("upsmibd: stdout");
        return CLI_EXIT_FAILURE;
    }
    return 0;
}

static bool is_subsystem(const char *word)
{
    for (size_t i = 0; cli_subsystems[i]; i++) {
        if (strcmp(cli_subsystems[i], word) == 0)
            return true;
    }
    return false;
}

static int bad_subsystem(const char *word)
{
    char list[128];
    size_t used = 0;

    for (size_t i = 0; cli_subsystems[i] && used < sizeof(list); i++)
        used += (size_t)snprintf(list + used, sizeof(list) - used, "%s%s", i ? ", " : "",
                                 cli_subsystems[i]);
    return bad_usage("-d: expected one of %s, found '%s'", list, word);
}

static int set_mode(struct parse *p, int option)
{
    size_t row = 1;

    while (modes[row].option != option)
        row++;
    if (p->mode != 0 && p->mode != row)
        return bad_usage("%s and %s exclude each other", modes[p->mode].name, modes[row].name);
    p->mode = row;
    p->cli->mode = modes[row].mode;
    return -1;
}

/*
 * -d: getopt hands over an optional argument only if it is glued on; the next word counts as well
 * if it names a subsystem, so that `--probe -d ups1` keeps its operand.
 */
static int set_debug(struct parse *p, const char *next)
{
    p->cli->debug = true;
    p->cli->debug_subsystem = optarg;
    if (optarg && !is_subsystem(optarg))
        return bad_subsystem(optarg);
    if (!optarg && next && is_subsystem(next)) {
        p->cli->debug_subsystem = next;
        optind++;
    }
    return -1;
}

/* --standalone: the next word is its address unless it is an option. */
static void set_standalone(struct parse *p, const char *next)
{
    p->daemon = "--standalone";
    p->cli->standalone = optarg;
    if (!optarg && next && next[0] != '-') {
        p->cli->standalone = next;
        optind++;
    }
    if (!p->cli->standalone)
        p->cli->standalone = DEFAULT_STANDALONE;
}

/* Takes one option.  Returns -1 to go on, else the exit status. */
static int take(struct parse *p, int option, const char *next)
{
    switch (option) {
    case 'c': p->cli->conf_path = optarg; return -1;
    case 'd': return set_debug(p, next);
    case 'f':
        p->cli->foreground = true;
        p->daemon = "-f";
        return -1;
    case OPT_AGENTX:
        p->cli->agentx = optarg;
        p->daemon = "--agentx";
        return -1;
    case OPT_STANDALONE: set_standalone(p, next); return -1;
    case OPT_STATE:
        p->cli->state_dir = optarg;
        p->daemon = "--state";
        return -1;
    case OPT_HELP: return print(usage, help);
    case OPT_VERSION: return print("upsmibd " PACKAGE_VERSION, "\n");
    default: return set_mode(p, option);
    }
}

/* What getopt_long refused: `word` is the word it stood at. */
static int refuse(int kind, const char *word)
{
    if (kind == ':')
        return bad_usage("%s: expected an argument, found none", word);
    if (optopt > 0 && strncmp(word, "--", 2) == 0)
        return bad_usage("%.*s: expected no argument, found one", (int)strcspn(word, "="), word);
    if (optopt > 0)
        return bad_usage("expected an option, found '-%c'", optopt);
    return bad_usage("expected an option, found '%s'", word);
}

static int check_operands(const struct parse *p, int count, char **operand)
{
    struct cli *cli = p->cli;

    if (p->mode != 0 && p->daemon)
        return bad_usage("%s has no meaning with %s", p->daemon, modes[p->mode].name);
    if (count < modes[p->mode].least)
        return bad_usage("%s: expected %s, found %d of these", modes[p->mode].name,
                         modes[p->mode].operands, count);
    if (count > modes[p->mode].most)
        return bad_usage("%s: expected %s, found '%s'", modes[p->mode].name,
                         modes[p->mode].operands, operand[modes[p->mode].most]);
    if (cli->mode == CLI_LIST_DRIVERS) {
        cli->driver = count > 0 ? operand[0] : NULL;
        return -1;
    }
    if (cli->mode == CLI_SCAN) {
        cli->port = operand;
        cli->port_count = count;
        return -1;
    }
    cli->unit = count > 0 ? operand[0] : NULL;
    cli->command = count > 1 ? operand[1] : NULL;
    cli->value = count > 2 ? operand[2] : NULL;
    return -1;
}

static int check_addresses(struct cli *cli)
{
    const struct {
        const char *name, *text;
    } given[] = {
        {"-c", cli->conf_path},
        {"--agentx", cli->agentx},
        {"--standalone", cli->standalone},
        {"--state", cli->state_dir},
    };

    if (cli->agentx && cli->standalone)
        return bad_usage("--agentx and --standalone exclude each other");
    for (size_t i = 0; i < sizeof(given) / sizeof(given[0]); i++) {
        if (given[i].text && !given[i].text[0])
            return bad_usage("%s: expected an argument, found an empty one", given[i].name);
    }
    if (!cli->agentx && !cli->standalone)
        cli->agentx = DEFAULT_AGENTX;
    return -1;
}

int cli_parse(int argc, char **argv, struct cli *cli)
{
    struct parse p = {cli, 0, NULL};
    int option, status;

    *cli = (struct cli){.conf_path = DEFAULT_CONF, .state_dir = DEFAULT_STATE};
    optind = 0; /* glibc: start over, whatever was parsed before */
    opterr = 0;
    while ((option = getopt_long(argc, argv, ":c:d::f", long_options, NULL)) != -1) {
        const char *word = argv[optind > 1 ? optind - 1 : 1];

        if (option == '?' || option == ':')
            return refuse(option, word);
        status = take(&p, option, optind < argc ? argv[optind] : NULL);
        if (status >= 0)
            return status;
    }
    status = check_operands(&p, argc - optind, argv + optind);
    return status >= 0 ? status : check_addresses(cli);
}
