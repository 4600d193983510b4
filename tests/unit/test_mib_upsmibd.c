/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * UPSMIBD-MIB and entLogicalTable: what objects say, and that every way of asking gives the same
 * tree.  The seed of what is random is printed; MIB_SEED repeats it.
 */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "../../agent/mib/mib_index.h"
#include "../../agent/mib/mib_names.h"
#include "../../agent/mib/mib_values.h"
#include "mib_units.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])
#define OWN          (&mib_upsmibd)

/* -- the tables that the MIB is made of -- */

static void expand(const struct mib_name *name, char *buf, size_t size)
{
    const char *from = ups_vars[name->var].line_name;
    size_t n = 0;

    for (; *from && n + 1 < size; from++)
        buf[n++] = *from == '#' ? (char)('0' + name->line) : *from;
    buf[n] = '\0';
}

static void test_names_are_sorted_and_right(void **state)
{
    unsigned seen[UPS_VAR_COUNT][UPS_LINES_MAX + 1] = {{0}};

    (void)state;
    for (size_t i = 0; i < MIB_VARIABLES; i++) {
        const struct mib_name *name = &mib_variables[i];
        char buf[UPS_NAME_MAX];

        if (i > 0 && strcmp(mib_variables[i - 1].name, name->name) >= 0)
            fail_msg("mib_names.def: %s is in the wrong place", name->name);
        assert_in_range(strlen(name->name), 1, UPS_NAME_MAX - 1);
        if (name->var >= UPS_VAR_COUNT)
            continue;
        if (strncmp(name->name, "device.", 7) == 0 &&
            strncmp(ups_vars[name->var].name, "device.", 7) != 0)
            continue; /* a second name */
        assert_in_range(name->line, 0, ups_vars[name->var].lines > 1 ? UPS_LINES_MAX : 0);
        seen[name->var][name->line]++;
        if (name->line > 0)
            expand(name, buf, sizeof(buf));
        assert_string_equal(name->name, name->line > 0 ? buf : ups_vars[name->var].name);
    }
    for (size_t v = 0; v < UPS_VAR_COUNT; v++) {
        for (unsigned line = 0; line <= (ups_vars[v].lines > 1 ? UPS_LINES_MAX : 0U); line++) {
            if (seen[v][line] != 1)
                fail_msg("mib_names.def: %s, line %u: %u rows", ups_vars[v].name, line,
                         seen[v][line]);
        }
    }
    for (size_t i = 1; i < UPS_COMMAND_COUNT; i++) {
        if (strcmp(ups_commands[mib_commands[i - 1]].name, ups_commands[mib_commands[i]].name) >= 0)
            fail_msg("mib_names.def: %s is in the wrong place", ups_commands[mib_commands[i]].name);
    }
}

static int row_order(const struct mib_row *a, const struct mib_row *b)
{
    uint32_t left[MIB_ROW_ARCS], right[MIB_ROW_ARCS];

    for (size_t i = 0; i < MIB_ROW_ARCS; i++) {
        left[i] = a->oid[i];
        right[i] = b->oid[i];
    }
    return mib_oid_compare(left, a->len, right, b->len);
}

static void check_rows(const struct mib *mib)
{
    for (size_t i = 0; i < mib->row_count; i++) {
        const struct mib_row *row = &mib->rows[i];

        if (i > 0 && row_order(row - 1, row) >= 0)
            fail_msg("%s is in the wrong place", row->name);
        assert_int_equal(row->get != NULL, row->access >= MIB_READ_ONLY);
        assert_int_equal(row->set != NULL, row->access == MIB_READ_WRITE);
        if (row->get == mib_value_text || row->get == mib_value_known_text)
            assert_in_range(row->most, UPS_TEXT_MAX - 1, 255);
    }
}

static void test_rows_fit_the_engine(void **state)
{
    (void)state;
    check_rows(&mib_upsmibd);
    check_rows(&mib_entity);
}

/* -- walks -- */

#define WALK_MAX 4000

struct name {
    uint32_t oid[MIB_OID_MAX];
    size_t len;
};

struct walk {
    size_t count;
    struct name at[WALK_MAX];
};

