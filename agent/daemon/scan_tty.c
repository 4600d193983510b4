/* SPDX-License-Identifier: BSD-2-Clause */
/* Which serial ports there are: by sysfs, and by udev's names for what is plugged in. */
#include "scan_private.h"

#include <dirent.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BY_ID "/dev/serial/by-id"
#define TTYS  "/sys/class/tty"

/* What is wanted of a directory, while it is read. */
struct list {
    const char *root;
    struct scan_tty *tty;
    size_t count, max;
};

static bool there(const char *root, const char *dir, const char *name, const char *file)
{
    char path[PATH_MAX];

    return (size_t)snprintf(path, sizeof(path), "%s%s/%s%s", root, dir, name, file) <
               sizeof(path) &&
           access(path, F_OK) == 0;
}

/* Ports that exist only in the driver's table have type 0; other drivers have no such attribute. */
static bool is_uart(const char *root, const char *name)
{
    char path[PATH_MAX];
    int type = -1;
    FILE *f;

    if ((size_t)snprintf(path, sizeof(path), "%s" TTYS "/%s/type", root, name) >= sizeof(path))
        return false;
    f = fopen(path, "re");
    if (!f)
        return true;
    if (fscanf(f, "%d", &type) != 1)
        type = -1;
    fclose(f);
    return type != 0;
}

static void add(struct list *l, const char *dir, const char *file, const char *name)
{
    struct scan_tty *t = &l->tty[l->count];

    if (l->count == l->max)
        return;
    for (size_t i = 0; i < l->count; i++)
        if (strcmp(l->tty[i].name, name) == 0)
            return; /* it has a better name already */
    if ((size_t)snprintf(t->path, sizeof(t->path), "%s/%s", dir, file) < sizeof(t->path) &&
        (size_t)snprintf(t->name, sizeof(t->name), "%s", name) < sizeof(t->name))
        l->count++;
}

static void add_by_id(struct list *l, const char *file)
{
    char path[PATH_MAX], *real = NULL;
    const char *slash;

    if ((size_t)snprintf(path, sizeof(path), "%s" BY_ID "/%s", l->root, file) < sizeof(path))
        real = realpath(path, NULL);
    slash = real ? strrchr(real, '/') : NULL;
    if (slash)
        add(l, BY_ID, file, slash + 1);
    free(real);
}

/* A tty with hardware behind it: consoles and pseudo terminals have no device. */
static void add_tty(struct list *l, const char *name)
{
    if (there(l->root, TTYS, name, "/device") && is_uart(l->root, name) &&
        there(l->root, "/dev", name, ""))
        add(l, "/dev", name, name);
}

static void read_dir(struct list *l, const char *dir, void (*each)(struct list *, const char *))
{
    char path[PATH_MAX];
    struct dirent **entry;
    int n = -1;

    if ((size_t)snprintf(path, sizeof(path), "%s%s", l->root, dir) < sizeof(path))
        n = scandir(path, &entry, NULL, versionsort);
    for (int i = 0; i < n; i++) {
        if (entry[i]->d_name[0] != '.')
            each(l, entry[i]->d_name);
        free(entry[i]);
    }
    if (n >= 0)
        free(entry);
}

size_t scan_ttys(const char *root, struct scan_tty *list, size_t max)
{
    struct list l = {.root = root, .tty = list, .max = max};

    read_dir(&l, BY_ID, add_by_id);
    read_dir(&l, TTYS, add_tty);
    return l.count;
}
