/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Jobs of one wire, step by step: no threads, and a clock that moves only when a step takes time or
 * there is nothing to do.  Every step leaves a letter: o open, f fast poll, F full poll, j job, a
 * giving up a job; the second unit's are followed by '.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../agent/unit.h"

#define STEP_MS 10 /* what each step takes */

enum { FULL_STEPS = 8, FAST_MS = 2000, FULL_MS = 30000, MAXAGE_MS = 6000 };

/* What the device end does. */
struct device {
    int open_steps;
    int job_steps, pause_ms, job_code;
    int abandon_steps, abandon_code;
    int poll_code, fast_steps, poll_pause_ms;
    int status_step; /* of a poll: the status is whole; 0: with the last one */
    bool breaks;     /* a poll finds the wire dead */
    uint32_t status;
    uint32_t effect; /* the status once a command is done; 0: as before */
    int opens, closes;
    int64_t beeper; /* what a setting has written */
};

struct rig {
    struct workers all;
    struct wire wire;
    struct unit unit[2];
    struct unit *list[2];
    struct conf_unit conf[2];
    struct drv_value opt[2][1];
    atomic_uint_fast64_t dirty, ended;
    struct device dev[2];
    struct unit_report last[2];
    int64_t now, step_ms;
    char trace[4096];
    size_t len;
};

static struct rig *rig;

static int64_t rig_now(void *arg)
{
    (void)arg;
    return rig->now;
}

static const struct ups_clock rig_clock = {.mono_ms = rig_now, .wall_ms = rig_now};

/* -- a driver --------------------------------------------------------------------------------- */

struct fake {
    int open, poll[2], job, abandon;
};

static struct device *step(struct drv *d, char letter)
{
    size_t i = (size_t)drv_num(d, 0);

    assert_true(rig->len + 2 < sizeof(rig->trace));
    rig->trace[rig->len++] = letter;
    if (i == 1)
        rig->trace[rig->len++] = '\'';
    rig->trace[rig->len] = '\0';
    rig->now += rig->step_ms;
    return &rig->dev[i];
}

static int fake_open(struct drv *d, struct ups_reading *r)
{
    struct fake *f = d->state;
    struct device *dev = step(d, 'o');

    (void)r;
    if (++f->open < dev->open_steps)
        return DRV_MORE;
    dev->opens++;
    return DRV_DONE;
}

static int fake_poll(struct drv *d, enum drv_poll kind, struct ups_reading *r)
{
    struct fake *f = d->state;
    struct device *dev = step(d, kind == DRV_POLL_FULL ? 'F' : 'f');

    if (dev->breaks)
        ((struct wire *)d->host->arg)->broken = true;
    if (dev->breaks || dev->poll_code != 0)
        return drv_fail(d, dev->breaks ? UPS_E_DISCONNECTED : dev->poll_code, "poll fails");
    int steps = kind == DRV_POLL_FULL ? FULL_STEPS : dev->fast_steps;
    int at = ++f->poll[kind];
    if (at == (dev->status_step > 0 && dev->status_step < steps ? dev->status_step : steps)) {
        r->status = dev->status;
        r->taken_ms = rig->now;
    }
    if (at < steps) {
        d->not_before_ms = dev->poll_pause_ms > 0 ? rig->now + dev->poll_pause_ms : 0;
        return DRV_MORE;
    }
    f->poll[kind] = 0;
    return DRV_DONE;
}

/* One step of a command or a setting: *done when it is the last and went well. */
static int fake_job(struct drv *d, bool *done)
{
    struct fake *f = d->state;
    struct device *dev = step(d, 'j');

    *done = false;
    if (++f->job < dev->job_steps) {
        d->not_before_ms = dev->pause_ms > 0 ? rig->now + dev->pause_ms : 0;
        return DRV_MORE;
    }
    f->job = 0;
    if (dev->job_code != 0)
        return drv_fail(d, dev->job_code, "job fails");
    *done = true;
    return DRV_DONE;
}

static int fake_command(struct drv *d, enum ups_command command, struct ups_command_args args,
                        struct ups_reading *r)
{
    bool done;
    int rc = fake_job(d, &done);

    (void)command;
    (void)r;
    if (done && rig->dev[drv_num(d, 0)].effect != 0)
        rig->dev[drv_num(d, 0)].status = rig->dev[drv_num(d, 0)].effect;
    if (done && args.value >= 0)
        d->took = (struct ups_command_args){args.value + 2, -1, false};
    return rc;
}

static int fake_set(struct drv *d, enum ups_var var, int64_t milli, struct ups_reading *r)
{
    bool done;
    int rc = fake_job(d, &done);

    if (done) {
        rig->dev[drv_num(d, 0)].beeper = milli;
        ups_set(r, var, 0, milli);
    }
    return rc;
}

static int fake_abandon(struct drv *d, struct ups_reading *r)
{
    struct fake *f = d->state;
    struct device *dev = step(d, 'a');

    (void)r;
    if (++f->abandon < dev->abandon_steps)
        return DRV_MORE;
    f->abandon = f->job = 0;
    return dev->abandon_code ? drv_fail(d, dev->abandon_code, "taken back") : DRV_DONE;
}

