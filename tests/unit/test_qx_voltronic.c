/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The dialect voltronic: lines of real units and of documents, as published
 * (docs/protocols/voltronic.md names the sources), and the variables that they must become; what
 * the modes make of the status; warnings, faults; commands.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "qx/qx_voltronic.h"
#include "qx_rig.h"

#define LINE       "(230.0 50.0 230.0 50.0 001.0 020 370.0 370.0 082.0 ---.- 025.0 100000000000"
#define BATTERY    "(000.0 00.0 230.0 50.0 001.0 020 370.0 370.0 076.0 ---.- 025.0 101000000000"
#define DEAD       "(230.0 50.0 000.0 00.0 000.0 000 370.0 370.0 082.0 ---.- 025.0 100000000000"
#define NO_WARNING "(0000000000000000000000000000000000000000000000000000000000000000"
#define FLAGS      "(EpbrashcDovegfjl"

/* A plausible unit: what is not here is refused. */
static void unit(struct qx_rig *rig, const char *pi)
{
    static const char *const lines[][2] = {
        {"QGS", LINE},
        {"QMOD", "(L"},
        {"QWS", NO_WARNING},
        {"QBV", "(082.0 06 01 100 00142"},
        {"QRI", "(230.0 013 072.0 50.0"},
        {"QMD", "(#######OLHVT3K0 ###3000 80 1/1 230 230 06 12.0"},
        {"QFLAG", FLAGS},
    };

    qr_init(rig, "voltronic", RIG_PNAK);
    qr_answer(rig, "QPI", pi);
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        qr_answer(rig, lines[i][0], lines[i][1]);
}

static void up(struct qx_rig *rig, const char *pi)
{
    unit(rig, pi);
    assert_true(qr_up(rig));
}

static unsigned times(const char *sent, const char *request)
{
    size_t len = strlen(request);
    unsigned n = 0;

    for (const char *at = sent; (at = strstr(at, request)); at += len)
        n += (at == sent || at[-1] == ' ') && (at[len] == ' ' || at[len] == '\0');
    return n;
}

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

    up(&rig, "(PI01");
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

    unit(&rig, "(PI01");
    rig.d.opt[QX_OPT_PROTOCOL] = (struct drv_value){0};
    assert_int_equal(qr_open(&rig), DRV_DONE);
    assert_true(strncmp(rig.sent, "Q1 QPI QGS ", 11) == 0);
    qr_fini(&rig);
}

/* Only QGS is not enough, nor only QPI. */
static void test_both_are_needed(void **state)
{
    static const char *const asked[] = {"QPI", "QGS"};
    (void)state;

    for (unsigned i = 0; i < 2; i++) {
        struct qx_rig rig;

        unit(&rig, "(PI01");
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

        unit(&rig, models[m]);
        assert_int_equal(qr_open(&rig), DRV_DONE);
        for (unsigned i = 7; i < 10; i++)
            assert_int_equal(times(rig.sent, rows[i].request), 0);
        assert_int_equal(qr_poll(&rig, DRV_POLL_FULL), DRV_DONE);
        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
            assert_int_equal(times(rig.sent, rows[i].request), rows[i].times[m]);
        qr_fini(&rig);
    }
}

/* QRI and QMD are given up after three refusals; then F and I are asked, once in a life. */
static void test_what_others_tell(void **state)
{
    struct qx_rig rig;
    (void)state;

    unit(&rig, "(PI01");
    qr_answer(&rig, "QRI", "(NAK");
    qr_answer(&rig, "QMD", NULL);
    qr_answer(&rig, "I", NULL);
    assert_int_equal(qr_open(&rig), DRV_DONE);
    assert_int_equal(times(rig.sent, "QRI"), 3);
    assert_int_equal(times(rig.sent, "QMD"), 3);
    assert_int_equal(times(rig.sent, "F"), 1);
    assert_int_equal(times(rig.sent, "I"), 1);
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(qr_poll(&rig, DRV_POLL_FULL), DRV_DONE);
        assert_int_equal(times(rig.sent, "F") + times(rig.sent, "I"), 0);
    }
    qr_fini(&rig);

    unit(&rig, "(PI01"); /* refused once: nothing is missing */
    qr_after(&rig, "QRI", "(NAK", "QRI", "(230.0 013 072.0 50.0");
    assert_int_equal(qr_open(&rig), DRV_DONE);
    assert_string_equal(qr_value(&rig, "output.voltage.nominal"), "230");
    assert_int_equal(times(rig.sent, "F"), 0);
    qr_fini(&rig);
}

static void test_testing(void **state)
{
    struct qx_rig rig;
    (void)state;

    unit(&rig, "(PI01");
    qr_option(&rig, "testing", "");
    qr_answer(&rig, "QBDR", "(12 34");
    assert_int_equal(qr_open(&rig), DRV_DONE);
    assert_int_equal(times(rig.sent, "QBDR"), 1);
    assert_non_null(strstr(rig.log, "QBDR: (12 34"));
    qr_fini(&rig);
}

/* -- status ----------------------------------------------------------------------------------- */

static const char *flags_line(char line[80], const char *in, const char *out, const char *flags)
{
    snprintf(line, 80, "(%s 50.0 %s 50.0 001.0 000 370.0 370.0 082.0 ---.- 025.0 %s", in, out,
             flags);
    return line;
}

