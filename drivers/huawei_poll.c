/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Huawei UPS2000: the fast poll (status, at most three transactions) and the full poll (block by
 * block).  A block goes into the reading only when all of it has been read and checked.
 */
#include "huawei_ups2000.h"

#include <string.h>

/* -- status registers ----------------------------------------------------------------------- */

static int weighed(struct drv *d, int rc, const char *what, uint16_t value)
{
    if (rc == DRV_MORE)
        return huawei_again(d);
    return rc == DRV_DONE
               ? rc
               : drv_fail(d, UPS_E_GARBLED, "%s: invalid value %04x, three times", what, value);
}

/* Register 1024 has come.  DRV_DONE: believed, and the run's. */
static int take_mode(struct drv *d, struct huawei_run *run, uint16_t mode, int64_t now)
{
    struct huawei *h = d->state;
    int rc = huawei_weigh(&run->mode, huawei_judge_mode(h->profile, mode), mode);

    if (rc == DRV_DONE) {
        if (!h->words.have_mode || h->words.mode != mode)
            h->eco_due = true; /* at once: a full poll asks for 1031 before it is over */
        run->have_mode = true;
        run->have_bits = false; /* those of a run that failed are not this one's */
        run->new_mode = mode;
        run->mode_ms = now;
        run->order = ++h->order;
    }
    return weighed(d, rc, "supply mode (register 1024)", mode);
}

/* Register 1043 has come. */
static int take_bits(struct drv *d, struct huawei_run *run, uint16_t bits)
{
    int rc = huawei_weigh(&run->bits, huawei_judge_bits(bits), bits);

    if (rc == DRV_DONE) {
        run->have_bits = true;
        run->new_bits = bits;
    }
    return weighed(d, rc, "UPS status (register 1043)", bits);
}

static void take_battery(struct drv *d, uint16_t raw)
{
    struct huawei *h = d->state;

    if (huawei_battery_state(&h->words, raw, ups_now(d->host->clock)))
        log_msg(LOG_LVL_INFO, "huawei", d->unit,
                "battery state (register 2002) reads %04x: keeping the last one", raw);
}

/* Alarm words have come: logs bits that no table knows, each once. */
static void note_alarms(struct drv *d)
{
    struct huawei *h = d->state;
    uint16_t unknown[HUAWEI_ALARM_WORDS];
    struct ups_alarm_set none;
    uint32_t status = 0;

    h->alarm_ms = ups_now(d->host->clock);
    memset(&none, 0, sizeof none);
    huawei_alarms_apply(h->profile, h->words.alarm, &none, &status, unknown);
    for (unsigned i = 0; i < HUAWEI_ALARM_WORDS; i++)
        for (unsigned bit = 0; bit < 16; bit++) {
            if (!((unknown[i] & ~h->logged[i]) >> bit & 1))
                continue;
            const struct huawei_alarm *a = huawei_alarm_find(HUAWEI_ALARM_FIRST + i, bit);
            h->logged[i] |= (uint16_t)(1u << bit);
            log_msg(LOG_LVL_NOTICE, "huawei", d->unit,
                    "alarm register %u bit %u is set, which the guide for this model does not "
                    "define%s%s%s",
                    HUAWEI_ALARM_FIRST + i, bit, a ? " (6-20 kVA: " : "",
                    a ? ups_alarms[a->vendor].text : "", a ? ")" : "");
        }
}

/*
 * What the run has read becomes the status, mode and bits together: a mode of now with bits of
 * before would be a state that the UPS never was in, so bits that the run did not get are unknown.
 * A run that a quicker one has overtaken leaves the newer words alone; who was first is counted,
 * because a clock of milliseconds may stand still between two answers over TCP.
 */
static void adopt(struct huawei *h, struct huawei_run *run)
{
    if (run->have_mode && run->order > h->mode_order) {
        h->words.have_mode = true;
        h->words.mode = run->new_mode;
        h->words.have_bits = run->have_bits;
        h->words.bits = run->new_bits;
        h->mode_ms = run->mode_ms;
        h->mode_order = run->order;
    }
    run->have_mode = run->have_bits = false;
}

