# SPDX-License-Identifier: BSD-2-Clause
"""A hung master, many master restarts, and a cable that is pulled and put back."""
import concurrent.futures
import contextlib
import os
import signal
import statistics
import time

from lab import (Master, Sim, UPS_MIB, Watch, cpu_share, dump, is_value, memory, polls_seen, running,
                 start_upsmibd, wait_for, wait_for_data, write_upsmibd_conf)

BATTERY_STATUS = UPS_MIB + ".1.2.1.0"
OUTPUT_VOLTAGE = UPS_MIB + ".1.4.4.1.2.1"
ALARMS_PRESENT = UPS_MIB + ".1.6.1.0"
COMMUNICATIONS_LOST = UPS_MIB + ".1.6.3.20"


def delays_of(polls, interval):
    """By how much each poll came later than one interval after the one before."""
    starts = [p["start"] for p in polls]
    return [b - a - interval for a, b in zip(starts, starts[1:])]


def log_growth(child):
    """Follows a child's log: returns a function that gives the lines written since the last call."""
    seen = [0]

    def lines():
        with open(child.log, errors="replace") as f:
            f.seek(seen[0])
            text = f.read()
        seen[0] += len(text.encode())
        return text.splitlines()
    return lines


def core_step(sim, log, unit, command, seconds=3):
    """Seconds from a change at the UPS to the first line that upsmibd logs about this unit."""
    log()
    began = time.monotonic()
    sim.command(command)
    wait_for(lambda: [line for line in log() if unit in line], seconds,
             f"a log line after '{command}'", step=0.004)
    return time.monotonic() - began


def core_steps(sim, log, unit, rounds=3, settle=2.8):
    """Steps of the core: the mains of one unit go and come back."""
    steps = []
    for _ in range(rounds):
        steps.append(core_step(sim, log, unit, "mains off"))
        steps.append(core_step(sim, log, unit, "mains on"))
        time.sleep(settle)  # the inverter goes back to mains two seconds later
    return steps


def watch_polls(sim, seconds, others):
    """Polls of one unit on the wire while `others` runs; returns both results."""
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        polls = pool.submit(polls_seen, sim, seconds, 0.1, 0.002)
        steps = others()
        return polls.result(), steps


def run_hung(lab, report, seconds=15, interval=0.25):
    settings = {"pollinterval": interval, "pollfreq": 600}
    with contextlib.ExitStack() as stack:
        sims = [stack.enter_context(contextlib.closing(Sim(lab))) for _ in range(2)]
        master = Master(lab, contexts=["u1", "u2"])
        stack.callback(master.kill)
        conf = write_upsmibd_conf(lab, [s.ports[0] for s in sims], settings)
        child = stack.enter_context(running(
            lab, start_upsmibd(lab, conf, "--agentx", "unix:" + master.socket)))
        wait_for_data(lab, master.port, child, "u2")
        log = log_growth(child)
        calm, calm_steps = watch_polls(sims[0], 5, lambda: core_steps(sims[1], log, "u2", 1))
        os.kill(master.pid, signal.SIGSTOP)
        hung, steps = watch_polls(sims[0], seconds, lambda: core_steps(sims[1], log, "u2"))
        watch = Watch(lab, master.port, BATTERY_STATUS, timeout_ms=50)
        stack.callback(watch.close)
        os.kill(master.pid, signal.SIGCONT)
        woken = time.monotonic()
        back = watch.until(is_value, 30, "a value after SIGCONT") - woken
    calm, hung = delays_of(calm, interval), delays_of(hung, interval)
    report.data("hung", {"calm": calm, "hung": hung, "back": back, "core_steps": steps,
                         "calm_core_steps": calm_steps})
    report.text(f"{len(hung)} polls, one each {interval} s, with the master stopped; "
                f"first value {back:.3f} s after SIGCONT")
    report.target("master stopped 15 s: latest poll of a worker", 1000 * max(hung), 50, "ms",
                  why=f"{1000 * max(calm):.1f} ms with the master running")
    report.target("master stopped 15 s: latest core step, beyond one poll interval",
                  1000 * max(0.0, max(steps) - interval), 50, "ms",
                  why="from a change at the UPS to upsmibd's log line: "
                      f"{max(steps):.3f} s at most, {max(calm_steps):.3f} s with the master running")


def one_restart(lab, master, watch, sig):
    """Kills and restarts the master; seconds from its AgentX socket to the first value."""
    master.kill(sig)
    with contextlib.suppress(FileNotFoundError):
        os.unlink(master.socket)
    watch.until(lambda t: t == "silence", 10, "the master's death")
    master.restart()
    wait_for(lambda: os.path.exists(master.socket), 10, "the new AgentX socket", master.child,
             step=0.002)
    ready = time.monotonic()
    return watch.until(is_value, 20, "a value from the new master") - ready


