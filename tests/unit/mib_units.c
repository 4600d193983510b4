/* SPDX-License-Identifier: BSD-2-Clause */
#include "mib_units.h"

#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct drv_driver driver = {.name = "made-up"};

static const struct conf_unit confs[UNITS_MAX] = {
    {.name = "ups1",
     .context = "ups1",
     .desc = "rack 3, left",
     .port = "/dev/ttyUSB0",
     .driver = &driver,
     .timing = {.allow = ((uint32_t)1 << UPS_CLASS_COUNT) - 1},
     .is_default = true},
    {.name = "ups2", .context = "two", .desc = "", .port = "tcp:host:502", .driver = &driver},
    {.name = "ups3", .context = "ups3", .desc = "", .port = "/dev/ttyUSB1", .driver = &driver},
};

static const struct snapshot *unit_at(void *arg, size_t index)
{
    const struct units *u = arg;

    assert_true(index < u->view.unit_count);
    return u->unit[index].snap;
}

static const struct snap_agent *agent_at(void *arg)
{
    return ((const struct units *)arg)->agent;
}

static struct snap_agent *new_agent(void)
{
    static const struct snap_past past[] = {
        {.seq = 7,
         .unit = 1,
         .id = 1,
         .alarm = UPS_ALARM_ON_BATTERY,
         .began = true,
         .wall_ms = UNITS_WALL - 3600000},
        {.seq = 8,
         .unit = 0,
         .id = 2,
         .alarm = UPS_ALARM_HUAWEI_35_1,
         .began = true,
         .wall_ms = UNITS_WALL - 60000},
        {.seq = 4000000000,
         .unit = 0,
         .id = 2,
         .alarm = UPS_ALARM_HUAWEI_35_1,
         .wall_ms = UNITS_WALL - 100},
    };
    struct snap_agent *a = calloc(1, sizeof(*a) + sizeof(past));

    assert_non_null(a);
    a->start_wall = UNITS_WALL - 86400000;
    a->last_seq = 4294967295;
    a->events_waiting = 3;
    a->events_delivered = 1000;
    a->events_lost = 2;
    a->events_refused = 1;
    a->history_count = sizeof(past) / sizeof(past[0]);
    memcpy(a->history, past, sizeof(past));
    return a;
}

static void give_commands(struct snapshot *s)
{
    struct snap_commands *c = calloc(1, sizeof(*c));

    assert_non_null(c);
    atomic_init(&c->refs, 1);
    for (size_t i = 0; i <= UPS_COMMAND_COUNT; i++)
        c->command[i] = (struct snap_command){.lock = 1, .state = SNAP_COMMAND_IDLE, .end_ms = -1};
    c->command[UPS_COMMAND_BEEPER_DISABLE] = (struct snap_command){
        .lock = 5,
        .state = SNAP_COMMAND_DONE,
        .begun_wall = UNITS_WALL - 2000,
        .begun_ms = FIXTURE_NOW - 2000,
        .end_ms = FIXTURE_NOW - 1948,
        .text = "done in 52 ms",
    };
    c->command[UPS_COMMAND_LOAD_ON] = (struct snap_command){
        .lock = 1,
        .state = SNAP_COMMAND_RUNNING,
        .begun_wall = UNITS_WALL - 700,
        .begun_ms = FIXTURE_NOW - 700,
        .end_ms = -1,
    };
    s->commands = c;
    s->caps.commands = UINT32_MAX >> (32 - UPS_COMMAND_COUNT);
    s->caps.off_most = 5940;
}

static void give_settings(struct snapshot *s)
{
    static const struct ups_setting settings[] = {
        {UPS_VAR_BATTERY_RUNTIME_LOW, 0, 60000, 600000, 60000},
        {UPS_VAR_BATTERY_VOLTAGE_NOMINAL, 0, -1500, 600500, 1},
        {UPS_VAR_UPS_BEEPER_STATUS, 3, 0, 0, 0},
    };

    s->caps.setting = settings;
    s->caps.setting_count = sizeof(settings) / sizeof(settings[0]);
}

