/* SPDX-License-Identifier: BSD-2-Clause */
/* The second pass over a configuration: sections into units, and what must hold between them. */
#include "conf_build.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct conf_entry *find_entry(const struct conf_section *s, const char *name)
{
    for (size_t i = 0; i < s->count; i++) {
        if (strcmp(s->entry[i].name, name) == 0)
            return &s->entry[i];
    }
    return NULL;
}

/* Line of an option, or of its section if it is not given. */
static unsigned entry_line(const struct conf_section *s, const char *name)
{
    const struct conf_entry *e = find_entry(s, name);

    return e ? e->line : s->line;
}

/* -- options -------------------------------------------------------------------------------- */

/* The nearest known word, if it is near enough to be meant; else NULL. */
struct nearest {
    const char *word;
    unsigned distance;
};

static void consider(struct nearest *best, const char *found, const char *word)
{
    unsigned distance = conf_word_distance(found, word);

    if (distance <= 2 && distance < best->distance && distance * 2 < strlen(word))
        *best = (struct nearest){word, distance};
}

/* Writes "expected one of a, b, c": the common options of the place, and those of the driver. */
static size_t list_options(unsigned where, const struct drv_driver *driver, char *buf, size_t size)
{
    size_t used = (size_t)snprintf(buf, size, "expected one of");
    const char *comma = "";

    for (const struct conf_option *o = conf_options; o->name && used < size; o++) {
        if ((o->where & where) && o->type != CONF_IGNORED) {
            used += (size_t)snprintf(buf + used, size - used, "%s %s", comma, o->name);
            comma = ",";
        }
    }
    for (const struct drv_option *o = driver ? driver->options : NULL; o && o->name && used < size;
         o++)
        used += (size_t)snprintf(buf + used, size - used, ", %s", o->name);
    return used;
}

static void unknown_option(struct conf_build *b, const struct conf_entry *e, unsigned where,
                           const struct drv_driver *driver)
{
    struct nearest best = {NULL, UPS_NAME_MAX};
    char list[900], hint[2 * UPS_NAME_MAX] = "";

    for (const struct conf_option *o = conf_options; o->name; o++) {
        if (o->where & where)
            consider(&best, e->name, o->name);
    }
    for (const struct drv_option *o = driver ? driver->options : NULL; o && o->name; o++)
        consider(&best, e->name, o->name);
    if (best.word)
        snprintf(hint, sizeof(hint), " (did you mean '%s'?)", best.word);
    list_options(where, driver, list, sizeof(list));
    conf_find_error(b, e->line, "unknown %s '%.64s'%s%s%s; %s",
                    where == CONF_GLOBAL ? "global option" : "option", e->name,
                    driver ? " of driver " : "", driver ? driver->name : "", hint, list);
}

/* Applies a common option.  Returns false if it is none. */
static bool apply_common(struct conf_build *b, const struct conf_entry *e,
                         const struct conf_target *target)
{
    char why[400] = "";

    if (!e->opt)
        return false;
    if (e->opt->type == CONF_IGNORED)
        conf_find_notice(b, e->line, "'%s' has no meaning here and is ignored: %s", e->opt->name,
                         e->opt->help);
    else if (!e->opt->set(e->opt, target, e->value ? e->value : "", why, sizeof(why)))
        conf_find_error(b, e->line, "%s: %s", e->opt->name, why);
    return true;
}

/* Does a row's pattern, "default.*", fit a name that is given? */
static bool fits_pattern(const struct drv_option *o, const char *name)
{
    size_t len = strlen(o->name);

    return o->type == DRV_OPT_PRESET && len > 0 && strncmp(o->name, name, len - 1) == 0 &&
           name[len - 1] != '\0';
}

/* There is room: one for each entry of the section. */
static void apply_preset(struct conf_build *b, const struct conf_entry *e, struct conf_unit *u,
                         const struct drv_option *o)
{
    char why[400] = "";

    if (drv_preset_parse(o, e->name + strlen(o->name) - 1, e->value, &u->preset[u->preset_count],
                         why, sizeof(why)) == UPS_OK)
        u->preset_count++;
    else
        conf_find_error(b, e->line, "%s: %s", e->name, why);
}

static void apply_driver_option(struct conf_build *b, const struct conf_entry *e,
                                struct conf_unit *u)
{
    const struct drv_option *o = u->driver->options;
    unsigned row = 0;
    char why[400] = "";

