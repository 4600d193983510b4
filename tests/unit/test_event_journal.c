/* SPDX-License-Identifier: BSD-2-Clause */
/* The queue's journal: what survives a restart, damage, a full disk. */
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
#include <stdatomic.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../agent/record.h"
#include "event_rig.h"

#define NONE   UPS_ALARM_NONE
#define BYPASS UPS_ALARM_ON_BYPASS

static int setup(void **state)
{
    rig_setup(state);
    rig_open(*state);
    return 0;
}

static void deliver(struct rig *rig, uint32_t seq)
{
    assert_int_equal(rig_send_when_due(rig), seq);
    events_fate(rig->events, seq, EVENT_DELIVERED);
}

static off_t size_of(struct rig *rig, const char *name)
{
    struct stat st;

    assert_int_equal(stat(rig_path(rig, name), &st), 0);
    return st.st_size;
}

/* -- what is kept ----------------------------------------------------------------------------- */

/* Every kind with every field, texts of every byte. */
static void test_events_survive(void **state)
{
    struct rig *rig = *state;
    struct event event[EVENT_KINDS];
    struct stat st;

    memset(event, 0, sizeof(event));
    for (unsigned i = 0; i < EVENT_KINDS; i++) {
        event[i] = (struct event){.kind = (enum event_kind)i, .unit = i % RIG_UNITS};
        event[i].alarm = i < 4 ? (enum ups_alarm)(UPS_ALARM_COUNT - 1 - i) : NONE;
        event[i].alarm_id = i * 1000000;
        for (unsigned n = 0; n < EVENT_NUMBERS; n++)
            event[i].number[n] = n == 0 ? i : n % 2 ? INT64_MIN + n : INT64_MAX - n;
        for (unsigned c = 0; c < EVENT_TEXT_MAX - 1; c++)
            event[i].text[c] = (char)(i * 17 + c) ? (char)(i * 17 + c) : '?';
        rig->wall_ms += 12345;
        events_add(rig->events, &event[i]);
        assert_int_equal(event[i].seq, i + 1);
    }
    assert_int_equal(stat(rig_path(rig, "events"), &st), 0);
    assert_int_equal(st.st_mode & 07777 & ~0640u, 0);
    rig_reopen(rig);
    assert_int_equal(rig->warned, 0);
    for (unsigned i = 0; i < EVENT_KINDS; i++) {
        const struct event *e = events_send(rig->events);

        assert_non_null(e);
        assert_memory_equal(e, &event[i], sizeof(*e));
    }
}

/* What versions renumber stands in the file by name. */
static void test_names_not_numbers(void **state)
{
    struct rig *rig = *state;
    struct event event = {.kind = EVENT_COMMAND, .alarm = NONE, .text = "a \"b\" \\ \xc3\xbc"};
    size_t len;
    char *text;

    event.number[EVENT_N_COMMAND] = UPS_COMMAND_LOAD_OFF;
    event.number[EVENT_N_STATE] = SNAP_COMMAND_DONE;
    events_add(rig->events, &event);
    event.number[EVENT_N_COMMAND] = UPS_COMMAND_COUNT;
    events_add(rig->events, &event);
    event = (struct event){.kind = EVENT_SETTING, .unit = 1, .alarm = NONE};
    event.number[EVENT_N_VAR] = UPS_VAR_BATTERY_VOLTAGE;
    events_add(rig->events, &event);
    event = (struct event){.kind = EVENT_ALARM_ADDED, .unit = 2, .alarm = BYPASS, .alarm_id = 7};
    events_add(rig->events, &event);
    text = rig_read(rig, "events", &len);
    assert_non_null(strstr(text, "upsmibd-events 1 0000000000 "));
    assert_non_null(strstr(text,
                           "+ 1 1700000000000 upsmibdCommandFinished hall none 0 load.off 3 0 0 0 "
                           "\"a \\x22b\\x22 \\x5c \\xc3\\xbc\" "));
    assert_non_null(strstr(text, "upsmibdCommandFinished hall none 0 none 3 "));
    assert_non_null(strstr(text, "upsmibdSettingChanged rack-1 none 0 battery.voltage 0 "));
    assert_non_null(strstr(text, "upsTrapAlarmEntryAdded rack.2 rfc/9 7 "));
    free(text);
    rig_reopen(rig);
    assert_int_equal(events_send(rig->events)->number[EVENT_N_COMMAND], UPS_COMMAND_LOAD_OFF);
    assert_int_equal(events_send(rig->events)->number[EVENT_N_COMMAND], UPS_COMMAND_COUNT);
    assert_int_equal(events_send(rig->events)->number[EVENT_N_VAR], UPS_VAR_BATTERY_VOLTAGE);
    assert_int_equal(events_send(rig->events)->alarm, BYPASS);
}

