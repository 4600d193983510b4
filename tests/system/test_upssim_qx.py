#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The simulated Q* UPSes: every dialect's lines, commands, state machine, oddities.

Model time stands still (--speed 0) and moves only by the control command `pass`, so that nothing here depends on how
fast the machine is.  Captures are of real devices, from public reports (NUT issues and documentation).
"""

import os
import re
import select
import subprocess
import time
import unittest

import tap
from test_upssim import DEADLINE, UPSSIM, Simulator

NUT_DRIVER = "/lib/nut/nutdrv_qx"

# dialect: status query, length of its reply with CR
STATUS = {
    "megatec": ("Q1", 47), "megatec/old": ("D", 47), "mecer": ("Q1", 47), "mustek": ("QS", 47), "q1": ("Q1", 47),
    "zinto": ("Q1", 47), "bestups": ("Q1", 47), "hunnox": ("Q1", 47), "masterguard": ("Q3", 71), "q2": ("Q2", 118),
    "q6": ("Q6", 110), "gtec": ("Q4", None), "innovatae": ("Q1", 47), "innovart31": ("Q6", 110),
    "innovart33": ("Q6", 110), "omron": ("Q1", 47),
}
# what an accepted command answers, what an unknown request answers (None: silence, "echo": itself)
ANSWERS = {name: (None, "echo") for name in STATUS}
ANSWERS.update({
    "mecer": ("(ACK", "(NAK"), "bestups": (None, None), "masterguard": (None, None), "hunnox": (None, "UPS No Ack"),
    "q6": (None, "NAK"), "innovatae": (None, "NAK"), "innovart31": (None, "NAK"), "innovart33": (None, "NAK"),
    "omron": ("OK", "NAK"),
})
TEST_ACK = ("innovatae", "innovart31", "innovart33")


class Base(unittest.TestCase):
    def serve(self, protocol, *words, tcp=False):
        self.protocol = protocol
        self.sim = Simulator(self, "--speed", "0", *words, protocol=protocol, tcp=tcp)
        if tcp:
            self.sock = self.sim.connect(self)
            self.fd = self.sock.fileno()
        else:
            self.line = self.sim.open(self)
            self.fd = self.line.fd

    def take(self, wait=DEADLINE):
        """One reply, its CR included; or what came until nothing more did."""
        data = b""
        end = time.monotonic() + wait
        while not data.endswith(b"\r"):
            left = end - time.monotonic()
            if left <= 0 or not select.select([self.fd], [], [], left)[0]:
                break
            data += os.read(self.fd, 1)
        return data

    def send(self, request):
        os.write(self.fd, request.encode() + b"\r")

    def ask(self, request):
        self.send(request)
        reply = self.take()
        self.assertTrue(reply.endswith(b"\r"), (request, reply))
        return reply[:-1].decode("latin-1")

    def nothing(self, request):
        """No reply: the next thing on the line is the answer to a status query."""
        self.send(request)
        query, length = STATUS[self.protocol]
        reply = self.ask(query)
        self.assertTrue(reply.startswith("("), (request, reply))
        if length:
            self.assertEqual(len(reply) + 1, length, (request, reply))

    def answers(self, request, reply):
        if reply is None:
            self.nothing(request)
        else:
            self.assertEqual(self.ask(request), request if reply == "echo" else reply, request)

    def do(self, request):
        """A command that is accepted."""
        done = ANSWERS[self.protocol][0]
        if self.protocol in TEST_ACK and "T" in request:
            done = "ACK"
        self.answers(request, done)

    def unknown(self, request):
        self.answers(request, ANSWERS[self.protocol][1])

    def flags(self):
        return self.sim.do("get flags")

    def get(self, key):
        return self.sim.do(f"get {key}")

    def off_in(self):
        return float(self.get("timer-off"))

    def passes(self, seconds):
        self.sim.do(f"pass {seconds}")

    def output(self, on):
        self.assertEqual(self.get("output"), "1" if on else "0")

    def log(self):
        status = STATUS[self.protocol][0]
        return [line for line in self.sim.do("log").split() if line != status]

    def dump(self, protocol, *options):
        """What NUT's driver reads."""
        extra = [word for option in options for word in ("-x", option)]
        done = subprocess.run(
            [NUT_DRIVER, "-s", "x", "-u", "root", "-x", f"port={self.sim.link}", "-x", f"protocol={protocol}", *extra,
             "-d", "1"],
            env=dict(os.environ, NUT_STATEPATH=self.sim.dir), capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr)
        return dict(l.split(": ", 1) for l in done.stdout.splitlines() if ": " in l)


