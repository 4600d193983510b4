/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * SETs through net-snmp's phases.  The library calls each phase once for every registration that a
 * PDU touches, and goes on to the next phase when all have been called: RESERVE1 checks each
 * variable and collects them, the first RESERVE2 tests all of the PDU together, the first ACTION
 * commits, the first COMMIT, UNDO or FREE ends it.  So a PDU is one SET to the core, however many
 * registrations it touches.
 *
 * The library works on one SET at a time, and ACTION must bring the answer: it waits for the
 * device, at most set-wait.  Whoever asks meanwhile waits in the socket.
 */
#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "netsnmp.h"

/* Longer than set-wait, in case nobody looks at the time: the command runs, which is the answer. */
#define GUARD_MS 1000

#define TICKETS 8 /* see struct ticket */

/*
 * What core_set_commit() calls back with.  Used in turn, so that a call that comes too late finds
 * its own ticket and not the next SET's.
 */
struct ticket {
    struct engine_set *set;
    atomic_int result; /* enum set_error; SET_PENDING: not yet */
};

struct entry {
    struct control_item item;
    int index; /* the variable's place in the PDU, from 1 */
};

enum phase { COLLECTING, TESTED, COMMITTED, FAILED };

struct engine_set {
    struct engine *engine;
    const void *session; /* the library's, of this PDU; NULL: no SET under way */
    enum phase phase;
    struct entry *entry;
    size_t count, room;
    struct control_set *control;
    enum set_error error; /* of the test or the commit */
    int error_index;      /* the variable it is about; 0: the first that comes */
    int done_fd;          /* a ticket has its result */
    struct ticket ticket[TICKETS];
    size_t next_ticket;
};

struct engine_set *engine_set_new(struct engine *engine)
{
    struct engine_set *set = calloc(1, sizeof(*set));

    if (set == NULL)
        return NULL;
    set->engine = engine;
    set->done_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    for (size_t i = 0; i < TICKETS; i++)
        set->ticket[i].set = set;
    if (set->done_fd >= 0)
        return set;
    free(set);
    return NULL;
}

static void end(struct engine_set *set)
{
    core_set_end(set->engine->config.core, set->control);
    set->control = NULL;
    set->session = NULL;
    set->count = 0;
}

void engine_set_free(struct engine_set *set)
{
    if (set == NULL)
        return;
    end(set);
    close(set->done_fd);
    free(set->entry);
    free(set);
}

/* -- RESERVE1 --------------------------------------------------------------------------------- */

/* One SET that was never ended (the library lost its session) is ended by the next. */
static void begin(struct engine_set *set, const void *session)
{
    if (set->session == session && set->phase == COLLECTING)
        return;
    end(set);
    set->session = session;
    set->phase = COLLECTING;
    set->error = SET_OK;
    set->error_index = 0;
}

static struct entry *append(struct engine_set *set)
{
    size_t room = set->room > 0 ? 2 * set->room : 16;
    struct entry *entry;

    if (set->count == set->room) {
        entry = realloc(set->entry, room * sizeof(*entry));
        if (entry == NULL)
            return NULL;
        set->entry = entry;
        set->room = room;
    }
    return &set->entry[set->count++];
}

static enum set_error collect(struct engine_set *set, const struct engine_place *place,
                              const netsnmp_request_info *request)
{
    struct engine *engine = set->engine;
    const netsnmp_variable_list *vb = request->requestvb;
    struct mib_view view = face_view(&engine->face, place->unit, engine_epoch(engine));
    uint32_t name[MAX_OID_LEN], room[MAX_OID_LEN];
    size_t len = netsnmp_oid_in(name, vb->name, vb->name_length);
    struct entry *entry = append(set);
    struct mib_value value;

    if (entry == NULL)
        return SET_RESOURCE_UNAVAILABLE;
    entry->index = request->index;
    netsnmp_value_of(vb, &value, room);
    return face_check(&engine->face, place->mib, &view, name, len, &value, &entry->item);
}

static void reserve1(struct engine_set *set, const struct engine_place *place,
                     netsnmp_agent_request_info *reqinfo, netsnmp_request_info *requests)
{
    begin(set, reqinfo->asp);
    for (netsnmp_request_info *r = requests; r != NULL; r = r->next) {
        enum set_error error = r->processed ? SET_OK : collect(set, place, r);
        if (error != SET_OK) {
            netsnmp_set_request_error(reqinfo, r, (int)error);
            break;
        }
    }
    face_unpin(&set->engine->face);
}

/* -- RESERVE2 --------------------------------------------------------------------------------- */

static int by_index(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;

    return (x->index > y->index) - (x->index < y->index);
}

