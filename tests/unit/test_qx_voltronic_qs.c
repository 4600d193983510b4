/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Voltronic's QS units: published captures and the examples of the published paper, byte for byte;
 * what must not count; which units are claimed; commands and what counts as success.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "qx_kinds.h"

#define QI "(099 02920 50.1 000.0 169 279 0 0000010000102000"
/* 0610 * 68, 7001 * 69, load 0C, 1312D0 / 61A8, D5 * 1E; flags 08: nothing but the type */
#define HEX_QS  "#\x06\x10 \x68 \x70\x01 \x69 \x0c \x61\xa8 \x28\x02\x12\xd0 \xd5 \x1e \x08"
#define SALICRU "(228.6 228.7 228.6 000 50.0 13.5 --.- 00001000"
#define LINE    "(230.0 230.0 230.0 025 50.0 13.5 25.0 00001001"

static unsigned times(const char *sent, const char *request)
{
    size_t len = strlen(request);
    unsigned n = 0;

    for (const char *at = sent; (at = strstr(at, request)); at += len)
        n += (at == sent || at[-1] == ' ') && (at[len] == ' ' || at[len] == '\0');
    return n;
}

static void expect(struct qx_rig *rig, const char *const *values)
{
    for (; *values; values++) {
        size_t len = strcspn(*values, "=");
        char name[64];

        snprintf(name, sizeof name, "%.*s", (int)len, *values);
        if (strcmp(qr_value(rig, name), *values + len + 1) != 0)
            printf("# %s, but is %s\n", *values, qr_value(rig, name));
        assert_string_equal(qr_value(rig, name), *values + len + 1);
    }
}

#define EXPECT(rig, ...) expect(rig, (const char *const[]){__VA_ARGS__, NULL})

/* -- replies in text -------------------------------------------------------------------------- */

/* Salicru SPS ONE 900 VA (saper-2/py-upshid-voltqs). */
static void test_salicru(void **state)
{
    struct qx_rig rig;
    (void)state;

    qr_init(&rig, NULL, RIG_ECHO);
    qr_answer(&rig, "M", "H");
    qr_answer(&rig, "QS", SALICRU);
    qr_answer(&rig, "F", "#230.0 003 12.00 50.0");
    qr_answer(&rig, "QI", QI);
    assert_true(qr_up(&rig));
    assert_string_equal(rig.x->dialect->name, "voltronic-qs");
    EXPECT(&rig, "input.voltage=228.6", "input.voltage.fault=228.7", "output.voltage=228.6",
           "ups.load=0.0", "output.frequency=50.0", "battery.voltage=13.50",
           "ups.temperature=", "ups.status=OL", "ups.type=offline / line interactive",
           "ups.beeper.status=disabled", "ups.firmware.aux=PM-H", "output.voltage.nominal=230",
           "output.current.nominal=3.0", "battery.voltage.nominal=12.0",
           "output.frequency.nominal=50", "battery.charge=99", "battery.runtime=2920",
           "input.frequency=50.1", "output.current=0.0", "input.transfer.low=169",
           "input.transfer.high=279", "ups.mfr=Voltronic Power");
    qr_fini(&rig);
}

/* Powershield PSDR800 (a comment in NUT), and the example of the paper. */
static void test_other_lines(void **state)
{
    struct qx_rig rig;
    (void)state;

    qr_init(&rig, NULL, RIG_ECHO);
    qr_answer(&rig, "M", "V");
    qr_answer(&rig, "QS", "(208.4 140.0 208.4 034 59.9 12.8 35.0 00110000");
    qr_answer(&rig, "QI", "(100 00979 50.0 000.3 177 290 0 0000010000112000");
    assert_true(qr_up(&rig));
    EXPECT(&rig, "input.voltage=208.4", "input.voltage.fault=140.0", "ups.load=34.0",
           "output.frequency=59.9", "battery.voltage=12.80", "ups.temperature=35.0",
           "ups.type=online", "ups.status=OL BYPASS", "ups.beeper.status=disabled",
           "battery.charge=100", "battery.runtime=979", "output.current=0.3",
           "input.transfer.low=177", "input.transfer.high=290");
    assert_true(ups_alarm_has(&rig.r.alarms, UPS_ALARM_GENERAL_FAULT));
    qr_fini(&rig);
}

