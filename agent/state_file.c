/* SPDX-License-Identifier: BSD-2-Clause */
/* The state file's text: see state_file.h. */
#include "state_file.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define MAGIC   "upsmibd-state"
#define VERSION 1

/* -- the table of what is kept ---------------------------------------------------------------- */

enum kind {
    KIND_BOOL,
    KIND_I32,
    KIND_U32,
    KIND_I64,
    KIND_TEXT,
    KIND_WORD,    /* one of words; the value is words' first plus its place */
    KIND_COMMAND, /* NUT name, or "none" */
    KIND_ALARM,   /* see record_alarm() */
};

struct words {
    unsigned first;
    const char *const *word; /* NULL at the end */
};

static const struct words flags = {0, (const char *const[]){"no", "yes", NULL}};
static const struct words results = {
    SNAP_TEST_PASS,
    (const char *const[]){"pass", "warning", "error", "aborted", "running", "none", NULL}};
static const struct words tests = {
    SNAP_TEST_ID_NONE,
    (const char *const[]){"none", "abort", "general", "quick", "deep", "at-ups", NULL}};
static const struct words countdowns = {
    SNAP_COUNT_NONE, (const char *const[]){"none", "shutdown", "reboot", "startup", NULL}};

struct row {
    const char *name;
    enum kind kind;
    size_t at, size; /* of the member */
    int64_t least, most;
    const struct words *words;
};

#define MEMBER(member) offsetof(struct state_unit, member), sizeof(((struct state_unit *)0)->member)
#define WALL_MAX       INT64_MAX

static const struct row rows[] = {
    {"has-name", KIND_BOOL, MEMBER(has_name), 0, 1, NULL},
    {"name", KIND_TEXT, MEMBER(name), 0, 0, NULL},
    {"attached", KIND_TEXT, MEMBER(attached), 0, 0, NULL},
    {"low-minutes", KIND_I32, MEMBER(low_minutes), -1, INT32_MAX, NULL},
    {"muted", KIND_BOOL, MEMBER(muted), 0, 1, NULL},
    {"next-alarm-id", KIND_U32, MEMBER(next_alarm_id), 0, UINT32_MAX, NULL},
    {"test-id", KIND_WORD, MEMBER(test_id), 0, 0, &tests},
    {"test-result", KIND_WORD, MEMBER(test_result), 0, 0, &results},
    {"test-start", KIND_I64, MEMBER(test_start), INT64_MIN, WALL_MAX, NULL},
    {"test-end", KIND_I64, MEMBER(test_end), INT64_MIN, WALL_MAX, NULL},
    {"test-detail", KIND_TEXT, MEMBER(test_detail), 0, 0, NULL},
    {"countdown", KIND_WORD, MEMBER(countdown), 0, 0, &countdowns},
    {"by-device", KIND_BOOL, MEMBER(by_device), 0, 1, NULL},
    {"off-command", KIND_COMMAND, MEMBER(off_command), 0, 0, NULL},
    {"off-at", KIND_I64, MEMBER(off_at), INT64_MIN, WALL_MAX, NULL},
    {"on-at", KIND_I64, MEMBER(on_at), INT64_MIN, WALL_MAX, NULL},
    {"off-requested", KIND_BOOL, MEMBER(off_requested), 0, 1, NULL},
    {"to-battery", KIND_U32, MEMBER(counters.to_battery), 0, UINT32_MAX, NULL},
    {"to-bypass", KIND_U32, MEMBER(counters.to_bypass), 0, UINT32_MAX, NULL},
    {"battery-ms", KIND_I64, MEMBER(counters.battery_ms), INT64_MIN, INT64_MAX, NULL},
    {"bypass-ms", KIND_I64, MEMBER(counters.bypass_ms), INT64_MIN, INT64_MAX, NULL},
    {"volt-1-min", KIND_I64, MEMBER(counters.volt_min[0]), INT64_MIN, INT64_MAX, NULL},
    {"volt-1-max", KIND_I64, MEMBER(counters.volt_max[0]), INT64_MIN, INT64_MAX, NULL},
    {"volt-2-min", KIND_I64, MEMBER(counters.volt_min[1]), INT64_MIN, INT64_MAX, NULL},
    {"volt-2-max", KIND_I64, MEMBER(counters.volt_max[1]), INT64_MIN, INT64_MAX, NULL},
    {"volt-3-min", KIND_I64, MEMBER(counters.volt_min[2]), INT64_MIN, INT64_MAX, NULL},
    {"volt-3-max", KIND_I64, MEMBER(counters.volt_max[2]), INT64_MIN, INT64_MAX, NULL},
    {"volt-reset", KIND_I64, MEMBER(counters.volt_reset_wall), INT64_MIN, WALL_MAX, NULL},
    {"last-cause", KIND_ALARM, MEMBER(counters.last_cause), 0, 0, NULL},
};
#define ROWS (sizeof(rows) / sizeof(rows[0]))