static void fake_close(struct drv *d)
{
    rig->dev[drv_num(d, 0)].closes++;
}

static const struct drv_option fake_options[] = {
    {.name = "device", .type = DRV_OPT_INT, .min = 0, .max = 1, .help = "which"},
    {.name = NULL},
};

static const struct drv_driver full_driver = {
    .name = "full",
    .options = fake_options,
    .state_size = sizeof(struct fake),
    .open = fake_open,
    .poll = fake_poll,
    .command = fake_command,
    .set = fake_set,
    .abandon = fake_abandon,
    .close = fake_close,
};

/* One without settings, and that can't give up what it has begun. */
static const struct drv_driver plain_driver = {
    .name = "plain",
    .options = fake_options,
    .state_size = sizeof(struct fake),
    .open = fake_open,
    .poll = fake_poll,
    .command = fake_command,
    .close = fake_close,
};

/* -- the rig ---------------------------------------------------------------------------------- */

static void rig_units(size_t count, const struct drv_driver *driver)
{
    rig->all.unit_count = rig->wire.unit_count = count;
    for (size_t i = 0; i < count; i++) {
        rig->dev[i] = (struct device){
            .open_steps = 1, .job_steps = 1, .fast_steps = 1, .status = UPS_STATUS_MASK(OL)};
        rig->conf[i] = (struct conf_unit){
            .name = i == 0 ? "a" : "b",
            .port = "/bus",
            .driver = driver,
            .timing = {.pollinterval_ms = FAST_MS, .pollfreq_ms = FULL_MS, .maxage_ms = MAXAGE_MS}};
        rig->opt[i][0].num = (int64_t)i;
        rig->conf[i].opt = rig->opt[i];
        rig->list[i] = &rig->unit[i];
        assert_true(unit_init(&rig->unit[i], &rig->conf[i], &rig->wire));
    }
}

static int setup(void **state)
{
    rig = calloc(1, sizeof(*rig));
    rig->now = 1000000;
    rig->step_ms = STEP_MS;
    rig->all = (struct workers){.clock = &rig_clock,
                                .event_fd = -1,
                                .unit = rig->unit,
                                .wire = &rig->wire,
                                .wire_count = 1,
                                .dirty = &rig->dirty,
                                .ended = &rig->ended,
                                .words = 1};
    rig->wire = (struct wire){.all = &rig->all, .port = "/bus", .unit = rig->list, .wake_fd = -1};
    wire_host(&rig->wire);
    *state = rig;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    for (size_t i = 0; i < rig->wire.unit_count; i++)
        unit_fini(&rig->unit[i]);
    free(rig);
    return 0;
}

/* One step of the wire, or the clock moves to the next, but not beyond end_ms. */
static void turn_before(int64_t end_ms)
{
    struct unit *u = NULL;
    int64_t due = rig->now;
    enum turn t = wire_next(&rig->wire, rig->now, &u, &due);
    size_t index;
    struct unit_report report;

    if (due > rig->now)
        rig->now = due < end_ms ? due : end_ms;
    else
        wire_step(&rig->wire, t, u, rig->now);
    if (rig->wire.broken)
        rig->wire.broken = false; /* every unit has let go of it */
    while (workers_take(&rig->all, &index, &report))
        rig->last[index] = report;
}

static void turn(void)
{
    turn_before(INT64_MAX);
}

/* Turns until the trace has grown by so many letters, which are returned. */
static const char *turns(size_t letters)
{
    size_t from = rig->len;

    while (rig->len - from < letters)
        turn();
    return rig->trace + from;
}

static void turn_until(int64_t end_ms)
{
    while (rig->now < end_ms)
        turn_before(end_ms);
}

/* Everything is open and read once, and the next poll is some time off. */
static void settle(void)
{
    turn_until(rig->now + 1000);
    for (size_t i = 0; i < rig->wire.unit_count; i++) {
        assert_int_equal(rig->last[i].link, UNIT_UP);
        assert_true(rig->unit[i].poll[DRV_POLL_FAST].due_ms > rig->now + 100);
    }
}

/* Both, the status first: of polls that are due at the same time, the full one is enough. */
static void polls_are_due(void)
{
    for (size_t i = 0; i < rig->wire.unit_count; i++) {
        rig->unit[i].poll[DRV_POLL_FAST].due_ms = rig->now - 1;
        rig->unit[i].poll[DRV_POLL_FULL].due_ms = rig->now;
    }
}

static struct unit_job a_command(uint64_t id)
{
    return (struct unit_job){.id = id,
                             .command = UPS_COMMAND_LOAD_OFF, /* shows in the status */
                             .args = {60, -1, false},
                             .deadline_ms = rig->now + 60000};
}

static void submit_to(size_t unit, uint64_t id)
{
    struct unit_job job = a_command(id);

    assert_int_equal(workers_submit(&rig->all, unit, &job), UPS_OK);
}

static void submit(uint64_t id)
{
    submit_to(0, id);
}

static struct unit_result result_from(size_t unit)
{
    struct unit_result result;
    size_t index;

    assert_true(workers_take_result(&rig->all, &index, &result));
    assert_int_equal(index, unit);
    return result;
}

