/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The bridges of the Q* family, byte for byte, on simulated devices.  What holds for all of them
 * is in test_qx_bridges.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "usb_rig.h"

#define Q1_LINE "(230.1 000.0 230.1 012 50.0 27.2 25.0 00001001\r"
#define F_LINE  "#230.0 004 24.00 50.0\r"
#define I_LINE  "#MAKER           MODEL      VERSION001\r"

static struct usb_rig rig;

static int close_rig(void **state)
{
    (void)state;
    if (rig.u)
        usb_rig_close(&rig);
    return 0;
}

/* The reply up to and with its CR is `line`. */
static void assert_line(int rc, const char *line)
{
    if (rc < (int)strlen(line))
        print_message("rc %d, why: %s, reply: %s\n", rc, rig.d.why, rig.reply);
    assert_true(rc >= (int)strlen(line));
    assert_memory_equal(rig.reply, line, strlen(line));
}

static int ask(const char *line)
{
    return usb_rig_ask(&rig, line, QX_EXPECT_REPLY);
}

static int command(const char *line)
{
    return usb_rig_ask(&rig, line, QX_EXPECT_NONE);
}

/* -- what goes out ----------------------------------------------------------------------------- */

static const struct {
    const char *bridge;
    int variant;
    const char *line, *out;
} outs[] = {
    {"cypress", 0, "Q1\r", "21 09 0200: 51 31 0d 00 00 00 00 00"},
    {"cypress", 0, "S.5R0003\r",
     "21 09 0200: 53 2e 35 52 30 30 30 33 | 21 09 0200: 0d 00 00 00 00 00 00 00"},
    {"cypress", 0, "QSASV7?\r", "21 09 0200: 51 53 41 53 56 37 3f 0d"},
    {"phoenix", 0, "Q1\r", "21 09 0200: 51 31 0d 00 00 00 00 00"},
    {"gtec", 0, "Q4\r", "21 09 0002: 51 34 0d 00 00 00 00 00"},
    {"ippon", 0, "Q1\r", "21 09 0002: 51 31 0d 00 00 00 00 00"},
    {"omron", 0, "Q1\r", "21 09 0002: 51 31 0d 00 00 00 00 00 00 00 00 00 00 00 00 00"},
    {"sgs", 0, "T05\r", "21 09 0200: 04 54 30 35 0d 00 00 00"},
    {"sgs", 0, "S.5R0003\r",
     "21 09 0200: 07 53 2e 35 52 30 30 30 | 21 09 0200: 02 33 0d 00 00 00 00 00"},
    {"fuji", 0, "Q1\r", "02: 80 06 03 03 51 31 00 2f"},
    {"fuji", 0, "F\r", "02: 80 06 02 03 46 00 00 16"},
    {"fuji", 0, "I\r", "02: 80 06 02 03 49 00 00 27"},
    {"fuji", 0, "S.5R0003\r", "02: 80 06 04 03 53 2e 35 00"},
    {"fuji", 0, "S02\r", "02: 80 06 04 03 53 30 32 00"},
    {"phoenixtec", 0, "Q1\r", "42 0d 0000: 51 31 0d"},
    {"phoenixtec", 0, "S.5R0003\r", "42 0d 0000: 53 2e 35 52 30 30 30 33 0d"},
    {"ablerex", 0, "C\r",
     "21 09 0305: 05 00 02 43 0d 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 "
     "00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00"},
    {"armac", 0, "Q1\r", "21 09 0200: a3 51 31 0d"},
    {"armac", 0, "S.5R0003\r",
     "21 09 0200: a3 53 2e 35 | 21 09 0200: a3 52 30 30 | 21 09 0200: a3 30 33 0d"},
    {"armac", 0, "T05\r", "21 09 0200: a3 54 30 35 | 21 09 0200: a1 0d 00 00"},
    {"armac", 1, "Q1\r", "02: a3 51 31 0d"},
    {"armac", 1, "S.5R0003\r", "02: a9 53 2e 35 52 30 30 30 33 0d"},
};

