/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Properties that hold for any unit: snapshots at random, walked.  The seed is printed; to repeat a
 * run, give it in MIB_SEED.  With the argument "bench" it measures instead of testing.
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

#include "../../agent/mib/mib_row.h"
#include "mib_fixture.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])
#define UNITS        2000

/* xorshift64*: any good generator will do, but the same one everywhere. */
struct dice {
    uint64_t state;
};

static uint64_t roll(struct dice *d)
{
    d->state ^= d->state >> 12;
    d->state ^= d->state << 25;
    d->state ^= d->state >> 27;
    return d->state * 2685821657736338717U;
}

static uint64_t below(struct dice *d, uint64_t n)
{
    return (roll(d) >> 11) % n;
}

static uint64_t seed_of_run(void)
{
    const char *given = getenv("MIB_SEED");
    uint64_t seed = given ? strtoull(given, NULL, 0) : (uint64_t)time(NULL);

    return seed ? seed : 1;
}

/* Values as units give them, and now and then such as no unit should. */
static int64_t random_value(struct dice *d)
{
    static const int64_t odd[] = {0,         -1,         -273000,       65535000,       6553500,
                                  INT64_MIN, INT64_MAX,  INT32_MAX,     INT32_MIN,      -1000,
                                  999000,    4294967295, 2147483647999, -2147483648500, 500};

    switch (below(d, 4)) {
    case 0: return odd[below(d, COUNT(odd))];
    case 1: return (int64_t)below(d, 5);
    default: return (int64_t)below(d, 500000) - 20000;
    }
}

static void random_reading(struct dice *d, struct fixture *f)
{
    static const enum ups_var phases[] = {UPS_VAR_INPUT_PHASES, UPS_VAR_OUTPUT_PHASES,
                                          UPS_VAR_INPUT_BYPASS_PHASES};
    uint64_t density = below(d, 5);

    for (unsigned v = 0; v < UPS_VAR_COUNT; v++) {
        for (unsigned line = 0; line < ups_vars[v].lines; line++) {
            if (below(d, 4) >= density)
                continue;
            if (ups_vars[v].kind == UPS_KIND_TEXT) {
                char text[UPS_TEXT_MAX + 8];

                for (size_t i = 0; i < sizeof(text); i++)
                    text[i] = (char)roll(d);
                ups_set_text(&f->snap->reading, (enum ups_var)v, text, below(d, sizeof(text)));
            } else {
                fixture_set(f, (enum ups_var)v, line, random_value(d));
            }
        }
    }
    for (size_t i = 0; i < COUNT(phases); i++) {
        if (below(d, 4) > 0)
            fixture_set(f, phases[i], 0, (int64_t)below(d, UPS_LINES_MAX + 2) * 1000);
    }
    f->snap->reading.status = below(d, 8) ? (uint32_t)(roll(d) & roll(d) & 0xffff) : 0;
    f->snap->fresh = below(d, 4) > 0;
    if (!f->snap->fresh)
        ups_withdraw(&f->snap->reading);
}

static int64_t random_moment(struct dice *d)
{
    static const int64_t odd[] = {INT64_MIN, INT64_MIN + 1, -1, 0, FIXTURE_NOW, INT64_MAX};

    if (below(d, 3) == 0)
        return odd[below(d, COUNT(odd))];
    return FIXTURE_NOW - (int64_t)below(d, 8000000);
}

static struct fixture random_unit(struct dice *d)
{
    struct fixture f = fixture_silent();
    uint32_t id = 0;

    fixture_alarms(&f, (uint32_t)below(d, below(d, 8) ? 6 : UPS_ALARM_COUNT + 1));
    for (uint32_t i = 0; i < f.snap->alarm_count; i++) {
        id += 1 + (uint32_t)below(d, below(d, 4) ? 3 : 1000000);
        f.snap->alarm[i] = (struct snap_alarm){random_moment(d), id, (enum ups_alarm)i};
    }
    random_reading(d, &f);
    f.snap->caps.commands = (uint32_t)roll(d);
    f.snap->input_line_bads = (uint32_t)roll(d);
    f.snap->on_battery_since_ms = random_moment(d);
    f.snap->test_spin_lock = (uint32_t)(roll(d) & INT32_MAX);
    f.snap->test_id = (enum snap_test_id)(1 + below(d, 6));
    f.snap->test_result = (enum snap_test_result)(1 + below(d, 6));
    f.snap->test_start_ms = random_moment(d);
    f.snap->test_end_ms = random_moment(d);
    f.view.epoch_ms = f.view.now_ms - (int64_t)(uint32_t)roll(d) * 10;
    return f;
}

