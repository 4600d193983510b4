/* SPDX-License-Identifier: BSD-2-Clause */
/* What getters end with: a result in the form that the row's type asks for. */
#ifndef MIB_GIVE_H
#define MIB_GIVE_H

#include <string.h>

#include "mib.h"

/* Serves a whole number if the object's type can hold it. */
static inline bool give_integer(struct mib_value *value, int64_t n)
{
    if (n < INT32_MIN || n > INT32_MAX)
        return false;
    value->v.integer = (int32_t)n;
    return true;
}

static inline bool give_unsigned(struct mib_value *value, uint32_t n)
{
    value->v.number = n;
    return true;
}

/* TruthValue */
static inline bool give_truth(struct mib_value *value, bool yes)
{
    return give_integer(value, yes ? 1 : 2);
}

/* Serves text that outlives the value, cut at `most` bytes. */
static inline bool give_text(struct mib_value *value, const char *text, size_t most)
{
    value->v.octets = text;
    value->len = strnlen(text, most);
    return true;
}

/* Serves `len` bytes that stand in the value's own buffer. */
static inline bool give_buffer(struct mib_value *value, size_t len)
{
    value->v.octets = value->text_buf;
    value->len = len;
    return true;
}

/* Serves the OID of `len` sub-identifiers that stands in the value's own buffer. */
static inline bool give_oid(struct mib_value *value, size_t len)
{
    value->v.oid = value->oid_buf;
    value->len = len;
    return true;
}

/* Whole seconds from `since` to `until`, 0 at least; more than the type can hold: its most. */
static inline bool give_seconds(struct mib_value *value, int64_t since, int64_t until)
{
    int64_t seconds;

    if (since < 0 && until > INT64_MAX + since)
        return give_integer(value, INT32_MAX);
    seconds = until > since ? (until - since) / 1000 : 0;
    return give_integer(value, seconds < INT32_MAX ? seconds : INT32_MAX);
}

/* milli / per to the nearest whole, halves away from 0. */
static inline int64_t rounded(int64_t milli, int32_t per)
{
    int64_t quotient = milli / per, rest = milli % per;

    if (2 * rest >= per)
        return quotient + 1;
    if (2 * rest <= -(int64_t)per)
        return quotient - 1;
    return quotient;
}

#endif
