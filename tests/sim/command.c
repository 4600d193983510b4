/* SPDX-License-Identifier: BSD-2-Clause */
/* Control lines: selection, commands of buses, and who else is asked. */
#include "command.h"

#include <stdlib.h>
#include <string.h>

#include "face.h"

const char command_help[] =
    "  surroundings: mains on|off|VOLTS [HZ], bypass on|off|follow|VOLTS [HZ],\n"
    "    load PERCENT [B C], battery PERCENT, temperature C, eco on|off, panel on|off,\n"
    "    fault NAME on|off (no-battery bad-battery battery-overvoltage charger inverter internal\n"
    "    overtemperature fail-start, or ID/CAUSE of an alarm bit), powercycle,\n"
    "    pass SECONDS (of the UPS's clock)\n"
    "  line: garble N, drop N, delay MS|off [N], late MS [N], truncate BYTES [N], trickle MS,\n"
    "    chunk BYTES, pause AT-BYTE MS [N], noise HEX, tail HEX, babble HEX, reply HEX,\n"
    "    mute on|off, echo on|off, unplug, plug, rst, half-open, split on|off\n"
    "  Q*: beeper on|off, set KEY=VALUE (of the command line), nocr N, flt ID VALUE\n"
    "  SITOP: set KEY=VALUE, show WORD [N] (a false word for N bursts)\n"
    "  Modbus: register ADDR VALUE|off [N], exception CODE FC|ADDR|wide|any [N], wrongslave ID [N],\n"
    "    wrongfunction FC [N], overlong BYTES [N], identity VARIANT,\n"
    "    writes normal|ignore|lostecho|othervalue [N], wrong-tid [N], unit-zero [N],\n"
    "    mbap-length LENGTH [N]\n"
    "  asking: get KEY, get register ADDR, get stats, get malformed, log (requests in their order,\n"
    "    ! before those that the device's document does not define; lines with \\xNN for blanks)\n"
    "    KEY: mode output test test-result restart timer-off timer-on battery battery-volts runtime\n"
    "    load mains-volts output-volts seconds ...; Q*: beeper flags locked slave packs pins;\n"
    "    Voltronic: letter (mode or M) flags (QGS) warnings fault muted buzzing outlet1 ..., the\n"
    "    names of settings (HEH ...) and flags (a ...); SITOP: words remote ready silent mute\n"
    "    hosts\n";

enum { MAX_WORDS = 8 };

struct selection {
    int bus;     /* -1 = all */
    int address; /* -1 = all */
};

static bool select_units(struct sim *sim, char **line, struct selection *sel)
{
    char *word, *slash;
    long n;

    sel->bus = sel->address = -1;
    if (**line != '@')
        return true;
    word = *line + 1;
    *line = word + strcspn(word, " \t");
    if (**line)
        *(*line)++ = '\0';
    slash = strchr(word, '/');
    if (slash)
        *slash++ = '\0';
    if (sim->bus_count == 1 && !slash) {
        slash = word;
    } else {
        if (!parse_long(word, 0, sim->bus_count - 1, &n))
            return false;
        sel->bus = (int)n;
    }
    if (slash) {
        if (!parse_long(slash, 0, 255, &n))
            return false;
        sel->address = (int)n;
    }
    return true;
}

static bool selected_bus(const struct selection *sel, int i)
{
    return sel->bus < 0 || sel->bus == i;
}

/* --- commands of whole buses: 1 done, 0 unknown, -1 with a reason --- */

static int bus_switch(bool *to, int argc, char *const *argv, struct buf *out)
{
    if (argc == 2 && parse_bool(argv[1], to))
        return 1;
    buf_printf(out, "usage: %s on|off", argv[0]);
    return -1;
}

/* Unasked bytes, now, on every connection. */
static int babble(struct bus *bus, int argc, char *const *argv, struct buf *out)
{
    uint8_t data[300];
    long n = argc == 2 ? parse_hex(argv[1], data, sizeof data) : -1;

    if (n < 0) {
        buf_printf(out, "usage: babble HEX");
        return -1;
    }
    for (struct conn *conn = bus->conns; conn; conn = conn->next)
        io_send(conn, data, (size_t)n, bus->sim->now, io_wire_time(bus->sim, 1));
    return 1;
}

static int run_on_bus(struct bus *bus, int argc, char *const *argv, struct buf *out)
{
    const char *name = argv[0];

    if (!strcmp(name, "echo"))
        return bus_switch(&bus->echo, argc, argv, out);
    if (!strcmp(name, "split"))
        return bus_switch(&bus->split, argc, argv, out);
    if (!strcmp(name, "babble"))
        return babble(bus, argc, argv, out);
    if (argc != 1)
        return 0;
    if (!strcmp(name, "unplug"))
        io_unplug(bus);
    else if (!strcmp(name, "plug"))
        return io_plug(bus, out) ? 1 : -1;
    else if (!strcmp(name, "rst"))
        io_reset(bus);
    else if (!strcmp(name, "half-open"))
        io_half_open(bus);
    else
        return 0;
    return 1;
}

/* --- asking --- */

static void take_log(struct bus *bus, struct buf *out)
{
    if (bus->log_overflow)
        buf_printf(out, " ...");
    if (bus->log.len)
        buf_add(out, bus->log.data, bus->log.len);
    bus->log_overflow = false;
    buf_drop(&bus->log, bus->log.len);
}

