#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The simulated Voltronic UPSes of the families QS and QS-hex, and Axpert inverters.

Model time stands still (--speed 0) and moves only by the control command `pass`.  Captures are of real units, from
public reports; `paper` are the examples that the published protocol papers print.
"""

import os
import unittest

import tap
from test_upssim_qx import NUT_DRIVER
from test_upssim_voltronic import Volt


class Qs(Volt):
    PROTOCOL = "voltronic-qs"

    def quiet(self, *requests):
        """Accepted or ignored, without a word: the next thing on the line is the status."""
        for request in requests:
            self.send(request)
            self.assertEqual(len(self.ask("QS")), 46, request)

    def flag(self, name):
        return self.ask("QS")["b7 b6 b5 b4 b3 b2 b1 b0".split().index(name) + 38]

    def test_salicru(self):
        self.start("capture=salicru")
        self.assertEqual([self.ask(r) for r in ("M", "QS", "F", "QI")],
                         ["H", "(228.6 228.7 228.6 000 50.0 13.5 --.- 00001000", "#230.0 003 12.00 50.0",
                          "(099 02920 50.1 000.0 169 279 0 0000010000102000"])

    def test_powershield(self):
        self.start("capture=powershield")
        self.assertEqual(self.ask("QI"), "(100 00979 50.0 000.3 177 290 0 0000010000112000")

    def test_paper(self):
        self.start("capture=paper")
        self.assertEqual(self.ask("QS"), "(208.4 140.0 208.4 034 59.9 12.8 35.0 00110000")

    def test_echo(self):
        self.start()
        self.assertEqual(self.ask("M"), "V")
        bad = ("QGS", "QPI", "QI", "CT", "S10R0003", "S.1R0003", "S.5R", "T10", "TL", "Q1", "xyz", "SON")
        for request in bad:
            self.assertEqual(self.ask(request), request)
        self.assertEqual(self.get("malformed"), str(len(bad)))

    def test_others(self):
        for letter in "HIJ":
            self.start("letter=" + letter)
            self.assertEqual((self.ask("M"), len(self.ask("QI")) + 1), (letter, 49))
            self.assertEqual(self.ask("CT"), "CT")
        self.start("refuse=F")
        self.assertEqual(self.ask("F"), "F")

    def test_beeper(self):
        self.start()
        self.assertEqual(self.flag("b0"), "1")
        self.quiet("Q")
        self.assertEqual(self.flag("b0"), "0")
        self.quiet("Q")
        self.assertEqual(self.flag("b0"), "1")

    def test_quick(self):
        self.start()
        self.quiet("T")
        self.assertEqual(self.flag("b2"), "1")
        self.passes(10.1)
        self.assertEqual(self.flag("b2"), "0")

    def test_no_test(self):
        self.start()
        self.sim.do("mains off")
        self.quiet("T")
        self.assertEqual(self.flag("b2"), "0")
        self.sim.do("battery 60")
        self.sim.do("mains on")  # charging: 12.98 V a block
        self.quiet("T")
        self.assertEqual(self.flag("b2"), "0")

    def test_low_battery_ends_it(self):
        self.start("load=100", "full-load-minutes=1")
        self.quiet("T")
        self.sim.do("battery 19")
        self.assertEqual(self.flag("b2"), "0")

    def test_shutdown(self):
        self.start()
        for request, seconds in (("S.2R0003", 12), ("S.9R0003", 54), ("S01R0003", 60), ("S09R0000", 540)):
            self.quiet(request)
            self.assertEqual((self.off_in(), self.flag("b1")), (seconds, "1"), request)
        self.quiet("C")
        self.assertEqual((self.off_in(), self.flag("b1")), (-1, "0"))
        self.quiet("S.2R0001")
        self.passes(13)
        self.output(False)
        self.assertEqual(self.ask("QS")[13:27], "000.0 000 00.0")
        self.passes(58)
        self.output(False)
        self.passes(3)
        self.output(True)

    def test_waits_for_the_mains(self):
        self.start()
        self.quiet("S.2R0002")
        self.sim.do("mains off")
        self.passes(500)
        self.sim.do("mains on")
        self.passes(118)
        self.output(False)
        self.passes(3)
        self.output(True)

    def test_off_and_on(self):
        self.start()
        self.quiet("S00R0000")
        self.passes(0.1)
        self.output(False)
        self.quiet("C")
        self.passes(8)
        self.output(False)
        self.passes(3)
        self.output(True)

    def test_stays_off(self):
        self.start()
        self.quiet("S00R0000")
        self.sim.do("mains off")
        self.passes(10)
        self.sim.do("mains on")
        self.passes(1000)
        self.output(False)

    def test_mains_wake(self):
        self.start("mains-wakes=yes")
        self.quiet("S.2R0000")
        self.passes(100)
        self.output(False)
        self.sim.do("mains off")
        self.passes(10)
        self.sim.do("mains on")
        self.passes(11)
        self.output(True)

    def forgetting(self, outage):
        self.start("forgets-delay=yes")
        self.quiet("S00R0000")
        self.passes(20)
        if outage:
            self.sim.do("mains off")
            self.passes(1)
            self.sim.do("mains on")
        self.quiet("C", "S.2R0003")
        self.sim.do("mains off")
        self.passes(60)
        self.sim.do("mains on")
        self.passes(11)
        return self.get("output")

    def test_forgets_the_delay(self):
        self.assertEqual(self.forgetting(False), "1")
        self.assertEqual(self.forgetting(True), "0")

    def test_needs_mains(self):
        self.start("needs-mains=yes")
        self.sim.do("mains off")
        self.quiet("S.2R0003")
        self.assertEqual(self.off_in(), -1)

    def test_stuck_shutdown_bit(self):
        self.start("stuck=------1-")
        self.assertEqual(self.flag("b1"), "1")

    def test_fault_volts(self):
        self.start()
        self.sim.do("mains 140")
        self.sim.do("mains 230")
        self.assertEqual([self.ask("QS")[7:12] for _ in range(2)], ["140.0", "230.0"])

    def test_states(self):
        self.start()
        self.assertEqual(self.ask("QS")[38:], "00001001")
        self.sim.do("mains off")
        self.assertEqual(self.ask("QS")[38:], "10001001")
        self.sim.do("battery 10")
        self.assertEqual(self.ask("QS")[38:], "11001001")
        self.sim.do("mains 200")
        self.sim.do("battery 90")
        self.assertEqual(self.ask("QS")[38:], "00101001")
        self.sim.do("mains on")
        self.sim.do("fault inverter on")
        self.assertEqual(self.flag("b4"), "1")


class Hex(Volt):
    PROTOCOL = "voltronic-qs-hex"
    STUFFED = {0: 0x0D, 1: 0x11, 2: 0x13, 3: 0x0A, 4: 0x20}
    LENGTHS = [2, 1, 2, 1, 1, 2, 3, 1, 1, 1, 1]

    def fields(self, reply=None):
        """A decoder of its own: one walk, stuffing resolved by the fields' lengths."""
        raw = self.raw("QS") if reply is None else reply
        self.assertEqual((raw[:1], raw[-1:]), (b"#", b"\r"))
        fields, at = [], 1
        for length in self.LENGTHS[:11 if self.ask_letter() == "T" else 10]:
            options = self.walk(raw, at, length)
            self.assertEqual(len(options), 1, raw.hex())
            value, at = options[0]
            fields.append(value)
            self.assertIn(raw[at], b" \r")
            at += 1
        self.assertEqual(at, len(raw))
        return fields

    def walk(self, raw, at, length):
        """Every way to read `length` bytes at `at` that ends before a separator."""
        if not length:
            return [(b"", at)] if raw[at] in b" \r" else []
        ways = []
        if raw[at] == 0x28 and raw[at + 1] in self.STUFFED:
            first = bytes([self.STUFFED[raw[at + 1]]])
            ways += [(first + rest, end) for rest, end in self.walk(raw, at + 2, length - 1)]
        if raw[at] not in b" \r\n\x11\x13":
            ways += [(raw[at:at + 1] + rest, end) for rest, end in self.walk(raw, at + 1, length - 1)]
        return ways

    def ask_letter(self):
        return self.sim.do("get letter")

    def raw(self, request):
        self.send(request)
        return self.take()

    def values(self):
        f = [int.from_bytes(x, "big") for x in self.fields()]
        return {"in": f[0] * f[1] / 13056, "out": f[2] * f[3] / 13056, "load": f[4],
                "hz": f[6] / f[5] if f[5] else 0, "battery": f[7] * f[8] / 510, "bits": f[9]}

    def quiet(self, *requests):
        for request in requests:
            self.send(request)
            self.assertEqual(self.raw("QS")[:1], b"#", request)

    def test_paper_p(self):
        self.start("capture=paper-p")
        self.assertEqual(self.raw("QS"), bytes.fromhex(
            "23 06 00 20 68 20 70 01 20 69 20 0C 20 61 A8 20 28 02 12 D0 20 D5 20 1E 20 89 0D"))
        self.assertEqual(self.ask("M"), "P")

    def test_paper_t(self):
        self.start("capture=paper-t")
        self.assertEqual(self.raw("QS"), bytes.fromhex(
            "23 01 02 20 65 20 73 01 20 65 20 00 20 60 00 20 12 C0 00 20 CC 20 3C 20 89 20 23 0D"))
        self.assertEqual(self.ask("M"), "T")

    def test_formulas_are_within_a_tenth(self):
        for blocks in (1, 2, 3, 4):
            self.start(f"blocks={blocks}", "load=40")
            for volts in (0, 12.2, 100, 187.7, 215.3, 230, 243.6, 264.9, 280):
                for percent in (100, 63, 21, 4):
                    self.sim.do(f"mains {volts}")
                    self.sim.do(f"battery {percent}")
                    v = self.values()
                    self.assertAlmostEqual(v["in"], volts, delta=0.1)
                    self.assertAlmostEqual(v["out"], float(self.get("output-volts")), delta=0.1)
                    self.assertAlmostEqual(v["battery"], float(self.get("battery-volts")), delta=0.1)
                    self.assertAlmostEqual(v["hz"], float(self.get("output-hz")), delta=0.05)
                    self.assertEqual(v["load"], 40)

    def test_off(self):
        self.start("start=off")
        v = self.values()
        self.assertEqual((v["out"], v["load"], v["hz"]), (0, 0, 0))
        self.assertEqual(self.fields()[5], b"\0\0")

    def test_stuffed_status(self):
        for letter in "PT":
            self.start("letter=" + letter)
            for byte, pair in ((0x0D, "2800"), (0x11, "2801"), (0x13, "2802"), (0x0A, "2803"), (0x20, "2804")):
                self.set(f"raw=status:{byte:02X}")
                raw = self.raw("QS")
                rating = b" \x03" if letter == "T" else b""
                tail = bytes.fromhex("20" + pair) + rating + b"\r"
                self.assertTrue(raw.endswith(tail), raw.hex())
                self.assertEqual(self.fields()[9], bytes([byte]))

    def test_states_that_are_stuffed(self):
        self.start("p-tests=yes")
        self.quiet("T")
        self.assertEqual((self.fields()[9], self.raw("QS")[-3:]), (b"\x0D", b"\x28\x00\x0D"))
        self.passes(11)
        self.quiet("Q", "S.5R0003")
        self.assertEqual((self.fields()[9], self.raw("QS")[-3:]), (b"\x0A", b"\x28\x03\x0D"))
        self.quiet("C")
        self.set("topology=online", "stuck=--1-----")
        self.assertEqual((self.fields()[9], self.raw("QS")[-3:]), (b"\x20", b"\x28\x04\x0D"))
        self.quiet("Q")
        self.set("stuck=---1----")
        self.assertEqual((self.fields()[9], self.raw("QS")[-3:]), (b"\x11", b"\x28\x01\x0D"))
        self.quiet("S.5R0003")
        self.assertEqual((self.fields()[9], self.raw("QS")[-3:]), (b"\x13", b"\x28\x02\x0D"))

    def test_a_literal_28(self):
        self.start("raw=input:280568", "raw=load:28", "raw=frequency:0000000000")
        f = self.fields()
        self.assertEqual((f[0], f[4], f[5], f[6]), (b"\x28\x05", b"\x28", b"\0\0", b"\0\0\0"))
        self.set("raw=input:280068")  # ambiguous but for the length
        self.assertEqual(self.fields()[0], b"\x28\x00")
        self.set("raw=input:")
        self.assertNotEqual(self.fields()[0], b"\x28\x00")

    def test_every_byte(self):
        self.start()
        for byte in range(256):
            self.set(f"raw=load:{byte:02X}")
            self.assertEqual(self.fields()[4], bytes([byte]))

    def test_ratings(self):
        for words, byte in ((("blocks=1",), 0x03), (("blocks=2", "nominal-v=220"), 0x22),
                            (("blocks=3", "nominal-v=240"), 0x44), (("blocks=4", "nominal-v=110"), 0x60),
                            (("nominal-v=120", "nominal-hz=60"), 0x81), (("nominal-v=100",), 0x07)):
            self.start("letter=T", *words)
            self.assertEqual(self.fields()[10], bytes([byte]))

    def test_bad_requests(self):
        self.start("letter=T")
        for request in ("QGS", "F", "QI", "TX", "T10", "CT", "S.1R0003", "M1"):
            self.assertEqual(self.ask(request), "N", request)
        self.start("letter=P")
        for request in ("QGS", "F", "QI", "S10R0003", "C1"):
            self.assertEqual(self.ask(request), "N", request)
        self.quiet("TX", "T10", "CT", "T")
        self.assertEqual(self.get("test"), "none")

    def test_test(self):
        self.start("letter=T")
        self.quiet("T")
        self.assertEqual(self.values()["bits"] & 4, 4)

    def test_shutdown(self):
        self.start()
        self.quiet("S.5R0003")
        self.assertEqual(self.values()["bits"] & 2, 2)
        self.passes(31)
        self.assertEqual(self.values()["out"], 0)
        self.quiet("C")
        self.passes(11)
        self.assertAlmostEqual(self.values()["out"], 230, delta=0.1)

    def test_late_and_over_tcp(self):
        self.start("late=1", tcp=True)
        self.send("QS")
        self.send("M")
        first, second = self.take(), self.take()
        self.assertEqual((first[:1], second), (b"#", b"P\r"))

    def test_wrong_words(self):
        self.start()
        for word in ("letter=V", "raw=input:01", "raw=what:01", "raw=load", "pi=01", "capture=paper"):
            self.assertTrue(self.sim.ask("set " + word).startswith("error"), word)


