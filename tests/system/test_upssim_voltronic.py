#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The simulated Voltronic UPSes of the PI family.

Model time stands still (--speed 0) and moves only by the control command `pass`.  Captures are of real units, from
public reports; `paper` are the examples that the published protocol papers print.
"""

import tap
from test_upssim_qx import Base

ACK, NAK = "(ACK", "(NAK"
SETTING_ORDER = ("HEH", "HEL", "FREH", "FREL", "PHV", "PLV", "PGF", "PSF")


class Volt(Base):
    PROTOCOL = "voltronic"

    def start(self, *words, tcp=False):
        self.serve(self.PROTOCOL, *words, tcp=tcp)

    def ack(self, *requests):
        for request in requests:
            self.assertEqual(self.ask(request), ACK, request)

    def nak(self, *requests):
        for request in requests:
            self.assertEqual(self.ask(request), NAK, request)

    def mode(self, letter):
        self.assertEqual(self.ask("QMOD"), "(" + letter)

    def bits(self):
        return self.ask("QGS")[63:]

    def bit(self, name):
        return self.bits()["b9 b8 b7 b6 b5 b4 b3 b2 b1 b0 a0 a1".split().index(name)]

    def warnings(self):
        reply = self.ask("QWS")
        self.assertEqual(len(reply), 65)
        return [i for i in range(1, 65) if reply[i] == "1"]

    def set(self, *words):
        for word in words:
            self.sim.do("set " + word)

    def volts(self):
        return float(self.ask("QGS")[12:17])


class Captures(Volt):
    """Replies of published units, byte by byte."""

    def check(self, capture, replies):
        self.start("capture=" + capture)
        for request, reply in replies.items():
            self.assertEqual(self.ask(request), reply, (capture, request))

    def test_orion(self):
        self.check("orion", {
            "QGS": "(122.4 60.0 122.2 60.0 000.0 000 169.0 169.2 082.1 ---.- 016.5 100010000001", "QMOD": "(Y",
            "QFS": "(02 120.3 59.9 002.7 60.0 020 004.8 249.6 249.6 082.1 020.7 00001000",
            "QBV": "(082.0 06 01 091 342", "QPI": "(PI01", "QMD": "(###########3000 ###3000 80 1/1 120 120 06 12.0",
            "QID": "(00000000000000", "QVFW": "(VERFW:01213.00", "QRI": "(120.0 025 072.0 60.0",
            "QFLAG": "(EpbrashclnzDovegfjm", "QBYV": "(130 085", "QBYF": "(63.0 57.0", "QHE": "(130 114"})

    def test_c6ks(self):
        self.check("c6ks", {
            "QGS": "(000.0 00.0 219.5 50.0 000.1 000 357.0 357.0 202.3 ---.- 022.6 101000000000", "QMOD": "(B",
            "QMD": "(###########C6KS ###6000 80 1/1 230 230 20 12.0"})

    def test_online(self):
        self.check("online", {
            "QGS": "(224.9 50.0 219.8 50.0 000.9 018 362.1 361.0 027.3 ---.- 020.3 100000000001", "QMOD": "(L"})

    def test_qpsi_without_bits(self):
        self.check("qpsi", {
            "QGS": "(222.0 49.1 230.1 50.0 000.7 005 371.0 ----- 053.2 ----- 038.0 ------------", "QMOD": "(L"})

    def test_powerwalker_with_five_digits(self):
        self.check("powerwalker", {"QBV": "(041.0 03 01 100 00037"})

    def test_paper(self):
        self.check("paper", {
            "QWS": "(" + "0000000100000000000000000000000000000000000000000000000000000000",
            "QFS": "(14 212.1 50.0 005.6 49.9 006 010.6 343.8 ---.- 026.2 021.8 01101100", "QBV": "(026.5 02 01 068 255",
            "QRI": "(230.0 004 024.0 50.0", "I": "#                OLHVT1K0   00322.02  ",
            "F": "#220.0 004 036.0 50.0", "QMF": "(####BOH", "QFLAG": "(EpbrashcDoegfl", "QHE": "(242 218",
            "QFRE": "(53.0 47.0", "QBYV": "(264 170", "QBYF": "(53.0 47.0", "RE0": "#20", "QPD": "(000 120",
            "QSKT1": "(023"})

    def test_paper_p31(self):
        self.check("paper-p31", {"QBT": "(02", "QGR": "(00", "QPI": "(PI31"})

    def test_paper_phases(self):
        self.check("paper-phases", {"Q3PV": "(104.4 090.9 102.3 240.0 260.2 190.0", "Q3OC": "(002 011 003"})

    def test_a_capture_lives(self):
        self.start("capture=orion")
        self.ack("SON")
        self.mode("L")
        self.sim.do("mains off")
        self.mode("B")
        self.assertTrue(self.ask("QGS").startswith("(000.0 00.0 "))

    def test_one_more_field(self):
        self.start("show=QGS2.0:(1 2", "show=QBV.1:---.-")
        self.assertEqual(self.ask("QGS2"), "(1 2")
        self.assertTrue(self.ask("QBV").startswith("(---.- 06 "))
        self.set("show=QBV.1:")
        self.assertTrue(self.ask("QBV").startswith("(082.0 06 "))
        self.set("show=no")
        self.nak("QGS2")


class Layout(Volt):
    """Lengths with CR, as documented, in every mode."""

    LENGTHS = {"QGS": 76, "QMOD": 3, "QWS": 66, "QBV": 21, "QRI": 22, "QMD": 48, "QVFW": 16, "I": 39, "F": 22, "QPI": 6,
               "QPAR": 5, "QLDL": 9, "QYF": 6, "QHE": 9, "QFRE": 11, "QBYV": 9, "QBYF": 11, "RE0": 4, "QPD": 9,
               "QMF": 28}

    def lengths(self, more=()):
        for request, length in {**self.LENGTHS, **dict(more)}.items():
            self.assertEqual(len(self.ask(request)) + 1, length, request)

    def test_lengths(self):
        self.start()
        self.lengths()
        self.sim.do("mains off")
        self.lengths()
        self.ack("SOFF")
        self.lengths()
        self.set("fault=1A")
        self.lengths({"QFS": 69})

    def test_over_tcp(self):
        self.start(tcp=True)
        self.lengths()

    def test_never_failed(self):
        self.start()
        self.assertEqual(self.ask("QFS"), "(OK")

    def test_types(self):
        for pi, kind in (("01", "10"), ("00", "01"), ("71", "--")):
            self.start("pi=" + pi)
            self.assertEqual(self.bits()[:2], kind)
        self.assertEqual(self.bits(), "--000-0000--")

    def test_avr(self):
        self.start("pi=08")
        self.sim.do("mains 200")
        self.assertEqual((self.bit("b5"), self.ask("QGS")[12:17]), ("1", "224.0"))
        self.sim.do("mains 260")
        self.assertEqual((self.bit("b5"), self.ask("QGS")[12:17]), ("1", "228.8"))
        self.sim.do("mains 230")
        self.assertEqual(self.bit("b5"), "0")
        self.mode("L")

    def test_padding_and_power_factor(self):
        self.start("pad-space=yes", "power-factor=100", "model=X1", "mfr=BOH", "mfr-width=10")
        self.assertEqual(self.ask("QMD"), "(" + " " * 13 + "X1    3000 100 1/1 230 230 06 12.0")
        self.assertEqual(self.ask("QMF"), "(       BOH")

    def test_longer_warnings(self):
        self.start("qws-length=74", "warning=62,64")
        reply = self.ask("QWS")
        self.assertEqual((len(reply), reply[62], reply[64], reply.count("1")), (75, "1", "1", 2))

    def test_given_bits(self):
        self.start("bits=--...-....--")
        self.sim.do("mains off")
        self.assertEqual(self.bits(), "--100-0000--")
        self.set("bits=............")
        self.assertEqual(self.bits(), "101000000000")

    def test_load_is_remembered(self):
        self.start("load=30")
        self.sim.do("load 12")
        self.sim.do("load 85")
        self.assertEqual(self.ask("QLDL"), "(012 085")
        self.sim.do("powercycle")
        self.passes(6)
        self.assertEqual(self.ask("QLDL"), "(085 085")

    def test_minutes(self):
        self.start("load=100", "full-load-minutes=10")
        self.assertEqual(self.ask("QBV")[-4:], " 010")
        self.set("long-minutes=yes", "load=0")
        self.assertEqual(self.ask("QBV")[-6:], " 05999")

    def test_noisy_minutes(self):
        self.start("load=100", "full-load-minutes=10", "noisy-minutes=yes")
        self.assertEqual({self.ask("QBV")[-4:] for _ in range(4)}, {" 010", " 005"})
        self.sim.do("mains off")
        self.assertEqual({self.ask("QBV")[-4:] for _ in range(4)}, {" 010"})

    def test_unknown(self):
        self.start()
        self.nak("Q1", "QS", "M", "D", "XYZ", "qgs", "QGSX", "QBDR", "QSR", "S", "T1", "PE", "PEAB", "P", "HEH", "SONX")
        self.assertEqual(self.get("malformed"), "14")
        self.send("Q" * 65)
        self.mode("L")


class Modes(Volt):
    """The state machine, transition by transition."""

    def test_power_up(self):
        self.start()
        self.sim.do("powercycle")
        self.mode("P")
        self.passes(5.1)
        self.mode("L")
        self.ack("PDR")
        self.sim.do("powercycle")
        self.mode("P")
        self.passes(5.1)
        self.mode("S")

    def test_cold_start(self):
        self.start()
        self.sim.do("mains off")
        self.sim.do("powercycle")
        self.mode("P")
        self.passes(5.1)
        self.mode("B")
        self.ack("SOFF", "PDC")
        self.mode("S")
        self.nak("SON")
        self.ack("PEC", "SON")
        self.passes(5.1)
        self.mode("B")

    def test_on_and_off(self):
        self.start()
        self.ack("SOFF")
        self.mode("S")
        self.assertEqual(self.volts(), 0)
        self.nak("SOFF")
        self.ack("SON")
        self.mode("P")
        self.passes(5.1)
        self.mode("L")
        self.assertEqual(self.volts(), 230)

    def test_bypass_when_off(self):
        self.start("load=20")
        self.ack("SOFF", "PEO")
        self.mode("Y")
        self.assertEqual((self.volts(), self.bit("b5"), self.get("output")), (230, "1", "1"))
        self.ack("PEF")  # forbidden
        self.mode("S")
        self.ack("PDF", "PLV220")
        self.sim.do("mains 215")  # outside the bypass's limits
        self.mode("S")
        self.ack("PDO")
        self.assertEqual(self.volts(), 0)

    def test_mains(self):
        self.start()
        self.sim.do("mains off")
        self.mode("B")
        self.assertEqual(self.bit("b7"), "1")
        self.sim.do("mains on")
        self.mode("L")
        self.assertEqual(self.bit("b7"), "0")

    def test_eco(self):
        self.start()
        self.ack("PEE")
        self.mode("E")
        self.assertEqual(self.bit("b5"), "1")
        self.set("eco-b5=no")
        self.assertEqual(self.bit("b5"), "0")
        self.sim.do("mains 215")
        self.mode("L")
        self.sim.do("mains 230")
        self.mode("E")
        self.ack("HEL223")
        self.sim.do("mains 222")
        self.mode("L")
        self.sim.do("mains off")
        self.mode("B")
        self.sim.do("mains on")
        self.mode("E")
        self.sim.do("mains off")
        self.mode("B")
        self.sim.do("mains 230 48")
        self.mode("E")
        self.sim.do("mains 230 46")
        self.mode("L")
        self.sim.do("mains on")
        self.ack("PDE")
        self.mode("L")

    def test_converter(self):
        self.start()
        self.ack("PEV")
        self.sim.do("mains 230 60")
        self.mode("C")
        self.assertEqual(self.ask("QGS")[18:22], "50.0")
        self.sim.do("mains off")
        self.mode("B")
        self.sim.do("mains on")
        self.ack("PDV")
        self.mode("L")

    def test_overload(self):
        self.start()
        self.sim.do("load 120")
        self.mode("L")
        self.assertEqual(self.warnings(), [9])
        self.passes(31)
        self.mode("Y")
        self.sim.do("load 50")
        self.mode("L")
        self.assertEqual(self.warnings(), [])

    def test_third_overload_stays_on_bypass(self):
        self.start()
        for _ in range(3):
            self.sim.do("load 120")
            self.passes(31)
            self.mode("Y")
            self.sim.do("load 50")
        self.mode("Y")
        self.assertIn(51, self.warnings())
        self.ack("SON")
        self.mode("L")
        self.assertEqual(self.warnings(), [])

    def test_overloads_that_are_far_apart(self):
        self.start()
        for _ in range(3):
            self.sim.do("load 120")
            self.passes(31)
            self.sim.do("load 50")
            self.mode("L")
            self.passes(1000)

    def test_overload_without_bypass(self):
        self.start()
        self.ack("PEF")
        self.sim.do("load 120")
        self.passes(31)
        self.mode("F")
        self.assertEqual(self.ask("QFS")[:3], "(43")
        self.assertEqual((self.volts(), self.bit("b4")), (0, "1"))

    def test_empty_battery(self):
        self.start("load=100", "full-load-minutes=2")
        self.sim.do("mains off")
        self.passes(121)
        self.mode("D")
        self.assertEqual(self.bit("b1"), "1")
        self.passes(5)
        self.mode("S")
        self.sim.do("mains on")
        self.passes(10.1)
        self.mode("P")
        self.passes(5)
        self.mode("L")

    def test_empty_battery_without_auto_restart(self):
        self.start("load=100", "full-load-minutes=2")
        self.ack("PDR")
        self.sim.do("mains off")
        self.passes(130)
        self.sim.do("mains on")
        self.passes(1000)
        self.mode("S")

    def test_emergency_off(self):
        self.start()
        self.set("epo=yes")
        self.mode("S")
        self.assertEqual((self.bit("b3"), self.warnings()), ("1", [11]))
        self.nak("SON")
        self.set("epo=no")
        self.ack("SON")
        self.passes(6)
        self.mode("L")


class Faults(Volt):
    def test_set_and_cleared(self):
        self.start("load=50")
        self.set("fault=1A")
        self.mode("F")
        self.assertEqual((self.bit("b4"), self.volts()), ("1", 0))
        self.assertEqual(self.ask("QFS"), "(1A 230.0 50.0 230.0 50.0 050 006.5 370.0 370.0 082.0 025.0 01101100")
        self.nak("SON", "T", "S.5", "PF")
        self.ack("SOFF")
        self.mode("S")
        self.assertEqual(self.bit("b4"), "0")
        self.assertEqual(self.ask("QFS")[:3], "(1A")  # for ever
        self.ack("SON")
        self.passes(6)
        self.mode("L")
        self.set("fault=02")
        self.set("fault=no")  # the panel
        self.mode("S")
        self.assertEqual(self.ask("QFS")[:3], "(02")

    def test_stale_record(self):
        self.start("stored-fault=14")
        self.mode("L")
        self.assertEqual((self.bit("b4"), self.ask("QFS")[:3]), ("0", "(14"))
        self.sim.do("powercycle")
        self.assertEqual(self.ask("QFS")[:3], "(14")

    def test_of_the_model(self):
        for fault, pi, code in (("inverter", "01", "13"), ("internal", "01", "46"), ("inverter", "31", "59"),
                                ("internal", "31", "54")):
            self.start("pi=" + pi)
            self.sim.do(f"fault {fault} on")
            self.mode("F")
            self.assertEqual(self.ask("QFS")[1:3], code)

    def test_warnings_of_the_model(self):
        self.start("flags=EpbrashcdDovegfjl")
        for fault, number in (("no-battery", 1), ("battery-overvoltage", 7), ("overtemperature", 13), ("charger", 14)):
            self.sim.do(f"fault {fault} on")
            self.assertEqual(self.warnings(), [number], fault)
            self.sim.do(f"fault {fault} off")
        self.sim.do("fault no-battery on")
        self.ack("PDD")  # the check is off
        self.assertEqual(self.warnings(), [])
        self.sim.do("fault no-battery off")
        self.sim.do("battery 10")
        self.assertEqual((self.warnings(), self.bit("b6")), ([8], "1"))

    def test_cannot_start(self):
        self.start()
        self.ack("SOFF")
        self.sim.do("fault fail-start on")
        self.ack("SON")
        self.passes(6)
        self.mode("S")
        self.assertEqual(self.warnings(), [12])

    def test_each_warning_raw(self):
        self.start()
        for number in range(1, 65):
            self.set(f"warning={number}")
            self.assertEqual(self.warnings(), [number])
            self.assertEqual(self.get("warnings"), str(number))
        self.set("warning=55,63")
        self.assertEqual(self.warnings(), [55, 63])
        self.set("warning=no")
        self.assertEqual((self.warnings(), self.get("warnings")), ([], "none"))


class Tests(Volt):
    def test_quick(self):
        self.start("load=30")
        self.assertEqual((self.bit("a0"), self.bit("a1")), ("0", "0"))
        self.ack("T")
        self.mode("T")
        self.assertEqual((self.bit("b2"), self.bit("b7")), ("1", "0"))
        self.passes(9.9)
        self.mode("T")
        self.passes(0.2)
        self.mode("L")
        self.assertEqual((self.bit("b2"), self.bit("a0"), self.bit("a1")), ("0", "0", "1"))

    def test_failed(self):
        self.start("load=30")
        self.sim.do("fault bad-battery on")
        self.ack("T")
        self.passes(11)
        self.assertEqual((self.bit("a0"), self.bit("a1"), self.warnings()), ("1", "0", [56]))

    def test_timed(self):
        self.start("load=1", "full-load-minutes=1000")
        for request, seconds in (("T.2", 12), ("T.7", 42), ("T.9", 54), ("T01", 60), ("T10", 600), ("T99", 5940)):
            self.ack(request)
            self.passes(seconds - 1)
            self.mode("T")
            self.passes(1.1)
            self.mode("L")

    def test_deep(self):
        self.start("load=100", "full-load-minutes=10", "low-percent=20")
        self.ack("TL")
        self.passes(470)
        self.mode("T")
        self.passes(20)
        self.mode("L")
        self.assertEqual(self.bit("a1"), "1")

    def test_stopped(self):
        self.start("test-result=passed")
        self.assertEqual(self.bit("a1"), "1")
        self.nak("CT")
        self.ack("TL", "CT")
        self.mode("L")
        self.assertEqual((self.bit("a0"), self.bit("a1")), ("0", "0"))

    def test_refused(self):
        self.start("test-result=passed")
        self.nak("T.1", "T.0", "T00", "TX", "T1", "T100")
        self.ack("T")
        self.nak("T", "TL")
        self.ack("CT")
        self.set("test-result=passed")
        self.sim.do("mains off")
        self.nak("T", "T10", "TL")  # B
        self.sim.do("mains on")
        self.ack("SOFF")
        self.nak("T")  # S
        self.ack("PEO")
        self.nak("T")  # Y
        self.ack("PDO", "SON")
        self.nak("T")  # P
        self.passes(6)
        self.assertEqual(self.bit("a1"), "1")  # what was refused is no result

    def test_in_eco_and_as_converter(self):
        self.start()
        for flag, letter in (("E", "E"), ("V", "C")):
            self.ack("PE" + flag)
            self.mode(letter)
            self.ack("T")
            self.mode("T")
            self.passes(11)
            self.mode(letter)
            self.ack("PD" + flag)

    def test_mains_fail_in_a_test(self):
        self.start()
        self.ack("T10")
        self.sim.do("mains off")
        self.mode("B")
        self.assertEqual((self.bit("b2"), self.bit("a0"), self.bit("a1")), ("0", "0", "0"))


class Shutdowns(Volt):
    def test_quantisation(self):
        self.start()
        for request, seconds in (("S.2", 12), ("S.2R0003", 12), ("S.9R0003", 54), ("S01R0003", 60), ("S02", 120),
                                 ("S99R0000", 5940), ("S01R9999", 60)):
            self.ack(request)
            self.assertEqual((self.off_in(), self.bit("b1")), (seconds, "1"), request)
        self.nak("S.1", "S.0", "S00", "S00R0000", "S.1R0003", "S5", "S100", "S.5R", "S.5R003", "S.5R00003", "S.5X")
        self.assertEqual(self.off_in(), 60)

    def test_return(self):
        self.start()
        self.ack("S.5R0003")
        self.mode("L")
        self.passes(30.1)
        self.mode("D")
        self.assertEqual((self.volts(), self.bit("b1")), (0, "1"))
        self.passes(5)
        self.mode("S")
        self.assertEqual(self.bit("b1"), "0")
        self.passes(174)
        self.mode("S")
        self.passes(2)
        self.mode("P")
        self.passes(5)
        self.mode("L")

    def test_delay_counts_from_the_mains(self):
        self.start()
        self.ack("S.5R0003")
        self.sim.do("mains off")
        self.passes(1000)
        self.mode("S")
        self.sim.do("mains on")
        self.passes(100)
        self.sim.do("mains off")
        self.passes(100)
        self.sim.do("mains on")
        self.passes(178)
        self.mode("S")
        self.passes(3)
        self.mode("P")

    def test_without_delay(self):
        self.start()
        self.ack("S.2")
        self.sim.do("mains off")
        self.passes(60)
        self.mode("S")
        self.sim.do("mains on")
        self.passes(10.1)
        self.mode("P")

    def test_stay_off(self):
        self.start()
        self.ack("S.2R0000")
        self.passes(13)
        self.sim.do("mains off")
        self.passes(10)
        self.sim.do("mains on")
        self.passes(100000)
        self.mode("S")
        self.ack("CS")  # nothing to end
        self.passes(100)
        self.mode("S")
        self.ack("SON")
        self.passes(5.1)
        self.mode("L")

    def test_cancel(self):
        self.start()
        self.ack("CS", "S.5R0003", "CS")
        self.assertEqual((self.off_in(), self.bit("b1")), (-1, "0"))
        self.passes(100)
        self.mode("L")
        self.ack("S.5R0003")
        self.passes(32)
        self.ack("CS")
        self.passes(6)
        self.mode("S")  # ten seconds off at least
        self.passes(3)
        self.mode("P")

    def test_low_battery_cuts(self):
        self.start("load=100", "full-load-minutes=10")
        self.sim.do("mains off")
        self.ack("S10R0001")
        self.sim.do("battery 21")
        self.passes(10)
        self.mode("D")

    def test_second(self):
        self.start()
        self.ack("S01R0003", "S02R0003")
        self.assertEqual(self.off_in(), 120)
        self.set("second-shutdown=refused")
        self.nak("S03R0003")
        self.assertEqual(self.off_in(), 120)
        self.ack("CS", "S03R0003")

    def test_soff_ends_a_restart(self):
        self.start()
        self.ack("S.2R0001")
        self.passes(20)
        self.ack("SOFF")
        self.passes(200)
        self.mode("S")

    def test_refused_while_off(self):
        self.start()
        self.ack("SOFF")
        self.nak("S.5R0003")


class Beeper(Volt):
    def test_muting(self):
        self.start()
        self.nak("BZOFF")  # nothing to silence
        self.ack("BZON")
        self.sim.do("mains off")
        self.ack("BZOFF")
        self.assertEqual((self.bit("b0"), self.get("buzzing")), ("1", "0"))
        self.nak("BZOFF")
        self.ack("BZON")
        self.assertEqual((self.bit("b0"), self.get("buzzing")), ("0", "1"))
        self.ack("BZOFF")
        self.sim.do("mains on")  # the cause ends, and with it the silence
        self.assertEqual(self.bit("b0"), "0")

    def test_alarm_switch(self):
        self.start()
        self.ack("PDA")
        self.assertEqual(self.bit("b0"), "1")
        self.sim.do("mains off")
        self.nak("BZOFF")
        self.ack("PEA")
        self.assertEqual((self.bit("b0"), self.ask("QFLAG")), ("0", "(EpbrashcDovegfjl"))
        self.ack("BZOFF")

    def test_without_the_capability(self):
        self.start("flags=EprsDo")
        self.nak("PEA", "PDA")
        self.set("warning=10")
        self.ack("BZOFF")
        self.assertEqual(self.bit("b0"), "1")
        self.ack("BZON")
        self.assertEqual(self.bit("b0"), "0")

    def test_battery_alarm_off(self):
        self.start()
        self.ack("PDB")
        self.sim.do("mains off")
        self.nak("BZOFF")


class Flags(Volt):
    def test_each_letter(self):
        letters = "abcdefghijklmnopqrstuvwxyz"
        self.start("flags=ED" + letters)
        self.assertEqual(self.ask("QFLAG"), "(ED" + letters)
        for letter in letters:
            self.ack("PE" + letter.upper())
            self.assertEqual(self.ask("QFLAG"), f"(E{letter}D{letters.replace(letter, '')}")
            self.assertEqual(self.get(letter), "1")
            self.ack("PD" + letter.upper())
        self.assertEqual(self.ask("QFLAG"), "(ED" + letters)

    def test_refused(self):
        self.start()
        self.nak("PEN", "PDW", "PEa", "PE1", "PEAA")
        self.set("lower-case=yes")
        self.ack("PDp")
        self.assertEqual(self.ask("QFLAG"), "(EbrashcDpovegfjl")

    def test_none_at_all(self):
        self.start("flags=ED")
        self.assertEqual(self.ask("QFLAG"), "(ED")
        self.nak("PEA", "QHE", "QFRE", "HEH242")

    def test_memory(self):
        self.start()
        self.ack("PDR", "PEG")
        self.sim.do("powercycle")
        self.assertEqual(self.ask("QFLAG"), "(EpbashcgDrovefjl")

    def test_factory(self):
        self.start()
        self.ack("PDP", "PEG", "PDA", "HEH250", "FREL46.5", "PHV250", "PGF52.5", "BATGN03")
        self.nak("PF")
        self.ack("SOFF", "PEO")
        self.nak("PF")  # Y
        self.ack("PDO", "PF")
        self.assertEqual([self.ask(q) for q in ("QFLAG", "QHE", "QFRE", "QBYV", "QBYF")],
                         ["(EpbrashcDovegfjl", "(242 218", "(53.0 47.0", "(264 170", "(53.0 47.0"])
        self.assertEqual(self.ask("QBV")[10:12], "03")
        self.assertEqual(self.bit("b0"), "0")

    def test_refused_in_bypass_and_line(self):
        self.start("start=bypass")
        self.mode("Y")
        self.nak("PF")


class Limits(Volt):
    # per protocol and voltages: lowest and highest value of each, at 50 Hz
    G1_HZ = {"FREH": ("53.0", "60.0"), "FREL": ("40.0", "47.0"), "PGF": ("51.0", "60.0"), "PSF": ("40.0", "49.0")}
    G2_HZ = {"FREH": ("52.0", "54.0"), "FREL": ("46.0", "48.0"), "PGF": ("51.0", "54.0"), "PSF": ("46.0", "49.0")}
    RANGES = {
        ("01", 230): {"HEH": ("237", "254"), "HEL": ("206", "223"), "PHV": ("230", "264"), "PLV": ("170", "220"), **G1_HZ},
        ("01", 220): {"HEH": ("227", "244"), "HEL": ("196", "213"), **G1_HZ},
        ("01", 240): {"HEH": ("247", "264"), "HEL": ("216", "233"), **G1_HZ},
        ("01", 120): {"HEH": ("123", "132"), "HEL": ("108", "117"), "PHV": ("120", "140"), "PLV": ("085", "115"), **G1_HZ},
        ("09", 120): {"HEH": ("123", "132"), "HEL": ("108", "117"), "PHV": ("060", "140"), "PLV": ("060", "140"), **G1_HZ},
        ("99", 230): {"HEH": ("241", "254"), "HEL": ("206", "219"), "PHV": ("231", "261"), "PLV": ("149", "209"), **G2_HZ},
        ("99", 120): {"HEH": ("125", "132"), "HEL": ("108", "115"), "PHV": ("115", "132"), "PLV": ("050", "085"), **G2_HZ},
    }
    for pi in ("02", "03", "10", "13", "14"):
        RANGES[pi, 230] = {"HEH": ("241", "254"), "HEL": ("206", "219"), "PHV": ("231", "276"), "PLV": ("110", "209"),
                           **G2_HZ}
        RANGES[pi, 120] = {"HEH": ("125", "132"), "HEL": ("108", "115"), "PHV": ("115", "138"), "PLV": ("055", "104"),
                           **G2_HZ}
    QUERY = {"HEH": ("QHE", 0), "HEL": ("QHE", 1), "FREH": ("QFRE", 0), "FREL": ("QFRE", 1), "PHV": ("QBYV", 0),
             "PLV": ("QBYV", 1), "PGF": ("QBYF", 0), "PSF": ("QBYF", 1)}

    @staticmethod
    def beside(value, step):
        tenths = int(value.replace(".", "")) + step
        return f"{tenths // 10:02}.{tenths % 10}" if "." in value else f"{tenths:03}"

    def range(self, name, low, high):
        query, index = self.QUERY[name]
        for value in (low, high):
            self.ack(name + value)
            self.assertEqual(self.ask(query)[1:].split()[index], value, name)
        self.nak(name + self.beside(low, -1), name + self.beside(high, 1))
        self.assertEqual(self.ask(query)[1:].split()[index], high, name)

    def test_ranges(self):
        for (pi, volts), ranges in self.RANGES.items():
            with self.subTest(pi=pi, volts=volts):
                self.start("pi=" + pi, f"nominal-v={volts}")
                for name, (low, high) in ranges.items():
                    self.range(name, low, high)

    def test_at_60_hz(self):
        for pi, ranges in (("01", {"FREH": ("63.0", "70.0"), "FREL": ("50.0", "57.0"), "PGF": ("61.0", "70.0"),
                                   "PSF": ("50.0", "59.0")}),
                           ("02", {"FREH": ("62.0", "64.0"), "FREL": ("56.0", "58.0"), "PGF": ("61.0", "64.0"),
                                   "PSF": ("56.0", "59.0")})):
            self.start("pi=" + pi, "nominal-hz=60")
            for name, (low, high) in ranges.items():
                self.range(name, low, high)

    def test_defaults_are_legal(self):
        """What the factory set can be written again."""
        for pi, volts in self.RANGES:
            self.start("pi=" + pi, f"nominal-v={volts}")
            for name in SETTING_ORDER:
                query, index = self.QUERY[name]
                self.ack(name + self.ask(query)[1:].split()[index])

    def test_models_without(self):
        for pi in ("00", "08", "31"):
            self.start("pi=" + pi)
            self.nak("QHE", "QFRE", "QBYV", "QBYF", "HEH242", "FREL47.0", "PHV250", "PSF47.0")

    def test_form(self):
        self.start()
        self.nak("HEH24", "HEH2420", "HEHabc", "FREH53", "FREH053.0", "PHV", "W0E2", "BATN", "BATN10", "BATGN1")

    def test_battery_low(self):
        for va, high in ((900, 24), (1000, 28)):
            self.start(f"rating-va={va}")
            self.nak("W0E19", f"W0E{high + 1}")
            self.ack("W0E20", f"W0E{high}")
            self.assertEqual(self.ask("RE0"), f"#{high}")

    def test_blocks_and_packs(self):
        self.start()
        self.ack("BATN3", "BATGN04")
        self.assertEqual(self.ask("QBV")[:12], "(082.0 03 04")
        self.nak("BATN0", "BATGN00")
        self.start("pi=02")
        self.nak("BATN3")  # 20 blocks

    def test_angle(self):
        self.start()
        for angle in ("120", "180", "240", "000"):
            self.ack("PPD" + angle)
            self.assertEqual(self.ask("QPD"), "(000 " + angle)
        self.nak("PPD001", "PPD060", "PPD360", "PPD1")

    def test_p31(self):
        self.start("pi=31")
        self.ack("PBT00", "PGR01")
        self.assertEqual((self.ask("QBT"), self.ask("QGR")), ("(00", "(01"))
        self.nak("PBT03", "PGR02", "PBT1")
        self.start()
        self.nak("QBT", "QGR", "PBT00", "PGR00")

    def test_memory(self):
        self.start("HEH=250", "FREL=46.0", "PSK1=007")
        self.ack("PHV240")
        self.sim.do("powercycle")
        self.assertEqual([self.ask(q) for q in ("QHE", "QFRE", "QBYV", "QSKT1")],
                         ["(250 218", "(53.0 46.0", "(240 170", "(007"])


class Outlets(Volt):
    def test_switching(self):
        self.start("outlets=2")
        self.assertEqual([self.ask(f"QSK{n}") for n in range(6)], [NAK, "(1", "(1", NAK, NAK, NAK])
        self.ack("SKOFF2")
        self.assertEqual((self.ask("QSK1"), self.ask("QSK2"), self.get("outlet2")), ("(1", "(0", "0"))
        self.ack("SKON2")
        self.assertEqual(self.ask("QSK2"), "(1")
        self.nak("SKON3", "SKOFF0", "SKON", "SKON11")

    def test_delays(self):
        self.start("outlets=4")
        self.nak("QSKT1", "QSKT5", "PSK5001", "PSK101", "PSK10001")
        for n in range(1, 5):
            self.ack(f"PSK{n}{n:03}")
            self.assertEqual(self.ask(f"QSKT{n}"), f"({n:03}")
        self.ack("PSK1999", "PSK2000")

    def test_cut_on_battery(self):
        self.start("outlets=2", "load=1", "full-load-minutes=1000")
        self.ack("PSK1002", "PEJ")
        self.sim.do("mains off")
        self.passes(105)
        self.assertEqual((self.ask("QSK1"), self.warnings()), ("(1", []))
        self.passes(10)
        self.assertEqual(self.warnings(), [55])
        self.passes(6)
        self.assertEqual((self.ask("QSK1"), self.ask("QSK2"), self.warnings()), ("(0", "(1", []))
        self.sim.do("mains on")
        self.assertEqual(self.ask("QSK1"), "(1")

    def test_only_with_the_flag(self):
        self.start("load=1", "full-load-minutes=1000")
        self.ack("PSK1001")
        self.sim.do("mains off")
        self.passes(600)
        self.assertEqual(self.ask("QSK1"), "(1")


class Phases(Volt):
    def which(self):
        return [q for q in ("Q3PV", "Q3OV", "Q3PC", "Q3OC", "Q3LD", "Q3YV") if self.ask(q) != NAK]

    def test_who_knows_what(self):
        for pi, known in (("01", []), ("02", []), ("31", []), ("03", ["Q3PV", "Q3PC"]),
                          ("09", ["Q3PV", "Q3OV", "Q3PC", "Q3OC", "Q3LD", "Q3YV"]),
                          ("10", ["Q3PV", "Q3OV", "Q3PC", "Q3OC", "Q3LD", "Q3YV"])):
            self.start("pi=" + pi)
            self.assertEqual(self.which(), known, pi)
            self.assertEqual(self.ask("QPI"), "(PI" + pi)

    def test_three_phases(self):
        self.start("pi=10", "nominal-v=220")
        self.assertEqual(self.ask("QMD")[28:31], "3/3")
        self.sim.do("load 10 20 30")
        self.assertEqual(self.ask("Q3PV"), "(220.0 220.0 220.0 381.1 381.1 381.1")
        self.assertEqual(len(self.ask("Q3OV")) + 1, 37)
        self.assertEqual(len(self.ask("Q3YV")) + 1, 37)
        self.assertEqual(self.ask("Q3LD"), "(010 020 030")
        self.assertEqual(self.ask("Q3OC"), "(003 006 009")
        self.assertEqual(self.ask("QGS")[29:32], "030")

    def test_two_phases(self):
        self.start("pi=09")
        self.assertEqual(self.ask("QMD")[28:31], "2/2")
        self.assertEqual(self.ask("Q3PV"), "(120.0 120.0 000.0 240.0 120.0 120.0")
        self.assertEqual(self.ask("Q3YV"), "(120.0 120.0 000.0")
        self.assertEqual(len(self.ask("Q3YV")) + 1, 19)

    def test_three_to_one(self):
        self.start("pi=03")
        self.assertEqual(self.ask("QMD")[28:31], "3/1")
        self.assertEqual(len(self.ask("Q3PC")) + 1, 13)


class Quirks(Volt):
    def test_refused(self):
        self.start("refuse=QPD,RE0,QPI,PEO,BATN")
        self.nak("QPD", "RE0", "QPI", "PEO", "BATN3")
        self.ack("PEP", "BATGN03")
        self.assertEqual(self.get("malformed"), "0")
        self.set("refuse=no")
        self.assertEqual(self.ask("QPI"), "(PI01")

    def test_nack(self):
        self.start("refused=pnack", "unknown=pnack", "refuse=QPD")
        self.assertEqual((self.ask("QPD"), self.ask("XYZ")), ("(NACK", "(NACK"))

    def test_silent(self):
        self.start("silent=QPD,SON")
        for request in ("QPD", "SON"):
            self.send(request)
            self.mode("L")

    def test_lockup(self):
        for request in ("I", "F"):
            self.start("lockup=I,F")
            self.send(request)
            self.send("QMOD")
            self.sim.until("get requests", "2")
            self.assertEqual(self.get("locked"), "1")
            self.sim.do("powercycle")
            self.passes(6)
            self.mode("L")

    def test_acknowledged_only(self):
        self.start("ack-only=HEH,PEO,SOFF")
        self.ack("HEH250", "PEO", "SOFF", "PEG")
        self.assertEqual((self.ask("QHE"), self.ask("QFLAG")), ("(242 218", "(EpbrashcgDovefjl"))
        self.mode("L")

    def test_one_in_twelve(self):
        self.start("nak-every=12")
        replies = [self.ask("QMOD") for _ in range(36)]
        self.assertEqual([i for i, r in enumerate(replies, 1) if r == NAK], [12, 24, 36])

    def test_refused_at_random_does_nothing(self):
        self.start("nak-every=1")
        self.nak("SOFF")
        self.set("nak-every=0")
        self.mode("L")

    def test_late(self):
        self.start()
        self.set("late=1")
        self.send("QPI")
        self.send("QMOD")
        self.assertEqual((self.take(), self.take()), (b"(PI01\r", b"(L\r"))
        self.mode("L")

    def test_always_one_behind(self):
        self.start("late=-1")
        self.send("QPI")
        self.assertEqual([self.ask(q) for q in ("QMOD", "QRI", "QPAR")], ["(PI01", "(L", "(230.0 013 072.0 50.0"])

    def test_headless(self):
        self.start("headless=1")
        whole = "(230.0 50.0 230.0 50.0 000.9 007 370.0 370.0 082.0 ---.- 025.0 100000000000"
        self.assertEqual(self.ask("QGS"), whole[16:])
        self.assertEqual(self.ask("QGS"), whole)

    def test_junk_after_the_cr(self):
        self.start("junk=yes")
        self.send("QGS")
        first = self.line.take(80)
        self.assertEqual((len(first), first[75:76]), (80, b"\r"))
        self.send("QMOD")
        second = self.line.take(8)
        self.assertEqual(second, b"(L\r" + first[3:8])

    def test_constant_temperature_and_options_at_run_time(self):
        self.start("constant-temperature=40")
        self.assertEqual(self.ask("QGS")[57:62], "040.0")
        for word in ("pi=77", "flags=abc", "flags=EaDa", "warning=65", "fault=1", "show=QGS", "show=TOOLONGQ.1:x",
                     "bits=1", "HEH=1", "nak-every=-1", "capture=nothing", "capture=salicru", "PSK9=001", "letter=V",
                     "outlets=5"):
            self.assertTrue(self.sim.ask("set " + word).startswith("error"), word)


if __name__ == "__main__":
    tap.main()
