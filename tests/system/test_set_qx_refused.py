#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""What Q* UPSes do not do though they are told, and what nobody may tell them: the errors of SETs, by AgentX
and standalone; standalone also the objects of test_set_qx.py."""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import tap  # noqa: E402
from harness import ABORTED, NORMAL, oid, wait_until  # noqa: E402
from snmp import (COMMIT_FAILED, INCONSISTENT_VALUE, INTEGER, NO_CREATION, NOT_WRITABLE,  # noqa: E402
                  OCTETS, OID, RESOURCE_UNAVAILABLE, WRONG_VALUE)
from test_set_qx import (AUDIBLE, AUTO, AUTO_OFF, DISABLED, DONE, ENABLED, EXECUTE, LOCK, OFF, ON,  # noqa: E402
                         QUICK, REFUSED, RESULT, RUNS, STATE, TEST, TEXT, TIMED_OUT, VALUE, Objects, Setter,
                         named, spread)

class Refused(Setter):
    """What a UPS does not do, or nobody may ask for."""

    CONF = 'pollinterval = 0.3\npollfreq = 2\nmaxage = 2\nallow = all\nset-wait = 0.8\n'

    def test_silent_dialect_ignores_a_shutdown(self):
        """Accepted by silence, but the status never shows it: not done, and taken back to be safe."""
        self.start('megatec', 'ignore=S')
        self.client.set((OFF, INTEGER, 120))
        self.sent('S02R0003')
        end = self.finished('shutdown.return', TIMED_OUT)
        self.assertIn(b'shows no countdown; cancelled', end.value(TEXT))
        self.sent('C')
        self.assertEqual((self.value(OFF), self.get('output')), (-1, '1'))
        self.assertTrue(self.face.daemon.lines('shutdown.return 120 s: timed out: the UPS has not refused it'))

    def test_silent_dialect_ignores_a_test(self):
        self.start('megatec', 'ignore=T')
        lock = self.value(LOCK)
        self.start_test(QUICK)
        self.finished('test.battery.start.quick', TIMED_OUT)
        self.sent('T')
        self.wait(RESULT, ABORTED)
        self.assertEqual(self.value(LOCK), lock + 1)
        self.assertIn(b'does not show a test', self.value(oid('upsTestResultsDetail.0')))

    def test_beeper_flag_that_never_moves(self):
        self.start('megatec', 'stuck=-------1')
        self.client.set((AUDIBLE, INTEGER, DISABLED))
        self.finished('beeper.disable', TIMED_OUT)
        self.assertEqual(self.value(AUDIBLE), ENABLED)
        self.client.set((named(EXECUTE, 'beeper.toggle'), INTEGER, -1))
        self.finished('beeper.toggle', DONE)
        self.assertTrue(self.face.daemon.lines("can't be seen"))

    def test_shutdown_on_trust(self):
        """`ignoresab`: the flag of a countdown is dead; the agent counts what was told."""
        self.start('megatec', 'stuck=------0-', unit=('ignoresab',))
        self.client.set((OFF, INTEGER, 120))
        self.finished('shutdown.return', DONE)
        self.sent('S02R0003')
        self.assertTrue(100 <= self.value(OFF) <= 120)

    def test_echo_is_a_refusal(self):
        """A UPS that sends the command back does not know it: commitFailed within set-wait."""
        self.start('megatec', 'ignore=T', 'ack=echo')
        lock = self.value(LOCK)
        self.refused(COMMIT_FAILED, (TEST, OID, QUICK), (LOCK, INTEGER, lock))
        self.finished('test.battery.start.quick', REFUSED)
        self.assertEqual(self.value(LOCK), lock)
        self.assertEqual(self.commands(), ['T'])

    def test_explicit_refusal(self):
        self.start('mecer', 'ignore=TSQ', 'ack=pnak')
        for variables, command in ((((OFF, INTEGER, 120),), 'shutdown.return'),
                                   (((TEST, OID, QUICK), (LOCK, INTEGER, self.value(LOCK))),
                                    'test.battery.start.quick'),
                                   (((AUDIBLE, INTEGER, DISABLED),), 'beeper.disable'),
                                   (((named(EXECUTE, 'load.off'), INTEGER, -1),), 'load.off')):
            self.refused(COMMIT_FAILED, *variables)
            self.assertIn(b'(NAK', self.finished(command, REFUSED).value(TEXT))
        self.assertEqual((self.get('output'), self.value(OFF), self.value(AUDIBLE)), ('1', -1, ENABLED))

    def test_not_on_battery(self):
        self.start('megatec')
        self.sim.command('mains off')
        self.wait(oid('upsOutputSource.0'), 5)
        self.refused(INCONSISTENT_VALUE, (TEST, OID, QUICK), (LOCK, INTEGER, self.value(LOCK)))
        self.assertEqual(self.commands(), [])

    def test_unreachable(self):
        self.start('megatec')
        self.sim.command('mute on')
        self.wait(oid('upsOutputSource.0'), 1)
        self.commands()
        for variables in (((OFF, INTEGER, 120),), ((AUDIBLE, INTEGER, DISABLED),),
                          ((named(EXECUTE, 'shutdown.return'), INTEGER, -1),)):
            self.refused(RESOURCE_UNAVAILABLE, *variables)
        self.sim.command('mute off')
        self.wait(oid('upsOutputSource.0'), NORMAL)
        self.assertEqual(self.commands(), [])

    def test_gone_while_it_is_told(self):
        """The line is pulled in the middle of a command: nobody knows, so it is not done."""
        self.start('megatec', 'ignore=S')
        self.client.set((OFF, INTEGER, 120))
        self.sent('S02R0003')
        self.sim.command('unplug')
        wait_until(lambda: self.value(named(STATE, 'shutdown.return')) not in (1, RUNS, DONE), 'it has failed')
        self.assertEqual(self.value(OFF), -1)
        self.sim.command('plug')
        self.wait(oid('upsOutputSource.0'), NORMAL)

    def test_classes(self):
        self.start('megatec', unit=('allow = test',))
        for variable in ((OFF, INTEGER, 120), (ON, INTEGER, 0), (AUTO, INTEGER, AUTO_OFF), (AUDIBLE, INTEGER, DISABLED),
                         (named(EXECUTE, 'load.off'), INTEGER, -1), (named(EXECUTE, 'beeper.toggle'), INTEGER, -1),
                         (named(VALUE, 'ups.delay.shutdown'), OCTETS, b'60')):
            self.refused(NOT_WRITABLE, variable)
        self.assertEqual(self.commands(), [])
        self.start_test(QUICK)
        self.sent('T')

    def test_ranges(self):
        self.start('megatec')
        for name, value, status in (('shutdown.return', -2, WRONG_VALUE), ('load.off', 5, WRONG_VALUE),
                                    ('shutdown.reboot', 5, NO_CREATION), ('bypass.start', -1, NO_CREATION)):
            self.refused(status, (named(EXECUTE, name), INTEGER, value))
        self.refused(INCONSISTENT_VALUE, (OFF, INTEGER, 120), (AUDIBLE, INTEGER, DISABLED))
        self.assertEqual(self.commands(), [])

    def test_repeat_and_conflict(self):
        """The same again is the same SET; another command waits for nobody."""
        self.start('megatec')
        self.client.set((OFF, INTEGER, 120))
        self.client.set((OFF, INTEGER, 120))
        self.finished('shutdown.return', DONE)
        self.client.set((OFF, INTEGER, 120))
        self.sent('S02R0003')


class RefusedStandalone(Refused):
    STANDALONE = True


class ObjectsStandalone(Objects):
    STANDALONE = True


spread(ObjectsStandalone, 'every_object', ('megatec', 'masterguard'))


if __name__ == '__main__':
    tap.main()