_Static_assert(UPS_LINES_MAX == 3, "the rows of volt-");
_Static_assert(ROWS <= 64, "a bit each in parse.seen");

/* Numbers and enumerations of a row, whatever their size. */
static int64_t get(const struct row *row, const struct state_unit *unit)
{
    const char *at = (const char *)unit + row->at;
    int64_t wide;
    int32_t narrow;
    uint32_t natural;
    bool flag;

    switch (row->kind) {
    case KIND_BOOL: memcpy(&flag, at, sizeof(flag)); return flag;
    case KIND_I64: memcpy(&wide, at, sizeof(wide)); return wide;
    case KIND_I32: memcpy(&narrow, at, sizeof(narrow)); return narrow;
    default: memcpy(&natural, at, sizeof(natural)); return natural;
    }
}

static void put(const struct row *row, struct state_unit *unit, int64_t value)
{
    char *at = (char *)unit + row->at;
    int32_t narrow = (int32_t)value;
    uint32_t natural = (uint32_t)value;
    bool flag = value != 0;

    switch (row->kind) {
    case KIND_BOOL: memcpy(at, &flag, sizeof(flag)); break;
    case KIND_I64: memcpy(at, &value, sizeof(value)); break;
    case KIND_I32: memcpy(at, &narrow, sizeof(narrow)); break;
    default: memcpy(at, &natural, sizeof(natural)); break;
    }
}

_Static_assert(sizeof(enum snap_test_id) == 4 && sizeof(enum snap_countdown) == 4 &&
                   sizeof(enum ups_command) == 4 && sizeof(enum ups_alarm) == 4,
               "enumerations are read as 32 bits");

/* -- writing ---------------------------------------------------------------------------------- */

static unsigned count_words(const struct words *words)
{
    unsigned n = 0;

    while (words->word[n])
        n++;
    return n;
}

/* A value that has no word, which only a fault elsewhere can bring, is written as the first. */
static void add_word(struct record_text *text, const struct words *words, int64_t value)
{
    int64_t place = value - words->first;

    record_add(text, "%s", words->word[place >= 0 && place < count_words(words) ? place : 0]);
}

static void add_row(struct record_text *text, const struct row *row, const struct state_unit *unit)
{
    int64_t value = row->kind == KIND_TEXT ? 0 : get(row, unit);

    record_add(text, "%s = ", row->name);
    switch (row->kind) {
    case KIND_BOOL: record_add(text, "%s", value ? "yes" : "no"); break;
    case KIND_I32:
    case KIND_U32:
    case KIND_I64: record_add(text, "%" PRId64, value); break;
    case KIND_TEXT: record_quote(text, (const char *)unit + row->at); break;
    case KIND_WORD: add_word(text, row->words, value); break;
    case KIND_COMMAND:
        record_add(text, "%s", value < UPS_COMMAND_COUNT ? ups_commands[value].name : "none");
        break;
    case KIND_ALARM: record_alarm(text, (enum ups_alarm)value); break;
    }
    record_add(text, "\n");
}

void state_file_begin(struct record_text *text)
{
    record_add(text, MAGIC " %d\n", VERSION);
}

void state_file_unit(struct record_text *text, const char *name, const struct state_unit *unit)
{
    record_add(text, "[%s]\n", name);
    for (size_t i = 0; i < ROWS; i++)
        add_row(text, &rows[i], unit);
    for (uint32_t i = 0; i < unit->alarm_count && i < STATE_ALARMS_MAX; i++) {
        record_add(text, "alarm = %" PRIu32 " ", unit->alarm[i].id);
        record_alarm(text, unit->alarm[i].alarm);
        record_add(text, " %" PRId64 "\n", unit->alarm[i].since_wall);
    }
}

