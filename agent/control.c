/* SPDX-License-Identifier: BSD-2-Clause */
/* SETs through their phases: see control.h. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control_private.h"

/* So long a tested set keeps others off; one that was abandoned must not do so for ever. */
#define RESERVE_MS 10000

enum phase {
    SET_TESTED,  /* waits for its commit */
    SET_WAITING, /* committed, the device works on it, set-wait runs */
    SET_CLOSED,  /* answered: committed, failed or undone */
};

struct control_set {
    struct control_set *next; /* the one tested before */
    enum phase phase;
    struct control_plan plan;
    int64_t tested_ms, committed_ms;
    uint64_t job; /* what the device does for it; 0: nothing */
    bool stands;  /* the device acts or has acted: no way back */
    struct core_countdown count_before;
    uint32_t count_changes; /* of the countdown, after ours */
    bool counted;

    void (*done)(void *arg, enum set_error error);
    void *arg;
    enum set_error answer;
    bool tell;             /* done() is to be called */
    bool in_telling, over; /* it is being called, by `teller`; the set was ended meanwhile */
    pthread_t teller;
    pthread_cond_t told;
    struct control_saved *saved; /* by item */
    char *change;                /* "upsIdentName: "a" -> "b"", for the log */
    size_t count;
    struct control_item item[];
};

static struct core_unit *job_unit(struct core *core, const struct control_set *set)
{
    return &core->unit[set->plan.job_unit];
}

/* The unit that the log names: the device's, or the first one named. */
static struct core_unit *main_unit(struct core *core, const struct control_set *set)
{
    return &core->unit[set->plan.has_job ? set->plan.job_unit : set->item[0].unit];
}

/* -- the audit log ---------------------------------------------------------------------------- */

#define CHANGE_MOST 512 /* bytes of the log line's part about items; more are cut */

static void describe_change(const struct core *core, struct control_set *set)
{
    char was[128], wanted[128];
    size_t len = 0;

    for (size_t i = 0; set->change && i < set->count && len < CHANGE_MOST; i++) {
        const struct control_item *item = &set->item[i];
        log_value_now(core, item, was, sizeof(was));
        log_value_wanted(item, wanted, sizeof(wanted));
        len += (size_t)snprintf(set->change + len, CHANGE_MOST - len, "%s%s%s%s%s%s", i ? ", " : "",
                                item->object ? item->object : "?", was[0] ? ": " : " = ", was,
                                was[0] ? " -> " : "", wanted);
    }
}

static void log_outcome(struct core *core, const struct control_set *set, enum log_level level,
                        const char *outcome)
{
    struct core_unit *u = main_unit(core, set);
    const struct core_job *job = set->job ? jobs_find(job_unit(core, set), set->job) : NULL;

    log_msg(level, "control", u->conf->name, "SET %s: %s%s%s", set->change ? set->change : "?",
            job ? job->what : "", job ? ": " : "", outcome);
}

/* -- test ------------------------------------------------------------------------------------- */

static bool reserves(const struct control_set *set, int64_t now)
{
    return set->phase == SET_TESTED && now - set->tested_ms < RESERVE_MS;
}

/* What sets that were tested before this one, and not committed yet, have laid hands on. */
static void see_reserved(const struct control_set *set, struct plan_unit *p)
{
    for (const struct control_set *s = set->next; s; s = s->next) {
        if (!reserves(s, p->now_ms))
            continue;
        if (s->plan.has_job && s->plan.job_unit == p->number && p->reserved_count < UNIT_JOBS_MAX)
            p->reserved[p->reserved_count++] = s->plan.job;
        for (size_t i = 0; i < s->count; i++) {
            if (s->item[i].unit != p->number)
                continue;
            if (s->item[i].what == CONTROL_TEST_LOCK)
                p->locks_taken |= 1U << PLAN_TEST_LOCK;
            else if (s->item[i].what == CONTROL_COMMAND_LOCK)
                p->locks_taken |= 1U << s->item[i].command;
        }
    }
}

static void see_unit(const struct core *core, uint32_t number, const struct control_set *set,
                     struct plan_unit *p)
{
    const struct core_unit *u = &core->unit[number];

    *p = (struct plan_unit){
        .number = number,
        .allow = u->conf->timing.allow,
        .caps = &u->caps,
        .reading = u->reading,
        .reachable = core_reachable(u),
        .alarms = u->alarms.count > 0,
        .test_runs = test_runs(u),
        .test_lock = u->test.lock,
        .count_down = &u->count_down,
        .jobs = &u->jobs,
        .now_ms = ups_now(core->clock),
    };
    see_reserved(set, p);
}

