/* SPDX-License-Identifier: BSD-2-Clause */
/* What is printed off the tables: see list.h. */
#include "list.h"

#include <string.h>

#include "../conf_options.h"

static const struct {
    enum link_port kind;
    const char *form, *meaning;
} port_forms[] = {
    {LINK_PORT_TTY, "/dev/NAME", "serial port"},
    {LINK_PORT_TCP, "tcp:HOST:PORT", "TCP"},
    {LINK_PORT_RTU_TCP, "rtu-tcp:HOST:PORT", "Modbus RTU frames over TCP (serial server)"},
    {LINK_PORT_USB, "auto", "USB"},
};

void list_driver(FILE *out, const struct drv_driver *driver)
{
    fprintf(out, "%s: %s\n\nport =\n", driver->name, driver->summary);
    for (size_t i = 0; i < sizeof(port_forms) / sizeof(port_forms[0]); i++) {
        if (driver->ports & port_forms[i].kind)
            fprintf(out, "  %-19s %s\n", port_forms[i].form, port_forms[i].meaning);
    }
    fputs("\noptions:\n", out);
    if (!driver->options || !driver->options[0].name)
        fputs("  none of its own\n", out);
    for (const struct drv_option *o = driver->options; o && o->name; o++) {
        char facts[400];

        conf_driver_option_facts(o, facts, sizeof(facts));
        fprintf(out, "  %-19s %s\n  %-19s %s\n", o->name, facts, "", o->help);
    }
}

int list_drivers(const char *name)
{
    const struct drv_driver *driver = name ? drv_find(name) : NULL;

    if (name && !driver) {
        fprintf(stderr, "upsmibd: --list-drivers: expected one of");
        for (size_t i = 0; drv_drivers[i]; i++)
            fprintf(stderr, "%s %s", i ? "," : "", drv_drivers[i]->name);
        fprintf(stderr, "; found '%s'\n", name);
        return 1;
    }
    if (driver)
        list_driver(stdout, driver);
    else
        for (size_t i = 0; drv_drivers[i]; i++)
            printf("%-21s %s\n", drv_drivers[i]->name, drv_drivers[i]->summary);
    if (fflush(stdout) != 0) {
        perror("upsmibd: stdout");
        return 1;
    }
    return 0;
}

void list_finding(void *arg, enum conf_severity severity, const char *file, unsigned line,
                  const char *text)
{
    FILE *out = arg ? arg : stderr;

    fputs(file, out);
    if (line > 0)
        fprintf(out, ":%u", line);
    fprintf(out, ": %s: ", severity == CONF_ERROR ? "error" : "notice");
    for (; *text; text++)
        fputc((unsigned char)*text < 0x20 || *text == 0x7f ? '?' : *text, out);
    fputc('\n', out);
}
