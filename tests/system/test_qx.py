#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The driver qx on simulated UPSes of every dialect: --probe, --run, and NUT's nutdrv_qx beside it."""

import os
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import tap  # noqa: E402
from harness import Case, SLOW, Sim, UPSMIBD, wait_until  # noqa: E402

NUT_DRIVER = '/lib/nut/nutdrv_qx'

# dialect: what autodetection takes its simulator for
DIALECTS = {
    'megatec': 'megatec', 'megatec/old': 'megatec/old', 'mecer': 'mecer', 'mustek': 'mustek', 'q1': 'q1',
    'zinto': 'zinto', 'bestups': 'bestups', 'hunnox': 'zinto', 'masterguard': 'masterguard', 'q2': 'q2', 'q6': 'q6',
    'gtec': 'megatec', 'innovatae': 'innovatae', 'innovart31': 'innovart31', 'innovart33': 'innovart33',
    'omron': 'q1',
}
NO_TESTS = ('omron',)
NO_LOAD = ('omron', 'masterguard')
NO_BEEPER = ('bestups', 'gtec', 'innovart31', 'innovart33', 'omron')
NUT_KNOWS = ('bestups', 'hunnox', 'masterguard', 'mecer', 'megatec', 'megatec/old', 'mustek', 'q1', 'zinto')


class Qx(Case):
    def start(self, dialect, *options, named=True, conf=(), **how):
        self.dialect = dialect
        self.sim = Sim(self.lab, *options, protocol=dialect, **how)
        self.configure(dialect if named else 'auto', *conf)

    def configure(self, protocol, *conf, driver='qx'):
        lines = ['[ups0]', f'driver = {driver}', f'port = {self.sim.port()}', f'protocol = {protocol}', *conf]
        self.conf = self.lab.write('upsmibd.conf', '\n'.join(lines) + '\n')

    def probe(self):
        done = self.lab.run(UPSMIBD, '--probe', '-c', self.conf, 'ups0', timeout=30 * SLOW)
        self.assertNotRegex(done.stderr, r'Sanitizer|runtime error:')
        self.assertEqual(done.returncode, 0, done.stderr)
        self.said = done.stderr
        return dict(line.split(': ', 1) for line in done.stdout.splitlines())

    def run_it(self, *command):
        self.sim.command('log')
        done = self.lab.run(UPSMIBD, '--run', '-c', self.conf, 'ups0', *command, timeout=100 * SLOW)
        self.assertNotRegex(done.stderr, r'Sanitizer|runtime error:')
        self.sent = self.sim.command('log').split()
        return done.returncode, done.stderr

    def done(self, *command):
        status, text = self.run_it(*command)
        self.assertEqual(status, 0, text)

    def get(self, key):
        return self.sim.command('get ' + key)


def each(*skipped):
    """Makes a test case of a method for each dialect that is not skipped."""
    def mark(method):
        method.dialects = [d for d in DIALECTS if d not in skipped]
        return method
    return mark


def spread(cls):
    for name, method in list(vars(cls).items()):
        if not hasattr(method, 'dialects'):
            continue
        delattr(cls, name)
        for dialect in method.dialects:
            def case(self, method=method, dialect=dialect):
                method(self, dialect)
            setattr(cls, f'{name}_{re.sub("[^a-z0-9]", "_", dialect)}', case)
    return cls


@spread
class Probe(Qx):
    @each()
    def test_named(self, dialect):
        self.start(dialect)
        values = self.probe()
        self.assertIn(f'speaks {dialect}', self.said)
        self.assertIn('OL', values['ups.status'].split())
        for name in ('battery.voltage', 'input.frequency'):
            self.assertGreater(float(values[name]), 0, name)
        self.assertIn(values['ups.delay.shutdown'], ('30', '60'))

    @each()
    def test_auto(self, dialect):
        self.start(dialect, named=False)
        self.probe()
        self.assertIn(f'speaks {DIALECTS[dialect]}\n', self.said)

    @each()
    def test_on_battery(self, dialect):
        self.start(dialect)
        self.sim.command('mains off')
        wait_until(lambda: self.get('mode') == 'battery', 'on battery')
        words = self.probe()['ups.status'].split()
        self.assertIn('OB', words)
        self.assertNotIn('OL', words)