static void test_modes(void **state)
{
    static const struct {
        const char *pi, *mode, *in, *out, *flags, *status;
    } rows[] = {
        {"(PI01", "(L", "230.0", "230.0", "100000000000", "OL"},
        {"(PI01", "(P", "230.0", "000.0", "100000000000", "OFF OL"},
        {"(PI01", "(P", "230.0", "230.0", "100000000000", "OL"},
        {"(PI01", "(S", "230.0", "000.0", "100000000000", "OFF OL"},
        {"(PI01", "(S", "000.0", "000.0", "101000000000", "OFF OB"},
        {"(PI01", "(S", "230.0", "---.-", "100000000000", "OFF OL"},
        {"(PI01", "(S", "230.0", "230.0", "100010000000", "OL BYPASS"}, /* bypass_when_off */
        {"(PI01", "(Y", "230.0", "230.0", "100010000000", "OL BYPASS"},
        {"(PI01", "(Y", "230.0", "230.0", "100000000000", "OL BYPASS"},
        {"(PI01", "(Y", "230.0", "210.0", "100010000000", "OL BYPASS"},
        {"(PI01", "(B", "000.0", "230.0", "101000000000", "OB"},
        {"(PI01", "(B", "000.0", "230.0", "101010000000", "OB"},
        {"(PI01", "(B", "230.0", "230.0", "100000000000", "OB"},
        {"(PI01", "(T", "230.0", "230.0", "100000010000", "OL CAL"},
        {"(PI01", "(T", "230.0", "230.0", "100000000000", "OL CAL"},
        {"(PI01", "(T", "000.0", "230.0", "101000010000", "OB CAL"},
        {"(PI01", "(F", "230.0", "000.0", "100000000000", "OFF OL"},
        {"(PI01", "(F", "230.0", "230.0", "100000000000", "OL"},
        {"(PI01", "(E", "230.0", "230.0", "100010000000", "OL ECO"},
        {"(PI01", "(E", "230.0", "230.0", "100000000000", "OL ECO"},
        {"(PI01", "(C", "230.0", "230.0", "100000000000", "OL"},
        {"(PI01", "(D", "230.0", "230.0", "100000000000", "OL FSD"},
        {"(PI01", "(D", "000.0", "000.0", "101000000000", "OFF OB FSD"},
        {"(PI01", "(Q", "230.0", "230.0", "100000000000", "OL"},
        {"(PI01", "(L", "230.0", "230.0", "100001000000", "OL"},
        {"(PI01", "(L", "230.0", "230.0", "100000001000", "OL FSD"},
        {"(PI01", "(B", "000.0", "230.0", "101100000000", "OB LB"},
        /* a regulator; the letter never hides it */
        {"(PI00", "(L", "200.0", "230.0", "010010000000", "OL BOOST"},
        {"(PI08", "(L", "260.0", "230.0", "010010000000", "OL TRIM"},
        {"(PI08", "(L", "230.0", "230.0", "010010000000", "OL"},
        /* no QMOD: the flags alone */
        {"(PI01", "(NAK", "230.0", "230.0", "100010000000", "OL BYPASS"},
        {"(PI01", "(NAK", "230.0", "230.0", "100000000000", "OL"},
        {"(PI00", "(NAK", "230.0", "230.0", "010010000000", "OL"},
        {"(PI08", "(NAK", "200.0", "230.0", "010010000000", "OL BOOST"},
        {"(PI01", "(NAK", "000.0", "230.0", "101010000000", "OB"},
        {"(PI01", "(NAK", "000.0", "230.0", "100010000000", "OL"}, /* nothing to divide by */
        {"(PI01", "(NAK", "230.0", "100.0", "100010000000", "OL"},
        {"(PI01", "(NAK", "---.-", "---.-", "1-----------", "-"},
        /* QMOD twice of another opinion than b7 */
        {"(PI01", "(L", "230.0", "230.0", "101000000000", "OL"},
    };
    unsigned bad = 0;
    (void)state;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct qx_rig rig;
        char line[80];

        unit(&rig, rows[i].pi);
        qr_answer(&rig, "QMOD", rows[i].mode);
        qr_answer(&rig, "QGS", flags_line(line, rows[i].in, rows[i].out, rows[i].flags));
        assert_true(qr_up(&rig));
        assert_int_equal(qr_poll(&rig, DRV_POLL_FULL), DRV_DONE);
        assert_int_equal(qr_poll(&rig, DRV_POLL_FULL), DRV_DONE);
        const char *status = qr_value(&rig, "ups.status");
        if (strcmp(status, rows[i].status) != 0 &&
            !(status[0] == '\0' && rows[i].status[0] == '-')) {
            printf("# %s %s %s>%s %s: %s, not %s\n", rows[i].pi, rows[i].mode, rows[i].in,
                   rows[i].out, rows[i].flags, status, rows[i].status);
            bad++;
        }
        qr_fini(&rig);
    }
    assert_int_equal(bad, 0);
}

/* Steps a poll until the status has been published once: by QGS, before anything else is asked. */
static const char *after_qgs(struct qx_rig *rig)
{
    int64_t before = rig->r.taken_ms;

    rig->now_ms += 1000;
    while (rig->r.taken_ms == before)
        assert_true(qx_driver.poll(&rig->d, DRV_POLL_FAST, &rig->r) >= 0);
    return qr_value(rig, "ups.status");
}

/* A newer QGS counts at once, whatever QMOD has told before; QMOD is asked next. */
static void test_mains_is_told_at_once(void **state)
{
    struct qx_rig rig;
    (void)state;

    up(&rig, "(PI01");
    assert_int_equal(qr_poll(&rig, DRV_POLL_FAST), DRV_DONE);
    qr_answer(&rig, "QGS", BATTERY);
    assert_string_equal(after_qgs(&rig), "OB");
    assert_int_equal(qr_poll(&rig, DRV_POLL_FAST), DRV_DONE); /* its QMOD still says line */
    assert_int_equal(times(rig.sent, "QMOD"), 1);
    assert_string_equal(qr_value(&rig, "ups.status"), "OB");
    qr_answer(&rig, "QMOD", "(B");
    assert_int_equal(qr_poll(&rig, DRV_POLL_FAST), DRV_DONE);
    assert_string_equal(rig.sent, "QGS QMOD"); /* again, until both agree */
    assert_string_equal(qr_value(&rig, "ups.status"), "OB");

    qr_answer(&rig, "QGS", LINE);
    assert_string_equal(after_qgs(&rig), "OL");
    assert_int_equal(qr_poll(&rig, DRV_POLL_FAST), DRV_DONE);
    assert_string_equal(qr_value(&rig, "ups.status"), "OB"); /* the newer word, and the safe one */
    qr_answer(&rig, "QMOD", "(E");
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(qr_poll(&rig, DRV_POLL_FAST), DRV_DONE);
    assert_string_equal(qr_value(&rig, "ups.status"), "OL ECO");
    qr_fini(&rig);
}

