/* SPDX-License-Identifier: BSD-2-Clause */
/* The Q* family: the driver's face to the daemon. */
#include "qx.h"

#include <stdlib.h>

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
    [QX_OPT_DEFAULT] = {"default.*", DRV_OPT_PRESET, 0, 0, NULL, NULL, NULL,
                        "Counts while the UPS gives no value."},
    [QX_OPT_OVERRIDE] = {"override.*", DRV_OPT_PRESET, 1, 0, NULL, NULL, NULL,
                         "Counts whatever the UPS gives."},
    {.name = NULL},
};

static void qx_close(struct drv *d)
{
    struct qx *x = d->state;

    free(x->probe);
    x->probe = NULL;
    qx_release(d);
}

const struct drv_driver qx_driver = {
    .name = "qx",
    .summary = "Q* family (Megatec and its kin): 16 dialects, serial, USB and serial servers",
    .options = options,
    .ports = LINK_PORT_TTY | LINK_PORT_TCP | LINK_PORT_USB,
    .state_size = sizeof(struct qx),
    .open = qx_open,
    .poll = qx_poll,
    .command = qx_command,
    .set = qx_set,
    .abandon = qx_abandon,
    .close = qx_close,
};
