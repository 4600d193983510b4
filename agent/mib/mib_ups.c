/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * UPS-MIB (RFC 1628), one row an object, in the order of OIDs.  Types, accesses and units are the
 * RFC's; tests/unit/test_mib_rows.c holds them against a list of its own.
 *
 * Bounds are the RFC's too, and tighter where units are known to give a number for "don't know":
 * 65535 for currents and minutes, -273 for temperatures, 0 for ratings.  Such values are absent.
 */
#include "mib_table.h"

#define INPUT  .index = MIB_INPUT_LINE
#define OUTPUT .index = MIB_OUTPUT_LINE
#define BYPASS .index = MIB_BYPASS_LINE
#define ALARM  .index = MIB_ALARM_ROW

enum {
    MFR_MAX = 31,     /* bytes of upsIdentManufacturer */
    TEXT_MAX = 63,    /* bytes of the other texts */
    DETAIL_MAX = 255, /* bytes of upsTestResultsDetail */
    REBOOT_MAX = 300, /* s of upsRebootWithDuration */
    BIG = INT32_MAX,
    WORD = 65534, /* one less than the word that means nothing */
};

/* The commands that switch off, and those that do so after a delay. */
#define DELAYED_OFF                                                                                \
    (UPS_COMMAND_BIT(LOAD_OFF) | UPS_COMMAND_BIT(SHUTDOWN_RETURN) |                                \
     UPS_COMMAND_BIT(SHUTDOWN_STAYOFF))
#define ANY_OFF                                                                                    \
    (DELAYED_OFF | UPS_COMMAND_BIT(SHUTDOWN_REBOOT) | UPS_COMMAND_BIT(SHUTDOWN_REBOOT_GRACEFUL))

/* What tests there are, and what sounds and silences the beeper. */
#define ANY_TEST                                                                                   \
    (UPS_COMMAND_BIT(TEST_BATTERY_START) | UPS_COMMAND_BIT(TEST_BATTERY_START_QUICK) |             \
     UPS_COMMAND_BIT(TEST_BATTERY_START_DEEP) | UPS_COMMAND_BIT(TEST_BATTERY_STOP))
#define ANY_BEEPER                                                                                 \
    (UPS_COMMAND_BIT(BEEPER_ENABLE) | UPS_COMMAND_BIT(BEEPER_DISABLE) |                            \
     UPS_COMMAND_BIT(BEEPER_MUTE))

/* Which of the two a SET needs depends on the command that it becomes: the core looks again. */
#define SWITCHING (CLASS(SHUTDOWN) | CLASS(LOAD))

static const int32_t auto_restart[] = {[UPS_NO] = 2, [UPS_YES] = 1}; /* off, on */
static const int32_t audible_status[] = {
    [UPS_BEEPER_DISABLED] = 1,
    [UPS_BEEPER_ENABLED] = 2,
    [UPS_BEEPER_MUTED] = 3,
};

