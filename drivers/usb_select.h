/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which USB device is meant: selectors, each a POSIX extended regular expression that must match
 * the whole of what it is compared with, in any case.  A selector that is not given matches all.
 */
#ifndef USB_SELECT_H
#define USB_SELECT_H

#include "usb.h"

#include <regex.h>

enum usb_selector {
    USB_SEL_VENDORID,  /* four hexadecimal digits, small letters */
    USB_SEL_PRODUCTID, /* the same */
    USB_SEL_BUS,       /* three decimal digits, as are the next two */
    USB_SEL_BUSPORT,
    USB_SEL_DEVICE,
    USB_SEL_VENDOR, /* the device's strings; "" for one that it lacks */
    USB_SEL_PRODUCT,
    USB_SEL_SERIAL,
    USB_SELECTORS
};

struct usb_select {
    bool given[USB_SELECTORS];
    regex_t regex[USB_SELECTORS];
};

/* Adds a selector.  Returns UPS_OK, or UPS_E_INVALID with what is wrong with the expression. */
enum ups_error usb_select_add(struct usb_select *s, enum usb_selector which, const char *regex,
                              char *why, size_t why_size);

/* Does the device pass the selectors that need no talk with it: numbers and places? */
bool usb_select_place(const struct usb_select *s, const struct usb_ident *id);

/* Does it pass those of its strings, which must have been read? */
bool usb_select_texts(const struct usb_select *s, const struct usb_ident *id);

void usb_select_free(struct usb_select *s);

#endif
