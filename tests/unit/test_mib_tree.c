/* SPDX-License-Identifier: BSD-2-Clause */
/* The whole of UPS-MIB on made-up units: GET of everything, GETNEXT from everywhere. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "mib_fixture.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

struct leaf {
    const char *oid; /* below mib_ups */
    enum mib_type type;
    const char *value;
};

/* The OIDs that configure wrote, "1, 3, ...", as the dotted text of the expected values. */
static const uint32_t enterprise[] = {UPS_ENTERPRISE_OID};
#define ENTERPRISE "enterprise"

#include "mib_tree.inc"

/* A tree with its names taken apart, in the order of the list. */
struct tree {
    const struct leaf *leaf;
    size_t count;
    uint32_t oid[128][MIB_OID_MAX];
    size_t len[128];
};

static void tree_read(struct tree *t, const struct leaf *leaves, size_t count)
{
    assert_true(count <= COUNT(t->len));
    t->leaf = leaves;
    t->count = count;
    for (size_t i = 0; i < count; i++)
        t->len[i] = fixture_oid(leaves[i].oid, t->oid[i]);
}

/* Puts the configured OID in the place of the word "enterprise". */
static const char *expected_text(const struct leaf *leaf, char buf[FIXTURE_TEXT])
{
    char root[FIXTURE_TEXT];
    size_t word = strlen(ENTERPRISE);

    if (strncmp(leaf->value, ENTERPRISE, word) != 0)
        return leaf->value;
    snprintf(buf, FIXTURE_TEXT, "%.200s%.60s",
             fixture_oid_text(enterprise, COUNT(enterprise), root), leaf->value + word);
    return buf;
}

static void assert_leaf(const struct leaf *leaf, const struct mib_value *value)
{
    char got[FIXTURE_TEXT], wanted[FIXTURE_TEXT];

    fixture_value_text(value, got);
    if (value->type != leaf->type || strcmp(got, expected_text(leaf, wanted)) != 0)
        fail_msg("%s: type 0x%02x '%s', expected 0x%02x '%s'", leaf->oid, (unsigned)value->type,
                 got, (unsigned)leaf->type, leaf->value);
}

/* What GETNEXT must find, by the plainest means: the first name in the list that fits. */
static size_t plain_next(const struct tree *t, const uint32_t *oid, size_t len, bool inclusive)
{
    size_t i = 0;

    while (i < t->count) {
        int order = mib_oid_compare(t->oid[i], t->len[i], oid, len);

        if (order > 0 || (order == 0 && inclusive))
            break;
        i++;
    }
    return i;
}

static void check_next(const struct fixture *f, const struct tree *t, const uint32_t *oid,
                       size_t len, bool inclusive, const uint32_t *end, size_t end_len)
{
    size_t i = plain_next(t, oid, len, inclusive), out_len = 0;
    uint32_t out[MIB_OID_MAX];
    struct mib_value value;
    char text[FIXTURE_TEXT], found_text[FIXTURE_TEXT];
    bool found =
        mib_next(&mib_ups, &f->view, oid, len, inclusive, end, end_len, out, &out_len, &value);

    if (i < t->count && end_len > 0 && mib_oid_compare(t->oid[i], t->len[i], end, end_len) >= 0)
        i = t->count;
    if (found != (i < t->count) ||
        (found && mib_oid_compare(out, out_len, t->oid[i], t->len[i]) != 0))
        fail_msg("next of %s%s: %s, expected %s", fixture_oid_text(oid, len, text),
                 inclusive ? " inclusive" : "",
                 found ? fixture_oid_text(out, out_len, found_text) : "end",
                 i < t->count ? t->leaf[i].oid : "end");
    if (found)
        assert_leaf(&t->leaf[i], &value);
    else
        assert_int_equal(value.type, MIB_END_OF_VIEW);
}

