/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Modbus masters over a link: RTU frames on a tty or on a TCP connection to a serial server, and
 * Modbus TCP.  libmodbus builds and checks the frames; the descriptor stays the link's.
 *
 * Rules that every request keeps (Huawei UPS2000 guides; Modbus over Serial Line V1.02, 2.5.1):
 * one request in flight, at least 20 ms after the last answer on RTU, stale input thrown away
 * before each request, a line that was in trouble first waited quiet for 100 ms.
 */
#ifndef LINK_MODBUS_H
#define LINK_MODBUS_H

#include "clock.h"
#include "driver.h"
#include "link.h"

enum mb_framing { MB_RTU, MB_TCP };

#define MB_READ_MAX 125 /* registers in one request (Modbus Application Protocol V1.1b3, 6.3) */
#define MB_PDU_MAX  253 /* bytes from the function code on (same, 4.1) */

enum {
    MB_GAP_MS = 20,        /* answer to next request, RTU */
    MB_QUIET_MS = 100,     /* silence that ends a trouble */
    MB_SETTLE_MS = 1000,   /* longest wait for that silence */
    MB_BYTE_MS = 500,      /* longest pause inside an answer */
    MB_RESPONSE_MS = 2000, /* default wait for an answer */
};

/* What a master needs besides its link.  Everything outlives the master. */
struct mb_params {
    enum mb_framing framing;
    uint8_t slave;                 /* 1 to 247 */
    int response_ms;               /* 0: MB_RESPONSE_MS */
    const struct ups_clock *clock; /* for gaps and ages, not for the waits themselves */
    struct drv_counters *count;
    const char *unit; /* for debug lines, may be NULL */
};

struct mb; /* one slave on one link */

/*
 * Makes a master.  Returns UPS_OK and *mb (free with mb_close), UPS_E_INVALID (slave number) or
 * UPS_E_SYSTEM (no memory; a descriptor that libmodbus' select() cannot hold) with a message.
 */
enum ups_error mb_open(struct link *link, const struct mb_params *params, struct mb **mb, char *why,
                       size_t why_size);

/* Frees the master; the link stays open.  NULL is fine. */
void mb_close(struct mb *mb);

/*
 * Reads `count` (1 to MB_READ_MAX) holding registers from protocol address `addr` (function 0x03).
 * Errors, with a message in mb_why():
 *   UPS_E_TIMEOUT       no or no whole answer (also gateway exceptions 0A and 0B)
 *   UPS_E_GARBLED       CRC, length, slave, function or transaction id wrong; exception 03, which
 *                       Huawei's devices also give for a request whose CRC they found wrong
 *   UPS_E_UNSUPPORTED   exception 01
 *   UPS_E_INVALID       exception 02
 *   UPS_E_REFUSED       exception 04
 *   UPS_E_BUSY          exceptions 05 and 06
 *   UPS_E_DISCONNECTED  the other end is gone
 * regs is written only on UPS_OK.
 */
enum ups_error mb_read(struct mb *mb, uint16_t addr, uint16_t count, uint16_t *regs);

/*
 * Writes one register with function 0x06 (never 0x10: not every unit answers that).  UPS_OK says
 * that the device received it, not that it did it.  Errors as above; exception 03 is
 * UPS_E_INVALID here, an echo with other content UPS_E_GARBLED.
 */
enum ups_error mb_write(struct mb *mb, uint16_t addr, uint16_t value);

/*
 * Asks for the device identification (function 0x2B, MEI type 0x0E): `code` as in the protocol
 * (01 basic, 03 extended), from `object` on.  One request, one answer; a device with more to say
 * sets "more follows" and wants another call.  On UPS_OK pdu[0..*len) is the answer from the
 * function code on, checked for CRC or MBAP header only; its content is the caller's business.
 */
enum ups_error mb_device_id(struct mb *mb, uint8_t code, uint8_t object, uint8_t pdu[MB_PDU_MAX],
                            size_t *len);

/* Message of the last error: one line, names request and expectation.  Never NULL. */
const char *mb_why(const struct mb *mb);

/* Exception code of the last answer, 0 if it was none. */
int mb_exception(const struct mb *mb);

/*
 * Was the last write answered by a whole frame that is not its echo?  RTU only: over Modbus TCP
 * libmodbus keeps the echo to itself.
 */
bool mb_other_echo(const struct mb *mb);

/* Earliest time for the next request on this wire (the clock's milliseconds); 0: at once. */
int64_t mb_not_before(const struct mb *mb);

/* Modbus CRC-16 (reflected polynomial 0xA001, start 0xFFFF); low byte goes first on the wire. */
uint16_t mb_crc(const uint8_t *bytes, size_t len);

#endif
