/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lines of real devices, as published (docs/protocols/qx.md names the sources), and the variables
 * that they must become; some constructed ones where nobody has published any, marked so.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "qx_rig.h"

/* "-" after a name: the variable must be unknown. */
struct capture {
    const char *id, *protocol;
    struct {
        const char *request, *reply;
        bool bare;
    } line[10];
    const char *expect[24];
};

#define Q1(reply)                                                                                  \
    {                                                                                              \
        "Q1", reply, false                                                                         \
    }

static const struct capture captures[] = {
    {"D1 D2: Powersa RT3000, per cell, without CR",
     "megatec",
     {{"Q1", "(227.0 120.0 000.0 000 49.9 2.28 25.0 00000001", true},
      {"F", "#220.0 013 72.00 50.0", true},
      {"I", "#                           V3.8      ", false}},
     {"input.voltage=227.0", "input.voltage.fault=120.0", "output.voltage=0.0", "ups.load=0.0",
      "input.frequency=49.9", "battery.voltage=2.28", "ups.temperature=25.0", "ups.status=OL",
      "ups.type=online", "ups.beeper.status=enabled", "battery.voltage.nominal=72.0",
      "battery.packs=36", "battery.charge=100", "input.voltage.nominal=220",
      "input.current.nominal=13.0", "input.frequency.nominal=50", "battery.voltage.low=62.40",
      "battery.voltage.high=78.00"}},
    {"D4 D5 D6: DEXP CEE-E1500VA, blank ratings",
     "megatec",
     {Q1("(243.0 000.0 210.0 015 50.1 26.9 29.0 00101000"),
      {"F", "#   .   .  24.00   . ", false},
      {"I", "#                           V3.8      ", false}},
     {"input.voltage=243.0", "input.voltage.fault=0.0", "output.voltage=210.0", "ups.load=15.0",
      "input.frequency=50.1", "battery.voltage=26.90", "ups.temperature=29.0", "ups.status=OL TRIM",
      "ups.type=offline / line interactive", "ups.beeper.status=disabled",
      "battery.voltage.nominal=24.0", "input.voltage.nominal=-", "input.current.nominal=-",
      "input.frequency.nominal=-", "ups.firmware=V3.8", "ups.mfr=-", "ups.model=-",
      "battery.packs=-"}},
    {"D7 D8: AdPos MicroSinus, no runtime in its name",
     "megatec",
     {Q1("(229.4 229.4 229.4 013 49.9 13.1 25.0 00001001"),
      {"F", "#230.0 010 48.00 50.0", false},
      {"I", "#                MicroSinus V5.15C0503", false}},
     {"ups.model=MicroSinus", "ups.firmware=V5.15C0503", "ups.serial=-", "battery.runtime=-",
      "input.voltage.nominal=230", "input.current.nominal=10.0", "battery.voltage.nominal=48.0",
      "input.frequency.nominal=50"}},
    {"constructed: Megatec's interface chip, serial number and runtime",
     "megatec",
     {Q1("(229.4 229.4 229.4 013 49.9 13.1 25.0 00001001"),
      {"I", "#MegaTecabcedfhi k130v12345 v3.400000", false}},
     {"ups.mfr=MegaTec", "ups.serial=abcedfhi", "ups.model=k130v", "ups.firmware=v3.400000",
      "battery.runtime=-"}},
    {"D9: Ippon",
     "q1",
     {Q1("(229.4 229.4 229.4 013 49.9 13.1 25.0 00001001")},
     {"input.voltage=229.4", "output.voltage=229.4", "ups.load=13.0", "battery.voltage=13.10",
      "ups.status=OL", "ups.beeper.status=enabled", "battery.charge=-", "ups.alarm=-"}},
    {"D10: DigiTECH 650VA on battery",
     "q1",
     {Q1("(000.0 000.0 230.0 000 00.0 13.2 29.0 10001000")},
     {"input.voltage=0.0", "output.voltage=230.0", "input.frequency=0.0", "battery.voltage=13.20",
      "ups.status=OB", "ups.type=offline / line interactive", "ups.beeper.status=disabled"}},
    {"D11: Vultech V2000",
     "q1",
     {Q1("(233.0 000.0 233.0 014 49.0 27.0 20.8 00001001")},
     {"ups.load=14.0", "battery.voltage=27.00", "ups.temperature=20.8", "ups.status=OL",
      "ups.beeper.status=enabled"}},
    {"D12: Armac R/3000I/PF1, per cell",
     "q1",
     {Q1("(241.5 000.0 230.3 000 49.9 2.25 48.0 00000001")},
     {"output.voltage=230.3", "battery.voltage=2.25", "ups.temperature=48.0", "ups.type=online",
      "ups.status=OL", "ups.beeper.status=enabled", "battery.packs=-"}},
    {"D13: MEC0003",
     "q1",
     {Q1("(232.0 000.0 232.0 000 49.9 13.6 29.0 00001000")},
     {"battery.voltage=13.60", "ups.status=OL", "ups.beeper.status=disabled"}},
    {"D15 D32: OMRON BN150T, b5 set on mains",
     "omron",
     {Q1("(102.5 000.0 102.4 000 49.9 54.5 22.7 00101000"),
      {"Bl ?", "100", false},
      {"RTS", "0699", false},
      {"UN", "1125W/1125VA/048V/160W/020W", false},
      {"FWV", "M:0.17(S:2.00)", false},
      {"TPb", "-12.5", false},
      {"Lf ?", "050.0", false},
      {"PSNR", "BN150T-123456789", false},
      {"BRR", "20240229", false}},
     {"ups.status=OL", "battery.voltage=54.50", "ups.temperature=22.7", "battery.charge=100",
      "battery.runtime=41940", "ups.realpower.nominal=1125", "ups.power.nominal=1125",
      "battery.voltage.nominal=48.0", "ups.firmware=0.17", "ups.firmware.aux=2.00",
      "ups.beeper.status=-", "battery.temperature=-12.5", "output.frequency=50.0",
      "ups.serial=BN150T-123456789", "battery.date=2024-02-29", "ups.delay.start=-"}},
    {"constructed: OMRON refuses, a day that is none",
     "omron",
     {Q1("(102.5 000.0 102.4 000 49.9 54.5 22.7 00101000"),
      {"Bl ?", "101", false},
      {"PSNR", "NAK             ", false},
      {"BRR", "20230229", false}},
     {"battery.charge=-", "ups.serial=-", "battery.date=-"}},
    {"D16: blanks instead of zeros (the rest of the line is constructed)",
     "q1",
     {Q1("(120.0 084.0 120.0   0 60.0 22.6 25.0 00001000")},
     {"ups.load=0.0", "input.voltage.fault=84.0", "input.frequency=60.0", "battery.voltage=22.60"}},
    {"constructed: fields filled with dashes, at signs and blanks",
     "q1",
     {Q1("(228.3 @@@.@ ---.-     50.0 13.6 --.- 00001001")},
     {"input.voltage=228.3", "input.voltage.fault=-", "output.voltage=-", "ups.load=-",
      "input.frequency=50.0", "battery.voltage=13.60", "ups.temperature=-", "ups.status=OL"}},
    {"on battery, NUT's issues",
     "q1",
     {Q1("(000.0 000.0 234.0 022 00.0 12.3 20.8 10001000")},
     {"ups.status=OB", "ups.load=22.0", "battery.voltage=12.30"}},
    {"online type with a raised output",
     "q1",
     {Q1("(125.7 105.6 120.2 016 60.0 2.32 00.0 00000001")},
     {"input.voltage=125.7", "input.voltage.fault=105.6", "output.voltage=120.2",
      "battery.voltage=2.32", "ups.status=OL"}},
    {"constructed: one flag has a third value: the others count",
     "q1",
     {Q1("(247.0 000.0 214.0 016 50.0 27.1 25.0 00201002")},
     {"ups.status=OL TRIM", "ups.beeper.status=-"}},
    {"constructed: everything at once",
     "q1",
     {Q1("(000.0 000.0 230.0 100 00.0 10.2 25.0 11111111")},
     {"ups.status=OB LB CAL FSD", "ups.alarm!general fault", "ups.beeper.status=enabled"}},
    {"Online Yunto YQ450 (values published, line rebuilt)",
     "zinto",
     {Q1("(232.0 001.0 232.0 000 50.0 13.4 25.0 00101000"),
      {"FW?", "#ONLINE          YQ450      V1.0      ", false}},
     {"ups.status=OL BYPASS", "ups.mfr=ONLINE", "ups.model=YQ450", "ups.firmware=V1.0"}},
    {"UltraMax 1000SC (values published, line rebuilt)",
     "mustek",
     {{"QS", "(242.3 242.3 242.3 013 50.0 27.2 --.- 00001001", false}},
     {"input.voltage=242.3", "ups.temperature=-", "battery.voltage=27.20", "ups.status=OL",
      "ups.beeper.status=enabled"}},
    {"megatec/old, constructed",
     "megatec/old",
     {{"D", "(208.4 140.0 208.4 034 59.9 2.05 35.0 00110000", false},
      {"I", "#Megatec         Old        1.0       ", false}},
     {"ups.status=OL BYPASS", "ups.load=34.0", "ups.alarm!general fault", "ups.model=Old"}},
    {"Powercool 2000VA (values published, lines rebuilt)",
     "hunnox",
     {Q1("(241.0 000.0 241.0 012 50.0 40.5 28.0 00001001"),
      {"F", "#230.0 6.9 36.00 50.0", false},
      {"FW?", "#                                     ", false},
      {"BL", "BL50", false}},
     {"battery.voltage=40.50", "input.current.nominal=6.9", "battery.voltage.nominal=36.0",
      "battery.charge=50", "ups.delay.start=0", "ups.delay.shutdown=60", "ups.status=OL"}},
    {"hunnox without BL: charge by voltage (constructed)",
     "hunnox",
     {Q1("(241.0 000.0 241.0 012 50.0 37.8 28.0 00001001"),
      {"F", "#230.0 6.9 36.00 50.0", false},
      {"FW?", "#                                     ", false},
      {"BL", "UPS No Ack", false}},
     {"battery.charge=-", "ups.status=OL"}},
    {"D20 D21 D22: Ippon Innova RT 3/1 20K",
     "innovart31",
     {Q1("(227.0 000.0 229.9 007 50.0 2.28 23.0 00000001"),
      {"Q6",
       "(227.0 225.6 230.0 50.0 229.9 000.0 000.0 49.9 007 000 000 327.8 000.0 23.0 06932 100 32 "
       "00000000 00000000 11",
       false},
      {"WA", "(001.4 000.0 000.0 001.4 000.0 000.0 001.4 001.4 006.5 000.0 000.0 007 00000000",
       false},
      {"BPS", "(227.0 000.0 000.0 50.0", false},
      {"F", "#230.0 087 288.0 50.0", false},
      {"FW?", "05516-1100", false},
      {"SASV07?", "GASV07D83A1234567890        ", false}},
     {"input.L1-N.voltage=227.0",
      "input.L2-N.voltage=225.6",
      "input.L3-N.voltage=230.0",
      "output.voltage=229.9",
      "output.frequency=49.9",
      "ups.load=7.0",
      "battery.voltage=327.80",
      "ups.temperature=23.0",
      "battery.runtime=6932",
      "battery.charge=100",
      "output.realpower=1400",
      "output.power=1400",
      "output.current=6.5",
      "ups.power=1400",
      "input.phases=3",
      "output.phases=1",
      "input.bypass.voltage=227.0",
      "input.current.nominal=87.0",
      "battery.voltage.nominal=288.0",
      "ups.firmware=05516-1100",
      "ups.serial=83A1234567890",
      "ups.mfr=Ippon"}},
    {"D24: Ippon Innova TAE, filler instead of a name",
     "innovatae",
     {Q1("(228.0 228.0 230.0 010 50.0 2.28 25.0 00000001"),
      {"I", "#222222222222222222222222222R1.00.48  ", false}},
     {"ups.firmware=R1.00.48", "ups.mfr=Ippon", "ups.model=-"}},
    {"D25: Gtec ZP120N",
     "gtec",
     {{"Q4", "(236.7 243.2 212.1 220.1 230.4 002 001 50.0 371 372 041.3 22.9 IM", false},
      {"I", "#GTEC            ZP120N     1.00      ", false}},
     {"input.voltage=236.7", "input.voltage.fault=220.1", "output.voltage=230.4", "ups.load=1.0",
      "input.frequency=50.0", "battery.voltage=41.30", "ups.temperature=22.9", "ups.status=OL",
      "ups.test.result=passed", "ups.beeper.status=-"}},
    {"gtec: letters in any order (constructed)",
     "gtec",
     {{"Q4", "(000.0 243.2 212.1 220.1 230.4 002 101 50.0 371 372 041.3 22.9 NBAPJ", false},
      {"I", "#GTEC            ZP120N     1.00      ", false}},
     {"ups.status=OB LB RB OVER", "ups.alarm!no battery is connected", "ups.test.result=failed"}},
    {"gtec off (constructed)",
     "gtec",
     {{"Q4", "(236.7 243.2 212.1 220.1 000.0 000 000 50.0 371 372 041.3 22.9 G", false},
      {"I", "#GTEC            ZP120N     1.00      ", false}},
     {"ups.status=OFF", "ups.alarm!site fault"}},
    {"D26 to D31: Masterguard A700-19",
     "masterguard",
     {{"WH",
       "(00 10.06 03.09 A  700  + 0 Bat Pack-19        0 230 50.00 012 02.30 006.00 012.00 018 10 "
       "40 160 276 47.00 53.00",
       false},
      {"Q3", "(00 225.9 225.9 229.3 043 50.0 02.27 23.4 017.03 100 00000000 00000000", false},
      {"GS,00", "(00,00 0 1", false},
      {"GBS,00", "(00,100 0017 0000 0708 0712 0994 115 02.28", false},
      {"MSO", "(220 230 240", false},
      {"PNV", "(PNV=230", false},
      {"GSN,00", "(00,SSN=12345678   54321", false},
      {"DRC,00", "(00,0001:02:03:04", false},
      {"FLT,00",
       "(00,7 0043 0000:16:48:06 0 0000 0000:00:00:00 0 0000 0000:00:00:00 0 0000 0000:00:00:00 0 "
       "0000 0000:00:00:00",
       false}},
     {"ups.id=0",
      "ups.firmware=10.06",
      "ups.firmware.aux=03.09",
      "ups.model=A700-19",
      "ups.power.nominal=700",
      "input.voltage.nominal=230",
      "input.frequency.nominal=50",
      "battery.voltage.nominal=27.6",
      "ambient.0.temperature.high=40",
      "input.voltage.high.critical=276",
      "input.frequency.low=47.0",
      "ups.status=OL",
      "ups.type=online",
      "ups.load=43.0",
      "battery.voltage=27.24",
      "battery.runtime=1023",
      "battery.charge=100",
      "ups.power=301",
      "ups.test.result=no test",
      "battery.packs=0",
      "ups.beeper.status=enabled",
      "output.voltage.nominal=230",
      "device.uptime=93784",
      "experimental.fault.last=output short circuit, 43 V"}},
    {"masterguard: part and serial, alarms and results (constructed)",
     "masterguard",
     {{"WH",
       "(07 10.06 03.09 A 3000  + 2 Bat Pack-19        2 230 50.00 036 02.00 006.00 012.00 018 10 "
       "40 160 276 47.00 53.00",
       false},
      {"Q3", "(07 000.0 120.9 229.3 043 50.0 02.01 23.4 000.59 050 11110110 01011011", false},
      {"GSN,07", "(07,SSN=6SX1234    54321", false},
      {"MSO", "(230", false}},
     {"ups.id=7", "ups.model=A3000-19", "device.part=6SX1234", "ups.serial=54321",
      "ups.status=OB LB BYPASS RB CAL FSD", "ups.alarm!parallel operation",
      "ups.alarm!general fault", "ups.test.result=failed", "battery.runtime=59",
      "battery.voltage=72.36"}},
    {"bestups: a Fortress (constructed after the vendor's document)",
     "bestups",
     {Q1("(120.0 120.0 120.0 025 60.0 27.2 25.0 00000000"),
      {"ID", "FOR,750,120,120,20.0,27.6", false},
      {"RT", "014", false},
      {"M", "0", false}},
     {"ups.mfr=Best Power", "ups.model=Fortress", "ups.power.nominal=750",
      "input.voltage.nominal=120", "output.voltage.nominal=120", "battery.voltage.low=20.00",
      "battery.voltage.high=27.60", "battery.runtime=840", "input.transfer.low=96",
      "input.transfer.high=146", "input.transfer.boost.high=109", "ups.beeper.status=-",
      "battery.charge=95"}},
    {"bestups: 28 bytes of ID, European voltages (constructed)",
     "bestups",
     {Q1("(230.0 230.0 230.0 025 50.0 0240 25.0 00000001"),
      {"ID", "AX1,3000,230,230,20.0,100.6", false},
      {"BP?", "03", false},
      {"RT", "020", false},
      {"M", "4", false}},
     {"ups.model=Axxium Rackmount", "battery.packs=3", "battery.voltage=240.00",
      "input.transfer.low=188", "input.transfer.high=270", "input.voltage.nominal=230",
      "battery.voltage.high=100.60"}},
    {"bestups: inverted b5 of a Patriot Pro II: 0 means that it boosts (constructed)",
     "bestups",
     {Q1("(105.0 120.0 120.0 025 60.0 27.2 25.0 00000000"),
      {"ID", "PR2,0750,120,120,20.0,27.6", false}},
     {"ups.status=OL BOOST"}},
    {"bestups: and 1 that it does not (constructed)",
     "bestups",
     {Q1("(105.0 120.0 120.0 025 60.0 27.2 25.0 00100000"),
      {"ID", "PR2,0750,120,120,20.0,27.6", false}},
     {"ups.status=OL"}},
    {"bestups: b5 counts for nothing on battery (constructed)",
     "bestups",
     {Q1("(105.0 120.0 120.0 025 60.0 27.2 25.0 10000000"),
      {"ID", "PRO,0750,120,120,20.0,27.6", false}},
     {"ups.status=OB"}},
    {"mecer: P98 (constructed)",
     "mecer",
     {Q1("(230.0 230.0 230.0 025 50.0 27.2 25.0 00000001"), {"QPI", "(PI98", false}},
     {"ups.firmware.aux=Voltronic Power P98", "ups.status=OL"}},
    {"q2: one phase out, runtime in minutes (constructed after the table)",
     "q2",
     {Q1("(227.0 000.0 229.9 007 50.0 2.28 23.0 00000001"),
      {"Q2",
       "(227.0 225.6 230.0 000.0 229.9 000.0 000.0 007 000 000 50.0 327.8 23.0 00000001 999.24 100 "
       "32 00 00 00 00 00000000 11 ",
       false},
      {"WA", "(001.4 000.0 000.0 001.4 000.0 000.0 001.4 001.4 006.5 000.0 000.0 007 00000000",
       false}},
     {"battery.runtime=59954", "input.phases=3", "output.phases=1", "ups.load=7.0",
      "ups.temperature=23.0", "battery.voltage=327.80", "battery.charge=100"}},
    {"q6: a negative battery that is not there (Santak, constructed after NUT #3662)",
     "q6",
     {Q1("(227.0 000.0 229.9 007 50.0 2.25 23.0 00000001"),
      {"Q6",
       "(227.0 000.0 000.0 50.0 229.9 000.0 000.0 49.9 007 000 000 027.1 ---.- 23.0 06932 100 32 "
       "00000000 00000000 11",
       false},
      {"WA", "(001.4 000.0 000.0 001.4 000.0 000.0 001.4 001.4 006.5 000.0 000.0 007 00000000",
       false}},
     {"battery.voltage=27.10", "input.voltage=227.0", "input.phases=1", "ups.status=OL"}},
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
    bool good = true;

    qr_init(&rig, c->protocol, RIG_ECHO);
    for (unsigned i = 0; i < sizeof c->line / sizeof *c->line && c->line[i].request; i++)
        qr_answer(&rig, c->line[i].request, c->line[i].reply)->bare = c->line[i].bare;
    if (!qr_up(&rig))
        good = false;
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

/* Frames that must not become a reading. */
static void test_rejected_frames(void **state)
{
    static const char *const bad[] = {
        "(000.0 000.0 000.0 000 00.0 0.00 00.0 00000000", /* D3: not initialised */
        "(233.0 000.0 232.0 015 50.0 27.0 20.8 00001",    /* D14: cut at a NUL */
        "(233.0 000.0 232.0 015 50.0 27.0 20.8 0000100",
        "#233.0 000.0 232.0 015 50.0 27.0 20.8 00001001",
        "(233.0 000.0 232.0 015 50.0 27.0 20.8 -0001001", /* mains or battery? */
        "NAK",
        "Q1",
        "",
    };
    struct qx_rig rig;
    (void)state;

    qr_init(&rig, "q1", RIG_SILENCE);
    qr_answer(&rig, "Q1", "(232.0 000.0 232.0 000 49.9 13.6 29.0 00001000");
    assert_true(qr_up(&rig));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        int64_t taken = rig.r.taken_ms;

        qr_answer(&rig, "Q1", bad[i]);
        assert_true(qr_poll(&rig, DRV_POLL_FAST) < 0);
        assert_true(rig.d.why[0] != '\0');
        assert_int_equal(rig.r.taken_ms, taken);
        assert_string_equal(qr_value(&rig, "input.voltage"), "232.0");
        assert_string_equal(qr_value(&rig, "ups.status"), "OL");
    }
    qr_answer(&rig, "Q1", "(233.0 000.0 232.0 000 49.9 13.6 29.0 00001000");
    assert_int_equal(qr_poll(&rig, DRV_POLL_FAST), DRV_DONE);
    assert_string_equal(qr_value(&rig, "input.voltage"), "233.0");
    qr_fini(&rig);
}