static const struct mib_row rows[] = {
    /* upsIdent */
    {OBJECT("upsIdentManufacturer", MIB_OCTETS, 1, 1, 1), RO, TEXT(text, UPS_MFR, MFR_MAX)},
    {OBJECT("upsIdentModel", MIB_OCTETS, 1, 1, 2), RO, TEXT(known_text, UPS_MODEL, TEXT_MAX)},
    {OBJECT("upsIdentUPSSoftwareVersion", MIB_OCTETS, 1, 1, 3), RO,
     TEXT(firmware, UPS_FIRMWARE, TEXT_MAX)},
    {OBJECT("upsIdentAgentSoftwareVersion", MIB_OCTETS, 1, 1, 4), RO, DERIVED(agent_version),
     .most = TEXT_MAX},
    {OBJECT("upsIdentName", MIB_OCTETS, 1, 1, 5), RW, NOTE(ident_name, TEXT_MAX),
     SET(text, NAME, CLASS(SETTING))},
    {OBJECT("upsIdentAttachedDevices", MIB_OCTETS, 1, 1, 6), RW, NOTE(attached_devices, TEXT_MAX),
     SET(text, ATTACHED, CLASS(SETTING))},

    /* upsBattery */
    {OBJECT("upsBatteryStatus", MIB_INTEGER, 1, 2, 1), RO, DERIVED(battery_status)},
    {OBJECT("upsSecondsOnBattery", MIB_INTEGER, 1, 2, 2), RO, DERIVED(seconds_on_batt)},
    {OBJECT("upsEstimatedMinutesRemaining", MIB_INTEGER, 1, 2, 3), RO, DERIVED(minutes_left),
     .var = UPS_VAR_BATTERY_RUNTIME, .per = MINUTE, .most = WORD},
    {OBJECT("upsEstimatedChargeRemaining", MIB_INTEGER, 1, 2, 4), RO,
     NUMBER(BATTERY_CHARGE, WHOLE, 0, 100, CLAMP)},
    {OBJECT("upsBatteryVoltage", MIB_INTEGER, 1, 2, 5), RO,
     NUMBER(BATTERY_VOLTAGE, TENTH, 0, BIG, MAGNITUDE)},
    {OBJECT("upsBatteryCurrent", MIB_INTEGER, 1, 2, 6), RO,
     NUMBER(BATTERY_CURRENT, TENTH, -WORD, WORD, DROP)},
    {OBJECT("upsBatteryTemperature", MIB_INTEGER, 1, 2, 7), RO,
     NUMBER(BATTERY_TEMPERATURE, WHOLE, -100, 200, DROP)},

    /* upsInput */
    {OBJECT("upsInputLineBads", MIB_COUNTER32, 1, 3, 1), RO, NUMBER_AT(input_line_bads)},
    {OBJECT("upsInputNumLines", MIB_INTEGER, 1, 3, 2), RO, DERIVED(input_lines)},
    {OBJECT("upsInputLineIndex", MIB_INTEGER, 1, 3, 3, 1, 1), HIDDEN, INPUT},
    {OBJECT("upsInputFrequency", MIB_INTEGER, 1, 3, 3, 1, 2), RO, INPUT,
     NUMBER(INPUT_FREQUENCY, TENTH, 0, BIG, DROP)},
    {OBJECT("upsInputVoltage", MIB_INTEGER, 1, 3, 3, 1, 3), RO, INPUT,
     NUMBER(INPUT_VOLTAGE, WHOLE, 0, BIG, DROP)},
    {OBJECT("upsInputCurrent", MIB_INTEGER, 1, 3, 3, 1, 4), RO, INPUT,
     NUMBER(INPUT_CURRENT, TENTH, 0, WORD, DROP)},
    {OBJECT("upsInputTruePower", MIB_INTEGER, 1, 3, 3, 1, 5), RO, INPUT,
     NUMBER(INPUT_REALPOWER, WHOLE, 0, BIG, MAGNITUDE)},

    /* upsOutput */
    {OBJECT("upsOutputSource", MIB_INTEGER, 1, 4, 1), RO, DERIVED(output_source)},
    {OBJECT("upsOutputFrequency", MIB_INTEGER, 1, 4, 2), RO,
     NUMBER(OUTPUT_FREQUENCY, TENTH, 0, BIG, DROP)},
    {OBJECT("upsOutputNumLines", MIB_INTEGER, 1, 4, 3), RO, DERIVED(output_lines)},
    {OBJECT("upsOutputLineIndex", MIB_INTEGER, 1, 4, 4, 1, 1), HIDDEN, OUTPUT},
    {OBJECT("upsOutputVoltage", MIB_INTEGER, 1, 4, 4, 1, 2), RO, OUTPUT,
     NUMBER(OUTPUT_VOLTAGE, WHOLE, 0, BIG, DROP)},
    {OBJECT("upsOutputCurrent", MIB_INTEGER, 1, 4, 4, 1, 3), RO, OUTPUT,
     NUMBER(OUTPUT_CURRENT, TENTH, 0, WORD, DROP)},
    {OBJECT("upsOutputPower", MIB_INTEGER, 1, 4, 4, 1, 4), RO, OUTPUT,
     NUMBER(OUTPUT_REALPOWER, WHOLE, 0, BIG, MAGNITUDE)},
    {OBJECT("upsOutputPercentLoad", MIB_INTEGER, 1, 4, 4, 1, 5), RO, OUTPUT,
     NUMBER(OUTPUT_LOAD, WHOLE, 0, 200, CLAMP)},

    /* upsBypass */
    {OBJECT("upsBypassFrequency", MIB_INTEGER, 1, 5, 1), RO, DERIVED(bypass_frequency),
     .var = UPS_VAR_INPUT_BYPASS_FREQUENCY, .per = TENTH, .most = BIG},
    {OBJECT("upsBypassNumLines", MIB_INTEGER, 1, 5, 2), RO, DERIVED(bypass_lines)},
    {OBJECT("upsBypassLineIndex", MIB_INTEGER, 1, 5, 3, 1, 1), HIDDEN, BYPASS},
    {OBJECT("upsBypassVoltage", MIB_INTEGER, 1, 5, 3, 1, 2), RO, BYPASS,
     NUMBER(INPUT_BYPASS_VOLTAGE, WHOLE, 0, BIG, DROP)},
    {OBJECT("upsBypassCurrent", MIB_INTEGER, 1, 5, 3, 1, 3), RO, BYPASS,
     NUMBER(INPUT_BYPASS_CURRENT, TENTH, 0, WORD, DROP)},
    {OBJECT("upsBypassPower", MIB_INTEGER, 1, 5, 3, 1, 4), RO, BYPASS,
     NUMBER(INPUT_BYPASS_REALPOWER, WHOLE, 0, BIG, MAGNITUDE)},

    /* upsAlarm */
    {OBJECT("upsAlarmsPresent", MIB_GAUGE32, 1, 6, 1), RO, NUMBER_AT(alarm_count)},
    {OBJECT("upsAlarmId", MIB_INTEGER, 1, 6, 2, 1, 1), HIDDEN, ALARM},
    {OBJECT("upsAlarmDescr", MIB_OID, 1, 6, 2, 1, 2), RO, ALARM, DERIVED(alarm_descr)},
    {OBJECT("upsAlarmTime", MIB_TIMETICKS, 1, 6, 2, 1, 3), RO, ALARM, DERIVED(alarm_time)},

    /* upsTest */
    {OBJECT("upsTestId", MIB_OID, 1, 7, 1), RW, DERIVED(test_id), SET(test, TEST, CLASS(TEST)),
     BY_COMMAND(ANY_TEST), .set_nut = mib_set_nut_test},
    {OBJECT("upsTestSpinLock", MIB_INTEGER, 1, 7, 2), RW, NUMBER_AT(test_spin_lock),
     SET(integer, TEST_LOCK, CLASS(TEST)), RANGE(0, BIG)},
    {OBJECT("upsTestResultsSummary", MIB_INTEGER, 1, 7, 3), RO, DERIVED(test_result)},
    {OBJECT("upsTestResultsDetail", MIB_OCTETS, 1, 7, 4), RO, NOTE(test_detail, DETAIL_MAX)},
    {OBJECT("upsTestStartTime", MIB_TIMETICKS, 1, 7, 5), RO, DERIVED(test_start)},
    {OBJECT("upsTestElapsedTime", MIB_INTEGER, 1, 7, 6), RO, DERIVED(test_elapsed)},

    /* upsControl */
    {OBJECT("upsShutdownType", MIB_INTEGER, 1, 8, 1), RW, NUMBER_AT(shutdown_type),
     .needs = ANY_OFF, SET(integer, SHUTDOWN_TYPE, SWITCHING), RANGE(1, 2)},
    {OBJECT("upsShutdownAfterDelay", MIB_INTEGER, 1, 8, 2), RW, TIMER(UPS_TIMER_SHUTDOWN),
     .needs = DELAYED_OFF, SET(integer, SHUTDOWN_AFTER, SWITCHING), RANGE(-1, BIG),
     .set_nut = mib_set_nut_digits},
    {OBJECT("upsStartupAfterDelay", MIB_INTEGER, 1, 8, 3), RW, TIMER(UPS_TIMER_START),
     .needs = UPS_COMMAND_BIT(LOAD_ON) | UPS_COMMAND_BIT(SHUTDOWN_RETURN),
     SET(integer, STARTUP_AFTER, SWITCHING), RANGE(-1, BIG), .set_nut = mib_set_nut_digits},
    {OBJECT("upsRebootWithDuration", MIB_INTEGER, 1, 8, 4), RW, TIMER(UPS_TIMER_REBOOT),
     .needs = UPS_COMMAND_BIT(SHUTDOWN_REBOOT), SET(integer, REBOOT, SWITCHING),
     RANGE(-1, REBOOT_MAX), .set_nut = mib_set_nut_digits},
    {OBJECT("upsAutoRestart", MIB_INTEGER, 1, 8, 5), RW, CHOICE(UPS_START_AUTO, auto_restart),
     SET(choice, AUTO_RESTART, CLASS(SHUTDOWN) | CLASS(SETTING)), BY_SETTING},

    /* upsConfig */
    {OBJECT("upsConfigInputVoltage", MIB_INTEGER, 1, 9, 1), RW,
     NUMBER(INPUT_VOLTAGE_NOMINAL, WHOLE, 1, BIG, DROP), SET(setting, SETTING, CLASS(SETTING)),
     BY_SETTING},
    {OBJECT("upsConfigInputFreq", MIB_INTEGER, 1, 9, 2), RW,
     NUMBER(INPUT_FREQUENCY_NOMINAL, TENTH, 1, BIG, DROP), SET(setting, SETTING, CLASS(SETTING)),
     BY_SETTING},
    {OBJECT("upsConfigOutputVoltage", MIB_INTEGER, 1, 9, 3), RW,
     NUMBER(OUTPUT_VOLTAGE_NOMINAL, WHOLE, 1, BIG, DROP), SET(setting, SETTING, CLASS(SETTING)),
     BY_SETTING},
    {OBJECT("upsConfigOutputFreq", MIB_INTEGER, 1, 9, 4), RW,
     NUMBER(OUTPUT_FREQUENCY_NOMINAL, TENTH, 1, BIG, DROP), SET(setting, SETTING, CLASS(SETTING)),
     BY_SETTING},
    {OBJECT("upsConfigOutputVA", MIB_INTEGER, 1, 9, 5), RO,
     NUMBER(UPS_POWER_NOMINAL, WHOLE, 1, BIG, DROP)},
    {OBJECT("upsConfigOutputPower", MIB_INTEGER, 1, 9, 6), RO,
     NUMBER(UPS_REALPOWER_NOMINAL, WHOLE, 1, BIG, DROP)},
    {OBJECT("upsConfigLowBattTime", MIB_INTEGER, 1, 9, 7), RW, DERIVED(low_minutes),
     .var = UPS_VAR_BATTERY_RUNTIME_LOW, .per = MINUTE, RANGE(0, BIG),
     SET(integer, LOW_MINUTES, CLASS(SETTING))},
    {OBJECT("upsConfigAudibleStatus", MIB_INTEGER, 1, 9, 8), RW, DERIVED(audible),
     .var = UPS_VAR_UPS_BEEPER_STATUS, .words = audible_status, .most = COUNT(audible_status),
     SET(choice, AUDIBLE, CLASS(BEEPER)), BY_COMMAND(ANY_BEEPER)},
    {OBJECT("upsConfigLowVoltageTransferPoint", MIB_INTEGER, 1, 9, 9), RW,
     NUMBER(INPUT_TRANSFER_LOW, WHOLE, 1, BIG, DROP), SET(setting, SETTING, CLASS(SETTING)),
     BY_SETTING},
    {OBJECT("upsConfigHighVoltageTransferPoint", MIB_INTEGER, 1, 9, 10), RW,
     NUMBER(INPUT_TRANSFER_HIGH, WHOLE, 1, BIG, DROP), SET(setting, SETTING, CLASS(SETTING)),
     BY_SETTING},
};

static const uint32_t root[] = {1, 3, 6, 1, 2, 1, 33};

const struct mib mib_ups = {
    .root = root,
    .root_len = COUNT(root),
    .rows = rows,
    .row_count = COUNT(rows),
};
