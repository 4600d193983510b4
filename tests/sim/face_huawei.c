/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Framing of the Huawei faces: Modbus RTU on a pty or (framing=rtu) in a TCP stream, Modbus TCP.
 * RTU frames are found by the length that their function code implies; what does not make a frame
 * with a good checksum by the time the line falls silent is garbage as a whole, as on a real line.
 */
#include <stdlib.h>
#include <string.h>

#include "face.h"
#include "huawei.h"

static uint16_t crc16(const uint8_t *data, size_t len)
{
    unsigned crc = 0xFFFF;

    for (size_t i = 0; i < len; i++) {
        crc ^= data[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc & 1 ? crc >> 1 ^ 0xA001U : crc >> 1;
    }
    return (uint16_t)crc;
}

static bool crc_good(const uint8_t *frame, size_t len)
{
    uint16_t crc = crc16(frame, len - 2);

    return frame[len - 2] == (crc & 0xFF) && frame[len - 1] == crc >> 8;
}

static struct huawei *first(struct conn *conn)
{
    return conn->bus->units[0].face_data;
}

static bool is_rtu(struct conn *conn)
{
    return conn->slave_fd >= 0 || first(conn)->framing == 1;
}

/* Applies the faults that change address, function or length; returns the new length.  `out` begins
 * with the address. */
static size_t spoil(struct huawei *h, uint8_t *out, size_t len)
{
    if (shot_take(&h->wrong_slave))
        out[0] = (uint8_t)h->wrong_slave.value;
    if (shot_take(&h->wrong_function))
        out[1] = (uint8_t)h->wrong_function.value;
    if (shot_take(&h->overlong)) {
        memset(out + len, 0x5A, (size_t)h->overlong.value);
        len += (size_t)h->overlong.value;
    }
    return len;
}

static size_t seal_rtu(uint8_t *frame, size_t len)
{
    uint16_t crc = crc16(frame, len);

    frame[len] = (uint8_t)crc;
    frame[len + 1] = (uint8_t)(crc >> 8);
    return len + 2;
}

/* --- RTU --- */

static void rtu_frame(struct conn *conn, size_t len)
{
    uint8_t out[400];
    struct unit *unit;
    struct huawei *h;
    bool bad;
    size_t n = huawei_request(conn->bus, conn->rx[0], conn->rx + 1, len - 3, out + 1, &unit, &bad);

    bus_log(conn->bus, conn->rx, len, bad);
    if (!unit)
        return;
    h = unit->face_data;
    h->garbage = 0;
    if (!n)
        return;
    out[0] = (uint8_t)h->slave;
    n = seal_rtu(out, spoil(h, out, n + 1));
    unit_reply(unit, conn, len, out, n, n / 2);
}

/* The length of the frame that begins in rx: 0 = more bytes needed, -1 = unknown function. */
static long rtu_length(const struct conn *conn)
{
    if (conn->rx_len < 2)
        return 0;
    if (conn->rx[1] >= 1 && conn->rx[1] <= 6)
        return 8;
    if (conn->rx[1] == 0x2B)
        return 7;
    if (conn->rx[1] == 0x0F || conn->rx[1] == 0x10)
        return conn->rx_len < 7 ? 0 : 9 + conn->rx[6];
    return -1;
}

static void consume(struct conn *conn, size_t len)
{
    memmove(conn->rx, conn->rx + len, conn->rx_len - len);
    conn->rx_len -= len;
}

static void rtu_input(struct conn *conn)
{
    for (;;) {
        long len = rtu_length(conn);

        if (len <= 0 || conn->rx_len < (size_t)len || !crc_good(conn->rx, (size_t)len))
            return;
        rtu_frame(conn, (size_t)len);
        consume(conn, (size_t)len);
    }
}

/* Garbage: logged, and it may lock the port up or be answered (G13 lists exception 03 for it). */
static void rtu_garbage(struct conn *conn)
{
    struct bus *bus = conn->bus;

    bus_log(bus, conn->rx, conn->rx_len, true);
    for (int i = 0; i < bus->unit_count; i++) {
        struct huawei *h = bus->units[i].face_data;
        uint8_t out[8] = {(uint8_t)h->slave, (uint8_t)(conn->rx[1] | 0x80), HUAWEI_BAD_DATA};

        h->garbage += conn->rx_len;
        if (h->lockup && h->garbage > 10)
            h->locked = true;
        if (!h->crc_exception || conn->rx_len < 4 || conn->rx[0] != h->slave)
            continue;
        unit_update(h->unit);
        if (!h->locked && !unit_deaf(h->unit))
            unit_reply(h->unit, conn, conn->rx_len, out, seal_rtu(out, 3), 2);
    }
}

static void rtu_idle(struct conn *conn)
{
    /* silence ends a frame of an unknown function, too */
    if (conn->rx_len >= 4 && crc_good(conn->rx, conn->rx_len))
        rtu_frame(conn, conn->rx_len);
    else
        rtu_garbage(conn);
    conn->rx_len = 0;
}

/* --- Modbus TCP --- */

static void tcp_frame(struct conn *conn, size_t len)
{
    uint8_t out[400];
    struct unit *unit;
    struct huawei *h;
    bool bad;
    size_t length;
    size_t n = huawei_request(conn->bus, conn->rx[6], conn->rx + 7, len - 7, out + 7, &unit, &bad);

    bus_log(conn->bus, conn->rx, len, bad);
    if (!unit || !n)
        return;
    h = unit->face_data;
    out[6] = (uint8_t)h->slave;
    length = spoil(h, out + 6, n + 1);
    n = length + 6;
    if (shot_take(&h->mbap_length))
        length = (size_t)h->mbap_length.value;
    memcpy(out, conn->rx, 4);
    if (shot_take(&h->wrong_tid))
        out[1] ^= 0x55;
    if (shot_take(&h->unit_zero))
        out[6] = 0;
    out[4] = (uint8_t)(length >> 8);
    out[5] = (uint8_t)length;
    /* no checksum here: damage the protocol identifier, which a client can notice */
    unit_reply(unit, conn, len, out, n, 2);
}

static void tcp_input(struct conn *conn)
{
    while (conn->rx_len >= 6) {
        size_t len = 6 + ((size_t)conn->rx[4] << 8 | conn->rx[5]);

        if (conn->rx[2] || conn->rx[3] || len < 8 || len > 260) {
            bus_log(conn->bus, conn->rx, conn->rx_len, true);
            conn->rx_len = 0;
            return;
        }
        if (conn->rx_len < len)
            return;
        tcp_frame(conn, len);
        consume(conn, len);
    }
}

static void input(struct conn *conn)
{
    if (is_rtu(conn))
        rtu_input(conn);
    else
        tcp_input(conn);
}

static void idle(struct conn *conn)
{
    if (is_rtu(conn))
        rtu_idle(conn);
    /* a TCP frame may come in pieces, however late */
}

/* --- units --- */

static void create(struct unit *unit, const struct huawei_map *map)
{
    struct huawei *h = buf_alloc(sizeof *h);

    h->map = map;
    h->unit = unit;
    h->slave = map->card ? 1 : unit->address;
    h->number = map->card ? unit->address : 1;
    h->fc16 = 1;
    h->exception_match = -1;
    h->test_days = 60;
    h->test_ratio = 20;
    parse_text(h->model, sizeof h->model, map->card ? "UPS2000" : "UPS2000G");
    parse_text(h->firmware, sizeof h->firmware, map->card ? "V100R001C01SPC120" : "V2R1C1SPC50");
    parse_text(h->protocol, sizeof h->protocol, "P1.0-D1.0");
    if (map->card)
        unit->model.cfg.rating_va = 10000.0;
    unit->face_data = h;
}

static void create_1_3k(struct unit *unit)
{
    create(unit, &huawei_map_1_3k);
}

static void create_6_20k(struct unit *unit)
{
    create(unit, &huawei_map_6_20k);
}

static void destroy(struct unit *unit)
{
    free(unit->face_data);
}

static void powercycle(struct unit *unit)
{
    struct huawei *h = unit->face_data;

    h->locked = false;
    h->garbage = 0;
    h->delay_return = h->delay_stay = 0;
    memset(h->forced_alarms, 0, sizeof h->forced_alarms);
}

#define COMMON_HELP                                                                                \
    "    model=TEXT firmware=TEXT interface=TEXT esn=TEXT  identity\n"                             \
    "    rating-va=N packs=N capacity=AH load=PERCENT battery=PERCENT temperature=C mains=VOLTS\n" \
    "    start=normal|battery|off|bypass|eco|not-ready|locked\n"                                   \
    "    fc16=obey|exception|silent        answer to function 10 (default exception)\n"            \
    "    strict-gaps=yes                   refuse reads that cross undefined cells\n"              \
    "    gaps=0|7fff|ffff|random           what undefined cells read\n"                            \
    "    framing=rtu|tcp                   RTU frames inside a TCP stream\n"                       \
    "    crc-exception=yes                 answer exception 03 to a bad checksum\n"                \
    "    lockup=yes                        more than 10 garbage bytes silence the port\n"          \
    "    board_backup=yes                  the port lives without mains and output\n"

const struct face face_huawei_1_3k = {
    .name = "huawei-ups2000",
    .help = COMMON_HELP
    "    slave=1..247 | slaves=1,2,3       one address, or several units on one bus\n"
    "    auto-start=yes bypass-rescue=yes test-shows-battery=yes\n"
    "    delay-readback=value|remaining|zero  what 1047 and 1049 read\n",
    .baud = 9600,
    .idle_ms = 50,
    .create = create_1_3k,
    .destroy = destroy,
    .option = huawei_option,
    .addresses = huawei_slaves,
    .ready = huawei_ready,
    .input = input,
    .idle = idle,
    .command = huawei_command,
    .get = huawei_get,
    .powercycle = powercycle,
};

const struct face face_huawei_6_20k = {
    .name = "huawei-ups2000-20k",
    .help = COMMON_HELP "    slave=1..247                      the card's address\n"
                        "    units=1..4                        UPSes behind the card\n"
                        "    phases-in=1|3 phases-out=1|3\n",
    .baud = 9600,
    .idle_ms = 50,
    .create = create_6_20k,
    .destroy = destroy,
    .option = huawei_option,
    .addresses = huawei_numbers,
    .ready = huawei_ready,
    .input = input,
    .idle = idle,
    .command = huawei_command,
    .get = huawei_get,
    .powercycle = powercycle,
};