/* The output goes off and on: not held up by the mode, and no bypass flashes up meanwhile. */
static void test_output_is_told_at_once(void **state)
{
    struct qx_rig rig;
    (void)state;

    up(&rig, "(PI01");
    qr_answer(&rig, "QGS", DEAD);
    assert_string_equal(after_qgs(&rig), "OFF OL");
    qr_answer(&rig, "QMOD", "(S");
    assert_int_equal(qr_poll(&rig, DRV_POLL_FAST), DRV_DONE);
    assert_string_equal(qr_value(&rig, "ups.status"), "OFF OL");
    qr_answer(&rig, "QGS",
              "(230.0 50.0 230.0 50.0 001.0 020 370.0 370.0 082.0 ---.- 025.0 100010000000");
    assert_string_equal(after_qgs(&rig), "OL");
    qr_answer(&rig, "QMOD", "(E");
    assert_int_equal(qr_poll(&rig, DRV_POLL_FAST), DRV_DONE);
    assert_string_equal(qr_value(&rig, "ups.status"), "OL ECO");
    qr_fini(&rig);
}

/* Every change of mode and every warning within three status polls. */
static void test_turns(void **state)
{
    struct qx_rig rig;
    (void)state;

    up(&rig, "(PI01");
    qr_answer(&rig, "QMOD", "(Y");
    qr_answer(&rig, "QWS", "(1000000000000000000000000000000000000000000000000000000000000000");
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(qr_poll(&rig, DRV_POLL_FAST), DRV_DONE);
        assert_int_equal(rig.exchanges, 2);
    }
    assert_string_equal(qr_value(&rig, "ups.status"), "OL BYPASS");
    assert_string_equal(qr_value(&rig, "experimental.ups.warnings"), "1");
    assert_string_equal(qr_value(&rig, "experimental.ups.mode"), "bypass");
    qr_fini(&rig);
}

/* QMOD and QWS that fall silent say nothing any more; one refusal proves nothing. */
static void test_silence(void **state)
{
    struct qx_rig rig;
    (void)state;

    unit(&rig, "(PI01");
    qr_answer(&rig, "QMOD", "(E");
    qr_answer(&rig, "QWS", "(0000000010000000000000000000000000000000000000000000000000000000");
    assert_true(qr_up(&rig));
    qr_answer(&rig, "QMOD", "(NAK");
    qr_answer(&rig, "QWS", "(NAK");
    for (unsigned i = 0; i < 2; i++)
        assert_int_equal(qr_poll(&rig, DRV_POLL_FULL), DRV_DONE);
    assert_string_equal(qr_value(&rig, "ups.status"), "OL ECO OVER");
    assert_int_equal(qr_poll(&rig, DRV_POLL_FULL), DRV_DONE);
    assert_string_equal(qr_value(&rig, "ups.status"), "OL");
    assert_string_equal(qr_value(&rig, "experimental.ups.mode"), "");
    assert_string_equal(qr_value(&rig, "experimental.ups.warnings"), "");
    qr_answer(&rig, "QMOD", "(E");
    assert_int_equal(qr_poll(&rig, DRV_POLL_FULL), DRV_DONE);
    assert_string_equal(qr_value(&rig, "ups.status"), "OL ECO");
    qr_fini(&rig);
}

static void test_beeper(void **state)
{
    static const struct {
        const char *flags, *bits, *status;
    } rows[] = {
        {"(EaD", "100000000000", "enabled"},  {"(EaD", "100000000100", "muted"},
        {"(EDa", "100000000000", "disabled"}, {"(EDa", "100000000100", "disabled"},
        {"(ED", "100000000000", "enabled"},   {"(ED", "100000000100", "disabled"},
        {"(NAK", "100000000000", "enabled"},  {"(NAK", "100000000100", "disabled"},
        {"(EaD", "100000000-00", ""},
    };
    (void)state;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct qx_rig rig;
        char line[80];

        unit(&rig, "(PI01");
        qr_answer(&rig, "QFLAG", rows[i].flags);
        qr_answer(&rig, "QGS", flags_line(line, "230.0", "230.0", rows[i].bits));
        assert_true(qr_up(&rig));
        assert_string_equal(qr_value(&rig, "ups.beeper.status"), rows[i].status);
        qr_fini(&rig);
    }
}

static void test_type_and_test(void **state)
{
    static const struct {
        const char *bits, *type, *test;
    } rows[] = {
        {"000000000000", "offline", "no test"},
        {"010000000001", "line-interactive", "passed"},
        {"100000000010", "online", "failed"},
        {"110000010001", "", "in progress"},
        {"--00000000-0", "", ""},
        {"100000000011", "online", "failed"},
    };
    (void)state;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct qx_rig rig;
        char line[80];

        unit(&rig, "(PI01");
        qr_answer(&rig, "QGS", flags_line(line, "230.0", "230.0", rows[i].bits));
        assert_true(qr_up(&rig));
        assert_string_equal(qr_value(&rig, "ups.type"), rows[i].type);
        assert_string_equal(qr_value(&rig, "ups.test.result"), rows[i].test);
        qr_fini(&rig);
    }
}

/* -- warnings and faults ---------------------------------------------------------------------- */

#define A(name) UPS_ALARM_##name

/* 0: none */
#define R(name) (UPS_ALARM_##name + 1)

