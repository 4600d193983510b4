#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""What managers see of mains failures, low batteries, overloads, bypass and tests."""

import os
import socket
import struct
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import tap  # noqa: E402
from harness import (BATTERY, BATTERY_DEPLETED, BATTERY_LOW, BATTERY_NORMAL, BYPASS,  # noqa: E402
                     INPUT_BAD_ALARM, LOW_BATTERY_ALARM, NORMAL, NO_TESTS, ON_BATTERY_ALARM,
                     ON_BYPASS_ALARM, OVERLOAD_ALARM, OneUps, PASSED, RUNNING, SLOW, TEST_ALARM,
                     UPTIME, VENDOR_ALARMS, WELL_KNOWN, oid, pause, wait_until)

# status polls every 0.2 s
SOON = 1.0 * SLOW
BATTERY_BAD_ALARM = WELL_KNOWN + '1'
CHARGER_ALARM = WELL_KNOWN + '13'


class Mains(OneUps):
    CONF = 'pollinterval = 0.2\npollfreq = 1\n'
    # the return to mains takes the UPS 2 s: less at this speed
    SPEED = '4'

    def mains_fail(self):
        self.sim.command('mains off')
        self.wait_value(self.client, 'upsOutputSource.0', BATTERY, SOON)

    def come_back(self):
        self.sim.command('mains on')
        self.wait_value(self.client, 'upsOutputSource.0', NORMAL)

    def test_mains_failure_and_return(self):
        self.assertEqual(self.alarms(self.client), {})
        self.assertEqual(self.value('upsSecondsOnBattery.0'), 0)
        self.assertEqual(self.value('upsInputLineBads.0'), 0)
        before = self.client.value(UPTIME)
        self.mains_fail()
        self.wait_alarm(self.client, INPUT_BAD_ALARM, within=SOON)
        alarms = self.alarms(self.client)
        after = self.client.value(UPTIME)
        times = {descr: when for descr, when in alarms.values()}
        self.assertIn(ON_BATTERY_ALARM, times)
        self.assertIn(INPUT_BAD_ALARM, times)
        for descr, when in times.items():
            self.assertTrue(before - 5 <= when <= after, f'{descr}: {before} {when} {after}')
        self.assertEqual(self.value('upsInputLineBads.0'), 1)
        self.assertEqual(self.value('upsBatteryStatus.0'), BATTERY_NORMAL)
        self.come_back()
        self.wait_alarm(self.client, ON_BATTERY_ALARM, present=False)
        self.wait_alarm(self.client, INPUT_BAD_ALARM, present=False)
        self.assertEqual(self.value('upsSecondsOnBattery.0'), 0)
        self.assertEqual(self.value('upsInputLineBads.0'), 1)

    def test_input_line_bads_counts_failures(self):
        for number in (1, 2, 3):
            self.mains_fail()
            self.wait_value(self.client, 'upsInputLineBads.0', number, SOON)
            pause(0.5)
            self.assertEqual(self.value('upsInputLineBads.0'), number, 'once a failure')
            self.come_back()
            self.wait_alarm(self.client, INPUT_BAD_ALARM, present=False)

    def test_seconds_on_battery_grow(self):
        start = time.monotonic()
        self.mains_fail()
        seen = []
        while len(seen) < 4:
            now = self.value('upsSecondsOnBattery.0')
            self.assertLessEqual(now, time.monotonic() - start + 0.1)
            self.assertGreater(now, time.monotonic() - start - 2 - SOON)
            if now not in seen:
                seen.append(now)
            pause(0.05)
        self.assertEqual(seen, sorted(seen))

    def test_alarm_rows_keep_their_ids(self):
        self.mains_fail()
        self.wait_alarm(self.client, WELL_KNOWN + '10')  # the bypass, in a full poll
        first = self.alarm_ids(self.client)
        times = self.alarms(self.client)
        self.sim.command('load 107')  # more alarms come ...
        self.wait_alarm(self.client, OVERLOAD_ALARM)
        self.sim.command('load 30')  # ... and go
        self.wait_alarm(self.client, OVERLOAD_ALARM, present=False)
        self.assertEqual(self.alarm_ids(self.client), first)
        self.assertEqual(self.alarms(self.client), times)
        self.come_back()
        self.wait_alarm(self.client, ON_BATTERY_ALARM, present=False)
        self.wait_alarm(self.client, WELL_KNOWN + '10', present=False)
        self.mains_fail()
        self.wait_alarm(self.client, INPUT_BAD_ALARM)
        again = self.alarm_ids(self.client)
        self.assertGreater(min(again.values()), max(first.values()), 'ids are not used again')

    def test_alarm_count_is_always_the_number_of_rows(self):
        """Under fire: alarms come and go while the table is read in one request."""
        names = [oid('upsAlarmsPresent.0')]
        for turn in range(40):
            if turn % 4 == 0:
                self.sim.command('mains off' if turn % 8 == 0 else 'mains on')
            got = self.client.bulk(oid('upsAlarmsPresent'), repetitions=40)
            rows = [v for v in got if v.name.startswith(oid('upsAlarmEntry') + '.2.')]
            # one walk takes one GetNext a repetition: only a quiet table can be compared
            if self.client.get(*names)[0].value == got[0].value:
                later = self.alarms(self.client)
                if len(later) == got[0].value:
                    self.assertEqual(len(rows), got[0].value)
            pause(0.1)

    def test_line_values_follow_the_mains(self):
        self.assertEqual(self.value('upsInputVoltage.1'), 216)
        self.sim.command('mains 203 49')
        self.wait_value(self.client, 'upsInputVoltage.1', 203)
        self.wait_value(self.client, 'upsInputFrequency.1', 490)
        self.assertEqual(self.value('upsOutputSource.0'), NORMAL)