/* V units don't know QI: it is asked for a while, then no more, and nothing else suffers. */
static void test_no_qi(void **state)
{
    struct qx_rig rig;
    (void)state;

    qr_init(&rig, NULL, RIG_ECHO);
    qr_answer(&rig, "M", "V");
    qr_answer(&rig, "QS", LINE);
    assert_true(qr_up(&rig));
    for (int i = 0; i < 3; i++)
        assert_int_equal(qr_poll(&rig, DRV_POLL_FULL), DRV_DONE);
    assert_int_equal(times(rig.sent, "QI"), 0);
    EXPECT(&rig, "input.frequency=", "battery.runtime=", "ups.status=OL", "output.voltage=230.0");
    qr_fini(&rig);
}

/* The voltages tell what b5 is; on battery it is nothing.  0 V is off from the first reading on. */
static void test_flags(void **state)
{
    static const struct {
        const char *line, *status;
    } rows[] = {
        {"(230.0 230.0 230.0 025 50.0 13.5 25.0 00101001", "OL BYPASS"},
        {"(200.0 200.0 230.0 025 50.0 13.5 25.0 00101001", "OL BOOST"},
        {"(260.0 260.0 230.0 025 50.0 13.5 25.0 00101001", "OL TRIM"},
        {"(000.0 000.0 230.0 025 50.0 12.5 25.0 10101001", "OB"},
        {"(000.0 000.0 230.0 025 50.0 11.0 25.0 11001001", "OB LB"},
        {"(230.0 230.0 230.0 025 50.0 13.5 25.0 00001101", "OL CAL"},
        {"(230.0 230.0 230.0 025 50.0 13.5 25.0 00001011", "OL FSD"},
        {"(230.0 230.0 000.0 000 00.0 13.5 25.0 00001001", "OFF OL"},
    };
    (void)state;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct qx_rig rig;

        qr_init(&rig, "voltronic-qs", RIG_ECHO);
        qr_answer(&rig, "M", "V");
        qr_answer(&rig, "QS", rows[i].line);
        assert_true(qr_up(&rig));
        assert_string_equal(qr_value(&rig, "ups.status"), rows[i].status);
        qr_fini(&rig);
    }
}

/* What came late is the answer to another question. */
static void test_late(void **state)
{
    static const char *const late[] = {"V", QI, "#230.0 003 12.00 50.0",
                                       "(000.0 000.0 000.0 000 00.0 00.0 00.0 00000000"};
    struct qx_rig rig;
    (void)state;

    qr_init(&rig, NULL, RIG_ECHO);
    qr_answer(&rig, "M", "H");
    qr_answer(&rig, "QS", LINE);
    assert_true(qr_up(&rig));
    for (size_t i = 0; i < sizeof late / sizeof *late; i++) {
        qr_answer(&rig, "QS", late[i]);
        assert_int_equal(qr_poll(&rig, DRV_POLL_FAST), UPS_E_GARBLED);
        assert_string_equal(qr_value(&rig, "input.voltage"), "230.0");
    }
    qr_fini(&rig);
}

/* -- binary replies --------------------------------------------------------------------------- */

#define BYTES(text) text, sizeof(text) - 1

/* The paper's examples: P on battery, with a stuffed 13; T on battery, with ratings. */
static void test_paper_p(void **state)
{
    static const char reply[] = "#\x06\x00 \x68 \x70\x01 \x69 \x0c \x61\xa8 \x28\x02\x12\xd0 \xd5 "
                                "\x1e \x89";
    struct qx_rig rig;
    (void)state;

    qr_init(&rig, NULL, RIG_NAK);
    qr_answer(&rig, "M", "P");
    qr_answer_bytes(&rig, "QS", BYTES(reply));
    assert_true(qr_up(&rig));
    assert_string_equal(rig.x->dialect->name, "voltronic-qs-hex");
    EXPECT(&rig, "input.voltage=12.2", "output.voltage=230.6", "ups.load=12.0",
           "output.frequency=50.0", "battery.voltage=12.53", "ups.status=OB",
           "ups.type=offline / line interactive", "ups.beeper.status=enabled",
           "ups.firmware.aux=PM-P", "battery.voltage.nominal=", "output.voltage.nominal=");
    assert_int_equal(times(rig.sent, "QS"), 1);
    assert_int_equal(rig.r.raw_len, 23);
    qr_fini(&rig);
}

