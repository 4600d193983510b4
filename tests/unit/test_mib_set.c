/* SPDX-License-Identifier: BSD-2-Clause */
/* SETs of UPS-MIB as far as the object layer judges them: every writable object, every error. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../agent/mib/mib_row.h"
#include "../../agent/mib/mib_setters.h"
#include "mib_fixture.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* error-status, RFC 3416 section 3 */
enum {
    OK = 0,
    TYPE = 7,
    LENGTH = 8,
    VALUE = 10,
    NO_CREATION = 11,
    INCONSISTENT = 12,
    READ_ONLY = 17
};

/* Tags of the wire, RFC 3416 section 3 and X.690. */
enum {
    INTEGER = 0x02,
    OCTET_STRING = 0x04,
    OBJECT_IDENTIFIER = 0x06,
    COUNTER32 = 0x41,
    GAUGE32 = 0x42,
    TIMETICKS = 0x43,
};

#define C(id)       ((uint32_t)1 << UPS_CLASS_##id)
#define ALL_CLASSES (((uint32_t)1 << UPS_CLASS_COUNT) - 1)

#define TESTS                                                                                      \
    (UPS_COMMAND_BIT(TEST_BATTERY_START) | UPS_COMMAND_BIT(TEST_BATTERY_START_QUICK) |             \
     UPS_COMMAND_BIT(TEST_BATTERY_START_DEEP) | UPS_COMMAND_BIT(TEST_BATTERY_STOP))

static const struct ups_setting settings[] = {
    {UPS_VAR_BATTERY_RUNTIME_LOW, 0, 60000, 600000, 60000},
    {UPS_VAR_INPUT_VOLTAGE_NOMINAL, 0, 200000, 240000, 10000},
    {UPS_VAR_INPUT_FREQUENCY_NOMINAL, 0, 50000, 60000, 10000},
    {UPS_VAR_INPUT_TRANSFER_LOW, 0, 160300, 199300, 1000},
    {UPS_VAR_INPUT_TRANSFER_HIGH, 0, 264000, 1000000000, 1},
    {UPS_VAR_OUTPUT_VOLTAGE_NOMINAL, 0, 200000, 240000, 10000},
    {UPS_VAR_OUTPUT_FREQUENCY_NOMINAL, 0, 50000, 60000, 10000},
    {UPS_VAR_UPS_START_AUTO, 3, 0, 0, 0},
};

/* A unit and its configuration. */
struct unit {
    struct fixture f;
    struct conf_unit conf;
};

static void configure(struct unit *u, uint32_t allow)
{
    u->conf.name = "test";
    u->conf.timing.allow = allow;
    u->f.snap->conf = &u->conf;
}

static void give_settings(struct snapshot *s)
{
    s->caps.setting = settings;
    s->caps.setting_count = COUNT(settings);
}

/* One that can do everything and may. */
static void unit_full(struct unit *u)
{
    *u = (struct unit){.f = fixture_one_phase()};
    configure(u, ALL_CLASSES);
    u->f.snap->number = 3;
    u->f.snap->caps.commands = UINT32_MAX >> (32 - UPS_COMMAND_COUNT);
    give_settings(u->f.snap);
}

static void unit_free(struct unit *u)
{
    fixture_free(&u->f);
}

static int set(const struct unit *u, const char *text, const struct mib_value *value,
               struct control_item *item)
{
    uint32_t oid[MIB_OID_MAX];
    size_t len = fixture_oid(text, oid);

    memset(item, 0x5a, sizeof(*item)); /* what is not filled in is not taken for 0 */
    return mib_set(&mib_ups, &u->f.view, oid, len, value, item);
}

static int set_integer(const struct unit *u, const char *oid, int32_t n, struct control_item *item)
{
    const struct mib_value value = {.type = MIB_INTEGER, .v.integer = n};

    return set(u, oid, &value, item);
}

static int set_octets(const struct unit *u, const char *oid, const char *bytes, size_t len,
                      struct control_item *item)
{
    const struct mib_value value = {.type = MIB_OCTETS, .v.octets = bytes, .len = len};

    return set(u, oid, &value, item);
}

static int set_test(const struct unit *u, const char *test, struct control_item *item)
{
    uint32_t oid[MIB_OID_MAX];
    const struct mib_value value = {.type = MIB_OID, .len = fixture_oid(test, oid), .v.oid = oid};

    return set(u, "1.7.1.0", &value, item);
}

#define assert_error(got, wanted, what)                                                            \
    do {                                                                                           \
        int got_ = (got);                                                                          \
        if (got_ != (wanted))                                                                      \
            fail_msg("%s: error %d, expected %d", what, got_, wanted);                             \
    } while (0)