class Captures(Base):
    """Lines of real devices, byte by byte."""

    def test_d1_powersa_per_cell_and_without_cr(self):
        self.serve("megatec", "topology=online", "battery-volts=cell", "start=off", "load=0", "cr=no", "blocks=6",
                   "nominal-v=220")
        self.sim.do("mains 120 49.9")
        self.sim.do("mains 227 49.9")
        self.send("Q1")
        self.assertEqual(self.line.take(46), b"(227.0 120.0 000.0 000 49.9 2.28 25.0 00000001")

    def test_d2_powersa_ratings_without_cr(self):
        self.serve("megatec", "nominal-v=220", "rating-va=2860", "blocks=6", "cr=no")
        self.send("F")
        self.assertEqual(self.line.take(21), b"#220.0 013 72.00 50.0")

    def test_d3_not_initialised(self):
        self.serve("hunnox", "zero=2")
        zero = "(000.0 000.0 000.0 000 00.0 0.00 00.0 00000000"
        self.assertEqual([self.ask("Q1") == zero for _ in range(3)], [True, True, False])

    def test_d4_dexp_trims(self):
        self.serve("megatec", "nominal-v=220", "load=15", "temperature=29",
                   "fix=output:210.0,battery:26.9,fault:0")
        self.sim.do("mains 243 50.1")
        self.sim.do("beeper off")
        self.assertEqual(self.ask("Q1"), "(243.0 000.0 210.0 015 50.1 26.9 29.0 00101000")

    def test_d5_blank_ratings(self):
        self.serve("megatec", "ratings=blank")
        self.assertEqual(self.ask("F"), "#   .   .  24.00   . ")

    def test_d6_blank_vendor(self):
        self.serve("megatec", "vendor=blank", "firmware=V3.8")
        self.assertEqual(self.ask("I"), "#                           V3.8      ")

    def test_d7_d8_microsinus(self):
        self.serve("megatec", "rating-va=2300", "blocks=4", "mfr=", "model=MicroSinus", "firmware=V5.15C0503")
        self.assertEqual(self.ask("F"), "#230.0 010 48.00 50.0")
        self.assertEqual(self.ask("I"), "#                MicroSinus V5.15C0503")

    def test_d9_ippon(self):
        self.serve("megatec", "load=13", "blocks=1", "battery=65.2", "mains=229.4")
        self.sim.do("mains 229.4 49.9")
        self.assertEqual(self.ask("Q1"), "(229.4 229.4 229.4 013 49.9 13.1 25.0 00001001")

    def test_d10_digitech_on_battery(self):
        self.serve("megatec", "load=0", "blocks=1", "start=battery", "temperature=29", "fix=battery:13.2")
        self.sim.do("beeper off")
        self.assertEqual(self.ask("Q1"), "(000.0 000.0 230.0 000 00.0 13.2 29.0 10001000")

    def test_d11_vultech_with_a_nul(self):
        self.serve("megatec", "load=14", "fix=fault:0,battery:27.0", "temperature=20.8", "nul-flags=00000100")
        self.sim.do("mains 233 49")
        self.assertEqual(self.ask("Q1"), "(233.0 000.0 233.0 014 49.0 27.0 20.8 00001\x0001")

    def test_d12_armac_online(self):
        self.serve("megatec", "topology=online", "battery-volts=cell", "load=0", "temperature=48",
                   "fix=fault:0,output:230.3,battery:2.25")
        self.sim.do("mains 241.5 49.9")
        self.assertEqual(self.ask("Q1"), "(241.5 000.0 230.3 000 49.9 2.25 48.0 00000001")

    def test_d13_on_line(self):
        self.serve("megatec", "blocks=1", "load=0", "temperature=29", "fix=fault:0,battery:13.6")
        self.sim.do("mains 232 49.9")
        self.sim.do("beeper off")
        self.assertEqual(self.ask("Q1"), "(232.0 000.0 232.0 000 49.9 13.6 29.0 00001000")

    def test_d14_cut_at_43(self):
        self.serve("megatec", "load=15", "fix=fault:0,output:232,battery:27.0", "temperature=20.8", "mains=233",
                   "cut=43")
        self.assertEqual(self.ask("Q1"), "(233.0 000.0 232.0 015 50.0 27.0 20.8 00001")

    def test_d15_omron(self):
        self.serve("omron", "load=0", "fix=fault:0,output:102.4,battery:54.5", "temperature=22.7")
        self.sim.do("mains 102.5 49.9")
        self.assertEqual(self.ask("Q1"), "(102.5 000.0 102.4 000 49.9 54.5 22.7 00101000")

    def test_d16_blank_padded(self):
        self.serve("megatec", "nominal-v=120", "nominal-hz=60", "load=0", "pad-blank=yes", "fix=fault:84")
        self.assertEqual(self.ask("Q1")[:27], "(120.0  84.0 120.0   0 60.0")

    def test_d17_d18_an_id_that_is_not_bestups(self):
        self.serve("megatec", "unknown=nak")
        self.assertEqual(self.ask("ID"), "NAK")
        self.serve("megatec", "alias=ID:I", "vendor=blank", "firmware=V4.10")
        self.assertEqual(self.ask("ID"), "#                           V4.10     ")

    def test_d19_beeper_without_information(self):
        self.serve("hunnox", "ack=no-ack")
        self.assertEqual(self.ask("Q"), "UPS No Ack")
        self.assertEqual(self.get("beeper"), "0")

    def test_d20_to_d23_innova_rt(self):
        self.serve("innovart31", "load=7", "temperature=23")
        self.sim.do("mains 227")
        self.assertEqual(self.ask("Q6"), "(227.0 227.0 227.0 50.0 230.0 000.0 000.0 50.0 007 000 000 328.0 000.0 23.0 "
                                         "08571 100 32 00000000 00000000 11")
        self.assertEqual(self.ask("F"), "#230.0 087 288.0 50.0")
        self.assertEqual(self.ask("FW?"), "05516-1100")
        self.assertEqual(self.ask("PI"), "(0F")
        self.assertEqual(self.ask("WH"), "(00 00.00 00.00 INN3T20K                 2 3/1 6 230 50.00 024 02.00 005.00 "
                                         "015.00 005 00 40 110 276 45.00 55.00")

    def test_d24_innova_tae(self):
        self.serve("innovatae")
        self.assertEqual(self.ask("I"), "#222222222222222222222222222R1.00.48  ")

    def test_d25_gtec(self):
        self.serve("gtec", "load=1", "temperature=22.9", "mains=236.7")
        self.assertEqual(self.ask("Q4"), "(236.7 236.7 236.7 236.7 230.0 001 001 50.0 371 372 041.0 22.9 M")

    def test_d26_to_d31_masterguard(self):
        self.serve("masterguard", "load=43", "temperature=23.4", "mains=225.9", "uptime=60486")
        self.assertEqual(self.ask("WH"), "(00 10.06 03.09 A  700  + 0 Bat Pack-19        0 230 50.00 012 02.30 006.00 "
                                         "012.00 018 10 40 160 276 47.00 53.00")
        self.assertEqual(self.ask("Q3"), "(00 225.9 225.9 230.0 043 50.0 02.28 23.4 013.57 100 00000000 00000000")
        self.assertEqual(self.ask("GS,00"), "(00,00 0 1")
        self.assertEqual(self.ask("GBS,00"), "(00,100 0013 0000 0708 0712 0994 115 02.28")
        self.assertEqual(self.ask("MSO"), "(220 230 240")
        self.assertEqual(self.ask("PNV"), "(PNV=230")
        self.sim.do("flt 7 43")
        self.assertEqual(self.ask("FLT,00"), "(00,7 0043 0000:16:48:06" + 4 * " 0 0000 0000:00:00:00")

    def test_d32_omron(self):
        self.serve("omron")
        self.assertEqual(self.ask("Bl ?"), "100")
        self.assertEqual(self.ask("UN"), "1125W/1125VA/048V/160W/020W")
        self.assertEqual(self.ask("FWV"), "M:0.17(S:2.00)")
        self.assertRegex(self.ask("RTS"), r"^\d{4}$")


class Lengths(Base):
    """Lengths with CR as documented."""

    LENGTHS = {
        "megatec": {"Q1": 47, "F": 22, "I": 39}, "megatec/old": {"D": 47, "F": 22, "I": 39},
        "mecer": {"Q1": 47, "F": 22, "I": 39, "QPI": 6}, "mustek": {"QS": 47, "F": 22, "I": 39}, "q1": {"Q1": 47},
        "zinto": {"Q1": 47, "F": 22, "FW?": 39}, "hunnox": {"Q1": 47, "F": 22, "FW?": 39, "BL": 6},
        "bestups": {"Q1": 47, "Q": 33, "ID": 26, "RT": 4, "SS?": 2, "M": 2},
        "masterguard": {"WH": 113, "Q3": 71, "Q1": 47, "GS,00": 11, "GBS,00": 43, "GSN,00": 25, "DRC,00": 18,
                        "PNV": 9, "FLT,00": 109},
        "q2": {"Q2": 118, "Q1": 47, "WA": 80}, "q6": {"Q6": 110, "Q1": 47, "WA": 80},
        "gtec": {"F": 22, "I": 39}, "innovatae": {"Q1": 47, "F": 22, "I": 39},
        "innovart31": {"Q6": 110, "WA": 80, "Q1": 47, "BPS": 24, "F": 22, "SASV07?": 28, "WH": 113},
        "innovart33": {"Q6": 110, "WA": 80, "Q1": 47, "BPS": 24, "F": 22, "SASV07?": 28},
        "omron": {"Q1": 47, "PSNR": 17, "FWV": 15, "BRR": 9, "UN": 28, "Bl ?": 4, "RTS": 5},
    }

    def check(self, protocol):
        self.serve(protocol)
        for request, length in self.LENGTHS[protocol].items():
            self.assertEqual(len(self.ask(request)) + 1, length, request)
        # the same on battery and off
        for event in ("mains off", "panel off"):
            self.sim.do(event)
            for request, length in self.LENGTHS[protocol].items():
                self.assertEqual(len(self.ask(request)) + 1, length, (event, request))


