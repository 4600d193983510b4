#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# Looks at the sources without running them: format, warnings of two compilers and of the builds
# with parts left out, cppcheck, banned functions, scripts, manual pages, MIB modules, Python.
# `./run lint` calls it.  Prints one line a check, the findings of those that fail, and a sum.
#
#   lint.sh [SOURCE-DIRECTORY]      default: two levels above this script

set -u
top=$(cd "${1:-$(dirname "$0")/../..}" && pwd) || exit 99
cd "$top" || exit 99
jobs=$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)
out=$(mktemp) || exit 99
trap 'rm -f "$out"' EXIT
trap 'exit 99' HUP INT TERM
passed=0
failed=0

# check NAME COMMAND...: quiet unless it fails.
check() {
    name=$1
    shift
    if "$@" >"$out" 2>&1; then
        passed=$((passed + 1))
        echo "lint: ok: $name"
    else
        failed=$((failed + 1))
        echo "lint: FAILED: $name"
        sed 's/^/    /; 200q' "$out"
    fi
}

have() {
    command -v "$1" >/dev/null 2>&1
}

# The files that belong to the project, by pattern: those that git knows, or all of a tarball.
files() {
    if git rev-parse --is-inside-work-tree >/dev/null 2>&1; then
        git ls-files --cached --others --exclude-standard -- "$@"
    else
        for pattern in "$@"; do
            find . -path './build*' -prune -o \
                -type f \( -path "./$pattern" -o -name "$pattern" \) -print
        done
    fi
}

# xfiles PATTERN... -- COMMAND...: the command on all files, if there are any.
xfiles() {
    list=$(mktemp)
    while [ "$1" != -- ]; do
        files "$1" >>"$list"
        shift
    done
    shift
    status=0
    if [ -s "$list" ]; then
        tr '\n' '\0' <"$list" | xargs -0 "$@" || status=1
    fi
    rm -f "$list"
    return "$status"
}

formatted() {
    xfiles '*.c' '*.h' -- clang-format --dry-run -Werror
}

# build_in DIR ARGS...: configures and builds everything, tests included, with warnings as errors.
build_in() {
    dir=$1
    shift
    mkdir -p "$dir" || return 1
    if [ ! -f "$dir/config.status" ] || [ "$(cat "$dir/configured" 2>/dev/null)" != "$*" ]; then
        (cd "$dir" && "$top/configure" -q --enable-werror "$@") || return 1
        echo "$*" >"$dir/configured"
    fi
    make -C "$dir" -s -j "$jobs" all || return 1
    # the test programs, without running them
    make -C "$dir" -s -j "$jobs" check TESTS= >/dev/null
}

bootstrapped() {
    if [ ! -x configure ] || [ -n "$(find configure.ac Makefile.am -newer configure)" ]; then
        autoreconf -i
    fi
}

inspected() {
    # missingIncludeSystem: the system's headers are not read, on purpose.
    # normalCheckLevel and the like only say how deep it looked.
    xfiles 'agent/*.c' 'drivers/*.c' 'tests/sim/*.c' -- cppcheck -q --error-exitcode=1 -j "$jobs" \
        --enable=warning,portability --inline-suppr --std=c11 --template=gcc \
        -DWITH_MODBUS -DWITH_STANDALONE -D_GNU_SOURCE \
        --suppress=missingIncludeSystem --suppress=normalCheckLevelMaxBranches \
        --suppress=unknownMacro
}

