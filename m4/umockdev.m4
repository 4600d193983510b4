dnl SPDX-License-Identifier: BSD-2-Clause
dnl For the tests of USB on a simulated bus; without it they are skipped.
AC_DEFUN([UPS_UMOCKDEV], [
  PKG_CHECK_MODULES([UMOCKDEV], [umockdev-1.0], [ups_umockdev=yes],
    [ups_umockdev="no (umockdev-1.0 not found)"])
  AM_CONDITIONAL([HAVE_UMOCKDEV], [test "$ups_umockdev" = yes])
  AS_IF([test "$ups_umockdev" = yes], [AC_DEFINE([HAVE_UMOCKDEV], [1], [umockdev is there])])
])
