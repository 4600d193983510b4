/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From the program without net-snmp to the one with it.  A second program rather than a loaded
 * module: nothing to resolve at run time, and sanitizers see it whole.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../../drivers/ups.h"
#include "standalone.h"

#define PROGRAM "upsmibd-standalone"

/* The directory of the running program, closing slash included.  0 if it cannot be known. */
static size_t own_directory(char *buf, size_t size)
{
    ssize_t len = readlink("/proc/self/exe", buf, size - 1);
    const char *slash;

    if (len <= 0 || (size_t)len >= size - 1)
        return 0;
    buf[len] = '\0';
    slash = strrchr(buf, '/');
    return slash != NULL ? (size_t)(slash - buf) + 1 : 0;
}

int standalone_exec(const char *libexec_dir, char *const argv[], char *why, size_t why_size)
{
    char path[4096];
    size_t dir = own_directory(path, sizeof(path) - sizeof(PROGRAM));
    int error;

    if (dir > 0) {
        memcpy(path + dir, PROGRAM, sizeof(PROGRAM));
        /* Not there where it is installed: ENOENT is the usual way on. */
        execv(path, argv);
        if (errno != ENOENT) {
            error = errno;
            snprintf(why, why_size, "cannot run %s: %s", path, strerror(error));
            return UPS_E_SYSTEM;
        }
    }
    snprintf(path, sizeof(path), "%s/%s", libexec_dir, PROGRAM);
    execv(path, argv);
    error = errno;
    if (error == ENOENT)
        snprintf(why, why_size,
                 "the standalone agent is not installed (no %s; it needs net-snmp's libraries)",
                 path);
    else
        snprintf(why, why_size, "cannot run %s: %s", path, strerror(error));
    return UPS_E_SYSTEM;
}
