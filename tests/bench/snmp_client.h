/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A small SNMPv2c client (RFC 1905, RFC 3416) for measuring: one UDP socket, one request
 * outstanding, its own BER encoder and decoder.  It knows neither MIBs nor retries, so that what it
 * times is the agent and not the client.  Used by snmpload only; loopback only.
 */
#ifndef UPS_BENCH_SNMP_CLIENT_H
#define UPS_BENCH_SNMP_CLIENT_H

#include <stddef.h>
#include <stdint.h>

#define SNMP_OID_MAX      64  /* sub-identifiers; RFC 3416 allows 128, UPS-MIB needs 13 */
#define SNMP_VARBINDS_MAX 128 /* in one PDU */

/* PDU tags, RFC 3416 section 3. */
enum snmp_pdu {
    SNMP_GET = 0xa0,
    SNMP_GETNEXT = 0xa1,
    SNMP_RESPONSE = 0xa2,
    SNMP_GETBULK = 0xa5,
};

/* Value tags, RFC 2578 and RFC 3416. */
enum snmp_tag {
    SNMP_INTEGER = 0x02,
    SNMP_OCTETS = 0x04,
    SNMP_NULL = 0x05,
    SNMP_OBJECT_ID = 0x06,
    SNMP_IPADDRESS = 0x40,
    SNMP_COUNTER = 0x41,
    SNMP_GAUGE = 0x42,
    SNMP_TIMETICKS = 0x43,
    SNMP_OPAQUE = 0x44,
    SNMP_COUNTER64 = 0x46,
    SNMP_NO_OBJECT = 0x80,
    SNMP_NO_INSTANCE = 0x81,
    SNMP_END_OF_VIEW = 0x82,
};

struct snmp_oid {
    unsigned int len;
    uint32_t sub[SNMP_OID_MAX];
};

/* One varbind of a response.  value points into the client's receive buffer and is good until the
 * next exchange. */
struct snmp_varbind {
    struct snmp_oid name;
    uint8_t tag;
    const uint8_t *value;
    size_t len; /* octets */
};

struct snmp_client {
    int fd;
    int32_t request_id;
    unsigned int timeout_ms;
    uint8_t out[65536];
    uint8_t in[65536];
    struct snmp_varbind vb[SNMP_VARBINDS_MAX];
    unsigned int vb_count;
    int error_status; /* of the last response, RFC 3416 section 3 */
};

/* What is asked of whom. */
struct snmp_request {
    uint16_t port; /* on 127.0.0.1 */
    const char *community;
    enum snmp_pdu pdu;
    int max_repetitions; /* GETBULK; non-repeaters is always 0 */
    const struct snmp_oid *names;
    unsigned int count; /* 1 to SNMP_VARBINDS_MAX */
};

/* Opens the socket.  Returns 0, or -1 with errno set. */
int snmp_client_open(struct snmp_client *c, unsigned int timeout_ms);
void snmp_client_close(struct snmp_client *c);

/*
 * Sends one request and waits for its response; responses to earlier requests are discarded.
 * On success returns 0, the varbinds are in c->vb and *ns is the time from send to receipt in
 * nanoseconds.  Returns -1: errno ETIMEDOUT (no answer), EPROTO (answer that is no right BER),
 * or what the socket says.
 */
int snmp_client_ask(struct snmp_client *c, const struct snmp_request *req, uint64_t *ns);

/* Dotted numbers, with or without a leading dot.  Returns 0, or -1 if text is no OID. */
int snmp_oid_parse(struct snmp_oid *oid, const char *text);
/* Writes dotted numbers, always terminated; size of at least 11 * SNMP_OID_MAX never truncates. */
void snmp_oid_print(const struct snmp_oid *oid, char *text, size_t size);
/* <0, 0, >0 in lexicographic order. */
int snmp_oid_compare(const struct snmp_oid *a, const struct snmp_oid *b);
/* 1 if oid is root or below it. */
int snmp_oid_under(const struct snmp_oid *oid, const struct snmp_oid *root);

/* A number out of an INTEGER, Counter, Gauge or TimeTicks value. */
int64_t snmp_value_number(const struct snmp_varbind *vb);

/* The OID in an OBJECT IDENTIFIER value.  Returns 0, or -1 if it is none. */
int snmp_value_oid(const struct snmp_varbind *vb, struct snmp_oid *oid);

/* Nanoseconds of CLOCK_MONOTONIC. */
uint64_t snmp_now(void);

#endif
