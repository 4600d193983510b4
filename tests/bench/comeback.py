# SPDX-License-Identifier: BSD-2-Clause
"""Q* devices that are pulled and put back, again and again, serial and by USB: how soon their values are
back, and what it costs and says while they are gone.

The UPS's input voltage is another each time, so that only a value read anew counts as back.  The USB
devices are those of tests/sim/usb on a bus of umockdev: the program, libusb and what they ask of the
kernel are real."""
import concurrent.futures
import contextlib
import os
import random
import socket
import statistics
import time

from control_lab import percentile
from endure import log_growth
from lab import (Failed, Master, Sim, UPS_MIB, Watch, cpu_share, start, stop, wait_for,
                 write_upsmibd_conf)
from qx import MEGATEC, PACED

INPUT_VOLTAGE = UPS_MIB + ".1.3.3.1.3.1"
VOLTS = (225, 235)
BRIDGES = ("cypress", "krauler", "phoenix", "armac", "ippon")
BOUND = 2.0


class Serial:
    """One UPS at 2400 baud on a pty whose name disappears and comes back."""

    unit = MEGATEC

    def __init__(self, lab, stack, _):
        self.sim = stack.enter_context(contextlib.closing(Sim(lab, options=PACED, protocol="megatec")))
        self.port = self.sim.ports[0]

    def start(self, lab, argv):
        return start(lab, argv)

    def pid(self, child):
        return child.pid

    def unplug(self):
        self.sim.command("unplug")

    def plug(self):
        self.sim.command("plug")

    def end(self, lab, child):
        stop(lab, child)


class Usb:
    """The same UPS behind a USB bridge, at another address and port each time."""

    def __init__(self, lab, stack, index):
        self.lab = lab
        self.sim = stack.enter_context(contextlib.closing(
            Sim(lab, options=("turnaround=20",), protocol="megatec")))
        self.bridge = BRIDGES[index % len(BRIDGES)]
        self.control_path = lab.fresh("usb")
        self.unit, self.port, self.hub_port, self.socket = MEGATEC, "auto", 1, None
        stack.callback(lambda: self.socket and self.socket.close())

    def start(self, lab, argv):
        program = os.path.join(lab.builddir, "tests/sim/usb/usbsim")
        child = start(lab, [program, "-r", self.sim.ports[0], "-d", self.bridge, "-c", self.control_path,
                            "--", *argv])
        wait_for(lambda: os.path.exists(self.control_path), 10, "usbsim", child)
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.settimeout(5)
        self.socket.connect(self.control_path)
        return child

    def command(self, text):
        self.socket.sendall(text.encode() + b"\n")
        reply = self.socket.recv(256).decode().strip()
        if not reply.startswith("ok"):
            raise Failed(f"usbsim {text}: {reply}")

    def pid(self, child):
        """Of upsmibd, which usbsim has started."""
        with open(f"/proc/{child.pid}/task/{child.pid}/children") as f:
            return int(f.read().split()[0])

    def unplug(self):
        self.command("unplug 0")

    def plug(self):
        self.hub_port = self.hub_port % 7 + 1
        self.command(f"plug 0 {self.hub_port}")

    def end(self, lab, child):
        with contextlib.suppress(OSError, IndexError):
            os.kill(self.pid(child), 15)  # usbsim ends with it
        with contextlib.suppress(Exception):
            child.wait(5)
        stop(lab, child)


