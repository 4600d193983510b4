#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""What can be written to simulated Voltronic UPSes: over SNMP, and by the configuration at the start."""

import os
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import tap  # noqa: E402
from harness import (BYPASS, Case, Face, NONE, NORMAL, OWN, SLOW, Sim, UPSMIBD, section,  # noqa: E402
                     wait_until)
from snmp import COMMIT_FAILED, Error, INTEGER, NO_CREATION, NOT_WRITABLE, OCTETS, WRONG_VALUE  # noqa: E402

VARIABLE = OWN + '.1.4.1.1'
COLUMNS = {'value': 2, 'writable': 5, 'range': 6}
SOON = 20 * SLOW

# with everything that the protocol knows
ALL = 'flags=EpbracjDsovegdflnqw'
# queries, by what is no write
QUERY = re.compile(r'Q[A-Z0-9]+$|RE0$')


class Settings(Case):
    """A Voltronic UPS behind the daemon, for managers that may write settings."""

    def simulate(self, *words, speed='1'):
        return Sim(self.lab, '--fast', *words, protocol='voltronic', speed=speed)

    def serve(self, *words, conf=(), up=NORMAL, allow='setting'):
        self.sim = self.simulate(*words)
        self.face = Face(self.lab, f'allow = {allow}\nset-wait = 0.8\n' + self.ups('ups0', self.sim, *conf))
        self.wait_value(self.face.client, 'upsOutputSource.0', up, within=SOON)
        wait_until(lambda: self.value('battery.packs'), 'a full poll', SOON)

    @staticmethod
    def ups(name, sim, *conf):
        return section(name, sim, 'protocol = voltronic', 'pollinterval = 0.5', 'pollfreq = 1', *conf, driver='qx')

    @staticmethod
    def row(name, column='value', unit=1):
        return '.'.join([VARIABLE, str(COLUMNS[column]), str(unit), *(str(b) for b in name.encode())])

    def value(self, name, column='value', unit=1):
        value = self.face.client.value(self.row(name, column, unit))
        return value.decode() if isinstance(value, bytes) else value

    def shows(self, name, value, unit=1):
        wait_until(lambda: self.value(name, unit=unit) == value, f'{name} is {value}', SOON)

    def set(self, name, value, unit=1):
        self.face.client.set((self.row(name, unit=unit), OCTETS, value.encode()))

    def refused(self, status, name, value, unit=1):
        with self.assertRaises(Error) as caught:
            self.set(name, value, unit)
        self.assertEqual(caught.exception.status, status, f'{name} = {value}')

    def written(self, sim=None):
        """What is no query, since the last look."""
        words = [w.lstrip('!') for w in (sim or self.sim).command('log').split()]
        return [w for w in words if not QUERY.match(w)]

    def try_each(self, rows):
        for name, value, bytes_ in rows:
            with self.subTest(variable=name, value=value):
                self.shows_anything(name)
                self.written()
                self.set(name, value)
                self.shows(name, value)
                self.assertEqual(self.written(), [bytes_])

    def shows_anything(self, name):
        wait_until(lambda: self.value(name) is not None, f'{name} is there', SOON)


