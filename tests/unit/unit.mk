# SPDX-License-Identifier: BSD-2-Clause

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
