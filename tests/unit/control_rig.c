/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "control_rig.h"

struct ctl ctl;

static enum ups_error submit(void *arg, size_t unit, const struct unit_job *job)
{
    (void)arg;
    assert_int_equal(unit, 0);
    assert_int_not_equal(job->id, 0);
    assert_true(job->deadline_ms > ctl.rig->now_ms);
    if (ctl.refuse != UPS_OK)
        return ctl.refuse;
    assert_true(ctl.jobs < CTL_JOBS_MAX);
    ctl.job[ctl.jobs++] = *job;
    return UPS_OK;
}

static void keep_line(void *arg, enum log_level level, const char *line)
{
    (void)arg;
    if (level != LOG_LVL_DEBUG && ctl.lines < CTL_LINES_MAX)
        snprintf(ctl.line[ctl.lines++], sizeof(ctl.line[0]), "%s", line);
}

static void done(void *arg, enum set_error error)
{
    assert_ptr_equal(arg, &ctl);
    assert_non_null(ctl.set);
    /* without the lock: this would hang */
    snapshot_release(core_hold(ctl.rig->core, 0));
    core_next_ms(ctl.rig->core);
    ctl.told++;
    ctl.answer = error;
    if (ctl.end_in_done)
        ctl_end();
}

static void device(struct unit_report *r)
{
    static const enum ups_command commands[] = {
        UPS_COMMAND_LOAD_OFF,          UPS_COMMAND_LOAD_ON,
        UPS_COMMAND_SHUTDOWN_RETURN,   UPS_COMMAND_SHUTDOWN_STAYOFF,
        UPS_COMMAND_SHUTDOWN_REBOOT,   UPS_COMMAND_SHUTDOWN_STOP,
        UPS_COMMAND_BYPASS_START,      UPS_COMMAND_BEEPER_ENABLE,
        UPS_COMMAND_BEEPER_DISABLE,    UPS_COMMAND_TEST_BATTERY_START_QUICK,
        UPS_COMMAND_BEEPER_TOGGLE,     UPS_COMMAND_TEST_BATTERY_START_DEEP,
        UPS_COMMAND_TEST_BATTERY_STOP,
    };
    static const struct ups_setting settings[] = {
        {.var = UPS_VAR_UPS_BEEPER_STATUS,
         .choices = 1 << UPS_BEEPER_DISABLED | 1 << UPS_BEEPER_ENABLED},
        {.var = UPS_VAR_UPS_START_AUTO, .choices = 3},
    };

    r->caps.commands = 0;
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
        r->caps.commands |= 1U << commands[i];
    r->caps.off_most = 5940;
    r->caps.on_most = 599940;
    r->caps.setting_count = sizeof(settings) / sizeof(settings[0]);
    r->caps.setting = settings;
    ups_set(&r->reading, UPS_VAR_UPS_START_AUTO, 0, UPS_YES);
    ups_set(&r->reading, UPS_VAR_UPS_BEEPER_STATUS, 0, UPS_BEEPER_ENABLED);
    ups_set(&r->reading, UPS_VAR_BATTERY_RUNTIME, 0, 1800000);
}

int ctl_setup(void **state)
{
    assert_int_equal(rig_setup(state), 0);
    memset(&ctl, 0, sizeof(ctl));
    ctl.rig = *state;
    ctl.rig->unit.timing.allow = (1U << UPS_CLASS_COUNT) - 1;
    ctl.rig->unit.timing.set_wait_ms = 400;
    ctl.rig->core->config.submit = submit;
    log_capture(keep_line, NULL);
    device(&ctl.rig->report);
    ctl_status(OL);
    return 0;
}

int ctl_teardown(void **state)
{
    ctl_end();
    return rig_teardown(state);
}

void ctl_restart(int64_t away_ms)
{
    ctl_end();
    rig_restart(ctl.rig, away_ms);
    ctl.rig->core->config.submit = submit;
    device(&ctl.rig->report);
}

void ctl_status(uint32_t status)
{
    rig_reading(ctl.rig, status, true);
}

