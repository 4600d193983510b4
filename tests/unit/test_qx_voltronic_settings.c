/* SPDX-License-Identifier: BSD-2-Clause */
/* Q* dialect voltronic: what can be written, what is written at the start, and what never is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "qx/qx_voltronic_set.h"
#include "qx_rig.h"

#define LINE "(230.0 50.0 230.0 50.0 000.9 018 362.1 361.0 082.0 ---.- 020.3 100000000001"

struct unit {
    const char *pi;
    int out_v, in_v, hz, amperes;
};

static const struct unit usual = {"01", 230, 230, 50, 13};

static void answer(struct qx_rig *rig, const char *request, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void answer(struct qx_rig *rig, const char *request, const char *format, ...)
{
    char line[RIG_LINE];
    va_list ap;

    va_start(ap, format);
    vsnprintf(line, sizeof line, format, ap);
    va_end(ap);
    qr_answer(rig, request, line);
}

/* A device with everything that the protocol knows. */
static void device(struct qx_rig *rig, const struct unit *u)
{
    qr_init(rig, "voltronic", RIG_PNAK);
    answer(rig, "QGS", "%s", LINE);
    answer(rig, "QMOD", "(L");
    answer(rig, "QWS", "(%064d", 0);
    answer(rig, "QPI", "(PI%s", u->pi);
    answer(rig, "QRI", "(%03d.0 %03d 072.0 %02d.0", u->out_v, u->amperes, u->hz);
    answer(rig, "QMD", "(###########3000 ###3000 80 1/1 %03d %03d 06 12.0", u->in_v, u->out_v);
    answer(rig, "QFLAG", "(EpbracjDsovegdflnqw");
    answer(rig, "QBV", "(082.0 06 01 091 342");
    answer(rig, "QHE", "(242 218");
    answer(rig, "QFRE", "(53.0 47.0");
    answer(rig, "QBYV", "(264 170");
    answer(rig, "QBYF", "(53.0 47.0");
    answer(rig, "QPD", "(000 120");
    answer(rig, "RE0", "#20");
    answer(rig, "QBT", "(02");
    answer(rig, "QGR", "(00");
    for (int n = 1; n <= 4; n++) {
        char request[16];

        snprintf(request, sizeof request, "QSK%d", n);
        answer(rig, request, "(1");
        snprintf(request, sizeof request, "QSKT%d", n);
        answer(rig, request, "(023");
    }
}

static void up(struct qx_rig *rig, const char *pi)
{
    struct unit u = usual;

    u.pi = pi;
    device(rig, &u);
    assert_true(qr_up(rig));
}

static bool was_sent(const struct qx_rig *rig, const char *bytes)
{
    size_t len = strlen(bytes);
    const char *at = rig->sent;

    while ((at = strstr(at, bytes)) != NULL) {
        if ((at == rig->sent || at[-1] == ' ') && (at[len] == '\0' || at[len] == ' '))
            return true;
        at += len;
    }
    return false;
}

/* Requests that change something: what is no query. */
static unsigned writes(const struct qx_rig *rig)
{
    unsigned n = 0;
    bool first = true;

    for (const char *c = rig->sent; *c; c++) {
        n += first && *c != 'Q' && strncmp(c, "RE0", 3) != 0;
        first = *c == ' ';
    }
    return n;
}

/* -- every setting ---------------------------------------------------------------------------- */

static const struct {
    const char *pi;
    char mode;
    const char *var;
    int64_t milli;
    const char *bytes, *query, *reply, *text;
} rows[] = {
    {"01", 'L', "experimental.alarm_control", 0, "PDA", "QFLAG", "(EpbrcjDasovegdflnqw",
     "disabled"},
    {"01", 'L', "experimental.battery_alarm", 0, "PDB", "QFLAG", "(EpracjDbsovegdflnqw",
     "disabled"},
    {"01", 'L', "ups.start.battery", 0, "PDC", "QFLAG", "(EpbrajDcsovegdflnqw", "no"},
    {"01", 'L', "experimental.battery_open_status_check", 1, "PED", "QFLAG", "(EpbracjdDsoveglnfqw",
     "enabled"},
    {"01", 'L', "ups.eco.enabled", 1, "PEE", "QFLAG", "(EpbracjeDsovgdflnqw", "yes"},
    {"01", 'L', "experimental.bypass_forbidding", 1, "PEF", "QFLAG", "(EpbracjfDsovegdlnqw",
     "enabled"},
    {"01", 'L', "battery.energysave", 1, "PEG", "QFLAG", "(EpbracjgDsovedflnqw", "yes"},
    {"01", 'L', "outlet.0.switchable", 0, "PDJ", "QFLAG", "(EpbracDjsovegdflnqw", "no"},
    {"01", 'L', "experimental.site_fault_detection", 1, "PEL", "QFLAG", "(EpbracjlDsovegdfnqw",
     "enabled"},
    {"01", 'L', "experimental.advanced_eco_mode", 1, "PEN", "QFLAG", "(EpbracjnDsovegdflqw",
     "enabled"},
    {"01", 'L', "experimental.bypass_when_off", 1, "PEO", "QFLAG", "(EpbracjoDsvegdflnqw",
     "enabled"},
    {"01", 'L', "experimental.bypass_alarm", 0, "PDP", "QFLAG", "(EbracjDpsovegdflnqw", "disabled"},
    {"01", 'S', "experimental.constant_phase_angle", 1, "PEQ", "QFLAG", "(EpbracjqDsovegdflnw",
     "enabled"},
    {"01", 'L', "ups.start.auto", 0, "PDR", "QFLAG", "(EpbacjDrsovegdflnqw", "no"},
    {"01", 'L', "battery.protection", 1, "PES", "QFLAG", "(EpbracjsDovegdflnqw", "yes"},
    {"01", 'S', "experimental.converter_mode", 1, "PEV", "QFLAG", "(EpbracjvDsoegdflnqw",
     "enabled"},
    {"01", 'L', "experimental.limited_runtime_on_battery", 1, "PEW", "QFLAG",
     "(EpbracjwDsovegdflnq", "enabled"},
    {"01", 'L', "input.transfer.high", 254000, "HEH254", "QHE", "(254 218", "254"},
    {"01", 'L', "input.transfer.low", 206000, "HEL206", "QHE", "(242 206", "206"},
    {"01", 'L', "input.frequency.high", 59900, "FREH59.9", "QFRE", "(59.9 47.0", "59.9"},
    {"01", 'L', "input.frequency.low", 40000, "FREL40.0", "QFRE", "(53.0 40.0", "40.0"},
    {"01", 'L', "input.transfer.bypass.high", 230000, "PHV230", "QBYV", "(230 170", "230"},
    {"01", 'L', "input.transfer.bypass.low", 220000, "PLV220", "QBYV", "(264 220", "220"},
    {"01", 'L', "experimental.bypass.frequency.high", 51100, "PGF51.1", "QBYF", "(51.1 47.0",
     "51.1"},
    {"01", 'L', "experimental.bypass.frequency.low", 49000, "PSF49.0", "QBYF", "(53.0 49.0",
     "49.0"},
    {"01", 'L', "battery.voltage.low", 28000, "W0E28", "RE0", "#28", "28.00"},
    {"01", 'L', "experimental.battery.number", 9000, "BATN9", "QBV", "(082.0 09 01 091 342", "9"},
    {"01", 'L', "battery.packs", 5000, "BATGN05", "QBV", "(082.0 06 05 091 342", "5"},
    {"01", 'S', "experimental.output.phase.angle", 240000, "PPD240", "QPD", "(000 240", "240"},
    {"31", 'L', "battery.type", 0, "PBT00", "QBT", "(00", "Li"},
    {"31", 'L', "battery.type", 1, "PBT01", "QBT", "(01", "Flooded"},
    {"31", 'L', "experimental.work_range_type", 1, "PGR01", "QGR", "(01", "UPS"},
    {"01", 'L', "outlet.1.delay.shutdown", 59940000, "PSK1999", "QSKT1", "(999", "59940"},
    {"01", 'L', "outlet.2.delay.shutdown", 0, "PSK2000", "QSKT2", "(000", "0"},
    {"01", 'L', "outlet.3.delay.shutdown", 61000, "PSK3002", "QSKT3", "(002", "120"},
    {"01", 'L', "outlet.4.delay.shutdown", 300000, "PSK4005", "QSKT4", "(005", "300"},
};
enum { ROWS = sizeof rows / sizeof *rows };

