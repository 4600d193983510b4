/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * USB devices without a kernel driver of their own: finding them, taking one, transfers.
 *
 * Two layers.  struct usb_io is what a protocol needs of one device: control and interrupt
 * transfers with a time limit; tests and fuzz targets stand in its place.  Behind it is libusb-1.0
 * (usb.c, the only file that includes it).  No text here says "UPS": what travels is the drivers'
 * business.
 *
 * The process has one libusb context, made by the first usb_scan() and shared by all threads; it
 * survives devices that go and come.  A device is opened by one caller at a time: usb_open() keeps
 * a register of what is taken.
 */
#ifndef USB_H
#define USB_H

#include "clock.h"
#include "ups.h"

/* Characters of a string descriptor (126 at most) and the closing NUL. */
#define USB_TEXT_MAX 128

/* Most bytes that one transfer carries. */
#define USB_DATA_MAX 1032

/* -- transfers ------------------------------------------------------------------------------ */

/* Why a transfer failed.  Negative, so that transfers can return bytes or one of these. */
enum usb_error {
    USB_E_TIMEOUT = -1,  /* nothing was moved in time */
    USB_E_STALL = -2,    /* the device refuses the request or has halted the endpoint */
    USB_E_OVERFLOW = -3, /* the device sent more than was asked for */
    USB_E_GONE = -4,     /* unplugged, or no longer ours */
    USB_E_IO = -5,       /* the bus reports an error */
    USB_E_BUSY = -6,     /* another program holds the device */
    USB_E_OTHER = -7,
};

/* Text of an usb_error ("stall", ...), never NULL. */
const char *usb_strerror(int error);

struct usb_io;

struct usb_io_ops {
    /* A control transfer; bit 7 of `type` is the direction.  Returns bytes of the data stage. */
    int (*control)(struct usb_io *io, uint8_t type, uint8_t request, uint16_t value, uint16_t index,
                   uint8_t *data, uint16_t len, int timeout_ms);
    /*
     * An interrupt transfer; bit 7 of `endpoint` is the direction.  Returns bytes; an IN transfer
     * that ran out of time after some bytes returns these.
     */
    int (*interrupt)(struct usb_io *io, uint8_t endpoint, uint8_t *data, uint16_t len,
                     int timeout_ms);
    int (*clear_halt)(struct usb_io *io, uint8_t endpoint); /* 0 or an usb_error */
    int (*reset)(struct usb_io *io);                        /* 0 or an usb_error */
    void (*pause)(struct usb_io *io, int ms);
};

struct usb_io {
    const struct usb_io_ops *ops;
};

/* -- devices -------------------------------------------------------------------------------- */

enum usb_text { USB_MANUFACTURER, USB_PRODUCT, USB_SERIAL, USB_TEXTS };

struct usb_ident {
    uint16_t vid, pid;
    uint8_t bus, address, port;         /* port: of its hub, 0 for a root hub */
    uint8_t text_index[USB_TEXTS];      /* of the string descriptors; 0: there is none */
    char text[USB_TEXTS][USB_TEXT_MAX]; /* "" if absent, unreadable or not read yet */
    bool unreadable[USB_TEXTS];         /* there is one, but it could not be read */
};

/* What a bridge must know of interface 0 in the active configuration. */
struct usb_shape {
    uint8_t interfaces, settings, endpoints; /* settings: alternate ones of interface 0 */
    uint8_t in, out;                         /* addresses of interrupt endpoints; 0: none */
    uint16_t in_size;                        /* wMaxPacketSize of `in` */
};

/*
 * Who a device is, whatever its address: VID, PID and the three strings, in a few bits that can be
 * kept while it is away.  Never 0, so that 0 can stand for nobody.
 */
uint64_t usb_ident_mark(const struct usb_ident *id);

/*
 * Is this the device of that mark?  Absent equals absent.  A string that could not be read when the
 * mark was made is not compared: devices refuse one now and then.
 */
bool usb_ident_is(const struct usb_ident *id, uint64_t mark);

/* -- strings, usb_string.c: over any usb_io --------------------------------------------------- */

#define USB_LANG_ENGLISH    0x0409
#define USB_STRING_WAIT_MS  1000
#define USB_STRING_BYTES    255 /* a descriptor's longest; also the wLength of usual reads */
#define USB_STRING_PAUSE_MS 50

/* GET_DESCRIPTOR of a string.  Returns bytes, the two of the head included, or an usb_error. */
int usb_string_get(struct usb_io *io, uint8_t index, uint16_t langid, uint8_t *data,
                   uint16_t wlength, int timeout_ms);

/*
 * Language of the device's strings: the first of descriptor 0, of which 4 bytes are asked for.
 * Returns the language ID, or an usb_error; USB_E_OTHER if the descriptor is malformed.
 */
int usb_string_langid(struct usb_io *io, int timeout_ms);

/*
 * UTF-16LE of `n` bytes of a descriptor as 8 bit text; units above 0xff become '?'.  Writes at most
 * `size` characters, no NUL; returns how many.
 */
size_t usb_string_decode(const uint8_t *data, size_t n, uint8_t *text, size_t size);

/*
 * Reads the strings of `id` whose index is not 0, up to three times each, in `budget_ms` together.
 * What can't be read counts as absent.  Returns UPS_OK, or UPS_E_DISCONNECTED if the device went.
 */
enum ups_error usb_read_texts(struct usb_io *io, const struct ups_clock *clock,
                              struct usb_ident *id, int budget_ms);

/* -- usb.c ---------------------------------------------------------------------------------- */

struct usb_dev;

/*
 * Lists the devices there are, hubs left out, without talking to them: no texts.  Returns how many
 * were written to `found` (at most `max`), or UPS_E_SYSTEM with a message.
 */
int usb_scan(struct usb_ident *found, size_t max, char *why, size_t why_size);

/*
 * For who has been missing a device for long: where no udev tells libusb of new devices, only a
 * fresh context sees them.  Gives the context up if it is older than `age_ms`; devices that are
 * open keep theirs.
 */
void usb_renew(int64_t age_ms);

/* Is it open already, by anybody in this process? */
bool usb_is_taken(const struct usb_ident *id);

/*
 * Opens and takes the device at id's bus and address.  Returns UPS_OK and *dev (usb_close());
 * UPS_E_BUSY: another unit has opened it and not claimed it yet, so it may let go of it soon;
 * UPS_E_DISCONNECTED: gone, or may not be opened, or another unit's; with a message.  Nothing is
 * sent to it.
 */
enum ups_error usb_open(const struct usb_ident *id, struct usb_dev **dev, char *why,
                        size_t why_size);

/* Claims interface 0; a kernel driver on it is detached and comes back with usb_close(). */
enum ups_error usb_claim(struct usb_dev *dev, char *why, size_t why_size);

struct usb_io *usb_dev_io(struct usb_dev *dev);
void usb_dev_shape(struct usb_dev *dev, struct usb_shape *shape);

/* Gives everything back; NULL is fine. */
void usb_close(struct usb_dev *dev);

#endif
