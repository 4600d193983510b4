/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Finding the unit's USB device and opening it, one candidate a call.
 *
 * A candidate passes the selectors of numbers and places and is in the table, or `subdriver` makes
 * the table needless.  Then it is opened for its strings, which have to pass theirs.  A unit that
 * had a device takes no other: two UPSes of one kind must not change places when one is replugged.
 */
#include "qx_usb.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    DEVICES_MOST = 256,
    TEXTS_MS = 4000,
    LOOK_GAP_MS = 20, /* to the next look at a device whose strings another unit reads */
    /* A device missing for so long may be there and udev silent (in a container). */
    RENEW_MS = 30000,
};

/* A search under way; a port, as far as the engine can see. */
struct search {
    struct qx_port port; /* first */
    struct usb_select select;
    const struct qx_bridge *bridge; /* of `subdriver`; NULL: the table says */
    bool langid_fixed;
    uint16_t langid;
    size_t count, next, present;
    int64_t
        busy_until_ms; /* how long to wait for who looks at the next candidate; 0: nobody does */
    char reason[sizeof((struct drv *)NULL)->why]; /* why the best candidate so far was not taken */
    struct usb_ident found[];
};

/* -- options ----------------------------------------------------------------------------------- */

static const struct {
    enum qx_port_option option;
    enum usb_selector selector;
} selectors[] = {
    {QX_OPT_VENDORID, USB_SEL_VENDORID}, {QX_OPT_PRODUCTID, USB_SEL_PRODUCTID},
    {QX_OPT_VENDOR, USB_SEL_VENDOR},     {QX_OPT_PRODUCT, USB_SEL_PRODUCT},
    {QX_OPT_SERIAL, USB_SEL_SERIAL},     {QX_OPT_BUS, USB_SEL_BUS},
    {QX_OPT_BUSPORT, USB_SEL_BUSPORT},   {QX_OPT_DEVICE, USB_SEL_DEVICE},
};

static int read_selectors(struct drv *d, struct usb_select *select)
{
    for (size_t i = 0; i < sizeof selectors / sizeof *selectors; i++) {
        const struct drv_value *v = &d->opt[selectors[i].option];
        if (!v->set || !v->text)
            continue;
        enum ups_error err =
            usb_select_add(select, selectors[i].selector, v->text, d->why, sizeof d->why);
        if (err)
            return err;
    }
    return UPS_OK;
}

static int read_subdriver(struct drv *d, struct search *s)
{
    const struct drv_value *v = &d->opt[QX_OPT_SUBDRIVER];

    if (!v->set || !v->text)
        return UPS_OK;
    s->bridge = qx_bridge_find(v->text);
    if (!s->bridge)
        return drv_fail(d, UPS_E_INVALID, "subdriver = %s: there is no such bridge", v->text);
    if (!d->opt[QX_OPT_VENDORID].set || !d->opt[QX_OPT_PRODUCTID].set)
        return drv_fail(d, UPS_E_INVALID, "subdriver needs vendorid and productid too");
    return UPS_OK;
}

static int read_options(struct drv *d, struct search *s)
{
    const struct drv_value *langid = &d->opt[QX_OPT_LANGID_FIX];
    int rc = read_selectors(d, &s->select);

    if (rc == UPS_OK)
        rc = read_subdriver(d, s);
    if (rc == UPS_OK && langid->set && langid->text) {
        s->langid_fixed = qx_usb_langid(langid->text, &s->langid);
        if (!s->langid_fixed)
            rc = drv_fail(d, UPS_E_INVALID, "langid_fix = %s: expected hexadecimal, as 0x0409",
                          langid->text);
    }
    return rc;
}

/* -- the search -------------------------------------------------------------------------------- */

static void search_free(struct search *s)
{
    usb_select_free(&s->select);
    free(s);
}

static int search_exchange(struct qx_port *port, const uint8_t *request, size_t len,
                           enum qx_expect expect, uint8_t *reply, size_t size)
{
    (void)request;
    (void)len;
    (void)expect;
    (void)reply;
    (void)size;
    return drv_fail(port->d, UPS_E_DISCONNECTED, "%s: no device yet", port->name);
}

static void search_close(struct qx_port *port)
{
    search_free((struct search *)port);
}

static const struct qx_port_ops search_ops = {
    .name = "usb", .exchange = search_exchange, .close = search_close};

/* Keeps of the list what can be the device. */
static void choose_candidates(struct search *s)
{
    s->present = s->count;
    s->count = 0;
    for (size_t i = 0; i < s->present; i++) {
        const struct usb_ident *id = &s->found[i];
        if (usb_select_place(&s->select, id) && (s->bridge || qx_usb_known(id->vid, id->pid)))
            s->found[s->count++] = *id;
    }
}

static int search_begin(struct drv *d, struct search **out)
{
    struct search *s = calloc(1, sizeof *s + DEVICES_MOST * sizeof s->found[0]);

    if (!s)
        return drv_fail(d, UPS_E_SYSTEM, "out of memory");
    s->port = (struct qx_port){.ops = &search_ops, .d = d, .name = "usb"};
    int rc = read_options(d, s);
    if (rc == UPS_OK)
        rc = usb_scan(s->found, DEVICES_MOST, d->why, sizeof d->why);
    if (rc < 0) {
        search_free(s);
        return rc;
    }
    s->count = (size_t)rc;
    choose_candidates(s);
    *out = s;
    return UPS_OK;
}

/* Notes why a candidate was passed over, for when no other is found. */
static void pass_over(struct search *s, const struct usb_ident *id, const char *why)
{
    if (!s->reason[0])
        snprintf(s->reason, sizeof s->reason, "%04x:%04x at bus %03u device %03u: %s", id->vid,
                 id->pid, id->bus, id->address, why);
}

