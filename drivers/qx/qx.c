/* SPDX-License-Identifier: BSD-2-Clause */
/* The Q* family: the driver's face to the daemon. */
#include "qx.h"

#include <stdlib.h>
#include <string.h>

/* One that the UPS keeps: written at the start if it is set to something else. */
#define SWITCH(opt, word, what)                                                                    \
    [QX_OPT_##opt] = {word, DRV_OPT_CHOICE, 0, 0, switch_words, NULL, NULL, what " (voltronic)."}
#define VOLTS(opt, word, what)                                                                     \
    [QX_OPT_##opt] = {word, DRV_OPT_INT, 50, 276, NULL, "V", NULL, what " (voltronic)."}
#define HERTZ(opt, word, what)                                                                     \
    [QX_OPT_##opt] = {word, DRV_OPT_DECIMAL, 40000, 70000, NULL, "Hz", NULL, what " (voltronic)."}

static const char *const switch_words[] = {"disabled", "enabled", NULL};
static const char *const angle_words[] = {"000", "120", "180", "240", NULL};
static const char *const range_words[] = {"Appliance", "UPS", NULL};

static const struct drv_option options[] = {
    /* clang-format off */
    QX_PORT_OPTION_ROWS,
    /* clang-format on */
    [QX_OPT_PROTOCOL] = {"protocol", DRV_OPT_CHOICE, 0, 0, qx_protocol_words, NULL, "auto",
                         "Dialect; auto asks the UPS."},
    [QX_OPT_ONDELAY] = {"ondelay", DRV_OPT_INT, 0, 599940, NULL, "s", NULL,
                        "Delay before switching on again, rounded up to minutes; unset: 180, "
                        "hunnox 0."},
    [QX_OPT_OFFDELAY] = {"offdelay", DRV_OPT_INT, 0, 5940, NULL, "s", NULL,
                         "Delay before switching off, rounded up to steps of 6 s, from a minute on "
                         "to minutes; unset: 30, hunnox 60."},
    [QX_OPT_STAYOFF] = {"stayoff", DRV_OPT_FLAG, 0, 0, NULL, NULL, NULL,
                        "Shutdowns that say nothing of coming back stay off: ups.start.auto is no "
                        "until it is set."},
    [QX_OPT_NORATING] = {"norating", DRV_OPT_FLAG, 0, 0, NULL, NULL, NULL,
                         "Never asks for ratings (F), which locks up some UPSes."},
    [QX_OPT_NOVENDOR] = {"novendor", DRV_OPT_FLAG, 0, 0, NULL, NULL, NULL,
                         "Never asks for maker and model (I, FW?), which locks up some UPSes."},
    [QX_OPT_NOOUTSTATS] = {"nooutstats", DRV_OPT_FLAG, 0, 0, NULL, NULL, NULL,
                           "Never asks for output power and currents (WA)."},
    [QX_OPT_IGNORESAB] = {"ignoresab", DRV_OPT_FLAG, 0, 0, NULL, NULL, NULL,
                          "Ignores the flag of an active shutdown, which some UPSes never move."},
    [QX_OPT_RUNTIMECAL] = {"runtimecal", DRV_OPT_TEXT, 0, 63, NULL, NULL, NULL,
                           "Two runtimes for the estimate: seconds,%,seconds,%; the higher load "
                           "first."},
    [QX_OPT_CHARGETIME] = {"chargetime", DRV_OPT_INT, 1, 10000000, NULL, "s", "43200",
                           "Time to charge an empty battery; for the estimate."},
    [QX_OPT_IDLELOAD] = {"idleload", DRV_OPT_INT, 1, 100, NULL, "%", "10",
                         "Least load that the estimate reckons with."},
    [QX_OPT_ONE_PACK] = {"battery_voltage_reports_one_pack", DRV_OPT_FLAG, 0, 0, NULL, NULL, NULL,
                         "Multiplies the shown battery voltage by the number of packs."},
    [QX_OPT_SLAVE_ADDR] = {"slave_addr", DRV_OPT_INT, 0, 99, NULL, NULL, NULL,
                           "Takes only the UPS with this ups.id (masterguard)."},
    [QX_OPT_PINS_MODE] = {"pins_shutdown_mode", DRV_OPT_INT, 0, 6, NULL, NULL, NULL,
                          "What the contacts of the port do, as Best Power's EPS-0059 has it "
                          "(bestups)."},
    [QX_OPT_RESET_TO_DEFAULT] = {"reset_to_default", DRV_OPT_FLAG, 0, 0, NULL, NULL, NULL,
                                 "At the start, in standby only: switches and limits of the UPS go "
                                 "back to its own defaults (voltronic)."},
    SWITCH(ALARM_CONTROL, "alarm_control", "The UPS's beeper as a whole"),
    SWITCH(BYPASS_ALARM, "bypass_alarm", "The UPS beeps in bypass mode"),
    SWITCH(BATTERY_ALARM, "battery_alarm", "The UPS beeps on battery"),
    SWITCH(BYPASS_WHEN_OFF, "bypass_when_off", "The bypass feeds the output of a UPS that is off"),
    SWITCH(BYPASS_FORBIDDING, "bypass_forbidding", "The UPS never goes to the bypass"),
    SWITCH(CONVERTER_MODE, "converter_mode",
           "The output has a frequency of its own; only in standby"),
    SWITCH(ECO_MODE, "eco_mode", "The load is fed from mains, the inverter stands by"),
    SWITCH(ADVANCED_ECO_MODE, "advanced_eco_mode", "As eco_mode, with the inverter off"),
    SWITCH(BATTERY_OPEN_STATUS_CHECK, "battery_open_status_check",
           "The UPS looks for its battery when it is switched on"),
    SWITCH(SITE_FAULT_DETECTION, "site_fault_detection",
           "The UPS beeps when hot and neutral are swapped"),
    SWITCH(CONSTANT_PHASE_ANGLE, "constant_phase_angle",
           "The output keeps a phase of its own; only in standby"),
    SWITCH(LIMITED_RUNTIME, "limited_runtime_on_battery", "The time on battery is limited"),
    VOLTS(MAX_BYPASS_VOLT, "max_bypass_volt", "Above it there is no bypass"),
    VOLTS(MIN_BYPASS_VOLT, "min_bypass_volt", "Below it there is no bypass"),
    HERTZ(MAX_BYPASS_FREQ, "max_bypass_freq", "Above it there is no bypass"),
    HERTZ(MIN_BYPASS_FREQ, "min_bypass_freq", "Below it there is no bypass"),
    [QX_OPT_BATTERY_NUMBER] = {"battery_number", DRV_OPT_INT, 1, 9, NULL, NULL, NULL,
                               "Batteries that make a pack, for the UPS's estimates (voltronic)."},
    [QX_OPT_OUTPUT_PHASE_ANGLE] = {"output_phase_angle", DRV_OPT_CHOICE, 0, 0, angle_words,
                                   "degrees", NULL,
                                   "Phase of the output; only in standby (voltronic)."},
    [QX_OPT_WORK_RANGE_TYPE] = {"work_range_type", DRV_OPT_CHOICE, 0, 0, range_words, NULL, NULL,
                                "How far mains may stray (voltronic, P31)."},
    [QX_OPT_TESTING] = {"testing", DRV_OPT_FLAG, 0, 0, NULL, NULL, NULL,
                        "Also asks what nobody understands (QBDR), for the log "
                        "(voltronic); offers experimental commands (voltronic-axpert)."},
    [QX_OPT_DEFAULT] = {"default.*", DRV_OPT_PRESET, 0, 0, NULL, NULL, NULL,
                        "Counts while the UPS gives no value."},
    [QX_OPT_OVERRIDE] = {"override.*", DRV_OPT_PRESET, 1, 0, NULL, NULL, NULL,
                         "Counts whatever the UPS gives."},
    {.name = NULL},
};

/* Options that some dialects have. */
static const struct {
    uint8_t first, last; /* enum qx_option */
    const char *dialect, *other;
} particular[] = {
    {QX_OPT_SLAVE_ADDR, QX_OPT_SLAVE_ADDR, "masterguard", NULL},
    {QX_OPT_PINS_MODE, QX_OPT_PINS_MODE, "bestups", NULL},
    {QX_OPT_RESET_TO_DEFAULT, QX_OPT_WORK_RANGE_TYPE, "voltronic", NULL},
    {QX_OPT_TESTING, QX_OPT_TESTING, "voltronic", "voltronic-axpert"},
};

void qx_tell_idle_options(const struct drv *d, const char *dialect)
{
    for (unsigned i = 0; i < sizeof particular / sizeof *particular; i++) {
        const char *other = particular[i].other;

        if (strcmp(particular[i].dialect, dialect) == 0 || (other && strcmp(other, dialect) == 0))
            continue;
        for (unsigned opt = particular[i].first; opt <= particular[i].last; opt++)
            if (d->opt[opt].set && (options[opt].type != DRV_OPT_FLAG || d->opt[opt].num))
                log_msg(LOG_LVL_WARN, "qx", d->unit,
                        "%s does nothing: the UPS speaks %s, the option is for %s%s%s",
                        options[opt].name, dialect, particular[i].dialect, other ? " and " : "",
                        other ? other : "");
    }
}

static void qx_close(struct drv *d)
{
    struct qx *x = d->state;

    free(x->probe);
    x->probe = NULL;
    qx_release(d);
}

/* The dialect that the search has found; the port is not its business. */
static void qx_describe(const struct drv *d, struct drv_found *found)
{
    const struct qx *x = d->state;

    if (x->dialect)
        drv_found_add(found, "protocol", "%s", x->dialect->name);
}

const struct drv_driver qx_driver = {
    .name = "qx",
    .summary = "Q* family (Megatec and its kin): 20 dialects, serial, USB and serial servers",
    .options = options,
    .ports = LINK_PORT_TTY | LINK_PORT_TCP | LINK_PORT_USB,
    .state_size = sizeof(struct qx),
    .open = qx_open,
    .poll = qx_poll,
    .command = qx_command,
    .set = qx_set,
    .abandon = qx_abandon,
    .close = qx_close,
    .ask = DRV_ASK_LINES,
    .scan = qx_usb_scan,
    .describe = qx_describe,
};