static void add_stats(struct stats *sum, const struct stats *s)
{
    sum->requests += s->requests;
    sum->replies += s->replies;
    sum->malformed += s->malformed;
    sum->refused += s->refused;
    sum->strangers += s->strangers;
    sum->overlap += s->overlap;
    sum->bytes_in += s->bytes_in;
    sum->bytes_out += s->bytes_out;
}

static bool get_stats(struct sim *sim, const struct selection *sel, const char *key,
                      struct buf *out)
{
    struct stats sum = {0};

    for (int i = 0; i < sim->bus_count; i++)
        if (selected_bus(sel, i))
            add_stats(&sum, &sim->buses[i].stats);
    if (!strcmp(key, "malformed"))
        buf_printf(out, "%lu", sum.malformed);
    else if (!strcmp(key, "requests"))
        buf_printf(out, "%lu", sum.requests);
    else if (!strcmp(key, "stats"))
        buf_printf(out,
                   "requests=%lu replies=%lu malformed=%lu refused=%lu strangers=%lu overlap=%lu "
                   "bytes-in=%lu bytes-out=%lu",
                   sum.requests, sum.replies, sum.malformed, sum.refused, sum.strangers,
                   sum.overlap, sum.bytes_in, sum.bytes_out);
    else
        return false;
    return true;
}

/* --- commands of units --- */

static void powercycle(struct unit *unit)
{
    model_powercycle(&unit->model);
    unit->bus->face->powercycle(unit);
}

static int run_get(struct unit *unit, int argc, char *const *argv, struct buf *out)
{
    int done;

    if (argc < 1) {
        buf_printf(out, "usage: get KEY");
        return -1;
    }
    done = command_model_get(unit, argc, argv, out);
    if (done)
        return done;
    switch (unit->bus->face->get(unit, argc, argv, out)) {
    case FACE_OK: return 1;
    case FACE_BAD: return -1;
    case FACE_UNKNOWN: break;
    }
    return 0;
}

static int pass(struct unit *unit, int argc, char *const *argv, struct buf *out)
{
    double seconds;

    if (argc != 2 || !parse_double(argv[1], 0, 1000000, &seconds)) {
        buf_printf(out, "usage: pass SECONDS");
        return -1;
    }
    unit_pass(unit, seconds);
    return 1;
}

static int run_on_unit(struct unit *unit, int argc, char *const *argv, struct buf *out)
{
    int done;

    unit_update(unit);
    if (!strcmp(argv[0], "get"))
        return run_get(unit, argc - 1, argv + 1, out);
    if (!strcmp(argv[0], "powercycle") && argc == 1) {
        powercycle(unit);
        return 1;
    }
    if (!strcmp(argv[0], "pass"))
        return pass(unit, argc, argv, out);
    done = fault_command(&unit->faults, argc, argv, out);
    if (!done)
        done = command_model(unit, argc, argv, out);
    if (done)
        return done;
    switch (unit->bus->face->command(unit, argc, argv, out)) {
    case FACE_OK: return 1;
    case FACE_BAD: return -1;
    case FACE_UNKNOWN: break;
    }
    return 0;
}

static int run_on_units(struct bus *bus, const struct selection *sel, int argc, char *const *argv,
                        struct buf *out, int *hits)
{
    int done = 1;

    for (int i = 0; i < bus->unit_count && done > 0; i++) {
        struct unit *unit = &bus->units[i];

        if (sel->address >= 0 && sel->address != unit->address)
            continue;
        if ((*hits)++ && !strcmp(argv[0], "get"))
            buf_add(out, ";", 1);
        done = run_on_unit(unit, argc, argv, out);
    }
    return done;
}

static int run(struct sim *sim, const struct selection *sel, int argc, char *const *argv,
               struct buf *out)
{
    int done = 1, hits = 0;

    if (argc == 2 && !strcmp(argv[0], "get") && get_stats(sim, sel, argv[1], out))
        return 1;
    for (int i = 0; i < sim->bus_count && done > 0; i++) {
        struct bus *bus = &sim->buses[i];

        if (!selected_bus(sel, i))
            continue;
        if (!strcmp(argv[0], "log") && argc == 1) {
            take_log(bus, out);
            hits++;
            continue;
        }
        done = run_on_bus(bus, argc, argv, out);
        if (done)
            hits++;
        else
            done = run_on_units(bus, sel, argc, argv, out, &hits);
    }
    if (!hits) {
        buf_printf(out, "no such unit");
        return -1;
    }
    return done;
}

void command_run(struct sim *sim, char *line, struct buf *out)
{
    struct selection sel;
    struct buf text = {0};
    char *argv[MAX_WORDS + 1] = {0};
    char *word;
    int argc = 0, done = -1;

    if (!select_units(sim, &line, &sel)) {
        buf_printf(out, "error: no such unit\n");
        return;
    }
    while ((word = strsep(&line, " \t\r")))
        if (*word && argc < MAX_WORDS)
            argv[argc++] = word;
    if (!argc)
        buf_printf(&text, "empty command");
    else
        done = run(sim, &sel, argc, argv, &text);
    if (!done)
        buf_printf(&text, "unknown command or key: %s%s%s", argv[0], argc > 1 ? " " : "",
                   argc > 1 ? argv[1] : "");
    buf_printf(out, done > 0 ? "ok" : "error: ");
    if (text.len) {
        if (done > 0 && text.data[0] != ' ')
            buf_add(out, " ", 1);
        buf_add(out, text.data, text.len);
    }
    buf_add(out, "\n", 1);
    buf_free(&text);
}
