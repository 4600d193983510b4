/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Battery tests.  Nobody tells that one runs or how it ended: both are read off the status words,
 * and the result off the battery's alarms, which a full poll brings, and the UPS's own word for it.
 */
#include "core_private.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define TESTING (UPS_STATUS_MASK(CAL) | UPS_STATUS_MASK(TEST))

/* After a restart a test that is overdue has this long to show whether it runs. */
#define OVERDUE_MS 60000

/* How long a test that we started may take before it is given up. */
static int64_t longest_ms(enum snap_test_id id)
{
    switch (id) {
    case SNAP_TEST_ID_QUICK: return INT64_C(10) * 60000;
    case SNAP_TEST_ID_DEEP: return INT64_C(8) * 3600000;
    default: return 3600000;
    }
}

void test_init(struct core_test *t)
{
    *t = (struct core_test){.lock = 1, /* RFC 1628, upsTestSpinLock: when the agent starts */
                            .id = SNAP_TEST_ID_NONE,
                            .result = SNAP_TEST_NONE,
                            .end_ms = -1,
                            .watchdog_ms = INT64_MAX};
}

bool test_runs(const struct core_unit *u)
{
    return u->test.result == SNAP_TEST_RUNNING;
}

static void begin(struct core_test *t, enum snap_test_id id, int64_t now, const char *detail)
{
    t->id = id;
    t->result = SNAP_TEST_RUNNING;
    t->start_ms = now;
    t->end_ms = -1;
    snprintf(t->detail, sizeof(t->detail), "%s", detail);
    t->judging = false;
    t->seen = false;
    t->watchdog_ms = INT64_MAX;
}

static void emit_completed(struct core *core, struct core_unit *u)
{
    const struct core_test *t = &u->test;
    struct event e = {.kind = EVENT_TEST_COMPLETED, .alarm = UPS_ALARM_NONE};

    e.number[EVENT_N_TEST_ID] = t->id;
    e.number[EVENT_N_TEST_LOCK] = t->lock;
    e.number[EVENT_N_TEST_RESULT] = t->result;
    e.number[EVENT_N_TEST_START] = core_wall(core, t->start_ms);
    e.number[EVENT_N_TEST_LENGTH] = t->end_ms - t->start_ms;
    snprintf(e.text, sizeof(e.text), "%s", t->detail);
    core_emit(core, u, &e);
}

/* The test's last word.  end_ms: when it ended, unless that has been seen already. */
static void finish(struct core *core, struct core_unit *u, enum snap_test_result result,
                   int64_t end_ms, const char *detail)
{
    static const char *const words[] = {
        [SNAP_TEST_PASS] = "passed",
        [SNAP_TEST_WARNING] = "done, with a warning",
        [SNAP_TEST_ERROR] = "failed",
        [SNAP_TEST_ABORTED] = "aborted",
    };
    struct core_test *t = &u->test;

    t->result = result;
    if (!t->judging)
        t->end_ms = end_ms > t->start_ms ? end_ms : t->start_ms;
    t->judging = false;
    t->watchdog_ms = INT64_MAX;
    snprintf(t->detail, sizeof(t->detail), "%s", detail);
    log_msg(result == SNAP_TEST_PASS ? LOG_LVL_NOTICE : LOG_LVL_WARN, "test", u->conf->name,
            "battery test %s after %" PRId64 " s%s%s", words[result],
            (t->end_ms - t->start_ms) / 1000, detail[0] ? ": " : "", detail);
    emit_completed(core, u);
}

/* -- what our jobs do ------------------------------------------------------------------------- */

void test_started(struct core *core, struct core_unit *u, enum snap_test_id id)
{
    struct core_test *t = &u->test;

    /* the status that shows it may have come before the job's end */
    if (test_runs(u) && (t->id == SNAP_TEST_ID_AT_UPS || t->id == id)) {
        t->id = id;
        t->detail[0] = '\0';
    } else {
        begin(t, id, ups_now(core->clock), "");
    }
    t->watchdog_ms = t->start_ms + longest_ms(id);
}

void test_not_started(struct core *core, struct core_unit *u, const char *why)
{
    const struct core_test *t = &u->test;

    /* one that has been seen runs, whatever became of the job */
    if (test_runs(u) && t->id != SNAP_TEST_ID_AT_UPS && !t->seen)
        finish(core, u, SNAP_TEST_ABORTED, ups_now(core->clock), why);
}

void test_aborted(struct core *core, struct core_unit *u)
{
    if (!test_runs(u))
        return;
    u->test.id = SNAP_TEST_ID_ABORT; /* RFC 1628, upsTestId: what was SET last */
    finish(core, u, SNAP_TEST_ABORTED, ups_now(core->clock), "stopped by a SET");
}

void test_lost(struct core *core, struct core_unit *u)
{
    if (test_runs(u))
        finish(core, u, SNAP_TEST_ABORTED, u->good_ms, "communication was lost");
}

/* -- what the status shows -------------------------------------------------------------------- */

/* A job of ours is about to stop it: then it is no matter of the battery how it ended. */
static bool being_stopped(const struct core_unit *u)
{
    return jobs_run(&u->jobs, UPS_COMMAND_TEST_BATTERY_STOP);
}