void state_file_end(struct record_text *text)
{
    if (!text->failed)
        record_add(text, "check = %08" PRIx32 "\n", record_crc(text->at, text->len));
}

bool state_file_same(const struct state_unit *a, const struct state_unit *b)
{
    for (size_t i = 0; i < ROWS; i++) {
        const struct row *row = &rows[i];

        if (row->kind == KIND_TEXT
                ? strncmp((const char *)a + row->at, (const char *)b + row->at, row->size) != 0
                : get(row, a) != get(row, b))
            return false;
    }
    if (a->alarm_count != b->alarm_count)
        return false;
    for (uint32_t i = 0; i < a->alarm_count && i < STATE_ALARMS_MAX; i++)
        if (a->alarm[i].id != b->alarm[i].id || a->alarm[i].alarm != b->alarm[i].alarm ||
            a->alarm[i].since_wall != b->alarm[i].since_wall)
            return false;
    return true;
}

/* -- reading ---------------------------------------------------------------------------------- */

struct parse {
    bool (*take)(void *arg, const char *name, const struct state_unit *unit); /* NULL: only check */
    void *arg;
    unsigned line;
    char name[CONF_NAME_MAX + 1]; /* "": before the first section */
    struct state_unit unit;
    uint64_t seen; /* rows of this section */
    char *why;
    size_t why_size;
};

static bool wrong(struct parse *p, const char *what)
{
    snprintf(p->why, p->why_size, "line %u: %s", p->line, what);
    return false;
}

static void scan_text(struct record_scan *scan, char *at, size_t size)
{
    memset(at, 0, size);
    record_quoted(scan, at, size);
}

static int64_t scan_word(struct record_scan *scan, const struct words *words)
{
    char word[16];
    unsigned n;

    record_word(scan, word, sizeof(word));
    for (n = 0; words->word[n]; n++)
        if (strcmp(words->word[n], word) == 0)
            return words->first + n;
    scan->bad = true;
    return words->first;
}

static int64_t scan_command(struct record_scan *scan)
{
    char word[UPS_NAME_MAX];
    enum ups_command command;

    record_word(scan, word, sizeof(word));
    command = ups_command_find(word);
    if (command == UPS_COMMAND_COUNT && strcmp(word, "none") != 0)
        scan->bad = true;
    return command;
}

static bool read_row(const struct row *row, struct record_scan *scan, struct state_unit *unit)
{
    int64_t value = 0;

    switch (row->kind) {
    case KIND_BOOL: value = scan_word(scan, &flags); break;
    case KIND_I32:
    case KIND_U32:
    case KIND_I64: value = record_number(scan, row->least, row->most); break;
    case KIND_TEXT: scan_text(scan, (char *)unit + row->at, row->size); break;
    case KIND_WORD: value = scan_word(scan, row->words); break;
    case KIND_COMMAND: value = scan_command(scan); break;
    case KIND_ALARM: value = record_alarm_of(scan, NULL); break;
    }
    if (!record_done(scan))
        return false;
    if (row->kind != KIND_TEXT)
        put(row, unit, value);
    return true;
}

/* An alarm that this version does not know can't be there: its row is left out. */
static bool read_alarm(struct record_scan *scan, struct state_unit *unit)
{
    struct state_alarm row;
    bool known;

    row.id = (uint32_t)record_number(scan, 1, UINT32_MAX);
    row.alarm = record_alarm_of(scan, &known);
    row.since_wall = record_number(scan, INT64_MIN, WALL_MAX);
    if (!record_done(scan) || (known && row.alarm == UPS_ALARM_NONE) ||
        unit->alarm_count == STATE_ALARMS_MAX)
        return false;
    if (known)
        unit->alarm[unit->alarm_count++] = row;
    return true;
}