/* What has got there is gone; what was on its way is sent again; numbers go on. */
static void test_fates_survive(void **state)
{
    struct rig *rig = *state;

    for (unsigned i = 0; i < 6; i++)
        (void)rig_add(rig, EVENT_ECO_ON, 0, NONE);
    for (uint32_t i = 1; i <= 5; i++)
        assert_int_equal(rig_send(rig), i);
    events_fate(rig->events, 1, EVENT_DELIVERED);
    events_fate(rig->events, 2, EVENT_REFUSED);
    events_fate(rig->events, 3, EVENT_LOST);
    events_fate(rig->events, 5, EVENT_DELIVERED);
    rig_reopen(rig);
    deliver(rig, 3);
    deliver(rig, 4);
    deliver(rig, 6);
    rig_reopen(rig);
    assert_int_equal(rig_waiting(rig), 0);
    assert_int_equal(rig_add(rig, EVENT_ECO_ON, 0, NONE), 7);
    deliver(rig, 7);
    rig_reopen(rig);
    rig_reopen(rig);
    assert_int_equal(rig_add(rig, EVENT_ECO_ON, 0, NONE), 8);
}

/* Without closing, as a kill leaves it: added events are there at once, fates within 100 ms. */
static void test_killed(void **state)
{
    struct rig *rig = *state;
    struct events *killed = rig->events;

    for (unsigned i = 0; i < 4; i++)
        (void)rig_add(rig, EVENT_ECO_ON, 0, NONE);
    assert_int_equal(rig_send(rig), 1);
    events_fate(rig->events, 1, EVENT_DELIVERED);
    rig->now_ms += 100;
    assert_int_equal(rig_send(rig), 2);
    events_fate(rig->events, 2, EVENT_DELIVERED);
    rig_open(rig);
    /* 2 is doubled: its fate was young */
    for (uint32_t i = 2; i <= 4; i++)
        deliver(rig, i);
    assert_int_equal(rig_waiting(rig), 0);
    rig_close(rig);
    rig->events = killed;
}

static void test_emptied_file_is_small(void **state)
{
    struct rig *rig = *state;

    for (uint32_t i = 1; i <= 200; i++)
        (void)rig_add(rig, EVENT_ECO_ON, 0, NONE);
    assert_true(size_of(rig, "events") > 4096);
    for (uint32_t i = 1; i <= 200; i++)
        deliver(rig, i);
    assert_true(size_of(rig, "events") < 100);
    rig_reopen(rig);
    assert_int_equal(rig->warned, 0);
    assert_int_equal(rig_add(rig, EVENT_ECO_ON, 0, NONE), 201);
}

/* Units are known by name; of one that is gone the events are dropped, with one line. */
static void test_units_by_name(void **state)
{
    struct rig *rig = *state;
    struct conf_unit hall = rig->unit[0];

    for (unsigned i = 0; i < 9; i++)
        (void)rig_add(rig, EVENT_ECO_ON, i % RIG_UNITS, NONE);
    rig_close(rig);
    rig->unit[0] = rig->unit[2];
    rig->unit[2] = hall;
    rig->conf.unit_count = RIG_UNITS;
    rig->unit[1].name = "new";
    rig_open(rig);
    assert_non_null(strstr(rig->logged, "6 notifications wait from before"));
    for (unsigned i = 0; i < 6; i++) {
        const struct event *e = events_send(rig->events);

        assert_non_null(e);
        assert_int_equal(e->unit, (e->seq - 1) % 3 == 0 ? 2 : 0);
    }
    assert_null(events_send(rig->events));
    rig_reopen(rig);
    assert_int_equal(rig_waiting(rig), 6);
    assert_int_equal(rig_add(rig, EVENT_ECO_ON, 1, NONE), 10);
}

/* -- damage ----------------------------------------------------------------------------------- */

