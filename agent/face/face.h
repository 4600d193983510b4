/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the faces (AgentX, standalone) have in common: views on the units that stay the same while
 * one PDU is answered, and the first check of a SET.  Knows neither AgentX nor net-snmp.
 *
 * A struct face belongs to one thread.
 */
#ifndef FACE_H
#define FACE_H

#include "../core.h"
#include "../mib/mib.h"

/* Of a view that is of no unit: the MIBs that show all of them. */
#define FACE_ALL_UNITS SIZE_MAX

/* SETs refused here that are logged per unit and minute; the rest is counted. */
#define FACE_REFUSALS_MAX 20

struct face_refusals;

struct face {
    struct core *core;
    const struct conf *conf;
    const struct ups_clock *clock;
    const struct snapshot **snap; /* by unit; NULL: not looked at by this PDU */
    size_t *pinned;               /* which are not NULL, so that the end looks at those only */
    size_t pinned_count;
    const struct snap_agent *agent;
    struct face_refusals *refusals; /* by unit, and one for all units */
};

/* All three outlive the face.  Returns false if memory is short: nothing to free then. */
bool face_init(struct face *face, struct core *core, const struct conf *conf,
               const struct ups_clock *clock);

/* Frees; also after face_init() has failed, and of a face that is all zero. */
void face_fini(struct face *face);

/*
 * What a request is answered from: of one unit (number in the configuration), or FACE_ALL_UNITS.
 * epoch_ms: see struct mib_view.  Everything seen through views is of one moment until
 * face_unpin().
 */
struct mib_view face_view(struct face *face, size_t unit, int64_t epoch_ms);

/* The PDU is answered: lets go of what its views have held. */
void face_unpin(struct face *face);

/*
 * One variable of a SET: mib_set(), and a refusal goes to the log (audit), at most
 * FACE_REFUSALS_MAX a minute and unit.  Returns SET_OK and *item, or the error.
 */
enum set_error face_check(struct face *face, const struct mib *mib, const struct mib_view *view,
                          const uint32_t *oid, size_t len, const struct mib_value *value,
                          struct control_item *item);

/*
 * In which context an event's notification is sent; NULL: the default one.  RFC 1628's are of one
 * unit and go out in its context, our own name their unit in a variable.
 */
const char *face_event_context(const struct face *face, const struct event *event);

#endif
