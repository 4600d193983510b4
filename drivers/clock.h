/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Time as a parameter.  Everything that depends on time asks a struct ups_clock, so that tests
 * can replace it; nothing else in drivers/ and agent/ calls clock_gettime().
 */
#ifndef CLOCK_H
#define CLOCK_H

#include <stdint.h>

struct ups_clock {
    int64_t (*mono_ms)(void *arg); /* milliseconds, never steps, counts on in suspend */
    int64_t (*wall_ms)(void *arg); /* milliseconds since 1970, UTC; steps when the host is set */
    void *arg;
};

/* The host's clock (CLOCK_BOOTTIME and CLOCK_REALTIME). */
extern const struct ups_clock ups_clock_system;

static inline int64_t ups_now(const struct ups_clock *c)
{
    return c->mono_ms(c->arg);
}

/* For telling people and for what outlives the process; never for measuring. */
static inline int64_t ups_wall(const struct ups_clock *c)
{
    return c->wall_ms(c->arg);
}

#endif
