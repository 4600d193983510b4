/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of UPS-MIB against a list of RFC 1628's objects, and what the engine asks of a table.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "../../agent/mib/mib_row.h"
#include "mib_fixture.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* Tags of the wire, RFC 3416 section 3 and X.690. */
enum {
    INTEGER = 0x02,
    OCTET_STRING = 0x04,
    OBJECT_IDENTIFIER = 0x06,
    COUNTER32 = 0x41,
    GAUGE32 = 0x42,
    TIMETICKS = 0x43,
};

static const struct object {
    const char *oid, *name;
    unsigned type;
    const char *access;
} rfc1628[] = {
#include "mib_rfc1628.inc"
};

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

static size_t row_oid(const struct mib_row *row, uint32_t *out)
{
    for (size_t i = 0; i < row->len; i++)
        out[i] = row->oid[i];
    return row->len;
}

static void test_rows_are_rfc1628(void **state)
{
    (void)state;
    assert_int_equal(mib_ups.row_count, COUNT(rfc1628));
    for (size_t i = 0; i < COUNT(rfc1628); i++) {
        const struct mib_row *row = &mib_ups.rows[i];
        uint32_t oid[MIB_OID_MAX];
        char text[FIXTURE_TEXT];

        assert_string_equal(row->name, rfc1628[i].name);
        assert_string_equal(fixture_oid_text(oid, row_oid(row, oid), text), rfc1628[i].oid);
        if ((unsigned)row->type != rfc1628[i].type)
            fail_msg("%s: type 0x%02x", row->name, (unsigned)row->type);
        assert_string_equal(access_word(row->access), rfc1628[i].access);
    }
}

static void test_root(void **state)
{
    char text[FIXTURE_TEXT];
    size_t len;
    const uint32_t *root = mib_root(&mib_ups, &len);

    (void)state;
    assert_string_equal(fixture_oid_text(root, len, text), "1.3.6.1.2.1.33");
}

/* Sorted, no row below another, and only what nobody may read has no getter. */
static void test_rows_fit_the_engine(void **state)
{
    (void)state;
    for (size_t i = 0; i < mib_ups.row_count; i++) {
        const struct mib_row *row = &mib_ups.rows[i];
        uint32_t a[MIB_OID_MAX], b[MIB_OID_MAX];

        assert_in_range(row->len, 1, MIB_ROW_ARCS);
        assert_int_equal(row->get == NULL, row->access == MIB_NOT_ACCESSIBLE);
        if (i == 0)
            continue;
        assert_true(mib_oid_compare(a, row_oid(row - 1, a), b, row_oid(row, b)) < 0);
        assert_false(row[-1].len <= row->len && memcmp(a, b, row[-1].len * sizeof(a[0])) == 0);
    }
}

/* A column has five sub-identifiers in RFC 1628, a scalar three; only columns have an index. */
static void test_index_kinds(void **state)
{
    (void)state;
    for (size_t i = 0; i < mib_ups.row_count; i++) {
        const struct mib_row *row = &mib_ups.rows[i];

        assert_int_equal(row->len, row->index == MIB_SCALAR ? 3 : 5);
        switch (row->index) {
        case MIB_SCALAR: break;
        case MIB_INPUT_LINE: assert_int_equal(row->oid[1], 3); break;
        case MIB_OUTPUT_LINE: assert_int_equal(row->oid[1], 4); break;
        case MIB_BYPASS_LINE: assert_int_equal(row->oid[1], 5); break;
        case MIB_ALARM_ROW: assert_int_equal(row->oid[1], 6); break;
        default: fail_msg("%s: not an index of RFC 1628", row->name);
        }
        assert_false(row->per_unit);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows_are_rfc1628),
        cmocka_unit_test(test_root),
        cmocka_unit_test(test_rows_fit_the_engine),
        cmocka_unit_test(test_index_kinds),
    };

    return cmocka_run_group_tests_name("mib_rows", tests, NULL, NULL);
}