/* Every writable object of RFC 1628, a value that it takes, and who may. */
static const struct writable {
    const char *oid, *name;
    unsigned type;
    int32_t good; /* INTEGER */
    uint32_t classes;
    enum control_what what;
    int64_t value; /* in the item */
    int none;      /* error on a unit that can do nothing, its values known */
} writables[] = {
    {"1.1.5.0", "upsIdentName", OCTET_STRING, 0, C(SETTING), CONTROL_NAME, 0, OK},
    {"1.1.6.0", "upsIdentAttachedDevices", OCTET_STRING, 0, C(SETTING), CONTROL_ATTACHED, 0, OK},
    {"1.7.1.0", "upsTestId", OBJECT_IDENTIFIER, 0, C(TEST), CONTROL_TEST, SNAP_TEST_ID_QUICK,
     READ_ONLY},
    {"1.7.2.0", "upsTestSpinLock", INTEGER, 7, C(TEST), CONTROL_TEST_LOCK, 7, OK},
    {"1.8.1.0", "upsShutdownType", INTEGER, 1, C(SHUTDOWN) | C(LOAD), CONTROL_SHUTDOWN_TYPE, 1,
     NO_CREATION},
    {"1.8.2.0", "upsShutdownAfterDelay", INTEGER, 60, C(SHUTDOWN) | C(LOAD), CONTROL_SHUTDOWN_AFTER,
     60, NO_CREATION},
    {"1.8.3.0", "upsStartupAfterDelay", INTEGER, 60, C(SHUTDOWN) | C(LOAD), CONTROL_STARTUP_AFTER,
     60, NO_CREATION},
    {"1.8.4.0", "upsRebootWithDuration", INTEGER, 60, C(SHUTDOWN) | C(LOAD), CONTROL_REBOOT, 60,
     NO_CREATION},
    {"1.8.5.0", "upsAutoRestart", INTEGER, 1, C(SHUTDOWN) | C(SETTING), CONTROL_AUTO_RESTART,
     UPS_YES, READ_ONLY},
    {"1.9.1.0", "upsConfigInputVoltage", INTEGER, 230, C(SETTING), CONTROL_SETTING, 230000,
     READ_ONLY},
    {"1.9.2.0", "upsConfigInputFreq", INTEGER, 500, C(SETTING), CONTROL_SETTING, 50000, READ_ONLY},
    {"1.9.3.0", "upsConfigOutputVoltage", INTEGER, 220, C(SETTING), CONTROL_SETTING, 220000,
     READ_ONLY},
    {"1.9.4.0", "upsConfigOutputFreq", INTEGER, 600, C(SETTING), CONTROL_SETTING, 60000, READ_ONLY},
    {"1.9.7.0", "upsConfigLowBattTime", INTEGER, 5, C(SETTING), CONTROL_LOW_MINUTES, 5, OK},
    {"1.9.8.0", "upsConfigAudibleStatus", INTEGER, 2, C(BEEPER), CONTROL_AUDIBLE,
     UPS_BEEPER_ENABLED, READ_ONLY},
    {"1.9.9.0", "upsConfigLowVoltageTransferPoint", INTEGER, 180, C(SETTING), CONTROL_SETTING,
     180300, READ_ONLY},
    {"1.9.10.0", "upsConfigHighVoltageTransferPoint", INTEGER, 280, C(SETTING), CONTROL_SETTING,
     280000, READ_ONLY},
};

static int set_good(const struct unit *u, const struct writable *w, struct control_item *item)
{
    switch (w->type) {
    case OCTET_STRING: return set_octets(u, w->oid, "ups 1", 5, item);
    case OBJECT_IDENTIFIER: return set_test(u, "1.7.7.4", item);
    default: return set_integer(u, w->oid, w->good, item);
    }
}

static const struct object {
    const char *oid, *name;
    unsigned type;
    const char *access;
} rfc1628[] = {
#include "mib_rfc1628.inc"
};

/* The list above is complete, and nothing else can be written. */
static void test_which_objects(void **state)
{
    struct unit u;
    struct control_item item;
    size_t n = 0;

    (void)state;
    unit_full(&u);
    for (size_t i = 0; i < COUNT(rfc1628); i++) {
        char oid[32];

        if (strcmp(rfc1628[i].access, "read-write") == 0) {
            assert_string_equal(rfc1628[i].name, writables[n].name);
            assert_int_equal(rfc1628[i].type, writables[n].type);
            n++;
            continue;
        }
        for (int index = 0; index < 3; index++) {
            snprintf(oid, sizeof(oid), "%s.%d", rfc1628[i].oid, index);
            assert_error(set_integer(&u, oid, 1, &item), READ_ONLY, rfc1628[i].name);
            assert_string_equal(item.object, rfc1628[i].name);
        }
    }
    assert_int_equal(n, COUNT(writables));
    unit_free(&u);
}

static void test_items(void **state)
{
    struct unit u;

    (void)state;
    unit_full(&u);
    for (size_t i = 0; i < COUNT(writables); i++) {
        const struct writable *w = &writables[i];
        struct control_item item;

        assert_error(set_good(&u, w, &item), OK, w->name);
        assert_int_equal(item.unit, 2);
        assert_string_equal(item.object, w->name);
        assert_int_equal(item.what, w->what);
        assert_int_equal(item.value, w->value);
        assert_string_equal(item.text, w->type == OCTET_STRING ? "ups 1" : "");
    }
    unit_free(&u);
}

static void test_setting_items(void **state)
{
    static const struct {
        const char *oid;
        enum ups_var var;
        int32_t value;
    } cases[] = {
        {"1.9.1.0", UPS_VAR_INPUT_VOLTAGE_NOMINAL, 200},
        {"1.9.2.0", UPS_VAR_INPUT_FREQUENCY_NOMINAL, 600},
        {"1.9.3.0", UPS_VAR_OUTPUT_VOLTAGE_NOMINAL, 240},
        {"1.9.4.0", UPS_VAR_OUTPUT_FREQUENCY_NOMINAL, 500},
        {"1.9.9.0", UPS_VAR_INPUT_TRANSFER_LOW, 161},
        {"1.9.10.0", UPS_VAR_INPUT_TRANSFER_HIGH, 1000000},
    };
    struct unit u;
    struct control_item item;

    (void)state;
    unit_full(&u);
    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_error(set_integer(&u, cases[i].oid, cases[i].value, &item), OK, cases[i].oid);
        assert_int_equal(item.what, CONTROL_SETTING);
        assert_int_equal(item.var, cases[i].var);
    }
    unit_free(&u);
}

