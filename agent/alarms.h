/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The alarm table of one unit (upsAlarmTable): which rows exist, under which ids, since when.
 * RFC 1628, upsAlarm group: ids start at 1 and grow, a row keeps its id while its condition lasts,
 * no identity stands in two rows.
 */
#ifndef ALARMS_H
#define ALARMS_H

#include "snapshot.h"

struct alarm_table {
    struct snap_alarm *row; /* ascending by id; owned, see alarms_free */
    uint32_t count, room;
    uint32_t next_id;
};

/* What alarms_update found. */
struct alarm_change {
    struct ups_alarm_set added, removed;
};

/* The alarms that the words of a status set imply, added to *set. */
void alarms_imply(uint32_t status, struct ups_alarm_set *set);

/*
 * Makes the table hold exactly `wanted`.  since_ms: when new ones were noticed (monotonic;
 * INT64_MIN for those that the agent found when it started).  Without memory a new row is left
 * out and tried again by the next update.  Returns whether anything changed;
 * *change says what.
 */
bool alarms_update(struct alarm_table *table, const struct ups_alarm_set *wanted, int64_t since_ms,
                   struct alarm_change *change);

/* Goes on with the ids of an earlier run: the next new row gets next_id (1 to 2147483647). */
void alarms_resume(struct alarm_table *table, uint32_t next_id);

/* The id that the next new row gets. */
uint32_t alarms_next_id(const struct alarm_table *table);

/*
 * Puts back a row of an earlier run, before the first alarms_update.  Returns false, and the table
 * is as before, if there is no such alarm or id, if either stands in the table already, or if
 * memory is out.
 */
bool alarms_restore(struct alarm_table *table, enum ups_alarm alarm, uint32_t id, int64_t since_ms);

/* Frees what the table owns; it is empty then. */
void alarms_free(struct alarm_table *table);

#endif
