/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The engine of the object layer: finds rows by OID and instances by index.  No object is known
 * here by name.
 *
 * Every variable's name is root, row, and one sub-identifier of index.  No row's OID is a prefix of
 * another's, so that the order of names is the order of rows, then of indexes.
 */
#include "mib.h"

#include "mib_row.h"
#include "mib_values.h"

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

/* Place of the first alarm whose id is at least `id`; alarm_count if none. */
static uint32_t alarm_search(const struct snapshot *snap, uint64_t id)
{
    uint32_t low = 0, high = snap->alarm_count;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (snap->alarm[middle].id < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* The first index that a row's table has from `least` on, and its position. */
static bool index_search(const struct mib_row *row, const struct mib_view *view, uint64_t least,
                         uint32_t *index, uint32_t *pos)
{
    switch (row->index) {
    case MIB_SCALAR: *pos = *index = 0; return least == 0;
    case MIB_ALARM_ROW:
        *pos = alarm_search(view->snap, least);
        if (*pos == view->snap->alarm_count)
            return false;
        *index = view->snap->alarm[*pos].id;
        return true;
    default:
        if (least == 0)
            least = 1;
        if ((int64_t)least > mib_rows_present(row->index, view))
            return false;
        *index = (uint32_t)least;
        *pos = *index - 1;
        return true;
    }
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

/* The first instance of a row with an index from `least` on that has a value. */
static bool row_next(const struct mib_row *row, const struct mib_view *view, uint64_t least,
                     uint32_t *index, struct mib_value *value)
{
    uint32_t pos;

    if (!mib_row_served(row, view))
        return false;
    while (index_search(row, view, least, index, &pos)) {
        if (row_value(row, view, pos, value))
            return true;
        least = (uint64_t)*index + 1;
    }
    return false;
}

const uint32_t *mib_root(const struct mib *mib, size_t *len)
{
    *len = mib->root_len;
    return mib->root;
}

void mib_find(const struct mib *mib, const struct mib_view *view, const uint32_t *oid, size_t len,
              struct mib_place *place)
{
    uint32_t index;

    *place = (struct mib_place){.row = row_find(mib, oid, len), .view = *view};
    if (!place->row)
        return;
    place->there = len == mib->root_len + place->row->len + 1 && mib_row_served(place->row, view) &&
                   index_search(place->row, view, oid[len - 1], &index, &place->pos) &&
                   index == oid[len - 1];
}

void mib_get(const struct mib *mib, const struct mib_view *view, const uint32_t *oid, size_t len,
             struct mib_value *value)
{
    struct mib_place place;

    mib_find(mib, view, oid, len, &place);
    /* RFC 3416 section 4.2.1: an object that no request could ever read is no object. */
    if (!place.row || place.row->access == MIB_NOT_ACCESSIBLE)
        value->type = MIB_NO_SUCH_OBJECT;
    else if (!place.there || !row_value(place.row, &place.view, place.pos, value))
        value->type = MIB_NO_SUCH_INSTANCE;
}

/*
 * Where a GETNEXT has to begin: the row, and the least index there.  An OID before the root, or
 * above it, begins at the first row; one behind it gets row_count.
 */
static size_t next_start(const struct mib *mib, const uint32_t *oid, size_t len, bool inclusive,
                         uint64_t *least)
{
    size_t i;

    *least = 0;
    if (!below_root(mib, oid, len))
        return mib_oid_compare(oid, len, mib->root, mib->root_len) < 0 ? 0 : mib->row_count;
    oid += mib->root_len;
    len -= mib->root_len;
    i = row_search(mib, oid, len);
    if (i < mib->row_count && row_compare(&mib->rows[i], oid, len) == 0) {
        size_t depth = mib->rows[i].len;

        /* "index.x" comes after "index", and nothing is ever named so */
        if (len > depth)
            *least = (uint64_t)oid[depth] + (len > depth + 1 || !inclusive);
    }
    return i;
}

bool mib_next(const struct mib *mib, const struct mib_view *view, const uint32_t *oid, size_t len,
              bool inclusive, const uint32_t *end, size_t end_len, uint32_t *out, size_t *out_len,
              struct mib_value *value)
{
    uint64_t least;
    uint32_t index;
    size_t i = next_start(mib, oid, len, inclusive, &least);

    while (i < mib->row_count && !row_next(&mib->rows[i], view, least, &index, value)) {
        i++;
        least = 0;
    }
    if (i < mib->row_count) {
        const struct mib_row *row = &mib->rows[i];
        size_t n = 0;

        for (size_t k = 0; k < mib->root_len; k++)
            out[n++] = mib->root[k];
        for (size_t k = 0; k < row->len; k++)
            out[n++] = row->oid[k];
        out[n++] = index;
        *out_len = n;
        if (end_len == 0 || mib_oid_compare(out, n, end, end_len) < 0)
            return true;
    }
    value->type = MIB_END_OF_VIEW;
    return false;
}
