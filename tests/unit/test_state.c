/* SPDX-License-Identifier: BSD-2-Clause */
/* The state file and its thread. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../../agent/state_file.h"
#include "../../agent/state_late.h"
#include "event_rig.h"

/* How long the thread may take for what takes it 0.1 s. */
#define DEADLINE_S 20

/* Values that differ from unit to unit and from field to field. */
static void fill(struct state_unit *u, int n)
{
    state_unit_init(u);
    snprintf(u->name, sizeof(u->name), "name \"%d\" \xc3\xa4 \\", n);
    snprintf(u->attached, sizeof(u->attached), "rack %d\n", n);
    u->has_name = true;
    u->low_minutes = n;
    u->muted = n % 2;
    u->next_alarm_id = 100U + (uint32_t)n;
    u->alarm_count = (uint32_t)n % (STATE_ALARMS_MAX + 1);
    for (uint32_t i = 0; i < u->alarm_count; i++)
        u->alarm[i] = (struct state_alarm){
            .id = i + 1, .alarm = (enum ups_alarm)(i % UPS_ALARM_COUNT), .since_wall = n + i};
    u->test_id = SNAP_TEST_ID_DEEP;
    u->test_result = SNAP_TEST_ABORTED;
    u->test_start = 1700000000000 + n;
    u->test_end = 1700000001000 + n;
    snprintf(u->test_detail, sizeof(u->test_detail), "%*s", SNAP_DETAIL_MAX - 1, "ended");
    u->countdown = SNAP_COUNT_REBOOT;
    u->by_device = n % 2;
    u->off_command = UPS_COMMAND_SHUTDOWN_RETURN;
    u->off_at = 1700000002000 + n;
    u->on_at = -1;
    u->off_requested = true;
    u->counters.to_battery = UINT32_MAX;
    u->counters.to_bypass = (uint32_t)n;
    u->counters.battery_ms = 1LL << 40;
    u->counters.bypass_ms = n;
    for (unsigned i = 0; i < UPS_LINES_MAX - 1; i++) {
        u->counters.volt_min[i] = 220000 + n + i;
        u->counters.volt_max[i] = 240000 + n + i;
    }
    u->counters.volt_reset_wall = 1;
    u->counters.last_cause = UPS_ALARM_INPUT_BAD;
}

static void expect_same(const struct state_unit *a, const struct state_unit *b)
{
    assert_string_equal(a->name, b->name);
    assert_string_equal(a->attached, b->attached);
    assert_string_equal(a->test_detail, b->test_detail);
    assert_int_equal(a->has_name, b->has_name);
    assert_int_equal(a->low_minutes, b->low_minutes);
    assert_int_equal(a->muted, b->muted);
    assert_int_equal(a->next_alarm_id, b->next_alarm_id);
    assert_int_equal(a->alarm_count, b->alarm_count);
    for (uint32_t i = 0; i < a->alarm_count; i++) {
        assert_int_equal(a->alarm[i].id, b->alarm[i].id);
        assert_int_equal(a->alarm[i].alarm, b->alarm[i].alarm);
        assert_true(a->alarm[i].since_wall == b->alarm[i].since_wall);
    }
    assert_int_equal(a->test_id, b->test_id);
    assert_int_equal(a->test_result, b->test_result);
    assert_true(a->test_start == b->test_start && a->test_end == b->test_end);
    assert_int_equal(a->countdown, b->countdown);
    assert_int_equal(a->by_device, b->by_device);
    assert_int_equal(a->off_command, b->off_command);
    assert_true(a->off_at == b->off_at && a->on_at == b->on_at);
    assert_int_equal(a->off_requested, b->off_requested);
    assert_int_equal(a->counters.to_battery, b->counters.to_battery);
    assert_int_equal(a->counters.to_bypass, b->counters.to_bypass);
    assert_true(a->counters.battery_ms == b->counters.battery_ms);
    assert_true(a->counters.bypass_ms == b->counters.bypass_ms);
    assert_memory_equal(a->counters.volt_min, b->counters.volt_min, sizeof(a->counters.volt_min));
    assert_memory_equal(a->counters.volt_max, b->counters.volt_max, sizeof(a->counters.volt_max));
    assert_true(a->counters.volt_reset_wall == b->counters.volt_reset_wall);
    assert_int_equal(a->counters.last_cause, b->counters.last_cause);
}

static struct state *open_state(struct rig *rig)
{
    struct state *state = state_open(rig->dir, &rig->conf, NULL);

