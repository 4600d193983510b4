dnl SPDX-License-Identifier: BSD-2-Clause
AC_DEFUN([UPS_THREADS], [
  UPS_CHECK_FLAG([-pthread], [UPS_CFLAGS])
  AC_SEARCH_LIBS([pthread_create], [pthread], [], [AC_MSG_ERROR([POSIX threads are needed])])
])
