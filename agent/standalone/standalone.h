/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The standalone SNMP agent: the object layer behind net-snmp's engine (v1, v2c, v3; USM, VACM),
 * for hosts that run no snmpd.  No net-snmp type appears here; agent/standalone/ is the only
 * folder that includes its headers.
 *
 * net-snmp keeps its state in globals of the process: one instance per process may exist, and one
 * start per process is what the library is good for (it leaks a little at each further one).
 * Every library call is made by the one thread that standalone_start() starts.
 *
 * Two programs are linked from the same daemon: the small one without net-snmp's libraries (they
 * cost each process memory even when unused) and upsmibd-standalone with them.  standalone_engine
 * says in which of the two one is; standalone_exec() goes from the first to the second.
 */
#ifndef STANDALONE_H
#define STANDALONE_H

#include "../core.h"

struct standalone;

struct standalone_config {
    /*
     * Where to listen, in net-snmp's notation: "udp:127.0.0.1:161", "tcp:127.0.0.1:161",
     * "udp6:[::1]:1161"; several with commas between.  NULL: "udp:127.0.0.1:161".
     */
    const char *address;
    /*
     * snmpd.conf(5) lines: rouser, rocommunity, createUser, com2sec, group, access, view,
     * trap2sink, trapsess, sysContact ...  Need not exist: then nobody is answered.  No comma.
     */
    const char *conf_file;
    /*
     * Directory of what must outlive a restart: localized keys, engine ID, boot counter.  Kept in
     * state_dir/snmp/, made if missing (mode 0700), so that it cannot be mistaken for conf_file.
     */
    const char *state_dir;
    const char *version; /* follows "upsmibd " in sysDescr; NULL: the package's version */
    const struct ups_clock *clock;
    const struct conf *conf; /* the units, their contexts, the default one */
    struct core *core;       /* answers, takes SETs, gives the events that become notifications */
    /*
     * An eventfd, not owned, that is signalled whenever core_event_next_ms() may have changed (from
     * struct core_config's wake).  Read by the agent's thread alone.
     */
    int event_fd;
};

/*
 * Starts the agent's thread and returns when it listens, or has failed (deadline 10 s).  The
 * config and its address, conf_file, state_dir and version are not needed afterwards; the rest is.
 * Removes SNMPCONFPATH and its kin from the environment and sets MIBS to nothing: call it before
 * other threads use the environment.
 *
 * Returns 0, or a negative enum ups_error with the reason in `why`: UPS_E_INVALID (address or
 * configuration), UPS_E_SYSTEM (address in use, no thread, no directory), UPS_E_TIMEOUT.
 * On failure *out is NULL.
 */
int standalone_start(const struct standalone_config *config, struct standalone **out, char *why,
                     size_t why_size);

/*
 * Stops the agent, saves what must outlive it, frees all.  NULL is fine.  Takes milliseconds, also
 * while a SET waits for its device; if the thread hangs in the library it is given up (logged)
 * after 5 s.
 */
void standalone_stop(struct standalone *agent);

/* The two calls above, for programs that may be linked without them. */
struct standalone_engine {
    int (*start)(const struct standalone_config *config, struct standalone **out, char *why,
                 size_t why_size);
    void (*stop)(struct standalone *agent);
};

/* Set in programs linked with libstandalone.a, NULL in those with libnostandalone.a. */
extern const struct standalone_engine *const standalone_engine;

/*
 * Replaces this program by upsmibd-standalone with the same arguments: the file beside the running
 * program (build tree), else the installed one in `libexec_dir`.  Call it before anything is
 * started or opened.  Returns only on failure: a negative enum ups_error with the reason in `why`.
 */
int standalone_exec(const char *libexec_dir, char *const argv[], char *why, size_t why_size);

#endif