static void test_outs(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof outs / sizeof *outs; i++) {
        usb_rig_open(&rig, outs[i].bridge);
        rig.dev.variant = outs[i].variant;
        usb_rig_attach(&rig);
        assert_true(command(outs[i].line) >= 0);
        assert_string_equal(rig.out, outs[i].out);
        usb_rig_close(&rig);
    }
}

/* -- what some bridges do ---------------------------------------------------------------------- */

/* phoenix and the older armac drain before every request, whatever went before. */
static void test_drains(void **state)
{
    static const char *const bridges[] = {"phoenix", "armac"};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        usb_rig_open(&rig, bridges[i]);
        assert_line(ask("Q1\r"), Q1_LINE);
        rig.dev.model->reply(&rig.dev, (const uint8_t *)F_LINE, strlen(F_LINE));
        assert_line(ask("Q1\r"), Q1_LINE);
        usb_rig_close(&rig);
    }
}

/* A halt found while draining costs nothing. */
static void test_stall_while_draining(void **state)
{
    (void)state;
    usb_rig_open(&rig, "phoenix");
    rig.dev.stalls = 1;
    assert_line(ask("Q1\r"), Q1_LINE);
    assert_int_equal(rig.dev.clears, 1);
}

static void test_stall_that_stays(void **state)
{
    (void)state;
    usb_rig_open(&rig, "cypress");
    assert_line(ask("Q1\r"), Q1_LINE);
    rig.dev.stalls = 1;
    rig.dev.no_clear = true;
    assert_int_equal(ask("Q1\r"), UPS_E_DISCONNECTED);
    assert_int_equal(rig.dev.resets, 1);
}

/* The reply to the next request overflows, and not what is drained before it. */
static void overflow(void)
{
    rig.dev.count = 0;
    rig.dev.overflows = 1;
}

static void test_overflows(void **state)
{
    (void)state;
    usb_rig_open(&rig, "cypress");
    assert_line(ask("Q1\r"), Q1_LINE);
    for (int i = 0; i < 2; i++) {
        overflow();
        assert_int_equal(ask("Q1\r"), UPS_E_GARBLED);
    }
    assert_line(ask("Q1\r"), Q1_LINE); /* which makes the count begin anew */
    for (int i = 0; i < 2; i++) {
        overflow();
        assert_int_equal(ask("Q1\r"), UPS_E_GARBLED);
    }
    assert_int_equal(rig.dev.resets, 0);
    rig.dev.count = 0;
    rig.dev.overflows = 1000; /* wedged: also what is drained overflows */
    assert_int_equal(ask("Q1\r"), UPS_E_DISCONNECTED);
    assert_int_equal(rig.dev.resets, 1);
}

static void test_errors(void **state)
{
    static const struct {
        int error, result;
    } errors[] = {
        {USB_E_IO, UPS_E_DISCONNECTED},   {USB_E_BUSY, UPS_E_DISCONNECTED},
        {USB_E_GONE, UPS_E_DISCONNECTED}, {USB_E_TIMEOUT, UPS_E_TIMEOUT},
        {USB_E_OTHER, UPS_E_GARBLED},     {USB_E_STALL, UPS_E_GARBLED},
    };

    (void)state;
    for (size_t i = 0; i < sizeof errors / sizeof *errors; i++) {
        usb_rig_open(&rig, "cypress");
        assert_line(ask("Q1\r"), Q1_LINE);
        rig.fail_next = errors[i].error;
        assert_int_equal(ask("Q1\r"), errors[i].result);
        usb_rig_close(&rig);
    }
}