    assert_non_null(state);
    return state;
}

static void put(struct state *state, size_t index, int n)
{
    struct state_unit unit;

    fill(&unit, n);
    state_put(state, index, &unit);
}

static void expect(const struct state *state, size_t index, int n)
{
    struct state_unit want, got;

    fill(&want, n);
    state_get(state, index, &got);
    expect_same(&got, &want);
}

static void expect_fresh(const struct state *state, size_t index)
{
    struct state_unit want, got;

    state_unit_init(&want);
    state_get(state, index, &got);
    expect_same(&got, &want);
}

/* Waits until a condition holds; fails if it never does. */
static void await(bool (*holds)(void *arg), void *arg)
{
    struct timespec nap = {.tv_nsec = 5000000}, now;
    time_t end;

    clock_gettime(CLOCK_MONOTONIC, &now);
    end = now.tv_sec + DEADLINE_S;
    while (!holds(arg)) {
        clock_gettime(CLOCK_MONOTONIC, &now);
        assert_true(now.tv_sec < end);
        nanosleep(&nap, NULL);
    }
}

/* -- what is kept ----------------------------------------------------------------------------- */

static void test_fresh(void **arg)
{
    struct rig *rig = *arg;
    struct state *state = open_state(rig);

    for (unsigned i = 0; i < RIG_UNITS; i++)
        expect_fresh(state, i);
    state_close(state);
    assert_false(rig_exists(rig, "state")); /* nothing to write */
    assert_int_equal(rig->warned, 0);
    state_close(NULL);
}

static void test_survives(void **arg)
{
    struct rig *rig = *arg;
    struct state *state = open_state(rig);
    struct stat st;

    put(state, 0, 1);
    put(state, 2, STATE_ALARMS_MAX);
    expect(state, 0, 1);
    state_close(state);
    assert_int_equal(stat(rig_path(rig, "state"), &st), 0);
    assert_int_equal(st.st_mode & 07777 & ~0640u, 0);
    assert_false(rig_exists(rig, "state.new"));
    state = open_state(rig);
    expect(state, 0, 1);
    expect_fresh(state, 1);
    expect(state, 2, STATE_ALARMS_MAX);
    put(state, 1, 7);
    state_close(state);
    state = open_state(rig);
    expect(state, 0, 1);
    expect(state, 1, 7);
    state_close(state);
    assert_int_equal(rig->warned, 0);
}

static void test_without_a_directory(void **arg)
{
    struct rig *rig = *arg;
    struct state *state = state_open(NULL, &rig->conf, NULL);

    assert_non_null(state);
    put(state, 1, 3);
    expect(state, 1, 3);
    state_poke(state);
    state_close(state);
}

static void test_directory_is_made(void **arg)
{
    struct rig *rig = *arg;
    char dir[128];
    struct state *state;
    struct stat st;

    snprintf(dir, sizeof(dir), "%s", rig_path(rig, "made"));
    state = state_open(dir, &rig->conf, NULL);
    assert_non_null(state);
    assert_int_equal(stat(dir, &st), 0);
    assert_int_equal(st.st_mode & 07777 & ~0750u, 0);
    put(state, 0, 1);
    state_close(state);
    snprintf(rig->path, sizeof(rig->path), "%.100s/state", dir);
    assert_int_equal(unlink(rig->path), 0);
}

struct file_watch {
    struct rig *rig;
    const char *part; /* of the file's text */
};

static bool file_has(void *arg)
{
    const struct file_watch *w = arg;
    size_t len;
    char *text = rig_read(w->rig, "state", &len);
    bool has = text && strstr(text, w->part);

    free(text);
    return has;
}

/* The thread writes by itself, soon; what is known already is not written. */
static void test_thread_writes(void **arg)
{
    struct rig *rig = *arg;
    struct state *state = open_state(rig);
    struct file_watch watch = {rig, "low-minutes = 199\n"};
    struct stat before, after;

    for (int i = 0; i < 200; i++)
        put(state, 0, i);
    await(file_has, &watch);
    assert_int_equal(stat(rig_path(rig, "state"), &before), 0);
    put(state, 0, 199);
    state_close(state);
    assert_int_equal(stat(rig_path(rig, "state"), &after), 0);
    assert_int_equal(before.st_ino, after.st_ino);
    state = open_state(rig);
    expect(state, 0, 199);
    state_close(state);
}

