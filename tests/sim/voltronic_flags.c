/* SPDX-License-Identifier: BSD-2-Clause */
/* Capability flags: QFLAG lists them, PE and PD switch them, PF puts the factory's back. */
#include <ctype.h>
#include <string.h>

#include "voltronic.h"

static unsigned bit(char letter)
{
    return letter >= 'a' && letter <= 'z' ? 1U << (letter - 'a') : 0U;
}

bool volt_knows(const struct qx *q, char letter)
{
    return q->volt.known & bit(letter);
}

bool volt_enabled(const struct qx *q, char letter)
{
    if (!volt_knows(q, letter))
        return false;
    return letter == 'a' ? !q->model->buzzer_off : (q->volt.on & bit(letter)) != 0;
}

static void switch_flag(struct qx *q, char letter, bool on)
{
    if (letter == 'a')
        q->model->buzzer_off = !on;
    if (on)
        q->volt.on |= bit(letter);
    else
        q->volt.on &= ~bit(letter);
}

/* `E<letters>D<letters>`. */
bool volt_set_flags(struct qx *q, const char *text)
{
    struct voltronic *v = &q->volt;
    const char *split = strchr(text, 'D');
    unsigned known = 0, on = 0;
    size_t order = 0;

    if (*text != 'E' || !split || strlen(text) >= sizeof v->flag_order)
        return false;
    for (const char *c = text + 1; *c; c++) {
        if (c == split)
            continue;
        if (!bit(*c) || known & bit(*c))
            return false;
        known |= bit(*c);
        on |= c < split ? bit(*c) : 0;
        v->flag_order[order++] = *c;
    }
    v->flag_order[order] = '\0';
    v->known = known;
    v->standard = v->on = on;
    if (known & bit('a'))
        q->model->buzzer_off = !(on & bit('a'));
    return true;
}

static void put_group(const struct qx *q, struct qx_reply *out, bool enabled)
{
    for (const char *c = q->volt.flag_order; *c; c++)
        if (volt_enabled(q, *c) == enabled)
            qx_put_bytes(out, c, 1);
}

void volt_put_flags(const struct qx *q, struct qx_reply *out)
{
    qx_put(out, "(E");
    put_group(q, out, true);
    qx_put(out, "D");
    put_group(q, out, false);
}

static enum qx_outcome list(struct qx *q, int which, const char *arg, struct qx_reply *out)
{
    (void)which;
    (void)arg;
    volt_put_flags(q, out);
    return QX_REPLY;
}

/* PE and PD take the upper-case letter. */
static enum qx_outcome set_flag(struct qx *q, int on, const char *arg, struct qx_reply *out)
{
    char letter = (char)tolower((unsigned char)arg[0]);

    (void)out;
    if (!arg[0] || arg[1] || (arg[0] == letter && !q->volt.lower_case))
        return QX_UNKNOWN;
    if (!volt_knows(q, letter))
        return QX_REFUSED;
    switch_flag(q, letter, on);
    qx_watch(q);
    model_settle(q->model);
    return QX_DONE;
}

static enum qx_outcome factory(struct qx *q, int which, const char *arg, struct qx_reply *out)
{
    struct voltronic *v = &q->volt;
    static const enum volt_setting limits[] = {VOLT_HEH, VOLT_HEL, VOLT_FREH, VOLT_FREL,
                                               VOLT_PHV, VOLT_PLV, VOLT_PGF,  VOLT_PSF};

    (void)which;
    (void)arg;
    (void)out;
    if (volt_mode(q) != 'S')
        return QX_REFUSED;
    for (char letter = 'a'; letter <= 'z'; letter++)
        if (volt_knows(q, letter))
            switch_flag(q, letter, v->standard & bit(letter));
    for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++)
        v->settings[limits[i]] = -1;
    volt_watch(q);
    return QX_DONE;
}

const struct volt_row volt_flag_rows[] = {
    {"QFLAG", false, 0, list}, {"PE", true, true, set_flag}, {"PD", true, false, set_flag}, {0}};

const struct volt_row volt_factory_rows[] = {{"PF", false, 0, factory}, {0}};
