#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Control of Q* UPSes through the daemon by the objects of UPS-MIB: what reaches the UPS in bytes, what the
objects show then, and the notifications.

test_set_qx_tables.py has every command and setting by UPSMIBD-MIB, test_set_qx_refused.py what is not done.
"""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import snmp  # noqa: E402
import tap  # noqa: E402
from harness import (ABORTED, Case, Face, NORMAL, OWN, OWN_TRAPS, RUNNING, Sim, UPS,  # noqa: E402
                     UPS_TRAPS, WELL_KNOWN, oid, section, wait_until)
from snmp import INCONSISTENT_VALUE, INTEGER, NO_CREATION, OID  # noqa: E402

TEST, LOCK = oid('upsTestId.0'), oid('upsTestSpinLock.0')
OFF, ON, REBOOT, AUTO = (oid('upsShutdownAfterDelay.0'), oid('upsStartupAfterDelay.0'),
                         oid('upsRebootWithDuration.0'), oid('upsAutoRestart.0'))
AUDIBLE, RESULT = oid('upsConfigAudibleStatus.0'), oid('upsTestResultsSummary.0')
ABORT, GENERAL, QUICK, DEEP = (f'{UPS}.1.7.7.{n}' for n in range(2, 6))
AUTO_ON, AUTO_OFF, DISABLED, ENABLED = 1, 2, 1, 2

VALUE, RANGE = OWN + '.1.4.1.1.2.1', OWN + '.1.4.1.1.6.1'
ALLOWED, STATE, EXECUTE, TOLD = (f'{OWN}.1.5.1.1.{n}.1' for n in (3, 8, 9, 10))
RUNS, DONE, REFUSED, TIMED_OUT = 2, 3, 4, 5

TEST_COMPLETED = UPS_TRAPS + '2'
FINISHED, CHANGED, OWN_ADDED = (OWN_TRAPS + str(n) for n in (12, 13, 14))
TEXT, IDENTITY = OWN + '.1.7.2', OWN + '.1.7.4'
SHUTDOWN_PENDING = WELL_KNOWN + '22'

# command, argument, bytes, and what the simulator shows then, in an order in which each is possible
BEEPER = [('beeper.disable', -1, 'Q', ('beeper', '0')), ('beeper.enable', -1, 'Q', ('beeper', '1')),
          ('beeper.toggle', -1, 'Q', ('beeper', '0'))]
TESTS = [('test.battery.start.quick', -1, 'T', ('test', 'short')), ('test.battery.stop', -1, 'CT', ('test', 'none')),
         ('test.battery.start', 120, 'T02', ('test', 'timed')), ('test.battery.stop', -1, 'CT', ('test', 'none')),
         ('test.battery.start.deep', -1, 'TL', ('test', 'deep')), ('test.battery.stop', -1, 'CT', ('test', 'none'))]


def shutdowns(stay):
    return [('shutdown.return', 120, 'S02R0003', ('output', '1')), ('shutdown.stop', -1, 'C', ('timer-off', '-1.000')),
            ('shutdown.stayoff', 61, stay, ('output', '1')), ('shutdown.stop', -1, 'C', ('timer-off', '-1.000'))]


LOAD = [('load.off', -1, 'S00R0000', ('output', '0')), ('load.on', -1, 'C', ('output', '1'))]
MEGATEC = BEEPER + TESTS + shutdowns('S02R0000') + LOAD
COMMANDS = {
    'megatec': MEGATEC,
    'mecer': MEGATEC,
    'mustek': MEGATEC,
    'hunnox': BEEPER + TESTS + [
        ('shutdown.return', 120, 'S02', ('output', '1')), ('shutdown.stop', -1, 'C', ('timer-off', '-1.000')),
        ('shutdown.stayoff', 61, 'S02R0000', ('output', '1')), ('shutdown.stop', -1, 'C', ('timer-off', '-1.000')),
        *LOAD],
    'bestups': TESTS + shutdowns('S02') + LOAD,
    'masterguard': [
        ('beeper.disable', -1, 'SS---0,00', ('beeper', '0')), ('beeper.enable', -1, 'SS---1,00', ('beeper', '1')),
        ('test.battery.start.deep', -1, 'TUD,00', ('test', 'deep')), TESTS[5],  # wants a full battery
        *TESTS[:4], ('test.battery.start.low', -1, 'TL', ('test', 'deep')), TESTS[5], *shutdowns('S02'),
        ('bypass.start', -1, 'FOFF', ('mode', 'bypass')), ('bypass.stop', -1, 'FON', ('mode', 'online')),
        ('clear.fault.record', -1, 'FCLR,00', ('output', '1'))],
}
OPTIONS = {'bestups': ('model=AX1',), 'masterguard': ('load=50',)}  # packs; a load for the deep test
# of an object that is written: value, and what is read back
KEPT = [('ups.delay.shutdown', '61', '120'), ('ups.delay.shutdown', '13', '18'), ('ups.delay.start', '61', '120'),
        ('ups.start.auto', 'no', 'no'), ('ups.start.auto', 'yes', 'yes')]
SETTINGS = {
    'bestups': [('battery.packs', '2', '2', 'BP2')],
    'masterguard': [('ups.id', '7', '7', 'SS07--,00')],
}


def named(column, name):
    return column + ''.join(f'.{b}' for b in name.encode())


class Setter(Case):
    """One simulated UPS behind the daemon, and a receiver of notifications."""

    STANDALONE = False
    USB = False
    CONF = 'pollinterval = 0.3\npollfreq = 2\nallow = all\n'
    SPEED = '5'

    def start(self, dialect, *options, conf='', unit=(), speed=None):
        self.sim = Sim(self.lab, '--fast', *OPTIONS.get(dialect, ()), *options, protocol=dialect,
                       speed=speed or self.SPEED)
        self.receiver = self.lab.receiver()
        extra = f'trap2sink 127.0.0.1:{self.receiver.port} traps\n'
        port = 'auto' if self.USB else None
        text = self.CONF + conf + section('ups0', self.sim, f'protocol = {dialect}', *unit, port=port, driver='qx')
        self.face = Face(self.lab, text, self.STANDALONE, extra=extra,
                         devices=[('cypress', 'A1', self.sim)] if self.USB else None)
        self.client = self.face.client
        self.wait(oid('upsOutputSource.0'), NORMAL)
        wait_until(lambda: self.value(oid('upsBatteryVoltage.0')) is not None, 'all values')
        self.commands()

    def value(self, name):
        return self.client.value(name)

    def get(self, key):
        return self.sim.command('get ' + key)

    def commands(self):
        """What has reached the UPS since the last look, without questions."""
        questions = ('Q1', 'QS', 'Q3', 'F', 'I', 'FW?', 'BL', 'ID', 'RT', 'M', 'BP?', 'QPI', 'WH', 'MSO', 'PNV')
        return [line for line in self.sim.command('log').split()
                if line.lstrip('!') not in questions and not line.startswith(('G', 'DRC', 'FLT'))]

    def wait(self, name, value, within=None):
        last = []

        def there():
            last[:] = [self.value(name)]
            return last[0] == value
        try:
            wait_until(there, f'{name} = {value!r}', within)
        except AssertionError as e:
            raise AssertionError(f'{e}; it is {last}: {self.face.daemon.log()[-400:]}') from None

    def sent(self, *expected):
        """Waits until the UPS has been told so, and nothing else."""
        seen = []

        def there():
            seen.extend(self.commands())
            return len(seen) >= len(expected)
        wait_until(there, f'{expected} at the UPS')
        self.assertEqual(seen, list(expected))

    def refused(self, status, *variables):
        with self.assertRaises(snmp.Error) as caught:
            self.client.set(*variables)
        self.assertEqual(caught.exception.status, status, variables)

    def trap(self, kind, condition, what):
        return wait_until(lambda: next((n for n in self.receiver.poll() if n.trap == kind and condition(n)), None),
                          f'notification: {what}')

    def finished(self, command, state):
        """The notification of a command's end, which the command table shows, too."""
        self.wait(named(STATE, command), state)
        column = named(f'{OWN}.1.5.1.1.8.1', command)
        return self.trap(FINISHED, lambda n: any(v.name == column and v.value == state for v in n.variables),
                         f'{command} has ended with {state}')

    def start_test(self, test):
        self.client.set((TEST, OID, test), (LOCK, INTEGER, self.value(LOCK)))


