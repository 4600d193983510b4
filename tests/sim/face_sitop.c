/* SPDX-License-Identifier: BSD-2-Clause */
/* The stream of a SITOP on a pty or TCP connection: bursts of four words, bytes from the host. */
#include <stdlib.h>
#include <string.h>

#include "face.h"
#include "sitop.h"

static const int64_t burst_ns = 75 * NS_PER_MS;

static void create(struct unit *unit)
{
    struct sitop *s = buf_alloc(sizeof *s);

    sitop_init(s, &unit->model);
    unit->face_data = s;
}

static void destroy(struct unit *unit)
{
    free(unit->face_data);
}

static enum face_answer option(struct unit *unit, const char *key, const char *value,
                               struct buf *why)
{
    if (sitop_option(unit->face_data, key, value, why))
        return FACE_OK;
    return why->len ? FACE_BAD : FACE_UNKNOWN;
}

static int addresses(char *const *options, int count, int list[32], struct buf *why)
{
    (void)options;
    (void)count;
    (void)why;
    list[0] = 1;
    return 1;
}

static bool ready(struct unit *unit, struct buf *why)
{
    struct model *m = &unit->model;

    (void)why;
    model_set_mains(m, m->mains_v, m->cfg.nominal_hz);
    sitop_ready(unit->face_data);
    return true;
}

static double chance(void *context)
{
    return (double)(io_random(context) % 10000U) / 10000.0;
}

static void input(struct conn *conn)
{
    struct bus *bus = conn->bus;
    struct unit *unit = &bus->units[0];

    unit_update(unit);
    for (size_t i = 0; i < conn->rx_len; i++) {
        uint8_t byte = conn->rx[i];

        bus->stats.requests++;
        bus_log_line(bus, &byte, 1, byte != 'R' && byte != 'S' && byte != '\n');
        sitop_byte(unit->face_data, (char)byte, bus->sim->now, chance, bus->sim);
    }
    conn->rx_len = 0;
    sitop_update(unit->face_data);
}

static void idle(struct conn *conn)
{
    conn->rx_len = 0;
}

/* --- the stream --- */

static size_t put_word(const struct sitop *s, enum sitop_signal signal, char *to)
{
    static const char *const ends[] = {"\r\n", "\n", "\r", ""};
    const char *word = sitop_word(s, signal);
    const char *end = ends[s->line_end];
    size_t len = strlen(end);

    if (s->show.left && sitop_signal_of(s->show_word) == (int)signal)
        word = s->show_word;
    memcpy(to, word, 5);
    memcpy(to + 5, end, len);
    return 5 + len;
}

static size_t burst(struct sitop *s, struct sim *sim, char *to)
{
    unsigned first = s->single ? s->next_word++ : s->shuffled ? io_random(sim) : 0;
    size_t len = 0;

    for (unsigned i = 0; i < (s->single ? 1 : SITOP_SIGNALS); i++) {
        enum sitop_signal signal = (enum sitop_signal)((first + i) % SITOP_SIGNALS);

        if (!s->omit[signal])
            len += put_word(s, signal, to + len);
    }
    return len;
}

static void send_burst(struct unit *unit)
{
    struct sitop *s = unit->face_data;
    struct bus *bus = unit->bus;
    char data[64];
    size_t len = burst(s, bus->sim, data);

    shot_take(&s->show);
    for (struct conn *conn = bus->conns; conn; conn = conn->next)
        if (!conn->closed && len)
            unit_reply(unit, conn, 0, (const uint8_t *)data, len, len / 2);
}

/* What the wall clock decides about a command. */
static void watch_command(struct sitop *s, int64_t now)
{
    if (s->remote != SITOP_ARMED || now - s->last_byte < NS_PER_S)
        return;
    if (s->lf_hang && s->lone)
        s->mute = true;
    else if (s->nut_style)
        sitop_hangup(s);
}

