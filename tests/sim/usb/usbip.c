/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The device's end of USB/IP.  Every message has a head of twelve big-endian words; the data of OUT
 * transfers follows CMD_SUBMIT, that of IN transfers RET_SUBMIT.
 */
#include "usbip.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CMD_SUBMIT = 1, CMD_UNLINK = 2, RET_SUBMIT = 3, RET_UNLINK = 4 };

/* Words of the head. */
enum {
    W_COMMAND,
    W_SEQNUM,
    W_DEVID,
    W_DIRECTION,
    W_ENDPOINT,
    W_FLAGS,  /* CMD_UNLINK: the victim's seqnum; RET_*: status */
    W_LENGTH, /* RET_SUBMIT: bytes moved */
    W_SETUP = 10,
    WORDS = 12
};

enum { DIRECTION_IN = 1, DATA_MOST = 4096 };

/* A transfer that the device has not answered yet. */
struct usbip_urb {
    struct usbip_urb *next;
    uint32_t seqnum;
    uint8_t endpoint; /* bit 7: IN */
    uint8_t setup[8];
    int len;
    uint8_t data[];
};

void usbip_begin(struct usbip *ip, struct usbdev *dev, int fd)
{
    *ip = (struct usbip){.dev = dev, .fd = fd};
}

void usbip_end(struct usbip *ip)
{
    while (ip->pending) {
        struct usbip_urb *u = ip->pending;
        ip->pending = u->next;
        free(u);
    }
    if (ip->fd >= 0)
        (void)close(ip->fd);
    ip->fd = -1;
}

/* -- the socket -------------------------------------------------------------------------------- */

static bool take_bytes(struct usbip *ip, void *to, size_t n)
{
    return n == 0 || recv(ip->fd, to, n, MSG_WAITALL) == (ssize_t)n;
}

static bool send_bytes(struct usbip *ip, const void *from, size_t n)
{
    for (const uint8_t *p = from; n > 0;) {
        ssize_t sent = send(ip->fd, p, n, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent < 0)
            return false;
        p += sent;
        n -= (size_t)sent;
    }
    return true;
}

static bool reply(struct usbip *ip, uint32_t command, uint32_t seqnum, int status, uint32_t moved)
{
    uint32_t w[WORDS] = {0};

    w[W_COMMAND] = htonl(command);
    w[W_SEQNUM] = htonl(seqnum);
    w[W_FLAGS] = htonl((uint32_t)status);
    w[W_LENGTH] = htonl(moved);
    return send_bytes(ip, w, sizeof w);
}

/* -- transfers --------------------------------------------------------------------------------- */

/* vhci-hcd keeps bus resets to itself, but configures the device after one as after the plug. */
static void see_configuration(struct usbip *ip, const uint8_t setup[8])
{
    if (setup[0] != 0x00 || setup[1] != 9)
        return;
    if (ip->configured)
        usbdev_reset(ip->dev);
    ip->configured = true;
}

/* What the device has to say to this transfer, if anything yet. */
static int ask(struct usbip *ip, struct usbip_urb *u)
{
    if ((u->endpoint & 0x7f) == 0) {
        see_configuration(ip, u->setup);
        return usbdev_control(ip->dev, u->setup, u->data, u->len);
    }
    if (u->endpoint & 0x80)
        return usbdev_in(ip->dev, u->endpoint, u->data, u->len);
    return usbdev_out(ip->dev, u->endpoint, u->data, u->len);
}

static int to_errno(int n)
{
    switch (n) {
    case USBDEV_STALL: return -EPIPE;
    case USBDEV_OVERFLOW: return -EOVERFLOW;
    default: return -EPROTO;
    }
}

static bool finish(struct usbip *ip, const struct usbip_urb *u, int n)
{
    if (n < 0)
        return reply(ip, RET_SUBMIT, u->seqnum, to_errno(n), 0);
    return reply(ip, RET_SUBMIT, u->seqnum, 0, (uint32_t)n) &&
           (!(u->endpoint & 0x80) || send_bytes(ip, u->data, (size_t)n));
}

bool usbip_pump(struct usbip *ip)
{
    struct usbip_urb **link = &ip->pending, *u;

    while ((u = *link)) {
        int n = ask(ip, u);
        if (n == USBDEV_NAK) {
            link = &u->next;
            continue;
        }
        bool good = n != USBDEV_GONE && finish(ip, u, n);
        *link = u->next;
        free(u);
        if (!good)
            return false;
    }
    return true;
}

static bool submit(struct usbip *ip, const uint32_t w[WORDS])
{
    uint32_t len = ntohl(w[W_LENGTH]);
    bool in = ntohl(w[W_DIRECTION]) == DIRECTION_IN;
    struct usbip_urb **link = &ip->pending, *u;

    if (len > DATA_MOST || !(u = calloc(1, sizeof *u + len)))
        return false;
    u->seqnum = ntohl(w[W_SEQNUM]);
    u->endpoint = (uint8_t)(ntohl(w[W_ENDPOINT]) | (in ? 0x80 : 0));
    u->len = (int)len;
    memcpy(u->setup, &w[W_SETUP], sizeof u->setup);
    while (*link)
        link = &(*link)->next;
    *link = u; /* the list owns it from here on */
    return (in || take_bytes(ip, u->data, len)) && usbip_pump(ip);
}

static bool unlink_urb(struct usbip *ip, const uint32_t w[WORDS])
{
    uint32_t victim = ntohl(w[W_FLAGS]);

    for (struct usbip_urb **link = &ip->pending; *link; link = &(*link)->next) {
        struct usbip_urb *u = *link;
        if (u->seqnum != victim)
            continue;
        *link = u->next;
        free(u);
        return reply(ip, RET_UNLINK, ntohl(w[W_SEQNUM]), -ECONNRESET, 0);
    }
    return reply(ip, RET_UNLINK, ntohl(w[W_SEQNUM]), 0, 0); /* answered before */
}

bool usbip_take(struct usbip *ip)
{
    uint32_t w[WORDS];

    if (!take_bytes(ip, w, sizeof w))
        return false;
    switch (ntohl(w[W_COMMAND])) {
    case CMD_SUBMIT: return submit(ip, w);
    case CMD_UNLINK: return unlink_urb(ip, w);
    default: return false;
    }
}
