/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The standalone agent without the daemon: serves made-up UPSes so that the adapter can be tested
 * and measured by itself.
 *
 *   standalone_demo ADDRESS CONF_FILE STATE_DIR UNITS [no-default|empty]
 *
 *   standalone_demo exec [ARGUMENT ...]      becomes upsmibd-standalone, as the daemon does
 *
 * Units are named ups0, ups1 ...; unit N has a battery of 48 + N volts; ups0 is the default.
 * A core without workers: what it is told once stays, and no device takes a command.
 * Prints "ready" when it listens, or "failed: reason"; ends when its standard input does.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "../../agent/conf_options.h"
#include "../../agent/core.h"
#include "../../agent/standalone/standalone.h"
#include "../../drivers/clock.h"
#include "../../drivers/log.h"

#define UNITS_MAX 256

struct demo {
    struct conf conf;
    struct conf_unit unit[UNITS_MAX];
    char name[UNITS_MAX][16];
    struct events *events;
    struct state *state;
    struct core *core;
    struct unit_report report;
    int event_fd;
};

static const struct drv_driver driver = {.name = "demo"};

static void fill(struct ups_reading *r, unsigned n)
{
    const char *model = "Demo 3000";

    ups_set_text(r, UPS_VAR_UPS_MFR, "Example", 7);
    ups_set_text(r, UPS_VAR_UPS_MODEL, model, strlen(model));
    ups_set_text(r, UPS_VAR_UPS_FIRMWARE, "1.0", 3);
    ups_set(r, UPS_VAR_BATTERY_CHARGE, 0, 97000);
    ups_set(r, UPS_VAR_BATTERY_RUNTIME, 0, 1830000);
    ups_set(r, UPS_VAR_BATTERY_VOLTAGE, 0, 48000 + 1000 * (int64_t)n);
    ups_set(r, UPS_VAR_INPUT_PHASES, 0, 3000);
    ups_set(r, UPS_VAR_OUTPUT_PHASES, 0, 3000);
    ups_set(r, UPS_VAR_OUTPUT_FREQUENCY, 0, 50000);
    for (unsigned line = 0; line < UPS_LINES_MAX; line++) {
        ups_set(r, UPS_VAR_INPUT_VOLTAGE, line, 230000 + line);
        ups_set(r, UPS_VAR_INPUT_FREQUENCY, line, 50000);
        ups_set(r, UPS_VAR_INPUT_CURRENT, line, 4100);
        ups_set(r, UPS_VAR_OUTPUT_VOLTAGE, line, 231000);
        ups_set(r, UPS_VAR_OUTPUT_CURRENT, line, 4000);
    }
    r->status = UPS_STATUS_MASK(OL);
}

static void describe(struct demo *demo, size_t units, bool has_default)
{
    conf_timing_defaults(&demo->conf.timing);
    demo->conf.unit = demo->unit;
    demo->conf.unit_count = units;
    for (size_t i = 0; i < units; i++) {
        char *name = demo->name[i];
        snprintf(name, sizeof(demo->name[i]), "ups%u", (unsigned)(i % 1000));
        demo->unit[i] = (struct conf_unit){.name = name,
                                           .context = name,
                                           .desc = name,
                                           .port = "/dev/null",
                                           .driver = &driver,
                                           .timing = demo->conf.timing,
                                           .is_default = has_default && i == 0};
    }
}

static enum ups_error submit(void *arg, size_t unit, const struct unit_job *job)
{
    (void)arg, (void)unit, (void)job;
    return UPS_E_DISCONNECTED;
}

static void wake(void *arg)
{
    static const uint64_t one = 1;
    const struct demo *demo = arg;

    while (write(demo->event_fd, &one, sizeof(one)) < 0 && errno == EINTR)
        continue;
}

static bool open_core(struct demo *demo)
{
    demo->event_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    demo->events = events_open(NULL, &demo->conf, &ups_clock_system);
    demo->state = state_open(NULL, &demo->conf, demo->events);
    demo->core = core_new(&(struct core_config){.conf = &demo->conf,
                                                .clock = &ups_clock_system,
                                                .events = demo->events,
                                                .state = demo->state,
                                                .submit = submit,
                                                .wake = wake,
                                                .arg = demo});
    return demo->core != NULL && demo->event_fd >= 0;
}

static void close_core(struct demo *demo)
{
    core_free(demo->core);
    state_close(demo->state);
    events_close(demo->events);
    close(demo->event_fd);
}

/* A good full poll of every unit. */
static void report(struct demo *demo)
{
    struct unit_report *r = &demo->report;

    for (size_t i = 0; i < demo->conf.unit_count; i++) {
        memset(r, 0, sizeof(*r));
        r->link = UNIT_UP;
        r->full = true;
        r->reading.taken_ms = ups_now(&ups_clock_system);
        fill(&r->reading, (unsigned)i);
        core_report(demo->core, i, r);
    }
}

/* Waits for the end of standard input. */
static void wait_for_end(void)
{
    char byte;

    while (read(STDIN_FILENO, &byte, 1) > 0)
        continue;
}

static int serve(const struct standalone_config *config)
{
    struct standalone *agent;
    char why[256];
    int rc = standalone_start(config, &agent, why, sizeof(why));

    if (rc != 0) {
        printf("failed: %s\n", why);
        return 1;
    }
    printf("ready\n");
    fflush(stdout);
    wait_for_end();
    standalone_stop(agent);
    printf("stopped\n");
    return 0;
}

static int become_standalone(char **argv)
{
    char why[256];

    standalone_exec("/nonexistent", argv, why, sizeof(why));
    printf("failed: %s\n", why);
    return 1;
}

int main(int argc, char **argv)
{
    static struct demo demo; /* too large for a stack */
    const char *mode = argc > 5 ? argv[5] : "";
    unsigned long units = argc > 4 ? strtoul(argv[4], NULL, 10) : 0;
    int rc;

    if (argc > 1 && strcmp(argv[1], "exec") == 0)
        return become_standalone(argv);
    if (argc < 5 || units == 0 || units > UNITS_MAX) {
        fprintf(stderr, "usage: %s ADDRESS CONF_FILE STATE_DIR UNITS [no-default|empty]\n",
                argv[0]);
        return 2;
    }
    log_open(LOG_TO_STDERR, "standalone_demo");
    describe(&demo, units, strcmp(mode, "no-default") != 0);
    if (!open_core(&demo)) {
        printf("failed: out of memory\n");
        return 1;
    }
    if (strcmp(mode, "empty") != 0)
        report(&demo);
    rc = serve(&(struct standalone_config){
        .address = argv[1],
        .conf_file = argv[2],
        .state_dir = argv[3],
        .clock = &ups_clock_system,
        .conf = &demo.conf,
        .core = demo.core,
        .event_fd = demo.event_fd,
    });
    close_core(&demo);
    return rc;
}
