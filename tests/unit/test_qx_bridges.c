/* SPDX-License-Identifier: BSD-2-Clause */
/* Every bridge of the Q* family in every case of trouble, on simulated devices. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "usb_rig.h"

#define Q1_LINE "(230.1 000.0 230.1 012 50.0 27.2 25.0 00001001\r"
#define F_LINE  "#230.0 004 24.00 50.0\r"
#define I_LINE  "#MAKER           MODEL      VERSION001\r"

enum { BRIDGES_MAX = 20, TRANSFERS = 24 };

/* A bridge, and which of its devices. */
struct subject {
    const char *bridge;
    int variant;
};

static struct usb_rig rig;

static void open_subject(const struct subject *s)
{
    usb_rig_open(&rig, s->bridge);
    if (s->variant) {
        rig.dev.variant = s->variant;
        usb_rig_attach(&rig);
    }
}

static int close_rig(void **state)
{
    (void)state;
    if (rig.u)
        usb_rig_close(&rig);
    return 0;
}

static int ask(const char *line)
{
    return usb_rig_ask(&rig, line, QX_EXPECT_REPLY);
}

static bool is_line(int rc, const char *line)
{
    return rc >= (int)strlen(line) && memcmp(rig.reply, line, strlen(line)) == 0;
}

static void assert_line(int rc, const char *line)
{
    if (!is_line(rc, line))
        print_message("rc %d, why: %s, reply: %s\n", rc, rig.d.why, rig.reply);
    assert_true(is_line(rc, line));
}

/* The read is the request: nothing can be left over, and nothing be missing behind it. */
static bool by_strings(void)
{
    return rig.dev.model->string != NULL;
}

static bool by_packets(void)
{
    return rig.dev.model->reply != NULL;
}

static bool is_bridge(const char *name)
{
    return strcmp(rig.dev.model->name, name) == 0;
}

/* -- as it should be -------------------------------------------------------------------------- */

static void test_query(const struct subject *s)
{
    open_subject(s);
    assert_line(ask("Q1\r"), Q1_LINE);
    assert_line(ask("F\r"), F_LINE);
    assert_line(ask("I\r"), I_LINE);
    assert_line(ask("Q1\r"), Q1_LINE);
}

/* One that the UPS takes without a word; snr has none. */
static void test_command(const struct subject *s)
{
    open_subject(s);
    int rc = usb_rig_ask(&rig, "C\r", QX_EXPECT_NONE);
    if (is_bridge("snr")) {
        assert_int_equal(rc, UPS_E_UNSUPPORTED);
        assert_int_equal(rig.dev.lines, 0);
        return;
    }
    assert_true(rc == 0 || (rc == 1 && rig.reply[0] == '\r'));
    assert_int_equal(rig.dev.lines, 1);
    assert_int_equal(rig.dev.last[0], 'C');
    assert_line(ask("Q1\r"), Q1_LINE);
}

/* -- trouble at any transfer ------------------------------------------------------------------ */

/* Opens anew what is closed for good, as a worker does. */
static void reopened(int rc)
{
    if (rc != UPS_E_DISCONNECTED)
        return;
    assert_int_equal(ask("Q1\r"), UPS_E_DISCONNECTED);
    usb_rig_attach(&rig);
}

/* hunnox and snr devices give zeros until they were woken; dialects take that for no answer. */
static bool asleep(int rc)
{
    return rc > 0 && strncmp((const char *)rig.reply, "(000.0 000.0 000.0", 18) == 0 &&
           (is_bridge("hunnox") || is_bridge("snr"));
}

/* Silence ends a reply of sgs, so one whose end is lost is short, which dialects refuse. */
static bool cut_short(int rc, const char *line)
{
    return is_bridge("sgs") && rc > 0 && rc < (int)strlen(line) &&
           memcmp(rig.reply, line, (size_t)rc - 1) == 0;
}

