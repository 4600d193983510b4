/* SPDX-License-Identifier: BSD-2-Clause */
/* Workers with a driver whose device is a few variables of the test. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../agent/unit.h"

#define DEADLINE_MS 10000
#define JOB_LONG_MS 60 /* a pause in which polls run */

/* The device end; the unit's option says which one. */
struct device {
    atomic_int open_error, poll_error; /* 0, or the error that opening or polling gives */
    atomic_int opens, closes, fast, full, full_steps;
    atomic_int fast_during_full; /* fast polls done while a full one was under way */
    atomic_int steps;            /* steps of a full poll */
    atomic_int step_ms;          /* how long one takes */
    atomic_int status;
    atomic_bool uses_link, break_link;
    atomic_int serial;
    atomic_int job_error, job_steps, job_pause_ms;
    atomic_int jobs_begun, jobs_done;
    atomic_int_fast64_t job_us; /* when a job took its first step */
};

static struct device devices[2];

struct fake {
    struct device *dev;
    struct link *link;
    int step, job_step;
};

static const struct drv_option fake_options[] = {
    {.name = "device", .type = DRV_OPT_INT, .min = 0, .max = 1, .def = "0", .help = "which"},
    {.name = NULL},
};

static int fake_open(struct drv *d, struct ups_reading *r)
{
    struct fake *f = d->state;
    char serial[16];
    struct link_params params = {
        .baud = 9600, .parity = 'N', .stop_bits = 1, .data_bits = 8, .connect_ms = 1000};

    f->dev = &devices[drv_num(d, 0)];
    f->dev->opens++;
    if (f->dev->open_error != 0)
        return drv_fail(d, f->dev->open_error, "open fails");
    if (f->dev->uses_link) {
        enum ups_error err = d->host->dial(d->host, d, &params, &f->link);
        if (err != UPS_OK)
            return err;
    }
    snprintf(serial, sizeof(serial), "SN%d", f->dev->serial);
    ups_set_text(r, UPS_VAR_UPS_SERIAL, serial, strlen(serial));
    return DRV_DONE;
}

static void fake_release(struct drv *d, bool broken)
{
    struct fake *f = d->state;

    if (f->link)
        d->host->hang_up(d->host, d, f->link, broken);
    f->link = NULL;
}

static int fake_poll(struct drv *d, enum drv_poll kind, struct ups_reading *r)
{
    struct fake *f = d->state;
    struct device *dev = f->dev;

    if (dev->poll_error == UPS_E_DISCONNECTED || dev->break_link) {
        fake_release(d, true);
        return drv_fail(d, UPS_E_DISCONNECTED, "gone");
    }
    if (dev->poll_error != 0)
        return drv_fail(d, dev->poll_error, "poll fails");
    if (kind == DRV_POLL_FULL) {
        poll(NULL, 0, dev->step_ms); /* the transaction's time on the wire */
        dev->full_steps++;
        if (++f->step < dev->steps)
            return DRV_MORE;
        f->step = 0;
        dev->full++;
    } else {
        dev->fast++;
        if (f->step > 0)
            dev->fast_during_full++;
    }
    r->status = (uint32_t)dev->status;
    r->taken_ms = ups_now(d->host->clock);
    return DRV_DONE;
}

