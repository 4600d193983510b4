/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The AgentX codec against bytes laid out by hand from RFC 2741 sections 5 and 6, in both byte
 * orders, and against malformed bytes. Every input lies in a heap block of its exact size, so that
 * the address sanitizer sees a read beyond it.
 */
#include "../../agent/agentx/codec.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static uint8_t digit(char c)
{
    return (uint8_t)(c <= '9' ? c - '0' : c - 'a' + 10);
}

/* "00 01 ff" -> bytes in a block of exactly *len bytes. The caller frees. */
static uint8_t *bytes(const char *hex, size_t *len)
{
    uint8_t *out = malloc(strlen(hex) / 2 + 1);
    assert_non_null(out);
    size_t n = 0;
    for (const char *p = hex; *p != '\0'; p++) {
        if (*p == ' ')
            continue;
        out[n++] = (uint8_t)(digit(p[0]) << 4 | digit(p[1]));
        p++;
    }
    uint8_t *exact = malloc(n > 0 ? n : 1);
    assert_non_null(exact);
    memcpy(exact, out, n);
    free(out);
    *len = n;
    return exact;
}

static void assert_bytes(const struct agentx_writer *w, const char *hex)
{
    size_t len;
    uint8_t *want = bytes(hex, &len);
    assert_false(w->failed);
    assert_int_equal(w->len, len);
    assert_memory_equal(w->data, want, len);
    free(want);
}

struct oid_row {
    bool big;
    bool include;
    uint32_t len;
    uint32_t id[12];
    const char *hex;
};

/* RFC 2741 section 5.1; the first is its own example, sysDescr.0. */
static const struct oid_row oid_rows[] = {
    {true,
     false,
     9,
     {1, 3, 6, 1, 2, 1, 1, 1, 0},
     "04 02 00 00 00000001 00000001 00000001 00000000"},
    {false,
     false,
     9,
     {1, 3, 6, 1, 2, 1, 1, 1, 0},
     "04 02 00 00 01000000 01000000 01000000 00000000"},
    {true, true, 7, {1, 3, 6, 1, 2, 1, 33}, "02 02 01 00 00000001 00000021"},
    {true, false, 0, {0}, "00 00 00 00"},
    {true, false, 4, {1, 2, 3, 4}, "04 00 00 00 00000001 00000002 00000003 00000004"},
    {true, false, 5, {1, 3, 6, 1, 4}, "00 04 00 00"},
    {true, false, 4, {1, 3, 6, 1}, "04 00 00 00 00000001 00000003 00000006 00000001"},
    {true, false, 6, {1, 3, 6, 1, 255, 7}, "01 ff 00 00 00000007"},
    /* 256 and 0 have no prefix: written in full. */
    {true, false, 5, {1, 3, 6, 1, 256}, "05 00 00 00 00000001 00000003 00000006 00000001 00000100"},
    {true, false, 5, {1, 3, 6, 1, 0}, "05 00 00 00 00000001 00000003 00000006 00000001 00000000"},
    {false, false, 6, {1, 3, 6, 1, 4, 4294967295u}, "01 04 00 00 ffffffff"},
};

static void test_oid(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(oid_rows); i++) {
        const struct oid_row *row = &oid_rows[i];
        struct agentx_writer w = {.max = 4096, .big = row->big};
        agentx_write_oid(&w, row->id, row->len, row->include);
        assert_bytes(&w, row->hex);
        agentx_writer_free(&w);

        size_t len;
        uint8_t *in = bytes(row->hex, &len);
        struct agentx_reader r = {in, in + len, row->big};
        struct agentx_oid oid;
        bool include;
        assert_true(agentx_read_oid(&r, &oid, &include));
        assert_int_equal(oid.len, row->len);
        assert_memory_equal(oid.id, row->id, row->len * sizeof oid.id[0]);
        assert_int_equal(include, row->include);
        assert_ptr_equal(r.p, r.end);
        free(in);
    }
}

struct value_row {
    bool big;
    struct agentx_value value;
    const char *hex; /* of the VarBind with the name 1.3.6.1.2.7 */
};