static void test_units_by_name(void **arg)
{
    struct rig *rig = *arg;
    struct state *state = open_state(rig);

    for (unsigned i = 0; i < RIG_UNITS; i++)
        put(state, i, 10 + (int)i);
    state_close(state);
    rig->unit[0].name = "rack.2";
    rig->unit[1].name = "new";
    rig->unit[2].name = "hall";
    state = open_state(rig);
    expect(state, 0, 12);
    expect_fresh(state, 1);
    expect(state, 2, 10);
    put(state, 1, 20);
    state_close(state);
    /* rack-1 comes back after a day without */
    rig->unit[1].name = "rack-1";
    state = open_state(rig);
    expect(state, 1, 11);
    state_close(state);
}

/* 64 units without configuration are remembered, those gone last before those gone earlier. */
static void test_strangers_are_forgotten(void **arg)
{
    struct rig *rig = *arg;
    char names[100][16];
    struct state *state;

    rig->conf.unit_count = 1;
    for (int i = 0; i < 100; i++) {
        snprintf(names[i], sizeof(names[i]), "u%d", i);
        rig->unit[0].name = names[i];
        state = open_state(rig);
        expect_fresh(state, 0);
        put(state, 0, i);
        state_close(state);
    }
    assert_non_null(strstr(rig->logged, "is forgotten"));
    /* 99 is the configured one, and had 64 strangers: 98 to 35 */
    rig->unit[0].name = names[35];
    state = open_state(rig);
    expect(state, 0, 35);
    state_close(state);
    rig->unit[0].name = names[34];
    state = open_state(rig);
    expect_fresh(state, 0);
    state_close(state);
}

/* -- damage ----------------------------------------------------------------------------------- */

static char *sample(struct rig *rig, size_t *len)
{
    struct state *state = open_state(rig);
    char *text;

    put(state, 0, 5);
    put(state, 1, 0);
    state_close(state);
    text = rig_read(rig, "state", len);
    assert_non_null(text);
    return text;
}

static bool count_unit(void *arg, const char *name, const struct state_unit *unit)
{
    (void)unit;
    assert_true(name[0] != '\0');
    ++*(unsigned *)arg;
    return true;
}

static unsigned count_units(const char *text, size_t len, bool *good)
{
    unsigned count = 0;
    char why[100] = "";

    *good = state_file_read(text, len, count_unit, &count, why, sizeof(why));
    assert_true(*good || (count == 0 && why[0] != '\0'));
    return count;
}

/* All or nothing: no prefix, no changed bit, no more bytes. */
static void test_never_half_used(void **arg)
{
    struct rig *rig = *arg;
    size_t len;
    char *text = sample(rig, &len), *more;
    bool good;

    assert_int_equal(count_units(text, len, &good), RIG_UNITS);
    assert_true(good);
    for (size_t cut = 0; cut < len; cut++) {
        char *copy = malloc(cut + 1); /* of that size, so that reading on is seen */

        assert_non_null(copy);
        memcpy(copy, text, cut);
        (void)count_units(copy, cut, &good);
        assert_false(good);
        free(copy);
    }
    for (size_t i = 0; i < len * 8; i++) {
        text[i / 8] ^= (char)(1 << i % 8);
        (void)count_units(text, len, &good);
        assert_false(good);
        text[i / 8] ^= (char)(1 << i % 8);
    }
    more = calloc(1, len + 1);
    assert_non_null(more);
    memcpy(more, text, len);
    for (unsigned c = 0; c < 256; c++) {
        more[len] = (char)c;
        (void)count_units(more, len + 1, &good);
        assert_false(good);
    }
    free(more);
    free(text);
}

/* Puts the right check sum under a text. */
static void write_checked(struct rig *rig, const char *text)
{
    struct record_text out = {0};

    record_add(&out, "%s", text);
    state_file_end(&out);
    rig_write(rig, "state", out.at, out.len);
    record_free(&out);
}

/* Replaces the first `from` of a good file by `to`, and the check sum by the right one. */
static void write_edited(struct rig *rig, const char *good, const char *from, const char *to)
{
    const char *at = strstr(good, from), *check = strstr(good, "check = ");
    struct record_text out = {0};

    assert_true(at && check);
    record_add(&out, "%.*s%s%.*s", (int)(at - good), good, to,
               (int)(check - at - (long)strlen(from)), at + strlen(from));
    write_checked(rig, out.at);
    record_free(&out);
}

