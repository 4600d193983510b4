#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The manual pages and the example configuration against the program's own tables.
#
# list_options prints the tables; in upsmibd.conf(5) each option is `.It Cm NAME`, followed by its
# facts in parentheses, below a heading that says whose option it is.
set -u

srcdir=${srcdir:-.}
builddir=${builddir:-.}
upsmibd=$builddir/upsmibd
list_options=$builddir/tests/unit/list_options
page5=$srcdir/docs/upsmibd.conf.5
page8=$srcdir/docs/upsmibd.8
example=$srcdir/conf/upsmibd.conf
tab=$(printf '\t')
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT

number=0
failed=0
# result STATUS NAME [FILE]: one line of TAP; a failure shows FILE.
result() {
    number=$((number + 1))
    if [ "$1" -eq 0 ]; then
        echo "ok $number - $2"
        return
    fi
    echo "not ok $number - $2"
    failed=1
    if [ $# -gt 2 ]; then
        sed 's/^/# /' "$3"
    fi
}

skip() {
    number=$((number + 1))
    echo "ok $number - $1 # SKIP $2"
}

# same NAME EXPECTED FOUND: two lists are one.
same() {
    diff -u "$2" "$3" >"$tmp/diff"
    result $? "$1" "$tmp/diff"
}

# Place, name and facts of every option in the page.
page_options() {
    awk -v tab="$tab" '
        /^\.Ss Options of all drivers$/ { place = "common"; next }
        /^\.Ss Options without meaning$/ { place = "ignored"; next }
        /^\.Ss Options of / { place = $4; next }
        /^\.S[hs] / { place = "" }
        /^\.It Cm / && place != "" { name = $3; facts = ""; open = 1; next }
        open {
            facts = facts (facts == "" ? "" : " ") $0
            if ($0 !~ /\)$/) next
            sub(/^\(/, "", facts); sub(/\)$/, "", facts)
            print place tab name tab facts
            open = 0
        }' "$page5"
}

# Names of options in the example, `default` alone and `name = value` alike.
example_options() {
    sed -n 's/^#\([A-Za-z_][A-Za-z0-9_.-]*\)\( =.*\)\{0,1\}$/\1/p' "$example" |
        sed 's/^\(default\|override\)\..*/\1.*/' # any variable's name may take the place of *
}

for page in "$page5" "$page8"; do
    if command -v mandoc >/dev/null; then
        # Whether other packages' pages are installed is no fault of ours.
        mandoc -Tlint "$page" 2>&1 | grep -v -e 'referenced manual not found' -e 'mandoc\.db' \
            >"$tmp/lint"
        [ ! -s "$tmp/lint" ]
        result $? "mandoc finds nothing in ${page##*/}" "$tmp/lint"
    else
        skip "mandoc finds nothing in ${page##*/}" "mandoc is not installed"
    fi
done

"$list_options" >"$tmp/options"
[ -s "$tmp/options" ]
result $? "the tables hold options"

# Without a driver built in (--without-modbus) its options can't be compared.
page_options | sort >"$tmp/page"
cut -f1-3 "$tmp/options" | sort >"$tmp/table"
cut -f1 "$tmp/table" | sort -u >"$tmp/places"
while read -r place; do
    grep "^$place$tab" "$tmp/table" >"$tmp/want"
    grep "^$place$tab" "$tmp/page" >"$tmp/have"
    same "upsmibd.conf(5) has the options of '$place' with their facts, and no other" \
        "$tmp/want" "$tmp/have"
done <"$tmp/places"
"$upsmibd" --list-drivers | cut -d ' ' -f 1 >"$tmp/drivers"
while read -r driver; do
    "$upsmibd" --list-drivers "$driver" >"$tmp/listing"
    grep "^$driver$tab" "$tmp/table" | cut -f2 | sort >"$tmp/want"
    sed -n '/^options:/,$s/^  \([A-Za-z][^ ]*\) .*/\1/p' "$tmp/listing" | sort >"$tmp/have"
    same "--list-drivers $driver shows the table's options" "$tmp/want" "$tmp/have"
done <"$tmp/drivers"

if [ -s "$tmp/drivers" ]; then
    grep -v "^ignored$tab" "$tmp/table" | cut -f2 | sort -u >"$tmp/want"
    example_options | sort -u >"$tmp/have"
    same "the example shows every option" "$tmp/want" "$tmp/have"

    sed 's/^#\([A-Za-z[]\)/\1/' "$example" >"$tmp/all.conf"
    "$upsmibd" --check -c "$tmp/all.conf" >"$tmp/out" 2>&1
    result $? "the example with all options on is a good configuration" "$tmp/out"
    echo "$tmp/all.conf: ok, 3 units" >"$tmp/want"
    same "and gets no notice" "$tmp/want" "$tmp/out"
else
    skip "the example shows every option" "no driver is built in"
fi
grep -v -e '^#' -e '^$' "$example" >"$tmp/lines"
[ ! -s "$tmp/lines" ]
result $? "the example sets nothing as it is" "$tmp/lines"

# The command line: options of --help against the page's synopsis and lists.
"$upsmibd" --help | grep -o -e '--[a-z][a-z-]*' -e ' -[a-z]\b' | tr -d ' ' | sort -u >"$tmp/want"
grep -e '^\.It Fl' -e '^\.Op Fl' -e '^\.Fl' "$page8" | tr ' ' '\n' |
    sed -n -e 's/^\(-[a-z][a-z-]*\)$/-\1/p' -e 's/^\([a-z]\)$/-\1/p' | sort -u >"$tmp/have"
same "upsmibd(8) has the options of --help, and no other" "$tmp/want" "$tmp/have"

"$upsmibd" -d-none 2>&1 | sed -n 's/.*expected one of \(.*\), found.*/\1/p' >"$tmp/want"
sed -n 's/^\.Cm \(agentx , .*\) \.$/\1/p' "$page8" | sed 's/ ,/,/g' >"$tmp/have"
[ -s "$tmp/want" ]
result $? "-d tells its subsystems"
same "upsmibd(8) has them too" "$tmp/want" "$tmp/have"

echo "1..$number"
exit "$failed"