static void test_unsupported(void **state)
{
    static const struct {
        const char *bridge, *line;
        int result;
    } cases[] = {
        {"krauler", "QGS\r", UPS_E_UNSUPPORTED},
        {"krauler", "S.5R0003\r", UPS_E_UNSUPPORTED},
        {"fabula", "T\r", UPS_E_UNSUPPORTED},
        {"fabula", "BL\r", UPS_E_UNSUPPORTED},
        {"hunnox", "TL\r", UPS_E_UNSUPPORTED},
        {"hunnox", "S.5R00x3\r", UPS_E_UNSUPPORTED},
        {"hunnox", "S.5Q0003\r", UPS_E_UNSUPPORTED},
        {"snr", "C\r", UPS_E_UNSUPPORTED},
        {"fuji", "S.5R0000\r", UPS_E_UNSUPPORTED},
        {"fuji", "S00R0000\r", UPS_E_UNSUPPORTED},
        {"fabula", "S00R0000\r", UPS_E_UNSUPPORTED},
        {"fuji", "FW?1\r", UPS_E_UNSUPPORTED},
        {"armac", "QGS\r", UPS_E_UNSUPPORTED},
        {"armac", "M\r", UPS_E_UNSUPPORTED},
        {"armac", "D\r", UPS_E_UNSUPPORTED},
        {"armac", "QS\r", UPS_E_UNSUPPORTED},
        {"armac", "QPI\r", UPS_E_UNSUPPORTED},
        {"cypress", "Q1", UPS_E_UNSUPPORTED},
        {"ablerex", "0123456789012345678901234567890123456789012345\r", UPS_E_UNSUPPORTED},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        usb_rig_open(&rig, cases[i].bridge);
        assert_false(rig.u->port.ops->can(&rig.u->port, (const uint8_t *)cases[i].line,
                                          strlen(cases[i].line)));
        assert_int_equal(ask(cases[i].line), cases[i].result);
        assert_string_equal(rig.out, "");
        assert_int_equal(rig.ins, 0);
        usb_rig_close(&rig);
    }
}

/* -- one bridge each --------------------------------------------------------------------------- */

static void feed(const uint8_t *data, size_t len)
{
    usbdev_push(&rig.dev, data, len);
}

/* Makes the device say packets of the test's own instead of a reply. */
static const struct usbdev_packet *script;
static size_t script_len;

static size_t play(void *arg, const uint8_t *request, size_t len, uint8_t *reply, size_t size)
{
    (void)arg;
    (void)request;
    (void)len;
    (void)reply;
    (void)size;
    for (size_t i = 0; i < script_len; i++)
        feed(script[i].data, script[i].len);
    return 0;
}

static void use_script(const struct usbdev_packet *packets, size_t n)
{
    script = packets;
    script_len = n;
    rig.dev.line = play;
}

/* Real capture (NUT pull request 1652): the end of a QGS reply, with junk behind the CR. */
static void test_cypress_junk(void **state)
{
    static const char line[] =
        "(220.4 59.9 218.7 59.9 002.8 007 361.8 361.8 273.2 ---.- 022.9 100000000010\r";

    (void)state;
    usb_rig_open(&rig, "cypress");
    rig.dev.gap_ms = 33;
    int rc = ask("QGS\r");
    assert_line(rc, line);
    assert_int_equal(rc, 80); /* whole packets, as they came */
}

/* Binary, with NULs and stuffed bytes, and what is left of the reply before behind the CR. */
static void test_cypress_binary(void **state)
{
    static const uint8_t line[] = "#\x01\x02 \x65 \x73\x01 \x65 \x00 \x60\x00 \x12\xc0\x00 \xcc "
                                  "\x3c \x28\x00 \x23\r\x28\x00\x23";
    enum { CR_AT = 28, PACKETS = 4 };
    struct usbdev_packet packets[PACKETS];

    (void)state;
    assert_int_equal(sizeof line - 1, PACKETS * 8);
    assert_int_equal(line[CR_AT], '\r');
    for (size_t i = 0; i < PACKETS; i++) {
        packets[i] = (struct usbdev_packet){.len = 8};
        memcpy(packets[i].data, line + 8 * i, 8);
    }
    usb_rig_open(&rig, "cypress");
    use_script(packets, PACKETS);
    assert_int_equal(ask("QPI\xbe\xac\r"), PACKETS * 8);
    assert_string_equal(rig.out, "21 09 0200: 51 50 49 be ac 0d 00 00");
    assert_memory_equal(rig.reply, line, PACKETS * 8);
}

