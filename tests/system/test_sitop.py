#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""siemens-sitop: a UPS that says its state unasked, simulated and, where the time of a single byte
matters, played by the test itself."""

import os
import pty
import statistics
import sys
import threading
import time
import tty

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import snmp  # noqa: E402
import nut_rows  # noqa: E402
import tap  # noqa: E402
from harness import (BATTERY, BATTERY_DEPLETED, BATTERY_LOW, BATTERY_NORMAL, Case,  # noqa: E402
                     COMMUNICATIONS_LOST_ALARM, Daemon, Face, INPUT_BAD_ALARM,
                     LOW_BATTERY_ALARM, Master, NORMAL, ON_BATTERY_ALARM, OTHER, SLOW, Sim,
                     UPSMIBD, VENDOR_ALARMS, WELL_KNOWN, oid, pause, section, wait_until)

NOT_READY_ALARM = VENDOR_ALARMS + '301'
DEFECTIVE_ALARM = VENDOR_ALARMS + '302'
BATTERY_BAD_ALARM = WELL_KNOWN + '1'
NO_LOSS = 'lose=0'
LETTERS = r'\x0A \x0A {0} \x0A \x0A'


class Sitop(Case):
    def start_sim(self, *options, **how):
        self.sim = Sim(self.lab, *options, protocol='siemens-sitop', **how)

    def section(self, *options, **how):
        return section('ups0', self.sim, *options, driver='siemens-sitop', **how)

    def start(self, *options, conf=(), **how):
        self.start_sim(*options, **how)
        self.master = Master(self.lab)
        self.client = self.master.client
        self.daemon = Daemon(self.lab, self.section(*conf), '--agentx', self.master.agentx)
        self.wait_value(self.client, 'upsOutputSource.0', NORMAL)

    def get(self, key):
        return self.sim.command('get ' + key)

    def run_it(self, *arguments, conf=()):
        path = self.lab.write('upsmibd.conf', self.section(*conf))
        return self.lab.run(UPSMIBD, arguments[0], '-c', path, 'ups0', *arguments[1:],
                            timeout=100 * SLOW)


class Programs(Sitop):
    """--probe and --run, without a daemon."""

    def test_probe(self):
        for tcp in (False, True):
            self.start_sim(tcp=tcp)
            done = self.run_it('--probe', conf=('model = "6EP1933-2EC41"',))
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(done.stdout.splitlines(),
                             ['battery.charge.approx: >85', 'device.mfr: Siemens',
                              'device.model: 6EP1933-2EC41', 'device.type: ups',
                              'input.phases: 0', 'output.phases: 0', 'ups.mfr: Siemens', 'ups.model: 6EP1933-2EC41', 'ups.status: OL'])
            self.assertEqual(self.sim.command('log'), '', 'nothing is sent')

    def test_probe_with_every_line_end(self):
        for end in ('crlf', 'lf', 'cr', 'none'):
            for more in ((), ('shuffled=yes',), ('single=yes',)):
                self.start_sim(f'line-end={end}', *more)
                done = self.run_it('--probe')
                self.assertEqual(done.returncode, 0, (end, more, done.stderr))
                self.assertIn('ups.status: OL\n', done.stdout, (end, more))

    def test_probe_of_a_silent_port(self):
        self.start_sim()
        self.sim.command('mute on')
        done = self.run_it('--probe')
        self.assertEqual(done.returncode, 1)
        self.assertIn('no status words in 5 s', done.stderr)

    def test_run(self):
        for command, letter, after in (('shutdown.return', 'R', 'off'),
                                       ('shutdown.stayoff', 'S', 'stays')):
            for mains in ('on', 'off'):
                self.start_sim(NO_LOSS, 'profile=battery')
                self.sim.command('mains ' + mains)
                done = self.run_it('--run', command)
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertEqual(self.sim.command('log'), LETTERS.format(letter))
                wait_until(lambda: self.get('output') == '0', 'the output is off')
                if mains == 'off' or command == 'shutdown.stayoff':
                    pause(6)
                    self.assertEqual(self.get('output'), '0')
                    self.sim.command('mains off')
                    pause(1.5)
                    self.sim.command('mains on')
                wait_until(lambda: self.get('output') == '1', f'{command} {mains}: on again')

    def test_run_of_a_ups_that_loses_letters(self):
        self.start_sim('lose=1')
        done = self.run_it('--run', 'shutdown.return')
        self.assertEqual(done.returncode, 1)
        self.assertIn('sent 5 times, but the UPS goes on', done.stderr)
        self.assertEqual(self.sim.command('log').count('R'), 10)
        self.assertEqual(self.get('output'), '1')

    def test_run_of_what_it_lacks(self):
        self.start_sim()
        for command in ('test.battery.start.quick', 'load.off', 'beeper.mute'):
            done = self.run_it('--run', command)
            self.assertEqual(done.returncode, 1, command)
        self.assertEqual(self.sim.command('log'), '')


# keys of the simulator, commands, what it must say before it is looked at (it checks its storage every 20 s)
NUT_CASES = {
    'sitop on line': ((), (), 'BUFRD BA>85 DC_OK *****'),
    'sitop buffering': (('profile=battery',), ('mains off',), 'BUFRD BA>85 DC_LO *BAT*'),
    'sitop nearly empty': (('profile=battery',), ('mains off', 'battery 5'), 'ALARM BA<85 DC_LO *BAT*'),
    'sitop charging': (('profile=battery',), ('battery 50',), 'BUFRD BA<85 DC_OK *****'),
    'sitop without storage': ((), ('fault no-battery on',), 'ALARM BA>85 DC_OK *****'),
    'sitop switched off, input low': (('operating=no',), ('mains off',), 'ALARM BA>85 DC_LO *****'),
}


class Nut(Sitop):
    """NUT's driver beside ours; docs/protocols/qx-nut.md has the differences."""

    def test_same_values(self):
        for case, (keys, commands, words) in NUT_CASES.items():
            with self.subTest(case):
                self.start_sim(*keys, speed='10' if 'ALARM BA>85' in words else '1')
                for command in commands:
                    self.sim.command(command)
                wait_until(lambda words=words: self.get('words') == words, words)
                nut = nut_rows.nut_values(self.lab, 'nutdrv_siemens-sitop', self.sim.port(), loops='3')
                done = self.run_it('--probe')
                self.assertEqual(done.returncode, 0, done.stderr)
                nut_rows.check(self, case, nut, dict(line.split(': ', 1) for line in done.stdout.splitlines()))

    def test_every_case_of_the_page(self):
        known = {f'{nut_rows.EVERYWHERE} sitop', *NUT_CASES}
        self.assertEqual({case for case in nut_rows.rows() if 'sitop' in case} - known, set())


