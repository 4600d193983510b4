/* SPDX-License-Identifier: BSD-2-Clause */
/* What lies between a face and the line: the model's clock, the request log, faults of replies. */
#include <string.h>

#include "face.h"

static const size_t log_limit = 256 * 1024;

void unit_pass(struct unit *unit, double seconds)
{
    const struct face *face = unit->bus->face;

    while (seconds > 0.0) {
        /* a face's own state machine must not miss what is shorter than this */
        double step = face->updated && seconds > 0.1 ? 0.1 : seconds;

        model_advance(&unit->model, step);
        seconds -= step;
        if (face->updated)
            face->updated(unit);
    }
}

void unit_update(struct unit *unit)
{
    struct sim *sim = unit->bus->sim;
    double seconds = (double)(sim->now - unit->updated) / (double)NS_PER_S * sim->speed;

    unit->updated = sim->now;
    model_settle(&unit->model);
    if (unit->bus->face->updated)
        unit->bus->face->updated(unit);
    unit_pass(unit, seconds);
}

void bus_log(struct bus *bus, const uint8_t *frame, size_t len, bool bad)
{
    if (bad)
        bus->stats.malformed++;
    if (bus->log.len > log_limit) {
        buf_drop(&bus->log, bus->log.len);
        bus->log_overflow = true;
    }
    buf_add(&bus->log, " ", 1);
    if (bad)
        buf_add(&bus->log, "!", 1);
    buf_hex(&bus->log, frame, len);
}

void bus_log_line(struct bus *bus, const uint8_t *line, size_t len, bool bad)
{
    bus_log(bus, NULL, 0, bad);
    for (size_t i = 0; i < len; i++)
        if (line[i] > ' ' && line[i] < 0x7F && line[i] != '\\')
            buf_add(&bus->log, line + i, 1);
        else
            buf_printf(&bus->log, "\\x%02X", line[i]);
}

bool unit_deaf(struct unit *unit)
{
    if (unit->faults.mute || !model_board_powered(&unit->model))
        return true;
    return shot_take(&unit->faults.drop);
}

static int64_t reply_delay(struct unit *unit)
{
    struct sim *sim = unit->bus->sim;
    int64_t ms = sim->turnaround_ms;

    if (unit->bus->face->due && !unit->faults.delay.left)
        return 0; /* nobody asked, there is nothing to turn around */
    if (shot_take(&unit->faults.delay))
        return unit->faults.delay.value * NS_PER_MS;
    if (sim->jitter_ms)
        ms += (int64_t)(io_random(sim) % (uint32_t)(2 * sim->jitter_ms + 1)) - sim->jitter_ms;
    return (ms > 0 ? ms : 0) * NS_PER_MS;
}

static int64_t byte_gap(const struct unit *unit)
{
    const struct sim *sim = unit->bus->sim;
    size_t piece = unit->faults.chunk ? (size_t)unit->faults.chunk : 1;

    if (unit->faults.trickle_ms)
        return unit->faults.trickle_ms * NS_PER_MS;
    if (unit->bus->split || (unit->faults.chunk && !sim->paced))
        return NS_PER_MS;
    return io_wire_time(sim, piece);
}

/* Sends in one go, or with a pause inside. */
static void send_out(struct unit *unit, struct conn *conn, const uint8_t *data, size_t len,
                     int64_t due)
{
    struct faults *f = &unit->faults;
    size_t piece = f->chunk ? (size_t)f->chunk : 1;
    int64_t gap = byte_gap(unit);
    size_t first = len;

    if (len > 1 && shot_take(&f->pause))
        first = (size_t)f->pause.value < len ? (size_t)f->pause.value : len - 1;
    io_send_pieces(conn, data, first, due, gap, piece);
    due += io_wire_time(unit->bus->sim, first) + f->pause_ms * NS_PER_MS;
    io_send_pieces(conn, data + first, len - first, due, gap, piece);
}

void unit_reply(struct unit *unit, struct conn *conn, size_t request_len, const uint8_t *frame,
                size_t len, size_t garble_at)
{
    struct faults *f = &unit->faults;
    uint8_t out[1024 + sizeof f->tail];
    size_t n = f->noise_len;

    if (f->reply_set) {
        frame = f->reply;
        len = f->reply_len;
        f->reply_set = false;
    }
    if (len > 1024 - n)
        len = 1024 - n;
    memcpy(out, f->noise, n);
    f->noise_len = 0;
    memcpy(out + n, frame, len);
    if (shot_take(&f->garble) && len)
        out[n + (garble_at < len ? garble_at : len - 1)] ^= 0x55;
    if (shot_take(&f->truncate) && (long)len > f->truncate.value)
        len = (size_t)f->truncate.value;
    memcpy(out + n + len, f->tail, f->tail_len);
    len += f->tail_len;
    f->tail_len = 0;
    unit->bus->stats.replies++;
    send_out(unit, conn, out, n + len,
             unit->bus->sim->now + io_wire_time(unit->bus->sim, request_len) + reply_delay(unit));
}
