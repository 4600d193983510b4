/* SPDX-License-Identifier: BSD-2-Clause */
/* What the tests of the queue, its journal and the state file share: see event_rig.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include "event_rig.h"

static int64_t rig_mono(void *arg)
{
    return ((struct rig *)arg)->now_ms;
}

static int64_t rig_wall(void *arg)
{
    return ((struct rig *)arg)->wall_ms;
}

static void note_line(void *arg, enum log_level level, const char *line)
{
    struct rig *rig = arg;

    if (level == LOG_LVL_DEBUG)
        return;
    rig->warned += level <= LOG_LVL_WARN;
    snprintf(rig->logged, sizeof(rig->logged), "%s", line);
}

int rig_setup(void **state)
{
    static const char *const names[RIG_UNITS] = {"hall", "rack-1", "rack.2"};
    struct rig *rig = calloc(1, sizeof(*rig));

    assert_non_null(rig);
    rig->now_ms = 5000000;
    rig->wall_ms = 1700000000000;
    rig->clock = (struct ups_clock){.mono_ms = rig_mono, .wall_ms = rig_wall, .arg = rig};
    for (unsigned i = 0; i < RIG_UNITS; i++) {
        rig->unit[i] = (struct conf_unit){.name = names[i], .context = names[i], .desc = ""};
        rig->unit[i].timing.notify = UINT32_MAX;
    }
    rig->conf = (struct conf){.unit = rig->unit, .unit_count = RIG_UNITS};
    snprintf(rig->dir, sizeof(rig->dir), "/tmp/upsmibd-test-XXXXXX");
    assert_non_null(mkdtemp(rig->dir));
    log_capture(note_line, rig);
    *state = rig;
    return 0;
}

int rig_teardown(void **state)
{
    struct rig *rig = *state;
    struct dirent *e;
    DIR *d;

    rig_close(rig);
    log_capture(NULL, NULL);
    d = opendir(rig->dir);
    while (d && (e = readdir(d)))
        if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0 &&
            unlink(rig_path(rig, e->d_name)) != 0)
            (void)rmdir(rig_path(rig, e->d_name));
    if (d)
        closedir(d);
    (void)rmdir(rig->dir);
    free(rig);
    return 0;
}

const char *rig_path(struct rig *rig, const char *name)
{
    snprintf(rig->path, sizeof(rig->path), "%s/%.60s", rig->dir, name);
    return rig->path;
}

char *rig_read(struct rig *rig, const char *name, size_t *len)
{
    FILE *f = fopen(rig_path(rig, name), "rb");
    char *text = NULL;
    size_t room = 0;
    int c;

    *len = 0;
    if (!f)
        return NULL;
    while ((c = getc(f)) != EOF) {
        if (*len + 1 >= room) {
            room = room ? 2 * room : 4096;
            text = realloc(text, room);
            assert_non_null(text);
        }
        text[(*len)++] = (char)c;
    }
    fclose(f);
    if (!text)
        text = calloc(1, 1);
    assert_non_null(text);
    text[*len] = '\0';
    return text;
}

void rig_write(struct rig *rig, const char *name, const char *text, size_t len)
{
    FILE *f = fopen(rig_path(rig, name), "wb");

    assert_non_null(f);
    assert_int_equal(fwrite(text, 1, len, f), len);
    assert_int_equal(fclose(f), 0);
}

bool rig_exists(struct rig *rig, const char *name)
{
    struct stat st;

    return lstat(rig_path(rig, name), &st) == 0;
}

void rig_open(struct rig *rig)
{
    rig->events = events_open(rig->dir, &rig->conf, &rig->clock);
    assert_non_null(rig->events);
}

void rig_close(struct rig *rig)
{
    events_close(rig->events);
    rig->events = NULL;
}

void rig_reopen(struct rig *rig)
{
    rig_close(rig);
    rig_open(rig);
}

uint32_t rig_add(struct rig *rig, enum event_kind kind, uint32_t unit, enum ups_alarm alarm)
{
    struct event event = {.kind = kind, .unit = unit, .alarm = alarm};

    events_add(rig->events, &event);
    return event.seq;
}

uint32_t rig_send(struct rig *rig)
{
    const struct event *event = events_send(rig->events);

    return event ? event->seq : 0;
}

uint32_t rig_send_when_due(struct rig *rig)
{
    int64_t at = events_next_ms(rig->events);

    if (at == INT64_MAX)
        return 0;
    assert_true(at >= rig->now_ms);
    rig->now_ms = at;
    return rig_send(rig);
}

uint32_t rig_waiting(const struct rig *rig)
{
    struct events_stats stats;

    events_stats(rig->events, &stats);
    return stats.waiting;
}
