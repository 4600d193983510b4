# SPDX-License-Identifier: BSD-2-Clause
# The top: command line, the core's loop, and the glue between the object layer and its faces.
noinst_LIBRARIES += agent/daemon/libdaemon.a
agent_daemon_libdaemon_a_SOURCES = \
	agent/daemon/cli.c agent/daemon/cli.h \
	agent/daemon/daemon.c agent/daemon/daemon.h \
	agent/daemon/probe.c agent/daemon/probe.h \
	agent/daemon/subagent.c agent/daemon/subagent.h

sbin_PROGRAMS += upsmibd
upsmibd_SOURCES = agent/main.c
upsmibd_LDADD = agent/daemon/libdaemon.a
if WITH_STANDALONE
upsmibd_LDADD += agent/standalone/libstandalone.a
endif
upsmibd_LDADD += agent/agentx/libagentx.a agent/mib/libmib.a agent/libagent.a drivers/libups.a \
	$(NETSNMP_LIBS) $(MODBUS_LIBS)
