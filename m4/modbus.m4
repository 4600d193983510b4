dnl SPDX-License-Identifier: BSD-2-Clause
AC_DEFUN([UPS_MODBUS], [
  AC_ARG_WITH([modbus],
    [AS_HELP_STRING([--without-modbus], [without the Modbus drivers (libmodbus)])],
    [], [with_modbus=yes])
  ups_modbus=no
  AS_IF([test "x$with_modbus" != xno], [
    PKG_CHECK_MODULES([MODBUS], [libmodbus >= 3.1.4], [ups_modbus=yes],
      [AC_MSG_ERROR([libmodbus not found: install libmodbus-dev, or configure --without-modbus])])
    AC_DEFINE([WITH_MODBUS], [1], [Modbus drivers are built])])
  AM_CONDITIONAL([WITH_MODBUS], [test "$ups_modbus" = yes])
])