/* Every type but the object's own, SNMP's exceptions and NULL among them. */
static void test_wrong_type(void **state)
{
    static const unsigned types[] = {INTEGER, OCTET_STRING,
                                     0x05,    OBJECT_IDENTIFIER,
                                     0x40,    COUNTER32,
                                     GAUGE32, TIMETICKS,
                                     0x44,    0x46,
                                     0x80,    0x81,
                                     0x82,    0};
    struct unit u;

    (void)state;
    unit_full(&u);
    for (size_t i = 0; i < COUNT(writables); i++) {
        for (size_t k = 0; k < COUNT(types); k++) {
            struct mib_value value = {.type = (enum mib_type)types[k]};
            struct control_item item;

            if (types[k] == writables[i].type)
                continue;
            assert_error(set(&u, writables[i].oid, &value, &item), TYPE, writables[i].name);
        }
    }
    unit_free(&u);
}

/* Each class alone: it opens its own objects and no others. */
static void test_policy(void **state)
{
    struct unit u;
    struct control_item item;

    (void)state;
    unit_full(&u);
    for (size_t i = 0; i < COUNT(writables); i++) {
        const struct writable *w = &writables[i];

        for (unsigned c = 0; c < UPS_CLASS_COUNT; c++) {
            configure(&u, (uint32_t)1 << c);
            assert_error(set_good(&u, w, &item), w->classes >> c & 1 ? OK : READ_ONLY, w->name);
            configure(&u, ALL_CLASSES & ~((uint32_t)1 << c));
            assert_error(set_good(&u, w, &item), w->classes == (uint32_t)1 << c ? READ_ONLY : OK,
                         w->name);
        }
        configure(&u, 0);
        assert_error(set_good(&u, w, &item), READ_ONLY, w->name);
        u.f.snap->conf = NULL;
        assert_error(set_good(&u, w, &item), READ_ONLY, w->name);
    }
    unit_free(&u);
}

static void test_integers(void **state)
{
    static const struct {
        const char *oid;
        int32_t n;
        int error;
    } cases[] = {
        {"1.7.2.0", 0, OK},
        {"1.7.2.0", INT32_MAX, OK},
        {"1.7.2.0", -1, VALUE},
        {"1.7.2.0", INT32_MIN, VALUE},
        {"1.8.1.0", 0, VALUE},
        {"1.8.1.0", 2, OK},
        {"1.8.1.0", 3, VALUE},
        {"1.8.1.0", -1, VALUE},
        {"1.8.2.0", -2, VALUE},
        {"1.8.2.0", -1, OK},
        {"1.8.2.0", 0, OK},
        {"1.8.2.0", INT32_MAX, OK},
        {"1.8.2.0", INT32_MIN, VALUE},
        {"1.8.3.0", -2, VALUE},
        {"1.8.3.0", -1, OK},
        {"1.8.3.0", 0, OK},
        {"1.8.3.0", INT32_MAX, OK},
        {"1.8.4.0", -2, VALUE},
        {"1.8.4.0", -1, OK},
        {"1.8.4.0", 0, OK},
        {"1.8.4.0", 300, OK},
        {"1.8.4.0", 301, VALUE},
        {"1.8.5.0", 0, VALUE},
        {"1.8.5.0", 2, OK},
        {"1.8.5.0", 3, VALUE},
        {"1.9.1.0", -1, VALUE},
        {"1.9.1.0", 0, INCONSISTENT},
        {"1.9.1.0", 199, INCONSISTENT},
        {"1.9.1.0", 200, OK},
        {"1.9.1.0", 225, INCONSISTENT},
        {"1.9.1.0", 240, OK},
        {"1.9.1.0", 241, INCONSISTENT},
        {"1.9.1.0", INT32_MAX, INCONSISTENT},
        {"1.9.1.0", INT32_MIN, VALUE},
        {"1.9.2.0", 501, INCONSISTENT},
        {"1.9.2.0", 50, INCONSISTENT},
        {"1.9.2.0", -500, VALUE},
        {"1.9.3.0", 110, INCONSISTENT},
        {"1.9.3.0", -1, VALUE},
        {"1.9.4.0", 600, OK},
        {"1.9.4.0", 601, INCONSISTENT},
        {"1.9.4.0", -1, VALUE},
        {"1.9.7.0", -1, VALUE},
        {"1.9.7.0", 0, OK},
        {"1.9.7.0", INT32_MAX, OK}, /* never too much: the core rounds */
        {"1.9.8.0", 0, VALUE},
        {"1.9.8.0", 1, OK},
        {"1.9.8.0", 3, OK},
        {"1.9.8.0", 4, VALUE},
        {"1.9.8.0", -1, VALUE},
        {"1.9.9.0", 159, INCONSISTENT},
        {"1.9.9.0", 199, OK},
        {"1.9.9.0", 200, INCONSISTENT},
        {"1.9.9.0", -180, VALUE},
        {"1.9.10.0", 263, INCONSISTENT},
        {"1.9.10.0", 264, OK},
        {"1.9.10.0", INT32_MAX, INCONSISTENT},
        {"1.9.10.0", -264, VALUE},
    };
    struct unit u;
    struct control_item item;

    (void)state;
    unit_full(&u);
    for (size_t i = 0; i < COUNT(cases); i++) {
        int error = set_integer(&u, cases[i].oid, cases[i].n, &item);

        if (error != cases[i].error)
            fail_msg("%s = %d: error %d, expected %d", cases[i].oid, (int)cases[i].n, error,
                     cases[i].error);
    }
    unit_free(&u);
}