/* All instances, by GETNEXT; each is checked against GET on the way. */
static struct walk *walk_all(const struct units *u, const struct mib *mib)
{
    struct walk *w = calloc(1, sizeof(*w));
    struct name n = {.len = 0};
    struct mib_value value, again;
    char text[FIXTURE_TEXT], again_text[FIXTURE_TEXT];

    assert_non_null(w);
    while (mib_next(mib, &u->view, n.oid, n.len, false, NULL, 0, n.oid, &n.len, &value)) {
        assert_true(n.len <= MIB_OID_MAX);
        assert_true(w->count < WALK_MAX);
        if (w->count > 0)
            assert_true(mib_oid_compare(w->at[w->count - 1].oid, w->at[w->count - 1].len, n.oid,
                                        n.len) < 0);
        mib_get(mib, &u->view, n.oid, n.len, &again);
        assert_int_equal(value.type, again.type);
        assert_string_equal(fixture_value_text(&value, text),
                            fixture_value_text(&again, again_text));
        w->at[w->count++] = n;
    }
    assert_int_equal(value.type, MIB_END_OF_VIEW);
    return w;
}

/* How many instances a row has, by asking for every index that there could be. */
static size_t count_by_get(const struct units *u, const struct mib *mib, const struct mib_row *row)
{
    size_t found = 0;

    for (uint32_t unit = 0; unit <= (row->per_unit ? u->view.unit_count + 1 : 0); unit++) {
        struct mib_view view = u->view;
        uint32_t oid[MIB_OID_MAX];
        size_t len;

        memcpy(oid, mib_root(mib, &len), mib->root_len * sizeof(oid[0]));
        for (size_t i = 0; i < row->len; i++)
            oid[len++] = row->oid[i];
        if (row->per_unit) {
            oid[len++] = unit;
            if (unit == 0 || unit > u->view.unit_count)
                continue;
            view.snap = u->unit[unit - 1].snap;
        }
        for (uint32_t pos = 0; pos < mib_index_count(row->index, &view); pos++) {
            struct mib_value value;

            mib_get(mib, &u->view, oid, len + mib_index_write(row->index, &view, pos, oid + len),
                    &value);
            found += value.type < MIB_NO_SUCH_OBJECT;
        }
    }
    return found;
}

static void check_walk(size_t units)
{
    struct units u;
    struct walk *w;
    size_t by_get = 0;

    units_init(&u, units);
    w = walk_all(&u, OWN);
    for (size_t i = 0; i < mib_upsmibd.row_count; i++)
        by_get += count_by_get(&u, OWN, &mib_upsmibd.rows[i]);
    assert_int_equal(w->count, by_get);
    assert_true(w->count > 300);
    free(w);
    units_free(&u);
}

static void test_walk_one_unit(void **state)
{
    (void)state;
    check_walk(1);
}

static void test_walk_three_units(void **state)
{
    (void)state;
    check_walk(3);
}

/* An agent without units has its own figures and its history. */
static void test_walk_no_unit(void **state)
{
    struct units u;
    struct walk *w;

    (void)state;
    units_init(&u, 0);
    w = walk_all(&u, OWN);
    /* 8 scalars; 3 rows of history with 8 columns, of which the units' names are not known */
    assert_int_equal(w->count, 8 + 3 * 7);
    free(w);
    w = walk_all(&u, &mib_entity);
    assert_int_equal(w->count, 0);
    free(w);
    units_free(&u);
}

/* -- GETNEXT from anywhere -- */

struct dice {
    uint64_t state;
};

static uint64_t below(struct dice *d, uint64_t n)
{
    d->state ^= d->state >> 12;
    d->state ^= d->state << 25;
    d->state ^= d->state >> 27;
    return (d->state * 2685821657736338717U >> 11) % n;
}

/* A name of the walk, changed a little. */
static struct name mutated(struct dice *d, const struct walk *w)
{
    struct name n = w->at[below(d, w->count)];
    static const uint32_t odd[] = {0, 1, 2, 46, 255, 256, 65535, 2147483647, 4294967295};

