# SPDX-License-Identifier: BSD-2-Clause
"""What the system tests share: private daemons, masters, simulators and managers.

Everything lives in one temporary directory and on 127.0.0.1.  Every process is a child that dies
with the test; only these are ever signalled.  Nothing waits for a fixed time: wait_until() looks
again until its deadline.  When a test fails, the logs of its processes follow as TAP comments.
"""

import ctypes
import os
import re
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest

sys.dont_write_bytecode = True
import snmp  # noqa: E402

SRC = os.environ.get('srcdir',
                     os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
BUILD = os.environ.get('builddir', os.path.join(SRC, 'build'))
UPSMIBD = os.path.join(BUILD, 'upsmibd')
UPSSIM = os.path.join(BUILD, 'tests/sim/upssim')
USBSIM = os.path.join(BUILD, 'tests/sim/usb/usbsim')
MIBDIRS = f'{SRC}/mibs/base:{SRC}/mibs'

UPS = '1.3.6.1.2.1.33'
UPTIME = '1.3.6.1.2.1.1.3.0'
WELL_KNOWN = UPS + '.1.6.3.'
VENDOR_ALARMS = '1.3.6.1.4.1.8072.9999.9999.1628.1.9.'

# upsBatteryStatus, upsOutputSource, upsTestResultsSummary
BATTERY_UNKNOWN, BATTERY_NORMAL, BATTERY_LOW, BATTERY_DEPLETED = 1, 2, 3, 4
OTHER, NONE, NORMAL, BYPASS, BATTERY, BOOSTER, REDUCER = 1, 2, 3, 4, 5, 6, 7
PASSED, WARNING, FAILED, ABORTED, RUNNING, NO_TESTS = 1, 2, 3, 4, 5, 6

LOW_BATTERY_ALARM = WELL_KNOWN + '3'
ON_BATTERY_ALARM = WELL_KNOWN + '2'
INPUT_BAD_ALARM = WELL_KNOWN + '6'
OVERLOAD_ALARM = WELL_KNOWN + '8'
ON_BYPASS_ALARM = WELL_KNOWN + '9'
COMMUNICATIONS_LOST_ALARM = WELL_KNOWN + '20'
TEST_ALARM = WELL_KNOWN + '24'

# UPSMIBD-MIB: objects and notifications
OWN = '1.3.6.1.4.1.8072.9999.9999.1628'
OWN_TRAPS = OWN + '.2.0.'
UPS_TRAPS = UPS + '.2.'
ENT_LOGICAL = '1.3.6.1.2.1.47.1.2.1'

V3 = ['-v3', '-u', 'ops', '-l', 'authPriv', '-a', 'SHA-256', '-A', 'authpassphrase',
      '-x', 'AES', '-X', 'privpassphrase']
CREATE_USER = 'createUser ops SHA-256 "authpassphrase" AES "privpassphrase"\n'


def _sanitized():
    """A sanitizer slows everything: bounds on times grow by this factor."""
    try:
        with open(UPSMIBD, 'rb') as f:
            program = f.read()
    except OSError:
        return 1
    return 4 if b'__tsan_init' in program else 2 if b'__asan_init' in program else 1


SLOW = _sanitized()
DEADLINE = 20 * SLOW


def oid(name):
    """upsOutputSource.0 -> its number."""
    label, _, index = name.partition('.')
    return f'{UPS}.{_names()[label]}' + (f'.{index}' if index else '')


def _names(cache={}):
    if not cache:
        with open(os.path.join(SRC, 'tests/data/ups-mib.objects'), encoding='ascii') as f:
            rows = [line.split('|') for line in f if not line.startswith('#')]
        cache.update((r[0], r[1]) for r in rows)
    return cache


def wait_until(condition, what, within=None):
    """The first true value of condition(); AssertionError after `within` seconds."""
    start = time.monotonic()
    within = DEADLINE if within is None else within
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() - start > within:
            raise AssertionError(f'not within {within:.2f} s: {what}')
        pause(0.01)


def pause(seconds):
    """A look-again interval, or the length of an observation; never a guess at how long a thing takes."""
    select.select([], [], [], seconds)


def free_port(kind=socket.SOCK_DGRAM):
    with socket.socket(socket.AF_INET, kind) as s:
        s.bind(('127.0.0.1', 0))
        return s.getsockname()[1]


def die_with_parent():
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


def find_program(name):
    return shutil.which(name, path=os.environ.get('PATH', '') + ':/usr/sbin:/sbin')


def nut_driver(name):
    for folder in ('/lib/nut', '/usr/lib/nut', '/usr/libexec/nut', '/usr/lib/ups/driver'):
        if os.access(os.path.join(folder, name), os.X_OK):
            return os.path.join(folder, name)
    return None


class Lab:
    """One temporary directory and the processes in it."""

    def __init__(self):
        self.dir = tempfile.mkdtemp(prefix='upsmibd-')
        self.processes = []
        self.clients = []
        self.serial = 0
        os.mkdir(self.path('snmp'))
        self.env = {'PATH': os.environ.get('PATH', '/usr/bin:/bin'), 'LC_ALL': 'C', 'MIBS': '',
                    'HOME': self.dir, 'SNMPCONFPATH': self.path('snmp'),
                    'SNMP_PERSISTENT_DIR': self.path('snmp')}
        for name in ('ASAN_OPTIONS', 'TSAN_OPTIONS', 'UBSAN_OPTIONS'):
            if name in os.environ:
                self.env[name] = os.environ[name]

    def path(self, name):
        return os.path.join(self.dir, name)

    def fresh(self, stem):
        self.serial += 1
        return self.path(f'{stem}{self.serial}')

    def write(self, name, text):
        with open(self.path(name), 'w', encoding='utf-8') as f:
            f.write(text)
        os.chmod(self.path(name), 0o600)
        return self.path(name)

    def run(self, *command, timeout=60, env=None):
        """Runs a program to its end."""
        return subprocess.run(command, capture_output=True, timeout=timeout, check=False,
                              env={**self.env, **(env or {})}, encoding='utf-8',
                              errors='replace', cwd=self.dir, stdin=subprocess.DEVNULL)

    def client(self, port, community='public', **options):
        client = snmp.Client(port, community, **options)
        self.clients.append(client)
        return client

    def receiver(self, **options):
        """A receiver of notifications."""
        receiver = snmp.Receiver(**options)
        self.clients.append(receiver)
        return receiver

    def diagnose(self):
        """The logs, as TAP comments."""
        for process in self.processes:
            if isinstance(process, Sim) and process.running():
                continue
            print(f'# {process.name} (exit status {process.popen.poll()}):')
            for line in process.log().splitlines()[-40:]:
                print(f'#   {line}')
        sys.stdout.flush()

    def close(self):
        for client in self.clients:
            client.close()
        for process in reversed(self.processes):
            process.kill()
        shutil.rmtree(self.dir, ignore_errors=True)


class Process:
    """A child with a log file."""

    def __init__(self, lab, name, command, env=None):
        self.lab = lab
        self.name = name
        self.log_path = lab.fresh(name + '.log')
        with open(self.log_path, 'ab') as log:
            self.popen = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log,
                                          stderr=log, env={**lab.env, **(env or {})}, cwd=lab.dir,
                                          preexec_fn=die_with_parent)
        lab.processes.append(self)

    @property
    def pid(self):
        return self.popen.pid

    def log(self):
        with open(self.log_path, encoding='utf-8', errors='replace') as f:
            return f.read()

    def running(self):
        return self.popen.poll() is None

    def send(self, number):
        self.popen.send_signal(number)

    def wait(self, what='end'):
        try:
            return self.popen.wait(DEADLINE)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f'{self.name} did not {what} within {DEADLINE} s') from None

    def stop(self, number=signal.SIGTERM):
        """Ends it; its exit status."""
        if self.running():
            self.send(number)
        return self.wait()

    def kill(self):
        if self.running():
            self.popen.kill()
        self.popen.wait()


