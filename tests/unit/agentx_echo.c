/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A subagent with a demo subtree, 1.3.6.1.4.1.8072.9999.9999.7, and no UPS: what
 * test_agentx_snmpd.py lets a real snmpd talk to. Objects 1.0 to N.0 are integers (context's number
 * * 1000 + object); object 1 can be set, 2 as well but its commit is answered 200 ms late, 3
 * refuses its commit. Commands on standard input, one line each: notify COUNT   sends COUNT
 * notifications, numbered in their varbind stats          prints the figures so far quit ends with
 * a clean Close One line on standard output for each change: "state NAME MS" (milliseconds since
 * start), "registered MS SINCE_OPEN".
 */
#include "../../agent/agentx/session.h"

#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const uint32_t subtree[] = {1, 3, 6, 1, 4, 1, 8072, 9999, 9999, 7};
#define SUBTREE       (sizeof subtree / sizeof subtree[0])
#define LATE_MS       200
#define NO_TIME       INT64_MAX
#define COMMAND_BYTES 256

struct echo {
    struct agentx_session *s;
    uint32_t objects;
    int32_t value; /* of object 1 in every context, once it was set */
    bool value_set;
    int64_t started, opening_at;
    int64_t late_at; /* when a late commit is answered */
    uint64_t late_serial;
    unsigned queued, sent, acknowledged, lost, failed; /* notifications */
    unsigned commits, cleanups;
    int64_t longest_turn; /* ms between two turns of the loop beyond what poll was asked for */
    char command[COMMAND_BYTES];
    size_t command_len;
    bool quit;
};

static int64_t clock_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void on_log(void *arg, int level, const char *text)
{
    (void)arg;
    fprintf(stderr, "<%d>%s\n", level, text);
}

static void on_state(void *arg, enum agentx_state state)
{
    static const char *const names[] = {"disconnected", "connecting", "opening", "registering",
                                        "ready"};
    struct echo *e = arg;
    int64_t now = clock_ms();
    if (state == AGENTX_OPENING)
        e->opening_at = now;
    printf("state %s %" PRId64 "\n", names[state], now - e->started);
    if (state == AGENTX_READY)
        printf("registered %" PRId64 " %" PRId64 "\n", now - e->started, now - e->opening_at);
}

static int32_t value_of(const struct echo *e, const struct agentx_get *get, uint32_t object)
{
    if (object == 1 && e->value_set)
        return e->value;
    return (int32_t)(intptr_t)get->cookie * 1000 + (int32_t)object;
}

static void on_get(void *arg, const struct agentx_get *get, struct agentx_answer *answer)
{
    struct echo *e = arg;
    uint32_t name[SUBTREE + 2];
    uint32_t first = 1;
    memcpy(name, subtree, sizeof subtree);
    name[SUBTREE + 1] = 0;
    if (get->oid_len > SUBTREE)
        first = get->oid[SUBTREE];
    for (uint32_t i = first > 0 ? first : 1; i <= e->objects && i <= first + 1; i++) {
        name[SUBTREE] = i;
        int order = agentx_oid_compare(name, SUBTREE + 2, get->oid, get->oid_len);
        if (order == 0 ? !get->next || get->inclusive : get->next && order > 0) {
            agentx_put_integer(answer, name, SUBTREE + 2, value_of(e, get, i));
            return;
        }
    }
}

static int on_test(void *arg, struct agentx_set *set, uint16_t *index)
{
    (void)arg;
    for (size_t i = 0; i < set->count; i++) {
        const struct agentx_varbind *vb = &set->items[i].vb;
        *index = (uint16_t)(i + 1);
        if (vb->oid_len != SUBTREE + 2 || vb->oid[SUBTREE] > 3)
            return AGENTX_ERR_NOT_WRITABLE;
        if (vb->value.type != AGENTX_INTEGER)
            return AGENTX_ERR_WRONG_TYPE;
        if (vb->value.u.integer < 0)
            return AGENTX_ERR_WRONG_VALUE;
    }
    return 0;
}

static int on_commit(void *arg, struct agentx_set *set)
{
    struct echo *e = arg;
    const struct agentx_varbind *vb = &set->items[0].vb;
    e->commits++;
    if (vb->oid[SUBTREE] == 3)
        return AGENTX_ERR_COMMIT_FAILED;
    e->value = vb->value.u.integer;
    e->value_set = true;
    if (vb->oid[SUBTREE] == 1)
        return 0;
    e->late_at = clock_ms() + LATE_MS;
    e->late_serial = set->serial;
    return AGENTX_PENDING;
}

static int on_undo(void *arg, struct agentx_set *set)
{
    struct echo *e = arg;
    (void)set;
    e->value_set = false;
    return 0;
}

static void on_cleanup(void *arg, struct agentx_set *set, enum agentx_outcome outcome)
{
    struct echo *e = arg;
    (void)set;
    (void)outcome;
    e->cleanups++;
}

static void on_notified(void *arg, void *cookie, int result)
{
    struct echo *e = arg;
    (void)cookie;
    if (result == 0)
        e->acknowledged++;
    else if (result == AGENTX_LOST)
        e->lost++;
    else
        e->failed++;
}

static const struct agentx_callbacks callbacks = {.get = on_get,
                                                  .test = on_test,
                                                  .commit = on_commit,
                                                  .undo = on_undo,
                                                  .cleanup = on_cleanup,
                                                  .notified = on_notified,
                                                  .state = on_state};

