dnl SPDX-License-Identifier: BSD-2-Clause
AC_DEFUN([UPS_SYSTEMD], [
  AC_ARG_WITH([systemdsystemunitdir],
    [AS_HELP_STRING([--with-systemdsystemunitdir=DIR], [where the systemd unit goes (default: no)])],
    [], [with_systemdsystemunitdir=no])
  ups_systemd=$with_systemdsystemunitdir
  AS_IF([test "x$ups_systemd" != xno], [AC_SUBST([systemdsystemunitdir], [$ups_systemd])])
  AM_CONDITIONAL([SYSTEMD], [test "x$ups_systemd" != xno])
])
