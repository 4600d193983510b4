#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The do-it-yourself peer: a pass_persist script (snmpd.conf(5)) that serves cached numbers.

usage: passpersist.py BASE FILE

FILE has lines "OID TYPE VALUE" under UPS-MIB, as `snmpload dump` prints them; they are served under BASE.
The file is read again when what is held is older than 10 s, as the scripts in public use do with
the output of upsc.  The script's process id is written to FILE.pid, so that its CPU time can be counted.
"""
import bisect
import os
import sys
import time

CACHE_SECONDS = 10
ROOT = "1.3.6.1.2.1.33."


def load(base, path):
    rows = []
    with open(path) as f:
        for line in f:
            oid, kind, value = (line.rstrip("\n").split(" ", 2) + [""])[:3]
            moved = base + "." + oid[len(ROOT):]
            rows.append((tuple(map(int, moved.lstrip(".").split("."))), "." + moved.lstrip("."),
                         kind, value))
    rows.sort()
    return [row[0] for row in rows], rows


def find(keys, rows, oid, following):
    key = tuple(map(int, oid.strip(".").split(".")))
    at = bisect.bisect_right(keys, key) if following else bisect.bisect_left(keys, key)
    if at < len(rows) and (following or keys[at] == key):
        return rows[at]
    return None


def serve(base, path):
    loaded, keys, rows = None, [], []
    for line in iter(sys.stdin.readline, ""):
        command = line.strip()
        if command == "PING":
            answer = "PONG\n"
        elif command in ("get", "getnext"):
            if loaded is None or time.monotonic() - loaded > CACHE_SECONDS:
                keys, rows = load(base, path)
                loaded = time.monotonic()
            row = find(keys, rows, sys.stdin.readline(), command == "getnext")
            answer = "NONE\n" if row is None else f"{row[1]}\n{row[2]}\n{row[3]}\n"
        elif command == "set":
            sys.stdin.readline()
            sys.stdin.readline()
            answer = "not-writable\n"
        else:
            return
        sys.stdout.write(answer)
        sys.stdout.flush()


def main():
    with open(sys.argv[2] + ".pid", "w") as f:
        f.write(str(os.getpid()))
    serve(sys.argv[1], sys.argv[2])


if __name__ == "__main__":
    main()
