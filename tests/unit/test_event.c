/* SPDX-License-Identifier: BSD-2-Clause */
/* The queue of events without a journal: order, rate rule, pacing, loss, overflow. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "event_rig.h"

#define NONE    UPS_ALARM_NONE
#define BATTERY UPS_ALARM_ON_BATTERY
#define BYPASS  UPS_ALARM_ON_BYPASS

static int setup(void **state)
{
    struct rig *rig;

    rig_setup(state);
    rig = *state;
    rig->events = events_open(NULL, &rig->conf, &rig->clock);
    assert_non_null(rig->events);
    return 0;
}

static void delivered(struct rig *rig, uint32_t seq)
{
    events_fate(rig->events, seq, EVENT_DELIVERED);
}

static void test_empty(void **state)
{
    struct rig *rig = *state;
    struct events_stats stats;

    assert_null(events_send(rig->events));
    assert_true(events_next_ms(rig->events) == INT64_MAX);
    events_stats(rig->events, &stats);
    assert_int_equal(stats.last_seq + stats.waiting + stats.delivered + stats.lost + stats.refused,
                     0);
    delivered(rig, 1); /* nobody sent it */
    events_sync(rig->events);
}

static void test_order_and_stamp(void **state)
{
    struct rig *rig = *state;
    struct event event = {.kind = EVENT_COMMAND,
                          .unit = 1,
                          .alarm = NONE,
                          .number = {UPS_COMMAND_LOAD_OFF, SNAP_COMMAND_DONE},
                          .text = "done"};
    const struct event *sent;

    events_add(rig->events, &event);
    assert_int_equal(event.seq, 1);
    assert_true(event.wall_ms == 1700000000000);
    assert_int_equal(rig_add(rig, EVENT_COMM_LOST, 0, NONE), 2);
    assert_true(events_next_ms(rig->events) == rig->now_ms);
    sent = events_send(rig->events);
    assert_non_null(sent);
    assert_int_equal(sent->seq, 1);
    assert_int_equal(sent->kind, EVENT_COMMAND);
    assert_int_equal(sent->unit, 1);
    assert_int_equal(sent->number[EVENT_N_STATE], SNAP_COMMAND_DONE);
    assert_string_equal(sent->text, "done");
    assert_int_equal(rig_send(rig), 2);
    assert_int_equal(rig_send(rig), 0);
    assert_int_equal(rig_waiting(rig), 2);
    assert_true(events_next_ms(rig->events) == INT64_MAX);
    delivered(rig, 2);
    delivered(rig, 1);
    assert_int_equal(rig_waiting(rig), 0);
}

static void test_notify_turns_kinds_off(void **state)
{
    struct rig *rig = *state;

    rig->unit[0].timing.notify = 0;
    rig->unit[1].timing.notify = (uint32_t)1 << EVENT_ECO_ON;
    for (enum event_kind k = 0; k < EVENT_KINDS; k++) {
        bool always = event_kinds[k].word == NULL;

        assert_int_equal(rig_add(rig, k, 0, BYPASS) != 0, always);
        assert_int_equal(rig_add(rig, k, 1, BYPASS) != 0, always || k == EVENT_ECO_ON);
    }
    assert_int_equal(rig_add(rig, EVENT_ECO_ON, RIG_UNITS, NONE), 0);
}

/* No particular notification twice in 5 s, nothing dropped, others pass, the last state comes. */
static void test_rate_rule(void **state)
{
    struct rig *rig = *state;
    int64_t start = rig->now_ms;
    uint32_t added[2], removed[2], other, own;

    added[0] = rig_add(rig, EVENT_ALARM_ADDED, 0, BYPASS);
    removed[0] = rig_add(rig, EVENT_ALARM_REMOVED, 0, BYPASS);
    assert_int_equal(rig_send(rig), added[0]);
    rig->now_ms += 1000;
    assert_int_equal(rig_send(rig), removed[0]);
    added[1] = rig_add(rig, EVENT_ALARM_ADDED, 0, BYPASS);
    removed[1] = rig_add(rig, EVENT_ALARM_REMOVED, 0, BYPASS);
    assert_int_equal(rig_send(rig), 0);
    assert_true(events_next_ms(rig->events) == start + EVENTS_REPEAT_MS);
    /* another alarm, another unit, the same alarm's own notification: not held back */
    other = rig_add(rig, EVENT_ALARM_ADDED, 0, UPS_ALARM_FAN_FAILURE);
    assert_true(events_next_ms(rig->events) == rig->now_ms);
    assert_int_equal(rig_send(rig), other);
    other = rig_add(rig, EVENT_ALARM_ADDED, 1, BYPASS);
    assert_int_equal(rig_send(rig), other);
    own = rig_add(rig, EVENT_OWN_ALARM_ADDED, 0, BYPASS);
    assert_int_equal(rig_send(rig), own);
    own = rig_add(rig, EVENT_OWN_ALARM_ADDED, 0, BYPASS);
    assert_int_equal(rig_send(rig), own);
    rig->now_ms = start + EVENTS_REPEAT_MS - 1;
    assert_int_equal(rig_send(rig), 0);
    rig->now_ms++;
    assert_int_equal(rig_send(rig), added[1]);
    /* the end of it waits for its own 5 s, behind the beginning */
    assert_int_equal(rig_send(rig), 0);
    assert_true(events_next_ms(rig->events) == start + 1000 + EVENTS_REPEAT_MS);
    assert_int_equal(rig_send_when_due(rig), removed[1]);
}

