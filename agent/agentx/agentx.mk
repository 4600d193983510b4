# SPDX-License-Identifier: BSD-2-Clause
# An RFC 2741 subagent session of our own. Knows no UPS, links with nothing but libc.
noinst_LIBRARIES += agent/agentx/libagentx.a
agent_agentx_libagentx_a_SOURCES = \
	agent/agentx/codec.c agent/agentx/codec.h

if HAVE_CMOCKA
check_PROGRAMS += tests/unit/test_agentx_codec
TESTS += tests/unit/test_agentx_codec
tests_unit_test_agentx_codec_SOURCES = tests/unit/test_agentx_codec.c
tests_unit_test_agentx_codec_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_agentx_codec_LDADD = agent/agentx/libagentx.a $(CMOCKA_LIBS)
endif
