/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The dialect voltronic: lines of real units and of documents, as published
 * (docs/protocols/voltronic.md names the sources), and the variables that they must become; which
 * units are found to speak it, and what they are asked.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "qx_voltronic_unit.h"

/* -- captures --------------------------------------------------------------------------------- */

/* "-" after a name: the variable must be unknown. */
static const struct capture {
    const char *id;
    const char *line[14][2];
    const char *expect[32];
} captures[] = {
    {"Orion DC3000RT on bypass, 120 V",
     {{"QPI", "(PI01"},
      {"QGS", "(122.4 60.0 122.2 60.0 000.0 000 169.0 169.2 082.1 ---.- 016.5 100010000001"},
      {"QBV", "(082.0 06 01 091 342"},
      {"QMD", "(###########3000 ###3000 80 1/1 120 120 06 12.0"},
      {"QID", "(00000000000000"},
      {"QVFW", "(VERFW:01213.00"},
      {"QRI", "(120.0 025 072.0 60.0"},
      {"QFLAG", "(EpbrashclnzDovegfjm"}},
     {"ups.firmware.aux=P01",
      "input.voltage=122.4",
      "input.frequency=60.0",
      "output.voltage=122.2",
      "output.frequency=60.0",
      "output.current=0.0",
      "ups.load=0.0",
      "experimental.bus.voltage.positive=169.0",
      "experimental.bus.voltage.negative=169.2",
      "battery.voltage=82.10",
      "experimental.battery.voltage.negative=-",
      "ups.temperature=16.5",
      "ups.type=online",
      "ups.status=OL BYPASS",
      "ups.beeper.status=enabled",
      "ups.test.result=passed",
      "battery.charge=91",
      "battery.runtime=20520",
      "experimental.battery.number=6",
      "battery.packs=1",
      "ups.model=3000",
      "ups.power.nominal=3000",
      "ups.realpower.nominal=2400",
      "output.powerfactor=0.80",
      "input.phases=1",
      "input.voltage.nominal=120",
      "output.voltage.nominal=120",
      "ups.serial=-",
      "ups.firmware=01213.00",
      "battery.voltage.nominal=72.0",
      "output.frequency.nominal=60",
      "output.current.nominal=25.0"}},
    {"C6KS, 6 kVA, mains gone",
     {{"QPI", "(PI02"},
      {"QGS", "(000.0 00.0 219.5 50.0 000.1 000 357.0 357.0 202.3 ---.- 022.6 101000000000"},
      {"QMOD", "(B"},
      {"QMD", "(###########C6KS ###6000 80 1/1 230 230 20 12.0"}},
     {"ups.status=OB", "input.voltage=0.0", "battery.voltage=202.30", "ups.test.result=no test",
      "ups.model=C6KS", "ups.realpower.nominal=4800", "output.current=0.1",
      "experimental.ups.mode=battery", "ups.firmware.aux=P02"}},
    {"normal online operation, model unknown",
     {{"QPI", "(PI01"},
      {"QGS", "(224.9 50.0 219.8 50.0 000.9 018 362.1 361.0 027.3 ---.- 020.3 100000000001"},
      {"QMOD", "(L"}},
     {"ups.status=OL", "ups.load=18.0", "output.current=0.9", "battery.voltage=27.30",
      "experimental.bus.voltage.negative=361.0", "ups.test.result=passed"}},
    {"QPSI+: no flags at all, no negative halves",
     {{"QPI", "(PI01"},
      {"QGS", "(222.0 49.1 230.1 50.0 000.7 005 371.0 ----- 053.2 ----- 038.0 ------------"},
      {"QMOD", "(L"}},
     {"ups.status=OL", "ups.type=-", "ups.beeper.status=-", "ups.test.result=-",
      "experimental.bus.voltage.positive=371.0", "experimental.bus.voltage.negative=-",
      "experimental.battery.voltage.negative=-", "battery.voltage=53.20", "ups.temperature=38.0"}},
    {"the same on battery: only QMOD tells",
     {{"QPI", "(PI01"},
      {"QGS", "(222.0 49.1 230.1 50.0 000.7 005 371.0 ----- 053.2 ----- 038.0 ------------"},
      {"QMOD", "(B"}},
     {"ups.status=OB"}},
    {"the same without QMOD: nobody knows",
     {{"QPI", "(PI01"},
      {"QGS", "(222.0 49.1 230.1 50.0 000.7 005 371.0 ----- 053.2 ----- 038.0 ------------"}},
     {"ups.status=-", "output.voltage=230.1"}},
    {"PowerWalker VFI 1500 CG PF1: minutes in five digits",
     {{"QPI", "(PI01"}, {"QGS", LINE}, {"QBV", "(041.0 03 01 100 00037"}},
     {"battery.runtime=2220", "experimental.battery.number=3", "battery.charge=100"}},
    {"examples of the document",
     {{"QPI", "(PI01"},
      {"QGS", LINE},
      {"QWS", "(0000000100000000000000000000000000000000000000000000000000000000"},
      {"QBV", "(026.5 02 01 068 255"},
      {"QRI", "(230.0 004 024.0 50.0"},
      {"QMF", "(####BOH"},
      {"QLDL", "(021 023"},
      {"QPAR", "(001"},
      {"QYF", "(50.0"},
      {"QVFW", "(VERFW: 00322.02"}},
     {"ups.status=OL LB", "experimental.ups.warnings=8", "battery.runtime=15300",
      "battery.charge=68", "output.voltage.nominal=230", "output.current.nominal=4.0",
      "battery.voltage.nominal=24.0", "ups.mfr=BOH", "output.power.minimum.percent=21",
      "output.power.maximum.percent=23", "experimental.ups.parallel=master",
      "input.bypass.frequency=50.0", "ups.firmware=00322.02"}},
    {"I and F where QMD and QRI are not known",
     {{"QPI", "(PI01"},
      {"QGS", LINE},
      {"I", "#                OLHVT1K0   00322.02  "},
      {"F", "#220.0 004 036.0 50.0"}},
     {"ups.model=OLHVT1K0", "ups.firmware=00322.02", "input.voltage.nominal=220",
      "input.current.nominal=4.0", "battery.voltage.nominal=36.0", "input.frequency.nominal=50",
      "ups.mfr=Voltronic Power", "output.voltage.nominal=-"}},
    /* the voltages of L1 are those of QGS, which is newer */
    {"P10: all of three phases",
     {{"QPI", "(PI10"},
      {"QGS", LINE},
      {"Q3PV", "(104.4 090.9 102.3 240.0 260.2 190.0"},
      {"Q3OV", "(230.1 230.2 230.3 398.1 398.2 398.3"},
      {"Q3PC", "(002 011 003"},
      {"Q3OC", "(004 000 006"},
      {"Q3LD", "(010 000 030"},
      {"Q3YV", "(231.1 231.2 231.3 400.1 400.2 400.3"}},
     {"input.L1-N.voltage=230.0",
      "input.L2-N.voltage=90.9",
      "input.L3-N.voltage=102.3",
      "input.L1-L2.voltage=240.0",
      "input.L2-L3.voltage=260.2",
      "input.L3-L1.voltage=190.0",
      "output.L1-N.voltage=230.0",
      "output.L2-N.voltage=230.2",
      "output.L3-L1.voltage=398.3",
      "input.L2.current=11.0",
      "output.L1.current=4.0",
      "output.L2.current=0.0",
      "output.L3.current=6.0",
      "output.L1.power.percent=10.0",
      "output.L2.power.percent=0.0",
      "output.L3.power.percent=30.0",
      "input.bypass.L2-N.voltage=231.2",
      "input.bypass.L3-L1.voltage=400.3",
      "input.bypass.phases=3",
      "input.phases=3",
      "output.phases=3"}},
    {"P09: two phases, the fifth and sixth voltage exchanged",
     {{"QPI", "(PI09"},
      {"QGS", LINE},
      {"Q3PV", "(104.4 090.9 000.0 240.0 190.0 260.2"},
      {"Q3OV", "(120.1 120.2 000.0 240.1 120.1 120.2"},
      {"Q3OC", "(004 005 000"},
      {"Q3LD", "(010 020 000"},
      {"Q3YV", "(119.1 119.2 ---.-"}},
     {"input.L1-N.voltage=230.0", "input.L2-N.voltage=90.9", "input.L3-N.voltage=-",
      "input.L1-L2.voltage=240.0", "input.L2-L3.voltage=-", "input.L3-L1.voltage=-",
      "output.L2-N.voltage=120.2", "output.L1-L2.voltage=240.1", "output.L3-L1.voltage=-",
      "output.L2.current=5.0", "output.L3.current=-", "output.L2.power.percent=20.0",
      "input.bypass.L1-N.voltage=119.1", "input.bypass.L2-N.voltage=119.2", "input.bypass.phases=2",
      "input.phases=2", "output.phases=2"}},
    {"P03: three in, one out",
     {{"QPI", "(PI03"},
      {"QGS", LINE},
      {"QMD", "(#######HT3115KS ##15000 80 3/1 230 230 20 12.0"},
      {"Q3PV", "(231.0 232.0 233.0 400.1 400.2 400.3"},
      {"Q3PC", "(002 011 ---"},
      {"Q3OV", "(230.1 230.2 230.3 398.1 398.2 398.3"}},
     {"input.L3-N.voltage=233.0", "input.L2.current=11.0", "input.L3.current=-",
      "output.voltage=230.0", "output.L1-L2.voltage=-", "input.phases=3", "output.phases=1",
      "ups.power.nominal=15000"}},
    {"P71: a type of dashes",
     {{"QPI", "(PI71"},
      {"QGS", "(230.0 50.0 230.0 50.0 001.0 020 370.0 370.0 082.0 ---.- 025.0 --0-00-000--"}},
     {"ups.type=-", "ups.status=OL", "ups.test.result=-", "ups.firmware.aux=P71"}},
    {"QMD with blanks; unity in three digits",
     {{"QPI", "(PI01"}, {"QGS", LINE}, {"QMD", "(     VFI 1500CG    1500 100 1/1 230 230 03 12.0"}},
     {"ups.model=VFI 1500CG", "ups.power.nominal=1500", "output.powerfactor=1.00",
      "ups.realpower.nominal=1500"}},
    {"unity as 00, as 99 what it is",
     {{"QPI", "(PI01"}, {"QGS", LINE}, {"QMD", "(#######OLHVT3K0 ###3000 00 1/1 230 230 06 12.0"}},
     {"output.powerfactor=1.00", "ups.realpower.nominal=3000"}},
    {"no battery voltage in QGS; no minutes in QBV",
     {{"QPI", "(PI01"},
      {"QGS", "(230.0 50.0 230.0 50.0 ---.- --- 370.0 370.0 ---.- ---.- --.-- 100000000000"},
      {"QBV", "(082.0 06 01 091 00000"}},
     {"battery.voltage=82.00", "ups.load=-", "output.current=-", "ups.temperature=-",
      "battery.runtime=-", "battery.charge=91"}},
    {"QBV of dashes",
     {{"QPI", "(PI01"}, {"QGS", LINE}, {"QBV", "(---.- -- -- --- -----"}},
     {"battery.voltage=82.00", "battery.charge=-", "battery.runtime=-", "battery.packs=-",
      "experimental.battery.number=-"}},
};