static void ready_for(struct qx_rig *rig, unsigned i)
{
    up(rig, rows[i].pi);
    answer(rig, "QMOD", "(%c", rows[i].mode);
}

/* Its bytes, and success when the device shows it. */
static void test_writes(void **state)
{
    (void)state;

    for (unsigned i = 0; i < ROWS; i++) {
        struct qx_rig rig;

        ready_for(&rig, i);
        qr_after(&rig, rows[i].bytes, "(ACK", rows[i].query, rows[i].reply);
        int rc = qr_set(&rig, rows[i].var, rows[i].milli);
        if (rc != DRV_DONE || strcmp(qr_value(&rig, rows[i].var), rows[i].text) != 0)
            printf("# %s: %d %s; %s, sent %s\n", rows[i].var, rc, rig.d.why,
                   qr_value(&rig, rows[i].var), rig.sent);
        assert_int_equal(rc, DRV_DONE);
        assert_true(was_sent(&rig, rows[i].bytes));
        assert_int_equal(writes(&rig), 1);
        assert_string_equal(qr_value(&rig, rows[i].var), rows[i].text);
        qr_fini(&rig);
    }
}

static void test_table_is_complete(void **state)
{
    (void)state;

    for (unsigned s = 0; s < QX_V_SETTINGS; s++) {
        const char *name = ups_vars[qx_v_settings[s].var].name;
        bool there = false;

        for (unsigned i = 0; i < ROWS; i++)
            there = there || strcmp(rows[i].var, name) == 0;
        if (!there)
            printf("# %s is not tried\n", name);
        assert_true(there);
    }
}

/* What a device does with it, and the outcome. */
static void test_not_taken(void **state)
{
    static const struct {
        const char *reply;
        int rc;
    } cases[] = {{"(NAK", UPS_E_REFUSED}, {"(ACK", UPS_E_TIMEOUT}, {NULL, UPS_E_TIMEOUT}};
    char before[64];
    (void)state;

    for (unsigned i = 0; i < ROWS * 3; i++) {
        struct qx_rig rig;
        unsigned row = i / 3;

        ready_for(&rig, row);
        qr_answer(&rig, rows[row].bytes, cases[i % 3].reply);
        snprintf(before, sizeof before, "%s", qr_value(&rig, rows[row].var));
        int rc = qr_set(&rig, rows[row].var, rows[row].milli);
        if (rc != cases[i % 3].rc)
            printf("# %s: %d %s\n", rows[row].var, rc, rig.d.why);
        assert_int_equal(rc, cases[i % 3].rc);
        assert_int_equal(writes(&rig), 1); /* not again and again */
        assert_string_equal(qr_value(&rig, rows[row].var), before);
        qr_fini(&rig);
    }
}

/* Acknowledged by nobody, but taken. */
static void test_silent_but_taken(void **state)
{
    struct qx_rig rig;
    (void)state;

    up(&rig, "01");
    qr_after(&rig, "HEH250", "", "QHE", "(250 218");
    rig.rule[rig.rules - 1].silent = true;
    assert_int_equal(qr_set(&rig, "input.transfer.high", 250000), DRV_DONE);
    qr_fini(&rig);
}

/* Letter m is the role among parallel units: whatever is asked for, it is never written. */
static void test_never_letter_m(void **state)
{
    (void)state;

    for (unsigned s = 0; s < QX_V_SETTINGS; s++)
        for (unsigned w = 0; qx_v_settings[s].words && w < 2; w++) {
            assert_string_not_equal(qx_v_settings[s].words[w], "PEM");
            assert_string_not_equal(qx_v_settings[s].words[w], "PDM");
        }
    for (unsigned c = 0; c < qx_voltronic.commands; c++) {
        assert_string_not_equal(qx_voltronic.command[c].bytes, "PEM");
        assert_string_not_equal(qx_voltronic.command[c].bytes, "PDM");
    }
}

