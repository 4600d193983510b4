/* SPDX-License-Identifier: BSD-2-Clause */
/* What follows from readings and time: freshness, alarms, tests, counters, snapshots. */
#include "core.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alarms.h"

/* Three missed polls or 5 s, whichever is later: upsAlarmCommunicationsLost. */
#define LOST_LEAST_MS 5000
#define LOST_POLLS    3

/* Log lines about alarms that a unit may write in a row, and how fast new ones are earned. */
#define LOG_BURST   40
#define LOG_EARN_MS 2000

enum comm { COMM_UNKNOWN, COMM_GOOD, COMM_BROKEN };

struct core_unit {
    const struct conf_unit *conf;
    /* of the newest report: */
    enum unit_link link;
    bool replaced;
    char why[sizeof(((struct unit_report *)NULL)->why)];
    struct ups_reading reading; /* what is served: withdrawn when too old */
    struct ups_caps caps;
    bool ever_good;
    bool fresh;
    bool lost;             /* upsAlarmCommunicationsLost */
    enum comm comm_logged; /* what the log was last told */
    int64_t comm_logged_ms;
    int64_t good_ms; /* status of the newest reading, or the agent's start */

    bool input_bad;
    uint32_t input_line_bads;
    int64_t on_battery_since_ms;

    enum snap_test_id test_id;
    enum snap_test_result test_result;
    int64_t test_start_ms, test_end_ms;
    const char *test_detail;
    bool test_judging; /* over, its result awaits the next full poll */

    struct alarm_table alarms;
    int64_t log_credit_ms; /* log budget, as time saved up */
    int64_t log_credit_at_ms;
    uint32_t log_suppressed;

    const struct snapshot *snapshot; /* guarded by core.lock */
};

struct core {
    struct core_config config;
    const struct ups_clock *clock;
    int64_t start_ms;
    int64_t next_ms; /* no unit has to be looked at before */
    pthread_mutex_t lock;
    size_t unit_count;
    struct core_unit *unit;
};

/* -- log: one line a change, never a flood ---------------------------------------------------- */

static bool log_allowed(struct core_unit *u, int64_t now)
{
    u->log_credit_ms += now - u->log_credit_at_ms;
    u->log_credit_at_ms = now;
    if (u->log_credit_ms > (int64_t)LOG_BURST * LOG_EARN_MS)
        u->log_credit_ms = (int64_t)LOG_BURST * LOG_EARN_MS;
    if (u->log_credit_ms < LOG_EARN_MS) {
        u->log_suppressed++;
        return false;
    }
    u->log_credit_ms -= LOG_EARN_MS;
    if (u->log_suppressed > 0)
        log_msg(LOG_LVL_WARN, "core", u->conf->name, "%" PRIu32 " alarm lines not logged: too many",
                u->log_suppressed);
    u->log_suppressed = 0;
    return true;
}

static void log_alarms(struct core_unit *u, const struct alarm_change *c, int64_t now)
{
    static const enum log_level level[] = {LOG_LVL_INFO, LOG_LVL_NOTICE, LOG_LVL_WARN};

    for (enum ups_alarm a = 0; a < UPS_ALARM_COUNT; a++) {
        bool on = ups_alarm_has(&c->added, a);
        /* the loss and return of communication have lines of their own */
        if (a == UPS_ALARM_COMMUNICATIONS_LOST || (!on && !ups_alarm_has(&c->removed, a)))
            continue;
        if (log_allowed(u, now))
            log_msg(on ? level[ups_alarms[a].severity] : LOG_LVL_NOTICE, "alarm", u->conf->name,
                    "%s: %s", on ? "begins" : "ends", ups_alarms[a].text);
    }
}

