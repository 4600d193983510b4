/* SPDX-License-Identifier: BSD-2-Clause */
/* The journal's lines, written and read: see event_record.h. */
#include "event_record.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "conf_options.h"

#define MAGIC   "upsmibd-events"
#define VERSION 1

/* -- numbers that mean something else in every version ---------------------------------------- */

enum number_kind { NUMBER_PLAIN, NUMBER_COMMAND, NUMBER_VAR };

static enum number_kind number_kind(enum event_kind kind, unsigned n)
{
    if (kind == EVENT_COMMAND && n == EVENT_N_COMMAND)
        return NUMBER_COMMAND;
    if (kind == EVENT_SETTING && n == EVENT_N_VAR)
        return NUMBER_VAR;
    return NUMBER_PLAIN;
}

static void add_number(struct record_text *text, const struct event *event, unsigned n)
{
    int64_t value = event->number[n];

    switch (number_kind(event->kind, n)) {
    case NUMBER_PLAIN: record_add(text, " %" PRId64, value); break;
    case NUMBER_COMMAND:
        record_add(text, " %s",
                   value >= 0 && value < UPS_COMMAND_COUNT ? ups_commands[value].name : "none");
        break;
    case NUMBER_VAR:
        record_add(text, " %s",
                   value >= 0 && value < UPS_VAR_COUNT ? ups_vars[value].name : "none");
        break;
    }
}

/* Names that this version does not know are "none" to it: the text tells what it was. */
static int64_t scan_number(struct record_scan *scan, enum event_kind kind, unsigned n)
{
    char word[UPS_NAME_MAX];

    switch (number_kind(kind, n)) {
    case NUMBER_PLAIN: break;
    case NUMBER_COMMAND: record_word(scan, word, sizeof(word)); return ups_command_find(word);
    case NUMBER_VAR: record_word(scan, word, sizeof(word)); return ups_var_find(word);
    }
    return record_number(scan, INT64_MIN, INT64_MAX);
}

/* -- writing ---------------------------------------------------------------------------------- */

static void add_check(struct record_text *text, size_t from)
{
    if (!text->failed)
        record_add(text, " %08" PRIx32 "\n", record_crc(text->at + from, text->len - from));
}

/* Of fixed length, so that a journal that is emptied can take a new one in the old one's place. */
void event_record_head(struct record_text *text, uint32_t last_seq)
{
    size_t from = text->len;

    record_add(text, MAGIC " %d %010" PRIu32, VERSION, last_seq);
    add_check(text, from);
}

void event_record_event(struct record_text *text, const struct event *event,
                        const struct conf *conf)
{
    size_t from = text->len;

    record_add(text, "+ %" PRIu32 " %" PRId64 " %s %s ", event->seq, event->wall_ms,
               event_kinds[event->kind].name, conf->unit[event->unit].name);
    record_alarm(text, event->alarm);
    record_add(text, " %" PRIu32, event->alarm_id);
    for (unsigned n = 0; n < EVENT_NUMBERS; n++)
        add_number(text, event, n);
    record_add(text, " ");
    record_quote(text, event->text);
    add_check(text, from);
}

void event_record_gone(struct record_text *text, uint32_t seq, const char *why)
{
    size_t from = text->len;

    record_add(text, "- %" PRIu32 " %s", seq, why);
    add_check(text, from);
}

/* -- reading ---------------------------------------------------------------------------------- */

/* Takes the check sum off a line's end.  false: there is none, or another. */
static bool checked(struct record_scan *line)
{
    char want[10];
    size_t len = (size_t)(line->end - line->at);

    if (len < 10)
        return false;
    snprintf(want, sizeof(want), " %08" PRIx32, record_crc(line->at, len - 9));
    line->end -= 9;
    return memcmp(want, line->end, 9) == 0;
}

static enum event_kind kind_of(const char *name)
{
    enum event_kind kind;

    for (kind = 0; kind < EVENT_KINDS; kind++)
        if (strcmp(event_kinds[kind].name, name) == 0)
            break;
    return kind;
}

