#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Against NUT: its snmp-ups reads our agent, its huawei-ups2000 reads our simulator.

Both must see what upsmibd sees.  Skipped where Debian's nut-snmp or nut-modbus is not installed.
"""

import os
import socket
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import tap  # noqa: E402
from harness import (BATTERY, CREATE_USER, Case, Daemon, Face, Master, NONE, NORMAL,  # noqa: E402
                     Process, Sim, find_program, free_port, has_standalone, nut_driver, oid, probe,
                     section, wait_until)

# NUT names that snmp-ups makes of UPS-MIB, and what one step of the object is in NUT's unit:
# the values agree when they differ by less than that
FIGURES = {
    'battery.charge': 1, 'battery.runtime': 60, 'battery.voltage': 0.1, 'battery.current': 0.1,
    'battery.temperature': 1, 'battery.runtime.low': 60,
    'input.voltage': 1, 'input.frequency': 0.1, 'input.current': 0.1, 'input.realpower': 1,
    'output.voltage': 1, 'output.frequency': 0.1, 'output.current': 0.1, 'output.realpower': 1,
    'ups.load': 1, 'input.bypass.voltage': 1, 'input.bypass.frequency': 0.1,
    'input.voltage.nominal': 1, 'input.frequency.nominal': 0.1, 'output.voltage.nominal': 1,
    'output.frequency.nominal': 0.1, 'output.power.nominal': 1, 'output.realpower.nominal': 1,
    'input.transfer.low': 1, 'input.transfer.high': 1,
    'input.phases': 0, 'output.phases': 0, 'input.bypass.phases': 0,
}
# three phases
for _line in 'L1', 'L2', 'L3':
    FIGURES.update({
        f'input.{_line}-N.voltage': 1, f'output.{_line}-N.voltage': 1,
        f'output.{_line}.current': 0.1, f'output.{_line}.realpower': 1,
        f'output.{_line}.power.percent': 1, f'input.bypass.{_line}-N.voltage': 1,
        f'input.{_line}.frequency': 0.1})
TEXTS = ('ups.mfr', 'ups.model')
# NUT's name of the same figure, where snmp-ups and upsmibd differ
OURS = {'output.power.nominal': 'ups.power.nominal',
        'output.realpower.nominal': 'ups.realpower.nominal'}
# the agent's own threshold, which NUT reads off upsConfigLowBattTime and the UPS knows nothing of
AGENTS_OWN = {'battery.runtime.low': '0'}
STATUS_WORDS = {'OL', 'OB', 'LB', 'BYPASS', 'OFF'}


def dump(lab, driver, *options, loops=1):
    """What a NUT driver shows after so many polls, as {name: value}."""
    program = nut_driver(driver)
    if not program:
        raise unittest.SkipTest(f"NUT's {driver} is not installed")
    user = ['-u', 'root'] if os.geteuid() == 0 else []
    done = lab.run(program, *user, '-s', 'test', *options, '-d', str(loops),
                   env={'NUT_STATEPATH': lab.dir, 'NUT_ALTPIDPATH': lab.dir, 'NUT_CONFPATH': lab.dir})
    if done.returncode != 0:
        raise AssertionError(f'{driver}: {done.stdout}{done.stderr}')
    return dict(line.split(': ', 1) for line in done.stdout.splitlines() if ': ' in line)


class Comparing(Case):
    def compare(self, nut, ours, least):
        """Every figure that NUT shows is ours too, and has our value."""
        compared = 0
        for name, step in FIGURES.items():
            if name not in nut or (name not in ours and AGENTS_OWN.get(name) == nut[name]):
                continue
            own = OURS.get(name, name)
            if 'bypass' in name and own not in ours:
                # snmp-ups shows row 1 of the bypass by both its names
                own = (name.replace('.L1-N', '') if '.L1-N' in name
                       else name.replace('bypass', 'bypass.L1-N'))
            self.assertIn(own, ours, f'NUT has {name} = {nut[name]}')
            self.assertAlmostEqual(float(nut[name]), float(ours[own]), delta=step * 1.01 + 1e-9,
                                   msg=name)
            compared += 1
        self.assertGreaterEqual(compared, least, nut)


class SnmpUps(Comparing):
    """NUT as a manager of our agent."""

    def read(self, port, version='v2c', *options):
        return dump(self.lab, 'snmp-ups', '-x', f'port=127.0.0.1:{port}', '-x', 'mibs=ietf', '-x',
                    'community=public', '-x', f'snmp_version={version}', *options)

    def lab_of(self, standalone, **sim):
        self.sim = Sim(self.lab, *sim.pop('options', ()), **sim)
        conf = 'pollinterval = 0.3\npollfreq = 1\n' + section('ups0', self.sim)
        ours = probe(self.lab, self.lab.write('probe.conf', conf), 'ups0')
        if standalone:
            self.lab.write('standalone.conf', CREATE_USER + 'rocommunity public 127.0.0.1\n')
            port = free_port()
            Daemon(self.lab, conf, '--standalone', f'udp:127.0.0.1:{port}')
            client = self.lab.client(port, timeout=0.2, retries=100)
        else:
            master = Master(self.lab)
            port, client = master.port, master.client
            Daemon(self.lab, conf, '--agentx', master.agentx)
        self.client = client
        self.wait_value(client, 'upsOutputSource.0', NORMAL)
        wait_until(lambda: client.value(oid('upsBatteryVoltage.0')) is not None, 'values')
        return port, ours

    def check(self, port, ours, least):
        for version in ('v1', 'v2c'):
            nut = self.read(port, version)
            self.compare(nut, ours, least)
            for name in TEXTS:
                self.assertEqual(nut[name], ours[name])
            self.assertEqual(set(nut['ups.status'].split()) & STATUS_WORDS,
                             set(ours['ups.status'].split()) & STATUS_WORDS)

    def test_agentx(self):
        self.check(*self.lab_of(False), 10)

    def test_standalone(self):
        if not has_standalone():
            self.skipTest('built without the standalone agent')
        self.check(*self.lab_of(True), 10)

    def test_three_phases(self):
        self.check(*self.lab_of(False, large=True, tcp=True,
                                options=('phases-in=3', 'phases-out=3')), 14)

    def test_finds_the_mib_by_itself(self):
        """mibs=auto: the standalone agent's sysObjectID is UPS-MIB's."""
        if not has_standalone():
            self.skipTest('built without the standalone agent')
        port, ours = self.lab_of(True)
        nut = dump(self.lab, 'snmp-ups', '-x', f'port=127.0.0.1:{port}', '-x', 'community=public')
        self.assertEqual(nut['driver.version.data'].split()[0], 'ietf', nut)
        self.assertEqual(nut['ups.model'], ours['ups.model'])

    def test_on_battery_and_low(self):
        port, _ = self.lab_of(False)
        self.sim.command('mains off')
        self.wait_value(self.client, 'upsOutputSource.0', BATTERY)
        self.assertIn('OB', self.read(port)['ups.status'].split())
        self.sim.command('battery 6')
        self.wait_value(self.client, 'upsBatteryStatus.0', 3)
        status = self.read(port)['ups.status'].split()
        self.assertIn('OB', status)
        self.assertIn('LB', status)


class Upscmd(Case):
    """NUT's upsd in front of snmp-ups: its instant commands, as its users give them."""

    def start(self, *options):
        # Debian's /sbin/upsd is a script that obeys the host's nut.conf
        programs = {'upsd': nut_driver('upsd'), 'upscmd': find_program('upscmd')}
        driver = nut_driver('snmp-ups')
        if not all(programs.values()) or not driver:
            raise unittest.SkipTest("NUT's snmp-ups, upsd or upscmd is not installed")
        self.sim = Sim(self.lab)
        self.face = Face(self.lab, 'pollinterval = 0.2\npollfreq = 1\nallow = all\n'
                         + section('ups0', self.sim, *options))
        wait_until(lambda: self.face.value('upsBatteryVoltage.0') is not None, 'values')
        self.port = free_port(socket.SOCK_STREAM)
        os.mkdir(self.lab.path('nut'), 0o700)
        for name, text in (('ups.conf', f'[accept]\ndriver = snmp-ups\nport = 127.0.0.1:{self.face.port}\n'
                            'mibs = ietf\ncommunity = private\nsnmp_version = v2c\n'),
                           ('upsd.conf', f'LISTEN 127.0.0.1 {self.port}\n'),
                           ('upsd.users', '[admin]\npassword = secret\ninstcmds = ALL\nactions = SET\n')):
            self.lab.write('nut/' + name, text)
        folder = self.lab.path('nut')
        self.env = {'NUT_STATEPATH': folder, 'NUT_ALTPIDPATH': folder, 'NUT_CONFPATH': folder}
        user = ['-u', 'root'] if os.geteuid() == 0 else []
        self.driver = Process(self.lab, 'snmp-ups', [driver, *user, '-F', '-a', 'accept'], self.env)
        wait_until(lambda: os.path.exists(os.path.join(folder, 'snmp-ups-accept')),
                   "the driver's socket")
        Process(self.lab, 'upsd', [programs['upsd'], *user, '-F'], self.env)
        wait_until(lambda: self.ups('upscmd', '-l').returncode == 0, 'upsd serves the driver')
        self.sim.writes()

    def ups(self, program, *arguments):
        target = f'accept@127.0.0.1:{self.port}'
        options, names = arguments[:-1], arguments[-1:]
        if names == ('-l',):
            return self.lab.run(program, '-l', target, env=self.env)
        return self.lab.run(program, '-u', 'admin', '-p', 'secret', '-w', *options, target, *names,
                            env=self.env)

    def done(self, command):
        done = self.ups('upscmd', command)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_beeper(self):
        self.start()
        self.done('beeper.disable')
        wait_until(lambda: self.sim.command('get buzzer-off') == '1', 'the beeper is off')
        self.done('beeper.enable')
        wait_until(lambda: self.sim.command('get buzzer-off') == '0', 'the beeper is on')

    def test_load(self):
        self.start()
        self.done('load.off')
        wait_until(lambda: self.sim.command('get mode') == 'off', 'the output is off')
        self.wait_value(self.face.client, 'upsOutputSource.0', NONE)
        self.done('load.on')
        wait_until(lambda: self.sim.command('get mode') == 'online', 'the output is on')

    def test_battery_test_is_of_the_wrong_type(self):
        self.start()
        self.ups('upscmd', 'test.battery.start.quick')
        wait_until(lambda: self.face.daemon.lines('SET upsTestId = 0: wrongType'), 'the refusal')
        self.assertEqual(self.sim.writes(), [])

    def test_battery_test_with_nut_compat(self):
        self.start('nut-compat = yes')
        self.done('test.battery.start.quick')
        wait_until(lambda: self.sim.command('get test') == 'short', 'the test runs')