/* -- legal ranges ----------------------------------------------------------------------------- */

#define ECO_V(pi, v, low, low_most, high, high_most)                                               \
    {{pi, v, v, 50, 13}, "input.transfer.low", low, low_most},                                     \
    {                                                                                              \
        {pi, v, v, 50, 13}, "input.transfer.high", high, high_most                                 \
    }
#define ECO_HZ(pi, hz, low, low_most, high, high_most)                                             \
    {{pi, 230, 230, hz, 13}, "input.frequency.low", low, low_most},                                \
    {                                                                                              \
        {pi, 230, 230, hz, 13}, "input.frequency.high", high, high_most                            \
    }
#define BYPASS_V(pi, v, low, low_most, high, high_most)                                            \
    {{pi, v, v, 50, 13}, "input.transfer.bypass.low", low, low_most},                              \
    {                                                                                              \
        {pi, v, v, 50, 13}, "input.transfer.bypass.high", high, high_most                          \
    }
#define BYPASS_HZ(pi, hz, low, low_most, high, high_most)                                          \
    {{pi, 230, 230, hz, 13}, "experimental.bypass.frequency.low", low, low_most},                  \
    {                                                                                              \
        {pi, 230, 230, hz, 13}, "experimental.bypass.frequency.high", high, high_most              \
    }
#define G1(pi)                                                                                     \
    ECO_V(pi, 230, 206, 223, 237, 254), ECO_V(pi, 220, 196, 213, 227, 244),                        \
        ECO_V(pi, 240, 216, 233, 247, 264), ECO_V(pi, 120, 108, 117, 123, 132),                    \
        ECO_HZ(pi, 50, 40, 47, 53, 60), ECO_HZ(pi, 60, 50, 57, 63, 70),                            \
        BYPASS_HZ(pi, 50, 40, 49, 51, 60), BYPASS_HZ(pi, 60, 50, 59, 61, 70)
#define G2(pi)                                                                                     \
    ECO_V(pi, 230, 206, 219, 241, 254), ECO_V(pi, 120, 108, 115, 125, 132),                        \
        ECO_HZ(pi, 50, 46, 48, 52, 54), ECO_HZ(pi, 60, 56, 58, 62, 64),                            \
        BYPASS_HZ(pi, 50, 46, 49, 51, 54), BYPASS_HZ(pi, 60, 56, 59, 61, 64)
#define G2_BYPASS(pi) BYPASS_V(pi, 230, 110, 209, 231, 276), BYPASS_V(pi, 120, 55, 104, 115, 138)
#define NONE(pi)                                                                                   \
    ECO_V(pi, 230, 0, 0, 0, 0), ECO_HZ(pi, 50, 0, 0, 0, 0), BYPASS_V(pi, 230, 0, 0, 0, 0),         \
        BYPASS_HZ(pi, 50, 0, 0, 0, 0)

static const struct {
    struct unit unit;
    const char *var;
    int min, max; /* both 0: not there */
} legal[] = {
    G1("01"),
    BYPASS_V("01", 230, 170, 220, 230, 264),
    BYPASS_V("01", 120, 85, 115, 120, 140),
    G1("09"),
    BYPASS_V("09", 230, 60, 140, 60, 140),
    BYPASS_V("09", 120, 60, 140, 60, 140),
    G2("02"),
    G2_BYPASS("02"),
    G2("03"),
    G2_BYPASS("03"),
    G2("10"),
    G2_BYPASS("10"),
    G2("13"),
    G2_BYPASS("13"),
    G2("14"),
    G2_BYPASS("14"),
    G2("99"),
    BYPASS_V("99", 230, 149, 209, 231, 261),
    BYPASS_V("99", 120, 50, 85, 115, 132),
    NONE("00"),
    NONE("08"),
    NONE("31"),
    NONE("71"),
    ECO_HZ("01", 55, 0, 0, 0, 0), /* neither 50 nor 60 Hz: nobody knows */
    {{"01", 230, 230, 50, 4}, "battery.voltage.low", 20, 24},
    {{"01", 230, 230, 50, 5}, "battery.voltage.low", 20, 28},
    {{"31", 230, 230, 50, 13}, "battery.voltage.low", 20, 28},
    {{"01", 230, 230, 50, 13}, "experimental.battery.number", 1, 9},
    {{"01", 230, 230, 50, 13}, "battery.packs", 1, 99},
    {{"01", 230, 230, 50, 13}, "outlet.4.delay.shutdown", 0, 59940},
};

static void test_legal_ranges(void **state)
{
    (void)state;

    for (size_t i = 0; i < sizeof legal / sizeof *legal; i++) {
        struct qx_rig rig;

        device(&rig, &legal[i].unit);
        assert_true(qr_up(&rig));
        const struct ups_setting *s = ups_setting_find(&rig.d.caps, ups_var_find(legal[i].var));
        int min = s ? s->min / 1000 : 0, max = s ? s->max / 1000 : 0;
        if (min != legal[i].min || max != legal[i].max)
            printf("# P%s %d V %d Hz: %s %d..%d, expected %d..%d\n", legal[i].unit.pi,
                   legal[i].unit.out_v, legal[i].unit.hz, legal[i].var, min, max, legal[i].min,
                   legal[i].max);
        assert_int_equal(min, legal[i].min);
        assert_int_equal(max, legal[i].max);
        if (s) {
            assert_int_equal(qr_set(&rig, legal[i].var, s->max + s->step), UPS_E_INVALID);
            assert_int_equal(qr_set(&rig, legal[i].var, s->min - 1), UPS_E_INVALID);
            assert_string_equal(rig.sent, "");
        }
        qr_fini(&rig);
    }
}