static void expect_result(uint64_t id, enum ups_error error, const char *why)
{
    struct unit_result result = result_from(0);

    assert_int_equal(result.id, id);
    assert_int_equal(result.error, error);
    assert_string_equal(result.why, why);
}

static void expect_none(void)
{
    struct unit_result result;
    size_t index;

    assert_false(workers_take_result(&rig->all, &index, &result));
}

/* A command that begins now is done with exactly its own steps, and told after a status poll. */
static void expect_clean_job(void)
{
    rig->dev[0].job_steps = 3;
    rig->dev[0].job_code = rig->dev[0].pause_ms = 0;
    submit(99);
    assert_string_equal(turns(4), "jjjf");
    expect_result(99, UPS_OK, "");
    expect_none();
}

/* -- whose turn it is ------------------------------------------------------------------------- */

static void test_a_job_goes_ahead_of_polls_that_are_due(void **state)
{
    (void)state;
    rig_units(1, &full_driver);
    settle();
    polls_are_due();
    submit(1);
    assert_string_equal(turns(2), "jf");
}

static void test_a_job_runs_in_the_middle_of_a_full_poll(void **state)
{
    (void)state;
    rig_units(1, &full_driver);
    assert_string_equal(turns(4), "oFFF");
    rig->dev[0].job_steps = 2;
    submit(1);
    /* the job, the status that may have changed, the rest of the poll, and what it missed */
    assert_string_equal(turns(8 + FULL_STEPS), "jjfFFFFFFFFFFFFF");
    expect_result(1, UPS_OK, "");
}

static void test_polls_run_while_a_job_pauses(void **state)
{
    (void)state;
    rig_units(1, &full_driver);
    settle();
    polls_are_due();
    rig->dev[0].job_steps = 2;
    rig->dev[0].pause_ms = 300;
    submit(1);
    assert_string_equal(turns(2 + FULL_STEPS), "jfFFFFFFFF");
    assert_string_equal(turns(1), "j");
}

static void test_polls_do_not_begin_in_the_gap_between_frames(void **state)
{
    (void)state;
    rig_units(1, &full_driver);
    settle();
    polls_are_due();
    rig->dev[0].job_steps = 4;
    rig->dev[0].pause_ms = 20;
    submit(1);
    assert_string_equal(turns(5), "jjjjf");
}

static void test_jobs_of_a_unit_run_one_after_the_other(void **state)
{
    (void)state;
    rig_units(1, &full_driver);
    settle();
    rig->dev[0].job_steps = 2;
    rig->dev[0].pause_ms = 300;
    int64_t begin = rig->now;
    submit(1);
    submit(2);
    turn_until(begin + 1000);
    struct unit_result first = result_from(0), second = result_from(0);
    assert_int_equal(first.id, 1);
    assert_int_equal(first.sent_ms, begin);
    assert_int_equal(first.done_ms, begin + 300 + 2 * STEP_MS);
    assert_int_equal(second.id, 2);
    assert_int_equal(second.sent_ms, first.done_ms + STEP_MS); /* the status between them */
    expect_none();
}

static void test_units_of_a_bus_take_turns(void **state)
{
    (void)state;
    rig_units(2, &full_driver);
    settle();
    rig->dev[0].job_steps = rig->dev[1].job_steps = 3;
    submit_to(0, 1);
    rig->now++;
    submit_to(1, 2);
    assert_string_equal(turns(13), "jj'jj'jj'fFf'");
    assert_int_equal(result_from(0).id, 1);
    assert_int_equal(result_from(1).id, 2);
    expect_none();
}

static void test_polls_of_a_bus_take_turns(void **state)
{
    (void)state;
    rig_units(2, &full_driver);
    assert_string_equal(turns(3), "oo'");
    assert_string_equal(turns(12), "FF'FF'FF'FF'");
}

static void test_a_job_goes_ahead_of_another_units_polls_and_opening(void **state)
{
    (void)state;
    rig_units(2, &full_driver);
    rig->dev[0].open_steps = 50;
    while (rig->last[1].link != UNIT_UP)
        turn();
    rig->dev[1].job_steps = 3;
    submit_to(1, 1);
    assert_string_equal(turns(6), "j'j'j'");
    settle();
    polls_are_due();
    submit_to(1, 2);
    assert_string_equal(turns(6), "j'j'j'");
}

/* -- what the core is told -------------------------------------------------------------------- */

static void test_the_effect_is_polled_at_once(void **state)
{
    (void)state;
    rig_units(1, &full_driver);
    settle();
    submit(1);
    int64_t begin = rig->now;
    assert_string_equal(turns(2 + FULL_STEPS), "jfFFFFFFFF");
    assert_true(rig->last[0].full);
    assert_int_equal(rig->now, begin + (2 + FULL_STEPS) * STEP_MS);
    /* the rhythm goes on from there */
    assert_string_equal(turns(1), "f");
    assert_in_range(rig->now, begin + FAST_MS, begin + FAST_MS + 20 * STEP_MS);
    assert_int_equal(rig->unit[0].poll[DRV_POLL_FULL].due_ms,
                     (begin + STEP_MS + FULL_MS) / TICK_MS * TICK_MS);
}

