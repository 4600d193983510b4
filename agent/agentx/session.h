/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A subagent's AgentX session with a master agent (RFC 2741), for a program with a loop of its own.
 *
 * Nothing here blocks, nothing is global, no thread is started: one thread owns a session and calls
 * everything in this header. The application registers subtrees once; the session connects, opens,
 * registers, answers the master's requests through callbacks, and does all of it again whenever the
 * master has been away.
 *
 *     struct agentx_session *s = agentx_new(&config, error, sizeof error);
 *     agentx_register(s, NULL, subtree, len, 0, cookie);
 *     for (;;) {
 *         struct pollfd p = {agentx_fd(s), agentx_events(s), 0};
 *         poll(&p, 1, until(agentx_next_timeout(s)));
 *         agentx_handle(s, p.revents);
 *         agentx_tick(s);
 *     }
 *
 * Times and limits, and why:
 * - Reconnect every 100 ms while there is no master: a connect() to a Unix socket nobody listens on
 * costs some 10 us, and everything is registered again well within 0.5 s of the socket's return.
 * Only the log backs off.
 * - Ping after 5 s without traffic; a master that leaves any of our requests unanswered for 30 s is
 * given up. A master that died closes the socket and is noticed at once, whatever these say; the
 * ping finds one that forgot the session and a dead host behind TCP. The answer's limit is long on
 * purpose: a master stopped for 15 s keeps its session, with one unanswered ping and at most 32
 * notifications waiting in the socket, and goes on within milliseconds of being continued. Giving
 * up early would put a new dead connection into its accept queue at every try, and lose the
 * registrations for nothing.
 * - At most 32 notifications and 32 registrations wait for the master's answer. Some 280 small PDUs
 * fill a Unix socket's queue; a master that blocks in sending to us because we do not read is what
 * this avoids.
 * - Above output_limit unsent bytes (1 MiB) requests stay unread until the master reads its
 * answers; if it reads nothing for 30 s, the session is dropped.
 */
#ifndef UPSMIBD_AGENTX_SESSION_H
#define UPSMIBD_AGENTX_SESSION_H

#include "codec.h"

/* What functions return beside enum agentx_error (which is what the master said, or is told). */
#define AGENTX_PENDING     (-1) /* the answer comes later */
#define AGENTX_LOST        (-2) /* the session ended before the master answered */
#define AGENTX_WINDOW_FULL (-3) /* enough unanswered already: keep it and try again */
#define AGENTX_NOT_READY   (-4) /* no session, or registrations still under way */
#define AGENTX_INVALID     (-5) /* no such thing can be sent: too long, too large, unknown type */

/* Notifications that may wait for the master's answer. */
#define AGENTX_NOTIFY_WINDOW 32

enum agentx_state {
    AGENTX_DISCONNECTED, /* no socket; the next try is under way by the clock */
    AGENTX_CONNECTING,   /* a TCP connection is being made */
    AGENTX_OPENING,      /* connected, the master has not answered our Open */
    AGENTX_REGISTERING,  /* open; some registrations are unanswered */
    AGENTX_READY,        /* every registration was answered (accepted or refused) */
};

struct agentx_session;
struct agentx_registration;

/* --- reads --------------------------------------------------------------------------------- */

/* One object asked for. Valid during the callback. */
struct agentx_get {
    bool next;           /* GETNEXT (or a repetition of GETBULK); false: GET */
    bool inclusive;      /* GETNEXT: an object named exactly oid is an answer too */
    void *cookie;        /* the registration's */
    const uint32_t *oid; /* GET: the object; GETNEXT: where to begin */
    size_t oid_len;
    const uint32_t *end; /* GETNEXT: the answer must lie before this; end_len 0: no bound */
    size_t end_len;
};

/* Where the answer to one struct agentx_get goes. */
struct agentx_answer;

/*
 * Exactly one of these per get callback; a later call replaces an earlier one. For GET the name
 * given is ignored (it is the object asked for). Without any call, and for a GETNEXT answer that
 * does not follow oid, is not before end or is not in the registered subtree, the answer is
 * noSuchObject (GET) or "nothing here" (GETNEXT), so that a wrong callback cannot send a master
 * round in circles. Lengths: at most AGENTX_OID_MAX sub-identifiers, 65535 octets; beyond that the
 * whole request answers genErr.
 */
void agentx_put(struct agentx_answer *a, const uint32_t *oid, size_t len,
                const struct agentx_value *value);
void agentx_put_integer(struct agentx_answer *a, const uint32_t *oid, size_t len, int32_t v);
void agentx_put_octets(struct agentx_answer *a, const uint32_t *oid, size_t len, const void *data,
                       size_t size);
void agentx_put_oid(struct agentx_answer *a, const uint32_t *oid, size_t len, const uint32_t *v,
                    size_t v_len);
