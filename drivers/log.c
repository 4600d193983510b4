/* SPDX-License-Identifier: BSD-2-Clause */
/* Logging to stderr, the journal or syslog. */
#include "log.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

/*
 * The one process-wide state of the program: a log has to work from every thread and before
 * anything else exists.  Set up before threads start, read-only afterwards, but for the capture.
 */
static struct {
    enum log_target target;
    const char *ident;
    const char *debug; /* subsystem, "" = all, NULL = none */
    bool journal;      /* stderr goes to the journal: print priorities instead of times */
    pthread_mutex_t lock;
    void (*sink)(void *arg, enum log_level level, const char *line);
    void *sink_arg;
} state = {.ident = "upsmibd", .lock = PTHREAD_MUTEX_INITIALIZER};

static const int priorities[] = {LOG_ERR, LOG_WARNING, LOG_NOTICE, LOG_INFO, LOG_DEBUG};
static const char *const words[] = {"error", "warning", "notice", "info", "debug"};

void log_open(enum log_target target, const char *ident)
{
    state.target = target;
    state.ident = ident;
    state.journal = getenv("JOURNAL_STREAM") != NULL;
    if (target == LOG_TO_SYSLOG)
        openlog(ident, LOG_PID | LOG_NDELAY, LOG_DAEMON);
}

void log_debug(const char *subsystem)
{
    state.debug = subsystem ? subsystem : "";
}

bool log_debugging(const char *subsystem)
{
    return state.debug && (state.debug[0] == '\0' || strcmp(state.debug, subsystem) == 0);
}

static void write_stderr(enum log_level level, const char *line)
{
    char when[32] = "";

    if (state.journal) {
        fprintf(stderr, "<%d>%s\n", priorities[level], line);
        return;
    }
    time_t now = time(NULL);
    struct tm tm;
    if (localtime_r(&now, &tm))
        strftime(when, sizeof(when), "%Y-%m-%d %H:%M:%S", &tm);
    fprintf(stderr, "%s %s: %s: %s\n", when, state.ident, words[level], line);
}

static void emit(enum log_level level, char *line)
{
    for (char *p = line; *p; p++)
        if ((unsigned char)*p < 0x20 || *p == 0x7f)
            *p = '?';
    pthread_mutex_lock(&state.lock);
    if (state.sink)
        state.sink(state.sink_arg, level, line);
    else if (state.target == LOG_TO_SYSLOG)
        syslog(priorities[level], "%s", line);
    else
        write_stderr(level, line);
    pthread_mutex_unlock(&state.lock);
}

void log_msg(enum log_level level, const char *subsystem, const char *unit, const char *fmt, ...)
{
    char line[512];
    va_list ap;
    int n;

    if (level == LOG_LVL_DEBUG && !log_debugging(subsystem))
        return;
    if (unit)
        n = snprintf(line, sizeof(line), "%s: %s: ", subsystem, unit);
    else
        n = snprintf(line, sizeof(line), "%s: ", subsystem);
    if (n < 0 || (size_t)n >= sizeof(line))
        return;
    va_start(ap, fmt);
    vsnprintf(line + n, sizeof(line) - (size_t)n, fmt, ap);
    va_end(ap);
    emit(level, line);
}

void log_frame(const char *subsystem, const char *unit, char direction, const uint8_t *bytes,
               size_t len)
{
    static const char hex[] = "0123456789ABCDEF";
    char text[3 * 128 + 1];
    size_t shown = len < 128 ? len : 128;

    if (!log_debugging(subsystem))
        return;
    for (size_t i = 0; i < shown; i++) {
        text[3 * i] = hex[bytes[i] >> 4];
        text[3 * i + 1] = hex[bytes[i] & 15];
        text[3 * i + 2] = ' ';
    }
    text[3 * shown] = '\0';
    log_msg(LOG_LVL_DEBUG, subsystem, unit, "%c %zu bytes: %s%s", direction, len, text,
            shown < len ? "..." : "");
}

void log_capture(void (*sink)(void *arg, enum log_level level, const char *line), void *arg)
{
    pthread_mutex_lock(&state.lock);
    state.sink = sink;
    state.sink_arg = arg;
    pthread_mutex_unlock(&state.lock);
}
