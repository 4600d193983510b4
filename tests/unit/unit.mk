# SPDX-License-Identifier: BSD-2-Clause
# Unit tests of the model and the core; the other folders' tests stand in their own fragments.
if HAVE_CMOCKA
unit_programs = tests/unit/test_core tests/unit/test_ups tests/unit/test_worker
check_PROGRAMS += $(unit_programs)
TESTS += $(unit_programs)
unit_libs = agent/libagent.a drivers/libups.a $(MODBUS_LIBS) $(USB_LIBS) $(CMOCKA_LIBS)

tests_unit_test_core_SOURCES = tests/unit/test_core.c $(unit_core_rig)
tests_unit_test_core_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_core_LDADD = $(unit_libs)

tests_unit_test_ups_SOURCES = tests/unit/test_ups.c
tests_unit_test_ups_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_ups_LDADD = drivers/libups.a $(MODBUS_LIBS) $(USB_LIBS) $(CMOCKA_LIBS)

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
MIB_LIBS = agent/mib/libmib.a agent/libagent.a drivers/libups.a $(MODBUS_LIBS) $(USB_LIBS) $(CMOCKA_LIBS)
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

# Links and the Huawei driver: on transcripts of real bytes.
if HAVE_CMOCKA
if WITH_MODBUS
UNIT_HUAWEI = \
	tests/unit/test_huawei \
	tests/unit/test_huawei_command \
	tests/unit/test_huawei_countdown \
	tests/unit/test_huawei_faults \
	tests/unit/test_huawei_ident \
	tests/unit/test_huawei_setting \
	tests/unit/test_huawei_status \
	tests/unit/test_huawei_vet \
	tests/unit/test_link_modbus
check_PROGRAMS += $(UNIT_HUAWEI)
TESTS += $(UNIT_HUAWEI)
unit_huawei_rig = tests/unit/huawei_frames.h tests/unit/huawei_rig.c tests/unit/huawei_rig.h \
	tests/unit/transcript.c tests/unit/transcript.h
unit_huawei_cppflags = $(AM_CPPFLAGS) -I$(top_srcdir)/drivers $(MODBUS_CFLAGS) $(CMOCKA_CFLAGS)
unit_huawei_ldadd = drivers/libups.a $(MODBUS_LIBS) $(USB_LIBS) $(CMOCKA_LIBS)
tests_unit_test_huawei_SOURCES = tests/unit/test_huawei.c $(unit_huawei_rig)
tests_unit_test_huawei_CPPFLAGS = $(unit_huawei_cppflags)
tests_unit_test_huawei_LDADD = $(unit_huawei_ldadd)
tests_unit_test_huawei_command_SOURCES = tests/unit/test_huawei_command.c $(unit_huawei_rig)
tests_unit_test_huawei_command_CPPFLAGS = $(unit_huawei_cppflags)
tests_unit_test_huawei_command_LDADD = $(unit_huawei_ldadd)
tests_unit_test_huawei_countdown_SOURCES = tests/unit/test_huawei_countdown.c $(unit_huawei_rig)
tests_unit_test_huawei_countdown_CPPFLAGS = $(unit_huawei_cppflags)
tests_unit_test_huawei_countdown_LDADD = $(unit_huawei_ldadd)
tests_unit_test_huawei_faults_SOURCES = tests/unit/test_huawei_faults.c $(unit_huawei_rig)
tests_unit_test_huawei_faults_CPPFLAGS = $(unit_huawei_cppflags)
tests_unit_test_huawei_faults_LDADD = $(unit_huawei_ldadd)
tests_unit_test_huawei_ident_SOURCES = tests/unit/test_huawei_ident.c
tests_unit_test_huawei_ident_CPPFLAGS = $(unit_huawei_cppflags)
tests_unit_test_huawei_ident_LDADD = $(unit_huawei_ldadd)
tests_unit_test_huawei_setting_SOURCES = tests/unit/test_huawei_setting.c $(unit_huawei_rig)
tests_unit_test_huawei_setting_CPPFLAGS = $(unit_huawei_cppflags)
tests_unit_test_huawei_setting_LDADD = $(unit_huawei_ldadd)
tests_unit_test_huawei_status_SOURCES = tests/unit/test_huawei_status.c
tests_unit_test_huawei_status_CPPFLAGS = $(unit_huawei_cppflags)
tests_unit_test_huawei_status_LDADD = $(unit_huawei_ldadd)
tests_unit_test_huawei_vet_SOURCES = tests/unit/test_huawei_vet.c
tests_unit_test_huawei_vet_CPPFLAGS = $(unit_huawei_cppflags)
tests_unit_test_huawei_vet_LDADD = $(unit_huawei_ldadd)
tests_unit_test_link_modbus_SOURCES = tests/unit/test_link_modbus.c tests/unit/transcript.c \
	tests/unit/transcript.h