static bool read_value(struct parse *p, struct record_scan scan)
{
    char name[24], equals[2];
    size_t i;

    record_word(&scan, name, sizeof(name));
    record_word(&scan, equals, sizeof(equals));
    if (scan.bad || equals[0] != '=' || p->name[0] == '\0')
        return wrong(p, "expected 'name = value' in a [section]");
    if (strcmp(name, "alarm") == 0)
        return read_alarm(&scan, &p->unit) || wrong(p, "expected 'alarm = ID IDENTITY TIME'");
    for (i = 0; i < ROWS && strcmp(rows[i].name, name) != 0; i++)
        ;
    if (i == ROWS)
        return wrong(p, "unknown name");
    if (p->seen >> i & 1)
        return wrong(p, "a name twice");
    p->seen |= (uint64_t)1 << i;
    return read_row(&rows[i], &scan, &p->unit) || wrong(p, "a value that does not fit its name");
}

static bool end_section(struct parse *p)
{
    if (p->name[0] == '\0')
        return true;
    if (p->seen != ((uint64_t)1 << ROWS) - 1)
        return wrong(p, "a section that is not whole");
    return !p->take || p->take(p->arg, p->name, &p->unit) || wrong(p, "out of memory");
}

static bool read_section(struct parse *p, struct record_scan scan)
{
    char word[CONF_NAME_MAX + 3];
    size_t len;

    if (!end_section(p))
        return false;
    record_word(&scan, word, sizeof(word));
    len = strlen(word);
    if (!record_done(&scan) || len < 3 || word[len - 1] != ']')
        return wrong(p, "expected '[UNIT]'");
    memcpy(p->name, word + 1, len - 2);
    p->name[len - 2] = '\0';
    p->seen = 0;
    state_unit_init(&p->unit);
    return true;
}

static bool read_head(struct parse *p, struct record_scan scan)
{
    char word[24];
    int64_t version;

    record_word(&scan, word, sizeof(word));
    version = record_number(&scan, 0, INT32_MAX);
    if (!record_done(&scan) || strcmp(word, MAGIC) != 0)
        return wrong(p, "not a state file of upsmibd");
    return version == VERSION || wrong(p, "of another version");
}

/* All lines before the check sum, each with its end. */
static bool read_lines(struct parse *p, const char *text, size_t len)
{
    const char *end = text + len;

    p->line = 0;
    p->name[0] = '\0';
    for (const char *at = text, *nl; at < end; at = nl + 1) {
        struct record_scan scan = {.at = at};

        nl = memchr(at, '\n', (size_t)(end - at));
        scan.end = nl;
        p->line++;
        if (!(p->line == 1 ? read_head(p, scan)
              : *at == '[' ? read_section(p, scan)
                           : read_value(p, scan)))
            return false;
    }
    return p->line == 0 ? wrong(p, "empty") : end_section(p);
}

#define CHECK_LEN (sizeof("check = 01234567\n") - 1)

/* The first line is looked at before the check sum, which another version may keep elsewhere. */
static bool read_check(struct parse *p, const char *text, size_t len)
{
    const char *nl = memchr(text, '\n', len);
    char want[CHECK_LEN + 1];

    p->line = 1;
    if (!nl)
        return wrong(p, "not a state file of upsmibd");
    if (!read_head(p, (struct record_scan){.at = text, .end = nl}))
        return false;
    if (len <= CHECK_LEN || text[len - CHECK_LEN - 1] != '\n') {
        snprintf(p->why, p->why_size, "cut off: no check sum at its end");
        return false;
    }
    snprintf(want, sizeof(want), "check = %08" PRIx32 "\n", record_crc(text, len - CHECK_LEN));
    if (memcmp(text + len - CHECK_LEN, want, CHECK_LEN) == 0)
        return true;
    snprintf(p->why, p->why_size, "damaged: the check sum is wrong");
    return false;
}

/* Checked as a whole before the first section is handed out. */
bool state_file_read(const char *text, size_t len,
                     bool (*unit)(void *arg, const char *name, const struct state_unit *unit),
                     void *arg, char *why, size_t why_size)
{
    struct parse p = {.why = why, .why_size = why_size};

    if (!read_check(&p, text, len) || !read_lines(&p, text, len - CHECK_LEN))
        return false;
    p.take = unit;
    p.arg = arg;
    return read_lines(&p, text, len - CHECK_LEN);
}
