#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""USB UPSes behind a real kernel: enumeration, usbfs, usbhid, udev.  Runs in the machine of vm.py.

The devices are those of tests/sim/usb; vhcisim shows them to the kernel by USB/IP.
"""

import os
import re
import stat
import statistics
import subprocess
import sys
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), 'system')]
import tap  # noqa: E402
import udev  # noqa: E402
from harness import (COMMUNICATIONS_LOST_ALARM, Case, Daemon, Lab, NORMAL, SLOW,  # noqa: E402
                     SharedCase, Sim, UPSMIBD, free_port, oid, wait_until)
from usbbus import Bus, Holder, use_unclaimed  # noqa: E402

BACK = 2 * SLOW          # s from the device's return to its values, as a rule
BACK_MOST = 8 * SLOW     # once in a while: the machine is emulated, and its host may be busy
UNSEEN_BACK = 45 * SLOW  # the same where no udev tells of it (docs/usb-ups.md)
REPLUGS = 12
NOBODY = 65534
LOST = 'communication lost'

# What usbline_megatec of tests/sim/usb answers.
VALUES = {'input.voltage': '230.1', 'output.voltage': '230.1', 'ups.load': '12.0',
          'input.frequency': '50.0', 'battery.voltage': '27.20', 'ups.temperature': '25.0'}
BATTERY_VOLTAGE = 272  # 0.1 V

# model: has interrupt IN, without which the kernel's HID driver does not want it; more options
BRIDGES = {
    'ablerex': (False, ()), 'armac': (True, ()), 'cypress': (True, ()), 'fabula': (True, ()),
    'fuji': (True, ()), 'gtec': (True, ('vendorid = 0001', 'productid = 0001', 'subdriver = gtec')),
    'hunnox': (True, ()), 'ippon': (True, ()), 'krauler': (False, ()), 'omron': (True, ()),
    'phoenix': (True, ()), 'phoenixtec': (True, ()), 'sgs': (True, ()),
    'snr': (True, ('vendorid = 0001', 'productid = 0000', 'subdriver = snr')),
}


def unit(name, *options):
    return '\n'.join([f'[{name}]', 'driver = qx', 'port = auto', 'protocol = megatec',
                      *options]) + '\n'


def at(device):
    return f'busport = {device.port:03}'


def probe(lab, conf, **who):
    """--probe of unit ups0: its exit status, what it read, and what it said."""
    path = lab.write('probe.conf', conf)
    os.chmod(path, 0o644)
    os.chmod(lab.dir, 0o755)
    done = subprocess.run([UPSMIBD, '--probe', '-c', path, 'ups0'], env=lab.env, timeout=30 * SLOW,
                          capture_output=True, encoding='utf-8', check=False, **who)
    if re.search('Sanitizer|runtime error:', done.stderr):
        raise AssertionError(done.stderr)
    values = dict(line.split(': ', 1) for line in done.stdout.splitlines())
    return done.returncode, values, done.stderr


def start(lab, conf, contexts=()):
    """The daemon as an agent of its own, and a manager."""
    lab.write('standalone.conf', 'view all included .1\nrocommunity public 127.0.0.1\n' + ''.join(
        f'rocommunity c_{c} 127.0.0.1 -V all {c}\n' for c in contexts))
    port = free_port()
    daemon = Daemon(lab, 'pollinterval = 0.3\n' + conf, '--standalone', f'udp:127.0.0.1:{port}')
    daemon.port = port
    wait_until(lambda: daemon.lines('started') or not daemon.running(), 'the daemon starts')
    return daemon, lab.client(port)


class UsbCase(Case):
    """A bus and helpers."""

    UDEV = True

    def setUp(self):
        if self.UDEV:
            udev.start()
        self.bus = Bus(self.lab)

    def start(self, conf, **how):
        self.daemon, self.client = start(self.lab, conf, **how)

    def value(self, name, client=None):
        return (client or self.client).value(oid(name))

    def wait_values(self, within=None):
        """Fresh ones: the device answers, and what it says is served."""
        wait_until(lambda: self.value('upsAlarmsPresent.0') == 0
                   and self.value('upsBatteryVoltage.0') == BATTERY_VOLTAGE, 'values', within)

    def wait_lost(self, times=1):
        """Until the daemon has noticed so often; the alarm comes only 5 s later."""
        wait_until(lambda: len(self.daemon.lines(LOST)) >= times, 'the loss is noticed')

    def tearDown(self):
        super().tearDown()
        self.bus.kill()


class WithoutUdev(SharedCase):
    """Nothing tells libusb of events: devices are found all the same, by looking.

    A daemon whose device was replugged looks anew after half a minute; meanwhile every bridge is
    probed.
    """

    @classmethod
    def prepare(cls):
        cls.bus = Bus(cls.lab)
        cls.ups = cls.bus.add('cypress', 'HALL')
        cls.daemon, cls.client = start(cls.lab, unit('ups0', 'serial = HALL'))
        cls.opened = 0
        wait_until(cls.answers, 'values')
        cls.opened = 1
        cls.ups.pull()
        cls.ups.wait_gone()
        wait_until(lambda: cls.daemon.lines(LOST), 'the loss is noticed')
        cls.ups.plug(cls.ups.port + 1)
        cls.back = time.monotonic()

    @classmethod
    def answers(cls):
        return (cls.client.value(oid('upsAlarmsPresent.0')) == 0
                and cls.client.value(oid('upsBatteryVoltage.0')) == BATTERY_VOLTAGE
                and len(cls.daemon.lines('bus 001 device')) > cls.opened)

    def bridge(self, model):
        has_in, options = BRIDGES[model]
        device = self.bus.add(model)
        wait_until(lambda: not has_in or device.driver() == 'usbhid', 'usbhid has the interface')
        before = device.driver()
        status, values, said = probe(self.lab, unit('ups0', at(device), *options))
        self.assertEqual(status, 0, said)
        self.assertIn(f'{model} {device.attribute("idVendor")}:{device.attribute("idProduct")} at '
                      f'bus', said)
        self.assertLessEqual(VALUES.items(), values.items())
        self.assertEqual(device.driver(), before, 'what had the interface has it again')
        device.pull()
        device.wait_gone()

    def test_unseen_replug_is_found(self):
        wait_until(self.answers, 'values', self.back + UNSEEN_BACK - time.monotonic())


for _model in BRIDGES:
    setattr(WithoutUdev, f'test_probe_{_model}', lambda self, model=_model: self.bridge(model))


class KernelDriver(UsbCase):
    UDEV = False

    def test_usbhid_steps_aside_and_comes_back(self):
        ups = self.bus.add('cypress')
        wait_until(lambda: ups.driver() == 'usbhid', 'usbhid has the interface')
        self.start(unit('ups0'))
        self.wait_values()
        self.assertEqual(ups.driver(), 'usbfs')
        self.assertEqual(self.daemon.stop(), 0)
        self.assertEqual(ups.driver(), 'usbhid')

    def test_of_others_is_left_alone(self):
        """Only the device that is taken loses its kernel driver, though all are looked at."""
        ups, other = self.bus.add('cypress', 'A'), self.bus.add('cypress', 'B')
        wait_until(lambda: (ups.driver(), other.driver()) == ('usbhid', 'usbhid'), 'usbhid')
        self.start(unit('ups0', 'serial = B'))
        self.wait_values()
        self.assertEqual((ups.driver(), other.driver()), ('usbhid', 'usbfs'))


class Refused(UsbCase):
    UDEV = False

    def test_in_use_by_another_program(self):
        ups = self.bus.add('cypress')
        holder = Holder(ups)
        status, _, said = probe(self.lab, unit('ups0'))
        self.assertNotEqual(status, 0)
        self.assertIn('in use by another program', said)
        holder.let_go()
        status, values, said = probe(self.lab, unit('ups0'))
        self.assertEqual(status, 0, said)
        self.assertLessEqual(VALUES.items(), values.items())

    def test_the_daemon_waits_for_it(self):
        holder = Holder(self.bus.add('cypress'))
        self.start(unit('ups0'))
        wait_until(lambda: self.daemon.lines('in use by another program'), 'the reason in the log')
        holder.let_go()
        self.wait_values()

    def test_a_probe_takes_nothing_from_the_daemon(self):
        ups = self.bus.add('cypress')
        self.start(unit('ups0'))
        self.wait_values()
        status, _, said = probe(self.lab, unit('ups0'))
        self.assertNotEqual(status, 0)
        self.assertIn('in use by another program', said)
        lines = ups.get('lines')
        wait_until(lambda: ups.get('lines') > lines + 2, 'the daemon goes on')
        self.wait_values()
        self.assertEqual(self.daemon.lines('lost'), [])

    def test_no_permission(self):
        self.bus.add('cypress')
        status, _, said = probe(self.lab, unit('ups0'), user=NOBODY, group=NOBODY, extra_groups=[])
        self.assertNotEqual(status, 0)
        self.assertIn('Access denied', said)
        self.assertIn('udev rule', said)


class Rules(UsbCase):
    """conf/60-upsmibd.rules."""

    def test_every_model_gets_group_and_mode(self):
        devices = [self.bus.add_soon(model) for model in BRIDGES]
        for device in devices:
            device.wait_there()
        udev.settle()
        for device in devices:
            about = os.stat(device.node())
            mine = device.model != 'gtec'  # it has no row
            self.assertEqual((about.st_gid, stat.S_IMODE(about.st_mode)),
                             (udev.GROUP_ID, 0o660) if mine else (0, 0o664), device.model)
        self.assertNotIn('60-upsmibd.rules', udev.start().log(), 'udevd has nothing to say to them')

    def test_the_group_may_use_it(self):
        ups = self.bus.add('cypress')
        udev.settle()
        status, values, said = probe(self.lab, unit('ups0'), user=NOBODY, group=udev.GROUP_ID,
                                     extra_groups=[])
        self.assertEqual(status, 0, said)
        self.assertLessEqual(VALUES.items(), values.items())
        self.assertEqual(ups.driver(), 'usbhid')


class Service(UsbCase):
    def test_values(self):
        self.bus.add('cypress')
        self.start(unit('ups0'))
        self.wait_values()
        self.assertEqual(self.value('upsOutputSource.0'), NORMAL)
        self.assertEqual(self.value('upsOutputVoltage.1'), 230)
        self.assertEqual(self.value('upsOutputPercentLoad.1'), 12)

    def with_sims(self, *loads):
        """So many cypress devices, each with a simulated UPS of its own behind it."""
        self.sims = [Sim(self.lab, f'load={load}', protocol='megatec') for load in loads]
        upses = [self.bus.add('cypress') for _ in loads]
        for ups, sim in zip(upses, self.sims):
            self.bus.command('relay', ups.number, sim.link)
        return upses

    def load(self, client=None):
        return self.value('upsOutputPercentLoad.1', client)

    def test_replugs(self):
        """In flight or not, elsewhere and under another address each time."""
        ups, = self.with_sims(10)
        self.start(unit('ups0'))
        wait_until(lambda: self.load() == 10, 'values')
        took, addresses = [], {ups.address()}
        for i in range(REPLUGS):
            if i % 2:
                ups.set('late', 150)
                lines = ups.get('lines')
                wait_until(lambda n=lines: ups.get('lines') > n, 'a query is on its way')
            ups.pull()
            ups.wait_gone()
            self.wait_lost(i + 1)
            ups.set('late', 0)
            self.sims[0].command(f'load {11 + i}')
            begun = time.monotonic()
            ups.plug()
            ups.wait_there()
            there = time.monotonic()
            wait_until(lambda n=11 + i: self.load() == n, 'the new load', BACK_MOST)
            took.append((there - begun, time.monotonic() - there))
            addresses.add(ups.address())
        self.assertEqual(len(addresses), REPLUGS + 1)
        print('# replugs: values after ' + ' '.join(f'{t:.2f}' for _, t in took)
              + f' s; the kernel took up to {max(k for k, _ in took):.2f} s before')
        self.assertLess(statistics.median(t for _, t in took), BACK)

    def test_two_alike(self):
        """Told apart by their ports; each has its own values, also after both were replugged."""
        upses = self.with_sims(20, 60)
        self.start(''.join(unit(f'ups{i}', at(u)) for i, u in enumerate(upses)), contexts=['ups1'])
        clients = [self.client, self.lab.client(self.daemon.port, 'c_ups1')]

        def loads():
            return [self.load(c) for c in clients]
        wait_until(lambda: loads() == [20, 60], 'the loads of both')
        for ups in upses:
            ups.pull()
            ups.wait_gone()
        self.wait_lost(2)
        for sim, load in zip(self.sims, (21, 61)):
            sim.command(f'load {load}')
        for ups in reversed(upses):
            ups.plug(ups.port)
            ups.wait_there()
        wait_until(lambda: loads() == [21, 61], 'the new loads of both', BACK_MOST)

    def test_another_one_is_not_taken(self):
        """A unit that had a device waits for that one, whatever appears meanwhile."""
        ups = self.bus.add('cypress', 'A')
        self.start(unit('ups0'))
        self.wait_values()
        ups.pull()
        ups.wait_gone()
        self.wait_lost()
        other = self.bus.add('cypress', 'B')
        wait_until(lambda: other.get('reads') > 5, 'it was looked at')
        ups.plug()
        ups.wait_there()
        self.wait_values(BACK_MOST)
        self.assertEqual(other.get('lines'), 0)


class Faults(UsbCase):
    """What goes through the kernel's own handling of errors."""

    def recovers(self, fault, count, counter, **how):
        ups = self.bus.add('cypress')
        self.start(unit('ups0'))
        self.wait_values()
        before = ups.get(counter)
        ups.set(fault, count)
        wait_until(lambda: ups.get(counter) > before, f'{counter} {fault}')
        lines = ups.get('lines')
        wait_until(lambda: ups.get('lines') > lines + 3, 'polls go on')
        self.wait_values()
        return ups

    def test_halted_endpoint_is_cleared(self):
        self.recovers('stalls', 1, 'clears')

    def test_overflows_end_in_a_reset(self):
        self.recovers('overflows', 3, 'resets')

    def test_silence(self):
        """Transfers without an answer are cancelled; the device is used on when it speaks again."""
        ups = self.bus.add('cypress')
        self.start(unit('ups0'))
        self.wait_values()
        ups.set('silent', 1)
        self.wait_alarm(self.client, COMMUNICATIONS_LOST_ALARM)
        ups.set('silent', 0)
        self.wait_values()
        self.assertEqual(ups.driver(), 'usbfs')