    switch (below(d, 6)) {
    case 0: n.len -= below(d, n.len + 1); break;
    case 1: n.oid[n.len - 1]++; break;
    case 2: n.oid[n.len - 1]--; break; /* 0 becomes the greatest that there is */
    case 3: n.oid[below(d, n.len)] = odd[below(d, COUNT(odd))]; break;
    case 4:
        if (n.len < MIB_OID_MAX - 1)
            n.oid[n.len++] = odd[below(d, COUNT(odd))];
        break;
    default: break;
    }
    return n;
}

/* What the walk says comes at or after a name. */
static size_t expected_at(const struct walk *w, const struct name *n, bool inclusive)
{
    size_t i = 0;

    while (i < w->count) {
        int order = mib_oid_compare(w->at[i].oid, w->at[i].len, n->oid, n->len);

        if (order > 0 || (order == 0 && inclusive))
            break;
        i++;
    }
    return i;
}

static void test_next_from_anywhere(void **state)
{
    const char *given = getenv("MIB_SEED");
    struct dice d = {given ? strtoull(given, NULL, 0) : (uint64_t)time(NULL)};
    struct units u;
    struct walk *w;

    (void)state;
    printf("# MIB_SEED=%" PRIu64 "\n", d.state);
    units_init(&u, 3);
    w = walk_all(&u, OWN);
    for (unsigned i = 0; i < 20000; i++) {
        struct name n = mutated(&d, w), end = mutated(&d, w), out;
        bool inclusive = below(&d, 2) > 0, bounded = below(&d, 3) == 0, got;
        size_t expected = expected_at(w, &n, inclusive);
        struct mib_value value;

        got = mib_next(OWN, &u.view, n.oid, n.len, inclusive, end.oid, bounded ? end.len : 0,
                       out.oid, &out.len, &value);
        if (expected < w->count && bounded && end.len > 0 &&
            mib_oid_compare(w->at[expected].oid, w->at[expected].len, end.oid, end.len) >= 0)
            expected = w->count;
        assert_int_equal(got, expected < w->count);
        if (got)
            assert_int_equal(
                mib_oid_compare(out.oid, out.len, w->at[expected].oid, w->at[expected].len), 0);
        mib_get(OWN, &u.view, n.oid, n.len, &value);
        assert_int_equal(value.type < MIB_NO_SUCH_OBJECT,
                         expected_at(w, &n, true) != expected_at(w, &n, false));
    }
    free(w);
    units_free(&u);
}

/* -- values -- */

struct expected {
    const char *oid, *value;
};

static void check_values(const struct mib *mib, const struct expected *list, size_t count)
{
    struct units u;

    units_init(&u, 3);
    for (size_t i = 0; i < count; i++)
        assert_units(&u, mib, list[i].oid, list[i].value);
    units_free(&u);
}

#define ABSENT "noSuchInstance"
#define NONE   "noSuchObject"

static void test_agent_and_units(void **state)
{
    static const struct expected list[] = {
        {"1.2.0", "07e70b0d160d14002b0000"}, /* 2023-11-13 22:13:20.0 +0:0 */
        {"1.3.0", "3"},
        {"1.4.0", "4294967295"},
        {"1.5.0", "3"},
        {"1.6.0", "1000"},
        {"1.7.0", "2"},
        {"1.8.0", "1"},
        {"2.1.1.1.1", NONE}, /* in notifications alone */
        {"2.1.1.2.1", "ups1"},
        {"2.1.1.2.3", "ups3"},
        {"2.1.1.2.4", ABSENT},
        {"2.1.1.2.0", ABSENT},
        {"2.1.1.2", ABSENT},
        {"2.1.1.2.1.0", ABSENT},
        {"2.1.1.3.2", "two"},
        {"2.1.1.4.1", "made-up"},
        {"2.1.1.5.2", "tcp:host:502"},
        {"2.1.1.6.1", "rack 3, left"},
        {"2.1.1.6.2", ""},
        {"2.1.1.7.1", "2"},
        {"2.1.1.7.3", "1"},
        {"2.1.1.8.1", "7200"},
        {"2.1.1.9.1", "1"},
        {"2.1.1.9.3", ABSENT},
        {"2.1.1.10.1", "1"},
        {"2.1.1.10.3", "2"},
        {"2.1.1.13.1", "2102311ABC"},
        {"2.1.1.13.2", ABSENT},
        {"2.1.1.17.1", "123456"},
        {"2.1.1.21.1", "4"},
        {"2.1.1.23.1", "640"},
        {"2.1.1.23.3", ABSENT},
        {"2.1.1.24.1", "timeout"},
        {"2.1.1.24.3", ABSENT},
        {"2.1.1.25.1", "600"},
        {"2.1.1.26.1", "@@"},   /* OL 1, RB 9 */
        {"2.1.1.26.2", "20a0"}, /* OB 2, DISCHRG 8, CAL 10 */
        {"2.1.1.26.3", ABSENT},
        {"2.1.1.27.1", "0102ff"},
        {"2.1.1.27.2", ABSENT},
        {"2.1.1.28.2", "3"},
        {"2.1.1.29.1", "2"},
        {"2.1.1.29.2", "3"},
    };

    (void)state;
    check_values(OWN, list, COUNT(list));
}

