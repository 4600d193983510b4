/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The USB transport on a simulated bus: the real libusb, devices that come, go and misbehave.
 * Started by itself it starts tests/sim/usb/usbsim, which runs it again on a bus of umockdev.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "qx/qx_usb.h"

#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#define Q1_LINE "(230.1 000.0 230.1 012 50.0 27.2 25.0 00001001\r"
#define F_LINE  "#230.0 004 24.00 50.0\r"

/* How soon values must be back after a replug. */
enum { BACK_MS = 2000 };

static int64_t now(void)
{
    return ups_now(&ups_clock_system);
}

static void nap(void)
{
    nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
}

/* -- the simulator ----------------------------------------------------------------------------- */

static pthread_mutex_t talking = PTHREAD_MUTEX_INITIALIZER;
static int control = -1;
static char answer[256];

static void connect_control(void)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX};

    snprintf(a.sun_path, sizeof a.sun_path, "%s", getenv("USBSIM_CONTROL"));
    control = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(control, (struct sockaddr *)&a, sizeof a), 0);
}

/* Gives a command; returns the number after "ok". */
static int sim(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
static int sim(const char *fmt, ...)
{
    char line[256];
    va_list ap;
    int n;

    va_start(ap, fmt);
    n = vsnprintf(line, sizeof line - 1, fmt, ap);
    va_end(ap);
    line[n++] = '\n';
    pthread_mutex_lock(&talking);
    assert_int_equal(write(control, line, (size_t)n), n);
    ssize_t got = read(control, answer, sizeof answer - 1);
    assert_true(got > 0);
    answer[got] = '\0';
    bool good = strncmp(answer, "ok", 2) == 0;
    long value = answer[2] == ' ' ? strtol(answer + 3, NULL, 10) : 0;
    pthread_mutex_unlock(&talking);
    if (!good)
        fail_msg("%.*s: %s", n - 1, line, answer);
    return (int)value;
}

/* -- a unit ------------------------------------------------------------------------------------ */

struct unit {
    struct drv_host host;
    struct drv d;
    struct drv_value opt[QX_PORT_OPTIONS];
    struct qx_port *port;
    uint8_t reply[QX_LINE_MAX + 1];
};

static void unit_init(struct unit *u)
{
    memset(u, 0, sizeof *u);
    u->host.clock = &ups_clock_system;
    u->d.host = &u->host;
    u->d.unit = "test";
    u->d.opt = u->opt;
}

static void give(struct unit *u, enum qx_port_option option, const char *text)
{
    u->d.opt[option] = (struct drv_value){.set = true, .text = text};
}

static int unit_open(struct unit *u)
{
    int rc;

    do {
        int64_t began = now();
        rc = qx_usb_open(&u->d, &u->port);
        assert_true(now() - began < 6000);
    } while (rc == DRV_MORE);
    assert_true(rc == DRV_DONE ? u->port != NULL : u->port == NULL);
    return rc;
}

/* Until the device is there, as a worker does. */
static void unit_open_soon(struct unit *u)
{
    int64_t deadline = now() + BACK_MS;

    while (unit_open(u) != DRV_DONE) {
        if (now() > deadline)
            fail_msg("not back: %s", u->d.why);
        nap();
    }
}

static void unit_close(struct unit *u)
{
    if (u->port)
        u->port->ops->close(u->port);
    u->port = NULL;
}

static int ask_for(struct unit *u, const char *line, enum qx_expect expect)
{
    int64_t began = now();
    int rc = u->port->ops->exchange(u->port, (const uint8_t *)line, strlen(line), expect, u->reply,
                                    QX_LINE_MAX);

    assert_true(now() - began < 7000);
    u->reply[rc > 0 ? rc : 0] = '\0';
    return rc;
}

static int ask(struct unit *u, const char *line)
{
    return ask_for(u, line, QX_EXPECT_REPLY);
}

static void assert_line(struct unit *u, const char *request, const char *line)
{
    int rc = ask(u, request);

    if (rc < (int)strlen(line))
        fail_msg("%s: %s", ups_strerror(rc), u->d.why);
    assert_memory_equal(u->reply, line, strlen(line));
}

/* A device with what its model needs to be chosen. */
static void select_model(struct unit *u, const char *model)
{
    unit_init(u);
    if (strcmp(model, "gtec") == 0) {
        give(u, QX_OPT_VENDORID, "0001");
        give(u, QX_OPT_PRODUCTID, "0001");
        give(u, QX_OPT_SUBDRIVER, model);
    } else if (strcmp(model, "snr") == 0) {
        give(u, QX_OPT_VENDORID, "0001");
        give(u, QX_OPT_PRODUCTID, "0000");
        give(u, QX_OPT_SUBDRIVER, model);
    }
}

/* -- every bridge ------------------------------------------------------------------------------ */

struct puller {
    int device, lines;
};

/* Pulls the plug when the request has arrived at the device. */
static void *pull(void *arg)
{
    const struct puller *p = arg;
    int64_t deadline = now() + 3000;

    while (sim("get %d lines", p->device) == p->lines && now() < deadline)
        nap();
    sim("unplug %d", p->device);
    return NULL;
}

static void unplug_in_flight(struct unit *u, int device)
{
    struct puller p = {.device = device, .lines = sim("get %d lines", device)};
    pthread_t thread;

    sim("set %d late 900", device);
    assert_int_equal(pthread_create(&thread, NULL, pull, &p), 0);
    int rc = ask(u, "Q1\r");
    pthread_join(thread, NULL);
    /* Where the reply comes with the request, it may be faster than the hand at the plug. */
    if (rc >= 0)
        rc = ask(u, "Q1\r");
    assert_int_equal(rc, UPS_E_DISCONNECTED);
    assert_int_equal(ask(u, "Q1\r"), UPS_E_DISCONNECTED);
    unit_close(u);
    sim("set %d late 0", device);
}

enum { BRIDGES_MAX = 20 };

/* A bridge, and which of its devices. */
struct subject {
    const char *bridge;
    int variant;
    int *device; /* two, as the simulator numbers them; -1: not there yet */
};

/* Plugs the first or the second device of the subject. */
static int plug(const struct subject *s, unsigned which)
{
    int *device = &s->device[which];

    if (*device < 0) {
        *device = sim("add %s", s->bridge);
        if (!s->variant)
            return *device;
        sim("unplug %d", *device);
        sim("set %d variant %d", *device, s->variant);
    }
    sim("plug %d", *device);
    return *device;
}

static void test_enumerate(const struct subject *s)
{
    struct unit u;
    int device = plug(s, 0);

    select_model(&u, s->bridge);
    unit_open_soon(&u);
    assert_string_equal(u.port->ops->name, s->bridge);
    assert_line(&u, "Q1\r", Q1_LINE);
    assert_line(&u, "F\r", F_LINE);
    unit_close(&u);
    sim("unplug %d", device);
}

static void test_command(const struct subject *s)
{
    struct unit u;
    int device = plug(s, 0);

    select_model(&u, s->bridge);
    unit_open_soon(&u);
    if (u.port->ops->can(u.port, (const uint8_t *)"C\r", 2)) {
        int rc = ask_for(&u, "C\r", QX_EXPECT_NONE);
        assert_true(rc == 0 || u.reply[0] == '\r');
        sim("get %d last", device);
        assert_string_equal(answer, "ok C\n");
    } else {
        assert_string_equal(s->bridge, "snr");
    }
    unit_close(&u);
    sim("unplug %d", device);
}

static void test_replug(const struct subject *s)
{
    struct unit u;
    int device = plug(s, 0);

    select_model(&u, s->bridge);
    unit_open_soon(&u);
    unplug_in_flight(&u, device);
    assert_int_equal(unit_open(&u), UPS_E_DISCONNECTED);
    sim("plug %d", device);
    unit_open_soon(&u);
    assert_line(&u, "Q1\r", Q1_LINE);
    unit_close(&u);
    sim("unplug %d", device);
}

/* Two of a kind: the place tells them apart, and each unit keeps its own. */
static void test_second(const struct subject *s)
{
    struct unit a, b;
    char port[12];
    int first = plug(s, 0), second = plug(s, 1);

    select_model(&a, s->bridge);
    snprintf(port, sizeof port, "%03d", second + 1); /* ports count from 1 */
    give(&a, QX_OPT_BUSPORT, port);
    select_model(&b, s->bridge);
    unit_open_soon(&a);
    unit_open_soon(&b);
    int lines = sim("get %d lines", first);
    assert_line(&a, "Q1\r", Q1_LINE);
    assert_int_equal(sim("get %d lines", first), lines);
    assert_true(sim("get %d lines", second) > 0);
    lines = sim("get %d lines", second);
    assert_line(&b, "Q1\r", Q1_LINE);
    assert_int_equal(sim("get %d lines", second), lines);
    assert_true(sim("get %d lines", first) > 0);
    unit_close(&a);
    unit_close(&b);
    sim("unplug %d", first);
    sim("unplug %d", second);
}

/* -- which device ------------------------------------------------------------------------------ */

static void test_two_by_serial(void **state)
{
    struct unit a, b;
    int first = sim("add cypress A1"), second = sim("add cypress B2");

    (void)state;
    unit_init(&a);
    unit_init(&b);
    give(&a, QX_OPT_SERIAL, "b2");
    give(&b, QX_OPT_SERIAL, "a1");
    unit_open_soon(&a);
    unit_open_soon(&b);
    int lines = sim("get %d lines", second);
    assert_line(&a, "Q1\r", Q1_LINE);
    assert_int_equal(sim("get %d lines", second), lines + 1);
    assert_int_equal(sim("get %d lines", first), 0);
    unit_close(&a);
    unit_close(&b);
    sim("unplug %d", first);
    sim("unplug %d", second);
}

static void test_two_by_place(void **state)
{
    struct unit a;
    char port[12];
    int first = sim("add cypress"), second = sim("add cypress");

    (void)state;
    unit_init(&a);
    snprintf(port, sizeof port, "%03d", second + 1); /* ports count from 1 */
    give(&a, QX_OPT_BUS, "001");
    give(&a, QX_OPT_BUSPORT, port);
    unit_open_soon(&a);
    assert_line(&a, "Q1\r", Q1_LINE);
    assert_int_equal(sim("get %d lines", second), 1);
    assert_int_equal(sim("get %d lines", first), 0);
    unit_close(&a);
    sim("unplug %d", first);
    sim("unplug %d", second);
}

/* Each selector, with a text that fits and with one that does not. */
static void test_every_selector(void **state)
{
    static const struct {
        enum qx_port_option option;
        const char *fits, *misses;
    } cases[] = {
        {QX_OPT_VENDORID, "066[0-9]", "0666"}, {QX_OPT_PRODUCTID, "5161", "516"},
        {QX_OPT_VENDOR, "inno tech", "INNO"},  {QX_OPT_PRODUCT, "USB to .*", "USB"},
        {QX_OPT_SERIAL, "s1|s2", "S"},         {QX_OPT_BUS, "00[1-3]", "002"},
        {QX_OPT_DEVICE, "[0-9]{3}", "000"},
    };
    int device = sim("add cypress S1");
    struct unit u;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        unit_init(&u);
        give(&u, cases[i].option, cases[i].fits);
        unit_open_soon(&u);
        unit_close(&u);
        unit_init(&u);
        give(&u, cases[i].option, cases[i].misses);
        assert_int_equal(unit_open(&u), UPS_E_DISCONNECTED);
        unit_close(&u);
    }
    sim("unplug %d", device);
}

