/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The varbinds of notifications.  RFC 1628's four carry what the RFC lists and no more; those of
 * UPSMIBD-MIB begin with the same five objects and end with what their kind is about.
 *
 * An event may be older than the configuration and the tables (event.h): a unit, an alarm or a name
 * that there is no more is told as far as it is known.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <assert.h>
#include <string.h>

#include "mib_own.h"
#include "mib_values.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* A notification under construction. */
struct notice {
    const struct event *event;
    const struct conf *conf;
    const struct mib_view *view;
    struct mib_varbind *out;
    size_t count;
};

static const uint32_t snmp_trap_oid[] = {1, 3, 6, 1, 6, 3, 1, 1, 4, 1, 0};
static const uint32_t ups_traps[] = {1, 3, 6, 1, 2, 1, 33, 2};
static const uint32_t own_notifications[] = {MIB_OWN_NOTIFICATIONS};
static const uint32_t own_objects[] = {MIB_OWN_OBJECTS};

static_assert(COUNT(own_notifications) < MIB_VALUE_MAX, "the enterprise OID is too long");
/* a column, the unit and a name */
static_assert(COUNT(own_objects) + 5 + UPS_NAME_MAX <= MIB_OID_MAX, "no room for a name");

/* -- varbinds -- */

/* The next varbind, under this name; the caller fills in its value. */
static struct mib_varbind *add(struct notice *n, const uint32_t *oid, size_t len)
{
    struct mib_varbind *v = &n->out[n->count++];

    memset(&v->value, 0, sizeof(v->value));
    memcpy(v->oid, oid, len * sizeof(oid[0]));
    v->len = len;
    return v;
}

static void add_arc(struct mib_varbind *v, uint32_t arc)
{
    v->oid[v->len++] = arc;
}

/* IMPLIED: the bytes without their length. */
static void add_name(struct mib_varbind *v, const char *name)
{
    for (size_t i = 0; i < UPS_NAME_MAX && name[i]; i++)
        add_arc(v, (unsigned char)name[i]);
}

/* A number from a journal may be anything. */
static void put_integer(struct mib_varbind *v, int64_t n)
{
    v->value.type = MIB_INTEGER;
    v->value.v.integer = (int32_t)(n < INT32_MIN ? INT32_MIN : n > INT32_MAX ? INT32_MAX : n);
}

static void put_unsigned(struct mib_varbind *v, enum mib_type type, int64_t n)
{
    v->value.type = type;
    v->value.v.number = (uint32_t)(n < 0 ? 0 : n);
}

static void put_text(struct mib_varbind *v, const char *text, size_t most)
{
    v->value.type = MIB_OCTETS;
    v->value.v.octets = text;
    v->value.len = strnlen(text, most);
}

/* The OID of `len` sub-identifiers that was written to v->value.oid_buf. */
static void put_oid(struct mib_varbind *v, size_t len)
{
    v->value.type = MIB_OID;
    v->value.v.oid = v->value.oid_buf;
    v->value.len = len;
}

static void put_alarm(struct mib_varbind *v, enum ups_alarm alarm)
{
    memset(v->value.oid_buf, 0, 2 * sizeof(v->value.oid_buf[0])); /* zeroDotZero */
    put_oid(v, alarm < UPS_ALARM_COUNT ? mib_alarm_oid(alarm, v->value.oid_buf) : 2);
}

static void put_date(struct mib_varbind *v, int64_t wall_ms)
{
    v->value.type = MIB_OCTETS;
    v->value.v.octets = v->value.text_buf;
    v->value.len = mib_date_and_time(wall_ms, v->value.text_buf);
}

/* -- RFC 1628 -- */

/* A scalar of UPS-MIB. */
static struct mib_varbind *add_ups(struct notice *n, uint32_t group, uint32_t object)
{
    const uint32_t oid[] = {1, 3, 6, 1, 2, 1, 33, 1, group, object, 0};

    return add(n, oid, COUNT(oid));
}

static void on_battery(struct notice *n)
{
    put_integer(add_ups(n, 2, 3), n->event->number[EVENT_N_MINUTES]);
    put_integer(add_ups(n, 2, 2), n->event->number[EVENT_N_SECONDS]);
    put_integer(add_ups(n, 9, 7), n->event->number[EVENT_N_LOW]);
}

