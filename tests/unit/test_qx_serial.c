/* SPDX-License-Identifier: BSD-2-Clause */
/* The serial port of the Q* family: where a reply ends, and what may come in its way. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "qx/qx.h"
#include "transcript.h"

#define STATUS "(230.0 230.0 230.0 025 50.0 27.2 25.0 00001001"

struct bench {
    struct transcript *t;
    struct drv_host host;
    struct drv d;
    struct drv_value opt[QX_OPTIONS];
    struct qx_port *port;
    int hung_up;
    bool broken, refuse;
    struct link_params params;
};

static enum ups_error dial(struct drv_host *host, struct drv *d, const struct link_params *params,
                           struct link **link)
{
    struct bench *b = host->arg;

    b->params = *params;
    if (b->refuse)
        return (enum ups_error)drv_fail(d, UPS_E_DISCONNECTED, "no such port");
    *link = link_adopt(tr_fd(b->t), LINK_PORT_TCP, "bench");
    return *link ? UPS_OK : UPS_E_SYSTEM;
}

static void hang_up(struct drv_host *host, struct drv *d, struct link *link, bool broken)
{
    struct bench *b = host->arg;

    (void)d;
    b->hung_up++;
    b->broken = broken;
    link_close(link);
}

static void expect(struct bench *b, const char *request, const char *reply)
{
    tr_expect_bytes(b->t, (const uint8_t *)request, strlen(request), (const uint8_t *)reply,
                    strlen(reply));
}

static void set_up(struct bench *b)
{
    memset(b, 0, sizeof *b);
    b->t = tr_new();
    b->host =
        (struct drv_host){.clock = &ups_clock_system, .dial = dial, .hang_up = hang_up, .arg = b};
    b->d = (struct drv){.driver = &qx_driver, .host = &b->host, .unit = "ups1", .port = "bench"};
    b->d.opt = b->opt;
    assert_int_equal(qx_serial_open(&b->d, &b->port), DRV_DONE);
    b->port->reply_ms = 150;
}

static void tear_down(struct bench *b)
{
    b->port->ops->close(b->port);
    assert_true(tr_finish(b->t));
    assert_int_equal(b->hung_up, 1);
}

static int ask(struct bench *b, const char *request, uint8_t *reply)
{
    memset(reply, 0, QX_LINE_MAX);
    return b->port->ops->exchange(b->port, (const uint8_t *)request, strlen(request),
                                  QX_EXPECT_REPLY, reply, QX_LINE_MAX);
}

/* As it should be: at 2400 bit/s a line comes in pieces. */
static void test_line_in_pieces(void **state)
{
    uint8_t reply[QX_LINE_MAX];
    struct bench b;
    (void)state;

    set_up(&b);
    expect(&b, "Q1\r", STATUS "\r");
    tr_pieces(b.t, 5, 20);
    tr_start(b.t);
    assert_int_equal(ask(&b, "Q1\r", reply), 47);
    assert_memory_equal(reply, STATUS "\r", 47);
    tear_down(&b);
}

/* How often this thread has gone to sleep. */
static long naps(void)
{
    struct rusage use;

    assert_int_equal(getrusage(RUSAGE_THREAD, &use), 0);
    return use.ru_nvcsw;
}

/* On a slow line the port sleeps till the reply should be whole: it is not woken for each byte. */
static void test_sleeps_while_a_reply_comes(void **state)
{
    static const char *const replies[] = {
        STATUS "\r", STATUS "\r", STATUS "\r", /* 47 bytes each: the first one is learnt from */
        "(NAK\r",                              /* shorter: what was learnt is forgotten */
        STATUS "\r", STATUS "\r", STATUS " 00000000\r", /* longer */
        STATUS "\r",
    };
    uint8_t reply[QX_LINE_MAX];
    long before, first = 0;
    struct bench b;
    (void)state;

    set_up(&b);
    for (size_t i = 0; i < sizeof replies / sizeof *replies; i++) {
        expect(&b, "Q1\r", replies[i]);
        tr_pieces(b.t, 1, 2);
    }
    tr_start(b.t);
    for (size_t i = 0; i < sizeof replies / sizeof *replies; i++) {
        size_t len = strlen(replies[i]);

        before = naps();
        assert_int_equal(ask(&b, "Q1\r", reply), len);
        assert_memory_equal(reply, replies[i], len);
        if (i == 0)
            first = naps() - before;
        if (i == 1 || i == 2) /* a busy host may let some bytes come in between */
            assert_true(naps() - before < first / 2);
    }
    tear_down(&b);
}