/* "Huawei UPS2000A, serial 21022..., firmware V2R1C1SPC50": what is known of it */
static void describe(const struct ups_reading *r, char *buf, size_t size)
{
    static const struct {
        enum ups_var var;
        const char *before;
    } parts[] = {{UPS_VAR_UPS_MFR, ""},
                 {UPS_VAR_UPS_MODEL, " "},
                 {UPS_VAR_UPS_SERIAL, ", serial "},
                 {UPS_VAR_UPS_FIRMWARE, ", firmware "}};
    size_t len = 0;

    buf[0] = '\0';
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]) && len < size; i++)
        if (ups_text(r, parts[i].var)[0] != '\0')
            len += (size_t)snprintf(buf + len, size - len, "%s%s", parts[i].before,
                                    ups_text(r, parts[i].var));
}

static void log_up(struct core_unit *u, int64_t now)
{
    char who[300];

    describe(&u->reading, who, sizeof(who));
    if (u->comm_logged == COMM_BROKEN)
        log_msg(LOG_LVL_NOTICE, "core", u->conf->name, "answers again after %" PRId64 " s: %s%s",
                (now - u->comm_logged_ms) / 1000, who,
                u->replaced ? " (another UPS than before)" : "");
    else
        log_msg(LOG_LVL_NOTICE, "core", u->conf->name, "connected: %s", who);
    u->comm_logged = COMM_GOOD;
    u->comm_logged_ms = now;
}

static void log_down(struct core_unit *u, int64_t now)
{
    if (u->comm_logged == COMM_BROKEN)
        return;
    log_msg(LOG_LVL_WARN, "core", u->conf->name, "%s: %s; trying on",
            u->link == UNIT_CONNECTING ? "cannot reach the UPS" : "communication lost",
            u->why[0] ? u->why : "no answer");
    u->comm_logged = COMM_BROKEN;
    u->comm_logged_ms = now;
}

/* -- what follows from a reading -------------------------------------------------------------- */

static void follow_input(struct core_unit *u)
{
    bool bad = ups_alarm_has(&u->reading.alarms, UPS_ALARM_INPUT_BAD);

    if (bad && !u->input_bad)
        u->input_line_bads++;
    u->input_bad = bad;
}

/* upsSecondsOnBattery counts from the change to battery, or from our start if that was before. */
static void follow_battery(struct core *core, struct core_unit *u)
{
    bool on = u->reading.status & UPS_STATUS_MASK(OB);

    if (!on)
        u->on_battery_since_ms = -1;
    else if (u->on_battery_since_ms < 0)
        u->on_battery_since_ms = u->ever_good ? u->reading.taken_ms : core->start_ms;
}

static void test_begins(struct core_unit *u)
{
    u->test_id = SNAP_TEST_ID_AT_UPS;
    u->test_result = SNAP_TEST_RUNNING;
    u->test_start_ms = u->reading.taken_ms;
    u->test_end_ms = -1;
    u->test_detail = "started at the UPS";
    u->test_judging = false;
}

static void test_result(struct core_unit *u, enum snap_test_result result, const char *detail)
{
    u->test_result = result;
    u->test_detail = detail;
    u->test_judging = false;
}

/* A test that nobody commands is seen by its status bit; its result shows in the battery alarms. */
static void follow_test(struct core_unit *u, bool full)
{
    bool runs = u->reading.status & (UPS_STATUS_MASK(CAL) | UPS_STATUS_MASK(TEST));
    bool was = u->test_result == SNAP_TEST_RUNNING && !u->test_judging;
    const struct ups_alarm_set *a = &u->reading.alarms;

    if (runs && !was)
        test_begins(u);
    if (!runs && was) {
        u->test_end_ms = u->reading.taken_ms;
        u->test_judging = true;
        if ((u->reading.status & UPS_STATUS_MASK(OB)) && ups_alarm_has(a, UPS_ALARM_INPUT_BAD))
            test_result(u, SNAP_TEST_ABORTED, "ended because mains failed");
    }
    if (u->test_judging && full) {
        if ((u->reading.status & UPS_STATUS_MASK(RB)) || ups_alarm_has(a, UPS_ALARM_BATTERY_BAD))
            test_result(u, SNAP_TEST_ERROR, "the battery did not pass");
        else
            test_result(u, SNAP_TEST_PASS, "");
    }
}

