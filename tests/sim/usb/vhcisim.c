/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Plugs simulated USB devices into this machine's kernel, by vhci-hcd.  For virtual machines: it
 * needs root and the module.
 *
 *   vhcisim -c SOCKET
 *
 * It serves one client on the Unix socket and ends, all devices unplugged, when that goes or with
 * SIGTERM.  Commands are lines; the answer is "ok [VALUE]" or "error TEXT":
 *
 *   add MODEL [SERIAL]   plugs in one more device; its number is the answer (they count from 0)
 *   relay N TTY          the device's lines are answered by who is behind TTY
 *   unplug N             pulls it out
 *   plug N [PORT]        back in, at another port of the hub if given
 *   serial N SERIAL      what the device says from its next plug on
 *   set N FAULT VALUE    faults of usbdev.h
 *   get N COUNTER        lines, resets, clears, reads; port: of the hub, from 1; plugged: 0 or 1
 */
#include "usbip.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define VHCI "/sys/devices/platform/vhci_hcd.0/"

enum {
    DEVICES = 32,
    HUB_PORTS = 15, /* of the hub for all speeds but SuperSpeed */
    LOW_SPEED = 1,
    FULL_SPEED = 2,
    LOW_SPEED_PACKET = 8, /* most that a low-speed endpoint may carry */
    PUMP_MS = 2,
    NO_VHCI = 77,
};

struct device {
    struct usbdev dev;
    struct usbip ip;
    char serial[64];
    int port; /* of the hub, from 1 */
    int relay;
};

static struct device devices[DEVICES];

static struct {
    int count, next_port, client;
    unsigned next_id;
} sim = {.next_port = 1, .client = -1, .next_id = 2};

static volatile sig_atomic_t stopped;

static void on_signal(int number)
{
    (void)number;
    stopped = 1;
}

static int64_t sim_now(void *arg)
{
    struct timespec t;

    (void)arg;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* -- the kernel -------------------------------------------------------------------------------- */

/* Writes to a file of vhci-hcd; 0 or an errno. */
static int tell_kernel(const char *file, const char *text)
{
    int fd = open(file, O_WRONLY | O_CLOEXEC), error = 0;

    if (fd < 0)
        return errno;
    if (write(fd, text, strlen(text)) < 0)
        error = errno;
    (void)close(fd);
    return error;
}

static int attach(const struct device *d, int fd)
{
    char text[64];

    snprintf(text, sizeof text, "%d %d %u %d", d->port - 1, fd, 1U << 16 | sim.next_id++,
             d->dev.model->packet > LOW_SPEED_PACKET ? FULL_SPEED : LOW_SPEED);
    return tell_kernel(VHCI "attach", text);
}

/* At the device's port, or at the next free one if it is 0.  Returns an errno. */
static int plug(struct device *d)
{
    int pair[2], tries = d->port ? 1 : HUB_PORTS, error = EBUSY;

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
        return errno;
    for (bool any = d->port == 0; error == EBUSY && tries > 0; tries--) {
        if (any) {
            d->port = sim.next_port;
            sim.next_port = sim.next_port % HUB_PORTS + 1;
        }
        error = attach(d, pair[0]);
    }
    (void)close(pair[0]); /* the kernel has it */
    if (error) {
        (void)close(pair[1]);
        return error;
    }
    usbdev_power(&d->dev);
    usbip_begin(&d->ip, &d->dev, pair[1]);
    return 0;
}

static void unplug(struct device *d)
{
    char text[16];

    snprintf(text, sizeof text, "%d", d->port - 1);
    (void)tell_kernel(VHCI "detach", text); /* closing the socket does it as well */
    usbip_end(&d->ip);
}

static bool is_plugged(const struct device *d)
{
    return d->ip.fd >= 0;
}

/* -- commands ---------------------------------------------------------------------------------- */

struct answer {
    char text[128];
};

static void ok(struct answer *a, unsigned value)
{
    snprintf(a->text, sizeof a->text, "ok %u\n", value);
}

static void refuse(struct answer *a, const char *why)
{
    snprintf(a->text, sizeof a->text, "error %s\n", why);
}

static void outcome(struct answer *a, int error, int number)
{
    if (error)
        refuse(a, strerror(error));
    else
        ok(a, (unsigned)number);
}

static void add(struct answer *a, char **word)
{
    const struct usbdev_model *model = word[1] ? usbdev_model_find(word[1]) : NULL;

    if (!model || sim.count == DEVICES) {
        refuse(a, "no such model");
        return;
    }
    struct device *d = &devices[sim.count++];
    *d = (struct device){.ip.fd = -1, .relay = -1};
    if (word[2])
        snprintf(d->serial, sizeof d->serial, "%s", word[2]);
    usbdev_init(&d->dev, model, word[2] ? d->serial : NULL);
    d->dev.now_ms = sim_now;
    outcome(a, plug(d), sim.count - 1);
}

static void get(struct answer *a, const struct device *d, const char *name)
{
    unsigned value;

    if (strcmp(name, "port") == 0)
        ok(a, (unsigned)d->port);
    else if (strcmp(name, "plugged") == 0)
        ok(a, is_plugged(d));
    else if (usbdev_get(&d->dev, name, &value))
        ok(a, value);
    else
        refuse(a, "no such value");
}

static void relay(struct answer *a, struct device *d, const char *path)
{
    if (d->relay >= 0)
        (void)close(d->relay);
    d->relay = usbrelay_open(path);
    d->dev.line = d->relay >= 0 ? usbrelay_line : usbline_megatec;
    d->dev.line_arg = &d->relay;
    outcome(a, d->relay >= 0 ? 0 : errno, 0);
}

static void rename_device(struct device *d, const char *serial)
{
    snprintf(d->serial, sizeof d->serial, "%s", serial);
    d->dev.text[2] = d->serial;
}

static void on_device(struct answer *a, struct device *d, char **word)
{
    ok(a, 0);
    if (strcmp(word[0], "unplug") == 0 && is_plugged(d)) {
        unplug(d);
    } else if (strcmp(word[0], "plug") == 0 && !is_plugged(d)) {
        d->port = word[2] ? (int)strtol(word[2], NULL, 10) : 0;
        outcome(a, plug(d), d->port);
    } else if (strcmp(word[0], "serial") == 0 && word[2]) {
        rename_device(d, word[2]);
    } else if (strcmp(word[0], "relay") == 0 && word[2]) {
        relay(a, d, word[2]);
    } else if (strcmp(word[0], "get") == 0 && word[2]) {
        get(a, d, word[2]);
    } else if (strcmp(word[0], "set") != 0 || !word[3]) {
        refuse(a, "no such command");
    } else if (!usbdev_set(&d->dev, word[2], (unsigned)strtoul(word[3], NULL, 0))) {
        refuse(a, "no such fault");
    }
}

static void obey(struct answer *a, char *line)
{
    char *word[5] = {NULL}, *rest = line;

    for (int n = 0; n < 4 && (word[n] = strtok_r(rest, " \n", &rest)); n++)
        ;
    if (!word[0]) {
        refuse(a, "no command");
    } else if (strcmp(word[0], "add") == 0) {
        add(a, word);
    } else {
        unsigned long n = word[1] ? strtoul(word[1], NULL, 10) : DEVICES;
        if (n < (unsigned long)sim.count)
            on_device(a, &devices[n], word);
        else
            refuse(a, "no such device");
    }
}

/* One line a packet, as its one client sends them.  False: the client is gone. */
static bool serve_client(void)
{
    char line[256];
    struct answer a = {""};
    ssize_t n = read(sim.client, line, sizeof line - 1);

    if (n <= 0)
        return n < 0 && errno == EINTR;
    line[n] = '\0';
    obey(&a, line);
    return send(sim.client, a.text, strlen(a.text), MSG_NOSIGNAL) >= 0;
}

/* -- the loop ---------------------------------------------------------------------------------- */

static int wait_for_client(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), client = -1;

    if (fd < 0)
        return -1;
    snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    if (bind(fd, (struct sockaddr *)&address, sizeof address) == 0 && listen(fd, 1) == 0)
        client = accept4(fd, NULL, NULL, SOCK_CLOEXEC);
    if (client < 0)
        fprintf(stderr, "vhcisim: %s: %s\n", path, strerror(errno));
    (void)close(fd);
    return client;
}