static int64_t now_us(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* The command's value shows in the reading when it is done. */
static int fake_command(struct drv *d, enum ups_command command, struct ups_command_args args,
                        struct ups_reading *r)
{
    struct fake *f = d->state;
    struct device *dev = f->dev;

    (void)command;
    if (f->job_step == 0) {
        dev->job_us = now_us();
        dev->jobs_begun++;
    }
    if (dev->job_error == UPS_E_DISCONNECTED)
        fake_release(d, true);
    if (dev->job_error != 0) {
        f->job_step = 0;
        return drv_fail(d, dev->job_error, "job fails");
    }
    if (++f->job_step < dev->job_steps) {
        d->not_before_ms = ups_now(d->host->clock) + dev->job_pause_ms;
        return DRV_MORE;
    }
    f->job_step = 0;
    dev->jobs_done++;
    ups_set(r, UPS_VAR_BATTERY_RUNTIME, 0, args.value);
    return DRV_DONE;
}

static void fake_close(struct drv *d)
{
    struct fake *f = d->state;

    if (f->dev)
        f->dev->closes++;
    fake_release(d, false);
}

static const struct drv_driver fake_driver = {
    .name = "fake",
    .summary = "a device made of variables",
    .options = fake_options,
    .ports = LINK_PORT_TTY | LINK_PORT_TCP,
    .state_size = sizeof(struct fake),
    .open = fake_open,
    .poll = fake_poll,
    .command = fake_command,
    .close = fake_close,
};

struct bench {
    struct conf_unit unit[2];
    struct drv_value opt[2][1];
    struct conf conf;
    struct workers *workers;
    int event_fd;
    struct unit_report last[2];
};

static int setup(void **state)
{
    struct bench *b = calloc(1, sizeof(*b));

    memset(devices, 0, sizeof(devices));
    for (int i = 0; i < 2; i++) {
        devices[i].steps = devices[i].job_steps = 1;
        devices[i].status = UPS_STATUS_MASK(OL);
        devices[i].serial = i;
        b->unit[i] = (struct conf_unit){
            .name = i == 0 ? "a" : "b", .port = i == 0 ? "/a" : "/b", .driver = &fake_driver};
        b->unit[i].opt = b->opt[i];
        b->unit[i].opt[0] = (struct drv_value){.set = true, .num = i};
        b->unit[i].timing =
            (struct conf_timing){.pollinterval_ms = 100, .pollfreq_ms = 500, .maxage_ms = 600};
    }
    b->conf = (struct conf){.unit = b->unit, .unit_count = 1};
    b->event_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    *state = b;
    return 0;
}

static int teardown(void **state)
{
    struct bench *b = *state;

    workers_stop(b->workers);
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

typedef bool condition(struct bench *b);

/* Takes reports as the core does until the condition holds. */
static void await(struct bench *b, condition *holds)
{
    int64_t end = ups_now(&ups_clock_system) + DEADLINE_MS;
    struct pollfd p = {.fd = b->event_fd, .events = POLLIN};

    while (!holds(b)) {
        struct unit_report report;
        uint64_t count;
        size_t index;
        if (ups_now(&ups_clock_system) > end)
            fail_msg("condition not reached in %d ms", DEADLINE_MS);
        poll(&p, 1, 20);
        (void)!read(b->event_fd, &count, sizeof(count));
        while (workers_take(b->workers, &index, &report))
            b->last[index] = report;
    }
}

static bool is_up(struct bench *b)
{
    return b->last[0].link == UNIT_UP && b->last[0].reading.taken_ms > 0;
}

static bool is_lost(struct bench *b)
{
    return b->last[0].link == UNIT_LOST;
}

static bool both_up(struct bench *b)
{
    return is_up(b) && b->last[1].link == UNIT_UP && b->last[1].reading.taken_ms > 0;
}

static bool both_lost(struct bench *b)
{
    return is_lost(b) && b->last[1].link == UNIT_LOST;
}

static bool ten_fast(struct bench *b)
{
    (void)b;
    return devices[0].fast >= 10;
}

static void test_opens_and_polls(void **state)
{
    struct bench *b = *state;

    start(b);
    await(b, is_up);
    await(b, ten_fast);
    assert_int_equal(devices[0].opens, 1);
    assert_string_equal(ups_text(&b->last[0].reading, UPS_VAR_UPS_SERIAL), "SN0");
    assert_int_equal(b->last[0].reading.status, UPS_STATUS_MASK(OL));
    assert_in_range(devices[0].full, 1, 5);
}

static void test_fast_polls_run_inside_a_full_one(void **state)
{
    struct bench *b = *state;

    devices[0].steps = 20;
    devices[0].step_ms = 30;
    b->unit[0].timing.maxage_ms = 5000;
    start(b);
    await(b, ten_fast);
    assert_true(devices[0].fast_during_full >= 3);
}

static bool second_full(struct bench *b)
{
    (void)b;
    return devices[0].full >= 2;
}

static void test_a_change_of_status_brings_a_full_poll(void **state)
{
    struct bench *b = *state;

    b->unit[0].timing.pollfreq_ms = 3600000;
    b->unit[0].timing.maxage_ms = 3600000;
    start(b);
    await(b, ten_fast);
    assert_int_equal(devices[0].full, 1);
    devices[0].status = UPS_STATUS_MASK(OB);
    await(b, second_full);
}

static void test_reopens_by_itself(void **state)
{
    struct bench *b = *state;

    start(b);
    await(b, is_up);
    devices[0].open_error = UPS_E_DISCONNECTED;
    devices[0].poll_error = UPS_E_DISCONNECTED;
    await(b, is_lost);
    assert_string_equal(b->last[0].why, "gone");
    devices[0].poll_error = 0;
    devices[0].open_error = 0;
    await(b, is_up);
    assert_int_equal(b->last[0].reconnects, 1);
    assert_false(b->last[0].replaced);
}

static void test_another_serial_number_is_told(void **state)
{
    struct bench *b = *state;

    start(b);
    await(b, is_up);
    devices[0].poll_error = UPS_E_DISCONNECTED;
    await(b, is_lost);
    devices[0].serial = 77;
    devices[0].poll_error = 0;
    await(b, is_up);
    assert_true(b->last[0].replaced);
}

static void test_a_silent_device_is_identified_anew(void **state)
{
    struct bench *b = *state;

    start(b);
    await(b, is_up);
    devices[0].poll_error = UPS_E_TIMEOUT;
    await(b, is_lost);
    assert_int_equal(devices[0].closes, 1);
    devices[0].poll_error = 0;
    await(b, is_up);
    assert_int_equal(devices[0].opens, 2);
}

static bool tried_five_times(struct bench *b)
{
    (void)b;
    return devices[0].opens >= 5;
}

static void test_never_gives_up_opening(void **state)
{
    struct bench *b = *state;

    devices[0].open_error = UPS_E_TIMEOUT;
    start(b);
    await(b, tried_five_times);
    assert_int_equal(b->last[0].link, UNIT_CONNECTING);
    devices[0].open_error = 0;
    await(b, is_up);
}

/* A loopback listener whose connections stay unanswered. */
static int listener(char *port, size_t size)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(a);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
    assert_int_equal(listen(fd, 8), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &len), 0);
    snprintf(port, size, "tcp:127.0.0.1:%u", ntohs(a.sin_port));
    return fd;
}

