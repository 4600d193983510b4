/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What --scan says of USB.
 *
 * Devices of the table are opened for their strings alone, as a unit does before it takes one.  One
 * that another program has is left alone: for some bridges a string descriptor is a question.
 */
#include "qx_usb.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { DEVICES_MOST = 256, TEXTS_MS = 4000, REGEX_MOST = 128 /* of the options */ };

#define BIT(selector) (1u << (selector))

/* -- selectors --------------------------------------------------------------------------------- */

/* Sets of selectors, the most lasting first; VID and PID are given in any case. */
static const unsigned sets[] = {
    0,
    BIT(USB_SEL_SERIAL),
    BIT(USB_SEL_PRODUCT),
    BIT(USB_SEL_VENDOR) | BIT(USB_SEL_PRODUCT),
    BIT(USB_SEL_BUS) | BIT(USB_SEL_BUSPORT),
    BIT(USB_SEL_BUS) | BIT(USB_SEL_BUSPORT) | BIT(USB_SEL_DEVICE),
};
enum { SETS = sizeof sets / sizeof *sets };

static const char *const option_of[USB_SELECTORS] = {
    [USB_SEL_VENDORID] = "vendorid", [USB_SEL_PRODUCTID] = "productid", [USB_SEL_BUS] = "bus",
    [USB_SEL_BUSPORT] = "busport",   [USB_SEL_DEVICE] = "device",       [USB_SEL_VENDOR] = "vendor",
    [USB_SEL_PRODUCT] = "product",   [USB_SEL_SERIAL] = "serial",
};

/* Which string a selector compares; USB_TEXTS for numbers and places. */
static enum usb_text text_of(enum usb_selector which)
{
    switch (which) {
    case USB_SEL_VENDOR: return USB_MANUFACTURER;
    case USB_SEL_PRODUCT: return USB_PRODUCT;
    case USB_SEL_SERIAL: return USB_SERIAL;
    default: return USB_TEXTS;
    }
}

/*
 * The expression for a string as usb_select.c compares it, without blanks at its ends.  Bytes that
 * can't stand in a configuration, or would depend on the terminal it is pasted from, match any.
 */
static bool regex_of_text(const char *text, char *regex, size_t size)
{
    size_t len, n = 0;

    text += strspn(text, " \t\n");
    len = strlen(text);
    while (len > 0 && strchr(" \t\n", text[len - 1]))
        len--;
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];
        if (n + 4 > size)
            return false;
        if (c < ' ' || c > '~' || c == '^' || c == '\\') {
            regex[n++] = '.';
        } else if (strchr("$.[]|()*+?{}", c)) {
            regex[n++] = '[';
            regex[n++] = (char)c;
            regex[n++] = ']';
        } else {
            regex[n++] = (char)c;
        }
    }
    regex[n] = '\0';
    return n > 0;
}

/* The expression for this device; false if the selector can't be used for it. */
static bool regex_of(const struct qx_usb_seen *s, enum usb_selector which, char *regex, size_t size)
{
    const struct usb_ident *id = &s->id;

    switch (which) {
    case USB_SEL_VENDORID: snprintf(regex, size, "%04x", id->vid); return true;
    case USB_SEL_PRODUCTID: snprintf(regex, size, "%04x", id->pid); return true;
    case USB_SEL_BUS: snprintf(regex, size, "%03u", id->bus); return true;
    case USB_SEL_BUSPORT: snprintf(regex, size, "%03u", id->port); return true;
    case USB_SEL_DEVICE: snprintf(regex, size, "%03u", id->address); return true;
    default: break;
    }
    return s->read && regex_of_text(id->text[text_of(which)], regex, size);
}

/* Could this device pass?  A string that nobody has read could be anything. */
static bool may_pass(const struct usb_select *select, unsigned set, const struct qx_usb_seen *s)
{
    struct usb_ident id = s->id;

    if (!usb_select_place(select, &id))
        return false;
    for (enum usb_selector w = 0; w < USB_SELECTORS; w++)
        if ((set & BIT(w)) && text_of(w) < USB_TEXTS && (!s->read || id.unreadable[text_of(w)]))
            return true;
    return usb_select_texts(select, &id);
}

/* Do these selectors, with VID and PID, choose the device and no other? */
static bool tells_apart(const struct qx_usb_seen *seen, size_t count, size_t self, unsigned set)
{
    struct usb_select select = {0};
    bool good = true;
    char why[160];

    set |= BIT(USB_SEL_VENDORID) | BIT(USB_SEL_PRODUCTID);
    for (enum usb_selector w = 0; good && w < USB_SELECTORS; w++) {
        char regex[REGEX_MOST + 1];
        if (set & BIT(w))
            good = regex_of(&seen[self], w, regex, sizeof regex) &&
                   usb_select_add(&select, w, regex, why, sizeof why) == UPS_OK;
    }
    for (size_t i = 0; good && i < count; i++)
        good = may_pass(&select, set, &seen[i]) == (i == self);
    usb_select_free(&select);
    return good;
}

static void add_selectors(const struct qx_usb_seen *seen, size_t count, size_t self,
                          struct drv_found *found)
{
    unsigned i = 0, set;

