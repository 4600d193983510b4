/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The units of a core as an AgentX subagent: what the session (agent/agentx, which knows no UPS)
 * asks for is answered by the object layer (agent/mib, which knows no AgentX).
 */
#ifndef SUBAGENT_H
#define SUBAGENT_H

#include "../core.h"

struct subagent;

/*
 * Registers UPS-MIB in every unit's context, and the default unit's in the default context too.
 * Nothing is connected yet: the loop does that.  conf, core and clock must outlive it.  NULL with
 * a message if the address is wrong or memory is short.
 */
struct subagent *subagent_new(const struct conf *conf, struct core *core,
                              const struct ups_clock *clock, const char *address, char *why,
                              size_t why_size);

/* Closes the session with the master (reason shutdown) and frees.  NULL is fine. */
void subagent_free(struct subagent *sub);

/* For the loop: descriptor (-1: none) and the poll() events it waits for. */
int subagent_fd(const struct subagent *sub);
short subagent_events(const struct subagent *sub);

/* Does what is due and what poll() found.  Never waits. */
void subagent_run(struct subagent *sub, short revents);

/* When it wants to run again, monotonic milliseconds. */
int64_t subagent_next_ms(const struct subagent *sub);

#endif