static int finish(struct drv *d, struct huawei_run *run, struct ups_reading *r)
{
    struct huawei *h = d->state;

    adopt(h, run);
    huawei_derive(h->profile, &h->words, r);
    r->taken_ms = h->mode_ms;
    return DRV_DONE;
}

/* The status is whole: it counts now, whatever the poll has still to ask. */
static int more(struct drv *d, struct huawei_run *run, struct ups_reading *r)
{
    const struct huawei *h = d->state;

    if (run->have_mode && (run->have_bits || h->profile == HUAWEI_LARGE))
        (void)finish(d, run, r);
    return huawei_more(d);
}

/* -- is it still the same one? -------------------------------------------------------------- */

int huawei_reidentify(struct drv *d, struct huawei_run *run)
{
    struct huawei *h = d->state;

    if (h->code == 0) {
        h->reident = false;
        return DRV_MORE;
    }
    int rc = huawei_ask_ident(d, run, h->code);
    if (rc == DRV_MORE || rc == UPS_E_TIMEOUT || rc == UPS_E_GARBLED || rc == UPS_E_BUSY ||
        rc == UPS_E_DISCONNECTED)
        return rc;
    if (rc == DRV_DONE && strcmp(h->fresh.serial, h->ident.serial) == 0 &&
        strcmp(h->fresh.model, h->ident.model) == 0) {
        h->reident = false;
        h->fresh = (struct huawei_ident){0};
        return huawei_more(d);
    }
    if (rc == DRV_DONE)
        (void)drv_fail(d, UPS_E_DISCONNECTED, "another UPS answers: %s %s instead of %s %s",
                       h->fresh.model, h->fresh.serial, h->ident.model, h->ident.serial);
    huawei_release(d, false);
    return UPS_E_DISCONNECTED;
}

/* -- fast poll ------------------------------------------------------------------------------ */

/*
 * The requests of a fast poll; count 0: it is over.  On the small units the third is the battery
 * state, and every few seconds the alarms in its place, so that they need not wait for the next
 * full poll.  On the large ones the last tells whether a battery test runs.
 */
static struct huawei_piece fast_piece(const struct huawei *h, unsigned step)
{
    static const struct huawei_piece small[] = {{1024, 1}, {1043, 1}, {2002, 1}};
    /* No 1043 there: "low battery" is in the alarms. */
    static const struct huawei_piece large[] = {{1024, 1},
                                                {HUAWEI_ALARM_FIRST, HUAWEI_ALARM_WORDS}};
    static const struct huawei_piece large_cut[] = {{1024, 1}, {40164, 1}, {40183, 1}};
    bool cut = h->level[HUAWEI_ALARMS] > 0;
    unsigned alarms = cut ? 3 : 2;

    if (h->profile == HUAWEI_SMALL && step == 2 && h->fast_alarms)
        return *huawei_plan(HUAWEI_SMALL, HUAWEI_ALARMS, 0);
    if (h->profile == HUAWEI_SMALL && step < 3)
        return small[step];
    if (h->profile == HUAWEI_LARGE && step < alarms)
        return cut ? large_cut[step] : large[step];
    if (h->profile == HUAWEI_LARGE && step == alarms && h->has_test &&
        !(h->absent >> HUAWEI_TESTING & 1))
        return (struct huawei_piece){2022, 1};
    return (struct huawei_piece){0, 0};
}

/* The status that is already here must not wait for tries of what is not vital. */
static bool fast_vital(const struct huawei *h, struct huawei_piece p)
{
    return h->profile == HUAWEI_SMALL ? h->fast.step < 2 : p.first != 2022;
}

/* 0: there is a test that could be stopped (G620). */
static void take_testing(struct huawei *h, uint16_t stop)
{
    h->words.testing = stop == 0;
}

