/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * usbfs as libusb sees it: each ioctl of a program on a simulated device's node arrives here.
 *
 * poll() on such a node is always ready, so an empty reap is held back a little, or libusb would
 * spin; but the first one after a successful reap is answered at once, because libusb always reaps
 * until there is no more.
 */
#include "usbbus.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <linux/ioctl.h> /* before usbdevice_fs.h, which needs it and does not say so */
#include <linux/usbdevice_fs.h>

enum { BUS = 1, HOLD_MS = 2 };

/* A submitted URB.  The queue belongs to the open file: `client`. */
struct urb {
    UMockdevIoctlData *data, *buffer;
    UMockdevIoctlClient *client;
};

static struct usbdevfs_urb *urb_of(const struct urb *u)
{
    return (struct usbdevfs_urb *)(void *)u->data->data;
}

static void urb_free(struct urb *u)
{
    g_clear_object(&u->data);
    g_clear_object(&u->buffer);
    g_free(u);
}

static int to_errno(int n)
{
    switch (n) {
    case USBDEV_STALL: return -EPIPE;
    case USBDEV_OVERFLOW: return -EOVERFLOW;
    case USBDEV_GONE: return -ESHUTDOWN;
    default: return -EPROTO;
    }
}

static void finish(struct usbport *p, struct urb *u, int status, int actual)
{
    urb_of(u)->status = status;
    urb_of(u)->actual_length = actual;
    p->done = g_list_append(p->done, u);
}

/* What the device has to say to this URB, if anything yet. */
static int serve(struct usbport *p, const struct urb *u)
{
    struct usbdevfs_urb *k = urb_of(u);
    uint8_t *data = u->buffer ? u->buffer->data : NULL;

    if (!p->plugged)
        return USBDEV_GONE;
    if (k->type == USBDEVFS_URB_TYPE_CONTROL)
        return usbdev_control(&p->dev, data, data + 8, k->buffer_length - 8);
    if (k->endpoint & 0x80)
        return usbdev_in(&p->dev, k->endpoint, data, k->buffer_length);
    return usbdev_out(&p->dev, k->endpoint, data, k->buffer_length);
}

/* Moves what can be moved.  A control transfer that NAKs is asked again: only its device knows. */
static void pump(struct usbport *p)
{
    for (GList *l = p->pending, *next; l; l = next) {
        struct urb *u = l->data;
        next = l->next;
        int n = serve(p, u);
        if (n == USBDEV_NAK)
            continue;
        p->pending = g_list_delete_link(p->pending, l);
        finish(p, u, n < 0 ? to_errno(n) : 0, n < 0 ? 0 : n);
    }
}

static bool try_reap(struct usbport *p, UMockdevIoctlClient *client)
{
    for (GList *l = p->done; l; l = l->next) {
        struct urb *u = l->data;
        if (u->client != client)
            continue;
        p->done = g_list_delete_link(p->done, l);
        UMockdevIoctlData *ptr = umockdev_ioctl_data_resolve(umockdev_ioctl_client_get_arg(client),
                                                             0, sizeof(void *), NULL);
        umockdev_ioctl_data_set_ptr(ptr, 0, u->data);
        umockdev_ioctl_client_complete(client, 0, 0);
        g_object_unref(ptr);
        urb_free(u);
        return true;
    }
    return false;
}

static gboolean hold_over(gpointer arg)
{
    struct usbport *p = arg;

    g_mutex_lock(&p->mutex);
    UMockdevIoctlClient *client = p->waiter;
    p->waiter = NULL;
    g_clear_pointer(&p->wait_source, g_source_unref);
    if (client) {
        pump(p);
        if (!try_reap(p, client))
            umockdev_ioctl_client_complete(client, -1, p->plugged ? EAGAIN : ENODEV);
        g_object_unref(client);
    }
    g_mutex_unlock(&p->mutex);
    return G_SOURCE_REMOVE;
}

/* -- ioctls: each returns 0, 1 or a negative errno --------------------------------------------- */

static int capabilities(UMockdevIoctlData *arg)
{
    UMockdevIoctlData *d = umockdev_ioctl_data_resolve(arg, 0, 4, NULL);
    const guint32 all = USBDEVFS_CAP_ZERO_PACKET | USBDEVFS_CAP_BULK_CONTINUATION |
                        USBDEVFS_CAP_NO_PACKET_SIZE_LIM | USBDEVFS_CAP_BULK_SCATTER_GATHER |
                        USBDEVFS_CAP_REAP_AFTER_DISCONNECT;

    memcpy(d->data, &all, sizeof all);
    g_object_unref(d);
    return 0;
}

static int get_driver(const struct usbport *p, UMockdevIoctlData *arg)
{
    if (!p->kernel_driver && !p->owner && !p->foreign)
        return -ENODATA;
    UMockdevIoctlData *d =
        umockdev_ioctl_data_resolve(arg, 0, sizeof(struct usbdevfs_getdriver), NULL);
    struct usbdevfs_getdriver *g = (struct usbdevfs_getdriver *)(void *)d->data;
    snprintf(g->driver, sizeof g->driver, "%s", p->kernel_driver ? "usbhid" : "usbfs");
    g_object_unref(d);
    return 0;
}