/* One that breaks off where others went on is taken as it is, and soon. */
static void test_breaks_off_in_a_sleep(void **state)
{
    uint8_t reply[QX_LINE_MAX];
    struct bench b;
    (void)state;

    set_up(&b);
    expect(&b, "Q1\r", STATUS "\r");
    tr_pieces(b.t, 1, 2);
    expect(&b, "Q1\r", "(230.0 23");
    expect(&b, "Q1\r", STATUS "\r");
    tr_start(b.t);
    assert_int_equal(ask(&b, "Q1\r", reply), 47);
    assert_int_equal(ask(&b, "Q1\r", reply), 9);
    assert_int_equal(ask(&b, "Q1\r", reply), 47);
    tear_down(&b);
}

/* Line parameters: 2400 8N1, DTR for the cable's power. */
static void test_parameters(void **state)
{
    static const struct {
        int64_t word;
        enum link_line dtr, rts;
    } rows[] = {{0, LINK_LINE_HIGH, LINK_LINE_LOW},
                {1, LINK_LINE_LOW, LINK_LINE_HIGH},
                {2, LINK_LINE_HIGH, LINK_LINE_HIGH},
                {3, LINK_LINE_LOW, LINK_LINE_LOW}};
    (void)state;

    for (unsigned i = 0; i < 4; i++) {
        struct bench b;

        set_up(&b);
        b.port->ops->close(b.port);
        b.hung_up = 0;
        b.refuse = true;
        b.d.opt[QX_OPT_CABLEPOWER].num = rows[i].word;
        assert_int_equal(qx_serial_open(&b.d, &b.port), UPS_E_DISCONNECTED);
        assert_int_equal(b.params.baud, 2400);
        assert_int_equal(b.params.data_bits, 8);
        assert_int_equal(b.params.parity, 'N');
        assert_int_equal(b.params.stop_bits, 1);
        assert_int_equal(b.params.dtr, rows[i].dtr);
        assert_int_equal(b.params.rts, rows[i].rts);
        tr_start(b.t);
        assert_true(tr_finish(b.t));
    }
}

/* A bridge has swallowed the CR: what came is given, once the line is quiet. */
static void test_no_cr(void **state)
{
    uint8_t reply[QX_LINE_MAX];
    struct bench b;
    (void)state;

    set_up(&b);
    expect(&b, "Q1\r", STATUS);
    tr_start(b.t);
    assert_int_equal(ask(&b, "Q1\r", reply), 46);
    tear_down(&b);
}

static void test_silence(void **state)
{
    uint8_t reply[QX_LINE_MAX];
    struct bench b;
    (void)state;

    set_up(&b);
    expect(&b, "Q1\r", "");
    tr_start(b.t);
    int64_t start = ups_now(&ups_clock_system);
    assert_int_equal(ask(&b, "Q1\r", reply), 0);
    assert_true(ups_now(&ups_clock_system) - start >= 149);
    tear_down(&b);
}

/* Two lines: the second is nobody's.  Line ends before a reply are skipped. */
static void test_two_lines(void **state)
{
    uint8_t reply[QX_LINE_MAX];
    struct bench b;
    (void)state;

    set_up(&b);
    expect(&b, "Q1\r", STATUS "\r(second line\r");
    expect(&b, "F\r", "\r\n#230.0 010 24.00 50.0\r");
    tr_pieces(b.t, 1, 0);
    tr_start(b.t);
    assert_true(ask(&b, "Q1\r", reply) >= 47);
    assert_memory_equal(reply, STATUS "\r", 47);
    assert_int_equal(ask(&b, "F\r", reply), 22);
    assert_int_equal(reply[0], '#');
    tear_down(&b);
}

/* A reply that comes too late is not taken for the next one. */
static bool drops_late_reply(void)
{
    uint8_t reply[QX_LINE_MAX];
    struct bench b;

    set_up(&b);
    expect(&b, "Q1\r", "(late\r");
    tr_delay(b.t, 180); /* after our 150 ms, and within the time that the line is watched */
    expect(&b, "F\r", "#230.0 010 24.00 50.0\r");
    tr_start(b.t);
    int first = ask(&b, "Q1\r", reply), second = ask(&b, "F\r", reply);
    b.port->ops->close(b.port);
    return tr_finish(b.t) && first == 0 && second == 22 && reply[0] == '#';
}

