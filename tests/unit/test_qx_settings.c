/* SPDX-License-Identifier: BSD-2-Clause */
/* Each dialect's settings: those that the UPS keeps and those that the driver keeps. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "qx_show.h"

/* -- kept by the UPS: written, and read back -------------------------------------------------- */

static const struct row {
    const char *dialect, *var;
    int32_t value;
    const char *bytes, *query, *before, *after;
    int32_t too_much;
} rows[] = {
    {"masterguard", "ups.id", 17, "SS17--,00", "WH", WH, NULL, 100},
    {"masterguard", "battery.packs", 2, "SS--2-,00", "GS,00", "(00,00 0 1", "(00,00 2 1", 3},
    {"masterguard", "output.voltage.nominal", 240, "PNV=240", "PNV", "(PNV=230", "(PNV=240", 235},
    {"masterguard", "device.uptime", 3600, "SRC0000:01:00:00,00", "DRC,00", "(00,0001:02:03:04",
     "(00,0000:01:00:02", 2147484},
    {"bestups", "battery.packs", 4, "BP4", "BP?", "01", "04", 6},
};
enum { ROWS = sizeof rows / sizeof *rows };

static void up(struct qx_rig *rig, const struct row *row)
{
    qr_kind(rig, qs_kind(row->dialect), row->dialect, RIG_SILENCE);
    if (strcmp(row->dialect, "masterguard") == 0)
        qr_answer(rig, "MSO", "(220 230 240");
    else
        qr_answer(rig, "ID", "AX1,750,120,120,20.0,27.6");
    qr_answer(rig, row->query, row->before);
    assert_true(qr_up(rig));
}

/* What the device shows once it has taken it. */
static const char *taken(const struct row *row, char *buf, size_t size)
{
    if (row->after)
        return row->after;
    snprintf(buf, size, "(17%s", &WH[3]); /* the identity with the new address */
    return buf;
}

static void test_written(void **state)
{
    const struct row *row = *(const struct row **)*state;
    char after[RIG_LINE], expected[32], sent[80];
    struct qx_rig rig;

    up(&rig, row);
    qr_after(&rig, row->bytes, NULL, row->query, taken(row, after, sizeof after));
    assert_int_equal(qr_set(&rig, row->var, row->value * INT64_C(1000)), DRV_DONE);
    snprintf(sent, sizeof sent, "%s %s", row->bytes, row->query);
    assert_string_equal(rig.sent, sent);
    snprintf(expected, sizeof expected, "%d", (int)row->value + (row->value == 3600 ? 2 : 0));
    assert_string_equal(qr_value(&rig, row->var), expected);
    qr_fini(&rig);
}

/* Refused, or accepted without effect: the value stays what it is. */
static void test_not_taken(void **state)
{
    (void)state;
    for (unsigned i = 0; i < ROWS; i++)
        for (int refuses = 0; refuses < 2; refuses++) {
            struct qx_rig rig;
            char old[64];

            up(&rig, &rows[i]);
            snprintf(old, sizeof old, "%s", qr_value(&rig, rows[i].var));
            assert_true(old[0] != '\0');
            qr_answer(&rig, rows[i].bytes, refuses ? "NAK" : NULL);
            assert_int_equal(qr_set(&rig, rows[i].var, rows[i].value * INT64_C(1000)),
                             refuses ? UPS_E_REFUSED : UPS_E_TIMEOUT);
            assert_true(rig.d.why[0] != '\0');
            assert_string_equal(qr_value(&rig, rows[i].var), old);
            qr_fini(&rig);
        }
}

/* Nothing is sent for a value that the UPS can't have. */
static void test_out_of_range(void **state)
{
    (void)state;
    for (unsigned i = 0; i < ROWS; i++) {
        struct qx_rig rig;

        up(&rig, &rows[i]);
        assert_int_equal(qr_set(&rig, rows[i].var, -1000), UPS_E_INVALID);
        assert_string_equal(rig.sent, "");
        assert_int_equal(qr_set(&rig, rows[i].var, rows[i].too_much * INT64_C(1000)),
                         UPS_E_INVALID);
        assert_string_equal(rig.sent, "");
        qr_fini(&rig);
    }
}