/* The list itself, GET of each row, and the chain from before the root past the end. */
static void check_chain(const struct fixture *f, const struct tree *t)
{
    struct mib_value value;
    uint32_t oid[MIB_OID_MAX];
    size_t len = 0;

    for (size_t i = 0; i < t->count; i++) {
        if (i > 0)
            assert_true(mib_oid_compare(t->oid[i - 1], t->len[i - 1], t->oid[i], t->len[i]) < 0);
        mib_get(&mib_ups, &f->view, t->oid[i], t->len[i], &value);
        assert_leaf(&t->leaf[i], &value);
    }
    for (size_t i = 0; i < t->count; i++) {
        assert_true(mib_next(&mib_ups, &f->view, oid, len, false, NULL, 0, oid, &len, &value));
        assert_int_equal(mib_oid_compare(oid, len, t->oid[i], t->len[i]), 0);
        assert_leaf(&t->leaf[i], &value);
    }
    assert_false(mib_next(&mib_ups, &f->view, oid, len, false, NULL, 0, oid, &len, &value));
    assert_int_equal(value.type, MIB_END_OF_VIEW);
}

/* GETNEXT from one OID, in all the ways there are, to ends before, at and behind the answer. */
static void check_from(const struct fixture *f, const struct tree *t, const uint32_t *oid,
                       size_t len)
{
    for (int inclusive = 0; inclusive < 2; inclusive++) {
        size_t i = plain_next(t, oid, len, inclusive != 0);

        check_next(f, t, oid, len, inclusive != 0, NULL, 0);
        for (size_t k = i > 0 ? i - 1 : 0; k < t->count && k <= i + 1; k++) {
            for (size_t end_len = t->len[k]; end_len > 5; end_len--)
                check_next(f, t, oid, len, inclusive != 0, t->oid[k], end_len);
        }
    }
}

/* GETNEXT from all prefixes of all names, their neighbours, and what could be below them. */
static void check_everywhere(const struct fixture *f, const struct tree *t)
{
    for (size_t i = 0; i < t->count; i++) {
        for (size_t len = 1; len <= t->len[i]; len++) {
            uint32_t oid[MIB_OID_MAX];

            memcpy(oid, t->oid[i], sizeof(oid));
            check_from(f, t, oid, len);
            oid[len] = 0;
            check_from(f, t, oid, len + 1);
            oid[len] = UINT32_MAX;
            check_from(f, t, oid, len + 1);
            oid[len - 1]++;
            check_from(f, t, oid, len);
            oid[len - 1] -= 2; /* of 0 it makes the largest arc there is */
            check_from(f, t, oid, len);
            oid[len - 1] = UINT32_MAX;
            check_from(f, t, oid, len);
        }
    }
}

static void check_unit(struct fixture f, const struct leaf *leaves, size_t count)
{
    struct tree tree;

    tree_read(&tree, leaves, count);
    check_chain(&f, &tree);
    check_everywhere(&f, &tree);
    fixture_free(&f);
}

static void test_one_phase(void **state)
{
    (void)state;
    check_unit(fixture_one_phase(), one_phase_tree, COUNT(one_phase_tree));
}

static void test_three_phase(void **state)
{
    (void)state;
    check_unit(fixture_three_phase(), three_phase_tree, COUNT(three_phase_tree));
}

static void test_stale(void **state)
{
    (void)state;
    check_unit(fixture_stale(), stale_tree, COUNT(stale_tree));
}

static void test_never_connected(void **state)
{
    (void)state;
    check_unit(fixture_silent(), silent_tree, COUNT(silent_tree));
}