class Battery(OneUps):
    SPEED = '4'
    CONF = 'pollinterval = 0.2\npollfreq = 1\n'

    def test_low_battery(self):
        self.sim.command('mains off')
        self.wait_value(self.client, 'upsOutputSource.0', BATTERY, SOON)
        self.sim.command('battery 7')
        self.wait_value(self.client, 'upsBatteryStatus.0', BATTERY_LOW)
        self.wait_alarm(self.client, LOW_BATTERY_ALARM)
        self.wait_value(self.client, 'upsEstimatedChargeRemaining.0', 7)
        self.assertGreaterEqual(self.value('upsEstimatedMinutesRemaining.0'), 1)
        self.assertEqual(self.value('upsOutputSource.0'), BATTERY)
        self.sim.command('mains on')
        self.sim.command('battery 60')
        self.wait_value(self.client, 'upsBatteryStatus.0', BATTERY_NORMAL)
        self.wait_alarm(self.client, LOW_BATTERY_ALARM, present=False)

    def test_battery_pulled(self):
        self.sim.command('fault no-battery on')
        wait_until(lambda: [d for d in self.alarm_ids(self.client) if d.startswith(VENDOR_ALARMS)],
                   "the maker's own alarm")
        self.assertEqual(self.value('upsOutputSource.0'), NORMAL)
        # it could not carry the load
        self.wait_value(self.client, 'upsBatteryStatus.0', BATTERY_DEPLETED)
        self.wait_alarm(self.client, BATTERY_BAD_ALARM)
        self.sim.command('fault no-battery off')
        wait_until(lambda: not self.alarm_ids(self.client), 'the alarm is gone')
        self.wait_value(self.client, 'upsBatteryStatus.0', BATTERY_NORMAL)

    def test_worn_battery(self):
        self.sim.command('fault 29/1 on')  # battery maintenance notice
        self.wait_alarm(self.client, BATTERY_BAD_ALARM)
        self.sim.command('fault 29/1 off')
        self.wait_alarm(self.client, BATTERY_BAD_ALARM, present=False)

    def test_charger_fault(self):
        self.sim.command('fault charger on')
        self.wait_alarm(self.client, CHARGER_ALARM)
        self.sim.command('fault charger off')
        self.wait_alarm(self.client, CHARGER_ALARM, present=False)

    def test_discharge_is_seen(self):
        full = self.value('upsEstimatedMinutesRemaining.0')
        self.assertEqual(self.value('upsEstimatedChargeRemaining.0'), 100)
        self.sim.command('battery 40')
        self.sim.command('load 80')
        # it charges meanwhile
        wait_until(lambda: self.value('upsEstimatedChargeRemaining.0') in (40, 41), 'charge')
        wait_until(lambda: self.value('upsEstimatedMinutesRemaining.0') < full / 2, 'run time')


