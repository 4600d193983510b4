/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Arcs of UPSMIBD-MIB that more than one file needs: objects that notifications carry, below
 * UPS_ENTERPRISE_OID.1, the root of mib_upsmibd.
 */
#ifndef MIB_OWN_H
#define MIB_OWN_H

#ifndef UPS_ENTERPRISE_OID
#define UPS_ENTERPRISE_OID 1, 3, 6, 1, 4, 1, 8072, 9999, 9999, 1628
#endif

/* The root of the objects, and that of the notifications. */
#define MIB_OWN_OBJECTS       UPS_ENTERPRISE_OID, 1
#define MIB_OWN_NOTIFICATIONS UPS_ENTERPRISE_OID, 2, 0

/* columns, without their indexes */
#define MIB_OWN_UNIT_INDEX     2, 1, 1, 1 /* upsmibdUnitIndex, INTEGER; index unit */
#define MIB_OWN_UNIT_NAME      2, 1, 1, 2 /* upsmibdUnitName, OCTETS; unit */
#define MIB_OWN_VARIABLE_VALUE 4, 1, 1, 2 /* upsmibdVariableValue, OCTETS; unit, IMPLIED name */
#define MIB_OWN_COMMAND_STATE  5, 1, 1, 8 /* upsmibdCommandState, INTEGER; unit, IMPLIED name */

/* scalars, accessible-for-notify */
#define MIB_OWN_NOTIFY_SEQUENCE 7, 1 /* upsmibdNotifySequence, Counter32 */
#define MIB_OWN_NOTIFY_TEXT     7, 2 /* upsmibdNotifyText, OCTETS */
#define MIB_OWN_NOTIFY_TIME     7, 3 /* upsmibdNotifyTime, DateAndTime */
#define MIB_OWN_ALARM_IDENTITY  7, 4 /* upsmibdAlarmIdentity, OID */
#define MIB_OWN_NOTIFY_SEVERITY 7, 5 /* upsmibdNotifySeverity, INTEGER info(1) to critical(3) */
#define MIB_OWN_NOTIFY_LOST     7, 6 /* upsmibdNotifyLost, Counter32 */

#endif