class Watching(Sitop):
    def test_mains_failure_to_the_empty_storage(self):
        self.start('profile=battery')
        self.assertEqual(self.client.value(oid('upsBatteryStatus.0')), BATTERY_NORMAL)
        for name in ('upsEstimatedChargeRemaining.0', 'upsBatteryVoltage.0',
                     'upsConfigAudibleStatus.0'):
            self.assertIsNone(self.client.value(oid(name)), name)
        for name in ('upsInputNumLines.0', 'upsOutputNumLines.0', 'upsBypassNumLines.0'):
            self.assertEqual(self.client.value(oid(name)), 0, name)
        self.sim.command('mains off')
        self.wait_value(self.client, 'upsOutputSource.0', BATTERY)
        self.wait_alarm(self.client, ON_BATTERY_ALARM)
        self.wait_alarm(self.client, INPUT_BAD_ALARM)
        self.assertEqual(self.client.value(oid('upsInputLineBads.0')), 1)
        self.sim.command('battery 5')
        self.wait_value(self.client, 'upsBatteryStatus.0', BATTERY_LOW)
        self.wait_alarm(self.client, LOW_BATTERY_ALARM)
        self.sim.command('mains on')
        self.wait_value(self.client, 'upsOutputSource.0', NORMAL)
        for alarm in (ON_BATTERY_ALARM, INPUT_BAD_ALARM, LOW_BATTERY_ALARM):
            self.wait_alarm(self.client, alarm, present=False)

    def test_a_storage_that_is_missing(self):
        self.start(speed='10')
        self.sim.command('fault no-battery on')
        self.wait_value(self.client, 'upsBatteryStatus.0', BATTERY_DEPLETED)
        self.wait_alarm(self.client, NOT_READY_ALARM)
        self.wait_alarm(self.client, BATTERY_BAD_ALARM)

    def test_a_defective_storage(self):
        """It blinks: one alarm, and nothing else ever."""
        self.start('defective=yes')
        bad = self.wait_alarm(self.client, DEFECTIVE_ALARM)
        end = time.monotonic() + 6
        while time.monotonic() < end:
            ids = self.alarm_ids(self.client)
            self.assertEqual(set(ids), {DEFECTIVE_ALARM, BATTERY_BAD_ALARM})
            self.assertEqual(ids[DEFECTIVE_ALARM], bad)
            pause(0.1)

    def test_unplugged_and_back(self):
        self.start(conf=('maxage = 3',))
        self.sim.command('unplug')
        self.wait_value(self.client, 'upsOutputSource.0', OTHER)
        self.wait_alarm(self.client, COMMUNICATIONS_LOST_ALARM)
        self.sim.command('plug')
        self.wait_value(self.client, 'upsOutputSource.0', NORMAL, within=2 * SLOW)
        self.wait_alarm(self.client, COMMUNICATIONS_LOST_ALARM, present=False)

    def test_silence_and_back(self):
        self.start(conf=('maxage = 3',))
        self.sim.command('mute on')
        self.wait_value(self.client, 'upsOutputSource.0', OTHER)
        wait_until(lambda: self.daemon.lines('no status word'), 'a line in the log')
        self.sim.command('mute off')
        self.wait_value(self.client, 'upsOutputSource.0', NORMAL)
        self.assertEqual(self.sim.command('log'), '', 'nothing is sent')

    def test_idle(self):
        """Thirteen bursts a second cost little."""
        self.start()
        def cpu():
            with open(f'/proc/{self.daemon.pid}/stat', encoding='ascii') as f:
                fields = f.read().rpartition(')')[2].split()
            return sum(int(n) for n in fields[11:13]) / os.sysconf('SC_CLK_TCK')
        before = cpu()
        pause(3)
        used = cpu() - before
        print(f'# CPU while nothing happens: {used / 3 * 1000:.1f} ms/s')
        self.assertLess(used, 0.3 * SLOW)


