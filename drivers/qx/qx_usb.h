/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The Q* family over USB: bridges, the table of known devices, and what bridges share.
 *
 * A bridge ("subdriver" in the configuration) turns a request line into transfers and transfers
 * into a reply line.  It is a constant struct qx_bridge; those of one kind are rows in one file.
 * Facts and decisions: docs/protocols/qx-usb.md.
 */
#ifndef QX_USB_H
#define QX_USB_H

#include "../usb.h"
#include "../usb_select.h"
#include "qx_port.h"

/* No exchange lasts longer than this, whatever a device does. */
#define QX_USB_EXCHANGE_MS 6000

/* A request line on its way. */
struct qx_line {
    const uint8_t *text; /* the closing CR included */
    size_t len;
    enum qx_expect expect;
};

struct qx_usb;

struct qx_bridge {
    const char *name;
    uint8_t ep_in, ep_out; /* where the family's devices have them; 0: the bridge has none */
    uint8_t packet;        /* bytes asked for to drain ep_in after a failure; 0: never drained */
    /* MAY be NULL.  After opening: chooses variants, resets what counts along. */
    void (*begin)(struct qx_usb *u);
    /* MAY be NULL: all lines.  Can the bridge transport this one? */
    bool (*can)(const struct qx_usb *u, const struct qx_line *line);
    /* As struct qx_port_ops, for lines that it can transport. */
    int (*exchange)(struct qx_usb *u, const struct qx_line *line, uint8_t *reply, size_t size);
    const void *row; /* what differs between bridges of one kind */
};

struct qx_usb {
    struct qx_port port; /* first */
    struct qx_port_ops ops;
    const struct qx_bridge *bridge;
    struct usb_io *io;
    struct usb_dev *dev; /* NULL in tests, and when closed */
    struct usb_shape shape;
    uint8_t ep_in, ep_out, packet; /* as the bridge has them, or the device's descriptors */
    bool langid_fixed;
    uint16_t langid;     /* of langid_fix */
    int rest_ms;         /* what the device wants between two exchanges */
    int64_t deadline_ms; /* of the exchange under way */
    unsigned overflows;  /* in a row */
    bool unread;         /* something of an earlier reply may still wait in the device */
    bool lost;           /* to be closed */
    unsigned step;       /* hunnox: where in its cycle; armac: the variant */
};

/* A device of the table; the first row that fits is it. */
struct qx_usb_row {
    uint16_t vid, pid;
    const char *manufacturer, *product; /* whole strings, in any case; NULL: any */
    const char *bridge;                 /* NULL: known, but never taken by itself */
    int rest_ms;                        /* quiet that it needs after an exchange */
    const char *seen_as;                /* for people */
};

extern const struct qx_usb_row qx_usb_table[]; /* ends with bridge and seen_as NULL */

/* First row of these IDs and strings, or NULL. */
const struct qx_usb_row *qx_usb_row_of(const struct usb_ident *id);

/* Is there any row with these IDs that names a bridge? */
bool qx_usb_known(uint16_t vid, uint16_t pid);

/* Are these IDs in use, without leave, by makers (of other things too) that don't know each other?
 */
bool qx_usb_shared(uint16_t vid, uint16_t pid);

extern const struct qx_bridge qx_bridge_ablerex, qx_bridge_armac, qx_bridge_cypress,
    qx_bridge_fabula, qx_bridge_fuji, qx_bridge_gtec, qx_bridge_hunnox, qx_bridge_ippon,
    qx_bridge_krauler, qx_bridge_omron, qx_bridge_phoenix, qx_bridge_phoenixtec, qx_bridge_sgs,
    qx_bridge_snr;

/* All bridges; NULL at the end. */
extern const struct qx_bridge *const qx_bridges[];

/* By name, in any case; NULL. */
const struct qx_bridge *qx_bridge_find(const char *name);

/* -- for bridges, qx_usb_io.c ------------------------------------------------------------------ */

/* Where an exchange failed: that decides what the failure means. */
enum qx_transfer_phase { QX_SENDING, QX_RECEIVING };

enum { QX_HID_OUT = 0x21, QX_HID_IN = 0xa1, QX_SET_REPORT = 0x09, QX_GET_REPORT = 0x01 };