/* Plans the items on the present state. */
static void make_plan(const struct core *core, const struct control_set *set,
                      struct control_plan *plan)
{
    struct plan_unit *units = calloc(set->count, sizeof(*units));
    size_t n = 0;

    if (!units) {
        *plan = (struct control_plan){.error = SET_RESOURCE_UNAVAILABLE, .why = "out of memory"};
        return;
    }
    for (size_t i = 0; i < set->count; i++) {
        size_t k = 0;
        while (k < n && units[k].number != set->item[i].unit)
            k++;
        if (k == n)
            see_unit(core, set->item[i].unit, set, &units[n++]);
    }
    control_plan(plan, set->item, set->count, units, n);
    free(units);
}

static void set_free(struct control_set *set)
{
    if (!set)
        return;
    pthread_cond_destroy(&set->told);
    free(set->saved);
    free(set->change);
    free(set);
}

static struct control_set *set_new(const struct control_item *items, size_t count, int64_t now)
{
    struct control_set *set = calloc(1, sizeof(*set) + count * sizeof(set->item[0]));

    if (!set)
        return NULL;
    set->saved = calloc(count, sizeof(*set->saved));
    set->change = calloc(1, CHANGE_MOST);
    set->count = count;
    set->tested_ms = now;
    memcpy(set->item, items, count * sizeof(*items));
    pthread_cond_init(&set->told, NULL);
    if (set->saved && set->change)
        return set;
    set_free(set);
    return NULL;
}

/* Nothing has changed but the log, which may have to tell later how much it has left out. */
static void reject(struct core *core, const struct control_item *item, enum set_error error,
                   const char *why)
{
    const struct core_unit *u = &core->unit[item->unit];

    log_rejected(core, item, error, why);
    if (log_rejects_next_ms(u) >= core->next_ms)
        return;
    core->next_ms = log_rejects_next_ms(u);
    core_wake(core);
}

static enum set_error test_locked(struct core *core, const struct control_item *items, size_t count,
                                  struct control_set **set, size_t *index)
{
    struct control_set *s = set_new(items, count, ups_now(core->clock));
    enum set_error error;

    if (!s) {
        reject(core, &items[0], SET_RESOURCE_UNAVAILABLE, "out of memory");
        return SET_RESOURCE_UNAVAILABLE;
    }
    s->next = core->sets;
    make_plan(core, s, &s->plan);
    error = s->plan.error;
    *index = s->plan.index;
    if (error != SET_OK) {
        reject(core, &items[*index], error, s->plan.why);
        set_free(s);
        return error;
    }
    core->sets = s;
    *set = s;
    return SET_OK;
}

enum set_error core_set_test(struct core *core, const struct control_item *items, size_t count,
                             struct control_set **set, size_t *index)
{
    enum set_error error;

    *set = NULL;
    *index = 0;
    pthread_mutex_lock(&core->lock);
    error = test_locked(core, items, count, set, index);
    pthread_mutex_unlock(&core->lock);
    return error;
}

/* -- what only the agent keeps ---------------------------------------------------------------- */

/* An object that stands in a PDU twice, with equal values, is one. */
static bool is_double(const struct control_set *set, size_t i)
{
    for (size_t j = 0; j < i; j++)
        if (set->item[j].unit == set->item[i].unit && set->item[j].what == set->item[i].what &&
            (set->item[i].what != CONTROL_COMMAND_LOCK ||
             set->item[j].command == set->item[i].command))
            return true;
    return false;
}

static void begin_count(struct core *core, struct control_set *set)
{
    struct core_unit *u = &core->unit[set->plan.count_unit];

    set->count_before = u->count_down;
    countdown_change(core, u, &set->plan.count);
    set->count_changes = u->count_down.changes;
    set->counted = true;
}

static void apply(struct core *core, struct control_set *set)
{
    for (size_t i = 0; i < set->count; i++)
        if (!is_double(set, i))
            control_apply(core, &set->item[i], &set->saved[i]);
    if (set->plan.has_count && !set->plan.count_after_job)
        begin_count(core, set);
}

static void take_back(struct core *core, struct control_set *set)
{
    struct core_unit *u = &core->unit[set->plan.count_unit];

    for (size_t i = 0; i < set->count; i++) {
        control_take_back(core, &set->item[i], &set->saved[i]);
        set->saved[i].applied = false;
    }
    if (set->counted && u->count_down.changes == set->count_changes) {
        set->count_before.changes = set->count_changes + 1;
        u->count_down = set->count_before;
    }
    set->counted = false;
}

