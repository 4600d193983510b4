/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Links: byte streams to devices, all of them file descriptors: a tty, a TCP connection, or (in
 * tests) one end of a socket pair.  What frames travel on them is the drivers' business.
 */
#ifndef LINK_H
#define LINK_H

#include "clock.h"
#include "ups.h"

/* Kinds of port that `port =` may name (a driver accepts a set of them). */
enum link_port {
    LINK_PORT_TTY = 1, /* /dev/ttyUSB0, any absolute path */
    LINK_PORT_TCP = 2, /* tcp:HOST:PORT: Modbus TCP for Modbus drivers, raw bytes for serial ones */
    LINK_PORT_RTU_TCP = 4, /* rtu-tcp:HOST:PORT: Modbus RTU frames over TCP (serial servers) */
    LINK_PORT_USB = 8,     /* auto */
};

enum link_line { LINK_LINE_KEEP, LINK_LINE_LOW, LINK_LINE_HIGH };

/* What a driver asks of the wire.  Serial parameters are ignored on TCP. */
struct link_params {
    unsigned baud;     /* 1200 to 115200 */
    char parity;       /* 'N', 'E', 'O' */
    uint8_t stop_bits; /* 1 or 2 */
    uint8_t data_bits; /* 7 or 8 */
    enum link_line dtr, rts;
    int connect_ms; /* TCP: how long connecting may take */
    /*
     * Refuses a tty before it is opened (for instance by its kernel driver); NULL: none.  Returns
     * UPS_OK or an error with a message.
     */
    enum ups_error (*vet)(const char *path, char *why, size_t why_size);
};

struct link {
    int fd;
    enum link_port kind;
    unsigned char_us; /* wire time of one character, microseconds; 0 on TCP */
    char name[128];   /* port as configured, for messages */

    /*
     * What a protocol layer must know of the wire itself, whichever unit of a bus spoke last.
     * Times are the driver's clock, milliseconds; 0 = never.
     */
    int64_t rest_until_ms; /* no request before: the gap between frames */
    int64_t heard_ms;      /* when an answer came last, from anybody */
    int64_t trouble_ms;    /* when an answer last failed and left the line uncertain */
};

/*
 * Which kind of port is this?  Returns 0 with a message if the text fits none.  Checks the form
 * only: nothing is opened or resolved.
 */
enum link_port link_port_kind(const char *port, char *why, size_t why_size);

/*
 * Opens a port.  tty: exclusive (TIOCEXCL, flock), raw mode, no controlling terminal, modem lines
 * as asked (a tty without modem lines is fine).  TCP: connects within params->connect_ms, no
 * delay, keep-alive.  Returns UPS_OK and *link (free with link_close), or UPS_E_DISCONNECTED,
 * UPS_E_INVALID, UPS_E_REFUSED (vetoed) with a message in why.
 */
enum ups_error link_open(const char *port, const struct link_params *params, struct link **link,
                         char *why, size_t why_size);

/* Wraps an open descriptor, which the link then owns.  For tests. */
struct link *link_adopt(int fd, enum link_port kind, const char *name);

/* Closes and frees; NULL is fine. */
void link_close(struct link *link);

/*
 * Throws away what has come in.  Returns the number of bytes dropped, or UPS_E_DISCONNECTED if the
 * other end is gone (hang-up, end of file, error).  Never waits.
 */
int link_drain(struct link *link);

/*
 * Takes what has come in, at most `size` bytes.  Returns their number, 0 if there is nothing now,
 * or UPS_E_DISCONNECTED if the other end is gone.  Never waits.
 */
int link_read(struct link *link, void *buf, size_t size);

/*
 * Sends bytes, as many as the port takes without waiting: meant for a few at a time.  Returns
 * UPS_OK, UPS_E_TIMEOUT if it did not take all of them, UPS_E_DISCONNECTED.
 */
enum ups_error link_write(struct link *link, const void *bytes, size_t size);

/* Sets the modem lines of a tty; where there are none, nothing happens. */
void link_modem_lines(struct link *link, enum link_line dtr, enum link_line rts);

/*
 * Waits until input is there.  Returns UPS_OK, UPS_E_TIMEOUT at the deadline (milliseconds from
 * now), UPS_E_DISCONNECTED on hang-up without data.
 */
enum ups_error link_wait(struct link *link, int timeout_ms);

/*
 * Waits until no byte has come for quiet_ms, dropping what comes, but at most limit_ms.  Returns
 * UPS_OK when quiet, UPS_E_GARBLED when the line never rested, UPS_E_DISCONNECTED.
 */
enum ups_error link_settle(struct link *link, int quiet_ms, int limit_ms);

#endif