def spread(cls, name, dialects=tuple(COMMANDS)):
    """A test case for each dialect."""
    for dialect in dialects:
        def case(self, dialect=dialect):
            getattr(self, name)(dialect)
        setattr(cls, f'test_{name}_{dialect}', case)


class Objects(Setter):
    """The objects of UPS-MIB."""

    def every_object(self, dialect):
        self.start(dialect)
        self.battery_tests(dialect)
        self.beeper(dialect)
        self.shutdowns(dialect)
        self.load(dialect)
        self.refused(NO_CREATION, (REBOOT, INTEGER, 30))
        self.assertEqual(self.commands(), [])

    def battery_tests(self, dialect):
        deep = 'TUD,00' if dialect == 'masterguard' else 'TL'
        for test, line in ((DEEP, deep), (QUICK, 'T'), (GENERAL, 'T10')):
            lock = self.value(LOCK)
            self.start_test(test)
            self.sent(line)
            self.wait(RESULT, RUNNING)
            self.assertEqual((self.value(TEST), self.value(LOCK)), (test, lock + 1))
            self.wait_idle()
            self.refused(INCONSISTENT_VALUE, (TEST, OID, QUICK), (LOCK, INTEGER, lock + 1))
            self.start_test(ABORT)
            self.sent('CT')
            self.wait(RESULT, ABORTED)
            self.wait_idle()
        # the first; later ones wait for five seconds, by RFC 1628
        trap = self.trap(TEST_COMPLETED, lambda n: True, 'upsTrapTestCompleted')
        self.assertEqual((trap.value(TEST), trap.value(RESULT)), (ABORT, ABORTED))

    def wait_idle(self):
        """No command runs."""
        wait_until(lambda: RUNS not in [v.value for v in self.client.walk(STATE)], 'no command runs')

    def beeper(self, dialect):
        if dialect == 'bestups':
            self.refused(NO_CREATION, (AUDIBLE, INTEGER, DISABLED))
            return
        lines = ('SS---0,00', 'SS---1,00') if dialect == 'masterguard' else ('Q', 'Q')
        for value, line in zip((DISABLED, ENABLED), lines):
            self.client.set((AUDIBLE, INTEGER, value))
            self.sent(line)
            self.wait(AUDIBLE, value)
            self.wait_idle()

    def shutdowns(self, dialect):
        stays = 'S02' if dialect in ('bestups', 'masterguard') else 'S02R0000'
        returns = 'S02' if dialect == 'hunnox' else 'S02R0003'
        for items, line in ((((AUTO, AUTO_ON), (OFF, 120)), returns),
                            (((OFF, 61), (AUTO, AUTO_OFF)), stays),
                            (((OFF, 120), (ON, 300)), 'S02R0003'),
                            (((ON, -1), (OFF, 120)), stays)):
            self.receiver.poll().clear()
            self.client.set(*((name, INTEGER, value) for name, value in items))
            self.sent(line)
            self.trap(OWN_ADDED, lambda n: n.value(IDENTITY) == SHUTDOWN_PENDING, 'upsAlarmShutdownPending')
            self.wait_idle()
            left = self.value(OFF)
            self.assertTrue(100 <= left <= 120, left)
            wait_until(lambda n=left: self.value(OFF) < n, 'falling')
            self.client.set((OFF, INTEGER, -1))
            self.sent('C')
            self.wait(OFF, -1)
            self.wait_idle()
            self.assertEqual((self.get('timer-off'), self.get('output')), ('-1.000', '1'))
        self.refused(INCONSISTENT_VALUE, (OFF, INTEGER, 120), (ON, INTEGER, 60))

    def load(self, dialect):
        if dialect == 'masterguard':  # has no command for it
            self.refused(INCONSISTENT_VALUE, (ON, INTEGER, 0))
            return
        self.client.set((OFF, INTEGER, 0))
        self.sent('S00R0000')
        self.wait_idle()
        self.assertEqual(self.get('output'), '0')
        self.client.set((ON, INTEGER, 0))
        self.sent('C')
        self.finished('load.on', DONE)
        wait_until(lambda: self.get('output') == '1', 'the output is on')


class ObjectsAgentX(Objects):
    pass


spread(ObjectsAgentX, 'every_object')


if __name__ == '__main__':
    tap.main()
