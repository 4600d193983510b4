#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The daemon with UPSes on a simulated USB bus (umockdev): values by SNMP, and which unit gets which of two
devices that look alike."""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import tap  # noqa: E402
from harness import (BATTERY, Case, Face, NORMAL, ON_BATTERY_ALARM, OWN, Sim, oid, pause,  # noqa: E402
                     wait_until)

CONNECTION, RECONNECTS = OWN + '.1.2.1.1.7', OWN + '.1.2.1.1.21'
COMMAND_ALLOWED = OWN + '.1.5.1.1.3'
CONNECTED, LOST = 2, 3

# bridge: VID, PID, the dialect behind it
BRIDGES = {
    'ablerex': ('ffff', '0000', 'megatec'), 'armac': ('0925', '1234', 'megatec'),
    'cypress': ('0665', '5161', 'masterguard'), 'fabula': ('0001', '0000', 'hunnox'),
    'fuji': ('0001', '0000', 'megatec'), 'gtec': ('0001', '0001', 'megatec'),
    'hunnox': ('0001', '0000', 'hunnox'), 'ippon': ('06da', '0003', 'mustek'),
    'krauler': ('0001', '0000', 'megatec'), 'omron': ('0590', '00b7', 'omron'),
    'phoenix': ('06da', '0601', 'zinto'), 'phoenixtec': ('06da', '0002', 'mecer'),
    'sgs': ('0483', '0035', 'q1'), 'snr': ('0001', '0000', 'q1'),
}
NO_TESTS = 'fabula', 'hunnox', 'omron', 'snr'  # the bridge has no words for them, or the UPS


def unit(name, *options):
    return '\n'.join([f'[{name}]', 'driver = qx', 'port = auto', *options]) + '\n'


class Usb(Case):
    STANDALONE = False
    CONF = 'pollinterval = 0.2\npollfreq = 1\n'

    def start(self, devices, *units, dialects=None):
        """Devices as (bridge, serial); a unit's options each."""
        self.sims = [Sim(self.lab, '--fast', protocol=dialect)
                     for dialect in dialects or ['megatec'] * len(devices)]
        names = [f'ups{n}' for n in range(len(units))]
        conf = self.CONF + ''.join(unit(n, *o) for n, o in zip(names, units))
        self.face = Face(self.lab, conf, self.STANDALONE, contexts=names, devices=[
            (bridge, serial, sim) for (bridge, serial), sim in zip(devices, self.sims)])
        self.bus = self.face.daemon
        self.clients = [self.lab.client(self.face.port, f'c_{n}') for n in names]
        for n in range(len(units)):
            self.wait_value(self.clients[n], 'upsOutputSource.0', NORMAL)

    def own(self, root, n, name=''):
        """A column of UPSMIBD-MIB for a unit; `name` is the rest of the index."""
        rest = ''.join(f'.{b}' for b in name.encode())
        return self.face.client.value(f'{root}.{n + 1}{rest}')

    def value(self, n, name):
        return self.clients[n].value(oid(name))

    def load(self, n, percent):
        self.sims[n].command(f'load {percent}')

    def wait_load(self, n, percent):
        wait_until(lambda: self.value(n, 'upsOutputPercentLoad.1') == percent,
                   f'unit {n} shows a load of {percent} %')

    def unplug(self, n, device=None):
        self.bus.command(f'unplug {n if device is None else device}')

    def wait_lost(self, n):
        wait_until(lambda: self.own(CONNECTION, n) == LOST, f'unit {n} has lost its device')