/* The old address in the command itself, the new one from then on. */
static void test_new_address(void **state)
{
    char wh[RIG_LINE];
    struct qx_rig rig;
    (void)state;

    up(&rig, &rows[0]);
    qr_after(&rig, "SS17--,00", NULL, "WH", taken(&rows[0], wh, sizeof wh));
    assert_int_equal(qr_set(&rig, "ups.id", 17000), DRV_DONE);
    qr_answer(&rig, "GS,17", "(17,17 2 1");
    assert_int_equal(qr_poll(&rig, DRV_POLL_FULL), DRV_DONE);
    assert_non_null(strstr(rig.sent, "GS,17"));
    assert_null(strstr(rig.sent, "GS,00"));
    qr_fini(&rig);
}

/* The contacts are set once, and only if they are not so already. */
static void test_pins_shutdown_mode(void **state)
{
    struct qx_rig rig;
    (void)state;

    qr_kind(&rig, qs_kind("bestups"), "bestups", RIG_SILENCE);
    qr_option(&rig, "pins_shutdown_mode", "3");
    rig.host.apply = true;
    qr_answer(&rig, "SS?", "0");
    qr_after(&rig, "SS3", NULL, "SS?", "3");
    assert_int_equal(qr_open(&rig), DRV_DONE);
    assert_non_null(strstr(rig.sent, "SS? SS3 SS?"));
    assert_int_equal(qr_reopen(&rig), DRV_DONE);
    assert_null(strstr(rig.sent, "SS3"));
    qr_fini(&rig);

    qr_kind(&rig, qs_kind("bestups"), "bestups", RIG_SILENCE); /* one that does not take it */
    qr_option(&rig, "pins_shutdown_mode", "3");
    rig.host.apply = true;
    qr_answer(&rig, "SS?", "0");
    assert_int_equal(qr_open(&rig), DRV_DONE);
    assert_non_null(strstr(rig.log, "pins_shutdown_mode = 3 was not taken"));
    qr_fini(&rig);
}

static void test_model_without_packs(void **state)
{
    struct qx_rig rig;
    (void)state;

    qr_kind(&rig, qs_kind("bestups"), "bestups", RIG_SILENCE);
    assert_true(qr_up(&rig));
    assert_int_equal(qr_set(&rig, "battery.packs", 1000), UPS_E_UNSUPPORTED);
    qr_fini(&rig);
}

/* -- kept by the driver: every dialect -------------------------------------------------------- */

static const char *const kept[] = {"ups.delay.shutdown", "ups.delay.start", "ups.start.auto"};
enum { KEPT = sizeof kept / sizeof *kept };

static struct kept_case {
    unsigned kind;
    const char *var;
    char name[64];
} cases[KINDS * KEPT];
static unsigned case_count;

/* So many seconds, as the value is shown and as the command that it goes into has it. */
static void assert_kept(struct qx_rig *rig, const char *var, int32_t seconds)
{
    char shown[16];

    assert_int_equal(qr_set(rig, var, seconds * INT64_C(1000)), DRV_DONE);
    assert_string_equal(rig->sent, ""); /* it lives in the driver */
    snprintf(shown, sizeof shown, "%d", (int)seconds);
    assert_string_equal(qr_value(rig, var), shown);
    assert_int_equal(qr_poll(rig, DRV_POLL_FULL), DRV_DONE);
    assert_string_equal(qr_value(rig, var), shown);
}

