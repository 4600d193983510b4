/* SPDX-License-Identifier: BSD-2-Clause */
/* key=value of a unit of the Q* family; all of them may be changed while it runs. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "qx.h"

const char qx_option_help[] =
    "    nominal-v=VOLTS nominal-hz=HZ rating-va=N blocks=N load=PERCENT battery=PERCENT\n"
    "    temperature=C mains=VOLTS low-percent=N full-load-minutes=N board-backup=yes\n"
    "    topology=interactive|online start=normal|battery|off|bypass\n"
    "    mfr=TEXT model=TEXT firmware=TEXT serial=TEXT   identity (bestups: model=PRO, 320 ...)\n"
    "    unknown=WORD refused=WORD ack=WORD  answers: silence echo ack pack ok nak pnak no-ack\n"
    "                                      pnack n\n"
    "    ratings=normal|blank|none|lockup vendor=normal|blank|none|lockup|ic\n"
    "    battery-volts=pack|cell|four      in the status frame; four: four digits, no point\n"
    "    dash=FIELDS at=FIELDS blank=FIELDS number=FIELDS  fill input,fault,output,load,\n"
    "                                      frequency,battery,temperature with - or @ or blanks\n"
    "    fix=FIELD:VALUE,...               numbers that do not move\n"
    "    constant-temperature=C|no pad-blank=yes\n"
    "    stuck=EIGHT                       status bits b7 to b0: 0, 1 or - (moves)\n"
    "    nul-flags=EIGHT                   1: there a NUL stands for a 0; nul-off=yes: a NUL\n"
    "                                      begins the frame while the output is off\n"
    "    cr=no cut=N                       frames without CR; of N bytes and a CR\n"
    "    zero=N                            the next N status frames are all zeros (-1: all)\n"
    "    second-shutdown=wins|ignored|refused fsd-kept=yes\n"
    "    stay-leaks=yes short-r-stays=yes no-delay=yes  R0000 comes back; R0001 and R0002 never;\n"
    "                                      R has no effect\n"
    "    off-delay=SECONDS                 whatever S says; -1: what it says\n"
    "    alias=REQUEST:OTHER               answers one request as if it were another\n"
    "    ignore=LETTERS                    commands accepted without effect, by first letter\n"
    "    p98=no (mecer) bl=no (hunnox) slave=N packs=N (masterguard) pins=N volts-index=N packs=N\n"
    "                                      (bestups)\n"
    "    delta=yes negative=no (three phases: transformers; Q6 without negative battery half)\n"
    "    phases-in=1|3 phases-out=1|3 letters=GH (gtec: besides those of the state) uptime=SECONDS\n"
    "    chunk=N                           bytes a write\n";

static bool judge(bool good, const char *key, const char *value, const char *expected,
                  struct buf *why)
{
    if (!good)
        buf_printf(why, "%s=%s: expected %s", key, value, expected);
    return good;
}

/* Each kind of option: 1 done, 0 not one of these, -1 with a reason. */
static int verdict(bool good, const char *key, const char *value, const char *expected,
                   struct buf *why)
{
    return judge(good, key, value, expected, why) ? 1 : -1;
}

static int text_option(struct qx *q, const char *key, const char *value, struct buf *why)
{
    static const char *const keys[] = {"mfr", "model", "firmware", "serial", NULL};
    char *const fields[] = {q->mfr, q->model_name, q->firmware, q->serial};
    int i = parse_choice(key, keys);

    if (i < 0)
        return 0;
    if (!*value) {
        fields[i][0] = '\0';
        return 1;
    }
    return verdict(parse_text(fields[i], sizeof q->mfr, value), key, value,
                   "a text of at most 31 bytes", why);
}

static int flag_option(struct qx *q, const char *key, const char *value, struct buf *why)
{
    const struct {
        const char *key;
        bool *to;
        bool inverse;
    } flags[] = {{"pad-blank", &q->pad_blank, false},
                 {"cr", &q->no_cr, true},
                 {"nul-off", &q->nul_off, false},
                 {"fsd-kept", &q->fsd_kept, false},
                 {"stay-leaks", &q->stay_leaks, false},
                 {"short-r-stays", &q->short_r_stays, false},
                 {"no-delay", &q->no_delay, false},
                 {"bl", &q->bl_unknown, true},
                 {"delta", &q->transformer_delta, false},
                 {"negative", &q->no_negative, true},
                 {"board-backup", &q->model->cfg.board_backup, false}};

    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++) {
        bool on;

        if (strcmp(key, flags[i].key) != 0)
            continue;
        if (!parse_bool(value, &on))
            return verdict(false, key, value, "yes or no", why);
        *flags[i].to = on != flags[i].inverse;
        return 1;
    }
    return 0;
}

