/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Huawei UPS2000: when a job has failed half way.  A countdown that may run is cancelled and
 * settings made on the way are set back: who is told "failed" must not lose his load a minute
 * later.
 */
#include "huawei_ups2000.h"

#include <stdio.h>
#include <string.h>

/* One write of the way back.  DRV_MORE: again; DRV_DONE: echoed. */
static int undo_write(struct drv *d, unsigned reg, uint16_t value)
{
    struct huawei *h = d->state;
    enum ups_error err = mb_write(h->mb, huawei_address(h, reg), value);
    int rc;

    h->hopeless = false;
    rc = huawei_outcome(d, &h->cmd.run, err);
    if (rc != DRV_MORE)
        h->cmd.run.tries = 0;
    return rc;
}

static int undone(struct drv *d)
{
    struct huawei *h = d->state;
    struct huawei_command *c = &h->cmd;
    char note[64] = "";
    int room;

    if (c->cancel)
        snprintf(note, sizeof note, "; a countdown may run");
    else if (c->undone)
        snprintf(note, sizeof note, "; the countdown is cancelled");
    if (c->restore_reg)
        snprintf(note + strlen(note), sizeof note - strlen(note), "; register %u stays changed",
                 c->restore_reg);
    room = (int)(sizeof d->why - 1 - strlen(note));
    return drv_fail(d, (enum ups_error)c->error, "%.*s%s", room, c->why, note);
}

/*
 * The countdown is cancelled, and with it one of a command before that this one was to replace:
 * what counts is what 1044 read before that one.
 */
static void to_former(struct drv *d)
{
    struct huawei *h = d->state;
    struct huawei_command *c = &h->cmd;
    uint16_t former;

    if (!huawei_former(d, &former))
        return;
    c->restore_reg = former == c->auto_start ? 0 : 1044;
    c->restore_value = former;
}

/*
 * Cancels first.  A unit that has switched off meanwhile did what it was told: cancelling then
 * would take away the restart.
 */
int huawei_undo(struct drv *d)
{
    struct huawei *h = d->state;
    struct huawei_command *c = &h->cmd;
    uint16_t mode, before = c->mode;
    int rc;

    if (c->cancel && !c->looked) {
        rc = huawei_look(d, 1024, &mode);
        if (rc == DRV_MORE)
            return rc;
        if (rc == DRV_DONE && mode == HUAWEI_MODE_OFF && before != HUAWEI_MODE_OFF)
            return DRV_DONE;
        c->looked = true;
        return h->mb && rc == DRV_DONE ? huawei_more(d) : undone(d);
    }
    if (c->cancel) {
        rc = undo_write(d, 1050, 1);
        if (rc == DRV_MORE)
            return rc;
        c->cancel = rc != DRV_DONE;
        c->undone = rc == DRV_DONE;
        if (!h->mb || c->cancel)
            return undone(d);
        to_former(d);
        return huawei_more(d);
    }
    if (c->restore_reg && !c->not_restored) {
        rc = undo_write(d, c->restore_reg, c->restore_value);
        if (rc == DRV_MORE)
            return rc;
        c->not_restored = rc != DRV_DONE;
        if (!c->not_restored) {
            if (c->restore_reg == 1044) {
                c->set_back = true;
                c->auto_start = c->restore_value;
            }
            c->restore_reg = 0;
        }
    }
    return undone(d);
}
