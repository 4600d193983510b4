/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Modbus masters: libmodbus over a link's descriptor, the pauses between frames, and the device
 * identification, whose answer libmodbus cannot take.
 */
#include "link_modbus.h"

#include <errno.h>
#include <modbus.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/select.h>
#include <unistd.h>

#define MB_MBAP  7   /* bytes of the Modbus TCP header, the unit identifier included */
#define MB_FRAME 260 /* the longest frame of both kinds */

struct mb {
    struct link *link;
    struct mb_params p;
    modbus_t *ctx;
    bool doubt; /* a request timed out: its answer may still come and look like the next one's */
    int exception;
    bool other_echo;
    char why[200];
};

uint16_t mb_crc(const uint8_t *bytes, size_t len)
{
    uint16_t crc = 0xffff;

    for (size_t i = 0; i < len; i++) {
        crc ^= bytes[i];
        for (int bit = 0; bit < 8; bit++)
            crc = (uint16_t)(crc & 1 ? crc >> 1 ^ 0xa001 : crc >> 1);
    }
    return crc;
}

const char *mb_why(const struct mb *mb)
{
    return mb->why;
}

int mb_exception(const struct mb *mb)
{
    return mb->exception;
}

bool mb_other_echo(const struct mb *mb)
{
    return mb->other_echo;
}

int64_t mb_not_before(const struct mb *mb)
{
    return mb->link->rest_until_ms;
}

/* -- opening -------------------------------------------------------------------------------- */

enum ups_error mb_open(struct link *link, const struct mb_params *params, struct mb **out,
                       char *why, size_t why_size)
{
    if (params->slave < 1 || params->slave > 247) {
        snprintf(why, why_size, "%s: slave %u is not in 1 to 247", link->name, params->slave);
        return UPS_E_INVALID;
    }
    if (link->fd >= FD_SETSIZE) { /* FD_SET() beyond that writes past its array */
        snprintf(why, why_size, "%s: descriptor %d is above %d, which libmodbus cannot wait for",
                 link->name, link->fd, FD_SETSIZE - 1);
        return UPS_E_SYSTEM;
    }
    struct mb *mb = calloc(1, sizeof *mb);
    if (mb) {
        mb->link = link;
        mb->p = *params;
        if (!mb->p.response_ms)
            mb->p.response_ms = MB_RESPONSE_MS;
        /* Names and speeds are for libmodbus' own connect only, which is never called. */
        mb->ctx = params->framing == MB_TCP ? modbus_new_tcp("127.0.0.1", MODBUS_TCP_DEFAULT_PORT)
                                            : modbus_new_rtu("/dev/null", 9600, 'N', 8, 1);
    }
    if (!mb || !mb->ctx) {
        free(mb);
        snprintf(why, why_size, "%s: out of memory", link->name);
        return UPS_E_SYSTEM;
    }
    modbus_set_socket(mb->ctx, link->fd);
    modbus_set_slave(mb->ctx, params->slave);
    modbus_set_response_timeout(mb->ctx, (uint32_t)mb->p.response_ms / 1000,
                                (uint32_t)mb->p.response_ms % 1000 * 1000);
    modbus_set_byte_timeout(mb->ctx, 0, MB_BYTE_MS * 1000);
    *out = mb;
    return UPS_OK;
}

void mb_close(struct mb *mb)
{
    if (!mb)
        return;
    modbus_free(mb->ctx);
    free(mb);
}

/* -- around a request ----------------------------------------------------------------------- */

/* Gets the wire ready: gap kept, trouble over, nothing stale in the queue. */
static enum ups_error mb_before(struct mb *mb)
{
    struct link *link = mb->link;
    int64_t now = ups_now(mb->p.clock), gap = link->rest_until_ms - now;
    int dropped;

