# SPDX-License-Identifier: BSD-2-Clause
"""What a read costs: latency and CPU against snmpd's own objects, and AgentX PDUs."""
import contextlib
import json
import statistics
import subprocess
import sys

from lab import (Failed, Master, PLAYPEN, SNMP_GROUP, Sim, UPS_MIB, dump, free_port, padding, running,
                 start, start_upsmibd, wait_for, wait_for_data, write_upsmibd_conf)
import os

SCRIPT_BASE = PLAYPEN + ".33"
OPS = ("get 200", "getmany 15 60", "next 2", "bulk 3 25", "fit 3 25")
# What the issue asks for: figure -> bound for (AgentX, standalone).
BOUNDS = {"get": (1.9, 1.15), "getmany": (2.2, 1.5), "next": (1.9, 1.2), "bulk_cpu": (3.8, 0.7)}
TITLES = {"get": "GET, median", "getmany": "GET of 60 varbinds, median",
          "next": "GETNEXT walk, time per object", "bulk": "GETBULK(25) walk, time per object",
          "bulk_cpu": "GETBULK(25) walk, CPU per object",
          "fit_cpu": "the same, last request cut to fit", "get_cpu": "GET, CPU"}


@contextlib.contextmanager
def awake(lab, seconds=600):
    """Keeps the CPUs from sleeping while latencies are measured."""
    with running(lab, start(lab, [lab.program("keepawake"), str(seconds)])) as child:
        yield child


def load(lab, targets, ops, rounds, timeout_ms=1000, deadline=240):
    """Runs a plan; targets are (name, port, community, root, pids).  Returns the result lines."""
    plan = [f"rounds {rounds}", f"timeout {timeout_ms}"]
    plan += [f"target {n} {p} {c} {r} {','.join(map(str, pids)) or '-'}" for n, p, c, r, pids in targets]
    plan += ["op " + op for op in ops]
    done = subprocess.run([lab.program("snmpload"), "plan"], input="\n".join(plan) + "\n", text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=deadline,
                          check=False)
    if done.returncode:
        raise Failed("snmpload: " + done.stderr.strip())
    return [json.loads(line) for line in done.stdout.splitlines()]


def figures(line):
    """What one line of one op gives: name -> microseconds."""
    op, n = line["op"], max(1, line["objects"])
    if op == "get":
        return {"get": line["p50"], "get_cpu": line["cpu_us"] / n}
    if op == "getmany":
        return {"getmany": line["p50"]}
    return {op: line["wall_us"] / n, op + "_cpu": line["cpu_us"] / n}


def ratios(lines, base="builtin"):
    """Medians over the rounds of target / base in the same round, and of the absolute figures."""
    rounds = {}
    for line in lines:
        if line.get("round", -1) >= 0:
            rounds.setdefault(line["target"], {}).setdefault(line["round"], {}).update(figures(line))
    result = {}
    for target, by_round in rounds.items():
        for name in next(iter(by_round.values())):
            values = [f[name] for f in by_round.values()]
            over = [f[name] / rounds[base][r][name] for r, f in by_round.items()
                    if rounds[base][r][name] > 0]
            result.setdefault(target, {})[name] = {
                "us": statistics.median(values),
                "ratio": statistics.median(over) if over else None}
    return result


def write_script_values(lab, master):
    path = lab.path("passpersist.values")
    rows = dump(lab, master.port, UPS_MIB)
    if not rows:
        raise Failed("UPS-MIB is empty over AgentX")
    with open(path, "w") as f:
        f.writelines(f"{oid} {value}\n" for oid, value in rows)
    return path


def script_pid(lab, master, path):
    """The first request starts the script."""
    wait_for(lambda: dump(lab, master.port, SCRIPT_BASE), 10, "the pass_persist script", step=0.1)
    with open(path + ".pid") as f:
        return int(f.read())


