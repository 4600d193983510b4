/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Q* dialect voltronic-qs-hex: M answers P or T, and the status is binary.
 *
 * A blank ends each field, CR the reply.  Bytes of data that would mean something on the line come
 * as a pair, 28 and a number up to 4; 28 itself comes as it is.  So blanks are cut at first, and a
 * field's length says how many of what look like pairs are some.
 */
#include "qx_voltronic_qs.h"

#include <string.h>

#define S(word) UPS_STATUS_MASK(word)

/* -- unpacking -------------------------------------------------------------------------------- */

enum { PAIR = 0x28, PAIRS = 5, FLAG_BITS = 8 };

static const uint8_t pair_means[PAIRS] = {0x0d, 0x11, 0x13, 0x0a, 0x20};

/* Where things lie in an unpacked reply: # first, the flags as digits; then the rating, T only. */
enum place {
    INPUT = 1,    /* count, high byte first, and ratio */
    OUTPUT = 4,   /* the same */
    LOAD = 7,     /* % */
    PERIOD = 8,   /* two bytes */
    CYCLES = 10,  /* three; over the period: the output's frequency */
    BATTERY = 13, /* count and ratio, a byte each */
    FLAGS = 15,   /* b7 to b0 */
    RATING = 23,
    P_BYTES = 23, /* of the unpacked reply */
    T_BYTES = 24,
};

/* One field of `len` bytes out of `n` raw ones; false if it can't have that many. */
static bool unstuff(const uint8_t *raw, size_t n, uint8_t *out, size_t len)
{
    size_t pairs = n > len ? n - len : 0, got = 0;

    for (size_t i = 0; i < n; i++) {
        uint8_t byte = raw[i];

        if (byte == PAIR && pairs > 0 && i + 1 < n && raw[i + 1] < PAIRS) {
            byte = pair_means[raw[++i]];
            pairs--;
        }
        if (got == len)
            return false;
        out[got++] = byte;
    }
    return got == len;
}

static size_t unpack(const uint8_t *reply, size_t len, uint8_t plain[QX_PLAIN_MAX])
{
    static const uint8_t lengths[] = {2, 1, 2, 1, 1, 2, 3, 1, 1, 1, 1};
    enum { FIELDS = sizeof lengths, FLAGS_FIELD = 9 };
    const uint8_t *raw = reply + 1, *end = reply + len;
    size_t used = 1;

    if (len < 2)
        return 0;
    plain[0] = reply[0];
    for (unsigned field = 0; field < FIELDS; field++) {
        const uint8_t *blank = memchr(raw, ' ', (size_t)(end - raw));
        const uint8_t *to = blank ? blank : end;
        uint8_t flags;

        if (!unstuff(raw, (size_t)(to - raw), field == FLAGS_FIELD ? &flags : plain + used,
                     lengths[field]))
            return 0;
        if (field == FLAGS_FIELD)
            for (unsigned i = 0; i < FLAG_BITS; i++)
                plain[used + i] = flags >> (FLAG_BITS - 1 - i) & 1 ? '1' : '0';
        used += field == FLAGS_FIELD ? FLAG_BITS : lengths[field];
        if (!blank)
            return field >= FLAGS_FIELD ? used : 0;
        raw = blank + 1;
    }
    return 0; /* a blank behind the last field */
}

/* -- values ----------------------------------------------------------------------------------- */

static int64_t number(const uint8_t *at, size_t len)
{
    int64_t value = 0;

    while (len-- > 0)
        value = value << 8 | *at++;
    return value;
}

/* Thousandths, rounded. */
static int64_t milli(int64_t dividend, int64_t divisor)
{
    return (dividend * 1000 + divisor / 2) / divisor;
}

static int64_t volts(const uint8_t *at)
{
    return milli(number(at, 2) * at[2], 51 * 256);
}

static int64_t hertz(const uint8_t *reply)
{
    enum { MOST = 99900 };
    int64_t period = number(reply + PERIOD, 2);
    int64_t hz = period > 0 ? milli(number(reply + CYCLES, 3), period) : 0;

    return hz < MOST ? hz : MOST;
}