static int fast_take(struct drv *d, struct huawei_piece p, const uint16_t *regs, int64_t now)
{
    struct huawei *h = d->state;

    if (p.first >= HUAWEI_ALARM_FIRST) {
        memcpy(h->words.alarm + (p.first - HUAWEI_ALARM_FIRST), regs, p.count * sizeof *regs);
        note_alarms(d);
        return DRV_DONE;
    }
    switch (p.first) {
    case 1024: return take_mode(d, &h->fast, regs[0], now);
    case 1043: return take_bits(d, &h->fast, regs[0]);
    case 2022: take_testing(h, regs[0]); return DRV_DONE;
    default: take_battery(d, regs[0]); return DRV_DONE;
    }
}

static int poll_fast(struct drv *d, struct ups_reading *r)
{
    struct huawei *h = d->state;
    uint16_t regs[HUAWEI_REGS_MAX];

    if (h->fast.step == 0)
        h->fast_alarms = h->level[HUAWEI_ALARMS] == 0 &&
                         ups_now(d->host->clock) - h->alarm_ms >= HUAWEI_ALARM_MS;
    struct huawei_piece p = fast_piece(h, h->fast.step);
    int rc = huawei_read(d, &h->fast, p.first, p.count, regs);

    if (rc == DRV_DONE) {
        rc = fast_take(d, p, regs, ups_now(d->host->clock));
    } else if (rc != UPS_E_DISCONNECTED && !fast_vital(h, p)) {
        h->fast.tries = 0;
        rc = DRV_DONE;
    }
    if (rc == DRV_MORE)
        return rc;
    if (rc == DRV_DONE && fast_piece(h, h->fast.step + 1u).count) {
        h->fast.step++;
        return more(d, &h->fast, r);
    }
    h->fast.step = 0;
    return rc == DRV_DONE ? finish(d, &h->fast, r) : rc;
}

/* -- full poll ------------------------------------------------------------------------------ */

static bool block_due(const struct huawei *h, unsigned block)
{
    if (!huawei_plan(h->profile, (enum huawei_block)block, 0) || (h->absent >> block & 1))
        return false;
    switch (block) {
    case HUAWEI_SELFTEST:
    case HUAWEI_REDUNDANCY:
    case HUAWEI_ECO: return h->eco_due;
    case HUAWEI_TESTING: return h->has_test;
    case HUAWEI_FLOW: return h->words.battery_bad;
    case HUAWEI_RATING: return h->rating_due;
    default: return true;
    }
}

static unsigned next_block(const struct huawei *h, unsigned block)
{
    while (block < HUAWEI_BLOCKS && !block_due(h, block))
        block++;
    return block;
}

static void full_rewind(struct huawei *h)
{
    h->full.piece = 0;
    h->full.buf.have = 0;
}

/* Phases: 0 = one, 1 = three (registers 1025, 1026); anything else: as before. */
static unsigned lines_of(const struct huawei_buffer *b, unsigned base, unsigned before)
{
    uint16_t system;

    if (!huawei_reg(b, base, &system) || system > 1)
        return before;
    return system ? 3 : 1;
}

static int commit_measures(struct drv *d, struct ups_reading *r)
{
    struct huawei *h = d->state;
    const struct huawei_buffer *b = &h->full.buf;
    uint16_t mode;

    if (!huawei_reg(b, 1024, &mode))
        return drv_fail(d, UPS_E_UNSUPPORTED, "supply mode (register 1024) is refused");
    int rc = take_mode(d, &h->full, mode, ups_now(d->host->clock));
    if (rc != DRV_DONE)
        return rc;
    if (h->profile == HUAWEI_LARGE) { /* the small ones have one phase, whatever they say */
        h->lines_in = lines_of(b, 1025, h->lines_in);
        h->lines_out = lines_of(b, 1026, h->lines_out);
    }
    huawei_apply(h->profile, b, h->lines_in, h->lines_out, h->words.battery, r);
    return DRV_DONE;
}

static int commit_control(struct drv *d, struct ups_reading *r)
{
    struct huawei *h = d->state;
    const struct huawei_buffer *b = &h->full.buf;
    uint16_t reg;

    if (huawei_reg(b, 1043, &reg)) {
        int rc = take_bits(d, &h->full, reg);
        if (rc != DRV_DONE)
            return rc;
    }
    h->words.have_auto_start = huawei_reg(b, 1044, &reg) && reg <= 1;
    h->words.auto_start = h->words.have_auto_start ? reg : 0;
    h->has_auto_start = h->words.have_auto_start;
    h->has_bypass = huawei_reg(b, 1045, &reg) && reg <= 1;
    h->has_beeper = huawei_reg(b, 1046, &reg) && reg <= 1;
    huawei_apply(h->profile, b, 1, 1, 0, r);
    return DRV_DONE;
}

