/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Fuzz target: a journal of events, as it is and with every line's check sum made right.  What is
 * accepted must come out the same when it is written and read again.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "../../agent/event_record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct conf_unit units[] = {{.name = "hall"}, {.name = "rack-1"}};
static const struct conf conf = {.unit = units, .unit_count = 2};

struct check {
    unsigned events, gone;
    const struct event *want; /* NULL: any will do */
};

static void on_event(void *arg, const struct event *event, bool unit_known)
{
    struct check *c = arg, back = {.want = event};
    const struct event_record_sink sink = {.event = on_event, .arg = &back};
    struct event_record_summary summary;
    struct record_text text = {0};

    c->events++;
    if (event->seq == 0 || event->kind >= EVENT_KINDS || event->unit >= conf.unit_count ||
        event->alarm > UPS_ALARM_NONE || !memchr(event->text, '\0', EVENT_TEXT_MAX))
        abort();
    if (c->want && memcmp(c->want, event, sizeof(*event)) != 0)
        abort();
    if (c->want || !unit_known)
        return;
    event_record_head(&text, 0);
    event_record_event(&text, event, &conf);
    event_record_read(text.at, text.len, &conf, &sink, &summary);
    if (back.events != 1 || summary.bad > 0 || summary.torn)
        abort();
    record_free(&text);
}

static void on_gone(void *arg, uint32_t seq)
{
    ((struct check *)arg)->gone++;
    if (seq == 0)
        abort();
}

static void try(const char *text, size_t len)
{
    struct check c = {.events = 0};
    const struct event_record_sink sink = {.event = on_event, .gone = on_gone, .arg = &c};
    struct event_record_summary summary;

    event_record_read(text, len, &conf, &sink, &summary);
    if (summary.foreign ? c.events + c.gone > 0 : c.events + c.gone != summary.lines)
        abort();
}

/* Puts the right check sum in the place of each line's last nine bytes. */
static void check_lines(struct record_text *out, const char *text, size_t len)
{
    const char *end = text + len, *nl;

    for (const char *at = text; (nl = memchr(at, '\n', (size_t)(end - at))); at = nl + 1) {
        size_t body = (size_t)(nl - at) < 9 ? 0 : (size_t)(nl - at) - 9;

        record_add(out, "%.*s %08" PRIx32 "\n", (int)body, at, record_crc(at, body));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    struct record_text checked = {0};

    try(text, size);
    if (memchr(text, '\0', size) == NULL) {
        check_lines(&checked, text, size);
        if (checked.len > 0)
            try(checked.at, checked.len);
    }
    record_free(&checked);
    return 0;
}