class Controlled(Process):
    """A simulator with a control socket: one command a line, `ok VALUE` or an error."""

    control = None

    def connect(self, path):
        """Waits until the socket takes connections."""
        wait_until(lambda: self._try(path), f'{self.name} is ready')

    def _try(self, path):
        if not self.running():
            raise AssertionError(f'{self.name}: ' + self.log())
        if not os.path.exists(path):
            return False
        control = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            control.connect(path)
        except OSError:
            control.close()
            return False
        control.settimeout(DEADLINE)
        self.control = control
        self.replies = control.makefile('r', encoding='utf-8', errors='replace')
        return True

    def command(self, text):
        self.control.sendall(text.encode() + b'\n')
        reply = self.replies.readline().strip()
        if not reply.startswith('ok'):
            raise AssertionError(f'{self.name} {text}: {reply}')
        return reply[2:].strip()

    def kill(self):
        if self.control:
            self.replies.close()
            self.control.close()
            self.control = None
        super().kill()


class Sim(Controlled):
    """upssim with one bus: a pty (at self.link) or a TCP port, and its control socket."""

    def __init__(self, lab, *options, tcp=False, large=False, speed='1', protocol=None):
        self.control_path = lab.fresh('sim')
        self.link = lab.fresh('tty')
        self.tcp_port = free_port(socket.SOCK_STREAM) if tcp else None
        place = ['--tcp', f'127.0.0.1:{self.tcp_port}'] if tcp else ['--pty', self.link]
        protocol = protocol or ('huawei-ups2000-20k' if large else 'huawei-ups2000')
        super().__init__(lab, 'upssim', [UPSSIM, '--protocol', protocol, *place, '--control',
                                         self.control_path, '--speed', speed, *options])
        self.connect(self.control_path)

    def port(self, kind='tcp'):
        """The value of `port` in upsmibd.conf."""
        return f'{kind}:127.0.0.1:{self.tcp_port}' if self.tcp_port else self.link

    def writes(self):
        """What was written since the last look, in order: (register, value)."""
        frames = re.findall(r'\b(?:[0-9A-F]{12})?0106([0-9A-F]{4})([0-9A-F]{4})',
                            self.command('log'))
        return [(int(register, 16), int(value, 16)) for register, value in frames]

    def requests(self):
        """How many requests it has received."""
        return int(re.search(r'\brequests[= ](\d+)', self.command('get stats')).group(1))


