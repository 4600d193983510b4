/* SPDX-License-Identifier: BSD-2-Clause */
/* The master's address: text to struct sockaddr, without ever asking a name server. */
#include "private.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool unix_address(const char *path, struct agentx_address *a, char *error, size_t size)
{
    size_t len = strlen(path);
    if (len == 0) {
        snprintf(error, size, "expected unix:PATH or tcp:ADDRESS:PORT");
        return false;
    }
    if (len >= sizeof a->u.un.sun_path) {
        snprintf(error, size, "the path has %zu characters, a Unix socket's has at most %zu", len,
                 sizeof a->u.un.sun_path - 1);
        return false;
    }
    a->u.un.sun_family = AF_UNIX;
    memcpy(a->u.un.sun_path, path, len + 1);
    a->len = sizeof a->u.un;
    return true;
}

static bool port_number(const char *text, in_port_t *port)
{
    unsigned value = 0;
    if (*text == '\0')
        return false;
    for (; *text != '\0'; text++) {
        if (*text < '0' || *text > '9')
            return false;
        value = 10 * value + (unsigned)(*text - '0');
        if (value > 65535)
            return false;
    }
    *port = htons((uint16_t)value);
    return value > 0;
}

static bool host_address(const char *host, in_port_t port, struct agentx_address *a)
{
    struct sockaddr_in *in = (void *)&a->u.any;
    struct sockaddr_in6 *in6 = (void *)&a->u.any;
    if (strcmp(host, "localhost") == 0)
        host = "127.0.0.1";
    if (inet_pton(AF_INET, host, &in->sin_addr) == 1) {
        in->sin_family = AF_INET;
        in->sin_port = port;
        a->len = sizeof *in;
        return true;
    }
    if (inet_pton(AF_INET6, host, &in6->sin6_addr) == 1) {
        in6->sin6_family = AF_INET6;
        in6->sin6_port = port;
        a->len = sizeof *in6;
        return true;
    }
    return false;
}

static bool tcp_address(const char *text, struct agentx_address *a, char *error, size_t size)
{
    char host[64];
    const char *colon = strrchr(text, ':');
    in_port_t port;
    if (colon == NULL || !port_number(colon + 1, &port)) {
        snprintf(error, size, "expected tcp:ADDRESS:PORT with a port from 1 to 65535");
        return false;
    }
    size_t len = (size_t)(colon - text);
    if (len >= 2 && text[0] == '[' && text[len - 1] == ']') {
        text++;
        len -= 2;
    }
    if (len < sizeof host) {
        memcpy(host, text, len);
        host[len] = '\0';
        a->tcp = true;
        if (host_address(host, port, a))
            return true;
    }
    snprintf(error, size,
             "expected a numeric IPv4 or IPv6 address or localhost; names are not resolved");
    return false;
}

bool agentx_address_parse(const char *text, struct agentx_address *address, char *error,
                          size_t size)
{
    memset(address, 0, sizeof *address);
    if (strncmp(text, "unix:", 5) == 0)
        return unix_address(text + 5, address, error, size);
    if (strncmp(text, "tcp:", 4) == 0)
        return tcp_address(text + 4, address, error, size);
    if (strchr(text, '/') != NULL)
        return unix_address(text, address, error, size);
    /* a word alone is more likely a mistake than a socket in the working directory */
    snprintf(error, size, "expected unix:PATH, a path with a slash, or tcp:ADDRESS:PORT");
    return false;
}

bool agentx_address_check(const char *address, char *error, size_t size)
{
    struct agentx_address ignored;
    return agentx_address_parse(address, &ignored, error, size);
}
