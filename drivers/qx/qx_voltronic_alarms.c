/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Q* dialect voltronic: warnings (QWS) and the fault record (QFS): their alarms.
 *
 * Every warning and fault has a vendor alarm of its own; rows here say which of RFC 1628's alarms
 * and which status word it is, too.  docs/protocols/voltronic.md has the choices.
 */
#include "qx_voltronic.h"

#include <stdio.h>
#include <string.h>

#define S(word) UPS_STATUS_MASK(word)
#define A(name) UPS_ALARM_##name

_Static_assert(A(VOLTRONIC_WARNING_64) - A(VOLTRONIC_WARNING_1) == QX_V_WARNINGS - 1,
               "the rows of the warnings lie together");

/* -- QWS -------------------------------------------------------------------------------------- */

/* Of the first to the last warning of a row. */
static const struct warning {
    uint8_t first, last;
    uint16_t alarm;
    uint32_t words;
} warnings[] = {
    {1, 1, A(BATTERY_BAD), 0},      {2, 4, A(INPUT_BAD), 0},
    {5, 6, A(BYPASS_BAD), 0},       {7, 7, A(CHARGER_FAILED), 0},
    {8, 8, A(LOW_BATTERY), S(LB)},  {9, 9, A(OUTPUT_OVERLOAD), S(OVER)},
    {10, 10, A(FAN_FAILURE), 0},    {12, 12, A(GENERAL_FAULT), 0},
    {13, 13, A(TEMP_BAD), 0},       {14, 14, A(CHARGER_FAILED), 0},
    {16, 18, A(FUSE_FAILURE), 0},   {19, 24, A(GENERAL_FAULT), 0},
    {38, 38, A(CHARGER_FAILED), 0}, {51, 51, A(ON_BYPASS), 0},
    {52, 52, A(INPUT_BAD), 0},      {56, 56, A(BATTERY_BAD), S(RB)},
    {57, 57, A(INPUT_BAD), 0},      {60, 60, A(INPUT_BAD), 0},
    {61, 61, A(BYPASS_BAD), 0},     {62, 62, A(GENERAL_FAULT), 0},
    {64, 64, A(LOW_BATTERY), 0},
};

/* Those that the maker's own document does not list; others say different things about them. */
static const uint8_t disputed[] = {59, 60, 61, 63, 64};

static bool is_on(const struct qx *x, unsigned number)
{
    return x->bits >> (number - 1) & 1;
}

bool qx_v_qws_check(struct qx_call *c)
{
    if (c->len < 1 + QX_V_WARNINGS)
        return false;
    for (unsigned i = 1; i <= QX_V_WARNINGS; i++)
        if (c->reply[i] != '\0' && !strchr("01-", c->reply[i]))
            return false;
    return true;
}

/* "8 55"; cut after a whole number if there is no room for all. */
void qx_v_show_warnings(const struct qx *x, struct ups_reading *r)
{
    char text[UPS_TEXT_MAX] = "", number[8];
    size_t used = 0;

    for (unsigned i = 1; i <= QX_V_WARNINGS; i++) {
        if (!is_on(x, i))
            continue;
        int len = snprintf(number, sizeof number, "%s%u", used ? " " : "", i);

        if (used + (size_t)len >= sizeof text)
            break;
        memcpy(text + used, number, (size_t)len + 1);
        used += (size_t)len;
    }
    if (used == 0)
        used = (size_t)snprintf(text, sizeof text, "none");
    ups_set_text(r, UPS_VAR_UPS_WARNINGS, text, used);
}

static const char *unit_of(const struct qx *x)
{
    return x->port && x->port->d ? x->port->d->unit : NULL;
}

static void tell_disputed(struct qx *x)
{
    for (unsigned i = 0; i < sizeof disputed; i++)
        if (is_on(x, disputed[i]) && !(x->fact[QX_V_TOLD] >> i & 1)) {
            x->fact[QX_V_TOLD] |= (int32_t)1 << i;
            log_msg(LOG_LVL_NOTICE, "qx", unit_of(x),
                    "warning %u is on, whose meaning is not certain: see the UPS's manual",
                    disputed[i]);
        }
}

/* Digits beyond the 64th have no meaning that anybody knows. */
static void tell_surplus(struct qx_call *c)
{
    enum { SURPLUS = 1 << 30 };
    const uint8_t *more = c->len > 1 + QX_V_WARNINGS ? memchr(c->reply + 1 + QX_V_WARNINGS, '1',
                                                              c->len - 1 - QX_V_WARNINGS)
                                                     : NULL;

    if (!more || (c->x->fact[QX_V_TOLD] & SURPLUS))
        return;
    c->x->fact[QX_V_TOLD] |= SURPLUS;
    log_msg(LOG_LVL_NOTICE, "qx", unit_of(c->x), "warning %d is on, which nobody has documented",
            (int)(more - c->reply));
}

void qx_v_qws_finish(struct qx_call *c, struct ups_reading *r)
{
    c->x->bits = 0;
    for (unsigned i = 1; i <= QX_V_WARNINGS; i++)
        if (c->reply[i] == '1')
            c->x->bits |= UINT64_C(1) << (i - 1);
    qx_v_show_warnings(c->x, r);
    tell_disputed(c->x);
    tell_surplus(c);
}

