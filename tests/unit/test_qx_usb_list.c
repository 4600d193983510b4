/* SPDX-License-Identifier: BSD-2-Clause */
/* Which selectors --scan gives USB UPSes, and what it says of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "qx/qx_usb.h"

/* A UPS of one kind at a port of bus 1, read. */
static struct qx_usb_seen ups(uint8_t port, const char *product, const char *serial)
{
    struct qx_usb_seen s = {
        .id = {.vid = 0x0665,
               .pid = 0x5161,
               .bus = 1,
               .address = (uint8_t)(port + 10),
               .port = port,
               .text_index = {1, 2, 3}},
        .read = true,
    };

    snprintf(s.id.text[USB_MANUFACTURER], USB_TEXT_MAX, "INNO TECH");
    snprintf(s.id.text[USB_PRODUCT], USB_TEXT_MAX, "%s", product);
    snprintf(s.id.text[USB_SERIAL], USB_TEXT_MAX, "%s", serial);
    s.row = qx_usb_row_of(&s.id);
    return s;
}

static const struct drv_setting *setting(const struct drv_found *f, const char *name)
{
    for (unsigned i = 0; i < f->count; i++)
        if (strcmp(f->setting[i].name, name) == 0)
            return &f->setting[i];
    return NULL;
}

static const char *const names[USB_SELECTORS] = {"vendorid", "productid", "bus",     "busport",
                                                 "device",   "vendor",    "product", "serial"};

/* Which of the devices would a unit with these settings take? */
static unsigned chosen(const struct qx_usb_seen *seen, size_t count, const struct drv_found *f)
{
    struct usb_select select = {0};
    unsigned bits = 0;
    char why[160];

    for (enum usb_selector w = 0; w < USB_SELECTORS; w++) {
        const struct drv_setting *s = setting(f, names[w]);
        if (s) {
            assert_in_range(strlen(s->value), 1, 128);
            assert_int_equal(usb_select_add(&select, w, s->value, why, sizeof why), UPS_OK);
        }
    }
    for (size_t i = 0; i < count; i++)
        if (usb_select_place(&select, &seen[i].id) && usb_select_texts(&select, &seen[i].id))
            bits |= 1u << i;
    usb_select_free(&select);
    return bits;
}

/* Each is told from all others, by the options that `given` names and no others. */
static void check(const struct qx_usb_seen *seen, size_t count, const char *const *given)
{
    for (size_t i = 0; i < count; i++) {
        char options[200] = "";
        struct drv_found f;
        qx_usb_tell(seen, count, i, &f);
        assert_string_equal(setting(&f, "port")->value, "auto");
        for (enum usb_selector w = USB_SEL_BUS; w < USB_SELECTORS; w++)
            if (setting(&f, names[w])) {
                size_t used = strlen(options);
                snprintf(options + used, sizeof options - used, "%s ", names[w]);
            }
        assert_string_equal(options, given[i]);
        assert_int_equal(chosen(seen, count, &f), 1u << i);
    }
}

static void test_one(void **state)
{
    const struct qx_usb_seen seen[] = {ups(1, "USB to Serial", "20100826")};
    struct drv_found f;

    (void)state;
    check(seen, 1, (const char *const[]){""});
    qx_usb_tell(seen, 1, 0, &f);
    assert_string_equal(setting(&f, "vendorid")->value, "0665");
    assert_string_equal(setting(&f, "productid")->value, "5161");
    assert_string_equal(f.note, "");
    assert_false(f.hold);
    assert_non_null(strstr(f.what, "0665:5161 at bus 001 device 011 port 001"));
    assert_non_null(strstr(f.what, "bridge cypress"));
}

static void test_serial_numbers(void **state)
{
    const struct qx_usb_seen seen[] = {ups(1, "A", "S1"), ups(2, "A", "S2"), ups(3, "A", "S10")};

    (void)state;
    check(seen, 3, (const char *const[]){"serial ", "serial ", "serial "});
}

/* Serial numbers that all units of a maker share; compared in any case, without outer blanks. */
static void test_same_serial_numbers(void **state)
{
    const struct qx_usb_seen seen[] = {ups(1, "A", "abc"), ups(2, "A", " ABC "), ups(3, "A", "X")};

    (void)state;
    check(seen, 3, (const char *const[]){"bus busport ", "bus busport ", "serial "});
}

static void test_identical(void **state)
{
    const struct qx_usb_seen seen[] = {ups(1, "A", ""), ups(2, "A", "")};
    struct drv_found f;

    (void)state;
    check(seen, 2, (const char *const[]){"bus busport ", "bus busport "});
    qx_usb_tell(seen, 2, 0, &f);
    assert_non_null(strstr(f.note, "the USB port that it is plugged into"));
}

static void test_by_product(void **state)
{
    struct qx_usb_seen seen[] = {ups(1, "A", ""), ups(2, "B", ""), ups(3, "B", "")};

    (void)state;
    snprintf(seen[2].id.text[USB_MANUFACTURER], USB_TEXT_MAX, "Other");
    check(seen, 3, (const char *const[]){"product ", "vendor product ", "vendor product "});
}

