/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The Q* family on a serial line or TCP connection: requests end with CR, a line feed is no part of
 * them.  All dialects share everything here but their name.
 */
#include <stdlib.h>
#include <string.h>

#include "face.h"
#include "qx.h"

static void create(struct unit *unit)
{
    struct qx *q = buf_alloc(sizeof *q);

    qx_init(q, qx_dialect_find(unit->bus->face->name), &unit->model);
    unit->face_data = q;
}

static void destroy(struct unit *unit)
{
    free(unit->face_data);
}

static int addresses(char *const *options, int count, int list[32], struct buf *why)
{
    (void)options;
    (void)count;
    (void)why;
    list[0] = 1;
    return 1;
}

static enum face_answer option(struct unit *unit, const char *key, const char *value,
                               struct buf *why)
{
    if (!strcmp(key, "chunk")) {
        if (parse_long(value, 0, 512, &unit->faults.chunk))
            return FACE_OK;
        buf_printf(why, "chunk=%s: expected 0 to 512", value);
        return FACE_BAD;
    }
    if (qx_option(unit->face_data, key, value, why))
        return FACE_OK;
    return why->len ? FACE_BAD : FACE_UNKNOWN;
}

static bool ready(struct unit *unit, struct buf *why)
{
    (void)why;
    qx_ready(unit->face_data);
    return true;
}

/* Where damage can be noticed: the first of the flags, or the last byte before the CR. */
static size_t garble_at(size_t len)
{
    return len > 38 ? 38 : len > 1 ? len - 2 : 0;
}

/* `line` ends with its CR. */
static void answer_line(struct conn *conn, const uint8_t *line, size_t len)
{
    struct unit *unit = &conn->bus->units[0];
    struct qx *q = unit->face_data;
    uint8_t reply[QX_REPLY_MAX];
    size_t n = 0, trailer;

    unit_update(unit);
    conn->bus->stats.requests++;
    q->unknown_now = q->refused_now = false;
    if (!unit_deaf(unit))
        n = qx_line(q, line, len, reply, sizeof reply);
    trailer = len - 1 < q->dialect->trailer ? len - 1 : q->dialect->trailer;
    bus_log_line(conn->bus, line, len - 1 - trailer, q->unknown_now);
    conn->bus->stats.refused += q->refused_now;
    if (n)
        unit_reply(unit, conn, len, reply, n, garble_at(n));
}

static void input(struct conn *conn)
{
    const uint8_t *cr;

    while ((cr = memchr(conn->rx, '\r', conn->rx_len))) {
        size_t used = (size_t)(cr - conn->rx) + 1;
        size_t skip = 0;

        while (conn->rx[skip] == '\n')
            skip++;
        answer_line(conn, conn->rx + skip, used - skip);
        memmove(conn->rx, conn->rx + used, conn->rx_len - used);
        conn->rx_len -= used;
    }
}

/* A line that is never finished is forgotten. */
static void idle(struct conn *conn)
{
    bus_log(conn->bus, conn->rx, conn->rx_len, true);
    conn->rx_len = 0;
}

static enum face_answer set_beeper(struct qx *q, const char *word, struct buf *out)
{
    bool on;

    if (!parse_bool(word, &on)) {
        buf_printf(out, "usage: beeper on|off");
        return FACE_BAD;
    }
    q->model->buzzer_off = !on;
    return FACE_OK;
}

static enum face_answer set_option(struct unit *unit, const char *word, struct buf *out)
{
    char *key = buf_strdup(word);
    char *equal = strchr(key, '=');
    enum face_answer answer = FACE_BAD;

    if (equal) {
        *equal = '\0';
        answer = option(unit, key, equal + 1, out);
        model_settle(&unit->model);
    }
    if (!out->len && answer != FACE_OK) {
        buf_printf(out, "unknown key: %s", word);
        answer = FACE_BAD;
    }
    free(key);
    return answer;
}

static enum face_answer add_record(struct qx *q, const char *id, const char *text, struct buf *out)
{
    long value;

    if (strlen(id) != 1 || !parse_long(text, 0, 9999, &value)) {
        buf_printf(out, "usage: flt ID VALUE");
        return FACE_BAD;
    }
    qx_record_fault(q, id[0], (int)value);
    return FACE_OK;
}

static enum face_answer command(struct unit *unit, int argc, char *const *argv, struct buf *out)
{
    struct qx *q = unit->face_data;

    if (!strcmp(argv[0], "beeper") && argc == 2)
        return set_beeper(q, argv[1], out);
    if (!strcmp(argv[0], "set") && argc == 2)
        return set_option(unit, argv[1], out);
    if (!strcmp(argv[0], "flt") && argc == 3)
        return add_record(q, argv[1], argv[2], out);
    if (!strcmp(argv[0], "nocr"))
        return argc == 2 && parse_long(argv[1], -1, 1000000, &q->no_cr_shot.left) ? FACE_OK
                                                                                  : FACE_BAD;
    return FACE_UNKNOWN;
}

static enum face_answer get(struct unit *unit, int argc, char *const *argv, struct buf *out)
{
    struct qx *q = unit->face_data;
    char flags[9];

    if (argc != 1)
        return FACE_UNKNOWN;
    if (q->dialect->get && q->dialect->get(q, argv[0], out))
        return FACE_OK;
    if (!strcmp(argv[0], "beeper"))
        buf_printf(out, "%d", !q->model->buzzer_off);
    else if (!strcmp(argv[0], "output"))
        buf_printf(out, "%d", model_on(q->model));
    else if (!strcmp(argv[0], "locked"))
        buf_printf(out, "%d", q->locked);
    else if (!strcmp(argv[0], "slave"))
        buf_printf(out, "%d", q->slave);
    else if (!strcmp(argv[0], "packs"))
        buf_printf(out, "%d", q->packs);
    else if (!strcmp(argv[0], "pins"))
        buf_printf(out, "%d", q->pins);
    else if (!strcmp(argv[0], "flags")) {
        qx_flags(q, flags);
        buf_printf(out, "%s", flags);
    } else
        return FACE_UNKNOWN;
    return FACE_OK;
}

static void powercycle(struct unit *unit)
{
    qx_powercycle(unit->face_data);
}

static void updated(struct unit *unit)
{
    qx_watch(unit->face_data);
}

#define QX_FACE(symbol, protocol, keys)                                                            \
    const struct face face_##symbol = {                                                            \
        .name = protocol,                                                                          \
        .help = keys,                                                                              \
        .baud = 2400,                                                                              \
        .idle_ms = 1000,                                                                           \
        .create = create,                                                                          \
        .destroy = destroy,                                                                        \
        .option = option,                                                                          \
        .addresses = addresses,                                                                    \
        .ready = ready,                                                                            \
        .input = input,                                                                            \
        .idle = idle,                                                                              \
        .command = command,                                                                        \
        .get = get,                                                                                \
        .powercycle = powercycle,                                                                  \
        .updated = updated,                                                                        \
    };

#define MEGATEC_FACE(symbol, protocol)   QX_FACE(symbol, protocol, qx_option_help)
#define VOLTRONIC_FACE(symbol, protocol) QX_FACE(symbol, protocol, voltronic_option_help)

QX_MEGATEC_DIALECTS(MEGATEC_FACE)
QX_VOLTRONIC_DIALECTS(VOLTRONIC_FACE)
