/* SPDX-License-Identifier: BSD-2-Clause */
/* key=value of a Voltronic unit, besides those of the Q* family; and its values for `get`. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "voltronic.h"

const char voltronic_option_help[] =
    "    those of the Q* family above, and\n"
    "    capture=NAME                      a published unit: orion c6ks online qpsi powerwalker\n"
    "                                      paper paper-phases\n"
    "    pi=01|02|03|09|10|13|14|99|00|08|31|71  the typical unit of that protocol number\n"
    "    flags=E...D...                    capabilities that are on and off, as in QFLAG\n"
    "    outlets=N parallel=N power-factor=PERCENT test-result=none|passed|failed\n"
    "    bits=TWELVE                       of QGS: 0, 1 or - whatever the state is, . moves\n"
    "    HEH= HEL= FREH= FREL= PHV= PLV= PGF= PSF= W0E= BATN= BATGN= PPD= PBT= PGR= PSK1= ...\n"
    "                                      settings, with the digits of the command\n"
    "    warning=N,N|no fault=KK|no stored-fault=KK|no epo=yes  QWS; mode F; QFS of a healthy unit\n"
    "    refuse=WORDS silent=WORDS lockup=WORDS ack-only=WORDS  requests (QPD,RE0 ... or no) that\n"
    "                                      are refused, not answered, end it all until powercycle,\n"
    "                                      acknowledged without effect\n"
    "    show=REQUEST.N:TEXT               the Nth field of its reply is this (0: the whole reply;\n"
    "                                      without TEXT no more); show=no: none\n"
    "    long-minutes=yes noisy-minutes=yes  QBV's run time in five digits; jumping by 2\n"
    "    eco-b5=no pad-space=yes lower-case=yes mfr-width=N qws-length=N\n"
    "    nak-every=N                       refuses one request in N\n"
    "    late=N headless=N junk=yes        the next N replies come with the answer to the next\n"
    "                                      request; lack their first 16 bytes; bytes after the CR\n";

static int verdict(bool good, const char *key, const char *value, const char *expected,
                   struct buf *why)
{
    if (!good)
        buf_printf(why, "%s=%s: expected %s", key, value, expected);
    return good ? 1 : -1;
}

static int flag_option(struct qx *q, const char *key, const char *value, struct buf *why)
{
    struct voltronic *v = &q->volt;
    const struct {
        const char *key;
        bool *to;
        bool inverse;
    } flags[] = {
        {"long-minutes", &v->long_minutes, false}, {"noisy-minutes", &v->noisy_minutes, false},
        {"eco-b5", &v->eco_hides_b5, true},        {"pad-space", &v->pad_blank, false},
        {"lower-case", &v->lower_case, false},     {"junk", &v->junk, false}};
    bool on;

    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++) {
        if (strcmp(key, flags[i].key) != 0)
            continue;
        if (!parse_bool(value, &on))
            return verdict(false, key, value, "yes or no", why);
        *flags[i].to = on != flags[i].inverse;
        return 1;
    }
    return 0;
}

static int number_option(struct qx *q, const char *key, const char *value, struct buf *why)
{
    struct voltronic *v = &q->volt;
    long factor;
    const struct {
        const char *key;
        int *to;
        long *to_long;
        long low, high;
    } numbers[] = {{"qws-length", &v->qws_length, NULL, 1, 100},
                   {"mfr-width", &v->manufacturer_width, NULL, 0, 26},
                   {"parallel", &v->parallel, NULL, 1, 999},
                   {"outlets", &v->outlet_count, NULL, 0, VOLT_OUTLETS},
                   {"nak-every", NULL, &v->nak_every, 0, 1000000},
                   {"late", NULL, &v->late.left, -1, 1000000},
                   {"headless", NULL, &v->headless.left, -1, 1000000},
                   {"power-factor", NULL, &factor, 1, 100}};
    long n;

    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        if (strcmp(key, numbers[i].key) != 0)
            continue;
        if (!parse_long(value, numbers[i].low, numbers[i].high, &n))
            return verdict(false, key, value, "a whole number in range", why);
        if (numbers[i].to)
            *numbers[i].to = (int)n;
        else
            *numbers[i].to_long = n;
        if (numbers[i].to_long == &factor)
            q->model->cfg.rated_pf = (double)n / 100.0;
        return 1;
    }
    return 0;
}

static int words_option(struct qx *q, const char *key, const char *value, struct buf *why)
{
    struct voltronic *v = &q->volt;
    const struct {
        const char *key;
        char *to;
    } lists[] = {{"refuse", v->refuse},
                 {"silent", v->silent},
                 {"lockup", v->lockup},
                 {"ack-only", v->ack_only}};

    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        if (strcmp(key, lists[i].key) != 0)
            continue;
        if (!strcmp(value, "no")) {
            lists[i].to[0] = '\0';
            return 1;
        }
        return verdict(parse_text(lists[i].to, VOLT_WORDS, value), key, value,
                       "requests with commas, at most 127 bytes", why);
    }
    return 0;
}

/* `N,N...`: these and no others. */
static bool set_warnings(struct qx *q, const char *list)
{
    char *copy = buf_strdup(list), *rest = copy, *word;
    bool set[VOLT_WARNINGS] = {false};
    bool good = true;
    long n;

    while (strcmp(list, "no") != 0 && (word = strsep(&rest, ","))) {
        if (parse_long(word, 1, VOLT_WARNINGS, &n))
            set[n - 1] = true;
        else
            good = false;
    }
    free(copy);
    if (good)
        memcpy(q->volt.warnings, set, sizeof set);
    return good;
}

