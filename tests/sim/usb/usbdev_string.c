/* SPDX-License-Identifier: BSD-2-Clause */
/* Devices whose string descriptors are commands: krauler, fabula, hunnox, snr. */
#include "usbdev.h"

#include <string.h>

static const uint8_t nak[] = "UPS No Ack";

static void note(struct usbdev *dev, unsigned index)
{
    dev->indices[dev->index_count++ % sizeof dev->indices] = (uint8_t)index;
}

static int say(const void *text, size_t len, unsigned wlength, uint8_t *data)
{
    return usbdev_text(text, len, wlength, data);
}

static int say_nak(unsigned wlength, uint8_t *data)
{
    return say(nak, sizeof nak - 1, wlength, data);
}

/* Asks the line handler; the reply stands in dev->reply. */
static size_t ask(struct usbdev *dev, const char *line)
{
    usbdev_take(dev, (const uint8_t *)line, strlen(line));
    return dev->reply_len;
}

static int say_line(struct usbdev *dev, const char *line, unsigned wlength, uint8_t *data)
{
    size_t n = ask(dev, line);

    return n ? say(dev->reply, n, wlength, data) : say_nak(wlength, data);
}

/* -- krauler ----------------------------------------------------------------------------------- */

/* The index counts modulo 16, and the first byte of a reply is wrong. */
static int krauler_string(struct usbdev *dev, unsigned index, unsigned langid, unsigned wlength,
                          uint8_t *data)
{
    static const char *const commands[16] = {
        [0x03] = "Q1\r", [0x0d] = "F\r", [0x0c] = "I\r", [0x04] = "T\r",
        [0x05] = "TL\r", [0x07] = "Q\r", [0x0b] = "C\r"};
    const char *line = commands[index % 16];

    if (!line)
        return USBDEV_STALL; /* the device's own */
    note(dev, index);
    if (dev->langid && langid != dev->langid)
        return USBDEV_STALL;
    if (dev->naks > 0) {
        dev->naks--;
        return say_nak(wlength, data);
    }
    size_t n = ask(dev, line);
    if (n == 0)
        return say("ACK\r", 4, wlength, data);
    dev->reply[0] = 'U';
    return say(dev->reply, n - 1, wlength, data); /* and the CR is missing */
}

const struct usbdev_model usbdev_krauler = {
    .name = "krauler",
    .vid = 0x0001,
    .pid = 0x0000,
    .text = {NULL, NULL, NULL},
    .string = krauler_string,
};

/* -- fabula, hunnox ---------------------------------------------------------------------------- */

/* Every action is answered "UPS No Ack", done or not. */
static int mec_command(struct usbdev *dev, unsigned index, unsigned wlength, uint8_t *data)
{
    switch (index) {
    case 0x03: return say_line(dev, "Q1\r", wlength, data);
    case 0x0d: return say_line(dev, "F\r", wlength, data);
    case 0x0c: return say_line(dev, "I\r", wlength, data);
    case 0xf3: return say_line(dev, "BL\r", wlength, data);
    case 0x07: (void)ask(dev, "Q\r"); break;
    default:
        if (index % 16 == 0x0a)
            (void)ask(dev, "C\r");
        else if (index >= 0x10 && index % 16 == 0)
            (void)ask(dev, "S.5R0000\r");
        else if (index >= 0x10 && index % 16 == 8)
            (void)ask(dev, "S.5R0001\r");
        else
            return USBDEV_STALL;
    }
    return say_nak(wlength, data);
}

static int fabula_string(struct usbdev *dev, unsigned index, unsigned langid, unsigned wlength,
                         uint8_t *data)
{
    (void)langid;
    if (index == 0 || index == 1 || index == 2)
        return USBDEV_STALL;
    note(dev, index);
    if (dev->naks > 0) {
        dev->naks--;
        return say_nak(wlength, data);
    }
    return mec_command(dev, index, wlength, data);
}

const struct usbdev_model usbdev_fabula = {
    .name = "fabula",
    .vid = 0x0001,
    .pid = 0x0000,
    .text = {"MEC", "MEC0003", NULL},
    .ep_in = 0x81,
    .ep_out = 0x02,
    .packet = 8,
    .string = fabula_string,
};

/*
 * Strings 0, 0 and 1 with a large wLength wake it up.  After that the list of languages, or more
 * than 102 bytes of a reply, kills it until it is plugged anew.
 */
enum { HUNNOX_WOKEN = 3 };

static void hunnox_start(struct usbdev *dev, unsigned index)
{
    static const uint8_t order[HUNNOX_WOKEN] = {0, 0, 1};

    if (dev->step >= HUNNOX_WOKEN)
        dev->step = 0; /* by another program */
    dev->step = index == order[dev->step] ? dev->step + 1 : 0;
}

static int hunnox_string(struct usbdev *dev, unsigned index, unsigned langid, unsigned wlength,
                         uint8_t *data)
{
    static const char dead_line[] = "(000.0 000.0 000.0 000 00.0 0.00 00.0 00000000\r";

    (void)langid;
    if (dev->dead)
        return USBDEV_NAK;
    note(dev, index);
    if (index < 2 && wlength == 1026)
        hunnox_start(dev, index);
    else if (dev->step >= HUNNOX_WOKEN && (wlength > 102 && (index == 0 || index > 2)))
        dev->dead = 1;
    if (dev->dead)
        return USBDEV_NAK;
    if (index < 3)
        return USBDEV_STALL; /* the device's own */
    if (dev->step < HUNNOX_WOKEN)
        return say(dead_line, sizeof dead_line - 1, wlength, data);
    return mec_command(dev, index, wlength, data);
}

const struct usbdev_model usbdev_hunnox = {
    .name = "hunnox",
    .vid = 0x0001,
    .pid = 0x0000,
    .text = {NULL, "MEC0003", NULL},
    .ep_in = 0x81,
    .ep_out = 0x02,
    .packet = 8,
    .string = hunnox_string,
};

/* -- snr --------------------------------------------------------------------------------------- */

/* Gives zeros unless its IN endpoint was read before. */
static int snr_asked(struct usbdev *dev, int len)
{
    if (len == 102)
        dev->step = 1;
    return 0;
}

static int snr_string(struct usbdev *dev, unsigned index, unsigned langid, unsigned wlength,
                      uint8_t *data)
{
    static const char zeros[] = "(000.0 000.0 000.0 000 00.0 0.00 00.0 00000000\r";

    (void)langid;
    if (index != 0x03 && index != 0x0d && index != 0x0c)
        return USBDEV_STALL;
    note(dev, index);
    if (dev->naks > 0) {
        dev->naks--;
        return say_nak(wlength, data);
    }
    if (dev->step == 0)
        return say(zeros, sizeof zeros - 1, wlength, data);
    dev->step = 0;
    return say_line(dev, index == 0x03 ? "Q1\r" : index == 0x0d ? "F\r" : "I\r", wlength, data);
}

const struct usbdev_model usbdev_snr = {
    .name = "snr",
    .vid = 0x0001,
    .pid = 0x0000,
    .text = {"SNR", "MEC0003", NULL},
    .ep_in = 0x81,
    .packet = 8,
    .string = snr_string,
    .asked = snr_asked,
};