static void test_readings(void **state)
{
    static const struct expected list[] = {
        {"3.1.1.1.1", "1000"},   {"3.1.1.1.2", "634"},    {"3.1.1.1.3", ABSENT},
        {"3.1.1.2.1", "2759"},   {"3.1.1.3.1", "300"},    {"3.1.1.4.1", "819"},
        {"3.1.1.4.2", "3783"},                       /* of a negative half */
        {"3.1.1.5.1", "720"},    {"3.1.1.6.1", "3"}, /* 0.25 A */
        {"3.1.1.6.2", "-255"},   {"3.1.1.7.1", "246"},    {"3.1.1.7.2", "-45"},
        {"3.1.1.8.1", "90"},     {"3.1.1.9.1", "6"},      {"3.1.1.10.1", "3"},
        {"3.1.1.11.2", "3"},     {"3.1.1.12.1", "2300"},  {"3.1.1.13.1", "500"},
        {"3.1.1.17.1", "499"},   {"3.1.1.19.2", "500"},   {"3.1.1.22.1", "2000"},
        {"3.1.1.24.1", "720"},   {"3.1.1.24.2", ABSENT}, /* no VA of any line */
        {"3.1.1.25.2", "4983"},  {"3.1.1.26.1", "313"},   {"3.1.1.28.1", "60"},
        {"3.2.1.1.1.1", NONE},   {"3.2.1.2.1.1", "2314"}, {"3.2.1.2.1.2", ABSENT},
        {"3.2.1.2.2.1", "12"},   {"3.2.1.2.2.3", "5"},    {"3.2.1.2.2.4", ABSENT},
        {"3.2.1.3.1.1", "33"},   {"3.2.1.3.2.1", ABSENT}, {"3.2.1.4.1.1", "500"},
        {"3.2.1.2.3.1", ABSENT}, {"3.3.1.3.2.1", "120"},  {"3.3.1.3.2.2", ABSENT}, /* -0.1 A */
        {"3.3.1.4.2.3", "3"},    {"3.3.1.5.1.1", "720"},  {"3.3.1.6.1.1", "375"},
        {"3.3.1.6.2.2", "2120"}, {"3.3.1.7.1.1", "850"},  {"3.3.1.7.2.1", ABSENT},
        {"3.4.1.2.2.3", "2300"}, {"3.4.1.3.1.1", "0"},
    };

    (void)state;
    check_values(OWN, list, COUNT(list));
}

