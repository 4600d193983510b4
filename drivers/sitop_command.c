/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Siemens SITOP: switching off.
 *
 * One letter does it: R for an output that comes back, S for one that stays off.  The unit loses
 * letters now and then, and answers none; but when it has taken one its status words stop.  So they
 * must have come until the letter was sent, and their silence afterwards is the confirmation.  Then
 * the port is closed, because the unit's time begins when its host lets go of it.
 */
#include "siemens_sitop.h"

enum {
    BYTE_MS = 200,      /* from one byte to the next: it can't take them faster */
    WATCH_MS = 2000,    /* after the last byte: until it is sent again */
    LOOK_MS = 100,      /* meanwhile, from one look to the next */
    TALKS_MS = 300,     /* the last word is no older: it talks (a burst comes every 75 ms) */
    SILENT_MS = 500,    /* it seems to have taken the first letter: no second one */
    ACCEPTED_MS = 2000, /* so long without a word: it has */
    ROUNDS = 5,
};

/* Line feeds around the letter: it has no meaning without, and a letter alone can hang the port. */
static const char sequence[] = "\n\n?\n\n?\n\n";
enum { FIRST_LETTER = 2, BYTES = sizeof sequence - 1 };

void sitop_find_commands(struct drv *d)
{
    bool comes_back = drv_num(d, SITOP_OPT_INTERRUPTION);

    d->caps.commands = UPS_COMMAND_BIT(SHUTDOWN_RETURN) | UPS_COMMAND_BIT(SHUTDOWN_STAYOFF);
    if (comes_back)
        d->caps.commands |= UPS_COMMAND_BIT(SHUTDOWN_REBOOT);
    d->caps.off_most = (int32_t)drv_num(d, SITOP_OPT_DELAY);
    d->caps.on_most = comes_back ? SITOP_PAUSE_S : 0;
    d->caps.off_unseen = true;
}

static bool on_line(const struct sitop *s)
{
    return sitop_value(&s->state, SITOP_INPUT) == SITOP_DC_OK % 2 &&
           sitop_value(&s->state, SITOP_MODE) == SITOP_IDLE % 2;
}

/* How long since the last word; all that has come is taken in. */
static int64_t quiet_ms(const struct drv *d)
{
    const struct sitop *s = d->state;

    return ups_now(d->host->clock) - s->state.word_ms;
}

/* -- what may be asked for ------------------------------------------------------------------ */

static int check_delays(struct drv *d, enum ups_command command, struct ups_command_args args)
{
    int delay = (int)drv_num(d, SITOP_OPT_DELAY);
    int off = command == UPS_COMMAND_SHUTDOWN_REBOOT ? -1 : args.value;
    int on = command == UPS_COMMAND_SHUTDOWN_REBOOT ? args.value : args.second;

    if (off > delay)
        return drv_fail(d, UPS_E_INVALID, "the UPS itself waits %d s (its DIP switches), no longer",
                        delay);
    if (command != UPS_COMMAND_SHUTDOWN_STAYOFF && on > SITOP_PAUSE_S)
        return drv_fail(d, UPS_E_INVALID, "the UPS keeps its output off for %d s, no longer",
                        SITOP_PAUSE_S);
    return DRV_DONE;
}

static int check_state(struct drv *d, enum ups_command command)
{
    const struct sitop *s = d->state;

    if (sitop_value(&s->state, SITOP_INPUT) == SITOP_UNKNOWN ||
        sitop_value(&s->state, SITOP_MODE) == SITOP_UNKNOWN || s->empty_polls > 0)
        return drv_fail(d, UPS_E_REFUSED, "not sent: the state of the UPS is not known");
    if (command == UPS_COMMAND_SHUTDOWN_REBOOT && !on_line(s))
        return drv_fail(d, UPS_E_REFUSED,
                        "not sent: without input power the output would stay off");
    if (command == UPS_COMMAND_SHUTDOWN_RETURN && on_line(s) && !drv_num(d, SITOP_OPT_INTERRUPTION))
        return drv_fail(d, UPS_E_REFUSED,
                        "not sent: with interruption off the output stays on while there is input");
    return DRV_DONE;
}

static int begin(struct drv *d, enum ups_command command, struct ups_command_args args)
{
    struct sitop *s = d->state;

    d->took = (struct ups_command_args){-1, -1, false};
    if (!(d->caps.commands >> command & 1))
        return drv_fail(d, UPS_E_UNSUPPORTED, "this UPS can't do it");
    int rc = check_delays(d, command, args);
    if (rc == DRV_DONE)
        rc = check_state(d, command);
    if (rc == DRV_DONE)
        s->job = (struct sitop_job){.runs = true, .command = command};
    return rc;
}

/* -- sending and watching ------------------------------------------------------------------- */