static void test_cypress_cut_off(void **state)
{
    static const struct usbdev_packet packets[] = {{.data = "(230.1 0", .len = 8},
                                                   {.data = "00.", .len = 3}};

    (void)state;
    usb_rig_open(&rig, "cypress");
    use_script(packets, 2);
    assert_int_equal(ask("Q1\r"), UPS_E_GARBLED);
    rig.dev.line = usbline_megatec;
    assert_line(ask("Q1\r"), Q1_LINE);
}

/* A device that never ends its line, and one that trickles: both within the time limit. */
static void test_endless(void **state)
{
    struct usbdev_packet packets[100];

    (void)state;
    for (size_t i = 0; i < 100; i++)
        packets[i] = (struct usbdev_packet){.data = "AAAAAAAA", .len = 8};
    usb_rig_open(&rig, "cypress");
    use_script(packets, 100);
    assert_int_equal(ask("Q1\r"), UPS_E_GARBLED);
    usb_rig_close(&rig);
    usb_rig_open(&rig, "cypress");
    use_script(packets, 100);
    rig.dev.gap_ms = 900;
    assert_int_equal(ask("Q1\r"), UPS_E_GARBLED);
    assert_true(rig.now_ms <= 1000 + QX_USB_EXCHANGE_MS + 10);
    usb_rig_close(&rig);
    usb_rig_open(&rig, "sgs");
    rig.dev.endless = true;
    rig.dev.gap_ms = 0;
    (void)ask("Q1\r"); /* ends: the rig checks the time */
}

static void test_reply_ms(void **state)
{
    (void)state;
    usb_rig_open(&rig, "cypress");
    rig.u->port.reply_ms = 3000;
    rig.dev.late_ms = 2500;
    assert_line(ask("Q1\r"), Q1_LINE);
}

static void test_sgs(void **state)
{
    static const struct usbdev_packet packets[] = {
        {.data = {0xff, '(', '1', '2', '3', '4', '5', '6'}, .len = 8}, /* a count too large */
        {.data = {0}, .len = 8},
        {.data = {2, '7', '8', 'x', 'x'}, .len = 8},
    };

    (void)state;
    usb_rig_open(&rig, "sgs");
    assert_line(ask("Q1\r"), Q1_LINE);
    use_script(packets, 3);
    assert_int_equal(ask("Q1\r"), 10); /* silence is the end; the CR is added */
    assert_string_equal((char *)rig.reply, "(12345678\r");
}

static void test_ippon_blocks(void **state)
{
    static const struct usbdev_packet no_cr[] = {{.data = "(230.1 000", .len = 64}};
    static const struct usbdev_packet empty[] = {{.data = "\0\rjunk", .len = 64}};
    static const struct usbdev_packet full[] = {
        {.data = "0123456789012345678901234567890123456789012345678901234567890123", .len = 64}};

    (void)state;
    usb_rig_open(&rig, "ippon");
    assert_int_equal(ask("Q1\r"), 47);
    use_script(no_cr, 1);
    assert_int_equal(ask("Q1\r"), 11);
    assert_string_equal((char *)rig.reply, "(230.1 000\r");
    use_script(empty, 1);
    assert_int_equal(command("C\r"), 1);
    assert_string_equal((char *)rig.reply, "\r");
    use_script(full, 1);
    assert_int_equal(ask("Q1\r"), 65);
}

static void test_phoenixtec_silent(void **state)
{
    static const char *const silent[] = {"T\r",   "TL\r",    "T05\r",  "S.5\r",  "C\r",
                                         "CT\r",  "M1\r",    "SRC0\r", "FCLR\r", "SSN=1\r",
                                         "TUD\r", "SS,11\r", "N\r",    "O\r"};
    static const char *const answered[] = {"MSO\r", "Q1\r", "SX\r"};

    (void)state;
    usb_rig_open(&rig, "phoenixtec");
    rig.dev.silent = true;
    for (size_t i = 0; i < sizeof silent / sizeof *silent; i++) {
        assert_int_equal(command(silent[i]), 0);
        assert_true(rig.ins <= 1); /* a look whether something came after all */
    }
    for (size_t i = 0; i < sizeof answered / sizeof *answered; i++) {
        (void)ask(answered[i]);
        assert_true(rig.ins > 1);
    }
}

