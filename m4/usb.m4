dnl SPDX-License-Identifier: BSD-2-Clause
dnl The USB drivers come with the Q* family; the option is settled here so that packagers can rely
dnl on it, and libusb is looked for so that its absence is told at configure time.
AC_DEFUN([UPS_USB], [
  AC_ARG_WITH([usb],
    [AS_HELP_STRING([--without-usb], [without USB (libusb-1.0)])],
    [], [with_usb=yes])
  ups_usb=no
  AS_IF([test "x$with_usb" != xno], [
    PKG_CHECK_MODULES([USB], [libusb-1.0 >= 1.0.22], [ups_usb=yes],
      [AC_MSG_ERROR([libusb-1.0 not found: install libusb-1.0-0-dev, or configure --without-usb])])
    AC_DEFINE([WITH_USB], [1], [USB is built])])
  AM_CONDITIONAL([WITH_USB], [test "$ups_usb" = yes])
])
