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

# The object layer.  `tests/unit/test_mib_walk bench` measures it.
if HAVE_CMOCKA
MIB_TESTS = \
	tests/unit/test_mib_defects \
	tests/unit/test_mib_rows \
	tests/unit/test_mib_tree \
	tests/unit/test_mib_walk
MIB_FIXTURE = tests/unit/mib_fixture.c tests/unit/mib_fixture.h
MIB_LIBS = agent/mib/libmib.a agent/libagent.a drivers/libups.a $(CMOCKA_LIBS)
check_PROGRAMS += $(MIB_TESTS)
TESTS += $(MIB_TESTS)
tests_unit_test_mib_defects_SOURCES = tests/unit/test_mib_defects.c $(MIB_FIXTURE)
tests_unit_test_mib_defects_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_mib_defects_LDADD = $(MIB_LIBS)
tests_unit_test_mib_rows_SOURCES = tests/unit/test_mib_rows.c tests/unit/mib_rfc1628.inc $(MIB_FIXTURE)
tests_unit_test_mib_rows_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_mib_rows_LDADD = $(MIB_LIBS)
tests_unit_test_mib_tree_SOURCES = tests/unit/test_mib_tree.c tests/unit/mib_tree.inc $(MIB_FIXTURE)
tests_unit_test_mib_tree_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_mib_tree_LDADD = $(MIB_LIBS)
tests_unit_test_mib_walk_SOURCES = tests/unit/test_mib_walk.c $(MIB_FIXTURE)
tests_unit_test_mib_walk_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_mib_walk_LDADD = $(MIB_LIBS)
endif
