/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * upsmibd.conf: the grammar of NUT's ups.conf, checked against the drivers' option tables.
 *
 * `name = value` lines, `[section]` starts a UPS, flags stand without a value, values may be
 * quoted, backslash escapes, `#` starts a comment.  Every error is told with file, line and what
 * was expected; nothing is half-used: a configuration with errors is not a configuration.
 */
#ifndef CONF_H
#define CONF_H

#include "../drivers/driver.h"

enum conf_on_stale { CONF_STALE_WITHDRAW, CONF_STALE_HOLD };

/* Settings that stand globally and per unit. */
struct conf_timing {
    int64_t pollinterval_ms; /* status polls; least 100 */
    int64_t pollfreq_ms;     /* full polls */
    int64_t maxage_ms;       /* older data are withdrawn */
    int64_t set_wait_ms;     /* 0 to 800 */
    enum conf_on_stale on_stale;
    uint32_t allow;  /* bit per enum ups_class */
    uint32_t notify; /* bit per enum event_kind (event.h): which notifications are sent */
    bool nut_compat; /* take the SETs that NUT's snmp-ups gets wrong (docs/nms.md) */
};

struct conf_unit {
    const char *name;    /* section; also the default of context */
    const char *context; /* SNMP context */
    const char *desc;    /* "" if not given */
    const char *port;
    const struct drv_driver *driver;
    struct drv_value *opt;     /* by row of driver->options */
    struct drv_preset *preset; /* default.* and override.* */
    unsigned preset_count;
    struct conf_timing timing;
    bool is_default; /* served in the default context too; exactly one unit of a configuration */
    unsigned line;   /* of the [section] */
};

struct conf {
    struct conf_timing timing;
    struct conf_unit *unit;
    size_t unit_count;
    void *store; /* all strings; freed by conf_free */
};

enum conf_severity { CONF_NOTICE, CONF_ERROR };

/* Receives each finding: "expected ..., found ..." with its place. line 0: the file as a whole. */
typedef void conf_report_fn(void *arg, enum conf_severity severity, const char *file, unsigned line,
                            const char *text);

/*
 * Reads and checks a file.  Returns the configuration (free with conf_free), or NULL after at
 * least one CONF_ERROR was reported.  All errors are reported, not just the first.
 */
struct conf *conf_load(const char *path, conf_report_fn *report, void *arg);

/* The same from memory; `name` stands for the file in reports.  For tests and fuzzing. */
struct conf *conf_parse(const char *name, const char *text, size_t len, conf_report_fn *report,
                        void *arg);

void conf_free(struct conf *conf);

/* The unit of this name, or NULL. */
const struct conf_unit *conf_find(const struct conf *conf, const char *name);

#endif