/* The sysUpTime of a moment of the wall clock. */
static uint32_t wall_timestamp(const struct mib_view *view, int64_t wall_ms)
{
    if (wall_ms <= 0)
        return 0;
    if (wall_ms > view->wall_ms)
        wall_ms = view->wall_ms;
    return mib_timestamp(view, view->now_ms - (view->wall_ms - wall_ms));
}

static void test_completed(struct notice *n)
{
    const int64_t *number = n->event->number;
    int64_t test = number[EVENT_N_TEST_ID];
    struct mib_varbind *v = add_ups(n, 7, 1);

    if (test < SNAP_TEST_ID_NONE || test > SNAP_TEST_ID_AT_UPS)
        test = SNAP_TEST_ID_NONE;
    put_oid(v, mib_test_oid((enum snap_test_id)test, v->value.oid_buf));
    put_integer(add_ups(n, 7, 2), number[EVENT_N_TEST_LOCK]);
    put_integer(add_ups(n, 7, 3), number[EVENT_N_TEST_RESULT]);
    put_text(add_ups(n, 7, 4), n->event->text, EVENT_TEXT_MAX);
    put_unsigned(add_ups(n, 7, 5), MIB_TIMETICKS,
                 wall_timestamp(n->view, number[EVENT_N_TEST_START]));
    put_integer(add_ups(n, 7, 6), number[EVENT_N_TEST_LENGTH] / 10);
}

static void alarm_row(struct notice *n)
{
    static const uint32_t entry[] = {1, 3, 6, 1, 2, 1, 33, 1, 6, 2, 1};
    struct mib_varbind *v = add(n, entry, COUNT(entry));

    add_arc(v, 1);
    add_arc(v, n->event->alarm_id);
    put_integer(v, n->event->alarm_id);
    v = add(n, entry, COUNT(entry));
    add_arc(v, 2);
    add_arc(v, n->event->alarm_id);
    put_alarm(v, n->event->alarm);
}

/* -- UPSMIBD-MIB -- */

/* A name below the objects of UPSMIBD-MIB. */
static struct mib_varbind *add_own(struct notice *n, const uint32_t *arcs, size_t count)
{
    struct mib_varbind *v = add(n, own_objects, COUNT(own_objects));

    for (size_t i = 0; i < count; i++)
        add_arc(v, arcs[i]);
    return v;
}

#define OWN(n, ...)                                                                                \
    add_own(n, (const uint32_t[]){__VA_ARGS__}, COUNT(((const uint32_t[]){__VA_ARGS__})))

/* upsmibdUnitIndex counts from 1. */
static uint32_t unit_index(const struct event *event)
{
    return event->unit < INT32_MAX ? event->unit + 1 : INT32_MAX;
}

static const char *unit_name(const struct notice *n)
{
    if (!n->conf || n->event->unit >= n->conf->unit_count)
        return "";
    return n->conf->unit[n->event->unit].name;
}

/* What is said of an event that brings no text of its own. */
static const char *plain_text(const struct event *event)
{
    static const char *const texts[EVENT_KINDS] = {
        [EVENT_COMM_LOST] = "communication with the UPS is lost",
        [EVENT_COMM_RESTORED] = "communication with the UPS is back",
        [EVENT_BYPASS_ON] = "the load is on bypass",
        [EVENT_BYPASS_OFF] = "the load is off bypass",
        [EVENT_ECO_ON] = "economy mode has begun",
        [EVENT_ECO_OFF] = "economy mode is over",
        [EVENT_OVERLOAD_ON] = "the load is above the capacity",
        [EVENT_OVERLOAD_OFF] = "the overload is over",
        [EVENT_BATTERY_REPLACE] = "the battery needs replacing",
        [EVENT_OUTPUT_OFF] = "the output is off",
        [EVENT_OUTPUT_ON] = "the output is on",
        [EVENT_COMMAND] = "a command has ended",
        [EVENT_SETTING] = "a setting was changed",
        [EVENT_OVERFLOW] = "notifications were lost: too many waited",
    };

    if (event->alarm < UPS_ALARM_COUNT)
        return ups_alarms[event->alarm].text;
    return texts[event->kind] ? texts[event->kind] : "";
}

enum { ADMIN_STRING_MAX = 255 }; /* bytes of an SnmpAdminString, RFC 3411 */