static void test_a_failed_job_is_followed_by_polls_too(void **state)
{
    (void)state;
    rig_units(1, &full_driver);
    settle();
    rig->dev[0].job_code = UPS_E_REFUSED;
    submit(1);
    assert_string_equal(turns(3), "jfF");
    expect_result(1, UPS_E_REFUSED, "job fails");
}

static void test_a_setting_is_in_the_report_with_its_result(void **state)
{
    struct unit_job job = a_command(1);
    int64_t milli;

    (void)state;
    rig_units(1, &full_driver);
    settle();
    job.set = true;
    job.var = UPS_VAR_UPS_BEEPER_STATUS;
    job.milli = UPS_BEEPER_DISABLED;
    assert_int_equal(workers_submit(&rig->all, 0, &job), UPS_OK);
    assert_string_equal(turns(1), "j");
    expect_result(1, UPS_OK, "");
    assert_true(ups_get(&rig->last[0].reading, UPS_VAR_UPS_BEEPER_STATUS, 0, &milli));
    assert_int_equal(milli, UPS_BEEPER_DISABLED);
}

static void test_what_the_device_took(void **state)
{
    (void)state;
    rig_units(1, &full_driver);
    settle();
    submit(1);
    assert_string_equal(turns(2), "jf");
    assert_int_equal(result_from(0).took.value, 62);
    rig->dev[0].job_code = UPS_E_REFUSED;
    submit(2);
    while (rig->trace[rig->len - 1] != 'j')
        turn();
    assert_int_equal(result_from(0).took.value, -1);
}

/* Whenever a device was found and whenever its full polls are, its polls fall on common ticks. */
static void test_polls_begin_on_common_ticks(void **state)
{
    const struct schedule *fast = &rig->unit[0].poll[DRV_POLL_FAST];
    const struct schedule *full = &rig->unit[0].poll[DRV_POLL_FULL];
    const struct ups_reading *r = &rig->unit[0].reading;
    int64_t end = rig->now + 3 * FULL_MS;
    unsigned polls = 0;

    (void)state;
    rig->now += 37;
    rig_units(1, &full_driver);
    settle();
    for (int64_t due = 0; rig->now < end; turn()) {
        if (fast->running || full->running || fast->due_ms == due)
            continue;
        due = fast->due_ms;
        assert_int_equal(full->due_ms % TICK_MS, 0);
        assert_int_equal(due % TICK_MS, 0);
        assert_in_range(due, r->taken_ms + FAST_MS - TICK_MS, r->taken_ms + FAST_MS);
        polls++;
    }
    assert_in_range(polls, 3 * FULL_MS / FAST_MS, 3 * FULL_MS / FAST_MS + 3);
}

static void test_full_ms(void **state)
{
    (void)state;
    rig_units(1, &full_driver);
    while (rig->last[0].link != UNIT_UP)
        turn();
    assert_int_equal(rig->last[0].full_ms, -1);
    settle();
    assert_int_equal(rig->last[0].full_ms, FULL_STEPS * STEP_MS);
}

/* -- what is not taken ------------------------------------------------------------------------ */

static void test_a_full_queue_is_busy(void **state)
{
    struct unit_job job;

    (void)state;
    rig_units(1, &full_driver);
    settle();
    for (uint64_t id = 1; id <= UNIT_JOBS_MAX; id++)
        submit(id);
    job = a_command(9);
    assert_int_equal(workers_submit(&rig->all, 0, &job), UPS_E_BUSY);
    assert_string_equal(turns(2 * UNIT_JOBS_MAX), "jfjfjfjf");
    /* their results are still there */
    assert_int_equal(workers_submit(&rig->all, 0, &job), UPS_E_BUSY);
    expect_result(1, UPS_OK, "");
    assert_int_equal(workers_submit(&rig->all, 0, &job), UPS_OK);
    assert_string_equal(turns(2), "jf");
    for (uint64_t id = 2; id <= UNIT_JOBS_MAX; id++)
        expect_result(id, UPS_OK, "");
    expect_result(9, UPS_OK, "");
    expect_none();
}

static void test_a_unit_that_is_not_open_takes_no_job(void **state)
{
    struct unit_job job;

    (void)state;
    rig_units(1, &full_driver);
    rig->dev[0].open_steps = 3;
    job = a_command(1);
    assert_int_equal(workers_submit(&rig->all, 0, &job), UPS_E_DISCONNECTED);
    assert_string_equal(turns(2), "oo");
    assert_int_equal(workers_submit(&rig->all, 0, &job), UPS_E_DISCONNECTED);
    settle();
    assert_int_equal(workers_submit(&rig->all, 0, &job), UPS_OK);
}

static void test_a_driver_without_settings(void **state)
{
    struct unit_job job;

    (void)state;
    rig_units(1, &plain_driver);
    settle();
    job = a_command(1);
    job.set = true;
    assert_int_equal(workers_submit(&rig->all, 0, &job), UPS_E_UNSUPPORTED);
}

/* -- losing the device ------------------------------------------------------------------------ */

