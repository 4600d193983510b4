#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Notifications by AgentX and standalone: what they carry, in which order, and that none is lost
while the master, or upsmibd itself, is away.
"""

import os
import signal
import sys
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import tap  # noqa: E402
from harness import (BATTERY, CREATE_USER, Case, Face, INPUT_BAD_ALARM,  # noqa: E402
                     NORMAL, ON_BATTERY_ALARM, OWN, OWN_TRAPS, PASSED, Process, SLOW, Sim, UPS,
                     UPS_TRAPS, find_program, free_port, oid, pause, section, wait_until)
from snmp import COUNTER32, INTEGER, OCTETS, OID, TIMETICKS  # noqa: E402

ON_BATTERY, TEST_COMPLETED, ADDED, REMOVED = (UPS_TRAPS + str(n) for n in range(1, 5))
COMM_LOST, COMM_RESTORED = OWN_TRAPS + '1', OWN_TRAPS + '2'
COMMAND, SETTING, OWN_ADDED, OWN_CLEARED = (OWN_TRAPS + str(n) for n in (12, 13, 14, 15))
SEQUENCE, UNIT_INDEX, UNIT_NAME = OWN + '.1.7.1', OWN + '.1.2.1.1.1', OWN + '.1.2.1.1.2'
TEXT, TIME, IDENTITY = OWN + '.1.7.2', OWN + '.1.7.3', OWN + '.1.7.4'
ALARM_ID, ALARM_DESCR = oid('upsAlarmEntry') + '.1', oid('upsAlarmEntry') + '.2'
QUICK = UPS + '.1.7.7.4'


class Listening:
    """A face whose notifications a receiver takes."""

    STANDALONE = False
    CONF = 'pollinterval = 0.2\npollfreq = 1\nallow = all\n'
    SINK = 'trap2sink 127.0.0.1:{port} traps\n'
    UNITS = 1
    SPEED = '1'
    SIM = ()

    def setUp(self):
        self.receiver = self.lab.receiver()
        self.sims = [Sim(self.lab, *self.SIM, speed=self.SPEED) for _ in range(self.UNITS)]
        self.sim = self.sims[0]
        conf = self.CONF + ''.join(section(f'ups{n}', sim) for n, sim in enumerate(self.sims))
        self.face = Face(self.lab, conf, self.STANDALONE,
                         extra=self.SINK.format(port=self.receiver.port),
                         contexts=[f'ups{n}' for n in range(self.UNITS)])
        wait_until(lambda: self.face.value('upsBatteryVoltage.0') is not None, 'values')

    def seen(self, trap=None):
        """Those received so far, of one kind."""
        return [n for n in self.receiver.poll() if n.trap.startswith((UPS_TRAPS, OWN_TRAPS))
                and (trap is None or n.trap == trap)]

    def wait_seen(self, trap, what, condition=lambda n: True, within=None):
        """The first one of a kind for which the condition holds."""
        return wait_until(lambda: next((n for n in self.seen(trap) if condition(n)), None),
                          what, within)

    def of_alarm(self, trap, identity, **how):
        column = IDENTITY if trap.startswith(OWN_TRAPS) else ALARM_DESCR
        return self.wait_seen(trap, f'{trap} of {identity}', lambda n: n.value(column) == identity,
                              **how)

    def check_sequence(self, seen=None):
        """Our own come in the order of their numbers, none twice."""
        numbers = [n.value(SEQUENCE) for n in seen or self.seen() if n.trap.startswith(OWN_TRAPS)]
        self.assertEqual(numbers, sorted(set(numbers)))
        return numbers


class Contents(Listening):
    def test_on_battery_and_back(self):
        self.sim.command('mains off')
        trap = self.wait_seen(ON_BATTERY, 'upsTrapOnBattery')
        self.assertEqual(trap.first_names, ['1.3.6.1.2.1.1.3.0', '1.3.6.1.6.3.1.1.4.1.0'])
        self.assertEqual([(v.name, v.kind) for v in trap.variables],
                         [(oid('upsEstimatedMinutesRemaining.0'), INTEGER),
                          (oid('upsSecondsOnBattery.0'), INTEGER),
                          (oid('upsConfigLowBattTime.0'), INTEGER)])
        added = self.of_alarm(ADDED, INPUT_BAD_ALARM)
        number = added.variables[0].value
        self.assertEqual([(v.name, v.kind, v.value) for v in added.variables],
                         [(f'{ALARM_ID}.{number}', INTEGER, number),
                          (f'{ALARM_DESCR}.{number}', OID, INPUT_BAD_ALARM)])
        self.sim.command('mains on')
        removed = self.of_alarm(REMOVED, INPUT_BAD_ALARM)
        self.assertEqual(removed.variables[0].value, number)
        # the message that power is back
        self.of_alarm(REMOVED, ON_BATTERY_ALARM)
        # upsTrapOnBattery says it already
        self.assertNotIn(ON_BATTERY_ALARM, [n.value(ALARM_DESCR) for n in self.seen(ADDED)])

    def test_own_ones(self):
        self.sim.command('mains off')
        trap = self.of_alarm(OWN_ADDED, ON_BATTERY_ALARM)
        self.assertEqual([(v.name, v.kind) for v in trap.variables[:5]],
                         [(SEQUENCE + '.0', COUNTER32), (UNIT_INDEX + '.1', INTEGER),
                          (UNIT_NAME + '.1', OCTETS), (TEXT + '.0', OCTETS),
                          (TIME + '.0', OCTETS)])
        self.assertEqual(trap.value(UNIT_NAME), b'ups0')
        self.assertEqual(trap.value(UNIT_INDEX), 1)
        when = trap.value(TIME)
        self.assertEqual(len(when), 11)
        year = time.gmtime().tm_year
        self.assertIn(int.from_bytes(when[:2], 'big'), (year - 1, year, year + 1))
        self.sim.command('mains on')
        self.of_alarm(OWN_CLEARED, ON_BATTERY_ALARM)
        self.check_sequence()

    def test_communication(self):
        self.sim.command('mute on')
        self.wait_seen(COMM_LOST, 'upsmibdCommunicationLost')
        self.sim.command('mute off')
        self.wait_seen(COMM_RESTORED, 'upsmibdCommunicationRestored')
        order = [n.trap for n in self.seen() if n.trap in (COMM_LOST, COMM_RESTORED)]
        self.assertEqual(order, [COMM_LOST, COMM_RESTORED])

    def test_test_completed(self):
        lock = self.face.value('upsTestSpinLock.0')
        self.face.client.set((oid('upsTestId.0'), OID, QUICK),
                             (oid('upsTestSpinLock.0'), INTEGER, lock))
        command = self.wait_seen(COMMAND, 'upsmibdCommandFinished')
        name = '.'.join(str(b) for b in b'test.battery.start.quick')
        self.assertEqual(command.variables[5].name, f'{OWN}.1.5.1.1.8.1.{name}')
        self.assertEqual(command.variables[5].value, 3, 'done')
        trap = self.wait_seen(TEST_COMPLETED, 'upsTrapTestCompleted', within=60 * SLOW)
        self.assertEqual([(v.name, v.kind) for v in trap.variables],
                         [(oid('upsTestId.0'), OID), (oid('upsTestSpinLock.0'), INTEGER),
                          (oid('upsTestResultsSummary.0'), INTEGER),
                          (oid('upsTestResultsDetail.0'), OCTETS),
                          (oid('upsTestStartTime.0'), TIMETICKS),
                          (oid('upsTestElapsedTime.0'), INTEGER)])
        values = [v.value for v in trap.variables]
        self.assertEqual(values[:3], [QUICK, lock + 1, PASSED])
        self.assertGreater(values[5], 0)

    def test_rate_rule_keeps_the_last_state(self):
        """RFC 1628: not more often than once in 5 s; what is true at the end is told."""
        for _ in range(4):
            self.sim.command('mains off')
            wait_until(lambda: self.face.value('upsOutputSource.0') == BATTERY, 'on battery')
            self.sim.command('mains on')
            wait_until(lambda: self.face.value('upsOutputSource.0') == NORMAL, 'on mains')
        start = time.monotonic()

        def told():
            rfc = [n for n in self.seen() if n.value(ALARM_DESCR) == INPUT_BAD_ALARM]
            own = [n for n in self.seen() if n.value(IDENTITY) == INPUT_BAD_ALARM]
            return (len(own) == 8 and rfc and rfc[-1].trap == REMOVED
                    and time.monotonic() - start > 5 * 4 + 2 and rfc)
        rfc = wait_until(told, 'all is told', 60 * SLOW)
        for kind in (ADDED, REMOVED):
            times = [n.uptime / 100 for n in rfc if n.trap == kind]  # when they were sent
            gaps = [b - a for a, b in zip(times, times[1:])]
            self.assertFalse([g for g in gaps if g < 4.8], gaps)
        self.assertEqual([n.trap for n in rfc], [ADDED, REMOVED] * (len(rfc) // 2))
        self.check_sequence()

    def test_latency(self):
        """From the device's answer to the notification; the poll interval is part of it here."""
        times = []
        for command in ('fault charger on', 'fault charger off') * 3:
            count = len([n for n in self.seen() if n.trap in (OWN_ADDED, OWN_CLEARED)])
            start = time.monotonic()
            self.sim.command(command)
            wait_until(lambda c=count: len([n for n in self.seen() if n.trap in
                                            (OWN_ADDED, OWN_CLEARED)]) > c, command)
            times.append(time.monotonic() - start)
        times.sort()
        print(f'# change to notification, with a poll interval of 0.2 s: '
              f'median {times[len(times) // 2] * 1000:.0f} ms')
        self.assertLess(times[len(times) // 2], 5 * SLOW)


class ContentsAgentX(Contents, Case):
    pass


class ContentsStandalone(Contents, Case):
    STANDALONE = True


class Quiet(Listening, Case):
    """`notify = none`: RFC 1628's four alone."""

    CONF = 'pollinterval = 0.2\npollfreq = 1\nnotify = none\n'

    def test_only_those_of_the_rfc(self):
        self.sim.command('mains off')
        self.wait_seen(ON_BATTERY, 'upsTrapOnBattery')
        self.of_alarm(ADDED, INPUT_BAD_ALARM)
        self.sim.command('mains on')
        self.of_alarm(REMOVED, INPUT_BAD_ALARM)
        self.assertEqual([n for n in self.seen() if n.trap.startswith(OWN_TRAPS)], [])


class Away(Listening, Case):
    """Nobody takes notifications for a while."""

    def history(self, *identities):
        return [(n.trap, n.value(IDENTITY)) for n in self.seen()
                if n.value(IDENTITY) in identities]

    def state(self):
        try:
            with open(self.lab.path('state/state'), encoding='utf-8') as f:
                return f.read()
        except FileNotFoundError:
            return ''

    def test_master_away(self):
        def meanwhile():
            self.sim.command('mains off')
            # the daemon says so in its log
            wait_until(lambda: self.face.daemon.lines('from the battery'), 'noticed')
            self.sim.command('mains on')
            wait_until(lambda: any('ends' in line for line in
                                   self.face.daemon.lines('from the battery')), 'noticed')
        self.assertEqual(self.history(ON_BATTERY_ALARM), [])
        self.face.master.restart(signal.SIGKILL, meanwhile)
        self.of_alarm(OWN_CLEARED, ON_BATTERY_ALARM)
        self.assertEqual(self.history(ON_BATTERY_ALARM),
                         [(OWN_ADDED, ON_BATTERY_ALARM), (OWN_CLEARED, ON_BATTERY_ALARM)])
        self.check_sequence()

    def test_upsmibd_killed_while_the_master_is_away(self):
        def meanwhile():
            self.sim.command('mains off')
            # on the disk 0.1 s after it was seen
            wait_until(lambda: 'alarm = ' in self.state(), 'the alarm is in the state file')
            self.face.restart(signal.SIGKILL)
        self.face.master.restart(signal.SIGKILL, meanwhile)
        self.wait_seen(ON_BATTERY, 'upsTrapOnBattery')
        self.of_alarm(OWN_ADDED, ON_BATTERY_ALARM)
        self.sim.command('mains on')
        self.of_alarm(OWN_CLEARED, ON_BATTERY_ALARM)
        self.assertEqual(self.history(ON_BATTERY_ALARM),
                         [(OWN_ADDED, ON_BATTERY_ALARM), (OWN_CLEARED, ON_BATTERY_ALARM)])
        self.check_sequence()

    def test_restart_repeats_nothing(self):
        self.sim.command('mains off')
        self.of_alarm(OWN_ADDED, ON_BATTERY_ALARM)
        last = self.check_sequence()[-1]
        self.face.restart()
        wait_until(lambda: self.face.value('upsOutputSource.0') == BATTERY, 'values')
        self.sim.command('mains on')
        cleared = self.of_alarm(OWN_CLEARED, ON_BATTERY_ALARM)
        self.assertGreater(cleared.value(SEQUENCE), last)
        self.assertEqual(len(self.history(ON_BATTERY_ALARM)), 2)


class Contexts(Listening):
    """Two units: a notification of RFC 1628 comes in the context of its unit."""

    UNITS = 2
    ENGINE = '0x80001f8880736967303030303030'
    SINK = (f'exactEngineID {ENGINE}\n'
            'trapsess -v 3 -u ops -l authPriv -a SHA-256 -A authpassphrase -x AES '
            '-X privpassphrase udp:127.0.0.1:{port}\n')

    def setUp(self):
        program = find_program('snmptrapd')
        if not program:
            raise unittest.SkipTest('snmptrapd is not installed')
        conf = self.lab.write('snmptrapd.conf', 'authUser log ops\ndisableAuthorization no\n'
                              + CREATE_USER.replace('createUser ', f'createUser -e {self.ENGINE} '))
        self.port = free_port()
        self.trapd = Process(self.lab, 'snmptrapd', [
            program, '-f', '-n', '-Lo', '-On', '-C', '-c', conf, '-F', '%P|%v\\n',
            f'udp:127.0.0.1:{self.port}'])
        wait_until(lambda: 'NET-SNMP version' in self.trapd.log() or not self.trapd.running(),
                   'snmptrapd is ready')
        self.SINK = self.SINK.replace('{port}', str(self.port))
        super().setUp()

    def test_context(self):
        self.sims[1].command('mains off')

        def line():
            found = [text for text in self.trapd.log().splitlines() if ON_BATTERY in text]
            return found and found[0]
        text = wait_until(line, 'snmptrapd shows upsTrapOnBattery')
        self.assertRegex(text, r'user ops, context ups1\b')
        own = wait_until(lambda: [t for t in self.trapd.log().splitlines() if OWN_TRAPS in t],
                         'snmptrapd shows one of ours')
        self.assertNotRegex(own[0], r'context ups1')


class ContextsAgentX(Contexts, Case):
    pass


class ContextsStandalone(Contexts, Case):
    STANDALONE = True


class Informs(Listening):
    SINK = 'informsink 127.0.0.1:{port} informs\n'

    def test_informs(self):
        self.sim.command('mains off')
        trap = self.of_alarm(OWN_ADDED, ON_BATTERY_ALARM)
        self.assertTrue(trap.inform)
        self.assertEqual(trap.community, b'informs')
        # acknowledged: it is not sent again
        pause(1.5)
        self.assertEqual(len([n for n in self.seen(OWN_ADDED)
                              if n.value(IDENTITY) == ON_BATTERY_ALARM]), 1)


class InformsAgentX(Informs, Case):
    pass


class InformsStandalone(Informs, Case):
    STANDALONE = True


if __name__ == '__main__':
    tap.main()