/* The RFC's numbers become the words of the variables. */
static void test_words(void **state)
{
    static const struct {
        const char *oid;
        int32_t n;
        int64_t word;
    } cases[] = {
        {"1.8.5.0", 1, UPS_YES},
        {"1.8.5.0", 2, UPS_NO},
        {"1.9.8.0", 1, UPS_BEEPER_DISABLED},
        {"1.9.8.0", 2, UPS_BEEPER_ENABLED},
        {"1.9.8.0", 3, UPS_BEEPER_MUTED},
    };
    struct unit u;
    struct control_item item;

    (void)state;
    unit_full(&u);
    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_error(set_integer(&u, cases[i].oid, cases[i].n, &item), OK, cases[i].oid);
        assert_int_equal(item.value, cases[i].word);
    }
    /* one that can be switched on and off, no more, takes muted(3) too */
    u.f.snap->caps.commands = UPS_COMMAND_BIT(BEEPER_DISABLE);
    assert_error(set_integer(&u, "1.9.8.0", 3, &item), OK, "muted");
    assert_int_equal(item.value, UPS_BEEPER_MUTED);
    unit_free(&u);
}

static void test_texts(void **state)
{
    static const char *const oids[] = {"1.1.5.0", "1.1.6.0"};
    char text[200];
    struct unit u;
    struct control_item item;

    (void)state;
    unit_full(&u);
    memset(text, 'x', sizeof(text));
    for (size_t i = 0; i < COUNT(oids); i++) {
        for (size_t len = 0; len < sizeof(text); len++)
            assert_error(set_octets(&u, oids[i], text, len, &item), len <= 63 ? OK : LENGTH,
                         "length");
        assert_error(set_octets(&u, oids[i], text, 63, &item), OK, "63");
        assert_memory_equal(item.text, text, 63);
        assert_int_equal(item.text[63], '\0');
        assert_error(set_octets(&u, oids[i], NULL, 0, &item), OK, "nothing");
        assert_string_equal(item.text, "");
        for (int c = 0; c < 256; c++) {
            const char bytes[] = {'a', (char)c, 'b'};

            assert_error(set_octets(&u, oids[i], bytes, 3, &item),
                         c >= 0x20 && c <= 0x7e ? OK : VALUE, "byte");
        }
    }
    unit_free(&u);
}

static void test_tests(void **state)
{
    static const struct {
        const char *oid;
        int64_t id;
        uint32_t command;
    } tests[] = {
        {"1.7.7.2", 2, UPS_COMMAND_BIT(TEST_BATTERY_STOP)},
        {"1.7.7.3", 3, UPS_COMMAND_BIT(TEST_BATTERY_START)},
        {"1.7.7.4", 4, UPS_COMMAND_BIT(TEST_BATTERY_START_QUICK)},
        {"1.7.7.5", 5, UPS_COMMAND_BIT(TEST_BATTERY_START_DEEP)},
    };
    static const char *const unknown[] = {
        "1.7.7.1", "1.7.7.0", "1.7.7.6",      "1.7.7.4.0", "1.7.7",
        ".0.0",    ".0",      ".1.3.6.1.4.1", "1.7.1.0",   ".1.3.6.1.4.1.8072.9999.9999.1628.1.8.6",
    };
    struct unit u;
    struct control_item item;

    (void)state;
    unit_full(&u);
    for (size_t i = 0; i < COUNT(unknown); i++)
        assert_error(set_test(&u, unknown[i], &item), VALUE, unknown[i]);
    assert_error(set_test(&u, ".", &item), VALUE, "an OID of nothing");
    for (size_t i = 0; i < COUNT(tests); i++) {
        u.f.snap->caps.commands = TESTS;
        assert_error(set_test(&u, tests[i].oid, &item), OK, tests[i].oid);
        assert_int_equal(item.value, tests[i].id);
        u.f.snap->caps.commands = TESTS & ~tests[i].command;
        assert_error(set_test(&u, tests[i].oid, &item), VALUE, tests[i].oid);
        u.f.snap->caps.commands = tests[i].command;
        assert_error(set_test(&u, tests[i].oid, &item), OK, tests[i].oid);
        u.f.snap->caps.commands = ~TESTS;
        assert_error(set_test(&u, tests[i].oid, &item), READ_ONLY, tests[i].oid);
    }
    unit_free(&u);
}

/* Units that can do nothing, though it can be read. */
static void test_incapable(void **state)
{
    struct unit u;
    struct control_item item;

    (void)state;
    unit_full(&u);
    u.f.snap->caps = (struct ups_caps){0};
    for (size_t i = 0; i < COUNT(writables); i++)
        assert_error(set_good(&u, &writables[i], &item), writables[i].none, writables[i].name);
    unit_free(&u);
}

