/* SPDX-License-Identifier: BSD-2-Clause */
/* What the faces have in common: see face.h. */
#include "face.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define MINUTE_MS 60000

struct face_refusals {
    int64_t since_ms; /* when the present minute began */
    uint32_t lines, unlogged;
};

bool face_init(struct face *face, struct core *core, const struct conf *conf,
               const struct ups_clock *clock)
{
    size_t n = conf->unit_count;

    *face = (struct face){.core = core, .conf = conf, .clock = clock};
    face->snap = calloc(n, sizeof(const struct snapshot *));
    face->pinned = calloc(n, sizeof(*face->pinned));
    face->refusals = calloc(n + 1, sizeof(*face->refusals));
    if (face->snap && face->pinned && face->refusals)
        return true;
    face_fini(face);
    return false;
}

void face_fini(struct face *face)
{
    face_unpin(face);
    free(face->snap);
    free(face->pinned);
    free(face->refusals);
    *face = (struct face){0};
}

/* -- views ------------------------------------------------------------------------------------ */

static const struct snapshot *pin_unit(void *arg, size_t index)
{
    struct face *face = arg;

    if (!face->snap[index]) {
        face->snap[index] = core_hold(face->core, index);
        face->pinned[face->pinned_count++] = index;
    }
    return face->snap[index];
}

static const struct snap_agent *pin_agent(void *arg)
{
    struct face *face = arg;

    if (!face->agent)
        face->agent = core_hold_agent(face->core);
    return face->agent;
}

struct mib_view face_view(struct face *face, size_t unit, int64_t epoch_ms)
{
    return (struct mib_view){
        .snap = unit == FACE_ALL_UNITS ? NULL : pin_unit(face, unit),
        .now_ms = ups_now(face->clock),
        .epoch_ms = epoch_ms,
        .wall_ms = ups_wall(face->clock),
        .unit = pin_unit,
        .agent = pin_agent,
        .unit_count = face->conf->unit_count,
        .arg = face,
    };
}

void face_unpin(struct face *face)
{
    while (face->pinned_count > 0) {
        const struct snapshot **snap = &face->snap[face->pinned[--face->pinned_count]];
        snapshot_release(*snap);
        *snap = NULL;
    }
    if (face->agent)
        snap_agent_release(face->agent);
    face->agent = NULL;
}

/* -- SETs ------------------------------------------------------------------------------------- */

/* What the audit calls an object: its descriptor, or its OID where it has none. */
static void name_of(const struct control_item *item, const uint32_t *oid, size_t len, char *buf,
                    size_t size)
{
    size_t at = 0;

    if (item->object) {
        snprintf(buf, size, "%s", item->object);
        return;
    }
    buf[0] = '\0';
    for (size_t i = 0; i < len && at < size; i++)
        at += (size_t)snprintf(buf + at, size - at, "%s%" PRIu32, i > 0 ? "." : "", oid[i]);
}

static void value_of(const struct mib_value *value, char *buf, size_t size)
{
    size_t at = 0;

    switch (value->type) {
    case MIB_INTEGER: snprintf(buf, size, "%" PRId32, value->v.integer); break;
    case MIB_COUNTER32:
    case MIB_GAUGE32:
    case MIB_TIMETICKS: snprintf(buf, size, "%" PRIu32, value->v.number); break;
    case MIB_COUNTER64: snprintf(buf, size, "%" PRIu64, value->v.big); break;
    case MIB_OCTETS:
        snprintf(buf, size, "\"%.*s\"", value->len < size ? (int)value->len : (int)size,
                 value->v.octets);
        break;
    case MIB_OID:
        buf[0] = '\0';
        for (size_t i = 0; i < value->len && at < size; i++)
            at += (size_t)snprintf(buf + at, size - at, "%s%" PRIu32, i > 0 ? "." : "",
                                   value->v.oid[i]);
        break;
    default: snprintf(buf, size, "a value of type 0x%02x", (unsigned)value->type); break;
    }
}

static const char *error_name(enum set_error error)
{
    switch (error) {
    case SET_WRONG_TYPE: return "wrongType";
    case SET_WRONG_LENGTH: return "wrongLength";
    case SET_WRONG_VALUE: return "wrongValue";
    case SET_NO_CREATION: return "noCreation";
    case SET_INCONSISTENT_VALUE: return "inconsistentValue";
    case SET_RESOURCE_UNAVAILABLE: return "resourceUnavailable";
    case SET_NOT_WRITABLE: return "notWritable";
    default: return "genErr";
    }
}

static bool may_log(struct face *face, size_t unit, const char *name)
{
    struct face_refusals *r = &face->refusals[unit];
    int64_t now = ups_now(face->clock);

    if (r->lines == 0 || now - r->since_ms >= MINUTE_MS) {
        if (r->unlogged > 0)
            log_msg(LOG_LVL_WARN, "control", name, "%" PRIu32 " refused SETs not logged: too many",
                    r->unlogged);
        *r = (struct face_refusals){.since_ms = now};
    }
    if (r->lines >= FACE_REFUSALS_MAX) {
        r->unlogged++;
        return false;
    }
    r->lines++;
    return true;
}

/* ": class shutdown or load is not allowed", if that is what bars a SET. */
static void why_barred(uint32_t classes, char *buf, size_t size)
{
    size_t len = 0;

    buf[0] = '\0';
    for (unsigned c = 0; c < UPS_CLASS_COUNT && len < size; c++)
        if (classes >> c & 1)
            len += (size_t)snprintf(buf + len, size - len, "%s%s", len ? " or " : ": class ",
                                    ups_class_names[c]);
    if (len > 0 && len < size)
        snprintf(buf + len, size - len, " is not allowed");
}

enum set_error face_check(struct face *face, const struct mib *mib, const struct mib_view *view,
                          const uint32_t *oid, size_t len, const struct mib_value *value,
                          struct control_item *item)
{
    size_t unit = view->snap ? view->snap->number - 1 : face->conf->unit_count;
    const char *unit_name = view->snap ? view->snap->unit : NULL;
    char name[160], text[96], why[96];
    enum set_error error;

    *item = (struct control_item){0};
    error = mib_set(mib, view, oid, len, value, item);
    if (error == SET_OK || !may_log(face, unit, unit_name))
        return error;
    name_of(item, oid, len, name, sizeof(name));
    value_of(value, text, sizeof(text));
    why_barred(item->barred, why, sizeof(why));
    log_msg(LOG_LVL_NOTICE, "control", unit_name, "SET %s = %s: %s%s", name, text,
            error_name(error), why);
    return error;
}

/* -- events ----------------------------------------------------------------------------------- */

const char *face_event_context(const struct face *face, const struct event *event)
{
    const struct conf_unit *unit;

    if (event_kinds[event->kind].tree == EVENT_TREE_OWN || event->unit >= face->conf->unit_count)
        return NULL;
    unit = &face->conf->unit[event->unit];
    return unit->is_default ? NULL : unit->context;
}