static int detach(struct usbport *p)
{
    if (!p->kernel_driver)
        return -ENODATA;
    p->kernel_driver = false;
    p->detached++;
    return 0;
}

static int claim(struct usbport *p, UMockdevIoctlClient *client, bool with_detach)
{
    if (p->owner || p->foreign || (p->kernel_driver && !with_detach))
        return -EBUSY;
    if (p->kernel_driver)
        (void)detach(p);
    p->owner = client;
    return 0;
}

static int release(struct usbport *p, UMockdevIoctlClient *client)
{
    if (p->owner != client)
        return -EINVAL;
    p->owner = NULL;
    return 0;
}

static int wrapped(struct usbport *p, UMockdevIoctlData *arg)
{
    UMockdevIoctlData *d = umockdev_ioctl_data_resolve(arg, 0, sizeof(struct usbdevfs_ioctl), NULL);
    int code = ((struct usbdevfs_ioctl *)(void *)d->data)->ioctl_code;

    g_object_unref(d);
    if (code == (int)USBDEVFS_DISCONNECT)
        return detach(p);
    if (code != (int)USBDEVFS_CONNECT)
        return -ENOTTY;
    p->kernel_driver = true;
    p->attached++;
    return 1;
}

static int submit(struct usbport *p, UMockdevIoctlClient *client, UMockdevIoctlData *arg)
{
    struct urb *u = g_new0(struct urb, 1);

    u->data = umockdev_ioctl_data_resolve(arg, 0, sizeof(struct usbdevfs_urb), NULL);
    u->client = client;
    int len = urb_of(u)->buffer_length;
    if (len > 0)
        u->buffer = umockdev_ioctl_data_resolve(
            u->data, G_STRUCT_OFFSET(struct usbdevfs_urb, buffer), (gsize)len, NULL);
    p->pending = g_list_append(p->pending, u);
    pump(p);
    return 0;
}

static int discard(struct usbport *p, UMockdevIoctlClient *client, UMockdevIoctlData *arg)
{
    gulong address;

    memcpy(&address, arg->data, sizeof address);
    for (GList *l = p->pending; l; l = l->next) {
        struct urb *u = l->data;
        if (u->client != client || u->data->client_addr != address)
            continue;
        p->pending = g_list_delete_link(p->pending, l);
        finish(p, u, -ENOENT, 0);
        return 0;
    }
    return -EINVAL;
}

static int handle(struct usbport *p, UMockdevIoctlClient *client, gulong request, bool here)
{
    UMockdevIoctlData *arg = umockdev_ioctl_client_get_arg(client);

    if (request == USBDEVFS_DISCARDURB)
        return discard(p, client, arg);
    if (!here)
        return -ENODEV;
    switch (request) {
    case USBDEVFS_GET_CAPABILITIES: return capabilities(arg);
    case USBDEVFS_GETDRIVER: return get_driver(p, arg);
    case USBDEVFS_DISCONNECT_CLAIM: return claim(p, client, true);
    case USBDEVFS_CLAIMINTERFACE: return claim(p, client, false);
    case USBDEVFS_RELEASEINTERFACE: return release(p, client);
    case USBDEVFS_IOCTL: return wrapped(p, arg);
    case USBDEVFS_SUBMITURB: return submit(p, client, arg);
    case USBDEVFS_CLEAR_HALT: return usbdev_clear_halt(&p->dev) ? -EPIPE : 0;
    case USBDEVFS_RESET: usbdev_reset(&p->dev); return 0;
    case USBDEVFS_SETCONFIGURATION:
    case USBDEVFS_SETINTERFACE:
    case USBDEVFS_RESETEP: return 0;
    default: fprintf(stderr, "usbsim: unknown ioctl %#lx\n", request); return -ENOTTY;
    }
}

static gboolean on_ioctl(UMockdevIoctlBase *base, UMockdevIoctlClient *client, struct usbport *p)
{
    gulong request = umockdev_ioctl_client_get_request(client);

    g_mutex_lock(&p->mutex);
    /* A file that was opened before the last plug sees nothing of the device that is there now. */
    bool here = p->plugged && base == p->handler;
    if (request != USBDEVFS_REAPURB && request != USBDEVFS_REAPURBNDELAY) {
        int rc = handle(p, client, request, here);
        umockdev_ioctl_client_complete(client, rc < 0 ? -1 : rc, rc < 0 ? -rc : 0);
        g_mutex_unlock(&p->mutex);
        return TRUE;
    }
    pump(p);
    if (try_reap(p, client)) {
        p->fresh = true;
    } else if (p->fresh || p->waiter || !here) {
        p->fresh = false;
        umockdev_ioctl_client_complete(client, -1, here ? EAGAIN : ENODEV);
    } else {
        p->waiter = g_object_ref(client);
        p->wait_source = g_timeout_source_new(HOLD_MS);
        g_source_set_callback(p->wait_source, hold_over, p, NULL);
        g_source_attach(p->wait_source, g_main_context_get_thread_default());
    }
    g_mutex_unlock(&p->mutex);
    return TRUE;
}

