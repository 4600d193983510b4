/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The UPS model: variables, status, alarms, commands, settings and readings.  No I/O, no SNMP.
 *
 * Drivers fill readings, the agent reads them; this is all that the two know of each other.
 * Everything here is a value or a constant table: nothing owns memory, copying is assignment.  Only
 * struct ups_caps shares memory: see ups_caps_copy().
 */
#ifndef UPS_H
#define UPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define UPS_LINES_MAX   3 /* phases */
#define UPS_OUTLETS_MAX 4
#define UPS_TEXT_MAX    64 /* bytes of a text variable, the closing NUL included */
#define UPS_RAW_MAX     80 /* bytes of raw protocol status kept for support */
#define UPS_NAME_MAX    40 /* bytes of the longest variable name, NUL included */

/* Typed errors of drivers and links.  Fixed numbers; texts in ups_strerror(). */
enum ups_error {
    UPS_OK = 0,
    UPS_E_TIMEOUT = -1,      /* no answer in time */
    UPS_E_GARBLED = -2,      /* an answer that breaks the protocol's rules (CRC, length, form) */
    UPS_E_REFUSED = -3,      /* the device understood and said no */
    UPS_E_UNSUPPORTED = -4,  /* the device or the driver has no such thing */
    UPS_E_DISCONNECTED = -5, /* the port is gone, was closed by the peer, or can't be opened */
    UPS_E_INVALID = -6,      /* a value out of range, an option that makes no sense */
    UPS_E_BUSY = -7,         /* the device asks to come back later */
    UPS_E_FOREIGN = -8,      /* something answers, but it is not the device it should be */
    UPS_E_SYSTEM = -9,       /* out of memory or another failure of the host */
};
#define UPS_E_LAST 9

/* Text of an error code ("timeout", ...), never NULL. */
const char *ups_strerror(enum ups_error code);

/* -- variables ------------------------------------------------------------------------------ */

enum ups_kind { UPS_KIND_NUMBER, UPS_KIND_CHOICE, UPS_KIND_TEXT };

enum ups_unit {
    UPS_UNIT_NONE,
    UPS_UNIT_COUNT,
    UPS_UNIT_VOLT,
    UPS_UNIT_AMPERE,
    UPS_UNIT_WATT,
    UPS_UNIT_VOLTAMPERE,
    UPS_UNIT_HERTZ,
    UPS_UNIT_PERCENT,
    UPS_UNIT_CELSIUS,
    UPS_UNIT_SECOND,
    UPS_UNIT_AMPEREHOUR,
    UPS_UNIT_DEGREE, /* of an angle */
};

/* Symbol of a unit ("V", "Hz", ...; "" for none and counts), never NULL. */
const char *ups_unit_symbol(enum ups_unit unit);

enum ups_var {
#define UPS_NUM(id, name, unit, decimals, flags)      UPS_VAR_##id,
#define UPS_LINE(id, name, line_name, unit, decimals) UPS_VAR_##id,
#define UPS_CHOICE(id, name, choices, flags)          UPS_VAR_##id,
#define UPS_TEXT(id, name, flags)                     UPS_VAR_##id,
#include "ups_vars.def"
#undef UPS_NUM
#undef UPS_LINE
#undef UPS_CHOICE
#undef UPS_TEXT
    UPS_VAR_COUNT
};

/* Where each variable's value lies in a reading: numbers and choices share one array. */
enum ups_num_slot {
#define UPS_NUM(id, name, unit, decimals, flags) UPS_SLOT_##id,
#define UPS_LINE(id, name, line_name, unit, decimals)                                              \
    UPS_SLOT_##id, UPS_SLOT_END_##id = UPS_SLOT_##id + UPS_LINES_MAX - 1,
#define UPS_CHOICE(id, name, choices, flags) UPS_SLOT_##id,
#define UPS_TEXT(id, name, flags)
#include "ups_vars.def"
#undef UPS_NUM
#undef UPS_LINE
#undef UPS_CHOICE
#undef UPS_TEXT
    UPS_NUM_SLOTS
};

