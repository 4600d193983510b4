/* SPDX-License-Identifier: BSD-2-Clause */
/* Making and freeing snapshots. */
#include "snapshot.h"

#include <stdlib.h>

struct snapshot *snapshot_new(uint32_t alarm_count)
{
    struct snapshot *s;

    if (alarm_count > UPS_ALARM_COUNT)
        return NULL;
    s = calloc(1, sizeof(*s) + alarm_count * sizeof(s->alarm[0]));
    if (!s)
        return NULL;
    atomic_init(&s->refs, 1);
    s->unit = "";
    s->ident_name = "";
    s->attached_devices = "";
    s->on_battery_since_ms = -1;
    s->test_spin_lock = 1; /* RFC 1628, upsTestSpinLock: 1 when the agent starts */
    s->test_id = SNAP_TEST_ID_NONE;
    s->test_result = SNAP_TEST_NONE;
    s->test_end_ms = -1;
    s->test_detail = "";
    s->alarm_count = alarm_count;
    return s;
}

void snapshot_release(const struct snapshot *s)
{
    struct snapshot *mine = (struct snapshot *)(uintptr_t)s;

    /* acquire: what other holders did with it happened before it is freed */
    if (mine && atomic_fetch_sub_explicit(&mine->refs, 1, memory_order_acq_rel) == 1)
        free(mine);
}
