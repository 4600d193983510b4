/* SPDX-License-Identifier: BSD-2-Clause */
/* Which USB device is meant: selectors, strings, identity, the order of the table. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "qx/qx_usb.h"
#include "usb_rig.h"

static struct usb_ident belkin(void)
{
    return (struct usb_ident){.vid = 0x0665,
                              .pid = 0x5161,
                              .bus = 1,
                              .address = 12,
                              .port = 3,
                              .text = {" INNO TECH ", "USB to Serial", "20100826"}};
}

static void test_selectors(void **state)
{
    static const struct {
        enum usb_selector which;
        const char *regex;
        bool match;
    } cases[] = {
        {USB_SEL_VENDORID, "0665", true},
        {USB_SEL_VENDORID, "066", false},
        {USB_SEL_VENDORID, "066.", true},
        {USB_SEL_VENDORID, "0665|06da", true},
        {USB_SEL_VENDORID, "06da|0665", true},
        {USB_SEL_VENDORID, "665", false},
        {USB_SEL_PRODUCTID, "5161", true},
        {USB_SEL_PRODUCTID, "516[2-9]", false},
        {USB_SEL_BUS, "001", true},
        {USB_SEL_BUS, "1", false},
        {USB_SEL_DEVICE, "012", true},
        {USB_SEL_DEVICE, "0.*", true},
        {USB_SEL_BUSPORT, "003", true},
        {USB_SEL_VENDOR, "inno tech", true}, /* in any case, blanks at the ends gone */
        {USB_SEL_VENDOR, "INNO", false},
        {USB_SEL_VENDOR, "INNO.*", true},
        {USB_SEL_PRODUCT, "USB to Serial", true},
        {USB_SEL_PRODUCT, "to", false},
        {USB_SEL_PRODUCT, "USB|USB to Serial", true},
        {USB_SEL_SERIAL, "20100826", true},
        {USB_SEL_SERIAL, "(2010){1}0826", true},
        {USB_SEL_SERIAL, "", false},
    };
    char why[160];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct usb_select s = {0};
        struct usb_ident id = belkin();
        assert_int_equal(usb_select_add(&s, cases[i].which, cases[i].regex, why, sizeof why), 0);
        bool place = usb_select_place(&s, &id), texts = usb_select_texts(&s, &id);
        if (place && texts != cases[i].match)
            print_message("%s\n", cases[i].regex);
        assert_int_equal(place && texts, cases[i].match);
        assert_true(cases[i].which >= USB_SEL_VENDOR ? place : texts);
        usb_select_free(&s);
    }
}

static void test_absent_string(void **state)
{
    struct usb_select s = {0};
    struct usb_ident id = {.vid = 1};
    char why[160];

    (void)state;
    assert_true(usb_select_place(&s, &id) && usb_select_texts(&s, &id)); /* nothing given */
    assert_int_equal(usb_select_add(&s, USB_SEL_SERIAL, ".*", why, sizeof why), 0);
    assert_true(usb_select_texts(&s, &id));
    usb_select_free(&s);
    assert_int_equal(usb_select_add(&s, USB_SEL_SERIAL, ".+", why, sizeof why), 0);
    assert_false(usb_select_texts(&s, &id));
    usb_select_free(&s);
}

static void test_bad_regex(void **state)
{
    struct usb_select s = {0};
    char why[160] = "";

    (void)state;
    assert_int_equal(usb_select_add(&s, USB_SEL_VENDOR, "(", why, sizeof why), UPS_E_INVALID);
    assert_non_null(strstr(why, "vendor = (: "));
    assert_false(s.given[USB_SEL_VENDOR]);
    usb_select_free(&s);
}

/* -- the table --------------------------------------------------------------------------------- */

