dnl SPDX-License-Identifier: BSD-2-Clause
AC_DEFUN([UPS_FUZZER], [
  AC_ARG_ENABLE([fuzzer],
    [AS_HELP_STRING([--enable-fuzzer],
      [build the fuzz targets with libFuzzer (needs clang); without it they replay their seeds])],
    [], [enable_fuzzer=no])
  ups_fuzzer="replay of seeds"
  AS_IF([test "x$enable_fuzzer" = xyes], [
    ups_found=
    UPS_CHECK_FLAG([-fsanitize=fuzzer-no-link], [ups_found])
    AS_IF([test -z "$ups_found"], [AC_MSG_ERROR([--enable-fuzzer needs clang: configure CC=clang])])
    UPS_CFLAGS="$UPS_CFLAGS -fsanitize=fuzzer-no-link"
    ups_fuzzer=libFuzzer])
  AM_CONDITIONAL([FUZZER], [test "x$enable_fuzzer" = xyes])
])
