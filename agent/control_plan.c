/* SPDX-License-Identifier: BSD-2-Clause */
/* What the items of one PDU come to: one job of one device, what the agent does itself, or why not.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "control_private.h"

#define MINUTE_MILLI 60000 /* thousandths of a second in a minute */

#define CLASS(id) (1U << UPS_CLASS_##id)

/* The items of one unit of which there is one each: where they stand, -1: absent. */
struct wants {
    int at[CONTROL_KINDS];
};

struct planner {
    struct control_plan *plan;
    const struct control_item *items;
    size_t count;
};

static bool fail(struct planner *p, int index, enum set_error error, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* The first thing found wrong is what is told.  Always false. */
static bool fail(struct planner *p, int index, enum set_error error, const char *fmt, ...)
{
    va_list ap;

    if (p->plan->error != SET_OK)
        return false;
    p->plan->error = error;
    p->plan->index = (size_t)index;
    va_start(ap, fmt);
    vsnprintf(p->plan->why, sizeof(p->plan->why), fmt, ap);
    va_end(ap);
    return false;
}

static int later(int a, int b)
{
    return a > b ? a : b;
}

static int64_t value_at(const struct planner *p, int at)
{
    return p->items[at].value;
}

/* -- what is known of the unit ---------------------------------------------------------------- */

static bool has(const struct plan_unit *u, enum ups_command command)
{
    return u->caps->commands >> command & 1;
}

static bool output_off(const struct plan_unit *u)
{
    return u->reading->status & UPS_STATUS_MASK(OFF);
}

/* A countdown that ends with the output off has been begun and is not over. */
static bool counts_off(const struct core_countdown *c)
{
    return c->timers.off_at_ms >= 0 && !c->off_passed;
}

/* ... and it is still ours alone: the device knows nothing of it yet. */
static bool counts_off_here(const struct core_countdown *c)
{
    return counts_off(c) && !c->by_device && c->job == 0;
}

static bool choice(const struct plan_unit *u, enum ups_var var, int64_t otherwise, int64_t *value)
{
    bool known = ups_get(u->reading, var, 0, value);

    if (!known)
        *value = otherwise;
    return known;
}

uint32_t plan_command_lock(const struct core_jobs *jobs, enum ups_command command)
{
    return jobs->commands ? jobs->commands->command[command].lock : 1;
}

enum snap_test_id plan_test_of(enum ups_command command)
{
    switch (command) {
    case UPS_COMMAND_TEST_BATTERY_START: return SNAP_TEST_ID_GENERAL;
    case UPS_COMMAND_TEST_BATTERY_START_QUICK: return SNAP_TEST_ID_QUICK;
    case UPS_COMMAND_TEST_BATTERY_START_DEEP: return SNAP_TEST_ID_DEEP;
    default: return SNAP_TEST_ID_NONE;
    }
}

/* -- jobs ------------------------------------------------------------------------------------- */

bool plan_same_job(const struct unit_job *a, const struct unit_job *b)
{
    if (a->set != b->set)
        return false;
    if (a->set)
        return a->var == b->var && a->milli == b->milli;
    return a->command == b->command && a->args.value == b->args.value &&
           a->args.second == b->args.second && a->args.start_auto_asked == b->args.start_auto_asked;
}

const struct core_job *plan_repeats(const struct core_jobs *jobs, const struct unit_job *job,
                                    int64_t now_ms)
{
    const struct core_job *latest = jobs_latest(jobs);

    for (size_t i = 0; i < jobs->rows; i++)
        if (jobs->job[i].running && plan_same_job(&jobs->job[i].job, job))
            return &jobs->job[i];
    if (latest && !latest->running && latest->error == UPS_OK &&
        now_ms - latest->end_ms < CONTROL_REPEAT_MS && plan_same_job(&latest->job, job))
        return latest;
    return NULL;
}

static bool is_repeat(const struct planner *p, const struct plan_unit *u,
                      const struct unit_job *job)
{
    return !p->plan->locked && plan_repeats(u->jobs, job, u->now_ms) != NULL;
}

/* Jobs that may wait behind another: what stops something, and what moves no power. */
static bool may_queue(const struct unit_job *job)
{
    return job->set || job->command == UPS_COMMAND_SHUTDOWN_STOP ||
           job->command == UPS_COMMAND_TEST_BATTERY_STOP ||
           ups_commands[job->command].cls == UPS_CLASS_BEEPER;
}

/* Is there room for the job behind what is under way? */
static bool check_queue(struct planner *p, const struct plan_unit *u, const struct unit_job *job,
                        int index)
{
    size_t blocking = jobs_blocking(u->jobs), waiting = jobs_running(u->jobs);

    if (is_repeat(p, u, job))
        return true;
    for (size_t i = 0; i < u->reserved_count; i++) {
        if (!p->plan->locked && plan_same_job(&u->reserved[i], job))
            return true; /* the first of the two that is committed submits it */
        blocking++;
        waiting++;
    }
    if (blocking > 0 && !may_queue(job))
        return fail(p, index, SET_INCONSISTENT_VALUE, "another command is under way");
    if (waiting >= UNIT_JOBS_MAX)
        return fail(p, index, SET_RESOURCE_UNAVAILABLE, "%zu commands are under way", waiting);
    return true;
}

/*
 * Makes this the job of the set, which can have one only.  `classes`: one of them must be allowed.
 */
static bool add_job(struct planner *p, const struct plan_unit *u, const struct unit_job *job,
                    int index, uint32_t classes)
{
    struct control_plan *plan = p->plan;
    const struct ups_command_info *info = job->set ? NULL : &ups_commands[job->command];

    if (!(u->allow & classes))
        return fail(p, index, SET_NOT_WRITABLE, "class %s is not allowed",
                    ups_class_names[info ? info->cls : UPS_CLASS_SETTING]);
    if (plan->has_job && (plan->job_unit != u->number || !plan_same_job(&plan->job, job)))
        return fail(p, later((int)plan->job_index, index), SET_INCONSISTENT_VALUE,
                    "one SET can make one command only");
    if (!u->reachable)
        return fail(p, index, SET_RESOURCE_UNAVAILABLE, "the UPS is not reached");
    if (info && !has(u, job->command))
        return fail(p, index, SET_INCONSISTENT_VALUE, "this UPS has no %s", info->name);
    if (!check_queue(p, u, job, index))
        return false;
    plan->job_index = plan->has_job ? (size_t)later((int)plan->job_index, index) : (size_t)index;
    plan->has_job = true;
    plan->job_unit = u->number;
    plan->job = *job;
    return true;
}

static bool add_command(struct planner *p, const struct plan_unit *u, enum ups_command command,
                        int32_t value, int32_t second, int index)
{
    struct unit_job job = {.command = command, .args = {value, second, false}};

    return add_job(p, u, &job, index, 1U << ups_commands[command].cls);
}

static bool add_setting(struct planner *p, const struct plan_unit *u, enum ups_var var,
                        int64_t milli, int index, uint32_t classes)
{
    const struct ups_setting *setting = ups_setting_find(u->caps, var);
    struct unit_job job = {.set = true, .var = var, .milli = milli};

    if (u->reachable && !setting)
        return fail(p, index, SET_INCONSISTENT_VALUE, "%s can't be set on this UPS",
                    ups_vars[var].name);
    if (u->reachable && !ups_setting_fit(setting, &job.milli))
        return fail(p, index, SET_INCONSISTENT_VALUE, "this UPS has no such %s",
                    ups_vars[var].name);
    return add_job(p, u, &job, index, classes);
}

/* Where in the plan a change of this unit's countdown stands; NULL: another unit's stands there. */
static struct count_change *add_count(struct planner *p, const struct plan_unit *u, int index)
{
    struct control_plan *plan = p->plan;

    if (!(u->allow & (CLASS(SHUTDOWN) | CLASS(LOAD)))) {
        fail(p, index, SET_NOT_WRITABLE, "class %s is not allowed",
             ups_class_names[UPS_CLASS_SHUTDOWN]);
        return NULL;
    }
    if (plan->has_count && plan->count_unit != u->number) {
        fail(p, index, SET_INCONSISTENT_VALUE, "one SET can change one countdown only");
        return NULL;
    }
    plan->has_count = true;
    plan->count_unit = u->number;
    return &plan->count;
}

/* -- upsControl ------------------------------------------------------------------------------- */

/* What goes off, and whether it comes back: the command for upsShutdownAfterDelay n >= 0. */
static bool choose_shutdown(struct planner *p, const struct plan_unit *u, const struct wants *w,
                            enum ups_command *command)
{
    int t = w->at[CONTROL_STARTUP_AFTER], a = w->at[CONTROL_AUTO_RESTART];
    int s = w->at[CONTROL_SHUTDOWN_AFTER];
    int64_t back;
    enum ups_command want, other;

    choice(u, UPS_VAR_UPS_START_AUTO, UPS_YES, &back);
    if (a >= 0)
        back = value_at(p, a);
    else if (t >= 0)
        back = value_at(p, t) >= 0 ? UPS_YES : UPS_NO;
    want = back == UPS_YES ? UPS_COMMAND_SHUTDOWN_RETURN : UPS_COMMAND_SHUTDOWN_STAYOFF;
    other = back == UPS_YES ? UPS_COMMAND_SHUTDOWN_STAYOFF : UPS_COMMAND_SHUTDOWN_RETURN;
    *command = want;
    if (has(u, want))
        return true;
    if (a < 0 && back == UPS_NO && has(u, UPS_COMMAND_LOAD_OFF)) {
        *command = UPS_COMMAND_LOAD_OFF; /* what is switched off stays off */
        return true;
    }
    if (a >= 0 || t >= 0)
        return fail(p, later(a, t), SET_INCONSISTENT_VALUE, "this UPS has no %s",
                    ups_commands[want].name);
    *command = has(u, other) ? other : UPS_COMMAND_LOAD_OFF;
    if (has(u, *command))
        return true;
    return fail(p, s, SET_INCONSISTENT_VALUE, "this UPS has no %s", ups_commands[want].name);
}

/*
 * Counts the part that is too long for the device.  A countdown that the device runs already would
 * come before ours and has to be stopped first.
 */
static bool count_excess(struct planner *p, const struct plan_unit *u, enum ups_command command,
                         int32_t n, int32_t second, int index)
{
    bool whole = command == UPS_COMMAND_LOAD_OFF;
    struct count_change *c = add_count(p, u, index);

    if (!c)
        return false;
    if (!(u->allow & CLASS(SHUTDOWN)))
        return fail(p, index, SET_NOT_WRITABLE, "class %s is not allowed",
                    ups_class_names[UPS_CLASS_SHUTDOWN]);
    c->off = true;
    c->off_s = n;
    c->on_s = second < 0 ? -1 : n + second;
    c->command = command;
    c->args = (struct ups_command_args){whole ? -1 : u->caps->off_most, second, false};
    if (!counts_off(u->count_down) || counts_off_here(u->count_down))
        return true;
    p->plan->count_after_job = true;
    return add_command(p, u, UPS_COMMAND_SHUTDOWN_STOP, -1, -1, index);
}

/* upsShutdownAfterDelay n >= 0, with upsStartupAfterDelay and upsAutoRestart where they came along.
 */
static bool plan_shutdown(struct planner *p, const struct plan_unit *u, const struct wants *w)
{
    int s = w->at[CONTROL_SHUTDOWN_AFTER], t = w->at[CONTROL_STARTUP_AFTER];
    int a = w->at[CONTROL_AUTO_RESTART];
    int32_t n = (int32_t)value_at(p, s), second = -1;
    enum ups_command command;

    if (t >= 0 && value_at(p, t) >= 0) {
        if (value_at(p, t) <= n)
            return fail(p, t, SET_INCONSISTENT_VALUE, "the startup would come before the shutdown");
        if (a >= 0 && value_at(p, a) != UPS_YES)
            return fail(p, later(t, a), SET_INCONSISTENT_VALUE,
                        "a startup is asked for, and no restart");
        second = (int32_t)value_at(p, t) - n;
    }
    if (!u->reachable) {
        if (!(u->allow & (CLASS(SHUTDOWN) | CLASS(LOAD))))
            return add_count(p, u, s) != NULL;
        return fail(p, s, SET_RESOURCE_UNAVAILABLE, "the UPS is not reached");
    }
    if (n == 0 && t < 0 && a < 0 && has(u, UPS_COMMAND_LOAD_OFF))
        return add_command(p, u, UPS_COMMAND_LOAD_OFF, -1, -1, s);
    if (!choose_shutdown(p, u, w, &command))
        return false;
    if (second > u->caps->on_most)
        return fail(p, t, SET_INCONSISTENT_VALUE, "this UPS counts at most %d s until it starts",
                    (int)u->caps->on_most);
    if (command == UPS_COMMAND_LOAD_OFF ? n > 0 : n > u->caps->off_most) {
        if (!count_excess(p, u, command, n, second, s))
            return false;
        p->plan->count.args.start_auto_asked = a >= 0;
        return true;
    }
    if (!add_command(p, u, command, command == UPS_COMMAND_LOAD_OFF ? -1 : n, second, s))
        return false;
    p->plan->job.args.start_auto_asked = a >= 0;
    return true;
}

/* upsShutdownAfterDelay -1. */
static bool plan_no_shutdown(struct planner *p, const struct plan_unit *u, int s)
{
    const struct core_countdown *c = u->count_down;
    struct count_change *change;

    if (counts_off(c) && !c->by_device) {
        change = add_count(p, u, s);
        if (!change)
            return false;
        change->cancel_off = true;
        if (counts_off_here(c))
            return true;
        /* its command is just on its way to the device: that has to be stopped as well */
        return add_command(p, u, UPS_COMMAND_SHUTDOWN_STOP, -1, -1, s);
    }
    if (u->reachable && output_off(u))
        return true;
    if (!u->reachable || has(u, UPS_COMMAND_SHUTDOWN_STOP) || counts_off(c))
        return add_command(p, u, UPS_COMMAND_SHUTDOWN_STOP, -1, -1, s);
    return true;
}

/* upsStartupAfterDelay without a shutdown. */
static bool plan_startup(struct planner *p, const struct plan_unit *u, int t)
{
    const struct core_countdown *c = u->count_down;
    int64_t m = value_at(p, t);
    struct count_change *change;

    if (m == 0)
        return add_command(p, u, UPS_COMMAND_LOAD_ON, -1, -1, t);
    if (m < 0 && c->timers.on_at_ms >= 0 && !c->start_by_us)
        return fail(p, t, SET_INCONSISTENT_VALUE, "the UPS itself is to switch on again");
    if (m < 0 && c->timers.on_at_ms < 0)
        return true;
    change = add_count(p, u, t);
    if (!change)
        return false;
    if (m < 0) {
        change->cancel_on = true;
        return true;
    }
    if (!u->reachable)
        return fail(p, t, SET_RESOURCE_UNAVAILABLE, "the UPS is not reached");
    if (!has(u, UPS_COMMAND_LOAD_ON))
        return fail(p, t, SET_INCONSISTENT_VALUE, "this UPS has no %s",
                    ups_commands[UPS_COMMAND_LOAD_ON].name);
    change->on = true;
    change->on_s = (int32_t)m;
    return true;
}

/* upsRebootWithDuration -1; `replaced`: another countdown takes its place. */
static bool plan_no_reboot(struct planner *p, const struct plan_unit *u, int r, bool replaced)
{
    const struct core_countdown *c = u->count_down;

    if (c->timers.countdown != SNAP_COUNT_REBOOT)
        return true;
    if (output_off(u) || !counts_off(c))
        return fail(p, r, SET_INCONSISTENT_VALUE, "the output is off, and has to come on again");
    return replaced || add_command(p, u, UPS_COMMAND_SHUTDOWN_STOP, -1, -1, r);
}

static bool plan_power(struct planner *p, const struct plan_unit *u, const struct wants *w)
{
    int s = w->at[CONTROL_SHUTDOWN_AFTER], t = w->at[CONTROL_STARTUP_AFTER];
    int r = w->at[CONTROL_REBOOT], a = w->at[CONTROL_AUTO_RESTART];
    bool shutdown = s >= 0 && value_at(p, s) >= 0, ok = true;

    if (r >= 0 && value_at(p, r) >= 0 && (s >= 0 || t >= 0))
        return fail(p, later(r, later(s, t)), SET_INCONSISTENT_VALUE,
                    "a reboot and a shutdown or startup contradict each other");
    if (r >= 0 && value_at(p, r) >= 0)
        ok = add_command(p, u, UPS_COMMAND_SHUTDOWN_REBOOT, (int32_t)value_at(p, r), -1, r);
    else if (r >= 0)
        ok = plan_no_reboot(p, u, r, shutdown);
    if (ok && shutdown)
        return plan_shutdown(p, u, w);
    if (ok && s >= 0)
        ok = plan_no_shutdown(p, u, s);
    if (ok && t >= 0)
        ok = plan_startup(p, u, t);
    if (ok && a >= 0)
        ok = add_setting(p, u, UPS_VAR_UPS_START_AUTO, value_at(p, a), a,
                         CLASS(SHUTDOWN) | CLASS(SETTING));
    return ok;
}

/* -- tests ------------------------------------------------------------------------------------ */

/* A command that begins or stops a test, now. */
static bool add_test(struct planner *p, const struct plan_unit *u, enum ups_command command,
                     int32_t value, int index)
{
    struct unit_job job = {.command = command, .args = {value, -1, false}};
    bool starts = command != UPS_COMMAND_TEST_BATTERY_STOP;

    if (u->reachable && !is_repeat(p, u, &job)) {
        if (starts && u->test_runs)
            return fail(p, index, SET_INCONSISTENT_VALUE, "a test runs already");
        if (starts && (u->reading->status & UPS_STATUS_MASK(OB)))
            return fail(p, index, SET_INCONSISTENT_VALUE, "no test while on battery");
        if (!starts && !u->test_runs)
            return fail(p, index, SET_INCONSISTENT_VALUE, "no test runs");
    }
    return add_job(p, u, &job, index, CLASS(TEST));
}

/* upsTestId as NUT's snmp-ups writes it: a SET sent again must not stop what the first started. */
static bool plan_unlocked_test(struct planner *p, const struct plan_unit *u, int index)
{
    struct unit_job start = {.command = UPS_COMMAND_TEST_BATTERY_START_QUICK,
                             .args = {-1, -1, false}};
    struct unit_job stop = {.command = UPS_COMMAND_TEST_BATTERY_STOP, .args = {-1, -1, false}};
    bool again = is_repeat(p, u, &start) && !is_repeat(p, u, &stop);

    if (is_repeat(p, u, &stop) || (u->test_runs && !again))
        return add_test(p, u, stop.command, -1, index);
    return add_test(p, u, start.command, -1, index);
}

static bool plan_test(struct planner *p, const struct plan_unit *u, const struct wants *w)
{
    static const enum ups_command start[] = {
        [SNAP_TEST_ID_ABORT] = UPS_COMMAND_TEST_BATTERY_STOP,
        [SNAP_TEST_ID_GENERAL] = UPS_COMMAND_TEST_BATTERY_START,
        [SNAP_TEST_ID_QUICK] = UPS_COMMAND_TEST_BATTERY_START_QUICK,
        [SNAP_TEST_ID_DEEP] = UPS_COMMAND_TEST_BATTERY_START_DEEP,
    };
    int test = w->at[CONTROL_TEST], unlocked = w->at[CONTROL_TEST_UNLOCKED];

    if (test >= 0 && w->at[CONTROL_TEST_LOCK] < 0)
        return fail(p, test, SET_INCONSISTENT_VALUE, "upsTestSpinLock has to come along");
    if (test >= 0) {
        int64_t id = value_at(p, test);
        if (id < SNAP_TEST_ID_ABORT || id > SNAP_TEST_ID_DEEP)
            return fail(p, test, SET_INCONSISTENT_VALUE, "no such test");
        if (!add_test(p, u, start[id], -1, test))
            return false;
    }
    return unlocked < 0 || plan_unlocked_test(p, u, unlocked);
}

/* -- upsConfig -------------------------------------------------------------------------------- */

static bool plan_audible(struct planner *p, const struct plan_unit *u, int index)
{
    int64_t beeper;

    if (value_at(p, index) == UPS_BEEPER_ENABLED)
        return add_command(p, u, UPS_COMMAND_BEEPER_ENABLE, -1, -1, index);
    if (value_at(p, index) == UPS_BEEPER_DISABLED)
        return add_command(p, u, UPS_COMMAND_BEEPER_DISABLE, -1, -1, index);
    /* RFC 1628: muted has no effect unless it sounds, and ends when that would have ended */
    choice(u, UPS_VAR_UPS_BEEPER_STATUS, UPS_BEEPER_ENABLED, &beeper);
    if (!(u->allow & CLASS(BEEPER)))
        return fail(p, index, SET_NOT_WRITABLE, "class %s is not allowed",
                    ups_class_names[UPS_CLASS_BEEPER]);
    if (u->reachable && (!u->alarms || u->jobs->muted || beeper != UPS_BEEPER_ENABLED))
        return true;
    if (has(u, UPS_COMMAND_BEEPER_MUTE))
        return add_command(p, u, UPS_COMMAND_BEEPER_MUTE, -1, -1, index);
    if (!add_command(p, u, UPS_COMMAND_BEEPER_DISABLE, -1, -1, index))
        return false;
    p->plan->mutes = true;
    return true;
}

/* RFC 1628, upsConfigLowBattTime: never an error, the next value that can be had. */
static bool plan_low_minutes(struct planner *p, const struct plan_unit *u, int index)
{
    const struct ups_setting *setting = ups_setting_find(u->caps, UPS_VAR_BATTERY_RUNTIME_LOW);
    int64_t milli = value_at(p, index) * MINUTE_MILLI;

    if (!setting && !u->reachable && !u->jobs->gives_runtime)
        return fail(p, index, SET_RESOURCE_UNAVAILABLE, "the UPS is not reached");
    if (!setting)
        return true;
    if (setting->choices == 0 && milli < setting->min)
        milli = setting->min;
    if (setting->choices == 0 && !ups_setting_fit(setting, &milli)) {
        int32_t step = setting->step > 1 ? setting->step : 1;
        milli = setting->min + (setting->max - setting->min) / step * step;
    }
    return add_setting(p, u, UPS_VAR_BATTERY_RUNTIME_LOW, milli, index, CLASS(SETTING));
}

/* -- the extension MIB ------------------------------------------------------------------------ */

static bool second_fits(const struct plan_unit *u, const struct control_item *item)
{
    if (item->command != UPS_COMMAND_SHUTDOWN_RETURN &&
        item->command != UPS_COMMAND_SHUTDOWN_REBOOT_GRACEFUL)
        return true;
    return item->args.second >= -1 && item->args.second <= u->caps->on_most;
}

static bool first_fits(const struct plan_unit *u, const struct control_item *item)
{
    const struct ups_command_info *info = &ups_commands[item->command];
    bool delay = item->command == UPS_COMMAND_SHUTDOWN_RETURN ||
                 item->command == UPS_COMMAND_SHUTDOWN_STAYOFF ||
                 item->command == UPS_COMMAND_SHUTDOWN_REBOOT_GRACEFUL;

    if (info->arg_unit == UPS_UNIT_NONE || item->args.value == -1)
        return true;
    return item->args.value >= info->arg_min && item->args.value <= info->arg_max &&
           (!delay || item->args.value <= u->caps->off_most);
}

static bool plan_command(struct planner *p, const struct plan_unit *u, int index)
{
    const struct control_item *item = &p->items[index];
    struct ups_command_args args = item->args;

    if (item->command >= UPS_COMMAND_COUNT)
        return fail(p, index, SET_INCONSISTENT_VALUE, "no such command");
    if (u->reachable && !(first_fits(u, item) && second_fits(u, item)))
        return fail(p, index, SET_INCONSISTENT_VALUE, "this UPS can't do %s with that number",
                    ups_commands[item->command].name);
    if (ups_commands[item->command].arg_unit == UPS_UNIT_NONE)
        args.value = -1;
    if (item->command != UPS_COMMAND_SHUTDOWN_RETURN &&
        item->command != UPS_COMMAND_SHUTDOWN_REBOOT_GRACEFUL)
        args.second = -1;
    if (ups_commands[item->command].cls == UPS_CLASS_TEST)
        return add_test(p, u, item->command, args.value, index);
    return add_command(p, u, item->command, args.value, args.second, index);
}

/* -- one unit, one PDU ------------------------------------------------------------------------ */

/* Locks come first: who has lost the race is told so, not what would have been wrong besides. */
static bool plan_lock(struct planner *p, const struct plan_unit *u, int index)
{
    const struct control_item *item = &p->items[index];
    bool test = item->what == CONTROL_TEST_LOCK;
    unsigned bit = test ? PLAN_TEST_LOCK : (unsigned)item->command;
    uint32_t lock;

    if (!test && item->command >= UPS_COMMAND_COUNT)
        return fail(p, index, SET_INCONSISTENT_VALUE, "no such command");
    lock = test ? u->test_lock : plan_command_lock(u->jobs, item->command);
    if (item->value != (int64_t)lock)
        return fail(p, index, SET_INCONSISTENT_VALUE, "the lock stands at %u", (unsigned)lock);
    if (u->locks_taken >> bit & 1)
        return fail(p, index, SET_INCONSISTENT_VALUE, "another SET has the lock");
    p->plan->locked = true;
    return true;
}

static bool same_item(const struct control_item *a, const struct control_item *b)
{
    switch (a->what) {
    case CONTROL_NAME:
    case CONTROL_ATTACHED: return strcmp(a->text, b->text) == 0;
    case CONTROL_COMMAND: return a->args.value == b->args.value && a->args.second == b->args.second;
    default: return a->value == b->value;
    }
}

static bool same_object(const struct control_item *a, const struct control_item *b)
{
    return a->unit == b->unit && a->what == b->what &&
           (a->what != CONTROL_SETTING || a->var == b->var) &&
           ((a->what != CONTROL_COMMAND && a->what != CONTROL_COMMAND_LOCK) ||
            a->command == b->command);
}

/* One object can't become two things at once. */
static bool check_doubles(struct planner *p)
{
    for (size_t i = 1; i < p->count; i++) {
        if (p->items[i].what == CONTROL_NOTHING)
            continue;
        for (size_t j = 0; j < i; j++)
            if (same_object(&p->items[i], &p->items[j]) && !same_item(&p->items[i], &p->items[j]))
                return fail(p, (int)i, SET_INCONSISTENT_VALUE, "the same object, two values");
    }
    return true;
}

/* Items of which a unit can have several: each for itself. */
static bool plan_each(struct planner *p, const struct plan_unit *u)
{
    for (size_t i = 0; i < p->count; i++) {
        const struct control_item *item = &p->items[i];
        bool ok = true;

        if (item->unit != u->number)
            continue;
        if (item->what == CONTROL_SETTING)
            ok = add_setting(p, u, item->var, item->value, (int)i, CLASS(SETTING));
        else if (item->what == CONTROL_COMMAND)
            ok = plan_command(p, u, (int)i);
        if (!ok)
            return false;
    }
    return true;
}

static bool plan_locks(struct planner *p, const struct plan_unit *u)
{
    for (size_t i = 0; i < p->count; i++) {
        const struct control_item *item = &p->items[i];
        if (item->unit == u->number &&
            (item->what == CONTROL_TEST_LOCK || item->what == CONTROL_COMMAND_LOCK) &&
            !plan_lock(p, u, (int)i))
            return false;
    }
    return true;
}

/* What is begun by a command's own name must not be what another object cancels. */
static bool check_cancelled(struct planner *p, const struct plan_unit *u, const struct wants *w)
{
    const struct control_plan *plan = p->plan;
    int t = w->at[CONTROL_STARTUP_AFTER], r = w->at[CONTROL_REBOOT];
    bool reboots = plan->job.command == UPS_COMMAND_SHUTDOWN_REBOOT ||
                   plan->job.command == UPS_COMMAND_SHUTDOWN_REBOOT_GRACEFUL;

    if (!plan->has_job || plan->job_unit != u->number || plan->job.set)
        return true;
    /* beside upsShutdownAfterDelay, upsAutoRestart has the last word: choose_shutdown() */
    if (t >= 0 && value_at(p, t) < 0 && w->at[CONTROL_SHUTDOWN_AFTER] < 0 &&
        (reboots || plan->job.command == UPS_COMMAND_SHUTDOWN_RETURN))
        return fail(p, later(t, (int)plan->job_index), SET_INCONSISTENT_VALUE,
                    "%s switches on again", ups_commands[plan->job.command].name);
    if (r >= 0 && value_at(p, r) < 0 && reboots)
        return fail(p, later(r, (int)plan->job_index), SET_INCONSISTENT_VALUE,
                    "a reboot is asked for, and none");
    return true;
}

static bool plan_unit_items(struct planner *p, const struct plan_unit *u)
{
    struct wants w;
    int type;

    for (size_t k = 0; k < CONTROL_KINDS; k++)
        w.at[k] = -1;
    for (size_t i = 0; i < p->count; i++)
        if (p->items[i].unit == u->number && p->items[i].what < CONTROL_KINDS)
            w.at[p->items[i].what] = (int)i;
    type = w.at[CONTROL_SHUTDOWN_TYPE];
    if (type >= 0 && value_at(p, type) != 1)
        return fail(p, type, SET_INCONSISTENT_VALUE, "only the output of this UPS can be off");
    return plan_power(p, u, &w) && plan_test(p, u, &w) &&
           (w.at[CONTROL_AUDIBLE] < 0 || plan_audible(p, u, w.at[CONTROL_AUDIBLE])) &&
           (w.at[CONTROL_LOW_MINUTES] < 0 || plan_low_minutes(p, u, w.at[CONTROL_LOW_MINUTES])) &&
           plan_each(p, u) && check_cancelled(p, u, &w);
}

void control_plan(struct control_plan *plan, const struct control_item *items, size_t count,
                  const struct plan_unit *units, size_t unit_count)
{
    struct planner p = {.plan = plan, .items = items, .count = count};
    bool ok;

    memset(plan, 0, sizeof(*plan));
    ok = check_doubles(&p);
    for (size_t i = 0; ok && i < unit_count; i++)
        ok = plan_locks(&p, &units[i]);
    for (size_t i = 0; ok && i < unit_count; i++)
        ok = plan_unit_items(&p, &units[i]);
}