class Foreign(Base):
    """What a dialect does not know, it answers as documented, and nothing changes."""

    REQUESTS = ("QPI", "QGS", "QS", "D", "M", "ID", "WH", "FW?", "F", "I", "Q4", "Q2", "Q6", "XYZ", "T00", "T5", "TX",
                "T100", "S", "S0", "S11x", "S.5R", "S.5R00", "S.5R00000", "S.1", "S00", "S00R0001", "CTX", "C1", "QQ")
    KNOWN = {
        "megatec": {"F", "I"}, "megatec/old": {"D", "F", "I"}, "mecer": {"F", "I", "QPI"}, "mustek": {"QS", "F", "I"},
        "q1": set(), "zinto": {"F", "FW?"}, "hunnox": {"F", "FW?"}, "bestups": {"ID", "M"}, "q2": {"Q2"}, "q6": {"Q6"},
        "masterguard": {"WH", "S.1", "S00"}, "gtec": {"Q4", "F", "I"}, "innovatae": {"F", "I"},
        "innovart31": {"Q6", "F", "FW?", "WH"}, "innovart33": {"Q6", "F", "FW?", "WH"}, "omron": set(),
    }

    def check(self, protocol):
        self.serve(protocol)
        strange = [r for r in self.REQUESTS if r not in self.KNOWN[protocol]]
        if protocol == "masterguard":
            strange.remove("S00R0001")
        for request in strange:
            with self.subTest(request):
                self.unknown(request)
        self.assertEqual(self.get("test"), "none")
        self.assertEqual(self.off_in(), -1)
        self.assertEqual(self.get("beeper"), "1")
        self.assertEqual(self.log(), ["!" + r for r in strange])
        self.assertEqual(self.get("malformed"), str(len(strange)))


class Commands(Base):
    """Each dialect, each command: a test each (made below)."""

    def toggle(self, protocol):
        self.serve(protocol)
        self.do("Q")
        self.assertEqual(self.get("beeper"), "0")
        self.assertEqual(self.flags()[7], "0")
        self.do("Q")
        self.assertEqual(self.flags()[7], "1")
        self.assertEqual(self.log(), ["Q", "Q"])

    def quick(self, protocol):
        self.serve(protocol)
        self.do("T")
        self.assertEqual((self.get("test"), self.flags()[5]), ("short", "1"))
        self.passes(9.9)
        self.assertEqual(self.flags()[5], "1")
        self.passes(0.2)
        self.assertEqual((self.get("test-result"), self.flags()[5]), ("passed", "0"))

    def timed(self, protocol):
        self.serve(protocol, "full-load-minutes=1000")
        for request, seconds in (("T01", 60), ("T10", 600), ("T99", 5940)):
            self.do(request)
            self.assertEqual(self.get("test"), "timed", request)
            self.passes(seconds - 1)
            self.assertEqual(self.flags()[5], "1", request)
            self.passes(2)
            self.assertEqual((self.get("test-result"), self.flags()[5]), ("passed", "0"), request)

    def deep(self, protocol):
        self.serve(protocol, "load=100", "full-load-minutes=10", "low-percent=20")
        self.do("TL")
        self.assertEqual((self.get("test"), self.flags()[5]), ("deep", "1"))
        self.passes(470)  # 80 % of ten minutes is 480 s
        self.assertEqual(self.get("test"), "deep")
        self.passes(20)
        self.assertEqual((self.get("test"), self.get("test-result")), ("none", "passed"))

    def stop(self, protocol):
        self.serve(protocol)
        self.do("TL")
        self.do("CT")
        self.assertEqual((self.flags()[5], self.get("test-result")), ("0", "aborted"))
        self.do("CT")  # nothing runs

    def shutdown(self, protocol):
        self.serve(protocol)
        for request, seconds in (("S.2R0003", 12), ("S.9R0003", 54), ("S01R0003", 60), ("S10R9999", 600)):
            self.do(request)
            self.assertEqual((self.off_in(), self.flags()[6]), (seconds, "1"), request)
        self.do("S.5R0003")
        self.passes(29)
        self.output(True)
        self.passes(2)
        self.output(False)
        self.passes(176)
        self.output(False)
        self.passes(5)
        self.output(True)
        self.assertEqual(self.flags()[6], "0")

    def returns(self, protocol):
        """S<n> alone: off for ten seconds, or for good."""
        self.serve(protocol)
        self.do("S.2")
        self.passes(13)
        self.output(False)
        self.passes(8)
        self.output(False)
        self.passes(3)
        self.output(protocol not in ("bestups", "masterguard"))

    def stayoff(self, protocol):
        self.serve(protocol)
        self.do("S.5R0000")
        self.passes(31)
        self.output(False)
        self.sim.do("mains off")
        self.sim.do("mains on")
        self.passes(100000)
        self.output(False)
        self.do("C")
        self.passes(0.1)
        self.output(True)

    def off_now(self, protocol):
        self.serve(protocol)
        self.do("S00R0000")
        self.passes(0.1)
        self.output(False)
        self.passes(1000)
        self.output(False)

    def cancel(self, protocol):
        self.serve(protocol)
        self.do("S01R0003")
        self.do("C")
        self.assertEqual((self.off_in(), self.flags()[6]), (-1, "0"))
        self.passes(100)
        self.output(True)

    def on(self, protocol):
        """C while off: not before ten seconds."""
        self.serve(protocol)
        self.do("S.2R0100")
        self.passes(13)
        self.do("C")
        self.output(False)
        self.passes(8)
        self.output(False)
        self.passes(3)
        self.output(True)

    def none(self, protocol, request):
        self.serve(protocol)
        self.unknown(request)
        self.assertEqual(self.get("beeper"), "1")


def make_commands():
    every = [name for name in STATUS if name != "omron"]
    kinds = {"shutdown": every, "returns": every, "stayoff": every, "off_now": every, "cancel": every, "on": every,
             "quick": every, "timed": every, "deep": every, "stop": every,
             "toggle": [n for n in every if n not in ("bestups", "masterguard", "innovart31", "innovart33")]}
    for kind, names in kinds.items():
        for name in names:
            setattr(Commands, f"test_{name}_{kind}", lambda self, k=kind, n=name: getattr(self, k)(n))
    for name in STATUS:
        setattr(Lengths, f"test_{name}", lambda self, n=name: self.check(n))
        setattr(Foreign, f"test_{name}", lambda self, n=name: self.check(n))


