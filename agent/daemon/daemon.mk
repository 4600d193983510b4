# SPDX-License-Identifier: BSD-2-Clause
# The top: command line, the core's loop, and the glue between the object layer and its faces.
noinst_LIBRARIES += agent/daemon/libdaemon.a
agent_daemon_libdaemon_a_CPPFLAGS = $(AM_CPPFLAGS) -DLIBEXECDIR='"$(libexecdir)"'
agent_daemon_libdaemon_a_SOURCES = \
	agent/daemon/background.c agent/daemon/background.h \
	agent/daemon/cli.c agent/daemon/cli.h \
	agent/daemon/daemon.c agent/daemon/daemon.h \
	agent/daemon/list.c agent/daemon/list.h \
	agent/daemon/probe.c agent/daemon/probe.h \
	agent/daemon/scan.c agent/daemon/scan.h agent/daemon/scan_private.h \
	agent/daemon/scan_ask.c \
	agent/daemon/scan_tty.c \
	agent/daemon/scan_user.c \
	agent/daemon/scan_write.c \
	agent/daemon/subagent.c agent/daemon/subagent.h \
	agent/daemon/subagent_notify.c \
	agent/daemon/subagent_private.h \
	agent/daemon/subagent_set.c

daemon_libs = agent/agentx/libagentx.a agent/face/libface.a agent/mib/libmib.a \
	agent/libagent.a drivers/libups.a

sbin_PROGRAMS += upsmibd
upsmibd_SOURCES = agent/main.c
upsmibd_LDADD = agent/daemon/libdaemon.a agent/standalone/libnostandalone.a $(daemon_libs) \
	$(MODBUS_LIBS) $(USB_LIBS)

# `upsmibd --standalone` executes this one: net-snmp's libraries cost memory even when unused.
if WITH_STANDALONE
pkglibexec_PROGRAMS = upsmibd-standalone
upsmibd_standalone_SOURCES = agent/main.c
upsmibd_standalone_LDADD = agent/daemon/libdaemon.a agent/standalone/libstandalone.a \
	$(daemon_libs) $(NETSNMP_LIBS) $(MODBUS_LIBS) $(USB_LIBS)
endif
