/* SPDX-License-Identifier: BSD-2-Clause */
/* The parser of Huawei's identification, on the capture of G13 chapter 3 and variants of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "huawei_ups2000.h"

#define CAPTURE "1=UPS2000A;2=V100B112D00;3=P1.0-D1.0;4=2102290710HGF9000013;5=1;6=-1"

static char why[160];

/* Builds a device list: count of devices, description (NULL: no object 0x88). */
static size_t build(uint8_t *pdu, uint32_t devices, const char *text)
{
    size_t n = 7;

    memcpy(pdu, "\x2b\x0e\x03\x03\x00\x00", 6);
    pdu[6] = text ? 2 : 1;
    pdu[n++] = 0x87;
    pdu[n++] = 4;
    for (int shift = 24; shift >= 0; shift -= 8)
        pdu[n++] = (uint8_t)(devices >> shift);
    if (text) {
        pdu[n++] = 0x88;
        pdu[n++] = (uint8_t)strlen(text);
        memcpy(pdu + n, text, strlen(text));
        n += strlen(text);
    }
    return n;
}

/* Feeds one device list and judges it. */
static int judge(struct huawei_ident *id, const uint8_t *pdu, size_t len)
{
    memset(id, 0, sizeof *id);
    int rc = huawei_ident_feed(id, HUAWEI_ID_LIST, pdu, len, why, sizeof why);
    return rc == HUAWEI_IDENT_DONE ? huawei_ident_check(id, HUAWEI_ID_LIST, why, sizeof why) : rc;
}

static int judge_text(struct huawei_ident *id, const char *text)
{
    uint8_t pdu[300];

    return judge(id, pdu, build(pdu, 1, text));
}

static void test_capture(void **state)
{
    struct huawei_ident id;

    (void)state;
    assert_int_equal(strlen(CAPTURE), 0x44);
    assert_int_equal(judge_text(&id, CAPTURE), UPS_OK);
    assert_string_equal(id.model, "UPS2000A");
    assert_string_equal(id.firmware, "V100B112D00");
    assert_string_equal(id.protocol, "P1.0-D1.0");
    assert_string_equal(id.serial, "2102290710HGF9000013");
    assert_int_equal(id.number, 1);
    assert_int_equal(id.devices, 1);
}

static void test_fault_23_two_devices(void **state)
{
    struct huawei_ident id;
    uint8_t pdu[300];

    (void)state;
    assert_int_equal(judge(&id, pdu, build(pdu, 2, CAPTURE)), UPS_E_FOREIGN);
    assert_int_equal(judge(&id, pdu, build(pdu, 0, NULL)), UPS_E_FOREIGN);
    assert_int_equal(judge(&id, pdu, build(pdu, 1, NULL)), UPS_E_GARBLED);
}

static void test_fault_23_missing_label_4(void **state)
{
    struct huawei_ident id;

    (void)state;
    assert_int_equal(judge_text(&id, "1=UPS2000A;2=V1;3=P1.0-D1.0;5=1"), UPS_E_GARBLED);
    assert_non_null(strstr(why, "serial number"));
    assert_int_equal(judge_text(&id, "1=UPS2000A;2=V1;3=P1.0-D1.0;4=;5=1"), UPS_E_GARBLED);
    assert_int_equal(judge_text(&id, "2=V1;3=P1.0-D1.0;4=X"), UPS_E_GARBLED);
    assert_int_equal(judge_text(&id, "1=UPS2000A;3=P1.0-D1.0;4=X"), UPS_E_GARBLED);
    assert_int_equal(judge_text(&id, "1=UPS2000A;2=V1;4=X"), UPS_E_GARBLED);
    assert_int_equal(judge_text(&id, ""), UPS_E_GARBLED);
}

static void test_fault_23_optional_and_odd_labels(void **state)
{
    struct huawei_ident id;

    (void)state;
    assert_int_equal(judge_text(&id, "1=UPS2000G;2=V2R1C1SPC50;3=P1.0-D1.0;4=ABC"), UPS_OK);
    assert_int_equal(id.number, 0);
    assert_int_equal(judge_text(&id, "1=UPS2000G;7=;x;12=9;2=V=2;3=P;;4= A\x01"
                                     "B ;5=2;"),
                     UPS_OK);
    assert_string_equal(id.firmware, "V=2");
    assert_string_equal(id.serial, "AB");
    assert_int_equal(id.number, 2);
}

static void test_fault_23_models(void **state)
{
    struct huawei_ident id;

    (void)state;
    assert_int_equal(judge_text(&id, "1=UPS2000;2=V;3=P;4=S"), UPS_OK);
    assert_true(huawei_model_known(id.model));
    assert_int_equal(judge_text(&id, "1=UPS2000G;2=V;3=P;4=S"), UPS_OK);
    assert_true(huawei_model_known(id.model));
    assert_int_equal(judge_text(&id, "1=UPS2000H-NEW;2=V;3=P;4=S"), UPS_OK);
    assert_false(huawei_model_known(id.model));
    assert_int_equal(judge_text(&id, "1=UPS5000;2=V;3=P;4=S"), UPS_E_FOREIGN);
    assert_non_null(strstr(why, "UPS5000"));
    assert_int_equal(judge_text(&id, "1=SUN2000;2=V;3=P;4=S"), UPS_E_FOREIGN);
}