class Place:
    """A device, upsmibd on it, a master, and its input voltage watched."""

    def __init__(self, lab, stack, kind, index):
        self.device = kind(lab, stack, index)
        master = Master(lab)
        stack.callback(master.kill)
        conf = write_upsmibd_conf(lab, [self.device.port], {}, unit=self.device.unit)
        state = lab.fresh("state")
        os.makedirs(state)
        self.child = self.device.start(lab, [lab.program("upsmibd"), "-f", "-c", conf, "--agentx",
                                             "unix:" + master.socket, "--state", state])
        stack.callback(self.device.end, lab, self.child)
        self.sim, self.volts = self.device.sim, VOLTS[0]
        self.sim.command(f"mains {self.volts}")
        self.lab, self.master, self.watch = lab, master, None
        stack.callback(self.look_away)
        self.look()
        self.until_value(30)

    def look(self):
        self.watch = Watch(self.lab, self.master.port, INPUT_VOLTAGE, period_ms=5, timeout_ms=200)

    def look_away(self):
        if self.watch:
            self.watch.close()
        self.watch = None

    def until_value(self, seconds):
        return self.watch.until(lambda t: t == f"integer {self.volts}", seconds, f"{self.volts} V")

    def poll_begins(self):
        """A query is in flight."""
        requests = self.sim.stats()["requests"]
        wait_for(lambda: self.sim.stats()["requests"] != requests, 5, "a poll", self.child, step=0.002)

    def other_volts(self):
        self.volts = VOLTS[self.volts == VOLTS[0]]
        self.sim.command(f"mains {self.volts}")


def comebacks(place, rounds, chance):
    """Seconds from the device's return to a new value; every other time it goes amid a query."""
    found = []
    for i in range(rounds):
        place.poll_begins()
        time.sleep(0.1 * chance.random() if i % 2 else chance.random())
        place.device.unplug()
        place.other_volts()
        time.sleep(0.1 + 2 * chance.random())
        began = time.monotonic()
        place.device.plug()
        found.append(place.until_value(20) - began)
    return found


def while_gone(place, seconds=10):
    """CPU and log lines of a device that stays away; the lines of its going and its return too."""
    log = log_growth(place.child)
    log()
    place.device.unplug()
    time.sleep(3)
    gone = log()
    place.look_away()  # its GETs would be counted
    share = cpu_share([place.device.pid(place.child)], seconds)
    meanwhile = log()
    place.look()
    place.other_volts()
    place.device.plug()
    place.until_value(20)
    return {"cpu_ms_s": 1000 * share, "gone": gone, "meanwhile": meanwhile, "back": log()}


def measure(lab, kind, places, rounds):
    with contextlib.ExitStack() as stack:
        sites = [Place(lab, stack, kind, i) for i in range(places)]
        with concurrent.futures.ThreadPoolExecutor(places) as pool:
            jobs = [pool.submit(comebacks, site, rounds // places, random.Random(i))
                    for i, site in enumerate(sites)]
            times = [t for job in jobs for t in job.result()]
        return {"seconds": times, "gone": while_gone(sites[0])}


def show(report, title, found):
    times, gone = found["seconds"], found["gone"]
    report.text(f"{title}: {len(times)} returns, median {statistics.median(times):.3f}, "
                f"p90 {percentile(times, 0.9):.3f}, max {max(times):.3f} s; log lines: {len(gone['gone'])} when it "
                f"goes, {len(gone['meanwhile'])} in 10 s, {len(gone['back'])} when it is back")
    report.target(f"{title}: values back after its return, max", max(times), BOUND, "s",
                  why=f"{sum(t <= BOUND for t in times)} of {len(times)} within")
    report.target(f"{title}: CPU while it is gone", gone["cpu_ms_s"], 1, "ms/s")
    report.target(f"{title}: log lines in 10 s while it is gone", len(gone["meanwhile"]), 0, "")
    report.target(f"{title}: log lines a change", max(len(gone["gone"]), len(gone["back"])), 2, "")


def run_comeback(lab, report, rounds=100):
    found = {"serial, 2400 baud": measure(lab, Serial, 10, rounds)}
    if os.access(os.path.join(lab.builddir, "tests/sim/usb/usbsim"), os.X_OK):
        found["USB"] = measure(lab, Usb, len(BRIDGES), rounds)
    for title, f in found.items():
        show(report, title, f)
    if "USB" not in found:
        report.target("USB: values back after its return, max", None, BOUND, "s",
                      why="skipped: tests/sim/usb/usbsim was not built (umockdev)")
    report.data("comeback", found)
