# SPDX-License-Identifier: BSD-2-Clause
"""Memory and CPU by the number of UPSes, against one NUT driver process each."""
import contextlib
import os
import time

from lab import (Failed, HUAWEI, Master, Sim, UPS_MIB, Watch, cpu_share, find_nut_driver, is_value, memory,
                 polls_seen, running, start, start_upsmibd, stop, threads, wait_for, wait_for_data,
                 write_upsmibd_conf)
from reads import Relay

SAME = {"pollinterval": 2, "pollfreq": 2}  # what NUT's driver does: a full poll every 2 s
WINDOW = 15

AT_ONCE = ("turnaround=0", "model=UPS2000")
PACED = ("--paced", "turnaround=20", "model=UPS2000")


def bus_ms(poll):
    """Time on a 9600 8N1 line, ten bits a byte, gaps not counted."""
    return (poll["sent"] + poll["got"]) * 10 / 9600 * 1000


def middle(polls):
    """The poll in the middle by bytes; None when there was none."""
    ranked = sorted(polls, key=lambda p: p["sent"] + p["got"])
    return ranked[len(ranked) // 2] if ranked else None


def wait_all(lab, master, child, names, seconds=60):
    """Until every context serves a measured value; returns when the last one did."""
    for name in names:
        wait_for_data(lab, master.port, child, name, seconds)
    return time.monotonic()


def measure_upsmibd(lab, count, settings, window, line=AT_ONCE, protocol="huawei-ups2000", unit=HUAWEI):
    with contextlib.ExitStack() as stack:
        sim = stack.enter_context(contextlib.closing(Sim(lab, count, options=line, protocol=protocol)))
        names = [f"u{i}" for i in range(1, count + 1)]
        master = Master(lab, contexts=names)
        stack.callback(master.kill)
        empty = memory([master.pid])
        conf = write_upsmibd_conf(lab, sim.ports, settings, names, unit=unit)
        child = stack.enter_context(running(
            lab, start_upsmibd(lab, conf, "--agentx", "unix:" + master.socket)))
        wait_all(lab, master, child, [names[0], names[-1], names[count // 2]])
        time.sleep(2 * float(settings.get("pollinterval", 1)))
        before = sim.stats()
        share = cpu_share([child.pid], window)
        requests = (sim.stats()["requests"] - before["requests"]) / window
        row = dict(memory([child.pid]), cpu=share * 1e6, count=count, processes=1,
                   threads=threads(child.pid), requests=requests)
        row["master_rss_grown"] = memory([master.pid])["rss"] - empty["rss"]
        if count == 1:
            row["poll"] = middle(polls_seen(sim, 9))
        return row


def start_nut(lab, driver, index, port, options=()):
    folder = lab.path("nut")
    os.makedirs(folder, exist_ok=True)
    env = {"NUT_STATEPATH": folder, "NUT_ALTPIDPATH": folder, "NUT_CONFPATH": folder}
    user = ["-u", "root"] if os.getuid() == 0 else []  # it would change to a user without access
    words = [word for option in (f"port={port}", *options) for word in ("-x", option)]
    return start(lab, [driver, "-F", "-s", f"n{index}", *words, "-i", "2", *user], env=env)


def measure_nut(lab, driver, count, window, line=AT_ONCE, protocol="huawei-ups2000", options=()):
    with contextlib.ExitStack() as stack:
        sim = stack.enter_context(contextlib.closing(Sim(lab, count, options=line, protocol=protocol)))
        children = [start_nut(lab, driver, i, port, options) for i, port in enumerate(sim.ports)]
        for child in children:
            stack.callback(stop, lab, child)
        for i, child in enumerate(children):
            socket_path = lab.path(f"nut/{os.path.basename(driver)}-n{i}")
            wait_for(lambda p=socket_path: os.path.exists(p), 30, f"NUT driver {i}", child)
        time.sleep(4)
        pids = [child.pid for child in children]
        before = sim.stats()
        share = cpu_share(pids, window)
        requests = (sim.stats()["requests"] - before["requests"]) / window
        row = dict(memory(pids), cpu=share * 1e6, count=count, processes=count, threads=count,
                   requests=requests)
        if count == 1:
            row["poll"] = middle(polls_seen(sim, 9))
        return row


def measure_contexts(lab, count):
    """Time in which `count` contexts are registered, as the relay on the AgentX socket sees it."""
    with contextlib.ExitStack() as stack:
        sim = stack.enter_context(contextlib.closing(Sim(lab, count)))
        names = [f"u{i}" for i in range(1, count + 1)]
        master = Master(lab, contexts=names)
        stack.callback(master.kill)
        relay = Relay(lab, master)
        stack.enter_context(running(lab, relay.child))
        conf = write_upsmibd_conf(lab, sim.ports, {}, names)
        watch = Watch(lab, master.port, UPS_MIB + ".1.2.1.0", names[-1], period_ms=2)
        stack.callback(watch.close)
        began = time.monotonic()
        child = stack.enter_context(running(
            lab, start_upsmibd(lab, conf, "--agentx", "unix:" + relay.socket)))
        answered = watch.until(is_value, 30, "upsBatteryStatus of the last context")
        wait_all(lab, master, child, [names[-1]])
        counts = relay.counts()
        contexts = {r[0] for r in counts["registrations"] if r[1].startswith(UPS_MIB)}
        if len(contexts - {""}) != count:
            raise Failed(f"{len(contexts - {''})} of {count} contexts were registered")
        return {"register_ms": counts["register_ms"], "registrations": len(counts["registrations"]),
                "from_exec_ms": (answered - began) * 1000}


def show_row(report, name, row):
    report.text(f"{name:28}{row['count']:5}{row['pss']:9}{row['uss']:9}{row['rss']:9}"
                f"{row['cpu']:10.0f}{row['requests']:10.1f}{row['threads']:8}")


def cpu_per_poll(rows, count):
    """CPU microseconds a full poll: the windows never hold quite the same number of polls."""
    poll = rows[1].get("poll")
    if not poll or not rows[count]["requests"]:
        raise Failed("no polls were seen on the wire")
    return rows[count]["cpu"] / (rows[count]["requests"] / poll["requests"])


def compare(report, ours, theirs):
    """The issue's bounds on memory and CPU."""
    report.target("64 UPSes in one process, PSS", ours[64]["pss"] / 1000, 5, "MB")
    for low, high in ((1, 64), (64, 256)):
        each = (ours[high]["uss"] - ours[low]["uss"]) / (high - low)
        report.target(f"each further UPS, private ({low} to {high})", each, 24, "kB")
    for count, row in sorted(theirs.items()):
        mine, nut = cpu_per_poll(ours, count), cpu_per_poll(theirs, count)
        report.target(f"CPU for the same polls, {count} UPS(es), share of NUT's", mine / nut, 0.5, "x",
                      why=f"{mine:.0f} against {nut:.0f} us a full poll; "
                          f"PSS {ours[count]['pss']} against {row['pss']} kB")
    if not theirs:
        report.target("CPU for the same polls, share of NUT's", None, 0.5, "x",
                      why="skipped: NUT's huawei-ups2000 driver is not installed")
    growth = (ours[256]["rss"] - ours[1]["rss"]) / 1000
    report.target("256 UPSes with data, RSS above one UPS", growth, 4, "MB",
                  why=f"snmpd grew by {ours[256]['master_rss_grown'] / 1000:.1f} MB beside it")


def measure_paced(lab, report, driver, window):
    """The same polls with the bytes of a real line: one by one, at 9600 baud."""
    ours, theirs = {}, {}
    for count in (1, 16):
        ours[count] = measure_upsmibd(lab, count, SAME, window, PACED)
        show_row(report, "upsmibd, 9600 baud", ours[count])
        if driver:
            theirs[count] = measure_nut(lab, driver, count, window, PACED)
            show_row(report, "NUT, 9600 baud", theirs[count])
    for count, row in theirs.items():
        mine, nut = cpu_per_poll(ours, count), cpu_per_poll(theirs, count)
        report.target(f"CPU for the same polls at 9600 baud, {count} UPS(es), share of NUT's", mine / nut, 0.5,
                      "x", why=f"{mine:.0f} against {nut:.0f} us a full poll")
    return {"upsmibd": ours, "nut": theirs}


def show_wire(report, ours, theirs):
    poll = ours[1].get("poll")
    if poll:
        report.text(f"full poll: {poll['requests']} requests, {poll['sent']} + {poll['got']} bytes, "
                    f"{bus_ms(poll):.0f} ms of bus at 9600")
    nut = theirs.get(1, {}).get("poll")
    if nut:
        report.text(f"NUT's poll: {nut['requests']} requests, {nut['sent']} + {nut['got']} bytes, "
                    f"{bus_ms(nut):.0f} ms of bus at 9600")


def run_scale(lab, report, counts=(1, 16, 64, 256), window=WINDOW):
    driver = find_nut_driver()
    ours, theirs, defaults = {}, {}, {}
    report.text(f"{'':28}{'UPSes':>5}{'PSS kB':>9}{'USS kB':>9}{'RSS kB':>9}{'CPU us/s':>10}"
                f"{'req/s':>10}{'threads':>8}")
    for count in counts:
        ours[count] = measure_upsmibd(lab, count, SAME, window)
        show_row(report, "upsmibd, full poll each 2 s", ours[count])
        if driver and count <= 64:
            theirs[count] = measure_nut(lab, driver, count, window)
            show_row(report, "NUT huawei-ups2000, 2 s", theirs[count])
    for count in (1, 64):
        defaults[count] = measure_upsmibd(lab, count, {}, window)
        show_row(report, "upsmibd, default settings", defaults[count])
    if not driver:
        report.text("NUT's huawei-ups2000 driver is not installed: its rows are skipped")
    show_wire(report, ours, theirs)
    paced = measure_paced(lab, report, driver, window)
    contexts = measure_contexts(lab, max(counts))
    report.data("scale", {"upsmibd": ours, "nut": theirs, "defaults": defaults, "contexts": contexts,
                          "paced": paced})
    compare(report, ours, theirs)
    report.target(f"{max(counts)} contexts registered in", contexts["register_ms"], 100, "ms",
                  why=f"{contexts['registrations']} Register PDUs through the counting relay; "
                      f"the last context answered {contexts['from_exec_ms']:.0f} ms after exec")
