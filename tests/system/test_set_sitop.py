#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Control of a SITOP through the daemon (standalone: test_set_sitop_standalone.py): letters that reach it, what the objects
show while it counts and afterwards, what it does not take, notifications."""

import os
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import snmp  # noqa: E402
import tap  # noqa: E402
from harness import (Case, Face, INPUT_BAD_ALARM, NORMAL, ON_BATTERY_ALARM, OWN, OWN_TRAPS, SLOW,  # noqa: E402
                     Sim, UPS_TRAPS, WELL_KNOWN, oid, pause, section, wait_until)
from snmp import (INCONSISTENT_VALUE, INTEGER, NO_CREATION, NOT_WRITABLE,  # noqa: E402
                  RESOURCE_UNAVAILABLE, WRONG_VALUE)

OFF, ON, REBOOT = (oid('upsShutdownAfterDelay.0'), oid('upsStartupAfterDelay.0'), oid('upsRebootWithDuration.0'))
SOURCE = oid('upsOutputSource.0')
ALLOWED, STATE, EXECUTE = (f'{OWN}.1.5.1.1.{n}.1' for n in (3, 8, 9))
DONE, REFUSED, TIMED_OUT = 3, 4, 5
FINISHED, OWN_ADDED, OWN_CLEARED = (OWN_TRAPS + str(n) for n in (12, 14, 15))
ON_BATTERY, ADDED = UPS_TRAPS + '1', UPS_TRAPS + '3'
TEXT, IDENTITY = OWN + '.1.7.2', OWN + '.1.7.4'
SHUTDOWN_PENDING = WELL_KNOWN + '22'
COMMANDS = {'shutdown.return', 'shutdown.stayoff', 'shutdown.reboot'}
NO_LOSS = 'lose=0'
ROUNDS = 5


def letters(letter):
    """The second letter is left out: the UPS has fallen silent after the first."""
    return rf'\x0A \x0A {letter} \x0A \x0A'


def named(column, name):
    return column + ''.join(f'.{b}' for b in name.encode())


class Control(Case):
    STANDALONE = False

    def start(self, *options, allow='all', unit=()):
        self.sim = Sim(self.lab, *(options or (NO_LOSS,)), 'profile=battery', protocol='siemens-sitop')
        self.receiver = self.lab.receiver()
        self.face = Face(self.lab, f'allow = {allow}\n' + section('ups0', self.sim, *unit, driver='siemens-sitop'),
                         self.STANDALONE, extra=f'trap2sink 127.0.0.1:{self.receiver.port} traps\n')
        self.client = self.face.client
        self.wait(SOURCE, NORMAL)
        self.sim.command('log')

    def value(self, name):
        return self.client.value(name)

    def get(self, key):
        return self.sim.command('get ' + key)

    def wait(self, name, value, within=None):
        wait_until(lambda: self.value(name) == value, f'{name} = {value!r}', within)

    def refused(self, status, *variables):
        with self.assertRaises(snmp.Error) as caught:
            self.client.set(*variables)
        self.assertEqual(caught.exception.status, status, variables)

    def trap(self, kind, condition, what, within=None):
        return wait_until(lambda: next((n for n in self.receiver.poll() if n.trap == kind and condition(n)), None),
                          f'notification: {what}', within)

    def finished(self, command, state):
        self.wait(named(STATE, command), state, 40 * SLOW)
        column = named(f'{OWN}.1.5.1.1.8.1', command)
        return self.trap(FINISHED, lambda n: any(v.name == column and v.value == state for v in n.variables), command)

    def wait_output(self, on):
        wait_until(lambda: self.get('output') == ('1' if on else '0'), f'the output is {"on" if on else "off"}')

    def came_back(self):
        self.wait_output(True)
        self.wait(SOURCE, NORMAL, 40 * SLOW)

    def test_reboot_by_the_object(self):
        self.start()
        start = time.monotonic()
        self.client.set((REBOOT, INTEGER, 5))
        self.assertLess(time.monotonic() - start, 2 * SLOW, 'answered when set-wait is over')
        self.finished('shutdown.reboot', DONE)
        self.assertEqual(self.sim.command('log'), letters('R'))
        self.trap(OWN_ADDED, lambda n: n.value(IDENTITY) == SHUTDOWN_PENDING, 'upsAlarmShutdownPending')
        self.assertGreaterEqual(self.value(REBOOT), 0)
        self.wait_output(False)
        self.came_back()
        self.wait(REBOOT, -1)
        self.assertEqual(self.value(OFF), -1)

    def test_stayoff_by_the_objects(self):
        """upsStartupAfterDelay -1: it stays off until the input was away and has returned."""
        self.start()
        self.client.set((OFF, INTEGER, 5), (ON, INTEGER, -1))
        self.finished('shutdown.stayoff', DONE)
        self.assertEqual(self.sim.command('log'), letters('S'))
        self.wait_output(False)
        pause(6)
        self.assertEqual(self.get('output'), '0')
        self.sim.command('mains off')
        pause(1.5)
        self.sim.command('mains on')
        self.came_back()

    def test_return_by_the_objects(self):
        """Both delays count from the SET; more than the UPS's own 5 s in between can't be had."""
        self.start()
        self.refused(INCONSISTENT_VALUE, (OFF, INTEGER, 5), (ON, INTEGER, 60))
        self.refused(INCONSISTENT_VALUE, (OFF, INTEGER, 5), (ON, INTEGER, 3))
        self.assertEqual(self.sim.command('log'), '')
        self.client.set((OFF, INTEGER, 5), (ON, INTEGER, 10))
        self.finished('shutdown.return', DONE)
        self.assertEqual(self.sim.command('log'), letters('R'))
        self.wait_output(False)
        self.came_back()

    def test_what_the_agent_counts_is_cancelled(self):
        self.start()
        self.client.set((OFF, INTEGER, 60))
        self.trap(OWN_ADDED, lambda n: n.value(IDENTITY) == SHUTDOWN_PENDING, 'upsAlarmShutdownPending')
        left = self.value(OFF)
        self.assertTrue(55 <= left <= 60, left)
        wait_until(lambda: self.value(OFF) < left, 'falling')
        self.client.set((OFF, INTEGER, -1))
        self.assertEqual(self.value(OFF), -1)
        self.trap(OWN_CLEARED, lambda n: n.value(IDENTITY) == SHUTDOWN_PENDING, 'no countdown any more')
        self.assertEqual((self.sim.command('log'), self.get('output')), ('', '1'))

    def test_command_table(self):
        self.start()
        offered = {bytes(int(n) for n in v.name[len(ALLOWED) + 1:].split('.')).decode()
                   for v in self.client.walk(ALLOWED)}
        self.assertEqual(offered, COMMANDS)
        self.client.set((named(EXECUTE, 'shutdown.return'), INTEGER, -1))
        self.finished('shutdown.return', DONE)
        self.assertEqual(self.sim.command('log'), letters('R'))
        self.wait_output(False)

    def test_it_does_not_obey(self):
        """It goes on talking: five rounds, then the command has failed, and nothing is off."""
        self.start('lose=1')
        self.client.set((OFF, INTEGER, 5))
        end = self.finished('shutdown.return', TIMED_OUT)
        self.assertIn(b'as if it had heard nothing', end.value(TEXT))
        self.assertEqual(self.sim.command('log').count('R'), 2 * ROUNDS)
        self.assertEqual((self.get('output'), self.value(OFF), self.value(SOURCE)), ('1', -1, NORMAL))
        self.assertTrue(self.face.daemon.lines('timed out: sent 5 times'))

    def test_refusals(self):
        self.start()
        self.refused(WRONG_VALUE, (REBOOT, INTEGER, 301))
        self.refused(NO_CREATION, (oid('upsConfigAudibleStatus.0'), INTEGER, 1))
        self.refused(NOT_WRITABLE, (oid('upsInputLineBads.0'), INTEGER, 1))
        self.refused(INCONSISTENT_VALUE, (OFF, INTEGER, 20), (REBOOT, INTEGER, 5))
        self.refused(NO_CREATION, (named(EXECUTE, 'load.off'), INTEGER, -1))
        self.assertEqual(self.sim.command('log'), '')
        # what the UPS can't do: commitFailed at once
        self.refused(snmp.COMMIT_FAILED, (REBOOT, INTEGER, 30))
        self.sim.command('mains off')
        self.trap(ON_BATTERY, lambda n: True, 'upsTrapOnBattery')
        self.refused(snmp.COMMIT_FAILED, (REBOOT, INTEGER, 5))
        self.finished('shutdown.reboot', REFUSED)
        self.assertEqual((self.sim.command('log'), self.get('output')), ('', '1'))

    def test_class(self):
        self.start(allow='test, beeper')
        for variable in ((OFF, INTEGER, 5), (REBOOT, INTEGER, 5), (ON, INTEGER, 5),
                         (named(EXECUTE, 'shutdown.return'), INTEGER, -1)):
            self.refused(NOT_WRITABLE, variable)
        self.assertEqual(self.sim.command('log'), '')

    def test_silent_unit(self):
        self.start(unit=('maxage = 3',))
        self.sim.command('mute on')
        self.wait(SOURCE, 1)
        self.refused(RESOURCE_UNAVAILABLE, (OFF, INTEGER, 5))
        self.assertEqual(self.sim.command('log'), '')

    def test_notifications_of_a_failure(self):
        self.start()
        self.sim.command('mains off')
        start = time.monotonic()
        self.trap(ON_BATTERY, lambda n: True, 'upsTrapOnBattery')
        print(f'# mains off to upsTrapOnBattery: {(time.monotonic() - start) * 1000:.0f} ms')
        self.trap(ADDED, lambda n: n.value(oid('upsAlarmEntry') + '.2') == INPUT_BAD_ALARM, 'input bad')
        self.sim.command('mains on')
        for alarm in (ON_BATTERY_ALARM, INPUT_BAD_ALARM):
            self.trap(OWN_CLEARED, lambda n, a=alarm: n.value(IDENTITY) == a, f'{alarm} ends')


if __name__ == '__main__':
    tap.main()