static void test_kept_delay(struct qx_rig *rig, const char *var, enum ups_command command,
                            const char *bytes)
{
    const struct ups_setting *found = ups_setting_find(&rig->d.caps, ups_var_find(var));

    assert_non_null(found);
    const struct ups_setting s = *found; /* polls may find the settings anew */
    assert_int_equal(qr_set(rig, var, s.min - 1000), UPS_E_INVALID);
    assert_int_equal(qr_set(rig, var, s.max + 1000), UPS_E_INVALID);
    assert_kept(rig, var, (int32_t)(s.min / 1000));
    assert_kept(rig, var, (int32_t)(s.max / 1000));
    assert_kept(rig, var, 60);
    (void)qr_command(rig, command, -1, -1);
    if (!strstr(rig->sent, bytes))
        printf("# sent %s, expected %s\n", rig->sent, bytes);
    assert_non_null(strstr(rig->sent, bytes));
}

static void test_kept_auto(struct qx_rig *rig)
{
    assert_int_equal(qr_set(rig, "ups.start.auto", 2), UPS_E_INVALID);
    assert_int_equal(qr_set(rig, "ups.start.auto", UPS_NO), DRV_DONE);
    assert_string_equal(qr_value(rig, "ups.start.auto"), "no");
    assert_int_equal(qr_set(rig, "ups.start.auto", UPS_YES), DRV_DONE);
    assert_string_equal(qr_value(rig, "ups.start.auto"), "yes");
    assert_string_equal(rig->sent, "");
}

static void test_kept(void **state)
{
    const struct kept_case *c = *state;
    bool omron = strcmp(kinds[c->kind].name, "omron") == 0;
    struct qx_rig rig;

    qs_ready(&rig, kinds[c->kind].name, UPS_COMMAND_COUNT, "X", NULL, false);
    if (omron)
        qr_answer(&rig, "Af", "OK");
    if (strcmp(c->var, "ups.delay.shutdown") == 0)
        test_kept_delay(&rig, c->var, UPS_COMMAND_SHUTDOWN_STAYOFF, omron ? "Sf01" : "S01");
    else if (strcmp(c->var, "ups.delay.start") == 0)
        test_kept_delay(&rig, c->var, UPS_COMMAND_SHUTDOWN_RETURN, "R0001");
    else
        test_kept_auto(&rig);
    qr_fini(&rig);
}

/* Every dialect has the three but for omron, which can't be told when to come back. */
static void name_cases(void)
{
    for (unsigned k = 0; k < KINDS; k++)
        for (unsigned v = 0; v < KEPT; v++) {
            struct kept_case *c = &cases[case_count];

            if (strcmp(kinds[k].name, "omron") == 0 && strcmp(kept[v], "ups.delay.start") == 0)
                continue;
            *c = (struct kept_case){.kind = k, .var = kept[v]};
            snprintf(c->name, sizeof c->name, "%s %s: kept", kinds[k].name, kept[v]);
            case_count++;
        }
}

/* -- all of them ------------------------------------------------------------------------------ */

static void test_delays(void **state)
{
    struct qx_rig rig;
    (void)state;

    qs_ready(&rig, "megatec", UPS_COMMAND_SHUTDOWN_RETURN, "S02R0002", NULL, true);
    assert_string_equal(qr_value(&rig, "ups.delay.shutdown"), "30");
    assert_string_equal(qr_value(&rig, "ups.delay.start"), "180");
    assert_string_equal(qr_value(&rig, "ups.start.auto"), "yes");
    assert_int_equal(qr_set(&rig, "ups.delay.shutdown", 11000), UPS_E_INVALID);
    assert_int_equal(qr_set(&rig, "ups.delay.shutdown", 601000), UPS_E_INVALID);
    assert_int_equal(qr_set(&rig, "ups.delay.start", 599941000), UPS_E_INVALID);
    assert_int_equal(qr_set(&rig, "ups.delay.shutdown", 61000), DRV_DONE);
    assert_string_equal(qr_value(&rig, "ups.delay.shutdown"), "120");
    assert_int_equal(qr_set(&rig, "ups.delay.shutdown", 13000), DRV_DONE);
    assert_string_equal(qr_value(&rig, "ups.delay.shutdown"), "18");
    assert_int_equal(qr_set(&rig, "ups.delay.shutdown", 119000), DRV_DONE);
    assert_int_equal(qr_set(&rig, "ups.delay.start", 61000), DRV_DONE);
    assert_string_equal(qr_value(&rig, "ups.delay.start"), "120");
    assert_string_equal(rig.sent, ""); /* they live in the driver */
    assert_int_equal(qr_poll(&rig, DRV_POLL_FAST), DRV_DONE);
    assert_string_equal(qr_value(&rig, "ups.delay.start"), "120");
    assert_int_equal(qr_command(&rig, UPS_COMMAND_SHUTDOWN_RETURN, -1, -1), DRV_DONE);
    assert_true(qs_first_is(rig.sent, "S02R0002"));
    assert_int_equal(qr_set(&rig, "ups.start.auto", UPS_NO), DRV_DONE);
    assert_string_equal(qr_value(&rig, "ups.start.auto"), "no");
    assert_int_equal(qr_set(&rig, "battery.charge", 1000), UPS_E_UNSUPPORTED);
    qr_fini(&rig);
}