class EveryVariable(Settings):
    """Each is set, read back from the UPS, and set back."""

    def test_switches(self):
        self.serve(ALL)
        on = {'alarm_control': 'A', 'battery_alarm': 'B', 'bypass_alarm': 'P'}
        off = {'bypass_when_off': 'O', 'bypass_forbidding': 'F', 'advanced_eco_mode': 'N',
               'battery_open_status_check': 'D', 'site_fault_detection': 'L', 'limited_runtime_on_battery': 'W'}
        rows = [(f'experimental.{n}', 'disabled', 'PD' + x) for n, x in on.items()]
        rows += [(f'experimental.{n}', 'enabled', 'PE' + x) for n, x in on.items()]
        rows += [(f'experimental.{n}', 'enabled', 'PE' + x) for n, x in off.items()]
        rows += [(f'experimental.{n}', 'disabled', 'PD' + x) for n, x in off.items()]
        self.try_each(rows)

    def test_nut_switches(self):
        self.serve(ALL)
        self.try_each((('ups.start.auto', 'no', 'PDR'), ('ups.start.auto', 'yes', 'PER'),
                       ('battery.protection', 'yes', 'PES'), ('battery.protection', 'no', 'PDS'),
                       ('battery.energysave', 'yes', 'PEG'), ('battery.energysave', 'no', 'PDG'),
                       ('ups.start.battery', 'no', 'PDC'), ('ups.start.battery', 'yes', 'PEC'),
                       ('ups.eco.enabled', 'yes', 'PEE'), ('ups.eco.enabled', 'no', 'PDE'),
                       ('outlet.0.switchable', 'no', 'PDJ'), ('outlet.0.switchable', 'yes', 'PEJ')))

    def test_standby_only(self):
        self.serve(ALL, 'start=off', up=NONE)
        self.try_each((('experimental.converter_mode', 'enabled', 'PEV'),
                       ('experimental.converter_mode', 'disabled', 'PDV'),
                       ('experimental.constant_phase_angle', 'enabled', 'PEQ'),
                       ('experimental.constant_phase_angle', 'disabled', 'PDQ'),
                       ('experimental.output.phase.angle', '120', 'PPD120'),
                       ('experimental.output.phase.angle', '180', 'PPD180'),
                       ('experimental.output.phase.angle', '240', 'PPD240'),
                       ('experimental.output.phase.angle', '0', 'PPD000')))
        self.written()
        self.refused(COMMIT_FAILED, 'experimental.output.phase.angle', '60')
        self.assertEqual(self.written(), [])

    def test_limits(self):
        self.serve(ALL)
        self.try_each((('input.transfer.high', '250', 'HEH250'), ('input.transfer.low', '210', 'HEL210'),
                       ('input.frequency.high', '55.5', 'FREH55.5'), ('input.frequency.low', '45.5', 'FREL45.5'),
                       ('input.transfer.bypass.high', '250', 'PHV250'),
                       ('input.transfer.bypass.low', '180', 'PLV180'),
                       ('experimental.bypass.frequency.high', '54.1', 'PGF54.1'),
                       ('experimental.bypass.frequency.low', '44.9', 'PSF44.9')))

    def test_battery(self):
        self.serve(ALL)
        self.try_each((('battery.voltage.low', '22.00', 'W0E22'), ('battery.packs', '3', 'BATGN03'),
                       ('experimental.battery.number', '5', 'BATN5')))

    def test_p31(self):
        self.serve('pi=31')
        self.try_each((('battery.type', 'Li', 'PBT00'), ('battery.type', 'Flooded', 'PBT01'),
                       ('battery.type', 'AGM', 'PBT02'), ('experimental.work_range_type', 'UPS', 'PGR01'),
                       ('experimental.work_range_type', 'Appliance', 'PGR00')))

    def test_outlet_delays(self):
        """The UPS refuses to tell those that were never set: they are empty, and can be set."""
        self.serve(ALL, 'outlets=4', 'PSK1=023')
        self.shows('outlet.1.delay.shutdown', '1380')
        self.shows('outlet.2.delay.shutdown', '')
        self.try_each((('outlet.1.delay.shutdown', '0', 'PSK1000'), ('outlet.2.delay.shutdown', '600', 'PSK2010'),
                       ('outlet.3.delay.shutdown', '59940', 'PSK3999'),
                       ('outlet.4.delay.shutdown', '60', 'PSK4001')))
        self.set('outlet.4.delay.shutdown', '61') # rounded up
        self.shows('outlet.4.delay.shutdown', '120')

    def test_seen_by_a_probe(self):
        """What was set is in the UPS, not in the daemon."""
        self.serve(ALL)
        self.set('input.transfer.bypass.high', '255')
        self.set('experimental.bypass_alarm', 'disabled')
        self.face.daemon.stop()
        done = self.lab.run(UPSMIBD, '--probe', '-c', self.face.daemon.conf, 'ups0', timeout=SOON)
        self.assertIn('input.transfer.bypass.high: 255\n', done.stdout)
        self.assertIn('experimental.bypass_alarm: disabled\n', done.stdout)


