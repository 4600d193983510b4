#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Replays the seeds of every fuzz target that was built; TAP.
set -u
srcdir=${srcdir:-.}
builddir=${builddir:-.}
count=0
status=0
for target in "$builddir"/tests/fuzz/fuzz_*; do
    case $target in *.o) continue ;; esac
    [ -x "$target" ] || continue
    name=${target##*/fuzz_}
    out=$(REPLAY_SEEDS="$srcdir/tests/fuzz/seeds/$name" "$target" 2>&1)
    code=$?
    count=$((count + 1))
    seeds=$(printf '%s\n' "$out" | grep -c '^ok ')
    if [ "$code" -eq 0 ]; then
        echo "ok $count - $name: $seeds seeds and their variants"
    else
        echo "not ok $count - $name: exit status $code after $seeds seeds"
        printf '%s\n' "$out" | tail -n 40 | sed 's/^/# /'
        status=1
    fi
done
echo "1..$count"
exit "$status"
