/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * SETs through the phases of RFC 2741: the session keeps their order and answers what the master
 * sends twice, the core knows what they mean.  Nothing here waits: a commit that takes time is
 * answered when the core says so.
 */
#include <stdlib.h>

#include "subagent_private.h"

/* What is kept of a SET between test and cleanup. */
struct pending {
    struct subagent *sub;
    struct control_set *set;
    uint64_t serial;
};

/* Types that the object layer has no name for keep their tag: they are the wrong ones anyway. */
static void take_value(const struct agentx_value *in, struct mib_value *out)
{
    *out = (struct mib_value){.type = (enum mib_type)in->type};
    switch (in->type) {
    case AGENTX_INTEGER: out->v.integer = in->u.integer; break;
    case AGENTX_COUNTER32:
    case AGENTX_GAUGE32:
    case AGENTX_TIMETICKS: out->v.number = in->u.unsigned32; break;
    case AGENTX_COUNTER64: out->v.big = in->u.unsigned64; break;
    case AGENTX_OCTET_STRING:
        out->v.octets = (const char *)in->u.octets.data;
        out->len = in->u.octets.len;
        break;
    case AGENTX_OBJECT_IDENTIFIER:
        out->v.oid = in->u.oid.id;
        out->len = in->u.oid.len;
        break;
    default: break;
    }
}

/* Each variable by itself.  *index: the first that is refused, from 0. */
static enum set_error check_all(struct subagent *sub, const struct agentx_set *set,
                                struct control_item *items, size_t *index)
{
    enum set_error error = SET_OK;
    size_t i;

    for (i = 0; i < set->count && error == SET_OK; i++) {
        const struct agentx_set_item *item = &set->items[i];
        const struct place *p = item->cookie;
        struct mib_view view = face_view(&sub->face, p->unit, subagent_epoch(sub));
        struct mib_value value;

        take_value(&item->vb.value, &value);
        error = face_check(&sub->face, p->mib, &view, item->vb.oid, item->vb.oid_len, &value,
                           &items[i]);
    }
    *index = i > 0 ? i - 1 : 0;
    return error;
}

int subagent_test(void *arg, struct agentx_set *set, uint16_t *index)
{
    struct subagent *sub = arg;
    struct pending *pending = malloc(sizeof(*pending));
    struct control_item *items = calloc(set->count, sizeof(*items));
    enum set_error error = SET_RESOURCE_UNAVAILABLE;
    size_t at = 0;

    if (pending && items) {
        *pending = (struct pending){.sub = sub, .serial = set->serial};
        error = check_all(sub, set, items, &at);
        if (error == SET_OK)
            error = core_set_test(sub->face.core, items, set->count, &pending->set, &at);
        face_unpin(&sub->face);
    }
    free(items);
    *index = (uint16_t)(at + 1);
    if (error == SET_OK)
        set->state = pending;
    else
        free(pending);
    return (int)error;
}

static void commit_done(void *arg, enum set_error error)
{
    const struct pending *pending = arg;

    agentx_commit_done(pending->sub->session, pending->serial,
                       error == SET_OK ? 0 : AGENTX_ERR_COMMIT_FAILED);
}

int subagent_commit(void *arg, struct agentx_set *set)
{
    struct subagent *sub = arg;
    struct pending *pending = set->state;
    enum set_error error = core_set_commit(sub->face.core, pending->set, commit_done, pending);

    if (error == SET_PENDING)
        return AGENTX_PENDING;
    return error == SET_OK ? 0 : AGENTX_ERR_COMMIT_FAILED;
}

int subagent_undo(void *arg, struct agentx_set *set)
{
    struct subagent *sub = arg;
    const struct pending *pending = set->state;

    return core_set_undo(sub->face.core, pending->set) == SET_OK ? 0 : AGENTX_ERR_UNDO_FAILED;
}

/* However it went: what the commit has begun goes on by itself. */
void subagent_cleanup(void *arg, struct agentx_set *set, enum agentx_outcome outcome)
{
    struct subagent *sub = arg;
    struct pending *pending = set->state;

    (void)outcome;
    if (!pending)
        return;
    core_set_end(sub->face.core, pending->set);
    set->state = NULL;
    free(pending);
}