/* A journal of all kinds of lines, as a kill would leave it. */
static char *sample(struct rig *rig, size_t *len)
{
    char *text;

    (void)rig_add(rig, EVENT_ALARM_ADDED, 0, BYPASS);
    (void)rig_add(rig, EVENT_ON_BATTERY, 1, NONE);
    (void)rig_add(rig, EVENT_ON_BATTERY, 1, NONE); /* takes the place of the last */
    (void)rig_add(rig, EVENT_COMMAND, 2, NONE);
    deliver(rig, 1);
    deliver(rig, 3);
    for (unsigned i = 0; i < 4; i++)
        (void)rig_add(rig, EVENT_OWN_ALARM_ADDED, 0, (enum ups_alarm)i);
    deliver(rig, 4);
    (void)rig_add(rig, EVENT_SETTING, 1, NONE);
    text = rig_read(rig, "events", len);
    rig_close(rig);
    assert_non_null(text);
    return text;
}

/* What whole lines say, found by other means than the program's. */
struct model {
    bool waits[32];
    unsigned count, last;
};

static void model_read(const char *text, size_t len, struct model *m)
{
    const char *end = text + len, *nl;

    memset(m, 0, sizeof(*m));
    for (const char *at = text; (nl = memchr(at, '\n', (size_t)(end - at))); at = nl + 1) {
        unsigned seq;

        if (*at == 'u')
            continue;
        assert_int_equal(sscanf(at + 2, "%u ", &seq), 1);
        assert_true(seq < 32);
        m->count += *at == '+' ? 1 : -1U;
        m->waits[seq] = *at == '+';
        if (seq > m->last)
            m->last = seq;
    }
}

/* Opens what lies there and takes out all that waits. */
static void drain(struct rig *rig, struct model *m)
{
    const struct event *e;
    struct events_stats stats;

    memset(m, 0, sizeof(*m));
    rig_open(rig);
    events_stats(rig->events, &stats);
    m->last = stats.last_seq;
    m->count = stats.waiting;
    rig->now_ms += 60000;
    while ((e = events_send(rig->events))) {
        assert_true(e->seq < 32 && e->unit < RIG_UNITS && e->kind < EVENT_KINDS);
        assert_false(m->waits[e->seq]);
        m->waits[e->seq] = true;
        events_fate(rig->events, e->seq, EVENT_DELIVERED);
        rig->now_ms += 60000;
    }
    rig_close(rig);
}

static void test_cut_at_every_byte(void **state)
{
    struct rig *rig = *state;
    size_t len;
    char *text = sample(rig, &len);

    for (size_t cut = 0; cut <= len; cut++) {
        struct model want, got;

        rig_write(rig, "events", text, cut);
        model_read(text, cut, &want);
        drain(rig, &got);
        assert_memory_equal(got.waits, want.waits, sizeof(want.waits));
        assert_int_equal(got.count, want.count);
        assert_int_equal(got.last, want.last);
    }
    /* a write cut off by a crash is no damage */
    assert_int_equal(rig->warned, 0);
    assert_false(rig_exists(rig, "events.damaged"));
    free(text);
}

/* A changed bit costs its line and no other, and is never believed. */
static void test_every_byte_changed(void **state)
{
    struct rig *rig = *state;
    size_t len;
    char *text = sample(rig, &len), *last;
    struct model all;

    model_read(text, len, &all);
    text[len - 1] = '\0';
    last = strrchr(text, '\n');
    text[len - 1] = '\n';
    for (size_t i = 0; i < len; i++) {
        struct model got;
        unsigned wrong = 0;
        bool set_aside;

        text[i] ^= (char)(1 << i % 8);
        rig_write(rig, "events", text, len);
        (void)unlink(rig_path(rig, "events.damaged"));
        drain(rig, &got);
        set_aside = rig_exists(rig, "events.damaged");
        for (unsigned seq = 0; seq < 32; seq++)
            wrong += got.waits[seq] != all.waits[seq];
        /* a line end that has gone joins two lines */
        assert_true(wrong <= 2);
        assert_int_equal(set_aside, text + i < last);
        text[i] ^= (char)(1 << i % 8);
    }
    free(text);
}

