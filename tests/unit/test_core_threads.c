/* SPDX-License-Identifier: BSD-2-Clause */
/* Readers and takers of events in other threads while reports come in; for the thread sanitizer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <sched.h>
#include <stdatomic.h>

#include "core_rig.h"

#define REPORTS 1500

struct other {
    struct core *core;
    atomic_bool stop;
    atomic_uint snapshots;
    unsigned agents, events, torn;
};

/* Every picture is whole: the alarm table fits the status. */
static void look(struct other *o)
{
    const struct snapshot *s = core_hold(o->core, 0);
    const struct snap_agent *a = core_hold_agent(o->core);
    bool row = false;

    for (uint32_t i = 0; i < s->alarm_count; i++)
        row = row || s->alarm[i].alarm == UPS_ALARM_ON_BATTERY;
    o->torn += s->fresh && row != ((s->reading.status & OB) != 0);
    for (uint32_t i = 1; i < a->history_count; i++)
        o->torn += a->history[i].seq != a->history[i - 1].seq + 1;
    atomic_fetch_add(&o->snapshots, 1);
    o->agents += a->history_count > 0;
    snap_agent_release(a);
    snapshot_release(s);
}

static void *run(void *arg)
{
    struct other *o = arg;
    struct event e;

    while (!atomic_load(&o->stop)) {
        look(o);
        (void)core_next_ms(o->core);
        if (core_event_next_ms(o->core) == INT64_MAX || !core_event_take(o->core, &e))
            continue;
        core_event_fate(o->core, e.seq, EVENT_DELIVERED);
        o->events++;
    }
    while (core_event_take(o->core, &e)) {
        core_event_fate(o->core, e.seq, EVENT_DELIVERED);
        o->events++;
    }
    return NULL;
}

/* The scheduler need not let the other thread run before all is over. */
static void wait_for_another_look(struct other *o)
{
    int64_t deadline = ups_now(&ups_clock_system) + 30000;
    unsigned before = atomic_load(&o->snapshots);

    while (atomic_load(&o->snapshots) == before) {
        assert_true(ups_now(&ups_clock_system) < deadline);
        sched_yield();
    }
}

static void test_threads(void **state)
{
    struct rig *r = *state;
    struct other o = {.core = r->core};
    pthread_t thread;

    assert_int_equal(pthread_create(&thread, NULL, run, &o), 0);
    for (int i = 0; i < REPORTS; i++) {
        uint32_t status = i % 3 == 2 ? OB : OL;

        rig_next(r, status, i % 10 == 0);
        if (i % 100 == 0) {
            rig_fails(r, UNIT_UP, "no answer");
            wait_for_another_look(&o);
        }
    }
    atomic_store(&o.stop, true);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(o.torn, 0);
    assert_int_equal(o.events, r->events.count);
    assert_true(o.events >= REPORTS);
}

/* Several readers, each with a reference while the last one goes. */
static void test_references(void **state)
{
    struct rig *r = *state;
    const struct snapshot *held[50];
    const struct snap_agent *agent = core_hold_agent(r->core);

    for (int i = 0; i < 50; i++) {
        rig_next(r, i % 2 ? OB : OL, false);
        held[i] = core_hold(r->core, 0);
    }
    for (int i = 0; i < 50; i++) {
        assert_int_equal(held[i]->reading.status, i % 2 ? OB : OL);
        snapshot_release(held[i]);
    }
    assert_int_equal(agent->history_count, 0);
    snap_agent_release(agent);
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, rig_setup, rig_teardown)
    const struct CMUnitTest tests[] = {
        CASE(test_threads),
        CASE(test_references),
    };

    return cmocka_run_group_tests_name("core_threads", tests, NULL, NULL);
}