/* Which commands make which object writable. */
static void test_commands(void **state)
{
    static const struct {
        uint32_t command;
        int error[5]; /* upsShutdownType to upsRebootWithDuration, upsConfigAudibleStatus */
    } cases[] = {
        {UPS_COMMAND_BIT(LOAD_OFF), {OK, OK, NO_CREATION, NO_CREATION, READ_ONLY}},
        {UPS_COMMAND_BIT(LOAD_ON), {NO_CREATION, NO_CREATION, OK, NO_CREATION, READ_ONLY}},
        {UPS_COMMAND_BIT(SHUTDOWN_RETURN), {OK, OK, OK, NO_CREATION, READ_ONLY}},
        {UPS_COMMAND_BIT(SHUTDOWN_STAYOFF), {OK, OK, NO_CREATION, NO_CREATION, READ_ONLY}},
        {UPS_COMMAND_BIT(SHUTDOWN_REBOOT), {OK, NO_CREATION, NO_CREATION, OK, READ_ONLY}},
        {UPS_COMMAND_BIT(SHUTDOWN_STOP),
         {NO_CREATION, NO_CREATION, NO_CREATION, NO_CREATION, READ_ONLY}},
        {UPS_COMMAND_BIT(BEEPER_ENABLE), {NO_CREATION, NO_CREATION, NO_CREATION, NO_CREATION, OK}},
        {UPS_COMMAND_BIT(BEEPER_DISABLE), {NO_CREATION, NO_CREATION, NO_CREATION, NO_CREATION, OK}},
        {UPS_COMMAND_BIT(BEEPER_MUTE), {NO_CREATION, NO_CREATION, NO_CREATION, NO_CREATION, OK}},
    };
    static const char *const oids[] = {"1.8.1.0", "1.8.2.0", "1.8.3.0", "1.8.4.0", "1.9.8.0"};
    struct unit u;
    struct control_item item;

    (void)state;
    unit_full(&u);
    for (size_t i = 0; i < COUNT(cases); i++) {
        u.f.snap->caps.commands = cases[i].command;
        for (size_t k = 0; k < COUNT(oids); k++)
            assert_error(set_integer(&u, oids[k], 1, &item), cases[i].error[k], oids[k]);
    }
    unit_free(&u);
}

/* Each setting opens its own object. */
static void test_one_setting(void **state)
{
    struct unit u;
    struct control_item item;

    (void)state;
    unit_full(&u);
    for (size_t i = 0; i < COUNT(settings); i++) {
        unsigned open = 0;

        u.f.snap->caps.commands = 0;
        u.f.snap->caps.setting = &settings[i];
        u.f.snap->caps.setting_count = 1;
        for (size_t k = 0; k < COUNT(writables); k++)
            open += writables[k].none == READ_ONLY && set_good(&u, &writables[k], &item) == OK;
        assert_int_equal(open, settings[i].var == UPS_VAR_BATTERY_RUNTIME_LOW ? 0 : 1);
    }
    unit_free(&u);
}

/* A silent unit: what could be written can be asked for still, the core knows that it is silent. */
static void test_stale(void **state)
{
    struct unit u;
    struct control_item item;

    (void)state;
    unit_full(&u);
    ups_withdraw(&u.f.snap->reading);
    u.f.snap->fresh = false;
    for (size_t i = 0; i < COUNT(writables); i++)
        assert_error(set_good(&u, &writables[i], &item), OK, writables[i].name);
    unit_free(&u);
}

/* One that never answered: what it can do is unknown, so only the agent's own are there. */
static void test_never_connected(void **state)
{
    struct unit u = {.f = fixture_silent()};
    struct control_item item;

    (void)state;
    configure(&u, ALL_CLASSES);
    for (size_t i = 0; i < COUNT(writables); i++) {
        const struct writable *w = &writables[i];
        bool always =
            w->what == CONTROL_NAME || w->what == CONTROL_ATTACHED || w->what == CONTROL_TEST_LOCK;
        bool test = w->what == CONTROL_TEST;

        assert_error(set_good(&u, w, &item), always ? OK : test ? READ_ONLY : NO_CREATION, w->name);
    }
    /* it has settings, though nothing of them was read yet */
    give_settings(u.f.snap);
    assert_error(set_integer(&u, "1.8.5.0", 1, &item), OK, "upsAutoRestart");
    assert_error(set_integer(&u, "1.9.1.0", 230, &item), OK, "upsConfigInputVoltage");
    assert_error(set_integer(&u, "1.9.7.0", 5, &item), OK, "upsConfigLowBattTime");
    unit_free(&u);
}

static void test_three_phase(void **state)
{
    struct unit u = {.f = fixture_three_phase()};
    struct control_item item;

    (void)state;
    configure(&u, ALL_CLASSES);
    assert_error(set_integer(&u, "1.8.2.0", 0, &item), NO_CREATION, "no controls");
    assert_error(set_integer(&u, "1.9.1.0", 230, &item), NO_CREATION, "no nominal voltage");
    assert_error(set_integer(&u, "1.9.7.0", 5, &item), NO_CREATION, "no low battery time");
    assert_error(set_test(&u, "1.7.7.4", &item), READ_ONLY, "no tests");
    assert_error(set_octets(&u, "1.1.5.0", "x", 1, &item), OK, "upsIdentName");
    assert_int_equal(item.unit, 0);
    assert_error(set_integer(&u, "1.3.3.1.3.2", 230, &item), READ_ONLY, "upsInputVoltage.2");
    u.f.snap->caps.commands = UINT32_MAX >> (32 - UPS_COMMAND_COUNT);
    give_settings(u.f.snap);
    for (size_t i = 0; i < COUNT(writables); i++)
        assert_error(set_good(&u, &writables[i], &item), OK, writables[i].name);
    unit_free(&u);
}