static void test_paper_t(void **state)
{
    static const char reply[] = "#\x01\x02 \x65 \x73\x01 \x65 \x00 \x60\x00 \x12\xc0\x00 \xcc \x3c "
                                "\x89 \x23";
    struct qx_rig rig;
    (void)state;

    qr_init(&rig, NULL, RIG_NAK);
    qr_answer(&rig, "M", "T");
    qr_answer_bytes(&rig, "QS", BYTES(reply));
    assert_true(qr_up(&rig));
    EXPECT(&rig, "input.voltage=2.0", "output.voltage=227.8", "ups.load=0.0",
           "output.frequency=50.0", "battery.voltage=24.00", "ups.status=OB",
           "ups.firmware.aux=PM-T", "battery.voltage.nominal=24.0", "output.voltage.nominal=230",
           "output.frequency.nominal=50");
    qr_fini(&rig);
}

/* Ratings: frequency, blocks, voltage; what the paper does not list is unknown. */
static void test_ratings(void **state)
{
    static const struct {
        const char *byte, *hz, *battery, *volts;
    } rows[] = {
        {"\x80", "60", "12.0", "110"}, {"\x41", "50", "36.0", "120"},
        {"\xe2", "60", "48.0", "220"}, {"\x28\x04", "50", "24.0", "110"}, /* 20, stuffed */
        {"\x1c", "50", "12.0", "240"}, {"\x05", "50", "12.0", ""},
    };
    (void)state;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct qx_rig rig;
        char reply[64];

        snprintf(reply, sizeof reply, "%s %s", HEX_QS, rows[i].byte);
        qr_init(&rig, "voltronic-qs-hex", RIG_NAK);
        qr_answer(&rig, "M", "T");
        qr_answer(&rig, "QS", reply);
        assert_true(qr_up(&rig));
        assert_string_equal(qr_value(&rig, "output.frequency.nominal"), rows[i].hz);
        assert_string_equal(qr_value(&rig, "battery.voltage.nominal"), rows[i].battery);
        assert_string_equal(qr_value(&rig, "output.voltage.nominal"), rows[i].volts);
        qr_fini(&rig);
    }
}

/* A reply with this for one of its fields: 0 input, 1 its ratio, ... 9 flags. */
static size_t hex_with(char *out, unsigned field, const char *bytes, size_t len)
{
    static const char *const fields[] = {"\x06\x10", "\x68",     "\x70\x01",         "\x69",
                                         "\x0c",     "\x61\xa8", "\x28\x02\x12\xd0", "\xd5",
                                         "\x1e",     "\x08"};
    size_t n = 0;

    out[n++] = '#';
    for (unsigned i = 0; i < sizeof fields / sizeof *fields; i++) {
        size_t bytes_of = i == field ? len : strlen(fields[i]);

        if (i > 0)
            out[n++] = ' ';
        memcpy(out + n, i == field ? bytes : fields[i], bytes_of);
        n += bytes_of;
    }
    return n;
}

