/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Huawei UPS2000: opening a device.  Dial, ask who it is, find the UPS number behind a card, read
 * the rating, then one full poll, which finds out which blocks the device gives.
 */
#include "huawei_ups2000.h"

#include <string.h>

enum stage { DIAL, LIST, BASIC, NUMBER, RATING, VERSION, TESTS, FIRST_POLL };

static enum ups_error vet(const char *path, char *why, size_t why_size)
{
    return huawei_vet_tty("/sys", path, why, why_size);
}

static enum link_line line_level(int64_t choice)
{
    static const enum link_line levels[] = {LINK_LINE_LOW, LINK_LINE_HIGH, LINK_LINE_KEEP};

    return levels[choice];
}

static int dial(struct drv *d)
{
    static const unsigned bauds[] = {2400, 4800, 9600, 19200};
    struct huawei *h = d->state;
    int response_ms = (int)drv_num(d, HUAWEI_OPT_RESPONSE);
    struct link_params wire = {
        .baud = bauds[drv_num(d, HUAWEI_OPT_BAUD)],
        .parity = "NEO"[drv_num(d, HUAWEI_OPT_PARITY)],
        .stop_bits = (uint8_t)drv_num(d, HUAWEI_OPT_STOP),
        .data_bits = 8,
        .dtr = line_level(drv_num(d, HUAWEI_OPT_DTR)),
        .rts = line_level(drv_num(d, HUAWEI_OPT_RTS)),
        .connect_ms = response_ms,
        .vet = vet,
    };
    enum ups_error err = d->host->dial(d->host, d, &wire, &h->link);
    if (err) {
        h->link = NULL;
        return err;
    }
    struct mb_params mb = {
        .framing = h->link->kind == LINK_PORT_TCP ? MB_TCP : MB_RTU,
        .slave = (uint8_t)drv_num(d, HUAWEI_OPT_SLAVE),
        .response_ms = response_ms,
        .clock = d->host->clock,
        .count = &d->count,
        .unit = d->unit,
    };
    if (!h->link->heard_ms)
        h->link->heard_ms = ups_now(d->host->clock);
    h->number = 1;
    h->lines_in = h->lines_out = 1;
    h->eco_due = true;
    h->stage = drv_num(d, HUAWEI_OPT_MODEL) == HUAWEI_MODEL_LARGE ? BASIC : LIST;
    err = mb_open(h->link, &mb, &h->mb, d->why, sizeof d->why);
    return err ? (int)err : huawei_more(d);
}

/* -- who is it ------------------------------------------------------------------------------ */

int huawei_ask_ident(struct drv *d, struct huawei_run *run, uint8_t code)
{
    struct huawei *h = d->state;
    uint8_t pdu[MB_PDU_MAX];
    size_t len;
    unsigned first = code == HUAWEI_ID_LIST ? HUAWEI_ID_LIST_FIRST : HUAWEI_ID_BASIC_FIRST;

    if (h->fresh.next)
        first = h->fresh.next;
    enum ups_error err = mb_device_id(h->mb, code, (uint8_t)first, pdu, &len);
    if (err) {
        h->fresh = (struct huawei_ident){0};
        return huawei_outcome(d, run, err);
    }
    int rc = huawei_ident_feed(&h->fresh, code, pdu, len, d->why, sizeof d->why);
    if (rc == HUAWEI_IDENT_MORE) {
        (void)huawei_outcome(d, run, UPS_OK);
        return huawei_more(d);
    }
    if (rc == HUAWEI_IDENT_DONE)
        rc = huawei_ident_check(&h->fresh, code, d->why, sizeof d->why);
    if (rc == UPS_OK)
        return huawei_outcome(d, run, UPS_OK);
    /* The frame was whole and its content is not: as often as the device likes to say so. */
    h->fresh = (struct huawei_ident){0};
    if (rc == UPS_E_GARBLED && ++run->tries < HUAWEI_TRIES)
        return huawei_again(d);
    run->tries = 0;
    return rc;
}

static void identity_texts(const struct huawei_ident *id, struct ups_reading *r)
{
    ups_set_text(r, UPS_VAR_UPS_MFR, "Huawei", 6);
    ups_set_text(r, UPS_VAR_UPS_TYPE, "online", 6);
    ups_set_text(r, UPS_VAR_UPS_MODEL, id->model, strlen(id->model));
    ups_set_text(r, UPS_VAR_UPS_FIRMWARE, id->firmware, strlen(id->firmware));
    ups_set_text(r, UPS_VAR_UPS_FIRMWARE_AUX, id->protocol, strlen(id->protocol));
    ups_set_text(r, UPS_VAR_UPS_SERIAL, id->serial, strlen(id->serial));
}

