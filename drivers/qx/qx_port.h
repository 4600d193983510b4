/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How the Q* family's lines travel: a request line goes out, at most one reply line comes back.
 *
 * What is on the other side is a struct qx_port_ops: a serial line or TCP connection (qx_serial.c),
 * or one of the USB bridges (qx_usb.c finds and opens the device; each bridge is a row, or a small
 * file qx_bridge_*.c, that turns lines into transfers).  The engine (qx.c) knows no more of the
 * wire than this header.
 *
 * One thread owns a port.  Everything has a deadline; nothing is global.
 */
#ifndef QX_PORT_H
#define QX_PORT_H

#include "../driver.h"

#define QX_LINE_MAX 512 /* bytes of a request or reply, the closing CR included */

/* drv.keep: what outlives a connection.  One list, so that no two parts take the same row. */
enum qx_keep {
    QX_KEEP_DIALECT, /* its number in qx_dialects, from 1 */
    QX_KEEP_LEFT_MS, /* the estimated runtime, and when that was */
    QX_KEEP_AT_MS,
    QX_KEEP_OUTPUT, /* an output voltage was seen */
    QX_KEEP_PORT,   /* the port's own: the mark of the USB device that the unit has adopted */
    QX_KEEP_PLACE,  /* and where the log was told that it is */
    QX_KEEPS
};

_Static_assert((int)QX_KEEPS <= (int)DRV_KEEP, "drv.keep has a row for each");

/* What the engine tells the bridge about a request, so that it need not parse lines. */
enum qx_expect {
    QX_EXPECT_REPLY, /* a query: a reply must come */
    QX_EXPECT_ACK,   /* a command whose dialect acknowledges: a short reply should come */
    QX_EXPECT_NONE,  /* a command that is followed by silence when it was accepted */
};

struct qx_port {
    const struct qx_port_ops *ops;
    struct drv *d;         /* options, clock, host, counters (the engine counts), d->why */
    char name[64];         /* of the port or bridge, for messages: "cypress 0665:5161" */
    int reply_ms;          /* how long to wait for the first byte of a reply; 1000 by default */
    int64_t not_before_ms; /* monotonic: the bridge or line asks for a pause before the next call */
    bool novendor;         /* set by the engine: what `I` would ask for must not be read */
};

struct qx_port_ops {
    const char *name; /* "serial", or the subdriver's name */

    /*
     * Sends `request` (`len` bytes, the closing CR included) and receives the reply into `reply`
     * (`size` bytes): everything from the first byte on, the CR and what follows it in the last
     * packet included.  Returns the number of bytes (0: nothing came in time - for
     * QX_EXPECT_NONE that is acceptance), or a negative enum ups_error with d->why:
     * UPS_E_TIMEOUT (the request could not be sent in time), UPS_E_GARBLED (stall, overflow, a
     * frame that breaks the bridge's rules), UPS_E_UNSUPPORTED (the bridge can't transport this
     * request: nothing was sent), UPS_E_DISCONNECTED (the port is closed now; call close).
     */
    int (*exchange)(struct qx_port *port, const uint8_t *request, size_t len, enum qx_expect expect,
                    uint8_t *reply, size_t size);

    /*
     * MAY be NULL: all lines.  Can this port transport the request at all?  For capabilities:
     * exchange() of one that it can't answers UPS_E_UNSUPPORTED.
     */
    bool (*can)(const struct qx_port *port, const uint8_t *request, size_t len);

    /* Releases everything, the port itself included. */
    void (*close)(struct qx_port *port);
};

/*
 * Opens the port that the unit's options name: USB if `port = auto` or one of the USB options is
 * given, else serial or TCP.  Returns DRV_DONE and *port; DRV_MORE (call again, after
 * d->not_before_ms: modem lines settle, a device is being scanned for); or a negative enum
 * ups_error with d->why.  *port must be NULL at the first call and is passed on between calls.
 */
