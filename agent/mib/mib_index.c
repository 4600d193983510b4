/* SPDX-License-Identifier: BSD-2-Clause */
/* Indexes: numbers that count lines, ids that ascend, names in the order of their octets. */
#include "mib_index.h"

#include "mib_names.h"
#include "mib_own_values.h"
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
    case MIB_OUTLET: return mib_outlets(view);
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

    for (; i < len && name[i] != '\0'; i++) {
        uint32_t octet = (unsigned char)name[i];

        if (octet != index[i])
            return octet < index[i] ? -1 : 1;
    }
    return i < len ? -1 : name[i] != '\0';
}

/* The least number that is behind an index (or is it, if inclusive).  "index.x" comes after
 * "index", and nothing is ever named so. */
static uint64_t least_number(const uint32_t *from, size_t len, bool inclusive)
{
    return len == 0 ? 0 : (uint64_t)from[0] + (len > 1 || !inclusive);
}

/* The place of the first number from `least` on where rows are numbered from `first` without a
 * gap. */
static uint32_t numbered(uint32_t first, uint64_t least)
{
    if (least <= first)
        return 0;
    return least - first > UINT32_MAX ? UINT32_MAX : (uint32_t)(least - first);
}

static uint32_t search_ids(enum mib_index kind, const struct mib_view *view, uint32_t count,
                           uint64_t least)
{
    uint32_t low = 0, high = count;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (id_at(kind, view, middle) < least)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static uint32_t search_names(enum mib_index kind, uint32_t count, const uint32_t *from, size_t len,
                             bool inclusive)
{
    uint32_t low = 0, high = count;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        int order = name_compare(name_at(kind, middle), from, len);

        if (order < 0 || (order == 0 && !inclusive))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

struct mib_span mib_index_search(enum mib_index kind, const struct mib_view *view,
                                 const uint32_t *from, size_t len, bool inclusive)
{
    uint64_t least = least_number(from, len, inclusive);
    struct mib_span span = {.count = mib_index_count(kind, view)};

    if (len == 0 && inclusive) /* all of them: what a walk asks of every row but the first */
        return span;
    switch (kind) {
    case MIB_SCALAR: span.pos = numbered(0, least); break;
    case MIB_UNIT_ROW: span.pos = span.count; break;
    case MIB_INPUT_LINE:
    case MIB_OUTPUT_LINE:
    case MIB_BYPASS_LINE:
    case MIB_OUTLET: span.pos = numbered(1, least); break;
    case MIB_ALARM_ROW:
    case MIB_HISTORY_ROW: span.pos = search_ids(kind, view, span.count, least); break;
    case MIB_VARIABLE:
    case MIB_COMMAND: span.pos = search_names(kind, span.count, from, len, inclusive); break;
    }
    return span;
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
    case MIB_BYPASS_LINE:
    case MIB_OUTLET: out[0] = pos + 1; return 1;
    case MIB_ALARM_ROW:
    case MIB_HISTORY_ROW: out[0] = id_at(kind, view, pos); return 1;
    case MIB_VARIABLE:
    case MIB_COMMAND: break;
    }
    for (name = name_at(kind, pos); name[len] != '\0'; len++)
        out[len] = (unsigned char)name[len];
    return len;
}

/* The only place that may have this index; a number of `count` or more: none. */
static uint32_t candidate(enum mib_index kind, const struct mib_view *view, uint32_t count,
                          const uint32_t *index, size_t len)
{
    switch (kind) {
    case MIB_SCALAR: return len == 1 ? index[0] : count;
    case MIB_UNIT_ROW: return len == 0 ? 0 : count;
    case MIB_INPUT_LINE:
    case MIB_OUTPUT_LINE:
    case MIB_BYPASS_LINE:
    case MIB_OUTLET: return len == 1 ? index[0] - 1 : count;
    case MIB_ALARM_ROW:
    case MIB_HISTORY_ROW: return len == 1 ? search_ids(kind, view, count, index[0]) : count;
    case MIB_VARIABLE:
    case MIB_COMMAND: return search_names(kind, count, index, len, true);
    }
    return count;
}

bool mib_index_find(enum mib_index kind, const struct mib_view *view, const uint32_t *index,
                    size_t len, uint32_t *pos)
{
    uint32_t count = mib_index_count(kind, view);
    uint32_t found = candidate(kind, view, count, index, len);

    if (found >= count)
        return false;
    if ((kind == MIB_ALARM_ROW || kind == MIB_HISTORY_ROW) && id_at(kind, view, found) != index[0])
        return false;
    if ((kind == MIB_VARIABLE || kind == MIB_COMMAND) &&
        name_compare(name_at(kind, found), index, len) != 0)
        return false;
    *pos = found;
    return true;
}
