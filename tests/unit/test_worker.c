/* SPDX-License-Identifier: BSD-2-Clause */
/* Workers with a driver whose device is a few variables of the test. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
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
#include <unistd.h>

#include <cmocka.h>

#include "../../agent/worker.h"

#define DEADLINE_MS 10000

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
};

static struct device devices[2];

struct fake {
    struct device *dev;
    struct link *link;
    int step;
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
    .close = fake_close,
};

struct bench {
    struct conf_unit unit[2];
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
        devices[i].steps = 1;
        devices[i].status = UPS_STATUS_MASK(OL);
        devices[i].serial = i;
        b->unit[i] = (struct conf_unit){
            .name = i == 0 ? "a" : "b", .port = i == 0 ? "/a" : "/b", .driver = &fake_driver};
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
        CASE(test_units_of_one_bus_share_its_link),
        CASE(test_probe),
    };

    return cmocka_run_group_tests_name("worker", tests, NULL, NULL);
}