static const uint32_t value_oid[] = {1, 3, 6, 1, 2, 1, 33};

#define OCTETS(t, s)                                                                               \
    {                                                                                              \
        .type = (t), .u.octets = {(const uint8_t *)(s), sizeof(s) - 1 }                            \
    }

/* RFC 2741 section 5.4. */
static const struct value_row value_rows[] = {
    {true, {.type = AGENTX_INTEGER, .u.integer = -2}, "0002 0000 01020000 00000007 fffffffe"},
    {false, {.type = AGENTX_INTEGER, .u.integer = -2}, "0200 0000 01020000 07000000 feffffff"},
    {true, OCTETS(AGENTX_OCTET_STRING, "UPS"), "0004 0000 01020000 00000007 00000003 55505300"},
    {false, OCTETS(AGENTX_OCTET_STRING, "ABCD"), "0400 0000 01020000 07000000 04000000 41424344"},
    {true, OCTETS(AGENTX_OCTET_STRING, ""), "0004 0000 01020000 00000007 00000000"},
    {true, {.type = AGENTX_NULL}, "0005 0000 01020000 00000007"},
    {true,
     {.type = AGENTX_OBJECT_IDENTIFIER, .u.oid = {value_oid, 7}},
     "0006 0000 01020000 00000007 02020000 00000001 00000021"},
    {true, OCTETS(AGENTX_IP_ADDRESS, "\x7f\0\0\1"),
     "0040 0000 01020000 00000007 00000004 7f000001"},
    {true,
     {.type = AGENTX_COUNTER32, .u.unsigned32 = 4000000000u},
     "0041 0000 01020000 00000007 ee6b2800"},
    {false, {.type = AGENTX_GAUGE32, .u.unsigned32 = 258}, "4200 0000 01020000 07000000 02010000"},
    {true, {.type = AGENTX_TIMETICKS, .u.unsigned32 = 100}, "0043 0000 01020000 00000007 00000064"},
    {true, OCTETS(AGENTX_OPAQUE, "\x9f\x78"), "0044 0000 01020000 00000007 00000002 9f780000"},
    {true,
     {.type = AGENTX_COUNTER64, .u.unsigned64 = 0x0102030405060708u},
     "0046 0000 01020000 00000007 0102030405060708"},
    {false,
     {.type = AGENTX_COUNTER64, .u.unsigned64 = 0x0102030405060708u},
     "4600 0000 01020000 07000000 0807060504030201"},
    {true, {.type = AGENTX_NO_SUCH_OBJECT}, "0080 0000 01020000 00000007"},
    {true, {.type = AGENTX_NO_SUCH_INSTANCE}, "0081 0000 01020000 00000007"},
    {false, {.type = AGENTX_END_OF_MIB_VIEW}, "8200 0000 01020000 07000000"},
};

static void assert_value(const struct agentx_value *got, const struct agentx_value *want)
{
    assert_int_equal(got->type, want->type);
    switch (want->type) {
    case AGENTX_INTEGER: assert_int_equal(got->u.integer, want->u.integer); break;
    case AGENTX_COUNTER32:
    case AGENTX_GAUGE32:
    case AGENTX_TIMETICKS: assert_int_equal(got->u.unsigned32, want->u.unsigned32); break;
    case AGENTX_COUNTER64: assert_true(got->u.unsigned64 == want->u.unsigned64); break;
    case AGENTX_OCTET_STRING:
    case AGENTX_OPAQUE:
    case AGENTX_IP_ADDRESS:
        assert_int_equal(got->u.octets.len, want->u.octets.len);
        assert_memory_equal(got->u.octets.data, want->u.octets.data, want->u.octets.len);
        break;
    case AGENTX_OBJECT_IDENTIFIER:
        assert_int_equal(got->u.oid.len, want->u.oid.len);
        assert_memory_equal(got->u.oid.id, want->u.oid.id, 4 * want->u.oid.len);
        break;
    default: break;
    }
}

