/* SPDX-License-Identifier: BSD-2-Clause */
/* Words for the audit log: jobs, values, errors. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "control_private.h"

#define REJECTS_MOST   20 /* lines about rejected SETs a minute and unit */
#define REJECTS_WINDOW 60000

void log_duration(int64_t ms, char *buf, size_t size)
{
    if (ms < 1000)
        snprintf(buf, size, "%" PRId64 " ms", ms);
    else
        snprintf(buf, size, "%" PRId64 ".%" PRId64 " s", ms / 1000, ms % 1000 / 100);
}

/* -- values ----------------------------------------------------------------------------------- */

static void seconds_left(int64_t at_ms, int64_t now, char *buf, size_t size)
{
    snprintf(buf, size, "%" PRId64, at_ms < 0 ? -1 : at_ms <= now ? 0 : (at_ms - now + 999) / 1000);
}

static void format_var(enum ups_var var, int64_t milli, char *buf, size_t size)
{
    struct ups_reading r;

    memset(&r, 0, sizeof(r));
    ups_set(&r, var, 0, milli);
    if (!ups_format(&r, var, 0, buf, size))
        snprintf(buf, size, "%" PRId64, milli);
}

static void var_now(const struct core_unit *u, enum ups_var var, char *buf, size_t size)
{
    if (!ups_format(u->reading, var, 0, buf, size))
        snprintf(buf, size, "?");
}

static void test_word(int64_t id, char *buf, size_t size)
{
    static const char *const words[] = {
        [SNAP_TEST_ID_NONE] = "none",       [SNAP_TEST_ID_ABORT] = "abort",
        [SNAP_TEST_ID_GENERAL] = "general", [SNAP_TEST_ID_QUICK] = "quick",
        [SNAP_TEST_ID_DEEP] = "deep",       [SNAP_TEST_ID_AT_UPS] = "at the UPS",
    };

    if (id >= SNAP_TEST_ID_NONE && id <= SNAP_TEST_ID_AT_UPS)
        snprintf(buf, size, "%s", words[id]);
    else
        snprintf(buf, size, "%" PRId64, id);
}

void log_value_now(const struct core *core, const struct control_item *item, char *buf, size_t size)
{
    const struct core_unit *u = &core->unit[item->unit];
    const struct snap_timers *t = &u->count_down.timers;
    int64_t now = ups_now(core->clock);

    buf[0] = '\0';
    switch (item->what) {
    case CONTROL_NAME: snprintf(buf, size, "\"%s\"", u->ident_name); break;
    case CONTROL_ATTACHED: snprintf(buf, size, "\"%s\"", u->attached_devices); break;
    case CONTROL_TEST:
    case CONTROL_TEST_UNLOCKED: test_word(u->test.id, buf, size); break;
    case CONTROL_TEST_LOCK: snprintf(buf, size, "%" PRIu32, u->test.lock); break;
    case CONTROL_SHUTDOWN_TYPE: snprintf(buf, size, "%" PRId32, u->jobs.shutdown_type); break;
    case CONTROL_SHUTDOWN_AFTER:
        seconds_left(u->count_down.off_passed ? -1 : t->off_at_ms, now, buf, size);
        break;
    case CONTROL_STARTUP_AFTER:
        seconds_left(t->countdown == SNAP_COUNT_REBOOT ? -1 : t->on_at_ms, now, buf, size);
        break;
    case CONTROL_REBOOT:
        seconds_left(t->countdown == SNAP_COUNT_REBOOT ? t->on_at_ms : -1, now, buf, size);
        break;
    case CONTROL_AUTO_RESTART: var_now(u, UPS_VAR_UPS_START_AUTO, buf, size); break;
    case CONTROL_AUDIBLE: var_now(u, UPS_VAR_UPS_BEEPER_STATUS, buf, size); break;
    case CONTROL_LOW_MINUTES:
        snprintf(buf, size, "%" PRId32, u->jobs.low_minutes < 0 ? 0 : u->jobs.low_minutes);
        break;
    case CONTROL_SETTING: var_now(u, item->var, buf, size); break;
    case CONTROL_COMMAND_LOCK:
        snprintf(buf, size, "%" PRIu32, plan_command_lock(&u->jobs, item->command));
        break;
    case CONTROL_COMMAND:
    case CONTROL_RESET_EXTREMES:
    case CONTROL_NOTHING: break;
    }
}

