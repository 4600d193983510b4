/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * UPSMIBD-MIB, one row an object, in the order of OIDs.  mibs/UPSMIBD-MIB.txt says what each means;
 * tests/system/test_mib_text.py holds the two against each other.
 *
 * Bounds are where units are known to give a number for "don't know" (65535 in their unit, -273
 * degrees, ratings of 0): such values are absent.
 */
#include "mib_table.h"

#include <assert.h>

#include "mib_index.h"
#include "mib_own.h"
#include "mib_own_values.h"

#define NOTIFY .access = MIB_NOTIFY_ONLY

/* Tables over all units: the unit's number, then something more or nothing. */
#define UNIT      .per_unit = true, .index = MIB_UNIT_ROW
#define PER(kind) .per_unit = true, .index = MIB_##kind
#define HISTORY   .index = MIB_HISTORY_ROW

#define OWN(getter)         .get = mib_own_##getter
#define OWN_TEXT(getter, n) .get = mib_own_##getter, .most = n
#define AGENT_AT(field_)    .get = mib_own_agent_count, .field = offsetof(struct snap_agent, field_)
#define CONF_TEXT(field_, n)                                                                       \
    .get = mib_own_conf_text, .field = offsetof(struct conf_unit, field_), .most = n
#define ORDERS(list)     .orders = list
#define HAS(id)          UPS_COMMAND_BIT(id)
#define DONE_BY(permit_) .permit = mib_own_##permit_

enum {
    BIG = INT32_MAX,
    LONG = 255, /* bytes of a text */
    NAME = 63,
    /* one less than the word that means nothing, in tenths */
    WORD = 65534,
    HOT = 2000, /* of a tenth of a degree */
    COLD = -1000,
};

static const int32_t charger_state[] = {
    [UPS_CHARGER_CHARGING] = 1,
    [UPS_CHARGER_DISCHARGING] = 2,
    [UPS_CHARGER_FLOATING] = 3,
    [UPS_CHARGER_RESTING] = 4,
};
static const int32_t on_off[] = {[UPS_NO] = 2, [UPS_YES] = 1};
static const int32_t beeper[] = {
    [UPS_BEEPER_DISABLED] = 1,
    [UPS_BEEPER_ENABLED] = 2,
    [UPS_BEEPER_MUTED] = 3,
};

/* The values of upsmibdControlTable that are commands. */
#define NO_ARGUMENT                                                                                \
    {                                                                                              \
        -1, -1, false                                                                              \
    }
#define ORDER(value, id)                                                                           \
    {                                                                                              \
        value, UPS_COMMAND_##id, NO_ARGUMENT                                                       \
    }
#define END                                                                                        \
    {                                                                                              \
        0, UPS_COMMAND_COUNT, NO_ARGUMENT                                                          \
    }
static const struct mib_order bypass_orders[] = {ORDER(1, BYPASS_START), ORDER(2, BYPASS_STOP),
                                                 END};
static const struct mib_order eco_orders[] = {ORDER(1, ECO_START), ORDER(2, ECO_STOP), END};
static const struct mib_order load_orders[] = {ORDER(1, LOAD_ON), ORDER(2, LOAD_OFF), END};
static const struct mib_order test_orders[] = {ORDER(1, TEST_BATTERY_STOP),
                                               ORDER(2, TEST_BATTERY_START_QUICK),
                                               ORDER(3, TEST_BATTERY_START_DEEP), END};
static const struct mib_order return_order[] = {ORDER(0, SHUTDOWN_RETURN), END};
static const struct mib_order stayoff_order[] = {ORDER(0, SHUTDOWN_STAYOFF), END};