class Refusals(Settings):
    def test_out_of_range(self):
        self.serve(ALL)
        self.assertEqual(self.value('input.transfer.high', 'range'), '237..254 step 1')
        self.assertEqual(self.value('input.frequency.low', 'range'), '40..47 step 0.1')
        self.assertEqual(self.value('experimental.bypass_alarm', 'range'), 'disabled enabled')
        self.written()
        for name, value in (('input.transfer.high', '255'), ('input.transfer.high', '236'),
                            ('input.frequency.low', '47.1'), ('battery.packs', '0'), ('battery.packs', '100'),
                            ('experimental.bypass_alarm', 'yes'), ('ups.start.auto', 'enabled'),
                            ('battery.voltage.low', '29')):
            self.refused(WRONG_VALUE, name, value)
        self.assertEqual(self.written(), [])

    def test_refused_by_the_ups(self):
        self.serve(ALL, 'refuse=HEH,PEO')
        self.refused(COMMIT_FAILED, 'input.transfer.high', '250')
        self.refused(COMMIT_FAILED, 'experimental.bypass_when_off', 'enabled')
        self.shows('experimental.bypass_when_off', 'disabled')

    def test_acknowledged_but_not_taken(self):
        self.serve(ALL, 'ack-only=HEH,PEO')
        for name, value in (('input.transfer.high', '250'), ('experimental.bypass_when_off', 'enabled')):
            self.written()
            self.set(name, value) # the outcome comes later
            wait_until(lambda name=name, value=value: any('has not refused it, but does not show' in line
                                             for line in self.face.daemon.lines(f'{name} = {value}: timed out')), 'the outcome', SOON)
            self.assertEqual(len(self.written()), 1)

    def test_not_in_this_mode(self):
        self.serve(ALL)
        self.written()
        for name in ('converter_mode', 'constant_phase_angle'):
            self.refused(COMMIT_FAILED, 'experimental.' + name, 'enabled')
        self.refused(COMMIT_FAILED, 'experimental.output.phase.angle', '120')
        self.sim.command('mains off')
        for name, value in (('battery.packs', '2'), ('battery.voltage.low', '21'), ('outlet.0.switchable', 'no')):
            wait_until(lambda: self.sim.command('get letter') == 'B', 'on battery')
            self.refused(COMMIT_FAILED, name, value)
        self.assertEqual(self.written(), [])
        self.assertIn('only in', self.face.daemon.log())

    def test_what_the_ups_lacks(self):
        self.serve('flags=EpbDa', 'refuse=QPD,RE0')
        wait_until(lambda: self.value('battery.voltage.low') is None, 'RE0 is given up', SOON)
        for name, value in (('experimental.converter_mode', 'enabled'), ('battery.voltage.low', '21'),
                            ('experimental.output.phase.angle', '120'), ('input.transfer.high', '250'),
                            ('outlet.1.delay.shutdown', '60'), ('battery.type', 'Li')):
            self.refused(NO_CREATION, name, value)

    def test_class(self):
        self.serve(ALL, allow='eco')
        self.refused(NOT_WRITABLE, 'experimental.bypass_alarm', 'disabled')


# option, value, how the simulator must stand before, what is written
OPTIONS = (
    ('alarm_control', 'disabled', (), 'PDA'), ('bypass_alarm', 'disabled', (), 'PDP'),
    ('battery_alarm', 'disabled', (), 'PDB'), ('bypass_when_off', 'enabled', (), 'PEO'),
    ('bypass_forbidding', 'enabled', (), 'PEF'), ('converter_mode', 'enabled', ('start=off',), 'PEV'),
    ('eco_mode', 'enabled', (), 'PEE'), ('advanced_eco_mode', 'enabled', (), 'PEN'),
    ('battery_open_status_check', 'enabled', (), 'PED'), ('site_fault_detection', 'enabled', (), 'PEL'),
    ('constant_phase_angle', 'enabled', ('start=off',), 'PEQ'),
    ('limited_runtime_on_battery', 'enabled', (), 'PEW'), ('max_bypass_volt', '250', (), 'PHV250'),
    ('min_bypass_volt', '180', (), 'PLV180'), ('max_bypass_freq', '54.5', (), 'PGF54.5'),
    ('min_bypass_freq', '45.5', (), 'PSF45.5'), ('battery_number', '5', (), 'BATN5'),
    ('output_phase_angle', '240', ('start=off',), 'PPD240'), ('work_range_type', 'UPS', ('pi=31',), 'PGR01'),
)


