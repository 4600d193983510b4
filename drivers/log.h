/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Logging: one line an event, by subsystem and unit, to stderr (with the journal's priority
 * prefixes when systemd collects it) or to syslog.  Usable from every thread.
 *
 * Callers log changes of state, not each occurrence.
 */
#ifndef LOG_H
#define LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum log_level { LOG_LVL_ERR, LOG_LVL_WARN, LOG_LVL_NOTICE, LOG_LVL_INFO, LOG_LVL_DEBUG };

enum log_target { LOG_TO_STDERR, LOG_TO_SYSLOG };

/* The process' one log: chosen once at start, before threads; ident is kept by reference. */
void log_open(enum log_target target, const char *ident);

/* Turns on debug lines: of one subsystem, or of all if `subsystem` is NULL.  By reference. */
void log_debug(const char *subsystem);

/* Are debug lines of this subsystem wanted?  For callers that would have to build the text. */
bool log_debugging(const char *subsystem);

/*
 * Logs one line "UNIT: text" (unit may be NULL).  `subsystem` is a short word ("core", "agentx",
 * "config", "huawei", ...).  Control characters in the text are shown as '?'.
 */
void log_msg(enum log_level level, const char *subsystem, const char *unit, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* Debug: a frame in hex with its direction ('>' sent, '<' received). */
void log_frame(const char *subsystem, const char *unit, char direction, const uint8_t *bytes,
               size_t len);

/* Tests: sends every line to a function instead.  NULL: back to the log's target. */
void log_capture(void (*sink)(void *arg, enum log_level level, const char *line), void *arg);

#endif
