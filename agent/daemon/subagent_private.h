/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Inside of the subagent: what its files know of each other.  subagent.c brings it up and answers
 * reads, subagent_set.c takes SETs through their phases, subagent_notify.c hands events to the
 * master.  All of it runs in the daemon's main thread.
 */
#ifndef SUBAGENT_PRIVATE_H
#define SUBAGENT_PRIVATE_H

#include "../agentx/session.h"
#include "../face/face.h"
#include "subagent.h"

/* One registration, as the session's cookie. */
struct place {
    const struct mib *mib;
    size_t unit; /* number in the configuration, or FACE_ALL_UNITS */
};

struct subagent {
    struct face face;
    struct agentx_session *session;
    struct agentx_callbacks callbacks;
    struct place *place; /* a unit each, then those of all units */
    bool full;           /* the session took no notification: not before it has moved */
};

/* The moment when the master's sysUpTime was 0; 0 while there is no session. */
int64_t subagent_epoch(const struct subagent *sub);

/* subagent_set.c: the session's callbacks. */
int subagent_test(void *arg, struct agentx_set *set, uint16_t *index);
int subagent_commit(void *arg, struct agentx_set *set);
int subagent_undo(void *arg, struct agentx_set *set);
void subagent_cleanup(void *arg, struct agentx_set *set, enum agentx_outcome outcome);

/* subagent_notify.c: sends what waits, as far as the session takes it. */
void subagent_send_events(struct subagent *sub);

/* When an event can be sent, monotonic ms; INT64_MAX: not before something happens. */
int64_t subagent_events_next_ms(const struct subagent *sub);

/* The session's callback. */
void subagent_notified(void *arg, void *cookie, int result);

#endif
