/* SPDX-License-Identifier: BSD-2-Clause */
/* The state file and its thread: see state.h. */
#include "state.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "event.h"
#include "state_dir.h"
#include "state_file.h"
#include "state_late.h"

#define NAME     "state"
#define NAME_NEW "state.new"
#define NAME_BAD "state.damaged"

#define FILE_MAX    ((size_t)16 << 20) /* 1024 units take 7 MB at the very most */
#define STRANGERS   64                 /* units that are not configured any more but remembered */
#define GATHER_MS   100                /* changes within it are written together */
#define RETRY_MS    5000               /* after a failure */
#define CLOSE_MS    5000               /* that the last write may take */
#define STACK_BYTES ((size_t)128 << 10)

struct entry {
    char name[CONF_NAME_MAX + 1];
    struct state_unit *unit; /* owned; without the alarm rows that it does not have */
};

struct state {
    char *path; /* NULL: nothing is kept */
    struct events *events;
    int dir; /* -1: not open yet; the thread's */
    bool unread, told;
    pthread_t thread;
    bool threaded;

    pthread_mutex_t lock; /* for what follows */
    pthread_cond_t wake;  /* the thread has to look */
    pthread_cond_t ended; /* `done` is set */
    size_t unit_count, stranger_count;
    struct entry *unit; /* the configuration's, then the strangers */
    bool dirty, poked, stop, done, orphan;
    struct state_late late; /* what the file does not hold yet */
};

void state_unit_init(struct state_unit *unit)
{
    memset(unit, 0, sizeof(*unit));
    unit->low_minutes = -1;
    unit->next_alarm_id = 1;
    unit->test_id = SNAP_TEST_ID_NONE;
    unit->test_result = SNAP_TEST_NONE;
    unit->countdown = SNAP_COUNT_NONE;
    unit->off_command = UPS_COMMAND_COUNT;
    snap_counters_init(&unit->counters);
}

/* -- entries ---------------------------------------------------------------------------------- */

/* Texts end, and no more rows are claimed than there are, whoever filled it in. */
static void tidy(struct state_unit *unit)
{
    unit->name[sizeof(unit->name) - 1] = '\0';
    unit->attached[sizeof(unit->attached) - 1] = '\0';
    unit->test_detail[sizeof(unit->test_detail) - 1] = '\0';
    if (unit->alarm_count > STATE_ALARMS_MAX)
        unit->alarm_count = STATE_ALARMS_MAX;
}

/* What a unit with so many alarms takes. */
static size_t size_of(uint32_t alarms)
{
    return offsetof(struct state_unit, alarm) + alarms * sizeof(struct state_alarm);
}

/* false: no memory, and the entry is as it was. */
static bool hold(struct entry *e, const struct state_unit *unit)
{
    uint32_t alarms = unit->alarm_count < STATE_ALARMS_MAX ? unit->alarm_count : STATE_ALARMS_MAX;
    struct state_unit *own = e->unit;

    if (!own || own->alarm_count != alarms)
        own = realloc(e->unit, size_of(alarms));
    if (!own)
        return false;
    memcpy(own, unit, size_of(alarms));
    tidy(own);
    e->unit = own;
    return true;
}

/* -- failures --------------------------------------------------------------------------------- */

static void tell(struct state *state, int err)
{
    if (err != 0 && !state->told)
        log_msg(LOG_LVL_WARN, "state", NULL,
                "%s/" NAME ": %s; what changes is not kept over a restart", state->path,
                strerror(-err));
    if (err == 0 && state->told)
        log_msg(LOG_LVL_NOTICE, "state", NULL, "%s/" NAME ": can be written again", state->path);
    state->told = err != 0;
}

/* -- reading ---------------------------------------------------------------------------------- */

static struct entry *find(struct state *state, const char *name)
{
    for (size_t i = 0; i < state->unit_count + state->stranger_count; i++)
        if (strcmp(state->unit[i].name, name) == 0)
            return &state->unit[i];
    return NULL;
}

/* A section of the file: a configured unit's, or one of a unit that may come back. */
static bool take(void *arg, const char *name, const struct state_unit *unit)
{
    struct state *state = arg;
    struct entry *e = find(state, name);
    bool stranger = !e;

    if (stranger && state->stranger_count == STRANGERS) {
        log_msg(LOG_LVL_INFO, "state", NULL,
                "[%s] is forgotten: more than %d units are not configured", name, STRANGERS);
        return true;
    }
    if (stranger) {
        e = &state->unit[state->unit_count + state->stranger_count];
        snprintf(e->name, sizeof(e->name), "%s", name);
    }
    if (hold(e, unit))
        state->stranger_count += stranger;
    else
        log_msg(LOG_LVL_ERR, "state", NULL, "[%s]: out of memory: its state is forgotten", name);
    return true;
}

