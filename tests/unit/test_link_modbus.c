/* SPDX-License-Identifier: BSD-2-Clause */
/* Modbus masters over a socket pair: frames, error codes, gaps. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <unistd.h>

#include "link_modbus.h"
#include "transcript.h"

struct rig {
    struct transcript *t;
    struct link *link;
    struct mb *mb;
    struct drv_counters count;
};

static void init(struct rig *rig, enum link_port kind)
{
    char why[160];

    memset(rig, 0, sizeof *rig);
    rig->t = tr_new();
    rig->link = link_adopt(tr_fd(rig->t), kind, "test");
    struct mb_params p = {.framing = kind == LINK_PORT_TCP ? MB_TCP : MB_RTU,
                          .slave = 1,
                          .response_ms = 60,
                          .clock = &ups_clock_system,
                          .count = &rig->count};
    assert_int_equal(mb_open(rig->link, &p, &rig->mb, why, sizeof why), UPS_OK);
}

static void finish(struct rig *rig)
{
    mb_close(rig->mb);
    assert_true(fcntl(rig->link->fd, F_GETFD) >= 0); /* the descriptor is the link's */
    assert_true(tr_finish(rig->t));
    link_close(rig->link);
}

static void test_crc(void **state)
{
    (void)state;
    assert_int_equal(mb_crc((const uint8_t *)"123456789", 9), 0x4b37); /* the catalogue's check */
    assert_int_equal(mb_crc((const uint8_t *)"\x01\x03\x2a\xf8\x00\x01", 6), 0xe30d);
}

/* The two frames that G13 prints in chapter 3. */
static void test_frames_of_the_guide(void **state)
{
    struct rig rig;
    uint16_t reg = 0;

    (void)state;
    init(&rig, LINK_PORT_TTY);
    tr_expect(rig.t, "01 03 2A F8 00 01 0D E3", "01 03 02 08 9D 7E 2D");
    tr_expect(rig.t, "01 06 2B 15 00 01 50 2A", "01 06 2B 15 00 01 50 2A");
    tr_start(rig.t);
    assert_int_equal(mb_read(rig.mb, 11000, 1, &reg), UPS_OK);
    assert_int_equal(reg, 2205);
    int64_t first = ups_now(&ups_clock_system);
    assert_int_equal(mb_write(rig.mb, 11029, 1), UPS_OK);
    assert_true(ups_now(&ups_clock_system) - first >= MB_GAP_MS - 2);
    assert_int_equal(rig.count.transactions, 2);
    finish(&rig);
}

static void test_exceptions(void **state)
{
    static const struct {
        const char *answer;
        enum ups_error on_read;
        int exception;
    } cases[] = {
        {"01 83 01 80 F0", UPS_E_UNSUPPORTED, 1}, {"01 83 02 C0 F1", UPS_E_INVALID, 2},
        {"01 83 03 01 31", UPS_E_GARBLED, 3},     {"01 83 04 40 F3", UPS_E_REFUSED, 4},
        {"01 83 05 81 33", UPS_E_BUSY, 5},        {"01 83 06 C1 32", UPS_E_BUSY, 6},
        {"01 83 0B 00 F7", UPS_E_TIMEOUT, 11},
    };
    static const char unknown[] = "01 83 60 41 18";
    struct rig rig;
    uint16_t reg = 77;

    (void)state;
    init(&rig, LINK_PORT_TTY);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        tr_expect(rig.t, "01 03 2A F8 00 01 0D E3", cases[i].answer);
    tr_expect(rig.t, "01 03 2A F8 00 01 0D E3", unknown);
    tr_start(rig.t);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(mb_read(rig.mb, 11000, 1, &reg), cases[i].on_read);
        assert_int_equal(mb_exception(rig.mb), cases[i].exception);
        assert_int_equal(rig.link->trouble_ms, 0); /* a whole frame came: the line is quiet */
        assert_non_null(strstr(mb_why(rig.mb), "11000"));
    }
    /* a number that no standard knows is a garbled answer, not a lost device */
    assert_int_equal(mb_read(rig.mb, 11000, 1, &reg), UPS_E_GARBLED);
    assert_int_equal(reg, 77);
    finish(&rig);
}