static void wanted_alarms(const struct core_unit *u, struct ups_alarm_set *set)
{
    *set = u->reading.alarms;
    alarms_imply(u->reading.status, set);
    if (u->lost)
        ups_alarm_add(set, UPS_ALARM_COMMUNICATIONS_LOST);
    if (u->fresh && u->test_result == SNAP_TEST_ERROR)
        ups_alarm_add(set, UPS_ALARM_DIAGNOSTIC_TEST_FAILED);
}

/* -- snapshots -------------------------------------------------------------------------------- */

static bool publish(struct core *core, struct core_unit *u)
{
    struct snapshot *s = snapshot_new(u->alarms.count);
    const struct snapshot *old;

    if (!s)
        return false;
    s->unit = u->conf->name;
    s->reading = u->reading;
    s->caps = u->caps;
    s->fresh = u->fresh;
    s->conf = u->conf;
    s->number = (uint32_t)(u - core->unit) + 1;
    snprintf(s->ident_name, sizeof(s->ident_name), "%s", u->conf->desc);
    s->input_line_bads = u->input_line_bads;
    s->on_battery_since_ms = u->fresh ? u->on_battery_since_ms : -1;
    s->test_spin_lock = 1;
    s->test_id = u->test_id;
    s->test_result = u->test_result;
    s->test_start_ms = u->test_start_ms;
    s->test_end_ms = u->test_end_ms;
    snprintf(s->test_detail, sizeof(s->test_detail), "%s", u->test_detail);
    for (uint32_t i = 0; i < u->alarms.count; i++)
        s->alarm[i] = u->alarms.row[i];
    pthread_mutex_lock(&core->lock);
    old = u->snapshot;
    u->snapshot = s;
    pthread_mutex_unlock(&core->lock);
    snapshot_release(old);
    return true;
}

const struct snapshot *core_hold(struct core *core, size_t index)
{
    const struct snapshot *s;

    pthread_mutex_lock(&core->lock);
    s = snapshot_hold(core->unit[index].snapshot);
    pthread_mutex_unlock(&core->lock);
    return s;
}

/* Brings alarms and snapshot in line with the unit's state. */
static void settle(struct core *core, struct core_unit *u, int64_t since_ms)
{
    struct ups_alarm_set wanted;
    struct alarm_change change;

    wanted_alarms(u, &wanted);
    if (alarms_update(&u->alarms, &wanted, since_ms, &change))
        log_alarms(u, &change, ups_now(core->clock));
    if (!publish(core, u))
        log_msg(LOG_LVL_ERR, "core", u->conf->name, "out of memory: the last values stay");
}

/* -- reports and time ------------------------------------------------------------------------- */

static void take_reading(struct core *core, struct core_unit *u, const struct unit_report *report)
{
    int64_t since = u->ever_good ? report->reading.taken_ms : INT64_MIN;

    u->reading = report->reading;
    u->caps = report->caps;
    u->good_ms = report->reading.taken_ms;
    u->fresh = true;
    u->lost = false;
    follow_input(u);
    follow_battery(core, u);
    follow_test(u, report->full);
    u->ever_good = true;
    if (u->comm_logged != COMM_GOOD)
        log_up(u, ups_now(core->clock));
    settle(core, u, since);
}

/* Identity is known as soon as the device is open, before the first values. */
static void take_identity(struct core *core, struct core_unit *u, const struct unit_report *report)
{
    u->reading = report->reading;
    ups_withdraw(&u->reading);
    u->caps = report->caps;
    settle(core, u, ups_now(core->clock));
}

static int64_t lost_after(const struct core_unit *u)
{
    int64_t polls = LOST_POLLS * u->conf->timing.pollinterval_ms;

    return polls > LOST_LEAST_MS ? polls : LOST_LEAST_MS;
}

static void withdraw(struct core_unit *u)
{
    u->fresh = false;
    ups_withdraw(&u->reading);
    u->input_bad = false;
    if (u->test_result == SNAP_TEST_RUNNING) {
        u->test_end_ms = u->good_ms;
        test_result(u, SNAP_TEST_ABORTED, "communication was lost");
    }
}

