/* SPDX-License-Identifier: BSD-2-Clause */
/* Log lines of the core: one a change, never a flood. */
#include "core_private.h"

#include <inttypes.h>
#include <stdio.h>

/* Lines about alarms that a unit may write in a row, and how fast new ones are earned. */
#define LOG_BURST   40
#define LOG_EARN_MS 2000

void log_start(struct core_unit *u, int64_t now)
{
    u->log_credit_at_ms = now;
    u->log_credit_ms = (int64_t)LOG_BURST * LOG_EARN_MS;
}

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

void log_alarms(struct core_unit *u, const struct alarm_change *c, int64_t now)
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

void log_up(struct core_unit *u, int64_t now)
{
    char who[300];

    describe(u->reading, who, sizeof(who));
    if (u->comm_logged == COMM_BROKEN)
        log_msg(LOG_LVL_NOTICE, "core", u->conf->name, "answers again after %" PRId64 " s: %s%s",
                (now - u->comm_logged_ms) / 1000, who,
                u->replaced ? " (another UPS than before)" : "");
    else
        log_msg(LOG_LVL_NOTICE, "core", u->conf->name, "connected: %s", who);
    u->comm_logged = COMM_GOOD;
    u->comm_logged_ms = now;
}

void log_down(struct core_unit *u, int64_t now)
{
    if (u->comm_logged == COMM_BROKEN)
        return;
    log_msg(LOG_LVL_WARN, "core", u->conf->name, "%s: %s; trying on",
            u->link == UNIT_CONNECTING ? "cannot reach the UPS" : "communication lost",
            u->why[0] ? u->why : "no answer");
    u->comm_logged = COMM_BROKEN;
    u->comm_logged_ms = now;
}
