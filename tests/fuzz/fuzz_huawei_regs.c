/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Fuzz target: register blocks of a Huawei UPS.  A profile byte, then records of a block number and
 * the block's registers; after each, the reading must hold sane values only.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../drivers/huawei_ups2000.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_reading(const struct ups_reading *r)
{
    char text[160];
    int64_t v;

    for (unsigned var = 0; var < UPS_VAR_COUNT; var++)
        for (unsigned line = 0; line < ups_vars[var].lines; line++)
            if (ups_get(r, (enum ups_var)var, line, &v) &&
                (v < -500000 || v > 400000000 ||
                 !ups_format(r, (enum ups_var)var, line, text, sizeof text)))
                abort();
    if (ups_get(r, UPS_VAR_BATTERY_CHARGE, 0, &v) && (v < 0 || v > 100000))
        abort();
    /* Exactly one word of the supply mode, or none. */
    uint32_t mode = r->status & (UPS_STATUS_MASK(OFF) | UPS_STATUS_MASK(OL) | UPS_STATUS_MASK(OB) |
                                 UPS_STATUS_MASK(BYPASS));
    if (mode & (mode - 1))
        abort();
    if (r->raw_len > UPS_RAW_MAX || ups_status_text(r->status, text, sizeof text) >= sizeof text)
        abort();
}

/* What the driver does with the status registers of a block. */
static void take(enum huawei_profile profile, struct huawei_words *w, struct huawei_vital vital[2],
                 const struct huawei_buffer *b, int64_t now)
{
    uint16_t reg;

    if (huawei_reg(b, 1024, &reg) &&
        huawei_weigh(&vital[0], huawei_judge_mode(profile, reg), reg) == DRV_DONE) {
        w->have_mode = true;
        w->mode = reg;
    }
    if (huawei_reg(b, 1043, &reg) &&
        huawei_weigh(&vital[1], huawei_judge_bits(reg), reg) == DRV_DONE) {
        w->have_bits = true;
        w->bits = reg;
    }
    if (huawei_reg(b, 2002, &reg))
        huawei_battery_state(w, reg, now);
    if (huawei_reg(b, 9006, &reg)) {
        w->have_flow = true;
        w->flow = reg;
    }
    for (unsigned i = 0; i < HUAWEI_ALARM_WORDS; i++)
        if (huawei_reg(b, HUAWEI_ALARM_FIRST + i, &reg))
            w->alarm[i] = reg;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ups_reading r;
    struct huawei_words w;
    struct huawei_vital vital[2] = {{0, 0, 0}, {0, 0, 0}};
    int64_t now = 1;

    if (size < 1)
        return 0;
    enum huawei_profile profile = *data & 1 ? HUAWEI_LARGE : HUAWEI_SMALL;
    unsigned lines = *data & 2 ? 3 : 1;
    data++;
    size--;
    memset(&r, 0, sizeof r);
    memset(&w, 0, sizeof w);
    while (size > 0) {
        const struct huawei_piece *p =
            huawei_plan(profile, (enum huawei_block)(*data % HUAWEI_BLOCKS), 0);
        data++;
        size--;
        if (!p)
            continue;
        struct huawei_buffer b = {.first = p->first, .count = p->count};
        for (unsigned i = 0; i < p->count && size >= 2; i++, data += 2, size -= 2) {
            b.reg[i] = (uint16_t)(data[0] << 8 | data[1]);
            b.have |= (uint64_t)1 << i;
        }
        now += 7000;
        take(profile, &w, vital, &b, now);
        huawei_apply(profile, &b, lines, lines, w.battery, &r);
        huawei_derive(profile, &w, &r);
        check_reading(&r);
    }
    return 0;
}
