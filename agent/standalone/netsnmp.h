/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Names and values between the object layer and net-snmp, and what the files that handle its
 * requests know of each other.  For files that use net-snmp's types: includes its headers.
 */
#ifndef STANDALONE_NETSNMP_H
#define STANDALONE_NETSNMP_H

#include <net-snmp/net-snmp-config.h>

#include <net-snmp/net-snmp-includes.h>

#include <net-snmp/agent/net-snmp-agent-includes.h>

#include "engine.h"

/* net-snmp's oid is an unsigned long, ours are the 32 bits of the standard.  Room for MAX_OID_LEN;
 * return the length. */
size_t netsnmp_oid_in(uint32_t *out, const oid *in, size_t len);
size_t netsnmp_oid_out(oid *out, const uint32_t *in, size_t len);

/* A value in the form that the library's functions take. */
struct netsnmp_form {
    u_char type;
    const void *data; /* points into this, or to where the value pointed */
    size_t size;
    union {
        long number;
        struct counter64 big;
        oid name[MAX_OID_LEN];
    } of;
};

/* false: an exception, which is no value.  `value` must outlive the form. */
bool netsnmp_form_of(const struct mib_value *value, struct netsnmp_form *form);

/* The value that a manager sends.  Points into the varbind and to `room`, of MAX_OID_LEN. */
void netsnmp_value_of(const netsnmp_variable_list *vb, struct mib_value *value, uint32_t *room);

/* set.c: one phase of a SET for one registration's part of the PDU. */
void engine_set_phase(const struct engine_place *place, netsnmp_agent_request_info *reqinfo,
                      netsnmp_request_info *requests);

#endif
