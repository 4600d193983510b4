/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Huawei UPS2000: is this a tty on which the UPS can talk at all?
 *
 * The USB bridge MaxLinear/Exar XR21V1410 (04e2:1410) in many units claims to be a modem.  Linux
 * before 5.12, or built without xr_serial, then binds cdc_acm to it: the port opens, and every
 * request is answered by silence.
 */
#include "huawei_ups2000.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Reads the first word of a sysfs attribute; "" if there is none. */
static void vet_attribute(const char *dir, const char *name, char word[16])
{
    char path[PATH_MAX];

    word[0] = '\0';
    if ((size_t)snprintf(path, sizeof path, "%s/%s", dir, name) >= sizeof path)
        return;
    FILE *f = fopen(path, "re");
    if (!f)
        return;
    if (fscanf(f, "%15s", word) != 1)
        word[0] = '\0';
    fclose(f);
}

/* Finds the USB device above a sysfs directory (which is cut) and compares its numbers. */
static bool vet_usb_above(char *dir, size_t root_len, const char *vendor, const char *product)
{
    char word[16];

    while (strlen(dir) > root_len) {
        vet_attribute(dir, "idVendor", word);
        if (word[0]) {
            if (strcasecmp(word, vendor) != 0)
                return false;
            vet_attribute(dir, "idProduct", word);
            return strcasecmp(word, product) == 0;
        }
        char *slash = strrchr(dir, '/');
        if (!slash || slash == dir)
            return false;
        *slash = '\0';
    }
    return false;
}

/*
 * Paths of the kernel's longest length.  On the heap and not on the stack, because each wire has a
 * thread of its own and stack pages, once touched, stay with it.
 */
struct vet_paths {
    char real[PATH_MAX], dir[PATH_MAX], link[PATH_MAX], root[PATH_MAX];
};

/* Is the tty's driver cdc_acm above the bridge?  Fills p->dir with what it found on the way. */
static bool vet_is_trap(struct vet_paths *p, const char *sysfs, const char *name)
{
    if (!realpath(sysfs, p->root) ||
        (size_t)snprintf(p->link, sizeof p->link, "%s/class/tty/%s/device/driver", sysfs, name) >=
            sizeof p->link ||
        !realpath(p->link, p->dir))
        return false; /* a pseudo terminal, or no sysfs: nothing known against it */
    const char *driver = strrchr(p->dir, '/');
    if (!driver || strcmp(driver + 1, "cdc_acm") != 0)
        return false;
    return (size_t)snprintf(p->link, sizeof p->link, "%s/class/tty/%s/device", sysfs, name) <
               sizeof p->link &&
           realpath(p->link, p->dir) && vet_usb_above(p->dir, strlen(p->root), "04e2", "1410");
}

enum ups_error huawei_vet_tty(const char *sysfs, const char *path, char *why, size_t why_size)
{
    struct vet_paths *p = malloc(sizeof *p);

    if (!p) {
        snprintf(why, why_size, "out of memory");
        return UPS_E_SYSTEM;
    }
    const char *tty = realpath(path, p->real) ? p->real : path; /* by-id names are links */
    const char *slash = strrchr(tty, '/'), *name = slash ? slash + 1 : tty;
    bool trap = vet_is_trap(p, sysfs, name);

    if (trap)
        snprintf(why, why_size,
                 "%s: USB bridge 04e2:1410 is bound to cdc_acm and can't talk to the UPS; "
                 "it needs the kernel driver xr_serial (Linux 5.12 or later)",
                 name);
    free(p);
    return trap ? UPS_E_REFUSED : UPS_OK;
}