/* As many of the queued ones as the window takes. */
static void send_notifications(struct echo *e)
{
    static const uint32_t trap_oid[] = {1, 3, 6, 1, 6, 3, 1, 1, 4, 1, 0};
    static const uint32_t trap[] = {1, 3, 6, 1, 4, 1, 8072, 9999, 9999, 7, 0, 1};
    static const uint32_t number[] = {1, 3, 6, 1, 4, 1, 8072, 9999, 9999, 7, 1, 0};
    while (e->queued > 0) {
        struct agentx_varbind vb[2] = {
            {trap_oid, sizeof trap_oid / sizeof trap_oid[0], {.type = AGENTX_OBJECT_IDENTIFIER}},
            {number, sizeof number / sizeof number[0], {.type = AGENTX_INTEGER}}};
        vb[0].value.u.oid.id = trap;
        vb[0].value.u.oid.len = sizeof trap / sizeof trap[0];
        vb[1].value.u.integer = (int32_t)e->sent + 1;
        if (agentx_notify(e->s, NULL, vb, 2, NULL) != 0)
            return;
        e->sent++;
        e->queued--;
    }
}

static void print_stats(const struct echo *e)
{
    const struct agentx_stats *st = agentx_session_stats(e->s);
    uint32_t uptime = 0;
    bool known = agentx_sysuptime(e->s, clock_ms(), &uptime);
    printf("stats in=%" PRIu64 " out=%" PRIu64 " gets=%" PRIu64 " sets=%" PRIu64 " resent=%" PRIu64
           " opens=%" PRIu64 " pings=%" PRIu64 " sent=%u acknowledged=%u lost=%u failed=%u"
           " queued=%u commits=%u cleanups=%u longest=%" PRId64 " uptime=%d:%u\n",
           st->pdus_in, st->pdus_out, st->gets, st->sets, st->resent, st->opens, st->pings, e->sent,
           e->acknowledged, e->lost, e->failed, e->queued, e->commits, e->cleanups, e->longest_turn,
           known, (unsigned)uptime);
    fflush(stdout);
}

static void command(struct echo *e, const char *line)
{
    if (strncmp(line, "notify ", 7) == 0)
        e->queued += (unsigned)strtoul(line + 7, NULL, 10);
    else if (strcmp(line, "stats") == 0)
        print_stats(e);
    else if (strcmp(line, "quit") == 0)
        e->quit = true;
}

static void read_commands(struct echo *e)
{
    ssize_t n =
        read(STDIN_FILENO, e->command + e->command_len, sizeof e->command - 1 - e->command_len);
    if (n <= 0) {
        e->quit = true;
        return;
    }
    e->command_len += (size_t)n;
    e->command[e->command_len] = '\0';
    char *line = e->command, *end;
    while ((end = strchr(line, '\n')) != NULL) {
        *end = '\0';
        command(e, line);
        line = end + 1;
    }
    e->command_len = strlen(line);
    memmove(e->command, line, e->command_len + 1);
}

/* One turn of the loop. */
static void turn(struct echo *e)
{
    struct pollfd p[2] = {{STDIN_FILENO, POLLIN, 0}, {agentx_fd(e->s), agentx_events(e->s), 0}};
    int64_t until = agentx_next_timeout(e->s), now = clock_ms();
    if (e->late_at < until)
        until = e->late_at;
    int64_t wait = until <= now ? 0 : until - now > 1000 ? 1000 : until - now;
    poll(p, 2, (int)wait);
    int64_t begin = clock_ms();
    if (begin - now - wait > e->longest_turn)
        e->longest_turn = begin - now - wait;
    if ((p[0].revents & (POLLIN | POLLHUP)) != 0)
        read_commands(e);
    agentx_handle(e->s, p[1].revents);
    if (clock_ms() >= e->late_at) {
        e->late_at = NO_TIME;
        agentx_commit_done(e->s, e->late_serial, 0);
    }
    send_notifications(e);
    agentx_tick(e->s);
    if (clock_ms() - begin > e->longest_turn)
        e->longest_turn = clock_ms() - begin;
    fflush(stdout);
}

int main(int argc, char **argv)
{
    struct echo e = {.started = clock_ms(), .late_at = NO_TIME};
    char text[160];
    if (argc != 4) {
        fprintf(stderr, "usage: %s ADDRESS CONTEXTS OBJECTS\n", argv[0]);
        return 2;
    }
    e.objects = (uint32_t)strtoul(argv[3], NULL, 10);
    struct agentx_config config = {.address = argv[1],
                                   .description = "agentx_echo",
                                   .id = subtree,
                                   .id_len = SUBTREE,
                                   .log = on_log,
                                   .arg = &e,
                                   .callbacks = &callbacks};
    e.s = agentx_new(&config, text, sizeof text);
    if (e.s == NULL) {
        fprintf(stderr, "%s: %s\n", argv[1], text);
        return 1;
    }
    agentx_add_agent_caps(e.s, NULL, subtree, SUBTREE, "agentx_echo");
    agentx_register(e.s, NULL, subtree, SUBTREE, 0, NULL);
    unsigned long contexts = strtoul(argv[2], NULL, 10);
    for (unsigned long i = 1; i <= contexts; i++) {
        snprintf(text, sizeof text, "ups%lu", i);
        agentx_register(e.s, text, subtree, SUBTREE, 0, (void *)(uintptr_t)i);
    }
    while (!e.quit)
        turn(&e);
    agentx_free(e.s);
    return 0;
}