/* `auto` is no name of a wire: one that hangs must not hold up the other. */
static void test_units_on_usb_have_wires_of_their_own(void **state)
{
    struct bench *b = *state;

    b->conf.unit_count = 2;
    b->unit[0].port = b->unit[1].port = "auto";
    start(b);
    await(b, both_up);
    assert_int_equal(b->workers->wire_count, 2);
}

static void test_units_of_one_bus_share_its_link(void **state)
{
    struct bench *b = *state;
    char port[64];
    int fd = listener(port, sizeof(port));

    b->conf.unit_count = 2;
    b->unit[0].port = b->unit[1].port = port;
    devices[0].uses_link = devices[1].uses_link = true;
    start(b);
    await(b, both_up);
    int first = accept(fd, NULL, NULL);
    struct pollfd p = {.fd = fd, .events = POLLIN};
    assert_true(first >= 0);
    assert_int_equal(poll(&p, 1, 0), 0); /* one connection serves both */

    /* one unit finds it dead: both lose it, both come back on a new one */
    devices[1].open_error = devices[0].open_error = UPS_E_DISCONNECTED;
    devices[0].break_link = true;
    await(b, both_lost);
    devices[0].break_link = false;
    devices[1].open_error = devices[0].open_error = 0;
    await(b, both_up);
    assert_int_equal(poll(&p, 1, 1000), 1);
    close(first);
    close(fd);
}

static void test_probe(void **state)
{
    struct bench *b = *state;
    struct unit_report report;
    int64_t now = ups_now(&ups_clock_system);

    assert_int_equal(worker_probe(&b->unit[0], &ups_clock_system, now + 5000, &report), UPS_OK);
    assert_int_equal(devices[0].full, 1);
    assert_int_equal(devices[0].closes, 1);
    devices[0].open_error = UPS_E_TIMEOUT;
    now = ups_now(&ups_clock_system);
    assert_int_equal(worker_probe(&b->unit[0], &ups_clock_system, now + 300, &report),
                     UPS_E_TIMEOUT);
    assert_string_equal(report.why, "open fails");
}

/* -- jobs ------------------------------------------------------------------------------------- */

static enum ups_error submit(struct bench *b, size_t unit, uint64_t id, int32_t value)
{
    struct unit_job job = {.id = id,
                           .command = UPS_COMMAND_LOAD_ON,
                           .args = {value, -1, false},
                           .deadline_ms = ups_now(&ups_clock_system) + DEADLINE_MS};