/*
 * Transfers within the exchange's deadline.  They return bytes or an usb_error, for qx_usb_failed()
 * or the bridge to judge.  An OUT transfer that moved less than `len` gives USB_E_OTHER.
 */
int qx_usb_control_out(struct qx_usb *u, uint8_t type, uint8_t request, uint16_t value,
                       const uint8_t *data, size_t len, int timeout_ms);
int qx_usb_control_in(struct qx_usb *u, uint8_t type, uint8_t request, uint16_t value,
                      uint8_t *data, size_t len, int timeout_ms);
int qx_usb_out(struct qx_usb *u, const uint8_t *data, size_t len, int timeout_ms);
int qx_usb_in(struct qx_usb *u, uint8_t *data, size_t len, int timeout_ms);
int qx_usb_string(struct qx_usb *u, uint8_t index, uint16_t langid, uint8_t *data, size_t wlength);
void qx_usb_pause(struct qx_usb *u, int ms);

/* What is left of `ms` before the exchange's deadline; 0 when it is over. */
int qx_usb_left(const struct qx_usb *u, int ms);

/*
 * Judges a transfer that failed: sets d->why, clears a halt, resets the device where nothing else
 * helps, and marks it lost when it has to be opened anew.  Returns what the exchange returns: 0 for
 * a reply that just did not come, else a negative ups_error.  `got`: bytes of the reply before.
 */
int qx_usb_failed(struct qx_usb *u, enum qx_transfer_phase phase, int error, size_t got);

/* The reply breaks the bridge's rules. */
int qx_usb_garbled(struct qx_usb *u, const char *what);

/*
 * Throws away what waits on the IN endpoint: up to `reads` packets of `len` bytes, each waited for
 * `wait_ms`, until none comes; a halt is cleared.  Returns 0, or what qx_usb_failed() says of a
 * device that is gone.
 */
int qx_usb_drain(struct qx_usb *u, unsigned reads, size_t len, int wait_ms);

/* -- for bridges, qx_bridge_report.c: lines in HID output reports ------------------------------ */

struct qx_report {
    uint16_t value;  /* wValue: report type and number */
    uint8_t size;    /* bytes of a report */
    uint8_t payload; /* of which are text; less than `size`: a head byte goes before it */
    uint8_t head;    /* the head byte is this plus the number of characters */
    int timeout_ms;
};

/* Sends a line in reports, the last one padded with zeros.  Returns 0 or an error as
 * qx_usb_failed(). */
int qx_report_send(struct qx_usb *u, const struct qx_report *r, const uint8_t *text, size_t len);

/*
 * Reads packets of `packet` bytes (0: the rest of the buffer) until a CR is among them.  The first
 * is waited for port.reply_ms, the others for 1000 ms.  Returns as an exchange.
 */
int qx_read_line(struct qx_usb *u, size_t packet, uint8_t *reply, size_t size);

/* Is the line this word, with its CR? */
bool qx_line_is(const struct qx_line *line, const char *word);

/* -- qx_usb.c ---------------------------------------------------------------------------------- */

/*
 * Makes a port over an open device.  `dev` goes over to the port; NULL in tests.  Returns NULL if
 * there is no memory.
 */
struct qx_usb *qx_usb_attach(struct drv *d, const struct qx_bridge *bridge, struct usb_io *io,
                             const struct usb_shape *shape, struct usb_dev *dev);

/* Reads an option `langid_fix`: hexadecimal with or without 0x, 1 to ffff. */
bool qx_usb_langid(const char *text, uint16_t *langid);

/* -- qx_usb_list.c, for --scan ------------------------------------------------------------------
 */

struct qx_usb_seen {
    struct usb_ident id;
    const struct qx_usb_row *row;
    bool read;     /* its strings are in id; else `why` says what was in the way */
    bool denied;   /* no permission */
    bool held;     /* another program has it: left alone */
    char why[160]; /* one line */
};

/*
 * What is to be said of device `self` of those that were seen: the selectors are those that tell it
 * from the others, the most lasting ones that do.  Pure.
 */
void qx_usb_tell(const struct qx_usb_seen *seen, size_t count, size_t self,
                 struct drv_found *found);

#endif
