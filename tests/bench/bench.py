#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The benchmark: `./run bench [SECTION ...]`.  docs/bench.md says how it measures and how to read it.

Prints a table for each section and a line for each bound: reached or NOT reached.  All figures, the
single ones too, go to build/bench.json.  Exit status: 0 if everything could be measured (whether or
not the bounds are kept), 1 if a section could not be measured, 2 for a wrong command line.
"""
import argparse
import json
import os
import platform
import signal
import sys
import time

from comeback import run_comeback
from endure import run_hung, run_replug, run_restarts
from failure import run_dead, run_failure
from lab import Failed, Lab, find_nut_driver, find_snmpd
from qx import run_qx, run_qx_scale
from reads import run_pdus, run_reads
from scale import run_scale
from sets import run_sets
from sitop import run_sitop
from traps import run_traps

SECTIONS = {
    "reads": (run_reads, "reads against snmpd's own objects"),
    "pdus": (run_pdus, "AgentX PDUs an operation"),
    "scale": (run_scale, "memory and CPU by the number of UPSes"),
    "failure": (run_failure, "mains failure to SNMP"),
    "dead": (run_dead, "all ports dead"),
    "hung": (run_hung, "a master that hangs"),
    "restarts": (run_restarts, "master restarts"),
    "replug": (run_replug, "unplug and replug"),
    "set": (run_sets, "SETs: to the wire, and beside a slow UPS"),
    "trap": (run_traps, "notifications: how soon, and all of a burst"),
    "qx": (run_qx, "Q*: bytes a poll, mains failure to SNMP"),
    "qxscale": (run_qx_scale, "Q*: memory and CPU against nutdrv_qx"),
    "comeback": (run_comeback, "Q*: pulled and put back 100 times, serial and USB"),
    "sitop": (run_sitop, "SITOP: from the stream to SNMP"),
}
LIMIT = 2700  # seconds; the whole run takes about twenty-five minutes


class Report:
    """What was found: text for the screen, data for the file, a line for each bound."""

    def __init__(self):
        self.sections = {}
        self.targets = []
        self.section = ""

    def begin(self, name, title):
        self.section = name
        print(f"\n== {name}: {title}", flush=True)

    def text(self, line):
        print(line, flush=True)

    def data(self, name, value):
        self.sections[name] = value

    def target(self, what, value, bound, unit, why="", also=True):
        """One bound, an upper one; value None = could not be measured."""
        reached = None if value is None else value <= bound and also
        self.targets.append({"section": self.section, "what": what, "value": value, "bound": bound,
                             "unit": unit, "reached": reached, "why": why})
        print(target_line(self.targets[-1]), flush=True)


def target_line(t):
    verdict = {None: "skipped", True: "reached", False: "NOT reached"}[t["reached"]]
    value = "-" if t["value"] is None else f"{t['value']:.3g}"
    if t["value"] is not None and (isinstance(t["value"], int) or abs(t["value"]) >= 1000):
        value = f"{t['value']:.0f}"
    why = f"  ({t['why']})" if t["why"] else ""
    return f"{verdict:13}{t['what']:66}{value:>8} <= {t['bound']} {t['unit']}".rstrip() + why


def environment():
    cpu = ""
    with open("/proc/cpuinfo") as f:
        cpu = next((line.split(":", 1)[1].strip() for line in f if line.startswith("model name")), "")
    return {"kernel": platform.release(), "machine": platform.machine(), "cpus": os.cpu_count(),
            "cpu": cpu, "load": os.getloadavg()[0], "snmpd": find_snmpd(),
            "nut": find_nut_driver(), "started": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())}


def run_section(lab, report, name):
    """Returns an error text, or None."""
    function, title = SECTIONS[name]
    report.begin(name, title)
    began = time.monotonic()
    try:
        function(lab, report)
    except (Failed, OSError, KeyError, ValueError, IndexError) as error:
        text = f"{type(error).__name__}: {error}"
        print(f"could not be measured: {text}", flush=True)
        return text
    finally:
        for child in list(lab.children):
            child.kill()
            child.wait()
            lab.children.remove(child)
        print(f"   [{time.monotonic() - began:.0f} s]", flush=True)
    return None


def summary(report, errors):
    print("\n== all bounds")
    for t in report.targets:
        print(target_line(t))
    for name, text in errors.items():
        print(f"{'not measured':13}section {name}: {text}")
    kept = sum(t["reached"] is True for t in report.targets)
    missed = sum(t["reached"] is False for t in report.targets)
    print(f"{kept} reached, {missed} not reached, {len(report.targets) - kept - missed} skipped, "
          f"{len(errors)} sections not measured", flush=True)


class OutOfTime(BaseException):
    """The whole run took too long: no section may catch it."""


def on_alarm(_signal, _frame):
    raise OutOfTime(f"the benchmark took more than {LIMIT} s")


def on_term(_signal, _frame):
    raise SystemExit(1)


def arguments(argv):
    parser = argparse.ArgumentParser(prog="bench.py", description=__doc__.splitlines()[0])
    parser.add_argument("--build", default="build", help="where upsmibd was built (build)")
    parser.add_argument("--json", default=None, help="result file (BUILD/bench.json)")
    parser.add_argument("--keep", action="store_true", help="keep the temporary directory")
    parser.add_argument("section", nargs="*", metavar="SECTION",
                        help="; ".join(f"{n}: {t}" for n, (_, t) in SECTIONS.items()))
    args = parser.parse_args(argv)
    unknown = [s for s in args.section if s not in SECTIONS]
    if unknown:
        parser.error(f"no section '{unknown[0]}'; there are {', '.join(SECTIONS)}")
    return args


def main(argv):
    args = arguments(argv)
    builddir = os.path.abspath(args.build)
    result = args.json or os.path.join(builddir, "bench.json")
    report, errors = Report(), {}
    facts = environment()
    print("upsmibd bench on {cpus} CPUs ({cpu}), Linux {kernel}, load {load:.2f}".format(**facts))
    signal.signal(signal.SIGALRM, on_alarm)
    signal.signal(signal.SIGTERM, on_term)
    signal.alarm(LIMIT)
    lab = Lab(builddir, args.keep)
    try:
        for name in args.section or SECTIONS:
            error = run_section(lab, report, name)
            if error:
                errors[name] = error
    except OutOfTime as late:
        errors[report.section] = str(late)
    finally:
        signal.alarm(0)
        lab.close()
        with open(result, "w") as f:
            json.dump({"environment": facts, "targets": report.targets, "errors": errors,
                       "sections": report.sections}, f, indent=1, sort_keys=True)
    summary(report, errors)
    print(f"figures: {result}")
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
