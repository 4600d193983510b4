# SPDX-License-Identifier: BSD-2-Clause
"""The Q* family: what a poll costs on the wire, how soon a mains failure is seen, and many UPSes in one
process against one process of NUT's nutdrv_qx each."""
import contextlib
import statistics

from failure import measure_failures
from lab import (Master, Sim, find_nut_driver, polls_seen, running, start_upsmibd, wait_for_data,
                 write_upsmibd_conf)
from scale import measure_nut, measure_upsmibd, middle

MEGATEC = ("driver = qx", "protocol = megatec")
BAUD = 2400
AT_ONCE = ("turnaround=0",)
PACED = ("--paced", "turnaround=20")
SAME = {"pollinterval": 2, "pollfreq": 30}  # what nutdrv_qx does when nothing is said
STATUS_BYTES = (3, 47)  # "Q1\r" and the status frame
# dialect: what it is called, bytes of the exchange that tells of mains: "Q1\r", "QGS\r"
TELLS_MAINS = {"megatec": ("Q1", sum(STATUS_BYTES)), "voltronic": ("QGS", 4 + 76)}
THINKS_S = 0.02


def watch_wire(lab, dialect, settings, seconds):
    """Polls of one UPS at rest."""
    with contextlib.ExitStack() as stack:
        sim = stack.enter_context(contextlib.closing(Sim(lab, options=AT_ONCE, protocol=dialect)))
        master = Master(lab)
        stack.callback(master.kill)
        conf = write_upsmibd_conf(lab, sim.ports, settings,
                                  unit=("driver = qx", f"protocol = {dialect}"))
        child = stack.enter_context(running(
            lab, start_upsmibd(lab, conf, "--agentx", "unix:" + master.socket)))
        wait_for_data(lab, master.port, child)
        return polls_seen(sim, seconds)


def show_wire(lab, report):
    """Status polls of megatec; full polls of a dialect that has more to read than the status."""
    status = watch_wire(lab, "megatec", {"pollinterval": 0.5, "pollfreq": 600}, 10)
    worst = max(status, key=lambda p: p["sent"] + p["got"])
    report.target("requests a status poll, max", worst["requests"], 1, "")
    report.target("bytes a status poll, max", worst["sent"] + worst["got"], sum(STATUS_BYTES), "",
                  why=f"{worst['sent']} + {worst['got']}, {len(status)} polls")
    every = 3
    mixed = watch_wire(lab, "masterguard", {"pollinterval": 0.5, "pollfreq": every}, 5 * every)
    full = [p for p in mixed if p["requests"] > 1]
    gaps = [b["start"] - a["start"] for a, b in zip(full, full[1:])]
    one = middle(full)
    report.text(f"masterguard: {len(mixed)} polls, {len(full)} of them full ones of {one['requests']} requests, "
                f"{one['sent']} + {one['got']} bytes, {min(gaps):.2f} to {max(gaps):.2f} s apart")
    report.target("full polls: most that one is off `pollfreq`", max(abs(g - every) for g in gaps), 0.3, "s")
    return {"status": status, "mixed": mixed}


def show_failure(lab, report, dialect, moments=40, units=8):
    query, size = TELLS_MAINS[dialect]
    exchange_s = size * 10 / BAUD + THINKS_S  # ten bits a byte
    delays = measure_failures(lab, moments, units, PACED, dialect, ("driver = qx", f"protocol = {dialect}"))[0]
    report.text(f"{query} at 2400 baud, 20 ms turnaround, one exchange {exchange_s:.3f} s: {len(delays)} random moments, "
                f"median {statistics.median(delays):.3f} s, p90 {sorted(delays)[len(delays) * 9 // 10]:.3f} s, "
                f"max {max(delays):.3f} s (NUT with Q1: 1.02, 1.90, 2.18 s until upsd knows)")
    report.target(f"{query} at 2400 baud: mains failure over SNMP, median", statistics.median(delays),
                  round(0.6 + exchange_s, 3), "s", why="0.6 s and one exchange")
    report.target(f"{query} at 2400 baud: mains failure over SNMP, max", max(delays), round(1.3 + exchange_s, 3), "s",
                  why="1.3 s and one exchange")
    return delays


def run_qx(lab, report):
    wire = show_wire(lab, report)
    report.data("qx", {"wire": wire, "failure": {dialect: show_failure(lab, report, dialect) for dialect in TELLS_MAINS}})


def show_row(report, name, row):
    report.text(f"{name:28}{row['count']:5}{row['pss']:9}{row['uss']:9}{row['rss']:9}{row['cpu']:10.0f}"
                f"{row['requests']:10.1f}{row['cpu'] / row['requests']:10.1f}{row['threads']:8}")


def measure_side_by_side(lab, report, driver, counts, title, line, window):
    """The same polls by both, one after the other, for each number of UPSes."""
    ours, theirs = {}, {}
    for count in counts:
        ours[count] = measure_upsmibd(lab, count, SAME, window, line, "megatec", MEGATEC)
        show_row(report, f"upsmibd, {title}", ours[count])
        if driver:
            theirs[count] = measure_nut(lab, driver, count, window, line, "megatec", ("protocol=megatec",))
            show_row(report, f"nutdrv_qx, {title}", theirs[count])
    return ours, theirs


def compare(report, title, ours, theirs):
    most = max(ours)
    for count, row in theirs.items():
        mine, nut = (r["cpu"] / r["requests"] for r in (ours[count], row))
        what = f"{title}: CPU for the same polls, {count} UPS(es), share of nutdrv_qx's"
        why = f"{mine:.0f} against {nut:.0f} us an exchange; PSS {ours[count]['pss']} against {row['pss']} kB"
        if count == most:
            report.target(what, mine / nut, 0.5, "x", why=why)
        else:
            report.text(f"{what}: {mine / nut:.2f} ({why})")
    if not theirs:
        report.target(f"{title}: CPU for the same polls, share of nutdrv_qx's", None, 0.5, "x",
                      why="skipped: NUT's nutdrv_qx is not installed")


def run_qx_scale(lab, report, counts=(1, 8, 64), window=8 * SAME["pollinterval"]):
    driver = find_nut_driver("nutdrv_qx")
    found = {}
    report.text(f"{'':28}{'UPSes':>5}{'PSS kB':>9}{'USS kB':>9}{'RSS kB':>9}{'CPU us/s':>10}"
                f"{'exch/s':>10}{'us/exch':>10}{'threads':>8}")
    for title, line in (("at once", AT_ONCE), ("2400 baud", PACED)):
        found[title] = measure_side_by_side(lab, report, driver, counts, title, line, window)
    for title, (ours, theirs) in found.items():
        compare(report, title, ours, theirs)
    ours = found["2400 baud"][0]
    most, least = max(counts), min(counts)
    report.target(f"{most} Q1 UPSes in one process, PSS", max(f[0][most]["pss"] for f in found.values()) / 1000,
                  6, "MB")
    report.target(f"each further Q1 UPS, private ({least} to {most})",
                  (ours[most]["uss"] - ours[least]["uss"]) / (most - least), 32, "kB")
    report.data("qxscale", {title: {"upsmibd": f[0], "nut": f[1]} for title, f in found.items()})