/* Opens, expects one warning with this reason, nothing known, and the file set aside. */
static void expect_set_aside(struct rig *rig, const char *reason)
{
    struct state *state;

    rig->warned = 0;
    (void)unlink(rig_path(rig, "state.damaged"));
    state = open_state(rig);
    assert_int_equal(rig->warned, 1);
    if (!strstr(rig->logged, reason))
        fail_msg("expected '%s' in '%s'", reason, rig->logged);
    assert_true(rig_exists(rig, "state.damaged"));
    assert_false(rig_exists(rig, "state"));
    for (unsigned i = 0; i < RIG_UNITS; i++)
        expect_fresh(state, i);
    put(state, 0, 1);
    state_close(state);
    assert_int_equal(rig->warned, 1);
}

static void test_foreign_values(void **arg)
{
    static const struct {
        const char *from, *to, *why;
    } rows[] = {
        {"upsmibd-state 1\n", "upsmibd-state 2\n", "line 1: of another version"},
        {"upsmibd-state 1\n", "upsmibd-state 1 \n", "line 1: not a state file"},
        {"upsmibd-state 1\n", "upsmibd-events 1\n", "line 1: not a state file"},
        {"[hall]\n", "", "line 2: expected 'name = value' in a [section]"},
        {"[hall]\n", "[hall\n", "line 2: expected '[UNIT]'"},
        {"[hall]\n", "[]\n", "line 2: expected '[UNIT]'"},
        {"[hall]\n", "[a b]\n", "line 2: expected '[UNIT]'"},
        {"[hall]\n", "[abcdefghijklmnopqrstuvwxyz0123456]\n", "line 2: expected '[UNIT]'"},
        {"muted = yes\n", "", "a section that is not whole"},
        {"muted = yes\n", "muted = yes\nmuted = yes\n", "line 8: a name twice"},
        {"muted = yes\n", "muted = maybe\n", "line 7: a value that does not fit its name"},
        {"muted = yes\n", "muted = yes \n", "line 7: a value that does not fit"},
        {"muted = yes\n", "muted  = yes\n", "line 7: expected 'name = value'"},
        {"muted = yes\n", "muted\n", "line 7: expected 'name = value'"},
        {"muted = yes\n", "\nmuted = yes\n", "line 7: expected 'name = value'"},
        {"muted = yes\n", "muted = yes\ncolour = red\n", "line 8: unknown name"},
        {"low-minutes = 5\n", "low-minutes = 05\n", "line 6: a value"},
        {"low-minutes = 5\n", "low-minutes = -2\n", "line 6: a value"},
        {"low-minutes = 5\n", "low-minutes = 2147483648\n", "line 6: a value"},
        {"test-id = deep\n", "test-id = 5\n", "a value"},
        {"off-command = shutdown.return\n", "off-command = shutdown.retur\n", "a value"},
        {"last-cause = rfc/6\n", "last-cause = 6\n", "a value"},
        {"attached = \"rack 5\\x0a\"\n", "attached = rack 5\n", "a value"},
        {"attached = \"rack 5\\x0a\"\n",
         "attached = \"01234567890123456789012345678901234567890123456789012345678901234\"\n",
         "a value"},
        {"alarm = 1 rfc/1 5\n", "alarm = 0 rfc/1 5\n", "expected 'alarm = ID IDENTITY TIME'"},
        {"alarm = 1 rfc/1 5\n", "alarm = 1 none 5\n", "expected 'alarm = ID IDENTITY TIME'"},
        {"alarm = 1 rfc/1 5\n", "alarm = 1 rfc/1\n", "expected 'alarm = ID IDENTITY TIME'"},
    };
    struct rig *rig = *arg;
    size_t len;
    char *text = sample(rig, &len);

    for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        write_edited(rig, text, rows[i].from, rows[i].to);
        expect_set_aside(rig, rows[i].why);
    }
    free(text);
}

static void test_damaged_files(void **arg)
{
    struct rig *rig = *arg;
    size_t len, aside_len;
    char *text = sample(rig, &len), *aside;

    rig_write(rig, "state", text, len - 1);
    expect_set_aside(rig, "cut off: no check sum at its end");
    aside = rig_read(rig, "state.damaged", &aside_len);
    assert_int_equal(aside_len, len - 1);
    assert_memory_equal(aside, text, aside_len);
    free(aside);
    rig_write(rig, "state", "", 0);
    expect_set_aside(rig, "not a state file of upsmibd");
    rig_write(rig, "state", "\n\n\n", 3);
    expect_set_aside(rig, "not a state file of upsmibd");
    text[len / 2] ^= 1;
    rig_write(rig, "state", text, len);
    expect_set_aside(rig, "the check sum is wrong");
    assert_int_equal(unlink(rig_path(rig, "state")), 0);
    assert_int_equal(symlink("state.damaged", rig_path(rig, "state")), 0);
    rig->warned = 0;
    state_close(open_state(rig));
    assert_int_equal(rig->warned, 1);
    free(text);
}