void agentx_put_counter32(struct agentx_answer *a, const uint32_t *oid, size_t len, uint32_t v);
void agentx_put_gauge32(struct agentx_answer *a, const uint32_t *oid, size_t len, uint32_t v);
/* Hundredths of a second. */
void agentx_put_timeticks(struct agentx_answer *a, const uint32_t *oid, size_t len, uint32_t v);
void agentx_put_counter64(struct agentx_answer *a, const uint32_t *oid, size_t len, uint64_t v);
/* noSuchObject or noSuchInstance for GET, endOfMibView for GETNEXT. */
void agentx_put_exception(struct agentx_answer *a, enum agentx_type exception);

/* --- writes -------------------------------------------------------------------------------- */

struct agentx_set_item {
    void *cookie; /* the registration's */
    struct agentx_varbind vb;
};

/* One SET of a manager: everything of it that concerns this session and one context. Valid, items
   and what they point to included, from the test callback to the cleanup callback. */
struct agentx_set {
    uint64_t serial; /* never used twice in a session's life; names it for agentx_commit_done() */
    uint32_t transaction; /* the master's number, for the log */
    size_t count;         /* at least 1 */
    const struct agentx_set_item *items;
    void *state; /* the application's own, NULL at first */
};

/* How a SET ended. */
enum agentx_outcome {
    AGENTX_SET_DONE,     /* committed, and the whole SET succeeded */
    AGENTX_SET_RELEASED, /* not committed: the test failed here or with another agent */
    AGENTX_SET_UNDONE,   /* committed (or begun), then undone */
    AGENTX_SET_LOST,     /* the session ended, or the master never finished it */
};

/* --- callbacks ----------------------------------------------------------------------------- */

/*
 * All get the config's arg. All but get may be NULL. They may call anything in this header except
 * agentx_free() and agentx_handle(); inside begin, get and end, notifications answer
 * AGENTX_WINDOW_FULL.
 */
struct agentx_callbacks {
    /* Around the get calls of one PDU, so that all its values come from one moment. */
    void (*begin)(void *arg);
    void (*end)(void *arg);

    /* MUST be there. Answers one object by one agentx_put...() call. Must not wait for anything. */
    void (*get)(void *arg, const struct agentx_get *get, struct agentx_answer *answer);

    /*
     * SET in its phases. test checks everything that can be checked, reserves what is needed and
     * changes nothing; returns 0, or an SNMP error and, in *index, which item (1 to count) it is
     * about. commit acts; returns 0, AGENTX_ERR_COMMIT_FAILED, or AGENTX_PENDING and calls
     * agentx_commit_done() later (well within the master's patience, one second with snmpd: until
     * then snmpd answers nobody). undo takes back what a commit did or still does; returns 0 or
     * AGENTX_ERR_UNDO_FAILED. cleanup comes exactly once for each SET whose test was called,
     * whatever test returned and whatever became of the session; the set is gone after it. Requests
     * that the master re-sends never reach these callbacks twice. Without test every SET answers
     * notWritable for its first item.
     */
    int (*test)(void *arg, struct agentx_set *set, uint16_t *index);
    int (*commit)(void *arg, struct agentx_set *set);
    int (*undo)(void *arg, struct agentx_set *set);
    void (*cleanup)(void *arg, struct agentx_set *set, enum agentx_outcome outcome);

    /* A notification's fate, in the order of sending: 0 = the master has it; an enum agentx_error =
       the master refused it (the same would be refused again); AGENTX_LOST = unknown, send it
       again. */
    void (*notified)(void *arg, void *cookie, int result);

    /* The session's state is another one. */
    void (*state)(void *arg, enum agentx_state state);
};

struct agentx_config {
    /* "unix:PATH", "PATH", "tcp:ADDRESS:PORT", "tcp:[ADDRESS6]:PORT", "tcp:localhost:PORT". Copied.
     */
    const char *address;
    const char *description; /* o.descr. Copied. */
    const uint32_t *id;      /* o.id, the subagent's OID (may be none). Copied. */
    size_t id_len;
    uint8_t timeout; /* s that the master should wait for our answers; 0: its own default */

    /* 0 in any of these: the default above. */
    int reconnect_ms;
    int ping_ms;
    int answer_ms;
    size_t output_limit; /* bytes */

    /* Monotonic milliseconds. NULL: CLOCK_MONOTONIC. */
    int64_t (*clock)(void *arg);
    /* level is syslog's (LOG_ERR ...). NULL: silence. */
    void (*log)(void *arg, int level, const char *text);
    void *arg;
    const struct agentx_callbacks *callbacks; /* borrowed for the session's life */
};

struct agentx_stats {
    uint64_t pdus_in;
    uint64_t pdus_out;
    uint64_t bytes_in;
    uint64_t bytes_out;
    uint64_t gets;         /* Get, GetNext and GetBulk answered */
    uint64_t sets;         /* TestSet acted upon */
    uint64_t resent;       /* re-sent requests answered without acting */
    uint64_t parse_errors; /* PDUs answered with parseError */
    uint64_t connections;  /* sockets connected */
    uint64_t opens;        /* sessions opened */
    uint64_t notifications;
    uint64_t pings;
};