/* A krauler that knows one language only, and no other table than `subdriver`. */
static void test_subdriver_and_langid(void **state)
{
    struct unit u;
    int device = sim("add krauler");

    (void)state;
    sim("set %d langid %d", device, 0x4095);
    unit_init(&u);
    give(&u, QX_OPT_VENDORID, "0001");
    give(&u, QX_OPT_PRODUCTID, "0000");
    give(&u, QX_OPT_SUBDRIVER, "Krauler"); /* in any case */
    give(&u, QX_OPT_LANGID_FIX, "0x4095");
    unit_open_soon(&u);
    assert_string_equal(u.port->ops->name, "krauler");
    assert_line(&u, "Q1\r", Q1_LINE);
    unit_close(&u);
    u.d.opt[QX_OPT_LANGID_FIX] = (struct drv_value){.set = false};
    unit_open_soon(&u);
    assert_true(ask(&u, "Q1\r") <= 0);
    unit_close(&u);
    sim("unplug %d", device);
}

/* Accepted, and without effect: the list that it forbids is never asked for, which would kill it.
 */
static void test_noscanlangid(void **state)
{
    struct unit u;
    int device = sim("add hunnox");

    (void)state;
    for (int set = 0; set < 2; set++) {
        unit_init(&u);
        give(&u, QX_OPT_LANGID_FIX, "0x0409");
        u.d.opt[QX_OPT_NOSCANLANGID] = (struct drv_value){.set = set, .num = set};
        unit_open_soon(&u);
        for (int i = 0; i < 5; i++)
            assert_line(&u, "Q1\r", Q1_LINE);
        unit_close(&u);
        sim("unplug %d", device);
        if (!set)
            sim("plug %d", device);
    }
}

