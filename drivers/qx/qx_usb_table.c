/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * USB devices of the Q* family.  conf/60-upsmibd.rules and the table of docs/usb-ups.md are made
 * from these rows (`make update-usb`); the order matters.
 *
 * 0001:0000 and 0925:1234 are used by several makers without leave, for firmware that has nothing
 * in common: the strings decide, and `subdriver` can.
 */
#include "qx_usb.h"

#include <strings.h>

#define MEC0003 "MEC0003"

const struct qx_usb_row qx_usb_table[] = {
    {0x05b8, 0x0000, NULL, NULL, "cypress", 0, "Agiler"},
    {0xffff, 0x0000, NULL, NULL, "ablerex", 0, "Ablerex 625L"},
    {0x1cb0, 0x0035, NULL, NULL, "krauler", 0, "Legrand Daker DK"},
    {0x0665, 0x5161, NULL, NULL, "cypress", 0,
     "Voltronic Power and its many brands, Belkin F6C1200"},
    {0x06da, 0x0002, "Phoenixtec Power", "USB Cable (V2.00)", "phoenixtec", 0, "Masterguard A"},
    {0x06da, 0x0002, NULL, NULL, "cypress", 0, "Online Yunto YQ450, ONEAC"},
    {0x06da, 0x0003, NULL, NULL, "ippon", 0, "Mustek PowerMust, Ippon, some Eaton"},
    {0x06da, 0x0004, NULL, NULL, "cypress", 0, "Phoenixtec Innova 3/1 T"},
    {0x06da, 0x0005, NULL, NULL, "cypress", 0, "Phoenixtec Innova RT"},
    /* Seen to fail a write that follows a reply at once. */
    {0x06da, 0x0201, NULL, NULL, "cypress", 50, "Phoenixtec Innova T, PPC USB Card"},
    {0x06da, 0x0601, NULL, NULL, "phoenix", 0, "Online Zinto A"},
    {0x0f03, 0x0001, NULL, NULL, "cypress", 0, "Unitek Alpha 1200Sx"},
    {0x14f0, 0x00c9, NULL, NULL, "phoenix", 0, "GE EP"},
    /* A plain serial bridge with a tty of its own: never taken away from the kernel. */
    {0x1a86, 0x7523, NULL, NULL, NULL, 0, "CH340 serial bridge: use its /dev/ttyUSB port"},
    {0x0483, 0x0035, NULL, NULL, "sgs", 0, "TS Shara"},
    {0x0590, 0x00b7, NULL, NULL, "omron", 0, "OMRON BN150T"},
    {0x0001, 0x0000, "MEC", MEC0003, "fabula", 0, "Fideltronik, MEC Lupus 500"},
    {0x0001, 0x0000, NULL, MEC0003, "hunnox", 0, "Hunnox HNX-850, Powercool"},
    {0x0001, 0x0000, "ATCL FOR UPS", "ATCL FOR UPS", "fuji", 0, "Fuji"},
    {0x0001, 0x0000, NULL, NULL, "krauler", 0, "Krauler UP-M500VA"},
    /* Hidden by the row of hunnox: SNR units need `subdriver = snr`. */
    {0x0001, 0x0000, NULL, MEC0003, "snr", 0, "SNR-UPS-LID (needs subdriver = snr)"},
    {0x0925, 0x1234, NULL, NULL, "armac", 0, "Armac, Richcomm, Vultech, ExeGate, SVC"},
    {0, 0, NULL, NULL, NULL, 0, NULL},
};

static bool text_fits(const char *wanted, const char *text)
{
    return !wanted || strcasecmp(wanted, text) == 0;
}

const struct qx_usb_row *qx_usb_row_of(const struct usb_ident *id)
{
    for (const struct qx_usb_row *row = qx_usb_table; row->seen_as; row++)
        if (row->vid == id->vid && row->pid == id->pid &&
            text_fits(row->manufacturer, id->text[USB_MANUFACTURER]) &&
            text_fits(row->product, id->text[USB_PRODUCT]))
            return row;
    return NULL;
}

bool qx_usb_known(uint16_t vid, uint16_t pid)
{
    for (const struct qx_usb_row *row = qx_usb_table; row->seen_as; row++)
        if (row->vid == vid && row->pid == pid && row->bridge)
            return true;
    return false;
}

bool qx_usb_shared(uint16_t vid, uint16_t pid)
{
    return (vid == 0x0001 && pid == 0x0000) || (vid == 0x0925 && pid == 0x1234) ||
           (vid == 0xffff && pid == 0x0000);
}