/* Brings the snapshots of all units of a set up to date. */
static void settle_units(struct core *core, const struct control_set *set)
{
    int64_t now = ups_now(core->clock);

    for (size_t i = 0; i < set->count; i++) {
        bool before = false;
        for (size_t j = 0; j < i; j++)
            before = before || set->item[j].unit == set->item[i].unit;
        if (!before)
            core_settle(core, &core->unit[set->item[i].unit], now);
    }
}

/* -- commit ----------------------------------------------------------------------------------- */

static enum set_error commit_fails(struct core *core, struct control_set *set, const char *why)
{
    char outcome[CONTROL_WHY_MAX + 16];

    take_back(core, set);
    set->phase = SET_CLOSED;
    set->answer = SET_COMMIT_FAILED;
    snprintf(outcome, sizeof(outcome), "failed: %s", why);
    log_outcome(core, set, LOG_LVL_WARN, outcome);
    return SET_COMMIT_FAILED;
}

static enum set_error commit_done(struct core *core, struct control_set *set, const char *how)
{
    set->phase = SET_CLOSED;
    set->answer = SET_OK;
    log_outcome(core, set, LOG_LVL_NOTICE, how);
    return SET_OK;
}

/* The latest job is what this SET asks for: a manager has sent it again. */
static enum set_error attach(struct core *core, struct control_set *set, struct core_job *job)
{
    struct core_unit *u = job_unit(core, set);
    const struct control_plan *plan = &set->plan;

    set->job = job->job.id;
    set->stands = true;
    if (job->running) {
        job->mutes = plan->mutes;
        if (plan->count_after_job)
            job->then = plan->count;
        set->phase = SET_WAITING;
        return SET_PENDING;
    }
    if (!plan->job.set && plan->job.command == UPS_COMMAND_BEEPER_DISABLE)
        mute_settle(u, plan->mutes); /* no second command, but it may mean something else now */
    if (plan->count_after_job)
        begin_count(core, set);
    return commit_done(core, set, "done already, the SET is a repetition");
}

static enum set_error submit(struct core *core, struct control_set *set)
{
    struct core_unit *u = job_unit(core, set);
    struct job_order order = {.job = set->plan.job, .mutes = set->plan.mutes};
    enum ups_error error;

    if (set->plan.count_after_job)
        order.then = set->plan.count;
    error = jobs_begin(core, u, &order, &set->job);
    if (error != UPS_OK)
        return commit_fails(core, set, ups_strerror(error));
    set->stands = true;
    set->phase = SET_WAITING;
    return SET_PENDING;
}

/* The answer goes out while the device still works. */
static void accept(struct core *core, struct control_set *set, int64_t now)
{
    struct core_unit *u = job_unit(core, set);
    struct core_job *job = jobs_find(u, set->job);
    char outcome[64], after[32];

    set->phase = SET_CLOSED;
    set->answer = SET_OK;
    if (job)
        jobs_late(core, u, job);
    log_duration(now - set->committed_ms, after, sizeof(after));
    snprintf(outcome, sizeof(outcome), "accepted, still running after %s", after);
    log_outcome(core, set, LOG_LVL_NOTICE, outcome);
}

static enum set_error run_job(struct core *core, struct control_set *set)
{
    struct core_unit *u = job_unit(core, set);
    const struct core_job *same =
        set->plan.locked ? NULL : plan_repeats(&u->jobs, &set->plan.job, ups_now(core->clock));
    enum set_error error;

    error = same ? attach(core, set, jobs_find(u, same->job.id)) : submit(core, set);
    if (error != SET_PENDING || u->conf->timing.set_wait_ms > 0)
        return error;
    accept(core, set, set->committed_ms);
    return SET_OK;
}

static enum set_error commit_locked(struct core *core, struct control_set *set)
{
    struct control_plan plan;
    enum set_error error;

    if (set->phase != SET_TESTED)
        return SET_COMMIT_FAILED;
    set->committed_ms = ups_now(core->clock);
    describe_change(core, set);
    /* between test and commit a job of the agent's own may have begun, or a mains failure */
    make_plan(core, set, &plan);
    if (plan.error != SET_OK)
        return commit_fails(core, set, plan.why);
    set->plan = plan;
    apply(core, set);
    error = plan.has_job ? run_job(core, set) : commit_done(core, set, "done");
    settle_units(core, set);
    return error;
}

enum set_error core_set_commit(struct core *core, struct control_set *set,
                               void (*done)(void *arg, enum set_error error), void *arg)
{
    enum set_error error;

    pthread_mutex_lock(&core->lock);
    set->done = done;
    set->arg = arg;
    error = commit_locked(core, set);
    pthread_mutex_unlock(&core->lock);
    return error;
}

/* -- what comes later ------------------------------------------------------------------------- */