static void test_variables(void **state)
{
    static const struct expected list[] = {
        {"4.1.1.1.1.'battery.charge'", NONE},
        {"4.1.1.2.1.'battery.charge'", "100"},
        {"4.1.1.2.1.'battery.voltage'", "81.90"},
        {"4.1.1.2.1.'battery.voltag'", ABSENT},
        {"4.1.1.2.1.'battery.voltages'", ABSENT},
        {"4.1.1.2.1", ABSENT},
        {"4.1.1.2.1.'input.voltage'", "231.4"},
        {"4.1.1.2.1.'input.L1-N.voltage'", ABSENT},
        {"4.1.1.2.2.'input.voltage'", ABSENT},
        {"4.1.1.2.2.'input.L1-N.voltage'", "1.2"},
        {"4.1.1.2.2.'input.L3-N.voltage'", "0.5"},
        {"4.1.1.2.1.'ups.load'", "37.5"},
        {"4.1.1.2.2.'output.L2.power.percent'", "212.0"},
        {"4.1.1.2.1.'ups.status'", "OL RB"},
        {"4.1.1.2.3.'ups.status'", ABSENT},
        {"4.1.1.2.1.'ups.alarm'", "one or more batteries need replacing; 35/1: replace battery"},
        {"4.1.1.2.2.'ups.alarm'", ABSENT},
        {"4.1.1.2.1.'device.mfr'", "HUAWEI"},
        {"4.1.1.2.1.'device.type'", "ups"},
        {"4.1.1.2.1.'ups.beeper.status'", "enabled"},
        {"4.1.1.2.1.'ups.timer.reboot'", "42"},
        {"4.1.1.2.1.'ups.timer.shutdown'", "-1"},
        {"4.1.1.2.2.'ups.timer.shutdown'", ABSENT},
        {"4.1.1.3.1.'battery.charge'", "1"},
        {"4.1.1.3.1.'ups.beeper.status'", "2"},
        {"4.1.1.3.1.'ups.status'", "3"},
        {"4.1.1.4.1.'battery.temperature'", "degC"},
        {"4.1.1.4.1.'ups.model'", ""},
        {"4.1.1.5.1.'battery.runtime.low'", "1"},
        {"4.1.1.5.1.'battery.charge'", "2"},
        {"4.1.1.6.1.'battery.runtime.low'", "60..600 step 60"},
        {"4.1.1.6.1.'battery.voltage.nominal'", "-1.5..600.5"},
        {"4.1.1.6.1.'ups.beeper.status'", "disabled enabled"},
        {"4.1.1.6.1.'battery.charge'", ABSENT},
        {"4.1.1.7.1.'battery.charge'", "1"},
        {"4.1.1.7.1.'ups.timer.shutdown'", "0"},
        {"4.1.1.8.1.'battery.charge'", "2"},
        {"4.1.1.8.1.'ups.timer.shutdown'", "1"},
        {"4.1.1.8.1.'ups.timer.reboot'", "2"},
    };

    (void)state;
    check_values(OWN, list, COUNT(list));
}

/* Countdowns, muting and the low battery time that the agent keeps itself. */
static void test_variables_of_the_agent(void **state)
{
    struct units u;

    (void)state;
    units_init(&u, 1);
    u.unit[0].snap->muted = true;
    u.unit[0].snap->low_minutes = 7;
    u.unit[0].snap->timers =
        (struct snap_timers){SNAP_COUNT_SHUTDOWN, FIXTURE_NOW + 59001, FIXTURE_NOW + 100000};
    assert_units(&u, OWN, "4.1.1.2.1.'ups.beeper.status'", "muted");
    assert_units(&u, OWN, "4.1.1.8.1.'ups.beeper.status'", "1");
    assert_units(&u, OWN, "4.1.1.2.1.'battery.runtime.low'", "420");
    assert_units(&u, OWN, "3.1.1.3.1", "420");
    assert_units(&u, OWN, "4.1.1.2.1.'ups.timer.shutdown'", "60");
    assert_units(&u, OWN, "4.1.1.2.1.'ups.timer.start'", "100");
    assert_units(&u, OWN, "5.2.1.3.1", "3");
    assert_units(&u, OWN, "5.2.1.8.1", "60");
    assert_units(&u, OWN, "5.2.1.9.1", "60");
    units_free(&u);
}

/* As many whole texts as there is room for, however many alarms there are. */
static void test_long_alarm_list(void **state)
{
    struct units u;
    char text[FIXTURE_TEXT];
    size_t len;

    (void)state;
    units_init(&u, 1);
    memset(&u.unit[0].snap->reading.alarms, 0xff, sizeof(u.unit[0].snap->reading.alarms));
    units_get(&u, OWN, "4.1.1.2.1.'ups.alarm'", text);
    len = strlen(text);
    assert_in_range(len, 80, MIB_VALUE_MAX * 4 - 1);
    assert_memory_equal(text, "one or more batteries need replacing; the UPS draws", 51);
    assert_true(text[len - 1] != ' ' && text[len - 1] != ';');
    units_free(&u);
}

