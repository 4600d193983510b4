/* SPDX-License-Identifier: BSD-2-Clause */
/* The daemon: start, the core's loop, stop. */
#include "daemon.h"

#include <errno.h>
#include <malloc.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "../core.h"
#include "../standalone/standalone.h"
#include "background.h"
#include "cli.h"
#include "list.h"
#include "probe.h"
#include "scan.h"
#include "subagent.h"

#define STANDALONE_TURN_MS 1000 /* longest wait where no master's requests turn the loop */

struct daemon {
    const struct cli *cli;
    const struct ups_clock *clock;
    struct conf *conf;
    struct events *events;
    struct state *state;
    struct core *core;
    _Atomic(struct workers *) workers; /* NULL: not there (yet, or any more) */
    struct subagent *subagent;         /* AgentX mode */
    struct standalone *standalone;     /* standalone mode */
    int event_fd;                      /* for this thread: there is something to do */
    int agent_fd;                      /* for the standalone agent's: an event may wait */
    int signal_fd;
};

/* -- configuration ---------------------------------------------------------------------------- */

static struct conf *load(const struct cli *cli)
{
    return conf_load(cli->conf_path, list_finding, NULL);
}

static int check(const struct cli *cli)
{
    struct conf *conf = load(cli);

    if (!conf)
        return 1;
    printf("%s: ok, %zu unit%s\n", cli->conf_path, conf->unit_count,
           conf->unit_count == 1 ? "" : "s");
    conf_free(conf);
    return 0;
}

/* --probe and --run. */
static int one_unit(const struct cli *cli)
{
    struct conf *conf = load(cli);
    const struct conf_unit *unit;
    int status = 1;

    if (!conf)
        return 1;
    unit = conf_find(conf, cli->unit);
    if (unit && cli->mode == CLI_RUN_COMMAND)
        status = run_command(unit, cli->command, cli->value);
    else if (unit)
        status = probe_unit(unit);
    else
        fprintf(stderr, "upsmibd: %s: no [section] of this name in %s\n", cli->unit,
                cli->conf_path);
    conf_free(conf);
    return status;
}

/* -- the standalone face ---------------------------------------------------------------------- */

/* standalone.conf beside the configuration: snmpd.conf(5) lines of access control. */
static char *standalone_conf_path(const char *conf_path)
{
    const char *slash = strrchr(conf_path, '/');
    int dir = slash ? (int)(slash - conf_path + 1) : 0;
    char *path;

    return asprintf(&path, "%.*sstandalone.conf", dir, conf_path) < 0 ? NULL : path;
}

static bool start_standalone(struct daemon *d, char *why, size_t why_size)
{
    char *conf_file = standalone_conf_path(d->cli->conf_path);
    struct standalone_config config = {.address = d->cli->standalone,
                                       .conf_file = conf_file,
                                       .state_dir = d->cli->state_dir,
                                       .clock = d->clock,
                                       .conf = d->conf,
                                       .core = d->core,
                                       .event_fd = d->agent_fd};
    int err = UPS_E_SYSTEM;

    snprintf(why, why_size, "out of memory");
    if (conf_file)
        err = standalone_engine->start(&config, &d->standalone, why, why_size);
    free(conf_file);
    return err == 0;
}

/* -- the core's way out ----------------------------------------------------------------------- */

/* Any thread; the core's lock is held. */
static enum ups_error submit(void *arg, size_t unit, const struct unit_job *job)
{
    struct daemon *d = arg;
    struct workers *workers = atomic_load(&d->workers);

    return workers ? workers_submit(workers, unit, job) : UPS_E_DISCONNECTED;
}

static void signal_fd(int fd)
{
    static const uint64_t one = 1;

    while (write(fd, &one, sizeof(one)) < 0 && errno == EINTR)
        continue;
}