/* Not bestups: an answer of another kind to ID (D17, D18), and masterguard's WH of others (D23). */
static void test_other_kinds(void **state)
{
    static const struct {
        const char *protocol, *request, *reply;
    } kinds[] = {
        {"bestups", "ID", "NAK"},
        {"bestups", "ID", "#                           V4.10     "},
        {"bestups", "ID", "XYZ,750,120,120,20.0,27.6"},
        {"masterguard", "WH",
         "(00 00.00 00.00 INN3T20K                 2 3/1 6 230 50.00 024 02.00 005.00 015.00 005 "
         "00 40 110 276 45.00 55.00"},
    };
    (void)state;

    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        struct qx_rig rig;

        qr_init(&rig, kinds[i].protocol, RIG_ECHO);
        qr_answer(&rig, "Q1", "(232.0 000.0 232.0 000 49.9 13.6 29.0 00001000");
        qr_answer(&rig, kinds[i].request, kinds[i].reply);
        assert_int_equal(qr_open(&rig), UPS_E_FOREIGN);
        assert_true(rig.closed);
        qr_fini(&rig);
    }
}

/* A NUL in the flags is a zero that a bridge has swallowed (D11 as it was on the wire). */
static void test_nul_flag(void **state)
{
    struct qx_rig rig;
    (void)state;

    qr_init(&rig, "q1", RIG_SILENCE);
    struct rig_rule *rule = qr_answer(&rig, "Q1", "(233.0 000.0 233.0 014 49.0 27.0 20.8 00001001");
    rule->reply[43] = '\0';
    assert_true(qr_up(&rig));
    assert_string_equal(qr_value(&rig, "ups.status"), "OL");
    assert_string_equal(qr_value(&rig, "ups.beeper.status"), "enabled");
    qr_fini(&rig);
}