/* The line is watched for 60 ms, and a busy machine may wake either side too late for that. */
static void test_late_reply(void **state)
{
    bool dropped = false;
    (void)state;

    for (int i = 0; i < 10 && !dropped; i++)
        dropped = drops_late_reply();
    assert_true(dropped);
}

/* Bytes without an end. */
static void test_endless(void **state)
{
    char flood[TR_BYTES];
    uint8_t reply[QX_LINE_MAX];
    struct bench b;
    (void)state;

    memset(flood, 'x', sizeof flood - 1);
    flood[sizeof flood - 1] = '\0';
    set_up(&b);
    /* two answers to one request: the second line of the transcript takes "\r" alone */
    expect(&b, "Q1", flood);
    expect(&b, "\r", flood);
    tr_start(b.t);
    assert_int_equal(ask(&b, "Q1\r", reply), UPS_E_GARBLED);
    assert_true(b.d.why[0] != '\0');
    tear_down(&b);
}

/* The other side goes away, in the middle of a line and before a request. */
static void test_hang_up(void **state)
{
    uint8_t reply[QX_LINE_MAX];
    struct bench b;
    (void)state;

    set_up(&b);
    expect(&b, "Q1\r", "(230.0 230");
    tr_hang_up(b.t);
    tr_start(b.t);
    assert_int_equal(ask(&b, "Q1\r", reply), UPS_E_DISCONNECTED);
    assert_true(b.broken);
    assert_int_equal(b.hung_up, 1);
    assert_int_equal(ask(&b, "Q1\r", reply), UPS_E_DISCONNECTED);
    tear_down(&b);
}

/* A whole open and poll over bytes; then a spoiled line, which is asked for once more. */
static void test_driver_over_bytes(void **state)
{
    struct bench b;
    struct ups_reading r = {0};
    struct qx *x;
    int rc;
    (void)state;

    memset(&b, 0, sizeof b);
    b.t = tr_new();
    b.host =
        (struct drv_host){.clock = &ups_clock_system, .dial = dial, .hang_up = hang_up, .arg = &b};
    b.d = (struct drv){.driver = &qx_driver, .host = &b.host, .unit = "ups1", .port = "/dev/bench"};
    x = test_calloc(1, sizeof *x);
    b.d.state = x;
    b.d.opt = b.opt;
    for (unsigned i = 0; i < QX_OPTIONS; i++)
        if (qx_driver.options[i].def)
            drv_option_parse(&qx_driver.options[i], qx_driver.options[i].def, &b.d.opt[i], b.d.why,
                             sizeof b.d.why);
    expect(&b, "Q1\r", STATUS "\r");
    expect(&b, "QPI\r", "QPI\r");
    expect(&b, "I\r", "#MAKER           MODEL      V1.00     \r");
    expect(&b, "F\r", "#230.0 010 24.00 50.0\r");
    expect(&b, "Q1\r", STATUS "\r");
    expect(&b, "Q1\r", "(2#0.0 230.0\r");
    expect(&b, "Q1\r", STATUS "\r");
    tr_start(b.t);
    while ((rc = qx_driver.open(&b.d, &r)) == DRV_MORE)
        ;
    assert_int_equal(rc, DRV_DONE);
    assert_string_equal(x->dialect->name, "megatec");
    while ((rc = qx_driver.poll(&b.d, DRV_POLL_FULL, &r)) == DRV_MORE)
        ;
    assert_int_equal(rc, DRV_DONE);
    while ((rc = qx_driver.poll(&b.d, DRV_POLL_FAST, &r)) == DRV_MORE)
        ;
    assert_int_equal(rc, DRV_DONE);
    assert_int_equal(b.d.count.transactions, 7);
    assert_int_equal(b.d.count.garbled, 1);
    qx_driver.close(&b.d);
    ups_caps_clear(&b.d.caps);
    assert_int_equal(b.hung_up, 1);
    assert_false(b.broken);
    assert_true(tr_finish(b.t));
    test_free(x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_line_in_pieces),
        cmocka_unit_test(test_sleeps_while_a_reply_comes),
        cmocka_unit_test(test_breaks_off_in_a_sleep),
        cmocka_unit_test(test_parameters),
        cmocka_unit_test(test_no_cr),
        cmocka_unit_test(test_silence),
        cmocka_unit_test(test_two_lines),
        cmocka_unit_test(test_late_reply),
        cmocka_unit_test(test_endless),
        cmocka_unit_test(test_hang_up),
        cmocka_unit_test(test_driver_over_bytes),
    };

    return cmocka_run_group_tests_name("qx serial", tests, NULL, NULL);
}
