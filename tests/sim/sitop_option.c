/* SPDX-License-Identifier: BSD-2-Clause */
/* key=value of a SITOP; all of them may be changed while it runs. */
#include <stdlib.h>
#include <string.h>

#include "sitop.h"

const char sitop_option_help[] =
    "    profile=capacitor|battery        empty in 10 s or in 30 min\n"
    "    delay=5..635 set-time=yes interruption=no operating=no  switches 6-10 (with the fixed\n"
    "                                     5 s), 5, 11, 12\n"
    "    storage=PERCENT mains=VOLTS      24 V DC input\n"
    "    defective=yes                    readiness blinks every 2 s\n"
    "    line-end=crlf|lf|cr|none single=yes shuffled=yes steady=yes omit=SIGNALS  of the stream:\n"
    "                                     word by word; no jitter; ready,charge,input,mode\n"
    "    lose=0..1 hang=0..1              probabilities: a command is ignored (0.3), another byte\n"
    "                                     silences it (0.05)\n"
    "    nut-style=yes                    the time also starts after 1 s without a byte\n"
    "    lf-hang=yes                      a command that no line feed follows within 1 s: silent\n"
    "                                     until the plug is pulled\n"
    "    host-dies=yes                    silent while the output is off\n";

static int outcome(bool good, const char *key, const char *value, struct buf *why)
{
    if (good)
        return 1;
    buf_printf(why, "%s=%s: see --help", key, value);
    return -1;
}

static int flag_option(struct sitop *s, const char *key, const char *value, struct buf *why)
{
    static const char *const keys[] = {"set-time", "interruption", "operating", "defective",
                                       "single",   "shuffled",     "steady",    "nut-style",
                                       "lf-hang",  "host-dies",    NULL};
    bool *const flags[] = {&s->set_time, &s->interruption, &s->operating, &s->defective,
                           &s->single,   &s->shuffled,     &s->steady,    &s->nut_style,
                           &s->lf_hang,  &s->host_dies};
    int i = parse_choice(key, keys);

    return i < 0 ? 0 : outcome(parse_bool(value, flags[i]), key, value, why);
}

static int number_option(struct sitop *s, const char *key, const char *value, struct buf *why)
{
    static const char *const keys[] = {"storage", "mains", "lose", "hang", NULL};
    double *const numbers[] = {&s->model->soc, &s->model->mains_v, &s->lose, &s->hang};
    static const double most[] = {100, 30, 1, 1};
    int i = parse_choice(key, keys);
    long seconds;

    if (!strcmp(key, "delay")) {
        if (!parse_long(value, 5, 635, &seconds))
            return outcome(false, key, value, why);
        s->delay = (int)seconds;
        return 1;
    }
    return i < 0 ? 0 : outcome(parse_double(value, 0, most[i], numbers[i]), key, value, why);
}

static bool omit(struct sitop *s, const char *list)
{
    static const char *const signals[] = {"ready", "charge", "input", "mode", NULL};
    char *copy = buf_strdup(list), *rest = copy, *word;
    bool good = true;

    memset(s->omit, 0, sizeof s->omit);
    while ((word = strsep(&rest, ","))) {
        int i = parse_choice(word, signals);

        if (i >= 0)
            s->omit[i] = true;
        good &= i >= 0 || !strcmp(word, "none");
    }
    free(copy);
    return good;
}

static int word_option(struct sitop *s, const char *key, const char *value, struct buf *why)
{
    static const char *const ends[] = {"crlf", "lf", "cr", "none", NULL};
    static const char *const profiles[] = {"capacitor", "battery", NULL};
    int i;

    if (!strcmp(key, "line-end")) {
        i = parse_choice(value, ends);
        if (i >= 0)
            s->line_end = (enum sitop_line_end)i;
        return outcome(i >= 0, key, value, why);
    }
    if (!strcmp(key, "profile")) {
        i = parse_choice(value, profiles);
        s->model->cfg.full_load_seconds = i == 1 ? 1800.0 : 10.0;
        s->model->cfg.full_charge_seconds = i == 1 ? 18000.0 : 60.0;
        return outcome(i >= 0, key, value, why);
    }
    if (!strcmp(key, "omit"))
        return outcome(omit(s, value), key, value, why);
    return 0;
}

bool sitop_option(struct sitop *s, const char *key, const char *value, struct buf *why)
{
    int done = flag_option(s, key, value, why);

    if (!done)
        done = number_option(s, key, value, why);
    if (!done)
        done = word_option(s, key, value, why);
    return done > 0;
}