class AtTheStart(Settings):
    def begin(self, *words, conf=()):
        """The daemon with these options, and what it has written when it has made a full poll."""
        self.sim = self.simulate(*words)
        self.run_daemon(*conf)

    def run_daemon(self, *conf):
        self.written()
        self.face = Face(self.lab, self.ups('ups0', self.sim, *conf))
        wait_until(lambda: self.value('battery.packs'), 'a full poll', SOON)
        return self.written()

    def test_every_option(self):
        for option, value, how, bytes_ in OPTIONS:
            with self.subTest(option=option):
                self.sim = self.simulate(*(() if 'pi=31' in how else (ALL,)), *how)
                self.assertEqual(self.run_daemon(f'{option} = {value}'), [bytes_])
                self.assertIn(f'{option}: the UPS has taken', self.face.daemon.log())
                self.face.restart()
                wait_until(lambda: self.value('battery.packs'), 'a full poll', SOON)
                self.assertEqual(self.written(), [], 'it is so already')
                self.assertEqual(self.face.daemon.lines(option), [])
                self.close()

    def close(self):
        self.face.daemon.stop()
        for process in reversed(self.lab.processes):
            process.kill()
        self.lab.processes.clear()

    def test_probe_and_run_write_nothing(self):
        self.sim = self.simulate(ALL, 'start=off')
        conf = self.lab.write('probe.conf', self.ups('ups0', self.sim, 'reset_to_default', *(
            f'{o} = {v}' for o, v, _, _ in OPTIONS)))
        done = self.lab.run(UPSMIBD, '--probe', '-c', conf, 'ups0', timeout=SOON)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.written(), [])
        self.lab.run(UPSMIBD, '--run', '-c', conf, 'ups0', 'load.off', timeout=SOON)
        self.assertEqual([w for w in self.written() if w != 'SOFF'], [])

    def test_not_taken(self):
        """Acknowledged without effect, refused, out of range, unknown to the UPS: served all the same."""
        self.begin('flags=EpbracDsovegdfl', 'ack-only=PHV', 'refuse=PLV', conf=(
            'max_bypass_volt = 250', 'min_bypass_volt = 180', 'max_bypass_freq = 61', 'battery_number = 9',
            'advanced_eco_mode = enabled', 'converter_mode = enabled'))
        for option in ('max_bypass_volt = 250', 'min_bypass_volt = 180', 'max_bypass_freq = 61',
                       'advanced_eco_mode = enabled', 'converter_mode = enabled'):
            self.assertEqual(len(self.face.daemon.lines(f'{option} is not set')), 1, option)
        self.assertIn('battery_number: the UPS has taken 9', self.face.daemon.log())
        self.assertEqual(self.value('input.transfer.bypass.high'), '264')

    def test_once(self):
        """A UPS that acknowledges and does not take is not written to again, nor when it comes back."""
        self.begin('ack-only=PHV', conf=('max_bypass_volt = 250', 'maxage = 2'))
        self.written()
        self.sim.command('mute on')
        wait_until(lambda: self.value('battery.charge') is None, 'lost', SOON)
        self.sim.command('mute off')
        wait_until(lambda: self.value('battery.charge') is not None, 'back', SOON)
        self.assertEqual(self.written(), [])
        self.assertEqual(len(self.face.daemon.lines('max_bypass_volt = 250 is not set')), 1)

    def test_reset(self):
        self.begin(ALL, 'start=off', 'PHV=240', 'HEH=250')
        self.face.daemon.stop()
        self.sim.command('set flags=EpbracjDsovegdflnqw')
        sent = self.run_again('reset_to_default', 'max_bypass_volt = 250')
        self.assertEqual(sent, ['PF', 'PHV250'])
        self.shows('input.transfer.high', '242')
        self.shows('input.transfer.bypass.high', '250')

    def test_reset_only_in_standby(self):
        self.begin(ALL, 'PHV=240', conf=('reset_to_default',))
        self.assertEqual(self.written(), [])
        self.assertIn('reset_to_default: not done: only in standby, and the UPS is in mode L',
                      self.face.daemon.log())
        self.shows('input.transfer.bypass.high', '240')

    def run_again(self, *conf):
        self.written()
        self.face.start(self.ups('ups0', self.sim, *conf))
        wait_until(lambda: self.value('battery.packs'), 'a full poll', SOON)
        return self.written()

    def test_set_wins_until_the_next_start(self):
        self.sim = self.simulate(ALL)
        conf = 'allow = setting\nset-wait = 0.8\n' + self.ups('ups0', self.sim, 'max_bypass_volt = 250')
        self.face = Face(self.lab, conf)
        self.shows('input.transfer.bypass.high', '250')
        self.set('input.transfer.bypass.high', '255')
        self.shows('input.transfer.bypass.high', '255')
        self.face.restart()
        self.shows('input.transfer.bypass.high', '250')