/* When this unit has to be looked at again. */
static int64_t unit_next_ms(const struct core_unit *u)
{
    int64_t lost_at = u->lost ? INT64_MAX : u->good_ms + lost_after(u);
    int64_t stale_at = u->fresh && u->conf->timing.on_stale == CONF_STALE_WITHDRAW
                           ? u->good_ms + u->conf->timing.maxage_ms
                           : INT64_MAX;

    return lost_at < stale_at ? lost_at : stale_at;
}

static void tick_unit(struct core *core, struct core_unit *u, int64_t now)
{
    bool turned = false;

    if (!u->lost && now >= u->good_ms + lost_after(u)) {
        u->lost = turned = true;
        log_down(u, now);
    }
    if (u->fresh && u->conf->timing.on_stale == CONF_STALE_WITHDRAW &&
        now >= u->good_ms + u->conf->timing.maxage_ms) {
        withdraw(u);
        turned = true;
    }
    if (turned)
        settle(core, u, now);
}

void core_tick(struct core *core)
{
    int64_t now = ups_now(core->clock);

    if (now < core->next_ms)
        return;
    core->next_ms = INT64_MAX;
    for (size_t i = 0; i < core->unit_count; i++) {
        tick_unit(core, &core->unit[i], now);
        int64_t at = unit_next_ms(&core->unit[i]);
        if (at < core->next_ms)
            core->next_ms = at;
    }
}

int64_t core_next_ms(const struct core *core)
{
    return core->next_ms;
}

void core_report(struct core *core, size_t index, const struct unit_report *report)
{
    struct core_unit *u = &core->unit[index];
    /*
     * Not what a failed poll has left behind, nor anything from before the device was opened; but
     * a good reading that was not taken yet counts, though a failed poll has come after it.
     */
    bool news = report->reading.taken_ms > u->good_ms ||
                (report->missed == 0 && report->reading.taken_ms > 0);

    u->link = report->link;
    u->replaced = report->replaced;
    memcpy(u->why, report->why, sizeof(u->why));
    if (report->link == UNIT_UP && news)
        take_reading(core, u, report);
    else if (report->link == UNIT_UP && !u->fresh)
        take_identity(core, u, report);
    else if (report->link != UNIT_UP)
        log_down(u, ups_now(core->clock));
    if (unit_next_ms(u) < core->next_ms)
        core->next_ms = unit_next_ms(u);
}

/* -- life ------------------------------------------------------------------------------------- */

static bool unit_start(struct core *core, struct core_unit *u, const struct conf_unit *conf)
{
    u->conf = conf;
    u->good_ms = core->start_ms;
    u->log_credit_at_ms = core->start_ms;
    u->log_credit_ms = (int64_t)LOG_BURST * LOG_EARN_MS;
    u->on_battery_since_ms = -1;
    u->test_id = SNAP_TEST_ID_NONE;
    u->test_result = SNAP_TEST_NONE;
    u->test_end_ms = -1;
    u->test_detail = "";
    return publish(core, u);
}

struct core *core_new(const struct core_config *config)
{
    const struct conf *conf = config->conf;
    const struct ups_clock *clock = config->clock;
    struct core *core = calloc(1, sizeof(*core));
    bool ok;

    if (!core)
        return NULL;
    core->config = *config;
    core->clock = clock;
    core->start_ms = ups_now(clock);
    pthread_mutex_init(&core->lock, NULL);
    core->unit = calloc(conf->unit_count, sizeof(*core->unit));
    ok = core->unit != NULL;
    for (size_t i = 0; ok && i < conf->unit_count; i++) {
        core->unit_count++;
        ok = unit_start(core, &core->unit[i], &conf->unit[i]);
    }
    if (ok)
        return core;
    core_free(core);
    return NULL;
}

void core_free(struct core *core)
{
    if (!core)
        return;
    for (size_t i = 0; i < core->unit_count; i++) {
        snapshot_release(core->unit[i].snapshot);
        alarms_free(&core->unit[i].alarms);
    }
    free(core->unit);
    pthread_mutex_destroy(&core->lock);
    free(core);
}
