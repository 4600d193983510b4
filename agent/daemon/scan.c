/* SPDX-License-Identifier: BSD-2-Clause */
/* --scan: see scan.h. */
#include "scan_private.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { TTYS_MOST = 256 };

static void ignore(void *arg, enum conf_severity severity, const char *file, unsigned line,
                   const char *text)
{
    (void)arg;
    (void)severity;
    (void)file;
    (void)line;
    (void)text;
}

/* -- USB -------------------------------------------------------------------------------------- */

/* The driver whose finds are coming in. */
struct finder {
    struct scan_writer *writer;
    const struct drv_driver *driver;
    unsigned count;
};

static void take_found(void *arg, const struct drv_found *found)
{
    struct finder *f = arg;

    f->count++;
    scan_section(f->writer, SCAN_USB, f->driver->name, found);
}

static bool has_usb_unit(const struct conf *conf)
{
    for (size_t i = 0; conf && i < conf->unit_count; i++)
        if (strcmp(conf->unit[i].port, "auto") == 0)
            return true;
    return false;
}

/* Returns how many were found.  What is in a driver's way is no failure of the others. */
static unsigned scan_usb(struct scan_writer *w, const char *conf_path)
{
    struct finder f = {.writer = w};
    unsigned looked = 0;

    for (size_t i = 0; drv_drivers[i]; i++) {
        char why[200] = "";
        f.driver = drv_drivers[i];
        if (!f.driver->scan)
            continue;
        if (f.driver->scan(take_found, &f, why, sizeof(why)) >= 0)
            looked++;
        else
            scan_comment(w->out, "USB, driver %s: %s", f.driver->name, why);
    }
    if (f.count > 0)
        fputc('\n', w->out);
    if (f.count == 0 && looked > 0)
        scan_comment(w->out, "No USB UPS that a driver knows.");
    if (f.count > 0 && has_usb_unit(w->conf))
        scan_comment(w->out, "%s has units on USB already: look whether these are the same.",
                     conf_path);
    return f.count;
}

/* -- serial ports ----------------------------------------------------------------------------- */

/* One port under two names of it? */
static bool same_port(const char *a, const char *b)
{
    struct stat first, second;

    if (strcmp(a, b) == 0)
        return true;
    return a[0] == '/' && b[0] == '/' && stat(a, &first) == 0 && stat(b, &second) == 0 &&
           S_ISCHR(first.st_mode) && S_ISCHR(second.st_mode) && first.st_rdev == second.st_rdev;
}

/* The unit that has this port already; NULL. */
static const struct conf_unit *unit_at(const struct conf *conf, const char *port)
{
    for (size_t i = 0; conf && i < conf->unit_count; i++)
        if (same_port(conf->unit[i].port, port))
            return &conf->unit[i];
    return NULL;
}

/* Not asked: a section that lacks only the right driver, as comments. */
static void write_tty(struct scan_writer *w, const struct scan_tty *tty, const char *conf_path)
{
    const struct conf_unit *unit = unit_at(w->conf, tty->path);
    struct drv_found found = {.hold = true};
    char who[160];

    snprintf(found.what, sizeof(found.what), "Serial port %s (%s)", tty->path, tty->name);
    if (unit)
        drv_found_note(&found, "In %s it is unit %s.", conf_path, unit->name);
    if (scan_tty_user(tty->path, who, sizeof(who)))
        drv_found_note(&found, "In use by %s.", who);
    else if (!unit)
        drv_found_note(&found, "Not asked who is there; this asks: upsmibd --scan %s", tty->path);
    drv_found_add(&found, "port", "%s", tty->path);
    scan_section(w, SCAN_SERIAL, "qx", &found);
}

