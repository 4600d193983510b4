/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Huawei UPS2000: takes apart the answers to function 0x2B (G13 chapter 3, G620 chapter 3).
 * Pure: bytes in, values out.
 */
#include "huawei_ups2000.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Bytes before the first object, from the function code on. */
#define IDENT_HEAD 7

void huawei_text(char *out, size_t size, const uint8_t *text, size_t len)
{
    size_t n = 0;

    for (size_t i = 0; i < len && n + 1 < size; i++)
        if (text[i] > ' ' && text[i] < 0x7f)
            out[n++] = (char)text[i];
        else if (text[i] == ' ' && n > 0)
            out[n++] = ' ';
    while (n > 0 && out[n - 1] == ' ')
        n--;
    out[n] = '\0';
}

/* Digits with an optional sign; anything else gives 0. */
static int ident_number(const uint8_t *text, size_t len)
{
    char digits[12];
    char *end;

    huawei_text(digits, sizeof digits, text, len);
    long n = strtol(digits, &end, 10);
    return *digits && !*end && n > 0 && n <= 120 ? (int)n : 0;
}

/* One "label=value" of a device description; only the first '=' divides. */
static void ident_pair(struct huawei_ident *id, const uint8_t *pair, size_t len)
{
    const uint8_t *eq = memchr(pair, '=', len);

    if (!eq || eq != pair + 1)
        return; /* all labels that matter are one digit; others are for later guides */
    const uint8_t *value = eq + 1;
    size_t n = len - 2;
    switch (pair[0]) {
    case '1': huawei_text(id->model, sizeof id->model, value, n); break;
    case '2': huawei_text(id->firmware, sizeof id->firmware, value, n); break;
    case '3': huawei_text(id->protocol, sizeof id->protocol, value, n); break;
    case '4': huawei_text(id->serial, sizeof id->serial, value, n); break;
    case '5': id->number = ident_number(value, n); break;
    default: break;
    }
}

static void ident_description(struct huawei_ident *id, const uint8_t *text, size_t len)
{
    while (len > 0) {
        const uint8_t *semicolon = memchr(text, ';', len);
        size_t n = semicolon ? (size_t)(semicolon - text) : len;
        ident_pair(id, text, n);
        if (semicolon)
            n++;
        text += n;
        len -= n;
    }
}

/* One object.  Returns false if its form is wrong. */
static bool ident_object(struct huawei_ident *id, uint8_t code, unsigned object,
                         const uint8_t *value, size_t len)
{
    if (code == HUAWEI_ID_BASIC) {
        switch (object) {
        case 0: huawei_text(id->maker, sizeof id->maker, value, len); break;
        case 1: huawei_text(id->model, sizeof id->model, value, len); break;
        case 2: huawei_text(id->firmware, sizeof id->firmware, value, len); break;
        default: break;
        }
        return true;
    }
    if (object == 0x87) {
        if (len != 4)
            return false;
        id->counted = true;
        id->devices = (uint32_t)value[0] << 24 | (uint32_t)value[1] << 16 |
                      (uint32_t)value[2] << 8 | value[3];
    } else if (object == 0x88) {
        id->described = true;
        ident_description(id, value, len);
    }
    return true;
}

/* Where the next answer must start; false if the device would lead us in a circle. */
static bool ident_continue(struct huawei_ident *id, uint8_t code, unsigned object, char *why,
                           size_t why_size)
{
    unsigned least = id->next;

    if (least == 0)
        least = code == HUAWEI_ID_LIST ? HUAWEI_ID_LIST_FIRST : HUAWEI_ID_BASIC_FIRST;
    if (object <= least) {
        snprintf(why, why_size, "identification goes back to object 0x%02X", object);
        return false;
    }
    id->next = object;
    return true;
}

int huawei_ident_feed(struct huawei_ident *id, uint8_t code, const uint8_t *pdu, size_t len,
                      char *why, size_t why_size)
{
    size_t at = IDENT_HEAD;

    if (len < IDENT_HEAD || pdu[0] != 0x2b || pdu[1] != 0x0e || pdu[2] != code) {
        snprintf(why, why_size, "identification: no answer to 2B 0E %02X (%zu bytes)", code, len);
        return UPS_E_GARBLED;
    }
    /* Conformity level: streams only, or streams and single objects (bit 7). */
    unsigned level = pdu[3] & 0x7f;
    if (level < 1 || level > 3 || (code == HUAWEI_ID_LIST && level != 3) ||
        (pdu[4] != 0x00 && pdu[4] != 0xff)) {
        snprintf(why, why_size, "identification: conformity %02X, more follows %02X", pdu[3],
                 pdu[4]);
        return UPS_E_GARBLED;
    }
    for (unsigned left = pdu[6]; left > 0; left--) {
        if (len - at < 2 || len - at - 2 < pdu[at + 1]) {
            snprintf(why, why_size, "identification: object %u of %u reaches beyond the answer",
                     pdu[6] - left + 1, pdu[6]);
            return UPS_E_GARBLED;
        }
        if (!ident_object(id, code, pdu[at], pdu + at + 2, pdu[at + 1])) {
            snprintf(why, why_size, "identification: object 0x%02X has length %u", pdu[at],
                     pdu[at + 1]);
            return UPS_E_GARBLED;
        }
        id->objects++;
        at += 2u + pdu[at + 1];
    }
    if (at != len) {
        snprintf(why, why_size, "identification: %zu bytes behind the last object", len - at);
        return UPS_E_GARBLED;
    }
    if (pdu[4] == 0x00)
        return HUAWEI_IDENT_DONE;
    return ident_continue(id, code, pdu[5], why, why_size) ? HUAWEI_IDENT_MORE : UPS_E_GARBLED;
}

bool huawei_model_known(const char *model)
{
    return strcmp(model, "UPS2000") == 0 || strcmp(model, "UPS2000A") == 0 ||
           strcmp(model, "UPS2000G") == 0;
}

int huawei_ident_check(const struct huawei_ident *id, uint8_t code, char *why, size_t why_size)
{
    if (code == HUAWEI_ID_LIST && (!id->counted || !id->described)) {
        if (id->counted && id->devices != 1)
            goto count;
        snprintf(why, why_size, "identification: object 0x%02X is missing",
                 id->counted ? 0x88 : 0x87);
        return UPS_E_GARBLED;
    }
    if (code == HUAWEI_ID_LIST && id->devices != 1)
        goto count;
    if (!*id->model || !*id->firmware ||
        (code == HUAWEI_ID_LIST && (!*id->protocol || !*id->serial))) {
        snprintf(why, why_size, "identification: no %s",
                 !*id->model      ? "model (label 1)"
                 : !*id->firmware ? "software version (label 2)"
                 : !*id->protocol ? "protocol version (label 3)"
                                  : "serial number (label 4)");
        return UPS_E_GARBLED;
    }
    if (strncmp(id->model, "UPS2000", 7) != 0) {
        snprintf(why, why_size, "the device is a '%s', expected a UPS2000", id->model);
        return UPS_E_FOREIGN;
    }
    return UPS_OK;
count:
    snprintf(why, why_size, "identification: %lu devices, expected 1", (unsigned long)id->devices);
    return UPS_E_FOREIGN;
}
