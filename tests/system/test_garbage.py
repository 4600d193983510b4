#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Garbled replies, impossible values, another device at the same port: no lie reaches a manager."""

import os
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import tap  # noqa: E402
from harness import (COMMUNICATIONS_LOST_ALARM, NORMAL, OTHER, OneUps, SLOW, pause,  # noqa: E402
                     wait_until)

MAXAGE = 5.0
MARGIN = 0.5 * SLOW


class Mad(OneUps):
    """Nothing of a garbled reply reaches a manager."""

    CONF = 'pollinterval = 0.2\npollfreq = 1\nmaxage = 5\n'
    SECTION = ('response-timeout = 300',)

    def values(self):
        names = ('upsBatteryVoltage.0', 'upsInputVoltage.1', 'upsOutputVoltage.1',
                 'upsOutputPercentLoad.1', 'upsOutputSource.0', 'upsBatteryStatus.0')
        return [self.value(name) for name in names]

    def test_garbled_and_cut_replies(self):
        before = self.values()
        for fault in ('garble 2', 'truncate 3 2', 'truncate 40 2', 'noise deadbeef0102',
                      'wrongslave 2 2', 'wrongfunction 4 2', 'overlong 2 2', 'exception 3 03 2'):
            requests = self.sim.requests()
            self.sim.command(fault)
            wait_until(lambda n=requests: self.sim.requests() > n + 5, f'polls go on: {fault}')
            self.assertEqual(self.values(), before, fault)
            self.assertEqual(self.alarms(self.client), {}, fault)

    def test_nothing_but_garbage(self):
        gone = time.monotonic()
        lines = len(self.daemon.lines())
        self.sim.command('garble -1')
        self.wait_value(self.client, 'upsOutputSource.0', OTHER, MAXAGE + MARGIN)
        self.wait_alarm(self.client, COMMUNICATIONS_LOST_ALARM)
        self.assertLess(time.monotonic() - gone, 5 + MARGIN)
        self.assertIsNone(self.value('upsBatteryVoltage.0'))
        self.assertLessEqual(len(self.daemon.lines()) - lines, 2)
        back = time.monotonic()
        self.sim.command('garble 0')
        self.wait_value(self.client, 'upsOutputSource.0', NORMAL)
        self.wait_alarm(self.client, COMMUNICATIONS_LOST_ALARM, present=False)
        self.assertLess(time.monotonic() - back, 5 + MARGIN)
        self.assertLessEqual(len(self.daemon.lines()) - lines, 4)

    def test_invalid_marker_removes_one_object(self):
        battery = self.value('upsBatteryVoltage.0')
        self.sim.command('register 11000 0x7fff -1')  # input voltage
        self.wait_there('upsInputVoltage.1', False)
        self.assertEqual(self.value('upsBatteryVoltage.0'), battery)
        self.assertEqual(self.value('upsOutputSource.0'), NORMAL)
        self.sim.command('register 11000 off')
        self.wait_there('upsInputVoltage.1')


class State(OneUps):
    """A state word that the guide does not define."""

    CONF = 'pollinterval = 0.2\nmaxage = 1\n'
    SECTION = ('response-timeout = 300',)

    def test_invalid_state_is_never_off(self):
        for word in ('4', '8', '0xffff'):
            self.sim.command(f'register 11024 {word} -1')
            seen = set()
            end = time.monotonic() + 2
            while time.monotonic() < end:
                seen.add(self.value('upsOutputSource.0'))
                pause(0.05)
            self.assertLessEqual(seen, {NORMAL, OTHER}, word)
            self.sim.command('register 11024 off')
            self.wait_value(self.client, 'upsOutputSource.0', NORMAL)


class Replaced(OneUps):
    """Another UPS at the same port."""

    CONF = 'pollinterval = 0.2\nmaxage = 1.5\n'

    def test_other_serial_number(self):
        self.sim.command('unplug')
        self.wait_value(self.client, 'upsOutputSource.0', OTHER)
        self.sim.command('identity esn 2102290710HGF9000099')
        self.sim.command('identity firmware V9R9C9SPC99')
        self.sim.command('plug')
        self.wait_value(self.client, 'upsOutputSource.0', NORMAL)
        line = wait_until(lambda: self.daemon.lines('2102290710HGF9000099'), 'told in the log')
        self.assertIn('another UPS than before', line[0])
        # nothing of the first one is mixed in
        self.assertIn(b'V9R9C9SPC99', self.value('upsIdentUPSSoftwareVersion.0'))

    def test_other_kind_of_device(self):
        self.sim.command('unplug')
        self.wait_value(self.client, 'upsOutputSource.0', OTHER)
        self.sim.command('identity model TOASTER3000')
        self.sim.command('plug')
        requests = self.sim.requests()
        wait_until(lambda: self.sim.requests() > requests + 1, 'it is asked who it is')
        end = time.monotonic() + 2
        while time.monotonic() < end:
            self.assertEqual(self.value('upsOutputSource.0'), OTHER)
            self.assertIsNone(self.value('upsBatteryVoltage.0'))
            pause(0.1)
        self.sim.command('identity model UPS2000G')
        self.wait_value(self.client, 'upsOutputSource.0', NORMAL)


if __name__ == '__main__':
    tap.main()
