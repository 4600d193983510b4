/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of options common to all units, and the functions that check and store them. */
#include "conf_options.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "event.h"

static const char *const on_stale_words[] = {"withdraw", "hold", NULL};

/* -- values --------------------------------------------------------------------------------- */

/* Writes milliseconds as seconds without trailing zeros. */
static void show_seconds(int64_t ms, char *buf, size_t size)
{
    int len = snprintf(buf, size, "%" PRId64 ".%03d", ms / 1000, (int)(ms % 1000));

    while (len > 0 && buf[len - 1] == '0')
        buf[--len] = '\0';
    if (len > 0 && buf[len - 1] == '.')
        buf[len - 1] = '\0';
}

/* Seconds with at most three decimals, in ms.  Returns false if `text` is something else. */
static bool parse_seconds(const char *text, int64_t *ms)
{
    size_t whole = strspn(text, "0123456789");
    const char *frac = text + whole + 1;
    int64_t value = 0;

    if (whole == 0 || whole > 9)
        return false;
    for (size_t i = 0; i < whole; i++)
        value = value * 10 + (text[i] - '0');
    value *= 1000;
    if (text[whole] == '.') {
        size_t digits = strspn(frac, "0123456789");
        int64_t weight = 100;

        if (digits == 0 || digits > 3 || frac[digits] != '\0')
            return false;
        for (size_t i = 0; i < digits; i++, weight /= 10)
            value += (frac[i] - '0') * weight;
    } else if (text[whole] != '\0') {
        return false;
    }
    *ms = value;
    return true;
}

static bool set_seconds(const struct conf_option *opt, const struct conf_target *target,
                        const char *text, char *why, size_t why_size)
{
    char least[24], most[24];
    int64_t ms;

    if (parse_seconds(text, &ms) && ms >= opt->min && ms <= opt->max) {
        memcpy((char *)target->timing + opt->field, &ms, sizeof(ms));
        return true;
    }
    show_seconds(opt->min, least, sizeof(least));
    show_seconds(opt->max, most, sizeof(most));
    snprintf(why, why_size, "expected seconds from %s to %s, found '%.64s'", least, most, text);
    return false;
}

static bool set_on_stale(const struct conf_option *opt, const struct conf_target *target,
                         const char *text, char *why, size_t why_size)
{
    for (unsigned i = 0; opt->choices[i]; i++) {
        if (strcmp(text, opt->choices[i]) == 0) {
            target->timing->on_stale = (enum conf_on_stale)i;
            return true;
        }
    }
    snprintf(why, why_size, "expected 'withdraw' or 'hold', found '%.64s'", text);
    return false;
}

/* The i-th of the kinds of events that have a word which none before has, or EVENT_KINDS. */
static enum event_kind worded_kind(unsigned i)
{
    enum event_kind k, before;

    for (k = 0; k < EVENT_KINDS; k++) {
        const char *word = event_kinds[k].word;

        for (before = 0; word && before < k; before++)
            if (event_kinds[before].word && strcmp(event_kinds[before].word, word) == 0)
                word = NULL;
        if (word && i-- == 0)
            break;
    }
    return k;
}

/* The bits of all kinds with this word; NULL: of those that have none, and can't be turned off. */
static uint32_t kinds_of(const char *word)
{
    uint32_t bits = 0;

    for (enum event_kind k = 0; k < EVENT_KINDS; k++) {
        const char *own = event_kinds[k].word;

        if (word ? own && strcmp(own, word) == 0 : !own)
            bits |= (uint32_t)1 << k;
    }
    return bits;
}

const char *conf_option_word(enum conf_type type, unsigned i, uint32_t *bits)
{
    if (type == CONF_EVENTS) {
        enum event_kind kind = worded_kind(i);

        if (kind == EVENT_KINDS)
            return NULL;
        *bits = kinds_of(event_kinds[kind].word);
        return event_kinds[kind].word;
    }
    *bits = (uint32_t)1 << i;
    return i < UPS_CLASS_COUNT ? ups_class_names[i] : NULL;
}

/* The bits of one word of the option's, 0: it has no such word. */
static uint32_t word_bits(enum conf_type type, const char *word, size_t len)
{
    const char *known;
    uint32_t bits;

    for (unsigned i = 0; (known = conf_option_word(type, i, &bits)); i++)
        if (strlen(known) == len && memcmp(known, word, len) == 0)
            return bits;
    return 0;
}

static uint32_t all_bits(enum conf_type type)
{
    uint32_t all = 0, bits;

    for (unsigned i = 0; conf_option_word(type, i, &bits); i++)
        all |= bits;
    return all;
}

static bool fail_words(enum conf_type type, const char *found, size_t len, char *why,
                       size_t why_size)
{
    char words[160] = "";
    const char *word;
    uint32_t bits;
    size_t used = 0;

    for (unsigned i = 0; used < sizeof(words) && (word = conf_option_word(type, i, &bits)); i++)
        used += (size_t)snprintf(words + used, sizeof(words) - used, "%s%s", i ? ", " : "", word);
    snprintf(why, why_size, "expected words of %s, or 'all' or 'none' alone, found '%.*s'", words,
             len > 64 ? 64 : (int)len, found);
    return false;
}

