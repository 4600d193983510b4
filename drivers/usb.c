/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * USB devices by libusb-1.0.
 *
 * Transfers go by the asynchronous interface: the synchronous one waits for ever for a transfer
 * that can't be cancelled, which is what firmware that hangs brings about.  Here such a transfer is
 * given up; the device counts as gone and closing it makes the kernel drop the transfer.
 */
#include "usb.h"

#include "log.h"

#include <libusb.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>

/* How long after its own time limit a transfer may still be on its way, and a cancelled one. */
enum { GRACE_MS = 500 };

enum { CONTROL_HEAD = LIBUSB_CONTROL_SETUP_SIZE };

/* Of several interrupt IN endpoints, the one that bridges use. */
enum { USUAL_IN = 0x81 };

/* A libusb context.  Lives while it is current, or devices of it are open. */
struct usb_context {
    libusb_context *ctx;
    unsigned devices; /* open ones */
    int64_t born_ms;
};

struct usb_dev {
    struct usb_io io; /* first: what ops get */
    struct usb_dev *next;
    struct usb_context *context;
    libusb_device_handle *handle;
    uint8_t bus, address;
    bool claimed; /* written under the lock */
    bool stuck;
    struct libusb_transfer *transfer; /* one at a time */
    int done;                         /* written by the thread that handles the event */
    uint8_t buffer[CONTROL_HEAD + USB_DATA_MAX];
};

/* The process' USB: libusb has one monitor of devices a process, and so have we. */
static struct {
    pthread_mutex_t lock; /* never held during a transfer */
    struct usb_context *current;
    struct usb_dev *taken;
} usb = {.lock = PTHREAD_MUTEX_INITIALIZER};

static int64_t now_ms(void)
{
    return ups_now(&ups_clock_system);
}

static int from_libusb(int rc)
{
    switch (rc) {
    case LIBUSB_ERROR_TIMEOUT: return USB_E_TIMEOUT;
    case LIBUSB_ERROR_PIPE: return USB_E_STALL;
    case LIBUSB_ERROR_OVERFLOW: return USB_E_OVERFLOW;
    case LIBUSB_ERROR_NO_DEVICE: return USB_E_GONE;
    case LIBUSB_ERROR_ACCESS:
    case LIBUSB_ERROR_NOT_FOUND:
    case LIBUSB_ERROR_IO: return USB_E_IO;
    case LIBUSB_ERROR_BUSY: return USB_E_BUSY;
    default: return USB_E_OTHER;
    }
}

/* -- contexts, all under the lock ------------------------------------------------------------ */

static void context_free(struct usb_context *c)
{
    libusb_exit(c->ctx);
    free(c);
}

static enum ups_error context_get(char *why, size_t why_size)
{
    if (usb.current)
        return UPS_OK;
    struct usb_context *c = calloc(1, sizeof *c);
    int rc = c ? libusb_init(&c->ctx) : LIBUSB_ERROR_NO_MEM;
    if (rc) {
        snprintf(why, why_size, "starting libusb: %s", libusb_strerror(rc));
        free(c);
        return UPS_E_SYSTEM;
    }
    c->born_ms = now_ms();
    usb.current = c;
    return UPS_OK;
}

static void context_drop(void)
{
    struct usb_context *c = usb.current;

    usb.current = NULL;
    if (c && c->devices == 0)
        context_free(c);
}

void usb_renew(int64_t age_ms)
{
    pthread_mutex_lock(&usb.lock);
    if (usb.current && now_ms() - usb.current->born_ms >= age_ms)
        context_drop();
    pthread_mutex_unlock(&usb.lock);
}

__attribute__((destructor)) static void usb_end(void)
{
    pthread_mutex_lock(&usb.lock);
    context_drop();
    pthread_mutex_unlock(&usb.lock);
}

/* -- the list -------------------------------------------------------------------------------- */

static bool describe(libusb_device *d, struct usb_ident *id)
{
    struct libusb_device_descriptor desc;

    if (libusb_get_device_descriptor(d, &desc) || desc.bDeviceClass == LIBUSB_CLASS_HUB)
        return false;
    *id = (struct usb_ident){
        .vid = desc.idVendor,
        .pid = desc.idProduct,
        .bus = libusb_get_bus_number(d),
        .address = libusb_get_device_address(d),
        .port = libusb_get_port_number(d),
        .text_index = {desc.iManufacturer, desc.iProduct, desc.iSerialNumber},
    };
    return true;
}

