/* SPDX-License-Identifier: BSD-2-Clause */
/* Control commands that act on the physical model, and its values for `get`. */
#include <string.h>

#include "command.h"

static int result(bool good, const char *usage, struct buf *out)
{
    if (good)
        return 1;
    buf_printf(out, "usage: %s", usage);
    return -1;
}

/* on | off | VOLTS [HZ] */
static bool feed(const struct model *m, int argc, char *const *argv, double *volts, double *hz)
{
    *hz = m->cfg.nominal_hz;
    *volts = m->cfg.mains_v;
    if (argc == 2 && !strcmp(argv[1], "on"))
        return true;
    if (argc == 2 && !strcmp(argv[1], "off")) {
        *volts = *hz = 0.0;
        return true;
    }
    if (argc < 2 || argc > 3 || !parse_double(argv[1], 0, 500, volts))
        return false;
    return argc == 2 || parse_double(argv[2], 0, 100, hz);
}

static bool set_mains(struct model *m, int argc, char *const *argv)
{
    double volts, hz;

    if (!feed(m, argc, argv, &volts, &hz))
        return false;
    model_set_mains(m, volts, hz);
    return true;
}

static bool set_bypass(struct model *m, int argc, char *const *argv)
{
    double volts, hz;

    if (argc == 2 && !strcmp(argv[1], "follow")) {
        m->bypass_follows = true;
        model_set_mains(m, m->mains_v, m->mains_hz);
        return true;
    }
    if (!feed(m, argc, argv, &volts, &hz))
        return false;
    model_set_bypass(m, volts, hz);
    return true;
}

static bool set_load(struct model *m, int argc, char *const *argv)
{
    double load[3];

    if (argc != 2 && argc != 4)
        return false;
    for (int i = 0; i < 3; i++)
        if (!parse_double(argv[argc == 4 ? i + 1 : 1], 0, 300, &load[i]))
            return false;
    memcpy(m->load, load, sizeof load);
    model_settle(m);
    return true;
}

static bool set_value(struct model *m, double *to, double high, int argc, char *const *argv)
{
    if (argc != 2 || !parse_double(argv[1], 0, high, to))
        return false;
    model_settle(m);
    return true;
}

static int set_fault(struct model *m, int argc, char *const *argv, struct buf *out)
{
    bool on;

    if (argc != 3 || !parse_bool(argv[2], &on))
        return result(false, "fault NAME on|off", out);
    for (int i = 0; i < MODEL_FAULTS; i++)
        if (!strcmp(argv[1], model_fault_name((enum model_fault)i))) {
            model_set_fault(m, (enum model_fault)i, on);
            return 1;
        }
    return 0; /* the face may know it */
}

static bool set_eco(struct model *m, int argc, char *const *argv)
{
    if (argc != 2 || !parse_bool(argv[1], &m->eco))
        return false;
    if (m->mode == MODEL_ONLINE || m->mode == MODEL_ECO)
        model_force_mode(m, m->eco ? MODEL_ECO : MODEL_ONLINE);
    return true;
}

/* The panel's keys, which need no protocol. */
static bool press_panel(struct model *m, int argc, char *const *argv)
{
    if (argc != 2)
        return false;
    if (!strcmp(argv[1], "on"))
        return model_start(m) == MODEL_DONE;
    return !strcmp(argv[1], "off") && model_stop(m) == MODEL_DONE;
}

int command_model(struct unit *unit, int argc, char *const *argv, struct buf *out)
{
    struct model *m = &unit->model;
    const char *name = argv[0];

    if (!strcmp(name, "mains"))
        return result(set_mains(m, argc, argv), "mains on|off|VOLTS [HZ]", out);
    if (!strcmp(name, "bypass"))
        return result(set_bypass(m, argc, argv), "bypass on|off|follow|VOLTS [HZ]", out);
    if (!strcmp(name, "load"))
        return result(set_load(m, argc, argv), "load PERCENT [PERCENT PERCENT]", out);
    if (!strcmp(name, "battery"))
        return result(set_value(m, &m->soc, 100, argc, argv), "battery PERCENT", out);
    if (!strcmp(name, "temperature"))
        return result(set_value(m, &m->temperature, 100, argc, argv), "temperature C", out);
    if (!strcmp(name, "fault"))
        return set_fault(m, argc, argv, out);
    if (!strcmp(name, "eco"))
        return result(set_eco(m, argc, argv), "eco on|off", out);
    if (!strcmp(name, "panel"))
        return result(press_panel(m, argc, argv), "panel on|off (possible in this state)", out);
    return 0;
}

static const char *mode_name(enum model_mode mode)
{
    switch (mode) {
    case MODEL_OFF: return "off";
    case MODEL_BYPASS: return "bypass";
    case MODEL_ONLINE: return "online";
    case MODEL_BATTERY: return "battery";
    case MODEL_ECO: return "eco";
    }
    return "unknown";
}

static int get_word(const struct model *m, const char *key, struct buf *out)
{
    static const char *const tests[] = {"none", "short", "deep", "timed"};
    static const char *const verdicts[] = {"none", "passed", "failed", "impossible", "aborted"};

    if (!strcmp(key, "mode"))
        buf_printf(out, "%s", mode_name(m->mode));
    else if (!strcmp(key, "test"))
        buf_printf(out, "%s", tests[m->test]);
    else if (!strcmp(key, "test-result"))
        buf_printf(out, "%s", verdicts[m->verdict]);
    else if (!strcmp(key, "restart"))
        buf_printf(out, "%d", m->restart_wanted);
    else if (!strcmp(key, "startup"))
        buf_printf(out, "%d", (int)m->startup);
    else if (!strcmp(key, "charge-state"))
        buf_printf(out, "%d", (int)model_charge_state(m));
    else if (!strcmp(key, "auto-start"))
        buf_printf(out, "%d", m->auto_start);
    else if (!strcmp(key, "bypass-enable"))
        buf_printf(out, "%d", m->bypass_enable);
    else if (!strcmp(key, "buzzer-off"))
        buf_printf(out, "%d", m->buzzer_off);
    else if (!strcmp(key, "eco"))
        buf_printf(out, "%d", m->eco);
    else if (!strcmp(key, "board"))
        buf_printf(out, "%d", model_board_powered(m));
    else if (!strcmp(key, "restart-minutes"))
        buf_printf(out, "%d", m->restart_minutes);
    else
        return 0;
    return 1;
}

int command_model_get(const struct unit *unit, int argc, char *const *argv, struct buf *out)
{
    const struct model *m = &unit->model;
    const struct {
        const char *key;
        double value;
    } values[] = {
        {"mains-volts", m->mains_v},
        {"mains-hz", m->mains_hz},
        {"bypass-volts", m->bypass_v},
        {"bypass-hz", m->bypass_hz},
        {"output-volts", model_output_volts(m)},
        {"output-hz", model_output_hz(m)},
        {"output-amps", model_amps(m, 0)},
        {"watts", model_watts(m, 0)},
        {"va", model_va(m, 0)},
        {"load", m->load[0]},
        {"battery", m->soc},
        {"battery-volts", model_battery_volts(m)},
        {"battery-amps", model_battery_amps(m)},
        {"runtime", model_runtime(m)},
        {"temperature", m->temperature},
        {"timer-off", m->timers[MODEL_T_OFF]},
        {"timer-on", m->timers[MODEL_T_ON]},
        {"seconds", m->seconds},
    };

    if (argc != 1)
        return 0;
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++)
        if (!strcmp(argv[0], values[i].key)) {
            buf_printf(out, "%.3f", values[i].value);
            return 1;
        }
    return get_word(m, argv[0], out);
}