/* The identification stands: which register map does it mean? */
static int accept_ident(struct drv *d, uint8_t code, struct ups_reading *r)
{
    struct huawei *h = d->state;
    int64_t model = drv_num(d, HUAWEI_OPT_MODEL);

    h->ident = h->fresh;
    h->code = code;
    if (model == HUAWEI_MODEL_AUTO)
        h->profile = code == HUAWEI_ID_BASIC ? HUAWEI_LARGE : HUAWEI_SMALL;
    else
        h->profile = model == HUAWEI_MODEL_SMALL ? HUAWEI_SMALL : HUAWEI_LARGE;
    if (code == 0) {
        log_msg(LOG_LVL_WARN, "huawei", d->unit,
                "the device refuses to say who it is: it is watched, but not controlled");
    } else {
        identity_texts(&h->ident, r);
        if (!huawei_model_known(h->ident.model))
            log_msg(LOG_LVL_WARN, "huawei", d->unit,
                    "model '%s' has not been tried: expected UPS2000, UPS2000A or UPS2000G",
                    h->ident.model);
    }
    if (d->opt[HUAWEI_OPT_NUMBER].set)
        h->number = (unsigned)drv_num(d, HUAWEI_OPT_NUMBER);
    if (h->ident.number && h->ident.number != (int)h->number)
        return drv_fail(d, UPS_E_FOREIGN, "the device says it is UPS number %d, expected %u",
                        h->ident.number, h->number);
    h->stage = h->profile == HUAWEI_LARGE && !d->opt[HUAWEI_OPT_NUMBER].set ? NUMBER : RATING;
    return huawei_more(d);
}

static int open_ident(struct drv *d, struct ups_reading *r)
{
    struct huawei *h = d->state;
    uint8_t code = h->stage == LIST ? HUAWEI_ID_LIST : HUAWEI_ID_BASIC;
    int rc = huawei_ask_ident(d, &h->open, code);

    if (rc == DRV_MORE)
        return rc;
    if (rc == DRV_DONE)
        return accept_ident(d, code, r);
    /*
     * Refused: exception 01 or 02, or 03 in all tries (Modbus' code for a request of an unknown
     * kind; on these devices also a damaged one, hence the tries).
     */
    bool refused = rc == UPS_E_UNSUPPORTED || rc == UPS_E_INVALID || rc == UPS_E_REFUSED ||
                   (rc == UPS_E_GARBLED && h->mb && mb_exception(h->mb) == 3);
    if (!refused)
        return rc;
    h->hopeless = false;
    if (h->stage == BASIC)
        return accept_ident(d, 0, r);
    h->stage = BASIC;
    return huawei_more(d);
}

/* -- what does it have ---------------------------------------------------------------------- */

/* A UPS number that is not connected answers nothing at all (G620 chapter 2): one try each. */
static int open_number(struct drv *d)
{
    struct huawei *h = d->state;
    uint16_t reg;
    enum ups_error err = mb_read(h->mb, huawei_address(h, 1000), 1, &reg);

    if (err == UPS_OK) {
        (void)huawei_outcome(d, &h->open, UPS_OK);
        h->stage = RATING;
        return huawei_more(d);
    }
    if (err == UPS_E_DISCONNECTED)
        return huawei_outcome(d, &h->open, err);
    if (h->number == HUAWEI_NUMBERS)
        return drv_fail(d, UPS_E_TIMEOUT, "no UPS number from 1 to %d answers", HUAWEI_NUMBERS);
    h->number++;
    return huawei_more(d);
}

static int open_rating(struct drv *d, struct ups_reading *r)
{
    struct huawei *h = d->state;
    const struct huawei_piece *p = huawei_plan(h->profile, HUAWEI_RATING, 0);
    struct huawei_buffer b = {.first = p->first, .count = p->count, .have = 1};
    int rc = huawei_read(d, &h->open, p->first, p->count, b.reg);

    if (rc == DRV_MORE || rc == UPS_E_DISCONNECTED || rc == UPS_E_TIMEOUT || rc == UPS_E_GARBLED ||
        rc == UPS_E_BUSY)
        return rc;
    if (rc == DRV_DONE)
        huawei_apply(h->profile, &b, 1, 1, 0, r);
    h->has_test = h->profile == HUAWEI_SMALL;
    h->stage = h->profile == HUAWEI_LARGE ? VERSION : FIRST_POLL;
    return huawei_more(d);
}

/*
 * Behind a card the identification tells one version, these registers that of the UPS (G620).  A
 * unit that keeps it to itself is no worse for that.
 */
