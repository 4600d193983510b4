/* SPDX-License-Identifier: BSD-2-Clause */
/* Links: names of ports, ttys (pseudo terminals), TCP on loopback, waiting and draining. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "link.h"

static const struct link_params wire = {.baud = 9600,
                                        .parity = 'N',
                                        .stop_bits = 1,
                                        .data_bits = 8,
                                        .dtr = LINK_LINE_LOW,
                                        .rts = LINK_LINE_HIGH,
                                        .connect_ms = 500};
static char why[200];

static void test_port_names(void **state)
{
    static const struct {
        const char *port;
        enum link_port kind;
    } cases[] = {
        {"/dev/ttyUSB0", LINK_PORT_TTY},
        {"auto", LINK_PORT_USB},
        {"tcp:ups.example:502", LINK_PORT_TCP},
        {"tcp:[::1]:502", LINK_PORT_TCP},
        {"rtu-tcp:10.0.0.1:4001", LINK_PORT_RTU_TCP},
        {"tcp:10.0.0.1", 0},
        {"tcp::502", 0},
        {"tcp:[::1]", 0},
        {"tcp:[]:502", 0},
        {"tcp:::1:502", 0},
        {"tcp:host:0", 0},
        {"tcp:host:65536", 0},
        {"tcp:host:5x", 0},
        {"tcp:host:-5", 0},
        {"tcp:host:", 0},
        {"rtu-tcp:", 0},
        {"ttyUSB0", 0},
        {"", 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        why[0] = '\0';
        assert_int_equal(link_port_kind(cases[i].port, why, sizeof why), cases[i].kind);
        assert_int_equal(why[0] != '\0', cases[i].kind == 0);
    }
}

/* A pseudo terminal's master; the slave's name goes to `name`. */
static int open_pty(char *name, size_t size)
{
    int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);

    assert_true(master >= 0);
    assert_int_equal(grantpt(master), 0);
    assert_int_equal(unlockpt(master), 0);
    assert_int_equal(ptsname_r(master, name, size), 0);
    return master;
}

static void test_tty(void **state)
{
    char name[64], back[8];
    struct link *link = NULL, *second = NULL;
    struct termios t;
    int master = open_pty(name, sizeof name);

    (void)state;
    assert_int_equal(link_open(name, &wire, &link, why, sizeof why), UPS_OK);
    assert_int_equal(link->kind, LINK_PORT_TTY);
    assert_int_equal(link->char_us, 1041);
    assert_int_equal(tcgetattr(link->fd, &t), 0);
    assert_int_equal(cfgetospeed(&t), B9600);
    assert_int_equal(t.c_lflag & (ICANON | ECHO), 0);
    /* nobody else gets it */
    assert_int_equal(link_open(name, &wire, &second, why, sizeof why), UPS_E_DISCONNECTED);
    assert_non_null(strstr(why, "in use by another program"));
    /* bytes go both ways, unchanged */
    assert_int_equal(write(link->fd, "\r\n\x03", 3), 3);
    assert_int_equal(read(master, back, sizeof back), 3);
    assert_memory_equal(back, "\r\n\x03", 3);
    assert_int_equal(link_wait(link, 5), UPS_E_TIMEOUT);
    assert_int_equal(link_drain(link), 0);
    assert_int_equal(write(master, "stale", 5), 5);
    assert_int_equal(link_wait(link, 1000), UPS_OK);
    assert_int_equal(link_drain(link), 5);
    link_close(link);
    /* and after closing it can be had again */
    assert_int_equal(link_open(name, &wire, &link, why, sizeof why), UPS_OK);
    close(master);
    assert_int_equal(link_wait(link, 1000), UPS_E_DISCONNECTED);
    assert_int_equal(link_drain(link), UPS_E_DISCONNECTED);
    assert_int_equal(link_settle(link, 10, 100), UPS_E_DISCONNECTED);
    link_close(link);
}

static void test_stale_input_is_dropped_at_open(void **state)
{
    char name[64];
    struct link *link = NULL;
    int master = open_pty(name, sizeof name);

    (void)state;
    assert_int_equal(write(master, "old", 3), 3);
    assert_int_equal(link_open(name, &wire, &link, why, sizeof why), UPS_OK);
    assert_int_equal(link_wait(link, 20), UPS_E_TIMEOUT);
    link_close(link);
    close(master);
}