static const struct mib_row rows[] = {
    /* upsmibdAgent */
    {OBJECT("upsmibdAgentVersion", MIB_OCTETS, 1, 1), RO, DERIVED(agent_version), .most = NAME},
    {OBJECT("upsmibdAgentStartTime", MIB_OCTETS, 1, 2), RO, OWN(start_time)},
    {OBJECT("upsmibdAgentUnits", MIB_INTEGER, 1, 3), RO, OWN(unit_count)},
    {OBJECT("upsmibdQueueLastSequence", MIB_COUNTER32, 1, 4), RO, AGENT_AT(last_seq)},
    {OBJECT("upsmibdQueueWaiting", MIB_GAUGE32, 1, 5), RO, AGENT_AT(events_waiting)},
    {OBJECT("upsmibdQueueDelivered", MIB_COUNTER32, 1, 6), RO, AGENT_AT(events_delivered)},
    {OBJECT("upsmibdQueueLost", MIB_COUNTER32, 1, 7), RO, AGENT_AT(events_lost)},
    {OBJECT("upsmibdQueueRefused", MIB_COUNTER32, 1, 8), RO, AGENT_AT(events_refused)},

    /* upsmibdUnitTable */
    {OBJECT("upsmibdUnitIndex", MIB_INTEGER, MIB_OWN_UNIT_INDEX), NOTIFY, UNIT},
    {OBJECT("upsmibdUnitName", MIB_OCTETS, MIB_OWN_UNIT_NAME), RO, UNIT, OWN_TEXT(unit_name, LONG)},
    {OBJECT("upsmibdUnitContext", MIB_OCTETS, 2, 1, 1, 3), RO, UNIT, CONF_TEXT(context, LONG)},
    {OBJECT("upsmibdUnitDriver", MIB_OCTETS, 2, 1, 1, 4), RO, UNIT, OWN_TEXT(driver, NAME)},
    {OBJECT("upsmibdUnitPort", MIB_OCTETS, 2, 1, 1, 5), RO, UNIT, CONF_TEXT(port, LONG)},
    {OBJECT("upsmibdUnitDescr", MIB_OCTETS, 2, 1, 1, 6), RO, UNIT, CONF_TEXT(desc, LONG)},
    {OBJECT("upsmibdUnitConnection", MIB_INTEGER, 2, 1, 1, 7), RO, UNIT, OWN(connection)},
    {OBJECT("upsmibdUnitConnectionAge", MIB_INTEGER, 2, 1, 1, 8), RO, UNIT, OWN(connection_age)},
    {OBJECT("upsmibdUnitPollAge", MIB_INTEGER, 2, 1, 1, 9), RO, UNIT, OWN(poll_age)},
    {OBJECT("upsmibdUnitFresh", MIB_INTEGER, 2, 1, 1, 10), RO, UNIT, OWN(fresh)},
    {OBJECT("upsmibdUnitManufacturer", MIB_OCTETS, 2, 1, 1, 11), RO, UNIT,
     TEXT(known_text, UPS_MFR, NAME)},
    {OBJECT("upsmibdUnitModel", MIB_OCTETS, 2, 1, 1, 12), RO, UNIT,
     TEXT(known_text, UPS_MODEL, NAME)},
    {OBJECT("upsmibdUnitSerial", MIB_OCTETS, 2, 1, 1, 13), RO, UNIT,
     TEXT(known_text, UPS_SERIAL, NAME)},
    {OBJECT("upsmibdUnitFirmware", MIB_OCTETS, 2, 1, 1, 14), RO, UNIT,
     TEXT(known_text, UPS_FIRMWARE, NAME)},
    {OBJECT("upsmibdUnitFirmwareAux", MIB_OCTETS, 2, 1, 1, 15), RO, UNIT,
     TEXT(known_text, UPS_FIRMWARE_AUX, NAME)},
    {OBJECT("upsmibdUnitType", MIB_OCTETS, 2, 1, 1, 16), RO, UNIT,
     TEXT(known_text, UPS_TYPE, NAME)},
    {OBJECT("upsmibdUnitTransactions", MIB_COUNTER32, 2, 1, 1, 17), RO, UNIT,
     NUMBER_AT(count.transactions)},
    {OBJECT("upsmibdUnitTimeouts", MIB_COUNTER32, 2, 1, 1, 18), RO, UNIT,
     NUMBER_AT(count.timeouts)},
    {OBJECT("upsmibdUnitGarbled", MIB_COUNTER32, 2, 1, 1, 19), RO, UNIT, NUMBER_AT(count.garbled)},
    {OBJECT("upsmibdUnitRefused", MIB_COUNTER32, 2, 1, 1, 20), RO, UNIT, NUMBER_AT(count.refused)},
    {OBJECT("upsmibdUnitReconnects", MIB_COUNTER32, 2, 1, 1, 21), RO, UNIT, NUMBER_AT(reconnects)},
    {OBJECT("upsmibdUnitMissedPolls", MIB_GAUGE32, 2, 1, 1, 22), RO, UNIT, NUMBER_AT(missed)},
    {OBJECT("upsmibdUnitFullPollDuration", MIB_INTEGER, 2, 1, 1, 23), RO, UNIT, OWN(poll_duration)},
    {OBJECT("upsmibdUnitErrorText", MIB_OCTETS, 2, 1, 1, 24), RO, UNIT, OWN_TEXT(error_text, LONG)},
    {OBJECT("upsmibdUnitErrorAge", MIB_INTEGER, 2, 1, 1, 25), RO, UNIT, OWN(error_age)},
    {OBJECT("upsmibdUnitStatus", MIB_OCTETS, 2, 1, 1, 26), RO, UNIT, OWN(status)},
    {OBJECT("upsmibdUnitRawStatus", MIB_OCTETS, 2, 1, 1, 27), RO, UNIT, OWN(raw_status)},
    {OBJECT("upsmibdUnitAlarmsPresent", MIB_GAUGE32, 2, 1, 1, 28), RO, UNIT,
     NUMBER_AT(alarm_count)},
    {OBJECT("upsmibdUnitMaxSeverity", MIB_INTEGER, 2, 1, 1, 29), RO, UNIT, OWN(max_severity)},

    /* upsmibdReadingTable */
    {OBJECT("upsmibdBatteryCharge", MIB_INTEGER, 3, 1, 1, 1), RO, UNIT,
     NUMBER(BATTERY_CHARGE, TENTH, 0, 1000, CLAMP)},
    {OBJECT("upsmibdBatteryRunTime", MIB_INTEGER, 3, 1, 1, 2), RO, UNIT,
     NUMBER(BATTERY_RUNTIME, WHOLE, 0, BIG, DROP)},
    {OBJECT("upsmibdBatteryRunTimeLow", MIB_INTEGER, 3, 1, 1, 3), RO, UNIT, OWN(run_time_low),
     .var = UPS_VAR_BATTERY_RUNTIME_LOW, .per = WHOLE, .most = BIG},
    {OBJECT("upsmibdBatteryVoltage", MIB_INTEGER, 3, 1, 1, 4), RO, UNIT,
     NUMBER(BATTERY_VOLTAGE, TENTH, 0, WORD, MAGNITUDE)},
    {OBJECT("upsmibdBatteryVoltageNominal", MIB_INTEGER, 3, 1, 1, 5), RO, UNIT,
     NUMBER(BATTERY_VOLTAGE_NOMINAL, TENTH, 1, WORD, DROP)},
    {OBJECT("upsmibdBatteryCurrent", MIB_INTEGER, 3, 1, 1, 6), RO, UNIT,
     NUMBER(BATTERY_CURRENT, TENTH, -WORD, WORD, DROP)},
    {OBJECT("upsmibdBatteryTemperature", MIB_INTEGER, 3, 1, 1, 7), RO, UNIT,
     NUMBER(BATTERY_TEMPERATURE, TENTH, COLD, HOT, DROP)},
    {OBJECT("upsmibdBatteryCapacity", MIB_INTEGER, 3, 1, 1, 8), RO, UNIT,
     NUMBER(BATTERY_CAPACITY, TENTH, 1, BIG, DROP)},
    {OBJECT("upsmibdBatteryPacks", MIB_INTEGER, 3, 1, 1, 9), RO, UNIT,
     NUMBER(BATTERY_PACKS, WHOLE, 0, WORD, DROP)},
    {OBJECT("upsmibdChargerState", MIB_INTEGER, 3, 1, 1, 10), RO, UNIT,
     CHOICE(BATTERY_CHARGER_STATUS, charger_state)},
    {OBJECT("upsmibdInputLines", MIB_INTEGER, 3, 1, 1, 11), RO, UNIT, DERIVED(input_lines)},
    {OBJECT("upsmibdInputVoltageNominal", MIB_INTEGER, 3, 1, 1, 12), RO, UNIT,
     NUMBER(INPUT_VOLTAGE_NOMINAL, TENTH, 1, WORD, DROP)},
    {OBJECT("upsmibdInputFrequencyNominal", MIB_INTEGER, 3, 1, 1, 13), RO, UNIT,
     NUMBER(INPUT_FREQUENCY_NOMINAL, TENTH, 1, WORD, DROP)},
    {OBJECT("upsmibdInputTransferLow", MIB_INTEGER, 3, 1, 1, 14), RO, UNIT,
     NUMBER(INPUT_TRANSFER_LOW, TENTH, 1, WORD, DROP)},
    {OBJECT("upsmibdInputTransferHigh", MIB_INTEGER, 3, 1, 1, 15), RO, UNIT,
     NUMBER(INPUT_TRANSFER_HIGH, TENTH, 1, WORD, DROP)},
    {OBJECT("upsmibdBypassLines", MIB_INTEGER, 3, 1, 1, 16), RO, UNIT, DERIVED(bypass_lines)},
    {OBJECT("upsmibdBypassFrequency", MIB_INTEGER, 3, 1, 1, 17), RO, UNIT,
     DERIVED(bypass_frequency), .var = UPS_VAR_INPUT_BYPASS_FREQUENCY, .per = TENTH, .most = WORD},
    {OBJECT("upsmibdOutputLines", MIB_INTEGER, 3, 1, 1, 18), RO, UNIT, DERIVED(output_lines)},
    {OBJECT("upsmibdOutputFrequency", MIB_INTEGER, 3, 1, 1, 19), RO, UNIT,
     NUMBER(OUTPUT_FREQUENCY, TENTH, 0, WORD, DROP)},
    {OBJECT("upsmibdOutputVoltageNominal", MIB_INTEGER, 3, 1, 1, 20), RO, UNIT,
     NUMBER(OUTPUT_VOLTAGE_NOMINAL, TENTH, 1, WORD, DROP)},
    {OBJECT("upsmibdOutputFrequencyNominal", MIB_INTEGER, 3, 1, 1, 21), RO, UNIT,
     NUMBER(OUTPUT_FREQUENCY_NOMINAL, TENTH, 1, WORD, DROP)},
    {OBJECT("upsmibdOutputVANominal", MIB_INTEGER, 3, 1, 1, 22), RO, UNIT,
     NUMBER(UPS_POWER_NOMINAL, WHOLE, 1, BIG, DROP)},
    {OBJECT("upsmibdOutputPowerNominal", MIB_INTEGER, 3, 1, 1, 23), RO, UNIT,
     NUMBER(UPS_REALPOWER_NOMINAL, WHOLE, 1, BIG, DROP)},
    {OBJECT("upsmibdOutputVATotal", MIB_INTEGER, 3, 1, 1, 24), RO, UNIT, OWN(output_total),
     .var = UPS_VAR_OUTPUT_POWER, .per = WHOLE},
    {OBJECT("upsmibdOutputPowerTotal", MIB_INTEGER, 3, 1, 1, 25), RO, UNIT, OWN(output_total),
     .var = UPS_VAR_OUTPUT_REALPOWER, .per = WHOLE},
    {OBJECT("upsmibdTemperature", MIB_INTEGER, 3, 1, 1, 26), RO, UNIT,
     NUMBER(UPS_TEMPERATURE, TENTH, COLD, HOT, DROP)},
    {OBJECT("upsmibdDelayShutdown", MIB_INTEGER, 3, 1, 1, 27), RO, UNIT,
     NUMBER(UPS_DELAY_SHUTDOWN, WHOLE, 0, BIG, DROP)},
    {OBJECT("upsmibdDelayStart", MIB_INTEGER, 3, 1, 1, 28), RO, UNIT,
     NUMBER(UPS_DELAY_START, WHOLE, 0, BIG, DROP)},
    {OBJECT("upsmibdDelayReboot", MIB_INTEGER, 3, 1, 1, 29), RO, UNIT,
     NUMBER(UPS_DELAY_REBOOT, WHOLE, 0, BIG, DROP)},

    /* upsmibdInputTable */
    {OBJECT("upsmibdInputLine", MIB_INTEGER, 3, 2, 1, 1), HIDDEN, PER(INPUT_LINE)},
    {OBJECT("upsmibdInputVoltage", MIB_INTEGER, 3, 2, 1, 2), RO, PER(INPUT_LINE),
     NUMBER(INPUT_VOLTAGE, TENTH, 0, WORD, DROP)},
    {OBJECT("upsmibdInputCurrent", MIB_INTEGER, 3, 2, 1, 3), RO, PER(INPUT_LINE),
     NUMBER(INPUT_CURRENT, TENTH, 0, WORD, DROP)},
    {OBJECT("upsmibdInputFrequency", MIB_INTEGER, 3, 2, 1, 4), RO, PER(INPUT_LINE),
     NUMBER(INPUT_FREQUENCY, TENTH, 0, WORD, DROP)},
    {OBJECT("upsmibdInputPower", MIB_INTEGER, 3, 2, 1, 5), RO, PER(INPUT_LINE),
     NUMBER(INPUT_REALPOWER, WHOLE, 0, BIG, MAGNITUDE)},

    /* upsmibdOutputTable */
    {OBJECT("upsmibdOutputLine", MIB_INTEGER, 3, 3, 1, 1), HIDDEN, PER(OUTPUT_LINE)},
    {OBJECT("upsmibdOutputVoltage", MIB_INTEGER, 3, 3, 1, 2), RO, PER(OUTPUT_LINE),
     NUMBER(OUTPUT_VOLTAGE, TENTH, 0, WORD, DROP)},
    {OBJECT("upsmibdOutputCurrent", MIB_INTEGER, 3, 3, 1, 3), RO, PER(OUTPUT_LINE),
     NUMBER(OUTPUT_CURRENT, TENTH, 0, WORD, DROP)},
    {OBJECT("upsmibdOutputPower", MIB_INTEGER, 3, 3, 1, 4), RO, PER(OUTPUT_LINE),
     NUMBER(OUTPUT_REALPOWER, WHOLE, 0, BIG, MAGNITUDE)},
    {OBJECT("upsmibdOutputVA", MIB_INTEGER, 3, 3, 1, 5), RO, PER(OUTPUT_LINE),
     NUMBER(OUTPUT_POWER, WHOLE, 0, BIG, MAGNITUDE)},
    {OBJECT("upsmibdOutputLoad", MIB_INTEGER, 3, 3, 1, 6), RO, PER(OUTPUT_LINE),
     NUMBER(OUTPUT_LOAD, TENTH, 0, 10000, DROP)},
    {OBJECT("upsmibdOutputPowerFactor", MIB_INTEGER, 3, 3, 1, 7), RO, PER(OUTPUT_LINE),
     OWN(power_factor)},

    /* upsmibdBypassTable */
    {OBJECT("upsmibdBypassLine", MIB_INTEGER, 3, 4, 1, 1), HIDDEN, PER(BYPASS_LINE)},
    {OBJECT("upsmibdBypassVoltage", MIB_INTEGER, 3, 4, 1, 2), RO, PER(BYPASS_LINE),
     NUMBER(INPUT_BYPASS_VOLTAGE, TENTH, 0, WORD, DROP)},
    {OBJECT("upsmibdBypassCurrent", MIB_INTEGER, 3, 4, 1, 3), RO, PER(BYPASS_LINE),
     NUMBER(INPUT_BYPASS_CURRENT, TENTH, 0, WORD, DROP)},
    {OBJECT("upsmibdBypassPower", MIB_INTEGER, 3, 4, 1, 4), RO, PER(BYPASS_LINE),
     NUMBER(INPUT_BYPASS_REALPOWER, WHOLE, 0, BIG, MAGNITUDE)},

    /* upsmibdVariableTable */
    {OBJECT("upsmibdVariableName", MIB_OCTETS, 4, 1, 1, 1), HIDDEN, PER(VARIABLE)},
    {OBJECT("upsmibdVariableValue", MIB_OCTETS, MIB_OWN_VARIABLE_VALUE), RW, PER(VARIABLE),
     OWN_TEXT(variable_value, LONG), SET(variable, SETTING, 0), DONE_BY(variable_permit)},
    {OBJECT("upsmibdVariableType", MIB_INTEGER, 4, 1, 1, 3), RO, PER(VARIABLE), OWN(variable_type)},
    {OBJECT("upsmibdVariableUnit", MIB_OCTETS, 4, 1, 1, 4), RO, PER(VARIABLE),
     OWN_TEXT(variable_unit, NAME)},
    {OBJECT("upsmibdVariableWritable", MIB_INTEGER, 4, 1, 1, 5), RO, PER(VARIABLE),
     OWN(variable_writable)},
    {OBJECT("upsmibdVariableRange", MIB_OCTETS, 4, 1, 1, 6), RO, PER(VARIABLE),
     OWN(variable_range)},
    {OBJECT("upsmibdVariableAge", MIB_INTEGER, 4, 1, 1, 7), RO, PER(VARIABLE), OWN(variable_age)},
    {OBJECT("upsmibdVariableDerived", MIB_INTEGER, 4, 1, 1, 8), RO, PER(VARIABLE),
     OWN(variable_derived)},

    /* upsmibdCommandTable */
    {OBJECT("upsmibdCommandName", MIB_OCTETS, 5, 1, 1, 1), HIDDEN, PER(COMMAND)},
    {OBJECT("upsmibdCommandClass", MIB_OCTETS, 5, 1, 1, 2), RO, PER(COMMAND),
     OWN_TEXT(command_class, NAME)},
    {OBJECT("upsmibdCommandAllowed", MIB_INTEGER, 5, 1, 1, 3), RO, PER(COMMAND),
     OWN(command_allowed)},
    {OBJECT("upsmibdCommandUnit", MIB_OCTETS, 5, 1, 1, 4), RO, PER(COMMAND),
     OWN_TEXT(command_unit, NAME)},
    {OBJECT("upsmibdCommandLeast", MIB_INTEGER, 5, 1, 1, 5), RO, PER(COMMAND), OWN(command_least)},
    {OBJECT("upsmibdCommandMost", MIB_INTEGER, 5, 1, 1, 6), RO, PER(COMMAND), OWN(command_most)},
    {OBJECT("upsmibdCommandSpinLock", MIB_INTEGER, 5, 1, 1, 7), RW, PER(COMMAND), OWN(command_lock),
     SET(command_lock, COMMAND_LOCK, 0), DONE_BY(command_permit)},
    {OBJECT("upsmibdCommandState", MIB_INTEGER, MIB_OWN_COMMAND_STATE), RO, PER(COMMAND),
     OWN(command_state)},
    {OBJECT("upsmibdCommandExecute", MIB_INTEGER, 5, 1, 1, 9), RW, PER(COMMAND),
     OWN(command_execute), SET(command_execute, COMMAND, 0), DONE_BY(command_permit)},
    {OBJECT("upsmibdCommandResult", MIB_OCTETS, 5, 1, 1, 10), RO, PER(COMMAND),
     OWN_TEXT(command_result, LONG)},
    {OBJECT("upsmibdCommandStarted", MIB_OCTETS, 5, 1, 1, 11), RO, PER(COMMAND),
     OWN(command_started)},
    {OBJECT("upsmibdCommandDuration", MIB_INTEGER, 5, 1, 1, 12), RO, PER(COMMAND),
     OWN(command_duration)},

    /* upsmibdControlTable */
    {OBJECT("upsmibdControlBypass", MIB_INTEGER, 5, 2, 1, 1), RW, UNIT, OWN(control_bypass),
     SET(order, COMMAND, CLASS(BYPASS)), BY_COMMAND(HAS(BYPASS_START) | HAS(BYPASS_STOP)),
     ORDERS(bypass_orders)},
    {OBJECT("upsmibdControlEco", MIB_INTEGER, 5, 2, 1, 2), RW, UNIT, OWN(control_eco),
     SET(order, COMMAND, CLASS(ECO)), BY_COMMAND(HAS(ECO_START) | HAS(ECO_STOP)),
     ORDERS(eco_orders)},
    {OBJECT("upsmibdControlBeeper", MIB_INTEGER, 5, 2, 1, 3), RW, UNIT, DERIVED(audible),
     .var = UPS_VAR_UPS_BEEPER_STATUS, .words = beeper, .most = COUNT(beeper),
     SET(choice, AUDIBLE, CLASS(BEEPER)),
     BY_COMMAND(HAS(BEEPER_ENABLE) | HAS(BEEPER_DISABLE) | HAS(BEEPER_MUTE))},
    {OBJECT("upsmibdControlLoad", MIB_INTEGER, 5, 2, 1, 4), RW, UNIT, OWN(control_load),
     SET(order, COMMAND, CLASS(LOAD)), BY_COMMAND(HAS(LOAD_ON) | HAS(LOAD_OFF)),
     ORDERS(load_orders)},
    {OBJECT("upsmibdControlTest", MIB_INTEGER, 5, 2, 1, 5), RW, UNIT, OWN(control_test),
     SET(order, COMMAND, CLASS(TEST)),
     BY_COMMAND(HAS(TEST_BATTERY_START_QUICK) | HAS(TEST_BATTERY_START_DEEP) |
                HAS(TEST_BATTERY_STOP)),
     ORDERS(test_orders)},
    {OBJECT("upsmibdControlTestResult", MIB_INTEGER, 5, 2, 1, 6), RO, UNIT, DERIVED(test_result)},
    {OBJECT("upsmibdControlTestDetail", MIB_OCTETS, 5, 2, 1, 7), RO, UNIT, NOTE(test_detail, LONG)},
    {OBJECT("upsmibdControlShutdownReturn", MIB_INTEGER, 5, 2, 1, 8), RW, UNIT,
     TIMER(UPS_TIMER_SHUTDOWN), .needs = HAS(SHUTDOWN_RETURN),
     SET(countdown, COMMAND, CLASS(SHUTDOWN)), ORDERS(return_order)},
    {OBJECT("upsmibdControlShutdownStayoff", MIB_INTEGER, 5, 2, 1, 9), RW, UNIT,
     TIMER(UPS_TIMER_SHUTDOWN), .needs = HAS(SHUTDOWN_STAYOFF),
     SET(countdown, COMMAND, CLASS(SHUTDOWN)), ORDERS(stayoff_order)},
    {OBJECT("upsmibdControlAutoRestart", MIB_INTEGER, 5, 2, 1, 10), RW, UNIT,
     CHOICE(UPS_START_AUTO, on_off), SET(choice, AUTO_RESTART, CLASS(SHUTDOWN) | CLASS(SETTING)),
     BY_SETTING},
    {OBJECT("upsmibdControlResetExtremes", MIB_INTEGER, 5, 2, 1, 11), RW, UNIT, DERIVED(fixed),
     SET(reset_extremes, RESET_EXTREMES, CLASS(SETTING)), RANGE(1, 2)},

    /* upsmibdOutletTable */
    {OBJECT("upsmibdOutletIndex", MIB_INTEGER, 5, 3, 1, 1), HIDDEN, PER(OUTLET)},
    {OBJECT("upsmibdOutletSwitch", MIB_INTEGER, 5, 3, 1, 2), RW, PER(OUTLET), OWN(outlet_switch),
     SET(outlet, COMMAND, 0), DONE_BY(outlet_permit)},
    {OBJECT("upsmibdOutletDelayShutdown", MIB_INTEGER, 5, 3, 1, 3), RW, PER(OUTLET),
     OWN(outlet_delay), SET(outlet_delay, SETTING, 0), DONE_BY(outlet_delay_permit)},

    /* upsmibdAlarmTable */
    {OBJECT("upsmibdAlarmId", MIB_INTEGER, 6, 1, 1, 1), HIDDEN, PER(ALARM_ROW)},
    {OBJECT("upsmibdAlarmDescr", MIB_OID, 6, 1, 1, 2), RO, PER(ALARM_ROW), DERIVED(alarm_descr)},
    {OBJECT("upsmibdAlarmText", MIB_OCTETS, 6, 1, 1, 3), RO, PER(ALARM_ROW),
     OWN_TEXT(alarm_text, LONG)},
    {OBJECT("upsmibdAlarmSeverity", MIB_INTEGER, 6, 1, 1, 4), RO, PER(ALARM_ROW),
     OWN(alarm_severity)},
    {OBJECT("upsmibdAlarmSince", MIB_OCTETS, 6, 1, 1, 5), RO, PER(ALARM_ROW), OWN(alarm_since)},
    {OBJECT("upsmibdAlarmCode", MIB_OCTETS, 6, 1, 1, 6), RO, PER(ALARM_ROW), OWN(alarm_code)},

    /* upsmibdHistoryTable */
    {OBJECT("upsmibdHistoryIndex", MIB_GAUGE32, 6, 2, 1, 1), HIDDEN, HISTORY},
    {OBJECT("upsmibdHistoryUnit", MIB_INTEGER, 6, 2, 1, 2), RO, HISTORY, OWN(past_unit)},
    {OBJECT("upsmibdHistoryUnitName", MIB_OCTETS, 6, 2, 1, 3), RO, HISTORY,
     OWN_TEXT(past_unit_name, LONG)},
    {OBJECT("upsmibdHistoryAlarmId", MIB_INTEGER, 6, 2, 1, 4), RO, HISTORY, OWN(past_alarm_id)},
    {OBJECT("upsmibdHistoryDescr", MIB_OID, 6, 2, 1, 5), RO, HISTORY, OWN(past_descr)},
    {OBJECT("upsmibdHistoryText", MIB_OCTETS, 6, 2, 1, 6), RO, HISTORY, OWN_TEXT(past_text, LONG)},
    {OBJECT("upsmibdHistorySeverity", MIB_INTEGER, 6, 2, 1, 7), RO, HISTORY, OWN(past_severity)},
    {OBJECT("upsmibdHistoryEvent", MIB_INTEGER, 6, 2, 1, 8), RO, HISTORY, OWN(past_event)},
    {OBJECT("upsmibdHistoryTime", MIB_OCTETS, 6, 2, 1, 9), RO, HISTORY, OWN(past_time)},

    /* upsmibdCounterTable */
    {OBJECT("upsmibdCounterToBattery", MIB_COUNTER32, 6, 3, 1, 1), RO, UNIT,
     NUMBER_AT(counters.to_battery)},
    {OBJECT("upsmibdCounterToBypass", MIB_COUNTER32, 6, 3, 1, 2), RO, UNIT,
     NUMBER_AT(counters.to_bypass)},
    {OBJECT("upsmibdCounterBatteryTime", MIB_COUNTER32, 6, 3, 1, 3), RO, UNIT, OWN(battery_time)},
    {OBJECT("upsmibdCounterBypassTime", MIB_COUNTER32, 6, 3, 1, 4), RO, UNIT, OWN(bypass_time)},
    {OBJECT("upsmibdCounterBatteryStay", MIB_INTEGER, 6, 3, 1, 5), RO, UNIT, OWN(battery_stay)},
    {OBJECT("upsmibdCounterBypassStay", MIB_INTEGER, 6, 3, 1, 6), RO, UNIT, OWN(bypass_stay)},
    {OBJECT("upsmibdCounterLastCause", MIB_INTEGER, 6, 3, 1, 7), RO, UNIT, OWN(last_cause)},
    {OBJECT("upsmibdCounterExtremesSince", MIB_OCTETS, 6, 3, 1, 8), RO, UNIT, OWN(extremes_since)},

    /* upsmibdExtremesTable */
    {OBJECT("upsmibdExtremesLeast", MIB_INTEGER, 6, 4, 1, 1), RO, PER(INPUT_LINE), OWN(voltage_min),
     .per = TENTH},
    {OBJECT("upsmibdExtremesGreatest", MIB_INTEGER, 6, 4, 1, 2), RO, PER(INPUT_LINE),
     OWN(voltage_max), .per = TENTH},

    /* upsmibdNotifyObjects: in notifications, nowhere else */
    {OBJECT("upsmibdNotifySequence", MIB_COUNTER32, MIB_OWN_NOTIFY_SEQUENCE), NOTIFY},
    {OBJECT("upsmibdNotifyText", MIB_OCTETS, MIB_OWN_NOTIFY_TEXT), NOTIFY},
    {OBJECT("upsmibdNotifyTime", MIB_OCTETS, MIB_OWN_NOTIFY_TIME), NOTIFY},
    {OBJECT("upsmibdAlarmIdentity", MIB_OID, MIB_OWN_ALARM_IDENTITY), NOTIFY},
    {OBJECT("upsmibdNotifySeverity", MIB_INTEGER, MIB_OWN_NOTIFY_SEVERITY), NOTIFY},
    {OBJECT("upsmibdNotifyLost", MIB_COUNTER32, MIB_OWN_NOTIFY_LOST), NOTIFY},
};

static const uint32_t root[] = {MIB_OWN_OBJECTS};

static_assert(COUNT(root) + MIB_ROW_ARCS + MIB_INDEX_MAX <= MIB_OID_MAX,
              "the enterprise OID is too long for the names of instances");

const struct mib mib_upsmibd = {
    .root = root,
    .root_len = COUNT(root),
    .rows = rows,
    .row_count = COUNT(rows),
};
