/* SPDX-License-Identifier: BSD-2-Clause */
/* Options of the Q* family that have no other place: each with and without its effect. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "qx_show.h"

/* A device of the dialect with one option set, open. */
static void open_with(struct qx_rig *rig, const char *dialect, const char *option,
                      const char *value)
{
    qr_kind(rig, qs_kind(dialect), dialect, RIG_SILENCE);
    if (option)
        qr_option(rig, option, value);
    assert_true(qr_up(rig));
}

static bool sent(const struct qx_rig *rig, const char *request)
{
    char all[sizeof rig->sent + 2], one[QX_REQUEST_MAX + 2];

    snprintf(all, sizeof all, " %s ", rig->sent);
    snprintf(one, sizeof one, " %s ", request);
    return strstr(all, one) != NULL;
}

/* -- delays ----------------------------------------------------------------------------------- */

struct delay {
    const char *dialect, *configured; /* NULL: not set */
    const char *shown, *bytes;        /* of the command that uses it */
};

static void assert_delay(const struct delay *c, const char *option, const char *var,
                         enum ups_command command)
{
    struct qx_rig rig;

    open_with(&rig, c->dialect, c->configured ? option : NULL, c->configured);
    assert_string_equal(qr_value(&rig, var), c->shown);
    (void)qr_command(&rig, command, -1, -1);
    if (!sent(&rig, c->bytes))
        printf("# %s %s = %s: sent %s\n", c->dialect, option, c->configured, rig.sent);
    assert_true(sent(&rig, c->bytes));
    qr_fini(&rig);
}

static void test_offdelay(void **state)
{
    static const struct delay cases[] = {
        {"megatec", NULL, "30", "S.5R0000"},    {"megatec", "59", "60", "S01R0000"},
        {"megatec", "13", "18", "S.3R0000"},    {"megatec", "0", "12", "S.2R0000"},
        {"megatec", "119", "120", "S02R0000"},  {"megatec", "5940", "600", "S10R0000"},
        {"hunnox", NULL, "60", "S01R0000"},     {"hunnox", "30", "30", "S.5R0000"},
        {"bestups", "5940", "5940", "S99"},     {"bestups", "0", "12", "S.2"},
        {"masterguard", "5940", "5940", "S99"}, {"masterguard", "0", "0", "S.0"},
    };
    (void)state;

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_delay(&cases[i], "offdelay", "ups.delay.shutdown", UPS_COMMAND_SHUTDOWN_STAYOFF);
}

static void test_ondelay(void **state)
{
    static const struct delay cases[] = {
        {"megatec", NULL, "180", "S.5R0003"},
        {"megatec", "45", "60", "S.5R0001"},
        {"megatec", "0", "0", "S.5"},
        {"megatec", "599940", "599940", "S.5R9999"},
        {"hunnox", NULL, "0", "S01"},
        {"hunnox", "61", "120", "S01R0002"},
        {"bestups", "0", "60", "S.5R0001"},
        {"bestups", NULL, "180", "S.5R0003"},
        {"masterguard", "60", "60", "S.5R0001"},
    };
    (void)state;

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_delay(&cases[i], "ondelay", "ups.delay.start", UPS_COMMAND_SHUTDOWN_RETURN);
}

/* What shutdowns do that say nothing of it; a SET has the last word, over a lost connection too. */
static void test_stayoff(void **state)
{
    struct qx_rig rig;
    (void)state;

    open_with(&rig, "megatec", "stayoff", "");
    assert_string_equal(qr_value(&rig, "ups.start.auto"), "no");
    assert_int_equal(qr_set(&rig, "ups.start.auto", UPS_YES), DRV_DONE);
    assert_int_equal(qr_reopen(&rig), DRV_DONE);
    assert_string_equal(qr_value(&rig, "ups.start.auto"), "yes");
    qr_fini(&rig);
    open_with(&rig, "megatec", NULL, NULL);
    assert_string_equal(qr_value(&rig, "ups.start.auto"), "yes");
    qr_fini(&rig);
}

/* -- what is never asked ---------------------------------------------------------------------- */

static void test_nooutstats(void **state)
{
    static const char *const dialects[] = {"q2", "q6", "innovart31", "innovart33"};
    (void)state;

    for (size_t i = 0; i < sizeof dialects / sizeof *dialects; i++)
        for (int never = 0; never < 2; never++) {
            struct qx_rig rig;

            qr_kind(&rig, qs_kind(dialects[i]), dialects[i], RIG_SILENCE);
            if (never)
                qr_option(&rig, "nooutstats", "");
            assert_int_equal(qr_open(&rig), DRV_DONE);
            bool asked = sent(&rig, "WA");
            assert_int_equal(qr_poll(&rig, DRV_POLL_FULL), DRV_DONE);
            asked = asked || sent(&rig, "WA");
            assert_int_equal(asked, !never);
            assert_int_equal(qr_value(&rig, "output.realpower")[0] != '\0' ||
                                 qr_value(&rig, "output.L1.realpower")[0] != '\0',
                             !never);
            qr_fini(&rig);
        }
}

