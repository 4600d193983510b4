/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Fuzz target: answers to Huawei's device identification.  First byte: code (even: device list,
 * odd: basic); then answers of a length byte and that many bytes each.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../drivers/huawei_ups2000.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Every text ends within its array and is printable. */
static void check_text(const char *text, size_t size)
{
    size_t n = strnlen(text, size);

    if (n == size)
        abort();
    for (size_t i = 0; i < n; i++)
        if (text[i] < ' ' || text[i] > '~')
            abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct huawei_ident id = {0};
    char why[160] = "";
    int rc = HUAWEI_IDENT_MORE;

    if (size < 1)
        return 0;
    uint8_t code = *data & 1 ? HUAWEI_ID_BASIC : HUAWEI_ID_LIST;
    data++;
    size--;
    while (size > 0 && rc == HUAWEI_IDENT_MORE) {
        size_t n = *data < size - 1 ? *data : size - 1;
        unsigned before = id.next;
        uint8_t *answer = malloc(n ? n : 1); /* exact, so that a read behind it is found */
        if (!answer)
            abort();
        memcpy(answer, data + 1, n);
        rc = huawei_ident_feed(&id, code, answer, n, why, sizeof why);
        free(answer);
        if (rc == HUAWEI_IDENT_MORE && id.next <= before)
            abort(); /* it would never end */
        data += n + 1;
        size -= n + 1;
    }
    check_text(id.maker, sizeof id.maker);
    check_text(id.model, sizeof id.model);
    check_text(id.firmware, sizeof id.firmware);
    check_text(id.protocol, sizeof id.protocol);
    check_text(id.serial, sizeof id.serial);
    if (rc == HUAWEI_IDENT_DONE)
        rc = huawei_ident_check(&id, code, why, sizeof why);
    if (rc == UPS_OK && strncmp(id.model, "UPS2000", 7) != 0)
        abort();
    if (rc < 0 && !*why)
        abort(); /* every error has a message */
    return 0;
}