tests_unit_test_link_modbus_CPPFLAGS = $(unit_huawei_cppflags)
tests_unit_test_link_modbus_LDADD = $(unit_huawei_ldadd)
endif

check_PROGRAMS += tests/unit/test_link
TESTS += tests/unit/test_link
tests_unit_test_link_SOURCES = tests/unit/test_link.c
tests_unit_test_link_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/drivers $(CMOCKA_CFLAGS)
tests_unit_test_link_LDADD = drivers/libups.a $(CMOCKA_LIBS)
endif

# The workers' jobs, step by step.
if HAVE_CMOCKA
check_PROGRAMS += tests/unit/test_jobs
TESTS += tests/unit/test_jobs
tests_unit_test_jobs_SOURCES = tests/unit/test_jobs.c
tests_unit_test_jobs_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_jobs_LDADD = $(unit_libs)
endif

# What the core follows: status and alarm edges, battery tests, restarts, threads.  The rig stands
# in for the queue of events and the state file.
unit_core_rig = tests/unit/core_rig.c tests/unit/core_rig.h

if HAVE_CMOCKA
UNIT_FOLLOW = \
	tests/unit/test_battery_tests \
	tests/unit/test_core_restart \
	tests/unit/test_core_threads \
	tests/unit/test_follow
check_PROGRAMS += $(UNIT_FOLLOW)
TESTS += $(UNIT_FOLLOW)
tests_unit_test_battery_tests_SOURCES = tests/unit/test_battery_tests.c $(unit_core_rig)
tests_unit_test_battery_tests_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_battery_tests_LDADD = $(unit_libs)
tests_unit_test_core_restart_SOURCES = tests/unit/test_core_restart.c $(unit_core_rig)
tests_unit_test_core_restart_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_core_restart_LDADD = $(unit_libs)
tests_unit_test_core_threads_SOURCES = tests/unit/test_core_threads.c $(unit_core_rig)
tests_unit_test_core_threads_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_core_threads_LDADD = $(unit_libs)
tests_unit_test_follow_SOURCES = tests/unit/test_follow.c $(unit_core_rig)
tests_unit_test_follow_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_follow_LDADD = $(unit_libs)

check_PROGRAMS += tests/unit/test_mib_kept
TESTS += tests/unit/test_mib_kept
tests_unit_test_mib_kept_SOURCES = tests/unit/test_mib_kept.c $(MIB_FIXTURE)
tests_unit_test_mib_kept_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_mib_kept_LDADD = $(MIB_LIBS)
endif