static void test_steps(void **state)
{
    struct qx_rig rig;
    (void)state;

    up(&rig, "01");
    qr_after(&rig, "PGF51.2", "(ACK", "QBYF", "(51.2 47.0");
    assert_int_equal(qr_set(&rig, "experimental.bypass.frequency.high", 51101), DRV_DONE);
    qr_after(&rig, "PHV231", "(ACK", "QBYV", "(231 170");
    assert_int_equal(qr_set(&rig, "input.transfer.bypass.high", 230001), DRV_DONE);
    qr_fini(&rig);
    up(&rig, "01");
    answer(&rig, "QMOD", "(S");
    assert_int_equal(qr_set(&rig, "experimental.output.phase.angle", 60000), UPS_E_INVALID);
    assert_string_equal(rig.sent, "");
    qr_fini(&rig);
}

/* Without ratings nobody knows what is legal; with 20 blocks one digit does not do. */
static void test_nothing_without_ratings(void **state)
{
    static const char *const gone[] = {"input.transfer.high", "input.frequency.low",
                                       "input.transfer.bypass.low", "battery.voltage.low",
                                       "experimental.battery.number"};
    struct qx_rig rig;
    (void)state;

    device(&rig, &usual);
    answer(&rig, "QRI", "(NAK");
    answer(&rig, "QMD", "(NAK");
    answer(&rig, "QBV", "(240.0 20 01 091 342");
    assert_true(qr_up(&rig));
    assert_int_equal(qr_poll(&rig, DRV_POLL_FULL), DRV_DONE);
    for (size_t i = 0; i < sizeof gone / sizeof *gone; i++)
        assert_int_equal(qr_set(&rig, gone[i], 9000), UPS_E_UNSUPPORTED);
    qr_fini(&rig);
}

/* -- what could harm a load ------------------------------------------------------------------- */

static void test_modes(void **state)
{
    static const struct {
        const char *var;
        int64_t milli;
        const char *flags, *bytes, *modes; /* in which it is sent */
    } cases[] = {
        {"experimental.converter_mode", 1, NULL, "PEV", "S"},
        {"experimental.constant_phase_angle", 1, NULL, "PEQ", "S"},
        {"experimental.output.phase.angle", 180000, NULL, "PPD180", "S"},
        {"experimental.bypass_when_off", 1, NULL, "PEO", "LCEBT"},
        {"experimental.bypass_when_off", 0, NULL, "PDO", "SLCEBT"},
        {"experimental.bypass_forbidding", 1, NULL, "PEF", "SLCEBT"},
        {"experimental.bypass_forbidding", 0, "(EofDv", "PDF", "LCEBTY"},
        {"experimental.bypass_forbidding", 0, "(EfDo", "PDF", "PSYLBTFECDX"},
        {"input.transfer.bypass.high", 240000, NULL, "PHV240", "SLCEBT"},
        {"input.transfer.bypass.low", 180000, NULL, "PLV180", "SLCEBT"},
        {"experimental.bypass.frequency.high", 52000, NULL, "PGF52.0", "SLCEBT"},
        {"experimental.bypass.frequency.low", 48000, NULL, "PSF48.0", "SLCEBT"},
        {"battery.voltage.low", 21000, NULL, "W0E21", "SLCEY"},
        {"experimental.battery.number", 8000, NULL, "BATN8", "SLCEY"},
        {"battery.packs", 2000, NULL, "BATGN02", "SLCEY"},
        {"battery.protection", 1, NULL, "PES", "SLCEY"},
        {"experimental.limited_runtime_on_battery", 1, NULL, "PEW", "SLCEY"},
        {"experimental.limited_runtime_on_battery", 0, NULL, "PDW", "PSYLBTFECDX"},
        {"battery.energysave", 1, NULL, "PEG", "SLCEY"},
        {"battery.energysave", 0, NULL, "PDG", "PSYLBTFECDX"},
        {"outlet.0.switchable", 0, NULL, "PDJ", "SLCEY"},
        {"outlet.2.delay.shutdown", 60000, NULL, "PSK2001", "SLCEY"},
    };
    (void)state;

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (const char *mode = "PSYLBTFECDX"; *mode; mode++) {
            struct qx_rig rig;
            bool may = strchr(cases[i].modes, *mode) != NULL;

            device(&rig, &usual);
            if (cases[i].flags)
                answer(&rig, "QFLAG", "%s", cases[i].flags);
            answer(&rig, "QMOD", "(L");
            assert_true(qr_up(&rig));
            answer(&rig, "QMOD", "(%c", *mode);
            int rc = qr_set(&rig, cases[i].var, cases[i].milli);
            if (was_sent(&rig, cases[i].bytes) != may)
                printf("# %s = %d in mode %c: %d %s, sent %s\n", cases[i].var, (int)cases[i].milli,
                       *mode, rc, rig.d.why, rig.sent);
            assert_int_equal(was_sent(&rig, cases[i].bytes), may); /* X: nobody knows it */
            assert_int_equal(rc, UPS_E_REFUSED); /* without a rule it answers (NAK */
            qr_fini(&rig);
        }
}

/* Whoever does not tell its mode is not told such things. */
static void test_unknown_mode(void **state)
{
    struct qx_rig rig;
    (void)state;

    device(&rig, &usual);
    answer(&rig, "QMOD", "(NAK");
    assert_true(qr_up(&rig));
    assert_int_equal(qr_set(&rig, "experimental.converter_mode", 1), UPS_E_REFUSED);
    assert_int_equal(writes(&rig), 0);
    assert_int_equal(qr_set(&rig, "experimental.bypass_alarm", 0), UPS_E_REFUSED);
    assert_true(was_sent(&rig, "PDP"));
    qr_fini(&rig);
}

/* -- what the device tells -------------------------------------------------------------------- */