/* Status bytes that mean something on the line, and others: flags must be the byte's. */
static void test_stuffed_status(void **state)
{
    static const struct {
        const char *bytes;
        size_t len;
        const char *status, *type, *beeper;
    } rows[] = {
        {"\x28\x00", 2, "OL CAL", "offline / line interactive", "enabled"},  /* 0D */
        {"\x28\x03", 2, "OL FSD", "offline / line interactive", "disabled"}, /* 0A */
        {"\x28\x01", 2, "OL", "online", "enabled"},                          /* 11: failed */
        {"\x28\x02", 2, "OL FSD", "online", "enabled"},                      /* 13: failed */
        {"\x28\x04", 2, "OL BOOST", "online", "disabled"},                   /* 20 */
        {"\x00", 1, "OL", "online", "disabled"},
        {"\x28", 1, "OL BOOST", "offline / line interactive", "disabled"}, /* 28 is sent plain */
        {"\xc9", 1, "OB LB", "offline / line interactive", "enabled"},
    };
    (void)state;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct qx_rig rig;
        char reply[64], low[64];
        size_t len = hex_with(reply, 9, rows[i].bytes, rows[i].len);

        /* 186.2 V in: b5 is the boost then */
        memcpy(low, reply, len);
        low[1] = 0x5b;
        low[2] = 0x50;
        qr_init(&rig, NULL, RIG_NAK);
        qr_answer(&rig, "M", "P");
        qr_answer_bytes(&rig, "QS", low, len);
        assert_true(qr_up(&rig));
        EXPECT(&rig, "input.voltage=186.2");
        assert_string_equal(qr_value(&rig, "ups.status"), rows[i].status);
        assert_string_equal(qr_value(&rig, "ups.type"), rows[i].type);
        assert_string_equal(qr_value(&rig, "ups.beeper.status"), rows[i].beeper);
        assert_int_equal(ups_alarm_has(&rig.r.alarms, UPS_ALARM_GENERAL_FAULT), i == 2 || i == 3);
        qr_fini(&rig);
    }
}

/* 28 is never stuffed: a field's length says whether two bytes are a pair. */
static void test_literal_28(void **state)
{
    static const struct {
        unsigned field;
        const char *bytes;
        size_t len;
        const char *expect;
    } rows[] = {
        {0, "\x28\x03", 2, "input.voltage=81.6"},         /* 2803 * 68 */
        {0, "\x28\x28\x03", 3, "input.voltage=81.6"},     /* 280A */
        {0, "\x28\x03\x28\x04", 4, "input.voltage=20.6"}, /* 0A20 */
        {0, "\x28\xff", 2, "input.voltage=83.6"},         /* 28FF */
        {4, "\x28", 1, "ups.load=40.0"},
        {4, "\x28\x04", 2, "ups.load=32.0"},
        {4, "\x28\x00", 2, "ups.load=13.0"},
        {6, "\x28\x02\x12", 3, "output.frequency=99.9"}, /* 280212 / 61A8 = 104.9, capped */
        {5, "\x00\x00", 2, "output.frequency=0.0"},      /* no output: nothing to divide by */
        {7, "\x00", 1, "battery.voltage=0.00"},
    };
    (void)state;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct qx_rig rig;
        char reply[64];
        size_t len = hex_with(reply, rows[i].field, rows[i].bytes, rows[i].len);

        qr_init(&rig, "voltronic-qs-hex", RIG_NAK);
        qr_answer(&rig, "M", "P");
        qr_answer_bytes(&rig, "QS", reply, len);
        assert_true(qr_up(&rig));
        EXPECT(&rig, rows[i].expect);
        qr_fini(&rig);
    }
}

/* Anything but ten fields of their lengths (T: eleven) changes nothing. */
static void test_bad_binary(void **state)
{
    static const struct {
        const char *bytes;
        size_t len;
    } rows[] = {
        {BYTES("P")},
        {BYTES("N")},
        {BYTES("#")},
        {BYTES("#\x06\x10 \x68 \x70\x01 \x69 \x0c")},
        {BYTES(HEX_QS " ")},
        {BYTES(HEX_QS " \x23")}, /* T's, and this is P */
        {BYTES(HEX_QS " \x23 \x23")},
        {BYTES("("
               "\x06\x10 \x68 \x70\x01 \x69 \x0c \x61\xa8 \x12\x12\xd0 \xd5 \x1e \x08")},
        {BYTES("#\x06\x10\x11 \x68 \x70\x01 \x69 \x0c \x61\xa8 \x12\x12\xd0 \xd5 \x1e \x08")},
        {BYTES("#\x06 \x68 \x70\x01 \x69 \x0c \x61\xa8 \x12\x12\xd0 \xd5 \x1e \x08")},
        {BYTES("#\x06\x10  \x70\x01 \x69 \x0c \x61\xa8 \x12\x12\xd0 \xd5 \x1e \x08")},
        {BYTES(LINE)},
    };
    struct qx_rig rig;
    (void)state;

    qr_init(&rig, NULL, RIG_NAK);
    qr_answer(&rig, "M", "P");
    qr_answer(&rig, "QS", HEX_QS);
    assert_true(qr_up(&rig));
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        qr_answer_bytes(&rig, "QS", rows[i].bytes, rows[i].len);
        int rc = qr_poll(&rig, DRV_POLL_FAST);
        assert_true(rc == UPS_E_GARBLED || rc == UPS_E_REFUSED);
        assert_true(rig.d.why[0] != '\0');
        assert_string_equal(qr_value(&rig, "output.voltage"), "230.6");
    }
    /* a bridge that swallows the CR: whole all the same, and not if anything else is missing */
    qr_answer(&rig, "QS", HEX_QS)->bare = true;
    assert_int_equal(qr_poll(&rig, DRV_POLL_FAST), DRV_DONE);
    qr_answer_bytes(&rig, "QS", HEX_QS, sizeof HEX_QS - 2)->bare = true;
    assert_int_equal(qr_poll(&rig, DRV_POLL_FAST), UPS_E_GARBLED);
    qr_fini(&rig);
}