/* Any mix: per particular notification at least 5 s, per alarm in order, all of them come. */
static void test_rate_rule_at_random(void **state)
{
    struct rig *rig = *state;
    static int64_t sent_ms[RIG_UNITS][3][4];
    uint32_t last[RIG_UNITS][3] = {{0}}, added = 0, sent = 0;

    srand(1628);
    memset(sent_ms, 0, sizeof(sent_ms));
    while (added < 3000 || sent < added) {
        const struct event *e;

        if (added < 3000 && rand() % 3) {
            static const enum event_kind kinds[] = {EVENT_ALARM_ADDED, EVENT_ALARM_REMOVED};

            added += rig_add(rig, kinds[rand() % 2], (uint32_t)rand() % RIG_UNITS,
                             (enum ups_alarm)(rand() % 3)) != 0;
        } else {
            rig->now_ms += added < 3000 ? rand() % 2000 : EVENTS_REPEAT_MS;
        }
        while ((e = events_send(rig->events))) {
            int64_t *at = &sent_ms[e->unit][e->alarm][e->kind];

            assert_true(*at == 0 || rig->now_ms - *at >= EVENTS_REPEAT_MS);
            assert_true(e->seq > last[e->unit][e->alarm]);
            *at = rig->now_ms;
            last[e->unit][e->alarm] = e->seq;
            sent++;
            delivered(rig, e->seq);
        }
    }
    assert_int_equal(rig_waiting(rig), 0);
}

static void test_on_battery_replaced(void **state)
{
    struct rig *rig = *state;
    uint32_t first = rig_add(rig, EVENT_ON_BATTERY, 0, NONE);
    uint32_t elsewhere = rig_add(rig, EVENT_ON_BATTERY, 1, NONE), second, end, third;

    second = rig_add(rig, EVENT_ON_BATTERY, 0, NONE);
    assert_int_equal(rig_waiting(rig), 2);
    assert_int_equal(second, first + 2);
    assert_int_equal(rig_send(rig), elsewhere);
    assert_int_equal(rig_send(rig), second);
    /* one on its way stays; the end of the outage stands between two outages */
    rig->now_ms += 60000;
    third = rig_add(rig, EVENT_ON_BATTERY, 0, NONE);
    end = rig_add(rig, EVENT_ALARM_REMOVED, 0, BATTERY);
    (void)rig_add(rig, EVENT_ON_BATTERY, 0, NONE);
    assert_int_equal(rig_waiting(rig), 5);
    assert_int_equal(rig_send(rig), third);
    assert_int_equal(rig_send(rig), end);
    assert_int_equal(rig_send(rig), 0);
    rig->now_ms += EVENTS_REPEAT_MS;
    assert_int_equal(rig_send(rig), end + 1);
}

/* The trap that tells of an outage never comes after its end. */
static void test_on_battery_before_its_end(void **state)
{
    struct rig *rig = *state;
    uint32_t end;

    assert_int_equal(rig_send(rig) + rig_add(rig, EVENT_ON_BATTERY, 0, NONE), 1);
    assert_int_equal(rig_send(rig), 1);
    (void)rig_add(rig, EVENT_ON_BATTERY, 0, NONE);
    end = rig_add(rig, EVENT_ALARM_REMOVED, 0, BATTERY);
    assert_int_equal(rig_send(rig), 0);
    rig->now_ms += EVENTS_REPEAT_MS;
    assert_int_equal(rig_send(rig), 2);
    assert_int_equal(rig_send(rig), end);
}

static void test_tests_are_a_stream(void **state)
{
    struct rig *rig = *state;
    uint32_t first = rig_add(rig, EVENT_TEST_COMPLETED, 0, NONE);
    uint32_t second = rig_add(rig, EVENT_TEST_COMPLETED, 0, NONE);

    assert_int_equal(rig_send(rig), first);
    assert_int_equal(rig_send(rig), 0);
    rig->now_ms += EVENTS_REPEAT_MS;
    assert_int_equal(rig_send(rig), second);
}