/* -- QFS -------------------------------------------------------------------------------------- */

struct fault {
    char code[3];
    uint16_t own, alarm; /* alarm: of RFC 1628, besides upsAlarmGeneralFault */
    uint32_t words;
};

#define FAULT(code, alarm)                                                                         \
    {                                                                                              \
#code, A(VOLTRONIC_FAULT_##code), A(alarm), 0                                              \
    }
#define P31_FAULT(code, alarm)                                                                     \
    {                                                                                              \
#code, A(VOLTRONIC_P31_FAULT_##code), A(alarm), 0                                          \
    }

static const struct fault faults[] = {
    FAULT(01, GENERAL_FAULT),  FAULT(02, GENERAL_FAULT),
    FAULT(03, GENERAL_FAULT),  FAULT(04, GENERAL_FAULT),
    FAULT(05, GENERAL_FAULT),  FAULT(06, GENERAL_FAULT),
    FAULT(11, OUTPUT_BAD),     FAULT(12, OUTPUT_BAD),
    FAULT(13, OUTPUT_BAD),     FAULT(14, OUTPUT_BAD),
    FAULT(15, OUTPUT_BAD),     FAULT(16, OUTPUT_BAD),
    FAULT(17, OUTPUT_BAD),     FAULT(18, OUTPUT_BAD),
    FAULT(19, OUTPUT_BAD),     FAULT(1A, OUTPUT_BAD),
    FAULT(1B, OUTPUT_BAD),     FAULT(1C, OUTPUT_BAD),
    FAULT(21, GENERAL_FAULT),  FAULT(22, GENERAL_FAULT),
    FAULT(23, GENERAL_FAULT),  FAULT(24, GENERAL_FAULT),
    FAULT(25, GENERAL_FAULT),  FAULT(26, BATTERY_BAD),
    FAULT(27, CHARGER_FAILED), FAULT(28, LOW_BATTERY),
    FAULT(29, FUSE_FAILURE),   FAULT(31, NONE),
    FAULT(32, NONE),           FAULT(33, NONE),
    FAULT(34, NONE),           FAULT(35, NONE),
    FAULT(36, NONE),           FAULT(41, TEMP_BAD),
    FAULT(42, GENERAL_FAULT),  {"43", A(VOLTRONIC_FAULT_43), A(OUTPUT_OVERLOAD), S(OVER)},
    FAULT(44, FAN_FAILURE),    FAULT(45, CHARGER_FAILED),
    FAULT(46, GENERAL_FAULT),  FAULT(47, GENERAL_FAULT),
};

static const struct fault p31_faults[] = {
    P31_FAULT(01, FAN_FAILURE),
    P31_FAULT(02, TEMP_BAD),
    P31_FAULT(03, GENERAL_FAULT),
    P31_FAULT(04, LOW_BATTERY),
    P31_FAULT(05, GENERAL_FAULT),
    P31_FAULT(06, GENERAL_FAULT),
    {"07", A(VOLTRONIC_P31_FAULT_07), A(OUTPUT_OVERLOAD), S(OVER)},
    P31_FAULT(08, GENERAL_FAULT),
    P31_FAULT(09, GENERAL_FAULT),
    P31_FAULT(51, GENERAL_FAULT),
    P31_FAULT(52, GENERAL_FAULT),
    P31_FAULT(53, GENERAL_FAULT),
    P31_FAULT(54, DIAGNOSTIC_TEST_FAILED),
    P31_FAULT(55, GENERAL_FAULT),
    P31_FAULT(56, BATTERY_BAD),
    P31_FAULT(57, GENERAL_FAULT),
    P31_FAULT(58, BATTERY_BAD),
    P31_FAULT(59, GENERAL_FAULT),
};

static const struct fault other = {"", A(VOLTRONIC_FAULT_OTHER), A(GENERAL_FAULT), 0};

/* The codes are texts: some have a letter. */
static const struct fault *find_code(const struct qx *x, const uint8_t *code)
{
    bool p31 = x->has & QX_V_P31;
    const struct fault *table = p31 ? p31_faults : faults;
    size_t rows = p31 ? sizeof p31_faults / sizeof *table : sizeof faults / sizeof *table;

    for (size_t i = 0; i < rows; i++)
        if (memcmp(table[i].code, code, 2) == 0)
            return &table[i];
    return &other;
}

static const struct fault *find_alarm(const struct qx *x)
{
    bool p31 = x->has & QX_V_P31;
    const struct fault *table = p31 ? p31_faults : faults;
    size_t rows = p31 ? sizeof p31_faults / sizeof *table : sizeof faults / sizeof *table;

    for (size_t i = 0; i < rows; i++)
        if (table[i].own == x->fact[QX_V_FAULT])
            return &table[i];
    return x->fact[QX_V_FAULT] == other.own ? &other : NULL;
}

enum { FLAGS_AT = 60 };