static void test_no_such_object(void **state)
{
    static const char *const oids[] = {
        ".1",
        ".1.3.6.1.2.1.32.1.1.1.0",
        ".1.3.6.1.2.1.34",
        ".0", /* elsewhere */
        "",
        "1",
        "1.1",
        "1.3.3",
        "1.3.3.1",
        "2",
        "2.1.0",
        "3.1.1", /* above objects */
        "1.1.0",
        "1.1.7.0",
        "1.2.0",
        "1.2.8.0",
        "1.9.11.0",
        "1.10.1.0",
        "1.9.99.0", /* beside objects */
        "1.3.3.1.1",
        "1.3.3.1.1.1",
        "1.4.4.1.1.1",
        "1.5.3.1.1.1",
        "1.6.2.1.1",
        "1.6.2.1.1.3",
        "1.6.2.1.4.3",
        "1.3.3.1.6.1", /* columns */
        "1.6.3.3",
        "1.6.3.3.0",
        "1.6.3.24",
        "1.7.7.1",
        "1.7.7.1.0", /* identities */
    };
    struct fixture f = fixture_one_phase();

    (void)state;
    for (size_t i = 0; i < COUNT(oids); i++)
        assert_mib_type(&f, oids[i], MIB_NO_SUCH_OBJECT);
    fixture_free(&f);
}

static void test_no_such_instance(void **state)
{
    static const char *const oids[] = {
        "1.1.1",
        "1.1.1.1",
        "1.1.1.0.0",
        "1.9.10",
        "1.9.10.4294967295",
        "1.3.3.1.3",
        "1.3.3.1.3.0",
        "1.3.3.1.3.2",
        "1.3.3.1.3.1.0",
        "1.3.3.1.3.4294967295",
        "1.6.2.1.2",
        "1.6.2.1.2.0",
        "1.6.2.1.2.2",
        "1.6.2.1.2.4",
        "1.6.2.1.2.3.0",
        "1.6.2.1.3.4294967295",
    };
    struct fixture f = fixture_one_phase();

    (void)state;
    for (size_t i = 0; i < COUNT(oids); i++)
        assert_mib_absent(&f, oids[i]);
    fixture_free(&f);
}

static void test_out_may_be_the_question(void **state)
{
    struct fixture f = fixture_one_phase();
    uint32_t oid[MIB_OID_MAX], wanted[MIB_OID_MAX];
    size_t len = fixture_oid("1.3.2.0", oid), wanted_len = fixture_oid("1.3.3.1.2.1", wanted);
    struct mib_value value;

    (void)state;
    assert_true(mib_next(&mib_ups, &f.view, oid, len, false, NULL, 0, oid, &len, &value));
    assert_int_equal(mib_oid_compare(oid, len, wanted, wanted_len), 0);
    fixture_free(&f);
}

static int error_of(const struct fixture *f, const char *text)
{
    uint32_t oid[MIB_OID_MAX];
    struct mib_value value = {.type = MIB_INTEGER};
    struct control_item item;

    return mib_set(&mib_ups, &f->view, oid, fixture_oid(text, oid), &value, &item);
}

static void test_set_errors(void **state)
{
    static const struct {
        const char *oid;
        int error;
    } cases[] = {
        {"1.1.5.0", 17},     {"1.8.2.0", 17},     {"1.7.1.0", 17},   /* there, none allowed */
        {"1.1.1.0", 17},     {"1.9.5.0", 17},     {"1.9.5.1", 17},   /* read-only objects */
        {"1.3.3.1.1.1", 17}, {"1.6.2.1.2.3", 17}, {"1.6.3.1", 17},   /* columns, identities */
        {"1.9.99.0", 17},    {"1.1", 17},         {".1.3.6", 17},    /* no object */
        {"1.1.5.1", 11},     {"1.1.5", 11},       {"1.8.2.0.0", 11}, /* no such variable */
    };
    struct fixture f = fixture_one_phase(), without = fixture_three_phase();

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        if (error_of(&f, cases[i].oid) != cases[i].error)
            fail_msg("%s: %d, expected %d", cases[i].oid, error_of(&f, cases[i].oid),
                     cases[i].error);
    }
    assert_int_equal(error_of(&without, "1.8.2.0"), 11); /* a unit that can't be switched off */
    fixture_free(&f);
    fixture_free(&without);
}

