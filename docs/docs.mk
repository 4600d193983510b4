# SPDX-License-Identifier: BSD-2-Clause
# The manual pages, and what checks them against the program's tables.
dist_man_MANS += docs/upsmibd.8 docs/upsmibd.conf.5

check_PROGRAMS += tests/unit/list_options
tests_unit_list_options_SOURCES = tests/unit/list_options.c
tests_unit_list_options_LDADD = agent/libagent.a drivers/libups.a $(MODBUS_LIBS) $(USB_LIBS)

TESTS += tests/system/check_docs.sh
EXTRA_DIST += tests/system/check_docs.sh

dist_doc_DATA = README.md docs/adding-a-driver.md docs/architecture.md docs/control.md docs/nms.md \
	docs/state.md
EXTRA_DIST += docs/protocols/huawei-ups2000.md docs/protocols/siemens-sitop.md

dist_doc_DATA += docs/upsmibd-mib.md

# Huawei: what stands behind each row of its protocol.
EXTRA_DIST += docs/protocols/huawei-coverage.md tests/system/test_huawei_coverage.py
if WITH_MODBUS
TESTS += tests/system/test_huawei_coverage.py
endif

# Voltronic: what is covered, and by which test.
EXTRA_DIST += docs/protocols/voltronic-coverage.md docs/protocols/voltronic-settings.md \
	tests/system/check_coverage.py
TESTS += tests/system/check_coverage.py

# USB: what is made from the table of devices.
dist_doc_DATA += docs/usb-ups.md
dist_example_DATA += conf/60-upsmibd.rules
EXTRA_DIST += docs/protocols/voltronic.md docs/protocols/voltronic-qs.md
EXTRA_DIST += docs/protocols/qx.md docs/protocols/qx-nut.md docs/protocols/qx-usb.md tests/system/check_usb.sh
TESTS += tests/system/check_usb.sh
.PHONY: update-usb
if WITH_USB
check_PROGRAMS += tests/unit/list_usb
tests_unit_list_usb_SOURCES = tests/unit/list_usb.c
tests_unit_list_usb_LDADD = drivers/libups.a $(MODBUS_LIBS) $(USB_LIBS)
update-usb: tests/unit/list_usb
	srcdir='$(srcdir)' builddir=. $(SHELL) $(srcdir)/tests/system/check_usb.sh update
endif

# Which test shows what: made from the drivers' tables and the names that the tests print.
dist_doc_DATA += docs/qx-coverage.md
EXTRA_DIST += tests/system/coverage_map.py tests/system/test_coverage.py
TESTS += tests/system/test_coverage.py
.PHONY: update-coverage
update-coverage: upsmibd $(check_PROGRAMS)
	builddir=. $(srcdir)/tests/system/test_coverage.py update
# It reads what this one has printed, which takes a minute.
if HAVE_CMOCKA
if WITH_USB
tests/system/test_coverage.log: tests/unit/test_usb_bus.log
endif
endif