/* Alarms that this version does not know are left out; too many are damage. */
static void test_alarm_rows(void **arg)
{
    struct rig *rig = *arg;
    size_t len;
    char *text = sample(rig, &len);
    struct record_text many = {0};
    struct state_unit got;
    struct state *state;

    write_edited(rig, text, "alarm = 1 rfc/1 5\n", "alarm = 1 own/4000000000 5\n");
    state = open_state(rig);
    assert_int_equal(rig->warned, 0);
    state_get(state, 0, &got);
    assert_int_equal(got.alarm_count, 4);
    assert_int_equal(got.alarm[0].id, 2);
    state_close(state);
    for (unsigned i = 0; i < STATE_ALARMS_MAX; i++)
        record_add(&many, "alarm = 9 rfc/1 5\n");
    write_edited(rig, text, "alarm = 1 rfc/1 5\n", many.at);
    expect_set_aside(rig, "expected 'alarm = ID IDENTITY TIME'");
    record_free(&many);
    free(text);
}

/* -- disks that do not work ------------------------------------------------------------------- */

static void test_no_directory(void **arg)
{
    struct rig *rig = *arg;
    char dir[128];
    struct state *state;

    rig_write(rig, "file", "", 0);
    snprintf(dir, sizeof(dir), "%s", rig_path(rig, "file"));
    state = state_open(dir, &rig->conf, NULL);
    assert_non_null(state);
    assert_int_equal(rig->warned, 1);
    assert_non_null(strstr(rig->logged, "not kept over a restart"));
    put(state, 0, 4);
    expect(state, 0, 4);
    state_close(state);
    assert_int_equal(rig->warned, 1);
}

static void limit(rlim_t bytes)
{
    struct rlimit l;

    (void)signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &l), 0);
    l.rlim_cur = bytes;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &l), 0);
}

/* The old file stays whole. */
static void test_full_disk(void **arg)
{
    struct rig *rig = *arg;
    struct state *state = open_state(rig);

    put(state, 0, 1);
    state_close(state);
    state = open_state(rig);
    limit(100);
    put(state, 0, 2);
    state_close(state);
    limit(RLIM_INFINITY);
    assert_int_equal(rig->warned, 1);
    assert_false(rig_exists(rig, "state.new"));
    state = open_state(rig);
    expect(state, 0, 1);
    state_close(state);
}

/* -- the thread ------------------------------------------------------------------------------- */

struct putter {
    struct state *state;
    size_t index;
};

static void *put_many(void *arg)
{
    const struct putter *p = arg;
    struct state_unit unit;

    for (int i = 0; i < 2000; i++) {
        put(p->state, p->index, i);
        state_poke(p->state);
        state_get(p->state, (p->index + 1) % RIG_UNITS, &unit);
    }
    return NULL;
}

static void test_beside_the_thread(void **arg)
{
    struct rig *rig = *arg;
    struct state *state;
    struct putter putter[RIG_UNITS];
    pthread_t thread[RIG_UNITS];

    rig_open(rig);
    state = state_open(rig->dir, &rig->conf, rig->events);
    assert_non_null(state);
    for (unsigned i = 0; i < RIG_UNITS; i++) {
        putter[i] = (struct putter){state, i};
        assert_int_equal(pthread_create(&thread[i], NULL, put_many, &putter[i]), 0);
    }
    for (unsigned i = 0; i < 3000; i++)
        (void)rig_add(rig, EVENT_ECO_ON, 0, UPS_ALARM_NONE);
    for (unsigned i = 0; i < RIG_UNITS; i++)
        assert_int_equal(pthread_join(thread[i], NULL), 0);
    state_close(state);
    state = open_state(rig);
    for (unsigned i = 0; i < RIG_UNITS; i++)
        expect(state, i, 1999);
    state_close(state);
    rig_reopen(rig);
    assert_int_equal(rig_waiting(rig), 3000);
    assert_int_equal(rig->warned, 0);
}

static bool new_file_gone(void *arg)
{
    return !rig_exists(arg, "events.new");
}

