/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A face is one protocol: bytes in, bytes out, over the shared model.  A new protocol is one more
 * entry of face_table (face.c) and one more source file.
 */
#ifndef UPSSIM_FACE_H
#define UPSSIM_FACE_H

#include "qx.h"
#include "sim.h"

enum face_answer { FACE_OK, FACE_UNKNOWN, FACE_BAD };

struct face {
    const char *name;
    const char *help; /* keys, one a line, for --help */
    long baud;        /* of the real line, for --paced */
    long idle_ms;     /* silence that ends a frame */
    /* Allocates the face's data for a new unit and sets its model's defaults. */
    void (*create)(struct unit *unit);
    void (*destroy)(struct unit *unit);
    /* A key=value of the command line, for every unit before any traffic.  FACE_BAD: reason in
     * `why`. */
    enum face_answer (*option)(struct unit *unit, const char *key, const char *value,
                               struct buf *why);
    /* How many units the bus needs and their addresses; read from the same key=value list.
     * Returns the count (1..32), or 0 with a reason in `why`. */
    int (*addresses)(char *const *options, int count, int addresses[32], struct buf *why);
    /* After all options: derive what depends on several.  False with a reason. */
    bool (*ready)(struct unit *unit, struct buf *why);
    /* Bytes are in conn->rx; consume what can be decided. */
    void (*input)(struct conn *conn);
    /* The line has been silent for idle_ms and conn->rx is not empty. */
    void (*idle)(struct conn *conn);
    /* A control command that nobody else knows.  FACE_OK with a value in `out` (may be empty). */
    enum face_answer (*command)(struct unit *unit, int argc, char *const *argv, struct buf *out);
    /* `get KEY`. */
    enum face_answer (*get)(struct unit *unit, int argc, char *const *argv, struct buf *out);
    void (*powercycle)(struct unit *unit);
    /* The rest may be NULL. */
    /* The model has advanced. */
    void (*updated)(struct unit *unit);
    /* For faces that speak unasked: does what is due at `now`; returns the next time, 0 = none. */
    int64_t (*due)(struct unit *unit, int64_t now);
    /* Nobody has the pty open any more, or the last connection is gone. */
    void (*hangup)(struct unit *unit);
    /* Published again after an unplug. */
    void (*replug)(struct unit *unit);
};

/* NULL-terminated. */
extern const struct face *const face_table[];
const struct face *face_find(const char *name);

extern const struct face face_huawei_1_3k;
extern const struct face face_huawei_6_20k;
extern const struct face face_sitop;
#define FACE_DECLARATION(symbol, protocol) extern const struct face face_##symbol;
QX_DIALECTS(FACE_DECLARATION)
#undef FACE_DECLARATION

#endif