/* The devices' turn; a device whose connection ends is unplugged. */
static void serve_devices(const struct pollfd *p)
{
    for (int i = 0; i < sim.count; i++) {
        struct device *d = &devices[i];
        if (!is_plugged(d))
            continue;
        bool readable = p[i].fd == d->ip.fd && p[i].revents;
        if (!(readable ? usbip_take(&d->ip) : usbip_pump(&d->ip)))
            usbip_end(&d->ip);
    }
}

static void loop(void)
{
    struct pollfd p[DEVICES + 1];

    while (!stopped) {
        bool owing = false;
        int count = sim.count; /* a command may add one */
        for (int i = 0; i < count; i++) {
            p[i] = (struct pollfd){.fd = devices[i].ip.fd, .events = POLLIN};
            owing |= devices[i].ip.pending != NULL;
        }
        p[count] = (struct pollfd){.fd = sim.client, .events = POLLIN};
        int n = poll(p, (nfds_t)count + 1, owing ? PUMP_MS : -1);
        if (n < 0 && errno != EINTR)
            return;
        if (n < 0)
            continue;
        serve_devices(p);
        if (p[count].revents && !serve_client())
            return;
    }
}

int main(int argc, char **argv)
{
    const struct sigaction act = {.sa_handler = on_signal};

    if (argc != 3 || strcmp(argv[1], "-c") != 0) {
        fprintf(stderr, "usage: vhcisim -c SOCKET\n");
        return 2;
    }
    if (access(VHCI "attach", W_OK)) {
        fprintf(stderr, "vhcisim: " VHCI "attach: %s\n", strerror(errno));
        return NO_VHCI;
    }
    (void)sigaction(SIGTERM, &act, NULL);
    sim.client = wait_for_client(argv[2]);
    if (sim.client < 0)
        return 1;
    loop();
    for (int i = 0; i < sim.count; i++) {
        if (is_plugged(&devices[i]))
            unplug(&devices[i]);
        if (devices[i].relay >= 0)
            (void)close(devices[i].relay);
    }
    return 0;
}
