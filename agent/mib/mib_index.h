/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Indexes of tables.  A table's rows have places, counted from 0 in the order of their index; the
 * engine steps from place to place, and only here is it known what an index is made of.
 */
#ifndef MIB_INDEX_H
#define MIB_INDEX_H

#include "mib_row.h"

/* Sub-identifiers of the longest index: a unit's number and a name. */
#define MIB_INDEX_MAX (UPS_NAME_MAX + 1)

/* How many places the table has on view->snap (or, where no unit is named, on the agent). */
uint32_t mib_index_count(enum mib_index kind, const struct mib_view *view);

/* Places of a table, from one on to the last: count - pos of them. */
struct mib_span {
    uint32_t pos, count;
};

/*
 * The places whose indexes are behind `from` (or are `from`, if inclusive), in lexicographic order.
 * len 0: the index before all others.
 */
struct mib_span mib_index_search(enum mib_index kind, const struct mib_view *view,
                                 const uint32_t *from, size_t len, bool inclusive);

/* The place that has exactly this index.  Returns false, leaving *pos alone, if none has. */
bool mib_index_find(enum mib_index kind, const struct mib_view *view, const uint32_t *index,
                    size_t len, uint32_t *pos);

/* Writes the index of a place to out (room for MIB_INDEX_MAX); returns its length. */
size_t mib_index_write(enum mib_index kind, const struct mib_view *view, uint32_t pos,
                       uint32_t *out);

#endif
