# SPDX-License-Identifier: BSD-2-Clause
"""A SITOP's stream: from the last byte of the word that says it to the SNMP value and the notification.

The simulated line has 9600 baud; a relay before it stamps each byte before upsmibd can read it."""
import contextlib
import random
import statistics
import time

from control_lab import Helper, Wire, percentile, wait_traps
from failure import BATTERY, NORMAL, OUTPUT_SOURCE
from lab import (Failed, Master, Sim, Watch, free_port, running, start_upsmibd, wait_for,
                 write_upsmibd_conf)
from traps import IDENTITY, ON_BATTERY, OWN_ADDED, OWN_CLEARED

UNIT = ("driver = siemens-sitop",)
# what is done, the word of the mode then, the value, the notification
CHANGES = (("mains off", b"*BAT*", BATTERY, OWN_ADDED), ("mains on", b"*****", NORMAL, OWN_CLEARED))


class Stream:
    """What the UPS says, with the time of each byte."""

    def __init__(self, wire):
        self.wire, self.text, self.times = wire, b"", []

    def take(self):
        for when, direction, data in self.wire.take():
            if direction == "up":
                self.text += bytes.fromhex(data)
                self.times += [when] * (len(data) // 2)

    def word(self, word, after):
        """When the last byte came of the first such word after a moment; None: not yet."""
        self.take()
        at = self.text.find(word, next((i for i, t in enumerate(self.times) if t > after), len(self.times)))
        return self.times[at + len(word) - 1] if at >= 0 else None


def one_change(sim, stream, watch, sink, change):
    """Milliseconds from the word to the value and to the notification."""
    command, word, value, trap = change
    sink.take()
    began = time.monotonic()
    sim.command(command)
    seen = watch.until(lambda t: t == value, 10, f"upsOutputSource after {command}")
    told = wait_traps(sink, lambda _, t, v: t == trap and v.get(IDENTITY) == ON_BATTERY, 5,
                      f"the notification of {command}")
    said = wait_for(lambda: stream.word(word, began), 5, f"the word after {command}")
    return {"value": 1000 * (seen - said), "trap": 1000 * (told - said)}


def measure(lab, rounds):
    chance = random.Random(1628)
    with contextlib.ExitStack() as stack:
        sim = stack.enter_context(contextlib.closing(
            Sim(lab, options=("--paced", "profile=battery"), protocol="siemens-sitop")))
        wire = stack.enter_context(contextlib.closing(Wire(lab, sim, True)))
        trap_port = free_port()
        sink = stack.enter_context(contextlib.closing(Helper(lab, "trap_sink.py", trap_port)))
        master = Master(lab, extra=[f"trap2sink 127.0.0.1:{trap_port} traps"])
        stack.callback(master.kill)
        conf = write_upsmibd_conf(lab, [wire.port], {}, unit=UNIT)
        child = stack.enter_context(running(
            lab, start_upsmibd(lab, conf, "--agentx", "unix:" + master.socket)))
        watch = Watch(lab, master.port, OUTPUT_SOURCE, period_ms=2, timeout_ms=200)
        stack.callback(watch.close)
        watch.until(lambda t: t == NORMAL, 20, "upsOutputSource normal")
        if child.poll() is not None:
            raise Failed("upsmibd has ended")
        stream, found = Stream(wire), []
        for _ in range(rounds):
            for change in CHANGES:
                time.sleep(0.8 + 0.2 * chance.random())  # at any moment of a burst
                found.append(one_change(sim, stream, watch, sink, change))
        return found


def run_sitop(lab, report, rounds=25):
    found = measure(lab, rounds)
    value, trap = ([f[name] for f in found] for name in ("value", "trap"))
    gap = [f["trap"] - f["value"] for f in found]
    report.data("sitop", found)
    for title, ms in (("to the value", value), ("to the notification", trap)):
        report.text(f"last byte of the word {title}: {len(ms)} changes, median {statistics.median(ms):.1f}, "
                    f"p90 {percentile(ms, 0.9):.1f}, max {max(ms):.1f} ms")
    report.target("SITOP: last byte of the word to the value over SNMP, max", max(value), 100, "ms",
                  why=f"median {statistics.median(value):.1f}; the object is read each 2 ms")
    report.target("SITOP: ... from there to the notification, max", max(gap), 50, "ms",
                  why=f"median {statistics.median(gap):.1f}; it may be the first of the two")