/* Lets libusb take in what udev told, also when no device of the context is open. */
static void catch_up(struct usb_context *c)
{
    struct timeval zero = {0, 0};

    if (c->devices == 0)
        (void)libusb_handle_events_timeout_completed(c->ctx, &zero, NULL);
}

int usb_scan(struct usb_ident *found, size_t max, char *why, size_t why_size)
{
    libusb_device **list;
    size_t count = 0;

    pthread_mutex_lock(&usb.lock);
    enum ups_error err = context_get(why, why_size);
    if (err) {
        pthread_mutex_unlock(&usb.lock);
        return err;
    }
    catch_up(usb.current);
    ssize_t n = libusb_get_device_list(usb.current->ctx, &list);
    for (ssize_t i = 0; i < n && count < max; i++)
        if (describe(list[i], &found[count]))
            count++;
    if (n >= 0)
        libusb_free_device_list(list, 1);
    pthread_mutex_unlock(&usb.lock);
    if (n >= 0)
        return (int)count;
    snprintf(why, why_size, "listing USB devices: %s", libusb_strerror((int)n));
    return UPS_E_SYSTEM;
}

/* -- taking a device -------------------------------------------------------------------------- */

static struct usb_dev *find_taken(uint8_t bus, uint8_t address)
{
    struct usb_dev *dev = usb.taken;

    while (dev && (dev->bus != bus || dev->address != address))
        dev = dev->next;
    return dev;
}

bool usb_is_taken(const struct usb_ident *id)
{
    pthread_mutex_lock(&usb.lock);
    bool taken = find_taken(id->bus, id->address) != NULL;
    pthread_mutex_unlock(&usb.lock);
    return taken;
}

/* Opens by place, and only what is still the device that was listed there. */
static int open_handle(const struct usb_ident *id, libusb_device_handle **handle)
{
    int rc = LIBUSB_ERROR_NO_DEVICE;
    libusb_device **list;
    struct usb_ident there;
    ssize_t n = libusb_get_device_list(usb.current->ctx, &list);

    for (ssize_t i = 0; i < n; i++)
        if (describe(list[i], &there) && there.bus == id->bus && there.address == id->address &&
            there.vid == id->vid && there.pid == id->pid) {
            rc = libusb_open(list[i], handle);
            break;
        }
    if (n >= 0)
        libusb_free_device_list(list, 1);
    return rc;
}

static const struct usb_io_ops libusb_ops;

static struct usb_dev *dev_new(const struct usb_ident *id)
{
    struct usb_dev *dev = calloc(1, sizeof *dev);

    if (!dev)
        return NULL;
    dev->io.ops = &libusb_ops;
    dev->bus = id->bus;
    dev->address = id->address;
    dev->transfer = libusb_alloc_transfer(0);
    if (!dev->transfer) {
        free(dev);
        return NULL;
    }
    return dev;
}

/* usb_open() under the lock. */
static enum ups_error open_locked(const struct usb_ident *id, struct usb_dev **out, char *why,
                                  size_t why_size)
{
    const struct usb_dev *taken = find_taken(id->bus, id->address);

    if (taken) {
        snprintf(why, why_size, "USB device %04x:%04x at bus %03u device %03u: another unit %s it",
                 id->vid, id->pid, id->bus, id->address, taken->claimed ? "has" : "looks at");
        return taken->claimed ? UPS_E_DISCONNECTED : UPS_E_BUSY;
    }
    enum ups_error err = context_get(why, why_size);
    if (err)
        return err;
    struct usb_dev *dev = dev_new(id);
    int rc = dev ? open_handle(id, &dev->handle) : LIBUSB_ERROR_NO_MEM;
    if (rc) {
        snprintf(why, why_size, "USB device %04x:%04x at bus %03u device %03u: opening: %s%s",
                 id->vid, id->pid, id->bus, id->address, libusb_strerror(rc),
                 rc == LIBUSB_ERROR_ACCESS ? " (no udev rule?)" : "");
        if (dev)
            libusb_free_transfer(dev->transfer);
        free(dev);
        return rc == LIBUSB_ERROR_NO_MEM ? UPS_E_SYSTEM : UPS_E_DISCONNECTED;
    }
    dev->context = usb.current;
    dev->context->devices++;
    dev->next = usb.taken;
    usb.taken = dev;
    *out = dev;
    return UPS_OK;
}

