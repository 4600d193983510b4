/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Siemens SITOP: the driver's face to the daemon, opening, and listening.
 *
 * A status poll is a time of listening that lasts as long as the unit's pollinterval, one right
 * after the other; what changes meanwhile is told at once.  Nothing is ever sent but commands: each
 * byte can silence the unit for good.
 */
#include "siemens_sitop.h"

#include <string.h>

enum {
    FIRST_WORD_MS = 5000, /* opening: until the first word */
    ALL_WORDS_MS = 4000,  /* from then on until the state is whole; a steady ALARM takes 3 s */
    GAP_MS = 5000,        /* nobody has listened for so long: the port may have overflowed */
    LISTEN_MOST = 65536,  /* bytes that one step takes in */
    STRAY_MOST = 16,      /* bytes while opening that a line getting its power may have made up */
    CONNECT_MS = 2000,
};

static const char *const off_on[] = {"off", "on", NULL};
static const char *const levels[] = {"low", "high", "keep", NULL};

static const struct drv_option options[] = {
    [SITOP_OPT_MAX_POLLS] = {"max_polls_without_data", DRV_OPT_INT, 1, 1000, NULL, NULL, "2",
                             "Status polls in a row without a status word; after one more the port "
                             "is opened anew."},
    [SITOP_OPT_DELAY] = {"device_delay", DRV_OPT_INT, 5, 635, NULL, "s", "5",
                         "The buffering time that the DIP switches of the UPS are set to: 5 s and "
                         "what they add."},
    [SITOP_OPT_INTERRUPTION] = {"interruption", DRV_OPT_CHOICE, 0, 0, off_on, NULL, "on",
                                "DIP switch of the UPS: after the time the output is interrupted "
                                "even if the input is there."},
    [SITOP_OPT_MODEL] = {"model", DRV_OPT_TEXT, 0, UPS_TEXT_MAX - 1, NULL, NULL,
                         "SITOP UPS500 series", "Name of the model; the UPS does not tell it."},
    [SITOP_OPT_DTR] = {"dtr", DRV_OPT_CHOICE, 0, 0, levels, NULL, "high",
                       "Level of the modem line DTR after opening."},
    [SITOP_OPT_RTS] = {"rts", DRV_OPT_CHOICE, 0, 0, levels, NULL, "high",
                       "Level of the modem line RTS after opening."},
    {.name = NULL},
};

void sitop_release(struct drv *d)
{
    struct sitop *s = d->state;

    d->wait_fd = -1;
    if (s->link)
        d->host->hang_up(d->host, d, s->link, false);
    s->link = NULL;
}

/* -- listening ------------------------------------------------------------------------------ */

static int lost(struct drv *d)
{
    sitop_release(d);
    return drv_fail(d, UPS_E_DISCONNECTED, "the port is gone");
}

/* Old states must not be played back: what has piled up is dropped. */
static int flush(struct sitop *s)
{
    int n = link_drain(s->link);

    if (n < 0)
        return n;
    s->flush = n >= LISTEN_MOST;
    s->parser = (struct sitop_parser){0};
    sitop_state_gap(&s->state);
    return UPS_OK;
}

static void take_bytes(struct sitop *s, const uint8_t *bytes, size_t count, int64_t now)
{
    for (size_t i = 0; i < count; i++) {
        enum sitop_word word = sitop_parse(&s->parser, bytes[i]);
        if (word != SITOP_NO_WORD)
            sitop_state_word(&s->state, word, !s->parser.sliding, now);
    }
    s->bytes += (uint32_t)count;
}

/* A change moves taken_ms on, which is how it is told at once, even twice in a millisecond. */
static void tell(struct sitop *s, struct ups_reading *r)
{
    uint32_t mark = sitop_state_mark(&s->state);

    if (mark == s->mark)
        return;
    s->mark = mark;
    sitop_derive(&s->state, r);
    r->taken_ms = s->state.word_ms > r->taken_ms ? s->state.word_ms : r->taken_ms + 1;
}