static bool set_fault(struct qx *q, const char *code)
{
    if (!strcmp(code, "no")) {
        q->volt.fault[0] = '\0';
        return true;
    }
    if (strlen(code) != 2 || !isalnum((unsigned char)code[0]) || !isalnum((unsigned char)code[1]))
        return false;
    volt_fail(q, code);
    return true;
}

static bool store_fault(struct qx *q, const char *code)
{
    if (!strcmp(code, "no")) {
        q->volt.record[0] = '\0';
        return true;
    }
    if (strlen(code) != 2)
        return false;
    volt_write_record(q, code);
    return true;
}

static bool set_epo(struct qx *q, const char *value)
{
    bool on;

    if (!parse_bool(value, &on))
        return false;
    if (on)
        (void)model_emergency_off(q->model);
    else
        q->model->epo = false;
    return true;
}

/* `REQUEST.N:TEXT` */
static bool set_shown(struct qx *q, const char *value)
{
    struct voltronic *v = &q->volt;
    struct volt_shown shown = {.field = -1};
    struct volt_shown *slot = NULL;
    const char *dot = strchr(value, '.');
    const char *colon = dot ? strchr(dot, ':') : NULL;

    if (!strcmp(value, "no")) {
        memset(v->shown, 0, sizeof v->shown);
        return true;
    }
    if (!colon || dot == value || (size_t)(dot - value) >= sizeof shown.request ||
        strlen(colon + 1) >= sizeof shown.text)
        return false;
    snprintf(shown.request, sizeof shown.request, "%.*s", (int)(dot - value), value);
    snprintf(shown.text, sizeof shown.text, "%s", colon + 1);
    shown.field = qx_digits(dot + 1, colon - dot == 3 ? 2 : 1);
    if (shown.field < 0 || colon - dot > 3)
        return false;
    for (int i = VOLT_SHOWN - 1; i >= 0; i--) {
        bool same = !strcmp(v->shown[i].request, shown.request) && v->shown[i].field == shown.field;

        if (same)
            memset(&v->shown[i], 0, sizeof v->shown[i]);
        if (!v->shown[i].request[0])
            slot = &v->shown[i];
    }
    if (slot && shown.text[0])
        *slot = shown;
    return slot;
}

static bool set_bits(struct qx *q, const char *value)
{
    if (strlen(value) != 12 || strspn(value, "01-.") != 12)
        return false;
    snprintf(q->volt.bits, sizeof q->volt.bits, "%s", value);
    return true;
}

static bool set_result(struct qx *q, const char *value)
{
    static const char *const results[] = {"none", "passed", "failed", NULL};
    int i = parse_choice(value, results);

    if (i >= 0)
        q->model->verdict = (enum model_verdict)i;
    return i >= 0;
}

