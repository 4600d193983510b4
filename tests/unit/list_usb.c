/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Prints the table of USB devices, for `make update-usb` and the check of what it wrote:
 * `list_usb rules` gives conf/60-upsmibd.rules, `list_usb table` the table of docs/usb-ups.md.
 */
#include <stdio.h>
#include <string.h>

#include "../../drivers/qx/qx_usb.h"

static const char rules_head[] =
    "# SPDX-License-Identifier: BSD-2-Clause\n"
    "# Made from the table in drivers/qx/qx_usb_table.c by `make update-usb`; don't edit.\n"
    "#\n"
    "# Gives the group upsmibd leave to talk to USB UPSes.  Needed only if upsmibd does not run as\n"
    "# root: copy to /etc/udev/rules.d and call `udevadm control --reload; udevadm trigger`.\n"
    "ACTION==\"remove\", GOTO=\"upsmibd_end\"\n"
    "SUBSYSTEM!=\"usb\", GOTO=\"upsmibd_end\"\n"
    "ENV{DEVTYPE}!=\"usb_device\", GOTO=\"upsmibd_end\"\n\n";

/* Has an earlier row the same IDs? */
static bool told_before(const struct qx_usb_row *row)
{
    for (const struct qx_usb_row *r = qx_usb_table; r != row; r++)
        if (r->vid == row->vid && r->pid == row->pid)
            return true;
    return false;
}

static void print_rules(void)
{
    fputs(rules_head, stdout);
    for (const struct qx_usb_row *row = qx_usb_table; row->seen_as; row++)
        if (row->bridge && !told_before(row))
            printf("# %s\nATTR{idVendor}==\"%04x\", ATTR{idProduct}==\"%04x\", MODE=\"0660\", "
                   "GROUP=\"upsmibd\"\n",
                   row->seen_as, row->vid, row->pid);
    puts("\nLABEL=\"upsmibd_end\"");
}

static void print_table(void)
{
    puts("| VID:PID | manufacturer | product | subdriver | seen as |\n"
         "| --- | --- | --- | --- | --- |");
    for (const struct qx_usb_row *row = qx_usb_table; row->seen_as; row++)
        printf("| %04x:%04x | %s | %s | %s | %s |\n", row->vid, row->pid,
               row->manufacturer ? row->manufacturer : "any", row->product ? row->product : "any",
               row->bridge ? row->bridge : "none", row->seen_as);
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "rules") == 0)
        print_rules();
    else if (argc == 2 && strcmp(argv[1], "table") == 0)
        print_table();
    else
        return 2;
    return fflush(stdout) == 0 ? 0 : 1;
}
