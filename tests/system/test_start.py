#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Command line, configuration errors, start with dead ports, the background, exclusive ports."""

import ctypes
import os
import re
import signal
import socket
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import tap  # noqa: E402
from harness import (BATTERY_UNKNOWN, Case, DEADLINE, Daemon, Master, NORMAL, OTHER, SLOW, Sim,  # noqa: E402
                     UPSMIBD, oid, section, wait_until)

PR_SET_CHILD_SUBREAPER = 36


def dead_tcp_port(case):
    """A port that accepts connections and never answers."""
    s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    case.addCleanup(s.close)
    s.bind(('127.0.0.1', 0))
    s.listen(64)
    return f'tcp:127.0.0.1:{s.getsockname()[1]}'


class CommandLine(Case):
    def run_it(self, *arguments, timeout=30):
        return self.lab.run(UPSMIBD, *arguments, timeout=timeout * SLOW)

    def test_version(self):
        done = self.run_it('--version')
        self.assertEqual((done.returncode, done.stderr), (0, ''))
        self.assertRegex(done.stdout, r'^upsmibd \d+\.\d+\.\d+')

    def test_help(self):
        done = self.run_it('--help')
        self.assertEqual((done.returncode, done.stderr), (0, ''))
        for option in ('--agentx', '--standalone', '--check', '--probe', '--list-drivers'):
            self.assertIn(option, done.stdout)

    def test_wrong_command_lines(self):
        for arguments in (['--nonsense'], ['--probe'], ['one', 'two'],
                          ['--agentx', 'unix:/x', '--standalone', 'udp:127.0.0.1:1'],
                          ['--check', '--probe', 'ups0'], ['-c']):
            done = self.run_it(*arguments)
            self.assertNotIn(done.returncode, (0, None), arguments)
            self.assertGreater(done.returncode, 0, f'{arguments} was killed')
            self.assertTrue(done.stderr, arguments)
            self.assertEqual(done.stdout, '', arguments)

    def test_list_drivers(self):
        done = self.run_it('--list-drivers')
        self.assertEqual((done.returncode, done.stderr), (0, ''))
        self.assertRegex(done.stdout, r'(?m)^huawei-ups2000\b')

    def test_options_of_a_driver(self):
        done = self.run_it('--list-drivers', 'huawei-ups2000')
        self.assertEqual(done.returncode, 0, done.stderr)
        for option in ('slave_id', 'baudrate', 'response-timeout'):
            self.assertIn(option, done.stdout)
        done = self.run_it('--list-drivers', 'no-such-driver')
        self.assertEqual(done.returncode, 1)
        self.assertIn('no-such-driver', done.stderr)


class Check(CommandLine):
    def check(self, text):
        path = self.lab.write('upsmibd.conf', text)
        return path, self.run_it('--check', '-c', path)

    def test_good_configuration(self):
        _, done = self.check('[ups0]\ndriver = huawei-ups2000\nport = /dev/ttyUSB0\n')
        self.assertEqual((done.returncode, done.stderr), (0, ''))
        self.assertIn('1 unit', done.stdout)

    def test_errors_name_file_and_line(self):
        good = '[ups0]\ndriver = huawei-ups2000\nport = /dev/ttyUSB0\n'
        for line, text in (
                (1, 'pollintervall = 1\n' + good), (1, 'pollinterval = 0.01\n' + good),
                (1, 'pollinterval = soon\n' + good), (1, 'maxage = -1\n' + good),
                (1, 'allow = everything\n' + good), (1, 'on-stale = perhaps\n' + good),
                (4, good + 'slave_id = 248\n'), (4, good + 'slave_id = x\n'),
                (4, good + 'baudrate = 9601\n'), (4, good + 'no_such_option = 1\n'),
                (2, '[ups0]\ndriver = no-such-driver\nport = x\n'),
                (4, good + '[ups0]\ndriver = huawei-ups2000\nport = /dev/ttyUSB1\n'),
                (4, good + 'desc = "no end\n'), (4, good + '[ups1\n'),
                (3, '[ups0]\ndriver = huawei-ups2000\nport =\n'),
                (3, '[ups0]\ndriver = huawei-ups2000\nport = tcp:127.0.0.1:99999\n')):
            path, done = self.check(text)
            self.assertEqual(done.returncode, 1, text)
            self.assertRegex(done.stderr, rf'(?m)^{re.escape(path)}:{line}: error: \S', text)

    def test_units_without_driver_or_port(self):
        for text in ('[ups0]\nport = /dev/ttyUSB0\n', '[ups0]\ndriver = huawei-ups2000\n'):
            path, done = self.check(text)
            self.assertEqual(done.returncode, 1, text)
            self.assertRegex(done.stderr, rf'(?m)^{re.escape(path)}:1: error: ', text)

    def test_all_errors_at_once(self):
        path, done = self.check('maxage = x\n[ups0]\ndriver = huawei-ups2000\nport = /dev/x\n'
                                'slave_id = 999\nwhat = ever\n')
        lines = re.findall(rf'(?m)^{re.escape(path)}:(\d+): error: ', done.stderr)
        self.assertEqual(lines, ['1', '5', '6'])

    def test_empty_and_missing_files(self):
        _, done = self.check('# nothing\n')
        self.assertEqual(done.returncode, 1)
        done = self.run_it('--check', '-c', self.lab.path('missing.conf'))
        self.assertEqual(done.returncode, 1)
        self.assertIn('missing.conf', done.stderr)
        done = self.run_it('--check', '-c', self.lab.dir)
        self.assertEqual(done.returncode, 1)
        self.assertIn(self.lab.dir, done.stderr)

    def test_daemon_does_not_start_with_errors(self):
        path = self.lab.write('upsmibd.conf', 'maxage = x\n')
        for mode in ([], ['-f']):
            done = self.run_it(*mode, '-c', path, '--agentx', 'unix:' + self.lab.path('agentx'))
            self.assertEqual(done.returncode, 1)
            self.assertIn(f'{path}:1: error: ', done.stderr)


