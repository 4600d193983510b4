dnl SPDX-License-Identifier: BSD-2-Clause
AC_DEFUN([UPS_CMOCKA], [
  PKG_CHECK_MODULES([CMOCKA], [cmocka], [ups_cmocka=yes], [ups_cmocka="no (cmocka not found)"])
  AM_CONDITIONAL([HAVE_CMOCKA], [test "$ups_cmocka" = yes])
])