void ctl_mains(bool there)
{
    struct ups_alarm_set *a = &ctl.rig->report.reading.alarms;

    memset(a, 0, sizeof(*a));
    if (!there)
        ups_alarm_add(a, UPS_ALARM_INPUT_BAD);
}

void ctl_pass(int64_t ms)
{
    while (ms > 0) {
        int64_t step = ms < 1000 ? ms : 1000;
        ctl.rig->now_ms += step;
        ms -= step;
        ctl_status(ctl.rig->report.reading.status);
    }
}

enum set_error ctl_set(const struct control_item *items, size_t count)
{
    enum set_error error;
    size_t index;

    ctl_end();
    error = core_set_test(ctl.rig->core, items, count, &ctl.set, &index);
    if (error != SET_OK) {
        assert_null(ctl.set);
        assert_true(index < count);
        return error;
    }
    ctl.told = 0;
    return core_set_commit(ctl.rig->core, ctl.set, done, &ctl);
}

enum set_error ctl_value(enum control_what what, int64_t value)
{
    struct control_item item = {.what = what, .value = value, .object = "object"};

    return ctl_set(&item, 1);
}

enum set_error ctl_command(enum ups_command command, int32_t value, int32_t second)
{
    struct control_item item = {.what = CONTROL_COMMAND,
                                .command = command,
                                .args = {value, second, false},
                                .object = "object"};

    return ctl_set(&item, 1);
}

void ctl_end(void)
{
    core_set_end(ctl.rig->core, ctl.set);
    ctl.set = NULL;
}

void ctl_result(size_t n, enum ups_error error, const char *why, int32_t took_value,
                int32_t took_second)
{
    struct unit_result result = {.id = ctl.job[n].id,
                                 .error = error,
                                 .took = {took_value, took_second, false},
                                 .sent_ms = ctl.rig->now_ms,
                                 .done_ms = ctl.rig->now_ms};

    snprintf(result.why, sizeof(result.why), "%s", why);
    core_result(ctl.rig->core, 0, &result);
    core_tick(ctl.rig->core);
}

void ctl_done(int64_t after_ms, int32_t took_value, int32_t took_second)
{
    assert_true(ctl.jobs > 0);
    rig_later(ctl.rig, after_ms);
    ctl_result(ctl.jobs - 1, UPS_OK, "", took_value, took_second);
}

void ctl_fails(int64_t after_ms, enum ups_error error, const char *why)
{
    assert_true(ctl.jobs > 0);
    rig_later(ctl.rig, after_ms);
    ctl_result(ctl.jobs - 1, error, why, -1, -1);
}

void ctl_expect(size_t jobs, enum ups_command command, int32_t value, int32_t second)
{
    assert_int_equal(ctl.jobs, jobs);
    if (jobs == 0)
        return;
    assert_false(ctl.job[jobs - 1].set);
    assert_string_equal(ups_commands[ctl.job[jobs - 1].command].name, ups_commands[command].name);
    assert_int_equal(ctl.job[jobs - 1].args.value, value);
    assert_int_equal(ctl.job[jobs - 1].args.second, second);
}

bool ctl_logged(const char *text)
{
    for (size_t i = 0; i < ctl.lines; i++)
        if (strstr(ctl.line[i], text))
            return true;
    return false;
}

static int64_t seconds_to(int64_t at_ms)
{
    return at_ms < 0 ? -1 : (at_ms - ctl.rig->now_ms + 999) / 1000;
}

int64_t ctl_off_in(void)
{
    const struct snapshot *s = core_hold(ctl.rig->core, 0);
    int64_t at = s->timers.off_at_ms;

    snapshot_release(s);
    return seconds_to(at);
}

int64_t ctl_on_in(void)
{
    const struct snapshot *s = core_hold(ctl.rig->core, 0);
    int64_t at = s->timers.on_at_ms;

    snapshot_release(s);
    return seconds_to(at);
}

enum snap_countdown ctl_countdown(void)
{
    const struct snapshot *s = core_hold(ctl.rig->core, 0);
    enum snap_countdown c = s->timers.countdown;

    snapshot_release(s);
    return c;
}
