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

#include "subagent_private.h"

static int64_t session_clock(void *arg)
{
    struct subagent *sub = arg;

    return ups_now(sub->face.clock);
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
static void session_end(void *arg)
{
    struct subagent *sub = arg;

    face_unpin(&sub->face);
}

int64_t subagent_epoch(const struct subagent *sub)
{
    int64_t epoch = 0;

    agentx_uptime_epoch(sub->session, &epoch);
    return epoch;
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
    const struct place *p = get->cookie;
    struct mib_view view = face_view(&sub->face, p->unit, subagent_epoch(sub));
    uint32_t out[MIB_OID_MAX];
    size_t out_len = 0;
    struct mib_value value;

    if (!get->next) {
        mib_get(p->mib, &view, get->oid, get->oid_len, &value);
        put(answer, get->oid, get->oid_len, &value);
        return;
    }
    mib_next(p->mib, &view, get->oid, get->oid_len, get->inclusive, get->end, get->end_len, out,
             &out_len, &value);
    put(answer, out, out_len, &value);
}

/* -- life ---------------------------------------------------------------------------------- */

static bool enlist(struct subagent *sub, const char *context, struct place *p)
{
    size_t len;
    const uint32_t *root = mib_root(p->mib, &len);

    return agentx_register(sub->session, context, root, len, 0, p) != NULL;
}

/* sysORTable: by the identity of the MIB module, not by what is registered of it. */
static bool tell_capabilities(struct subagent *sub)
{
    static const uint32_t own[] = {UPS_ENTERPRISE_OID};
    size_t len;
    const uint32_t *ups = mib_root(&mib_ups, &len);

    return agentx_add_agent_caps(sub->session, NULL, ups, len, "UPS-MIB (RFC 1628) by upsmibd") &&
           agentx_add_agent_caps(sub->session, NULL, own, sizeof(own) / sizeof(own[0]),
                                 "UPSMIBD-MIB by upsmibd");
}

/*
 * entLogicalTable comes last: where another subagent has it already the master refuses it, which
 * the session logs, and everything else goes on.
 */
static bool register_all(struct subagent *sub)
{
    const struct conf *conf = sub->face.conf;
    struct place *all = &sub->place[conf->unit_count];
    bool ok = tell_capabilities(sub);

    for (size_t i = 0; ok && i < conf->unit_count; i++) {
        const struct conf_unit *u = &conf->unit[i];
        struct place *p = &sub->place[i];
        *p = (struct place){.mib = &mib_ups, .unit = i};
        ok = enlist(sub, u->context, p) && (!u->is_default || enlist(sub, NULL, p));
    }
    all[0] = (struct place){.mib = &mib_upsmibd, .unit = FACE_ALL_UNITS};
    all[1] = (struct place){.mib = &mib_entity, .unit = FACE_ALL_UNITS};
    return ok && enlist(sub, NULL, &all[0]) && enlist(sub, NULL, &all[1]);
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
    sub->callbacks = (struct agentx_callbacks){.end = session_end,
                                               .get = session_get,
                                               .test = subagent_test,
                                               .commit = subagent_commit,
                                               .undo = subagent_undo,
                                               .cleanup = subagent_cleanup,
                                               .notified = subagent_notified};
    struct agentx_config config = {.address = address,
                                   .description = "upsmibd " PACKAGE_VERSION,
                                   .id = id,
                                   .id_len = sizeof(id) / sizeof(id[0]),
                                   .clock = session_clock,
                                   .log = session_log,
                                   .arg = sub,
                                   .callbacks = &sub->callbacks};
    sub->place = calloc(conf->unit_count + 2, sizeof(*sub->place));
    if (sub->place && face_init(&sub->face, core, conf, clock))
        sub->session = agentx_new(&config, why, why_size);
    if (sub->session && register_all(sub))
        return sub;
    subagent_free(sub);
    return NULL;
}

void subagent_free(struct subagent *sub)
{
    if (!sub)
        return;
    /* ends the SETs and gives back the events under way: face and core are still needed */
    agentx_free(sub->session);
    face_fini(&sub->face);
    free(sub->place);
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
    if (revents) {
        sub->full = false;
        agentx_handle(sub->session, revents);
    }
    agentx_tick(sub->session);
    subagent_send_events(sub);
}

int64_t subagent_next_ms(const struct subagent *sub)
{
    int64_t session = agentx_next_timeout(sub->session);
    int64_t events = subagent_events_next_ms(sub);

    return events < session ? events : session;
}