static int trait_option(struct qx *q, const char *key, const char *value, struct buf *why)
{
    bool on;

    if (strcmp(key, "p98") != 0)
        return 0;
    if (!parse_bool(value, &on))
        return verdict(false, key, value, "yes or no", why);
    q->traits = on ? q->traits | QX_TENTH_TESTS : q->traits & ~(unsigned)QX_TENTH_TESTS;
    return 1;
}

static int number_option(struct qx *q, const char *key, const char *value, struct buf *why)
{
    struct model *m = q->model;
    const struct {
        const char *key;
        double *to;
        double low, high, factor;
    } numbers[] = {{"nominal-v", &m->cfg.nominal_v, 90, 400, 1},
                   {"nominal-hz", &m->cfg.nominal_hz, 40, 70, 1},
                   {"rating-va", &m->cfg.rating_va, 100, 200000, 1},
                   {"load", &m->load[0], 0, 300, 1},
                   {"battery", &m->soc, 0, 100, 1},
                   {"temperature", &m->temperature, 0, 99.9, 1},
                   {"constant-temperature", &q->constant_temperature, 0, 99.9, 1},
                   {"low-percent", &m->cfg.low_percent, 0, 100, 1},
                   {"full-load-minutes", &m->cfg.full_load_seconds, 0.1, 1000, 60},
                   {"uptime", &q->uptime, 0, 864e6, 1},
                   {"mains", &m->mains_v, 0, 400, 1}};

    if (!strcmp(key, "constant-temperature") && !strcmp(value, "no")) {
        q->constant_temperature = -1.0;
        return 1;
    }
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        double number;

        if (strcmp(key, numbers[i].key) != 0)
            continue;
        if (!parse_double(value, numbers[i].low, numbers[i].high, &number))
            return verdict(false, key, value, "a number in range", why);
        *numbers[i].to = number * numbers[i].factor;
        q->mains_set |= numbers[i].to == &m->mains_v;
        if (numbers[i].to == &m->cfg.nominal_v)
            qx_set_nominal(q);
        return 1;
    }
    return 0;
}

static int integer_option(struct qx *q, const char *key, const char *value, struct buf *why)
{
    const struct {
        const char *key;
        int *to;
        long low, high;
    } numbers[] = {{"blocks", &q->model->cfg.packs, 1, 40},
                   {"slave", &q->slave, 0, 99},
                   {"packs", &q->packs, 0, 5},
                   {"pins", &q->pins, 0, 6},
                   {"phases-in", &q->model->cfg.phases_in, 1, 3},
                   {"phases-out", &q->model->cfg.phases_out, 1, 3},
                   {"volts-index", &q->voltage_index, -1, 9}};
    long n;

    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        if (strcmp(key, numbers[i].key) != 0)
            continue;
        if (!parse_long(value, numbers[i].low, numbers[i].high, &n) ||
            (n == 2 && !strncmp(key, "phases", 6)))
            return verdict(false, key, value, "a whole number in range", why);
        *numbers[i].to = (int)n;
        return 1;
    }
    if (!strcmp(key, "off-delay"))
        return verdict(parse_long(value, -1, 6000, &q->off_delay), key, value, "-1 to 6000", why);
    if (!strcmp(key, "cut"))
        return verdict(parse_long(value, 0, QX_REPLY_MAX, &q->cut), key, value, "0 to 512", why);
    if (!strcmp(key, "zero"))
        return verdict(parse_long(value, -1, 1000000, &q->zero.left), key, value, "-1 to 1000000",
                       why);
    return 0;
}

static bool choose(int *to, const char *value, const char *const *choices)
{
    int i = parse_choice(value, choices);

    if (i >= 0)
        *to = i;
    return i >= 0;
}

static int word_option(struct qx *q, const char *key, const char *value, struct buf *why)
{
    static const char *const answers[] = {"silence", "echo",   "ack",   "pack", "ok", "nak",
                                          "pnak",    "no-ack", "pnack", "n",    NULL};
    static const char *const frames[] = {"normal", "blank", "none", "lockup", "ic", NULL};
    static const char *const second[] = {"wins", "ignored", "refused", NULL};
    static const char *const start[] = {"normal", "battery", "off", "bypass", NULL};
    const struct {
        const char *key;
        const char *const *choices;
        void *to; /* an enum */
    } keys[] = {{"unknown", answers, &q->unknown}, {"refused", answers, &q->refused},
                {"ack", answers, &q->done},        {"ratings", frames, &q->ratings},
                {"vendor", frames, &q->vendor},    {"second-shutdown", second, &q->second},
                {"start", start, &q->start}};
    int i;

    for (size_t k = 0; k < sizeof keys / sizeof keys[0]; k++) {
        if (strcmp(key, keys[k].key) != 0)
            continue;
        if (!choose(&i, value, keys[k].choices))
            return verdict(false, key, value, "one of the words in --help", why);
        memcpy(keys[k].to, &i, sizeof i);
        return 1;
    }
    return 0;
}