make_commands()


class Mains(Base):
    def test_failure_and_return_with_the_latched_voltage(self):
        self.serve("megatec", "load=20")
        self.assertEqual(self.ask("Q1"), "(230.0 230.0 230.0 020 50.0 27.3 25.0 00001001")
        self.sim.do("mains off")
        for _ in range(2):
            self.assertEqual(self.ask("Q1"), "(000.0 000.0 230.0 020 00.0 25.3 25.0 10001001")
        self.sim.do("mains on")
        self.assertEqual(self.ask("Q1")[:19], "(230.0 000.0 230.0 ")
        self.assertEqual(self.ask("Q1")[:19], "(230.0 230.0 230.0 ")

    def test_a_glitch_between_two_polls(self):
        self.serve("megatec")
        self.sim.do("mains 120")
        self.sim.do("mains on")
        self.assertEqual([self.ask("Q1")[7:12] for _ in range(2)], ["120.0", "230.0"])

    def test_good_voltages_are_no_event(self):
        self.serve("megatec")
        self.sim.do("mains 225")
        self.assertEqual(self.ask("Q1")[:12], "(225.0 225.0")

    def test_battery_falls_and_gets_low(self):
        self.serve("megatec", "load=50", "full-load-minutes=10", "low-percent=20", "start=battery")
        first = float(self.ask("Q1")[28:32])
        self.passes(600)  # half load: 50 %
        self.assertEqual(self.get("battery"), "50.000")
        self.assertLess(float(self.ask("Q1")[28:32]), first)
        self.assertEqual(self.flags()[:2], "10")
        self.passes(361)
        self.assertEqual(self.flags()[:2], "11")
        self.passes(300)
        self.output(False)  # empty
        self.assertEqual(self.ask("Q1")[13:22], "000.0 000")
        self.sim.do("mains on")
        self.passes(9)
        self.output(False)
        self.passes(2)
        self.output(True)

    def test_low_battery_ends_a_test(self):
        self.serve("megatec", "load=100", "full-load-minutes=1", "low-percent=20")
        self.do("T10")
        self.passes(49)
        self.assertEqual((self.get("test"), self.get("test-result"), self.flags()[5]), ("none", "failed", "0"))

    def test_low_battery_fires_a_countdown(self):
        self.serve("megatec", "load=100", "full-load-minutes=1", "low-percent=20", "start=battery")
        self.do("S10R0001")
        self.passes(47)
        self.output(True)
        self.passes(2)
        self.output(False)

    def test_low_battery_on_mains_fires_nothing(self):
        self.serve("megatec", "battery=10")
        self.do("S01")
        self.passes(50)
        self.output(True)
        self.assertEqual(self.flags()[1], "1")

    def test_mains_failure_aborts_a_test_and_none_begins(self):
        self.serve("mecer")
        self.do("T10")
        self.sim.do("mains off")
        self.assertEqual((self.get("test-result"), self.flags()[5]), ("aborted", "0"))
        self.assertEqual(self.ask("T"), "(NAK")
        self.assertEqual(self.get("test-result"), "impossible")

    def test_boost_and_trim(self):
        self.serve("megatec")
        for volts, bit, ratio in ((202.4, "1", 1.12), (257.6, "1", 0.88), (215, "0", 1), (245, "0", 1)):
            self.sim.do(f"mains {volts}")
            reply = self.ask("Q1")
            self.assertEqual(reply[40], bit, reply)
            self.assertAlmostEqual(float(reply[13:18]) / float(reply[1:6]), ratio, 2)

    def test_bypass(self):
        self.serve("megatec", "topology=online", "start=bypass")
        self.sim.do("mains 226")
        self.assertEqual(self.ask("Q1")[:18] + self.ask("Q1")[38:], "(226.0 226.0 226.000100001")

    def test_online_output_does_not_follow(self):
        self.serve("megatec", "topology=online")
        self.sim.do("mains 210")
        self.assertEqual(self.ask("Q1")[:18], "(210.0 210.0 230.0")

    def test_failed(self):
        self.serve("megatec")
        self.sim.do("fault bad-battery on")
        self.assertEqual(self.flags()[3], "0")  # not before a test
        self.do("T")
        self.passes(11)
        self.assertEqual((self.flags()[3], self.get("test-result")), ("1", "failed"))
        self.sim.do("fault bad-battery off")
        self.assertEqual(self.flags()[3], "0")


class Restart(Base):
    def down(self, request, protocol="megatec", *words):
        self.serve(protocol, "full-load-minutes=1000", *words)
        self.do(request)
        self.passes(self.off_in() + 0.5)
        self.output(False)

    def test_power_race_mains_back_during_the_countdown(self):
        self.serve("megatec", "start=battery")
        self.do("S01R0001")
        self.sim.do("mains on")
        self.passes(61)
        self.output(False)
        self.passes(60)
        self.output(True)

    def test_without_mains_it_waits_for_them(self):
        self.down("S.5R0001", "megatec", "start=battery")
        self.passes(3600)
        self.output(False)
        self.sim.do("mains on")
        self.passes(0.1)
        self.output(True)

    def test_return_waits_ten_seconds_after_the_mains(self):
        self.down("S.5", "megatec", "start=battery")
        self.passes(3600)
        self.sim.do("mains on")
        self.passes(9)
        self.output(False)
        self.passes(2)
        self.output(True)

    def test_restart_minutes_count_from_off(self):
        self.down("S.5R0005")
        self.passes(295)
        self.output(False)
        self.passes(6)
        self.output(True)

    def test_mains_that_flicker_do_not_shorten_the_minutes(self):
        self.down("S.5R0005")
        self.sim.do("mains off")
        self.passes(60)
        self.sim.do("mains on")
        self.passes(200)
        self.output(False)
        self.passes(60)
        self.output(True)

    def test_c_needs_mains(self):
        self.serve("mecer", "start=battery")
        self.do("S.5R0000")
        self.passes(31)
        self.answers("C", "(NAK")
        self.sim.do("mains on")
        self.passes(100)
        self.output(False)
        self.do("C")
        self.passes(1)
        self.output(True)

    def test_c_after_ten_seconds_is_at_once(self):
        self.down("S.5R0100")
        self.passes(60)
        self.do("C")
        self.output(True)

    def test_a_second_shutdown_wins(self):
        self.serve("megatec")
        self.do("S10")
        self.do("S.2R0000")
        self.assertEqual(self.off_in(), 12)

    def test_a_second_shutdown_ignored(self):
        self.serve("megatec", "second-shutdown=ignored")
        self.do("S10")
        self.do("S.2R0000")
        self.assertEqual(self.off_in(), 600)

    def test_a_second_shutdown_refused(self):
        self.serve("mecer", "second-shutdown=refused")
        self.do("S10")
        self.assertEqual(self.ask("S.2R0000"), "(NAK")
        self.assertEqual(self.off_in(), 600)

    def test_fsd_flag_kept_while_off(self):
        self.down("S.2", "megatec", "fsd-kept=yes")
        self.assertEqual(self.flags()[6], "1")
        self.passes(11)
        self.output(True)
        self.assertEqual(self.flags()[6], "0")

    def test_fsd_flag_goes_with_the_output(self):
        self.down("S.2")
        self.assertEqual(self.flags()[6], "0")

    def test_stay_that_does_not_hold(self):
        self.down("S.2R0000", "megatec", "stay-leaks=yes")
        self.passes(11)
        self.output(True)

    def test_early_firmware(self):
        self.down("S.2R0002", "megatec", "short-r-stays=yes")
        self.passes(1000)
        self.output(False)

    def test_fixed_off_delay(self):
        self.serve("megatec", "off-delay=30")
        self.do("S10R0003")
        self.assertEqual(self.off_in(), 30)

    def test_delay_without_effect(self):
        self.down("S.2R0100", "megatec", "no-delay=yes")
        self.passes(11)
        self.output(True)

    def test_powercycle(self):
        self.down("S.2R0000")
        self.sim.do("powercycle")
        self.output(True)

    def test_shutdown_while_off_is_refused(self):
        self.serve("mecer")
        self.do("S.2R0000")
        self.passes(13)
        self.assertEqual(self.ask("S.2"), "(NAK")

    def test_off_answers_or_not(self):
        self.serve("megatec", "start=battery", "board-backup=no")
        self.do("S.2")
        self.passes(13)
        self.send("Q1")
        self.sim.until("get requests", "3")
        self.sim.do("mains on")
        self.send("F")
        self.assertEqual(self.take()[:1], b"#")