/* Without selectors each unit takes one of its own, and there is none for the third. */
static void test_never_shared(void **state)
{
    struct unit u[3];
    int first = sim("add cypress A1"), second = sim("add cypress B2");

    (void)state;
    for (int i = 0; i < 3; i++)
        unit_init(&u[i]);
    unit_open_soon(&u[0]);
    unit_open_soon(&u[1]);
    assert_int_equal(unit_open(&u[2]), UPS_E_DISCONNECTED);
    assert_non_null(strstr(u[2].d.why, "another unit"));
    assert_line(&u[0], "Q1\r", Q1_LINE);
    assert_line(&u[1], "Q1\r", Q1_LINE);
    assert_int_equal(sim("get %d lines", first), 1);
    assert_int_equal(sim("get %d lines", second), 1);
    unit_close(&u[0]);
    unit_close(&u[1]);
    sim("unplug %d", first);
    sim("unplug %d", second);
}

/* A unit that had a device waits for that one. */
static void test_adopted(void **state)
{
    struct unit u;
    int device = sim("add cypress A1");

    (void)state;
    unit_init(&u);
    unit_open_soon(&u);
    sim("unplug %d", device);
    assert_int_equal(ask(&u, "Q1\r"), UPS_E_DISCONNECTED);
    unit_close(&u);
    sim("serial %d Z9", device);
    sim("plug %d", device);
    int64_t deadline = now() + 300;
    while (now() < deadline) {
        assert_int_equal(unit_open(&u), UPS_E_DISCONNECTED);
        nap();
    }
    assert_non_null(strstr(u.d.why, "not the device that the unit had"));
    sim("unplug %d", device);
    sim("serial %d A1", device);
    sim("plug %d %d", device, device + 9); /* elsewhere */
    unit_open_soon(&u);
    assert_line(&u, "Q1\r", Q1_LINE);
    unit_close(&u);
    sim("unplug %d", device);
}

