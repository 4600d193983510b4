/* SPDX-License-Identifier: BSD-2-Clause */
/* Requests to the Huawei devices: function codes, exceptions, who answers (G13, G620 chapter 2). */
#include <string.h>

#include "huawei.h"

enum { WIDE = 16 }; /* what `exception N wide` calls a wide read */

static unsigned word_at(const uint8_t *p)
{
    return (unsigned)p[0] << 8 | p[1];
}

static struct huawei *find(struct bus *bus, int slave, int number)
{
    for (int i = 0; i < bus->unit_count; i++) {
        struct huawei *h = bus->units[i].face_data;

        if (h->slave == slave && (number == 0 || h->number == number))
            return h;
    }
    return NULL;
}

static size_t refuse(uint8_t *out, unsigned function, enum huawei_exception code)
{
    out[0] = (uint8_t)(function | 0x80);
    out[1] = (uint8_t)code;
    return 2;
}

/* Takes the `exception` fault when it matches this request. */
static enum huawei_exception ordered(struct huawei *h, unsigned function, int wire, int count)
{
    int match = h->exception_match;
    bool hit = match == -1 || (match == -2 && function == 3 && count > WIDE) ||
               (match >= 0 && match < 256 && match == (int)function) ||
               (match >= 256 && match >= wire && match < wire + count);

    if (hit && shot_take(&h->exception))
        return (enum huawei_exception)h->exception.value;
    return HUAWEI_OK;
}

static size_t read_registers(struct huawei *h, int base, int count, uint8_t *out, bool *bad)
{
    size_t len = 2;

    if (count < 1 || count > 125 || !huawei_readable(h->map, base, count)) {
        *bad = true;
        return refuse(out, 3, HUAWEI_BAD_PARAMETER);
    }
    for (int i = 0; i < count && h->strict_gaps; i++)
        if (!huawei_defined(h->map, base + i))
            return refuse(out, 3, HUAWEI_BAD_PARAMETER);
    out[0] = 3;
    out[1] = (uint8_t)(2 * count);
    for (int i = 0; i < count; i++) {
        uint16_t value = huawei_read(h, base + i);

        out[len++] = (uint8_t)(value >> 8);
        out[len++] = (uint8_t)value;
    }
    return len;
}

/* Executes a write under the `writes` fault.  `*silent`: no echo; `*other`: echo another value. */
static enum huawei_exception write_cell(struct huawei *h, int base, int value, bool *bad,
                                        bool *silent, bool *other)
{
    enum huawei_writes how = HUAWEI_WRITES_NORMAL;

    if (shot_take(&h->writes))
        how = (enum huawei_writes)h->writes.value;
    *silent = how == HUAWEI_WRITES_LOST_ECHO;
    *other = how == HUAWEI_WRITES_OTHER_VALUE;
    if (how == HUAWEI_WRITES_IGNORE && huawei_writable(h, base))
        return HUAWEI_OK;
    return huawei_write(h, base, value, bad);
}

static size_t write_one(struct huawei *h, int base, const uint8_t *pdu, uint8_t *out, bool *bad)
{
    bool silent, other;
    enum huawei_exception code = write_cell(h, base, (int)word_at(pdu + 3), bad, &silent, &other);

    if (silent)
        return 0;
    if (code)
        return refuse(out, 6, code);
    memcpy(out, pdu, 5);
    if (other)
        out[4] ^= 1;
    return 5;
}

/* FC 10 is in neither guide; some firmware obeys it, some does not answer. */
static size_t write_many(struct huawei *h, int base, const uint8_t *pdu, size_t len, uint8_t *out)
{
    int count = (int)word_at(pdu + 3);
    enum huawei_exception code = HUAWEI_OK;
    bool bad, silent = false, other;

    if (h->fc16 == 2)
        return 0;
    if (h->fc16 == 1)
        return refuse(out, 0x10, HUAWEI_BAD_FUNCTION);
    if (count < 1 || len != 6 + 2 * (size_t)count || pdu[5] != 2 * count)
        return refuse(out, 0x10, HUAWEI_BAD_PARAMETER);
    for (int i = 0; i < count && !code; i++)
        code = write_cell(h, base + i, (int)word_at(pdu + 6 + 2 * i), &bad, &silent, &other);
    if (silent)
        return 0;
    if (code)
        return refuse(out, 0x10, code);
    memcpy(out, pdu, 5);
    return 5;
}

static size_t identify(struct huawei *h, const uint8_t *pdu, size_t len, uint8_t *out, bool *bad)
{
    enum huawei_exception code = HUAWEI_OK;
    size_t n;

    if (h->start == 5 && h->unit->model.seconds < 3.0)
        return 0; /* start=not-ready */
    n = huawei_identify(h, pdu, len, out, &code, bad);
    return n ? n : refuse(out, 0x2B, code);
}

/* A request with a register number in it: find the UPS it is for and let it answer. */
static size_t with_register(struct huawei *h, const uint8_t *pdu, size_t len, uint8_t *out,
                            bool *bad)
{
    int wire = (int)word_at(pdu + 1);
    int count = pdu[0] == 3 || pdu[0] == 0x10 ? (int)word_at(pdu + 3) : 1;
    enum huawei_exception code = ordered(h, pdu[0], wire, count);
    int number, base;

    huawei_split(h->map, wire, &number, &base);
    if (code)
        return refuse(out, pdu[0], code);
    switch (pdu[0]) {
    case 3: return read_registers(h, base, count, out, bad);
    case 6: return write_one(h, base, pdu, out, bad);
    default: *bad = true; return write_many(h, base, pdu, len, out);
    }
}

static bool has_register(const uint8_t *pdu, size_t len)
{
    return ((pdu[0] == 3 || pdu[0] == 6) && len == 5) || (pdu[0] == 0x10 && len >= 6);
}

static void count_answer(struct bus *bus, const uint8_t *out, size_t n)
{
    bus->stats.requests++;
    if (n && out[0] & 0x80)
        bus->stats.refused++;
}

size_t huawei_request(struct bus *bus, int slave, const uint8_t *pdu, size_t len, uint8_t *out,
                      struct unit **unit, bool *bad)
{
    struct huawei *h = find(bus, slave, 0);
    enum huawei_exception code;
    size_t n;

    *unit = NULL;
    *bad = false;
    if (!h) {
        bus->stats.strangers++;
        return 0;
    }
    if (has_register(pdu, len)) {
        int number, base;

        huawei_split(h->map, (int)word_at(pdu + 1), &number, &base);
        if (huawei_readable(h->map, base, 1) || huawei_writable(h, base))
            h = find(bus, slave, number); /* an absent UPS is silent, G620 */
        if (!h) {
            bus->stats.strangers++;
            return 0;
        }
    }
    *unit = h->unit;
    unit_update(h->unit);
    if (h->locked || unit_deaf(h->unit))
        return 0;
    if (has_register(pdu, len)) {
        n = with_register(h, pdu, len, out, bad);
    } else if ((code = ordered(h, pdu[0], -1, 0)) != HUAWEI_OK) {
        n = refuse(out, pdu[0], code);
    } else if (pdu[0] == 0x2B) {
        n = identify(h, pdu, len, out, bad);
    } else {
        *bad = true;
        n = refuse(out, pdu[0], HUAWEI_BAD_FUNCTION);
    }
    count_answer(bus, out, n);
    return n;
}
