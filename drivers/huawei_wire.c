/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Huawei UPS2000: transactions, their retries, and what silence means.
 */
#include "huawei_ups2000.h"

void huawei_release(struct drv *d, bool broken)
{
    struct huawei *h = d->state;

    mb_close(h->mb);
    h->mb = NULL;
    if (h->link)
        d->host->hang_up(d->host, d, h->link, broken);
    h->link = NULL;
}

uint16_t huawei_address(const struct huawei *h, unsigned base)
{
    return (uint16_t)(base + (base >= 40000 ? 1024u : 10000u) * h->number);
}

int huawei_more(struct drv *d)
{
    struct huawei *h = d->state;

    d->not_before_ms = mb_not_before(h->mb);
    return DRV_MORE;
}

int huawei_again(struct drv *d)
{
    d->not_before_ms = ups_now(d->host->clock) + HUAWEI_RETRY_MS;
    return DRV_MORE;
}

/* Keeps track of silence; returns true if the connection is to be given up for it. */
static bool note_silence(struct drv *d, bool silent)
{
    struct huawei *h = d->state;
    int64_t now = ups_now(d->host->clock);

    if (!silent) {
        h->silent_ms = d->silent_since_ms = 0;
        d->silence_told = false;
        return false;
    }
    if (!h->silent_ms)
        h->silent_ms = now;
    if (!d->silent_since_ms)
        d->silent_since_ms = now;
    int64_t age = now - h->silent_ms;
    if (age >= HUAWEI_REIDENT_MS)
        h->reident = true;
    if (h->link->kind == LINK_PORT_TTY && now - d->silent_since_ms >= HUAWEI_HINT_MS &&
        !d->silence_told) {
        d->silence_told = true;
        log_msg(LOG_LVL_WARN, "huawei", d->unit,
                "the port is healthy, but the UPS has been silent for %d s: if its serial port has "
                "locked up, only switching the UPS off completely (output off, mains unplugged, "
                "display dark) brings it back",
                HUAWEI_HINT_MS / 1000);
    }
    /*
     * A TCP connection may be dead without a word.  If nobody on it has answered for a while, a
     * new one costs little; a tty would only be opened again as it is.
     */
    return h->link->kind != LINK_PORT_TTY && age >= HUAWEI_REIDENT_MS &&
           now - h->link->heard_ms >= HUAWEI_REIDENT_MS;
}

int huawei_outcome(struct drv *d, struct huawei_run *run, enum ups_error err)
{
    struct huawei *h = d->state;
    bool dead = note_silence(d, err == UPS_E_TIMEOUT);

    if (err == UPS_OK) {
        run->tries = 0;
        h->hopeless = false;
        return DRV_DONE;
    }
    (void)drv_fail(d, err, "%s", mb_why(h->mb));
    if (err == UPS_E_DISCONNECTED) {
        huawei_release(d, true);
        return err;
    }
    if (err != UPS_E_TIMEOUT && err != UPS_E_GARBLED && err != UPS_E_BUSY) {
        run->tries = 0; /* a refusal is an answer */
        h->hopeless = false;
        return err;
    }
    if (!h->hopeless && ++run->tries < HUAWEI_TRIES)
        return huawei_again(d);
    run->tries = 0;
    h->hopeless = true;
    if (!dead)
        return err;
    huawei_release(d, true);
    return UPS_E_DISCONNECTED;
}

int huawei_read(struct drv *d, struct huawei_run *run, unsigned base, unsigned count,
                uint16_t *regs)
{
    struct huawei *h = d->state;

    return huawei_outcome(d, run, mb_read(h->mb, huawei_address(h, base), (uint16_t)count, regs));
}