/* -- whose is it? ----------------------------------------------------------------------------- */

static void test_claim(void **state)
{
    static const struct {
        const char *qs, *letter, *by_itself, *text, *hex;
    } rows[] = {
        {LINE, "V", "voltronic-qs", "voltronic-qs", NULL},
        {LINE, "H", "voltronic-qs", "voltronic-qs", NULL},
        {LINE, "I", "mustek", "voltronic-qs", NULL},
        {LINE, "J", "mustek", "voltronic-qs", NULL},
        {LINE, "P", "mustek", NULL, NULL},
        {LINE, "VV", "mustek", NULL, NULL},
        {LINE, NULL, "mustek", NULL, NULL},
        {HEX_QS, "P", "voltronic-qs-hex", NULL, "voltronic-qs-hex"},
        {HEX_QS " \x23", "T", "voltronic-qs-hex", NULL, "voltronic-qs-hex"},
        {HEX_QS, "V", NULL, NULL, NULL},
        {HEX_QS, NULL, NULL, NULL, NULL},
    };
    (void)state;

    for (size_t i = 0; i < 3 * sizeof rows / sizeof *rows; i++)
        for (enum rig_unknown way = RIG_SILENCE; way <= RIG_PNAK; way++) {
            static const char *const protocols[] = {NULL, "voltronic-qs", "voltronic-qs-hex"};
            const char *is = i % 3 == 0   ? rows[i / 3].by_itself
                             : i % 3 == 1 ? rows[i / 3].text
                                          : rows[i / 3].hex;
            struct qx_rig rig;

            qr_init(&rig, protocols[i % 3], way);
            qr_answer(&rig, "QS", rows[i / 3].qs);
            qr_answer(&rig, "F", "#230.0 003 12.00 50.0");
            qr_answer(&rig, "M", rows[i / 3].letter);
            int64_t start = rig.now_ms;
            int rc = qr_open(&rig);
            assert_int_equal(rc == DRV_DONE, is != NULL);
            if (is)
                assert_string_equal(rig.x->dialect->name, is);
            if (i % 3 == 0)
                assert_true(rig.now_ms - start <= 6000);
            qr_fini(&rig);
        }
}

/* M goes only to what answers QS with a status, and not Q1. */
static void test_who_is_asked_for_m(void **state)
{
    (void)state;
    for (unsigned k = 0; k < KINDS; k++) {
        struct qx_rig rig;

        qr_kind(&rig, &kinds[k], NULL, RIG_ECHO);
        (void)qr_open(&rig);
        /* bestups asks M for something else, once it knows what is there */
        if (strcmp(kinds[k].name, "bestups") != 0)
            assert_int_equal(times(rig.sent, "M") > 0, strcmp(kinds[k].name, "mustek") == 0);
        qr_fini(&rig);
    }
}

/* -- commands --------------------------------------------------------------------------------- */

static void up(struct qx_rig *rig, const char *letter)
{
    bool hex = strchr("PT", *letter) != NULL;

    qr_init(rig, NULL, hex ? RIG_NAK : RIG_ECHO);
    qr_answer(rig, "M", letter);
    qr_answer(rig, "QS", !hex ? LINE : *letter == 'T' ? HEX_QS " \x23" : HEX_QS);
    assert_true(qr_up(rig));
}

