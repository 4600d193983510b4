/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Prints what the tables of the program say about UPSMIBD-MIB, for tests/system/test_mib_text.py:
 *   row NAME OID TYPE ACCESS            an object, OID below the root
 *   index NAME SCALAR|UNIT|OTHER        what instances of it are named by
 *   notification NAME ARC OBJECT-OID... varbinds after snmpTrapOID, OIDs below the root
 *   bit NUMBER                          a word of the status set
 */
#include <inttypes.h>
#include <stdio.h>

#include "../../agent/mib/mib_row.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static const char *access_word(enum mib_access access)
{
    switch (access) {
    case MIB_NOT_ACCESSIBLE: return "not-accessible";
    case MIB_NOTIFY_ONLY: return "accessible-for-notify";
    case MIB_READ_ONLY: return "read-only";
    case MIB_READ_WRITE: return "read-write";
    }
    return "?";
}

static void print_rows(void)
{
    for (size_t i = 0; i < mib_upsmibd.row_count; i++) {
        const struct mib_row *row = &mib_upsmibd.rows[i];

        printf("row %s ", row->name);
        for (size_t k = 0; k < row->len; k++)
            printf("%s%u", k > 0 ? "." : "", row->oid[k]);
        printf(" 0x%02x %s\n", (unsigned)row->type, access_word(row->access));
        if (row->get)
            printf("index %s %s\n", row->name,
                   row->per_unit              ? "UNIT"
                   : row->index == MIB_SCALAR ? "SCALAR"
                                              : "OTHER");
    }
}

static void print_notifications(void)
{
    struct conf_unit unit = {.name = "ups1"};
    const struct conf conf = {.unit = &unit, .unit_count = 1};
    const struct mib_view view = {.now_ms = 1000};

    for (int kind = 0; kind < EVENT_KINDS; kind++) {
        const struct event event = {.seq = 1, .kind = (enum event_kind)kind};
        struct mib_varbind list[MIB_NOTIFY_MAX];
        size_t n, root;

        if (event_kinds[kind].tree != EVENT_TREE_OWN)
            continue;
        (void)mib_root(&mib_upsmibd, &root);
        n = mib_notification(&event, &conf, &view, list);
        printf("notification %s %" PRIu32, event_kinds[kind].name, event_kinds[kind].arc);
        for (size_t i = 1; i < n; i++) {
            for (size_t k = root; k < list[i].len; k++)
                printf("%c%" PRIu32, k == root ? ' ' : '.', list[i].oid[k]);
        }
        printf("\n");
    }
}

int main(void)
{
    print_rows();
    print_notifications();
    for (unsigned bit = 0; bit < UPS_STATUS_COUNT; bit++)
        printf("bit %u\n", bit);
    return 0;
}
