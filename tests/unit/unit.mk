# SPDX-License-Identifier: BSD-2-Clause
# Unit tests of the model and the core; the other folders' tests stand in their own fragments.
if HAVE_CMOCKA
unit_programs = tests/unit/test_core tests/unit/test_ups tests/unit/test_worker
check_PROGRAMS += $(unit_programs)
TESTS += $(unit_programs)
unit_libs = agent/libagent.a drivers/libups.a $(MODBUS_LIBS) $(CMOCKA_LIBS)

tests_unit_test_core_SOURCES = tests/unit/test_core.c
tests_unit_test_core_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_core_LDADD = $(unit_libs)

tests_unit_test_ups_SOURCES = tests/unit/test_ups.c
tests_unit_test_ups_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_ups_LDADD = drivers/libups.a $(MODBUS_LIBS) $(CMOCKA_LIBS)

tests_unit_test_worker_SOURCES = tests/unit/test_worker.c
tests_unit_test_worker_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_worker_LDADD = $(unit_libs)
endif