/* The agent keeps the threshold of units that can't. */
static void test_low_minutes(void **state)
{
    struct unit u = {.f = fixture_three_phase()};
    struct control_item item;

    (void)state;
    configure(&u, ALL_CLASSES);
    assert_mib_absent(&u.f, "1.9.7.0");
    u.f.snap->low_minutes = 0;
    assert_mib_integer(&u.f, "1.9.7.0", 0);
    assert_error(set_integer(&u, "1.9.7.0", 5, &item), OK, "kept by the agent");
    assert_int_equal(item.what, CONTROL_LOW_MINUTES);
    assert_error(set_integer(&u, "1.9.7.0", -1, &item), VALUE, "negative");
    u.f.snap->low_minutes = 12;
    fixture_set(&u.f, UPS_VAR_BATTERY_RUNTIME_LOW, 0, 300000);
    assert_mib_integer(&u.f, "1.9.7.0", 12);
    u.f.snap->low_minutes = -1;
    assert_mib_integer(&u.f, "1.9.7.0", 5);
    unit_free(&u);
}

/* Names that are not there, and which check comes before which. */
static void test_order(void **state)
{
    static const char *const nowhere[] = {"1.1.5", "1.1.5.1", "1.1.5.0.0", "1.8.2.1", "1.9.1"};
    static const char *const no_object[] = {"1.1", "1.9.99.0", "1.8.6.0", "", ".1.3.6", "1.6.3.1"};
    const struct mib_value gauge = {.type = MIB_GAUGE32, .v.number = 4000000000};
    const char text[64] = {0};
    struct unit u;
    struct control_item item;

    (void)state;
    unit_full(&u);
    for (size_t i = 0; i < COUNT(nowhere); i++)
        assert_error(set(&u, nowhere[i], &gauge, &item), NO_CREATION, nowhere[i]);
    for (size_t i = 0; i < COUNT(no_object); i++) {
        assert_error(set(&u, no_object[i], &gauge, &item), READ_ONLY, no_object[i]);
        assert_null(item.object);
    }
    assert_error(set(&u, "1.8.4.0", &gauge, &item), TYPE, "type before value");
    assert_error(set_octets(&u, "1.1.5.0", text, 64, &item), LENGTH, "length before value");
    configure(&u, 0);
    assert_error(set(&u, "1.8.4.0", &gauge, &item), READ_ONLY, "policy before type");
    assert_string_equal(item.object, "upsRebootWithDuration");
    assert_int_equal(item.unit, 2);
    assert_error(set(&u, "1.8.4.1", &gauge, &item), NO_CREATION, "existence before policy");
    unit_free(&u);
}

static void test_nut_digits(void **state)
{
    static const struct {
        const char *oid, *text;
        int error;
        int64_t value;
    } cases[] = {
        {"1.8.2.0", "60", OK, 60},
        {"1.8.2.0", "0", OK, 0},
        {"1.8.2.0", "-1", OK, -1},
        {"1.8.2.0", "-2", VALUE, 0},
        {"1.8.2.0", "0000000120", OK, 120},
        {"1.8.2.0", "2147483647", OK, INT32_MAX},
        {"1.8.2.0", "2147483648", VALUE, 0},
        {"1.8.2.0", "9999999999", VALUE, 0},
        {"1.8.2.0", "-9999999999", VALUE, 0},
        {"1.8.2.0", "12345678901", LENGTH, 0},
        {"1.8.2.0", "-12345678901", LENGTH, 0},
        {"1.8.2.0", "", LENGTH, 0},
        {"1.8.2.0", "-", VALUE, 0},
        {"1.8.2.0", "--1", VALUE, 0},
        {"1.8.2.0", "+1", VALUE, 0},
        {"1.8.2.0", " 1", VALUE, 0},
        {"1.8.2.0", "1.5", VALUE, 0},
        {"1.8.2.0", "60s", VALUE, 0},
        {"1.8.3.0", "30", OK, 30},
        {"1.8.4.0", "300", OK, 300},
        {"1.8.4.0", "301", VALUE, 0},
        {"1.8.1.0", "1", TYPE, 0},
        {"1.8.5.0", "1", TYPE, 0},
        {"1.9.8.0", "1", TYPE, 0},
        {"1.7.1.0", "0", TYPE, 0},
        {"1.7.2.0", "7", TYPE, 0},
    };
    struct unit u;
    struct control_item item;

    (void)state;
    unit_full(&u);
    for (size_t i = 0; i < COUNT(cases); i++) {
        const char *text = cases[i].text;
        char *bytes = malloc(strlen(text) + 1); /* the sanitizers see what reads on */
        size_t len = strlen(text);

        assert_non_null(bytes);
        memcpy(bytes, text, len);
        u.conf.timing.nut_compat = true;
        assert_error(set_octets(&u, cases[i].oid, bytes, len, &item), cases[i].error, text);
        if (cases[i].error == OK)
            assert_int_equal(item.value, cases[i].value);
        u.conf.timing.nut_compat = false;
        assert_error(set_octets(&u, cases[i].oid, bytes, len, &item), TYPE, text);
        free(bytes);
    }
    unit_free(&u);
}

