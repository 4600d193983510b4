#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The dialect voltronic on a simulated UPS: --probe, --run, the daemon, and NUT's nutdrv_qx beside it."""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import tap  # noqa: E402
from harness import (BATTERY, Face, NORMAL, ON_BYPASS_ALARM, PASSED, SLOW, UPS,  # noqa: E402
                     VENDOR_ALARMS, WELL_KNOWN, oid, section, wait_until)
from snmp import INTEGER, OID  # noqa: E402
from nut_rows import nut_values  # noqa: E402
from test_qx import Qx  # noqa: E402

MODELS = ('00', '01', '02', '03', '08', '09', '10', '13', '14', '31', '71', '99')


class Voltronic(Qx):
    def serve(self, *words, named=True, conf=(), speed='1'):
        self.start('voltronic', '--fast', *words, named=named, conf=conf, speed=speed)


class Probe(Voltronic):
    def test_every_model(self):
        for model in MODELS:
            with self.subTest(model=model):
                self.serve(f'pi={model}', named=False)
                values = self.probe()
                self.assertIn('speaks voltronic\n', self.said)
                self.assertEqual(values['ups.firmware.aux'], f'P{model}')
                self.assertEqual(values['ups.status'], 'OL')
                self.assertEqual(values['experimental.ups.mode'], 'line')
                self.assertGreater(float(values['battery.voltage']), 10)
                self.assertGreater(int(values['battery.runtime']), 0)
                self.assertEqual(int(values['ups.realpower.nominal']),
                                 round(int(values['ups.power.nominal']) * float(values['output.powerfactor'])))

    def test_captures(self):
        """Published units; tests/unit/test_qx_voltronic.c has their every field."""
        expected = {
            'orion': ('ups.status', 'OL BYPASS'), 'c6ks': ('ups.status', 'OB'), 'online': ('ups.load', '18.0'),
            'qpsi': ('ups.temperature', '38.0'), 'powerwalker': ('battery.runtime', '2220'),
        }
        for name, (variable, value) in expected.items():
            with self.subTest(capture=name):
                self.serve(f'capture={name}')
                self.assertEqual(self.probe()[variable], value)

    def test_paced_line(self):
        """At the real speed of the line, byte by byte, found by itself."""
        self.start('voltronic', '--paced', named=False)
        self.assertEqual(self.probe()['ups.status'], 'OL')

    def test_never_asked(self):
        self.serve('pi=01')
        self.sim.command('log')
        self.probe()
        sent = [word.lstrip('!') for word in self.sim.command('log').split()]
        for request in ('I', 'F', 'QBDR', 'QFS', 'Q1', 'M', 'Q'):
            self.assertNotIn(request, sent)
        self.assertFalse([word for word in sent if not word.startswith('Q') and word != 'RE0'], 'only questions')

    def test_what_others_tell(self):
        """Refused: QRI and QMD are asked for three times, then F and I once; not if that is forbidden."""
        for conf, asked in (((), 1), (('norating', 'novendor'), 0)):
            with self.subTest(conf=conf):
                self.serve('pi=01', 'refuse=QRI,QMD', conf=conf)
                self.sim.command('log')
                values = self.probe()
                sent = [word.lstrip('!') for word in self.sim.command('log').split()]
                self.assertEqual([sent.count(word) for word in ('QRI', 'QMD', 'F', 'I')], [3, 3, asked, asked])
                self.assertEqual('input.current.nominal' in values, bool(asked))

    def test_testing(self):
        self.serve('pi=01', conf=('testing',))
        self.sim.command('log')
        self.probe()
        self.assertIn('QBDR', self.sim.command('log'))

    def test_one_query_in_three_is_refused(self):
        self.serve('pi=01', 'nak-every=3')
        values = self.probe()
        for name in ('ups.model', 'output.voltage.nominal', 'experimental.ups.flags'):
            self.assertIn(name, values)

    def test_dashes(self):
        self.serve('pi=01', 'show=QGS.10:---.-', 'show=QGS.11:--.--', 'show=QGS.5:---.-', 'show=QBV.4:---')
        values = self.probe()
        for name in ('output.current', 'ups.temperature', 'experimental.battery.voltage.negative', 'battery.charge'):
            self.assertNotIn(name, values)

    def test_fault(self):
        """The record counts while there is a fault; later it is the last one, and no alarm."""
        self.serve('pi=01', 'stored-fault=14')
        self.assertNotIn('experimental.fault.last', self.probe())
        self.sim.command('set fault=43')
        values = self.probe()
        self.assertEqual(values['ups.status'], 'OFF OL OVER')
        self.assertIn('fault 43: overload', values['ups.alarm'])
        self.assertTrue(values['experimental.fault.last'].startswith('43: overload; '))

    def test_warnings(self):
        self.serve('pi=01', 'warning=9,55,63')
        values = self.probe()
        self.assertEqual(values['experimental.ups.warnings'], '9 55 63')
        self.assertEqual(values['ups.status'], 'OL OVER')
        for text in ('warning 9: overload', 'warning 55: ', 'warning 63: '):
            self.assertIn(text, values['ups.alarm'])
        self.assertIn('warning 63 is on, whose meaning is not certain', self.said)