/* Every length byte that is wrong, and every cut, is found; nothing is read outside. */
static void test_fault_23_lengths(void **state)
{
    struct huawei_ident id;
    uint8_t pdu[300];
    size_t n = build(pdu, 1, CAPTURE);

    (void)state;
    for (size_t cut = 0; cut < n; cut++)
        assert_int_equal(judge(&id, pdu, cut), UPS_E_GARBLED);
    pdu[n] = 0;
    assert_int_equal(judge(&id, pdu, n + 1), UPS_E_GARBLED);
    for (unsigned len = 0; len < 256; len++) {
        n = build(pdu, 1, CAPTURE);
        pdu[14] = (uint8_t)len;
        assert_int_equal(judge(&id, pdu, n), len == 0x44 ? UPS_OK : UPS_E_GARBLED);
        n = build(pdu, 1, CAPTURE);
        pdu[8] = (uint8_t)len;
        if (len != 4)
            assert_int_equal(judge(&id, pdu, n), UPS_E_GARBLED);
    }
}

static void test_head(void **state)
{
    static const struct {
        uint8_t at, value;
        int rc;
    } cases[] = {
        {0, 0x2c, UPS_E_GARBLED}, {1, 0x0d, UPS_E_GARBLED}, {2, 0x01, UPS_E_GARBLED},
        {3, 0x83, UPS_OK},        {3, 0x02, UPS_E_GARBLED}, {3, 0x00, UPS_E_GARBLED},
        {4, 0x01, UPS_E_GARBLED}, {6, 0x01, UPS_E_GARBLED}, {6, 0x03, UPS_E_GARBLED},
    };
    struct huawei_ident id;
    uint8_t pdu[300];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t n = build(pdu, 1, CAPTURE);
        pdu[cases[i].at] = cases[i].value;
        assert_int_equal(judge(&id, pdu, n), cases[i].rc);
    }
}

static void test_fault_23_more_follows(void **state)
{
    struct huawei_ident id = {0};
    uint8_t pdu[300];
    size_t n = build(pdu, 1, NULL);

    (void)state;
    pdu[4] = 0xff;
    pdu[5] = 0x88;
    assert_int_equal(huawei_ident_feed(&id, HUAWEI_ID_LIST, pdu, n, why, sizeof why),
                     HUAWEI_IDENT_MORE);
    assert_int_equal(id.next, 0x88);
    memcpy(pdu, "\x2b\x0e\x03\x03\x00\x00\x01\x88\x16", 9);
    memcpy(pdu + 9, "1=UPS2000;2=V;3=P;4=SN", 22);
    assert_int_equal(huawei_ident_feed(&id, HUAWEI_ID_LIST, pdu, 31, why, sizeof why),
                     HUAWEI_IDENT_DONE);
    assert_int_equal(huawei_ident_check(&id, HUAWEI_ID_LIST, why, sizeof why), UPS_OK);
    assert_string_equal(id.serial, "SN");
    /* a device that would go in circles */
    pdu[4] = 0xff;
    pdu[5] = 0x88;
    assert_int_equal(huawei_ident_feed(&id, HUAWEI_ID_LIST, pdu, 31, why, sizeof why),
                     UPS_E_GARBLED);
}

static void test_basic(void **state)
{
    static const uint8_t pdu[] =
        "\x2b\x0e\x01\x01\x00\x00\x03\x00\x06HUAWEI\x01\x08UPS2000A\x02\x04"
        "V100";
    struct huawei_ident id = {0};

    (void)state;
    assert_int_equal(huawei_ident_feed(&id, HUAWEI_ID_BASIC, pdu, sizeof pdu - 1, why, sizeof why),
                     HUAWEI_IDENT_DONE);
    assert_int_equal(huawei_ident_check(&id, HUAWEI_ID_BASIC, why, sizeof why), UPS_OK);
    assert_string_equal(id.maker, "HUAWEI");
    assert_string_equal(id.model, "UPS2000A");
    assert_string_equal(id.firmware, "V100");
}

/* Texts longer than a variable are cut, not spilled. */
static void test_long_texts(void **state)
{
    struct huawei_ident id;
    char text[250] = "1=UPS2000";

    (void)state;
    memset(text + 9, 'x', 200);
    memcpy(text + 209, ";2=V;3=P;4=S", sizeof ";2=V;3=P;4=S");
    assert_int_equal(judge_text(&id, text), UPS_OK);
    assert_int_equal(strlen(id.model), UPS_TEXT_MAX - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_capture),
        cmocka_unit_test(test_fault_23_two_devices),
        cmocka_unit_test(test_fault_23_missing_label_4),
        cmocka_unit_test(test_fault_23_optional_and_odd_labels),
        cmocka_unit_test(test_fault_23_models),
        cmocka_unit_test(test_fault_23_lengths),
        cmocka_unit_test(test_head),
        cmocka_unit_test(test_fault_23_more_follows),
        cmocka_unit_test(test_basic),
        cmocka_unit_test(test_long_texts),
    };

    return cmocka_run_group_tests_name("huawei identification", tests, NULL, NULL);
}