/*
 * 9004 and 9005 count changes of the card's list of devices and of their configuration: it may be
 * another UPS behind the same number.
 */
static void note_lists(struct drv *d)
{
    struct huawei *h = d->state;
    uint16_t lists[2];

    if (!huawei_reg(&h->full.buf, 9004, &lists[0]) || !huawei_reg(&h->full.buf, 9005, &lists[1]))
        return;
    if (h->have_lists && memcmp(lists, h->lists, sizeof lists) != 0) {
        log_msg(LOG_LVL_NOTICE, "huawei", d->unit,
                "the card's list of devices has changed: asking again who it is");
        h->reident = h->rating_due = h->eco_due = true;
    }
    h->have_lists = true;
    memcpy(h->lists, lists, sizeof lists);
}

/* 9007 tells the class of a unit that has no rating: 16, 32, 64 for 6, 10, 20 kVA (G620). */
static void class_rating(const struct huawei_buffer *b, struct ups_reading *r)
{
    uint16_t class;
    int64_t rating;

    if (ups_get(r, UPS_VAR_UPS_POWER_NOMINAL, 0, &rating) || !huawei_reg(b, 9007, &class))
        return;
    rating = class == 16 ? 6 : class == 32 ? 10 : class == 64 ? 20 : 0;
    if (rating)
        ups_set(r, UPS_VAR_UPS_POWER_NOMINAL, 0, rating * 1000000);
}

static int commit_card(struct drv *d, struct ups_reading *r)
{
    struct huawei *h = d->state;
    uint16_t state;

    if (huawei_reg(&h->full.buf, 9008, &state) && (state == 0 || state == 2))
        return drv_fail(d, UPS_E_TIMEOUT, "the card answers, but it has lost the UPS (9008 = %u)",
                        state);
    note_lists(d);
    class_rating(&h->full.buf, r);
    return DRV_DONE;
}

/* All pieces of the block are there. */
static int commit(struct drv *d, struct ups_reading *r)
{
    struct huawei *h = d->state;
    const struct huawei_buffer *b = &h->full.buf;
    uint16_t reg;

    if (!b->have)
        h->absent |= 1u << h->full.step;
    switch (h->full.step) {
    case HUAWEI_ALARMS:
        for (unsigned i = 0; i < HUAWEI_ALARM_WORDS; i++)
            if (huawei_reg(b, HUAWEI_ALARM_FIRST + i, &reg))
                h->words.alarm[i] = reg;
        note_alarms(d);
        return DRV_DONE;
    case HUAWEI_MEASURES: return commit_measures(d, r);
    case HUAWEI_CONTROL: return commit_control(d, r);
    case HUAWEI_BATTERY:
        if (huawei_reg(b, 2002, &reg))
            take_battery(d, reg);
        break;
    case HUAWEI_TESTING:
        if (huawei_reg(b, 2022, &reg))
            take_testing(h, reg);
        return DRV_DONE;
    case HUAWEI_ECO: h->eco_due = false; break;
    case HUAWEI_RATING: h->rating_due = false; break;
    case HUAWEI_FLOW:
        h->words.have_flow = huawei_reg(b, 9006, &h->words.flow) && h->words.flow != 0xffff;
        return DRV_DONE;
    case HUAWEI_CARD: return commit_card(d, r);
    default: break;
    }
    huawei_apply(h->profile, b, h->lines_in, h->lines_out, h->words.battery, r);
    return DRV_DONE;
}

/* Registers that nobody has read on a unit yet, and that the rest can do without. */
static bool optional(const struct huawei *h, unsigned block)
{
    return h->profile == HUAWEI_LARGE && (block == HUAWEI_TESTING || block == HUAWEI_SELFTEST ||
                                          block == HUAWEI_PARALLEL || block == HUAWEI_REDUNDANCY);
}

