/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Bridges whose replies are string descriptors: reading a descriptor's index is giving the command.
 * krauler, fabula, snr, and hunnox with its fixed order of reads.
 */
#include "qx_usb.h"

#include <string.h>
#include <strings.h>

enum {
    WLENGTH_SMALL = 102, /* more locks up MEC0003 firmware */
    WLENGTH_LARGE = 511,
    WLENGTH_START = 1026, /* of the three reads that wake hunnox up */
    ATTEMPTS = 10,
    FIRST_READ_MS = 1000, /* of snr's interrupt read */
    SETTLE_MS = 10,
};

enum { INDEX_NONE = -1 };

/* A line, the descriptor that stands for it, and what the reply's first byte is replaced by. */
struct command {
    const char *line;
    uint8_t index;
    char first; /* 0: kept */
};

enum after_nak { NAK_AGAIN, NAK_SILENCE };

struct strings {
    const struct command *commands; /* line NULL at the end */
    enum after_nak after_nak;       /* "UPS No Ack": passes by, or said after every command */
    bool langid_option;             /* langid_fix counts */
    uint16_t langid;                /* without it; 0: the device is asked each time */
    uint16_t wlength;               /* with a fixed language ID */
    bool again;                     /* a reply of the wrong length is asked for again */
    bool add_cr;                    /* the device may leave the CR out */
    bool shutdown;                  /* Sn... is an index to be computed */
    bool first_read;                /* an interrupt read goes before, or the UPS gives zeros */
    bool in_order;                  /* the cycle of hunnox */
};

/* -- which index ------------------------------------------------------------------------------- */

static int digit(uint8_t c)
{
    return c >= '0' && c <= '9' ? c - '0' : -1;
}

/* Tenths of a minute of Sn..., 5 to 100; -1 if it is no such line. */
static int shutdown_tenths(const struct qx_line *line)
{
    const uint8_t *t = line->text;

    if (line->len != 4 && line->len != 9)
        return -1;
    int high = t[1] == '.' ? 0 : digit(t[1]), low = digit(t[2]);
    if (t[0] != 'S' || high < 0 || low < 0)
        return -1;
    int tenths = t[1] == '.' ? low : 10 * (10 * high + low);
    return tenths < 5 ? 5 : tenths > 100 ? 100 : tenths;
}

/*
 * SnR0000 stays off; Sn and SnRmmmm return, but when is not transmitted.  "At once" can't be said:
 * it would become 30 s, long after a load that does not go off was told as a failure.
 */
static int shutdown_index(const struct qx_line *line)
{
    int tenths = shutdown_tenths(line);
    bool stay = false;

    if (tenths < 0 || qx_line_is(line, "S00R0000"))
        return INDEX_NONE;
    if (line->len == 9) {
        if (line->text[3] != 'R')
            return INDEX_NONE;
        for (int i = 4; i < 8; i++)
            if (digit(line->text[i]) < 0)
                return INDEX_NONE;
        stay = memcmp(line->text + 4, "0000", 4) == 0;
    }
    int index = tenths < 10 ? 0x10 * (tenths - 4) : 0x60 + 0x10 * (tenths / 10 - 1);
    return stay ? index : index + 8;
}

static const struct command *find(const struct strings *s, const struct qx_line *line)
{
    for (const struct command *c = s->commands; c->line; c++)
        if (qx_line_is(line, c->line))
            return c;
    return NULL;
}

static bool string_can(const struct qx_usb *u, const struct qx_line *line)
{
    const struct strings *s = u->bridge->row;

    return find(s, line) || (s->shutdown && shutdown_index(line) != INDEX_NONE);
}

/* -- the order of hunnox ----------------------------------------------------------------------- */

enum { STEP_START, STEP_RATING, STEP_STATUS, STEP_VENDOR };
enum { INDEX_STATUS = 0x03, INDEX_VENDOR = 0x0c, INDEX_RATING = 0x0d };