/* Whether an address can be used; if not, why, in error (a sentence without the address). Never
   resolves names: that could block. */
bool agentx_address_check(const char *address, char *error, size_t size);

/* NULL, and why in error, for a bad address, a missing callback or no memory. Connects at the first
 * agentx_tick(). */
struct agentx_session *agentx_new(const struct agentx_config *config, char *error, size_t size);

/* Sends Close (reason shutdown) if the socket takes it, ends everything, frees. Callbacks: notified
   and cleanup with
   ..._LOST for what was open, no state. NULL is fine. */
void agentx_free(struct agentx_session *s);

/* --- the loop ------------------------------------------------------------------------------ */

/* The socket, -1 for none. It changes with every connection, and a new one may get the old number:
   with epoll compare agentx_connection(), which counts sockets. */
int agentx_fd(const struct agentx_session *s);
uint32_t agentx_connection(const struct agentx_session *s);

/* What to poll() for now: POLLIN and POLLOUT. */
short agentx_events(const struct agentx_session *s);

/* Does what poll()'s revents allow. 0 does nothing. Reads a bounded amount: with epoll use it
   level-triggered. */
void agentx_handle(struct agentx_session *s, short revents);

/* When agentx_tick() has something to do, in the clock's milliseconds; INT64_MAX: nothing planned.
 */
int64_t agentx_next_timeout(const struct agentx_session *s);

/* Connects, pings, gives up, retries: whatever is due. Calling it more often is harmless. */
void agentx_tick(struct agentx_session *s);

/* --- what is offered ----------------------------------------------------------------------- */

/*
 * Registers a subtree in a context (NULL: the default one), priority 1 to 255 (0: RFC 2741's
 * default 127). The cookie comes back in every request for it. Kept over every reconnect; refused
 * registrations are logged once and tried again every 5 s. Returns NULL for no memory, an OID of
 * wrong length, a context above 255 bytes or a subtree already registered by this session in that
 * context. Plain registrations only: no ranges (they crash some masters), no instances.
 */
struct agentx_registration *agentx_register(struct agentx_session *s, const char *context,
                                            const uint32_t *subtree, size_t len, uint8_t priority,
                                            void *cookie);

/* Requests for it are answered noSuchObject from here on; the handle is gone. Beware: some snmpd
   versions do not survive the removal of a context in use (net-snmp issue 983); a unit that
   disappears for a while is better served by a get callback that has nothing. */
void agentx_unregister(struct agentx_session *s, struct agentx_registration *r);

/* Whether the master has accepted it in the present session. */
bool agentx_registered(const struct agentx_registration *r);

/* The master's present refusal, 0 for none. */
int agentx_registration_error(const struct agentx_registration *r);

/* A row of sysORTable (RFC 2741 section 6.2.14). Kept over reconnects. false: no memory or invalid.
 */
bool agentx_add_agent_caps(struct agentx_session *s, const char *context, const uint32_t *id,
                           size_t len, const char *description);

/*
 * Sends a notification: varbinds as in RFC 2741 section 6.2.10 (sysUpTime.0 may come first, then
 * snmpTrapOID.0, then the objects). Returns 0, and then notified() comes with the cookie exactly
 * once; or AGENTX_NOT_READY, AGENTX_WINDOW_FULL, AGENTX_INVALID, and nothing was sent.
 */
int agentx_notify(struct agentx_session *s, const char *context, const struct agentx_varbind *vb,
                  size_t count, void *cookie);

/* Notifications that wait for the master's answer. */
size_t agentx_notify_pending(const struct agentx_session *s);

/* Ends a commit that returned AGENTX_PENDING: error 0 or AGENTX_ERR_COMMIT_FAILED. false: that SET
 * is over already. */
bool agentx_commit_done(struct agentx_session *s, uint64_t serial, int error);

/* --- what is known ------------------------------------------------------------------------- */

enum agentx_state agentx_session_state(const struct agentx_session *s);

/* The master's sysUpTime at monotonic time now (ms), in hundredths of a second: the last one it
   told, carried on by the clock. false: no open session, *ticks untouched. */
bool agentx_sysuptime(const struct agentx_session *s, int64_t now, uint32_t *ticks);

/* The moment, in the clock's milliseconds, when the master's sysUpTime was 0: the base of
   TimeStamps. It stays the same for a session, so that a TimeStamp reads the same each time; it
   moves only if the master's count and the clock are found half a second apart. false: no open
   session, *epoch untouched. */
bool agentx_uptime_epoch(const struct agentx_session *s, int64_t *epoch);

const struct agentx_stats *agentx_session_stats(const struct agentx_session *s);

#endif