static bool holds(struct qx_rig *rig, const char *expect)
{
    size_t name_len = strcspn(expect, "=!");
    const char *wanted = expect + name_len + 1;
    char name[UPS_NAME_MAX];
    const char *value;

    snprintf(name, sizeof name, "%.*s", (int)name_len, expect);
    value = qr_value(rig, name);
    bool good = expect[name_len] == '!'    ? strstr(value, wanted) != NULL
                : strcmp(wanted, "-") == 0 ? value[0] == '\0'
                                           : strcmp(value, wanted) == 0;
    if (!good)
        printf("# %s: found \"%s\"\n", expect, value);
    return good;
}

static bool play(const struct capture *c)
{
    struct qx_rig rig;
    bool good;

    qr_init(&rig, "voltronic", RIG_PNAK);
    for (unsigned i = 0; i < sizeof c->line / sizeof *c->line && c->line[i][0]; i++)
        qr_answer(&rig, c->line[i][0], c->line[i][1]);
    good = qr_up(&rig) && qr_poll(&rig, DRV_POLL_FAST) == DRV_DONE;
    for (unsigned i = 0; good && i < sizeof c->expect / sizeof *c->expect && c->expect[i]; i++)
        good = holds(&rig, c->expect[i]);
    if (!good)
        printf("# %s\n", c->id);
    qr_fini(&rig);
    return good;
}