static void test_flags_are_shown(void **state)
{
    struct qx_rig rig;
    (void)state;

    device(&rig, &usual);
    answer(&rig, "QFLAG", "(EpbrashclnzDovegfjm");
    assert_true(qr_up(&rig));
    assert_string_equal(qr_value(&rig, "experimental.ups.flags"), "EpbrashclnzDovegfjm");
    assert_string_equal(qr_value(&rig, "ups.start.auto"), "yes");
    assert_string_equal(qr_value(&rig, "ups.eco.enabled"), "no");
    assert_string_equal(qr_value(&rig, "experimental.advanced_eco_mode"), "enabled");
    assert_string_equal(qr_value(&rig, "experimental.constant_phase_angle"), "");
    assert_int_equal(qr_set(&rig, "experimental.constant_phase_angle", 1), UPS_E_UNSUPPORTED);
    /* changed at the front panel */
    answer(&rig, "QFLAG", "(EpbrashlnzeDovgfjm");
    assert_int_equal(qr_poll(&rig, DRV_POLL_FULL), DRV_DONE);
    assert_string_equal(qr_value(&rig, "ups.start.battery"), "");
    assert_string_equal(qr_value(&rig, "ups.eco.enabled"), "yes");
    assert_null(ups_setting_find(&rig.d.caps, UPS_VAR_UPS_START_BATTERY));
    qr_fini(&rig);
}

static void test_late_replies(void **state)
{
    static const char *const wrong[] = {"(L", "(ED", "(EpD1", "(PI01", "(EpDbDc", "(ACK", "EpDb"};
    struct qx_rig rig;
    (void)state;

    up(&rig, "01");
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        bool empty = strcmp(wrong[i], "(ED") == 0; /* right, and nothing in it */

        answer(&rig, "QFLAG", "%s", wrong[i]);
        answer(&rig, "QSK1", "(L");
        assert_int_equal(qr_poll(&rig, DRV_POLL_FULL), DRV_DONE);
        assert_string_equal(qr_value(&rig, "experimental.ups.flags"),
                            empty ? "ED" : "EpbracjDsovegdflnqw");
        answer(&rig, "QFLAG", "(EpbracjDsovegdflnqw");
        assert_int_equal(qr_poll(&rig, DRV_POLL_FULL), DRV_DONE);
    }
    qr_fini(&rig);
}

static void test_invalid_markers(void **state)
{
    struct qx_rig rig;
    (void)state;

    device(&rig, &usual);
    answer(&rig, "QHE", "(--- 218");
    answer(&rig, "QBYF", "(53.0 --.-");
    assert_true(qr_up(&rig));
    assert_string_equal(qr_value(&rig, "input.transfer.high"), "");
    assert_string_equal(qr_value(&rig, "input.transfer.low"), "218");
    assert_string_equal(qr_value(&rig, "experimental.bypass.frequency.low"), "");
    qr_fini(&rig);
}

/* Limits cost the bus little: once all are known, one of them a full poll, in turn. */
static void test_limits_take_turns(void **state)
{
    static const char *const limits[] = {"QHE", "QFRE",  "QBYV",  "QBYF",  "QPD",
                                         "RE0", "QSKT1", "QSKT2", "QSKT3", "QSKT4"};
    enum { LIMITS = sizeof limits / sizeof *limits };
    unsigned seen[LIMITS] = {0};
    struct qx_rig rig;
    (void)state;

    up(&rig, "01");
    for (unsigned poll = 0; poll < 2 * LIMITS; poll++) {
        unsigned asked = 0;

        assert_int_equal(qr_poll(&rig, DRV_POLL_FULL), DRV_DONE);
        assert_true(was_sent(&rig, "QFLAG"));
        for (unsigned i = 0; i < LIMITS; i++) {
            asked += was_sent(&rig, limits[i]);
            seen[i] += was_sent(&rig, limits[i]);
        }
        assert_int_equal(asked, 1);
    }
    for (unsigned i = 0; i < LIMITS; i++)
        assert_int_equal(seen[i], 2);
    qr_fini(&rig);
}

/* One refusal proves nothing, three in a row do. */
static void test_refused_queries(void **state)
{
    struct qx_rig rig;
    (void)state;

    device(&rig, &usual);
    answer(&rig, "QHE", "(NAK");
    answer(&rig, "QBYV", "(NAK");
    assert_true(qr_up(&rig));
    answer(&rig, "QHE", "(242 218");
    for (int i = 0; i < 3; i++)
        assert_int_equal(qr_poll(&rig, DRV_POLL_FULL), DRV_DONE);
    assert_string_equal(qr_value(&rig, "input.transfer.high"), "242");
    assert_non_null(ups_setting_find(&rig.d.caps, UPS_VAR_INPUT_TRANSFER_HIGH));
    assert_null(ups_setting_find(&rig.d.caps, UPS_VAR_INPUT_TRANSFER_BYPASS_HIGH));
    assert_false(was_sent(&rig, "QBYV"));
    qr_fini(&rig);
}

/* -- outlets and ECO mode --------------------------------------------------------------------- */

static void test_outlets_only_while_switchable(void **state)
{
    struct qx_rig rig;
    (void)state;

    device(&rig, &usual);
    answer(&rig, "QFLAG", "(EpbracDsovegdfjlnqw");
    assert_true(qr_up(&rig));
    assert_null(strstr(rig.sent, "QSK"));
    assert_int_equal(rig.d.caps.commands & UPS_COMMAND_BIT(OUTLET_1_LOAD_ON), 0);
    assert_string_equal(qr_value(&rig, "outlet.1.status"), "");
    qr_after(&rig, "PEJ", "(ACK", "QFLAG", "(EpbracjDsovegdflnqw");
    assert_int_equal(qr_set(&rig, "outlet.0.switchable", UPS_YES), DRV_DONE);
    assert_int_equal(qr_poll(&rig, DRV_POLL_FULL), DRV_DONE);
    assert_string_equal(qr_value(&rig, "outlet.4.status"), "on");
    assert_string_equal(qr_value(&rig, "outlet.4.delay.shutdown"), "1380");
    assert_true(rig.d.caps.commands & UPS_COMMAND_BIT(OUTLET_4_LOAD_OFF));
    qr_after(&rig, "PDJ", "(ACK", "QFLAG", "(EpbracDjsovegdflnqw");
    assert_int_equal(qr_set(&rig, "outlet.0.switchable", UPS_NO), DRV_DONE);
    assert_string_equal(qr_value(&rig, "outlet.4.status"), "");
    assert_string_equal(qr_value(&rig, "outlet.4.delay.shutdown"), "");
    assert_int_equal(rig.d.caps.commands & UPS_COMMAND_BIT(OUTLET_4_LOAD_OFF), 0);
    assert_int_equal(qr_command(&rig, UPS_COMMAND_OUTLET_4_LOAD_OFF, -1, -1), UPS_E_UNSUPPORTED);
    qr_fini(&rig);
}

