/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Getters: how a row's value comes out of a snapshot.  See mib_getter in mib_row.h for what they
 * take and return.
 */
#ifndef MIB_VALUES_H
#define MIB_VALUES_H

#include "mib_row.h"

/*
 * How many rows the table of an index kind has: phases of a line table (the value of its NumLines),
 * alarms of the alarm table, 1 for scalars.  -1: not known, so no rows either.
 */
int64_t mib_rows_present(enum mib_index index, const struct mib_view *view);

/* -- generic: all they need to know stands in the row -- */

/* row->var in units of row->per thousandths, rounded to the nearest (halves away from 0). */
mib_getter mib_value_number;
/* row->var, a word, as the number that row->words gives it. */
mib_getter mib_value_choice;
/* row->var, text of at most row->most bytes; zero-length if not known. */
mib_getter mib_value_text;
/* The same, but absent if not known. */
mib_getter mib_value_known_text;
/*
 * Whole seconds left of row->var or of the agent's own countdown, -1 if neither runs; absent if
 * there is neither a countdown nor a fresh reading.
 */
mib_getter mib_value_timer;
/* Always row->least. */
mib_getter mib_value_fixed;
/* The text in the snapshot at row->field, at most row->most bytes of it. */
mib_getter mib_value_note;
/* A uint32_t of the snapshot at row->field. */
mib_getter mib_value_count;

/* -- derived: one object each, or one of each table -- */

mib_getter mib_value_firmware;         /* upsIdentUPSSoftwareVersion */
mib_getter mib_value_agent_version;    /* upsIdentAgentSoftwareVersion */
mib_getter mib_value_battery_status;   /* upsBatteryStatus */
mib_getter mib_value_seconds_on_batt;  /* upsSecondsOnBattery */
mib_getter mib_value_minutes_left;     /* upsEstimatedMinutesRemaining */
mib_getter mib_value_input_lines;      /* upsInputNumLines */
mib_getter mib_value_output_lines;     /* upsOutputNumLines */
mib_getter mib_value_output_source;    /* upsOutputSource */
mib_getter mib_value_bypass_frequency; /* upsBypassFrequency */
mib_getter mib_value_bypass_lines;     /* upsBypassNumLines */
mib_getter mib_value_alarm_descr;      /* upsAlarmDescr */
mib_getter mib_value_alarm_time;       /* upsAlarmTime */
mib_getter mib_value_test_id;          /* upsTestId */
mib_getter mib_value_test_result;      /* upsTestResultsSummary */
mib_getter mib_value_test_start;       /* upsTestStartTime */
mib_getter mib_value_test_elapsed;     /* upsTestElapsedTime */
mib_getter mib_value_low_minutes;      /* upsConfigLowBattTime */
mib_getter mib_value_audible;          /* upsConfigAudibleStatus */

/*
 * The TimeStamp of a moment (of now_ms' clock): the master's sysUpTime then, 0 if that was before
 * its start; of one that is to come, the sysUpTime now.
 */
uint32_t mib_timestamp(const struct mib_view *view, int64_t moment);

/*
 * The OID that upsTestId gives for a test: below upsWellKnownTests, or upsmibdTestStartedAtUps.
 * Writes it to out (room for MIB_OID_MAX), returns its length.
 */
size_t mib_test_oid(enum snap_test_id test, uint32_t *out);

#define MIB_DATE_LEN 11

/*
 * Writes the DateAndTime of a moment (ms since 1970) in UTC to out, MIB_DATE_LEN bytes; returns
 * MIB_DATE_LEN.  Moments before 1970 or after 9999 become the nearest that there is.
 */
size_t mib_date_and_time(int64_t wall_ms, char *out);

#endif
