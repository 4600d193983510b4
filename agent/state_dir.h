/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Files of the state directory, safely: no symbolic link is followed, descriptors are closed on
 * exec, writing is whole or an error.  Functions return a descriptor or a size, or -errno.
 */
#ifndef STATE_DIR_H
#define STATE_DIR_H

#include <stddef.h>
#include <sys/types.h>

/* Opens the directory; makes it, mode 0750, if it is missing (its parent must be there). */
int state_dir_open(const char *path);

/*
 * Reads a whole file of at most `most` bytes into memory (free *text).  Returns its size; -ENOENT
 * if there is none; -EFBIG if it is larger; -EINVAL if it is no plain file.
 */
ssize_t state_dir_read(int dir, const char *name, size_t most, char **text);

/* A new, empty file, mode 0640, to be read and written; what bore the name is removed first. */
int state_dir_create(int dir, const char *name);

/* Writes all of it at this place.  0, or -errno and then any part of it may have been written. */
int state_dir_write(int fd, const char *text, size_t len, off_t at);

/* Renames in the directory, replacing what bears the new name.  0 or -errno. */
int state_dir_rename(int dir, const char *from, const char *to);

#endif