static void test_strings_that_stall(void **state)
{
    struct unit u;
    int device = sim("add cypress A1");

    (void)state;
    unit_init(&u);
    sim("set %d stall-texts 1000", device);
    unit_open_soon(&u);
    assert_line(&u, "Q1\r", Q1_LINE);
    unit_close(&u);
    sim("unplug %d", device);
}

static void test_bad_options(void **state)
{
    static const struct {
        enum qx_port_option option;
        const char *text, *why;
    } cases[] = {
        {QX_OPT_VENDOR, "(", "vendor = ("},
        {QX_OPT_SUBDRIVER, "krauler", "needs vendorid"},
        {QX_OPT_SUBDRIVER, "foo", "no such bridge"},
        {QX_OPT_LANGID_FIX, "xyz", "langid_fix"},
    };
    struct unit u;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        unit_init(&u);
        give(&u, cases[i].option, cases[i].text);
        assert_int_equal(unit_open(&u), UPS_E_INVALID);
        assert_non_null(strstr(u.d.why, cases[i].why));
    }
    unit_init(&u);
    assert_int_equal(unit_open(&u), UPS_E_DISCONNECTED);
    assert_non_null(strstr(u.d.why, "no USB device fits"));
}

/* An abandoned search gives everything back. */
static void test_search_given_up(void **state)
{
    struct unit u;
    int first = sim("add cypress A1"), second = sim("add cypress B2");

    (void)state;
    unit_init(&u);
    give(&u, QX_OPT_SERIAL, "none such");
    int64_t deadline = now() + BACK_MS;
    int rc = UPS_E_DISCONNECTED;
    while (rc != DRV_MORE && now() < deadline) {
        rc = qx_usb_open(&u.d, &u.port);
        nap();
    }
    assert_int_equal(rc, DRV_MORE);
    assert_int_equal(ask(&u, "Q1\r"), UPS_E_DISCONNECTED);
    unit_close(&u);
    sim("unplug %d", first);
    sim("unplug %d", second);
}