/* The ratio of the voltages decides, at the very borders. */
static void test_avr(void **state)
{
    static const struct {
        int64_t in, out;
        uint32_t words;
    } rows[] = {
        {200000, 99900, 0},
        {200000, 100000, UPS_STATUS_MASK(TRIM)},
        {200000, 189900, UPS_STATUS_MASK(TRIM)},
        {200000, 190000, UPS_STATUS_MASK(BYPASS)},
        {200000, 209900, UPS_STATUS_MASK(BYPASS)},
        {200000, 210000, UPS_STATUS_MASK(BOOST)},
        {200000, 299900, UPS_STATUS_MASK(BOOST)},
        {200000, 300000, 0},
        {0, 230000, 0},
        {245000, 225000, UPS_STATUS_MASK(TRIM)},
        {245000, 258000, UPS_STATUS_MASK(BOOST)},
    };
    (void)state;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_int_equal(qx_avr(rows[i].in, rows[i].out), rows[i].words);
}

/* The status is made anew by every line: nothing lingers (NUT keeps TRIM until a full poll). */
static void test_status_is_rebuilt(void **state)
{
    struct qx_rig rig;
    (void)state;

    qr_init(&rig, "q1", RIG_SILENCE);
    qr_answer(&rig, "Q1", "(243.0 000.0 210.0 015 50.1 26.9 29.0 00111111");
    assert_true(qr_up(&rig));
    assert_string_equal(qr_value(&rig, "ups.status"), "OL CAL TRIM FSD");
    qr_answer(&rig, "Q1", "(230.0 000.0 230.0 016 50.1 27.0 29.0 00001000");
    assert_int_equal(qr_poll(&rig, DRV_POLL_FAST), DRV_DONE);
    assert_string_equal(rig.sent, "Q1");
    assert_string_equal(qr_value(&rig, "ups.status"), "OL");
    assert_string_equal(qr_value(&rig, "ups.alarm"), "");
    assert_string_equal(qr_value(&rig, "ups.load"), "16.0");
    assert_string_equal(qr_value(&rig, "ups.beeper.status"), "disabled");
    qr_fini(&rig);
}

