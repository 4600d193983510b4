# SPDX-License-Identifier: BSD-2-Clause
#
# Writes the vendor alarms of drivers/ups_alarms.def into UPSMIBD-MIB, as one
# OBJECT-IDENTITY each, between the marks "-- BEGIN generated" and
# "-- END generated".  The whole module goes to standard output:
#
#   awk -f mibs/gen-alarms.awk drivers/ups_alarms.def mibs/UPSMIBD-MIB.txt > new
#
# A row reads UPS_ALARM_VENDOR(ID, arc, SEVERITY, "text") and is one line.
# HUAWEI_10_1 becomes upsmibdAlarmHuawei10n1: words in capitalised form, and
# an n between two numbers, which would run together otherwise.
# Any row that cannot be turned into a definition is an error (exit status 1,
# with file and line on standard error) and nothing usable is printed.

function fail(what)
{
    printf "%s:%d: %s\n", FILENAME, FNR, what | "cat 1>&2"
    failed = 1
    exit 1
}

# The rest of the row after its first item; the item goes to `item`.
function next_item(row,    at)
{
    at = index(row, ",")
    if (at == 0)
        fail("expected UPS_ALARM_VENDOR(ID, arc, SEVERITY, \"text\")")
    item = substr(row, 1, at - 1)
    gsub(/[ \t]/, "", item)
    return substr(row, at + 1)
}

function descriptor(id,    n, i, word, name, part)
{
    n = split(id, part, "_")
    name = "upsmibdAlarm"
    for (i = 1; i <= n; i++) {
        word = part[i]
        if (word ~ /^[0-9]/ && name ~ /[0-9]$/)
            name = name "n"
        name = name toupper(substr(word, 1, 1)) tolower(substr(word, 2))
    }
    return name
}

# Breaks text into lines of at most 68 columns, indented like the module.
function wrapped(text,    n, i, word, line, out)
{
    n = split(text, word, " ")
    line = "        \"" word[1]
    for (i = 2; i <= n; i++) {
        if (length(line) + 1 + length(word[i]) > 68) {
            out = out line "\n"
            line = "        " word[i]
        } else {
            line = line " " word[i]
        }
    }
    return out line "\""
}

function severity_word(severity)
{
    if (severity == "INFO")
        return "information"
    if (severity == "WARNING" || severity == "CRITICAL")
        return tolower(severity)
    fail("severity is " severity ", expected INFO, WARNING or CRITICAL")
}

# The first file is the table, the second the module.
FNR == 1 {
    file++
}

file == 1 && /^UPS_ALARM_VENDOR/ {
    row = $0
    if (row !~ /^UPS_ALARM_VENDOR\(.*"[^"\\]+"\)[ \t]*$/)
        fail("expected UPS_ALARM_VENDOR(ID, arc, SEVERITY, \"text\") on one line")
    sub(/^UPS_ALARM_VENDOR\(/, "", row)
    row = next_item(row)
    id = item
    row = next_item(row)
    arc = item
    row = next_item(row)
    severity = severity_word(item)
    sub(/^[ \t]*"/, "", row)
    sub(/"\)[ \t]*$/, "", row)
    name = descriptor(id)
    if (id !~ /^[A-Z][A-Z0-9]*(_[A-Z0-9]+)*$/ || length(name) > 64)
        fail("no descriptor can be made from " id)
    if (arc !~ /^[0-9]+$/ || arc + 0 <= 24)
        fail("arc is " arc ", expected a number above 24")
    if (arc in arc_taken)
        fail("arc " arc " is taken by " arc_taken[arc])
    if (name in name_taken)
        fail(id " and " name_taken[name] " give the same descriptor " name)
    arc_taken[arc] = id
    name_taken[name] = id
    generated = generated "\n" name " OBJECT-IDENTITY\n" \
        "    STATUS      current\n    DESCRIPTION\n" \
        wrapped(row ". Severity: " severity ".") "\n" \
        "    ::= { upsmibdVendorAlarms " arc " }\n"
    next
}

file == 2 && /^-- BEGIN generated/ {
    begun = 1
    print
    if (generated == "")
        fail("no UPS_ALARM_VENDOR row was read before this mark")
    printf "%s\n", generated
    skipping = 1
    next
}

file == 2 && /^-- END generated/ {
    ended = begun
    skipping = 0
}

file == 2 && !skipping {
    print
}

END {
    if (!failed && !ended) {
        print "gen-alarms.awk: the marks are missing in the module" | "cat 1>&2"
        exit 1
    }
    if (failed)
        exit 1
}