class KernelLog(unittest.TestCase):
    """Of all that went before."""

    TROUBLE = re.compile('BUG:|WARNING:|Oops|Call Trace')
    WARNING = 4  # and what is graver has lower numbers

    @staticmethod
    def records():
        """(level, text) of all there are."""
        found = []
        with open('/dev/kmsg', 'rb', buffering=0) as log:
            os.set_blocking(log.fileno(), False)
            while record := log.read(8192):
                head, _, text = record.decode(errors='replace').partition(';')
                found.append((int(head.split(',')[0]) & 7, text.split('\n')[0]))
        return found

    def complaints(self):
        return [text for level, text in self.records()
                if self.TROUBLE.search(text) or level <= self.WARNING and 'usbfs' in text]

    def test_no_complaint(self):
        self.assertEqual(self.complaints(), [])

    def test_the_log_would_tell(self):
        lab = Lab()
        try:
            use_unclaimed(Bus(lab).add('cypress'), 0x81)
        finally:
            lab.close()
        self.assertRegex('\n'.join(self.complaints()), 'did not claim interface 0 before use')


def load_tests(loader, _tests, _pattern):
    """udevd can't be undone: first the tests that do without it."""
    order = [WithoutUdev, KernelDriver, Refused, Rules, Service, Faults, KernelLog]
    return unittest.TestSuite(loader.loadTestsFromTestCase(case) for case in order)


if __name__ == '__main__':
    tap.main()
