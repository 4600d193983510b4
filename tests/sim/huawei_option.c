/* SPDX-License-Identifier: BSD-2-Clause */
/* key=value of the command line for the Huawei faces. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "face.h"
#include "huawei.h"

static const char *const start_words[] = {"normal", "battery",   "off",    "bypass",
                                          "eco",    "not-ready", "locked", NULL};

/* Returns the value of `key` in the list, or NULL. */
static const char *value_of(char *const *options, int count, const char *key)
{
    size_t len = strlen(key);

    for (int i = 0; i < count; i++)
        if (!strncmp(options[i], key, len) && options[i][len] == '=')
            return options[i] + len + 1;
    return NULL;
}

static bool add_address(int addresses[32], int *n, const char *text)
{
    long value;

    if (*n == 32 || !parse_long(text, 1, 247, &value))
        return false;
    for (int i = 0; i < *n; i++)
        if (addresses[i] == value)
            return false;
    addresses[(*n)++] = (int)value;
    return true;
}

int huawei_slaves(char *const *options, int count, int addresses[32], struct buf *why)
{
    const char *list = value_of(options, count, "slaves");
    const char *one = value_of(options, count, "slave");
    char *copy, *word, *rest;
    bool good = true;
    int n = 0;

    if (list && one) {
        buf_printf(why, "slave= and slaves= exclude each other");
        return 0;
    }
    copy = buf_strdup(list ? list : one ? one : "1");
    rest = copy;
    while (good && (word = strsep(&rest, list ? "," : "")))
        good = add_address(addresses, &n, word);
    free(copy);
    if (good)
        return n;
    buf_printf(why, "slave addresses are different numbers 1 to 247, at most 32");
    return 0;
}

int huawei_numbers(char *const *options, int count, int addresses[32], struct buf *why)
{
    const char *text = value_of(options, count, "units");
    long units = 1;

    if (text && !parse_long(text, 1, 4, &units)) {
        buf_printf(why, "units=%s: expected 1 to 4", text);
        return 0;
    }
    for (int i = 0; i < units; i++)
        addresses[i] = i + 1;
    return (int)units;
}

static enum face_answer judge(bool good, const char *key, const char *value, const char *expected,
                              struct buf *why)
{
    if (good)
        return FACE_OK;
    buf_printf(why, "%s=%s: expected %s", key, value, expected);
    return FACE_BAD;
}

static bool choose(int *to, const char *value, const char *const *words)
{
    int i = parse_choice(value, words);

    if (i >= 0)
        *to = i;
    return i >= 0;
}

static enum face_answer text_option(struct huawei *h, const char *key, const char *value,
                                    struct buf *why)
{
    static const char *const keys[] = {"model", "firmware", "interface", "esn", NULL};
    char *const fields[] = {h->model, h->firmware, h->protocol, h->esn};
    int i = parse_choice(key, keys);

    if (i < 0)
        return FACE_UNKNOWN;
    if (i == 3)
        h->esn_set = true;
    return judge(parse_text(fields[i], sizeof h->esn, value), key, value, "a text of 1 to 63 bytes",
                 why);
}

static enum face_answer flag_option(struct huawei *h, const char *key, const char *value,
                                    struct buf *why)
{
    static const char *const keys[] = {"strict-gaps",  "lockup",        "crc-exception",
                                       "board_backup", "board-backup",  "test-shows-battery",
                                       "auto-start",   "bypass-rescue", NULL};
    struct model *m = &h->unit->model;
    bool *const flags[] = {&h->strict_gaps,      &h->lockup,           &h->crc_exception,
                           &m->cfg.board_backup, &m->cfg.board_backup, &h->test_shows_battery,
                           &m->auto_start,       &m->cfg.bypass_rescue};
    int i = parse_choice(key, keys);

    if (i < 0 || (h->map->card && i > 4))
        return FACE_UNKNOWN;
    return judge(parse_bool(value, flags[i]), key, value, "yes or no", why);
}

static enum face_answer word_option(struct huawei *h, const char *key, const char *value,
                                    struct buf *why)
{
    static const char *const fc16[] = {"obey", "exception", "silent", NULL};
    static const char *const gaps[] = {"0", "7fff", "ffff", "random", NULL};
    static const char *const framing[] = {"tcp", "rtu", NULL};
    static const char *const readback[] = {"value", "remaining", "zero", NULL};