static void test_table(void **state)
{
    static const struct {
        uint16_t vid, pid;
        const char *manufacturer, *product, *bridge;
    } cases[] = {
        {0x05b8, 0x0000, "", "", "cypress"},
        {0xffff, 0x0000, "", "", "ablerex"},
        {0x1cb0, 0x0035, "", "", "krauler"},
        {0x0665, 0x5161, "HID UPS", "HID UPS", "cypress"},
        {0x06da, 0x0002, "Phoenixtec Power", "USB Cable (V2.00)", "phoenixtec"},
        {0x06da, 0x0002, "PHOENIXTEC POWER", "usb cable (v2.00)", "phoenixtec"},
        {0x06da, 0x0002, "Phoenixtec Power", "USB Cable", "cypress"},
        {0x06da, 0x0003, "", "", "ippon"},
        {0x06da, 0x0004, "", "", "cypress"},
        {0x06da, 0x0005, "", "", "cypress"},
        {0x06da, 0x0201, "PPC", "USB Card", "cypress"},
        {0x06da, 0x0601, "", "", "phoenix"},
        {0x0f03, 0x0001, "", "", "cypress"},
        {0x14f0, 0x00c9, "", "", "phoenix"},
        {0x1a86, 0x7523, "", "", NULL},
        {0x0483, 0x0035, "", "", "sgs"},
        {0x0590, 0x00b7, "", "", "omron"},
        {0x0001, 0x0000, "MEC", "MEC0003", "fabula"},
        {0x0001, 0x0000, "", "MEC0003", "hunnox"},
        {0x0001, 0x0000, "MEC ", "MEC0003", "hunnox"},
        {0x0001, 0x0000, "SNR", "MEC0003", "hunnox"}, /* hides snr */
        {0x0001, 0x0000, "ATCL FOR UPS", "ATCL FOR UPS", "fuji"},
        {0x0001, 0x0000, "ATCL FOR UPS", "", "krauler"},
        {0x0001, 0x0000, "", "", "krauler"},
        {0x0925, 0x1234, "RICHCOMM", "UPS USB Mon V2.0", "armac"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct usb_ident id = {.vid = cases[i].vid, .pid = cases[i].pid};
        snprintf(id.text[USB_MANUFACTURER], USB_TEXT_MAX, "%s", cases[i].manufacturer);
        snprintf(id.text[USB_PRODUCT], USB_TEXT_MAX, "%s", cases[i].product);
        const struct qx_usb_row *row = qx_usb_row_of(&id);
        assert_non_null(row);
        assert_int_equal(qx_usb_known(id.vid, id.pid), cases[i].bridge != NULL);
        if (cases[i].bridge)
            assert_string_equal(row->bridge, cases[i].bridge);
        else
            assert_null(row->bridge);
    }
    assert_null(qx_usb_row_of(&(struct usb_ident){.vid = 0x051d, .pid = 2}));
    assert_false(qx_usb_known(0x051d, 2));
}

static void test_table_names_bridges(void **state)
{
    (void)state;
    for (const struct qx_usb_row *row = qx_usb_table; row->seen_as; row++)
        if (row->bridge)
            assert_non_null(qx_bridge_find(row->bridge));
    assert_non_null(qx_bridge_find("CyPress"));
    assert_non_null(qx_bridge_find("gtec")); /* without a row: by name alone */
    assert_null(qx_bridge_find("cypres"));
    assert_null(qx_bridge_find(""));
}

/* -- identity and strings ---------------------------------------------------------------------- */

static void test_identity(void **state)
{
    struct usb_ident a = belkin(), b = belkin();
    uint64_t mark = usb_ident_mark(&a);

    (void)state;
    assert_true(mark != 0);
    b.bus = 2;
    b.address = 99;
    assert_true(usb_ident_is(&b, mark)); /* wherever it is plugged in */
    snprintf(b.text[USB_SERIAL], USB_TEXT_MAX, "20100827");
    assert_false(usb_ident_is(&b, mark));
    b = belkin();
    b.text[USB_SERIAL][0] = '\0';
    assert_false(usb_ident_is(&b, mark));
    b = belkin();
    b.pid++;
    assert_false(usb_ident_is(&b, mark));
    b = belkin();
    snprintf(b.text[USB_PRODUCT], USB_TEXT_MAX, "usb to serial");
    assert_false(usb_ident_is(&b, mark)); /* the case counts here */
    a.unreadable[USB_SERIAL] = true;      /* a string that was refused says nothing */
    mark = usb_ident_mark(&a);
    assert_true(usb_ident_is(&b, mark) == false);
    b = belkin();
    snprintf(b.text[USB_SERIAL], USB_TEXT_MAX, "another");
    assert_true(usb_ident_is(&b, mark));
}

static struct usb_rig rig;

static void test_reading_texts(void **state)
{
    struct usb_ident id = {.text_index = {2, 1, 14}};

    (void)state;
    usb_rig_open(&rig, "cypress");
    rig.dev.stall_texts = 2; /* the third try succeeds */
    assert_int_equal(usb_read_texts(&rig.io, &rig.clock, &id, 4000), UPS_OK);
    assert_string_equal(id.text[USB_MANUFACTURER], "INNO TECH");
    assert_string_equal(id.text[USB_PRODUCT], "USB to Serial");
    assert_string_equal(id.text[USB_SERIAL], "20100826");
    rig.dev.stall_texts = 3;
    assert_int_equal(usb_read_texts(&rig.io, &rig.clock, &id, 4000), UPS_OK);
    assert_string_equal(id.text[USB_MANUFACTURER], "");
    assert_true(id.unreadable[USB_MANUFACTURER]);
    assert_false(id.unreadable[USB_PRODUCT]);
    id.text_index[USB_SERIAL] = 0; /* there is none: not asked for */
    assert_int_equal(usb_read_texts(&rig.io, &rig.clock, &id, 4000), UPS_OK);
    assert_string_equal(id.text[USB_SERIAL], "");
    assert_false(id.unreadable[USB_SERIAL]);
    rig.gone = true;
    assert_int_equal(usb_read_texts(&rig.io, &rig.clock, &id, 4000), UPS_E_DISCONNECTED);
    usb_rig_close(&rig);
}

/* A device that answers nothing costs the budget and no more. */
static void test_texts_in_time(void **state)
{
    struct usb_ident id = {.text_index = {2, 1, 14}};

    (void)state;
    usb_rig_open(&rig, "hunnox");
    rig.dev.dead = 1;
    int64_t began = rig.now_ms;
    assert_int_equal(usb_read_texts(&rig.io, &rig.clock, &id, 4000), UPS_OK);
    assert_true(rig.now_ms - began <= 5100);
    assert_true(id.unreadable[USB_PRODUCT]);
    usb_rig_close(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_selectors),           cmocka_unit_test(test_absent_string),
        cmocka_unit_test(test_bad_regex),           cmocka_unit_test(test_table),
        cmocka_unit_test(test_table_names_bridges), cmocka_unit_test(test_identity),
        cmocka_unit_test(test_reading_texts),       cmocka_unit_test(test_texts_in_time),
    };

    return cmocka_run_group_tests_name("usb_select", tests, NULL, NULL);
}
