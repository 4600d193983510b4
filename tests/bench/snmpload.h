/* SPDX-License-Identifier: BSD-2-Clause */
/* The two commands of snmpload that look at values instead of measuring load. */
#ifndef UPS_BENCH_SNMPLOAD_H
#define UPS_BENCH_SNMPLOAD_H

/*
 * args: PORT COMMUNITY OID PERIOD_MS TIMEOUT_MS.  GETs the object every PERIOD_MS and prints,
 * whenever the answer differs from the one before (and for the first): CLOCK_MONOTONIC in
 * nanoseconds at which it came, and what came ("integer 3", "noSuchInstance", "silence" ...).  Ends
 * when standard input does. Returns the exit status.
 */
int snmpload_watch(char **args);

/*
 * args: PORT COMMUNITY ROOT.  Walks ROOT by GETNEXT and prints "OID TYPE VALUE" with the type words
 * of net-snmp's pass_persist protocol (snmpd.conf(5)).  Returns the exit status.
 */
int snmpload_dump(char **args);

#endif