enum ups_text_slot {
#define UPS_NUM(id, name, unit, decimals, flags)
#define UPS_LINE(id, name, line_name, unit, decimals)
#define UPS_CHOICE(id, name, choices, flags)
#define UPS_TEXT(id, name, flags) UPS_TEXTSLOT_##id,
#include "ups_vars.def"
#undef UPS_NUM
#undef UPS_LINE
#undef UPS_CHOICE
#undef UPS_TEXT
    UPS_TEXT_SLOTS
};

/* The words of choice variables; a choice's value is the index of its word. */
enum ups_charger {
    UPS_CHARGER_CHARGING,
    UPS_CHARGER_DISCHARGING,
    UPS_CHARGER_FLOATING,
    UPS_CHARGER_RESTING,
};
enum ups_approx { UPS_APPROX_BELOW_85, UPS_APPROX_ABOVE_85 };
enum ups_beeper { UPS_BEEPER_DISABLED, UPS_BEEPER_ENABLED, UPS_BEEPER_MUTED };
enum ups_yesno { UPS_NO, UPS_YES };
enum ups_switch { UPS_SWITCH_DISABLED, UPS_SWITCH_ENABLED };
enum ups_outlet { UPS_OUTLET_OFF, UPS_OUTLET_ON };
enum ups_battery { UPS_BATTERY_LI, UPS_BATTERY_FLOODED, UPS_BATTERY_AGM };
enum ups_work_range { UPS_WORK_RANGE_APPLIANCE, UPS_WORK_RANGE_UPS };

struct ups_var_info {
    const char *name;           /* NUT name, one line */
    const char *line_name;      /* NUT name per line with '#' for the line's number, or NULL */
    const char *const *choices; /* UPS_KIND_CHOICE: words, NULL at the end; else NULL */
    enum ups_kind kind;
    enum ups_unit unit;
    uint8_t decimals; /* digits printed after the point, 0 to 3 */
    uint8_t lines;    /* values per reading: UPS_LINES_MAX for per-line variables, else 1 */
    bool identity;    /* stays when the device falls silent */
    uint16_t slot;    /* first slot in ups_reading.num or .text */
};

extern const struct ups_var_info ups_vars[UPS_VAR_COUNT];

/* Finds a variable by its NUT name (without line number).  Returns UPS_VAR_COUNT if there is none.
 */
enum ups_var ups_var_find(const char *name);

/* -- status words --------------------------------------------------------------------------- */

enum ups_status_bit {
#define UPS_STATUS(id, alarm) UPS_STATUS_BIT_##id,
#include "ups_status.def"
#undef UPS_STATUS
    UPS_STATUS_COUNT
};

#define UPS_STATUS_MASK(id) ((uint32_t)1 << UPS_STATUS_BIT_##id)

/* -- alarms --------------------------------------------------------------------------------- */

enum ups_alarm {
#define UPS_ALARM_RFC(id, arc, severity, text)    UPS_ALARM_##id,
#define UPS_ALARM_VENDOR(id, arc, severity, text) UPS_ALARM_##id,
#include "ups_alarms.def"
#undef UPS_ALARM_RFC
#undef UPS_ALARM_VENDOR
    UPS_ALARM_COUNT,
    UPS_ALARM_NONE = UPS_ALARM_COUNT
};

enum ups_severity { UPS_SEVERITY_INFO, UPS_SEVERITY_WARNING, UPS_SEVERITY_CRITICAL };

struct ups_alarm_info {
    const char *text;
    uint32_t arc; /* last arc of the identity's OID */
    enum ups_severity severity;
    bool vendor; /* arc counts below upsmibdVendorAlarms instead of upsWellKnownAlarms */
};

