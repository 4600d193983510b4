/* SPDX-License-Identifier: BSD-2-Clause */
/* Files of the state directory: see state_dir.h. */
#include "state_dir.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

int state_dir_open(const char *path)
{
    int fd;

    if (mkdir(path, 0750) < 0 && errno != EEXIST)
        return -errno;
    fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return fd < 0 ? -errno : fd;
}

/* What the file holds now, at most `size` bytes, which is what fstat() gave. */
static ssize_t read_all(int fd, char *buf, size_t size)
{
    size_t len = 0;

    while (len < size) {
        ssize_t n = read(fd, buf + len, size - len);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -errno;
        if (n == 0)
            break;
        len += (size_t)n;
    }
    return (ssize_t)len;
}

/* O_NONBLOCK: a FIFO in the file's place must not stop the program. */
ssize_t state_dir_read(int dir, const char *name, size_t most, char **text)
{
    int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    struct stat st;
    ssize_t len = 0;

    *text = NULL;
    if (fd < 0)
        return -errno;
    if (fstat(fd, &st) < 0)
        len = -errno;
    else if (!S_ISREG(st.st_mode))
        len = -EINVAL;
    else if (st.st_size < 0 || (size_t)st.st_size > most)
        len = -EFBIG;
    if (len == 0) {
        *text = malloc((size_t)st.st_size + 1);
        len = *text ? read_all(fd, *text, (size_t)st.st_size) : -ENOMEM;
    }
    close(fd);
    if (len < 0) {
        free(*text);
        *text = NULL;
    }
    return len;
}

int state_dir_create(int dir, const char *name)
{
    int fd;

    if (unlinkat(dir, name, 0) < 0 && errno != ENOENT)
        return -errno;
    fd = openat(dir, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0640);
    return fd < 0 ? -errno : fd;
}

int state_dir_write(int fd, const char *text, size_t len, off_t at)
{
    while (len > 0) {
        ssize_t n = pwrite(fd, text, len, at);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n < 0 ? -errno : -EIO;
        text += n;
        at += n;
        len -= (size_t)n;
    }
    return 0;
}

int state_dir_rename(int dir, const char *from, const char *to)
{
    return renameat(dir, from, dir, to) < 0 ? -errno : 0;
}