    if (gap > 0 && gap <= MB_GAP_MS)
        (void)poll(NULL, 0, (int)gap);
    dropped = link_drain(link);
    /*
     * Input that came since the trouble says nothing about when.  No input, and the trouble long
     * enough ago, is a quiet line without waiting once more.
     */
    if (dropped >= 0 && link->trouble_ms && (dropped > 0 || now - link->trouble_ms < MB_QUIET_MS))
        dropped = link_settle(link, MB_QUIET_MS, MB_SETTLE_MS);
    if (dropped < 0) {
        snprintf(mb->why, sizeof mb->why, "%s: %s", link->name,
                 dropped == UPS_E_GARBLED ? "the line never rests: bytes that nobody asked for"
                                          : "the other end has hung up");
        return (enum ups_error)dropped;
    }
    link->trouble_ms = 0;
    mb->exception = 0;
    mb->other_echo = false;
    mb->p.count->transactions++;
    return UPS_OK;
}

/* Keeps the books after a request: counters, gap, trouble. */
static enum ups_error mb_after(struct mb *mb, enum ups_error err, bool clean)
{
    struct link *link = mb->link;
    int64_t now = ups_now(mb->p.clock);

    link->rest_until_ms = mb->p.framing == MB_RTU ? now + MB_GAP_MS : 0;
    if (err != UPS_E_TIMEOUT && err != UPS_E_DISCONNECTED)
        link->heard_ms = now;
    if (!clean)
        link->trouble_ms = now;
    if (err == UPS_E_TIMEOUT) {
        mb->p.count->timeouts++;
        mb->doubt = true;
    } else if (err == UPS_E_GARBLED) {
        mb->p.count->garbled++;
    } else if (err != UPS_OK && err != UPS_E_DISCONNECTED) {
        mb->p.count->refused++;
    }
    return err;
}

/* What libmodbus' errno means.  *clean: a whole, well-formed frame came. */
static enum ups_error mb_errno(int error, bool write, bool *clean)
{
    *clean = false;
    switch (error) {
    case ETIMEDOUT:
    case EAGAIN:
    case EINTR: return UPS_E_TIMEOUT;
    case EMBBADCRC:
    case EMBBADDATA:
    case EMBBADEXC:
    case EMBUNKEXC:
    case EMBMDATA:
    case EMBBADSLAVE:
    case EINVAL: return UPS_E_GARBLED;
    }
    *clean = error >= EMBXILFUN && error <= EMBXGTAR;
    switch (error) {
    case EMBXILFUN: return UPS_E_UNSUPPORTED;
    case EMBXILADD: return UPS_E_INVALID;
    case EMBXILVAL: return write ? UPS_E_INVALID : UPS_E_GARBLED;
    case EMBXSFAIL: return UPS_E_REFUSED;
    case EMBXACK:
    case EMBXSBUSY: return UPS_E_BUSY;
    case EMBXGPATH:
    case EMBXGTAR: return UPS_E_TIMEOUT;
    case EMBXNACK:
    case EMBXMEMPAR: return UPS_E_REFUSED;
    default: return UPS_E_DISCONNECTED;
    }
}

/* Explains a failed request. */
static void mb_explain(struct mb *mb, const char *what, unsigned addr, unsigned count, int error)
{
    if (error > MODBUS_ENOBASE && error <= EMBXGTAR)
        mb->exception = error - MODBUS_ENOBASE;
    if (error == ETIMEDOUT || error == EAGAIN || error == EINTR)
        snprintf(mb->why, sizeof mb->why, "%s %u x%u: no complete answer within %d ms", what, addr,
                 count, mb->p.response_ms);
    else
        snprintf(mb->why, sizeof mb->why, "%s %u x%u: %s", what, addr, count,
                 modbus_strerror(error));
}

/*
 * Did the answer come faster than the request can have left the port?  Then it is an older
 * request's.  Asked only after a timeout, and once.
 */
static bool mb_premature(struct mb *mb, int64_t sent_ms, unsigned request_bytes)
{
    unsigned wire_ms = request_bytes * mb->link->char_us / 1000;
    bool early = mb->doubt && ups_now(mb->p.clock) - sent_ms < (int64_t)wire_ms;

    mb->doubt = false;
    if (early)
        snprintf(mb->why, sizeof mb->why,
                 "an answer within less than the request's %u ms on the wire: a late one, dropped",
                 wire_ms);
    return early;
}