int sitop_listen(struct drv *d, struct ups_reading *r)
{
    struct sitop *s = d->state;
    int64_t now = ups_now(d->host->clock);
    uint8_t bytes[512];
    int n, total = 0;

    s->flush = s->flush || now - s->listened_ms > GAP_MS;
    s->listened_ms = now;
    if (s->flush)
        return flush(s) < 0 ? lost(d) : UPS_OK;
    while (total < LISTEN_MOST && (n = link_read(s->link, bytes, sizeof bytes)) != 0) {
        if (n < 0)
            return lost(d);
        take_bytes(s, bytes, (size_t)n, now);
        total += n;
    }
    tell(s, r);
    return UPS_OK;
}

/* The next step comes with the next input, or at that time. */
static int wait_until(struct drv *d, int64_t time_ms)
{
    const struct sitop *s = d->state;

    d->wait_fd = s->link->fd;
    d->not_before_ms = time_ms;
    return DRV_MORE;
}

/* -- opening -------------------------------------------------------------------------------- */

static enum link_line line_level(int64_t choice)
{
    static const enum link_line lines[] = {LINK_LINE_LOW, LINK_LINE_HIGH, LINK_LINE_KEEP};

    return lines[choice];
}

static int dial(struct drv *d)
{
    struct sitop *s = d->state;
    int64_t now = ups_now(d->host->clock);
    struct link_params wire = {
        .baud = 9600,
        .parity = 'N',
        .stop_bits = 1,
        .data_bits = 8,
        .dtr = line_level(drv_num(d, SITOP_OPT_DTR)),
        .rts = line_level(drv_num(d, SITOP_OPT_RTS)),
        .connect_ms = CONNECT_MS,
    };

    /* the UPS acts on a command once the port is closed */
    if (now < d->keep[SITOP_KEEP_CLOSED]) {
        d->not_before_ms = d->keep[SITOP_KEEP_CLOSED];
        return DRV_MORE;
    }
    enum ups_error err = d->host->dial(d->host, d, &wire, &s->link);
    if (err) {
        s->link = NULL;
        return (int)err;
    }
    sitop_state_init(&s->state);
    s->mark = sitop_state_mark(&s->state);
    s->begun_ms = s->listened_ms = ups_now(d->host->clock);
    return wait_until(d, s->begun_ms + FIRST_WORD_MS);
}

static int no_words(struct drv *d)
{
    struct sitop *s = d->state;
    uint32_t bytes = s->bytes;

    sitop_release(d);
    if (bytes > STRAY_MOST) {
        d->count.garbled++;
        return drv_fail(d, UPS_E_GARBLED,
                        "%u bytes in %d s, but no status word: not a SITOP, or not 9600 bit/s",
                        bytes, FIRST_WORD_MS / 1000);
    }
    d->count.timeouts++;
    return drv_fail(d, UPS_E_TIMEOUT,
                    "no status words in %d s; if the port is right, reconnect the USB cable or "
                    "restart the UPS",
                    FIRST_WORD_MS / 1000);
}

static bool all_known(const struct sitop_state *s)
{
    for (unsigned i = 0; i < SITOP_SIGNALS; i++)
        if (s->signal[i].value == SITOP_UNKNOWN)
            return false;
    return true;
}

static int opened(struct drv *d, struct ups_reading *r)
{
    const struct sitop *s = d->state;
    const char *model = d->opt[SITOP_OPT_MODEL].text;

    ups_set_text(r, UPS_VAR_UPS_MFR, "Siemens", strlen("Siemens"));
    ups_set_text(r, UPS_VAR_UPS_MODEL, model, strlen(model));
    /* direct current, and nothing is measured on it: RFC 1628 has no line to show */
    ups_set(r, UPS_VAR_INPUT_PHASES, 0, 0);
    ups_set(r, UPS_VAR_OUTPUT_PHASES, 0, 0);
    sitop_find_commands(d);
    r->taken_ms = s->state.word_ms > r->taken_ms ? s->state.word_ms : r->taken_ms;
    d->wait_fd = s->link->fd;
    return DRV_DONE;
}

