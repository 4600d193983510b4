/* SPDX-License-Identifier: BSD-2-Clause */
/* The command line: what upsmibd(8) is asked to do. */
#ifndef CLI_H
#define CLI_H

#include <stdbool.h>

enum cli_mode {
    CLI_RUN,          /* the daemon */
    CLI_CHECK,        /* --check */
    CLI_PROBE,        /* --probe UNIT */
    CLI_RUN_COMMAND,  /* --run UNIT COMMAND [VALUE] */
    CLI_LIST_DRIVERS, /* --list-drivers [NAME] */
    CLI_SCAN,         /* --scan [PORT ...] */
};

/* Exit statuses: 1 = the task failed, 2 = the command line is wrong. */
#define CLI_EXIT_FAILURE 1
#define CLI_EXIT_USAGE   2

/* Strings borrow argv or are constants. */
struct cli {
    enum cli_mode mode;
    const char *conf_path;       /* never NULL */
    bool foreground;             /* -f */
    const char *agentx;          /* the master's address; never NULL unless standalone is set */
    const char *standalone;      /* where to listen; NULL: AgentX */
    const char *state_dir;       /* never NULL */
    bool debug;                  /* -d */
    const char *debug_subsystem; /* NULL: all */
    const char *unit;            /* CLI_PROBE, CLI_RUN_COMMAND */
    const char *command;         /* CLI_RUN_COMMAND */
    const char *value;           /* CLI_RUN_COMMAND; may be NULL */
    const char *driver;          /* CLI_LIST_DRIVERS; NULL: all */
    char **port;                 /* CLI_SCAN: the ports to ask */
    int port_count;              /* 0: none, only look */
};

/* The words that -d takes; NULL at the end. */
extern const char *const cli_subsystems[];

/*
 * Reads the command line.  Returns -1 when *cli says what to do, else the exit status: --help and
 * --version have been printed (0, or 1 if that failed), or the command line is wrong and stderr
 * says why (CLI_EXIT_USAGE).  May reorder argv, as getopt_long does.
 */
int cli_parse(int argc, char **argv, struct cli *cli);

#endif