static const struct mib_row *row_of(const uint32_t *oid, size_t len)
{
    for (size_t i = 0; i < mib_ups.row_count; i++) {
        const struct mib_row *row = &mib_ups.rows[i];
        size_t k = 0;

        if (len != mib_ups.root_len + row->len + 1)
            continue;
        while (k < row->len && row->oid[k] == oid[mib_ups.root_len + k])
            k++;
        if (k == row->len)
            return row;
    }
    return NULL;
}

/* Bounds of RFC 1628 that hold for the object whatever the unit says. */
static void check_bounds(const struct mib_row *row, const struct mib_value *value)
{
    static const struct {
        const char *name;
        int32_t least, most;
    } bounds[] = {
        {"upsBatteryStatus", 1, 4},
        {"upsEstimatedMinutesRemaining", 1, INT32_MAX},
        {"upsEstimatedChargeRemaining", 0, 100},
        {"upsBatteryCurrent", INT32_MIN, INT32_MAX},
        {"upsBatteryTemperature", INT32_MIN, INT32_MAX},
        {"upsOutputSource", 1, 7},
        {"upsOutputPercentLoad", 0, 200},
        {"upsTestResultsSummary", 1, 6},
        {"upsShutdownType", 1, 2},
        {"upsShutdownAfterDelay", -1, INT32_MAX},
        {"upsStartupAfterDelay", -1, INT32_MAX},
        {"upsRebootWithDuration", -1, INT32_MAX},
        {"upsAutoRestart", 1, 2},
        {"upsConfigAudibleStatus", 1, 3},
    };
    int32_t least = 0, most = INT32_MAX; /* NonNegativeInteger */

    assert_int_equal(value->type, row->type);
    if (value->type == MIB_OCTETS)
        assert_in_range(value->len, 0, strcmp(row->name, "upsIdentManufacturer") ? 63 : 31);
    if (value->type != MIB_INTEGER)
        return;
    for (size_t i = 0; i < COUNT(bounds); i++) {
        if (strcmp(row->name, bounds[i].name) == 0) {
            least = bounds[i].least;
            most = bounds[i].most;
        }
    }
    if (value->v.integer < least || value->v.integer > most)
        fail_msg("%s: %" PRId32, row->name, value->v.integer);
}

/* How many instances a row has, by asking for each index that there could be. */
static unsigned count_by_get(const struct fixture *f, const struct mib_row *row)
{
    uint32_t alarms = row->index == MIB_ALARM_ROW ? f->snap->alarm_count : 0;
    uint32_t oid[MIB_OID_MAX];
    size_t len = fixture_oid("", oid);
    struct mib_value value;
    unsigned n = 0;

    for (size_t i = 0; i < row->len; i++)
        oid[len++] = row->oid[i];
    for (uint32_t i = 0; i < alarms + UPS_LINES_MAX + 2; i++) {
        /* 0 to 4, or the ids of the alarms */
        oid[len] = row->index != MIB_ALARM_ROW ? i : i < alarms ? f->snap->alarm[i].id : 0;
        mib_get(&mib_ups, &f->view, oid, len + 1, &value);
        n += value.type < MIB_NO_SUCH_OBJECT;
    }
    return n;
}

static void check_unit(const struct fixture *f)
{
    uint32_t oid[MIB_OID_MAX], last[MIB_OID_MAX], present = 0, descriptions = 0;
    size_t len = 0, last_len = 0;
    struct mib_value value, again;
    char text[FIXTURE_TEXT], again_text[FIXTURE_TEXT];
    unsigned n = 0, by_get = 0;

    while (mib_next(&mib_ups, &f->view, last, last_len, false, NULL, 0, oid, &len, &value)) {
        const struct mib_row *row = row_of(oid, len);

        assert_non_null(row);
        assert_true(mib_oid_compare(last, last_len, oid, len) < 0);
        mib_get(&mib_ups, &f->view, oid, len, &again);
        assert_int_equal(value.type, again.type);
        assert_string_equal(fixture_value_text(&value, text),
                            fixture_value_text(&again, again_text));
        check_bounds(row, &value);
        if (strcmp(row->name, "upsAlarmsPresent") == 0)
            present = value.v.number;
        descriptions += strcmp(row->name, "upsAlarmDescr") == 0;
        memcpy(last, oid, sizeof(last));
        last_len = len;
        assert_true(++n < 2000);
    }
    assert_int_equal(value.type, MIB_END_OF_VIEW);
    assert_int_equal(present, descriptions);
    assert_int_equal(present, f->snap->alarm_count);
    for (size_t i = 0; i < mib_ups.row_count; i++)
        by_get += count_by_get(f, &mib_ups.rows[i]);
    assert_int_equal(n, by_get);
}

