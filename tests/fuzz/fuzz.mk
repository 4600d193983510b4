# SPDX-License-Identifier: BSD-2-Clause
# Fuzz targets.  With --enable-fuzzer they are libFuzzer programs for `./run fuzz`; without it they
# replay their seeds, and variants of them, as tests.
fuzz_programs = tests/fuzz/fuzz_agentx tests/fuzz/fuzz_conf tests/fuzz/fuzz_journal \
	tests/fuzz/fuzz_qx tests/fuzz/fuzz_sitop tests/fuzz/fuzz_state
if WITH_MODBUS
fuzz_programs += tests/fuzz/fuzz_huawei_ident tests/fuzz/fuzz_huawei_regs
endif
if WITH_USB
fuzz_programs += tests/fuzz/fuzz_qx_usb
endif

if FUZZER
noinst_PROGRAMS += $(fuzz_programs)
fuzz_main =
fuzz_ldflags = $(AM_LDFLAGS) -fsanitize=fuzzer
else
check_PROGRAMS += $(fuzz_programs)
TESTS += tests/fuzz/replay.sh
fuzz_main = tests/fuzz/replay.c
fuzz_ldflags = $(AM_LDFLAGS)
endif

tests_fuzz_fuzz_agentx_SOURCES = tests/fuzz/fuzz_agentx.c $(fuzz_main)
tests_fuzz_fuzz_agentx_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_agentx_LDADD = agent/agentx/libagentx.a

tests_fuzz_fuzz_conf_SOURCES = tests/fuzz/fuzz_conf.c $(fuzz_main)
tests_fuzz_fuzz_conf_LDFLAGS = $(fuzz_ldflags) -Wl,--wrap=drv_find
tests_fuzz_fuzz_conf_LDADD = agent/libagent.a drivers/libups.a $(MODBUS_LIBS) $(USB_LIBS)

tests_fuzz_fuzz_huawei_ident_SOURCES = tests/fuzz/fuzz_huawei_ident.c $(fuzz_main)
tests_fuzz_fuzz_huawei_ident_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_huawei_ident_LDADD = drivers/libups.a $(MODBUS_LIBS) $(USB_LIBS)

tests_fuzz_fuzz_huawei_regs_SOURCES = tests/fuzz/fuzz_huawei_regs.c $(fuzz_main)
tests_fuzz_fuzz_huawei_regs_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_huawei_regs_LDADD = drivers/libups.a $(MODBUS_LIBS) $(USB_LIBS)

tests_fuzz_fuzz_sitop_SOURCES = tests/fuzz/fuzz_sitop.c $(fuzz_main)
tests_fuzz_fuzz_sitop_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_sitop_LDADD = drivers/libups.a $(MODBUS_LIBS) $(USB_LIBS)

tests_fuzz_fuzz_qx_usb_SOURCES = tests/fuzz/fuzz_qx_usb.c $(fuzz_main)
tests_fuzz_fuzz_qx_usb_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_qx_usb_LDADD = drivers/libups.a $(MODBUS_LIBS) $(USB_LIBS)

tests_fuzz_fuzz_qx_SOURCES = tests/fuzz/fuzz_qx.c $(fuzz_main)
tests_fuzz_fuzz_qx_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_qx_LDADD = drivers/libups.a $(MODBUS_LIBS) $(USB_LIBS)

tests_fuzz_fuzz_journal_SOURCES = tests/fuzz/fuzz_journal.c $(fuzz_main)
tests_fuzz_fuzz_journal_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_journal_LDADD = agent/libagent.a drivers/libups.a $(MODBUS_LIBS) $(USB_LIBS)

tests_fuzz_fuzz_state_SOURCES = tests/fuzz/fuzz_state.c $(fuzz_main)
tests_fuzz_fuzz_state_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_state_LDADD = agent/libagent.a drivers/libups.a $(MODBUS_LIBS) $(USB_LIBS)

EXTRA_DIST += tests/fuzz/replay.c tests/fuzz/replay.sh tests/fuzz/agentx_seeds.py tests/fuzz/seeds

.PHONY: fuzz-targets
fuzz-targets: $(fuzz_programs)