class Master(Process):
    """A private snmpd with AgentX at self.agentx, and SNMP at self.port."""

    def __init__(self, lab, tcp=False, port=None, extra='', contexts=(), agentx=None,
                 access=None, community=None):
        self.port = port or free_port()
        self.socket_path = lab.path('agentx')
        self.agentx = agentx or (f'tcp:127.0.0.1:{free_port(socket.SOCK_STREAM)}' if tcp
                                 else 'unix:' + self.socket_path)
        community = community or ('ups1community' if access else 'public')
        self.conf = lab.write('snmpd.conf', f'''
dontLogTCPWrappersConnects yes
agentXSocket {self.agentx}
''' + (access or f'''
master agentx
view all included .1
rocommunity public 127.0.0.1
rwcommunity private 127.0.0.1
{CREATE_USER}rouser ops authpriv -V all
rouser ops authpriv -V all ups*
''' + ''.join(f'rocommunity c_{c} 127.0.0.1 -V all {c}\n' for c in contexts)) + extra)
        super().__init__(lab, 'snmpd', self._command())
        self.client = lab.client(self.port, community, timeout=0.5, retries=2 * DEADLINE)
        self.answers()

    def _command(self):
        program = find_program('snmpd')
        if not program:
            raise unittest.SkipTest('snmpd is not installed')
        # no smux: its port is the host's
        return [program, '-f', '-Lo', '-C', '-c', self.conf, '-I', '-smux',
                f'udp:127.0.0.1:{self.port}']

    def answers(self):
        wait_until(lambda: self.client.value(UPTIME) is not None, 'snmpd answers')

    def restart(self, number=signal.SIGKILL, meanwhile=lambda: None):
        """Ends it and starts it anew, without waiting for it to answer."""
        self.end(number)
        meanwhile()
        self.begin()

    def end(self, number=signal.SIGKILL):
        self.lab.processes.remove(self)
        self.stop(number)

    def begin(self):
        super().__init__(self.lab, 'snmpd', self._command())