static void test_damaged_is_set_aside(void **state)
{
    struct rig *rig = *state;
    size_t len, aside_len;
    char *text = sample(rig, &len), *aside;
    struct model got;

    strstr(text, "+ 4 ")[2] = '5';
    rig_write(rig, "events", text, len);
    rig_write(rig, "events.damaged", "old", 3);
    rig_open(rig);
    assert_int_equal(rig->warned, 1);
    rig_close(rig);
    aside = rig_read(rig, "events.damaged", &aside_len);
    assert_int_equal(aside_len, len);
    assert_memory_equal(aside, text, len);
    rig->warned = 0;
    drain(rig, &got);
    assert_int_equal(rig->warned, 0);
    assert_int_equal(got.count, 5);
    free(aside);
    free(text);
}

static void test_foreign_files(void **state)
{
    static const char *const texts[] = {"x\n", "hello, world\nthis is no journal\n",
                                        "upsmibd-state 1\n", "\n"};
    struct rig *rig = *state;
    struct record_text next = {0};
    struct model got;

    rig_close(rig);
    for (unsigned i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        rig->warned = 0;
        rig_write(rig, "events", texts[i], strlen(texts[i]));
        drain(rig, &got);
        assert_int_equal(got.count + got.last, 0);
        assert_int_equal(rig->warned, 1);
        assert_true(rig_exists(rig, "events.damaged"));
        (void)unlink(rig_path(rig, "events.damaged"));
    }
    record_add(&next, "upsmibd-events 2 whatever");
    record_add(&next, " %08x\n", (unsigned)record_crc(next.at, next.len));
    rig_write(rig, "events", next.at, next.len);
    rig->warned = 0;
    rig_open(rig);
    assert_int_equal(rig->warned, 1);
    assert_true(rig_exists(rig, "events.damaged"));
    record_free(&next);
}

/* Nothing outside the directory is read or written by way of a link; a FIFO stops nobody. */
static void test_no_plain_file(void **state)
{
    struct rig *rig = *state;
    size_t len;
    char *text;

    rig_close(rig);
    rig_write(rig, "target", "precious", 8);
    assert_int_equal(unlink(rig_path(rig, "events")), 0);
    assert_int_equal(symlink("target", rig_path(rig, "events")), 0);
    rig_open(rig);
    assert_int_equal(rig->warned, 1);
    (void)rig_add(rig, EVENT_ECO_ON, 0, NONE);
    text = rig_read(rig, "target", &len);
    assert_string_equal(text, "precious");
    free(text);
    rig_close(rig);
    assert_int_equal(unlink(rig_path(rig, "events")), 0);
    assert_int_equal(mkfifo(rig_path(rig, "events"), 0600), 0);
    rig_open(rig);
    assert_int_equal(rig->warned, 2);
    (void)rig_add(rig, EVENT_ECO_ON, 0, NONE);
    rig_reopen(rig);
    assert_int_equal(rig_waiting(rig), 1);
}

/* -- disks that do not work ------------------------------------------------------------------- */

/* Files may not grow beyond `bytes`; RLIM_INFINITY: as before. */
static void limit(rlim_t bytes)
{
    struct rlimit l;

    (void)signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &l), 0);
    l.rlim_cur = bytes;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &l), 0);
}

static void test_full_disk(void **state)
{
    struct rig *rig = *state;
    uint32_t seq = 0;

    for (unsigned i = 0; i < 5; i++)
        (void)rig_add(rig, EVENT_ECO_ON, 0, NONE);
    limit((rlim_t)size_of(rig, "events") + 30); /* in the middle of a line */
    for (unsigned i = 0; i < 50; i++) {
        seq = rig_add(rig, EVENT_ECO_ON, 0, NONE);
        rig->now_ms += 1000;
    }
    limit(RLIM_INFINITY);
    assert_int_equal(seq, 55);
    assert_int_equal(rig->warned, 1);
    assert_non_null(strstr(rig->logged, "kept in memory only"));
    deliver(rig, 1);
    assert_int_equal(rig_waiting(rig), 54);
    rig->now_ms += 5000;
    (void)rig_send(rig);
    assert_non_null(strstr(rig->logged, "can be written again"));
    rig_reopen(rig);
    assert_int_equal(rig->warned, 1);
    assert_int_equal(rig_waiting(rig), 54);
    assert_int_equal(rig_add(rig, EVENT_ECO_ON, 0, NONE), 56);
}