class Values(Usb):
    def test_snmpget(self):
        self.start([('cypress', 'A1')], ())
        values = self.face.tools.ask('snmpget', 'UPS-MIB::upsIdentManufacturer.0', 'UPS-MIB::upsIdentModel.0',
                                     'UPS-MIB::upsOutputSource.0', 'UPS-MIB::upsBatteryVoltage.0',
                                     'UPS-MIB::upsInputVoltage.1', output='-OnqUe')
        model = self.sims[0].command('get battery-volts')
        self.assertEqual(values[oid('upsIdentModel.0')].strip('"'), 'ECO 1500')
        self.assertEqual(values[oid('upsOutputSource.0')], str(NORMAL))
        self.assertAlmostEqual(int(values[oid('upsBatteryVoltage.0')]), 10 * float(model), delta=2)
        self.assertAlmostEqual(int(values[oid('upsInputVoltage.1')]),
                               float(self.sims[0].command('get mains-volts')), delta=1)

    def test_mains_failure(self):
        self.start([('cypress', 'A1')], ())
        self.sims[0].command('mains off')
        self.wait_value(self.clients[0], 'upsOutputSource.0', BATTERY)
        self.wait_alarm(self.clients[0], ON_BATTERY_ALARM)
        self.sims[0].command('mains on')
        self.wait_value(self.clients[0], 'upsOutputSource.0', NORMAL)
        self.wait_alarm(self.clients[0], ON_BATTERY_ALARM, present=False)

    def test_every_bridge(self):
        """Fourteen UPSes behind fourteen kinds of bridge on one bus: each shows its own load."""
        names = sorted(BRIDGES)
        self.start([(b, None) for b in names], *(
            (f'subdriver = {b}', f'vendorid = {BRIDGES[b][0]}', f'productid = {BRIDGES[b][1]}',
             f'busport = 0*{n + 1}', *(('protocol = hunnox',) if BRIDGES[b][2] == 'hunnox' else ()))
            for n, b in enumerate(names)), dialects=[BRIDGES[b][2] for b in names])
        for n in range(len(names)):
            self.load(n, 20 + 3 * n)
        for n in range(len(names)):
            self.wait_load(n, 20 + 3 * n)
        for n, name in enumerate(names):
            offers = self.own(COMMAND_ALLOWED, n, 'test.battery.start.quick')
            self.assertEqual(offers is None, name in NO_TESTS, name)


class ValuesStandalone(Values):
    STANDALONE = True
    test_every_bridge = None  # once is enough


class Alike(Usb):
    """Two devices of one kind: which unit gets which."""

    def check(self, first, second):
        """Unit 0 shows the UPS `first`, unit 1 the UPS `second`."""
        self.load(first, 21)
        self.load(second, 42)
        self.wait_load(0, 21)
        self.wait_load(1, 42)

    def replug(self, places):
        """Pulls both out, and puts them in again as (device, port), in that order."""
        before = [self.own(RECONNECTS, n) for n in (0, 1)]
        for n in (0, 1):
            self.unplug(n)
        for n in (0, 1):
            self.wait_lost(n)
        for device, port in places:
            self.bus.command(f'plug {device} {port}')
        for n in (0, 1):
            wait_until(lambda n=n: self.own(RECONNECTS, n) > before[n], f'unit {n} is back')

    def test_by_serial_number(self):
        self.start([('cypress', 'A1'), ('cypress', 'B2')], ('serial = B2',), ('serial = A1',))
        self.check(1, 0)
        self.replug([(1, 1), (0, 2)])  # each at the other's port
        self.check(1, 0)

    def test_by_place(self):
        """Without serial numbers: what is plugged in there counts."""
        self.start([('cypress', None), ('cypress', None)], ('busport = 002',), ('busport = 001',))
        self.check(1, 0)
        self.replug([(1, 2), (0, 1)])
        self.check(1, 0)
        self.replug([(0, 2), (1, 1)])
        self.check(0, 1)

    def test_without_selectors(self):
        """Each takes one, and the same again whoever comes first."""
        self.start([('cypress', 'A1'), ('cypress', 'B2')], (), ())
        self.load(0, 21)
        self.load(1, 42)
        wait_until(lambda: {self.value(n, 'upsOutputPercentLoad.1') for n in (0, 1)} == {21, 42}, 'one each')
        first = 0 if self.value(0, 'upsOutputPercentLoad.1') == 21 else 1
        for places in ([(1, 3), (0, 4)], [(0, 5), (1, 6)], [(1, 1), (0, 2)]):
            self.replug(places)
            self.check(first, 1 - first)

    def test_third_device_is_nobodys(self):
        """A unit that waits for its own does not take another one."""
        self.start([('cypress', 'A1'), ('cypress', 'B2')], (), ())
        self.unplug(0)
        self.unplug(1)
        for n in (0, 1):
            self.wait_lost(n)
        self.bus.command('add cypress C3')
        pause(1.5)
        self.assertEqual([self.own(CONNECTION, n) for n in (0, 1)], [LOST, LOST])
        self.bus.command('plug 1')
        self.bus.command('plug 0')
        for n in (0, 1):
            wait_until(lambda n=n: self.own(CONNECTION, n) == CONNECTED, 'back')


if __name__ == '__main__':
    tap.main()