/* What all of them begin with: which one it is, of which unit, what and when. */
static void own_head(struct notice *n)
{
    const struct event *event = n->event;
    uint32_t unit = unit_index(event);
    struct mib_varbind *v;

    put_unsigned(OWN(n, MIB_OWN_NOTIFY_SEQUENCE, 0), MIB_COUNTER32, event->seq);
    v = OWN(n, MIB_OWN_UNIT_INDEX, unit);
    put_integer(v, unit);
    v = OWN(n, MIB_OWN_UNIT_NAME, unit);
    put_text(v, unit_name(n), ADMIN_STRING_MAX);
    v = OWN(n, MIB_OWN_NOTIFY_TEXT, 0);
    put_text(v, event->text[0] ? event->text : plain_text(event), EVENT_TEXT_MAX);
    put_date(OWN(n, MIB_OWN_NOTIFY_TIME, 0), event->wall_ms);
}

static void own_alarm(struct notice *n)
{
    enum { INFO = 1, WARNING, CRITICAL };
    static const int32_t severities[] = {
        [UPS_SEVERITY_INFO] = INFO,
        [UPS_SEVERITY_WARNING] = WARNING,
        [UPS_SEVERITY_CRITICAL] = CRITICAL,
    };
    enum ups_alarm alarm = n->event->alarm;

    put_alarm(OWN(n, MIB_OWN_ALARM_IDENTITY, 0), alarm);
    put_integer(OWN(n, MIB_OWN_NOTIFY_SEVERITY, 0),
                alarm < UPS_ALARM_COUNT ? severities[ups_alarms[alarm].severity] : WARNING);
}

static void command(struct notice *n)
{
    int64_t id = n->event->number[EVENT_N_COMMAND];
    struct mib_varbind *v;

    if (id < 0 || id >= UPS_COMMAND_COUNT)
        return;
    v = OWN(n, MIB_OWN_COMMAND_STATE, unit_index(n->event));
    add_name(v, ups_commands[id].name);
    put_integer(v, n->event->number[EVENT_N_STATE]);
}

static void setting(struct notice *n)
{
    int64_t id = n->event->number[EVENT_N_VAR];
    struct mib_varbind *v;

    if (id < 0 || id >= UPS_VAR_COUNT)
        return;
    v = OWN(n, MIB_OWN_VARIABLE_VALUE, unit_index(n->event));
    add_name(v, ups_vars[id].name);
    put_text(v, n->event->text, EVENT_TEXT_MAX);
}

static void overflow(struct notice *n)
{
    put_unsigned(OWN(n, MIB_OWN_NOTIFY_LOST, 0), MIB_COUNTER32, n->event->number[EVENT_N_LOST]);
}

/* -- all -- */

/* What comes after the notification's name and, with our own, after what all of them share. */
static void (*const details[EVENT_KINDS])(struct notice *n) = {
    [EVENT_ON_BATTERY] = on_battery,     [EVENT_TEST_COMPLETED] = test_completed,
    [EVENT_ALARM_ADDED] = alarm_row,     [EVENT_ALARM_REMOVED] = alarm_row,
    [EVENT_COMMAND] = command,           [EVENT_SETTING] = setting,
    [EVENT_OWN_ALARM_ADDED] = own_alarm, [EVENT_OWN_ALARM_CLEARED] = own_alarm,
    [EVENT_OVERFLOW] = overflow,
};

static void trap_oid(struct notice *n, const struct event_kind_info *kind)
{
    struct mib_varbind *v = add(n, snmp_trap_oid, COUNT(snmp_trap_oid));
    bool own = kind->tree == EVENT_TREE_OWN;
    const uint32_t *root = own ? own_notifications : ups_traps;
    size_t len = own ? COUNT(own_notifications) : COUNT(ups_traps);

    memcpy(v->value.oid_buf, root, len * sizeof(root[0]));
    v->value.oid_buf[len] = kind->arc;
    put_oid(v, len + 1);
}

size_t mib_notification(const struct event *event, const struct conf *conf,
                        const struct mib_view *view, struct mib_varbind out[MIB_NOTIFY_MAX])
{
    struct notice n = {.event = event, .conf = conf, .view = view, .out = out};
    const struct event_kind_info *kind;

    if ((unsigned)event->kind >= EVENT_KINDS)
        return 0;
    kind = &event_kinds[event->kind];
    trap_oid(&n, kind);
    if (kind->tree == EVENT_TREE_OWN)
        own_head(&n);
    if (details[event->kind])
        details[event->kind](&n);
    return n.count;
}