/* A poke has the journal synced, and one that was written anew put in its place. */
static void test_poke_syncs_the_journal(void **arg)
{
    struct rig *rig = *arg;
    struct state *state;

    rig_open(rig);
    (void)rig_add(rig, EVENT_ECO_ON, 0, UPS_ALARM_NONE);
    assert_int_equal(rig_send(rig), 1);
    for (unsigned i = 0; i < 4000; i++) {
        uint32_t seq = rig_add(rig, EVENT_ECO_ON, 0, UPS_ALARM_NONE);

        assert_int_equal(rig_send_when_due(rig), seq);
        events_fate(rig->events, seq, EVENT_DELIVERED);
    }
    assert_true(rig_exists(rig, "events.new"));
    state = state_open(rig->dir, &rig->conf, rig->events);
    assert_non_null(state);
    state_poke(state);
    await(new_file_gone, rig);
    state_close(state);
}

/* -- killed ----------------------------------------------------------------------------------- */

/* A program that ends without a word before its thread has written anything. */
static void run_and_die(struct rig *rig)
{
    pid_t child = fork();
    int status;

    assert_true(child >= 0);
    if (child == 0) {
        struct state *state = open_state(rig);
        put(state, 0, 1);
        put(state, 0, 2);
        put(state, 2, STATE_ALARMS_MAX);
        put(state, 0, 3);
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

static void test_killed_before_it_was_written(void **arg)
{
    struct rig *rig = *arg;
    struct state *state;
    size_t len;
    char *text;

    run_and_die(rig);
    for (int i = 0; i < 2; i++) { /* the second time nothing is late any more */
        state = open_state(rig);
        expect(state, 0, 3);
        expect_fresh(state, 1);
        expect(state, 2, STATE_ALARMS_MAX);
        text = rig_read(rig, "state.late", &len);
        assert_non_null(text);
        assert_int_equal(len, 0);
        free(text);
        state_close(state);
    }
    assert_int_equal(rig->warned, 0);
}

/* What was late about a unit that is not configured any more is one stranger, the newest. */
static void test_killed_and_removed(void **arg)
{
    struct rig *rig = *arg;
    const char *name = rig->unit[0].name;
    struct state *state;
    unsigned count;
    size_t len;
    char *text;
    bool good;

    run_and_die(rig); /* three records of this unit */
    rig->unit[0].name = "other";
    state = open_state(rig);
    put(state, 0, 9); /* written anew, also if the thread of the other program was quick */
    state_close(state);
    text = rig_read(rig, "state", &len);
    assert_non_null(text);
    count = count_units(text, len, &good);
    free(text);
    assert_true(good);
    assert_int_equal(count, RIG_UNITS + 1);
    rig->unit[0].name = name;
    state = open_state(rig);
    expect(state, 0, 3);
    state_close(state);
}

/* Cut anywhere: the whole records count, and what is cut off is as it was before. */
static void test_killed_while_appending(void **arg)
{
    struct rig *rig = *arg;
    size_t len, first;
    char *text;

    run_and_die(rig);
    text = rig_read(rig, "state.late", &len);
    assert_non_null(text);
    first = (size_t)(strstr(text, "check = ") - text) + sizeof("check = 01234567\n") - 1;
    for (size_t cut = 0; cut < len; cut += cut < first + 2 ? 1 : 211) {
        struct state *state;
        struct state_unit unit, one;

        unlink(rig_path(rig, "state"));
        rig_write(rig, "state.late", text, cut);
        state = open_state(rig);
        state_get(state, 0, &unit);
        fill(&one, 1);
        if (cut < first)
            expect_fresh(state, 0);
        else if (cut == first)
            expect_same(&unit, &one);
        else
            assert_in_range(unit.low_minutes, 1, 2);
        state_close(state);
    }
    free(text);
    assert_int_equal(rig->warned, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_fresh),
        TEST(test_survives),
        TEST(test_without_a_directory),
        TEST(test_directory_is_made),
        TEST(test_thread_writes),
        TEST(test_units_by_name),
        TEST(test_strangers_are_forgotten),
        TEST(test_never_half_used),
        TEST(test_foreign_values),
        TEST(test_damaged_files),
        TEST(test_alarm_rows),
        TEST(test_no_directory),
        TEST(test_full_disk),
        TEST(test_beside_the_thread),
        TEST(test_poke_syncs_the_journal),
        TEST(test_killed_before_it_was_written),
        TEST(test_killed_and_removed),
        TEST(test_killed_while_appending),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