static int failed(struct drv *d, int code)
{
    struct sitop *s = d->state;

    s->job.runs = false;
    if (code == UPS_E_DISCONNECTED)
        sitop_release(d);
    return code;
}

/* The silence that confirms must not have begun before. */
static int check_talks(struct drv *d)
{
    int64_t quiet = quiet_ms(d);

    if (quiet <= TALKS_MS)
        return DRV_DONE;
    return failed(d, drv_fail(d, UPS_E_TIMEOUT,
                              "not sent: the UPS has said nothing for %d ms: whether it takes the "
                              "command could not be seen",
                              (int)quiet));
}

static int send_byte(struct drv *d, char byte)
{
    struct sitop *s = d->state;
    enum ups_error err = link_write(s->link, &byte, 1);

    log_frame("sitop", d->unit, '>', (const uint8_t *)&byte, 1);
    if (err)
        return failed(d, drv_fail(d, err, "sending failed: %s", ups_strerror(err)));
    return DRV_DONE;
}

static void watch(struct sitop_job *job, int64_t now)
{
    job->watching = true;
    job->sent_ms = now;
}

static int send_next(struct drv *d)
{
    struct sitop *s = d->state;
    struct sitop_job *job = &s->job;
    int64_t now = ups_now(d->host->clock);
    char letter = job->command == UPS_COMMAND_SHUTDOWN_STAYOFF ? 'S' : 'R';
    bool is_letter = sequence[job->at] == '?';
    int rc = DRV_DONE;

    if (is_letter && job->at == FIRST_LETTER) {
        rc = check_talks(d);
        job->rounds++;
    } else if (is_letter && quiet_ms(d) >= SILENT_MS) {
        watch(job, now);
        return DRV_MORE;
    }
    if (rc == DRV_DONE)
        rc = send_byte(d, is_letter ? letter : sequence[job->at]);
    if (rc < 0)
        return rc;
    job->next_ms = d->not_before_ms = now + BYTE_MS;
    if (++job->at == BYTES)
        watch(job, now);
    return DRV_MORE;
}

/* Now the unit counts, and nobody may talk to it until it is through. */
static int accepted(struct drv *d)
{
    struct sitop *s = d->state;
    int delay = (int)drv_num(d, SITOP_OPT_DELAY);
    bool returns = s->job.command != UPS_COMMAND_SHUTDOWN_STAYOFF && on_line(s);

    s->job.runs = false;
    d->took = (struct ups_command_args){delay, returns ? SITOP_PAUSE_S : -1, false};
    d->keep[SITOP_KEEP_CLOSED] = ups_now(d->host->clock) + INT64_C(1000) * (delay + SITOP_SETTLE_S);
    link_modem_lines(s->link, LINK_LINE_LOW, LINK_LINE_LOW);
    sitop_release(d);
    return DRV_DONE;
}

static int look(struct drv *d)
{
    struct sitop *s = d->state;
    struct sitop_job *job = &s->job;
    int64_t now = ups_now(d->host->clock), quiet = quiet_ms(d);

    if (quiet >= ACCEPTED_MS)
        return accepted(d);
    d->not_before_ms = now + LOOK_MS;
    if (now - job->sent_ms < WATCH_MS || quiet > TALKS_MS)
        return DRV_MORE;
    if (job->rounds == ROUNDS) {
        d->count.timeouts++;
        return failed(d, drv_fail(d, UPS_E_TIMEOUT,
                                  "sent %d times, but the UPS goes on as if it had heard nothing",
                                  ROUNDS));
    }
    job->watching = false;
    job->at = 0;
    job->next_ms = now;
    return DRV_MORE;
}

int sitop_command(struct drv *d, enum ups_command command, struct ups_command_args args,
                  struct ups_reading *r)
{
    struct sitop *s = d->state;

    d->not_before_ms = 0;
    if (!s->link)
        return drv_fail(d, UPS_E_DISCONNECTED, "the port is closed");
    int rc = sitop_listen(d, r);
    if (rc == UPS_OK && !s->job.runs)
        rc = begin(d, command, args);
    if (rc < 0)
        return rc;
    if (s->job.watching)
        return look(d);
    if (ups_now(d->host->clock) < s->job.next_ms) {
        d->not_before_ms = s->job.next_ms;
        return DRV_MORE;
    }
    return send_next(d);
}

/* What was sent can't be taken back; what was not, is not. */
int sitop_abandon(struct drv *d, struct ups_reading *r)
{
    struct sitop *s = d->state;
    uint8_t rounds = s->job.rounds;

    (void)r;
    d->not_before_ms = 0;
    if (rounds == 0)
        return failed(d, drv_fail(d, UPS_E_TIMEOUT, "nothing was sent"));
    return failed(d, drv_fail(d, UPS_E_TIMEOUT, "sent %u times, not confirmed", rounds));
}
