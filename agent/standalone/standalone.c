/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The agent's thread: started, waited for until it listens, stopped.  All that the library does
 * happens in it; only this file knows that there is another thread.
 */
#include "config.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "../../drivers/log.h"
#include "../../drivers/ups.h"
#include "engine.h"

#define START_MS 10000
#define STOP_MS  5000

struct standalone {
    struct engine engine; /* the thread's own between start and join */
    pthread_t thread;
    pthread_mutex_t lock;
    int ready_fd;  /* the thread has listened or failed */
    int done_fd;   /* the thread is about to return */
    int result;    /* under lock: of engine_open() */
    char why[256]; /* under lock once ready */
};

const char *engine_version(const struct engine *engine)
{
    return engine->config.version != NULL ? engine->config.version : PACKAGE_VERSION;
}

static void signal_fd(int fd)
{
    static const uint64_t one = 1;

    while (write(fd, &one, sizeof(one)) < 0 && errno == EINTR)
        continue;
}

/* Waits until an eventfd was signalled.  false: not within timeout_ms. */
static bool wait_fd(int fd, int timeout_ms)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};
    int n;

    do
        n = poll(&p, 1, timeout_ms);
    while (n < 0 && errno == EINTR);
    return n > 0;
}

static void destroy(struct standalone *agent)
{
    const int fds[] = {agent->engine.stop_fd, agent->ready_fd, agent->done_fd};

    for (size_t i = 0; i < sizeof(fds) / sizeof(fds[0]); i++) {
        if (fds[i] >= 0)
            close(fds[i]);
    }
    pthread_mutex_destroy(&agent->lock);
    free(agent);
}

static void *thread_main(void *arg)
{
    struct standalone *agent = arg;
    char why[sizeof(agent->why)] = "";
    int rc;

    agent->engine.why = why;
    agent->engine.why_size = sizeof(why);
    rc = engine_open(&agent->engine);
    pthread_mutex_lock(&agent->lock);
    agent->result = rc;
    memcpy(agent->why, why, sizeof(why));
    pthread_mutex_unlock(&agent->lock);
    signal_fd(agent->ready_fd);
    if (rc == 0)
        engine_run(&agent->engine);
    engine_close(&agent->engine);
    signal_fd(agent->done_fd);
    return NULL;
}

/* Signals belong to the daemon's main thread: this one starts with all of them blocked. */
static int start_thread(struct standalone *agent)
{
    sigset_t all, before;
    int rc;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    rc = pthread_create(&agent->thread, NULL, thread_main, agent);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return rc;
}

/* Ends the thread.  false: it hangs in the library, and with it everything that it may touch. */
static bool finish_thread(struct standalone *agent)
{
    signal_fd(agent->engine.stop_fd);
    if (!wait_fd(agent->done_fd, STOP_MS)) {
        pthread_detach(agent->thread);
        return false;
    }
    pthread_join(agent->thread, NULL);
    return true;
}

static struct standalone *create(const struct standalone_config *config)
{
    struct standalone *agent = calloc(1, sizeof(*agent));

    if (agent == NULL)
        return NULL;
    agent->engine.config = *config;
    pthread_mutex_init(&agent->lock, NULL);
    agent->engine.stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    agent->ready_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    agent->done_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (agent->engine.stop_fd < 0 || agent->ready_fd < 0 || agent->done_fd < 0) {
        destroy(agent);
        return NULL;
    }
    return agent;
}

int standalone_start(const struct standalone_config *config, struct standalone **out, char *why,
                     size_t why_size)
{
    struct standalone *agent = create(config);
    int rc;

    *out = NULL;
    if (agent == NULL) {
        snprintf(why, why_size, "cannot create the agent: %s", strerror(errno));
        return UPS_E_SYSTEM;
    }
    engine_clean_environment();
    rc = start_thread(agent);
    if (rc != 0) {
        snprintf(why, why_size, "cannot start the agent's thread: %s", strerror(rc));
        destroy(agent);
        return UPS_E_SYSTEM;
    }
    if (!wait_fd(agent->ready_fd, START_MS)) {
        snprintf(why, why_size, "the agent did not come up within %d s", START_MS / 1000);
        if (finish_thread(agent))
            destroy(agent);
        return UPS_E_TIMEOUT;
    }
    pthread_mutex_lock(&agent->lock);
    rc = agent->result;
    snprintf(why, why_size, "%s", agent->why);
    pthread_mutex_unlock(&agent->lock);
    if (rc == 0)
        *out = agent;
    else if (finish_thread(agent))
        destroy(agent);
    return rc;
}

void standalone_stop(struct standalone *agent)
{
    if (agent == NULL)
        return;
    if (finish_thread(agent))
        destroy(agent);
    else
        log_msg(LOG_LVL_ERR, "snmp", NULL, "the agent's thread hangs; given up after %d s",
                STOP_MS / 1000);
}