static void test_captures(void **state)
{
    unsigned bad = 0;
    (void)state;

    for (size_t i = 0; i < sizeof captures / sizeof *captures; i++)
        bad += !play(&captures[i]);
    assert_int_equal(bad, 0);
}

/* Late, cut and foreign replies change nothing. */
static void test_rejected(void **state)
{
    static const char *const bad[] = {
        "(0.0 50.0 230.0 50.0 001.0 020 370.0 370.0 082.0 ---.- 025.0 100000000000", /* head lost */
        "(230.0 50.0 230.0 50.0 001.0 020 370.0 370.0 082.0 ---.- 025.0 10000000000",
        "(230.0 50.0 230.0 50.0 001.0 020 370.0 370.0 082.0 ---.- 025.0 100000002000",
        "(000.0 00.0 000.0 00.0 000.0 000 000.0 000.0 000.0 000.0 000.0 000000000000",
        NO_WARNING "00000000000",
        "(L",
        "(ACK",
        "(NAK",
        "V",
    };
    struct qx_rig rig;
    (void)state;

    vu_up(&rig, "(PI01");
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        int64_t taken = rig.r.taken_ms;

        qr_answer(&rig, "QGS", bad[i]);
        assert_true(qr_poll(&rig, DRV_POLL_FAST) < 0);
        assert_int_equal(rig.r.taken_ms, taken);
        assert_string_equal(qr_value(&rig, "ups.status"), "OL");
    }
    qr_fini(&rig);
}

