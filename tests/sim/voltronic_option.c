/* SPDX-License-Identifier: BSD-2-Clause */
/* key=value of a Voltronic unit, besides those of the Q* family. */
#include <stdio.h>
#include <string.h>

#include "voltronic.h"

const char voltronic_option_help[] =
    "    those of the Q* family above, and\n"
    "    capture=NAME                      a published unit: orion c6ks online qpsi powerwalker\n"
    "                                      paper paper-p31 paper-phases; qs: salicru powershield\n"
    "                                      paper; qs-hex: paper-p paper-t; axpert: sample\n"
    "    refuse=WORDS silent=WORDS lockup=WORDS ack-only=WORDS  requests (QPD,RE0 ... or no) that\n"
    "                                      are refused, not answered, end it all until powercycle,\n"
    "                                      acknowledged without effect\n"
    "    show=REQUEST.N:TEXT               the Nth field of its reply is this (0: the whole reply,\n"
    "                                      its first character included; without TEXT no more);\n"
    "                                      show=no: none\n"
    "    nak-every=N                       refuses one request in N\n"
    "    late=N headless=N junk=yes        the next N replies come with the answer to the next\n"
    "                                      request; lack their first 16 bytes; bytes after the CR\n"
    "    beeper=no\n"
    "  voltronic:\n"
    "    pi=01|02|03|09|10|13|14|99|00|08|31|71  the typical unit of that protocol number\n"
    "    flags=E...D...                    capabilities that are on and off, as in QFLAG\n"
    "    outlets=N parallel=N power-factor=PERCENT test-result=none|passed|failed\n"
    "    bits=TWELVE                       of QGS: 0, 1 or - whatever the state is, . moves\n"
    "    HEH= HEL= FREH= FREL= PHV= PLV= PGF= PSF= W0E= BATN= BATGN= PPD= PBT= PGR= PSK1= ...\n"
    "                                      settings, with the digits of the command\n"
    "    warning=N,N|no fault=KK|no stored-fault=KK|no epo=yes  QWS; mode F; QFS of a healthy unit\n"
    "    long-minutes=yes noisy-minutes=yes  QBV's run time in five digits; jumping by 2\n"
    "    eco-b5=no pad-space=yes lower-case=yes mfr-width=N qws-length=N\n"
    "  voltronic-qs, voltronic-qs-hex:\n"
    "    letter=V|H|I|J, P|T               answer to M\n"
    "    mains-wakes=yes                   a load off ends when the mains return\n"
    "    forgets-delay=yes                 once S..R0000 was ended by C, R<mmmm> has no effect after\n"
    "                                      an outage\n"
    "    needs-mains=yes p-tests=yes       no shutdown on battery; P obeys T\n"
    "    raw=FIELD:HEX                     bytes of input, output, load, frequency, battery, status,\n"
    "                                      rating (3 3 1 5 2 1 1) in place of the model's\n"
    "  voltronic-axpert:\n"
    "    crc=no bad-crc=N                  replies without checksum; N with a wrong one\n"
    "    flags= warning= fault= power-factor= qws-length= as above\n";

int volt_verdict(bool good, const char *key, const char *value, const char *expected,
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
    } flags[] = {{"junk", &v->junk, false},
                 {"beeper", &q->model->buzzer_off, true},
                 {"pad-space", &v->pad_blank, false},
                 {"mains-wakes", &v->mains_wakes, false},
                 {"forgets-delay", &v->forgets_delay, false},
                 {"needs-mains", &v->needs_mains, false},
                 {"p-tests", &v->p_tests, false},
                 {"crc", &v->no_crc, true},
                 {"long-minutes", &v->long_minutes, false},
                 {"noisy-minutes", &v->noisy_minutes, false},
                 {"eco-b5", &v->eco_hides_b5, true},
                 {"lower-case", &v->lower_case, false}};
    bool on;

    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++) {
        if (strcmp(key, flags[i].key) != 0)
            continue;
        if (!parse_bool(value, &on))
            return volt_verdict(false, key, value, "yes or no", why);
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
                   {"bad-crc", NULL, &v->bad_crc.left, -1, 1000000},
                   {"headless", NULL, &v->headless.left, -1, 1000000},
                   {"power-factor", NULL, &factor, 1, 100}};
    long n;

    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        if (strcmp(key, numbers[i].key) != 0)
            continue;
        if (!parse_long(value, numbers[i].low, numbers[i].high, &n))
            return volt_verdict(false, key, value, "a whole number in range", why);
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
        return volt_verdict(parse_text(lists[i].to, VOLT_WORDS, value), key, value,
                            "requests with commas, at most 127 bytes", why);
    }
    return 0;
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

static bool set_letter(struct qx *q, const char *value)
{
    const char *known = q->dialect == &qx_voltronic_qs       ? "VHIJ"
                        : q->dialect == &qx_voltronic_qs_hex ? "PT"
                                                             : "";

    if (strlen(value) != 1 || !strchr(known, value[0]))
        return false;
    q->volt.letter = value[0];
    return true;
}

/* `FIELD:HEX`, no more without HEX */
static bool set_raw(struct qx *q, const char *value)
{
    static const char *const names[] = {"input",   "output", "load",   "frequency",
                                        "battery", "status", "rating", NULL};
    static const long lengths[VOLT_RAW_FIELDS] = {3, 3, 1, 5, 2, 1, 1};
    char name[16];
    const char *colon = strchr(value, ':');
    int i;

    snprintf(name, sizeof name, "%.*s", colon ? (int)(colon - value) : 0, value);
    i = parse_choice(name, names);
    if (i < 0)
        return false;
    q->volt.raw_set[i] = colon[1];
    return !colon[1] || parse_hex(colon + 1, q->volt.raw[i], sizeof q->volt.raw[i]) == lengths[i];
}

static int special_option(struct qx *q, const char *key, const char *value, struct buf *why)
{
    if (!strcmp(key, "show"))
        return volt_verdict(set_shown(q, value), key, value,
                            "REQUEST.N:TEXT (at most 24 of them) or no", why);
    if (!strcmp(key, "letter"))
        return volt_verdict(set_letter(q, value), key, value, "a letter of this family", why);
    if (!strcmp(key, "raw"))
        return volt_verdict(set_raw(q, value), key, value, "FIELD:HEX of the field's length", why);
    return strcmp(key, "capture") ? 0 : volt_capture(q, value, why);
}

int volt_option(struct qx *q, const char *key, const char *value, struct buf *why)
{
    static int (*const kinds[])(struct qx *, const char *, const char *, struct buf *) = {
        flag_option, number_option, words_option, special_option};
    int done = 0;

    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0] && !done; i++)
        done = kinds[i](q, key, value, why);
    return done;
}
