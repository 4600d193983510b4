#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Values, alarm and log when the device goes silent or away, and when it comes back."""

import os
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import tap  # noqa: E402
from harness import (BATTERY_NORMAL, BATTERY_UNKNOWN, COMMUNICATIONS_LOST_ALARM, NORMAL, OTHER,  # noqa: E402
                     OneUps, SLOW, pause)

MAXAGE = 3.0  # two lost answers, and a machine that stands still for a while, are well within
LOST_AFTER = 5.0  # the least silence that counts as lost communication
MARGIN = 2.0 * SLOW  # other tests run beside it; the benchmark measures
BACK_WITHIN = 5.0 + MARGIN

MEASURED = ('upsBatteryVoltage.0', 'upsInputVoltage.1', 'upsOutputVoltage.1',
            'upsEstimatedMinutesRemaining.0', 'upsOutputPercentLoad.1')
IDENTITY = ('upsIdentManufacturer.0', 'upsIdentModel.0', 'upsIdentUPSSoftwareVersion.0',
            'upsIdentAgentSoftwareVersion.0', 'upsIdentName.0', 'upsConfigOutputVA.0')


class Gone(OneUps):
    """On a pty; test_life_tcp.py repeats it over Modbus TCP."""

    CONF = f'pollinterval = 0.2\nmaxage = {MAXAGE}\n'
    SECTION = ('response-timeout = 300',)

    def setUp(self):
        super().setUp()
        self.identity = {name: self.value(name) for name in IDENTITY}
        self.pid = self.daemon.pid
        self.lines = len(self.daemon.lines())

    def assert_withdrawn(self):
        """Measured values are absent, states are unknown, identity stands."""
        for name in MEASURED:
            self.assertIsNone(self.value(name), name)
        self.assertEqual(self.value('upsBatteryStatus.0'), BATTERY_UNKNOWN)
        self.assertEqual(self.value('upsOutputSource.0'), OTHER)
        self.assertEqual({name: self.value(name) for name in IDENTITY}, self.identity)

    def assert_lost(self, since):
        """Withdrawn after maxage, alarm 20 after 5 s, neither much earlier nor later."""
        self.wait_value(self.client, 'upsOutputSource.0', OTHER)
        # counted from the last good reading, which was a poll earlier at most
        self.assertGreater(time.monotonic() - since, MAXAGE - 0.5)
        self.assertLess(time.monotonic() - since, MAXAGE + MARGIN)
        self.assert_withdrawn()
        self.assertNotIn(COMMUNICATIONS_LOST_ALARM, self.alarm_ids(self.client))
        number = self.wait_alarm(self.client, COMMUNICATIONS_LOST_ALARM)
        self.assertGreater(time.monotonic() - since, LOST_AFTER - 0.5)
        self.assertLess(time.monotonic() - since, LOST_AFTER + MARGIN)
        self.assert_withdrawn()
        return number

    def assert_back(self, since):
        self.wait_value(self.client, 'upsOutputSource.0', NORMAL)
        for name in MEASURED:
            self.wait_there(name)
        self.wait_alarm(self.client, COMMUNICATIONS_LOST_ALARM, present=False)
        self.assertLess(time.monotonic() - since, BACK_WITHIN)
        self.assertEqual(self.value('upsBatteryStatus.0'), BATTERY_NORMAL)
        self.assertEqual({name: self.value(name) for name in IDENTITY}, self.identity)
        self.assertTrue(self.daemon.running(), 'no restart')

    def assert_log(self, most):
        """So many log lines since the start of the test, at least one."""
        lines = self.daemon.lines()[self.lines:]
        self.assertTrue(0 < len(lines) <= most, '\n'.join(lines))

    def test_unplug_and_replug(self):
        for number in (1, 2):
            gone = time.monotonic()
            self.sim.command('unplug')
            self.assert_lost(gone)
            self.assert_log(2 * 2 * number - 2)
            back = time.monotonic()
            self.sim.command('plug')
            self.assert_back(back)
            self.assert_log(2 * 2 * number)

    def test_silence(self):
        gone = time.monotonic()
        self.sim.command('mute on')
        number = self.assert_lost(gone)
        observed = time.monotonic() + 2
        while time.monotonic() < observed:
            # the row stands still while the silence lasts
            self.assertEqual(self.alarm_ids(self.client), {COMMUNICATIONS_LOST_ALARM: number})
            pause(0.1)
        self.assert_log(2)
        back = time.monotonic()
        self.sim.command('mute off')
        self.assert_back(back)
        self.assert_log(4)

    def test_short_silence_is_not_seen(self):
        before = self.value('upsBatteryVoltage.0')
        self.sim.command('drop 2')
        end = time.monotonic() + 1.2
        while time.monotonic() < end:
            self.assertEqual(self.value('upsOutputSource.0'), NORMAL)
            self.assertEqual(self.value('upsBatteryVoltage.0'), before)
            pause(0.05)
        self.assertEqual(self.daemon.lines()[self.lines:], [])


class Hold(OneUps):
    """on-stale = hold keeps the last values."""

    CONF = f'pollinterval = 0.2\nmaxage = {MAXAGE}\non-stale = hold\n'

    def test_values_stay_and_the_alarm_comes(self):
        before = [self.value(name) for name in MEASURED]
        self.sim.command('unplug')
        self.wait_alarm(self.client, COMMUNICATIONS_LOST_ALARM)
        self.assertEqual([self.value(name) for name in MEASURED], before)
        self.assertEqual(self.value('upsOutputSource.0'), NORMAL)
        self.sim.command('load 55')
        self.sim.command('plug')
        self.wait_alarm(self.client, COMMUNICATIONS_LOST_ALARM, present=False)
        self.wait_value(self.client, 'upsOutputPercentLoad.1', 55)


if __name__ == '__main__':
    tap.main()
