#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# Checks the MIB modules with the tools of libsmi and net-snmp, using nothing
# but the modules in mibs/ and mibs/base/.  Prints TAP.
#
#   check_mibs.sh [SOURCE-DIRECTORY]       default: $srcdir, else .

src=$(cd "${1:-${srcdir:-.}}" && pwd) || exit 99
awk=${AWK:-awk}
tmp=$(mktemp -d) || exit 99
trap 'rm -rf "$tmp"' EXIT
trap 'exit 99' HUP INT TERM

# The machine's own settings and modules must not help or hinder.
unset MIBS MIBDIRS SMIPATH MIBFILES MIB_PREFIX
HOME=$tmp
SNMPCONFPATH=$tmp
SNMP_PERSISTENT_DIR=$tmp/persist
LC_ALL=C
export HOME SNMPCONFPATH SNMP_PERSISTENT_DIR LC_ALL
mkdir "$tmp/persist" "$tmp/persist/cert_indexes"
printf 'path %s\n' "$src/mibs:$src/mibs/base" >"$tmp/smi.conf"
dirs=$src/mibs/base:$src/mibs

objects=$src/tests/data/ups-mib.objects
root=.1.3.6.1.2.1.33
tests=0

# result NAME: ok if the last command succeeded, else not ok with $tmp/why.
result() {
    status=$?
    tests=$((tests + 1))
    if [ "$status" -eq 0 ]; then
        echo "ok $tests - $1"
    else
        echo "not ok $tests - $1"
        [ ! -s "$tmp/why" ] || sed 's/^/# /; 30q' "$tmp/why"
    fi
    : >"$tmp/why"
}

# skip NAME TOOL
skip() {
    tests=$((tests + 1))
    echo "ok $tests - $1 # SKIP $2 is not installed"
}

have() {
    command -v "$1" >/dev/null 2>&1
}

translate() {
    snmptranslate -M "$dirs" -m UPS-MIB:UPSMIBD-MIB "$@"
}

# Says nothing, neither about the module nor about what it imports.
lints_silently() {
    smilint -c "$tmp/smi.conf" -r -l 4 "$1" >"$tmp/why" 2>&1 || echo "exit status $?" >>"$tmp/why"
    [ ! -s "$tmp/why" ]
}

# smilint must be able to complain, or its silence means nothing.
lint_finds_faults() {
    sed 's/batteryLow(3)/batteryLow(2)/' "$src/mibs/UPS-MIB.txt" >"$tmp/UPS-MIB.txt"
    smilint -c "$tmp/smi.conf" -l 4 "$tmp/UPS-MIB.txt" >"$tmp/lint" 2>&1
    [ -s "$tmp/lint" ] && return
    echo "smilint accepts a module with a fault in it" >"$tmp/why"
    return 1
}

# Parses with the given options without a word on stderr.  With -Pw net-snmp
# remarks on every macro of whatever SNMPv2-SMI there is: no fault of a module.
parses_silently() {
    translate "$@" -Tp >"$tmp/tree" 2>"$tmp/err" || echo "exit status $?" >>"$tmp/err"
    grep -v ' MACRO (lines [0-9.]* parsed and ignored)\.$' "$tmp/err" >"$tmp/why"
    [ -s "$tmp/tree" ] || echo "no tree" >>"$tmp/why"
    [ ! -s "$tmp/why" ]
}

# As an addition to the default modules (which may be missing on this machine,
# and then are complained about): no complaint about ours.
adds_silently() {
    snmptranslate -M "+$dirs" -m +UPS-MIB:UPSMIBD-MIB -Pe -On UPS-MIB::upsMIB >"$tmp/out" 2>"$tmp/err"
    grep -e 'UPS-MIB' -e UPSMIBD -e "$src" "$tmp/err" | grep -v '^MIB search path' >"$tmp/why"
    [ "$(cat "$tmp/out")" = "$root" ] || cat "$tmp/out" >>"$tmp/why"
    [ ! -s "$tmp/why" ]
}

# Every name of the table to its OID and back.
translates_both_ways() {
    # shellcheck disable=SC2046 # names and OIDs are single words
    translate -On $(sed 's/.* /UPS-MIB::/' "$tmp/names") >"$tmp/oids" 2>"$tmp/why"
    sed '/^$/d' "$tmp/oids" >"$tmp/got"
    sed 's/ .*//' "$tmp/names" >"$tmp/want"
    diff "$tmp/want" "$tmp/got" >>"$tmp/why"
    # shellcheck disable=SC2046
    translate $(cat "$tmp/want") 2>>"$tmp/why" | sed '/^$/d' >"$tmp/got"
    sed 's/.* /UPS-MIB::/' "$tmp/names" | diff - "$tmp/got" >>"$tmp/why"
    [ ! -s "$tmp/why" ]
}