/* Any thread. */
static void wake(void *arg)
{
    const struct daemon *d = arg;

    signal_fd(d->event_fd);
    if (d->cli->standalone)
        signal_fd(d->agent_fd);
}

/* -- start and stop --------------------------------------------------------------------------- */

/* Signals come through a descriptor; blocked before threads start, so that all inherit it. */
static int open_signals(void)
{
    sigset_t set;

    signal(SIGPIPE, SIG_IGN);
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    return signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
}

static bool open_descriptors(struct daemon *d, char *why, size_t why_size)
{
    d->event_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    d->agent_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    d->signal_fd = open_signals();
    if (d->event_fd >= 0 && d->agent_fd >= 0 && d->signal_fd >= 0)
        return true;
    snprintf(why, why_size, "descriptors: %s", strerror(errno));
    return false;
}

/* The core and what it remembers.  Files that can't be written are no reason not to start. */
static bool open_core(struct daemon *d, char *why, size_t why_size)
{
    d->events = events_open(d->cli->state_dir, d->conf, d->clock);
    if (d->events)
        d->state = state_open(d->cli->state_dir, d->conf, d->events);
    if (d->state)
        d->core = core_new(&(struct core_config){.conf = d->conf,
                                                 .clock = d->clock,
                                                 .events = d->events,
                                                 .state = d->state,
                                                 .submit = submit,
                                                 .wake = wake,
                                                 .arg = d});
    if (d->core)
        return true;
    snprintf(why, why_size, "out of memory");
    return false;
}

static bool start(struct daemon *d, char *why, size_t why_size)
{
    if (!open_descriptors(d, why, why_size) || !open_core(d, why, why_size))
        return false;
    /* the SNMP side first: it answers, with unknowns, before any wire does */
    if (d->cli->standalone) {
        if (!start_standalone(d, why, why_size))
            return false;
    } else {
        d->subagent = subagent_new(d->conf, d->core, d->clock, d->cli->agentx, why, why_size);
        if (!d->subagent)
            return false;
    }
    atomic_store(&d->workers, workers_start(d->conf, d->clock, d->event_fd, why, why_size));
    return atomic_load(&d->workers) != NULL;
}

/* From the managers inwards; what has not been delivered stays in the journal. */
static void stop(struct daemon *d)
{
    const int fds[] = {d->event_fd, d->agent_fd, d->signal_fd};

    subagent_free(d->subagent);
    if (d->standalone)
        standalone_engine->stop(d->standalone);
    workers_stop(atomic_exchange(&d->workers, NULL));
    core_free(d->core);
    state_close(d->state);
    events_close(d->events);
    for (size_t i = 0; i < sizeof(fds) / sizeof(fds[0]); i++)
        if (fds[i] >= 0)
            close(fds[i]);
}

/* -- the loop --------------------------------------------------------------------------------- */

/*
 * Not every report signals the descriptor (those without news do not), so the reports are looked
 * at in every turn, and above all before core_tick() calls anything old.
 */
static void take_reports(struct daemon *d)
{
    struct unit_report report;
    size_t index;

    while (workers_take(d->workers, &index, &report)) {
        core_report(d->core, index, &report);
        ups_caps_clear(&report.caps);
    }
}

/* What a job has changed is known before the job counts as done: its report comes first. */
static void take_results(struct daemon *d)
{
    struct unit_result result;
    size_t index;

    while (workers_take_result(d->workers, &index, &result)) {
        take_reports(d);
        core_result(d->core, index, &result);
    }
}

static void clear_fd(int fd)
{
    uint64_t count;

    if (read(fd, &count, sizeof(count)) < 0 && errno != EAGAIN && errno != EINTR)
        log_msg(LOG_LVL_ERR, "core", NULL, "eventfd: %m");
}