/* One job pauses, two wait. */
static void three_jobs(void)
{
    settle();
    rig->dev[0].job_steps = 2;
    rig->dev[0].pause_ms = 30000;
    for (uint64_t id = 1; id <= 3; id++)
        submit(id);
    assert_string_equal(turns(1), "j");
}

static void expect_all_lost(const char *why)
{
    char running[200];

    snprintf(running, sizeof(running), "%s; not known whether it was done", why);
    while (rig->last[0].link == UNIT_UP)
        turn();
    struct unit_result first = result_from(0);
    assert_int_equal(first.id, 1);
    assert_int_equal(first.error, UPS_E_DISCONNECTED);
    assert_string_equal(first.why, running);
    assert_true(first.sent_ms > 0);
    expect_result(2, UPS_E_DISCONNECTED, why);
    struct unit_result third = result_from(0);
    assert_int_equal(third.id, 3);
    assert_int_equal(third.sent_ms, -1);
    expect_none();
}

static void back_again(void)
{
    rig->dev[0].poll_code = 0;
    rig->dev[0].breaks = false;
    settle();
    assert_int_equal(rig->dev[0].opens, 2);
    expect_clean_job();
}

static void test_a_poll_loses_the_device(void **state)
{
    (void)state;
    rig_units(1, &full_driver);
    three_jobs();
    rig->dev[0].poll_code = UPS_E_DISCONNECTED;
    expect_all_lost("poll fails");
    back_again();
}

static void test_another_device_answers(void **state)
{
    (void)state;
    rig_units(1, &full_driver);
    three_jobs();
    rig->dev[0].poll_code = UPS_E_FOREIGN;
    expect_all_lost("poll fails");
    back_again();
}

static void test_the_device_stays_silent(void **state)
{
    (void)state;
    rig_units(1, &full_driver);
    three_jobs();
    rig->dev[0].poll_code = UPS_E_TIMEOUT;
    expect_all_lost("poll fails");
    assert_int_equal(rig->dev[0].closes, 1);
    back_again();
}

static void test_the_job_itself_loses_the_device(void **state)
{
    (void)state;
    rig_units(1, &full_driver);
    three_jobs();
    rig->dev[0].job_code = UPS_E_DISCONNECTED;
    expect_all_lost("job fails");
    back_again();
}

static void test_another_unit_finds_the_wire_dead(void **state)
{
    (void)state;
    rig_units(2, &full_driver);
    three_jobs();
    submit_to(1, 7);
    rig->dev[1].breaks = true; /* its next poll */
    rig->dev[1].job_steps = 2;
    rig->dev[1].pause_ms = 30000;
    while (rig->last[1].link == UNIT_UP)
        turn();
    struct unit_result result;
    size_t index;
    unsigned seen[8] = {0};
    while (workers_take_result(&rig->all, &index, &result)) {
        assert_int_equal(result.error, UPS_E_DISCONNECTED);
        assert_int_equal(index, result.id == 7);
        seen[result.id]++;
    }
    assert_int_equal(seen[1] + seen[2] + seen[3] + seen[7], 4);
    assert_int_equal(seen[1] * seen[2] * seen[3] * seen[7], 1);
    rig->dev[1].breaks = false;
    settle();
}

/* -- a command's result waits for the status that shows it --------------------------------------
 */

/* A command that is done, with its result not told yet.  Returns when that was. */
static int64_t held_command(void)
{
    settle();
    rig->dev[0].effect = UPS_STATUS_MASK(OFF);
    submit(1);
    assert_string_equal(turns(1), "j");
    expect_none();
    return rig->now;
}

static void expect_held(int64_t done_ms)
{
    struct unit_result result = result_from(0);

    assert_int_equal(result.id, 1);
    assert_int_equal(result.error, UPS_OK);
    assert_string_equal(result.why, "");
    assert_int_equal(result.took.value, 62);
    assert_int_equal(result.sent_ms, done_ms - rig->step_ms);
    assert_int_equal(result.done_ms, done_ms);
}

static void test_a_result_comes_with_the_status_that_shows_it(void **state)
{
    (void)state;
    rig_units(1, &full_driver);
    int64_t done = held_command();
    assert_int_equal(rig->last[0].reading.status, UPS_STATUS_MASK(OL));
    assert_string_equal(turns(1), "f");
    expect_held(done);
    expect_none();
    assert_int_equal(rig->last[0].reading.status, UPS_STATUS_MASK(OFF));
    assert_int_equal(rig->last[0].reading.taken_ms, done + STEP_MS);
}

static void test_a_poll_that_goes_on_shows_it_already(void **state)
{
    (void)state;
    rig_units(1, &full_driver);
    rig->dev[0].fast_steps = 3;
    rig->dev[0].status_step = 2;
    int64_t done = held_command();
    assert_string_equal(turns(1), "f");
    expect_none();
    assert_string_equal(turns(1), "f");
    expect_held(done);
    assert_int_equal(rig->last[0].reading.status, UPS_STATUS_MASK(OFF));
    assert_true(rig->unit[0].poll[DRV_POLL_FAST].running);
}