    return workers_submit(b->workers, unit, &job);
}

/* Waits for a result as the core does; takes the reports after it and before acting on it. */
static struct unit_result await_result(struct bench *b, size_t *index)
{
    int64_t end = ups_now(&ups_clock_system) + DEADLINE_MS;
    struct pollfd p = {.fd = b->event_fd, .events = POLLIN};
    struct unit_result result;
    struct unit_report report;
    uint64_t count;
    size_t from;

    while (!workers_take_result(b->workers, index, &result)) {
        int64_t left = end - ups_now(&ups_clock_system);
        if (left <= 0)
            fail_msg("no result in %d ms", DEADLINE_MS);
        poll(&p, 1, (int)left); /* every result signals the descriptor */
        (void)!read(b->event_fd, &count, sizeof(count));
    }
    while (workers_take(b->workers, &from, &report))
        b->last[from] = report;
    return result;
}

static void test_an_idle_wire_is_woken_for_a_job(void **state)
{
    struct bench *b = *state;
    int64_t best_us = INT64_MAX;

    b->unit[0].timing =
        (struct conf_timing){.pollinterval_ms = 60000, .pollfreq_ms = 60000, .maxage_ms = 60000};
    start(b);
    await(b, is_up);
    for (uint64_t id = 1; id <= 20; id++) {
        size_t index;
        int64_t begin = now_us();
        assert_int_equal(submit(b, 0, id, 0), UPS_OK);
        assert_int_equal(await_result(b, &index).id, id);
        int64_t took = devices[0].job_us - begin;
        best_us = took < best_us ? took : best_us;
    }
    /* the best of many: the machine has other things to do */
    assert_in_range(best_us, 0, 999);
}

static void test_the_effect_is_reported_no_later_than_the_result(void **state)
{
    struct bench *b = *state;

    start(b);
    await(b, is_up);
    for (int32_t value = 1; value <= 200; value++) {
        int64_t milli = 0;
        size_t index;
        assert_int_equal(submit(b, 0, (uint64_t)value, value), UPS_OK);
        struct unit_result result = await_result(b, &index);
        assert_int_equal(result.error, UPS_OK);
        assert_true(b->last[0].reading.taken_ms >= result.done_ms); /* a status of afterwards */
        assert_true(ups_get(&b->last[0].reading, UPS_VAR_BATTERY_RUNTIME, 0, &milli));
        assert_int_equal(milli, value);
    }
}

/* Fills both units' queues; returns how many were taken in.  *id: of the next job. */
static unsigned fill(struct bench *b, uint64_t *id)
{
    unsigned accepted = 0;

    for (size_t unit = 0; unit < 2; unit++) {
        enum ups_error err;
        while ((err = submit(b, unit, *id, 1)) == UPS_OK) {
            accepted++;
            ++*id;
        }
        assert_true(err == UPS_E_BUSY || err == UPS_E_DISCONNECTED);
    }
    return accepted;
}

/* Both units of one wire come and go: each job that was taken in comes back, once. */
static void test_every_job_has_one_result(void **state)
{
    enum { ROUNDS = 12 };
    struct bench *b = *state;
    unsigned seen[ROUNDS * 2 * UNIT_JOBS_MAX + 1] = {0}, done = 0, lost = 0;
    uint64_t id = 1;

    b->conf.unit_count = 2;
    b->unit[1].port = b->unit[0].port;
    b->unit[0].timing.pollinterval_ms = b->unit[1].timing.pollinterval_ms = 5;
    devices[0].job_steps = devices[1].job_steps = 2;
    start(b);
    for (int round = 0; round < ROUNDS; round++) {
        bool unplug = round % 3 == 2;
        struct device *dev = &devices[round % 2];
        await(b, both_up);
        dev->job_pause_ms = unplug ? JOB_LONG_MS : 1;
        unsigned accepted = fill(b, &id);
        dev->poll_error = unplug ? UPS_E_DISCONNECTED : 0;
        for (unsigned i = 0; i < accepted; i++) {
            size_t index;
            struct unit_result result = await_result(b, &index);
            assert_in_range(result.id, 1, id - 1);
            seen[result.id]++;
            done += result.error == UPS_OK;
            lost += result.error == UPS_E_DISCONNECTED;
        }
        dev->poll_error = 0;
    }
    for (uint64_t i = 1; i < id; i++)
        assert_int_equal(seen[i], 1);
    assert_int_equal(done + lost, id - 1);
    assert_true(done > 0);
    assert_true(lost > 0);
}

