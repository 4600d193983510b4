# SPDX-License-Identifier: BSD-2-Clause
# The core: what follows from readings and time.  Knows neither OIDs nor wires.
noinst_LIBRARIES += agent/libagent.a
agent_libagent_a_SOURCES = \
	agent/conf.c agent/conf.h \
	agent/conf_lex.c agent/conf_lex.h \
	agent/core.c agent/core.h \
	agent/alarms.c agent/alarms.h \
	agent/snapshot.c agent/snapshot.h \
	agent/worker.c agent/worker.h