static GList *drop(GList *list, const UMockdevIoctlClient *client)
{
    for (GList *l = list, *next; l; l = next) {
        struct urb *u = l->data;
        next = l->next;
        if (u->client == client) {
            urb_free(u);
            list = g_list_delete_link(list, l);
        }
    }
    return list;
}

static void on_vanished(UMockdevIoctlBase *base, UMockdevIoctlClient *client, struct usbport *p)
{
    (void)base;
    g_mutex_lock(&p->mutex);
    if (p->owner == client)
        p->owner = NULL;
    p->pending = drop(p->pending, client);
    p->done = drop(p->done, client);
    g_mutex_unlock(&p->mutex);
}

/* -- plugging ---------------------------------------------------------------------------------- */

static const char root_hub[] =
    "P: /devices/pci0/usb1\nN: bus/usb/001/001\nE: SUBSYSTEM=usb\nE: DEVTYPE=usb_device\n"
    "E: DRIVER=usb\nE: BUSNUM=001\nE: DEVNUM=001\nE: DEVNAME=/dev/bus/usb/001/001\n"
    "E: MAJOR=189\nE: MINOR=0\nA: busnum=1\\n\nA: devnum=1\\n\nA: bConfigurationValue=1\\n\n"
    "A: speed=480\\n\nH: descriptors="
    "12010002090000406B1D020001060302010109021900010100E0000904000001090000000705810304000C\n";

UMockdevTestbed *usbbus_new(void)
{
    UMockdevTestbed *bed = umockdev_testbed_new();
    GError *error = NULL;

    umockdev_testbed_add_from_string(bed, root_hub, &error);
    g_assert_no_error(error);
    return bed;
}

static char *describe(const struct usbport *p)
{
    uint8_t all[128];
    size_t n = usbdev_descriptors(&p->dev, all, sizeof all);
    GString *hex = g_string_new(NULL);
    const struct usbdev_model *m = p->dev.model;

    for (size_t i = 0; i < n; i++)
        g_string_append_printf(hex, "%02X", all[i]);
    char *text = g_strdup_printf(
        "P: /devices/pci0/usb%d/%d-%d\nN: bus/usb/%03d/%03d\n"
        "E: SUBSYSTEM=usb\nE: DEVTYPE=usb_device\nE: DRIVER=usb\nE: BUSNUM=%03d\nE: DEVNUM=%03d\n"
        "E: DEVNAME=/dev/bus/usb/%03d/%03d\nE: MAJOR=189\nE: MINOR=%d\nE: PRODUCT=%x/%x/2\n"
        "A: busnum=%d\\n\nA: devnum=%d\\n\nA: bConfigurationValue=1\\n\nA: speed=1.5\\n\n"
        "A: idVendor=%04x\\n\nA: idProduct=%04x\\n\nH: descriptors=%s\n",
        BUS, BUS, p->number, BUS, p->address, BUS, p->address, BUS, p->address, p->address - 1,
        m->vid, m->pid, BUS, p->address, m->vid, m->pid, hex->str);
    g_string_free(hex, TRUE);
    return text;
}

void usbbus_plug(UMockdevTestbed *bed, struct usbport *p, int address)
{
    GError *error = NULL;

    p->address = address;
    p->owner = NULL;
    p->plugged = true;
    usbdev_power(&p->dev);
    snprintf(p->node, sizeof p->node, "/dev/bus/usb/%03d/%03d", BUS, address);
    snprintf(p->sys, sizeof p->sys, "/sys/devices/pci0/usb%d/%d-%d", BUS, BUS, p->number);
    p->handler = umockdev_ioctl_base_new();
    g_signal_connect(p->handler, "handle-ioctl", G_CALLBACK(on_ioctl), p);
    g_signal_connect(p->handler, "client-vanished", G_CALLBACK(on_vanished), p);
    /* Before the device can be opened: without a handler the preload ends the program. */
    umockdev_testbed_attach_ioctl(bed, p->node, p->handler, &error);
    g_assert_no_error(error);
    char *text = describe(p);
    umockdev_testbed_add_from_string(bed, text, &error);
    g_assert_no_error(error);
    g_free(text);
    if (!p->quiet)
        umockdev_testbed_uevent(bed, p->sys, "add");
}

void usbbus_unplug(UMockdevTestbed *bed, struct usbport *p)
{
    g_mutex_lock(&p->mutex);
    p->plugged = false;
    pump(p);
    g_mutex_unlock(&p->mutex);
    if (!p->quiet)
        umockdev_testbed_uevent(bed, p->sys, "remove");
    umockdev_testbed_detach_ioctl(bed, p->node, NULL);
    umockdev_testbed_remove_device(bed, p->sys);
    char *root = umockdev_testbed_get_root_dir(bed);
    char *node = g_strconcat(root, p->node, NULL);
    (void)unlink(node); /* umockdev leaves it */
    g_free(node);
    g_free(root);
    g_clear_object(&p->handler);
}
