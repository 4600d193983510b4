dnl SPDX-License-Identifier: BSD-2-Clause
dnl net-snmp-config's flags drag in perl's; pkg-config's netsnmp-agent is clean.
AC_DEFUN([UPS_NETSNMP], [
  AC_ARG_WITH([standalone],
    [AS_HELP_STRING([--without-standalone], [without the standalone agent (net-snmp's libraries)])],
    [], [with_standalone=yes])
  ups_netsnmp=no
  AS_IF([test "x$with_standalone" != xno], [
    PKG_CHECK_MODULES([NETSNMP], [netsnmp-agent >= 5.8], [ups_netsnmp=yes],
      [AC_MSG_ERROR([net-snmp not found: install libsnmp-dev, or configure --without-standalone])])
    AC_DEFINE([WITH_STANDALONE], [1], [the standalone agent is built])])
  AM_CONDITIONAL([WITH_STANDALONE], [test "$ups_netsnmp" = yes])
])