class Oddities(Base):
    def test_answer_words(self):
        for word, reply in (("silence", None), ("echo", "echo"), ("ack", "ACK"), ("pack", "(ACK"), ("ok", "OK"),
                            ("nak", "NAK"), ("pnak", "(NAK"), ("no-ack", "UPS No Ack")):
            with self.subTest(word):
                self.serve("megatec", f"unknown={word}", f"ack={word}")
                self.answers("XYZ", reply)
                self.answers("Q", reply)
                self.assertEqual(self.get("beeper"), "0")

    def test_refused_word(self):
        self.serve("megatec", "refused=echo", "start=battery")
        self.assertEqual(self.ask("T"), "T")

    def test_fields_filled(self):
        self.serve("q1", "dash=temperature,load", "at=frequency", "blank=battery")
        self.assertEqual(self.ask("Q1"), "(230.0 230.0 230.0 --- @@.@   .  --.- 00001001")
        self.sim.do("set number=temperature,load,frequency,battery")
        self.assertEqual(self.ask("Q1"), "(230.0 230.0 230.0 007 50.0 13.7 25.0 00001001")

    def test_constant_temperature(self):
        self.serve("megatec", "constant-temperature=25.0", "temperature=40")
        self.assertEqual(self.ask("Q1")[33:37], "25.0")
        self.sim.do("set constant-temperature=no")
        self.assertEqual(self.ask("Q1")[33:37], "40.0")

    def test_battery_formats(self):
        self.serve("megatec", "blocks=20")
        self.assertEqual(self.ask("Q1")[28:32], "0273")
        self.sim.do("set battery-volts=cell")
        self.assertEqual(self.ask("Q1")[28:32], "2.28")
        self.sim.do("set blocks=2")
        self.sim.do("set battery-volts=four")
        self.assertEqual(self.ask("Q1")[28:32], "0027")

    def test_stuck_bits(self):
        self.serve("megatec", "stuck=------10")
        self.do("Q")
        self.assertEqual(self.ask("Q1")[38:], "00001010")
        self.assertEqual(self.get("beeper"), "0")

    def test_commands_without_effect(self):
        self.serve("mecer", "ignore=SQ")
        self.do("S.5")
        self.do("Q")
        self.assertEqual((self.off_in(), self.get("beeper")), (-1, "1"))
        self.do("T")
        self.assertEqual(self.get("test"), "short")

    def test_ratings_missing(self):
        self.serve("megatec", "ratings=none", "vendor=none")
        self.assertEqual((self.ask("F"), self.ask("I")), ("F", "I"))

    def test_ratings_lock_the_unit_up(self):
        for key, request in (("ratings", "F"), ("vendor", "I")):
            with self.subTest(key):
                self.serve("megatec", f"{key}=lockup")
                self.send(request)
                self.sim.until("get locked", "1")
                self.send("Q1")
                self.sim.until("get requests", "2")
                self.sim.do("powercycle")
                self.assertEqual(self.ask("XYZ"), "XYZ")  # the first reply of all

    def test_ic_vendor_frame(self):
        self.serve("megatec", "vendor=ic", "mfr=MegaTec", "serial=abcedfhi", "model=k130v", "firmware=v3.400000",
                   "full-load-minutes=10", "load=50")
        self.assertEqual(self.ask("I"), "#MegaTecabcedfhi k130v01200 v3.400000")

    def test_zero_frames(self):
        self.serve("megatec")
        self.sim.do("set zero=-1")
        for _ in range(3):
            self.assertEqual(self.ask("Q1"), "(000.0 000.0 000.0 000 00.0 0.00 00.0 00000000")
        self.sim.do("set zero=0")
        self.assertEqual(self.ask("Q1")[:6], "(230.0")

    def test_no_cr_once(self):
        self.serve("megatec")
        self.sim.do("nocr 1")
        self.send("Q1")
        self.assertEqual(len(self.line.take(46)), 46)
        self.assertEqual(self.ask("F"), "#230.0 007 24.00 50.0")

    def test_nul_first_while_off(self):
        self.serve("megatec", "nul-off=yes")
        self.assertEqual(self.ask("Q1")[0], "(")
        self.do("S00R0000")
        self.passes(0.1)
        self.assertEqual(self.ask("Q1")[0], "\0")

    def test_nul_flags_only_for_zeros(self):
        self.serve("megatec", "nul-flags=11111111")
        self.assertEqual(self.ask("Q1")[38:], "\0\0\0\x001\0\x001")

    def test_chunks(self):
        self.serve("megatec", "chunk=2")
        self.send("Q1")
        sizes = []
        data = b""
        while len(data) < 47:
            self.assertTrue(select.select([self.fd], [], [], DEADLINE)[0])
            part = os.read(self.fd, 100)
            sizes.append(len(part))
            data += part
        self.assertGreater(len(sizes), 2)
        self.assertEqual(data[:1] + data[-1:], b"(\r")

    def test_pause_inside_a_reply(self):
        self.serve("megatec")
        self.sim.do("pause 20 300")
        start = time.monotonic()
        self.send("Q1")
        self.assertEqual(len(self.line.take(20)), 20)
        self.assertEqual(len(self.line.take(27)), 27)
        self.assertGreater(time.monotonic() - start, 0.29)
        self.assertEqual(len(self.ask("Q1")), 46)

    def test_noise_before_and_a_second_line_behind(self):
        self.serve("megatec")
        self.sim.do("noise 0041")
        self.sim.do("tail " + b"(junk\r".hex())
        self.send("Q1")
        self.assertRegex(self.take(), rb"^\x00A\(230.0 .{39}\r$")
        self.assertEqual(self.take(), b"(junk\r")
        self.assertEqual(self.ask("Q1")[0], "(")

    def test_line_faults(self):
        self.serve("megatec")
        self.sim.do("garble 1")
        self.assertNotIn(self.ask("Q1")[38], "01")
        self.sim.do("truncate 12")
        self.send("Q1")
        self.assertEqual(self.line.take(12), b"(230.0 230.0")
        self.sim.do("reply " + b"UPS No Ack\r".hex())
        self.assertEqual(self.ask("Q1"), "UPS No Ack")
        self.sim.do("drop 1")
        self.send("Q1")
        self.assertEqual(self.ask("F")[0], "#")
        self.sim.do("mute on")
        self.send("Q1")
        self.sim.until("get requests", "6")
        self.sim.do("mute off")
        self.assertEqual(self.ask("F")[0], "#")

    def test_line_feeds_are_no_part_of_a_request(self):
        self.serve("megatec")
        os.write(self.fd, b"F\r\nI\r\n\n")
        self.assertEqual((self.take()[:1], self.take()[:1]), (b"#", b"#"))
        self.assertEqual(self.log(), ["F", "I"])

    def test_log_escapes(self):
        self.serve("megatec")
        self.unknown("Bl ?")
        self.assertEqual(self.sim.do("log"), r"!Bl\x20?")

    def test_slow_serial_line(self):
        self.serve("megatec", "--paced")
        start = time.monotonic()
        self.ask("Q1")
        self.assertGreater(time.monotonic() - start, 50 * 10 / 2400)

    def test_unplug_and_plug(self):
        self.serve("megatec")
        self.sim.do("mains off")
        self.sim.do("unplug")
        self.assertFalse(os.path.lexists(self.sim.link))
        self.sim.do("plug")
        self.line = self.sim.open(self)
        self.fd = self.line.fd
        self.assertEqual(self.ask("Q1")[38], "1")

    def test_tcp(self):
        self.serve("mecer", tcp=True)
        self.assertEqual(self.ask("QPI"), "(PI98")
        self.sim.do("rst")
        self.sock = self.sim.connect(self)
        self.fd = self.sock.fileno()
        self.assertEqual(self.ask("Q1")[0], "(")

    def test_many(self):
        self.sim = Simulator(self, "--count", "64", protocol="q1")
        self.assertEqual(len(self.sim.ready), 65)
        self.sim.do("@63 mains off")
        for index, bit in ((0, "0"), (63, "1")):
            fd = os.open(f"{self.sim.link}.{index}", os.O_RDWR | os.O_NOCTTY)
            self.addCleanup(os.close, fd)
            self.fd = fd
            self.assertEqual(self.ask("Q1")[38], bit)

    def test_wrong_keys(self):
        for key in ("nonsense=1", "ack=maybe", "stuck=12", "dash=nothing", "fix=load", "cut=-1", "slave=100", "phases-in=2", "p98=2",
                    "alias=x", "battery-volts=x", "topology=x", "load=x"):
            done = subprocess.run([UPSSIM, "--protocol", "megatec", "--pty", "/nonexistent/x", key],
                                  capture_output=True, text=True, timeout=DEADLINE)
            self.assertEqual(done.returncode, 2, key)
            self.assertIn(key.split("=", 1)[0], done.stderr)
        self.serve("megatec")
        self.assertRegex(self.sim.ask("set nonsense=1"), "^error: ")
        self.assertRegex(self.sim.ask("set load=x"), "^error: ")

    def test_help_names_every_dialect(self):
        text = subprocess.run([UPSSIM, "--help"], capture_output=True, text=True, timeout=DEADLINE).stdout
        for name in STATUS:
            self.assertRegex(text, rf"(of|,) {re.escape(name)}[,:]")