/* -- the estimate ----------------------------------------------------------------------------- */

static void status(struct qx_rig *rig, unsigned load, bool battery)
{
    char line[RIG_LINE];

    snprintf(line, sizeof line, "(%s 230.0 230.0 %03u 50.0 27.3 25.0 %d0001001",
             battery ? "000.0" : "230.0", load, battery);
    qr_answer(rig, "Q1", line);
}

static void start_estimate(struct qx_rig *rig, unsigned load, const char *option, const char *value)
{
    qr_init(rig, "q1", RIG_ECHO);
    qr_option(rig, "default.battery.voltage.nominal", "24");
    qr_option(rig, "runtimecal", "240,100,720,50");
    if (option)
        qr_option(rig, option, value);
    status(rig, load, false);
    assert_true(qr_up(rig));
}

static void pass(struct qx_rig *rig, int seconds)
{
    rig->now_ms += seconds * 1000 - 100; /* a poll takes 100 ms here */
    assert_int_equal(qr_poll(rig, DRV_POLL_FAST), DRV_DONE);
}

/* 20 s of 240 are gone; how soon they are back. */
static void test_chargetime(void **state)
{
    static const struct {
        const char *configured, *charge; /* after 60 s on mains */
    } cases[] = {{NULL, "92"}, {"1200", "97"}, {"600", "100"}};
    (void)state;

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct qx_rig rig;

        start_estimate(&rig, 50, cases[i].configured ? "chargetime" : NULL, cases[i].configured);
        status(&rig, 50, true);
        pass(&rig, 60);
        assert_string_equal(qr_value(&rig, "battery.charge"), "92");
        status(&rig, 50, false);
        pass(&rig, 60);
        assert_string_equal(qr_value(&rig, "battery.charge"), cases[i].charge);
        qr_fini(&rig);
    }
}

static void test_idleload(void **state)
{
    static const struct {
        const char *configured;
        unsigned load;
        const char *runtime;
    } cases[] = {
        {NULL, 5, "2400"}, {"25", 5, "960"},   {"1", 5, "24000"},
        {"25", 50, "720"}, {"100", 50, "240"},
    };
    (void)state;

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct qx_rig rig;

        start_estimate(&rig, cases[i].load, cases[i].configured ? "idleload" : NULL,
                       cases[i].configured);
        assert_string_equal(qr_value(&rig, "battery.runtime"), cases[i].runtime);
        qr_fini(&rig);
    }
}

/* A hunnox without BL has no charge until that is certain; then its voltage tells. */
static void test_charge_of_hunnox_without_bl(void **state)
{
    struct qx_rig rig;
    (void)state;

    qr_init(&rig, "hunnox", RIG_ECHO);
    qr_answer(&rig, "Q1", "(241.0 000.0 241.0 012 50.0 37.8 28.0 00001001");
    qr_answer(&rig, "F", "#230.0 6.9 36.00 50.0");
    qr_answer(&rig, "FW?", VENDOR);
    assert_true(qr_up(&rig));
    assert_string_equal(qr_value(&rig, "battery.charge"), "");
    for (int i = 0; i < 3; i++)
        assert_int_equal(qr_poll(&rig, DRV_POLL_FULL), DRV_DONE);
    assert_false(sent(&rig, "BL"));
    assert_string_equal(qr_value(&rig, "battery.charge"), "85");
    qr_fini(&rig);
}

/* -- options of another dialect --------------------------------------------------------------- */

static void test_options_of_another_dialect(void **state)
{
    static const struct {
        const char *dialect, *option, *value, *line; /* NULL: none */
    } cases[] = {
        {"megatec", "eco_mode", "enabled",
         "eco_mode does nothing: the UPS speaks megatec, the option is for voltronic"},
        {"megatec", "work_range_type", "UPS", "work_range_type does nothing"},
        {"megatec", "testing", "yes", "the option is for voltronic and voltronic-axpert"},
        {"megatec", "testing", "no", NULL},
        {"bestups", "slave_addr", "7", "the option is for masterguard"},
        {"masterguard", "pins_shutdown_mode", "2", "the option is for bestups"},
        {"masterguard", "slave_addr", "0", NULL},
        {"bestups", "pins_shutdown_mode", "2", NULL},
        {"megatec", "chargetime", "3600", NULL},
    };
    (void)state;

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct qx_rig rig;

        open_with(&rig, cases[i].dialect, cases[i].option, cases[i].value);
        if (cases[i].line)
            assert_non_null(strstr(rig.log, cases[i].line));
        else
            assert_null(strstr(rig.log, "does nothing"));
        qr_fini(&rig);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_offdelay),
        cmocka_unit_test(test_ondelay),
        cmocka_unit_test(test_stayoff),
        cmocka_unit_test(test_nooutstats),
        cmocka_unit_test(test_chargetime),
        cmocka_unit_test(test_idleload),
        cmocka_unit_test(test_charge_of_hunnox_without_bl),
        cmocka_unit_test(test_options_of_another_dialect),
    };

    return cmocka_run_group_tests_name("qx options", tests, NULL, NULL);
}