static void test_nut_tests(void **state)
{
    const struct mib_value gauge = {.type = MIB_GAUGE32};
    struct unit u;
    struct control_item item;

    (void)state;
    unit_full(&u);
    assert_error(set_integer(&u, "1.7.1.0", 0, &item), TYPE, "strict");
    u.conf.timing.nut_compat = true;
    assert_error(set_integer(&u, "1.7.1.0", 0, &item), OK, "compatible");
    assert_int_equal(item.what, CONTROL_TEST_UNLOCKED);
    assert_error(set_integer(&u, "1.7.1.0", 1, &item), VALUE, "1");
    assert_error(set(&u, "1.7.1.0", &gauge, &item), TYPE, "Gauge32");
    assert_error(set(&u, "1.8.2.0", &gauge, &item), TYPE, "Gauge32");
    assert_error(set_test(&u, "1.7.7.4", &item), OK, "the right way");
    assert_int_equal(item.what, CONTROL_TEST);
    u.f.snap->caps.commands = UPS_COMMAND_BIT(TEST_BATTERY_START_DEEP);
    assert_error(set_integer(&u, "1.7.1.0", 0, &item), VALUE, "no quick test");
    configure(&u, ALL_CLASSES & ~C(TEST));
    assert_error(set_integer(&u, "1.7.1.0", 0, &item), READ_ONLY, "not allowed");
    unit_free(&u);
}

/* -- setters that UPS-MIB has no use for -- */

static bool any(const struct mib_row *row, const struct mib_view *view, uint32_t pos,
                struct mib_value *value)
{
    (void)row;
    (void)view;
    (void)pos;
    value->v.integer = 1;
    return true;
}

static const struct mib_order orders[] = {
    {1, UPS_COMMAND_BYPASS_START, {0, 0, false}},
    {2, UPS_COMMAND_SHUTDOWN_RETURN, {30, -1, false}},
    {0, UPS_COMMAND_COUNT, {0, 0, false}},
};
static const int32_t yes_no[] = {[UPS_NO] = 2, [UPS_YES] = 1};

static const struct mib_row other_rows[] = {
    {.oid = {1},
     .len = 1,
     .name = "order",
     .type = MIB_INTEGER,
     .access = MIB_READ_WRITE,
     .get = any,
     .set = mib_set_order,
     .classes = C(BYPASS),
     .orders = orders},
    {.oid = {2},
     .len = 1,
     .name = "word",
     .type = MIB_INTEGER,
     .access = MIB_READ_WRITE,
     .get = any,
     .set = mib_set_setting,
     .classes = C(SETTING),
     .var = UPS_VAR_UPS_START_AUTO,
     .words = yes_no,
     .most = 2,
     .setting = true},
    {.oid = {3},
     .len = 1,
     .name = "unset",
     .type = MIB_INTEGER,
     .access = MIB_READ_WRITE,
     .get = any},
    {.oid = {4},
     .len = 1,
     .name = "text",
     .type = MIB_OCTETS,
     .access = MIB_READ_WRITE,
     .get = any,
     .set = mib_set_text,
     .classes = C(SETTING),
     .most = 255},
};
static const uint32_t other_root[] = {1, 3, 9};
static const struct mib other = {other_root, 3, other_rows, COUNT(other_rows)};

static int set_other(const struct unit *u, uint32_t arc, int32_t n, struct control_item *item)
{
    const uint32_t oid[] = {1, 3, 9, arc, 0};
    const struct mib_value value = {.type = MIB_INTEGER, .v.integer = n};

    return mib_set(&other, &u->f.view, oid, COUNT(oid), &value, item);
}

static void test_orders(void **state)
{
    struct unit u;
    struct control_item item;

    (void)state;
    unit_full(&u);
    assert_error(set_other(&u, 1, 1, &item), OK, "1");
    assert_int_equal(item.what, CONTROL_COMMAND);
    assert_int_equal(item.command, UPS_COMMAND_BYPASS_START);
    assert_error(set_other(&u, 1, 2, &item), OK, "2");
    assert_int_equal(item.command, UPS_COMMAND_SHUTDOWN_RETURN);
    assert_int_equal(item.args.value, 30);
    assert_int_equal(item.args.second, -1);
    assert_error(set_other(&u, 1, 0, &item), VALUE, "0 ends the list");
    assert_error(set_other(&u, 1, 3, &item), VALUE, "3");
    u.f.snap->caps.commands = UPS_COMMAND_BIT(BYPASS_START);
    assert_error(set_other(&u, 1, 1, &item), OK, "it can");
    assert_error(set_other(&u, 1, 2, &item), VALUE, "it can't");
    assert_error(set_other(&u, 3, 1, &item), READ_ONLY, "no setter");
    unit_free(&u);
}

/* A row can't promise more than an item holds. */
static void test_long_text(void **state)
{
    static const uint32_t oid[] = {1, 3, 9, 4, 0};
    char text[64];
    struct mib_value value = {.type = MIB_OCTETS, .v.octets = text, .len = 64};
    struct unit u;
    struct control_item item;

    (void)state;
    unit_full(&u);
    memset(text, 'x', sizeof(text));
    assert_error(mib_set(&other, &u.f.view, oid, COUNT(oid), &value, &item), LENGTH, "64");
    value.len = 63;
    assert_error(mib_set(&other, &u.f.view, oid, COUNT(oid), &value, &item), OK, "63");
    unit_free(&u);
}