class Mecer(Base):
    def test_tenths_of_minutes(self):
        self.serve("mecer")
        for request, seconds in (("T.2", 12), ("T.9", 54)):
            self.do(request)
            self.passes(seconds - 1)
            self.assertEqual(self.get("test"), "timed")
            self.passes(1.5)
            self.assertEqual(self.get("test"), "none")
        self.unknown("T.1")

    def test_not_p98(self):
        self.serve("mecer", "p98=no")
        self.assertEqual(self.ask("QPI"), "(NAK")
        self.unknown("T.5")
        self.do("T01")

    def test_busy_test(self):
        self.serve("mecer")
        self.do("T")
        self.assertEqual(self.ask("T10"), "(NAK")


class Hunnox(Base):
    def test_battery_level(self):
        self.serve("hunnox", "battery=50")
        self.assertEqual(self.ask("BL"), "BL050")
        self.sim.do("battery 100")
        self.assertEqual(self.ask("BL"), "BL100")

    def test_without_bl(self):
        self.serve("hunnox", "bl=no", "vendor=none")
        self.assertEqual((self.ask("BL"), self.ask("FW?")), ("UPS No Ack", "UPS No Ack"))


class Bestups(Base):
    def test_models(self):
        for model, runtime, packs, b5 in (("PRO", 0, 0, "1"), ("320", 0, 0, "0"), ("FOR", 1, 0, "0"),
                                          ("520", 1, 0, "0"), ("PR2", 1, 0, "1"), ("325", 1, 0, "0"),
                                          ("FTC", 1, 0, "0"), ("525", 1, 0, "0"), ("AX1", 1, 1, "0"),
                                          ("620", 1, 1, "0")):
            with self.subTest(model):
                self.serve("bestups", f"model={model}", "load=50")
                self.assertEqual(self.ask("ID"), f"{model},750,120,120,20.0,27.6")
                self.answers("RT", "020" if runtime else None)
                self.answers("BP?", "00" if packs else None)
                self.assertEqual(self.ask("Q1")[40], b5)
                self.sim.do("mains 105")  # boosts
                self.assertEqual(self.ask("Q1")[40], "0" if b5 == "1" else "1")
                self.assertEqual(self.ask("Q1")[45], "0")

    def test_identity_widths(self):
        self.serve("bestups", "rating-va=1500")
        self.assertEqual(self.ask("ID"), "FOR,1500,120,120,20.0,27.6")

    def test_q_changes_nothing(self):
        self.serve("bestups")
        before = self.ask("Q1")
        self.send("Q")
        reply = self.line.take(33)
        self.assertEqual(reply, b"(120.0120.0120.000750.027.325.0\x08\r")
        self.assertEqual(self.ask("Q1"), before)
        self.assertEqual(self.get("beeper"), "1")

    def test_q_with_a_cr_inside(self):
        self.serve("bestups", "stuck=00001101")
        self.send("Q")
        self.assertEqual(self.line.take(33)[-2:], b"\r\r")

    def test_settings(self):
        self.serve("bestups", "model=AX1", "volts-index=4")
        for request, query, reply in (("BP5", "BP?", "05"), ("SS6", "SS?", "6"), ("SS0", "SS?", "0")):
            self.do(request)
            self.assertEqual(self.ask(query), reply)
        self.assertEqual(self.ask("M"), "4")
        for request in ("BP6", "SS7", "SS", "SS12"):
            self.unknown(request)
        self.assertEqual((self.get("packs"), self.get("pins")), ("5", "0"))

    def test_long_delay(self):
        self.serve("bestups")
        self.do("S99R0001")
        self.assertEqual(self.off_in(), 5940)

    def test_patriot_wakes_with_the_mains(self):
        self.serve("bestups", "model=PRO")
        self.do("S.2")
        self.passes(13)
        self.passes(1000)
        self.output(False)
        self.sim.do("mains off")
        self.sim.do("mains on")
        self.passes(11)
        self.output(True)

    def test_fortress_does_not(self):
        self.serve("bestups")
        self.do("S.2")
        self.passes(13)
        self.sim.do("mains off")
        self.sim.do("mains on")
        self.passes(1000)
        self.output(False)