/* -- claims ------------------------------------------------------------------------------------ */

static void test_kernel_driver(void **state)
{
    struct unit u;
    int device = sim("add cypress");

    (void)state;
    sim("set %d kernel-driver 1", device);
    unit_init(&u);
    unit_open_soon(&u);
    assert_int_equal(sim("get %d detached", device), 1);
    assert_line(&u, "Q1\r", Q1_LINE);
    unit_close(&u);
    assert_int_equal(sim("get %d attached", device), 1);
    assert_int_equal(sim("get %d driver", device), 1);
    sim("unplug %d", device);
}

static void test_busy(void **state)
{
    struct unit u;
    int device = sim("add cypress");

    (void)state;
    sim("set %d foreign 1", device);
    unit_init(&u);
    int64_t deadline = now() + BACK_MS;
    while (unit_open(&u) == UPS_E_DISCONNECTED && !strstr(u.d.why, "another program") &&
           now() < deadline)
        nap();
    assert_non_null(strstr(u.d.why, "in use by another program"));
    sim("set %d foreign 0", device);
    assert_int_equal(unit_open(&u), DRV_DONE);
    unit_close(&u);
    sim("unplug %d", device);
}

/* -- faults ------------------------------------------------------------------------------------ */

static void test_stall(void **state)
{
    struct unit u;
    int device = sim("add cypress");

    (void)state;
    unit_init(&u);
    unit_open_soon(&u);
    assert_line(&u, "Q1\r", Q1_LINE);
    sim("set %d stalls 1", device);
    assert_int_equal(ask(&u, "Q1\r"), UPS_E_GARBLED);
    assert_int_equal(sim("get %d clears", device), 1);
    assert_line(&u, "Q1\r", Q1_LINE);
    unit_close(&u);
    sim("unplug %d", device);
}

static void test_wedged(void **state)
{
    struct unit u;
    int device = sim("add cypress"), rc = 0;

    (void)state;
    unit_init(&u);
    unit_open_soon(&u);
    assert_line(&u, "Q1\r", Q1_LINE);
    sim("set %d overflows 100", device);
    for (int i = 0; i < 3 && rc != UPS_E_DISCONNECTED; i++)
        rc = ask(&u, "Q1\r");
    assert_int_equal(rc, UPS_E_DISCONNECTED);
    assert_int_equal(sim("get %d resets", device), 1);
    unit_close(&u);
    unit_open_soon(&u);
    assert_line(&u, "Q1\r", Q1_LINE);
    unit_close(&u);
    sim("unplug %d", device);
}

