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
	drivers/qx/qx_port.h \
	drivers/qx/qx_usb.c drivers/qx/qx_usb.h \
	drivers/qx/qx_usb_io.c \
	drivers/qx/qx_usb_list.c \
	drivers/qx/qx_usb_open.c \
	drivers/qx/qx_usb_table.c \
	drivers/usb.c drivers/usb.h \
	drivers/usb_select.c drivers/usb_select.h \
	drivers/usb_string.c
else
drivers_libups_a_SOURCES += drivers/qx/qx_port.h drivers/qx/qx_usb_none.c
endif