static void test_ablerex_retries(void **state)
{
    (void)state;
    usb_rig_open(&rig, "ablerex");
    rig.dev.short_replies = 2;
    assert_line(ask("Q1\r"), Q1_LINE);
    assert_int_equal(rig.dev.lines, 3);
    rig.dev.short_replies = 3;
    assert_int_equal(ask("Q1\r"), 5);
    assert_int_equal(rig.dev.lines, 6);
    rig.dev.short_replies = 1;
    assert_int_equal(ask("Q5\r"), 22);
    assert_int_equal(rig.reply[0], '(');
    for (int i = 1; i < 22; i++)
        assert_int_equal(rig.reply[i], 0);
}

/* Real capture (NUT issue 1978): counts of one too many, stale bytes behind. */
static void test_armac_old(void **state)
{
    static const uint8_t packets[][6] = {
        {0xa6, 0x28, 0x32, 0x34, 0x35, 0x2e}, {0x86, 0x33, 0x20, 0x30, 0x30, 0x30},
        {0xa6, 0x2e, 0x30, 0x20, 0x32, 0x32}, {0x86, 0x39, 0x2e, 0x36, 0x20, 0x30},
        {0xa6, 0x30, 0x30, 0x20, 0x34, 0x39}, {0x86, 0x2e, 0x39, 0x20, 0x32, 0x2e},
        {0xa6, 0x32, 0x35, 0x20, 0x35, 0x30}, {0x86, 0x2e, 0x30, 0x20, 0x30, 0x30},
        {0xa6, 0x30, 0x30, 0x30, 0x30, 0x30}, {0x83, 0x31, 0x0d, 0x30, 0x30, 0x30},
    };
    struct usbdev_packet script_packets[10] = {0};

    (void)state;
    usb_rig_open(&rig, "armac");
    for (size_t i = 0; i < 10; i++) {
        memcpy(script_packets[i].data, packets[i], 6);
        script_packets[i].len = 6;
    }
    use_script(script_packets, 10);
    assert_int_equal(ask("Q1\r"), 47);
    assert_string_equal((char *)rig.reply, "(245.3 000.0 229.6 000 49.9 2.25 50.0 00000001\r");
    for (int kind = 0; kind < 4; kind++) {
        rig.dev.line = usbline_megatec;
        rig.dev.count_head = kind & 1;
        rig.dev.seven = kind & 2;
        assert_line(ask("Q1\r"), Q1_LINE);
        assert_line(ask("I\r"), I_LINE);
    }
}

/* Real capture (NUT issue 2153): one packet, the last status bit a NUL, rubbish behind. */
static void test_armac_new(void **state)
{
    static const struct usbdev_packet packet[] = {
        {.data = {0xef, 0x28, 0x30, 0x30, 0x30, 0x2e, 0x30, 0x20, 0x30, 0x30, 0x30, 0x2e, 0x30,
                  0x20, 0x32, 0x33, 0x34, 0x2e, 0x30, 0x20, 0x30, 0x32, 0x32, 0x20, 0x30, 0x30,
                  0x2e, 0x30, 0x20, 0x31, 0x32, 0x2e, 0x33, 0x20, 0x32, 0x30, 0x2e, 0x38, 0x20,
                  0x31, 0x30, 0x30, 0x30, 0x31, 0x30, 0x30, 0x00, 0x0d, 0x75, 0xb5, 0x5b, 0xff,
                  0x5d, 0xfd, 0x1f, 0x6f, 0x3d, 0xdf, 0xdb, 0x67, 0xfb, 0xcf, 0x9f, 0xed},
         .len = 64}};
    static const struct usbdev_packet off[] = {{.data = {0xc1, 0x00}, .len = 64}};

    (void)state;
    usb_rig_open(&rig, "armac");
    rig.dev.variant = 1;
    usb_rig_attach(&rig);
    use_script(packet, 1);
    assert_int_equal(ask("Q1\r"), 47);
    assert_string_equal((char *)rig.reply, "(000.0 000.0 234.0 022 00.0 12.3 20.8 10001000\r");
    use_script(off, 1);
    assert_int_equal(ask("Q1\r"), 0); /* switched off */
    rig.dev.line = usbline_megatec;
    assert_line(ask("F\r"), F_LINE);
}

