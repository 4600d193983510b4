#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The device simulator itself: what it answers, refuses, and how its faults look on the wire.

UPSSIM names the program (default tests/sim/upssim in the build tree).  NUT's own driver is used as a second opinion
when it is installed.
"""

import os
import select
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import time
import unittest

import tap

UPSSIM = os.path.abspath(
    os.environ.get("UPSSIM") or os.path.join(os.environ.get("builddir", "."), "tests/sim/upssim")
)
NUT_DRIVER = "/lib/nut/huawei-ups2000"
DEADLINE = 20.0

# G13 chapter 3, the published answer to the device list, with its checksum.
G13_IDENTITY = bytes.fromhex(
    "012B0E03030000028704000000018844313D55505332303030413B323D563130304231313244"
    "30303B333D50312E302D44312E303B343D3231303232393037313048474639303030303133"
    "3B353D313B363D2D31D228"
)
DEVICE_LIST = bytes.fromhex("012B0E03873175")


def crc16(data):
    crc = 0xFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ 0xA001 if crc & 1 else crc >> 1
    return struct.pack("<H", crc)


def rtu(*parts):
    frame = b"".join(bytes([p]) if isinstance(p, int) else p for p in parts)
    return frame + crc16(frame)


def read_request(address, count, slave=1):
    return rtu(slave, 3, struct.pack(">HH", address, count))


def write_request(address, value, slave=1):
    return rtu(slave, 6, struct.pack(">HH", address, value))


def mbap(pdu, unit=1, tid=7):
    return struct.pack(">HHHB", tid, 0, len(pdu) + 1, unit) + pdu


class Line:
    """A file descriptor with a deadline."""

    def __init__(self, fd):
        self.fd = fd

    def send(self, data):
        os.write(self.fd, data)

    def take(self, count, wait=DEADLINE):
        data = b""
        end = time.monotonic() + wait
        while len(data) < count:
            left = end - time.monotonic()
            if left <= 0 or not select.select([self.fd], [], [], left)[0]:
                break
            part = os.read(self.fd, count - len(data))
            if not part:
                break
            data += part
        return data

    def silent(self, wait=0.15):
        return not select.select([self.fd], [], [], wait)[0]

    def close(self):
        os.close(self.fd)


class Simulator:
    def __init__(self, case, *words, protocol="huawei-ups2000", tcp=False):
        self.dir = tempfile.mkdtemp(prefix="upssim")
        case.addCleanup(shutil.rmtree, self.dir, True)
        self.link = os.path.join(self.dir, "tty")
        self.socket = os.path.join(self.dir, "control")
        line = ["--tcp", "127.0.0.1:0"] if tcp else ["--pty", self.link]
        self.process = subprocess.Popen(
            [UPSSIM, "--protocol", protocol, *line, "--control", self.socket, "--fast", *words],
            stdout=subprocess.PIPE,
            text=True,
        )
        case.addCleanup(self.stop)
        self.ready = self.process.stdout.readline().split()
        case.assertEqual(self.ready[:1], ["ready"])
        self.control = socket.socket(socket.AF_UNIX)
        self.control.settimeout(DEADLINE)
        self.control.connect(self.socket)
        self.lines = self.control.makefile("rw")

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
        status = self.process.wait(DEADLINE)
        self.process.stdout.close()
        self.lines.close()
        self.control.close()
        return status

    def ask(self, command):
        self.lines.write(command + "\n")
        self.lines.flush()
        return self.lines.readline().rstrip("\n")

    def do(self, command):
        reply = self.ask(command)
        if not reply.startswith("ok"):
            raise AssertionError(f"{command}: {reply}")
        return reply[3:]

    def until(self, command, wanted):
        end = time.monotonic() + DEADLINE
        while time.monotonic() < end:
            got = self.do(command)
            if got == wanted:
                return
            select.select([], [], [], 0.01)
        raise AssertionError(f"{command} is {got}, not {wanted}")

    def open(self, case):
        line = Line(os.open(self.link, os.O_RDWR | os.O_NOCTTY))
        case.addCleanup(line.close)
        return line

    def connect(self, case, index=0):
        host, port = self.ready[1 + index].rsplit(":", 1)
        sock = socket.create_connection((host, int(port)), DEADLINE)
        case.addCleanup(sock.close)
        sock.setblocking(True)
        return sock


class Base(unittest.TestCase):
    def serve(self, *words, **more):
        self.sim = Simulator(self, *words, **more)
        if not more.get("tcp"):
            self.line = self.sim.open(self)

    def exchange(self, request, length):
        self.line.send(request)
        return self.line.take(length)

    def registers(self, address, count, slave=1):
        reply = self.exchange(read_request(address, count, slave), 5 + 2 * count)
        self.assertEqual(reply[:3], bytes([slave, 3, 2 * count]), reply.hex())
        self.assertEqual(crc16(reply[:-2]), reply[-2:])
        return list(struct.unpack(f">{count}H", reply[3:-2]))

    def write(self, address, value):
        request = write_request(address, value)
        self.assertEqual(self.exchange(request, 8), request)

    def refused(self, request, code):
        self.assertEqual(
            self.exchange(request, 5), rtu(request[0], request[1] | 0x80, code), request.hex()
        )


class Rtu(Base):
    def test_identity_is_the_published_frame(self):
        self.serve("model=UPS2000A", "firmware=V100B112D00", "esn=2102290710HGF9000013")
        self.assertEqual(self.exchange(DEVICE_LIST, 86), G13_IDENTITY)
        self.assertEqual(self.sim.do("log"), DEVICE_LIST.hex().upper())
        self.assertEqual(self.sim.do("get malformed"), "0")

    def test_basic_identity(self):
        self.serve("model=UPS2000A", "firmware=V9")
        want = rtu(b"\x01\x2b\x0e\x01\x03\x00\x00\x03\x00\x06HUAWEI\x01\x08UPS2000A\x02\x02V9")
        self.assertEqual(self.exchange(rtu(b"\x01\x2b\x0e\x01\x00"), len(want)), want)

    def test_values_are_those_of_the_published_dump(self):
        self.serve()
        block = self.registers(11000, 28)
        self.assertEqual(
            [block[i] for i in (0, 3, 4, 7, 8, 11, 14, 15, 18, 21, 24, 27)],
            [2161, 500, 2161, 500, 2197, 13, 500, 1, 3, 70, 2, 253],
        )
        self.assertEqual([block[i] for i in (1, 2, 5, 6, 9, 10, 12, 13)], [0] * 8)
        battery = self.registers(12000, 34)
        self.assertEqual(battery[0], 820)
        self.assertEqual(battery[2:6], [3, 100, 0, 10080])
        self.assertEqual((battery[7], battery[33]), (6, 9))
        self.assertEqual(self.registers(41180, 27), [0] * 27)
        self.assertEqual(self.registers(11043, 7), [8, 0, 0, 0, 0, 0, 0])
        self.assertEqual(self.registers(19009, 1), [30])
        self.assertEqual(self.registers(1024, 1), [2])
        self.assertEqual(self.registers(40156, 27), [0] * 27)
        self.assertEqual(self.sim.do("get malformed"), "0")

    def test_refusals(self):
        self.serve()
        for request, code in (
            (read_request(11051, 1), 2),
            (read_request(11000, 126), 2),
            (read_request(11000, 0), 2),
            (read_request(11040, 20), 2),
            (write_request(11000, 1), 2),
            (write_request(11031, 1), 2),
            (write_request(11044, 2), 3),
            (write_request(11047, 991), 3),
            (rtu(1, 4, b"\x2a\xf8\x00\x01"), 1),
            (rtu(1, 0x10, b"\x2b\x26\x00\x01\x02\x00\x01"), 1),
            (rtu(1, 0x41, b"\x00\x00"), 1),
        ):
            self.refused(request, code)
        self.assertEqual(self.sim.do("get malformed"), "11")
        self.refused(write_request(12023, 1), 4)  # no test to stop: defined, but impossible
        self.assertEqual(self.sim.do("get malformed"), "11")

    def test_silence(self):
        self.serve()
        for request in (
            read_request(11024, 1, slave=2),
            read_request(21024, 1),
            read_request(11024, 1)[:-1] + b"\x00",
            b"\x01\x03\x2a",
        ):
            self.line.send(request)
            self.assertTrue(self.line.silent(), request.hex())
        self.assertEqual(self.sim.do("get malformed"), "2")
        self.assertEqual(self.sim.do("log").count("!"), 2)
        self.assertEqual(self.registers(11024, 1), [2])

    def test_options(self):
        self.serve("strict-gaps=yes", "gaps=7fff", "fc16=obey", "crc-exception=yes", "slave=9")
        self.refused(read_request(11000, 28, slave=9), 2)
        self.assertEqual(self.registers(11003, 2, slave=9), [500, 2161])
        reply = self.exchange(rtu(9, 0x10, b"\x2b\x26\x00\x01\x02\x00\x01"), 8)
        self.assertEqual(reply, rtu(9, 0x10, b"\x2b\x26\x00\x01"))
        self.assertEqual(self.sim.do("get buzzer-off"), "1")
        bad = read_request(11024, 1, slave=9)[:-1] + b"\x00"
        self.assertEqual(self.exchange(bad, 5), rtu(9, 0x83, 3))

    def test_undefined_cells(self):
        self.serve("gaps=ffff")
        self.assertEqual(self.registers(11000, 4), [2161, 0xFFFF, 0xFFFF, 500])
        self.assertEqual(self.registers(11029, 2), [0, 0])

    def test_lockup_until_powercycle(self):
        self.serve("lockup=yes")
        self.line.send(b"\x55" * 12)
        self.sim.until("get locked", "1")
        self.line.send(read_request(11024, 1))
        self.assertTrue(self.line.silent())
        self.sim.do("powercycle")
        self.assertEqual(self.registers(11024, 1), [2])

    def test_several_slaves(self):
        self.serve("slaves=1,2,5")
        self.sim.do("@2 mains off")
        self.assertEqual(self.registers(11024, 1), [2])
        self.assertEqual(self.registers(11024, 1, slave=2), [3])
        self.assertEqual(self.registers(11024, 1, slave=5), [2])
        self.assertEqual(self.sim.do("get mode"), "online;battery;online")
        self.assertEqual(self.sim.ask("@3 mains off"), "error: no such unit")

    def test_paced(self):
        self.serve("--paced")
        begin = time.monotonic()
        self.registers(11000, 28)
        self.assertGreater(time.monotonic() - begin, 0.068)  # 69 bytes at 9600 8N1


class States(Base):
    def test_mains_failure(self):
        self.serve("--speed", "100")
        self.sim.do("mains off")
        self.assertEqual(self.registers(11024, 1), [3])
        self.assertEqual(self.registers(11043, 1), [0x88])
        self.assertEqual(self.registers(12002, 1), [5])
        self.assertEqual(self.registers(41185, 1), [2])  # 10/1
        self.sim.do("mains on")
        self.sim.until("get mode", "online")
        self.sim.until("get charge-state", "3")

    def test_battery_drains_to_the_end(self):
        self.serve("--speed", "3000", "load=50", "board_backup=yes")
        self.sim.do("mains off")
        self.sim.do("battery 12")
        end = time.monotonic() + DEADLINE
        while self.registers(11043, 1)[0] != 0xC8:
            self.assertLess(time.monotonic(), end)
        self.sim.until("get mode", "off")
        self.assertEqual(self.registers(41188, 1), [8])  # 26/1
        self.assertEqual(self.registers(12003, 1), [0])

    def test_load_off_and_on(self):
        self.serve("--speed", "20")
        self.write(11045, 0)
        self.write(11030, 1)
        self.assertEqual(self.registers(11024, 5), [0, 0, 0, 253, 0])
        self.assertEqual(self.registers(11008, 1), [0])
        self.write(11029, 1)
        self.assertEqual(self.registers(11028, 1), [1])
        self.refused(write_request(11046, 1), 5)
        self.sim.until("get startup", "3")
        self.assertEqual(self.registers(11024, 1), [2])

    def test_failed_start(self):
        self.serve("--speed", "20", "start=off")
        self.sim.do("fault fail-start on")
        self.write(11029, 1)
        self.sim.until("get startup", "2")
        self.assertEqual(self.registers(11024, 1), [0])
        self.assertEqual(self.registers(41198, 1), [1])  # 14/1

    def test_bypass(self):
        self.serve()
        self.write(11045, 1)
        self.write(11030, 1)
        self.assertEqual(self.registers(11024, 1), [1])
        self.write(11029, 1)
        self.assertEqual(self.registers(11024, 1), [2])

    def test_bypass_loses_the_load_with_the_mains(self):
        self.serve("start=bypass", "board_backup=yes")
        self.sim.do("mains off")
        self.assertEqual(self.registers(11024, 1), [0])

    def test_eco(self):
        self.serve("start=eco", "--speed", "5")
        self.assertEqual(self.registers(11024, 1), [5])
        self.assertEqual(self.registers(11031, 1), [1])
        self.sim.do("mains off")
        self.sim.until("get mode", "battery")
        self.sim.do("mains on")
        self.sim.until("get mode", "eco")

    def test_shutdown_with_return(self):
        self.serve("--speed", "100")
        self.write(11044, 1)
        self.write(11048, 1)
        self.write(11047, 10)
        self.assertEqual(self.registers(11047, 2), [10, 1])
        self.sim.until("get mode", "off")
        self.sim.until("get mode", "online")
        self.assertGreater(float(self.sim.do("get seconds")), 125.0)

    def test_shutdown_on_battery_waits_for_the_mains(self):
        self.serve("--speed", "100")
        self.write(11044, 1)
        self.write(11048, 2)
        self.sim.do("mains off")
        self.write(11047, 10)
        self.sim.until("get mode", "off")
        self.line.send(read_request(11024, 1))
        self.assertTrue(self.line.silent())  # the board is dark
        self.sim.do("mains on")
        self.sim.until("get mode", "online")
        self.assertLess(float(self.sim.do("get timer-on")), 0)

    def test_shutdown_with_mains_back_too_early(self):
        """It goes off all the same, waits and comes back: the load always cycles."""
        self.serve("start=battery", "--speed", "50")
        self.write(11044, 1)
        self.write(11048, 2)
        self.write(11047, 20)
        self.sim.do("mains on")
        self.sim.until("get mode", "online")
        self.assertGreater(float(self.sim.do("get timer-off")), 0)
        self.sim.until("get mode", "off")
        self.sim.until("get mode", "online")
        self.assertGreater(float(self.sim.do("get seconds")), 245.0)

    def test_shutdown_and_mains_lost_during_the_restart_delay(self):
        """With the board alive or not: it does not start on battery, and at once on mains."""
        for backup in ("yes", "no"):
            self.serve(f"board-backup={backup}", "--speed", "100")
            self.write(11044, 1)
            self.write(11048, 1)
            self.write(11047, 1)
            self.sim.until("get mode", "off")
            self.sim.do("mains off")
            since = float(self.sim.do("get seconds"))
            self.sim.until("get timer-on", "-1.000")
            while float(self.sim.do("get seconds")) < since + 70:
                self.assertEqual(self.sim.do("get mode"), "off")
            self.assertEqual(self.sim.do("get startup"), "0")
            self.sim.do("mains on")
            self.sim.until("get mode", "online")
            self.sim.stop()

    def test_shutdown_with_return_needs_auto_start(self):
        self.serve("start=battery", "--speed", "100")
        self.write(11048, 1)
        self.write(11047, 1)
        self.sim.until("get mode", "off")
        self.sim.do("mains on")
        self.assertEqual(self.sim.do("get startup"), "0")
        self.assertLess(float(self.sim.do("get timer-on")), 0)

    def test_stay_off_and_cancel(self):
        self.serve("--speed", "100")
        self.write(11049, 990)
        self.assertGreater(float(self.sim.do("get timer-off")), 0)
        self.write(11050, 1)
        self.assertLess(float(self.sim.do("get timer-off")), 0)
        self.write(11049, 1)
        self.sim.until("get mode", "off")
        self.refused(write_request(11049, 1), 4)

    def test_battery_tests(self):
        self.serve("--speed", "10")
        self.sim.do("fault bad-battery on")
        self.write(12028, 1)
        self.assertEqual(self.registers(11043, 1), [0x0C])
        self.assertEqual(self.registers(12000, 1), [779])
        self.refused(write_request(12028, 1), 4)
        self.sim.until("get test", "none")
        self.assertEqual(self.registers(41188, 1), [2])  # 29/1
        self.write(12021, 1)
        self.assertEqual(self.sim.do("get test"), "deep")
        self.write(12023, 1)
        self.assertEqual(self.registers(11043, 1), [8])

    def test_overload(self):
        self.serve("--speed", "200")
        self.sim.do("load 107")
        self.assertEqual(self.registers(41197, 1), [0x20])  # 66/1
        self.sim.until("get mode", "bypass")
        self.assertEqual(self.registers(41206, 1)[0] & 0x2000, 0x2000)  # 66/3

    def test_battery_pulled(self):
        self.serve()
        self.sim.do("fault no-battery on")
        self.assertEqual(self.registers(41194, 1), [0x10])
        self.assertEqual(self.registers(12000, 4)[::3], [0, 0])

    def test_not_ready(self):
        self.serve("start=not-ready", "--speed", "5")
        self.line.send(DEVICE_LIST)
        self.assertTrue(self.line.silent(0.1))
        end = time.monotonic() + DEADLINE
        while float(self.sim.do("get seconds")) < 3.1:
            self.assertLess(time.monotonic(), end)
        self.assertEqual(len(self.exchange(DEVICE_LIST, 86)), 86)


class Faults(Base):
    def setUp(self):
        self.serve()
        self.good = self.exchange(read_request(11024, 1), 7)

    def ask(self, length=7):
        return self.exchange(read_request(11024, 1), length)

    def test_garble_and_truncate(self):
        self.sim.do("garble 1")
        bad = self.ask()
        self.assertEqual(len(bad), 7)
        self.assertNotEqual(crc16(bad[:-2]), bad[-2:])
        self.assertEqual(self.ask(), self.good)
        self.sim.do("truncate 3")
        self.line.send(read_request(11024, 1))
        self.assertEqual(self.line.take(7, 0.3), self.good[:3])
        self.assertEqual(self.ask(), self.good)

    def test_drop_and_mute(self):
        self.sim.do("drop 1")
        self.line.send(read_request(11024, 1))
        self.assertTrue(self.line.silent())
        self.assertEqual(self.ask(), self.good)
        self.sim.do("mute on")
        self.line.send(read_request(11024, 1))
        self.assertTrue(self.line.silent())
        self.sim.do("mute off")
        self.assertEqual(self.ask(), self.good)

    def test_late_reply_follows_the_next_one(self):
        self.sim.do("late 200")
        self.line.send(read_request(11043, 1))
        self.assertTrue(self.line.silent(0.02))
        self.assertEqual(self.ask(), self.good)
        self.assertEqual(self.line.take(7)[3:5], b"\x00\x08")
        self.assertIn("overlap=1", self.sim.do("get stats"))

    def test_delay(self):
        self.sim.do("delay 150 1")
        begin = time.monotonic()
        self.assertEqual(self.ask(), self.good)
        self.assertGreater(time.monotonic() - begin, 0.15)

    def test_noise_reply_babble(self):
        self.sim.do("noise 00FF")
        self.assertEqual(self.ask(9), b"\x00\xff" + self.good)
        self.sim.do("reply 0102")
        self.assertEqual(self.ask(2), b"\x01\x02")
        self.sim.do("babble A5")
        self.assertEqual(self.line.take(1), b"\xa5")
        self.assertEqual(self.ask(), self.good)

    def test_wrong_headers(self):
        self.sim.do("wrongslave 2")
        self.assertEqual(self.ask(), rtu(b"\x02\x03\x02\x00\x02"))
        self.sim.do("wrongfunction 4")
        self.assertEqual(self.ask(), rtu(b"\x01\x04\x02\x00\x02"))
        self.sim.do("overlong 2")
        self.assertEqual(self.ask(9), rtu(b"\x01\x03\x02\x00\x02\x5a\x5a"))

    def test_exceptions(self):
        for what in ("any", "03", "11024"):
            self.sim.do(f"exception 5 {what}")
            self.refused(read_request(11024, 1), 5)
            self.assertEqual(self.ask(), self.good)
        self.sim.do("exception 2 wide -1")
        self.refused(read_request(11000, 28), 2)
        self.assertEqual(self.ask(), self.good)
        self.sim.do("exception 1 2b")
        self.refused(DEVICE_LIST, 1)

    def test_forced_registers(self):
        self.sim.do("register 12002 0xA000 1")
        self.assertEqual(self.registers(12002, 1), [0xA000])
        self.assertEqual(self.registers(12002, 1), [3])
        self.sim.do("register 11000 0x7fff")
        self.assertEqual(self.registers(11000, 1), [0x7FFF])
        self.sim.do("register 11000 off")
        self.assertEqual(self.registers(11000, 1), [2161])
        self.assertEqual(self.sim.do("get register 11024"), "2")
        self.assertTrue(self.sim.ask("register 11051 1").startswith("error"))

    def test_writes(self):
        request = write_request(11046, 1)
        self.sim.do("writes ignore")
        self.assertEqual(self.exchange(request, 8), request)
        self.assertEqual(self.registers(11046, 1), [0])
        self.sim.do("writes lostecho")
        self.line.send(request)
        self.assertTrue(self.line.silent())
        self.assertEqual(self.registers(11046, 1), [1])
        self.sim.do("writes othervalue")
        self.assertEqual(self.exchange(request, 8), write_request(11046, 0))
        self.sim.do("writes normal")
        self.assertEqual(self.exchange(request, 8), request)

    def test_echo_and_trickle(self):
        self.sim.do("echo on")
        request = read_request(11024, 1)
        self.assertEqual(self.exchange(request, 15), request + self.good)
        self.sim.do("echo off")
        self.sim.do("trickle 30")
        begin = time.monotonic()
        self.assertEqual(self.ask(), self.good)
        self.assertGreater(time.monotonic() - begin, 0.15)

    def test_identity_variants(self):
        normal = self.exchange(DEVICE_LIST, 86)
        text = normal[16:-2].decode()
        self.assertTrue(text.endswith(";5=1;6=-1"), text)
        self.sim.do("identity no-label6")
        short = self.exchange(DEVICE_LIST, 81)
        self.assertEqual(short[16:-2].decode(), text[:-5])
        self.sim.do("identity no-label4")
        self.assertNotIn(b";4=", self.exchange(DEVICE_LIST, 86 - 23))
        self.sim.do("identity length-long")
        self.assertEqual(self.exchange(DEVICE_LIST, 86)[15], normal[15] + 40)
        self.sim.do("identity two-devices")
        two = self.exchange(DEVICE_LIST, 16 + 68 + 2 + 68 + 2)
        self.assertEqual((two[7], two[13]), (3, 2))
        self.sim.do("identity more")
        part = self.exchange(DEVICE_LIST, 16)
        self.assertEqual(part[5:8], b"\xff\x88\x01")
        self.assertEqual(self.exchange(rtu(b"\x01\x2b\x0e\x03\x88"), 80)[10:-2].decode(), text)
        self.sim.do("identity normal")
        self.sim.do("identity model SUN2000")
        self.assertIn(b"1=SUN2000;", self.exchange(DEVICE_LIST, 85))

    def test_unplug_and_plug(self):
        self.sim.do("unplug")
        self.assertFalse(os.path.lexists(self.sim.link))
        self.assertEqual(self.hung_up(), b"")
        self.assertRaises(OSError, self.line.send, b"x")
        self.sim.do("plug")
        self.line = self.sim.open(self)
        self.assertEqual(self.ask(), self.good)

    def hung_up(self):
        select.select([self.line.fd], [], [], DEADLINE)
        return os.read(self.line.fd, 10)

    def test_alarm_bits(self):
        self.sim.do("fault 42/15 on")
        self.assertEqual(self.registers(41203, 1), [0x4000])
        self.assertEqual(self.registers(11043, 1), [0x18])
        self.sim.do("fault 42/15 off")
        self.assertEqual(self.registers(41203, 1), [0])

    def test_bad_commands(self):
        for command in ("", "nonsense", "mains", "mains x", "garble", "fault x on", "get nothing",
                        "register 1", "exception 1", "reply 0", "@9 mains on", "load 1 2"):
            self.assertTrue(self.sim.ask(command).startswith("error: "), command)
        self.assertEqual(self.ask(), self.good)


class Card(Base):
    def test_three_phases_and_two_units(self):
        self.serve("slave=3", "units=2", "phases-in=3", "phases-out=3",
                   protocol="huawei-ups2000-20k")
        block = self.registers(11000, 28, slave=3)
        self.assertEqual(block[0:3], [2161] * 3)
        self.assertEqual(block[21:27], [70, 70, 70, 2, 1, 1])
        self.assertEqual(self.registers(41179, 29, slave=3), [0] * 29)
        self.sim.do("@2 mains off")
        self.assertEqual(self.registers(21024, 1, slave=3), [3])
        self.assertEqual(self.registers(42203, 1, slave=3), [1 << 10])  # 1/1
        self.line.send(read_request(31000, 1, slave=3))
        self.assertTrue(self.line.silent())
        self.refused(read_request(11043, 1, slave=3), 2)
        self.refused(rtu(3, b"\x2b\x0e\x03\x87"), 2)

    def test_text_and_controls(self):
        self.serve("firmware=V100R001C01SPC120", protocol="huawei-ups2000-20k")
        words = self.registers(19011, 10)
        text = b"".join(struct.pack(">H", w) for w in words).rstrip(b"\0")
        self.assertEqual(text, b"V100R001C01SPC120")
        self.assertEqual(self.registers(19007, 3), [32, 1, 100])
        self.write(12020, 1)
        self.assertEqual(self.registers(12022, 1), [0])
        self.write(12023, 1)
        self.write(12012, 1)
        self.assertEqual(self.registers(12002, 1), [4])
        self.write(11042, 1)
        self.assertEqual(self.registers(11024, 1), [0])
        self.refused(write_request(11046, 1), 2)


class Tcp(Base):
    def ask(self, sock, pdu=b"\x03\x2b\x10\x00\x01", length=11, **more):
        sock.sendall(mbap(pdu, **more))
        return self.receive(sock, length)

    def receive(self, sock, length):
        return Line(sock.fileno()).take(length)

    def test_modbus_tcp(self):
        self.serve(tcp=True)
        one, two = self.sim.connect(self), self.sim.connect(self)
        good = b"\x00\x07\x00\x00\x00\x05\x01\x03\x02\x00\x02"
        self.assertEqual(self.ask(one), good)
        self.assertEqual(self.ask(two, tid=0x1234), b"\x12\x34" + good[2:])
        self.assertEqual(self.ask(one, b"\x04\x2b\x10\x00\x01", 9)[6:], b"\x01\x84\x01")
        one.sendall(mbap(b"\x03\x2b\x10\x00\x01", unit=2))
        self.assertTrue(Line(one.fileno()).silent())
        self.assertEqual(self.ask(one, b"\x2b\x0e\x03\x87", 90)[:9],
                         b"\x00\x07\x00\x00\x00\x54\x01\x2b\x0e")
        for byte in mbap(b"\x03\x2b\x10\x00\x01"):
            one.sendall(bytes([byte]))
        self.assertEqual(self.receive(one, 11), good)
        self.assertEqual(self.sim.do("get malformed"), "1")

    def test_faults(self):
        self.serve(tcp=True)
        sock = self.sim.connect(self)
        good = self.ask(sock)
        self.sim.do("wrong-tid 1")
        self.assertNotEqual(self.ask(sock)[:2], good[:2])
        self.sim.do("unit-zero")
        self.assertEqual(self.ask(sock)[6], 0)
        self.sim.do("mbap-length 300")
        self.assertEqual(self.ask(sock)[4:6], b"\x01\x2c")
        self.sim.do("split on")
        self.assertEqual(self.ask(sock), good)
        self.sim.do("half-open")
        sock.sendall(mbap(b"\x03\x2b\x10\x00\x01"))
        self.assertTrue(Line(sock.fileno()).silent())
        sock = self.sim.connect(self)
        self.assertEqual(self.ask(sock), good)
        self.sim.do("rst")
        select.select([sock], [], [], DEADLINE)
        self.assertRaises(ConnectionResetError, sock.recv, 1)

    def test_unplug_and_plug(self):
        self.serve(tcp=True)
        sock = self.sim.connect(self)
        good = self.ask(sock)
        self.sim.do("unplug")
        self.assertEqual(sock.recv(1), b"")
        self.assertRaises(ConnectionRefusedError, self.sim.connect, self)
        self.sim.do("plug")
        self.assertEqual(self.ask(self.sim.connect(self)), good)

    def test_rtu_over_tcp(self):
        self.serve("framing=rtu", tcp=True)
        sock = self.sim.connect(self)
        sock.sendall(read_request(11024, 1))
        self.assertEqual(self.receive(sock, 7), rtu(b"\x01\x03\x02\x00\x02"))

    def test_many(self):
        self.serve("--count", "5", tcp=True)
        self.assertEqual(len(self.sim.ready), 6)
        self.sim.do("@4 mains off")
        self.assertEqual(self.sim.do("get mode"), "online;online;online;online;battery")
        self.assertEqual(self.ask(self.sim.connect(self, 4))[-1], 3)
        self.assertEqual(self.ask(self.sim.connect(self, 0))[-1], 2)
        self.assertEqual(len(set(self.sim.do("get esn").split(";"))), 5)


class Program(unittest.TestCase):
    def run_it(self, *words):
        return subprocess.run([UPSSIM, *words], capture_output=True, text=True, timeout=DEADLINE)

    def test_errors(self):
        base = ["--protocol", "huawei-ups2000", "--tcp", "127.0.0.1:0"]
        for words in (
            [], ["--protocol", "nothing", "--pty", "x"], ["--protocol", "huawei-ups2000"],
            base + ["nonsense=1"], base + ["word"], base + ["slave=0"], base + ["slave=248"],
            base + ["fc16=maybe"], base + ["slaves=1,1"], base + ["rating-va=x"],
            base + ["units=2"], base + ["phases-in=3"], base + ["--speed", "fast"],
            base + ["turnaround=-1"], base + ["--bad-option"],
        ):
            done = self.run_it(*words)
            self.assertEqual(done.returncode, 2, words)
            self.assertEqual(done.stdout, "")
            self.assertTrue(done.stderr, words)

    def test_help(self):
        done = self.run_it("--help")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn("huawei-ups2000-20k", done.stdout)

    def test_ends_cleanly(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            sim = Simulator(self)
            sim.process.send_signal(number)
            self.assertEqual(sim.stop(), 0)
            self.assertEqual(os.listdir(sim.dir), [])

    def test_ends_with_its_parent(self):
        with tempfile.TemporaryDirectory() as where:
            link = os.path.join(where, "tty")
            script = '"$0" --protocol huawei-ups2000 --pty "$1" & wait'
            shell = subprocess.Popen(["/bin/sh", "-c", script, UPSSIM, link],
                                     stdout=subprocess.PIPE, text=True)
            self.assertEqual(shell.stdout.readline(), f"ready {link}\n")
            shell.kill()
            shell.wait(DEADLINE)
            self.assertEqual(shell.stdout.read(), "")  # the simulator's end closes the pipe
            shell.stdout.close()
            self.assertFalse(os.path.lexists(link))


@unittest.skipUnless(os.access(NUT_DRIVER, os.X_OK), "NUT's huawei-ups2000 is not installed")
class Nut(Base):
    def test_nut_reads_the_published_dump(self):
        self.serve("model=UPS2000A", "fc16=obey")
        done = subprocess.run(
            [NUT_DRIVER, "-s", "x", "-u", "root", "-x", f"port={self.sim.link}", "-d", "1"],
            env=dict(os.environ, NUT_STATEPATH=self.sim.dir),
            capture_output=True, text=True, timeout=60,
        )
        self.assertEqual(done.returncode, 0, done.stderr)
        got = dict(l.split(": ", 1) for l in done.stdout.splitlines() if ": " in l)
        for name, value in (
            ("battery.runtime", "10080"), ("battery.voltage", "82.0"), ("battery.packs", "6"),
            ("input.voltage", "216.1"), ("output.current", "1.3"), ("output.power", "300.0"),
            ("output.realpower", "100.0"), ("ups.load", "7.0"), ("ups.status", "OL CHRG"),
            ("ups.power.nominal", "3000"), ("ups.model", "UPS2000A"),
        ):
            self.assertEqual(got.get(name), value, name)
        self.assertEqual(self.sim.do("get malformed"), "0")


if __name__ == "__main__":
    tap.main()
