# SPDX-License-Identifier: BSD-2-Clause
# The object layer: GET, GETNEXT and SET by OID on a snapshot, and the varbinds of notifications.
noinst_LIBRARIES += agent/mib/libmib.a
agent_mib_libmib_a_SOURCES = \
	agent/mib/mib.c agent/mib/mib.h \
	agent/mib/mib_date.c \
	agent/mib/mib_entity.c \
	agent/mib/mib_give.h \
	agent/mib/mib_identity.c \
	agent/mib/mib_index.c agent/mib/mib_index.h \
	agent/mib/mib_names.c agent/mib/mib_names.def agent/mib/mib_names.h \
	agent/mib/mib_notify.c \
	agent/mib/mib_own.h \
	agent/mib/mib_own_alarm.c \
	agent/mib/mib_own_command.c \
	agent/mib/mib_own_control.c \
	agent/mib/mib_own_outlet.c \
	agent/mib/mib_own_reading.c \
	agent/mib/mib_own_unit.c \
	agent/mib/mib_own_values.h \
	agent/mib/mib_own_variable.c \
	agent/mib/mib_row.h \
	agent/mib/mib_set.c \
	agent/mib/mib_setters.c agent/mib/mib_setters.h \
	agent/mib/mib_table.h \
	agent/mib/mib_ups.c \
	agent/mib/mib_upsmibd.c \
	agent/mib/mib_values.c agent/mib/mib_values.h