static enum ups_error refuse(const char *path, char *text, size_t size)
{
    snprintf(text, size, "%s: no", path);
    return UPS_E_REFUSED;
}

static void test_tty_errors(void **state)
{
    struct link_params p = wire;
    struct link *link = NULL;
    char name[64];

    (void)state;
    assert_int_equal(link_open("/nonexistent/tty", &wire, &link, why, sizeof why),
                     UPS_E_DISCONNECTED);
    assert_non_null(strstr(why, "/nonexistent/tty: opening: No such file"));
    assert_int_equal(link_open("/dev/null", &wire, &link, why, sizeof why), UPS_E_INVALID);
    assert_non_null(strstr(why, "not a serial port"));
    p.vet = refuse;
    assert_int_equal(link_open("/dev/null", &p, &link, why, sizeof why), UPS_E_REFUSED);
    assert_string_equal(why, "/dev/null: no");
    int master = open_pty(name, sizeof name);
    p = wire;
    p.baud = 12345;
    assert_int_equal(link_open(name, &p, &link, why, sizeof why), UPS_E_INVALID);
    assert_int_equal(link_open("auto", &wire, &link, why, sizeof why), UPS_E_INVALID);
    /* 7 bits and parity: a pseudo terminal does not take them, which is no error */
    p = wire;
    p.data_bits = 7;
    p.parity = 'E';
    p.stop_bits = 2;
    assert_int_equal(link_open(name, &p, &link, why, sizeof why), UPS_OK);
    assert_int_equal(link->char_us, 1145);
    link_close(link);
    close(master);
}

static int listen_on(int family, uint16_t *port)
{
    struct sockaddr_storage a = {.ss_family = (sa_family_t)family};
    socklen_t len = family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6);
    int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return -1;
    if (family == AF_INET)
        ((struct sockaddr_in *)&a)->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    else
        ((struct sockaddr_in6 *)&a)->sin6_addr = in6addr_loopback;
    if (bind(fd, (struct sockaddr *)&a, len) || listen(fd, 1) ||
        getsockname(fd, (struct sockaddr *)&a, &len)) {
        close(fd);
        return -1;
    }
    *port = ntohs(family == AF_INET ? ((struct sockaddr_in *)&a)->sin_port
                                    : ((struct sockaddr_in6 *)&a)->sin6_port);
    return fd;
}

static void connect_to(int family, const char *host)
{
    uint16_t port = 0;
    struct link *link = NULL;
    char name[64];
    int server = listen_on(family, &port);

    if (server < 0)
        skip(); /* no IPv6 here */
    snprintf(name, sizeof name, "%s:%u", host, port);
    assert_int_equal(link_open(name, &wire, &link, why, sizeof why), UPS_OK);
    assert_int_equal(link->char_us, 0);
    int peer = accept(server, NULL, NULL);
    assert_true(peer >= 0);
    assert_int_equal(link_wait(link, 5), UPS_E_TIMEOUT);
    assert_int_equal(send(peer, "abc", 3, 0), 3);
    assert_int_equal(link_wait(link, 1000), UPS_OK);
    assert_int_equal(link_settle(link, 20, 1000), UPS_OK);
    close(peer);
    assert_int_equal(link_wait(link, 1000), UPS_E_DISCONNECTED);
    assert_int_equal(link_drain(link), UPS_E_DISCONNECTED);
    link_close(link);
    close(server);
    /* nobody listens there any more */
    assert_int_equal(link_open(name, &wire, &link, why, sizeof why), UPS_E_DISCONNECTED);
    assert_non_null(strstr(why, "refused"));
}

static void test_tcp(void **state)
{
    (void)state;
    connect_to(AF_INET, "tcp:127.0.0.1");
}

static void test_tcp_ipv6(void **state)
{
    (void)state;
    connect_to(AF_INET6, "rtu-tcp:[::1]");
}

/* A host without /etc/hosts (a bare chroot) knows no name at all. */
static bool host_has_names(void)
{
    struct addrinfo *found = NULL;
    bool has = getaddrinfo("localhost", NULL, NULL, &found) == 0;

    if (has)
        freeaddrinfo(found);
    return has;
}

