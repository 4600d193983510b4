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
 * Prints "ready" when it listens, or "failed: reason"; ends when its standard input does.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../agent/snapshot.h"
#include "../../agent/standalone/standalone.h"
#include "../../drivers/clock.h"
#include "../../drivers/log.h"

#define UNITS_MAX 256

struct demo {
    struct standalone_unit unit[UNITS_MAX];
    char name[UNITS_MAX][16];
    struct snapshot *snap[UNITS_MAX];
};

static const struct snapshot *hold(void *cookie)
{
    struct snapshot *const *snap = cookie;

    return *snap != NULL ? snapshot_hold(*snap) : NULL;
}

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

static struct snapshot *make(const char *name, unsigned n)
{
    struct snapshot *s = calloc(1, sizeof(*s));

    if (s == NULL)
        return NULL;
    atomic_init(&s->refs, 1);
    s->unit = name;
    s->fresh = true;
    snprintf(s->ident_name, sizeof(s->ident_name), "%s", name);
    snprintf(s->attached_devices, sizeof(s->attached_devices), "rack");
    s->on_battery_since_ms = -1;
    s->test_id = SNAP_TEST_ID_NONE;
    s->test_result = SNAP_TEST_NONE;
    fill(&s->reading, n);
    return s;
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
    for (unsigned i = 0; i < units; i++) {
        snprintf(demo.name[i], sizeof(demo.name[i]), "ups%u", i);
        if (strcmp(mode, "empty") != 0)
            demo.snap[i] = make(demo.name[i], i);
        demo.unit[i] = (struct standalone_unit){
            .context = demo.name[i],
            .cookie = &demo.snap[i],
            .is_default = i == 0 && strcmp(mode, "no-default") != 0,
        };
    }
    log_open(LOG_TO_STDERR, "standalone_demo");
    rc = serve(&(struct standalone_config){
        .address = argv[1],
        .conf_file = argv[2],
        .state_dir = argv[3],
        .clock = &ups_clock_system,
        .units = demo.unit,
        .unit_count = units,
        .hold = hold,
    });
    for (unsigned i = 0; i < units; i++)
        snapshot_release(demo.snap[i]);
    return rc;
}
