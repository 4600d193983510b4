#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""SETs of every writable object of UPS-MIB, by AgentX and standalone: what is answered to whom, what
is written to the device, and that the two agree.
"""

import os
import signal
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import snmp  # noqa: E402
import tap  # noqa: E402
from harness import (ABORTED, Case, Face, OWN, RUNNING, SLOW, SharedCase, Sim, UPS, V3,  # noqa: E402
                     oid, pause, section, wait_until)
from snmp import (COMMIT_FAILED, GAUGE32, INCONSISTENT_VALUE, INTEGER, NOT_WRITABLE,  # noqa: E402
                  NO_CREATION, OCTETS, OID, RESOURCE_UNAVAILABLE, WRONG_LENGTH, WRONG_TYPE,
                  WRONG_VALUE)

OK = 0
NAME, ATTACHED = oid('upsIdentName.0'), oid('upsIdentAttachedDevices.0')
TEST, LOCK = oid('upsTestId.0'), oid('upsTestSpinLock.0')
TYPE, AUTO = oid('upsShutdownType.0'), oid('upsAutoRestart.0')
OFF, ON, REBOOT = (oid('upsShutdownAfterDelay.0'), oid('upsStartupAfterDelay.0'),
                   oid('upsRebootWithDuration.0'))
AUDIBLE, LOW = oid('upsConfigAudibleStatus.0'), oid('upsConfigLowBattTime.0')
NO_TEST, ABORT, GENERAL, QUICK, DEEP = (f'{UPS}.1.7.7.{n}' for n in range(1, 6))

# upsAutoRestart, upsConfigAudibleStatus
AUTO_ON, AUTO_OFF = 1, 2
DISABLED, ENABLED, MUTED = 1, 2, 3

# The device's registers
R_AUTO, R_BEEPER, R_RETURN, R_RESTART, R_STAYOFF, R_STOP = 11044, 11046, 11047, 11048, 11049, 11050
R_QUICK, R_ABORT = 12028, 12023

ANSWERS = {snmp.WRONG_TYPE: 'wrongType', snmp.WRONG_LENGTH: 'wrongLength',
           snmp.WRONG_VALUE: 'wrongValue', snmp.NO_CREATION: 'noCreation',
           snmp.INCONSISTENT_VALUE: 'inconsistentValue', snmp.NOT_WRITABLE: 'notWritable'}

# The matrix of error-status: one variable, and what it is answered while nothing is going on.
MATRIX = [
    (NAME, OCTETS, b'cellar', OK),
    (NAME, OCTETS, b'', OK),
    (NAME, OCTETS, b'x' * 63, OK),
    (NAME, OCTETS, b'x' * 64, WRONG_LENGTH),
    (NAME, INTEGER, 1, WRONG_TYPE),
    (NAME[:-2] + '.1', OCTETS, b'x', NO_CREATION),
    (ATTACHED, OCTETS, b'rack 7', OK),
    (ATTACHED, OCTETS, b'x' * 63, OK),
    (ATTACHED, OCTETS, b'x' * 64, WRONG_LENGTH),
    (ATTACHED, INTEGER, 1, WRONG_TYPE),
    (TEST, OID, QUICK, INCONSISTENT_VALUE),   # the lock is missing
    (TEST, OID, '0.0', WRONG_VALUE),
    (TEST, OID, UPS, WRONG_VALUE),
    (TEST, OID, NO_TEST, WRONG_VALUE),
    (TEST, OID, GENERAL, WRONG_VALUE),        # not with this UPS
    (TEST, INTEGER, 0, WRONG_TYPE),
    (TEST, OCTETS, b'1', WRONG_TYPE),
    (LOCK, INTEGER, 1000000, INCONSISTENT_VALUE),
    (LOCK, INTEGER, -1, WRONG_VALUE),
    (LOCK, OCTETS, b'1', WRONG_TYPE),
    (TYPE, INTEGER, 1, OK),
    (TYPE, INTEGER, 2, INCONSISTENT_VALUE),
    (TYPE, INTEGER, 3, WRONG_VALUE),
    (TYPE, INTEGER, 0, WRONG_VALUE),
    (TYPE, OCTETS, b'1', WRONG_TYPE),
    (OFF, INTEGER, -2, WRONG_VALUE),
    (OFF, INTEGER, -2147483648, WRONG_VALUE),
    (OFF, OCTETS, b'60', WRONG_TYPE),
    (OFF, GAUGE32, 60, WRONG_TYPE),
    (OFF[:-2] + '.1', INTEGER, 60, NO_CREATION),
    (ON, INTEGER, -1, OK),
    (ON, INTEGER, -2, WRONG_VALUE),
    (ON, OCTETS, b'60', WRONG_TYPE),
    (REBOOT, INTEGER, -1, OK),
    (REBOOT, INTEGER, -2, WRONG_VALUE),
    (REBOOT, INTEGER, 301, WRONG_VALUE),
    (REBOOT, OCTETS, b'30', WRONG_TYPE),
    (AUTO, INTEGER, 0, WRONG_VALUE),
    (AUTO, INTEGER, 3, WRONG_VALUE),
    (AUTO, OCTETS, b'1', WRONG_TYPE),
    (AUDIBLE, INTEGER, 0, WRONG_VALUE),
    (AUDIBLE, INTEGER, 4, WRONG_VALUE),
    (AUDIBLE, OCTETS, b'1', WRONG_TYPE),
    (AUDIBLE, INTEGER, MUTED, OK),            # nothing sounds: no effect
    (LOW, INTEGER, 5, OK),
    (LOW, INTEGER, -1, WRONG_VALUE),
    (LOW, OCTETS, b'5', WRONG_TYPE),
    (oid('upsIdentModel.0'), OCTETS, b'x', NOT_WRITABLE),
    (oid('upsBatteryVoltage.0'), INTEGER, 1, NOT_WRITABLE),
    (oid('upsAlarmsPresent.0'), GAUGE32, 1, NOT_WRITABLE),
    (oid('upsConfigOutputVA.0'), INTEGER, 1, NOT_WRITABLE),
    (oid('upsTestResultsSummary.0'), INTEGER, 1, NOT_WRITABLE),
    (UPS + '.1.9.99.0', INTEGER, 1, NOT_WRITABLE),
]


class Setter:
    """What the tests do with a Face."""

    STANDALONE = False
    CONF = 'pollinterval = 0.2\npollfreq = 1\nallow = all\nset-wait = 0.8\n'
    SIM = ()
    SPEED = '1'
    UNITS = 1

    @classmethod
    def build(cls, owner, lab):
        owner.sims = [Sim(lab, *cls.SIM, speed=cls.SPEED) for _ in range(cls.UNITS)]
        owner.sim = owner.sims[0]
        owner.face = Face(lab, cls.CONF + ''.join(
            section(f'ups{n}', sim, 'desc = first') for n, sim in enumerate(owner.sims)),
            cls.STANDALONE, contexts=[f'ups{n}' for n in range(cls.UNITS)])
        owner.client = owner.face.client
        cls.ready(owner)

    @classmethod
    def ready(cls, owner):
        wait_until(lambda: owner.face.value('upsBatteryVoltage.0') is not None, 'values')
        owner.sim.writes()

    def refused(self, status, index, *variables, client=None):
        with self.assertRaises(snmp.Error) as caught:
            (client or self.client).set(*variables)
        self.assertEqual((caught.exception.status, caught.exception.index), (status, index),
                         variables)

    def value(self, name):
        return self.client.value(name)

    def wait(self, name, value, within=None):
        wait_until(lambda: self.value(name) == value, f'{name} = {value!r}', within)


class Matrix(Setter):
    """Only what changes nothing for long: one lab for all."""

    @classmethod
    def prepare(cls):
        cls.build(cls, cls.lab)

    def check(self, client, answer):
        for name, kind, value, expected in MATRIX:
            with self.subTest(name=name, kind=kind, value=value):
                before = self.value(name)
                if expected == OK:
                    client.set((name, kind, value))
                    if kind == OCTETS:
                        self.assertEqual(self.value(name), value)
                else:
                    self.refused(answer(expected), 1, (name, kind, value), client=client)
                    self.assertEqual(self.value(name), before)

    def test_v2c(self):
        self.check(self.client, lambda status: status)
        self.assertEqual(self.sim.writes(), [])

    def test_v1(self):
        self.check(self.lab.client(self.face.port, 'private', version=1),
                   lambda status: snmp.AS_V1[status])

    def test_v3(self):
        letters = {OCTETS: 's', INTEGER: 'i', OID: 'o', GAUGE32: 'u'}
        for name, kind, value, expected in MATRIX:
            text = value.decode() if kind == OCTETS else str(value)
            with self.subTest(name=name, kind=kind, value=value):
                done = self.face.tools.run('snmpset', *V3, '-On', '-Ir', name, letters[kind], text)
                said = done.stdout + done.stderr
                if expected == OK:
                    self.assertEqual(done.returncode, 0, said)
                else:
                    self.assertRegex(said, rf'Reason: {ANSWERS[expected]}\b')
                    self.assertIn(f'Failed object: .{name}', said)

    def test_index_names_the_one_that_is_wrong(self):
        self.client.set((NAME, OCTETS, b'before'))
        self.refused(WRONG_VALUE, 2, (NAME, OCTETS, b'after'), (AUTO, INTEGER, 3),
                     (ATTACHED, OCTETS, b'after'))
        self.refused(NOT_WRITABLE, 3, (NAME, OCTETS, b'after'), (ATTACHED, OCTETS, b'after'),
                     (oid('upsIdentModel.0'), OCTETS, b'x'))
        self.refused(INCONSISTENT_VALUE, 2, (NAME, OCTETS, b'after'), (TYPE, INTEGER, 2))
        self.assertEqual(self.value(NAME), b'before')
        self.assertNotEqual(self.value(ATTACHED), b'after')

    def test_same_object_twice(self):
        self.client.set((NAME, OCTETS, b'once'), (NAME, OCTETS, b'once'))
        self.refused(INCONSISTENT_VALUE, 2, (NAME, OCTETS, b'one'), (NAME, OCTETS, b'other'))
        self.assertEqual(self.value(NAME), b'once')

    def test_two_commands_in_one_pdu(self):
        self.refused(INCONSISTENT_VALUE, 2, (AUDIBLE, INTEGER, DISABLED), (OFF, INTEGER, 600))
        self.assertEqual(self.sim.writes(), [])

    def test_reboot_with_shutdown(self):
        self.refused(INCONSISTENT_VALUE, 2, (OFF, INTEGER, 60), (REBOOT, INTEGER, 30))
        self.refused(INCONSISTENT_VALUE, 2, (REBOOT, INTEGER, 30), (OFF, INTEGER, 60))
        self.refused(INCONSISTENT_VALUE, 2, (ON, INTEGER, 60), (REBOOT, INTEGER, 30))

    def test_spin_lock_alone(self):
        lock = self.value(LOCK)
        self.client.set((LOCK, INTEGER, lock))
        self.assertEqual(self.value(LOCK), lock + 1)
        self.refused(INCONSISTENT_VALUE, 1, (LOCK, INTEGER, lock))

    def test_index_of_lock_and_test(self):
        lock = self.value(LOCK)
        self.refused(INCONSISTENT_VALUE, 1, (LOCK, INTEGER, lock + 5), (TEST, OID, QUICK))
        self.refused(INCONSISTENT_VALUE, 2, (TEST, OID, QUICK), (LOCK, INTEGER, lock + 5))
        self.refused(INCONSISTENT_VALUE, 1, (TEST, OID, ABORT), (LOCK, INTEGER, lock))
        self.assertEqual(self.value(LOCK), lock)

    def test_name_of_two_mibs_in_one_pdu(self):
        """UPS-MIB and what the agent registers beside it: all or nothing over both."""
        self.client.set((NAME, OCTETS, b'before'))
        self.refused(NOT_WRITABLE, 2, (NAME, OCTETS, b'after'), (OWN + '.1.2.0', INTEGER, 1))
        self.refused(NOT_WRITABLE, 1, (OWN + '.1.2.0', INTEGER, 1), (NAME, OCTETS, b'after'))
        self.assertEqual(self.value(NAME), b'before')

    def test_refusals_are_in_the_log(self):
        self.refused(WRONG_VALUE, 1, (AUTO, INTEGER, 3))
        wait_until(lambda: self.face.daemon.lines('SET upsAutoRestart = 3: wrongValue')
                   or self.face.daemon.lines('not logged'), 'the refusal in the log')


class MatrixAgentX(Matrix, SharedCase):
    pass


class MatrixStandalone(Matrix, SharedCase):
    STANDALONE = True


class Control(Setter):
    """What is written to the device, and what the objects say then."""

    def setUp(self):
        self.build(self, self.lab)

    def cancel(self, name):
        """-1: the device is told first of all; then it may put back what the shutdown has set."""
        self.client.set((name, INTEGER, -1))
        self.assertEqual(self.sim.writes()[0], (R_STOP, 1))

    def test_cancelled_shutdown_leaves_what_was_asked_for(self):
        """Whoever names upsAutoRestart keeps it; what only the shutdown needed is set back."""
        wait_until(lambda: self.value(AUTO) == AUTO_OFF, 'auto restart off at first')
        self.client.set((OFF, INTEGER, 600), (ON, INTEGER, 900))
        wait_until(lambda: self.value(AUTO) == AUTO_ON, 'auto restart for the shutdown')
        self.client.set((OFF, INTEGER, -1))
        wait_until(lambda: self.value(AUTO) == AUTO_OFF, 'auto restart set back')
        self.client.set((AUTO, INTEGER, AUTO_ON), (OFF, INTEGER, 600))
        self.client.set((OFF, INTEGER, -1))
        self.assertEqual(self.value(AUTO), AUTO_ON)
        self.assertIn(self.sim.command('get auto-start'), ('1', 'yes', 'on'))

    def test_shutdown_with_auto_restart(self):
        self.client.set((AUTO, INTEGER, AUTO_ON), (OFF, INTEGER, 600))
        self.assertEqual(self.sim.writes()[-1], (R_RETURN, 100))
        left = self.value(OFF)
        self.assertTrue(590 <= left <= 600, left)
        wait_until(lambda: self.value(OFF) < left, 'falling')
        self.cancel(OFF)
        self.assertEqual(self.value(OFF), -1)
        self.assertLess(float(self.sim.command('get timer-off')), 0)

    def test_shutdown_without_auto_restart(self):
        self.client.set((OFF, INTEGER, 600), (AUTO, INTEGER, AUTO_OFF))
        self.assertEqual(self.sim.writes()[-1], (R_STAYOFF, 100))
        self.assertGreater(float(self.sim.command('get timer-off')), 590 - 30)
        self.client.set((OFF, INTEGER, -1))

    def test_shutdown_and_startup_any_order(self):
        for variables in (((OFF, INTEGER, 120), (ON, INTEGER, 300)),
                          ((ON, INTEGER, 300), (OFF, INTEGER, 120))):
            self.client.set(*variables)
            self.assertEqual(self.sim.writes()[-2:], [(R_RESTART, 3), (R_RETURN, 20)])
            self.cancel(OFF)

    def test_startup_before_shutdown(self):
        self.refused(INCONSISTENT_VALUE, 2, (OFF, INTEGER, 120), (ON, INTEGER, 60))
        self.assertEqual(self.sim.writes(), [])

    def test_reboot(self):
        self.client.set((REBOOT, INTEGER, 60))
        self.assertEqual(self.sim.writes()[-2:], [(R_RESTART, 1), (R_RETURN, 1)])
        self.assertGreater(self.value(REBOOT), 0)
        self.cancel(REBOOT)
        self.assertEqual(self.value(REBOOT), -1)

    def test_beeper(self):
        self.client.set((AUDIBLE, INTEGER, DISABLED))
        self.assertEqual(self.sim.writes(), [(R_BEEPER, 1)])
        self.wait(AUDIBLE, DISABLED)
        self.client.set((AUDIBLE, INTEGER, ENABLED))
        self.assertEqual(self.sim.writes(), [(R_BEEPER, 0)])
        self.wait(AUDIBLE, ENABLED)

    def test_muted_until_it_is_quiet(self):
        self.sim.command('mains off')
        wait_until(lambda: self.face.value('upsAlarmsPresent.0') > 0, 'an alarm')
        self.sim.writes()
        self.client.set((AUDIBLE, INTEGER, MUTED))
        self.assertEqual(self.sim.writes(), [(R_BEEPER, 1)])
        self.wait(AUDIBLE, MUTED)
        self.sim.command('mains on')
        self.wait(AUDIBLE, ENABLED)
        wait_until(lambda: self.sim.command('get buzzer-off') == '0', 'the beeper is back')

    def test_auto_restart_alone(self):
        self.client.set((AUTO, INTEGER, AUTO_ON))
        self.client.set((AUTO, INTEGER, AUTO_OFF))
        self.assertEqual(self.sim.writes()[-1], (R_AUTO, 0))
        self.wait(AUTO, AUTO_OFF)

    def test_all_or_nothing(self):
        before = self.value(NAME)
        self.refused(WRONG_VALUE, 2, (NAME, OCTETS, b'x'), (OFF, INTEGER, -2))
        self.refused(INCONSISTENT_VALUE, 3, (NAME, OCTETS, b'x'), (OFF, INTEGER, 120),
                     (ON, INTEGER, 60))
        self.assertEqual((self.value(NAME), self.sim.writes()), (before, []))

    def test_refused_by_the_device(self):
        """The UPS says no: commitFailed, and the name that came along is the old one again."""
        self.sim.command('exception 4 06 -1')
        with self.assertRaises(snmp.Error) as caught:
            self.client.set((NAME, OCTETS, b'new'), (AUDIBLE, INTEGER, DISABLED))
        self.assertEqual(caught.exception.status, COMMIT_FAILED)
        self.assertEqual(self.value(NAME), b'first')
        self.assertTrue(self.face.daemon.lines('upsConfigAudibleStatus: enabled -> disabled: '
                                               'beeper.disable: refused'))

    def test_device_that_is_slow(self):
        """Longer than set-wait: accepted; the truth comes later."""
        self.sim.command('delay 1500 1')
        start = time.monotonic()
        self.client.set((AUDIBLE, INTEGER, DISABLED))
        self.assertLess(time.monotonic() - start, 0.8 + 0.4 * SLOW)
        self.wait(AUDIBLE, DISABLED)

    def test_device_that_is_silent(self):
        self.sim.command('mute on')
        start = time.monotonic()
        try:
            self.client.set((AUDIBLE, INTEGER, DISABLED))
        except snmp.Error as e:
            self.assertIn(e.status, (COMMIT_FAILED, RESOURCE_UNAVAILABLE))
        self.assertLess(time.monotonic() - start, 0.8 + 0.4 * SLOW)

    def test_not_connected(self):
        self.sim.command('mute on')
        wait_until(lambda: self.face.daemon.lines('communication lost'), 'silence is noticed')
        wait_until(lambda: self.face.value('upsBatteryVoltage.0') is None, 'values withdrawn')
        self.refused(RESOURCE_UNAVAILABLE, 2, (NAME, OCTETS, b'new'), (AUDIBLE, INTEGER, DISABLED))
        self.assertNotEqual(self.value(NAME), b'new')
        self.client.set((NAME, OCTETS, b'new'))  # needs no device

    def test_repeated_set_acts_once(self):
        for _ in range(3):
            self.client.set((OFF, INTEGER, 600))
        writes = [w for w in self.sim.writes() if w[0] in (R_RETURN, R_STAYOFF)]
        self.assertEqual(len(writes), 1, writes)

    def test_battery_test(self):
        lock = self.value(LOCK)
        self.client.set((TEST, OID, QUICK), (LOCK, INTEGER, lock))
        self.assertEqual(self.sim.writes(), [(R_QUICK, 1)])
        self.assertEqual(self.value(LOCK), lock + 1)
        self.assertEqual(self.value(TEST), QUICK)
        self.wait(oid('upsTestResultsSummary.0'), RUNNING)
        self.refused(INCONSISTENT_VALUE, 1, (TEST, OID, DEEP), (LOCK, INTEGER, lock + 1))
        self.client.set((LOCK, INTEGER, lock + 1), (TEST, OID, ABORT))
        self.assertEqual(self.sim.writes(), [(R_ABORT, 1)])
        self.wait(oid('upsTestResultsSummary.0'), ABORTED)
        self.assertEqual(self.value(TEST), ABORT)

    def test_names_outlive_a_restart(self):
        self.client.set((NAME, OCTETS, b'cellar'), (ATTACHED, OCTETS, b'disks'))
        self.face.restart()
        wait_until(lambda: self.value(NAME) == b'cellar', 'the name')
        self.assertEqual(self.value(ATTACHED), b'disks')

    def test_countdown_outlives_a_restart(self):
        self.client.set((OFF, INTEGER, 600))
        self.face.restart()
        wait_until(lambda: (self.value(OFF) or -1) > 0, 'the countdown')
        self.assertTrue(560 <= self.value(OFF) <= 600, self.value(OFF))
        wait_until(lambda: self.face.value('upsBatteryVoltage.0') is not None, 'values')
        self.sim.writes()
        self.cancel(OFF)

    def test_two_managers_race_for_the_lock(self):
        lock = self.value(LOCK)
        results = []

        def manager():
            client = snmp.Client(self.face.port, 'private')
            try:
                client.set((TEST, OID, QUICK), (LOCK, INTEGER, lock))
                results.append(OK)
            except snmp.Error as e:
                results.append(e.status)
            finally:
                client.close()
        managers = [threading.Thread(target=manager) for _ in range(2)]
        for thread in managers:
            thread.start()
        for thread in managers:
            thread.join()
        self.assertEqual(sorted(results), [OK, INCONSISTENT_VALUE])
        self.assertEqual(self.sim.writes(), [(R_QUICK, 1)])

    def test_audit_line(self):
        self.client.set((AUDIBLE, INTEGER, DISABLED))
        line = wait_until(lambda: self.face.daemon.lines('SET upsConfigAudibleStatus'), 'the line')
        self.assertRegex(line[0], r'ups0: SET upsConfigAudibleStatus: .*beeper\.disable: done in ')


class ControlAgentX(Control, Case):
    def test_master_killed_in_the_middle(self):
        self.sim.command('delay 600 4')
        client = snmp.Client(self.face.port, 'private', timeout=0.1, retries=0)
        with self.assertRaises(snmp.Timeout):
            client.set((AUDIBLE, INTEGER, DISABLED))
        client.close()
        self.face.master.restart()
        wait_until(lambda: self.sim.command('get buzzer-off') == '1', 'what was begun is done')
        self.wait(AUDIBLE, DISABLED)
        self.client.set((AUDIBLE, INTEGER, ENABLED))
        self.wait(AUDIBLE, ENABLED)


class ControlStandalone(Control, Case):
    STANDALONE = True

    def test_stop_while_a_set_waits(self):
        self.sim.command('mute on')
        client = snmp.Client(self.face.port, 'private', timeout=0.1, retries=0)
        with self.assertRaises(snmp.Timeout):
            client.set((AUDIBLE, INTEGER, DISABLED))
        client.close()
        self.assertEqual(self.face.daemon.stop(), 0)


class Resent(Setter, Case):
    """The master loses patience while upsmibd does not run, and sends each request again."""

    def test_master_resends(self):
        self.build(self, self.lab)
        slow = self.lab.client(self.face.port, 'private', timeout=20 * SLOW, retries=0)
        result = []

        def manager():
            try:
                slow.set((AUDIBLE, INTEGER, DISABLED))
                result.append(OK)
            except snmp.Error as e:
                result.append(e.status)
        self.face.daemon.send(signal.SIGSTOP)
        thread = threading.Thread(target=manager)
        thread.start()
        pause(2.5)  # agentXTimeout is 1 s: TestSet stands three times in the socket
        self.face.daemon.send(signal.SIGCONT)
        thread.join()
        print(f'# the manager was told {result[0]}')
        self.wait(AUDIBLE, DISABLED if result[0] == OK else ENABLED)
        self.assertEqual(self.sim.writes(), [(R_BEEPER, 1)] if result[0] == OK else [])
        self.client.set((AUDIBLE, INTEGER, ENABLED))
        self.wait(AUDIBLE, ENABLED)


class AtOnce(Setter):
    """set-wait = 0"""

    CONF = 'pollinterval = 0.2\npollfreq = 1\nallow = all\nset-wait = 0\n'

    def setUp(self):
        self.build(self, self.lab)

    def test_answered_at_once(self):
        self.sim.command('delay 1000 4')
        times = []
        for value in (DISABLED, ENABLED, DISABLED):
            start = time.monotonic()
            try:
                self.client.set((AUDIBLE, INTEGER, value))
            except snmp.Error as e:
                self.assertEqual(e.status, INCONSISTENT_VALUE)
            times.append(time.monotonic() - start)
        print('# set-wait = 0: ' + ', '.join(f'{t * 1000:.1f} ms' for t in times))
        self.assertLess(sorted(times)[1], 0.02 * SLOW)


class AtOnceAgentX(AtOnce, Case):
    pass


class AtOnceStandalone(AtOnce, Case):
    STANDALONE = True


class Policy(Setter, Case):
    """`allow` decides, by class and unit."""

    def start(self, allow):
        self.sims = [Sim(self.lab)]
        self.sim = self.sims[0]
        self.face = Face(self.lab, f'pollinterval = 0.2\nallow = {allow}\n'
                         + section('ups0', self.sim))
        self.client = self.face.client
        self.ready(self)

    def test_nothing_is_allowed(self):
        self.start('none')
        for name, kind, value in ((NAME, OCTETS, b'x'), (ATTACHED, OCTETS, b'x'), (OFF, INTEGER, 60),
                                  (ON, INTEGER, 60), (REBOOT, INTEGER, 60), (AUTO, INTEGER, 1),
                                  (TYPE, INTEGER, 1), (AUDIBLE, INTEGER, 1), (LOW, INTEGER, 5),
                                  (TEST, OID, QUICK), (LOCK, INTEGER, 1)):
            self.refused(NOT_WRITABLE, 1, (name, kind, value))
        self.assertEqual(self.sim.writes(), [])

    def test_one_class(self):
        self.start('beeper')
        self.client.set((AUDIBLE, INTEGER, DISABLED))
        self.refused(NOT_WRITABLE, 1, (OFF, INTEGER, 60))
        self.refused(NOT_WRITABLE, 1, (NAME, OCTETS, b'x'))
        self.assertEqual(self.sim.writes(), [(R_BEEPER, 1)])


if __name__ == '__main__':
    tap.main()