extern const struct ups_alarm_info ups_alarms[UPS_ALARM_COUNT];

#define UPS_ALARM_WORDS ((UPS_ALARM_COUNT + 63) / 64)

/* A set of alarms. */
struct ups_alarm_set {
    uint64_t word[UPS_ALARM_WORDS];
};

static inline void ups_alarm_add(struct ups_alarm_set *set, enum ups_alarm a)
{
    if (a < UPS_ALARM_COUNT)
        set->word[a / 64] |= (uint64_t)1 << (a % 64);
}

static inline bool ups_alarm_has(const struct ups_alarm_set *set, enum ups_alarm a)
{
    return a < UPS_ALARM_COUNT && (set->word[a / 64] >> (a % 64) & 1);
}

struct ups_status_info {
    const char *word;     /* NUT's word */
    enum ups_alarm alarm; /* the alarm it implies, or UPS_ALARM_NONE */
};

extern const struct ups_status_info ups_statuses[UPS_STATUS_COUNT];

/*
 * Writes the words of `status`, separated by blanks, into buf (cut to fit, always terminated).
 * Returns the length that the whole text has.
 */
size_t ups_status_text(uint32_t status, char *buf, size_t size);

/* -- commands and settings ------------------------------------------------------------------ */

enum ups_command {
#define UPS_COMMAND(id, name, cls, unit, least, most) UPS_COMMAND_##id,
#include "ups_commands.def"
#undef UPS_COMMAND
    UPS_COMMAND_COUNT
};

/* Control classes, the words of `allow`. */
enum ups_class {
    UPS_CLASS_SHUTDOWN,
    UPS_CLASS_LOAD,
    UPS_CLASS_BYPASS,
    UPS_CLASS_BEEPER,
    UPS_CLASS_TEST,
    UPS_CLASS_ECO,
    UPS_CLASS_OUTLET,
    UPS_CLASS_SETTING,
    UPS_CLASS_COUNT
};

extern const char *const ups_class_names[UPS_CLASS_COUNT];

struct ups_command_info {
    const char *name;
    enum ups_class cls;
    enum ups_unit arg_unit; /* UPS_UNIT_NONE: takes no argument */
    int32_t arg_min, arg_max;
};

extern const struct ups_command_info ups_commands[UPS_COMMAND_COUNT];

/*
 * Numbers of an instant command, seconds; -1: the driver's configured default.
 * shutdown.return, shutdown.reboot.graceful: value = until the output goes off, second = from then
 * until it comes back.  shutdown.stayoff: value = until the output goes off.  shutdown.reboot:
 * value = how long the output stays off.  test.battery.start: value = length of the test.
 */
struct ups_command_args {
    int32_t value, second;
    /*
     * shutdown.return, shutdown.stayoff: whether the UPS starts by itself later was asked for in so
     * many words, so that cancelling the shutdown leaves ups.start.auto as the command has set it.
     */
    bool start_auto_asked;
};

/* Finds a command by its NUT name.  Returns UPS_COMMAND_COUNT if there is none. */
enum ups_command ups_command_find(const char *name);

#define UPS_COMMAND_BIT(id) ((uint32_t)1 << UPS_COMMAND_##id)

#define UPS_SETTINGS_MAX 64 /* of one device */

/* A variable of this device that can be written, as found on the device. */
struct ups_setting {
    uint16_t var;     /* enum ups_var; a number or a choice */
    uint16_t choices; /* choices: a bit per word that may be written; 0 for numbers */
    int32_t min, max; /* numbers, thousandths of the variable's unit */
    int32_t step;     /* numbers: what is taken is min + n * step; in between is rounded up */
};

/* Settings that were found once and are read by many: counted, never changed. */
struct ups_settings;

/*
 * What a device turned out to have, found when it was opened.
 * Objects that rest on something missing here are not served.
 * A device has none of all settings or a few, and every reading goes north with its caps: so the
 * settings are shared.  Zeroed: has nothing.
 */