class Daemon(Process):
    """upsmibd in the foreground."""

    def __init__(self, lab, conf, *face, name='upsmibd.conf', state=None, before=(), env=None):
        self.conf = lab.write(name, conf)
        if not state:
            # one each: two programs can't keep their state in one directory
            state = lab.path('state' if name == 'upsmibd.conf' else 'state-' + name)
            os.makedirs(state, exist_ok=True)
        super().__init__(lab, 'upsmibd',
                         [*before, UPSMIBD, '-f', '-c', self.conf, *face, '--state', state], env)

    def lines(self, word=''):
        return [line for line in self.log().splitlines() if word in line]

    def cpu(self):
        """Seconds of processor time since its start, by its scheduler."""
        total = 0
        for task in os.listdir(f'/proc/{self.pid}/task'):
            with open(f'/proc/{self.pid}/task/{task}/schedstat', encoding='ascii') as f:
                total += int(f.read().split()[0])
        return total / 1e9


class UsbDaemon(Controlled, Daemon):
    """upsmibd on a simulated USB bus, whose devices are known by their number on it.

    A device is (bridge, serial number or None, the Sim that answers its lines).
    """

    def __init__(self, lab, conf, devices, *face, name='upsmibd.conf'):
        if not os.access(USBSIM, os.X_OK):
            raise unittest.SkipTest('built without umockdev')
        control = lab.fresh('usb')
        bus = [USBSIM, '-c', control]
        for bridge, serial, sim in devices:
            bus += ['-r', sim.link, '-d', f'{bridge}:{serial}' if serial else bridge]
        Daemon.__init__(self, lab, conf, *face, name=name, before=[*bus, '--'],
                        env=self._sanitizers())
        self.connect(control)
        self.program = int(self.command('pid'))

    @staticmethod
    def _sanitizers():
        """The preload comes before their runtime; the bus's own libraries are not our affair."""
        rules = os.path.join(SRC, 'tests/unit')
        return {'USBSIM_TSAN_OPTIONS': f'suppressions={rules}/tsan.supp',
                'LSAN_OPTIONS': f'print_suppressions=0:suppressions={rules}/lsan.supp',
                'TSAN_OPTIONS': 'report_bugs=0',
                'ASAN_OPTIONS': 'verify_asan_link_order=0:detect_leaks=0'}

    @property
    def pid(self):
        return self.program

    def send(self, number):
        os.kill(self.program, number)


def section(name, sim, *options, port=None, driver='huawei-ups2000'):
    """One [section] of upsmibd.conf."""
    lines = [f'[{name}]', f'driver = {driver}', f'port = {port or sim.port()}', *options]
    return '\n'.join(lines) + '\n'


