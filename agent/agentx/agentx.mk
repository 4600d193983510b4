# SPDX-License-Identifier: BSD-2-Clause
# An RFC 2741 subagent session of our own. Knows no UPS, links with nothing but libc.
noinst_LIBRARIES += agent/agentx/libagentx.a
agent_agentx_libagentx_a_SOURCES = \
	agent/agentx/address.c \
	agent/agentx/codec.c agent/agentx/codec.h \
	agent/agentx/notify.c \
	agent/agentx/private.h \
	agent/agentx/registration.c \
	agent/agentx/request.c \
	agent/agentx/session.c agent/agentx/session.h \
	agent/agentx/transaction.c \
	agent/agentx/wire.c

if HAVE_CMOCKA
agentx_tests = tests/unit/test_agentx_codec tests/unit/test_agentx_session
check_PROGRAMS += $(agentx_tests)
TESTS += $(agentx_tests)
tests_unit_test_agentx_codec_SOURCES = tests/unit/test_agentx_codec.c
tests_unit_test_agentx_codec_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_agentx_codec_LDADD = agent/agentx/libagentx.a $(CMOCKA_LIBS)
tests_unit_test_agentx_session_SOURCES = tests/unit/test_agentx_session.c
tests_unit_test_agentx_session_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_agentx_session_LDADD = agent/agentx/libagentx.a $(CMOCKA_LIBS)
endif

# A subagent with numbers of its own, for the test with the real snmpd.
check_PROGRAMS += tests/unit/agentx_echo
tests_unit_agentx_echo_SOURCES = tests/unit/agentx_echo.c
tests_unit_agentx_echo_LDADD = agent/agentx/libagentx.a
TESTS += tests/system/test_agentx_snmpd.py
EXTRA_DIST += tests/system/test_agentx_snmpd.py
