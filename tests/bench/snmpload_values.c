/* SPDX-License-Identifier: BSD-2-Clause */
/* snmpload watch and snmpload dump: what an agent says, and when it begins to say it. */
#include "snmp_client.h"
#include "snmpload.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TEXT_MAX 1024

static void print_octets(const struct snmp_varbind *vb, char *text, size_t size)
{
    int printable = 1;
    size_t used;

    for (size_t i = 0; i < vb->len; i++)
        printable &= vb->value[i] >= 0x20 && vb->value[i] < 0x7f;
    if (printable) {
        snprintf(text, size, "string %.*s", (int)vb->len, (const char *)vb->value);
        return;
    }
    used = (size_t)snprintf(text, size, "octet");
    for (size_t i = 0; i < vb->len && used + 4 < size; i++)
        used += (size_t)snprintf(text + used, size - used, " %02x", vb->value[i]);
}

/* The value with its type word in front. */
static void print_value(const struct snmp_varbind *vb, char *text, size_t size)
{
    const char *word = NULL;

    switch (vb->tag) {
    case SNMP_INTEGER: word = "integer"; break;
    case SNMP_COUNTER: word = "counter"; break;
    case SNMP_GAUGE: word = "gauge"; break;
    case SNMP_TIMETICKS: word = "timeticks"; break;
    case SNMP_COUNTER64: word = "counter64"; break;
    case SNMP_NO_OBJECT: snprintf(text, size, "noSuchObject"); return;
    case SNMP_NO_INSTANCE: snprintf(text, size, "noSuchInstance"); return;
    case SNMP_END_OF_VIEW: snprintf(text, size, "endOfMibView"); return;
    case SNMP_OCTETS: print_octets(vb, text, size); return;
    case SNMP_OBJECT_ID: {
        struct snmp_oid oid;
        int used = snprintf(text, size, "objectid ");

        if (snmp_value_oid(vb, &oid) == 0)
            snmp_oid_print(&oid, text + used, size - (size_t)used);
        return;
    }
    default: snprintf(text, size, "tag %u", vb->tag); return;
    }
    snprintf(text, size, "%s %" PRId64, word, snmp_value_number(vb));
}

/* Sleeps until `until` (snmp_now); returns 1 when standard input has ended. */
static int stdin_ended(uint64_t until)
{
    struct pollfd pfd = {.fd = STDIN_FILENO, .events = POLLIN};
    uint64_t now = snmp_now();
    char c;

    if (poll(&pfd, 1, now < until ? (int)((until - now) / 1000000U) : 0) <= 0)
        return 0;
    return read(STDIN_FILENO, &c, 1) <= 0;
}

int snmpload_watch(char **args)
{
    struct snmp_client *c = calloc(1, sizeof *c);
    struct snmp_oid oid;
    struct snmp_request req = {.port = (uint16_t)strtoul(args[0], NULL, 10),
                               .community = args[1],
                               .pdu = SNMP_GET,
                               .names = &oid,
                               .count = 1};
    uint64_t period = strtoull(args[3], NULL, 10) * 1000000U, next = snmp_now();
    char text[TEXT_MAX], before[TEXT_MAX] = "";

    if (c == NULL || snmp_oid_parse(&oid, args[2]) < 0 ||
        snmp_client_open(c, (unsigned int)strtoul(args[4], NULL, 10)) < 0) {
        fprintf(stderr, "snmpload: bad OID or no socket\n");
        free(c);
        return 2;
    }
    do {
        uint64_t ns;

        if (snmp_client_ask(c, &req, &ns) < 0)
            snprintf(text, sizeof text, "silence");
        else if (c->error_status != 0 || c->vb_count != 1)
            snprintf(text, sizeof text, "error %d", c->error_status);
        else
            print_value(&c->vb[0], text, sizeof text);
        if (strcmp(text, before) != 0) {
            printf("%" PRIu64 " %s\n", snmp_now(), text);
            snprintf(before, sizeof before, "%s", text);
        }
        next = next + period > snmp_now() ? next + period : snmp_now();
    } while (!stdin_ended(next));
    snmp_client_close(c);
    free(c);
    return 0;
}

int snmpload_dump(char **args)
{
    struct snmp_client *c = calloc(1, sizeof *c);
    struct snmp_oid root, at;
    struct snmp_request req = {.port = (uint16_t)strtoul(args[0], NULL, 10),
                               .community = args[1],
                               .pdu = SNMP_GETNEXT,
                               .names = &at,
                               .count = 1};
    char name[11 * SNMP_OID_MAX], text[TEXT_MAX];
    uint64_t ns;

    if (c == NULL || snmp_oid_parse(&root, args[2]) < 0 || snmp_client_open(c, 1000) < 0) {
        fprintf(stderr, "snmpload: bad OID or no socket\n");
        free(c);
        return 2;
    }
    for (at = root; snmp_client_ask(c, &req, &ns) == 0; at = c->vb[0].name) {
        if (c->vb_count != 1 || c->vb[0].tag == SNMP_END_OF_VIEW ||
            !snmp_oid_under(&c->vb[0].name, &root) || snmp_oid_compare(&c->vb[0].name, &at) <= 0) {
            snmp_client_close(c);
            free(c);
            return 0;
        }
        snmp_oid_print(&c->vb[0].name, name, sizeof name);
        print_value(&c->vb[0], text, sizeof text);
        printf("%s %s\n", name, text);
    }
    fprintf(stderr, "snmpload: %s\n", strerror(errno));
    snmp_client_close(c);
    free(c);
    return 1;
}