static void test_krauler(void **state)
{
    (void)state;
    usb_rig_open(&rig, "krauler");
    assert_int_equal(ask("Q1\r"), 47);
    assert_int_equal(rig.ins, 2); /* the language, then the string */
    rig.dev.naks = 9;
    assert_line(ask("Q1\r"), Q1_LINE);
    rig.dev.naks = 10;
    assert_int_equal(ask("Q1\r"), 0);
    rig.dev.naks = 10;
    assert_int_equal(command("T\r"), UPS_E_GARBLED);
    rig.dev.naks = 0;
    assert_int_equal(usb_rig_ask(&rig, "T\r", QX_EXPECT_ACK), 1);
    assert_int_equal(rig.reply[0], '\r');
    rig.dev.langid = 0x4095; /* LDLC, Dynamix */
    assert_int_equal(ask("Q1\r"), UPS_E_GARBLED);
    rig.u->langid_fixed = true;
    rig.u->langid = 0x4095;
    assert_line(ask("Q1\r"), Q1_LINE);
    assert_int_equal(rig.ins, 1);
}

/*
 * Real capture (NUT issue 674): string 3 of a DigiTECH 650VA as the vendor's program asks for it,
 * language 0x0409 and wLength 102.  The descriptor is 96 bytes of UTF-16.
 */
static size_t digitech(void *arg, const uint8_t *request, size_t len, uint8_t *reply, size_t size)
{
    static const char line[] = "(248.0 000.0 250.0 000 49.7 13.7 29.0 00001000\r";

    (void)arg;
    assert_int_equal(len, 3);
    assert_memory_equal(request, "Q1\r", 3);
    assert_true(size >= sizeof line);
    memcpy(reply, line, sizeof line - 1);
    return sizeof line - 1;
}

static void test_digitech_descriptor(void **state)
{
    static const char *const bridges[] = {"hunnox", "fabula"};
    uint8_t data[102];

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        usb_rig_open(&rig, bridges[i]);
        rig.dev.line = digitech;
        assert_line(ask("Q1\r"), "(248.0 000.0 250.0 000 49.7 13.7 29.0 00001000\r");
        const uint8_t setup[8] = {0x80, 0x06, 0x03, 0x03, 0x09, 0x04, 0x66, 0x00};
        assert_int_equal(usbdev_control(&rig.dev, setup, data, sizeof data), 0x60);
        assert_memory_equal(data, "\x60\x03\x28\x00\x32\x00\x34\x00\x38\x00\x2e\x00", 12);
        assert_memory_equal(data + 0x60 - 4, "\x30\x00\x0d\x00", 4);
        usb_rig_close(&rig);
    }
}

static void test_shutdown_indices(void **state)
{
    static const struct {
        const char *line;
        uint8_t index;
    } cases[] = {
        {"S.2R0000\r", 0x10}, {"S.5R0000\r", 0x10}, {"S.6R0000\r", 0x20}, {"S.7R0000\r", 0x30},
        {"S.8R0000\r", 0x40}, {"S.9R0000\r", 0x50}, {"S01R0000\r", 0x60}, {"S02R0000\r", 0x70},
        {"S09R0000\r", 0xe0}, {"S10R0000\r", 0xf0}, {"S.2\r", 0x18},      {"S.6R0003\r", 0x28},
        {"S01\r", 0x68},      {"S05R0001\r", 0xa8}, {"S10R9999\r", 0xf8}, {"S99R0001\r", 0xf8},
        {"C\r", 0x0a},        {"Q\r", 0x07},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        usb_rig_open(&rig, "fabula");
        assert_int_equal(command(cases[i].line), 0); /* "UPS No Ack", as always */
        assert_int_equal(rig.dev.index_count, 1);
        assert_int_equal(rig.dev.indices[0], cases[i].index);
        usb_rig_close(&rig);
    }
}

