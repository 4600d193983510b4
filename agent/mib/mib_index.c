/* SPDX-License-Identifier: BSD-2-Clause */
/* Indexes: numbers that count lines, ids that ascend, names in the order of their octets. */
#include "mib_index.h"

#include "mib_names.h"
#include "mib_values.h"

uint32_t mib_index_count(enum mib_index kind, const struct mib_view *view)
{
    int64_t lines;

    switch (kind) {
    case MIB_SCALAR:
    case MIB_UNIT_ROW: return 1;
    case MIB_ALARM_ROW: return view->snap->alarm_count;
    case MIB_VARIABLE: return MIB_VARIABLES;
    case MIB_COMMAND: return UPS_COMMAND_COUNT;
    case MIB_HISTORY_ROW: return view->agent(view->arg)->history_count;
    case MIB_INPUT_LINE:
    case MIB_OUTPUT_LINE:
    case MIB_BYPASS_LINE: break;
    }
    lines = mib_rows_present(kind, view);
    return lines > 0 ? (uint32_t)lines : 0;
}

/* The number that makes up a place's index, for the kinds where it is one that ascends freely. */
static uint32_t id_at(enum mib_index kind, const struct mib_view *view, uint32_t pos)
{
    if (kind == MIB_ALARM_ROW)
        return view->snap->alarm[pos].id;
    return view->agent(view->arg)->history[pos].seq;
}

static const char *name_at(enum mib_index kind, uint32_t pos)
{
    return kind == MIB_VARIABLE ? mib_variables[pos].name : ups_commands[mib_commands[pos]].name;
}

/* The order of a name, as the index that its octets are, and an index: <0, 0, >0. */
static int name_compare(const char *name, const uint32_t *index, size_t len)
{
    size_t i = 0;

    for (; name[i] != '\0' && i < len; i++) {
        uint32_t octet = (unsigned char)name[i];

        if (octet != index[i])
            return octet < index[i] ? -1 : 1;
    }
    return (name[i] != '\0') - (i < len);
}

/* Is the place before what is searched? */
static bool before(enum mib_index kind, const struct mib_view *view, uint32_t pos,
                   const uint32_t *from, size_t len, bool inclusive)
{
    int order;

    if (kind == MIB_VARIABLE || kind == MIB_COMMAND) {
        order = name_compare(name_at(kind, pos), from, len);
    } else {
        uint32_t id = id_at(kind, view, pos);

        order = mib_oid_compare(&id, 1, from, len);
    }
    return order < 0 || (order == 0 && !inclusive);
}

/* Places of a table whose rows are numbered from `first` on without a gap. */
static uint32_t numbered(uint32_t first, const uint32_t *from, size_t len, bool inclusive)
{
    uint64_t least;

    if (len == 0)
        return 0;
    /* "index.x" comes after "index", and nothing is ever named so */
    least = (uint64_t)from[0] + (len > 1 || !inclusive);
    if (least <= first)
        return 0;
    return least - first > UINT32_MAX ? UINT32_MAX : (uint32_t)(least - first);
}

uint32_t mib_index_search(enum mib_index kind, const struct mib_view *view, const uint32_t *from,
                          size_t len, bool inclusive)
{
    uint32_t low = 0, high = mib_index_count(kind, view), pos;

    switch (kind) {
    case MIB_SCALAR: pos = numbered(0, from, len, inclusive); return pos < high ? pos : high;
    case MIB_UNIT_ROW: return len == 0 && inclusive ? 0 : high;
    case MIB_INPUT_LINE:
    case MIB_OUTPUT_LINE:
    case MIB_BYPASS_LINE: pos = numbered(1, from, len, inclusive); return pos < high ? pos : high;
    case MIB_ALARM_ROW:
    case MIB_VARIABLE:
    case MIB_COMMAND:
    case MIB_HISTORY_ROW: break;
    }
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (before(kind, view, middle, from, len, inclusive))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

size_t mib_index_write(enum mib_index kind, const struct mib_view *view, uint32_t pos,
                       uint32_t *out)
{
    const char *name;
    size_t len = 0;

    switch (kind) {
    case MIB_SCALAR: out[0] = 0; return 1;
    case MIB_UNIT_ROW: return 0;
    case MIB_INPUT_LINE:
    case MIB_OUTPUT_LINE:
    case MIB_BYPASS_LINE: out[0] = pos + 1; return 1;
    case MIB_ALARM_ROW:
    case MIB_HISTORY_ROW: out[0] = id_at(kind, view, pos); return 1;
    case MIB_VARIABLE:
    case MIB_COMMAND: break;
    }
    for (name = name_at(kind, pos); name[len] != '\0'; len++)
        out[len] = (unsigned char)name[len];
    return len;
}
