dnl SPDX-License-Identifier: BSD-2-Clause
AC_DEFUN([UPS_ROOT_OID], [
  AC_ARG_WITH([enterprise-oid],
    [AS_HELP_STRING([--with-enterprise-oid=OID],
      [root of UPSMIBD-MIB (default 1.3.6.1.4.1.8072.9999.9999.1628, net-snmp's playpen)])],
    [], [with_enterprise_oid=1.3.6.1.4.1.8072.9999.9999.1628])
  ups_enterprise_oid=$with_enterprise_oid
  AS_IF([printf '%s\n' "$ups_enterprise_oid" |
         grep -Eq '^1\.3\.6\.1\.4\.1(\.(0|@<:@1-9@:>@@<:@0-9@:>@*))+$'], [],
    [AC_MSG_ERROR([--with-enterprise-oid: expected 1.3.6.1.4.1.N..., found '$ups_enterprise_oid'])])
  ups_oid_arcs=`printf '%s' "$ups_enterprise_oid" | sed 's/\./, /g'`
  AC_DEFINE_UNQUOTED([UPS_ENTERPRISE_OID], [$ups_oid_arcs], [root of UPSMIBD-MIB, as arcs])
  AC_SUBST([ups_enterprise_oid])
])