/* One that was under way may have asked before, also where no time passes between two steps. */
static void expect_another_poll(void)
{
    rig_units(1, &full_driver);
    settle();
    rig->dev[0].fast_steps = 2;
    rig->unit[0].poll[DRV_POLL_FAST].due_ms = rig->now;
    assert_string_equal(turns(1), "f");
    submit(1);
    assert_string_equal(turns(2), "jf");
    expect_none();
    assert_string_equal(turns(1), "f");
    expect_none();
    assert_string_equal(turns(1), "f");
    expect_result(1, UPS_OK, "");
    expect_none();
}

static void test_a_poll_that_began_before_does_not_show_it(void **state)
{
    (void)state;
    expect_another_poll();
}

static void test_a_poll_that_began_in_the_same_millisecond(void **state)
{
    (void)state;
    rig->step_ms = 0;
    expect_another_poll();
}

static void test_a_full_poll_under_way_does_not_show_it(void **state)
{
    (void)state;
    rig_units(1, &full_driver);
    rig->dev[0].status_step = 5;
    assert_string_equal(turns(5), "oFFFF");
    rig->dev[0].fast_steps = 2;
    rig->dev[0].poll_pause_ms = 200; /* the full one gets there before the fast one */
    submit(1);
    assert_string_equal(turns(3), "jfF");
    assert_int_equal(rig->last[0].reading.taken_ms, rig->now);
    expect_none();
    assert_string_equal(turns(1), "f");
    expect_result(1, UPS_OK, "");
}

static void test_a_poll_that_fails_ends_the_wait(void **state)
{
    (void)state;
    rig_units(1, &full_driver);
    int64_t done = held_command();
    rig->dev[0].poll_code = UPS_E_TIMEOUT;
    assert_string_equal(turns(1), "f");
    expect_held(done);
    assert_int_equal(rig->last[0].link, UNIT_UP);
    assert_int_equal(rig->last[0].missed, 1);
}

static void test_no_poll_gets_to_the_status(void **state)
{
    (void)state;
    rig_units(1, &full_driver);
    rig->dev[0].fast_steps = 2;
    int64_t done = held_command();
    rig->dev[0].poll_pause_ms = 5000;
    turn_until(done + UNIT_SHOW_MS);
    expect_none();
    assert_string_equal(rig->trace + rig->len - 3, "jfF");
    turn();
    expect_held(done);
    assert_int_equal(rig->now, done + UNIT_SHOW_MS);
    expect_none();
}

/* The end of the wait is no step on the wire: it holds nobody back before it is there. */
static void test_a_poll_at_the_last_moment(void **state)
{
    (void)state;
    rig_units(2, &full_driver);
    rig->dev[0].fast_steps = 2;
    int64_t done = held_command();
    int64_t last = done + UNIT_SHOW_MS - JOB_GAP_MS / 2;
    rig->dev[0].poll_pause_ms = (int)(last - rig->now - STEP_MS);
    rig->unit[1].poll[DRV_POLL_FAST].due_ms = last - 1;
    turn_until(last - 1);
    assert_string_equal(turns(3), "f'f");
    expect_held(done);
    assert_in_range(rig->now, last, done + UNIT_SHOW_MS - 1);
    assert_int_equal(rig->last[0].reading.status, UPS_STATUS_MASK(OFF));
}

/* What is done can't be late. */
static void test_the_deadline_of_a_command_that_is_done(void **state)
{
    struct unit_job job;

    (void)state;
    rig_units(1, &full_driver);
    settle();
    rig->dev[0].fast_steps = 2;
    rig->dev[0].poll_pause_ms = 500;
    job = a_command(1);
    job.deadline_ms = rig->now + 3 * STEP_MS;
    assert_int_equal(workers_submit(&rig->all, 0, &job), UPS_OK);
    assert_string_equal(turns(1), "j");
    int64_t done = rig->now;
    while (rig->unit[0].run.done)
        turn();
    assert_true(rig->now > job.deadline_ms);
    expect_held(done);
    assert_null(strchr(rig->trace, 'a'));
    assert_int_equal(rig->dev[0].closes, 0);
}

static void test_the_next_job_waits_too(void **state)
{
    struct unit_job late;

    (void)state;
    rig_units(1, &full_driver);
    rig->dev[0].fast_steps = 2;
    int64_t done = held_command();
    rig->dev[0].poll_pause_ms = 300;
    submit(2);
    late = a_command(3);
    late.deadline_ms = rig->now + 100;
    assert_int_equal(workers_submit(&rig->all, 0, &late), UPS_OK);
    turn_until(late.deadline_ms + 2 * STEP_MS);
    expect_result(3, UPS_E_TIMEOUT, "its turn has not come in time: nothing was done");
    expect_none();
    while (rig->unit[0].run.done)
        turn();
    int64_t shown = rig->now;
    expect_held(done);
    assert_string_equal(turns(1), "j");
    assert_int_equal(rig->now, shown + STEP_MS);
}

static void test_another_units_job_does_not_wait(void **state)
{
    (void)state;
    rig_units(2, &full_driver);
    int64_t done = held_command();
    submit_to(1, 2);
    assert_string_equal(turns(2), "j'");
    expect_none();
    assert_string_equal(turns(1), "f");
    expect_held(done);
}