static void test_writes(void **state)
{
    struct rig rig;

    (void)state;
    init(&rig, LINK_PORT_TTY);
    tr_expect(rig.t, "01 06 2B 24 00 01 01 E5", "01 06 2B 24 00 00 C0 25"); /* other value */
    tr_expect(rig.t, "01 06 2B 24 00 01 01 E5", "01 86 03 02 61");
    tr_expect(rig.t, "01 06 2B 24 00 01 01 E5", "01 86 04 43 A3");
    tr_expect(rig.t, "01 06 2B 24 00 01 01 E5", NULL);
    tr_start(rig.t);
    assert_int_equal(mb_write(rig.mb, 11044, 1), UPS_E_GARBLED);
    assert_int_equal(mb_write(rig.mb, 11044, 1), UPS_E_INVALID);
    assert_int_equal(mb_write(rig.mb, 11044, 1), UPS_E_REFUSED);
    assert_int_equal(mb_write(rig.mb, 11044, 1), UPS_E_TIMEOUT);
    assert_int_equal(rig.count.garbled, 1);
    assert_int_equal(rig.count.refused, 2);
    assert_int_equal(rig.count.timeouts, 1);
    finish(&rig);
}

static void test_write_over_tcp(void **state)
{
    struct rig rig;

    (void)state;
    init(&rig, LINK_PORT_TCP);
    tr_expect(rig.t, "?? ?? 00 00 00 06 01 06 2B 24 00 01", "?? ?? 00 00 00 06 01 06 2B 24 00 01");
    tr_start(rig.t);
    assert_int_equal(mb_write(rig.mb, 11044, 1), UPS_OK);
    finish(&rig);
}

#define ID_ASK "01 2B 0E 01 00 70 77"
#define ID     "01 2B 0E 01 01 00 00 01 00 06 48 55 41 57 45 49 DA 6D"

static void test_identification(void **state)
{
    struct rig rig;
    uint8_t pdu[MB_PDU_MAX];
    size_t len = 0;

    (void)state;
    init(&rig, LINK_PORT_TTY);
    tr_expect(rig.t, ID_ASK, ID);
    tr_expect(rig.t, ID_ASK, ID);
    tr_pieces(rig.t, 1, 3);
    tr_expect(rig.t, ID_ASK, "01 AB 02 DE F1");
    tr_expect(rig.t, ID_ASK, "01 AB 00 02 F1 F9"); /* the code two bytes wide, as G13 draws it */
    tr_expect(rig.t, ID_ASK, "01 2B 0E 01 01 00 00 01 00 06 48 55 41 57 45 49 DA 6C");
    tr_expect(rig.t, ID_ASK, "01 2B 0E 01 01 00 00 01 00 06 48 55");
    tr_start(rig.t);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(mb_device_id(rig.mb, 1, 0, pdu, &len), UPS_OK);
        assert_int_equal(len, 15);
        assert_memory_equal(pdu + 9, "HUAWEI", 6);
    }
    assert_int_equal(mb_device_id(rig.mb, 1, 0, pdu, &len), UPS_E_INVALID);
    assert_int_equal(mb_exception(rig.mb), 2);
    assert_int_equal(mb_device_id(rig.mb, 1, 0, pdu, &len), UPS_E_INVALID);
    assert_int_equal(mb_device_id(rig.mb, 1, 0, pdu, &len), UPS_E_GARBLED);
    assert_int_equal(mb_device_id(rig.mb, 1, 0, pdu, &len), UPS_E_TIMEOUT);
    finish(&rig);
}