class Probe(CommandLine):
    def probe(self, port, unit='ups0', **options):
        path = self.lab.write('upsmibd.conf', f'[ups0]\ndriver = huawei-ups2000\nport = {port}\n'
                              'response-timeout = 200\n')
        return self.run_it('--probe', '-c', path, unit, **options)

    def test_values(self):
        done = self.probe(Sim(self.lab).port())
        self.assertEqual((done.returncode, done.stderr), (0, ''))
        names = [line.split(': ')[0] for line in done.stdout.splitlines()]
        self.assertEqual(names, sorted(names))
        for name in ('battery.voltage', 'input.voltage', 'output.voltage', 'ups.load', 'ups.mfr',
                     'ups.model', 'ups.status'):
            self.assertIn(name, names)
        self.assertIn('ups.status: OL', done.stdout)

    def test_dead_ports(self):
        for port, reason in ((self.lab.path('no-tty'), 'No such file'),
                             ('/dev/null', ''), (self.lab.dir, ''),
                             ('tcp:127.0.0.1:1', 'refused')):
            done = self.probe(port)
            self.assertEqual(done.returncode, 1, port)
            self.assertEqual(done.stdout, '')
            self.assertRegex(done.stderr, r'^upsmibd: ups0: \S')
            self.assertIn(reason, done.stderr)
            self.assertEqual(len(done.stderr.splitlines()), 1)

    def test_silent_device(self):
        sim = Sim(self.lab)
        sim.command('mute on')
        done = self.probe(sim.port(), timeout=60)
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr, r'^upsmibd: ups0: \S')

    def test_foreign_device(self):
        sim = Sim(self.lab, 'model=TOASTER')
        done = self.probe(sim.port(), timeout=60)
        self.assertEqual(done.returncode, 1)
        self.assertIn('TOASTER', done.stderr)

    def test_unknown_unit(self):
        done = self.probe('/dev/null', unit='ups9')
        self.assertEqual(done.returncode, 1)
        self.assertIn('ups9', done.stderr)


class DeadPorts(Case):
    """SNMP answers at once, whatever the wires do."""

    def test_answers_soon_after_start(self):
        ports = [self.lab.path('no-tty'), dead_tcp_port(self), 'tcp:127.0.0.1:1', '/dev/null']
        sim = Sim(self.lab)
        sim.command('mute on')
        conf = ''.join(section(f'ups{n}', None, port=port)
                       for n, port in enumerate(ports + [sim.port()]))
        master = Master(self.lab, contexts=[f'ups{n}' for n in range(5)])
        clients = [self.lab.client(master.port, f'c_ups{n}', timeout=0.05, retries=200 * SLOW)
                   for n in range(5)]
        start = time.monotonic()
        daemon = Daemon(self.lab, conf, '--agentx', master.agentx)
        for client in clients:
            wait_until(lambda c=client: c.value(oid('upsOutputSource.0')) == OTHER, 'an answer')
        took = time.monotonic() - start
        print(f'# five units with dead ports answered {took * 1000:.0f} ms after the start')
        self.assertLess(took, 0.5 * SLOW)
        for client in clients:
            self.assertEqual(client.value(oid('upsBatteryStatus.0')), BATTERY_UNKNOWN)
            self.assertIsNone(client.value(oid('upsBatteryVoltage.0')))
            self.assertIsNotNone(client.value(oid('upsIdentAgentSoftwareVersion.0')))
        # one line a unit says why
        wait_until(lambda: len(daemon.lines('cannot reach')) >= 4, 'reasons in the log', 15 * SLOW)
        stop = time.monotonic()
        self.assertEqual(daemon.stop(), 0)
        self.assertLess(time.monotonic() - stop, 5 * SLOW, 'a dead wire does not hold the end up')

    def test_device_that_appears_later(self):
        sim = Sim(self.lab)
        sim.command('unplug')
        master = Master(self.lab)
        Daemon(self.lab, section('ups0', sim), '--agentx', master.agentx)
        self.wait_value(master.client, 'upsOutputSource.0', OTHER)
        sim.command('plug')
        self.wait_value(master.client, 'upsOutputSource.0', NORMAL, 5.0 * SLOW)