/* Two hubs on one bus: `busport` is the port of the hub. */
static void test_two_hubs(void **state)
{
    struct qx_usb_seen seen[] = {ups(1, "A", ""), ups(1, "A", "")};
    struct drv_found f;

    (void)state;
    seen[1].id.address = 99;
    check(seen, 2, (const char *const[]){"bus busport device ", "bus busport device "});
    qx_usb_tell(seen, 2, 1, &f);
    assert_non_null(strstr(f.note, "changes with every plug"));
}

/* Devices of other IDs don't matter. */
static void test_another_kind(void **state)
{
    struct qx_usb_seen seen[] = {ups(1, "A", ""), ups(2, "A", "")};

    (void)state;
    seen[1].id.vid = 0x06da;
    seen[1].id.pid = 0x0003;
    check(seen, 2, (const char *const[]){"", ""});
}

/* Whatever bytes a string has, its expression is one, and fits it and not its neighbour. */
static void test_odd_strings(void **state)
{
    static const char *const odd[] = {
        "a.b",       "(x|y)*+?{2}",       "[a-z]",           "^start$",      "back\\slash",
        "quo\"te",   "hash # and = sign", "\x01\x1b[2J\x7f", "\xff\xfe\xe9", "?????",
        "tab\there", "'; rm -rf /",
    };
    (void)state;

    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
        const struct qx_usb_seen seen[] = {ups(1, "A", odd[i]), ups(2, "A", "Other serial")};
        struct drv_found f;
        check(seen, 2, (const char *const[]){"serial ", "serial "});
        qx_usb_tell(seen, 2, 0, &f);
        for (const char *c = setting(&f, "serial")->value; *c; c++)
            assert_in_range(*c, ' ', '~');
    }
}

/* Blanks are no serial number; one whose expression an option would not take is none either. */
static void test_useless_strings(void **state)
{
    char dots[USB_TEXT_MAX] = "";
    struct qx_usb_seen seen[2];

    (void)state;
    memset(dots, '.', sizeof dots - 1);
    seen[0] = ups(1, "A", "   ");
    seen[1] = ups(2, "A", "");
    check(seen, 2, (const char *const[]){"bus busport ", "bus busport "});
    seen[0] = ups(1, "A", dots);
    seen[1] = ups(2, "A", "1");
    check(seen, 2, (const char *const[]){"bus busport ", "serial "});
}

/* A string that could not be read may be like the other's. */
static void test_unread(void **state)
{
    struct qx_usb_seen seen[] = {ups(1, "A", "S1"), ups(2, "A", "")};
    struct drv_found f;

    (void)state;
    seen[1].id.unreadable[USB_SERIAL] = true;
    check(seen, 2, (const char *const[]){"bus busport ", "bus busport "});
    seen[1] = (struct qx_usb_seen){.id = seen[1].id, .row = seen[1].row, .denied = true};
    memset(seen[1].id.text, 0, sizeof seen[1].id.text);
    snprintf(seen[1].why, sizeof seen[1].why, "opening: Access denied");
    check(seen, 2, (const char *const[]){"bus busport ", "bus busport "});
    qx_usb_tell(seen, 2, 1, &f);
    assert_false(f.hold);
    assert_non_null(strstr(f.note, "Access denied"));
    assert_non_null(strstr(f.note, "ATTR{idVendor}==\"0665\", ATTR{idProduct}==\"5161\""));
    assert_null(strstr(f.what, "manufacturer"));
}

static void test_shared_ids(void **state)
{
    static const struct {
        uint16_t vid, pid;
        const char *manufacturer, *product;
        bool hold;
    } rows[] = {
        {0x0001, 0x0000, "", "MEC0003", false},
        {0x0001, 0x0000, "", "", true},
        {0x0001, 0x0000, "MEC", "MEC0003", false},
        {0x0925, 0x1234, "RICHCOMM", "UPS USB", false},
        {0x0925, 0x1234, "Lakeview", "Relay", true},
        {0xffff, 0x0000, "", "", true},
        {0x0665, 0x5161, "", "", false},
    };
    (void)state;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct qx_usb_seen s = ups(1, rows[i].product, "");
        struct drv_found f;
        snprintf(s.id.text[USB_MANUFACTURER], USB_TEXT_MAX, "%s", rows[i].manufacturer);
        s.id.vid = rows[i].vid;
        s.id.pid = rows[i].pid;
        s.row = qx_usb_row_of(&s.id);
        qx_usb_tell(&s, 1, 0, &f);
        assert_int_equal(f.hold, rows[i].hold);
        if (qx_usb_shared(s.id.vid, s.id.pid)) {
            assert_non_null(strstr(f.note, "differ inside"));
            assert_int_equal(setting(&f, "product") != NULL, rows[i].product[0] != '\0');
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one),
        cmocka_unit_test(test_serial_numbers),
        cmocka_unit_test(test_same_serial_numbers),
        cmocka_unit_test(test_identical),
        cmocka_unit_test(test_by_product),
        cmocka_unit_test(test_two_hubs),
        cmocka_unit_test(test_another_kind),
        cmocka_unit_test(test_odd_strings),
        cmocka_unit_test(test_useless_strings),
        cmocka_unit_test(test_unread),
        cmocka_unit_test(test_shared_ids),
    };

    return cmocka_run_group_tests_name("qx_usb_list", tests, NULL, NULL);
}
