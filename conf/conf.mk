# SPDX-License-Identifier: BSD-2-Clause
# Examples, and the tests of configuration and command line.  Nothing goes below sysconfdir: an
# installation must not overwrite what an administrator wrote there.
exampledir = $(docdir)/examples
dist_example_DATA = \
	conf/snmpd.conf.example \
	conf/standalone.conf.example \
	conf/upsmibd.conf

# Made here and not by configure, so that sbindir and sysconfdir are those of this make.
CLEANFILES += conf/upsmibd.service
EXTRA_DIST += conf/upsmibd.service.in
conf/upsmibd.service: conf/upsmibd.service.in Makefile
	$(AM_V_GEN)$(MKDIR_P) conf && sed -e 's|@sbindir''@|$(sbindir)|g' \
		-e 's|@sysconfdir''@|$(sysconfdir)|g' $(srcdir)/conf/upsmibd.service.in >$@.tmp && mv $@.tmp $@
if SYSTEMD
systemdsystemunit_DATA = conf/upsmibd.service
endif

if HAVE_CMOCKA
CONF_TESTS = tests/unit/test_cli tests/unit/test_conf
check_PROGRAMS += $(CONF_TESTS)
TESTS += $(CONF_TESTS)
CONF_LIBS = agent/libagent.a drivers/libups.a $(MODBUS_LIBS) $(USB_LIBS) $(CMOCKA_LIBS)
tests_unit_test_cli_SOURCES = tests/unit/test_cli.c
tests_unit_test_cli_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_cli_LDADD = agent/daemon/libdaemon.a $(CONF_LIBS)
tests_unit_test_conf_SOURCES = tests/unit/test_conf.c
tests_unit_test_conf_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_conf_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=drv_find
tests_unit_test_conf_LDADD = $(CONF_LIBS)
endif

# The default of --state.  SNMPv3 keys lie in it.
install-data-local:
	$(INSTALL) -d -m 0700 "$(DESTDIR)$(localstatedir)/lib/upsmibd"
uninstall-local:
	-rmdir "$(DESTDIR)$(localstatedir)/lib/upsmibd"