/* -- who is it -------------------------------------------------------------------------------- */

static void test_claim(void **state)
{
    static const struct {
        const char *qpi, *q1, *is; /* NULL: refused; nobody */
    } rows[] = {
        {"(PI00", NULL, "voltronic"},
        {"(PI01", NULL, "voltronic"},
        {"(PI31", NULL, "voltronic"},
        {"(PI71", NULL, "voltronic"},
        {"(PI99", NULL, "voltronic"},
        /* Q1 too is answered by some */
        {"(PI02", "(230.0 230.0 230.0 025 50.0 27.2 25.0 00000001", "voltronic"},
        {"(PI98", "(230.0 230.0 230.0 025 50.0 27.2 25.0 00000001", "mecer"},
        {"(NAK", "(230.0 230.0 230.0 025 50.0 27.2 25.0 00000001", "mecer"},
        {"(PI98", NULL, NULL},
        {"(PI30", NULL, NULL},
        {"(PI15", NULL, NULL},
        {"(PI16", NULL, NULL},
        {"(PI30\x9a\x0b", NULL, NULL},
        {"(PI1", NULL, NULL},
        {"(PI0x", NULL, NULL},
    };
    (void)state;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (enum rig_unknown way = RIG_SILENCE; way <= RIG_PNAK; way++) {
            struct qx_rig rig;

            if (rows[i].is && strcmp(rows[i].is, "mecer") == 0 && way != RIG_PNAK)
                continue;
            qr_init(&rig, NULL, way);
            qr_answer(&rig, "QPI", rows[i].qpi);
            qr_answer(&rig, "QGS", LINE);
            if (rows[i].q1)
                qr_answer(&rig, "Q1", rows[i].q1);
            int64_t start = rig.now_ms;
            int rc = qr_open(&rig);
            if (rows[i].is) {
                assert_int_equal(rc, DRV_DONE);
                assert_string_equal(rig.x->dialect->name, rows[i].is);
            } else {
                assert_true(rc < 0);
            }
            assert_true(strcmp(rows[i].is ? rows[i].is : "", "voltronic") == 0 ||
                        rig.now_ms - start <= 6000);
            qr_fini(&rig);
        }
}

/* What the search costs, and what it sends to a unit that it then takes for one of these. */
static void test_search(void **state)
{
    struct qx_rig rig;
    (void)state;

    vu_unit(&rig, "(PI01");
    rig.d.opt[QX_OPT_PROTOCOL] = (struct drv_value){0};
    assert_int_equal(qr_open(&rig), DRV_DONE);
    assert_true(strncmp(rig.sent, "Q1 QPI QGS ", 11) == 0);
    qr_fini(&rig);
}

/* One refusal proves nothing. */
static void test_refused_once(void **state)
{
    static const char *const asked[][2] = {{"QPI", "(PI01"}, {"QGS", LINE}};
    (void)state;

    for (unsigned i = 0; i < 2; i++) {
        struct qx_rig rig;

        vu_unit(&rig, "(PI01");
        rig.d.opt[QX_OPT_PROTOCOL] = (struct drv_value){0};
        qr_answer(&rig, asked[i][0], asked[i][1])->refused = 1;
        assert_int_equal(qr_open(&rig), DRV_DONE);
        assert_string_equal(rig.x->dialect->name, "voltronic");
        assert_int_equal(vu_times(rig.sent, asked[i][0]), 2);
        qr_fini(&rig);
    }
}

