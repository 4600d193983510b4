# SPDX-License-Identifier: BSD-2-Clause
# The device simulator of the tests and benchmarks.
noinst_PROGRAMS += tests/sim/upssim

tests_sim_upssim_SOURCES = \
	tests/sim/buf.c tests/sim/buf.h \
	tests/sim/command.c tests/sim/command.h \
	tests/sim/command_model.c \
	tests/sim/control.c \
	tests/sim/face.c tests/sim/face.h \
	tests/sim/face_huawei.c \
	tests/sim/face_qx.c \
	tests/sim/face_sitop.c \
	tests/sim/fault.c tests/sim/fault.h \
	tests/sim/huawei.h \
	tests/sim/huawei_control.c \
	tests/sim/huawei_ident.c \
	tests/sim/huawei_map.c \
	tests/sim/huawei_option.c \
	tests/sim/huawei_regs.c \
	tests/sim/huawei_request.c \
	tests/sim/io.c \
	tests/sim/main.c \
	tests/sim/model.c tests/sim/model.h \
	tests/sim/model_read.c \
	tests/sim/qx.c tests/sim/qx.h \
	tests/sim/qx_bestups.c \
	tests/sim/qx_command.c \
	tests/sim/qx_dialect.c \
	tests/sim/qx_frame.c \
	tests/sim/qx_masterguard.c \
	tests/sim/qx_option.c \
	tests/sim/qx_phases.c \
	tests/sim/qx_single.c \
	tests/sim/sim.h \
	tests/sim/sitop.c tests/sim/sitop.h \
	tests/sim/sitop_option.c \
	tests/sim/unit.c \
	tests/sim/voltronic.c \
	tests/sim/voltronic.h \
	tests/sim/voltronic_axpert.c \
	tests/sim/voltronic_command.c \
	tests/sim/voltronic_flags.c \
	tests/sim/voltronic_hex.c \
	tests/sim/voltronic_limits.c \
	tests/sim/voltronic_option.c \
	tests/sim/voltronic_outlet.c \
	tests/sim/voltronic_phases.c \
	tests/sim/voltronic_pi_option.c \
	tests/sim/voltronic_preset.c \
	tests/sim/voltronic_qs.c \
	tests/sim/voltronic_rating.c \
	tests/sim/voltronic_state.c \
	tests/sim/voltronic_state.h \
	tests/sim/voltronic_status.c
tests_sim_upssim_LDADD = -lm

upssim_tests = \
	tests/system/test_upssim.py \
	tests/system/test_upssim_qx.py \
	tests/system/test_upssim_sitop.py \
	tests/system/test_upssim_voltronic.py \
	tests/system/test_upssim_voltronic_qs.py
TESTS += $(upssim_tests)
EXTRA_DIST += $(upssim_tests)

# Models of USB devices; the front ends that show them to programs stand below.
USB_MODELS = \
	tests/sim/usb/usbdev.c tests/sim/usb/usbdev.h \
	tests/sim/usb/usbdev_other.c \
	tests/sim/usb/usbdev_report.c \
	tests/sim/usb/usbdev_string.c \
	tests/sim/usb/usbknob.c \
	tests/sim/usb/usbline.c \
	tests/sim/usb/usbrelay.c

if HAVE_UMOCKDEV
noinst_PROGRAMS += tests/sim/usb/usbsim
tests_sim_usb_usbsim_SOURCES = \
	tests/sim/usb/usbbus.c tests/sim/usb/usbbus.h \
	tests/sim/usb/usbsim.c \
	$(USB_MODELS)
tests_sim_usb_usbsim_CPPFLAGS = $(AM_CPPFLAGS) $(UMOCKDEV_CFLAGS)
tests_sim_usb_usbsim_LDADD = $(UMOCKDEV_LIBS)
endif

# The same devices for the kernel of a virtual machine (tests/vm).
check_PROGRAMS += tests/sim/usb/vhcisim
tests_sim_usb_vhcisim_SOURCES = \
	tests/sim/usb/usbip.c tests/sim/usb/usbip.h \
	tests/sim/usb/vhcisim.c \
	$(USB_MODELS)
EXTRA_DIST += \
	docs/vm.md \
	tests/vm/init.sh \
	tests/vm/kernel_usb.py \
	tests/vm/udev.py \
	tests/vm/usbbus.py \
	tests/vm/vm.py