static size_t list_serial(struct scan_writer *w, const char *conf_path)
{
    struct scan_tty *tty = calloc(TTYS_MOST, sizeof(*tty));
    size_t count = tty ? scan_ttys("", tty, TTYS_MOST) : 0;

    if (!tty)
        scan_comment(w->out, "Serial ports: out of memory.");
    else if (count == 0)
        scan_comment(w->out, "No serial port.");
    for (size_t i = 0; i < count; i++)
        write_tty(w, &tty[i], conf_path);
    free(tty);
    return count;
}

static int look(struct scan_writer *w, const char *conf_path)
{
    unsigned usb = scan_usb(w, conf_path);
    size_t serial = list_serial(w, conf_path);

    fprintf(stderr, "upsmibd: %u USB UPS%s, %zu serial port%s%s\n", usb, usb == 1 ? "" : "es",
            serial, serial == 1 ? "" : "s",
            serial > 0 ? ", not asked; upsmibd --scan PORT asks one" : "");
    return usb > 0 ? SCAN_FOUND : SCAN_NOTHING;
}

/* -- asking ports ----------------------------------------------------------------------------- */

static bool good_ports(const struct cli *cli)
{
    char why[300];

    for (int i = 0; i < cli->port_count; i++) {
        enum link_port kind = link_port_kind(cli->port[i], why, sizeof(why));
        if (kind == LINK_PORT_USB)
            snprintf(why, sizeof(why), "USB UPSes are found without naming a port");
        if (!kind || kind == LINK_PORT_USB) {
            fprintf(stderr, "upsmibd: --scan: %s\n", why);
            return false;
        }
    }
    return true;
}

/* A port that was named twice is asked once. */
static void name_ports(struct scan_answer *answer, char **port, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        answer[i].port = port[i];
        for (size_t k = 0; k < i && !answer[i].spared; k++) {
            answer[i].spared = same_port(port[k], port[i]);
            if (answer[i].spared)
                snprintf(answer[i].why, sizeof(answer[i].why), "the same port as %s", port[k]);
        }
    }
}

static bool write_answer(struct scan_writer *w, struct scan_answer *a, const char *conf_path)
{
    const struct conf_unit *unit = unit_at(w->conf, a->port);

    if (!a->driver) {
        fputc('\n', w->out);
        scan_comment(w->out, "%s: %s", a->port,
                     a->spared ? a->why : "nobody that a driver knows has answered");
        if (!a->spared)
            scan_comment(w->out, "%s", a->why);
        return false;
    }
    if (unit) {
        a->found.hold = true;
        drv_found_note(&a->found, "In %s it is unit %s already.", conf_path, unit->name);
    }
    scan_section(w, a->port[0] == '/' ? SCAN_SERIAL : SCAN_NET, a->driver->name, &a->found);
    return true;
}

static int ask(struct scan_writer *w, const struct cli *cli)
{
    size_t count = (size_t)cli->port_count, found = 0;
    struct scan_answer *answer;

    if (!good_ports(cli))
        return SCAN_FAILED;
    answer = calloc(count, sizeof(*answer));
    if (!answer) {
        fputs("upsmibd: --scan: out of memory\n", stderr);
        return SCAN_FAILED;
    }
    name_ports(answer, cli->port, count);
    fprintf(stderr, "upsmibd: asking %zu port%s; this takes up to %d s\n", count,
            count == 1 ? "" : "s", SCAN_PORT_MS / 1000);
    scan_ask(answer, count);
    for (size_t i = 0; i < count; i++)
        found += write_answer(w, &answer[i], cli->conf_path);
    free(answer);
    return found > 0 ? SCAN_FOUND : SCAN_NOTHING;
}

int scan_run(const struct cli *cli, FILE *out)
{
    struct conf *conf = conf_load(cli->conf_path, ignore, NULL);
    struct scan_writer w = {.out = out, .conf = conf};
    int status;

    status = cli->port_count > 0 ? ask(&w, cli) : look(&w, cli->conf_path);
    conf_free(conf);
    if (fflush(out) != 0 || ferror(out)) {
        perror("upsmibd: stdout");
        return SCAN_FAILED;
    }
    return status;
}
