/* SPDX-License-Identifier: BSD-2-Clause */
/* Made-up units for the tests of the object layer. */
#include "mib_fixture.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct number {
    enum ups_var var;
    unsigned line;
    int64_t milli;
};

#define N(id, milli_)                                                                              \
    {                                                                                              \
        UPS_VAR_##id, 0, milli_                                                                    \
    }
#define LINES(id, a, b, c)                                                                         \
    {UPS_VAR_##id, 0, a}, {UPS_VAR_##id, 1, b},                                                    \
    {                                                                                              \
        UPS_VAR_##id, 2, c                                                                         \
    }

static const struct number one_phase[] = {
    N(BATTERY_CHARGE, 100000),
    N(BATTERY_RUNTIME, 2759000),
    N(BATTERY_RUNTIME_LOW, 300000),
    N(BATTERY_VOLTAGE, 81900),
    N(BATTERY_CURRENT, 250),
    N(BATTERY_TEMPERATURE, 24600),
    N(INPUT_PHASES, 1000),
    N(INPUT_FREQUENCY, 49970),
    N(INPUT_VOLTAGE, 231400),
    N(INPUT_CURRENT, 3340),
    N(INPUT_REALPOWER, 705000),
    N(OUTPUT_PHASES, 1000),
    N(OUTPUT_FREQUENCY, 50000),
    N(OUTPUT_VOLTAGE, 229900),
    N(OUTPUT_CURRENT, 3200),
    N(OUTPUT_REALPOWER, 612000),
    N(OUTPUT_LOAD, 37500),
    N(INPUT_BYPASS_PHASES, 1000),
    N(INPUT_BYPASS_FREQUENCY, 49940),
    N(INPUT_BYPASS_VOLTAGE, 230600),
    N(INPUT_BYPASS_CURRENT, 0),
    N(INPUT_BYPASS_REALPOWER, 0),
    N(UPS_TIMER_REBOOT, 42000),
    N(UPS_START_AUTO, UPS_YES),
    N(INPUT_VOLTAGE_NOMINAL, 230000),
    N(INPUT_FREQUENCY_NOMINAL, 50000),
    N(OUTPUT_VOLTAGE_NOMINAL, 230000),
    N(OUTPUT_FREQUENCY_NOMINAL, 50000),
    N(UPS_POWER_NOMINAL, 2000000),
    N(UPS_REALPOWER_NOMINAL, 1600000),
    N(UPS_BEEPER_STATUS, UPS_BEEPER_ENABLED),
    N(INPUT_TRANSFER_LOW, 176000),
    N(INPUT_TRANSFER_HIGH, 280000),
};

static const struct number three_phase[] = {
    N(BATTERY_CHARGE, 63400),
    N(BATTERY_RUNTIME, 59000),
    N(BATTERY_VOLTAGE, -378250),
    N(BATTERY_CURRENT, -25460),
    N(BATTERY_TEMPERATURE, -4500),
    N(INPUT_PHASES, 3000),
    LINES(INPUT_FREQUENCY, 0, 0, 0),
    LINES(INPUT_VOLTAGE, 1200, 499, 500),
    N(OUTPUT_PHASES, 3000),
    N(OUTPUT_FREQUENCY, 50040),
    LINES(OUTPUT_VOLTAGE, 230100, 229400, 230900),
    LINES(OUTPUT_CURRENT, 12040, -100, 11950),
    LINES(OUTPUT_REALPOWER, 2500000, 2480000, -3000),
    LINES(OUTPUT_LOAD, 41000, 212000, 39400),
    N(INPUT_BYPASS_PHASES, 3000),
    LINES(INPUT_BYPASS_VOLTAGE, 228000, 229000, 230000),
};

static struct fixture fixture_new(uint32_t alarms)
{
    struct fixture f = {.snap = snapshot_new(alarms)};

    assert_non_null(f.snap);
    f.snap->unit = "test";
    f.view.snap = f.snap;
    f.view.now_ms = FIXTURE_NOW;
    f.view.epoch_ms = f.view.now_ms - FIXTURE_UPTIME * INT64_C(10);
    return f;
}

static void set_all(struct fixture *f, const struct number *numbers, size_t count)
{
    for (size_t i = 0; i < count; i++)
        fixture_set(f, numbers[i].var, numbers[i].line, numbers[i].milli);
}

static void set_text(struct fixture *f, enum ups_var var, const char *text)
{
    ups_set_text(&f->snap->reading, var, text, strlen(text));
}

struct fixture fixture_one_phase(void)
{
    struct fixture f = fixture_new(2);

    f.snap->fresh = true;
    f.snap->reading.status = UPS_STATUS_MASK(OL) | UPS_STATUS_MASK(RB);
    set_all(&f, one_phase, sizeof(one_phase) / sizeof(one_phase[0]));
    set_text(&f, UPS_VAR_UPS_MFR, "HUAWEI");
    set_text(&f, UPS_VAR_UPS_MODEL, "UPS2000-A-2KTTS");
    set_text(&f, UPS_VAR_UPS_FIRMWARE, "V200R001C01");
    set_text(&f, UPS_VAR_UPS_FIRMWARE_AUX, "B003");
    f.snap->caps.commands = UPS_COMMAND_BIT(LOAD_OFF) | UPS_COMMAND_BIT(LOAD_ON) |
                            UPS_COMMAND_BIT(SHUTDOWN_RETURN) | UPS_COMMAND_BIT(SHUTDOWN_REBOOT) |
                            UPS_COMMAND_BIT(TEST_BATTERY_START_QUICK);
    snprintf(f.snap->ident_name, sizeof(f.snap->ident_name), "rack 3");
    snprintf(f.snap->attached_devices, sizeof(f.snap->attached_devices), "switch, two servers");
    f.snap->input_line_bads = 4000000000;
    f.snap->alarm[0] = (struct snap_alarm){INT64_MIN, 3, UPS_ALARM_BATTERY_BAD};
    f.snap->alarm[1] = (struct snap_alarm){FIXTURE_NOW - 60000, 2147483647, UPS_ALARM_HUAWEI_35_1};
    f.snap->test_spin_lock = 7;
    f.snap->test_id = SNAP_TEST_ID_QUICK;
    f.snap->test_result = SNAP_TEST_WARNING;
    f.snap->test_start_ms = FIXTURE_NOW - 1000000;
    f.snap->test_end_ms = FIXTURE_NOW - 990000;
    snprintf(f.snap->test_detail, sizeof(f.snap->test_detail), "battery weak");
    return f;
}

struct fixture fixture_three_phase(void)
{
    struct fixture f = fixture_new(3);

    f.snap->fresh = true;
    f.snap->reading.status = UPS_STATUS_MASK(OB) | UPS_STATUS_MASK(DISCHRG) | UPS_STATUS_MASK(CAL);
    set_all(&f, three_phase, sizeof(three_phase) / sizeof(three_phase[0]));
    set_text(&f, UPS_VAR_UPS_MODEL, "UPS2000-G-20KRTL");
    f.snap->on_battery_since_ms = FIXTURE_NOW - 61999;
    f.snap->alarm[0] = (struct snap_alarm){FIXTURE_NOW - 3600000, 1, UPS_ALARM_ON_BATTERY};
    f.snap->alarm[1] = (struct snap_alarm){FIXTURE_NOW - 3600010, 2, UPS_ALARM_LOW_BATTERY};
    f.snap->alarm[2] = (struct snap_alarm){FIXTURE_NOW, 9, UPS_ALARM_TEST_IN_PROGRESS};
    f.snap->test_id = SNAP_TEST_ID_AT_UPS;
    f.snap->test_result = SNAP_TEST_RUNNING;
    f.snap->test_start_ms = FIXTURE_NOW - 1230;
    return f;
}

struct fixture fixture_stale(void)
{
    struct fixture f = fixture_one_phase();

    ups_withdraw(&f.snap->reading);
    f.snap->fresh = false;
    fixture_alarms(&f, 1);
    f.snap->alarm[0] = (struct snap_alarm){FIXTURE_NOW - 5000, 12, UPS_ALARM_COMMUNICATIONS_LOST};
    return f;
}

struct fixture fixture_silent(void)
{
    struct fixture f = fixture_new(1);

    f.snap->alarm[0] = (struct snap_alarm){INT64_MIN, 1, UPS_ALARM_COMMUNICATIONS_LOST};
    return f;
}

void fixture_free(struct fixture *f)
{
    snapshot_release(f->snap);
}

void fixture_alarms(struct fixture *f, uint32_t n)
{
    struct snapshot *s = snapshot_new(n);

    assert_non_null(s);
    memcpy((char *)s + sizeof(s->refs), (char *)f->snap + sizeof(s->refs),
           sizeof(*s) - sizeof(s->refs));
    s->alarm_count = n;
    snapshot_release(f->snap);
    f->view.snap = f->snap = s;
}

void fixture_set(struct fixture *f, enum ups_var var, unsigned line, int64_t milli)
{
    ups_set(&f->snap->reading, var, line, milli);
}

size_t fixture_oid(const char *text, uint32_t *oid)
{
    size_t len = 0;

    if (*text == '.') {
        text++;
    } else {
        const uint32_t *root = mib_root(&mib_ups, &len);

        for (size_t i = 0; i < len; i++)
            oid[i] = root[i];
    }
    while (*text) {
        char *end;

        assert_true(len < MIB_OID_MAX);
        oid[len++] = (uint32_t)strtoul(text, &end, 10);
        assert_true(end != text);
        text = *end == '.' ? end + 1 : end;
    }
    return len;
}

const char *fixture_oid_text(const uint32_t *oid, size_t len, char buf[FIXTURE_TEXT])
{
    size_t used = 0;

    buf[0] = '\0';
    for (size_t i = 0; i < len && used < FIXTURE_TEXT; i++)
        used +=
            (size_t)snprintf(buf + used, FIXTURE_TEXT - used, "%s%" PRIu32, i ? "." : "", oid[i]);
    return buf;
}

const char *fixture_value_text(const struct mib_value *value, char buf[FIXTURE_TEXT])
{
    switch (value->type) {
    case MIB_INTEGER: snprintf(buf, FIXTURE_TEXT, "%" PRId32, value->v.integer); return buf;
    case MIB_COUNTER32:
    case MIB_GAUGE32:
    case MIB_TIMETICKS: snprintf(buf, FIXTURE_TEXT, "%" PRIu32, value->v.number); return buf;
    case MIB_COUNTER64: snprintf(buf, FIXTURE_TEXT, "%" PRIu64, value->v.big); return buf;
    case MIB_OCTETS:
        snprintf(buf, FIXTURE_TEXT, "%.*s", (int)value->len, value->v.octets);
        return buf;
    case MIB_OID: return fixture_oid_text(value->v.oid, value->len, buf);
    case MIB_NO_SUCH_OBJECT: snprintf(buf, FIXTURE_TEXT, "noSuchObject"); return buf;
    case MIB_NO_SUCH_INSTANCE: snprintf(buf, FIXTURE_TEXT, "noSuchInstance"); return buf;
    case MIB_END_OF_VIEW: snprintf(buf, FIXTURE_TEXT, "endOfMibView"); return buf;
    }
    fail_msg("type 0x%02x is none that SNMP knows", (unsigned)value->type);
    return NULL;
}

enum mib_type fixture_get(const struct fixture *f, const char *oid, char buf[FIXTURE_TEXT])
{
    uint32_t name[MIB_OID_MAX];
    struct mib_value value;

    mib_get(&mib_ups, &f->view, name, fixture_oid(oid, name), &value);
    fixture_value_text(&value, buf);
    return value.type;
}

static void assert_mib(const struct fixture *f, const char *oid, enum mib_type type,
                       const char *expected)
{
    char buf[FIXTURE_TEXT];
    enum mib_type got = fixture_get(f, oid, buf);

    if (got != type || strcmp(buf, expected) != 0)
        fail_msg("%s: type 0x%02x '%s', expected 0x%02x '%s'", oid, (unsigned)got, buf,
                 (unsigned)type, expected);
}

void assert_mib_integer(const struct fixture *f, const char *oid, int32_t expected)
{
    char text[16];

    snprintf(text, sizeof(text), "%" PRId32, expected);
    assert_mib(f, oid, MIB_INTEGER, text);
}

void assert_mib_text(const struct fixture *f, const char *oid, const char *expected)
{
    assert_mib(f, oid, MIB_OCTETS, expected);
}

void assert_mib_type(const struct fixture *f, const char *oid, enum mib_type expected)
{
    char buf[FIXTURE_TEXT];
    enum mib_type got = fixture_get(f, oid, buf);

    if (got != expected)
        fail_msg("%s: type 0x%02x '%s', expected 0x%02x", oid, (unsigned)got, buf,
                 (unsigned)expected);
}

void assert_mib_absent(const struct fixture *f, const char *oid)
{
    assert_mib(f, oid, MIB_NO_SUCH_INSTANCE, "noSuchInstance");
}