/* A kill while the disk is full: the torn line harms nothing. */
static void test_full_disk_and_killed(void **state)
{
    struct rig *rig = *state;
    struct events *killed = rig->events;

    for (unsigned i = 0; i < 5; i++)
        (void)rig_add(rig, EVENT_ECO_ON, 0, NONE);
    limit((rlim_t)size_of(rig, "events") + 30);
    (void)rig_add(rig, EVENT_ECO_ON, 0, NONE);
    limit(RLIM_INFINITY);
    rig_open(rig);
    assert_int_equal(rig_waiting(rig), 5);
    rig_close(rig);
    rig->events = killed;
}

static void test_no_directory(void **state)
{
    struct rig *rig = *state;
    char base[64];

    rig_close(rig);
    rig_write(rig, "file", "", 0);
    snprintf(base, sizeof(base), "%s", rig->dir);
    snprintf(rig->dir, sizeof(rig->dir), "%.40s/file", base);
    rig_open(rig);
    assert_int_equal(rig->warned, 1);
    for (uint32_t i = 1; i <= 20; i++) {
        assert_int_equal(rig_add(rig, EVENT_ECO_ON, 0, NONE), i);
        deliver(rig, i);
        rig->now_ms += 5000;
        events_sync(rig->events);
    }
    assert_int_equal(rig->warned, 1);
    (void)rig_add(rig, EVENT_ECO_ON, 0, NONE);
    /* somebody makes it, with what another run has left there */
    assert_int_equal(unlink(rig->dir), 0);
    assert_int_equal(mkdir(rig->dir, 0700), 0);
    rig_write(rig, "events", "precious", 8);
    rig->now_ms += 5000;
    (void)rig_add(rig, EVENT_ECO_ON, 0, NONE);
    assert_non_null(strstr(rig->logged, "can be written again"));
    assert_true(rig_exists(rig, "events.damaged"));
    rig_reopen(rig);
    assert_int_equal(rig_waiting(rig), 2);
    rig_close(rig);
    (void)unlink(rig_path(rig, "events"));
    (void)unlink(rig_path(rig, "events.damaged"));
    (void)rmdir(rig->dir);
    snprintf(rig->dir, sizeof(rig->dir), "%s", base);
}

/* -- size ------------------------------------------------------------------------------------- */

/* One that nobody takes, and thousands that come and go: the file stays small. */
static void churn(struct rig *rig, uint32_t *seq, unsigned events)
{
    for (unsigned i = 0; i < events; i++) {
        uint32_t sent;

        *seq = rig_add(rig, EVENT_ECO_ON, 0, NONE);
        sent = rig_send_when_due(rig);
        assert_int_equal(sent, *seq);
        events_fate(rig->events, sent, EVENT_DELIVERED);
    }
}

static void test_written_anew(void **state)
{
    struct rig *rig = *state;
    uint32_t seq;

    (void)rig_add(rig, EVENT_ECO_ON, 0, NONE);
    assert_int_equal(rig_send(rig), 1); /* and it is never told what became of it */
    churn(rig, &seq, 4000);
    /* beside the old file, until it is safe on the disk: a kill finds either of them whole */
    assert_true(rig_exists(rig, "events.new"));
    assert_true(size_of(rig, "events") > 256 << 10);
    events_sync(rig->events);
    assert_false(rig_exists(rig, "events.new"));
    assert_true(size_of(rig, "events") < 256 << 10);
    for (unsigned i = 0; i < 10; i++) {
        churn(rig, &seq, 1000);
        events_sync(rig->events);
    }
    assert_true(size_of(rig, "events") < 512 << 10);
    assert_true(events_next_ms(rig->events) == INT64_MAX);
    rig_reopen(rig);
    assert_int_equal(rig->warned, 0);
    assert_int_equal(rig_waiting(rig), 1);
    deliver(rig, 1);
    assert_int_equal(rig_add(rig, EVENT_ECO_ON, 0, NONE), seq + 1);
}

