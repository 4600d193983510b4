/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * keepawake SECONDS: one busy loop at SCHED_IDLE on each CPU, so that no CPU sleeps between two
 * packets and latencies do not measure its waking up (40 to 50 us a hop on a small virtual
 * machine).  SCHED_IDLE gives way to everything else at once.  Ends after SECONDS or with its
 * parent.
 */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void spin(int cpu, pid_t parent, long seconds)
{
    struct sched_param param = {0};
    struct timespec start, now;
    cpu_set_t set;

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    CPU_ZERO(&set);
    CPU_SET((size_t)cpu, &set);
    if (getppid() != parent || sched_setaffinity(0, sizeof set, &set) < 0 ||
        sched_setscheduler(0, SCHED_IDLE, &param) < 0)
        _exit(1);
    clock_gettime(CLOCK_MONOTONIC, &start);
    do
        clock_gettime(CLOCK_MONOTONIC, &now);
    while (now.tv_sec - start.tv_sec < seconds);
    _exit(0);
}

int main(int argc, char **argv)
{
    char *end = NULL;
    long seconds = argc == 2 ? strtol(argv[1], &end, 10) : 0;
    pid_t self = getpid();
    cpu_set_t set;
    int failed = 0, status;

    if (seconds < 1 || seconds > 3600 || *end != '\0') {
        fprintf(stderr, "usage: keepawake SECONDS (1 to 3600)\n");
        return 2;
    }
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (sched_getaffinity(0, sizeof set, &set) < 0) {
        fprintf(stderr, "keepawake: sched_getaffinity: %s\n", strerror(errno));
        return 1;
    }
    for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
        if (!CPU_ISSET((size_t)cpu, &set))
            continue;
        switch (fork()) {
        case -1: fprintf(stderr, "keepawake: fork: %s\n", strerror(errno)); return 1;
        case 0: spin(cpu, self, seconds); break;
        default: break;
        }
    }
    while (wait(&status) > 0)
        failed |= status;
    return failed != 0;
}