def measure_targets(lab, rounds):
    script = os.path.join(lab.srcdir, "passpersist.py")
    extra = [f"pass_persist .{SCRIPT_BASE} {sys.executable} {script} {SCRIPT_BASE} "
             + lab.path("passpersist.values")]
    for oid in ("1.3.6.1.2.1.12", "1.3.6.1.2.1.34", PLAYPEN + ".34"):
        extra += padding(oid)
    with contextlib.ExitStack() as stack:
        sims = [stack.enter_context(contextlib.closing(Sim(lab))) for _ in range(2)]
        master = Master(lab, extra=extra)
        stack.callback(master.kill)
        confs = [write_upsmibd_conf(lab, s.ports, {"pollinterval": 1, "pollfreq": 30}) for s in sims]
        sub = stack.enter_context(running(
            lab, start_upsmibd(lab, confs[0], "--agentx", "unix:" + master.socket)))
        alone_port = free_port()
        alone = stack.enter_context(running(
            lab, start_upsmibd(lab, confs[1], "--standalone", f"udp:127.0.0.1:{alone_port}")))
        wait_for_data(lab, master.port, sub)
        wait_for_data(lab, alone_port, alone)
        values = write_script_values(lab, master)
        pid = script_pid(lab, master, values)
        targets = [("builtin", master.port, "public", SNMP_GROUP, [master.pid]),
                   ("agentx", master.port, "public", UPS_MIB, [master.pid, sub.pid]),
                   ("upsmibd", master.port, "public", UPS_MIB, [sub.pid]),  # its part of the CPU time
                   ("script", master.port, "public", SCRIPT_BASE, [master.pid, pid]),
                   ("alone", alone_port, "public", UPS_MIB, [alone.pid])]
        with awake(lab):
            free = load(lab, targets, OPS, rounds)
            together(targets)
            return free, load(lab, targets, OPS, rounds // 2)


def together(targets):
    """Puts all servers on one CPU, the last, so that no hop between them wakes another CPU."""
    cpu = max(os.sched_getaffinity(0))
    for pid in {pid for target in targets for pid in target[4]}:
        for task in os.listdir(f"/proc/{pid}/task"):
            os.sched_setaffinity(int(task), {cpu})


def table(report, result):
    report.text(f"{'':36}{'snmpd us':>9}{'AgentX':>9}{'alone':>9}{'script':>9}   (ratios to snmpd)")
    for name, title in TITLES.items():
        row = [result[t][name]["ratio"] for t in ("agentx", "alone", "script")]
        report.text(f"{title:36}{result['builtin'][name]['us']:9.2f}"
                    + "".join(f"{r:9.2f}" for r in row))
    part, both, base = (result[t]["bulk_cpu"]["us"] for t in ("upsmibd", "agentx", "builtin"))
    report.text(f"CPU of the GETBULK walk over AgentX: upsmibd {part:.1f}, snmpd {both - part:.1f} us an object; "
                f"snmpd's part alone is {(both - part) / base:.2f} times its own objects")


def run_reads(lab, report, rounds=100):
    lines, pinned = measure_targets(lab, rounds)
    found = {line["target"]: line["found"] for line in lines if "found" in line}
    result = ratios(lines)
    failures = sum(line["failures"] for line in lines if line.get("round") == -1)
    totals = {t: {line["op"]: line for line in lines
                  if line.get("round") == -1 and line["target"] == t} for t in found}
    report.data("reads", {"objects": found, "ratios": result, "one_cpu": ratios(pinned), "totals": totals, "rounds": rounds})
    report.text(f"objects: snmpd's snmp group {found['builtin']}, UPS-MIB {found['agentx']} over AgentX, "
                f"{found['alone']} standalone, {found['script']} by the script; {rounds} rounds, "
                f"{failures} failed requests")
    table(report, result)
    report.text("the same with all servers on one CPU:")
    one_cpu = ratios(pinned)
    table(report, one_cpu)
    for which, target in enumerate(("agentx", "alone")):
        label = ("AgentX", "standalone")[which]
        for name, bounds in BOUNDS.items():
            report.target(f"{label}: {TITLES[name]}, ratio to snmpd's own", result[target][name]["ratio"],
                          bounds[which], "x",
                          why=f"{result[target][name]['us']:.1f} against "
                              f"{result['builtin'][name]['us']:.1f} us; on one CPU "
                              f"{one_cpu[target][name]['ratio']:.2f}")
    report.target("failed requests of the whole read section", failures, 0, "")


# AgentX PDUs

class Relay:
    def __init__(self, lab, master):
        self.lab = lab
        self.socket = lab.fresh("relay")
        self.child = start(lab, [sys.executable, os.path.join(lab.srcdir, "pdu_relay.py"),
                                 self.socket, master.socket],
                           stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        wait_for(lambda: os.path.exists(self.socket), 10, "the PDU relay", self.child)

    def counts(self):
        self.child.stdin.write(b"\n")
        self.child.stdin.flush()
        return json.loads(self.child.stdout.readline())


def count_op(lab, relay, master, op):
    """PDUs towards the subagent for one operation, the walk that finds the objects taken off."""
    target = [("agentx", master.port, "public", UPS_MIB, [])]
    relay.counts()
    lines = load(lab, target, [op], 1)
    both = relay.counts()["down"]
    load(lab, target, [], 1)
    finding = relay.counts()["down"]
    kinds = {k: both.get(k, 0) - finding.get(k, 0) for k in both if k not in ("Response", "Ping")}
    return lines[0]["found"], {k: n for k, n in kinds.items() if n}


def run_pdus(lab, report):
    with contextlib.ExitStack() as stack:
        sim = stack.enter_context(contextlib.closing(Sim(lab)))
        master = Master(lab, extra=padding("1.3.6.1.2.1.34"))
        stack.callback(master.kill)
        relay = Relay(lab, master)
        stack.enter_context(running(lab, relay.child))
        conf = write_upsmibd_conf(lab, sim.ports, {})
        sub = stack.enter_context(running(
            lab, start_upsmibd(lab, conf, "--agentx", "unix:" + relay.socket)))
        wait_for_data(lab, master.port, sub)
        begin = relay.counts()
        under = [r for r in begin["registrations"]
                 if r[0] == "" and (r[1] + ".").startswith(UPS_MIB + ".")]
        rows = {}
        for name, op in (("GETNEXT walk", "next 1"), ("GETBULK(25) walk", "bulk 1 25"),
                         ("GET of 60 varbinds", "getmany 1 60"), ("GET", "get 1")):
            found, kinds = count_op(lab, relay, master, op)
            rows[name] = kinds
            report.text(f"{name:24}{sum(kinds.values()):5} PDUs  {kinds}")
    report.data("pdus", {"start": begin, "operations": rows, "objects": found,
                         "registrations": len(under)})
    bound = found + 2 * len(under)
    report.target(f"AgentX PDUs, GETNEXT walk of {found} objects in {len(under)} registration(s)",
                  sum(rows["GETNEXT walk"].values()), bound, "")
    report.target("AgentX PDUs for a GET of 60 varbinds", sum(rows["GET of 60 varbinds"].values()), 1, "")