class Load(OneUps):
    CONF = 'pollinterval = 0.2\npollfreq = 1\n'

    def test_overload(self):
        self.sim.command('load 107')
        self.wait_alarm(self.client, OVERLOAD_ALARM)
        self.wait_value(self.client, 'upsOutputPercentLoad.1', 107)
        self.sim.command('load 50')
        self.wait_alarm(self.client, OVERLOAD_ALARM, present=False)
        self.wait_value(self.client, 'upsOutputPercentLoad.1', 50)

    def test_fault_puts_the_load_on_bypass(self):
        self.sim.command('fault inverter on')
        self.wait_value(self.client, 'upsOutputSource.0', BYPASS)
        self.wait_alarm(self.client, ON_BYPASS_ALARM)
        self.assertNotIn(ON_BATTERY_ALARM, self.alarm_ids(self.client))

    def test_eco_mode_is_normal(self):
        self.sim.command('eco on')
        self.sim.command('powercycle')
        wait_until(lambda: self.sim.command('get mode') == 'eco', 'the simulator is in ECO mode')
        pause(1)
        self.assertEqual(self.value('upsOutputSource.0'), NORMAL)
        self.assertNotIn(ON_BYPASS_ALARM, self.alarm_ids(self.client))


class Test(OneUps):
    """A battery test that somebody starts at the UPS: by a second Modbus master, here."""

    TCP = True
    CONF = 'pollinterval = 0.2\npollfreq = 1\n'
    STARTED_AT_UPS = '1.3.6.1.4.1.8072.9999.9999.1628'

    def write(self, register, value):
        frame = struct.pack('>HHHBBHH', 1, 0, 6, 1, 6, register, value)
        with socket.create_connection(('127.0.0.1', self.sim.tcp_port), timeout=5) as s:
            s.sendall(frame)
            self.assertEqual(s.recv(100)[6:], frame[6:])

    def test_battery_test(self):
        self.assertEqual(self.value('upsTestResultsSummary.0'), NO_TESTS)
        self.assertEqual(self.value('upsTestId.0'), oid('upsTestNoTestsInitiated'))
        before = self.client.value(UPTIME)
        begin = time.monotonic()
        self.write(12028, 1)
        self.wait_value(self.client, 'upsTestResultsSummary.0', RUNNING)
        self.wait_alarm(self.client, TEST_ALARM)
        self.assertEqual(self.value('upsOutputSource.0'), NORMAL)
        self.assertNotIn(ON_BATTERY_ALARM, self.alarm_ids(self.client))
        self.assertTrue(self.value('upsTestId.0').startswith(self.STARTED_AT_UPS))
        started = self.value('upsTestStartTime.0')
        self.assertTrue(before <= started <= self.client.value(UPTIME))
        self.wait_value(self.client, 'upsTestResultsSummary.0', PASSED)
        self.wait_alarm(self.client, TEST_ALARM, present=False)
        # the simulated UPS tests for 10 s
        most = (time.monotonic() - begin) * 100
        self.assertTrue(900 <= self.value('upsTestElapsedTime.0') <= most,
                        self.value('upsTestElapsedTime.0'))
        self.assertEqual(self.value('upsTestStartTime.0'), started)


if __name__ == '__main__':
    tap.main()
