/* SPDX-License-Identifier: BSD-2-Clause */
/* The journal's file: see event_journal.h. */
#include "event_journal.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "state_dir.h"

#define NAME     "events"
#define NAME_NEW "events.new"
#define NAME_BAD "events.damaged"

#define READ_MAX    ((size_t)64 << 20) /* a full queue takes 6 MB at the very most */
#define REWRITE_MIN ((off_t)256 << 10) /* smaller files are not worth it */
#define EMPTY_MIN   ((off_t)4 << 10)   /* nor is emptying one after each single event */
#define BATCH_MAX   ((size_t)4 << 10)  /* bytes of lines that may wait ... */
#define BATCH_MS    100                /* ... and how long */
#define RETRY_MS    5000               /* after a failure */

/* One of the two files; fd -1: not there. */
struct file {
    int fd;
    off_t size; /* of good lines; beyond may stand what is left of a failed write */
    bool broken;
};

struct journal {
    char *path; /* of the directory; NULL: keeps nothing */
    const struct ups_clock *clock;
    struct record_text batch;
    int64_t batch_ms;
    size_t lines;
    bool unread;   /* what lies in the directory was not read: not to be overwritten */
    bool told;     /* the log knows of the failure */
    bool starting; /* may wait for the disk */
    int64_t retry_ms;

    pthread_mutex_t lock; /* for what follows */
    int dir;
    struct file now, next;
    bool renaming; /* journal_sync() puts next in now's place: both must stay */
    unsigned users;
};

/* -- failures --------------------------------------------------------------------------------- */

static void fail(struct journal *j, int err)
{
    j->now.broken = true;
    j->retry_ms = ups_now(j->clock) + RETRY_MS;
    j->batch.len = 0;
    if (!j->told)
        log_msg(LOG_LVL_WARN, "event", NULL,
                "%s/" NAME ": %s; notifications that wait are kept in memory only", j->path,
                strerror(-err));
    j->told = true;
}

static void recovered(struct journal *j)
{
    if (j->told)
        log_msg(LOG_LVL_NOTICE, "event", NULL,
                "%s/" NAME ": can be written again; notifications that wait are kept", j->path);
    j->told = false;
}

static void file_close(struct file *f)
{
    if (f->fd >= 0)
        close(f->fd);
    *f = (struct file){.fd = -1};
}

/* With the lock held. */
static void drop_next(struct journal *j)
{
    if (j->next.fd < 0)
        return;
    file_close(&j->next);
    (void)unlinkat(j->dir, NAME_NEW, 0);
}

/* -- appending -------------------------------------------------------------------------------- */

static int file_append(struct file *f, const char *text, size_t len)
{
    int err;

    if (f->fd < 0 || f->broken)
        return 0;
    err = state_dir_write(f->fd, text, len, f->size);
    if (err == 0)
        f->size += (off_t)len;
    else
        f->broken = true;
    return err;
}

static void flush(struct journal *j)
{
    int err;

    if (j->batch.failed)
        j->batch = (struct record_text){.at = j->batch.at, .room = j->batch.room};
    if (j->batch.len == 0)
        return;
    pthread_mutex_lock(&j->lock);
    err = file_append(&j->now, j->batch.at, j->batch.len);
    (void)file_append(&j->next, j->batch.at, j->batch.len);
    if (err != 0)
        fail(j, err);
    pthread_mutex_unlock(&j->lock);
    j->batch.len = 0;
}

static bool usable(struct journal *j)
{
    bool usable;

    pthread_mutex_lock(&j->lock);
    usable = j->now.fd >= 0 && !j->now.broken;
    pthread_mutex_unlock(&j->lock);
    return usable;
}

void journal_event(struct journal *j, const struct event *event, const struct conf *conf)
{
    if (!usable(j))
        return;
    event_record_event(&j->batch, event, conf);
    j->lines++;
    if (j->batch.failed) {
        pthread_mutex_lock(&j->lock);
        fail(j, -ENOMEM);
        pthread_mutex_unlock(&j->lock);
    }
    flush(j);
}

void journal_gone(struct journal *j, uint32_t seq, const char *why)
{
    if (!usable(j))
        return;
    if (j->batch.len == 0)
        j->batch_ms = ups_now(j->clock);
    event_record_gone(&j->batch, seq, why);
    j->lines++;
}

