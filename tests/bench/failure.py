# SPDX-License-Identifier: BSD-2-Clause
"""How soon a mains failure is seen over SNMP, and what a GET costs when no port answers."""
import contextlib
import random
import statistics
import time

from lab import (Master, SNMP_GROUP, Sim, UPS_MIB, Watch, polls_seen, running, start_upsmibd,
                 wait_for_data, write_upsmibd_conf)
from reads import awake, load
from scale import bus_ms, middle

OUTPUT_SOURCE = UPS_MIB + ".1.4.1.0"
BATTERY_STATUS = UPS_MIB + ".1.2.1.0"
NORMAL, BATTERY = "integer 3", "integer 5"


def one_failure(sim, watch, moment):
    """Mains off at a random moment; returns the seconds until upsOutputSource is battery."""
    watch.until(lambda t: t == NORMAL, 20, "upsOutputSource normal")
    time.sleep(moment)
    began = time.monotonic()
    sim.command("mains off")
    seen = watch.until(lambda t: t == BATTERY, 10, "upsOutputSource battery")
    sim.command("mains on")
    return seen - began


def run_failure(lab, report, moments=40, units=5):
    chance = random.Random(1628)
    with contextlib.ExitStack() as stack:
        sims = [stack.enter_context(contextlib.closing(Sim(lab))) for _ in range(units)]
        names = [f"u{i}" for i in range(1, units + 1)]
        master = Master(lab, contexts=names)
        stack.callback(master.kill)
        conf = write_upsmibd_conf(lab, [s.ports[0] for s in sims],
                                  {"pollinterval": 1, "pollfreq": 600}, names)
        child = stack.enter_context(running(
            lab, start_upsmibd(lab, conf, "--agentx", "unix:" + master.socket)))
        watches = []
        for name in names:
            wait_for_data(lab, master.port, child, name)
            watches.append(Watch(lab, master.port, OUTPUT_SOURCE, name, period_ms=4, timeout_ms=200))
            stack.callback(watches[-1].close)
        delays = [one_failure(sims[i % units], watches[i % units], chance.uniform(0, 1))
                  for i in range(moments)]
        polls = polls_seen(sims[0], 15)
    show_failure(report, delays, polls)


def show_failure(report, delays, polls):
    poll = middle(polls)
    report.data("failure", {"delays": delays, "polls": polls})
    report.text(f"mains failure to upsOutputSource battery, {len(delays)} random moments: "
                f"median {statistics.median(delays):.3f} s, max {max(delays):.3f} s")
    report.target("mains failure visible over SNMP, median", statistics.median(delays), 0.6, "s")
    report.target("mains failure visible over SNMP, max", max(delays), 1.3, "s")
    report.target("transactions a status poll, max", max(p["requests"] for p in polls), 3, "",
                  why=f"{poll['sent']} + {poll['got']} bytes, {bus_ms(poll):.0f} ms of bus at 9600; "
                      "NUT: see its poll in the section scale (8 transactions, 292 bytes, 304 ms)")


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
