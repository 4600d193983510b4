/* SPDX-License-Identifier: BSD-2-Clause */
/* Selectors of USB devices. */
#include "usb_select.h"

#include <stdio.h>
#include <string.h>

static const char *const names[USB_SELECTORS] = {
    "vendorid", "productid", "bus", "busport", "device", "vendor", "product", "serial",
};

enum ups_error usb_select_add(struct usb_select *s, enum usb_selector which, const char *regex,
                              char *why, size_t why_size)
{
    char text[80];
    int rc = regcomp(&s->regex[which], regex, REG_EXTENDED | REG_ICASE);

    if (rc) {
        regerror(rc, &s->regex[which], text, sizeof text);
        snprintf(why, why_size, "%s = %s: %s", names[which], regex, text);
        return UPS_E_INVALID;
    }
    s->given[which] = true;
    return UPS_OK;
}

/* POSIX finds the longest match of those that begin first, so a match that is not the whole text
 * means that there is none that is. */
static bool matches(const struct usb_select *s, enum usb_selector which, const char *subject)
{
    static const char blank[] = " \t\n";
    char text[USB_TEXT_MAX];
    regmatch_t m;

    if (!s->given[which])
        return true;
    subject += strspn(subject, blank);
    size_t len = strlen(subject);
    while (len > 0 && strchr(blank, subject[len - 1]))
        len--;
    snprintf(text, sizeof text, "%.*s", (int)len, subject);
    return regexec(&s->regex[which], text, 1, &m, 0) == 0 && m.rm_so == 0 &&
           (size_t)m.rm_eo == strlen(text);
}

static bool matches_number(const struct usb_select *s, enum usb_selector which, char base,
                           unsigned number)
{
    char text[12];

    if (!s->given[which])
        return true;
    if (base == 'x')
        snprintf(text, sizeof text, "%04x", number);
    else
        snprintf(text, sizeof text, "%03u", number);
    return matches(s, which, text);
}

bool usb_select_place(const struct usb_select *s, const struct usb_ident *id)
{
    return matches_number(s, USB_SEL_VENDORID, 'x', id->vid) &&
           matches_number(s, USB_SEL_PRODUCTID, 'x', id->pid) &&
           matches_number(s, USB_SEL_BUS, 'd', id->bus) &&
           matches_number(s, USB_SEL_BUSPORT, 'd', id->port) &&
           matches_number(s, USB_SEL_DEVICE, 'd', id->address);
}

bool usb_select_texts(const struct usb_select *s, const struct usb_ident *id)
{
    return matches(s, USB_SEL_VENDOR, id->text[USB_MANUFACTURER]) &&
           matches(s, USB_SEL_PRODUCT, id->text[USB_PRODUCT]) &&
           matches(s, USB_SEL_SERIAL, id->text[USB_SERIAL]);
}

void usb_select_free(struct usb_select *s)
{
    for (int i = 0; i < USB_SELECTORS; i++)
        if (s->given[i])
            regfree(&s->regex[i]);
    memset(s, 0, sizeof *s);
}