class Run(Voltronic):
    def test_tests(self):
        for command, sent, kind in (
                (('test.battery.start.quick',), 'T', 'short'), (('test.battery.start', '600'), 'T10', 'timed'),
                (('test.battery.start', '45'), 'T.8', 'timed'), (('test.battery.start.deep',), 'TL', 'deep')):
            with self.subTest(command=command):
                self.serve('pi=01')
                self.done(*command)
                self.assertIn(sent, self.sent)
                self.assertEqual(self.get('test'), kind)
                self.done('test.battery.stop')
                self.assertIn('CT', self.sent)
                self.assertEqual(self.get('test'), 'none')

    def test_no_test_on_battery(self):
        self.serve('pi=01')
        self.sim.command('mains off')
        wait_until(lambda: self.get('mode') == 'battery', 'on battery')
        status, text = self.run_it('test.battery.start.quick')
        self.assertEqual(status, 1, text)
        self.assertNotIn('T', self.sent)

    def test_shutdown(self):
        for ondelay, command, sent in (
                (180, ('shutdown.return', '30'), 'S.5R0003'), (0, ('shutdown.return', '120'), 'S02'),
                (600, ('shutdown.return', '5940'), 'S99R0010'), (180, ('shutdown.stayoff', '12'), 'S.2R0000'),
                (60, ('shutdown.return', '31'), 'S.6R0001'), (61, ('shutdown.return',), 'S.5R0002')):
            with self.subTest(ondelay=ondelay, command=command):
                self.serve('pi=01', conf=(f'ondelay = {ondelay}',))
                self.done(*command)
                self.assertIn(sent, self.sent)
                self.assertIn('FSD', self.probe()['ups.status'])
                self.done('shutdown.stop')
                self.assertIn('CS', self.sent)
                self.assertNotIn('FSD', self.probe()['ups.status'])

    def test_second_shutdown(self):
        self.serve('pi=01')
        self.done('shutdown.return', '600')
        self.done('shutdown.return', '60')
        self.assertEqual([word for word in self.sent if word[0] in 'CS'], ['CS', 'S01R0003'])

    def test_load(self):
        self.serve('pi=01', speed='5')
        self.done('load.off')
        self.assertIn('SOFF', self.sent)
        self.assertIn('OFF', self.probe()['ups.status'].split())
        self.done('load.on')
        self.assertIn('SON', self.sent)
        wait_until(lambda: self.probe()['ups.status'] == 'OL', 'the output is on')

    def test_load_that_would_go_to_the_bypass(self):
        self.serve('pi=01', 'flags=EpbrashocDvegfjl')
        status, text = self.run_it('load.off')
        self.assertEqual(status, 1)
        self.assertIn('the load would go over to the bypass', text)
        self.assertNotIn('SOFF', self.sent)

    def test_beeper(self):
        self.serve('pi=01')
        self.done('beeper.disable')
        self.assertIn('PDA', self.sent)
        self.assertEqual(self.probe()['ups.beeper.status'], 'disabled')
        status, text = self.run_it('beeper.mute')
        self.assertEqual(status, 1, text)
        self.done('beeper.enable')
        self.assertIn('PEA', self.sent)
        self.sim.command('mains off')
        wait_until(lambda: self.probe()['ups.status'] == 'OB', 'on battery')
        self.done('beeper.mute')
        self.assertIn('BZOFF', self.sent)
        self.assertEqual(self.probe()['ups.beeper.status'], 'muted')
        self.done('beeper.enable')
        self.assertIn('BZON', self.sent)
        self.done('beeper.toggle')
        self.assertIn('BZOFF', self.sent)

    def test_acknowledged_and_not_done(self):
        self.serve('pi=01', 'ack-only=T,S,PDA')
        for command in ('test.battery.start.quick', 'beeper.disable', 'shutdown.return'):
            status, text = self.run_it(command)
            self.assertEqual(status, 1, command)
            self.assertIn('does not show' if command != 'shutdown.return' else 'shows no countdown', text)

    def test_refused(self):
        self.serve('pi=01', 'refuse=T,SOFF')
        for command in ('test.battery.start.quick', 'load.off'):
            status, text = self.run_it(command)
            self.assertEqual(status, 1)
            self.assertIn('(NAK', text)


class Nut(Voltronic):
    """nutdrv_qx of the distribution on the same simulator."""

    def test_same_values(self):
        for model in MODELS:
            with self.subTest(model=model):
                self.serve(f'pi={model}', speed='0')
                ours = self.probe()
                theirs = nut_values(self.lab, 'nutdrv_qx', self.sim.port(), 'protocol=voltronic')
                if model in NUT_KNOWS_NOT:
                    self.assertEqual(theirs, {})
                    continue
                self.assertIn('ups.status', theirs)
                for name, value in theirs.items():
                    if not explained(model, name):
                        self.same(name, ours, value)

    def same(self, name, ours, value):
        name = NUT_NAMES.get(name, name)
        self.assertIn(name, ours)
        try:
            self.assertAlmostEqual(float(ours[name]), float(value), delta=0.06, msg=name)
        except ValueError:
            self.assertEqual(ours[name], value, name)


