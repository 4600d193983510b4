/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Inside of --scan: scan.c puts together what scan_tty.c lists, what scan_ask.c hears and what the
 * drivers find; scan_user.c knows who uses a tty; scan_write.c prints sections.
 */
#ifndef SCAN_PRIVATE_H
#define SCAN_PRIVATE_H

#include "../conf.h"
#include "scan.h"

#include <sys/types.h>

/* -- scan_write.c ----------------------------------------------------------------------------- */

/* Kinds of sections, by the stem of their names. */
enum scan_stem { SCAN_USB, SCAN_SERIAL, SCAN_NET, SCAN_STEMS };

struct scan_writer {
    FILE *out;
    const struct conf *conf; /* names in it are not used again; NULL: none */
    unsigned last[SCAN_STEMS];
};

/*
 * Prints a section with its comments, under a name of its own; as comments throughout if
 * found->hold, or if a value can't stand in a configuration (a comment says which).
 */
void scan_section(struct scan_writer *w, enum scan_stem stem, const char *driver,
                  const struct drv_found *found);

/* Prints lines as comments.  What is not printable ASCII becomes '?'. */
void scan_comment(FILE *out, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Prints a value so that the configuration reads it back as it is: quoted where need be. */
void scan_value(FILE *out, const char *value);

/* -- scan_tty.c ------------------------------------------------------------------------------- */

struct scan_tty {
    char path[280]; /* to be configured: a name by what is plugged in, if there is one */
    char name[64];  /* the kernel's, "ttyUSB0" */
};

/*
 * Lists serial ports, stable names first, without opening any (that would move their modem lines,
 * which switch some UPSes off).  Of ttyS* only what is a UART.  `root` stands before /dev and /sys:
 * "" but in tests.  Returns how many, at most `max`.
 */
size_t scan_ttys(const char *root, struct scan_tty *list, size_t max);

/* -- scan_user.c ------------------------------------------------------------------------------ */

/*
 * Who uses a tty: a process that has locked it, or has it open, or left a lock file and lives.
 * Writes "process 12 (name)" and returns true.  The tty is not opened.  Who may not look into other
 * processes sees locks only.
 */
bool scan_tty_user(const char *path, char *who, size_t size);

/* The same by one of the ways, for the tests: /proc/locks' text, and a file of UUCP's kind. */
pid_t scan_lock_holder(FILE *locks, dev_t dev, ino_t ino);
pid_t scan_uucp_holder(const char *lock_file);

/* -- scan_ask.c ------------------------------------------------------------------------------- */

/* What became of asking one port. */
struct scan_answer {
    const char *port;
    const struct drv_driver *driver; /* who knows what is there; NULL: nobody */
    struct drv_found found;
    char why[1024]; /* without a driver: lines, one of each that was tried */
    bool spared;    /* nothing was sent: another program has it, or it was named twice */
};

/* Asks all ports at once that are not spared, each for at most SCAN_PORT_MS. */
#define SCAN_PORT_MS 60000
void scan_ask(struct scan_answer *answer, size_t count);

#endif
