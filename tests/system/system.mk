# SPDX-License-Identifier: BSD-2-Clause
#
# Tests of the whole: the daemon, a real snmpd, net-snmp's and NUT's programs, simulated UPSes.
# They need a driver, and some of them the standalone agent.
# the longest first
system_tests = \
	tests/system/test_set.py \
	tests/system/test_set_sitop.py \
	tests/system/test_set_sitop_standalone.py \
	tests/system/test_set_qx.py \
	tests/system/test_set_qx_tables.py \
	tests/system/test_set_qx_refused.py \
	tests/system/test_usb.py \
	tests/system/test_usb_replug.py \
	tests/system/test_run_commands.py \
	tests/system/test_traps.py \
	tests/system/test_sitop.py \
	tests/system/test_agentx.py \
	tests/system/test_alarms.py \
	tests/system/test_daemon_standalone.py \
	tests/system/test_defects.py \
	tests/system/test_demo.py \
	tests/system/test_garbage.py \
	tests/system/test_huawei_control.py \
	tests/system/test_life.py \
	tests/system/test_life_tcp.py \
	tests/system/test_master.py \
	tests/system/test_nut.py \
	tests/system/test_replug.py \
	tests/system/test_set_stream.py \
	tests/system/test_soak.py \
	tests/system/test_start.py
qx_tests = \
	tests/system/test_qx.py \
	tests/system/test_scan.py \
	tests/system/test_voltronic.py \
	tests/system/test_voltronic_qs.py \
	tests/system/test_voltronic_settings.py
TESTS += $(qx_tests)
EXTRA_DIST += $(qx_tests) tests/system/nut_rows.py
if WITH_MODBUS
if WITH_STANDALONE
TESTS += $(system_tests)
endif
endif
EXTRA_DIST += $(system_tests) \
	tests/system/demo.py \
	tests/system/harness.py \
	tests/system/lint.sh \
	tests/system/snmp.py \
	tests/system/tap.py \
	docs/soak.md \
	tests/soak/failures.py \
	tests/soak/rules.py \
	tests/soak/sets.py \
	tests/soak/soak.py