static void test_commands(void **state)
{
    static const struct expected list[] = {
        {"5.1.1.1.1.'load.off'", NONE},
        {"5.1.1.2.1.'load.off'", "load"},
        {"5.1.1.2.2.'load.off'", ABSENT},
        {"5.1.1.2.1.'load.of'", ABSENT},
        {"5.1.1.3.1.'load.off'", "1"},
        {"5.1.1.4.1.'load.off'", ""},
        {"5.1.1.4.1.'shutdown.return'", "s"},
        {"5.1.1.5.1.'load.off'", ABSENT},
        {"5.1.1.5.1.'shutdown.return'", "0"},
        {"5.1.1.6.1.'shutdown.return'", "5940"},
        {"5.1.1.6.1.'shutdown.reboot'", "300"},
        {"5.1.1.7.1.'beeper.disable'", "5"},
        {"5.1.1.7.1.'beeper.enable'", "1"},
        {"5.1.1.8.1.'beeper.disable'", "3"},
        {"5.1.1.8.1.'load.on'", "2"},
        {"5.1.1.8.1.'load.off'", "1"},
        {"5.1.1.9.1.'load.off'", "-1"},
        {"5.1.1.10.1.'beeper.disable'", "done in 52 ms"},
        {"5.1.1.10.1.'load.off'", ""},
        {"5.1.1.11.1.'beeper.disable'", "07e70b0e160d12002b0000"},
        {"5.1.1.11.1.'load.off'", ABSENT},
        {"5.1.1.12.1.'beeper.disable'", "52"},
        {"5.1.1.12.1.'load.on'", "700"},
        {"5.1.1.12.1.'load.off'", ABSENT},
    };

    (void)state;
    check_values(OWN, list, COUNT(list));
}

/* Before the first command of all there is nothing to tell, and the locks stand at their start. */
static void test_commands_never_given(void **state)
{
    struct units u;

    (void)state;
    units_init(&u, 2);
    u.unit[1].snap->caps.commands = UPS_COMMAND_BIT(LOAD_OFF);
    assert_units(&u, OWN, "5.1.1.7.2.'load.off'", "1");
    assert_units(&u, OWN, "5.1.1.8.2.'load.off'", "1");
    assert_units(&u, OWN, "5.1.1.10.2.'load.off'", "");
    assert_units(&u, OWN, "5.1.1.11.2.'load.off'", ABSENT);
    assert_units(&u, OWN, "5.1.1.12.2.'load.off'", ABSENT);
    assert_units(&u, OWN, "5.1.1.7.2.'load.on'", ABSENT);
    units_free(&u);
}

static void test_controls(void **state)
{
    static const struct expected list[] = {
        {"5.2.1.1.1", "2"},    {"5.2.1.1.2", "2"},    {"5.2.1.1.3", ABSENT},
        {"5.2.1.2.1", "2"},    {"5.2.1.2.2", ABSENT}, {"5.2.1.3.1", "2"},
        {"5.2.1.3.2", ABSENT}, {"5.2.1.4.1", "1"},    {"5.2.1.4.3", ABSENT},
        {"5.2.1.5.1", "1"},    {"5.2.1.5.2", "4"},    {"5.2.1.6.1", "2"},
        {"5.2.1.6.2", "5"},    {"5.2.1.6.3", "6"},    {"5.2.1.7.1", "battery weak"},
        {"5.2.1.8.1", "-1"},   {"5.2.1.8.2", ABSENT}, {"5.2.1.10.1", "1"},
        {"5.2.1.11.1", "1"},   {"5.2.1.11.3", "1"},
    };
    struct units u;
    struct snapshot *s;

    (void)state;
    check_values(OWN, list, COUNT(list));
    units_init(&u, 1);
    s = u.unit[0].snap;
    s->reading.status = UPS_STATUS_MASK(BYPASS) | UPS_STATUS_MASK(OFF) | UPS_STATUS_MASK(ECO);
    ups_unset(&s->reading, UPS_VAR_UPS_ECO_ENABLED, 0);
    s->test_result = SNAP_TEST_RUNNING;
    s->test_id = SNAP_TEST_ID_DEEP;
    assert_units(&u, OWN, "5.2.1.1.1", "1");
    assert_units(&u, OWN, "5.2.1.2.1", "1");
    assert_units(&u, OWN, "5.2.1.4.1", "2");
    assert_units(&u, OWN, "5.2.1.5.1", "3");
    units_free(&u);
}