    while (o[row].name && strcmp(o[row].name, e->name) != 0 && !fits_pattern(&o[row], e->name))
        row++;
    if (!o[row].name)
        unknown_option(b, e, CONF_UNIT, u->driver);
    else if (!e->value && o[row].type != DRV_OPT_FLAG)
        conf_find_error(b, e->line, "expected '%s = VALUE', found no value", e->name);
    else if (o[row].type == DRV_OPT_PRESET)
        apply_preset(b, e, u, &o[row]);
    else if (drv_option_parse(&o[row], e->value ? e->value : "", &u->opt[row], why, sizeof(why)) !=
             UPS_OK)
        conf_find_error(b, e->line, "%s: %s", e->name, why);
}

/*
 * Room for the driver's options, freed by conf_free(), with the driver's own defaults; a row
 * without one stays unset.
 */
static bool driver_defaults(struct conf_build *b, struct conf_unit *u)
{
    char why[400];

    u->opt = drv_option_values(u->driver);
    if (!u->opt) {
        b->out_of_memory = true;
        return false;
    }
    for (unsigned row = 0; u->driver->options[row].name; row++) {
        const struct drv_option *o = &u->driver->options[row];

        if (o->def)
            drv_option_parse(o, o->def, &u->opt[row], why, sizeof(why));
    }
    return true;
}

/* Room for as many presets as the section has options of that kind; freed by conf_free(). */
static bool room_for_presets(struct conf_build *b, const struct conf_section *s,
                             struct conf_unit *u)
{
    size_t count = 0;

    for (size_t i = 0; u->driver && i < s->count; i++)
        for (const struct drv_option *o = u->driver->options; o->name; o++)
            count += fits_pattern(o, s->entry[i].name);
    if (count == 0)
        return true;
    u->preset = calloc(count, sizeof(*u->preset));
    b->out_of_memory = b->out_of_memory || !u->preset;
    return u->preset != NULL;
}

/* -- units ---------------------------------------------------------------------------------- */

static void check_port_kind(struct conf_build *b, const struct conf_entry *port,
                            const struct conf_unit *u)
{
    static const struct {
        enum link_port kind;
        const char *form;
    } forms[] = {
        {LINK_PORT_TTY, "/dev/NAME"},
        {LINK_PORT_TCP, "tcp:HOST:PORT"},
        {LINK_PORT_RTU_TCP, "rtu-tcp:HOST:PORT"},
        {LINK_PORT_USB, "auto"},
    };
    char why[200], list[100] = "";
    size_t used = 0;

    if (link_port_kind(u->port, why, sizeof(why)) & u->driver->ports)
        return;
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]) && used < sizeof(list); i++) {
        if (u->driver->ports & forms[i].kind)
            used += (size_t)snprintf(list + used, sizeof(list) - used, "%s%s", used ? " or " : "",
                                     forms[i].form);
    }
    conf_find_error(b, port->line, "port: expected %s for driver %s, found '%.100s'", list,
                    u->driver->name, u->port);
}

/* The name stands for the context where none is given, so it must be there before checks. */
static void build_unit(struct conf_build *b, const struct conf_section *s, struct conf_unit *u)
{
    const struct conf_target target = {&u->timing, u};
    const struct conf_entry *driver = find_entry(s, "driver");
    const struct conf_entry *port = find_entry(s, "port");

    u->name = u->context = s->name;
    u->desc = "";
    u->line = s->line;
    u->timing = b->conf->timing;
    if (driver)
        apply_common(b, driver, &target);
    else
        conf_find_error(b, s->line, "expected 'driver = NAME' in section [%.64s], found none",
                        s->name);
    if (!port)
        conf_find_error(b, s->line, "expected 'port = PORT' in section [%.64s], found none",
                        s->name);
    if (u->driver && !driver_defaults(b, u))
        return;
    if (!room_for_presets(b, s, u))
        return;
    for (size_t i = 0; i < s->count; i++) {
        const struct conf_entry *e = &s->entry[i];

        if (e != driver && !apply_common(b, e, &target) && u->driver)
            apply_driver_option(b, e, u);
    }
    if (u->driver && u->port)
        check_port_kind(b, port, u);
}

