/* SPDX-License-Identifier: BSD-2-Clause */
/* Devices of the Q* family that show in their status what they were told. */
#ifndef QX_SHOW_H
#define QX_SHOW_H

#include "qx_kinds.h"

struct show {
    bool battery, test, counts, beeper, off, bypass;
};

/* The kind of this name; NULL. */
const struct kind *qs_kind(const char *name);

/* The request that shows it, and into buf its answer. */
const char *qs_line(const char *dialect, char *buf, size_t size, const struct show *s);

/* From now on the device answers so. */
void qs_show(struct qx_rig *rig, const char *dialect, const struct show *s);

/*
 * Opens a device of the dialect, which answers `bytes` with `reply` and, if it obeys, then shows
 * the effect of the command.
 */
void qs_ready(struct qx_rig *rig, const char *dialect, enum ups_command command, const char *bytes,
              const char *reply, bool obeys);

/* Is this the first of the requests sent? */
bool qs_first_is(const char *sent, const char *bytes);

#endif
