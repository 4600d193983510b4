/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Models of USB devices that carry request and reply lines, one per bridge, oddities included.
 * Plain C without I/O: what moves the bytes (a fake in the same process, umockdev, USB/IP) asks
 * usbdev_control(), usbdev_in() and usbdev_out().  What a line means is the business of the line
 * handler behind the model.
 */
#ifndef USBDEV_H
#define USBDEV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Beside a number of bytes, what a transfer gives. */
enum {
    USBDEV_NAK = -1, /* nothing yet: the host goes on asking */
    USBDEV_STALL = -2,
    USBDEV_OVERFLOW = -3,
    USBDEV_GONE = -4, /* the device drops off the bus */
};

enum { USBDEV_PACKET = 64, USBDEV_PACKETS = 128, USBDEV_LINE = 512 };

struct usbdev;

/*
 * Answers a line.  `request` has its CR.  Writes the reply, CR included if there is to be one, and
 * returns its length; 0: silence.
 */
typedef size_t usbdev_line_fn(void *arg, const uint8_t *request, size_t len, uint8_t *reply,
                              size_t size);

struct usbdev_model {
    const char *name; /* the bridge's */
    uint16_t vid, pid;
    const char *text[3]; /* manufacturer, product, serial; NULL: no such string */
    uint8_t ep_in, ep_out;
    uint8_t packet; /* wMaxPacketSize */
    /* Class and vendor requests; NULL or USBDEV_STALL: none. */
    int (*control)(struct usbdev *dev, const uint8_t setup[8], uint8_t *data, int len);
    /* The string descriptors from index 3 on, or all; NULL: only the texts. */
    int (*string)(struct usbdev *dev, unsigned index, unsigned langid, unsigned wlength,
                  uint8_t *data);
    int (*out)(struct usbdev *dev, const uint8_t *data, int len);
    /* Cuts a reply line into packets.  NULL: it stays in dev->reply. */
    void (*reply)(struct usbdev *dev, const uint8_t *line, size_t len);
    /* Is told how much the host asks for; returns 0 or an error of the above. */
    int (*asked)(struct usbdev *dev, int len);
};

struct usbdev_packet {
    uint8_t data[USBDEV_PACKET + 8];
    uint8_t len;
    int64_t ready_ms; /* not before */
};

struct usbdev {
    const struct usbdev_model *model;
    const char *text[3];
    usbdev_line_fn *line;
    void *line_arg;
    int64_t (*now_ms)(void *arg);
    void *now_arg;

    uint8_t request[USBDEV_LINE];
    size_t request_len;
    uint8_t reply[USBDEV_LINE]; /* for models that are asked for it */
    size_t reply_len;
    struct usbdev_packet queue[USBDEV_PACKETS];
    unsigned head, count;
    bool halted;
    unsigned step;   /* the model's own */
    unsigned dead;   /* the model's own: why it no longer works */
    unsigned langid; /* string models: the only language it knows; 0: any */

    /* Faults, set by tests.  Counts run down to 0. */
    unsigned stalls;        /* so many IN transfers stall; the halt holds until it is cleared */
    unsigned overflows;     /* so many packets come one byte too long */
    unsigned naks;          /* string models: so many reads give "UPS No Ack" */
    unsigned short_replies; /* ablerex: so many reads give a line too short */
    unsigned late_ms;       /* replies come so much later */
    unsigned gap_ms;        /* between the packets of a reply */
    unsigned stall_texts;   /* so many reads of the device's strings stall */
    bool silent;            /* takes requests, gives nothing */
    bool no_clear;          /* clear halt does not help */
    bool count_head;        /* armac: the count includes the head byte */
    bool seven;             /* armac: packets of seven bytes */
    bool endless;           /* sgs: packets of nothing for ever */
    int variant;            /* armac: 1 = new */

    /* What tests look at. */
    unsigned lines, resets, clears, reads;
    uint8_t last[USBDEV_LINE]; /* the last line that arrived whole, its CR included */
    size_t last_len;
    uint8_t indices[64]; /* string models: what was read, in a ring */
    unsigned index_count;
};

extern const struct usbdev_model *const usbdev_models[]; /* NULL at the end */
const struct usbdev_model *usbdev_model_find(const char *name);

/* `serial` replaces the model's unless it is NULL.  Nothing is allocated. */
void usbdev_init(struct usbdev *dev, const struct usbdev_model *model, const char *serial);

/* What a fresh plug does: all state but faults and counters starts anew. */
void usbdev_power(struct usbdev *dev);

/* Device descriptor and configuration into `out`; returns the length. */
size_t usbdev_descriptors(const struct usbdev *dev, uint8_t *out, size_t size);

/* A control transfer; `data` is the data stage, in or out, of setup's wLength. */
int usbdev_control(struct usbdev *dev, const uint8_t setup[8], uint8_t *data, int len);
int usbdev_in(struct usbdev *dev, uint8_t endpoint, uint8_t *data, int len);
int usbdev_out(struct usbdev *dev, uint8_t endpoint, const uint8_t *data, int len);
int usbdev_clear_halt(struct usbdev *dev);
void usbdev_reset(struct usbdev *dev);

/* -- faults and counters by name, usbknob.c ---------------------------------------------------- */

/* Names as in usbsim's `set` and `get`.  False: there is none of this name. */
bool usbdev_set(struct usbdev *dev, const char *name, unsigned value);
bool usbdev_get(const struct usbdev *dev, const char *name, unsigned *value);

/* -- for models -------------------------------------------------------------------------------- */

/* Takes characters of a request; at its CR the line is answered and the reply queued. */
void usbdev_take(struct usbdev *dev, const uint8_t *text, size_t len);

/* Queues a packet. */
void usbdev_push(struct usbdev *dev, const uint8_t *data, size_t len);

/* A string descriptor of this text, as much of it as wlength; returns bytes. */
int usbdev_text(const uint8_t *text, size_t len, unsigned wlength, uint8_t *data);

/* -- a plain line handler, usbline.c ----------------------------------------------------------- */

/* Q1, F, I and BL have replies, T and the other commands none; anything else is echoed. */
usbdev_line_fn usbline_megatec;

/* -- a line handler that asks another simulator, usbrelay.c ------------------------------------ */

/* Opens a pty or tty; -1 with errno.  `arg` of usbrelay_line() points to the descriptor. */
int usbrelay_open(const char *path);
usbdev_line_fn usbrelay_line;

extern const struct usbdev_model usbdev_ablerex, usbdev_armac, usbdev_cypress, usbdev_fabula,
    usbdev_fuji, usbdev_gtec, usbdev_hunnox, usbdev_ippon, usbdev_krauler, usbdev_omron,
    usbdev_phoenix, usbdev_phoenixtec, usbdev_sgs, usbdev_snr;

#endif
