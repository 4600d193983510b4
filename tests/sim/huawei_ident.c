/* SPDX-License-Identifier: BSD-2-Clause */
/* Device identification, FC 2B / MEI 0E (G13 chapter 2 and 3), and its faulty variants. */
#include <stdio.h>
#include <string.h>

#include "huawei.h"

/* Appends one object; false when the reply would grow beyond a Modbus PDU. */
static bool add_object(uint8_t *out, size_t *len, int id, const void *value, size_t size)
{
    if (*len + 2 + size > 250)
        return false;
    out[(*len)++] = (uint8_t)id;
    out[(*len)++] = (uint8_t)size;
    if (size)
        memcpy(out + *len, value, size);
    *len += size;
    out[6]++;
    return true;
}

static size_t header(uint8_t *out, int code)
{
    static const uint8_t start[7] = {0x2B, 0x0E, 0, 0x03, 0x00, 0x00, 0};

    memcpy(out, start, sizeof start);
    out[2] = (uint8_t)code;
    return sizeof start;
}

static size_t describe(const struct huawei *h, int device, char *text, size_t size)
{
    struct buf b = {0};
    size_t len;

    buf_printf(&b, "1=%s;2=%s;3=%s", h->model, h->firmware, h->protocol);
    if (h->identity != HUAWEI_ID_NO_LABEL4)
        buf_printf(&b, ";4=%s", h->esn);
    buf_printf(&b, ";5=%d", device);
    if (h->identity != HUAWEI_ID_NO_LABEL6)
        buf_printf(&b, ";6=-1");
    len = b.len < size ? b.len : size;
    memcpy(text, b.data, len);
    buf_free(&b);
    return len;
}

/* The device list: 0x80-0x86 reserved and empty, 0x87 the number of devices, 0x88.. their texts. */
static size_t device_list(const struct huawei *h, int from, uint8_t *out)
{
    static const uint8_t counts[] = {1, 2, 0, 1, 1, 1, 1};
    uint8_t number[4] = {0, 0, 0, counts[h->identity]};
    size_t len = header(out, 0x03);
    char text[200];
    size_t size;

    for (int id = from; id <= 0x86; id++)
        add_object(out, &len, id, NULL, 0);
    if (from <= 0x87)
        add_object(out, &len, 0x87, number, sizeof number);
    if (h->identity == HUAWEI_ID_MORE && from <= 0x87) {
        out[4] = 0xFF;
        out[5] = 0x88;
        return len;
    }
    for (int i = 0; i < number[3]; i++) {
        size = describe(h, i + 1, text, i ? 110 : sizeof text);
        if (from <= 0x88 + i)
            add_object(out, &len, 0x88 + i, text, size);
        if (h->identity == HUAWEI_ID_LENGTH_LONG && len > size + 1)
            out[len - size - 1] = (uint8_t)(size + 40);
    }
    return len;
}

static size_t basic(const struct huawei *h, int from, uint8_t *out)
{
    const char *const texts[] = {"HUAWEI", h->model, h->firmware};
    size_t len = header(out, 0x01);

    for (int id = from; id <= 2; id++)
        add_object(out, &len, id, texts[id], strlen(texts[id]));
    return len;
}

size_t huawei_identify(struct huawei *h, const uint8_t *pdu, size_t len, uint8_t *out,
                       enum huawei_exception *exception, bool *undefined)
{
    *exception = HUAWEI_BAD_PARAMETER;
    if (len != 4 || pdu[1] != 0x0E) {
        *undefined = true;
        *exception = HUAWEI_BAD_FUNCTION;
        return 0;
    }
    if (pdu[2] == 0x01 && pdu[3] <= 2)
        return basic(h, pdu[3], out);
    if (pdu[2] == 0x03 && h->map->card)
        return 0; /* G620 describes no list; asking is how a host tells the two apart */
    if (pdu[2] == 0x03 && pdu[3] >= 0x80 &&
        pdu[3] <= (h->identity == HUAWEI_ID_TWO_DEVICES ? 0x89 : 0x88))
        return device_list(h, pdu[3], out);
    *undefined = true;
    return 0;
}