static void test_varbind(void **state)
{
    (void)state;
    static const uint32_t name[] = {1, 3, 6, 1, 2, 7};
    for (size_t i = 0; i < COUNT(value_rows); i++) {
        const struct value_row *row = &value_rows[i];
        struct agentx_writer w = {.max = 4096, .big = row->big};
        agentx_write_varbind(&w, name, COUNT(name), &row->value);
        assert_bytes(&w, row->hex);
        agentx_writer_free(&w);

        size_t len;
        uint8_t *in = bytes(row->hex, &len);
        struct agentx_reader r = {in, in + len, row->big};
        struct agentx_varbind_in vb;
        assert_true(agentx_read_varbind(&r, &vb));
        assert_int_equal(agentx_oid_compare(vb.name.id, vb.name.len, name, COUNT(name)), 0);
        assert_value(&vb.value, &row->value);
        assert_ptr_equal(r.p, r.end);
        free(in);
        /* Every shorter input is refused, wherever it is cut. */
        for (size_t cut = 0; cut < len; cut++) {
            uint8_t *part = malloc(cut > 0 ? cut : 1);
            uint8_t *full = bytes(row->hex, &len);
            assert_non_null(part);
            memcpy(part, full, cut);
            free(full);
            struct agentx_reader shorter = {part, part + cut, row->big};
            assert_false(agentx_read_varbind(&shorter, &vb));
            free(part);
        }
    }
}

static void test_range(void **state)
{
    (void)state;
    size_t len;
    uint8_t *in = bytes("02 02 01 00 00000001 00000021 02 02 00 00 00000001 00000022", &len);
    struct agentx_reader r = {in, in + len, true};
    struct agentx_range range;
    assert_true(agentx_read_range(&r, &range));
    assert_true(range.include);
    assert_int_equal(range.start.id[6], 33);
    assert_int_equal(range.end.id[6], 34);
    assert_ptr_equal(r.p, r.end);
    free(in);
}

enum what { A_VARBIND, AN_OID, OCTETS_ONLY };

/* Each must be refused without a look beyond its end. Network byte order. */
static const struct {
    enum what what;
    const char *hex;
} malformed[] = {
    {AN_OID, "ff 02 00 00"},            /* 255 + 5 sub-identifiers */
    {AN_OID, "81 00 00 00 00000001"},   /* 129 of them */
    {AN_OID, "7c 02 00 00 00000001"},   /* 124 + 5 = 129 */
    {AN_OID, "01 02 02 00 00000001"},   /* include is neither 0 nor 1 */
    {AN_OID, "02 02 00 00 00000001"},   /* one sub-identifier short */
    {AN_OID, "00 00 00"},               /* header short */
    {OCTETS_ONLY, "ffffffff 41424344"}, /* length near 2^32 */
    {OCTETS_ONLY, "fffffffd 41424344"}, /* the one whose rounding would wrap */
    {OCTETS_ONLY, "80000000 41424344"}, /* 2^31 */
    {OCTETS_ONLY, "00000005 41424344"}, /* one byte short */
    {OCTETS_ONLY, "00000003 414243"},   /* padding short */
    {A_VARBIND, "0003 0000 00000000"},  /* types that RFC 2741 does not know */
    {A_VARBIND, "0000 0000 00000000"},
    {A_VARBIND, "0045 0000 00000000 00000001"},
    {A_VARBIND, "0083 0000 00000000"},
    {A_VARBIND, "ffff 0000 00000000"},
    {A_VARBIND, "0200 0000 00000000 00000001"}, /* Integer in the other byte order */
    {A_VARBIND, "0040 0000 00000000 00000005 0102030405000000"}, /* IpAddress of 5 bytes */
    {A_VARBIND, "0040 0000 00000000 00000000"},                  /* and of none */
    {A_VARBIND, "0006 0000 00000000 ff000000"},                  /* OID value too long */
    {A_VARBIND, "0046 0000 00000000 00000001"},                  /* half a Counter64 */
};