static void test_silence_and_late(void **state)
{
    struct unit u;
    int device = sim("add cypress");

    (void)state;
    unit_init(&u);
    unit_open_soon(&u);
    sim("set %d silent 1", device);
    int64_t began = now();
    assert_int_equal(ask(&u, "Q1\r"), 0);
    assert_true(now() - began >= 990 && now() - began < 2500);
    sim("set %d silent 0", device);
    sim("set %d late 1050", device);
    assert_int_equal(ask(&u, "Q1\r"), 0);
    sim("set %d late 0", device);
    assert_line(&u, "F\r", F_LINE);
    unit_close(&u);
    sim("unplug %d", device);
}

/* A transfer that can't be cancelled holds nobody (NUT pull request 3448). */
static void test_stuck(void **state)
{
    struct unit u, other;
    int device = sim("add cypress A1"), second = sim("add cypress B2");

    (void)state;
    unit_init(&u);
    unit_init(&other);
    give(&u, QX_OPT_SERIAL, "A1");
    give(&other, QX_OPT_SERIAL, "B2");
    unit_open_soon(&u);
    unit_open_soon(&other);
    assert_line(&u, "Q1\r", Q1_LINE);
    sim("set %d silent 1", device);
    sim("set %d stuck 1", device);
    assert_int_equal(ask(&u, "Q1\r"), UPS_E_DISCONNECTED);
    assert_line(&other, "Q1\r", Q1_LINE);
    unit_close(&u);
    sim("unplug %d", device);
    sim("set %d silent 0", device);
    sim("set %d stuck 0", device);
    sim("plug %d", device);
    unit_open_soon(&u);
    assert_line(&u, "Q1\r", Q1_LINE);
    unit_close(&u);
    unit_close(&other);
    sim("unplug %d", device);
    sim("unplug %d", second);
}

/* -- coming back ------------------------------------------------------------------------------- */

static void test_many_replugs(void **state)
{
    struct unit u;
    int device = sim("add cypress");

    (void)state;
    unit_init(&u);
    for (int i = 0; i < 20; i++) {
        unit_open_soon(&u);
        assert_line(&u, "Q1\r", Q1_LINE);
        unplug_in_flight(&u, device);
        sim("plug %d", device);
    }
    unit_open_soon(&u);
    unit_close(&u);
    sim("unplug %d", device);
}

/* No udev tells of the device: a fresh context finds it. */
static void test_without_events(void **state)
{
    struct unit u;
    int device = sim("add cypress");

    (void)state;
    unit_init(&u);
    unit_open_soon(&u);
    sim("set %d quiet 1", device);
    sim("unplug %d", device);
    assert_int_equal(ask(&u, "Q1\r"), UPS_E_DISCONNECTED);
    unit_close(&u);
    sim("plug %d", device);
    int64_t deadline = now() + BACK_MS;
    while (unit_open(&u) != DRV_DONE) {
        assert_true(now() < deadline);
        usb_renew(0); /* what a unit does after a while */
    }
    assert_line(&u, "Q1\r", Q1_LINE);
    unit_close(&u);
    sim("set %d quiet 0", device);
    sim("unplug %d", device);
}

/* -- several threads --------------------------------------------------------------------------- */

static void *poll_unit(void *arg)
{
    struct unit *u = arg;

    for (int i = 0; i < 20; i++)
        if (ask(u, "Q1\r") < 47)
            return u;
    return NULL;
}