static void test_outlets_that_answer(void **state)
{
    struct qx_rig rig;
    (void)state;

    device(&rig, &usual);
    answer(&rig, "QSK3", "(NAK");
    answer(&rig, "QSK4", "(NAK");
    answer(&rig, "QSK2", "(0");
    answer(&rig, "QSKT2", "(NAK"); /* never set yet */
    assert_true(qr_up(&rig));
    assert_string_equal(qr_value(&rig, "outlet.1.status"), "on");
    assert_string_equal(qr_value(&rig, "outlet.2.status"), "off");
    assert_string_equal(qr_value(&rig, "outlet.2.delay.shutdown"), "");
    assert_string_equal(qr_value(&rig, "outlet.3.status"), "");
    assert_true(rig.d.caps.commands & UPS_COMMAND_BIT(OUTLET_2_LOAD_ON));
    assert_int_equal(rig.d.caps.commands & UPS_COMMAND_BIT(OUTLET_3_LOAD_ON), 0);
    assert_false(was_sent(&rig, "QSKT3"));
    qr_after(&rig, "PSK2007", "(ACK", "QSKT2", "(007");
    assert_int_equal(qr_set(&rig, "outlet.2.delay.shutdown", 420000), DRV_DONE);
    assert_string_equal(qr_value(&rig, "outlet.2.delay.shutdown"), "420");
    qr_fini(&rig);
}

static void test_outlet_and_eco_commands(void **state)
{
    static const struct {
        enum ups_command command;
        const char *bytes, *query, *before, *after;
    } cases[] = {
        {UPS_COMMAND_OUTLET_1_LOAD_OFF, "SKOFF1", "QSK1", "(1", "(0"},
        {UPS_COMMAND_OUTLET_1_LOAD_ON, "SKON1", "QSK1", "(0", "(1"},
        {UPS_COMMAND_OUTLET_2_LOAD_OFF, "SKOFF2", "QSK2", "(1", "(0"},
        {UPS_COMMAND_OUTLET_2_LOAD_ON, "SKON2", "QSK2", "(0", "(1"},
        {UPS_COMMAND_OUTLET_3_LOAD_OFF, "SKOFF3", "QSK3", "(1", "(0"},
        {UPS_COMMAND_OUTLET_3_LOAD_ON, "SKON3", "QSK3", "(0", "(1"},
        {UPS_COMMAND_OUTLET_4_LOAD_OFF, "SKOFF4", "QSK4", "(1", "(0"},
        {UPS_COMMAND_OUTLET_4_LOAD_ON, "SKON4", "QSK4", "(0", "(1"},
        {UPS_COMMAND_ECO_START, "PEE", "QFLAG", "(EjDe", "(EjeD"},
        {UPS_COMMAND_ECO_STOP, "PDE", "QFLAG", "(EejD", "(EjDe"},
    };
    (void)state;

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct qx_rig rig;

        device(&rig, &usual);
        qr_answer(&rig, cases[i].query, cases[i].before);
        assert_true(qr_up(&rig));
        assert_int_equal(qr_command(&rig, cases[i].command, -1, -1), UPS_E_REFUSED); /* (NAK */
        assert_true(was_sent(&rig, cases[i].bytes));
        qr_answer(&rig, cases[i].bytes, "(ACK"); /* said, not done */
        assert_int_equal(qr_command(&rig, cases[i].command, -1, -1), UPS_E_TIMEOUT);
        qr_after(&rig, cases[i].bytes, "(ACK", cases[i].query, cases[i].after);
        assert_int_equal(qr_command(&rig, cases[i].command, -1, -1), DRV_DONE);
        assert_true(was_sent(&rig, cases[i].bytes));
        assert_int_equal(qr_command(&rig, cases[i].command, -1, -1), DRV_DONE); /* is so already */
        assert_int_equal(writes(&rig), 0);
        qr_fini(&rig);
    }
}

/* -- ups.start.auto --------------------------------------------------------------------------- */

static void test_start_auto(void **state)
{
    struct qx_rig rig;
    (void)state;

    up(&rig, "01"); /* the UPS's own switch */
    qr_after(&rig, "PDR", "(ACK", "QFLAG", "(EpbacjDrsovegdflnqw");
    assert_int_equal(qr_set(&rig, "ups.start.auto", UPS_NO), DRV_DONE);
    assert_int_equal(qr_poll(&rig, DRV_POLL_FULL), DRV_DONE);
    assert_string_equal(qr_value(&rig, "ups.start.auto"), "no");
    qr_fini(&rig);
    device(&rig, &usual); /* with stayoff the driver's */
    qr_option(&rig, "stayoff", "");
    assert_true(qr_up(&rig));
    assert_string_equal(qr_value(&rig, "ups.start.auto"), "no");
    assert_int_equal(qr_set(&rig, "ups.start.auto", UPS_YES), DRV_DONE);
    assert_int_equal(writes(&rig), 0);
    assert_string_equal(qr_value(&rig, "ups.start.auto"), "yes");
    assert_int_equal(qr_poll(&rig, DRV_POLL_FULL), DRV_DONE);
    assert_string_equal(qr_value(&rig, "ups.start.auto"), "yes");
    qr_fini(&rig);
    device(&rig, &usual); /* nor has every UPS the switch */
    answer(&rig, "QFLAG", "(EaD");
    assert_true(qr_up(&rig));
    assert_int_equal(qr_set(&rig, "ups.start.auto", UPS_NO), DRV_DONE);
    assert_int_equal(writes(&rig), 0);
    qr_fini(&rig);
}

/* -- at the start ----------------------------------------------------------------------------- */

