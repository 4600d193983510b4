dnl SPDX-License-Identifier: BSD-2-Clause
dnl UPS_CHECK_FLAG(FLAG, VARIABLE): adds FLAG to VARIABLE if the compiler takes it.
AC_DEFUN([UPS_CHECK_FLAG], [
  AS_VAR_PUSHDEF([ups_cache], [ups_cv_flag_$1])
  AC_CACHE_CHECK([whether $CC takes $1], [ups_cache], [
    ups_save_CFLAGS=$CFLAGS
    CFLAGS="$CFLAGS -Werror $1"
    AC_LINK_IFELSE([AC_LANG_PROGRAM()], [AS_VAR_SET([ups_cache], [yes])],
                   [AS_VAR_SET([ups_cache], [no])])
    CFLAGS=$ups_save_CFLAGS])
  AS_VAR_IF([ups_cache], [yes], [$2="$$2 $1"])
  AS_VAR_POPDEF([ups_cache])
])

dnl Warnings go into our own variable, never into the user's CFLAGS.
AC_DEFUN([UPS_WARNINGS], [
  AC_ARG_ENABLE([werror],
    [AS_HELP_STRING([--enable-werror], [make warnings errors (for CI)])],
    [], [enable_werror=no])
  UPS_CFLAGS=
  m4_foreach_w([flag], [-Wall -Wextra -Wshadow -Wpointer-arith -Wcast-qual -Wstrict-prototypes
    -Wmissing-prototypes -Wold-style-definition -Wwrite-strings -Wformat=2 -Wundef -Wvla
    -Wredundant-decls -Wnested-externs -Winit-self], [UPS_CHECK_FLAG(flag, [UPS_CFLAGS])])
  AS_IF([test "x$enable_werror" = xyes], [UPS_CFLAGS="$UPS_CFLAGS -Werror"])
  AC_SUBST([UPS_CFLAGS])
])