# Functions that invite overruns, hide errors, or sleep.  Comments may name them.
no_banned_functions() {
    banned='strcpy|strcat|sprintf|vsprintf|gets|strtok|atoi|atof|alloca|usleep'
    # shellcheck disable=SC2016 # an awk program
    xfiles 'agent/*.[ch]' 'drivers/*.[ch]' -- awk -v words="(^|[^A-Za-z0-9_])($banned)[ \t]*\\\\(" '
        FNR == 1 { comment = 0 }
        {
            line = $0
            gsub(/"([^"\\]|\\.)*"/, "\"\"", line)
            gsub(/\/\*[^*]*\*\//, "", line)
            if (comment) {
                if (line !~ /\*\//)
                    next
                sub(/.*\*\//, "", line)
                comment = 0
            }
            if (line ~ /\/\*/) {
                comment = 1
                sub(/\/\*.*/, "", line)
            }
            sub(/\/\/.*/, "", line)
            if (line ~ words) {
                print FILENAME ":" FNR ": " $0
                bad = 1
            }
        }
        END { exit bad }'
}

# The check above must be able to find something.
banned_are_found() {
    dir=$(mktemp -d) && mkdir "$dir/agent" || return 1
    printf 'int f(char *a)\n{\n    /* atoi(1) */\n    return atoi(a);\n}\n' >"$dir/agent/x.c"
    ! (cd "$dir" && no_banned_functions) | grep -q 'x.c:4:'
    status=$?
    rm -rf "$dir"
    [ "$status" -ne 0 ]
}

no_leftovers() {
    # the words are split so that this file does not find itself
    ! xfiles '*.c' '*.h' '*.py' '*.sh' '*.mk' '*.ac' '*.m4' '*.md' '*.txt' '*.[1-8]' -- \
        grep -nwE "TO""DO|FIX""ME|X""XX|place""holder|not im""plemented" /dev/null
}

licensed() {
    # everything but generated and recorded files says its licence in the first lines
    status=0
    for file in $(files '*.c' '*.h' '*.py' '*.sh' '*.mk' '*.m4' '*.ac' '*.am'); do
        head -n 3 "$file" | grep -q 'SPDX-License-Identifier: BSD-2-Clause' || {
            echo "$file: no licence"
            status=1
        }
    done
    return "$status"
}

scripts() {
    shellcheck -s sh run && shellcheck -s bash .ci/run && xfiles '*.sh' -- shellcheck
}

manuals() {
    xfiles 'docs/*.[1-8]' -- mandoc -Tlint -Wwarning
}

modules() {
    sh tests/system/check_mibs.sh "$top" >"$out.mibs"
    status=$?
    grep -A 20 '^not ok' "$out.mibs"
    [ "$status" -eq 0 ] && ! grep -q '^not ok' "$out.mibs"
    status=$?
    rm -f "$out.mibs"
    return "$status"
}

# What is made from the table of USB devices, by the build of above.
usb_table() {
    srcdir=$top builddir=build-lint-gcc sh tests/system/check_usb.sh >"$out.usb"
    status=$?
    grep -v '^ok ' "$out.usb"
    rm -f "$out.usb"
    return "$status"
}

python() {
    xfiles '*.py' -- /usr/bin/python3 -c '
import sys
bad = 0
for path in sys.argv[1:]:
    with open(path, encoding="utf-8") as f:
        text = f.read()
    try:
        compile(text, path, "exec")
    except SyntaxError as e:
        print(f"{path}:{e.lineno}: {e.msg}")
        bad = 1
sys.exit(bad)'
}

check "autoreconf" bootstrapped
have clang-format && check "clang-format" formatted
check "gcc, warnings as errors" build_in build-lint-gcc CC=gcc
have clang && check "clang, warnings as errors" build_in build-lint-clang CC=clang
check "without Modbus" build_in build-lint-no-modbus --without-modbus
check "without USB" build_in build-lint-no-usb --without-usb
check "without the standalone agent" build_in build-lint-no-standalone --without-standalone
have cppcheck && check "cppcheck" inspected
check "banned functions" no_banned_functions
check "banned functions would be found" banned_are_found
check "nothing left to be done" no_leftovers
check "licences" licensed
have shellcheck && check "shellcheck" scripts
have mandoc && check "manual pages" manuals
check "MIB modules" modules
check "Python" python
check "USB table" usb_table

echo "lint: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
