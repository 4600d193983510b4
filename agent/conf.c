/* SPDX-License-Identifier: BSD-2-Clause */
/* Loading a configuration from a file or from memory: see conf.h. */
#include "conf.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conf_build.h"

struct conf *conf_parse(const char *name, const char *text, size_t len, conf_report_fn *report,
                        void *arg)
{
    struct conf_build b = {.file = name, .report = report, .arg = arg};
    bool good;

    b.conf = calloc(1, sizeof(*b.conf));
    if (!b.conf) {
        report(arg, CONF_ERROR, name, 0, "expected enough memory, found none left");
        return NULL;
    }
    conf_timing_defaults(&b.conf->timing);
    conf_read_lines(&b, text, len);
    if (b.section_count > 0 && !b.out_of_memory)
        conf_build_units(&b);
    for (size_t i = 0; i < b.section_count; i++)
        free(b.section[i].entry);
    free(b.section);
    good = b.errors == 0 && !b.out_of_memory;
    conf_findings_tell(&b);
    if (good)
        return b.conf;
    conf_free(b.conf);
    return NULL;
}

/* What a file that is not regular is, in words. */
static const char *kind_of_file(mode_t mode)
{
    return S_ISDIR(mode)    ? "a directory"
           : S_ISFIFO(mode) ? "a pipe"
           : S_ISSOCK(mode) ? "a socket"
                            : "a device";
}

/*
 * Opens a regular file of bearable size.  Returns its descriptor, or -1 with a message in why.
 * O_NONBLOCK keeps a pipe from holding the program up before it can be refused.
 */
static int open_file(const char *path, size_t *size, char *why, size_t why_size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    struct stat st;

    if (fd < 0 || fstat(fd, &st) < 0) {
        snprintf(why, why_size, "expected a readable file, found: %s", strerror(errno));
    } else if (!S_ISREG(st.st_mode)) {
        snprintf(why, why_size, "expected a regular file, found %s", kind_of_file(st.st_mode));
    } else if (st.st_size > CONF_FILE_MAX) {
        snprintf(why, why_size, "expected at most %d bytes, found %lld", CONF_FILE_MAX,
                 (long long)st.st_size);
    } else {
        *size = (size_t)st.st_size;
        return fd;
    }
    if (fd >= 0)
        close(fd);
    return -1;
}

/* Reads up to `size` bytes.  Returns how many, or -1 with errno set. */
static ssize_t read_all(int fd, char *text, size_t size)
{
    size_t used = 0;

    while (used < size) {
        ssize_t n = read(fd, text + used, size - used);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        if (n == 0)
            break;
        used += (size_t)n;
    }
    return (ssize_t)used;
}

struct conf *conf_load(const char *path, conf_report_fn *report, void *arg)
{
    struct conf *conf = NULL;
    char why[200];
    size_t size = 0;
    int fd = open_file(path, &size, why, sizeof(why));
    char *text = fd < 0 ? NULL : malloc(size + 1);
    ssize_t len = -1;

    if (text) {
        len = read_all(fd, text, size);
        if (len < 0)
            snprintf(why, sizeof(why), "expected a readable file, found: %s", strerror(errno));
    } else if (fd >= 0) {
        snprintf(why, sizeof(why), "expected enough memory, found none left");
    }
    if (fd >= 0)
        close(fd);
    if (len < 0)
        report(arg, CONF_ERROR, path, 0, why);
    else
        conf = conf_parse(path, text, (size_t)len, report, arg);
    free(text);
    return conf;
}

void conf_free(struct conf *conf)
{
    if (!conf)
        return;
    conf_store_free(conf->store);
    for (size_t i = 0; i < conf->unit_count; i++) {
        free(conf->unit[i].opt);
        free(conf->unit[i].preset);
    }
    free(conf->unit);
    free(conf);
}

const struct conf_unit *conf_find(const struct conf *conf, const char *name)
{
    for (size_t i = 0; i < conf->unit_count; i++) {
        if (strcmp(conf->unit[i].name, name) == 0)
            return &conf->unit[i];
    }
    return NULL;
}
