dnl SPDX-License-Identifier: BSD-2-Clause
AC_DEFUN([UPS_HARDENING], [
  AC_ARG_ENABLE([hardening],
    [AS_HELP_STRING([--disable-hardening], [without stack protector, FORTIFY and full RELRO])],
    [], [enable_hardening=yes])
  UPS_LDFLAGS=
  AS_IF([test "x$enable_hardening" = xyes && test "x$enable_sanitizers" != xyes], [
    UPS_CHECK_FLAG([-fstack-protector-strong], [UPS_CFLAGS])
    UPS_CHECK_FLAG([-fstack-clash-protection], [UPS_CFLAGS])
    UPS_CHECK_FLAG([-Wl,-z,relro], [UPS_LDFLAGS])
    UPS_CHECK_FLAG([-Wl,-z,now], [UPS_LDFLAGS])
    AS_CASE([$CFLAGS], [*-O0*|*-Og*], [], [UPS_CPPFLAGS="-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2"])])
  AC_SUBST([UPS_LDFLAGS])
  AC_SUBST([UPS_CPPFLAGS])
])
