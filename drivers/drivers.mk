# SPDX-License-Identifier: BSD-2-Clause
noinst_LIBRARIES += drivers/libups.a
drivers_libups_a_CPPFLAGS = $(AM_CPPFLAGS) $(MODBUS_CFLAGS) $(USB_CFLAGS)
drivers_libups_a_SOURCES = \
	drivers/clock.c drivers/clock.h \
	drivers/driver.c drivers/driver.h \
	drivers/link.c drivers/link.h \
	drivers/log.c drivers/log.h \
	drivers/siemens_sitop.c drivers/siemens_sitop.h \
	drivers/sitop_command.c drivers/sitop_state.c drivers/sitop_words.c \
	drivers/ups.c drivers/ups.h \
	drivers/ups_alarms.def drivers/ups_commands.def drivers/ups_status.def drivers/ups_vars.def

if WITH_MODBUS
drivers_libups_a_SOURCES += \
	drivers/huawei_alarms.c \
	drivers/huawei_command.c \
	drivers/huawei_engine.c \
	drivers/huawei_ident.c \
	drivers/huawei_open.c \
	drivers/huawei_poll.c \
	drivers/huawei_regs.c \
	drivers/huawei_setting.c \
	drivers/huawei_status.c \
	drivers/huawei_steps.c \
	drivers/huawei_undo.c \
	drivers/huawei_ups2000.c drivers/huawei_ups2000.h \
	drivers/huawei_vet.c \
	drivers/huawei_wire.c \
	drivers/link_modbus.c drivers/link_modbus.h
endif

# The Q* family.  A dialect is a file of its own.
drivers_libups_a_SOURCES += \
	drivers/qx/qx.c \
	drivers/qx/qx.h \
	drivers/qx/qx_bestups.c \
	drivers/qx/qx_checksum.c \
	drivers/qx/qx_command.c \
	drivers/qx/qx_dialects.c \
	drivers/qx/qx_dialects.h \
	drivers/qx/qx_estimate.c \
	drivers/qx/qx_gtec.c \
	drivers/qx/qx_hunnox.c \
	drivers/qx/qx_innovart.c \
	drivers/qx/qx_innovatae.c \
	drivers/qx/qx_job.c \
	drivers/qx/qx_masterguard.c \
	drivers/qx/qx_masterguard.h \
	drivers/qx/qx_masterguard_decode.c \
	drivers/qx/qx_mecer.c \
	drivers/qx/qx_megatec.c \
	drivers/qx/qx_megatec_old.c \
	drivers/qx/qx_mustek.c \
	drivers/qx/qx_omron.c \
	drivers/qx/qx_open.c \
	drivers/qx/qx_parse.c \
	drivers/qx/qx_poll.c \
	drivers/qx/qx_port.c \
	drivers/qx/qx_port.h \
	drivers/qx/qx_q1.c \
	drivers/qx/qx_q2.c \
	drivers/qx/qx_q6.c \
	drivers/qx/qx_request.c \
	drivers/qx/qx_serial.c \
	drivers/qx/qx_setting.c \
	drivers/qx/qx_status.c \
	drivers/qx/qx_voltronic.c \
	drivers/qx/qx_voltronic.h \
	drivers/qx/qx_voltronic_alarms.c \
	drivers/qx/qx_voltronic_apply.c \
	drivers/qx/qx_voltronic_axpert.c \
	drivers/qx/qx_voltronic_axpert.h \
	drivers/qx/qx_voltronic_axpert_state.c \
	drivers/qx/qx_voltronic_decode.c \
	drivers/qx/qx_voltronic_flags.c \
	drivers/qx/qx_voltronic_limits.c \
	drivers/qx/qx_voltronic_mode.c \
	drivers/qx/qx_voltronic_phases.c \
	drivers/qx/qx_voltronic_qs.c \
	drivers/qx/qx_voltronic_qs.h \
	drivers/qx/qx_voltronic_qs_hex.c \
	drivers/qx/qx_voltronic_safe.c \
	drivers/qx/qx_voltronic_set.h \
	drivers/qx/qx_voltronic_state.c \
	drivers/qx/qx_wire.c \
	drivers/qx/qx_zinto.c

if WITH_USB
drivers_libups_a_SOURCES += \
	drivers/qx/qx_bridge_ablerex.c \
	drivers/qx/qx_bridge_armac.c \
	drivers/qx/qx_bridge_block.c \
	drivers/qx/qx_bridge_fuji.c \
	drivers/qx/qx_bridge_report.c \
	drivers/qx/qx_bridge_sgs.c \
	drivers/qx/qx_bridge_stream.c \
	drivers/qx/qx_bridge_string.c \
	drivers/qx/qx_bridges.c \
	drivers/qx/qx_usb.c drivers/qx/qx_usb.h \
	drivers/qx/qx_usb_io.c \
	drivers/qx/qx_usb_list.c \
	drivers/qx/qx_usb_open.c \
	drivers/qx/qx_usb_table.c \
	drivers/usb.c drivers/usb.h \
	drivers/usb_select.c drivers/usb_select.h \
	drivers/usb_string.c
else
drivers_libups_a_SOURCES += drivers/qx/qx_usb_none.c
endif