/* The library groups by registration; "the later one" of two is the PDU's. */
static void test(struct engine_set *set)
{
    struct control_item *items = calloc(set->count, sizeof(*items));
    size_t at = 0;

    set->phase = TESTED;
    qsort(set->entry, set->count, sizeof(*set->entry), by_index);
    set->error = SET_RESOURCE_UNAVAILABLE;
    if (items != NULL) {
        for (size_t i = 0; i < set->count; i++)
            items[i] = set->entry[i].item;
        set->error = core_set_test(set->engine->config.core, items, set->count, &set->control, &at);
    }
    set->error_index = at < set->count ? set->entry[at].index : 0;
    free(items);
}

/* Hangs the SET's error on the variable it is about, when that one's registration is called. */
static void tell_error(const struct engine_set *set, netsnmp_agent_request_info *reqinfo,
                       netsnmp_request_info *requests)
{
    for (netsnmp_request_info *r = requests; r != NULL && set->error != SET_OK; r = r->next) {
        if (set->error_index == 0 || r->index == set->error_index) {
            netsnmp_set_request_error(reqinfo, r, (int)set->error);
            return;
        }
    }
}

/* -- ACTION ----------------------------------------------------------------------------------- */

/* In the core's thread. */
static void commit_done(void *arg, enum set_error error)
{
    static const uint64_t one = 1;
    struct ticket *ticket = arg;
    int fd = ticket->set->done_fd;

    atomic_store(&ticket->result, (int)error);
    while (write(fd, &one, sizeof(one)) < 0 && errno == EINTR)
        continue;
}

static int64_t longest_wait(const struct engine_set *set)
{
    int64_t wait = 0;

    for (size_t i = 0; i < set->count; i++) {
        const struct conf_unit *unit = &set->engine->config.conf->unit[set->entry[i].item.unit];
        if (unit->timing.set_wait_ms > wait)
            wait = unit->timing.set_wait_ms;
    }
    return wait + GUARD_MS;
}

/* Until the ticket has its result, the agent is to stop, or nobody has looked for too long. */
static enum set_error wait_for(struct engine_set *set, struct ticket *ticket)
{
    const struct ups_clock *clock = set->engine->config.clock;
    int64_t deadline = ups_now(clock) + longest_wait(set), left;
    struct pollfd p[2] = {{.fd = set->done_fd, .events = POLLIN},
                          {.fd = set->engine->stop_fd, .events = POLLIN}};
    uint64_t count;
    int result;

    while ((result = atomic_load(&ticket->result)) == SET_PENDING) {
        left = deadline - ups_now(clock);
        if (left <= 0 || p[1].revents != 0)
            return SET_OK;
        if (poll(p, 2, (int)left) > 0 && p[0].revents != 0 &&
            read(set->done_fd, &count, sizeof(count)) < 0 && errno != EAGAIN && errno != EINTR)
            return SET_OK;
    }
    return (enum set_error)result;
}

static void action(struct engine_set *set)
{
    struct ticket *ticket = &set->ticket[set->next_ticket++ % TICKETS];

    atomic_store(&ticket->result, SET_PENDING);
    set->error = core_set_commit(set->engine->config.core, set->control, commit_done, ticket);
    if (set->error == SET_PENDING)
        set->error = wait_for(set, ticket);
    set->phase = set->error == SET_OK ? COMMITTED : FAILED;
    set->error_index = 0;
}

/* -- the end ---------------------------------------------------------------------------------- */

/* A commit that failed has changed nothing. */
static void undo(struct engine_set *set, netsnmp_agent_request_info *reqinfo,
                 netsnmp_request_info *requests)
{
    if (set->phase == COMMITTED)
        set->error = core_set_undo(set->engine->config.core, set->control);
    else
        set->error = SET_OK;
    set->error_index = 0;
    tell_error(set, reqinfo, requests);
    end(set);
}

void engine_set_phase(const struct engine_place *place, netsnmp_agent_request_info *reqinfo,
                      netsnmp_request_info *requests)
{
    struct engine_set *set = place->engine->set;

    if (reqinfo->mode == MODE_SET_RESERVE1) {
        reserve1(set, place, reqinfo, requests);
        return;
    }
    if (set->session != reqinfo->asp)
        return; /* ended by the call for another registration of the PDU */
    switch (reqinfo->mode) {
    case MODE_SET_RESERVE2:
        if (set->phase == COLLECTING)
            test(set);
        tell_error(set, reqinfo, requests);
        break;
    case MODE_SET_ACTION:
        if (set->phase == TESTED) {
            action(set);
            tell_error(set, reqinfo, requests);
        }
        break;
    case MODE_SET_UNDO: undo(set, reqinfo, requests); break;
    default: end(set); break; /* COMMIT, FREE */
    }
}