# Events and what is kept over restarts.
if HAVE_CMOCKA
UNIT_EVENT = tests/unit/test_event tests/unit/test_event_journal tests/unit/test_state
check_PROGRAMS += $(UNIT_EVENT)
TESTS += $(UNIT_EVENT)
unit_event_rig = tests/unit/event_rig.c tests/unit/event_rig.h
tests_unit_test_event_SOURCES = tests/unit/test_event.c $(unit_event_rig)
tests_unit_test_event_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_event_LDADD = $(unit_libs)
tests_unit_test_event_journal_SOURCES = tests/unit/test_event_journal.c $(unit_event_rig)
tests_unit_test_event_journal_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_event_journal_LDADD = $(unit_libs)
tests_unit_test_state_SOURCES = tests/unit/test_state.c $(unit_event_rig)
tests_unit_test_state_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_state_LDADD = $(unit_libs)
endif

# The object layer's SETs and notifications.
if HAVE_CMOCKA
MIB_SET_TESTS = tests/unit/test_mib_notify tests/unit/test_mib_set
check_PROGRAMS += $(MIB_SET_TESTS)
TESTS += $(MIB_SET_TESTS)
tests_unit_test_mib_notify_SOURCES = tests/unit/test_mib_notify.c $(MIB_FIXTURE)
tests_unit_test_mib_notify_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_mib_notify_LDADD = $(MIB_LIBS)
tests_unit_test_mib_set_SOURCES = tests/unit/test_mib_set.c tests/unit/mib_rfc1628.inc $(MIB_FIXTURE)
tests_unit_test_mib_set_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_mib_set_LDADD = $(MIB_LIBS)
endif

# The Q* family's engine and dialects, on a device of requests and replies.
if HAVE_CMOCKA
UNIT_QX = \
	tests/unit/test_qx_captures \
	tests/unit/test_qx_claim \
	tests/unit/test_qx_commands \
	tests/unit/test_qx_estimate \
	tests/unit/test_qx_serial
check_PROGRAMS += $(UNIT_QX)
TESTS += $(UNIT_QX)
unit_qx_rig = tests/unit/qx_kinds.h tests/unit/qx_rig.c tests/unit/qx_rig.h
unit_qx_cppflags = $(AM_CPPFLAGS) -I$(top_srcdir)/drivers $(CMOCKA_CFLAGS)
unit_qx_ldadd = drivers/libups.a $(MODBUS_LIBS) $(USB_LIBS) $(CMOCKA_LIBS)
tests_unit_test_qx_captures_SOURCES = tests/unit/test_qx_captures.c tests/unit/qx_captures.h \
	$(unit_qx_rig)
tests_unit_test_qx_captures_CPPFLAGS = $(unit_qx_cppflags)
tests_unit_test_qx_captures_LDADD = $(unit_qx_ldadd)
tests_unit_test_qx_claim_SOURCES = tests/unit/test_qx_claim.c $(unit_qx_rig)
tests_unit_test_qx_claim_CPPFLAGS = $(unit_qx_cppflags)
tests_unit_test_qx_claim_LDADD = $(unit_qx_ldadd)
tests_unit_test_qx_commands_SOURCES = tests/unit/test_qx_commands.c $(unit_qx_show)
tests_unit_test_qx_commands_CPPFLAGS = $(unit_qx_cppflags)
tests_unit_test_qx_commands_LDADD = $(unit_qx_ldadd)
tests_unit_test_qx_estimate_SOURCES = tests/unit/test_qx_estimate.c $(unit_qx_rig)
tests_unit_test_qx_estimate_CPPFLAGS = $(unit_qx_cppflags)
tests_unit_test_qx_estimate_LDADD = $(unit_qx_ldadd)
tests_unit_test_qx_serial_SOURCES = tests/unit/test_qx_serial.c tests/unit/transcript.c \
	tests/unit/transcript.h
tests_unit_test_qx_serial_CPPFLAGS = $(unit_qx_cppflags)
tests_unit_test_qx_serial_LDADD = $(unit_qx_ldadd)
endif

# The workers and devices that speak unasked.
if HAVE_CMOCKA
check_PROGRAMS += tests/unit/test_stream
TESTS += tests/unit/test_stream
tests_unit_test_stream_SOURCES = tests/unit/test_stream.c
tests_unit_test_stream_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_stream_LDADD = $(unit_libs)
endif