/*
 * The device refused a piece, or keeps silent about a block that has never worked: ask for less at
 * once from now on, and at last do without.  Returns false if the error stands.
 */
static bool full_cut(struct drv *d, int rc)
{
    struct huawei *h = d->state;
    enum huawei_block block = h->full.step;
    bool refused = rc == UPS_E_INVALID || rc == UPS_E_UNSUPPORTED || rc == UPS_E_REFUSED;
    bool unproven = rc == UPS_E_TIMEOUT && !(h->proven >> block & 1);
    bool smaller = huawei_plan(h->profile, block, h->level[block] + 1u) != NULL;

    if (!refused && !(unproven && (smaller || optional(h, block))))
        return false;
    if (!smaller || (!refused && optional(h, block))) {
        h->full.piece++;
        return true;
    }
    h->level[block]++;
    full_rewind(h);
    log_msg(LOG_LVL_INFO, "huawei", d->unit, "%s: asking for smaller blocks from now on", d->why);
    return true;
}

/* One transaction into the buffer.  DRV_DONE: read, or given up for good. */
static int full_piece(struct drv *d, const struct huawei_piece *p)
{
    struct huawei *h = d->state;
    struct huawei_buffer *b = &h->full.buf;
    uint16_t regs[HUAWEI_REGS_MAX];
    unsigned at = p->first - (unsigned)b->first;
    bool trial = optional(h, h->full.step) && !(h->proven >> h->full.step & 1);

    if (trial) /* one try: silence about it must not look like a dead wire */
        h->hopeless = true;
    int rc = huawei_read(d, &h->full, p->first, p->count, regs);
    if (trial)
        h->hopeless = false;
    if (rc == DRV_DONE) {
        memcpy(b->reg + at, regs, p->count * sizeof *regs);
        b->have |= (((uint64_t)1 << p->count) - 1) << at;
        h->proven |= 1u << h->full.step;
        h->full.piece++;
        return DRV_DONE;
    }
    if (rc == DRV_MORE || !h->mb)
        return rc;
    return full_cut(d, rc) ? DRV_DONE : rc;
}

int huawei_poll_full(struct drv *d, struct ups_reading *r)
{
    struct huawei *h = d->state;

    h->full.step = (uint8_t)next_block(h, h->full.step);
    enum huawei_block block = h->full.step;
    h->full.buf.first = huawei_plan(h->profile, block, 0)->first;
    h->full.buf.count = huawei_plan(h->profile, block, 0)->count;
    int rc = full_piece(d, &huawei_plan(h->profile, block, h->level[block])[h->full.piece]);
    if (rc == DRV_MORE)
        return rc;
    if (rc == DRV_DONE) {
        if (huawei_plan(h->profile, block, h->level[block])[h->full.piece].count)
            return huawei_more(d);
        rc = commit(d, r);
        full_rewind(h);
        if (rc == DRV_MORE)
            return rc; /* something vital was not plausible: the same block again */
    }
    if (rc < 0) {
        full_rewind(h);
        h->full.step = 0;
        return rc;
    }
    h->full.step = (uint8_t)next_block(h, block + 1u);
    if (h->full.step < HUAWEI_BLOCKS)
        return more(d, &h->full, r);
    h->full.step = 0;
    if (h->absent >> HUAWEI_ECO & 1)
        h->eco_due = false; /* nobody is left to clear it */
    return finish(d, &h->full, r);
}

int huawei_poll(struct drv *d, enum drv_poll kind, struct ups_reading *r)
{
    struct huawei *h = d->state;

    d->not_before_ms = 0;
    if (!h->mb)
        return drv_fail(d, UPS_E_DISCONNECTED, "not open");
    if (h->reident) {
        int rc = huawei_reidentify(d, kind == DRV_POLL_FAST ? &h->fast : &h->full);
        return rc == DRV_DONE ? DRV_MORE : rc;
    }
    return kind == DRV_POLL_FAST ? poll_fast(d, r) : huawei_poll_full(d, r);
}