static void test_malformed(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(malformed); i++) {
        size_t len;
        uint8_t *in = bytes(malformed[i].hex, &len);
        struct agentx_reader r = {in, in + len, true};
        struct agentx_varbind_in vb;
        struct agentx_oid oid;
        const uint8_t *data;
        uint32_t n;
        bool ok = true;
        switch (malformed[i].what) {
        case A_VARBIND: ok = agentx_read_varbind(&r, &vb); break;
        case AN_OID: ok = agentx_read_oid(&r, &oid, NULL); break;
        case OCTETS_ONLY: ok = agentx_read_octets(&r, &data, &n); break;
        }
        if (ok)
            fail_msg("accepted: %s", malformed[i].hex);
        free(in);
    }
}

static void test_longest_oid(void **state)
{
    (void)state;
    struct agentx_oid oid = {.len = AGENTX_OID_MAX}, back;
    for (uint32_t i = 0; i < AGENTX_OID_MAX; i++)
        oid.id[i] = i + 1;
    struct agentx_writer w = {.max = 4096, .big = true};
    agentx_write_oid(&w, oid.id, oid.len, false);
    struct agentx_reader r = {w.data, w.data + w.len, true};
    assert_true(agentx_read_oid(&r, &back, NULL));
    assert_int_equal(agentx_oid_compare(oid.id, oid.len, back.id, back.len), 0);
    agentx_write_oid(&w, oid.id, AGENTX_OID_MAX + 1, false);
    assert_true(w.failed);
    agentx_writer_free(&w);
}

static void test_header(void **state)
{
    (void)state;
    /* Get, network byte order, session 1, transaction 2, packet 3, 8 bytes. RFC 2741 section 6.1 */
    static const char *const both[] = {"01 05 10 00 00000001 00000002 00000003 00000008",
                                       "01 05 00 00 01000000 02000000 03000000 08000000"};
    for (size_t i = 0; i < COUNT(both); i++) {
        size_t len;
        uint8_t *in = bytes(both[i], &len);
        struct agentx_header h;
        assert_null(agentx_header_read(in, &h));
        assert_int_equal(h.type, AGENTX_PDU_GET);
        assert_int_equal(h.session, 1);
        assert_int_equal(h.transaction, 2);
        assert_int_equal(h.packet, 3);
        assert_int_equal(h.length, 8);
        free(in);
    }
    static const char *const bad[] = {
        "02 05 10 00 00000001 00000002 00000003 00000008", /* version 2 */
        "01 05 10 00 00000001 00000002 00000003 00000006", /* not a multiple of 4 */
        "01 05 10 00 00000001 00000002 00000003 00010004", /* beyond 64 KiB */
        "01 05 10 00 00000001 00000002 00000003 fffffffc",
        "01 05 00 00 01000000 02000000 03000000 00000008", /* length in the other order */
    };
    for (size_t i = 0; i < COUNT(bad); i++) {
        size_t len;
        uint8_t *in = bytes(bad[i], &len);
        struct agentx_header h;
        assert_non_null(agentx_header_read(in, &h));
        free(in);
    }
    /* Reserved byte and unknown flag bits do not hurt. */
    size_t len;
    uint8_t *in = bytes("01 0d f0 ff 00000001 00000002 00000003 00000000", &len);
    struct agentx_header h;
    assert_null(agentx_header_read(in, &h));
    free(in);
}

