/* SPDX-License-Identifier: BSD-2-Clause */
/* What the session's source files share. Nobody else includes this. */
#ifndef UPSMIBD_AGENTX_PRIVATE_H
#define UPSMIBD_AGENTX_PRIVATE_H

#include "session.h"

#include <sys/socket.h>
#include <sys/types.h>
#include <sys/un.h>

/* Registrations and capabilities that may wait for the master's answer at a time. */
#define ITEM_WINDOW 32
/* A refused one is tried again this often (ms). */
#define ITEM_RETRY_MS 5000
/* One Open and one Ping beside the windows. */
#define MAX_REQUESTS (ITEM_WINDOW + AGENTX_NOTIFY_WINDOW + 2)
/* SETs under way, and finished ones whose answers are kept in case the master asks again. snmpd has
 * one at a time. */
#define MAX_SETS 8
/* Objects of one SET for this session. Each costs memory before anything is checked. */
#define MAX_SET_ITEMS 256

/* An address ready for connect(). */
struct agentx_address {
    socklen_t len;
    bool tcp;
    union {
        struct sockaddr sa;
        struct sockaddr_un un;
        struct sockaddr_storage any;
    } u;
};

bool agentx_address_parse(const char *text, struct agentx_address *address, char *error,
                          size_t size);

/* What the master is told after each Open: a registration or a capability. */
enum item_kind { ITEM_REGISTRATION, ITEM_CAPS };

enum item_state {
    ITEM_WANTED, /* to be sent */
    ITEM_SENT,   /* unanswered */
    ITEM_ACCEPTED,
    ITEM_REFUSED,  /* to be sent again at retry_at */
    ITEM_WITHDRAW, /* unregistered by the application; Unregister to be sent, or its answer awaited
                    */
};

struct agentx_registration {
    struct agentx_registration *next; /* in the order of registration */
    enum item_kind kind;
    enum item_state state;
    bool unregister; /* ITEM_WITHDRAW: Unregister is to be sent */
    bool told;       /* the refusal was logged */
    int error;       /* the last refusal */
    int64_t retry_at;
    struct context *context;
    uint8_t priority;
    void *cookie;
    char *description; /* ITEM_CAPS */
    uint32_t len;
    uint32_t oid[]; /* subtree, or capability's identity */
};

/* A context and its registrations, sorted by subtree. */
struct context {
    size_t name_len; /* 0: the default context */
    struct agentx_registration **regs;
    size_t count;
    char name[];
};

enum request_kind { REQUEST_OPEN, REQUEST_ITEM, REQUEST_UNREGISTER, REQUEST_NOTIFY, REQUEST_PING };

/* One of our requests that the master has not answered. */
struct request {
    uint32_t packet;
    enum request_kind kind;
    int64_t sent_at;
    void *ref; /* the item, or the notification's cookie */
};

enum set_phase {
    SET_FREE,
    SET_TESTED,
    SET_REFUSED,
    SET_COMMITTING,
    SET_COMMITTED,
    SET_FAILED,
    SET_OVER
};

/* A SET: RFC 2741 section 7.2.4. The slot outlives the SET to answer re-sent requests. */
struct set_slot {
    struct agentx_set set;
    enum set_phase phase;
    bool undone;     /* an UndoSet was answered */
    bool committed;  /* a CommitSet was answered */
    bool answer_due; /* agentx_commit_done() came while another response was half written */
    uint32_t test_packet;
    int64_t touched_at;
    struct agentx_header at; /* of the CommitSet that waits for agentx_commit_done() */
    uint16_t test_error, test_index, commit_error, undo_error;
    uint32_t digest; /* of the TestSet's payload: tells a re-sent one from another */
    void *block;     /* items, identifiers and bytes; freed at the end of the SET */
};

struct agentx_session {
    /* configuration */
    struct agentx_config config;
    const struct agentx_callbacks *cb;
    char *address_text;
    char *description;
    uint32_t *id;
    struct agentx_address address;

    /* connection */
    enum agentx_state state;
    int fd;
    uint32_t connection;
    uint32_t session_id;
    uint32_t next_packet;
    int64_t now;        /* of the present call */
    int64_t due_at;     /* DISCONNECTED: next try; CONNECTING: give up */
    int64_t last_heard; /* anything came, or was sent while nothing waited for an answer */
    int64_t stalled_at; /* since when the socket takes nothing; -1: it does */
    bool building;      /* a response is half written: nothing else may be */
    bool busy;          /* inside agentx_handle() or agentx_tick(): it flushes at the end */