def run_restarts(lab, report, count=200, units=4):
    with contextlib.ExitStack() as stack:
        sim = stack.enter_context(contextlib.closing(Sim(lab, units)))
        names = [f"u{i}" for i in range(1, units + 1)]
        master = Master(lab, contexts=names)
        stack.callback(lambda: master.kill())
        conf = write_upsmibd_conf(lab, sim.ports, {}, names)
        child = stack.enter_context(running(
            lab, start_upsmibd(lab, conf, "--agentx", "unix:" + master.socket)))
        wait_for_data(lab, master.port, child, names[-1])
        watch = Watch(lab, master.port, BATTERY_STATUS, names[-1], period_ms=5, timeout_ms=10)
        stack.callback(watch.close)
        watch.until(is_value, 10, "a first value")
        warm = [one_restart(lab, master, watch, signal.SIGKILL) for _ in range(3)]
        before = memory([child.pid])
        times = [one_restart(lab, master, watch, signal.SIGKILL if i % 2 else signal.SIGTERM)
                 for i in range(count)]
        after = memory([child.pid])
    report.data("restarts", {"seconds": times, "warm": warm, "before": before, "after": after})
    report.text(f"{count} master restarts, {units} contexts: back after median "
                f"{statistics.median(times):.3f} s, max {max(times):.3f} s; RSS {before['rss']} to "
                f"{after['rss']} kB, private {before['uss']} to {after['uss']} kB")
    report.target(f"{count} master restarts: registered again, max", max(times), 0.5, "s",
                  why="from the new AgentX socket to a value over SNMP, "
                      f"{sum(t > 0.5 for t in times)} above 0.5 s")
    report.target(f"{count} master restarts: memory growth", after["rss"] - before["rss"], 256, "kB")


def lost_rows(lab, master, name):
    """Rows of upsAlarmTable that say upsAlarmCommunicationsLost."""
    rows = dump(lab, master.port, UPS_MIB + ".1.6.2.1.2", name)
    return [oid for oid, value in rows if value == "objectid " + COMMUNICATIONS_LOST]


def one_outage(lab, master, child, sim, name, commands, log):
    """Silence and return of one unit; `commands` cut the line and restore it."""
    voltage = Watch(lab, master.port, OUTPUT_VOLTAGE, name, timeout_ms=200)
    alarms = Watch(lab, master.port, ALARMS_PRESENT, name, timeout_ms=200)
    try:
        voltage.until(is_value, 10, "upsOutputVoltage before")
        alarms.until(is_value, 10, "upsAlarmsPresent before")
        calm = alarms.last[1]
        log()
        began = time.monotonic()
        sim.command(commands[0])
        alarm = alarms.until(lambda t: t != calm, 20, "upsAlarmCommunicationsLost") - began
        rows = len(lost_rows(lab, master, name))
        gone = voltage.until(lambda t: not is_value(t), 40, "the withdrawal") - began
        voltage.close()
        alarms.close()  # their GETs would be counted
        share = cpu_share([child.pid], 6)
        voltage = Watch(lab, master.port, OUTPUT_VOLTAGE, name, timeout_ms=200)
        voltage.until(lambda t: not is_value(t) and t != "", 5, "upsOutputVoltage still withdrawn")
        out_lines = log()
        began = time.monotonic()
        sim.command(commands[1])
        back = voltage.until(is_value, 30, "upsOutputVoltage after") - began
        wait_for(lambda: not lost_rows(lab, master, name), 10, "the alarm's end")
        back_lines = log()
    finally:
        voltage.close()
        alarms.close()
    return {"alarm": alarm, "rows": rows, "gone": gone, "back": back, "cpu_ms_s": share * 1000,
            "out_lines": out_lines, "back_lines": back_lines}


def run_replug(lab, report, maxage=15):
    results = {}
    with contextlib.ExitStack() as stack:
        sims = [stack.enter_context(contextlib.closing(Sim(lab, tcp=tcp))) for tcp in (False, True)]
        master = Master(lab, contexts=["u1", "u2"])
        stack.callback(master.kill)
        conf = write_upsmibd_conf(lab, [s.ports[0] for s in sims], {"pollinterval": 1})
        child = stack.enter_context(running(
            lab, start_upsmibd(lab, conf, "--agentx", "unix:" + master.socket)))
        for name in ("u1", "u2"):
            wait_for_data(lab, master.port, child, name)
        log = log_growth(child)
        cases = (("pty unplugged", sims[0], "u1", ("unplug", "plug")),
                 ("pty silent", sims[0], "u1", ("mute on", "mute off")),
                 ("TCP gone", sims[1], "u2", ("unplug", "plug")))
        for title, sim, name, commands in cases:
            results[title] = one_outage(lab, master, child, sim, name, commands, log)
    report.data("replug", results)
    for title, r in results.items():
        report.target(f"{title}: alarm 20 present after", r["alarm"], 5, "s",
                      why="" if r["rows"] else "upsAlarmCommunicationsLost is not in the table",
                      also=r["rows"] == 1)
        report.target(f"{title}: value withdrawn after", r["gone"], maxage + 1.5, "s",
                      also=r["gone"] > maxage - 1.5, why=f"maxage {maxage} s")
        report.target(f"{title}: values back after", r["back"], 5, "s")
        lines = max(len(r["out_lines"]), len(r["back_lines"]))
        report.target(f"{title}: log lines a change", lines, 2, "")
        report.target(f"{title}: CPU meanwhile", r["cpu_ms_s"], 1, "ms/s")