static void test_warnings(void **state)
{
    static const uint16_t rfc[65] = {
        [1] = R(BATTERY_BAD),     [2] = R(INPUT_BAD),         [3] = R(INPUT_BAD),
        [4] = R(INPUT_BAD),       [5] = R(BYPASS_BAD),        [6] = R(BYPASS_BAD),
        [7] = R(CHARGER_FAILED),  [8] = R(LOW_BATTERY),       [9] = R(OUTPUT_OVERLOAD),
        [10] = R(FAN_FAILURE),    [12] = R(GENERAL_FAULT),    [13] = R(TEMP_BAD),
        [14] = R(CHARGER_FAILED), [15] = R(SHUTDOWN_PENDING), [16] = R(FUSE_FAILURE),
        [17] = R(FUSE_FAILURE),   [18] = R(FUSE_FAILURE),     [19] = R(GENERAL_FAULT),
        [20] = R(GENERAL_FAULT),  [21] = R(GENERAL_FAULT),    [22] = R(GENERAL_FAULT),
        [23] = R(GENERAL_FAULT),  [24] = R(GENERAL_FAULT),    [38] = R(CHARGER_FAILED),
        [51] = R(ON_BYPASS),      [52] = R(INPUT_BAD),        [56] = R(BATTERY_BAD),
        [57] = R(INPUT_BAD),      [60] = R(INPUT_BAD),        [61] = R(BYPASS_BAD),
        [62] = R(GENERAL_FAULT),  [64] = R(LOW_BATTERY),
    };
    static const char *const words[65] = {[8] = "OL LB", [9] = "OL OVER", [56] = "OL RB"};
    struct qx_rig rig;
    (void)state;

    up(&rig, "(PI01");
    for (unsigned n = 1; n <= 64; n++) {
        char reply[] = NO_WARNING, number[4];
        struct ups_alarm_set wanted = {{0}};

        reply[n] = '1';
        qr_answer(&rig, "QWS", reply);
        rig.log[0] = '\0';
        assert_int_equal(qr_poll(&rig, DRV_POLL_FULL), DRV_DONE);
        ups_alarm_add(&wanted, (enum ups_alarm)(A(VOLTRONIC_WARNING_1) + n - 1));
        if (rfc[n])
            ups_alarm_add(&wanted, (enum ups_alarm)(rfc[n] - 1));
        assert_memory_equal(&rig.r.alarms, &wanted, sizeof wanted);
        assert_string_equal(qr_value(&rig, "ups.status"), words[n] ? words[n] : "OL");
        snprintf(number, sizeof number, "%u", n);
        assert_string_equal(qr_value(&rig, "experimental.ups.warnings"), number);
        bool told = n == 59 || n == 60 || n == 61 || n == 63 || n == 64;
        assert_int_equal(strstr(rig.log, "is on, whose") != NULL, told);
    }
    qr_fini(&rig);
}

static void test_many_warnings(void **state)
{
    struct qx_rig rig;
    char all[] = NO_WARNING "00000000010";
    (void)state;

    up(&rig, "(PI01");
    qr_answer(&rig, "QWS", all); /* 75 digits: more than anybody knows of */
    for (unsigned i = 0; i < 2; i++)
        assert_int_equal(qr_poll(&rig, DRV_POLL_FULL), DRV_DONE);
    assert_string_equal(qr_value(&rig, "experimental.ups.warnings"), "none");
    const char *told = strstr(rig.log, "warning 74 is on, which nobody has documented");
    assert_non_null(told);
    assert_null(strstr(told + 1, "warning 74")); /* once */
    for (unsigned n = 1; n <= 64; n++)
        all[n] = '1';
    qr_answer(&rig, "QWS", all);
    for (unsigned i = 0; i < 2; i++)
        assert_int_equal(qr_poll(&rig, DRV_POLL_FULL), DRV_DONE);
    const char *text = qr_value(&rig, "experimental.ups.warnings");
    assert_true(strncmp(text, "1 2 3 ", 6) == 0);
    assert_true(text[strlen(text) - 1] != ' '); /* cut behind a whole number */
    told = strstr(rig.log, "warning 63 is on, whose");
    assert_non_null(told);
    assert_null(strstr(told + 1, "warning 63"));
    qr_answer(&rig, "QWS", "(00000000------------------------------------------------00000000");
    assert_int_equal(qr_poll(&rig, DRV_POLL_FULL), DRV_DONE);
    assert_string_equal(qr_value(&rig, "experimental.ups.warnings"), "none");
    qr_fini(&rig);
}

/* Switched off from afar: as requested, once it is off. */
static void test_remote_shutdown(void **state)
{
    struct qx_rig rig;
    char reply[] = NO_WARNING;
    (void)state;

    reply[15] = '1';
    up(&rig, "(PI01");
    qr_answer(&rig, "QWS", reply);
    qr_answer(&rig, "QMOD", "(S");
    qr_answer(&rig, "QGS", DEAD);
    assert_int_equal(qr_poll(&rig, DRV_POLL_FULL), DRV_DONE);
    assert_true(ups_alarm_has(&rig.r.alarms, A(UPS_OFF_AS_REQUESTED)));
    assert_false(ups_alarm_has(&rig.r.alarms, A(SHUTDOWN_PENDING)));
    qr_fini(&rig);
}

/* Emergency power off shows in QGS already. */
static void test_epo(void **state)
{
    struct qx_rig rig;
    char line[80];
    (void)state;

    up(&rig, "(PI01");
    qr_answer(&rig, "QGS", flags_line(line, "230.0", "000.0", "100000100000"));
    assert_int_equal(qr_poll(&rig, DRV_POLL_FAST), DRV_DONE);
    assert_true(ups_alarm_has(&rig.r.alarms, A(VOLTRONIC_WARNING_11)));
    assert_string_equal(qr_value(&rig, "ups.status"), "OFF OL");
    qr_fini(&rig);
}

#define RECORD(code) "(" code " 212.1 49.9 005.6 49.9 006 010.6 343.8 ---.- 026.2 021.8 01101100"
#define FAULTED      "(230.0 50.0 000.0 00.0 000.0 000 343.8 ---.- 026.2 ---.- 021.8 100001000000"

struct fault_row {
    const char *record;
    uint16_t own, rfc;
    const char *text;
};

static void check_faults(const char *pi, const struct fault_row *rows, size_t count)
{
    unsigned bad = 0;

    for (size_t i = 0; i < count; i++) {
        struct qx_rig rig;
        struct ups_alarm_set wanted = {{0}};

        unit(&rig, pi);
        qr_answer(&rig, "QMOD", "(F");
        qr_answer(&rig, "QGS", DEAD);
        qr_answer(&rig, "QFS", rows[i].record);
        assert_true(qr_up(&rig));
        assert_int_equal(qr_poll(&rig, DRV_POLL_FULL), DRV_DONE);
        ups_alarm_add(&wanted, A(GENERAL_FAULT));
        ups_alarm_add(&wanted, (enum ups_alarm)rows[i].own);
        if (rows[i].rfc)
            ups_alarm_add(&wanted, (enum ups_alarm)(rows[i].rfc - 1));
        const char *text = qr_value(&rig, "experimental.fault.last");
        bool over = rows[i].rfc == R(OUTPUT_OVERLOAD);
        if (memcmp(&wanted, &rig.r.alarms, sizeof wanted) != 0 ||
            strncmp(text, rows[i].text, strlen(rows[i].text)) != 0 ||
            over != ((rig.r.status & UPS_STATUS_MASK(OVER)) != 0)) {
            printf("# %.3s: \"%s\", %s\n", rows[i].record, text, qr_value(&rig, "ups.alarm"));
            bad++;
        }
        qr_fini(&rig);
    }
    assert_int_equal(bad, 0);
}