static void test_threads(void **state)
{
    struct unit u[4];
    pthread_t thread[4];
    int device[4];
    void *why;

    (void)state;
    for (int i = 0; i < 4; i++) {
        device[i] = sim("add cypress T%d", i);
        unit_init(&u[i]);
        unit_open_soon(&u[i]);
    }
    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&thread[i], NULL, poll_unit, &u[i]), 0);
    for (int i = 0; i < 4; i++) {
        pthread_join(thread[i], &why);
        assert_null(why);
        unit_close(&u[i]);
        sim("unplug %d", device[i]);
    }
}

/* -- --scan ------------------------------------------------------------------------------------ */

struct finds {
    struct drv_found found[4];
    unsigned count;
};

static void collect(void *arg, const struct drv_found *found)
{
    struct finds *f = arg;

    assert_in_range(f->count, 0, 3);
    f->found[f->count++] = *found;
}

static void scan(struct finds *f, unsigned count)
{
    int64_t deadline = now() + BACK_MS;
    char why[160];

    do {
        nap();
        f->count = 0;
        int n = qx_usb_scan(collect, f, why, sizeof why);
        assert_int_equal(n, f->count);
    } while (f->count != count && now() < deadline);
    assert_int_equal(f->count, count);
}

static const char *setting(const struct drv_found *found, const char *name)
{
    for (unsigned i = 0; i < found->count; i++)
        if (strcmp(found->setting[i].name, name) == 0)
            return found->setting[i].value;
    return "none";
}

static void test_scan(void **state)
{
    struct finds f;
    int one = sim("add phoenixtec P.7"), two;

    (void)state;
    scan(&f, 1);
    assert_non_null(strstr(f.found[0].what, "06da:0002"));
    assert_non_null(strstr(f.found[0].what, "serial \"P.7\"; bridge phoenixtec"));
    assert_string_equal(setting(&f.found[0], "port"), "auto");
    assert_string_equal(setting(&f.found[0], "vendorid"), "06da");
    assert_string_equal(setting(&f.found[0], "serial"), "none"); /* nothing to tell it from */
    assert_false(f.found[0].hold);
    two = sim("add phoenixtec P.8");
    scan(&f, 2);
    assert_string_equal(setting(&f.found[0], "serial"), "P[.]7");
    assert_string_equal(setting(&f.found[1], "serial"), "P[.]8");
    assert_string_equal(f.found[1].note, "");
    sim("unplug %d", one);
    sim("unplug %d", two);
    scan(&f, 0);
}

/* What another program has is not asked for anything; a kernel's driver stays where it is. */
static void test_scan_disturbs_nobody(void **state)
{
    struct finds f;
    int device = sim("add cypress X1");

    (void)state;
    sim("set %d kernel-driver 1", device);
    scan(&f, 1);
    assert_non_null(strstr(f.found[0].what, "\"X1\""));
    assert_false(f.found[0].hold);
    assert_int_equal(sim("get %d detached", device), 0);
    sim("set %d kernel-driver 0", device);
    sim("set %d foreign 1", device);
    scan(&f, 1);
    assert_null(strstr(f.found[0].what, "X1"));
    assert_true(f.found[0].hold);
    assert_non_null(strstr(f.found[0].note, "In use by another program"));
    sim("set %d foreign 0", device);
    sim("unplug %d", device);
    scan(&f, 0);
}

static int setup(void **state)
{
    (void)state;
    connect_control();
    return 0;
}

/* -- all bridges in all cases ------------------------------------------------------------------ */

static const struct {
    const char *name;
    void (*test)(const struct subject *s);
} cases[] = {
    {"enumerate", test_enumerate},
    {"command on the bus", test_command},
    {"unplug in flight, replug", test_replug},
    {"second device", test_second},
};
enum { CASES = sizeof cases / sizeof *cases };

struct one {
    struct subject subject;
    size_t which;
    char name[64];
};

static void test_one(void **state)
{
    const struct one *one = *state;

    cases[one->which].test(&one->subject);
}