/* A Modbus TCP answer with more bytes behind it than it announced. */
static bool mb_surplus(struct mb *mb)
{
    int waiting = 0;

    if (mb->p.framing != MB_TCP || ioctl(mb->link->fd, FIONREAD, &waiting) || waiting <= 0)
        return false;
    snprintf(mb->why, sizeof mb->why, "%d bytes behind the end of the answer", waiting);
    return true;
}

/* Debug: a frame from slave number to the last byte before the check sum. */
static void mb_trace(struct mb *mb, char direction, uint8_t function, const uint8_t *head,
                     size_t head_len, const uint16_t *words, unsigned count)
{
    uint8_t frame[MB_FRAME] = {mb->p.slave, function};
    size_t n = 2;

    if (!log_debugging("modbus"))
        return;
    if (head_len > 0)
        memcpy(frame + n, head, head_len);
    n += head_len;
    for (unsigned i = 0; i < count; i++) {
        frame[n++] = (uint8_t)(words[i] >> 8);
        frame[n++] = (uint8_t)words[i];
    }
    log_frame("modbus", mb->p.unit, direction, frame, n);
}

/* -- registers ------------------------------------------------------------------------------ */

/*
 * Sleeps while request and answer are on a serial line: the answer cannot be complete earlier, and
 * to be woken for each of its bytes costs many times what the transaction itself does.  Not after
 * a time-out, when an answer that comes too early is what has to be seen.
 */
static void mb_await(const struct mb *mb, unsigned bytes)
{
    int ms = (int)((uint64_t)bytes * mb->link->char_us / 1000);

    if (ms > 0 && !mb->doubt)
        poll(NULL, 0, ms);
}

/* An exception's number as libmodbus counts errors; EMBBADEXC for one that no standard knows. */
static int mb_exception_errno(uint8_t code)
{
    int error = MODBUS_ENOBASE + code;

    return error >= EMBXILFUN && error <= EMBXGTAR ? error : EMBBADEXC;
}

/* RTU: by raw frames too, to sleep between the request and its answer. */
static int mb_read_rtu(struct mb *mb, uint16_t addr, uint16_t count, uint16_t *in)
{
    const uint8_t ask[6] = {mb->p.slave,           0x03,
                            (uint8_t)(addr >> 8),  (uint8_t)addr,
                            (uint8_t)(count >> 8), (uint8_t)count};
    uint8_t answer[MODBUS_RTU_MAX_ADU_LENGTH];
    int n;

    if (modbus_send_raw_request(mb->ctx, ask, sizeof ask) < 0)
        return -1;
    mb_await(mb, 8u + 5u + 2u * count);
    n = modbus_receive_confirmation(mb->ctx, answer);
    if (n < 0)
        return -1;
    if (n == 5 && answer[0] == ask[0] && answer[1] == 0x83) {
        errno = mb_exception_errno(answer[2]);
        return -1;
    }
    /* libmodbus says 0 for a frame of another slave */
    if (n != 5 + 2 * count || answer[0] != ask[0] || answer[1] != 0x03 || answer[2] != 2 * count) {
        errno = n == 0 ? EMBBADSLAVE : EMBBADDATA;
        return -1;
    }
    for (unsigned i = 0; i < count; i++)
        in[i] = (uint16_t)(answer[3 + 2 * i] << 8 | answer[4 + 2 * i]);
    return count;
}

enum ups_error mb_read(struct mb *mb, uint16_t addr, uint16_t count, uint16_t *regs)
{
    uint16_t in[MB_READ_MAX];
    const uint16_t ask[2] = {addr, count};
    bool clean = true;

    if (count < 1 || count > MB_READ_MAX) {
        snprintf(mb->why, sizeof mb->why, "read %u x%u: 1 to %d registers", addr, count,
                 MB_READ_MAX);
        return UPS_E_INVALID;
    }
    enum ups_error err = mb_before(mb);
    if (err)
        return err;
    mb_trace(mb, '>', 0x03, NULL, 0, ask, 2);
    int64_t sent = ups_now(mb->p.clock);
    int n = mb->p.framing == MB_RTU ? mb_read_rtu(mb, addr, count, in)
                                    : modbus_read_registers(mb->ctx, addr, count, in);
    if (n < 0) {
        int error = errno;
        err = mb_errno(error, false, &clean);
        mb_explain(mb, "read", addr, count, error);
        return mb_after(mb, err, clean);
    }
    if (n != count || mb_premature(mb, sent, 8) || mb_surplus(mb))
        return mb_after(mb, UPS_E_GARBLED, false);
    mb_trace(mb, '<', 0x03, (const uint8_t[]){(uint8_t)(2 * count)}, 1, in, count);
    memcpy(regs, in, count * sizeof *in);
    return mb_after(mb, UPS_OK, true);
}

