#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# conf/60-upsmibd.rules and the table of docs/usb-ups.md against the table of USB devices; TAP.
# list_usb prints what they have to be; in the page the table stands between two comments.
#
#   check_usb.sh [update]      update: writes them anew (`make update-usb`)
set -u
srcdir=${srcdir:-.}
builddir=${builddir:-.}
list_usb=$builddir/tests/unit/list_usb
rules=$srcdir/conf/60-upsmibd.rules
page=$srcdir/docs/usb-ups.md
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT

if [ ! -x "$list_usb" ]; then
    echo "1..0 # SKIP built without USB"
    exit 0
fi
"$list_usb" rules >"$tmp/rules" && "$list_usb" table >"$tmp/table" || exit 1
awk -v table="$tmp/table" '
    /^<!-- end of table -->$/ { inside = 0 }
    !inside { print }
    /^<!-- table, by make update-usb -->$/ {
        inside = 1
        while ((getline line < table) > 0)
            print line
    }' "$page" >"$tmp/page" || exit 1

if [ "${1:-}" = update ]; then
    cp "$tmp/rules" "$rules" && cp "$tmp/page" "$page"
    exit
fi

status=0
# same NUMBER NAME FILE EXPECTED
same()
{
    if diff -u "$3" "$4" >"$tmp/diff" && [ -s "$3" ]; then
        echo "ok $1 - $2"
    else
        echo "not ok $1 - $2 (run: make update-usb)"
        sed 's/^/# /' "$tmp/diff"
        status=1
    fi
}
echo "1..3"
same 1 "conf/60-upsmibd.rules is current" "$rules" "$tmp/rules"
same 2 "the table of docs/usb-ups.md is current" "$page" "$tmp/page"
if grep -q "$(sed -n 3p "$tmp/table" | cut -d'|' -f2)" "$page"; then
    echo "ok 3 - the page holds the table"
else
    echo "not ok 3 - the page holds the table"
    status=1
fi
exit "$status"