def crc(text):
    value = 0
    for byte in text:
        value ^= byte << 8
        for _ in range(8):
            value = (value << 1 ^ 0x1021 if value & 0x8000 else value << 1) & 0xFFFF
    return bytes(b + (b in b"\n\r(") for b in divmod(value, 256))


class Axpert(Volt):
    PROTOCOL = "voltronic-axpert"

    def send(self, request):
        self.raw_send(request.encode() + crc(request.encode()))

    def raw_send(self, data):
        self.line.send(data + b"\r")

    def ask(self, request):
        self.send(request)
        reply = self.take()
        self.assertEqual(reply[-1:], b"\r", request)
        self.assertEqual(reply[-3:-1], crc(reply[:-3]), request)
        return reply[:-3].decode()

    def test_check_values(self):
        for text, wanted in (("QPI", "BEAC"), ("QMOD", "49C1"), ("QPIGS", "B7A9"), ("QPIRI", "F854"), ("QPIWS", "B4DA"),
                             ("QFLAG", "9874"), ("QID", "D6EA"), ("QVFW", "6299"), ("PEA", "F412"), ("PDA", "C723"),
                             ("(PI30", "9A0B"), ("(ACK", "3920"), ("(NAK", "7373"), ("POP02", "E20B")):
            self.assertEqual(crc(text.encode()).hex().upper(), wanted)

    def test_wire(self):
        self.start()
        self.raw_send(bytes.fromhex("515049BEAC"))
        self.assertEqual(self.take(), bytes.fromhex("28504933309A0B0D"))
        self.raw_send(bytes.fromhex("51564657 6299"))
        self.assertEqual(self.take(), b"(VERFW:00072.70\x53\xA7\r")
        self.raw_send(b"POP02\xE2\x0B")
        self.assertEqual(self.take(), b"(NAK\x73\x73\r")
        self.raw_send(b"QPI")
        self.assertEqual(self.take(), b"(NAK\x73\x73\r")
        self.raw_send(b"QPI\xBE\xAD")
        self.assertEqual(self.take(), b"(NAK\x73\x73\r")

    def test_sample(self):
        self.start("capture=sample")
        self.assertEqual(self.ask("QPIGS"), "(235.2 50.1 235.2 50.1 0446 0382 008 440 54.00 000 100 0034 0000 000.0 "
                                            "00.00 00000 00010101 00 00 00000 110")

    def test_modes(self):
        self.start()
        self.mode("L")
        self.sim.do("mains off")
        self.mode("B")
        self.assertEqual(self.ask("QPIWS"), "(00000100000000000000000000000000")
        self.sim.do("mains on")
        self.ack("SOFF")
        self.mode("S")
        self.assertEqual(self.ask("QPIGS").split()[16], "00000101")
        self.ack("SON")
        self.mode("P")
        self.passes(6)
        self.mode("L")
        self.set("flags=EajDb", "load=0")
        self.mode("H")
        self.set("fault=01")
        self.mode("F")
        self.assertEqual(self.ask("QPIWS")[2], "1")
        self.nak("SON")
        self.ack("SOFF")
        self.mode("S")

    def test_queries(self):
        self.start()
        for request, fields in (("QPIRI", 25), ("QDI", 25), ("QMD", 8), ("QPIGS", 21), ("QVFW2", 1), ("QVFW3", 1), ("QID", 1)):
            self.assertEqual(len(self.ask(request).split()), fields, request)
        self.assertEqual(len(self.ask("QPIWS")), 33)
        self.nak("QGS", "S.5R0003", "QWS", "PF", "T")

    def test_flags(self):
        self.start()
        self.assertEqual(self.ask("QFLAG"), "(EakxyzDbjuvl")
        self.ack("PDA", "PEb")
        self.assertEqual(self.ask("QFLAG"), "(EkxyzbDajuvl")
        self.nak("PEC")

    def test_warnings(self):
        self.start("warning=17,29")
        self.assertEqual([i for i, c in enumerate(self.ask("QPIWS")[1:]) if c == "1"], [17, 29])

    def test_without_checksum(self):
        self.start("crc=no")
        self.send("QPI")
        self.assertEqual(self.take(), b"(PI30\r")

    def test_wrong_checksum(self):
        self.start("bad-crc=1")
        self.send("QPI")
        self.assertEqual(self.take(), b"(PI30\xDA\x0B\r")
        self.assertEqual(self.ask("QPI"), "(PI30")

    def test_log_without_checksum(self):
        self.start()
        self.ask("QPI")
        self.ask("QMOD")
        self.assertEqual(self.sim.do("log").split(), ["QPI", "QMOD"])