# P71 came to NUT later than the releases of distributions (NUT #3655)
NUT_KNOWS_NOT = ('71',)

# the same under another name
NUT_NAMES = {
    'input.L1-L3.voltage': 'input.L3-L1.voltage', 'output.L1-L3.voltage': 'output.L3-L1.voltage',
    'output.bypass.L1-L3.voltage': 'input.bypass.L3-L1.voltage',
    'output.bypass.L1-L2.voltage': 'input.bypass.L1-L2.voltage',
    'output.bypass.L2-L3.voltage': 'input.bypass.L2-L3.voltage',
    'output.bypass.L1-N.voltage': 'input.bypass.L1-N.voltage',
    'output.bypass.L2-N.voltage': 'input.bypass.L2-N.voltage',
    'output.bypass.L3-N.voltage': 'input.bypass.L3-N.voltage',
}


def explained(model, name):
    """Where nutdrv_qx shows something that we don't; docs/protocols/voltronic.md says why."""
    if name.startswith('driver.') or name.endswith(('.min', '.max')):
        return True
    # from F, which is asked only if QRI is not known: it locks up some units
    if name == 'input.current.nominal':
        return True
    # what QGS has for all lines, beside the lines' own values
    return model in ('03', '09', '10') and name in ('input.voltage', 'output.voltage', 'output.current', 'ups.load')


NONE, BYPASS = 2, 4  # upsOutputSource
FAILED = 3  # upsTestResultsSummary
QUICK = UPS + '.1.7.7.4'
OUTPUT_OFF_ALARM, FAULT_ALARM = WELL_KNOWN + '14', WELL_KNOWN + '18'
SOON = 5 * SLOW


class Daemon(Voltronic):
    """How soon it shows north, with status polls every second as they are by default."""

    def up(self, *words, conf=(), speed='1'):
        self.serve(*words, speed=speed)
        self.receiver = self.lab.receiver()
        self.face = Face(self.lab, 'allow = all\n' + section('ups0', self.sim, 'protocol = voltronic', *conf,
                                                             driver='qx'),
                         extra=f'trap2sink 127.0.0.1:{self.receiver.port} traps\n')
        self.wait_value(self.face.client, 'upsOutputSource.0', NORMAL, within=30 * SLOW)

    def source(self, value):
        self.wait_value(self.face.client, 'upsOutputSource.0', value, within=SOON)

    def test_mains(self):
        self.up()
        self.sim.command('mains off')
        self.source(BATTERY)
        self.sim.command('mains on')
        self.source(NORMAL)

    def test_modes(self):
        self.up()
        self.sim.command('set warning=55')
        self.wait_alarm(self.face.client, VENDOR_ALARMS + '455', within=SOON)
        wait_until(lambda: [n for n in self.receiver.poll()
                            if VENDOR_ALARMS + '455' in [v.value for v in n.variables]], 'told', within=SOON)
        self.sim.command('set warning=no')
        self.wait_alarm(self.face.client, VENDOR_ALARMS + '455', present=False, within=SOON)
        self.sim.command('set fault=14')
        self.wait_alarm(self.face.client, VENDOR_ALARMS + '510', within=SOON)
        self.wait_alarm(self.face.client, FAULT_ALARM, within=SOON)
        self.source(NONE)
        self.sim.command('set fault=no')
        self.wait_alarm(self.face.client, VENDOR_ALARMS + '510', present=False, within=SOON)

    def test_bypass(self):
        self.up()
        self.sim.command('load 160')
        self.wait_alarm(self.face.client, ON_BYPASS_ALARM, within=60 * SLOW)
        self.assertEqual(self.face.value('upsOutputSource.0'), BYPASS)
        self.sim.command('load 20')
        self.wait_alarm(self.face.client, ON_BYPASS_ALARM, present=False, within=60 * SLOW)

    def quick_test(self):
        lock = self.face.value('upsTestSpinLock.0')
        self.face.client.set((oid('upsTestSpinLock.0'), INTEGER, lock), (oid('upsTestId.0'), OID, QUICK))

    def test_quick_test(self):
        """The UPS's own word decides: a battery that fails a test is no alarm here."""
        self.up(speed='10')
        self.quick_test()
        self.wait_value(self.face.client, 'upsTestResultsSummary.0', PASSED, within=60 * SLOW)
        self.sim.command('fault bad-battery on')
        self.quick_test()
        self.wait_value(self.face.client, 'upsTestResultsSummary.0', FAILED, within=60 * SLOW)


if __name__ == '__main__':
    tap.main()
