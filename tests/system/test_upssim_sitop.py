#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The simulated SITOP: the stream's words and timing, buffering, the remote shut-off, what may go wrong on the line.

Where the model's time matters it stands still (--speed 0) and moves by the control command `pass`; the stream itself
always runs by the wall clock.
"""

import os
import select
import subprocess
import time
import unittest

import tap
from test_upssim import DEADLINE, Line, Simulator

NUT_DRIVER = "/lib/nut/nutdrv_siemens-sitop"
NORMAL = b"BUFRD\r\nBA>85\r\nDC_OK\r\n*****\r\n"


class Base(unittest.TestCase):
    def serve(self, *words, tcp=False, speed="0"):
        self.sim = Simulator(self, "--speed", speed, *words, protocol="siemens-sitop", tcp=tcp)
        if not tcp:
            self.open()

    def open(self):
        self.fd = os.open(self.sim.link, os.O_RDWR | os.O_NOCTTY)
        self.addCleanup(self.close)
        self.sim.until("get hosts", "1")

    def close(self):
        if self.fd >= 0:
            os.close(self.fd)
        self.fd = -1

    def take(self, count):
        return Line(self.fd).take(count)

    def words(self):
        return self.sim.do("get words")

    def get(self, key):
        return self.sim.do(f"get {key}")

    def passes(self, seconds):
        self.sim.do(f"pass {seconds}")

    def remote(self, state):
        self.assertEqual(self.get("remote"), state)

    def output(self, on):
        self.assertEqual(self.get("output"), "1" if on else "0")

    def order(self, byte=b"R"):
        """A command that is taken: the words stop."""
        os.write(self.fd, byte + b"\n")
        self.sim.until("get remote", "armed")

    def hang_up(self, state="counting"):
        self.close()
        self.sim.until("get remote", state)

    def until_read(self, wanted, limit=4000):
        """Reads on until `wanted` has come; returns everything."""
        data = b""
        end = time.monotonic() + DEADLINE
        while wanted not in data:
            self.assertLess(len(data), limit, data)
            left = end - time.monotonic()
            self.assertTrue(left > 0 and select.select([self.fd], [], [], left)[0], data)
            data += os.read(self.fd, 4096)
        return data


class Stream(Base):
    def test_normal_burst(self):
        self.serve()
        self.assertEqual(self.take(56), 2 * NORMAL)

    def test_period(self):
        self.serve("steady=yes")
        self.take(28)
        start = time.monotonic()
        self.take(28 * 10)
        took = time.monotonic() - start
        self.assertGreater(took, 9 * 0.075)
        self.assertLess(took, 5)

    def test_paced_burst_takes_29_ms(self):
        self.serve("--paced", "steady=yes")
        self.take(28)
        first = self.take(1)
        start = time.monotonic()
        self.assertEqual(first + self.take(27), NORMAL)
        self.assertGreater(time.monotonic() - start, 26 * 10 / 9600)

    def test_line_ends(self):
        for word, end in (("crlf", b"\r\n"), ("lf", b"\n"), ("cr", b"\r"), ("none", b"")):
            with self.subTest(word):
                self.serve(f"line-end={word}")
                want = b"".join(w + end for w in (b"BUFRD", b"BA>85", b"DC_OK", b"*****"))
                self.assertEqual(self.take(len(want)), want)
                self.close()

    def test_single_words(self):
        self.serve("single=yes", "line-end=lf")
        self.assertEqual(self.take(30), b"BUFRD\nBA>85\nDC_OK\n*****\nBUFRD\n")

    def test_shuffled(self):
        self.serve("shuffled=yes", "line-end=lf")
        seen = set()
        end = time.monotonic() + DEADLINE
        while len(seen) < 2 and time.monotonic() < end:
            burst = self.take(24)
            self.assertEqual(sorted(burst.split()), [b"*****", b"BA>85", b"BUFRD", b"DC_OK"])
            seen.add(burst)
        self.assertEqual(len(seen), 2)

    def test_a_signal_missing(self):
        self.serve("omit=charge,mode", "line-end=lf")
        self.assertEqual(self.take(12), b"BUFRD\nDC_OK\n")

    def test_a_false_word(self):
        self.serve()
        self.sim.do("show ALARM 1")
        data = self.until_read(b"ALARM") + self.take(56)
        self.assertEqual(data.count(b"ALARM"), 1)
        self.sim.do("show DC_LO 2")
        data = self.until_read(b"DC_LO") + self.take(84)
        self.assertEqual((data.count(b"DC_LO"), data.count(b"*BAT*")), (2, 0))

    def test_noise_lost_and_flipped_bytes(self):
        self.serve()
        for command, wanted in (("noise 00FF0D", b"\x00\xff\rBUFRD"), ("reply " + b"FRD\r\nBA>85\r\n".hex(), b"FRD\r\nBA>85\r\nBUFRD"),
                                ("reply " + b"****\r*BAT*\r\n".hex(), b"****\r*BAT*"), ("babble 4142", b"AB")):
            self.sim.do(command)
            self.until_read(wanted)
        self.sim.do("garble 1")
        data = self.until_read(NORMAL[:14] + bytes([NORMAL[14] ^ 0x55]))
        self.assertIn(NORMAL, data + self.take(56))

    def test_silence(self):
        self.serve("steady=yes")
        self.take(28)
        self.sim.do("drop 3")
        start = time.monotonic()
        self.take(28)
        self.assertGreater(time.monotonic() - start, 0.2)
        self.sim.do("mute on")
        while select.select([self.fd], [], [], 0.2)[0]:
            os.read(self.fd, 4096)
        self.sim.do("mute off")
        self.assertEqual(self.take(28), NORMAL)

    def test_nobody_listens_nothing_waits(self):
        self.serve()
        self.take(28)
        self.close()
        self.sim.until("get hosts", "0")
        self.sim.do("mains off")
        self.open()
        self.assertEqual(self.take(28), b"BUFRD\r\nBA>85\r\nDC_LO\r\n*BAT*\r\n")

    def test_backlog_of_a_stopped_reader(self):
        self.serve("steady=yes")
        before = int(self.get("stats").split("bytes-out=")[1])
        end = time.monotonic() + DEADLINE
        while int(self.get("stats").split("bytes-out=")[1]) < before + 280 and time.monotonic() < end:
            select.select([], [], [], 0.02)
        self.assertGreaterEqual(len(os.read(self.fd, 4096)), 280)

    def test_unplug_and_plug(self):
        self.serve()
        self.sim.do("unplug")
        self.assertFalse(os.path.lexists(self.sim.link))
        self.close()
        self.sim.do("plug")
        self.open()
        self.assertEqual(self.take(28), NORMAL)

    def test_tcp(self):
        self.serve("lose=0", tcp=True)
        sock = self.sim.connect(self)
        self.fd = sock.fileno()
        self.assertEqual(self.take(28), NORMAL)
        self.order()
        sock.close()
        self.fd = -1
        self.sim.until("get remote", "counting")


class Machine(Base):
    def test_buffering_until_empty(self):
        self.serve("storage=100")
        self.sim.do("mains off")
        self.assertEqual(self.words(), "BUFRD BA>85 DC_LO *BAT*")
        self.passes(2)
        self.assertEqual(self.words(), "BUFRD BA<85 DC_LO *BAT*")
        self.passes(6.6)
        self.assertEqual(self.words(), "ALARM BA<85 DC_LO *BAT*")
        self.until_read(b"ALARM\r\nBA<85\r\nDC_LO\r\n*BAT*\r\n")
        self.assertEqual((self.get("output"), self.get("silent")), ("1", "0"))
        self.passes(2)
        self.assertEqual((self.get("output"), self.get("silent")), ("0", "1"))
        self.sim.do("mains on")
        self.passes(6)
        self.assertEqual((self.get("output"), self.get("silent")), ("1", "0"))
        self.assertEqual(self.words(), "BUFRD BA<85 DC_OK *****")
        self.passes(60)
        self.assertEqual(self.words(), "BUFRD BA>85 DC_OK *****")

    def test_battery_profile(self):
        self.serve("profile=battery")
        self.sim.do("mains off")
        self.passes(1500)
        self.assertEqual(self.words(), "BUFRD BA<85 DC_LO *BAT*")
        self.passes(60)
        self.assertEqual(self.words()[:5], "ALARM")

    def test_three_seconds_of_buffering(self):
        self.serve()
        self.sim.do("mains 21")
        self.passes(3)
        self.sim.do("mains 24")
        self.assertEqual(self.words(), "BUFRD BA<85 DC_OK *****")

    def test_readiness_is_checked_every_20_seconds(self):
        for on, off in (("set operating=no", "set operating=yes"), ("fault bad-battery on", "fault bad-battery off"),
                        ("fault no-battery on", "fault no-battery off")):
            with self.subTest(on):
                self.serve()
                self.passes(1)
                self.sim.do(on)
                self.passes(18)
                self.assertEqual(self.words(), "BUFRD BA>85 DC_OK *****")
                self.passes(2)
                self.assertEqual(self.words(), "ALARM BA>85 DC_OK *****")
                self.sim.do(off)
                self.passes(21)
                self.assertEqual(self.words(), "BUFRD BA>85 DC_OK *****")
                self.close()

    def test_not_ready_does_not_buffer(self):
        self.serve("operating=no")
        self.sim.do("mains off")
        self.assertEqual(self.words(), "ALARM BA>85 DC_LO *****")
        self.output(False)
        self.assertEqual(self.get("silent"), "0")
        self.sim.do("set host-dies=yes")
        self.assertEqual(self.get("silent"), "1")

    def test_defective_blinks_every_two_seconds(self):
        self.serve("defective=yes")
        seen = []
        self.passes(0.5)
        for _ in range(12):
            seen.append(self.words()[:5])
            self.passes(1)
        self.assertEqual("".join(w[0] for w in seen), "AABBAABBAABB")

    def test_set_time(self):
        self.serve("set-time=yes", "delay=15", "profile=battery", "lose=0")
        self.sim.do("mains off")
        self.passes(14)
        self.output(True)
        self.passes(2)
        self.output(False)
        os.write(self.fd, b"R\n")
        self.sim.until("get requests", "2")
        self.remote("idle")


class Remote(Base):
    def test_r_on_line(self):
        self.serve("lose=0")
        self.order()
        self.assertEqual(self.get("silent"), "1")
        self.passes(100)
        self.output(True)  # the port is still open
        self.hang_up()
        self.passes(4.5)
        self.output(True)
        self.passes(1)
        self.output(False)
        self.remote("off")
        self.passes(4)
        self.output(False)
        self.passes(1)
        self.output(True)
        self.remote("idle")
        self.open()
        self.assertEqual(self.take(28), NORMAL)

    def test_r_on_storage(self):
        self.serve("lose=0", "profile=battery")
        self.sim.do("mains off")
        self.order()
        self.hang_up()
        self.passes(5.5)
        self.output(False)
        self.passes(1000)
        self.output(False)
        self.sim.do("mains on")
        self.passes(0.2)
        self.output(True)

    def test_s_on_line_until_the_input_was_away(self):
        self.serve("lose=0")
        self.order(b"S")
        self.hang_up()
        self.passes(5.5)
        self.remote("stays")
        self.passes(1000)
        self.output(False)
        self.sim.do("mains off")
        self.passes(0.5)
        self.sim.do("mains on")
        self.passes(10)
        self.output(False)
        self.sim.do("mains off")
        self.passes(1.1)
        self.sim.do("mains on")
        self.passes(0.2)
        self.output(True)
        self.remote("idle")

    def test_s_on_storage_is_as_r(self):
        self.serve("lose=0", "profile=battery")
        self.sim.do("mains off")
        self.order(b"S")
        self.hang_up()
        self.passes(5.5)
        self.output(False)
        self.sim.do("mains on")
        self.passes(6)
        self.output(True)

    def test_power_race_still_interrupts(self):
        self.serve("lose=0", "profile=battery")
        self.sim.do("mains off")
        self.order()
        self.hang_up()
        self.passes(2)
        self.sim.do("mains on")
        self.passes(3.5)
        self.output(False)
        self.passes(5)
        self.output(True)

    def test_without_interruption_the_host_stays_up(self):
        self.serve("lose=0", "profile=battery", "interruption=no")
        self.sim.do("mains off")
        self.order()
        self.hang_up()
        self.passes(2)
        self.sim.do("mains on")
        self.passes(0.2)
        self.remote("idle")
        self.passes(100)
        self.output(True)

    def test_without_interruption_on_line(self):
        self.serve("lose=0", "interruption=no")
        self.order()
        self.hang_up()
        self.passes(4)
        self.remote("counting")
        self.passes(2)
        self.remote("idle")
        self.output(True)

    def test_delay_of_the_switches(self):
        self.serve("lose=0", "delay=45")
        self.order()
        self.hang_up()
        self.passes(44)
        self.output(True)
        self.passes(2)
        self.output(False)

    def test_storage_ends_before_the_delay(self):
        self.serve("lose=0", "delay=45")
        self.sim.do("mains off")
        self.order()
        self.hang_up()
        self.passes(11)
        self.output(False)
        self.sim.do("mains on")
        self.passes(6)
        self.output(True)

    def test_nut_style_needs_no_hangup(self):
        self.serve("lose=0", "nut-style=yes")
        self.order()
        self.sim.until("get remote", "counting")

    def test_lost_commands(self):
        self.serve("lose=1")
        for _ in range(5):
            os.write(self.fd, b"\n\nR\n\n")
        self.sim.until("get requests", "25")
        self.remote("idle")
        self.sim.do("set lose=0")
        self.order()
        self.assertEqual(self.sim.do("log").split().count("R"), 6)

    def test_some_are_lost(self):
        """With the default probability neither none nor all."""
        self.serve()
        tries = 0
        for _ in range(20):
            os.write(self.fd, b"R\n")
            tries += 1
            self.sim.until("get requests", str(2 * tries))
        self.remote("armed")

    def test_lone_byte_hangs_until_replugged(self):
        self.serve("lose=0", "lf-hang=yes", "nut-style=yes")
        os.write(self.fd, b"R")
        self.sim.until("get remote", "armed")
        self.sim.until("get mute", "1")
        self.remote("armed")
        self.close()
        self.sim.do("unplug")
        self.sim.do("plug")
        self.assertEqual(self.get("mute"), "0")

    def test_other_bytes(self):
        self.serve("hang=0")
        os.write(self.fd, b"\nxyz\n")
        self.sim.until("get requests", "5")
        self.assertEqual(self.sim.do("log"), r"\x0A !x !y !z \x0A")
        self.assertEqual(self.get("mute"), "0")
        self.sim.do("set hang=1")
        os.write(self.fd, b"x")
        self.sim.until("get mute", "1")
        self.sim.do("powercycle")
        self.assertEqual(self.get("mute"), "0")

    def test_powercycle_ends_a_command(self):
        self.serve("lose=0")
        self.order()
        self.sim.do("powercycle")
        self.remote("idle")
        self.assertIn(NORMAL, self.until_read(NORMAL))


class Keys(unittest.TestCase):
    def test_wrong_keys(self):
        from test_upssim import UPSSIM
        for key in ("nonsense=1", "delay=4", "delay=636", "lose=2", "line-end=x", "omit=x", "profile=x", "steady=x"):
            done = subprocess.run([UPSSIM, "--protocol", "siemens-sitop", "--pty", "/nonexistent/x", key],
                                  capture_output=True, text=True, timeout=DEADLINE)
            self.assertEqual(done.returncode, 2, key)
            self.assertIn(key.split("=", 1)[0], done.stderr)


@unittest.skipUnless(os.access(NUT_DRIVER, os.X_OK), "NUT's siemens-sitop driver is not installed")
class Nut(Base):
    def check(self, status, charge):
        done = subprocess.run([NUT_DRIVER, "-s", "x", "-u", "root", "-x", f"port={self.sim.link}", "-d", "3"],
                              env=dict(os.environ, NUT_STATEPATH=self.sim.dir), capture_output=True, text=True,
                              timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr)
        got = dict(l.split(": ", 1) for l in done.stdout.splitlines() if ": " in l)
        self.assertEqual((got.get("ups.status"), got.get("battery.charge.approx")), (status, charge), got)

    def test_online(self):
        self.serve()
        self.check("OL", ">85")

    def test_buffering(self):
        self.serve()
        self.sim.do("mains off")
        self.passes(3)
        self.check("OB", "<85")


if __name__ == "__main__":
    tap.main()