#define F(code, rfc, text)                                                                         \
    {                                                                                              \
        RECORD(#code), A(VOLTRONIC_FAULT_##code), rfc, #code ": " text                             \
    }

static void test_faults(void **state)
{
    static const struct fault_row rows[] = {
        F(01, 0, "the DC bus does not start"),
        F(02, 0, "bus voltage too high"),
        F(03, 0, "bus voltage too low"),
        F(04, 0, "halves of the bus unbalanced"),
        F(05, 0, "bus voltage falls too fast"),
        F(06, 0, "over-current in the PFC choke"),
        F(11, R(OUTPUT_BAD), "the inverter does not start"),
        F(12, R(OUTPUT_BAD), "inverter voltage too high"),
        F(13, R(OUTPUT_BAD), "inverter voltage too low"),
        F(14, R(OUTPUT_BAD), "inverter short of L1; 212.1>5.6 V, 6 %, 26.2 V"),
        F(15, R(OUTPUT_BAD), "inverter short of L2"),
        F(16, R(OUTPUT_BAD), "inverter short of L3"),
        F(17, R(OUTPUT_BAD), "inverter short L1-L2"),
        F(18, R(OUTPUT_BAD), "inverter short L2-L3"),
        F(19, R(OUTPUT_BAD), "inverter short L3-L1"),
        F(1A, R(OUTPUT_BAD), "negative power of the inverter, L1"),
        F(1B, R(OUTPUT_BAD), "negative power of the inverter, L2"),
        F(1C, R(OUTPUT_BAD), "negative power of the inverter, L3"),
        F(21, 0, "battery SCR short"),
        F(22, 0, "line SCR short"),
        F(23, 0, "inverter relay open"),
        F(24, 0, "inverter relay short"),
        F(25, 0, "wiring of input and output exchanged"),
        F(26, R(BATTERY_BAD), "battery polarity reversed"),
        F(27, R(CHARGER_FAILED), "battery voltage too high"),
        F(28, R(LOW_BATTERY), "battery voltage too low"),
        F(29, R(FUSE_FAILURE), "battery fuse open"),
        F(31, 0, "CAN bus communication"),
        F(32, 0, "host line"),
        F(33, 0, "synchronisation line"),
        F(34, 0, "synchronisation pulse"),
        F(35, 0, "parallel cable lost"),
        F(36, 0, "load unbalanced between the units"),
        F(41, R(TEMP_BAD), "over temperature"),
        F(42, 0, "communication between the control processors"),
        F(43, R(OUTPUT_OVERLOAD), "overload"),
        F(44, R(FAN_FAILURE), "fan"),
        F(45, R(CHARGER_FAILED), "charger"),
        F(46, 0, "model fault"),
        F(47, 0, "communication of the microcontroller"),
        {RECORD("77"), A(VOLTRONIC_FAULT_OTHER), 0, "77: unknown"},
        {RECORD("1D"), A(VOLTRONIC_FAULT_OTHER), 0, "1D: unknown"},
    };
    (void)state;

    check_faults("(PI01", rows, sizeof rows / sizeof *rows);
}

#define P(code, rfc, text)                                                                         \
    {                                                                                              \
        RECORD(#code), A(VOLTRONIC_P31_FAULT_##code), rfc, #code ": " text                         \
    }

static void test_p31_faults(void **state)
{
    static const struct fault_row rows[] = {
        P(01, R(FAN_FAILURE), "fan"),
        P(02, R(TEMP_BAD), "over temperature"),
        P(03, 0, "battery voltage too high"),
        P(04, R(LOW_BATTERY), "battery voltage too low"),
        P(05, 0, "inverter relay short"),
        P(06, 0, "inverter voltage too high"),
        P(07, R(OUTPUT_OVERLOAD), "overload"),
        P(08, 0, "bus voltage too high"),
        P(09, 0, "the bus does not start"),
        P(51, 0, "over-current"),
        P(52, 0, "bus voltage too low"),
        P(53, 0, "the inverter does not start"),
        P(54, R(DIAGNOSTIC_TEST_FAILED), "self-test failed"),
        P(55, 0, "DC offset of the output too high"),
        P(56, R(BATTERY_BAD), "battery open"),
        P(57, 0, "current sensor"),
        P(58, R(BATTERY_BAD), "battery short"),
        P(59, 0, "inverter voltage too low"),
        {RECORD("10"), A(VOLTRONIC_FAULT_OTHER), 0, "10: unknown"},
        {RECORD("43"), A(VOLTRONIC_FAULT_OTHER), 0, "43: unknown"},
    };
    (void)state;

    check_faults("(PI31", rows, sizeof rows / sizeof *rows);
}

/* The record is asked for while there is a fault, told to the log once, and no alarm later. */
static void test_fault_comes_and_goes(void **state)
{
    struct qx_rig rig;
    (void)state;

    up(&rig, "(PI01");
    qr_answer(&rig, "QFS", RECORD("14"));
    for (unsigned i = 0; i < 4; i++)
        assert_int_equal(qr_poll(&rig, DRV_POLL_FULL), DRV_DONE);
    assert_int_equal(times(rig.sent, "QFS"), 0);
    qr_answer(&rig, "QGS", FAULTED);
    qr_answer(&rig, "QMOD", "(F");
    assert_int_equal(qr_poll(&rig, DRV_POLL_FAST), DRV_DONE);
    assert_int_equal(qr_poll(&rig, DRV_POLL_FAST), DRV_DONE);
    assert_true(ups_alarm_has(&rig.r.alarms, A(VOLTRONIC_FAULT_14)));
    assert_int_equal(qr_poll(&rig, DRV_POLL_FULL), DRV_DONE);
    const char *told = strstr(
        rig.log, "fault 14 (inverter short of L1): input 212.1 V 49.9 Hz, inverter 5.6 V 49.9 Hz, "
                 "load 6 %, current 10.6, bus 343.8/- V, battery 26.2 V, 21.8 C; on: PFC, "
                 "inverter, input relay");
    assert_non_null(told);
    assert_null(strstr(told + 1, "fault 14"));
    qr_answer(&rig, "QGS", LINE);
    qr_answer(&rig, "QMOD", "(L");
    for (unsigned i = 0; i < 2; i++)
        assert_int_equal(qr_poll(&rig, DRV_POLL_FAST), DRV_DONE);
    assert_string_equal(qr_value(&rig, "ups.alarm"), "");
    assert_string_equal(qr_value(&rig, "ups.status"), "OL");
    assert_true(strncmp(qr_value(&rig, "experimental.fault.last"), "14: ", 4) == 0);
    /* the next fault is not the last one before its record was read */
    qr_answer(&rig, "QGS", FAULTED);
    qr_answer(&rig, "QFS", "(OK");
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(qr_poll(&rig, DRV_POLL_FAST), DRV_DONE);
    assert_true(ups_alarm_has(&rig.r.alarms, A(GENERAL_FAULT)));
    assert_false(ups_alarm_has(&rig.r.alarms, A(VOLTRONIC_FAULT_14)));
    qr_fini(&rig);
}

/* -- commands --------------------------------------------------------------------------------- */

/* Before the command QGS and QMOD tell `bits` and `mode`, after it `then` and `mode_then`. */
static const struct order {
    enum ups_command command;
    int32_t value, second;
    const char *bits, *mode, *bytes, *then, *mode_then, *flags;
    int32_t took, took_second;
} orders[] = {
#define C_ON   UPS_COMMAND_LOAD_ON
#define C_OFF  UPS_COMMAND_LOAD_OFF
#define RETURN UPS_COMMAND_SHUTDOWN_RETURN
#define STAY   UPS_COMMAND_SHUTDOWN_STAYOFF
#define TEST   UPS_COMMAND_TEST_BATTERY_START
#define IDLE   "100000000000", "(L"
#define COUNTS "100000001000", "(L"
#define TESTS  "100000010000", "(T"
    {RETURN, 30, 180, IDLE, "S.5R0003", COUNTS, NULL, 30, 180},
    {RETURN, -1, -1, IDLE, "S.5R0003", COUNTS, NULL, 30, 180},
    {RETURN, 0, 180, IDLE, "S.2R0003", COUNTS, NULL, 12, 180},
    {RETURN, 12, 180, IDLE, "S.2R0003", COUNTS, NULL, 12, 180},
    {RETURN, 17, 181, IDLE, "S.3R0004", COUNTS, NULL, 18, 240},
    {RETURN, 54, 180, IDLE, "S.9R0003", COUNTS, NULL, 54, 180},
    {RETURN, 59, 180, IDLE, "S01R0003", COUNTS, NULL, 60, 180},
    {RETURN, 60, 180, IDLE, "S01R0003", COUNTS, NULL, 60, 180},
    {RETURN, 90, 180, IDLE, "S02R0003", COUNTS, NULL, 120, 180},
    {RETURN, 119, 180, IDLE, "S02R0003", COUNTS, NULL, 120, 180},
    {RETURN, 120, 0, IDLE, "S02", COUNTS, NULL, 120, 10},
    {RETURN, 120, 60, IDLE, "S02R0003", COUNTS, NULL, 120, 180},
    {RETURN, 5940, 599940, IDLE, "S99R9999", COUNTS, NULL, 5940, 599940},
    {STAY, 30, -1, IDLE, "S.5R0000", COUNTS, NULL, 30, -1},
    {STAY, 5940, -1, IDLE, "S99R0000", COUNTS, NULL, 5940, -1},
    {UPS_COMMAND_SHUTDOWN_STOP, -1, -1, COUNTS, "CS", IDLE, NULL, -1, -1},
    {TEST, 600, -1, IDLE, "T10", TESTS, NULL, -1, -1},
    {TEST, -1, -1, IDLE, "T10", TESTS, NULL, -1, -1},
    {TEST, 45, -1, IDLE, "T.8", TESTS, NULL, -1, -1},
    {TEST, 5940, -1, IDLE, "T99", TESTS, NULL, -1, -1},
    {UPS_COMMAND_TEST_BATTERY_START_QUICK, -1, -1, IDLE, "T", TESTS, NULL, -1, -1},
    {UPS_COMMAND_TEST_BATTERY_START_DEEP, -1, -1, IDLE, "TL", TESTS, NULL, -1, -1},
    {UPS_COMMAND_TEST_BATTERY_START_DEEP, -1, -1, "100000000000", "(E", "TL", TESTS, NULL, -1, -1},
    {UPS_COMMAND_TEST_BATTERY_START_DEEP, -1, -1, "100000000000", "(C", "TL", TESTS, NULL, -1, -1},
    {UPS_COMMAND_TEST_BATTERY_STOP, -1, -1, TESTS, "CT", IDLE, NULL, -1, -1},
    {C_OFF, -1, -1, IDLE, "SOFF", "100000000000", "(S", NULL, -1, -1},
    {C_ON, -1, -1, "100000000000", "(S", "SON", IDLE, NULL, -1, -1},
    {C_ON, -1, -1, "101000000000", "(S", "SON", "101000000000", "(B", NULL, -1, -1},
    {UPS_COMMAND_BEEPER_TOGGLE, -1, -1, IDLE, "BZOFF", "100000000100", "(L", NULL, -1, -1},
    {UPS_COMMAND_BEEPER_TOGGLE, -1, -1, "100000000100", "(L", "BZON", IDLE, NULL, -1, -1},
    {UPS_COMMAND_BEEPER_TOGGLE, -1, -1, "100000000100", "(L", "BZON", IDLE, "(ED", -1, -1},
    {UPS_COMMAND_BEEPER_TOGGLE, -1, -1, IDLE, "BZOFF", "100000000100", "(L", "(ED", -1, -1},
    {UPS_COMMAND_BEEPER_MUTE, -1, -1, IDLE, "BZOFF", "100000000100", "(L", NULL, -1, -1},
    {UPS_COMMAND_BEEPER_ENABLE, -1, -1, "100000000100", "(L", "BZON", IDLE, NULL, -1, -1},
};

static void status_now(struct qx_rig *rig, const char *bits, const char *mode)
{
    bool off = strcmp(mode, "(S") == 0;
    char line[80];

    qr_answer(rig, "QMOD", mode);
    qr_answer(rig, "QGS", flags_line(line, "230.0", off ? "000.0" : "230.0", bits));
}

/* The reply to `bytes`; from then on the device shows what the order is to bring about. */
static int give(struct qx_rig *rig, const struct order *o, const char *reply, bool obeys)
{
    char line[80];
    bool off = strcmp(o->mode_then, "(S") == 0;

    unit(rig, "(PI01");
    if (o->flags)
        qr_answer(rig, "QFLAG", o->flags);
    status_now(rig, o->bits, o->mode);
    assert_true(qr_up(rig));
    if (obeys) {
        flags_line(line, "230.0", off ? "000.0" : "230.0", o->then);
        qr_after(rig, o->bytes, reply, "QGS", line);
        qr_also(rig, o->bytes, "QMOD", o->mode_then);
    } else {
        qr_answer(rig, o->bytes, reply);
    }
    return qr_command(rig, o->command, o->value, o->second);
}

static void test_orders(void **state)
{
    unsigned bad = 0;
    (void)state;

    for (size_t i = 0; i < sizeof orders / sizeof *orders; i++) {
        const struct order *o = &orders[i];
        struct qx_rig rig;
        int rc = give(&rig, o, "(ACK", true);

        if (rc != DRV_DONE || times(rig.sent, o->bytes) != 1 || rig.d.took.value != o->took ||
            rig.d.took.second != o->took_second) {
            printf("# %s %d %d: %d (%s), sent %s, took %d %d\n", ups_commands[o->command].name,
                   (int)o->value, (int)o->second, rc, rig.d.why, rig.sent, (int)rig.d.took.value,
                   (int)rig.d.took.second);
            bad++;
        }
        qr_fini(&rig);
    }
    assert_int_equal(bad, 0);
}

/* (NAK and silence fail; (ACK alone does not count where the status can show it. */
static void test_refusals(void **state)
{
    static const struct {
        const char *reply;
        int result;
    } replies[] = {{"(NAK", UPS_E_REFUSED}, {"(NACK", UPS_E_REFUSED}, {NULL, UPS_E_TIMEOUT}};
    unsigned bad = 0;
    (void)state;

    for (size_t i = 0; i < sizeof orders / sizeof *orders; i++)
        for (size_t k = 0; k < sizeof replies / sizeof *replies; k++) {
            struct qx_rig rig;
            int rc = give(&rig, &orders[i], replies[k].reply, false);

            if (rc != replies[k].result || rig.d.why[0] == '\0') {
                printf("# %s: %d %s\n", orders[i].bytes, rc, rig.d.why);
                bad++;
            }
            qr_fini(&rig);
        }
    assert_int_equal(bad, 0);
}

static void test_acknowledged_and_not_done(void **state)
{
    (void)state;

    for (size_t i = 0; i < sizeof orders / sizeof *orders; i++) {
        struct qx_rig rig;
        int rc = give(&rig, &orders[i], "(ACK", false);

        if (orders[i].command == UPS_COMMAND_BEEPER_TOGGLE) { /* units that never show it */
            assert_int_equal(rc, DRV_DONE);
            assert_non_null(strstr(rig.log, "can't be seen"));
        } else {
            assert_int_equal(rc, UPS_E_TIMEOUT);
        }
        if (orders[i].command == RETURN || orders[i].command == STAY)
            assert_int_equal(times(rig.sent, "CS"), 1); /* taken back */
        qr_fini(&rig);
    }
}

/* What the mode forbids is not even sent. */
static void test_preconditions(void **state)
{
    static const struct {
        enum ups_command command;
        const char *bits, *mode, *flags, *bytes;
    } rows[] = {
        {UPS_COMMAND_TEST_BATTERY_START_QUICK, "100000000000", "(S", FLAGS, "T"},
        {UPS_COMMAND_TEST_BATTERY_START_QUICK, "100000000000", "(Y", FLAGS, "T"},
        {UPS_COMMAND_TEST_BATTERY_START_QUICK, "100000000000", "(B", FLAGS, "T"},
        {UPS_COMMAND_TEST_BATTERY_START_QUICK, "100000000000", "(F", FLAGS, "T"},
        {UPS_COMMAND_TEST_BATTERY_START_QUICK, "100000000000", "(D", FLAGS, "T"},
        {UPS_COMMAND_TEST_BATTERY_START_QUICK, "100000010000", "(T", FLAGS, "T"},
        {UPS_COMMAND_TEST_BATTERY_START_DEEP, "100000000000", "(P", FLAGS, "TL"},
        {TEST, "100000000000", "(Y", FLAGS, "T10"},
        {C_OFF, "100000000000", "(L", "(EoDf", "SOFF"},
        {C_OFF, "100000000000", "(L", "(EoD", "SOFF"},
        {UPS_COMMAND_BEEPER_MUTE, "100000000000", "(L", "(EDa", "BZOFF"},
        {UPS_COMMAND_BEEPER_TOGGLE, "100000000000", "(L", "(EDa", "BZOFF"},
        {UPS_COMMAND_SHUTDOWN_STOP, "100000000000", "(S", FLAGS, "CS"},
    };
    (void)state;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct qx_rig rig;

        unit(&rig, "(PI01");
        qr_answer(&rig, "QFLAG", rows[i].flags);
        status_now(&rig, rows[i].bits, rows[i].mode);
        qr_answer(&rig, rows[i].bytes, "(ACK");
        assert_true(qr_up(&rig));
        assert_int_equal(qr_command(&rig, rows[i].command, -1, -1), UPS_E_REFUSED);
        assert_int_equal(times(rig.sent, rows[i].bytes), 0);
        qr_fini(&rig);
    }
}

/* The bypass does not take the load over where it is forbidden, or has nothing to give. */
static void test_off_in_spite_of_bypass(void **state)
{
    static const struct {
        const char *flags, *bits, *mode;
    } rows[] = {{"(EofD", "100000000000", "(L"}, {"(EoDf", "101000000000", "(B"}};
    (void)state;

    for (size_t i = 0; i < 2; i++) {
        struct order o = {C_OFF,  -1,           -1,   rows[i].bits,  rows[i].mode,
                          "SOFF", rows[i].bits, "(S", rows[i].flags, -1,
                          -1};
        struct qx_rig rig;

        assert_int_equal(give(&rig, &o, "(ACK", true), DRV_DONE);
        qr_fini(&rig);
    }
}

/* beeper.disable and beeper.enable show in QFLAG. */
static void test_beeper_switch(void **state)
{
    struct qx_rig rig;
    (void)state;

    up(&rig, "(PI01");
    qr_after(&rig, "PDA", "(ACK", "QFLAG", "(EpbrshcDovegfjla");
    assert_int_equal(qr_command(&rig, UPS_COMMAND_BEEPER_DISABLE, -1, -1), DRV_DONE);
    assert_int_equal(times(rig.sent, "PDA"), 1);
    assert_string_equal(qr_value(&rig, "ups.beeper.status"), "disabled");
    assert_int_equal(qr_command(&rig, UPS_COMMAND_BEEPER_DISABLE, -1, -1), DRV_DONE);
    assert_int_equal(times(rig.sent, "PDA"), 0); /* is so already */
    qr_after(&rig, "PEA", "(ACK", "QFLAG", FLAGS);
    assert_int_equal(qr_command(&rig, UPS_COMMAND_BEEPER_ENABLE, -1, -1), DRV_DONE);
    assert_int_equal(times(rig.sent, "PEA"), 1);
    assert_string_equal(qr_value(&rig, "ups.beeper.status"), "enabled");
    qr_fini(&rig);

    unit(&rig, "(PI01");
    qr_answer(&rig, "QFLAG", "(EpD");
    assert_true(qr_up(&rig));
    assert_int_equal(qr_command(&rig, UPS_COMMAND_BEEPER_DISABLE, -1, -1), UPS_E_UNSUPPORTED);
    assert_int_equal(qr_command(&rig, UPS_COMMAND_BEEPER_MUTE, -1, -1), UPS_E_UNSUPPORTED);
    qr_fini(&rig);
}

/* ondelay below three minutes is what the administrator wants: then commands may be as short. */
static void test_short_delay(void **state)
{
    static const struct {
        const char *ondelay;
        int32_t second;
        const char *bytes;
    } rows[] = {
        {"60", 60, "S.5R0001"}, {"60", -1, "S.5R0001"},  {"120", 60, "S.5R0002"},
        {"0", -1, "S.5"},       {"600", 60, "S.5R0003"}, {"600", 240, "S.5R0004"},
    };
    (void)state;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct qx_rig rig;
        char line[80];

        unit(&rig, "(PI01");
        qr_option(&rig, "ondelay", rows[i].ondelay);
        assert_true(qr_up(&rig));
        qr_after(&rig, rows[i].bytes, "(ACK", "QGS",
                 flags_line(line, "230.0", "230.0", "100000001000"));
        assert_int_equal(qr_command(&rig, RETURN, 30, rows[i].second), DRV_DONE);
        assert_int_equal(times(rig.sent, rows[i].bytes), 1);
        qr_fini(&rig);
    }
}