# Nothing below upsMIB that is not in the table.
has_no_other_nodes() {
    snmptranslate -M "$dirs" -m UPS-MIB -To 2>"$tmp/why" | grep "^\\$root" | sort >"$tmp/got"
    sed 's/ .*//' "$tmp/names" | sort | diff - "$tmp/got" >>"$tmp/why"
    [ ! -s "$tmp/why" ]
}

# snmptranslate -Td as rows of the table, without the OID.
definitions_as_rows() {
    # shellcheck disable=SC2016 # an awk program
    "$awk" '
    function flush() {
        if (name != "")
            print name "|" kind (syntax == "" ? "" : (convention syntax)) "|" access "|" units
        name = kind = syntax = convention = access = units = ""
    }
    function rest() {
        sub(/^ *[A-Z-]+[ \t]+/, "")
        sub(/ *$/, "")
        return $0
    }
    /^[a-zA-Z0-9]+ [A-Z-]+$/            { flush(); name = $1; kind = $2; described = 0 }
    /^  DESCRIPTION\t/                  { described = 1 }
    /^::= /                             { if (kind == "OBJECT-TYPE") kind = ""; flush() }
    described                           { next }
    /^  -- TEXTUAL CONVENTION /         { convention = $4 " " }
    /^  SYNTAX\t/                       { syntax = rest() }
    /^  INDEX\t/                        { sub(/^  INDEX[ \t]+/, ""); syntax = "INDEX " $0 }
    /^  MAX-ACCESS\t/                   { access = rest() }
    /^  OBJECTS\t/                      { gsub(/^  OBJECTS[ \t]+\{ | \} *$/, ""); access = $0 }
    /^  UNITS\t/                        { gsub(/^  UNITS[ \t]+"|" *$/, ""); units = $0 }
    '
}

# Syntax, access, units and notified objects of everything in the table.
defines_what_the_table_says() {
    # shellcheck disable=SC2046
    translate -Td $(sed 's/.* /UPS-MIB::/' "$tmp/names") 2>"$tmp/why" | definitions_as_rows >"$tmp/got"
    # net-snmp calls a plain node an OBJECT-TYPE without syntax.
    grep -v '^#' "$objects" | sed 's/|OBJECT IDENTIFIER||$/|||/; s/^\([^|]*\)|[^|]*/\1/' |
        diff - "$tmp/got" >>"$tmp/why"
    [ ! -s "$tmp/why" ]
}

# Groups and compliance statements, in the form of the table of conformance.
conformance_as_rows() {
    # shellcheck disable=SC2016
    "$awk" -F'"' '
    /<group name=/          { ours = $4 ~ /^1\.3\.6\.1\.2\.1\.33\./; row = "group " $2 ":" }
    /<member /              { row = row " " $4 }
    /<\/group>/             { if (ours) print row }
    /<compliance name=/     { level = $2 }
    /<mandatory /           { print level, "mandatory", $4 }
    /<option /              { print level, "optional", $4 }
    /<refinement /          { object = $4; what = "about"; values = "" }
    /<namednumber /         { what = "syntax"; values = values " " $2 "(" $4 ")" }
    /<access>/              { what = "access"; gsub(/.*<access>|<\/access>.*/, ""); values = " " $0 }
    /<\/refinement>/        { print level, what, object values }
    '
}

conforms_as_the_table_says() {
    smidump -c "$tmp/smi.conf" -l 0 -f xml UPS-MIB 2>"$tmp/why" | sed -n '/<groups>/,$p' |
        conformance_as_rows | sort >"$tmp/got"
    grep -v '^#' "$src/tests/data/ups-mib.conformance" | sort | diff - "$tmp/got" >>"$tmp/why"
    [ ! -s "$tmp/why" ]
}

# The vendor alarms in UPSMIBD-MIB are those of the alarm table.
vendor_alarms_are_fresh() {
    "$awk" -f "$src/mibs/gen-alarms.awk" "$src/drivers/ups_alarms.def" \
        "$src/mibs/UPSMIBD-MIB.txt" >"$tmp/fresh" 2>"$tmp/why" &&
        diff "$src/mibs/UPSMIBD-MIB.txt" "$tmp/fresh" >>"$tmp/why" && return
    echo "run: make update-mibs" >>"$tmp/why"
    return 1
}