int qx_port_open(struct drv *d, struct qx_port **port);

/* qx_usb.c: the same for USB, found by the selectors; UPS_E_UNSUPPORTED in a build without libusb.
 */
int qx_usb_open(struct drv *d, struct qx_port **port);

/* qx_serial.c */
int qx_serial_open(struct drv *d, struct qx_port **port);

/* The options that every Q* dialect knows about its port; rows of the driver's option table. */
enum qx_port_option {
    QX_OPT_CABLEPOWER, /* choice: normal reverse both none */
    QX_OPT_SUBDRIVER,  /* text: name of a bridge */
    QX_OPT_VENDORID,   /* text: POSIX extended regular expressions, whole string, no case */
    QX_OPT_PRODUCTID,
    QX_OPT_VENDOR,
    QX_OPT_PRODUCT,
    QX_OPT_SERIAL,
    QX_OPT_BUS,
    QX_OPT_BUSPORT,
    QX_OPT_DEVICE,
    QX_OPT_LANGID_FIX,   /* text: hexadecimal */
    QX_OPT_NOSCANLANGID, /* flag */
    QX_PORT_OPTIONS
};

/* Rows 0 to QX_PORT_OPTIONS - 1 of the driver's option table, for the driver to begin its own with.
 */
#define QX_PORT_OPTION_ROWS                                                                         \
    {"cablepower",                                                                                  \
     DRV_OPT_CHOICE,                                                                                \
     0,                                                                                             \
     0,                                                                                             \
     qx_cablepower_words,                                                                           \
     NULL,                                                                                          \
     "normal",                                                                                      \
     "Modem lines that power the cable (serial lines)."},                                           \
        {"subdriver", DRV_OPT_TEXT,                                                                 \
         0,           32,                                                                           \
         NULL,        NULL,                                                                         \
         NULL,        "USB bridge; else the table of known devices says which."},                   \
        {"vendorid", DRV_OPT_TEXT, 0, 128, NULL, NULL, NULL, "USB vendor ID, regular expression."}, \
        {"productid", DRV_OPT_TEXT, 0,    128,                                                      \
         NULL,        NULL,         NULL, "USB product ID, regular expression."},                   \
        {"vendor", DRV_OPT_TEXT, 0,    128,                                                         \
         NULL,     NULL,         NULL, "USB manufacturer string, regular expression."},             \
        {"product", DRV_OPT_TEXT, 0,    128,                                                        \
         NULL,      NULL,         NULL, "USB product string, regular expression."},                 \
        {"serial", DRV_OPT_TEXT, 0,    128,                                                         \
         NULL,     NULL,         NULL, "USB serial number string, regular expression."},            \
        {"bus", DRV_OPT_TEXT, 0,    128,                                                            \
         NULL,  NULL,         NULL, "USB bus number, three digits, regular expression."},           \
        {"busport", DRV_OPT_TEXT,                                                                   \
         0,         128,                                                                            \
         NULL,      NULL,                                                                           \
         NULL,      "USB port number on its bus, three digits, regular expression."},               \
        {"device", DRV_OPT_TEXT,                                                                    \
         0,        128,                                                                             \
         NULL,     NULL,                                                                            \
         NULL,     "USB device number, three digits, regular expression; changes when replugged."}, \
        {"langid_fix",                                                                              \
         DRV_OPT_TEXT,                                                                              \
         0,                                                                                         \
         6,                                                                                         \
         NULL,                                                                                      \
         NULL,                                                                                      \
         NULL,                                                                                      \
         "Language ID of string descriptors, hexadecimal (krauler, hunnox, snr)."},                 \
    {                                                                                               \
        "noscanlangid", DRV_OPT_FLAG, 0, 0, NULL, NULL, NULL,                                       \
            "Never asks for the list of language IDs (hunnox)."                                     \
    }

extern const char *const qx_cablepower_words[];

#endif