void journal_tick(struct journal *j, size_t waiting)
{
    if (j->batch.len > 0 &&
        (waiting == 0 || j->batch.len >= BATCH_MAX || ups_now(j->clock) - j->batch_ms >= BATCH_MS))
        flush(j);
}

/* -- writing anew ----------------------------------------------------------------------------- */

bool journal_wants_rewrite(struct journal *j, size_t waiting)
{
    bool wants;

    if (!j->path)
        return false;
    pthread_mutex_lock(&j->lock);
    if (j->now.broken)
        wants = ups_now(j->clock) >= j->retry_ms;
    else
        wants = j->now.size > REWRITE_MIN && j->lines > 3 * waiting && j->next.fd < 0;
    pthread_mutex_unlock(&j->lock);
    return wants;
}

static int open_dir(struct journal *j)
{
    if (j->dir < 0)
        j->dir = state_dir_open(j->path);
    return j->dir < 0 ? j->dir : 0;
}

/* Never overwrites what could not be read. */
static int set_aside_unread(struct journal *j)
{
    int err = j->unread ? state_dir_rename(j->dir, NAME, NAME_BAD) : 0;

    if (err == -ENOENT)
        err = 0;
    if (err == 0)
        j->unread = false;
    return err;
}

static int write_new(struct journal *j, const struct record_text *text)
{
    int err = text->failed ? -ENOMEM : open_dir(j);

    if (err == 0) {
        drop_next(j);
        j->next.fd = state_dir_create(j->dir, NAME_NEW);
        err = j->next.fd < 0 ? j->next.fd : 0;
    }
    if (err == 0) {
        err = state_dir_write(j->next.fd, text->at, text->len, 0);
        j->next.size = (off_t)text->len;
    }
    if (err != 0 && j->next.fd >= 0)
        drop_next(j);
    else if (err != 0)
        j->next.fd = -1;
    return err;
}

/* With the lock held: the new file is the journal from now on. */
static void take_next(struct journal *j)
{
    file_close(&j->now);
    j->now = j->next;
    j->next = (struct file){.fd = -1};
}

/*
 * A journal that is whole stays until the new one is safe; one that misses lines, or the one of an
 * earlier run, is worth less than the new one as it is.
 */
static int rewrite(struct journal *j, const struct record_text *text)
{
    int err = write_new(j, text);

    if (err != 0 || !(j->now.broken || j->now.fd < 0))
        return err;
    if (j->starting && fdatasync(j->next.fd) < 0)
        err = -errno;
    if (err == 0)
        err = set_aside_unread(j);
    if (err == 0)
        err = state_dir_rename(j->dir, NAME_NEW, NAME);
    if (err == 0)
        take_next(j);
    else
        drop_next(j);
    return err;
}

void journal_rewrite(struct journal *j, const struct record_text *text)
{
    int err;

    if (!j->path)
        return;
    flush(j); /* the old file stays in use for a while */
    pthread_mutex_lock(&j->lock);
    if (j->renaming) {
        pthread_mutex_unlock(&j->lock);
        return;
    }
    j->batch.len = 0;
    err = rewrite(j, text);
    j->starting = false;
    if (err == 0) {
        j->lines = 0;
        for (size_t i = 0; i < text->len; i++)
            j->lines += text->at[i] == '\n';
        recovered(j);
    } else if (j->now.broken || j->now.fd < 0) {
        fail(j, err);
    } else {
        j->lines = 0; /* the old one is whole and goes on; not tried again at once */
    }
    pthread_mutex_unlock(&j->lock);
}

static bool worth_emptying(struct journal *j)
{
    bool worth;

    pthread_mutex_lock(&j->lock);
    worth = j->now.fd >= 0 && !j->now.broken && !j->renaming && j->now.size > EMPTY_MIN;
    pthread_mutex_unlock(&j->lock);
    return worth;
}

/*
 * The first line is written over before the rest goes: whatever happens between, the last number
 * stays known.
 */
void journal_empty(struct journal *j, uint32_t last_seq)
{
    struct record_text head = {0};
    int err;

    journal_tick(j, 0);
    if (!worth_emptying(j))
        return;
    event_record_head(&head, last_seq);
    pthread_mutex_lock(&j->lock);
    if (!j->renaming && !head.failed) {
        drop_next(j);
        err = state_dir_write(j->now.fd, head.at, head.len, 0);
        if (err == 0 && ftruncate(j->now.fd, (off_t)head.len) < 0)
            err = -errno;
        j->now.size = (off_t)head.len;
        j->lines = 1;
        if (err != 0)
            fail(j, err);
    }
    pthread_mutex_unlock(&j->lock);
    record_free(&head);
}

