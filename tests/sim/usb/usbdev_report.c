/* SPDX-License-Identifier: BSD-2-Clause */
/* Devices that take lines in reports: cypress, phoenix, gtec, ippon, omron, sgs, ablerex. */
#include "usbdev.h"

#include <string.h>

static unsigned value_of(const uint8_t s[8])
{
    return s[2] | (unsigned)s[3] << 8;
}

/* Is it SET_REPORT with this wValue, to interface 0, of so many bytes? */
static bool set_report(const uint8_t s[8], unsigned value, int len, int wanted)
{
    return s[0] == 0x21 && s[1] == 9 && value_of(s) == value && s[4] == 0 && s[5] == 0 &&
           len == wanted;
}

/* -- cypress, phoenix -------------------------------------------------------------------------- */

static int cypress_control(struct usbdev *dev, const uint8_t s[8], uint8_t *data, int len)
{
    if (!set_report(s, 0x0200, len, 8))
        return USBDEV_STALL;
    usbdev_take(dev, data, 8);
    return 8;
}

/* The last packet is filled up with what the device's buffer held before. */
static void cypress_reply(struct usbdev *dev, const uint8_t *line, size_t len)
{
    for (size_t at = 0; at < len; at += 8) {
        uint8_t packet[8] = " 273 361";
        memcpy(packet, line + at, len - at < 8 ? len - at : 8);
        usbdev_push(dev, packet, 8);
    }
}

const struct usbdev_model usbdev_cypress = {
    .name = "cypress",
    .vid = 0x0665,
    .pid = 0x5161,
    .text = {"INNO TECH", "USB to Serial", "20100826"},
    .ep_in = 0x81,
    .packet = 8,
    .control = cypress_control,
    .reply = cypress_reply,
};

const struct usbdev_model usbdev_phoenix = {
    .name = "phoenix",
    .vid = 0x06da,
    .pid = 0x0601,
    .text = {"Phoenix", "USB", NULL},
    .ep_in = 0x81,
    .packet = 8,
    .control = cypress_control,
    .reply = cypress_reply,
};

/* -- gtec -------------------------------------------------------------------------------------- */

static int swapped_control(struct usbdev *dev, const uint8_t s[8], uint8_t *data, int len)
{
    if (!set_report(s, 0x0002, len, 8))
        return USBDEV_STALL;
    usbdev_take(dev, data, 8);
    return 8;
}

static void whole_reply(struct usbdev *dev, const uint8_t *line, size_t len)
{
    for (size_t at = 0; at < len; at += USBDEV_PACKET)
        usbdev_push(dev, line + at, len - at < USBDEV_PACKET ? len - at : USBDEV_PACKET);
}

/* Asked for its reply in small pieces it drops off the bus. */
static int gtec_asked(struct usbdev *dev, int len)
{
    (void)dev;
    return len < USBDEV_PACKET ? USBDEV_GONE : 0;
}

const struct usbdev_model usbdev_gtec = {
    .name = "gtec",
    .vid = 0x0001,
    .pid = 0x0001,
    .text = {"Gtec", "ZP120N", NULL},
    .ep_in = 0x81,
    .packet = 64,
    .control = swapped_control,
    .reply = whole_reply,
    .asked = gtec_asked,
};

/* -- ippon, omron ------------------------------------------------------------------------------ */

/* One block of 64 bytes with rubbish behind the line; an empty reply is 00 0D. */
static void ippon_reply(struct usbdev *dev, const uint8_t *line, size_t len)
{
    uint8_t block[USBDEV_PACKET];

    memset(block, 0x5a, sizeof block);
    if (len == 1) {
        block[0] = 0;
        block[1] = '\r';
    } else {
        memcpy(block, line, len < sizeof block ? len : sizeof block);
    }
    usbdev_push(dev, block, sizeof block);
}

const struct usbdev_model usbdev_ippon = {
    .name = "ippon",
    .vid = 0x06da,
    .pid = 0x0003,
    .text = {"Ippon", "UPS", NULL},
    .ep_in = 0x81,
    .packet = 64,
    .control = swapped_control,
    .reply = ippon_reply,
};

static int omron_control(struct usbdev *dev, const uint8_t s[8], uint8_t *data, int len)
{
    if (!set_report(s, 0x0002, len, 16))
        return USBDEV_STALL;
    usbdev_take(dev, data, 16);
    return 16;
}

const struct usbdev_model usbdev_omron = {
    .name = "omron",
    .vid = 0x0590,
    .pid = 0x00b7,
    .text = {"OMRON", "BN150T", "1"},
    .ep_in = 0x81,
    .packet = 64,
    .control = omron_control,
    .reply = whole_reply,
};

/* -- sgs --------------------------------------------------------------------------------------- */

static int sgs_control(struct usbdev *dev, const uint8_t s[8], uint8_t *data, int len)
{
    if (!set_report(s, 0x0200, len, 8) || data[0] < 1 || data[0] > 7)
        return USBDEV_STALL;
    usbdev_take(dev, data + 1, data[0]);
    return 8;
}

static void sgs_reply(struct usbdev *dev, const uint8_t *line, size_t len)
{
    for (size_t at = 0; at < len; at += 7) {
        size_t n = len - at < 7 ? len - at : 7;
        uint8_t packet[8] = {(uint8_t)n};
        memcpy(packet + 1, line + at, n);
        usbdev_push(dev, packet, 8);
    }
}

static int sgs_asked(struct usbdev *dev, int len)
{
    static const uint8_t nothing[8] = {0};

    (void)len;
    if (dev->endless && dev->count == 0)
        usbdev_push(dev, nothing, sizeof nothing);
    return 0;
}

const struct usbdev_model usbdev_sgs = {
    .name = "sgs",
    .vid = 0x0483,
    .pid = 0x0035,
    .text = {"SGS", "TS Shara", NULL},
    .ep_in = 0x81,
    .packet = 8,
    .control = sgs_control,
    .reply = sgs_reply,
    .asked = sgs_asked,
};

/* -- ablerex ----------------------------------------------------------------------------------- */

static int ablerex_control(struct usbdev *dev, const uint8_t s[8], uint8_t *data, int len)
{
    if (set_report(s, 0x0305, len, 47)) {
        if (data[0] != 5 || data[1] != 0 || data[2] > 44)
            return USBDEV_STALL;
        usbdev_take(dev, data + 3, data[2]);
        return 47;
    }
    if (s[0] != 0xa1 || s[1] != 1 || value_of(s) != 0x0305 || len != 47)
        return USBDEV_STALL;
    memset(data, 0, 47);
    if (dev->short_replies > 0) {
        dev->short_replies--;
        memcpy(data, "(230\r", 5);
    } else {
        memcpy(data, dev->reply, dev->reply_len < 47 ? dev->reply_len : 47);
    }
    return 47;
}

const struct usbdev_model usbdev_ablerex = {
    .name = "ablerex",
    .vid = 0xffff,
    .pid = 0x0000,
    .text = {"Ablerex", "625L", NULL},
    .control = ablerex_control,
};
