/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The simulator's data: a simulation has buses (each a pty or a listening TCP port), a bus has
 * units (each one UPS: a physical model, its faults, its face's own data) and connections (the
 * pty's master, or accepted sockets).  One thread, one epoll loop, times in nanoseconds of
 * CLOCK_MONOTONIC.
 */
#ifndef UPSSIM_SIM_H
#define UPSSIM_SIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "fault.h"
#include "model.h"

struct bus;
struct conn;
struct face;
struct sim;
struct unit;

#define NS_PER_MS 1000000LL
#define NS_PER_S  1000000000LL

/* What epoll hands back: every polled object begins with one. */
struct source {
    void (*ready)(struct sim *sim, struct source *source, uint32_t events);
};

/* Counters of a bus, `get stats`. */
struct stats {
    unsigned long requests; /* well formed, for one of our units */
    unsigned long replies;
    unsigned long malformed; /* what the device's document does not define */
    unsigned long refused;   /* answered with an exception */
    unsigned long strangers; /* well formed, for an address that is not ours */
    unsigned long overlap;   /* requests that came while a reply was due or on the wire */
    unsigned long bytes_in;
    unsigned long bytes_out;
};

struct unit {
    struct bus *bus;
    int address; /* what `@N` selects on the bus */
    struct model model;
    struct faults faults;
    void *face_data;
    int64_t updated; /* when the model was last advanced */
};

/* Bytes to be sent at `due`; with `gap` `piece` bytes per write, `gap` ns apart. */
struct xmit {
    struct xmit *next;
    int64_t due;
    int64_t gap;
    size_t piece;
    size_t len, pos;
    uint8_t data[];
};

struct conn {
    struct source source;
    struct bus *bus;
    struct conn *next;
    int fd;
    int slave_fd;   /* pty: kept open so that the master never hangs up; else -1 */
    bool half_open; /* swallow everything, answer nothing */
    bool closed;    /* to be freed at the end of the round */
    uint8_t rx[600];
    size_t rx_len;
    int64_t rx_idle;    /* when silence ends the frame, 0 = nothing buffered */
    struct xmit *xmits; /* ordered by due time */
};

struct bus {
    struct source source; /* the TCP listener */
    struct sim *sim;
    const struct face *face;
    char *path; /* pty: the link's name */
    char *host; /* TCP */
    int port;   /* TCP: 0 until bound */
    int listen_fd;
    int watch_fd; /* pty: inotify, who opens and closes it; -1 without */
    int hosts;    /* pty with a watch: how often it is open; else unused */
    bool plugged;
    bool echo;  /* send back what was received (two-wire RS-485) */
    bool split; /* TCP: one-byte segments */
    struct conn *conns;
    struct unit *units;
    int unit_count;
    struct stats stats;
    struct buf log; /* ` HEX` or ` LINE` per request */
    bool log_overflow;
};

struct sim {
    struct bus *buses;
    int bus_count;
    const struct face *face;
    double speed; /* of the model's clock */
    bool paced;
    long baud;
    long turnaround_ms;
    long jitter_ms;
    uint32_t random;
    int epoll_fd, timer_fd, signal_fd;
    int64_t armed; /* what the timer is set to, 0 = off */
    int64_t now;   /* of this round */
    bool stop;
    struct source timer_source, signal_source;
    struct control *control;
};

/* --- io.c --- */

/* Opens the epoll instance, timer and signal descriptors.  False with errno set. */
bool io_open(struct sim *sim);
/* Publishes a bus: pty and link, or listener.  Nothing happens when it is plugged already.
 * False with a reason in `why`. */
bool io_plug(struct bus *bus, struct buf *why);
void io_unplug(struct bus *bus);
/* Serves until SIGTERM or SIGINT. */
void io_run(struct sim *sim);
void io_close(struct sim *sim);
bool io_watch(struct sim *sim, int fd, struct source *source, uint32_t events);
int64_t io_now(void);
/* Queues bytes for `conn` at `due`. */
void io_send(struct conn *conn, const uint8_t *data, size_t len, int64_t due, int64_t gap);
/* The same in pieces of several bytes. */
void io_send_pieces(struct conn *conn, const uint8_t *data, size_t len, int64_t due, int64_t gap,
                    size_t piece);
/* Nanoseconds that `len` bytes take at the bus's speed; 0 unless paced. */
int64_t io_wire_time(const struct sim *sim, size_t len);
void io_reset(struct bus *bus); /* TCP: RST on every connection */
/* True when somebody is there to hear what is said unasked. */
bool io_heard(const struct bus *bus);
void io_half_open(struct bus *bus); /* TCP: present connections go deaf and dumb */
uint32_t io_random(struct sim *sim);

/* --- unit.c --- */

/* Lets model time pass. */
void unit_pass(struct unit *unit, double seconds);
/* Brings the model up to the present. */
void unit_update(struct unit *unit);
/* Records a request in the log; `bad` marks what the document does not define. */
void bus_log(struct bus *bus, const uint8_t *frame, size_t len, bool bad);
/* The same for protocols of lines: blanks, backslashes and what is not printable appear as \xNN. */
void bus_log_line(struct bus *bus, const uint8_t *line, size_t len, bool bad);
/* Sends a reply through the unit's faults.  `request_len` is for the wire time, `garble_at` the
 * byte to damage when a reply is to be garbled. */
void unit_reply(struct unit *unit, struct conn *conn, size_t request_len, const uint8_t *frame,
                size_t len, size_t garble_at);
/* True when the unit must not answer (and not even see) this request: dropped, muted, dark. */
bool unit_deaf(struct unit *unit);

/* --- control.c --- */

/* Listens on a Unix socket of that name.  False with a reason in `why`. */
bool control_open(struct sim *sim, const char *path, struct buf *why);
void control_close(struct sim *sim);

#endif