static int open_version(struct drv *d, struct ups_reading *r)
{
    enum { WORDS = 10 };
    struct huawei *h = d->state;
    uint16_t word[WORDS];
    uint8_t bytes[2 * WORDS];
    char text[2 * WORDS + 1];

    h->hopeless = true; /* one try */
    int rc = huawei_read(d, &h->open, 9011, WORDS, word);
    h->hopeless = false;
    if (rc == DRV_MORE || rc == UPS_E_DISCONNECTED)
        return rc;
    for (unsigned i = 0; rc == DRV_DONE && i < WORDS; i++) {
        bytes[2 * i] = (uint8_t)(word[i] >> 8);
        bytes[2 * i + 1] = (uint8_t)word[i];
    }
    if (rc == DRV_DONE) {
        huawei_text(text, sizeof text, bytes, sizeof bytes);
        ups_set_text(r, UPS_VAR_UPS_FIRMWARE_AUX, text, strlen(text));
    }
    h->stage = strcmp(h->ident.model, "UPS2000A") != 0 ? TESTS : FIRST_POLL;
    return huawei_more(d);
}

/*
 * Register 2019 tells whether a battery test is possible now (G620); a unit that has it has tests,
 * even if one runs at the moment or the mains have failed.  A UPS2000A of that class has none.
 */
static int open_tests(struct drv *d)
{
    struct huawei *h = d->state;
    uint16_t possible;
    int rc = huawei_read(d, &h->open, 2019, 1, &possible);

    if (rc == DRV_MORE || rc == UPS_E_DISCONNECTED || rc == UPS_E_TIMEOUT || rc == UPS_E_GARBLED ||
        rc == UPS_E_BUSY)
        return rc;
    h->has_test = rc == DRV_DONE;
    h->stage = FIRST_POLL;
    return huawei_more(d);
}

/* What the device can be told to do, from the guides' control registers and what it answered. */
static uint32_t find_commands(const struct huawei *h)
{
    uint32_t c = UPS_COMMAND_BIT(LOAD_OFF) | UPS_COMMAND_BIT(LOAD_ON);

    if (h->code == 0)
        return 0; /* nobody knows what it is: hands off */
    if (h->has_test)
        c |= UPS_COMMAND_BIT(TEST_BATTERY_START_QUICK) | UPS_COMMAND_BIT(TEST_BATTERY_START_DEEP) |
             UPS_COMMAND_BIT(TEST_BATTERY_STOP);
    if (h->profile == HUAWEI_LARGE)
        return c; /* no delays, no bypass, no beeper in that map */
    if (h->has_auto_start)
        c |= UPS_COMMAND_BIT(SHUTDOWN_RETURN) | UPS_COMMAND_BIT(SHUTDOWN_STAYOFF) |
             UPS_COMMAND_BIT(SHUTDOWN_REBOOT) | UPS_COMMAND_BIT(SHUTDOWN_REBOOT_GRACEFUL) |
             UPS_COMMAND_BIT(SHUTDOWN_STOP);
    if (h->has_bypass)
        c |= UPS_COMMAND_BIT(BYPASS_START) | UPS_COMMAND_BIT(BYPASS_STOP);
    if (h->has_beeper)
        c |= UPS_COMMAND_BIT(BEEPER_ENABLE) | UPS_COMMAND_BIT(BEEPER_DISABLE) |
             UPS_COMMAND_BIT(BEEPER_TOGGLE);
    return c;
}

/* The longest delays that it counts; a map without delays counts none. */
static void find_delays(struct drv *d)
{
    bool counts = d->caps.commands & UPS_COMMAND_BIT(SHUTDOWN_RETURN);

    d->caps.off_most = counts ? HUAWEI_OFF_MOST_S : 0;
    d->caps.on_most = counts ? HUAWEI_ON_MOST_S : 0;
}

static int open_first_poll(struct drv *d, struct ups_reading *r)
{
    struct huawei *h = d->state;
    int rc = huawei_poll_full(d, r);

    if (rc != DRV_DONE)
        return rc;
    if (h->profile == HUAWEI_SMALL && !h->words.have_bits)
        return drv_fail(d, UPS_E_FOREIGN, "register 1043 is not there: not a UPS2000 of 1-3 kVA");
    d->caps.commands = find_commands(h);
    find_delays(d);
    return huawei_find_settings(d, r);
}

static int open_step(struct drv *d, struct ups_reading *r)
{
    struct huawei *h = d->state;

    switch (h->stage) {
    case DIAL: return dial(d);
    case LIST:
    case BASIC: return open_ident(d, r);
    case NUMBER: return open_number(d);
    case RATING: return open_rating(d, r);
    case VERSION: return open_version(d, r);
    case TESTS: return open_tests(d);
    default: return open_first_poll(d, r);
    }
}

int huawei_open(struct drv *d, struct ups_reading *r)
{
    int rc;

    d->not_before_ms = 0;
    rc = open_step(d, r);
    if (rc < 0)
        huawei_release(d, false);
    return rc;
}