/* The status line with these flags; `request`: from when that has come. */
static void flags(struct qx_rig *rig, const char *request, const char *b, bool off)
{
    char line[64];

    snprintf(line, sizeof line, "(230.0 230.0 %s 13.5 25.0 %s",
             off ? "000.0 000 00.0" : "230.0 025 50.0", b);
    if (request)
        qr_after(rig, request, NULL, "QS", line);
    else
        qr_answer(rig, "QS", line);
}

static void test_bytes(void **state)
{
    static const struct {
        enum ups_command command;
        int32_t off, on;
        const char *bytes, *flags;
        bool dark;
    } rows[] = {
        {UPS_COMMAND_LOAD_OFF, -1, -1, "S00R0000", "00001001", true},
        {UPS_COMMAND_SHUTDOWN_RETURN, -1, -1, "S.5R0003", "00001011", false},
        {UPS_COMMAND_SHUTDOWN_RETURN, 12, 60, "S.2R0001", "00001011", false},
        {UPS_COMMAND_SHUTDOWN_RETURN, 0, 0, "S.2R0001", "00001011", false},
        {UPS_COMMAND_SHUTDOWN_RETURN, 17, 61, "S.3R0002", "00001011", false},
        {UPS_COMMAND_SHUTDOWN_RETURN, 55, 599940, "S01R9999", "00001011", false},
        {UPS_COMMAND_SHUTDOWN_RETURN, 540, 180, "S09R0003", "00001011", false},
        {UPS_COMMAND_SHUTDOWN_STAYOFF, 30, -1, "S.5R0000", "00001011", false},
        {UPS_COMMAND_SHUTDOWN_STAYOFF, 120, -1, "S02R0000", "00001011", false},
        {UPS_COMMAND_TEST_BATTERY_START_QUICK, -1, -1, "T", "00001101", false},
        {UPS_COMMAND_BEEPER_TOGGLE, -1, -1, "Q", "00001000", false},
        {UPS_COMMAND_BEEPER_DISABLE, -1, -1, "Q", "00001000", false},
    };
    (void)state;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct qx_rig rig;

        up(&rig, "V");
        flags(&rig, rows[i].bytes, rows[i].flags, rows[i].dark);
        assert_int_equal(qr_command(&rig, rows[i].command, rows[i].off, rows[i].on), DRV_DONE);
        assert_int_equal(times(rig.sent, rows[i].bytes), 1);
        qr_fini(&rig);
    }
}

static void test_back(void **state)
{
    struct qx_rig rig;
    (void)state;

    up(&rig, "H");
    flags(&rig, NULL, "00001011", false);
    assert_int_equal(qr_poll(&rig, DRV_POLL_FAST), DRV_DONE);
    flags(&rig, "C", "00001001", false);
    assert_int_equal(qr_command(&rig, UPS_COMMAND_SHUTDOWN_STOP, -1, -1), DRV_DONE);
    assert_int_equal(times(rig.sent, "C"), 1);
    qr_fini(&rig);
    up(&rig, "H");
    flags(&rig, NULL, "00001000", true);
    assert_int_equal(qr_poll(&rig, DRV_POLL_FAST), DRV_DONE);
    flags(&rig, "C", "00001000", false);
    assert_int_equal(qr_command(&rig, UPS_COMMAND_LOAD_ON, -1, -1), DRV_DONE);
    assert_int_equal(times(rig.sent, "C"), 1);
    flags(&rig, "Q", "00001001", false);
    assert_int_equal(qr_command(&rig, UPS_COMMAND_BEEPER_ENABLE, -1, -1), DRV_DONE);
    qr_fini(&rig);
}