/* A reply to this line, or none; never another's. */
static int ask_once(const char *request, const char *line)
{
    int rc = ask(request);

    if (rc > 0 && !is_line(rc, line) && !asleep(rc) && !cut_short(rc, line))
        print_message("rc %d, reply: %s\n", rc, rig.reply);
    assert_true(rc <= 0 || is_line(rc, line) || asleep(rc) || cut_short(rc, line));
    if (asleep(rc) && is_bridge("hunnox")) { /* it is opened anew when it gives nothing else */
        rig.gone = true;
        rc = ask("Q1\r");
    }
    reopened(rc);
    return rc;
}

/*
 * The n-th transfer of an exchange fails so.  Whatever comes of it, it is no reply of another
 * request, now or later, and the next but one exchange is good again.  Returns how many transfers
 * were missing to n.
 */
static unsigned fail_at(const struct subject *s, unsigned n, int error)
{
    open_subject(s);
    rig.fail_next = error;
    rig.fail_after = n;
    (void)ask_once("Q1\r", Q1_LINE);
    unsigned missing = rig.fail_after;
    rig.fail_next = 0;
    (void)ask_once("F\r", F_LINE);
    assert_line(ask("I\r"), I_LINE);
    usb_rig_close(&rig);
    return missing;
}

static void fail_everywhere(const struct subject *s, int error)
{
    unsigned n = 1;

    while (n < TRANSFERS && fail_at(s, n, error) == 0)
        n++;
    assert_in_range(n, 2, TRANSFERS - 1); /* it has reached the end of an exchange */
}

static void test_stall(const struct subject *s)
{
    fail_everywhere(s, USB_E_STALL);
}

static void test_overflow(const struct subject *s)
{
    fail_everywhere(s, USB_E_OVERFLOW);
}

static void test_io_error(const struct subject *s)
{
    fail_everywhere(s, USB_E_IO);
}

static void test_timeout(const struct subject *s)
{
    fail_everywhere(s, USB_E_TIMEOUT);
}

/* The third overflow in a row: only a reset helps (NUT 598). */
static void test_wedged(const struct subject *s)
{
    int rc = 0, asked = 0;

    open_subject(s);
    assert_line(ask("Q1\r"), Q1_LINE);
    rig.always = USB_E_OVERFLOW;
    while (rc != UPS_E_DISCONNECTED && asked++ < 4) {
        rc = ask("Q1\r");
        assert_true(rc <= 0);
    }
    assert_int_equal(rc, UPS_E_DISCONNECTED);
    assert_int_equal(rig.dev.resets, 1);
    rig.always = 0;
    usb_rig_attach(&rig);
    assert_line(ask("Q1\r"), Q1_LINE);
}

static void test_unplug(const struct subject *s)
{
    for (unsigned after = 1; after < TRANSFERS; after++) {
        open_subject(s);
        rig.gone_after = after;
        int rc = ask("Q1\r");
        if (rig.gone) {
            assert_int_equal(rc, UPS_E_DISCONNECTED);
            assert_int_equal(ask("Q1\r"), UPS_E_DISCONNECTED); /* closed for good */
            usb_rig_attach(&rig);
            assert_line(ask("Q1\r"), Q1_LINE);
        } else {
            assert_line(rc, Q1_LINE);
        }
        usb_rig_close(&rig);
    }
}

/* -- replies that do not come, or when nobody wants them ----------------------------------------
 */

static void test_silence(const struct subject *s)
{
    open_subject(s);
    if (by_strings())
        rig.always = USB_E_TIMEOUT;
    rig.dev.silent = true;
    assert_true(ask("Q1\r") <= 0);
    if (by_strings())
        assert_true(rig.d.why[0] != '\0'); /* nothing says that the request has arrived */
    rig.always = 0;
    rig.dev.silent = false;
    if (is_bridge("hunnox"))
        usb_rig_attach(&rig);
    assert_line(ask("Q1\r"), Q1_LINE);
}