# The SITOP driver: on bytes and a clock of the test's own.
if HAVE_CMOCKA
UNIT_SITOP = tests/unit/test_sitop tests/unit/test_sitop_command tests/unit/test_sitop_words
check_PROGRAMS += $(UNIT_SITOP)
TESTS += $(UNIT_SITOP)
unit_sitop_rig = tests/unit/sitop_rig.c tests/unit/sitop_rig.h
unit_sitop_cppflags = $(AM_CPPFLAGS) -I$(top_srcdir)/drivers $(CMOCKA_CFLAGS)
unit_sitop_ldadd = drivers/libups.a $(MODBUS_LIBS) $(USB_LIBS) $(CMOCKA_LIBS)
tests_unit_test_sitop_SOURCES = tests/unit/test_sitop.c $(unit_sitop_rig)
tests_unit_test_sitop_CPPFLAGS = $(unit_sitop_cppflags)
tests_unit_test_sitop_LDADD = $(unit_sitop_ldadd)
tests_unit_test_sitop_command_SOURCES = tests/unit/test_sitop_command.c $(unit_sitop_rig)
tests_unit_test_sitop_command_CPPFLAGS = $(unit_sitop_cppflags)
tests_unit_test_sitop_command_LDADD = $(unit_sitop_ldadd)
tests_unit_test_sitop_words_SOURCES = tests/unit/test_sitop_words.c
tests_unit_test_sitop_words_CPPFLAGS = $(unit_sitop_cppflags)
tests_unit_test_sitop_words_LDADD = $(unit_sitop_ldadd)
endif

# The core with the real queue and the real state file.
if HAVE_CMOCKA
check_PROGRAMS += tests/unit/test_core_kept
TESTS += tests/unit/test_core_kept
tests_unit_test_core_kept_SOURCES = tests/unit/test_core_kept.c $(unit_event_rig)
tests_unit_test_core_kept_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_core_kept_LDADD = $(unit_libs)
endif

# SETs: what they come to, their phases, countdowns.
if HAVE_CMOCKA
UNIT_CONTROL = \
	tests/unit/test_control \
	tests/unit/test_control_plan \
	tests/unit/test_countdown
check_PROGRAMS += $(UNIT_CONTROL)
TESTS += $(UNIT_CONTROL)
unit_control_rig = tests/unit/control_rig.c tests/unit/control_rig.h $(unit_core_rig)
tests_unit_test_control_SOURCES = tests/unit/test_control.c $(unit_control_rig)
tests_unit_test_control_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_control_LDADD = $(unit_libs)
tests_unit_test_control_plan_SOURCES = tests/unit/test_control_plan.c
tests_unit_test_control_plan_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_control_plan_LDADD = $(unit_libs)
tests_unit_test_countdown_SOURCES = tests/unit/test_countdown.c $(unit_control_rig)
tests_unit_test_countdown_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_countdown_LDADD = $(unit_libs)
endif

# The MIBs that hold all units.
if HAVE_CMOCKA
MIB_UNITS_TESTS = tests/unit/test_mib_upsmibd tests/unit/test_mib_upsmibd_set
MIB_UNITS = $(MIB_FIXTURE) tests/unit/mib_units.c tests/unit/mib_units.h
check_PROGRAMS += $(MIB_UNITS_TESTS)
TESTS += $(MIB_UNITS_TESTS)
tests_unit_test_mib_upsmibd_SOURCES = tests/unit/test_mib_upsmibd.c $(MIB_UNITS)
tests_unit_test_mib_upsmibd_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_mib_upsmibd_LDADD = $(MIB_LIBS)
tests_unit_test_mib_upsmibd_set_SOURCES = tests/unit/test_mib_upsmibd_set.c $(MIB_UNITS)
tests_unit_test_mib_upsmibd_set_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_mib_upsmibd_set_LDADD = $(MIB_LIBS)
endif

