# SPDX-License-Identifier: BSD-2-Clause
# The benchmark: built with everything else, run by `./run bench`, never by `make check`.
noinst_PROGRAMS += tests/bench/keepawake tests/bench/snmpload
tests_bench_keepawake_SOURCES = tests/bench/keepawake.c
tests_bench_snmpload_SOURCES = \
	tests/bench/snmp_client.c tests/bench/snmp_client.h \
	tests/bench/snmpload.c tests/bench/snmpload.h \
	tests/bench/snmpload_values.c

EXTRA_DIST += \
	docs/bench.md \
	tests/bench/bench.py \
	tests/bench/comeback.py \
	tests/bench/control_lab.py \
	tests/bench/endure.py \
	tests/bench/failure.py \
	tests/bench/lab.py \
	tests/bench/passpersist.py \
	tests/bench/pdu_relay.py \
	tests/bench/qx.py \
	tests/bench/reads.py \
	tests/bench/scale.py \
	tests/bench/sets.py \
	tests/bench/sitop.py \
	tests/bench/trap_sink.py \
	tests/bench/traps.py \
	tests/bench/wire_relay.py

.PHONY: bench
bench: all
	$(PYTHON3) $(srcdir)/tests/bench/bench.py --build . $(BENCH)