struct ups_caps {
    uint32_t commands; /* UPS_COMMAND_BIT()s */
    int32_t off_most;  /* longest delay before switching off that the device counts, s; 0: none */
    int32_t on_most;   /* longest delay before switching on again that it counts, s; 0: none */
    bool off_unseen;   /* no reading ever shows that the output is off */
    uint32_t setting_count;
    const struct ups_setting *setting; /* ascending by var */
    struct ups_settings *shared; /* what they lie in; NULL: nowhere, or in memory of the caller's */
};

/*
 * Gives caps a copy of these settings in place of those it has, sorted by variable.  Returns false,
 * without settings, if memory is out.
 */
bool ups_caps_give(struct ups_caps *caps, const struct ups_setting *setting, uint32_t count);

/* Makes `to`, which was zeroed or has been filled in before, equal to `from`. */
void ups_caps_copy(struct ups_caps *to, const struct ups_caps *from);

/* Back to zero; the last one who has them frees the settings. */
void ups_caps_clear(struct ups_caps *caps);

/* The setting for a variable; NULL if the device can't be told. */
const struct ups_setting *ups_setting_find(const struct ups_caps *caps, enum ups_var var);

/*
 * Brings a value for a setting to one that the device takes: numbers are rounded up to the next
 * step.  Returns false, leaving *milli alone, if it is out of range or not among the choices.
 */
bool ups_setting_fit(const struct ups_setting *setting, int64_t *milli);

/* -- readings ------------------------------------------------------------------------------- */

/*
 * One reading: all variables with a "known" bit each, the status set, the alarm set, raw status.
 * Numbers are in thousandths of the variable's unit; a choice is the index of its word.
 */
struct ups_reading {
    int64_t taken_ms; /* monotonic clock, milliseconds: when the device gave the status */
    int64_t num[UPS_NUM_SLOTS];
    uint64_t known[(UPS_NUM_SLOTS + 63) / 64];
    uint32_t status; /* UPS_STATUS_MASK()s */
    struct ups_alarm_set alarms;
    char text[UPS_TEXT_SLOTS][UPS_TEXT_MAX]; /* "" = unknown */
    uint8_t raw[UPS_RAW_MAX];
    uint8_t raw_len;
};

/* Stores `milli` thousandths (choice: index of the word) as known. line: 0 to lines - 1. */
void ups_set(struct ups_reading *r, enum ups_var var, unsigned line, int64_t milli);

/* Marks a number or choice as unknown. */
void ups_unset(struct ups_reading *r, enum ups_var var, unsigned line);

/*
 * Reads a number or choice.  Returns false, leaving *milli alone, if it is not known, or `line` or
 * the kind does not fit.
 */
bool ups_get(const struct ups_reading *r, enum ups_var var, unsigned line, int64_t *milli);

/*
 * Stores text of `len` bytes: non-printing bytes dropped, blanks at both ends stripped, cut at
 * UPS_TEXT_MAX - 1.
 */
void ups_set_text(struct ups_reading *r, enum ups_var var, const char *text, size_t len);

/* The text of a text variable; "" if unknown.  Lives as long as the reading. */
const char *ups_text(const struct ups_reading *r, enum ups_var var);

/* Forgets all that was measured; identity stays. */
void ups_withdraw(struct ups_reading *r);

/*
 * Formats the value of one variable as NUT does ("230.0", "enabled", "UPS2000A").
 * Returns false if it is not known.
 */
bool ups_format(const struct ups_reading *r, enum ups_var var, unsigned line, char *buf,
                size_t size);

/*
 * Lists a reading as `upsc` does: calls emit() once per known variable with its full name and
 * value, ups.status (and ups.alarm where there are alarms) included, sorted by name.
 */
void ups_list(const struct ups_reading *r,
              void (*emit)(void *arg, const char *name, const char *value), void *arg);

#endif