static int sitop_open(struct drv *d, struct ups_reading *r)
{
    struct sitop *s = d->state;

    d->not_before_ms = 0;
    if (!s->link)
        return dial(d);
    int rc = sitop_listen(d, r);
    if (rc < 0)
        return rc;
    int64_t now = ups_now(d->host->clock);
    if (s->first_ms == 0 && s->state.words > 0)
        s->first_ms = now;
    int64_t end = s->first_ms ? s->first_ms + ALL_WORDS_MS : s->begun_ms + FIRST_WORD_MS;
    if (all_known(&s->state) || (s->first_ms && now >= end))
        return opened(d, r);
    if (now >= end)
        return no_words(d);
    return wait_until(d, end);
}

/* -- polls ---------------------------------------------------------------------------------- */

static int empty_poll(struct drv *d)
{
    struct sitop *s = d->state;
    int64_t silent = ups_now(d->host->clock) - s->state.word_ms;

    if (s->bytes > 0)
        d->count.garbled++;
    else
        d->count.timeouts++;
    (void)drv_fail(d, UPS_E_TIMEOUT, "no status word for %d.%d s%s", (int)(silent / 1000),
                   (int)(silent % 1000 / 100), s->bytes > 0 ? ", but other bytes" : "");
    if (++s->empty_polls <= drv_num(d, SITOP_OPT_MAX_POLLS))
        return UPS_E_TIMEOUT;
    sitop_release(d);
    return UPS_E_DISCONNECTED;
}

static int poll_status(struct drv *d, struct ups_reading *r)
{
    struct sitop *s = d->state;

    if (!s->polling) {
        s->polling = true;
        s->poll_end_ms = ups_now(d->host->clock) + d->poll_ms;
        s->poll_words = s->state.words;
        s->bytes = 0;
    }
    int rc = sitop_listen(d, r);
    if (rc < 0)
        return rc;
    if (ups_now(d->host->clock) < s->poll_end_ms)
        return wait_until(d, s->poll_end_ms);
    s->polling = false;
    d->wait_fd = s->link->fd;
    d->count.transactions++;
    if (s->state.words == s->poll_words)
        return empty_poll(d);
    s->empty_polls = 0;
    if (s->state.word_ms > r->taken_ms)
        r->taken_ms = s->state.word_ms;
    return DRV_DONE;
}

/* There is nothing to ask for: good as long as the words come. */
static int poll_all(struct drv *d, struct ups_reading *r)
{
    struct sitop *s = d->state;
    int rc = sitop_listen(d, r);

    if (rc < 0)
        return rc;
    if (s->empty_polls > 0)
        return drv_fail(d, UPS_E_TIMEOUT, "no status words");
    if (s->state.word_ms > r->taken_ms)
        r->taken_ms = s->state.word_ms;
    return DRV_DONE;
}

static int sitop_poll(struct drv *d, enum drv_poll kind, struct ups_reading *r)
{
    const struct sitop *s = d->state;

    d->not_before_ms = 0;
    if (!s->link)
        return drv_fail(d, UPS_E_DISCONNECTED,
                        "the port stays closed until the UPS has switched off");
    return kind == DRV_POLL_FULL ? poll_all(d, r) : poll_status(d, r);
}

const struct drv_driver siemens_sitop_driver = {
    .name = "siemens-sitop",
    .summary = "Siemens SITOP UPS500S/P and DC UPS with USB (24 V DC)",
    .options = options,
    .ports = LINK_PORT_TTY | LINK_PORT_TCP,
    .state_size = sizeof(struct sitop),
    .open = sitop_open,
    .poll = sitop_poll,
    .command = sitop_command,
    .abandon = sitop_abandon,
    .close = sitop_release,
    .ask = DRV_ASK_LISTENS,
};