/* RTU: by raw frames, because libmodbus does not compare the echo with the request. */
static int mb_write_rtu(struct mb *mb, uint16_t addr, uint16_t value)
{
    const uint8_t ask[6] = {mb->p.slave,           0x06,
                            (uint8_t)(addr >> 8),  (uint8_t)addr,
                            (uint8_t)(value >> 8), (uint8_t)value};
    uint8_t answer[MODBUS_RTU_MAX_ADU_LENGTH];
    int n;

    if (modbus_send_raw_request(mb->ctx, ask, sizeof ask) < 0)
        return -1;
    mb_await(mb, 8u + 8u);
    n = modbus_receive_confirmation(mb->ctx, answer);
    if (n < 0)
        return -1;
    if (n == 5 && answer[0] == ask[0] && answer[1] == 0x86) {
        errno = mb_exception_errno(answer[2]);
        return -1;
    }
    if (n != 8 || memcmp(answer, ask, sizeof ask) != 0) {
        mb->other_echo = n == 8;
        errno = EMBBADDATA;
        return -1;
    }
    return 1;
}

enum ups_error mb_write(struct mb *mb, uint16_t addr, uint16_t value)
{
    const uint16_t ask[2] = {addr, value};
    enum ups_error err = mb_before(mb);
    bool clean = true;

    if (err)
        return err;
    mb_trace(mb, '>', 0x06, NULL, 0, ask, 2);
    int64_t sent = ups_now(mb->p.clock);
    int n = mb->p.framing == MB_RTU ? mb_write_rtu(mb, addr, value)
                                    : modbus_write_register(mb->ctx, addr, value);
    if (n < 0) {
        int error = errno;
        err = mb_errno(error, true, &clean);
        mb_explain(mb, "write", addr, value, error);
        return mb_after(mb, err, clean);
    }
    if (mb_premature(mb, sent, 8))
        return mb_after(mb, UPS_E_GARBLED, false);
    mb_trace(mb, '<', 0x06, NULL, 0, ask, 2);
    return mb_after(mb, UPS_OK, true);
}

/* -- device identification ------------------------------------------------------------------ */

/*
 * Length of the identification answer whose first n bytes, from the function code on, are here:
 * 0 while that can't be told yet, -1 if it cannot be one.
 */
static int mb_id_length(const uint8_t *pdu, size_t n)
{
    size_t at = 7;

    if (n < 1)
        return 0;
    if (pdu[0] == 0xab)
        return 2;
    if (pdu[0] != 0x2b || (n > 1 && pdu[1] != 0x0e))
        return -1;
    /* Conformity 1 to 3: an adapter's echo of the request has the object there. */
    if (n > 3 && ((pdu[3] & 0x7f) < 1 || (pdu[3] & 0x7f) > 3))
        return -1;
    if (n < at)
        return 0;
    for (unsigned left = pdu[6]; left > 0; left--) {
        if (n < at + 2)
            return 0;
        at += 2u + pdu[at + 1];
        if (at > MB_PDU_MAX)
            return -1;
    }
    return (int)at;
}

/* Is the RTU frame whole and its CRC right?  1 yes, 0 more to come, -1 wrong for good. */
static int mb_id_rtu(struct mb *mb, const uint8_t *frame, size_t n, size_t *pdu_len)
{
    int len = n > 1 ? mb_id_length(frame + 1, n - 1) : 0;

    if (n > 0 && frame[0] != mb->p.slave)
        return -1;
    if (len <= 0)
        return len;
    /* The guide draws the exception code two bytes wide: take one byte more if the CRC says so. */
    for (unsigned more = 0; more <= (frame[1] == 0xab ? 1u : 0u); more++) {
        size_t body = 1u + (size_t)len + more;
        if (n < body + 2)
            return 0;
        uint16_t crc = mb_crc(frame, body);
        if (frame[body] == (uint8_t)crc && frame[body + 1] == (uint8_t)(crc >> 8)) {
            *pdu_len = body - 1;
            return 1;
        }
    }
    return -1;
}