/* A deep test ends when the battery is low; a short one must not get there. */
static bool worn_out(const struct core_unit *u)
{
    const struct ups_alarm_set *alarms = &u->reading->alarms;

    return (u->reading->status & UPS_STATUS_MASK(RB)) ||
           ups_alarm_has(alarms, UPS_ALARM_BATTERY_BAD) ||
           (u->test.id == SNAP_TEST_ID_QUICK && ups_alarm_has(alarms, UPS_ALARM_LOW_BATTERY));
}

static void judge(struct core *core, struct core_unit *u)
{
    const char *word = ups_text(u->reading, UPS_VAR_UPS_TEST_RESULT); /* of units that keep it */

    if (strcmp(word, "aborted") == 0)
        finish(core, u, SNAP_TEST_ABORTED, u->test.end_ms, "stopped at the UPS");
    else if (strcmp(word, "failed") == 0 || worn_out(u))
        finish(core, u, SNAP_TEST_ERROR, u->test.end_ms, "the battery did not pass");
    else
        finish(core, u, SNAP_TEST_PASS, u->test.end_ms, "");
}

static void shows(struct core *core, struct core_unit *u)
{
    struct core_test *t = &u->test;

    /* the next one before the last was judged: no full poll came between */
    if (test_runs(u) && t->judging && !(u->status_before & TESTING))
        judge(core, u);
    if (!test_runs(u) && !(u->status_before & TESTING))
        begin(t, SNAP_TEST_ID_AT_UPS, u->reading->taken_ms, "started at the UPS");
    t->seen = true;
}

static void shows_no_more(struct core *core, struct core_unit *u)
{
    struct core_test *t = &u->test;
    int64_t at = u->reading->taken_ms;

    if (!u->ever_good)
        finish(core, u, SNAP_TEST_ABORTED, at, "ended while the agent was not running");
    else if ((u->reading->status & UPS_STATUS_MASK(OB)) &&
             ups_alarm_has(&u->reading->alarms, UPS_ALARM_INPUT_BAD))
        finish(core, u, SNAP_TEST_ABORTED, at, "ended because mains failed");
    else {
        t->end_ms = at;
        t->judging = true;
        t->watchdog_ms = INT64_MAX;
    }
}

void test_follow(struct core *core, struct core_unit *u, bool full)
{
    struct core_test *t = &u->test;

    if (u->reading->status & TESTING)
        shows(core, u);
    else if (test_runs(u) && t->seen && !t->judging)
        shows_no_more(core, u);
    if (test_runs(u) && t->judging && full && !being_stopped(u))
        judge(core, u);
}

void test_tick(struct core *core, struct core_unit *u, int64_t now)
{
    if (test_runs(u) && now >= u->test.watchdog_ms)
        finish(core, u, SNAP_TEST_WARNING, now, "the test did not end in time");
}

int64_t test_next_ms(const struct core_unit *u)
{
    return u->test.watchdog_ms;
}

/* -- north, and the state file ---------------------------------------------------------------- */

void test_alarms(const struct core_unit *u, struct ups_alarm_set *set)
{
    if (test_runs(u))
        ups_alarm_add(set, UPS_ALARM_TEST_IN_PROGRESS);
    if (u->test.result == SNAP_TEST_ERROR)
        ups_alarm_add(set, UPS_ALARM_DIAGNOSTIC_TEST_FAILED);
}

void test_publish(const struct core_unit *u, struct snapshot *s)
{
    const struct core_test *t = &u->test;

    s->test_spin_lock = t->lock;
    s->test_id = t->id;
    s->test_result = t->result;
    s->test_start_ms = t->start_ms;
    s->test_end_ms = t->end_ms;
    memcpy(s->test_detail, t->detail, sizeof(s->test_detail));
}

void test_save(const struct core *core, const struct core_unit *u, struct state_unit *state)
{
    const struct core_test *t = &u->test;

    state->test_id = t->id;
    state->test_result = t->result;
    if (t->result == SNAP_TEST_NONE)
        return;
    state->test_start = core_wall(core, t->start_ms);
    state->test_end = t->end_ms == -1 ? 0 : core_wall(core, t->end_ms);
    memcpy(state->test_detail, t->detail, sizeof(state->test_detail));
}

/* A moment of an earlier run; a clock that was set back must not put it into the future. */
static int64_t past(const struct core *core, int64_t wall)
{
    int64_t at = core_mono(core, wall), now = ups_now(core->clock);

    return at > INT64_MIN && at < now ? at : now;
}

void test_load(const struct core *core, struct core_unit *u, const struct state_unit *state)
{
    struct core_test *t = &u->test;
    int64_t overdue = ups_now(core->clock) + OVERDUE_MS;

    if (state->test_result == SNAP_TEST_NONE)
        return;
    t->id = state->test_id;
    t->result = state->test_result;
    t->start_ms = past(core, state->test_start);
    snprintf(t->detail, sizeof(t->detail), "%s", state->test_detail);
    if (state->test_end != 0)
        t->end_ms = past(core, state->test_end);
    if (t->result != SNAP_TEST_RUNNING)
        return;
    t->judging = state->test_end != 0;
    t->seen = true;
    if (t->id != SNAP_TEST_ID_AT_UPS && !t->judging)
        t->watchdog_ms = t->start_ms + longest_ms(t->id);
    if (t->watchdog_ms < overdue)
        t->watchdog_ms = overdue;
}