bool control_job_ended(struct core *core, struct core_unit *u, const struct core_job *job,
                       const char *why)
{
    bool ok = job->error == UPS_OK, waited = false;

    for (struct control_set *s = core->sets; s; s = s->next) {
        if (s->phase != SET_WAITING || s->job != job->job.id || job_unit(core, s) != u)
            continue;
        log_outcome(core, s, ok ? LOG_LVL_NOTICE : LOG_LVL_WARN, why);
        s->phase = SET_CLOSED;
        s->answer = ok ? SET_OK : SET_COMMIT_FAILED;
        s->tell = waited = true;
        if (ok)
            continue;
        s->stands = false;
        take_back(core, s);
        settle_units(core, s);
    }
    return waited;
}

void control_wait_over(struct core *core, struct core_unit *u, int64_t now)
{
    bool any = false;

    for (struct control_set *s = core->sets; s; s = s->next) {
        if (s->phase != SET_WAITING || job_unit(core, s) != u ||
            now < s->committed_ms + u->conf->timing.set_wait_ms)
            continue;
        accept(core, s, now);
        s->tell = any = true;
    }
    if (any)
        core_settle(core, u, now);
}

int64_t control_next_ms(const struct core *core, const struct core_unit *u)
{
    int64_t next = INT64_MAX;

    for (const struct control_set *s = core->sets; s; s = s->next) {
        int64_t at = s->committed_ms + u->conf->timing.set_wait_ms;
        if (s->phase == SET_WAITING && &core->unit[s->plan.job_unit] == u && at < next)
            next = at;
    }
    return next;
}

static struct control_set *next_to_tell(struct core *core)
{
    struct control_set *s = core->sets;

    while (s && !s->tell)
        s = s->next;
    return s;
}

/*
 * done() may end its set, or another thread may while it runs: that one has to wait, and what was
 * ended by done() itself is freed here.
 */
void control_tell(struct core *core)
{
    struct control_set *s;

    pthread_mutex_lock(&core->lock);
    while ((s = next_to_tell(core)) != NULL) {
        s->tell = false;
        s->teller = pthread_self();
        s->in_telling = true;
        pthread_mutex_unlock(&core->lock);
        if (s->done)
            s->done(s->arg, s->answer);
        pthread_mutex_lock(&core->lock);
        s->in_telling = false;
        if (s->over)
            set_free(s);
        else
            pthread_cond_broadcast(&s->told);
    }
    pthread_mutex_unlock(&core->lock);
}

/* -- undo, end -------------------------------------------------------------------------------- */

/* The device's answer will find nobody: it is a late one. */
static void nobody_waits(struct core *core, const struct control_set *set)
{
    struct core_job *job = jobs_find(job_unit(core, set), set->job);

    if (job)
        jobs_late(core, job_unit(core, set), job);
}

static enum set_error undo_locked(struct core *core, struct control_set *set)
{
    bool stands = set->stands;

    if (set->phase == SET_TESTED || set->answer == SET_COMMIT_FAILED) {
        set->phase = SET_CLOSED;
        return SET_OK;
    }
    if (set->phase == SET_WAITING)
        nobody_waits(core, set);
    take_back(core, set);
    set->phase = SET_CLOSED;
    set->tell = false;
    settle_units(core, set);
    log_outcome(core, set, LOG_LVL_WARN,
                stands ? "undone as far as the agent alone keeps it; what the UPS does stands"
                       : "undone");
    return stands ? SET_UNDO_FAILED : SET_OK;
}

enum set_error core_set_undo(struct core *core, struct control_set *set)
{
    enum set_error error;

    pthread_mutex_lock(&core->lock);
    error = undo_locked(core, set);
    pthread_mutex_unlock(&core->lock);
    return error;
}

static void unlink_set(struct core *core, struct control_set *set)
{
    struct control_set **at = &core->sets;

    while (*at && *at != set)
        at = &(*at)->next;
    if (*at)
        *at = set->next;
}

void core_set_end(struct core *core, struct control_set *set)
{
    bool by_done;

    if (!set)
        return;
    pthread_mutex_lock(&core->lock);
    unlink_set(core, set);
    if (set->phase == SET_WAITING)
        nobody_waits(core, set);
    set->tell = false;
    by_done = set->in_telling && pthread_equal(set->teller, pthread_self());
    set->over = by_done;
    while (!by_done && set->in_telling)
        pthread_cond_wait(&set->told, &core->lock);
    if (!by_done)
        set_free(set);
    pthread_mutex_unlock(&core->lock);
}

void control_free(struct core *core)
{
    while (core->sets) {
        struct control_set *set = core->sets;
        core->sets = set->next;
        set_free(set);
    }
}