static int64_t due(struct unit *unit, int64_t now)
{
    struct sitop *s = unit->face_data;
    struct sim *sim = unit->bus->sim;
    int64_t period = s->single ? burst_ns / SITOP_SIGNALS : burst_ns;

    if (!s->next_burst)
        s->next_burst = now;
    if (s->next_burst > now)
        return s->next_burst;
    unit_update(unit);
    watch_command(s, now);
    if (!sitop_silent(s) && io_heard(unit->bus) && !unit_deaf(unit))
        send_burst(unit);
    if (!s->steady) /* +- 20 % */
        period = period * (800 + (int64_t)(io_random(sim) % 401U)) / 1000;
    s->next_burst += period;
    if (s->next_burst <= now)
        s->next_burst = now + period;
    return s->next_burst;
}

static void updated(struct unit *unit)
{
    sitop_update(unit->face_data);
}

static void hangup(struct unit *unit)
{
    sitop_hangup(unit->face_data);
}

static void replug(struct unit *unit)
{
    sitop_replug(unit->face_data);
}

static void powercycle(struct unit *unit)
{
    struct sitop *s = unit->face_data;

    s->mute = s->dark = false;
    s->remote = SITOP_IDLE;
    s->resume_at = -1.0;
}

/* --- control --- */

/* A false word for so many bursts. */
static enum face_answer show(struct sitop *s, int argc, char *const *argv, struct buf *out)
{
    long count = 1;

    if (argc < 2 || argc > 3 || sitop_signal_of(argv[1]) < 0 ||
        (argc == 3 && !parse_long(argv[2], -1, 1000000, &count))) {
        buf_printf(out, "usage: show WORD [N]");
        return FACE_BAD;
    }
    memcpy(s->show_word, argv[1], 6);
    s->show.left = count;
    return FACE_OK;
}

static enum face_answer set(struct unit *unit, const char *word, struct buf *out)
{
    char *key = buf_strdup(word);
    char *equal = strchr(key, '=');
    bool good = false;

    if (equal) {
        *equal = '\0';
        good = sitop_option(unit->face_data, key, equal + 1, out);
    }
    if (!good && !out->len)
        buf_printf(out, "unknown key: %s", word);
    free(key);
    sitop_update(unit->face_data);
    return good ? FACE_OK : FACE_BAD;
}

static enum face_answer command(struct unit *unit, int argc, char *const *argv, struct buf *out)
{
    if (!strcmp(argv[0], "set") && argc == 2)
        return set(unit, argv[1], out);
    if (!strcmp(argv[0], "show"))
        return show(unit->face_data, argc, argv, out);
    return FACE_UNKNOWN;
}

static enum face_answer get(struct unit *unit, int argc, char *const *argv, struct buf *out)
{
    static const char *const remotes[] = {"idle", "armed", "counting", "off", "stays"};
    const struct sitop *s = unit->face_data;

    if (argc != 1)
        return FACE_UNKNOWN;
    if (!strcmp(argv[0], "remote"))
        buf_printf(out, "%s", remotes[s->remote]);
    else if (!strcmp(argv[0], "output"))
        buf_printf(out, "%d", model_on(s->model));
    else if (!strcmp(argv[0], "silent"))
        buf_printf(out, "%d", sitop_silent(s));
    else if (!strcmp(argv[0], "mute"))
        buf_printf(out, "%d", s->mute);
    else if (!strcmp(argv[0], "ready"))
        buf_printf(out, "%d", s->ready);
    else if (!strcmp(argv[0], "hosts"))
        buf_printf(out, "%d", unit->bus->hosts);
    else if (!strcmp(argv[0], "words"))
        for (int i = 0; i < SITOP_SIGNALS; i++)
            buf_printf(out, "%s%s", i ? " " : "", sitop_word(s, (enum sitop_signal)i));
    else
        return FACE_UNKNOWN;
    return FACE_OK;
}

const struct face face_sitop = {
    .name = "siemens-sitop",
    .help = sitop_option_help,
    .baud = 9600,
    .idle_ms = 1000,
    .create = create,
    .destroy = destroy,
    .option = option,
    .addresses = addresses,
    .ready = ready,
    .input = input,
    .idle = idle,
    .command = command,
    .get = get,
    .powercycle = powercycle,
    .updated = updated,
    .due = due,
    .hangup = hangup,
    .replug = replug,
};
