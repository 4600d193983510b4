/* SPDX-License-Identifier: BSD-2-Clause */
/* Changes since the state file was written: see state_late.h. */
#include "state_late.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "state_dir.h"
#include "state_file.h"

#define NAME "state.late"
#define MOST ((size_t)4 << 20) /* bytes; far more than comes while the state file is written */

/* -- reading ---------------------------------------------------------------------------------- */

/* The end of the record that begins here: behind the line of its check sum.  NULL: not whole. */
static const char *record_end(const char *at, const char *end)
{
    static const char check[] = "check = ";

    while (at < end) {
        const char *nl = memchr(at, '\n', (size_t)(end - at));

        if (!nl)
            return NULL;
        if ((size_t)(nl - at) > sizeof(check) - 1 && memcmp(at, check, sizeof(check) - 1) == 0)
            return nl + 1;
        at = nl + 1;
    }
    return NULL;
}

size_t state_late_read(int dir,
                       bool (*take)(void *arg, const char *name, const struct state_unit *unit),
                       void *arg)
{
    char *text = NULL, why[100];
    ssize_t len = state_dir_read(dir, NAME, 2 * MOST, &text);
    const char *at = text, *next;
    size_t count = 0;

    while (len > 0 && (next = record_end(at, text + len)) != NULL &&
           state_file_read(at, (size_t)(next - at), take, arg, why, sizeof(why))) {
        at = next;
        count++;
    }
    free(text);
    return count;
}

/* -- writing ---------------------------------------------------------------------------------- */

void state_late_add(struct state_late *late, const char *name, const struct state_unit *unit)
{
    struct record_text text = {0};

    if (late->fd < 0)
        return;
    state_file_begin(&text);
    state_file_unit(&text, name, unit);
    state_file_end(&text);
    if (text.failed || (size_t)late->size + text.len > MOST ||
        state_dir_write(late->fd, text.at, text.len, late->size) != 0)
        state_late_close(late);
    else
        late->size += (off_t)text.len;
    record_free(&text);
}

void state_late_clear(struct state_late *late, int dir)
{
    if (late->fd >= 0 && late->size == 0)
        return;
    if (late->fd >= 0 && ftruncate(late->fd, 0) < 0)
        state_late_close(late);
    if (late->fd < 0)
        late->fd = state_dir_create(dir, NAME);
    if (late->fd < 0)
        late->fd = -1; /* tried again after the next write */
    late->size = 0;
}

void state_late_close(struct state_late *late)
{
    if (late->fd >= 0)
        close(late->fd);
    late->fd = -1;
}
