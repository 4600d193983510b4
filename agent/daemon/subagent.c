/* SPDX-License-Identifier: BSD-2-Clause */
/* The units of a core as an AgentX subagent. */
#include "subagent.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "../agentx/session.h"
#include "../mib/mib.h"

/* A unit as the session's cookie. */
struct place {
    struct subagent *sub;
    size_t index;
    const struct snapshot *snap; /* pinned while one PDU is answered */
};

struct subagent {
    struct core *core;
    const struct ups_clock *clock;
    struct agentx_session *session;
    struct agentx_callbacks callbacks;
    struct place *place;
    size_t place_count;
    size_t *pinned; /* places with a snapshot, so that the end of a PDU looks at those only */
    size_t pinned_count;
};

static int64_t session_clock(void *arg)
{
    struct subagent *sub = arg;

    return ups_now(sub->clock);
}

static void session_log(void *arg, int level, const char *text)
{
    static const enum log_level map[] = {LOG_LVL_ERR,  LOG_LVL_ERR,    LOG_LVL_ERR,  LOG_LVL_ERR,
                                         LOG_LVL_WARN, LOG_LVL_NOTICE, LOG_LVL_INFO, LOG_LVL_DEBUG};

    (void)arg;
    log_msg(level >= 0 && level <= LOG_DEBUG ? map[level] : LOG_LVL_INFO, "agentx", NULL, "%s",
            text);
}

/* -- reads ------------------------------------------------------------------------------------ */

/* All varbinds of one PDU are answered from one snapshot per unit. */
static const struct snapshot *pin(struct place *p)
{
    struct subagent *sub = p->sub;

    if (!p->snap) {
        p->snap = core_hold(sub->core, p->index);
        sub->pinned[sub->pinned_count++] = p->index;
    }
    return p->snap;
}

static void session_end(void *arg)
{
    struct subagent *sub = arg;

    while (sub->pinned_count > 0) {
        struct place *p = &sub->place[sub->pinned[--sub->pinned_count]];
        snapshot_release(p->snap);
        p->snap = NULL;
    }
}

static void put(struct agentx_answer *a, const uint32_t *oid, size_t len, const struct mib_value *v)
{
    switch (v->type) {
    case MIB_INTEGER: agentx_put_integer(a, oid, len, v->v.integer); break;
    case MIB_OCTETS: agentx_put_octets(a, oid, len, v->v.octets, v->len); break;
    case MIB_OID: agentx_put_oid(a, oid, len, v->v.oid, v->len); break;
    case MIB_COUNTER32: agentx_put_counter32(a, oid, len, v->v.number); break;
    case MIB_GAUGE32: agentx_put_gauge32(a, oid, len, v->v.number); break;
    case MIB_TIMETICKS: agentx_put_timeticks(a, oid, len, v->v.number); break;
    case MIB_COUNTER64: agentx_put_counter64(a, oid, len, v->v.big); break;
    case MIB_NO_SUCH_OBJECT: agentx_put_exception(a, AGENTX_NO_SUCH_OBJECT); break;
    case MIB_NO_SUCH_INSTANCE: agentx_put_exception(a, AGENTX_NO_SUCH_INSTANCE); break;
    case MIB_END_OF_VIEW: agentx_put_exception(a, AGENTX_END_OF_MIB_VIEW); break;
    }
}

static void session_get(void *arg, const struct agentx_get *get, struct agentx_answer *answer)
{
    struct subagent *sub = arg;
    struct place *p = get->cookie;
    struct mib_view view = {.snap = pin(p), .now_ms = ups_now(sub->clock)};
    uint32_t out[MIB_OID_MAX];
    size_t out_len = 0;
    struct mib_value value;

    agentx_uptime_epoch(sub->session, &view.epoch_ms);
    if (!get->next) {
        mib_get(&mib_ups, &view, get->oid, get->oid_len, &value);
        put(answer, get->oid, get->oid_len, &value);
        return;
    }
    mib_next(&mib_ups, &view, get->oid, get->oid_len, get->inclusive, get->end, get->end_len, out,
             &out_len, &value);
    put(answer, out, out_len, &value);
}