static void test_alarms_and_counters(void **state)
{
    static const struct expected list[] = {
        {"6.1.1.2.1.3", "1.3.6.1.2.1.33.1.6.3.1"},
        {"6.1.1.2.1.4", ABSENT},
        {"6.1.1.3.1.2147483647", "35/1: replace battery"},
        {"6.1.1.4.1.3", "2"},
        {"6.1.1.4.2.2", "3"},
        {"6.1.1.4.2.9", "1"},
        {"6.1.1.5.1.3", ABSENT}, /* there before the agent was */
        {"6.1.1.5.1.2147483647", "07e70b0e160c14002b0000"},
        {"6.1.1.6.1.3", ABSENT},
        {"6.1.1.6.1.2147483647", "35/1"},
        {"6.2.1.1.7", NONE},
        {"6.2.1.2.7", "2"},
        {"6.2.1.3.7", "ups2"},
        {"6.2.1.4.8", "2"},
        {"6.2.1.5.7", "1.3.6.1.2.1.33.1.6.3.2"},
        {"6.2.1.6.8", "35/1: replace battery"},
        {"6.2.1.7.7", "2"},
        {"6.2.1.8.7", "1"},
        {"6.2.1.8.4000000000", "2"},
        {"6.2.1.9.4000000000", "07e70b0e160d13092b0000"},
        {"6.2.1.9.9", ABSENT},
        {"6.3.1.1.1", "12"},
        {"6.3.1.2.1", "1"},
        {"6.3.1.3.1", "61"},
        {"6.3.1.3.2", "61"}, /* the stay that lasts */
        {"6.3.1.4.1", "3"},
        {"6.3.1.5.1", "0"},
        {"6.3.1.5.2", "61"},
        {"6.3.1.6.1", "2"},
        {"6.3.1.7.1", "2"},
        {"6.3.1.7.2", "1"},
        {"6.3.1.8.1", "07e70b0d160d14002b0000"},
        {"6.3.1.8.2", ABSENT},
        {"6.4.1.1.1.1", "1876"},
        {"6.4.1.2.1.1", "2460"},
        {"6.4.1.1.2.1", ABSENT},
        {"7.1.0", NONE},
    };

    (void)state;
    check_values(OWN, list, COUNT(list));
}

static void test_entity(void **state)
{
    static const struct expected list[] = {
        {"1.1.1", NONE},   {"1.2.1", "rack 3, left"},   {"1.2.2", "ups2"},
        {"1.2.4", ABSENT}, {"1.3.2", "1.3.6.1.2.1.33"}, {"1.8.2", "two"},
        {"1.7.1", NONE},   {"1.8.1", "ups1"},
    };

    (void)state;
    check_values(&mib_entity, list, COUNT(list));
}

/* Figures that no UPS should give are absent or at a bound, and none does harm. */
static void test_extremes(void **state)
{
    static const int64_t odd[] = {INT64_MIN, INT64_MIN + 1, -1, INT64_MAX, 65535000, -273000};
    struct units u;

    (void)state;
    for (size_t i = 0; i < COUNT(odd); i++) {
        struct snapshot *s;
        struct walk *w;

        units_init(&u, 2);
        for (unsigned v = 0; v < UPS_VAR_COUNT; v++) {
            for (unsigned line = 0; line < ups_vars[v].lines; line++)
                fixture_set(&u.unit[1], (enum ups_var)v, line, odd[i]);
        }
        s = u.unit[1].snap;
        s->counters.battery_since = s->counters.bypass_since = odd[i];
        s->counters.volt_min[0] = s->counters.volt_max[0] = odd[i];
        s->counters.battery_ms = INT64_MAX;
        s->link_since_ms = s->good_ms = s->error_ms = odd[i];
        for (uint32_t a = 0; a < s->alarm_count; a++)
            s->alarm[a].since_ms = odd[i];
        u.agent->start_wall = u.agent->history[0].wall_ms = odd[i];
        w = walk_all(&u, OWN);
        assert_units(&u, OWN, "3.1.1.7.2", odd[i] == -1 ? "0" : ABSENT); /* temperature */
        if (odd[i] > INT32_MAX || odd[i] < INT32_MIN)
            assert_units(&u, OWN, "3.1.1.6.2", ABSENT); /* battery current */
        free(w);
        units_free(&u);
    }
}

