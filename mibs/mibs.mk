# SPDX-License-Identifier: BSD-2-Clause
#
# The MIB modules.  Ours go where net-snmp looks for them.  mibs/base goes to
# a folder of its own, so that it never stands in front of the system's own
# SNMPv2-SMI, SNMPv2-TC and SNMPv2-CONF.
mibdir = $(datadir)/snmp/mibs
dist_mib_DATA += mibs/UPS-MIB.txt mibs/UPSMIBD-MIB.txt

mibbasedir = $(pkgdatadir)/mibs/base
dist_mibbase_DATA = \
	mibs/base/SNMPv2-CONF.txt \
	mibs/base/SNMPv2-SMI.txt \
	mibs/base/SNMPv2-TC.txt

TESTS += tests/system/check_mibs.sh tests/system/test_mib_text.py
check_PROGRAMS += tests/unit/list_mib_rows
tests_unit_list_mib_rows_SOURCES = tests/unit/list_mib_rows.c
tests_unit_list_mib_rows_LDADD = agent/mib/libmib.a agent/libagent.a drivers/libups.a $(MODBUS_LIBS) $(USB_LIBS)
EXTRA_DIST += \
	mibs/gen-alarms.awk \
	tests/data/ups-mib.conformance \
	tests/data/ups-mib.objects \
	tests/system/check_mibs.sh \
	tests/system/test_mib_text.py

CLEANFILES += UPSMIBD-MIB.new

# Brings the vendor alarms of UPSMIBD-MIB up to date with the alarm table.
.PHONY: update-mibs
update-mibs:
	$(AWK) -f $(srcdir)/mibs/gen-alarms.awk $(srcdir)/drivers/ups_alarms.def \
		$(srcdir)/mibs/UPSMIBD-MIB.txt > UPSMIBD-MIB.new
	mv UPSMIBD-MIB.new $(srcdir)/mibs/UPSMIBD-MIB.txt
