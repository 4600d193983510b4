#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Shut-downs of huawei-ups2000 and the mains: what the load lives through, on simulated units.

A power race is when the mains are there, or come back, while a shut-down is counted: a load that
has shut itself down must be switched off and on again, or nobody wakes it.
"""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import tap  # noqa: E402
from harness import Case, Face, SLOW, Sim, UPSMIBD, oid, section, wait_until  # noqa: E402
from snmp import INTEGER, OID  # noqa: E402
from test_run_commands import Run  # noqa: E402

RETURN = [(11044, 1), (11048, 2), (11047, 20)]  # on again after 2 min, off after 120 s


class PowerRace(Run):
    """The simulator's time runs SPEED times as fast; `seconds` is its clock."""

    SPEED = str(32 // SLOW)

    def shut_down(self, *options, conf=('offdelay = 120', 'ondelay = 120'), writes=None):
        self.start(*options, speed=self.SPEED, conf=conf)
        since = float(self.get('seconds'))
        self.assertEqual(self.done('shutdown.return'), writes or RETURN)
        self.assertGreater(float(self.get('timer-off')), 0)
        return since

    def came_back_after_both_delays(self, since):
        self.wait_mode('off')
        self.assertGreater(float(self.get('timer-on')), 0)
        self.wait_mode('online')
        self.assertGreaterEqual(float(self.get('seconds')) - since, 120 + 120)

    def test_mains_never_lost(self):
        self.came_back_after_both_delays(self.shut_down())

    def test_mains_back_during_the_countdown(self):
        since = self.shut_down('start=battery')
        self.sim.command('mains on')
        self.wait_mode('online')
        self.assertGreater(float(self.get('timer-off')), 0, 'the countdown goes on')
        self.came_back_after_both_delays(since)

    def test_mains_back_after_the_countdown(self):
        """At once, whatever the on delay: here it would be a hundred minutes."""
        self.shut_down('start=battery', conf=('offdelay = 120', 'ondelay = 6000'),
                       writes=[(11044, 1), (11048, 100), (11047, 20)])
        self.wait_mode('off')
        self.assertEqual(self.get('board'), '0', 'dark')
        self.sim.command('mains on')
        self.wait_mode('online')
        self.assertEqual(self.get('auto-start'), '1')

    def test_mains_lost_during_the_countdown(self):
        self.shut_down(conf=('offdelay = 120', 'ondelay = 6000'),
                       writes=[(11044, 1), (11048, 100), (11047, 20)])
        self.sim.command('mains off')
        self.wait_mode('off')
        self.sim.command('mains on')
        self.wait_mode('online')

    def test_replaced_countdown_counts_anew(self):
        """The last order holds, with its kind: no return after a stayoff."""
        self.shut_down()
        self.assertEqual(self.done('shutdown.stayoff', '60'), [(11044, 0), (11049, 10)])
        self.wait_mode('off')
        self.assertEqual((self.get('timer-on'), self.get('auto-start')), ('-1.000', '0'))

    def test_stop_keeps_the_load_on(self):
        since = self.shut_down()
        self.assertEqual(self.done('shutdown.stop'), [(11050, 1)])
        self.wait_past(since + 130)
        self.assertEqual(self.get('mode'), 'online')

    def wait_past(self, seconds):
        while float(self.get('seconds')) < seconds:
            self.assertEqual(self.get('timer-off'), '-1.000')


class Large(Case):
    """6-20 kVA by card, over SNMP."""

    CONF = 'pollinterval = 0.2\npollfreq = 1\nallow = all\n'

    def setUp(self):
        self.sim = Sim(self.lab, 'phases-in=3', 'phases-out=3', large=True, speed='4')
        self.face = Face(self.lab, self.CONF + section('ups0', self.sim))
        wait_until(lambda: self.face.value('upsBatteryVoltage.0') is not None, 'the first full poll')

    def wait_value(self, name, value, within=None):
        wait_until(lambda: self.face.value(name) == value, f'{name} is {value}', within)

    def test_battery_test_ends_by_itself(self):
        """It is seen to run and to end in register 2022: no watchdog has the last word."""
        lock = self.face.value('upsTestSpinLock.0')
        self.face.client.set((oid('upsTestId.0'), OID, oid('upsTestQuickBatteryTest')),
                             (oid('upsTestSpinLock.0'), INTEGER, lock))
        self.wait_value('upsTestResultsSummary.0', 5)
        self.wait_value('upsTestResultsSummary.0', 1, 60 * SLOW)

    def test_test_started_at_the_ups(self):
        self.sim.command('register 12022 0 -1')
        self.wait_value('upsTestResultsSummary.0', 5)
        self.sim.command('register 12022 off')
        self.wait_value('upsTestResultsSummary.0', 1)

    def test_shutdown_is_counted_by_the_agent(self):
        """The unit counts nothing: at the end of the delay it is just switched off."""
        self.sim.command('log')
        self.face.client.set((oid('upsShutdownAfterDelay.0'), INTEGER, 2))
        self.wait_value('upsOutputSource.0', 2, 60 * SLOW)
        self.assertEqual(self.sim.writes(), [(11030, 1)])


class Card(Run):
    """Several units behind one card: the number is in the registers' addresses."""

    def test_each_has_its_section(self):
        self.start('units=3', 'phases-in=3', 'phases-out=3', large=True)
        self.sim.command('@2 mains off')
        conf = self.lab.write('card.conf', ''.join(
            section(f'ups{n}', self.sim, *self.OPTIONS, f'ups-number = {n}') for n in (1, 2, 3)))
        for name, status in (('ups1', 'OL'), ('ups2', 'OB'), ('ups3', 'OL')):
            shown = self.lab.run(UPSMIBD, '--probe', '-c', conf, name)
            self.assertEqual(shown.returncode, 0, shown.stderr)
            self.assertRegex(shown.stdout, rf'(?m)^ups\.status: {status}\b')

    def test_number_that_is_not_there(self):
        self.start('units=1', large=True, conf=('ups-number = 3',))
        shown = self.lab.run(UPSMIBD, '--probe', '-c', self.conf, 'ups0', timeout=100 * SLOW)
        self.assertNotEqual(shown.returncode, 0)


if __name__ == '__main__':
    tap.main()
