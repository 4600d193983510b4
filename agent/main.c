/* SPDX-License-Identifier: BSD-2-Clause */
/* The program; the daemon itself is a library, so that tests link its parts. */
#include "daemon/daemon.h"

int main(int argc, char **argv)
{
    return upsmibd_main(argc, argv);
}