/* A countdown, the beeper: what they change comes with the result. */
static void test_a_command_without_a_status_word_does_not_wait(void **state)
{
    struct unit_job job;

    (void)state;
    rig_units(1, &full_driver);
    settle();
    job = a_command(1);
    job.command = UPS_COMMAND_SHUTDOWN_RETURN;
    assert_int_equal(workers_submit(&rig->all, 0, &job), UPS_OK);
    assert_string_equal(turns(1), "j");
    expect_result(1, UPS_OK, "");
}

static void test_a_setting_does_not_wait(void **state)
{
    struct unit_job job;

    (void)state;
    rig_units(1, &full_driver);
    settle();
    job = a_command(1);
    job.set = true;
    job.var = UPS_VAR_UPS_BEEPER_STATUS;
    job.milli = UPS_BEEPER_DISABLED;
    assert_int_equal(workers_submit(&rig->all, 0, &job), UPS_OK);
    submit(2);
    assert_string_equal(turns(1), "j");
    expect_result(1, UPS_OK, "");
    assert_string_equal(turns(2), "jf");
    expect_result(2, UPS_OK, "");
}

/* The device is lost before the status was read: the command was done, those that wait were not. */
static void expect_done_and_lost(int code, const char *why)
{
    rig_units(1, &full_driver);
    int64_t done = held_command();
    submit(2);
    rig->dev[0].poll_code = code;
    while (rig->last[0].link == UNIT_UP)
        turn();
    expect_held(done);
    expect_result(2, UPS_E_DISCONNECTED, why);
    expect_none();
    back_again();
}

static void test_the_device_is_lost_after_a_command(void **state)
{
    (void)state;
    expect_done_and_lost(UPS_E_DISCONNECTED, "poll fails");
}

static void test_another_device_answers_after_a_command(void **state)
{
    (void)state;
    expect_done_and_lost(UPS_E_FOREIGN, "poll fails");
}

static void test_another_unit_finds_the_wire_dead_after_a_command(void **state)
{
    (void)state;
    rig_units(2, &full_driver);
    int64_t done = held_command();
    rig->dev[1].breaks = true;
    rig->unit[1].poll[DRV_POLL_FAST].due_ms = rig->unit[0].poll[DRV_POLL_FAST].due_ms - 1;
    assert_string_equal(turns(2), "f'");
    assert_int_equal(rig->last[0].link, UNIT_LOST);
    expect_held(done);
    expect_none();
    rig->dev[1].breaks = false;
    settle();
    expect_clean_job();
}

/* -- deadlines -------------------------------------------------------------------------------- */

static void test_a_job_whose_turn_does_not_come(void **state)
{
    struct unit_job job;

    (void)state;
    rig_units(1, &full_driver);
    settle();
    rig->dev[0].job_steps = 2;
    rig->dev[0].pause_ms = 5000;
    submit(1);
    job = a_command(2);
    job.deadline_ms = rig->now + 1000;
    assert_int_equal(workers_submit(&rig->all, 0, &job), UPS_OK);
    turn_until(job.deadline_ms + 2 * STEP_MS);
    struct unit_result result = result_from(0);
    assert_int_equal(result.id, 2);
    assert_int_equal(result.error, UPS_E_TIMEOUT);
    assert_string_equal(result.why, "its turn has not come in time: nothing was done");
    assert_int_equal(result.sent_ms, -1);
    assert_in_range(result.done_ms, job.deadline_ms, job.deadline_ms + STEP_MS);
    turn_until(rig->now + 6000);
    expect_result(1, UPS_OK, "");
    expect_none();
}

static void test_a_job_that_comes_too_late_is_not_begun(void **state)
{
    struct unit_job job;

    (void)state;
    rig_units(1, &full_driver);
    settle();
    job = a_command(1);
    job.deadline_ms = rig->now;
    assert_int_equal(workers_submit(&rig->all, 0, &job), UPS_OK);
    turn();
    expect_result(1, UPS_E_TIMEOUT, "its turn has not come in time: nothing was done");
    assert_null(strchr(rig->trace, 'j'));
}

/* A job that has taken one of its steps when its time is over; another waits. */
static int64_t overdue_job(void)
{
    struct unit_job job;

    settle();
    rig->dev[0].job_steps = 2;
    rig->dev[0].pause_ms = 30000;
    job = a_command(1);
    job.deadline_ms = rig->now + 1000;
    assert_int_equal(workers_submit(&rig->all, 0, &job), UPS_OK);
    submit(2);
    assert_string_equal(turns(1), "j");
    return job.deadline_ms;
}

static void test_the_driver_takes_back_what_is_overdue(void **state)
{
    (void)state;
    rig_units(1, &full_driver);
    int64_t deadline = overdue_job();
    rig->dev[0].abandon_steps = 3;
    rig->dev[0].abandon_code = UPS_E_GARBLED;
    while (!strchr(rig->trace, 'a'))
        turn();
    assert_in_range(rig->now, deadline, deadline + 2 * STEP_MS);
    rig->dev[0].job_steps = 1;
    assert_string_equal(turns(4), "aajf"); /* and the one that waited begins anew */
    expect_result(1, UPS_E_TIMEOUT, "taken back");
    expect_result(2, UPS_OK, "");
    expect_none();
    expect_clean_job();
    assert_int_equal(rig->dev[0].closes, 0);
}

