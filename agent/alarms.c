/* SPDX-License-Identifier: BSD-2-Clause */
/* The alarm table of one unit. */
#include "alarms.h"

#include <stdlib.h>
#include <string.h>

void alarms_imply(uint32_t status, struct ups_alarm_set *set)
{
    for (unsigned bit = 0; bit < UPS_STATUS_COUNT; bit++)
        if (status >> bit & 1)
            ups_alarm_add(set, ups_statuses[bit].alarm);
}

static bool id_taken(const struct alarm_table *t, uint32_t id)
{
    for (uint32_t i = 0; i < t->count; i++)
        if (t->row[i].id == id)
            return true;
    return false;
}

void alarms_resume(struct alarm_table *t, uint32_t next_id)
{
    t->next_id = next_id >= 1 && next_id <= INT32_MAX ? next_id - 1 : 0;
}

uint32_t alarms_next_id(const struct alarm_table *t)
{
    return t->next_id >= INT32_MAX ? 1 : t->next_id + 1;
}

/* The next id; past 2147483647 the first free one (RFC 1628, upsAlarmId). */
static uint32_t new_id(struct alarm_table *t)
{
    do {
        t->next_id = alarms_next_id(t);
    } while (id_taken(t, t->next_id));
    return t->next_id;
}

static bool make_room(struct alarm_table *t)
{
    uint32_t room = t->room + 8;
    struct snap_alarm *row;

    if (t->count < t->room)
        return true;
    row = realloc(t->row, room * sizeof(*row));
    if (!row)
        return false;
    t->row = row;
    t->room = room;
    return true;
}

/* There is room. */
static void put(struct alarm_table *t, struct snap_alarm row)
{
    uint32_t at = t->count;

    while (at > 0 && t->row[at - 1].id > row.id)
        at--;
    memmove(&t->row[at + 1], &t->row[at], (t->count - at) * sizeof(row));
    t->row[at] = row;
    t->count++;
}

static bool insert(struct alarm_table *t, enum ups_alarm alarm, int64_t since_ms)
{
    if (!make_room(t))
        return false;
    put(t, (struct snap_alarm){.since_ms = since_ms, .id = new_id(t), .alarm = alarm});
    return true;
}

bool alarms_restore(struct alarm_table *t, enum ups_alarm alarm, uint32_t id, int64_t since_ms)
{
    if (alarm >= UPS_ALARM_COUNT || id < 1 || id > INT32_MAX || id_taken(t, id))
        return false;
    for (uint32_t i = 0; i < t->count; i++)
        if (t->row[i].alarm == alarm)
            return false;
    if (!make_room(t))
        return false;
    put(t, (struct snap_alarm){.since_ms = since_ms, .id = id, .alarm = alarm});
    return true;
}

bool alarms_update(struct alarm_table *t, const struct ups_alarm_set *wanted, int64_t since_ms,
                   struct alarm_change *change)
{
    struct ups_alarm_set missing = *wanted;
    uint32_t kept = 0;
    bool changed = false;

    memset(change, 0, sizeof(*change));
    for (uint32_t i = 0; i < t->count; i++) {
        enum ups_alarm a = t->row[i].alarm;
        if (ups_alarm_has(wanted, a)) {
            missing.word[a / 64] &= ~((uint64_t)1 << (a % 64));
            t->row[kept++] = t->row[i];
        } else {
            ups_alarm_add(&change->removed, a);
            changed = true;
        }
    }
    t->count = kept;
    for (enum ups_alarm a = 0; a < UPS_ALARM_COUNT; a++) {
        if (!ups_alarm_has(&missing, a) || !insert(t, a, since_ms))
            continue;
        ups_alarm_add(&change->added, a);
        changed = true;
    }
    return changed;
}

void alarms_free(struct alarm_table *t)
{
    free(t->row);
    memset(t, 0, sizeof(*t));
}