/* -- writes ----------------------------------------------------------------------------------- */

/* Tells the first varbind's error; nothing is ever committed where no object is writable. */
static int session_test(void *arg, struct agentx_set *set, uint16_t *index)
{
    struct subagent *sub = arg;

    for (size_t i = 0; i < set->count; i++) {
        const struct agentx_set_item *item = &set->items[i];
        struct place *p = item->cookie;
        const struct snapshot *snap = core_hold(sub->core, p->index);
        struct mib_view view = {.snap = snap, .now_ms = ups_now(sub->clock)};
        struct mib_value value = {.type = MIB_INTEGER};
        struct control_item want;
        int error = mib_set(&mib_ups, &view, item->vb.oid, item->vb.oid_len, &value, &want);

        snapshot_release(snap);
        if (error != 0) {
            *index = (uint16_t)(i + 1);
            return error;
        }
    }
    *index = 1;
    return AGENTX_ERR_NOT_WRITABLE;
}

/* -- life ---------------------------------------------------------------------------------- */

static bool register_units(struct subagent *sub, const struct conf *conf)
{
    static const char caps[] = "UPS-MIB (RFC 1628) by upsmibd";
    size_t len;
    const uint32_t *root = mib_root(&mib_ups, &len);
    bool ok = agentx_add_agent_caps(sub->session, NULL, root, len, caps);

    for (size_t i = 0; ok && i < conf->unit_count; i++) {
        const struct conf_unit *u = &conf->unit[i];
        struct place *p = &sub->place[i];
        *p = (struct place){.sub = sub, .index = i};
        ok = agentx_register(sub->session, u->context, root, len, 0, p) != NULL;
        if (ok && u->is_default)
            ok = agentx_register(sub->session, NULL, root, len, 0, p) != NULL;
    }
    return ok;
}

struct subagent *subagent_new(const struct conf *conf, struct core *core,
                              const struct ups_clock *clock, const char *address, char *why,
                              size_t why_size)
{
    static const uint32_t id[] = {UPS_ENTERPRISE_OID};
    struct subagent *sub = calloc(1, sizeof(*sub));

    snprintf(why, why_size, "out of memory");
    if (!sub)
        return NULL;
    sub->core = core;
    sub->clock = clock;
    sub->place_count = conf->unit_count;
    sub->place = calloc(conf->unit_count, sizeof(*sub->place));
    sub->pinned = calloc(conf->unit_count, sizeof(*sub->pinned));
    sub->callbacks =
        (struct agentx_callbacks){.end = session_end, .get = session_get, .test = session_test};
    struct agentx_config config = {.address = address,
                                   .description = "upsmibd " PACKAGE_VERSION,
                                   .id = id,
                                   .id_len = sizeof(id) / sizeof(id[0]),
                                   .clock = session_clock,
                                   .log = session_log,
                                   .arg = sub,
                                   .callbacks = &sub->callbacks};
    if (sub->place && sub->pinned)
        sub->session = agentx_new(&config, why, why_size);
    if (sub->session && register_units(sub, conf))
        return sub;
    subagent_free(sub);
    return NULL;
}

void subagent_free(struct subagent *sub)
{
    if (!sub)
        return;
    agentx_free(sub->session);
    free(sub->place);
    free(sub->pinned);
    free(sub);
}

int subagent_fd(const struct subagent *sub)
{
    return agentx_fd(sub->session);
}

short subagent_events(const struct subagent *sub)
{
    return agentx_events(sub->session);
}

void subagent_run(struct subagent *sub, short revents)
{
    if (revents)
        agentx_handle(sub->session, revents);
    agentx_tick(sub->session);
}

int64_t subagent_next_ms(const struct subagent *sub)
{
    return agentx_next_timeout(sub->session);
}