/* A window's worth is lost with the connection: sent again at once, in order, before the others. */
static void test_lost_are_sent_again(void **state)
{
    struct rig *rig = *state;
    struct events_stats stats;

    for (unsigned i = 0; i < 40; i++)
        (void)rig_add(rig, i % 4 ? EVENT_OWN_ALARM_ADDED : EVENT_ALARM_ADDED, i / 24,
                      (enum ups_alarm)(i % 24));
    for (uint32_t i = 1; i <= 32; i++)
        assert_int_equal(rig_send(rig), i);
    delivered(rig, 1);
    delivered(rig, 3);
    for (uint32_t i = 32; i >= 2; i--) /* whatever the order in which they are given back */
        if (i != 3)
            events_fate(rig->events, i, EVENT_LOST);
    assert_int_equal(rig_waiting(rig), 38);
    rig->now_ms += 1000;
    for (uint32_t i = 2; i <= 40; i++)
        if (i != 3)
            assert_int_equal(rig_send(rig), i);
    for (uint32_t i = 2; i <= 40; i++)
        delivered(rig, i);
    events_stats(rig->events, &stats);
    assert_int_equal(stats.waiting, 0);
    assert_int_equal(stats.delivered, 40);
    assert_int_equal(stats.lost + stats.refused, 0);
}

/* What is sent again goes before what waits in the same stream, and that is held back as ever. */
static void test_lost_in_a_stream(void **state)
{
    struct rig *rig = *state;
    uint32_t first = rig_add(rig, EVENT_ALARM_ADDED, 0, BYPASS), second;

    assert_int_equal(rig_send(rig), first);
    second = rig_add(rig, EVENT_ALARM_ADDED, 0, BYPASS);
    rig->now_ms += 1000;
    events_fate(rig->events, first, EVENT_LOST);
    assert_true(events_next_ms(rig->events) == rig->now_ms);
    assert_int_equal(rig_send(rig), first);
    assert_int_equal(rig_send(rig), 0);
    assert_true(events_next_ms(rig->events) == rig->now_ms + EVENTS_REPEAT_MS);
    events_fate(rig->events, first, EVENT_LOST);
    rig->now_ms += EVENTS_REPEAT_MS;
    assert_int_equal(rig_send(rig), first);
    assert_int_equal(rig_send(rig), 0);
    rig->now_ms += EVENTS_REPEAT_MS;
    assert_int_equal(rig_send(rig), second);
}

static void test_refused_is_dropped(void **state)
{
    struct rig *rig = *state;
    struct events_stats stats;

    for (uint32_t i = 1; i <= 20; i++) {
        (void)rig_add(rig, EVENT_ECO_ON, 0, NONE);
        assert_int_equal(rig_send(rig), i);
        events_fate(rig->events, i, EVENT_REFUSED);
    }
    events_stats(rig->events, &stats);
    assert_int_equal(stats.waiting, 0);
    assert_int_equal(stats.refused, 20);
    assert_int_equal(rig->warned, 1);
    assert_non_null(strstr(rig->logged, "notification 1 (upsmibdEcoOn) was refused"));
    rig->now_ms += 5000;
    (void)rig_add(rig, EVENT_ECO_ON, 0, NONE);
    events_fate(rig->events, rig_send(rig), EVENT_REFUSED);
    assert_int_equal(rig->warned, 3); /* the others are counted */
}

/* 5,000 at once: 64 go at once, the others at a rate that no receiver is flooded by. */
static void test_burst_is_paced(void **state)
{
    struct rig *rig = *state;
    int64_t start = rig->now_ms, at[5000];
    uint32_t burst = 0;

    for (unsigned i = 0; i < 5000; i++)
        (void)rig_add(rig, EVENT_OWN_ALARM_ADDED, i % RIG_UNITS, (enum ups_alarm)(i % 24));
    for (unsigned i = 0; i < 5000; i++) {
        assert_int_equal(rig_send_when_due(rig), i + 1);
        at[i] = rig->now_ms;
        burst += rig->now_ms == start;
        delivered(rig, i + 1);
    }
    assert_int_equal(burst, 64);
    assert_int_equal(rig_waiting(rig), 0);
    assert_in_range(rig->now_ms - start, 9800, 10200);
    /* 270 fit into a receiver's buffer: that many take longer than 0.4 s */
    for (unsigned i = 270; i < 5000; i++)
        assert_true(at[i] - at[i - 270] >= 400);
    /* the burst is earned back */
    rig->now_ms += 64 * 2;
    for (unsigned i = 0; i < 65; i++)
        (void)rig_add(rig, EVENT_ECO_ON, 0, NONE);
    for (unsigned i = 0; i < 64; i++)
        assert_int_not_equal(rig_send(rig), 0);
    assert_int_equal(rig_send(rig), 0);
    assert_true(events_next_ms(rig->events) > rig->now_ms);
}

