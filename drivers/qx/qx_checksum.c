/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The Q* family: the checksum of Voltronic Power's inverters, CRC-16 with the polynomial 1021 from
 * 0 on (XMODEM), high byte first, over everything before it.  A byte of it that would mean
 * something on the line is sent one higher; 00 may be among them.
 */
#include "qx.h"

#include <string.h>

enum { CRC_BYTES = 2 };

static uint8_t sendable(unsigned byte)
{
    return (uint8_t)(byte == '\n' || byte == '\r' || byte == '(' ? byte + 1 : byte);
}

size_t qx_seal(uint8_t *line, size_t len)
{
    unsigned crc = 0;

    for (size_t i = 0; i < len; i++) {
        crc ^= (unsigned)line[i] << 8;
        for (int bit = 0; bit < 8; bit++)
            crc = (crc << 1 ^ (crc & 0x8000 ? 0x1021U : 0U)) & 0xffff;
    }
    line[len] = sendable(crc >> 8);
    line[len + 1] = sendable(crc & 0xff);
    return CRC_BYTES;
}

bool qx_unseal(const uint8_t *reply, size_t *len)
{
    uint8_t copy[QX_LINE_MAX + CRC_BYTES];

    if (*len <= CRC_BYTES || *len > QX_LINE_MAX)
        return false;
    memcpy(copy, reply, *len - CRC_BYTES);
    (void)qx_seal(copy, *len - CRC_BYTES);
    if (memcmp(copy + *len - CRC_BYTES, reply + *len - CRC_BYTES, CRC_BYTES) != 0)
        return false;
    *len -= CRC_BYTES;
    return true;
}