static void set_aside(struct state *state, const char *why)
{
    int err = state_dir_rename(state->dir, NAME, NAME_BAD);

    log_msg(LOG_LVL_WARN, "state", NULL, "%s/" NAME ": %s; starting afresh, the file is %s",
            state->path, why, err == 0 ? "set aside as " NAME_BAD : "in the way");
    state->unread = err != 0;
}

static void load(struct state *state)
{
    char why[100];
    char *text = NULL;
    ssize_t len;

    state->dir = state_dir_open(state->path);
    if (state->dir < 0) {
        tell(state, state->dir);
        state->unread = true;
        return;
    }
    len = state_dir_read(state->dir, NAME, FILE_MAX, &text);
    if (len < 0 && len != -ENOENT) {
        snprintf(why, sizeof(why), "%s", strerror((int)-len));
        set_aside(state, why);
    } else if (len >= 0 && !state_file_read(text, (size_t)len, take, state, why, sizeof(why))) {
        set_aside(state, why);
    }
    free(text);
    /* what a program that was killed could not write any more: written before it is forgotten */
    state->dirty = state_late_read(state->dir, take, state) > 0;
}

/* -- writing: the thread ---------------------------------------------------------------------- */

/* The lock is held for one unit at a time, so that the core waits for no more than that. */
static void format(struct state *state, struct record_text *text)
{
    size_t count = state->unit_count + state->stranger_count;

    state_file_begin(text);
    for (size_t i = 0; i < count; i++) {
        pthread_mutex_lock(&state->lock);
        state_file_unit(text, state->unit[i].name, state->unit[i].unit);
        pthread_mutex_unlock(&state->lock);
    }
    state_file_end(text);
}

static int write_new(const struct state *state, const struct record_text *text)
{
    int fd = state_dir_create(state->dir, NAME_NEW);
    int err = fd < 0 ? fd : state_dir_write(fd, text->at, text->len, 0);

    if (err == 0 && fsync(fd) < 0)
        err = -errno;
    if (fd >= 0 && close(fd) < 0 && err == 0)
        err = -errno;
    return err;
}

/* The old file, if it could not be read, must not be lost. */
static int keep_unread(struct state *state)
{
    int err = state->unread ? state_dir_rename(state->dir, NAME, NAME_BAD) : 0;

    if (err == -ENOENT)
        err = 0;
    if (err == 0)
        state->unread = false;
    return err;
}

static int write_file(struct state *state)
{
    struct record_text text = {0};
    int err = 0;

    if (state->dir < 0)
        state->dir = state_dir_open(state->path);
    if (state->dir < 0)
        return state->dir;
    format(state, &text);
    if (text.failed)
        err = -ENOMEM;
    if (err == 0)
        err = write_new(state, &text);
    if (err == 0)
        err = keep_unread(state);
    if (err == 0)
        err = state_dir_rename(state->dir, NAME_NEW, NAME);
    if (err == 0 && fsync(state->dir) < 0)
        err = -errno;
    if (err != 0)
        (void)unlinkat(state->dir, NAME_NEW, 0);
    record_free(&text);
    return err;
}

static void until(struct timespec *at, long ms)
{
    clock_gettime(CLOCK_MONOTONIC, at);
    at->tv_sec += ms / 1000;
    at->tv_nsec += ms % 1000 * 1000000;
    if (at->tv_nsec >= 1000000000) {
        at->tv_sec++;
        at->tv_nsec -= 1000000000;
    }
}

/* With the lock held: lets time pass, unless the program ends. */
static void pause_thread(struct state *state, long ms)
{
    struct timespec at;

    until(&at, ms);
    while (!state->stop && pthread_cond_timedwait(&state->wake, &state->lock, &at) != ETIMEDOUT)
        ;
}

/* With the lock held, which it gives up meanwhile: writes what is to be written.  false: failed. */
static bool work(struct state *state)
{
    bool dirty = state->dirty, poked = state->poked, write = dirty && state->path;
    int err = 0;

    state->dirty = state->poked = false;
    pthread_mutex_unlock(&state->lock);
    if (write) {
        err = write_file(state);
        tell(state, err);
    }
    if (state->events && (dirty || poked))
        events_sync(state->events);
    pthread_mutex_lock(&state->lock);
    state->dirty |= err != 0;
    if (write && !state->dirty)
        state_late_clear(&state->late, state->dir);
    return err == 0;
}

static void destroy(struct state *state)
{
    if (state->dir >= 0)
        close(state->dir);
    state_late_close(&state->late);
    pthread_cond_destroy(&state->wake);
    pthread_cond_destroy(&state->ended);
    pthread_mutex_destroy(&state->lock);
    for (size_t i = 0; state->unit && i < state->unit_count + STRANGERS; i++)
        free(state->unit[i].unit);
    free(state->unit);
    free(state->path);
    free(state);
}

