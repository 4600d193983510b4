/* SPDX-License-Identifier: BSD-2-Clause */
/* The UPS model: its constant tables and what can be done to a reading. */
#include "ups.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const CHOICES_CHARGER[] = {"charging", "discharging", "floating", "resting",
                                              NULL};
static const char *const CHOICES_APPROX[] = {"<85", ">85", NULL};
static const char *const CHOICES_BEEPER[] = {"disabled", "enabled", "muted", NULL};
static const char *const CHOICES_YESNO[] = {"no", "yes", NULL};
static const char *const CHOICES_SWITCH[] = {"disabled", "enabled", NULL};
static const char *const CHOICES_ONOFF[] = {"off", "on", NULL};
static const char *const CHOICES_BATTERY[] = {"Li", "Flooded", "AGM", NULL};
static const char *const CHOICES_WORKRANGE[] = {"Appliance", "UPS", NULL};

#define I true

const struct ups_var_info ups_vars[UPS_VAR_COUNT] = {
#define UPS_NUM(id, nut, u, dec, flags)                                                            \
    [UPS_VAR_##id] = {.name = nut,                                                                 \
                      .kind = UPS_KIND_NUMBER,                                                     \
                      .unit = UPS_UNIT_##u,                                                        \
                      .decimals = dec,                                                             \
                      .lines = 1,                                                                  \
                      .identity = flags,                                                           \
                      .slot = UPS_SLOT_##id},
#define UPS_LINE(id, nut, nut_line, u, dec)                                                        \
    [UPS_VAR_##id] = {.name = nut,                                                                 \
                      .line_name = nut_line,                                                       \
                      .kind = UPS_KIND_NUMBER,                                                     \
                      .unit = UPS_UNIT_##u,                                                        \
                      .decimals = dec,                                                             \
                      .lines = UPS_LINES_MAX,                                                      \
                      .slot = UPS_SLOT_##id},
#define UPS_CHOICE(id, nut, words, flags)                                                          \
    [UPS_VAR_##id] = {.name = nut,                                                                 \
                      .choices = CHOICES_##words,                                                  \
                      .kind = UPS_KIND_CHOICE,                                                     \
                      .lines = 1,                                                                  \
                      .identity = flags,                                                           \
                      .slot = UPS_SLOT_##id},
#define UPS_TEXT(id, nut, flags)                                                                   \
    [UPS_VAR_##id] = {.name = nut,                                                                 \
                      .kind = UPS_KIND_TEXT,                                                       \
                      .lines = 1,                                                                  \
                      .identity = flags,                                                           \
                      .slot = UPS_TEXTSLOT_##id},
#include "ups_vars.def"
#undef UPS_NUM
#undef UPS_LINE
#undef UPS_CHOICE
#undef UPS_TEXT
};

#undef I

const struct ups_status_info ups_statuses[UPS_STATUS_COUNT] = {
#define UPS_STATUS(id, implied) [UPS_STATUS_BIT_##id] = {.word = #id, .alarm = UPS_ALARM_##implied},
#include "ups_status.def"
#undef UPS_STATUS
};

const struct ups_alarm_info ups_alarms[UPS_ALARM_COUNT] = {
#define UPS_ALARM_RFC(id, last_arc, sev, words)                                                    \
    [UPS_ALARM_##id] = {.text = words, .arc = last_arc, .severity = UPS_SEVERITY_##sev},
#define UPS_ALARM_VENDOR(id, last_arc, sev, words)                                                 \
    [UPS_ALARM_##                                                                                  \
        id] = {.text = words, .arc = last_arc, .severity = UPS_SEVERITY_##sev, .vendor = true},
#include "ups_alarms.def"
#undef UPS_ALARM_RFC
#undef UPS_ALARM_VENDOR
};

const struct ups_command_info ups_commands[UPS_COMMAND_COUNT] = {
#define UPS_COMMAND(id, nut, class_id, unit_id, least, most)                                       \
    [UPS_COMMAND_##id] = {.name = nut,                                                             \
                          .cls = UPS_CLASS_##class_id,                                             \
                          .arg_unit = UPS_UNIT_##unit_id,                                          \
                          .arg_min = least,                                                        \
                          .arg_max = most},
#include "ups_commands.def"
#undef UPS_COMMAND
};

const char *const ups_class_names[UPS_CLASS_COUNT] = {
    [UPS_CLASS_SHUTDOWN] = "shutdown", [UPS_CLASS_LOAD] = "load",
    [UPS_CLASS_BYPASS] = "bypass",     [UPS_CLASS_BEEPER] = "beeper",
    [UPS_CLASS_TEST] = "test",         [UPS_CLASS_ECO] = "eco",
    [UPS_CLASS_OUTLET] = "outlet",     [UPS_CLASS_SETTING] = "setting",
};

const char *ups_strerror(enum ups_error code)
{
    static const char *const texts[] = {
        "success",      "timeout",     "garbled",
        "refused",      "unsupported", "disconnected",
        "invalid",      "busy",        "not the expected device",
        "system error",
    };
    int n = -(int)code;

    return n >= 0 && n <= UPS_E_LAST ? texts[n] : "unknown error";
}

const char *ups_unit_symbol(enum ups_unit unit)
{
    static const char *const symbols[] = {
        [UPS_UNIT_NONE] = "",    [UPS_UNIT_COUNT] = "",        [UPS_UNIT_VOLT] = "V",
        [UPS_UNIT_AMPERE] = "A", [UPS_UNIT_WATT] = "W",        [UPS_UNIT_VOLTAMPERE] = "VA",
        [UPS_UNIT_HERTZ] = "Hz", [UPS_UNIT_PERCENT] = "%",     [UPS_UNIT_CELSIUS] = "degC",
        [UPS_UNIT_SECOND] = "s", [UPS_UNIT_AMPEREHOUR] = "Ah", [UPS_UNIT_DEGREE] = "deg",
    };

    return (size_t)unit < sizeof(symbols) / sizeof(symbols[0]) ? symbols[unit] : "";
}

enum ups_var ups_var_find(const char *name)
{
    enum ups_var v;

    for (v = 0; v < UPS_VAR_COUNT; v++)
        if (strcmp(ups_vars[v].name, name) == 0)
            break;
    return v;
}

enum ups_command ups_command_find(const char *name)
{
    enum ups_command c;

    for (c = 0; c < UPS_COMMAND_COUNT; c++)
        if (strcmp(ups_commands[c].name, name) == 0)
            break;
    return c;
}

size_t ups_status_text(uint32_t status, char *buf, size_t size)
{
    size_t len = 0;

    if (size > 0)
        buf[0] = '\0';
    for (unsigned bit = 0; bit < UPS_STATUS_COUNT; bit++) {
        if (!(status >> bit & 1))
            continue;
        int n = snprintf(len < size ? buf + len : NULL, len < size ? size - len : 0, "%s%s",
                         len > 0 ? " " : "", ups_statuses[bit].word);
        len += (size_t)n;
    }
    return len;
}

static bool numeric_slot(enum ups_var var, unsigned line, unsigned *slot)
{
    if (var >= UPS_VAR_COUNT || ups_vars[var].kind == UPS_KIND_TEXT || line >= ups_vars[var].lines)
        return false;
    *slot = ups_vars[var].slot + line;
    return true;
}

void ups_set(struct ups_reading *r, enum ups_var var, unsigned line, int64_t milli)
{
    unsigned slot;

    if (!numeric_slot(var, line, &slot))
        return;
    r->num[slot] = milli;
    r->known[slot / 64] |= (uint64_t)1 << (slot % 64);
}

void ups_unset(struct ups_reading *r, enum ups_var var, unsigned line)
{
    unsigned slot;

    if (!numeric_slot(var, line, &slot))
        return;
    r->num[slot] = 0;
    r->known[slot / 64] &= ~((uint64_t)1 << (slot % 64));
}

bool ups_get(const struct ups_reading *r, enum ups_var var, unsigned line, int64_t *milli)
{
    unsigned slot;

    if (!numeric_slot(var, line, &slot) || !(r->known[slot / 64] >> (slot % 64) & 1))
        return false;
    *milli = r->num[slot];
    return true;
}

void ups_set_text(struct ups_reading *r, enum ups_var var, const char *text, size_t len)
{
    char *out;
    size_t n = 0;

    if (var >= UPS_VAR_COUNT || ups_vars[var].kind != UPS_KIND_TEXT)
        return;
    out = r->text[ups_vars[var].slot];
    for (size_t i = 0; i < len && n < UPS_TEXT_MAX - 1; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c < 0x20 || c > 0x7e || (c == ' ' && n == 0))
            continue;
        out[n++] = (char)c;
    }
    while (n > 0 && out[n - 1] == ' ')
        n--;
    memset(out + n, 0, UPS_TEXT_MAX - n);
}

const char *ups_text(const struct ups_reading *r, enum ups_var var)
{
    if (var >= UPS_VAR_COUNT || ups_vars[var].kind != UPS_KIND_TEXT)
        return "";
    return r->text[ups_vars[var].slot];
}

void ups_withdraw(struct ups_reading *r)
{
    for (enum ups_var v = 0; v < UPS_VAR_COUNT; v++) {
        if (ups_vars[v].identity)
            continue;
        if (ups_vars[v].kind == UPS_KIND_TEXT)
            ups_set_text(r, v, "", 0);
        for (unsigned line = 0; line < ups_vars[v].lines; line++)
            ups_unset(r, v, line);
    }
    r->status = 0;
    memset(&r->alarms, 0, sizeof(r->alarms));
    memset(r->raw, 0, sizeof(r->raw));
    r->raw_len = 0;
}

static void format_number(int64_t milli, unsigned decimals, char *buf, size_t size)
{
    static const int64_t step[] = {1000, 100, 10, 1};
    int64_t unit = step[decimals <= 3 ? decimals : 3];
    uint64_t magnitude = milli < 0 ? -(uint64_t)milli : (uint64_t)milli;
    uint64_t scaled = (magnitude + (uint64_t)unit / 2) / (uint64_t)unit;
    const char *sign = milli < 0 && scaled > 0 ? "-" : "";
    uint64_t per = 1000 / (uint64_t)unit;

    if (decimals == 0)
        snprintf(buf, size, "%s%" PRIu64, sign, scaled);
    else
        snprintf(buf, size, "%s%" PRIu64 ".%0*" PRIu64, sign, scaled / per, (int)decimals,
                 scaled % per);
}

bool ups_format(const struct ups_reading *r, enum ups_var var, unsigned line, char *buf,
                size_t size)
{
    const struct ups_var_info *info;
    int64_t milli;

    if (var >= UPS_VAR_COUNT)
        return false;
    info = &ups_vars[var];
    if (info->kind == UPS_KIND_TEXT) {
        snprintf(buf, size, "%s", r->text[info->slot]);
        return r->text[info->slot][0] != '\0';
    }
    if (!ups_get(r, var, line, &milli))
        return false;
    if (info->kind == UPS_KIND_CHOICE) {
        int64_t i = 0;
        while (i < milli && info->choices[i])
            i++;
        if (milli < 0 || !info->choices[i])
            return false;
        snprintf(buf, size, "%s", info->choices[i]);
        return true;
    }
    format_number(milli, info->decimals, buf, size);
    return true;
}

/* -- listing as upsc does ------------------------------------------------------------------- */

struct entry {
    char name[UPS_NAME_MAX];
    char value[512];
};

#define ENTRIES_MAX (UPS_NUM_SLOTS + 2 * UPS_TEXT_SLOTS + 4)

/* NUT shows the same identity under device.* too. */
static const struct {
    enum ups_var var;
    const char *name;
} device_names[] = {
    {UPS_VAR_UPS_MFR, "device.mfr"},
    {UPS_VAR_UPS_MODEL, "device.model"},
    {UPS_VAR_UPS_SERIAL, "device.serial"},
};

static void line_name(const struct ups_var_info *info, unsigned line, bool three, char *buf,
                      size_t size)
{
    const char *from = three && info->line_name ? info->line_name : info->name;
    size_t n = 0;

    for (; *from && n + 1 < size; from++)
        buf[n++] = *from == '#' ? (char)('1' + line) : *from;
    buf[n] = '\0';
}

/* Three-phase names are used as soon as a second line is known. */
static bool has_lines(const struct ups_reading *r, enum ups_var var)
{
    int64_t milli;

    return ups_vars[var].lines > 1 && (ups_get(r, var, 1, &milli) || ups_get(r, var, 2, &milli));
}

static void alarm_text(const struct ups_alarm_set *set, char *buf, size_t size)
{
    size_t len = 0;

    buf[0] = '\0';
    for (enum ups_alarm a = 0; a < UPS_ALARM_COUNT; a++) {
        if (!ups_alarm_has(set, a))
            continue;
        int n = snprintf(buf + len, size - len, "%s%s", len > 0 ? "; " : "", ups_alarms[a].text);
        if (n < 0 || (size_t)n >= size - len)
            return;
        len += (size_t)n;
    }
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct entry *)a)->name, ((const struct entry *)b)->name);
}

static size_t collect(const struct ups_reading *r, struct entry *e)
{
    size_t n = 0;

    for (enum ups_var v = 0; v < UPS_VAR_COUNT; v++)
        for (unsigned line = 0; line < ups_vars[v].lines; line++)
            if (ups_format(r, v, line, e[n].value, sizeof(e[n].value)))
                line_name(&ups_vars[v], line, has_lines(r, v), e[n++].name, UPS_NAME_MAX);
    for (size_t i = 0; i < sizeof(device_names) / sizeof(device_names[0]); i++)
        if (ups_format(r, device_names[i].var, 0, e[n].value, sizeof(e[n].value)))
            snprintf(e[n++].name, UPS_NAME_MAX, "%s", device_names[i].name);
    snprintf(e[n].name, UPS_NAME_MAX, "device.type");
    snprintf(e[n++].value, sizeof(e->value), "ups");
    if (ups_status_text(r->status, e[n].value, sizeof(e->value)) > 0)
        snprintf(e[n++].name, UPS_NAME_MAX, "ups.status");
    alarm_text(&r->alarms, e[n].value, sizeof(e->value));
    if (e[n].value[0] != '\0')
        snprintf(e[n++].name, UPS_NAME_MAX, "ups.alarm");
    return n;
}

void ups_list(const struct ups_reading *r,
              void (*emit)(void *arg, const char *name, const char *value), void *arg)
{
    struct entry *e = calloc(ENTRIES_MAX, sizeof(*e));
    size_t n;

    if (!e)
        return;
    n = collect(r, e);
    qsort(e, n, sizeof(*e), by_name);
    for (size_t i = 0; i < n; i++)
        emit(arg, e[i].name, e[i].value);
    free(e);
}

/* -- settings ------------------------------------------------------------------------------- */

struct ups_settings {
    atomic_uint refs;
    struct ups_setting row[];
};

static int by_var(const void *a, const void *b)
{
    const struct ups_setting *p = a, *q = b;

    return (p->var > q->var) - (p->var < q->var);
}

static void settings_release(struct ups_settings *s)
{
    /* acquire: what others have read of it was read before it is freed */
    if (s && atomic_fetch_sub_explicit(&s->refs, 1, memory_order_acq_rel) == 1)
        free(s);
}

bool ups_caps_give(struct ups_caps *caps, const struct ups_setting *setting, uint32_t count)
{
    struct ups_settings *s = NULL;

    if (count > 0)
        s = malloc(sizeof(*s) + count * sizeof(s->row[0]));
    if (s) {
        atomic_init(&s->refs, 1);
        memcpy(s->row, setting, count * sizeof(s->row[0]));
        qsort(s->row, count, sizeof(s->row[0]), by_var);
    }
    settings_release(caps->shared);
    caps->shared = s;
    caps->setting = s ? s->row : NULL;
    caps->setting_count = s ? count : 0;
    return s || count == 0;
}

void ups_caps_copy(struct ups_caps *to, const struct ups_caps *from)
{
    struct ups_settings *old = to->shared;

    if (from->shared)
        atomic_fetch_add_explicit(&from->shared->refs, 1, memory_order_relaxed);
    *to = *from;
    settings_release(old);
}

void ups_caps_clear(struct ups_caps *caps)
{
    settings_release(caps->shared);
    *caps = (struct ups_caps){0};
}

const struct ups_setting *ups_setting_find(const struct ups_caps *caps, enum ups_var var)
{
    for (uint32_t i = 0; i < caps->setting_count; i++)
        if (caps->setting[i].var == var)
            return &caps->setting[i];
    return NULL;
}

bool ups_setting_fit(const struct ups_setting *setting, int64_t *milli)
{
    int64_t v = *milli;

    if (setting->choices != 0) {
        return v >= 0 && v < 16 && (setting->choices >> v & 1);
    }
    if (v < setting->min || v > setting->max)
        return false;
    if (setting->step > 1) {
        int64_t steps = (v - setting->min + setting->step - 1) / setting->step;
        v = setting->min + steps * setting->step;
    }
    if (v > setting->max)
        return false;
    *milli = v;
    return true;
}