static void test_identification_over_tcp(void **state)
{
    static const char *const bad[] = {
        "00 01 00 00 00 10 01 2B 0E 01 01 00 00 01 00 06 48 55 41 57 45 49", /* transaction */
        "00 00 00 01 00 10 01 2B 0E 01 01 00 00 01 00 06 48 55 41 57 45 49", /* protocol */
        "00 00 00 00 01 2C 01 2B 0E 01 01 00 00 01 00 06 48 55 41 57 45 49", /* length 300 */
        "00 00 00 00 00 0F 01 2B 0E 01 01 00 00 01 00 06 48 55 41 57 45 49", /* too short */
    };
    struct rig rig;
    uint8_t pdu[MB_PDU_MAX];
    size_t len;

    (void)state;
    init(&rig, LINK_PORT_TCP);
    for (size_t i = 0; i < 4; i++)
        tr_expect(rig.t, "00 00 00 00 00 05 01 2B 0E 01 00", bad[i]);
    tr_expect(rig.t, "00 00 00 00 00 05 01 2B 0E 01 00",
              "00 00 00 00 00 10 01 2B 0E 01 01 00 00 01 00 06 48 55 41 57 45 49");
    tr_expect(rig.t, "00 00 00 00 00 05 01 2B 0E 01 00", "00 00 00 00 00 03 01 AB 01");
    tr_start(rig.t);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(mb_device_id(rig.mb, 1, 0, pdu, &len), UPS_E_GARBLED);
    assert_int_equal(mb_device_id(rig.mb, 1, 0, pdu, &len), UPS_OK);
    assert_int_equal(len, 15);
    assert_int_equal(mb_device_id(rig.mb, 1, 0, pdu, &len), UPS_E_UNSUPPORTED);
    finish(&rig);
}

static void test_bad_parameters(void **state)
{
    struct rig rig;
    struct mb *mb = NULL;
    uint16_t regs[1];
    char why[160];
    struct mb_params p = {.framing = MB_RTU, .clock = &ups_clock_system, .count = &rig.count};

    (void)state;
    init(&rig, LINK_PORT_TTY);
    tr_start(rig.t);
    p.slave = 0;
    assert_int_equal(mb_open(rig.link, &p, &mb, why, sizeof why), UPS_E_INVALID);
    p.slave = 248;
    assert_int_equal(mb_open(rig.link, &p, &mb, why, sizeof why), UPS_E_INVALID);
    assert_int_equal(mb_read(rig.mb, 0, 0, regs), UPS_E_INVALID);
    assert_int_equal(mb_read(rig.mb, 0, 126, regs), UPS_E_INVALID);
    finish(&rig);
}

/* select() writes past its set for such descriptors: they must never get that far. */
static void test_high_descriptor(void **state)
{
    struct rlimit limit;
    struct drv_counters count;
    struct mb *mb = NULL;
    char why[160] = "";
    struct mb_params p = {
        .framing = MB_RTU, .slave = 1, .clock = &ups_clock_system, .count = &count};

    (void)state;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    if (limit.rlim_cur <= FD_SETSIZE && limit.rlim_max > FD_SETSIZE) {
        limit.rlim_cur = limit.rlim_max < 4096 ? limit.rlim_max : 4096;
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
    }
    if (limit.rlim_cur <= FD_SETSIZE)
        skip();
    int fd = open("/dev/null", O_RDWR | O_CLOEXEC);
    int high = fcntl(fd, F_DUPFD_CLOEXEC, FD_SETSIZE);
    close(fd);
    assert_true(high >= FD_SETSIZE);
    struct link *link = link_adopt(high, LINK_PORT_TTY, "high");
    assert_int_equal(mb_open(link, &p, &mb, why, sizeof why), UPS_E_SYSTEM);
    assert_non_null(strstr(why, "1023"));
    link_close(link);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_crc),
        cmocka_unit_test(test_frames_of_the_guide),
        cmocka_unit_test(test_exceptions),
        cmocka_unit_test(test_writes),
        cmocka_unit_test(test_write_over_tcp),
        cmocka_unit_test(test_identification),
        cmocka_unit_test(test_identification_over_tcp),
        cmocka_unit_test(test_bad_parameters),
        cmocka_unit_test(test_high_descriptor),
    };

    signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests_name("modbus", tests, NULL, NULL);
}