@unittest.skipUnless(os.access(NUT_DRIVER, os.X_OK), "NUT's nutdrv_qx is not installed")
class Nut(Volt):
    """NUT's own driver as a second opinion."""

    def check(self, protocol, values, *words):
        self.serve(protocol, *words)
        got = self.dump(protocol)
        for name, value in values.items():
            self.assertEqual(got.get(name), value, (protocol, name, got))

    def test_pi(self):
        self.check("voltronic", {
            "ups.status": "OL", "ups.firmware.aux": "P01", "ups.firmware": "00322.02", "device.model": "OLHVT3K0",
            "device.serial": "83311301100101", "input.transfer.high": "242", "input.transfer.high.max": "254",
            "input.transfer.low.min": "206", "battery.runtime": "3000", "battery.voltage.low": "20.0",
            "output.power.maximum.percent": "20", "ups.start.auto": "yes", "battery.energysave": "no"}, "load=20")

    def test_three_phases(self):
        self.check("voltronic", {
            "ups.firmware.aux": "P10", "input.phases": "3", "output.L2.power.percent": "20",
            "output.bypass.L1-L3.voltage": "398.4", "input.L3-N.voltage": "230.0", "output.L1.current": "6"},
            "pi=10", "load=20")

    def test_on_battery(self):
        self.check("voltronic", {"ups.status": "OB LB", "battery.charge": "15"}, "start=battery", "battery=15", "load=0")

    def test_qs(self):
        self.check("voltronic-qs", {
            "ups.firmware.aux": "PM-V", "ups.status": "OL", "input.voltage.fault": "230.0",
            "output.voltage.nominal": "230", "ups.type": "offline / line interactive"})

    def test_hex(self):
        self.check("voltronic-qs-hex", {"ups.firmware.aux": "PM-P", "ups.status": "OL", "input.voltage": "230.0",
                                        "output.voltage": "230.0", "battery.voltage": "13.65", "ups.load": "7"})
        self.check("voltronic-qs-hex", {"ups.firmware.aux": "PM-T", "output.frequency.nominal": "50.0",
                                        "battery.voltage.nominal": "12.0"}, "letter=T")


if __name__ == "__main__":
    tap.main()
