/* SPDX-License-Identifier: BSD-2-Clause */
/* The host's clock. */
#include "clock.h"

#include <time.h>

static int64_t system_mono_ms(void *arg)
{
    struct timespec ts;

    (void)arg;
    clock_gettime(CLOCK_BOOTTIME, &ts);
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static int64_t system_wall_ms(void *arg)
{
    struct timespec ts;

    (void)arg;
    clock_gettime(CLOCK_REALTIME, &ts);
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

const struct ups_clock ups_clock_system = {
    .mono_ms = system_mono_ms,
    .wall_ms = system_wall_ms,
};
