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
	agent/control.c agent/control.h agent/control_private.h \
	agent/control_apply.c agent/control_log.c agent/control_plan.c \
	agent/core.c agent/core.h agent/core_private.h \
	agent/core_log.c \
	agent/countdown.c \
	agent/event.c agent/event.h agent/event_kinds.def \
	agent/event_heap.c agent/event_heap.h \
	agent/event_journal.c agent/event_journal.h \
	agent/event_keep.c \
	agent/event_queue.c agent/event_queue.h \
	agent/event_record.c agent/event_record.h \
	agent/follow.c \
	agent/jobs.c \
	agent/keep.c \
	agent/kept.c \
	agent/publish.c \
	agent/record.c agent/record.h \
	agent/snapshot.c agent/snapshot.h \
	agent/solo.c \
	agent/state.c agent/state.h \
	agent/state_dir.c agent/state_dir.h \
	agent/state_file.c agent/state_file.h \
	agent/state_late.c agent/state_late.h \
	agent/tests.c \
	agent/unit.c agent/unit.h \
	agent/unit_jobs.c \
	agent/worker.c agent/worker.h
