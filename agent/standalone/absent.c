/* SPDX-License-Identifier: BSD-2-Clause */
/* Linked into programs that do without net-snmp's libraries. */
#include "standalone.h"

const struct standalone_engine *const standalone_engine = NULL;