# generator_refuses ROW: rows that have no definition are errors.
generator_refuses() {
    printf '%s\n' 'UPS_ALARM_VENDOR(ACME_1, 30, INFO, "one")' "$1" >"$tmp/bad.def"
    "$awk" -f "$src/mibs/gen-alarms.awk" "$tmp/bad.def" "$src/mibs/UPSMIBD-MIB.txt" \
        >"$tmp/out" 2>"$tmp/err"
    status=$?
    if [ "$status" -eq 0 ] || ! grep -q 'bad.def:2: ' "$tmp/err"; then
        echo "exit status $status for: $1" >"$tmp/why"
        return 1
    fi
}

# Each arc of the alarm table is found by the name that the module gives it.
vendor_alarms_translate() {
    sed -n 's/^UPS_ALARM_VENDOR([^,]*, *\([0-9]*\),.*/\1/p' "$src/drivers/ups_alarms.def" >"$tmp/arcs"
    # shellcheck disable=SC2046
    translate $(sed 's/^/.1.3.6.1.4.1.8072.9999.9999.1628.1.9./' "$tmp/arcs") 2>"$tmp/why" |
        sed '/^$/d' >"$tmp/got"
    grep -v '^UPSMIBD-MIB::upsmibdAlarm[A-Za-z0-9]*$' "$tmp/got" >>"$tmp/why"
    [ "$(sort -u "$tmp/got" | wc -l)" -eq "$(wc -l <"$tmp/arcs")" ] || echo "names missing" >>"$tmp/why"
    [ ! -s "$tmp/why" ]
}

: >"$tmp/why"
grep -v '^#' "$objects" |
    sed "s/^\([^|]*\)|\([^|]*\)|.*/$root.\2 \1/; s/^\([.0-9]*\)\. /\1 /" >"$tmp/names"
count=$(wc -l <"$tmp/names")

for module in base/SNMPv2-SMI base/SNMPv2-TC base/SNMPv2-CONF UPS-MIB UPSMIBD-MIB; do
    name="smilint -l 4 says nothing about $module"
    if have smilint; then
        lints_silently "$src/mibs/$module.txt"
        result "$name"
    else
        skip "$name" smilint
    fi
done
if have smilint; then
    lint_finds_faults
    result "smilint finds a fault that was put in"
else
    skip "smilint finds a fault that was put in" smilint
fi

if have snmptranslate; then
    for option in -Pe -Pw -Pc -Pu; do
        parses_silently "$option"
        result "net-snmp parses the modules without a remark, $option"
    done
    adds_silently
    result "the modules can be added to the default ones"
    [ "$(translate -On UPS-MIB::upsTrapOnBattery)" = $root.2.1 ]
    result "upsTrapOnBattery is $root.2.1"
    [ "$(translate $root.1.6.3.2)" = UPS-MIB::upsAlarmOnBattery ]
    result "$root.1.6.3.2 is upsAlarmOnBattery"
    translates_both_ways
    result "$count names translate to OIDs and back"
    has_no_other_nodes
    result "nothing else is below upsMIB"
    defines_what_the_table_says
    result "syntax, access, units and notified objects are those of RFC 1628"
    vendor_alarms_translate
    result "every vendor alarm has a name"
else
    skip "net-snmp reads the modules" snmptranslate
fi

if have smidump; then
    conforms_as_the_table_says
    result "groups and compliance statements are those of RFC 1628"
else
    skip "groups and compliance statements are those of RFC 1628" smidump
fi

vendor_alarms_are_fresh
result "the vendor alarms in UPSMIBD-MIB are up to date"
for row in 'UPS_ALARM_VENDOR(ACME_2, 24, INFO, "arc of a well-known alarm")' \
    'UPS_ALARM_VENDOR(ACME_2, 30, INFO, "arc twice")' \
    'UPS_ALARM_VENDOR(ACME_1, 31, INFO, "name twice")' \
    'UPS_ALARM_VENDOR(ACME_2, 31, MINOR, "no such severity")' \
    'UPS_ALARM_VENDOR(ACME_2, 31, INFO,' \
    'UPS_ALARM_VENDOR(acme, 31, INFO, "id in lower case")'; do
    generator_refuses "$row"
    result "the generator refuses $row"
done

echo "1..$tests"
