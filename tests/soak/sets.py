# SPDX-License-Identifier: BSD-2-Clause
"""A stream of random SETs to an agent that may do everything, on a simulated UPS.

What is right is judged by what the simulator was told (each write to a register) and by the state
it is in then; upsmibd's log only says of a late command when it ended and how.  See docs/soak.md.
"""

import collections
import random
import re
import threading
import time

import snmp
from harness import NORMAL, OWN, SLOW, UPS, Face, Lab, Sim, oid, pause, section, wait_until
from rules import STARTING, Device, readback, targets
from snmp import (COMMIT_FAILED, COUNTER32, COUNTER64, GAUGE32, INTEGER, IP_ADDRESS, NULL, OCTETS,
                  OID, OPAQUE, TIMETICKS)

CONF = 'pollinterval = 0.2\npollfreq = 1\nallow = all\nset-wait = 0.8\n'
ANSWER_S = 0.8 + 1.0 * SLOW   # a SET has its answer by then
JOB_S = 60 * SLOW             # and what it began has ended
DAEMON_LINE = re.compile(r'control\S* ups0: (.*)$')
ENDED = re.compile(r': (done in|refused|timed out|failed)')
REPEATED = 'the SET is a repetition'
ACCEPTED = 'accepted, still running'

NUMBERS = (-2147483648, -2147483647, -2, -1, 0, 1, 2, 3, 5, 6, 59, 60, 61, 99, 300, 301, 5940, 5941,
           65535, 86400, 2147483646, 2147483647)
UNSIGNED = (0, 1, 2, 60, 2147483647, 2147483648, 4294967295)
TEXTS = (b'', b'0', b'1', b'60', b'-1', b'yes', b'no', b'enabled', b'disabled', b'muted', b'60.5',
         b'999999999999', b'x' * 63, b'x' * 64, b'y' * 255, b'z' * 300, b'\0', b'\xff\xfe', b' a ')


def random_value(chance, kind):
    if kind == INTEGER:
        return chance.choice(NUMBERS) if chance.random() < 0.7 else chance.randint(-2**31, 2**31 - 1)
    if kind in (COUNTER32, GAUGE32, TIMETICKS):
        return chance.choice(UNSIGNED)
    if kind == COUNTER64:
        return chance.choice(UNSIGNED + (2**63, 2**64 - 1))
    if kind == OID:
        return chance.choice(('0.0', UPS, UPS + '.1.7.7.1', UPS + '.1.7.7.4', '1.3.4294967295',
                              '.'.join(['1.3'] + [str(chance.randint(0, 2**32 - 1))
                                                  for _ in range(chance.randint(1, 30))])))
    if kind == IP_ADDRESS:
        return bytes(chance.randrange(256) for _ in range(4))
    if kind == NULL:
        return None
    if chance.random() < 0.7:
        return chance.choice(TEXTS)
    return bytes(chance.randrange(256) for _ in range(chance.randint(0, 80)))


KINDS = (INTEGER, OCTETS, OID, COUNTER32, GAUGE32, TIMETICKS, COUNTER64, IP_ADDRESS, OPAQUE, NULL)
ABSENT = [UPS + '.1.9.99.0', UPS + '.1.8.2.1', UPS + '.1.8.2', UPS + '.9', UPS + '.1.3.3.1.3.9',
          UPS + '.1.6.2.1.2.99999', OWN + '.1.99.0', OWN + '.1.5.2.1.4.2', OWN + '.1.5.1.1.9.1.120',
          OWN + '.1.4.1.1.2.1.117.112.115', OWN + '.1.7.1.0', OWN + '.2.0.1', UPS + '.1.7.7.4']

Variable = collections.namedtuple('Variable', 'name kind value target bad')  # bad: never a success