/* The same for Modbus TCP.  libmodbus sends raw requests with transaction 0. */
static int mb_id_tcp(const uint8_t *frame, size_t n, size_t *pdu_len)
{
    if (n < MB_MBAP)
        return 0;
    unsigned length = (unsigned)frame[4] << 8 | frame[5];
    if (frame[0] || frame[1] || frame[2] || frame[3] || length < 3 || length > MB_PDU_MAX + 1)
        return -1;
    if (n < 6 + length)
        return 0;
    *pdu_len = length - 1;
    int walked = mb_id_length(frame + MB_MBAP, *pdu_len);
    return n == 6 + length && walked > 0 && (size_t)walked <= *pdu_len ? 1 : -1;
}

/* Collects the answer.  Returns UPS_OK with frame and *pdu_len, or an error with its text. */
static enum ups_error mb_id_receive(struct mb *mb, uint8_t frame[MB_FRAME], size_t *pdu_len)
{
    bool rtu = mb->p.framing == MB_RTU;
    size_t n = 0;

    for (;;) {
        enum ups_error err = link_wait(mb->link, n ? MB_BYTE_MS : mb->p.response_ms);
        ssize_t got = err ? 0 : read(mb->link->fd, frame + n, MB_FRAME - n);
        if (err == UPS_E_TIMEOUT) {
            snprintf(mb->why, sizeof mb->why,
                     "device identification: no complete answer within %d ms (%zu bytes came)",
                     mb->p.response_ms, n);
            return UPS_E_TIMEOUT;
        }
        if (got <= 0) {
            snprintf(mb->why, sizeof mb->why, "device identification: the other end has hung up");
            return UPS_E_DISCONNECTED;
        }
        n += (size_t)got;
        int whole = rtu ? mb_id_rtu(mb, frame, n, pdu_len) : mb_id_tcp(frame, n, pdu_len);
        if (whole > 0) {
            if (log_debugging("modbus"))
                log_frame("modbus", mb->p.unit, '<', frame, n);
            return UPS_OK;
        }
        if (whole < 0 || n == MB_FRAME) {
            snprintf(mb->why, sizeof mb->why,
                     "device identification: %zu bytes that are no answer (%s, length, form)", n,
                     rtu ? "CRC" : "MBAP header");
            return UPS_E_GARBLED;
        }
    }
}

enum ups_error mb_device_id(struct mb *mb, uint8_t code, uint8_t object, uint8_t pdu[MB_PDU_MAX],
                            size_t *len)
{
    const uint8_t ask[5] = {mb->p.slave, 0x2b, 0x0e, code, object};
    uint8_t frame[MB_FRAME];
    enum ups_error err = mb_before(mb);
    bool clean = true;
    size_t n;

    if (err)
        return err;
    mb_trace(mb, '>', 0x2b, ask + 2, 3, NULL, 0);
    int64_t sent = ups_now(mb->p.clock);
    if (modbus_send_raw_request(mb->ctx, ask, sizeof ask) < 0) {
        err = mb_errno(errno, false, &clean);
        mb_explain(mb, "device identification", object, code, errno);
        return mb_after(mb, err, clean);
    }
    err = mb_id_receive(mb, frame, &n);
    if (err)
        return mb_after(mb, err, false);
    if (mb_premature(mb, sent, 7))
        return mb_after(mb, UPS_E_GARBLED, false);
    const uint8_t *body = frame + (mb->p.framing == MB_RTU ? 1 : MB_MBAP);
    if (body[0] == 0xab) {
        int error = MODBUS_ENOBASE + body[n - 1];
        mb_explain(mb, "device identification", object, code, error);
        err = mb_errno(error, false, &clean);
        return mb_after(mb, err == UPS_E_DISCONNECTED ? UPS_E_REFUSED : err, true);
    }
    memcpy(pdu, body, n);
    *len = n;
    return mb_after(mb, UPS_OK, true);
}