/* CONF_CLASSES and CONF_EVENTS. */
static bool set_words(const struct conf_option *opt, const struct conf_target *target,
                      const char *text, char *why, size_t why_size)
{
    const char *word = text + strspn(text, ", \t");
    uint32_t set = opt->type == CONF_EVENTS ? kinds_of(NULL) : 0;

    if (strcmp(text, "all") == 0 || strcmp(text, "none") == 0) {
        set |= text[0] == 'a' ? all_bits(opt->type) : 0;
        word = "";
    } else if (*word == '\0') {
        return fail_words(opt->type, text, strlen(text), why, why_size);
    }
    while (*word) {
        size_t len = strcspn(word, ", \t");
        uint32_t bits = word_bits(opt->type, word, len);

        if (bits == 0)
            return fail_words(opt->type, word, len, why, why_size);
        set |= bits;
        word += len + strspn(word + len, ", \t");
    }
    memcpy((char *)target->timing + opt->field, &set, sizeof(set));
    return true;
}

/* Read as a driver's flags are, so that all flags take the same words. */
static bool parse_flag(const struct conf_option *opt, const char *text, bool *on, char *why,
                       size_t why_size)
{
    const struct drv_option flag = {.name = opt->name, .type = DRV_OPT_FLAG};
    struct drv_value value;

    if (drv_option_parse(&flag, text, &value, why, why_size) != UPS_OK)
        return false;
    *on = value.num != 0;
    return true;
}

static bool set_default(const struct conf_option *opt, const struct conf_target *target,
                        const char *text, char *why, size_t why_size)
{
    return parse_flag(opt, text, &target->unit->is_default, why, why_size);
}

static bool set_flag(const struct conf_option *opt, const struct conf_target *target,
                     const char *text, char *why, size_t why_size)
{
    bool on;

    if (!parse_flag(opt, text, &on, why, why_size))
        return false;
    memcpy((char *)target->timing + opt->field, &on, sizeof(on));
    return true;
}

static bool length_fits(const struct conf_option *opt, const char *text, char *why, size_t why_size)
{
    size_t len = strlen(text);

    if (len >= (size_t)opt->min && len <= (size_t)opt->max)
        return true;
    snprintf(why, why_size, "expected %d to %d bytes, found %zu", (int)opt->min, (int)opt->max,
             len);
    return false;
}

/* Length of the UTF-8 sequence at s (RFC 3629 section 4), 0 if there is none. */
static size_t utf8_length(const unsigned char *s)
{
    static const struct {
        unsigned char first_min, first_max, second_min, second_max, len;
    } forms[] = {
        {0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3}, {0xe1, 0xec, 0x80, 0xbf, 3},
        {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3}, {0xf0, 0xf0, 0x90, 0xbf, 4},
        {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4},
    };

    if (s[0] < 0x80)
        return 1;
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        if (s[0] < forms[i].first_min || s[0] > forms[i].first_max)
            continue;
        if (s[1] < forms[i].second_min || s[1] > forms[i].second_max)
            return 0;
        for (unsigned k = 2; k < forms[i].len; k++) {
            if ((s[k] & 0xc0) != 0x80)
                return 0;
        }
        return forms[i].len;
    }
    return 0;
}

/* desc goes into SnmpAdminString objects (RFC 3411), which are UTF-8. */
static bool set_desc(const struct conf_option *opt, const struct conf_target *target,
                     const char *text, char *why, size_t why_size)
{
    const unsigned char *s = (const unsigned char *)text;

    if (!length_fits(opt, text, why, why_size))
        return false;
    while (*s) {
        size_t len = utf8_length(s);

        if (len == 0) {
            snprintf(why, why_size, "expected UTF-8 text, found byte 0x%02x", *s);
            return false;
        }
        s += len;
    }
    target->unit->desc = text;
    return true;
}

/* Blanks are left out since snmpd.conf's access lines are words between blanks. */
static bool set_context(const struct conf_option *opt, const struct conf_target *target,
                        const char *text, char *why, size_t why_size)
{
    if (!length_fits(opt, text, why, why_size))
        return false;
    for (const char *s = text; *s; s++) {
        if (*s < 0x21 || *s > 0x7e) {
            snprintf(why, why_size, "expected printable ASCII without blanks, found byte 0x%02x",
                     (unsigned char)*s);
            return false;
        }
    }
    target->unit->context = text;
    return true;
}

static bool set_driver(const struct conf_option *opt, const struct conf_target *target,
                       const char *text, char *why, size_t why_size)
{
    (void)opt;
    target->unit->driver = drv_find(text);
    if (target->unit->driver)
        return true;
    snprintf(why, why_size, "expected a driver that 'upsmibd --list-drivers' shows, found '%.64s'",
             text);
    return false;
}

static bool set_port(const struct conf_option *opt, const struct conf_target *target,
                     const char *text, char *why, size_t why_size)
{
    (void)opt;
    if (link_port_kind(text, why, why_size) == 0)
        return false;
    target->unit->port = text;
    return true;
}