static int nothing_found(struct search *s)
{
    struct drv *d = s->port.d;
    int rc = s->reason[0]
                 ? drv_fail(d, UPS_E_DISCONNECTED, "%s", s->reason)
                 : drv_fail(d, UPS_E_DISCONNECTED, "no USB device fits (%zu present)", s->present);

    search_free(s);
    usb_renew(RENEW_MS);
    return rc;
}

/* -- one candidate ----------------------------------------------------------------------------- */

/* Where the device is: once, however often it has to be opened there. */
static void tell(struct drv *d, const struct qx_usb *u, const struct usb_ident *id)
{
    int64_t place = (int64_t)id->bus << 16 | id->port << 8 | id->address;

    if (d->keep[QX_KEEP_PLACE] == place)
        return;
    d->keep[QX_KEEP_PLACE] = place;
    log_msg(LOG_LVL_INFO, "usb", d->unit,
            "%s at bus %03u device %03u port %03u: manufacturer \"%s\", product \"%s\", serial "
            "\"%s\"",
            u->port.name, id->bus, id->address, id->port, id->text[USB_MANUFACTURER],
            id->text[USB_PRODUCT], id->text[USB_SERIAL]);
}

/* Is it ours?  Returns its bridge; else NULL, having noted why. */
static const struct qx_bridge *judge(struct search *s, const struct usb_ident *id, int *rest_ms)
{
    uint64_t mark = (uint64_t)s->port.d->keep[QX_KEEP_PORT];
    const struct qx_usb_row *row = s->bridge ? NULL : qx_usb_row_of(id);

    if (!usb_select_texts(&s->select, id)) {
        pass_over(s, id, "its strings don't fit the selectors");
        return NULL;
    }
    if (mark && !usb_ident_is(id, mark)) {
        pass_over(s, id, "not the device that the unit had; restart to take it");
        return NULL;
    }
    *rest_ms = row ? row->rest_ms : 0;
    return s->bridge ? s->bridge : row && row->bridge ? qx_bridge_find(row->bridge) : NULL;
}

/* Makes the port over an opened device, which it then owns. */
static int attach(struct search *s, const struct usb_ident *id, const struct qx_bridge *bridge,
                  struct usb_dev *dev, struct qx_port **port)
{
    struct drv *d = s->port.d;
    struct usb_shape shape;

    usb_dev_shape(dev, &shape);
    struct qx_usb *u = qx_usb_attach(d, bridge, usb_dev_io(dev), &shape, dev);
    if (!u)
        return drv_fail(d, UPS_E_SYSTEM, "out of memory");
    snprintf(u->port.name, sizeof u->port.name, "%s %04x:%04x", bridge->name, id->vid, id->pid);
    u->langid_fixed = s->langid_fixed;
    u->langid = s->langid;
    d->keep[QX_KEEP_PORT] = (int64_t)usb_ident_mark(id);
    tell(d, u, id);
    *port = &u->port;
    return DRV_DONE;
}

/*
 * Another unit reads the candidate's strings: it will let go of it unless it is its own.  To pass
 * over would not do: units that lost their devices together search in step, and each would find the
 * other's hand on its own for ever.
 */
static bool wait_turn(struct search *s)
{
    struct drv *d = s->port.d;
    int64_t now = ups_now(d->host->clock);

    if (s->busy_until_ms == 0)
        s->busy_until_ms = now + TEXTS_MS;
    if (now >= s->busy_until_ms)
        return false;
    d->not_before_ms = now + LOOK_GAP_MS;
    return true;
}

/*
 * Returns DRV_DONE with *port, DRV_MORE if it is not this one (s->next has moved on) or not yet, or
 * an error that ends the search.
 */
static int try_candidate(struct search *s, struct qx_port **port)
{
    struct usb_ident *id = &s->found[s->next];
    struct drv *d = s->port.d;
    struct usb_dev *dev;
    int rest_ms = 0;
    enum ups_error err = usb_open(id, &dev, d->why, sizeof d->why);

    if (err == UPS_E_BUSY && wait_turn(s))
        return DRV_MORE;
    s->next++;
    s->busy_until_ms = 0;
    if (err != UPS_OK) {
        if (!s->reason[0])
            memcpy(s->reason, d->why, sizeof s->reason);
        return DRV_MORE;
    }
    const struct qx_bridge *bridge = NULL;
    if (usb_read_texts(usb_dev_io(dev), d->host->clock, id, TEXTS_MS) == UPS_OK)
        bridge = judge(s, id, &rest_ms);
    if (!bridge) {
        usb_close(dev);
        return DRV_MORE;
    }
    int rc = usb_claim(dev, d->why, sizeof d->why);
    if (rc == UPS_OK)
        rc = attach(s, id, bridge, dev, port);
    if (rc != DRV_DONE) {
        usb_close(dev);
        return rc;
    }
    ((struct qx_usb *)*port)->rest_ms = rest_ms;
    return DRV_DONE;
}

int qx_usb_open(struct drv *d, struct qx_port **port)
{
    struct search *s = (struct search *)*port;

    *port = NULL;
    d->not_before_ms = 0;
    if (!s) {
        int rc = search_begin(d, &s);
        if (rc)
            return rc;
    }
    if (s->next == s->count)
        return nothing_found(s);
    int rc = try_candidate(s, port);
    if (rc == DRV_MORE && s->next < s->count) {
        *port = &s->port;
        return DRV_MORE;
    }
    if (rc == DRV_MORE)
        return nothing_found(s);
    search_free(s);
    return rc;
}
