/* SPDX-License-Identifier: BSD-2-Clause */
/* fuji, phoenixtec and both kinds of armac. */
#include "usbdev.h"

#include <string.h>

/* -- fuji -------------------------------------------------------------------------------------- */

static int fuji_out(struct usbdev *dev, const uint8_t *data, int len)
{
    uint8_t line[8];

    if (len != 8 || data[0] != 0x80 || data[1] != 0x06 || data[2] < 2 || data[2] > 4 ||
        data[3] != 0x03)
        return USBDEV_STALL;
    size_t n = data[2] - 1u;
    memcpy(line, data + 4, n);
    line[n] = '\r';
    usbdev_take(dev, line, n + 1);
    dev->step = data[7]; /* how long a reply the host expects */
    return 8;
}

static void fuji_reply(struct usbdev *dev, const uint8_t *line, size_t len)
{
    for (size_t at = 0; at < len; at += 8) {
        uint8_t packet[8] = {0};
        memcpy(packet, line + at, len - at < 8 ? len - at : 8);
        usbdev_push(dev, packet, 8);
    }
}

const struct usbdev_model usbdev_fuji = {
    .name = "fuji",
    .vid = 0x0001,
    .pid = 0x0000,
    .text = {"ATCL FOR UPS", "ATCL FOR UPS", "ATCL FOR UPS"},
    .ep_in = 0x81,
    .ep_out = 0x02,
    .packet = 8,
    .out = fuji_out,
    .reply = fuji_reply,
};

/* -- phoenixtec -------------------------------------------------------------------------------- */

static int phoenixtec_control(struct usbdev *dev, const uint8_t s[8], uint8_t *data, int len)
{
    if (s[0] != 0x42 || s[1] != 0x0d || s[2] || s[3] || s[4] || s[5])
        return USBDEV_STALL;
    usbdev_take(dev, data, (size_t)len);
    return len;
}

static void phoenixtec_reply(struct usbdev *dev, const uint8_t *line, size_t len)
{
    for (size_t at = 0; at < len; at += 8)
        usbdev_push(dev, line + at, len - at < 8 ? len - at : 8);
}

const struct usbdev_model usbdev_phoenixtec = {
    .name = "phoenixtec",
    .vid = 0x06da,
    .pid = 0x0002,
    .text = {"Phoenixtec Power", "USB Cable (V2.00)", NULL},
    .ep_in = 0x81,
    .packet = 8,
    .control = phoenixtec_control,
    .reply = phoenixtec_reply,
};

/* -- armac ------------------------------------------------------------------------------------- */

static int armac_control(struct usbdev *dev, const uint8_t s[8], uint8_t *data, int len)
{
    if (s[0] != 0x21 || s[1] != 9 || s[2] != 0x00 || s[3] != 0x02)
        return USBDEV_STALL;
    if (dev->variant == 1)
        return USBDEV_NAK; /* the newer firmware lets it time out */
    if (len != 4 || (data[0] & 0xf0) != 0xa0 || (data[0] & 0x0f) > 3)
        return USBDEV_STALL;
    usbdev_take(dev, data + 1, data[0] & 0x0f);
    return 4;
}

static int armac_out(struct usbdev *dev, const uint8_t *data, int len)
{
    if (len < 1 || (data[0] & 0xe0) != 0xa0 || (data[0] & 0x1f) > len - 1)
        return USBDEV_STALL;
    usbdev_take(dev, data + 1, data[0] & 0x1f);
    return len;
}

/* Short packets with a toggling head, and behind the text what the packet before held. */
static void armac_old_reply(struct usbdev *dev, const uint8_t *line, size_t len)
{
    size_t most = dev->seven ? 6 : 5;
    uint8_t packet[7] = "000000";
    bool toggle = true;

    for (size_t at = 0; at < len; at += most) {
        size_t n = len - at < most ? len - at : most;
        packet[0] = (uint8_t)((toggle ? 0xa0 : 0x80) + n + dev->count_head);
        memcpy(packet + 1, line + at, n);
        usbdev_push(dev, packet, most + 1);
        toggle = !toggle;
    }
}

static void armac_reply(struct usbdev *dev, const uint8_t *line, size_t len)
{
    uint8_t packet[USBDEV_PACKET];

    if (dev->variant == 0) {
        armac_old_reply(dev, line, len);
        return;
    }
    memset(packet, 0xb5, sizeof packet);
    packet[0] = (uint8_t)(0xc0 | len);
    memcpy(packet + 1, line, len < 63 ? len : 63);
    usbdev_push(dev, packet, sizeof packet);
}

const struct usbdev_model usbdev_armac = {
    .name = "armac",
    .vid = 0x0925,
    .pid = 0x1234,
    .text = {"RICHCOMM", "UPS USB Mon", NULL},
    .ep_in = 0x81,
    .packet = 8,
    .control = armac_control,
    .out = armac_out,
    .reply = armac_reply,
};
