# SPDX-License-Identifier: BSD-2-Clause
"""The benchmark's laboratory: private processes, ports, files and clocks.

Everything listens on 127.0.0.1 or on Unix sockets in one temporary directory.  Only processes
started here are ever signalled, and each of them dies with the benchmark.
Times are seconds of CLOCK_MONOTONIC; sizes are kB; CPU times are seconds of scheduler run time.
"""
import contextlib
import ctypes
import os
import selectors
import shutil
import signal
import socket
import subprocess
import tempfile
import time

UPS_MIB = "1.3.6.1.2.1.33"
SNMP_GROUP = "1.3.6.1.2.1.11"
PLAYPEN = "1.3.6.1.4.1.8072.9999.9999"


class Failed(Exception):
    """A measurement that could not be made; the text says why."""


class Lab:
    """Where the programs are, where the files go and what has been started."""

    def __init__(self, builddir, keep=False):
        self.builddir = builddir
        self.srcdir = os.path.dirname(os.path.abspath(__file__))
        self.dir = tempfile.mkdtemp(prefix="upsmibd-bench-")
        self.keep = keep
        self.children = []
        self.serial = 0

    def program(self, name):
        places = {"upsmibd": "upsmibd", "upssim": "tests/sim/upssim"}
        path = os.path.join(self.builddir, places.get(name, "tests/bench/" + name))
        if not os.access(path, os.X_OK):
            raise Failed(f"{path} has not been built")
        return path

    def path(self, name):
        return os.path.join(self.dir, name)

    def fresh(self, stem):
        """A file name that has not been used in this run."""
        self.serial += 1
        return self.path(f"{stem}.{self.serial}")

    def close(self):
        for child in list(self.children):
            stop(self, child, signal.SIGKILL)
        if not self.keep:
            shutil.rmtree(self.dir, ignore_errors=True)