/* Nine minutes are the most; nobody offers what these units don't have. */
static void test_limits(void **state)
{
    struct qx_rig rig;
    (void)state;

    up(&rig, "V");
    assert_int_equal(rig.d.caps.off_most, 540);
    assert_int_equal(qr_command(&rig, UPS_COMMAND_SHUTDOWN_RETURN, 541, -1), UPS_E_INVALID);
    assert_string_equal(rig.sent, "");
    assert_int_equal(qr_command(&rig, UPS_COMMAND_TEST_BATTERY_START, -1, -1), UPS_E_UNSUPPORTED);
    assert_int_equal(qr_command(&rig, UPS_COMMAND_TEST_BATTERY_STOP, -1, -1), UPS_E_UNSUPPORTED);
    assert_int_equal(qr_command(&rig, UPS_COMMAND_TEST_BATTERY_START_DEEP, -1, -1),
                     UPS_E_UNSUPPORTED);
    qr_fini(&rig);
    qr_init(&rig, NULL, RIG_ECHO);
    qr_option(&rig, "offdelay", "5940");
    qr_option(&rig, "ondelay", "0");
    qr_answer(&rig, "M", "V");
    qr_answer(&rig, "QS", LINE);
    assert_true(qr_up(&rig));
    EXPECT(&rig, "ups.delay.shutdown=540", "ups.delay.start=60");
    qr_fini(&rig);
}

/* An echo, N and silence without an effect: none of them is a success. */
static void test_refused(void **state)
{
    struct qx_rig rig;
    (void)state;

    up(&rig, "V"); /* echoes */
    assert_int_equal(qr_command(&rig, UPS_COMMAND_TEST_BATTERY_START_QUICK, -1, -1), UPS_E_REFUSED);
    assert_int_equal(qr_command(&rig, UPS_COMMAND_SHUTDOWN_RETURN, -1, -1), UPS_E_REFUSED);
    qr_fini(&rig);
    up(&rig, "T");
    qr_answer(&rig, "T", "N");
    assert_int_equal(qr_command(&rig, UPS_COMMAND_TEST_BATTERY_START_QUICK, -1, -1), UPS_E_REFUSED);
    qr_fini(&rig);
    up(&rig, "P");
    qr_answer(&rig, "T", NULL); /* P's way to refuse what begins with T */
    assert_int_equal(qr_command(&rig, UPS_COMMAND_TEST_BATTERY_START_QUICK, -1, -1), UPS_E_TIMEOUT);
    assert_non_null(strstr(rig.d.why, "does not show a test"));
    qr_answer(&rig, "S.5R0003", NULL); /* without mains some do nothing: taken back */
    qr_answer(&rig, "C", NULL);
    assert_int_equal(qr_command(&rig, UPS_COMMAND_SHUTDOWN_RETURN, -1, -1), UPS_E_TIMEOUT);
    assert_int_equal(times(rig.sent, "C"), 1);
    qr_option(&rig, "ignoresab", "");
    assert_int_equal(qr_command(&rig, UPS_COMMAND_SHUTDOWN_RETURN, -1, -1), DRV_DONE);
    qr_fini(&rig);
}

/* Tests in line mode alone: nothing is sent else. */
static void test_line_mode(void **state)
{
    struct qx_rig rig;
    (void)state;

    up(&rig, "V");
    for (int dark = 0; dark < 2; dark++) {
        flags(&rig, NULL, dark ? "00001001" : "10001001", dark);
        assert_int_equal(qr_poll(&rig, DRV_POLL_FAST), DRV_DONE);
        assert_int_equal(qr_command(&rig, UPS_COMMAND_TEST_BATTERY_START_QUICK, -1, -1),
                         UPS_E_REFUSED);
        assert_int_equal(times(rig.sent, "T"), 0);
    }
    qr_fini(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_salicru),        cmocka_unit_test(test_other_lines),
        cmocka_unit_test(test_no_qi),          cmocka_unit_test(test_flags),
        cmocka_unit_test(test_late),           cmocka_unit_test(test_paper_p),
        cmocka_unit_test(test_paper_t),        cmocka_unit_test(test_ratings),
        cmocka_unit_test(test_stuffed_status), cmocka_unit_test(test_literal_28),
        cmocka_unit_test(test_bad_binary),     cmocka_unit_test(test_claim),
        cmocka_unit_test(test_bytes),          cmocka_unit_test(test_back),
        cmocka_unit_test(test_limits),         cmocka_unit_test(test_refused),
        cmocka_unit_test(test_line_mode),      cmocka_unit_test(test_who_is_asked_for_m),
    };

    return cmocka_run_group_tests_name("qx voltronic-qs", tests, NULL, NULL);
}