static void *run(void *arg)
{
    struct state *state = arg;
    bool orphan;

    pthread_mutex_lock(&state->lock);
    while (!state->stop) {
        while (!state->stop && !state->dirty && !state->poked)
            pthread_cond_wait(&state->wake, &state->lock);
        pause_thread(state, GATHER_MS);
        if (!state->stop && !work(state))
            pause_thread(state, RETRY_MS);
    }
    if (!state->orphan)
        (void)work(state);
    state->done = true;
    orphan = state->orphan;
    pthread_cond_signal(&state->ended);
    pthread_mutex_unlock(&state->lock);
    if (orphan)
        destroy(state);
    return NULL;
}

/* Signals are the main thread's. */
static bool start(struct state *state)
{
    pthread_attr_t attr;
    sigset_t all, old;
    int err;

    sigfillset(&all);
    if (pthread_attr_init(&attr) != 0)
        return false;
    (void)pthread_attr_setstacksize(&attr, STACK_BYTES);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    err = pthread_create(&state->thread, &attr, run, state);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    pthread_attr_destroy(&attr);
    state->threaded = err == 0;
    return err == 0;
}

/* Begins what late changes are kept in, once the file has those of the last run. */
static void start_late(struct state *state)
{
    int err = state->dirty ? write_file(state) : 0;

    if (state->dir < 0)
        return;
    tell(state, err);
    state->dirty = err != 0;
    if (err == 0)
        state_late_clear(&state->late, state->dir);
}

/* -- interface -------------------------------------------------------------------------------- */

static bool prepare(struct state *state, const struct conf *conf)
{
    struct state_unit unknown;
    pthread_condattr_t attr;

    pthread_mutex_init(&state->lock, NULL);
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&state->wake, &attr);
    pthread_cond_init(&state->ended, &attr);
    pthread_condattr_destroy(&attr);
    state->unit_count = conf->unit_count;
    state->unit = calloc(conf->unit_count + STRANGERS, sizeof(*state->unit));
    if (!state->unit)
        return false;
    state_unit_init(&unknown);
    for (size_t i = 0; i < conf->unit_count; i++) {
        snprintf(state->unit[i].name, sizeof(state->unit[i].name), "%s", conf->unit[i].name);
        if (!hold(&state->unit[i], &unknown))
            return false;
    }
    return true;
}

struct state *state_open(const char *dir, const struct conf *conf, struct events *events)
{
    struct state *state = calloc(1, sizeof(*state));
    bool ok;

    if (!state)
        return NULL;
    state->dir = state->late.fd = -1;
    state->events = events;
    ok = prepare(state, conf);
    if (ok && dir) {
        state->path = strdup(dir);
        ok = state->path != NULL;
        if (ok) {
            load(state);
            start_late(state);
        }
    }
    if (ok && (dir || events))
        ok = start(state);
    if (ok)
        return state;
    destroy(state);
    return NULL;
}

/* The lock is no part of what const promises. */
static pthread_mutex_t *lock_of(const struct state *state)
{
    return &((struct state *)(uintptr_t)state)->lock;
}

void state_get(const struct state *state, size_t index, struct state_unit *unit)
{
    const struct state_unit *own;

    state_unit_init(unit);
    pthread_mutex_lock(lock_of(state));
    own = state->unit[index].unit;
    memcpy(unit, own, size_of(own->alarm_count));
    pthread_mutex_unlock(lock_of(state));
}

void state_put(struct state *state, size_t index, const struct state_unit *unit)
{
    struct entry *e = &state->unit[index];
    bool held = true;

    pthread_mutex_lock(&state->lock);
    if (!state_file_same(e->unit, unit)) {
        held = hold(e, unit);
        if (held) {
            state->dirty = true;
            state_late_add(&state->late, e->name, e->unit);
            pthread_cond_signal(&state->wake);
        }
    }
    pthread_mutex_unlock(&state->lock);
    if (!held)
        log_msg(LOG_LVL_ERR, "state", NULL, "[%s]: out of memory: the last state stays", e->name);
}

void state_poke(struct state *state)
{
    pthread_mutex_lock(&state->lock);
    state->poked = true;
    pthread_cond_signal(&state->wake);
    pthread_mutex_unlock(&state->lock);
}

/* A thread that hangs in the kernel is left behind, and frees when it comes back. */
void state_close(struct state *state)
{
    struct timespec at;
    bool done;

    if (!state)
        return;
    if (!state->threaded) {
        destroy(state);
        return;
    }
    until(&at, CLOSE_MS);
    pthread_mutex_lock(&state->lock);
    state->stop = true;
    pthread_cond_signal(&state->wake);
    while (!state->done && pthread_cond_timedwait(&state->ended, &state->lock, &at) != ETIMEDOUT)
        ;
    done = state->done;
    state->orphan = !done;
    pthread_mutex_unlock(&state->lock);
    if (done) {
        pthread_join(state->thread, NULL);
        destroy(state);
    } else {
        log_msg(LOG_LVL_ERR, "state", NULL, "the disk does not answer: the last changes are lost");
        pthread_detach(state->thread);
    }
}
