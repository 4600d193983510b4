#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""--scan: what it prints for UPSes on a simulated USB bus, on ttys and over TCP, and that upsmibd
then finds the same UPSes by those very sections."""

import fcntl
import os
import re
import subprocess
import sys
import termios
import threading
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import tap  # noqa: E402
from harness import (BUILD, Case, Daemon, Master, NORMAL, SLOW, SRC, Sim, UPSMIBD, pause, probe)  # noqa: E402

USBSIM = os.path.join(BUILD, 'tests/sim/usb/usbsim')
FOUND, NOTHING, FAILED = 0, 1, 2
# the preload of umockdev comes before a sanitizer's runtime
USB_ENV = {'ASAN_OPTIONS': 'verify_asan_link_order=0:detect_leaks=0', 'TSAN_OPTIONS': 'report_bugs=0',
           'USBSIM_TSAN_OPTIONS': f'suppressions={SRC}/tests/unit/tsan.supp',
           'LSAN_OPTIONS': f'print_suppressions=0:suppressions={SRC}/tests/unit/lsan.supp'}


def has_huawei(lab):
    return 'huawei-ups2000' in lab.run(UPSMIBD, '--list-drivers').stdout


class Scan(Case):
    def scan(self, *ports, conf=None):
        """The exit status; what was printed is in self.out and self.err."""
        done = self.lab.run(UPSMIBD, '--scan', '-c', conf or self.lab.path('none.conf'), *ports,
                            timeout=100 * SLOW)
        return self.took(done)

    def took(self, done):
        self.assertNotRegex(done.stderr, r'Sanitizer|runtime error:')
        self.out, self.err = done.stdout, done.stderr
        return done.returncode

    def sections(self):
        """The ready sections: name -> {option: value}."""
        found = {}
        for line in self.out.splitlines():
            if line.startswith('['):
                at = found[line.strip('[]')] = {}
            elif line and line[0] != '#':
                name, value = line.split(' = ', 1)
                at[name] = value
        return found

    def check(self, text):
        done = self.lab.run(UPSMIBD, '--check', '-c', self.lab.write('found.conf', text))
        self.assertEqual(done.returncode, 0, done.stderr + text)

    def probe(self, unit):
        return probe(self.lab, self.lab.write('found.conf', self.out), unit)


class Ports(Scan):
    def test_all_kinds_at_once(self):
        """Devices that know nothing of each other: each is found, not hurt, and then read by its section."""
        huawei = has_huawei(self.lab)
        kinds = ['siemens-sitop', 'megatec', 'mecer', 'zinto'] + ['huawei-ups2000'] * (2 if huawei else 0)
        sims = [Sim(self.lab, protocol=kind, tcp=number in (3, 5)) for number, kind in enumerate(kinds)]
        ports = [sim.port() for sim in sims]
        ports[1] = self.lab.path('my "UPS" #1 \\ =')  # needs quoting
        os.symlink(sims[1].port(), ports[1])
        self.assertEqual(self.scan(*ports), FOUND, self.err)
        self.check(self.out)
        found = list(self.sections().items())
        self.assertEqual([(name, s['driver'], s.get('protocol')) for name, s in found],
                         [('serial1', 'siemens-sitop', None), ('serial2', 'qx', 'megatec'),
                          ('serial3', 'qx', 'mecer'), ('net1', 'qx', 'zinto'),
                          ('serial4', 'huawei-ups2000', None), ('net2', 'huawei-ups2000', None)][:len(kinds)])
        self.assertRegex(self.out, r'(?m)^# .*: Siemens, SITOP')
        self.assertRegex(self.out, r'(?m)^# .*: MEGATEC')
        self.assertRegex(sims[0].command('get stats'), r'\brequests[= ]0\b', 'what talks by itself is only heard')
        if huawei:  # some lock up on bytes that are no frame
            for word in sims[4].command('log').split():
                self.assertRegex(word, r'^!?01(2B0E|03)[0-9A-F]+$')
        for name, _ in found:
            self.assertIn('OL', self.probe(name)['ups.status'].split())
        self.serve([name for name, _ in found])

    def serve(self, units):
        """The sections serve a daemon as they are."""
        master = Master(self.lab, contexts=units)
        Daemon(self.lab, self.out, '--agentx', master.agentx)
        for unit in units[1:]:  # the first is the SITOP, which shows no source of this kind
            self.wait_value(self.lab.client(master.port, 'c_' + unit), 'upsOutputSource.0', NORMAL)

    def test_known_already(self):
        """Names of the configuration are not used again, its ports are not offered as new, nor is one twice."""
        sims = [Sim(self.lab, protocol='megatec') for _ in range(2)]
        have = f'[serial1]\ndriver = qx\nport = {sims[0].port()}\n'
        conf = self.lab.write('upsmibd.conf', have)
        again = os.path.realpath(sims[1].port())
        self.assertEqual(self.scan(*(sim.port() for sim in sims), again, conf=conf), FOUND, self.err)
        self.assertEqual([s['port'] for s in self.sections().values()], [sims[1].port()])
        self.assertIn('it is unit serial1 already', self.out)
        self.assertIn(f'{again}: the same port as {sims[1].port()}', self.out)
        self.check(have + self.out)

    def test_silence(self):
        sim = Sim(self.lab, protocol='megatec')
        sim.command('mute on')
        self.assertEqual(self.scan(sim.port()), NOTHING)
        self.assertEqual(self.sections(), {})
        self.assertRegex(self.out, r'(?m)^# qx: .*no answer')
        self.assertRegex(self.out, r'(?m)^# siemens-sitop: no status words')

    def test_somebody_who_talks(self):
        """A device that is no UPS and talks unasked is not sent a byte."""
        master, slave = os.openpty()
        ended, received = threading.Event(), []

        def talk():
            while not ended.is_set():
                os.write(master, b'$GPGGA,123519,4807.038,N\r\n')
                pause(0.05)
                try:
                    received.append(os.read(master, 1000))
                except BlockingIOError:
                    pass
        attributes = termios.tcgetattr(slave)
        attributes[3] &= ~termios.ECHO
        termios.tcsetattr(slave, termios.TCSANOW, attributes)
        os.set_blocking(master, False)
        path = os.ttyname(slave)
        talker = threading.Thread(target=talk)
        talker.start()
        try:
            self.assertEqual(self.scan(path), NOTHING)
        finally:
            ended.set()
            talker.join()
            os.close(master)
            os.close(slave)
        self.assertRegex(self.out, r'(?m)^# siemens-sitop: .*not a SITOP')
        self.assertNotIn('# qx:', self.out)
        self.assertEqual(received, [])

    def test_in_use(self):
        """The port of a running daemon is not opened."""
        sim = Sim(self.lab, protocol='megatec')
        conf = f'[ups0]\ndriver = qx\nprotocol = megatec\nport = {sim.port()}\n'
        master = Master(self.lab)
        daemon = Daemon(self.lab, conf, '--agentx', master.agentx)
        self.wait_value(master.client, 'upsOutputSource.0', NORMAL)
        self.assertEqual(self.scan(sim.port()), NOTHING)
        self.assertRegex(self.out, rf'in use by process {daemon.pid} \(upsmibd\)')
        self.assertEqual(self.sections(), {})

    def test_locked(self):
        """By another program, and nobody can be named: the lock itself is enough."""
        sim = Sim(self.lab, protocol='megatec')
        fd = os.open(sim.port(), os.O_RDWR | os.O_NOCTTY)
        fcntl.flock(fd, fcntl.LOCK_EX)
        sim.command('log')
        self.assertEqual(self.scan(sim.port()), NOTHING)
        self.assertRegex(self.out, r'in use by (process \d+|another program)')
        self.assertNotIn('Q1', sim.command('log'))
        os.close(fd)

    def test_bad_ports(self):
        for port in ('auto', 'ttyUSB0', 'tcp:nowhere', 'tcp:h:0'):
            self.assertEqual(self.scan(port), FAILED, port)
            self.assertEqual(self.out, '')
            self.assertRegex(self.err, r'^upsmibd: --scan: ')

    def test_dead_ports(self):
        self.assertEqual(self.scan('/nonexistent/tty', self.lab.write('file', ''), 'tcp:127.0.0.1:1'), NOTHING)
        self.assertIn('/nonexistent/tty', self.out)
        self.assertIn('not a serial port', self.out)
        self.assertIn('connecting', self.out)

    def test_output_that_fails(self):
        with open('/dev/full', 'wb') as full:
            done = subprocess.run([UPSMIBD, '--scan', '-c', self.lab.path('none.conf')], stdout=full,
                                  stderr=subprocess.PIPE, env=self.lab.env, timeout=60, check=False)
        self.assertEqual(done.returncode, FAILED)
        self.assertIn('stdout', done.stderr.decode())


class Looking(Scan):
    def test_nothing_is_asked(self):
        """Ports are listed as comments only, and all of them make a good configuration."""
        status = self.scan()
        self.assertIn(status, (FOUND, NOTHING))
        self.assertNotRegex(self.out, r'(?m)^\[serial')
        self.assertRegex(self.err, r'(?m)^upsmibd: \d+ USB UPS(es)?, \d+ serial ports?')
        opened = re.sub(r'(?m)^#(\[|\w+ = )', r'\1', self.out)
        if '[' in opened:
            self.check(opened)


@unittest.skipUnless(os.access(USBSIM, os.X_OK), 'no simulated USB bus')
class Usb(Scan):
    def usb(self, devices, script, *arguments):
        """Runs a shell script on a bus with these devices; $0 is upsmibd."""
        return self.lab.run(USBSIM, '-c', self.lab.fresh('bus'), *devices, '--', 'sh', '-c', script, UPSMIBD,
                            *arguments, env=USB_ENV, timeout=100 * SLOW)

    def scan_bus(self, *devices):
        return self.took(self.usb(devices, '"$0" --scan -c /nonexistent'))

    def probe_on(self, devices, unit):
        """--probe of a unit of what was printed, on the same bus."""
        done = self.usb(devices, '"$0" --probe -c "$1" "$2"', self.lab.write('found.conf', self.out),
                        unit)
        self.assertEqual(done.returncode, 0, done.stderr + self.out)
        return dict(line.split(': ', 1) for line in done.stdout.splitlines())

    def test_no_usb_ups(self):
        self.assertEqual(self.scan_bus(), NOTHING)
        self.assertIn('# No USB UPS that a driver knows.', self.out)
        self.assertEqual(self.sections(), {})

    def test_one(self):
        self.assertEqual(self.scan_bus('-d', 'cypress'), FOUND)
        self.assertEqual(self.sections(), {'usb1': {'driver': 'qx', 'port': 'auto', 'vendorid': '0665',
                                                    'productid': '5161'}})
        self.check(self.out)
        self.assertIn('OL', self.probe_on(['-d', 'cypress'], 'usb1')['ups.status'])

    def two(self, first, second):
        """Two UPSes of different load: each section has to read its own."""
        sims = [Sim(self.lab, 'load=20', protocol='megatec'), Sim(self.lab, 'load=60', protocol='megatec')]
        bus = ['-r', sims[0].link, '-d', first, '-r', sims[1].link, '-d', second]
        self.assertEqual(self.scan_bus(*bus), FOUND, self.err)
        self.check(self.out)
        self.assertEqual(list(self.sections()), ['usb1', 'usb2'])
        loads = [float(self.probe_on(bus, unit)['ups.load']) for unit in self.sections()]
        self.assertLess(abs(loads[0] - 20), 5, loads)
        self.assertLess(abs(loads[1] - 60), 5, loads)

    def test_two_by_serial_number(self):
        self.two('cypress:A.1', 'cypress:A+1')
        self.assertEqual([s['serial'] for s in self.sections().values()], ['"A[.]1"', '"A[+]1"'])

    def test_two_identical(self):
        self.two('cypress', 'cypress')
        for section in self.sections().values():
            self.assertNotIn('serial', section)
            self.assertEqual(section['bus'], '001')
        self.assertEqual([s['busport'] for s in self.sections().values()], ['001', '002'])

    def test_odd_serial_number(self):
        """What a device says can't break out of its section."""
        odd = 'x"]#=\\(*'
        self.two('cypress:' + odd, 'cypress:' + odd + '1')

    def test_many_kinds(self):
        bus = [w for model in ('krauler', 'fabula', 'hunnox', 'armac', 'ablerex', 'cypress', 'fuji')
               for w in ('-d', model)]
        self.assertEqual(self.scan_bus(*bus), FOUND)
        self.check(self.out)
        ready = self.sections()
        self.assertNotIn('ffff', [s['vendorid'] for s in ready.values()])
        self.assertRegex(self.out, r'(?m)^#vendorid = ffff$')
        self.assertIn('make sure that it is a UPS', self.out)
        for unit, section in ready.items():
            self.assertTrue(self.probe_on(bus, unit)['ups.status'], section)

    def test_running_daemon(self):
        """A UPS that a unit has is told of, and goes on being read."""
        conf = self.lab.write('upsmibd.conf', '[ups0]\ndriver = qx\nport = auto\n')
        state = self.lab.path('state')
        os.mkdir(state)
        script = ('"$0" -f -c "$1" --state "$2" --agentx unix:/nonexistent 2>"$3" & daemon=$!\n'
                  'until grep -q "the UPS speaks" "$3"; do kill -0 $daemon || exit 9; sleep 0.02; done\n'
                  '"$0" --scan -c "$1"; status=$?\n'
                  'kill $daemon; wait $daemon; exit $status')
        log = self.lab.write('daemon.log', '')
        done = self.usb(['-d', 'cypress'], script, conf, state, log)
        self.assertEqual(self.took(done), FOUND, done.stderr)
        self.assertIn('In use by another program', self.out)
        self.assertIn('has units on USB already', self.out)
        self.assertEqual(self.sections(), {})
        with open(log, encoding='utf-8') as f:
            self.assertNotRegex(f.read(), r'(?i)lost|Sanitizer|runtime error')

    def test_ready_for_the_daemon(self):
        """Two units of the printed sections in one daemon: neither takes the other's UPS."""
        self.assertEqual(self.scan_bus('-d', 'cypress', '-d', 'cypress'), FOUND)
        conf = self.lab.write('found.conf', self.out)
        state = self.lab.path('state')
        os.mkdir(state)
        log = self.lab.write('daemon.log', '')
        script = ('"$0" -f -c "$1" --state "$2" --agentx unix:/nonexistent 2>"$3" & daemon=$!\n'
                  'until [ "$(grep -c "the UPS speaks" "$3")" = 2 ]; do kill -0 $daemon || exit 9; sleep 0.02; done\n'
                  'kill $daemon; wait $daemon')
        done = self.usb(['-d', 'cypress', '-d', 'cypress'], script, conf, state, log)
        with open(log, encoding='utf-8') as f:
            self.assertEqual(done.returncode, 0, f.read())


if __name__ == '__main__':
    tap.main()