static void test_tcp_name(void **state)
{
    struct link *link = NULL;
    uint16_t port = 0;
    char name[64];
    int server;

    (void)state;
    if (!host_has_names())
        skip();
    server = listen_on(AF_INET, &port);
    assert_true(server >= 0);
    snprintf(name, sizeof name, "tcp:localhost:%u", port);
    assert_int_equal(link_open(name, &wire, &link, why, sizeof why), UPS_OK);
    link_close(link);
    close(server);
}

/* A listener whose queue is full answers no further connection: the deadline must hold. */
static void test_tcp_deadline(void **state)
{
    struct link_params p = wire;
    struct link *links[8] = {NULL};
    uint16_t port = 0;
    char name[64];
    int server = listen_on(AF_INET, &port), full = 0;

    (void)state;
    assert_true(server >= 0);
    p.connect_ms = 100;
    snprintf(name, sizeof name, "tcp:127.0.0.1:%u", port);
    int64_t start = 0;
    for (int i = 0; i < 8 && !full; i++) {
        start = ups_now(&ups_clock_system);
        full = link_open(name, &p, &links[i], why, sizeof why) == UPS_E_DISCONNECTED;
    }
    assert_true(full);
    int64_t took = ups_now(&ups_clock_system) - start;
    assert_true(took >= 90 && took < 2000);
    assert_non_null(strstr(why, "within 100 ms"));
    for (int i = 0; i < 8; i++)
        link_close(links[i]);
    close(server);
}

static void test_settle_gives_up(void **state)
{
    int pair[2];

    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
    struct link *link = link_adopt(pair[0], LINK_PORT_TTY, "pair");
    assert_int_equal(link_settle(link, 30, 30), UPS_OK);
    assert_int_equal(send(pair[1], "x", 1, 0), 1);
    assert_int_equal(link_settle(link, 30, 1000), UPS_OK);
    assert_int_equal(link_drain(link), 0);
    link_close(link);
    close(pair[1]);
}

static void test_read_and_write(void **state)
{
    char buf[8] = "";
    int pair[2];

    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
    struct link *link = link_adopt(pair[0], LINK_PORT_TTY, "pair");
    assert_int_equal(link_read(link, buf, sizeof buf), 0);
    assert_int_equal(link_write(link, "abc", 3), UPS_OK);
    assert_int_equal(recv(pair[1], buf, sizeof buf, MSG_DONTWAIT), 3);
    assert_memory_equal(buf, "abc", 3);
    assert_int_equal(send(pair[1], "xyz", 3, 0), 3);
    assert_int_equal(link_read(link, buf, 2), 2);
    assert_int_equal(link_read(link, buf, sizeof buf), 1);
    link_modem_lines(link, LINK_LINE_LOW, LINK_LINE_LOW); /* it has none: nothing happens */
    close(pair[1]);
    assert_int_equal(link_read(link, buf, sizeof buf), UPS_E_DISCONNECTED);
    assert_int_equal(link_write(link, "a", 1), UPS_E_DISCONNECTED);
    link_close(link);
}

/* A port that takes no more does not hold its thread. */
static void test_write_does_not_wait(void **state)
{
    static char much[65536];
    enum ups_error err = UPS_OK;
    int pair[2];

    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
    struct link *link = link_adopt(pair[0], LINK_PORT_TTY, "pair");
    for (int i = 0; i < 1000 && err == UPS_OK; i++)
        err = link_write(link, much, sizeof much);
    assert_int_equal(err, UPS_E_TIMEOUT);
    link_close(link);
    close(pair[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_port_names),
        cmocka_unit_test(test_tty),
        cmocka_unit_test(test_stale_input_is_dropped_at_open),
        cmocka_unit_test(test_tty_errors),
        cmocka_unit_test(test_tcp),
        cmocka_unit_test(test_tcp_ipv6),
        cmocka_unit_test(test_tcp_name),
        cmocka_unit_test(test_tcp_deadline),
        cmocka_unit_test(test_settle_gives_up),
        cmocka_unit_test(test_read_and_write),
        cmocka_unit_test(test_write_does_not_wait),
    };

    signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests_name("link", tests, NULL, NULL);
}