static void test_pdu(void **state)
{
    (void)state;
    static const uint32_t subtree[] = {1, 3, 6, 1, 2, 1, 33};
    /* A Register in context "ups1", RFC 2741 section 6.2.3. */
    struct agentx_header h = {.type = AGENTX_PDU_REGISTER,
                              .flags = AGENTX_FLAG_NETWORK_BYTE_ORDER,
                              .session = 7,
                              .transaction = 8,
                              .packet = 9};
    struct agentx_writer w = {.max = 4096};
    size_t at = agentx_pdu_begin(&w, &h, "ups1", 4);
    agentx_write_u8(&w, 0);
    agentx_write_u8(&w, 127);
    agentx_write_u8(&w, 0);
    agentx_write_u8(&w, 0);
    agentx_write_oid(&w, subtree, COUNT(subtree), false);
    agentx_pdu_end(&w, at);
    assert_bytes(&w, "01 03 18 00 00000007 00000008 00000009 00000018"
                     "00000004 75707331 007f0000 02020000 00000001 00000021");
    /* A Response in host order behind it: the writer follows the PDU's flag. */
    h.type = AGENTX_PDU_RESPONSE;
    h.flags = AGENTX_FLAG_NON_DEFAULT_CONTEXT;
    w.len = 0;
    at = agentx_pdu_begin(&w, &h, NULL, 0);
    agentx_write_response(&w, 0x01020304, AGENTX_ERR_UNSUPPORTED_CONTEXT, 1);
    agentx_pdu_end(&w, at);
    agentx_patch_u16(&w, at + AGENTX_HEADER_SIZE + 6, 2);
    assert_bytes(&w, "01 12 00 00 07000000 08000000 09000000 08000000 04030201 0601 0200");
    agentx_writer_free(&w);
}

static void test_bounds_of_writer(void **state)
{
    (void)state;
    struct agentx_writer w = {.max = 10};
    agentx_write_u32(&w, 1);
    agentx_write_u32(&w, 2);
    assert_false(w.failed);
    agentx_write_u32(&w, 3);
    assert_true(w.failed);
    assert_int_equal(w.len, 8);
    agentx_write_u16(&w, 4); /* would fit, but something is missing already */
    assert_int_equal(w.len, 8);
    agentx_writer_free(&w);

    struct agentx_writer big = {.max = 1u << 20};
    for (uint32_t i = 0; i < 10000; i++)
        agentx_write_u32(&big, i);
    assert_false(big.failed);
    assert_int_equal(big.len, 40000);
    assert_true(big.cap < 128 * 1024);
    agentx_writer_free(&big);

    struct agentx_writer bad = {.max = 4096};
    struct agentx_value v = {.type = 3};
    agentx_write_varbind(&bad, value_oid, COUNT(value_oid), &v);
    assert_true(bad.failed);
    agentx_writer_free(&bad);
}

static void test_oid_order(void **state)
{
    (void)state;
    static const uint32_t a[] = {1, 3, 6, 1}, b[] = {1, 3, 6, 1, 0}, c[] = {1, 3, 7};
    assert_int_equal(agentx_oid_compare(a, 4, a, 4), 0);
    assert_true(agentx_oid_compare(a, 4, b, 5) < 0);
    assert_true(agentx_oid_compare(c, 3, b, 5) > 0);
    assert_true(agentx_oid_compare(a, 0, a, 4) < 0);
    assert_true(agentx_oid_in(b, 5, a, 4));
    assert_true(agentx_oid_in(a, 4, a, 4));
    assert_false(agentx_oid_in(a, 4, b, 5));
    assert_false(agentx_oid_in(c, 3, a, 3));
    char text[12];
    assert_string_equal(agentx_oid_text(b, 5, text, sizeof text), "1.3.6.1.0");
    assert_string_equal(agentx_oid_text(b, 5, text, 5), "1.3.");
    assert_string_equal(agentx_oid_text(b, 0, text, sizeof text), "");
}

static void test_error_names(void **state)
{
    (void)state;
    assert_string_equal(agentx_error_name(0), "noError");
    assert_string_equal(agentx_error_name(263), "duplicateRegistration");
    assert_string_equal(agentx_error_name(17), "notWritable");
    assert_string_equal(agentx_error_name(9999), "unknown error");
    for (int e = AGENTX_ERR_OPEN_FAILED; e <= AGENTX_ERR_PROCESSING_ERROR; e++)
        assert_string_not_equal(agentx_error_name(e), "unknown error");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_oid),         cmocka_unit_test(test_varbind),
        cmocka_unit_test(test_range),       cmocka_unit_test(test_malformed),
        cmocka_unit_test(test_longest_oid), cmocka_unit_test(test_header),
        cmocka_unit_test(test_pdu),         cmocka_unit_test(test_bounds_of_writer),
        cmocka_unit_test(test_oid_order),   cmocka_unit_test(test_error_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