static bool scan_event(struct record_scan *line, const struct conf *conf, struct event *event,
                       bool *unit_known)
{
    const struct conf_unit *unit;
    char kind[40], name[CONF_NAME_MAX + 1];
    bool alarm_known;

    memset(event, 0, sizeof(*event));
    event->seq = (uint32_t)record_number(line, 1, UINT32_MAX);
    event->wall_ms = record_number(line, INT64_MIN, INT64_MAX);
    record_word(line, kind, sizeof(kind));
    event->kind = kind_of(kind);
    record_word(line, name, sizeof(name));
    event->alarm = record_alarm_of(line, &alarm_known);
    event->alarm_id = (uint32_t)record_number(line, 0, UINT32_MAX);
    for (unsigned n = 0; n < EVENT_NUMBERS; n++)
        event->number[n] = scan_number(line, event->kind, n);
    record_quoted(line, event->text, sizeof(event->text));
    unit = conf_find(conf, name);
    *unit_known = unit != NULL;
    event->unit = unit ? (uint32_t)(unit - conf->unit) : 0;
    return record_done(line) && alarm_known && event->kind < EVENT_KINDS;
}

static bool read_event(struct record_scan *line, const struct conf *conf,
                       const struct event_record_sink *sink, uint32_t *seq)
{
    struct event event;
    bool unit_known;

    if (!scan_event(line, conf, &event, &unit_known))
        return false;
    *seq = event.seq;
    sink->event(sink->arg, &event, unit_known);
    return true;
}

static bool read_gone(struct record_scan *line, const struct event_record_sink *sink, uint32_t *seq)
{
    char why[16];

    *seq = (uint32_t)record_number(line, 1, UINT32_MAX);
    record_word(line, why, sizeof(why));
    if (!record_done(line))
        return false;
    sink->gone(sink->arg, *seq);
    return true;
}

/* Any line but the first. */
static bool read_line(struct record_scan line, const struct conf *conf,
                      const struct event_record_sink *sink, uint32_t *seq)
{
    char sign[2];

    if (!checked(&line))
        return false;
    record_word(&line, sign, sizeof(sign));
    if (sign[0] == '+')
        return read_event(&line, conf, sink, seq);
    return sign[0] == '-' && read_gone(&line, sink, seq);
}

/* The number after the version has leading zeros. */
static bool read_head(struct record_scan line, struct event_record_summary *summary)
{
    char word[24];
    int64_t version;

    if (!checked(&line))
        return false;
    record_word(&line, word, sizeof(word));
    version = strcmp(word, MAGIC) == 0 ? record_number(&line, 0, INT32_MAX) : -1;
    summary->foreign = version >= 0 && version != VERSION;
    if (version != VERSION)
        return summary->foreign;
    while (line.end - line.at > 1 && *line.at == '0')
        line.at++;
    summary->last_seq = (uint32_t)record_number(&line, 0, UINT32_MAX);
    return record_done(&line);
}

void event_record_read(const char *text, size_t len, const struct conf *conf,
                       const struct event_record_sink *sink, struct event_record_summary *summary)
{
    const char *end = text + len;
    size_t bad = 0; /* since the last good line */

    memset(summary, 0, sizeof(*summary));
    for (const char *at = text, *next; at < end && !summary->foreign; at = next) {
        const char *nl = memchr(at, '\n', (size_t)(end - at));
        const struct record_scan line = {.at = at, .end = nl ? nl : end};
        uint32_t seq = 0;
        bool good;

        next = nl ? nl + 1 : end;
        if (at == text)
            good = nl && read_head(line, summary);
        else
            good = nl && read_line(line, conf, sink, &seq);
        if (!good) {
            bad++;
            /* a whole first line that is not ours cannot be a write that was cut off */
            summary->bad += at == text && nl;
            continue;
        }
        summary->lines += at != text;
        summary->bad += bad;
        bad = 0;
        if (seq > summary->last_seq)
            summary->last_seq = seq;
    }
    summary->torn = bad > 0;
}
