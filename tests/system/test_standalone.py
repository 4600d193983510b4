#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The standalone agent by net-snmp's own tools: versions, users, contexts, errors, restarts.

Serves tests/unit/standalone_demo's made-up units, so that the daemon is not needed.
"""

import os
import resource
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import tap  # noqa: E402

BUILD = os.environ.get('builddir', os.getcwd())
DEMO = os.environ.get('STANDALONE_DEMO', os.path.join(BUILD, 'tests/unit/standalone_demo'))
DEADLINE = 20

UPS = '1.3.6.1.2.1.33'
NAME = UPS + '.1.1.5.0'      # upsIdentName.0
VOLTAGE = UPS + '.1.2.5.0'   # upsBatteryVoltage.0
SYS_DESCR = '1.3.6.1.2.1.1.1.0'
SYS_OBJECT_ID = '1.3.6.1.2.1.1.2.0'

CONF = '''
createUser ops SHA-256 "authpassphrase" AES "privpassphrase"
createUser old SHA "authpassphrase" AES "privpassphrase"
createUser stranger SHA-256 "authpassphrase" AES "privpassphrase"
rouser ops authpriv -V all ups*
rouser ops authpriv -V all
rouser old authpriv -V all
view all included .1
rocommunity public 127.0.0.1
rocommunity mapped1 127.0.0.1 -V all ups1
rwcommunity private 127.0.0.1
com2sec -Cn ups2 sec2 127.0.0.1 mapped2
group grp2 v1 sec2
group grp2 v2c sec2
access grp2 ups any noauth prefix all none none
sysContact ops@example.org
'''

V3 = ['-v3', '-u', 'ops', '-l', 'authPriv', '-a', 'SHA-256', '-A', 'authpassphrase',
      '-x', 'AES', '-X', 'privpassphrase']


def free_port(kind=socket.SOCK_DGRAM):
    with socket.socket(socket.AF_INET, kind) as s:
        s.bind(('127.0.0.1', 0))
        return s.getsockname()[1]


class Agent:
    """One run of the demo program."""

    def __init__(self, folder, conf=CONF, units=3, mode='', address=None, env=None,
                 **popen):
        self.port = free_port()
        self.address = address or 'udp:127.0.0.1:%d' % self.port
        self.log_path = os.path.join(folder, 'log')
        conf_path = os.path.join(folder, 'standalone.conf')
        if conf is None:
            if os.path.exists(conf_path):
                os.unlink(conf_path)
        else:
            with open(conf_path, 'w', encoding='ascii') as f:
                f.write(conf)
        command = [DEMO, self.address, conf_path, os.path.join(folder, 'state'), str(units)]
        with open(self.log_path, 'ab') as log:
            self.process = subprocess.Popen(
                command + ([mode] if mode else []), stdin=subprocess.PIPE,
                stdout=subprocess.PIPE, stderr=log, env={**os.environ, **(env or {})}, **popen)
        self.first_line = self._line()

    def _line(self):
        poll = select.poll()  # and not select(): the descriptor may be above 1023
        poll.register(self.process.stdout, select.POLLIN)
        ready = poll.poll(DEADLINE * 1000)
        return self.process.stdout.readline().decode().strip() if ready else 'silent'

    def log(self):
        with open(self.log_path, encoding='ascii', errors='replace') as f:
            return f.read()

    def stop(self):
        """Ends it and returns its exit status: sanitizers report there, too."""
        self.process.stdin.close()
        try:
            status = self.process.wait(DEADLINE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            status = 'hung'
        self.process.stdout.close()
        return status

    def run(self, tool, *args, retries=1, timeout=2):
        command = [tool, '-On', '-Oq', '-Ot', '-t', str(timeout), '-r', str(retries), *args]
        return subprocess.run(command, capture_output=True, timeout=60, check=False,
                              env=CLIENT_ENV, encoding='utf-8', errors='replace')

    def ask(self, tool, *args):
        """(args end with the OIDs); the OIDs and values of the answer."""
        options, names = split(args)
        done = self.run(tool, *options, self.address, *names)
        if done.returncode != 0:
            raise AssertionError(tool + ': ' + done.stdout + done.stderr)
        rows = [line.split(' ', 1) for line in done.stdout.splitlines() if line.startswith('.')]
        return {r[0][1:]: r[1].strip('"') for r in rows}

    def error(self, tool, *args, quick=False):
        """The text of a refusal; a tool that succeeds fails the test."""
        options, names = split(args)
        done = self.run(tool, *options, self.address, *names, retries=0 if quick else 1,
                        timeout=0.7 if quick else 2)
        if done.returncode == 0:
            raise AssertionError(tool + ' succeeded: ' + done.stdout)
        return done.stdout + done.stderr


def split(args):
    first = next(i for i, a in enumerate(args) if a.startswith('1.3.6'))
    return args[:first], args[first:]


def setUpModule():
    global CLIENT_ENV, CLIENT_DIR
    CLIENT_DIR = tempfile.mkdtemp(prefix='upsmibd-client-')
    CLIENT_ENV = {'PATH': os.environ.get('PATH', '/usr/bin:/bin'), 'MIBS': '', 'LC_ALL': 'C',
                  'SNMPCONFPATH': CLIENT_DIR, 'SNMP_PERSISTENT_DIR': CLIENT_DIR}


def tearDownModule():
    shutil.rmtree(CLIENT_DIR)


class Case(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix='upsmibd-test-')
        self.addCleanup(shutil.rmtree, self.folder)
        os.mkdir(os.path.join(self.folder, 'state'))

    def start(self, **options):
        agent = Agent(self.folder, **options)
        self.addCleanup(lambda: agent.process.poll() is None and agent.stop())
        self.assertEqual(agent.first_line, 'ready', agent.log())
        return agent

    def finish(self, agent):
        self.assertEqual(agent.stop(), 0, agent.log())


class Reading(unittest.TestCase):
    """One agent for all that only reads."""

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix='upsmibd-test-')
        os.mkdir(os.path.join(cls.folder, 'state'))
        cls.agent = Agent(cls.folder)
        if cls.agent.first_line != 'ready':
            raise AssertionError(cls.agent.first_line + cls.agent.log())

    @classmethod
    def tearDownClass(cls):
        status, log = cls.agent.stop(), cls.agent.log()
        shutil.rmtree(cls.folder)
        if status != 0:
            raise AssertionError('exit status %s: %s' % (status, log))

    def test_get_by_v1_v2c_v3(self):
        old = [a if a != 'ops' else 'old' for a in V3]
        old = [a if a != 'SHA-256' else 'SHA' for a in old]
        for credentials in (['-v1', '-c', 'public'], ['-v2c', '-c', 'public'], V3, old):
            got = self.agent.ask('snmpget', *credentials, NAME, VOLTAGE)
            self.assertEqual(got, {NAME: 'ups0', VOLTAGE: '480'})

    def test_walks_agree(self):
        public = ['-v2c', '-c', 'public']
        by_next = self.agent.ask('snmpwalk', *public, UPS)
        self.assertGreater(len(by_next), 25)
        self.assertEqual(by_next, self.agent.ask('snmpbulkwalk', *public, UPS))
        self.assertEqual(by_next, self.agent.ask('snmpbulkwalk', '-Cr50', *V3, UPS))
        self.assertEqual(by_next, self.agent.ask('snmpwalk', '-v1', '-c', 'public', UPS))
        self.assertTrue(all(name.startswith(UPS + '.1.') for name in by_next))

    def test_getbulk_of_columns_side_by_side(self):
        columns = [UPS + '.1.3.3.1.%d' % c for c in (2, 3, 4)]
        got = self.agent.ask('snmpbulkget', '-Cn0', '-Cr3', '-v2c', '-c', 'public', *columns)
        self.assertEqual(set(got), {c + '.%d' % n for c in columns for n in (1, 2, 3)})

    def test_walk_of_everything_ends(self):
        got = self.agent.ask('snmpbulkwalk', '-v2c', '-c', 'public', '1.3.6')
        self.assertIn(VOLTAGE, got)
        self.assertFalse([n for n in got if n.startswith('1.3.6.1.2.1.2.')], "host's interfaces")

    def test_v3_contexts(self):
        for n in range(3):
            got = self.agent.ask('snmpget', *V3, '-n', 'ups%d' % n, NAME, VOLTAGE)
            self.assertEqual(got, {NAME: 'ups%d' % n, VOLTAGE: str(480 + 10 * n)})

    def test_unknown_context_is_not_answered(self):
        self.agent.error('snmpget', *V3, '-n', 'ups9', VOLTAGE, quick=True)

    def test_community_of_a_context(self):
        for community, value in (('mapped1', '490'), ('mapped2', '500')):
            got = self.agent.ask('snmpget', '-v2c', '-c', community, VOLTAGE)
            self.assertEqual(got, {VOLTAGE: value})

    def test_system_group_in_every_context(self):
        for context in ('', 'ups0', 'ups2'):
            got = self.agent.ask('snmpwalk', *V3, '-n', context, '1.3.6.1.2.1.1')
            self.assertEqual(got[SYS_OBJECT_ID].lstrip('.'), UPS)
            self.assertTrue(got[SYS_DESCR].startswith('upsmibd '), got[SYS_DESCR])
            self.assertEqual(got['1.3.6.1.2.1.1.4.0'], 'ops@example.org')
        got = self.agent.ask('snmpget', '-v2c', '-c', 'mapped1', SYS_OBJECT_ID, SYS_DESCR)
        self.assertEqual(got[SYS_OBJECT_ID].lstrip('.'), UPS)

    def test_system_group_of_a_context_is_the_default_one(self):
        whole = self.agent.ask('snmpwalk', *V3, '-n', '', '1.3.6.1.2.1.1')
        part = self.agent.ask('snmpwalk', *V3, '-n', 'ups1', '1.3.6.1.2.1.1')
        time_oid = '1.3.6.1.2.1.1.3.0'
        self.assertGreaterEqual(int(part.pop(time_oid)), int(whole.pop(time_oid)))
        self.assertGreaterEqual(len(part), 5)
        for name, value in part.items():
            self.assertEqual(value, whole[name], name)
        self.assertIn('No Such', self.agent.ask('snmpget', *V3, '-n', 'ups1',
                                                '1.3.6.1.2.1.1.1.1')['1.3.6.1.2.1.1.1.1'])

    def test_sysortable_names_ups_mib(self):
        got = self.agent.ask('snmpwalk', '-v2c', '-c', 'public', '1.3.6.1.2.1.1.9.1.2')
        self.assertIn(UPS, [v.lstrip('.') for v in got.values()])

    def test_exceptions(self):
        names = [VOLTAGE, UPS + '.1.2.5.1', UPS + '.1.99.1.0']
        got = self.agent.ask('snmpget', '-v2c', '-c', 'public', *names)
        self.assertEqual(got[names[0]], '480')
        self.assertIn('No Such Instance', got[names[1]])
        self.assertIn('No Such Object', got[names[2]])
        self.assertIn('noSuchName', self.agent.error('snmpget', '-v1', '-c', 'public', names[1]))

    def test_get_of_60_varbinds(self):
        names = list(self.agent.ask('snmpwalk', '-v2c', '-c', 'public', UPS))
        names = (names * 3)[:60]
        done = self.agent.run('snmpget', '-v2c', '-c', 'public', self.agent.address, *names)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(len(done.stdout.splitlines()), 60)
        self.assertNotIn('No Such', done.stdout)

    def test_set_is_refused(self):
        private = ['-v2c', '-c', 'private']
        self.assertIn('notWritable', self.agent.error('snmpset', *private, NAME, 's', 'x'))
        self.assertRegex(self.agent.error('snmpset', *private, UPS + '.1.99.1.0', 'i', '1'),
                         'noCreation|notWritable')
        self.assertIn('noSuchName',
                      self.agent.error('snmpset', '-v1', '-c', 'private', NAME, 's', 'x'))
        self.assertIn('noAccess',
                      self.agent.error('snmpset', '-v2c', '-c', 'public', NAME, 's', 'x'))
        self.assertEqual(self.agent.ask('snmpget', *V3, NAME), {NAME: 'ups0'})

    def test_unknown_user_and_wrong_pass_phrase(self):
        nobody = [a if a != 'ops' else 'nobody' for a in V3]
        self.assertIn('Unknown user name', self.agent.error('snmpget', *nobody, NAME))
        wrong = [a if a != 'authpassphrase' else 'wrongpassphrase' for a in V3]
        self.assertIn('Authentication failure', self.agent.error('snmpget', *wrong, NAME))

    def test_user_without_access_is_refused(self):
        stranger = [a if a != 'ops' else 'stranger' for a in V3]
        self.assertIn('authorizationError', self.agent.error('snmpget', *stranger, NAME))

    def test_unencrypted_request_of_an_authpriv_user_is_refused(self):
        clear = ['-v3', '-u', 'ops', '-l', 'authNoPriv', '-a', 'SHA-256', '-A', 'authpassphrase']
        self.assertIn('authorizationError', self.agent.error('snmpget', *clear, NAME))

    def test_unknown_community_is_not_answered(self):
        self.agent.error('snmpget', '-v2c', '-c', 'guess', NAME, quick=True)

    def test_garbage_does_not_harm(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            for junk in (b'', b'\x30', b'\x30\x84\xff\xff\xff\xff', b'\x30\x03\x02\x01\x01',
                         b'\x00' * 1400, b'\x30\x82\x01\x00' + b'\xff' * 256):
                s.sendto(junk, ('127.0.0.1', self.agent.port))
        self.assertEqual(self.agent.ask('snmpget', *V3, NAME), {NAME: 'ups0'})


class Starting(Case):
    def test_without_configuration_nobody_is_answered(self):
        agent = self.start(conf=None)
        agent.error('snmpget', '-v2c', '-c', 'public', NAME, quick=True)
        self.assertIn('Unknown user name', agent.error('snmpget', *V3, NAME))
        self.finish(agent)
        self.assertEqual(agent.log().count('nobody is answered'), 1)
        self.assertIn('rouser', agent.log())

    def test_lines_of_the_notice_open_every_context(self):
        agent = self.start(conf='\n'.join([
            'view all included .1',
            'createUser ops SHA-256 authpassphrase AES privpassphrase',
            'rouser ops authpriv -V all *', '']))
        for context in ('', 'ups0', 'ups2'):
            name = context or 'ups0'
            self.assertEqual(agent.ask('snmpget', *V3, '-n', context, NAME), {NAME: name})
        self.finish(agent)
        self.assertNotIn('nobody is answered', agent.log())

    def test_start_stop_start_authenticate(self):
        engine = '1.3.6.1.6.3.10.2.1.1.0'
        agent = self.start()
        first = agent.ask('snmpget', *V3, engine, NAME)
        self.finish(agent)
        # the pass phrases are gone from the configuration: only stored keys are left
        kept = '\n'.join(li for li in CONF.splitlines() if not li.startswith('createUser'))
        for _ in range(2):
            agent = self.start(conf=kept)
            self.assertEqual(agent.ask('snmpget', *V3, engine, NAME), first)
            self.finish(agent)

    def test_killed_agent_keeps_its_users(self):
        agent = self.start()
        self.assertEqual(agent.ask('snmpget', *V3, NAME), {NAME: 'ups0'})
        agent.process.send_signal(signal.SIGKILL)
        agent.process.wait(DEADLINE)
        agent.stop()
        agent = self.start()
        self.assertEqual(agent.ask('snmpget', *V3, NAME), {NAME: 'ups0'})
        self.finish(agent)

    def test_changed_pass_phrase_holds_after_restart(self):
        self.finish(self.start())
        agent = self.start(conf=CONF.replace('authpassphrase', 'otherpassphrase'))
        changed = [a if a != 'authpassphrase' else 'otherpassphrase' for a in V3]
        self.assertEqual(agent.ask('snmpget', *changed, NAME), {NAME: 'ups0'})
        self.assertIn('Authentication failure', agent.error('snmpget', *V3, NAME))
        self.finish(agent)

    def test_files_of_the_host_and_environment_are_not_read(self):
        other = os.path.join(self.folder, 'other')
        os.mkdir(other)
        for name in ('snmp.conf', 'snmpd.conf', 'upsmibd.conf'):
            with open(os.path.join(other, name), 'w', encoding='ascii') as f:
                f.write('rocommunity leaked 127.0.0.1\n')
        agent = self.start(env={'SNMPCONFPATH': other, 'SNMP_PERSISTENT_FILE': other + '/p',
                                'MIBS': 'ALL'})
        agent.error('snmpget', '-v2c', '-c', 'leaked', NAME, quick=True)
        self.assertEqual(agent.ask('snmpget', *V3, NAME), {NAME: 'ups0'})
        self.finish(agent)
        self.assertFalse(os.path.exists(other + '/p'))

    def test_keys_are_private(self):
        self.finish(self.start())
        folder = os.path.join(self.folder, 'state', 'snmp')
        self.assertEqual(os.stat(folder).st_mode & 0o777, 0o700)
        self.assertEqual(os.stat(os.path.join(folder, 'upsmibd.conf')).st_mode & 0o077, 0)

    def test_address_in_use(self):
        agent = self.start()
        os.mkdir(os.path.join(self.folder, 'b'))
        os.mkdir(os.path.join(self.folder, 'b', 'state'))
        second = Agent(os.path.join(self.folder, 'b'), address=agent.address)
        self.assertEqual(second.first_line, 'failed: cannot listen on %s: Address already in use'
                         % agent.address)
        self.assertEqual(second.stop(), 1, second.log())
        self.assertEqual(agent.ask('snmpget', *V3, NAME), {NAME: 'ups0'})
        self.finish(agent)

    def test_bad_address_and_bad_directory(self):
        agent = Agent(self.folder, address='udp:127.0.0.1:port')
        self.assertRegex(agent.first_line, r'^failed: cannot listen on udp:127\.0\.0\.1:port')
        self.assertEqual(agent.stop(), 1, agent.log())
        shutil.rmtree(os.path.join(self.folder, 'state'))
        agent = Agent(self.folder)
        self.assertRegex(agent.first_line, '^failed: .*state/snmp: No such file')
        self.assertEqual(agent.stop(), 1, agent.log())

    def test_tcp_and_two_addresses(self):
        udp, tcp = free_port(), free_port(socket.SOCK_STREAM)
        agent = self.start(address='udp:127.0.0.1:%d,tcp:127.0.0.1:%d' % (udp, tcp))
        for address in agent.address.split(','):
            agent.address = address
            self.assertEqual(agent.ask('snmpget', *V3, NAME), {NAME: 'ups0'})
        self.finish(agent)

    def test_udp_over_ipv6(self):
        try:
            with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as s:
                s.bind(('::1', 0))
                port = s.getsockname()[1]
        except OSError as error:
            self.skipTest('no IPv6 loopback: %s' % error)
        agent = self.start(address='udp6:[::1]:%d' % port)
        self.assertEqual(agent.ask('snmpget', *V3, NAME), {NAME: 'ups0'})
        self.finish(agent)

    def test_descriptors_above_1023(self):
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        if hard != resource.RLIM_INFINITY and hard < 1300:
            self.skipTest('at most %d descriptors here' % hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 1300), hard))
        fds = [os.open('/dev/null', os.O_RDONLY) for _ in range(1100)]
        try:
            agent = self.start(pass_fds=fds)
            high = [int(n) for n in os.listdir('/proc/%d/fd' % agent.process.pid)]
            self.assertGreater(max(high), 1024)
            self.assertEqual(agent.ask('snmpget', *V3, NAME), {NAME: 'ups0'})
            self.finish(agent)
        finally:
            for fd in fds:
                os.close(fd)
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))

    def test_signals_are_left_to_the_other_threads(self):
        agent = self.start()
        folder = '/proc/%d/task' % agent.process.pid
        blocked = {}
        for task in os.listdir(folder):
            with open(os.path.join(folder, task, 'status'), encoding='ascii') as f:
                mask = next(li for li in f if li.startswith('SigBlk:'))
            blocked[int(task)] = int(mask.split()[1], 16)
        main = blocked.pop(agent.process.pid)
        wanted = sum(1 << (n - 1) for n in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP,
                                            signal.SIGPIPE, signal.SIGCHLD))
        self.assertEqual(main & wanted, 0)
        self.assertIn(wanted, [mask & wanted for mask in blocked.values()])
        self.finish(agent)

    @staticmethod
    def answer(connected, request):
        """An answer, asking again while a flood takes the requests' room."""
        end = time.monotonic() + DEADLINE
        connected.settimeout(0.05)
        while time.monotonic() < end:
            connected.send(request)
            try:
                return connected.recv(2000)
            except socket.timeout:
                continue
        raise AssertionError('no answer in the flood')

    def test_stop_in_a_flood_of_requests(self):
        request = bytes.fromhex('302902010104067075626c6963a01c02044b1d0a0b020100020100'
                                '300e300c06082b060102010101000500')
        agent = self.start()
        stop = threading.Event()

        def flood():
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
                s.connect(('127.0.0.1', agent.port))
                while not stop.is_set():
                    try:
                        s.send(request)
                    except OSError:
                        continue  # the port is closed by and by

        flooder = threading.Thread(target=flood)
        flooder.start()
        try:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
                s.connect(('127.0.0.1', agent.port))
                self.assertIn(b'upsmibd', self.answer(s, request))
            began = time.monotonic()
            self.finish(agent)
            self.assertLess(time.monotonic() - began, 5)
        finally:
            stop.set()
            flooder.join()

    def test_no_default_unit(self):
        agent = self.start(mode='no-default')
        got = agent.ask('snmpget', '-v2c', '-c', 'public', VOLTAGE)
        self.assertIn('No Such Object', got[VOLTAGE])
        self.assertEqual(agent.ask('snmpget', *V3, '-n', 'ups0', VOLTAGE), {VOLTAGE: '480'})
        self.finish(agent)

    def test_unit_without_snapshot_has_no_objects(self):
        agent = self.start(mode='empty')
        got = agent.ask('snmpget', '-v2c', '-c', 'public', VOLTAGE)
        self.assertIn('No Such Instance', got[VOLTAGE])
        walk = agent.run('snmpwalk', '-v2c', '-c', 'public', agent.address, UPS)
        self.assertNotIn('.1.2.5.0', walk.stdout)
        self.finish(agent)

    def test_256_contexts(self):
        agent = self.start(units=256)
        self.assertEqual(agent.ask('snmpget', *V3, '-n', 'ups255', VOLTAGE), {VOLTAGE: '3030'})
        self.finish(agent)

    def test_configured_system_group_wins(self):
        agent = self.start(conf=CONF + 'sysObjectID 1.3.6.1.4.1.99999.1\nsysDescr cellar\n')
        got = agent.ask('snmpget', '-v2c', '-c', 'public', SYS_OBJECT_ID, SYS_DESCR)
        self.assertEqual(got, {SYS_OBJECT_ID: '.1.3.6.1.4.1.99999.1', SYS_DESCR: 'cellar'})
        self.finish(agent)

    def test_bad_line_is_logged_and_the_rest_holds(self):
        agent = self.start(conf=CONF + 'rouserr ops\n')
        self.assertEqual(agent.ask('snmpget', *V3, NAME), {NAME: 'ups0'})
        self.finish(agent)
        self.assertIn('rouserr', agent.log())

    def test_cold_start_notification(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sink:
            sink.bind(('127.0.0.1', 0))
            sink.settimeout(DEADLINE)
            line = 'trap2sink 127.0.0.1:%d trapcomm\n' % sink.getsockname()[1]
            agent = self.start(conf=CONF + line)
            packet = sink.recv(2000)
        self.assertIn(b'trapcomm', packet)
        self.assertIn(bytes([0x2b, 6, 1, 6, 3, 1, 1, 5, 1]), packet)  # coldStart
        self.finish(agent)


class View(Case):
    def test_getbulk_respects_the_view(self):
        conf = CONF.replace('rocommunity public 127.0.0.1\n', """
view part included .1.3.6.1.2.1.33
view part excluded .1.3.6.1.2.1.33.1.2
view part excluded .1.3.6.1.2.1.33.1.3.3.1.3
rocommunity public 127.0.0.1 -V part
""")
        agent = self.start(conf=conf)
        hidden = (UPS + '.1.2.', UPS + '.1.3.3.1.3.')
        public = ['-v2c', '-c', 'public']
        seen = agent.ask('snmpwalk', *public, UPS)
        self.assertEqual([n for n in seen if n.startswith(hidden)], [])
        self.assertIn(UPS + '.1.3.3.1.2.1', seen)
        for repetitions in (1, 5, 20, 60):
            part = agent.ask('snmpbulkget', '-Cr%d' % repetitions, *public, UPS)
            self.assertEqual([n for n in part if n.startswith(hidden)], [])
            walk = agent.ask('snmpbulkwalk', '-Cr%d' % repetitions, *public, UPS)
            self.assertEqual(walk, seen)
        self.finish(agent)


class Exec(Case):
    """From the program without net-snmp's libraries to the one with them."""

    def run_exec(self):
        copy = os.path.join(self.folder, 'upsmibd')
        shutil.copy(DEMO, copy)
        return subprocess.run([copy, 'exec', '-c', 'a b'], capture_output=True, timeout=DEADLINE,
                              check=False, encoding='ascii')

    def write_script(self, mode):
        path = os.path.join(self.folder, 'upsmibd-standalone')
        with open(path, 'w', encoding='ascii') as f:
            f.write('#!/bin/sh\nprintf "%s," "$@"\n')
        os.chmod(path, mode)

    def test_program_beside_is_run_with_the_same_arguments(self):
        self.write_script(0o755)
        self.assertEqual(self.run_exec().stdout, 'exec,-c,a b,')

    def test_program_that_cannot_run_is_named(self):
        self.write_script(0o644)
        done = self.run_exec()
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stdout, '^failed: cannot run .*/upsmibd-standalone: Permission')

    def test_missing_program(self):
        done = self.run_exec()
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stdout, 'standalone agent is not installed .*upsmibd-standalone')


if __name__ == '__main__':
    tap.main()