/* Every setting that a kind offers is one of the rows above, or kept. */
static void test_tables_are_complete(void **state)
{
    (void)state;

    for (unsigned k = 0; k < KINDS; k++) {
        unsigned known = 0;
        struct qx_rig rig;

        qs_ready(&rig, kinds[k].name, UPS_COMMAND_COUNT, "X", NULL, false);
        for (unsigned i = 0; i < rig.d.caps.setting_count; i++) {
            const char *var = ups_vars[rig.d.caps.setting[i].var].name;

            for (unsigned n = 0; n < case_count; n++)
                known += cases[n].kind == k && strcmp(cases[n].var, var) == 0;
            for (unsigned n = 0; n < ROWS; n++)
                known +=
                    strcmp(rows[n].dialect, kinds[k].name) == 0 && strcmp(rows[n].var, var) == 0;
        }
        assert_int_equal(known, rig.d.caps.setting_count);
        qr_fini(&rig);
    }
}

/* Settings are listed in the order that ups_caps wants. */
static void test_settings_ascend(void **state)
{
    (void)state;

    for (unsigned k = 0; k < KINDS; k++) {
        struct qx_rig rig;

        qs_ready(&rig, kinds[k].name, UPS_COMMAND_COUNT, "X", NULL, false);
        for (unsigned i = 1; i < rig.d.caps.setting_count; i++)
            assert_true(rig.d.caps.setting[i - 1].var < rig.d.caps.setting[i].var);
        assert_true(rig.d.caps.off_most > 0);
        qr_fini(&rig);
    }
}

int main(void)
{
    static const struct CMUnitTest fixed[] = {
        cmocka_unit_test(test_not_taken),           cmocka_unit_test(test_out_of_range),
        cmocka_unit_test(test_new_address),         cmocka_unit_test(test_pins_shutdown_mode),
        cmocka_unit_test(test_model_without_packs), cmocka_unit_test(test_delays),
        cmocka_unit_test(test_tables_are_complete), cmocka_unit_test(test_settings_ascend),
    };
    enum { FIXED = sizeof fixed / sizeof *fixed };
    static struct CMUnitTest tests[FIXED + ROWS + KINDS * KEPT];
    static const struct row *which[ROWS];
    static char names[ROWS][80];
    size_t n = FIXED;

    memcpy(tests, fixed, sizeof fixed);
    for (unsigned i = 0; i < ROWS; i++) {
        which[i] = &rows[i];
        snprintf(names[i], sizeof names[i], "%s %s: %s", rows[i].dialect, rows[i].var,
                 rows[i].bytes);
        tests[n++] = (struct CMUnitTest){
            .name = names[i], .test_func = test_written, .initial_state = &which[i]};
    }
    name_cases();
    for (unsigned i = 0; i < case_count; i++)
        tests[n++] = (struct CMUnitTest){
            .name = cases[i].name, .test_func = test_kept, .initial_state = &cases[i]};
    return _cmocka_run_group_tests("qx settings", tests, n, NULL, NULL);
}