/* -- the table ------------------------------------------------------------------------------ */

#define FIELD(member) offsetof(struct conf_timing, member)
#define BOTH          (CONF_GLOBAL | CONF_UNIT)

/* NUT's words: name, place, why they mean nothing here. */
#define IGNORED(name, where, why)                                                                  \
    {                                                                                              \
        name, where, CONF_IGNORED, 0, 0, NULL, NULL, why, NULL, 0                                  \
    }

const struct conf_option conf_options[] = {
    {"driver", CONF_UNIT, CONF_DRIVER, 0, 0, NULL, NULL, "Which driver talks to the UPS.",
     set_driver, 0},
    {"port", CONF_UNIT, CONF_PORT, 0, 0, NULL, NULL, "Where the UPS is wired.", set_port, 0},
    {"desc", CONF_UNIT, CONF_TEXT, 0, 255, NULL, "\"\"", "What the UPS is, in your own words.",
     set_desc, 0},
    {"context", CONF_UNIT, CONF_TEXT, 1, CONF_NAME_MAX, NULL, "the section's name",
     "SNMP context in which the UPS is served.", set_context, 0},
    {"default", CONF_UNIT, CONF_FLAG, 0, 0, NULL, "the first section",
     "Serves this UPS in SNMP's default context too.", set_default, 0},
    {"pollinterval", BOTH, CONF_SECONDS, 100, 3600000, NULL, "1",
     "Time from one status poll to the next.", set_seconds, FIELD(pollinterval_ms)},
    {"pollfreq", BOTH, CONF_SECONDS, 100, 86400000, NULL, "30",
     "Time from one full poll to the next.", set_seconds, FIELD(pollfreq_ms)},
    {"maxage", BOTH, CONF_SECONDS, 300, 86400000, NULL, "15",
     "Age at which values stop being shown.", set_seconds, FIELD(maxage_ms)},
    {"on-stale", BOTH, CONF_CHOICE, 0, 0, on_stale_words, "withdraw",
     "What becomes of values older than maxage.", set_on_stale, 0},
    {"set-wait", BOTH, CONF_SECONDS, 0, 800, NULL, "0.4",
     "How long a SET waits for the UPS before it is answered.", set_seconds, FIELD(set_wait_ms)},
    {"allow", BOTH, CONF_CLASSES, 0, 0, NULL, "none", "Classes of commands that SETs may run.",
     set_words, FIELD(allow)},
    {"notify", BOTH, CONF_EVENTS, 0, 0, NULL, "all",
     "Which of the program's own notifications are sent.", set_words, FIELD(notify)},
    {"nut-compat", BOTH, CONF_FLAG, 0, 0, NULL, "no",
     "Takes the SETs that NUT's snmp-ups sends in a form of its own.", set_flag, FIELD(nut_compat)},

    IGNORED("LIBUSB_DEBUG", BOTH, "libusb's messages are not shown"),
    IGNORED("allow_killpower", BOTH, "'allow' says which commands may run"),
    IGNORED("chroot", CONF_GLOBAL, "the service manager confines the program"),
    IGNORED("debug_min", BOTH, "'upsmibd -d' turns on debug lines"),
    IGNORED("driverpath", CONF_GLOBAL, "drivers are part of the program"),
    IGNORED("group", BOTH, "the service manager sets the group"),
    IGNORED("ignorelb", CONF_UNIT, "a low battery is shown as the UPS tells it"),
    IGNORED("maxretry", CONF_GLOBAL, "a UPS that does not answer is tried until it does"),
    IGNORED("maxstartdelay", BOTH, "starting waits for no UPS"),
    IGNORED("nolock", CONF_UNIT, "a port is always opened for this program alone"),
    IGNORED("nowait", CONF_GLOBAL, "starting waits for no UPS"),
    IGNORED("retrydelay", CONF_GLOBAL, "a UPS that does not answer is tried until it does"),
    IGNORED("sdorder", CONF_UNIT, "the program does not shut UPSes down in order"),
    IGNORED("statepath", CONF_GLOBAL, "'upsmibd --state' names the state directory"),
    IGNORED("synchronous", BOTH, "there is no upsd to wait for"),
    IGNORED("usb_set_altinterface", CONF_UNIT, "the interface's own setting is used"),
    IGNORED("user", BOTH, "the service manager sets the user"),
    {NULL, 0, CONF_IGNORED, 0, 0, NULL, NULL, NULL, NULL, 0},
};

const struct conf_option *conf_option_find(const char *name)
{
    for (const struct conf_option *opt = conf_options; opt->name; opt++) {
        if (strcmp(opt->name, name) == 0)
            return opt;
    }
    return NULL;
}

void conf_timing_defaults(struct conf_timing *timing)
{
    const struct conf_target target = {timing, NULL};
    char why[200];

    memset(timing, 0, sizeof(*timing));
    for (const struct conf_option *opt = conf_options; opt->name; opt++) {
        if ((opt->where & CONF_GLOBAL) && opt->set && opt->def)
            opt->set(opt, &target, opt->def, why, sizeof(why));
    }
}