/* (OK: no record. */
bool qx_v_qfs_check(struct qx_call *c)
{
    return (c->len == 3 && memcmp(c->reply, "(OK", 3) == 0) ||
           qx_v_laid_out(c, "(KK PPP.P FF.F OOO.O EE.E LLL CCC.C HHH.H NNN.N BBB.B TTT.T bbbbbbbb");
}

/* One value of the record: without zeros in front; "-" if it is none. */
static const char *frozen(const struct qx_call *c, unsigned from, unsigned len, char buf[8])
{
    const uint8_t *at = c->reply + from;
    int64_t milli;

    if (!qx_number(at, len, false, &milli) || memchr(at, '-', len))
        return "-";
    while (len > 1 && *at == '0' && at[1] >= '0' && at[1] <= '9') {
        at++;
        len--;
    }
    snprintf(buf, 8, "%.*s", (int)len, (const char *)at);
    return buf;
}

/* What ran when it happened, in words. */
static void running(const struct qx_call *c, char *buf, size_t size)
{
    static const struct {
        uint8_t at;
        const char *name;
    } parts[] = {
        {0, "DC/DC"}, {1, "PFC"}, {2, "inverter"}, {4, "input relay"}, {6, "output relay"}};
    size_t used = 0;

    buf[0] = '\0';
    for (unsigned i = 0; i < sizeof parts / sizeof *parts; i++)
        if (c->reply[FLAGS_AT + parts[i].at] == '1' && used < size)
            used +=
                (size_t)snprintf(buf + used, size - used, "%s%s", used ? ", " : "", parts[i].name);
}

/* "14: inverter short of L1, 212.1 V in, 5.6 V out, 6 %"; the log has all of it. */
static void show_record(const struct qx_call *c, const char *meaning, struct ups_reading *r)
{
    char v[10][8], on[64], text[160];
    const char *in = frozen(c, 4, 5, v[0]), *out = frozen(c, 15, 5, v[1]);
    const char *load = frozen(c, 26, 3, v[2]), *battery = frozen(c, 48, 5, v[3]);

    snprintf(text, sizeof text, "%.2s: %s; %s>%s V, %s %%, %s V", (const char *)c->reply + 1,
             meaning, in, out, load, battery);
    if (strncmp(text, ups_text(r, UPS_VAR_FAULT_LAST), UPS_TEXT_MAX - 1) == 0)
        return;
    ups_set_text(r, UPS_VAR_FAULT_LAST, text, strlen(text));
    running(c, on, sizeof on);
    log_msg(LOG_LVL_WARN, "qx", unit_of(c->x),
            "fault %.2s (%s): input %s V %s Hz, inverter %s V %s Hz, load %s %%, current %s, bus "
            "%s/%s V, battery %s V, %s C; on: %s",
            (const char *)c->reply + 1, meaning, in, frozen(c, 10, 4, v[4]), out,
            frozen(c, 21, 4, v[5]), load, frozen(c, 30, 5, v[6]), frozen(c, 36, 5, v[7]),
            frozen(c, 42, 5, v[8]), battery, frozen(c, 54, 5, v[9]), on[0] ? on : "nothing");
}

void qx_v_qfs_finish(struct qx_call *c, struct ups_reading *r)
{
    const struct fault *f;
    const char *meaning;

    if (c->len == 3) { /* faulted, but nothing was recorded */
        c->x->fact[QX_V_FAULT] = 0;
        return;
    }
    f = find_code(c->x, c->reply + 1);
    c->x->fact[QX_V_FAULT] = f->own;
    /* the alarms' texts begin with "fault NN: " */
    meaning = f == &other ? "unknown" : ups_alarms[f->own].text + strlen("fault 00: ");
    show_record(c, meaning, r);
}

/* -- what they mean --------------------------------------------------------------------------- */

/* Switched off from afar: as the output is by now. */
static void add_remote(struct qx_part *part)
{
    ups_alarm_add(&part->alarms,
                  part->status & S(OFF) ? A(UPS_OFF_AS_REQUESTED) : A(SHUTDOWN_PENDING));
}

void qx_v_add_alarms(const struct qx *x, struct qx_part *part)
{
    enum { REMOTE = 15 };
    const struct fault *f = find_alarm(x);

    for (unsigned i = 1; i <= QX_V_WARNINGS; i++)
        if (is_on(x, i))
            ups_alarm_add(&part->alarms, (enum ups_alarm)(A(VOLTRONIC_WARNING_1) + i - 1));
    if (is_on(x, REMOTE))
        add_remote(part);
    for (unsigned i = 0; i < sizeof warnings / sizeof *warnings; i++)
        for (unsigned n = warnings[i].first; n <= warnings[i].last; n++)
            if (is_on(x, n)) {
                ups_alarm_add(&part->alarms, (enum ups_alarm)warnings[i].alarm);
                part->status |= warnings[i].words;
            }
    if (f) {
        ups_alarm_add(&part->alarms, (enum ups_alarm)f->own);
        ups_alarm_add(&part->alarms, (enum ups_alarm)f->alarm);
        part->status |= f->words;
    }
}