def find_snmpd():
    return shutil.which("snmpd", path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")


def find_nut_driver(name="huawei-ups2000"):
    for folder in ("/lib/nut", "/usr/lib/nut", "/usr/libexec/nut", "/usr/lib/ups/driver"):
        path = os.path.join(folder, name)
        if os.access(path, os.X_OK):
            return path
    return None


def free_port(kind=socket.SOCK_DGRAM):
    with socket.socket(socket.AF_INET, kind) as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def die_with_parent():
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


def start(lab, argv, log=None, env=None, **popen):
    """Starts a child; its output goes to the file `log` unless pipes are given."""
    log = log or lab.fresh(os.path.basename(argv[0]) + ".log")
    with open(log, "ab") as out:
        popen.setdefault("stdin", subprocess.DEVNULL)
        popen.setdefault("stdout", out)
        popen.setdefault("stderr", out)
        child = subprocess.Popen(argv, env=dict(os.environ, **(env or {})),
                                 preexec_fn=die_with_parent, **popen)
    child.log = log
    lab.children.append(child)
    return child


def stop(lab, child, sig=signal.SIGTERM, timeout=5):
    """Ends one child of ours; SIGKILL if it does not go by itself."""
    if child.poll() is None:
        child.send_signal(signal.SIGCONT)
        child.send_signal(sig)
        try:
            child.wait(timeout)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait(timeout)
    for pipe in (child.stdin, child.stdout, child.stderr):
        if pipe:
            pipe.close()
    if child in lab.children:
        lab.children.remove(child)


@contextlib.contextmanager
def running(lab, child):
    try:
        yield child
    finally:
        stop(lab, child)


def log_tail(child, lines=6):
    with open(child.log, errors="replace") as f:
        return " | ".join(line.strip() for line in f.readlines()[-lines:])


def wait_for(condition, seconds, what, child=None, step=0.01):
    """Polls until condition() is true; raises Failed at the deadline or when child has died."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if child is not None and child.poll() is not None:
            raise Failed(f"{child.args[0]} ended with {child.returncode}: {log_tail(child)}")
        if time.monotonic() > end:
            raise Failed(f"{what}: not within {seconds} s"
                         + (f" ({log_tail(child)})" if child is not None else ""))
        time.sleep(step)


# Figures of processes

def cpu_seconds(pid):
    """Scheduler run time of all threads."""
    total = 0
    for task in os.listdir(f"/proc/{pid}/task"):
        with contextlib.suppress(OSError):
            with open(f"/proc/{pid}/task/{task}/schedstat") as f:
                total += int(f.read().split()[0])
    return total / 1e9


def cpu_share(pids, seconds):
    """CPU seconds a second of all pids together over a window."""
    before = {pid: cpu_seconds(pid) for pid in pids}
    began = time.monotonic()
    time.sleep(seconds)
    return sum(cpu_seconds(p) - before[p] for p in pids) / (time.monotonic() - began)


def memory(pids):
    """PSS, USS and RSS in kB, summed over pids."""
    total = {"pss": 0, "uss": 0, "rss": 0}
    fields = {"Pss": "pss", "Private_Clean": "uss", "Private_Dirty": "uss", "Rss": "rss"}
    for pid in pids:
        with open(f"/proc/{pid}/smaps_rollup") as f:
            for line in f:
                name, _, rest = line.partition(":")
                if name in fields:
                    total[fields[name]] += int(rest.split()[0])
    return total


def threads(pid):
    return len(os.listdir(f"/proc/{pid}/task"))


# snmpd

def padding(oid, count=26):
    """Cheap scalars behind a subtree: a GETBULK that runs past its end costs the same everywhere."""
    return [f"override {oid}.{i}.0 integer {i}" for i in range(1, count + 1)]


def write_snmpd_conf(lab, port, socket_path, contexts=(), extra=()):
    conf = lab.fresh("snmpd.conf")
    lines = [f"agentAddress udp:127.0.0.1:{port}", "master agentx",
             f"agentXSocket unix:{socket_path}", "agentXPerms 0600 0755",
             "view all included .1", "rocommunity public 127.0.0.1"]
    lines += [f"rocommunity {c} 127.0.0.1 -V all {c}" for c in contexts]
    with open(conf, "w") as f:
        f.write("\n".join(lines + list(extra)) + "\n")
    return conf


def start_snmpd(lab, conf, socket_path, wait=True):
    persistent = lab.path("snmp-persistent")
    os.makedirs(persistent, exist_ok=True)
    snmpd = find_snmpd()
    if not snmpd:
        raise Failed("snmpd is not installed")
    child = start(lab, [snmpd, "-f", "-Lo", "-C", "-c", conf, "-I", "-smux"],
                  env={"SNMP_PERSISTENT_DIR": persistent, "SNMPCONFPATH": persistent, "MIBS": ""})
    if wait:
        wait_for(lambda: os.path.exists(socket_path), 10, "snmpd's AgentX socket", child)
    return child


class Master:
    """A private snmpd with its port, socket and configuration."""

    def __init__(self, lab, contexts=(), extra=()):
        self.lab = lab
        self.port = free_port()
        self.socket = lab.fresh("agentx")
        self.conf = write_snmpd_conf(lab, self.port, self.socket, contexts, extra)
        self.child = start_snmpd(lab, self.conf, self.socket)

    @property
    def pid(self):
        return self.child.pid

    def kill(self, sig=signal.SIGKILL):
        stop(self.lab, self.child, sig)

    def restart(self):
        self.child = start_snmpd(self.lab, self.conf, self.socket, wait=False)


# upsmibd

HUAWEI = ("driver = huawei-ups2000",)


def write_upsmibd_conf(lab, ports, settings, names=None, access=(), unit=HUAWEI):
    """One unit per port, named u1, u2 ...; settings are global lines, `unit` those of each unit, access
    those of standalone.conf beside the reading community."""
    folder = lab.fresh("etc")
    os.makedirs(folder)
    conf = os.path.join(folder, "upsmibd.conf")
    names = names or [f"u{i}" for i in range(1, len(ports) + 1)]
    with open(conf, "w") as f:
        for name, value in settings.items():
            f.write(f"{name} = {value}\n")
        for name, port in zip(names, ports):
            f.write("\n  ".join([f"[{name}]", *unit, f"port = {port}"]) + "\n")
    with open(os.path.join(folder, "standalone.conf"), "w") as f:
        f.write("\n".join(["rocommunity public 127.0.0.1", *access]) + "\n")
    return conf


def start_upsmibd(lab, conf, north, address, **popen):
    state = lab.fresh("state")
    os.makedirs(state)
    return start(lab, [lab.program("upsmibd"), "-f", "-c", conf, north, address,
                       "--state", state], **popen)


# upssim

class Sim:
    """One upssim process: `count` units on ptys (or one TCP port), with its control socket."""

    def __init__(self, lab, count=1, tcp=False, options=("turnaround=0", "model=UPS2000"),
                 protocol="huawei-ups2000"):
        self.lab = lab
        self.count = count
        self.control_path = lab.fresh("simctl")
        self.link = lab.fresh("tty")
        argv = [lab.program("upssim"), "--protocol", protocol]
        if tcp:
            port = free_port(socket.SOCK_STREAM)
            self.ports = [f"tcp:127.0.0.1:{port}"]
            argv += ["--tcp", f"127.0.0.1:{port}"]
        else:
            argv += ["--pty", self.link]
            if count > 1:
                argv += ["--count", str(count)]
            self.ports = [self.link] if count == 1 else [f"{self.link}.{i}" for i in range(count)]
        self.child = start(lab, argv + ["--control", self.control_path] + list(options))
        self.socket = None
        self.wait_ready()

    def wait_ready(self):
        def ready():
            with open(self.child.log) as f:
                return f.read().startswith("ready") or None
        wait_for(ready, 10, "upssim", self.child)
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.settimeout(5)
        self.socket.connect(self.control_path)
        self.reader = self.socket.makefile("r")

    def command(self, text):
        self.socket.sendall(text.encode() + b"\n")
        reply = self.reader.readline().strip()
        if not reply.startswith("ok"):
            raise Failed(f"upssim {text}: {reply}")
        return reply[2:].strip()

    def stats(self):
        """Counters of the line: requests, bytes_in, bytes_out ..."""
        words = self.command("get stats").replace("=", " ").split()
        return {k.replace("-", "_"): int(v) for k, v in zip(words[::2], words[1::2])}

    def close(self):
        if self.socket:
            self.reader.close()
            self.socket.close()
        stop(self.lab, self.child)


def polls_seen(sim, seconds, quiet=0.12, step=0.004):
    """Polls on the wire during a window, by the simulator's counters.

    A poll is a run of requests with no pause above `quiet`.  Returns dictionaries with start,
    requests, sent (bytes to the UPS) and got; the first and the last are left out, because they may
    be cut."""
    polls, last = [], sim.stats()
    end = time.monotonic() + seconds
    changed = time.monotonic()
    while time.monotonic() < end:
        now, new = time.monotonic(), sim.stats()
        if new["requests"] != last["requests"] or new["bytes_out"] != last["bytes_out"]:
            if not polls or now - changed > quiet:
                polls.append({"start": now, "requests": 0, "sent": 0, "got": 0})
            polls[-1]["requests"] += new["requests"] - last["requests"]
            polls[-1]["sent"] += new["bytes_in"] - last["bytes_in"]
            polls[-1]["got"] += new["bytes_out"] - last["bytes_out"]
            changed = now
        last = new
        time.sleep(step)
    return polls[1:-1]


# snmpload

class Watch:
    """Follows one object; every change of the answer arrives as (time, text)."""

    def __init__(self, lab, port, oid, community="public", period_ms=5, timeout_ms=20):
        self.lab = lab
        self.child = start(lab, [lab.program("snmpload"), "watch", str(port), community, oid,
                                 str(period_ms), str(timeout_ms)],
                           stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        os.set_blocking(self.child.stdout.fileno(), False)
        self.selector = selectors.DefaultSelector()
        self.selector.register(self.child.stdout, selectors.EVENT_READ)
        self.rest = b""
        self.last = (0.0, "")

    def changes(self, timeout):
        """What came within the timeout, at once when something is there."""
        found = []
        if self.selector.select(timeout):
            data = self.child.stdout.read() or b""
            *lines, self.rest = (self.rest + data).split(b"\n")
            for line in lines:
                when, _, text = line.decode().partition(" ")
                found.append((int(when) / 1e9, text))
            if found:
                self.last = found[-1]
        return found

    def until(self, wanted, seconds, what):
        """Waits for an answer for which wanted(text) holds; returns when it came first."""
        end = time.monotonic() + seconds
        if wanted(self.last[1]):
            for _ in iter(lambda: self.changes(0), []):
                pass
            if wanted(self.last[1]):
                return self.last[0]
        while time.monotonic() < end:
            for when, text in self.changes(max(0.0, end - time.monotonic())):
                if wanted(text):
                    return when
        raise Failed(f"{what}: not within {seconds} s, last answer '{self.last[1]}'")

    def close(self):
        if self.selector.get_map() is not None:
            self.selector.close()
            stop(self.lab, self.child)


def is_value(text):
    """An answer that carries a value."""
    return text.split(" ")[0] in ("integer", "gauge", "counter", "timeticks", "string",
                                  "octet", "objectid", "counter64")


def dump(lab, port, root, community="public"):
    """The subtree as a list of (oid, type and value)."""
    out = subprocess.run([lab.program("snmpload"), "dump", str(port), community, root],
                         stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, timeout=60,
                         check=False).stdout
    return [tuple(line.split(" ", 1)) for line in out.splitlines() if " " in line]


def wait_for_data(lab, port, child, community="public", seconds=30):
    """Until a measured object (the first phase's upsOutputVoltage) has a value."""
    oid = UPS_MIB + ".1.4.4.1.2.1"
    watch = Watch(lab, port, oid, community, period_ms=20, timeout_ms=200)
    try:
        wait_for(lambda: any(is_value(t) for _, t in watch.changes(0)) or is_value(watch.last[1]),
                 seconds, f"upsOutputVoltage of {community}", child, step=0.02)
    finally:
        watch.close()