static void test_hunnox_order(void **state)
{
    static const uint8_t order[] = {0, 0, 1, 0x03, 0x0d, 0x03, 0x03, 0x0c, 0x03, 0x0d, 0x03};
    static const uint8_t quiet[] = {0, 0, 1, 0x03, 0x0d, 0x03, 0x03, 0x03, 0x0d, 0x03};

    (void)state;
    usb_rig_open(&rig, "hunnox");
    for (int i = 0; i < 5; i++)
        assert_line(ask("Q1\r"), Q1_LINE);
    assert_memory_equal(rig.dev.indices, order, sizeof order);
    assert_int_equal(rig.dev.dead, 0);
    assert_line(ask("BL\r"), "BL100\r");
    usb_rig_close(&rig);
    usb_rig_open(&rig, "hunnox");
    rig.u->port.novendor = true;
    for (int i = 0; i < 5; i++)
        assert_line(ask("Q1\r"), Q1_LINE);
    assert_memory_equal(rig.dev.indices, quiet, sizeof quiet);
}

static void test_langid_option(void **state)
{
    static const struct {
        const char *text;
        unsigned langid; /* 0: refused */
    } cases[] = {{"0x409", 0x409}, {"0409", 0x409}, {"0x4095", 0x4095}, {"4095", 0x4095},
                 {"", 0},          {"0x", 0},       {"-1", 0},          {" 9", 0},
                 {"0", 0},         {"10000", 0},    {"409x", 0}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint16_t langid = 0;
        assert_int_equal(qx_usb_langid(cases[i].text, &langid), cases[i].langid != 0);
        assert_int_equal(langid, cases[i].langid);
    }
}

static void test_rest(void **state)
{
    (void)state;
    usb_rig_open(&rig, "cypress");
    rig.u->rest_ms = 50;
    assert_line(ask("Q1\r"), Q1_LINE);
    assert_int_equal(rig.u->port.not_before_ms, rig.now_ms + 50);
}

/* The simulator's way to a dialect that lives in another process. */
static void test_relay(void **state)
{
    uint8_t reply[USBDEV_LINE], request[8];
    int fd[2];

    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fd), 0);
    assert_int_equal(write(fd[1], F_LINE, strlen(F_LINE)), strlen(F_LINE));
    assert_int_equal(usbrelay_line(&fd[0], (const uint8_t *)"F\r", 2, reply, sizeof reply),
                     strlen(F_LINE));
    assert_memory_equal(reply, F_LINE, strlen(F_LINE));
    assert_int_equal(read(fd[1], request, sizeof request), 2);
    assert_memory_equal(request, "F\r", 2);
    assert_int_equal(usbrelay_line(&fd[0], (const uint8_t *)"C\r", 2, reply, sizeof reply), 0);
    close(fd[0]);
    close(fd[1]);
}

#define CASE(f) cmocka_unit_test_teardown(f, close_rig)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_outs),
        CASE(test_drains),
        CASE(test_stall_while_draining),
        CASE(test_stall_that_stays),
        CASE(test_overflows),
        CASE(test_errors),
        CASE(test_unsupported),
        CASE(test_cypress_junk),
        CASE(test_cypress_binary),
        CASE(test_cypress_cut_off),
        CASE(test_endless),
        CASE(test_reply_ms),
        CASE(test_sgs),
        CASE(test_ippon_blocks),
        CASE(test_phoenixtec_silent),
        CASE(test_ablerex_retries),
        CASE(test_armac_old),
        CASE(test_armac_new),
        CASE(test_krauler),
        CASE(test_digitech_descriptor),
        CASE(test_shutdown_indices),
        CASE(test_hunnox_order),
        CASE(test_langid_option),
        CASE(test_rest),
        CASE(test_relay),
    };

    return cmocka_run_group_tests_name("qx_usb", tests, NULL, NULL);
}