class Huawei(Comparing):
    """NUT's huawei-ups2000 and upsmibd on the same simulated UPS, one after the other."""

    STEPS = {'battery.runtime': 60}
    # what NUT's driver shows of the same registers
    NAMES = ('battery.charge', 'battery.voltage', 'input.voltage', 'input.frequency',
             'input.bypass.voltage', 'input.bypass.frequency', 'output.voltage',
             'output.frequency', 'output.current', 'output.realpower', 'output.power', 'ups.load',
             'battery.runtime', 'battery.voltage.nominal', 'ups.temperature', 'ups.power.nominal')

    def both(self, *commands):
        sim = Sim(self.lab, 'model=UPS2000A', speed='0')
        for command in commands:
            sim.command(command)
        nut = dump(self.lab, 'huawei-ups2000', '-x', f'port={sim.link}')
        self.assertEqual(sim.command('get malformed'), '0')
        conf = self.lab.write('probe.conf', section('ups0', sim))
        return nut, probe(self.lab, conf, 'ups0')

    def check(self, nut, ours):
        compared = 0
        for name in self.NAMES:
            if name in nut:
                self.assertIn(name, ours, f'NUT has {name} = {nut[name]}')
                self.assertAlmostEqual(float(nut[name]), float(ours[name]), delta=0.051
                                       if name != 'battery.runtime' else 60, msg=name)
                compared += 1
        self.assertGreaterEqual(compared, 10, nut)
        self.assertEqual(set(nut['ups.status'].split()) & STATUS_WORDS,
                         set(ours['ups.status'].split()) & STATUS_WORDS)

    def test_on_mains(self):
        self.check(*self.both('load 42'))

    def test_on_battery(self):
        self.check(*self.both('load 60', 'mains off', 'battery 55'))

    def test_low_battery(self):
        self.check(*self.both('mains off', 'battery 6'))

    def test_on_bypass(self):
        nut, ours = self.both('fault inverter on')
        self.assertIn('BYPASS', nut['ups.status'].split())
        self.assertIn('BYPASS', ours['ups.status'].split())


if __name__ == '__main__':
    tap.main()
