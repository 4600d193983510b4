# SPDX-License-Identifier: BSD-2-Clause
# The standalone SNMP agent; the only folder that includes net-snmp.
#
# Two programs are made of the daemon: upsmibd, which pays for none of net-snmp's libraries, and
# upsmibd-standalone, which `upsmibd --standalone` executes.  What differs is this one library:
# libstandalone.a, or libnostandalone.a that says it is not there.

noinst_LIBRARIES += agent/standalone/libnostandalone.a
agent_standalone_libnostandalone_a_SOURCES = \
	agent/standalone/absent.c \
	agent/standalone/exec.c \
	agent/standalone/standalone.h

if WITH_STANDALONE
noinst_LIBRARIES += agent/standalone/libstandalone.a
agent_standalone_libstandalone_a_SOURCES = \
	agent/standalone/access.c \
	agent/standalone/engine.c agent/standalone/engine.h \
	agent/standalone/environ.c \
	agent/standalone/exec.c \
	agent/standalone/handler.c \
	agent/standalone/loop.c \
	agent/standalone/netsnmp.c agent/standalone/netsnmp.h \
	agent/standalone/present.c \
	agent/standalone/set.c \
	agent/standalone/standalone.c agent/standalone/standalone.h \
	agent/standalone/system.c \
	agent/standalone/system_context.c \
	agent/standalone/trap.c
agent_standalone_libstandalone_a_CPPFLAGS = $(AM_CPPFLAGS) $(NETSNMP_CFLAGS)

# The adapter by itself, for tests/system/test_standalone.py and the benchmark.
check_PROGRAMS += tests/unit/standalone_demo
tests_unit_standalone_demo_SOURCES = tests/unit/standalone_demo.c
tests_unit_standalone_demo_LDADD = agent/standalone/libstandalone.a agent/face/libface.a \
	agent/mib/libmib.a agent/libagent.a drivers/libups.a $(NETSNMP_LIBS) $(MODBUS_LIBS) $(USB_LIBS)
TESTS += tests/system/test_standalone.py
endif
EXTRA_DIST += conf/standalone.conf.example tests/system/tap.py tests/system/test_standalone.py