class Stream:
    """One agent, one UPS, and what is wrong with them."""

    def __init__(self, lab, standalone, seed):
        self.chance = random.Random(seed)
        self.sim = Sim(lab, '--fast')
        self.face = Face(lab, CONF + section('ups0', self.sim), standalone)
        self.client = lab.client(self.face.port, 'private', timeout=ANSWER_S, retries=0)
        self.wrong, self.count = [], collections.Counter()
        self.log_at = 0
        self.reset_at = -100.0
        self.what = ''
        self.since = []  # what it said since the answer to the last PDU was judged
        self.said = collections.deque(maxlen=5)  # by upsmibd, about control
        wait_until(lambda: self.face.value('upsConfigAudibleStatus.0') is not None, 'values')
        self.targets = targets()
        self.fixed = [v.name for root in (UPS, OWN + '.1') for v in self.client.bulk_walk(root)
                      if v.name not in {t.name for t in self.targets}]
        self.sim.writes()

    # -- what is sent -------------------------------------------------------------------------

    def _one(self):
        """The variables of one idea: one of them, or an object with its spin lock."""
        dice = self.chance.random()
        if dice < 0.60:
            target = self.chance.choice(self.targets)
            value = target.sensible(self.chance)
            if value is None or self.chance.random() < 0.15:
                kind = self.chance.choice(KINDS + (target.kind,) * 4)
                return [Variable(target.name, kind, random_value(self.chance, kind), target,
                                 kind != target.kind)]
            made = [Variable(target.name, target.kind, value, target, False)]
            if target.lock and self.chance.random() < (0.9 if target.lock_needed else 0.3):
                lock = next(t for t in self.targets if t.name == target.lock)
                now = self.client.value(target.lock)
                made.append(Variable(lock.name, INTEGER, now, lock, False))
            return made
        name = self.chance.choice(self.fixed if dice < 0.85 else ABSENT)
        kind = self.chance.choice(KINDS + (INTEGER, OCTETS))
        return [Variable(name, kind, random_value(self.chance, kind), None, True)]

    def _pdu(self):
        variables = []
        for _ in range(self.chance.choices((1, 2, 3, 4), (55, 25, 12, 8))[0]):
            variables += self._one()
        return variables[:4]

    # -- what came of it ----------------------------------------------------------------------

    def fail(self, text):
        self.wrong.append(f'{"standalone" if not self.face.master else "agentx"} PDU '
                          f'{self.count["PDUs"]}: {text}: {self.what}; upsmibd said: '
                          + ' | '.join(self.said))

    def _log(self):
        """upsmibd's lines about control since the last look."""
        with open(self.face.daemon.log_path, 'rb') as f:
            f.seek(self.log_at)
            text = f.read()
        text = text[:text.rfind(b'\n') + 1]
        self.log_at += len(text)
        lines = [m.group(1) for m in map(DAEMON_LINE.search, text.decode(
            'utf-8', errors='replace').split('\n')) if m]
        self.said.extend(lines)
        self.since += lines
        return lines

    def _send(self, variables):
        """The answer's error-status and index; -1: none came."""
        began = time.monotonic()
        try:
            self.client.set(*[(v.name, v.kind, v.value) for v in variables])
            status, index = 0, 0
        except snmp.Error as e:
            status, index = e.status, e.index
        except snmp.Timeout:
            return -1, 0
        self.longest = max(self.longest, time.monotonic() - began)
        return status, index

    longest = 0.0

    def step(self):
        variables = self._pdu()
        self.what = ', '.join(f'{v.target.title if v.target else v.name} = {v.kind:#x} {v.value!r}'
                              for v in variables)
        self.count['PDUs'] += 1
        self._before()
        before = Device(self.sim)
        status, index = self._send(variables)
        if status < 0:
            self.count['no answer'] += 1
            self.fail(f'no answer in {ANSWER_S:.1f} s')
            wait_until(lambda: self.face.client.value(oid('upsOutputSource.0')) is not None, 'GET')
        elif status == 0:
            self._succeeded(variables, before)
        else:
            self._refused(variables, before, status, index)
        if not self.face.daemon.running():
            raise AssertionError(f'upsmibd has ended: {self.what}')
        self._tidy()

    def _before(self):
        """Whatever the device was told since the last PDU was the agent's own affair."""
        self._log()
        writes = self.sim.writes()
        if writes and not self._own_affair():
            self.fail(f'before it, unasked: {writes}')
        self.since = []

    def _own_affair(self):
        """A command that the agent itself gives: the end of muting, of a countdown that it counts."""
        deadline = time.monotonic() + 5 * SLOW
        while not any(not line.startswith('SET ') and ENDED.search(line) for line in self.since):
            if time.monotonic() > deadline:
                return False
            pause(0.01)
            self._log()
        self.count['commands of the agent itself'] += 1
        return True

    def _refused(self, variables, before, status, index):
        self.count[f'error-status {status}'] += 1
        if not 1 <= index <= len(variables):
            self.fail(f'error-status {status} at variable {index}')
        writes = self.sim.writes()
        if status == COMMIT_FAILED:
            after = Device(self.sim)
            if after.differs(before):
                self.fail(f'commitFailed, and {before} became {after} by {writes}')
        elif writes and not self._own_affair():
            self.fail(f'error-status {status}, and the UPS was told {writes}')

    def _succeeded(self, variables, before):
        self.count['successes'] += 1
        bad = [v for v in variables if v.bad]
        if bad:
            self.fail(f'success, but {bad[0].name} can not be')
        lines = self._log()
        wait_until(lambda: lines.extend(self._log()) or any(x.startswith('SET ') for x in lines),
                   'the line of a SET: ' + self.what)
        line = next(x for x in lines if x.startswith('SET '))
        late = ACCEPTED in line
        if late:
            self.count['answered before their end'] += 1
            line = self._end_of_late(lines)
        if 'done' not in line:
            return  # accepted, and refused by the UPS later: the log and a notification say so
        if REPEATED in line:
            self.count['repetitions'] += 1
            if time.monotonic() - self.reset_at < 6:
                return  # the UPS was reset since
        self._check_device(variables, before)
        self._check_values(variables)

    def _end_of_late(self, lines):
        def ended():
            lines.extend(self._log())
            return next((x for x in lines if not x.startswith('SET ') and ENDED.search(x)), None)
        return wait_until(ended, 'a late end: ' + self.what, JOB_S)

    def _check_device(self, variables, before):
        after = Device(self.sim)
        writes = self.sim.writes()
        acts = False
        for v in variables:
            expected = v.target and v.target.effect(v.value, before, variables)
            if expected is None:
                continue
            acts = True
            self.count['device actions looked at'] += 1
            if not expected(after):
                self.fail(f'success of {v.target.title}, but the UPS is {after}; it was told '
                          f'{writes}')
        if writes and not acts and not any(v.target and v.target.may_write for v in variables) \
                and not self._own_affair():
            self.fail(f'nothing was asked of the UPS, and it was told {writes}')

    def _check_values(self, variables):
        for v in variables:
            if not v.target:
                continue
            self.count['values read back'] += 1
            read = self.client.value(v.name)
            if not readback(v, read, variables):
                self.fail(f'{v.target.title} reads {read!r}, the UPS is {Device(self.sim)}')

    def _tidy(self):
        """Brings the UPS back to work, not always at once."""
        device = Device(self.sim)
        self.idle = self.idle + 1 if device.mode != 'online' else 0
        if self.idle == 0 or (self.idle < 6 and self.chance.random() < 0.6):
            return
        if device.startup == STARTING:
            return  # it starts
        self.sim.command('powercycle')
        self.idle = 0
        self.reset_at = time.monotonic()
        self.count['resets of the UPS'] += 1
        wait_until(lambda: self.face.client.value(oid('upsOutputSource.0')) == NORMAL,
                   'the UPS is back')

    idle = 0

    def run(self, count):
        for _ in range(count):
            self.step()
            if len(self.wrong) > 20:
                break