static void test_oid_compare(void **state)
{
    static const uint32_t a[] = {1, 3, 6}, b[] = {1, 3, 6, 0}, c[] = {1, 4}, d[] = {1, UINT32_MAX};

    (void)state;
    assert_int_equal(mib_oid_compare(a, 3, a, 3), 0);
    assert_int_equal(mib_oid_compare(a, 0, b, 0), 0);
    assert_true(mib_oid_compare(a, 0, a, 1) < 0);
    assert_true(mib_oid_compare(a, 3, b, 4) < 0 && mib_oid_compare(b, 4, a, 3) > 0);
    assert_true(mib_oid_compare(b, 4, c, 2) < 0 && mib_oid_compare(c, 2, b, 4) > 0);
    assert_true(mib_oid_compare(c, 2, d, 2) < 0 && mib_oid_compare(d, 2, c, 2) > 0);
}

static void test_control_needs_commands(void **state)
{
    static const struct {
        uint32_t command;
        bool served[4]; /* upsShutdownType to upsRebootWithDuration */
    } cases[] = {
        {0, {false, false, false, false}},
        {UPS_COMMAND_BIT(SHUTDOWN_STOP), {false, false, false, false}},
        {UPS_COMMAND_BIT(BEEPER_MUTE), {false, false, false, false}},
        {UPS_COMMAND_BIT(LOAD_OFF), {true, true, false, false}},
        {UPS_COMMAND_BIT(SHUTDOWN_RETURN), {true, true, true, false}},
        {UPS_COMMAND_BIT(SHUTDOWN_STAYOFF), {true, true, false, false}},
        {UPS_COMMAND_BIT(LOAD_ON), {false, false, true, false}},
        {UPS_COMMAND_BIT(SHUTDOWN_REBOOT), {true, false, false, true}},
    };
    static const char *const oids[] = {"1.8.1.0", "1.8.2.0", "1.8.3.0", "1.8.4.0"};
    struct fixture f = fixture_one_phase();

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        f.snap->caps.commands = cases[i].command;
        for (size_t k = 0; k < COUNT(oids); k++)
            assert_mib_type(&f, oids[k], cases[i].served[k] ? MIB_INTEGER : MIB_NO_SUCH_INSTANCE);
    }
    fixture_free(&f);
}

static void test_countdowns(void **state)
{
    struct fixture f = fixture_one_phase();

    (void)state;
    fixture_set(&f, UPS_VAR_UPS_TIMER_SHUTDOWN, 0, 120000);
    fixture_set(&f, UPS_VAR_UPS_TIMER_START, 0, 0);
    fixture_set(&f, UPS_VAR_UPS_TIMER_REBOOT, 0, -1000);
    assert_mib_integer(&f, "1.8.2.0", 120);
    assert_mib_integer(&f, "1.8.3.0", 0);
    assert_mib_integer(&f, "1.8.4.0", -1);
    f.snap->fresh = false;
    assert_mib_absent(&f, "1.8.2.0");
    assert_mib_type(&f, "1.8.1.0", MIB_INTEGER);
    fixture_free(&f);
}

static void test_snapshot(void **state)
{
    struct snapshot *s = snapshot_new(UPS_ALARM_COUNT);

    (void)state;
    assert_non_null(s);
    assert_ptr_equal(snapshot_hold(s), s);
    assert_int_equal(atomic_load(&s->refs), 2);
    snapshot_release(s);
    assert_int_equal(atomic_load(&s->refs), 1);
    snapshot_release(s); /* the sanitizers see it if this does not free */
    snapshot_release(NULL);
    assert_null(snapshot_new(UPS_ALARM_COUNT + 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_phase),
        cmocka_unit_test(test_three_phase),
        cmocka_unit_test(test_stale),
        cmocka_unit_test(test_never_connected),
        cmocka_unit_test(test_no_such_object),
        cmocka_unit_test(test_no_such_instance),
        cmocka_unit_test(test_out_may_be_the_question),
        cmocka_unit_test(test_set_errors),
        cmocka_unit_test(test_oid_compare),
        cmocka_unit_test(test_control_needs_commands),
        cmocka_unit_test(test_countdowns),
        cmocka_unit_test(test_snapshot),
    };

    return cmocka_run_group_tests_name("mib_tree", tests, NULL, NULL);
}
