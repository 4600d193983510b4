/* SPDX-License-Identifier: BSD-2-Clause */
/* Devices of the Q* family that show in their status what they were told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "qx_show.h"

const struct kind *qs_kind(const char *name)
{
    for (unsigned i = 0; i < KINDS; i++)
        if (strcmp(kinds[i].name, name) == 0)
            return &kinds[i];
    return NULL;
}

static void flags_line(char *buf, size_t size, const struct show *s)
{
    snprintf(buf, size, "(%s 230.0 %s %s 50.0 27.2 25.0 %d0%d01%d%d%d",
             s->battery ? "000.0" : "230.0", s->off ? "000.0" : "230.0", s->off ? "000" : "025",
             s->battery, s->bypass, s->test, s->counts, s->beeper);
}

static void masterguard_line(char *buf, size_t size, const struct show *s)
{
    snprintf(buf, size, "(00 225.9 225.9 %s %s 50.0 02.27 23.4 017.03 100 %d0%d00%d%d0 00000000",
             s->off ? "000.0" : "229.3", s->off ? "000" : "043", s->battery, s->bypass, s->test,
             s->counts);
}

static void gtec_line(char *buf, size_t size, const struct show *s)
{
    snprintf(buf, size, "(236.7 243.2 212.1 220.1 %s 002 001 50.0 371 372 041.3 22.9 %s%s%s%s",
             s->off ? "000.0" : "230.4", s->test ? "E" : "", s->counts ? "F" : "",
             s->off || s->battery ? "" : "M", s->battery ? "A" : "");
}

const char *qs_line(const char *dialect, char *buf, size_t size, const struct show *s)
{
    if (strcmp(dialect, "masterguard") == 0) {
        masterguard_line(buf, size, s);
        return "Q3";
    }
    if (strcmp(dialect, "gtec") == 0) {
        gtec_line(buf, size, s);
        return "Q4";
    }
    flags_line(buf, size, s);
    return strcmp(dialect, "mustek") == 0 ? "QS" : strcmp(dialect, "megatec/old") == 0 ? "D" : "Q1";
}

void qs_show(struct qx_rig *rig, const char *dialect, const struct show *s)
{
    char line[RIG_LINE];
    const char *request = qs_line(dialect, line, sizeof line, s);

    qr_answer(rig, request, line);
}

/* What the device shows before and after a command with this effect. */
static void effect_shows(enum qx_effect effect, struct show *before, struct show *after)
{
    *before = *after = (struct show){.beeper = true};
    switch (effect) {
    case QX_SHOWS_COUNTDOWN: after->counts = true; break;
    case QX_SHOWS_NO_COUNTDOWN: before->counts = true; break;
    case QX_SHOWS_TEST: after->test = true; break;
    case QX_SHOWS_NO_TEST: before->test = true; break;
    case QX_SHOWS_BEEPER:
    case QX_SHOWS_BEEPER_OFF: after->beeper = false; break;
    case QX_SHOWS_BEEPER_ON: before->beeper = false; break;
    case QX_SHOWS_OFF: after->off = true; break;
    case QX_SHOWS_ON: before->off = true; break;
    case QX_SHOWS_BYPASS: after->bypass = true; break;
    case QX_SHOWS_NO_BYPASS: before->bypass = true; break;
    case QX_SHOWS_NOTHING:
    case QX_SHOWS_VALUE: break; /* no dialect of these tests shows a command so */
    }
}

static enum qx_effect effect_of(const struct qx_rig *rig, enum ups_command command)
{
    const struct qx_dialect *t = rig->x->dialect;

    for (unsigned i = 0; i < t->commands; i++)
        if (t->command[i].command == command)
            return t->command[i].effect;
    return QX_SHOWS_NOTHING;
}

void qs_ready(struct qx_rig *rig, const char *dialect, enum ups_command command, const char *bytes,
              const char *reply, bool obeys)
{
    struct show before, after;
    char line[RIG_LINE];

    qr_kind(rig, qs_kind(dialect), dialect, RIG_SILENCE);
    if (strcmp(dialect, "mecer") != 0)
        qr_option(rig, "norating", "");
    if (strcmp(dialect, "masterguard") == 0)
        qr_answer(rig, "GS,00", "(00,00 0 1");
    assert_true(qr_up(rig));
    effect_shows(effect_of(rig, command), &before, &after);
    qs_show(rig, dialect, &before);
    if (strcmp(dialect, "masterguard") == 0) {
        bool enables = command == UPS_COMMAND_BEEPER_ENABLE;
        qr_answer(rig, "GS,00", enables ? "(00,00 0 0" : "(00,00 0 1");
    }
    assert_int_equal(qr_poll(rig, DRV_POLL_FULL), DRV_DONE);
    assert_int_equal(qr_poll(rig, DRV_POLL_FAST), DRV_DONE); /* so that it need not look first */
    qr_answer(rig, bytes, reply);
    if (!obeys)
        return;
    const char *request = qs_line(dialect, line, sizeof line, &after);
    if (strcmp(dialect, "masterguard") == 0 && strncmp(bytes, "SS---", 5) == 0)
        qr_after(rig, bytes, reply, "GS,00", bytes[5] == '1' ? "(00,00 0 1" : "(00,00 0 0");
    else
        qr_after(rig, bytes, reply, request, line);
}

bool qs_first_is(const char *sent, const char *bytes)
{
    size_t len = strlen(bytes);

    return strncmp(sent, bytes, len) == 0 && (sent[len] == '\0' || sent[len] == ' ');
}
