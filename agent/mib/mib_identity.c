/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * OIDs that are values: what upsAlarmDescr and upsTestId name.  RFC 1628's identities lie below
 * upsWellKnownAlarms and upsWellKnownTests, ours below the root of UPSMIBD-MIB.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <assert.h>

#include "mib.h"
#include "mib_own.h"
#include "mib_values.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static const uint32_t well_known_alarms[] = {1, 3, 6, 1, 2, 1, 33, 1, 6, 3};
static const uint32_t well_known_tests[] = {1, 3, 6, 1, 2, 1, 33, 1, 7, 7};
static const uint32_t vendor_alarms[] = {MIB_OWN_OBJECTS, 9}; /* upsmibdVendorAlarms */
static const uint32_t vendor_tests[] = {MIB_OWN_OBJECTS, 8};  /* upsmibdTests */

static_assert(COUNT(vendor_alarms) < MIB_OID_MAX, "the enterprise OID is too long");

/* Writes base.arc; returns its length. */
static size_t identity(const uint32_t *base, size_t len, uint32_t arc, uint32_t *out)
{
    for (size_t i = 0; i < len; i++)
        out[i] = base[i];
    out[len] = arc;
    return len + 1;
}

size_t mib_alarm_oid(enum ups_alarm alarm, uint32_t *out)
{
    const struct ups_alarm_info *info = &ups_alarms[alarm];

    if (info->vendor)
        return identity(vendor_alarms, COUNT(vendor_alarms), info->arc, out);
    return identity(well_known_alarms, COUNT(well_known_alarms), info->arc, out);
}

size_t mib_test_oid(enum snap_test_id test, uint32_t *out)
{
    if (test == SNAP_TEST_ID_AT_UPS)
        return identity(vendor_tests, COUNT(vendor_tests), SNAP_TEST_ID_AT_UPS, out);
    return identity(well_known_tests, COUNT(well_known_tests), test, out);
}
