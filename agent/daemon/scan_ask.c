/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Asking who is at a port.  A thread a port; each tries the drivers in the order of enum drv_ask
 * and stops at the first that knows what is there, or that hears somebody it does not know.
 */
#include "scan_private.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "../worker.h"

static void add_why(struct scan_answer *a, const char *who, const char *why)
{
    size_t used = strlen(a->why);

    snprintf(a->why + used, sizeof(a->why) - used, "%s%s: %s", used ? "\n" : "", who, why);
}

/* -- one driver ------------------------------------------------------------------------------- */

/* Keeps the first error. */
static void note_error(void *arg, enum conf_severity severity, const char *file, unsigned line,
                       const char *text)
{
    char *why = arg;

    (void)file;
    (void)line;
    if (severity == CONF_ERROR && !why[0])
        snprintf(why, 200, "%s", text);
}

/* The configuration that a user would write who knew the driver. */
static struct conf *make_conf(const char *port, const struct drv_driver *driver, char why[200])
{
    char *text = NULL;
    size_t len = 0;
    FILE *f = open_memstream(&text, &len);
    struct conf *conf = NULL;

    if (f) {
        fprintf(f, "[scan]\ndriver = %s\nport = ", driver->name);
        scan_value(f, port);
        fputc('\n', f);
        if (fclose(f) == 0)
            conf = conf_parse("scan", text, len, note_error, why);
    }
    free(text);
    return conf;
}

static void tell_what(struct scan_answer *a, const struct ups_reading *r)
{
    static const struct {
        enum ups_var var;
        const char *word;
    } parts[] = {{UPS_VAR_UPS_MFR, ""},
                 {UPS_VAR_UPS_MODEL, ""},
                 {UPS_VAR_UPS_SERIAL, "serial "},
                 {UPS_VAR_UPS_FIRMWARE, "firmware "}};
    struct drv_found *f = &a->found;
    size_t used = (size_t)snprintf(f->what, sizeof(f->what), "%.200s: ", a->port);
    const char *comma = "";

    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        const char *text = ups_text(r, parts[i].var);
        if (!text[0] || used >= sizeof(f->what))
            continue;
        used += (size_t)snprintf(f->what + used, sizeof(f->what) - used, "%s%s%s", comma,
                                 parts[i].word, text);
        comma = ", ";
    }
    if (!comma[0] && used < sizeof(f->what))
        snprintf(f->what + used, sizeof(f->what) - used, "a UPS that does not tell its model");
}

static enum ups_error try_once(struct scan_answer *a, const struct conf_unit *unit, int64_t end_ms,
                               struct unit_report *report)
{
    struct drv_found found = {0};
    enum ups_error err;

    drv_found_add(&found, "port", "%s", a->port);
    err = worker_describe(unit, &ups_clock_system, end_ms, report, &found);
    ups_caps_clear(&report->caps); /* what it can be told is not looked for here */
    if (err != UPS_OK)
        return err;
    a->driver = unit->driver;
    a->found = found;
    tell_what(a, &report->reading);
    return UPS_OK;
}

/*
 * Tries one driver.  Frames that went before may lie in the device's buffer as the beginning of its
 * first line: with `twice`, whoever answers is asked once more, and that counts.
 */
static enum ups_error try_driver(struct scan_answer *a, const struct drv_driver *driver, bool twice,
                                 int64_t end_ms)
{
    struct unit_report *report = calloc(1, sizeof(*report));
    char why[200] = "";
    struct conf *conf = report ? make_conf(a->port, driver, why) : NULL;
    enum ups_error err = UPS_E_SYSTEM;

    if (conf) {
        err = try_once(a, conf->unit, end_ms, report);
        if (twice && (err == UPS_OK || err == UPS_E_FOREIGN || err == UPS_E_GARBLED))
            err = try_once(a, conf->unit, end_ms, report);
    }
    if (err != UPS_OK && !a->driver)
        add_why(a, driver->name,
                why[0]                             ? why
                : report && report->why[0] != '\0' ? report->why
                                                   : ups_strerror(err));
    conf_free(conf);
    free(report);
    return a->driver ? UPS_OK : err;
}

/* -- one port --------------------------------------------------------------------------------- */

/* Somebody is there whom this driver does not know, hands off; or the tty itself can't be used. */
static bool no_more(const struct drv_driver *driver, enum link_port kind, enum ups_error err)
{
    if (err == UPS_E_FOREIGN || (driver->ask == DRV_ASK_LISTENS && err == UPS_E_GARBLED))
        return true;
    return kind == LINK_PORT_TTY && (err == UPS_E_DISCONNECTED || err == UPS_E_INVALID);
}

static void ask_port(struct scan_answer *a)
{
    int64_t end_ms = ups_now(&ups_clock_system) + SCAN_PORT_MS;
    char why[200];
    enum link_port kind = link_port_kind(a->port, why, sizeof(why));
    bool sent = false;

    if (a->spared)
        return;
    if (kind == LINK_PORT_TTY && scan_tty_user(a->port, why, sizeof(why))) {
        a->spared = true;
        snprintf(a->why, sizeof(a->why), "in use by %s", why);
        return;
    }
    for (int turn = DRV_ASK_NEVER + 1; turn < DRV_ASK_COUNT; turn++) {
        for (size_t i = 0; drv_drivers[i]; i++) {
            const struct drv_driver *driver = drv_drivers[i];
            if ((int)driver->ask != turn || !(driver->ports & kind))
                continue;
            enum ups_error err = try_driver(a, driver, sent, end_ms);
            if (err == UPS_OK || no_more(driver, kind, err))
                return;
            sent = sent || turn != DRV_ASK_LISTENS;
        }
    }
    if (!a->why[0])
        snprintf(a->why, sizeof(a->why), "no driver of this program asks at such a port");
}

static void *run(void *arg)
{
    ask_port(arg);
    return NULL;
}

void scan_ask(struct scan_answer *answer, size_t count)
{
    pthread_t thread[SCAN_PORTS_MAX];
    bool started[SCAN_PORTS_MAX];

    for (size_t i = 0; i < count; i++)
        started[i] = pthread_create(&thread[i], NULL, run, &answer[i]) == 0;
    for (size_t i = 0; i < count; i++) {
        if (started[i])
            pthread_join(thread[i], NULL);
        else
            ask_port(&answer[i]);
    }
}
