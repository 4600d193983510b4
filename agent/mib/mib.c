/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The engine of the object layer: finds rows by OID and instances by index.  No object is known
 * here by name.
 *
 * Every variable's name is root, row, and index: the unit's number where the table holds all units,
 * then what mib_index.c makes of the table's kind.  No row's OID is a prefix of another's, so that
 * the order of names is the order of rows, then of indexes.
 */
#include "mib.h"

#include "mib_index.h"
#include "mib_row.h"

int mib_oid_compare(const uint32_t *a, size_t a_len, const uint32_t *b, size_t b_len)
{
    size_t n = a_len < b_len ? a_len : b_len;

    for (size_t i = 0; i < n; i++) {
        if (a[i] != b[i])
            return a[i] < b[i] ? -1 : 1;
    }
    return (a_len > b_len) - (a_len < b_len);
}

/* Is the row before (<0) or after (>0) the OID, or is it the OID's object (0)? */
static int row_compare(const struct mib_row *row, const uint32_t *oid, size_t len)
{
    size_t n = row->len < len ? row->len : len;

    for (size_t i = 0; i < n; i++) {
        if (row->oid[i] != oid[i])
            return row->oid[i] < oid[i] ? -1 : 1;
    }
    return row->len > len;
}

/* The first row that is not before the OID (which is given below the root); row_count if none. */
static size_t row_search(const struct mib *mib, const uint32_t *oid, size_t len)
{
    size_t low = 0, high = mib->row_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (row_compare(&mib->rows[middle], oid, len) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool below_root(const struct mib *mib, const uint32_t *oid, size_t len)
{
    return len >= mib->root_len &&
           mib_oid_compare(oid, mib->root_len, mib->root, mib->root_len) == 0;
}

/* The row whose object an OID names, NULL if there is none. */
static const struct mib_row *row_find(const struct mib *mib, const uint32_t *oid, size_t len)
{
    size_t i;

    if (!below_root(mib, oid, len))
        return NULL;
    oid += mib->root_len;
    len -= mib->root_len;
    i = row_search(mib, oid, len);
    if (i == mib->row_count || row_compare(&mib->rows[i], oid, len) != 0)
        return NULL;
    return &mib->rows[i];
}

/* Can the unit have instances of this object at all? */
bool mib_row_served(const struct mib_row *row, const struct mib_view *view)
{
    return row->get && (row->needs == 0 || (row->needs & view->snap->caps.commands) != 0);
}

static bool row_value(const struct mib_row *row, const struct mib_view *view, uint32_t pos,
                      struct mib_value *value)
{
    value->type = row->type;
    return row->get(row, view, pos, value);
}

/* An index to start from, and what is found there. */
struct cursor {
    const uint32_t *from;
    size_t len;
    bool inclusive;
    uint32_t pos; /* found: the place in the table */
    uint32_t unit;
};

/* The first place from the cursor on that has a value, on the unit of the view. */
static bool table_next(const struct mib_row *row, const struct mib_view *view, struct cursor *at,
                       struct mib_value *value)
{
    struct mib_span span;

    if (!mib_row_served(row, view))
        return false;
    span = mib_index_search(row->index, view, at->from, at->len, at->inclusive);
    for (; span.pos < span.count; span.pos++) {
        if (row_value(row, view, span.pos, value)) {
            at->pos = span.pos;
            return true;
        }
    }
    return false;
}

/* The same over all units: the index begins with the unit's number, 1 for the first. */
static bool units_next(const struct mib_row *row, const struct mib_view *view, struct cursor *at,
                       struct mib_value *value)
{
    struct mib_view unit_view = *view;
    struct cursor inner = {.inclusive = true};
    uint64_t unit = 1;

    if (at->len > 0 && at->from[0] > 0) {
        unit = at->from[0];
        inner =
            (struct cursor){.from = at->from + 1, .len = at->len - 1, .inclusive = at->inclusive};
    }
    for (; unit <= view->unit_count; unit++) {
        unit_view.snap = view->unit(view->arg, (size_t)(unit - 1));
        if (table_next(row, &unit_view, &inner, value)) {
            at->unit = (uint32_t)unit;
            at->pos = inner.pos;
            return true;
        }
        inner = (struct cursor){.inclusive = true};
    }
    return false;
}

static bool row_next(const struct mib_row *row, const struct mib_view *view, struct cursor *at,
                     struct mib_value *value)
{
    return row->per_unit ? units_next(row, view, at, value) : table_next(row, view, at, value);
}

const uint32_t *mib_root(const struct mib *mib, size_t *len)
{
    *len = mib->root_len;
    return mib->root;
}

void mib_find(const struct mib *mib, const struct mib_view *view, const uint32_t *oid, size_t len,
              struct mib_place *place)
{
    place->row = row_find(mib, oid, len);
    place->view = *view;
    place->pos = 0;
    place->there = false;
    if (!place->row)
        return;
    oid += mib->root_len + place->row->len;
    len -= mib->root_len + place->row->len;
    if (place->row->per_unit) {
        if (len == 0 || oid[0] == 0 || oid[0] > view->unit_count)
            return;
        place->view.snap = view->unit(view->arg, oid[0] - 1);
        oid++;
        len--;
    }
    place->there = mib_row_served(place->row, &place->view) &&
                   mib_index_find(place->row->index, &place->view, oid, len, &place->pos);
}

void mib_get(const struct mib *mib, const struct mib_view *view, const uint32_t *oid, size_t len,
             struct mib_value *value)
{
    struct mib_place place;

    mib_find(mib, view, oid, len, &place);
    /* RFC 3416 section 4.2.1: an object that no request could ever read is no object. */
    if (!place.row || place.row->access < MIB_READ_ONLY)
        value->type = MIB_NO_SUCH_OBJECT;
    else if (!place.there || !row_value(place.row, &place.view, place.pos, value))
        value->type = MIB_NO_SUCH_INSTANCE;
}

/*
 * Where a GETNEXT has to begin: the row, and the index there.  An OID before the root, or above it,
 * begins at the first row; one behind it gets row_count.
 */
static size_t next_start(const struct mib *mib, const uint32_t *oid, size_t len, bool inclusive,
                         struct cursor *at)
{
    size_t i;

    *at = (struct cursor){.inclusive = true};
    if (!below_root(mib, oid, len))
        return mib_oid_compare(oid, len, mib->root, mib->root_len) < 0 ? 0 : mib->row_count;
    oid += mib->root_len;
    len -= mib->root_len;
    i = row_search(mib, oid, len);
    if (i < mib->row_count && row_compare(&mib->rows[i], oid, len) == 0) {
        size_t depth = mib->rows[i].len;

        if (len > depth)
            *at = (struct cursor){.from = oid + depth, .len = len - depth, .inclusive = inclusive};
    }
    return i;
}

/* Writes the name of the instance that a cursor has found; returns its length. */
static size_t name_write(const struct mib *mib, const struct mib_row *row,
                         const struct mib_view *view, const struct cursor *at, uint32_t *out)
{
    struct mib_view unit_view;
    size_t n = 0;

    for (size_t k = 0; k < mib->root_len; k++)
        out[n++] = mib->root[k];
    for (size_t k = 0; k < row->len; k++)
        out[n++] = row->oid[k];
    if (!row->per_unit)
        return n + mib_index_write(row->index, view, at->pos, out + n);
    unit_view = *view;
    unit_view.snap = view->unit(view->arg, at->unit - 1);
    out[n++] = at->unit;
    return n + mib_index_write(row->index, &unit_view, at->pos, out + n);
}

bool mib_next(const struct mib *mib, const struct mib_view *view, const uint32_t *oid, size_t len,
              bool inclusive, const uint32_t *end, size_t end_len, uint32_t *out, size_t *out_len,
              struct mib_value *value)
{
    struct cursor at;
    size_t i = next_start(mib, oid, len, inclusive, &at);

    while (i < mib->row_count && !row_next(&mib->rows[i], view, &at, value)) {
        i++;
        at = (struct cursor){.inclusive = true};
    }
    if (i < mib->row_count) {
        *out_len = name_write(mib, &mib->rows[i], view, &at, out);
        if (end_len == 0 || mib_oid_compare(out, *out_len, end, end_len) < 0)
            return true;
    }
    value->type = MIB_END_OF_VIEW;
    return false;
}
