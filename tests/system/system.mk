# SPDX-License-Identifier: BSD-2-Clause
#
# Tests of the whole: the daemon, a real snmpd, net-snmp's and NUT's programs, simulated UPSes.
# They need a driver, and some of them the standalone agent.
# the longest first
system_tests = \
	tests/system/test_set.py \
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
	tests/system/test_set_stream.py \
	tests/system/test_soak.py \
	tests/system/test_start.py
	tests/system/test_start.py \
	tests/system/test_traps.py
TESTS += tests/system/test_qx.py tests/system/test_scan.py
EXTRA_DIST += tests/system/test_qx.py tests/system/test_scan.py
TESTS += tests/system/test_qx.py
TESTS += tests/system/test_voltronic.py
EXTRA_DIST += tests/system/test_qx.py
EXTRA_DIST += tests/system/test_voltronic.py
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
