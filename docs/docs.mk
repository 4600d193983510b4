# SPDX-License-Identifier: BSD-2-Clause
# The manual pages, and what checks them against the program's tables.
dist_man_MANS += docs/upsmibd.8 docs/upsmibd.conf.5

check_PROGRAMS += tests/unit/list_options
tests_unit_list_options_SOURCES = tests/unit/list_options.c
tests_unit_list_options_LDADD = agent/libagent.a drivers/libups.a $(MODBUS_LIBS) $(USB_LIBS)

TESTS += tests/system/check_docs.sh
EXTRA_DIST += tests/system/check_docs.sh

dist_doc_DATA = README.md docs/adding-a-driver.md docs/architecture.md docs/nms.md
EXTRA_DIST += docs/protocols/huawei-ups2000.md