static const struct {
    const char *option, *value, *pi, *bytes, *query, *reply;
} options[] = {
    {"alarm_control", "disabled", "01", "PDA", "QFLAG", "(EpbrcjDasovegdflnqw"},
    {"bypass_alarm", "disabled", "01", "PDP", "QFLAG", "(EbracjDpsovegdflnqw"},
    {"battery_alarm", "disabled", "01", "PDB", "QFLAG", "(EpracjDbsovegdflnqw"},
    {"bypass_when_off", "disabled", "01", "PDO", "QFLAG", "(EpbracjDosvegdflnqw"},
    {"bypass_forbidding", "enabled", "01", "PEF", "QFLAG", "(EpbracjfDsovegdlnqw"},
    {"converter_mode", "enabled", "01", "PEV", "QFLAG", "(EpbracjvDsoegdflnqw"},
    {"eco_mode", "enabled", "01", "PEE", "QFLAG", "(EpbracjeDsovgdflnqw"},
    {"advanced_eco_mode", "enabled", "01", "PEN", "QFLAG", "(EpbracjnDsovegdflqw"},
    {"battery_open_status_check", "enabled", "01", "PED", "QFLAG", "(EpbracjdDsovegflnqw"},
    {"site_fault_detection", "enabled", "01", "PEL", "QFLAG", "(EpbracjlDsovegdfnqw"},
    {"constant_phase_angle", "enabled", "01", "PEQ", "QFLAG", "(EpbracjqDsovegdflnw"},
    {"limited_runtime_on_battery", "enabled", "01", "PEW", "QFLAG", "(EpbracjwDsovegdflnq"},
    {"max_bypass_volt", "250", "01", "PHV250", "QBYV", "(250 170"},
    {"min_bypass_volt", "180", "01", "PLV180", "QBYV", "(264 180"},
    {"max_bypass_freq", "51.5", "01", "PGF51.5", "QBYF", "(51.5 47.0"},
    {"min_bypass_freq", "48.5", "01", "PSF48.5", "QBYF", "(53.0 48.5"},
    {"battery_number", "8", "01", "BATN8", "QBV", "(082.0 08 01 091 342"},
    {"output_phase_angle", "240", "01", "PPD240", "QPD", "(000 240"},
    {"output_phase_angle", "000", "01", "PPD000", "QPD", "(000 000"},
    {"work_range_type", "UPS", "31", "PGR01", "QGR", "(01"},
};
enum { OPTIONS = sizeof options / sizeof *options };

static void start_with(struct qx_rig *rig, unsigned i)
{
    struct unit u = usual;

    u.pi = options[i].pi;
    device(rig, &u);
    answer(rig, "QMOD", "(S"); /* where all of them may be written */
    if (strcmp(options[i].option, "bypass_when_off") == 0)
        answer(rig, "QFLAG", "(EpbracjoDsvegdflnqw");
    qr_option(rig, options[i].option, options[i].value);
    rig->host.apply = true;
}

static void test_each_option(void **state)
{
    char line[64];
    (void)state;

    for (unsigned i = 0; i < OPTIONS; i++) {
        struct qx_rig rig;

        start_with(&rig, i);
        qr_after(&rig, options[i].bytes, "(ACK", options[i].query, options[i].reply);
        assert_int_equal(qr_open(&rig), DRV_DONE);
        if (!was_sent(&rig, options[i].bytes) || writes(&rig) != 1)
            printf("# %s: sent %s\n# %s\n", options[i].option, rig.sent, rig.log);
        assert_true(was_sent(&rig, options[i].bytes));
        assert_int_equal(writes(&rig), 1);
        snprintf(line, sizeof line, "%s: the UPS has taken", options[i].option);
        assert_non_null(strstr(rig.log, line));
        /* it is so already: nothing is written, nothing said */
        qr_fini(&rig);
        start_with(&rig, i);
        qr_answer(&rig, options[i].query, options[i].reply);
        assert_int_equal(qr_open(&rig), DRV_DONE);
        assert_int_equal(writes(&rig), 0);
        assert_null(strstr(rig.log, options[i].option));
        qr_fini(&rig);
    }
}

/* Acknowledged, refused, not answered: a warning, the UPS is served, and it is tried once a start.
 */
static void test_option_not_taken(void **state)
{
    static const char *const replies[] = {"(ACK", "(NAK", NULL};
    char line[64];
    (void)state;

    for (unsigned i = 0; i < OPTIONS * 3; i++) {
        unsigned o = i / 3;
        struct qx_rig rig;

        start_with(&rig, o);
        qr_answer(&rig, options[o].bytes, replies[i % 3]);
        assert_int_equal(qr_open(&rig), DRV_DONE);
        assert_int_equal(writes(&rig), 1);
        snprintf(line, sizeof line, "%s = %s is not set", options[o].option, options[o].value);
        assert_non_null(strstr(rig.log, line));
        rig.log[0] = '\0';
        assert_int_equal(qr_reopen(&rig), DRV_DONE);
        assert_int_equal(writes(&rig), 0);
        assert_null(strstr(rig.log, options[o].option));
        assert_int_equal(qr_poll(&rig, DRV_POLL_FULL), DRV_DONE);
        qr_fini(&rig);
    }
}

/* --probe and --run change nothing. */
static void test_probe_writes_nothing(void **state)
{
    struct qx_rig rig;
    (void)state;

    device(&rig, &usual);
    answer(&rig, "QMOD", "(S");
    qr_option(&rig, "reset_to_default", "");
    for (unsigned i = 0; i < OPTIONS; i++)
        qr_option(&rig, options[i].option, options[i].value);
    assert_int_equal(qr_open(&rig), DRV_DONE);
    assert_int_equal(writes(&rig), 0);
    assert_int_equal(qr_poll(&rig, DRV_POLL_FULL), DRV_DONE);
    assert_int_equal(writes(&rig), 0);
    qr_fini(&rig);
}