static const char *const field_names[] = {"input",     "fault",   "output",      "load",
                                          "frequency", "battery", "temperature", NULL};

/* `FIELD,FIELD...` */
static bool fill_fields(struct qx *q, char filler, const char *list)
{
    char *copy = buf_strdup(list), *rest = copy, *word;
    bool good = true;

    while ((word = strsep(&rest, ","))) {
        int i = parse_choice(word, field_names);

        if (i >= 0)
            q->filler[i] = filler;
        good &= i >= 0;
    }
    free(copy);
    return good;
}

/* `FIELD:VALUE,...`, VALUE `no` lets the field move again. */
static bool fix_fields(struct qx *q, const char *list)
{
    char *copy = buf_strdup(list), *rest = copy, *word;
    bool good = true;

    while ((word = strsep(&rest, ","))) {
        char *value = strchr(word, ':');
        int i;

        if (value)
            *value++ = '\0';
        i = parse_choice(word, field_names);
        if (i >= 0 && value && !strcmp(value, "no"))
            q->fixed[i] = -1.0;
        else
            good &= i >= 0 && value && parse_double(value, 0, 9999, &q->fixed[i]);
    }
    free(copy);
    return good;
}

static bool set_alias(struct qx *q, const char *value)
{
    const char *colon = strchr(value, ':');
    size_t len = colon ? (size_t)(colon - value) : 0;

    if (!len || len >= sizeof q->alias || !parse_text(q->alias_of, sizeof q->alias_of, colon + 1))
        return false;
    snprintf(q->alias, sizeof q->alias, "%.*s", (int)len, value);
    return true;
}

static bool eight(char to[9], const char *value, const char *allowed)
{
    if (strlen(value) != 8 || strspn(value, allowed) != 8)
        return false;
    snprintf(to, 9, "%s", value);
    return true;
}

static int frame_option(struct qx *q, const char *key, const char *value, struct buf *why)
{
    static const char *const fillers[] = {"number", "dash", "at", "blank", NULL};
    static const char *const volts[] = {"pack", "cell", "four", NULL};
    static const char *const topologies[] = {"online", "interactive", NULL};
    int i = parse_choice(key, fillers);

    if (i >= 0)
        return verdict(fill_fields(q, "\0-@ "[i], value), key, value, "fields with commas", why);
    if (!strcmp(key, "alias"))
        return verdict(set_alias(q, value), key, value, "REQUEST:OTHER", why);
    if (!strcmp(key, "fix"))
        return verdict(fix_fields(q, value), key, value, "FIELD:VALUE with commas", why);
    if (!strcmp(key, "stuck"))
        return verdict(eight(q->stuck, value, "01-"), key, value, "eight of 0, 1 and -", why);
    if (!strcmp(key, "nul-flags"))
        return verdict(eight(q->nul, value, "01"), key, value, "eight of 0 and 1", why);
    if (!strcmp(key, "ignore"))
        return verdict(parse_text(q->ignore, sizeof q->ignore, value), key, value, "letters", why);
    if (!strcmp(key, "letters"))
        return verdict(parse_text(q->letters, sizeof q->letters, value), key, value, "letters",
                       why);
    if (!strcmp(key, "battery-volts")) {
        i = parse_choice(value, volts);
        q->traits = i == 1 ? q->traits | QX_CELL : q->traits & ~(unsigned)QX_CELL;
        q->four_digits = i == 2;
        return verdict(i >= 0, key, value, "pack, cell or four", why);
    }
    if (!strcmp(key, "topology")) {
        i = parse_choice(value, topologies);
        q->model->cfg.interactive = i == 1;
        return verdict(i >= 0, key, value, "interactive or online", why);
    }
    return 0;
}

bool qx_option(struct qx *q, const char *key, const char *value, struct buf *why)
{
    static int (*const kinds[])(struct qx *, const char *, const char *, struct buf *) = {
        text_option,    flag_option, trait_option, number_option,
        integer_option, word_option, frame_option};

    int done = q->dialect->option ? q->dialect->option(q, key, value, why) : 0;

    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0] && !done; i++)
        done = kinds[i](q, key, value, why);
    if (done > 0 && q->dialect->ready)
        q->dialect->ready(q);
    return done > 0;
}
