/* SPDX-License-Identifier: BSD-2-Clause */
/* fuji: lines of at most three characters in a frame of 8 bytes to an OUT endpoint. */
#include "qx_usb.h"

#include <string.h>

enum { FRAME = 8, PACKET = 8, TEXT_AT = 4, TEXT_MOST = 3, WRITE_MS = 5000 };

/* The device wants to know how long the reply will be. */
static const struct {
    const char *line;
    uint8_t reply;
} lengths[] = {{"Q1", 47}, {"F", 22}, {"I", 39}};

static bool digits(const uint8_t *text, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (text[i] < '0' || text[i] > '9')
            return false;
    return true;
}

/* SnRmmmm with mmmm not 0, of which the device takes Sn and returns when it likes. */
static bool is_return(const struct qx_line *line)
{
    const uint8_t *t = line->text;

    return line->len == 9 && t[0] == 'S' && (t[1] == '.' || digits(t + 1, 1)) && digits(t + 2, 1) &&
           t[3] == 'R' && digits(t + 4, 4) && memcmp(t + 4, "0000", 4) != 0;
}

static bool fuji_can(const struct qx_usb *u, const struct qx_line *line)
{
    (void)u;
    return line->len <= TEXT_MOST + 1 || is_return(line);
}

static int fuji_exchange(struct qx_usb *u, const struct qx_line *line, uint8_t *reply, size_t size)
{
    size_t text = line->len - 1 < TEXT_MOST ? line->len - 1 : TEXT_MOST;
    uint8_t frame[FRAME] = {0x80, 0x06, (uint8_t)(text + 1), 0x03};

    memcpy(frame + TEXT_AT, line->text, text);
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++)
        if (qx_line_is(line, lengths[i].line))
            frame[FRAME - 1] = lengths[i].reply;
    int n = qx_usb_out(u, frame, sizeof frame, WRITE_MS);
    if (n < 0)
        return qx_usb_failed(u, QX_SENDING, n, 0);
    n = qx_read_line(u, PACKET, reply, size);
    if (n <= 0)
        return n;
    const uint8_t *nul = memchr(reply, '\0', (size_t)n);
    return nul ? (int)(nul - reply) : n;
}

const struct qx_bridge qx_bridge_fuji = {.name = "fuji",
                                         .ep_in = 0x81,
                                         .ep_out = 0x02,
                                         .packet = PACKET,
                                         .can = fuji_can,
                                         .exchange = fuji_exchange};
