#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The driver qx on simulated UPSes of every dialect: --probe, --run, and NUT's nutdrv_qx beside it."""

import os
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import nut_rows  # noqa: E402
import tap  # noqa: E402
from harness import Case, SLOW, Sim, UPSMIBD, wait_until  # noqa: E402

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


# states that each dialect is compared in: commands to the simulator
STATES = {
    '': (), ' on battery': ('mains off',), ' with a low battery': ('mains off', 'battery 5'),
    ' boosting': ('mains 195',), ' trimming': ('mains 262',), ' with its beeper off': ('beeper off',),
    ' failed': ('fault bad-battery on',),
}

# and single UPSes: name: dialect, keys of the simulator, our options, NUT's options (None: the same), commands
SINGLE = {
    'megatec ratings=blank': ('megatec', ('ratings=blank',)),
    'megatec ratings=none': ('megatec', ('ratings=none',)),
    'megatec vendor=blank': ('megatec', ('vendor=blank',)),
    'megatec vendor=ic': ('megatec', ('vendor=ic', 'serial=A1234567')),
    'megatec dash=temperature,load': ('megatec', ('dash=temperature,load',)),
    'megatec battery-volts=cell': ('megatec', ('battery-volts=cell',)),
    'megatec stuck=------1-': ('megatec', ('stuck=------1-',)),
    'megatec nul-flags=00000110': ('megatec', ('nul-flags=00000110',)),
    'megatec cr=no': ('megatec', ('cr=no',)),
    'megatec topology=online': ('megatec', ('topology=online',)),
    'megatec on its bypass': ('megatec', ('topology=online', 'start=bypass')),
    'megatec norating novendor': ('megatec', (), ('norating', 'novendor')),
    'megatec ignoresab': ('megatec', ('stuck=------1-',), ('ignoresab',)),
    'megatec offdelay=59 ondelay=61': ('megatec', (), ('offdelay = 59', 'ondelay = 61')),
    'megatec default nominal=12': ('megatec', (), ('default.battery.voltage.nominal = 12',)),
    'megatec override nominal=12': ('megatec', (), ('override.battery.voltage.nominal = 12',)),
    'megatec override packs=12': ('megatec', ('battery-volts=cell',), ('override.battery.packs = 12',)),
    'megatec runtimecal': ('megatec', (), ('runtimecal = 240,100,720,50',)),
    'q1 limits': ('q1', (), ('default.battery.voltage.low = 20.8', 'default.battery.voltage.high = 27.4')),
    'mecer p98=no': ('mecer', ('p98=no',)),
    'hunnox bl=no': ('hunnox', ('bl=no',)),
    'hunnox battery=50': ('hunnox', ('battery=50',)),
    'bestups nominal-v=230': ('bestups', ('nominal-v=230',)),
    'bestups model=AX1 packs=2': ('bestups', ('model=AX1', 'packs=2')),
    'bestups model=PR2 boosting': ('bestups', ('model=PR2',), (), None, ('mains 100',)),
}
SINGLE.update({f'bestups model={model}': ('bestups', (f'model={model}',))
               for model in ('PRO', '320', 'FOR', '520', 'PR2', '325', 'FTC', '525', 'AX1', '620')})


class Comparing(Qx):
    def compare(self, case, dialect, keys=(), conf=(), theirs=None, commands=()):
        self.start(dialect, '--fast', *keys, speed='0', conf=conf)
        for command in commands:
            self.sim.command(command)
        options = conf if theirs is None else theirs
        nut = nut_rows.nut_values(self.lab, 'nutdrv_qx', self.sim.port(), f'protocol={dialect}',
                                  *(option.replace(' = ', '=') for option in options))
        nut_rows.check(self, case, nut, self.probe())


@spread
class Nut(Comparing):
    """nutdrv_qx of the distribution on the same simulator: its values are ours, but for what qx-nut.md has."""

    @each(*(d for d in DIALECTS if d not in NUT_KNOWS))
    def test_same_values(self, dialect):
        for state, commands in STATES.items():
            self.compare(dialect + state, dialect, commands=commands)


class NutSingle(Comparing):
    """The same for UPSes and options of one kind each."""

    def test_single(self):
        for case, (dialect, *how) in SINGLE.items():
            with self.subTest(case):
                self.compare(case, dialect, *how)

    def test_masterguard_by_its_own_driver(self):
        """nutdrv_qx 2.8.0 finds no masterguard; NUT's older driver of that name does."""
        self.start('masterguard', '--fast', speed='0')
        nut = nut_rows.nut_values(self.lab, 'masterguard', self.sim.port())
        nut_rows.check(self, 'mg by masterguard', nut, self.probe(), only_theirs=True)

    def test_every_case_of_the_page(self):
        """No row without a case that needs it."""
        known = {nut_rows.EVERYWHERE, *(f'{nut_rows.EVERYWHERE} {dialect}' for dialect in NUT_KNOWS),
                 'mg by masterguard', *SINGLE,
                 *(dialect + state for dialect in NUT_KNOWS for state in STATES)}
        self.assertEqual({case for case in nut_rows.rows() if 'sitop' not in case} - known, set())


if __name__ == '__main__':
    tap.main()