# USB: selectors, and the bridges of the Q* family on simulated devices in the same process.
if HAVE_CMOCKA
if WITH_USB
UNIT_USB = tests/unit/test_qx_usb tests/unit/test_usb_select
USB_RIG = tests/unit/usb_rig.c tests/unit/usb_rig.h $(USB_MODELS)
USB_TEST_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS) -I$(top_srcdir)/drivers
check_PROGRAMS += $(UNIT_USB)
TESTS += $(UNIT_USB)
tests_unit_test_qx_usb_SOURCES = tests/unit/test_qx_usb.c $(USB_RIG)
tests_unit_test_qx_usb_CPPFLAGS = $(USB_TEST_CPPFLAGS)
tests_unit_test_qx_usb_LDADD = drivers/libups.a $(MODBUS_LIBS) $(USB_LIBS) $(CMOCKA_LIBS)
tests_unit_test_usb_select_SOURCES = tests/unit/test_usb_select.c $(USB_RIG)
tests_unit_test_usb_select_CPPFLAGS = $(USB_TEST_CPPFLAGS)
tests_unit_test_usb_select_LDADD = drivers/libups.a $(MODBUS_LIBS) $(USB_LIBS) $(CMOCKA_LIBS)
endif
endif

# USB on a simulated bus, with the real libusb.
EXTRA_DIST += tests/unit/lsan.supp tests/unit/tsan.supp
if HAVE_CMOCKA
if WITH_USB
check_PROGRAMS += tests/unit/test_usb_bus
TESTS += tests/unit/test_usb_bus
tests_unit_test_usb_bus_SOURCES = tests/unit/test_usb_bus.c
tests_unit_test_usb_bus_CPPFLAGS = $(USB_TEST_CPPFLAGS)
tests_unit_test_usb_bus_LDADD = drivers/libups.a $(MODBUS_LIBS) $(USB_LIBS) $(CMOCKA_LIBS)
endif
endif

# The Q* dialect voltronic, on the same device.
if HAVE_CMOCKA
UNIT_VOLTRONIC = \
	tests/unit/test_qx_voltronic \
	tests/unit/test_qx_voltronic_commands \
	tests/unit/test_qx_voltronic_status
check_PROGRAMS += $(UNIT_VOLTRONIC)
TESTS += $(UNIT_VOLTRONIC)
unit_voltronic = tests/unit/qx_voltronic_unit.h $(unit_qx_rig)
tests_unit_test_qx_voltronic_SOURCES = tests/unit/test_qx_voltronic.c $(unit_voltronic)
tests_unit_test_qx_voltronic_CPPFLAGS = $(unit_qx_cppflags)
tests_unit_test_qx_voltronic_LDADD = $(unit_qx_ldadd)
tests_unit_test_qx_voltronic_commands_SOURCES = tests/unit/test_qx_voltronic_commands.c $(unit_voltronic)
tests_unit_test_qx_voltronic_commands_CPPFLAGS = $(unit_qx_cppflags)
tests_unit_test_qx_voltronic_commands_LDADD = $(unit_qx_ldadd)
tests_unit_test_qx_voltronic_status_SOURCES = tests/unit/test_qx_voltronic_status.c $(unit_voltronic)
tests_unit_test_qx_voltronic_status_CPPFLAGS = $(unit_qx_cppflags)
tests_unit_test_qx_voltronic_status_LDADD = $(unit_qx_ldadd)
endif