class Commands(Settings):
    """ECO mode and outlets, by --run and over SNMP."""

    def run_it(self, command, because=None):
        conf = self.lab.write('run.conf', self.ups('ups0', self.sim))
        self.written()
        done = self.lab.run(UPSMIBD, '--run', '-c', conf, 'ups0', command, timeout=SOON)
        self.assertEqual(done.returncode, 1 if because else 0, done.stderr)
        self.assertIn(because or '', done.stderr)
        return self.written()

    def test_outlets(self):
        self.sim = self.simulate(ALL, 'outlets=4')
        for n in range(1, 5):
            self.assertEqual(self.run_it(f'outlet.{n}.load.off'), [f'SKOFF{n}'])
            self.assertEqual(self.sim.command(f'get outlet{n}'), '0')
            self.assertEqual(self.run_it(f'outlet.{n}.load.off'), [], 'is off already')
            self.assertEqual(self.run_it(f'outlet.{n}.load.on'), [f'SKON{n}'])
            self.assertEqual(self.sim.command(f'get outlet{n}'), '1')

    def test_outlets_that_are_not_there(self):
        self.sim = self.simulate(ALL, 'outlets=2')
        self.assertEqual(self.run_it('outlet.3.load.off', because='has no outlet.3.load.off'), [])
        self.sim.command('set flags=EpbDj')
        self.assertEqual(self.run_it('outlet.1.load.off', because='has no outlet.1.load.off'), [])

    def test_eco(self):
        self.sim = self.simulate(ALL)
        self.assertEqual(self.run_it('eco.start'), ['PEE'])
        wait_until(lambda: self.sim.command('get letter') == 'E', 'ECO mode', SOON)
        self.assertEqual(self.run_it('eco.start'), [], 'is so already')
        self.assertEqual(self.run_it('eco.stop'), ['PDE'])
        wait_until(lambda: self.sim.command('get letter') == 'L', 'line mode', SOON)

    def test_eco_that_is_acknowledged_alone(self):
        self.sim = self.simulate(ALL, 'ack-only=PEE')
        self.assertEqual(self.run_it('eco.start', because='does not show'), ['PEE'])

    def test_by_snmp(self):
        self.serve(ALL, 'outlets=2', allow='outlet eco')
        execute = OWN + '.1.5.1.1.9.1.'
        for command, bytes_, name, value in (('outlet.2.load.off', 'SKOFF2', 'outlet.2.status', 'off'),
                                             ('outlet.2.load.on', 'SKON2', 'outlet.2.status', 'on'),
                                             ('eco.start', 'PEE', 'ups.eco.enabled', 'yes'),
                                             ('eco.stop', 'PDE', 'ups.eco.enabled', 'no')):
            self.written()
            self.face.client.set((execute + '.'.join(str(b) for b in command.encode()), INTEGER, -1))
            self.shows(name, value)
            self.assertEqual(self.written(), [bytes_])
            wait_until(lambda c=command: self.face.daemon.lines(f'SET upsmibdCommandExecute = {c}: {c}: done in '),
                       'the line of the log', SOON)


class FrontPanel(Settings):
    def test_changes_show(self):
        self.serve(ALL)
        self.shows('experimental.bypass_alarm', 'enabled')
        self.sim.command('set flags=EbracjDpsovegdflnqw')
        self.shows('experimental.bypass_alarm', 'disabled')
        self.sim.command('set PHV=245')
        self.shows('input.transfer.bypass.high', '245')

    def test_flags_as_told(self):
        self.serve('capture=orion', up=BYPASS)
        self.shows('experimental.ups.flags', 'EpbrashclnzDovegfjm')


class TwoModels(Settings):
    def test_capabilities_are_separate(self):
        one, other = self.simulate(ALL), self.simulate('pi=31')
        self.sim = one
        self.face = Face(self.lab, 'allow = setting\nset-wait = 0.8\n' + self.ups('one', one) + self.ups('other', other))
        for unit in (1, 2):
            wait_until(lambda unit=unit: self.value('battery.packs', unit=unit), 'a full poll', SOON)
        self.shows('input.transfer.high', '242')
        self.shows('battery.type', 'AGM', unit=2)
        self.assertIsNone(self.value('battery.type'))
        self.assertIsNone(self.value('input.transfer.high', unit=2))
        self.refused(NO_CREATION, 'battery.type', 'Li')
        self.refused(NO_CREATION, 'input.transfer.high', '250', unit=2)
        self.set('input.transfer.high', '250')
        self.set('battery.type', 'Li', unit=2)
        self.assertEqual(self.written(one), ['HEH250'])
        self.assertEqual(self.written(other), ['PBT00'])


if __name__ == '__main__':
    tap.main()