static void test_random_units(void **state)
{
    struct dice d = {seed_of_run()};

    (void)state;
    printf("# MIB_SEED=%" PRIu64 "\n", d.state);
    for (unsigned i = 0; i < UNITS; i++) {
        struct fixture f = random_unit(&d);

        check_unit(&f);
        fixture_free(&f);
    }
}

/* OIDs at random near the tree: GETNEXT's answer is behind the question, and GET knows it. */
static void test_random_questions(void **state)
{
    struct dice d = {seed_of_run()};

    (void)state;
    printf("# MIB_SEED=%" PRIu64 "\n", d.state);
    for (unsigned i = 0; i < UNITS; i++) {
        struct fixture f = random_unit(&d);

        for (unsigned k = 0; k < 50; k++) {
            uint32_t oid[MIB_OID_MAX], out[MIB_OID_MAX];
            size_t len = fixture_oid("1", oid) + below(&d, 8), out_len;
            struct mib_value value, asked;
            bool inclusive = below(&d, 2) > 0, found;

            for (size_t a = 8; a < len; a++)
                oid[a] = below(&d, 16) ? (uint32_t)below(&d, 11) : (uint32_t)roll(&d);
            mib_get(&mib_ups, &f.view, oid, len, &asked);
            found =
                mib_next(&mib_ups, &f.view, oid, len, inclusive, NULL, 0, out, &out_len, &value);
            if (inclusive && asked.type < MIB_NO_SUCH_OBJECT) {
                assert_true(found);
                assert_int_equal(mib_oid_compare(oid, len, out, out_len), 0);
            } else if (found) {
                assert_true(mib_oid_compare(oid, len, out, out_len) < 0);
                mib_get(&mib_ups, &f.view, out, out_len, &asked);
                assert_int_equal(asked.type, value.type);
            }
        }
        fixture_free(&f);
    }
}

static double seconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void bench_get(const char *what, const struct fixture *f, const char *text)
{
    uint32_t oid[MIB_OID_MAX];
    size_t len = fixture_oid(text, oid);
    struct mib_value value = {.type = MIB_END_OF_VIEW};
    const unsigned rounds = 10000000;
    uint64_t sum = 0;
    double start = seconds();

    for (unsigned i = 0; i < rounds; i++) {
        mib_get(&mib_ups, &f->view, oid, len, &value);
        sum += value.len + (uint64_t)value.type;
    }
    printf("GET %-30s %6.1f ns (%" PRIu64 ")\n", what, (seconds() - start) / rounds * 1e9, sum);
}

static void bench_walk(const char *what, const struct fixture *f)
{
    const unsigned rounds = 50000;
    unsigned n = 0;
    double start = seconds();

    for (unsigned i = 0; i < rounds; i++) {
        uint32_t oid[MIB_OID_MAX];
        size_t len = 0;
        struct mib_value value;

        while (mib_next(&mib_ups, &f->view, oid, len, false, NULL, 0, oid, &len, &value))
            n++;
    }
    printf("GETNEXT walk, %-20s %6.1f ns an object, %u objects\n", what,
           (seconds() - start) / n * 1e9, n / rounds);
}

static int bench(void)
{
    struct fixture one = fixture_one_phase(), three = fixture_three_phase(),
                   silent = fixture_silent();

    bench_get("upsIdentManufacturer", &one, "1.1.1.0");
    bench_get("upsBatteryStatus", &one, "1.2.1.0");
    bench_get("upsOutputVoltage.3", &three, "1.4.4.1.2.3");
    bench_get("upsAlarmDescr", &one, "1.6.2.1.2.2147483647");
    bench_get("a scalar that is not there", &silent, "1.9.10.0");
    bench_walk("one phase", &one);
    bench_walk("three phases", &three);
    bench_walk("never connected", &silent);
    fixture_free(&one);
    fixture_free(&three);
    fixture_free(&silent);
    return 0;
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_units),
        cmocka_unit_test(test_random_questions),
    };

    if (argc > 1 && strcmp(argv[1], "bench") == 0)
        return bench();
    return cmocka_run_group_tests_name("mib_walk", tests, NULL, NULL);
}