class Case(unittest.TestCase):
    """A test with a lab of its own.  Daemons must end well: sanitizers report there, too."""

    def run(self, result=None):
        self.lab = Lab()
        before = len(result.failures) + len(result.errors)
        try:
            super().run(result)
        finally:
            if len(result.failures) + len(result.errors) > before:
                self.lab.diagnose()
            self.lab.close()

    def tearDown(self):
        end_well(self, self.lab)

    def wait_value(self, client, name, value, within=None):
        """Waits until an object has the value."""
        last = [None]

        def there():
            last[0] = client.value(oid(name))
            return last[0] == value
        try:
            wait_until(there, name, within)
        except AssertionError as e:
            raise AssertionError(f'{e} = {value!r}; it is {last[0]!r}') from None

    def alarms(self, client):
        """The alarm table as {id: (descr, time)}; it must be consistent in itself."""
        for _ in range(5):
            before = client.value(oid('upsAlarmsPresent.0'))
            rows = client.walk(oid('upsAlarmTable'))
            if before == client.value(oid('upsAlarmsPresent.0')):
                break
        column = oid('upsAlarmEntry')
        ids = [int(v.name.rsplit('.', 1)[1]) for v in rows if v.name.startswith(column + '.2.')]
        value = {v.name: v.value for v in rows}
        self.assertEqual(len(rows), 2 * len(ids))
        self.assertEqual(before, len(ids), 'upsAlarmsPresent is the number of rows')
        table = {n: (value[f'{column}.2.{n}'], value[f'{column}.3.{n}']) for n in ids}
        identities = [descr for descr, _ in table.values()]
        self.assertEqual(len(set(identities)), len(identities), 'no identity twice')
        return table

    def alarm_ids(self, client):
        return {descr: n for n, (descr, _) in self.alarms(client).items()}

    def wait_alarm(self, client, identity, present=True, within=None):
        """Waits until an alarm is there (its id) or is gone."""
        def there():
            ids = self.alarm_ids(client)
            return ids.get(identity) if present else identity not in ids
        return wait_until(there, f'alarm {identity} {"there" if present else "gone"}', within)


WRITERS = CREATE_USER + '''
view all included .1
rocommunity public 127.0.0.1
rwcommunity private 127.0.0.1
rwuser ops authpriv -V all
rwuser ops authpriv -V all ups*
'''


class Face:
    """The daemon behind one of its two faces, for managers that may write; with `devices` on a bus."""

    def __init__(self, lab, conf, standalone=False, extra='', contexts=(), devices=None):
        self.lab = lab
        self.devices = devices
        self.master = None
        access = WRITERS + extra + ''.join(
            f'rwcommunity c_{c} 127.0.0.1 -V all {c}\n' for c in contexts)
        if standalone:
            if not has_standalone():
                raise unittest.SkipTest('built without the standalone agent')
            lab.write('standalone.conf', access)
            self.port = free_port()
            self.options = ('--standalone', f'udp:127.0.0.1:{self.port}')
        else:
            self.master = Master(lab, access='master agentx\n' + access, community='public')
            self.port = self.master.port
            self.options = ('--agentx', self.master.agentx)
        self.start(conf)
        self.client = lab.client(self.port, 'private')
        self.tools = Tools(lab, self.port)

    def start(self, conf):
        self.conf = conf
        self.daemon = (UsbDaemon(self.lab, conf, self.devices, *self.options) if self.devices
                       else Daemon(self.lab, conf, *self.options))

    def restart(self, number=signal.SIGTERM):
        self.daemon.stop(number)
        if number == signal.SIGKILL:
            self.lab.processes.remove(self.daemon)
        self.start(self.conf)

    def value(self, name):
        return self.client.value(oid(name))