    /* log back-off */
    char last_failure[200];
    int64_t log_again_at, log_interval;
    int64_t log_tokens_at;
    int log_tokens;
    unsigned log_left_out;

    /* bytes */
    uint8_t *in;
    size_t in_len, in_cap;
    struct agentx_writer out;
    size_t out_sent;

    /* our requests, oldest first */
    struct request requests[MAX_REQUESTS];
    size_t request_count;
    size_t items_pending, notify_pending;

    /* what is offered */
    struct agentx_registration *items;
    struct agentx_registration **items_tail;
    size_t wanted;             /* items in ITEM_WANTED, or ITEM_WITHDRAW that must be sent */
    int64_t retry_at;          /* earliest of the refused ones */
    struct context **contexts; /* sorted by length and name */
    size_t context_count;

    /* SETs */
    struct set_slot sets[MAX_SETS];
    size_t sets_live;
    uint64_t set_serial;

    /* the master's sysUpTime */
    bool uptime_known;
    int64_t uptime_epoch; /* ms: when the master's sysUpTime was 0 */

    struct agentx_stats stats;
};

/* wire.c */
size_t agentx__unsent(const struct agentx_session *s);
/* Enough unsent: no more requests are read. */
bool agentx__throttled(const struct agentx_session *s);
void agentx__flush(struct agentx_session *s);
void agentx__receive(struct agentx_session *s);
/* Serves the PDUs already read and sends the answers. */
void agentx__work(struct agentx_session *s);
/* To be called before a PDU begins, never while one is half written. */
void agentx__compact(struct agentx_session *s);
/* Empties both buffers. */
void agentx__wire_reset(struct agentx_session *s);
/* A PDU of ours, in network byte order. */
size_t agentx__begin(struct agentx_session *s, enum agentx_pdu type, const struct context *context,
                     uint32_t *packet);
/* Ends it; false (and nothing is left of it) if it did not fit. */
bool agentx__end(struct agentx_session *s, size_t offset);

/* session.c */
void agentx__log(struct agentx_session *s, int level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
int64_t agentx__clock(const struct agentx_session *s);
void agentx__set_state(struct agentx_session *s, enum agentx_state state);
void agentx__drop(struct agentx_session *s, const char *why);
/* Sends what waits unless the caller's caller will. */
void agentx__flush_soon(struct agentx_session *s);
/* A Response to one of our requests. */
void agentx__response(struct agentx_session *s, const struct agentx_header *h,
                      struct agentx_reader *payload);
/* Every registration was answered, or none is left: the session is ready. */
void agentx__ready_check(struct agentx_session *s);
void agentx__request_sent(struct agentx_session *s, enum request_kind kind, uint32_t packet,
                          void *ref);

/* registration.c */
struct context *agentx__context_find(const struct agentx_session *s, const uint8_t *name,
                                     size_t len);
struct context *agentx__context_get(struct agentx_session *s, const char *name);
struct agentx_registration *agentx__match(const struct context *c, const uint32_t *oid, size_t len);
size_t agentx__first_after(const struct context *c, const uint32_t *oid, size_t len);
void agentx__items_pump(struct agentx_session *s);
void agentx__item_answered(struct agentx_session *s, struct agentx_registration *r,
                           enum request_kind kind, int error);
void agentx__items_tick(struct agentx_session *s);
void agentx__items_lost(struct agentx_session *s);
void agentx__items_free(struct agentx_session *s);

/* request.c */
/* A request PDU with its payload. Always leaves an answer in the output, or has dropped the
 * session. */
void agentx__serve(struct agentx_session *s, const struct agentx_header *h, const uint8_t *payload);
/* A Response with no varbinds. */
void agentx__respond(struct agentx_session *s, const struct agentx_header *h, uint16_t error,
                     uint16_t index);

/* transaction.c */
void agentx__set_request(struct agentx_session *s, const struct agentx_header *h,
                         const struct context *context, struct agentx_reader *payload);
void agentx__sets_answer_due(struct agentx_session *s);
void agentx__sets_tick(struct agentx_session *s);
int64_t agentx__sets_timeout(const struct agentx_session *s);
void agentx__sets_lost(struct agentx_session *s);

#endif
