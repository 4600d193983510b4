/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * entLogicalTable of ENTITY-MIB (RFC 6933): a row a unit, so that managers find the contexts in
 * which UPS-MIB is.  What nobody configures is not instantiated, which the RFC permits: no address,
 * and no engine ID, because the engine is the master agent's.
 */
#include "mib_own_values.h"
#include "mib_table.h"

#define UNIT .per_unit = true, .index = MIB_UNIT_ROW

enum { TEXT_MAX = 255 };

static const struct mib_row rows[] = {
    {OBJECT("entLogicalIndex", MIB_INTEGER, 1, 1), HIDDEN, UNIT},
    {OBJECT("entLogicalDescr", MIB_OCTETS, 1, 2), RO, UNIT, .get = mib_own_logical_descr,
     .most = TEXT_MAX},
    {OBJECT("entLogicalType", MIB_OID, 1, 3), RO, UNIT, .get = mib_own_logical_type},
    {OBJECT("entLogicalContextName", MIB_OCTETS, 1, 8), RO, UNIT, .get = mib_own_conf_text,
     .field = offsetof(struct conf_unit, context), .most = TEXT_MAX},
};

static const uint32_t root[] = {1, 3, 6, 1, 2, 1, 47, 1, 2, 1};

const struct mib mib_entity = {
    .root = root,
    .root_len = COUNT(root),
    .rows = rows,
    .row_count = COUNT(rows),
};