# What can be written to Voltronic UPSes.
if HAVE_CMOCKA
check_PROGRAMS += tests/unit/test_qx_voltronic_axpert tests/unit/test_qx_voltronic_qs
TESTS += tests/unit/test_qx_voltronic_axpert tests/unit/test_qx_voltronic_qs
tests_unit_test_qx_voltronic_axpert_SOURCES = tests/unit/test_qx_voltronic_axpert.c $(unit_qx_rig)
tests_unit_test_qx_voltronic_axpert_CPPFLAGS = $(unit_qx_cppflags)
tests_unit_test_qx_voltronic_axpert_LDADD = $(unit_qx_ldadd)
tests_unit_test_qx_voltronic_qs_SOURCES = tests/unit/test_qx_voltronic_qs.c $(unit_qx_rig)
tests_unit_test_qx_voltronic_qs_CPPFLAGS = $(unit_qx_cppflags)
tests_unit_test_qx_voltronic_qs_LDADD = $(unit_qx_ldadd)
check_PROGRAMS += tests/unit/test_qx_voltronic_settings
TESTS += tests/unit/test_qx_voltronic_settings
tests_unit_test_qx_voltronic_settings_SOURCES = tests/unit/test_qx_voltronic_settings.c \
	$(unit_qx_rig)
tests_unit_test_qx_voltronic_settings_CPPFLAGS = $(unit_qx_cppflags)
tests_unit_test_qx_voltronic_settings_LDADD = $(unit_qx_ldadd)
endif

# --scan: sections as the configuration reads them back, serial ports, who tells USB UPSes apart.
if HAVE_CMOCKA
check_PROGRAMS += tests/unit/test_scan
TESTS += tests/unit/test_scan
tests_unit_test_scan_SOURCES = tests/unit/test_scan.c
tests_unit_test_scan_CPPFLAGS = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_scan_LDADD = agent/daemon/libdaemon.a $(unit_libs)
if WITH_USB
check_PROGRAMS += tests/unit/test_qx_usb_list
TESTS += tests/unit/test_qx_usb_list
tests_unit_test_qx_usb_list_SOURCES = tests/unit/test_qx_usb_list.c
tests_unit_test_qx_usb_list_CPPFLAGS = $(USB_TEST_CPPFLAGS)
tests_unit_test_qx_usb_list_LDADD = $(unit_libs)
endif
endif

# The tables of the Q* family, for docs/qx-coverage.md.
check_PROGRAMS += tests/unit/list_qx
tests_unit_list_qx_SOURCES = tests/unit/list_qx.c
tests_unit_list_qx_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/drivers
tests_unit_list_qx_LDADD = drivers/libups.a $(MODBUS_LIBS) $(USB_LIBS)
if WITH_USB
tests_unit_list_qx_CPPFLAGS += -DWITH_USB=1
endif

# The Q* family's settings.
if HAVE_CMOCKA
unit_qx_show = tests/unit/qx_show.c tests/unit/qx_show.h $(unit_qx_rig)
check_PROGRAMS += tests/unit/test_qx_options tests/unit/test_qx_settings
TESTS += tests/unit/test_qx_options tests/unit/test_qx_settings
tests_unit_test_qx_options_SOURCES = tests/unit/test_qx_options.c $(unit_qx_show)
tests_unit_test_qx_options_CPPFLAGS = $(unit_qx_cppflags)
tests_unit_test_qx_options_LDADD = $(unit_qx_ldadd)
tests_unit_test_qx_settings_SOURCES = tests/unit/test_qx_settings.c $(unit_qx_show)
tests_unit_test_qx_settings_CPPFLAGS = $(unit_qx_cppflags)
tests_unit_test_qx_settings_LDADD = $(unit_qx_ldadd)
endif

# Every bridge in every case.
if HAVE_CMOCKA
if WITH_USB
check_PROGRAMS += tests/unit/test_qx_bridges
TESTS += tests/unit/test_qx_bridges
tests_unit_test_qx_bridges_SOURCES = tests/unit/test_qx_bridges.c $(USB_RIG)
tests_unit_test_qx_bridges_CPPFLAGS = $(USB_TEST_CPPFLAGS)
tests_unit_test_qx_bridges_LDADD = drivers/libups.a $(MODBUS_LIBS) $(USB_LIBS) $(CMOCKA_LIBS)
endif
endif
