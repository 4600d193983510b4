/* SPDX-License-Identifier: BSD-2-Clause */
/* Workers and a device that speaks unasked: a socket pair, and drv.wait_fd. */
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../agent/unit.h"

#define DEADLINE_MS 10000
#define LONG_MS     60000 /* a poll that no test waits for */

/* The device end.  What was heard is the status: a byte, as its bits. */
struct device {
    int fd, driver_fd;
    int64_t poll_ms;    /* how long a poll listens; 0: each step is a poll */
    bool deaf;          /* takes no notice of a hang-up */
    bool opens_by_word; /* opening waits for the first byte */
    atomic_int steps;   /* of polls */
    atomic_int opens, polls, jobs;
    atomic_int_fast64_t heard_us; /* when the last byte was taken in */
};

static struct device device;

struct fake {
    int64_t end_ms; /* of the poll that runs */
    bool dialed;
    int job_step;
};

static int64_t now_us(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* Takes in all there is.  Returns how many bytes, or -1 after a hang-up. */
static int hear(struct drv *d, struct ups_reading *r)
{
    int total = 0;
    char c;

    for (;;) {
        ssize_t n = recv(device.driver_fd, &c, 1, MSG_DONTWAIT);
        if (n == 0)
            return -1;
        if (n < 0)
            return total;
        r->status = (uint8_t)c;
        /* two bytes in one millisecond are two readings */
        int64_t now = ups_now(d->host->clock);
        r->taken_ms = now > r->taken_ms ? now : r->taken_ms + 1;
        device.heard_us = now_us();
        total++;
    }
}

static int fake_open(struct drv *d, struct ups_reading *r)
{
    struct fake *f = d->state;

    if (!f->dialed)
        device.opens++;
    f->dialed = true;
    if (device.opens_by_word && hear(d, r) == 0) {
        d->wait_fd = device.driver_fd;
        d->not_before_ms = ups_now(d->host->clock) + LONG_MS;
        return DRV_MORE;
    }
    d->wait_fd = device.driver_fd;
    return DRV_DONE;
}

static int fake_poll(struct drv *d, enum drv_poll kind, struct ups_reading *r)
{
    struct fake *f = d->state;
    int64_t now = ups_now(d->host->clock);

    if (kind == DRV_POLL_FULL) {
        r->taken_ms = r->taken_ms > 0 ? r->taken_ms : now;
        return DRV_DONE;
    }
    device.steps++;
    if (hear(d, r) < 0 && !device.deaf)
        return drv_fail(d, UPS_E_DISCONNECTED, "hung up");
    d->wait_fd = device.driver_fd;
    if (device.poll_ms > 0) {
        if (f->end_ms == 0)
            f->end_ms = now + device.poll_ms;
        d->not_before_ms = f->end_ms;
        if (now < f->end_ms)
            return DRV_MORE;
        f->end_ms = 0;
    }
    device.polls++;
    return DRV_DONE;
}

/* Two steps, a pause between. */
static int fake_command(struct drv *d, enum ups_command command, struct ups_command_args args,
                        struct ups_reading *r)
{
    struct fake *f = d->state;

    (void)command;
    (void)args;
    (void)r;
    if (++f->job_step == 1) {
        d->not_before_ms = ups_now(d->host->clock) + 60;
        return DRV_MORE;
    }
    f->job_step = 0;
    device.jobs++;
    return DRV_DONE;
}

static void fake_close(struct drv *d)
{
    (void)d;
}

static const struct drv_option fake_options[] = {{.name = NULL}};

static const struct drv_driver fake_driver = {
    .name = "stream",
    .options = fake_options,
    .state_size = sizeof(struct fake),
    .open = fake_open,
    .poll = fake_poll,
    .command = fake_command,
    .close = fake_close,
};

/* -- the bench -------------------------------------------------------------------------------- */

struct bench {
    struct conf_unit unit;
    struct conf conf;
    struct workers *workers;
    int event_fd;
    struct unit_report last;
};

static int setup(void **state)
{
    struct bench *b = calloc(1, sizeof(*b));
    int pair[2];

    memset(&device, 0, sizeof(device));
    if (!b || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
        return -1;
    device.fd = pair[0];
    device.driver_fd = pair[1];
    b->unit = (struct conf_unit){.name = "a", .port = "/a", .driver = &fake_driver};
    b->unit.timing = (struct conf_timing){
        .pollinterval_ms = LONG_MS, .pollfreq_ms = LONG_MS, .maxage_ms = 3 * LONG_MS};
    b->conf = (struct conf){.unit = &b->unit, .unit_count = 1};
    b->event_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    *state = b;
    return 0;
}

static int teardown(void **state)
{
    struct bench *b = *state;

    workers_stop(b->workers);
    if (device.fd >= 0)
        close(device.fd);
    close(device.driver_fd);
    close(b->event_fd);
    free(b);
    return 0;
}

static void start(struct bench *b)
{
    char why[128];

    b->workers = workers_start(&b->conf, &ups_clock_system, b->event_fd, why, sizeof(why));
    assert_non_null(b->workers);
}

typedef bool condition(struct bench *b, int wanted);

/* Takes reports as the core does until the condition holds. */
static void await(struct bench *b, condition *holds, int wanted)
{
    int64_t end = ups_now(&ups_clock_system) + DEADLINE_MS;
    struct pollfd p = {.fd = b->event_fd, .events = POLLIN};

    while (!holds(b, wanted)) {
        struct unit_report report;
        uint64_t count;
        size_t index;
        if (ups_now(&ups_clock_system) > end)
            fail_msg("condition not reached in %d ms", DEADLINE_MS);
        poll(&p, 1, 20);
        (void)!read(b->event_fd, &count, sizeof(count));
        while (workers_take(b->workers, &index, &report))
            b->last = report;
    }
}

static bool is_up(struct bench *b, int wanted)
{
    (void)wanted;
    return b->last.link == UNIT_UP && b->last.reading.taken_ms > 0;
}

static bool is_lost(struct bench *b, int wanted)
{
    (void)wanted;
    return b->last.link == UNIT_LOST;
}

static bool has_opened(struct bench *b, int wanted)
{
    (void)b;
    return device.opens >= wanted;
}

static bool has_polled(struct bench *b, int wanted)
{
    (void)b;
    return device.polls >= wanted;
}

static bool shows(struct bench *b, int wanted)
{
    return b->last.reading.status == (uint32_t)wanted;
}

static void say(char c)
{
    assert_int_equal(send(device.fd, &c, 1, 0), 1);
}

/* Says bytes one by one; each is reported.  Returns the best time until the driver had one. */
static int64_t best_of_twenty(struct bench *b)
{
    int64_t best = INT64_MAX;

    for (int i = 1; i <= 20; i++) {
        int64_t begin = now_us();
        say((char)i);
        await(b, shows, i);
        int64_t took = device.heard_us - begin;
        best = took < best ? took : best;
    }
    return best;
}

/* -- cases ------------------------------------------------------------------------------------ */

static void test_input_wakes_a_poll_that_listens(void **state)
{
    struct bench *b = *state;

    device.poll_ms = LONG_MS;
    start(b);
    await(b, is_up, 0);
    /* the best of many: the machine has other things to do */
    assert_in_range(best_of_twenty(b), 0, 999);
    assert_int_equal(device.polls, 0);
    assert_in_range(device.steps, 20, 45);
}

static void test_input_begins_the_next_poll(void **state)
{
    struct bench *b = *state;

    start(b);
    await(b, is_up, 0);
    assert_in_range(best_of_twenty(b), 0, 999);
    assert_in_range(device.polls, 20, 45);
}

/* Each ends on time, and the next begins at once. */
static void test_a_poll_that_hears_nothing_ends_in_time(void **state)
{
    struct bench *b = *state;

    device.poll_ms = b->unit.timing.pollinterval_ms = 20;
    b->unit.timing.maxage_ms = LONG_MS;
    start(b);
    await(b, is_up, 0);
    int64_t begin = ups_now(&ups_clock_system);
    int before = device.polls;
    await(b, has_polled, before + 10);
    assert_in_range(ups_now(&ups_clock_system) - begin, 170, DEADLINE_MS);
    assert_in_range(device.steps, 2 * device.polls - 2, 2 * device.polls + 2);
}

static void test_opening_waits_for_input(void **state)
{
    struct bench *b = *state;

    device.opens_by_word = true;
    start(b);
    await(b, has_opened, 1);
    assert_int_equal(b->last.link, UNIT_CONNECTING);
    say(7);
    await(b, is_up, 0);
    await(b, shows, 7);
    assert_int_equal(device.opens, 1);
}

static void test_a_job_interrupts(void **state)
{
    struct bench *b = *state;
    struct unit_result result;
    size_t index;

    device.poll_ms = LONG_MS;
    start(b);
    await(b, is_up, 0);
    int64_t end = ups_now(&ups_clock_system) + DEADLINE_MS;
    struct unit_job job = {.id = 1, .command = UPS_COMMAND_LOAD_ON, .deadline_ms = end};
    assert_int_equal(workers_submit(b->workers, 0, &job), UPS_OK);
    /* it is heard while the job pauses, too */
    say(3);
    await(b, shows, 3);
    while (!workers_take_result(b->workers, &index, &result)) {
        assert_true(ups_now(&ups_clock_system) < end);
        poll(&(struct pollfd){.fd = b->event_fd, .events = POLLIN}, 1, 20);
    }
    assert_int_equal(result.error, UPS_OK);
    assert_int_equal(device.jobs, 1);
    say(4);
    await(b, shows, 4);
}

static void test_a_hang_up_is_noticed_at_once(void **state)
{
    struct bench *b = *state;

    device.poll_ms = LONG_MS;
    start(b);
    await(b, is_up, 0);
    int64_t begin = ups_now(&ups_clock_system);
    close(device.fd);
    device.fd = -1;
    await(b, is_lost, 0);
    assert_in_range(ups_now(&ups_clock_system) - begin, 0, DEADLINE_MS / 2);
    assert_string_equal(b->last.why, "hung up");
    await(b, has_opened, 2); /* and it goes on trying */
}

static void test_a_hang_up_does_not_spin(void **state)
{
    struct bench *b = *state;

    device.deaf = true;
    device.poll_ms = b->unit.timing.pollinterval_ms = 20;
    start(b);
    await(b, is_up, 0);
    close(device.fd);
    device.fd = -1;
    int polls = device.polls, steps = device.steps;
    await(b, has_polled, polls + 10);
    assert_in_range(device.steps - steps, 10, 30);
}

static void test_what_is_waited_for(void **state)
{
    struct unit u = {.drv = {.wait_fd = 7}, .phase = PHASE_OPEN};
    int64_t now = 1000;

    (void)state;
    u.poll[DRV_POLL_FAST].due_ms = now + 1;
    assert_int_equal(unit_wait_fd(&u, now), 7);
    unit_input(&u, false, now);
    assert_int_equal(u.poll[DRV_POLL_FAST].due_ms, now);
    assert_int_equal(unit_wait_fd(&u, now), -1); /* the step is due */
    u.poll[DRV_POLL_FAST].due_ms = now + 1;
    unit_input(&u, true, now);
    u.poll[DRV_POLL_FAST].due_ms = now + 1;
    assert_int_equal(unit_wait_fd(&u, now), -1); /* told once */
}

static bool was_probed(void)
{
    struct conf_unit conf = {.name = "a", .port = "/a", .driver = &fake_driver};
    struct unit_report report;

    conf.timing = (struct conf_timing){
        .pollinterval_ms = LONG_MS, .pollfreq_ms = LONG_MS, .maxage_ms = LONG_MS};
    return worker_probe(&conf, &ups_clock_system, ups_now(&ups_clock_system) + DEADLINE_MS,
                        &report) == UPS_OK &&
           report.reading.status == 9;
}

static void test_a_probe_waits_for_input(void **state)
{
    (void)state;
    device.opens_by_word = true;
    say(9);
    assert_true(was_probed());
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        CASE(test_input_wakes_a_poll_that_listens),
        CASE(test_input_begins_the_next_poll),
        CASE(test_a_poll_that_hears_nothing_ends_in_time),
        CASE(test_opening_waits_for_input),
        CASE(test_a_job_interrupts),
        CASE(test_a_hang_up_is_noticed_at_once),
        CASE(test_a_hang_up_does_not_spin),
        CASE(test_what_is_waited_for),
        CASE(test_a_probe_waits_for_input),
    };

    return cmocka_run_group_tests_name("stream", tests, NULL, NULL);
}