static void show_ratings(uint8_t byte, struct ups_reading *r)
{
    static const int32_t outputs[] = {110, 120, 220, 230, 240};
    unsigned output = byte & 7;

    ups_set(r, UPS_VAR_OUTPUT_FREQUENCY_NOMINAL, 0, byte & 0x80 ? 60000 : 50000);
    ups_set(r, UPS_VAR_BATTERY_VOLTAGE_NOMINAL, 0, ((byte >> 5 & 3) + 1) * INT64_C(12000));
    if (output < sizeof outputs / sizeof *outputs)
        ups_set(r, UPS_VAR_OUTPUT_VOLTAGE_NOMINAL, 0, outputs[output] * INT64_C(1000));
    else
        ups_unset(r, UPS_VAR_OUTPUT_VOLTAGE_NOMINAL, 0);
}

/* Once the letter is known, a reply of the other one's length has lost something. */
static bool qs_check(struct qx_call *c)
{
    switch (c->x->fact[QX_VQS_LETTER]) {
    case 'P': return c->len == P_BYTES;
    case 'T': return c->len == T_BYTES;
    default: return c->len == P_BYTES || c->len == T_BYTES;
    }
}

static void qs_finish(struct qx_call *c, struct ups_reading *r)
{
    const uint8_t *reply = c->reply;
    int64_t in = volts(reply + INPUT), out = volts(reply + OUTPUT);
    int64_t load = reply[LOAD] * INT64_C(1000);

    c->x->battery_mv = milli(reply[BATTERY] * reply[BATTERY + 1], 510);
    ups_set(r, UPS_VAR_INPUT_VOLTAGE, 0, in);
    ups_set(r, UPS_VAR_OUTPUT_VOLTAGE, 0, out);
    ups_set(r, UPS_VAR_OUTPUT_LOAD, 0, load);
    ups_set(r, UPS_VAR_OUTPUT_FREQUENCY, 0, hertz(reply));
    ups_set(r, UPS_VAR_BATTERY_VOLTAGE, 0, c->x->battery_mv);
    qx_note_output(c, out, load);
    if (reply[FLAGS + 2] == '1' && !(c->part->status & S(OB)))
        c->part->status |= qx_avr(in, out);
    if (c->len == T_BYTES)
        show_ratings(reply[RATING], r);
    r->raw_len = (uint8_t)c->len;
    memcpy(r->raw, reply, c->len);
}

static bool m_check(struct qx_call *c)
{
    return qx_vqs_letter_is(c, "PT");
}

static const struct qx_field flags[] = {
    QX_FLAG(FLAGS, S(OB), S(OL), NONE),          QX_FLAG(FLAGS + 1, S(LB), 0, NONE),
    QX_FLAG(FLAGS + 3, 0, 0, GENERAL_FAULT),     QX_PICK(FLAGS + 4, UPS_TYPE, qx_type_words),
    QX_FLAG(FLAGS + 5, S(CAL), 0, NONE),         QX_FLAG(FLAGS + 6, S(FSD), 0, NONE),
    QX_PICK(FLAGS + 7, UPS_BEEPER_STATUS, NULL),
};

static const struct qx_query queries[] = {
    {.request = "QS",
     .lead = '#',
     .least = P_BYTES + 1,
     .class = QX_STATUS,
     .flags = QX_CLAIM | QX_TWO_LENGTHS, /* P's, T's */
     QX_FIELDS(flags),
     .unpack = unpack,
     .check = qs_check,
     .finish = qs_finish},
    {.request = "M",
     .least = 2,
     .class = QX_ONCE,
     .flags = QX_CLAIM,
     .check = m_check,
     .finish = qx_vqs_letter_finish},
};

const struct qx_dialect qx_voltronic_qs_hex = {
    .name = "voltronic-qs-hex",
    QX_QUERIES(queries),
    QX_VQS_CONTROL,
};