/* -- what holds between settings ------------------------------------------------------------ */

static bool sets_timing(const struct conf_section *s)
{
    return find_entry(s, "pollinterval") || find_entry(s, "pollfreq") || find_entry(s, "maxage");
}

/* Line to blame for a wrong pair: where one of the two stands, the unit's before the global. */
static unsigned pair_line(const struct conf_build *b, const struct conf_section *s,
                          const char *first, const char *second)
{
    const struct conf_section *const places[] = {s, b->section};

    for (unsigned i = 0; i < 2; i++) {
        const struct conf_entry *e = find_entry(places[i], first);

        if (!e)
            e = find_entry(places[i], second);
        if (e)
            return e->line;
    }
    return s->line;
}

/*
 * A maxage under three poll intervals would withdraw values after one lost answer, and a full poll
 * can't come more often than the status polls it is cut between.
 */
static void check_timing(struct conf_build *b, const struct conf_section *s,
                         const struct conf_timing *t)
{
    if (t->pollinterval_ms > t->pollfreq_ms)
        conf_find_error(b, pair_line(b, s, "pollinterval", "pollfreq"),
                        "expected pollinterval not above pollfreq, found %g s above %g s",
                        (double)t->pollinterval_ms / 1000, (double)t->pollfreq_ms / 1000);
    if (t->maxage_ms < 3 * t->pollinterval_ms)
        conf_find_error(b, pair_line(b, s, "maxage", "pollinterval"),
                        "expected maxage of at least three times pollinterval (one lost answer "
                        "must not withdraw values), found %g s for a pollinterval of %g s",
                        (double)t->maxage_ms / 1000, (double)t->pollinterval_ms / 1000);
}

/* Units that only inherit share one verdict. */
static void check_timings(struct conf_build *b)
{
    bool inherited = false;

    for (size_t i = 0; i < b->conf->unit_count; i++) {
        const struct conf_section *s = &b->section[i + 1];

        if (sets_timing(s) || !inherited)
            check_timing(b, s, &b->conf->unit[i].timing);
        inherited |= !sets_timing(s);
    }
}

static void check_contexts(struct conf_build *b)
{
    const struct conf *c = b->conf;

    for (size_t i = 0; i < c->unit_count; i++) {
        for (size_t k = 0; k < i; k++) {
            /* Sections of one name have been told already. */
            if (strcmp(c->unit[i].context, c->unit[k].context) != 0 ||
                strcmp(c->unit[i].name, c->unit[k].name) == 0)
                continue;
            conf_find_error(
                b, entry_line(&b->section[i + 1], "context"),
                "expected a context of its own, found '%s', which section [%.64s] (line "
                "%u) has",
                c->unit[i].context, c->unit[k].name, c->unit[k].line);
            break;
        }
    }
}

/* Exactly one unit is served in the default context: the one that says so, else the first. */
static void choose_default(struct conf_build *b)
{
    struct conf *c = b->conf;
    const struct conf_section *chosen = NULL;

    for (size_t i = 0; i < c->unit_count; i++) {
        if (!c->unit[i].is_default)
            continue;
        if (chosen)
            conf_find_error(b, entry_line(&b->section[i + 1], "default"),
                            "expected one default unit, found a second (first on line %u)",
                            entry_line(chosen, "default"));
        else
            chosen = &b->section[i + 1];
    }
    if (!chosen && c->unit_count > 0)
        c->unit[0].is_default = true;
}

void conf_build_units(struct conf_build *b)
{
    const struct conf_section *global = b->section;
    struct conf *c = b->conf;
    const struct conf_target target = {&c->timing, NULL};
    size_t units = b->section_count - 1;

    for (size_t i = 0; i < global->count; i++) {
        if (!apply_common(b, &global->entry[i], &target))
            unknown_option(b, &global->entry[i], CONF_GLOBAL, NULL);
    }
    if (units == 0) {
        conf_find_error(b, 0, "expected at least one [section] with a UPS, found none");
        return;
    }
    c->unit = calloc(units, sizeof(*c->unit));
    if (!c->unit) {
        b->out_of_memory = true;
        return;
    }
    c->unit_count = units;
    for (size_t i = 0; i < units; i++)
        build_unit(b, &b->section[i + 1], &c->unit[i]);
    check_timings(b);
    check_contexts(b);
    choose_default(b);
}