class Wires(Qx):
    def test_tcp(self):
        self.start('megatec', tcp=True)
        self.assertEqual(self.probe()['ups.status'], 'OL')

    def test_name_of_nut(self):
        self.start('megatec')
        self.configure('megatec', driver='nutdrv_qx')
        self.assertEqual(self.probe()['ups.status'], 'OL')

    def test_silent(self):
        self.start('megatec', named=False)
        self.sim.command('mute on')
        done = self.lab.run(UPSMIBD, '--probe', '-c', self.conf, 'ups0', timeout=30 * SLOW)
        self.assertEqual(done.returncode, 1)
        self.assertIn('no answer', done.stderr)

    def test_forbidden_from_the_first_byte(self):
        self.start('megatec', named=False, conf=('norating', 'novendor'))
        self.sim.command('log')
        self.assertNotIn('ups.model', self.probe())
        sent = [word.lstrip('!') for word in self.sim.command('log').split()]
        self.assertIn('Q1', sent)
        for request in ('F', 'I', 'FW?'):
            self.assertNotIn(request, sent)

    def test_paced_line(self):
        """At the real speed of the line, byte by byte."""
        self.start('megatec', '--paced', named=False)
        values = self.probe()
        self.assertEqual(values['ups.status'], 'OL')

    def test_presets(self):
        self.start('megatec', conf=('default.ups.mfr = Somebody', 'override.ups.model = "My UPS"',
                                    'override.battery.voltage.nominal = 12'))
        values = self.probe()
        self.assertEqual(values['ups.model'], 'My UPS')
        self.assertNotEqual(values['ups.mfr'], 'Somebody')
        self.assertEqual(values['battery.voltage.nominal'], '12.0')


@spread
class Run(Qx):
    @each(*NO_TESTS)
    def test_test_and_stop(self, dialect):
        self.start(dialect)
        self.done('test.battery.start.quick')
        self.assertIn('T', self.sent)
        self.assertNotEqual(self.get('test'), 'none')
        status, text = self.run_it('test.battery.start.deep')
        self.assertEqual(status, 1)
        self.assertIn('a test runs already', text)
        self.done('test.battery.stop')
        self.assertEqual(self.get('test'), 'none')

    @each()
    def test_shutdown_and_stop(self, dialect):
        self.start(dialect)
        self.done('shutdown.return', '120')
        if dialect == 'omron':
            self.assertIn('An', self.sent)
        self.assertIn('S02R0003' if dialect not in ('hunnox', 'omron') else 'S02', self.sent)
        self.assertNotEqual(self.get('timer-off'), '-1')
        self.assertIn('FSD', self.probe()['ups.status'])
        self.done('shutdown.stop')
        self.assertNotIn('FSD', self.probe()['ups.status'])
        self.assertEqual(self.get('output'), '1')

    @each(*NO_LOAD)
    def test_load(self, dialect):
        self.start(dialect, speed='5')
        self.done('load.off')
        self.assertIn('S00R0000', self.sent)
        self.assertEqual(self.get('output'), '0')
        self.done('load.on')
        self.assertIn('C', self.sent)
        wait_until(lambda: self.get('output') == '1', 'the output is on')

    @each(*NO_BEEPER)
    def test_beeper(self, dialect):
        self.start(dialect)
        before = self.get('beeper')
        self.done('beeper.disable')
        self.assertNotEqual(self.get('beeper'), before)
        self.done('beeper.disable')
        self.assertNotEqual(self.get('beeper'), before)
        self.done('beeper.enable')
        self.assertEqual(self.get('beeper'), before)

    @each()
    def test_not_on_battery(self, dialect):
        if dialect in NO_TESTS:
            self.skipTest('has no tests')
        self.start(dialect)
        self.sim.command('mains off')
        wait_until(lambda: self.get('mode') == 'battery', 'on battery')
        status, text = self.run_it('test.battery.start.quick')
        self.assertEqual(status, 1)
        self.assertNotIn('T', self.sent)


@spread
class Nut(Qx):
    """nutdrv_qx of the distribution on the same simulator: its values are ours."""

    def nut(self, dialect):
        directory = self.lab.fresh('nut')
        os.mkdir(directory)
        done = self.lab.run('env', f'NUT_STATEPATH={directory}', f'NUT_ALTPIDPATH={directory}', NUT_DRIVER, '-u',
                            'root', '-s', 'ups0', '-x', f'port={self.sim.port()}', '-x', f'protocol={dialect}',
                            '-d', '1', timeout=60 * SLOW)
        return dict(line.split(': ', 1) for line in done.stdout.splitlines() if re.match(r'[a-z.]+: ', line))

    @each(*(d for d in DIALECTS if d not in NUT_KNOWS))
    def test_same_values(self, dialect):
        if not os.path.exists(NUT_DRIVER) or os.geteuid() != 0:
            self.skipTest('NUT is not installed, or may not open the port')
        self.start(dialect, '--fast', speed='0')
        ours = self.probe()
        theirs = self.nut(dialect)
        if dialect == 'masterguard' and not theirs:
            self.skipTest('nutdrv_qx does not claim it')
        self.assertIn('ups.status', theirs)
        for name, value in sorted(theirs.items()):
            if name.startswith('driver.') or name in EXPLAINED.get(dialect, ()):
                continue
            self.assertIn(name, ours)
            try:
                self.assertAlmostEqual(float(ours[name]), float(value), delta=0.06, msg=name)
            except ValueError:
                self.assertEqual(ours[name], value, name)


# Where nutdrv_qx shows something else; docs/protocols/qx.md says who is right.
EXPLAINED = {
    'hunnox': ('battery.voltage.high', 'battery.voltage.low'),
}


if __name__ == '__main__':
    tap.main()
