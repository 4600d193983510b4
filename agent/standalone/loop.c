/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The loop of the agent's thread: net-snmp's sockets, its alarms, and one descriptor to stop it.
 * The large descriptor set is used because a process with many ports has descriptors above 1023.
 */
#include <net-snmp/net-snmp-config.h>

#include <net-snmp/net-snmp-includes.h>

#include <net-snmp/agent/net-snmp-agent-includes.h>
#include <net-snmp/library/large_fd_set.h>

#include "engine.h"

#define TURN_S 3600 /* longest wait; the library shortens it to its next alarm */

/* One turn.  Returns false when stop_fd has become readable. */
static bool turn(int stop_fd)
{
    netsnmp_large_fd_set fds;
    struct timeval wait = {.tv_sec = TURN_S};
    int count = 0, block = 0, ready;
    bool stop = false;

    netsnmp_large_fd_set_init(&fds, FD_SETSIZE);
    snmp_select_info2(&count, &fds, &wait, &block);
    netsnmp_large_fd_setfd(stop_fd, &fds);
    if (stop_fd >= count)
        count = stop_fd + 1;
    ready = netsnmp_large_fd_set_select(count, &fds, NULL, NULL, &wait);
    if (ready > 0) {
        stop = netsnmp_large_fd_is_set(stop_fd, &fds);
        netsnmp_large_fd_clr(stop_fd, &fds);
        snmp_read2(&fds);
    } else if (ready == 0) {
        snmp_timeout();
    }
    /* Alarms only after reading: one may consume what the set announced. */
    run_alarms();
    netsnmp_check_outstanding_agent_requests();
    netsnmp_large_fd_set_cleanup(&fds);
    return !stop;
}

void engine_run(int stop_fd)
{
    while (turn(stop_fd))
        continue;
}