enum { STREAM = 200 };

static void *submit_stream(void *arg)
{
    int64_t end = ups_now(&ups_clock_system) + DEADLINE_MS;

    for (uint64_t id = 1; id <= STREAM && ups_now(&ups_clock_system) < end;) {
        if (submit(arg, 0, id, 1) == UPS_OK)
            id++;
        else
            poll(NULL, 0, 1); /* busy */
    }
    return NULL;
}

static void test_submitting_and_taking_in_two_threads(void **state)
{
    struct bench *b = *state;
    pthread_t thread;

    start(b);
    await(b, is_up);
    assert_int_equal(pthread_create(&thread, NULL, submit_stream, b), 0);
    for (uint64_t id = 1; id <= STREAM; id++) {
        size_t index;
        struct unit_result result = await_result(b, &index);
        assert_int_equal(result.id, id);
        assert_int_equal(result.error, UPS_OK);
    }
    pthread_join(thread, NULL);
}

static bool a_job_has_begun(struct bench *b)
{
    (void)b;
    return devices[0].jobs_begun > 0;
}

static void test_stopping_while_jobs_wait(void **state)
{
    struct bench *b = *state;

    devices[0].job_steps = 2;
    devices[0].job_pause_ms = DEADLINE_MS;
    start(b);
    await(b, is_up);
    for (uint64_t id = 1; id <= UNIT_JOBS_MAX; id++)
        assert_int_equal(submit(b, 0, id, 0), UPS_OK);
    await(b, a_job_has_begun);
    int64_t begin = ups_now(&ups_clock_system);
    workers_stop(b->workers);
    b->workers = NULL;
    assert_in_range(ups_now(&ups_clock_system) - begin, 0, DEADLINE_MS / 2);
    assert_int_equal(devices[0].jobs_begun, 1);
    assert_int_equal(devices[0].closes, 1);
}

static void test_one_command(void **state)
{
    struct bench *b = *state;
    const struct ups_clock *clock = &ups_clock_system;
    struct ups_command_args args = {30, -1, false};
    struct unit_report report;

    devices[0].job_steps = 3;
    devices[0].job_pause_ms = 5;
    assert_int_equal(worker_command(&b->unit[0], clock, ups_now(clock) + DEADLINE_MS,
                                    UPS_COMMAND_LOAD_ON, args, &report),
                     UPS_OK);
    assert_int_equal(devices[0].jobs_done, 1);
    assert_int_equal(devices[0].closes, 1);
    devices[0].job_error = UPS_E_REFUSED;
    assert_int_equal(worker_command(&b->unit[0], clock, ups_now(clock) + DEADLINE_MS,
                                    UPS_COMMAND_LOAD_ON, args, &report),
                     UPS_E_REFUSED);
    assert_string_equal(report.why, "job fails");
    devices[0].job_error = 0;
    devices[0].job_pause_ms = DEADLINE_MS;
    assert_int_equal(worker_command(&b->unit[0], clock, ups_now(clock) + 200, UPS_COMMAND_LOAD_ON,
                                    args, &report),
                     UPS_E_TIMEOUT);
    assert_string_equal(report.why, "not confirmed in time; not known whether it was done");
    assert_int_equal(devices[0].opens, devices[0].closes);
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        CASE(test_opens_and_polls),
        CASE(test_fast_polls_run_inside_a_full_one),
        CASE(test_a_change_of_status_brings_a_full_poll),
        CASE(test_reopens_by_itself),
        CASE(test_another_serial_number_is_told),
        CASE(test_a_silent_device_is_identified_anew),
        CASE(test_never_gives_up_opening),
        CASE(test_units_on_usb_have_wires_of_their_own),
        CASE(test_units_of_one_bus_share_its_link),
        CASE(test_probe),
        CASE(test_an_idle_wire_is_woken_for_a_job),
        CASE(test_the_effect_is_reported_no_later_than_the_result),
        CASE(test_every_job_has_one_result),
        CASE(test_submitting_and_taking_in_two_threads),
        CASE(test_stopping_while_jobs_wait),
        CASE(test_one_command),
    };

    return cmocka_run_group_tests_name("worker", tests, NULL, NULL);
}