/* A countdown that runs is cancelled first; an output that is off is left alone. */
static void test_second_shutdown(void **state)
{
    struct qx_rig rig;
    char line[80];
    (void)state;

    unit(&rig, "(PI01");
    status_now(&rig, COUNTS);
    assert_true(qr_up(&rig));
    qr_after(&rig, "CS", "(ACK", "QGS", LINE);
    qr_after(&rig, "S.5R0003", "(ACK", "QGS", flags_line(line, "230.0", "230.0", "100000001000"));
    assert_int_equal(qr_command(&rig, RETURN, 30, 180), DRV_DONE);
    assert_non_null(strstr(rig.sent, "CS"));
    assert_true(strstr(rig.sent, "CS") < strstr(rig.sent, "S.5R0003"));
    qr_fini(&rig);

    unit(&rig, "(PI01");
    status_now(&rig, "100000000000", "(S");
    assert_true(qr_up(&rig));
    qr_answer(&rig, "S.5R0003", "(ACK");
    (void)qr_command(&rig, RETURN, 30, 180);
    assert_int_equal(times(rig.sent, "CS"), 0); /* it would switch it on */
    qr_fini(&rig);
}

static void test_limits_of_arguments(void **state)
{
    static const struct {
        enum ups_command command;
        int32_t value, second;
    } rows[] = {{RETURN, 5941, 180}, {RETURN, 30, 599941}, {STAY, 6000, -1}, {TEST, 5941, -1}};
    struct qx_rig rig;
    (void)state;

    up(&rig, "(PI01");
    assert_int_equal(rig.d.caps.off_most, 5940);
    assert_int_equal(rig.d.caps.on_most, 599940);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_int_equal(qr_command(&rig, rows[i].command, rows[i].value, rows[i].second),
                         UPS_E_INVALID);
    qr_fini(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_captures),
        cmocka_unit_test(test_rejected),
        cmocka_unit_test(test_claim),
        cmocka_unit_test(test_search),
        cmocka_unit_test(test_both_are_needed),
        cmocka_unit_test(test_asked_once),
        cmocka_unit_test(test_what_others_tell),
        cmocka_unit_test(test_testing),
        cmocka_unit_test(test_modes),
        cmocka_unit_test(test_mains_is_told_at_once),
        cmocka_unit_test(test_output_is_told_at_once),
        cmocka_unit_test(test_turns),
        cmocka_unit_test(test_silence),
        cmocka_unit_test(test_beeper),
        cmocka_unit_test(test_type_and_test),
        cmocka_unit_test(test_warnings),
        cmocka_unit_test(test_many_warnings),
        cmocka_unit_test(test_remote_shutdown),
        cmocka_unit_test(test_epo),
        cmocka_unit_test(test_faults),
        cmocka_unit_test(test_p31_faults),
        cmocka_unit_test(test_fault_comes_and_goes),
        cmocka_unit_test(test_orders),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_acknowledged_and_not_done),
        cmocka_unit_test(test_preconditions),
        cmocka_unit_test(test_off_in_spite_of_bypass),
        cmocka_unit_test(test_beeper_switch),
        cmocka_unit_test(test_short_delay),
        cmocka_unit_test(test_second_shutdown),
        cmocka_unit_test(test_limits_of_arguments),
    };

    return cmocka_run_group_tests_name("qx voltronic", tests, NULL, NULL);
}