/* The oldest are thrown away, counted, and one event says so. */
static void test_overflow(void **state)
{
    struct rig *rig = *state;
    struct events_stats stats;
    const struct event *event;
    uint32_t seq = 0, overflows = 0, lost = 0, others = 0;

    for (unsigned i = 0; i < EVENTS_MAX; i++)
        seq = rig_add(rig, EVENT_COMM_LOST, 0, NONE);
    assert_int_equal(rig_waiting(rig), EVENTS_MAX);
    assert_int_equal(seq, EVENTS_MAX);
    assert_int_equal(rig_send(rig), 1); /* on its way: stays */
    assert_int_equal(rig->warned, 0);
    for (unsigned i = 0; i < 1000; i++)
        seq = rig_add(rig, EVENT_COMM_RESTORED, 0, NONE);
    assert_int_equal(rig->warned, 1);
    events_stats(rig->events, &stats);
    assert_int_equal(stats.waiting, EVENTS_MAX);
    assert_int_equal(stats.lost, 1001);
    delivered(rig, 1);
    while (rig_waiting(rig) > 0) {
        rig->now_ms = events_next_ms(rig->events);
        event = events_send(rig->events);
        assert_non_null(event);
        assert_true(event->seq > 1 + 1001);
        if (event->kind == EVENT_OVERFLOW) {
            overflows++;
            lost += (uint32_t)event->number[EVENT_N_LOST];
        } else {
            others++;
            seq = event->seq;
        }
        delivered(rig, event->seq);
    }
    assert_int_equal(overflows, 1);
    assert_int_equal(lost, 1001);
    assert_int_equal(others + lost + 1, EVENTS_MAX + 1000);
    assert_int_equal(seq, EVENTS_MAX + 1001);
    assert_non_null(strstr(rig->logged, "1001 were thrown away"));
}

/* An overflow that was told already is told anew, and nothing breaks when all is on its way. */
static void test_overflow_while_all_is_on_its_way(void **state)
{
    struct rig *rig = *state;
    struct events_stats stats;

    for (unsigned i = 0; i < EVENTS_MAX; i++) {
        (void)rig_add(rig, EVENT_COMM_LOST, 0, NONE);
        assert_int_equal(rig_send_when_due(rig), i + 1);
    }
    assert_int_equal(rig_add(rig, EVENT_COMM_LOST, 0, NONE), EVENTS_MAX + 1);
    events_stats(rig->events, &stats);
    assert_int_equal(stats.waiting, EVENTS_MAX);
    assert_int_equal(stats.lost, 1);
    delivered(rig, 7);
    assert_int_equal(rig_waiting(rig), EVENTS_MAX); /* EVENT_OVERFLOW took the place */
    assert_int_equal(rig_send_when_due(rig), EVENTS_MAX + 2);
    (void)rig_add(rig, EVENT_COMM_LOST, 0, NONE);
    delivered(rig, 8);
    assert_int_equal(rig_send_when_due(rig), EVENTS_MAX + 4);
    events_stats(rig->events, &stats);
    assert_int_equal(stats.lost, 2);
}

/* Streams keep their order and their heads when the oldest of them are thrown away. */
static void test_overflow_of_held_streams(void **state)
{
    struct rig *rig = *state;
    uint32_t last[3] = {0};
    const struct event *event;

    for (unsigned i = 0; i < EVENTS_MAX + 500; i++)
        (void)rig_add(rig, EVENT_ALARM_ADDED, 0, (enum ups_alarm)(i % 3));
    for (unsigned i = 0; i < 900; i++) {
        rig->now_ms = events_next_ms(rig->events);
        event = events_send(rig->events);
        assert_non_null(event);
        if (event->kind == EVENT_ALARM_ADDED) {
            assert_true(event->seq > 500 && event->seq > last[event->alarm]);
            last[event->alarm] = event->seq;
        }
        delivered(rig, event->seq);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_empty, setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_order_and_stamp, setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_notify_turns_kinds_off, setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_rate_rule, setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_rate_rule_at_random, setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_on_battery_replaced, setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_on_battery_before_its_end, setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_tests_are_a_stream, setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_lost_are_sent_again, setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_lost_in_a_stream, setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_refused_is_dropped, setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_burst_is_paced, setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_overflow, setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_overflow_while_all_is_on_its_way, setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_overflow_of_held_streams, setup, rig_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