/* A reply that came after its time must not answer the next request. */
static void test_late_reply(const struct subject *s)
{
    open_subject(s);
    if (by_packets()) {
        rig.dev.late_ms = 1050;
        rig.dev.gap_ms = 33;
        assert_int_equal(ask("Q1\r"), 0);
        rig.dev.late_ms = 0;
    } else {
        rig.fail_next = USB_E_TIMEOUT;
        (void)ask("I\r");
        if (is_bridge("hunnox"))
            usb_rig_attach(&rig);
    }
    assert_line(ask("F\r"), F_LINE);
}

/* What a program before us has left in the device. */
static void test_stale_reply(const struct subject *s)
{
    open_subject(s);
    if (by_packets())
        for (int i = 0; i < 3; i++)
            rig.dev.model->reply(&rig.dev, (const uint8_t *)I_LINE, strlen(I_LINE));
    memcpy(rig.dev.reply, I_LINE, strlen(I_LINE)); /* for those that are asked for it */
    rig.dev.reply_len = strlen(I_LINE);
    assert_line(ask("Q1\r"), Q1_LINE);
}

static size_t say_nak(void *arg, const uint8_t *request, size_t len, uint8_t *reply, size_t size)
{
    (void)arg;
    (void)request;
    (void)len;
    assert_true(size >= 5);
    memcpy(reply, "(NAK\r", 5);
    return 5;
}

/* A refusal of the UPS goes through as it is; "UPS No Ack" is the chip's, and no reply. */
static void test_nak(const struct subject *s)
{
    open_subject(s);
    if (!by_strings()) {
        rig.dev.line = say_nak;
        int rc = ask("QPI9\r");
        if (rc == UPS_E_UNSUPPORTED) /* longer than fuji can say */
            rc = ask("Q9\r");
        assert_line(rc, "(NAK\r");
        rig.dev.line = usbline_megatec;
    } else {
        rig.dev.naks = 100;
        if (is_bridge("hunnox"))
            assert_int_equal(usb_rig_ask(&rig, "Q\r", QX_EXPECT_NONE), 0);
        else
            assert_int_equal(ask("Q1\r"), 0);
        rig.dev.naks = 0;
    }
    assert_line(ask("Q1\r"), Q1_LINE);
}

/* -- all of them ------------------------------------------------------------------------------ */

static const struct kind {
    const char *name;
    void (*test)(const struct subject *s);
} kinds[] = {
    {"query", test_query},
    {"command", test_command},
    {"unplug at any transfer", test_unplug},
    {"stall at any transfer", test_stall},
    {"overflow at any transfer", test_overflow},
    {"I/O error at any transfer", test_io_error},
    {"timeout of any transfer", test_timeout},
    {"wedged by overflows", test_wedged},
    {"NAK", test_nak},
    {"silence", test_silence},
    {"late reply", test_late_reply},
    {"stale reply", test_stale_reply},
};
enum { KINDS = sizeof kinds / sizeof *kinds };

struct one {
    struct subject subject;
    const struct kind *kind;
    char name[64];
};

static void test_one(void **state)
{
    const struct one *one = *state;

    one->kind->test(&one->subject);
}

int main(void)
{
    static struct CMUnitTest tests[BRIDGES_MAX * KINDS];
    static struct one ones[BRIDGES_MAX * KINDS];
    size_t bridges = 0, n = 0;

    while (qx_bridges[bridges])
        bridges++;
    for (size_t b = 0; b <= bridges && b < BRIDGES_MAX; b++)
        for (size_t k = 0; k < KINDS; k++, n++) {
            struct one *one = &ones[n];

            one->subject = b < bridges ? (struct subject){qx_bridges[b]->name, 0}
                                       : (struct subject){"armac", 1};
            one->kind = &kinds[k];
            snprintf(one->name, sizeof one->name, "%s%s: %s", one->subject.bridge,
                     one->subject.variant ? " (new)" : "", one->kind->name);
            tests[n] = (struct CMUnitTest){.name = one->name,
                                           .test_func = test_one,
                                           .teardown_func = close_rig,
                                           .initial_state = one};
        }
    return _cmocka_run_group_tests("qx bridges", tests, n, NULL, NULL);
}