class Shutdown(Sitop):
    def test_by_snmp(self):
        """3 s more than the UPS counts: the agent waits, then the UPS."""
        self.start_sim(NO_LOSS)
        face = Face(self.lab, 'allow = shutdown\n' + self.section())
        self.client = face.client
        self.wait_value(self.client, 'upsOutputSource.0', NORMAL)
        begun = time.monotonic()
        self.client.set((oid('upsShutdownAfterDelay.0'), snmp.INTEGER, 8))
        self.assertIn(self.client.value(oid('upsShutdownAfterDelay.0')), (7, 8))
        wait_until(lambda: self.get('output') == '0', 'the output is off')
        self.assertGreater(time.monotonic() - begun, 7.5)
        self.assertEqual(self.sim.command('log'), LETTERS.format('R'))
        wait_until(lambda: self.get('output') == '1', 'the output is on again')
        self.wait_value(self.client, 'upsOutputSource.0', NORMAL, within=30 * SLOW)


class Stream(threading.Thread):
    """A SITOP on a pty: what it says, and when the last byte of a change was said."""

    def __init__(self):
        super().__init__(daemon=True)
        self.master, slave = pty.openpty()
        tty.setraw(self.master)
        self.path = os.ttyname(slave)
        self.slave = slave
        self.words = 'BUFRD BA>85 DC_OK *****'
        self.told = self.words
        self.told_at = 0
        self.ended = threading.Event()
        self.start()

    def run(self):
        while not self.ended.wait(0.046):
            words = self.words
            for word in words.split():
                for byte in (word + '\r\n').encode():
                    os.write(self.master, bytes([byte]))
                    self.ended.wait(0.001)
            if words != self.told:
                self.told_at = time.monotonic()
                self.told = words

    def end(self):
        self.ended.set()
        self.join()
        os.close(self.master)
        os.close(self.slave)


class Latency(Sitop):
    def test_last_byte_to_snmp_value(self):
        """100 ms are asked for; here it is only made sure that nothing waits for a poll."""
        stream = Stream()
        self.addCleanup(stream.end)
        self.master = Master(self.lab)
        self.client = self.master.client
        self.daemon = Daemon(self.lab, 'pollinterval = 5\nmaxage = 15\n' +
                             section('ups0', None, driver='siemens-sitop', port=stream.path),
                             '--agentx', self.master.agentx)
        self.wait_value(self.client, 'upsOutputSource.0', NORMAL)
        times = []
        for i in range(20):
            battery = i % 2 == 0
            stream.words = f'BUFRD BA>85 {"DC_LO *BAT*" if battery else "DC_OK *****"}'
            source = BATTERY if battery else NORMAL
            while self.client.value(oid('upsOutputSource.0')) != source:
                pause(0.002)
            seen = time.monotonic()
            wait_until(lambda: stream.told == stream.words, 'the burst is over')
            times.append(max(0, seen - stream.told_at))
        print(f'# last byte to SNMP value: median {statistics.median(times) * 1000:.1f} ms, '
              f'most {max(times) * 1000:.1f} ms')
        self.assertLess(statistics.median(times), 0.5 * SLOW)
        self.assertLess(max(times), 3 * SLOW)


if __name__ == '__main__':
    tap.main()
