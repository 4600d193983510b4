dnl SPDX-License-Identifier: BSD-2-Clause
AC_DEFUN([UPS_SANITIZERS], [
  AC_ARG_ENABLE([sanitizers],
    [AS_HELP_STRING([--enable-sanitizers@<:@=LIST@:>@],
      [build with sanitizers (default list: address,undefined)])],
    [], [enable_sanitizers=no])
  AS_CASE([$enable_sanitizers],
    [no], [ups_sanitizers=none],
    [yes], [ups_sanitizers=address,undefined],
    [ups_sanitizers=$enable_sanitizers])
  AS_IF([test "$ups_sanitizers" != none], [
    ups_found=
    UPS_CHECK_FLAG([-fsanitize=$ups_sanitizers], [ups_found])
    AS_IF([test -z "$ups_found"], [AC_MSG_ERROR([$CC does not take -fsanitize=$ups_sanitizers])])
    UPS_CFLAGS="$UPS_CFLAGS -fsanitize=$ups_sanitizers -fno-omit-frame-pointer"
    UPS_LDFLAGS="$UPS_LDFLAGS -fsanitize=$ups_sanitizers"
    AS_CASE([$ups_sanitizers],
      [*undefined*], [UPS_CFLAGS="$UPS_CFLAGS -fno-sanitize-recover=all"])])
])
