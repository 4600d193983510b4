/* SPDX-License-Identifier: BSD-2-Clause */
/* The core with its real queue of events and its real state file, over restarts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../agent/core.h"
#include "event_rig.h"

struct program {
    struct rig *rig;
    struct state *state;
    struct core *core;
};

static void start(struct program *p, struct rig *rig)
{
    for (unsigned i = 0; i < RIG_UNITS; i++) {
        rig->unit[i].timing.pollinterval_ms = 1000;
        rig->unit[i].timing.maxage_ms = 15000;
    }
    p->rig = rig;
    rig_open(rig);
    p->state = state_open(rig->dir, &rig->conf, rig->events);
    assert_non_null(p->state);
    p->core = core_new(&(struct core_config){
        .conf = &rig->conf, .clock = &rig->clock, .events = rig->events, .state = p->state});
    assert_non_null(p->core);
}

static void stop(struct program *p)
{
    core_free(p->core);
    state_close(p->state);
    rig_close(p->rig);
}

static void reading(struct program *p, size_t unit, uint32_t status)
{
    struct unit_report report = {.link = UNIT_UP, .full = true};

    p->rig->now_ms += 1000;
    p->rig->wall_ms += 1000;
    report.reading.taken_ms = p->rig->now_ms;
    report.reading.status = status;
    core_report(p->core, unit, &report);
    core_tick(p->core);
}

static uint32_t only_alarm(struct program *p, size_t unit)
{
    const struct snapshot *s = core_hold(p->core, unit);
    uint32_t id = s->alarm_count == 1 ? s->alarm[0].id : 0;

    snapshot_release(s);
    return id;
}

/* Takes and acknowledges all that can be had in a minute; counts those of a kind. */
static unsigned drain(struct program *p, enum event_kind kind)
{
    struct event e;
    unsigned n = 0;

    for (int s = 0; s < 60; s++) {
        while (core_event_take(p->core, &e)) {
            n += e.kind == kind;
            core_event_fate(p->core, e.seq, EVENT_DELIVERED);
        }
        p->rig->now_ms += 1000;
        p->rig->wall_ms += 1000;
    }
    return n;
}

static void test_what_is_kept(void **state)
{
    struct program p;
    uint32_t id;

    start(&p, *state);
    reading(&p, 0, UPS_STATUS_MASK(OL));
    reading(&p, 1, UPS_STATUS_MASK(OL));
    reading(&p, 1, UPS_STATUS_MASK(BYPASS));
    id = only_alarm(&p, 1);
    assert_int_not_equal(id, 0);
    assert_int_equal(drain(&p, EVENT_ALARM_ADDED), 1);
    stop(&p);

    start(&p, *state);
    assert_int_equal(only_alarm(&p, 0), 0);
    assert_int_equal(only_alarm(&p, 1), id);
    reading(&p, 1, UPS_STATUS_MASK(BYPASS));
    assert_int_equal(only_alarm(&p, 1), id);
    assert_int_equal(drain(&p, EVENT_ALARM_ADDED), 0);
    reading(&p, 1, UPS_STATUS_MASK(OL));
    stop(&p); /* nobody has taken what was told of it */

    start(&p, *state);
    assert_int_equal(only_alarm(&p, 1), 0);
    const struct snapshot *s = core_hold(p.core, 1);
    assert_int_equal(s->counters.to_bypass, 1);
    snapshot_release(s);
    assert_int_equal(drain(&p, EVENT_ALARM_REMOVED), 1);
    reading(&p, 1, UPS_STATUS_MASK(BYPASS));
    assert_int_equal(only_alarm(&p, 1), id + 1);
    stop(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_what_is_kept, rig_setup, rig_teardown),
    };

    return cmocka_run_group_tests_name("core_kept", tests, NULL, NULL);
}