/* -- the second thread ------------------------------------------------------------------------ */

/* A descriptor of the file of its own, so that the other thread may close its one. */
static int borrow(const struct file *f)
{
    return f->fd < 0 ? -1 : fcntl(f->fd, F_DUPFD_CLOEXEC, 0);
}

static void release(struct journal *j)
{
    bool last;

    pthread_mutex_lock(&j->lock);
    last = --j->users == 0;
    pthread_mutex_unlock(&j->lock);
    if (!last)
        return;
    file_close(&j->now);
    file_close(&j->next);
    if (j->dir >= 0)
        close(j->dir);
    pthread_mutex_destroy(&j->lock);
    record_free(&j->batch);
    free(j->path);
    free(j);
}

/*
 * The new file is on the disk.  If an append to it has failed meanwhile it comes into use broken,
 * and the first thread writes another one.
 */
static void replace(struct journal *j, int dir)
{
    int err = state_dir_rename(dir, NAME_NEW, NAME);

    pthread_mutex_lock(&j->lock);
    if (err == 0)
        take_next(j);
    else
        drop_next(j);
    j->renaming = false;
    pthread_mutex_unlock(&j->lock);
    if (err == 0)
        (void)fsync(dir);
}

void journal_sync(struct journal *j)
{
    bool renaming;
    int fd, dir;

    pthread_mutex_lock(&j->lock);
    j->users++;
    renaming = j->renaming = j->next.fd >= 0 && !j->next.broken;
    fd = borrow(renaming ? &j->next : &j->now);
    dir = j->dir;
    pthread_mutex_unlock(&j->lock);
    if (fd >= 0) {
        int err = fdatasync(fd);

        if (err != 0)
            log_msg(LOG_LVL_DEBUG, "event", NULL, "%s/" NAME ": %s", j->path, strerror(errno));
        close(fd);
    }
    if (renaming)
        replace(j, dir);
    release(j);
}

/* -- life ------------------------------------------------------------------------------------- */

struct journal *journal_open(const char *dir, const struct ups_clock *clock)
{
    struct journal *j = calloc(1, sizeof(*j));

    if (!j)
        return NULL;
    j->clock = clock;
    j->dir = j->now.fd = j->next.fd = -1;
    j->users = 1;
    pthread_mutex_init(&j->lock, NULL);
    j->path = dir ? strdup(dir) : NULL;
    if (!dir || j->path)
        return j;
    release(j);
    return NULL;
}

void journal_close(struct journal *j)
{
    if (!j)
        return;
    flush(j);
    pthread_mutex_lock(&j->lock);
    if (!j->renaming)
        drop_next(j);
    pthread_mutex_unlock(&j->lock);
    release(j);
}

static void set_aside(struct journal *j, const struct event_record_summary *s)
{
    if (s->foreign)
        log_msg(LOG_LVL_WARN, "event", NULL,
                "%s/" NAME ": of another version; set aside as " NAME_BAD, j->path);
    else
        log_msg(LOG_LVL_WARN, "event", NULL,
                "%s/" NAME ": damaged (%zu of %zu lines); set aside as " NAME_BAD
                ", the others are used",
                j->path, s->bad, s->bad + s->lines);
    j->unread = true;
}

void journal_read(struct journal *j, const struct conf *conf, const struct event_record_sink *sink,
                  struct event_record_summary *summary)
{
    char *text = NULL;
    ssize_t len;

    memset(summary, 0, sizeof(*summary));
    if (!j->path)
        return;
    j->starting = true;
    j->dir = state_dir_open(j->path);
    len = j->dir < 0 ? j->dir : state_dir_read(j->dir, NAME, READ_MAX, &text);
    if (len < 0) {
        j->unread = true;
        if (j->dir >= 0 && len != -ENOENT)
            log_msg(LOG_LVL_WARN, "event", NULL, "%s/" NAME ": %s; set aside as " NAME_BAD, j->path,
                    strerror((int)-len));
        return;
    }
    event_record_read(text, (size_t)len, conf, sink, summary);
    if (summary->foreign || summary->bad > 0)
        set_aside(j, summary);
    else if (summary->torn)
        log_msg(LOG_LVL_INFO, "event", NULL, "%s/" NAME ": the last line was not whole: dropped",
                j->path);
    free(text);
}