/* What a SET has changed stays when the connection comes back. */
static void test_set_wins(void **state)
{
    struct qx_rig rig;
    (void)state;

    device(&rig, &usual);
    qr_option(&rig, "max_bypass_volt", "250");
    rig.host.apply = true;
    qr_after(&rig, "PHV250", "(ACK", "QBYV", "(250 170");
    assert_int_equal(qr_open(&rig), DRV_DONE);
    qr_after(&rig, "PHV255", "(ACK", "QBYV", "(255 170");
    assert_int_equal(qr_set(&rig, "input.transfer.bypass.high", 255000), DRV_DONE);
    assert_int_equal(qr_reopen(&rig), DRV_DONE);
    assert_int_equal(writes(&rig), 0);
    qr_fini(&rig);
}

static void test_option_out_of_range(void **state)
{
    struct qx_rig rig;
    (void)state;

    device(&rig, &usual);
    qr_option(&rig, "max_bypass_volt", "270");
    qr_option(&rig, "work_range_type", "UPS"); /* only P31 has it */
    qr_option(&rig, "min_bypass_freq", "48.55");
    qr_option(&rig, "converter_mode", "enabled"); /* only in standby */
    rig.host.apply = true;
    assert_int_equal(qr_open(&rig), DRV_DONE);
    assert_int_equal(writes(&rig), 0);
    assert_non_null(strstr(rig.log, "max_bypass_volt = 270 is not set: the UPS takes 230 to 264; "
                                    "the UPS goes on with 264 V"));
    assert_non_null(strstr(rig.log, "work_range_type = UPS is not set: the UPS has no such"));
    assert_non_null(strstr(rig.log, "min_bypass_freq = 48.55 is not set"));
    assert_non_null(strstr(rig.log, "converter_mode = enabled is not set: not in mode L"));
    qr_fini(&rig);
}

/* A query that is refused once does not make the option void. */
static void test_option_after_one_refusal(void **state)
{
    struct qx_rig rig;
    (void)state;

    device(&rig, &usual);
    qr_option(&rig, "bypass_alarm", "disabled");
    rig.host.apply = true;
    qr_after(&rig, "QFLAG", "(NAK", "QFLAG", "(EpbracjDsovegdflnqw");
    qr_after(&rig, "PDP", "(ACK", "QFLAG", "(EbracjDpsovegdflnqw");
    assert_int_equal(qr_open(&rig), DRV_DONE);
    assert_true(was_sent(&rig, "PDP"));
    qr_fini(&rig);
}

/* -- reset_to_default ------------------------------------------------------------------------- */

static void test_reset(void **state)
{
    struct qx_rig rig;
    (void)state;

    device(&rig, &usual);
    answer(&rig, "QMOD", "(S");
    qr_option(&rig, "reset_to_default", "");
    qr_option(&rig, "max_bypass_volt", "250");
    rig.host.apply = true;
    answer(&rig, "QBYV", "(250 170");
    qr_after(&rig, "PF", "(ACK", "QBYV", "(264 170");
    qr_after(&rig, "PHV250", "(ACK", "QBYV", "(250 170");
    assert_int_equal(qr_open(&rig), DRV_DONE);
    const char *reset = strstr(rig.sent, "PF"), *written = strstr(rig.sent, "PHV250");
    assert_non_null(reset);
    assert_true(written > reset); /* the defaults first, then what is asked for */
    static const char *const again[] = {" QFLAG ", " QHE ", " QFRE ", " QBYV ", " QBYF "};
    for (size_t i = 0; i < sizeof again / sizeof *again; i++)
        assert_non_null(strstr(reset, again[i]));
    assert_int_equal(qr_reopen(&rig), DRV_DONE);
    assert_int_equal(writes(&rig), 0);
    qr_fini(&rig);
}

static void test_reset_only_in_standby(void **state)
{
    (void)state;

    for (const char *mode = "PYLBTFECD"; *mode; mode++) {
        struct qx_rig rig;

        device(&rig, &usual);
        answer(&rig, "QMOD", "(%c", *mode);
        qr_option(&rig, "reset_to_default", "");
        rig.host.apply = true;
        assert_int_equal(qr_open(&rig), DRV_DONE);
        assert_int_equal(writes(&rig), 0);
        assert_non_null(strstr(rig.log, "reset_to_default: not done: only in standby"));
        qr_fini(&rig);
    }
}

static void test_reset_refused(void **state)
{
    static const char *const replies[] = {"(NAK", "(L", NULL};
    (void)state;

    for (size_t i = 0; i < sizeof replies / sizeof *replies; i++) {
        struct qx_rig rig;

        device(&rig, &usual);
        answer(&rig, "QMOD", "(S");
        qr_answer(&rig, "PF", replies[i]);
        qr_option(&rig, "reset_to_default", "");
        rig.host.apply = true;
        assert_int_equal(qr_open(&rig), DRV_DONE);
        assert_int_equal(writes(&rig), 1);
        assert_non_null(strstr(rig.log, "reset_to_default: not done"));
        qr_fini(&rig);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_writes),
        cmocka_unit_test(test_table_is_complete),
        cmocka_unit_test(test_not_taken),
        cmocka_unit_test(test_silent_but_taken),
        cmocka_unit_test(test_never_letter_m),
        cmocka_unit_test(test_legal_ranges),
        cmocka_unit_test(test_steps),
        cmocka_unit_test(test_nothing_without_ratings),
        cmocka_unit_test(test_modes),
        cmocka_unit_test(test_unknown_mode),
        cmocka_unit_test(test_flags_are_shown),
        cmocka_unit_test(test_late_replies),
        cmocka_unit_test(test_invalid_markers),
        cmocka_unit_test(test_limits_take_turns),
        cmocka_unit_test(test_refused_queries),
        cmocka_unit_test(test_outlets_only_while_switchable),
        cmocka_unit_test(test_outlets_that_answer),
        cmocka_unit_test(test_outlet_and_eco_commands),
        cmocka_unit_test(test_start_auto),
        cmocka_unit_test(test_each_option),
        cmocka_unit_test(test_option_not_taken),
        cmocka_unit_test(test_probe_writes_nothing),
        cmocka_unit_test(test_set_wins),
        cmocka_unit_test(test_option_out_of_range),
        cmocka_unit_test(test_option_after_one_refusal),
        cmocka_unit_test(test_reset),
        cmocka_unit_test(test_reset_only_in_standby),
        cmocka_unit_test(test_reset_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