/* All that a unit can tell beside what fixture_one_phase() does. */
static void complete(struct fixture *f)
{
    struct snapshot *s = f->snap;

    s->link = UNIT_UP;
    s->link_since_ms = FIXTURE_NOW - 7200000;
    s->good_ms = FIXTURE_NOW - 1500;
    s->error_ms = FIXTURE_NOW - 600000;
    snprintf(s->error, sizeof(s->error), "timeout");
    s->count = (struct drv_counters){123456, 3, 2, 1};
    s->missed = 0;
    s->reconnects = 4;
    s->full_ms = 640;
    fixture_set(f, UPS_VAR_OUTPUT_POWER, 0, 720000);
    fixture_set(f, UPS_VAR_BATTERY_VOLTAGE_NOMINAL, 0, 72000);
    fixture_set(f, UPS_VAR_BATTERY_CAPACITY, 0, 9000);
    fixture_set(f, UPS_VAR_BATTERY_PACKS, 0, 6000);
    fixture_set(f, UPS_VAR_BATTERY_CHARGER_STATUS, 0, UPS_CHARGER_FLOATING);
    fixture_set(f, UPS_VAR_UPS_TEMPERATURE, 0, 31250);
    fixture_set(f, UPS_VAR_UPS_ECO_ENABLED, 0, UPS_NO);
    fixture_set(f, UPS_VAR_UPS_DELAY_SHUTDOWN, 0, 60000);
    fixture_set(f, UPS_VAR_UPS_DELAY_START, 0, 60000);
    fixture_set(f, UPS_VAR_UPS_DELAY_REBOOT, 0, 10000);
    ups_set_text(&s->reading, UPS_VAR_UPS_SERIAL, "2102311ABC", 10);
    ups_set_text(&s->reading, UPS_VAR_UPS_TYPE, "online", 6);
    ups_alarm_add(&s->reading.alarms, UPS_ALARM_BATTERY_BAD);
    ups_alarm_add(&s->reading.alarms, UPS_ALARM_HUAWEI_35_1);
    memcpy(s->reading.raw, "\x01\x02\xff", 3);
    s->reading.raw_len = 3;
    s->counters = (struct snap_counters){
        .to_battery = 12,
        .to_bypass = 1,
        .battery_ms = 61999,
        .bypass_ms = 1000,
        .battery_since = -1,
        .bypass_since = FIXTURE_NOW - 2500,
        .volt_min = {187640, INT64_MAX, INT64_MAX},
        .volt_max = {246000, INT64_MIN, INT64_MIN},
        .volt_reset_wall = UNITS_WALL - 86400000,
        .last_cause = UPS_ALARM_INPUT_BAD,
    };
    give_commands(s);
    give_settings(s);
}

void units_init(struct units *u, size_t count)
{
    *u = (struct units){.unit = {fixture_one_phase(), fixture_three_phase(), fixture_silent()},
                        .agent = new_agent()};
    complete(&u->unit[0]);
    memcpy(u->conf, confs, sizeof(confs));
    for (size_t i = 0; i < UNITS_MAX; i++) {
        struct snapshot *s = u->unit[i].snap;

        s->number = (uint32_t)i + 1;
        s->conf = &u->conf[i];
        s->unit = u->conf[i].name;
    }
    u->unit[1].snap->counters.battery_since = u->unit[1].snap->on_battery_since_ms;
    u->view = (struct mib_view){
        .now_ms = FIXTURE_NOW,
        .epoch_ms = FIXTURE_NOW - FIXTURE_UPTIME * INT64_C(10),
        .wall_ms = UNITS_WALL,
        .unit = unit_at,
        .agent = agent_at,
        .unit_count = count,
        .arg = u,
    };
}

void units_free(struct units *u)
{
    for (size_t i = 0; i < UNITS_MAX; i++)
        fixture_free(&u->unit[i]);
    free(u->agent);
}

size_t units_oid(const struct mib *mib, const char *text, uint32_t *oid)
{
    size_t len;
    const uint32_t *root = mib_root(mib, &len);

    memcpy(oid, root, len * sizeof(oid[0]));
    while (*text) {
        char *end;

        if (*text == '\'') {
            for (text++; *text != '\''; text++)
                oid[len++] = (unsigned char)*text;
            text++;
        } else {
            oid[len++] = (uint32_t)strtoul(text, &end, 10);
            assert_true(end != text);
            text = end;
        }
        assert_true(len < MIB_OID_MAX);
        if (*text == '.')
            text++;
    }
    return len;
}

enum mib_type units_get(const struct units *u, const struct mib *mib, const char *text,
                        char buf[FIXTURE_TEXT])
{
    uint32_t oid[MIB_OID_MAX];
    struct mib_value value;
    bool prints = true;

    mib_get(mib, &u->view, oid, units_oid(mib, text, oid), &value);
    for (size_t i = 0; value.type == MIB_OCTETS && i < value.len; i++)
        prints = prints && isprint((unsigned char)value.v.octets[i]);
    if (prints) {
        fixture_value_text(&value, buf);
        return value.type;
    }
    for (size_t i = 0; i < value.len; i++)
        snprintf(buf + 2 * i, 3, "%02x", (unsigned char)value.v.octets[i]);
    return value.type;
}

void assert_units(const struct units *u, const struct mib *mib, const char *text,
                  const char *expected)
{
    char got[FIXTURE_TEXT];

    units_get(u, mib, text, got);
    if (strcmp(got, expected) != 0)
        fail_msg("%s: '%s', expected '%s'", text, got, expected);
}
