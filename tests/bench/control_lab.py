# SPDX-License-Identifier: BSD-2-Clause
"""What the sections `set` and `trap` stand on: a UPS behind a relay that stamps its bytes, upsmibd by
AgentX or standalone, a manager that may write, a receiver of notifications.
"""
import contextlib
import json
import os
import socket
import subprocess
import sys
import time

from lab import (Failed, Master, Sim, UPS_MIB, free_port, running, start, start_upsmibd, stop, wait_for,
                 wait_for_data, write_upsmibd_conf)

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "system"))
import snmp  # noqa: E402

FACES = {"AgentX": False, "standalone": True}
WRITER = "private"


class Helper:
    """A child that answers each line with one line of JSON."""

    def __init__(self, lab, script, *arguments):
        self.lab = lab
        self.child = start(lab, [sys.executable, os.path.join(lab.srcdir, script), *map(str, arguments)],
                           stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        if self.child.stdout.readline() != b"ready\n":
            raise Failed(f"{script} did not start")

    def take(self):
        self.child.stdin.write(b"\n")
        self.child.stdin.flush()
        return json.loads(self.child.stdout.readline())

    def close(self):
        stop(self.lab, self.child)


class Transaction:
    """A request and its answer on the wire; `answered` is None while there is none."""

    def __init__(self, sent, request, rtu):
        self.sent, self.request, self.rtu = sent, bytes.fromhex(request), rtu
        self.reply, self.answered = b"", None

    def pdu(self, frame):
        """The Modbus PDU: after the address of an RTU frame, after the header of a TCP one."""
        return frame[1:-2] if self.rtu else frame[7:]

    def first_register(self):
        return int.from_bytes(self.pdu(self.request)[1:3], "big")

    def writes(self, register):
        return self.pdu(self.request)[0] == 6 and self.first_register() == register

    def read(self, register):
        """The value if this is an answered read that begins with the register, else None."""
        request, reply = self.pdu(self.request), self.pdu(self.reply)
        if self.answered is None or request[0] != 3 or self.first_register() != register:
            return None
        return int.from_bytes(reply[2:4], "big") if reply[:1] == b"\3" else None


class Wire(Helper):
    """The relay before a simulator.  `port` is what upsmibd opens."""

    def __init__(self, lab, sim, rtu):
        self.rtu, self.open = rtu, None
        if rtu:
            self.port = lab.fresh("relayed")
            super().__init__(lab, "wire_relay.py", "pty", self.port, sim.ports[0])
        else:
            near = free_port(socket.SOCK_STREAM)
            self.port = f"tcp:127.0.0.1:{near}"
            super().__init__(lab, "wire_relay.py", "tcp", near, sim.ports[0].rpartition(":")[2])

    def transactions(self):
        """Those that began or were answered since the last call, in order."""
        found = [self.open] if self.open else []
        for when, direction, data in self.take():
            if direction == "down":
                found.append(Transaction(when, data, self.rtu))
            elif found:
                found[-1].reply += bytes.fromhex(data)
                found[-1].answered = when
        self.open = found[-1] if found and found[-1].answered is None else None
        return found

    def until_quiet(self, seconds=0.12, limit=20):
        """Until nothing has passed for so long; what passed before."""
        found, end = [], time.monotonic() + limit
        while time.monotonic() < end:
            time.sleep(seconds)
            new = self.transactions()
            if not new:
                return found
            found += new
        raise Failed("the wire does not come to rest")


class Site:
    """One or more UPSes, upsmibd behind one of its faces."""

    def __init__(self, lab, stack, standalone, settings, options=("turnaround=0", "model=UPS2000"),
                 rtu=False, count=1, relayed=True, protocol="huawei-ups2000"):
        self.sim = stack.enter_context(contextlib.closing(
            Sim(lab, count, tcp=relayed and not rtu, options=options, protocol=protocol)))
        self.wire = stack.enter_context(contextlib.closing(Wire(lab, self.sim, rtu))) if relayed else None
        trap_port = free_port()
        self.sink = stack.enter_context(contextlib.closing(Helper(lab, "trap_sink.py", trap_port)))
        names = [f"u{i}" for i in range(1, count + 1)]
        access = [f"rwcommunity {WRITER} 127.0.0.1", f"trap2sink 127.0.0.1:{trap_port} traps"]
        conf = write_upsmibd_conf(lab, [self.wire.port] if relayed else self.sim.ports,
                                  dict(settings, allow="all"), names, access)
        self.master = None if standalone else Master(lab, names, access)
        if self.master:
            stack.callback(self.master.kill)
        self.port = free_port() if standalone else self.master.port
        face = (["--standalone", f"udp:127.0.0.1:{self.port}"] if standalone
                else ["--agentx", "unix:" + self.master.socket])
        self.child = stack.enter_context(running(lab, start_upsmibd(lab, conf, *face)))
        self.client = stack.enter_context(contextlib.closing(
            snmp.Client(self.port, WRITER, timeout=10, retries=0)))
        wait_for_data(lab, self.port, self.child, "public" if standalone or count == 1 else names[-1])

    def value(self, column):
        return self.client.value(f"{UPS_MIB}.{column}")


@contextlib.contextmanager
def site(lab, standalone, settings, **how):
    with contextlib.ExitStack() as stack:
        try:
            yield Site(lab, stack, standalone, settings, **how)
        except (snmp.Error, snmp.Timeout) as error:
            raise Failed(f"{type(error).__name__}: {error}") from error


def wait_traps(sink, wanted, seconds, what):
    """The first notification for which wanted(when, trap, values) holds, values as {name: value}."""
    def there():
        for when, trap, values in sink.take():
            if wanted(when, trap, dict(values)):
                return when
        return None
    return wait_for(there, seconds, what)


def percentile(values, share):
    """The value that this share of all does not exceed."""
    ranked = sorted(values)
    return ranked[min(len(ranked) - 1, int(len(ranked) * share))]