/* A read whose result nobody wants.  Returns 0, or an usb_error that ends the exchange. */
static int idle_read(struct qx_usb *u, uint8_t index, uint16_t langid, size_t wlength)
{
    uint8_t data[USB_DATA_MAX];
    int n = qx_usb_string(u, index, langid, data, wlength);

    return n == USB_E_GONE || n == USB_E_IO || n == USB_E_BUSY ? n : 0;
}

/* Such firmware renews its data only if the strings are read in this order. */
static int keep_order(struct qx_usb *u, int wanted, uint16_t langid)
{
    static const uint8_t start[] = {0, 0, 1};
    int rc = 0;

    switch (u->step) {
    case STEP_START:
        for (size_t i = 0; i < sizeof start && rc == 0; i++)
            rc = idle_read(u, start[i], langid, WLENGTH_START);
        qx_usb_pause(u, SETTLE_MS);
        u->step = STEP_RATING;
        return rc;
    case STEP_RATING:
        u->step = STEP_STATUS;
        return wanted == INDEX_RATING ? 0 : idle_read(u, INDEX_RATING, langid, WLENGTH_SMALL);
    case STEP_STATUS:
        u->step = STEP_VENDOR;
        return wanted == INDEX_STATUS ? 0 : idle_read(u, INDEX_STATUS, langid, WLENGTH_SMALL);
    default:
        u->step = STEP_RATING;
        return wanted == INDEX_VENDOR || u->port.novendor
                   ? 0
                   : idle_read(u, INDEX_VENDOR, langid, WLENGTH_SMALL);
    }
}

static void hunnox_begin(struct qx_usb *u)
{
    u->step = STEP_START;
}

/* -- reading ----------------------------------------------------------------------------------- */

enum { LENGTH_WRONG = -100 }; /* beyond every usb_error */

/*
 * One descriptor as text.  Returns its length, LENGTH_WRONG if the descriptor is not as long as it
 * says, or an usb_error.
 */
static int read_text(struct qx_usb *u, const struct strings *s, uint8_t index, uint8_t *text,
                     size_t size)
{
    uint8_t data[WLENGTH_LARGE] = {0};
    int langid = s->langid_option && u->langid_fixed ? u->langid : s->langid, n;
    bool fixed = langid != 0;

    if (!fixed) {
        langid = usb_string_langid(u->io, qx_usb_left(u, USB_STRING_WAIT_MS - 1) + 1);
        if (langid == USB_E_OTHER)
            return LENGTH_WRONG;
        if (langid < 0)
            return langid;
    } else if (s->in_order) {
        n = keep_order(u, index, (uint16_t)langid);
        if (n)
            return n;
    }
    n = qx_usb_string(u, index, (uint16_t)langid, data, fixed ? s->wlength : USB_STRING_BYTES);
    if (n <= 0)
        return n;
    if (n < 2 || data[1] != 0x03 || (fixed ? data[0] != n : data[0] > n))
        return LENGTH_WRONG;
    return (int)usb_string_decode(data, data[0], text, size);
}

static bool is_nak(const uint8_t *text, int n)
{
    static const char nak[] = "UPS No Ack";
    const int len = (int)sizeof nak - 1;

    return (n == len || (n > len && text[len] == '\r')) &&
           strncasecmp((const char *)text, nak, (size_t)len) == 0;
}

/* Reads until something sensible comes, at most ATTEMPTS times where that can help. */
static int read_reply(struct qx_usb *u, const struct strings *s, int index, enum qx_expect expect,
                      uint8_t *reply, size_t size)
{
    for (int i = 0; i < ATTEMPTS; i++) {
        int n = read_text(u, s, (uint8_t)index, reply, size);
        bool nak = n > 0 && is_nak(reply, n);
        if (n == LENGTH_WRONG && !s->again)
            return s->in_order ? 0 : qx_usb_garbled(u, "a malformed string descriptor");
        if (nak && s->after_nak == NAK_SILENCE)
            return 0;
        if (n == LENGTH_WRONG || nak)
            continue;
        /* The read is the request: one that got no answer was not sent. */
        return n < 0 ? qx_usb_failed(u, QX_SENDING, n, 0) : n;
    }
    /* Nothing would read as "accepted" for a command. */
    return expect == QX_EXPECT_REPLY ? 0 : qx_usb_garbled(u, "the UPS does not acknowledge");
}