def _one_face(lab, standalone, count, seed, done):
    """In a thread of its own; puts (figures, what is wrong) into the list `done`."""
    try:
        stream = Stream(lab, standalone, seed)
        stream.run(count)
        status = stream.face.daemon.stop()
        if status != 0 or re.search('Sanitizer|runtime error:', stream.face.daemon.log()):
            stream.fail(f'upsmibd ended with {status}')
        stream.count['longest answer, ms'] = round(stream.longest * 1000)
        done.append((stream.count, stream.wrong))
    except AssertionError as e:
        done.append(({}, [f'{"standalone" if standalone else "agentx"}: {e}']))


def run(count, seed, faces=(False, True)):
    """The faces (standalone or not) side by side.  Returns figures and what is wrong."""
    done, labs, began = {}, {face: Lab() for face in faces}, time.monotonic()
    threads = []
    for standalone, place in labs.items():
        done[standalone] = []
        threads.append(threading.Thread(target=_one_face, args=(
            place, standalone, count // len(faces), seed + standalone, done[standalone])))
        threads[-1].start()
    figures, wrong = collections.OrderedDict(seed=seed), []
    for standalone, thread in zip(labs, threads):
        thread.join()
        counted, bad = done[standalone][0] if done[standalone] else ({}, ['the test itself failed'])
        name = 'standalone' if standalone else 'AgentX'
        figures.update({f'{name}: {title}': counted[title] for title in sorted(counted)})
        wrong += bad
        if bad:
            labs[standalone].diagnose()
        labs[standalone].close()
    figures['seconds'] = round(time.monotonic() - began, 1)
    return figures, wrong