/* No output voltage means off, on a unit that has shown one. */
static void test_off(void **state)
{
    struct qx_rig rig;
    (void)state;

    qr_init(&rig, "q1", RIG_SILENCE);
    qr_answer(&rig, "Q1", "(230.0 000.0 230.0 016 50.1 27.0 29.0 00001000");
    assert_true(qr_up(&rig));
    qr_answer(&rig, "Q1", "(230.0 000.0 000.0 000 50.1 27.0 29.0 00001000");
    assert_int_equal(qr_poll(&rig, DRV_POLL_FAST), DRV_DONE);
    assert_string_equal(qr_value(&rig, "ups.status"), "OFF OL");
    assert_int_equal(qr_reopen(&rig), DRV_DONE); /* not forgotten with the connection */
    assert_int_equal(qr_poll(&rig, DRV_POLL_FULL), DRV_DONE);
    assert_string_equal(qr_value(&rig, "ups.status"), "OFF OL");
    qr_fini(&rig);
}

static void test_ignoresab(void **state)
{
    struct qx_rig rig;
    (void)state;

    qr_init(&rig, "q1", RIG_SILENCE);
    qr_option(&rig, "ignoresab", "");
    qr_answer(&rig, "Q1", "(230.0 000.0 230.0 016 50.1 27.0 29.0 00001011");
    assert_true(qr_up(&rig));
    assert_string_equal(qr_value(&rig, "ups.status"), "OL");
    qr_fini(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_captures),    cmocka_unit_test(test_rejected_frames),
        cmocka_unit_test(test_other_kinds), cmocka_unit_test(test_nul_flag),
        cmocka_unit_test(test_avr),         cmocka_unit_test(test_status_is_rebuilt),
        cmocka_unit_test(test_off),         cmocka_unit_test(test_ignoresab),
    };

    return cmocka_run_group_tests_name("qx captures", tests, NULL, NULL);
}
