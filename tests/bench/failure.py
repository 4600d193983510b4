# SPDX-License-Identifier: BSD-2-Clause
"""How soon a mains failure is seen over SNMP, and what a GET costs when no port answers."""
import concurrent.futures
import contextlib
import random
import statistics
import time

from lab import (HUAWEI, Master, SNMP_GROUP, Sim, UPS_MIB, Watch, polls_seen, running, start_upsmibd, wait_for,
                 wait_for_data, write_upsmibd_conf)
from reads import awake, load
from scale import bus_ms, middle

OUTPUT_SOURCE = UPS_MIB + ".1.4.1.0"
BATTERY_STATUS = UPS_MIB + ".1.2.1.0"
NORMAL, BATTERY = "integer 3", "integer 5"
SETTLE = 2.5  # seconds after the last change, which may bring a full poll of its own


def one_failure(sim, watch, moment):
    """Mains off `moment` seconds after a poll began; seconds until upsOutputSource is battery."""
    watch.until(lambda t: t == NORMAL, 20, "upsOutputSource normal")
    time.sleep(SETTLE)
    requests = sim.stats()["requests"]
    wait_for(lambda: sim.stats()["requests"] != requests, 5, "a poll", step=0.002)
    time.sleep(moment)
    began = time.monotonic()
    sim.command("mains off")
    seen = watch.until(lambda t: t == BATTERY, 10, "upsOutputSource battery")
    sim.command("mains on")
    return seen - began


def failures_of_unit(lab, port, name, sim, moments):
    """One unit's failures, one after the other."""
    watch = Watch(lab, port, OUTPUT_SOURCE, name, period_ms=5, timeout_ms=200)
    try:
        return [one_failure(sim, watch, moment) for moment in moments]
    finally:
        watch.close()


def measure_failures(lab, moments, units, options, protocol="huawei-ups2000", unit=HUAWEI):
    """Delays of a mains failure at moments that cover the poll interval evenly, in random order;
    the units are tried side by side."""
    chance = random.Random(1628)
    order = chance.sample(range(moments), moments)
    with contextlib.ExitStack() as stack:
        sims = [stack.enter_context(contextlib.closing(Sim(lab, options=options,
                                                          protocol=protocol)))
                for _ in range(units)]
        names = [f"u{i}" for i in range(1, units + 1)]
        master = Master(lab, contexts=names)
        stack.callback(master.kill)
        conf = write_upsmibd_conf(lab, [s.ports[0] for s in sims],
                                  {"pollinterval": 1, "pollfreq": 600}, names, unit=unit)
        child = stack.enter_context(running(
            lab, start_upsmibd(lab, conf, "--agentx", "unix:" + master.socket)))
        for name in names:
            wait_for_data(lab, master.port, child, name)
        each = [[(k + chance.random()) / moments for k in order[i::units]] for i in range(units)]
        with concurrent.futures.ThreadPoolExecutor(units) as pool:
            jobs = [pool.submit(failures_of_unit, lab, master.port, *job)
                    for job in zip(names, sims, each)]
            delays = [delay for job in jobs for delay in job.result()]
        time.sleep(SETTLE + 2)  # the simulated inverter takes 2 s to go back to mains
        return delays, polls_seen(sims[0], 10)


def run_failure(lab, report, moments=40, units=8):
    lines = {"no wire time": ("turnaround=0", "model=UPS2000"),
             "9600 baud, 20 ms turnaround": ("--paced", "turnaround=20", "model=UPS2000")}
    found = {}
    for (title, options), bound in zip(lines.items(), (0.6, 0.64)):
        delays, polls = measure_failures(lab, moments, units, options)
        found[title] = {"delays": delays, "polls": polls}
        show_failure(report, title, delays, polls, bound)
    report.data("failure", found)


def show_failure(report, title, delays, polls, bound):
    poll = middle(polls)
    report.text(f"{title}: {len(delays)} random moments, median {statistics.median(delays):.3f} s, "
                f"p90 {sorted(delays)[len(delays) * 9 // 10]:.3f} s, max {max(delays):.3f} s; a status poll: "
                f"{poll['requests']} requests, {poll['sent']} + {poll['got']} bytes, "
                f"{bus_ms(poll):.0f} ms of bus at 9600 (NUT: 8, 64 + 228, 304 ms)")
    report.target(f"mains failure over SNMP, median, {title}", statistics.median(delays), bound, "s",
                  why="0.6 s and one transaction on the wire" if bound > 0.6 else "")
    report.target(f"mains failure over SNMP, max, {title}", max(delays), 1.3, "s")
    report.target(f"transactions a status poll, max, {title}", max(p["requests"] for p in polls), 3, "")


def first_answer(lab, ports):
    """Seconds from exec to the first value over SNMP, with snmpd already there."""
    with contextlib.ExitStack() as stack:
        master = Master(lab)
        stack.callback(master.kill)
        watch = Watch(lab, master.port, BATTERY_STATUS, period_ms=2)
        stack.callback(watch.close)
        watch.until(lambda t: t.startswith("noSuch"), 10, "snmpd's answer without upsmibd")
        conf = write_upsmibd_conf(lab, ports, {})
        began = time.monotonic()
        stack.enter_context(running(
            lab, start_upsmibd(lab, conf, "--agentx", "unix:" + master.socket)))
        return watch.until(lambda t: t.startswith("integer"), 30, "upsBatteryStatus") - began


def dead_gets(lab, sim, gets):
    """Latencies while every port is silent."""
    names = [f"u{i}" for i in range(1, sim.count + 1)]
    with contextlib.ExitStack() as stack:
        master = Master(lab, contexts=names)
        stack.callback(master.kill)
        conf = write_upsmibd_conf(lab, sim.ports, {}, names)
        child = stack.enter_context(running(
            lab, start_upsmibd(lab, conf, "--agentx", "unix:" + master.socket)))
        wait_for_data(lab, master.port, child, names[-1])
        sim.command("mute on")  # all of them
        watch = Watch(lab, master.port, BATTERY_STATUS, names[-1])
        stack.callback(watch.close)
        watch.until(lambda t: t == "integer 1", 40, "upsBatteryStatus unknown of the dead unit")
        targets = [("dead", master.port, names[len(names) // 2], UPS_MIB, [child.pid]),
                   ("builtin", master.port, "public", SNMP_GROUP, [master.pid])]
        with awake(lab):
            return load(lab, targets, [f"get {gets // 50}"], 50)


def run_dead(lab, report, gets=20000, units=16):
    with contextlib.closing(Sim(lab, units)) as sim:
        lines = dead_gets(lab, sim, gets)
        total = {line["target"]: line for line in lines if line.get("round") == -1}
        mute = [first_answer(lab, sim.ports) for _ in range(3)]
    missing = [first_answer(lab, [lab.path("no-such-port")] * 1) for _ in range(3)]
    report.data("dead", {"gets": total, "start_mute": mute, "start_missing": missing})
    dead = total["dead"]
    report.text(f"{dead['requests']} GETs with {units} dead ports: p50 {dead['p50']:.0f}, "
                f"p99 {dead['p99']:.0f}, p99.9 {dead['p999']:.0f}, max {dead['max']:.0f} us "
                f"(snmpd's own p99.9 {total['builtin']['p999']:.0f} us)")
    report.target("all ports dead: p99.9 of GET", dead["p999"] / 1000, 5, "ms",
                  why=f"{dead['failures']} failed")
    report.target("first SNMP answer after start, ports silent", max(mute), 0.3, "s")
    report.target("first SNMP answer after start, port missing", max(missing), 0.3, "s")