void log_value_wanted(const struct control_item *item, char *buf, size_t size)
{
    struct unit_job job = {.command = item->command, .args = item->args};

    switch (item->what) {
    case CONTROL_NAME:
    case CONTROL_ATTACHED: snprintf(buf, size, "\"%s\"", item->text); break;
    case CONTROL_TEST: test_word(item->value, buf, size); break;
    case CONTROL_AUTO_RESTART: format_var(UPS_VAR_UPS_START_AUTO, item->value, buf, size); break;
    case CONTROL_AUDIBLE: format_var(UPS_VAR_UPS_BEEPER_STATUS, item->value, buf, size); break;
    case CONTROL_SETTING: format_var(item->var, item->value, buf, size); break;
    case CONTROL_COMMAND: log_job_text(&job, buf, size); break;
    default: snprintf(buf, size, "%" PRId64, item->value); break;
    }
}

void log_job_text(const struct unit_job *job, char *buf, size_t size)
{
    size_t len;
    char value[32];

    if (job->set) {
        format_var(job->var, job->milli, value, sizeof(value));
        snprintf(buf, size, "%s = %s", ups_vars[job->var].name, value);
        return;
    }
    len = (size_t)snprintf(buf, size, "%s", ups_commands[job->command].name);
    if (job->args.value >= 0 && len < size)
        len += (size_t)snprintf(buf + len, size - len, " %" PRId32 " s", job->args.value);
    if (job->args.second >= 0 && len < size)
        snprintf(buf + len, size - len, ", on again after %" PRId32 " s", job->args.second);
}

/* -- rejected --------------------------------------------------------------------------------- */

static const char *error_name(enum set_error error)
{
    static const struct {
        enum set_error error;
        const char *name;
    } names[] = {
        {SET_GEN_ERR, "genErr"},
        {SET_WRONG_TYPE, "wrongType"},
        {SET_WRONG_LENGTH, "wrongLength"},
        {SET_WRONG_VALUE, "wrongValue"},
        {SET_NO_CREATION, "noCreation"},
        {SET_INCONSISTENT_VALUE, "inconsistentValue"},
        {SET_RESOURCE_UNAVAILABLE, "resourceUnavailable"},
        {SET_COMMIT_FAILED, "commitFailed"},
        {SET_UNDO_FAILED, "undoFailed"},
        {SET_NOT_WRITABLE, "notWritable"},
    };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (names[i].error == error)
            return names[i].name;
    return "error";
}

/* A minute is over: how many lines it would have been. */
void log_rejects_tick(struct core_unit *u, int64_t now)
{
    if (u->jobs.rejects == 0 || now < u->jobs.reject_ms + REJECTS_WINDOW)
        return;
    if (u->jobs.rejects > REJECTS_MOST)
        log_msg(LOG_LVL_WARN, "control", u->conf->name, "%" PRIu32 " more rejected SETs not logged",
                u->jobs.rejects - (uint32_t)REJECTS_MOST);
    u->jobs.rejects = 0;
}

int64_t log_rejects_next_ms(const struct core_unit *u)
{
    return u->jobs.rejects > REJECTS_MOST ? u->jobs.reject_ms + REJECTS_WINDOW : INT64_MAX;
}

void log_rejected(const struct core *core, const struct control_item *item, enum set_error error,
                  const char *why)
{
    struct core_unit *u = &core->unit[item->unit];
    int64_t now = ups_now(core->clock);
    char value[128];

    log_rejects_tick(u, now);
    if (u->jobs.rejects == 0)
        u->jobs.reject_ms = now;
    if (u->jobs.rejects++ >= REJECTS_MOST)
        return;
    log_value_wanted(item, value, sizeof(value));
    log_msg(LOG_LVL_WARN, "control", u->conf->name, "SET %s = %s: %s: %s",
            item->object ? item->object : "?", value, error_name(error), why);
}