class Masterguard(Base):
    def test_foreign_address_is_silence_and_no_effect(self):
        self.serve("masterguard", "slave=7")
        self.assertEqual(self.ask("WH")[1:3], "07")
        self.assertEqual(self.ask("GS,07"), "(07,07 0 1")
        for request in ("GS,00", "GBS,08", "GSN,17", "DRC,70", "FLT,0", "SS---0,00", "FCLR,00", "TUD,00", "GS", "GS,7",
                        "SRC0001:00:00:00,00"):
            self.nothing(request)
        self.assertEqual((self.get("beeper"), self.ask("DRC,07")), ("1", "(07,0000:00:00:00"))

    def test_settings(self):
        self.serve("masterguard", "model=A1000")
        self.do("SS---0,00")
        self.assertEqual(self.ask("GS,00"), "(00,00 0 0")
        self.do("SS--2-,00")
        self.assertEqual(self.ask("GS,00"), "(00,00 2 0")
        self.do("SS--3-,00")  # more than the model takes
        self.do("SS----,00")
        self.assertEqual(self.ask("GS,00"), "(00,00 2 0")
        self.do("SS42-1,00")
        self.assertEqual(self.ask("GS,42"), "(42,42 2 1")
        self.assertEqual(self.ask("WH")[1:3], "42")

    def test_models(self):
        for model, text, packs in (("A700", "A  700", "0"), ("A2000-19", "A 2000", "0"), ("A3000", "A 3000", "0"),
                                   ("E60", "E 60", "1"), ("E200", "E200", "1")):
            with self.subTest(model):
                self.serve("masterguard", f"model={model}")
                reply = self.ask("WH")
                self.assertEqual(reply[16:22], text.ljust(6))
                self.assertEqual("-19" in reply[16:46], "-19" in model)
                self.assertEqual(reply[47], packs)

    def test_clock(self):
        self.serve("masterguard")
        self.passes(90061)
        self.assertEqual(self.ask("DRC,00"), "(00,0001:01:01:01")
        self.do("SRC9999:23:59:58,00")
        self.passes(1)
        self.assertEqual(self.ask("DRC,00"), "(00,9999:23:59:59")
        for request in ("SRC0001:24:00:00,00", "SRC1:00:00:00,00", "SRC0001:00:60:00,00"):
            self.unknown(request)

    def test_fault_memory(self):
        self.serve("masterguard", "uptime=3600")
        for fault in ("charger", "bad-battery", "overtemperature"):
            self.sim.do(f"fault {fault} on")
            self.passes(60)
        self.assertEqual(self.ask("FLT,00"), "(00,3 0025 0000:01:02:00 9 0000 0000:01:01:00 A 0000 0000:01:00:00"
                                             " 0 0000 0000:00:00:00 0 0000 0000:00:00:00")
        self.do("FCLR,00")
        self.assertEqual(self.ask("FLT,00"), "(00," + " ".join(5 * ["0 0000 0000:00:00:00"]))

    def results(self):
        return self.ask("Q3")[67:70]

    def test_results(self):
        self.serve("masterguard")
        self.assertEqual(self.results(), "000")
        self.do("T")
        self.assertEqual(self.results(), "001")
        self.passes(11)
        self.assertEqual(self.results(), "010")
        self.do("TL")
        self.do("CT")
        self.assertEqual(self.results(), "101")
        self.sim.do("fault bad-battery on")
        self.do("T")
        self.passes(11)
        self.assertEqual(self.results(), "011")
        self.assertEqual(self.ask("Q3")[65], "1")  # to be replaced
        self.sim.do("mains off")
        self.nothing("T")
        self.assertEqual(self.results(), "100")

    def test_calibration(self):
        self.serve("masterguard", "load=20", "full-load-minutes=1", "low-percent=20")
        self.nothing("TUD,00")
        self.assertEqual(self.results(), "100")
        self.sim.do("load 100")
        self.sim.do("battery 98")
        self.nothing("TUD,00")
        self.assertEqual(self.results(), "100")
        self.sim.do("battery 100")
        self.do("TUD,00")
        self.assertEqual((self.results(), self.get("test")), ("110", "deep"))
        self.passes(50)
        self.assertEqual(self.results(), "010")

    def test_no_battery(self):
        self.serve("masterguard")
        self.sim.do("fault no-battery on")
        self.assertEqual(self.ask("Q3")[66], "1")

    def test_bypass(self):
        self.serve("masterguard", "mains=226")
        self.do("FOFF")
        self.assertEqual(self.ask("Q3")[16:21] + self.ask("Q3")[53:61], "226.000100000")
        self.do("FON")
        self.assertEqual(self.ask("Q3")[16:21] + self.ask("Q3")[53:61], "230.000000000")

    def test_no_bypass_without_mains(self):
        self.serve("masterguard", "start=battery")
        self.nothing("FOFF")
        self.assertEqual(self.get("mode"), "battery")

    def test_output_voltage(self):
        self.serve("masterguard")
        self.do("PNV=240")
        self.assertEqual(self.ask("PNV"), "(PNV=240")
        for request in ("PNV=235", "PNV=24", "PNV=2400", "PNVx"):
            self.nothing(request)
        self.assertEqual(self.ask("PNV"), "(PNV=240")
        self.assertEqual(self.ask("Q3")[16:21], "240.0")

    def test_delays(self):
        self.serve("masterguard")
        for request, seconds in (("S.1R0001", 6), ("S99R0003", 5940)):
            self.do(request)
            self.assertEqual(self.off_in(), seconds)
        self.do("S.0")
        self.passes(0.1)
        self.output(False)


