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

/*
 * The first place whose index is behind `from` (or is `from`, if inclusive), in lexicographic
 * order; mib_index_count() if there is none.  len 0: the index before all others.
 */
uint32_t mib_index_search(enum mib_index kind, const struct mib_view *view, const uint32_t *from,
                          size_t len, bool inclusive);

/* Writes the index of a place to out (room for MIB_INDEX_MAX); returns its length. */
size_t mib_index_write(enum mib_index kind, const struct mib_view *view, uint32_t pos,
                       uint32_t *out);

#endif