/* Cut off, not rounded: the row of the history, which has the moment, is never earlier. */
static void test_alarm_since_is_cut_off(void **state)
{
    static const struct {
        int64_t age_ms;
        const char *since;
    } list[] = {
        {0, "07e70b0e160d14002b0000"},    /* 22:13:20 */
        {1, "07e70b0e160d13002b0000"},    /* 22:13:19 */
        {500, "07e70b0e160d13002b0000"},  /* which rounding would make 22:13:20 */
        {1000, "07e70b0e160d13002b0000"}, /* 22:13:19 */
        {1001, "07e70b0e160d12002b0000"}, /* 22:13:18 */
    };
    struct units u;

    (void)state;
    units_init(&u, 1);
    struct snap_alarm *row = NULL;
    for (uint32_t a = 0; a < u.unit[0].snap->alarm_count; a++)
        if (u.unit[0].snap->alarm[a].id == INT32_MAX)
            row = &u.unit[0].snap->alarm[a];
    assert_non_null(row);
    for (size_t i = 0; i < COUNT(list); i++) {
        row->since_ms = FIXTURE_NOW - list[i].age_ms;
        assert_units(&u, OWN, "6.1.1.5.1.2147483647", list[i].since);
    }
    units_free(&u);
}

static void test_dates(void **state)
{
    static const struct {
        int64_t wall_ms;
        unsigned char date[MIB_DATE_LEN];
    } list[] = {
        {INT64_MIN, {7, 178, 1, 1, 0, 0, 0, 0, '+', 0, 0}},
        {0, {7, 178, 1, 1, 0, 0, 0, 0, '+', 0, 0}},
        {951782399900, {7, 208, 2, 28, 23, 59, 59, 9, '+', 0, 0}},
        {951782400000, {7, 208, 2, 29, 0, 0, 0, 0, '+', 0, 0}},
        {951868800000, {7, 208, 3, 1, 0, 0, 0, 0, '+', 0, 0}},
        {4107542399999, {8, 52, 2, 28, 23, 59, 59, 9, '+', 0, 0}}, /* 2100 is no leap year */
        {4107542400000, {8, 52, 3, 1, 0, 0, 0, 0, '+', 0, 0}},
        {INT64_MAX, {39, 15, 12, 31, 23, 59, 59, 9, '+', 0, 0}},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(list); i++) {
        char date[MIB_DATE_LEN];

        assert_int_equal(mib_date_and_time(list[i].wall_ms, date), MIB_DATE_LEN);
        assert_memory_equal(date, list[i].date, MIB_DATE_LEN);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names_are_sorted_and_right),
        cmocka_unit_test(test_rows_fit_the_engine),
        cmocka_unit_test(test_walk_one_unit),
        cmocka_unit_test(test_walk_three_units),
        cmocka_unit_test(test_walk_no_unit),
        cmocka_unit_test(test_next_from_anywhere),
        cmocka_unit_test(test_agent_and_units),
        cmocka_unit_test(test_readings),
        cmocka_unit_test(test_variables),
        cmocka_unit_test(test_variables_of_the_agent),
        cmocka_unit_test(test_long_alarm_list),
        cmocka_unit_test(test_commands),
        cmocka_unit_test(test_commands_never_given),
        cmocka_unit_test(test_controls),
        cmocka_unit_test(test_alarms_and_counters),
        cmocka_unit_test(test_entity),
        cmocka_unit_test(test_extremes),
        cmocka_unit_test(test_alarm_since_is_cut_off),
        cmocka_unit_test(test_dates),
    };

    return cmocka_run_group_tests_name("mib_upsmibd", tests, NULL, NULL);
}