static int string_exchange(struct qx_usb *u, const struct qx_line *line, uint8_t *reply,
                           size_t size)
{
    const struct strings *s = u->bridge->row;
    const struct command *c = find(s, line);
    int index = c ? c->index : shutdown_index(line);

    if (s->first_read) {
        uint8_t dump[WLENGTH_SMALL];
        int n = qx_usb_in(u, dump, sizeof dump, FIRST_READ_MS);
        if (n == USB_E_GONE || n == USB_E_BUSY)
            return qx_usb_failed(u, QX_SENDING, n, 0);
    }
    int n = read_reply(u, s, index, line->expect, reply, size - 1);
    if (n <= 0)
        return n;
    if (c && c->first) {
        reply[0] = (uint8_t)c->first;
        if (c->first == '\r')
            return 1; /* an empty reply: accepted */
    }
    if (s->add_cr && !memchr(reply, '\r', (size_t)n))
        reply[n++] = '\r';
    return n;
}

/* -- rows -------------------------------------------------------------------------------------- */

static const struct command krauler_commands[] = {
    {"Q1", 0x03, '('}, {"F", 0x0d, '#'},  {"I", 0x0c, '#'},   {"T", 0x04, '\r'}, {"TL", 0x05, '\r'},
    {"Q", 0x07, '\r'}, {"C", 0x0b, '\r'}, {"CT", 0x0b, '\r'}, {NULL, 0, 0},
};
static const struct command fabula_commands[] = {
    {"Q1", 0x03, 0}, {"F", 0x0d, 0}, {"I", 0x0c, 0}, {"Q", 0x07, 0}, {"C", 0x0a, 0}, {NULL, 0, 0},
};
static const struct command hunnox_commands[] = {
    {"Q1", 0x03, 0}, {"F", 0x0d, 0},  {"I", 0x0c, 0}, {"Q", 0x07, 0},
    {"C", 0x0a, 0},  {"BL", 0xf3, 0}, {NULL, 0, 0},
};
static const struct command snr_commands[] = {
    {"Q1", 0x03, '('},
    {"F", 0x0d, '#'},
    {"I", 0x0c, '#'},
    {NULL, 0, 0},
};

static const struct strings krauler = {.commands = krauler_commands,
                                       .after_nak = NAK_AGAIN,
                                       .langid_option = true,
                                       .wlength = WLENGTH_LARGE,
                                       .again = true,
                                       .add_cr = true};
static const struct strings fabula = {
    .commands = fabula_commands, .after_nak = NAK_SILENCE, .add_cr = true, .shutdown = true};
static const struct strings hunnox = {.commands = hunnox_commands,
                                      .after_nak = NAK_SILENCE,
                                      .langid_option = true,
                                      .langid = USB_LANG_ENGLISH,
                                      .wlength = WLENGTH_SMALL,
                                      .shutdown = true,
                                      .in_order = true};
static const struct strings snr = {.commands = snr_commands,
                                   .after_nak = NAK_AGAIN,
                                   .langid_option = true,
                                   .langid = USB_LANG_ENGLISH,
                                   .wlength = WLENGTH_SMALL,
                                   .again = true,
                                   .first_read = true};

const struct qx_bridge qx_bridge_krauler = {
    .name = "krauler", .can = string_can, .exchange = string_exchange, .row = &krauler};
const struct qx_bridge qx_bridge_fabula = {
    .name = "fabula", .can = string_can, .exchange = string_exchange, .row = &fabula};
const struct qx_bridge qx_bridge_hunnox = {.name = "hunnox",
                                           .begin = hunnox_begin,
                                           .can = string_can,
                                           .exchange = string_exchange,
                                           .row = &hunnox};
const struct qx_bridge qx_bridge_snr = {
    .name = "snr", .ep_in = 0x81, .can = string_can, .exchange = string_exchange, .row = &snr};