class OneUps(Case):
    """One simulated UPS, a master and the daemon, ready to answer.  Classes change the details."""

    TCP = False         # Modbus TCP instead of RTU on a pty
    SPEED = '1'         # of the simulator's clock
    SIM = ()            # more options of the simulator
    CONF = 'pollinterval = 0.2\n'
    SECTION = ()        # more lines of the [section]

    def setUp(self):
        self.sim = Sim(self.lab, *self.SIM, tcp=self.TCP, speed=self.SPEED)
        self.master = Master(self.lab)
        self.daemon = Daemon(self.lab, self.CONF + section('ups0', self.sim, *self.SECTION),
                             '--agentx', self.master.agentx)
        self.client = self.master.client
        self.wait_value(self.client, 'upsOutputSource.0', NORMAL)
        # a full poll has been made
        self.wait_there('upsBatteryVoltage.0')

    def value(self, name):
        return self.client.value(oid(name))

    def wait_there(self, name, there=True, within=None):
        wait_until(lambda: (self.value(name) is not None) == there,
                   f'{name} {"there" if there else "gone"}', within)


class SharedCase(Case):
    """Tests that only read: one lab for the class, made by its prepare()."""

    @classmethod
    def setUpClass(cls):
        cls.lab = Lab()
        try:
            cls.prepare()
        except BaseException:
            cls.lab.diagnose()
            cls.lab.close()
            raise

    @classmethod
    def tearDownClass(cls):
        try:
            end_well(cls('run'), cls.lab)
        except AssertionError:
            cls.lab.diagnose()
            raise
        finally:
            cls.lab.close()

    def run(self, result=None):
        before = len(result.failures) + len(result.errors)
        unittest.TestCase.run(self, result)
        if len(result.failures) + len(result.errors) > before:
            self.lab.diagnose()

    def tearDown(self):
        pass


def end_well(case, lab):
    """Stops the daemons of a lab and looks at how they ended."""
    daemons = [p for p in lab.processes if isinstance(p, Daemon)]
    for daemon in daemons:
        if daemon.popen.returncode is None:
            case.assertEqual(daemon.stop(), 0, 'exit status of upsmibd')
    for daemon in daemons:
        case.assertNotRegex(daemon.log(), r'Sanitizer|runtime error:')


class Tools:
    """net-snmp's command line tools on one agent, with our MIB modules."""

    def __init__(self, lab, port):
        self.lab = lab
        self.address = f'udp:127.0.0.1:{port}'

    def run(self, tool, *arguments):
        """Arguments before the first name of an object are options."""
        first = next(i for i, a in enumerate(arguments)
                     if a.startswith(('1.3.', 'UPS-MIB::')))
        options, names = arguments[:first], arguments[first:]
        if not find_program(tool):
            raise unittest.SkipTest(f'{tool} is not installed')
        timing = [] if '-t' in options else ['-t', '2', '-r', '2']
        return self.lab.run(tool, '-M', '+' + MIBDIRS, '-m', 'UPS-MIB', *timing, *options,
                            self.address, *names, env={'MIBS': 'UPS-MIB'})

    def ask(self, tool, *arguments, credentials=('-v2c', '-c', 'public'), output='-OnqU'):
        """The answer as {OID: text}."""
        done = self.run(tool, *credentials, output, *arguments)
        if done.returncode != 0:
            raise AssertionError(f'{tool}: {done.stdout}{done.stderr}')
        rows = [line.split(' ', 1) for line in done.stdout.splitlines() if line.startswith('.1')]
        return {r[0][1:]: r[1] if len(r) > 1 else '' for r in rows}


def probe(lab, conf, unit):
    """What --probe prints, as {name: value}; the configuration is a file's path."""
    done = lab.run(UPSMIBD, '--probe', '-c', conf, unit)
    if done.returncode != 0:
        raise AssertionError(f'--probe {unit}: {done.stdout}{done.stderr}')
    return dict(line.split(': ', 1) for line in done.stdout.splitlines())


def has_usb(lab):
    """A program can be run on a simulated USB bus: built so, and umockdev is there."""
    if not os.access(USBSIM, os.X_OK):
        return False
    return lab.run(USBSIM, '-c', lab.fresh('usb'), '--', sys.executable, '-c', '').returncode == 0


def has_standalone():
    """The standalone agent's program was built."""
    return os.access(os.path.join(BUILD, 'upsmibd-standalone'), os.X_OK)