class Phases(Base):
    def test_q2(self):
        self.serve("q2", "load=30", "full-load-minutes=10", "fix=fault:1")
        self.assertEqual(self.ask("Q2"), "(230.0 230.0 230.0 230.0 230.0 230.0 230.0 030 030 030 50.0 218.7 25.0 "
                                         "00000001 033.33 100 00 00 00 00 00 00000000 11")
        self.sim.do("load 10 20 30")
        self.assertEqual(self.ask("Q2")[43:54], "010 020 030")

    def test_single_phase(self):
        self.serve("q2", "phases-in=1", "phases-out=1", "delta=yes")
        reply = self.ask("Q2")
        self.assertEqual((reply[7:18], reply[31:42], reply[115:]), ("000.0 000.0", "000.0 000.0", "00"))

    def test_q6(self):
        self.serve("q6", "load=30", "full-load-minutes=10", "negative=no")
        self.assertEqual(self.ask("Q6"), "(230.0 230.0 230.0 50.0 230.0 230.0 230.0 50.0 030 030 030 218.7 ---.- 25.0 "
                                         "02000 100 32 00000000 00000000 11")
        self.assertEqual((self.ask("F"), self.ask("I")), ("NAK", "NAK"))

    def test_wa(self):
        self.serve("q6", "load=50", "rating-va=60000")
        reply = self.ask("WA")
        watts = [float(w) for w in reply[1:].split()[:3]]
        self.assertEqual(watts, [8.0, 8.0, 8.0])
        self.assertEqual(reply[37:42] + reply[66:], "024.0 050 00000000")

    def test_flags_come_with_q1(self):
        self.serve("q6")
        self.sim.do("mains off")
        self.assertEqual(self.ask("Q1")[38:], "10000001")

    def test_innovart(self):
        for name, bypass in (("innovart31", "(226.0 000.0 000.0 50.0"), ("innovart33", "(226.0 226.0 226.0 50.0")):
            self.serve(name, "mains=226")
            self.assertEqual(self.ask("BPS"), bypass)
            self.nothing("Q")
            self.assertRegex(self.ask("SASV07?"), r"^GASV07D\w+ *$")


class Gtec(Base):
    def letters(self):
        return self.ask("Q4")[63:]

    def test_letters(self):
        self.serve("gtec", "load=30")
        self.assertEqual(self.letters(), "M")
        self.do("T")
        self.assertEqual(self.letters(), "EM")
        self.passes(11)
        self.assertEqual(self.letters(), "IM")
        self.do("S01")
        self.assertEqual(self.letters(), "IFM")
        self.do("C")
        self.sim.do("mains off")
        self.assertEqual(self.letters(), "IA")
        self.sim.do("battery 5")
        self.assertEqual(self.letters(), "IBA")
        self.sim.do("mains on")
        self.sim.do("battery 100")
        self.sim.do("fault bad-battery on")
        self.do("T")
        self.passes(11)
        self.assertEqual(self.letters(), "JDM")
        self.sim.do("fault bad-battery off")
        self.sim.do("load 108")
        self.assertEqual(self.letters(), "JNM")
        self.sim.do("load 30")
        self.sim.do("fault no-battery on")
        self.assertEqual(self.letters(), "KPM")
        self.sim.do("set letters=GH")
        self.assertEqual(self.letters(), "KPGHM")

    def test_off_and_bypass(self):
        self.serve("gtec", "start=bypass")
        self.assertEqual(self.letters(), "C")
        self.serve("gtec", "start=off")
        self.assertEqual(self.letters(), "")

    def test_extremes(self):
        self.serve("gtec")
        self.sim.do("mains 243.2")
        self.sim.do("mains 212.1")
        self.sim.do("mains 236.7")
        self.assertEqual(self.ask("Q4")[:18], "(236.7 243.2 212.1")


class Omron(Base):
    def test_return_and_stay(self):
        self.serve("omron")
        self.do("An")
        self.do("S.2")
        self.passes(13)
        self.output(False)
        self.passes(11)
        self.output(True)
        self.do("Af")
        self.do("Sf.2")
        self.passes(13)
        self.passes(1000)
        self.output(False)
        self.do("C")
        self.assertEqual(self.log(), ["An", "S.2", "Af", "Sf.2", "C"])

    def test_s_after_af_stays(self):
        self.serve("omron")
        self.do("Af")
        self.do("S01")
        self.passes(61)
        self.passes(100)
        self.output(False)

    def test_cancel(self):
        self.serve("omron")
        self.do("S01")
        self.do("C")
        self.assertEqual(self.off_in(), -1)

    def test_beeper(self):
        self.serve("omron")
        self.do("Bf")
        self.assertEqual(self.get("beeper"), "0")
        self.do("Bn")
        self.assertEqual(self.get("beeper"), "1")
        self.assertEqual(self.ask("Q1")[45], "0")

    def test_what_it_lacks(self):
        self.serve("omron")
        for request in ("Q", "T", "TL", "T10", "CT", "F", "I", "S.5R0003", "Ax", "Sf", "Sf.1"):
            self.unknown(request)

    def test_readings(self):
        self.serve("omron", "battery=50", "load=50", "full-load-minutes=10", "temperature=31.5")
        self.assertEqual([self.ask(r) for r in ("Bl ?", "RTS", "TPb", "Lf ?", "BRR")],
                         ["050", "0010", "+31.5", "50.0", "20210401"])


@unittest.skipUnless(os.access(NUT_DRIVER, os.X_OK), "NUT's nutdrv_qx is not installed")
class Nut(Base):
    """NUT's own driver as a second opinion."""

    def check(self, protocol, values, *words):
        self.serve(protocol, *words)
        got = self.dump(protocol)
        for name, value in values.items():
            self.assertEqual(got.get(name), value, (protocol, name, got))

    PLAIN = {"input.voltage": "230.0", "output.voltage": "230.0", "input.frequency": "50.0", "ups.load": "20",
             "ups.temperature": "25.0", "ups.status": "OL", "ups.beeper.status": "enabled"}
    RATED = dict(PLAIN, **{"input.voltage.nominal": "230", "input.frequency.nominal": "50"})

    def test_megatec(self):
        self.check("megatec", dict(self.RATED, **{"battery.voltage": "27.30", "battery.voltage.nominal": "24.0",
                                                  "device.mfr": "MEGATEC"}), "load=20")

    def test_megatec_old(self):
        self.check("megatec/old", self.RATED, "load=20")

    def test_mecer(self):
        self.check("mecer", dict(self.RATED, **{"ups.firmware.aux": "Voltronic Power P98"}), "load=20")

    def test_mustek(self):
        self.check("mustek", self.RATED, "load=20")

    def test_zinto(self):
        self.check("zinto", self.RATED, "load=20")

    def test_q1(self):
        self.check("q1", self.PLAIN, "load=20")

    def test_bestups(self):
        self.check("bestups", {"input.voltage": "120.0", "ups.power.nominal": "750", "battery.voltage.low": "20.0",
                               "device.mfr": "Best Power", "ups.status": "OL"})

    def test_hunnox(self):
        self.check("hunnox", dict(self.RATED, **{"battery.charge": "100", "device.mfr": "HUNNOX"}), "load=20")


if __name__ == "__main__":
    tap.main()