class Background(Case):
    """Without -f."""

    def setUp(self):
        # orphans become children of this process, so that they can be found and waited for
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1)
        self.pids = set()

    def tearDown(self):
        for pid in self.pids:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)

    def children(self):
        with open(f'/proc/self/task/{os.getpid()}/children', encoding='ascii') as f:
            return {int(pid) for pid in f.read().split()}

    def begin(self, *arguments):
        """Runs the program; its exit status, its words, and the daemon it left."""
        before = self.children()
        done = subprocess.run([UPSMIBD, *arguments], capture_output=True, timeout=DEADLINE,
                              check=False, env=self.lab.env, encoding='utf-8', cwd=self.lab.dir)
        left = self.children() - before
        self.pids |= left
        return done, left

    def test_daemon_in_the_background(self):
        master = Master(self.lab)
        conf = self.lab.write('upsmibd.conf', section('ups0', Sim(self.lab)))
        done, left = self.begin('-c', conf, '--agentx', master.agentx, '--state', self.lab.dir)
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, '', ''))
        self.assertEqual(len(left), 1)
        pid = left.pop()
        self.wait_value(master.client, 'upsOutputSource.0', NORMAL)
        self.assertEqual(os.getsid(pid), pid, 'no terminal')
        for fd in (0, 1, 2):
            self.assertEqual(os.readlink(f'/proc/{pid}/fd/{fd}'), '/dev/null')
        os.kill(pid, signal.SIGTERM)
        status = wait_until(lambda: os.waitpid(pid, os.WNOHANG)[1:] if self.gone(pid) else None,
                            'the daemon ends')
        self.pids.discard(pid)
        self.assertEqual(status, (0,))

    def gone(self, pid):
        with open(f'/proc/{pid}/stat', encoding='ascii') as f:
            return f.read().rsplit(')', 1)[1].split()[0] == 'Z'

    def test_failure_is_told_to_the_starter(self):
        conf = self.lab.write('upsmibd.conf', '[ups0]\ndriver = huawei-ups2000\nport = /dev/null\n')
        done, left = self.begin('-c', conf, '--agentx', 'tcp:127.0.0.1:99999')
        self.assertEqual(done.returncode, 1)
        self.assertIn('tcp:ADDRESS:PORT', done.stderr)
        for pid in left:
            wait_until(lambda p=pid: self.gone(p), 'no daemon stays')


class Exclusive(Case):
    def test_second_daemon_on_the_same_tty(self):
        sim = Sim(self.lab)
        master = Master(self.lab)
        Daemon(self.lab, section('ups0', sim), '--agentx', master.agentx)
        self.wait_value(master.client, 'upsOutputSource.0', NORMAL)
        second = Daemon(self.lab, section('other', sim), '--agentx',
                        'unix:' + self.lab.path('nobody'), name='second.conf')
        line = wait_until(lambda: second.lines('cannot reach'), 'the second is refused')[0]
        self.assertRegex(line, r'(?i)in use|locked|busy|another')
        # the first one goes on undisturbed
        requests = sim.requests()
        wait_until(lambda: sim.requests() > requests + 4, 'polls go on')
        self.assertEqual(master.client.value(oid('upsOutputSource.0')), NORMAL)
        self.assertEqual(sim.command('get malformed'), '0')

    def test_probe_of_a_tty_in_use(self):
        sim = Sim(self.lab)
        daemon = Daemon(self.lab, section('ups0', sim), '--agentx',
                        'unix:' + self.lab.path('nobody'))
        wait_until(lambda: sim.requests() > 5, 'polls')
        done = self.lab.run(UPSMIBD, '--probe', '-c', daemon.conf, 'ups0', timeout=60 * SLOW)
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr, r'(?i)in use|locked|busy|another')


if __name__ == '__main__':
    tap.main()
