/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The Huawei UPS2000 behind Modbus: registers and identity over the shared model.
 * Sources: Huawei "UPS2000-(1 kVA-3 kVA) Modbus Protocol Development Guide" issue 02 (G13) and
 * "UPS2000-(6 kVA-20 kVA) Modbus Protocol Development Guide" issue 02 (G620).
 *
 * Register numbers in this file are base addresses (UPS number 0): collection and control
 * registers are base + 10000 * N, alarm registers base + 1024 * N on the wire.
 */
#ifndef UPSSIM_HUAWEI_H
#define UPSSIM_HUAWEI_H

#include "sim.h"

/* Exception codes of G13 chapter 2 (they differ from the Modbus standard). */
enum huawei_exception {
    HUAWEI_OK = 0,
    HUAWEI_BAD_FUNCTION = 1,
    HUAWEI_BAD_PARAMETER = 2,
    HUAWEI_BAD_DATA = 3,
    HUAWEI_FAILED = 4,
    HUAWEI_BUSY = 5
};

enum huawei_identity {
    HUAWEI_ID_NORMAL,
    HUAWEI_ID_TWO_DEVICES,
    HUAWEI_ID_NO_DEVICES,
    HUAWEI_ID_NO_LABEL4,
    HUAWEI_ID_NO_LABEL6,
    HUAWEI_ID_LENGTH_LONG,
    HUAWEI_ID_MORE
};

enum huawei_writes {
    HUAWEI_WRITES_NORMAL,
    HUAWEI_WRITES_IGNORE,
    HUAWEI_WRITES_LOST_ECHO,
    HUAWEI_WRITES_OTHER_VALUE
};

struct huawei_span {
    int first, last;
};

struct huawei_alarm {
    int reg, bit, id, cause;
};

/* What the 1-3 kVA and the 6-20 kVA devices differ in. */
struct huawei_map {
    bool card;                         /* 6-20 kVA behind the RMS-MODBUS01A card */
    const struct huawei_span *spans;   /* readable, {0, 0}-terminated */
    const struct huawei_span *defined; /* readable cells the guide defines, ditto */
    const struct huawei_alarm *alarms; /* {0, ...}-terminated */
    struct huawei_span alarm_words;
};

extern const struct huawei_map huawei_map_1_3k;
extern const struct huawei_map huawei_map_6_20k;

struct huawei_override {
    int base; /* 0 = free */
    struct shot shot;
};

struct huawei {
    const struct huawei_map *map;
    struct unit *unit;
    int slave;
    int number; /* N */
    char model[64], firmware[64], protocol[64], esn[64];
    bool esn_set;
    enum huawei_identity identity;
    /* options */
    int start;          /* index of start_words */
    int fc16;           /* 0 obey, 1 exception, 2 silent */
    int gaps;           /* 0 zero, 1 7FFF, 2 FFFF, 3 random */
    int framing;        /* 0 as the line says, 1 RTU even over TCP */
    int delay_readback; /* 0 value, 1 remaining, 2 zero */
    bool strict_gaps, lockup, crc_exception, test_shows_battery;
    bool packs_set, ah_set;
    /* state */
    bool locked;
    size_t garbage;                         /* bytes since the last good frame */
    int delay_return, delay_stay;           /* raw 1047 and 1049 as last written */
    int test_enable, test_days, test_ratio; /* 6-20 kVA: 2008-2010 */
    uint16_t forced_alarms[32];
    struct huawei_override overrides[64];
    /* faults */
    struct shot exception; /* value = code */
    int exception_match;   /* -1 any, -2 wide reads, < 256 function, else register on the wire */
    struct shot writes;    /* value = enum huawei_writes */
    struct shot wrong_slave, wrong_function, overlong;
    struct shot wrong_tid, unit_zero, mbap_length;
};

/* Splits a register on the wire into UPS number and base.  Alarm windows come first: those of N = 1
 * lie inside the numbers of N = 4. */
void huawei_split(const struct huawei_map *map, int wire, int *number, int *base);
/* True when all of [base, base + count) lies in one readable span. */
bool huawei_readable(const struct huawei_map *map, int base, int count);
bool huawei_defined(const struct huawei_map *map, int base);
/* Reads one cell of a readable span; overrides count down. */
uint16_t huawei_read(struct huawei *h, int base);
/* Writes one cell.  `*undefined` tells that the guide defines no such write. */
enum huawei_exception huawei_write(struct huawei *h, int base, int value, bool *undefined);
bool huawei_writable(const struct huawei *h, int base);
/* Forces a cell; false when all places are taken. */
bool huawei_override(struct huawei *h, int base, const struct shot *shot);
/* Finds an alarm by its ID and cause; NULL when the map has none. */
const struct huawei_alarm *huawei_find_alarm(const struct huawei_map *map, int id, int cause);

/* Reply to FC 2B / MEI 0E: `pdu` begins with the function code.  Returns the length put into `out`
 * (at most 250), or 0 with `*exception` set. */
size_t huawei_identify(struct huawei *h, const uint8_t *pdu, size_t len, uint8_t *out,
                       enum huawei_exception *exception, bool *undefined);

/* Answers one request PDU (function code first, no address, no checksum) for slave `slave`.
 * Returns the length of the reply PDU in `out` (at most 253), 0 for silence.  `*unit` is who
 * answers, NULL when the slave is not ours; `*bad` is set for requests the guide does not define.
 */
size_t huawei_request(struct bus *bus, int slave, const uint8_t *pdu, size_t len, uint8_t *out,
                      struct unit **unit, bool *bad);

/* Control commands and `get` (huawei_control.c), options of the command line (huawei_option.c). */
enum face_answer huawei_command(struct unit *unit, int argc, char *const *argv, struct buf *out);
enum face_answer huawei_get(struct unit *unit, int argc, char *const *argv, struct buf *out);
enum face_answer huawei_option(struct unit *unit, const char *key, const char *value,
                               struct buf *why);
bool huawei_ready(struct unit *unit, struct buf *why);
int huawei_slaves(char *const *options, int count, int addresses[32], struct buf *why);
int huawei_numbers(char *const *options, int count, int addresses[32], struct buf *why);

#endif
