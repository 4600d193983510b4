/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who uses a tty, found out without opening it: opening moves its modem lines, and TIOCEXCL does
 * not keep root out.
 */
#include "scan_private.h"

#include <ctype.h>
#include <dirent.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

/* Majors of pseudo terminals: who made one keeps its other end open too. */
enum { PTS_FIRST = 136, PTS_LAST = 143 };

pid_t scan_lock_holder(FILE *locks, dev_t dev, ino_t ino)
{
    char line[256];

    while (fgets(line, sizeof(line), locks)) {
        unsigned long long inode;
        unsigned high, low;
        int pid;
        if (sscanf(line, "%*u: FLOCK %*s %*s %d %x:%x:%llu", &pid, &high, &low, &inode) == 4 &&
            high == major(dev) && low == minor(dev) && inode == ino)
            return pid > 0 ? pid : -1; /* of another name space: nobody we could name */
    }
    return 0;
}

pid_t scan_uucp_holder(const char *lock_file)
{
    FILE *f = fopen(lock_file, "re");
    int pid = 0;

    if (!f)
        return 0;
    if (fscanf(f, "%d", &pid) != 1 || pid <= 0 || kill(pid, 0) != 0)
        pid = 0; /* left behind by one that is gone, or not in our sight */
    fclose(f);
    return pid;
}

static pid_t uucp_user(const char *path)
{
    char *real = realpath(path, NULL), file[PATH_MAX];
    const char *slash = real ? strrchr(real, '/') : NULL;
    pid_t pid = 0;

    if (slash &&
        (size_t)snprintf(file, sizeof(file), "/var/lock/LCK..%s", slash + 1) < sizeof(file))
        pid = scan_uucp_holder(file);
    free(real);
    return pid;
}

static pid_t lock_user(const struct stat *tty)
{
    FILE *f = fopen("/proc/locks", "re");
    pid_t pid;

    if (!f)
        return 0;
    pid = scan_lock_holder(f, tty->st_dev, tty->st_ino);
    fclose(f);
    return pid;
}

/* Does a process have it open?  Files of others are only looked at if their name says /dev. */
static bool has_open(const char *proc, const struct stat *tty)
{
    char dir[64], link[128], name[8];
    bool found = false;
    struct dirent *e;
    DIR *fds;

    snprintf(dir, sizeof(dir), "/proc/%.20s/fd", proc);
    fds = opendir(dir);
    while (fds && !found && (e = readdir(fds))) {
        struct stat st;
        snprintf(link, sizeof(link), "%s/%.20s", dir, e->d_name);
        if (readlink(link, name, sizeof(name)) >= 5 && memcmp(name, "/dev/", 5) == 0 &&
            stat(link, &st) == 0)
            found = S_ISCHR(st.st_mode) && st.st_rdev == tty->st_rdev;
    }
    if (fds)
        closedir(fds);
    return found;
}

static pid_t open_user(const struct stat *tty)
{
    DIR *proc = opendir("/proc");
    struct dirent *e;
    pid_t pid = 0;

    while (proc && !pid && (e = readdir(proc))) {
        if (isdigit((unsigned char)e->d_name[0]) && has_open(e->d_name, tty))
            pid = (pid_t)strtol(e->d_name, NULL, 10);
    }
    if (proc)
        closedir(proc);
    return pid;
}

static void name_user(pid_t pid, char *who, size_t size)
{
    char path[64], name[64] = "";
    FILE *f;

    if (pid < 0) {
        snprintf(who, size, "another program");
        return;
    }
    snprintf(path, sizeof(path), "/proc/%d/comm", (int)pid);
    f = fopen(path, "re");
    if (f && fgets(name, sizeof(name), f))
        name[strcspn(name, "\n")] = '\0';
    if (f)
        fclose(f);
    snprintf(who, size, "process %d%s%s%s", (int)pid, name[0] ? " (" : "", name,
             name[0] ? ")" : "");
}

bool scan_tty_user(const char *path, char *who, size_t size)
{
    struct stat tty;
    pid_t pid;

    if (stat(path, &tty) != 0 || !S_ISCHR(tty.st_mode))
        return false;
    pid = lock_user(&tty);
    if (!pid)
        pid = uucp_user(path);
    if (!pid && !(major(tty.st_rdev) >= PTS_FIRST && major(tty.st_rdev) <= PTS_LAST))
        pid = open_user(&tty);
    if (pid)
        name_user(pid, who, size);
    return pid != 0;
}
