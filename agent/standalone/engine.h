/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Inside of the standalone agent: what its files know of each other.  All functions here run in
 * the agent's thread only, in this order: log, settings, registration, opening, loop, closing.
 * Still no net-snmp type, so that the thread (standalone.c) does without its headers.
 */
#ifndef STANDALONE_ENGINE_H
#define STANDALONE_ENGINE_H

#include "../face/face.h"
#include "standalone.h"

/* The name under which the library looks for its files and configuration lines. */
#define ENGINE_NAME "upsmibd"

/* One subtree in one context; my_reg_void of its registration. */
struct engine_place {
    struct engine *engine;
    const struct mib *mib;
    size_t unit; /* number in the configuration, or FACE_ALL_UNITS */
};

struct engine_set;

struct engine {
    struct standalone_config config; /* strings borrowed */
    char persistent_dir[512];
    struct face face;
    struct engine_place *place; /* a unit each, then those of all units */
    struct engine_set *set;     /* the SET under way: the library never has two */
    int stop_fd;                /* readable: it is time to stop */
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
void engine_run(struct engine *engine);

/*
 * handler.c: registers UPS-MIB once per unit and context, what concerns all units in the default
 * context.  0, or negative enum ups_error.
 */
int engine_register(struct engine *engine);

/* handler.c: when sysUpTime was 0, by the daemon's clock. */
int64_t engine_epoch(struct engine *engine);

/* set.c: room for the SET under way, and its end whatever its phase.  NULL: memory is short. */
struct engine_set *engine_set_new(struct engine *engine);
void engine_set_free(struct engine_set *set);

/* trap.c: sends events as notifications, a bounded number of them. */
void engine_send_events(struct engine *engine);

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