/* Only QGS is not enough, nor only QPI. */
static void test_both_are_needed(void **state)
{
    static const char *const asked[] = {"QPI", "QGS"};
    (void)state;

    for (unsigned i = 0; i < 2; i++) {
        struct qx_rig rig;

        vu_unit(&rig, "(PI01");
        qr_answer(&rig, asked[i], "(NAK");
        assert_int_equal(qr_open(&rig), UPS_E_FOREIGN);
        qr_fini(&rig);
    }
}

static void test_asked_once(void **state)
{
    static const char *const models[] = {"(PI01", "(PI03", "(PI09", "(PI10", "(PI31"};
    static const struct {
        const char *request;
        unsigned times[5];
    } rows[] = {
        {"Q3PV", {0, 1, 1, 1, 0}}, {"Q3PC", {0, 1, 1, 1, 0}}, {"Q3OV", {0, 0, 1, 1, 0}},
        {"Q3OC", {0, 0, 1, 1, 0}}, {"Q3LD", {0, 0, 1, 1, 0}}, {"Q3YV", {0, 0, 1, 1, 0}},
        {"QFS", {0, 0, 0, 0, 0}},  {"I", {0, 0, 0, 0, 0}},    {"F", {0, 0, 0, 0, 0}},
        {"QBDR", {0, 0, 0, 0, 0}}, {"QBV", {1, 1, 1, 1, 1}},
    };
    (void)state;

    for (unsigned m = 0; m < 5; m++) {
        struct qx_rig rig;

        vu_unit(&rig, models[m]);
        assert_int_equal(qr_open(&rig), DRV_DONE);
        for (unsigned i = 7; i < 10; i++)
            assert_int_equal(vu_times(rig.sent, rows[i].request), 0);
        assert_int_equal(qr_poll(&rig, DRV_POLL_FULL), DRV_DONE);
        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
            assert_int_equal(vu_times(rig.sent, rows[i].request), rows[i].times[m]);
        qr_fini(&rig);
    }
}

/* QRI and QMD are given up after three refusals; then F and I are asked, once in a life. */
static void test_what_others_tell(void **state)
{
    struct qx_rig rig;
    (void)state;

    vu_unit(&rig, "(PI01");
    qr_answer(&rig, "QRI", "(NAK");
    qr_answer(&rig, "QMD", NULL);
    qr_answer(&rig, "I", NULL);
    assert_int_equal(qr_open(&rig), DRV_DONE);
    assert_int_equal(vu_times(rig.sent, "QRI"), 3);
    assert_int_equal(vu_times(rig.sent, "QMD"), 3);
    assert_int_equal(vu_times(rig.sent, "F"), 1);
    assert_int_equal(vu_times(rig.sent, "I"), 1);
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(qr_poll(&rig, DRV_POLL_FULL), DRV_DONE);
        assert_int_equal(vu_times(rig.sent, "F") + vu_times(rig.sent, "I"), 0);
    }
    qr_fini(&rig);

    vu_unit(&rig, "(PI01"); /* refused once: nothing is missing */
    qr_after(&rig, "QRI", "(NAK", "QRI", "(230.0 013 072.0 50.0");
    assert_int_equal(qr_open(&rig), DRV_DONE);
    assert_string_equal(qr_value(&rig, "output.voltage.nominal"), "230");
    assert_int_equal(vu_times(rig.sent, "F"), 0);
    qr_fini(&rig);
}

static void test_testing(void **state)
{
    struct qx_rig rig;
    (void)state;

    vu_unit(&rig, "(PI01");
    qr_option(&rig, "testing", "");
    qr_answer(&rig, "QBDR", "(12 34");
    assert_int_equal(qr_open(&rig), DRV_DONE);
    assert_int_equal(vu_times(rig.sent, "QBDR"), 1);
    assert_non_null(strstr(rig.log, "QBDR: (12 34"));
    qr_fini(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_captures),     cmocka_unit_test(test_rejected),
        cmocka_unit_test(test_claim),        cmocka_unit_test(test_search),
        cmocka_unit_test(test_refused_once), cmocka_unit_test(test_both_are_needed),
        cmocka_unit_test(test_asked_once),   cmocka_unit_test(test_what_others_tell),
        cmocka_unit_test(test_testing),
    };

    return cmocka_run_group_tests_name("qx voltronic", tests, NULL, NULL);
}