    while (i < SETS - 1 && !tells_apart(seen, count, self, sets[i]))
        i++;
    set = sets[i] | BIT(USB_SEL_VENDORID) | BIT(USB_SEL_PRODUCTID);
    if (qx_usb_shared(seen[self].id.vid, seen[self].id.pid))
        set |= BIT(USB_SEL_PRODUCT); /* what is plugged in later may be no UPS at all */
    for (enum usb_selector w = 0; w < USB_SELECTORS; w++) {
        char regex[REGEX_MOST + 1];
        if ((set & BIT(w)) && regex_of(&seen[self], w, regex, sizeof regex))
            drv_found_add(found, option_of[w], "%s", regex);
    }
    if (set & BIT(USB_SEL_DEVICE))
        drv_found_note(found, "Only its device number tells it from the others, and that changes "
                              "with every plug: use another USB port.");
    else if (set & BIT(USB_SEL_BUS))
        drv_found_note(found,
                       "It is told from the others by the USB port that it is plugged into.");
}

/* -- words for people -------------------------------------------------------------------------- */

static void tell_what(const struct qx_usb_seen *s, struct drv_found *found)
{
    const struct usb_ident *id = &s->id;
    int n = snprintf(found->what, sizeof found->what,
                     "USB %04x:%04x at bus %03u device %03u port "
                     "%03u",
                     id->vid, id->pid, id->bus, id->address, id->port);

    if (n > 0 && s->read)
        n += snprintf(found->what + n, sizeof found->what - (size_t)n,
                      ": manufacturer \"%s\", product \"%s\", serial \"%s\"",
                      id->text[USB_MANUFACTURER], id->text[USB_PRODUCT], id->text[USB_SERIAL]);
    if (n > 0 && (size_t)n < sizeof found->what && s->row)
        snprintf(found->what + n, sizeof found->what - (size_t)n, "; bridge %s, seen as %s",
                 s->row->bridge ? s->row->bridge : "none", s->row->seen_as);
}

/* Does it call itself a UPS, or have the very strings of a row? */
static bool surely_ups(const struct qx_usb_seen *s)
{
    return s->read && s->row &&
           (s->row->manufacturer || s->row->product ||
            strcasestr(s->id.text[USB_MANUFACTURER], "UPS") ||
            strcasestr(s->id.text[USB_PRODUCT], "UPS"));
}

static void tell_shared(const struct qx_usb_seen *s, struct drv_found *found)
{
    if (!qx_usb_shared(s->id.vid, s->id.pid))
        return;
    if (!surely_ups(s)) {
        found->hold = true;
        drv_found_note(found, "These IDs are used for many things: make sure that it is a UPS.");
    }
    drv_found_note(found, "UPSes with these IDs differ inside: if it gives nothing or only zeros, "
                          "docs/usb-ups.md has more to try.");
}

static void tell_access(const struct qx_usb_seen *s, struct drv_found *found)
{
    if (s->read)
        return;
    drv_found_note(found, "%s", s->why);
    if (s->denied)
        drv_found_note(found,
                       "Needs root, or 60-upsmibd.rules in /etc/udev/rules.d with the line\n"
                       "ATTR{idVendor}==\"%04x\", ATTR{idProduct}==\"%04x\", MODE=\"0660\", "
                       "GROUP=\"upsmibd\"\nand a user of that group.",
                       s->id.vid, s->id.pid);
    else
        found->hold = true;
}

void qx_usb_tell(const struct qx_usb_seen *seen, size_t count, size_t self, struct drv_found *found)
{
    memset(found, 0, sizeof *found);
    tell_what(&seen[self], found);
    tell_access(&seen[self], found);
    tell_shared(&seen[self], found);
    drv_found_add(found, "port", "auto");
    add_selectors(seen, count, self, found);
}

/* -- looking ----------------------------------------------------------------------------------- */

static void look_at(struct qx_usb_seen *s)
{
    struct usb_dev *dev;
    enum ups_error err = usb_open(&s->id, &dev, s->why, sizeof s->why);

    s->denied = err == UPS_E_REFUSED;
    if (err == UPS_OK) {
        s->held = usb_is_held(dev);
        if (s->held)
            snprintf(s->why, sizeof s->why,
                     "In use by another program (upsmibd or NUT?): it was "
                     "not asked for its strings.");
        else if (usb_read_texts(usb_dev_io(dev), &ups_clock_system, &s->id, TEXTS_MS) == UPS_OK)
            s->read = true;
        else
            snprintf(s->why, sizeof s->why, "It was unplugged meanwhile.");
        usb_close(dev);
    }
    s->row = qx_usb_row_of(&s->id);
}

static int by_place(const void *a, const void *b)
{
    const struct usb_ident *x = a, *y = b;

    return x->bus != y->bus ? x->bus - y->bus : x->address - y->address;
}

/* Those of the table, looked at.  Returns how many; *seen is the caller's to free. */
static int gather(struct qx_usb_seen **seen, char *why, size_t why_size)
{
    struct usb_ident *there = calloc(DEVICES_MOST, sizeof *there);
    int count = 0, n;

    *seen = calloc(DEVICES_MOST, sizeof **seen);
    if (!there || !*seen) {
        free(there);
        snprintf(why, why_size, "out of memory");
        return UPS_E_SYSTEM;
    }
    n = usb_scan(there, DEVICES_MOST, why, why_size);
    if (n > 0)
        qsort(there, (size_t)n, sizeof *there, by_place);
    for (int i = 0; i < n; i++) {
        if (!qx_usb_known(there[i].vid, there[i].pid))
            continue;
        (*seen)[count].id = there[i];
        look_at(&(*seen)[count++]);
    }
    free(there);
    return n < 0 ? n : count;
}

int qx_usb_scan(drv_found_fn *each, void *arg, char *why, size_t why_size)
{
    struct qx_usb_seen *seen = NULL;
    struct drv_found found;
    int count = gather(&seen, why, why_size);

    for (int i = 0; i < count; i++) {
        qx_usb_tell(seen, (size_t)count, (size_t)i, &found);
        each(arg, &found);
    }
    free(seen);
    return count;
}