/* The tests of all bridges; returns how many. */
static size_t name_bridges(struct CMUnitTest *tests)
{
    static struct one ones[BRIDGES_MAX * CASES];
    static int devices[BRIDGES_MAX][2];
    size_t bridges = 0;

    while (qx_bridges[bridges])
        bridges++;
    assert_true(bridges < BRIDGES_MAX);
    for (size_t b = 0; b <= bridges; b++)
        devices[b][0] = devices[b][1] = -1;
    for (size_t i = 0; i < (bridges + 1) * CASES; i++) {
        size_t b = i / CASES;
        struct one *one = &ones[i];

        one->subject = b < bridges ? (struct subject){qx_bridges[b]->name, 0, devices[b]}
                                   : (struct subject){"armac", 1, devices[b]};
        one->which = i % CASES;
        snprintf(one->name, sizeof one->name, "%s%s: %s", one->subject.bridge,
                 one->subject.variant ? " (new)" : "", cases[one->which].name);
        tests[i] =
            (struct CMUnitTest){.name = one->name, .test_func = test_one, .initial_state = one};
    }
    return (bridges + 1) * CASES;
}

int main(int argc, char **argv)
{
    static const struct CMUnitTest fixed[] = {
        cmocka_unit_test(test_two_by_serial),
        cmocka_unit_test(test_two_by_place),
        cmocka_unit_test(test_every_selector),
        cmocka_unit_test(test_subdriver_and_langid),
        cmocka_unit_test(test_noscanlangid),
        cmocka_unit_test(test_never_shared),
        cmocka_unit_test(test_adopted),
        cmocka_unit_test(test_strings_that_stall),
        cmocka_unit_test(test_bad_options),
        cmocka_unit_test(test_search_given_up),
        cmocka_unit_test(test_kernel_driver),
        cmocka_unit_test(test_busy),
        cmocka_unit_test(test_stall),
        cmocka_unit_test(test_wedged),
        cmocka_unit_test(test_silence_and_late),
        cmocka_unit_test(test_stuck),
        cmocka_unit_test(test_many_replugs),
        cmocka_unit_test(test_without_events),
        cmocka_unit_test(test_threads),
        cmocka_unit_test(test_scan),
        cmocka_unit_test(test_scan_disturbs_nobody),
    };
    enum { FIXED = sizeof fixed / sizeof *fixed };
    static struct CMUnitTest tests[BRIDGES_MAX * CASES + FIXED];

    (void)argc;
#ifndef HAVE_UMOCKDEV
    printf("1..0 # SKIP umockdev-1.0 was not found at configure time\n");
    return 0;
#endif
    if (!getenv("USBSIM_CONTROL")) {
        const char *build = getenv("builddir");
        char path[4096];
        snprintf(path, sizeof path, "%s/tests/sim/usb/usbsim", build ? build : ".");
        /* For sanitizers: umockdev's preload comes before their runtime, which is fine; the
         * simulator's own libraries are not our affair, nor is what libusb and udev do inside.
         */
        char supp[4096];
        const char *source = getenv("srcdir");
        snprintf(supp, sizeof supp, "suppressions=%s/tests/unit/tsan.supp", source ? source : ".");
        setenv("USBSIM_TSAN_OPTIONS", supp, 1);
        snprintf(supp, sizeof supp, "print_suppressions=0:suppressions=%s/tests/unit/lsan.supp",
                 source ? source : ".");
        setenv("LSAN_OPTIONS", supp, 1);
        setenv("TSAN_OPTIONS", "report_bugs=0", 1);
        setenv("ASAN_OPTIONS", "verify_asan_link_order=0:detect_leaks=0", 1);
        execl(path, path, "--", argv[0], (char *)NULL);
        printf("Bail out! %s: %s\n", path, strerror(errno));
        return 1;
    }
    size_t n = name_bridges(tests);
    memcpy(&tests[n], fixed, sizeof fixed);
    return _cmocka_run_group_tests("usb_bus", tests, n + FIXED, setup, NULL);
}
