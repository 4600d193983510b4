/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The loop of the agent's thread: net-snmp's sockets, its alarms, and one descriptor to stop it.
 * The large descriptor set is used because a process with many ports has descriptors above 1023.
 */
#include <net-snmp/net-snmp-config.h>

#include <net-snmp/net-snmp-includes.h>

#include <net-snmp/agent/net-snmp-agent-includes.h>
#include <net-snmp/library/large_fd_set.h>

#include <errno.h>
#include <unistd.h>

#include "engine.h"

#define TURN_S 3600 /* longest wait; the library shortens it to its next alarm */

/* Until the next event is due, TURN_S at most. */
static struct timeval wait_of(const struct engine *engine)
{
    int64_t now = ups_now(engine->config.clock);
    int64_t next = core_event_next_ms(engine->config.core);
    int64_t wait = next <= now ? 0 : next - now;

    if (wait > TURN_S * INT64_C(1000))
        wait = TURN_S * INT64_C(1000);
    return (struct timeval){.tv_sec = wait / 1000, .tv_usec = wait % 1000 * 1000};
}

static void watch(int fd, netsnmp_large_fd_set *fds, int *count)
{
    netsnmp_large_fd_setfd(fd, fds);
    if (fd >= *count)
        *count = fd + 1;
}

/* Was our own descriptor readable?  Afterwards the set is the library's alone. */
static bool taken(int fd, netsnmp_large_fd_set *fds)
{
    bool set = netsnmp_large_fd_is_set(fd, fds);

    netsnmp_large_fd_clr(fd, fds);
    return set;
}

static void drain(int fd)
{
    uint64_t count;

    while (read(fd, &count, sizeof(count)) < 0 && errno == EINTR)
        continue;
}

/* One turn.  Returns false when stop_fd has become readable. */
static bool turn(struct engine *engine)
{
    netsnmp_large_fd_set fds;
    struct timeval wait = wait_of(engine);
    int count = 0, block = 0, ready;
    bool stop = false;

    netsnmp_large_fd_set_init(&fds, FD_SETSIZE);
    snmp_select_info2(&count, &fds, &wait, &block);
    watch(engine->stop_fd, &fds, &count);
    watch(engine->config.event_fd, &fds, &count);
    ready = netsnmp_large_fd_set_select(count, &fds, NULL, NULL, &wait);
    if (ready > 0) {
        stop = taken(engine->stop_fd, &fds);
        if (taken(engine->config.event_fd, &fds))
            drain(engine->config.event_fd);
        snmp_read2(&fds);
    } else if (ready == 0) {
        snmp_timeout();
    }
    /* Alarms only after reading: one may consume what the set announced. */
    run_alarms();
    netsnmp_check_outstanding_agent_requests();
    netsnmp_large_fd_set_cleanup(&fds);
    engine_send_events(engine);
    return !stop;
}

void engine_run(struct engine *engine)
{
    while (turn(engine))
        continue;
}