static bool set_preset(struct qx *q, const char *value)
{
    const struct volt_preset *preset = volt_preset_find(value);

    if (preset)
        volt_apply_preset(q, preset);
    return preset;
}

static int special_option(struct qx *q, const char *key, const char *value, struct buf *why)
{
    static const struct {
        const char *key;
        bool (*set)(struct qx *q, const char *value);
        const char *expected;
    } keys[] = {{"pi", set_preset, "one of the numbers in --help"},
                {"flags", volt_set_flags, "E and D with letters, each once"},
                {"warning", set_warnings, "numbers 1 to 64 with commas, or no"},
                {"fault", set_fault, "two characters or no"},
                {"stored-fault", store_fault, "two characters or no"},
                {"epo", set_epo, "yes or no"},
                {"show", set_shown, "REQUEST.N:TEXT (at most 24 of them) or no"},
                {"bits", set_bits, "twelve of 0, 1, - and ."},
                {"test-result", set_result, "none, passed or failed"}};

    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        if (!strcmp(key, keys[i].key))
            return verdict(keys[i].set(q, value), key, value, keys[i].expected, why);
    return strcmp(key, "capture") ? 0 : volt_capture(q, value, why);
}

/* The name of the command that writes it: HEH=254, PSK1=005. */
static int setting_option(struct qx *q, const char *key, const char *value, struct buf *why)
{
    enum volt_setting setting = volt_setting_named(key);
    int number;

    if (setting < VOLT_SETTINGS)
        return verdict(volt_parse_setting(setting, value, &q->volt.settings[setting]), key, value,
                       "the digits of the command", why);
    if (strncmp(key, "PSK", 3) != 0)
        return 0;
    number = qx_digits(key + 3, 1);
    if (number < 1 || number > VOLT_OUTLETS || key[4])
        return 0;
    q->volt.outlets[number - 1].delay = qx_digits(value, 3);
    return verdict(q->volt.outlets[number - 1].delay >= 0, key, value, "three digits", why);
}

int volt_option(struct qx *q, const char *key, const char *value, struct buf *why)
{
    static int (*const kinds[])(struct qx *, const char *, const char *, struct buf *) = {
        flag_option, number_option, words_option, special_option, setting_option};
    int done = 0;

    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0] && !done; i++)
        done = kinds[i](q, key, value, why);
    return done;
}

static void put_warnings(const struct qx *q, struct buf *out)
{
    bool any = false;

    for (int i = 1; i <= VOLT_WARNINGS; i++)
        if (volt_warning(q, i)) {
            buf_printf(out, "%s%d", any ? "," : "", i);
            any = true;
        }
    if (!any)
        buf_printf(out, "none");
}

bool volt_get(struct qx *q, const char *key, struct buf *out)
{
    const struct voltronic *v = &q->volt;
    enum volt_setting setting = volt_setting_named(key);
    char bits[13];
    int outlet;

    if (!strcmp(key, "letter"))
        buf_printf(out, "%c", volt_mode(q));
    else if (!strcmp(key, "flags")) {
        volt_bits(q, bits);
        buf_printf(out, "%s", bits);
    } else if (!strcmp(key, "warnings"))
        put_warnings(q, out);
    else if (!strcmp(key, "fault"))
        buf_printf(out, "%s", v->fault[0] ? v->fault : "none");
    else if (!strcmp(key, "muted"))
        buf_printf(out, "%d", v->muted);
    else if (!strcmp(key, "buzzing"))
        buf_printf(out, "%d", volt_buzzing(q) && !v->muted);
    else if (!strcmp(key, "output"))
        buf_printf(out, "%d", volt_output_volts(q) > 0.0);
    else if (setting < VOLT_SETTINGS)
        buf_printf(out, "%d", volt_setting(q, setting));
    else if (!strncmp(key, "outlet", 6) && (outlet = qx_digits(key + 6, 1)) > 0 && !key[7] &&
             outlet <= v->outlet_count)
        buf_printf(out, "%d", !v->outlets[outlet - 1].off && !v->outlets[outlet - 1].cut);
    else if (strlen(key) == 1 && volt_knows(q, key[0]))
        buf_printf(out, "%d", volt_enabled(q, key[0]));
    else
        return false;
    return true;
}