static void test_killed_while_written_anew(void **state)
{
    struct rig *rig = *state;
    struct events *killed = rig->events;
    uint32_t seq;

    (void)rig_add(rig, EVENT_ECO_ON, 0, NONE);
    assert_int_equal(rig_send(rig), 1);
    churn(rig, &seq, 4000);
    assert_true(rig_exists(rig, "events.new"));
    (void)rig_add(rig, EVENT_ECO_OFF, 0, NONE);
    rig_open(rig);
    /* and a young fate or two are doubled */
    assert_in_range(rig_waiting(rig), 2, 60);
    assert_false(rig_exists(rig, "events.new"));
    rig_close(rig);
    rig->events = killed;
}

/* 5,000 at once, and a restart in the middle: each comes exactly once, in order. */
static void test_burst_over_a_restart(void **state)
{
    struct rig *rig = *state;

    for (uint32_t i = 1; i <= 5000; i++)
        assert_int_equal(rig_add(rig, EVENT_OWN_ALARM_ADDED, i % RIG_UNITS, BYPASS), i);
    for (uint32_t i = 1; i <= 2500; i++)
        deliver(rig, i);
    rig_reopen(rig);
    for (uint32_t i = 2501; i <= 5000; i++)
        deliver(rig, i);
    assert_int_equal(rig_waiting(rig), 0);
    rig_reopen(rig);
    assert_int_equal(rig_waiting(rig), 0);
    assert_int_equal(rig->warned, 0);
}

static void test_overflow_survives(void **state)
{
    struct rig *rig = *state;
    struct event e;
    struct events_stats stats;

    for (unsigned i = 0; i < EVENTS_MAX + 100; i++)
        (void)rig_add(rig, EVENT_ECO_ON, 1, NONE);
    rig_reopen(rig);
    events_stats(rig->events, &stats);
    assert_int_equal(stats.waiting, EVENTS_MAX);
    assert_int_equal(stats.last_seq, EVENTS_MAX + 101);
    do {
        const struct event *sent;

        rig->now_ms = events_next_ms(rig->events);
        sent = events_send(rig->events);
        assert_non_null(sent);
        e = *sent;
        events_fate(rig->events, e.seq, EVENT_DELIVERED);
    } while (e.kind != EVENT_OVERFLOW);
    assert_int_equal(e.number[EVENT_N_LOST], 101);
}

/* A journal with more than the queue takes: the oldest go, and that is told. */
static void test_too_much_in_the_journal(void **state)
{
    struct rig *rig = *state;
    struct record_text text = {0};
    struct events_stats stats;

    rig_close(rig);
    record_add(&text, "upsmibd-events 1 0000000000");
    record_add(&text, " %08x\n", (unsigned)record_crc(text.at, text.len));
    for (unsigned i = 1; i <= EVENTS_MAX + 10; i++) {
        size_t from = text.len;

        record_add(&text, "+ %u 0 upsmibdEcoOn hall none 0 0 0 0 0 0 \"\"", i);
        record_add(&text, " %08x\n", (unsigned)record_crc(text.at + from, text.len - from));
    }
    rig_write(rig, "events", text.at, text.len);
    record_free(&text);
    rig_open(rig);
    events_stats(rig->events, &stats);
    assert_int_equal(stats.waiting, EVENTS_MAX);
    assert_int_equal(stats.lost, 11);
    assert_int_equal(rig_send(rig), 12);
}

/* -- the second thread ------------------------------------------------------------------------ */

struct syncer {
    struct events *events;
    atomic_bool stop;
};

static void *sync_on(void *arg)
{
    struct syncer *s = arg;

    while (!atomic_load(&s->stop))
        events_sync(s->events);
    return NULL;
}

static void test_sync_beside(void **state)
{
    struct rig *rig = *state;
    struct syncer s = {.events = rig->events};
    pthread_t thread;
    uint32_t seq;

    (void)rig_add(rig, EVENT_ECO_ON, 0, NONE);
    assert_int_equal(rig_send(rig), 1);
    assert_int_equal(pthread_create(&thread, NULL, sync_on, &s), 0);
    churn(rig, &seq, 12000);
    for (unsigned i = 0; i < 500; i++)
        (void)rig_add(rig, EVENT_ECO_OFF, 0, NONE);
    events_fate(rig->events, 1, EVENT_DELIVERED);
    for (uint32_t i = 1; i <= 500; i++)
        deliver(rig, seq + i); /* emptied, too */
    (void)rig_add(rig, EVENT_ECO_ON, 0, NONE);
    atomic_store(&s.stop, true);
    assert_int_equal(pthread_join(thread, NULL), 0);
    rig_reopen(rig);
    assert_int_equal(rig->warned, 0);
    assert_int_equal(rig_waiting(rig), 1);
    deliver(rig, seq + 501);
}