static void test_setting_words(void **state)
{
    struct ups_setting own[COUNT(settings)];
    struct unit u;
    struct control_item item;

    (void)state;
    unit_full(&u);
    assert_error(set_other(&u, 2, 1, &item), OK, "yes");
    assert_int_equal(item.what, CONTROL_SETTING);
    assert_int_equal(item.var, UPS_VAR_UPS_START_AUTO);
    assert_int_equal(item.value, UPS_YES);
    assert_error(set_other(&u, 2, 3, &item), VALUE, "no word");
    memcpy(own, settings, sizeof(own));
    own[COUNT(own) - 1].choices = 1 << UPS_NO;
    u.f.snap->caps.setting = own;
    assert_error(set_other(&u, 2, 1, &item), INCONSISTENT, "a word that the UPS does not take");
    u.f.snap->caps.setting_count = COUNT(own) - 1;
    assert_error(set_other(&u, 2, 2, &item), READ_ONLY, "no setting");
    assert_int_equal(mib_ask_setting(u.f.snap, UPS_VAR_UPS_START_AUTO, 0, &item), READ_ONLY);
    unit_free(&u);
}

/* -- what is read back -- */

static void set_timers(struct unit *u, enum snap_countdown countdown, int64_t off, int64_t on)
{
    u->f.snap->timers = (struct snap_timers){countdown, off, on};
}

static void assert_timers(const struct unit *u, int32_t shutdown, int32_t startup, int32_t reboot)
{
    assert_mib_integer(&u->f, "1.8.2.0", shutdown);
    assert_mib_integer(&u->f, "1.8.3.0", startup);
    assert_mib_integer(&u->f, "1.8.4.0", reboot);
}

static void test_countdowns(void **state)
{
    const int64_t now = FIXTURE_NOW;
    struct unit u;

    (void)state;
    unit_full(&u);
    ups_unset(&u.f.snap->reading, UPS_VAR_UPS_TIMER_REBOOT, 0);
    assert_timers(&u, -1, -1, -1);
    set_timers(&u, SNAP_COUNT_SHUTDOWN, now + 60000, -1);
    assert_timers(&u, 60, -1, -1);
    set_timers(&u, SNAP_COUNT_SHUTDOWN, now + 59001, now + 120001);
    assert_timers(&u, 60, 121, -1);
    set_timers(&u, SNAP_COUNT_SHUTDOWN, now + 1, now + 1000);
    assert_timers(&u, 1, 1, -1);
    set_timers(&u, SNAP_COUNT_SHUTDOWN, now, now + 60000); /* the output is off */
    assert_timers(&u, -1, 60, -1);
    set_timers(&u, SNAP_COUNT_SHUTDOWN, now - 60000, now - 1); /* waits for mains */
    assert_timers(&u, -1, 0, -1);
    set_timers(&u, SNAP_COUNT_STARTUP, -1, now + 5000);
    assert_timers(&u, -1, 5, -1);
    set_timers(&u, SNAP_COUNT_REBOOT, now - 1000, now + 9000);
    assert_timers(&u, -1, -1, 9);
    set_timers(&u, SNAP_COUNT_REBOOT, now - 1000, now - 1);
    assert_timers(&u, -1, -1, 0);
    /* the device knows better */
    set_timers(&u, SNAP_COUNT_SHUTDOWN, now + 60000, now + 90000);
    fixture_set(&u.f, UPS_VAR_UPS_TIMER_SHUTDOWN, 0, 58000);
    fixture_set(&u.f, UPS_VAR_UPS_TIMER_START, 0, -1000);
    assert_timers(&u, 58, 90, -1);
    /* without a reading the agent's countdown is known, and nothing else */
    u.f.snap->fresh = false;
    ups_unset(&u.f.snap->reading, UPS_VAR_UPS_TIMER_SHUTDOWN, 0);
    assert_mib_integer(&u.f, "1.8.2.0", 60);
    set_timers(&u, SNAP_COUNT_NONE, -1, -1);
    assert_mib_absent(&u.f, "1.8.2.0");
    unit_free(&u);
}

static void test_audible(void **state)
{
    struct unit u;

    (void)state;
    unit_full(&u);
    fixture_set(&u.f, UPS_VAR_UPS_BEEPER_STATUS, 0, UPS_BEEPER_DISABLED);
    assert_mib_integer(&u.f, "1.9.8.0", 1);
    u.f.snap->muted = true;
    assert_mib_integer(&u.f, "1.9.8.0", 3);
    ups_unset(&u.f.snap->reading, UPS_VAR_UPS_BEEPER_STATUS, 0);
    assert_mib_absent(&u.f, "1.9.8.0");
    u.f.snap->shutdown_type = 2;
    assert_mib_integer(&u.f, "1.8.1.0", 2);
    unit_free(&u);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_which_objects), cmocka_unit_test(test_items),
        cmocka_unit_test(test_setting_items), cmocka_unit_test(test_wrong_type),
        cmocka_unit_test(test_policy),        cmocka_unit_test(test_integers),
        cmocka_unit_test(test_words),         cmocka_unit_test(test_texts),
        cmocka_unit_test(test_tests),         cmocka_unit_test(test_incapable),
        cmocka_unit_test(test_commands),      cmocka_unit_test(test_one_setting),
        cmocka_unit_test(test_stale),         cmocka_unit_test(test_never_connected),
        cmocka_unit_test(test_three_phase),   cmocka_unit_test(test_low_minutes),
        cmocka_unit_test(test_order),         cmocka_unit_test(test_nut_digits),
        cmocka_unit_test(test_nut_tests),     cmocka_unit_test(test_orders),
        cmocka_unit_test(test_long_text),     cmocka_unit_test(test_setting_words),
        cmocka_unit_test(test_countdowns),    cmocka_unit_test(test_audible),
    };

    return cmocka_run_group_tests_name("mib_set", tests, NULL, NULL);
}