    if (!strcmp(key, "start"))
        return judge(choose(&h->start, value, start_words), key, value,
                     "normal, battery, off, bypass, eco, not-ready or locked", why);
    if (!strcmp(key, "fc16"))
        return judge(choose(&h->fc16, value, fc16), key, value, "obey, exception or silent", why);
    if (!strcmp(key, "gaps"))
        return judge(choose(&h->gaps, value, gaps), key, value, "0, 7fff, ffff or random", why);
    if (!strcmp(key, "framing"))
        return judge(choose(&h->framing, value, framing), key, value, "rtu or tcp", why);
    if (!strcmp(key, "delay-readback") && !h->map->card)
        return judge(choose(&h->delay_readback, value, readback), key, value,
                     "value, remaining or zero", why);
    return FACE_UNKNOWN;
}

static enum face_answer number_option(struct huawei *h, const char *key, const char *value,
                                      struct buf *why)
{
    struct model *m = &h->unit->model;
    const struct {
        const char *key;
        double *to;
        double low, high;
    } numbers[] = {
        {"rating-va", &m->cfg.rating_va, 100, 100000},
        {"capacity", &m->cfg.pack_ah, 1, 1000},
        {"load", &m->load[0], 0, 300},
        {"battery", &m->soc, 0, 100},
        {"temperature", &m->temperature, 0, 100},
        {"mains", &m->mains_v, 0, 400},
    };

    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        if (strcmp(key, numbers[i].key) != 0)
            continue;
        if (!strcmp(key, "capacity"))
            h->ah_set = true;
        return judge(parse_double(value, numbers[i].low, numbers[i].high, numbers[i].to), key,
                     value, "a number in range", why);
    }
    return FACE_UNKNOWN;
}

static enum face_answer integer_option(struct huawei *h, const char *key, const char *value,
                                       struct buf *why)
{
    struct model *m = &h->unit->model;
    long n = 0;
    bool good;

    if (!strcmp(key, "packs")) {
        good = parse_long(value, 1, 40, &n);
        m->cfg.packs = (int)n;
        h->packs_set = true;
        return judge(good, key, value, "1 to 40", why);
    }
    if (!strcmp(key, "phases-in") || !strcmp(key, "phases-out")) {
        if (!h->map->card)
            return FACE_UNKNOWN;
        good = parse_long(value, 1, 3, &n) && n != 2;
        *(key[7] == 'i' ? &m->cfg.phases_in : &m->cfg.phases_out) = (int)n;
        return judge(good, key, value, "1 or 3", why);
    }
    if (!strcmp(key, "slave")) {
        good = parse_long(value, 1, 247, &n);
        h->slave = (int)n;
        return judge(good, key, value, "1 to 247", why);
    }
    if (!strcmp(key, h->map->card ? "units" : "slaves"))
        return FACE_OK; /* read by the face's addresses() */
    return FACE_UNKNOWN;
}

enum face_answer huawei_option(struct unit *unit, const char *key, const char *value,
                               struct buf *why)
{
    static enum face_answer (*const kinds[])(struct huawei *, const char *, const char *,
                                             struct buf *) = {text_option, flag_option, word_option,
                                                              number_option, integer_option};
    struct huawei *h = unit->face_data;

    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        enum face_answer answer = kinds[i](h, key, value, why);

        if (answer != FACE_UNKNOWN)
            return answer;
    }
    return FACE_UNKNOWN;
}

static void apply_start(struct huawei *h)
{
    struct model *m = &h->unit->model;

    switch (h->start) {
    case 1:
        model_set_mains(m, 0.0, 0.0);
        model_force_mode(m, MODEL_BATTERY);
        break;
    case 2: model_force_mode(m, MODEL_OFF); break;
    case 3:
        m->bypass_enable = true;
        model_force_mode(m, MODEL_BYPASS);
        break;
    case 4:
        m->eco = true;
        model_force_mode(m, MODEL_ECO);
        break;
    case 6: h->locked = true; break;
    default: break;
    }
}

bool huawei_ready(struct unit *unit, struct buf *why)
{
    struct huawei *h = unit->face_data;
    struct model *m = &unit->model;
    struct bus *bus = unit->bus;
    long index = (bus - bus->sim->buses) * bus->unit_count + (unit - bus->units);
    double va = m->cfg.rating_va;

    (void)why;
    if (!h->packs_set)
        m->cfg.packs = h->map->card ? 16 : va <= 1000 ? 2 : va <= 2000 ? 4 : 6;
    if (!h->ah_set && h->map->card)
        m->cfg.pack_ah = 40.0;
    m->load[1] = m->load[2] = m->load[0];
    m->mains_hz = m->mains_v < 10.0 ? 0.0 : m->mains_hz;
    if (!h->esn_set)
        snprintf(h->esn, sizeof h->esn, "2102290710HGF%07ld", 9000013 + index);
    model_set_mains(m, m->mains_v, m->mains_hz);
    apply_start(h);
    return true;
}