/* -- lines ------------------------------------------------------------------------------------ */

static void test_check_sum(void **state)
{
    (void)state;
    assert_int_equal(record_crc("123456789", 9), 0xcbf43926); /* the usual check value */
    assert_int_equal(record_crc("", 0), 0);
}

static void test_scanning(void **state)
{
    static const struct {
        const char *text;
        bool good;
    } numbers[] = {{"0", true},          {"-1", true},
                   {"2147483647", true}, {"2147483648", false},
                   {"", false},          {"+1", false},
                   {"01", false},        {" 1", false},
                   {"1 ", false},        {"1x", false},
                   {"-0", false},        {"-2", false},
                   {"0x1", false},       {"99999999999999999999999", false}},
      quoted[] = {{"\"\"", true},          {"\"abc\"", true},     {"\"abcd\"", false},
                  {"\"ab", false},         {"ab\"", false},       {"\"a\\x22\"", true},
                  {"\"a\\x2\"", false},    {"\"a\\x2G\"", false}, {"\"\\x00\"", false},
                  {"\"a\"\"", false},      {"\"a\" ", false},     {"\"\\", false},
                  {"\"\xc3\"", false},     {"\"\t\"", false},     {"\"\\xFF\"", false},
                  {"\"\\x61\\x62\"", true}};
    char buf[4];
    (void)state;

    for (unsigned i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        struct record_scan s = {numbers[i].text, numbers[i].text + strlen(numbers[i].text), false};

        (void)record_number(&s, -1, INT32_MAX);
        assert_int_equal(record_done(&s), numbers[i].good);
    }
    for (unsigned i = 0; i < sizeof(quoted) / sizeof(quoted[0]); i++) {
        struct record_scan s = {quoted[i].text, quoted[i].text + strlen(quoted[i].text), false};

        record_quoted(&s, buf, sizeof(buf));
        assert_int_equal(record_done(&s), quoted[i].good);
    }
}

static void test_alarm_identities(void **state)
{
    static const char *const bad[] = {"",      "rfc/",   "rfc/0",  "rfc/01", "own/x", "vendor/1",
                                      "rfc 1", "rfc/-1", "none/1", "RFC/1",  "rfc",   "own"};
    struct record_text text = {0};
    struct record_scan s;
    bool known;
    (void)state;

    for (enum ups_alarm a = 0; a <= UPS_ALARM_COUNT; a++) {
        text.len = 0;
        record_alarm(&text, a);
        s = (struct record_scan){.at = text.at, .end = text.at + text.len};
        assert_int_equal(record_alarm_of(&s, &known), a);
        assert_true(known && record_done(&s));
    }
    record_free(&text);
    for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        s = (struct record_scan){.at = bad[i], .end = bad[i] + strlen(bad[i])};
        (void)record_alarm_of(&s, &known);
        assert_false(record_done(&s));
    }
    s = (struct record_scan){.at = "own/4000000000", .end = NULL};
    s.end = s.at + strlen(s.at);
    assert_int_equal(record_alarm_of(&s, &known), UPS_ALARM_NONE);
    assert_true(record_done(&s) && !known);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, rig_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_events_survive),
        TEST(test_names_not_numbers),
        TEST(test_fates_survive),
        TEST(test_killed),
        TEST(test_emptied_file_is_small),
        TEST(test_units_by_name),
        TEST(test_cut_at_every_byte),
        TEST(test_every_byte_changed),
        TEST(test_damaged_is_set_aside),
        TEST(test_foreign_files),
        TEST(test_no_plain_file),
        TEST(test_full_disk),
        TEST(test_full_disk_and_killed),
        TEST(test_no_directory),
        TEST(test_written_anew),
        TEST(test_killed_while_written_anew),
        TEST(test_burst_over_a_restart),
        TEST(test_overflow_survives),
        TEST(test_too_much_in_the_journal),
        TEST(test_sync_beside),
        cmocka_unit_test(test_check_sum),
        cmocka_unit_test(test_scanning),
        cmocka_unit_test(test_alarm_identities),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