static void test_what_is_overdue_turns_out_to_be_done(void **state)
{
    (void)state;
    rig_units(1, &full_driver);
    (void)overdue_job();
    rig->dev[0].abandon_steps = 1;
    while (!strchr(rig->trace, 'a'))
        turn();
    expect_result(1, UPS_OK, ""); /* nobody waits any more: at once */
    expect_none();
}

static void expect_closed(void)
{
    expect_result(1, UPS_E_TIMEOUT, "not confirmed in time; not known whether it was done");
    expect_result(2, UPS_E_DISCONNECTED, "a job has not ended in time");
    expect_none();
    assert_int_equal(rig->dev[0].closes, 1);
    assert_int_equal(rig->last[0].link, UNIT_LOST);
    back_again();
}

static void test_a_driver_that_takes_nothing_back_is_closed(void **state)
{
    (void)state;
    rig_units(1, &plain_driver);
    int64_t deadline = overdue_job();
    turn_until(deadline + 2 * STEP_MS);
    expect_closed();
}

static void test_taking_back_has_a_limit(void **state)
{
    (void)state;
    rig_units(1, &full_driver);
    int64_t deadline = overdue_job();
    rig->dev[0].abandon_steps = 1000000;
    turn_until(deadline + UNIT_GIVE_UP_MS - STEP_MS);
    expect_none();
    assert_int_equal(rig->last[0].link, UNIT_UP);
    turn_until(deadline + UNIT_GIVE_UP_MS + 2 * STEP_MS);
    expect_closed();
}

static void test_the_device_is_lost_while_a_job_is_taken_back(void **state)
{
    (void)state;
    rig_units(1, &full_driver);
    int64_t deadline = overdue_job();
    rig->dev[0].abandon_steps = 1;
    rig->dev[0].abandon_code = UPS_E_DISCONNECTED;
    turn_until(deadline + 3 * STEP_MS);
    expect_result(1, UPS_E_TIMEOUT, "not confirmed in time; not known whether it was done");
    expect_result(2, UPS_E_DISCONNECTED, "taken back");
    expect_none();
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        CASE(test_a_job_goes_ahead_of_polls_that_are_due),
        CASE(test_a_job_runs_in_the_middle_of_a_full_poll),
        CASE(test_polls_run_while_a_job_pauses),
        CASE(test_polls_do_not_begin_in_the_gap_between_frames),
        CASE(test_jobs_of_a_unit_run_one_after_the_other),
        CASE(test_units_of_a_bus_take_turns),
        CASE(test_polls_of_a_bus_take_turns),
        CASE(test_a_job_goes_ahead_of_another_units_polls_and_opening),
        CASE(test_the_effect_is_polled_at_once),
        CASE(test_a_failed_job_is_followed_by_polls_too),
        CASE(test_a_setting_is_in_the_report_with_its_result),
        CASE(test_what_the_device_took),
        CASE(test_polls_begin_on_common_ticks),
        CASE(test_full_ms),
        CASE(test_a_full_queue_is_busy),
        CASE(test_a_unit_that_is_not_open_takes_no_job),
        CASE(test_a_driver_without_settings),
        CASE(test_a_poll_loses_the_device),
        CASE(test_another_device_answers),
        CASE(test_the_device_stays_silent),
        CASE(test_the_job_itself_loses_the_device),
        CASE(test_another_unit_finds_the_wire_dead),
        CASE(test_a_result_comes_with_the_status_that_shows_it),
        CASE(test_a_poll_that_goes_on_shows_it_already),
        CASE(test_a_poll_that_began_before_does_not_show_it),
        CASE(test_a_poll_that_began_in_the_same_millisecond),
        CASE(test_a_full_poll_under_way_does_not_show_it),
        CASE(test_a_poll_that_fails_ends_the_wait),
        CASE(test_no_poll_gets_to_the_status),
        CASE(test_a_poll_at_the_last_moment),
        CASE(test_the_deadline_of_a_command_that_is_done),
        CASE(test_the_next_job_waits_too),
        CASE(test_another_units_job_does_not_wait),
        CASE(test_a_command_without_a_status_word_does_not_wait),
        CASE(test_a_setting_does_not_wait),
        CASE(test_the_device_is_lost_after_a_command),
        CASE(test_another_device_answers_after_a_command),
        CASE(test_another_unit_finds_the_wire_dead_after_a_command),
        CASE(test_a_job_whose_turn_does_not_come),
        CASE(test_a_job_that_comes_too_late_is_not_begun),
        CASE(test_the_driver_takes_back_what_is_overdue),
        CASE(test_what_is_overdue_turns_out_to_be_done),
        CASE(test_a_driver_that_takes_nothing_back_is_closed),
        CASE(test_taking_back_has_a_limit),
        CASE(test_the_device_is_lost_while_a_job_is_taken_back),
    };

    return cmocka_run_group_tests_name("jobs", tests, NULL, NULL);
}
