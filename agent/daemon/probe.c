/* SPDX-License-Identifier: BSD-2-Clause */
/* One unit at a time, without a daemon: --probe. */
#include "probe.h"

#include <stdio.h>

#include "../worker.h"

/* Three tries of the slowest device to answer, a few times over. */
#define PROBE_MS 30000

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
