/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Getters and setters of UPSMIBD-MIB's objects that a row's parameters can't describe.  What they
 * take and return: mib_row.h.
 */
#ifndef MIB_OWN_VALUES_H
#define MIB_OWN_VALUES_H

#include "mib_row.h"

/* -- mib_own_unit.c: the agent and its units -- */

mib_getter mib_own_start_time; /* upsmibdAgentStartTime */
mib_getter mib_own_unit_count; /* upsmibdAgentUnits */
/* A uint32_t of struct snap_agent at row->field. */
mib_getter mib_own_agent_count;

mib_getter mib_own_unit_name; /* upsmibdUnitName */
/* The text that the pointer at row->field of struct conf_unit names. */
mib_getter mib_own_conf_text;
mib_getter mib_own_driver;         /* upsmibdUnitDriver */
mib_getter mib_own_connection;     /* upsmibdUnitConnection */
mib_getter mib_own_connection_age; /* upsmibdUnitConnectionAge */
mib_getter mib_own_poll_age;       /* upsmibdUnitPollAge */
mib_getter mib_own_fresh;          /* upsmibdUnitFresh */
mib_getter mib_own_poll_duration;  /* upsmibdUnitFullPollDuration */
mib_getter mib_own_error_text;     /* upsmibdUnitErrorText */
mib_getter mib_own_error_age;      /* upsmibdUnitErrorAge */
mib_getter mib_own_status;         /* upsmibdUnitStatus */
mib_getter mib_own_raw_status;     /* upsmibdUnitRawStatus */
mib_getter mib_own_max_severity;   /* upsmibdUnitMaxSeverity */
mib_getter mib_own_logical_descr;  /* entLogicalDescr */
mib_getter mib_own_logical_type;   /* entLogicalType */

/* -- mib_own_reading.c: readings and counters -- */

/* row->var over all output lines, in units of row->per thousandths; all have to be known. */
mib_getter mib_own_output_total;
mib_getter mib_own_run_time_low; /* upsmibdBatteryRunTimeLow */
mib_getter mib_own_power_factor; /* upsmibdOutputPowerFactor */
mib_getter mib_own_battery_time; /* upsmibdCounterBatteryTime */
mib_getter mib_own_bypass_time;  /* upsmibdCounterBypassTime */
mib_getter mib_own_battery_stay; /* upsmibdCounterBatteryStay */
mib_getter mib_own_bypass_stay;  /* upsmibdCounterBypassStay */
mib_getter mib_own_last_cause;   /* upsmibdCounterLastCause */
mib_getter mib_own_extremes_since;
mib_getter mib_own_voltage_min;
mib_getter mib_own_voltage_max;

/* -- mib_own_alarm.c: alarms and their history -- */

mib_getter mib_own_alarm_text;
mib_getter mib_own_alarm_severity;
mib_getter mib_own_alarm_since;
mib_getter mib_own_alarm_code;

mib_getter mib_own_past_unit;
mib_getter mib_own_past_unit_name;
mib_getter mib_own_past_alarm_id;
mib_getter mib_own_past_descr;
mib_getter mib_own_past_text;
mib_getter mib_own_past_severity;
mib_getter mib_own_past_event;
mib_getter mib_own_past_time;

/* -- mib_own_variable.c: upsmibdVariableTable; pos counts in mib_variables[] -- */

mib_getter mib_own_variable_value;
mib_getter mib_own_variable_type;
mib_getter mib_own_variable_unit;
mib_getter mib_own_variable_writable;
mib_getter mib_own_variable_range;
mib_getter mib_own_variable_age;
mib_getter mib_own_variable_derived;
mib_permit mib_own_variable_permit;
mib_setter mib_set_variable;

/* -- mib_own_command.c: upsmibdCommandTable; pos counts in mib_commands[] -- */

mib_getter mib_own_command_class;
mib_getter mib_own_command_allowed;
mib_getter mib_own_command_unit;
mib_getter mib_own_command_least;
mib_getter mib_own_command_most;
mib_getter mib_own_command_lock;
mib_getter mib_own_command_state;
mib_getter mib_own_command_execute;
mib_getter mib_own_command_result;
mib_getter mib_own_command_started;
mib_getter mib_own_command_duration;
mib_permit mib_own_command_permit;
mib_setter mib_set_command_lock;
mib_setter mib_set_command_execute;

/* -- mib_own_outlet.c: upsmibdOutletTable; pos is the outlet's number less one -- */

/* How many outlets the unit has: the greatest number of one. */
uint32_t mib_outlets(const struct mib_view *view);
mib_getter mib_own_outlet_switch;
mib_permit mib_own_outlet_permit;
mib_setter mib_set_outlet;
mib_getter mib_own_outlet_delay;
mib_permit mib_own_outlet_delay_permit;
mib_setter mib_set_outlet_delay;

/* -- mib_own_control.c: upsmibdControlTable -- */

mib_getter mib_own_control_bypass;
mib_getter mib_own_control_eco;
mib_getter mib_own_control_load;
mib_getter mib_own_control_test;
/* row->orders: the command that counts down; -1 cancels whatever counts. */
mib_setter mib_set_countdown;
mib_setter mib_set_reset_extremes;

/* The bounds of a command's argument on this unit: of the command, and of what the device counts.
 */
void mib_command_bounds(const struct snapshot *snap, enum ups_command command, int32_t *least,
                        int32_t *most);

#endif
