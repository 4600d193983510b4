# SPDX-License-Identifier: BSD-2-Clause
# The core: what follows from readings and time.  Knows neither OIDs nor wires.
noinst_LIBRARIES += agent/libagent.a
agent_libagent_a_SOURCES = \
	agent/alarms.c agent/alarms.h \
	agent/conf.c agent/conf.h agent/conf_build.h \
	agent/conf_facts.c agent/conf_findings.c \
	agent/conf_lex.c agent/conf_lex.h \
	agent/conf_lines.c \
	agent/conf_options.c agent/conf_options.h \
	agent/conf_units.c \
	agent/control.c agent/control.h \
	agent/core.c agent/core.h \
	agent/event.c agent/event.h agent/event_kinds.def \
	agent/snapshot.c agent/snapshot.h \
	agent/solo.c \
	agent/state.c agent/state.h \
	agent/unit.c agent/unit.h \
	agent/unit_jobs.c \
	agent/worker.c agent/worker.h
