/* SPDX-License-Identifier: BSD-2-Clause */
/* The state machine of a SITOP: readiness, buffering, remote shut-off. */
#include "sitop.h"

#include <math.h>
#include <string.h>

static const double check_seconds = 20.0;
static const double blink_seconds = 2.0;
static const double off_seconds = 5.0;
static const double charged_percent = 85.0;

static const char *const words[SITOP_SIGNALS][2] = {[SITOP_READY] = {"ALARM", "BUFRD"},
                                                    [SITOP_CHARGE] = {"BA<85", "BA>85"},
                                                    [SITOP_INPUT] = {"DC_LO", "DC_OK"},
                                                    [SITOP_MODE] = {"*BAT*", "*****"}};

void sitop_init(struct sitop *s, struct model *model)
{
    struct model_config cfg = model->cfg;

    memset(s, 0, sizeof *s);
    cfg.rating_va = 60.0;
    cfg.rated_pf = 1.0;
    cfg.nominal_v = cfg.output_v = cfg.mains_v = 24.0;
    cfg.mains_low = 22.5;
    cfg.mains_high = 29.0;
    cfg.packs = 2;
    cfg.own_restart = cfg.board_backup = true;
    cfg.low_percent = 15.0;
    cfg.start_seconds = cfg.return_seconds = 0.0;
    cfg.min_off_seconds = off_seconds;
    cfg.mains_wait_seconds = 0.0;
    cfg.full_load_seconds = 10.0;
    cfg.full_charge_seconds = 60.0;
    model_init(model, &cfg);
    model->load[0] = model->load[1] = model->load[2] = 100.0;
    s->model = model;
    s->delay = 5;
    s->interruption = s->operating = s->ready = true;
    s->lose = 0.3;
    s->hang = 0.05;
    s->low_since = s->resume_at = -1.0;
}

static bool storage_usable(const struct sitop *s)
{
    return s->operating && !s->model->faults[MODEL_FAULT_BAD_BATTERY] &&
           !s->model->faults[MODEL_FAULT_NO_BATTERY];
}

/* A switch or a broken storage is noticed only every 20 s; what is not ready does not buffer. */
static void check_storage(struct sitop *s)
{
    struct model *m = s->model;

    if (m->seconds < s->next_check)
        return;
    s->next_check = m->seconds + check_seconds;
    s->ready = storage_usable(s);
}

void sitop_ready(struct sitop *s)
{
    s->next_check = 0.0;
    sitop_update(s);
}

static void resume(struct sitop *s)
{
    s->remote = SITOP_IDLE;
    s->resume_at = -1.0;
}

static void follow_input(struct sitop *s)
{
    struct model *m = s->model;
    bool good = model_mains_ok(m);

    if (!good) {
        if (s->low_since < 0.0)
            s->low_since = m->seconds;
        return;
    }
    s->dark = false;
    if (s->low_since < 0.0)
        return;
    if (s->remote == SITOP_STAYS && m->seconds - s->low_since >= 1.0)
        model_restart(m);
    if (s->remote == SITOP_COUNTING && !s->interruption) {
        model_cancel(m);
        resume(s);
    }
    s->low_since = -1.0;
}

static void follow_output(struct sitop *s)
{
    struct model *m = s->model;
    bool buffering = m->mode == MODEL_BATTERY;

    if (s->remote == SITOP_COUNTING && !model_on(m)) {
        bool stays = s->order == 'S' && s->low_since < 0.0;

        s->remote = stays ? SITOP_STAYS : SITOP_OFF;
    } else if (s->remote >= SITOP_OFF && model_on(m)) {
        resume(s);
    } else if (s->resume_at >= 0.0 && m->seconds >= s->resume_at) {
        resume(s);
    }
    if (s->set_time && buffering && !s->was_buffering)
        model_shutdown(m, s->delay, true);
    if (!model_mains_ok(m) && m->soc <= 0.0)
        s->dark = true;
    s->was_buffering = buffering;
}

void sitop_update(struct sitop *s)
{
    struct model *m = s->model;

    check_storage(s);
    /* what buffers goes on doing so */
    m->battery_blocked = !s->ready && m->mode != MODEL_BATTERY;
    model_settle(m);
    follow_output(s);
    follow_input(s);
    follow_output(s);
}

static void begin_counting(struct sitop *s)
{
    struct model *m = s->model;
    bool good = model_mains_ok(m);

    s->remote = SITOP_COUNTING;
    if (good && !s->interruption)
        s->resume_at = m->seconds + s->delay;
    else if (model_shutdown(m, s->delay, s->order == 'R' || !good) != MODEL_DONE)
        s->remote = SITOP_OFF;
}

void sitop_hangup(struct sitop *s)
{
    if (s->remote == SITOP_ARMED && !s->mute)
        begin_counting(s);
}

void sitop_replug(struct sitop *s)
{
    s->mute = false;
}

void sitop_byte(struct sitop *s, char byte, int64_t now, double (*chance)(void *), void *context)
{
    s->last_byte = now;
    if (byte == '\n') {
        s->lone = false;
        return;
    }
    if (s->mute || s->remote != SITOP_IDLE || !model_on(s->model) || s->dark)
        return;
    if (byte != 'R' && byte != 'S') {
        s->mute = chance(context) < s->hang;
        return;
    }
    if (s->set_time || chance(context) < s->lose)
        return;
    s->remote = SITOP_ARMED;
    s->order = byte;
    s->lone = true;
}

bool sitop_silent(const struct sitop *s)
{
    return s->mute || s->dark || s->remote != SITOP_IDLE || (s->host_dies && !model_on(s->model));
}

const char *sitop_word(const struct sitop *s, enum sitop_signal signal)
{
    const struct model *m = s->model;
    bool buffering = m->mode == MODEL_BATTERY;
    bool good = false;

    switch (signal) {
    case SITOP_READY:
        good = s->ready && !(buffering && model_battery_low(m));
        if (s->defective)
            good = fmod(m->seconds, 2.0 * blink_seconds) >= blink_seconds;
        break;
    case SITOP_CHARGE: good = m->soc > charged_percent; break;
    case SITOP_INPUT: good = model_mains_ok(m); break;
    case SITOP_MODE: good = !buffering; break;
    case SITOP_SIGNALS: break;
    }
    return words[signal][good];
}

int sitop_signal_of(const char *word)
{
    for (int i = 0; i < SITOP_SIGNALS; i++)
        if (!strcmp(word, words[i][0]) || !strcmp(word, words[i][1]))
            return i;
    return -1;
}
