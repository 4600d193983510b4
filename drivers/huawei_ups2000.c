/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Huawei UPS2000: the driver's face to the daemon.  1-3 kVA units by their own port or a Modbus
 * card; 6-20 kVA units by the card RMS-MODBUS01A, from the guide only: not tried on hardware.
 */
#include "huawei_ups2000.h"

static const char *const bauds[] = {"2400", "4800", "9600", "19200", NULL};
static const char *const parities[] = {"none", "even", "odd", NULL};
static const char *const levels[] = {"low", "high", "keep", NULL};
static const char *const unseen[] = {"cancel", "trust", NULL};
static const char *const models[] = {"auto", "1-3kva", "6-20kva", NULL};

static const struct drv_option options[] = {
    [HUAWEI_OPT_SLAVE] = {"slave_id", DRV_OPT_INT, 1, 247, NULL, NULL, "1",
                          "Modbus address; units without a Modbus card always have 1."},
    [HUAWEI_OPT_BAUD] = {"baudrate", DRV_OPT_CHOICE, 0, 0, bauds, "bit/s", "9600",
                         "Speed of the serial line; only the card RMS-MODBUS01B has others."},
    [HUAWEI_OPT_PARITY] = {"parity", DRV_OPT_CHOICE, 0, 0, parities, NULL, "none",
                           "Parity of the serial line."},
    [HUAWEI_OPT_STOP] = {"stopbits", DRV_OPT_INT, 1, 2, NULL, "bit", "1",
                         "Stop bits of the serial line."},
    [HUAWEI_OPT_DTR] = {"dtr", DRV_OPT_CHOICE, 0, 0, levels, NULL, "low",
                        "Level of the modem line DTR after opening."},
    [HUAWEI_OPT_RTS] = {"rts", DRV_OPT_CHOICE, 0, 0, levels, NULL, "low",
                        "Level of the modem line RTS after opening."},
    [HUAWEI_OPT_RESPONSE] = {"response-timeout", DRV_OPT_INT, 50, 10000, NULL, "ms", "2000",
                             "How long an answer may take; units rarely need up to 2 s."},
    [HUAWEI_OPT_MODEL] = {"model", DRV_OPT_CHOICE, 0, 0, models, NULL, "auto",
                          "Register map; auto: as the device's identification tells."},
    [HUAWEI_OPT_NUMBER] = {"ups-number", DRV_OPT_INT, 1, HUAWEI_NUMBERS, NULL, NULL, NULL,
                           "Number of the UPS behind a card; unset: 1 on 1-3 kVA units, else the "
                           "first that answers."},
    [HUAWEI_OPT_OFFDELAY] = {"offdelay", DRV_OPT_INT, 0, 5940, NULL, "s", "60",
                             "Delay before switching off, rounded up to steps of 6 s."},
    [HUAWEI_OPT_ONDELAY] = {"ondelay", DRV_OPT_INT, 0, 599940, NULL, "s", "60",
                            "Delay before switching on again, rounded up to minutes."},
    [HUAWEI_OPT_REBOOTDELAY] = {"rebootdelay", DRV_OPT_INT, 0, 5940, NULL, "s", "60",
                                "Delay before a graceful reboot, rounded up to steps of 6 s."},
    [HUAWEI_OPT_UNSEEN] = {"unseen-countdown", DRV_OPT_CHOICE, 0, 0, unseen, NULL, "cancel",
                           "A shut-down that the UPS acknowledges, but whose countdown it does not "
                           "show: cancel it and say failed, or trust it."},
    {.name = NULL},
};

static void huawei_close(struct drv *d)
{
    huawei_release(d, false);
}

const struct drv_driver huawei_ups2000_driver = {
    .name = "huawei-ups2000",
    .summary = "Huawei UPS2000-A and -G, 1-3 kVA; 6-20 kVA by Modbus card (not tried on hardware)",
    .options = options,
    .ports = LINK_PORT_TTY | LINK_PORT_TCP | LINK_PORT_RTU_TCP,
    .state_size = sizeof(struct huawei),
    .open = huawei_open,
    .poll = huawei_poll,
    .command = huawei_command,
    .set = huawei_set,
    .abandon = huawei_abandon,
    .close = huawei_close,
    .ask = DRV_ASK_FRAMES,
};