enum ups_error usb_open(const struct usb_ident *id, struct usb_dev **dev, char *why,
                        size_t why_size)
{
    pthread_mutex_lock(&usb.lock);
    enum ups_error err = open_locked(id, dev, why, why_size);
    pthread_mutex_unlock(&usb.lock);
    return err;
}

enum ups_error usb_claim(struct usb_dev *dev, char *why, size_t why_size)
{
    /* Detaches with the claim and gives back with the release; unknown to some systems. */
    (void)libusb_set_auto_detach_kernel_driver(dev->handle, 1);
    int rc = libusb_claim_interface(dev->handle, 0);
    for (int try = 0; rc && rc != LIBUSB_ERROR_NO_DEVICE && try < 3; try++) {
        if (libusb_detach_kernel_driver(dev->handle, 0))
            break; /* no kernel driver holds it: somebody else does */
        rc = libusb_claim_interface(dev->handle, 0);
    }
    if (rc) {
        snprintf(why, why_size, "USB device at bus %03u device %03u: claiming: %s", dev->bus,
                 dev->address,
                 rc == LIBUSB_ERROR_BUSY ? "in use by another program" : libusb_strerror(rc));
        return UPS_E_DISCONNECTED;
    }
    pthread_mutex_lock(&usb.lock);
    dev->claimed = true;
    pthread_mutex_unlock(&usb.lock);
    return UPS_OK;
}

struct usb_io *usb_dev_io(struct usb_dev *dev)
{
    return &dev->io;
}

static void shape_of_setting(const struct libusb_interface_descriptor *s, struct usb_shape *shape)
{
    shape->endpoints = s->bNumEndpoints;
    for (int i = 0; i < s->bNumEndpoints; i++) {
        const struct libusb_endpoint_descriptor *e = &s->endpoint[i];
        if ((e->bmAttributes & 3) != LIBUSB_TRANSFER_TYPE_INTERRUPT)
            continue;
        if ((e->bEndpointAddress & LIBUSB_ENDPOINT_IN) &&
            (!shape->in || e->bEndpointAddress == USUAL_IN)) {
            shape->in = e->bEndpointAddress;
            shape->in_size = e->wMaxPacketSize & 0x7ff;
        } else if (!(e->bEndpointAddress & LIBUSB_ENDPOINT_IN) && !shape->out) {
            shape->out = e->bEndpointAddress;
        }
    }
}

void usb_dev_shape(struct usb_dev *dev, struct usb_shape *shape)
{
    struct libusb_config_descriptor *config;

    memset(shape, 0, sizeof *shape);
    if (libusb_get_active_config_descriptor(libusb_get_device(dev->handle), &config))
        return;
    shape->interfaces = config->bNumInterfaces;
    if (config->bNumInterfaces > 0 && config->interface[0].num_altsetting > 0) {
        shape->settings = (uint8_t)config->interface[0].num_altsetting;
        shape_of_setting(&config->interface[0].altsetting[0], shape);
    }
    libusb_free_config_descriptor(config);
}

void usb_close(struct usb_dev *dev)
{
    if (!dev)
        return;
    if (dev->claimed)
        (void)libusb_release_interface(dev->handle, 0); /* fails if the device is gone */
    libusb_close(dev->handle);
    libusb_free_transfer(dev->transfer);
    pthread_mutex_lock(&usb.lock);
    struct usb_dev **link = &usb.taken;
    while (*link != dev)
        link = &(*link)->next;
    *link = dev->next;
    dev->context->devices--;
    if (dev->context->devices == 0 && dev->context != usb.current)
        context_free(dev->context);
    pthread_mutex_unlock(&usb.lock);
    free(dev);
}

/* -- transfers -------------------------------------------------------------------------------- */

static void LIBUSB_CALL ended(struct libusb_transfer *t)
{
    struct usb_dev *dev = t->user_data;

    __atomic_store_n(&dev->done, 1, __ATOMIC_RELEASE);
}

/* Handles events until the transfer has ended or the time is over. */
static bool wait_ended(struct usb_dev *dev, int64_t deadline)
{
    while (!__atomic_load_n(&dev->done, __ATOMIC_ACQUIRE)) {
        int64_t left = deadline - now_ms();
        if (left <= 0)
            return false;
        struct timeval tv = {.tv_sec = left / 1000, .tv_usec = left % 1000 * 1000};
        int rc = libusb_handle_events_timeout_completed(dev->context->ctx, &tv, &dev->done);
        if (rc && rc != LIBUSB_ERROR_INTERRUPTED && rc != LIBUSB_ERROR_TIMEOUT)
            return false;
    }
    return true;
}

