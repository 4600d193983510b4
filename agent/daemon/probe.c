/* SPDX-License-Identifier: BSD-2-Clause */
/* One unit at a time, without a daemon: --probe and --run. */
#include "probe.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "../worker.h"

/* Three tries of the slowest device to answer, a few times over. */
#define PROBE_MS 30000
/* A command, besides: an inverter takes its time to start. */
#define RUN_MS 90000

static void print(void *arg, const char *name, const char *value)
{
    (void)arg;
    printf("%s: %s\n", name, value);
}

int probe_unit(const struct conf_unit *unit)
{
    const struct ups_clock *clock = &ups_clock_system;
    struct unit_report report;
    enum ups_error err = worker_probe(unit, clock, ups_now(clock) + PROBE_MS, &report);

    ups_caps_clear(&report.caps);
    if (err != UPS_OK) {
        fprintf(stderr, "upsmibd: %s: %s\n", unit->name,
                report.why[0] ? report.why : ups_strerror(err));
        return 1;
    }
    ups_list(&report.reading, print, NULL);
    if (fflush(stdout) != 0) {
        perror("upsmibd: stdout");
        return 1;
    }
    return 0;
}

/* Leaves *arg alone without a value; false with a message if it is none that this command takes. */
static bool command_value(const struct ups_command_info *info, const char *text, int32_t *arg)
{
    char *end;
    long long v;

    if (!text)
        return true;
    if (info->arg_unit == UPS_UNIT_NONE) {
        fprintf(stderr, "upsmibd: %s takes no value\n", info->name);
        return false;
    }
    errno = 0;
    v = strtoll(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0' || v < info->arg_min || v > info->arg_max) {
        fprintf(stderr,
                "upsmibd: %s: expected a whole number from %" PRId32 " to %" PRId32
                " %s, found '%s'\n",
                info->name, info->arg_min, info->arg_max, ups_unit_symbol(info->arg_unit), text);
        return false;
    }
    *arg = (int32_t)v;
    return true;
}

int run_command(const struct conf_unit *unit, const char *command, const char *value)
{
    const struct ups_clock *clock = &ups_clock_system;
    enum ups_command cmd = ups_command_find(command);
    struct unit_report report;
    enum ups_error err;
    struct ups_command_args args = {-1, -1, false};

    if (cmd == UPS_COMMAND_COUNT) {
        fprintf(stderr, "upsmibd: %s: no instant command of this name\n", command);
        return 1;
    }
    if (!command_value(&ups_commands[cmd], value, &args.value))
        return 1;
    err = worker_command(unit, clock, ups_now(clock) + RUN_MS, cmd, args, &report);
    ups_caps_clear(&report.caps);
    if (err == UPS_OK)
        return 0;
    fprintf(stderr, "upsmibd: %s: %s: %s\n", unit->name, command,
            report.why[0] ? report.why : ups_strerror(err));
    return 1;
}