/* Returns false when it is time to stop. */
static bool take_signal(struct daemon *d)
{
    struct signalfd_siginfo info;

    if (read(d->signal_fd, &info, sizeof(info)) != (ssize_t)sizeof(info))
        return true;
    if (info.ssi_signo == SIGHUP) {
        log_msg(LOG_LVL_NOTICE, "core", NULL,
                "SIGHUP: a changed configuration takes effect at the next start");
        return true;
    }
    log_msg(LOG_LVL_NOTICE, "core", NULL, "stopping");
    return false;
}

static int wait_ms(const struct daemon *d)
{
    int64_t now = ups_now(d->clock), next = core_next_ms(d->core);

    if (d->subagent && subagent_next_ms(d->subagent) < next)
        next = subagent_next_ms(d->subagent);
    /* no GET wakes this loop in standalone mode: without this, ages and counters would lag */
    if (d->standalone && next > now + STANDALONE_TURN_MS)
        next = now + STANDALONE_TURN_MS;
    if (next <= now)
        return 0;
    return next - now > 60000 ? 60000 : (int)(next - now);
}

static void loop(struct daemon *d)
{
    for (;;) {
        struct pollfd p[3] = {{.fd = d->signal_fd, .events = POLLIN},
                              {.fd = d->event_fd, .events = POLLIN},
                              {.fd = -1}};
        if (d->subagent) {
            p[2].fd = subagent_fd(d->subagent);
            p[2].events = subagent_events(d->subagent);
        }
        if (poll(p, 3, wait_ms(d)) < 0 && errno != EINTR) {
            log_msg(LOG_LVL_ERR, "core", NULL, "poll: %m");
            return;
        }
        if (p[1].revents)
            clear_fd(d->event_fd);
        take_reports(d);
        take_results(d);
        core_tick(d->core);
        if (d->subagent)
            subagent_run(d->subagent, p[2].revents);
        if (p[0].revents && !take_signal(d))
            return;
    }
}

static int run(const struct cli *cli)
{
    struct daemon d = {
        .cli = cli, .clock = &ups_clock_system, .event_fd = -1, .agent_fd = -1, .signal_fd = -1};
    struct background bg = {.ready_fd = -1};
    char why[256];
    bool ok;

    d.conf = load(cli);
    if (!d.conf)
        return 1;
    if (!cli->foreground && !background_enter(&bg)) {
        conf_free(d.conf);
        return bg.status;
    }
    log_open(cli->foreground ? LOG_TO_STDERR : LOG_TO_SYSLOG, "upsmibd");
    /* one arena: a heap for each of many small threads would cost more than all they allocate */
    mallopt(M_ARENA_MAX, 1);
    ok = start(&d, why, sizeof(why));
    if (ok) {
        log_msg(LOG_LVL_NOTICE, "core", NULL, "upsmibd %s started, %zu unit%s", PACKAGE_VERSION,
                d.conf->unit_count, d.conf->unit_count == 1 ? "" : "s");
        background_ready(&bg);
        loop(&d);
    } else {
        log_msg(LOG_LVL_ERR, "core", NULL, "%s", why);
        background_failed(&bg, why);
    }
    stop(&d);
    conf_free(d.conf);
    return ok ? 0 : 1;
}

int upsmibd_main(int argc, char **argv)
{
    struct cli cli;
    int status = cli_parse(argc, argv, &cli);

    if (status >= 0)
        return status;
    if (cli.debug)
        log_debug(cli.debug_subsystem);
    switch (cli.mode) {
    case CLI_CHECK: return check(&cli);
    case CLI_PROBE:
    case CLI_RUN_COMMAND: return one_unit(&cli);
    case CLI_SCAN: return scan_run(&cli, stdout);
    case CLI_LIST_DRIVERS: return list_drivers(cli.driver);
    case CLI_RUN: break;
    }
    if (cli.standalone && !standalone_engine) {
        char why[256];
        standalone_exec(LIBEXECDIR "/upsmibd", argv, why, sizeof(why));
        fprintf(stderr, "upsmibd: %s\n", why);
        return 1;
    }
    return run(&cli);
}
