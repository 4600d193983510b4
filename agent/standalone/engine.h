/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Inside of the standalone agent: what its files know of each other.  All functions here run in
 * the agent's thread only, in this order: log, settings, registration, opening, loop, closing.
 * Still no net-snmp type, so that the thread (standalone.c) does without its headers.
 */
#ifndef STANDALONE_ENGINE_H
#define STANDALONE_ENGINE_H

#include "standalone.h"

/* The name under which the library looks for its files and configuration lines. */
#define ENGINE_NAME "upsmibd"

/* One subtree in one context; my_reg_void of its registration. */
struct engine_place {
    struct engine *engine;
    void *cookie;
};

struct engine {
    struct standalone_config config; /* strings borrowed */
    char persistent_dir[512];
    struct engine_place *place; /* unit_count + 1 for the default context */
    bool library_up;            /* init_agent() was called */
    bool epoch_known;
    int64_t epoch_ms; /* when sysUpTime was 0 */
    char *why;
    size_t why_size;
};

/* engine.c: brings the library up until it listens.  0, or negative enum ups_error and why. */
int engine_open(struct engine *engine);

/* engine.c: undoes engine_open(), also half of it; saves the persistent file. */
void engine_close(struct engine *engine);

/* loop.c: serves until stop_fd is readable. */
void engine_run(int stop_fd);

/* handler.c: registers the UPS-MIB once per unit and context.  0, or negative enum ups_error. */
int engine_register(struct engine *engine);

/* system_context.c: the system group in a unit's context.  0, or negative enum ups_error. */
int engine_register_system(const char *context);

/* access.c: what is to be set before init_agent(): directories, search path. */
int engine_settings(struct engine *engine);

/* access.c: says once what to write into conf_file if it lets nobody in. */
void engine_access_notice(const struct engine *engine);

/* access.c: routes the library's own log to log_msg("snmp", ...). */
void engine_log_open(void);

/* system.c: sysDescr and sysObjectID as configuration lines may override them. */
void engine_system_group(const struct engine *engine);

/* environ.c: removes what would let the environment choose the library's files. */
void engine_clean_environment(void);

/* standalone.c: the package's version. */
const char *engine_version(const struct engine *engine);

#endif