static int outcome(const struct libusb_transfer *t)
{
    switch (t->status) {
    case LIBUSB_TRANSFER_COMPLETED: return t->actual_length;
    case LIBUSB_TRANSFER_TIMED_OUT:
    case LIBUSB_TRANSFER_CANCELLED: return t->actual_length > 0 ? t->actual_length : USB_E_TIMEOUT;
    case LIBUSB_TRANSFER_STALL: return USB_E_STALL;
    case LIBUSB_TRANSFER_NO_DEVICE: return USB_E_GONE;
    case LIBUSB_TRANSFER_OVERFLOW: return USB_E_OVERFLOW;
    default: return USB_E_IO;
    }
}

/* Submits the device's transfer and sees it to its end.  Returns bytes or an usb_error. */
static int run(struct usb_dev *dev, int timeout_ms)
{
    struct libusb_transfer *t = dev->transfer;
    int64_t limit = now_ms() + timeout_ms + GRACE_MS;

    dev->done = 0;
    int rc = libusb_submit_transfer(t);
    if (rc)
        return from_libusb(rc);
    if (!wait_ended(dev, limit)) {
        (void)libusb_cancel_transfer(t);
        if (!wait_ended(dev, now_ms() + GRACE_MS)) {
            log_msg(LOG_LVL_WARN, "usb", NULL,
                    "bus %03u device %03u: a transfer can't be cancelled", dev->bus, dev->address);
            dev->stuck = true;
            return USB_E_GONE;
        }
    }
    return outcome(t);
}

static struct usb_dev *dev_of(struct usb_io *io)
{
    return (struct usb_dev *)io;
}

static int usb_control(struct usb_io *io, uint8_t type, uint8_t request, uint16_t value,
                       uint16_t index, uint8_t *data, uint16_t len, int timeout_ms)
{
    struct usb_dev *dev = dev_of(io);
    bool in = type & LIBUSB_ENDPOINT_IN;

    if (dev->stuck)
        return USB_E_GONE;
    if (len > USB_DATA_MAX)
        return USB_E_OTHER;
    libusb_fill_control_setup(dev->buffer, type, request, value, index, len);
    if (!in && len > 0)
        memcpy(dev->buffer + CONTROL_HEAD, data, len);
    libusb_fill_control_transfer(dev->transfer, dev->handle, dev->buffer, ended, dev,
                                 (unsigned)timeout_ms);
    int n = run(dev, timeout_ms);
    if (in && n > 0)
        memcpy(data, dev->buffer + CONTROL_HEAD, (size_t)n);
    return n;
}

static int usb_interrupt(struct usb_io *io, uint8_t endpoint, uint8_t *data, uint16_t len,
                         int timeout_ms)
{
    struct usb_dev *dev = dev_of(io);
    bool in = endpoint & LIBUSB_ENDPOINT_IN;

    if (dev->stuck)
        return USB_E_GONE;
    if (len > USB_DATA_MAX)
        return USB_E_OTHER;
    if (!in)
        memcpy(dev->buffer, data, len);
    libusb_fill_interrupt_transfer(dev->transfer, dev->handle, endpoint, dev->buffer, len, ended,
                                   dev, (unsigned)timeout_ms);
    int n = run(dev, timeout_ms);
    if (in && n > 0)
        memcpy(data, dev->buffer, (size_t)n);
    return n;
}

static int usb_clear_halt(struct usb_io *io, uint8_t endpoint)
{
    int rc = libusb_clear_halt(dev_of(io)->handle, endpoint);

    return rc ? from_libusb(rc) : 0;
}

static int usb_reset(struct usb_io *io)
{
    int rc = libusb_reset_device(dev_of(io)->handle);

    return rc ? from_libusb(rc) : 0;
}

static void usb_pause(struct usb_io *io, int ms)
{
    struct timespec ts = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L};

    (void)io;
    while (nanosleep(&ts, &ts)) /* a signal came: the rest */
        ;
}

static const struct usb_io_ops libusb_ops = {
    .control = usb_control,
    .interrupt = usb_interrupt,
    .clear_halt = usb_clear_halt,
    .reset = usb_reset,
    .pause = usb_pause,
};
